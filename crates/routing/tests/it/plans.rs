use crate::worlds::*;
use proptest::prelude::*;
use routing::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_passes_the_check(spec in any_problem(14, 5), seed in any::<u64>()) {
        let (solution, told) = solved(&spec, seed, 400);
        let verdict = check(&spec, &solution);
        prop_assert!(verdict.feasible, "{:?}", verdict.violations);
        prop_assert_eq!(verdict.cost, told);
    }

    #[test]
    fn the_same_seed_and_iterations_give_the_same_plan(spec in any_problem(14, 5), seed in any::<u64>()) {
        prop_assert_eq!(solved(&spec, seed, 300), solved(&spec, seed, 300));
    }

    #[test]
    fn another_origin_of_time_changes_nothing(spec in any_problem(12, 4), by in -40_000..40_000_i64) {
        let (solution, cost) = solved(&spec, 3, 200);
        let mut later = spec.clone();
        let moved = |window: Window| Window { early: window.early + by, late: window.late + by };
        for visit in &mut later.visits {
            visit.window = visit.window.map(moved);
            visit.release = visit.release.map(|ready| ready + by);
        }
        for vehicle in &mut later.vehicles {
            vehicle.shift = moved(vehicle.shift);
        }
        let verdict = check(&later, &solution);
        prop_assert_eq!((verdict.violations, verdict.cost), (vec![], cost));
    }

    #[test]
    fn another_order_of_visits_changes_nothing(spec in any_problem(12, 4), turn in 0..12_usize) {
        let (solution, cost) = solved(&spec, 3, 200);
        let count = spec.visits.len();
        // Old visit `at` is new visit `to(at)`.
        let to = |at: usize| (at + turn) % count;
        let mut other = spec.clone();
        for (at, visit) in spec.visits.iter().enumerate() {
            other.visits[to(at)] = Visit { pickup: visit.pickup.map(to), ..visit.clone() };
        }
        let mut moved = solution;
        for route in &mut moved.routes {
            route.visits.iter_mut().for_each(|visit| *visit = to(*visit));
        }
        moved.unserved.iter_mut().for_each(|unserved| unserved.visit = to(unserved.visit));
        let verdict = check(&other, &moved);
        prop_assert_eq!((verdict.violations, verdict.cost), (vec![], cost));
    }

    #[test]
    fn the_checker_takes_any_solution(
        spec in any_problem(6, 3),
        routes in prop::collection::vec(
            (0..5_usize, prop::collection::vec(0..9_usize, 0..6), prop::collection::vec(0..7_usize, 0..3)), 0..4),
        left in prop::collection::vec(0..9_usize, 0..4),
    ) {
        let reasons = [Reason::Unreachable, Reason::TooLarge, Reason::WindowClosed, Reason::NoRoom, Reason::NotWorth];
        check(&spec, &Solution {
            routes: routes.into_iter().map(|(vehicle, visits, reloads)| Route { vehicle, visits, reloads }).collect(),
            unserved: left.into_iter().map(|visit| Unserved { visit, reason: reasons[visit % 5] }).collect(),
        });
    }
}

#[test]
fn four_corners_are_driven_around() {
    let spec = four_corners();
    let (solution, cost) = solved(&spec, 1, 500);
    assert_eq!(cost, Cost { unserved: 0, total: 50_000 });
    let verdict = check(&spec, &solution);
    let drive = &verdict.drives[0];
    assert_eq!((drive.metres, drive.duration_seconds, drive.waiting_seconds), (50_000, 5_240, 0));
    // Nothing presses, so it leaves as late as brings it back at the same second: at once.
    assert_eq!((drive.leave, drive.back, drive.load.as_slice()), (0, 5_240, [4].as_slice()));
}

