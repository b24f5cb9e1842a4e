//! The way into the queue that never waits for whoever reads it.

use crate::limits::PENDING_EVENTS;
use crate::{Arrival, LinkEvent, Message};
use std::collections::VecDeque;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use units::{DeviceId, Timestamp};

/// Puts arrivals and events of one device into the queue, in their order. When it is full, arrivals are shed and told as
/// a gap; events wait here, merged and bounded.
pub(crate) struct Outbox {
    device: DeviceId,
    queue: mpsc::Sender<Message>,
    pending: VecDeque<(Timestamp, LinkEvent)>,
}

impl Outbox {
    pub(crate) fn new(device: DeviceId, queue: mpsc::Sender<Message>) -> Self {
        Self { device, queue, pending: VecDeque::new() }
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
            Err(_) => self.pending.clear(),
        }
        self.flush();
    }

    fn flush(&mut self) {
        while let Some((at, event)) = self.pending.pop_front() {
            match self.queue.try_send(Message::Link { device: self.device, at, event }) {
                Ok(()) => {}
                Err(TrySendError::Full(Message::Link { at, event, .. })) => {
                    self.pending.push_front((at, event));
                    return;
                }
                Err(_) => return,
            }
        }
    }

    fn keep(&mut self, at: Timestamp, event: LinkEvent) {
        match (self.pending.back_mut().map(|(_, last)| last), &event) {
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
                if self.pending.len() == PENDING_EVENTS {
                    self.pending.pop_front();
                }
                self.pending.push_back((at, event));
            }
        }
    }
}
