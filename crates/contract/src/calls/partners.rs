//! Whom goods come from and go to: suppliers with what they ask of an order, customers by pseudonym or name.

use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{CustomerId, Day, ItemId, Quantity, SupplierId, Timestamp};

/// Customers, those heard of last first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListCustomers {
    /// Part of a pseudonym, code or name; or the whole of what somebody is called, whose pseudonym is found by it. Empty: all.
    pub filter: String,
    /// Skip so many.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerRow {
    /// Who.
    pub customer: CustomerId,
    /// What stands for them everywhere.
    pub pseudonym: String,
    /// What people read: the name, else the code, else the pseudonym.
    pub shown: String,
    /// The code in the business's files, where it may be kept.
    pub code: Option<String>,
    /// Their name, where it may be kept.
    pub name: Option<String>,
    /// Where they are, where it may be kept.
    pub address: Option<String>,
    /// When they were first heard of.
    pub at: Timestamp,
    /// Lines of the order history.
    pub lines: u64,
    /// What these say they took.
    pub quantity: Quantity,
    /// The last day of these.
    pub last_day: Option<Day>,
    /// Orders taken for them here.
    pub orders: u64,
    /// Of these, not gone yet.
    pub open: u64,
    /// What they sent back.
    pub returns: u64,
}

/// A page of customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerPage {
    /// Customers that pass the filter.
    pub total: u64,
    /// Whether names may be kept.
    pub names: bool,
    /// This page.
    pub rows: Vec<CustomerRow>,
}

/// Lets customers' names, codes and addresses be kept from here on, or forgets all that are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AllowCustomerNames {
    /// They may be kept.
    pub allow: bool,
    /// Why.
    pub why: String,
}

/// Suppliers, by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListSuppliers {
    /// Part of the code or name; empty: all.
    pub filter: String,
}

/// A supplier, and what it asks of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierRow {
    /// Which.
    pub supplier: SupplierId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Order to arrival, of items that say nothing themselves.
    pub lead_time_days: Option<u16>,
    /// Orders come in multiples of this, of items that say nothing themselves.
    pub pack_size: Option<Quantity>,
    /// An order of an item is at least this, of items that say nothing themselves.
    pub order_quantity_min: Option<Quantity>,
    /// What else there is to say.
    pub note: String,
    /// Items it sells to us.
    pub items: u64,
    /// Shipments of it that are still to come.
    pub coming: u64,
    /// Days from order to arrival as they were: the median of the last shipments of purchase orders.
    pub took_days: Option<u16>,
}

/// An item of a supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppliedRow {
    /// Which.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Order to arrival.
    pub lead_time_days: Option<u16>,
    /// Orders come in multiples of this.
    pub pack_size: Option<Quantity>,
    /// Orders are at least this.
    pub order_quantity_min: Option<Quantity>,
}

/// What a supplier sells to us, and on which terms.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListSupplied {
    /// Which supplier.
    pub supplier: SupplierId,
    /// At most so many.
    pub limit: u32,
}

/// Saves a supplier, all of it; 0 makes a new one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SaveSupplier {
    /// Which.
    pub supplier: SupplierId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Order to arrival.
    pub lead_time_days: Option<u16>,
    /// Orders come in multiples of this.
    pub pack_size: Option<Quantity>,
    /// An order of an item is at least this.
    pub order_quantity_min: Option<Quantity>,
    /// What else there is to say.
    pub note: String,
    /// Why.
    pub why: String,
}

json_reply!(CustomerPage, Vec<SupplierRow>, Vec<SuppliedRow>, SupplierId);
