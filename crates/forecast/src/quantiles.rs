//! A mean and a variance to nine quantiles.
//!
//! Demand that comes in multiples of one amount is counted in it and taken as negative binomial (a gamma mix of Poisson
//! rates: Syntetos, Lengu, Babai 2013 find it fits stock items best); demand that is measured, or large, as gamma. On the
//! Complete Journey's weeks this beat bootstrapped, shifted and scaled empirical quantiles and backtest residuals, see
//! docs/decisions/004-forecast.md.

use crate::LEVELS;

#[cfg(test)]
mod tests;

/// Standard normal quantiles of [`LEVELS`].
const NORMAL: [f64; 9] = [
    -1.281_551_565_544_6,
    -0.841_621_233_572_914,
    -0.524_400_512_708_041,
    -0.253_347_103_135_8,
    0.0,
    0.253_347_103_135_8,
    0.524_400_512_708_041,
    0.841_621_233_572_914,
    1.281_551_565_544_6,
];

/// Counts above which the steps of a count no longer matter.
const COUNTED_MEAN_MAX: f64 = 300.0;

/// The amount all demand is a multiple of, in whole units; `None` where it is finer than a thousandth or there is no demand.
pub(crate) fn amount(history: &[f64]) -> Option<f64> {
    let mut divisor = 0_u64;
    for value in history.iter().filter(|value| **value > 0.0) {
        let thousandths = (value * 1000.0).round();
        if (value * 1000.0 - thousandths).abs() > 1e-6 * thousandths.max(1.0) || thousandths > 1e15 {
            return None;
        }
        let (mut a, mut b) = (divisor, thousandths as u64);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        divisor = a;
    }
    (divisor > 0).then_some(divisor as f64 / 1000.0)
}

/// The quantiles of demand with this mean and variance: never negative, rising in level.
pub(crate) fn of(mean: f64, variance: f64, amount: Option<f64>) -> [f64; 9] {
    if mean.is_nan() || mean <= 0.0 {
        return [0.0; 9];
    }
    if variance.is_nan() || variance <= 1e-9 * mean * mean {
        return [mean; 9];
    }
    if let Some(amount) = amount {
        let (count, spread) = (mean / amount, variance / (amount * amount));
        if count <= COUNTED_MEAN_MAX && spread >= count || count <= 30.0 && spread >= 0.6 * count {
            return counted(count, spread.max(1.001 * count)).map(|quantile| quantile * amount);
        }
    }
    measured(mean, variance)
}

/// Negative binomial by its recursion: P(k+1) = P(k) · (r + k)/(k + 1) · q.
fn counted(mean: f64, variance: f64) -> [f64; 9] {
    let q = 1.0 - mean / variance;
    let r = mean * (1.0 - q) / q;
    let mut probability = (r * (1.0 - q).ln()).exp();
    let (mut below, mut k, mut out) = (probability, 0.0, [0.0; 9]);
    // So many standard deviations hold 0.9 of any distribution (Chebyshev), whatever rounding does to the sum.
    let end = mean + 4.0 * variance.sqrt() + 1.0;
    for (level, quantile) in LEVELS.iter().zip(&mut out) {
        while below < *level && k < end {
            probability *= (r + k) / (k + 1.0) * q;
            k += 1.0;
            below += probability;
        }
        *quantile = k;
    }
    out
}

/// Gamma by the cube root approximation (Wilson and Hilferty 1931).
fn measured(mean: f64, variance: f64) -> [f64; 9] {
    let c = variance / (9.0 * mean * mean);
    NORMAL.map(|z| mean * (1.0 - c + z * c.sqrt()).max(0.0).powi(3))
}

/// Sorts and cuts at zero what came from outside; `None` where it is not finite.
pub(crate) fn admit(mut quantiles: [f64; 9]) -> Option<[f64; 9]> {
    if quantiles.iter().any(|quantile| !quantile.is_finite()) {
        return None;
    }
    quantiles.sort_by(f64::total_cmp);
    Some(quantiles.map(|quantile| quantile.max(0.0)))
}

/// Twice the mean pinball loss over the levels, unscaled.
pub(crate) fn pinball(actual: f64, quantiles: &[f64; 9]) -> f64 {
    let loss = |(level, quantile): (&f64, &f64)| {
        let error = actual - quantile;
        (level * error).max((level - 1.0) * error)
    };
    2.0 * LEVELS.iter().zip(quantiles).map(loss).sum::<f64>() / LEVELS.len() as f64
}
