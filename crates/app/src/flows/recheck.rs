//! Do the proposals on record follow from the lines on record? Counted again by another way than they were made.

use crate::failure::Result;
use crate::flows::series::Traded;
use crate::open::App;
use domain::{Grain, ProposalState};
use std::collections::{BTreeMap, HashMap};
use units::{Day, ItemId, Quantity};

/// What was counted again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recheck {
    /// Proposals looked at.
    pub proposals: u64,
    /// Series added up again from their order lines.
    pub series: u64,
    /// What does not follow, in words.
    pub mismatches: Vec<String>,
}

impl App {
    /// Recomputes every draft, approved and ordered proposal: its figures from each other by an independent rule, its
    /// forecast's data from the stored lines, its stock (of drafts, whose stock has not moved on) from the stored level.
    pub async fn recheck_proposals(&self) -> Result<Recheck> {
        self.blocking(|inner| {
            let records = &inner.store.records;
            let mut recheck = Recheck::default();
            let states = [ProposalState::Draft, ProposalState::Approved, ProposalState::Ordered];
            let proposals = records.proposals(&states, crate::limits::LIST_ROWS_MAX)?;
            let Some(span) = records.order_span()? else { return Ok(recheck) };
            let traded = Traded::read(inner, span)?;
            let levels: HashMap<ItemId, domain::StockLevel> =
                records.stock_levels()?.into_iter().map(|level| (level.item, level)).collect();
            for proposal in &proposals {
                recheck.proposals += 1;
                if let Err(mismatch) = replenish::check(proposal) {
                    recheck.mismatches.push(format!("proposal {}: {mismatch}", proposal.id));
                }
                let lines = records.daily_demand_from_lines(proposal.item)?;
                let sums: BTreeMap<Day, Quantity> =
                    records.daily_demand(proposal.item)?.into_iter().collect();
                if lines.iter().copied().collect::<BTreeMap<_, _>>() != sums {
                    recheck.mismatches.push(format!(
                        "proposal {}: daily demand is not the sum of its order lines",
                        proposal.id
                    ));
                }
                if proposal.state != ProposalState::Draft {
                    continue;
                }
                let on_hand = records.stock_history(proposal.item, Day(i32::MIN))?;
                let (series, _, _) = traded.series(proposal.item, &lines, &on_hand);
                recheck.series += 1;
                match records.forecast(proposal.item, Grain::Daily)? {
                    Some(saved) if saved.forecast.fingerprint == forecast::series::fingerprint(&series) => {
                        let overrides = records.overrides(
                            Some(proposal.item),
                            Some(proposal.day),
                            false,
                            crate::limits::LIST_ROWS_MAX,
                        )?;
                        if let Err(mismatch) = replenish::check_demand(proposal, &saved.forecast, &overrides)
                        {
                            recheck.mismatches.push(format!("proposal {}: {mismatch}", proposal.id));
                        }
                    }
                    Some(_) => recheck
                        .mismatches
                        .push(format!("proposal {}: its forecast was made of other lines", proposal.id)),
                    None => recheck
                        .mismatches
                        .push(format!("proposal {}: its forecast is not on record", proposal.id)),
                }
                let level = levels.get(&proposal.item).copied().unwrap_or_default();
                if proposal.reason.available != level.available()
                    || proposal.reason.on_order != level.on_order
                {
                    recheck.mismatches.push(format!(
                        "proposal {}: says {} available and {} on order; the stock says {} and {}",
                        proposal.id,
                        proposal.reason.available,
                        proposal.reason.on_order,
                        level.available(),
                        level.on_order
                    ));
                }
            }
            Ok(recheck)
        })
        .await
    }
}
