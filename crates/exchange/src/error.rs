//! Why a file could not be read at all. Bad rows are findings, not errors.

use domain::{Finding, FindingCode, Severity};

/// Why the file as a whole could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Reading failed; the same file may be readable later.
    Io,
    /// The compressed stream ends early.
    Truncated,
    /// It is not text: a workbook, a picture, an archive.
    NotText,
    /// It expands to more than we accept.
    TooLarge,
    /// It has no row, or no column the import needs.
    MissingColumn,
    /// A person, or the taker of the rows, asked to stop.
    Stopped,
}

/// The file could not be used; nothing that was handed over before should be kept.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What a caller branches on.
    pub kind: ErrorKind,
    /// What was tried, on what, and what to do next.
    pub message: String,
    /// The line it happened on, where known.
    pub line: Option<u64>,
    /// Beneath.
    #[source]
    pub source: Option<std::io::Error>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), line: None, source: None }
    }

    pub(crate) fn at(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn io(line: u64, source: std::io::Error) -> Self {
        Self {
            kind: ErrorKind::Io,
            message: format!(
                "reading the file failed after line {line}: {source}; check the disk or share, then try again"
            ),
            line: Some(line),
            source: Some(source),
        }
    }

    pub(crate) fn stopped(line: u64) -> Self {
        Self::new(ErrorKind::Stopped, format!("stopped on request at line {line}")).at(line)
    }

    /// Whether trying again unchanged may help.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Io)
    }

    /// The same as a finding, for the list of findings; `None` where the file is not to blame.
    pub fn finding(&self) -> Option<Finding> {
        let code = match self.kind {
            ErrorKind::Truncated => FindingCode::Truncated,
            ErrorKind::NotText => FindingCode::NotText,
            ErrorKind::TooLarge => FindingCode::OutOfRange,
            ErrorKind::MissingColumn => FindingCode::MissingColumn,
            ErrorKind::Io | ErrorKind::Stopped => return None,
        };
        let mut finding = Finding::about(code, Severity::Error, "file", &self.message);
        finding.line = self.line;
        Some(finding)
    }
}
