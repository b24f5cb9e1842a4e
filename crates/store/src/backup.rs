//! Backups: a site's files copied while it records, checked after they are written, and brought back into a new folder.
//!
//! Each file is copied by SQLite's online backup from one snapshot, so that it is whole whatever is written meanwhile. What
//! devices say crosses files only from the telemetry file into those of the months, so that one is copied first: what moves
//! in between is then in both, which the next opening knows how to bear. A backup is a folder with a manifest, under another
//! name until every file in it was read back: damage, rows against the original, the audit chain, hashes.
//!
//! A backup may be anybody's file. It is read with `trusted_schema` off and SQLite's defensive mode, and only names that are
//! ours are taken from its manifest.

use crate::audit::{Verdict, verify_chain};
use crate::file::{Layout, RECORDS, TELEMETRY, check_ours, connect, io, quick_check};
use crate::limits::{BACKUP_PAGES_PER_STEP, MANIFEST_BYTES_MAX};
use crate::{Act, Damaged, Error, ErrorKind, Opening, Result, Store, Verified};
use rusqlite::backup::{Backup as Copying, StepResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use units::{Progress, Stop, Timestamp};

const MANIFEST: &str = "manifest.json";
const FORMAT: u64 = 1;
/// What a backup's folder is called, before its instant.
const NAME: &str = "quartermaster-";
/// Behind the name while it is not whole.
const UNFINISHED: &str = ".unfinished";
/// Files beside the databases that belong to a site: its roads.
const BESIDE: [&str; 1] = ["roads.qmr"];

/// A whole backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Where it lies.
    pub folder: PathBuf,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its files.
    pub files: Vec<BackupFile>,
    /// Records of the audit chain.
    pub audit_rows: u64,
    /// The hash of the last of them.
    pub audit_head: String,
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupFile {
    /// Its name in the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256, in hex.
    pub sha256: String,
    /// Rows by table; none where it is no database.
    pub rows: BTreeMap<String, u64>,
}

impl BackupFile {
    /// Pieces that were damaged and set aside in it when it was copied.
    pub fn set_aside(&self) -> u64 {
        self.rows.get("quarantine").copied().unwrap_or(0)
    }
}

impl Backup {
    /// Bytes altogether.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Rows altogether.
    pub fn rows(&self) -> u64 {
        self.files.iter().flat_map(|file| file.rows.values()).sum()
    }

    fn manifest(&self) -> String {
        let files: Vec<Value> = self
            .files
            .iter()
            .map(|f| json!({ "name": f.name, "bytes": f.bytes, "sha256": f.sha256, "rows": f.rows }))
            .collect();
        let whole = json!({
            "format": FORMAT,
            "made_at": self.made_at.0,
            "made": self.made_at.to_string(),
            "files": files,
            "audit": { "rows": self.audit_rows, "head": self.audit_head },
        });
        format!("{whole:#}\n")
    }

    /// Reads a backup's manifest; touches nothing else of it.
    pub fn of(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
        let missing = |e: std::io::Error| {
            if e.kind() != std::io::ErrorKind::NotFound {
                return io(e, "read", &path);
            }
            Error::new(
                ErrorKind::NotFound,
                format!(
                    "{} is no backup: it has no {MANIFEST}; choose a folder that begins with {NAME}",
                    folder.display()
                ),
            )
        };
        let file = fs::File::open(&path).map_err(missing)?;
        let mut text = String::new();
        let mut short = file.take(MANIFEST_BYTES_MAX);
        short.read_to_string(&mut text).map_err(|e| io(e, "read", &path))?;
        let value: Value = serde_json::from_str(&text)
            .map_err(|e| wrong(folder, &format!("its manifest is no JSON ({e})")))?;
        Self::parse(folder, &value).ok_or_else(|| wrong(folder, "its manifest is not one of this program's"))
    }

    fn parse(folder: &Path, value: &Value) -> Option<Self> {
        if value["format"].as_u64()? != FORMAT {
            return None;
        }
        let mut files = Vec::new();
        for file in value["files"].as_array()? {
            let name = file["name"].as_str()?.to_owned();
            kind(&name)?;
            let rows = file["rows"].as_object()?.iter();
            let rows =
                rows.map(|(table, rows)| Some((table.clone(), rows.as_u64()?))).collect::<Option<_>>()?;
            let (bytes, sha256) = (file["bytes"].as_u64()?, file["sha256"].as_str()?.to_owned());
            files.push(BackupFile { name, bytes, sha256, rows });
        }
        Some(Self {
            folder: folder.to_owned(),
            made_at: Timestamp(value["made_at"].as_i64()?),
            files,
            audit_rows: value["audit"]["rows"].as_u64()?,
            audit_head: value["audit"]["head"].as_str()?.to_owned(),
        })
    }
}

fn wrong(folder: &Path, what: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "the backup {} can't be used: {what}; use another backup, and keep this one for repair",
            folder.display()
        ),
    )
}

