//! What a person expects instead of the baseline, day by day. The baseline itself is never changed.

use crate::outlook::Outlook;
use domain::{DemandForecast, DemandOverride, OverrideChange};
use units::{Day, Quantity};

/// How an override turns a day's baseline into what is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Instead {
    /// So many times the baseline.
    Times(f64),
    /// So much a day, where the baseline expects nothing to be spread over.
    Even(f64),
}

impl Instead {
    /// What is expected of a day with this baseline.
    pub fn of(self, baseline: f64) -> f64 {
        match self {
            Instead::Times(factor) => baseline * factor,
            Instead::Even(rate) => rate,
        }
    }
}

/// The overrides of one item, ready to be asked day by day.
pub(crate) struct Replacement<'a> {
    all: Vec<(&'a DemandOverride, Instead)>,
}

/// Days of an override at most; more is a typing error that must not make a loop long.
const SPAN_DAYS_MAX: i32 = 400;

/// The least baseline of a span that a total can be spread by.
const BASELINE_MIN: f64 = 1e-9;

impl<'a> Replacement<'a> {
    /// `baseline` says what the forecast expects of a day. Overrides taken back are not heeded.
    pub fn new(overrides: &'a [DemandOverride], baseline: impl Fn(Day) -> f64) -> Self {
        let mut all: Vec<(&DemandOverride, Instead)> = overrides
            .iter()
            .filter(|one| one.cleared.is_none() && one.from <= one.to)
            .map(|one| (one, instead(one, &baseline)))
            .collect();
        all.sort_by_key(|(one, _)| one.id);
        Self { all }
    }

    /// The newest override that speaks of a day.
    pub fn at(&self, day: Day) -> Option<(&'a DemandOverride, Instead)> {
        self.all.iter().rev().find(|(one, _)| one.covers(day)).copied()
    }
}

fn days(one: &DemandOverride) -> i32 {
    one.to.0.saturating_sub(one.from.0).saturating_add(1).clamp(1, SPAN_DAYS_MAX)
}

fn instead(one: &DemandOverride, baseline: &impl Fn(Day) -> f64) -> Instead {
    match one.change {
        OverrideChange::Percent(percent) => Instead::Times((1.0 + f64::from(percent) / 100.0).max(0.0)),
        OverrideChange::Total(quantity) => {
            let total = quantity.to_f64().max(0.0);
            let expected: f64 = (0..days(one)).map(|ahead| baseline(one.from.plus(ahead))).sum();
            if expected > BASELINE_MIN {
                Instead::Times(total / expected)
            } else {
                Instead::Even(total / f64::from(days(one)))
            }
        }
    }
}

/// What a forecast expects of the days `from..=to`, without any override.
pub fn baseline_over(forecast: &DemandForecast, from: Day, to: Day) -> Quantity {
    let days = to.0.saturating_sub(from.0).saturating_add(1).clamp(0, SPAN_DAYS_MAX);
    Quantity::from_f64((0..days).map(|ahead| Outlook::baseline_of(forecast, from.plus(ahead))).sum())
}

/// What a change makes of so much baseline.
pub fn changed(baseline: Quantity, change: OverrideChange) -> Quantity {
    match change {
        OverrideChange::Total(quantity) => Quantity(quantity.0.max(0)),
        OverrideChange::Percent(percent) => {
            Quantity::from_f64(baseline.to_f64() * (1.0 + f64::from(percent) / 100.0).max(0.0))
        }
    }
}

/// What is expected of each step of a forecast on which a day is overridden, `None` on the others. Whole units.
pub fn overridden(forecast: &DemandForecast, overrides: &[DemandOverride]) -> Vec<Option<f64>> {
    let replaced = Replacement::new(overrides, |day| Outlook::baseline_of(forecast, day));
    let grain = forecast.grain.days();
    (0..forecast.mean.len())
        .map(|step| {
            let first = forecast.start.plus(i32::try_from(step).unwrap_or(i32::MAX).saturating_mul(grain));
            let days = || (0..grain).map(|ahead| first.plus(ahead));
            days().any(|day| replaced.at(day).is_some()).then(|| {
                days()
                    .map(|day| {
                        let baseline = Outlook::baseline_of(forecast, day);
                        replaced.at(day).map_or(baseline, |(_, instead)| instead.of(baseline))
                    })
                    .sum()
            })
        })
        .collect()
}

/// A forecast as the overrides have it: means replaced, quantiles moved along in proportion. For showing what is to come; the
/// forecast on record stays as it is.
pub fn with_overrides(forecast: &DemandForecast, overrides: &[DemandOverride]) -> DemandForecast {
    let mut shown = forecast.clone();
    let replaced = overridden(forecast, overrides);
    for (step, value) in replaced.iter().enumerate().filter_map(|(step, value)| Some((step, (*value)?))) {
        let was = forecast.mean[step];
        shown.mean[step] = value;
        if let Some(quantiles) = shown.quantiles.get_mut(step) {
            for quantile in quantiles {
                *quantile = if was > BASELINE_MIN { *quantile * value / was } else { value };
            }
        }
    }
    shown
}
