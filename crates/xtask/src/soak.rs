//! The window beside hundreds of recording channels for an hour: `cargo xtask soak`.

use crate::sh::{self, Place, say};
use crate::{setup, ui};
use std::process::{Command, ExitCode};

/// Builds the release programs and the bench, and hands it the arguments as they are.
pub fn soak(place: &Place, rest: &[String]) -> Result<ExitCode, String> {
    setup::setup(place, true)?;
    ui::build(place, false)?;
    say("Building quartermaster (release)");
    sh::run(
        place.cargo().args(["build", "--release", "-p", "quartermaster", "-p", "cli"]),
        "build quartermaster",
    )?;
    say("Building the soak");
    sh::run(place.cargo().args(["build", "-p", "system-tests", "--example", "soak"]), "build the soak")?;
    let mut run = sh::clean(Command::new(place.binary("debug/examples", "soak")));
    run.arg("--qm")
        .arg(place.binary("release", "qm"))
        .arg("--window")
        .arg(place.binary("release", "quartermaster"));
    sh::hand_over(place, run.args(rest))
}
