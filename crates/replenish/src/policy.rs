//! When to order and how much.

use domain::{DemandForecast, Finding, Item, Proposal, Reason, SiteDefaults, StockLevel, Supplier};
use units::{Day, Money, Quantity};

/// What is known of one item.
#[derive(Clone, Copy, Debug)]
pub struct ItemInput<'a> {
    /// The item.
    pub item: &'a Item,
    /// Its stock; `None`: no file ever told.
    pub level: Option<StockLevel>,
    /// Its forecast, daily or weekly; days beyond the horizon repeat its last week.
    pub forecast: &'a DemandForecast,
    /// Who sells it, if known.
    pub supplier: Option<&'a Supplier>,
}

/// How an item stands, whether it needs an order or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The numbers.
    pub reason: Reason,
    /// How much to order now; zero when the projected stock is not below the reorder point.
    pub quantity: Quantity,
    /// What a unit costs.
    pub unit_cost: Money,
    /// The latest day to order so that it arrives in time.
    pub order_by: Day,
    /// The shortage expected before an order placed one review later could arrive, at cost.
    pub cost_of_waiting: Money,
}

/// How the item stands on `today`, and one finding for each fact that was assumed (its subject is the SKU).
pub fn assess(_input: &ItemInput, _defaults: &SiteDefaults, _today: Day) -> (Assessment, Vec<Finding>) {
    unreachable!("written next")
}

/// A draft for each item whose projected stock is below its reorder point, in the order of `inputs`.
pub fn propose(inputs: &[ItemInput], defaults: &SiteDefaults, today: Day) -> (Vec<Proposal>, Vec<Finding>) {
    let _ = (inputs, defaults, today);
    (Vec::new(), Vec::new())
}
