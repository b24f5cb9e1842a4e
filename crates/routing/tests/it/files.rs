use proptest::prelude::*;
use routing::instance::{parse, parse_solution, write_solution};
use routing::*;
use testkit::shared_data;

const CVRP: &str = "NAME : tiny
TYPE : CVRP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 6 8
4 0 1
DEMAND_SECTION
1 0
2 5
3 5
4 5
DEPOT_SECTION
 1
 -1
EOF
";

const SOLOMON: &str = "R999

VEHICLE
NUMBER     CAPACITY
  2         20

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME

    0      0         0          0          0       230          0
    1      1         1          10       10       204         10
    2      2         0          7         0       202         10
";

#[test]
fn distances_are_rounded_as_the_field_rounds_them() {
    let cvrp = parse(CVRP, "x/tiny.vrp").expect("a CVRP");
    assert_eq!((cvrp.name.as_str(), cvrp.unit), ("tiny", 1.0));
    assert_eq!(&cvrp.spec.metres[..4], [0, 5, 10, 1]);
    assert_eq!(cvrp.spec.vehicles.len(), 3, "never more vehicles than clients");
    let solomon = parse(SOLOMON, "r999.txt").expect("a VRPTW");
    assert_eq!(solomon.unit, 10.0);
    // Tenths, cut off: the root of two is 14.
    assert_eq!(&solomon.spec.metres[..3], [0, 14, 20]);
    assert_eq!(solomon.spec.seconds, solomon.spec.metres);
    assert_eq!(solomon.spec.visits[0].window, Some(Window { early: 100, late: 2_040 }));
    assert_eq!(solomon.spec.visits[0].service_seconds, 100);
}

#[test]
fn solutions_survive_their_file() {
    let instance = parse(CVRP, "tiny.vrp").expect("a CVRP");
    let (solution, claimed) =
        parse_solution("Route #1: 2 1\nRoute #2: 3\nCost 22\n", "tiny.sol", &instance).expect("a solution");
    assert_eq!(claimed, Some(22.0));
    let verdict = check(&instance.spec, &solution);
    assert_eq!((verdict.complete(), verdict.cost.total), (true, 22));
    let text = write_solution(&solution, verdict.cost, &instance);
    assert_eq!(text, "Route #1: 2 1\nRoute #2: 3\nCost 22\n");

    let (short, _) = parse_solution("Route #1: 2 1 3\n", "tiny.sol", &instance).expect("a solution");
    assert_eq!(
        check(&instance.spec, &short).violations,
        [Violation::Overload { vehicle: 0, dimension: 0, by: 5 }]
    );
    let (left, _) = parse_solution("Route #1: 2\n", "tiny.sol", &instance).expect("a solution");
    assert_eq!(check(&instance.spec, &left).cost.unserved, 2);
    for bad in ["", "Route #1: 4", "Route #1: 0", "Route #1: x", "Route #1", "Route #1: 1\nCost NaN"] {
        assert!(parse_solution(bad, "bad.sol", &instance).is_err(), "{bad}");
    }
}

#[test]
fn a_bad_file_is_an_error_that_says_where() {
    let broken = |from: &str, to: &str| {
        parse(&CVRP.replace(from, to), "bad.vrp").map(|_| ()).expect_err("it is broken").to_string()
    };
    assert_eq!(
        broken("DIMENSION : 4", "DIMENSION : -4"),
        "read bad.vrp, line 3: DIMENSION -4, 2 to 30000 was expected"
    );
    assert!(broken("DIMENSION : 4", "DIMENSION : 99999999999").contains("DIMENSION"));
    assert!(
        broken("DIMENSION : 4", "DIMENSION : 5").contains("4 rows in NODE_COORD_SECTION, DIMENSION says 5")
    );
    assert_eq!(broken("3 6 8", "2 6 8"), "read bad.vrp, line 9: node 2 stands twice in NODE_COORD_SECTION");
    assert!(broken("3 6 8", "3 6 NaN").contains("coordinate \"NaN\""));
    assert!(broken("3 6 8", "3 6 1e300").contains("coordinate"));
    assert!(broken("3 6 8", "3 6").contains("2 columns"));
    assert!(broken("3 5", "3 -5").contains("demand of visit 1 is -5"));
    assert!(broken("EUC_2D", "GEO").contains("GEO is not supported"));
    assert!(broken("DEPOT_SECTION", "COLOUR_SECTION").contains("COLOUR_SECTION is not supported"));
    assert!(broken(" 1\n -1", " 2\n -1").contains("depot 2, 1 was expected"));
    assert!(broken("CAPACITY : 10\n", "").contains("no CAPACITY"));
    assert!(broken("CAPACITY : 10", "CAPACITY : ten").contains("line 5"));
    assert!(parse("", "empty.vrp").is_err());
    for cut in 0..CVRP.len() - 20 {
        // Cut anywhere: an error or a smaller sound problem, no panic.
        let _ = parse(&CVRP[..cut], "cut.vrp");
    }
    for (from, to) in [
        ("7         0", "7         0.5"),
        ("    2      2", "    1      2"),
        ("  2         20", "  2"),
        ("  2         20", " -2         20"),
    ] {
        assert!(parse(&SOLOMON.replace(from, to), "bad.txt").is_err(), "{from} -> {to}");
    }
}

