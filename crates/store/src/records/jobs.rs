//! Long work on record, so that a restart can say what was interrupted.

use super::Records;
use crate::Result;
use units::{JobId, Timestamp};

/// How far a job got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waiting for a thread.
    Queued,
    /// At work.
    Running,
    /// Done.
    Done,
    /// It did not work; the message says why.
    Failed,
    /// A person stopped it.
    Cancelled,
    /// The program ended meanwhile.
    Interrupted,
}

/// One job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its row; 0 before it is stored.
    pub id: JobId,
    /// What it does: `import`, `forecast`, `report`, …
    pub kind: String,
    /// How far.
    pub state: JobState,
    /// Who asked for it.
    pub by: String,
    /// What it was asked, as JSON.
    pub params: String,
    /// Asked at.
    pub created_at: Timestamp,
    /// Begun at.
    pub started_at: Option<Timestamp>,
    /// Ended at.
    pub ended_at: Option<Timestamp>,
    /// So much done …
    pub done: u64,
    /// … of so much; 0 is unknown.
    pub total: u64,
    /// What came of it, as JSON, or why not.
    pub result: Option<String>,
}

impl Records {
    /// Saves a job; id 0 makes a new one. Not audited: what a job changes is. Waits while an import holds the writer, so
    /// save at the start and the end of a job and keep its progress in memory.
    pub fn save_job(&self, job: &Job) -> Result<JobId> {
        crate::file::later(job)
    }

    /// Jobs, newest first.
    pub fn jobs(&self, limit: u32) -> Result<Vec<Job>> {
        crate::file::later(limit)
    }

    /// One job.
    pub fn job(&self, id: JobId) -> Result<Job> {
        crate::file::later(id)
    }

    pub(crate) fn interrupt_jobs(&self, now: Timestamp) -> Result<u64> {
        crate::file::later(now)
    }
}
