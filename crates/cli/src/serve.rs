//! `qm serve` and `qm run`: this process records, with or without screens.

use crate::SiteArgs;
use crate::out::say;
use crate::session::{Outcome, options, role};
use host::{Backend, Ending, Options, Role, Site};
use units::Seed;

/// How the demo's world moves.
#[derive(Clone, Debug, clap::Args)]
pub struct WorldArgs {
    /// How many times as fast as real time the demo runs, 1 to 600.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=600))]
    speed: u32,
    /// Another seed, another warehouse; counts for a new demo site.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

/// Arguments of `qm serve`.
#[derive(Clone, Debug, clap::Args)]
pub struct ServeArgs {
    /// Port on 127.0.0.1; 0 for any that is free.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// What the browser that opens the link may do: viewer, operator, manager, admin.
    #[arg(long, default_value = "admin", value_parser = role)]
    role: Role,
    #[command(flatten)]
    world: WorldArgs,
}

/// Arguments of `qm run`.
#[derive(Clone, Debug, clap::Args)]
pub struct RunArgs {
    /// A file whose first line is the passphrase of the site's secrets (also QM_PASSPHRASE_FILE); `-` reads it from
    /// standard input.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<std::path::PathBuf>,
    #[command(flatten)]
    world: WorldArgs,
}

fn with_world(site: &SiteArgs, world: &WorldArgs, port: u16) -> Options {
    Options { speed: world.speed, seed: Seed(world.seed), port, ..options(site) }
}

/// Serves the console until asked to end.
pub async fn serve(args: &SiteArgs, serve: ServeArgs) -> Outcome<()> {
    let site = Site::of(args.folder.clone(), args.demo)?;
    host::log::start(&site.folder);
    let folder = site.folder.display().to_string();
    let mut ending = Ending::listen()?;
    let mut opened = tokio::select! {
        opened = host::open(site, with_world(args, &serve.world, serve.port)) => opened?,
        () = ending.asked() => return Ok(()),
    };
    match &opened.backend {
        Backend::Owner(_) => say(format!("Recording {folder}. Ctrl-C stops serving and recording.")),
        Backend::Attached(owner) => {
            say(format!(
                "Process {} records {folder}; this one only serves it. Ctrl-C stops serving.",
                owner.owner().pid
            ));
        }
    }
    match opened.new_link(serve.role).await {
        Ok(link) => {
            say(format!("Console: {link}"));
            say(format!("The link works once, in the role {}.", serve.role.word()));
        }
        Err(error) => {
            opened.close().await;
            return Err(error.into());
        }
    }
    ending.asked().await;
    opened.close().await;
    say("Stopped.");
    Ok(())
}

/// The first line of a file or of standard input.
fn passphrase(file: &std::path::Path) -> Outcome<String> {
    let mut line = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin()
            .read_line(&mut line)
            .map_err(|e| format!("read the passphrase from standard input: {e}"))?;
    } else {
        let name = file.display();
        line = std::fs::read_to_string(file).map_err(|e| format!("read the passphrase from {name}: {e}"))?;
    }
    match line.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err("read the passphrase: its first line is empty".to_owned().into()),
    }
}

/// Records until asked to end.
pub async fn run(args: &SiteArgs, run: RunArgs) -> Outcome<()> {
    let site = Site::of(args.folder.clone(), args.demo)?;
    host::log::start(&site.folder);
    let folder = site.folder.display().to_string();
    let mut ending = Ending::listen()?;
    let opened = tokio::select! {
        opened = host::open(site, with_world(args, &run.world, 0)) => opened?,
        () = ending.asked() => return Ok(()),
    };
    if let Backend::Attached(owner) = &opened.backend {
        return Err(format!(
            "record {folder}: process {} records it already; nothing needs to be started",
            owner.owner().pid
        )
        .into());
    }
    let named = || host::places::env("QM_PASSPHRASE_FILE").map(std::path::PathBuf::from);
    if let Some(file) = &run.passphrase_file.clone().or_else(named) {
        let unlocked = async {
            let call = contract::UnlockSecrets { passphrase: contract::Secret(passphrase(file)?) };
            opened.backend.call(call, &host::Actor::local_admin()).await?;
            Ok(())
        };
        // It records what needs no secret all the same.
        if let Err(error) = unlocked.await as Outcome<()> {
            say(format!("Devices with passwords wait: {error}"));
        }
    }
    say(format!(
        "Recording {folder} (process {}). Ctrl-C or SIGTERM stops the recording.",
        std::process::id()
    ));
    ending.asked().await;
    opened.close().await;
    say("Stopped. Everything received is stored.");
    Ok(())
}
