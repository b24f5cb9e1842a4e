//! The forecasts of the product on a file of evaluation series, as planning would make them.

use crate::failure::{Failure, Result};
use crate::models::{Library, Models};
use domain::ForecastModel;
use forecast::Bands;
use forecast::bench::{BandScore, BenchRow, BenchScore};
use forecast::net::Net;
use units::{Progress, Seed, Stop};

/// What a bench is asked.
#[derive(Clone, Debug)]
pub struct BenchAsk {
    /// One model alone, by its name; the combination where none is given or it is `auto`.
    pub model: Option<String>,
    /// So many rows at most, evenly spaced over the file.
    pub limit: usize,
    /// Outer quantiles that planning uses, instead of a band that holds 80 %.
    pub as_planned: bool,
}

/// What a bench found.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchResult {
    /// `auto`, or the model's name.
    pub name: String,
    /// How the means did.
    pub score: BenchScore,
    /// How the quantiles did.
    pub bands: BandScore,
    /// How many rows chose which model, most first.
    pub chosen: Vec<(ForecastModel, usize)>,
    /// `model,unique_id,v1 v2 …`, a line a row.
    pub points: String,
    /// `model,unique_id,level,v1 v2 …`, a line a row and level.
    pub quantiles: String,
}

/// Forecasts rows of `text` (`unique_id,freq,season,h,train,test` with a header) and scores them. Blocking; takes seconds.
pub fn bench_forecasts(library: Option<Library>, text: &str, ask: &BenchAsk) -> Result<BenchResult> {
    let lines: Vec<&str> = text.lines().skip(1).filter(|line| !line.trim().is_empty()).collect();
    if lines.is_empty() {
        return Err(Failure::bad_input(
            "the series file has no rows; it needs unique_id,freq,season,h,train,test",
        ));
    }
    let count = ask.limit.clamp(1, lines.len());
    let rows: Vec<BenchRow> = (0..count)
        .map(|n| {
            let line = n * lines.len() / count;
            forecast::bench::parse_row(lines[line])
                .map_err(|e| Failure::bad_input(format!("line {}: {e}", line + 2)))
        })
        .collect::<Result<_>>()?;
    let only = match ask.model.as_deref() {
        None | Some("auto") => None,
        Some(name) => Some(model_named(name, library.is_some())?),
    };
    let bands = if ask.as_planned { Bands::Quantiles } else { Bands::Held };
    let models = Models::new(library.clone());
    let net = if library.is_some() { Some(models.net()?) } else { None };
    let net = net.as_ref().map(|net| net as &dyn Net);
    let (report, forecasts) =
        forecast::bench::run(&rows, only, bands, net, Seed(1), &Progress::none(), &Stop::default())?;
    models.stop();
    let name = only.map_or("auto".to_owned(), |model| format!("{model:?}"));
    Ok(BenchResult {
        points: forecast::bench::points_text(&name, &rows, &forecasts),
        quantiles: forecast::bench::quantiles_text(&name, &rows, &forecasts),
        name,
        score: report.chosen,
        bands: report.bands,
        chosen: report.models,
    })
}

fn model_named(name: &str, with_net: bool) -> Result<ForecastModel> {
    let mut all: Vec<ForecastModel> = forecast::models().iter().map(|model| model.id()).collect();
    if with_net {
        all.push(ForecastModel::QuantileNet);
    }
    let wanted: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    all.iter().copied().find(|model| format!("{model:?}").eq_ignore_ascii_case(&wanted)).ok_or_else(|| {
        let names: Vec<String> = all.iter().map(|model| format!("{model:?}")).collect();
        Failure::bad_input(format!("there is no model {name:?}; there are auto, {}", names.join(", ")))
    })
}
