//! Readings packed into the months' files: the same as a plain model says, whatever is late, repeated, in conflict, packed, reopened,
//! cut short or damaged in between.

use crate::{Draw, NOW, open, site};
use domain::{Doubt, Quality, RawFault, Reading};
use proptest::prelude::*;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::fs;
use store::{Batch, Opening, Store, Totals};
use tempfile::TempDir;
use units::{ChannelId, Day, Milli, Millis, Timestamp};

/// Half an hour before a month ends.
fn base() -> i64 {
    Day::from_civil(2026, 11, 1).expect("a day").utc_midnight().0 - 1_800_000
}

fn reading(channel: i64, at: i64, sequence: i64, value: Option<i64>) -> Reading {
    Reading {
        channel: ChannelId(channel),
        at: Timestamp(at),
        arrived_at: Timestamp(at + 40),
        sequence,
        value: value.map(Milli),
        quality: if value.is_some() { Quality::Good } else { Quality::Bad(RawFault::SensorFault) },
    }
}

fn append(store: &Store, readings: Vec<Reading>) -> store::Appended {
    store.telemetry.append(Batch { readings, ..Batch::default() }).expect("append")
}

const EVER: (Timestamp, Timestamp) = (Timestamp(i64::MIN), Timestamp(i64::MAX));

/// What a store should hold: values by key, as they came.
#[derive(Default)]
struct Model(BTreeMap<(i64, i64, i64), Vec<Option<i64>>>);

impl Model {
    /// Stored, duplicates, conflicts.
    fn append(&mut self, readings: &[Reading]) -> (u64, u64, u64) {
        let mut told = (0, 0, 0);
        for r in readings {
            let copies = self.0.entry((r.channel.0, r.at.0, r.sequence)).or_default();
            let value = r.value.map(|v| v.0);
            if copies.contains(&value) {
                told.1 += 1;
            } else {
                told.0 += 1;
                told.2 += u64::from(!copies.is_empty());
                copies.push(value);
            }
        }
        told
    }

    fn readings(&self, channel: i64) -> Vec<Reading> {
        let all = self.0.range((channel, i64::MIN, i64::MIN)..=(channel, i64::MAX, i64::MAX));
        all.flat_map(|((channel, at, sequence), copies)| {
            copies.iter().map(|value| {
                let mut one = reading(*channel, *at, *sequence, *value);
                if copies.len() > 1 && value.is_some() {
                    one.quality = Quality::Suspect(Doubt::Conflict);
                }
                one
            })
        })
        .collect()
    }
}

fn totals(readings: &[Reading]) -> Totals {
    let mut totals = Totals::default();
    for reading in readings {
        match reading.quality {
            Quality::Good => totals.good += 1,
            Quality::Suspect(_) | Quality::Interpolated => totals.suspect += 1,
            Quality::Bad(_) => totals.bad += 1,
        }
    }
    totals
}

