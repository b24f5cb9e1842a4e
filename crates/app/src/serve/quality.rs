//! How far readings are believed: the list of doubts, tests and their trial, calibrations, marks.

use super::zone_names;
use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::quality::doubt_word;
use crate::flows::telemetry::State;
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use crate::wire::shown::Shown;
use contract::*;
use domain::calibration::{SLOPE_ONE, Standing, in_force, through};
use domain::{Actor, Calibration, ChannelSpec, Extra, Fill, Mark, Quality, Reading, Tests, Trial, Verdict};
use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use store::Seen;
use units::{Measure, MeasureKind, Milli, Millis, Timestamp};

/// Kinds of doubt, the worst first.
const KINDS: [&str; 15] = [
    "CalibrationExpired",
    "Stuck",
    "NoNumber",
    "Missing",
    "OutOfRange",
    "Conflict",
    "ClockDrift",
    "DeviceClock",
    "RateOfChange",
    "Spike",
    "Questioned",
    "Repeat",
    "CalibrationDue",
    "UnitUnknown",
    "NoLimits",
];

/// Those that wait for somebody to set something up: listed, but nobody is called for them.
const SET_UP: [&str; 2] = ["UnitUnknown", "NoLimits"];

/// A clock that is further astray than this is a doubt: what the Devices page warns of.
const CLOCK_ASTRAY: Millis = Millis::minutes(1);

type SeenByKind<'a> = HashMap<(ChannelId, &'a str), &'a Seen>;

fn by_kind(seen: &[Seen]) -> SeenByKind<'_> {
    seen.iter().map(|one| ((one.channel, one.kind.as_str()), one)).collect()
}

/// What is in doubt about a channel.
fn issues(state: &State, spec: &ChannelSpec, seen: &SeenByKind<'_>, now: Timestamp) -> Vec<QualityIssue> {
    let mut found: Vec<QualityIssue> = Vec::new();
    let plain = |kind: &str, since: Option<Timestamp>, at: Timestamp| QualityIssue {
        kind: kind.to_owned(),
        since,
        at,
        readings: 0,
        days: None,
        amount: None,
        now: true,
        seen: None,
    };
    let interval = spec.interval.0.max(state.floor().0);
    let lasts = |at: Timestamp| now - at <= Millis(interval.saturating_mul(5).max(60_000));
    let since = now - limits::DOUBTS_REACH;
    if let Some(doubts) = state.believed.doubts(spec.id) {
        let mut kinds: BTreeMap<&str, QualityIssue> = BTreeMap::new();
        for span in doubts.since(since) {
            let word = doubt_word(span.doubt);
            let issue = kinds.entry(word).or_insert_with(|| plain(word, Some(span.from), span.to));
            issue.since = issue.since.min(Some(span.from));
            issue.at = issue.at.max(span.to);
            issue.readings += u64::from(span.readings);
        }
        if let Some((from, to, count)) = doubts.no_number.filter(|(_, to, _)| *to >= since) {
            kinds.insert("NoNumber", QualityIssue { readings: count, ..plain("NoNumber", Some(from), to) });
        }
        found.extend(kinds.into_values().map(|issue| QualityIssue { now: lasts(issue.at), ..issue }));
    }
    let live = state.devices.get(&spec.device);
    if state.stale(spec, now) && live.is_some_and(|live| live.device.enabled) {
        let last = state.latest.get(&spec.id).map(|reading| reading.at);
        found.push(plain("Missing", last, now));
    }
    if let Some(astray) =
        live.and_then(|live| live.drift.now()).filter(|drift| drift.0.abs() >= CLOCK_ASTRAY.0)
    {
        found.push(QualityIssue { amount: Some(astray), ..plain("DeviceClock", None, now) });
    }
    if let Some(newest) = state.believed.calibrations(spec.id).last() {
        let (kind, days) = match newest.standing(now.utc_day()) {
            Standing::Valid => ("", 0),
            Standing::Due(days) => ("CalibrationDue", days),
            Standing::Expired(days) => ("CalibrationExpired", days),
        };
        if !kind.is_empty() {
            found.push(QualityIssue { days: Some(days), ..plain(kind, Some(newest.since), now) });
        }
    }
    if Measure::parse(&spec.unit).is_none() {
        found.push(plain("UnitUnknown", None, now));
    }
    if state.rules.get(&spec.id).is_none_or(|rule| rule.low.is_none() && rule.high.is_none()) {
        found.push(plain("NoLimits", None, now));
    }
    for issue in &mut found {
        // What lasts is seen until it is over; what happened again is new.
        let newest = if issue.now && issue.readings == 0 {
            issue.since.unwrap_or(Timestamp(i64::MIN))
        } else {
            issue.at
        };
        let known = seen.get(&(spec.id, issue.kind.as_str())).filter(|seen| seen.at >= newest);
        issue.seen = known.map(|seen| SeenRow { by: seen.by.clone(), at: seen.at, why: seen.why.clone() });
    }
    found.sort_by_key(|issue| {
        (issue.seen.is_some(), KINDS.iter().position(|kind| *kind == issue.kind), !issue.now)
    });
    found
}

