//! Values of one channel to how far each is believed: tests on the stream, tried on history before they are set.
//!
//! [`Judge`] takes readings one by one and keeps a handful of numbers, whatever the history's length. It marks; it never drops
//! or changes a value. Two tests know only later: that the reading before was a spike, and that a run which is now too long
//! was stuck from its start. They answer with a [`Remark`] on readings that are on record by then; the record gets the remark
//! beside them. What people say of a span is a [`Mark`] and goes before what the tests say. [`effective`] joins the three.
//! Does not know where readings, remarks and marks are kept.
//!
//! The tests are those of the QARTOD manuals for sea water temperature (IOOS 2020: gross range, rate of change, flat line,
//! spike), with limits in the channel's own unit instead of standard deviations: a warehouse has no climatology.

use crate::{ChannelSpec, Doubt, Quality, RawReading, Reading};
use units::{ChannelId, Measure, MeasureKind, Milli, Millis, Timestamp};

#[cfg(test)]
mod tests;

/// The tests that a channel has beyond those of its [`ChannelSpec`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// The value is stuck when it has not moved for this long.
    pub stuck_after: Option<Millis>,
    /// It has not moved while it stays within this of where it stood: the resolution of the sensor, or its last digit.
    pub stuck_band: Milli,
    /// At this value it may stand for ever: a machine that is off draws nothing.
    pub still_at: Option<Milli>,
    /// A reading further than this from both neighbours, on one side, is a spike.
    pub spike: Option<Milli>,
    /// The same value for the same instant under another number is a repeat.
    pub repeats: bool,
}

/// All tests of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tests {
    /// Below this the sensor, not the room, is wrong.
    pub plausible_min: Milli,
    /// Above this the sensor, not the room, is wrong.
    pub plausible_max: Milli,
    /// The fastest credible change a minute.
    pub rate_per_minute_max: Option<Milli>,
    /// How often a reading is expected.
    pub interval: Millis,
    /// The others.
    pub extra: Extra,
}

impl Extra {
    /// What suits a unit where nobody has said otherwise. A slow channel may well show a true peak in a single reading,
    /// so only fast ones are tested for spikes; what steps (power, speed) is not.
    pub fn usual(unit: &str, interval: Millis) -> Self {
        let Some(measure) = Measure::parse(unit) else { return Self::default() };
        let fast = interval <= Millis::minutes(1);
        // Written in the stored unit of the kind.
        let base = measure.siblings().next().unwrap_or(measure);
        let span = |thousandths| base.convert_difference(Milli(thousandths), measure);
        let repeats = interval >= Millis::seconds(1);
        match measure.kind {
            MeasureKind::Temperature => Self {
                stuck_after: Some(Millis::hours(12)),
                spike: span(2_000).filter(|_| fast),
                repeats,
                ..Self::default()
            },
            MeasureKind::Power => Self {
                stuck_after: Some(Millis::hours(12)),
                still_at: Some(Milli::ZERO),
                repeats,
                ..Self::default()
            },
            MeasureKind::Share => Self { spike: span(15_000).filter(|_| fast), repeats, ..Self::default() },
            _ => Self { repeats, ..Self::default() },
        }
    }
}

/// What a sensor of a unit can credibly say, and how fast it can move in a minute, where nobody has said otherwise.
pub fn plausible(unit: &str) -> (Milli, Milli, Option<Milli>) {
    let open = (Milli(i64::MIN / 4), Milli(i64::MAX / 4), None);
    let Some(measure) = Measure::parse(unit) else { return open };
    let base = measure.siblings().next().unwrap_or(measure);
    let (low, high, rate) = match measure.kind {
        MeasureKind::Temperature => (-60_000, 100_000, Some(5_000)),
        MeasureKind::Share => (0, 100_000, None),
        MeasureKind::Power => (-1_000_000, 1_000_000, None),
        MeasureKind::Vibration => (0, 100_000, None),
        MeasureKind::Speed => (0, 400_000, None),
        MeasureKind::Frequency => (0, 1_000_000, None),
        MeasureKind::Concentration => (0, 100_000_000, None),
        MeasureKind::MixingRatio => (0, 100_000, None),
        _ => return open,
    };
    let level = |thousandths, otherwise| base.convert(Milli(thousandths), measure).unwrap_or(otherwise);
    (
        level(low, open.0),
        level(high, open.1),
        rate.and_then(|rate| base.convert_difference(Milli(rate), measure)),
    )
}

