//! Reorder proposals: planning runs, decisions.

use super::Records;
use super::items::Outlook;
use crate::audit::Change;
use crate::file::{count, first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::words::{assumed, assumed_text, proposal_state, proposal_state_code, proposal_state_word};
use crate::{Act, Result};
use domain::{
    AppliedOverride, Basis, DemandForecast, GroupForecast, Proposal, ProposalState, Reason, Refused,
    WantedLevel,
};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use units::{Day, ItemId, Money, OverrideId, Permille, ProposalId, Quantity, SupplierId, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[
    (
        "proposals-1",
        "CREATE TABLE proposal(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        item INTEGER NOT NULL REFERENCES item(id),
        supplier INTEGER REFERENCES supplier(id),
        quantity INTEGER NOT NULL,
        unit_cost INTEGER NOT NULL,
        day INTEGER NOT NULL,
        order_by INTEGER NOT NULL,
        cost_of_waiting INTEGER NOT NULL,
        state INTEGER NOT NULL,
        decided_at INTEGER,
        decided_by TEXT,
        note TEXT,
        demand_per_day REAL NOT NULL,
        demand_over_cover INTEGER NOT NULL,
        safety_stock INTEGER NOT NULL,
        reorder_point INTEGER NOT NULL,
        order_up_to INTEGER NOT NULL,
        available INTEGER NOT NULL,
        on_order INTEGER NOT NULL,
        lead_time_days INTEGER NOT NULL,
        review_period_days INTEGER NOT NULL,
        service_level INTEGER NOT NULL,
        stock_out_day INTEGER,
        stock_out_chance INTEGER NOT NULL,
        pack_size INTEGER NOT NULL,
        assumed TEXT NOT NULL
     );
     CREATE INDEX proposal_state ON proposal(state, cost_of_waiting DESC);
     CREATE INDEX proposal_item ON proposal(item);",
    ),
    (
        "proposals-2",
        // overrides: JSON. what_if and budget: what made it; a budget that is null is none.
        "ALTER TABLE proposal ADD COLUMN baseline_over_cover INTEGER;
         ALTER TABLE proposal ADD COLUMN overrides TEXT;
         ALTER TABLE proposal ADD COLUMN what_if INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE proposal ADD COLUMN budget INTEGER;",
    ),
    (
        "proposals-3",
        "ALTER TABLE proposal ADD COLUMN wanted_reorder INTEGER;
         ALTER TABLE proposal ADD COLUMN wanted_most INTEGER;",
    ),
];

/// What a person decides about a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Draft → approved.
    Approve,
    /// Draft → dismissed.
    Dismiss,
    /// Approved or dismissed → draft.
    TakeBack,
    /// Another quantity for a draft.
    ChangeQuantity(Quantity),
}

/// What became of one proposal.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// Which.
    pub id: ProposalId,
    /// As it now is, or why it does not allow this.
    pub outcome: Result<Proposal, Refused>,
}

/// What a planning run made: computed, but for the drafts it suggests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Planned {
    /// Of every item, in each grain.
    pub forecasts: Vec<DemandForecast>,
    /// Of categories and the total; they take the place of all that were there.
    pub groups: Vec<GroupForecast>,
    /// What is said of every item; it takes the place of all that was said before.
    pub outlooks: Vec<Outlook>,
    /// Drafts; they take the place of the undecided ones.
    pub proposals: Vec<Proposal>,
}

/// What saving a planning run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanReceipt {
    /// The new proposals, in the order given.
    pub ids: Vec<ProposalId>,
    /// Older drafts that were replaced.
    pub superseded: u64,
    /// What all of the new ones cost.
    pub cost: Money,
}

const COLUMNS: &str = "id, item, supplier, quantity, unit_cost, day, order_by, cost_of_waiting, state, decided_at,
    decided_by, note, demand_per_day, demand_over_cover, safety_stock, reorder_point, order_up_to, available, on_order,
    lead_time_days, review_period_days, service_level, stock_out_day, stock_out_chance, pack_size, assumed,
    baseline_over_cover, overrides, what_if, budget, wanted_reorder, wanted_most";

