//! Hostile bytes by libFuzzer: `cargo xtask fuzz`. The tests feed the kept corpus only.

use crate::sh::{self, Place, say};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

const CARGO_FUZZ: &str = "cargo-fuzz";
const CARGO_FUZZ_VERSION: &str = "0.13.2";

/// Megabytes that one decoder may take, sanitizer included.
const MEMORY_MB: u32 = 2048;

/// `[--seconds N] [TARGET…]`: each target for so long; what breaks it is put into the corpus, where the tests find it.
pub fn fuzz(place: &Place, rest: &[String]) -> Result<ExitCode, String> {
    let mut seconds = 60_u32;
    let mut asked = Vec::new();
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        if word == "--seconds" {
            let given = words.next().and_then(|n| n.parse().ok());
            seconds = given.ok_or("--seconds needs a number")?;
        } else {
            asked.push(word.clone());
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
    println!("{:<16}{:>14}{:>12}{:>10}", "target", "executions", "per second", "broken");
    for name in if asked.is_empty() { known } else { asked } {
        let run = one(&binary, &name, &corpus.join(&name), &target.join("found").join(&name), seconds)?;
        println!(
            "{name:<16}{:>14}{:>12}{:>10}",
            run.executions,
            run.per_second,
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
    ok: bool,
}

/// New inputs go to `found`, beside the corpus; only what breaks the target is added to the corpus itself.
fn one(binary: &Path, name: &str, corpus: &Path, found: &Path, seconds: u32) -> Result<Run, String> {
    std::fs::create_dir_all(found).map_err(|e| format!("make {}: {e}", found.display()))?;
    let mut fuzzer = sh::clean(Command::new(binary));
    fuzzer
        .env("QM_FUZZ_TARGET", name)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-rss_limit_mb={MEMORY_MB}"))
        .args(["-timeout=10", "-print_final_stats=1", "-len_control=50"])
        .arg(format!("-artifact_prefix={}/broken-", corpus.display()))
        .args([found, corpus])
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
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
        ok: output.status.success(),
    })
}
