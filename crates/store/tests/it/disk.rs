use crate::{NOW, act, file, line, open, site};
use domain::{Quality, Reading};
use std::fs;
use std::path::Path;
use store::{Batch, ErrorKind, Job, JobState, Opening, Store};
use tempfile::TempDir;
use units::{ChannelId, JobId, Milli, Progress, Stop, Timestamp};

fn refused(folder: &TempDir) -> (ErrorKind, String) {
    match Store::open(folder.path(), &Opening { check: true, ..Opening::new(NOW) }) {
        Ok(_) => panic!("it opened"),
        Err(error) => (error.kind(), error.to_string()),
    }
}

/// A closed site with something in it.
fn closed() -> TempDir {
    let (folder, store) = site();
    store.records.save_setting(&act(), "key", "1").expect("save");
    store.telemetry.append(readings(0..2_000)).expect("append");
    drop(store);
    for name in ["telemetry.db", "records.db"] {
        assert!(
            !folder.path().join(format!("{name}-wal")).exists(),
            "closing folds the log back into {name}"
        );
    }
    folder
}

fn readings(numbers: std::ops::Range<i64>) -> Batch {
    let reading = |n: i64| Reading {
        channel: ChannelId(1),
        at: Timestamp(n * 10_000),
        arrived_at: Timestamp(n * 10_000),
        sequence: n,
        value: Some(Milli(n)),
        quality: Quality::Good,
    };
    Batch { readings: numbers.map(reading).collect(), ..Batch::default() }
}

#[test]
fn a_damaged_or_foreign_file_is_refused_and_never_replaced() {
    type Harm = fn(&Path, &Path);
    let harms: [(&str, Harm, &str); 9] = [
        ("half is missing", |_, r| fs::remove_file(r).expect("remove"), "is missing"),
        ("the other half is missing", |t, _| fs::remove_file(t).expect("remove"), "is missing"),
        ("emptied", |t, _| fs::write(t, b"").expect("write"), "0 bytes"),
        ("garbage", |_, r| fs::write(r, [7_u8; 9_000]).expect("write"), "does not begin"),
        (
            "cut off",
            |t, _| {
                let bytes = fs::read(t).expect("read");
                fs::write(t, &bytes[..bytes.len() / 2]).expect("write");
            },
            "cut off",
        ),
        (
            "a page is overwritten",
            |t, _| {
                let mut bytes = fs::read(t).expect("read");
                let from = bytes.len() - 8_192;
                bytes[from..].fill(0xA5);
                fs::write(t, bytes).expect("write");
            },
            "damaged",
        ),
        (
            "changed about",
            |t, r| {
                let kept = fs::read(t).expect("read");
                fs::copy(r, t).expect("copy");
                fs::write(r, kept).expect("write");
            },
            "not the telemetry.db",
        ),
        (
            "another program's",
            |_, r| {
                fs::remove_file(r).expect("remove");
                let other = rusqlite::Connection::open(r).expect("open");
                other.execute_batch("CREATE TABLE t(x)").expect("create");
            },
            "not the records.db",
        ),
        (
            "a newer program's",
            |_, r| {
                let file = rusqlite::Connection::open(r).expect("open");
                file.pragma_update(None, "user_version", 99).expect("pragma");
            },
            "newer program",
        ),
    ];
    for (name, harm, text) in harms {
        let folder = closed();
        let (telemetry, records) = (folder.path().join("telemetry.db"), folder.path().join("records.db"));
        harm(&telemetry, &records);
        let before = (fs::read(&telemetry).ok(), fs::read(&records).ok());
        let (kind, message) = refused(&folder);
        assert_eq!(kind, ErrorKind::Corrupt, "{name}: {message}");
        assert!(message.contains(text), "{name}: {message}");
        assert!(
            before == (fs::read(&telemetry).ok(), fs::read(&records).ok()),
            "{name}: the files were touched"
        );
    }
}

#[test]
fn a_folder_without_a_site_is_made_one_only_when_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let asked = Opening { create: false, ..Opening::new(NOW) };
    assert_eq!(Store::open(folder.path(), &asked).err().map(|e| e.kind()), Some(ErrorKind::NotFound));
    assert_eq!(fs::read_dir(folder.path()).expect("list").count(), 0);
}

