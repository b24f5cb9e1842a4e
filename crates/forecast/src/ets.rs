//! Exponential smoothing: level, trend (none, additive, damped) and season (none, additive, multiplicative) with additive or
//! multiplicative error, chosen by AICc (Hyndman, Koehler, Ord, Snyder 2008).
//!
//! Own code: the library's seasonal fit takes ten times as long and is worse. Where we deviate: the seasonal indices at the
//! start come from a decomposition of the first seasons, not from the search; and not all fifteen forms are tried, but those
//! without trend first, then trends on the two best seasons. The recursion is the same for both kinds of error (the
//! error's size cancels), so only the likelihood tells them apart. Start at [`choose`].

use crate::search::simplex;
use crate::season::{self, Join};

#[cfg(test)]
mod tests;

/// Seasons longer than this are not smoothed index by index: there is too little of each.
pub(crate) const SEASON_MAX: usize = 24;
/// Seasons that make the indices at the start.
const FIRST_SEASONS: usize = 5;
/// Asks of the search for each unknown.
const ASKS: usize = 45;
/// Up to so many steps trends are tried with both kinds of error.
const BOTH_ERRORS_STEPS_MAX: usize = 24;
/// The trend is smoothed by so much of what the level is at most: faster ones follow noise, on M1 and M3 alike.
const BETA_SHARE_MAX: f64 = 0.15;
/// A season whose best form without trend is worse than the best by more than this is not tried with one.
const AICC_APART: f64 = 6.0;

/// How a level grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// Not.
    None,
    /// By the same a step.
    Additive,
    /// By less and less.
    Damped,
}

/// How a season joins the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    /// Not.
    None,
    /// As so many more or less.
    Additive,
    /// As so many times.
    Multiplicative,
}

/// What is smoothed and how the error is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Errors grow with the level.
    pub relative: bool,
    /// The trend.
    pub trend: Trend,
    /// The season.
    pub season: Season,
}

/// Smoothing constants: of level, trend, season, and what damps the trend.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constants {
    /// Of the level, 0 to 1.
    pub alpha: f64,
    /// Of the trend, 0 to `alpha`.
    pub beta: f64,
    /// Of the season, 0 to 1 − `alpha`.
    pub gamma: f64,
    /// What is left of the trend after a step; 1 where it is not damped.
    pub phi: f64,
}

/// A fitted model: it says the next steps, takes one observation without a fit, and goes to text and back.
#[derive(Clone, Debug, PartialEq)]
pub struct Ets {
    /// What is smoothed.
    pub form: Form,
    /// How much.
    pub constants: Constants,
    /// The level after the last observation.
    pub level: f64,
    /// The trend after it.
    pub slope: f64,
    /// The indices, the next step's first; one where there is no season.
    pub indices: Vec<f64>,
    /// AICc of the fit, lower is better.
    pub aicc: f64,
    /// Mean squared error one step ahead, within the history.
    pub variance: f64,
}

/// What a search starts from.
struct Start {
    level: f64,
    slope: f64,
    indices: Vec<f64>,
}

/// The best form for this history; `None` for less than four steps or what is not finite.
pub fn choose(history: &[f64], season: usize) -> Option<Ets> {
    if history.len() < 4 || history.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let season = if (2..=SEASON_MAX).contains(&season) && history.len() > 2 * season { season } else { 1 };
    let positive = history.iter().all(|value| *value > 0.0);
    let mut tried: Vec<Ets> = Vec::new();
    let mut seasons = vec![Season::None];
    if season > 1 {
        seasons.push(Season::Additive);
        if positive {
            seasons.push(Season::Multiplicative);
        }
    }
    for kind in seasons {
        let Some(start) = start(history, season, kind) else { continue };
        for relative in [false, true] {
            // Additive error on a multiplicative season is left out: its variance may have no end.
            if relative && !positive || !relative && kind == Season::Multiplicative {
                continue;
            }
            tried.extend(fit(history, &start, Form { relative, trend: Trend::None, season: kind }));
        }
    }
    tried.sort_by(|a, b| a.aicc.total_cmp(&b.aicc));
    let best = tried.first()?.aicc;
    let mut promising: Vec<Form> = Vec::new();
    for one in tried
        .iter()
        .filter(|one| one.aicc <= best + AICC_APART * if one.form.season == Season::None { 2.0 } else { 1.0 })
    {
        if promising.iter().all(|form| form.season != one.form.season) && promising.len() < 2 {
            promising.push(one.form);
        }
    }
    for form in promising {
        let Some(start) = start(history, season, form.season) else { continue };
        for relative in [false, true] {
            // Which kind of error suits shows without a trend already, where there is history enough to tell.
            let told = history.len() > BOTH_ERRORS_STEPS_MAX && relative != form.relative;
            if told || relative && !positive || !relative && form.season == Season::Multiplicative {
                continue;
            }
            for trend in [Trend::Additive, Trend::Damped] {
                // Where there is a season, a trend that is never damped runs away more often than it is right.
                if trend == Trend::Additive && season > 1 {
                    continue;
                }
                tried.extend(fit(history, &start, Form { trend, relative, ..form }));
            }
        }
    }
    tried
        .into_iter()
        .filter(|one| one.aicc.is_finite() || history.len() < 8)
        .min_by(|a, b| a.aicc.total_cmp(&b.aicc))
}

