//! The child process as its parent sees it: started on demand, watched, started again after it died.

use crate::error::{Error, ErrorKind};
use crate::limits::LAST_WORDS_BYTES_MAX;
use crate::manifest::Model;
use crate::runtime::{DeviceReport, Outcome, Provider, Tried, platform_chain};
use crate::tensor::Tensor;
use crate::wire::{Numbered, Reply, Request, pack, read_frame, unpack, write_frame};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The longest wait before a restart.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// The program to start as the child: this program, with the argument that makes it a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerCommand {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
}

/// How the child is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerOptions {
    /// The library of ONNX Runtime; see [`find_library`](crate::find_library).
    pub library: PathBuf,
    /// Tried in this order; by default those of the platform.
    pub providers: Vec<Provider>,
    /// Threads within an operator, 1 by default: forecasts wait for readings, not the other way round.
    pub threads: usize,
    /// Longest start of the process, and longest load of a model.
    pub start_deadline: Duration,
    /// Longest run of a request; then the child is killed.
    pub request_deadline: Duration,
    /// Restarts in a row without a request that worked; then it stays down until [`Worker::revive`].
    pub restarts_max: u32,
    /// Wait before the first restart; doubles with each.
    pub backoff: Duration,
}

impl WorkerOptions {
    /// The defaults, with this library.
    pub fn new(library: PathBuf) -> Self {
        Self {
            library,
            providers: platform_chain(),
            threads: 1,
            start_deadline: Duration::from_secs(20),
            request_deadline: Duration::from_secs(60),
            restarts_max: 3,
            backoff: Duration::from_millis(100),
        }
    }
}

/// A child process that runs models. Blocking, one request at a time; may be shared between threads.
pub struct Worker {
    command: WorkerCommand,
    options: WorkerOptions,
    inner: Mutex<Inner>,
    // Beside `inner`, which a running request holds: these are asked while it runs.
    alive: Mutex<Option<Arc<Mutex<Child>>>>,
    reports: Mutex<BTreeMap<String, DeviceReport>>,
    pid: AtomicU32,
    /// The child was ended by us: what it was at is not to blame.
    stopped: AtomicBool,
}

#[derive(Default)]
struct Inner {
    process: Option<Process>,
    /// Everything ever loaded, for a new child.
    models: BTreeMap<String, Model>,
    /// Models that ended a child while something other than the CPU may have run them, and how: they run on the CPU.
    shy: BTreeMap<String, String>,
    failures: u32,
    last_failure: String,
    next_id: u64,
}

