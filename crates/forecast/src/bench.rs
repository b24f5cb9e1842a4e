//! Measures on series whose end is known. The protocol of the shared figures: MASE with the seasonal in-sample scale, sMAPE
//! 0 to 200, RMSSE with the one-step scale and leading zeros cut, OWA against Naive2 (Makridakis et al. 2020).

use crate::net::Net;
use crate::quantiles;
use domain::{ForecastModel, Grain, Series};
use std::collections::BTreeMap;
use units::{Day, ItemId, Progress, Seed, Stop, Stopped};

#[cfg(test)]
mod tests;

/// One series of a bench file: `unique_id,freq,season,h,train,test`, the values separated by blanks.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchRow {
    /// Its name.
    pub id: String,
    /// Steps of a season, 1 for none.
    pub season: usize,
    /// What a model may see.
    pub train: Vec<f64>,
    /// What it is measured on; as long as the horizon.
    pub test: Vec<f64>,
}

/// Measures over all rows; lower is better. Rows whose scale is zero are left out of that measure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BenchScore {
    /// Rows.
    pub rows: usize,
    /// Mean absolute scaled error.
    pub mase: f64,
    /// Symmetric mean absolute percentage error, 0 to 200.
    pub smape: f64,
    /// Root mean squared scaled error.
    pub rmsse: f64,
    /// Overall weighted average against Naive2.
    pub owa: f64,
}

/// What the outermost band held, as shares of the steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BandScore {
    /// Scaled pinball loss over all levels.
    pub pinball: f64,
    /// What came was below the band.
    pub below: f64,
    /// It was within it, ends included.
    pub within: f64,
    /// It was above.
    pub above: f64,
    /// Within, of the steps that expect at least [`MANY`] units. Where few are expected the ends of a band are whole counts,
    /// often zero: they hold more than their share however well they are made, and `above` is what to judge them by.
    pub within_many: f64,
    /// The share of such steps.
    pub many: f64,
}

/// Units a step from which the steps of a count no longer widen a band.
pub const MANY: f64 = 10.0;

/// Scores quantiles (`[row][step][level]`) and the means beside them against each row's test part.
pub fn bands(rows: &[BenchRow], means: &[Vec<f64>], quantiles: &[Vec<Vec<f64>>]) -> BandScore {
    let mut pinball = Mean::default();
    let (mut below, mut above, mut many, mut within_many) =
        (Mean::default(), Mean::default(), Mean::default(), Mean::default());
    let share = |holds: bool| Some(if holds { 1.0 } else { 0.0 });
    for ((row, means), quantiles) in rows.iter().zip(means).zip(quantiles) {
        let bands: Vec<[f64; 9]> =
            quantiles.iter().filter_map(|at| <[f64; 9]>::try_from(at.as_slice()).ok()).collect();
        let scale = scale(&row.train, row.season, 1);
        let steps = row.test.iter().zip(&bands);
        let loss = over(steps.clone().map(|(y, band)| quantiles::pinball(*y, band)), row.test.len());
        pinball.add((scale > 0.0).then(|| loss / scale));
        for ((y, band), mean) in steps.zip(means) {
            below.add(share(*y < band[0]));
            above.add(share(*y > band[8]));
            many.add(share(*mean >= MANY));
            if *mean >= MANY {
                within_many.add(share(band[0] <= *y && *y <= band[8]));
            }
        }
    }
    let (below, above) = (below.value(), above.value());
    BandScore {
        pinball: pinball.value(),
        below,
        within: 1.0 - below - above,
        above,
        within_many: within_many.value(),
        many: many.value(),
    }
}

/// What [`run`] measured.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchReport {
    /// The chosen forecasts.
    pub chosen: BenchScore,
    /// Their quantiles.
    pub bands: BandScore,
    /// The same protocol for the seasonal naive, the one to beat.
    pub seasonal_naive: BenchScore,
    /// How many rows chose which model, most first.
    pub models: Vec<(ForecastModel, usize)>,
}

