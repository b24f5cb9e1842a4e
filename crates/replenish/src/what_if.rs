//! What another service level, or a limit on what may be spent, would make of the drafts. Nothing is decided here.
//!
//! **Under a budget** money goes, pack by pack, where it avoids the dearest shortage: the next pack of an item is worth
//! (expected units short avoided until the next order could arrive) × price, and the pack with the most worth per money is
//! bought first (marginal analysis: Sherbrooke 2004, Optimal Inventory Modeling of Systems, §2; Silver, Pyke and Thomas 2017,
//! §6 on allocating a budget). An item's first step is its least order; what does not fit any more is left out with all that
//! would follow it. Expected shortage is convex in stock, so steps of an item are worth less and less, and a larger budget
//! never avoids less: where it first buys a step that a smaller one could not, that step outweighs all the smaller one bought
//! later, which is less money at a lower worth.

use crate::policy::{ItemInput, Standing};
use domain::{Basis, DemandForecast, Proposal, SiteDefaults};
use std::collections::{BTreeMap, BinaryHeap};
use units::{Day, ItemId, Money, Permille, Quantity};

/// Steps an order is bought in at most: packs beyond are bought several at once, which costs little precision and bounds time.
const STEPS_MAX: i64 = 64;

/// All items as they stand, ready to be tried at many service levels and budgets without a look at a forecast again.
pub struct WhatIf {
    items: Vec<(Standing, Money)>,
    default_service_level: Permille,
}

/// What leaving an item at so much ordered risks, until the order of the next review could arrive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Risk {
    /// The chance that it runs out.
    pub chance: f64,
    /// Expected units short.
    pub short: f64,
    /// The same at its price.
    pub lost: Money,
}

/// What some quantities come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// Items ordered.
    pub lines: u32,
    /// Units ordered.
    pub units: Quantity,
    /// What they cost.
    pub cost: Money,
    /// Expected number of items that run out before the order of the next review could arrive.
    pub stock_outs: f64,
    /// Expected units short until then.
    pub short: f64,
    /// The same at their prices.
    pub lost: Money,
}

impl WhatIf {
    /// `prices` is what a unit brings; where it is not known, what it costs stands in.
    pub fn new(
        inputs: &[ItemInput],
        weekly: &BTreeMap<ItemId, &DemandForecast>,
        prices: &BTreeMap<ItemId, Money>,
        defaults: &SiteDefaults,
        today: Day,
    ) -> Self {
        let items = inputs
            .iter()
            .map(|input| {
                let id = input.item.id;
                let (standing, _) = Standing::new(input, weekly.get(&id).copied(), defaults, today);
                let price = prices.get(&id).copied().filter(|price| price.0 > 0);
                let price = price.unwrap_or(standing.unit_cost);
                (standing, price)
            })
            .collect();
        Self { items, default_service_level: defaults.service_level }
    }

    /// The item at a place, in the order of the inputs.
    pub fn item(&self, at: usize) -> ItemId {
        self.items[at].0.item
    }

    /// What a unit of it costs.
    pub fn unit_cost(&self, at: usize) -> Money {
        self.items[at].0.unit_cost
    }

    /// The service level an item has when the site's is this.
    fn level(standing: &Standing, site: Permille) -> Permille {
        if standing.own_service_level { standing.service_level } else { site }
    }

    /// What each item would order at the site's service level, whatever it costs. Items with a level of their own keep it.
    pub fn wanted(&self, service_level: Permille) -> Vec<Quantity> {
        self.items.iter().map(|(one, _)| one.wanted(Self::level(one, service_level))).collect()
    }

    /// As much of what is wanted as the budget buys, where it helps most.
    pub fn within(&self, wanted: &[Quantity], budget: Money) -> Vec<Quantity> {
        assert_eq!(wanted.len(), self.items.len(), "one quantity for each item");
        let mut bought = vec![Quantity::ZERO; wanted.len()];
        let mut left = budget;
        let mut steps: BinaryHeap<Step> = (0..wanted.len())
            .filter_map(|at| self.step(at, Quantity::ZERO, wanted[at], f64::INFINITY))
            .collect();
        while let Some(step) = steps.pop() {
            if step.cost > left {
                continue;
            }
            left = left.minus(step.cost);
            bought[step.at] = step.to;
            steps.extend(self.step(step.at, step.to, wanted[step.at], step.worth));
        }
        bought
    }

    /// The next step of an item; worth no more a unit of money than the step before, whatever rounding says.
    fn step(&self, at: usize, from: Quantity, wanted: Quantity, before: f64) -> Option<Step> {
        let (one, price) = &self.items[at];
        if from >= wanted {
            return None;
        }
        let pack = one.pack_size.0.max(1);
        let many = (wanted.0 / pack / STEPS_MAX).max(1).saturating_mul(pack);
        let to =
            if from == Quantity::ZERO { one.least().max(Quantity(many)) } else { from.plus(Quantity(many)) };
        let to = to.min(wanted);
        let have = one.position.to_f64();
        let avoided = one.over_cover.short(have + from.to_f64()) - one.over_cover.short(have + to.to_f64());
        let cost = one.unit_cost.times(to).minus(one.unit_cost.times(from));
        let spent = one.unit_cost.to_f64() * (to.to_f64() - from.to_f64());
        let worth = if spent > 0.0 { (avoided * price.to_f64() / spent).max(0.0) } else { f64::INFINITY };
        Some(Step { worth: worth.min(before), at, to, cost })
    }

    /// What an item risks with so much ordered.
    pub fn risk(&self, at: usize, quantity: Quantity) -> Risk {
        let (one, price) = &self.items[at];
        let stock = one.position.plus(quantity).to_f64();
        let short = one.over_cover.short(stock);
        Risk {
            chance: one.over_cover.above(stock).clamp(0.0, 1.0),
            short,
            lost: price.times(Quantity::from_f64(short)),
        }
    }

    /// What all quantities come to.
    pub fn outcome(&self, quantities: &[Quantity]) -> Outcome {
        assert_eq!(quantities.len(), self.items.len(), "one quantity for each item");
        let mut sum = Outcome::default();
        for (at, quantity) in quantities.iter().enumerate() {
            let risk = self.risk(at, *quantity);
            sum.stock_outs += risk.chance;
            sum.short += risk.short;
            sum.lost = sum.lost.plus(risk.lost);
            if *quantity > Quantity::ZERO {
                sum.lines += 1;
                sum.units = sum.units.plus(*quantity);
                sum.cost = sum.cost.plus(self.items[at].0.unit_cost.times(*quantity));
            }
        }
        sum
    }

    /// Drafts of the quantities.
    pub fn proposals(&self, quantities: &[Quantity], service_level: Permille, basis: Basis) -> Vec<Proposal> {
        assert_eq!(quantities.len(), self.items.len(), "one quantity for each item");
        self.items
            .iter()
            .zip(quantities)
            .filter(|(_, quantity)| **quantity > Quantity::ZERO)
            .map(|((one, _), quantity)| one.draft(Self::level(one, service_level), *quantity, basis))
            .collect()
    }

    /// The site's own service level.
    pub fn service_level(&self) -> Permille {
        self.default_service_level
    }
}

/// More of one item.
#[derive(Clone, Copy, Debug)]
struct Step {
    worth: f64,
    at: usize,
    to: Quantity,
    cost: Money,
}

impl Ord for Step {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.worth.total_cmp(&other.worth).then(other.at.cmp(&self.at))
    }
}

impl PartialOrd for Step {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Step {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Step {}
