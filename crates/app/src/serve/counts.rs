//! Cycle counts: plans, what people find, and what goes into the ledger.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire::counts as wire;
use contract::{
    ApproveCounts, CountOutcome, CountPage, CountPlanRow, CountPlanned, EnterCounts, ListCountLines,
    ListCounts, PlanCount, RejectCounts, Topic,
};
use domain::Actor;
use domain::count::{CountRules, CountState, Tolerance, due};
use domain::stock::ReasonCode;
use std::collections::HashMap;
use store::{CountQuery, NewCount};
use units::ItemId;

/// Days of demand that an item's class is made of.
const YEAR_DAYS: f64 = 365.0;

impl Serve<PlanCount> for App {
    async fn serve(&self, call: PlanCount, by: &Actor) -> Result<CountPlanned> {
        let by = by.clone();
        self.blocking(move |inner| {
            if call.lines_max == 0 || call.lines_max > limits::COUNT_LINES_MAX {
                let most = limits::COUNT_LINES_MAX;
                return Err(Failure::bad_input(format!(
                    "a count plan has 1 to {most} lines; plan the rest when this one is done"
                )));
            }
            let rules = CountRules {
                every_days: call.every_days,
                doubts: call.doubts,
                value_min: call.value_min,
                lines_max: call.lines_max as usize,
            };
            let records = &inner.store.records;
            let classes = classes(inner)?;
            let (mut candidates, costs): (Vec<_>, Vec<_>) =
                records.count_candidates(inner.settings().defaults.unit_cost)?.into_iter().unzip();
            for one in &mut candidates {
                one.class = classes.get(&one.item).copied();
            }
            let chosen = due(&candidates, &rules, inner.today());
            let lines = chosen
                .into_iter()
                .map(|(place, why)| (candidates[place].clone(), why, costs[place]))
                .collect();
            let name = match call.name.trim() {
                "" => inner.today().to_string(),
                name => name.chars().take(limits::TEXT_CHARS_MAX).collect(),
            };
            let tolerance = Tolerance { permille: call.tolerance_permille, value: call.tolerance_value };
            let new = NewCount { name, blind: call.blind, tolerance, lines };
            let wanted = new.lines.len() as u64;
            let (id, elsewhere) = records.make_count(&inner.act(&by), new)?;
            changed(inner);
            Ok(CountPlanned { id, lines: wanted - elsewhere, elsewhere })
        })
        .await
    }
}

/// The class of every item that planning knows the demand of, by a year of it at cost.
pub(super) fn classes(inner: &Inner) -> Result<HashMap<ItemId, domain::count::AbcClass>> {
    let records = &inner.store.records;
    let fallback = inner.settings().defaults.unit_cost;
    let costs: HashMap<ItemId, _> =
        records.all_items()?.into_iter().map(|item| (item.id, item.unit_cost.unwrap_or(fallback))).collect();
    let outlooks = records.outlooks()?;
    let values: Vec<i64> = outlooks
        .iter()
        .map(|one| {
            let cost = costs.get(&one.item).copied().unwrap_or(fallback);
            (one.demand_per_day * YEAR_DAYS * cost.0 as f64).round() as i64
        })
        .collect();
    let classes = replenish::abc(&values);
    Ok(outlooks.iter().map(|one| one.item).zip(classes).collect())
}

fn changed(inner: &Inner) {
    for topic in [Topic::Stock, Topic::Audit] {
        inner.bus.changed(topic);
    }
}

impl Serve<ListCounts> for App {
    async fn serve(&self, call: ListCounts, _: &Actor) -> Result<Vec<CountPlanRow>> {
        self.blocking(move |inner| {
            let plans = inner.store.records.count_plans(call.limit.min(limits::LIST_ROWS_MAX))?;
            Ok(plans.into_iter().map(wire::plan).collect())
        })
        .await
    }
}

impl Serve<ListCountLines> for App {
    async fn serve(&self, call: ListCountLines, _: &Actor) -> Result<CountPage> {
        self.blocking(move |inner| {
            let state = match call.state.as_str() {
                "" => None,
                word => {
                    Some(CountState::ALL.into_iter().find(|state| state.word() == word).ok_or_else(|| {
                        Failure::bad_input(format!(
                            "there is no state {word}; use open, recount, counted, booked or rejected"
                        ))
                    })?)
                }
            };
            let limit = call.limit.min(limits::LIST_ROWS_MAX);
            let query = CountQuery { plan: call.plan, state, offset: call.offset, limit };
            let plan = inner.store.records.count_plan(call.plan)?;
            let page = inner.store.records.count_lines(&query)?;
            let rows =
                page.rows.into_iter().map(|row| wire::line(row, plan.blind, &plan.tolerance)).collect();
            Ok(CountPage { total: page.total, rows })
        })
        .await
    }
}

fn few(count: usize) -> Result<()> {
    if count > limits::LIST_ROWS_MAX as usize {
        let most = limits::LIST_ROWS_MAX;
        return Err(Failure::bad_input(format!("{count} lines at once are too many; send {most} at most")));
    }
    Ok(())
}

impl Serve<EnterCounts> for App {
    async fn serve(&self, call: EnterCounts, by: &Actor) -> Result<Vec<CountOutcome>> {
        let by = by.clone();
        self.blocking(move |inner| {
            few(call.entries.len())?;
            let counted_by = Some(call.by.trim().to_owned()).filter(|name| !name.is_empty());
            let entries = call.entries.into_iter().map(|entry| (entry.line, entry.quantity)).collect();
            let answers = inner.store.records.enter_counts(&inner.act(&by), counted_by, entries)?;
            changed(inner);
            Ok(answers.into_iter().map(wire::outcome).collect())
        })
        .await
    }
}

impl Serve<ApproveCounts> for App {
    async fn serve(&self, call: ApproveCounts, by: &Actor) -> Result<Vec<CountOutcome>> {
        let by = by.clone();
        self.blocking(move |inner| {
            few(call.lines.len())?;
            let reason = ReasonCode::from_word(&call.reason).ok_or_else(|| {
                let known: Vec<&str> = ReasonCode::ALL.iter().map(|reason| reason.word()).collect();
                Failure::bad_input(format!(
                    "there is no reason {}; use one of {}",
                    call.reason,
                    known.join(", ")
                ))
            })?;
            let limit = inner.settings().approval_limit;
            let answers = inner.store.records.approve_counts(&inner.act(&by), call.lines, reason, limit)?;
            changed(inner);
            Ok(answers.into_iter().map(wire::outcome).collect())
        })
        .await
    }
}

impl Serve<RejectCounts> for App {
    async fn serve(&self, call: RejectCounts, by: &Actor) -> Result<Vec<CountOutcome>> {
        let by = by.clone();
        self.blocking(move |inner| {
            few(call.lines.len())?;
            let answers = inner.store.records.reject_counts(&inner.act(&by), call.lines)?;
            changed(inner);
            Ok(answers.into_iter().map(wire::outcome).collect())
        })
        .await
    }
}
