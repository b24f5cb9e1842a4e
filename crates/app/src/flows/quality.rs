//! How far readings are believed: the tests of each channel at work, and what tests and people said later, laid over what is on
//! record wherever it is read.

use crate::failure::Result;
use crate::limits;
use crate::open::Inner;
use crate::wire::shown::Shown;
use domain::calibration::{Standing, in_force};
use domain::quality::{DoubtSpan, effective, energy};
use domain::{
    Calibration, ChannelSpec, Doubt, Extra, Judge, Mark, Quality, RawReading, Reading, Remark, Tests, Verdict,
};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::ControlFlow;
use store::telemetry::Series;
use store::{ChannelQuality, Store};
use units::{ChannelId, DeviceId, Measure, Milli, Millis, Timestamp};

/// The setting that holds the units that the site shows, as a JSON list of symbols.
pub(crate) const SHOWN_UNITS: &str = "units.shown";

/// The units that the site shows; those that are not known here any more are left out.
pub(crate) fn site_units(store: &Store) -> Result<Vec<&'static Measure>> {
    let text = store.records.setting(SHOWN_UNITS)?;
    let symbols: Vec<String> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(symbols.iter().filter_map(|symbol| Measure::parse(symbol)).collect())
}

/// The tests, units and calibrations of every channel, and what they found of late.
#[derive(Default)]
pub(crate) struct Believed {
    judges: HashMap<ChannelId, Judge>,
    sets: HashMap<ChannelId, ChannelQuality>,
    calibrations: HashMap<ChannelId, Vec<Calibration>>,
    doubts: HashMap<ChannelId, Doubts>,
    /// The units that the site shows, one at most of each kind.
    site_units: Vec<&'static Measure>,
    /// Doubts from before the start have been read.
    filled: bool,
    told_minute: Option<i64>,
}

/// Readings of one channel in doubt, of the last days.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubts {
    spans: VecDeque<DoubtSpan>,
    /// Readings without a number: first, last, how many.
    pub no_number: Option<(Timestamp, Timestamp, u64)>,
}

impl Doubts {
    fn add(&mut self, new: DoubtSpan, reach: Millis) {
        let known = self.spans.iter_mut().rev().take(8).find(|span| {
            span.doubt == new.doubt && new.from - span.to <= reach && span.from - new.to <= reach
        });
        if let Some(span) = known {
            span.from = span.from.min(new.from);
            span.to = span.to.max(new.to);
            span.readings = span.readings.saturating_add(new.readings);
        } else {
            self.spans.push_back(new);
            if self.spans.len() > limits::DOUBT_SPANS_MAX {
                self.spans.pop_front();
            }
        }
    }

    fn note(&mut self, reading: &Reading, reach: Millis) {
        match reading.quality {
            Quality::Suspect(doubt) => {
                self.add(DoubtSpan { doubt, from: reading.at, to: reading.at, readings: 1 }, reach);
            }
            Quality::Bad(_) => {
                let (from, _, count) = self.no_number.unwrap_or((reading.at, reading.at, 0));
                self.no_number = Some((from, reading.at, count + 1));
            }
            Quality::Good | Quality::Interpolated => {}
        }
    }

    /// The spans that reach beyond `since`, oldest first.
    pub fn since(&self, since: Timestamp) -> impl Iterator<Item = &DoubtSpan> {
        self.spans.iter().filter(move |span| span.to >= since)
    }
}

impl Believed {
    /// What people set, from the store.
    pub fn load(store: &Store) -> Result<Self> {
        let mut believed = Self::default();
        for set in store.records.channel_qualities()? {
            believed.sets.insert(set.channel, set);
        }
        for one in store.records.calibrations()? {
            believed.calibrations.entry(one.channel).or_default().push(one);
        }
        believed.site_units = site_units(store)?;
        Ok(believed)
    }

    /// The site shows other units.
    pub fn show_in(&mut self, units: Vec<&'static Measure>) {
        self.site_units = units;
    }

    /// How a channel's values are shown: in the unit chosen for it, else in the site's for what it measures.
    pub fn shown(&self, spec: &ChannelSpec) -> Shown {
        let own = self.sets.get(&spec.id).map(|set| set.shown_unit.as_str()).filter(|unit| !unit.is_empty());
        let kind = Measure::parse(&spec.unit).map(|stored| stored.kind);
        let unit = match own {
            Some(own) => Measure::parse(own),
            None => self.site_units.iter().copied().find(|unit| Some(unit.kind) == kind),
        };
        Shown::new(&spec.unit, unit)
    }

    /// A channel is new, or its specification is.
    pub fn add(&mut self, spec: &ChannelSpec) {
        let tests = self.tests(spec);
        match self.judges.get_mut(&spec.id) {
            Some(judge) if *judge.tests() == tests => {}
            Some(judge) => judge.set(tests),
            None => {
                self.judges.insert(spec.id, Judge::new(tests));
            }
        }
    }

