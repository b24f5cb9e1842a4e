//! What a row of an item or stock file says, before any id is known.

use domain::stock::{Capacity, Spot, TemperatureClass};
use domain::{Delivery, Ratio, Size};
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
    /// The unit that pack size counts in, as a package's name.
    pub package: Option<String>,
    /// How many of the item's own unit are in the row's unit of measure, where the row is about another unit.
    pub unit_factor: Option<Ratio>,
    /// The number under the bar code of the row's unit.
    pub gtin: Option<String>,
    /// How large and heavy one of the row's unit is.
    pub size: Size,
    /// How cold it wants to lie.
    pub temperature: Option<TemperatureClass>,
    /// The code of an item that may stand in for it.
    pub substitute: Option<String>,
}

/// A row of a stock file: one SKU, often one lot in one bin of it; rows of a SKU add up.
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
    /// The lot it is of.
    pub lot: Option<String>,
    /// The lot's last day.
    pub expiry: Option<Day>,
    /// The bin it lies in.
    pub bin: Option<String>,
    /// The site the bin is in.
    pub site: Option<String>,
    /// What a unit cost.
    pub unit_cost: Option<Money>,
    /// The item's name, for an item nobody knows yet.
    pub name: Option<String>,
    /// The item's unit of measure.
    pub unit_of_measure: Option<String>,
}

/// A row of a deliveries file: a delivery without an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Day and number: what must not come twice.
    pub(crate) key: String,
    /// The delivery.
    pub delivery: Delivery,
}

/// How much of an item should be kept, and what else the row says of the item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelRow {
    /// The item.
    pub item: ItemRow,
    /// The least there should be.
    pub least: Option<Quantity>,
    /// Order when there is no more than this.
    pub reorder: Option<Quantity>,
    /// The most there should be.
    pub most: Option<Quantity>,
    /// What the writer of the file believed there was.
    pub on_hand: Option<Quantity>,
    /// Where it should lie.
    pub bin: Option<String>,
    /// At which site.
    pub site: Option<String>,
}

/// A site, a room, a bin; or a supplier, where a file lists those among its places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceRow {
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: Option<String>,
    /// What it is, in the file's words.
    pub kind: Option<String>,
    /// The place it is in.
    pub parent: Option<String>,
    /// Whether it is in use.
    pub active: bool,
    /// Where it is.
    pub address: String,
    /// The zone of a bin.
    pub zone: Option<String>,
    /// Where a bin is.
    pub spot: Option<Spot>,
    /// Its turn on a picking walk.
    pub pick_order: Option<i64>,
    /// What it holds at most.
    pub capacity: Capacity,
    /// How cold it is kept.
    pub temperature: Option<TemperatureClass>,
    pub(crate) key: String,
}

/// What a place is, as far as the file's word for it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceKind {
    /// A bin, a shelf.
    Bin,
    /// Somebody goods come from.
    Supplier,
    /// A zone of a warehouse.
    Zone,
    /// A site or room.
    Site,
}

impl PlaceRow {
    /// What it is.
    pub fn what(&self) -> PlaceKind {
        let kind = self.kind.as_deref().unwrap_or_default().to_lowercase();
        if ["bin", "slot", "shelf", "库位", "货位", "储位"].iter().any(|word| kind.contains(word)) {
            PlaceKind::Bin
        } else if kind.contains("zone") || kind.contains("库区") {
            PlaceKind::Zone
        } else if kind.contains("supplier") || kind.contains("vendor") || kind.contains("供应商") {
            PlaceKind::Supplier
        } else {
            PlaceKind::Site
        }
    }
}

/// A supplier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SupplierRow {
    /// Code; the name, where the file has none.
    pub code: String,
    /// Name.
    pub name: String,
    /// Order to arrival.
    pub lead_time_days: Option<u16>,
}

/// A customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerRow {
    /// What orders call them.
    pub code: String,
    /// Their name.
    pub name: Option<String>,
    /// Where they are, in one line.
    pub address: Option<String>,
}

/// Which way goods go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// They are coming.
    #[default]
    In,
    /// Somebody wants them.
    Wanted,
    /// They left.
    Gone,
}

/// A line of goods announced, ordered or sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShipmentRow {
    /// The shipment's number.
    pub shipment: String,
    /// Which way it goes.
    pub way: Way,
    /// The order it is for.
    pub order_ref: Option<String>,
    /// Who it comes from or goes to.
    pub partner: Option<String>,
    /// SKU.
    pub sku: String,
    /// How much.
    pub quantity: Quantity,
    /// Sent on.
    pub shipped: Option<Day>,
    /// Expected on.
    pub expected: Option<Day>,
    /// The lot.
    pub lot: Option<String>,
    /// The lot's last day.
    pub expiry: Option<Day>,
    /// The handling unit.
    pub sscc: Option<String>,
}
