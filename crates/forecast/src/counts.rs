//! Demand that is counted and often zero: a rate that drifts, seen through Poisson noise.
//!
//! The local level for counts of Harvey and Fernandes (1989): the rate is gamma, each observation adds to it, and what is older
//! counts less. What comes next is then negative binomial, all of it in closed form: no search but that for how fast the past
//! fades, and one more observation is two additions.

/// What is left of the past after a step, least first; a step's own weight is 1.
const FADINGS: [f64; 8] = [0.80, 0.88, 0.93, 0.96, 0.975, 0.985, 0.993, 1.0];
/// Steps whose likelihood is not counted: the rate is still unknown.
const LEARNED: usize = 4;

/// A fitted rate: it says the next steps, takes one observation without a fit, and goes to text and back.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    /// What is left of the past after a step.
    pub fading: f64,
    /// The gamma's shape: what was counted, faded.
    pub shape: f64,
    /// Its rate: over so many steps, faded.
    pub rate: f64,
    /// How demand lies in the season, the next step first, mean 1; one where there is none.
    pub season: Vec<f64>,
}

/// Fits the rate to whole counts; `None` where there is none.
pub fn fit(history: &[f64], season: usize) -> Option<Counts> {
    let first = history.iter().position(|value| *value > 0.0)?;
    let history = &history[first..];
    if history.iter().any(|value| !value.is_finite() || *value < 0.0) {
        return None;
    }
    let profile = profile(history, season);
    let mut best: Option<(f64, Counts)> = None;
    for fading in FADINGS {
        let mut one = Counts { fading, shape: 0.0, rate: 0.0, season: profile.clone() };
        let mut likelihood = 0.0;
        for (at, value) in history.iter().enumerate() {
            if at >= LEARNED {
                likelihood += one.log_probability(*value);
            }
            one.update(*value);
        }
        if best.as_ref().is_none_or(|(most, _)| likelihood > *most) {
            best = Some((likelihood, one));
        }
    }
    best.map(|(_, fitted)| fitted)
}

/// Shares of the season's places, drawn towards even by as much as four seasons' worth.
fn profile(history: &[f64], season: usize) -> Vec<f64> {
    const EVEN_SEASONS: f64 = 4.0;
    if !(2..=24).contains(&season) || history.len() < 4 * season {
        return vec![1.0];
    }
    let mean = history.iter().sum::<f64>() / history.len() as f64;
    (0..season)
        .map(|phase| {
            let places = history.iter().skip(phase).step_by(season);
            let (sum, count) = places.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
            (sum + EVEN_SEASONS * mean) / ((count + EVEN_SEASONS) * mean)
        })
        .collect()
}

impl Counts {
    /// The chance of this next, up to what is the same for all fadings.
    fn log_probability(&self, value: f64) -> f64 {
        let (shape, rate) = (self.shape.max(0.05), self.rate.max(0.05) / self.season[0].max(0.05));
        let chance = rate / (1.0 + rate);
        // Most steps have no demand, or little: then the gamma functions shorten to a product.
        if value == 0.0 {
            return shape * chance.ln();
        }
        let risen = if value <= 12.0 && value.fract() == 0.0 {
            (0..value as u32).map(|below| shape + f64::from(below)).product::<f64>().ln()
        } else {
            ln_gamma(shape + value) - ln_gamma(shape)
        };
        risen + shape * chance.ln() + value * (1.0 - chance).ln()
    }

    /// Expected demand of the next `horizon` steps.
    pub fn path(&self, horizon: usize) -> Vec<f64> {
        let mean = if self.rate > 0.0 { self.shape / self.rate } else { 0.0 };
        (0..horizon).map(|step| mean * self.season[step % self.season.len()]).collect()
    }

    /// Takes one more observation in.
    pub fn update(&mut self, value: f64) {
        if value.is_finite() && value >= 0.0 {
            self.shape = self.fading * self.shape + value;
            self.rate = self.fading * self.rate + self.season[0];
        }
        self.season.rotate_left(1);
    }

    /// As one line of text; numbers keep all their digits.
    pub fn to_text(&self) -> String {
        let words: Vec<String> = [self.fading, self.shape, self.rate]
            .iter()
            .chain(&self.season)
            .map(|number| format!("{:016x}", number.to_bits()))
            .collect();
        format!("counts 1 {} {}", self.season.len(), words.join(" "))
    }

    /// What [`Counts::to_text`] wrote; `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix("counts 1 ")?.split(' ');
        let count: usize = words.next()?.parse().ok()?;
        let numbers: Vec<f64> = words
            .map(|word| u64::from_str_radix(word, 16).ok().filter(|_| word.len() == 16).map(f64::from_bits))
            .collect::<Option<_>>()?;
        let (&[fading, shape, rate], season) = numbers.split_first_chunk()?;
        let fine = count >= 1 && season.len() == count && numbers.iter().all(|number| number.is_finite());
        fine.then(|| Self { fading, shape, rate, season: season.to_vec() })
    }
}

/// Stirling's series, shifted up to where it holds (Abramowitz and Stegun 6.1.41).
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 1.0_f64);
    while x < 6.0 {
        shift *= x;
        x += 1.0;
    }
    (x - 0.5) * x.ln() - x + 0.918_938_533_204_672_8 + 1.0 / (12.0 * x)
        - 1.0 / (360.0 * x.powi(3))
        - shift.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_rate_is_found_and_a_fresh_one_followed() {
        let steady: Vec<f64> = (0..60).map(|at| [0.0, 2.0, 1.0, 0.0, 1.0][at % 5]).collect();
        let path = fit(&steady, 1).expect("some demand").path(3);
        assert!((path[2] - 0.8).abs() < 0.15, "{path:?}");
        let risen: Vec<f64> = steady.iter().copied().chain((0..30).map(|at| f64::from(8 + at % 3))).collect();
        let path = fit(&risen, 1).expect("some demand").path(1);
        assert!((path[0] - 9.0).abs() < 1.5, "{path:?}");
    }

    #[test]
    fn a_week_keeps_its_shape() {
        let week: Vec<f64> = (0..140).map(|at| [0.0, 1.0, 1.0, 2.0, 2.0, 6.0, 0.0][at % 7]).collect();
        let path = fit(&week, 7).expect("some demand").path(7);
        assert!(path[5] > 3.0 * path[1] && path[0] < path[1], "{path:?}");
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let fitted = fit(&[1.0, 0.0, 2.0, 0.0, 0.0, 1.0], 1).expect("some demand");
        let text = fitted.to_text();
        assert_eq!(Counts::from_text(&text), Some(fitted));
        for broken in ["", "counts 1 1", "counts 2 1 0", &text[..text.len() - 3]] {
            assert_eq!(Counts::from_text(broken), None, "{broken}");
        }
    }

    #[test]
    fn no_demand_is_no_model() {
        assert_eq!(fit(&[0.0; 9], 1), None);
        assert_eq!(fit(&[], 7), None);
    }

    #[test]
    fn the_gamma_function_is_that_of_the_tables() {
        for (x, expected) in
            [(0.5, 0.572_364_942_9), (1.0, 0.0), (5.0, 3.178_053_830_3), (30.5, 72.953_471_2)]
        {
            assert!((ln_gamma(x) - expected).abs() < 2e-5, "{x}: {}", ln_gamma(x));
        }
    }
}
