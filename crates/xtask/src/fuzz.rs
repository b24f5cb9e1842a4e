//! Hostile bytes by libFuzzer: `cargo xtask fuzz`. The tests feed the kept corpus only.

use crate::sh::{self, Place, say};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const CARGO_FUZZ: &str = "cargo-fuzz";
const CARGO_FUZZ_VERSION: &str = "0.13.2";

/// Megabytes that one decoder may take, sanitizer included.
const MEMORY_MB: u32 = 2048;

/// Of what is found, `--keep` puts so much of each target into the corpus: inputs up to so many bytes, so many of them.
const KEPT_INPUT_BYTES: u64 = 512;
const KEPT_INPUTS: usize = 48;

/// `[--seconds N] [--keep] [TARGET…]`: each target for so long. What breaks it is put into the corpus, where the tests find
/// it; with `--keep`, so are short inputs that reach something new.
pub fn fuzz(place: &Place, rest: &[String]) -> Result<ExitCode, String> {
    let mut seconds = 60_u32;
    let mut keeping = false;
    let mut asked = Vec::new();
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => {
                let given = words.next().and_then(|n| n.parse().ok());
                seconds = given.ok_or("--seconds needs a number")?;
            }
            "--keep" => keeping = true,
            _ => asked.push(word.clone()),
        }
    }
    let corpus = place.root.join("crates/fuzz/corpus");
    let known = folders(&corpus)?;
    if let Some(unknown) = asked.iter().find(|name| !known.contains(name)) {
        return Err(format!("{unknown} is no target; there are {}", known.join(", ")));
    }
    let program = sh::tool(place, CARGO_FUZZ, CARGO_FUZZ_VERSION)?;
    say("Building the decoders with sanitizers");
    let target = place.target("fuzz");
    // The versions that the program is built with; cargo adds libFuzzer's own.
    let lock = place.root.join("crates/fuzz/libfuzzer/Cargo.lock");
    std::fs::copy(place.root.join("Cargo.lock"), &lock)
        .map_err(|e| format!("write {}: {e}", lock.display()))?;
    let mut build = sh::clean(Command::new(&program));
    // The sanitizers' flags are not stable; the compiler is.
    build
        .args(["build", "--fuzz-dir", "crates/fuzz/libfuzzer", "any"])
        .current_dir(&place.root)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &target);
    sh::run(&mut build, "build the fuzz targets (Linux or macOS with the compiler's sanitizers)")?;
    let binary = sh::files_below(&target)
        .into_iter()
        .find(|path| path.ends_with("release/any"))
        .ok_or("cargo-fuzz left no program")?;
    let mut broken = 0;
    println!(
        "{:<16}{:>14}{:>12}{:>10}{:>10}{:>8}{:>8}",
        "target", "executions", "per second", "coverage", "inputs", "kept", "broken"
    );
    for name in if asked.is_empty() { known } else { asked } {
        let (corpus, found) = (corpus.join(&name), target.join("found").join(&name));
        let run = one(&binary, &name, &corpus, &found, seconds)?;
        let kept = if keeping { keep(&binary, &name, &corpus, &found)? } else { 0 };
        println!(
            "{name:<16}{:>14}{:>12}{:>10}{:>10}{kept:>8}{:>8}",
            run.executions,
            run.per_second,
            run.coverage,
            run.inputs,
            if run.ok { "no" } else { "YES" }
        );
        broken += usize::from(!run.ok);
    }
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn folders(corpus: &Path) -> Result<Vec<String>, String> {
    let read = std::fs::read_dir(corpus).map_err(|e| format!("read {}: {e}", corpus.display()))?;
    let mut names: Vec<String> =
        read.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

struct Run {
    executions: u64,
    per_second: u64,
    /// Edges of the program that were reached.
    coverage: u64,
    /// Inputs that each reach something of their own.
    inputs: u64,
    ok: bool,
}

/// New inputs go to `found`, beside the corpus; only what breaks the target is added to the corpus itself.
fn one(binary: &Path, name: &str, corpus: &Path, found: &Path, seconds: u32) -> Result<Run, String> {
    std::fs::create_dir_all(found).map_err(|e| format!("make {}: {e}", found.display()))?;
    let mut fuzzer = fuzzer(binary, name);
    fuzzer
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=10", "-print_final_stats=1", "-len_control=50"])
        .arg(format!("-artifact_prefix={}/broken-", corpus.display()))
        .args([found, corpus]);
    let output = fuzzer.output().map_err(|e| format!("start the fuzzer on {name}: {e}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let figure = |key: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|rest| rest.trim_start_matches([':', ' ']).trim().parse().ok()).unwrap_or(0)
    };
    if !output.status.success() {
        let tail: Vec<&str> = said.lines().rev().take(40).collect();
        eprintln!("{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
    }
    Ok(Run {
        executions: figure("stat::number_of_executed_units"),
        per_second: figure("stat::average_exec_per_sec"),
        coverage: last(&said, "cov: "),
        inputs: last(&said, "corp: "),
        ok: output.status.success(),
    })
}

fn fuzzer(binary: &Path, name: &str) -> Command {
    let mut fuzzer = sh::clean(Command::new(binary));
    fuzzer
        .env("QM_FUZZ_TARGET", name)
        .arg(format!("-rss_limit_mb={MEMORY_MB}"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    fuzzer
}

/// The number behind the last such word of the progress: `cov: 813 ft: 2345 corp: 120/3456b`.
fn last(said: &str, word: &str) -> u64 {
    let line = said.lines().rev().find_map(|line| line.split_once(word));
    let digits = line.map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect::<String>());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// Copies into the corpus, short and long ones, what of `found` reaches something that the corpus does not; how many inputs.
fn keep(binary: &Path, name: &str, corpus: &Path, found: &Path) -> Result<usize, String> {
    let merged = found.with_file_name(format!("{name}-merged"));
    let _ = std::fs::remove_dir_all(&merged);
    let sizes = |folder: &Path| -> Result<Vec<(u64, String)>, String> {
        let mut sizes: Vec<(u64, String)> = Vec::new();
        for file in folders(folder)? {
            let length =
                std::fs::metadata(folder.join(&file)).map_err(|e| format!("read {file}: {e}"))?.len();
            sizes.push((length, file));
        }
        sizes.sort();
        Ok(sizes)
    };
    std::fs::create_dir_all(&merged).map_err(|e| format!("make {}: {e}", merged.display()))?;
    let before = sizes(corpus)?;
    for (_, file) in &before {
        std::fs::copy(corpus.join(file), merged.join(file)).map_err(|e| format!("copy {file}: {e}"))?;
    }
    let mut fuzzer = fuzzer(binary, name);
    fuzzer.args(["-merge=1", "-timeout=10"]).args([&merged, found]);
    let output = fuzzer.output().map_err(|e| format!("start the fuzzer on {name}: {e}"))?;
    if !output.status.success() {
        return Err(format!("the fuzzer could not merge what it found of {name}: {}", output.status));
    }
    let room = KEPT_INPUTS.saturating_sub(before.iter().filter(|(_, file)| is_hash(file)).count());
    let mut new = sizes(&merged)?;
    new.retain(|(length, file)| *length <= KEPT_INPUT_BYTES && !corpus.join(file).exists());
    let mut kept = 0;
    for (_, file) in new.iter().rev().step_by(new.len().div_ceil(room.max(1)).max(1)).take(room) {
        std::fs::copy(merged.join(file), corpus.join(file)).map_err(|e| format!("copy {file}: {e}"))?;
        kept += 1;
    }
    let _ = std::fs::remove_dir_all(&merged);
    Ok(kept)
}

/// libFuzzer names what it finds by its SHA-1.
fn is_hash(file: &str) -> bool {
    file.len() == 40 && file.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::last;

    #[test]
    fn progress_is_read() {
        let said = "INFO: x\n#2\tINITED cov: 7 ft: 8 corp: 1/1b\n#9\tDONE   cov: 813 ft: 2345 corp: 120/3456b lim: 4\nDone 9 runs";
        assert_eq!((last(said, "cov: "), last(said, "corp: "), last(said, "none: ")), (813, 120, 0));
    }
}
