//! What devices say: readings, their rollups, alarm phases and records, counters.
//!
//! A reading's key is (channel, time, sequence). Rollups of 1 minute, 15 minutes and 1 hour are recomputed from what is
//! below them for every touched span, never added to, so late and repeated readings come out right.

use crate::file::{DataFile, count, first, need, rows, run};
use crate::limits::{BUCKETS_MAX, ROWS_MAX};
use crate::words::{
    CONFLICT, GOOD, alarm_kind, alarm_kind_code, is_bad, priority, priority_code, quality, quality_code,
};
use crate::{Error, ErrorKind, Result};
use domain::{Alarm, AlarmChange, AlarmKind, AlarmPhase, AlarmTransition, Position, Reading};
use rusqlite::{Connection, Row, params};
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use units::{AlarmId, ChannelId, DeviceId, GeoPoint, Milli, Millis, Timestamp};

pub(crate) const STEPS: &[&[(&str, &str)]] = &[
    &[
        (
            "telemetry-1",
            // quality: 0 good, 1 to 4 suspect, from 11 bad. copy: 0, and from 1 for other values of the same key.
            "CREATE TABLE reading(
        channel INTEGER NOT NULL,
        at INTEGER NOT NULL,
        sequence INTEGER NOT NULL,
        copy INTEGER NOT NULL,
        value INTEGER,
        quality INTEGER NOT NULL,
        arrived_after INTEGER NOT NULL,
        PRIMARY KEY (channel, at, sequence, copy)
     ) WITHOUT ROWID;
     CREATE TABLE rollup(
        level INTEGER NOT NULL,
        channel INTEGER NOT NULL,
        slot INTEGER NOT NULL,
        low INTEGER,
        high INTEGER,
        sum INTEGER NOT NULL,
        good INTEGER NOT NULL,
        first INTEGER,
        last INTEGER,
        suspect INTEGER NOT NULL,
        bad INTEGER NOT NULL,
        PRIMARY KEY (level, channel, slot)
     ) WITHOUT ROWID;
     CREATE TABLE alarm(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind INTEGER NOT NULL,
        channel INTEGER,
        device INTEGER,
        priority INTEGER NOT NULL,
        raised_at INTEGER NOT NULL,
        cleared_at INTEGER,
        worst INTEGER,
        limit_value INTEGER
     );
     CREATE INDEX alarm_open ON alarm(kind, channel, device) WHERE cleared_at IS NULL;
     CREATE INDEX alarm_raised ON alarm(raised_at);
     CREATE TABLE alarm_phase(
        kind INTEGER NOT NULL,
        channel INTEGER NOT NULL,
        device INTEGER NOT NULL,
        phase INTEGER NOT NULL,
        since INTEGER NOT NULL,
        inside_since INTEGER,
        worst INTEGER,
        reported INTEGER,
        PRIMARY KEY (kind, channel, device)
     ) WITHOUT ROWID;
     CREATE TABLE counter(
        device INTEGER NOT NULL,
        name TEXT NOT NULL,
        value INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        PRIMARY KEY (device, name)
     ) WITHOUT ROWID;",
        ),
        (
            "telemetry-2-positions",
            // A vehicle's report that comes twice is one row; by time, for the tracks of a day.
            "CREATE TABLE position(
        vehicle TEXT NOT NULL,
        at INTEGER NOT NULL,
        lat_e7 INTEGER NOT NULL,
        lon_e7 INTEGER NOT NULL,
        speed INTEGER,
        heading INTEGER,
        PRIMARY KEY (vehicle, at)
     ) WITHOUT ROWID;",
        ),
    ],
    crate::remarks::STEPS,
];

/// Widths of the rollups, finest first; a level's number is its place here. Each divides the next.
const LEVELS: [Millis; 3] = [Millis::minutes(1), Millis::minutes(15), Millis::hours(1)];
/// Buckets at least this wide are drawn from the level of the same place.
const LEVEL_FROM: [Millis; 3] = [Millis::seconds(30), Millis::minutes(4), Millis::minutes(30)];

