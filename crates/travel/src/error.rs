//! Why roads could not be read or written.

/// What a caller branches on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// A person asked to stop; nothing was made.
    Stopped,
    /// The disk or share failed; the same file may work later.
    Transient,
    /// The file will not work: it is of another kind, damaged, or has no road.
    Permanent,
}

/// No network was made.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What a caller branches on.
    pub kind: ErrorKind,
    /// What was tried, on what, and what to do next.
    pub message: String,
    /// What the system said.
    #[source]
    pub source: Option<std::io::Error>,
}

impl Error {
    pub(crate) fn permanent(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Permanent, message: message.into(), source: None }
    }

    pub(crate) fn stopped(doing: &str) -> Self {
        Self {
            kind: ErrorKind::Stopped,
            message: format!("{doing} was stopped on request; nothing was changed"),
            source: None,
        }
    }

    pub(crate) fn io(doing: &str, source: std::io::Error) -> Self {
        Self {
            kind: ErrorKind::Transient,
            message: format!("{doing} failed: {source}; check the disk or share, then try again"),
            source: Some(source),
        }
    }
}
