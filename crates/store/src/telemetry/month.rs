//! A month's file: chunks of packed readings, their heads in a table of their own, rollups in packed blocks, and how far the
//! journal is in it. New readings go in, in one transaction; whatever they touch is read again and summed anew, never added to.

use super::journal::in_order;
use super::rollup::{self, BLOCK, LEVELS, Row, sum_up};
use crate::Result;
use crate::chunk::{Coder, Damage, Point};
use crate::file::{first, rows, run};
use crate::limits::{CHUNK_FULL, CHUNK_POINTS_MAX};
use crate::words::{CONFLICT, GOOD, is_bad};
use rusqlite::{Connection, params};
use std::cell::Cell;
use std::ops::ControlFlow;
use units::{Day, Timestamp};

pub(crate) const STEPS: &[&[(&str, &str)]] = &[&[(
    "month-1",
    // A chunk that may still grow lies in chunk_open, so that chunk_data is only added to, and stays dense.
    "CREATE TABLE chunk(
        id INTEGER PRIMARY KEY,
        channel INTEGER NOT NULL,
        first INTEGER NOT NULL,
        first_sequence INTEGER NOT NULL,
        last INTEGER NOT NULL,
        last_sequence INTEGER NOT NULL,
        low INTEGER,
        high INTEGER,
        good INTEGER NOT NULL,
        suspect INTEGER NOT NULL,
        bad INTEGER NOT NULL,
        full INTEGER NOT NULL,
        journal_from INTEGER NOT NULL,
        journal_to INTEGER NOT NULL
     );
     CREATE UNIQUE INDEX chunk_of ON chunk(channel, first, first_sequence);
     CREATE TABLE chunk_data(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
     CREATE TABLE chunk_open(id INTEGER PRIMARY KEY, data BLOB NOT NULL);
     CREATE TABLE rollup(
        level INTEGER NOT NULL,
        block INTEGER NOT NULL,
        channel INTEGER NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (level, block, channel)
     ) WITHOUT ROWID;
     CREATE TABLE channel(
        channel INTEGER PRIMARY KEY,
        good INTEGER NOT NULL,
        suspect INTEGER NOT NULL,
        bad INTEGER NOT NULL,
        last INTEGER NOT NULL,
        last_sequence INTEGER NOT NULL
     );
     CREATE TABLE progress(one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL);
     INSERT INTO progress VALUES (1, 0);
     CREATE TABLE quarantine(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        channel INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        readings INTEGER NOT NULL,
        why TEXT NOT NULL,
        data BLOB
     );",
)]];

type Key = (i64, i64);

const FIRST_KEY: Key = (i64::MIN, i64::MIN);

/// Months since the year 0; times beyond what four digits of a year can say lie in the first and last month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Month(i32);

impl Month {
    const FIRST: Self = Self(12);
    const LAST: Self = Self(9_999 * 12 + 11);

    pub fn of(at: i64) -> Self {
        // 0001-01-01 and the last instant of 9999.
        let (year, month, _) =
            Timestamp(at.clamp(-62_135_596_800_000, 253_402_300_799_999)).utc_day().civil();
        Self(year * 12 + month as i32 - 1)
    }

    fn starts(self) -> i64 {
        let day = Day::from_civil(self.0.div_euclid(12), self.0.rem_euclid(12) as u32 + 1, 1);
        day.map_or(i64::MIN, |day| day.utc_midnight().0)
    }

    /// The first instant, and the one after the last.
    pub fn span(self) -> (i64, i64) {
        let from = if self <= Self::FIRST { i64::MIN } else { self.starts() };
        let to = if self >= Self::LAST { i64::MAX } else { Self(self.0 + 1).starts() };
        (from, to)
    }

    pub fn file_name(self) -> String {
        format!("telemetry-{:04}-{:02}.db", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }

    /// The month whose file has this name.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let (year, month) = name.strip_prefix("telemetry-")?.strip_suffix(".db")?.split_once('-')?;
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        let found = Self(year.parse::<i32>().ok()? * 12 + month.parse::<i32>().ok()? - 1);
        (found.file_name() == name).then_some(found)
    }
}