proptest! {
    #[test]
    fn garbage_never_panics(text in "[ -~\n]{0,400}") {
        let _ = parse(&text, "garbage");
    }

    #[test]
    fn broken_lines_never_panic(line in 0..20_usize, with in "[A-Z_]{0,12}[ :]{0,2}[-0-9.eNa]{0,12}") {
        for text in [CVRP, SOLOMON, DIALECT, LI_LIM] {
            let mut lines: Vec<&str> = text.lines().collect();
            let at = line % lines.len();
            lines[at] = &with;
            if let Ok(instance) = parse(&lines.join("\n"), "broken") {
                let (problem, _) = Problem::new(&instance.spec).expect("what was parsed is sound");
                let mut budget = budget::Iterations(20);
                let plan = solve(&problem, &Params::default(), units::Seed(1), &mut budget, &mut |_, _, _| {});
                prop_assert!(check(&instance.spec, &plan).feasible);
            }
        }
    }
}

/// In PyVRP's dialect: two depots, vehicles that differ, who gives instead of taking, who may be left out.
const DIALECT: &str = "NAME: dialect
TYPE: MDVRPTW
DIMENSION: 5
VEHICLES: 2
VEHICLES_MAX_DURATION: 90
EDGE_WEIGHT_TYPE: EUC_2D
SERVICE_TIME: 2
NODE_COORD_SECTION
1 0 0
2 10 0
3 3 4
4 6 8
5 0 1
DEMAND_SECTION
1 0
2 0
3 5
4 0
5 5
BACKHAUL_SECTION
1 0
2 0
3 0
4 7
5 0
PRIZE_SECTION
1 0
2 0
3 0
4 0
5 3
TIME_WINDOW_SECTION
1 0 100
2 0 80
3 0 100
4 0 100
5 0 100
CAPACITY_SECTION
1 10
2 8
VEHICLES_FIXED_COST_SECTION
1 4
2 0
VEHICLES_UNIT_DISTANCE_COST_SECTION
1 2
2 3
VEHICLES_DEPOT_SECTION
1 1
2 2
DEPOT_SECTION
1
2
EOF
";

#[test]
fn depots_fleets_backhauls_and_prizes_are_read() {
    let instance = parse(DIALECT, "dialect.vrp").expect("a file in this dialect");
    let spec = &instance.spec;
    assert_eq!((instance.depots, instance.unit, spec.visits.len()), (2, 1.0, 3));
    // Thousandths; service for clients only.
    assert_eq!((spec.metres[2], spec.visits[0].service_seconds), (5_000, 2_000));
    assert_eq!(
        spec.vehicles[1],
        Vehicle {
            start: 1,
            end: 1,
            capacity: vec![8],
            shift: Window { early: 0, late: 80_000 },
            duration_seconds_max: Some(90_000),
            reloads_max: 0,
            rates: Rates { fixed: 0, per_metre: 3, per_second: 0 },
        }
    );
    assert_eq!((spec.visits[1].backhaul, spec.visits[1].demand[0]), (true, 7));
    assert_eq!((spec.visits[0].prize, spec.visits[2].prize), (None, Some(3_000)));

    // The numbers of routes are those of vehicles, the numbers of clients those of nodes, both with the depots before them.
    let (plan, _) = parse_solution("Route #1:\nRoute #2: 2 3\n", "d.sol", &instance).expect("a solution");
    assert_eq!(plan.routes, [Route { vehicle: 1, visits: vec![0, 1], reloads: vec![] }]);
    let verdict = check(spec, &plan);
    assert_eq!(
        (verdict.violations.as_slice(), verdict.drives[0].load.as_slice()),
        ([].as_slice(), [7].as_slice())
    );
    assert_eq!(verdict.cost.total, 3 * (8_062 + 5_000 + 8_944) + 3_000);
    let text = write_solution(&plan, verdict.cost, &instance);
    assert_eq!(parse_solution(&text, "d.sol", &instance).map(|read| read.0), Ok(plan));

    let several = DIALECT.replace("VEHICLES_MAX_DURATION: 90\n", "").replace("DEPOT_SECTION\n1\n2\n", "DEPOT_SECTION\n1\n").replace(
        "2 2\nDEPOT",
        "2 1\nRELEASE_TIME_SECTION\n1 0\n2 0\n3 4\n4 0\n5 0\nVEHICLES_RELOAD_DEPOT_SECTION\n1 1\n2 1\nDEPOT",
    );
    let several = parse(&several, "several.vrp").expect("several trips");
    assert_eq!(several.spec.visits[1].release, Some(4_000));
    let (plan, _) = parse_solution("Route #1: 2 0 3\n", "s.sol", &several).expect("a solution");
    assert_eq!(plan.routes, [Route { vehicle: 0, visits: vec![1, 2], reloads: vec![1] }]);
    assert!(write_solution(&plan, Cost::default(), &several).starts_with("Route #1: 2 0 3\n"));

    for (visits, early) in [(vec![1, 0], 1), (vec![1], 1)] {
        let plan =
            Solution { routes: vec![Route { vehicle: 1, visits, ..Route::default() }], unserved: vec![] };
        let broken = Violation::BackhaulEarly { vehicle: 1, visit: early };
        assert!(check(spec, &plan).violations.contains(&broken));
    }
    for (from, to) in [
        ("2 2\nDEPOT", "2 3\nDEPOT"),
        ("4 7", "3 7"),
        ("VEHICLES: 2\n", ""),
        ("1 10\n", ""),
        ("4 6 8", "4 4999999 8"),
    ] {
        assert!(parse(&DIALECT.replace(from, to), "bad.vrp").is_err(), "{from:?} to {to:?}");
    }
}

