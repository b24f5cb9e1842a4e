//! `qm import`: a file into the site, with everything that is wrong with it.

use crate::SiteArgs;
use crate::out::{self, count, say};
use crate::session::{Outcome, on_site};
use app::clock::real_now;
use contract::{
    Code, ColumnMapping, FileRef, ImportKind, ImportReport, PreviewImport, StartImport, UndoImport,
};
use std::path::PathBuf;
use units::ImportId;

/// Fields of the mapping that are no column.
const DATE_ORDER: &str = "date_order";
const DECIMAL_MARK: &str = "decimal_mark";
const POSITION: &str = "position";

/// Findings shown where nobody asked for JSON.
const FINDINGS_SHOWN: usize = 20;

/// Exit code: the columns are those of no file known here.
const NOT_RECOGNISED: i32 = 2;

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
#[command(
    override_usage = "qm import FILE [--kind KIND] [--sheet NAME] [--map FIELD=COLUMN]… [--dry-run] [--json]\n       qm import undo NUMBER [--narrow] [--dry-run] [--json]"
)]
pub struct Args {
    /// The file: CSV, also gzipped, XLSX, XLS, ODS, JSON, X12 or EDIFACT; after the word `undo` an import's number. What the
    /// file holds may stand before it.
    #[arg(value_name = "FILE", num_args = 1..=2, required = true)]
    what: Vec<String>,
    /// What the file holds.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Which sheet of a workbook; otherwise the first whose columns are known.
    #[arg(long)]
    sheet: Option<String>,
    /// Where orders come from, such as a shop's name: two of them may use one order number. Otherwise the program that wrote the file, where it is known.
    #[arg(long)]
    source: Option<String>,
    /// Which column is which field, where the names do not say it: `--map sku=PRODUCT_ID`. Other fields stay as suggested;
    /// an empty column takes a field away: `--map customer_id=`. `--map date_order=day-first` and `--map decimal_mark=comma`
    /// say how dates and numbers are written.
    #[arg(long = "map", value_name = "FIELD=COLUMN", value_parser = pair)]
    mapping: Vec<(String, String)>,
    /// Undo what nothing later builds on, and leave the rest.
    #[arg(long)]
    narrow: bool,
    /// Change nothing: list every bad row.
    #[arg(long)]
    dry_run: bool,
    /// Print the whole report as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// Whatever its columns say it is.
    Auto,
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
    /// Reorder levels of items.
    Levels,
    /// Sites, rooms and bins.
    Places,
    /// Suppliers.
    Suppliers,
    /// Customers; their names are kept only where an administrator lets them be.
    Customers,
    /// Goods announced or sent.
    Shipments,
}

impl Kind {
    fn asked(self) -> ImportKind {
        match self {
            Kind::Auto => ImportKind::Auto,
            Kind::Orders => ImportKind::Orders,
            Kind::Items => ImportKind::Items,
            Kind::Stock => ImportKind::Stock,
            Kind::Deliveries => ImportKind::Deliveries,
            Kind::Vehicles => ImportKind::Vehicles,
            Kind::Levels => ImportKind::Levels,
            Kind::Places => ImportKind::Places,
            Kind::Suppliers => ImportKind::Suppliers,
            Kind::Customers => ImportKind::Customers,
            Kind::Shipments => ImportKind::Shipments,
        }
    }
}

/// What the words before the options ask for.
enum Asked {
    Import(ImportKind, PathBuf),
    Undo(ImportId),
}

