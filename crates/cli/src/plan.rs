//! `qm plan`, `qm proposals`, `qm approve`, `qm export-orders`: from forecasts to a purchase order.

use crate::SiteArgs;
use crate::out::{self, count, say, table};
use crate::report::write_file;
use crate::session::{Outcome, on_site};
use contract::{
    ApproveProposals, ExportPurchaseOrders, ListProposals, PlanningReport, ProposalId, RunPlanning,
};
use std::path::PathBuf;

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
        if args.json {
            out::json(&report)?;
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
        say(format!("{} proposals, {:.2} in all.", count(report.proposals), report.cost));
        if !report.counts.is_empty() {
            say(format!("Findings: {}.", listed(&report.counts)));
        }
        say(format!("Took {:.1} s.", report.took_ms as f64 / 1000.0));
        Ok(())
    })
    .await
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
