//! The way into the queue that never waits for whoever reads it.

use crate::limits::{HELD_READINGS_MAX, PENDING_EVENTS, WAITING_MAX};
use crate::{Arrival, LinkEvent, Message};
use std::collections::VecDeque;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use units::{DeviceId, Timestamp};

/// Puts arrivals and events of one device into the queue, in their order. When it is full, everything waits here, bounded;
/// beyond that bound arrivals of a device that can't wait are shed and told as a gap, and what can wait is not read.
pub(crate) struct Outbox {
    device: DeviceId,
    queue: mpsc::Sender<Message>,
    pending: VecDeque<Message>,
    /// How many of the pending are events.
    events: usize,
    /// Readings of the pending that can't wait.
    held: usize,
}

impl Outbox {
    pub(crate) fn new(device: DeviceId, queue: mpsc::Sender<Message>) -> Self {
        Self { device, queue, pending: VecDeque::new(), events: 0, held: 0 }
    }

    /// How many readings were shed: none, or all of them.
    pub(crate) fn arrival(&mut self, arrival: Arrival) -> u64 {
        self.hastily(arrival.at, Message::Arrival(arrival))
    }

    /// The same of readings, positions or a scan.
    pub(crate) fn hastily(&mut self, at: Timestamp, message: Message) -> u64 {
        let count = count_of(&message);
        // A gap is told before anything is held again: else a queue that is nearly full would hear of many small ones.
        let after_a_gap =
            matches!(self.pending.back(), Some(Message::Link { event: LinkEvent::Shed { .. }, .. }));
        if self.held + count <= HELD_READINGS_MAX && !after_a_gap {
            self.held += count;
            self.pending.push_back(message);
            self.flush();
            return 0;
        }
        self.flush();
        if self.pending.is_empty() && self.queue.try_send(message).is_ok() {
            return 0;
        }
        let count = count as u64;
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
                (self.events, self.held) = (0, 0);
            }
        }
        self.flush();
    }

    fn flush(&mut self) {
        while let Some(message) = self.pending.pop_front() {
            let event = matches!(message, Message::Link { .. });
            let held = count_of(&message);
            match self.queue.try_send(message) {
                Ok(()) => {
                    self.events -= usize::from(event);
                    self.held = self.held.saturating_sub(held);
                }
                Err(TrySendError::Full(message)) => {
                    self.pending.push_front(message);
                    return;
                }
                Err(TrySendError::Closed(_)) => {
                    self.events -= usize::from(event);
                    self.held = self.held.saturating_sub(held);
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

/// How many readings, positions or scans a message holds.
fn count_of(message: &Message) -> usize {
    match message {
        Message::Arrival(arrival) => arrival.readings.len(),
        Message::Position { positions, .. } => positions.len(),
        Message::Scan(_) => 1,
        Message::Receipt(_) | Message::Link { .. } => 0,
    }
}