#[test]
fn a_vehicle_leaves_as_late_as_a_window_allows() {
    let mut spec = four_corners();
    spec.visits[0].window = Some(Window { early: 40_000, late: 41_000 });
    spec.vehicles[0].rates.per_second = 1;
    let (solution, _) = solved(&spec, 1, 2_000);
    let verdict = check(&spec, &solution);
    assert_eq!(verdict.drives[0].duration_seconds, 5_240, "{:?}", verdict.drives);
    assert_eq!(verdict.drives[0].waiting_seconds, 0);
}

#[test]
fn who_cannot_be_served_is_said_why() {
    let mut spec = four_corners();
    spec.visits[0].demand = vec![5];
    spec.visits[1].window = Some(Window { early: 0, late: 10 });
    for other in 0..5 {
        spec.seconds[other * 5 + 3] = limits::NO_ROAD;
    }
    let (problem, findings) = Problem::new(&spec).expect("a sound problem");
    assert_eq!(
        findings,
        [
            Finding::VisitTooLarge { visit: 0 },
            Finding::VisitWindowClosed { visit: 1 },
            Finding::VisitUnreachable { visit: 2 }
        ]
    );
    assert_eq!((problem.visits(), problem.servable()), (4, 1));
    let (solution, cost) = solved(&spec, 1, 100);
    let reasons: Vec<_> = solution.unserved.iter().map(|left| (left.visit, left.reason)).collect();
    assert_eq!(reasons, [(0, Reason::TooLarge), (1, Reason::WindowClosed), (2, Reason::Unreachable)]);
    assert_eq!(cost.unserved, 3);
    assert!(check(&spec, &solution).feasible);
}

#[test]
fn who_finds_no_room_is_left_and_the_rest_is_served() {
    let mut spec = four_corners();
    spec.vehicles[0].capacity = vec![3];
    spec.visits[2].prize = Some(1);
    let (solution, cost) = solved(&spec, 1, 500);
    assert_eq!(solution.unserved, [Unserved { visit: 2, reason: Reason::NotWorth }]);
    assert_eq!(cost.unserved, 0);

    spec.visits[2].prize = None;
    let (solution, cost) = solved(&spec, 1, 500);
    assert_eq!((solution.unserved.len(), solution.unserved[0].reason), (1, Reason::NoRoom));
    assert_eq!(cost.unserved, 1);
}

#[test]
fn a_vehicle_that_cannot_drive_is_reported_and_left_standing() {
    let mut spec = four_corners();
    spec.vehicles.insert(0, vehicle(0));
    let mut short = vehicle(4);
    short.shift = Window { early: 100, late: 99 };
    spec.vehicles.insert(1, short);
    let (_, findings) = Problem::new(&spec).expect("a sound problem");
    assert_eq!(
        findings,
        [Finding::VehicleWithoutCapacity { vehicle: 0 }, Finding::VehicleShiftEmpty { vehicle: 1 }]
    );
    let (solution, cost) = solved(&spec, 1, 500);
    assert_eq!((solution.routes.len(), solution.routes[0].vehicle, cost.unserved), (1, 2, 0));
}

#[test]
fn nothing_to_do_and_nobody_to_do_it_are_plans_too() {
    let mut spec = four_corners();
    spec.vehicles.clear();
    let (solution, cost) = solved(&spec, 1, 10);
    assert_eq!((solution.routes.len(), solution.unserved.len(), cost.unserved), (0, 4, 4));
    assert!(check(&spec, &solution).feasible);
    let empty = ProblemSpec::default();
    assert_eq!(solved(&empty, 1, 10).0, Solution::default());
}

#[test]
fn a_search_stopped_at_once_has_a_plan() {
    let spec = four_corners();
    let (problem, _) = Problem::new(&spec).expect("a sound problem");
    let stop = units::Stop::default();
    stop.ask();
    let mut until = budget::Earliest(budget::Asked(stop), budget::Iterations(1_000_000));
    let mut told = 0;
    let solution =
        solve(&problem, &Params::default(), units::Seed(1), &mut until, &mut |_, _, iterations| {
            assert_eq!(iterations, 0);
            told += 1;
        });
    assert_eq!(told, 1);
    assert!(check(&spec, &solution).complete());
}

