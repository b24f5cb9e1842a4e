//! A forecast read day by day, from any day on.

use crate::demand::{Demand, is_counted, normal_quantile};
use crate::overrides::{Instead, Replacement};
use domain::{DemandForecast, DemandOverride};
use units::Day;

/// What one day is expected to want, and its variance.
pub(crate) struct Outlook<'a> {
    daily: &'a DemandForecast,
    spread: &'a DemandForecast,
    replaced: Replacement<'a>,
    whole: bool,
    /// The least amount seen in the quantiles: what one want is of.
    amount: f64,
}

impl<'a> Outlook<'a> {
    /// The mean comes from `daily`; the spread from `weekly` where it is given, since a week's quantiles say more of lumpy demand.
    /// On the days of `overrides` a person's number stands for the mean, and is as uncertain as the baseline was: the ratio
    /// of variance to mean stays.
    pub fn new(
        daily: &'a DemandForecast,
        weekly: Option<&'a DemandForecast>,
        overrides: &'a [DemandOverride],
    ) -> Self {
        let spread = weekly.filter(|weekly| !weekly.quantiles.is_empty()).unwrap_or(daily);
        let all = || daily.quantiles.iter().chain(&spread.quantiles).flatten().copied();
        let whole = all().all(|value| (value - value.round()).abs() < 1e-6) && all().any(|value| value > 0.0);
        let least = all().filter(|value| *value > 1e-9).fold(f64::INFINITY, f64::min);
        let replaced = Replacement::new(overrides, |day| Self::baseline_of(daily, day));
        Self { daily, spread, replaced, whole, amount: if least.is_finite() { least } else { 1.0 } }
    }

    /// The step of `forecast` that speaks for this day. Days beyond its end repeat its last week, days before it its first.
    fn step(forecast: &DemandForecast, day: Day) -> Option<usize> {
        let length = i32::try_from(forecast.mean.len()).ok().filter(|length| *length > 0)?;
        let ahead = day.0.saturating_sub(forecast.start.0).div_euclid(forecast.grain.days());
        let week = if forecast.grain.days() == 1 { length.min(7) } else { 1 };
        let step = if ahead < 0 {
            ahead.rem_euclid(week)
        } else if ahead >= length {
            length - week + (ahead - length) % week
        } else {
            ahead
        };
        usize::try_from(step).ok()
    }

    /// What a forecast expects of a day.
    pub fn baseline_of(forecast: &DemandForecast, day: Day) -> f64 {
        let per_day = |step: usize| forecast.mean[step] / f64::from(forecast.grain.days());
        let mean = Self::step(forecast, day).map_or(0.0, per_day);
        if mean.is_nan() { 0.0 } else { mean.max(0.0) }
    }

    /// What the forecast alone expects of the day.
    pub fn baseline(&self, day: Day) -> f64 {
        Self::baseline_of(self.daily, day)
    }

    /// Expected demand of the day.
    pub fn mean(&self, day: Day) -> f64 {
        let baseline = self.baseline(day);
        self.replaced.at(day).map_or(baseline, |(_, instead)| instead.of(baseline))
    }

    /// The override that speaks for a day.
    pub fn replaced_by(&self, day: Day) -> Option<&'a DemandOverride> {
        self.replaced.at(day).map(|(one, _)| one)
    }

    fn variance(&self, day: Day) -> f64 {
        let own = self.baseline_variance(day);
        match self.replaced.at(day) {
            None => own,
            Some((_, Instead::Times(factor))) => own * factor,
            // Demand where the baseline knows none comes one want at a time.
            Some((_, Instead::Even(rate))) => own.max(rate * self.amount),
        }
    }

    fn baseline_variance(&self, day: Day) -> f64 {
        let Some(step) = Self::step(self.spread, day) else { return 0.0 };
        let (Some(quantiles), levels) = (self.spread.quantiles.get(step), &self.spread.levels) else {
            return 0.0;
        };
        let (Some(&low), Some(&high)) = (quantiles.first(), quantiles.last()) else { return 0.0 };
        let mean = self.spread.mean[step];
        let (from, to) = (levels.first().copied().unwrap_or(0.1), levels.last().copied().unwrap_or(0.9));
        let (above, below) = (normal_quantile(to), normal_quantile(1.0 - from));
        // Demand leans to the right: what lies above the mean is what safety is for.
        let deviation = ((high - mean) / above).max((high - low) / (above + below)).max(0.0);
        // All nine quantiles of rare demand may be zero; it still comes one want at a time.
        let rare = if low <= 0.0 { mean * self.amount } else { 0.0 };
        deviation.powi(2).max(rare) / f64::from(self.spread.grain.days())
    }

    /// Demand of the first `days` days from `today`; `cover` is the longest span that will be asked for.
    pub fn over(&self, today: Day, days: i32, cover: i32) -> Demand {
        let variance = |days| (0..days).map(|ahead| self.variance(today.plus(ahead))).sum::<f64>();
        let counted = is_counted(self.whole, self.mean_over(today, cover), variance(cover));
        Demand::new(self.mean_over(today, days), variance(days), counted)
    }

    /// Expected demand of the first `days` days.
    pub fn mean_over(&self, today: Day, days: i32) -> f64 {
        (0..days).map(|ahead| self.mean(today.plus(ahead))).sum()
    }

    /// The last day the forecast reaches.
    pub fn end(&self) -> Day {
        let steps = i32::try_from(self.daily.mean.len()).unwrap_or(i32::MAX);
        self.daily.start.plus(steps.saturating_mul(self.daily.grain.days()).saturating_sub(1))
    }
}
