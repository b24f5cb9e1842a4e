//! Order lines, the series they make, and a forecast as two rooms share it.

use units::{Day, ItemId, Money, OverrideId, Quantity, Timestamp};

/// One line of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// The order's number in the business's files.
    pub order_ref: String,
    /// The day it was ordered, by the site's calendar.
    pub day: Day,
    /// The item's code.
    pub sku: String,
    /// How much.
    pub quantity: Quantity,
    /// What it brought, if the file says.
    pub net_amount: Option<Money>,
    /// Who ordered, if the file says.
    pub customer: Option<String>,
}

/// The step of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grain {
    /// Calendar days; season 7.
    Daily,
    /// ISO weeks, named by their Monday; season 52 where there are two years, else none.
    Weekly,
}

impl Grain {
    /// Days a step spans.
    pub const fn days(self) -> i32 {
        match self {
            Grain::Daily => 1,
            Grain::Weekly => 7,
        }
    }
}

/// Demand of one item at even steps. `None` is missing (closed, before listing, outside the imported span), not zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Whose demand.
    pub item: ItemId,
    /// The step.
    pub grain: Grain,
    /// The first step's day (a Monday when weekly).
    pub start: Day,
    /// Demand a step, in whole units.
    pub values: Vec<Option<f64>>,
}

/// Which model made a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ForecastModel {
    /// The value one season ago; the one to beat.
    SeasonalNaive,
    /// The mean of the whole history; for very short ones.
    HistoricMean,
    /// Simple exponential smoothing, level only.
    Ses,
    /// Theta method.
    Theta,
    /// Exponential smoothing with error, trend and season chosen by AICc.
    Ets,
    /// Croston with the Syntetos–Boylan correction.
    CrostonSba,
    /// Teunter–Syntetos–Babai, for items that fade.
    Tsb,
    /// Aggregate–disaggregate.
    Adida,
    /// Multiple aggregation.
    Imapa,
    /// The quantile net of assets/models, run by ONNX Runtime.
    QuantileNet,
    /// The mean of the best members.
    Combination,
    /// Theta method whose line moves and whose weights are searched for.
    OptimisedTheta,
    /// Autoregression on differences, with a season.
    Arima,
    /// Several seasons taken out, the rest by exponential smoothing.
    Mstl,
    /// A drifting rate seen through counts: negative binomial.
    Counts,
}

/// How a model did on the past, over all origins of the backtest. Lower is better in each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BacktestScore {
    /// The model.
    pub model: ForecastModel,
    /// Root mean squared scaled error (Hyndman and Koehler 2006); scale: in-sample one-step naive.
    pub rmsse: f64,
    /// Mean absolute scaled error, shown, never selected on (it rewards all-zero forecasts).
    pub mase: f64,
    /// Scaled pinball loss over the levels of the forecast.
    pub pinball: f64,
    /// Origins it was measured at.
    pub origins: u32,
}

/// What a forecast would have said at one origin of its backtest.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// The first day it spoke of.
    pub start: Day,
    /// A step each; `None` on days the site does not trade.
    pub said: Vec<Option<f32>>,
}

/// A forecast with its quantiles and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct DemandForecast {
    /// Whose demand.
    pub item: ItemId,
    /// The step.
    pub grain: Grain,
    /// The first day forecast.
    pub start: Day,
    /// Quantile levels in rising order, as 0.1, …, 0.9.
    pub levels: Vec<f64>,
    /// `quantiles[step][level]`, whole units, never negative, rising in level.
    pub quantiles: Vec<Vec<f64>>,
    /// The mean a step, whole units.
    pub mean: Vec<f64>,
    /// Which model made it.
    pub model: ForecastModel,
    /// What ran it: `CPU`, `CUDA`, or `native` for models outside ONNX Runtime.
    pub provider: String,
    /// What it was made of: the kind of demand, and each model with its share, as `class=Few Ets=0.412 Theta=0.588`. Empty
    /// where that is not known.
    pub parameters: String,
    /// Every model tried, best first.
    pub backtest: Vec<BacktestScore>,
    /// What it would have said at origins in the past, newest first.
    pub folds: Vec<Fold>,
    /// Fingerprint of the series it was fitted on.
    pub fingerprint: u64,
}

/// Items taken together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// All of the site.
    Total,
    /// Those of one category; an empty name holds the items of none.
    Category(String),
}

/// The forecast of items taken together; it is the sum of theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupForecast {
    /// Which items.
    pub group: Group,
    /// How many they are.
    pub items: u32,
    /// Its forecast; `item` says nothing here.
    pub forecast: DemandForecast,
}

/// How a person's number stands to the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverrideChange {
    /// So much in all of the days, spread over them as the baseline is.
    Total(Quantity),
    /// So many percent more (or, negative, less) than the baseline says on each day: −100 is nothing.
    Percent(i32),
}

/// What a person expects instead of the baseline over some days of one item. It never changes the baseline: plans read it
/// beside the forecast, and once the days are over both are held against what came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandOverride {
    /// Its row; 0 before it is stored. Of two on one day, the one with the larger number holds.
    pub id: OverrideId,
    /// Whose demand.
    pub item: ItemId,
    /// The first day.
    pub from: Day,
    /// The last day, included.
    pub to: Day,
    /// What is expected instead.
    pub change: OverrideChange,
    /// What the baseline said of these days when the override was made.
    pub baseline: Quantity,
    /// What the override made of it then.
    pub value: Quantity,
    /// Why.
    pub why: String,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Taken back at, and by whom.
    pub cleared: Option<(Timestamp, String)>,
}

impl DemandOverride {
    /// Whether plans for days from `today` on heed it.
    pub fn is_active(&self, today: Day) -> bool {
        self.cleared.is_none() && self.to >= today
    }

    /// Whether it speaks of this day.
    pub fn covers(&self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }
}