impl Tests {
    /// The tests of a channel.
    pub fn of(spec: &ChannelSpec, extra: Extra) -> Self {
        Self {
            plausible_min: spec.plausible_min,
            plausible_max: spec.plausible_max,
            rate_per_minute_max: spec.rate_per_minute_max,
            interval: spec.interval,
            extra,
        }
    }

    /// What is wrong with these settings, if anything is.
    pub fn fault(&self) -> Option<&'static str> {
        let Extra { stuck_after, stuck_band, spike, .. } = self.extra;
        if self.plausible_min >= self.plausible_max {
            return Some("the smallest credible value is not below the largest");
        }
        if self.rate_per_minute_max.is_some_and(|rate| rate.0 <= 0) {
            return Some("the fastest credible change is above zero");
        }
        if stuck_after.is_some_and(|after| after < Millis::minutes(1) || after > Millis::days(366)) {
            return Some("a value is stuck after a minute at least and a year at most");
        }
        if stuck_after.is_some_and(|after| after.0 < self.interval.0.saturating_mul(3)) {
            return Some("a value is stuck after three of its intervals at least");
        }
        if stuck_band.0 < 0 {
            return Some("the band of a stuck value is not negative");
        }
        if spike.is_some_and(|spike| spike.0 <= 0) {
            return Some("a spike is above zero");
        }
        if spike.is_some_and(|spike| spike <= stuck_band) {
            return Some("a spike is further than the band of a stuck value");
        }
        None
    }

    /// Readings further apart than this say nothing of each other: after a gap of several intervals the room may be
    /// anywhere.
    pub fn reach(&self) -> Millis {
        Millis(self.interval.0.saturating_mul(5).max(60_000))
    }
}

/// A later word of the tests on readings that are on record: it is written beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Whose.
    pub channel: ChannelId,
    /// The first reading meant.
    pub from: Timestamp,
    /// The last reading meant.
    pub to: Timestamp,
    /// Only the reading of this number, where one is meant.
    pub sequence: Option<i64>,
    /// Why.
    pub doubt: Doubt,
    /// How many good readings it is on.
    pub readings: u32,
}

/// What a person says of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The values are right, whatever the tests say.
    Good,
    /// They are doubtful.
    Suspect,
    /// They are wrong.
    Bad,
    /// There is nothing, or nothing of use: a straight line stands in.
    Filled(Fill),
}

/// A straight line over a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// From this instant.
    pub from: Timestamp,
    /// With this value.
    pub from_value: Milli,
    /// Until this instant.
    pub to: Timestamp,
    /// With this value.
    pub to_value: Milli,
}

impl Fill {
    /// The value at an instant of the span, to the nearest thousandth.
    pub fn at(&self, at: Timestamp) -> Option<Milli> {
        let (span, gone) = (i128::from((self.to - self.from).0), i128::from((at - self.from).0));
        if gone < 0 || gone > span {
            return None;
        }
        if span == 0 {
            return Some(self.from_value);
        }
        let rise = (i128::from(self.to_value.0) - i128::from(self.from_value.0)) * gone;
        let half = if rise < 0 { -span / 2 } else { span / 2 };
        i64::try_from(i128::from(self.from_value.0) + (rise + half) / span).ok().map(Milli)
    }

    /// The line as readings a `step` apart, without its ends, which somebody measured. At most 100,000.
    pub fn readings(&self, channel: ChannelId, step: Millis) -> Vec<Reading> {
        let span = (self.to - self.from).0;
        let step = step.0.max(1).max(span / 100_000);
        let mut made = Vec::new();
        let mut at = self.from + Millis(step);
        while at < self.to {
            made.push(Reading {
                channel,
                at,
                arrived_at: at,
                sequence: 0,
                value: self.at(at),
                quality: Quality::Interpolated,
            });
            at = at + Millis(step);
        }
        made
    }
}

/// A person's word on a span of a channel; the latest one that stands goes before all others and before the tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Whose.
    pub channel: ChannelId,
    /// From this instant.
    pub from: Timestamp,
    /// Until this instant, which belongs to it.
    pub to: Timestamp,
    /// What.
    pub verdict: Verdict,
}

