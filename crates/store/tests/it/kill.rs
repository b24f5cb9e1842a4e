//! SIGKILL at any moment: nothing acknowledged is lost, nothing is half there. The child is this test binary run again
//! with `QM_KILL_FOLDER` set; `QM_KILLS` sets the number of kills.
#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    reason = "a test binary talks to its own child by the environment, and kills it by the clock"
)]

use crate::{Draw, act, file, line, open};
use domain::{AlarmChange, AlarmKind, AlarmTransition, Priority, Quality, Reading};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};
use store::{Batch, Opening, OrderImportStart, Store};
use tempfile::TempDir;
use units::{ChannelId, Milli, Stop, Timestamp};

const CHANNELS: i64 = 4;

fn batch(n: i64) -> Batch {
    let at = Timestamp(n * 7_000);
    let reading = |channel| Reading {
        channel: ChannelId(channel),
        at,
        arrived_at: at,
        sequence: n,
        value: Some(Milli(n * 10 + channel)),
        quality: Quality::Good,
    };
    let change = if n % 2 == 0 { AlarmChange::Raised } else { AlarmChange::Cleared };
    let step = AlarmTransition {
        kind: AlarmKind::High,
        channel: Some(ChannelId(1)),
        device: None,
        change,
        at,
        value: None,
        limit: None,
        priority: Priority::Low,
    };
    Batch { readings: (1..=CHANNELS).map(reading).collect(), transitions: vec![step], ..Batch::default() }
}

/// Not a test of its own: what the child does until it is killed.
#[test]
fn child() {
    let Ok(folder) = std::env::var("QM_KILL_FOLDER") else { return };
    let store = Store::open(Path::new(&folder), &Opening::new(Timestamp(0))).expect("the site opens");
    if std::env::var("QM_KILL_IMPORT").is_ok() {
        let start =
            store.records.begin_order_import(&act(), &file("orders"), &Stop::default()).expect("begin");
        let OrderImportStart::Open(mut import) = start else { panic!("it was imported") };
        for n in 0.. {
            let lines =
                (0..500).map(|k| line(&format!("order {n} {k}"), n, &format!("sku {k}"), 1)).collect();
            import.push(lines).expect("push");
            println!("ack {n}");
        }
    }
    let next = store.telemetry.latest(ChannelId(1)).expect("latest").map_or(0, |r| r.sequence + 1);
    for n in next.. {
        store.telemetry.append(batch(n)).expect("append");
        println!("ack {n}");
        if n % 7 == 0 {
            store.telemetry.pack().expect("pack");
        }
        if n % 5 == 0 {
            store.records.save_setting(&act(), "n", &n.to_string()).expect("save");
            println!("set {n}");
        }
    }
}

fn spawn(folder: &TempDir, import: bool) -> (Child, Receiver<String>) {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command.args(["--exact", "kill::child", "--nocapture", "--test-threads=1"]);
    command.env("QM_KILL_FOLDER", folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
    if import {
        command.env("QM_KILL_IMPORT", "1");
    }
    let mut child = command.spawn().expect("the child starts");
    let out = BufReader::new(child.stdout.take().expect("its output"));
    let (send, lines) = sync_channel(100_000);
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    (child, lines)
}

/// Lets the child acknowledge a few times, then kills it at a random moment; gives all it acknowledged.
fn run_and_kill(folder: &TempDir, import: bool, draw: &mut Draw) -> Vec<String> {
    let (mut child, lines) = spawn(folder, import);
    let wanted = 1 + draw.below(12) as usize;
    let mut acks = Vec::new();
    while acks.len() < wanted {
        let line = lines.recv_timeout(Duration::from_secs(60)).expect("the child acknowledges");
        acks.extend(parse(&line));
    }
    // Somewhere within the next commits, in steps of 10 µs.
    let moment = Instant::now() + Duration::from_micros(10 * draw.below(2_000));
    while let Ok(line) = lines.recv_timeout(moment.saturating_duration_since(Instant::now())) {
        acks.extend(parse(&line));
    }
    child.kill().expect("kill");
    child.wait().expect("wait");
    acks.extend(lines.iter().filter_map(|line| parse(&line)));
    acks
}

/// The test harness writes on the same line as the first acknowledgement; a line cut by the kill has no number.
fn parse(line: &str) -> Option<String> {
    let at = line.find("ack ").or_else(|| line.find("set "))?;
    let (word, number) = line[at..].split_once(' ')?;
    number.parse::<i64>().ok().map(|n| format!("{word} {n}"))
}

fn kills() -> u64 {
    std::env::var("QM_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(20)
}

#[test]
fn nothing_acknowledged_is_lost_by_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut draw = Draw(2026);
    let mut acknowledged: BTreeSet<i64> = BTreeSet::new();
    let mut set = None;
    for kill in 0..kills() {
        for ack in run_and_kill(&folder, false, &mut draw) {
            match ack.split_once(' ') {
                Some(("ack", n)) => _ = acknowledged.insert(n.parse().expect("a number")),
                Some((_, n)) => set = Some(n.to_owned()),
                None => {}
            }
        }
        let store = open(&folder);
        let (from, to) = (Timestamp(0), Timestamp(i64::MAX));
        for channel in 1..=CHANNELS {
            let found = store.telemetry.readings(ChannelId(channel), from, to, u32::MAX).expect("readings");
            let numbers: BTreeSet<i64> = found.iter().map(|r| r.sequence).collect();
            assert_eq!(numbers.len(), found.len(), "kill {kill}: a reading is there twice");
            assert!(
                numbers.is_superset(&acknowledged),
                "kill {kill}: lost {:?}",
                acknowledged.difference(&numbers)
            );
            assert!(found.iter().all(|r| r.value == Some(Milli(r.sequence * 10 + channel))));
            // Every batch is whole, and the rollups say what the rows say.
            let last = numbers.last().copied().unwrap_or(0);
            assert_eq!(numbers.len() as i64, last + 1);
            let totals = store.telemetry.totals(Some(ChannelId(channel))).expect("totals");
            assert_eq!(totals.good, found.len() as u64);
        }
        let alarms =
            store.alarms(&store::AlarmQuery { limit: 1_000_000, ..Default::default() }).expect("alarms");
        let batches = store.telemetry.latest(ChannelId(1)).expect("latest").map_or(0, |r| r.sequence + 1);
        assert_eq!(alarms.len() as i64, (batches + 1) / 2, "kill {kill}: alarms and readings disagree");
        let verdict = store.records.audit_verify().expect("verify");
        assert!(verdict.holds(), "kill {kill}: {verdict:?}");
        if let Some(set) = &set {
            let kept: i64 =
                store.records.setting("n").expect("setting").expect("set").parse().expect("a number");
            assert!(kept >= set.parse().expect("a number"), "kill {kill}: the setting {set} is lost");
        }
    }
    println!(
        "{} kills, {} acknowledged batches of {CHANNELS} readings, none lost",
        kills(),
        acknowledged.len()
    );
}

#[test]
fn a_kill_during_an_import_leaves_nothing_of_it() {
    let mut draw = Draw(7);
    let folder = tempfile::tempdir().expect("a folder");
    for _ in 0..kills().div_ceil(4) {
        run_and_kill(&folder, true, &mut draw);
        let store = open(&folder);
        assert_eq!(store.records.order_stats().expect("stats").lines, 0);
        assert!(store.records.imports(1).expect("imports").is_empty());
        assert!(store.records.all_items().expect("items").is_empty());
        assert_eq!(store.records.audit_verify().expect("verify").rows, 0);
    }
}
