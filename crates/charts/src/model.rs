//! What each chart is made of: numbers and labels, no source.

use crate::Lang;
use units::Day;

/// A zone of the clock: which offset holds when, and its printed name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// As printed at the end of the time axis: `UTC+8`, `Europe/Helsinki`.
    pub label: String,
    /// Minutes to add to UTC before the first change.
    pub offset_minutes: i32,
    /// From this instant (ms since 1970 UTC) on, this offset: summer time. In rising order.
    pub changes: Vec<(i64, i32)>,
}

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self::fixed("UTC", 0)
    }

    /// A zone without summer time.
    pub fn fixed(label: &str, offset_minutes: i32) -> Self {
        Self { label: label.to_owned(), offset_minutes, changes: Vec::new() }
    }

    /// Minutes to add to UTC at an instant.
    pub fn offset_at(&self, t_ms: i64) -> i32 {
        self.changes
            .iter()
            .rev()
            .find(|(from, _)| *from <= t_ms)
            .map_or(self.offset_minutes, |(_, minutes)| *minutes)
    }

    /// The wall clock at an instant, as milliseconds since 1970 of that clock.
    pub fn local_ms(&self, t_ms: i64) -> i64 {
        t_ms.saturating_add(i64::from(self.offset_at(t_ms)) * 60_000)
    }
}

/// One drawn reading: raw (min = max = value), or a bucket of many with its extremes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Milliseconds since 1970 UTC.
    pub t_ms: i64,
    /// The lowest reading of the bucket.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// The mean, or the reading itself.
    pub value: f64,
}

impl Point {
    /// A raw reading.
    pub const fn raw(t_ms: i64, value: f64) -> Self {
        Self { t_ms, min: value, max: value, value }
    }

    /// A bucket.
    pub const fn bucket(t_ms: i64, min: f64, max: f64, value: f64) -> Self {
        Self { t_ms, min, max, value }
    }
}

/// Why a span of time can't be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoubtKind {
    /// Nothing came in.
    NoData,
    /// Readings came in, and are doubted.
    Suspect,
    /// The last reading is old.
    Stale,
}

/// A span shaded because its data is missing or doubted.
#[derive(Clone, Debug, PartialEq)]
pub struct Doubt {
    /// From (ms since 1970 UTC).
    pub from_ms: i64,
    /// To.
    pub to_ms: i64,
    /// Why.
    pub kind: DoubtKind,
}

/// One line of a [`TimeChart`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeSeries {
    /// Its name, in the legend where there are several.
    pub name: String,
    /// In order of time; `None` is a gap: the line stops and starts again.
    pub points: Vec<Option<Point>>,
    /// Spans that are shaded.
    pub doubts: Vec<Doubt>,
}

/// Which side a limit guards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Above is wrong.
    High,
    /// Below is wrong.
    Low,
}

/// A limit, drawn as a dashed red line.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Where.
    pub value: f64,
    /// Which side is wrong.
    pub kind: LimitKind,
    /// As printed on the line: `8.0 high`. Empty: made from value and kind.
    pub label: String,
}

/// The range that is fine, shaded softly; a missing end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Allowed {
    /// From.
    pub low: Option<f64>,
    /// To.
    pub high: Option<f64>,
}

/// What a mark stands for; alarms have the shape and colour of their priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// ■
    Critical,
    /// ▲
    High,
    /// ◆
    Medium,
    /// ●
    Low,
    /// Something that happened: a dotted line, no colour.
    Event,
}

/// Something at an instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// When (ms since 1970 UTC).
    pub t_ms: i64,
    /// What it is.
    pub kind: MarkKind,
    /// A few words.
    pub label: String,
}

/// Quantiles at even steps or instants: `values[step][level]`, rising in level.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Quantiles {
    /// Levels in rising order: 0.1, …, 0.9.
    pub levels: Vec<f64>,
    /// A row a step.
    pub values: Vec<Vec<f64>>,
}

impl Quantiles {
    /// The pairs of levels that make bands, outermost first: (index low, index high).
    pub fn bands(&self) -> Vec<(usize, usize)> {
        let n = self.levels.len();
        (0..n / 2).map(|i| (i, n - 1 - i)).collect()
    }

    /// The value of a step at the level nearest to 0.5.
    pub fn median(&self, step: usize) -> Option<f64> {
        let nearest = (0..self.levels.len())
            .min_by(|a, b| (self.levels[*a] - 0.5).abs().total_cmp(&(self.levels[*b] - 0.5).abs()))?;
        self.values.get(step)?.get(nearest).copied()
    }

    /// The lowest and highest value of a step.
    pub fn span(&self, step: usize) -> Option<(f64, f64)> {
        let row = self.values.get(step)?;
        Some((*row.first()?, *row.last()?))
    }
}

/// A forecast in time: nested bands around a dashed median.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fan {
    /// Instants (ms since 1970 UTC), one a row of `quantiles`.
    pub times_ms: Vec<i64>,
    /// The quantiles.
    pub quantiles: Quantiles,
}

