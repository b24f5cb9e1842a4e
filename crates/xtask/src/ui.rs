//! Builds the screens: the `ui` crate to wasm, wasm-bindgen's glue, and the page's own files, into ui/dist.

use crate::setup::{self, Wasm};
use crate::sh::{self, Place, say};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

const TARGET: &str = "wasm32-unknown-unknown";
/// Files of ui/ that go to ui/dist as they are, beside the folders `style` and `static`.
const PAGE: &str = "index.html";

/// cargo for the UI, with the compiler that this machine has for it.
pub fn wasm_cargo(place: &Place) -> Result<(Command, Wasm), String> {
    let wasm = setup::wasm(place).ok_or("no compiler for wasm is here: run `cargo xtask setup`")?;
    // Leptos then keeps the kinds of a page's parts apart at run time, not by a type for each nesting of them: 160 KB less to load.
    let mut flags = vec!["--cfg=erase_components".to_owned()];
    let mut cargo = match &wasm {
        Wasm::Native => sh::clean(Command::new("cargo")),
        Wasm::Debian { sysroot } => {
            // Only the target's crates get it: build scripts and macros keep the compiler's own sysroot.
            flags.push(format!("--sysroot={}", sysroot.display()));
            setup::debian_cargo()
        }
    };
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    cargo.current_dir(&place.root).env("CARGO_TARGET_DIR", place.target("wasm"));
    Ok((cargo, wasm))
}

/// Builds ui/dist, or leaves it when nothing changed.
pub fn build(place: &Place, dev: bool) -> Result<(), String> {
    let begun = Instant::now();
    let profile = if dev { "dev" } else { "wasm-release" };
    say(&format!("Building the screens ({profile})"));
    let (mut cargo, _) = wasm_cargo(place)?;
    cargo.args(["build", "-p", "ui", "--lib", "--target", TARGET, "--profile", profile]);
    sh::run(&mut cargo, "build the screens")?;

    let ui = place.root.join("ui");
    let dist = ui.join("dist");
    let folder = if dev { "debug" } else { "wasm-release" };
    let wasm = place.target("wasm").join(TARGET).join(folder).join("ui.wasm");
    let pages = pages(&ui);
    let stamp = place.target("wasm").join("dist-stamp");
    let inputs = fingerprint(&place.root, &wasm, &pages)?;
    let complete = dist.join("ui_bg.wasm").exists() && pages.iter().all(|(_, to)| dist.join(to).exists());
    if complete && fs::read_to_string(&stamp).is_ok_and(|was| was == inputs) {
        say("The screens are up to date");
        return Ok(());
    }

    say("Binding them to the page with wasm-bindgen");
    let work = place.target("wasm").join("dist-work");
    let mut bundle = place.cargo();
    bundle
        .args(["run", "--quiet", "--package", "xtask", "--features", "bundle", "--", "bundle"])
        .arg(&wasm)
        .arg(&work);
    sh::run(&mut bundle, "bind the screens to the page")?;
    let fail = |e: std::io::Error| format!("could not write {}: {e}", dist.display());
    let mut kept = BTreeSet::from([PathBuf::from(".gitkeep")]);
    for file in sh::files_below(&work) {
        let to = file.strip_prefix(&work).unwrap_or(&file).to_path_buf();
        put(&file, &dist.join(&to)).map_err(fail)?;
        kept.insert(to);
    }
    for (from, to) in pages {
        put(&from, &dist.join(&to)).map_err(fail)?;
        kept.insert(to);
    }
    for file in sh::files_below(&dist) {
        if !kept.contains(file.strip_prefix(&dist).unwrap_or(&file)) {
            fs::remove_file(&file).map_err(fail)?;
        }
    }
    let _ = fs::remove_dir_all(&work);
    fs::write(&stamp, inputs).map_err(|e| format!("could not write {}: {e}", stamp.display()))?;
    say(&format!("The screens are in ui/dist ({:.1} s)", begun.elapsed().as_secs_f32()));
    Ok(())
}

/// The page's own files, each with its place in ui/dist. `style/` keeps its name; what is in `static/` goes to the
/// top.
fn pages(ui: &Path) -> Vec<(PathBuf, PathBuf)> {
    let mut found = Vec::new();
    if ui.join(PAGE).exists() {
        found.push((ui.join(PAGE), PathBuf::from(PAGE)));
    }
    for (folder, base) in [("style", ui.to_path_buf()), ("static", ui.join("static"))] {
        for file in sh::files_below(&ui.join(folder)) {
            if let Ok(to) = file.strip_prefix(&base) {
                found.push((file.clone(), to.to_path_buf()));
            }
        }
    }
    found
}

/// Hashes of all that ui/dist is made of. cargo has already decided whether the wasm is new.
fn fingerprint(root: &Path, wasm: &Path, pages: &[(PathBuf, PathBuf)]) -> Result<String, String> {
    let mut lines = vec![root.display().to_string(), sh::sha256(wasm)?];
    for (from, to) in pages {
        lines.push(format!("{} {}", sh::sha256(from)?, to.display()));
    }
    Ok(lines.join("\n"))
}

/// Copies a file unless its twin is already there: an unchanged file keeps its time, so that the hosts, which embed
/// the folder, are not built again.
fn put(from: &Path, to: &Path) -> std::io::Result<()> {
    let bytes = fs::read(from)?;
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    if let Some(dir) = to.parent() {
        fs::create_dir_all(dir)?;
    }
    fs::write(to, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_keep_style_and_lift_static() {
        let ui = std::env::temp_dir().join(format!("xtask-ui-{}", std::process::id()));
        for file in ["index.html", "style/a.css", "static/boot.js", "static/fonts/x.ttf", "src/lib.rs"] {
            let path = ui.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        let to: Vec<_> =
            pages(&ui).into_iter().map(|(_, to)| to.display().to_string().replace('\\', "/")).collect();
        assert_eq!(to, ["index.html", "style/a.css", "boot.js", "fonts/x.ttf"]);

        let copy = ui.join("copy.css");
        put(&ui.join("style/a.css"), &copy).unwrap();
        let before = fs::metadata(&copy).unwrap().modified().unwrap();
        put(&ui.join("style/a.css"), &copy).unwrap();
        assert_eq!(fs::metadata(&copy).unwrap().modified().unwrap(), before);
        fs::remove_dir_all(&ui).unwrap();
    }
}