fn row(
    state: &State,
    spec: &ChannelSpec,
    seen: &SeenByKind<'_>,
    zones: &HashMap<ZoneId, String>,
    now: Timestamp,
) -> QualityRow {
    QualityRow {
        channel: spec.id,
        name: spec.name.clone(),
        code: spec.code.clone(),
        device: spec.device,
        device_name: state.devices.get(&spec.device).map(|live| live.device.name.clone()).unwrap_or_default(),
        zone_name: spec.zone.and_then(|zone| zones.get(&zone).cloned()),
        unit: spec.unit.clone(),
        shown_unit: state.believed.shown(spec).unit(&spec.unit),
        latest: state.latest.get(&spec.id).map(|newest| wire::environment::latest(newest, &Shown::default())),
        stale: state.stale(spec, now),
        issues: issues(state, spec, seen, now),
    }
}

/// Whether somebody is called for it.
fn is_open(row: &QualityRow) -> bool {
    row.issues.iter().any(|issue| issue.seen.is_none() && !SET_UP.contains(&issue.kind.as_str()))
}

/// Channels with a doubt that nobody has seen, of what is in memory: no history is read for a count.
pub(crate) fn open_count(inner: &Inner) -> Result<u32> {
    let seen = inner.store.records.seen_doubts()?;
    let seen = by_kind(&seen);
    let now = inner.now();
    let state = inner.live.lock();
    let called = |spec: &&ChannelSpec| {
        issues(&state, spec, &seen, now)
            .iter()
            .any(|issue| issue.seen.is_none() && !SET_UP.contains(&issue.kind.as_str()))
    };
    Ok(u32::try_from(state.specs.values().filter(called).count()).unwrap_or(u32::MAX))
}

impl Serve<ListQualityWork> for App {
    async fn serve(&self, _: ListQualityWork, _: &Actor) -> Result<QualityWork> {
        self.blocking(|inner| {
            inner.fill_doubts()?;
            let seen = inner.store.records.seen_doubts()?;
            let seen = by_kind(&seen);
            let zones = zone_names(inner)?;
            let now = inner.now();
            let state = inner.live.lock();
            let mut channels: Vec<QualityRow> =
                state.specs.values().map(|spec| row(&state, spec, &seen, &zones, now)).collect();
            drop(state);
            channels.sort_by_cached_key(|row| {
                let worst = row.issues.first().map_or((true, KINDS.len()), |issue| {
                    let place = KINDS.iter().position(|kind| *kind == issue.kind).unwrap_or(KINDS.len());
                    (issue.seen.is_some(), place)
                });
                (worst, row.name.clone(), row.channel)
            });
            let open = channels.iter().filter(|row| is_open(row)).count();
            Ok(QualityWork { open: u32::try_from(open).unwrap_or(u32::MAX), channels })
        })
        .await
    }
}

