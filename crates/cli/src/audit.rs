//! `qm audit`: who changed what, and whether the record was tampered with.

use crate::SiteArgs;
use crate::out::{self, count, say, table};
use crate::session::{Outcome, on_site};
use contract::{ListAudit, VerifyAudit};

/// What to do with it.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Recompute the whole chain; fails where a row was edited or deleted.
    Verify {
        /// Print the verdict as JSON.
        #[arg(long)]
        json: bool,
    },
    /// The newest records.
    List {
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Print them as JSON, with old and new values and hashes.
        #[arg(long)]
        json: bool,
    },
}

/// Verifies or lists.
pub async fn run(site: &SiteArgs, command: Command) -> Outcome<()> {
    on_site(site, async |session| {
        match command {
            Command::Verify { json } => {
                let verdict = session.call(VerifyAudit {}).await?;
                if json {
                    out::json(&verdict)?;
                } else if verdict.intact {
                    say(format!(
                        "The audit is intact: {} records, head {}.",
                        count(verdict.rows),
                        verdict.head
                    ));
                }
                if !verdict.intact {
                    let what = verdict
                        .first_bad
                        .unwrap_or_else(|| "the chain does not end where it should".to_owned());
                    return Err(
                        format!("verify the audit: it was changed: {what}; compare with a backup").into()
                    );
                }
            }
            Command::List { limit, json } => {
                let rows = session.call(ListAudit { limit }).await?;
                if json {
                    out::json(&rows)?;
                    return Ok(());
                }
                let cells: Vec<_> = rows
                    .into_iter()
                    .map(|row| {
                        vec![
                            row.id.to_string(),
                            row.at.to_string(),
                            row.actor,
                            row.action,
                            row.subject,
                            row.why.unwrap_or_default(),
                        ]
                    })
                    .collect();
                table(&[">Id", "At", "Who", "What", "On", "Why"], &cells);
            }
        }
        Ok(())
    })
    .await
}
