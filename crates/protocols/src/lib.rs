//! Bytes of a device to raw readings, and back.
//!
//! Knows lines, checksums, JSON payloads and what a broken one looks like. Does not know ports, brokers, clocks or which
//! device is whose: bytes of a line come in through [`line::Decoder::push`], payloads through [`json::decode`], and values
//! go out. What can't be read becomes a fault, never an error, and the next good frame is found again. Start at [`line`] or
//! [`json`]. Tests: `src/line/tests.rs`, `src/json/tests.rs`.

pub mod instant;
pub mod json;
pub mod line;
pub mod setup;
