//! Set-up: what this machine lacks to build, run and test. Says each step before it, asks nothing, and does
//! nothing the second time.

use crate::onnxruntime;
use crate::sh::{self, Place, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const WASM: &str = "wasm32-unknown-unknown";

/// Debian packages that building and running need. The tray's library is loaded at run time, by name.
const APT_BUILD: [&str; 5] =
    ["build-essential", "libayatana-appindicator3-1", "libudev-dev", "libwebkit2gtk-4.1-dev", "pkg-config"];

/// Debian packages that the tests need: a browser and a window with their drivers, fonts with Chinese, PTY pairs,
/// and what looks at pictures and PDF pages.
const APT_TESTS: [&str; 10] = [
    "chromium",
    "chromium-driver",
    "dbus",
    "fonts-dejavu-core",
    "fonts-noto-cjk",
    "imagemagick",
    "poppler-utils",
    "socat",
    "webkit2gtk-driver",
    "xvfb",
];

/// Debian's own compiler for wasm, with the source of its standard library, for where rustup cannot download.
const APT_WASM: [&str; 4] = ["cargo-web", "lld-19", "rust-web-src", "rustc-web"];

/// Which compiler builds the UI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wasm {
    /// The compiler in use has the target's standard library.
    Native,
    /// Debian's compiler, with the standard library that was built into this folder.
    Debian { sysroot: PathBuf },
}

/// What was found on this machine; the decisions below are made from it alone.
#[derive(Debug, Clone, Copy)]
struct Facts {
    tests: bool,
    /// The target is there, or rustup has just added it.
    wasm_ready: bool,
    onnxruntime_ready: bool,
    /// pip or npm.
    fetcher: bool,
    /// A Chromium or Chrome and its driver are on PATH, from wherever.
    browser: bool,
    ubuntu: bool,
}

/// Debian packages that this machine should have.
fn packages(facts: Facts) -> Vec<&'static str> {
    let mut wanted = APT_BUILD.to_vec();
    if facts.tests {
        wanted.extend(APT_TESTS.iter().filter_map(|name| match *name {
            "chromium" | "chromium-driver" if facts.browser => None,
            "chromium" if facts.ubuntu => Some("chromium-browser"),
            "chromium-driver" if facts.ubuntu => Some("chromium-chromedriver"),
            name => Some(name),
        }));
    }
    if !facts.wasm_ready {
        wanted.extend(APT_WASM);
    }
    if !facts.onnxruntime_ready && !facts.fetcher {
        wanted.push("python3-pip");
    }
    wanted
}

/// Packages of `wanted` that `dpkg-query -W -f '${Package} ${db:Status-Status}\n'` does not call installed.
fn missing<'a>(wanted: &[&'a str], dpkg: &str) -> Vec<&'a str> {
    let installed = |name: &str| dpkg.lines().any(|l| l.split_once(' ') == Some((name, "installed")));
    wanted.iter().copied().filter(|name| !installed(name)).collect()
}

/// Sets up everything that is missing.
pub fn setup(place: &Place, tests: bool) -> Result<(), String> {
    let apt = cfg!(target_os = "linux") && Path::new("/usr/bin/apt-get").exists();
    if !apt {
        say(elsewhere(std::env::consts::OS));
    }
    let wasm_ready = wasm_ready(place);
    let named = std::env::var_os("QM_ONNXRUNTIME").is_some_and(|path| Path::new(&path).is_file());
    let onnxruntime_ready = named || onnxruntime::installed(place).is_some();
    if apt {
        system_packages(Facts {
            tests,
            wasm_ready,
            onnxruntime_ready,
            fetcher: onnxruntime_ready || onnxruntime::has_fetcher(),
            browser: sh::on_path("chromedriver")
                && ["chromium", "chromium-browser", "google-chrome"].into_iter().any(sh::on_path),
            ubuntu: is_ubuntu(),
        })?;
    }
    if !wasm_ready {
        debian_wasm(place)?;
    }
    if !onnxruntime_ready {
        let path = onnxruntime::fetch(place)?;
        say(&format!("ONNX Runtime is in {}", path.display()));
    }
    Ok(())
}

