//! The terminal host, `qm`: a command line into calls, and what came back into text.
//!
//! Knows arguments, standard output and exit codes. Does not decide anything: every command is one or more calls, made to the
//! application in this process or to the process that owns the site. Start at [`Command`]; what all commands share is
//! `src/session.rs`. Tests: `tests/it/main.rs`, with the real binary.

mod audit;
mod backup;
mod call;
mod count;
#[cfg(feature = "demo")]
mod demo;
mod devices;
mod docs;
mod forecast;
mod goods;
mod import;
mod item;
mod label;
mod measure;
mod models;
mod out;
mod plan;
#[cfg(feature = "demo")]
mod replay;
mod report;
mod roads;
mod route;
mod scan;
mod serve;
mod session;
mod solve;
mod stock;
mod table;
mod telemetry;

use clap::Parser;
use session::Outcome;
use std::path::PathBuf;
use std::process::ExitCode;

/// Quartermaster on the command line.
#[derive(Debug, Parser)]
#[command(name = "qm", version, max_term_width = 110, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    site: SiteArgs,
    #[command(subcommand)]
    command: Command,
}

/// Which site.
#[derive(Clone, Debug, clap::Args)]
pub struct SiteArgs {
    /// The site's data folder; without it the one in your data folder.
    #[arg(long = "site", value_name = "DIR", global = true)]
    folder: Option<PathBuf>,
    /// The demo site: a simulated warehouse with its own folder.
    #[arg(long = "demo", global = true)]
    demo: bool,
    /// ONNX Runtime's library, where it is not at its usual places (also QM_ONNXRUNTIME).
    #[arg(long = "onnxruntime", value_name = "FILE", global = true, hide_short_help = true)]
    library: Option<PathBuf>,
    /// A model file instead of the one on board; its hash must stand in the manifest.
    #[arg(long = "model-file", value_name = "FILE", global = true, hide_short_help = true)]
    model_file: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Serve the console to browsers of this machine, and record.
    Serve(serve::ServeArgs),
    /// Record without any screen, until Ctrl-C or SIGTERM.
    Run(serve::RunArgs),
    /// Make one call by name with a JSON body; `--list` lists them.
    Call(call::Args),
    /// Import orders, items, stock, deliveries or vehicles from a CSV file.
    Import(import::Args),
    /// Forecast demand and propose orders.
    Plan(plan::PlanArgs),
    /// Plan a day's deliveries: routes for its vehicles.
    Solve(solve::Args),
    /// Read a map's roads, and look at road files.
    #[command(subcommand)]
    Roads(roads::Command),
    /// Search routes for a benchmark file, or check a solution of one.
    #[command(subcommand)]
    Route(route::RouteCommand),
    /// Measure the store of readings.
    #[command(subcommand)]
    Telemetry(telemetry::Command),
    /// What there is of an item on a day, its ledger, traces and doubts; measure the list of items.
    #[command(subcommand)]
    Stock(stock::Command),
    /// What is kept of an item beside its stock: units, class, kit, substitutes, levels.
    #[command(subcommand)]
    Item(item::Command),
    /// Count what is there: plans, counts, approvals.
    #[command(subcommand)]
    Count(count::Command),
    /// Shipments from suppliers: expected, received, put away.
    #[command(subcommand)]
    Inbound(goods::Inbound),
    /// Orders of customers: promised, picked, packed, shipped.
    #[command(subcommand)]
    Outbound(goods::Outbound),
    /// Goods that came back: received, inspected, restocked or scrapped.
    #[command(subcommand, name = "return")]
    Returned(goods::Return),
    /// List proposals.
    Proposals(plan::ProposalsArgs),
    /// Approve proposals.
    Approve(plan::ApproveArgs),
    /// Put the approved proposals on purchase orders and write their CSV.
    ExportOrders(plan::ExportArgs),
    /// Make the daily report: PDF, XLSX and CSV.
    Report(report::Args),
    /// Send a recorded file over a serial line or a broker, as a device would.
    #[cfg(feature = "demo")]
    Replay(replay::Args),
    /// Write any list of the console as CSV, XLSX or JSON; without a name, list the lists.
    Table(table::Args),
    /// List the serial ports of this machine.
    Ports(devices::Args),
    /// List devices and how they are.
    Devices(devices::Args),
    /// Make labels for bins, handling units, items and lots.
    Label(label::Args),
    /// Look at scanned codes.
    #[command(subcommand)]
    Scan(scan::Command),
    /// Verify or list the audit.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Back the site up, read the copy back and try to restore it.
    Backup(backup::Args),
    /// Bring a backup back as a site in a new folder.
    Restore(backup::RestoreArgs),
    /// Measure forecasts on files of series.
    #[command(subcommand)]
    Forecast(forecast::ForecastCommand),
    /// The models on board: what runs them, how fast, and why not the rest.
    Models(models::Args),
    /// Look at model files.
    #[command(subcommand)]
    Model(forecast::ModelCommand),
    /// Write the generated pages of docs/.
    Docs(docs::Args),
    /// Run the whole demo without a window and check what it did.
    #[cfg(feature = "demo")]
    #[command(name = "demo")]
    Demo(demo::Args),
    /// Runs models for the console; started by it.
    #[command(hide = true)]
    Worker,
}

