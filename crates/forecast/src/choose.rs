//! Which model, by what happened in the past.

use crate::net::Net;
use domain::{DemandForecast, Finding, Series};
use units::{Progress, Seed, Stop, Stopped};

/// What each model would have said at some origins of one series' past, and how wrong it was.
#[derive(Clone, Debug, Default)]
pub struct Backtest {}

/// How the models rank over many series; what a single series' few origins are weighed against.
#[derive(Clone, Debug, Default)]
pub struct Ranking {}

impl Ranking {
    /// The ranking over all of these.
    pub fn pool<'a>(_all: impl IntoIterator<Item = &'a Backtest>) -> Self {
        Self::default()
    }
}

/// Step 1 of 3, one series independent of the other, so that a caller may cut the slice over threads: the backtests.
/// `progress` counts series. The seed says on which series dear models are tried.
pub fn backtest_all(
    all: &[Series],
    _horizon: usize,
    _net: Option<&dyn Net>,
    _seed: Seed,
    _progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<Backtest>, Vec<Finding>), Stopped> {
    stop.check()?;
    Ok((vec![Backtest::default(); all.len()], Vec::new()))
}

/// Step 3 of 3, again one series independent of the other: chosen by its own backtest and the ranking, fitted on all its
/// history. `tests` in the order of `all`.
pub fn forecast_all(
    all: &[Series],
    tests: &[Backtest],
    _ranking: &Ranking,
    horizon: usize,
    _net: Option<&dyn Net>,
    _progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<DemandForecast>, Vec<Finding>), Stopped> {
    stop.check()?;
    assert_eq!(all.len(), tests.len(), "one backtest for each series");
    let forecasts = all
        .iter()
        .map(|series| {
            let mean = crate::models::seasonal_path(&series.values, crate::series::season(series), horizon);
            DemandForecast {
                item: series.item,
                grain: series.grain,
                start: crate::series::end(series),
                levels: crate::LEVELS.to_vec(),
                quantiles: mean.iter().map(|mean| vec![*mean; crate::LEVELS.len()]).collect(),
                mean,
                model: domain::ForecastModel::SeasonalNaive,
                provider: "native".to_owned(),
                backtest: Vec::new(),
                fingerprint: crate::series::fingerprint(series),
            }
        })
        .collect();
    Ok((forecasts, Vec::new()))
}

/// All three steps, one after the other. Forecasts come in the order of `all`; a finding's subject is the item's id.
pub fn choose_all(
    all: &[Series],
    horizon: usize,
    net: Option<&dyn Net>,
    seed: Seed,
    progress: &Progress,
    stop: &Stop,
) -> Result<(Vec<DemandForecast>, Vec<Finding>), Stopped> {
    let total = 2 * all.len() as u64;
    let (tests, mut findings) =
        backtest_all(all, horizon, net, seed, &Progress::new(|done, _| progress.report(done, total)), stop)?;
    let ranking = Ranking::pool(&tests);
    let second = Progress::new(|done, _| progress.report(all.len() as u64 + done, total));
    let (forecasts, more) = forecast_all(all, &tests, &ranking, horizon, net, &second, stop)?;
    findings.extend(more);
    Ok((forecasts, findings))
}
