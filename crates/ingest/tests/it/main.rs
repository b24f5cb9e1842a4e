//! The driver against real peers: pseudo-terminals, TCP, a broker and web servers, with devices that stream, talk
//! nonsense, go away, come back, hang and flood.

mod endpoints;
mod http;
mod interop;
mod languages;
mod lines;
mod listener;
mod modbus;
mod mqtt;
mod recorded;
mod rogue;
#[cfg(unix)]
mod simulated;

use ingest::{Arrival, Clock, Endpoint, LinkEvent, Message, Source};
use protocols::line::{Frame, encode};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use units::{DeviceId, Milli, Timestamp};

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

const DEVICE: DeviceId = DeviceId(7);

fn source(endpoint: &str) -> Source {
    Source::new(DEVICE, Endpoint::parse(endpoint, 115_200).expect("an endpoint"))
}

/// A clock that stands still: arrivals are told apart by their order.
fn clock() -> Clock {
    Arc::new(|| Timestamp(42))
}

fn frame(sequence: i64) -> Frame {
    Frame::single("CHAIN-1", "T01", sequence, Timestamp(sequence), Milli(sequence))
}

fn bytes(sequence: i64) -> Vec<u8> {
    encode(&frame(sequence)).expect("a short frame")
}

/// The next message; none in time is a failure.
async fn next(queue: &mut Receiver<Message>) -> Message {
    tokio::time::timeout(PATIENCE, queue.recv())
        .await
        .expect("a message in time")
        .expect("a driver that runs")
}

/// Messages until one fits.
async fn until(queue: &mut Receiver<Message>, fits: impl Fn(&LinkEvent) -> bool) -> Vec<Message> {
    let mut seen = vec![];
    loop {
        let message = next(queue).await;
        let done = matches!(&message, Message::Link { event, .. } if fits(event));
        seen.push(message);
        if done {
            return seen;
        }
    }
}

/// The sequences of the next readings, so many of them.
async fn sequences(queue: &mut Receiver<Message>, wanted: usize) -> Vec<i64> {
    let mut seen = vec![];
    while seen.len() < wanted {
        if let Message::Arrival(Arrival { device, name, at, readings }) = next(queue).await {
            assert_eq!((device, name.as_str(), at), (DEVICE, "CHAIN-1", Timestamp(42)));
            seen.extend(readings.into_iter().filter_map(|reading| reading.sequence));
        }
    }
    seen
}

/// Waits for something to become true without being told.
async fn becomes(what: impl Fn() -> bool) {
    let waiting = async {
        while !what() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it becomes true in time");
}