fn tests_row(tests: &Tests) -> QualityTests {
    let Tests { plausible_min, plausible_max, rate_per_minute_max, interval: _, extra } = *tests;
    let Extra { stuck_after, stuck_band, still_at, spike, repeats } = extra;
    QualityTests {
        plausible_min,
        plausible_max,
        rate_per_minute_max,
        stuck_after,
        stuck_band,
        still_at,
        spike,
        repeats,
    }
}

/// The tests asked for, checked.
fn tests_of(asked: &QualityTests, interval: Millis) -> Result<Tests> {
    let QualityTests {
        plausible_min,
        plausible_max,
        rate_per_minute_max,
        stuck_after,
        stuck_band,
        still_at,
        spike,
        repeats,
    } = *asked;
    let extra = Extra { stuck_after, stuck_band, still_at, spike, repeats };
    let tests = Tests { plausible_min, plausible_max, rate_per_minute_max, interval, extra };
    match tests.fault() {
        None => Ok(tests),
        Some(fault) => Err(Failure::bad_input(format!("set the tests of a channel: {fault}"))),
    }
}

fn spec_of(inner: &Inner, channel: ChannelId) -> Result<ChannelSpec> {
    inner.live.lock().specs.get(&channel).cloned().ok_or_else(|| Failure::not_found("channel", channel))
}

fn days_of(days: u32) -> Result<Millis> {
    if (1..=90).contains(&days) {
        Ok(Millis::days(i64::from(days)))
    } else {
        Err(Failure::bad_input("look back: choose 1 to 90 days"))
    }
}

fn calibration_row(one: &Calibration, current: bool, now: Timestamp) -> CalibrationRow {
    CalibrationRow {
        since: one.since,
        slope_millionths: one.slope_millionths,
        offset: one.offset,
        certificate: one.certificate.clone(),
        laboratory: one.laboratory.clone(),
        done_on: one.done_on,
        expires_on: one.expires_on,
        file_sha256: one.file_sha256.clone(),
        by: one.by.clone(),
        in_force: current,
        standing: match one.standing(now.utc_day()) {
            Standing::Valid => "Valid",
            Standing::Due(_) => "Due",
            Standing::Expired(_) => "Expired",
        }
        .to_owned(),
    }
}

fn verdict_word(verdict: &Verdict) -> (&'static str, Option<(Milli, Milli)>) {
    match verdict {
        Verdict::Good => ("Good", None),
        Verdict::Suspect => ("Suspect", None),
        Verdict::Bad => ("Bad", None),
        Verdict::Filled(fill) => ("Interpolated", Some((fill.from_value, fill.to_value))),
    }
}