/// Only what the UI's build needs; for `cargo xtask ui`.
pub fn wasm_only(place: &Place) -> Result<(), String> {
    if wasm_ready(place) { Ok(()) } else { setup(place, false) }
}

fn elsewhere(os: &str) -> &'static str {
    match os {
        "linux" => {
            "System packages are installed only on Debian and Ubuntu so far. Needed here: a C compiler, pkg-config, \
             webkit2gtk 4.1, libudev and ayatana-appindicator3, with their development files."
        }
        "windows" => {
            "System packages are installed only on Debian and Ubuntu so far. Needed here: Microsoft's C++ build tools \
             and WebView2, which Windows 11 has."
        }
        "macos" => {
            "System packages are installed only on Debian and Ubuntu so far. Needed here: Xcode's command line tools \
             (xcode-select --install)."
        }
        _ => "This system is not one that set-up knows; see README.md for what is needed.",
    }
}

fn is_ubuntu() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|l| l == "ID=ubuntu"))
}

fn system_packages(facts: Facts) -> Result<(), String> {
    let wanted = packages(facts);
    let mut query = Command::new("dpkg-query");
    query.args(["-W", "-f", "${Package} ${db:Status-Status}\\n"]).args(&wanted);
    // dpkg-query fails when it does not know one of the names, and still lists the others.
    let out = query.output().map_err(|e| format!("could not ask dpkg-query what is installed: {e}"))?;
    let missing = missing(&wanted, &String::from_utf8_lossy(&out.stdout));
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install --no-install-recommends -y {}", missing.join(" "));
    if !is_root() {
        return Err(format!(
            "system packages are missing, and installing them needs root. Run this, then the same command again:\n\n    \
             sudo {line}\n"
        ));
    }
    say("Refreshing apt's package lists");
    sh::run(&mut apt(&["update", "-q"]), "refresh apt's package lists")?;
    say(&format!("Installing {} system packages: {}", missing.len(), missing.join(" ")));
    let mut install = apt(&["install", "-q", "-y", "--no-install-recommends"]);
    install.args(&missing);
    sh::run(&mut install, "install the system packages")
}

fn apt(args: &[&str]) -> Command {
    let mut apt = sh::clean(Command::new("apt-get"));
    // Another apt may be at work (unattended upgrades): wait for its lock rather than fail.
    apt.args(["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"])
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive");
    apt
}

fn is_root() -> bool {
    sh::capture(Command::new("id").arg("-u")).is_some_and(|uid| uid.trim() == "0")
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

#[cfg(test)]
mod tests {
    use super::*;

    const COMPLETE: Facts = Facts {
        tests: false,
        wasm_ready: true,
        onnxruntime_ready: true,
        fetcher: true,
        browser: false,
        ubuntu: false,
    };

    fn extra(facts: Facts) -> String {
        packages(facts).into_iter().filter(|p| !APT_BUILD.contains(p)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn only_what_is_needed_is_wanted() {
        assert_eq!(extra(COMPLETE), "");
        assert_eq!(extra(Facts { wasm_ready: false, ..COMPLETE }), APT_WASM.join(" "));
        assert_eq!(extra(Facts { tests: true, ..COMPLETE }), APT_TESTS.join(" "));
    }

    #[test]
    fn pip_only_where_nothing_else_can_fetch() {
        let bare = Facts { onnxruntime_ready: false, fetcher: false, ..COMPLETE };
        assert_eq!(extra(bare), "python3-pip");
        assert_eq!(extra(Facts { fetcher: true, ..bare }), "");
        assert_eq!(extra(Facts { onnxruntime_ready: true, ..bare }), "");
    }

    #[test]
    fn a_browser_that_is_there_is_taken() {
        let tests = Facts { tests: true, ..COMPLETE };
        assert!(!extra(Facts { browser: true, ..tests }).contains("chromium"));
        assert!(
            extra(Facts { ubuntu: true, ..tests }).starts_with("chromium-browser chromium-chromedriver dbus")
        );
    }

    #[test]
    fn half_installed_is_missing() {
        let dpkg = "xvfb installed\nsocat config-files\ndbus not-installed\n";
        assert_eq!(missing(&["dbus", "socat", "unheard-of", "xvfb"], dpkg), ["dbus", "socat", "unheard-of"]);
    }
}