/// Holds a store against what it should hold: rows, newest, totals, and rollups of every level against rows.
#[track_caller]
fn compare(store: &Store, channel: i64, want: &[Reading]) {
    let id = ChannelId(channel);
    let found = store.telemetry.readings(id, EVER.0, EVER.1, u32::MAX).expect("readings");
    assert_eq!(found, want, "channel {channel}");
    assert_eq!(store.telemetry.latest(id).expect("latest"), want.last().cloned());
    let good = want.iter().rev().find(|r| r.quality == Quality::Good).cloned();
    assert_eq!(store.telemetry.latest_good(id).expect("latest good"), good);
    assert_eq!(store.telemetry.totals(Some(id)).expect("totals"), totals(want));
    let (Some(first), Some(last)) = (want.first(), want.last()) else { return };
    for width in [1_000, 60_000, 900_000, 3_600_000, 86_400_000] {
        let from = first.at.0.div_euclid(width) * width;
        let buckets = ((last.at.0 - from) / width + 1).min(9_000);
        let to = Timestamp(from + buckets * width);
        let series = store.telemetry.series(&[id], Timestamp(from), to, buckets as u32).expect("series");
        assert_eq!(series.width, Millis(width));
        let mut slots: BTreeMap<i64, Vec<&Reading>> = BTreeMap::new();
        for reading in want.iter().filter(|r| r.at < to) {
            slots.entry(reading.at.0.div_euclid(width) * width).or_default().push(reading);
        }
        let got = &series.channels[0].1;
        assert_eq!(got.len(), slots.len(), "width {width}");
        for (bucket, (at, inside)) in got.iter().zip(slots) {
            let values: Vec<i64> = inside
                .iter()
                .filter(|r| r.quality == Quality::Good)
                .filter_map(|r| r.value)
                .map(|v| v.0)
                .collect();
            assert_eq!(bucket.at.0, at);
            assert_eq!(bucket.min.map(|v| v.0), values.iter().min().copied(), "width {width}");
            assert_eq!(bucket.max.map(|v| v.0), values.iter().max().copied(), "width {width}");
            assert_eq!(bucket.last.map(|v| v.0), values.last().copied());
            assert_eq!(
                (bucket.count as usize, bucket.suspect as usize),
                (values.len(), inside.len() - values.len())
            );
            let mean = (!values.is_empty())
                .then(|| (values.iter().sum::<i64>() as f64 / values.len() as f64).round() as i64);
            assert_eq!(bucket.mean.map(|v| v.0), mean);
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Append(Vec<(i64, i64, i64, Option<i64>)>),
    Pack,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let tick = prop_oneof![6 => 0..400_i64, 1 => -400_000..400_000_i64];
    let one = (1..3_i64, tick, 0..2_i64, prop::option::weighted(0.9, -30..30_i64));
    prop_oneof![
        6 => prop::collection::vec(one, 1..40).prop_map(Step::Append),
        3 => Just(Step::Pack),
        1 => Just(Step::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn agrees_with_a_model(steps in prop::collection::vec(step(), 1..16)) {
        let (folder, mut store) = site();
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Append(drawn) => {
                    let readings: Vec<Reading> = drawn
                        .iter()
                        .map(|&(channel, tick, sequence, value)| reading(channel, base() + tick * 10_000, sequence, value))
                        .collect();
                    let want = model.append(&readings);
                    let got = append(&store, readings);
                    prop_assert_eq!((got.stored, got.duplicates, got.conflicts), want);
                }
                Step::Pack => store.telemetry.pack().expect("pack"),
                Step::Reopen => {
                    drop(store);
                    store = open(&folder);
                }
            }
            for channel in 1..3 {
                compare(&store, channel, &model.readings(channel));
            }
        }
        prop_assert_eq!(store.telemetry.damaged().expect("damaged"), []);
    }
}

/// Chunks that fill up, are cut, taken apart by late readings and put together again.
#[test]
fn full_chunks_agree_with_a_model() {
    let (folder, mut store) = site();
    let mut model = Model::default();
    let mut draw = Draw(11);
    let (mut sequence, mut now) = (0, base() - 40_000_000);
    for round in 0..14 {
        let mut readings = Vec::new();
        for _ in 0..2_500 {
            sequence += 1;
            now += 990 + draw.below(20) as i64;
            // What a gateway held back for hours comes with what is new.
            let late = draw.below(400) == 0 && round > 3;
            let at = if late { now - draw.below(20_000_000) as i64 } else { now };
            readings.push(reading(1, at, sequence, Some(draw.below(900) as i64 * 10)));
            readings.push(reading(2, at, 0, Some(draw.below(900) as i64 * 10)));
        }
        if round == 9 {
            // Some of it again, and some of it otherwise.
            let known: Vec<Reading> = model.readings(1).into_iter().step_by(97).collect();
            let other = known.iter().step_by(5).map(|r| reading(1, r.at.0, r.sequence, Some(123_456)));
            readings.extend(other);
            readings.extend(known.iter().cloned());
        }
        let want = model.append(&readings);
        let got = append(&store, readings);
        assert_eq!((got.stored, got.duplicates, got.conflicts), want);
        if round % 2 == 1 {
            store.telemetry.pack().expect("pack");
        }
        if round == 7 {
            drop(store);
            store = open(&folder);
        }
    }
    for channel in [1, 2] {
        compare(&store, channel, &model.readings(channel));
    }
    store.telemetry.pack().expect("pack");
    for channel in [1, 2] {
        compare(&store, channel, &model.readings(channel));
    }
    let packed = store.telemetry.verify().expect("verify");
    let all: usize = [1, 2].iter().map(|channel| model.readings(*channel).len()).sum();
    assert_eq!(packed.readings, all as u64);
    assert!(packed.chunks < all as u64 / 2_000, "{} chunks", packed.chunks);
    assert_eq!(store.telemetry.damaged().expect("damaged"), []);
}

/// A clock that stands still, and one that also never counts.
#[test]
fn one_instant_holds_any_number_of_readings() {
    let (folder, store) = site();
    let same_time = |n: i64| reading(1, base(), n, Some(n % 7));
    let same_key = |n: i64| reading(2, base(), 5, Some(n));
    for part in 0..5 {
        let numbers = part * 4_000..(part + 1) * 4_000;
        assert_eq!(append(&store, numbers.map(same_time).collect()).stored, 4_000);
        let numbers = part * 300..(part + 1) * 300;
        assert_eq!(append(&store, numbers.clone().map(same_key).collect()).stored, 300);
        store.telemetry.pack().expect("pack");
        assert_eq!(append(&store, numbers.map(same_key).collect()).duplicates, 300);
    }
    drop(store);
    let store = open(&folder);
    let found = store.telemetry.readings(ChannelId(1), EVER.0, EVER.1, u32::MAX).expect("readings");
    assert!(found.iter().map(|r| r.sequence).eq(0..20_000));
    let mut values: Vec<i64> = store
        .telemetry
        .readings(ChannelId(2), EVER.0, EVER.1, u32::MAX)
        .expect("readings")
        .iter()
        .filter_map(|r| r.value.map(|v| v.0))
        .collect();
    values.sort_unstable();
    assert!(values.into_iter().eq(0..1_500));
}

#[test]
fn a_breach_of_a_second_shows_on_a_chart_of_a_year() {
    let (_folder, store) = site();
    let start = Day::from_civil(2025, 11, 1).expect("a day").utc_midnight().0;
    let minutes = 365 * 1_440_i64;
    let breach = start + 200 * 86_400_000 + 12_345_000;
    let mut draw = Draw(5);
    for from in (0..minutes).step_by(50_000) {
        let mut readings: Vec<Reading> = (from..(from + 50_000).min(minutes))
            .map(|n| reading(1, start + n * 60_000, n, Some(4_000 + draw.below(100) as i64 * 10)))
            .collect();
        if readings[0].at.0 <= breach && breach < readings[0].at.0 + 50_000 * 60_000 {
            readings.push(reading(1, breach, 0, Some(9_990)));
        }
        append(&store, readings);
    }
    store.telemetry.pack().expect("pack");
    assert_eq!(store.telemetry.month_files().len(), 12);
    let to = Timestamp(start + minutes * 60_000);
    let series = store.telemetry.series(&[ChannelId(1)], Timestamp(start), to, 1_280).expect("series");
    let buckets = &series.channels[0].1;
    assert_eq!(buckets.len(), 1_280, "one for each pixel");
    let high: Vec<_> = buckets.iter().filter(|b| b.max == Some(Milli(9_990))).collect();
    assert_eq!(high.len(), 1);
    assert!(high[0].at.0 <= breach && breach < high[0].at.0 + series.width.0);
    assert!(buckets.iter().all(|b| b.min.is_some_and(|min| min.0 < 4_100)));
}

/// As after a power cut between the month's commit and the journal's: the journal still has what the month has.
#[test]
fn what_is_packed_already_is_skipped() {
    let (folder, store) = site();
    let readings: Vec<Reading> =
        (0..3_000).map(|n| reading(1, base() + n * 1_000, n, Some(n % 50))).collect();
    append(&store, readings[..2_000].to_vec());
    drop(store);
    let own = folder.path().join("telemetry.db");
    let kept = fs::read(&own).expect("read");
    let store = open(&folder);
    store.telemetry.pack().expect("pack");
    drop(store);
    fs::write(&own, kept).expect("write");
    let store = open(&folder);
    assert_eq!(append(&store, readings.clone()).stored, 1_000);
    compare(&store, 1, &readings);
    store.telemetry.pack().expect("pack");
    compare(&store, 1, &readings);
}

#[test]
fn a_flipped_bit_costs_what_it_is_in_and_is_told() {
    let (folder, store) = site();
    let readings: Vec<Reading> =
        (0..30_000).map(|n| reading(1, base() - 60_000_000 + n * 1_000, n, Some(n % 50))).collect();
    for part in readings.chunks(6_000) {
        append(&store, part.to_vec());
        store.telemetry.pack().expect("pack");
    }
    append(&store, vec![reading(1, base() + 1, 0, Some(1)), reading(2, base(), 0, Some(1))]);
    let month = folder.path().join(&store.telemetry.month_files()[0]);
    drop(store);
    let flip = |path: &std::path::Path, table: &str, nth: i64| {
        let file = Connection::open(path).expect("open");
        let sql = format!("SELECT id, data FROM {table} ORDER BY id LIMIT 1 OFFSET ?1");
        let (id, mut data): (i64, Vec<u8>) =
            file.query_row(&sql, [nth], |row| Ok((row.get(0)?, row.get(1)?))).expect("a piece");
        let middle = data.len() / 2;
        data[middle] ^= 4;
        file.execute(&format!("UPDATE {table} SET data = ?2 WHERE id = ?1"), params![id, data])
            .expect("update");
    };
    flip(&month, "chunk_data", 2);
    flip(&folder.path().join("telemetry.db"), "journal", 0);
    let store = open(&folder);
    let found = store.telemetry.readings(ChannelId(1), EVER.0, EVER.1, u32::MAX).expect("the rest is read");
    let want: Vec<Reading> =
        readings.iter().filter(|r| !(12_000..18_000).contains(&r.sequence)).cloned().collect();
    assert_eq!(found, want);
    store.telemetry.verify().expect("verify");
    let damaged = store.telemetry.damaged().expect("damaged");
    let told: Vec<(Option<i64>, Option<u64>)> =
        damaged.iter().map(|one| (one.channel.map(|c| c.0), one.readings)).collect();
    assert_eq!(told, [(None, Some(2)), (Some(1), Some(6_000))], "{damaged:?}");
    assert_eq!(damaged[1].span, Some((readings[12_000].at, readings[17_999].at)));
    assert!(damaged.iter().all(|one| one.why.contains("checksum")));
    assert_eq!(store.telemetry.totals(Some(ChannelId(1))).expect("totals").good, 24_000);
    // What is lost may come again, and the rest goes on.
    assert_eq!(append(&store, readings[12_000..18_000].to_vec()).stored, 6_000);
    store.telemetry.pack().expect("pack");
    compare(&store, 1, &readings);
}

#[test]
fn a_month_that_can_not_be_opened_is_set_aside_and_recording_goes_on() {
    let (folder, store) = site();
    append(&store, vec![reading(1, base(), 0, Some(1)), reading(1, base() + 86_400_000, 1, Some(2))]);
    store.telemetry.pack().expect("pack");
    drop(store);
    let month = folder.path().join("telemetry-2026-10.db");
    let bytes = fs::read(&month).expect("read");
    fs::write(&month, &bytes[..bytes.len() / 2]).expect("write");
    let store = open(&folder);
    let numbers = |store: &Store| -> Vec<i64> {
        let all = store.telemetry.readings(ChannelId(1), EVER.0, EVER.1, u32::MAX).expect("readings");
        all.iter().map(|r| r.sequence).collect()
    };
    assert_eq!(numbers(&store), [1]);
    assert!(store.telemetry.damaged().expect("damaged")[0].why.contains("cut off"));
    append(&store, vec![reading(1, base() + 5, 2, Some(1))]);
    store.telemetry.pack().expect("pack");
    assert_eq!(numbers(&store), [2, 1]);
    let aside = folder.path().join("telemetry-2026-10.db.damaged-1");
    assert_eq!(fs::read(aside).expect("it is kept").len(), bytes.len() / 2);
    drop(store);
    let damaged = open(&folder).telemetry.damaged().expect("damaged");
    assert_eq!(
        damaged.iter().map(|one| one.file.as_str()).collect::<Vec<_>>(),
        ["telemetry-2026-10.db.damaged-1"]
    );
}

#[test]
fn months_are_dropped_as_files() {
    let (folder, store) = site();
    let days: Vec<Reading> = (0..100).map(|n| reading(1, base() + n * 86_400_000, n, Some(n))).collect();
    append(&store, days.clone());
    store.telemetry.pack().expect("pack");
    assert_eq!(store.telemetry.month_files().len(), 5);
    let until = Day::from_civil(2026, 12, 31).expect("a day").utc_midnight();
    assert_eq!(store.telemetry.forget_before(until).expect("forget"), 2);
    assert!(!folder.path().join("telemetry-2026-10.db").exists());
    let left: Vec<Reading> =
        days.into_iter().filter(|r| r.at >= Timestamp(base() + 31 * 86_400_000)).collect();
    compare(&store, 1, &left);
    drop(store);
    compare(&open(&folder), 1, &left);
}

/// The tables of the first version, with what it would have written.
fn make_old(folder: &TempDir, model: &Model) {
    drop(open(folder));
    let file = Connection::open(folder.path().join("telemetry.db")).expect("open");
    file.execute_batch(
        "DROP TABLE journal; DROP TABLE channel_end; DROP TABLE quarantine;
         DELETE FROM migration WHERE name = 'telemetry-3-journal'; PRAGMA user_version = 1;
         CREATE TABLE reading(channel INTEGER NOT NULL, at INTEGER NOT NULL, sequence INTEGER NOT NULL, copy INTEGER NOT NULL,
            value INTEGER, quality INTEGER NOT NULL, arrived_after INTEGER NOT NULL,
            PRIMARY KEY (channel, at, sequence, copy)) WITHOUT ROWID;
         CREATE TABLE rollup(level INTEGER NOT NULL, channel INTEGER NOT NULL, slot INTEGER NOT NULL, low INTEGER, high INTEGER,
            sum INTEGER NOT NULL, good INTEGER NOT NULL, first INTEGER, last INTEGER, suspect INTEGER NOT NULL,
            bad INTEGER NOT NULL, PRIMARY KEY (level, channel, slot)) WITHOUT ROWID;
         BEGIN;",
    )
    .expect("the tables of old");
    for ((channel, at, sequence), copies) in &model.0 {
        for (copy, value) in copies.iter().enumerate() {
            let quality = match value {
                None => 11,
                Some(_) if copies.len() > 1 => 4,
                Some(_) => 0,
            };
            file.execute(
                "INSERT INTO reading VALUES (?1, ?2, ?3, ?4, ?5, ?6, 40)",
                params![channel, at, sequence, copy as i64, value, quality],
            )
            .expect("a row of old");
        }
    }
    file.execute_batch("COMMIT").expect("commit");
}

#[test]
fn readings_of_an_earlier_version_are_taken_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut model = Model::default();
    let mut draw = Draw(3);
    let old: Vec<Reading> = (0..24_000_i64)
        .map(|n| {
            let value = (draw.below(50) > 0).then(|| draw.below(900) as i64);
            reading(1 + n % 3, base() + (n / 3 - 4_000) * 700_000, n % 2, value)
        })
        .collect();
    model.append(&old);
    let conflicts: Vec<Reading> =
        old.iter().step_by(500).map(|r| Reading { value: Some(Milli(7)), ..r.clone() }).collect();
    model.append(&conflicts);
    make_old(&folder, &model);
    let before = fs::read(folder.path().join("telemetry.db")).expect("read");
    let store = open(&folder);
    for channel in 1..4 {
        compare(&store, channel, &model.readings(channel));
    }
    assert_eq!(append(&store, old[20_000..].to_vec()).duplicates, 4_000);
    drop(store);
    // Cut short before the rows were gone: months that are whole are not taken over twice, one that is missing is.
    fs::write(folder.path().join("telemetry.db"), before).expect("write");
    fs::remove_file(folder.path().join("telemetry-2026-10.db")).expect("remove");
    let store = open(&folder);
    for channel in 1..4 {
        compare(&store, channel, &model.readings(channel));
    }
    let tables = Connection::open(folder.path().join("telemetry.db")).expect("open");
    let left: i64 = tables
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name IN ('reading', 'rollup')", [], |row| {
            row.get(0)
        })
        .expect("count");
    assert_eq!(left, 0);
    let refused = Store::open(folder.path(), &Opening::new(NOW));
    assert!(refused.is_ok(), "it opens again");
}

/// Many callers at once: each hears of its own batch, and commits are shared.
#[test]
fn batches_that_wait_share_a_commit() {
    let (_folder, store) = site();
    std::thread::scope(|scope| {
        for channel in 1..9_i64 {
            let store = &store;
            scope.spawn(move || {
                for n in 0..40 {
                    let told = append(
                        store,
                        (0..20).map(|k| reading(channel, base() + n * 1_000 + k, k, Some(k))).collect(),
                    );
                    assert_eq!((told.stored, told.duplicates), (20, 0));
                }
            });
        }
    });
    assert_eq!(store.telemetry.totals(None).expect("totals").good, 8 * 40 * 20);
}

#[test]
fn the_bundled_sqlite_is_not_one_that_corrupts_its_log() {
    assert!(rusqlite::version_number() >= 3_053_002, "{}", rusqlite::version());
}