fn start(history: &[f64], season: usize, kind: Season) -> Option<Start> {
    let indices = match kind {
        Season::None => vec![],
        Season::Additive | Season::Multiplicative => {
            let join = if kind == Season::Additive { Join::Add } else { Join::Multiply };
            season::indices(&history[..history.len().min(FIRST_SEASONS * season)], season, join)?
        }
    };
    let first = &history[..history.len().min(10.max(2 * indices.len()))];
    let plain = match kind {
        Season::None => first.to_vec(),
        Season::Additive => season::without(first, &indices, Join::Add),
        Season::Multiplicative => season::without(first, &indices, Join::Multiply),
    };
    let (level, slope) = line(&plain);
    let indices =
        if indices.is_empty() { vec![if kind == Season::None { 0.0 } else { 1.0 }] } else { indices };
    Some(Start { level, slope, indices })
}

/// The straight line through values: where it is one step before the first, and its slope.
fn line(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mid = (n + 1.0) / 2.0;
    let mean = values.iter().sum::<f64>() / n;
    let (mut xx, mut xy) = (0.0, 0.0);
    for (step, value) in (1..).zip(values) {
        let x = f64::from(step) - mid;
        xx += x * x;
        xy += x * (value - mean);
    }
    let slope = if xx > 0.0 { xy / xx } else { 0.0 };
    (mean - slope * mid, slope)
}

