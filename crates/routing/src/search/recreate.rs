//! Puts absent visits back, each where it costs least, now and then overlooking a place on purpose ("blinks").

use super::near::Near;
use super::plan::{Opening, Plan};
use super::rng::Rng;
use crate::params::Params;
use crate::problem::{ALONE, Clockwork, Problem};

/// What insertion needs and keeps between iterations.
pub(crate) struct Recreate {
    /// Numbers to order visits by: distance from where vehicles start.
    far: Vec<i64>,
    volume: Vec<i64>,
    any_optional: bool,
    /// Places until the next one that is overlooked.
    until_blink: u32,
    order: Vec<(i64, u32)>,
    /// Visits that are tried in this iteration; empty between iterations.
    tried: Vec<bool>,
    routes: Vec<u32>,
}

/// Optional visits outside the plan that an iteration tries, beside those it took out. Where hundreds are left out, trying
/// all of them every time would leave no time for anything else.
const OUTSIDE_MAX: usize = 12;
/// The draw that means "far first".
const FAR_FIRST: usize = 8;
/// How many neighbours of where it took them out are looked at for these.
const OUTSIDE_NEAR: usize = 60;

impl Recreate {
    pub(crate) fn new(problem: &Problem) -> Self {
        let far = (0..problem.visits as u32)
            .map(|visit| {
                let nearest = |kind: &crate::problem::Kind| {
                    i64::from(problem.arc(kind.start, visit).metres)
                        + i64::from(problem.arc(visit, kind.end).metres)
                };
                problem.kinds.iter().map(nearest).min().unwrap_or(0)
            })
            .collect();
        // Dimensions weigh by what there is of each.
        let totals: Vec<i64> = (0..problem.dimensions)
            .map(|d| problem.demand.iter().skip(d).step_by(problem.dimensions).sum::<i64>().max(1))
            .collect();
        let volume = (0..problem.visits as u32)
            .map(|visit| {
                let parts = problem.demand_of(visit).iter().zip(&totals);
                parts.map(|(&amount, &total)| (amount as f64 / total as f64 * 1e9) as i64).sum()
            })
            .collect();
        let any_optional = problem.optional.contains(&true);
        Self {
            far,
            volume,
            any_optional,
            until_blink: 0,
            order: Vec::new(),
            tried: vec![false; problem.visits],
            routes: Vec::new(),
        }
    }

    /// Tries all absent visits; who finds no place, or none worth its prize, stays absent.
    pub(crate) fn run(&mut self, plan: &mut Plan, near: &Near, params: &Params, rng: &mut Rng) {
        self.order.clear();
        self.order.extend(plan.absent.drain(..).map(|visit| (0, visit)));
        // A visit that is not worth a route of its own may be worth one together with others.
        let generous = self.any_optional && rng.chance(params.generous_share);
        self.sort(plan, false, rng);
        self.place(plan, near, generous, params, rng);
    }

    /// The same for a first plan: whoever can be served is, worth it or not. Taking out one by one who is not worth it is easy;
    /// finding enough visits at once that are worth a route together is not.
    pub(crate) fn all(&mut self, plan: &mut Plan, near: &Near, params: &Params, rng: &mut Rng) {
        self.order.clear();
        self.order.extend(plan.absent.drain(..).map(|visit| (0, visit)));
        self.sort(plan, true, rng);
        // Nothing is overlooked here: a day with one visit ends with this plan.
        let calm = Params { other_vehicle_share: 0.0, open_share: 1.0, ..params.clone() };
        self.until_blink = u32::MAX;
        self.place(plan, near, true, &calm, rng);
        self.until_blink = 0;
    }

