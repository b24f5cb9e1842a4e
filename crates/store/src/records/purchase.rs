//! Purchase orders made of approved proposals.

use super::Records;
use crate::{Act, Result};
use units::{Day, ItemId, Money, ProposalId, PurchaseOrderId, Quantity, SupplierId, Timestamp};

/// A purchase order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseOrder {
    /// Its row.
    pub id: PurchaseOrderId,
    /// Its number on paper: `PO-2026-00001`.
    pub number: String,
    /// To whom; `None` for items without a supplier.
    pub supplier: Option<SupplierId>,
    /// The supplier's code when it was made.
    pub supplier_code: Option<String>,
    /// The supplier's name when it was made.
    pub supplier_name: Option<String>,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// What is ordered.
    pub lines: Vec<PurchaseOrderLine>,
    /// The file it was written to, if it was.
    pub file_name: Option<String>,
    /// SHA-256 of that file in hex.
    pub file_sha256: Option<String>,
}

/// One line of a purchase order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseOrderLine {
    /// From 1.
    pub line: u32,
    /// The proposal it comes from.
    pub proposal: ProposalId,
    /// The item.
    pub item: ItemId,
    /// Its code when it was ordered.
    pub sku: String,
    /// Its name when it was ordered.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// What a unit costs.
    pub unit_cost: Money,
    /// When it should arrive.
    pub due: Day,
}

impl PurchaseOrder {
    /// What it costs.
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.unit_cost.times(line.quantity)).sum()
    }
}

impl Records {
    /// Makes one purchase order per supplier from approved proposals: marks them ordered and adds to what is on order. A
    /// proposal that is not approved fails the whole call with [`crate::ErrorKind::Conflict`].
    /// `ordered_on` is the site's calendar day: it numbers the year and dates the lines.
    pub fn create_purchase_orders(
        &self,
        act: &Act,
        ordered_on: Day,
        ids: &[ProposalId],
    ) -> Result<Vec<PurchaseOrder>> {
        crate::file::later((act, ordered_on, ids))
    }

    /// Notes the file a purchase order was written to.
    pub fn purchase_order_written(
        &self,
        act: &Act,
        id: PurchaseOrderId,
        file_name: &str,
        sha256: &str,
    ) -> Result<()> {
        crate::file::later((act, id, file_name, sha256))
    }

    /// Purchase orders, newest first.
    pub fn purchase_orders(&self, limit: u32) -> Result<Vec<PurchaseOrder>> {
        crate::file::later(limit)
    }

    /// One purchase order.
    pub fn purchase_order(&self, id: PurchaseOrderId) -> Result<PurchaseOrder> {
        crate::file::later(id)
    }
}