fn fit(history: &[f64], start: &Start, form: Form) -> Option<Ets> {
    let scale = history.iter().map(|value| value.abs()).sum::<f64>() / history.len() as f64;
    let scale = if scale > 0.0 { scale } else { 1.0 };
    let mean = history.iter().take(10).sum::<f64>() / history.len().min(10) as f64;
    let (trended, seasonal) = (form.trend != Trend::None, form.season != Season::None);
    let m = start.indices.len();
    let mut indices = start.indices.clone();
    // alpha, level | beta's share of alpha, slope | gamma's share of 1 − alpha | phi
    let constants = |x: &[f64; 6]| {
        let alpha = x[0].clamp(1e-4, 0.9999);
        Constants {
            alpha,
            beta: if trended { alpha * x[2].clamp(1e-4, BETA_SHARE_MAX) } else { 0.0 },
            gamma: if seasonal { (1.0 - alpha) * x[4].clamp(1e-4, 0.9999) } else { 0.0 },
            phi: if form.trend == Trend::Damped { x[5].clamp(0.8, 0.98) } else { 1.0 },
        }
    };
    let level = if trended {
        start.level
    } else if seasonal {
        start.level + start.slope
    } else {
        mean
    };
    let mut value = |x: &[f64; 6]| {
        // Outside their bounds constants stay at them; a little more is asked for so that the search comes back.
        let outside = |x: f64, low: f64, high: f64| (low - x).max(x - high).max(0.0);
        let mut fine = outside(x[0], 0.0, 1.0);
        if trended {
            fine += outside(x[2], 0.0, BETA_SHARE_MAX);
        }
        if seasonal {
            fine += outside(x[4], 0.0, 1.0);
        }
        if form.trend == Trend::Damped {
            fine += outside(x[5], 0.8, 0.98);
        }
        indices.copy_from_slice(&start.indices);
        let slope = if trended { x[3] * scale } else { 0.0 };
        run(history, form, constants(x), x[1] * scale, slope, &mut indices).likelihood
            + fine * history.len() as f64
    };
    let at =
        [if seasonal || trended { 0.2 } else { 0.3 }, level / scale, 0.1, start.slope / scale, 0.1, 0.95];
    let by = [0.2, 0.1, 0.1, 0.02, 0.1, -0.04];
    // Each form searches only what it has.
    let (found, least) = match (trended, form.trend == Trend::Damped, seasonal) {
        (false, _, false) => among(&[0, 1], at, by, &mut value),
        (false, _, true) => among(&[0, 1, 4], at, by, &mut value),
        (true, false, false) => among(&[0, 1, 2, 3], at, by, &mut value),
        (true, true, false) => among(&[0, 1, 2, 3, 5], at, by, &mut value),
        (true, false, true) => among(&[0, 1, 2, 3, 4], at, by, &mut value),
        (true, true, true) => among(&[0, 1, 2, 3, 4, 5], at, by, &mut value),
    };
    if !least.is_finite() {
        return None;
    }
    let constants = constants(&found);
    let mut indices = start.indices.clone();
    let slope = if trended { found[3] * scale } else { 0.0 };
    let end = run(history, form, constants, found[1] * scale, slope, &mut indices);
    indices.rotate_left(history.len() % m);
    let n = history.len() as f64;
    let unknowns = 2.0
        + 1.0
        + if trended { 2.0 } else { 0.0 }
        + if form.trend == Trend::Damped { 1.0 } else { 0.0 }
        + if seasonal { m as f64 } else { 0.0 };
    let aicc = if n > unknowns + 1.0 {
        least + 2.0 * unknowns + 2.0 * unknowns * (unknowns + 1.0) / (n - unknowns - 1.0)
    } else {
        f64::INFINITY
    };
    let fitted =
        Ets { form, constants, level: end.level, slope: end.slope, indices, aicc, variance: end.squares / n };
    (fitted.level.is_finite() && fitted.slope.is_finite()).then_some(fitted)
}

/// The search over some of the six unknowns, the others kept where they are.
fn among<const N: usize>(
    axes: &[usize; N],
    at: [f64; 6],
    by: [f64; 6],
    value: &mut impl FnMut(&[f64; 6]) -> f64,
) -> ([f64; 6], f64) {
    let whole = |some: &[f64; N]| {
        let mut x = at;
        axes.iter().zip(some).for_each(|(axis, value)| x[*axis] = *value);
        x
    };
    let (found, _) = simplex(axes.map(|axis| at[axis]), axes.map(|axis| by[axis]), ASKS * N, 1e-7, |some| {
        value(&whole(some))
    });
    let found = whole(&found);
    let least = value(&found);
    (found, least)
}

/// Where a pass over the history ends.
struct End {
    level: f64,
    slope: f64,
    squares: f64,
    /// −2 ln of the likelihood, less what is the same for every form.
    likelihood: f64,
}

fn run(
    history: &[f64],
    form: Form,
    constants: Constants,
    level: f64,
    slope: f64,
    indices: &mut [f64],
) -> End {
    match (form.season, form.relative) {
        (Season::None, false) => pass::<0, false>(history, constants, level, slope, indices),
        (Season::None, true) => pass::<0, true>(history, constants, level, slope, indices),
        (Season::Additive, false) => pass::<1, false>(history, constants, level, slope, indices),
        (Season::Additive, true) => pass::<1, true>(history, constants, level, slope, indices),
        (Season::Multiplicative, false) => pass::<2, false>(history, constants, level, slope, indices),
        (Season::Multiplicative, true) => pass::<2, true>(history, constants, level, slope, indices),
    }
}

