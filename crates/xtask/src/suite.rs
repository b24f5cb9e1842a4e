//! Runs every test and adds up what the test programs say.

use crate::faults::SHIM;
use crate::sh::{self, Place, say};
use crate::{setup, ui};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// What libtest's lines add up to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
    /// Names of failed tests.
    pub failures: Vec<String>,
    pub reader: Reader,
}

/// Where in a test program's output we are.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Inside the shown output of tests that passed: hidden, but for `skipped:`.
    in_successes: bool,
    /// This test has already said that it skips.
    counted: bool,
    /// Tests of this program that said so; libtest will count them as passed.
    skips: u64,
}

impl Tally {
    /// Takes one line of a test program; says whether a person should see it.
    ///
    /// A test that lacks its data prints `skipped: …` and returns, which libtest calls ok; here it counts as skipped,
    /// not as passed.
    pub fn line(&mut self, line: &str) -> bool {
        let text = line.trim();
        if let Some(counts) = text.strip_prefix("test result: ").and_then(result_counts) {
            self.passed += counts[0].saturating_sub(self.reader.skips);
            self.failed += counts[1];
            self.skipped += counts[2] + self.reader.skips;
            self.reader = Reader::default();
            return true;
        }
        match text {
            "successes:" => self.reader.in_successes = true,
            "failures:" => self.reader.in_successes = false,
            _ if text.starts_with("---- ") => self.reader.counted = false,
            _ => {}
        }
        if let Some(name) = text.strip_prefix("test ").and_then(|t| t.strip_suffix(" ... FAILED")) {
            self.failures.push(name.to_owned());
        }
        // testkit says it past libtest's capture, so it may also come while the tests run, even behind a name.
        if text.starts_with("skipped:") || (text.starts_with("test ") && text.contains(" ... skipped:")) {
            let again = self.reader.in_successes && std::mem::replace(&mut self.reader.counted, true);
            self.reader.skips += u64::from(!again);
            return true;
        }
        !self.reader.in_successes
    }

