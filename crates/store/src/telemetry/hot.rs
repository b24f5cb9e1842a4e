//! What of the journal is in memory: readings that are on disk but in no month's file yet, and the newest key of each channel. From
//! batches that wait, one commit; from commits, what readers see. Packing takes it away again: see `pack`.

use super::journal::{self, Segment};
use super::month::{Around, Month, resolve};
use super::months::Months;
use super::{Appended, Batch};
use crate::chunk::{Coder, Point};
use crate::file::{DataFile, first, rows, run};
use crate::limits::{
    COMMIT_READINGS_MAX, COPIES_MAX, JOURNAL_PACK_FROM, JOURNAL_READINGS_MAX, JOURNAL_SLOW_FROM,
    JOURNAL_SLOW_MS, PACK_READINGS_MAX, SEGMENT_MERGE_MAX,
};
use crate::words::{CONFLICT, GOOD, quality_code};
use crate::{Error, ErrorKind, Result};
use domain::Reading;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "telemetry-3-journal",
    // A row is one commit's readings. channel_end is as of the newest row that is gone: the newest key of each channel.
    "CREATE TABLE journal(id INTEGER PRIMARY KEY AUTOINCREMENT, readings INTEGER NOT NULL, data BLOB NOT NULL);
     CREATE TABLE channel_end(channel INTEGER PRIMARY KEY, at INTEGER NOT NULL, sequence INTEGER NOT NULL);
     CREATE TABLE quarantine(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        journal INTEGER NOT NULL,
        readings INTEGER NOT NULL,
        why TEXT NOT NULL,
        data BLOB
     );",
)];

pub(crate) type Key = (i64, i64);

/// A batch that waits for its commit.
pub(crate) struct Waiting {
    pub batch: Batch,
    pub answer: SyncSender<Result<Appended>>,
}

pub(crate) struct Hot {
    state: Mutex<State>,
    /// Told when packing made room, or failed.
    packed: Condvar,
    waiting: Mutex<VecDeque<Waiting>>,
    pub months: Months,
}

#[derive(Default)]
pub(crate) struct State {
    /// In order of their rows.
    pub segments: Vec<Arc<Segment>>,
    /// The newest key of each channel that ever had a reading.
    pub ends: HashMap<i64, Key>,
    /// Readings in the segments.
    pub readings: usize,
    /// The newest journal row that is in them, or was.
    pub row: i64,
    /// Up to this row segments are being packed, and are not put together with others.
    sealed: i64,
    /// Why packing does not go on, and from how many readings on it is tried again.
    pub stuck: Option<(ErrorKind, String)>,
    pub pack_from: usize,
}

impl State {
    fn push(&mut self, segment: Segment) {
        self.row = self.row.max(segment.to);
        self.readings += segment.len();
        let mut segment = segment;
        while let Some(last) = self.segments.last() {
            let together = last.len() + segment.len();
            if last.from <= self.sealed || together > SEGMENT_MERGE_MAX || last.len() > 2 * segment.len() {
                break;
            }
            segment = last.with(&segment);
            self.segments.pop();
        }
        self.segments.push(Arc::new(segment));
    }
}

/// What a commit took in.
struct Taken {
    appended: Vec<Appended>,
    segment: Option<Segment>,
    ends: Vec<(i64, Key)>,
}

