//! What people set and say of readings: tests and units of a channel, calibrations, marks on spans, and what they have seen of the
//! list of doubts. Each with its audit record.

use super::Records;
use crate::file::{first, need, rows, run};
use crate::{Act, Error, ErrorKind, Result};
use domain::{Calibration, Extra, Fill, Mark, Verdict};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use units::{ChannelId, Day, Milli, Millis, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "quality-1",
    "CREATE TABLE channel_quality(
        channel INTEGER PRIMARY KEY,
        stuck_after INTEGER,
        stuck_band INTEGER NOT NULL,
        still_at INTEGER,
        spike INTEGER,
        repeats INTEGER NOT NULL,
        raw_unit TEXT NOT NULL,
        shown_unit TEXT NOT NULL
     );
     CREATE TABLE calibration(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        channel INTEGER NOT NULL,
        since INTEGER NOT NULL,
        slope_millionths INTEGER NOT NULL,
        offset_value INTEGER NOT NULL,
        certificate TEXT NOT NULL,
        laboratory TEXT NOT NULL,
        done_on INTEGER NOT NULL,
        expires_on INTEGER,
        file_sha256 TEXT,
        by TEXT NOT NULL
     );
     CREATE INDEX calibration_channel ON calibration(channel, since);
     CREATE TABLE quality_mark(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        channel INTEGER NOT NULL,
        from_at INTEGER NOT NULL,
        to_at INTEGER NOT NULL,
        verdict INTEGER NOT NULL,
        from_value INTEGER,
        to_value INTEGER,
        by TEXT NOT NULL,
        at INTEGER NOT NULL,
        why TEXT NOT NULL,
        taken_back_at INTEGER,
        taken_back_by TEXT
     );
     CREATE INDEX quality_mark_channel ON quality_mark(channel, to_at);
     CREATE TABLE quality_seen(
        channel INTEGER NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        by TEXT NOT NULL,
        why TEXT NOT NULL,
        PRIMARY KEY (channel, kind)
     ) WITHOUT ROWID;",
)];

/// How a channel's values are tested, read and shown, where somebody set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelQuality {
    /// Whose.
    pub channel: ChannelId,
    /// The tests beyond those of the channel itself.
    pub extra: Extra,
    /// The unit the device sends, where it is not the stored one; else empty.
    pub raw_unit: String,
    /// The unit people read, where it is not the stored one; else empty.
    pub shown_unit: String,
}

/// A person's word on a span, with who and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedMark {
    /// Its row.
    pub id: i64,
    /// What.
    pub mark: Mark,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: String,
    /// When and by whom it was taken back.
    pub taken_back: Option<(Timestamp, String)>,
}

/// Somebody has seen a doubt: it is shown again when it is newer than this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Of which channel.
    pub channel: ChannelId,
    /// What kind of doubt.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why it may stay.
    pub why: String,
}

const QUALITY: &str = "SELECT channel, stuck_after, stuck_band, still_at, spike, repeats, raw_unit, shown_unit FROM channel_quality";

fn quality(row: &Row<'_>) -> Result<ChannelQuality> {
    Ok(ChannelQuality {
        channel: ChannelId(row.get(0)?),
        extra: Extra {
            stuck_after: row.get::<_, Option<i64>>(1)?.map(Millis),
            stuck_band: Milli(row.get(2)?),
            still_at: row.get::<_, Option<i64>>(3)?.map(Milli),
            spike: row.get::<_, Option<i64>>(4)?.map(Milli),
            repeats: row.get(5)?,
        },
        raw_unit: row.get(6)?,
        shown_unit: row.get(7)?,
    })
}

fn quality_json(quality: &ChannelQuality) -> Value {
    let extra = &quality.extra;
    json!({
        "stuck_after": extra.stuck_after,
        "stuck_band": extra.stuck_band,
        "still_at": extra.still_at,
        "spike": extra.spike,
        "repeats": extra.repeats,
        "raw_unit": quality.raw_unit,
        "shown_unit": quality.shown_unit,
    })
}

const CALIBRATION: &str =
    "SELECT id, channel, since, slope_millionths, offset_value, certificate, laboratory, done_on, expires_on,
    file_sha256, by FROM calibration";

fn calibration(row: &Row<'_>) -> Result<Calibration> {
    Ok(Calibration {
        id: row.get(0)?,
        channel: ChannelId(row.get(1)?),
        since: Timestamp(row.get(2)?),
        slope_millionths: row.get(3)?,
        offset: Milli(row.get(4)?),
        certificate: row.get(5)?,
        laboratory: row.get(6)?,
        done_on: Day(row.get(7)?),
        expires_on: row.get::<_, Option<i32>>(8)?.map(Day),
        file_sha256: row.get(9)?,
        by: row.get(10)?,
    })
}