impl Serve<GetChannelQuality> for App {
    async fn serve(&self, call: GetChannelQuality, _: &Actor) -> Result<ChannelQuality> {
        let reach = days_of(call.days)?;
        self.blocking(move |inner| {
            inner.fill_doubts()?;
            let spec = spec_of(inner, call.channel)?;
            let seen = inner.store.records.seen_doubts()?;
            let seen = by_kind(&seen);
            let zones = zone_names(inner)?;
            let now = inner.now();
            let doubts = inner.doubts_of(&spec, now - reach, now)?;
            let marks = inner.store.records.marks(spec.id, now - reach, now)?;
            let measure = Measure::parse(&spec.unit);
            let energy = match measure.map(|measure| measure.kind) {
                Some(MeasureKind::Power) => {
                    let energy = inner.energy(&spec, now - reach, now)?;
                    Some((energy.measured, energy.filled))
                }
                _ => None,
            };
            let state = inner.live.lock();
            let believed = &state.believed;
            let history = believed.calibrations(spec.id);
            let current = in_force(history, now).map(|one| one.id);
            let (plausible_min, plausible_max, rate_per_minute_max) = domain::quality::plausible(&spec.unit);
            let usual = Tests {
                plausible_min,
                plausible_max,
                rate_per_minute_max,
                interval: spec.interval,
                extra: Extra::usual(&spec.unit, spec.interval),
            };
            Ok(ChannelQuality {
                row: row(&state, &spec, &seen, &zones, now),
                interval: spec.interval,
                tests: tests_row(&believed.tests(&spec)),
                usual: tests_row(&usual),
                raw_unit: believed
                    .set_of(spec.id)
                    .map(|set| set.raw_unit.clone())
                    .filter(|unit| !unit.is_empty())
                    .unwrap_or_else(|| spec.unit.clone()),
                own_unit: believed.set_of(spec.id).map(|set| set.shown_unit.clone()).unwrap_or_default(),
                units: measure
                    .map(|one| one.siblings().map(|s| s.symbol.to_owned()).collect())
                    .unwrap_or_default(),
                raw: state.latest.get(&spec.id).and_then(|reading| believed.raw_of(&spec, reading)),
                spans: doubts
                    .since(now - reach)
                    .map(|span| DoubtRow {
                        kind: doubt_word(span.doubt).to_owned(),
                        from: span.from,
                        to: span.to,
                        readings: span.readings,
                    })
                    .collect(),
                calibrations: history
                    .iter()
                    .rev()
                    .map(|one| calibration_row(one, current == Some(one.id), now))
                    .collect(),
                marks: marks
                    .into_iter()
                    .rev()
                    .map(|saved| {
                        let (verdict, ends) = verdict_word(&saved.mark.verdict);
                        MarkedSpan {
                            id: saved.id,
                            from: saved.mark.from,
                            to: saved.mark.to,
                            verdict: verdict.to_owned(),
                            ends,
                            by: saved.by,
                            at: saved.at,
                            why: saved.why,
                            taken_back: saved.taken_back,
                        }
                    })
                    .collect(),
                energy,
            })
        })
        .await
    }
}

impl Serve<TryQuality> for App {
    async fn serve(&self, call: TryQuality, _: &Actor) -> Result<QualityTrial> {
        let reach = days_of(call.days)?;
        self.blocking(move |inner| {
            let spec = spec_of(inner, call.channel)?;
            let mut trial = Trial::new(tests_of(&call.tests, spec.interval)?);
            let (to, mut cut) = (inner.now(), false);
            let from = to - reach;
            inner.store.telemetry.for_each_reading(spec.id, from, to, &mut |reading| {
                cut = trial.readings + trial.bad >= limits::TRIAL_READINGS_MAX;
                if cut {
                    return ControlFlow::Break(());
                }
                trial.push(reading);
                ControlFlow::Continue(())
            })?;
            let spans: Vec<DoubtRow> = trial
                .spans()
                .iter()
                .map(|span| DoubtRow {
                    kind: doubt_word(span.doubt).to_owned(),
                    from: span.from,
                    to: span.to,
                    readings: span.readings,
                })
                .collect();
            let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
            for (doubt, readings) in trial.kinds() {
                kinds.insert(doubt_word(doubt), readings);
            }
            let mut kinds: Vec<(String, u64)> = kinds.into_iter().map(|(k, n)| (k.to_owned(), n)).collect();
            kinds.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
            Ok(QualityTrial {
                from,
                to,
                readings: trial.readings,
                marked: trial.marked,
                bad: trial.bad,
                kinds,
                spans,
                spans_left_out: trial.spans_left_out,
                cut,
            })
        })
        .await
    }
}

