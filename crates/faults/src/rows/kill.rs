//! SIGKILL at any moment. The child is this program again; what it prints is what was acknowledged.
#![allow(clippy::disallowed_methods, reason = "a child is killed by the wall clock")]

use super::{Options, Outcome};
use crate::draw::Draw;
use crate::witness::{self, Witness};
use domain::OrderLine;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};
use store::{ImportMeta, OrderImportStart};
use units::{Day, Money, Quantity, Stop};

const INGEST: &str = "child-ingest";
const IMPORT: &str = "child-import";
const BACKUP: &str = "child-backup";
/// A child that says nothing for so long hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where the child's backups lie, in its site's folder.
const BACKUPS: &str = "backups";
/// Chunks of an import, and lines of each.
const CHUNKS: i64 = 12;
const LINES: i64 = 250;

fn kills(options: &Options) -> u64 {
    options.kills.unwrap_or(options.rounds.div_ceil(20)).max(3)
}

/// What a child does until it is killed.
pub fn child(args: &[String]) -> Option<Result<(), String>> {
    let [what, folder] = args else { return None };
    let folder = Path::new(folder);
    match what.as_str() {
        INGEST => Some(keep_writing(folder)),
        IMPORT => Some(keep_importing(folder)),
        BACKUP => Some(keep_backing_up(folder)),
        _ => None,
    }
}

fn say(word: &str, n: i64) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{word} {n}").and_then(|()| out.flush()).map_err(|e| e.to_string())
}

fn keep_writing(folder: &Path) -> Result<(), String> {
    let fail = |e: store::Error| e.to_string();
    let store = witness::open(folder, None).map_err(fail)?;
    for n in witness::next(&store).map_err(fail)?.. {
        witness::write(&store, n).map_err(fail)?;
        say("ack", n)?;
        if n % 5 == 0 {
            witness::set(&store, n).map_err(fail)?;
            say("set", n)?;
        }
    }
    Ok(())
}

fn keep_importing(folder: &Path) -> Result<(), String> {
    let fail = |e: store::Error| e.to_string();
    let store = witness::open(folder, None).map_err(fail)?;
    for file in store.records.imports(100_000).map_err(fail)?.len() as i64.. {
        let meta = ImportMeta {
            file_name: format!("orders {file}.csv"),
            sha256: format!("sha of {file}"),
            mapping: "{}".to_owned(),
            rejected: 0,
        };
        let start =
            store.records.begin_order_import(&witness::act(), &meta, &Stop::default()).map_err(fail)?;
        let OrderImportStart::Open(mut import) = start else { return Err(format!("{file} was imported")) };
        for chunk in 0..CHUNKS {
            let line = |k: i64| OrderLine {
                order_ref: format!("order {file} {chunk} {k}"),
                day: Day(i32::try_from(file % 300).unwrap_or_default()),
                sku: format!("sku {}", k % 40),
                quantity: Quantity::of(1),
                net_amount: Some(Money(150)),
                customer: None,
            };
            import.push((0..LINES).map(line).collect()).map_err(fail)?;
            say("chunk", chunk)?;
        }
        import.finish().map_err(fail)?;
        say("done", file)?;
    }
    Ok(())
}

/// Backups, each said once it is made, of a site that is written meanwhile.
fn keep_backing_up(folder: &Path) -> Result<(), String> {
    let fail = |e: store::Error| e.to_string();
    let store = witness::open(folder, None).map_err(fail)?;
    let writer = store.clone();
    std::thread::spawn(move || {
        let Ok(first) = witness::next(&writer) else { return };
        for n in first.. {
            if witness::write(&writer, n).is_err() {
                return;
            }
        }
    });
    let into = folder.join(BACKUPS);
    let first =
        store::backup::list_backups(&into).first().map_or(0, |last| last.made_at.0 - witness::NOW.0 + 1);
    for n in first.. {
        let at = witness::NOW + units::Millis(n);
        store.back_up(&into, at, &Stop::default(), &units::Progress::none()).map_err(fail)?;
        say("backup", n)?;
    }
    Ok(())
}

