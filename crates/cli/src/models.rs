//! `qm models`: the models on board, and what runs them on this machine.

use crate::SiteArgs;
use crate::out::{self, count, say, table};
use crate::session::{Outcome, on_site};
use contract::{ListModels, ProviderState};

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
}

/// Lists models with every provider and why it was or wasn't used.
pub async fn run(site: &SiteArgs, args: Args) -> Outcome<()> {
    on_site(site, async |session| {
        let rows = session.call(ListModels {}).await?;
        if args.json {
            out::json(&rows)?;
            return Ok(());
        }
        for row in rows {
            let state = row.fault.as_deref().unwrap_or("can be used");
            say(format!("{} ({})\n{state}", row.name, row.sha256));
            if let Some(library) = &row.library {
                say(format!("ONNX Runtime {library}"));
            }
            if let Some(us) = row.probe_us.filter(|us| *us > 0) {
                let (ms, a_second) = (us as f64 / 1000.0, u64::from(row.probe_series) * 1_000_000 / us);
                say(format!("{} series in {ms:.2} ms: {} a second", row.probe_series, count(a_second)));
            }
            let cells: Vec<_> = row
                .providers
                .into_iter()
                .map(|provider| {
                    let state = match provider.state {
                        ProviderState::Used => "used",
                        ProviderState::Ready => "ready, not needed",
                        ProviderState::NotProven => "not proven on this machine",
                        ProviderState::Elsewhere => "of other systems",
                    };
                    let (nodes, reason) = (provider.nodes.to_string(), provider.reason.unwrap_or_default());
                    vec![provider.name, state.to_owned(), nodes, reason]
                })
                .collect();
            table(&["Provider", "State", ">Steps", "Why"], &cells);
        }
        Ok(())
    })
    .await
}
