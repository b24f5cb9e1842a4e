//! Proposals and the stock they expect as rows.

use contract::{OverrideUse, ProposalRow};
use domain::{AppliedOverride, DemandForecast, Item, Proposal};
use units::{Day, Quantity};

/// A proposal with the names of what it orders.
pub(crate) fn row(proposal: &Proposal, item: &Item, supplier_name: Option<String>) -> ProposalRow {
    ProposalRow {
        id: proposal.id,
        item: proposal.item,
        sku: item.sku.clone(),
        name: item.name.clone(),
        unit: item.unit_of_measure.clone().unwrap_or_default(),
        supplier: proposal.supplier,
        supplier_name,
        quantity: proposal.quantity,
        cost: proposal.cost(),
        cost_of_waiting: proposal.cost_of_waiting,
        order_by: proposal.order_by,
        stock_out_day: proposal.reason.stock_out_day,
        // Where nobody ever said what is on the shelf, how likely it empties is not known.
        stock_out_chance: (!proposal.reason.assumed.contains(&"on_hand"))
            .then_some(proposal.reason.stock_out_chance),
        state: format!("{:?}", proposal.state),
        assumed: proposal.reason.assumed.iter().map(|word| (*word).to_owned()).collect(),
        decided_at: proposal.decided_at,
        decided_by: proposal.decided_by.clone(),
        override_by: proposal.reason.overrides.last().map(|one| one.by.clone()),
    }
}

/// The part an override has in a proposal.
pub(crate) fn applied(one: &AppliedOverride) -> OverrideUse {
    OverrideUse {
        id: one.id,
        by: one.by.clone(),
        from: one.from,
        to: one.to,
        baseline: one.baseline,
        value: one.value,
    }
}

/// What is left on the shelf at the end of each day without an order: low, median, high. Demand of the days is added by
/// their mean; the spread grows with the root of the days, as for days that know nothing of each other.
pub(crate) fn projection(available: Quantity, forecast: &DemandForecast, today: Day) -> Vec<[Quantity; 3]> {
    let skip = usize::try_from(today.0 - forecast.start.0).unwrap_or(0);
    let level = |wanted: f64| forecast.levels.iter().position(|level| (level - wanted).abs() < 1e-9);
    let (low, mid, high) = (level(0.1), level(0.5), level(0.9));
    let (mut mean, mut down, mut up) = (0.0, 0.0, 0.0);
    let start = available.to_f64();
    forecast
        .mean
        .iter()
        .zip(&forecast.quantiles)
        .skip(skip)
        .map(|(expected, quantiles)| {
            let at = |index: Option<usize>| {
                index.and_then(|index| quantiles.get(index)).copied().unwrap_or(*expected)
            };
            mean += expected;
            down += (at(high) - at(mid)).powi(2);
            up += (at(mid) - at(low)).powi(2);
            [start - mean - down.sqrt(), start - mean, start - mean + up.sqrt()]
                .map(|level| Quantity::from_f64(level.max(0.0)))
        })
        .collect()
}