/// How far a reading is believed after all that was said of it. `remarks` and `marks` are of its channel, oldest first.
pub fn effective(reading: &Reading, remarks: &[Remark], marks: &[Mark]) -> Quality {
    if reading.value.is_none() || reading.quality == Quality::Interpolated {
        return reading.quality;
    }
    let within = |from: Timestamp, to: Timestamp| (from..=to).contains(&reading.at);
    if let Some(mark) = marks.iter().rfind(|mark| within(mark.from, mark.to)) {
        return match mark.verdict {
            Verdict::Good => Quality::Good,
            Verdict::Suspect => Quality::Suspect(Doubt::Questioned),
            Verdict::Bad => Quality::Bad(crate::RawFault::Rejected),
            // The ends of the line were measured; what lies between was found of no use.
            Verdict::Filled(fill) if reading.at == fill.from || reading.at == fill.to => reading.quality,
            Verdict::Filled(_) => match reading.quality {
                Quality::Good => Quality::Suspect(Doubt::Questioned),
                other => other,
            },
        };
    }
    if reading.quality != Quality::Good {
        return reading.quality;
    }
    let said = remarks.iter().rfind(|remark| {
        within(remark.from, remark.to) && remark.sequence.is_none_or(|sequence| sequence == reading.sequence)
    });
    said.map_or(Quality::Good, |remark| Quality::Suspect(remark.doubt))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Point {
    at: Timestamp,
    sequence: i64,
    value: Milli,
}

/// A good reading that leapt away from the one before it: the next one tells whether it was a spike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Leap {
    before: Point,
    to: Point,
}

/// Readings that stand still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    value: Milli,
    since: Timestamp,
    last: Timestamp,
    good: u32,
    told: bool,
}

/// The tests of one channel at work: readings in, in order of time; how far each is believed out. A reading older than the
/// newest is judged by its range alone and leaves no trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judge {
    tests: Tests,
    newest: Option<Point>,
    good: Option<Point>,
    leap: Option<Leap>,
    run: Option<Run>,
}

fn distance(a: Milli, b: Milli) -> u64 {
    a.0.abs_diff(b.0)
}

impl Judge {
    /// Has seen nothing yet.
    pub fn new(tests: Tests) -> Self {
        Self { tests, newest: None, good: None, leap: None, run: None }
    }

    /// The tests.
    pub fn tests(&self) -> &Tests {
        &self.tests
    }

    /// Judges by other tests from the next reading on.
    pub fn set(&mut self, tests: Tests) {
        self.tests = tests;
        self.leap = None;
        self.run = None;
    }

    /// Takes a stored reading as seen, without judging it again.
    pub fn resume(&mut self, reading: &Reading) {
        let Some(value) = reading.value else { return };
        let point = Point { at: reading.at, sequence: reading.sequence, value };
        let before = self.newest.replace(point);
        if reading.quality == Quality::Good {
            self.good = Some(point);
            self.stand(point, before, true);
        }
    }

    /// Since when the channel has been stuck, where it is.
    pub fn stuck_since(&self) -> Option<Timestamp> {
        self.run.filter(|run| run.told).map(|run| run.since)
    }

    /// Judges one raw value as it arrives.
    pub fn admit(
        &mut self,
        raw: &RawReading,
        channel: ChannelId,
        arrived_at: Timestamp,
        own_sequence: i64,
    ) -> (Reading, Option<Remark>) {
        let credible = raw.device_at.filter(|at| *at - arrived_at <= crate::reading::CLOCK_AHEAD_MAX);
        let mut reading = Reading {
            channel,
            at: credible.unwrap_or(arrived_at),
            arrived_at,
            sequence: raw.sequence.unwrap_or(own_sequence),
            value: raw.value.ok(),
            quality: match raw.value {
                Err(fault) => Quality::Bad(fault),
                Ok(_) if raw.device_at.is_some() && credible.is_none() => Quality::Suspect(Doubt::ClockDrift),
                Ok(_) => Quality::Good,
            },
        };
        let remark = self.step(&mut reading);
        (reading, remark)
    }