/// Starts the child, lets it say a few things, kills it at a moment that the seed draws; all it said.
fn run_and_kill(
    options: &Options,
    what: &str,
    folder: &Path,
    draw: &mut Draw,
) -> Result<Vec<(String, i64)>, String> {
    let mut child = Command::new(&options.program)
        .arg(what)
        .arg(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("start {}: {e}", options.program.display()))?;
    let out = BufReader::new(child.stdout.take().ok_or("the child has no output")?);
    let (send, lines) = sync_channel(100_000);
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    let mut said = Vec::new();
    let wanted = 1 + draw.below(14) as usize;
    let mut trouble = None;
    while said.len() < wanted && trouble.is_none() {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => said.extend(parse(&line)),
            Err(_) => trouble = Some("the child ended or hangs"),
        }
    }
    // Somewhere within the next commits, in steps of 10 µs.
    let moment = Instant::now() + Duration::from_micros(10 * draw.below(2_000));
    while let Ok(line) = lines.recv_timeout(moment.saturating_duration_since(Instant::now())) {
        said.extend(parse(&line));
    }
    let _ = child.kill();
    let ended = child.wait_with_output().map_err(|e| e.to_string())?;
    said.extend(lines.iter().filter_map(|line| parse(&line)));
    match trouble {
        None => Ok(said),
        Some(why) => Err(format!("{why}: {}", String::from_utf8_lossy(&ended.stderr).trim())),
    }
}

/// A line cut off by the kill has no number.
fn parse(line: &str) -> Option<(String, i64)> {
    let (word, number) = line.split_once(' ')?;
    Some((word.to_owned(), number.parse().ok()?))
}

pub fn ingest(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("kill -9 in ingest");
    let mut draw = Draw(options.seed);
    let mut site: Option<(tempfile::TempDir, Witness)> = None;
    for kill in 0..kills(options) {
        if kill % 50 == 0
            && let Some((_, old)) = site.take()
        {
            outcome.acknowledged += old.readings();
        }
        let (folder, witness) = match &mut site {
            Some(site) => site,
            none => none.insert((tempfile::tempdir().map_err(|e| e.to_string())?, Witness::default())),
        };
        outcome.rounds += 1;
        for (word, n) in run_and_kill(options, INGEST, folder.path(), &mut draw)? {
            if word == "ack" { witness.acknowledged(n) } else { witness.set(n) }
        }
        let looked = witness::open(folder.path(), None).map_err(|e| e.to_string());
        match looked.and_then(|store| witness.lost(&store)) {
            Ok(lost) => outcome.lost += lost,
            Err(what) => outcome.damaged(what),
        }
    }
    outcome.acknowledged += site.map_or(0, |(_, witness)| witness.readings());
    Ok(outcome)
}

pub fn import(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("kill -9 in import");
    let mut draw = Draw(options.seed);
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut done: i64 = 0;
    for _ in 0..kills(options).div_ceil(2) {
        outcome.rounds += 1;
        for (word, n) in run_and_kill(options, IMPORT, folder.path(), &mut draw)? {
            if word == "done" {
                done = done.max(n + 1);
            }
        }
        let verdict = (|| -> store::Result<Option<String>> {
            let store = witness::open(folder.path(), None)?;
            let files = store.records.imports(100_000)?.len() as i64;
            let lines = store.records.order_stats()?.lines;
            let whole = (files * CHUNKS * LINES).unsigned_abs();
            outcome.lost += (done - files).max(0).unsigned_abs();
            if lines != whole {
                return Ok(Some(format!(
                    "{lines} lines of {files} files, which have {whole}: half an import"
                )));
            }
            let verdict = store.records.audit_verify()?;
            Ok((!verdict.holds()).then(|| format!("the audit does not hold: {verdict:?}")))
        })();
        match verdict {
            Ok(None) => {}
            Ok(Some(what)) => outcome.damaged(what),
            Err(error) => outcome.damaged(error.to_string()),
        }
    }
    outcome.acknowledged = done.unsigned_abs();
    outcome.remark("counted in whole files".to_owned());
    Ok(outcome)
}

/// Every backup that was said to be made is whole; what the kill left half is not among them.
pub fn backup(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("kill -9 in backup");
    let mut draw = Draw(options.seed);
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let into = folder.path().join(BACKUPS);
    for _ in 0..kills(options).div_ceil(5) {
        outcome.rounds += 1;
        let said = run_and_kill(options, BACKUP, folder.path(), &mut draw)?;
        outcome.acknowledged += said.len() as u64;
        let whole = store::backup::list_backups(&into);
        for (_, n) in said {
            let at = witness::NOW + units::Millis(n);
            outcome.lost += u64::from(!whole.iter().any(|backup| backup.made_at == at));
        }
        for backup in &whole {
            if let Err(error) = store::backup::check_backup(&backup.folder, &Stop::default()) {
                outcome.damaged(error.to_string());
            }
        }
        if let Err(error) = store::backup::prune_backups(&into, 1) {
            outcome.damaged(error.to_string());
        }
        let store = witness::open(folder.path(), None).map_err(|e| e.to_string())?;
        if let Err(what) = Witness::default().lost(&store) {
            outcome.damaged(what);
        }
    }
    outcome.remark("counted in whole backups".to_owned());
    Ok(outcome)
}
