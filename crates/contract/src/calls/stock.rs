//! Items and stock.

use crate::calls::FindingRow;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{Day, ItemId, Money, Permille, Quantity};

/// How the stock list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StockSort {
    /// Fewest days of cover first.
    #[default]
    Cover,
    /// By SKU.
    Sku,
    /// By name.
    Name,
    /// Most on hand first.
    OnHand,
    /// Most value first.
    Value,
    /// By category.
    Category,
    /// Most available first.
    Available,
    /// Most demand a day first.
    Demand,
    /// Soonest to run out first.
    RunsOut,
}

/// A page of the stock list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListStock {
    /// Text in SKU, name or category; empty for all.
    pub filter: String,
    /// Order.
    pub sort: StockSort,
    /// The other way round; what is unknown stays last.
    #[serde(default)]
    pub reverse: bool,
    /// Skip so many.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

/// The stock of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockRow {
    /// The item.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: Option<String>,
    /// Unit of measure.
    pub unit: String,
    /// Physically there; `None` where no file or count ever said.
    pub on_hand: Option<Quantity>,
    /// Promised.
    pub allocated: Quantity,
    /// On hand less promised.
    pub available: Quantity,
    /// On the way.
    pub on_order: Quantity,
    /// Mean demand a day, in thousandths of a unit, from the forecast.
    pub demand_per_day: Option<Quantity>,
    /// Days of cover in tenths: available ÷ demand a day.
    pub cover_days_tenths: Option<i64>,
    /// The day it runs out, if within the horizon.
    pub stock_out_day: Option<Day>,
    /// Value on hand at cost.
    pub value: Option<Money>,
    /// The count or file this is from.
    pub as_of: Option<Day>,
}

/// A page of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockPage {
    /// Rows that pass the filter.
    pub total: u64,
    /// This page.
    pub rows: Vec<StockRow>,
}

/// All of one item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetItem {
    /// Which.
    pub item: ItemId,
}

/// One movement of stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementRow {
    /// The day.
    pub day: Day,
    /// `import`, `order`, `receipt`.
    pub kind: String,
    /// Change.
    pub quantity: Quantity,
    /// On hand after.
    pub on_hand: Quantity,
    /// File, order or person.
    pub source: String,
}

/// Everything known of an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemDetail {
    /// Its stock.
    pub stock: StockRow,
    /// Supplier's name.
    pub supplier: Option<String>,
    /// Order to arrival, and whether it is the site's default.
    pub lead_time_days: u16,
    /// The lead time is assumed.
    pub lead_time_assumed: bool,
    /// What a unit costs.
    pub unit_cost: Money,
    /// The cost is assumed.
    pub unit_cost_assumed: bool,
    /// Pack size.
    pub pack_size: Quantity,
    /// The pack size is assumed.
    pub pack_size_assumed: bool,
    /// Service level asked for.
    pub service_level: Permille,
    /// Reorder point, where there is a forecast.
    pub reorder_point: Option<Quantity>,
    /// The level expected over the coming days: low (10 %), median, high (90 %) a day from `projection_start`.
    pub projection: Vec<[Quantity; 3]>,
    /// First day of the projection.
    pub projection_start: Day,
    /// The last movements, newest first.
    pub movements: Vec<MovementRow>,
    /// What is missing or doubtful.
    pub findings: Vec<FindingRow>,
}

json_reply!(StockPage, ItemDetail);
