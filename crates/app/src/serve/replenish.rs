//! Proposals, decisions and purchase orders.

use super::site::{approval_limit, finding_rows};
use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::planning;
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use base64::Engine;
use contract::*;
use domain::{Actor, Grain, Proposal, ProposalState, Role};
use std::collections::HashMap;
use store::Decision;
use units::{Money, ProposalId, Quantity, SupplierId};

/// Proposals in some states as rows, the dearest waiting first.
pub(crate) fn rows(inner: &Inner, states: &[ProposalState], limit: u32) -> Result<Vec<ProposalRow>> {
    let proposals = inner.store.records.proposals(states, limit.min(limits::LIST_ROWS_MAX))?;
    if proposals.is_empty() {
        return Ok(Vec::new());
    }
    let items: HashMap<ItemId, domain::Item> =
        inner.store.records.all_items()?.into_iter().map(|item| (item.id, item)).collect();
    let suppliers = supplier_names(inner)?;
    Ok(proposals
        .iter()
        .filter_map(|proposal| {
            let item = items.get(&proposal.item)?;
            Some(wire::replenish::row(
                proposal,
                item,
                proposal.supplier.and_then(|id| suppliers.get(&id).cloned()),
            ))
        })
        .collect())
}

fn supplier_names(inner: &Inner) -> Result<HashMap<SupplierId, String>> {
    Ok(inner.store.records.suppliers()?.into_iter().map(|one| (one.id, one.name)).collect())
}

impl Serve<RunPlanning> for App {
    async fn serve(&self, _: RunPlanning, by: &Actor) -> Result<JobId> {
        self.start_planning(by).await
    }
}

impl Serve<ListProposals> for App {
    async fn serve(&self, call: ListProposals, _: &Actor) -> Result<Vec<ProposalRow>> {
        let state =
            [ProposalState::Draft, ProposalState::Approved, ProposalState::Ordered, ProposalState::Dismissed]
                .into_iter()
                .find(|state| format!("{state:?}") == call.state)
                .ok_or_else(|| {
                    Failure::bad_input(format!(
                        "there is no state {}; use Draft, Approved, Ordered or Dismissed",
                        call.state
                    ))
                })?;
        self.blocking(move |inner| rows(inner, &[state], call.limit)).await
    }
}

impl Serve<GetProposal> for App {
    async fn serve(&self, call: GetProposal, _: &Actor) -> Result<ProposalDetail> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let proposal = records.proposal(call.id)?;
            let item = records.item(proposal.item)?;
            let saved = records.forecast(proposal.item, Grain::Daily)?;
            let weekly = records.forecast(proposal.item, Grain::Weekly)?;
            let sums = records.daily_demand(proposal.item)?;
            let suppliers = records.suppliers()?;
            let supplier = proposal.supplier.and_then(|id| suppliers.iter().find(|one| one.id == id));
            let mut history = vec![Quantity::ZERO; 90];
            for (day, quantity) in &sums {
                let index = 90 - (proposal.day.0 - day.0);
                if let Some(slot) = usize::try_from(index).ok().and_then(|index| history.get_mut(index)) {
                    *slot = slot.plus(*quantity);
                }
            }
            let findings = saved.as_ref().map(|saved| {
                let weekly = weekly.as_ref().map(|saved| &saved.forecast);
                let input = replenish::ItemInput {
                    item: &item.item,
                    level: item.stock,
                    forecast: &saved.forecast,
                    supplier,
                };
                finding_rows(
                    &replenish::assess_with(&input, weekly, &inner.settings().defaults, proposal.day).1,
                )
            });
            let reason = &proposal.reason;
            Ok(ProposalDetail {
                row: wire::replenish::row(&proposal, &item.item, supplier.map(|one| one.name.clone())),
                day: proposal.day,
                demand_per_day: wire::quantity(reason.demand_per_day),
                demand_over_cover: reason.demand_over_cover,
                safety_stock: reason.safety_stock,
                reorder_point: reason.reorder_point,
                order_up_to: reason.order_up_to,
                available: reason.available,
                on_order: reason.on_order,
                lead_time_days: reason.lead_time_days,
                review_period_days: reason.review_period_days,
                service_level: reason.service_level,
                pack_size: reason.pack_size,
                unit_cost: proposal.unit_cost,
                model: saved.as_ref().map(|saved| format!("{:?}", saved.forecast.model)),
                projection: saved
                    .map(|saved| wire::replenish::projection(reason.available, &saved.forecast, proposal.day))
                    .unwrap_or_default(),
                projection_start: proposal.day,
                history,
                findings: findings.unwrap_or_default(),
                note: proposal.note,
            })
        })
        .await
    }
}