/// Stands for "none" where a key may not be NULL.
const NONE: i64 = -1;

/// The file of what devices say. Clones share it.
#[derive(Clone)]
pub struct Telemetry {
    pub(crate) file: DataFile,
}

/// What is written in one transaction: a batch of readings with what followed from it.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Judged readings, in any order, repeats allowed.
    pub readings: Vec<Reading>,
    /// Alarm changes that these readings (or the clock) caused, in order.
    pub transitions: Vec<AlarmTransition>,
    /// Where the watched conditions stand after it; a `Normal` phase removes the row.
    pub phases: Vec<SavedPhase>,
    /// What to add to the counters.
    pub counters: Vec<CounterDelta>,
    /// Where vehicles said they were, in any order, repeats allowed.
    pub positions: Vec<Position>,
    /// What the tests say now of readings on record.
    pub remarks: Vec<domain::Remark>,
}

/// Where one watched condition stands, as kept over a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedPhase {
    /// What kind of condition.
    pub kind: AlarmKind,
    /// The channel, where it is one channel's.
    pub channel: Option<ChannelId>,
    /// The device, where it is a device's.
    pub device: Option<DeviceId>,
    /// Where it stands.
    pub phase: AlarmPhase,
    /// The value furthest outside so far.
    pub worst: Option<Milli>,
    /// The worst value last reported.
    pub reported: Option<Milli>,
}

/// Adds to one counter of one device (`DeviceId(0)`: of the site).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterDelta {
    /// Whose.
    pub device: DeviceId,
    /// Of what: `lines`, `rejected.crc`, `shed`, `reconnects`, …
    pub name: String,
    /// How many more.
    pub by: i64,
    /// When it was counted.
    pub at: Timestamp,
}

/// One counter as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Whose.
    pub device: DeviceId,
    /// Of what.
    pub name: String,
    /// How many since the site began.
    pub value: i64,
    /// When it was last added to.
    pub last_at: Timestamp,
}

/// What became of a batch; it exists only after COMMIT.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Readings that are new rows, conflicts included.
    pub stored: u64,
    /// Readings that were there already, with the same value.
    pub duplicates: u64,
    /// Readings whose key was there with another value: both are kept, both are suspect.
    pub conflicts: u64,
    /// Positions that are new rows.
    pub positions: u64,
    /// Alarm records raised, worsened or cleared, as they now are (without what people did to them).
    pub alarms: Vec<Alarm>,
}

/// One step of a drawn series. Times without readings have no bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its first instant.
    pub at: Timestamp,
    /// The smallest good value; `None` where all were suspect or bad.
    pub min: Option<Milli>,
    /// The largest good value.
    pub max: Option<Milli>,
    /// The mean of the good values, rounded to a thousandth.
    pub mean: Option<Milli>,
    /// The latest good value.
    pub last: Option<Milli>,
    /// Good values.
    pub count: u32,
    /// Suspect and bad ones.
    pub suspect: u32,
}

/// How many readings are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Believed.
    pub good: u64,
    /// Kept with doubt.
    pub suspect: u64,
    /// Without a number.
    pub bad: u64,
}

/// The drawn series of some channels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// How long a bucket is: a wider space between two is a gap.
    pub width: Millis,
    /// Each channel asked for, in that order, with its buckets in order of time.
    pub channels: Vec<(ChannelId, Vec<Bucket>)>,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    low: Option<i64>,
    high: Option<i64>,
    sum: i64,
    good: i64,
    first: Option<i64>,
    last: Option<i64>,
    suspect: i64,
    bad: i64,
}

impl Sums {
    fn add_value(&mut self, value: Option<i64>, quality: i64) {
        match value {
            Some(value) if quality == GOOD => self.add(&Sums {
                low: Some(value),
                high: Some(value),
                sum: value,
                good: 1,
                first: Some(value),
                last: Some(value),
                ..Sums::default()
            }),
            _ if is_bad(quality) => self.bad += 1,
            _ => self.suspect += 1,
        }
    }

