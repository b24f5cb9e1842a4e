//! What a channel's values are like: quantiles by group, how long above which value, and how two channels go together.
//!
//! Takes means of even steps (each stands for as much time as the others) and the extremes beside them, so that no summary
//! hides one. Does not know calendars: the caller says which group a step belongs to. Start at [`bands`], [`duration`] and
//! [`correlation`]. Tests: `src/profile/tests.rs`.

use units::Milli;

/// One even step of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The smallest value.
    pub low: Milli,
    /// The mean.
    pub mean: Milli,
    /// The largest.
    pub high: Milli,
}

/// The quantiles of a group of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// The group.
    pub group: i64,
    /// Steps in it.
    pub steps: u32,
    /// The smallest value of all its steps: a reading, not a mean.
    pub low: Milli,
    /// A twentieth of the means is below.
    pub p5: Milli,
    /// A quarter.
    pub p25: Milli,
    /// Half.
    pub p50: Milli,
    /// Three quarters.
    pub p75: Milli,
    /// All but a twentieth.
    pub p95: Milli,
    /// The largest value of all its steps.
    pub high: Milli,
}

/// The value of rank `share` (0 to 1) among sorted values, between two of them in proportion (type 7 of Hyndman and Fan,
/// 1996, as in R and NumPy); none of no values.
pub fn quantile(sorted: &[Milli], share: f64) -> Option<Milli> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = (place.floor() as usize).min(last);
    let (a, b) = (sorted[below].0, sorted[(below + 1).min(last)].0);
    // In wide integers: neighbours may be as far apart as there are numbers.
    let part = ((place - below as f64) * 1e6).round() as i128;
    let between = (i128::from(b) - i128::from(a)) * part;
    let rounded = (between + if between >= 0 { 500_000 } else { -500_000 }) / 1_000_000;
    i64::try_from(i128::from(a) + rounded).ok().map(Milli)
}

/// The band of each group, groups rising.
pub fn bands(steps: impl IntoIterator<Item = (i64, Step)>) -> Vec<Band> {
    let mut groups: std::collections::BTreeMap<i64, Vec<Step>> = std::collections::BTreeMap::new();
    for (group, step) in steps {
        groups.entry(group).or_default().push(step);
    }
    groups
        .into_iter()
        .filter_map(|(group, steps)| {
            let mut means: Vec<Milli> = steps.iter().map(|step| step.mean).collect();
            means.sort_unstable();
            Some(Band {
                group,
                steps: u32::try_from(steps.len()).unwrap_or(u32::MAX),
                low: steps.iter().map(|step| step.low).min()?,
                p5: quantile(&means, 0.05)?,
                p25: quantile(&means, 0.25)?,
                p50: quantile(&means, 0.5)?,
                p75: quantile(&means, 0.75)?,
                p95: quantile(&means, 0.95)?,
                high: steps.iter().map(|step| step.high).max()?,
            })
        })
        .collect()
}

/// A duration curve: the value that was exceeded for `n / parts` of the time, for n = 0 to `parts`; falling. The ends are the
/// extremes themselves. Empty of no steps.
pub fn duration(steps: &[Step], parts: u32) -> Vec<Milli> {
    let mut means: Vec<Milli> = steps.iter().map(|step| step.mean).collect();
    means.sort_unstable();
    let (Some(highest), Some(lowest)) =
        (steps.iter().map(|step| step.high).max(), steps.iter().map(|step| step.low).min())
    else {
        return Vec::new();
    };
    let parts = parts.max(1);
    (0..=parts)
        .map(|n| match n {
            0 => highest,
            n if n == parts => lowest,
            n => quantile(&means, 1.0 - f64::from(n) / f64::from(parts)).unwrap_or(lowest),
        })
        .collect()
}

/// The share of steps, in thousandths, that reach beyond a limit: above `high` or below `low`. A step that only touches it
/// for a moment counts whole, so that a share of nothing means that nothing happened.
pub fn share_outside(steps: &[Step], low: Option<Milli>, high: Option<Milli>) -> u32 {
    let outside =
        steps.iter().filter(|s| high.is_some_and(|h| s.high > h) || low.is_some_and(|l| s.low < l)).count();
    // Rounded up, for the same reason.
    u32::try_from((outside * 1000).div_ceil(steps.len().max(1))).unwrap_or(1000)
}

/// Pearson's r of pairs; none of fewer than three, or where one side does not vary.
pub fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 {
        return None;
    }
    let n = pairs.len() as f64;
    // Measured from the first pair: what does not vary is exactly zero.
    let first = pairs[0];
    let sum = pairs.iter().fold((0.0, 0.0), |sum, p| (sum.0 + (p.0 - first.0), sum.1 + (p.1 - first.1)));
    let mean = (first.0 + sum.0 / n, first.1 + sum.1 / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for pair in pairs {
        let (x, y) = (pair.0 - mean.0, pair.1 - mean.1);
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let spread = (xx * yy).sqrt();
    (spread > 0.0 && spread.is_finite()).then(|| (xy / spread).clamp(-1.0, 1.0))
}

/// How two channels go together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Correlation {
    /// r without a lag.
    pub r: Option<f64>,
    /// r by lag in steps, from `-lags` to `lags`: positive means that the second follows the first.
    pub by_lag: Vec<(i32, Option<f64>)>,
    /// The lag whose r is furthest from zero, and it; the shorter lag where two are alike.
    pub best: Option<(i32, f64)>,
}

/// Correlates two channels of even steps; a step without a value on either side is left out.
pub fn correlation(first: &[Option<Milli>], second: &[Option<Milli>], lags: u32) -> Correlation {
    let lags = i32::try_from(lags).unwrap_or(i32::MAX);
    let at = |lag: i32| {
        let pairs: Vec<(f64, f64)> = first
            .iter()
            .enumerate()
            .filter_map(|(n, a)| {
                let b = second.get(usize::try_from(i64::try_from(n).ok()? + i64::from(lag)).ok()?)?;
                Some(((*a)?.to_f64(), (*b)?.to_f64()))
            })
            .collect();
        pearson(&pairs)
    };
    let by_lag: Vec<(i32, Option<f64>)> = (-lags..=lags).map(|lag| (lag, at(lag))).collect();
    let best = by_lag
        .iter()
        .filter_map(|(lag, r)| Some((*lag, (*r)?)))
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()).then(b.0.abs().cmp(&a.0.abs())));
    Correlation { r: at(0), by_lag, best }
}

#[cfg(test)]
mod tests;
