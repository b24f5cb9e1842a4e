//! One error for the whole room: what was tried, on what, and what to do next.

use std::error::Error as StdError;
use std::fmt;
use std::path::Path;

/// What a caller can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The same call may work in a moment (busy).
    Transient,
    /// The same call will fail again.
    Permanent,
    /// The disk, or the limit set on the file, is full. Nothing was written; the store goes on reading.
    Full,
    /// The file is damaged, missing, not ours, or newer than this program.
    Corrupt,
    /// No such row.
    NotFound,
    /// The rows have moved on: the change does not fit what is stored.
    Conflict,
    /// The caller asked the work to stop; nothing of it was kept.
    Stopped,
}

/// A read or write that did not happen.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    context: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What every call of this room answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without a cause below it.
    pub fn new(kind: ErrorKind, context: impl Into<String>) -> Self {
        Self { kind, context: context.into(), source: None }
    }

    /// An error with its cause.
    pub fn caused(
        kind: ErrorKind,
        context: impl Into<String>,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        Self { kind, context: context.into(), source: Some(source.into()) }
    }

    /// What a caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The same for another who waited for the same work.
    pub(crate) fn again(&self) -> Self {
        let mut source = String::new();
        if self.context.is_empty()
            && let Some(cause) = &self.source
        {
            source = cause.to_string();
        }
        let source = (!source.is_empty()).then(|| source.into());
        Self { kind: self.kind, context: self.context.clone(), source }
    }

    /// Names what was tried and on which file; keeps the first such text.
    pub(crate) fn during(mut self, what: &str, path: &Path) -> Self {
        if self.context.is_empty() {
            let hint = match self.kind {
                ErrorKind::Transient => "try again",
                ErrorKind::Permanent => "look at the disk and the rights of the folder, then restart",
                ErrorKind::Full => "nothing was written; free some disk space and try again",
                ErrorKind::Corrupt => "restore the file from a backup, and keep this one for repair",
                ErrorKind::NotFound => "it may have been removed; refresh the list",
                ErrorKind::Conflict => "it was changed meanwhile; refresh and try again",
                ErrorKind::Stopped => "nothing was kept",
            };
            let cause = self.source.as_ref().map(|s| format!(": {s}")).unwrap_or_default();
            self.context = format!("could not {what} in {}{cause}; {hint}", path.display());
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.source, self.context.is_empty()) {
            (Some(source), true) => source.fmt(f),
            _ => f.write_str(&self.context),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|s| &**s as &(dyn StdError + 'static))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let kind = match &error {
            rusqlite::Error::QueryReturnedNoRows => ErrorKind::NotFound,
            // A cell of another type than was written there: the file was changed under us.
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => ErrorKind::Corrupt,
            other => match other.sqlite_error_code() {
                // The log's index could not grow: a full disk by another name (SQLITE_IOERR_SHMSIZE).
                _ if extended(other) == Some(4874) => ErrorKind::Full,
                Some(Code::DatabaseBusy | Code::DatabaseLocked) => ErrorKind::Transient,
                Some(Code::DiskFull) => ErrorKind::Full,
                Some(Code::DatabaseCorrupt | Code::NotADatabase) => ErrorKind::Corrupt,
                Some(Code::ConstraintViolation) => ErrorKind::Conflict,
                _ => ErrorKind::Permanent,
            },
        };
        Self { kind, context: String::new(), source: Some(Box::new(error)) }
    }
}

impl From<units::Stopped> for Error {
    fn from(stopped: units::Stopped) -> Self {
        Self::caused(ErrorKind::Stopped, "stopped on request; nothing was kept", stopped)
    }
}

fn extended(error: &rusqlite::Error) -> Option<i32> {
    error.sqlite_error().map(|e| e.extended_code)
}
