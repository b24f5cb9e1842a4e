//! `qm import`: a file into the site, with everything that is wrong with it.

use crate::SiteArgs;
use crate::out::{self, count, say};
use crate::session::{Outcome, on_site};
use app::clock::real_now;
use contract::{ColumnMapping, FileRef, ImportKind, ImportReport, PreviewImport, StartImport};
use std::path::PathBuf;

/// Findings shown where nobody asked for JSON.
const FINDINGS_SHOWN: usize = 20;

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// What the file holds.
    kind: Kind,
    /// The file: CSV, also gzipped.
    file: PathBuf,
    /// Which column is which field, where the names do not say it: `--map sku=PRODUCT_ID`. Other fields stay as suggested;
    /// an empty column takes a field away: `--map customer_id=`.
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = pair)]
    mapping: Vec<(String, String)>,
    /// Change nothing: list every bad row.
    #[arg(long)]
    dry_run: bool,
    /// Print the whole report as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// Order history.
    Orders,
    /// Items with suppliers and lead times.
    Items,
    /// Stock on hand.
    Stock,
    /// Deliveries: number, day, place, weight, window.
    Deliveries,
    /// Vehicles: code, capacity, shift, costs.
    Vehicles,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (field, column) = text.split_once('=').ok_or("write FIELD=COLUMN")?;
    Ok((field.trim().to_owned(), column.trim().to_owned()))
}

/// Imports and prints the report.
pub async fn run(site: &SiteArgs, args: Args) -> Outcome<()> {
    let file = std::path::absolute(&args.file)
        .map_err(|e| format!("find {}: {e}; check the path", args.file.display()))?;
    let path = file
        .to_str()
        .ok_or_else(|| format!("import {}: its path is not UTF-8 text; rename it", file.display()))?
        .to_owned();
    let kind = match args.kind {
        Kind::Orders => ImportKind::Orders,
        Kind::Items => ImportKind::Items,
        Kind::Stock => ImportKind::Stock,
        Kind::Deliveries => ImportKind::Deliveries,
        Kind::Vehicles => ImportKind::Vehicles,
    };
    on_site(site, async |session| {
        let begun = real_now();
        let file = FileRef::Path(path.clone());
        let mapping = if args.mapping.is_empty() {
            Vec::new()
        } else {
            let preview = session.call(PreviewImport { kind, file: file.clone() }).await?;
            overlaid(preview.mapping, &args.mapping)
        };
        let call = StartImport { kind, file, mapping, dry_run: args.dry_run };
        let id = session.call(call).await?;
        let row = session.finish(id).await?;
        let took = real_now() - begun;
        let report: ImportReport = serde_json::from_str(row.result.as_deref().unwrap_or("null"))?;
        let peak = session.peak_memory_kib();
        if args.json {
            out::json(&serde_json::json!({ "report": report, "wall_ms": took.0, "peak_memory_kib": peak }))?;
            return Ok(());
        }
        print(&args, &report);
        let memory = peak.map_or(String::new(), |kib| format!(", peak memory {} MB", kib / 1024));
        say(format!("Took {:.1} s{memory}.", took.0 as f64 / 1000.0));
        Ok(())
    })
    .await
}

/// What was asked for over what is suggested: a column asked for by one field leaves the field it was suggested for.
fn overlaid(suggested: ColumnMapping, asked: &[(String, String)]) -> ColumnMapping {
    let kept = suggested.into_iter().filter(|(field, column)| {
        asked.iter().all(|(by, wanted)| by != field && (by == "date_order" || wanted != column))
    });
    kept.chain(asked.iter().filter(|(_, column)| !column.is_empty()).cloned()).collect()
}

fn print(args: &Args, report: &ImportReport) {
    let name = args.file.display();
    if report.already {
        say(format!("{name} was imported before: nothing changed."));
    } else if !report.dry_run && report.stored == 0 && report.duplicates > 0 {
        say(format!("{name} holds nothing new: nothing changed."));
    } else if report.dry_run {
        say(format!("{name}: a trial, nothing was changed."));
    }
    say(format!(
        "{} rows: {} {}, {} known before, {} rejected.",
        count(report.rows),
        count(report.stored),
        if report.dry_run { "would be stored" } else { "stored" },
        count(report.duplicates),
        count(report.rejected)
    ));
    if let Some((first, last)) = report.span {
        say(format!("Days {first} to {last}, quantity {}, amount {:.2}.", report.quantity, report.amount));
    }
    if report.new_items > 0 {
        say(format!("New items: {}.", count(report.new_items)));
    }
    if !report.ignored_columns.is_empty() {
        say(format!("Columns not used: {}.", report.ignored_columns.join(", ")));
    }
    if !report.counts.is_empty() {
        let counts: Vec<String> =
            report.counts.iter().map(|(code, number)| format!("{code} {}", count(*number))).collect();
        say(format!("Findings: {}.", counts.join(", ")));
    }
    let shown = if report.dry_run { report.findings.len() } else { FINDINGS_SHOWN };
    for finding in report.findings.iter().take(shown) {
        let line = finding.line.map_or(String::new(), |line| format!("line {line}, "));
        say(format!(
            "  {line}{} ({}) {}: {:?}",
            finding.code, finding.severity, finding.subject, finding.detail
        ));
    }
    if report.findings.len() > shown {
        say(format!("  and {} more; --json lists the first 1,000", report.findings.len() - shown));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_lies_over_what_is_suggested() {
        let pairs = |all: &[(&str, &str)]| -> ColumnMapping {
            all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let suggested =
            pairs(&[("sku", "item"), ("quantity", "qty"), ("customer_id", "client"), ("name", "text")]);
        let asked = pairs(&[("sku", "text"), ("customer_id", ""), ("date_order", "day-first")]);
        assert_eq!(
            overlaid(suggested, &asked),
            pairs(&[("quantity", "qty"), ("sku", "text"), ("date_order", "day-first")])
        );
    }
}
