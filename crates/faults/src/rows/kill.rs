//! SIGKILL at any moment. The child is this program again; what it prints is what was acknowledged.
#![allow(clippy::disallowed_methods, reason = "a child is killed by the wall clock")]

use super::{Options, Outcome, whole};
use crate::draw::Draw;
use crate::witness::{self, Witness};
use app::{Actor, Clock};
use contract::RunPlanning;
use domain::{Grain, OrderLine, ProposalState, Quality, Reading};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};
use store::{Batch, ImportMeta, OrderImportStart, Store};
use units::{ChannelId, Day, Milli, Millis, Money, Quantity, Stop, Timestamp};

const INGEST: &str = "child-ingest";
const IMPORT: &str = "child-import";
const BACKUP: &str = "child-backup";
const PLAN: &str = "child-plan";
const FILL: &str = "child-fill";
/// A child that says nothing for so long hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where the child's backups lie, in its site's folder.
const BACKUPS: &str = "backups";
/// Chunks of an import, and lines of each.
const CHUNKS: i64 = 12;
const LINES: i64 = 250;
/// Items that are planned, and days of orders: few, so that much of a run is its end, where it is saved.
const ITEMS: i64 = 3;
const ORDER_DAYS: i64 = 42;
/// Channels of the site that is opened again, and readings of each in a batch.
const WIDE: i64 = 200;
const DEEP: i64 = 25;
/// Kills that one such site lives through.
const KILLS_PER_SITE: u64 = 50;

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
        PLAN => Some(keep_planning(folder)),
        FILL => Some(keep_filling(folder)),
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
            rehearse: false,
            source: String::new(),
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

/// When the newest forecasts were made.
fn planned(store: &Store) -> store::Result<Timestamp> {
    Ok(store.records.forecast_at()?.unwrap_or(witness::NOW))
}

/// Planning runs, each a second of the site's clock after the one before, said once the run has ended.
fn keep_planning(folder: &Path) -> Result<(), String> {
    let fail = |e: store::Error| e.to_string();
    let last = planned(&witness::open(folder, None).map_err(fail)?).map_err(fail)?;
    let clock = Clock::manual(last);
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    runtime.block_on(async {
        let (app, by) = (whole::open(folder, clock.clone(), "UTC")?, Actor::local_admin());
        loop {
            clock.advance(Millis::seconds(1));
            let job = app.call(RunPlanning {}, &by).await.map_err(|e| e.message)?;
            let row = app.wait_for_job(job).await.map_err(|e| e.to_string())?;
            if row.state != "Done" {
                return Err(format!("a planning run ended {}: {:?}", row.state, row.error));
            }
            say("plan", clock.now().0)?;
        }
    })
}

/// Batch `n` of a site of [`WIDE`] channels.
fn wide(n: i64) -> Batch {
    let reading = |channel: i64, step: i64| {
        let at = Timestamp(witness::NOW.0 + (n * DEEP + step) * 1_000);
        Reading {
            channel: ChannelId(channel),
            at,
            arrived_at: at,
            sequence: n * DEEP + step,
            value: Some(Milli(20_000 + (n * 37 + channel * 11 + step).rem_euclid(900) * 10)),
            quality: Quality::Good,
        }
    };
    let readings = (1..=WIDE).flat_map(|channel| (0..DEEP).map(move |step| reading(channel, step)));
    Batch { readings: readings.collect(), ..Batch::default() }
}

/// The wide batch that comes next.
fn next_wide(store: &Store) -> store::Result<i64> {
    Ok(store.telemetry.latest(ChannelId(1))?.map_or(0, |reading| reading.sequence / DEEP + 1))
}

fn keep_filling(folder: &Path) -> Result<(), String> {
    let fail = |e: store::Error| e.to_string();
    let store = witness::open(folder, None).map_err(fail)?;
    for n in next_wide(&store).map_err(fail)?.. {
        store.telemetry.append(wide(n)).map_err(fail)?;
        say("ack", n)?;
    }
    Ok(())
}

/// How long a child lives: until it said something up to so many times, and then up to so many steps of 10 µs.
#[derive(Clone, Copy)]
struct Life {
    lines: u64,
    steps: u64,
}

/// Somewhere within the commits after the first few.
const SHORT: Life = Life { lines: 14, steps: 2_000 };
/// Somewhere within a planning run, most of which is its end.
const ONE_RUN: Life = Life { lines: 2, steps: 15_000 };