/// A piece that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub month: Month,
    pub chunk: i64,
}

struct Head {
    id: i64,
    first: Key,
    last: Key,
    counts: Counts,
    full: bool,
    journal: (i64, i64),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub good: i64,
    pub suspect: i64,
    pub bad: i64,
}

impl Counts {
    pub fn of(points: &[Point]) -> Self {
        let mut counts = Self::default();
        points.iter().for_each(|point| counts.add(point));
        counts
    }

    pub fn add(&mut self, point: &Point) {
        match i64::from(point.quality) {
            GOOD if point.value.is_some() => self.good += 1,
            quality if is_bad(quality) => self.bad += 1,
            _ => self.suspect += 1,
        }
    }

    fn sum(&self) -> i64 {
        self.good + self.suspect + self.bad
    }

    fn minus(self, other: Self) -> Self {
        Self {
            good: self.good - other.good,
            suspect: self.suspect - other.suspect,
            bad: self.bad - other.bad,
        }
    }

    pub fn plus(self, other: Self) -> Self {
        Self {
            good: self.good + other.good,
            suspect: self.suspect + other.suspect,
            bad: self.bad + other.bad,
        }
    }
}

/// Readings in order of their keys, copies as they came: the same value again goes, and where several values are left for a key,
/// all of them are in conflict.
pub(crate) fn resolve(points: &mut Vec<Point>) {
    if points.windows(2).all(|pair| pair[0].key() != pair[1].key()) {
        return;
    }
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    for group in points.chunk_by(|a, b| a.key() == b.key()) {
        let start = kept.len();
        for point in group {
            if !kept[start..].iter().any(|known| known.value == point.value) {
                kept.push(*point);
            }
        }
        if kept.len() - start > 1 {
            for point in kept[start..].iter_mut().filter(|point| point.value.is_some()) {
                point.quality = CONFLICT as u8;
            }
        }
    }
    *points = kept;
}

fn merge(known: &mut Vec<Point>, new: &[Point]) {
    known.extend_from_slice(new);
    in_order(known);
    resolve(known);
}

const HEAD: &str = "SELECT id, first, first_sequence, last, last_sequence, good, suspect, bad, full, journal_from, journal_to
     FROM chunk WHERE channel = ?1";

fn head(row: &rusqlite::Row<'_>) -> Result<Head> {
    Ok(Head {
        id: row.get(0)?,
        first: (row.get(1)?, row.get(2)?),
        last: (row.get(3)?, row.get(4)?),
        counts: Counts { good: row.get(5)?, suspect: row.get(6)?, bad: row.get(7)? },
        full: row.get(8)?,
        journal: (row.get(9)?, row.get(10)?),
    })
}

/// The chunk that `from` may lie in, and those that begin after it, up to `to`.
fn heads(db: &Connection, channel: i64, from: Key, to: Key) -> Result<Vec<Head>> {
    let before: Option<Key> = first(
        db,
        "SELECT first, first_sequence FROM chunk WHERE channel = ?1 AND (first, first_sequence) <= (?2, ?3)
         ORDER BY first DESC, first_sequence DESC LIMIT 1",
        (channel, from.0, from.1),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let from = before.unwrap_or(from);
    rows(
        db,
        &format!(
            "{HEAD} AND (first, first_sequence) >= (?2, ?3) AND (first, first_sequence) <= (?4, ?5)
             ORDER BY first, first_sequence"
        ),
        (channel, from.0, from.1, to.0, to.1),
        head,
    )
}

enum Loaded {
    Points,
    Broken(Damage),
}

fn load(db: &Connection, coder: &mut Coder, head: &Head, points: &mut Vec<Point>) -> Result<Loaded> {
    let sql = if head.full {
        "SELECT data FROM chunk_data WHERE id = ?1"
    } else {
        "SELECT data FROM chunk_open WHERE id = ?1"
    };
    let mut statement = db.prepare_cached(sql)?;
    let mut found = statement.query([head.id])?;
    points.clear();
    let decoded = match found.next()? {
        Some(row) => match row.get_ref(0)?.as_blob() {
            Ok(data) => coder.decode(data, points),
            Err(_) => Err(Damage::Form),
        },
        None => Err(Damage::Form),
    };
    Ok(match decoded {
        Ok(()) => Loaded::Points,
        Err(damage) => Loaded::Broken(damage),
    })
}

/// How far the journal is in the file.
pub(crate) fn through(db: &Connection) -> Result<i64> {
    Ok(first(db, "SELECT through FROM progress", [], |row| Ok(row.get(0)?))?.unwrap_or(0))
}

// ---------------------------------------------------------------------------------------------------------------------

/// Writes into a month's file.
pub(crate) struct Writer<'a> {
    tx: &'a Connection,
    coder: Coder,
    /// Chunks of the current channel seen last: what is summed again is mostly what was just written.
    recent: Vec<(i64, Vec<Point>)>,
    /// Chunks moved aside on the way.
    aside: Cell<u64>,
}