fn asked(args: &Args) -> Result<Asked, String> {
    let chosen = args.kind.map(Kind::asked);
    match args.what.as_slice() {
        [file] => Ok(Asked::Import(chosen.unwrap_or(ImportKind::Auto), PathBuf::from(file))),
        [word, number] if word == "undo" => {
            number.parse().map(|id| Asked::Undo(ImportId(id))).map_err(|_| {
                format!("undo import {number}: that is no number; `qm call ListImports` lists them")
            })
        }
        [kind, file] => {
            let kind = <Kind as clap::ValueEnum>::from_str(kind, false).map_err(|_| {
                format!("import {kind} {file}: there is no kind {kind}; `qm import --help` lists them")
            })?;
            Ok(Asked::Import(kind.asked(), PathBuf::from(file)))
        }
        _ => Err("give the file to import".to_owned()),
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (field, column) = text.split_once('=').ok_or("write FIELD=COLUMN")?;
    Ok((field.trim().to_owned(), column.trim().to_owned()))
}

/// Imports and prints the report.
pub async fn run(site: &SiteArgs, args: Args) -> Outcome<()> {
    let (kind, file) = match asked(&args)? {
        Asked::Import(kind, file) => (kind, file),
        Asked::Undo(id) => return undo(site, &args, id).await,
    };
    let file =
        std::path::absolute(&file).map_err(|e| format!("find {}: {e}; check the path", file.display()))?;
    let path = file
        .to_str()
        .ok_or_else(|| format!("import {}: its path is not UTF-8 text; rename it", file.display()))?
        .to_owned();
    let recognised = on_site(site, async |session| {
        let begun = real_now();
        let file = FileRef::Path(path.clone());
        let mut mapping = Vec::new();
        let mut kind = kind;
        if kind == ImportKind::Auto || !args.mapping.is_empty() {
            let ask = PreviewImport { kind, file: file.clone(), sheet: args.sheet.clone() };
            let preview = match session.call(ask).await {
                Ok(preview) => preview,
                // Neither a table nor anything that can be made one.
                Err(error) if kind == ImportKind::Auto && error.code == Code::BadInput => {
                    return not_recognised(&args, &error.message);
                }
                Err(error) => return Err(error.into()),
            };
            // By its places alone: said by `--map position=…`, or, on a trial, the only thing it can be.
            let position = args.mapping.iter().find(|(key, _)| key == POSITION).map(|(_, key)| key);
            let placed = position.is_some() || args.dry_run && preview.positions.len() == 1;
            if kind == ImportKind::Auto && !preview.known && !placed {
                if !preview.positions.is_empty() {
                    return not_recognised(&args, &by_position(&preview));
                }
                let columns = preview.columns.join(", ");
                return not_recognised(
                    &args,
                    &format!("its columns are those of no file known here: {columns}"),
                );
            }
            kind = preview.kind;
            if let Some(position) = position {
                kind = preview.positions.iter().find(|one| one.key == *position).map_or(kind, |one| one.kind);
                mapping.clone_from(&args.mapping);
            } else if !args.mapping.is_empty() {
                mapping = overlaid(preview.mapping, &args.mapping);
            }
        }
        if let Some(sheet) = &args.sheet
            && mapping.iter().all(|(field, _)| field != "sheet")
        {
            mapping.push(("sheet".to_owned(), sheet.clone()));
        }
        if let Some(source) = &args.source {
            mapping.push(("source".to_owned(), source.clone()));
        }
        let call = StartImport { kind, file, mapping, dry_run: args.dry_run };
        let id = session.call(call).await?;
        let row = session.finish(id).await?;
        let took = real_now() - begun;
        let report: ImportReport = serde_json::from_str(row.result.as_deref().unwrap_or("null"))?;
        let peak = session.peak_memory_kib();
        if args.json {
            out::json(&serde_json::json!({
                "recognised": true,
                "kind": report.layout.clone().unwrap_or_else(|| format!("{kind:?}")),
                "holds": kind,
                "mapping": report.mapping,
                "rows": report.rows,
                "accepted": report.rows - report.rejected,
                "findings": report.findings,
                "totals": { "columns": report.columns, "site": report.totals },
                "report": report,
                "wall_ms": took.0,
                "peak_memory_kib": peak,
            }))?;
            return Ok(true);
        }
        print(&path, &report);
        let memory = peak.map_or(String::new(), |kib| format!(", peak memory {} MB", kib / 1024));
        say(format!("Took {:.1} s{memory}.", took.0 as f64 / 1000.0));
        Ok(true)
    })
    .await?;
    if !recognised {
        std::process::exit(NOT_RECOGNISED);
    }
    Ok(())
}

/// Says why a file is none of ours.
fn not_recognised(args: &Args, why: &str) -> Outcome<bool> {
    if args.json {
        out::json(&serde_json::json!({ "recognised": false, "why": why }))?;
    } else {
        say(format!(
            "Not recognised: {why}. Say what it holds with --kind, and which column is which with --map."
        ));
    }
    Ok(false)
}

/// Takes an import back, or says what that would do.
async fn undo(site: &SiteArgs, args: &Args, id: ImportId) -> Outcome<()> {
    on_site(site, async |session| {
        let undone = session.call(UndoImport { id, narrow: args.narrow, dry_run: args.dry_run }).await?;
        if args.json {
            out::json(&undone)?;
            return Ok(());
        }
        let verb = if args.dry_run { "would be" } else { "were" };
        say(format!(
            "Import {id}: {} movements {verb} taken back, {} order lines taken out, {} rows of master data put back.",
            count(undone.movements),
            count(undone.order_lines),
            count(undone.restored)
        ));
        for kept in &undone.kept {
            let by = kept.by.as_deref().map_or(String::new(), |by| format!(", {by}"));
            say(format!("  stays: {} {} ({}{by})", kept.table, kept.subject, kept.because));
        }
        Ok(())
    })
    .await
}

/// What was asked for over what is suggested: a column asked for by one field leaves the field it was suggested for.
fn overlaid(suggested: ColumnMapping, asked: &[(String, String)]) -> ColumnMapping {
    let kept = suggested.into_iter().filter(|(field, column)| {
        asked.iter().all(|(by, wanted)| {
            let apart = [DATE_ORDER, DECIMAL_MARK].contains(&by.as_str()) || by.contains(':');
            by != field && (apart || wanted != column)
        })
    });
    kept.chain(asked.iter().filter(|(_, column)| !column.is_empty()).cloned()).collect()
}

/// What the columns could be by their places, for a person to choose from.
fn by_position(preview: &contract::ImportPreview) -> String {
    let one = |position: &contract::ColumnPlaces| {
        let columns: Vec<String> =
            position.mapping.iter().map(|(field, column)| format!("{field} = {column}")).collect();
        format!("\n  --map position={} ({:?}: {})", position.key, position.kind, columns.join(", "))
    };
    let choices: String = preview.positions.iter().map(one).collect();
    format!("no names say what its columns are; by their places they could be:{choices}")
}

fn print(name: &str, report: &ImportReport) {
    if report.already {
        say(format!("{name} was imported before: nothing changed."));
    } else if !report.dry_run && report.stored + report.corrected == 0 && report.duplicates > 0 {
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
    if report.corrected > 0 {
        let verb = if report.dry_run { "would be" } else { "were" };
        say(format!("Known otherwise: {} order lines {verb} corrected.", count(report.corrected)));
        for one in report.corrections.iter().take(FINDINGS_SHOWN) {
            let changes: Vec<String> =
                one.changes.iter().map(|(what, was, is)| format!("{what} {was} → {is}")).collect();
            say(format!("  order {}, {} (line {}): {}", one.order, one.sku, one.line, changes.join(", ")));
        }
    }
    if let (Some(layout), Some(kind)) = (&report.layout, report.kind) {
        say(format!("Recognised as {layout} ({kind:?})."));
    }
    for total in &report.totals {
        say(format!("{}: {} before, {} after.", total.name, total.before, total.after));
    }
    let lost: Vec<String> = report
        .columns
        .iter()
        .filter(|column| !column.kept)
        .map(|column| format!("{} ({} rows)", column.column, count(column.rows)))
        .collect();
    if !lost.is_empty() {
        say(format!("Read but not kept: {}.", lost.join(", ")));
    }
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
