//! `qm scan`: what a scanned code is, character by character.

use crate::SiteArgs;
use crate::out::{self, say, table};
use crate::session::{Outcome, on_site};
use contract::{ExplainScan, ScanExplained, ScanHere, ScanMeaning};

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
}

/// Explains. Whether the code is right is the answer: a wrong one is told and fails.
pub async fn run(site: &SiteArgs, command: Command) -> Outcome<bool> {
    let Command::Explain { text, json } = command;
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
        }
    }
}

/// A character as it is, one that can't be seen by its name.
fn shown(character: &str) -> String {
    if character.chars().count() > 1 { format!("<{character}>") } else { character.to_owned() }
}
