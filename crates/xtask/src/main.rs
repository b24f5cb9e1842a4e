//! Turns a fresh machine and a checkout into a running console or a test report.
//!
//! Knows compilers, package tools and this repository's folders. Does not know what the product does: it builds
//! binaries and starts them. Start at [`main`]; set-up is `setup.rs`, the screens' build `ui.rs`, the tests
//! `suite.rs`, continuous integration `ci.rs`. Tests: at the end of each file.
#![allow(
    clippy::disallowed_methods,
    reason = "automation is where environment and wall time are read; nothing is computed from them"
)]

mod bench_routing;
#[cfg(feature = "bundle")]
mod bundle;
mod ci;
mod faults;
mod freshness;
mod fuzz;
mod node;
mod onnxruntime;
mod packages;
mod pan;
mod python;
mod setup;
mod sh;
mod soak;
mod suite;
mod ui;

use sh::{Place, say};
use std::process::{Command, ExitCode};

const USAGE: &str = "\
cargo xtask <command>

  run [--site DIR] [ARGS]   set up what is missing, build, and open the console on the demo site (or on DIR)
  test [ARGS]               set up and run every test; ARGS go to cargo test
  setup [--tests]           only the set-up; --tests adds what the tests need
  ui [--dev]                build the screens into ui/dist; --dev compiles faster and larger
  docs [--check]            write the generated pages of docs/, or say which are stale
  faults [--rounds N] [--only ROW] [--seed S]
                            power cuts, kills, full and failing disks against the store; says what was lost
  fuzz [--seconds N] [--keep] [TARGET…]
                            hostile bytes by libFuzzer; what breaks a decoder is added to its corpus, with --keep what reaches
                            something new as well
  soak [--minutes N] [--channels N] [--json]
                            the real window for an hour beside 500 channels; its memory, processor time, answering
  pan-trace [--dev] [--site DIR] [--channels N] [--days N] [--json]
                            a year of readings once a second, panned in Chromium: how long its main thread is busy
  bench-routing [--data DIR] [--seeds 1,2,3] [--only FAMILY] [--report]
                            our route search beside PyVRP on real instances, 30 s each; goes on where it was stopped
  ci                        fmt, clippy, deny, docs --check, then test
  bundle-deb                a .deb of the release build (needs node)
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match args.split_first() {
        Some((name, rest)) => (name.as_str(), rest),
        None => ("help", &[][..]),
    };
    match dispatch(name, rest) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("xtask {name}: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(name: &str, rest: &[String]) -> Result<ExitCode, String> {
    let place = Place::find()?;
    let has = |flag: &str| rest.iter().any(|a| a == flag);
    if ["run", "ui", "test", "ci", "docs", "faults", "soak", "pan-trace", "bundle-deb"].contains(&name) {
        freshness::claim(&place, "host")?;
        freshness::claim(&place, "wasm")?;
    }
    match name {
        "run" => run(&place, rest),
        "setup" => {
            let tests = has("--tests");
            setup::setup(&place, tests)?;
            say(if tests { "Set-up is complete, tests included." } else { "Set-up is complete." });
            Ok(ExitCode::SUCCESS)
        }
        "ui" => {
            setup::wasm_only(&place)?;
            ui::build(&place, has("--dev"))?;
            Ok(ExitCode::SUCCESS)
        }
        "test" => suite::test(&place, rest),
        "faults" => faults::faults(&place, rest),
        "fuzz" => fuzz::fuzz(&place, rest),
        "soak" => soak::soak(&place, rest),
        "pan-trace" => pan::pan(&place, rest),
        "bench-routing" => bench_routing::bench(&place, rest),
        "ci" => ci::ci(&place),
        "docs" => {
            docs(&place, has("--check"))?;
            Ok(ExitCode::SUCCESS)
        }
        "bundle-deb" => {
            bundle_deb(&place)?;
            Ok(ExitCode::SUCCESS)
        }
        #[cfg(feature = "bundle")]
        "bundle" => {
            bundle::bundle(rest)?;
            Ok(ExitCode::SUCCESS)
        }
        "help" | "-h" | "--help" => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(format!("there is no command `{other}`.\n\n{USAGE}")),
    }
}