impl Hot {
    pub fn new(months: Months) -> Self {
        let state = State { pack_from: JOURNAL_PACK_FROM, ..State::default() };
        Self {
            state: Mutex::new(state),
            packed: Condvar::new(),
            waiting: Mutex::new(VecDeque::new()),
            months,
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the journal back into memory. A row that can't be read is moved aside; how many were.
    pub fn restore(&self, file: &DataFile) -> Result<usize> {
        let (ends, newest) = file.read("read the journal", |db| {
            let ends: Vec<(i64, Key)> =
                rows(db, "SELECT channel, at, sequence FROM channel_end", [], |row| {
                    Ok((row.get(0)?, (row.get(1)?, row.get(2)?)))
                })?;
            let newest = first(db, "SELECT seq FROM sqlite_sequence WHERE name = 'journal'", [], |row| {
                Ok(row.get(0)?)
            })?;
            Ok((ends, newest.unwrap_or(0)))
        })?;
        {
            let mut state = self.state();
            state.ends = ends.into_iter().collect();
        }
        let broken = file.read("read the journal", |db| self.load(db, i64::MIN))?;
        // A telemetry file brought back from an older copy than the months' must not use their rows' numbers again.
        let mut known = newest;
        for month in self.months.known().into_iter().rev().take(2) {
            known = known.max(self.months.connection(month, super::month::through)?.unwrap_or(0));
        }
        let mut state = self.state();
        state.row = state.row.max(known);
        drop(state);
        let count = broken.len();
        if count > 0 {
            file.write("move a damaged piece of the journal aside", move |tx| {
                for (id, why) in &broken {
                    run(
                        tx,
                        "INSERT INTO quarantine(journal, readings, why, data) SELECT id, readings, ?2, data FROM journal WHERE id = ?1",
                        params![id, why],
                    )?;
                    run(tx, "DELETE FROM journal WHERE id = ?1", [id])?;
                }
                Ok(())
            })?;
        }
        Ok(count)
    }

    /// Takes journal rows after `row` into memory; which of them can't be read, and why.
    fn load(&self, db: &Connection, row: i64) -> Result<Vec<(i64, String)>> {
        let mut broken = Vec::new();
        let mut through: HashMap<Month, i64> = HashMap::new();
        let mut statement = db.prepare_cached("SELECT id, data FROM journal WHERE id > ?1 ORDER BY id")?;
        let mut found = statement.query([row])?;
        while let Some(row) = found.next()? {
            let id: i64 = row.get(0)?;
            let mut segment = match journal::decode(row.get_ref(1)?.as_blob().unwrap_or_default()) {
                Ok(segment) => segment,
                Err(damage) => {
                    tracing::error!(row = id, %damage, "a piece of the journal is damaged");
                    broken.push((id, damage.to_string()));
                    continue;
                }
            };
            (segment.from, segment.to) = (id, id);
            let mut ends = Vec::new();
            let mut kept = BTreeMap::new();
            for (channel, points) in segment.channels() {
                ends.extend(points.last().map(|last| (channel, last.key())));
                let mut left: Vec<Point> = Vec::new();
                for part in points.chunk_by(|a, b| Month::of(a.at) == Month::of(b.at)) {
                    let month = Month::of(part[0].at);
                    let known = match through.get(&month) {
                        Some(known) => *known,
                        None => {
                            let known = self.months.connection(month, super::month::through)?.unwrap_or(0);
                            through.insert(month, known);
                            known
                        }
                    };
                    // What the month's file has is there already.
                    if id > known {
                        left.extend_from_slice(part);
                    }
                }
                kept.insert(channel, left);
            }
            let mut demoted = std::mem::take(&mut segment.demoted);
            demoted.retain(|(_, at)| through.get(&Month::of(*at)).is_none_or(|known| id > *known));
            let mut state = self.state();
            for (channel, end) in ends {
                let known = state.ends.entry(channel).or_insert(end);
                *known = (*known).max(end);
            }
            state.row = state.row.max(id);
            let segment = Segment::new(id, kept, demoted);
            if !segment.is_empty() {
                state.push(segment);
            }
        }
        Ok(broken)
    }

    /// Puts a batch where the next commit takes it; waits first where packing has fallen far behind.
    pub fn wait_in_line(&self, waiting: Waiting) -> Result<()> {
        let mut state = self.state();
        while state.readings > JOURNAL_READINGS_MAX {
            if let Some((kind, why)) = &state.stuck {
                return Err(Error::new(
                    *kind,
                    format!("readings can't be packed away, and no more are taken in: {why}"),
                ));
            }
            state = self.packed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(over) = state.readings.checked_sub(JOURNAL_SLOW_FROM) {
            // So that callers slow down to what packing bears, rather than run and stand in turns.
            let held = (over * JOURNAL_SLOW_MS / (JOURNAL_READINGS_MAX - JOURNAL_SLOW_FROM)) as u64;
            let told = self.packed.wait_timeout(state, Duration::from_millis(held));
            state = told.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(waiting);
        Ok(())
    }

    /// The batches of one commit, in the order they came: all that wait, up to a bound.
    fn next_group(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let mut group: Vec<Waiting> = Vec::new();
        let mut readings = 0;
        while let Some(next) = waiting.front() {
            readings += next.batch.readings.len();
            if !group.is_empty() && readings > COMMIT_READINGS_MAX {
                break;
            }
            group.extend(waiting.pop_front());
        }
        group
    }

    /// Commits what waits. Called as often as there are batches: a call that finds none does nothing.
    pub fn commit(self: &Arc<Self>, file: &DataFile, ask: impl FnOnce() + Send + 'static) -> Result<()> {
        let group: Arc<Mutex<Vec<Waiting>>> = Arc::default();
        let (hot, gathered) = (Arc::clone(self), Arc::clone(&group));
        let work = move |tx: &Connection| {
            let mut group = gathered.lock().unwrap_or_else(PoisonError::into_inner);
            *group = hot.next_group();
            if group.is_empty() {
                return Ok(Taken { appended: Vec::new(), segment: None, ends: Vec::new() });
            }
            hot.take_in(tx, &group)
        };
        let hot = Arc::clone(self);
        file.submit_then(work, move |result| {
            let group = std::mem::take(&mut *group.lock().unwrap_or_else(PoisonError::into_inner));
            match result {
                Ok(taken) => {
                    let full = hot.publish(taken.segment, taken.ends);
                    for (waiting, appended) in group.into_iter().zip(taken.appended) {
                        // Nobody waits for it any more: the write stands all the same.
                        let _ = waiting.answer.send(Ok(appended));
                    }
                    if full || hot.months.has_broken() {
                        ask();
                    }
                }
                Err(error) => {
                    // A transaction that could not even begin took nobody: those in line are told all the same.
                    let group = if group.is_empty() { hot.next_group() } else { group };
                    for waiting in group {
                        let _ = waiting.answer.send(Err(error.again()));
                    }
                }
            }
        })
    }

    fn publish(&self, segment: Option<Segment>, ends: Vec<(i64, Key)>) -> bool {
        let mut state = self.state();
        if let Some(segment) = segment {
            state.push(segment);
            state.ends.extend(ends);
        }
        state.readings >= state.pack_from
    }

    fn take_in(&self, tx: &Connection, group: &[Waiting]) -> Result<Taken> {
        let known = self.state().row;
        // A commit whose end the disk did not confirm may stand all the same: then its row is there, and counts.
        let newest: i64 =
            first(tx, "SELECT max(id) FROM journal", [], |row| Ok(row.get::<_, Option<i64>>(0)?))?
                .flatten()
                .unwrap_or(0);
        if newest > known {
            self.load(tx, known)?;
        }
        let mut desk =
            Desk { hot: self, tails: None, coder: Coder::new(), stages: HashMap::new(), demoted: Vec::new() };
        let mut appended = Vec::with_capacity(group.len());
        for waiting in group {
            let mut told = Appended::default();
            for reading in &waiting.batch.readings {
                match desk.judge(reading)? {
                    Kept::Duplicate => {
                        told.duplicates += 1;
                        continue;
                    }
                    Kept::Conflict => told.conflicts += 1,
                    Kept::Stored => {}
                }
                told.stored += 1;
            }
            appended.push(told);
        }
        let Desk { stages, demoted, .. } = desk;
        let mut ends = Vec::with_capacity(stages.len());
        let mut channels = BTreeMap::new();
        for (channel, stage) in stages {
            let points = stage.points();
            if let (Some(end), false) = (stage.end, points.is_empty()) {
                ends.push((channel, end));
            }
            channels.insert(channel, points);
        }
        let row = known.max(newest).saturating_add(1);
        let segment = Segment::new(row, channels, demoted);
        let segment = if segment.is_empty() {
            None
        } else {
            run(
                tx,
                "INSERT INTO journal(id, readings, data) VALUES (?1, ?2, ?3)",
                params![row, segment.len() as i64, segment.encode()],
            )?;
            Some(segment)
        };
        for (waiting, told) in group.iter().zip(&mut appended) {
            super::append(tx, &waiting.batch, told)?;
        }
        Ok(Taken { appended, segment, ends })
    }

    /// Marks the oldest of what there is as being packed; up to which row.
    pub fn seal(&self) -> (Vec<Arc<Segment>>, i64) {
        let mut state = self.state();
        let mut readings = 0;
        let mut oldest = Vec::new();
        for segment in &state.segments {
            if readings > 0 && readings + segment.len() > PACK_READINGS_MAX {
                break;
            }
            readings += segment.len();
            oldest.push(Arc::clone(segment));
        }
        state.sealed = oldest.last().map_or(state.sealed, |last| last.to);
        let until = state.sealed;
        (oldest, until)
    }

    /// Forgets what is packed.
    pub fn packed(&self, through: i64) {
        let mut state = self.state();
        state.segments.retain(|segment| segment.to > through);
        state.readings = state.segments.iter().map(|segment| segment.len()).sum();
        state.stuck = None;
        state.pack_from = JOURNAL_PACK_FROM;
        drop(state);
        self.packed.notify_all();
    }

    /// Notes that packing failed; it is tried again when a tenth more has come.
    pub fn stuck(&self, error: &Error) {
        let mut state = self.state();
        state.stuck = Some((error.kind(), error.to_string()));
        state.pack_from = state.readings.max(JOURNAL_PACK_FROM) / 10 * 11;
        drop(state);
        self.packed.notify_all();
    }
}

enum Kept {
    Stored,
    Duplicate,
    Conflict,
}

/// Where a commit's readings are told apart: new, known, or in conflict.
struct Desk<'a> {
    hot: &'a Hot,
    /// Taken when the first reading comes that is not the newest of its channel.
    tails: Option<Vec<Arc<Segment>>>,
    coder: Coder,
    stages: HashMap<i64, Stage>,
    demoted: Vec<(i64, i64)>,
}

/// A channel's readings of this commit.
#[derive(Default)]
struct Stage {
    end: Option<Key>,
    /// Each newer than all before.
    fresh: Vec<Point>,
    late: BTreeMap<Key, Vec<Point>>,
    /// What the journal in memory has of it, once it was looked for.
    tail: Option<Vec<Point>>,
    /// What a month's file has around the key looked for last.
    around: Option<Around>,
}

impl Stage {
    fn points(&self) -> Vec<Point> {
        let mut points = self.fresh.clone();
        points.extend(self.late.values().flatten());
        journal::in_order(&mut points);
        points
    }
}

fn of_key(points: &[Point], key: Key) -> &[Point] {
    let start = points.partition_point(|p| p.key() < key);
    let end = start + points[start..].iter().take_while(|p| p.key() == key).count();
    &points[start..end]
}

impl Desk<'_> {
    fn judge(&mut self, reading: &Reading) -> Result<Kept> {
        let channel = reading.channel.0;
        let mut point = Point {
            at: reading.at.0,
            sequence: reading.sequence,
            after: reading.arrived_at.0.saturating_sub(reading.at.0),
            value: reading.value.map(|value| value.0),
            quality: quality_code(reading.quality) as u8,
        };
        let stage = match self.stages.entry(channel) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                let end = self.hot.state().ends.get(&channel).copied();
                new.insert(Stage { end, ..Stage::default() })
            }
        };
        if stage.end.is_none_or(|end| point.key() > end) {
            stage.end = Some(point.key());
            stage.fresh.push(point);
            return Ok(Kept::Stored);
        }
        loop {
            let copies = self.copies(channel, point.key())?;
            if copies.iter().any(|known| known.value == point.value) {
                return Ok(Kept::Duplicate);
            }
            if copies.len() >= COPIES_MAX {
                point.sequence = point.sequence.wrapping_add(1);
                continue;
            }
            if !copies.is_empty() && point.value.is_some() {
                point.quality = CONFLICT as u8;
            }
            if let [alone] = copies.as_slice()
                && i64::from(alone.quality) == GOOD
                && alone.value.is_some()
            {
                self.demoted.push((channel, point.at));
            }
            let stage = self.stages.entry(channel).or_default();
            stage.end = stage.end.max(Some(point.key()));
            stage.late.entry(point.key()).or_default().push(point);
            return Ok(if copies.is_empty() { Kept::Stored } else { Kept::Conflict });
        }
    }

