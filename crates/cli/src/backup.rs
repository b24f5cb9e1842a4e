//! `qm backup`, `qm restore`: copies of a site that were read back, and a site brought back from one.

use crate::SiteArgs;
use crate::out::{self, count, say, table};
use crate::session::{Outcome, on_site};
use contract::{BackupSettings, ChangeBackups, GetBackups, MakeBackup};
use host::{Role, local_actor};
use std::path::PathBuf;
use units::Stop;

/// Arguments of `qm backup`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Into this folder, instead of the one that is set.
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// From now on, make one into this folder every day; makes one now too.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["to", "list", "check"])]
    daily: Option<PathBuf>,
    /// Only list those there are, and how the last one went.
    #[arg(long, conflicts_with_all = ["to", "check"])]
    list: bool,
    /// Only read this backup as it lies there: hashes, damage, rows, audit. Needs no site.
    #[arg(long, value_name = "BACKUP", conflicts_with = "to")]
    check: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `qm restore`.
#[derive(Clone, Debug, clap::Args)]
pub struct RestoreArgs {
    /// The backup's folder: quartermaster-…
    backup: PathBuf,
    /// The new site's folder. Must not exist, or be empty.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
}

/// A full path, since the process that does the work may stand elsewhere.
fn full(path: PathBuf) -> Outcome<String> {
    let path = std::path::absolute(&path).map_err(|e| format!("find {}: {e}", path.display()))?;
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| format!("{} is no text; choose another folder", path.display()).into())
}

/// Makes, lists or checks.
pub async fn run(site: &SiteArgs, args: Args) -> Outcome<()> {
    if let Some(backup) = args.check {
        let found =
            tokio::task::spawn_blocking(move || app::check_backup(&backup, &Stop::default())).await??;
        say(format!(
            "It holds: made {}, {} files, {} bytes, {} rows, {} audit records, head {}.",
            found.made_at,
            found.files,
            count(found.bytes),
            count(found.rows),
            count(found.audit_rows),
            found.audit_head
        ));
        return Ok(());
    }
    on_site(site, async |session| {
        if let Some(folder) = args.daily.clone() {
            let known = session.call(GetBackups {}).await?.settings;
            let settings = BackupSettings { folder: full(folder)?, daily: true, ..known };
            session.call(ChangeBackups { settings, why: "qm backup --daily".to_owned() }).await?;
        }
        if !args.list {
            let into = args.to.clone().map(full).transpose()?;
            let job = session.call(MakeBackup { into }).await?;
            let row = session.finish(job).await?;
            let report: serde_json::Value = serde_json::from_str(row.result.as_deref().unwrap_or("{}"))?;
            if args.json {
                out::json(&report)?;
            } else {
                say(format!(
                    "Backed up, read back and restored on trial: {}",
                    report["folder"].as_str().unwrap_or_default()
                ));
            }
            if let Some(why) = report["drill_error"].as_str() {
                return Err(format!("the backup is there, but could not be restored on trial: {why}").into());
            }
            return Ok(());
        }
        let page = session.call(GetBackups {}).await?;
        if args.json {
            out::json(&page)?;
            return Ok(());
        }
        match &page.last {
            None => say("No backup was made yet."),
            Some(last) => match &last.error {
                None => say(format!("The last was made {}.", last.at)),
                Some(why) => say(format!("The last, tried {}, failed: {why}", last.at)),
            },
        }
        if let Some(drill) = &page.drill {
            let how = drill.error.as_deref().unwrap_or("it can be restored");
            say(format!("{} restored on trial {}: {how}", drill.name, drill.at));
        }
        for one in &page.damaged {
            let channel = one.channel_name.as_deref().map_or_else(String::new, |name| format!(" of {name}"));
            let span =
                one.from.zip(one.to).map_or_else(String::new, |(from, to)| format!(" from {from} to {to}"));
            let remedy = one.backup.as_deref().map_or_else(
                || "no backup that was restored on trial has it; keep the file for repair".to_owned(),
                |name| format!("{name} has it whole"),
            );
            say(format!("Damaged: readings{channel}{span} in {}: {}; {remedy}.", one.file, one.why));
        }
        let cells: Vec<_> = page
            .backups
            .iter()
            .map(|one| vec![one.name.clone(), count(one.bytes), count(one.rows), count(one.audit_rows)])
            .collect();
        table(&["Backup", ">Bytes", ">Rows", ">Audit"], &cells);
        Ok(())
    })
    .await
}

/// Brings a backup back in a new folder.
pub async fn restore(args: RestoreArgs) -> Outcome<()> {
    let RestoreArgs { backup, to } = args;
    let target = to.clone();
    let work = move || app::restore_backup(&backup, &target, &local_actor(Role::Admin), &Stop::default());
    let found = tokio::task::spawn_blocking(work).await??;
    say(format!(
        "Restored the site of {}: {} files, {} rows, {} audit records. Open it with --site {}",
        found.made_at,
        found.files,
        count(found.rows),
        count(found.audit_rows),
        to.display()
    ));
    Ok(())
}
