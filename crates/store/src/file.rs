//! One SQLite file: made or opened with care, one writer thread that owns its connection, and readers that never wait
//! for it.

use crate::limits::{READER_CACHE_KIB, READINGS_CACHE_KIB, WRITER_CACHE_KIB, WRITES_WAITING_MAX};
use crate::recover::{self, Readers};
use crate::{Error, ErrorKind, Opening, Result, Trial};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Params, Row, TransactionBehavior};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// What makes a file ours, and how its tables come to be.
pub(crate) struct Layout {
    /// Its name in the folder.
    pub name: &'static str,
    /// SQLite's `application_id`, so that one file can't be taken for the other.
    pub application_id: i32,
    /// Named steps, each applied once, in order. They only add: an older program can still read the file.
    pub steps: &'static [&'static [(&'static str, &'static str)]],
    /// Moves only when an older program must refuse the file.
    pub format: i32,
    /// Bytes of a page of a new file.
    pub page_bytes: u32,
    /// Page cache of the writer in KiB.
    pub writer_cache_kib: i64,
}

/// The page that quotas are counted in.
const PAGE_BYTES: u32 = 4096;

/// Format 2: readings are no rows of this file any more, so a program that looks for them there must refuse it.
pub(crate) static TELEMETRY: Layout = Layout {
    name: "telemetry.db",
    application_id: 0x514D_7465,
    steps: crate::telemetry::STEPS,
    format: 2,
    page_bytes: PAGE_BYTES,
    writer_cache_kib: READINGS_CACHE_KIB,
};
/// Format 2: stock is a ledger. A program that knows only levels would change them past it, so it must refuse the file.
pub(crate) static RECORDS: Layout = Layout {
    name: "records.db",
    application_id: 0x514D_7265,
    steps: crate::records::STEPS,
    format: 2,
    page_bytes: PAGE_BYTES,
    writer_cache_kib: WRITER_CACHE_KIB,
};
/// Of every month; large pages, since chunks of some 4 KB fill small ones badly.
pub(crate) static MONTH: Layout = Layout {
    name: "telemetry of a month",
    application_id: 0x514D_746D,
    steps: crate::telemetry::month::STEPS,
    format: 1,
    page_bytes: 32_768,
    writer_cache_kib: READINGS_CACHE_KIB,
};

type Work = Box<dyn FnOnce(&mut Connection) + Send>;

/// An open file. Clones share it; the last one dropped ends the writer, which folds the log back into the file.
#[derive(Clone)]
pub(crate) struct DataFile(Arc<Inner>);

struct Inner {
    work: Option<SyncSender<Work>>,
    thread: Option<JoinHandle<()>>,
    care: Arc<Care>,
}

/// What the writer and all readers of a file share.
pub(crate) struct Care {
    pub path: PathBuf,
    pub layout: &'static Layout,
    pub pages_max: Option<u32>,
    pub trial: Option<Trial>,
    pub readers: Readers,
    /// Set when the disk refused to confirm a write: what was written since is not known. Nothing more is accepted until
    /// the file was opened anew and verified.
    pub failed: Mutex<Option<String>>,
    /// Commits so far: what was read before a number of them may be old after the next.
    commits: AtomicU64,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Readers first: the last connection to close removes the log, and a read-only one can't.
        self.care.readers.close_idle();
        self.work = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl DataFile {
    pub(crate) fn path(&self) -> &Path {
        &self.0.care.path
    }

    /// How many commits there were. Asked for before a read: the read shows them all.
    pub(crate) fn commits(&self) -> u64 {
        self.0.care.commits.load(Ordering::Acquire)
    }

    pub(crate) fn trial(&self) -> Option<Trial> {
        self.0.care.trial
    }

    /// Runs `work` in one transaction on the writer; answers after COMMIT. An error, or a panic, rolls all of it back.
    pub(crate) fn write<T, F>(&self, what: &str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let answer = self.submit(work).map_err(|e| e.during(what, self.path()))?;
        self.answer(what, &answer)
    }

    /// The same without waiting: the answer comes through the channel.
    pub(crate) fn submit<T, F>(&self, work: F) -> Result<Receiver<Result<T>>>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = sync_channel(1);
        // Nobody waits for it any more: the write stands all the same.
        self.submit_then(work, move |result| drop(answer.send(result)))?;
        Ok(answered)
    }

