//! npm packages that tests use as peers which nobody here wrote: pinned by a lock file, fetched by npm into the user's cache.
//!
//! Tests find them by `testkit::node`. Where npm is not there, those tests say that they are skipped.

use crate::sh::{self, Place, say};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const PACKAGE: &str = include_str!("node/package.json");
/// Every package below them, with its hash.
const LOCK: &str = include_str!("node/package-lock.json");

const NPM: &str = if cfg!(windows) { "npm.cmd" } else { "npm" };

fn folder(place: &Place) -> PathBuf {
    place.cache.join("node")
}

/// Whether npm and what it serves are on this machine.
pub fn npm() -> bool {
    sh::on_path(NPM) && sh::on_path("node")
}

/// Whether all of them are there, in these versions.
pub fn ready(place: &Place) -> bool {
    fs::read_to_string(folder(place).join("installed.json")).is_ok_and(|text| text == LOCK)
}

/// Fetches them. A failure costs only the tests that use them.
pub fn fetch(place: &Place) {
    if !npm() {
        say("npm is not here: tests with its peers will be skipped.");
        return;
    }
    if let Err(why) = install(place) {
        say(&format!("{why}. Tests with npm's peers will be skipped."));
    }
}

fn install(place: &Place) -> Result<(), String> {
    say("Fetching npm packages for tests: aedes, ggencoder, sparkplug-client");
    let work = place.cache.join(format!("node-{}", std::process::id()));
    fs::create_dir_all(&work).map_err(|e| format!("could not create {}: {e}", work.display()))?;
    let write = |name: &str, text: &str| {
        let path = work.join(name);
        fs::write(&path, text).map_err(|e| format!("could not write {}: {e}", path.display()))
    };
    let installed = write("package.json", PACKAGE)
        .and_then(|()| write("package-lock.json", LOCK))
        .and_then(|()| {
            let mut npm = Command::new(NPM);
            npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"])
                .current_dir(&work);
            sh::run(&mut npm, "install the npm packages")
        })
        .and_then(|()| write("installed.json", LOCK))
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
    fn every_package_is_pinned_by_its_hash() {
        let packages = LOCK.matches("\"node_modules/").count();
        assert!(packages > 10, "{packages}");
        assert_eq!(LOCK.matches("\"integrity\": \"sha512-").count(), packages);
        // No address of a registry: whoever builds has their own.
        assert!(!LOCK.contains("\"resolved\""));
    }
}