struct Process {
    child: Arc<Mutex<Child>>,
    pid: u32,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    stderr: Option<JoinHandle<()>>,
    last_words: Arc<Mutex<Vec<u8>>>,
    /// Hash by name of what this child has loaded.
    loaded: BTreeSet<(String, String)>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves these values whole: each is set in one step.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Worker {
    /// A worker; its process starts with the first request.
    pub fn new(command: WorkerCommand, options: WorkerOptions) -> Self {
        Self {
            command,
            options,
            inner: Mutex::default(),
            alive: Mutex::default(),
            reports: Mutex::default(),
            pid: AtomicU32::new(0),
            stopped: AtomicBool::new(false),
        }
    }

    /// Makes a model ready in the child and says what runs it. Cheap where it is ready already; after a restart it is loaded again
    /// by itself. Where the child dies of it, a driver may be to blame: it is loaded again for the CPU alone.
    pub fn load(&self, model: &Model) -> Result<DeviceReport, Error> {
        let mut inner = lock(&self.inner);
        inner.models.insert(model.entry().name.clone(), model.clone());
        self.ready(&mut inner, &model.entry().name)?;
        self.report(&model.entry().name).ok_or_else(|| {
            Error::permanent(format!(
                "the model {:?} was loaded without a report; load it again",
                model.entry().name
            ))
        })
    }

    /// Runs a loaded model. A child that dies on it or is late is an error of kind [`Transient`](ErrorKind::Transient); the
    /// request is not repeated by itself, as it may be what killed it.
    pub fn run(&self, model: &str, inputs: Vec<Tensor>) -> Result<Vec<Tensor>, Error> {
        let mut inner = lock(&self.inner);
        if !inner.models.contains_key(model) {
            return Err(Error::permanent(format!("the model {model:?} is not loaded; load it first")));
        }
        self.ready(&mut inner, model)?;
        let (heads, blob) = pack(&inputs);
        drop(inputs);
        let request = Request::Run { model: model.to_owned(), inputs: heads };
        let what = format!("run {model}");
        let answer = self.ask(&mut inner, request, &blob, self.options.request_deadline, &what);
        if let Err(error) = &answer
            && self.died(&inner)
            && self.report(model).is_some_and(|report| report.used != Provider::CPU.to_string())
        {
            inner.shy.insert(model.to_owned(), error.to_string());
        }
        let (reply, blob) = answer?;
        match reply {
            Reply::Ran { outputs } => {
                let outputs = unpack(outputs, &blob)?;
                inner.failures = 0;
                Ok(outputs)
            }
            other => Err(self.unexpected(&mut inner, &other)),
        }
    }

    /// The child's process id, where one is alive.
    pub fn pid(&self) -> Option<u32> {
        Some(self.pid.load(Ordering::Relaxed)).filter(|pid| *pid != 0)
    }

    /// What ran the model when it was last loaded.
    pub fn report(&self, model: &str) -> Option<DeviceReport> {
        lock(&self.reports).get(model).cloned()
    }

    /// Forgets past failures, so that the next request starts the child again, with all providers.
    pub fn revive(&self) {
        let mut inner = lock(&self.inner);
        inner.failures = 0;
        inner.shy.clear();
    }

    /// Ends the child, also in the middle of a request. A later request starts a new one.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        if let Some(child) = lock(&self.alive).as_ref() {
            let _ = lock(child).kill();
        }
        if let Ok(mut inner) = self.inner.try_lock()
            && let Some(process) = inner.process.take()
        {
            self.bury(process);
        }
    }

    /// A child with `model` loaded.
    fn ready(&self, inner: &mut Inner, model: &str) -> Result<(), Error> {
        // It may have died since the last request: then nobody's request is lost, and a new one starts.
        let died = inner
            .process
            .as_ref()
            .is_some_and(|process| !matches!(lock(&process.child).try_wait(), Ok(None)));
        if died && let Some(process) = inner.process.take() {
            self.bury(process);
        }
        if inner.process.is_none() {
            self.start(inner)?;
        }
        let Some(model) = inner.models.get(model).cloned() else { return Ok(()) };
        let entry = model.entry();
        let key = (entry.name.clone(), entry.sha256.clone());
        if inner.process.as_ref().is_some_and(|process| process.loaded.contains(&key)) {
            return Ok(());
        }
        let shy = inner.shy.get(&entry.name).cloned();
        let providers = if shy.is_some() { vec![Provider::CPU] } else { self.options.providers.clone() };
        let alone = providers == [Provider::CPU];
        let request = Request::Load {
            name: entry.name.clone(),
            sha256: entry.sha256.clone(),
            providers,
            threads: self.options.threads,
        };
        let what = format!("load {}", entry.file);
        match self.ask(inner, request, model.bytes(), self.options.start_deadline, &what) {
            Ok((Reply::Loaded { mut report }, _)) => {
                if let Some(why) = shy {
                    let others = self.options.providers.iter().filter(|provider| **provider != Provider::CPU);
                    let left_out = others
                        .map(|provider| Tried { provider: *provider, outcome: Outcome::Failed(why.clone()) });
                    report.tried.splice(0..0, left_out);
                }
                for tried in &report.tried {
                    if let Outcome::Failed(why) = &tried.outcome {
                        tracing::info!("{} does not run {}: {why}", tried.provider, entry.name);
                    }
                }
                lock(&self.reports).insert(entry.name.clone(), report);
                if let Some(process) = &mut inner.process {
                    process.loaded.retain(|(name, _)| *name != key.0);
                    process.loaded.insert(key);
                }
                Ok(())
            }
            Ok((other, _)) => Err(self.unexpected(inner, &other)),
            Err(error) if self.died(inner) && !alone => {
                inner.shy.insert(entry.name.clone(), error.to_string());
                self.ready(inner, &entry.name)
            }
            Err(error) => {
                if self.died(inner) {
                    // The CPU alone fares no better: the others are not to blame.
                    inner.shy.remove(&entry.name);
                }
                Err(error)
            }
        }
    }

    /// Whether the child is gone after a request, and not because it was told to end.
    fn died(&self, inner: &Inner) -> bool {
        inner.process.is_none() && !self.stopped.load(Ordering::Relaxed)
    }

    fn start(&self, inner: &mut Inner) -> Result<(), Error> {
        if inner.failures > self.options.restarts_max {
            return Err(Error::permanent(format!(
                "the model worker failed {} times in a row and is not started again (last: {}); statistical models still work, \
                 and restarting the program tries again",
                inner.failures, inner.last_failure
            )));
        }
        if inner.failures > 0 {
            let doubled = self.options.backoff.saturating_mul(1 << (inner.failures - 1).min(16));
            std::thread::sleep(doubled.min(BACKOFF_MAX));
        }
        let process = match self.spawn() {
            Ok(process) => process,
            Err(e) => {
                inner.failures += 1;
                inner.last_failure = e.to_string();
                let kind = match e.kind() {
                    io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => ErrorKind::Permanent,
                    _ => ErrorKind::Transient,
                };
                let program = self.command.program.display();
                return Err(Error::of_kind(
                    kind,
                    format!("could not start the model worker {program}: {e}; reinstall the program"),
                )
                .because(e));
            }
        };
        self.stopped.store(false, Ordering::Relaxed);
        self.pid.store(process.pid, Ordering::Relaxed);
        *lock(&self.alive) = Some(Arc::clone(&process.child));
        inner.process = Some(process);
        let open = Request::Open { library: self.options.library.clone() };
        match self.ask(inner, open, &[], self.options.start_deadline, "open ONNX Runtime") {
            Ok((Reply::Opened { .. }, _)) => Ok(()),
            Ok((other, _)) => Err(self.unexpected(inner, &other)),
            Err(e) => {
                // A child without its library is of no use.
                if let Some(process) = inner.process.take() {
                    self.bury(process);
                }
                Err(e)
            }
        }
    }

    fn spawn(&self) -> io::Result<Process> {
        let mut command = Command::new(&self.command.program);
        command.args(&self.command.args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(windows)]
        {
            use std::os::windows::process::CommandExt;
            // BELOW_NORMAL_PRIORITY_CLASS | CREATE_NO_WINDOW. Elsewhere the child lowers its priority itself.
            command.creation_flags(0x0000_4000 | 0x0800_0000);
        }
        let mut child = command.spawn()?;
        let (Some(input), Some(output), Some(mut errors)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            let _ = child.kill();
            return Err(io::Error::other("its pipes are missing"));
        };
        let last_words = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&last_words);
        // Read to its end, or a talkative library would block on a full pipe.
        let stderr = std::thread::Builder::new().name("worker stderr".to_owned()).spawn(move || {
            let mut chunk = [0; 1024];
            while let Ok(count @ 1..) = errors.read(&mut chunk) {
                let mut words = lock(&heard);
                words.extend_from_slice(&chunk[..count]);
                let excess = words.len().saturating_sub(LAST_WORDS_BYTES_MAX);
                words.drain(..excess);
            }
        })?;
        Ok(Process {
            pid: child.id(),
            child: Arc::new(Mutex::new(child)),
            input,
            output: BufReader::new(output),
            stderr: Some(stderr),
            last_words,
            loaded: BTreeSet::new(),
        })
    }

    /// One request and its reply. Every failure of the process or its pipes ends here, with the process gone.
    fn ask(
        &self,
        inner: &mut Inner,
        request: Request,
        blob: &[u8],
        deadline: Duration,
        what: &str,
    ) -> Result<(Reply, Vec<u8>), Error> {
        inner.next_id += 1;
        let id = inner.next_id;
        let Some(process) = &mut inner.process else {
            return Err(Error::transient(format!(
                "the model worker is not running; {what} was not sent, try again"
            )));
        };
        let late = AtomicBool::new(false);
        let child = Arc::clone(&process.child);
        let outcome = std::thread::scope(|scope| {
            let (done, waiting) = sync_channel::<()>(1);
            let (late, child) = (&late, &child);
            // The watchdog: blocking pipes have no deadline of their own, and a killed child ends them.
            let watch = std::thread::Builder::new().name("worker watchdog".to_owned()).spawn_scoped(
                scope,
                move || {
                    if waiting.recv_timeout(deadline) == Err(RecvTimeoutError::Timeout) {
                        late.store(true, Ordering::Relaxed);
                        let _ = lock(child).kill();
                    }
                },
            );
            let outcome = watch.and_then(|_| exchange(process, id, request, blob));
            drop(done);
            outcome
        });
        match outcome {
            Ok((Reply::Failed { kind, message }, _)) => Err(Error::of_kind(kind, message)),
            Ok(answer) => Ok(answer),
            Err(e) => {
                let (pid, mut end) = (process.pid, String::new());
                if let Some(process) = inner.process.take() {
                    end = self.bury(process);
                }
                let why = if late.load(Ordering::Relaxed) {
                    format!("was killed, as it gave no answer within {} ms", deadline.as_millis())
                } else if e.kind() == io::ErrorKind::InvalidData {
                    format!("sent something that is no answer ({e})")
                } else {
                    format!("ended ({end})")
                };
                inner.failures += 1;
                inner.last_failure = format!("{what}: {why}");
                Err(Error::transient(format!("the model worker (process {pid}) {why} during {what:?}; the next request starts a new one"))
                    .because(e))
            }
        }
    }

    /// A reply of the wrong kind: the child is not what we think, so it goes.
    fn unexpected(&self, inner: &mut Inner, reply: &Reply) -> Error {
        if let Some(process) = inner.process.take() {
            self.bury(process);
        }
        inner.failures += 1;
        inner.last_failure = "an answer to another question".to_owned();
        tracing::warn!("unexpected reply from the worker: {reply:?}");
        Error::transient("the model worker answered another question; the next request starts a new one")
    }

    /// Ends a process for good and says how it ended.
    fn bury(&self, process: Process) -> String {
        self.pid.store(0, Ordering::Relaxed);
        *lock(&self.alive) = None;
        let Process { child, input, output, stderr, last_words, .. } = process;
        drop((input, output));
        let status = {
            let mut child = lock(&child);
            let _ = child.kill();
            child.wait()
        };
        if let Some(stderr) = stderr {
            let _ = stderr.join();
        }
        let status = status.map_or_else(|e| e.to_string(), |status| status.to_string());
        let words = lock(&last_words);
        let words = String::from_utf8_lossy(&words);
        match words.trim() {
            "" => status,
            words => format!("{status}; it said: {}", words.split_whitespace().collect::<Vec<_>>().join(" ")),
        }
    }
}

fn exchange(process: &mut Process, id: u64, request: Request, blob: &[u8]) -> io::Result<(Reply, Vec<u8>)> {
    write_frame(&mut process.input, &Numbered { id, body: request }, blob)?;
    let (header, blob) = read_frame(&mut process.output)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let reply: Numbered<Reply> =
        serde_json::from_slice(&header).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
    if reply.id == id {
        Ok((reply.body, blob))
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "an answer to another request"))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop();
    }
}
