//! One search of one benchmark file, in seconds of the processor's work: `bench FILE SECONDS CHECKPOINT SEED`.
//!
//! Prints what `cargo xtask bench-routing` writes down: visits, what the cost is divided by to be in its published unit, and
//! the cost (as counted, `-` where somebody is unserved) at the checkpoint and at the end. The plan has passed the checker.

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("bench: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<String, String> {
    let [file, seconds, checkpoint, seed] = args else {
        return Err("FILE SECONDS CHECKPOINT SEED were expected".to_owned());
    };
    let number = |text: &String| text.parse::<f64>().map_err(|e| format!("read \"{text}\": {e}"));
    let (seconds, checkpoint) = (number(seconds)?, number(checkpoint)?);
    let seed: u64 = seed.parse().map_err(|e| format!("read seed \"{seed}\": {e}"))?;
    let text = std::fs::read_to_string(file).map_err(|e| format!("read {file}: {e}"))?;
    let instance = routing::instance::parse(&text, file).map_err(|e| e.to_string())?;
    let begun = worked()?;
    let (problem, _) = routing::Problem::new(&instance.spec).map_err(|e| format!("read {file}: {e}"))?;
    let (mut spent, mut at_checkpoint) = (0.0, None);
    let mut budget = |at: &routing::Search| {
        // A look at the clock costs as much as a few iterations.
        if at.iterations.is_multiple_of(64) {
            let now = worked().unwrap_or(f64::MAX) - begun;
            if now >= checkpoint && at_checkpoint.is_none() {
                at_checkpoint = Some(at.best);
            }
            spent = now / seconds;
        }
        spent
    };
    let params = routing::Params::default();
    let solution = routing::solve(&problem, &params, units::Seed(seed), &mut budget, &mut |_, _, _| {});
    let verdict = routing::check(&instance.spec, &solution);
    if !verdict.feasible {
        return Err(format!("check the plan of {file}: it breaks {:?}", verdict.violations));
    }
    let shown = |cost: routing::Cost| match cost.unserved {
        0 => cost.total.to_string(),
        _ => "-".to_owned(),
    };
    let first = at_checkpoint.map_or_else(|| "-".to_owned(), shown);
    Ok(format!("{} {} {first} {}", instance.spec.visits.len(), instance.unit, shown(verdict.cost)))
}

/// Seconds this thread has been running on a processor.
fn worked() -> Result<f64, String> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat")
        .map_err(|e| format!("read /proc/thread-self/schedstat: {e}; this bench needs Linux"))?;
    let nanoseconds = stat.split(' ').next().and_then(|cell| cell.parse::<f64>().ok());
    nanoseconds.map(|nanoseconds| nanoseconds / 1e9).ok_or_else(|| format!("read \"{stat}\": no number"))
}
