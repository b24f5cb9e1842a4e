//! Our route search beside PyVRP on real instances: `cargo xtask bench-routing`.
//!
//! Runs both in turn, one thread, for so many seconds of the processor's work, and writes a row per run into
//! docs/benchmarks/routing.csv; a run whose row is there is not repeated, so it can be stopped at any time. From the rows
//! it makes docs/benchmarks/routing.md. Does not know how either searches: ours is `crates/routing/examples/bench.rs`, theirs
//! `routing_peer.py`.

use crate::sh::{self, Place, say};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The peer and its version.
const PEER: (&str, &str) = ("pyvrp", "0.14.1");
/// Seconds of a run, and when a look is taken on the way.
const SECONDS: (&str, &str) = ("30", "10");

/// Family, list of best known costs it stands in, and its files below the data's folder.
const FAMILIES: [(&str, &str, &[&str]); 9] = [
    (
        "CVRP",
        "CVRP",
        &[
            "pyvrp-instances/CVRP/X-n101-k25.vrp",
            "pyvrp-instances/CVRP/X-n148-k46.vrp",
            "pyvrp-instances/CVRP/X-n204-k19.vrp",
            "pyvrp-instances/CVRP/X-n308-k13.vrp",
            "pyvrp-instances/CVRP/X-n401-k29.vrp",
            "pyvrp-instances/CVRP/X-n548-k50.vrp",
            "pyvrp-instances/CVRP/X-n749-k98.vrp",
            "pyvrp-instances/CVRP/X-n979-k58.vrp",
        ],
    ),
    (
        "Belgium",
        "CVRP/XXL",
        &["pyvrp-instances/CVRP/XXL/Leuven1.vrp", "pyvrp-instances/CVRP/XXL/Antwerp1.vrp"],
    ),
    (
        "VRPTW",
        "VRPTW",
        &[
            "pyvrp-tests/tests/data/RC208.vrp",
            "pyvrp-instances/VRPTW/C1_10_4.vrp",
            "pyvrp-instances/VRPTW/C2_10_4.vrp",
            "pyvrp-instances/VRPTW/R1_10_6.vrp",
            "pyvrp-instances/VRPTW/R2_10_4.vrp",
            "pyvrp-instances/VRPTW/RC1_10_2.vrp",
            "pyvrp-instances/VRPTW/RC2_10_2.vrp",
        ],
    ),
    (
        "ORTEC",
        "ORTEC-VRPTW-ASYM (EURO-NeurIPS 2022 static)",
        &[
            "ortec/instances/final/ORTEC-VRPTW-ASYM-a9f9af05-d1-n338-k25.txt",
            "ortec/instances/final/ORTEC-VRPTW-ASYM-b983ba77-d1-n214-k17.txt",
            "ortec/instances/final/ORTEC-VRPTW-ASYM-4154709c-d1-n375-k24.txt",
        ],
    ),
    (
        "MDVRPTW",
        "MDVRPTW",
        &[
            "pyvrp-instances/MDVRPTW/PR11A.vrp",
            "pyvrp-instances/MDVRPTW/PR18A.vrp",
            "pyvrp-instances/MDVRPTW/PR24A.vrp",
        ],
    ),
    (
        "VRPB",
        "VRPB",
        &[
            "pyvrp-instances/VRPB/X-n573-50-k22.vrp",
            "pyvrp-instances/VRPB/X-n783-80-k38.vrp",
            "pyvrp-instances/VRPB/X-n1001-66-k28.vrp",
        ],
    ),
    (
        "HFVRP",
        "HFVRP",
        &[
            "pyvrp-instances/HFVRP/X129-FSMFD.vrp",
            "pyvrp-instances/HFVRP/X214-HVRP.vrp",
            "pyvrp-instances/HFVRP/X480-FSMD.vrp",
        ],
    ),
    (
        "PCVRPTW",
        "PCVRPTW",
        &[
            "pyvrp-instances/PCVRPTW/C1_10_2.vrp",
            "pyvrp-instances/PCVRPTW/R2_10_2.vrp",
            "pyvrp-instances/PCVRPTW/RC1_10_4.vrp",
        ],
    ),
    (
        "MTVRPTWR",
        "MTVRPTWR",
        &[
            "pyvrp-instances/MTVRPTWR/C204R0.5.vrp",
            "pyvrp-instances/MTVRPTWR/R2_2_04R0.75.vrp",
            "pyvrp-instances/MTVRPTWR/RC208R0.75.vrp",
        ],
    ),
];

const HEADER: &str = "family,instance,bks,solver,seed,cost_10,cost_30,load";