/// What a file of a site is by its name; `None` where the name is none of ours.
fn kind(name: &str) -> Option<Option<&'static Layout>> {
    let month = name.strip_prefix("telemetry-").and_then(|rest| rest.strip_suffix(".db"));
    if name == TELEMETRY.name {
        Some(Some(&TELEMETRY))
    } else if name == RECORDS.name {
        Some(Some(&RECORDS))
    } else if month.is_some_and(|m| m.len() == 7 && m.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
        || BESIDE.contains(&name)
    {
        Some(None)
    } else {
        None
    }
}

/// The files of a site, in the order they are copied.
fn files_of(site: &Path) -> Result<Vec<String>> {
    let mut months = Vec::new();
    for entry in fs::read_dir(site).map_err(|e| io(e, "list", site))? {
        let name = entry.map_err(|e| io(e, "list", site))?.file_name();
        if let Some(name) = name.to_str()
            && matches!(kind(name), Some(None))
        {
            months.push(name.to_owned());
        }
    }
    months.sort();
    let first = [TELEMETRY.name, RECORDS.name].map(str::to_owned);
    Ok(first.into_iter().chain(months).collect())
}

/// Rows of every table of a file.
fn rows_of(db: &Connection) -> Result<BTreeMap<String, u64>> {
    let tables: Vec<String> = db
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let mut counts = BTreeMap::new();
    for table in tables {
        let sql = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
        counts.insert(table, crate::file::count(db.query_row(&sql, [], |row| row.get(0))?));
    }
    Ok(counts)
}

/// Opens a copy to read it, without believing anything it says of itself.
fn open_doubted(path: &Path) -> Result<Connection> {
    let db = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, None)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    Ok(db)
}