    /// All that is known under a key, each value once, as they came.
    fn copies(&mut self, channel: i64, key: Key) -> Result<Vec<Point>> {
        let hot = self.hot;
        let tails = self.tails.get_or_insert_with(|| hot.state().segments.clone());
        let stage = self.stages.entry(channel).or_default();
        let tail = stage.tail.get_or_insert_with(|| {
            let mut tail: Vec<Point> =
                tails.iter().flat_map(|segment| segment.of(channel)).copied().collect();
            journal::in_order(&mut tail);
            tail
        });
        let fits = match &stage.around {
            Some(Around::Chunk(points)) => {
                points.first().is_some_and(|first| first.key() <= key)
                    && points.last().is_some_and(|last| key <= last.key())
            }
            // The months beside have gaps of their own.
            Some(Around::Gap(from, to)) => *from < key && key < *to,
            None => false,
        };
        if !fits {
            let month = Month::of(key.0);
            let (start, end) = month.span();
            let found = hot.months.read(month, &mut self.coder, |reader| reader.around(channel, key))?;
            stage.around = Some(match found {
                Some(Around::Chunk(points)) => Around::Chunk(points),
                Some(Around::Gap(from, to)) => {
                    Around::Gap(from.max((start.saturating_sub(1), i64::MAX)), to.min((end, i64::MIN)))
                }
                None => Around::Gap((start.saturating_sub(1), i64::MAX), (end, i64::MIN)),
            });
        }
        let mut copies = Vec::new();
        if let Some(Around::Chunk(points)) = &stage.around {
            copies.extend_from_slice(of_key(points, key));
        }
        copies.extend_from_slice(of_key(tail, key));
        copies.extend_from_slice(of_key(&stage.fresh, key));
        copies.extend(stage.late.get(&key).into_iter().flatten());
        resolve(&mut copies);
        Ok(copies)
    }
}
