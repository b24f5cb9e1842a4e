//! The files of the months of a site: which there are, opened when they are needed, and what was found damaged in them.

use super::month::{Broken, Month, Reader};
use crate::chunk::Coder;
use crate::file::{DataFile, MONTH, beside, io, make, open, rename};
use crate::limits::{BROKEN_WAITING_MAX, MONTHS_OPEN_MAX};
use crate::{ErrorKind, Opening, Result};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) struct Months {
    folder: PathBuf,
    opening: Opening,
    known: Mutex<BTreeSet<Month>>,
    /// Those used last are at the end.
    open: Mutex<Vec<(Month, DataFile)>>,
    /// Files that can't be opened, by name, and why.
    damaged: Mutex<BTreeMap<String, String>>,
    broken: Mutex<Vec<Broken>>,
    /// Pieces moved aside and files given up since this was opened.
    met: AtomicU64,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Months {
    /// Looks which months the folder has.
    pub fn of(folder: &Path, opening: &Opening) -> Result<Self> {
        let mut known = BTreeSet::new();
        let mut damaged = BTreeMap::new();
        for entry in fs::read_dir(folder).map_err(|e| io(e, "list", folder))? {
            let name = entry.map_err(|e| io(e, "list", folder))?.file_name();
            let name = name.to_string_lossy();
            known.extend(Month::of_file_name(&name));
            if let Some((month, _)) = name.split_once(".damaged-")
                && Month::of_file_name(month).is_some()
            {
                damaged.insert(name.to_string(), "it could not be opened and was set aside".to_owned());
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
            opening: opening.clone(),
            known: Mutex::new(known),
            open: Mutex::new(Vec::new()),
            damaged: Mutex::new(damaged),
            broken: Mutex::new(Vec::new()),
            met: AtomicU64::new(0),
        })
    }

    pub fn path(&self, month: Month) -> PathBuf {
        self.folder.join(month.file_name())
    }

    pub fn known(&self) -> BTreeSet<Month> {
        lock(&self.known).clone()
    }

    /// The open file of a month; `None` where there is none, or it is damaged, which is then noted.
    pub fn file(&self, month: Month) -> Result<Option<DataFile>> {
        if !lock(&self.known).contains(&month) {
            return Ok(None);
        }
        let mut files = lock(&self.open);
        if let Some(place) = files.iter().position(|one| one.0 == month) {
            let found = files.remove(place);
            files.push(found.clone());
            return Ok(Some(found.1));
        }
        let path = self.path(month);
        // A log that was left tells of an unclean end: only such a file can be torn.
        let torn = fs::metadata(beside(&path, "-wal")).is_ok_and(|log| log.len() > 0);
        let opening = Opening { check: self.opening.check && torn, ..self.opening.clone() };
        match open(&path, &MONTH, &opening) {
            Ok(file) => {
                files.push((month, file.clone()));
                let oldest = (files.len() > MONTHS_OPEN_MAX).then(|| files.remove(0));
                drop(files);
                drop(oldest);
                Ok(Some(file))
            }
            Err(error) if error.kind() == ErrorKind::Corrupt => {
                drop(files);
                if lock(&self.damaged).insert(month.file_name(), error.to_string()).is_none() {
                    tracing::error!(%error, "the readings of a month can't be read");
                    self.met_damage(1);
                }
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The file of a month to write to: made where there is none. A damaged one is kept under another name.
    pub fn file_to_write(&self, month: Month) -> Result<DataFile> {
        if let Some(file) = self.file(month)? {
            return Ok(file);
        }
        let path = self.path(month);
        if lock(&self.known).contains(&month) {
            self.put_aside(month, &path)?;
        }
        let new = path.with_extension("db.new");
        for leftover in ["", "-wal", "-shm", "-journal"] {
            let leftover = beside(&new, leftover);
            if leftover.exists() {
                fs::remove_file(&leftover).map_err(|e| io(e, "remove", &leftover))?;
            }
        }
        make(&new, &MONTH, self.opening.trial)?;
        rename(&new, &path)?;
        lock(&self.known).insert(month);
        self.file(month)?.ok_or_else(|| {
            crate::Error::new(
                ErrorKind::Corrupt,
                format!("{} was just made and is damaged; check the disk", path.display()),
            )
        })
    }

    fn put_aside(&self, month: Month, path: &Path) -> Result<()> {
        let name = month.file_name();
        for number in 1.. {
            let aside = self.folder.join(format!("{name}.damaged-{number}"));
            if aside.exists() {
                continue;
            }
            for suffix in ["-wal", "-shm"] {
                let log = beside(path, suffix);
                if log.exists() {
                    rename(&log, &beside(&aside, suffix))?;
                }
            }
            rename(path, &aside)?;
            lock(&self.known).remove(&month);
            let mut damaged = lock(&self.damaged);
            let why = damaged.remove(&name).unwrap_or_default();
            damaged.insert(format!("{name}.damaged-{number}"), why);
            return Ok(());
        }
        Ok(())
    }

    /// Reads a month's file, or nothing where there is none.
    pub fn read<T>(
        &self,
        month: Month,
        coder: &mut Coder,
        read: impl FnOnce(&mut Reader<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(file) = self.file(month)? else { return Ok(None) };
        let mut broken = Vec::new();
        let result = file.read("read packed readings", |db| {
            read(&mut Reader { db, month, coder: &mut *coder, broken: &mut broken })
        });
        if !broken.is_empty() {
            let mut all = lock(&self.broken);
            broken.retain(|one| !all.contains(one));
            for one in &broken {
                tracing::error!(file = %one.month.file_name(), chunk = one.chunk, "a piece of packed readings is damaged");
            }
            let room = BROKEN_WAITING_MAX.saturating_sub(all.len());
            all.extend(broken.into_iter().take(room));
        }
        result.map(Some)
    }

    pub fn connection<T>(
        &self,
        month: Month,
        read: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<Option<T>> {
        let Some(file) = self.file(month)? else { return Ok(None) };
        file.read("read packed readings", read).map(Some)
    }

    /// Chunks found broken since this was asked last.
    pub fn take_broken(&self) -> Vec<Broken> {
        std::mem::take(&mut *lock(&self.broken))
    }

    pub fn has_broken(&self) -> bool {
        !lock(&self.broken).is_empty()
    }

    /// Notes that so many more pieces were moved aside, or files given up.
    pub fn met_damage(&self, pieces: u64) {
        self.met.fetch_add(pieces, Ordering::Relaxed);
    }

    /// How many were since this was opened.
    pub fn damage_met(&self) -> u64 {
        self.met.load(Ordering::Relaxed)
    }

    /// Files that can't be opened, and why.
    pub fn damaged(&self) -> Vec<(String, String)> {
        lock(&self.damaged).iter().map(|(name, why)| (name.clone(), why.clone())).collect()
    }

    /// Removes the file of a month, readings and rollups.
    pub fn remove(&self, month: Month) -> Result<()> {
        lock(&self.known).remove(&month);
        lock(&self.open).retain(|one| one.0 != month);
        let path = self.path(month);
        for suffix in ["", "-wal", "-shm"] {
            let path = beside(&path, suffix);
            match fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(io(e, "remove", &path)),
                _ => {}
            }
        }
        Ok(())
    }
}
