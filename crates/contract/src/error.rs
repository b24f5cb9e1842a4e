//! What a screen is told when a call did not happen.

use serde::{Deserialize, Serialize};

/// What kind of failure; screens branch on it, never on text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Code {
    /// The call's body or a file can't be used as it is.
    BadInput,
    /// The thing is not there (any more).
    NotFound,
    /// The role may not do this.
    NotAllowed,
    /// Somebody else changed it, or its state does not allow this.
    Conflict,
    /// The console is not open or the owner of the site's folder does not answer.
    Unavailable,
    /// The disk is full.
    DiskFull,
    /// The store can't be read or written.
    Storage,
    /// The work was cancelled; nothing was changed.
    Cancelled,
    /// The model or its runtime can't be used.
    Model,
    /// A mistake in the program; the trace id finds it in the log.
    Bug,
}

impl Code {
    /// Every code, with its cause and remedy: docs/errors.md is made of this.
    pub const ALL: [(Code, &'static str, &'static str); 10] = [
        (
            Code::BadInput,
            "The text, number or file can't be used as it is.",
            "Read the message: it names the field or line. Correct it and send it again.",
        ),
        (Code::NotFound, "The row was removed, or the number is wrong.", "Reload the list and choose again."),
        (Code::NotAllowed, "Your role does not allow it.", "Ask a manager or an administrator."),
        (
            Code::Conflict,
            "Its state changed meanwhile, or does not allow this step.",
            "Reload; if it is a proposal, look who decided it.",
        ),
        (
            Code::Unavailable,
            "The process that owns the site's folder does not answer.",
            "Start the console or `qm run`, then try again.",
        ),
        (
            Code::DiskFull,
            "There is no room on the disk of the site's folder.",
            "Free some room; recording resumes by itself.",
        ),
        (
            Code::Storage,
            "The site's files can't be read or written.",
            "Read the message; check the disk and the folder's rights, restore a backup if a file is damaged.",
        ),
        (Code::Cancelled, "The work was cancelled; nothing was changed.", "Start it again when you want it."),
        (
            Code::Model,
            "The model file or its runtime can't be used; statistical models are used instead.",
            "Run `cargo xtask setup`, or put back the model named in the manifest.",
        ),
        (Code::Bug, "A mistake in the program.", "Report it with the trace id and the log."),
    ];
}

/// A call that did not happen, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// What kind.
    pub code: Code,
    /// What was tried, on what, what to do next.
    pub message: String,
    /// Finds it in the log.
    pub trace_id: String,
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({:?}, trace {})", self.message, self.code, self.trace_id)
    }
}

impl std::error::Error for ApiError {}