    /// The same; `then` hears on the writer, before any later write, whether it was committed. After a panic it hears nothing.
    pub(crate) fn submit_then<T, F, G>(&self, work: F, then: G) -> Result<()>
    where
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
        G: FnOnce(Result<T>) + Send + 'static,
    {
        let care = Arc::clone(&self.0.care);
        let work: Work = Box::new(move |connection| then(transact(connection, &care, work)));
        let sender = self.0.work.as_ref().ok_or_else(writer_gone)?;
        sender.send(work).map_err(|_| writer_gone())
    }

    /// Waits for the answer of a submitted work.
    pub(crate) fn answer<T>(&self, what: &str, answer: &Receiver<Result<T>>) -> Result<T> {
        match answer.recv() {
            Ok(result) => result.map_err(|e| e.during(what, self.path())),
            Err(_) => Err(self.broke_off(what)),
        }
    }

    /// What a write says that panicked.
    pub(crate) fn broke_off(&self, what: &str) -> Error {
        Error::new(
            ErrorKind::Permanent,
            format!(
                "could not {what} in {}: the write broke off inside the program; nothing of it was kept. This is a bug: please report it",
                self.path().display()
            ),
        )
    }

    /// Runs `read` on one consistent state of the file.
    pub(crate) fn read<T>(&self, what: &str, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let care = &self.0.care;
        let result = care.readers.with(
            || open_reader(&care.path, care.trial),
            |connection| read(&*connection.unchecked_transaction()?),
        );
        result.map_err(|e| e.during(what, self.path()))
    }
}

fn writer_gone() -> Error {
    Error::new(ErrorKind::Permanent, "the writer of the file has ended; restart the program")
}

fn transact<T>(
    connection: &mut Connection,
    care: &Care,
    work: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    let mut failed = care.failed.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(reason) = failed.as_ref() {
        recover::reopen(connection, care).map_err(|still| {
            Error::new(
                ErrorKind::Permanent,
                format!(
                    "nothing is written, since the disk failed ({reason}) and the file could not be opened anew and verified ({still}); check the disk. It is tried again with every write"
                ),
            )
        })?;
        tracing::warn!(file = %care.path.display(), "the file was opened anew and verified after {reason}");
        *failed = None;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = work(&transaction).and_then(|value| {
        transaction.commit()?;
        care.commits.fetch_add(1, Ordering::Release);
        Ok(value)
    });
    // After a failed fsync the system's cache no longer tells what is on disk (Rebello et al., ATC '20), so a retry
    // could acknowledge what is lost: see `recover`.
    if let Err(error) = &result
        && let Some(reason) = disk_failure(error)
    {
        tracing::error!(%reason, "the disk failed under a write: none is accepted until the file was verified");
        *failed = Some(reason);
    }
    result
}

fn disk_failure(error: &Error) -> Option<String> {
    let source = std::error::Error::source(error)?.downcast_ref::<rusqlite::Error>()?;
    match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::SystemIoFailure) if error.kind() != ErrorKind::Full => {
            Some(source.to_string())
        }
        _ => None,
    }
}

// ---------------------------------------------------------------------------------------------------------------------

