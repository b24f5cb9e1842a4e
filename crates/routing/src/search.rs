//! The search: ruin and recreate under annealing (Christiaens and Vanden Berghe 2020), on plans that are always feasible.
//!
//! An iteration takes strings of neighbouring visits out and puts them back where they cost least; the annealing decides
//! whether the result stays. Where we deviate: visits are tried beside their neighbours before anywhere else, a new route is
//! weighed like any other place, where time binds a visit may be left out at a price that adapts, and a long search cools
//! more than once.

mod anneal;
mod cycle;
mod near;
mod plan;
mod price;
mod recreate;
mod rng;
mod ruin;

use crate::budget::{Budget, Search};
use crate::params::Params;
use crate::problem::{Clockwork, Problem};
use crate::solution::{Cost, Solution};
use anneal::Anneal;
use cycle::{Cycle, Step};
use near::Near;
use plan::{Plan, Snapshot};
use price::Price;
use recreate::Recreate;
use rng::Rng;
use units::Seed;

#[cfg(test)]
mod tests;

/// Neighbours among whom strings are taken out together.
const RUIN_NEAR: usize = 100;
/// Iterations between two looks at the temperature.
const COOL_EVERY: u64 = 64;
/// Visits per route from which on a route is long.
const LONG_ROUTE_VISITS: f64 = 12.0;
/// Heat where visits may be left out: the first plan serves all of them, so its arcs are dearer than those that will stay.
const OPTIONAL_HEAT: f64 = 0.3;
/// Iterations between two tellings of a better plan.
const TELL_EVERY: u64 = 512;

/// Searches until `budget` is spent, and hands out the best plan. `on_best` hears of better ones with their cost and the
/// iterations so far: of the first plan, then now and then, and of the last. The first plan is made whatever the budget
/// says. Same problem, parameters, seed and iterations: same plan.
pub fn solve(
    problem: &Problem,
    params: &Params,
    seed: Seed,
    budget: &mut dyn Budget,
    on_best: &mut dyn FnMut(&Solution, Cost, u64),
) -> Solution {
    let params = &params.sane();
    let climate = if problem.clockwork == Clockwork::None { &params.by_load } else { &params.by_time };
    let mut rng = Rng::new(seed.0);
    let mut plan = Plan::new(problem);
    let ruin_near = Near::by_distance(problem, RUIN_NEAR);
    let near = Near::by_effort(problem, climate.near);
    let mut recreate = Recreate::new(problem);
    let nobody = Snapshot { absent: plan.absent.clone(), ..Snapshot::default() };
    recreate.all(&mut plan, &near, params, &mut rng);

    let mut best = Snapshot::default();
    plan.store(&mut best);
    let mut search = Search { iterations: 0, best: plan.cost_as_given() };
    on_best(&best.solution(&plan), search.best, 0);
    if problem.servable() < if problem.optional.contains(&true) { 1 } else { 2 } {
        return best.solution(&plan);
    }
    let mut told = search.best;
    let arc = plan.routes_cost as f64 / (problem.servable() as f64 + 1.0);
    // Where routes are long, taking ten visits out and putting them back changes less of the whole: that takes more heat.
    let long = plan.used.max(1) as f64 * LONG_ROUTE_VISITS;
    let heat = (problem.servable() as f64 / long).clamp(1.0, 4.0);
    let heat = match problem.clockwork {
        _ if problem.optional.contains(&true) => OPTIONAL_HEAT,
        Clockwork::None => 1.0,
        _ => heat,
    };
    let mut anneal = Anneal::new(climate, arc, heat);
    let mut price = climate.price.map(|first| Price::new(first * arc, climate.complete_share));
    if let Some(price) = &price {
        plan.set_price(price.now());
    }
    let mut cycle = Cycle::new(problem.servable(), climate.cooling_iterations);
    let never = problem.impossible.iter().filter(|&&visit| !problem.optional[visit as usize]).count() as u32;
    let mut ruined = Vec::new();
    loop {
        let spent = budget.spent(&search);
        if spent >= 1.0 {
            break;
        }
        let Step { share, anew } = cycle.step(spent, search.iterations);
        if anew {
            plan.load(&nobody);
            recreate.all(&mut plan, &near, params, &mut rng);
        }
        if search.iterations.is_multiple_of(COOL_EVERY) {
            anneal.cool(share);
        }
        search.iterations += 1;
        let before = plan.cost();
        plan.begin();
        let fresh = plan.absent.len();
        let seed = ruin::strings(&mut plan, &ruin_near, params, &mut rng, &mut ruined);
        recreate.around(&mut plan, &near, (fresh, seed, &ruin_near), params, &mut rng);
        let complete = plan.is_complete();
        let known = search.best.unserved == never;
        if (plan.cost() as f64) < anneal.bound(before, &mut rng) {
            let cost = plan.cost_as_given();
            if cost < search.best {
                search.best = cost;
                plan.store(&mut best);
            }
        } else {
            plan.undo();
        }
        if let Some(now) = price.as_mut().and_then(|price| price.count(complete, known, share)) {
            plan.set_price(now);
        }
        if search.iterations.is_multiple_of(TELL_EVERY) && search.best < told {
            told = search.best;
            on_best(&best.solution(&plan), told, search.iterations);
        }
    }
    let solution = best.solution(&plan);
    if search.best < told {
        on_best(&solution, search.best, search.iterations);
    }
    solution
}
