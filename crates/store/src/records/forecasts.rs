//! The latest forecast of each item and grain.

use super::Records;
use crate::Result;
use domain::{DemandForecast, ForecastModel, Grain};
use units::{ItemId, Timestamp};

/// What lists show of a forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForecastHead {
    /// The step.
    pub grain: Grain,
    /// The chosen model.
    pub model: ForecastModel,
    /// Its RMSSE in the backtest, where there was one.
    pub rmsse: Option<f64>,
    /// RMSSE of the seasonal-naive model beside it.
    pub naive_rmsse: Option<f64>,
    /// Mean demand a day over the horizon, whole units.
    pub mean_per_day: f64,
    /// When it was made.
    pub made_at: Timestamp,
}

/// A forecast with when it was made.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedForecast {
    /// The forecast.
    pub forecast: DemandForecast,
    /// When it was made.
    pub made_at: Timestamp,
}

impl Records {
    /// Saves forecasts in one transaction, each replacing the one of its item and grain. Computed, so not audited.
    pub fn save_forecasts(&self, made_at: Timestamp, forecasts: Vec<DemandForecast>) -> Result<()> {
        crate::file::later((made_at, forecasts))
    }

    /// The forecast of an item.
    pub fn forecast(&self, item: ItemId, grain: Grain) -> Result<Option<SavedForecast>> {
        crate::file::later((item, grain))
    }

    /// Every forecast of a grain, by item: what planning reads.
    pub fn all_forecasts(&self, grain: Grain) -> Result<Vec<SavedForecast>> {
        crate::file::later(grain)
    }
}