/// Copies one database from a snapshot of it; the rows that the snapshot has.
fn copy(
    source: &Connection,
    to: &Path,
    stop: &Stop,
    told: &mut dyn FnMut(u64),
) -> Result<BTreeMap<String, u64>> {
    // The first read fixes the snapshot: what is written from here on is not waited for, and does not begin it anew.
    let rows = rows_of(source)?;
    let mut target = Connection::open(to)?;
    target.pragma_update(None, "synchronous", "OFF")?;
    {
        let copying = Copying::new(source, &mut target)?;
        let mut done = 0;
        loop {
            stop.check()?;
            let step = copying.step(BACKUP_PAGES_PER_STEP)?;
            let progress = copying.progress();
            let now = u64::try_from(progress.pagecount - progress.remaining).unwrap_or(0);
            told(now.saturating_sub(done));
            done = now;
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                // A writer folds its log: a moment.
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
    // One file without a log beside it, readable from a medium that can't be written.
    let _: String = target.query_row("PRAGMA journal_mode=DELETE", [], |row| row.get(0))?;
    target.close().map_err(|(_, e)| e)?;
    Ok(rows)
}

fn sync(path: &Path) -> Result<()> {
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(|e| io(e, "write out", path))
}

/// Length and SHA-256 of a file as it is read back; copies it on the way where `to` says so.
fn hash(path: &Path, mut to: Option<&mut fs::File>, stop: &Stop) -> Result<(u64, String)> {
    let mut file = fs::File::open(path).map_err(|e| io(e, "read", path))?;
    let (mut sum, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 18]);
    loop {
        stop.check()?;
        let n = file.read(&mut buffer).map_err(|e| io(e, "read", path))?;
        if n == 0 {
            return Ok((bytes, hex::encode(sum.finalize())));
        }
        sum.update(&buffer[..n]);
        bytes += n as u64;
        if let Some(to) = to.as_deref_mut() {
            to.write_all(&buffer[..n]).map_err(|e| io(e, "copy", path))?;
        }
    }
}

/// Reads a database for damage and holds its rows against those it must have; the audit's verdict where it has one.
fn check_database(
    path: &Path,
    layout: Option<&Layout>,
    rows: &BTreeMap<String, u64>,
) -> Result<Option<Verdict>> {
    let db = open_doubted(path).map_err(|e| e.during("open the copy", path))?;
    quick_check(&db, path)?;
    if let Some(layout) = layout {
        check_ours(&db, layout, path)?;
    }
    let found = rows_of(&db).map_err(|e| e.during("count the copy's rows", path))?;
    if found != *rows {
        let table = found.iter().find(|(table, n)| rows.get(*table) != Some(n)).map_or("a table", |(t, _)| t);
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "{} does not have the rows it must have, first in {table}; make another backup",
                path.display()
            ),
        ));
    }
    if layout.is_none_or(|layout| layout.name != RECORDS.name) {
        return Ok(None);
    }
    let verdict = verify_chain(&db).map_err(|e| e.during("verify the copy's audit", path))?;
    if let Some((row, why)) = &verdict.first_bad {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "the audit in {} does not hold at row {row}: {why}; compare with an older backup",
                path.display()
            ),
        ));
    }
    Ok(Some(verdict))
}

impl Store {
    /// Makes a backup in a new folder below `into`, checks it, and gives it its name last. Blocks; recording goes on.
    pub fn back_up(
        &self,
        into: &Path,
        at: Timestamp,
        stop: &Stop,
        progress: &Progress<'_>,
    ) -> Result<Backup> {
        fs::create_dir_all(into).map_err(|e| io(e, "make the folder", into))?;
        let name = format!("{NAME}{}", at.to_string().replace(':', "-"));
        let (folder, unfinished) = (into.join(&name), into.join(format!("{name}{UNFINISHED}")));
        if folder.exists() {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("there is a backup of this instant already: {}", folder.display()),
            ));
        }
        clear_unfinished(into)?;
        fs::create_dir(&unfinished).map_err(|e| io(e, "make the folder", &unfinished))?;
        let made = self.fill(&unfinished, at, stop, progress).and_then(|backup| {
            crate::file::rename(&unfinished, &folder)?;
            Ok(Backup { folder: folder.clone(), ..backup })
        });
        if made.is_err() {
            // What is left of it is nobody's; the next backup tries again where this fails.
            let _ = fs::remove_dir_all(&unfinished);
        }
        made
    }

    fn fill(&self, folder: &Path, at: Timestamp, stop: &Stop, progress: &Progress<'_>) -> Result<Backup> {
        let site = self.telemetry.file.path().parent().unwrap_or(Path::new(".")).to_owned();
        let names = files_of(&site)?;
        let total: u64 =
            names.iter().filter_map(|name| fs::metadata(site.join(name)).ok()).map(|m| m.len() / 4096).sum();
        let mut done = 0;
        let mut told = |pages: u64| {
            done += pages;
            progress.report(done.min(total), total);
        };
        let mut backup = Backup {
            folder: folder.to_owned(),
            made_at: at,
            files: Vec::new(),
            audit_rows: 0,
            audit_head: String::new(),
        };
        for name in names {
            let (from, to) = (site.join(&name), folder.join(&name));
            let layout = kind(&name).flatten();
            let database = !BESIDE.contains(&name.as_str());
            let rows = if !database {
                fs::copy(&from, &to).map_err(|e| io(e, "copy", &from))?;
                BTreeMap::new()
            } else if name == TELEMETRY.name {
                self.telemetry.file.read("back up", |db| copy(db, &to, stop, &mut told))?
            } else if name == RECORDS.name {
                self.records.file.read("back up", |db| copy(db, &to, stop, &mut told))?
            } else {
                let copied = (|| {
                    let db = connect(&from, OpenFlags::SQLITE_OPEN_READ_ONLY, self.telemetry.file.trial())?;
                    db.busy_timeout(Duration::from_secs(5))?;
                    copy(&*db.unchecked_transaction()?, &to, stop, &mut told)
                })();
                copied.map_err(|e: Error| e.during("back up", &from))?
            };
            sync(&to)?;
            if database && let Some(verdict) = check_database(&to, layout, &rows)? {
                (backup.audit_rows, backup.audit_head) = (verdict.rows, verdict.head_hash);
            }
            let (bytes, sha256) = hash(&to, None, stop)?;
            backup.files.push(BackupFile { name, bytes, sha256, rows });
        }
        let manifest = folder.join(MANIFEST);
        fs::write(&manifest, backup.manifest()).map_err(|e| io(e, "write", &manifest))?;
        sync(&manifest)?;
        Ok(backup)
    }
}

