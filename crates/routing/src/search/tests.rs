//! What the search keeps beside its routes, held against the checker.

use super::plan::{Plan, Snapshot};
use super::recreate::Recreate;
use super::rng::Rng;
use super::*;
use crate::{ProblemSpec, Rates, Vehicle, Visit, Window, check};

/// Places at random, with everything that can bind; `timed` 0 to 2 as [`Clockwork`].
fn spec(seed: u64, timed: u8) -> ProblemSpec {
    let trips = timed == 1 && seed.is_multiple_of(3);
    let mut rng = Rng::new(seed);
    let locations = 14;
    let mut draw = |below: usize| rng.below(below) as i64;
    let metres: Vec<u32> = (0..locations * locations).map(|_| 1 + draw(900) as u32).collect();
    let seconds = metres.iter().map(|m| if timed > 0 { m + draw(300) as u32 } else { 0 }).collect();
    let visits = (0..24)
        .map(|at| Visit {
            location: at % locations,
            demand: vec![draw(9), draw(3)],
            service_seconds: if timed > 0 { draw(100) } else { 0 },
            window: (timed > 0 && at % 3 == 0).then(|| {
                let early = draw(3_000);
                Window { early, late: early + 500 + draw(2_000) }
            }),
            prize: (at % 7 == 0).then(|| draw(2_000)),
            backhaul: seed.is_multiple_of(4) && at % 5 == 0,
            pickup: None,
            release: (trips && at % 4 == 1).then(|| draw(1_500)),
        })
        .collect();
    let vehicles = (0..6)
        .map(|at| Vehicle {
            start: at % 2,
            end: if trips { at % 2 } else { at % 3 },
            capacity: vec![30 + draw(20), 10],
            shift: Window { early: 0, late: if timed > 0 { 6_000 } else { 1 << 28 } },
            reloads_max: if trips { at as u32 % 3 } else { 0 },
            duration_seconds_max: (timed > 1).then_some(4_500),
            rates: Rates {
                fixed: draw(500),
                per_metre: 1 + draw(3),
                per_second: if timed > 1 { 2 } else { 0 },
            },
        })
        .collect();
    ProblemSpec { locations, seconds, metres, visits, vehicles }
}

fn agrees(plan: &Plan, spec: &ProblemSpec) {
    let mut order = Snapshot::default();
    plan.store(&mut order);
    let verdict = check(spec, &order.solution(plan));
    assert_eq!(verdict.violations, []);
    assert_eq!(verdict.cost, plan.cost_as_given());
}

#[test]
fn what_a_move_adds_is_what_the_plan_then_costs() {
    for timed in 0..3 {
        for seed in 0..20 {
            let spec = spec(seed, timed);
            let (problem, _) = Problem::new(&spec).expect("a sound problem");
            assert_eq!(problem.clockwork as u8, timed);
            let mut rng = Rng::new(seed);
            let mut plan = Plan::new(&problem);
            // Each place of each absent visit: the delta it is offered at is the difference of whole plans.
            for _ in 0..40 {
                let Some(at) = (!plan.absent.is_empty()).then(|| rng.below(plan.absent.len())) else { break };
                let visit = plan.absent[at];
                let before = plan.routes_cost;
                let route = rng.below(plan.routes.len()) as u32;
                let mut prev = plan.start_of(route);
                for _ in 0..rng.below(4) {
                    let next = plan.links[prev as usize].next;
                    prev = if plan.is_visit(next) { next } else { prev };
                }
                if !plan.has_room(route, visit) {
                    continue;
                }
                let empty = plan.routes[route as usize].visits == 0;
                let opening = plan.opening(route, visit, i64::MAX).filter(|_| problem.trips && empty);
                let delta = if problem.trips && empty {
                    opening.map(|opening| opening.0)
                } else {
                    plan.insertion(visit, prev, i64::MAX)
                };
                if let Some(delta) = delta {
                    if let Some((_, opening)) = opening {
                        plan.attach(route, opening);
                    }
                    plan.insert(visit, prev, delta);
                    plan.absent.swap_remove(at);
                    assert_eq!(plan.routes_cost, before + delta);
                    agrees(&plan, &spec);
                }
            }
        }
    }
}

#[test]
fn iterations_keep_their_books_and_can_be_undone() {
    for timed in 0..3 {
        for seed in 0..20 {
            let mut spec = spec(seed, timed);
            if timed == 1 && seed % 3 == 1 {
                // Goods from visit to visit.
                for at in (0..18).step_by(2) {
                    for one in [at, at + 1] {
                        spec.visits[one].prize = None;
                        spec.visits[one].backhaul = false;
                        spec.visits[one].demand = spec.visits[at].demand.clone();
                    }
                    spec.visits[at + 1].pickup = Some(at);
                }
            }
            let (problem, _) = Problem::new(&spec).expect("a sound problem");
            let params = Params::default();
            let (ruin_near, near) = (Near::by_distance(&problem, 100), Near::by_effort(&problem, 5));
            let mut rng = Rng::new(seed);
            let mut plan = Plan::new(&problem);
            let mut recreate = Recreate::new(&problem);
            recreate.run(&mut plan, &near, &params, &mut rng);
            agrees(&plan, &spec);
            let (mut before, mut after) = (Snapshot::default(), Snapshot::default());
            for round in 0..30 {
                plan.set_price(500 + 40 * round);
                plan.store(&mut before);
                let cost = (plan.cost(), plan.routes_cost);
                plan.begin();
                ruin::strings(&mut plan, &ruin_near, &params, &mut rng, &mut Vec::new());
                recreate.run(&mut plan, &near, &params, &mut rng);
                agrees(&plan, &spec);
                if rng.chance(0.5) {
                    plan.undo();
                    plan.store(&mut after);
                    assert_eq!((&before.order, &before.absent), (&after.order, &after.absent));
                    assert_eq!(cost, (plan.cost(), plan.routes_cost));
                    agrees(&plan, &spec);
                }
            }
            plan.store(&mut before);
            let cost = plan.routes_cost;
            let mut other = Plan::new(&problem);
            assert!(other.load(&before));
            assert_eq!(other.routes_cost, cost);
            agrees(&other, &spec);
        }
    }
}

#[test]
fn draws_are_even_and_repeat() {
    let mut rng = Rng::new(1);
    let mut counts = [0; 10];
    for _ in 0..10_000 {
        counts[rng.below(10)] += 1;
    }
    assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    assert_eq!(Rng::new(5).next(), Rng::new(5).next());
    assert_ne!(Rng::new(5).next(), Rng::new(6).next());
}