/// The overrides of a reason as they are stored.
fn overrides_text(all: &[AppliedOverride]) -> Option<String> {
    let row = |one: &AppliedOverride| {
        json!({
            "id": one.id,
            "by": one.by,
            "from": one.from,
            "to": one.to,
            "baseline": one.baseline,
            "value": one.value,
        })
    };
    (!all.is_empty()).then(|| Value::from(all.iter().map(row).collect::<Vec<_>>()).to_string())
}

/// And back; what can't be read is left out.
fn overrides_of(text: Option<String>) -> Vec<AppliedOverride> {
    let rows: Vec<Value> = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let day = |value: &Value| value.as_i64().and_then(|day| i32::try_from(day).ok()).map(Day);
    rows.iter()
        .filter_map(|row| {
            Some(AppliedOverride {
                id: OverrideId(row["id"].as_i64()?),
                by: row["by"].as_str()?.to_owned(),
                from: day(&row["from"])?,
                to: day(&row["to"])?,
                baseline: Quantity(row["baseline"].as_i64()?),
                value: Quantity(row["value"].as_i64()?),
            })
        })
        .collect()
}

fn proposal(row: &Row<'_>) -> Result<Proposal> {
    Ok(Proposal {
        id: ProposalId(row.get(0)?),
        item: ItemId(row.get(1)?),
        supplier: row.get::<_, Option<i64>>(2)?.map(SupplierId),
        quantity: Quantity(row.get(3)?),
        unit_cost: Money(row.get(4)?),
        day: Day(row.get(5)?),
        order_by: Day(row.get(6)?),
        cost_of_waiting: Money(row.get(7)?),
        state: proposal_state(row.get(8)?)?,
        decided_at: row.get::<_, Option<i64>>(9)?.map(Timestamp),
        decided_by: row.get(10)?,
        note: row.get(11)?,
        reason: Reason {
            demand_per_day: row.get(12)?,
            demand_over_cover: Quantity(row.get(13)?),
            safety_stock: Quantity(row.get(14)?),
            reorder_point: Quantity(row.get(15)?),
            order_up_to: Quantity(row.get(16)?),
            available: Quantity(row.get(17)?),
            on_order: Quantity(row.get(18)?),
            lead_time_days: row.get(19)?,
            review_period_days: row.get(20)?,
            service_level: Permille(row.get(21)?),
            stock_out_day: row.get::<_, Option<i32>>(22)?.map(Day),
            stock_out_chance: Permille(row.get(23)?),
            pack_size: Quantity(row.get(24)?),
            assumed: assumed(&row.get::<_, String>(25)?),
            // Rows of a program that knew no overrides have the baseline alone.
            baseline_over_cover: Quantity(row.get::<_, Option<i64>>(26)?.unwrap_or(row.get(13)?)),
            overrides: overrides_of(row.get(27)?),
            basis: if row.get(28)? {
                Basis::WhatIf { budget: row.get::<_, Option<i64>>(29)?.map(Money) }
            } else {
                Basis::Plan
            },
            wanted: WantedLevel {
                reorder: row.get::<_, Option<i64>>(30)?.map(Quantity),
                most: row.get::<_, Option<i64>>(31)?.map(Quantity),
            },
        },
    })
}

/// Writes a proposal as it is; id 0 makes a new one.
pub(crate) fn write_proposal(tx: &Connection, one: &Proposal) -> Result<ProposalId> {
    let id = (one.id.0 != 0).then_some(one.id.0);
    let reason = &one.reason;
    run(
        tx,
        &format!(
            "INSERT OR REPLACE INTO proposal({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,
                ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)"
        ),
        params![
            id,
            one.item.0,
            one.supplier.map(|s| s.0),
            one.quantity.0,
            one.unit_cost.0,
            one.day.0,
            one.order_by.0,
            one.cost_of_waiting.0,
            proposal_state_code(one.state),
            one.decided_at.map(|t| t.0),
            one.decided_by,
            one.note,
            reason.demand_per_day,
            reason.demand_over_cover.0,
            reason.safety_stock.0,
            reason.reorder_point.0,
            reason.order_up_to.0,
            reason.available.0,
            reason.on_order.0,
            reason.lead_time_days,
            reason.review_period_days,
            reason.service_level.0,
            reason.stock_out_day.map(|d| d.0),
            reason.stock_out_chance.0,
            reason.pack_size.0,
            assumed_text(&reason.assumed),
            reason.baseline_over_cover.0,
            overrides_text(&reason.overrides),
            matches!(reason.basis, Basis::WhatIf { .. }),
            match reason.basis {
                Basis::WhatIf { budget } => budget.map(|budget| budget.0),
                Basis::Plan => None,
            },
            reason.wanted.reorder.map(|q| q.0),
            reason.wanted.most.map(|q| q.0)
        ],
    )?;
    Ok(ProposalId(id.unwrap_or_else(|| tx.last_insert_rowid())))
}

