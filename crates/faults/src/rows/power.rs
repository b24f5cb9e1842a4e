//! The simulated disk under a site: power cuts at any write, syncs and writes that fail, no room left.

use super::{Options, Outcome};
use crate::disk::{Disk, Plan};
use crate::draw::Draw;
use crate::witness::{self, Witness};
use std::path::Path;
use store::{ErrorKind, Store, Trial};
use tempfile::TempDir;

/// Cuts that one site lives through before a new one is made: its log has grown and was folded several times by then.
const CUTS_PER_SITE: u64 = 25;
/// Writes and syncs until the power goes, at most: some forty commits.
const STEPS_MAX: u64 = 900;
/// Batches written while a fault is waited for: several times what those steps allow.
const BATCHES_MAX: i64 = 400;

pub fn full(options: &Options) -> Result<Outcome, String> {
    cuts(Outcome::new("power cut, torn write (FULL)"), "FULL", options.rounds, options.seed)
}

pub fn normal(options: &Options) -> Result<Outcome, String> {
    let outcome = Outcome { only_told: true, ..Outcome::new("power cut (NORMAL, told only)") };
    cuts(outcome, "NORMAL", options.rounds.div_ceil(10), options.seed)
}

pub fn off(options: &Options) -> Result<Outcome, String> {
    let outcome = Outcome { must_fail: true, ..Outcome::new("power cut (OFF, must fail)") };
    cuts(outcome, "OFF", options.rounds.div_ceil(10).max(10), options.seed)
}

/// A folder in memory where the system has one: the disk is simulated anyway.
fn folder() -> Result<TempDir, String> {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    made.map_err(|e| format!("make a folder: {e}"))
}

struct Site {
    folder: TempDir,
    witness: Witness,
    cuts: u64,
}

impl Site {
    fn new() -> Result<Self, String> {
        let folder = folder()?;
        drop(witness::open(folder.path(), None).map_err(|e| e.to_string())?);
        Ok(Self { folder, witness: Witness::default(), cuts: 0 })
    }
}

/// Writes until the store refuses; the refusal. None where a failure met only the packing behind it, which tries again by
/// itself.
fn write_until_refused(store: &Store, witness: &mut Witness) -> Option<store::Error> {
    let first = match witness::next(store) {
        Ok(first) => first,
        Err(error) => return Some(error),
    };
    for n in first..first + BATCHES_MAX {
        if let Err(error) = witness::write(store, n) {
            return Some(error);
        }
        witness.acknowledged(n);
        // Packing crosses files: the power goes in it too.
        if n % 13 == 12
            && let Err(error) = store.telemetry.pack()
        {
            return Some(error);
        }
        if n % 3 == 0 {
            if let Err(error) = witness::set(store, n) {
                return Some(error);
            }
            witness.set(n);
        }
    }
    None
}

/// A refusal in words.
fn said(refusal: Option<store::Error>) -> String {
    refusal.map_or_else(|| "nothing was refused".to_owned(), |error| error.to_string())
}

fn cuts(mut outcome: Outcome, synchronous: &'static str, rounds: u64, seed: u64) -> Result<Outcome, String> {
    let disk = Disk::new()?;
    let trial = Some(Trial { vfs: disk.name(), synchronous });
    let mut draw = Draw(seed);
    let (mut site, mut sectors) = (Site::new()?, 0);
    for _ in 0..rounds {
        if site.cuts == CUTS_PER_SITE {
            outcome.acknowledged += site.witness.readings();
            site = Site::new()?;
        }
        outcome.rounds += 1;
        site.cuts += 1;
        let plan = Plan { cut_at: Some(1 + draw.below(STEPS_MAX)), ..Plan::default() };
        // One in five goes while the last one is being recovered from.
        let early = draw.percent(20);
        if early {
            disk.plan(Plan { cut_at: Some(1 + draw.below(40)), ..Plan::default() });
        }
        let mut finding = None;
        match witness::open(site.folder.path(), trial) {
            Ok(store) => {
                if !early {
                    finding = look(&mut site, &store, &mut outcome);
                    disk.plan(plan);
                }
                if finding.is_none() {
                    let refusal = write_until_refused(&store, &mut site.witness);
                    if !disk.is_off() {
                        finding =
                            Some(format!("a write was refused before the power went: {}", said(refusal)));
                    }
                }
                drop(store);
            }
            Err(_) if disk.is_off() => {}
            Err(error) => finding = Some(error.to_string()),
        }
        disk.cut();
        sectors += disk.power_on(&mut draw)?;
        if let Some(what) = finding {
            outcome.damaged(what);
            outcome.acknowledged += site.witness.readings();
            site = Site::new()?;
        }
    }
    // The last cut is looked at too.
    match witness::open(site.folder.path(), trial) {
        Ok(store) => {
            if let Some(what) = look(&mut site, &store, &mut outcome) {
                outcome.damaged(what);
            }
        }
        Err(error) => outcome.damaged(error.to_string()),
    }
    outcome.acknowledged += site.witness.readings();
    outcome.remark(format!("{sectors} sectors lost on the way"));
    Ok(outcome)
}

