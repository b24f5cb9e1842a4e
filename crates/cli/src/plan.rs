//! `qm plan`, `qm proposals`, `qm approve`, `qm export-orders`: from forecasts to a purchase order.

use crate::SiteArgs;
use crate::out::{self, count, say, table};
use crate::report::write_file;
use crate::session::{Outcome, on_site};
use contract::{
    AgreementRow, ApproveProposals, DemandGroupRow, ExportPurchaseOrders, Grain, ListDemandGroups,
    ListProposals, PlanningReport, ProposalId, RunPlanning,
};
use std::path::PathBuf;
use units::Quantity;

/// Arguments of `qm plan`.
#[derive(Clone, Debug, clap::Args)]
pub struct PlanArgs {
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Forecasts and proposes.
pub async fn plan(site: &SiteArgs, args: PlanArgs) -> Outcome<()> {
    on_site(site, async |session| {
        let id = session.call(RunPlanning {}).await?;
        let row = session.finish(id).await?;
        let report: PlanningReport = serde_json::from_str(row.result.as_deref().unwrap_or("null"))?;
        let peak = session.peak_memory_kib();
        if args.json {
            let mut body = serde_json::to_value(&report)?;
            body["peak_memory_kib"] = serde_json::json!(peak);
            out::json(&body)?;
            return Ok(());
        }
        let listed = |pairs: &[(String, u64)]| {
            pairs
                .iter()
                .map(|(word, number)| format!("{word} {}", count(*number)))
                .collect::<Vec<_>>()
                .join(", ")
        };
        say(format!("{} items forecast: {}.", count(report.items), listed(&report.models)));
        say(report
            .provider
            .as_ref()
            .map_or("The net did not run.".to_owned(), |provider| format!("The net ran on {provider}.")));
        for row in &report.agreement {
            say(agreed(row));
            let groups = session.call(ListDemandGroups { grain: row.grain }).await?;
            let apart = |group: &DemandGroupRow| group.next_4_weeks.minus(group.parts_next_4_weeks).0.abs();
            say(format!(
                "  On record: the total and {} categories; of 4 weeks' {} they are {} from the sums of their items at most.",
                count(groups.len().saturating_sub(1) as u64),
                groups.first().map(|total| total.next_4_weeks).unwrap_or_default(),
                groups.iter().map(|group| Quantity(apart(group))).max().unwrap_or_default()
            ));
        }
        say(format!("{} proposals, {:.2} in all.", count(report.proposals), report.cost));
        if !report.counts.is_empty() {
            say(format!("Findings: {}.", listed(&report.counts)));
        }
        let stages: Vec<String> = report
            .stages
            .iter()
            .map(|(name, took)| format!("{name} {:.1} s", *took as f64 / 1000.0))
            .collect();
        let memory = peak.map_or(String::new(), |kib| format!(", peak memory {} MB", kib / 1024));
        say(format!("Took {:.1} s ({}){memory}.", report.took_ms as f64 / 1000.0, stages.join(", ")));
        Ok(())
    })
    .await
}

/// How items, categories and the total were made to agree, in a line.
fn agreed(row: &AgreementRow) -> String {
    let grain = match row.grain {
        Grain::Weekly => "Weeks",
        Grain::Daily => "Days",
    };
    let how = match row.method.as_str() {
        "BottomUp" => "the items alone are believed",
        "Variances" => "each by how sure it was",
        _ => "each by how sure it was and how errors went together",
    };
    let names: &[&str] =
        if row.levels.len() == 3 { &["total", "categories", "items"] } else { &["total", "items"] };
    let levels: Vec<String> = names
        .iter()
        .zip(&row.levels)
        .map(|(name, level)| {
            let milli = |value: i64| value as f64 / 1000.0;
            format!(
                "{name} ({}) {:.3} to {:.3}",
                level.series,
                milli(level.before_milli),
                milli(level.after_milli)
            )
        })
        .collect();
    let worth = if levels.is_empty() {
        String::new()
    } else {
        format!("; RMSSE of the newest origin: {}", levels.join(", "))
    };
    format!("{grain} agree, {how}; they were up to {} apart{worth}.", row.gap)
}

/// Arguments of `qm proposals`.
#[derive(Clone, Debug, clap::Args)]
pub struct ProposalsArgs {
    /// Draft, Approved, Ordered or Dismissed.
    #[arg(long, default_value = "Draft")]
    state: String,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

/// Lists proposals.
pub async fn proposals(site: &SiteArgs, args: ProposalsArgs) -> Outcome<()> {
    on_site(site, async |session| {
        let rows = session.call(ListProposals { state: args.state.clone(), limit: args.limit }).await?;
        if args.json {
            out::json(&rows)?;
            return Ok(());
        }
        let cells: Vec<Vec<String>> = rows
            .iter()
            .map(|row| {
                vec![
                    row.id.to_string(),
                    row.sku.clone(),
                    row.name.clone(),
                    format!("{} {}", row.quantity, row.unit),
                    format!("{:.2}", row.cost),
                    row.order_by.to_string(),
                    row.stock_out_day.map_or("-".to_owned(), |day| day.to_string()),
                    row.supplier_name.clone().unwrap_or_else(|| "-".to_owned()),
                    row.assumed.join(" "),
                ]
            })
            .collect();
        table(
            &[">Id", "SKU", "Name", ">Quantity", ">Cost", "Order by", "Runs out", "Supplier", "Assumed"],
            &cells,
        );
        Ok(())
    })
    .await
}

/// Arguments of `qm approve`.
#[derive(Clone, Debug, clap::Args)]
pub struct ApproveArgs {
    /// The proposals' numbers.
    #[arg(required = true)]
    ids: Vec<i64>,
    /// Why, for the audit.
    #[arg(long, default_value = "")]
    note: String,
}

/// Approves.
pub async fn approve(site: &SiteArgs, args: ApproveArgs) -> Outcome<()> {
    on_site(site, async |session| {
        let ids = args.ids.iter().map(|id| ProposalId(*id)).collect();
        let receipt = session.call(ApproveProposals { ids, note: args.note.clone() }).await?;
        say(format!(
            "{} approved, {:.2} in all. They can be taken back until {}.",
            receipt.ids.len(),
            receipt.cost,
            receipt.undo_until
        ));
        Ok(())
    })
    .await
}

/// Arguments of `qm export-orders`.
#[derive(Clone, Debug, clap::Args)]
pub struct ExportArgs {
    /// Where the file goes.
    #[arg(long, default_value = ".")]
    out: PathBuf,
}

/// Writes the purchase orders of everything approved.
pub async fn export(site: &SiteArgs, args: ExportArgs) -> Outcome<()> {
    on_site(site, async |session| {
        let file = session.call(ExportPurchaseOrders { ids: Vec::new() }).await?;
        say(write_file(&args.out, &file)?.display().to_string());
        Ok(())
    })
    .await
}