fn main() -> ExitCode {
    let Cli { site, command } = Cli::parse();
    if let Command::Worker = command {
        return worker::run(std::io::stdin(), std::io::stdout());
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("qm: start threads: {e}; the system has no room for more");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(site, command));
    // A thread that still reads a port must not keep the process.
    runtime.shutdown_background();
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("qm: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(site: SiteArgs, command: Command) -> Outcome<ExitCode> {
    match command {
        Command::Serve(args) => serve::serve(&site, args).await?,
        Command::Run(args) => serve::run(&site, args).await?,
        Command::Call(args) => call::run(&site, args).await?,
        Command::Import(args) => import::run(&site, args).await?,
        Command::Plan(args) => plan::plan(&site, args).await?,
        Command::Solve(args) => solve::run(&site, args).await?,
        Command::Roads(command) => roads::run(&site, command).await?,
        Command::Route(command) => {
            let sound =
                tokio::task::spawn_blocking(move || route::run(command).map_err(|e| e.to_string())).await??;
            return Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Telemetry(command) => {
            let sound =
                tokio::task::spawn_blocking(move || telemetry::run(command).map_err(|e| e.to_string()))
                    .await??;
            return Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Stock(command) => stock::run(&site, command).await?,
        Command::Count(command) => count::run(&site, command).await?,
        Command::Item(command) => item::run(&site, command).await?,
        Command::Inbound(command) => goods::inbound(&site, command).await?,
        Command::Outbound(command) => goods::outbound(&site, command).await?,
        Command::Returned(command) => goods::returned(&site, command).await?,
        Command::Proposals(args) => plan::proposals(&site, args).await?,
        Command::Approve(args) => plan::approve(&site, args).await?,
        Command::ExportOrders(args) => plan::export(&site, args).await?,
        Command::Report(args) => report::run(&site, args).await?,
        Command::Table(args) => table::run(&site, args).await?,
        #[cfg(feature = "demo")]
        Command::Replay(args) => replay::run(&site, args).await?,
        Command::Ports(args) => devices::ports(&site, args).await?,
        Command::Devices(args) => devices::devices(&site, args).await?,
        Command::Label(args) => label::run(&site, args).await?,
        Command::Scan(command) => {
            let right = scan::run(&site, command).await?;
            return Ok(if right { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Audit(command) => audit::run(&site, command).await?,
        Command::Backup(args) => backup::run(&site, args).await?,
        Command::Restore(args) => backup::restore(args).await?,
        Command::Forecast(command) => forecast::run(&site, command).await?,
        Command::Models(args) => models::run(&site, args).await?,
        Command::Model(command) => forecast::model(&site, command).await?,
        Command::Docs(args) => docs::run(&args)?,
        #[cfg(feature = "demo")]
        Command::Demo(args) => {
            return Ok(if demo::run(args).await? { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        // Answered before the runtime starts.
        Command::Worker => {}
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_arguments_fit_together() {
        use clap::CommandFactory;
        super::Cli::command().debug_assert();
    }
}
