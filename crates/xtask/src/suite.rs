//! Runs every test and adds up what the test programs say.

use crate::faults::SHIM;
use crate::sh::{self, Place, say};
use crate::{setup, ui};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What proptest takes for its first random number.
const PROPERTY_SEED: &str = "PROPTEST_RNG_SEED";

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

    /// Takes all that a test program said; one that ended without a word on how counts as failed.
    fn program(&mut self, name: &str, output: std::io::Result<Output>) {
        let failed_before = self.failed;
        let how = match output {
            Ok(output) => {
                for line in String::from_utf8_lossy(&output.stdout).lines() {
                    if self.line(line) {
                        println!("{line}");
                    }
                }
                (!output.status.success()).then(|| output.status.to_string())
            }
            Err(error) => Some(format!("it could not be started: {error}")),
        };
        if let Some(how) = how.filter(|_| self.failed == failed_before) {
            self.failed += 1;
            self.failures.push(format!("{name} ended without a result ({how}); see above"));
        }
        self.reader = Reader::default();
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
    if !extra.is_empty() {
        stream(place, cargo, extra, &mut tally)?;
        return Ok(tally);
    }
    side_by_side(place, programs(cargo)?, &mut tally);
    if has_doc_tests(&place.root) {
        let mut cargo = place.cargo();
        cargo.args(["test", "--workspace", "--doc", "--no-fail-fast", "--features", SHIM]);
        stream(place, cargo, &[], &mut tally)?;
    }
    Ok(tally)
}

/// A test program, and the folder of its crate, in which it runs.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    file: PathBuf,
    folder: PathBuf,
}

/// The test programs of a `cargo test`, which is not run.
fn programs(mut cargo: Command) -> Result<Vec<Program>, String> {
    let output = cargo
        .args(["--no-run", "--message-format=json"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| format!("could not start cargo test: {e}"))?;
    if !output.status.success() {
        return Err(format!("the tests could not be built ({}); see above", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).lines().filter_map(program).collect())
}

/// The program that a line of cargo's tells of, if it is one of tests.
fn program(line: &str) -> Option<Program> {
    let text = |name: &str| {
        let (_, rest) = line.split_once(&format!("\"{name}\":\""))?;
        Some(PathBuf::from(rest.split('"').next()?.replace("\\\\", "\\")))
    };
    let (_, profile) = line.split_once("\"profile\":")?;
    let tests = profile.split('}').next()?.contains("\"test\":true");
    let folder = text("manifest_path")?.parent()?.to_owned();
    text("executable").filter(|_| tests).map(|file| Program { file, folder })
}

/// Two programs at a time, that of the browser first: it takes longest, and waits half of its time. What each says is shown when it
/// ends.
fn side_by_side(place: &Place, mut programs: Vec<Program>, tally: &mut Tally) {
    let first = |program: &Program| {
        program.file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("e2e-"))
    };
    programs.sort_by_key(|program| !first(program));
    let (left, tally) = (Mutex::new(programs.into_iter()), Mutex::new(tally));
    let worker = || {
        loop {
            let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(Program { file, folder }) = next else { return };
            let mut run = sh::clean(Command::new(&file));
            run.arg("--show-output").env("CARGO_MANIFEST_DIR", &folder).current_dir(&folder);
            told(place, &mut run);
            let output = run.stderr(Stdio::inherit()).output();
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            println!("     Running {}", file.display());
            tally.program(&file.display().to_string(), output);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(worker);
        worker();
    });
}

/// Tells tests where the programs are, which cases properties are tried on, and how many of them run at once: many wait for a
/// disk, a line or a browser, and two for each core keep it busy.
fn told(place: &Place, run: &mut Command) {
    run.env("QM_BIN", place.binary("debug", "qm"))
        .env("QM_WINDOW_BIN", place.binary("debug", "quartermaster"));
    if std::env::var_os("RUST_TEST_THREADS").is_none() {
        let cores = std::thread::available_parallelism().map_or(2, |n| n.get());
        run.env("RUST_TEST_THREADS", (cores * 2).to_string());
    }
    // Properties are tried on the same cases everywhere, so that a change fails by its own fault. `cargo test` draws new ones.
    if std::env::var_os(PROPERTY_SEED).is_none() {
        run.env(PROPERTY_SEED, "1");
    }
}

fn stream(place: &Place, mut cargo: Command, extra: &[String], tally: &mut Tally) -> Result<(), String> {
    told(place, &mut cargo);
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
    fn programs_of_tests_are_found_in_what_cargo_says() {
        let line = |test: &str, executable: &str| {
            format!(
                "{{\"reason\":\"compiler-artifact\",\"package_id\":\"x\",\"manifest_path\":\"/a/store/Cargo.toml\",\"target\":{{\"test\":true}},\
                 \"profile\":{{\"opt_level\":\"0\",\"test\":{test}}},\"features\":[],\"executable\":{executable},\"fresh\":true}}"
            )
        };
        let found = Program { file: "/t/it-1".into(), folder: "/a/store".into() };
        assert_eq!(program(&line("true", "\"/t/it-1\"")), Some(found));
        assert_eq!(program(&line("false", "\"/t/qm\"")), None);
        assert_eq!(program(&line("true", "null")), None);
        let windows = program(&line("true", "\"C:\\\\t\\\\it.exe\"")).expect("a program");
        assert_eq!(windows.file, PathBuf::from("C:\\t\\it.exe"));
    }

    #[test]
    fn a_program_that_says_nothing_has_failed() {
        let mut tally = Tally::default();
        tally.program("it-1", Err(std::io::Error::other("gone")));
        assert_eq!(tally.closing(), "0 passed, 1 failed, 0 skipped");
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
