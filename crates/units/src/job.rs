//! How long work is told to stop and says how far it is: the one pair every long function takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A request to stop, shared between who asks and who works. Cheap to ask; ask at least every few milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

/// The work was asked to stop and left nothing half done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped;

impl Stop {
    /// Asks the work to stop.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// `Err(Stopped)` once asked, for use with `?`.
    pub fn check(&self) -> Result<(), Stopped> {
        if self.asked() { Err(Stopped) } else { Ok(()) }
    }
}

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped on request")
    }
}

impl std::error::Error for Stopped {}

/// Where long work says how far it is: `report(done, total)`, in whatever it counts; a total of 0 is unknown.
pub struct Progress<'a>(Box<dyn Fn(u64, u64) + Send + Sync + 'a>);

impl<'a> Progress<'a> {
    /// Hands each report to `then`, which must be quick.
    pub fn new(then: impl Fn(u64, u64) + Send + Sync + 'a) -> Self {
        Self(Box::new(then))
    }

    /// Nobody listens.
    pub fn none() -> Self {
        Self(Box::new(|_, _| {}))
    }

    /// So much is done of so much.
    pub fn report(&self, done: u64, total: u64) {
        (self.0)(done, total);
    }
}
