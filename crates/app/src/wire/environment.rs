//! Readings and channels as rows.

use super::shown::Shown;
use crate::flows::telemetry::State;
use contract::{ChannelRow, LatestReading};
use domain::{AlarmPhase, ChannelSpec, Quality, Reading};
use units::{Milli, Millis, Timestamp};

/// A reading as the newest of its channel.
pub(crate) fn latest(reading: &Reading, shown: &Shown) -> LatestReading {
    LatestReading {
        channel: reading.channel,
        at: reading.at,
        value: reading.value.map(|value| shown.value(value)),
        quality: match reading.quality {
            Quality::Good => "Good",
            Quality::Suspect(_) => "Suspect",
            Quality::Bad(_) => "Bad",
            Quality::Interpolated => "Interpolated",
        }
        .to_owned(),
    }
}

/// A channel with its limits, newest value and drift.
pub(crate) fn channel(state: &State, spec: &ChannelSpec, now: Timestamp) -> ChannelRow {
    let rule = state.rules.get(&spec.id);
    let newest = state.latest.get(&spec.id);
    let (high, low) = rule.map_or((None, None), |rule| (rule.high, rule.low));
    let drift = state.recent.get(&spec.id).and_then(|recent| {
        let points: Vec<(Timestamp, Milli)> = recent.iter().copied().collect();
        monitor::trend::to_limit(&points, high, low, now, &monitor::trend::Params::default())
    });
    let alarm = rule.is_some() && state.alarming(spec.id);
    let shown = state.believed.shown(spec);
    ChannelRow {
        channel: spec.id,
        name: spec.name.clone(),
        code: spec.code.clone(),
        unit: shown.unit(&spec.unit),
        low: low.map(|low| shown.value(low)),
        high: high.map(|high| shown.value(high)),
        recovery_band: rule.map_or(Milli::ZERO, |rule| shown.difference(rule.recovery_band)),
        delay: rule.map_or(Millis(0), |rule| rule.delay),
        priority: rule.map_or_else(String::new, |rule| super::priority(rule.priority)),
        latest: newest.map(|newest| latest(newest, &shown)),
        minutes_to_limit: drift.map(|drift| drift.minutes.clamp(0.0, 1e6) as u32),
        alarm,
        stale: state.stale(spec, now),
    }
}

/// Whether a phase is one of a raised alarm.
pub(crate) fn raised(phase: AlarmPhase) -> bool {
    matches!(phase, AlarmPhase::Alarming { .. } | AlarmPhase::Recovering { .. })
}