pub(crate) fn load_proposal(db: &Connection, id: ProposalId) -> Result<Proposal> {
    let found = first(db, &format!("SELECT {COLUMNS} FROM proposal WHERE id = ?1"), [id.0], proposal)?;
    need(found, "proposal", id)
}

pub(crate) fn proposal_json(one: &Proposal) -> Value {
    json!({
        "item": one.item,
        "supplier": one.supplier,
        "quantity": one.quantity,
        "unit_cost": one.unit_cost,
        "state": proposal_state_word(one.state),
        "decided_by": one.decided_by,
        "note": one.note,
    })
}

impl Decision {
    fn word(&self) -> &'static str {
        match self {
            Decision::Approve => "proposal.approve",
            Decision::Dismiss => "proposal.dismiss",
            Decision::TakeBack => "proposal.take_back",
            Decision::ChangeQuantity(_) => "proposal.change",
        }
    }

    fn apply(&self, proposal: &mut Proposal, act: &Act) -> Result<(), Refused> {
        match self {
            Decision::Approve => proposal.approve(&act.by.name, act.why.clone(), act.at),
            Decision::Dismiss => proposal.dismiss(&act.by.name, act.why.clone(), act.at),
            Decision::TakeBack => proposal.take_back(act.at),
            Decision::ChangeQuantity(quantity) => proposal.change_quantity(*quantity),
        }
    }
}

/// Puts drafts in the place of those nobody has decided.
fn save_drafts(c: &Change<'_>, proposals: Vec<Proposal>) -> Result<PlanReceipt> {
    let superseded = run(
        c.tx,
        "UPDATE proposal SET state = ?1 WHERE state = ?2",
        (proposal_state_code(ProposalState::Superseded), proposal_state_code(ProposalState::Draft)),
    )?;
    let mut receipt = PlanReceipt { superseded: superseded as u64, ..PlanReceipt::default() };
    for one in proposals {
        // A run only suggests: whatever came in, it begins as a draft of its own.
        let draft = Proposal {
            id: ProposalId(0),
            state: ProposalState::Draft,
            decided_at: None,
            decided_by: None,
            note: None,
            ..one
        };
        receipt.ids.push(write_proposal(c.tx, &draft)?);
        receipt.cost = receipt.cost.plus(draft.cost());
    }
    let (first, last) = (receipt.ids.first(), receipt.ids.last());
    let new = json!({
        "proposals": receipt.ids.len(),
        "first": first,
        "last": last,
        "superseded": receipt.superseded,
        "cost": receipt.cost,
    });
    c.audit("proposal.plan", "planning run", None, Some(new))?;
    Ok(receipt)
}

impl Records {
    /// Saves drafts, older undecided ones are superseded. One audit record.
    pub fn save_proposals(&self, act: &Act, proposals: Vec<Proposal>) -> Result<PlanReceipt> {
        self.change("save proposals", act, move |c| save_drafts(c, proposals))
    }

    /// Saves all that a planning run made, or nothing of it: proposals are never beside forecasts that they were not made from.
    pub fn save_planning(&self, act: &Act, made: Planned) -> Result<PlanReceipt> {
        let at = act.at;
        self.change("save a planning run", act, move |c| {
            super::forecasts::save_all(c.tx, at, &made.forecasts)?;
            super::forecasts::replace_groups(c.tx, at, &made.groups)?;
            super::items::replace_outlooks(c.tx, &made.outlooks)?;
            save_drafts(c, made.proposals)
        })
    }