    /// A channel's newest readings before the start, in order of time.
    pub fn resume<'a>(&mut self, channel: ChannelId, readings: impl Iterator<Item = &'a Reading>) {
        let open = Tests {
            plausible_min: Milli(i64::MIN),
            plausible_max: Milli(i64::MAX),
            rate_per_minute_max: None,
            interval: Millis(0),
            extra: Extra::default(),
        };
        let judge = self.judges.entry(channel).or_insert_with(|| Judge::new(open));
        readings.for_each(|reading| judge.resume(reading));
    }

    pub fn forget(&mut self, channel: ChannelId) {
        self.judges.remove(&channel);
        self.doubts.remove(&channel);
        self.calibrations.remove(&channel);
        self.sets.remove(&channel);
    }

    /// What a person set for a channel, if anything.
    pub fn set_of(&self, channel: ChannelId) -> Option<&ChannelQuality> {
        self.sets.get(&channel)
    }

    /// A person set it otherwise.
    pub fn set(&mut self, set: ChannelQuality, spec: &ChannelSpec) {
        self.sets.insert(set.channel, set);
        self.add(spec);
    }

    /// The tests of a channel: those set, else what suits its unit.
    pub fn tests(&self, spec: &ChannelSpec) -> Tests {
        let usual = || Extra::usual(&spec.unit, spec.interval);
        Tests::of(spec, self.sets.get(&spec.id).map_or_else(usual, |set| set.extra))
    }

    /// A channel's calibrations, oldest first.
    pub fn calibrations(&self, channel: ChannelId) -> &[Calibration] {
        self.calibrations.get(&channel).map_or(&[], Vec::as_slice)
    }

    pub fn calibrated(&mut self, one: Calibration) {
        self.calibrations.entry(one.channel).or_default().push(one);
        self.told_minute = None;
    }

    pub fn doubts(&self, channel: ChannelId) -> Option<&Doubts> {
        self.doubts.get(&channel)
    }

    /// A raw value converted, calibrated and judged. The raw one follows from it: see [`Believed::raw_of`].
    pub fn admit(
        &mut self,
        raw: &RawReading,
        spec: &ChannelSpec,
        arrived_at: Timestamp,
        own_sequence: i64,
    ) -> (Reading, Option<Remark>) {
        let converted = self.conversion(spec).map(|(from, to)| RawReading {
            value: raw.value.map(|value| from.convert(value, to).unwrap_or(value)),
            ..raw.clone()
        });
        let raw = converted.as_ref().unwrap_or(raw);
        let calibration = self.calibrations.get(&spec.id).and_then(|history| in_force(history, arrived_at));
        let calibrated = calibration
            .map(|one| RawReading { value: raw.value.map(|value| one.apply(value)), ..raw.clone() });
        let raw = calibrated.as_ref().unwrap_or(raw);
        let tests = self.judges.get(&spec.id).map_or_else(|| self.tests(spec), |judge| *judge.tests());
        let judge = self.judges.entry(spec.id).or_insert_with(|| Judge::new(tests));
        let (reading, remark) = judge.admit(raw, spec.id, arrived_at, own_sequence);
        if reading.quality != Quality::Good || remark.is_some() {
            let doubts = self.doubts.entry(spec.id).or_default();
            let reach = tests.reach();
            if let Some(remark) = remark {
                let Remark { doubt, from, to, readings, .. } = remark;
                doubts.add(DoubtSpan { doubt, from, to, readings }, reach);
            }
            doubts.note(&reading, reach);
        }
        (reading, remark)
    }

    /// From the device's unit to the stored one, where they differ.
    fn conversion(&self, spec: &ChannelSpec) -> Option<(&'static Measure, &'static Measure)> {
        let raw = self.sets.get(&spec.id).map(|set| set.raw_unit.as_str()).filter(|unit| !unit.is_empty())?;
        let (from, to) = (Measure::parse(raw)?, Measure::parse(&spec.unit)?);
        (from != to).then_some((from, to))
    }

    /// A reading's value as the device sent it, to a thousandth of what slope and unit make of one.
    pub fn raw_of(&self, spec: &ChannelSpec, reading: &Reading) -> Option<Milli> {
        let value = reading.value?;
        let history = self.calibrations(spec.id);
        let level = in_force(history, reading.arrived_at).map_or(value, |one| one.raw_of(value));
        match self.conversion(spec) {
            Some((from, to)) => to.convert(level, from),
            None => Some(level),
        }
    }

    /// Once a minute: which devices have a sensor whose calibration ends soon or has ended, and which have none.
    pub fn calibrations_due(
        &mut self,
        specs: &HashMap<ChannelId, ChannelSpec>,
        now: Timestamp,
    ) -> Vec<(DeviceId, bool)> {
        let minute = now.0 / 60_000;
        if self.told_minute.replace(minute) == Some(minute) {
            return Vec::new();
        }
        let mut devices: BTreeMap<DeviceId, bool> = BTreeMap::new();
        for (channel, history) in &self.calibrations {
            let (Some(spec), Some(newest)) = (specs.get(channel), history.last()) else { continue };
            *devices.entry(spec.device).or_default() |= newest.standing(now.utc_day()) != Standing::Valid;
        }
        devices.into_iter().collect()
    }
}

