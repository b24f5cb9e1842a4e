//! Backups: made by hand and every day, read back, restored on trial; one that fails is an alarm.

use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use contract::{BackupPage, BackupRow, BackupRun, BackupSettings, Code, DrillRow, Topic};
use domain::{Actor, AlarmKind, Priority};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;
use store::backup::{self, Backup};
use store::{Act, JobState};
use units::{JobId, Progress, Stop, Timestamp};

/// What the jobs are called.
const KIND: &str = "backup";
/// Where the settings are kept, as JSON.
const SETTING: &str = "backup";

/// Settings as they are stored; a field that an older program did not know has its default.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    folder: String,
    daily: bool,
    minute: u16,
    keep: u16,
}

impl Default for Kept {
    fn default() -> Self {
        Self { folder: String::new(), daily: true, minute: 2 * 60, keep: 14 }
    }
}

/// The settings.
pub(crate) fn settings(inner: &Inner) -> Result<BackupSettings> {
    let kept = inner.store.records.setting(SETTING)?;
    let Kept { folder, daily, minute, keep } =
        kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(BackupSettings { folder, daily, minute, keep })
}

/// Checks and saves them.
pub(crate) fn change(inner: &Inner, new: BackupSettings, by: &Actor, why: &str) -> Result<()> {
    let BackupSettings { folder, daily, minute, keep } = new;
    let folder = folder.trim().to_owned();
    if minute >= 24 * 60 {
        return Err(Failure::bad_input("change the backups: the minute of the day is 0 to 1439"));
    }
    if !(1..=limits::BACKUPS_KEPT_MAX).contains(&keep) {
        return Err(Failure::bad_input(format!(
            "change the backups: keep 1 to {} of them",
            limits::BACKUPS_KEPT_MAX
        )));
    }
    if !folder.is_empty() {
        usable(Path::new(&folder))?;
    }
    let kept = Kept { folder, daily, minute, keep };
    let text = serde_json::to_string(&kept).map_err(|e| Failure::bug(e.to_string()))?;
    inner.store.records.save_setting(&inner.act_because(by, why), SETTING, &text)?;
    inner.bus.changed(Topic::Settings);
    inner.bus.changed(Topic::Audit);
    Ok(())
}

/// That something can be written there is known when the folder is set, not the night after.
fn usable(folder: &Path) -> Result<()> {
    let trouble = |what: String| {
        Failure::bad_input(format!(
            "use {} for backups: {what}; choose another folder, or give this user the right to write there",
            folder.display()
        ))
    };
    if !folder.is_absolute() {
        return Err(trouble("it is not a full path".to_owned()));
    }
    std::fs::create_dir_all(folder).map_err(|e| trouble(e.to_string()))?;
    let probe = folder.join("quartermaster-probe");
    std::fs::write(&probe, b"probe").map_err(|e| trouble(e.to_string()))?;
    std::fs::remove_file(&probe).map_err(|e| trouble(e.to_string()))
}

/// What a job leaves.
#[derive(Serialize, Deserialize)]
struct Report {
    folder: String,
    drill_name: String,
    drill_at: i64,
    drill_ms: i64,
    drill_error: Option<String>,
    /// Packed readings read back on trial; an older program did not.
    #[serde(default)]
    drill_readings: u64,
}

