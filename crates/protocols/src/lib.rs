//! Bytes of a device to raw readings, and back.
//!
//! Knows lines, sentences, frames that a pattern describes, registers, checksums and payloads, and what a broken one looks
//! like. Does not know ports, brokers, clocks or which device is whose: bytes of a line come in through
//! [`stream::Decoder::push`], payloads through [`payload::Reader`], [`table`], [`prometheus`] and [`osmand`], and values go
//! out. How a device is read is its [`setup::Setup`]. What can't be read becomes a fault, never an error, and the next good
//! frame is found again. Start at [`setup`]. Tests: beside each module, `src/x/tests.rs`.

pub mod checks;
mod decimal;
pub mod gs1;
pub mod instant;
pub mod json;
pub mod line;
pub mod modbus;
pub mod nmea;
pub mod osmand;
pub mod pattern;
pub mod payload;
pub mod prometheus;
pub mod scanner;
pub mod setup;
pub mod stream;
pub mod table;
