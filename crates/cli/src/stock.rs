//! `qm stock`: what there is of an item on a day, its ledger, traces and doubts; and how fast the items are, in a site of its own
//! that is removed afterwards.

mod bench;
mod ledger;

use crate::SiteArgs;
use crate::session::Outcome;

/// What to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Import many items and their stock, then list, search and open them.
    Bench(bench::Args),
    /// What there is of an item and where it lies, now or at the end of a day.
    AsOf(ledger::ItemArgs),
    /// The movements of an item, what took effect last first; `*` was booked late.
    Ledger(ledger::ItemArgs),
    /// From a lot to its bins, orders and customers, or from these back to lots and suppliers.
    Trace(ledger::TraceArgs),
    /// What to look at: negative, expired, without bin or date, back-dated, doubled codes, units that clash.
    Work {
        /// Rows of each kind, at most.
        #[arg(long, default_value_t = 20)]
        each: u32,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Add the whole ledger up and compare; fails where a kept sum is not the ledger's.
    Verify {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Does it.
pub async fn run(site: &SiteArgs, command: Command) -> Outcome<()> {
    match command {
        Command::Bench(args) => bench::run(args).await,
        Command::AsOf(args) => ledger::as_of(site, args).await,
        Command::Ledger(args) => ledger::ledger(site, args).await,
        Command::Trace(args) => ledger::trace(site, args).await,
        Command::Work { each, json } => ledger::work(site, each, json).await,
        Command::Verify { json } => ledger::verify(site, json).await,
    }
}