/// Applies a decision to all of them or to none that refuses: the first refusal is told, the others stand.
fn decide(
    inner: &Inner,
    by: &Actor,
    ids: &[ProposalId],
    decision: &Decision,
    note: &str,
) -> Result<Vec<Proposal>> {
    if ids.is_empty() {
        return Err(Failure::bad_input("decide on proposals: choose at least one"));
    }
    let decided = inner.store.records.decide_proposals(&inner.act_because(by, note), ids, decision)?;
    for topic in [Topic::Proposals, Topic::Audit] {
        inner.bus.changed(topic);
    }
    let mut done = Vec::with_capacity(decided.len());
    let mut refused = Vec::new();
    for one in decided {
        match one.outcome {
            Ok(proposal) => done.push(proposal),
            Err(why) => refused.push(format!("{}: {why}", one.id)),
        }
    }
    if refused.is_empty() { Ok(done) } else { Err(Failure::new(Code::Conflict, refused.join("; "))) }
}

impl Serve<ApproveProposals> for App {
    async fn serve(&self, call: ApproveProposals, by: &Actor) -> Result<ApprovalReceipt> {
        let by = by.clone();
        self.blocking(move |inner| {
            if by.role < Role::Admin {
                let limit = approval_limit(inner)?;
                let wanted: Vec<Proposal> = call.ids.iter().map(|id| inner.store.records.proposal(*id)).collect::<std::result::Result<_, _>>()?;
                let cost: Money = planning::cost(&wanted);
                if cost > limit {
                    return Err(Failure::new(
                        Code::NotAllowed,
                        format!("approve {cost:.2}: a {} may approve {limit:.2} at once; approve less, or ask an administrator", by.role.word()),
                    ));
                }
            }
            let approved = decide(inner, &by, &call.ids, &Decision::Approve, &call.note)?;
            let undo_until = inner.now() + domain::proposal::UNDO_SPAN;
            Ok(ApprovalReceipt { cost: planning::cost(&approved), ids: approved.iter().map(|one| one.id).collect(), undo_until })
        })
        .await
    }
}

impl Serve<DismissProposals> for App {
    async fn serve(&self, call: DismissProposals, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            decide(inner, &by, &call.ids, &Decision::Dismiss, &call.note).map(|_| Done)
        })
        .await
    }
}

impl Serve<TakeBackProposals> for App {
    async fn serve(&self, call: TakeBackProposals, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| decide(inner, &by, &call.ids, &Decision::TakeBack, "").map(|_| Done)).await
    }
}

impl Serve<ChangeProposal> for App {
    async fn serve(&self, call: ChangeProposal, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            decide(inner, &by, &[call.id], &Decision::ChangeQuantity(call.quantity), &call.note).map(|_| Done)
        })
        .await
    }
}

impl Serve<ExportPurchaseOrders> for App {
    async fn serve(&self, call: ExportPurchaseOrders, by: &Actor) -> Result<FileReply> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let mut ids = call.ids;
            if ids.is_empty() {
                ids = records
                    .proposals(&[ProposalState::Approved], limits::LIST_ROWS_MAX)?
                    .iter()
                    .map(|one| one.id)
                    .collect();
            }
            if ids.is_empty() {
                return Err(Failure::new(
                    Code::NotFound,
                    "write purchase orders: nothing is approved; approve proposals first",
                ));
            }
            let act = inner.act(&by);
            let orders = records.create_purchase_orders(&act, inner.today(), &ids)?;
            let currency = inner.settings().currency;
            let written = crate::flows::report::exchange_orders(inner, &orders, &currency)?;
            let mut bytes = Vec::new();
            for one in &written {
                // Each row carries its order's own columns, so orders follow each other under one header.
                let file =
                    exchange::purchase_order::write(one, exchange::WriteOptions { bom: bytes.is_empty() });
                let rows = if bytes.is_empty() {
                    0
                } else {
                    file.iter().position(|byte| *byte == b'\n').map_or(file.len(), |end| end + 1)
                };
                bytes.extend_from_slice(&file[rows..]);
            }
            let name = match orders.as_slice() {
                [only] => format!("{}.csv", only.number),
                [first, .., last] => format!("{}-to-{}.csv", first.number, last.number),
                [] => return Err(Failure::bug("approved proposals made no purchase order")),
            };
            let folder = inner.folder.join("purchase-orders");
            crate::flows::report::write_file(&folder, &name, &bytes)?;
            let sha256 = crate::flows::report::sha256(&bytes);
            for order in &orders {
                records.purchase_order_written(&act, order.id, &name, &sha256)?;
            }
            for topic in [Topic::Proposals, Topic::Stock, Topic::Audit] {
                inner.bus.changed(topic);
            }
            Ok(FileReply {
                name,
                media: "text/csv".to_owned(),
                base64: base64::engine::general_purpose::STANDARD.encode(bytes),
            })
        })
        .await
    }
}

impl Serve<ListPurchaseOrders> for App {
    async fn serve(&self, call: ListPurchaseOrders, _: &Actor) -> Result<Vec<PurchaseOrderRow>> {
        self.blocking(move |inner| {
            let orders = inner.store.records.purchase_orders(call.limit.min(limits::LIST_ROWS_MAX))?;
            Ok(orders
                .into_iter()
                .map(|order| PurchaseOrderRow {
                    id: order.id,
                    lines: order.lines.len() as u32,
                    cost: order.total(),
                    number: order.number,
                    supplier_name: order.supplier_name,
                    made_at: order.at,
                    made_by: order.by,
                })
                .collect())
        })
        .await
    }
}