fn calibration_json(one: &Calibration) -> Value {
    json!({
        "since": one.since,
        "slope_millionths": one.slope_millionths,
        "offset": one.offset,
        "certificate": one.certificate,
        "laboratory": one.laboratory,
        "done_on": one.done_on.to_string(),
        "expires_on": one.expires_on.map(|day| day.to_string()),
        "file_sha256": one.file_sha256,
    })
}

const MARK: &str = "SELECT id, channel, from_at, to_at, verdict, from_value, to_value, by, at, why, taken_back_at, taken_back_by
    FROM quality_mark";

fn mark(row: &Row<'_>) -> Result<SavedMark> {
    let (from, to) = (Timestamp(row.get(2)?), Timestamp(row.get(3)?));
    let value = |place| -> Result<Milli> { Ok(Milli(row.get::<_, Option<i64>>(place)?.unwrap_or(0))) };
    let verdict = match row.get::<_, i64>(4)? {
        0 => Verdict::Good,
        1 => Verdict::Suspect,
        2 => Verdict::Bad,
        3 => Verdict::Filled(Fill { from, from_value: value(5)?, to, to_value: value(6)? }),
        code => {
            return Err(Error::new(
                ErrorKind::Corrupt,
                format!("a mark on readings reads {code}, which is none; restore records.db from a backup"),
            ));
        }
    };
    let back: Option<i64> = row.get(10)?;
    let back_by: Option<String> = row.get(11)?;
    Ok(SavedMark {
        id: row.get(0)?,
        mark: Mark { channel: ChannelId(row.get(1)?), from, to, verdict },
        by: row.get(7)?,
        at: Timestamp(row.get(8)?),
        why: row.get(9)?,
        taken_back: back.map(|at| (Timestamp(at), back_by.unwrap_or_default())),
    })
}

/// Code, word and the values at the ends.
fn parts(verdict: &Verdict) -> (i64, &'static str, Option<Fill>) {
    match verdict {
        Verdict::Good => (0, "good", None),
        Verdict::Suspect => (1, "suspect", None),
        Verdict::Bad => (2, "bad", None),
        Verdict::Filled(fill) => (3, "interpolated", Some(*fill)),
    }
}

fn mark_json(mark: &Mark) -> Value {
    let (_, word, fill) = parts(&mark.verdict);
    json!({
        "from": mark.from.to_string(),
        "to": mark.to.to_string(),
        "verdict": word,
        "from_value": fill.map(|f| f.from_value),
        "to_value": fill.map(|f| f.to_value),
    })
}

fn there(tx: &Connection, channel: ChannelId) -> Result<()> {
    let found =
        first(tx, "SELECT 1 FROM channel WHERE id = ?1", [channel.0], |row| Ok(row.get::<_, i64>(0)?))?;
    need(found, "channel", channel).map(drop)
}

impl Records {
    /// How channels are tested, read and shown, where somebody set it; by channel.
    pub fn channel_qualities(&self) -> Result<Vec<ChannelQuality>> {
        self.file.read("list the tests of channels", |db| {
            rows(db, &format!("{QUALITY} ORDER BY channel"), [], quality)
        })
    }

