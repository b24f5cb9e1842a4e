//! The theta method with a line that is learned step by step, its weight and the smoothing found by search (Fiorucci,
//! Pellegrini, Louzada, Petropoulos, Koehler 2016: DOTM). Seasons are tested for and taken out beforehand.

use crate::search::simplex;
use crate::season::{self, Join};

/// Asks of the search.
const ASKS: usize = 150;

/// What a pass over the history leaves.
#[derive(Clone, Copy)]
struct State {
    level: f64,
    mean: f64,
    intercept: f64,
    slope: f64,
    steps: f64,
    /// (1 − α) to the power of the steps.
    fading: f64,
}

/// What a step is expected to be.
fn said(state: &State, alpha: f64, theta: f64) -> f64 {
    let line = state.fading * state.intercept + (1.0 - state.fading * (1.0 - alpha)) / alpha * state.slope;
    state.level + (1.0 - 1.0 / theta) * line
}

fn take(state: &mut State, value: f64, alpha: f64) {
    let t = state.steps + 1.0;
    let mean = ((t - 1.0) * state.mean + value) / t;
    state.slope =
        if t > 1.0 { ((t - 2.0) * state.slope + 6.0 * (value - state.mean) / t) / (t + 1.0) } else { 0.0 };
    state.mean = mean;
    state.intercept = mean - (t + 1.0) / 2.0 * state.slope;
    state.level = alpha * value + (1.0 - alpha) * state.level;
    state.fading *= 1.0 - alpha;
    state.steps = t;
}

/// The line is learned step by step ([`take`]), its weight and the smoothing from the errors one step ahead.
fn moving(values: &[f64], horizon: usize) -> Option<Vec<f64>> {
    let first = *values.first()?;
    let scale = values.iter().map(|value| value.abs()).sum::<f64>() / values.len() as f64;
    if scale == 0.0 {
        return Some(vec![0.0; horizon]);
    }
    let bounds = |x: &[f64; 3]| (x[0].clamp(0.05, 0.99), x[1].clamp(1.0, 30.0), x[2] * scale);
    let pass = |alpha: f64, theta: f64, level: f64| {
        let mut state = State { level, mean: 0.0, intercept: first, slope: 0.0, steps: 0.0, fading: 1.0 };
        let mut squares = 0.0;
        for (step, value) in values.iter().enumerate() {
            let error = value - said(&state, alpha, theta);
            // The first steps teach the line; they prove nothing.
            if step >= 3 {
                squares += error * error;
            }
            take(&mut state, *value, alpha);
        }
        (squares, state)
    };
    let (found, _) = simplex([0.3, 2.0, first / 2.0 / scale], [0.2, 1.0, 0.1], ASKS, 1e-6, |x| {
        let (alpha, theta, level) = bounds(x);
        let outside = (x[0] - alpha).abs() + (x[1] - theta).abs();
        pass(alpha, theta, level).0 * (1.0 + outside)
    });
    let (alpha, theta, level) = bounds(&found);
    let mut state = pass(alpha, theta, level).1;
    let path = (0..horizon)
        .map(|_| {
            let next = said(&state, alpha, theta);
            take(&mut state, next, alpha);
            next
        })
        .collect();
    Some(path)
}

/// The next `horizon` steps; `None` where nothing was observed. May be negative.
pub(crate) fn forecast(history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let of = |values: &[f64]| moving(values, horizon);
    if season::stands_out(history, season) {
        let positive = history.iter().all(|value| *value > 0.0);
        for join in [Join::Multiply, Join::Add] {
            if join == Join::Multiply && !positive {
                continue;
            }
            if let Some(indices) = season::indices(history, season, join) {
                // Nearly nothing in some month: dividing by it would make noise of it.
                if join == Join::Multiply && indices.iter().any(|index| *index < 0.01) {
                    continue;
                }
                let mut path = of(&season::without(history, &indices, join))?;
                season::with(&mut path, history.len(), &indices, join);
                return Some(path);
            }
        }
    }
    of(history)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_followed_half_or_more() {
        let values: Vec<f64> = (0..40).map(|at| 100.0 + 2.0 * f64::from(at)).collect();
        let path = forecast(&values, 1, 5).expect("forty steps");
        assert!(path.windows(2).all(|pair| pair[1] - pair[0] > 0.9), "{path:?}");
        assert!((path[0] - 180.0).abs() < 4.0, "{path:?}");
    }

    #[test]
    fn a_season_comes_back() {
        let wave = |at: usize| [1.4, 0.8, 0.9, 0.9][at % 4] * (50.0 + at as f64 * 0.1);
        let values: Vec<f64> = (0..48).map(wave).collect();
        let path = forecast(&values, 4, 4).expect("twelve seasons");
        assert!(path.iter().enumerate().all(|(k, said)| (said - wave(48 + k)).abs() < 2.0), "{path:?}");
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(forecast(&[], 4, 3), None);
        assert_eq!(forecast(&[0.0; 9], 1, 2), Some(vec![0.0; 2]));
    }
}