pub(crate) fn name_of(backup: &Backup) -> String {
    backup.folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// Everything about backups, with what is damaged and which of them has it whole.
pub(crate) fn page(inner: &Inner) -> Result<BackupPage> {
    let page = runs(inner)?;
    let mut damaged = super::storage::damaged(inner)?;
    if !damaged.is_empty() && !page.settings.folder.is_empty() {
        // What came back damaged has not got it.
        let jobs = inner.store.records.jobs(limits::LIST_ROWS_MAX)?;
        let proven: HashSet<String> = jobs
            .iter()
            .filter(|job| job.kind == KIND && job.state == JobState::Done)
            .filter_map(|job| serde_json::from_str::<Report>(job.result.as_deref()?).ok())
            .filter(|report| report.drill_error.is_none())
            .map(|report| report.drill_name)
            .collect();
        let mut backups = backup::list_backups(Path::new(&page.settings.folder));
        backups.retain(|one| proven.contains(&name_of(one)));
        super::storage::name_backups(&mut damaged, &backups);
    }
    Ok(BackupPage { damaged, ..page })
}

/// Everything about backups but what is damaged, for which all files are looked at.
fn runs(inner: &Inner) -> Result<BackupPage> {
    let settings = settings(inner)?;
    let folder = PathBuf::from(&settings.folder);
    let (mut backups, mut same_disk) = (Vec::new(), false);
    if !settings.folder.is_empty() {
        backups = backup::list_backups(&folder);
        same_disk = on_one_disk(&folder, &inner.folder);
    }
    let backups = backups
        .iter()
        .map(|one| BackupRow {
            name: name_of(one),
            made_at: one.made_at,
            bytes: one.bytes(),
            files: u32::try_from(one.files.len()).unwrap_or(u32::MAX),
            rows: one.rows(),
            audit_rows: one.audit_rows,
        })
        .collect();
    let jobs = inner.store.records.jobs(limits::LIST_ROWS_MAX)?;
    let mut ours = jobs.into_iter().filter(|job| job.kind == KIND);
    let (mut last, mut drill, mut running) = (None, None, None);
    for job in ours.by_ref() {
        if job.state == JobState::Running {
            running = running.or(Some(job.id));
            continue;
        }
        let report = job
            .result
            .as_ref()
            .filter(|_| job.state == JobState::Done)
            .and_then(|text| serde_json::from_str::<Report>(text).ok());
        let failed = job.state == JobState::Failed;
        if last.is_none() && (failed || report.is_some()) {
            let began = job.started_at.unwrap_or(job.created_at);
            last = Some(BackupRun {
                at: began,
                error: job.result.clone().filter(|_| failed),
                took_ms: job.ended_at.map_or(0, |ended| (ended - began).0),
            });
        }
        if let Some(report) = report {
            drill = Some(DrillRow {
                name: report.drill_name,
                at: Timestamp(report.drill_at),
                error: report.drill_error,
                took_ms: report.drill_ms,
                readings: report.drill_readings,
            });
            break;
        }
    }
    let next = next_due(inner, &settings, last.as_ref());
    Ok(BackupPage { settings, same_disk, backups, last, drill, running, next, damaged: Vec::new() })
}

#[cfg(unix)]
fn on_one_disk(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let disk = |path: &Path| std::fs::metadata(path).map(|about| about.dev());
    matches!((disk(a), disk(b)), (Ok(a), Ok(b)) if a == b)
}

#[cfg(not(unix))]
fn on_one_disk(a: &Path, b: &Path) -> bool {
    let drive = |path: &Path| path.components().next().map(|part| part.as_os_str().to_ascii_uppercase());
    drive(a) == drive(b)
}

/// When the next daily one is due; it may be in the past.
fn next_due(inner: &Inner, settings: &BackupSettings, last: Option<&BackupRun>) -> Option<Timestamp> {
    // A demo's days are minutes long.
    if settings.folder.is_empty() || !settings.daily || inner.clock.speed() > 1 {
        return None;
    }
    let zone = inner.zone();
    let of_day = |day| crate::zone::at_minute(&zone, day, settings.minute);
    let today = inner.today();
    let Some(last) = last else { return Some(of_day(today)) };
    if last.error.is_some() {
        return Some(last.at + limits::BACKUP_RETRY);
    }
    let mut day = crate::zone::day(&zone, last.at);
    while of_day(day) <= last.at {
        day = units::Day(day.0 + 1);
    }
    Some(of_day(day))
}

/// Looks twice a minute whether the day's backup is due.
pub(crate) async fn run(inner: Weak<Inner>) {
    let mut tick = tokio::time::interval(Duration::from_secs(30));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let Some(app) = inner.upgrade().map(App) else { return };
        let due = app
            .blocking(|inner| {
                let page = runs(inner)?;
                Ok(page.running.is_none() && page.next.is_some_and(|next| next <= inner.now()))
            })
            .await;
        match due {
            Ok(true) => {
                if let Err(failure) = app.start_backup(None, &Actor::system()).await {
                    tracing::warn!("begin the day's backup: {failure}");
                }
            }
            Ok(false) => {}
            Err(failure) => tracing::warn!("look whether a backup is due: {failure}"),
        }
    }
}

impl App {
    /// Starts a backup into the folder that is set, or into another.
    pub(crate) async fn start_backup(&self, into: Option<String>, by: &Actor) -> Result<JobId> {
        let settings = self.blocking(|inner| settings(inner)).await?;
        let (folder, keep) = match into {
            // What was made elsewhere by hand is not ours to remove.
            Some(folder) => (folder, None),
            None => (settings.folder, Some(usize::from(settings.keep))),
        };
        if folder.trim().is_empty() {
            return Err(Failure::bad_input(
                "make a backup: no folder is set; set one in Settings, or name one",
            ));
        }
        let (subject, by_whom) = (folder.clone(), by.clone());
        self.start_job(KIND, subject, by, move |inner, stop, progress| {
            let outcome = make(inner, Path::new(&folder), keep, &by_whom, stop, progress);
            let trouble = match &outcome {
                Ok(report) => report.drill_error.is_some(),
                Err(failure) => failure.code != Code::Cancelled,
            };
            if outcome.is_ok() || trouble {
                super::telemetry::note_condition(inner, AlarmKind::Backup, trouble, Priority::High);
            }
            serde_json::to_string(&outcome?).map_err(|e| Failure::bug(e.to_string()))
        })
        .await
    }
}

