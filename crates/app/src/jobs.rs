//! Long work: on a pool of cores − 1, cancellable, on record, "interrupted" after a restart.

use crate::dispatch::panic_text;
use crate::failure::{Failure, Result};
use crate::open::{App, Inner};
use contract::{Code, JobRow, Topic};
use domain::Actor;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::{Job, JobState};
use tokio::sync::{Notify, Semaphore};
use units::{JobId, Progress, Stop};

pub(crate) struct Jobs {
    running: Mutex<HashMap<JobId, Running>>,
    permits: Arc<Semaphore>,
    idle: Notify,
}

struct Running {
    stop: Stop,
    progress: Arc<(AtomicU64, AtomicU64)>,
}

/// Threads that jobs may take: one less than there are, so that recording and the screen keep theirs.
pub(crate) fn job_threads() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1)).max(1)
}

impl Jobs {
    pub fn new() -> Self {
        Self {
            running: Mutex::default(),
            permits: Arc::new(Semaphore::new(job_threads())),
            idle: Notify::new(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<JobId, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Jobs at work or waiting for a thread.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// Asks one to stop; false where it is not running.
    pub fn stop(&self, id: JobId) -> bool {
        self.lock().get(&id).map(|job| job.stop.ask()).is_some()
    }

    pub fn stop_all(&self) {
        self.lock().values().for_each(|job| job.stop.ask());
    }

    /// Waits until none is at work.
    pub async fn idle(&self) {
        loop {
            let notified = self.idle.notified();
            if self.lock().is_empty() {
                return;
            }
            notified.await;
        }
    }

    fn progress(&self, id: JobId) -> Option<(u64, u64)> {
        self.lock()
            .get(&id)
            .map(|job| (job.progress.0.load(Ordering::Relaxed), job.progress.1.load(Ordering::Relaxed)))
    }
}

/// Niceness of a job's thread and of those it starts: recording and the screen go first.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Runs long work on a thread of its own at low priority (elsewhere than on Linux at the normal one).
async fn on_quiet_thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    let (done, wait) = tokio::sync::oneshot::channel();
    let body = move || {
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::process::nice(NICE) {
            tracing::debug!("a job keeps its normal priority: {error}");
        }
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        // Nobody waits any more only when the program ends.
        let _ = done.send(outcome.unwrap_or_else(|panic| Err(Failure::bug(panic_text(panic.as_ref())))));
    };
    std::thread::Builder::new().name(name.to_owned()).spawn(body).map_err(|e| {
        Failure::new(
            Code::Storage,
            format!("start the job's thread: {e}; close other programs and try again"),
        )
    })?;
    wait.await
        .unwrap_or_else(|_| Err(Failure::new(Code::Cancelled, "the console is closing; nothing was changed")))
}

impl App {
    /// Starts a job; `work` runs on a thread of the pool and gives its result as JSON.
    pub(crate) async fn start_job(
        &self,
        kind: &'static str,
        subject: String,
        by: &Actor,
        work: impl FnOnce(&Arc<Inner>, &Stop, &Progress<'_>) -> Result<String> + Send + 'static,
    ) -> Result<JobId> {
        let started = self.0.now();
        let job = Job {
            id: JobId(0),
            kind: kind.to_owned(),
            state: JobState::Running,
            by: by.name.clone(),
            params: serde_json::json!({ "subject": subject }).to_string(),
            created_at: started,
            started_at: Some(started),
            ended_at: None,
            done: 0,
            total: 0,
            result: None,
        };
        let (id, mut job) = self
            .blocking(move |inner| {
                let id = inner.store.records.save_job(&job)?;
                Ok((id, job))
            })
            .await?;
        job.id = id;
        let (stop, progress) = (Stop::default(), Arc::new((AtomicU64::new(0), AtomicU64::new(0))));
        self.0.jobs.lock().insert(id, Running { stop: stop.clone(), progress: progress.clone() });
        self.0.bus.changed(Topic::Jobs);
        let app = self.clone();
        self.0.runtime.spawn(async move {
            // The semaphore is never closed, so a permit always comes.
            let permit = app.0.jobs.permits.clone().acquire_owned().await;
            let told = progress.clone();
            let inner = app.0.clone();
            let outcome = on_quiet_thread(kind, move || {
                let inner = &inner;
                stop.check()?;
                let shown = AtomicU64::new(u64::MAX);
                let report = Progress::new(|done, total| {
                    told.0.store(done, Ordering::Relaxed);
                    told.1.store(total, Ordering::Relaxed);
                    let step = (done * 200).checked_div(total).unwrap_or(done / 4096);
                    if shown.swap(step, Ordering::Relaxed) != step {
                        inner.bus.changed(Topic::Jobs);
                    }
                });
                work(inner, &stop, &report)
            })
            .await;
            drop(permit);
            (job.state, job.result) = match outcome {
                Ok(result) => (JobState::Done, Some(result)),
                Err(failure) if failure.code == Code::Cancelled => (JobState::Cancelled, None),
                Err(failure) => {
                    tracing::warn!(job = job.kind, id = job.id.0, code = ?failure.code, "{failure}");
                    (JobState::Failed, Some(failure.message))
                }
            };
            job.done = progress.0.load(Ordering::Relaxed);
            job.total = progress.1.load(Ordering::Relaxed);
            job.ended_at = Some(app.0.now());
            if let Err(failure) = app.blocking(move |inner| Ok(inner.store.records.save_job(&job)?)).await {
                tracing::error!(id = id.0, "the end of a job could not be recorded: {failure}");
            }
            app.0.jobs.lock().remove(&id);
            app.0.jobs.idle.notify_waiters();
            app.0.bus.changed(Topic::Jobs);
        });
        Ok(id)
    }

    /// Waits until a job has ended and gives its row.
    pub async fn wait_for_job(&self, id: JobId) -> Result<JobRow> {
        loop {
            let notified = self.0.jobs.idle.notified();
            if !self.0.jobs.lock().contains_key(&id) {
                return self.blocking(move |inner| job_row(inner, inner.store.records.job(id)?)).await;
            }
            notified.await;
        }
    }
}

/// As the screen sees it: progress from memory while it runs.
pub(crate) fn job_row(inner: &Inner, job: Job) -> Result<JobRow> {
    let (done, total) = inner.jobs.progress(job.id).unwrap_or((job.done, job.total));
    let failed = job.state == JobState::Failed;
    let params: serde_json::Value = serde_json::from_str(&job.params).unwrap_or_default();
    Ok(JobRow {
        id: job.id,
        kind: job.kind,
        subject: params["subject"].as_str().unwrap_or_default().to_owned(),
        state: match job.state {
            JobState::Queued | JobState::Running => "Running",
            JobState::Done => "Done",
            JobState::Failed => "Failed",
            JobState::Cancelled => "Cancelled",
            JobState::Interrupted => "Interrupted",
        }
        .to_owned(),
        done,
        total,
        started_at: job.started_at.unwrap_or(job.created_at),
        ended_at: job.ended_at,
        result: job.result.clone().filter(|_| !failed),
        error: job.result.filter(|_| failed),
    })
}

/// The failure of a job row that did not end well.
impl From<&JobRow> for Failure {
    fn from(row: &JobRow) -> Self {
        let code = if row.state == "Cancelled" { Code::Cancelled } else { Code::BadInput };
        Failure::new(code, row.error.clone().unwrap_or_else(|| format!("the job ended {}", row.state)))
    }
}