    /// The line that ends every run.
    pub fn closing(&self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// passed, failed, ignored of `ok. 5 passed; 0 failed; 1 ignored; …`.
fn result_counts(text: &str) -> Option<[u64; 3]> {
    let (_, counts) = text.split_once(". ")?;
    let mut fields = counts.split("; ");
    let mut next = |word: &str| fields.next()?.strip_suffix(word)?.trim().parse().ok();
    Some([next("passed")?, next("failed")?, next("ignored")?])
}

/// `cargo xtask test`.
pub fn test(place: &Place, extra: &[String]) -> Result<ExitCode, String> {
    let begun = Instant::now();
    let tally = run(place, extra).unwrap_or_else(|why| {
        eprintln!("xtask test: {why}");
        Tally { failed: 1, ..Tally::default() }
    });
    say(&format!("Tests took {:.0} s", begun.elapsed().as_secs_f32()));
    Ok(close(&tally))
}

/// Prints the last line; nothing may come after it.
pub fn close(tally: &Tally) -> ExitCode {
    for name in &tally.failures {
        println!("    failed: {name}");
    }
    println!("{}", tally.closing());
    if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Sets up, builds and runs all tests; what could not even start is an error.
pub fn run(place: &Place, extra: &[String]) -> Result<Tally, String> {
    setup::setup(place, true)?;
    ui::build(place, false)?;
    build(place)?;
    run_built(place, extra)
}

/// Builds every program and test.
pub fn build(place: &Place) -> Result<(), String> {
    // Programs and tests in one build: cargo unifies features over what it is asked for, so that two builds would
    // compile shared libraries twice.
    say("Building the programs and the tests");
    sh::run(
        place.cargo().args(["build", "--workspace", "--bins", "--tests", "--features", SHIM]),
        "build the programs and the tests",
    )
}

/// Runs what [`build`] has built.
pub fn run_built(place: &Place, extra: &[String]) -> Result<Tally, String> {
    let mut tally = Tally::default();
    say("Running the tests");
    let mut cargo = place.cargo();
    cargo.args(["test", "--workspace", "--bins", "--tests", "--lib", "--no-fail-fast", "--features", SHIM]);
    stream(place, cargo, extra, &mut tally)?;
    if extra.is_empty() && has_doc_tests(&place.root) {
        let mut cargo = place.cargo();
        cargo.args(["test", "--workspace", "--doc", "--no-fail-fast", "--features", SHIM]);
        stream(place, cargo, &[], &mut tally)?;
    }
    Ok(tally)
}

fn stream(place: &Place, mut cargo: Command, extra: &[String], tally: &mut Tally) -> Result<(), String> {
    cargo
        .env("QM_BIN", place.binary("debug", "qm"))
        .env("QM_WINDOW_BIN", place.binary("debug", "quartermaster"));
    // Many tests wait for a disk, a line or a browser: three for each core keep it busy.
    if std::env::var_os("RUST_TEST_THREADS").is_none() {
        let cores = std::thread::available_parallelism().map_or(2, |n| n.get());
        cargo.env("RUST_TEST_THREADS", (cores * 3).to_string());
    }
    let (ours, theirs) = match extra.iter().position(|a| a == "--") {
        Some(at) => (&extra[..at], &extra[at + 1..]),
        None => (extra, &[][..]),
    };
    cargo.args(ours).args(["--", "--show-output"]).args(theirs).stdout(Stdio::piped());
    let mut child = cargo.spawn().map_err(|e| format!("could not start cargo test: {e}"))?;
    let failed_before = tally.failed;
    let out = child.stdout.take().ok_or("cargo test has no output to read")?;
    for line in BufReader::new(out).split(b'\n') {
        let line = line.map_err(|e| format!("could not read what cargo test says: {e}"))?;
        let line = String::from_utf8_lossy(&line);
        if tally.line(&line) {
            println!("{}", line.trim_end_matches('\r'));
        }
    }
    let status = child.wait().map_err(|e| format!("could not wait for cargo test: {e}"))?;
    if !status.success() && tally.failed == failed_before {
        // It did not compile, or a test program died before its last line.
        tally.failed += 1;
        tally.failures.push(format!("a test program ended without a result ({status}); see above"));
    }
    Ok(())
}

/// Starting rustdoc for each crate takes half a minute, so it is not done for nothing.
fn has_doc_tests(root: &Path) -> bool {
    let crates = std::fs::read_dir(root.join("crates")).into_iter().flatten().flatten();
    let sources = crates.flat_map(|c| sh::files_below(&c.path().join("src")));
    sources
        .filter(|p| p.extension().is_some_and(|e| e == "rs"))
        .any(|p| std::fs::read_to_string(p).is_ok_and(|text| has_example(&text)))
}

/// Whether a source's documentation has a code block that rustdoc would run.
fn has_example(source: &str) -> bool {
    let docs =
        source.lines().map(str::trim_start).filter_map(|l| l.strip_prefix("///").or(l.strip_prefix("//!")));
    let mut open = false;
    for info in docs.filter_map(|l| l.trim().strip_prefix("```")) {
        open = !open;
        let first = info.split([',', ' ']).next().unwrap_or_default();
        if open && ["", "rust", "no_run", "should_panic", "compile_fail"].contains(&first) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, shown: &str, closing: &str) {
        let mut tally = Tally::default();
        let seen: Vec<&str> = output.lines().filter(|line| tally.line(line)).map(str::trim).collect();
        assert_eq!(seen.join("\n"), shown);
        assert_eq!(tally.closing(), closing);
    }

    #[test]
    fn adds_up_over_programs() {
        check(
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            "test result: ok. 5 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            "7 passed, 1 failed, 1 skipped",
        );
    }

    #[test]
    fn a_skipped_test_is_not_a_passed_one_and_counts_once() {
        check(
            "test a ... ok\n\nsuccesses:\n\n---- a stdout ----\nnoise\nskipped: no shared/data/x\nskipped: nor y\n\n\
             ---- b stdout ----\nnoise\n\nsuccesses:\n    a\n    b\n\n\
             test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test a ... ok\n\nskipped: no shared/data/x\nskipped: nor y\n\
             test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "2 passed, 0 failed, 1 skipped",
        );
    }

    #[test]
    fn a_skip_said_past_the_capture_counts_too() {
        let output = "running 2 tests\nskipped: needs ../shared/data/x\ntest a ... ok\n\
                      test b ... skipped: needs ../shared/data/y\nok\n\
                      test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        check(output, output, "0 passed, 0 failed, 2 skipped");
    }

    #[test]
    fn what_failed_is_shown_in_full() {
        let mut tally = Tally::default();
        let lines = [
            "test it::x ... FAILED",
            "successes:",
            "---- a stdout ----",
            "hidden",
            "failures:",
            "---- it::x stdout ----",
            "panicked at here",
        ];
        let seen = lines.map(|line| tally.line(line));
        assert_eq!(seen, [true, false, false, false, true, true, true]);
        assert_eq!(tally.failures, ["it::x"]);
    }

    #[test]
    fn only_rust_blocks_are_examples() {
        assert!(has_example("/// A.\n/// ```\n/// f();\n/// ```\nfn f() {}"));
        assert!(has_example("    //! ```no_run\n    //! ```"));
        assert!(!has_example("//! ```text\n//! 1 + 1\n//! ```\nlet a = \"```\";"));
    }

    #[test]
    fn a_line_that_only_looks_like_a_result_is_none() {
        assert_eq!(result_counts("ok. many passed; 0 failed; 0 ignored"), None);
        assert_eq!(result_counts("ok"), None);
    }
}
