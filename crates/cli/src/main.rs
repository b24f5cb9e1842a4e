//! The terminal host: `qm`.
fn main() {}
