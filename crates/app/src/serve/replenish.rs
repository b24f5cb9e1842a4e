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
use domain::{Actor, Basis, DemandForecast, Grain, Proposal, ProposalState, Role};
use std::collections::{BTreeMap, HashMap};
use store::Decision;
use units::{Money, Permille, ProposalId, Quantity, SupplierId};

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

/// Service levels of the curve beside the one tried, in thousandths.
const CURVE: [u16; 8] = [900, 925, 950, 965, 975, 985, 990, 995];

/// All that a trial looks at, and what it made of it.
struct Tried {
    around: planning::Surroundings,
    what_if: replenish::WhatIf,
    /// What is wanted without a budget, what the budget leaves, and the drafts there are: one each for each item.
    wanted: Vec<Quantity>,
    kept: Vec<Quantity>,
    now: Vec<Quantity>,
    priced: usize,
}

/// Tries settings on the forecasts on record. Nothing is fitted and nothing is saved.
fn try_settings(
    inner: &Inner,
    service_level: Permille,
    budget: Option<Money>,
    review_days: Option<u16>,
) -> Result<Tried> {
    if !(500..=999).contains(&service_level.0) {
        return Err(Failure::bad_input("try other settings: the service level is 50 % to 99.9 %"));
    }
    if budget.is_some_and(|budget| budget < Money::ZERO) {
        return Err(Failure::bad_input(
            "try other settings: a budget is not negative; leave it empty for none",
        ));
    }
    if review_days.is_some_and(|days| !(1..=365).contains(&days)) {
        return Err(Failure::bad_input("try other settings: the review period is 1 to 365 days"));
    }
    let records = &inner.store.records;
    let daily = records.all_forecasts(Grain::Daily)?;
    let (Some(span), false) = (records.order_span()?, daily.is_empty()) else {
        return Err(Failure::new(
            Code::NotFound,
            "try other settings: there are no forecasts yet; make them on the Replenish page first",
        ));
    };
    let weekly = records.all_forecasts(Grain::Weekly)?;
    let (today, _) = planning::planning_day(inner.today(), span.1);
    let mut around = planning::Surroundings::read(inner, today)?;
    if let Some(days) = review_days {
        around.defaults.review_period_days = days;
    }
    let weekly: BTreeMap<ItemId, &DemandForecast> =
        weekly.iter().map(|saved| (saved.forecast.item, &saved.forecast)).collect();
    let inputs: Vec<_> = daily
        .iter()
        .filter(|saved| !around.is_decided(saved.forecast.item))
        .filter_map(|saved| around.input(&saved.forecast))
        .collect();
    let prices: BTreeMap<ItemId, Money> =
        records.outlooks()?.into_iter().filter_map(|one| Some((one.item, one.price?))).collect();
    let priced = inputs.iter().filter(|input| prices.contains_key(&input.item.id)).count();
    let what_if = replenish::WhatIf::new(&inputs, &weekly, &prices, &around.defaults, today);
    let wanted = what_if.wanted(service_level);
    let kept = budget.map_or_else(|| wanted.clone(), |budget| what_if.within(&wanted, budget));
    let drafts: HashMap<ItemId, Quantity> = records
        .proposals(&[ProposalState::Draft], limits::LIST_ROWS_MAX)?
        .iter()
        .map(|one| (one.item, one.quantity))
        .collect();
    let now = inputs.iter().map(|input| drafts.get(&input.item.id).copied().unwrap_or_default()).collect();
    drop(inputs);
    Ok(Tried { around, what_if, wanted, kept, now, priced })
}