/// Removes what backups that were cut short left.
fn clear_unfinished(into: &Path) -> Result<()> {
    for entry in fs::read_dir(into).map_err(|e| io(e, "list", into))? {
        let path = entry.map_err(|e| io(e, "list", into))?.path();
        let ours = path
            .file_name()
            .and_then(|n| n.to_str())
            .is_some_and(|n| n.starts_with(NAME) && n.ends_with(UNFINISHED));
        if ours {
            fs::remove_dir_all(&path).map_err(|e| io(e, "remove", &path))?;
        }
    }
    Ok(())
}

/// The whole backups below a folder, newest first. What can't be read as one is left out.
pub fn list_backups(into: &Path) -> Vec<Backup> {
    let entries = fs::read_dir(into).into_iter().flatten().flatten();
    let ours = |path: &PathBuf| {
        path.file_name()
            .and_then(|n| n.to_str())
            .is_some_and(|n| n.starts_with(NAME) && !n.ends_with(UNFINISHED))
    };
    let mut found: Vec<Backup> =
        entries.map(|entry| entry.path()).filter(ours).filter_map(|path| Backup::of(&path).ok()).collect();
    found.sort_by_key(|backup| std::cmp::Reverse(backup.made_at));
    found
}

/// Removes the oldest backups below a folder so that `keep` are left; how many went.
pub fn prune_backups(into: &Path, keep: usize) -> Result<usize> {
    let old: Vec<Backup> = list_backups(into).into_iter().skip(keep.max(1)).collect();
    for backup in &old {
        fs::remove_dir_all(&backup.folder).map_err(|e| io(e, "remove", &backup.folder))?;
    }
    Ok(old.len())
}

/// Reads a backup as it lies there: hashes, damage, rows, the audit chain. Changes nothing.
pub fn check_backup(folder: &Path, stop: &Stop) -> Result<Backup> {
    let backup = Backup::of(folder)?;
    for file in &backup.files {
        check_file(&backup, file, &folder.join(&file.name), None, stop)?;
    }
    Ok(backup)
}