    /// Adds what comes later.
    fn add(&mut self, later: &Sums) {
        self.low = [self.low, later.low].into_iter().flatten().min();
        self.high = self.high.max(later.high);
        self.sum = self.sum.saturating_add(later.sum);
        self.good += later.good;
        self.first = self.first.or(later.first);
        self.last = later.last.or(self.last);
        self.suspect += later.suspect;
        self.bad += later.bad;
    }

    fn is_empty(&self) -> bool {
        self.good + self.suspect + self.bad == 0
    }

    fn of_rollup(row: &Row<'_>) -> Result<Self> {
        Ok(Sums {
            low: row.get(1)?,
            high: row.get(2)?,
            sum: row.get(3)?,
            good: row.get(4)?,
            first: row.get(5)?,
            last: row.get(6)?,
            suspect: row.get(7)?,
            bad: row.get(8)?,
        })
    }

    fn bucket(&self, at: Timestamp) -> Bucket {
        let small = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        let mean = (self.good > 0).then(|| {
            let (sum, good) = (i128::from(self.sum), i128::from(self.good));
            let half = if sum < 0 { -good / 2 } else { good / 2 };
            Milli(i64::try_from((sum + half) / good).unwrap_or(self.sum))
        });
        Bucket {
            at,
            min: self.low.map(Milli),
            max: self.high.map(Milli),
            mean,
            last: self.last.map(Milli),
            count: small(self.good),
            suspect: small(self.suspect.saturating_add(self.bad)),
        }
    }
}

const ROLLUP: &str = "SELECT slot, low, high, sum, good, first, last, suspect, bad FROM rollup
     WHERE level = ?1 AND channel = ?2 AND slot >= ?3 AND slot < ?4 ORDER BY slot";