/// Reads one line (not the header). The error says which field is not as it should be.
pub fn parse_row(line: &str) -> Result<BenchRow, String> {
    let mut fields = line.trim_end().split(',');
    let mut next = |name: &str| fields.next().ok_or(format!("{name} is missing"));
    let id = next("unique_id")?.to_owned();
    next("freq")?;
    let season = next("season")?.parse().map_err(|_| "season is not a whole number".to_owned())?;
    let horizon: usize = next("h")?.parse().map_err(|_| "h is not a whole number".to_owned())?;
    let mut values = |name: &str| -> Result<Vec<f64>, String> {
        next(name)?
            .split_whitespace()
            .map(|v| v.parse().map_err(|_| format!("{name}: {v:?} is not a number")))
            .collect()
    };
    let (train, test) = (values("train")?, values("test")?);
    if test.len() != horizon {
        return Err(format!("test has {} values, h says {horizon}", test.len()));
    }
    Ok(BenchRow { id, season, train, test })
}

impl BenchRow {
    /// As a series: days where the season is 7, else weeks.
    pub fn series(&self, item: ItemId) -> Series {
        let grain = if self.season == 7 { Grain::Daily } else { Grain::Weekly };
        Series { item, grain, start: Day(4), values: self.train.iter().copied().map(Some).collect() }
    }
}

/// The rows' scale: mean absolute (or squared) change `lag` apart, `lag` 1 where the history is shorter; 0 where there is none.
fn scale(values: &[f64], lag: usize, power: i32) -> f64 {
    let lag = if values.len() <= lag { 1 } else { lag.max(1) };
    if values.len() <= lag {
        return 0.0;
    }
    values.windows(lag + 1).map(|w| (w[lag] - w[0]).abs().powi(power)).sum::<f64>()
        / (values.len() - lag) as f64
}

/// A mean that leaves out what could not be measured.
#[derive(Clone, Default)]
struct Mean(f64, f64);

impl Mean {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            *self = Mean(self.0 + value, self.1 + 1.0);
        }
    }
    fn value(&self) -> f64 {
        self.0 / self.1
    }
}

fn over(steps: impl Iterator<Item = f64>, count: usize) -> f64 {
    steps.sum::<f64>() / count as f64
}

fn smape(actual: &[f64], said: &[f64]) -> f64 {
    let at = |(y, f): (&f64, &f64)| {
        if y.abs() + f.abs() == 0.0 { 0.0 } else { (y - f).abs() / (y.abs() + f.abs()) }
    };
    200.0 * over(actual.iter().zip(said).map(at), actual.len())
}

fn mase(row: &BenchRow, said: &[f64]) -> Option<f64> {
    let scale = scale(&row.train, row.season, 1);
    let error = over(row.test.iter().zip(said).map(|(y, f)| (y - f).abs()), row.test.len());
    (scale > 0.0).then(|| error / scale)
}

fn rmsse(row: &BenchRow, said: &[f64]) -> Option<f64> {
    let first = row.train.iter().position(|value| *value != 0.0).unwrap_or(0);
    let scale = scale(&row.train[first..], 1, 2);
    let error = over(row.test.iter().zip(said).map(|(y, f)| (y - f).powi(2)), row.test.len());
    (scale > 0.0).then(|| (error / scale).sqrt())
}

/// The seasonal naive path as the shared figures have it.
fn seasonal_naive(train: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    let last = if train.len() >= season {
        &train[train.len() - season..]
    } else {
        &train[train.len().saturating_sub(1)..]
    };
    last.iter().copied().cycle().take(horizon).collect()
}

/// Whether the season stands out of the autocorrelations, at 90 %, as the M4 benchmark tests it.
fn seasonal(train: &[f64], season: usize) -> bool {
    if season == 1 || train.len() < 3 * season {
        return false;
    }
    let mean = over(train.iter().copied(), train.len());
    let variance: f64 = train.iter().map(|value| (value - mean).powi(2)).sum();
    if variance == 0.0 {
        return false;
    }
    let r =
        |lag: usize| train.windows(lag + 1).map(|w| (w[lag] - mean) * (w[0] - mean)).sum::<f64>() / variance;
    let squares: f64 = (1..season).map(|lag| r(lag).powi(2)).sum();
    r(season).abs() > 1.645 * ((1.0 + 2.0 * squares) / train.len() as f64).sqrt()
}

