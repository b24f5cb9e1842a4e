//! `qm route`: the route search on benchmark files, and the checker on their solutions.

use crate::out::{json, progress, progress_done, say};
use crate::session::Outcome;
use app::clock::real_now;
use routing::instance::{Instance, parse, parse_solution, write_solution};
use routing::{Params, Problem, Search, Verdict, check, solve};
use std::path::{Path, PathBuf};
use units::Seed;

/// What to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum RouteCommand {
    /// Search routes for a benchmark instance: VRPLIB .vrp (CVRP, VRPTW, MDVRPTW, VRPB, HFVRP, PCVRPTW, MTVRPTWR), Solomon or Li–Lim .txt.
    Solve(SolveArgs),
    /// Check a solution in CVRPLIB format and say what it costs.
    Check(CheckArgs),
}

/// Arguments of `solve`.
#[derive(Clone, Debug, clap::Args)]
pub struct SolveArgs {
    /// The instance.
    #[arg(long, value_name = "FILE")]
    instance: PathBuf,
    /// How long to search.
    #[arg(long, default_value_t = 10.0, value_parser = seconds)]
    seconds: f64,
    /// End after so many iterations, however long they take: the same seed then gives the same routes.
    #[arg(long, value_name = "N")]
    iterations: Option<u64>,
    /// Seed of every random choice.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Search so many times at once, each with its own seed, and keep the best.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    threads: u32,
    /// Count seconds of the processor's work instead of those on the wall: comparable on a machine that does other things too.
    #[arg(long)]
    cpu_time: bool,
    /// Best known cost, to say the gap; without it looked up in a BKS.csv in a folder above the instance.
    #[arg(long, value_name = "COST")]
    best_known: Option<f64>,
    /// Write the routes here, in CVRPLIB format.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `check`.
#[derive(Clone, Debug, clap::Args)]
pub struct CheckArgs {
    /// The instance.
    #[arg(long, value_name = "FILE")]
    instance: PathBuf,
    /// The solution.
    #[arg(long, value_name = "FILE")]
    solution: PathBuf,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Longest search, a day.
const SECONDS_MAX: f64 = 86_400.0;

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=SECONDS_MAX).contains(&value) => Ok(value),
        _ => Err(format!("0 to {SECONDS_MAX} was expected")),
    }
}

/// Runs the command. False where a solution breaks something.
pub fn run(command: RouteCommand) -> Outcome<bool> {
    match command {
        RouteCommand::Solve(args) => run_solve(&args),
        RouteCommand::Check(args) => run_check(&args),
    }
}

