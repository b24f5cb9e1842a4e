//! Every row, short: as `cargo xtask faults`, with fewer rounds.

use faults::rows::{self, Options};

#[test]
fn every_row_holds() {
    let options = Options {
        rounds: 60,
        kills: Some(6),
        seed: 2026,
        only: None,
        program: env!("CARGO_BIN_EXE_faults").into(),
    };
    let all = rows::run(&options, |outcome| println!("{}", rows::row(outcome)));
    for outcome in &all {
        if let Some(why) = &outcome.skipped {
            println!("skipped: {}: {why}", outcome.name);
        }
    }
    let failed: Vec<String> = all.iter().filter(|one| !one.passed()).map(rows::row).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
