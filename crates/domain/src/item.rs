//! The item master, suppliers and what is on the shelf.

use units::{Day, ItemId, Money, Permille, Quantity, SupplierId};

/// A supplier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supplier {
    /// Its row.
    pub id: SupplierId,
    /// The code in the business's files.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Order to arrival, where the supplier has one for all its items.
    pub lead_time_days: Option<u16>,
}

/// An item (SKU). What no file ever told us is `None`; a decision that needs it uses [`SiteDefaults`] and says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its row.
    pub id: ItemId,
    /// SKU: the code in the business's files.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: Option<String>,
    /// Unit of measure.
    pub unit_of_measure: Option<String>,
    /// What a unit costs us.
    pub unit_cost: Option<Money>,
    /// Who sells it to us.
    pub supplier: Option<SupplierId>,
    /// Order to arrival.
    pub lead_time_days: Option<u16>,
    /// Orders come in multiples of this.
    pub pack_size: Option<Quantity>,
    /// Orders are at least this.
    pub order_quantity_min: Option<Quantity>,
    /// The share of cycles without a stock-out we want.
    pub service_level: Option<Permille>,
}

/// What the shelf holds of one item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StockLevel {
    /// The item.
    pub item: ItemId,
    /// Physically there.
    pub on_hand: Quantity,
    /// Promised to orders, picked included.
    pub allocated: Quantity,
    /// Ordered from suppliers, not yet here.
    pub on_order: Quantity,
    /// There, but not to be sold: held, quarantined or expired, and not promised to anybody.
    pub unusable: Quantity,
    /// The day the file or the count says this was true.
    pub as_of: Option<Day>,
}

impl StockLevel {
    /// On hand less what is promised, held, quarantined or expired; negative when oversold.
    pub fn available(&self) -> Quantity {
        self.on_hand.minus(self.allocated).minus(self.unusable)
    }
}

/// What the site assumes where a file is silent. Every use is marked *assumed*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteDefaults {
    /// Order to arrival.
    pub lead_time_days: u16,
    /// Days between two orders to one supplier.
    pub review_period_days: u16,
    /// The share of cycles without a stock-out.
    pub service_level: Permille,
    /// Orders come in multiples of this.
    pub pack_size: Quantity,
    /// What a unit costs.
    pub unit_cost: Money,
}

impl Default for SiteDefaults {
    fn default() -> Self {
        Self {
            lead_time_days: 7,
            review_period_days: 7,
            service_level: Permille(950),
            pack_size: Quantity::of(1),
            unit_cost: Money(100),
        }
    }
}
