//! Events to screens: by topic, bounded, the latest wins, at most four a second for a subscriber.

use contract::{Event, EventBody, LatestReading, Topic};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use units::ChannelId;

/// Two deliveries to one subscriber are at least this far apart: four a second.
pub const DELIVERY_SPACING: Duration = Duration::from_millis(250);

/// Where the application tells what changed.
#[derive(Clone, Debug, Default)]
pub struct Bus(Arc<Mutex<Vec<Weak<Inbox>>>>);

#[derive(Debug, Default)]
struct Inbox {
    pending: Mutex<Pending>,
    wake: Notify,
}

/// One slot a topic, so that a slow subscriber costs nothing but its own freshness.
#[derive(Debug, Default)]
struct Pending {
    changed: BTreeMap<Topic, ()>,
    latest: BTreeMap<ChannelId, LatestReading>,
}

/// One window's stream of events. Dropping it ends it.
#[derive(Debug)]
pub struct Subscription {
    inbox: Arc<Inbox>,
    number: u64,
    queued: Vec<(Topic, EventBody)>,
    next_at: Option<tokio::time::Instant>,
}

impl Bus {
    /// Something of `topic` changed.
    pub fn changed(&self, topic: Topic) {
        self.each(|pending| {
            pending.changed.insert(topic, ());
        });
    }

    /// New values: only the newest of each channel is kept for a subscriber that is behind.
    pub fn latest(&self, readings: &[LatestReading]) {
        self.each(|pending| {
            for reading in readings {
                pending.latest.insert(reading.channel, reading.clone());
            }
        });
    }

    fn each(&self, mut tell: impl FnMut(&mut Pending)) {
        let mut inboxes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inboxes.retain(|weak| {
            let Some(inbox) = weak.upgrade() else { return false };
            tell(&mut inbox.pending.lock().unwrap_or_else(PoisonError::into_inner));
            inbox.wake.notify_one();
            true
        });
    }

    /// A new stream; its first event is a snapshot: fetch everything once.
    pub fn subscribe(&self) -> Subscription {
        let inbox = Arc::new(Inbox::default());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&inbox));
        Subscription { inbox, number: 0, queued: vec![(Topic::Settings, EventBody::Snapshot)], next_at: None }
    }
}

impl Subscription {
    /// The next event; waits for one. Cancel-safe.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some((topic, body)) = self.queued.pop() {
                self.number += 1;
                return Event { number: self.number, topic, body };
            }
            if let Some(at) = self.next_at {
                tokio::time::sleep_until(at).await;
            }
            self.take();
            if self.queued.is_empty() {
                self.next_at = None;
                self.inbox.wake.notified().await;
            } else {
                self.next_at = Some(tokio::time::Instant::now() + DELIVERY_SPACING);
            }
        }
    }

    fn take(&mut self) {
        let mut pending = self.inbox.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let pending = std::mem::take(&mut *pending);
        self.queued.extend(pending.changed.into_keys().map(|topic| (topic, EventBody::Changed)));
        if !pending.latest.is_empty() {
            self.queued.push((Topic::Readings, EventBody::Latest(pending.latest.into_values().collect())));
        }
    }
}
