//! Backups made while the site is written, checked, refused when touched, and brought back.

use crate::{NOW, act, open, site};
use domain::{Quality, Reading};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use store::backup::{Backup, check_backup, drill, list_backups, prune_backups, restore};
use store::{Batch, ErrorKind, Store};
use units::{ChannelId, Milli, Millis, Progress, Stop, Timestamp};

fn readings(from: i64, count: i64) -> Batch {
    let reading = |n: i64| Reading {
        channel: ChannelId(1 + n % 3),
        at: Timestamp(NOW.0 + n * 1_000),
        arrived_at: Timestamp(NOW.0 + n * 1_000),
        sequence: n,
        value: Some(Milli(n % 977)),
        quality: Quality::Good,
    };
    Batch { readings: (from..from + count).map(reading).collect(), ..Batch::default() }
}

fn back_up(store: &Store, into: &Path, later: i64) -> Backup {
    store.back_up(into, NOW + Millis(later), &Stop::default(), &Progress::none()).expect("the backup is made")
}

#[test]
fn backups_made_while_everything_is_written_are_whole_and_come_back() {
    let (_folder, store) = site();
    let into = tempfile::tempdir().expect("a folder");
    store.telemetry.append(readings(0, 500)).expect("append");
    store.records.save_setting(&act(), "key", "0").expect("save");
    let done = AtomicBool::new(false);
    let made: Vec<(Backup, u64)> = std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 1.. {
                store.telemetry.append(readings(n * 500, 500)).expect("append");
                store.records.save_setting(&act(), "key", &n.to_string()).expect("save");
                if done.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let made = (0..4)
            .map(|n| {
                let before = store.telemetry.totals(None).expect("totals").good;
                (back_up(&store, into.path(), n), before)
            })
            .collect();
        done.store(true, Ordering::Relaxed);
        made
    });
    for (backup, before) in &made {
        assert_eq!(check_backup(&backup.folder, &Stop::default()).expect("it holds"), *backup);
        let target = into.path().join(format!("restored {}", backup.made_at.0));
        restore(&backup.folder, &target, &act(), &Stop::default()).expect("it comes back");
        let restored =
            Store::open(&target, &store::Opening { create: false, check: true, ..store::Opening::new(NOW) })
                .expect("it opens");
        let found = restored.telemetry.totals(None).expect("totals").good;
        assert!(found >= *before, "{found} of at least {before}");
        assert_eq!(found % 500, 0, "whole batches only");
        // The chain goes on with the note that it was restored.
        let verdict = restored.records.audit_verify().expect("verify");
        assert!(verdict.holds() && verdict.rows == backup.audit_rows + 1, "{verdict:?}");
    }
    assert_eq!(list_backups(into.path()).len(), 4);
    assert_eq!(prune_backups(into.path(), 2).expect("prune"), 2);
    let left: Vec<Timestamp> = list_backups(into.path()).iter().map(|b| b.made_at).collect();
    assert_eq!(left, [NOW + Millis(3), NOW + Millis(2)]);
}

#[test]
fn a_touched_backup_is_refused_and_leaves_nothing_behind() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm); 7] = [
        ("a byte of the readings", |b| flip(&b.join("telemetry.db"), 5_000)),
        ("a byte of the records", |b| flip(&b.join("records.db"), 9_000)),
        ("cut off", |b| {
            let bytes = fs::read(b.join("telemetry.db")).expect("read");
            fs::write(b.join("telemetry.db"), &bytes[..bytes.len() / 2]).expect("write");
        }),
        ("a file is missing", |b| fs::remove_file(b.join("records.db")).expect("remove")),
        ("no manifest", |b| fs::remove_file(b.join("manifest.json")).expect("remove")),
        ("a manifest that names another folder's file", |b| {
            let path = b.join("manifest.json");
            let text = fs::read_to_string(&path).expect("read").replace("records.db", "../records.db");
            fs::write(path, text).expect("write");
        }),
        ("a manifest of garbage", |b| fs::write(b.join("manifest.json"), b"{]").expect("write")),
    ];
    for (name, harm) in harms {
        let (folder, store) = site();
        store.telemetry.append(readings(0, 2_000)).expect("append");
        store.records.save_setting(&act(), "key", "1").expect("save");
        let backup = back_up(&store, &folder.path().join("backups"), 0);
        harm(&backup.folder);
        let error = check_backup(&backup.folder, &Stop::default()).expect_err(name);
        assert!(
            matches!(error.kind(), ErrorKind::Corrupt | ErrorKind::NotFound | ErrorKind::Permanent),
            "{name}: {error}"
        );
        let target = folder.path().join("again");
        restore(&backup.folder, &target, &act(), &Stop::default()).expect_err(name);
        let left: Vec<_> = fs::read_dir(folder.path())
            .expect("list")
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .filter(|n| n.starts_with("again"))
            .collect();
        assert!(left.is_empty(), "{name}: {left:?}");
    }
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("read");
    bytes[at] ^= 0x20;
    fs::write(path, bytes).expect("write");
}

