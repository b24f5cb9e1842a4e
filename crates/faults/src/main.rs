//! `faults --rounds N [--kills N] [--only ROW] [--seed S]`: the table of faults, on the terminal. `cargo xtask faults` builds and
//! starts it.

use faults::rows::{self, Options};
use std::process::ExitCode;

const USAGE: &str = "faults [--rounds N] [--kills N] [--only PART OF A ROW'S NAME] [--seed S]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match rows::child(&args) {
        Some(child) => child.map(|()| true),
        None => options(&args).map(|options| table(&options)),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("faults: {why}");
            ExitCode::FAILURE
        }
    }
}

fn options(args: &[String]) -> Result<Options, String> {
    let program = std::env::current_exe().map_err(|e| format!("find this program: {e}"))?;
    let mut options = Options { rounds: 200, kills: None, seed: 2026, only: None, program };
    let mut rest = args.iter();
    while let Some(name) = rest.next() {
        let value = rest.next().ok_or_else(|| format!("{name} has no value. {USAGE}"))?;
        let number = || value.parse().map_err(|_| format!("{name} {value}: not a number. {USAGE}"));
        match name.as_str() {
            "--rounds" => options.rounds = number()?,
            "--kills" => options.kills = Some(number()?),
            "--seed" => options.seed = number()?,
            "--only" => options.only = Some(value.clone()),
            _ => return Err(format!("{name} is not known. {USAGE}")),
        }
    }
    if let Some(only) = &options.only
        && !rows::names().iter().any(|name| name.contains(only.as_str()))
    {
        return Err(format!("no row's name contains {only:?}; there are: {}", rows::names().join(" | ")));
    }
    Ok(options)
}

fn table(options: &Options) -> bool {
    println!("seed {}", options.seed);
    println!("{}", rows::head());
    let all = rows::run(options, |outcome| println!("{}", rows::row(outcome)));
    all.iter().all(rows::Outcome::passed)
}