    /// Judges a reading anew; a stored one keeps what only its arrival could tell (no number, a clock astray, a conflict).
    pub fn step(&mut self, reading: &mut Reading) -> Option<Remark> {
        let value = reading.value?;
        if value < self.tests.plausible_min || value > self.tests.plausible_max {
            reading.quality = Quality::Suspect(Doubt::OutOfRange);
            return None;
        }
        if let Quality::Bad(_)
        | Quality::Interpolated
        | Quality::Suspect(Doubt::ClockDrift | Doubt::Conflict) = reading.quality
        {
            return None;
        }
        reading.quality = Quality::Good;
        let point = Point { at: reading.at, sequence: reading.sequence, value };
        if let Some(newest) = self.newest {
            if point.at < newest.at {
                return None;
            }
            let again =
                point.at == newest.at && point.value == newest.value && point.sequence != newest.sequence;
            if again && self.tests.extra.repeats {
                reading.quality = Quality::Suspect(Doubt::Repeat);
                return None;
            }
        }
        let before = self.newest.replace(point);
        let spike = self.land(reading.channel, point);
        if self.too_fast(point) {
            reading.quality = Quality::Suspect(Doubt::RateOfChange);
        }
        let stuck = self.stand(point, before, reading.quality == Quality::Good);
        if let (Some(_), Quality::Good) = (stuck, reading.quality) {
            reading.quality = Quality::Suspect(Doubt::Stuck);
        }
        if reading.quality == Quality::Good {
            self.leap = self
                .good
                .filter(|before| self.leaps(*before, point))
                .map(|before| Leap { before, to: point });
            self.good = Some(point);
        }
        // A run has stood for longer than a spike lasts, so there is one remark at most.
        let stuck = stuck.flatten().map(|remark| Remark { channel: reading.channel, ..remark });
        spike.or(stuck)
    }

    fn near(&self, before: Timestamp, at: Timestamp) -> bool {
        let span = at - before;
        span.0 > 0 && span <= self.tests.reach()
    }

    fn leaps(&self, before: Point, point: Point) -> bool {
        self.tests
            .extra
            .spike
            .is_some_and(|spike| distance(before.value, point.value) > spike.0.unsigned_abs())
            && self.near(before.at, point.at)
    }

    /// Whether the reading after a leap is back where the leap began: then the leap was a spike, and what was good before
    /// it is what the next is held against.
    fn land(&mut self, channel: ChannelId, point: Point) -> Option<Remark> {
        let Leap { before, to } = self.leap.take()?;
        let back = (to.value > before.value) == (to.value > point.value);
        if !(back && self.leaps(to, point)) {
            return None;
        }
        self.good = Some(before);
        Some(Remark {
            channel,
            from: to.at,
            to: to.at,
            sequence: Some(to.sequence),
            doubt: Doubt::Spike,
            readings: 1,
        })
    }

    fn too_fast(&self, point: Point) -> bool {
        let (Some(rate_max), Some(before)) = (self.tests.rate_per_minute_max, self.good) else {
            return false;
        };
        if !self.near(before.at, point.at) {
            return false;
        }
        // The resolution of a sensor makes short spans look steep: allow at least half a minute's change.
        let span = (point.at - before.at).0.max(30_000).unsigned_abs();
        let allowed = u128::from(rate_max.0.unsigned_abs()) * u128::from(span) / 60_000;
        u128::from(distance(point.value, before.value)) > allowed
    }

    /// Whether it has stood still for too long; with it, the first time, the word on the run so far.
    fn stand(&mut self, point: Point, before: Option<Point>, good: bool) -> Option<Option<Remark>> {
        let Extra { stuck_after, stuck_band, still_at, .. } = self.tests.extra;
        let after = stuck_after?;
        let band = stuck_band.0.unsigned_abs();
        let reach = self.tests.reach();
        if still_at.is_some_and(|still| distance(still, point.value) <= band) {
            self.run = None;
            return None;
        }
        let fresh =
            Run { value: point.value, since: point.at, last: point.at, good: u32::from(good), told: false };
        let Some(run) = self
            .run
            .as_mut()
            .filter(|run| distance(run.value, point.value) <= band && point.at - run.last <= reach)
        else {
            // Of an instant with two values neither begins a run: a remark on a span would be on both.
            self.run = Some(fresh).filter(|_| before.is_none_or(|before| before.at != point.at));
            return None;
        };
        let last = std::mem::replace(&mut run.last, point.at);
        if point.at - run.since < after {
            run.good = run.good.saturating_add(u32::from(good));
            return None;
        }
        if run.told {
            return Some(None);
        }
        run.told = true;
        Some((run.good > 0).then_some(Remark {
            channel: ChannelId(0),
            from: run.since,
            to: last,
            sequence: None,
            doubt: Doubt::Stuck,
            readings: run.good,
        }))
    }
}

/// The order in which readings of one arrival are judged, whatever the order they came in: by the device's time, then by its own
/// count. Those without either stay as they came.
pub fn in_order(readings: &mut [RawReading]) {
    readings.sort_by_key(|reading| (reading.device_at, reading.sequence));
}

/// Spans that a trial keeps at most; more are counted, not listed.
pub const SPANS_MAX: usize = 400;

/// Marked readings next to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoubtSpan {
    /// Why they are marked.
    pub doubt: Doubt,
    /// The first.
    pub from: Timestamp,
    /// The last.
    pub to: Timestamp,
    /// How many.
    pub readings: u32,
}

