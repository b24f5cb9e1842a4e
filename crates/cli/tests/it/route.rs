//! `qm route` on a file small enough to fit in the head.

use super::{fails, succeeds};

const TINY: &str = "NAME : tiny
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 2
NODE_COORD_SECTION
1 0 0
2 0 10
3 1 10
4 0 -10
5 1 -10
DEMAND_SECTION
1 0
2 1
3 1
4 1
5 1
DEPOT_SECTION
1
-1
EOF
";

#[test]
fn a_benchmark_is_solved_written_and_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("tiny.vrp"), TINY).expect("written");
    std::fs::write(at("BKS.csv"), "instance,bks,rounding\ntiny,42,nearest-int\n").expect("written");
    let solve = |out: &str| {
        let (file, out) = (at("tiny.vrp"), at(out));
        let args =
            ["route", "solve", "--instance", &file, "--iterations", "500", "--seed", "3", "--out", &out];
        succeeds(folder.path(), &[&args[..], &["--json"]].concat())
    };
    let said: serde_json::Value = serde_json::from_str(&solve("a.sol")).expect("JSON");
    for (key, value) in [("instance", "\"tiny\""), ("cost", "42.0"), ("bks", "42.0"), ("gap_pct", "0.0")] {
        assert_eq!(said[key].to_string(), value, "{said}");
    }
    assert_eq!((&said["routes"], &said["visits"], &said["feasible"]), (&2.into(), &4.into(), &true.into()));
    assert_eq!(said["iterations"], 500);

    // The same seed writes the same bytes, and the checker agrees with what they say.
    solve("b.sol");
    let read = |name: &str| std::fs::read_to_string(at(name)).expect("a solution");
    assert_eq!(read("a.sol"), read("b.sol"));
    let check = |name: &str| {
        vec![
            "route".to_owned(),
            "check".to_owned(),
            "--instance".to_owned(),
            at("tiny.vrp"),
            "--solution".to_owned(),
            at(name),
        ]
    };
    let args = check("a.sol");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    assert_eq!(succeeds(folder.path(), &args), "tiny: feasible, cost 42, 2 routes.\n");

    std::fs::write(at("bad.sol"), "Route #1: 1 2 3\nCost 9\n").expect("written");
    let args = check("bad.sol");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    fails(folder.path(), &args);
    std::fs::write(at("tiny.vrp"), &TINY[..120]).expect("written");
    let told = fails(folder.path(), &args);
    assert!(told.contains("tiny.vrp, line"), "{told}");
}
