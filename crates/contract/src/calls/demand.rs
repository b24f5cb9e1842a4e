//! Demand and forecasts.

use crate::calls::FindingRow;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{Day, ItemId, Money, Quantity, Timestamp};

/// The step of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grain {
    /// Days.
    Daily,
    /// ISO weeks.
    #[default]
    Weekly,
}

/// How the demand list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DemandSort {
    /// Most value of the coming weeks first.
    #[default]
    Value,
    /// Worst error first.
    Error,
    /// By SKU.
    Sku,
    /// By name.
    Name,
}

/// A page of the demand list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListDemand {
    /// Text in SKU, name or category.
    pub filter: String,
    /// Order.
    pub sort: DemandSort,
    /// The other way round; what is unknown stays last.
    #[serde(default)]
    pub reverse: bool,
    /// Skip so many.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

/// One item's demand in a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DemandRow {
    /// The item.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Demand of the last four weeks.
    pub last_4_weeks: Quantity,
    /// Expected in the next four weeks.
    pub next_4_weeks: Option<Quantity>,
    /// The same at cost.
    pub next_value: Option<Money>,
    /// Which model, as `domain::ForecastModel`.
    pub model: Option<String>,
    /// Its backtest error (RMSSE) in thousandths; below 1000 beats the naive step.
    pub rmsse_milli: Option<i64>,
    /// The last 26 weeks, for a sparkline.
    pub weeks: Vec<Quantity>,
}

/// A page of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DemandPage {
    /// Rows that pass the filter.
    pub total: u64,
    /// First and last day of the orders known.
    pub span: Option<(Day, Day)>,
    /// Forecasts made at.
    pub forecast_at: Option<Timestamp>,
    /// This page.
    pub rows: Vec<DemandRow>,
}

/// All of one item's demand.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetDemand {
    /// Which.
    pub item: ItemId,
    /// Step.
    pub grain: Grain,
}

/// One model's backtest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacktestRow {
    /// The model.
    pub model: String,
    /// Thousandths.
    pub rmsse_milli: i64,
    /// Thousandths.
    pub mase_milli: i64,
    /// Thousandths.
    pub pinball_milli: i64,
    /// Origins measured at.
    pub origins: u32,
    /// It made the forecast shown.
    pub chosen: bool,
}

/// History, forecast and its credentials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DemandDetail {
    /// The line of the list.
    pub row: DemandRow,
    /// Step.
    pub grain: Grain,
    /// First step of the history.
    pub history_start: Day,
    /// Demand a step; `None` is missing.
    pub history: Vec<Option<Quantity>>,
    /// First step of the forecast.
    pub forecast_start: Option<Day>,
    /// Levels of the quantiles in percent.
    pub levels: Vec<u8>,
    /// `quantiles[step][level]`.
    pub quantiles: Vec<Vec<Quantity>>,
    /// Expected a step.
    pub mean: Vec<Quantity>,
    /// Which model.
    pub model: Option<String>,
    /// What ran it: `CPU`, `CUDA`, …, `native`.
    pub provider: Option<String>,
    /// Fingerprint of the data.
    pub fingerprint: Option<String>,
    /// Made at.
    pub made_at: Option<Timestamp>,
    /// Every model tried, best first.
    pub backtest: Vec<BacktestRow>,
    /// What is missing or doubtful.
    pub findings: Vec<FindingRow>,
}

/// Models on board.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListModels {}

/// One model file and what is known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRow {
    /// Its name.
    pub name: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// It is in the manifest and could be loaded.
    pub usable: bool,
    /// Why not.
    pub fault: Option<String>,
    /// Provider that ran it.
    pub provider: Option<String>,
    /// Providers tried first, with why they were not used.
    pub refused: Vec<String>,
    /// Values of history it sees.
    pub context: u32,
    /// Steps it forecasts.
    pub horizon: u32,
    /// Its card, as Markdown.
    pub card: String,
}

json_reply!(DemandPage, DemandDetail, Vec<ModelRow>);
