//! An operation that did not happen, with its context added once on the way up.

use contract::{ApiError, Code};
use std::fmt;

/// Why a call did not happen.
#[derive(Debug)]
pub struct Failure {
    /// What kind.
    pub code: Code,
    /// What was tried, on what, what to do next.
    pub message: String,
}

/// What every step of `app` returns.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// A failure of a kind.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// Bad input, in words.
    pub fn bad_input(message: impl Into<String>) -> Self {
        Self::new(Code::BadInput, message)
    }

    /// Something is not there.
    pub fn not_found(what: &str, id: impl fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("there is no {what} {id} here; reload the list and choose again"))
    }

    /// A mistake of ours.
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(Code::Bug, message)
    }

    /// As the wire carries it.
    pub fn into_api(self, trace_id: String) -> ApiError {
        ApiError { code: self.code, message: self.message, trace_id }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        use store::ErrorKind::*;
        let code = match error.kind() {
            Full => Code::DiskFull,
            NotFound => Code::NotFound,
            Conflict => Code::Conflict,
            Stopped => Code::Cancelled,
            Transient | Permanent | Corrupt => Code::Storage,
        };
        Self::new(code, error.to_string())
    }
}

impl From<inference::Error> for Failure {
    fn from(error: inference::Error) -> Self {
        Self::new(Code::Model, error.to_string())
    }
}

impl From<units::Stopped> for Failure {
    fn from(_: units::Stopped) -> Self {
        Self::new(Code::Cancelled, "cancelled; nothing was changed")
    }
}

impl From<domain::Refused> for Failure {
    fn from(refused: domain::Refused) -> Self {
        Self::new(Code::Conflict, refused.to_string())
    }
}
