//! Ports, brokers and addresses to decoded batches in a bounded queue.
//!
//! Knows serial ports, TCP, MQTT, HTTP, reconnecting and shedding. Does not know SQL, alarm rules, channels' limits or
//! screens; its only clock is the one it is given, which may be a simulated one. A device that can't wait is never made to:
//! when the queue is full its readings are shed, counted and told as a gap. One that can wait does: a broker is not read
//! from, and what it sent is acknowledged only after the reader of the queue gave the [`Receipt`]. Start at [`spawn`];
//! the sources are `lines`, `mqtt`, `http` and `listener`. Tests: `tests/it/main.rs`, on real pseudo-terminals, a real broker
//! and real sockets.

pub mod limits;

mod backoff;
mod driver;
mod endpoint;
mod http;
mod lines;
mod listener;
pub mod modbus;
mod mqtt;
mod outbox;
mod ports;
mod receipt;
mod tls;

pub use driver::{Counters, Driver, Piece, Source, Status, spawn, spawn_after};
pub use endpoint::Endpoint;
pub use listener::{Heard, Hooks, Listening, Token};
pub use ports::{PortInfo, answers, ports};
pub use receipt::Receipt;

use domain::{Position, RawReading};
use std::sync::Arc;
use units::{DeviceId, Timestamp};

/// Tells the time that arrivals are stamped with.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What a driver puts into the queue.
#[derive(Debug)]
pub enum Message {
    /// Readings came.
    Arrival(Arrival),
    /// Vehicles told where they are.
    Position {
        /// The device that brought them.
        device: DeviceId,
        /// When they came.
        at: Timestamp,
        /// In the order they came.
        positions: Vec<Position>,
    },
    /// A code was scanned.
    Scan(Scanned),
    /// Give it once all that this device put in before it is stored: somebody waits to forget it.
    Receipt(Receipt),
    /// Something happened to the line.
    Link {
        /// Whose.
        device: DeviceId,
        /// When, by the driver's clock.
        at: Timestamp,
        /// What.
        event: LinkEvent,
    },
}

/// Readings that came in one piece, in the order of the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The device as the site knows it.
    pub device: DeviceId,
    /// The device's name of itself.
    pub name: String,
    /// When they came.
    pub at: Timestamp,
    /// What it said.
    pub readings: Vec<RawReading>,
}

/// A code that was scanned: an event, not a reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// The scanner.
    pub device: DeviceId,
    /// When it came.
    pub at: Timestamp,
    /// What it says.
    pub scan: protocols::stream::Scan,
}

/// What happens to a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// The port is open.
    Opened,
    /// The port is gone or could not be opened; told again only when the reason changes.
    Lost {
        /// What was tried and what came of it.
        reason: String,
    },
    /// Bytes came that are no frames; told at most once a second.
    Faults {
        /// Frames or payloads that could not be read.
        bad_frames: u64,
        /// Bytes outside frames.
        garbage_bytes: u64,
    },
    /// Something went wrong with single requests; told at most once a second.
    Errors {
        /// The name of its counter, like `modbus.timeout`.
        kind: &'static str,
        /// How often.
        count: u64,
    },
    /// The queue was full: readings were thrown away so that the device did not have to wait.
    Shed {
        /// How many.
        readings: u64,
        /// When the first came.
        from: Timestamp,
        /// When the last came.
        to: Timestamp,
    },
}

/// The queue all drivers of a site share, bounded by [`limits::QUEUE_MESSAGES`].
pub fn queue() -> (tokio::sync::mpsc::Sender<Message>, tokio::sync::mpsc::Receiver<Message>) {
    tokio::sync::mpsc::channel(limits::QUEUE_MESSAGES)
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// It can: a cable, a device that is off.
    Transient,
    /// It can't: the wording of an address.
    Permanent,
}

/// Something was not possible with a port.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Whether trying again can help.
    pub kind: ErrorKind,
    /// What was tried, on what, and what to do next.
    pub message: String,
    /// What the system said.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}
