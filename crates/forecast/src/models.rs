//! Every model behind one trait: a gapless history in, a path of expected demand out.

use anofox_forecast::core::TimeSeries;
use anofox_forecast::models::Forecaster;
use anofox_forecast::models::exponential::{AutoETS, AutoETSConfig, ModelPool, SimpleExponentialSmoothing};
use anofox_forecast::models::intermittent::{ADIDA, Croston, IMAPA, TSB};
use anofox_forecast::models::theta::Theta;
use domain::ForecastModel;
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

impl Model for Library {
    fn id(&self) -> ForecastModel {
        self.id
    }
    fn forecast(&self, history: &[f64], season: usize, horizon: usize) -> Result<Vec<f64>, ModelFault> {
        let fault = |error: anofox_forecast::error::ForecastError| ModelFault(error.to_string());
        // The library wants instants; only their order matters to these models.
        let instants = (0..history.len() as u64)
            .map(|step| (SystemTime::UNIX_EPOCH + Duration::from_secs(86_400 * step)).into())
            .collect();
        let series = TimeSeries::univariate(instants, history.to_vec()).map_err(fault)?;
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

/// Exponential smoothing: the library's where there is no season, ours where there is.
struct Ets(Library);

impl Model for Ets {
    fn id(&self) -> ForecastModel {
        ForecastModel::Ets
    }
    fn forecast(&self, history: &[f64], season: usize, horizon: usize) -> Result<Vec<f64>, ModelFault> {
        match crate::ets::forecast(history, season, horizon) {
            Some(path) if path.iter().all(|value| value.is_finite()) => {
                Ok(path.into_iter().map(|value| value.max(0.0)).collect())
            }
            Some(_) => Err(ModelFault("the forecast is not finite".to_owned())),
            None => self.0.forecast(history, 1, horizon),
        }
    }
}

fn plain_ets(_season: usize) -> Box<dyn Forecaster> {
    Box::new(AutoETS::with_config(AutoETSConfig::non_seasonal().with_model_pool(ModelPool::Reduced)))
}

/// All models but the net and the combination, cheap ones first. Sources: SES, Holt–Winters family and AICc choice: Hyndman,
/// Koehler, Ord, Snyder 2008; Theta: Assimakopoulos and Nikolopoulos 2000; SBA: Syntetos and Boylan 2005; TSB: Teunter,
/// Syntetos, Babai 2011; ADIDA: Nikolopoulos et al. 2011; IMAPA: Petropoulos and Kourentzes 2015; all by anofox-forecast but
/// the naive one, the mean and the seasonal ETS.
pub fn models() -> Vec<Box<dyn Model>> {
    let library = |id, build| Box::new(Library { id, build }) as Box<dyn Model>;
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
        Box::new(Ets(Library { id: ForecastModel::Ets, build: plain_ets })),
    ]
}
