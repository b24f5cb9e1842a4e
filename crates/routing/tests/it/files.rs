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
    assert_eq!((cvrp.name.as_str(), cvrp.tenths), ("tiny", false));
    assert_eq!(&cvrp.spec.metres[..4], [0, 5, 10, 1]);
    assert_eq!(cvrp.spec.vehicles.len(), 3, "never more vehicles than clients");
    let solomon = parse(SOLOMON, "r999.txt").expect("a VRPTW");
    assert!(solomon.tenths);
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
    assert!(broken("DEPOT_SECTION", "BACKHAUL_SECTION").contains("BACKHAUL_SECTION is not supported"));
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
        for text in [CVRP, SOLOMON] {
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

#[test]
fn published_solutions_cost_what_is_published() {
    for (instance, solution, cost) in [
        ("pyvrp-instances/CVRP/X-n101-k25.vrp", "pyvrp-instances/CVRP/X-n101-k25.sol", 27_591.0),
        ("pyvrp-tests/tests/data/RC208.vrp", "pyvrp-tests/tests/data/RC208.sol", 776.1),
        (
            "ortec/instances/final/ORTEC-VRPTW-ASYM-f9ec0671-d1-n224-k12.txt",
            "ortec/instances/final/ORTEC-VRPTW-ASYM-f9ec0671-d1-n224-k12.sol",
            131_163.0,
        ),
    ] {
        let (Some(instance_path), Some(solution_path)) =
            (shared_data(&format!("routing/{instance}")), shared_data(&format!("routing/{solution}")))
        else {
            return;
        };
        let read = |path: std::path::PathBuf| std::fs::read_to_string(path).expect("a text file");
        let instance = parse(&read(instance_path), instance).expect("an instance");
        let (plan, _) = parse_solution(&read(solution_path), solution, &instance).expect("a solution");
        let verdict = check(&instance.spec, &plan);
        assert_eq!(verdict.violations, []);
        assert_eq!(instance.published(verdict.cost), cost);
    }
}