    /// Puts a draft in the place of the one an item has (none: takes it away), after something about that item alone changed.
    /// One audit record, none where nothing changes.
    pub fn replace_draft(
        &self,
        act: &Act,
        item: ItemId,
        draft: Option<Proposal>,
    ) -> Result<Option<ProposalId>> {
        self.change("put another draft in the place of an item's", act, move |c| {
            let sql = format!("SELECT {COLUMNS} FROM proposal WHERE item = ?1 AND state = ?2");
            let old = first(c.tx, &sql, (item.0, proposal_state_code(ProposalState::Draft)), proposal)?;
            run(
                c.tx,
                "UPDATE proposal SET state = ?1 WHERE item = ?2 AND state = ?3",
                (
                    proposal_state_code(ProposalState::Superseded),
                    item.0,
                    proposal_state_code(ProposalState::Draft),
                ),
            )?;
            let new = draft.map(|one| Proposal {
                id: ProposalId(0),
                state: ProposalState::Draft,
                decided_at: None,
                decided_by: None,
                note: None,
                ..one
            });
            let id = new.as_ref().map(|one| write_proposal(c.tx, one)).transpose()?;
            if old.is_some() || new.is_some() {
                let subject =
                    id.map_or_else(|| format!("proposals of item {item}"), |id| format!("proposal {id}"));
                c.audit(
                    "proposal.redraft",
                    &subject,
                    old.as_ref().map(proposal_json),
                    new.as_ref().map(proposal_json),
                )?;
            }
            Ok(id)
        })
    }

    /// Proposals in any of the states (none given: all), dearest waiting first.
    pub fn proposals(&self, states: &[ProposalState], limit: u32) -> Result<Vec<Proposal>> {
        self.file.read("list proposals", |db| {
            let codes: Vec<String> =
                states.iter().map(|state| proposal_state_code(*state).to_string()).collect();
            let which = if codes.is_empty() {
                String::new()
            } else {
                format!("WHERE state IN ({})", codes.join(", "))
            };
            let sql =
                format!("SELECT {COLUMNS} FROM proposal {which} ORDER BY cost_of_waiting DESC, id LIMIT ?1");
            rows(db, &sql, [limit.min(ROWS_MAX)], proposal)
        })
    }

    /// How many proposals are in a state.
    pub fn proposal_count(&self, state: ProposalState) -> Result<u64> {
        self.file.read("count proposals", |db| {
            let sql = "SELECT count(*) FROM proposal WHERE state = ?1";
            Ok(first(db, sql, [proposal_state_code(state)], |row| Ok(count(row.get(0)?)))?.unwrap_or(0))
        })
    }

    /// One proposal.
    pub fn proposal(&self, id: ProposalId) -> Result<Proposal> {
        self.file.read("read a proposal", |db| load_proposal(db, id))
    }

    /// Applies a decision to proposals through [`Proposal`]'s own rules, one audit record each, all in one transaction.
    /// `act.why` is the note. A refused one is left as it is and the others go on; an unknown id fails the whole call.
    pub fn decide_proposals(
        &self,
        act: &Act,
        ids: &[ProposalId],
        decision: &Decision,
    ) -> Result<Vec<Decided>> {
        let (ids, decision) = (ids.to_vec(), decision.clone());
        self.change("decide about proposals", act, move |c| {
            let mut decided = Vec::with_capacity(ids.len());
            for id in ids {
                let old = load_proposal(c.tx, id)?;
                let mut new = old.clone();
                let outcome = match decision.apply(&mut new, c.act) {
                    Err(refused) => Err(refused),
                    Ok(()) => {
                        write_proposal(c.tx, &new)?;
                        let subject = format!("proposal {id}");
                        c.audit(
                            decision.word(),
                            &subject,
                            Some(proposal_json(&old)),
                            Some(proposal_json(&new)),
                        )?;
                        Ok(new)
                    }
                };
                decided.push(Decided { id, outcome });
            }
            Ok(decided)
        })
    }
}
