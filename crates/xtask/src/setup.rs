//! Set-up: what this machine lacks to build, run and test. Says each step before it, asks nothing, and does
//! nothing the second time. System packages are `packages.rs`, the runtime of the models `onnxruntime.rs`.

use crate::node;
use crate::onnxruntime;
use crate::packages::{self, Facts, Manager};
use crate::python;
use crate::sh::{self, Place, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const WASM: &str = "wasm32-unknown-unknown";

/// Which compiler builds the UI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wasm {
    /// The compiler in use has the target's standard library.
    Native,
    /// Debian's compiler, with the standard library that was built into this folder.
    Debian { sysroot: PathBuf },
}

/// Sets up everything that is missing.
pub fn setup(place: &Place, tests: bool) -> Result<(), String> {
    let manager = Manager::here();
    let wasm_ready = wasm_ready(place);
    let named = std::env::var_os("QM_ONNXRUNTIME").is_some_and(|path| Path::new(&path).is_file());
    let onnxruntime_ready = named || onnxruntime::installed(place).is_some();
    match manager {
        None => say(packages::elsewhere(std::env::consts::OS)),
        Some(manager) => packages::install_missing(
            manager,
            Facts {
                tests,
                wasm_ready,
                onnxruntime_ready,
                fetcher: onnxruntime_ready || onnxruntime::has_fetcher(),
                browser: sh::on_path("chromedriver")
                    && ["chromium", "chromium-browser", "google-chrome"].into_iter().any(sh::on_path),
                ubuntu: packages::is_ubuntu(),
                pip: python::pip().is_some(),
                npm: node::npm(),
            },
        )?,
    }
    if !wasm_ready {
        debian_wasm(place)?;
    }
    if !onnxruntime_ready {
        let path = onnxruntime::fetch(place)?;
        say(&format!("ONNX Runtime is in {}", path.display()));
    }
    if tests && !python::ready(place) {
        python::fetch(place);
    }
    if tests && !node::ready(place) {
        node::fetch(place);
    }
    Ok(())
}

/// Only what the UI's build needs; for `cargo xtask ui`.
pub fn wasm_only(place: &Place) -> Result<(), String> {
    if wasm_ready(place) { Ok(()) } else { setup(place, false) }
}

/// The compiler for the UI, if one is ready.
pub fn wasm(place: &Place) -> Option<Wasm> {
    let sysroot = sh::capture(sh::clean(Command::new("rustc")).args(["--print", "sysroot"]));
    let native = sysroot.is_some_and(|s| {
        fs::read_dir(Path::new(s.trim()).join("lib/rustlib").join(WASM).join("lib"))
            .is_ok_and(|mut files| files.next().is_some())
    });
    if native {
        return Some(Wasm::Native);
    }
    let sysroot = debian_sysroot(place);
    let built_by = fs::read_to_string(sysroot.join("built-by")).ok()?;
    (built_by == debian_rustc()?).then_some(Wasm::Debian { sysroot })
}

/// Whether the UI's compiler is there, after rustup had its chance.
fn wasm_ready(place: &Place) -> bool {
    if wasm(place).is_some() {
        return true;
    }
    if !sh::on_path("rustup") {
        return false;
    }
    say("Adding the wasm32-unknown-unknown target with rustup");
    let mut rustup = sh::clean(Command::new("rustup"));
    rustup.args(["target", "add", WASM]).env("RUSTUP_MAX_RETRIES", "1").env("RUST_BACKTRACE", "0");
    match sh::run_within(&mut rustup, Duration::from_secs(300), "add the wasm target") {
        Ok(()) => wasm(place).is_some(),
        Err(why) => {
            say(&format!("{why}. Debian's own compiler for wasm is the other way."));
            false
        }
    }
}

fn debian_sysroot(place: &Place) -> PathBuf {
    place.cache.join("wasm-sysroot")
}

fn debian_rustc() -> Option<String> {
    sh::capture(sh::clean(Command::new("/usr/bin/rustc")).arg("--version"))
}

/// cargo with Debian's compiler, which stays beside rustup's.
pub fn debian_cargo() -> Command {
    let mut cargo = sh::clean(Command::new("/usr/bin/cargo"));
    cargo.env_remove("RUSTUP_TOOLCHAIN").env("RUSTC", "/usr/bin/rustc");
    cargo
}

/// Builds the standard library for wasm from Debian's source into a sysroot of its own in the user's cache, so
/// that nothing below /usr is written. rustc looks for its linker there too.
fn debian_wasm(place: &Place) -> Result<(), String> {
    let Some(version) = debian_rustc() else {
        return Err(format!(
            "the {WASM} target is missing: rustup could not add it, and Debian's rustc-web is not here. \
             With a network, run `rustup target add {WASM}`"
        ));
    };
    // "rustc 1.96.0 (…)"
    let number = version.split_whitespace().nth(1).unwrap_or_default();
    let source = PathBuf::from(format!("/usr/src/rustc-{number}/library/sysroot/Cargo.toml"));
    if !source.exists() {
        return Err(format!(
            "the standard library's source is not at {}: rust-web-src and rustc-web should be of one version",
            source.display()
        ));
    }
    let sysroot = debian_sysroot(place);
    let work = place.cache.join(format!("wasm-std-{}", std::process::id()));
    say(&format!(
        "Building the wasm standard library with Debian's {} (about a minute, once)",
        version.trim()
    ));
    let mut build = debian_cargo();
    build
        .args(["build", "--locked", "--release", "--target", WASM, "--manifest-path"])
        .arg(&source)
        .arg("--target-dir")
        .arg(&work)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("__CARGO_DEFAULT_LIB_METADATA", "stablestd")
        .env("RUSTFLAGS", "-Zforce-unstable-if-unmarked -Cembed-bitcode=yes -Cdebuginfo=0");
    let built = sh::run(&mut build, "build the wasm standard library")
        .and_then(|()| {
            fill_sysroot(&work, &sysroot).map_err(|e| format!("could not fill {}: {e}", sysroot.display()))
        })
        .and_then(|()| {
            let stamp = sysroot.join("built-by");
            fs::write(&stamp, &version).map_err(|e| format!("could not write {}: {e}", stamp.display()))
        });
    let _ = fs::remove_dir_all(&work);
    built
}

fn fill_sysroot(work: &Path, sysroot: &Path) -> std::io::Result<()> {
    if sysroot.exists() {
        fs::remove_dir_all(sysroot)?;
    }
    let rustlib = sysroot.join("lib/rustlib");
    let lib = rustlib.join(WASM).join("lib");
    fs::create_dir_all(&lib)?;
    for file in sh::files_below(&work.join(WASM).join("release/deps")) {
        if let (Some("rlib"), Some(name)) = (file.extension().and_then(|e| e.to_str()), file.file_name()) {
            fs::copy(&file, lib.join(name))?;
        }
    }
    #[cfg(unix)]
    {
        let bin = rustlib.join(format!("{}-unknown-linux-gnu/bin", std::env::consts::ARCH));
        fs::create_dir_all(&bin)?;
        std::os::unix::fs::symlink("/usr/bin/lld-19", bin.join("rust-lld"))?;
    }
    Ok(())
}