/// Writes the rollup rows of touched spans anew, level by level from the readings up.
fn roll_up(tx: &Connection, minutes: &BTreeSet<(i64, i64)>) -> Result<()> {
    let mut read = tx.prepare_cached(
        "SELECT value, quality FROM reading WHERE channel = ?1 AND at >= ?2 AND at < ?3 ORDER BY at, sequence, copy",
    )?;
    let mut read_below = tx.prepare_cached(ROLLUP)?;
    let mut write = tx.prepare_cached(
        "INSERT OR REPLACE INTO rollup(level, channel, slot, low, high, sum, good, first, last, suspect, bad)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    let mut touched = minutes.clone();
    for (level, width) in LEVELS.iter().enumerate() {
        let mut above = BTreeSet::new();
        for &(channel, slot) in &touched {
            let mut sums = Sums::default();
            if level == 0 {
                let start = slot.saturating_mul(width.0);
                let mut found = read.query((channel, start, start.saturating_add(width.0)))?;
                while let Some(row) = found.next()? {
                    sums.add_value(row.get(0)?, row.get(1)?);
                }
            } else {
                let ratio = width.0 / LEVELS[level - 1].0;
                let start = slot.saturating_mul(ratio);
                let mut found =
                    read_below.query((level as i64 - 1, channel, start, start.saturating_add(ratio)))?;
                while let Some(row) = found.next()? {
                    sums.add(&Sums::of_rollup(row)?);
                }
            }
            write.execute(params![
                level as i64,
                channel,
                slot,
                sums.low,
                sums.high,
                sums.sum,
                sums.good,
                sums.first,
                sums.last,
                sums.suspect,
                sums.bad
            ])?;
            if let Some(next) = LEVELS.get(level + 1) {
                above.insert((channel, slot.div_euclid(next.0 / width.0)));
            }
        }
        touched = above;
    }
    Ok(())
}

const READING: &str = "SELECT channel, at, sequence, value, quality, arrived_after FROM reading";

fn reading(row: &Row<'_>) -> Result<Reading> {
    let at: i64 = row.get(1)?;
    Ok(Reading {
        channel: ChannelId(row.get(0)?),
        at: Timestamp(at),
        arrived_at: Timestamp(at.saturating_add(row.get(5)?)),
        sequence: row.get(2)?,
        value: row.get::<_, Option<i64>>(3)?.map(Milli),
        quality: quality(row.get(4)?)?,
    })
}

enum Kept {
    Stored,
    Duplicate,
    Conflict,
}

fn keep(tx: &Connection, reading: &Reading) -> Result<Kept> {
    let (channel, at, sequence) = (reading.channel.0, reading.at.0, reading.sequence);
    let (value, code) = (reading.value.map(|v| v.0), quality_code(reading.quality));
    let arrived_after = reading.arrived_at.0.saturating_sub(at);
    let insert = "INSERT OR IGNORE INTO reading(channel, at, sequence, copy, value, quality, arrived_after)
                  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    if run(tx, insert, params![channel, at, sequence, 0, value, code, arrived_after])? == 1 {
        return Ok(Kept::Stored);
    }
    let copies: Vec<(i64, Option<i64>)> = rows(
        tx,
        "SELECT copy, value FROM reading WHERE channel = ?1 AND at = ?2 AND sequence = ?3 ORDER BY copy",
        (channel, at, sequence),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    if copies.iter().any(|(_, known)| *known == value) {
        return Ok(Kept::Duplicate);
    }
    let copy = copies.last().map_or(0, |(copy, _)| copy + 1);
    run(tx, insert, params![channel, at, sequence, copy, value, code, arrived_after])?;
    run(
        tx,
        "UPDATE reading SET quality = ?4 WHERE channel = ?1 AND at = ?2 AND sequence = ?3 AND value IS NOT NULL",
        (channel, at, sequence, CONFLICT),
    )?;
    Ok(Kept::Conflict)
}

const ALARM: &str =
    "SELECT id, kind, channel, device, priority, raised_at, cleared_at, worst, limit_value FROM alarm";

fn alarm(row: &Row<'_>) -> Result<Alarm> {
    Ok(Alarm {
        id: AlarmId(row.get(0)?),
        kind: alarm_kind(row.get(1)?)?,
        channel: row.get::<_, Option<i64>>(2)?.map(ChannelId),
        device: row.get::<_, Option<i64>>(3)?.map(DeviceId),
        priority: priority(row.get(4)?)?,
        raised_at: Timestamp(row.get(5)?),
        cleared_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
        worst: row.get::<_, Option<i64>>(7)?.map(Milli),
        limit: row.get::<_, Option<i64>>(8)?.map(Milli),
        acknowledged_at: None,
        acknowledged_by: None,
        note: None,
        shelved_until: None,
    })
}

/// Applies one transition; the record it touched. Raising what is raised, or clearing what is not, changes no count of
/// alarms: a transition may come twice.
fn step_alarm(tx: &Connection, step: &AlarmTransition) -> Result<Option<i64>> {
    let (kind, channel, device) =
        (alarm_kind_code(step.kind), step.channel.map(|c| c.0), step.device.map(|d| d.0));
    let open: Option<(i64, Option<i64>)> = first(
        tx,
        "SELECT id, worst FROM alarm WHERE kind = ?1 AND channel IS ?2 AND device IS ?3 AND cleared_at IS NULL
         ORDER BY id DESC",
        (kind, channel, device),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let value = step.value.map(|v| v.0);
    match (step.change, open) {
        (AlarmChange::Raised, None) => {
            run(
                tx,
                "INSERT INTO alarm(kind, channel, device, priority, raised_at, worst, limit_value)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    kind,
                    channel,
                    device,
                    priority_code(step.priority),
                    step.at.0,
                    value,
                    step.limit.map(|l| l.0)
                ],
            )?;
            Ok(Some(tx.last_insert_rowid()))
        }
        (AlarmChange::Raised | AlarmChange::Worsened, Some((id, worst))) => {
            let worst = match step.kind {
                AlarmKind::High => worst.max(value),
                AlarmKind::Low => [worst, value].into_iter().flatten().min(),
                _ => value.or(worst),
            };
            run(tx, "UPDATE alarm SET worst = ?2 WHERE id = ?1", (id, worst))?;
            Ok(Some(id))
        }
        (AlarmChange::Cleared, Some((id, _))) => {
            run(tx, "UPDATE alarm SET cleared_at = ?2 WHERE id = ?1", (id, step.at.0))?;
            Ok(Some(id))
        }
        (AlarmChange::Worsened | AlarmChange::Cleared, None) => Ok(None),
    }
}

fn save_phase(tx: &Connection, saved: &SavedPhase) -> Result<()> {
    let key = (
        alarm_kind_code(saved.kind),
        saved.channel.map_or(NONE, |c| c.0),
        saved.device.map_or(NONE, |d| d.0),
    );
    let (phase, since, inside_since) = match saved.phase {
        AlarmPhase::Normal => {
            run(tx, "DELETE FROM alarm_phase WHERE kind = ?1 AND channel = ?2 AND device = ?3", key)?;
            return Ok(());
        }
        AlarmPhase::Pending { since } => (1, since, None),
        AlarmPhase::Alarming { since } => (2, since, None),
        AlarmPhase::Recovering { since, inside_since } => (3, since, Some(inside_since.0)),
    };
    run(
        tx,
        "INSERT OR REPLACE INTO alarm_phase(kind, channel, device, phase, since, inside_since, worst, reported)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            key.0, key.1, key.2, phase, since.0, inside_since, saved.worst.map(|w| w.0), saved.reported.map(|r| r.0)
        ],
    )?;
    Ok(())
}

fn append(tx: &Connection, batch: &Batch) -> Result<Appended> {
    let mut appended = Appended::default();
    let mut minutes = BTreeSet::new();
    for reading in &batch.readings {
        match keep(tx, reading)? {
            Kept::Duplicate => {
                appended.duplicates += 1;
                continue;
            }
            Kept::Conflict => appended.conflicts += 1,
            Kept::Stored => {}
        }
        appended.stored += 1;
        minutes.insert((reading.channel.0, reading.at.0.div_euclid(LEVELS[0].0)));
    }
    roll_up(tx, &minutes)?;
    let mut touched = Vec::new();
    for step in &batch.transitions {
        if let Some(id) = step_alarm(tx, step)?
            && !touched.contains(&id)
        {
            touched.push(id);
        }
    }
    for id in touched {
        appended.alarms.extend(first(tx, &format!("{ALARM} WHERE id = ?1"), [id], alarm)?);
    }
    for phase in &batch.phases {
        save_phase(tx, phase)?;
    }
    for delta in &batch.counters {
        run(
            tx,
            "INSERT INTO counter(device, name, value, last_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (device, name) DO UPDATE SET value = value + excluded.value,
                last_at = max(last_at, excluded.last_at)",
            params![delta.device.0, delta.name, delta.by, delta.at.0],
        )?;
    }
    crate::remarks::append(tx, &batch.remarks)?;
    for position in &batch.positions {
        appended.positions += run(
            tx,
            "INSERT OR IGNORE INTO position(vehicle, at, lat_e7, lon_e7, speed, heading)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                position.vehicle,
                position.at.0,
                position.place.lat_e7,
                position.place.lon_e7,
                position.speed_kmh.map(|speed| speed.0),
                position.heading_deg
            ],
        )? as u64;
    }
    Ok(appended)
}

