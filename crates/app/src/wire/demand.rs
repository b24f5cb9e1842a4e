//! Series and forecasts as rows.

use contract::{AgreementLevel, AgreementRow, BacktestRow, DemandGroup, FoldRow, StockOutRow};
use domain::{DemandForecast, Grain, Group};
use forecast::Agreement;
use forecast::calendar::{Region, holidays as holidays_of};
use forecast::series::Censored;
use units::{Day, Quantity};

/// The grain of the domain.
pub(crate) fn grain(grain: contract::Grain) -> Grain {
    match grain {
        contract::Grain::Daily => Grain::Daily,
        contract::Grain::Weekly => Grain::Weekly,
    }
}

/// How forecasts were made to agree.
pub(crate) fn agreement(grain: contract::Grain, agreement: &Agreement) -> AgreementRow {
    AgreementRow {
        grain,
        method: format!("{:?}", agreement.method),
        shrinkage_milli: super::thousandths(agreement.shrinkage),
        gap: super::quantity(agreement.gap),
        levels: agreement
            .levels
            .iter()
            .map(|level| AgreementLevel {
                series: level.nodes as u64,
                before_milli: super::thousandths(level.before),
                after_milli: super::thousandths(level.after),
            })
            .collect(),
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

/// The group of the domain.
pub(crate) fn group(group: &DemandGroup) -> Group {
    match group {
        DemandGroup::Total => Group::Total,
        DemandGroup::Category(name) => Group::Category(name.clone()),
    }
}

/// The kind of demand and the models' shares, from the line a forecast keeps.
pub(crate) fn made_of(parameters: &str) -> (Option<String>, Vec<(String, i64)>) {
    let mut class = None;
    let mut members = Vec::new();
    for (name, value) in parameters.split(' ').filter_map(|word| word.split_once('=')) {
        match name {
            "class" => class = Some(value.to_owned()),
            "amount" => {}
            model => members
                .extend(value.parse().ok().map(|share: f64| (model.to_owned(), super::thousandths(share)))),
        }
    }
    (class, members)
}

/// Folds as quantities.
pub(crate) fn folds(forecast: &DemandForecast) -> Vec<FoldRow> {
    let quantity = |said: &Option<f32>| said.map(|said| super::quantity(f64::from(said)));
    forecast
        .folds
        .iter()
        .map(|fold| FoldRow { start: fold.start, said: fold.said.iter().map(quantity).collect() })
        .collect()
}

/// The holidays of a time zone's region, up to the day before the end.
pub(crate) fn holidays(zone: &str, from: Day, end: Day) -> Vec<(Day, String)> {
    holidays_of(Region::of_zone(zone), from, end.plus(-1))
        .into_iter()
        .map(|(day, holiday)| (day, format!("{holiday:?}")))
        .collect()
}

/// Days in a row as one.
pub(crate) fn stock_outs(days: &[Censored]) -> Vec<StockOutRow> {
    let mut rows: Vec<StockOutRow> = Vec::new();
    for one in days {
        let (sold, unmet) = (super::quantity(one.sold), super::quantity(one.unmet));
        match rows.last_mut() {
            Some(row) if row.to.plus(1) == one.day => {
                (row.to, row.sold, row.unmet) = (one.day, row.sold.plus(sold), row.unmet.plus(unmet));
            }
            _ => rows.push(StockOutRow { from: one.day, to: one.day, sold, unmet }),
        }
    }
    rows
}

/// Quantiles as quantities.
pub(crate) fn quantiles(forecast: &DemandForecast) -> Vec<Vec<Quantity>> {
    forecast.quantiles.iter().map(|step| step.iter().map(|value| super::quantity(*value)).collect()).collect()
}