    /// Tries the absent visits from place `fresh` on, those that must be served, and of the optional ones some around `seed`.
    pub(crate) fn around(
        &mut self,
        plan: &mut Plan,
        near: &Near,
        (fresh, seed, beside): (usize, u32, &Near),
        params: &Params,
        rng: &mut Rng,
    ) {
        if !self.any_optional || fresh <= OUTSIDE_MAX {
            return self.run(plan, near, params, rng);
        }
        for &visit in &plan.absent[fresh..] {
            self.tried[visit as usize] = true;
        }
        let mut outside = 0;
        for &visit in [seed].iter().chain(beside.of(seed).iter().take(OUTSIDE_NEAR)) {
            let tried = &mut self.tried[visit as usize];
            if plan.links[visit as usize].route == super::plan::NONE && !*tried {
                *tried = true;
                outside += 1;
                if outside == OUTSIDE_MAX {
                    break;
                }
            }
        }
        self.order.clear();
        let Self { tried, order, .. } = self;
        plan.absent.retain(|&visit| {
            let now = std::mem::take(&mut tried[visit as usize]) || !plan.problem.optional[visit as usize];
            if now {
                order.push((0, visit));
            }
            !now
        });
        let generous = rng.chance(params.generous_share);
        self.sort(plan, false, rng);
        self.place(plan, near, generous, params, rng);
    }

    fn place(&mut self, plan: &mut Plan, near: &Near, generous: bool, params: &Params, rng: &mut Rng) {
        let order = std::mem::take(&mut self.order);
        for &(_, visit) in &order {
            let partner = plan.problem.partner[visit as usize];
            if partner != ALONE {
                // Whoever takes comes with whom it takes from.
                if plan.problem.gives[visit as usize]
                    && !self.place_pair(plan, near, (visit, partner), params, rng)
                {
                    plan.absent.extend([visit, partner]);
                }
                continue;
            }
            match self.best_place(plan, near, visit, generous, params, rng) {
                Some((delta, prev, opening)) => {
                    if let Some(opening) = opening {
                        plan.attach(plan.links[prev as usize].route, opening);
                    }
                    plan.insert(visit, prev, delta);
                }
                None => plan.absent.push(visit),
            }
        }
        self.order = order;
    }

    /// The order to insert in. For a first plan far first, which beats the other orders by a third to a half on every family of
    /// benchmarks; else random, large first, far first, near first; with windows also short, early or late ones first.
    fn sort(&mut self, plan: &Plan, first: bool, rng: &mut Rng) {
        let times = &plan.problem.times;
        let weights = if plan.problem.clockwork == Clockwork::None { 11 } else { 16 };
        let pick = if first { FAR_FIRST } else { rng.below(weights) };
        let key = |visit: u32, rng: &mut Rng| -> i64 {
            let at = visit as usize;
            match pick {
                0..4 => (rng.next() >> 2) as i64,
                4..8 => -self.volume[at],
                8..10 => -self.far[at],
                10 => self.far[at],
                11..13 => i64::from(times[at].late) - i64::from(times[at].early),
                13..15 => i64::from(times[at].early),
                _ => -i64::from(times[at].late),
            }
        };
        let mut order = std::mem::take(&mut self.order);
        for slot in &mut order {
            slot.0 = key(slot.1, rng);
        }
        order.sort_unstable();
        self.order = order;
    }

    #[inline(always)]
    fn blink(&mut self, params: &Params, rng: &mut Rng) -> bool {
        if self.until_blink > 0 {
            self.until_blink -= 1;
            return false;
        }
        // Distances between blinks of equal chance are geometric: one draw per blink, not per place.
        let skip = rng.unit().ln() / (1.0 - params.blink_share).ln();
        self.until_blink = skip.min(1e6) as u32;
        true
    }

