//! What the tests of the running programs share: the programs themselves, found through the environment that
//! `cargo xtask test` sets, or skipped with a word why.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitCode, Stdio};

/// The program a variable names; where it is not set, says so and is skipped.
#[allow(
    clippy::disallowed_methods,
    reason = "tests are hosts: xtask tells them by the environment what it has built"
)]
pub fn program(variable: &str) -> Option<PathBuf> {
    let found = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file());
    if found.is_none() {
        testkit::skip(&format!("{variable} names no program; run the tests with `cargo xtask test`"));
    }
    found
}

/// A program that is on the path; where it is not, says so and is skipped.
pub fn tool(name: &str) -> bool {
    let found =
        Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        testkit::skip(&format!("{name} is not installed; `cargo xtask setup --tests` installs it"));
    }
    found
}

/// How a measuring program ends: a figure that does not pass is a failure, and so is what could not be measured, with a word why.
pub fn ended(name: &str, passed: Result<bool, String>) -> ExitCode {
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{name}: {why}");
            ExitCode::FAILURE
        }
    }
}

/// A child process that does not outlive the test.
pub struct Running {
    child: Child,
    /// What it prints.
    pub lines: BufReader<ChildStdout>,
}

impl Running {
    /// Starts it.
    pub fn start(command: &mut Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("its output"));
        Self { child, lines }
    }

    /// Its next line that has `needle` in it.
    pub fn line_with(&mut self, needle: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).expect("its output is text");
            assert!(read > 0, "it ended before it printed {needle}");
            if line.contains(needle) {
                return line.trim().to_owned();
            }
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
