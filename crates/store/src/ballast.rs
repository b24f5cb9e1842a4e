//! A file that holds room on the disk for the moment when there is none: given up, it lets alarms, deletions and what people
//! decide still be written, since even a DELETE needs room.
//!
//! Turns a folder into a file of [`BALLAST_BYTES`] that really occupies its blocks, and back. What is written while it is
//! given up is for the caller to choose: readings would eat it within the minute.

use crate::limits::BALLAST_BYTES;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The ballast of one site.
pub struct Ballast {
    path: PathBuf,
    held: Mutex<bool>,
}

impl Ballast {
    /// Takes the room, where the disk has it twice; otherwise it is taken later.
    pub fn keep(folder: &Path) -> Self {
        let ballast = Self { path: folder.join("ballast"), held: Mutex::new(false) };
        if let Err(error) = ballast.restore() {
            tracing::warn!("keep room on the disk for bad days: {error}");
        }
        ballast
    }

    /// Whether the room is taken.
    pub fn is_held(&self) -> bool {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the room up; whether there was any.
    pub fn free(&self) -> bool {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::remove_file(&self.path) {
            Ok(()) => {
                *held = false;
                true
            }
            Err(error) => {
                if error.kind() == io::ErrorKind::NotFound {
                    *held = false;
                }
                false
            }
        }
    }

    /// Takes the room again where the disk has it twice; whether it is taken now.
    pub fn restore(&self) -> io::Result<bool> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if fs::metadata(&self.path).is_ok_and(|about| about.len() == BALLAST_BYTES) {
            *held = true;
            return Ok(true);
        }
        if room(&self.path).is_some_and(|room| room < 2 * BALLAST_BYTES) {
            return Ok(false);
        }
        match occupy(&self.path) {
            Ok(()) => {
                *held = true;
                Ok(true)
            }
            Err(error) => {
                let _ = fs::remove_file(&self.path);
                if error.kind() == io::ErrorKind::StorageFull { Ok(false) } else { Err(error) }
            }
        }
    }
}

/// Bytes that a program may still write on the disk of a file, where the system tells.
#[cfg(unix)]
fn room(path: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(path.parent()?).ok()?;
    Some(about.f_bavail.saturating_mul(about.f_frsize))
}

#[cfg(not(unix))]
fn room(_path: &Path) -> Option<u64> {
    None
}

/// Makes the file with all its blocks: a hole would hold no room.
fn occupy(path: &Path) -> io::Result<()> {
    let mut file = File::create(path)?;
    #[cfg(target_os = "linux")]
    match rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, BALLAST_BYTES) {
        Ok(()) => return file.sync_all(),
        // Not on every file system: then it is written.
        Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => {}
        Err(error) => return Err(error.into()),
    }
    // Not zeros, which some file systems do not store.
    let piece = vec![0xA5_u8; 1 << 20];
    for _ in 0..BALLAST_BYTES >> 20 {
        file.write_all(&piece)?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_room_gives_it_up_and_takes_it_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let ballast = Ballast::keep(folder.path());
        if !ballast.is_held() {
            println!("skipped: the disk has no {} bytes to spare", 2 * BALLAST_BYTES);
            return;
        }
        let path = folder.path().join("ballast");
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            assert!(fs::metadata(&path).expect("it is there").blocks() * 512 >= BALLAST_BYTES);
        }
        assert!(ballast.free() && !path.exists() && !ballast.is_held());
        assert!(!ballast.free());
        assert!(ballast.restore().expect("room") && ballast.is_held());
        assert!(Ballast::keep(folder.path()).is_held());
    }
}
