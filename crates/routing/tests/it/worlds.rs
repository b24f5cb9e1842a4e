//! Small problems, drawn at random or by hand.

use proptest::prelude::*;
use routing::limits::NO_ROAD;
use routing::*;

/// A square of 10 × 10 km with the depot in its middle and a visit in each corner; one vehicle that holds all four.
pub fn four_corners() -> ProblemSpec {
    let places = [(5_000_i64, 5_000_i64), (0, 0), (10_000, 0), (10_000, 10_000), (0, 10_000)];
    let metres: Vec<u32> = places
        .iter()
        .flat_map(|a| places.iter().map(move |b| ((a.0 - b.0).abs() + (a.1 - b.1).abs()) as u32))
        .collect();
    ProblemSpec {
        locations: 5,
        seconds: metres.iter().map(|m| m / 10).collect(),
        metres,
        visits: (1..5)
            .map(|location| Visit { location, demand: vec![1], service_seconds: 60, ..Visit::default() })
            .collect(),
        vehicles: vec![vehicle(4)],
    }
}

/// A vehicle from location 0 and back, all day.
pub fn vehicle(capacity: i64) -> Vehicle {
    Vehicle {
        start: 0,
        end: 0,
        capacity: vec![capacity],
        shift: Window { early: 0, late: 86_400 },
        duration_seconds_max: None,
        reloads_max: 0,
        rates: Rates::default(),
    }
}

prop_compose! {
    fn visits(most: usize, locations: usize, dimensions: usize)(
        rows in prop::collection::vec(
            (0..locations, prop::collection::vec(0..8_i64, dimensions), 0..400_i64,
             prop::option::weighted(0.6, (0..7_000_i64, 300..4_000_i64)), prop::option::weighted(0.2, 0..4_000_i64),
             any::<u8>()),
            1..=most),
        backhauls in prop::bool::weighted(0.3),
        releases in prop::bool::weighted(0.2),
    ) -> Vec<Visit> {
        rows.into_iter().map(|(location, demand, service_seconds, window, prize, kind)| Visit {
            location, demand, service_seconds, prize,
            backhaul: backhauls && kind % 4 == 0,
            pickup: None,
            release: (releases && kind % 3 == 0).then_some(i64::from(kind) * 20),
            window: window.map(|(early, length)| Window { early, late: early + length }),
        }).collect()
    }
}

prop_compose! {
    fn vehicles(most: usize, locations: usize, dimensions: usize, timed: bool)(
        rows in prop::collection::vec(
            (0..locations, 0..locations, prop::collection::vec(0..25_i64, dimensions), 0..2_000_i64, 2_000..12_000_i64,
             prop::option::weighted(0.3, 1_000..8_000_i64), 0..2_000_i64, 0..4_i64, 0..4_i64),
            1..=most)
    ) -> Vec<Vehicle> {
        rows.into_iter().map(|(start, end, capacity, early, length, most, fixed, per_metre, per_second)| Vehicle {
            start, end, capacity,
            shift: Window { early, late: early + length },
            duration_seconds_max: most.filter(|_| timed),
            reloads_max: 0,
            rates: Rates { fixed, per_metre, per_second: if timed { per_second } else { 0 } },
        }).collect()
    }
}

prop_compose! {
    /// Anything goes: no triangle inequality, missing roads, vehicles that hold nothing, windows nobody can meet.
    pub fn any_problem(most_visits: usize, most_vehicles: usize)(
        locations in 2..8_usize, dimensions in 1..3_usize, timed in any::<bool>(),
    )(
        seconds in prop::collection::vec(prop_oneof![19 => 1..2_000_u32, 1 => Just(NO_ROAD)], locations * locations),
        metres in prop::collection::vec(prop_oneof![30 => 1..3_000_u32, 1 => Just(NO_ROAD)], locations * locations),
        visits in visits(most_visits, locations, dimensions),
        vehicles in vehicles(most_vehicles, locations, dimensions, timed),
        locations in Just(locations),
        pairs in prop::bool::weighted(0.25),
        reloads in prop_oneof![3 => Just(0..1_u32), 1 => Just(0..3)],
    ) -> ProblemSpec {
        let mut spec = ProblemSpec { locations, seconds, metres, visits, vehicles };
        if reloads.end > 1 || spec.visits.iter().any(|visit| visit.release.is_some()) {
            for (at, vehicle) in spec.vehicles.iter_mut().enumerate() {
                vehicle.reloads_max = at as u32 % reloads.end;
                vehicle.end = vehicle.start;
                vehicle.duration_seconds_max = None;
                vehicle.rates.per_second = 0;
            }
        } else if pairs {
            for at in (0..spec.visits.len() / 2 * 2).step_by(2) {
                for one in [at, at + 1] {
                    spec.visits[one].prize = None;
                    spec.visits[one].backhaul = false;
                    spec.visits[one].demand = spec.visits[at].demand.clone();
                }
                // Some stay alone.
                spec.visits[at + 1].pickup = (at % 6 < 4).then_some(at);
            }
            for vehicle in &mut spec.vehicles {
                vehicle.duration_seconds_max = None;
                vehicle.rates.per_second = 0;
            }
        }
        spec
    }
}

/// Solves with a limit on iterations; the last cost told comes along.
pub fn solved(spec: &ProblemSpec, seed: u64, iterations: u64) -> (Solution, Cost) {
    let (problem, _) = Problem::new(spec).expect("a sound problem");
    let mut told = Cost::default();
    let solution = solve(
        &problem,
        &Params::default(),
        units::Seed(seed),
        &mut budget::Iterations(iterations),
        &mut |_, cost, _| told = cost,
    );
    (solution, told)
}