impl<'a> Writer<'a> {
    pub fn new(tx: &'a Connection) -> Self {
        Self { tx, coder: Coder::new(), recent: Vec::new(), aside: Cell::new(0) }
    }

    /// Notes how far the journal is in the file.
    pub fn set_through(&self, row: i64) -> Result<()> {
        run(self.tx, "UPDATE progress SET through = max(through, ?1)", [row])?;
        Ok(())
    }

    /// Takes in new readings of a channel, in order, all of this month.
    pub fn add(&mut self, channel: i64, new: &[Point], journal: (i64, i64)) -> Result<()> {
        let (Some(from), Some(to)) = (new.first(), new.last()) else { return Ok(()) };
        self.recent.clear();
        let heads = heads(self.tx, channel, from.key(), to.key())?;
        let mut change = Counts::default();
        let mut rest = new;
        if heads.is_empty() {
            change = change.plus(self.keep_new(channel, rest, journal)?);
        }
        for (place, head) in heads.iter().enumerate() {
            let until = heads
                .get(place + 1)
                .map_or(rest.len(), |next| rest.partition_point(|p| p.key() < next.first));
            let (mine, later) = rest.split_at(until);
            rest = later;
            let before = mine.partition_point(|p| p.key() < head.first);
            let inside = mine.partition_point(|p| p.key() <= head.last);
            if mine.is_empty() {
                continue;
            }
            if head.full && before == inside {
                change = change.plus(self.keep_new(channel, &mine[..before], journal)?);
                change = change.plus(self.keep_new(channel, &mine[before..], journal)?);
                continue;
            }
            let mut points = Vec::new();
            match load(self.tx, &mut self.coder, head, &mut points)? {
                Loaded::Points => {}
                Loaded::Broken(damage) => {
                    self.set_aside(head.id, damage)?;
                    change = change.plus(self.keep_new(channel, mine, journal)?);
                    continue;
                }
            }
            merge(&mut points, mine);
            let journal = (head.journal.0.min(journal.0), head.journal.1.max(journal.1));
            change = change.plus(self.keep(channel, points, Some(head), journal)?).minus(head.counts);
        }
        run(
            self.tx,
            "INSERT INTO channel(channel, good, suspect, bad, last, last_sequence) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (channel) DO UPDATE SET good = good + excluded.good, suspect = suspect + excluded.suspect,
                bad = bad + excluded.bad,
                last_sequence = iif((excluded.last, excluded.last_sequence) > (last, last_sequence),
                    excluded.last_sequence, last_sequence),
                last = max(last, excluded.last)",
            params![channel, change.good, change.suspect, change.bad, to.at, to.sequence],
        )?;
        self.sum_again(channel, new)
    }

    fn keep_new(&mut self, channel: i64, points: &[Point], journal: (i64, i64)) -> Result<Counts> {
        let mut points = points.to_vec();
        resolve(&mut points);
        self.keep(channel, points, None, journal)
    }