    /// The cheapest place for `visit`: beside a neighbour, in an unused vehicle, or failing these anywhere.
    fn best_place(
        &mut self,
        plan: &Plan,
        near: &Near,
        visit: u32,
        generous: bool,
        params: &Params,
        rng: &mut Rng,
    ) -> Option<(i64, u32, Option<Opening>)> {
        let mut best: Option<(i64, u32)> = None;
        let mut opening = None;
        let optional = generous && plan.problem.optional[visit as usize];
        let mut limit = if optional { i64::MAX } else { plan.price[visit as usize] };
        let (arcs_into, arcs_out) = (plan.problem.arcs_into(visit), plan.problem.arcs_out(visit));
        for &neighbour in near.of(visit) {
            let link = plan.links[neighbour as usize];
            if link.route == super::plan::NONE || !plan.has_room(link.route, visit) {
                continue;
            }
            // Behind a neighbour. Before it is behind another neighbour, as a rule, unless it is the first of its route.
            let first = !plan.is_visit(link.prev);
            for prev in [neighbour, link.prev].into_iter().take(1 + usize::from(first)) {
                if self.blink(params, rng) {
                    continue;
                }
                if let Some(delta) = plan.insertion_with(visit, arcs_into, arcs_out, prev, limit) {
                    limit = delta;
                    best = Some((delta, prev));
                }
            }
        }
        if best.is_none() && (optional || !plan.problem.optional[visit as usize]) {
            self.anywhere(plan, visit, &mut limit, &mut best);
        }
        let open = best.is_none() || rng.chance(params.open_share);
        // Where vehicles differ, the cheapest for the first visit need not be it for the route: now and then others begin it.
        let mixed = plan.spare.len() > 1;
        for spare in plan.spare.iter().filter(|_| open) {
            if mixed && rng.chance(params.other_vehicle_share) {
                continue;
            }
            if let Some(&route) = spare.last()
                && plan.has_room(route, visit)
            {
                let prev = plan.start_of(route);
                if plan.problem.trips {
                    if let Some((delta, found)) = plan.opening(route, visit, limit) {
                        limit = delta;
                        best = Some((delta, prev));
                        opening = Some(found);
                    }
                } else if let Some(delta) = plan.insertion(visit, prev, limit) {
                    limit = delta;
                    best = Some((delta, prev));
                }
            }
        }
        best.map(|(delta, prev)| (delta, prev, opening))
    }

    /// Puts a pair where it costs least: in a route near one of the two, in an unused one, or failing these in any. False
    /// where there is no place that is worth it.
    fn place_pair(
        &mut self,
        plan: &mut Plan,
        near: &Near,
        pair: (u32, u32),
        params: &Params,
        rng: &mut Rng,
    ) -> bool {
        let mut limit = plan.price[pair.0 as usize].saturating_add(plan.price[pair.1 as usize]);
        let mut best = None;
        let mut routes = std::mem::take(&mut self.routes);
        routes.clear();
        for &neighbour in near.of(pair.0).iter().chain(near.of(pair.1)) {
            let route = plan.links[neighbour as usize].route;
            if route != super::plan::NONE && !routes.contains(&route) {
                routes.push(route);
            }
        }
        routes.extend(plan.spare.iter().filter_map(|spare| spare.last()));
        let mut attempt = |route: u32, best: &mut Option<(i64, u32, u32)>| {
            if let Some(found) = plan.pair_places(route, pair, limit) {
                limit = found.0;
                *best = Some(found);
            }
        };
        for &route in &routes {
            // A whole route is overlooked here, so less often.
            if rng.chance(params.blink_share) && routes.len() > 2 {
                continue;
            }
            attempt(route, &mut best);
        }
        if best.is_none() {
            (0..plan.routes.len() as u32)
                .filter(|&route| plan.routes[route as usize].visits > 0 && !routes.contains(&route))
                .for_each(|route| attempt(route, &mut best));
        }
        self.routes = routes;
        let Some((delta, first, behind)) = best else { return false };
        plan.insert(pair.0, first, delta);
        plan.insert(pair.1, behind, 0);
        true
    }

    /// Every place of every route in use.
    fn anywhere(&self, plan: &Plan, visit: u32, limit: &mut i64, best: &mut Option<(i64, u32)>) {
        for route in 0..plan.routes.len() as u32 {
            if plan.routes[route as usize].visits == 0 || !plan.has_room(route, visit) {
                continue;
            }
            let mut prev = plan.start_of(route);
            let end = plan.end_of(route);
            while prev != end {
                if let Some(delta) = plan.insertion(visit, prev, *limit) {
                    *limit = delta;
                    *best = Some((delta, prev));
                }
                prev = plan.links[prev as usize].next;
            }
        }
    }
}