/// Opens both files of a folder, or makes both. They are made under other names and renamed last, so that a folder with
/// only one of them has lost the other, and is refused.
pub(crate) fn open_pair(folder: &Path, opening: &Opening) -> Result<(DataFile, DataFile)> {
    let [telemetry, records] = [&TELEMETRY, &RECORDS].map(|layout| folder.join(layout.name));
    let [new_telemetry, new_records] = [&telemetry, &records].map(|path| path.with_extension("db.new"));
    let found = |path: &Path| path.try_exists().map_err(|e| io(e, "look for", path));
    match (found(&telemetry)?, found(&records)?) {
        (true, true) => {}
        // The making was cut short between the two renames: finish it.
        (true, false) if found(&new_records)? => rename(&new_records, &records)?,
        (false, false) if opening.create => {
            fs::create_dir_all(folder).map_err(|e| io(e, "make the folder", folder))?;
            for path in [&new_telemetry, &new_records] {
                for leftover in
                    [path.clone(), beside(path, "-wal"), beside(path, "-shm"), beside(path, "-journal")]
                {
                    if found(&leftover)? {
                        fs::remove_file(&leftover).map_err(|e| io(e, "remove", &leftover))?;
                    }
                }
            }
            make(&new_telemetry, &TELEMETRY, opening.trial)?;
            make(&new_records, &RECORDS, opening.trial)?;
            rename(&new_telemetry, &telemetry)?;
            rename(&new_records, &records)?;
        }
        (false, false) => {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!(
                    "{} holds no site: there is neither {} nor {}; check the path, or make a site there",
                    folder.display(),
                    TELEMETRY.name,
                    RECORDS.name
                ),
            ));
        }
        (has_telemetry, _) => {
            let (kept, lost) =
                if has_telemetry { (TELEMETRY.name, RECORDS.name) } else { (RECORDS.name, TELEMETRY.name) };
            return Err(Error::new(
                ErrorKind::Corrupt,
                format!(
                    "{} holds {kept} but {lost} is missing; restore {lost} from a backup (a new one is not made beside the old half)",
                    folder.display()
                ),
            ));
        }
    }
    Ok((open(&telemetry, &TELEMETRY, opening)?, open(&records, &RECORDS, opening)?))
}

pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

pub(crate) fn io(error: std::io::Error, what: &str, path: &Path) -> Error {
    let kind =
        if error.kind() == std::io::ErrorKind::StorageFull { ErrorKind::Full } else { ErrorKind::Permanent };
    let text =
        format!("could not {what} {}: {error}; check the disk and the rights of the folder", path.display());
    Error::caused(kind, text, error)
}

pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|e| io(e, "put in place", to))?;
    // So that the name survives a power cut; systems that can't sync a folder do not need it.
    if let Some(folder) = to.parent()
        && let Ok(folder) = fs::File::open(folder)
    {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// A connection to a file, by the way to the disk that a trial names.
pub(crate) fn connect(path: &Path, flags: OpenFlags, trial: Option<Trial>) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match trial {
        None => Connection::open_with_flags(path, flags),
        Some(trial) => Connection::open_with_flags_and_vfs(path, flags, trial.vfs),
    }?;
    // A statement keeps its plan. Else SQLite plans many joins anew for each value bound, which takes longer than to run them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

pub(crate) fn make(path: &Path, layout: &Layout, trial: Option<Trial>) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection =
        connect(path, flags, trial).map_err(|e| Error::from(e).during("make the file", path))?;
    let made = (|| {
        connection.pragma_update(None, "page_size", layout.page_bytes)?;
        connection.pragma_update(None, "application_id", layout.application_id)?;
        set_up_writer(&connection, layout.writer_cache_kib, None, trial)?;
        migrate(&mut connection, layout)
    })();
    made.map_err(|e: Error| e.during("make the file", path))?;
    // A file that gets its name before all of it is on disk would be lost with the power, and with it what is moved into it.
    recover::fold(&connection, path)?;
    connection.close().map_err(|(_, e)| Error::from(e).during("make the file", path))
}

/// Opens the writer's connection to a file that is ours.
pub(crate) fn open_writer(
    path: &Path,
    layout: &Layout,
    pages_max: Option<u32>,
    trial: Option<Trial>,
    check: bool,
) -> Result<Connection> {
    check_head(path)?;
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE, trial)
        .map_err(|e| Error::from(e).during("open the file", path))?;
    check_ours(&connection, layout, path)?;
    if check {
        quick_check(&connection, path)?;
    }
    set_up_writer(&connection, layout.writer_cache_kib, pages_max, trial)
        .map_err(|e| e.during("open the file", path))?;
    Ok(connection)
}

/// Reads every page for damage.
pub(crate) fn quick_check(connection: &Connection, path: &Path) -> Result<()> {
    let verdict: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|e| Error::from(e).during("check the file", path))?;
    if verdict == "ok" { Ok(()) } else { Err(damaged(path, &verdict)) }
}