#[test]
fn nothing_is_restored_over_anything_and_a_stopped_backup_leaves_nothing() {
    let (folder, store) = site();
    let into = folder.path().join("backups");
    let backup = back_up(&store, &into, 0);
    let error = restore(&backup.folder, folder.path(), &act(), &Stop::default()).expect_err("it is a site");
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    let again = store.back_up(&into, NOW, &Stop::default(), &Progress::none()).expect_err("it is there");
    assert_eq!(again.kind(), ErrorKind::Conflict);
    let stop = Stop::default();
    stop.ask();
    let stopped = store.back_up(&into, NOW + Millis(1), &stop, &Progress::none()).expect_err("stopped");
    assert_eq!(stopped.kind(), ErrorKind::Stopped);
    assert_eq!(fs::read_dir(&into).expect("list").count(), 1);
    // What a kill leaves goes with the next one.
    fs::create_dir(into.join("quartermaster-x.unfinished")).expect("make");
    back_up(&store, &into, 2);
    assert_eq!(fs::read_dir(&into).expect("list").count(), 2);
    let drilled =
        drill(&backup.folder, &folder.path().join("scratch"), &act(), &Stop::default()).expect("drill");
    assert_eq!((drilled.backup, drilled.damaged), (backup, Vec::new()));
    assert_eq!(fs::read_dir(folder.path().join("scratch")).expect("list").count(), 0);
    drop(store);
    open(&folder);
}

/// What SQLite's own checks can't see: a chunk that is not what was written.
#[test]
fn a_drill_reads_what_came_back_and_names_what_is_damaged_once() {
    let (folder, store) = site();
    for part in 0..4 {
        store.telemetry.append(readings(part * 15_000, 15_000)).expect("append");
    }
    store.telemetry.pack().expect("pack");
    let month = folder.path().join(&store.telemetry.month_files()[0]);
    let file = rusqlite::Connection::open(&month).expect("open");
    let (id, mut data): (i64, Vec<u8>) = file
        .query_row("SELECT id, data FROM chunk_data LIMIT 1", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("a chunk");
    data[40] ^= 1;
    let harmed = rusqlite::params![id, data];
    file.execute("UPDATE chunk_data SET data = ?2 WHERE id = ?1", harmed).expect("update");
    drop(file);

    let (into, scratch, stop) =
        (folder.path().join("backups"), folder.path().join("scratch"), Stop::default());
    let backup = back_up(&store, &into, 0);
    check_backup(&backup.folder, &stop).expect("its hashes are those of the harmed file");
    let drilled = drill(&backup.folder, &scratch, &act(), &stop).expect("it comes back");
    let [piece] = drilled.damaged.as_slice() else { panic!("{:?}", drilled.damaged) };
    assert!(piece.channel.is_some() && piece.why.contains("checksum"), "{piece:?}");
    let lost = piece.readings.expect("it is known how many");
    assert_eq!(drilled.verified.readings + lost, 60_000);

    // Set aside at home, it is known from then on.
    let met = store.telemetry.damage_met();
    store.telemetry.verify().expect("verify");
    assert_eq!(store.telemetry.damage_met(), met + 1);
    let next = back_up(&store, &into, 1);
    assert_eq!(next.files.iter().map(store::backup::BackupFile::set_aside).sum::<u64>(), 1);
    let drilled = drill(&next.folder, &scratch, &act(), &stop).expect("it comes back");
    assert_eq!((drilled.damaged, drilled.verified.readings), (Vec::new(), 60_000 - lost));
}
