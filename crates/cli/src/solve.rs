//! `qm solve`: routes of a day from its deliveries and vehicles.

use crate::SiteArgs;
use crate::out::{self, count, say, table};
use crate::session::{Outcome, on_site};
use contract::{GetFleet, SolveDay, SolveReport};
use units::Day;

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Which day, `YYYY-MM-DD`; today at the site if left out.
    #[arg(long, value_parser = day)]
    day: Option<Day>,
    /// Search for so many seconds.
    #[arg(long, default_value_t = 10)]
    seconds: u32,
    /// The same seed and as many iterations give the same plan.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write it as 2026-11-22".to_owned())
}

/// Solves and prints the plan.
pub async fn run(site: &SiteArgs, args: Args) -> Outcome<()> {
    on_site(site, async |session| {
        let id = session.call(SolveDay { day: args.day, seconds: args.seconds, seed: args.seed }).await?;
        let row = session.finish(id).await?;
        let report: SolveReport = serde_json::from_str(row.result.as_deref().unwrap_or("null"))?;
        if args.json {
            out::json(&report)?;
            return Ok(());
        }
        let fleet = session.call(GetFleet { day: args.day }).await?;
        say(format!(
            "{} of {} deliveries on {} routes, cost {:.2} (first plan {:.2}); passed the checker{}.",
            count(report.served.into()),
            count(u64::from(report.served) + report.unserved.iter().map(|one| u64::from(one.1)).sum::<u64>()),
            report.routes,
            report.cost,
            report.first_cost,
            if report.estimated { "; no map: times and distances are estimates" } else { "" }
        ));
        if report.cancelled {
            say("The search was cancelled: the best plan it had found is in force.");
        }
        if let Some(plan) = &fleet.plan {
            let clock = |at: units::Timestamp| {
                let minutes = (at - fleet.midnight).0 / 60_000;
                format!("{:02}:{:02}", minutes / 60, minutes % 60)
            };
            let rows: Vec<Vec<String>> = plan
                .routes
                .iter()
                .map(|route| {
                    vec![
                        route.vehicle_code.clone(),
                        clock(route.leave_at),
                        clock(route.back_at),
                        route.visits.len().to_string(),
                        format!("{:.1}", route.distance.0 as f64 / 1000.0),
                        route.load_kg.to_string(),
                        format!("{:.2}", route.cost),
                    ]
                })
                .collect();
            table(&["vehicle", "leaves", "back", "visits", "km", "load kg", "cost"], &rows);
        }
        for (reason, number) in &report.unserved {
            say(format!("Unserved, {reason}: {number}."));
        }
        for delivery in fleet.deliveries.iter().filter(|one| one.unserved.is_some()) {
            let reason = delivery.unserved.as_deref().unwrap_or_default();
            say(format!("  {} {} ({}): {reason}", delivery.code, delivery.customer, delivery.address));
        }
        for finding in &report.findings {
            say(format!(
                "  {} ({}) {}: {:?}",
                finding.code, finding.severity, finding.subject, finding.detail
            ));
        }
        say(format!(
            "Took {:.1} s: matrix {} ms, {} iterations.",
            report.took_ms as f64 / 1000.0,
            report.matrix_ms,
            count(report.iterations)
        ));
        Ok(())
    })
    .await
}
