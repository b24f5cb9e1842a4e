//! Bytes of a device to raw readings, and back.
//!
//! Knows lines, checksums and what a broken one looks like. Does not know ports, clocks or which device is whose: bytes
//! come in through [`line::Decoder::push`], frames go out as values. What can't be read becomes a [`line::Fault`], never
//! an error, and the next good frame is found again. Start at [`line`]. Tests: `src/line/tests.rs`.

pub mod line;
