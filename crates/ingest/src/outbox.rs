//! The way into the queue that never waits for whoever reads it.

use crate::limits::{PENDING_EVENTS, WAITING_MAX};
use crate::{Arrival, LinkEvent, Message};
use std::collections::VecDeque;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use units::{DeviceId, Timestamp};

/// Puts arrivals and events of one device into the queue, in their order. When it is full, arrivals of a device that
/// can't wait are shed and told as a gap; what can wait, and events, wait here: merged and bounded.
pub(crate) struct Outbox {
    device: DeviceId,
    queue: mpsc::Sender<Message>,
    pending: VecDeque<Message>,
    /// How many of the pending are events.
    events: usize,
}

impl Outbox {
    pub(crate) fn new(device: DeviceId, queue: mpsc::Sender<Message>) -> Self {
        Self { device, queue, pending: VecDeque::new(), events: 0 }
    }

    /// How many readings were shed: none, or all of them.
    pub(crate) fn arrival(&mut self, arrival: Arrival) -> u64 {
        self.flush();
        let (at, count) = (arrival.at, arrival.readings.len() as u64);
        // What came before it is still waiting: it may not overtake.
        let sent = self.pending.is_empty() && self.queue.try_send(Message::Arrival(arrival)).is_ok();
        if sent {
            return 0;
        }
        self.keep(at, LinkEvent::Shed { readings: count, from: at, to: at });
        count
    }

    /// Of a source that can wait, and that looks at [`Outbox::is_full`] before it reads on.
    pub(crate) fn patiently(&mut self, message: Message) {
        self.pending.push_back(message);
        self.flush();
    }

    /// Whether a source that can wait has to.
    pub(crate) fn is_full(&self) -> bool {
        self.pending.len() - self.events >= WAITING_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    pub(crate) fn event(&mut self, at: Timestamp, event: LinkEvent) {
        self.keep(at, event);
        self.flush();
    }

    /// Waits until the queue has room for what is pending, and puts it there; forever if nothing is.
    pub(crate) async fn room(&mut self) {
        if self.pending.is_empty() {
            return std::future::pending().await;
        }
        match self.queue.reserve().await {
            // The room is only looked at, and taken by the flush: events may merge in the meantime.
            Ok(permit) => drop(permit),
            // Nobody reads any more: there is nobody to tell.
            Err(_) => {
                self.pending.clear();
                self.events = 0;
            }
        }
        self.flush();
    }

    fn flush(&mut self) {
        while let Some(message) = self.pending.pop_front() {
            let event = matches!(message, Message::Link { .. });
            match self.queue.try_send(message) {
                Ok(()) => self.events -= usize::from(event),
                Err(TrySendError::Full(message)) => {
                    self.pending.push_front(message);
                    return;
                }
                Err(TrySendError::Closed(_)) => {
                    self.events -= usize::from(event);
                    return;
                }
            }
        }
    }

    fn keep(&mut self, at: Timestamp, event: LinkEvent) {
        let last = match self.pending.back_mut() {
            Some(Message::Link { event, .. }) => Some(event),
            _ => None,
        };
        match (last, &event) {
            (
                Some(LinkEvent::Shed { readings, to, .. }),
                LinkEvent::Shed { readings: more, to: later, .. },
            ) => {
                *readings += more;
                *to = *later;
            }
            (
                Some(LinkEvent::Faults { bad_frames, garbage_bytes }),
                LinkEvent::Faults { bad_frames: frames, garbage_bytes: bytes },
            ) => {
                *bad_frames += frames;
                *garbage_bytes += bytes;
            }
            _ => {
                if self.events == PENDING_EVENTS
                    && let Some(oldest) =
                        self.pending.iter().position(|message| matches!(message, Message::Link { .. }))
                {
                    self.pending.remove(oldest);
                    self.events -= 1;
                }
                self.pending.push_back(Message::Link { device: self.device, at, event });
                self.events += 1;
            }
        }
    }
}
