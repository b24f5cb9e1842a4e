//! The faults that the store must bear, run long: `cargo xtask faults`. The tests run the same rows short.

use crate::sh::{self, Place, say};
use std::process::{Command, ExitCode};

/// The feature that brings the simulated disk; its library is built with libclang, which the tests' set-up installs.
pub const SHIM: &str = "faults/shim";

/// Builds the bench and hands it the arguments as they are.
pub fn faults(place: &Place, rest: &[String]) -> Result<ExitCode, String> {
    say("Building the faults");
    let mut build = place.cargo();
    build.args(["build", "-p", "faults", "--features", SHIM]);
    sh::run(&mut build, "build the faults (without libclang: `cargo xtask setup --tests` first)")?;
    let mut run = sh::clean(Command::new(place.binary("debug", "faults")));
    sh::hand_over(place, run.args(rest))
}