    /// Saves how a channel is tested, read and shown.
    pub fn save_channel_quality(&self, act: &Act, given: &ChannelQuality) -> Result<()> {
        let given = given.clone();
        self.change("save the tests of a channel", act, move |c| {
            there(c.tx, given.channel)?;
            let old = first(c.tx, &format!("{QUALITY} WHERE channel = ?1"), [given.channel.0], quality)?;
            if old.as_ref() == Some(&given) {
                return Ok(());
            }
            let extra = &given.extra;
            run(
                c.tx,
                "INSERT OR REPLACE INTO channel_quality(channel, stuck_after, stuck_band, still_at, spike, repeats, raw_unit, shown_unit)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    given.channel.0,
                    extra.stuck_after.map(|v| v.0),
                    extra.stuck_band.0,
                    extra.still_at.map(|v| v.0),
                    extra.spike.map(|v| v.0),
                    extra.repeats,
                    given.raw_unit,
                    given.shown_unit
                ],
            )?;
            let subject = format!("tests of channel {}", given.channel);
            c.audit("quality.save", &subject, old.as_ref().map(quality_json), Some(quality_json(&given)))
        })
    }

    /// All calibrations, by channel, oldest first.
    pub fn calibrations(&self) -> Result<Vec<Calibration>> {
        self.file.read("list calibrations", |db| {
            rows(db, &format!("{CALIBRATION} ORDER BY channel, since, id"), [], calibration)
        })
    }

    /// Adds a calibration; none is ever changed or removed.
    pub fn add_calibration(&self, act: &Act, given: &Calibration) -> Result<i64> {
        let given = given.clone();
        self.change("add a calibration", act, move |c| {
            there(c.tx, given.channel)?;
            run(
                c.tx,
                "INSERT INTO calibration(channel, since, slope_millionths, offset_value, certificate, laboratory, done_on, expires_on,
                    file_sha256, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                params![
                    given.channel.0,
                    given.since.0,
                    given.slope_millionths,
                    given.offset.0,
                    given.certificate,
                    given.laboratory,
                    given.done_on.0,
                    given.expires_on.map(|day| day.0),
                    given.file_sha256,
                    c.act.by.name
                ],
            )?;
            let id = c.tx.last_insert_rowid();
            let subject = format!("calibration {id} of channel {}", given.channel);
            c.audit("calibration.add", &subject, None, Some(calibration_json(&given)))?;
            Ok(id)
        })
    }

    /// Says something of the readings of a span; who and why come from `act`.
    pub fn add_mark(&self, act: &Act, given: &Mark) -> Result<i64> {
        let given = given.clone();
        self.change("mark readings", act, move |c| {
            there(c.tx, given.channel)?;
            let (code, word, fill) = parts(&given.verdict);
            run(
                c.tx,
                "INSERT INTO quality_mark(channel, from_at, to_at, verdict, from_value, to_value, by, at, why)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![
                    given.channel.0,
                    given.from.0,
                    given.to.0,
                    code,
                    fill.map(|f| f.from_value.0),
                    fill.map(|f| f.to_value.0),
                    c.act.by.name,
                    c.act.at.0,
                    c.act.why.clone().unwrap_or_default()
                ],
            )?;
            let id = c.tx.last_insert_rowid();
            c.audit(
                &format!("quality.mark.{word}"),
                &format!("mark {id} on channel {}", given.channel),
                None,
                Some(mark_json(&given)),
            )?;
            Ok(id)
        })
    }

    /// Takes a mark back: what was said before it holds again. One that was taken back before stays as it is.
    pub fn take_back_mark(&self, act: &Act, id: i64) -> Result<SavedMark> {
        self.change("take back a mark on readings", act, move |c| {
            let load = || first(c.tx, &format!("{MARK} WHERE id = ?1"), [id], mark);
            let old = need(load()?, "mark", id)?;
            if old.taken_back.is_some() {
                return Ok(old);
            }
            run(
                c.tx,
                "UPDATE quality_mark SET taken_back_at = ?2, taken_back_by = ?3 WHERE id = ?1",
                params![id, c.act.at.0, c.act.by.name],
            )?;
            let subject = format!("mark {id} on channel {}", old.mark.channel);
            c.audit("quality.unmark", &subject, Some(mark_json(&old.mark)), None)?;
            need(load()?, "mark", id)
        })
    }

    /// What people said of the readings of a channel in `from..to`, in the order they said it, marks taken back among them.
    pub fn marks(&self, channel: ChannelId, from: Timestamp, to: Timestamp) -> Result<Vec<SavedMark>> {
        self.file.read("read marks on readings", |db| {
            let sql = format!("{MARK} WHERE channel = ?1 AND to_at >= ?2 AND from_at < ?3 ORDER BY id");
            rows(db, &sql, (channel.0, from.0, to.0), mark)
        })
    }

    /// Which doubts somebody has seen; by channel and kind.
    pub fn seen_doubts(&self) -> Result<Vec<Seen>> {
        self.file.read("list seen doubts", |db| {
            rows(
                db,
                "SELECT channel, kind, at, by, why FROM quality_seen ORDER BY channel, kind",
                [],
                |row| {
                    Ok(Seen {
                        channel: ChannelId(row.get(0)?),
                        kind: row.get(1)?,
                        at: Timestamp(row.get(2)?),
                        by: row.get(3)?,
                        why: row.get(4)?,
                    })
                },
            )
        })
    }

    /// Keeps that somebody has seen a doubt, and why it may stay.
    pub fn see_doubt(&self, act: &Act, channel: ChannelId, kind: &str) -> Result<()> {
        let kind = kind.to_owned();
        self.change("note that a doubt was seen", act, move |c| {
            there(c.tx, channel)?;
            let why = c.act.why.clone().unwrap_or_default();
            run(
                c.tx,
                "INSERT OR REPLACE INTO quality_seen(channel, kind, at, by, why) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![channel.0, kind, c.act.at.0, c.act.by.name, why],
            )?;
            c.audit(
                "quality.seen",
                &format!("{kind} of channel {channel}"),
                None,
                Some(json!({ "kind": kind })),
            )
        })
    }
}
