//! The forecasts of the product on a file of evaluation series, as planning would make them.

use crate::failure::{Failure, Result};
use crate::models::{Library, Models};
use domain::ForecastModel;
use forecast::bench::{BandScore, BenchRow, BenchScore};
use forecast::net::Net;
use units::{ItemId, Progress, Seed, Stop};

/// One series' forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchLine {
    /// The series' name in the file.
    pub id: String,
    /// The model chosen.
    pub model: ForecastModel,
    /// What ran it.
    pub provider: String,
    /// The point forecast: the mean.
    pub mean: Vec<f64>,
    /// Levels.
    pub levels: Vec<f64>,
    /// `quantiles[step][level]`.
    pub quantiles: Vec<Vec<f64>>,
}

/// Forecasts `count` evenly spaced rows of `text` (`unique_id,freq,season,h,train,test` with a header) and scores them.
/// Blocking; takes seconds.
pub fn bench_forecasts(
    library: Option<Library>,
    text: &str,
    count: usize,
) -> Result<(Vec<BenchLine>, BenchScore, BandScore)> {
    let lines: Vec<&str> = text.lines().skip(1).filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return Err(Failure::bad_input(
            "the series file has no rows; it needs unique_id,freq,season,h,train,test",
        ));
    }
    let count = count.clamp(1, lines.len());
    let rows: Vec<BenchRow> = (0..count)
        .map(|n| {
            let line = n * lines.len() / count;
            forecast::bench::parse_row(lines[line])
                .map_err(|e| Failure::bad_input(format!("line {}: {e}", line + 2)))
        })
        .collect::<Result<_>>()?;
    let models = Models::new(library.clone());
    let net = if library.is_some() { Some(models.net()?) } else { None };
    let net = net.as_ref().map(|net| net as &dyn Net);
    let series: Vec<_> = rows.iter().zip(1..).map(|(row, id)| row.series(ItemId(id))).collect();
    let horizon = rows.iter().map(|row| row.test.len()).max().unwrap_or(1);
    let (progress, stop) = (Progress::none(), Stop::default());
    let (forecasts, _) = forecast::choose_all(&series, horizon, net, Seed(1), &progress, &stop)?;
    let means: Vec<Vec<f64>> = forecasts
        .iter()
        .zip(&rows)
        .map(|(made, row)| made.mean[..row.test.len().min(made.mean.len())].to_vec())
        .collect();
    let score = forecast::bench::evaluate(&rows, &means);
    let quantiles: Vec<_> = forecasts.iter().map(|made| made.quantiles.clone()).collect();
    let bands = forecast::bench::bands(&rows, &means, &quantiles);
    let lines = forecasts
        .into_iter()
        .zip(rows)
        .map(|(made, row)| BenchLine {
            id: row.id,
            model: made.model,
            provider: made.provider,
            mean: made.mean,
            levels: made.levels,
            quantiles: made.quantiles,
        })
        .collect();
    models.stop();
    Ok((lines, score, bands))
}
