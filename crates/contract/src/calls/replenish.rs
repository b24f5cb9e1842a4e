//! Proposals and purchase orders.

use crate::calls::FindingRow;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{
    Day, ItemId, Money, OverrideId, Permille, ProposalId, PurchaseOrderId, Quantity, SupplierId, Timestamp,
};

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
    /// The chance that it runs out before an order placed now arrives; not known where nobody said what is on the shelf.
    pub stock_out_chance: Option<Permille>,
    /// State.
    pub state: String,
    /// Numbers that no file gave: `lead_time`, `on_hand`, `unit_cost`, `pack_size`, `supplier`.
    pub assumed: Vec<String>,
    /// Approved, dismissed or ordered at.
    pub decided_at: Option<Timestamp>,
    /// By whom.
    pub decided_by: Option<String>,
    /// Who set the override that its demand rests on, where one does.
    pub override_by: Option<String>,
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
    /// The same by the baseline alone.
    pub baseline_over_cover: Quantity,
    /// What people expect instead within that time.
    pub overrides: Vec<OverrideUse>,
    /// A person took it over from a trial.
    pub what_if: bool,
    /// What the trial might spend on all drafts.
    pub budget: Option<Money>,
    /// Safety stock.
    pub safety_stock: Quantity,
    /// Reorder point.
    pub reorder_point: Quantity,
    /// Order up to.
    pub order_up_to: Quantity,
    /// The reorder point a manager wants: the computed one is not below it.
    #[serde(default)]
    pub wanted_reorder: Option<Quantity>,
    /// The most a manager wants: beyond the reorder point nothing is ordered above it.
    #[serde(default)]
    pub wanted_most: Option<Quantity>,
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

/// The part an override of the forecast has in a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideUse {
    /// Which.
    pub id: OverrideId,
    /// Who made it.
    pub by: String,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub to: Day,
    /// What the baseline says of its days within lead time and review period.
    pub baseline: Quantity,
    /// What it puts there instead.
    pub value: Quantity,
}

/// What another service level, budget or review period would make of the drafts. Saves nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TryReplenishment {
    /// The site's service level; items with one of their own keep it.
    pub service_level: Permille,
    /// What all drafts may cost together; none: no limit.
    pub budget: Option<Money>,
    /// Days between two orders; none: the site's.
    #[serde(default)]
    pub review_days: Option<u16>,
}

/// What some orders come to, over all items with a forecast and no approved order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialSum {
    /// Lines.
    pub lines: u32,
    /// Units.
    pub units: Quantity,
    /// What they cost.
    pub cost: Money,
    /// Thousandths of the expected number of items that run out before the order of the next review could arrive.
    pub stock_outs_milli: i64,
    /// Expected units short until then.
    pub short: Quantity,
    /// The same at their price, or cost where no price is known.
    pub lost_sales: Money,
}

/// A supplier's part in a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialSupplier {
    /// Which.
    pub supplier: Option<SupplierId>,
    /// Its name.
    pub name: Option<String>,
    /// Lines of the drafts there are.
    pub lines_now: u32,
    /// Lines of the trial.
    pub lines: u32,
    /// Cost of the drafts there are.
    pub cost_now: Money,
    /// Cost of the trial.
    pub cost: Money,
}

/// An item whose order a trial changes or cuts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialLine {
    /// The item.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Unit of measure.
    pub unit: String,
    /// Supplier's name.
    pub supplier_name: Option<String>,
    /// The draft there is; zero: none.
    pub now: Quantity,
    /// What the service level asks for.
    pub wanted: Quantity,
    /// What the budget leaves of it.
    pub quantity: Quantity,
    /// What the draft costs.
    pub cost_now: Money,
    /// What the trial's order costs.
    pub cost: Money,
    /// The chance that it runs out before the order of the next review could arrive, with the trial's order.
    pub stock_out_chance: Permille,
    /// Where the budget cut it: the further expected lost sales.
    pub left_out: Option<Money>,
}

/// Cost and expected lost sales at a service level, without a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// The service level.
    pub service_level: Permille,
    /// What all orders cost.
    pub cost: Money,
    /// Expected lost sales that remain.
    pub lost_sales: Money,
}

/// What a trial comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplenishTrial {
    /// Tried.
    pub service_level: Permille,
    /// Tried.
    pub budget: Option<Money>,
    /// Days between two orders, tried or the site's.
    pub review_days: u16,
    /// The day orders would be placed.
    pub day: Day,
    /// Without any order.
    pub none: TrialSum,
    /// With the drafts there are.
    pub now: TrialSum,
    /// With the orders of the trial.
    pub trial: TrialSum,
    /// Items looked at.
    pub items: u32,
    /// Of these, with a price from order lines; lost sales of the others are at cost.
    pub items_priced: u32,
    /// By supplier, the dearest first.
    pub suppliers: Vec<TrialSupplier>,
    /// Lines that change, those cut first, then by money; at most 1,000.
    pub lines: Vec<TrialLine>,
    /// All that change.
    pub lines_total: u32,
    /// Lines the budget cut or made smaller.
    pub cut: u32,
    /// Further expected lost sales of these.
    pub cut_risk: Money,
    /// Cost against service level.
    pub curve: Vec<CurvePoint>,
}

/// Puts the orders of a trial in the place of all drafts. Planning again undoes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApplyTrial {
    /// As tried.
    pub service_level: Permille,
    /// As tried.
    pub budget: Option<Money>,
    /// As tried.
    #[serde(default)]
    pub review_days: Option<u16>,
    /// Why.
    pub note: String,
}

/// What took the place of the drafts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialReceipt {
    /// New drafts.
    pub drafts: u32,
    /// Drafts they replace.
    pub superseded: u32,
    /// What they cost.
    pub cost: Money,
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

json_reply!(
    Vec<ProposalRow>,
    ProposalDetail,
    ApprovalReceipt,
    Vec<PurchaseOrderRow>,
    ReplenishTrial,
    TrialReceipt
);