fn make(
    inner: &Arc<Inner>,
    folder: &Path,
    keep: Option<usize>,
    by: &Actor,
    stop: &Stop,
    progress: &Progress<'_>,
) -> Result<Report> {
    usable(folder)?;
    let made = inner.store.back_up(folder, inner.now(), stop, progress)?;
    let name = name_of(&made);
    let began = crate::clock::real_now();
    let drill_at = inner.now();
    // Below the backups, where there is room for another copy; not on the disk of the site.
    let drilled = backup::drill(&made.folder, &folder.join("drill"), &drill_act(inner), stop);
    let drill_ms = (crate::clock::real_now() - began).0;
    let (drill_error, drill_readings) = match drilled {
        Ok(drilled) if drilled.damaged.is_empty() => (None, drilled.verified.readings),
        Ok(drilled) => {
            // What came back damaged is most likely damaged here: then it is set aside and told of.
            inner.store.telemetry.verify_until(stop)?;
            super::storage::look(inner)?;
            (Some(came_back_damaged(inner, &drilled.damaged)), drilled.verified.readings)
        }
        Err(error) if error.kind() == store::ErrorKind::Stopped => return Err(error.into()),
        Err(error) => (Some(error.to_string()), 0),
    };
    let _ = std::fs::remove_dir(folder.join("drill"));
    let note = serde_json::json!({
        "folder": made.folder.display().to_string(),
        "files": made.files.len(),
        "bytes": made.bytes(),
        "audit_head": made.audit_head,
        "restored_on_trial": drill_error.is_none(),
        "readings_read_back": drill_readings,
    });
    inner.store.records.note(&inner.act(by), "backup.make", &format!("backup {name}"), None, Some(note))?;
    inner.bus.changed(Topic::Audit);
    if let Some(keep) = keep
        && drill_error.is_none()
    {
        backup::prune_backups(folder, keep)?;
    }
    Ok(Report {
        folder: made.folder.display().to_string(),
        drill_name: name,
        drill_at: drill_at.0,
        drill_ms,
        drill_error,
        drill_readings,
    })
}

/// Pieces of readings that a restore on trial met damaged, as a person reads of them.
fn came_back_damaged(inner: &Inner, damaged: &[store::Damaged]) -> String {
    let state = inner.live.lock();
    let first = damaged.first().map_or_else(String::new, |one| {
        let channel = one.channel.map_or_else(String::new, |id| {
            let name = state.specs.get(&id).map_or_else(|| format!("channel {id}"), |spec| spec.name.clone());
            format!(" of {name}")
        });
        let span = one.span.map_or_else(String::new, |(from, to)| format!(" from {from} to {to}"));
        format!("{}{channel}{span}: {}", one.file, one.why)
    });
    format!(
        "it came back, but {} of its pieces of readings are damaged, the first in {first}; older backups are kept: \
         see Settings, Backups, for which of them has it whole",
        damaged.len()
    )
}

fn drill_act(inner: &Inner) -> Act {
    Act::new(&Actor::system(), inner.now()).because("a restore on trial")
}

/// What a restore or a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// When the backup was made.
    pub made_at: Timestamp,
    /// Its files.
    pub files: usize,
    /// Their length.
    pub bytes: u64,
    /// Rows in all tables.
    pub rows: u64,
    /// Records of the audit chain, which holds.
    pub audit_rows: u64,
    /// The hash of the last of them.
    pub audit_head: String,
}

impl From<Backup> for Restored {
    fn from(backup: Backup) -> Self {
        Self {
            made_at: backup.made_at,
            files: backup.files.len(),
            bytes: backup.bytes(),
            rows: backup.rows(),
            audit_rows: backup.audit_rows,
            audit_head: backup.audit_head,
        }
    }
}

/// Brings a backup back as a site in a new folder; never over anything. Blocks.
pub fn restore_backup(from: &Path, folder: &Path, by: &Actor, stop: &Stop) -> Result<Restored> {
    let act = Act::new(by, crate::clock::real_now()).because("restored from a backup");
    Ok(backup::restore(from, folder, &act, stop)?.into())
}

/// Reads a backup as it lies there: hashes, damage, rows, the audit chain. Blocks.
pub fn check_backup(from: &Path, stop: &Stop) -> Result<Restored> {
    Ok(backup::check_backup(from, stop)?.into())
}
