//! Long work on record, so that a restart can say what was interrupted.

use super::Records;
use crate::Result;
use crate::file::{count, first, need, rows, run, stored};
use crate::words::{job_state, job_state_code};
use rusqlite::{Row, params};
use units::{JobId, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "jobs-1",
    "CREATE TABLE job(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        state INTEGER NOT NULL,
        by TEXT NOT NULL,
        params TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        started_at INTEGER,
        ended_at INTEGER,
        done INTEGER NOT NULL,
        total INTEGER NOT NULL,
        result TEXT
     );",
)];

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

const JOB: &str =
    "SELECT id, kind, state, by, params, created_at, started_at, ended_at, done, total, result FROM job";

fn job(row: &Row<'_>) -> Result<Job> {
    Ok(Job {
        id: JobId(row.get(0)?),
        kind: row.get(1)?,
        state: job_state(row.get(2)?)?,
        by: row.get(3)?,
        params: row.get(4)?,
        created_at: Timestamp(row.get(5)?),
        started_at: row.get::<_, Option<i64>>(6)?.map(Timestamp),
        ended_at: row.get::<_, Option<i64>>(7)?.map(Timestamp),
        done: count(row.get(8)?),
        total: count(row.get(9)?),
        result: row.get(10)?,
    })
}

impl Records {
    /// Saves a job; id 0 makes a new one. Not audited: what a job changes is. Waits while an import holds the writer, so
    /// save at the start and the end of a job and keep its progress in memory.
    pub fn save_job(&self, job: &Job) -> Result<JobId> {
        let job = job.clone();
        self.file.write("save a job", move |tx| {
            let id = (job.id.0 != 0).then_some(job.id.0);
            run(
                tx,
                "INSERT OR REPLACE INTO job(id, kind, state, by, params, created_at, started_at, ended_at, done, total, result)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                params![
                    id,
                    job.kind,
                    job_state_code(job.state),
                    job.by,
                    job.params,
                    job.created_at.0,
                    job.started_at.map(|t| t.0),
                    job.ended_at.map(|t| t.0),
                    stored(job.done),
                    stored(job.total),
                    job.result
                ],
            )?;
            Ok(JobId(id.unwrap_or_else(|| tx.last_insert_rowid())))
        })
    }

    /// Jobs, newest first.
    pub fn jobs(&self, limit: u32) -> Result<Vec<Job>> {
        self.file.read("list jobs", |db| rows(db, &format!("{JOB} ORDER BY id DESC LIMIT ?1"), [limit], job))
    }

    /// One job.
    pub fn job(&self, id: JobId) -> Result<Job> {
        self.file.read("read a job", |db| {
            need(first(db, &format!("{JOB} WHERE id = ?1"), [id.0], job)?, "job", id)
        })
    }

    /// Marks what was queued or running when the program ended.
    pub(crate) fn interrupt_jobs(&self, now: Timestamp) -> Result<u64> {
        self.file.write("mark interrupted jobs", move |tx| {
            let changed = run(
                tx,
                "UPDATE job SET state = ?1, ended_at = ?2 WHERE state IN (?3, ?4)",
                (
                    job_state_code(JobState::Interrupted),
                    now.0,
                    job_state_code(JobState::Queued),
                    job_state_code(JobState::Running),
                ),
            )?;
            Ok(changed as u64)
        })
    }
}
