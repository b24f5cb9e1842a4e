//! The way back: what was stored is told to whoever has to acknowledge it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// A promise to a source that can wait. [`Receipt::give`] it when everything of the source that came before it in the
/// queue is stored. One that is dropped instead is never acknowledged: the source sends those messages again.
#[derive(Debug)]
pub struct Receipt {
    number: u64,
    given: Given,
}

impl Receipt {
    /// It is stored.
    pub fn give(self) {
        self.given.lock().push_back(self.number);
        self.given.0.1.notify_one();
    }
}

/// Receipts that were given, in that order. It holds no more than are on their way through the queue.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given(Arc<(Mutex<VecDeque<u64>>, Notify)>);

impl Given {
    pub(crate) fn receipt(&self, number: u64) -> Receipt {
        Receipt { number, given: self.clone() }
    }

    /// Waits for the next one.
    pub(crate) async fn next(&self) -> u64 {
        loop {
            if let Some(number) = self.take() {
                return number;
            }
            self.0.1.notified().await;
        }
    }

    /// The next one, if it is there.
    pub(crate) fn take(&self) -> Option<u64> {
        self.lock().pop_front()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<u64>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
