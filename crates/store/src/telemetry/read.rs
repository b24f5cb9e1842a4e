//! What is on record, for those who ask: the journal's readings in memory and the months' files, as of one moment.
//!
//! The journal is looked at first, the files after: what is packed in between is then in both, and each file says up to which
//! journal row it has everything, so nothing is missed or seen twice.

use super::journal::Segment;
use super::month::{Counts, Month, resolve, through};
use super::rollup::{Gather, LEVELS, Plan, sum_up};
use super::{Bucket, Series, Telemetry, Totals};
use crate::Result;
use crate::chunk::{Coder, Point};
use crate::file::{count, rows};
use crate::limits::BUCKETS_MAX;
use crate::words::{GOOD, quality};
use domain::Reading;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use units::{ChannelId, Milli, Stop, Timestamp};

/// What was found damaged: it is kept for repair, and everything else goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// The file it is in.
    pub file: String,
    /// Whose readings, where it is one channel's.
    pub channel: Option<ChannelId>,
    /// The span of readings that can't be read, where it is known.
    pub span: Option<(Timestamp, Timestamp)>,
    /// How many readings, where it is known.
    pub readings: Option<u64>,
    /// What is wrong with it.
    pub why: String,
}

/// Readings that are packed, as counted by reading all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Files of months.
    pub months: u64,
    /// Chunks read, each with its checksum.
    pub chunks: u64,
    /// Readings in them.
    pub readings: u64,
}

/// A moment of the journal.
struct View {
    segments: Vec<Arc<Segment>>,
}

/// Readings of a channel that may not be in a file yet, each with its journal row.
struct Tail(Vec<(Point, i64)>);

impl Tail {
    fn of_month(&self, month: Month) -> &[(Point, i64)] {
        let (from, to) = month.span();
        let start = self.0.partition_point(|(p, _)| p.at < from);
        let end = if to == i64::MAX { self.0.len() } else { self.0.partition_point(|(p, _)| p.at < to) };
        &self.0[start..end.max(start)]
    }
}

fn not_in(tail: &[(Point, i64)], through: i64) -> Vec<Point> {
    tail.iter().filter(|(_, row)| *row > through).map(|(point, _)| *point).collect()
}

impl View {
    fn tail(&self, channel: i64, from: i64, to: i64) -> Tail {
        let mut tail = Vec::new();
        for segment in &self.segments {
            let points = if to == i64::MAX {
                let all = segment.of(channel);
                &all[all.partition_point(|p| p.at < from)..]
            } else {
                segment.between(channel, from, to)
            };
            tail.extend(points.iter().map(|point| (*point, segment.to)));
        }
        if !tail.is_sorted_by_key(|(point, _)| point.key()) {
            tail.sort_by_key(|(point, _)| point.key());
        }
        Tail(tail)
    }
}

fn reading(channel: i64, point: &Point) -> Result<Reading> {
    Ok(Reading {
        channel: ChannelId(channel),
        at: Timestamp(point.at),
        arrived_at: Timestamp(point.at.saturating_add(point.after)),
        sequence: point.sequence,
        value: point.value.map(Milli),
        quality: quality(point.quality.into())?,
    })
}

impl Telemetry {
    fn view(&self) -> View {
        View { segments: self.hot.state().segments.clone() }
    }

    /// Months with readings in `from..to`, in files or in the tail.
    fn months(&self, from: i64, to: i64, tail: &Tail) -> BTreeSet<Month> {
        let (first, last) = (Month::of(from), Month::of(to.saturating_sub(1)));
        let mut months: BTreeSet<Month> =
            self.hot.months.known().into_iter().filter(|month| (first..=last).contains(month)).collect();
        for part in tail.0.chunk_by(|a, b| Month::of(a.0.at) == Month::of(b.0.at)) {
            months.insert(Month::of(part[0].0.at));
        }
        months
    }

