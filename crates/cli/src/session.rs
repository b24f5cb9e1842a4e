//! What commands share: the site they ask, who they are, and waiting for long work.

use crate::SiteArgs;
use crate::out;
use contract::{ApiError, Call, CancelJob, GetJob, JobId, JobRow};
use host::{Actor, Ending, Opened, Options, Role, Site, local_actor};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a command ends with; the error is for a person.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A site that answers this command.
pub struct Session {
    /// The site.
    pub opened: Opened,
    /// Who asks.
    pub actor: Actor,
    /// The job waited for, to be cancelled by Ctrl-C.
    job: Mutex<Option<JobId>>,
}

/// How a site is opened, from the arguments.
pub fn options(args: &SiteArgs) -> Options {
    Options {
        library: args.library.clone(),
        model_file: args.model_file.clone(),
        chinese: host::places::speaks_chinese(),
        ..Options::default()
    }
}

/// Opens the site, does `work`, and closes it also when the work failed or a person pressed Ctrl-C.
pub async fn on_site<T>(args: &SiteArgs, work: impl AsyncFnOnce(&Session) -> Outcome<T>) -> Outcome<T> {
    on_site_as(args, Role::Admin, work).await
}

/// The same, in a role.
pub async fn on_site_as<T>(
    args: &SiteArgs,
    role: Role,
    work: impl AsyncFnOnce(&Session) -> Outcome<T>,
) -> Outcome<T> {
    let site = Site::of(args.folder.clone(), args.demo)?;
    host::log::start(&site.folder);
    let mut ending = Ending::listen()?;
    let opened = tokio::select! {
        opened = host::open(site, options(args)) => opened?,
        () = ending.asked() => return Err("interrupted; nothing was done".into()),
    };
    let session = Session { opened, actor: local_actor(role), job: Mutex::default() };
    let outcome = tokio::select! {
        outcome = work(&session) => outcome,
        () = ending.asked() => {
            let job = session.job().take();
            if let Some(id) = job {
                // It may have ended meanwhile; either way it is not ours to wait for.
                let _ = session.call(CancelJob { id }).await;
            }
            Err("interrupted; what was already answered stays".into())
        }
    };
    session.opened.close().await;
    outcome
}

impl Session {
    /// Makes a call.
    pub async fn call<C: Call>(&self, call: C) -> Result<C::Reply, ApiError> {
        self.opened.backend.call(call, &self.actor).await
    }

    fn job(&self) -> MutexGuard<'_, Option<JobId>> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a job's progress until it has ended, and gives its row if it ended well.
    pub async fn finish(&self, id: JobId) -> Outcome<JobRow> {
        *self.job() = Some(id);
        let mut events = self.opened.backend.events();
        let row = loop {
            let row = self.call(GetJob { id }).await?;
            if row.state != "Running" {
                break row;
            }
            out::progress(&row.subject, row.done, row.total);
            // An event may be missed while another owner takes over.
            let _ = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
        };
        *self.job() = None;
        out::progress_done();
        if row.state == "Done" {
            return Ok(row);
        }
        let message = row.error.unwrap_or_else(|| {
            format!("{} {} was {}; nothing was changed", row.kind, row.subject, row.state.to_lowercase())
        });
        Err(message.into())
    }

    /// The most memory the process that does the work ever had, in KiB, where the system tells.
    pub fn peak_memory_kib(&self) -> Option<u64> {
        let of = match &self.opened.backend {
            host::Backend::Owner(_) => "self".to_owned(),
            host::Backend::Attached(owner) => owner.owner().pid.to_string(),
        };
        let status = std::fs::read_to_string(format!("/proc/{of}/status")).ok()?;
        status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
    }
}

/// A role's word on the command line.
pub fn role(word: &str) -> Result<Role, String> {
    Role::from_word(word).ok_or_else(|| "one of viewer, operator, manager, admin".to_owned())
}
