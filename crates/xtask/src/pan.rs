//! How long a browser is busy while a chart of a year of readings once a second is panned: `cargo xtask pan-trace`.

use crate::sh::{self, Place, say};
use crate::{setup, ui};
use std::process::{Command, ExitCode};

/// Builds the program and the bench, and hands it the other arguments. `--dev`: builds that compile faster and are slower.
pub fn pan(place: &Place, rest: &[String]) -> Result<ExitCode, String> {
    let dev = rest.iter().any(|a| a == "--dev");
    let profile = if dev { "debug" } else { "release" };
    setup::setup(place, true)?;
    ui::build(place, dev)?;
    say(&format!("Building qm ({profile}) and the bench"));
    let mut build = place.cargo();
    build.args(["build", "-p", "cli"]).args((!dev).then_some("--release"));
    sh::run(&mut build, "build qm")?;
    let bench = ["build", "-p", "system-tests", "--example", "pan-trace"];
    sh::run(place.cargo().args(bench), "build the bench")?;
    let mut run = sh::clean(Command::new(place.binary("debug/examples", "pan-trace")));
    run.arg("--qm").arg(place.binary(profile, "qm"));
    sh::hand_over(place, run.args(rest.iter().filter(|a| *a != "--dev")))
}
