//! The audit chain: who, when, what, old, new, why; each row carries the hash of the one before.

use crate::Result;
use crate::records::Records;
use units::{AuditId, Timestamp};

/// One row of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place in the chain, from 1 without gaps.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// What was done: `approve`, `import`, `save`, `remove`, …
    pub action: String,
    /// To what: `proposal:12`, `item:AB-1`, `import:3`, …
    pub subject: String,
    /// How it was, as JSON.
    pub old: Option<String>,
    /// How it became, as JSON.
    pub new: Option<String>,
    /// Why, where somebody said so.
    pub why: Option<String>,
    /// SHA-256 of the row and of the one before, in hex.
    pub hash: String,
}

/// What reading the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Rows read.
    pub rows: u64,
    /// The first place where the chain does not hold, and why.
    pub first_bad: Option<(AuditId, String)>,
    /// The hash of the last row, in hex: written down elsewhere, it also proves that nobody rebuilt the whole chain.
    pub head_hash: String,
}

impl Verdict {
    /// Whether every row holds.
    pub fn holds(&self) -> bool {
        self.first_bad.is_none()
    }
}

impl Records {
    /// Rows newest first; `before` continues a list.
    pub fn audit_list(&self, limit: u32, before: Option<AuditId>) -> Result<Vec<AuditRow>> {
        crate::file::later((limit, before))
    }

    /// Reads the whole chain and finds any edited, deleted, reordered or cut row.
    pub fn audit_verify(&self) -> Result<Verdict> {
        crate::file::later(())
    }
}