/// `--data DIR` (else `../shared/data/routing`), `--seeds 1,2,3`, `--only FAMILY`, `--report` to only make the page again.
pub fn bench(place: &Place, rest: &[String]) -> Result<ExitCode, String> {
    let value = |flag: &str| rest.iter().position(|a| a == flag).and_then(|at| rest.get(at + 1));
    let data = value("--data").map_or_else(|| place.root.join("../shared/data/routing"), PathBuf::from);
    let folder = place.root.join("docs/benchmarks");
    let rows = folder.join("routing.csv");
    if !rest.iter().any(|a| a == "--report") {
        let seeds = value("--seeds").map_or("1,2,3", String::as_str);
        let only = value("--only").map(String::as_str);
        fs::create_dir_all(&folder).map_err(|e| format!("could not create {}: {e}", folder.display()))?;
        run_all(place, &data, &rows, seeds, only)?;
    }
    let text = fs::read_to_string(&rows).map_err(|e| format!("could not read {}: {e}", rows.display()))?;
    let page = folder.join("routing.md");
    fs::write(&page, report(&text)).map_err(|e| format!("could not write {}: {e}", page.display()))?;
    say(&format!("The table is {}", page.display()));
    Ok(ExitCode::SUCCESS)
}

fn run_all(place: &Place, data: &Path, rows: &Path, seeds: &str, only: Option<&str>) -> Result<(), String> {
    let list = data.join("BKS.csv");
    let best = fs::read_to_string(&list).map_err(|e| {
        format!("could not read {}: {e}; name the instances' folder with --data", list.display())
    })?;
    say("Building the bench (release)");
    sh::run(
        place.cargo().args(["build", "--release", "-p", "routing", "--example", "bench"]),
        "build the bench",
    )?;
    let ours = place.binary("release/examples", "bench");
    let (python, script) = peer(place)?;
    let mut known = fs::read_to_string(rows).unwrap_or_else(|_| format!("{HEADER}\n"));
    for seed in seeds.split(',') {
        for (family, set, files) in
            FAMILIES.iter().filter(|(family, ..)| only.is_none_or(|one| one == *family))
        {
            for file in *files {
                let stem = Path::new(file)
                    .file_stem()
                    .map_or_else(String::new, |stem| stem.to_string_lossy().into());
                let bks = best_known(&best, &stem, set).unwrap_or_default();
                for solver in ["ours", PEER.0] {
                    let done = format!("{family},{stem},{bks},{solver},{seed},");
                    if known.lines().any(|row| row.starts_with(&done)) {
                        continue;
                    }
                    let mut run = if solver == "ours" {
                        sh::clean(Command::new(&ours))
                    } else {
                        let mut run = sh::clean(Command::new(&python));
                        run.arg(&script).env("OMP_NUM_THREADS", "1").env("OPENBLAS_NUM_THREADS", "1");
                        run
                    };
                    run.arg(data.join(file)).args([SECONDS.0, SECONDS.1, seed]);
                    let Some(out) = sh::capture(&mut run) else {
                        return Err(format!(
                            "could not run {solver} on {stem}: {run:?} failed; run it by hand"
                        ));
                    };
                    let cells: Vec<&str> = out.split_whitespace().collect();
                    let &[.., first, last] = cells.as_slice() else {
                        return Err(format!(
                            "could not read \"{out}\" of {solver} on {stem}: two costs were expected"
                        ));
                    };
                    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
                    let load = load.split(' ').next().unwrap_or("").to_owned();
                    let _ = writeln!(known, "{done}{first},{last},{load}");
                    fs::write(rows, &known)
                        .map_err(|e| format!("could not write {}: {e}", rows.display()))?;
                    say(&format!("{done}{first},{last}"));
                }
            }
        }
    }
    Ok(())
}

/// The best known cost as runs count theirs.
fn best_known(list: &str, instance: &str, set: &str) -> Option<String> {
    let row = list.lines().map(|line| line.split(',').collect::<Vec<_>>()).find(|cells| {
        cells.first().is_some_and(|name| name.eq_ignore_ascii_case(instance)) && cells.get(1) == Some(&set)
    })?;
    let text: &str = row.get(2)?;
    let value: f64 = text.parse().ok()?;
    // VRPTW is published in ones and counted in tenths; some mixed fleets are published with lengths in ones and rates in
    // hundreds, and counted in thousandths.
    let scale = match set {
        "VRPTW" => 10.0,
        "HFVRP" if text.contains('.') => 100_000.0,
        _ => 1.0,
    };
    Some(format!("{:.0}", value * scale))
}

/// PyVRP in an environment of its own in the cache, and the script that runs it.
fn peer(place: &Place) -> Result<(PathBuf, PathBuf), String> {
    let folder = place.cache.join("peers");
    let python = folder.join("bin/python");
    let wanted = format!("{}=={}", PEER.0, PEER.1);
    let there = sh::capture(Command::new(&python).args(["-m", "pip", "freeze"]))
        .is_some_and(|list| list.lines().any(|line| line == wanted));
    if !there {
        let system = crate::python::pip().ok_or("python3 with pip was not found; it runs the peer")?;
        say(&format!("Fetching {wanted}"));
        sh::run(Command::new(system).args(["-m", "venv"]).arg(&folder), "make a Python environment")?;
        sh::run(Command::new(&python).args(["-m", "pip", "install", "-q", &wanted]), "fetch the peer")?;
    }
    let script = folder.join("routing_peer.py");
    fs::write(&script, include_str!("routing_peer.py"))
        .map_err(|e| format!("could not write {}: {e}", script.display()))?;
    Ok((python, script))
}

