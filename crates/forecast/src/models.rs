//! Every model behind one trait: a gapless history in, a path of expected demand out.

use crate::limits::HISTORY_STEPS_MAX;
use anofox_forecast::core::TimeSeries;
use anofox_forecast::models::Forecaster;
use anofox_forecast::models::exponential::SimpleExponentialSmoothing;
use anofox_forecast::models::intermittent::{ADIDA, Croston, IMAPA, TSB};
use anofox_forecast::models::theta::Theta;
use domain::ForecastModel;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

#[cfg(test)]
mod tests;

/// Why a model gave no forecast for a series. It becomes a finding; the other models go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFault(pub String);

/// A way to carry a history on.
pub trait Model: Sync {
    /// Its name.
    fn id(&self) -> ForecastModel;
    /// Expected demand of the next `horizon` steps, finite and never negative. `season` is 1 where there is none.
    fn forecast(&self, history: &[f64], season: usize, horizon: usize) -> Result<Vec<f64>, ModelFault>;
}

/// The value one `season` ago, over and over. A missing one is the latest observed at its place in the season, else the mean
/// of what is observed, else zero.
pub(crate) fn seasonal_path(values: &[Option<f64>], season: usize, horizon: usize) -> Vec<f64> {
    let season = season.max(1);
    let (sum, count) =
        values.iter().flatten().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    let mean = if count > 0.0 { sum / count } else { 0.0 };
    let last: Vec<f64> = (0..season)
        .map(|ahead| {
            // Positions values.len() + ahead − season, − 2·season, …
            (1..)
                .map_while(|back| (values.len() + ahead).checked_sub(back * season))
                .find_map(|at| values[at])
                .unwrap_or(mean)
        })
        .collect();
    (0..horizon).map(|step| last[step % season]).collect()
}

struct SeasonalNaive;

impl Model for SeasonalNaive {
    fn id(&self) -> ForecastModel {
        ForecastModel::SeasonalNaive
    }
    fn forecast(&self, history: &[f64], season: usize, horizon: usize) -> Result<Vec<f64>, ModelFault> {
        let values: Vec<Option<f64>> = history.iter().copied().map(Some).collect();
        Ok(seasonal_path(&values, season, horizon))
    }
}

struct HistoricMean;

impl Model for HistoricMean {
    fn id(&self) -> ForecastModel {
        ForecastModel::HistoricMean
    }
    fn forecast(&self, history: &[f64], _season: usize, horizon: usize) -> Result<Vec<f64>, ModelFault> {
        let mean = history.iter().sum::<f64>() / history.len().max(1) as f64;
        Ok(vec![mean; horizon])
    }
}

/// A model of anofox-forecast; built afresh for each fit, since a fit leaves its state behind.
struct Library {
    id: ForecastModel,
    build: fn(season: usize) -> Box<dyn Forecaster>,
}

/// The library wants instants; only their order matters to these models. Made once: they took longer than the cheap fits.
fn dated(history: &[f64]) -> anofox_forecast::error::Result<TimeSeries> {
    static DAYS: OnceLock<TimeSeries> = OnceLock::new();
    let made = |steps: usize| {
        let instants = (0..steps as u64)
            .map(|step| (SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * step)).into())
            .collect();
        TimeSeries::univariate(instants, vec![0.0; steps])
    };
    let instants = match DAYS.get() {
        Some(days) => days.timestamps().get(..history.len()).map(<[_]>::to_vec),
        None => {
            let days = made(HISTORY_STEPS_MAX)?;
            let some = days.timestamps().get(..history.len()).map(<[_]>::to_vec);
            // Another thread's are the same.
            let _ = DAYS.set(days);
            some
        }
    };
    let instants = match instants {
        Some(instants) => instants,
        None => made(history.len())?.timestamps().to_vec(),
    };
    TimeSeries::univariate(instants, history.to_vec())
}

impl Model for Library {
    fn id(&self) -> ForecastModel {
        self.id
    }
    fn forecast(&self, history: &[f64], season: usize, horizon: usize) -> Result<Vec<f64>, ModelFault> {
        let fault = |error: anofox_forecast::error::ForecastError| ModelFault(error.to_string());
        let series = dated(history).map_err(fault)?;
        // A season is only taught where two of them are there to learn from.
        let season = if history.len() > 2 * season { season } else { 1 };
        let mut model = (self.build)(season);
        model.fit(&series).map_err(fault)?;
        let path = model.predict(horizon).map_err(fault)?.primary().to_vec();
        if path.len() != horizon || path.iter().any(|value| !value.is_finite()) {
            return Err(ModelFault("the forecast is not finite".to_owned()));
        }
        Ok(path.into_iter().map(|value| value.max(0.0)).collect())
    }
}

