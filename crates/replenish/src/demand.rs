//! Demand over some days as a distribution: how much covers it, how likely more is wanted, how much is then missing.
//!
//! Counted demand is negative binomial: a Poisson number of wants whose rate is not known exactly, the usual choice for slow
//! movers (Silver, Pyke, Thomas 2017, Inventory and Production Management in Supply Chains, §9 on slow-moving items;
//! Syntetos, Lengu, Babai 2013). Large or measured demand is normal (ibid., §6). Both are fitted by mean and variance.

/// Mean count above which the normal is as good and cheaper, and the variance that bounds how far counting goes.
const COUNTED_MEAN_MAX: f64 = 100.0;
const COUNTED_VARIANCE_MAX: f64 = 1e6;

/// Demand over some days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Demand {
    mean: f64,
    variance: f64,
    counted: bool,
}

impl Demand {
    /// `counted`: as negative binomial, see [`is_counted`]; ask once for the longest span of an item, so that two of its spans
    /// are never of two shapes.
    pub fn new(mean: f64, variance: f64, counted: bool) -> Self {
        let (mean, variance) = (mean.clamp(0.0, 1e15), variance.clamp(0.0, 1e30));
        let variance = if counted { variance.max(1.001 * mean) } else { variance };
        // NaN survives a clamp and is no demand.
        let finite = !mean.is_nan() && !variance.is_nan();
        if finite { Self { mean, variance, counted } } else { Self { mean: 0.0, variance: 0.0, counted } }
    }

    /// More counts than are ever wanted (Chebyshev: all but 1/1600 of any distribution, far less of this one, lies within).
    fn end(&self) -> f64 {
        self.mean + 40.0 * self.variance.sqrt() + 10.0
    }

    /// The least amount that covers demand with this probability (0.5 to 0.999); never below the mean.
    pub fn covering(&self, probability: f64) -> f64 {
        if self.mean <= 0.0 {
            return 0.0;
        }
        if !self.counted {
            return self.mean + normal_quantile(probability).max(0.0) * self.variance.sqrt();
        }
        let (mut below, mut count) = (0.0, -1.0);
        for chance in self.counts() {
            below += chance;
            count += 1.0;
            if below >= probability || count > self.end() {
                break;
            }
        }
        count.max(self.mean)
    }

    /// The probability that more than `stock` is wanted.
    pub fn above(&self, stock: f64) -> f64 {
        if self.mean <= 0.0 || self.variance <= 0.0 {
            return if self.mean > stock { 1.0 } else { 0.0 };
        }
        if stock < 0.0 {
            return 1.0;
        }
        if !self.counted {
            return 1.0 - normal_share((stock - self.mean) / self.variance.sqrt());
        }
        if stock > self.end() {
            return 0.0;
        }
        let up_to = stock.floor() as usize + 1;
        (1.0 - self.counts().take(up_to).sum::<f64>()).clamp(0.0, 1.0)
    }

    /// How much is wanted beyond `stock` on average.
    pub fn missing(&self, stock: f64) -> f64 {
        if self.mean <= 0.0 || self.variance <= 0.0 {
            return (self.mean - stock).max(0.0);
        }
        if stock <= 0.0 {
            return self.mean - stock;
        }
        if !self.counted {
            let deviation = self.variance.sqrt();
            let z = (stock - self.mean) / deviation;
            let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
            return (deviation * (density - z * (1.0 - normal_share(z)))).max(0.0);
        }
        if stock > self.end() {
            return 0.0;
        }
        // E(D − x)⁺ = μ − x + Σ_{k<x} (x − k) P(k), for any x.
        let spare: f64 = self
            .counts()
            .take(stock.ceil() as usize)
            .enumerate()
            .map(|(count, chance)| (stock - count as f64) * chance)
            .sum();
        (self.mean - stock + spare).max(0.0)
    }

    /// As [`Demand::missing`], by one convex function of the stock whatever its sign: what comparing one more pack with another
    /// needs. Beyond the counted it is the normal loss function, which below zero says a little too much.
    pub fn short(&self, stock: f64) -> f64 {
        if self.counted || self.mean <= 0.0 || self.variance <= 0.0 {
            return self.missing(stock);
        }
        let deviation = self.variance.sqrt();
        let z = (stock - self.mean) / deviation;
        let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        (deviation * (density - z * (1.0 - normal_share(z)))).max(0.0)
    }

    /// P(0), P(1), … by the negative binomial's recursion.
    fn counts(&self) -> impl Iterator<Item = f64> {
        let q = 1.0 - self.mean / self.variance;
        let r = self.mean * (1.0 - q) / q;
        let mut chance = (r * (1.0 - q).ln()).exp();
        (0_u32..).map(move |count| {
            let now = chance;
            let k = f64::from(count);
            chance *= (r + k) / (k + 1.0) * q;
            now
        })
    }
}

/// Whether demand is counted: it comes in whole units, and not in many.
pub(crate) fn is_counted(whole: bool, mean: f64, variance: f64) -> bool {
    whole && mean <= COUNTED_MEAN_MAX && variance <= COUNTED_VARIANCE_MAX
}

/// Φ(z), by Abramowitz and Stegun 7.1.26; error below 1.5e-7, less than a permille shows.
fn normal_share(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let erf = 1.0 - poly * (-x * x).exp();
    if z >= 0.0 { (1.0 + erf) / 2.0 } else { (1.0 - erf) / 2.0 }
}

/// Φ⁻¹(p), p from 0.5 to 0.9999: Abramowitz and Stegun 26.2.23, error below 4.5e-4 deviations.
pub(crate) fn normal_quantile(probability: f64) -> f64 {
    let t = (-2.0 * (1.0 - probability.clamp(0.5, 0.9999)).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    (t - above / below).max(0.0)
}

#[cfg(test)]
mod tests;
