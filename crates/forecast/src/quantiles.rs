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

/// Demand as it is expected: its mean, its variance, and the amount it comes in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub mean: f64,
    pub variance: f64,
    pub amount: Option<f64>,
}

impl Expected {
    /// Mean and variance in amounts, where the steps of a count matter.
    fn counted(self) -> Option<(f64, f64)> {
        let amount = self.amount?;
        let (count, spread) = (self.mean / amount, self.variance / (amount * amount));
        (count <= COUNTED_MEAN_MAX && spread >= count || count <= 30.0 && spread >= 0.6 * count)
            .then(|| (count, spread.max(1.001 * count)))
    }

    fn is_certain(self) -> bool {
        self.mean.is_nan()
            || self.mean <= 0.0
            || self.variance.is_nan()
            || self.variance <= 1e-9 * self.mean * self.mean
    }

    /// The quantiles at rising levels: never negative, rising.
    pub(crate) fn quantiles(self, levels: &[f64; 9]) -> [f64; 9] {
        if self.is_certain() {
            return [if self.mean > 0.0 { self.mean } else { 0.0 }; 9];
        }
        if let Some((count, spread)) = self.counted() {
            let amount = self.amount.unwrap_or(1.0);
            return counted(count, spread, levels).map(|quantile| quantile * amount);
        }
        measured(self.mean, self.variance, levels)
    }

    /// The chance of less than `value`, and of no more than it: the same unless demand is counted.
    pub(crate) fn chances(self, value: f64) -> (f64, f64) {
        if self.is_certain() {
            let mean = if self.mean > 0.0 { self.mean } else { 0.0 };
            return match value.total_cmp(&mean) {
                std::cmp::Ordering::Less => (0.0, 0.0),
                std::cmp::Ordering::Equal => (0.0, 1.0),
                std::cmp::Ordering::Greater => (1.0, 1.0),
            };
        }
        if let Some((count, spread)) = self.counted() {
            return count_chances(count, spread, (value / self.amount.unwrap_or(1.0)).round());
        }
        let c = self.variance / (9.0 * self.mean * self.mean);
        let chance = normal_chance(((value / self.mean).max(0.0).cbrt() - (1.0 - c)) / c.sqrt());
        if value <= 0.0 { (0.0, chance) } else { (chance, chance) }
    }
}

/// The quantiles of demand with this mean and variance at [`LEVELS`].
pub(crate) fn of(mean: f64, variance: f64, amount: Option<f64>) -> [f64; 9] {
    Expected { mean, variance, amount }.quantiles(&LEVELS)
}

/// The first chance of a negative binomial, and what its recursion P(k+1) = P(k) · (r + k)/(k + 1) · q needs.
fn count_start(mean: f64, variance: f64) -> (f64, f64, f64) {
    let q = 1.0 - mean / variance;
    let r = mean * (1.0 - q) / q;
    ((r * (1.0 - q).ln()).exp(), r, q)
}

fn counted(mean: f64, variance: f64, levels: &[f64; 9]) -> [f64; 9] {
    let (mut probability, r, q) = count_start(mean, variance);
    let (mut below, mut k, mut out) = (probability, 0.0, [0.0; 9]);
    // So many standard deviations hold 0.98 of any distribution (Chebyshev), whatever rounding does to the sum.
    let end = mean + 7.0 * variance.sqrt() + 1.0;
    for (level, quantile) in levels.iter().zip(&mut out) {
        while below < *level && k < end {
            probability *= (r + k) / (k + 1.0) * q;
            k += 1.0;
            below += probability;
        }
        *quantile = k;
    }
    out
}

fn count_chances(mean: f64, variance: f64, value: f64) -> (f64, f64) {
    if value < 0.0 {
        return (0.0, 0.0);
    }
    if value > mean + 7.0 * variance.sqrt() + 1.0 {
        return (1.0, 1.0);
    }
    let (mut probability, r, q) = count_start(mean, variance);
    let (mut before, mut upto, mut k) = (0.0, probability, 0.0);
    while k < value {
        probability *= (r + k) / (k + 1.0) * q;
        k += 1.0;
        before = upto;
        upto += probability;
    }
    (before.min(1.0), upto.min(1.0))
}

/// Gamma by the cube root approximation (Wilson and Hilferty 1931).
fn measured(mean: f64, variance: f64, levels: &[f64; 9]) -> [f64; 9] {
    let c = variance / (9.0 * mean * mean);
    levels.map(|level| mean * (1.0 - c + normal(level) * c.sqrt()).max(0.0).powi(3))
}

/// The standard normal chance of no more than `z` (Abramowitz and Stegun 7.1.26, good to 1e-7).
pub(crate) fn normal_chance(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let tail = t
        * (0.254_829_592
            + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))))
        * (-x * x).exp();
    if z >= 0.0 { 1.0 - tail / 2.0 } else { tail / 2.0 }
}

/// The standard normal quantile: exact for [`LEVELS`], else Abramowitz and Stegun 26.2.23 (good to 5e-4), which is far less
/// than a level is known to.
fn normal(level: f64) -> f64 {
    if let Some(at) = LEVELS.iter().position(|known| *known == level) {
        return NORMAL[at];
    }
    let tail = level.min(1.0 - level).max(1e-12);
    let t = (-2.0 * tail.ln()).sqrt();
    let z = t
        - (2.515_517 + t * (0.802_853 + t * 0.010_328))
            / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    if level < 0.5 { -z } else { z }
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