/// Where the rows of a span are read from, and how wide its buckets are.
struct Plan {
    /// A rollup level; `None` is the readings themselves.
    level: Option<usize>,
    /// The first bucket's start.
    base: i64,
    width: i64,
}

impl Plan {
    fn of(from: Timestamp, to: Timestamp, buckets: u32) -> Self {
        let buckets = i64::from(buckets.clamp(1, BUCKETS_MAX));
        let wanted = |base: i64| ((to.0.saturating_sub(base)).max(1) - 1) / buckets + 1;
        let width = wanted(from.0);
        match LEVEL_FROM.iter().rposition(|least| width >= least.0) {
            None => Self { level: None, base: from.0, width },
            Some(level) => {
                let step = LEVELS[level].0;
                let base = from.0.div_euclid(step).saturating_mul(step);
                let steps = (wanted(base) - 1) / step + 1;
                Self { level: Some(level), base, width: steps.saturating_mul(step) }
            }
        }
    }

    fn bucket_of(&self, at: i64) -> i64 {
        self.base + (at - self.base) / self.width * self.width
    }
}

fn series_of(db: &Connection, plan: &Plan, channel: ChannelId, to: Timestamp) -> Result<Vec<Bucket>> {
    let mut buckets = Vec::new();
    let mut current: Option<(i64, Sums)> = None;
    let mut add = |start: i64, sums: &Sums| match &mut current {
        Some((at, gathered)) if *at == start => gathered.add(sums),
        _ => {
            if let Some((at, gathered)) = current.replace((start, *sums)) {
                buckets.push(gathered.bucket(Timestamp(at)));
            }
        }
    };
    match plan.level {
        Some(level) => {
            let step = LEVELS[level].0;
            let end = to.0.saturating_sub(1).div_euclid(step).saturating_add(1);
            let mut statement = db.prepare_cached(ROLLUP)?;
            let mut found = statement.query((level as i64, channel.0, plan.base.div_euclid(step), end))?;
            while let Some(row) = found.next()? {
                let sums = Sums::of_rollup(row)?;
                if !sums.is_empty() {
                    add(plan.bucket_of(row.get::<_, i64>(0)?.saturating_mul(step)), &sums);
                }
            }
        }
        None => {
            let mut statement = db.prepare_cached(
                "SELECT at, value, quality FROM reading WHERE channel = ?1 AND at >= ?2 AND at < ?3
                 ORDER BY at, sequence, copy",
            )?;
            let mut found = statement.query((channel.0, plan.base, to.0))?;
            while let Some(row) = found.next()? {
                let mut sums = Sums::default();
                sums.add_value(row.get(1)?, row.get(2)?);
                add(plan.bucket_of(row.get(0)?), &sums);
            }
        }
    }
    if let Some((at, gathered)) = current {
        buckets.push(gathered.bucket(Timestamp(at)));
    }
    Ok(buckets)
}

