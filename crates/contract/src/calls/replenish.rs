//! Proposals and purchase orders.

use crate::calls::FindingRow;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{Day, ItemId, Money, Permille, ProposalId, PurchaseOrderId, Quantity, SupplierId, Timestamp};

/// Makes forecasts and proposals anew: answers with a job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunPlanning {}

/// Proposals in one state.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListProposals {
    /// `Draft`, `Approved`, `Ordered`, `Dismissed`.
    pub state: String,
    /// At most so many.
    pub limit: u32,
}

/// One proposal in a line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalRow {
    /// Its number.
    pub id: ProposalId,
    /// The item.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Unit of measure.
    pub unit: String,
    /// Supplier.
    pub supplier: Option<SupplierId>,
    /// Supplier's name.
    pub supplier_name: Option<String>,
    /// How much.
    pub quantity: Quantity,
    /// What it costs.
    pub cost: Money,
    /// What waiting costs.
    pub cost_of_waiting: Money,
    /// Latest day to order.
    pub order_by: Day,
    /// The day it runs out.
    pub stock_out_day: Option<Day>,
    /// The chance that it runs out before an order placed now arrives.
    pub stock_out_chance: Permille,
    /// State.
    pub state: String,
    /// Numbers that no file gave: `lead_time`, `on_hand`, `unit_cost`, `pack_size`, `supplier`.
    pub assumed: Vec<String>,
    /// Approved, dismissed or ordered at.
    pub decided_at: Option<Timestamp>,
    /// By whom.
    pub decided_by: Option<String>,
}

/// All of one proposal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetProposal {
    /// Which.
    pub id: ProposalId,
}

/// The argument for a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalDetail {
    /// The line of the list.
    pub row: ProposalRow,
    /// Made for.
    pub day: Day,
    /// Mean demand a day, thousandths of a unit.
    pub demand_per_day: Quantity,
    /// Expected demand over lead time and review period.
    pub demand_over_cover: Quantity,
    /// Safety stock.
    pub safety_stock: Quantity,
    /// Reorder point.
    pub reorder_point: Quantity,
    /// Order up to.
    pub order_up_to: Quantity,
    /// On hand less promised.
    pub available: Quantity,
    /// On the way.
    pub on_order: Quantity,
    /// Order to arrival.
    pub lead_time_days: u16,
    /// Between two orders.
    pub review_period_days: u16,
    /// Service level asked for.
    pub service_level: Permille,
    /// Orders come in multiples of this.
    pub pack_size: Quantity,
    /// What a unit costs.
    pub unit_cost: Money,
    /// Which model forecast it.
    pub model: Option<String>,
    /// Stock expected without the order: low, median, high a day from `projection_start`.
    pub projection: Vec<[Quantity; 3]>,
    /// First day of the projection.
    pub projection_start: Day,
    /// Demand of the last 90 days a day, oldest first.
    pub history: Vec<Quantity>,
    /// What is missing or doubtful.
    pub findings: Vec<FindingRow>,
    /// The note of the decision.
    pub note: Option<String>,
}

/// Approves drafts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApproveProposals {
    /// Which.
    pub ids: Vec<ProposalId>,
    /// Why.
    pub note: String,
}

/// What was approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalReceipt {
    /// Which.
    pub ids: Vec<ProposalId>,
    /// What they cost together.
    pub cost: Money,
    /// Can be taken back until.
    pub undo_until: Timestamp,
}

/// Says no to drafts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DismissProposals {
    /// Which.
    pub ids: Vec<ProposalId>,
    /// Why.
    pub note: String,
}

/// Takes back an approval (within five minutes) or a dismissal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeBackProposals {
    /// Which.
    pub ids: Vec<ProposalId>,
}

/// Another quantity for a draft.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeProposal {
    /// Which.
    pub id: ProposalId,
    /// How much.
    pub quantity: Quantity,
    /// Why.
    pub note: String,
}

/// Puts approved proposals on purchase orders, one a supplier, and answers with the CSV. Ends the time to take back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportPurchaseOrders {
    /// Which; empty for all that are approved.
    pub ids: Vec<ProposalId>,
}

/// Purchase orders, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListPurchaseOrders {
    /// At most so many.
    pub limit: u32,
}

/// One purchase order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseOrderRow {
    /// Its row.
    pub id: PurchaseOrderId,
    /// Its number on paper.
    pub number: String,
    /// Supplier's name.
    pub supplier_name: Option<String>,
    /// Made at.
    pub made_at: Timestamp,
    /// By whom.
    pub made_by: String,
    /// Lines.
    pub lines: u32,
    /// Total cost.
    pub cost: Money,
}

json_reply!(Vec<ProposalRow>, ProposalDetail, ApprovalReceipt, Vec<PurchaseOrderRow>);
