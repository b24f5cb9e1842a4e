//! The faults, a row each: injected, counted, judged.

mod damage;
mod days;
#[cfg(unix)]
mod device;
#[cfg(target_os = "linux")]
mod full;
mod kill;
mod order;
#[cfg(all(unix, feature = "shim"))]
mod power;
mod whole;

use std::fmt::Write;
use std::path::PathBuf;

/// How long and with what.
#[derive(Clone, Debug)]
pub struct Options {
    /// Power cuts; other rows take the share of it that their cost allows.
    pub rounds: u64,
    /// Kills of a process; `None`: a twentieth of the rounds.
    pub kills: Option<u64>,
    /// The same seed draws the same faults.
    pub seed: u64,
    /// Only rows whose name contains this.
    pub only: Option<String>,
    /// This program, to be started again as the child that is killed.
    pub program: PathBuf,
}

/// What became of one row.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The fault.
    pub name: &'static str,
    /// How often it was injected.
    pub rounds: u64,
    /// What the store confirmed, in readings (of imports and backups: in pieces).
    pub acknowledged: u64,
    /// How much of that was gone.
    pub lost: u64,
    /// Rounds after which the site was damaged or said something wrong.
    pub corrupt: u64,
    /// The row expects loss or damage: the test of the test.
    pub must_fail: bool,
    /// The row says without judging.
    pub only_told: bool,
    /// Why it could not be run here.
    pub skipped: Option<String>,
    /// What else there is to say; the first thing that went wrong.
    pub note: String,
}

impl Outcome {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    pub(crate) fn damaged(&mut self, what: String) {
        self.corrupt += 1;
        // The first thing that went wrong is worth more than any other remark.
        if self.corrupt == 1 {
            self.note = what;
        }
    }

    pub(crate) fn remark(&mut self, what: String) {
        if self.note.is_empty() {
            self.note = what;
        }
    }

    /// Whether the row is as it must be.
    pub fn passed(&self) -> bool {
        self.skipped.is_some() || self.only_told || ((self.lost + self.corrupt > 0) == self.must_fail)
    }
}

type Row = fn(&Options) -> Result<Outcome, String>;

#[cfg(all(unix, feature = "shim"))]
const DISK: &[(&str, Row)] = &[
    ("power cut, torn write (FULL)", power::full),
    ("power cut (NORMAL, told only)", power::normal),
    ("power cut (OFF, must fail)", power::off),
    ("fsync error", power::sync_error),
    ("write error (EIO)", power::write_error),
    ("disk full under the store", power::no_space),
    ("read-only under the store", power::read_only),
];
#[cfg(not(all(unix, feature = "shim")))]
const DISK: &[(&str, Row)] = &[("power cut, fsync error, EIO", |_| {
    let why =
        if cfg!(unix) { "built without the simulated disk: --features shim" } else { "written for Unix" };
    Ok(Outcome { skipped: Some(why.to_owned()), ..Outcome::new("power cut, fsync error, EIO") })
})];

const REST: &[(&str, Row)] = &[
    ("kill -9 in ingest", kill::ingest),
    ("kill -9 in import", kill::import),
    ("kill -9 in backup", kill::backup),
    ("kill -9 in planning", kill::planning),
    ("kill -9, opened again", kill::opened_again),
    #[cfg(target_os = "linux")]
    ("disk full under the application", full::full_disk),
    ("damaged files", damage::damage),
    ("duplicates, out of order", order::duplicates),
    ("clock jumps", order::clock_jumps),
    ("days of 23 and 25 hours, as asked", days::days),
    #[cfg(unix)]
    ("unplug, replug", device::replug),
    #[cfg(target_os = "linux")]
    ("unplug, replug (socat)", device::socat),
    #[cfg(target_os = "linux")]
    ("flood", device::flood),
    #[cfg(unix)]
    ("slow and black-holed HTTP", device::black_hole),
    #[cfg(unix)]
    ("serial garbage", device::garbage),
    #[cfg(unix)]
    ("rogue broker, huge payload", device::rogue_broker),
];

/// Rows that only wait for a time to run out: they do so while the others work.
const WAITING: &[&str] = &["slow and black-holed HTTP"];

/// Runs the rows; tells each in its place.
pub fn run(options: &Options, mut told: impl FnMut(&Outcome)) -> Vec<Outcome> {
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let rows: Vec<&(&'static str, Row)> = DISK.iter().chain(REST).filter(|(name, _)| wanted(name)).collect();
    std::thread::scope(|scope| {
        let begun: Vec<_> = rows
            .iter()
            .map(|row| WAITING.contains(&row.0).then(|| scope.spawn(|| outcome_of(row, options))))
            .collect();
        let ended = rows.iter().zip(begun).map(|(row, begun)| {
            let outcome = match begun {
                Some(thread) => thread.join().unwrap_or_else(|_| broken_off(row.0, "it broke off")),
                None => outcome_of(row, options),
            };
            told(&outcome);
            outcome
        });
        ended.collect()
    })
}

fn outcome_of((name, row): &(&'static str, Row), options: &Options) -> Outcome {
    row(options).unwrap_or_else(|why| broken_off(name, &why))
}

fn broken_off(name: &'static str, why: &str) -> Outcome {
    Outcome { corrupt: 1, note: format!("could not be run: {why}"), ..Outcome::new(name) }
}

/// The head of the table.
pub fn head() -> String {
    line("fault", &["rounds", "acknowledged", "lost", "corrupt"], "", "")
}

/// One row of the table.
pub fn row(outcome: &Outcome) -> String {
    let counts = [outcome.rounds, outcome.acknowledged, outcome.lost, outcome.corrupt].map(|n| n.to_string());
    let counts = [&*counts[0], &*counts[1], &*counts[2], &*counts[3]];
    let verdict = match (&outcome.skipped, outcome.passed()) {
        (Some(why), _) => return line(outcome.name, &["-", "-", "-", "-"], "skipped", why),
        _ if outcome.only_told => "told",
        (None, true) => "pass",
        (None, false) => "FAIL",
    };
    line(outcome.name, &counts, verdict, &outcome.note)
}

fn line(name: &str, counts: &[&str; 4], verdict: &str, note: &str) -> String {
    let mut text = format!("{name:<32}");
    for (count, width) in counts.iter().zip([9, 14, 9, 9]) {
        let _ = write!(text, "{count:>width$}");
    }
    let _ = write!(text, "  {verdict:<8}{note}");
    text.trim_end().to_owned()
}

/// The child that is killed: `None` where the arguments are none of a child.
pub fn child(args: &[String]) -> Option<Result<(), String>> {
    #[cfg(target_os = "linux")]
    if let Some(done) = full::child(args) {
        return Some(done);
    }
    kill::child(args)
}

/// Which rows there are.
pub fn names() -> Vec<&'static str> {
    DISK.iter().chain(REST).map(|(name, _)| *name).collect()
}