/// One run.
struct Row<'a> {
    family: &'a str,
    instance: &'a str,
    ours: bool,
    seed: &'a str,
    /// Above the best known, in %, at the checkpoint and at the end.
    gaps: [Option<f64>; 2],
    load: Option<f64>,
}

fn row(line: &str) -> Option<Row<'_>> {
    let cells: Vec<&str> = line.split(',').collect();
    let &[family, instance, bks, solver, seed, first, last, load] = cells.as_slice() else { return None };
    let bks: f64 = bks.parse().ok()?;
    let gap = |cost: &str| cost.parse::<f64>().ok().map(|cost| 100.0 * (cost - bks) / bks);
    let gaps = [gap(first), gap(last)];
    Some(Row { family, instance, ours: solver == "ours", seed, gaps, load: load.parse().ok() })
}

/// The page: means by family and by instance over the seeds that both have run.
fn report(csv: &str) -> String {
    let rows: Vec<Row> = csv.lines().skip(1).filter_map(row).collect();
    let paired = |one: &&Row| {
        let mut others = rows.iter();
        others.any(|other| {
            other.ours != one.ours
                && (other.family, other.instance, other.seed) == (one.family, one.instance, one.seed)
        })
    };
    let rows: Vec<&Row> = rows.iter().filter(paired).collect();
    let mut page = format!(
        "# Routes: ours beside {} {}\n\nWritten by `cargo xtask bench-routing` from [routing.csv](routing.csv), a row per run. One thread, {} s of the processor's\nwork \
         with a look at {} s. Gap in % to the best known cost; mean over instances and seeds; less is better.\n\n",
        PEER.0, PEER.1, SECONDS.0, SECONDS.1
    );
    let loads: Vec<f64> = rows.iter().filter_map(|row| row.load).collect();
    if let (Some(least), Some(most)) =
        (loads.iter().copied().reduce(f64::min), loads.iter().copied().reduce(f64::max))
    {
        let _ = writeln!(page, "The machine's load was {least:.1} to {most:.1} meanwhile.\n");
    }
    type Key<'a> = Box<dyn Fn(&Row<'a>) -> String + 'a>;
    let by_family: Key = Box::new(|row| row.family.to_owned());
    let by_instance: Key = Box::new(|row| format!("{} {}", row.family, row.instance));
    for (title, key) in [("family", by_family), ("instance", by_instance)] {
        let mut groups: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        for row in &rows {
            groups.entry(key(row)).or_default().push(row);
        }
        let _ =
            writeln!(page, "| {title} | runs each | ours 10 s | {0} 10 s | ours 30 s | {0} 30 s |", PEER.0);
        page.push_str("|---|---|---|---|---|---|\n");
        for (name, rows) in groups {
            let _ = write!(page, "| {name} | {} ", rows.len() / 2);
            for at in 0..2 {
                for ours in [true, false] {
                    let gaps: Vec<Option<f64>> =
                        rows.iter().filter(|row| row.ours == ours).map(|row| row.gaps[at]).collect();
                    let sum: Option<f64> = gaps.iter().copied().sum();
                    match sum {
                        Some(sum) => {
                            let _ = write!(page, "| {:.2} ", sum / gaps.len() as f64);
                        }
                        None => page.push_str("| no plan "),
                    }
                }
            }
            page.push_str("|\n");
        }
        page.push('\n');
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn best_known_costs_are_counted_as_runs_count() {
        let list = "instance,set,bks\nA,VRPTW,776.1\na,CVRP,12\nB,HFVRP,351.24\nC,HFVRP,5921884811\n";
        for (instance, set, cost) in [
            ("a", "VRPTW", "7761"),
            ("A", "CVRP", "12"),
            ("B", "HFVRP", "35124000"),
            ("C", "HFVRP", "5921884811"),
        ] {
            assert_eq!(best_known(list, instance, set).as_deref(), Some(cost));
        }
        assert_eq!(best_known(list, "B", "CVRP"), None);
    }

    #[test]
    fn means_are_of_runs_that_both_made() {
        let page = report(&format!(
            "{HEADER}\nX,a,100,ours,1,103,101,2.0\nX,a,100,pyvrp,1,-,102,3.0\nX,b,100,ours,1,100,100,9.0\n"
        ));
        assert!(page.contains("| X | 1 | 3.00 | no plan | 1.00 | 2.00 |"), "{page}");
        assert!(page.contains("load was 2.0 to 3.0"), "{page}");
        assert!(!page.contains("X b"), "{page}");
    }
}
