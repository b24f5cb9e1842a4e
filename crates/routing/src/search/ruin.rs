//! Takes strings of neighbouring visits out of neighbouring routes (Christiaens and Vanden Berghe 2020, "Slack induction by
//! string removals").

use super::near::Near;
use super::plan::{NONE, Plan};
use super::rng::Rng;
use crate::params::Params;
use crate::problem::ALONE;

/// Takes out, around the visit it answers with; what was taken stands at the end of `plan.absent`.
pub(crate) fn strings(
    plan: &mut Plan,
    near: &Near,
    params: &Params,
    rng: &mut Rng,
    ruined: &mut Vec<u32>,
) -> u32 {
    let visits = plan.problem.visits;
    let used = plan.used;
    if used == 0 {
        return 0;
    }
    let served = visits - plan.absent.len();
    let mean = served as f64 / used as f64;
    let longest = (params.string_visits_max as f64).min(mean).max(1.0);
    let strings_max = 4.0 * params.removed_mean / (1.0 + longest) - 1.0;
    let strings = (rng.unit() * strings_max.max(0.0) + 1.0) as usize;

    // A route changes its vehicle only by losing all of its visits.
    let mixed = plan.spare.len() > 1;
    ruined.clear();
    let seed = loop {
        let visit = rng.below(visits) as u32;
        if plan.problem.reasons[visit as usize].is_none() {
            break visit;
        }
    };
    let mut at = 0;
    let others = near.of(seed);
    let mut visit = seed;
    loop {
        let route = plan.links[visit as usize].route;
        if route != NONE && !ruined.contains(&route) {
            let whole = mixed && rng.chance(params.whole_share);
            let longest = if whole { f64::MAX } else { longest };
            let length = longest.min(f64::from(plan.routes[route as usize].visits));
            let length =
                ((rng.unit() * length) as usize + 1).min(plan.routes[route as usize].visits as usize);
            let fresh = plan.absent.len();
            take_string(plan, route, visit, length, params, rng);
            if plan.problem.paired {
                take_partners(plan, fresh);
            }
            plan.settle(route);
            ruined.push(route);
            if ruined.len() >= strings {
                break;
            }
        }
        let Some(&next) = others.get(at) else { break };
        visit = next;
        at += 1;
    }
    seed
}

/// With a visit goes the other of its pair.
fn take_partners(plan: &mut Plan, fresh: usize) {
    let mut at = fresh;
    while let Some(&visit) = plan.absent.get(at) {
        let partner = plan.problem.partner[visit as usize];
        if partner != ALONE && plan.links[partner as usize].route != NONE {
            plan.remove(partner);
        }
        at += 1;
    }
}

/// A string of `length` visits with `visit` in it; or a longer one, of which some in the middle stay.
fn take_string(plan: &mut Plan, route: u32, visit: u32, length: usize, params: &Params, rng: &mut Rng) {
    let visits = plan.routes[route as usize].visits as usize;
    let mut kept = 0;
    if length > 1 && length < visits && rng.chance(params.split_share) {
        kept = 1;
        while length + kept < visits && !rng.chance(params.split_end_share) {
            kept += 1;
        }
    }
    let whole = length + kept;
    // How far back the string may begin: as many as stand before the visit, and no fewer than leave it room to end.
    let mut back_max = 0;
    let mut at = plan.links[visit as usize].prev;
    while back_max + 1 < whole && plan.is_visit(at) {
        back_max += 1;
        at = plan.links[at as usize].prev;
    }
    let mut ahead = 0;
    at = plan.links[visit as usize].next;
    while ahead + 1 < whole && plan.is_visit(at) {
        ahead += 1;
        at = plan.links[at as usize].next;
    }
    let back_min = (whole - 1).saturating_sub(ahead);
    let back = back_min + rng.below(back_max - back_min + 1);
    at = visit;
    for _ in 0..back {
        at = plan.links[at as usize].prev;
    }
    let keep_from = if kept > 0 { 1 + rng.below(length - 1) } else { whole };
    for place in 0..whole {
        let next = plan.links[at as usize].next;
        if !(keep_from..keep_from + kept).contains(&place) {
            plan.remove(at);
        }
        at = next;
    }
}