pub(crate) fn open(path: &Path, layout: &'static Layout, opening: &Opening) -> Result<DataFile> {
    let mut connection = open_writer(path, layout, opening.pages_max, opening.trial, opening.check)?;
    let ready = migrate(&mut connection, layout);
    ready.map_err(|e: Error| e.during("open the file", path))?;
    let (work, works) = sync_channel::<Work>(WRITES_WAITING_MAX);
    let thread = std::thread::Builder::new()
        .name(format!("writer {}", layout.name))
        .spawn(move || {
            while let Ok(work) = works.recv() {
                // A panic inside a write is a bug of that write: its transaction rolls back while unwinding, its caller
                // is told, and the writer lives on.
                let run = std::panic::AssertUnwindSafe(|| work(&mut connection));
                if std::panic::catch_unwind(run).is_err() {
                    tracing::error!("a write panicked and was rolled back");
                }
            }
        })
        .map_err(|e| io(e, "start the writer of", path))?;
    let care = Arc::new(Care {
        path: path.to_owned(),
        layout,
        pages_max: opening.pages_max,
        trial: opening.trial,
        readers: Readers::default(),
        failed: Mutex::new(None),
        commits: AtomicU64::new(0),
    });
    Ok(DataFile(Arc::new(Inner { work: Some(work), thread: Some(thread), care })))
}

fn damaged(path: &Path, finding: &str) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!(
            "{} is damaged ({finding}); restore it from a backup, and keep this file for repair",
            path.display()
        ),
    )
}

/// Looks at the file before SQLite does: SQLite takes an empty file for a new database, and would start empty.
fn check_head(path: &Path) -> Result<()> {
    let mut file = fs::File::open(path).map_err(|e| io(e, "open", path))?;
    let length = file.metadata().map_err(|e| io(e, "open", path))?.len();
    let mut head = [0_u8; 100];
    if length < 100 || file.read_exact(&mut head).is_err() {
        return Err(damaged(path, &format!("it is only {length} bytes long")));
    }
    if !head.starts_with(b"SQLite format 3\0") {
        return Err(damaged(path, "it does not begin as an SQLite file"));
    }
    // While a log exists, the pages beyond the end may be in it.
    let log = fs::metadata(beside(path, "-wal")).map_or(0, |m| m.len());
    let pages = u64::from(u32::from_be_bytes([head[28], head[29], head[30], head[31]]));
    let page_bytes = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    if log == 0 && length < pages * page_bytes {
        return Err(damaged(path, &format!("it is cut off: {length} of {} bytes", pages * page_bytes)));
    }
    Ok(())
}

pub(crate) fn check_ours(connection: &Connection, layout: &Layout, path: &Path) -> Result<()> {
    let pragma = |name: &str| -> Result<i32> {
        connection
            .pragma_query_value(None, name, |row| row.get(0))
            .map_err(|e| Error::from(e).during("open the file", path))
    };
    if pragma("application_id")? != layout.application_id {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "{} is an SQLite file, but not the {} of a site; put the right file there",
                path.display(),
                layout.name
            ),
        ));
    }
    let format = pragma("user_version")?;
    if format > layout.format {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!(
                "{} was written by a newer program (format {format}, this one knows {}); install the newer program again. Nothing was changed",
                path.display(),
                layout.format
            ),
        ));
    }
    Ok(())
}

fn set_up_writer(
    connection: &Connection,
    cache_kib: i64,
    pages_max: Option<u32>,
    trial: Option<Trial>,
) -> Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    let mode: String = connection.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(Error::new(
            ErrorKind::Permanent,
            format!(
                "the file can't keep a write-ahead log (mode {mode}); move the site's folder to a local disk"
            ),
        ));
    }
    connection.pragma_update(None, "synchronous", trial.map_or("FULL", |trial| trial.synchronous))?;
    crate::records::walk::register(connection)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -cache_kib)?;
    // Some PRAGMAs answer with a row, which `pragma_update` refuses.
    let _: i64 = connection.query_row("PRAGMA journal_size_limit=67108864", [], |row| row.get(0))?;
    if let Some(pages) = pages_max {
        let _: i64 = connection.query_row(&format!("PRAGMA max_page_count={pages}"), [], |row| row.get(0))?;
    }
    connection.set_prepared_statement_cache_capacity(128);
    Ok(())
}