/// Starts the child, lets it say a few things, kills it at a moment that the seed draws; all it said.
fn run_and_kill(
    options: &Options,
    what: &str,
    folder: &Path,
    draw: &mut Draw,
    life: Life,
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
    let wanted = 1 + draw.below(life.lines) as usize;
    let mut trouble = None;
    while said.len() < wanted && trouble.is_none() {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => said.extend(parse(&line)),
            Err(_) => trouble = Some("the child ended or hangs"),
        }
    }
    let moment = Instant::now() + Duration::from_micros(10 * draw.below(life.steps));
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
        for (word, n) in run_and_kill(options, INGEST, folder.path(), &mut draw, SHORT)? {
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
        for (word, n) in run_and_kill(options, IMPORT, folder.path(), &mut draw, SHORT)? {
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
        let said = run_and_kill(options, BACKUP, folder.path(), &mut draw, SHORT)?;
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

/// Orders of a few weeks of a few items.
fn order_history(store: &Store) -> Result<(), String> {
    let fail = |e: store::Error| e.to_string();
    let meta = ImportMeta {
        file_name: "orders.csv".to_owned(),
        sha256: "sha of the orders".to_owned(),
        mapping: "{}".to_owned(),
        rejected: 0,
        rehearse: false,
        source: String::new(),
    };
    let start = store.records.begin_order_import(&witness::act(), &meta, &Stop::default()).map_err(fail)?;
    let OrderImportStart::Open(mut import) = start else { return Err("the orders are there".to_owned()) };
    let last = witness::NOW.utc_day();
    let line = |n: i64| OrderLine {
        order_ref: format!("order {n}"),
        day: last.plus(-1 - i32::try_from(n / ITEMS).unwrap_or_default()),
        sku: format!("sku {}", n % ITEMS),
        quantity: Quantity::of(4 + (n * 7) % 5),
        net_amount: Some(Money(150)),
        customer: None,
    };
    import.push((0..ORDER_DAYS * ITEMS).map(line).collect()).map_err(fail)?;
    import.finish().map(drop).map_err(fail)
}

/// What is on record of planning, all of one run: when that was made.
fn one_run(store: &Store) -> Result<Option<Timestamp>, String> {
    let fail = |e: store::Error| e.to_string();
    let mut made = BTreeSet::new();
    for grain in [Grain::Daily, Grain::Weekly] {
        let forecasts = store.records.all_forecasts(grain).map_err(fail)?;
        made.extend(forecasts.iter().map(|one| one.made_at));
        if !forecasts.is_empty() && forecasts.len() as i64 != ITEMS {
            return Err(format!("{} forecasts of {ITEMS} items: half a run", forecasts.len()));
        }
    }
    made.extend(store.records.outlooks().map_err(fail)?.iter().map(|one| one.made_at));
    let audit = store.records.audit_list(20, None).map_err(fail)?;
    let run = audit.iter().find(|row| row.action == "proposal.plan");
    made.extend(run.map(|row| row.at));
    let drafts = store.records.proposals(&[ProposalState::Draft], 1_000).map_err(fail)?;
    let twice = drafts.iter().map(|one| one.item).collect::<BTreeSet<_>>().len() < drafts.len();
    if made.len() > 1 || twice || made.is_empty() != run.is_none() {
        return Err(format!(
            "planning is on record of several runs at once: {made:?}, drafts twice: {twice}"
        ));
    }
    if !store.records.audit_verify().map_err(fail)?.holds() {
        return Err("the audit does not hold".to_owned());
    }
    Ok(made.pop_first())
}

/// A planning run that is killed leaves the whole of the run before, or the whole of its own.
pub fn planning(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("kill -9 in planning");
    let mut draw = Draw(options.seed);
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    order_history(&witness::open(folder.path(), None).map_err(|e| e.to_string())?)?;
    for _ in 0..kills(options).div_ceil(5).max(2) {
        outcome.rounds += 1;
        let said = run_and_kill(options, PLAN, folder.path(), &mut draw, ONE_RUN)?;
        outcome.acknowledged += said.len() as u64;
        let told = said.last().map(|(_, at)| Timestamp(*at));
        let store = witness::open(folder.path(), None).map_err(|e| e.to_string())?;
        match one_run(&store) {
            Ok(found) => outcome.lost += u64::from(found < told),
            Err(what) => outcome.damaged(what),
        }
    }
    outcome.remark("counted in whole runs".to_owned());
    Ok(outcome)
}

/// How long a site takes to open after a kill, its journal read back and its files checked, until the first answer.
pub fn opened_again(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("kill -9, opened again");
    let mut draw = Draw(options.seed);
    let fail = |e: store::Error| e.to_string();
    let mut took = Vec::new();
    let mut folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    for kill in 0..kills(options).div_ceil(2) {
        if kill % KILLS_PER_SITE == KILLS_PER_SITE - 1 {
            folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        }
        outcome.rounds += 1;
        let said = run_and_kill(options, FILL, folder.path(), &mut draw, SHORT)?;
        let begun = Instant::now();
        let store = witness::open(folder.path(), None).map_err(fail)?;
        let batches = next_wide(&store).map_err(fail)?;
        took.push(begun.elapsed());
        let readings = (WIDE * DEEP).unsigned_abs();
        outcome.acknowledged += said.len() as u64 * readings;
        let told = said.last().map_or(0, |(_, n)| n + 1);
        outcome.lost += (told - batches).max(0).unsigned_abs() * readings;
        let found = store.telemetry.totals(None).map_err(fail)?.good;
        if found != batches.unsigned_abs() * readings {
            outcome.damaged(format!("{found} readings of {batches} batches of {readings}"));
        }
    }
    took.sort();
    let at = |permille: usize| took.get(took.len() * permille / 1_000).map_or(0.0, |d| d.as_secs_f64() * 1e3);
    outcome.remark(format!("open in {:.0} ms (p50), {:.0} ms (p99)", at(500), at(990)));
    Ok(outcome)
}
