//! What devices say: readings, their rollups, alarm phases and records, counters.
//!
//! A reading's key is (channel, time, sequence). A commit writes its readings as one checked piece into the journal, with the alarm
//! transitions that follow from them (`hot`); a thread packs the journal into a file a month, as compressed chunks and rollups
//! (`pack`, `month`). A read sees both, as of one moment, and keeps nobody from writing (`read`). Rollups of whatever late and
//! repeated readings touch are summed again from all that is there, so they come out right.

mod hot;
pub(crate) mod journal;
pub(crate) mod month;
mod months;
mod old;
mod pack;
mod read;
pub(crate) mod rollup;

use crate::file::{DataFile, first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::words::{alarm_kind, alarm_kind_code, priority, priority_code};
use crate::{Error, ErrorKind, Opening, Result};
use domain::{Alarm, AlarmChange, AlarmKind, AlarmPhase, AlarmTransition, Position, Reading};
use rusqlite::{Connection, Row, params};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use units::{AlarmId, ChannelId, DeviceId, GeoPoint, Milli, Millis, Timestamp};

pub(crate) const STEPS: &[&[(&str, &str)]] = &[
    &[
        (
            "telemetry-1",
            // Readings were rows; `old` takes them over, and these two tables go then.
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
    hot::STEPS,
];

/// Stands for "none" where a key may not be NULL.
const NONE: i64 = -1;

pub use read::{Damaged, Verified};

/// The file of what devices say. Clones share it.
#[derive(Clone)]
pub struct Telemetry {
    // In the order they end: nothing is packed any more when the file closes.
    packer: Arc<pack::Packer>,
    hot: Arc<hot::Hot>,
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

/// Everything of a batch but its readings.
fn append(tx: &Connection, batch: &Batch, appended: &mut Appended) -> Result<()> {
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
    Ok(())
}

impl Telemetry {
    /// Starts on an open file: takes over what an earlier version left, and reads the journal back.
    pub(crate) fn start(file: DataFile, opening: &Opening) -> Result<Self> {
        let folder = file.path().parent().map(std::path::Path::to_owned).unwrap_or_default();
        let hot = Arc::new(hot::Hot::new(months::Months::of(&folder, opening)?));
        old::take_over(&file, &hot.months)?;
        hot.restore(&file)?;
        let packer = Arc::new(pack::Packer::start(file.clone(), Arc::clone(&hot))?);
        Ok(Self { packer, hot, file })
    }

    /// Writes a batch in one transaction, with whatever other batches wait; returns after COMMIT. The same batch again changes
    /// nothing but counters.
    pub fn append(&self, batch: Batch) -> Result<Appended> {
        const WHAT: &str = "record a batch of readings";
        let (answer, answered) = sync_channel(1);
        let named = |error: Error| error.during(WHAT, self.file.path());
        self.hot.wait_in_line(hot::Waiting { batch, answer }).map_err(named)?;
        self.hot.commit(&self.file, self.packer.bell()).map_err(named)?;
        match answered.recv() {
            Ok(result) => result.map_err(named),
            Err(_) => Err(self.file.broke_off(WHAT)),
        }
    }

    /// Packs into the months' files what is in the journal; it happens by itself as readings come, and is waited for here.
    pub fn pack(&self) -> Result<()> {
        self.packer.pack()
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
