//! `qm stock`: how fast the items are, in a site of its own that is removed afterwards.

mod bench;

use crate::session::Outcome;

/// What to do.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Command {
    /// Import many items and their stock, then list, search and open them.
    Bench(bench::Args),
}

/// Does it.
pub async fn run(command: Command) -> Outcome<()> {
    match command {
        Command::Bench(args) => bench::run(args).await,
    }
}
