//! Files handed over piece by piece by a screen that can't name a path.

use crate::failure::{Failure, Result};
use crate::limits;
use contract::{Code, FileRef, StagedFile};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub(crate) struct Staging {
    folder: PathBuf,
    files: Mutex<(u64, HashMap<String, Staged>)>,
}

struct Staged {
    name: String,
    bytes: u64,
    whole: bool,
}

impl Staging {
    /// Begins empty: what an earlier process left behind is removed.
    pub fn new(site: &Path) -> Result<Self> {
        let folder = site.join("staged");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|e| storage("clear", &folder, &e))?;
        }
        Ok(Self { folder, files: Mutex::default() })
    }

    /// Takes the next piece.
    pub fn take(&self, token: Option<&str>, name: &str, piece: &[u8], last: bool) -> Result<StagedFile> {
        let mut guard = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let (counter, files) = &mut *guard;
        std::fs::create_dir_all(&self.folder).map_err(|e| storage("make", &self.folder, &e))?;
        let token = match token {
            Some(token) => token.to_owned(),
            None => {
                if files.len() >= limits::STAGED_FILES_MAX {
                    files.clear();
                }
                *counter += 1;
                let token = format!("f{counter}");
                files.insert(token.clone(), Staged { name: file_name(name), bytes: 0, whole: false });
                token
            }
        };
        let file =
            files.get_mut(&token).ok_or_else(|| Failure::not_found("file being handed over", &token))?;
        file.bytes += piece.len() as u64;
        if file.bytes > limits::STAGED_BYTES_MAX {
            files.remove(&token);
            return Err(Failure::bad_input(format!(
                "hand over {name}: more than {} MiB; give its path with `qm import` instead",
                limits::STAGED_BYTES_MAX / (1024 * 1024)
            )));
        }
        let path = self.folder.join(&token);
        let mut out = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|e| storage("open", &path, &e))?;
        out.write_all(piece).map_err(|e| storage("write", &path, &e))?;
        file.whole = last;
        Ok(StagedFile { token, bytes: file.bytes })
    }

    /// The path and the name for people of a file a call refers to.
    pub fn resolve(&self, file: &FileRef) -> Result<(PathBuf, String)> {
        match file {
            FileRef::Path(text) => {
                let path = PathBuf::from(text);
                let name =
                    path.file_name().map_or_else(|| text.clone(), |name| name.to_string_lossy().into_owned());
                if !path.is_file() {
                    return Err(Failure::new(
                        Code::NotFound,
                        format!("open {text}: there is no such file; check the path"),
                    ));
                }
                Ok((path, name))
            }
            FileRef::Staged(token) => {
                let guard = self.files.lock().unwrap_or_else(PoisonError::into_inner);
                let file = guard.1.get(token).ok_or_else(|| Failure::not_found("file handed over", token))?;
                if !file.whole {
                    return Err(Failure::bad_input(format!(
                        "{} was not handed over whole; choose it again",
                        file.name
                    )));
                }
                Ok((self.folder.join(token), file.name.clone()))
            }
        }
    }
}

/// The last part of whatever a browser calls the file.
fn file_name(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or(name).chars().take(120).collect()
}

fn storage(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    let code = if error.kind() == std::io::ErrorKind::StorageFull { Code::DiskFull } else { Code::Storage };
    Failure::new(code, format!("{what} {}: {error}; check the disk and the folder's rights", path.display()))
}
