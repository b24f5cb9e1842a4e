//! Python packages that tests use as peers which nobody here wrote: pinned wheels, fetched by pip into the user's cache.
//!
//! Tests find them by `testkit::python`. Where pip is not there, those tests say that they are skipped.

use crate::sh::{self, Place, say};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// What is installed: name, version and SHA-256 of the wheel, all of them pure Python.
const WHEELS: [(&str, &str, &str); 3] = [
    // Modbus slaves over TCP and serial lines.
    ("pymodbus", "3.16.1", "bb433f7417280bdea1190d95495aa6fb8e1fa8e0d720c436922b270bc378024c"),
    // Another reader of NMEA 0183, to be held against ours.
    ("pynmea2", "1.19.0", "5138558b4fb5daa587b2c17de99eb43df0297039de1c98010c996624abfb00eb"),
    ("pyserial", "3.5", "c4451db6ba391ca6ca299fb3ec7bae67a5c55dde170964c7a14ceefec02f2cf0"),
];

/// The program that has pip.
pub fn pip() -> Option<&'static str> {
    ["python3", "python", "py"].into_iter().find(|python| {
        sh::on_path(python) && sh::capture(Command::new(python).args(["-m", "pip", "--version"])).is_some()
    })
}

/// What pip is told: exactly these files, whatever else the registry has.
fn requirements() -> String {
    WHEELS.iter().map(|(name, version, hash)| format!("{name}=={version} --hash=sha256:{hash}\n")).collect()
}

fn folder(place: &Place) -> PathBuf {
    place.cache.join("python")
}

/// Whether all of them are there, in these versions.
pub fn ready(place: &Place) -> bool {
    fs::read_to_string(folder(place).join("requirements.txt")).is_ok_and(|text| text == requirements())
}

/// Fetches them. A failure costs only the tests that use them.
pub fn fetch(place: &Place) {
    let Some(python) = pip() else {
        say("pip is not here: tests with Python peers will be skipped.");
        return;
    };
    if let Err(why) = install(place, python) {
        say(&format!("{why}. Tests with Python peers will be skipped."));
    }
}

fn install(place: &Place, python: &str) -> Result<(), String> {
    let names: Vec<&str> = WHEELS.iter().map(|(name, _, _)| *name).collect();
    say(&format!("Fetching Python packages for tests: {}", names.join(", ")));
    let work = place.cache.join(format!("python-{}", std::process::id()));
    fs::create_dir_all(&work).map_err(|e| format!("could not create {}: {e}", work.display()))?;
    let list = work.join("requirements.txt");
    let installed = fs::write(&list, requirements())
        .map_err(|e| format!("could not write {}: {e}", list.display()))
        .and_then(|()| {
            let mut pip = Command::new(python);
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"])
                .args(["--require-hashes", "--only-binary=:all:", "-r"])
                .arg(&list)
                .arg("--target")
                .arg(&work);
            sh::run(&mut pip, "install the Python packages")
        })
        .and_then(|()| {
            let to = folder(place);
            if to.exists() {
                fs::remove_dir_all(&to).map_err(|e| format!("could not replace {}: {e}", to.display()))?;
            }
            fs::rename(&work, &to).map_err(|e| format!("could not fill {}: {e}", to.display()))
        });
    let _ = fs::remove_dir_all(&work);
    installed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wheel_is_pinned() {
        for line in requirements().lines() {
            let (name, hash) = line.split_once(" --hash=sha256:").expect("a hash");
            assert!(name.contains("==") && hash.len() == 64, "{line}");
        }
    }
}