/// What was said later of the readings of one channel.
#[derive(Default)]
struct Said {
    remarks: Vec<Remark>,
    marks: Vec<Mark>,
}

impl Said {
    /// What `from..to` is covered by, overlapping spans as one.
    fn spans(&self, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let remarks = self.remarks.iter().map(|remark| (remark.from, remark.to));
        let marks = self.marks.iter().map(|mark| (mark.from, mark.to));
        let mut spans: Vec<(Timestamp, Timestamp)> = remarks
            .chain(marks)
            .map(|(a, b)| (a.max(from), b.min(to - Millis(1))))
            .filter(|(a, b)| a <= b)
            .collect();
        spans.sort_unstable();
        let mut joined: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (a, b) in spans {
            match joined.last_mut() {
                Some(last) if a <= last.1 => last.1 = last.1.max(b),
                _ => joined.push((a, b)),
            }
        }
        joined
    }
}

impl Inner {
    fn said(&self, channel: ChannelId, from: Timestamp, to: Timestamp) -> Result<Said> {
        let marks = self.store.records.marks(channel, from, to)?;
        Ok(Said {
            remarks: self.store.telemetry.remarks(channel, from, to)?,
            marks: marks
                .into_iter()
                .filter(|saved| saved.taken_back.is_none())
                .map(|saved| saved.mark)
                .collect(),
        })
    }

    /// Every reading of a channel in `from..to` in order of time, believed as far as tests and people say today.
    pub fn believed_readings(
        &self,
        channel: ChannelId,
        from: Timestamp,
        to: Timestamp,
        then: &mut dyn FnMut(&Reading) -> ControlFlow<()>,
    ) -> Result<()> {
        let Said { remarks, marks } = self.said(channel, from, to)?;
        if remarks.is_empty() && marks.is_empty() {
            return Ok(self.store.telemetry.for_each_reading(channel, from, to, then)?);
        }
        self.store.telemetry.for_each_reading(channel, from, to, &mut |reading| {
            let quality = effective(reading, &remarks, &marks);
            if quality == reading.quality {
                then(reading)
            } else {
                then(&Reading { quality, ..reading.clone() })
            }
        })?;
        Ok(())
    }

    /// [`store::Telemetry::series`] with what tests and people said later: buckets that it touches are made anew from their
    /// readings, up to a bound; beyond it they are shaded.
    pub fn believed_series(
        &self,
        channels: &[ChannelId],
        from: Timestamp,
        to: Timestamp,
        buckets: u32,
    ) -> Result<Series> {
        let mut series = self.store.telemetry.series(channels, from, to, buckets)?;
        let width = Millis(series.width.0.max(1));
        for (channel, all) in &mut series.channels {
            let (Some(first), Some(last)) = (all.first().map(|b| b.at), all.last().map(|b| b.at)) else {
                continue;
            };
            let said = self.said(*channel, first, last + width)?;
            let mut left = limits::SAID_READINGS_MAX;
            for (a, b) in said.spans(first, last + width) {
                let start = all.partition_point(|bucket| bucket.at + width <= a);
                let end = all.partition_point(|bucket| bucket.at <= b);
                for bucket in &mut all[start..end] {
                    let seen = u64::from(bucket.count) + u64::from(bucket.suspect);
                    if seen > left {
                        bucket.suspect = bucket.suspect.max(1);
                        continue;
                    }
                    left -= seen;
                    let mut readings = Vec::new();
                    let until = bucket.at + width;
                    self.store.telemetry.for_each_reading(*channel, bucket.at, until, &mut |reading| {
                        let quality = effective(reading, &said.remarks, &said.marks);
                        readings.push(Reading { quality, ..reading.clone() });
                        ControlFlow::Continue(())
                    })?;
                    // A bucket whose readings are elsewhere by now stays as its rollup has it.
                    if readings.is_empty() {
                        continue;
                    }
                    let good: Vec<i64> = readings
                        .iter()
                        .filter(|reading| reading.quality == Quality::Good)
                        .filter_map(|reading| reading.value.map(|value| value.0))
                        .collect();
                    bucket.min = good.iter().min().map(|v| Milli(*v));
                    bucket.max = good.iter().max().map(|v| Milli(*v));
                    bucket.last = good.last().map(|v| Milli(*v));
                    bucket.mean = (!good.is_empty()).then(|| {
                        let sum: i128 = good.iter().map(|v| i128::from(*v)).sum();
                        Milli(i64::try_from(sum / good.len() as i128).unwrap_or(i64::MAX))
                    });
                    bucket.count = u32::try_from(good.len()).unwrap_or(u32::MAX);
                    bucket.suspect = u32::try_from(readings.len() - good.len()).unwrap_or(u32::MAX);
                }
            }
        }
        Ok(series)
    }