/// A model of our own: a function that refuses what it can't fit.
struct Own {
    id: ForecastModel,
    path: fn(history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>>,
}

impl Model for Own {
    fn id(&self) -> ForecastModel {
        self.id
    }
    fn forecast(&self, history: &[f64], season: usize, horizon: usize) -> Result<Vec<f64>, ModelFault> {
        let Some(path) = (self.path)(history, season, horizon) else {
            return Err(ModelFault("the history is too short for it, or never changes".to_owned()));
        };
        if path.len() != horizon || path.iter().any(|value| !value.is_finite()) {
            return Err(ModelFault("the forecast is not finite".to_owned()));
        }
        // A path that leaves far behind what ever was is a search gone wrong, not a forecast.
        let most = history.iter().copied().fold(0.0, f64::max);
        if path.iter().any(|value| *value > 10.0 * most) {
            return Err(ModelFault("the forecast leaves all history far behind".to_owned()));
        }
        Ok(path.into_iter().map(|value| value.max(0.0)).collect())
    }
}

/// Seasons as long as this or longer lie within the given one: hours have a day and a week.
fn seasons(season: usize, steps: usize) -> Vec<usize> {
    let mut seasons = vec![season];
    if season == 24 {
        seasons.push(7 * 24);
    }
    seasons.retain(|season| *season > 1 && steps > 2 * season);
    seasons
}

fn mstl(history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let seasons = seasons(season, history.len());
    if seasons.is_empty() {
        return None;
    }
    let (rest, rounds) = crate::season::peel(history, &seasons);
    let mut path = crate::ets::choose(&rest, 1)?.path(horizon);
    for round in rounds {
        path.iter_mut().zip(round.iter().cycle()).for_each(|(value, index)| *value += index);
    }
    Some(path)
}

/// Counted in the amount that demand comes in, so that packs of six are as sure as single pieces; measured demand in what one
/// step with demand has on average.
fn counts(history: &[f64], season: usize, horizon: usize) -> Option<Vec<f64>> {
    let sold = history.iter().filter(|value| **value > 0.0);
    let (sum, count) = sold.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    let amount = crate::quantiles::amount(history).unwrap_or(sum / f64::max(count, 1.0));
    if amount <= 0.0 {
        return None;
    }
    let counted: Vec<f64> = history.iter().map(|value| value / amount).collect();
    let path = crate::counts::fit(&counted, season)?.path(horizon);
    Some(path.into_iter().map(|value| value * amount).collect())
}

/// All models but the net and the combination, in one order that nothing changes. Sources: SES: Gardner 2006; exponential
/// smoothing chosen by AICc: Hyndman, Koehler, Ord, Snyder 2008; Theta: Assimakopoulos and Nikolopoulos 2000, optimised:
/// Fiorucci et al. 2016; SBA: Syntetos and Boylan 2005; TSB: Teunter, Syntetos, Babai 2011; ADIDA: Nikolopoulos et al. 2011;
/// IMAPA: Petropoulos and Kourentzes 2015; ARIMA: Hyndman and Khandakar 2008; several seasons: Bandara, Hyndman, Bergmeir 2021;
/// counts: Harvey and Fernandes 1989. SES, SBA, TSB, ADIDA, IMAPA and Theta by anofox-forecast.
pub fn models() -> Vec<Box<dyn Model>> {
    let library = |id, build| Box::new(Library { id, build }) as Box<dyn Model>;
    let own = |id, path| Box::new(Own { id, path }) as Box<dyn Model>;
    vec![
        Box::new(SeasonalNaive),
        Box::new(HistoricMean),
        library(ForecastModel::Ses, |_| Box::new(SimpleExponentialSmoothing::auto())),
        library(ForecastModel::CrostonSba, |_| Box::new(Croston::new().sba())),
        library(ForecastModel::Tsb, |_| Box::new(TSB::new())),
        library(ForecastModel::Adida, |_| Box::new(ADIDA::new())),
        library(ForecastModel::Imapa, |_| Box::new(IMAPA::new())),
        library(ForecastModel::Theta, |season| {
            if season > 1 { Box::new(Theta::seasonal(season)) } else { Box::new(Theta::new()) }
        }),
        own(ForecastModel::Ets, |history, season, horizon| {
            crate::ets::choose(history, season).map(|fitted| fitted.path(horizon))
        }),
        own(ForecastModel::OptimisedTheta, crate::theta::forecast),
        own(ForecastModel::Arima, crate::arima::forecast),
        own(ForecastModel::Mstl, mstl),
        own(ForecastModel::Counts, counts),
    ]
}