/// Readings over time with limits, doubts, marks, now and what is to come.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeChart {
    /// Named in summaries, not drawn: the page has its own heading.
    pub title: String,
    /// The unit of every series: `°C`.
    pub unit: String,
    /// The drawn span (ms since 1970 UTC).
    pub window_ms: (i64, i64),
    /// The clock of the labels.
    pub zone: Zone,
    /// The lines.
    pub series: Vec<TimeSeries>,
    /// Dashed red lines.
    pub limits: Vec<Limit>,
    /// Softly shaded range.
    pub allowed: Option<Allowed>,
    /// Alarms and events.
    pub marks: Vec<Mark>,
    /// Where now is, if in the window.
    pub now_ms: Option<i64>,
    /// What is expected.
    pub forecast: Option<Fan>,
    /// A range the axis shows at least, beyond what data and limits ask for.
    pub y_at_least: Option<(f64, f64)>,
    /// The chart's own words.
    pub lang: Lang,
}

impl Default for TimeChart {
    fn default() -> Self {
        Self {
            title: String::new(),
            unit: String::new(),
            window_ms: (0, 3_600_000),
            zone: Zone::utc(),
            series: Vec::new(),
            limits: Vec::new(),
            allowed: None,
            marks: Vec::new(),
            now_ms: None,
            forecast: None,
            y_at_least: None,
            lang: Lang::En,
        }
    }
}

/// What a mark on a day stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayMarkKind {
    /// Order by this day: a triangle below the axis.
    Order,
    /// Goods arrive.
    Arrival,
    /// The shelf is empty: a critical mark.
    StockOut,
    /// Anything else: a dotted line.
    Event,
}

/// Something on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct DayMark {
    /// When.
    pub day: Day,
    /// What it is.
    pub kind: DayMarkKind,
    /// A few words; empty: the kind's own word.
    pub label: String,
}

/// Demand of one item: history as bars, what is to come as a fan.
#[derive(Clone, Debug, PartialEq)]
pub struct DemandChart {
    /// Named in summaries, not drawn.
    pub title: String,
    /// The unit of a bar: `EA a week`.
    pub unit: String,
    /// Days a step spans: 1 or 7.
    pub step_days: i32,
    /// The first step's day.
    pub history_start: Day,
    /// A step each; `None` is missing, not zero.
    pub history: Vec<Option<f64>>,
    /// The first step forecast.
    pub forecast_start: Day,
    /// A row a step.
    pub forecast: Quantiles,
    /// What a person set instead, a step each from `forecast_start`; drawn apart from the baseline.
    pub overrides: Vec<Option<f64>>,
    /// What would have been forecast at origins in the past: the first day, and a step each.
    pub folds: Vec<(Day, Vec<Option<f64>>)>,
    /// Days without stock, first and last: a strip along the foot, for bars there show sales, not demand.
    pub without_stock: Vec<(Day, Day)>,
    /// Reorder days and the like.
    pub marks: Vec<DayMark>,
    /// The days drawn, where not all: left and right edge, with parts of days.
    pub window: Option<(f64, f64)>,
    /// The chart's own words.
    pub lang: Lang,
}

impl Default for DemandChart {
    fn default() -> Self {
        Self {
            title: String::new(),
            unit: String::new(),
            step_days: 7,
            history_start: Day(0),
            history: Vec::new(),
            forecast_start: Day(0),
            forecast: Quantiles::default(),
            overrides: Vec::new(),
            folds: Vec::new(),
            without_stock: Vec::new(),
            marks: Vec::new(),
            window: None,
            lang: Lang::En,
        }
    }
}

/// What the shelf will hold, day by day.
#[derive(Clone, Debug, PartialEq)]
pub struct StockProjection {
    /// Named in summaries, not drawn.
    pub title: String,
    /// The item's unit of measure.
    pub unit: String,
    /// The first day of `history`.
    pub history_start: Day,
    /// Stock at the end of each past day, where known.
    pub history: Vec<Option<f64>>,
    /// The first projected day.
    pub start: Day,
    /// Stock at the end of each day: quantiles, may be negative (short).
    pub projection: Quantiles,
    /// Order when below this.
    pub reorder_point: Option<f64>,
    /// Order up to this.
    pub order_up_to: Option<f64>,
    /// The day the shelf is expected to be empty.
    pub stock_out_day: Option<Day>,
    /// Arrivals, order-by days and the like.
    pub marks: Vec<DayMark>,
    /// The chart's own words.
    pub lang: Lang,
}

impl Default for StockProjection {
    fn default() -> Self {
        Self {
            title: String::new(),
            unit: String::new(),
            history_start: Day(0),
            history: Vec::new(),
            start: Day(0),
            projection: Quantiles::default(),
            reorder_point: None,
            order_up_to: None,
            stock_out_day: None,
            marks: Vec::new(),
            lang: Lang::En,
        }
    }
}

/// A line the height of a row of text, without axes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sparkline {
    /// Named in summaries.
    pub title: String,
    /// The unit.
    pub unit: String,
    /// At even steps; `None` is a gap.
    pub values: Vec<Option<f64>>,
    /// Dashed red where it lies in the drawn range.
    pub limit_low: Option<f64>,
    /// Dashed red where it lies in the drawn range.
    pub limit_high: Option<f64>,
}