/// The recursion, compiled for each kind of season and error: it runs some thousand times a series.
#[inline(always)]
fn pass<const SEASON: u8, const RELATIVE: bool>(
    history: &[f64],
    constants: Constants,
    mut level: f64,
    mut slope: f64,
    indices: &mut [f64],
) -> End {
    let Constants { alpha, beta, gamma, phi } = constants;
    let (mut squares, mut relative, mut product, mut logs, mut at) = (0.0, 0.0, 1.0_f64, 0.0, 0);
    for value in history {
        let damped = phi * slope;
        let base = level + damped;
        let index = if SEASON > 0 { indices[at] } else { 0.0 };
        let said = match SEASON {
            0 => base,
            1 => base + index,
            _ => base * index,
        };
        let error = value - said;
        squares += error * error;
        if RELATIVE {
            relative += (error / said) * (error / said);
            // The logarithm of a product now and then is cheaper than one a step.
            product *= said;
            if !(1e-100..1e100).contains(&product.abs()) {
                logs += product.abs().ln();
                product = 1.0;
            }
            if said <= 0.0 {
                return End { level, slope, squares, likelihood: f64::INFINITY };
            }
        }
        let towards = if SEASON == 2 { error / index } else { error };
        level = base + alpha * towards;
        slope = damped + beta * towards;
        if SEASON > 0 {
            indices[at] += gamma * if SEASON == 2 { error / base } else { error };
            at = if at + 1 == indices.len() { 0 } else { at + 1 };
        }
    }
    let n = history.len() as f64;
    // An exact fit has no error to take the logarithm of.
    let floor = 1e-14 * (level * level + 1e-30);
    let likelihood = if RELATIVE {
        n * relative.max(1e-14).ln() + 2.0 * (logs + product.abs().ln())
    } else {
        n * squares.max(floor).ln()
    };
    End { level, slope, squares, likelihood }
}

impl Ets {
    /// The next `horizon` steps. May be negative, as the data may.
    pub fn path(&self, horizon: usize) -> Vec<f64> {
        let (mut grown, mut damping) = (0.0, 1.0);
        (0..horizon)
            .map(|step| {
                damping *= self.constants.phi;
                grown += damping * self.slope;
                self.joined(self.level + grown, self.indices[step % self.indices.len()])
            })
            .collect()
    }

    fn joined(&self, base: f64, index: f64) -> f64 {
        match self.form.season {
            Season::None => base,
            Season::Additive => base + index,
            Season::Multiplicative => base * index,
        }
    }

    /// Takes one more observation in, without a fit.
    pub fn update(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        let end = run(&[value], self.form, self.constants, self.level, self.slope, &mut self.indices);
        (self.level, self.slope) = (end.level, end.slope);
        self.indices.rotate_left(1);
    }

    /// As one line of text; numbers keep all their digits.
    pub fn to_text(&self) -> String {
        let Self { form, constants, .. } = self;
        let numbers = [
            constants.alpha,
            constants.beta,
            constants.gamma,
            constants.phi,
            self.level,
            self.slope,
            self.aicc,
            self.variance,
        ];
        let words: Vec<String> =
            numbers.iter().chain(&self.indices).map(|number| format!("{:016x}", number.to_bits())).collect();
        format!(
            "ets 1 {} {:?} {:?} {} {}",
            form.relative,
            form.trend,
            form.season,
            self.indices.len(),
            words.join(" ")
        )
    }

    /// What [`Ets::to_text`] wrote; `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut words = text.strip_prefix("ets 1 ")?.split(' ');
        let relative = words.next()?.parse().ok()?;
        let trend = match words.next()? {
            "None" => Trend::None,
            "Additive" => Trend::Additive,
            "Damped" => Trend::Damped,
            _ => return None,
        };
        let season = match words.next()? {
            "None" => Season::None,
            "Additive" => Season::Additive,
            "Multiplicative" => Season::Multiplicative,
            _ => return None,
        };
        let count: usize = words.next()?.parse().ok()?;
        let numbers: Vec<f64> = words
            .map(|word| u64::from_str_radix(word, 16).ok().filter(|_| word.len() == 16).map(f64::from_bits))
            .collect::<Option<_>>()?;
        let (&[alpha, beta, gamma, phi, level, slope, aicc, variance], indices) =
            numbers.split_first_chunk()?;
        let fine = count >= 1
            && indices.len() == count
            && [level, slope].iter().chain(indices).all(|x| x.is_finite());
        fine.then(|| Self {
            form: Form { relative, trend, season },
            constants: Constants { alpha, beta, gamma, phi },
            level,
            slope,
            indices: indices.to_vec(),
            aicc,
            variance,
        })
    }
}
