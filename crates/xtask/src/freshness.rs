//! Lets two checkouts share a target folder without being served each other's programs.
//!
//! Cargo names what it builds of a workspace's own crates by their path inside the workspace, and judges it by the
//! sources' times. So a checkout whose files are older than what another checkout built last would get the other's
//! objects. The folder therefore remembers whose it is; a newcomer's sources are made newer than all that lies there.

use crate::sh::{self, Place, say};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// File in a target folder that names the checkout whose crates lie there.
const OWNER: &str = "checkout";
/// Folders with sources of our own, below the checkout's root.
const SOURCES: [&str; 4] = ["crates", "src-tauri", "tests", "ui/src"];

/// Makes the target folder this checkout's. To be called before cargo builds into it.
pub fn claim(place: &Place, target: &str) -> Result<(), String> {
    let folder = place.target(target);
    let fail = |what: &Path, e: std::io::Error| {
        format!("could not claim the target folder: {}: {e}", what.display())
    };
    fs::create_dir_all(&folder).map_err(|e| fail(&folder, e))?;
    let empty = fs::read_dir(&folder).map_err(|e| fail(&folder, e))?.next().is_none();
    let owner = folder.join(OWNER);
    let here = place.root.display().to_string();
    if empty {
        return fs::write(&owner, here).map_err(|e| fail(&owner, e));
    }
    if fs::read_to_string(&owner).is_ok_and(|was| was == here) {
        return Ok(());
    }
    let sources: Vec<PathBuf> = SOURCES
        .iter()
        .flat_map(|dir| sh::files_below(&place.root.join(dir)))
        .filter(|file| file.extension().is_some_and(|e| e == "rs"))
        .collect();
    say(&format!("{} holds another checkout's build: our own crates are built again", folder.display()));
    let now = SystemTime::now();
    for file in &sources {
        File::options()
            .write(true)
            .open(file)
            .and_then(|f| f.set_modified(now))
            .map_err(|e| fail(file, e))?;
    }
    // Last, so that an interrupted claim is made again.
    fs::write(&owner, here).map_err(|e| fail(&owner, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_newcomers_sources_become_newer_and_the_owners_stay() {
        let base = std::env::temp_dir().join(format!("xtask-freshness-{}", std::process::id()));
        let checkout = |name: &str| {
            let root = base.join(name);
            fs::create_dir_all(root.join("crates/a/src")).unwrap();
            let file = root.join("crates/a/src/lib.rs");
            fs::write(&file, "").unwrap();
            let old = SystemTime::now() - Duration::from_secs(3600);
            File::options().write(true).open(&file).unwrap().set_modified(old).unwrap();
            (Place { root, cache: base.join("cache") }, file, old)
        };
        let modified = |file: &Path| fs::metadata(file).unwrap().modified().unwrap();
        let hour_old = |file: &Path, old: SystemTime| {
            modified(file).duration_since(old).unwrap_or_default().as_secs() < 60
        };

        let (first, first_file, old) = checkout("first");
        fs::create_dir_all(first.target("wasm").join("release")).unwrap();
        claim(&first, "wasm").unwrap();
        assert!(!hour_old(&first_file, old), "an unmarked folder may hold anything");
        File::options().write(true).open(&first_file).unwrap().set_modified(old).unwrap();
        claim(&first, "host").unwrap();
        assert!(hour_old(&first_file, old), "nothing lies in an empty folder");
        claim(&first, "host").unwrap();
        assert!(hour_old(&first_file, old), "the owner keeps its times, and its build");

        let (second, second_file, old) = checkout("second");
        claim(&second, "host").unwrap();
        assert!(!hour_old(&second_file, old));
        claim(&first, "host").unwrap();
        assert!(!hour_old(&first_file, old), "coming back counts as new");
        fs::remove_dir_all(&base).unwrap();
    }
}
