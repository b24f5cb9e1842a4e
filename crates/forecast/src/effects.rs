//! What the calendar, the price and promotions do to demand: learned beside the series, taken out before models see it and put
//! back on their path.
//!
//! A column is a number a step that is known ahead: 1 on a holiday, the price, 1 where a promotion runs. Its effect is a factor on
//! the demand that the steps around let expect, by ridge regression of demand's ratio to its centred average, so that an effect is
//! the same share of a slow item and a fast one. A column that never changes, or that is not known at every step, is left out
//! and named: nothing is silently ignored. Does not know what a holiday is, nor stock.

use crate::search::solve;
use crate::season;

/// Steps around of which the average is taken, where there is no season; a season's multiple else.
const AROUND: usize = 13;
/// A column counts as if so many steps had shown no effect.
const RIDGE_STEPS: f64 = 6.0;
/// No effect is larger: a factor from a tenth to ten.
const FACTOR_MAX: f64 = 10.0;

/// One column: its name and a number for each step, of the history and ahead.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What it is called in findings.
    pub name: String,
    /// A number for each step of the history.
    pub past: Vec<f64>,
    /// A number for each step to be forecast.
    pub ahead: Vec<f64>,
}

/// What was learned of the columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// The factor of each step of the history.
    pub past: Vec<f64>,
    /// The factor of each step ahead.
    pub ahead: Vec<f64>,
    /// Each column used, with what one unit of it does: 0.2 is a fifth more.
    pub used: Vec<(String, f64)>,
    /// Each column left out, and why.
    pub left_out: Vec<(String, String)>,
}

/// Learns what these columns do; factors of one where nothing can be learned.
pub fn learn(history: &[Option<f64>], season: usize, columns: &[Column]) -> Effects {
    let ahead = columns.iter().map(|column| column.ahead.len()).max().unwrap_or(0);
    let mut effects =
        Effects { past: vec![1.0; history.len()], ahead: vec![1.0; ahead], ..Effects::default() };
    let mut fit: Vec<(&Column, f64, f64)> = Vec::new();
    for column in columns {
        match judge(column, history.len(), ahead) {
            Ok((mean, size)) => fit.push((column, mean, size)),
            Err(why) => effects.left_out.push((column.name.clone(), why.to_owned())),
        }
    }
    let Some(ratios) = ratios(history, season).filter(|_| !fit.is_empty()) else {
        for (column, ..) in fit {
            let why = "the history is too short, or has no demand, to learn from".to_owned();
            effects.left_out.push((column.name.clone(), why));
        }
        return effects;
    };
    let mut rows = vec![vec![0.0; fit.len()]; fit.len()];
    let mut right = vec![0.0; fit.len()];
    for (at, ratio) in ratios.iter().enumerate() {
        let Some(ratio) = ratio else { continue };
        let x: Vec<f64> = fit.iter().map(|(column, mean, size)| (column.past[at] - mean) / size).collect();
        for (row, left) in x.iter().enumerate() {
            right[row] += left * (ratio - 1.0);
            rows[row].iter_mut().zip(&x).for_each(|(sum, other)| *sum += left * other);
        }
    }
    rows.iter_mut().enumerate().for_each(|(at, row)| row[at] += RIDGE_STEPS);
    let Some(found) = solve(rows, right) else { return effects };
    let factor = |of: &dyn Fn(&Column) -> f64| -> f64 {
        let moved: f64 = fit.iter().zip(&found).map(|((c, mean, size), by)| by * (of(c) - mean) / size).sum();
        (1.0 + moved).clamp(1.0 / FACTOR_MAX, FACTOR_MAX)
    };
    effects.past = (0..history.len()).map(|at| factor(&|column| column.past[at])).collect();
    effects.ahead = (0..ahead).map(|at| factor(&|column| column.ahead[at])).collect();
    effects.used =
        fit.iter().zip(&found).map(|((column, _, size), by)| (column.name.clone(), by / size)).collect();
    effects
}

/// A column's mean and size, or why it can't be used.
fn judge(column: &Column, past: usize, ahead: usize) -> Result<(f64, f64), &'static str> {
    if column.past.len() != past {
        return Err("it has not one number for each step of the history");
    }
    if column.ahead.len() != ahead {
        return Err("it is not known for every step ahead");
    }
    if column.past.iter().chain(&column.ahead).any(|value| !value.is_finite()) {
        return Err("it holds what is not a number");
    }
    let mean = column.past.iter().sum::<f64>() / past.max(1) as f64;
    let size =
        (column.past.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / past.max(1) as f64).sqrt();
    if size > 1e-9 * mean.abs().max(1e-9) {
        Ok((mean, size))
    } else {
        Err("it never changed, so its effect can't be seen")
    }
}

