//! `qm scan`: what a scanned code is, character by character; tasks done with a scanner; handling units and serial numbers.

mod bench;
mod flow;

use crate::SiteArgs;
use crate::out::{self, say, table};
use crate::session::{Outcome, on_site};
use contract::{ExplainScan, ListSerials, ListUnits, ScanExplained, ScanHere, ScanMeaning};

/// What to do with a code.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Say of each character what it is there for, what is wrong, and what the code stands for at this site.
    Explain {
        /// The code as the scanner gives it; `\x1d` stands for GS, `\x16` for SYN, `\0` for NUL.
        text: String,
        /// Print it as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Do a task with a scanner: receive, put away, move, pick, count.
    Flow(flow::Args),
    /// List handling units, and what is in them.
    Units {
        /// Part of the code.
        #[arg(default_value = "")]
        text: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say where a serial number is, and what became of it.
    Serial {
        /// The number.
        code: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Measure how long one scan takes, on a site of its own.
    Bench(bench::Args),
}

/// Explains. Whether the code is right is the answer: a wrong one is told and fails.
pub async fn run(site: &SiteArgs, command: Command) -> Outcome<bool> {
    let (text, json) = match command {
        Command::Explain { text, json } => (text, json),
        Command::Flow(args) => return on_site(site, async |session| flow::run(session, args).await).await,
        Command::Units { text, json } => return units(site, text, json).await,
        Command::Serial { code, json } => return serial(site, code, json).await,
        Command::Bench(args) => return bench::run(args).await.map(|()| true),
    };
    let text = text.replace("\\x1d", "\u{1d}").replace("\\x16", "\u{16}").replace("\\0", "\0");
    on_site(site, async |session| {
        let found = session.call(ExplainScan { text }).await?;
        if json {
            out::json(&found)?;
        } else {
            print(&found);
        }
        Ok(found.faults.is_empty())
    })
    .await
}

async fn units(site: &SiteArgs, text: String, json: bool) -> Outcome<bool> {
    on_site(site, async |session| {
        let found = session.call(ListUnits { text, item: None, limit: 1_000 }).await?;
        if json {
            out::json(&found)?;
            return Ok(true);
        }
        let mut rows = Vec::new();
        for unit in &found {
            let head = [unit.code.clone(), unit.bin_code.clone(), unit.state.clone()];
            let inside = unit.contents.iter().map(|one| {
                let lot = one.lot_code.clone().unwrap_or_default();
                [one.sku.clone(), lot, one.quantity.to_string()]
            });
            let mut inside: Vec<_> = inside.collect();
            if inside.is_empty() {
                inside.push(Default::default());
            }
            rows.extend(inside.into_iter().map(|one| head.iter().cloned().chain(one).collect::<Vec<_>>()));
        }
        table(&["Unit", "Bin", "Is", "SKU", "Lot", ">Quantity"], &rows);
        Ok(true)
    })
    .await
}

async fn serial(site: &SiteArgs, code: String, json: bool) -> Outcome<bool> {
    on_site(site, async |session| {
        let found = session.call(ListSerials { item: None, code, limit: 100 }).await?;
        if json {
            out::json(&found)?;
        } else {
            let rows: Vec<Vec<String>> = found
                .iter()
                .map(|one| {
                    let text = |value: &Option<String>| value.clone().unwrap_or_default();
                    let day = one.day.map(|day| day.to_string()).unwrap_or_default();
                    vec![
                        one.code.clone(),
                        one.sku.clone(),
                        one.state.clone(),
                        text(&one.bin),
                        text(&one.unit_code),
                        text(&one.lot_code),
                        day,
                        text(&one.source),
                    ]
                })
                .collect();
            table(&["Serial number", "SKU", "Is", "Bin", "Unit", "Lot", "Since", "Paper"], &rows);
        }
        Ok(!found.is_empty())
    })
    .await
}

fn print(found: &ScanExplained) {
    let carrier = found.carrier.as_deref().map(|carrier| format!(", from {carrier}")).unwrap_or_default();
    say(format!("{}{carrier}", found.form));
    let cells: Vec<_> = found
        .parts
        .iter()
        .map(|part| {
            let ai = part.element.and_then(|at| found.elements.get(at as usize));
            vec![
                (part.from + 1).to_string(),
                part.characters.iter().map(|c| shown(c)).collect(),
                part.role.clone(),
                ai.map(|element| format!("({}) {}", element.ai, element.title)).unwrap_or_default(),
                if part.good { "" } else { "WRONG" }.to_owned(),
            ]
        })
        .collect();
    table(&[">At", "Text", "Is", "Of", ""], &cells);
    for element in &found.elements {
        let meaning = match &element.meaning {
            ScanMeaning::Text => continue,
            ScanMeaning::Number { number, unit } => format!("{number} {unit}"),
            ScanMeaning::Day { day, end_of_month: false } => day.to_string(),
            ScanMeaning::Day { day, end_of_month: true } => format!("{day}, the last day of the month"),
            ScanMeaning::Days { first, last } => format!("{first} to {last}"),
            ScanMeaning::Moment { day, seconds } => {
                format!("{day} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
            }
        };
        say(format!("({}) {}: {}", element.ai, element.title, meaning.trim_end()));
    }
    if let Some(own) = &found.own {
        say(format!("Our label of a {}: {}", own.kind.to_lowercase(), own.code));
    }
    for fault in &found.faults {
        let expected =
            if fault.expected.is_empty() { String::new() } else { format!(", should be {}", fault.expected) };
        say(format!("Wrong at character {}: {} ({}{expected})", fault.from + 1, fault.kind, fault.found));
    }
    for note in &found.notes {
        say(format!("Note: {note}"));
    }
    if found.ambiguous {
        say("It can be read in several ways that are about as likely; have the scanner send GS.");
    }
    for other in &found.others {
        say(format!("It could also be {other}"));
    }
    for here in &found.here {
        match here {
            ScanHere::Item { sku, name, .. } => say(format!("Here it is item {sku}, {name}")),
            ScanHere::Bin { code, .. } => say(format!("Here it is bin {code}")),
            ScanHere::Lot { code, sku, status, .. } => {
                say(format!("Here it is lot {code} of item {sku}, {status}"));
            }
            ScanHere::Unit { code, bin, state, .. } => {
                say(format!("Here it is handling unit {code} in bin {bin}, {state}"));
            }
            ScanHere::Serial { code, sku, state, bin, .. } => {
                let bin = bin.as_deref().map(|bin| format!(" in bin {bin}")).unwrap_or_default();
                say(format!("Here it is serial number {code} of item {sku}, {state}{bin}"));
            }
            ScanHere::Document { kind, number, state, .. } => {
                say(format!("Here it is {kind} document {number}, {state}"));
            }
        }
    }
}

/// A character as it is, one that can't be seen by its name.
fn shown(character: &str) -> String {
    if character.chars().count() > 1 { format!("<{character}>") } else { character.to_owned() }
}