/// Counts what is lost, and goes on from what is there; says what came back wrong.
fn look(site: &mut Site, store: &Store, outcome: &mut Outcome) -> Option<String> {
    match site.witness.lost(store) {
        Ok(0) => None,
        Ok(lost) => {
            outcome.lost += lost;
            outcome.acknowledged += site.witness.readings();
            site.witness = Witness::default();
            outcome.remark(format!("{lost} acknowledged readings were gone after a cut"));
            None
        }
        Err(what) => Some(what),
    }
}

/// What a round goes through before the power does: how much was lost by then, and how much more was acknowledged after the fault.
type Suffer = fn(&Disk, &Store, &mut Witness, &mut Draw) -> Result<(u64, u64), String>;

pub fn sync_error(options: &Options) -> Result<Outcome, String> {
    rounds(Outcome::new("fsync error"), options, 20, |disk, store, witness, draw| {
        disk.plan(Plan { sync_fails_at: Some(draw.below(40)), ..Plan::default() });
        failed(disk, store, witness, draw)
    })
}

pub fn write_error(options: &Options) -> Result<Outcome, String> {
    rounds(Outcome::new("write error (EIO)"), options, 20, |disk, store, witness, draw| {
        disk.plan(Plan { write_fails_at: Some(draw.below(900)), ..Plan::default() });
        failed(disk, store, witness, draw)
    })
}

/// One failure: the store must open its file anew by itself, and go on.
fn failed(disk: &Disk, store: &Store, witness: &mut Witness, draw: &mut Draw) -> Result<(u64, u64), String> {
    let refusal = write_until_refused(store, witness);
    if let Some(error) = refusal.as_ref().filter(|error| error.kind() == ErrorKind::Full) {
        return Err(format!("a failing disk was taken for a full one: {error}"));
    }
    Ok((0, go_on(disk, store, witness, 1 + draw.below(STEPS_MAX))?))
}

/// No room: refused as full, reads go on, and with room it goes on by itself.
pub fn no_space(options: &Options) -> Result<Outcome, String> {
    rounds(Outcome::new("disk full under the store"), options, 20, |disk, store, witness, draw| {
        disk.plan(Plan { bytes_max: Some(400_000 + draw.below(400_000)), ..Plan::default() });
        let refusal = write_until_refused(store, witness);
        if refusal.as_ref().is_none_or(|error| error.kind() != ErrorKind::Full) {
            return Err(format!("a full disk was taken for something else: {}", said(refusal)));
        }
        let lost = witness.lost(store)?;
        match go_on(disk, store, witness, 100 + draw.below(STEPS_MAX))? {
            0 => Err("it did not go on when there was room".to_owned()),
            more => Ok((lost, more)),
        }
    })
}

/// The disk turns read-only under an open site: refused, reads go on, and once it can be written it goes on by itself.
pub fn read_only(options: &Options) -> Result<Outcome, String> {
    rounds(Outcome::new("read-only under the store"), options, 50, |disk, store, witness, draw| {
        disk.plan(Plan { read_only_from: Some(1 + draw.below(STEPS_MAX)), ..Plan::default() });
        write_until_refused(store, witness);
        // Refused again and again, while what is there is read.
        for _ in 0..3 {
            let first = witness::next(store).map_err(|e| e.to_string())?;
            if witness::write(store, first).is_ok() {
                return Err("a disk that can't be written was written".to_owned());
            }
        }
        let lost = witness.lost(store)?;
        match go_on(disk, store, witness, 300 + draw.below(STEPS_MAX))? {
            0 => Err("it did not go on when the disk could be written".to_owned()),
            more => Ok((lost, more)),
        }
    })
}

/// Writes on a disk that is well again, until the power goes at that step: how much more was acknowledged.
fn go_on(disk: &Disk, store: &Store, witness: &mut Witness, cut_at: u64) -> Result<u64, String> {
    disk.plan(Plan { cut_at: Some(cut_at), ..Plan::default() });
    let before = witness.readings();
    let refusal = write_until_refused(store, witness);
    if !disk.is_off() {
        return Err(format!("it did not go on after the failure: {}", said(refusal)));
    }
    Ok(witness.readings() - before)
}

/// Rounds of a fault each on a site of its own: it is lived through, then the power goes, and nothing is lost after all of it.
fn rounds(
    mut outcome: Outcome,
    options: &Options,
    cuts_for_one: u64,
    suffer: Suffer,
) -> Result<Outcome, String> {
    let disk = Disk::new()?;
    let trial = Some(Trial { vfs: disk.name(), synchronous: "FULL" });
    let mut draw = Draw(options.seed);
    for _ in 0..options.rounds.div_ceil(cuts_for_one).max(5) {
        outcome.rounds += 1;
        let mut site = Site::new()?;
        let opened = witness::open(site.folder.path(), trial).map_err(|e| e.to_string());
        // The store is closed before the disk is looked at.
        let suffered = opened.and_then(|store| suffer(&disk, &store, &mut site.witness, &mut draw));
        disk.cut();
        disk.power_on(&mut draw)?;
        let verdict = suffered.and_then(|(lost, more)| {
            outcome.remark(format!("e.g. {more} more acknowledged after it"));
            let store = witness::open(site.folder.path(), trial).map_err(|e| e.to_string())?;
            Ok(lost + site.witness.lost(&store)?)
        });
        match verdict {
            Ok(lost) => outcome.lost += lost,
            Err(what) => outcome.damaged(what),
        }
        outcome.acknowledged += site.witness.readings();
        disk.power_on(&mut draw)?;
    }
    Ok(outcome)
}