    /// The straight lines that stand in for readings of a channel in `from..to`.
    pub fn fills(&self, channel: ChannelId, from: Timestamp, to: Timestamp) -> Result<Vec<domain::Fill>> {
        let said = self.said(channel, from, to)?;
        let fill = |mark: Mark| if let Verdict::Filled(fill) = mark.verdict { Some(fill) } else { None };
        Ok(said.marks.into_iter().filter_map(fill).collect())
    }

    /// Energy of a power channel: measured, and over spans that a person had filled in.
    pub fn energy(
        &self,
        spec: &ChannelSpec,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<domain::quality::Energy> {
        let fills = self.fills(spec.id, from, to)?;
        let mut readings = Vec::new();
        self.believed_readings(spec.id, from, to, &mut |reading| {
            if reading.quality == Quality::Good {
                readings.push(reading.clone());
            }
            if readings.len() < limits::ENERGY_READINGS_MAX {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        for fill in fills {
            readings.retain(|reading| reading.at <= fill.from || reading.at >= fill.to);
            readings.extend(fill.readings(spec.id, Millis::minutes(1)));
        }
        readings.sort_by_key(|reading| (reading.at, reading.sequence));
        Ok(energy(&readings, Millis(spec.interval.0.saturating_mul(5).max(60_000))))
    }

    /// What is in doubt about a channel in `since..now`, from what is on record. Hours with any are found by the rollups.
    pub fn doubts_of(&self, spec: &ChannelSpec, since: Timestamp, now: Timestamp) -> Result<Doubts> {
        let mut doubts = Doubts::default();
        let reach = Millis(spec.interval.0.saturating_mul(5).max(60_000));
        let hours = u32::try_from((now - since).0 / 3_600_000).unwrap_or(u32::MAX).clamp(1, 2_400);
        let series = self.store.telemetry.series(&[spec.id], since, now, hours)?;
        let doubtful =
            series.channels.iter().flat_map(|(_, buckets)| buckets).filter(|bucket| bucket.suspect > 0);
        let doubtful: Vec<Timestamp> = doubtful.map(|bucket| bucket.at).collect();
        let said = self.said(spec.id, since, now)?;
        let newest = doubtful.iter().rev().take(limits::DOUBT_HOURS_MAX).map(|at| (*at, *at + series.width));
        let mut spans: Vec<(Timestamp, Timestamp)> =
            newest.chain(said.spans(since, now).into_iter().map(|(a, b)| (a, b + Millis(1)))).collect();
        spans.sort_unstable();
        let mut read_to = since;
        for (from, to) in spans {
            let from = from.max(read_to);
            if from >= to {
                continue;
            }
            self.store.telemetry.for_each_reading(spec.id, from, to, &mut |reading| {
                let quality = effective(reading, &said.remarks, &said.marks);
                doubts.note(&Reading { quality, ..reading.clone() }, reach);
                ControlFlow::Continue(())
            })?;
            read_to = to;
        }
        Ok(doubts)
    }

    /// Reads the doubts of a channel again: something was said of its readings.
    pub fn renew_doubts(&self, spec: &ChannelSpec) -> Result<()> {
        self.excursions.forget(spec.id);
        self.kinetic.forget();
        let now = self.now();
        let doubts = self.doubts_of(spec, now - limits::DOUBTS_REACH, now)?;
        self.live.lock().believed.doubts.insert(spec.id, doubts);
        Ok(())
    }

    /// Reads the doubts from before the start, once.
    pub fn fill_doubts(&self) -> Result<()> {
        let specs: Vec<ChannelSpec> = {
            let mut state = self.live.lock();
            if std::mem::replace(&mut state.believed.filled, true) {
                return Ok(());
            }
            state.specs.values().cloned().collect()
        };
        specs.iter().try_for_each(|spec| self.renew_doubts(spec))
    }
}

/// The word of a doubt.
pub(crate) fn doubt_word(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::OutOfRange => "OutOfRange",
        Doubt::RateOfChange => "RateOfChange",
        Doubt::ClockDrift => "ClockDrift",
        Doubt::Conflict => "Conflict",
        Doubt::Stuck => "Stuck",
        Doubt::Spike => "Spike",
        Doubt::Repeat => "Repeat",
        Doubt::Questioned => "Questioned",
    }
}