    /// Writes readings as chunks, the first of them in the place of `old`.
    fn keep(
        &mut self,
        channel: i64,
        points: Vec<Point>,
        old: Option<&Head>,
        journal: (i64, i64),
    ) -> Result<Counts> {
        let mut counts = Counts::default();
        let mut rest = points.as_slice();
        let mut old = old;
        let mut pieces = points.len().div_ceil(CHUNK_POINTS_MAX);
        while !rest.is_empty() {
            let mut cut = rest.len().div_ceil(pieces.max(1));
            // Copies of one key stay together.
            while cut < rest.len() && rest[cut].key() == rest[cut - 1].key() {
                cut += 1;
            }
            let (piece, later) = rest.split_at(cut);
            counts = counts.plus(self.write(channel, piece, old.take(), journal)?);
            (rest, pieces) = (later, pieces.saturating_sub(1));
        }
        Ok(counts)
    }

    fn write(
        &mut self,
        channel: i64,
        piece: &[Point],
        old: Option<&Head>,
        journal: (i64, i64),
    ) -> Result<Counts> {
        let (Some(first), Some(last)) = (piece.first(), piece.last()) else { return Ok(Counts::default()) };
        let full = piece.len() >= CHUNK_FULL;
        let counts = Counts::of(piece);
        let good = || piece.iter().filter(|p| i64::from(p.quality) == GOOD).filter_map(|p| p.value);
        run(
            self.tx,
            "INSERT INTO chunk(id, channel, first, first_sequence, last, last_sequence, low, high, good, suspect, bad,
                full, journal_from, journal_to)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (id) DO UPDATE SET first = excluded.first, first_sequence = excluded.first_sequence,
                last = excluded.last, last_sequence = excluded.last_sequence, low = excluded.low, high = excluded.high,
                good = excluded.good, suspect = excluded.suspect, bad = excluded.bad, full = excluded.full,
                journal_from = excluded.journal_from, journal_to = excluded.journal_to",
            params![
                old.map(|old| old.id),
                channel,
                first.at,
                first.sequence,
                last.at,
                last.sequence,
                good().min(),
                good().max(),
                counts.good,
                counts.suspect,
                counts.bad,
                full,
                journal.0,
                journal.1
            ],
        )?;
        let id = old.map_or_else(|| self.tx.last_insert_rowid(), |old| old.id);
        if let Some(old) = old
            && old.full != full
        {
            let table = if old.full { "chunk_data" } else { "chunk_open" };
            run(self.tx, &format!("DELETE FROM {table} WHERE id = ?1"), [id])?;
        }
        let data = self.coder.encode(piece);
        let table = if full { "chunk_data" } else { "chunk_open" };
        run(
            self.tx,
            &format!("INSERT OR REPLACE INTO {table}(id, data) VALUES (?1, ?2)"),
            params![id, data],
        )?;
        self.remember(id, piece.to_vec());
        Ok(counts)
    }

    fn remember(&mut self, id: i64, points: Vec<Point>) {
        self.recent.retain(|known| known.0 != id);
        if self.recent.len() > 3 {
            self.recent.remove(0);
        }
        self.recent.push((id, points));
    }

    /// Moves a chunk that can't be read where it harms nobody; its rollups stay.
    pub fn set_aside(&self, chunk: i64, damage: Damage) -> Result<()> {
        run(
            self.tx,
            "INSERT INTO quarantine(channel, first, last, readings, why, data)
             SELECT channel, first, last, good + suspect + bad, ?2,
                coalesce((SELECT data FROM chunk_data WHERE id = ?1), (SELECT data FROM chunk_open WHERE id = ?1))
             FROM chunk WHERE id = ?1",
            params![chunk, damage.to_string()],
        )?;
        run(
            self.tx,
            "UPDATE channel SET (good, suspect, bad) =
                (SELECT channel.good - c.good, channel.suspect - c.suspect, channel.bad - c.bad FROM chunk c WHERE c.id = ?1)
             WHERE channel = (SELECT channel FROM chunk WHERE id = ?1)",
            [chunk],
        )?;
        for table in ["chunk", "chunk_data", "chunk_open"] {
            run(self.tx, &format!("DELETE FROM {table} WHERE id = ?1"), [chunk])?;
        }
        self.aside.set(self.aside.get() + 1);
        Ok(())
    }

    /// How many chunks were moved aside.
    pub fn moved_aside(&self) -> u64 {
        self.aside.get()
    }

    /// The readings on record in `from..to`.
    fn between(&mut self, channel: i64, from: i64, to: i64) -> Result<Vec<Point>> {
        let mut all = Vec::new();
        for head in heads(self.tx, channel, (from, i64::MIN), (to.saturating_sub(1), i64::MAX))? {
            if head.last.0 < from {
                continue;
            }
            if !self.recent.iter().any(|known| known.0 == head.id) {
                let mut points = Vec::new();
                if let Loaded::Broken(damage) = load(self.tx, &mut self.coder, &head, &mut points)? {
                    self.set_aside(head.id, damage)?;
                    continue;
                }
                self.remember(head.id, points);
            }
            if let Some((_, points)) = self.recent.iter().find(|known| known.0 == head.id) {
                all.extend(points.iter().filter(|p| (from..to).contains(&p.at)));
            }
        }
        Ok(all)
    }

    /// Sums the slots of these readings again, from all that is on record there.
    fn sum_again(&mut self, channel: i64, new: &[Point]) -> Result<()> {
        let minute = LEVELS[0].0;
        let mut spans: Vec<(i64, i64)> = Vec::new();
        for point in new {
            let slot = point.at.div_euclid(minute);
            match spans.last_mut() {
                Some((_, end)) if slot - *end <= BLOCK => *end = slot,
                _ => spans.push((slot, slot)),
            }
        }
        for (start, end) in spans {
            let points = self.between(
                channel,
                start.saturating_mul(minute),
                end.saturating_add(1).saturating_mul(minute),
            )?;
            let rows = sum_up(&points, 0);
            self.set_rows(channel, 0, (start, end), rows)?;
        }
        Ok(())
    }

    /// Puts rows in the place of those of the slots `span`, both ends included; then the same for the levels above.
    fn set_rows(&mut self, channel: i64, level: usize, span: (i64, i64), rows: Vec<Row>) -> Result<()> {
        let above = LEVELS.get(level + 1).map(|width| width.0 / LEVELS[level].0);
        let mut parents: Vec<Row> = Vec::new();
        let mut rest = rows.as_slice();
        for block in span.0.div_euclid(BLOCK)..=span.1.div_euclid(BLOCK) {
            let known: Option<Vec<u8>> = first(
                self.tx,
                "SELECT data FROM rollup WHERE level = ?1 AND block = ?2 AND channel = ?3",
                (level as i64, block, channel),
                |row| Ok(row.get(0)?),
            )?;
            let (from, to) = (block.saturating_mul(BLOCK), block.saturating_add(1).saturating_mul(BLOCK));
            let (mine, later) = rest.split_at(rest.partition_point(|row| row.0 < to));
            rest = later;
            let mut all = match known.map(|data| rollup::decode(&mut self.coder, &data)) {
                None => Vec::new(),
                Some(Ok(known)) => known,
                // Sums can be had again.
                Some(Err(_)) => {
                    let width = LEVELS[level].0;
                    sum_up(
                        &self.between(channel, from.saturating_mul(width), to.saturating_mul(width))?,
                        level,
                    )
                }
            };
            let at = all.partition_point(|row| row.0 < span.0);
            let end = all.partition_point(|row| row.0 <= span.1);
            all.splice(at..end, mine.iter().copied());
            let key = (level as i64, block, channel);
            if all.is_empty() {
                run(self.tx, "DELETE FROM rollup WHERE level = ?1 AND block = ?2 AND channel = ?3", key)?;
            } else {
                let data = rollup::encode(&mut self.coder, &all);
                run(
                    self.tx,
                    "INSERT INTO rollup(level, block, channel, data) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (level, block, channel) DO UPDATE SET data = excluded.data",
                    params![key.0, key.1, key.2, data],
                )?;
            }
            if let Some(ratio) = above {
                let touched = span.0.div_euclid(ratio)..=span.1.div_euclid(ratio);
                for (slot, sums) in &all {
                    let parent = slot.div_euclid(ratio);
                    if touched.contains(&parent) {
                        match parents.last_mut() {
                            Some((last, gathered)) if *last == parent => gathered.add(sums),
                            _ => parents.push((parent, *sums)),
                        }
                    }
                }
            }
        }
        match above {
            Some(ratio) => self.set_rows(
                channel,
                level + 1,
                (span.0.div_euclid(ratio), span.1.div_euclid(ratio)),
                parents,
            ),
            None => Ok(()),
        }
    }
}