impl Serve<TryReplenishment> for App {
    async fn serve(&self, call: TryReplenishment, _: &Actor) -> Result<ReplenishTrial> {
        self.blocking(move |inner| {
            let tried = try_settings(inner, call.service_level, call.budget, call.review_days)?;
            let Tried { around, what_if, wanted, kept, now, priced } = &tried;
            let none = vec![Quantity::ZERO; now.len()];
            let mut suppliers: BTreeMap<Option<SupplierId>, TrialSupplier> = BTreeMap::new();
            let mut lines = Vec::new();
            let mut cut_risk = Money::ZERO;
            let mut cut = 0;
            for at in 0..now.len() {
                let (now, wanted, kept) = (now[at], wanted[at], kept[at]);
                if now == Quantity::ZERO && wanted == Quantity::ZERO {
                    continue;
                }
                let Some(item) = around.items.get(&what_if.item(at)) else { continue };
                let unit_cost = what_if.unit_cost(at);
                let (cost_now, cost) = (unit_cost.times(now), unit_cost.times(kept));
                let name = || item.supplier.and_then(|id| around.supplier_name(id)).map(str::to_owned);
                let row = suppliers.entry(item.supplier).or_insert_with(|| TrialSupplier {
                    supplier: item.supplier,
                    name: name(),
                    ..TrialSupplier::default()
                });
                row.lines_now += u32::from(now > Quantity::ZERO);
                row.lines += u32::from(kept > Quantity::ZERO);
                row.cost_now = row.cost_now.plus(cost_now);
                row.cost = row.cost.plus(cost);
                let risk = what_if.risk(at, kept);
                let left_out = if kept < wanted {
                    cut += 1;
                    let left_out = risk.lost.minus(what_if.risk(at, wanted).lost);
                    cut_risk = cut_risk.plus(left_out);
                    Some(left_out)
                } else {
                    None
                };
                if now == kept && left_out.is_none() {
                    continue;
                }
                lines.push(TrialLine {
                    item: item.id,
                    sku: item.sku.clone(),
                    name: item.name.clone(),
                    unit: item.unit_of_measure.clone().unwrap_or_default(),
                    supplier_name: name(),
                    now,
                    wanted,
                    quantity: kept,
                    cost_now,
                    cost,
                    stock_out_chance: permille(risk.chance),
                    left_out,
                });
            }
            lines.sort_by_key(|line| {
                let change = line.cost.minus(line.cost_now).0.abs();
                (std::cmp::Reverse(line.left_out), std::cmp::Reverse(change), line.sku.clone())
            });
            let lines_total = lines.len() as u32;
            lines.truncate(limits::TRIAL_LINES_MAX);
            let mut suppliers: Vec<TrialSupplier> = suppliers.into_values().collect();
            suppliers.sort_by_key(|row| std::cmp::Reverse(row.cost.max(row.cost_now)));
            let mut levels: Vec<Permille> = CURVE.map(Permille).to_vec();
            levels.push(call.service_level);
            levels.sort();
            levels.dedup();
            let curve = levels
                .into_iter()
                .map(|service_level| {
                    let outcome = what_if.outcome(&what_if.wanted(service_level));
                    CurvePoint { service_level, cost: outcome.cost, lost_sales: outcome.lost }
                })
                .collect();
            Ok(ReplenishTrial {
                service_level: call.service_level,
                budget: call.budget,
                review_days: around.defaults.review_period_days,
                day: around.today,
                none: trial_sum(what_if.outcome(&none)),
                now: trial_sum(what_if.outcome(now)),
                trial: trial_sum(what_if.outcome(kept)),
                items: now.len() as u32,
                items_priced: *priced as u32,
                suppliers,
                lines,
                lines_total,
                cut,
                cut_risk,
                curve,
            })
        })
        .await
    }
}

fn permille(share: f64) -> Permille {
    Permille((share * 1000.0).round().clamp(0.0, 1000.0) as u16)
}

fn trial_sum(outcome: replenish::Outcome) -> TrialSum {
    TrialSum {
        lines: outcome.lines,
        units: outcome.units,
        cost: outcome.cost,
        stock_outs_milli: (outcome.stock_outs * 1000.0).round() as i64,
        short: wire::quantity(outcome.short),
        lost_sales: outcome.lost,
    }
}

impl Serve<ApplyTrial> for App {
    async fn serve(&self, call: ApplyTrial, by: &Actor) -> Result<TrialReceipt> {
        let by = by.clone();
        self.blocking(move |inner| {
            let tried = try_settings(inner, call.service_level, call.budget, call.review_days)?;
            let basis = Basis::WhatIf { budget: call.budget };
            let proposals = tried.what_if.proposals(&tried.kept, call.service_level, basis);
            let mut why = format!("what-if: service level {} %", call.service_level);
            if let Some(budget) = call.budget {
                why += &format!(", budget {budget:.2}");
            }
            if let Some(days) = call.review_days {
                why += &format!(", review every {days} days");
            }
            if !call.note.trim().is_empty() {
                why += &format!("; {}", call.note.trim());
            }
            let receipt = inner.store.records.save_proposals(&inner.act_because(&by, &why), proposals)?;
            for topic in [Topic::Proposals, Topic::Audit] {
                inner.bus.changed(topic);
            }
            Ok(TrialReceipt {
                drafts: receipt.ids.len() as u32,
                superseded: receipt.superseded as u32,
                cost: receipt.cost,
            })
        })
        .await
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
            let overrides =
                records.overrides(Some(proposal.item), Some(proposal.day), false, limits::LIST_ROWS_MAX)?;
            let findings = saved.as_ref().map(|saved| {
                let weekly = weekly.as_ref().map(|saved| &saved.forecast);
                let input = replenish::ItemInput {
                    item: &item.item,
                    level: item.stock,
                    forecast: &saved.forecast,
                    supplier,
                    overrides: &overrides,
                    wanted: proposal.reason.wanted,
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
                baseline_over_cover: reason.baseline_over_cover,
                overrides: reason.overrides.iter().map(wire::replenish::applied).collect(),
                what_if: matches!(reason.basis, Basis::WhatIf { .. }),
                budget: match reason.basis {
                    Basis::WhatIf { budget } => budget,
                    Basis::Plan => None,
                },
                safety_stock: reason.safety_stock,
                reorder_point: reason.reorder_point,
                order_up_to: reason.order_up_to,
                wanted_reorder: reason.wanted.reorder,
                wanted_most: reason.wanted.most,
                available: reason.available,
                on_order: reason.on_order,
                lead_time_days: reason.lead_time_days,
                review_period_days: reason.review_period_days,
                service_level: reason.service_level,
                pack_size: reason.pack_size,
                unit_cost: proposal.unit_cost,
                model: saved.as_ref().map(|saved| format!("{:?}", saved.forecast.model)),
                projection: saved
                    .map(|saved| {
                        let expected = replenish::with_overrides(&saved.forecast, &overrides);
                        wire::replenish::projection(reason.available, &expected, proposal.day)
                    })
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
