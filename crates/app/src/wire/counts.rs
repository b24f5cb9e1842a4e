//! Cycle counts.

use contract::{CountLineRow, CountOutcome, CountPlanRow, TallyRow};
use domain::count::{CountDoubt, CountReason, CountRefusal, CountState, Tolerance, variance_value};
use store::{CountAnswer, CountPlan, CountRow};
use units::Quantity;

pub fn plan(plan: CountPlan) -> CountPlanRow {
    let [open, recount, counted, booked, rejected] = plan.lines;
    CountPlanRow {
        id: plan.id,
        name: plan.name,
        blind: plan.blind,
        at: plan.at,
        by: plan.by,
        open,
        recount,
        counted,
        booked,
        rejected,
        variance: plan.variance,
    }
}

/// A line; while a blind count goes on, without what the ledger and others say.
pub fn line(row: CountRow, blind: bool, tolerance: &Tolerance) -> CountLineRow {
    let hidden = blind && matches!(row.line.state, CountState::Open | CountState::Recount);
    let variance = row.line.variance().filter(|_| !hidden);
    let last = row.line.tallies.last().filter(|_| !hidden);
    let within = last.is_some_and(|last| tolerance.allows(last.book, last.quantity, row.unit_cost));
    CountLineRow {
        id: row.id,
        item: row.item,
        sku: row.sku,
        name: row.name,
        unit: row.unit_of_measure.unwrap_or_default(),
        lot: row.lot,
        bin: row.bin,
        reason: match row.reason {
            CountReason::Doubt(CountDoubt::Negative) => "negative",
            CountReason::Doubt(CountDoubt::BackDated) => "back-dated",
            CountReason::Doubt(CountDoubt::DefaultBin) => "default-bin",
            CountReason::Never => "never",
            CountReason::Overdue(_) => "overdue",
        }
        .to_owned(),
        state: row.line.state.word().to_owned(),
        book: (!hidden).then_some(row.book),
        variance,
        variance_value: variance.map(|variance| variance_value(Quantity::ZERO, variance, row.unit_cost)),
        within,
        tallies: if hidden {
            Vec::new()
        } else {
            let tally =
                |one: domain::count::Tally| TallyRow { quantity: one.quantity, book: one.book, by: one.by };
            row.line.tallies.into_iter().map(tally).collect()
        },
        counted_at: row.counted_at,
    }
}

pub fn outcome((line, answer): CountAnswer) -> CountOutcome {
    match answer {
        Ok(state) => {
            CountOutcome { line, state: Some(state.word().to_owned()), refused: None, message: None }
        }
        Err(refusal) => {
            let word = match refusal {
                CountRefusal::Negative => "negative",
                CountRefusal::State(_) => "state",
                CountRefusal::SamePerson => "same-person",
                CountRefusal::Limit(_) => "limit",
                CountRefusal::NotRecounted => "not-recounted",
            };
            CountOutcome {
                line,
                state: None,
                refused: Some(word.to_owned()),
                message: Some(refusal.to_string()),
            }
        }
    }
}
