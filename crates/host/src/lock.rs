//! One process owns a site's folder: a locked file, and beside it a note of who holds it and how to reach them.
//!
//! The system releases the lock when its process ends, however it ends. The note is removed at a clean end, so a note with
//! a free lock says that the last owner did not end well.

use crate::error::{Error, Result};
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use units::Timestamp;

const LOCK: &str = "owner.lock";
const NOTE: &str = "owner.json";

/// Who owns the folder. Readable by its user only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerNote {
    /// The process.
    pub pid: u32,
    /// Where its door is: `http://127.0.0.1:PORT`; none while it is still opening.
    pub endpoint: Option<String>,
    /// What lets a local process in.
    pub token: Secret,
    /// Since when, real time.
    pub started_at: Timestamp,
}

impl OwnerNote {
    /// The note in a folder, if there is a whole one.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(NOTE);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::on("read", &path, &e)),
        }
    }
}

/// What trying for the lock gave.
#[derive(Debug)]
pub enum Acquired {
    /// The folder is ours.
    Owned(Lock),
    /// Another process has it; the note says who, once they wrote it.
    Held(Option<OwnerNote>),
}

/// The ownership of a folder; dropping it releases the folder but leaves the note, as a crash would.
#[derive(Debug)]
pub struct Lock {
    folder: PathBuf,
    note: OwnerNote,
    unclean: bool,
    // Holds the system's lock.
    _file: File,
}

impl Lock {
    /// Tries to own `folder`, which exists.
    pub fn acquire(folder: &Path, now: Timestamp) -> Result<Acquired> {
        let path = folder.join(LOCK);
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|e| Error::on("open", &path, &e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Acquired::Held(OwnerNote::read(folder)?)),
            Err(TryLockError::Error(e)) => return Err(Error::on("lock", &path, &e)),
        }
        let unclean = folder.join(NOTE).exists();
        let note =
            OwnerNote { pid: std::process::id(), endpoint: None, token: Secret::random()?, started_at: now };
        let lock = Self { folder: folder.to_owned(), note, unclean, _file: file };
        lock.write()?;
        Ok(Acquired::Owned(lock))
    }

    /// The owner before this one did not end well.
    pub fn unclean(&self) -> bool {
        self.unclean
    }

    /// What lets a local process in.
    pub fn token(&self) -> &Secret {
        &self.note.token
    }

    /// Tells where the door is.
    pub fn tell(&mut self, endpoint: &str) -> Result<()> {
        self.note.endpoint = Some(endpoint.to_owned());
        self.write()
    }

    /// Whole or not at all: readers poll this file.
    fn write(&self) -> Result<()> {
        let (path, part) = (self.folder.join(NOTE), self.folder.join(format!("{NOTE}.part")));
        let text = serde_json::to_vec(&self.note)
            .map_err(|e| Error::new(format!("write {}: {e}", path.display())))?;
        let put = || -> std::io::Result<()> {
            // A left-over part could have other rights than ours.
            match std::fs::remove_file(&part) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
            let mut options = File::options();
            options.create_new(true).write(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(&part)?;
            file.write_all(&text)?;
            file.sync_all()?;
            std::fs::rename(&part, &path)
        };
        put().map_err(|e| Error::on("write", &path, &e))
    }

    /// Ends the ownership in order: the note goes first, then the lock.
    pub fn release(self) -> Result<()> {
        let path = self.folder.join(NOTE);
        std::fs::remove_file(&path).map_err(|e| Error::on("remove", &path, &e))
    }
}