fn read(path: &Path) -> Outcome<String> {
    let bytes = std::fs::read(path).map_err(|e| format!("read {}: {e}; check the path", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn instance(path: &Path) -> Outcome<Instance> {
    Ok(parse(&read(path)?, &path.display().to_string())?)
}

fn run_solve(args: &SolveArgs) -> Outcome<bool> {
    let instance = instance(&args.instance)?;
    let begun = clock(args.cpu_time)?;
    let (problem, findings) =
        Problem::new(&instance.spec).map_err(|e| format!("read {}: {e}", args.instance.display()))?;
    for finding in &findings {
        eprintln!("qm: {finding:?}");
    }
    // Each search counts from its own begin; what came before it is spent already.
    let before = clock(args.cpu_time)? - begun;
    let found = std::thread::scope(|scope| {
        let searches: Vec<_> = (0..args.threads)
            .map(|thread| {
                let (problem, instance) = (&problem, &instance);
                scope.spawn(move || search(problem, instance, args, thread, before))
            })
            .collect();
        let found: Vec<Found> = searches.into_iter().filter_map(|search| search.join().ok()).collect();
        found
    });
    progress_done();
    // Of equals the first, so that the same seed and threads give the same routes.
    let Some(Found { solution, history, iterations, took }) =
        found.into_iter().min_by_key(|found| check(&instance.spec, &found.solution).cost)
    else {
        return Err("search routes: every search broke down; report it with the instance".into());
    };
    let verdict = check(&instance.spec, &solution);
    if let Some(path) = &args.out {
        std::fs::write(path, write_solution(&solution, verdict.cost, &instance))
            .map_err(|e| format!("write {}: {e}; check the folder", path.display()))?;
    }
    let cost = instance.published(verdict.cost);
    let best_known = args.best_known.or_else(|| best_known(&args.instance, &instance));
    let gap = best_known.map(|best| 100.0 * (cost - best) / best);
    if args.json {
        json(&serde_json::json!({
            "instance": instance.name,
            "seed": args.seed,
            "seconds": took,
            "cost": cost,
            "bks": best_known,
            "gap_pct": gap.map(|gap| (gap * 1000.0).round() / 1000.0),
            "routes": solution.routes.len(),
            "visits": instance.spec.visits.len(),
            "unserved": solution.unserved.len(),
            "feasible": verdict.complete(),
            "iterations": iterations,
            "history": history,
        }))?;
    } else {
        let gap = gap.map(|gap| format!(", {gap:.3} % above the best known")).unwrap_or_default();
        let whole = if verdict.complete() { "every client served" } else { "NOT every client served" };
        say(format!(
            "{}: cost {cost}{gap}; {} routes, {whole}; {iterations} iterations in {took:.1} s.",
            instance.name,
            solution.routes.len()
        ));
    }
    Ok(verdict.feasible)
}

/// What one search found.
struct Found {
    solution: routing::Solution,
    /// Seconds, iterations and published cost of each better plan with every client served.
    history: Vec<(f64, u64, f64)>,
    iterations: u64,
    took: f64,
}

/// One search of several: `thread` makes its seed its own.
fn search(problem: &Problem, instance: &Instance, args: &SolveArgs, thread: u32, before: f64) -> Found {
    // A clock that was read once can be read again.
    let now = || clock(args.cpu_time).unwrap_or(f64::MAX);
    let begun = now();
    let since = || before + now() - begun;
    let mut iterations = 0;
    let mut spent = 0.0;
    let mut budget = |at: &Search| {
        iterations = at.iterations;
        if let Some(most) = args.iterations {
            spent = if at.iterations >= most { 1.0 } else { at.iterations as f64 / most as f64 };
        } else if at.iterations.is_multiple_of(16) {
            // Looking at the clock costs as much as a small iteration does.
            spent = if args.seconds > 0.0 { since() / args.seconds } else { 1.0 };
            if thread == 0 && at.iterations.is_multiple_of(1 << 16) {
                progress("search", (spent * 1000.0) as u64, 1000);
            }
        }
        spent
    };
    let mut history: Vec<(f64, u64, f64)> = Vec::new();
    let mut on_best = |_: &routing::Solution, cost: routing::Cost, iterations: u64| {
        if cost.unserved == 0 {
            history.push((since(), iterations, instance.published(cost)));
        }
    };
    let seed = Seed(args.seed.wrapping_add(u64::from(thread).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let solution = solve(problem, &Params::default(), seed, &mut budget, &mut on_best);
    Found { solution, history, iterations, took: since() }
}

/// Seconds on the wall, or of the processor's work for this thread, since whenever.
fn clock(cpu_time: bool) -> Outcome<f64> {
    if !cpu_time {
        return Ok(real_now().0 as f64 / 1000.0);
    }
    cpu_seconds().ok_or_else(|| {
        "count the processor's seconds: this system does not tell them; leave out --cpu-time".into()
    })
}

#[cfg(target_os = "linux")]
fn cpu_seconds() -> Option<f64> {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(now.tv_sec as f64 + now.tv_nsec as f64 / 1e9)
}

#[cfg(not(target_os = "linux"))]
fn cpu_seconds() -> Option<f64> {
    None
}

fn run_check(args: &CheckArgs) -> Outcome<bool> {
    let instance = instance(&args.instance)?;
    let name = args.solution.display().to_string();
    let (solution, claimed) = parse_solution(&read(&args.solution)?, &name, &instance)?;
    let verdict = check(&instance.spec, &solution);
    let cost = instance.published(verdict.cost);
    let violations: Vec<String> = verdict.violations.iter().map(|broken| format!("{broken:?}")).collect();
    if args.json {
        json(&serde_json::json!({
            "instance": instance.name,
            "cost": cost,
            "claimed": claimed,
            "routes": solution.routes.len(),
            "visits": instance.spec.visits.len(),
            "unserved": solution.unserved.len(),
            "feasible": verdict.complete(),
            "violations": violations,
        }))?;
    } else {
        say(verdict_line(&instance, &verdict, cost, claimed));
        for broken in &violations {
            say(format!("  {broken}"));
        }
    }
    Ok(verdict.complete())
}

fn verdict_line(instance: &Instance, verdict: &Verdict, cost: f64, claimed: Option<f64>) -> String {
    let claimed = match claimed {
        Some(claimed) if (claimed - cost).abs() > 1e-6 => format!(" (its file says {claimed})"),
        _ => String::new(),
    };
    let routes = verdict.drives.len();
    match (verdict.violations.len(), verdict.cost.unserved) {
        (0, 0) => format!("{}: feasible, cost {cost}{claimed}, {routes} routes.", instance.name),
        (0, left) => format!("{}: {left} clients unserved, cost {cost}{claimed}.", instance.name),
        (broken, left) => format!(
            "{}: breaks {broken} rules, {left} clients unserved, cost {cost}{claimed}:",
            instance.name
        ),
    }
}

/// The cost that a BKS.csv above the instance has for it, rounded as the instance is.
fn best_known(path: &Path, instance: &Instance) -> Option<f64> {
    let path = std::path::absolute(path).ok()?;
    let list = path.ancestors().skip(1).map(|folder| folder.join("BKS.csv")).find(|file| file.is_file())?;
    let text = std::fs::read_to_string(list).ok()?;
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next()?;
    let column = |name: &str| header.iter().position(|cell| *cell == name);
    let (name, bks, rounding) = (column("instance")?, column("bks")?, column("rounding")?);
    let set = column("set");
    let file = path.to_string_lossy().replace('\\', "/");
    lines
        .find(|cells| {
            let known = cells.get(rounding).copied().unwrap_or("");
            // VRPTW in its tenths is published with a decimal; a file of the same name may stand in several lists.
            let set = set.and_then(|set| cells.get(set)).copied();
            let tenths = known == "dimacs" && set == Some("VRPTW");
            let listed = set.and_then(|set| set.split(['/', ' ']).next()).is_none_or(|folder| {
                folder.starts_with("ORTEC") || folder == "VRPTW" || file.contains(&format!("/{folder}/"))
            });
            cells.get(name).is_some_and(|cell| cell.eq_ignore_ascii_case(&instance.name))
                && tenths == (instance.unit == 10.0)
                && listed
        })
        .and_then(|cells| {
            let bks: &str = cells.get(bks)?;
            let value: f64 = bks.parse().ok()?;
            // Some of the mixed fleets' stand in the unit of their authors: lengths in ones, rates in hundreds.
            let authors =
                cells.get(rounding).is_some_and(|known| known.contains("x100")) && bks.contains('.');
            Some(if authors { value * 100_000.0 } else { value })
        })
}
