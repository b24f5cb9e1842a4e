//! Running other programs, and the folders everything is put in.

use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The checkout and the user's cache. Two target folders, one per compiler, lie in the cache, so that a fresh
/// clone reuses what an older one compiled.
pub struct Place {
    pub root: PathBuf,
    pub cache: PathBuf,
}

impl Place {
    pub fn find() -> Result<Place, String> {
        // Cargo says at run time which checkout it is in; the compiled-in path is for a bare `target/debug/xtask`.
        let here = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let here = here.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let root = here.ancestors().nth(2).ok_or("the repository's root was not found above crates/xtask")?;
        Ok(Place { root: root.to_path_buf(), cache: cache_dir()? })
    }

    /// `host` or `wasm`.
    pub fn target(&self, name: &str) -> PathBuf {
        self.cache.join("target").join(name)
    }

    /// Where cargo leaves a program of the host workspace.
    pub fn binary(&self, profile_dir: &str, name: &str) -> PathBuf {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.target("host").join(profile_dir).join(file)
    }

    /// cargo for the host workspace.
    pub fn cargo(&self) -> Command {
        let mut cargo = clean(Command::new("cargo"));
        cargo.current_dir(&self.root).env("CARGO_TARGET_DIR", self.target("host"));
        cargo
    }
}

fn cache_dir() -> Result<PathBuf, String> {
    let var = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        var("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        var("HOME").map(|h| h.join("Library/Caches"))
    } else {
        var("XDG_CACHE_HOME").filter(|p| p.is_absolute()).or_else(|| var("HOME").map(|h| h.join(".cache")))
    };
    Ok(base.ok_or("no cache folder: neither XDG_CACHE_HOME nor HOME is set")?.join("quartermaster"))
}

/// `cargo run` hands its children variables that describe xtask itself. Build scripts of other crates that watch
/// them (ring does) would then be rebuilt each time a person and xtask take turns, so they are taken out.
pub fn clean(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_cargos_own) {
            command.env_remove(&name);
        }
    }
    if std::env::var_os("CARGO_BUILD_JOBS").is_none() {
        command.env("CARGO_BUILD_JOBS", jobs().to_string());
    }
    command.stdin(Stdio::null());
    command
}

fn is_cargos_own(name: &str) -> bool {
    const PREFIXES: [&str; 5] =
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_FEATURE_", "CARGO_CFG_"];
    const NAMES: [&str; 8] = [
        "CARGO",
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_DIR",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
        "LD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|p| name.starts_with(p))
}

/// Compilers at once: rustc and the linker take up to 3 GB each on the largest crates.
fn jobs() -> u64 {
    let cores = std::thread::available_parallelism().map_or(2, |n| n.get() as u64);
    let memory = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| memory_gb(&text));
    memory.map_or(cores, |gb| cores.min((gb / 3).max(1)))
}

fn memory_gb(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|l| l.strip_prefix("MemTotal:"))?;
    let kb: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some((kb + 512 * 1024) / (1024 * 1024))
}

/// One line that says what comes next.
pub fn say(message: &str) {
    println!("==> {message}");
    let _ = std::io::stdout().flush();
}

/// Runs a program with its output on the terminal.
pub fn run(command: &mut Command, doing: &str) -> Result<(), String> {
    let shown = show(command);
    let status = command.status().map_err(|e| format!("could not {doing}: `{shown}` did not start: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("could not {doing}: `{shown}` ended with {status}")) }
}

/// Hands over to a program of ours: what it says and how it ends is ours.
pub fn hand_over(place: &Place, run: &mut Command) -> Result<ExitCode, String> {
    let status = run.current_dir(&place.root).status();
    let status = status.map_err(|e| format!("could not start {:?}: {e}", run.get_program()))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Standard output of a program that succeeds; `None` when it is not there or fails.
pub fn capture(command: &mut Command) -> Option<String> {
    let out = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Like [`run`], but gives up after `limit`: for downloads that may hang behind a firewall.
pub fn run_within(command: &mut Command, limit: Duration, doing: &str) -> Result<(), String> {
    let shown = show(command);
    let mut child =
        command.spawn().map_err(|e| format!("could not {doing}: `{shown}` did not start: {e}"))?;
    let deadline = Instant::now() + limit;
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("could not {doing}: `{shown}` ended with {status}")),
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(50)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("could not {doing}: `{shown}` took longer than {} s", limit.as_secs()));
            }
            Err(e) => return Err(format!("could not {doing}: waiting for `{shown}` failed: {e}")),
        }
    }
}

fn show(command: &Command) -> String {
    let mut words: Vec<OsString> = vec![command.get_program().to_owned()];
    words.extend(command.get_args().map(|a| a.to_owned()));
    words.iter().map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Whether a program is on PATH.
pub fn on_path(program: &str) -> bool {
    let endings: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    let there = |dir: PathBuf| endings.iter().any(|end| dir.join(format!("{program}{end}")).is_file());
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(there))
}

/// A program of cargo's from PATH, or from the cache, where it is installed once.
pub fn tool(place: &Place, name: &str, version: &str) -> Result<PathBuf, String> {
    if on_path(name) {
        return Ok(PathBuf::from(name));
    }
    let tools = place.cache.join("tools");
    let program = tools.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        say(&format!("Installing {name} into the cache (some minutes, once)"));
        // Without optimisation it compiles in half the time, and runs for seconds either way.
        let mut install = place.cargo();
        install
            .args(["install", name, "--version", version, "--locked", "--debug", "--root"])
            .arg(&tools)
            .env("CARGO_TARGET_DIR", place.target("tools"));
        run(&mut install, &format!("install {name}"))?;
        let _ = std::fs::remove_dir_all(place.target("tools"));
    }
    Ok(program)
}

/// SHA-256 of a file, in lower-case hexadecimal.
pub fn sha256(path: &Path) -> Result<String, String> {
    let fail = |e| format!("could not read {}: {e}", path.display());
    let mut file = std::fs::File::open(path).map_err(fail)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut buffer).map_err(fail)?;
        if n == 0 {
            return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hasher.update(&buffer[..n]);
    }
}

/// Every file below a folder, sorted, so that two walks agree.
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_rounded_to_whole_gb() {
        assert_eq!(memory_gb("MemTotal:        8148000 kB\nMemFree: 1 kB"), Some(8));
        assert_eq!(memory_gb("MemFree: 1 kB"), None);
    }

    #[test]
    fn only_what_describes_xtask_is_taken_out() {
        for own in ["CARGO", "CARGO_PKG_NAME", "CARGO_MANIFEST_DIR", "LD_LIBRARY_PATH", "CARGO_TARGET_DIR"] {
            assert!(is_cargos_own(own), "{own}");
        }
        for theirs in ["CARGO_HOME", "CARGO_TERM_COLOR", "CARGO_BUILD_JOBS", "CARGO_NET_OFFLINE", "PATH"] {
            assert!(!is_cargos_own(theirs), "{theirs}");
        }
    }

    #[test]
    fn sha256_of_a_file() {
        let path = std::env::temp_dir().join(format!("xtask-sha-{}", std::process::id()));
        std::fs::write(&path, "abc").unwrap();
        let hash = sha256(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
