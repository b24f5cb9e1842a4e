//! A series as models want it: no gaps, and no days on which the site never trades.

use crate::limits::HISTORY_STEPS_MAX;
use domain::{Grain, Series};

#[cfg(test)]
mod tests;

/// Weekdays are judged closed by their last occurrences: so many, all of them missing.
const CLOSED_WEEKS: usize = 8;
/// And at least so many must have been seen.
const CLOSED_WEEKS_MIN: usize = 4;

/// A gapless history and how it lies in the calendar.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Prepared<'a> {
    /// The newest part of the series as it came, for the net.
    pub raw: &'a [Option<f64>],
    /// Season of `raw`.
    pub raw_season: usize,
    /// Demand of the steps on which the site trades; gaps filled.
    pub history: Vec<f64>,
    /// Where each of `history` lies in `raw`.
    pub raw_of: Vec<usize>,
    /// Whether each of `history` was observed, not filled.
    pub observed: Vec<bool>,
    /// Season of `history`; 1 for none.
    pub season: usize,
    /// For each step ahead: how many steps of trading come before it, or `None` where the site does not trade.
    pub ahead: Vec<Option<usize>>,
}

impl Prepared<'_> {
    /// Steps of trading within the horizon.
    pub fn open_ahead(&self) -> usize {
        self.ahead.iter().flatten().count()
    }
}

/// Cuts to the newest [`HISTORY_STEPS_MAX`] steps, leaves closed weekdays out and fills other gaps with the mean of their
/// neighbours a season away.
pub(crate) fn prepare(series: &Series, horizon: usize) -> Prepared<'_> {
    let values = &series.values;
    let first = values.iter().position(Option::is_some).unwrap_or(values.len());
    let raw = &values[first.max(values.len().saturating_sub(HISTORY_STEPS_MAX))..];
    let raw_season = crate::series::season(series);
    // Position modulo 7, counted back from the end so that the future continues it: phase 0 is the first step ahead.
    let phase_of = |index: usize| (index + 7 * raw.len() - raw.len()) % 7;
    let closed: [bool; 7] = std::array::from_fn(|phase| {
        let mut last = (0..raw.len())
            .rev()
            .filter(|&index| phase_of(index) == phase)
            .take(CLOSED_WEEKS)
            .map(|index| raw[index]);
        series.grain == Grain::Daily && {
            let (mut seen, mut empty) = (0, true);
            for value in &mut last {
                (seen, empty) = (seen + 1, empty && value.is_none());
            }
            empty && seen >= CLOSED_WEEKS_MIN
        }
    });
    let open_days = closed.iter().filter(|closed| !**closed).count();
    let all_open = open_days == 7 || open_days == 0;
    // A rare sale on a weekday that is closed by now would shift the season: it is left out too.
    let raw_of: Vec<usize> = (0..raw.len()).filter(|&index| all_open || !closed[phase_of(index)]).collect();
    let season = match series.grain {
        Grain::Daily if all_open => 7,
        Grain::Daily => open_days,
        Grain::Weekly => raw_season,
    };
    let seen: Vec<Option<f64>> = raw_of
        .iter()
        .map(|&index| raw[index].filter(|value| value.is_finite()).map(|value| value.max(0.0)))
        .collect();
    let mut open_steps = 0;
    let ahead = (0..horizon)
        .map(|step| {
            let open = all_open || !closed[step % 7];
            open.then(|| {
                open_steps += 1;
                open_steps - 1
            })
        })
        .collect();
    Prepared {
        raw,
        raw_season,
        observed: seen.iter().map(Option::is_some).collect(),
        history: filled(&seen, season),
        raw_of,
        season,
        ahead,
    }
}

/// Steps of any length with a given season, as evaluation series have them: nothing is known of a calendar.
pub(crate) fn steps(raw: &[Option<f64>], season: usize, horizon: usize) -> Prepared<'_> {
    let raw = &raw[raw.len().saturating_sub(HISTORY_STEPS_MAX)..];
    let seen: Vec<Option<f64>> =
        raw.iter().map(|value| value.filter(|value| value.is_finite()).map(|value| value.max(0.0))).collect();
    Prepared {
        raw,
        raw_season: season,
        observed: seen.iter().map(Option::is_some).collect(),
        history: filled(&seen, season),
        raw_of: (0..raw.len()).collect(),
        season,
        ahead: (0..horizon).map(Some).collect(),
    }
}

fn filled(seen: &[Option<f64>], season: usize) -> Vec<f64> {
    let (sum, count) =
        seen.iter().flatten().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    let mean = if count > 0.0 { sum / count } else { 0.0 };
    (0..seen.len())
        .map(|at| {
            seen[at].unwrap_or_else(|| {
                let back = (1..=4).map_while(|k| at.checked_sub(k * season)).find_map(|index| seen[index]);
                let on = (1..=4).find_map(|k| seen.get(at + k * season).copied().flatten());
                match (back, on) {
                    (Some(back), Some(on)) => (back + on) / 2.0,
                    (Some(one), None) | (None, Some(one)) => one,
                    (None, None) => mean,
                }
            })
        })
        .collect()
}
