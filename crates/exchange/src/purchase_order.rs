//! A purchase order as a file: one row a line, each with the order's own columns, so that any system can read it alone.

use crate::table::{self, Cell, WriteOptions};
use units::{Day, Money, Quantity};

/// A purchase order to one supplier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseOrder {
    /// Its number.
    pub number: String,
    /// The site that orders.
    pub site: String,
    /// The supplier's code; empty where none is known.
    pub supplier_code: String,
    /// The supplier's name; empty where none is known.
    pub supplier_name: String,
    /// The day it is ordered.
    pub day: Day,
    /// ISO 4217.
    pub currency: String,
    /// Who approved it.
    pub approved_by: String,
    /// The approver's note.
    pub note: String,
    /// What is ordered.
    pub lines: Vec<PoLine>,
}

/// A line of a purchase order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoLine {
    /// SKU.
    pub sku: String,
    /// The item's name.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// Unit of measure.
    pub unit_of_measure: String,
    /// What a unit costs.
    pub unit_cost: Money,
    /// The day it is needed.
    pub needed_by: Option<Day>,
    /// Why, in words.
    pub reason: String,
}

impl PurchaseOrder {
    /// What it costs.
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.unit_cost.times(line.quantity)).sum()
    }
}

/// The columns of the file.
pub const HEADER: [&str; 17] = [
    "po_number",
    "order_date",
    "site",
    "supplier_code",
    "supplier_name",
    "line",
    "sku",
    "description",
    "quantity",
    "uom",
    "unit_cost",
    "amount",
    "currency",
    "needed_by",
    "approved_by",
    "note",
    "reason",
];

/// The order as CSV.
pub fn write(order: &PurchaseOrder, options: WriteOptions) -> Vec<u8> {
    let rows = order.lines.iter().enumerate().map(|(n, line)| {
        vec![
            order.number.as_str().into(),
            order.day.into(),
            order.site.as_str().into(),
            order.supplier_code.as_str().into(),
            order.supplier_name.as_str().into(),
            Cell::from(n + 1),
            line.sku.as_str().into(),
            line.name.as_str().into(),
            line.quantity.into(),
            line.unit_of_measure.as_str().into(),
            line.unit_cost.into(),
            line.unit_cost.times(line.quantity).into(),
            order.currency.as_str().into(),
            line.needed_by.into(),
            order.approved_by.as_str().into(),
            order.note.as_str().into(),
            line.reason.as_str().into(),
        ]
    });
    table::write(&HEADER, rows, options)
}