const LI_LIM: &str = "2 20 1
0 0 0 0 0 230 0 0 0
1 3 4 10 0 200 5 0 3
2 0 1 5 0 200 5 0 0
3 6 8 -10 0 204 5 1 0
";

#[test]
fn goods_from_visit_to_visit_are_read() {
    let instance = parse(LI_LIM, "lc999.txt").expect("a Li-Lim file");
    let spec = &instance.spec;
    assert_eq!((spec.visits[2].pickup, spec.visits[2].demand[0], spec.vehicles.len()), (Some(0), 10, 2));
    assert_eq!((spec.metres[1], instance.unit), (5_000, 1_000.0));
    let route = |visits: Vec<usize>| Route { vehicle: 0, visits, ..Route::default() };
    let judged = |routes: Vec<Route>| {
        let mut routes = routes;
        routes.iter_mut().enumerate().for_each(|(vehicle, route)| route.vehicle = vehicle);
        check(spec, &Solution { routes, unserved: vec![] }).violations
    };
    assert_eq!(judged(vec![route(vec![1, 0, 2])]), []);
    for broken in [vec![route(vec![2, 0, 1])], vec![route(vec![0, 1]), route(vec![2])]] {
        assert_eq!(judged(broken), [Violation::PairBroken { visit: 2 }]);
    }
    for (from, to) in
        [("5 0 3", "5 0 2"), ("5 1 0", "5 2 0"), ("5 1 0", "5 1"), ("2 20 1", "2 x 1"), ("2 0 1", "7 0 1")]
    {
        assert!(parse(&LI_LIM.replace(from, to), "bad.txt").is_err(), "{from} to {to}");
    }
    // Twice as much as it holds, if both were on board at once.
    let mut tight = spec.clone();
    tight.vehicles[0].capacity = vec![12];
    let plan = Solution { routes: vec![route(vec![0, 1, 2])], unserved: vec![] };
    let over = Violation::Overload { vehicle: 0, dimension: 0, by: 3 };
    assert_eq!(check(&tight, &plan).violations, [over]);
    let plan = Solution { routes: vec![route(vec![1, 0, 2])], unserved: vec![] };
    assert_eq!(check(&tight, &plan).violations, []);
    tight.visits[2].pickup = Some(2);
    assert_eq!(Problem::new(&tight).err(), Some(SpecError::PairWrong { visit: 2 }));
}

#[test]
fn published_solutions_cost_what_is_published() {
    let mut files = vec![
        ("pyvrp-tests/tests/data/RC208", "vrp"),
        ("ortec/instances/final/ORTEC-VRPTW-ASYM-f9ec0671-d1-n224-k12", "txt"),
    ];
    files.extend(
        [
            "CVRP/X-n101-k25",
            "CVRP/X-n524-k153",
            "VRPTW/RC2_10_2",
            "VRPTW/C1_10_1",
            "MDVRPTW/PR11A",
            "MDVRPTW/PR24A",
            "VRPB/X-n524-50-k125",
            "VRPB/X-n783-80-k38",
            "HFVRP/X129-FSMFD",
            "HFVRP/X148-HVRP",
            "HFVRP/X459-HD",
            "PCVRPTW/C1_10_1",
            "PCVRPTW/R2_10_2",
            "MTVRPTWR/RC208R0.75",
            "MTVRPTWR/C204R0.5",
        ]
        .map(|name| (name, "vrp")),
    );
    for (name, ending) in files {
        let folder = if name.contains("tests") || name.contains("ortec") { "" } else { "pyvrp-instances/" };
        let (Some(instance_path), Some(solution_path)) = (
            shared_data(&format!("routing/{folder}{name}.{ending}")),
            shared_data(&format!("routing/{folder}{name}.sol")),
        ) else {
            return;
        };
        let read = |path: std::path::PathBuf| std::fs::read_to_string(path).expect("a text file");
        let instance = parse(&read(instance_path), name).expect("an instance");
        let (plan, claimed) = parse_solution(&read(solution_path), name, &instance).expect("a solution");
        let verdict = check(&instance.spec, &plan);
        assert_eq!(verdict.violations, [], "{name}");
        assert_eq!(Some(instance.published(verdict.cost)), claimed, "{name}");
    }
}