/// A unit of the channel's kind, or nothing where none is given.
fn unit_of(spec: &ChannelSpec, unit: &str, what: &str) -> Result<String> {
    let unit = unit.trim();
    if unit.is_empty() {
        return Ok(String::new());
    }
    // One that nobody knows is its own only way to be shown.
    if unit == spec.unit && Measure::parse(unit).is_none() {
        return Ok(String::new());
    }
    let stored = Measure::parse(&spec.unit);
    let given = Measure::parse(unit);
    match (stored, given) {
        (Some(stored), Some(given)) if stored.kind == given.kind => Ok(given.symbol.to_owned()),
        _ => Err(Failure::bad_input(format!(
            "set the unit {what} of {}: {unit} does not convert into {}; choose one of the list",
            spec.name,
            if spec.unit.is_empty() { "a channel without a unit" } else { &spec.unit }
        ))),
    }
}

fn changed(inner: &Inner) {
    for topic in [Topic::Devices, Topic::Readings, Topic::Audit] {
        inner.bus.changed(topic);
    }
}

fn because(why: &str, what: &str) -> Result<()> {
    if why.trim().is_empty() {
        return Err(Failure::bad_input(format!("{what}: say why; it goes on record")));
    }
    if why.chars().count() > limits::TEXT_CHARS_MAX {
        return Err(Failure::bad_input(format!("{what}: say why in {} characters", limits::TEXT_CHARS_MAX)));
    }
    Ok(())
}

