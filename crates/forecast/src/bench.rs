//! Measures on series whose end is known. The protocol of the shared figures: MASE with the seasonal in-sample scale, sMAPE
//! 0 to 200, RMSSE with the one-step scale and leading zeros cut, OWA against Naive2 (Makridakis et al. 2020).

use crate::choose::{self, Task};
use crate::net::Net;
use crate::ranking::{self, Bands, MEMBERS, Ranking};
use crate::{prepare, quantiles};
use domain::{Finding, ForecastModel};
use std::collections::BTreeMap;
use units::{ItemId, Progress, Seed, Stop, Stopped};

#[cfg(test)]
mod tests;

/// One series of a bench file: `unique_id,freq,season,h,train,test`, the values separated by blanks.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchRow {
    /// Its name.
    pub id: String,
    /// Steps of a season as scores have it, 1 for none.
    pub season: usize,
    /// Whether the steps are weeks: then a year is a season for models, where there are two.
    pub weekly: bool,
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
pub fn score_bands(rows: &[BenchRow], means: &[Vec<f64>], quantiles: &[Vec<[f64; 9]>]) -> BandScore {
    let mut pinball = Mean::default();
    let (mut below, mut above, mut many, mut within_many) =
        (Mean::default(), Mean::default(), Mean::default(), Mean::default());
    let share = |holds: bool| Some(if holds { 1.0 } else { 0.0 });
    for ((row, means), quantiles) in rows.iter().zip(means).zip(quantiles) {
        let scale = scale(&row.train, row.season, 1);
        let steps = row.test.iter().zip(quantiles);
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
    let weekly = next("freq")?.to_ascii_lowercase().ends_with("weekly");
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
    Ok(BenchRow { id, season, weekly, train, test })
}

impl BenchRow {
    /// The season that models see: a year for weeks where there are two, as planning has it.
    fn model_season(&self) -> usize {
        if self.weekly && self.season == 1 && self.train.len() >= 104 { 52 } else { self.season.max(1) }
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

/// The naive path on seasonally adjusted data, season by classical multiplicative decomposition (M4's benchmark Naive2).
fn naive2(train: &[f64], season: usize, horizon: usize) -> Vec<f64> {
    let flat = vec![train.last().copied().unwrap_or(0.0); horizon];
    if !crate::season::stands_out(train, season) {
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

/// One row's forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchForecast {
    /// The model chosen.
    pub model: ForecastModel,
    /// The mean a step.
    pub mean: Vec<f64>,
    /// `[step][level]`, at [`crate::LEVELS`].
    pub quantiles: Vec<[f64; 9]>,
}

/// Forecasts all rows as planning would, one pool of them, each with the season of its file: by the combination, or by one
/// model alone.
pub fn forecasts(
    rows: &[BenchRow],
    only: Option<ForecastModel>,
    bands: Bands,
    net: Option<&dyn Net>,
    seed: Seed,
    progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<BenchForecast>, Vec<Finding>), Stopped> {
    let values: Vec<Vec<Option<f64>>> =
        rows.iter().map(|row| row.train.iter().copied().map(Some).collect()).collect();
    let horizon =
        rows.iter().map(|row| row.test.len()).max().unwrap_or(0).min(crate::limits::HORIZON_STEPS_MAX);
    let only = only.and_then(|model| (0..MEMBERS).find(|member| ranking::id(*member) == model));
    let task = |index: usize| Task {
        item: ItemId(index as i64 + 1),
        prepared: prepare::steps(&values[index], rows[index].model_season(), horizon),
    };
    let total = 2 * rows.len() as u64;
    let first = Progress::new(|done, _| progress.report(done, total));
    let (tests, mut findings) = choose::backtests(rows.len(), task, horizon, net, only, seed, &first, stop)?;
    let ranking = Ranking::pooled(tests.iter().collect(), only).with_bands(bands);
    let second = Progress::new(|done, _| progress.report(rows.len() as u64 + done, total));
    let (chosen, more) = choose::forecasts(&tests, task, &ranking, horizon, net, &second, stop)?;
    findings.extend(more);
    let made = chosen
        .into_iter()
        .map(|one| BenchForecast { model: one.model, mean: one.mean, quantiles: one.quantiles })
        .collect();
    Ok((made, findings))
}

/// Forecasts all rows with [`forecasts`] and scores them.
pub fn run(
    rows: &[BenchRow],
    only: Option<ForecastModel>,
    bands: Bands,
    net: Option<&dyn Net>,
    seed: Seed,
    progress: &Progress,
    stop: &Stop,
) -> Result<(BenchReport, Vec<BenchForecast>), Stopped> {
    let (forecasts, _) = forecasts(rows, only, bands, net, seed, progress, stop)?;
    let mut models: BTreeMap<ForecastModel, usize> = BTreeMap::new();
    for forecast in &forecasts {
        *models.entry(forecast.model).or_default() += 1;
    }
    let means: Vec<Vec<f64>> = forecasts.iter().map(|forecast| forecast.mean.clone()).collect();
    let quantiles: Vec<Vec<[f64; 9]>> = forecasts.iter().map(|forecast| forecast.quantiles.clone()).collect();
    let mut models: Vec<_> = models.into_iter().collect();
    models.sort_by_key(|(model, count)| (std::cmp::Reverse(*count), *model));
    let naive: Vec<Vec<f64>> =
        rows.iter().map(|row| seasonal_naive(&row.train, row.season, row.test.len())).collect();
    let report = BenchReport {
        chosen: evaluate(rows, &means),
        bands: score_bands(rows, &means, &quantiles),
        seasonal_naive: evaluate(rows, &naive),
        models,
    };
    Ok((report, forecasts))
}

/// `model,unique_id,v1 v2 …`, a line a row.
pub fn points_text(model: &str, rows: &[BenchRow], forecasts: &[BenchForecast]) -> String {
    rows.iter()
        .zip(forecasts)
        .map(|(row, made)| {
            format!("{model},{},{}\n", row.id, spaced(made.mean.iter().take(row.test.len()).copied()))
        })
        .collect()
}

/// `model,unique_id,level,v1 v2 …`, a line a row and level.
pub fn quantiles_text(model: &str, rows: &[BenchRow], forecasts: &[BenchForecast]) -> String {
    let line = |row: &BenchRow, made: &BenchForecast, at: usize| {
        let values = made.quantiles.iter().take(row.test.len()).map(|step| step[at]);
        format!("{model},{},{},{}\n", row.id, crate::LEVELS[at], spaced(values))
    };
    rows.iter().zip(forecasts).flat_map(|(row, made)| (0..9).map(move |at| line(row, made, at))).collect()
}

fn spaced(values: impl Iterator<Item = f64>) -> String {
    values.map(|value| format!("{value:.6}")).collect::<Vec<_>>().join(" ")
}