#[test]
fn a_search_without_an_end_in_sight_runs_in_cycles_until_it_is_asked() {
    let spec = four_corners();
    let (problem, _) = Problem::new(&spec).expect("a sound problem");
    let mut until = |at: &Search| if at.iterations >= 5_000 { 1.0 } else { 0.0 };
    let solution = solve(&problem, &Params::default(), units::Seed(3), &mut until, &mut |_, _, _| {});
    assert_eq!(check(&spec, &solution).cost, Cost { unserved: 0, total: 50_000 });
}

#[test]
fn a_problem_built_wrong_is_refused() {
    let broken = |change: &dyn Fn(&mut ProblemSpec)| {
        let mut spec = four_corners();
        change(&mut spec);
        Problem::new(&spec).map(|_| ()).expect_err("it is broken").to_string()
    };
    assert_eq!(
        broken(&|spec| spec.metres.truncate(24)),
        "the matrix of metres has 24 entries, 5 locations need 25; build it again"
    );
    assert_eq!(
        broken(&|spec| spec.visits[1].location = 5),
        "visit 1 is at location 5, there are 5; check its place"
    );
    assert_eq!(
        broken(&|spec| spec.visits[1].demand = vec![-1]),
        "demand of visit 1 is -1, outside 0 to 1099511627776; correct it"
    );
    assert_eq!(
        broken(&|spec| spec.vehicles[0].capacity.clear()),
        "visit 0 has 1 dimensions of load, the others have 0; give all the same"
    );
    assert!(broken(&|spec| spec.seconds[3] = limits::ARC_MAX + 1).starts_with("seconds of arc 3"));
    assert!(
        broken(&|spec| spec.visits[0].window = Some(Window { early: i64::MIN, late: 0 })).contains("window")
    );
    assert!(broken(&|spec| spec.locations = usize::MAX).contains("locations"));
}

/// One vehicle that holds one of four: with trips it brings them all, each no earlier than its goods are there.
#[test]
fn a_vehicle_comes_back_for_more() {
    let mut spec = four_corners();
    spec.vehicles = vec![vehicle(1)];
    assert_eq!(solved(&spec, 1, 500).1.unserved, 3);
    spec.vehicles[0].reloads_max = 3;
    spec.visits[2].release = Some(50_000);
    let (solution, cost) = solved(&spec, 1, 500);
    assert_eq!(cost, Cost { unserved: 0, total: 80_000 });
    assert_eq!(solution.routes[0].reloads, [1, 2, 3]);
    let verdict = check(&spec, &solution);
    let late = verdict.drives[0].arrivals.iter().find(|arrival| arrival.visit == 2).expect("it is served");
    assert_eq!((late.arrive >= 51_000, verdict.drives[0].load.as_slice()), (true, [1].as_slice()));

    let mut broken = solution.clone();
    broken.routes[0].reloads = vec![1, 2];
    let violations = check(&spec, &broken).violations;
    assert_eq!(violations, [Violation::Overload { vehicle: 0, dimension: 0, by: 1 }]);
    for reloads in [vec![0, 1, 2], vec![1, 2, 4], vec![2, 1, 3]] {
        broken.routes[0].reloads = reloads;
        assert!(check(&spec, &broken).violations.contains(&Violation::ReloadsWrong { vehicle: 0 }));
    }
    spec.vehicles[0].reloads_max = 2;
    assert_eq!(check(&spec, &solution).violations, [Violation::ReloadsWrong { vehicle: 0 }]);
    spec.vehicles[0].rates.per_second = 1;
    assert_eq!(Problem::new(&spec).err(), Some(SpecError::TripsUnsupported { vehicle: 0 }));
}