/// What tests would do to a stretch of history: readings in, in order of time; counts and spans out.
#[derive(Clone, Debug)]
pub struct Trial {
    judge: Judge,
    /// Readings with a number.
    pub readings: u64,
    /// Those that would be marked.
    pub marked: u64,
    /// Those without a number, which no test judges.
    pub bad: u64,
    /// Spans beyond [`SPANS_MAX`].
    pub spans_left_out: u64,
    spans: Vec<DoubtSpan>,
    kinds: Vec<(Doubt, u64)>,
}

impl Trial {
    /// Of these tests.
    pub fn new(tests: Tests) -> Self {
        Self {
            judge: Judge::new(tests),
            readings: 0,
            marked: 0,
            bad: 0,
            spans_left_out: 0,
            spans: Vec::new(),
            kinds: Vec::new(),
        }
    }

    /// The next reading of the history.
    pub fn push(&mut self, reading: &Reading) {
        let mut reading = reading.clone();
        if reading.value.is_none() {
            self.bad += 1;
            return;
        }
        self.readings += 1;
        let remark = self.judge.step(&mut reading);
        if let Some(remark) = remark {
            self.span(DoubtSpan {
                doubt: remark.doubt,
                from: remark.from,
                to: remark.to,
                readings: remark.readings,
            });
        }
        if let Quality::Suspect(doubt) = reading.quality {
            self.span(DoubtSpan { doubt, from: reading.at, to: reading.at, readings: 1 });
        }
    }

    fn span(&mut self, new: DoubtSpan) {
        self.marked += u64::from(new.readings);
        match self.kinds.iter_mut().find(|(doubt, _)| *doubt == new.doubt) {
            Some((_, count)) => *count += u64::from(new.readings),
            None => self.kinds.push((new.doubt, u64::from(new.readings))),
        }
        let reach = self.judge.tests.reach();
        let known = self.spans.iter_mut().rev().take(8).find(|span| {
            span.doubt == new.doubt && new.from - span.to <= reach && span.doubt != Doubt::Spike
        });
        if let Some(span) = known {
            span.from = span.from.min(new.from);
            span.to = span.to.max(new.to);
            span.readings = span.readings.saturating_add(new.readings);
        } else if self.spans.len() < SPANS_MAX {
            self.spans.push(new);
        } else {
            self.spans_left_out += 1;
        }
    }

    /// Why they would be marked, and how many of each.
    pub fn kinds(&self) -> impl Iterator<Item = (Doubt, u64)> {
        self.kinds.iter().copied()
    }

    /// What would be marked, in order of time.
    pub fn spans(&self) -> Vec<DoubtSpan> {
        let mut spans = self.spans.clone();
        spans.sort_by_key(|span| (span.from, span.to));
        spans
    }
}

/// Energy of a power channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Energy {
    /// Thousandths of an hour's worth of the unit, from readings: of kW, Wh/1 000 kWh.
    pub measured: Milli,
    /// The same over spans that a person had filled in.
    pub filled: Milli,
}

/// The integral of a channel over time, in its unit times hours (kW to kWh): straight lines between readings no further apart than
/// `gap_max`. What touches a filled-in value is told apart and is no part of what was measured. Readings in order of time.
pub fn energy<'a>(readings: impl IntoIterator<Item = &'a Reading>, gap_max: Millis) -> Energy {
    let (mut measured, mut filled) = (0_i128, 0_i128);
    let mut before: Option<(Timestamp, Milli, bool)> = None;
    for reading in readings {
        let made = reading.quality == Quality::Interpolated;
        let (Some(value), true) = (reading.value, made || reading.quality == Quality::Good) else { continue };
        if let Some((at, last, last_made)) = before
            && (reading.at - at <= gap_max || made || last_made)
        {
            // Twice the area, in thousandths times milliseconds.
            let area = (i128::from(last.0) + i128::from(value.0)) * i128::from((reading.at - at).0);
            *(if made || last_made { &mut filled } else { &mut measured }) += area;
        }
        before = Some((reading.at, value, made));
    }
    let hours = |area: i128| {
        let whole = 2 * 3_600_000;
        let half = if area < 0 { -whole / 2 } else { whole / 2 };
        Milli(i64::try_from((area + half) / whole).unwrap_or(if area < 0 { i64::MIN } else { i64::MAX }))
    };
    Energy { measured: hours(measured), filled: hours(filled) }
}
