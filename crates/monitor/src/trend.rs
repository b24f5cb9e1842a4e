//! How long until a limit is crossed, if it goes on like this.
//!
//! The slope is the median of the slopes between all pairs of points, its band the rank interval of Kendall's statistic
//! (Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63:1379, 1968): an outlier or a door
//! opened for a minute moves neither.

use domain::AlarmKind;
use units::{Milli, Millis, Timestamp};

#[cfg(test)]
mod tests;

/// More points than this add time, not knowledge: they are thinned to it.
const POINTS_MAX: usize = 60;

/// Fewer say nothing about a slope.
const POINTS_MIN: usize = 6;

/// What the estimate looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    /// How far back it looks.
    pub window: Millis,
    /// Later than this is not worth saying.
    pub horizon: Millis,
}

impl Default for Params {
    /// The last 30 minutes, up to 12 hours ahead.
    fn default() -> Self {
        Self { window: Millis::minutes(30), horizon: Millis::hours(12) }
    }
}

/// When a limit will be crossed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeToLimit {
    /// Which limit.
    pub kind: AlarmKind,
    /// Minutes until the limit; 0 when it is crossed already.
    pub minutes: f64,
    /// Minutes at the steepest credible slope (95 %).
    pub earliest: f64,
    /// Minutes at the flattest credible slope; `None` beyond the horizon.
    pub latest: Option<f64>,
    /// The slope, per hour.
    pub per_hour: Milli,
}

/// The time until the value of `points` (one channel, sorted by time, believed values only) leaves its limits; `None`
/// where it moves towards neither for sure, where there is too little to tell, or beyond the horizon.
pub fn to_limit(
    points: &[(Timestamp, Milli)],
    high: Option<Milli>,
    low: Option<Milli>,
    now: Timestamp,
    params: &Params,
) -> Option<TimeToLimit> {
    let recent: Vec<(f64, f64)> = points
        .iter()
        .filter(|(at, _)| *at <= now && now - *at <= params.window)
        .map(|(at, value)| ((*at - now).0 as f64 / 60_000.0, value.to_f64()))
        .collect();
    let step = recent.len().div_ceil(POINTS_MAX).max(1);
    // Thinned from the end, so that the newest is always in.
    let thinned: Vec<(f64, f64)> = recent.iter().rev().step_by(step).copied().collect();
    // A slope over a moment is noise: the points must span a fifth of the window.
    let span = thinned.first()?.0 - thinned.last()?.0;
    if thinned.len() < POINTS_MIN || span * 60_000.0 * 5.0 < params.window.0 as f64 {
        return None;
    }
    let (flat, slope, steep) = sen_slope(&thinned)?;
    // The level now: the median of what the points say it is when moved along the slope.
    let mut levels: Vec<f64> = thinned.iter().map(|(minute, value)| value - slope * minute).collect();
    levels.sort_by(f64::total_cmp);
    let level = levels[levels.len() / 2];
    let rising = slope > 0.0;
    let (kind, limit) = if rising { (AlarmKind::High, high?) } else { (AlarmKind::Low, low?) };
    // Both ends of the band must point the same way, else we don't know that it moves at all.
    let (slow, fast) = if rising { (flat, steep) } else { (-steep, -flat) };
    if slow <= 0.0 {
        return None;
    }
    let distance = if rising { limit.to_f64() - level } else { level - limit.to_f64() }.max(0.0);
    let horizon = params.horizon.0 as f64 / 60_000.0;
    let minutes = distance / slope.abs();
    (minutes <= horizon).then(|| TimeToLimit {
        kind,
        minutes,
        earliest: distance / fast,
        latest: Some(distance / slow).filter(|latest| *latest <= horizon),
        per_hour: Milli::from_f64(slope * 60.0),
    })
}

/// The flattest, the median and the steepest credible slope, in that order along the number line.
fn sen_slope(points: &[(f64, f64)]) -> Option<(f64, f64, f64)> {
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (index, a) in points.iter().enumerate() {
        for b in &points[index + 1..] {
            if a.0 != b.0 {
                slopes.push((a.1 - b.1) / (a.0 - b.0));
            }
        }
    }
    if slopes.is_empty() {
        return None;
    }
    slopes.sort_by(f64::total_cmp);
    let count = slopes.len() as f64;
    let n = points.len() as f64;
    let spread = 1.96 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    let at = |rank: f64| slopes[(rank.max(0.0) as usize).min(slopes.len() - 1)];
    Some((at((count - spread) / 2.0), at(count / 2.0), at((count + spread) / 2.0)))
}
