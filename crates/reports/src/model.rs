//! What a report says. Plain values: whoever fills it has already judged and translated.

use charts::{Lang, StockProjection, TimeChart, Zone};
use domain::{ProposalState, Severity};
use units::{Day, Milli, Money, Permille, Quantity, Timestamp};

/// One site, one day: what needs a decision, the cold chain, and what to order.
#[derive(Clone, Debug, PartialEq)]
pub struct DailyReport {
    /// The site's name.
    pub site: String,
    /// The day it is about, by the site's calendar.
    pub day: Day,
    /// The language of every word the report adds.
    pub lang: Lang,
    /// The site's clock: every time is printed in it.
    pub zone: Zone,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who asked for it, as printed in the footer; may be empty.
    pub made_by: String,
    /// The site is the simulated one: every page says so.
    pub demo: bool,
    /// ISO 4217 code of every amount.
    pub currency: String,
    /// Items that may run out, worst first.
    pub stock_at_risk: Vec<StockRiskRow>,
    /// Items looked at in all.
    pub items_total: u64,
    /// Temperature zones.
    pub zones: Vec<ZoneReport>,
    /// The day's deliveries; none at a site that has none.
    pub deliveries: Option<crate::DeliveryDay>,
    /// Reorder proposals, in the order a manager should read them.
    pub proposals: Vec<ProposalRow>,
    /// How far the forecasts can be trusted.
    pub forecast: ForecastNote,
    /// What was found wrong with the data.
    pub findings: Vec<FindingRow>,
}

impl Default for DailyReport {
    fn default() -> Self {
        Self {
            site: String::new(),
            day: Day(0),
            lang: Lang::En,
            zone: Zone::utc(),
            made_at: Timestamp(0),
            made_by: String::new(),
            demo: false,
            currency: String::new(),
            stock_at_risk: Vec::new(),
            items_total: 0,
            zones: Vec::new(),
            deliveries: None,
            proposals: Vec::new(),
            forecast: ForecastNote::default(),
            findings: Vec::new(),
        }
    }
}

/// An item that may run out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StockRiskRow {
    /// SKU.
    pub sku: String,
    /// The item's name.
    pub name: String,
    /// Unit of measure; may be empty.
    pub unit_of_measure: String,
    /// On hand less allocated.
    pub available: Quantity,
    /// On the way.
    pub on_order: Quantity,
    /// Mean demand a day, whole units.
    pub demand_per_day: f64,
    /// Days the available stock lasts; `None` without demand.
    pub days_of_cover: Option<f64>,
    /// The day it is expected to run out.
    pub stock_out_day: Option<Day>,
    /// The chance that it runs out before an order placed now arrives, where it is known.
    pub stock_out_chance: Option<Permille>,
    /// Expected shortage at cost, where it is known.
    pub at_risk: Option<Money>,
}

/// A temperature (or humidity) zone over the report's day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ZoneReport {
    /// Its name.
    pub name: String,
    /// Unit of every value: `°C`.
    pub unit: String,
    /// Lower limit.
    pub low: Option<Milli>,
    /// Upper limit.
    pub high: Option<Milli>,
    /// Lowest reading.
    pub min: Option<Milli>,
    /// Mean of the readings.
    pub mean: Option<Milli>,
    /// Highest reading.
    pub max: Option<Milli>,
    /// Readings stored.
    pub readings: u64,
    /// Of these, suspect.
    pub suspect: u64,
    /// Minutes without a reading.
    pub gap_minutes: u32,
    /// The day drawn; drawn again here for paper.
    pub chart: Option<TimeChart>,
    /// Times outside the limits.
    pub excursions: Vec<Excursion>,
}

/// A time outside a limit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Excursion {
    /// The probe.
    pub channel: String,
    /// First reading outside.
    pub start: Timestamp,
    /// First reading inside again; `None`: still outside when the report was made.
    pub end: Option<Timestamp>,
    /// The reading farthest outside.
    pub worst: Milli,
    /// The limit it crossed.
    pub limit: Milli,
    /// Above a high limit, else below a low one.
    pub high: bool,
    /// Who acknowledged the alarm, and their note; may be empty.
    pub note: String,
}

