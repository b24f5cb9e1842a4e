//! What continuous integration checks: the form of the code, its licences, its generated pages, then all tests.

use crate::faults::SHIM;
use crate::setup::{self, Wasm};
use crate::sh::{self, Place, say};
use crate::suite::{self, Tally};
use crate::ui;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

const DENY: &str = "cargo-deny";
const DENY_VERSION: &str = "0.20.2";

/// `cargo xtask ci`: runs every step even after one failed, so that one run says all.
pub fn ci(place: &Place) -> Result<ExitCode, String> {
    let mut report = Report::default();
    report
        .step("fmt", || sh::run(place.cargo().args(["fmt", "--all", "--check"]), "find the code formatted"));
    report.step("Cargo.lock", || {
        let mut metadata = place.cargo();
        metadata.args(["metadata", "--locked", "--format-version=1"]).stdout(std::process::Stdio::null());
        sh::run(&mut metadata, "find Cargo.lock up to date")
    });
    // What is compiled next needs the system packages and ui/dist.
    report.step("set-up", || setup::setup(place, true));
    report.step("ui", || ui::build(place, false));
    report.step("clippy", || {
        let mut clippy = place.cargo();
        clippy.args(["clippy", "--workspace", "--all-targets", "--features", SHIM, "--", "-D", "warnings"]);
        sh::run(&mut clippy, "pass clippy")
    });
    report.step("clippy, wasm", || wasm_clippy(place));
    report.step("deny", || deny(place));
    report.step("build", || suite::build(place));
    report.step("docs", || crate::docs_with_built(place, true));
    let begun = Instant::now();
    say("ci: test");
    let mut tally = suite::run_built(place, &[]).unwrap_or_else(|why| {
        eprintln!("xtask ci: {why}");
        Tally { failed: 1, failures: vec!["the tests did not start".to_owned()], ..Tally::default() }
    });
    report.took.push(("test", begun.elapsed()));

    for (name, took) in &report.took {
        println!("    {:>6.1} s  {name}", took.as_secs_f32());
    }
    for (name, why) in &report.failed {
        tally.failed += 1;
        tally.failures.push(format!("ci step {name}: {why}"));
    }
    Ok(suite::close(&tally))
}

#[derive(Default)]
struct Report {
    took: Vec<(&'static str, Duration)>,
    failed: Vec<(&'static str, String)>,
}

impl Report {
    fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<(), String>) {
        say(&format!("ci: {name}"));
        let begun = Instant::now();
        if let Err(why) = work() {
            eprintln!("xtask ci: {why}");
            self.failed.push((name, why));
        }
        self.took.push((name, begun.elapsed()));
    }
}

/// The screens once more for the target they run on: the code behind `cfg(target_arch = "wasm32")` is seen only here.
fn wasm_clippy(place: &Place) -> Result<(), String> {
    let (mut cargo, wasm) = ui::wasm_cargo(place)?;
    if wasm != Wasm::Native {
        println!("    Debian's compiler has no clippy: the screens were checked for this machine only");
        return Ok(());
    }
    cargo.args(["clippy", "-p", "ui", "--target", "wasm32-unknown-unknown", "--", "-D", "warnings"]);
    sh::run(&mut cargo, "pass clippy for wasm")
}

fn deny(place: &Place) -> Result<(), String> {
    let deny = sh::tool(place, DENY, DENY_VERSION)?;
    let check = |what: &[&str]| {
        let mut command = sh::clean(Command::new(&deny));
        command.args(["--workspace", "check"]).args(what).current_dir(&place.root);
        command
    };
    sh::run(&mut check(&["bans", "licenses", "sources"]), "pass cargo deny")?;
    // The advisory database is a repository of its own: offline, or behind a mirror, it cannot be had.
    let mut fetch = sh::clean(Command::new(&deny));
    fetch.args(["fetch", "db"]).current_dir(&place.root).env("GIT_TERMINAL_PROMPT", "0");
    fetch.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    if sh::run_within(&mut fetch, Duration::from_secs(60), "fetch the advisories").is_err() {
        println!("advisories: not checked (the database cannot be reached from here)");
        return Ok(());
    }
    sh::run(check(&["advisories"]).arg("--disable-fetch"), "find no advisory against a dependency")
}