fn open_reader(path: &Path, trial: Option<Trial>) -> Result<Connection> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY, trial)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    crate::records::walk::register(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn migrate(connection: &mut Connection, layout: &Layout) -> Result<()> {
    let known: bool =
        connection.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'migration'")?.exists([])?;
    let applied: Vec<String> = if known {
        rows(connection, "SELECT name FROM migration", [], |row| Ok(row.get(0)?))?
    } else {
        Vec::new()
    };
    let missing: Vec<_> = layout
        .steps
        .iter()
        .flat_map(|room| room.iter())
        .filter(|(name, _)| !applied.iter().any(|done| done == name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    crate::records::search::register(connection)?;
    // A table that is built anew keeps its ids, so what names them stays right; while it is away nothing may object.
    connection.pragma_update(None, "foreign_keys", false)?;
    let done = apply(connection, layout, &missing);
    connection.pragma_update(None, "foreign_keys", true)?;
    done
}

fn apply(connection: &mut Connection, layout: &Layout, missing: &[&(&str, &str)]) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch("CREATE TABLE IF NOT EXISTS migration(name TEXT PRIMARY KEY) WITHOUT ROWID")?;
    for (name, sql) in missing {
        transaction.execute_batch(sql)?;
        transaction.execute("INSERT INTO migration VALUES (?1)", [name])?;
    }
    transaction.pragma_update(None, "user_version", layout.format)?;
    transaction.commit()?;
    Ok(())
}

// ---------------------------------------------------------------------------------------------------------------------

/// All rows of a query.
pub(crate) fn rows<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    map: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    connection.prepare_cached(sql)?.query_and_then(params, map)?.collect()
}

/// The first row of a query, if there is one.
pub(crate) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    map: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    connection.prepare_cached(sql)?.query_and_then(params, map)?.next().transpose()
}

/// Runs a change; says how many rows it touched.
pub(crate) fn run(connection: &Connection, sql: &str, params: impl Params) -> Result<usize> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// A row that must be there.
pub(crate) fn need<T>(found: Option<T>, what: &str, id: impl std::fmt::Display) -> Result<T> {
    found.ok_or_else(|| {
        Error::new(
            ErrorKind::NotFound,
            format!("there is no {what} {id}; it may have been removed: refresh the list"),
        )
    })
}

/// A count of rows as SQLite has it.
pub(crate) fn count(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// A count on its way into SQLite.
pub(crate) fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{OpenFlags, Path, connect, first};
    use rusqlite::StatementStatus;
    use rusqlite::config::DbConfig;

    #[test]
    fn a_statement_is_planned_once() {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let db = connect(Path::new(":memory:"), flags, None).unwrap();
        db.execute_batch(
            "CREATE TABLE head(id INTEGER PRIMARY KEY, closing INTEGER);
             CREATE TABLE line(id INTEGER PRIMARY KEY, head INTEGER, item INTEGER);
             CREATE INDEX line_item ON line(item);
             INSERT INTO head VALUES (1, 0), (2, 0); INSERT INTO line VALUES (1, 1, 1), (2, 2, 2);",
        )
        .unwrap();
        let sql =
            "SELECT sum(l.id) FROM line l JOIN head d ON d.id = l.head WHERE l.item = ?1 AND d.closing = 0";
        let planned_anew = |stable: bool| {
            db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, stable).unwrap();
            db.flush_prepared_statement_cache();
            for item in 1..20 {
                first(&db, sql, [item], |row| Ok(row.get::<_, Option<i64>>(0)?)).unwrap();
            }
            db.prepare_cached(sql).unwrap().get_status(StatementStatus::RePrepare)
        };
        assert!(db.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG).unwrap(), "as it is opened");
        assert_eq!(planned_anew(true), 0);
        assert!(planned_anew(false) > 10, "this test can see it");
    }
}