/// A reorder proposal with the numbers it was made of.
#[derive(Clone, Debug, PartialEq)]
pub struct ProposalRow {
    /// SKU.
    pub sku: String,
    /// The item's name.
    pub name: String,
    /// The supplier's name; empty where none is known.
    pub supplier: String,
    /// How much.
    pub quantity: Quantity,
    /// Unit of measure; may be empty.
    pub unit_of_measure: String,
    /// What a unit costs.
    pub unit_cost: Money,
    /// What the order costs.
    pub cost: Money,
    /// The latest day to order.
    pub order_by: Day,
    /// Where it stands.
    pub state: ProposalState,
    /// Who decided, and their note; may be empty.
    pub decided: String,
    /// Expected loss of waiting.
    pub cost_of_waiting: Money,
    /// Mean demand a day, whole units.
    pub demand_per_day: f64,
    /// On hand less allocated.
    pub available: Quantity,
    /// On the way.
    pub on_order: Quantity,
    /// Added against uncertainty.
    pub safety_stock: Quantity,
    /// Order when below.
    pub reorder_point: Quantity,
    /// Order up to.
    pub order_up_to: Quantity,
    /// Order to arrival.
    pub lead_time_days: u16,
    /// Between two orders.
    pub review_period_days: u16,
    /// The share of cycles without a stock-out asked for.
    pub service_level: Permille,
    /// The day it is expected to run out.
    pub stock_out_day: Option<Day>,
    /// The chance that it runs out before an order placed now arrives.
    pub stock_out_chance: Option<Permille>,
    /// What no file gave, in words of the report's language: `lead time`.
    pub assumed: Vec<String>,
    /// The stock as it is expected to go; printed for the first few proposals.
    pub chart: Option<StockProjection>,
}

impl Default for ProposalRow {
    fn default() -> Self {
        Self {
            sku: String::new(),
            name: String::new(),
            supplier: String::new(),
            quantity: Quantity::ZERO,
            unit_of_measure: String::new(),
            unit_cost: Money::ZERO,
            cost: Money::ZERO,
            order_by: Day(0),
            state: ProposalState::Draft,
            decided: String::new(),
            cost_of_waiting: Money::ZERO,
            demand_per_day: 0.0,
            available: Quantity::ZERO,
            on_order: Quantity::ZERO,
            safety_stock: Quantity::ZERO,
            reorder_point: Quantity::ZERO,
            order_up_to: Quantity::ZERO,
            lead_time_days: 0,
            review_period_days: 0,
            service_level: Permille(0),
            stock_out_day: None,
            stock_out_chance: None,
            assumed: Vec::new(),
            chart: None,
        }
    }
}

/// How far the forecasts can be trusted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForecastNote {
    /// A sentence or two in the report's language; may be empty.
    pub text: String,
    /// A row a model that was chosen for at least one item.
    pub rows: Vec<AccuracyRow>,
}

/// A model, and how it did on the past.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccuracyRow {
    /// Its name.
    pub model: String,
    /// What ran it: `native`, `CPU`, `CUDA`.
    pub provider: String,
    /// Items it was chosen for.
    pub items: u64,
    /// Mean RMSSE of the backtest on these items; below 1 beats a naive guess.
    pub rmsse: f64,
    /// The same of the seasonal naive on the same items.
    pub naive_rmsse: f64,
}

/// Something found wrong with the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FindingRow {
    /// How much it matters.
    pub severity: Severity,
    /// What, in the report's language.
    pub text: String,
    /// What it is about: a column, a SKU, a device; may be empty.
    pub subject: String,
    /// How often.
    pub count: u64,
}

/// The name of a report's files without their ending: `quartermaster-harbour-lane-dc-2026-11-22`.
pub fn file_stem(report: &DailyReport) -> String {
    let mut site = String::new();
    for c in report.site.chars().take(60) {
        if c.is_alphanumeric() {
            site.extend(c.to_lowercase());
        } else if !site.ends_with('-') && !site.is_empty() {
            site.push('-');
        }
    }
    let site = site.trim_end_matches('-');
    let joint = if site.is_empty() { "" } else { "-" };
    format!("quartermaster{joint}{site}-{}", report.day)
}