fn check_file(backup: &Backup, file: &BackupFile, path: &Path, to: Option<&Path>, stop: &Stop) -> Result<()> {
    let mut target = match to {
        None => None,
        Some(to) => Some(fs::File::create_new(to).map_err(|e| io(e, "make", to))?),
    };
    let (bytes, sha256) = hash(path, target.as_mut(), stop)?;
    if let (Some(target), Some(to)) = (&target, to) {
        target.sync_all().map_err(|e| io(e, "write out", to))?;
    }
    if (bytes, &sha256) != (file.bytes, &file.sha256) {
        return Err(wrong(
            &backup.folder,
            &format!("{} is not the file that was written: its hash differs", file.name),
        ));
    }
    if BESIDE.contains(&file.name.as_str()) {
        return Ok(());
    }
    let verdict = check_database(to.unwrap_or(path), kind(&file.name).flatten(), &file.rows)?;
    if verdict
        .is_some_and(|verdict| (verdict.rows, &verdict.head_hash) != (backup.audit_rows, &backup.audit_head))
    {
        return Err(wrong(&backup.folder, "its audit is not the one its manifest names"));
    }
    Ok(())
}

/// Brings a backup back as a new site: copied and checked file by file, opened once, and only then given its name. Never
/// over anything: `folder` must not exist, or be empty.
pub fn restore(from: &Path, folder: &Path, act: &Act, stop: &Stop) -> Result<Backup> {
    let backup = Backup::of(from)?;
    let both =
        [TELEMETRY.name, RECORDS.name].iter().all(|name| backup.files.iter().any(|file| file.name == *name));
    if !both {
        return Err(wrong(from, "one of its two main files is missing"));
    }
    let taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if taken || folder.is_file() {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "{} is not empty, and nothing is restored over anything; name a new folder",
                folder.display()
            ),
        ));
    }
    let name = folder.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            format!("{} is no name for a folder; name a new one", folder.display()),
        )
    })?;
    let unfinished = folder.with_file_name(format!("{name}{UNFINISHED}"));
    fs::create_dir_all(&unfinished).map_err(|e| io(e, "make the folder", &unfinished))?;
    let restored = (|| {
        for file in &backup.files {
            let to = unfinished.join(&file.name);
            check_file(&backup, file, &from.join(&file.name), Some(&to), stop)?;
        }
        let store =
            Store::open(&unfinished, &Opening { create: false, check: true, ..Opening::new(act.at) })?;
        store.records.save_setting(act, "site.restored", &backup.made_at.to_string())?;
        drop(store);
        if folder.exists() {
            fs::remove_dir(folder).map_err(|e| io(e, "make room for", folder))?;
        }
        crate::file::rename(&unfinished, folder)
    })();
    if restored.is_err() {
        let _ = fs::remove_dir_all(&unfinished);
    }
    restored.map(|()| backup)
}

/// What a restore on trial found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drilled {
    /// The backup.
    pub backup: Backup,
    /// What was read of its packed readings.
    pub verified: Verified,
    /// Pieces that came back damaged; not those that were known and set aside when the backup was made.
    pub damaged: Vec<Damaged>,
}

/// Restores a backup into a temporary folder below `scratch`, reads every packed reading there, and removes it again: that it can
/// be done, and what would come back, is known before it must.
pub fn drill(from: &Path, scratch: &Path, act: &Act, stop: &Stop) -> Result<Drilled> {
    fs::create_dir_all(scratch).map_err(|e| io(e, "make the folder", scratch))?;
    let folder = scratch.join(format!("{NAME}drill"));
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|e| io(e, "remove", &folder))?;
    }
    let result =
        restore(from, &folder, act, stop).and_then(|backup| look_through(backup, &folder, act, stop));
    let _ = fs::remove_dir_all(&folder);
    result
}

/// Reads all readings of what was restored: SQLite's own checks do not know whether a chunk is whole.
fn look_through(backup: Backup, folder: &Path, act: &Act, stop: &Stop) -> Result<Drilled> {
    let store = Store::open(folder, &Opening { create: false, ..Opening::new(act.at) })?;
    let verified = store.telemetry.verify_until(stop)?;
    let mut known: BTreeMap<&str, u64> =
        backup.files.iter().map(|file| (file.name.as_str(), file.set_aside())).collect();
    let mut damaged = store.telemetry.damaged()?;
    // In each file's list, those that were known come first.
    damaged.retain(|one| match known.get_mut(one.file.as_str()) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    });
    Ok(Drilled { backup, verified, damaged })
}