/// The naive path on seasonally adjusted data, season by classical multiplicative decomposition (M4's benchmark Naive2).
fn naive2(train: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    let flat = vec![train.last().copied().unwrap_or(0.0); horizon];
    if !seasonal(train, season) {
        return flat;
    }
    let weights: Vec<f64> = if season.is_multiple_of(2) {
        (0..=season).map(|k| if k == 0 || k == season { 0.5 } else { 1.0 } / season as f64).collect()
    } else {
        vec![1.0 / season as f64; season]
    };
    let offset = (weights.len() - 1) / 2;
    let mut ratios = vec![Mean::default(); season];
    for (at, window) in train.windows(weights.len()).enumerate() {
        let trend: f64 = window.iter().zip(&weights).map(|(value, weight)| value * weight).sum();
        ratios[(at + offset) % season].add((trend != 0.0).then(|| train[at + offset] / trend));
    }
    let indices: Vec<f64> = ratios.iter().map(Mean::value).collect();
    let mean = over(indices.iter().copied(), season);
    let indices: Vec<f64> = indices.into_iter().map(|index| index / mean).collect();
    if indices.iter().any(|index| !index.is_finite() || *index <= 0.0) {
        return flat;
    }
    let level = train[train.len() - 1] / indices[(train.len() - 1) % season];
    (0..horizon).map(|step| level * indices[(train.len() + step) % season]).collect()
}

/// Scores `forecasts[row]` against each row's test part. A forecast shorter than its test part is a bug of the caller.
pub fn evaluate(rows: &[BenchRow], forecasts: &[Vec<f64>]) -> BenchScore {
    assert_eq!(rows.len(), forecasts.len(), "one forecast for each row");
    let score = |said: &dyn Fn(usize, &BenchRow) -> Vec<f64>| {
        let (mut m, mut s, mut r) = (Mean::default(), Mean::default(), Mean::default());
        for (index, row) in rows.iter().enumerate() {
            let said = said(index, row);
            assert!(said.len() >= row.test.len(), "{}: the forecast is shorter than the test", row.id);
            m.add(mase(row, &said));
            s.add(Some(smape(&row.test, &said)));
            r.add(rmsse(row, &said));
        }
        (m.value(), s.value(), r.value())
    };
    let (mase, smape, rmsse) = score(&|index, _| forecasts[index].clone());
    let base = score(&|_, row| naive2(&row.train, row.season, row.test.len()));
    BenchScore { rows: rows.len(), mase, smape, rmsse, owa: (mase / base.0 + smape / base.1) / 2.0 }
}

/// Chooses for all rows with [`crate::choose_all`] and scores it.
pub fn run(
    rows: &[BenchRow],
    net: Option<&dyn Net>,
    seed: Seed,
    progress: &Progress,
    stop: &Stop,
) -> Result<BenchReport, Stopped> {
    let all: Vec<Series> = rows.iter().zip(1..).map(|(row, id)| row.series(ItemId(id))).collect();
    let horizon = rows.iter().map(|row| row.test.len()).max().unwrap_or(0);
    let (forecasts, _) = crate::choose_all(&all, horizon, net, seed, progress, stop)?;
    let mut models: BTreeMap<ForecastModel, usize> = BTreeMap::new();
    for forecast in &forecasts {
        *models.entry(forecast.model).or_default() += 1;
    }
    let (means, quantiles): (Vec<_>, Vec<_>) =
        forecasts.into_iter().map(|forecast| (forecast.mean, forecast.quantiles)).unzip();
    let mut models: Vec<_> = models.into_iter().collect();
    models.sort_by_key(|(model, count)| (std::cmp::Reverse(*count), *model));
    let naive: Vec<Vec<f64>> =
        rows.iter().map(|row| seasonal_naive(&row.train, row.season, row.test.len())).collect();
    Ok(BenchReport {
        chosen: evaluate(rows, &means),
        bands: bands(rows, &means, &quantiles),
        seasonal_naive: evaluate(rows, &naive),
        models,
    })
}
