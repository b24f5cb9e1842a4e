//! The search.

mod anneal;
mod near;
mod plan;
mod recreate;
mod rng;
mod ruin;

use crate::budget::{Budget, Search};
use crate::problem::Problem;
use crate::solution::{Cost, Solution};
use anneal::Anneal;
use near::Near;
use plan::Plan;
use recreate::Recreate;
use rng::Rng;
use units::Seed;

/// Knobs of the search.
#[derive(Clone, Debug)]
pub struct Params {
    /// Mean number of visits that an iteration takes out.
    pub removed_mean: f64,
    /// Longest string taken from one route.
    pub string_visits_max: usize,
    /// Share of strings that leave some visits in their middle.
    pub split_share: f64,
    /// Chance, visit by visit, to leave no more of them.
    pub split_depth: f64,
    /// Share of places overlooked.
    pub blink_share: f64,
    /// Neighbours beside which a visit is tried.
    pub near: usize,
    /// Chance to weigh an unused vehicle where a used one has a place.
    pub open_share: f64,
    /// First price of a visit left out, in mean arcs; 0: never.
    pub price: f64,
    /// Share complete.
    pub target: f64,
    /// First and last temperature, in mean arcs of the first plan.
    pub hot: f64,
    /// See `hot`.
    pub cold: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            removed_mean: 10.0,
            string_visits_max: 10,
            split_share: 0.5,
            split_depth: 0.01,
            blink_share: 0.01,
            near: 40,
            price: 3.0, target: 0.5,
            open_share: 0.1,
            hot: 0.3,
            cold: 0.01,
        }
    }
}

/// Searches until `budget` is spent, and hands out the best plan. `on_best` hears of each better one with its cost and the
/// iterations so far. The first plan is made whatever the budget says. Same problem, seed and iterations: same plan.
pub fn solve(
    problem: &Problem,
    params: &Params,
    seed: Seed,
    budget: &mut dyn Budget,
    on_best: &mut dyn FnMut(&Solution, Cost, u64),
) -> Solution {
    let mut rng = Rng::new(seed.0);
    let mut plan = Plan::new(problem);
    let ruin_near = Near::by_distance(problem, 100);
    let near = Near::by_effort(problem, params.near);
    let mut recreate = Recreate::new(problem);
    recreate.run(&mut plan, &near, params, &mut rng);
    let mut best = plan.clone();
    let arc = plan.routes_cost as f64 / (problem.visits as f64 + 1.0);
    let mut anneal = Anneal::new(params, arc);
    let mut search = Search { iterations: 0, best: plan.cost_as_given() };
    on_best(&plan.solution(), search.best, 0);
    let mut ruined = Vec::new();
    if problem.servable() < 1 {
        return best.solution();
    }
    let mut told = search.best;
    let mut price = params.price * arc;
    let mut complete = 0;
    if params.price > 0.0 {
        plan.set_price(price as i64 + 1);
    }
    loop {
        let spent = budget.spent(&search);
        if spent >= 1.0 {
            break;
        }
        if search.iterations.is_multiple_of(64) {
            anneal.cool(spent);
        }
        search.iterations += 1;
        let before = plan.cost();
        plan.begin();
        ruin::strings(&mut plan, &ruin_near, params, &mut rng, &mut ruined);
        recreate.run(&mut plan, &near, params, &mut rng);
        let cost = plan.cost();
        if (cost as f64) < anneal.bound(before, &mut rng) {
            let given = plan.cost_as_given();
            if given < search.best {
                search.best = given;
                best = plan.clone();
            }
        } else {
            plan.undo();
        }
        complete += u64::from(plan.absent.is_empty());
        if params.price > 0.0 && search.iterations.is_multiple_of(256) {
            let target = 256.0 * (params.target + (1.0 - params.target) * spent * spent * spent);
            price = if (complete as f64) < target { (price * 1.05).min(1e15) } else { (price * 0.97).max(1.0) };
            complete = 0;
            plan.set_price(price as i64 + 1);
        }
        if search.iterations % 1024 == 0 && search.best < told {
            told = search.best;
            on_best(&best.solution(), search.best, search.iterations);
        }
    }
    best.solution()
}
impl Params {
    #[doc(hidden)]
    pub fn set(&mut self, k: &str, v: f64) {
        match k { "c" => self.removed_mean = v, "L" => self.string_visits_max = v as usize, "split" => self.split_share = v, "depth" => self.split_depth = v,
        "blink" => self.blink_share = v, "near" => self.near = v as usize, "open" => self.open_share = v, "price" => self.price = v, "target" => self.target = v, "hot" => self.hot = v, "cold" => self.cold = v, _ => panic!("{k}") }
    }
}