    /// Each reading of a channel in `from..to`, in slices, in order of their keys.
    fn scan(
        &self,
        view: &View,
        coder: &mut Coder,
        channel: i64,
        (from, to): (i64, i64),
        then: &mut dyn FnMut(&[Point]) -> ControlFlow<()>,
    ) -> Result<()> {
        let tail = view.tail(channel, from, to);
        for month in self.months(from, to, &tail) {
            let (start, end) = month.span();
            let (start, end) = (start.max(from), end.min(to));
            let mine = tail.of_month(month);
            let flow = self.hot.months.read(month, coder, |reader| {
                let new = not_in(mine, through(reader.db)?);
                reader.scan(channel, start, end, &new, then)
            })?;
            let flow = match flow {
                Some(flow) => flow,
                None if mine.is_empty() => ControlFlow::Continue(()),
                None => {
                    let mut new = not_in(mine, i64::MIN);
                    resolve(&mut new);
                    then(&new)
                }
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn series_of(&self, view: &View, coder: &mut Coder, plan: &Plan, channel: i64) -> Result<Vec<Bucket>> {
        let (from, to) = plan.span();
        let mut gather = Gather::new(plan);
        let Some(level) = plan.level else {
            self.scan(view, coder, channel, (from, to), &mut |points| {
                points.iter().for_each(|point| gather.point(point));
                ControlFlow::Continue(())
            })?;
            return Ok(gather.buckets());
        };
        let tail = view.tail(channel, from, to);
        let width = LEVELS[level].0;
        for month in self.months(from, to, &tail) {
            let (start, end) = month.span();
            let (start, end) =
                (start.max(from).div_euclid(width), end.min(to).saturating_sub(1).div_euclid(width) + 1);
            let mine = tail.of_month(month);
            let found = self.hot.months.read(month, coder, |reader| {
                let new = not_in(mine, through(reader.db)?);
                reader.rows(level, channel, start, end, &new)
            })?;
            let found = found.unwrap_or_else(|| {
                let mut new = not_in(mine, i64::MIN);
                resolve(&mut new);
                sum_up(&new, level)
            });
            found.iter().for_each(|row| gather.row(row));
        }
        Ok(gather.buckets())
    }

    /// The series of each channel over `from..to` in `buckets` steps, or as many as there are milliseconds: each has the smallest
    /// and largest values of its readings, and none is left out, so that a breach of a second shows on a chart of years. Read from
    /// readings or from the coarsest rollup with a row for each step; from a rollup, the first and last step may reach a little
    /// beyond the span. Steps differ in length by one row of the rollup at most; answers with the longest.
    pub fn series(
        &self,
        channels: &[ChannelId],
        from: Timestamp,
        to: Timestamp,
        buckets: u32,
    ) -> Result<Series> {
        let plan = Plan::of(from, to, buckets.clamp(1, BUCKETS_MAX));
        let view = self.view();
        let mut coder = Coder::new();
        let channels = channels
            .iter()
            .map(|channel| Ok((*channel, self.series_of(&view, &mut coder, &plan, channel.0)?)));
        Ok(Series { width: plan.width(), channels: channels.collect::<Result<_>>()? })
    }

    /// The newest reading that fits.
    fn newest(&self, channel: i64, fits: &dyn Fn(&Point) -> bool) -> Result<Option<Reading>> {
        let (view, end) = {
            let state = self.hot.state();
            let Some(end) = state.ends.get(&channel).copied() else { return Ok(None) };
            (View { segments: state.segments.clone() }, end)
        };
        let tail = view.tail(channel, i64::MIN, i64::MAX);
        let mut coder = Coder::new();
        for month in self.months(i64::MIN, end.0.saturating_add(1), &tail).into_iter().rev() {
            let mine = tail.of_month(month);
            let found = self.hot.months.read(month, &mut coder, |reader| {
                let new = not_in(mine, through(reader.db)?);
                reader.newest(channel, &new, fits)
            })?;
            let found = found.unwrap_or_else(|| {
                let mut new = not_in(mine, i64::MIN);
                resolve(&mut new);
                new.into_iter().rev().find(|point| fits(point))
            });
            if let Some(point) = found {
                return reading(channel, &point).map(Some);
            }
        }
        Ok(None)
    }

    /// The newest reading of a channel, whatever its quality.
    pub fn latest(&self, channel: ChannelId) -> Result<Option<Reading>> {
        self.newest(channel.0, &|_| true)
    }

    /// The newest good reading of a channel.
    pub fn latest_good(&self, channel: ChannelId) -> Result<Option<Reading>> {
        self.newest(channel.0, &|point| i64::from(point.quality) == GOOD)
    }

    /// The newest reading of every channel that has any, by channel.
    pub fn latest_all(&self) -> Result<Vec<Reading>> {
        let channels: BTreeSet<i64> = self.hot.state().ends.keys().copied().collect();
        let mut all = Vec::with_capacity(channels.len());
        for channel in channels {
            all.extend(self.latest(ChannelId(channel))?);
        }
        Ok(all)
    }

    /// The first `limit` readings of a channel in `from..to`, in order of time.
    pub fn readings(
        &self,
        channel: ChannelId,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Reading>> {
        let mut all = Vec::new();
        if limit > 0 {
            self.for_each_reading(channel, from, to, &mut |reading| {
                all.push(reading.clone());
                if all.len() < limit as usize { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })?;
        }
        Ok(all)
    }

    /// Every reading of a channel in `from..to` in order of time, until told to break.
    pub fn for_each_reading(
        &self,
        channel: ChannelId,
        from: Timestamp,
        to: Timestamp,
        then: &mut dyn FnMut(&Reading) -> ControlFlow<()>,
    ) -> Result<()> {
        let mut failed = None;
        let view = self.view();
        self.scan(&view, &mut Coder::new(), channel.0, (from.0, to.0), &mut |points| {
            for point in points {
                match reading(channel.0, point) {
                    Ok(reading) => then(&reading)?,
                    Err(error) => {
                        failed = Some(error);
                        return ControlFlow::Break(());
                    }
                }
            }
            ControlFlow::Continue(())
        })?;
        failed.map_or(Ok(()), Err)
    }

    /// How many readings are stored, of one channel or of all.
    pub fn totals(&self, channel: Option<ChannelId>) -> Result<Totals> {
        let view = self.view();
        let mut totals = Counts::default();
        let mut tail: Vec<(Month, i64, Counts)> = Vec::new();
        for segment in &view.segments {
            for (_, points) in
                segment.channels().filter(|(id, _)| channel.is_none_or(|channel| channel.0 == *id))
            {
                for part in points.chunk_by(|a, b| a.at / 86_400_000 == b.at / 86_400_000) {
                    // Days of one month: one look each.
                    for part in part.chunk_by(|a, b| Month::of(a.at) == Month::of(b.at)) {
                        tail.push((Month::of(part[0].at), segment.to, Counts::of(part)));
                    }
                }
            }
            for (id, at) in &segment.demoted {
                if channel.is_none_or(|channel| channel.0 == *id) {
                    let change = Counts { good: -1, suspect: 1, bad: 0 };
                    tail.push((Month::of(*at), segment.to, change));
                }
            }
        }
        let mut months = self.hot.months.known();
        months.extend(tail.iter().map(|(month, _, _)| *month));
        let mut coder = Coder::new();
        for month in months {
            let found = self.hot.months.read(month, &mut coder, |reader| {
                Ok((reader.counts(channel.map(|c| c.0))?, through(reader.db)?))
            })?;
            let (kept, known) = found.unwrap_or((Counts::default(), i64::MIN));
            totals = totals.plus(kept);
            for (_, _, counts) in tail.iter().filter(|(of, row, _)| *of == month && *row > known) {
                totals = totals.plus(*counts);
            }
        }
        Ok(Totals { good: count(totals.good), suspect: count(totals.suspect), bad: count(totals.bad) })
    }

    /// What was found damaged so far and moved aside, and files that can't be opened.
    pub fn damaged(&self) -> Result<Vec<Damaged>> {
        let mut all: Vec<Damaged> = self
            .hot
            .months
            .damaged()
            .into_iter()
            .map(|(file, why)| Damaged { file, channel: None, span: None, readings: None, why })
            .collect();
        let own = self.file.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        all.extend(self.file.read("list what was damaged", |db| {
            rows(db, "SELECT readings, why FROM quarantine ORDER BY id", [], |row| {
                Ok(Damaged {
                    file: own.clone(),
                    channel: None,
                    span: None,
                    readings: Some(count(row.get(0)?)),
                    why: row.get(1)?,
                })
            })
        })?);
        for month in self.hot.months.known() {
            let found = self.hot.months.connection(month, super::month::quarantined)?.unwrap_or_default();
            all.extend(found.into_iter().map(|(channel, first, last, readings, why)| Damaged {
                file: month.file_name(),
                channel: Some(ChannelId(channel)),
                span: Some((Timestamp(first), Timestamp(last))),
                readings: Some(count(readings)),
                why,
            }));
        }
        Ok(all)
    }

    /// Grows whenever something more was found damaged: then [`Telemetry::damaged`] has more to say than before.
    pub fn damage_met(&self) -> u64 {
        self.hot.months.damage_met()
    }

    /// Reads every packed reading, each chunk with its checksum; what is damaged is moved aside, and listed by
    /// [`Telemetry::damaged`] when this returns.
    pub fn verify(&self) -> Result<Verified> {
        self.verify_until(&Stop::default())
    }

    /// The same, unless asked to stop: it looks between two months.
    pub fn verify_until(&self, stop: &Stop) -> Result<Verified> {
        let mut all = Verified::default();
        let mut coder = Coder::new();
        for month in self.hot.months.known() {
            stop.check()?;
            if let Some((chunks, readings)) =
                self.hot.months.read(month, &mut coder, |reader| reader.verify())?
            {
                all = Verified {
                    months: all.months + 1,
                    chunks: all.chunks + chunks,
                    readings: all.readings + readings,
                };
            }
        }
        if self.hot.months.has_broken() {
            self.pack()?;
        }
        Ok(all)
    }

    /// Removes the files of months that ended before `until`, readings and rollups; how many. What comes late for them makes them
    /// anew.
    pub fn forget_before(&self, until: Timestamp) -> Result<u32> {
        let mut removed = 0;
        for month in self.hot.months.known() {
            if month.span().1 <= until.0 {
                self.hot.months.remove(month)?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Packed files, oldest first, by name.
    pub fn month_files(&self) -> Vec<String> {
        self.hot.months.known().into_iter().map(Month::file_name).collect()
    }
}