#[test]
fn a_making_cut_short_is_finished() {
    let folder = closed();
    // As after a power cut between the two renames, and before the first of them.
    fs::rename(folder.path().join("records.db"), folder.path().join("records.db.new")).expect("rename");
    assert_eq!(open(&folder).records.setting("key").expect("setting").as_deref(), Some("1"));
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("telemetry.db.new"), b"half").expect("write");
    assert!(open(&folder).telemetry.latest_all().expect("latest").is_empty());
}

#[test]
fn a_full_disk_during_an_import_changes_nothing_and_the_store_lives_on() {
    let folder = closed();
    let pages = (fs::metadata(folder.path().join("records.db")).expect("size").len() / 4_096) as u32 + 60;
    let store =
        Store::open(folder.path(), &Opening { pages_max: Some(pages), ..Opening::new(NOW) }).expect("opens");
    let mut lines =
        (0..60_000).map(|n| Ok(line(&format!("order {n}"), n % 300, &format!("sku {}", n % 50), 1)));
    let error = store
        .records
        .import_orders(&act(), &file("big"), &mut lines, &Stop::default(), &Progress::none())
        .expect_err("it does not fit");
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    assert!(error.to_string().contains("free some disk space"), "{error}");
    assert_eq!(store.records.order_stats().expect("stats"), store::OrderStats::default());
    assert!(store.records.all_items().expect("items").is_empty());
    assert!(store.records.imports(9).expect("imports").is_empty());
    assert_eq!(store.records.audit_verify().expect("verify").rows, 1);
    // What fits is written, and in time the rest too.
    store.records.save_setting(&act(), "key", "2").expect("a small change fits");
    drop(store);
    let store = open(&folder);
    assert!(store.records.audit_verify().expect("verify").holds());
    let mut lines = (0..5_000).map(|n| Ok(line(&format!("order {n}"), 1, "sku", 1)));
    store
        .records
        .import_orders(&act(), &file("big"), &mut lines, &Stop::default(), &Progress::none())
        .expect("with room it goes in");
}

#[test]
fn a_full_disk_stops_recording_and_not_reading() {
    let folder = closed();
    let pages = (fs::metadata(folder.path().join("telemetry.db")).expect("size").len() / 4_096) as u32 + 10;
    let store =
        Store::open(folder.path(), &Opening { pages_max: Some(pages), ..Opening::new(NOW) }).expect("opens");
    let mut acknowledged = 2_000;
    let error = loop {
        match store.telemetry.append(readings(acknowledged..acknowledged + 100)) {
            Ok(appended) => acknowledged += appended.stored as i64,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    let newest = store.telemetry.latest(ChannelId(1)).expect("reads work").map(|r| r.sequence);
    assert_eq!(newest, Some(acknowledged - 1));
    drop(store);
    let store = open(&folder);
    store.telemetry.append(readings(acknowledged..acknowledged + 100)).expect("it resumes");
    assert_eq!(store.telemetry.totals(None).expect("totals").good, acknowledged as u64 + 100);
}

#[test]
fn reads_and_telemetry_go_on_while_an_import_holds_the_records() {
    let (_folder, store) = site();
    let start = store.records.begin_order_import(&act(), &file("slow"), &Stop::default()).expect("begin");
    let store::OrderImportStart::Open(mut import) = start else { panic!("it is new") };
    import.push(vec![line("A", 1, "sku", 2)]).expect("push");
    assert_eq!(store.records.order_stats().expect("stats").lines, 0);
    store.telemetry.append(readings(0..10)).expect("append");
    assert_eq!(import.finish().expect("finish").added, 1);
    assert_eq!(store.records.order_stats().expect("stats").lines, 1);
}

#[test]
fn jobs_under_way_are_interrupted_by_a_restart() {
    let (folder, store) = site();
    let job = Job {
        id: JobId(0),
        kind: "import".into(),
        state: JobState::Running,
        by: "local admin".into(),
        params: "{}".into(),
        created_at: NOW,
        started_at: Some(NOW),
        ended_at: None,
        done: 5,
        total: 10,
        result: None,
    };
    let id = store.records.save_job(&job).expect("save");
    let done = store.records.save_job(&Job { state: JobState::Done, ..job.clone() }).expect("save");
    drop(store);
    let store = open(&folder);
    assert_eq!(store.records.job(id).expect("job").state, JobState::Interrupted);
    assert_eq!(store.records.job(id).expect("job").done, 5);
    assert_eq!(store.records.job(done).expect("job").state, JobState::Done);
    assert_eq!(store.records.jobs(10).expect("jobs").len(), 2);
}
