//! After a failed fsync: the file opened anew and verified before anything more is acknowledged; and the readers, who must be
//! out of the way meanwhile.
//!
//! A failed fsync is never tried again: the system may have marked the pages clean although they are not on disk (Rebello et
//! al., "Can Applications Recover from fsync Failures?", ATC '20), so the next one would succeed over a hole in the log, and
//! what is acknowledged after the hole would be lost with it. Instead every connection is closed, so that the log is read
//! again and each frame of it checked; the log is folded into the file, which writes all its pages once more; and the log
//! begins anew. Only then is the disk trusted again.

use crate::file::{Care, open_writer, quick_check};
use crate::limits::READERS_KEPT;
use crate::{Error, ErrorKind, Result};
use rusqlite::Connection;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The read-only connections of a file.
#[derive(Default)]
pub(crate) struct Readers {
    held: Mutex<Held>,
    changed: Condvar,
}

#[derive(Default)]
struct Held {
    idle: Vec<Connection>,
    out: usize,
    /// The file is being opened anew: nobody reads.
    shut: bool,
}

/// One reader at work, counted until it is done, even by a panic.
struct Out<'a>(&'a Readers);

impl Drop for Out<'_> {
    fn drop(&mut self) {
        self.0.lock().out -= 1;
    }
}

impl Readers {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `read` on a connection that waits, or on a new one.
    pub fn with<T>(
        &self,
        open: impl FnOnce() -> Result<Connection>,
        read: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        let mut held = self.lock();
        while held.shut {
            held = self.changed.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        held.out += 1;
        let idle = held.idle.pop();
        drop(held);
        let out = Out(self);
        let connection = match idle {
            Some(connection) => connection,
            None => open()?,
        };
        let result = read(&connection);
        let mut held = self.lock();
        if held.idle.len() < READERS_KEPT {
            held.idle.push(connection);
        }
        drop(held);
        drop(out);
        result
    }

    pub fn close_idle(&self) {
        self.lock().idle.clear();
    }

    /// Keeps readers out while `work` runs; `None` where one is at work.
    fn without<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let mut held = self.lock();
        if held.out > 0 {
            return None;
        }
        held.idle.clear();
        held.shut = true;
        drop(held);
        let _open_again = Open(self);
        Some(work())
    }
}

/// Lets readers in again, whatever happens.
struct Open<'a>(&'a Readers);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.lock().shut = false;
        self.0.changed.notify_all();
    }
}

/// Folds the log into the file and begins it anew; all of it is on disk then. Closing does the same, but keeps silent where the
/// disk fails.
pub(crate) fn fold(connection: &Connection, path: &Path) -> Result<()> {
    let (busy, log, folded): (i64, i64, i64) = connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .map_err(|e| Error::from(e).during("fold the log into the file", path))?;
    if busy != 0 || log != folded {
        return Err(Error::new(ErrorKind::Transient, "the log could not be folded into the file yet"));
    }
    Ok(())
}

/// Closes every connection, opens the writer's anew, folds the log into the file and reads the file for damage.
pub(crate) fn reopen(connection: &mut Connection, care: &Care) -> Result<()> {
    let opened = care.readers.without(|| -> Result<Connection> {
        // The old one is closed before the new one reads the log.
        drop(std::mem::replace(connection, Connection::open_in_memory()?));
        let fresh = open_writer(&care.path, care.layout, care.pages_max, care.trial, false)?;
        fold(&fresh, &care.path)?;
        Ok(fresh)
    });
    let fresh =
        opened.unwrap_or_else(|| Err(Error::new(ErrorKind::Transient, "somebody is still reading")))?;
    quick_check(&fresh, &care.path)?;
    *connection = fresh;
    Ok(())
}
