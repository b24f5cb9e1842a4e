//! Seasonal exponential smoothing with additive error: no or damped trend, no or additive season, chosen by AICc (Hyndman,
//! Koehler, Ord, Snyder 2008, §2–3).
//!
//! Own code where there is a season, since the library's seasonal fit takes milliseconds and this one a tenth of one: the
//! smoothing constants come from a coarse grid and two rounds of refinement instead of a simplex, which costs little because
//! the likelihood is flat around its best. Initial states come from the first seasons, not from the search.

#[cfg(test)]
mod tests;

/// Smoothing constants of one model. `beta` and `gamma` are zero where there is no trend or season.
#[derive(Clone, Copy, Debug)]
struct Constants {
    alpha: f64,
    beta: f64,
    phi: f64,
    gamma: f64,
}

const ALPHAS: [f64; 5] = [0.02, 0.06, 0.15, 0.3, 0.6];
const GAMMAS: [f64; 4] = [0.01, 0.05, 0.15, 0.35];
const BETAS: [f64; 2] = [0.02, 0.1];
const PHIS: [f64; 2] = [0.85, 0.95];
/// Seasons that make the initial states.
const FIRST_SEASONS: usize = 6;

/// The next `horizon` steps; `None` for less than two seasons. May be negative, as the data may.
pub(crate) fn forecast(history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    if season < 2 || history.len() < 2 * season {
        return None;
    }
    let start = start(history, season);
    let mut best: Option<(f64, Constants)> = None;
    for constants in grid() {
        let score = aicc(history, season, &start, constants);
        if best.is_none_or(|(least, _)| score < least) {
            best = Some((score, constants));
        }
    }
    let (mut least, mut constants) = best?;
    for factor in [1.5, 1.2] {
        let tries = [
            Constants { alpha: (constants.alpha * factor).min(0.95), ..constants },
            Constants { alpha: constants.alpha / factor, ..constants },
            Constants { gamma: (constants.gamma * factor).min(0.9), ..constants },
            Constants { gamma: constants.gamma / factor, ..constants },
        ];
        for one in tries {
            let score = aicc(history, season, &start, one);
            if score < least {
                (least, constants) = (score, one);
            }
        }
    }
    let mut state = start;
    run(history, season, &mut state, constants);
    let mut grown = 0.0;
    let mut damping = 1.0;
    Some(
        (0..horizon)
            .map(|step| {
                damping *= constants.phi;
                grown += damping * state.trend;
                let season =
                    if constants.gamma > 0.0 { state.season[(history.len() + step) % season] } else { 0.0 };
                state.level + grown + season
            })
            .collect(),
    )
}

fn grid() -> impl Iterator<Item = Constants> {
    let trends =
        std::iter::once((0.0, 0.0)).chain(BETAS.iter().flat_map(|b| PHIS.iter().map(move |phi| (*b, *phi))));
    trends.flat_map(|(beta, phi)| {
        ALPHAS.iter().flat_map(move |alpha| {
            std::iter::once(&0.0).chain(&GAMMAS).map(move |gamma| Constants {
                alpha: *alpha,
                beta,
                phi,
                gamma: *gamma,
            })
        })
    })
}

#[derive(Clone, Debug)]
struct State {
    level: f64,
    trend: f64,
    season: Vec<f64>,
}

fn start(history: &[f64], season: usize) -> State {
    let seasons = (history.len() / season).min(FIRST_SEASONS);
    let first = &history[..seasons * season];
    let mut indices = vec![0.0; season];
    for one in first.chunks(season) {
        let mean = one.iter().sum::<f64>() / season as f64;
        one.iter().zip(&mut indices).for_each(|(value, index)| *index += (value - mean) / seasons as f64);
    }
    let level = first[..season].iter().sum::<f64>() / season as f64;
    State { level, trend: 0.0, season: indices }
}

/// Runs the recursion and returns the sum of squared one-step errors.
fn run(history: &[f64], season: usize, state: &mut State, constants: Constants) -> f64 {
    let (mut squares, mut at) = (0.0, 0);
    let seasonal = constants.gamma > 0.0;
    for value in history {
        let trend = constants.phi * state.trend;
        let index = if seasonal { state.season[at] } else { 0.0 };
        let error = value - state.level - trend - index;
        squares += error * error;
        state.level += trend + constants.alpha * error;
        state.trend = trend + constants.alpha * constants.beta * error;
        if seasonal {
            state.season[at] += (1.0 - constants.alpha) * constants.gamma * error;
        }
        at = if at + 1 == season { 0 } else { at + 1 };
    }
    squares
}

fn aicc(history: &[f64], season: usize, start: &State, constants: Constants) -> f64 {
    let squares = run(history, season, &mut start.clone(), constants);
    let n = history.len() as f64;
    let trend = if constants.beta > 0.0 { 3.0 } else { 0.0 };
    let seasonal = if constants.gamma > 0.0 { season as f64 } else { 0.0 };
    let k = 3.0 + trend + seasonal;
    // An exact fit has no error to take the logarithm of; where states are as many as data, nothing is proven.
    let correction = if n > k + 1.0 { 2.0 * k * (k + 1.0) / (n - k - 1.0) } else { f64::INFINITY };
    n * (squares / n).max(1e-12).ln() + 2.0 * k + correction
}
