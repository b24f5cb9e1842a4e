//! Demand and forecasts.

use crate::calls::FindingRow;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{Day, ItemId, Money, OverrideId, Quantity, Timestamp};

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
    /// An override of days to come stands beside its forecast.
    pub overridden: bool,
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
    /// Expected by the overrides a step, beside the baseline in `mean`; `None` where nobody overrode it.
    pub overridden: Vec<Option<Quantity>>,
    /// Overrides of this item, newest first, those over and taken back too.
    pub overrides: Vec<OverrideRow>,
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
    /// The kind of demand that decided which models have a say: `Sparse`, `Few` or `Many`.
    #[serde(default)]
    pub class: Option<String>,
    /// The models the forecast is made of, with their shares in thousandths, most first.
    #[serde(default)]
    pub members: Vec<(String, i64)>,
    /// What it would have said at origins in the past, newest first.
    #[serde(default)]
    pub folds: Vec<FoldRow>,
    /// Days the item could not be had, or not all day.
    #[serde(default)]
    pub stock_outs: Vec<StockOutRow>,
    /// Holidays of the site's region from the first step of the history to the last that is forecast, by the name of
    /// `forecast::calendar::Holiday`.
    #[serde(default)]
    pub holidays: Vec<(Day, String)>,
}

/// What a forecast would have said at one origin in the past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldRow {
    /// The first step it spoke of.
    pub start: Day,
    /// A step each; `None` where the site does not trade.
    pub said: Vec<Option<Quantity>>,
}

/// Days in a row that an item could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockOutRow {
    /// The first.
    pub from: Day,
    /// The last.
    pub to: Day,
    /// What was sold nevertheless.
    pub sold: Quantity,
    /// What was asked for beyond that: an estimate from the same weekdays around it.
    pub unmet: Quantity,
}

/// Items taken together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum DemandGroup {
    /// All of the site.
    #[default]
    Total,
    /// Those of one category; an empty name is those of none.
    Category(String),
}

/// The total and the categories, as they were last planned: each the sum of its items.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListDemandGroups {
    /// Step.
    pub grain: Grain,
}

/// What is expected of items taken together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemandGroupRow {
    /// Which items.
    pub group: DemandGroup,
    /// How many.
    pub items: u32,
    /// Demand of the last four weeks.
    pub last_4_weeks: Quantity,
    /// Expected in the next four weeks.
    pub next_4_weeks: Quantity,
    /// What the forecasts of its items say of them together, one by one.
    pub parts_next_4_weeks: Quantity,
    /// Which model.
    pub model: String,
    /// Its backtest error (RMSSE) in thousandths, before it was made to agree.
    pub rmsse_milli: Option<i64>,
    /// That of the value a season ago.
    pub naive_milli: Option<i64>,
}

/// All of one group's demand. Of the reply's row only the name and the sums say something.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetDemandGroup {
    /// Which items.
    pub group: DemandGroup,
    /// Step.
    pub grain: Grain,
}

/// How a person's number stands to the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OverrideChange {
    /// So much in all of the days.
    Total(Quantity),
    /// So many percent more, or less, than the baseline of each day; at least −100.
    Percent(i32),
}

/// Sets what a person expects instead of the baseline over some days of an item. The baseline stays; plans heed it, and the
/// item's draft is made again at once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetOverride {
    /// Which item.
    pub item: ItemId,
    /// The first day.
    pub from: Day,
    /// The last day, included.
    pub to: Day,
    /// What is expected.
    pub change: OverrideChange,
    /// Why.
    pub why: String,
}

/// Takes an override back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ClearOverride {
    /// Which.
    pub id: OverrideId,
    /// Why.
    pub why: String,
}

/// Overrides, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListOverrides {
    /// Of one item, or of all.
    pub item: Option<ItemId>,
    /// Those over and taken back too.
    pub past: bool,
    /// At most so many.
    pub limit: u32,
}

/// One override.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideRow {
    /// Its number.
    pub id: OverrideId,
    /// The item.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// As it was set.
    pub change: OverrideChange,
    /// What the baseline said of these days when it was set.
    pub baseline: Quantity,
    /// What it made of it then.
    pub value: Quantity,
    /// Why.
    pub why: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// `Active`, `Over` or `Cleared`.
    pub state: String,
    /// What came, once all its days are in the order history; none of one taken back.
    pub actual: Option<Quantity>,
}

/// Overrides and what those that are over were worth: errors are how far each number was from what came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverridePage {
    /// This page.
    pub rows: Vec<OverrideRow>,
    /// Overrides scored.
    pub scored: u32,
    /// Sum of the baseline's errors over these, units.
    pub baseline_error: Quantity,
    /// Sum of the overrides' errors over these, units.
    pub override_error: Quantity,
}

/// Models on board.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListModels {}

/// What became of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderState {
    /// It runs the model, or a part of it.
    Used,
    /// It could; those before it left it nothing.
    Ready,
    /// It did not start, or did not answer as the CPU does: not proven on this machine.
    NotProven,
    /// It is of other systems.
    Elsewhere,
}

/// A provider, and why it was or wasn't used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderRow {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub state: ProviderState,
    /// Steps of the model that it ran.
    pub nodes: u32,
    /// What it said, or what was wrong with its answers.
    pub reason: Option<String>,
}

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
    /// Provider that ran most of it.
    pub provider: Option<String>,
    /// All providers, in the order in which they are tried.
    pub providers: Vec<ProviderRow>,
    /// ONNX Runtime: its version and its file.
    pub library: Option<String>,
    /// Series of the batch it was tried with.
    pub probe_series: u32,
    /// How long that took, µs.
    pub probe_us: Option<u64>,
    /// Values of history it sees.
    pub context: u32,
    /// Steps it forecasts.
    pub horizon: u32,
    /// Its card, as Markdown.
    pub card: String,
}

json_reply!(DemandPage, Vec<DemandGroupRow>, DemandDetail, Vec<ModelRow>, OverridePage, OverrideId);
