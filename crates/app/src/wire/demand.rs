//! Series and forecasts as rows.

use contract::BacktestRow;
use domain::{DemandForecast, Grain};
use units::Quantity;

/// The grain of the domain.
pub(crate) fn grain(grain: contract::Grain) -> Grain {
    match grain {
        contract::Grain::Daily => Grain::Daily,
        contract::Grain::Weekly => Grain::Weekly,
    }
}

/// Every model tried, best first.
pub(crate) fn backtest(forecast: &DemandForecast) -> Vec<BacktestRow> {
    forecast
        .backtest
        .iter()
        .map(|score| BacktestRow {
            model: format!("{:?}", score.model),
            rmsse_milli: super::thousandths(score.rmsse),
            mase_milli: super::thousandths(score.mase),
            pinball_milli: super::thousandths(score.pinball),
            origins: score.origins,
            chosen: score.model == forecast.model,
        })
        .collect()
}

/// The error of the chosen model, where there was a backtest.
pub(crate) fn chosen_rmsse(forecast: &DemandForecast) -> Option<i64> {
    forecast
        .backtest
        .iter()
        .find(|score| score.model == forecast.model)
        .map(|score| super::thousandths(score.rmsse))
}

/// Quantiles as quantities.
pub(crate) fn quantiles(forecast: &DemandForecast) -> Vec<Vec<Quantity>> {
    forecast.quantiles.iter().map(|step| step.iter().map(|value| super::quantity(*value)).collect()).collect()
}
