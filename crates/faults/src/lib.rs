//! Faults against the real store, counted: power cuts, failing syncs, kills, full disks, damaged files.
//!
//! Turns a number of rounds and a seed into a table: what was acknowledged, and what of it was lost or came back wrong.
//! Drives the product through its own doors only ([`store::Store`]); the simulated disk ([`disk`]) stands where SQLite
//! meets the system. Nothing of the product links this. Start at [`rows::run`]; `cargo xtask faults` runs it long,
//! `tests/it` short.

#[cfg(all(unix, feature = "shim"))]
pub mod disk;
pub mod draw;
pub mod rows;
pub mod witness;
