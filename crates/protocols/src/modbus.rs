//! Registers of Modbus slaves to raw readings, and values back to registers.
//!
//! A [`Map`] says which objects of which slave mean what; [`plan`] batches its points into ranges that one request reads;
//! [`read`] makes values of what came; [`encode`] makes the command that writes one; [`tries`] shows what unknown registers
//! could be. Knows types, byte orders and the limits of the protocol. Does not know frames (a library does them), ports,
//! time or channels. A register that holds no number becomes a fault, never an error.
//!
//! Source: "MODBUS Application Protocol Specification V1.1b3" (modbus.org), §4.4 (addresses), §6.1–6.6, 6.11, 6.12 (limits
//! of the requests). Tests: `src/modbus/tests.rs`.

mod browse;
mod map;
mod plan;
mod table;
mod value;

#[cfg(test)]
mod tests;

pub use browse::{Register, Try, tries};
pub use map::{
    BITS_MAX, Kind, Map, NAME_BYTES_MAX, Order, POINTS_MAX, Point, REGISTERS_MAX, Real, Table, Timing, Write,
};
pub use plan::{Cuts, Range, plan};
pub use table::{Finding, Notation, address, from_csv, reference, to_csv};
pub use value::{Command, Objects, Value, decode, encode, read};