impl Telemetry {
    /// Writes a batch in one transaction; returns after COMMIT. The same batch again changes nothing but counters.
    pub fn append(&self, batch: Batch) -> Result<Appended> {
        self.file.write("record a batch of readings", move |tx| append(tx, &batch))
    }

    /// The series of each channel over `from..to` in at most `buckets` steps, smallest and largest values kept. Read
    /// from readings or a rollup, whichever fits the width; from a rollup, the first and last bucket may reach a little
    /// beyond the span. Answers with the width of a bucket too.
    pub fn series(
        &self,
        channels: &[ChannelId],
        from: Timestamp,
        to: Timestamp,
        buckets: u32,
    ) -> Result<Series> {
        let plan = Plan::of(from, to, buckets);
        self.file.read("read a series", |db| {
            let channels = channels.iter().map(|channel| Ok((*channel, series_of(db, &plan, *channel, to)?)));
            Ok(Series { width: Millis(plan.width), channels: channels.collect::<Result<_>>()? })
        })
    }

    /// The newest reading of a channel, whatever its quality.
    pub fn latest(&self, channel: ChannelId) -> Result<Option<Reading>> {
        self.file.read("read the newest reading", |db| latest_of(db, channel.0))
    }

    /// The newest good reading of a channel.
    pub fn latest_good(&self, channel: ChannelId) -> Result<Option<Reading>> {
        self.file.read("read the newest good reading", |db| {
            let sql = format!(
                "{READING} WHERE channel = ?1 AND quality = ?2 ORDER BY at DESC, sequence DESC, copy DESC LIMIT 1"
            );
            first(db, &sql, (channel.0, GOOD), reading)
        })
    }

