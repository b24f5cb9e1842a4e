//! The best plan there is, by trying all.

use crate::worlds::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use routing::*;

/// Cost of the best route of each vehicle over each set of visits, by driving every order; then the best split of all
/// visits over the vehicles, or over nobody.
fn best_there_is(spec: &ProblemSpec) -> Cost {
    let visits = spec.visits.len();
    let all = 1_usize << visits;
    let mut best: Vec<Cost> = (0..all)
        .map(|left| {
            let mut cost = Cost::default();
            for visit in (0..visits).filter(|visit| left & (1 << visit) != 0) {
                match spec.visits[visit].prize {
                    Some(prize) => cost.total += prize,
                    None => cost.unserved += 1,
                }
            }
            cost
        })
        .collect();
    for vehicle in 0..spec.vehicles.len() {
        let mut route: Vec<Option<i64>> = vec![None; all];
        extend(spec, vehicle, &mut Vec::new(), 0, &mut route);
        let before = best.clone();
        for set in 1..all {
            let mut part = set;
            while part > 0 {
                if let Some(cost) = route[part] {
                    let rest = before[set & !part];
                    best[set] = best[set].min(Cost { unserved: rest.unserved, total: rest.total + cost });
                }
                part = (part - 1) & set;
            }
        }
    }
    best[all - 1]
}

fn extend(spec: &ProblemSpec, vehicle: usize, order: &mut Vec<usize>, set: usize, route: &mut [Option<i64>]) {
    if !order.is_empty() {
        // Each way to cut the order into trips.
        let cuts = if spec.vehicles[vehicle].reloads_max > 0 { 1_usize << (order.len() - 1) } else { 1 };
        for cut in 0..cuts {
            let reloads = (1..order.len()).filter(|place| cut & (1 << (place - 1)) != 0).collect();
            let route_alone = Route { vehicle, visits: order.clone(), reloads };
            let verdict = check(spec, &Solution { routes: vec![route_alone], unserved: vec![] });
            let broken =
                verdict.violations.iter().any(|broken| !matches!(broken, Violation::VisitForgotten { .. }));
            if !broken {
                let cost = verdict.drives[0].cost;
                route[set] = Some(route[set].map_or(cost, |best| best.min(cost)));
            }
        }
    }
    // A broken route may be mended by a longer one where detours are short cuts, so nothing is cut off.
    for visit in 0..spec.visits.len() {
        if set & (1 << visit) == 0 {
            order.push(visit);
            extend(spec, vehicle, order, set | 1 << visit, route);
            order.pop();
        }
    }
}

/// Roads that obey the triangle inequality, as travel times do: places on a plane, slower one way than the other.
fn on_a_plane() -> impl Strategy<Value = ProblemSpec> {
    (any_problem(6, 3), prop::collection::vec((0..1_500_i64, 0..1_500_i64), 8)).prop_map(
        |(mut spec, places)| {
            let locations = spec.locations;
            if spec.vehicles.iter().any(|vehicle| vehicle.reloads_max > 0) {
                // Orders times ways to cut them into trips: five visits are plenty.
                spec.visits.truncate(5);
            }
            for (from, a) in places.iter().take(locations).enumerate() {
                for (to, b) in places.iter().take(locations).enumerate() {
                    let uphill = (b.1 - a.1).max(0);
                    let length = (a.0 - b.0).abs() + (a.1 - b.1).abs();
                    spec.metres[from * locations + to] = length as u32;
                    spec.seconds[from * locations + to] = (length + uphill) as u32;
                }
            }
            spec
        },
    )
}

proptest! {
    // The same problems each time: a search promises no best plan, so somewhere there is one that it misses.
    #![proptest_config(ProptestConfig { cases: 200, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn small_problems_are_solved_to_the_end(spec in on_a_plane()) {
        let (solution, cost) = solved(&spec, 7, 20_000);
        prop_assert_eq!(cost, best_there_is(&spec), "{:?}", solution);
    }
}

#[test]
fn eight_visits_with_windows_are_solved_to_the_end() {
    let mut spec = four_corners();
    for (location, early) in [(1, 9_000), (2, 2_000), (3, 15_000), (4, 20_000)] {
        spec.visits.push(Visit {
            location,
            demand: vec![1],
            service_seconds: 300,
            window: Some(Window { early, late: early + 1_200 }),
            ..Visit::default()
        });
    }
    spec.vehicles = vec![vehicle(4), vehicle(5)];
    spec.vehicles[1].rates = Rates { fixed: 3_000, per_metre: 2, per_second: 1 };
    spec.vehicles[0].rates.per_second = 3;
    assert_eq!(solved(&spec, 5, 10_000).1, best_there_is(&spec));
}

/// What a visit that must be served costs when it is left out is more than any prize.
#[test]
fn no_prize_keeps_out_who_must_be_served() {
    let mut spec = four_corners();
    spec.visits.truncate(2);
    spec.visits[0].prize = Some(1 << 40);
    spec.vehicles = vec![vehicle(1)];
    let (solution, cost) = solved(&spec, 5, 1_000);
    assert_eq!(solution.routes, [Route { vehicle: 0, visits: vec![1], reloads: vec![] }]);
    assert_eq!(cost, best_there_is(&spec));
}

/// Neither visit is worth the vehicle's day, both together are.
#[test]
fn visits_that_are_worth_it_together_are_served() {
    let mut spec = four_corners();
    spec.visits.truncate(2);
    spec.vehicles = vec![vehicle(2)];
    spec.vehicles[0].rates = Rates { fixed: 1_800, per_metre: 0, per_second: 0 };
    for visit in &mut spec.visits {
        visit.prize = Some(1_300);
    }
    assert_eq!(solved(&spec, 5, 1_000).1, Cost { unserved: 0, total: 1_800 });
}
