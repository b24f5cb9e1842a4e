//! A site that could not be opened or reached, in words for a person.

use std::path::Path;

/// What was tried, on what, what to do next.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(pub String);

/// What every step of opening returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// In words.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Something on a file or folder failed.
    pub fn on(what: &str, path: &Path, error: &std::io::Error) -> Self {
        let next = match error.kind() {
            std::io::ErrorKind::StorageFull => "free some room on the disk and try again",
            std::io::ErrorKind::PermissionDenied => {
                "check the folder's rights, or choose another with --site DIR"
            }
            _ => "check the disk and the folder's rights",
        };
        Self(format!("{what} {}: {error}; {next}", path.display()))
    }
}

impl From<app::Failure> for Error {
    fn from(failure: app::Failure) -> Self {
        Self(failure.message)
    }
}