impl Serve<ChangeQuality> for App {
    async fn serve(&self, call: ChangeQuality, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let mut spec = spec_of(inner, call.channel)?;
            let tests = tests_of(&call.tests, spec.interval)?;
            let set = store::ChannelQuality {
                channel: spec.id,
                extra: tests.extra,
                raw_unit: Some(unit_of(&spec, &call.raw_unit, "that the device sends")?)
                    .filter(|unit| *unit != spec.unit)
                    .unwrap_or_default(),
                shown_unit: unit_of(&spec, &call.shown_unit, "that is shown")?,
            };
            let act = inner.act_because(&by, &call.why);
            (spec.plausible_min, spec.plausible_max, spec.rate_per_minute_max) =
                (tests.plausible_min, tests.plausible_max, tests.rate_per_minute_max);
            inner.store.records.save_channel(&act, &spec)?;
            inner.store.records.save_channel_quality(&act, &set)?;
            let mut state = inner.live.lock();
            state.believed.set(set, &spec);
            state.add_channel(spec);
            drop(state);
            changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<AddCalibration> for App {
    async fn serve(&self, call: AddCalibration, by: &Actor) -> Result<Done> {
        let wrong = |what: &str| Failure::bad_input(format!("add the calibration: {what}"));
        let (slope_millionths, offset) = match call.points {
            None => (SLOPE_ONE, call.offset),
            Some([first, second]) => through(first, second)
                .ok_or_else(|| wrong("the two points make no line with a slope between 0.1 and 10"))?,
        };
        if call.certificate.trim().is_empty() {
            return Err(wrong("give the number of the certificate"));
        }
        if [&call.certificate, &call.laboratory]
            .iter()
            .any(|text| text.chars().count() > limits::TEXT_CHARS_MAX)
        {
            return Err(wrong("number and laboratory are too long"));
        }
        let by = by.clone();
        self.blocking(move |inner| {
            let spec = spec_of(inner, call.channel)?;
            // Held until it is on record, so that nothing arrives between the two that was set right by the one before.
            let mut state = inner.live.lock();
            let now = inner.now();
            let mut one = Calibration {
                id: 0,
                channel: spec.id,
                since: now,
                slope_millionths,
                offset,
                certificate: call.certificate.trim().to_owned(),
                laboratory: call.laboratory.trim().to_owned(),
                done_on: call.done_on,
                expires_on: call.expires_on,
                file_sha256: call.file_sha256.clone().filter(|hash| !hash.trim().is_empty()),
                by: by.name.clone(),
            };
            if let Some(fault) = one.fault() {
                return Err(Failure::bad_input(format!("add the calibration: {fault}")));
            }
            if one.done_on > now.utc_day().plus(1) {
                return Err(Failure::bad_input("add the calibration: it was done on a day to come"));
            }
            one.id = inner.store.records.add_calibration(&inner.act_because(&by, &call.why), &one)?;
            state.believed.calibrated(one);
            drop(state);
            inner.bus.changed(Topic::Alarms);
            changed(inner);
            Ok(Done)
        })
        .await
    }
}

/// The good reading next to an instant, before it (or at it) or after it: looked for an hour, a day, then a week away.
fn neighbour(
    inner: &Inner,
    spec: &ChannelSpec,
    at: Timestamp,
    before: bool,
) -> Result<Option<(Timestamp, Milli)>> {
    for span in [Millis::hours(1), Millis::days(1), Millis::days(7)] {
        let (from, to) = if before { (at - span, at + Millis(1)) } else { (at, at + span) };
        let mut found = None;
        inner.believed_readings(spec.id, from, to, &mut |reading: &Reading| {
            if let (Quality::Good, Some(value)) = (reading.quality, reading.value) {
                found = Some((reading.at, value));
                if !before {
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

impl Serve<MarkReadings> for App {
    async fn serve(&self, call: MarkReadings, by: &Actor) -> Result<Done> {
        because(&call.why, "mark readings")?;
        if call.to < call.from || call.to - call.from > limits::MARK_SPAN_MAX {
            return Err(Failure::bad_input(
                "mark readings: `to` is not before `from`, and they are at most 92 days apart",
            ));
        }
        let by = by.clone();
        self.blocking(move |inner| {
            let spec = spec_of(inner, call.channel)?;
            let (mut from, mut to) = (call.from, call.to);
            let verdict = match call.verdict.as_str() {
                "Good" => Verdict::Good,
                "Suspect" => Verdict::Suspect,
                "Bad" => Verdict::Bad,
                "Interpolated" => {
                    let ends = (neighbour(inner, &spec, from, true)?, neighbour(inner, &spec, to, false)?);
                    let (Some((first, from_value)), Some((last, to_value))) = ends else {
                        return Err(Failure::bad_input(
                            "interpolate: a straight line needs a good reading within a week before and after the span",
                        ));
                    };
                    (from, to) = (first, last);
                    Verdict::Filled(Fill { from, from_value, to, to_value })
                }
                other => {
                    return Err(Failure::bad_input(format!(
                        "mark readings: there is no {other}; use Good, Suspect, Bad or Interpolated"
                    )));
                }
            };
            let mark = Mark { channel: spec.id, from, to, verdict };
            inner.store.records.add_mark(&inner.act_because(&by, &call.why), &mark)?;
            inner.renew_doubts(&spec)?;
            changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<TakeBackMark> for App {
    async fn serve(&self, call: TakeBackMark, by: &Actor) -> Result<Done> {
        because(&call.why, "take back a mark")?;
        let by = by.clone();
        self.blocking(move |inner| {
            let saved = inner.store.records.take_back_mark(&inner.act_because(&by, &call.why), call.id)?;
            if let Ok(spec) = spec_of(inner, saved.mark.channel) {
                inner.renew_doubts(&spec)?;
            }
            changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<SeeDoubt> for App {
    async fn serve(&self, call: SeeDoubt, by: &Actor) -> Result<Done> {
        because(&call.why, "let a doubt stay")?;
        if !KINDS.contains(&call.kind.as_str()) {
            return Err(Failure::bad_input(format!("let a doubt stay: there is no doubt {}", call.kind)));
        }
        let by = by.clone();
        self.blocking(move |inner| {
            let spec = spec_of(inner, call.channel)?;
            inner.store.records.see_doubt(&inner.act_because(&by, &call.why), spec.id, &call.kind)?;
            changed(inner);
            Ok(Done)
        })
        .await
    }
}