/// Demand over what the steps around let expect, with the season in it; `None` at the ends and where demand is missing.
fn ratios(history: &[Option<f64>], season: usize) -> Option<Vec<Option<f64>>> {
    let known = history.iter().flatten().filter(|value| value.is_finite()).count();
    let mean = history.iter().flatten().filter(|value| value.is_finite()).sum::<f64>() / known.max(1) as f64;
    let window = if season > 1 { season * AROUND.div_ceil(season) } else { AROUND };
    if mean <= 0.0 || known < 2 * window {
        return None;
    }
    let filled: Vec<f64> =
        history.iter().map(|value| value.filter(|x| x.is_finite()).unwrap_or(mean)).collect();
    let indices = season::indices(&filled, season, season::Join::Multiply);
    let (middle, offset) = season::trend(&filled, window);
    let ratio = |at: usize| {
        let around = middle.get(at.checked_sub(offset)?)?;
        let index = indices.as_ref().map_or(1.0, |indices| indices[at % season].max(0.05));
        let expected = around * index;
        (expected > 0.05 * mean).then(|| (history[at].unwrap_or(0.0) / expected).min(FACTOR_MAX))
    };
    Some((0..history.len()).map(|at| history[at].filter(|x| x.is_finite()).and_then(|_| ratio(at))).collect())
}

impl Effects {
    /// The history as it would have been without the columns: what models are to see.
    pub fn without(&self, history: &[Option<f64>]) -> Vec<Option<f64>> {
        history.iter().zip(&self.past).map(|(value, factor)| value.map(|value| value / factor)).collect()
    }

    /// Puts the effects on a forecast's means and quantiles, in place; counts stay counts of this amount.
    pub fn put_on(&self, mean: &mut [f64], quantiles: &mut [Vec<f64>], amount: Option<f64>) {
        mean.iter_mut().zip(&self.ahead).for_each(|(value, factor)| *value *= factor);
        for (step, factor) in quantiles.iter_mut().zip(&self.ahead) {
            for value in step {
                *value *= factor;
                if let Some(amount) = amount.filter(|amount| *amount > 0.0) {
                    *value = (*value / amount).round() * amount;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promotion(count: usize, ahead: usize) -> Column {
        let runs = |at: usize| if at % 9 < 2 { 1.0 } else { 0.0 };
        Column {
            name: "promotion".into(),
            past: (0..count).map(runs).collect(),
            ahead: (count..count + ahead).map(runs).collect(),
        }
    }

    #[test]
    fn a_promotion_is_learned_taken_out_and_put_back() {
        let column = promotion(90, 9);
        let wobble = |at: usize| ((at * 7) % 5) as f64 - 2.0;
        let history: Vec<Option<f64>> =
            (0..90).map(|at| Some((40.0 + wobble(at)) * (1.0 + column.past[at]))).collect();
        let effects = learn(&history, 1, &[column]);
        assert!(effects.left_out.is_empty());
        let lift = effects.ahead[0] / effects.ahead[5];
        assert!((1.6..2.2).contains(&lift), "{lift}");
        let plain: Vec<f64> = effects.without(&history).into_iter().flatten().collect();
        let (run, quiet) = (plain[81] + plain[82], plain[83] + plain[84]);
        assert!((run / quiet - 1.0).abs() < 0.25, "{run} against {quiet}");
        let (mut mean, mut quantiles) = (vec![10.0; 9], vec![vec![8.0, 12.0]; 9]);
        effects.put_on(&mut mean, &mut quantiles, Some(1.0));
        assert!(mean[0] > mean[5] && quantiles.iter().flatten().all(|value| value.fract() == 0.0));
        assert!(quantiles.iter().all(|step| step[0] <= step[1]));
    }

    #[test]
    fn what_is_left_out_is_named() {
        let never = Column { name: "price".into(), past: vec![3.0; 90], ahead: vec![3.0; 9] };
        let short = Column { name: "holiday".into(), past: vec![0.0; 89], ahead: vec![0.0; 9] };
        let unknown = Column { name: "weather".into(), past: vec![f64::NAN; 90], ahead: vec![0.0; 9] };
        let effects = learn(&vec![Some(5.0); 90], 7, &[never, short, unknown]);
        let names: Vec<&str> = effects.left_out.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["price", "holiday", "weather"]);
        assert!(effects.past.iter().chain(&effects.ahead).all(|factor| *factor == 1.0));
        let nothing = learn(&vec![None; 90], 7, &[promotion(90, 9)]);
        assert!(nothing.left_out[0].1.contains("no demand"), "{nothing:?}");
    }
}