/// Writes a month from rows that come in order of their keys: the way of an older file.
pub(crate) fn fill(
    writer: &mut Writer<'_>,
    channel: i64,
    next: &mut dyn FnMut() -> Result<Option<Point>>,
) -> Result<()> {
    let mut points: Vec<Point> = Vec::new();
    loop {
        let point = next()?;
        if let Some(point) = point {
            // Cut between keys.
            if points.len() >= CHUNK_POINTS_MAX && points.last().is_some_and(|last| last.key() != point.key())
            {
                writer.add(channel, &points, (0, 0))?;
                points.clear();
            }
            points.push(point);
        } else {
            return writer.add(channel, &points, (0, 0));
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------

/// Reads a month's file, with what is not in it yet.
pub(crate) struct Reader<'a> {
    pub db: &'a Connection,
    pub month: Month,
    pub coder: &'a mut Coder,
    pub broken: &'a mut Vec<Broken>,
}

/// What a chunk says of a key.
pub(crate) enum Around {
    /// The readings of the chunk it may be in, from its first key to its last.
    Chunk(Vec<Point>),
    /// No chunk has a key between these.
    Gap(Key, Key),
}

impl Reader<'_> {
    fn load(&mut self, head: &Head, points: &mut Vec<Point>) -> Result<()> {
        if let Loaded::Broken(_) = load(self.db, self.coder, head, points)? {
            self.broken.push(Broken { month: self.month, chunk: head.id });
        }
        Ok(())
    }

    /// What is known around a key.
    pub fn around(&mut self, channel: i64, key: Key) -> Result<Around> {
        let before = first(
            self.db,
            &format!(
                "{HEAD} AND (first, first_sequence) <= (?2, ?3) ORDER BY first DESC, first_sequence DESC LIMIT 1"
            ),
            (channel, key.0, key.1),
            head,
        )?;
        if let Some(head) = &before
            && key <= head.last
        {
            let mut points = Vec::new();
            self.load(head, &mut points)?;
            if !points.is_empty() {
                return Ok(Around::Chunk(points));
            }
        }
        let after = first(
            self.db,
            &format!("{HEAD} AND (first, first_sequence) > (?2, ?3) ORDER BY first, first_sequence LIMIT 1"),
            (channel, key.0, key.1),
            head,
        )?;
        Ok(Around::Gap(before.map_or(FIRST_KEY, |h| h.last), after.map_or((i64::MAX, i64::MAX), |h| h.first)))
    }

    /// Every reading in `from..to` with those of `tail`, which lie in it too, in order, in slices, until told to break.
    pub fn scan(
        &mut self,
        channel: i64,
        from: i64,
        to: i64,
        mut tail: &[Point],
        then: &mut dyn FnMut(&[Point]) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let heads = heads(self.db, channel, (from, i64::MIN), (to.saturating_sub(1), i64::MAX))?;
        let mut points = Vec::new();
        for (place, head) in heads.iter().enumerate() {
            let until = heads
                .get(place + 1)
                .map_or(tail.len(), |next| tail.partition_point(|p| p.key() < next.first));
            let (mine, later) = tail.split_at(until);
            tail = later;
            points.clear();
            if head.last.0 >= from {
                self.load(head, &mut points)?;
                let end = points.partition_point(|p| p.at < to);
                points.truncate(end);
            }
            if !mine.is_empty() {
                merge(&mut points, mine);
            }
            let start = points.partition_point(|p| p.at < from);
            if start < points.len() && then(&points[start..]).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if !tail.is_empty() {
            let mut rest = tail.to_vec();
            resolve(&mut rest);
            return Ok(then(&rest));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The newest reading that fits, with those of `tail`, which are of this month.
    pub fn newest(
        &mut self,
        channel: i64,
        mut tail: &[Point],
        fits: &dyn Fn(&Point) -> bool,
    ) -> Result<Option<Point>> {
        let sql = format!(
            "{HEAD} AND (first, first_sequence) < (?2, ?3) ORDER BY first DESC, first_sequence DESC LIMIT 1"
        );
        let mut until: Key = (i64::MAX, i64::MAX);
        let mut points = Vec::new();
        loop {
            let head = first(self.db, &sql, (channel, until.0, until.1), head)?;
            // What is behind the chunk needs no look into it.
            let behind = tail.partition_point(|p| head.as_ref().is_some_and(|h| p.key() <= h.last));
            let mut rest = tail[behind..].to_vec();
            resolve(&mut rest);
            if let Some(found) = rest.iter().rev().find(|p| fits(p)) {
                return Ok(Some(*found));
            }
            let Some(head) = head else { return Ok(None) };
            let start = tail.partition_point(|p| p.key() < head.first);
            self.load(&head, &mut points)?;
            merge(&mut points, &tail[start..behind]);
            if let Some(found) = points.iter().rev().find(|p| fits(p)) {
                return Ok(Some(*found));
            }
            tail = &tail[..start];
            until = head.first;
        }
    }

    /// The rows of a level in the slots `from..to`, with the readings of `tail`, which lie in them too.
    pub fn rows(
        &mut self,
        level: usize,
        channel: i64,
        from: i64,
        to: i64,
        tail: &[Point],
    ) -> Result<Vec<Row>> {
        let mut all = self.kept_rows(level, channel, from, to)?;
        if tail.is_empty() {
            return Ok(all);
        }
        let last: Option<Key> =
            first(self.db, "SELECT last, last_sequence FROM channel WHERE channel = ?1", [channel], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        if last.is_none_or(|last| tail[0].key() > last) {
            let mut new = tail.to_vec();
            resolve(&mut new);
            for (slot, sums) in sum_up(&new, level) {
                match all.last_mut() {
                    Some((last, gathered)) if *last == slot => gathered.add(&sums),
                    _ => all.push((slot, sums)),
                }
            }
            return Ok(all);
        }
        // Some are late: their slots are summed again.
        let width = LEVELS[level].0;
        for group in tail.chunk_by(|a, b| a.at.div_euclid(width) == b.at.div_euclid(width)) {
            let slot = group[0].at.div_euclid(width);
            let mut sums = rollup::Sums::default();
            let (start, end) = (slot.saturating_mul(width), slot.saturating_add(1).saturating_mul(width));
            let _ = self.scan(channel, start, end, group, &mut |points| {
                points.iter().for_each(|point| sums.add_point(point));
                ControlFlow::Continue(())
            })?;
            match all.binary_search_by_key(&slot, |row| row.0) {
                Ok(place) => all[place].1 = sums,
                Err(place) => all.insert(place, (slot, sums)),
            }
        }
        Ok(all)
    }

    fn kept_rows(&mut self, level: usize, channel: i64, from: i64, to: i64) -> Result<Vec<Row>> {
        let mut all = Vec::new();
        let width = LEVELS[level].0;
        // The file of the first and the last month has no end: only what is in it is looked for.
        let there: Option<(i64, i64)> = first(
            self.db,
            "SELECT min(block), max(block) FROM rollup WHERE level = ?1 AND block >= ?2 AND block <= ?3",
            (level as i64, from.div_euclid(BLOCK), to.saturating_sub(1).div_euclid(BLOCK)),
            |row| Ok(row.get::<_, Option<i64>>(0)?.zip(row.get::<_, Option<i64>>(1)?)),
        )?
        .flatten();
        let Some(ends) = there else { return Ok(all) };
        let blocks: Vec<i64> = if ends.1.saturating_sub(ends.0) < 4_096 {
            (ends.0..=ends.1).collect()
        } else {
            let sql =
                "SELECT block FROM rollup WHERE level = ?1 AND block >= ?2 AND block <= ?3 AND channel = ?4";
            rows(self.db, sql, (level as i64, ends.0, ends.1, channel), |row| Ok(row.get(0)?))?
        };
        let mut statement = self
            .db
            .prepare_cached("SELECT data FROM rollup WHERE level = ?1 AND block = ?2 AND channel = ?3")?;
        let mut lost = Vec::new();
        for block in blocks {
            let mut found = statement.query((level as i64, block, channel))?;
            let Some(row) = found.next()? else { continue };
            match rollup::decode(self.coder, row.get_ref(0)?.as_blob().unwrap_or_default()) {
                Ok(rows) => all.extend(rows.into_iter().filter(|row| (from..to).contains(&row.0))),
                Err(_) => lost.push(block),
            }
        }
        for block in lost {
            // Sums can be had again.
            let (start, end) = (
                block.saturating_mul(BLOCK).max(from),
                block.saturating_add(1).saturating_mul(BLOCK).min(to),
            );
            let mut points = Vec::new();
            let _ = self.scan(
                channel,
                start.saturating_mul(width),
                end.saturating_mul(width),
                &[],
                &mut |slice| {
                    points.extend_from_slice(slice);
                    ControlFlow::Continue(())
                },
            )?;
            all.extend(sum_up(&points, level));
            all.sort_by_key(|row| row.0);
        }
        Ok(all)
    }

    /// How many readings of a channel, or of all, are in the file.
    pub fn counts(&self, channel: Option<i64>) -> Result<Counts> {
        let (from, to) = channel.map_or((i64::MIN, i64::MAX), |c| (c, c));
        let sql =
            "SELECT sum(good), sum(suspect), sum(bad) FROM channel WHERE channel >= ?1 AND channel <= ?2";
        let counts = first(self.db, sql, (from, to), |row| {
            let sum = |place| -> Result<i64> { Ok(row.get::<_, Option<i64>>(place)?.unwrap_or(0)) };
            Ok(Counts { good: sum(0)?, suspect: sum(1)?, bad: sum(2)? })
        })?;
        Ok(counts.unwrap_or_default())
    }

    /// Reads every chunk: how many, and how many readings; what is broken is noted.
    pub fn verify(&mut self) -> Result<(u64, u64)> {
        let channels: Vec<i64> = rows(self.db, "SELECT channel FROM channel", [], |row| Ok(row.get(0)?))?;
        let (mut chunks, mut readings) = (0, 0);
        let mut points = Vec::new();
        for channel in channels {
            for head in heads(self.db, channel, FIRST_KEY, (i64::MAX, i64::MAX))? {
                self.load(&head, &mut points)?;
                chunks += 1;
                readings += points.len() as u64;
                if !points.is_empty() && points.len() as i64 != head.counts.sum() {
                    self.broken.push(Broken { month: self.month, chunk: head.id });
                }
            }
        }
        Ok((chunks, readings))
    }
}

/// What was moved aside in this file: channel, first, last, readings, why.
pub(crate) fn quarantined(db: &Connection) -> Result<Vec<(i64, i64, i64, i64, String)>> {
    rows(db, "SELECT channel, first, last, readings, why FROM quarantine ORDER BY id", [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
    })
}

/// Moves the chunks that can't be read aside; looks again first, since one may be gone or whole by now.
pub(crate) fn set_aside(tx: &Connection, chunks: &[i64]) -> Result<u64> {
    let mut writer = Writer::new(tx);
    for chunk in chunks {
        let sql = HEAD.replace("channel = ?1", "id = ?1");
        let Some(head) = first(tx, &sql, [chunk], head)? else { continue };
        let mut points = Vec::new();
        if let Loaded::Broken(damage) = load(tx, &mut writer.coder, &head, &mut points)? {
            writer.set_aside(*chunk, damage)?;
        }
    }
    Ok(writer.moved_aside())
}
