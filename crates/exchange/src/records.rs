//! What a row of an item or stock file says, before any id is known.

use domain::Delivery;
use units::{Day, Money, Quantity};

/// A row of an item master. What the file leaves empty is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemRow {
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// Unit of measure.
    pub unit_of_measure: Option<String>,
    /// What a unit costs us.
    pub unit_cost: Option<Money>,
    /// The supplier's code.
    pub supplier_code: Option<String>,
    /// The supplier's name.
    pub supplier_name: Option<String>,
    /// Order to arrival.
    pub lead_time_days: Option<u16>,
    /// Orders come in multiples of this.
    pub pack_size: Option<Quantity>,
    /// Orders are at least this.
    pub order_quantity_min: Option<Quantity>,
}

/// A row of a stock file: one SKU, often one lot in one bin of it; rows of a SKU add up (see [`crate::sum_stock`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockRow {
    /// SKU.
    pub sku: String,
    /// Physically there.
    pub on_hand: Quantity,
    /// Promised to orders.
    pub allocated: Option<Quantity>,
    /// On the way.
    pub on_order: Option<Quantity>,
    /// The day it was counted.
    pub as_of: Option<Day>,
}

/// A row of a deliveries file: a delivery without an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Day and number: what must not come twice.
    pub(crate) key: String,
    /// The delivery.
    pub delivery: Delivery,
}
