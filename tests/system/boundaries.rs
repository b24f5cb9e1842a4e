//! The map of ARCHITECTURE.md, held against what cargo says: which room may know which.

use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

/// Room, what it may depend on among our own, and whether it is pure (no clock, file, socket or async).
const MAP: &[(&str, &[&str], bool)] = &[
    ("units", &[], true),
    ("contract", &["units"], true),
    ("domain", &["units"], true),
    ("charts", &["units"], true),
    ("protocols", &["units", "domain"], true),
    ("forecast", &["units", "domain"], true),
    ("replenish", &["units", "domain"], true),
    ("routing", &["units"], true),
    ("monitor", &["units", "domain"], true),
    ("ingest", &["units", "domain", "protocols"], false),
    ("store", &["units", "domain"], false),
    ("vault", &[], false),
    ("travel", &["units"], false),
    ("inference", &["units", "domain"], false),
    ("exchange", &["units", "domain"], false),
    ("reports", &["units", "domain", "charts"], false),
    (
        "app",
        &[
            "units",
            "domain",
            "contract",
            "charts",
            "protocols",
            "forecast",
            "replenish",
            "routing",
            "monitor",
            "ingest",
            "store",
            "vault",
            "travel",
            "inference",
            "exchange",
            "reports",
        ],
        false,
    ),
    ("worker", &["inference"], false),
    ("sim", &["units", "domain", "protocols"], false),
    ("host", &["units", "contract", "app", "inference", "sim", "worker"], false),
    (
        "cli",
        &[
            "units",
            "domain",
            "contract",
            "app",
            "host",
            "inference",
            "routing",
            "store",
            "travel",
            "worker",
            "sim",
        ],
        false,
    ),
    ("quartermaster", &["units", "contract", "app", "host", "worker"], false),
    ("ui", &["units", "contract", "charts"], false),
    ("testkit", &["units", "domain"], false),
    ("faults", &["units", "domain", "contract", "protocols", "ingest", "store", "app"], false),
    ("fuzz", &["units", "domain", "protocols", "store", "travel", "exchange", "routing"], false),
    ("xtask", &[], false),
    ("system-tests", &["units", "domain", "contract", "charts", "store", "app", "sim", "testkit"], false),
];

/// What no pure room may link.
const IMPURE: &[&str] = &[
    "tokio",
    "rusqlite",
    "reqwest",
    "axum",
    "serialport",
    "tokio-serial",
    "ort",
    "tauri",
    "rand",
    "getrandom",
    "tempfile",
    "tracing",
    "futures",
];

fn packages() -> Vec<Value> {
    let root = testkit::repo_root();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    metadata["packages"].as_array().expect("packages").clone()
}

#[test]
fn every_room_knows_only_what_the_map_allows() {
    let map: BTreeMap<_, _> = MAP.iter().map(|(name, may, pure)| (*name, (*may, *pure))).collect();
    let packages = packages();
    let names: Vec<&str> = packages.iter().map(|package| package["name"].as_str().expect("a name")).collect();
    for package in &packages {
        let name = package["name"].as_str().expect("a name");
        let (may, pure) = map
            .get(name)
            .unwrap_or_else(|| panic!("{name} is not on the map: give it a row here and in ARCHITECTURE.md"));
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            if dependency["kind"] == "dev" {
                continue;
            }
            let other = dependency["name"].as_str().expect("a name");
            if names.contains(&other) {
                assert!(may.contains(&other), "{name} may not know {other}");
            }
            assert!(!(*pure && IMPURE.contains(&other)), "{name} is pure and may not link {other}");
        }
    }
    for name in map.keys() {
        assert!(names.contains(name), "{name} is on the map but not in the house");
    }
}

#[test]
fn domain_words_stay_out_of_the_contract_and_serde_out_of_the_domain() {
    let packages = packages();
    let links = |name: &str, other: &str| {
        let package = packages.iter().find(|package| package["name"] == name).expect("a room");
        package["dependencies"]
            .as_array()
            .expect("dependencies")
            .iter()
            .any(|one| one["name"] == other && one["kind"].is_null())
    };
    assert!(!links("domain", "serde"));
    assert!(!links("contract", "domain"));
    assert!(!links("system-tests", "tauri"));
}