    /// The newest reading of every channel that has any, by channel.
    pub fn latest_all(&self) -> Result<Vec<Reading>> {
        self.file.read("read the newest readings", |db| {
            let mut all = Vec::new();
            let mut after = i64::MIN;
            // From channel to channel by the key: readings between are not looked at.
            let next = "SELECT channel FROM reading WHERE channel > ?1 ORDER BY channel LIMIT 1";
            while let Some(channel) = first(db, next, [after], |row| Ok(row.get::<_, i64>(0)?))? {
                all.extend(latest_of(db, channel)?);
                after = channel;
            }
            Ok(all)
        })
    }

    /// The first `limit` readings of a channel in `from..to`, in order of time.
    pub fn readings(
        &self,
        channel: ChannelId,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Reading>> {
        self.file.read("read readings", |db| {
            let sql = format!(
                "{READING} WHERE channel = ?1 AND at >= ?2 AND at < ?3 ORDER BY at, sequence, copy LIMIT ?4"
            );
            rows(db, &sql, (channel.0, from.0, to.0, limit), reading)
        })
    }

    /// Every reading of a channel in `from..to` in order of time, until told to break.
    pub fn for_each_reading(
        &self,
        channel: ChannelId,
        from: Timestamp,
        to: Timestamp,
        then: &mut dyn FnMut(&Reading) -> ControlFlow<()>,
    ) -> Result<()> {
        self.file.read("read readings", |db| {
            let sql =
                format!("{READING} WHERE channel = ?1 AND at >= ?2 AND at < ?3 ORDER BY at, sequence, copy");
            let mut statement = db.prepare_cached(&sql)?;
            let mut found = statement.query((channel.0, from.0, to.0))?;
            while let Some(row) = found.next()? {
                if then(&reading(row)?).is_break() {
                    break;
                }
            }
            Ok(())
        })
    }

    /// Where each vehicle was last, by vehicle.
    pub fn latest_positions(&self) -> Result<Vec<Position>> {
        self.file.read("read where the vehicles are", |db| {
            let mut all = Vec::new();
            let mut after = String::new();
            // From vehicle to vehicle by the key: the tracks between are not looked at.
            let sql = format!(
                "{POSITION} WHERE vehicle = (SELECT min(vehicle) FROM position WHERE vehicle > ?1)
                 ORDER BY at DESC LIMIT 1"
            );
            while let Some(found) = first(db, &sql, [&after], position)? {
                after.clone_from(&found.vehicle);
                all.push(found);
            }
            Ok(all)
        })
    }

    /// Where a vehicle was in `from..to`, in order of time; at most [`crate::limits::ROWS_MAX`].
    pub fn positions_between(&self, vehicle: &str, from: Timestamp, to: Timestamp) -> Result<Vec<Position>> {
        self.file.read("read where a vehicle was", |db| {
            let sql = format!(
                "{POSITION} WHERE vehicle = ?1 AND at >= ?2 AND at < ?3 ORDER BY at LIMIT {ROWS_MAX}"
            );
            rows(db, &sql, (vehicle, from.0, to.0), position)
        })
    }

    /// How many readings are stored, of one channel or of all.
    pub fn totals(&self, channel: Option<ChannelId>) -> Result<Totals> {
        self.file.read("count readings", |db| {
            let (from, to) = channel.map_or((i64::MIN, i64::MAX), |c| (c.0, c.0));
            let sql = "SELECT sum(good), sum(suspect), sum(bad) FROM rollup
                       WHERE level = ?1 AND channel >= ?2 AND channel <= ?3";
            let sums = first(db, sql, (LEVELS.len() as i64 - 1, from, to), |row| {
                let sum =
                    |place| -> Result<u64> { Ok(count(row.get::<_, Option<i64>>(place)?.unwrap_or(0))) };
                Ok(Totals { good: sum(0)?, suspect: sum(1)?, bad: sum(2)? })
            })?;
            Ok(sums.unwrap_or_default())
        })
    }

    /// Where the watched conditions stood at the last append; `Normal` ones are absent.
    pub fn phases(&self) -> Result<Vec<SavedPhase>> {
        self.file.read("read the alarms' phases", |db| {
            let sql =
                "SELECT kind, channel, device, phase, since, inside_since, worst, reported FROM alarm_phase";
            rows(db, sql, [], |row| {
                let some = |id: i64| (id != NONE).then_some(id);
                let since = Timestamp(row.get(4)?);
                let inside_since: Option<i64> = row.get(5)?;
                let phase = match (row.get::<_, i64>(3)?, inside_since) {
                    (1, _) => AlarmPhase::Pending { since },
                    (2, _) => AlarmPhase::Alarming { since },
                    (3, Some(inside)) => AlarmPhase::Recovering { since, inside_since: Timestamp(inside) },
                    (code, _) => {
                        return Err(Error::new(
                            ErrorKind::Corrupt,
                            format!(
                                "an alarm's phase reads {code}, which is none; restore the file from a backup"
                            ),
                        ));
                    }
                };
                Ok(SavedPhase {
                    kind: alarm_kind(row.get(0)?)?,
                    channel: some(row.get(1)?).map(ChannelId),
                    device: some(row.get(2)?).map(DeviceId),
                    phase,
                    worst: row.get::<_, Option<i64>>(6)?.map(Milli),
                    reported: row.get::<_, Option<i64>>(7)?.map(Milli),
                })
            })
        })
    }

    /// All counters, by device and name.
    pub fn counters(&self) -> Result<Vec<Counter>> {
        self.file.read("read the counters", |db| {
            rows(db, "SELECT device, name, value, last_at FROM counter ORDER BY device, name", [], |row| {
                Ok(Counter {
                    device: DeviceId(row.get(0)?),
                    name: row.get(1)?,
                    value: row.get(2)?,
                    last_at: Timestamp(row.get(3)?),
                })
            })
        })
    }

    /// An alarm record as devices made it, without what people did: see [`crate::Store::alarm`].
    pub(crate) fn bare_alarm(&self, id: AlarmId) -> Result<Alarm> {
        self.file.read("read an alarm", |db| {
            need(first(db, &format!("{ALARM} WHERE id = ?1"), [id.0], alarm)?, "alarm", id)
        })
    }

    /// Alarm records, newest first. `open`: only those that stand (`true`) or are gone (`false`).
    pub(crate) fn bare_alarms(
        &self,
        open: Option<bool>,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        limit: u32,
    ) -> Result<Vec<Alarm>> {
        self.file.read("list alarms", |db| {
            let standing = match open {
                None => "",
                Some(true) => "AND cleared_at IS NULL",
                Some(false) => "AND cleared_at IS NOT NULL",
            };
            let sql = format!(
                "{ALARM} WHERE raised_at >= ?1 AND raised_at < ?2 {standing} ORDER BY raised_at DESC, id DESC LIMIT ?3"
            );
            let (from, to) = (from.map_or(i64::MIN, |t| t.0), to.map_or(i64::MAX, |t| t.0));
            rows(db, &sql, (from, to, limit.min(ROWS_MAX)), alarm)
        })
    }
}

fn latest_of(db: &Connection, channel: i64) -> Result<Option<Reading>> {
    let sql = format!("{READING} WHERE channel = ?1 ORDER BY at DESC, sequence DESC, copy DESC LIMIT 1");
    first(db, &sql, [channel], reading)
}

const POSITION: &str = "SELECT vehicle, at, lat_e7, lon_e7, speed, heading FROM position";

fn position(row: &Row<'_>) -> Result<Position> {
    Ok(Position {
        vehicle: row.get(0)?,
        at: Timestamp(row.get(1)?),
        place: GeoPoint { lat_e7: row.get(2)?, lon_e7: row.get(3)? },
        speed_kmh: row.get::<_, Option<i64>>(4)?.map(Milli),
        heading_deg: row.get(5)?,
    })
}