/// `cargo xtask run`: the window where there is a display, the same console on loopback where there is none.
fn run(place: &Place, rest: &[String]) -> Result<ExitCode, String> {
    setup::setup(place, false)?;
    ui::build(place, false)?;
    let window = has_display();
    let (binary, packages) = if window {
        ("quartermaster", &["-p", "quartermaster", "-p", "cli"][..])
    } else {
        ("qm", &["-p", "cli"][..])
    };
    say(&format!("Building {binary} (release; the first time takes some minutes)"));
    sh::run(place.cargo().args(["build", "--release"]).args(packages), &format!("build {binary}"))?;
    say(&format!("The command line is {}", place.binary("release", "qm").display()));

    let mut start = Command::new(place.binary("release", binary));
    start.args(start_args(window, rest));
    if window {
        say("Opening the console. Closing its window keeps recording in the tray; Quit ends it.");
    } else {
        say("There is no display here: serving the console on loopback; open the URL below in a browser.");
    }
    sh::hand_over(place, &mut start)
}

/// What the program is started with: `--demo` unless a site was named.
fn start_args(window: bool, rest: &[String]) -> Vec<String> {
    let mut args = Vec::new();
    if !window {
        args.push("serve".to_owned());
    }
    if !rest.iter().any(|a| a == "--demo" || a == "--site" || a.starts_with("--site=")) {
        args.push("--demo".to_owned());
    }
    args.extend(rest.iter().cloned());
    args
}

fn has_display() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// The generated pages are written by the program itself, which owns the lists they are made of.
fn docs(place: &Place, check: bool) -> Result<(), String> {
    sh::run(place.cargo().args(["build", "-p", "cli"]), "build qm")?;
    docs_with_built(place, check)
}

/// The same with the qm that the last build left.
pub fn docs_with_built(place: &Place, check: bool) -> Result<(), String> {
    let mut qm = sh::clean(Command::new(place.binary("debug", "qm")));
    qm.current_dir(&place.root).args(["docs", "--out", "docs"]);
    if check {
        qm.arg("--check");
    }
    sh::run(
        &mut qm,
        if check { "find docs/ up to date (`cargo xtask docs` writes it)" } else { "write docs/" },
    )
}

/// A Debian package of the release build, by Tauri's own bundler.
fn bundle_deb(place: &Place) -> Result<(), String> {
    setup::setup(place, false)?;
    ui::build(place, false)?;
    say("Building quartermaster (release)");
    sh::run(place.cargo().args(["build", "--release", "-p", "quartermaster"]), "build quartermaster")?;
    say("Packing the .deb with @tauri-apps/cli");
    let mut npx = sh::clean(Command::new("npx"));
    npx.args(["--yes", "@tauri-apps/cli@2.12.5", "bundle", "--bundles", "deb"])
        .current_dir(&place.root)
        .env("CARGO_TARGET_DIR", place.target("host"));
    sh::run(&mut npx, "pack the .deb (it needs node and npx)")
}

#[cfg(test)]
mod tests {
    use super::start_args;

    fn args(window: bool, rest: &[&str]) -> String {
        start_args(window, &rest.iter().map(|s| s.to_string()).collect::<Vec<_>>()).join(" ")
    }

    #[test]
    fn demo_unless_a_site_is_named() {
        assert_eq!(args(true, &[]), "--demo");
        assert_eq!(args(true, &["--site", "a b"]), "--site a b");
        assert_eq!(args(false, &["--site=x"]), "serve --site=x");
        assert_eq!(args(false, &["--port", "0"]), "serve --demo --port 0");
    }
}
