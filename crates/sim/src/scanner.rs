//! A barcode scanner on a line: codes in, the bytes out that a scanner in its usual setting sends for them.

use crate::chain::{Error, Outlet, Wire};
use std::time::Duration;

/// A scanner, plugged in.
pub struct Scanner {
    wire: Wire,
}

impl Scanner {
    /// Plugs one in.
    pub fn new(outlet: Outlet) -> Result<Self, Error> {
        Ok(Self { wire: Wire::outlet(outlet)? })
    }

    /// What the console opens to hear it.
    pub fn endpoint(&self) -> &str {
        self.wire.endpoint()
    }

    /// Reads a code: its symbology identifier (`]d2`, empty where it sends none), its text with GS as it is, and CR. While the line is
    /// full, `wait` waits, and says whether to give up.
    pub fn read(
        &mut self,
        symbology: &str,
        text: &str,
        wait: &mut dyn FnMut(Duration) -> bool,
    ) -> Result<bool, Error> {
        self.wire.write(format!("{symbology}{text}\r").as_bytes(), wait)
    }
}
