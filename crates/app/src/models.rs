//! The models on board: embedded files held against their manifest, run in a child process.

use crate::failure::{Failure, Result};
use contract::Code;
use forecast::net::{Net, NetBatch, NetError};
use inference::{DeviceReport, LibraryPlaces, Manifest, Model, Tensor, Worker, WorkerCommand, WorkerOptions};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};

const MANIFEST: &str = include_str!("../../../assets/models/manifest.json");
const NET_NAME: &str = "demand-quantiles-v1";
const NET_BYTES: &[u8] = include_bytes!("../../../assets/models/demand-quantiles-v1.onnx");
const NET_CARD: &str = include_str!("../../../assets/models/demand-quantiles-v1.md");

/// The manifest of the models this program ships.
pub fn embedded_manifest() -> &'static str {
    MANIFEST
}

/// How models are run: the child to start and where ONNX Runtime may be.
#[derive(Clone, Debug)]
pub struct Library {
    /// The program to start, with the arguments that make it a worker.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Places to look for the library.
    pub places: LibraryPlaces,
    /// A model file used instead of the embedded one; it must stand in the manifest.
    pub model_file: Option<PathBuf>,
}

pub(crate) struct Models {
    library: Option<Library>,
    ready: OnceLock<std::result::Result<Ready, String>>,
    fault: Mutex<Option<String>>,
}

pub(crate) struct Ready {
    worker: Worker,
    model: Model,
}

impl Models {
    pub fn new(library: Option<Library>) -> Self {
        Self { library, ready: OnceLock::new(), fault: Mutex::default() }
    }

    /// The net, loaded on first use. Blocking.
    pub fn net(&self) -> Result<QuantileNet<'_>> {
        let ready = self.ready.get_or_init(|| self.prepare().map_err(|failure| failure.message));
        let outcome = match ready {
            Ok(ready) => ready
                .worker
                .load(&ready.model)
                .map(|report| QuantileNet { ready, report })
                .map_err(Failure::from),
            Err(message) => Err(Failure::new(Code::Model, message.clone())),
        };
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) =
            outcome.as_ref().err().map(|failure| failure.message.clone());
        outcome
    }

    fn prepare(&self) -> Result<Ready> {
        let library = self.library.as_ref().ok_or_else(|| {
            Failure::new(Code::Model, "this host runs no models; statistical ones are used")
        })?;
        let manifest = Manifest::parse(MANIFEST)?;
        let model = match &library.model_file {
            None => manifest.admit(NET_NAME, NET_BYTES.to_vec())?,
            Some(path) => {
                let bytes = std::fs::read(path).map_err(|e| {
                    Failure::new(
                        Code::Model,
                        format!("read the model {}: {e}; check the path", path.display()),
                    )
                })?;
                manifest
                    .admit(NET_NAME, bytes)
                    .map_err(|e| Failure::new(Code::Model, format!("{}: {e}", path.display())))?
            }
        };
        let found = inference::find_library(&library.places)?;
        let command = WorkerCommand { program: library.program.clone(), args: library.args.clone() };
        Ok(Ready { worker: Worker::new(command, WorkerOptions::new(found)), model })
    }

    /// What ran the net last, and why it can't be used, where it can't.
    pub fn state(&self) -> (Option<DeviceReport>, Option<String>) {
        let report = self
            .ready
            .get()
            .and_then(|ready| ready.as_ref().ok())
            .and_then(|ready| ready.worker.report(NET_NAME));
        (report, self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    pub fn stop(&self) {
        if let Some(Ok(ready)) = self.ready.get() {
            ready.worker.stop();
        }
    }

    /// Name, hash, context, horizon and card of the net.
    pub fn card(&self) -> (String, String, usize, usize, &'static str) {
        let entry = Manifest::parse(MANIFEST).ok().and_then(|manifest| manifest.entry(NET_NAME).cloned());
        entry.map_or_else(
            || (NET_NAME.to_owned(), String::new(), 0, 0, NET_CARD),
            |entry| (entry.name, entry.sha256, entry.context, entry.horizon, NET_CARD),
        )
    }
}

/// The quantile net as `forecast` sees it.
pub(crate) struct QuantileNet<'a> {
    ready: &'a Ready,
    report: DeviceReport,
}

impl QuantileNet<'_> {
    /// What runs it.
    pub fn used(&self) -> &str {
        &self.report.used
    }
}

impl Net for QuantileNet<'_> {
    fn provider(&self) -> String {
        self.report.used.clone()
    }

    fn quantiles(&self, batch: &NetBatch) -> std::result::Result<Vec<f32>, NetError> {
        let fail = |error: inference::Error| NetError(error.to_string());
        let tensor = |name: &str, data: &[f32]| {
            let width = data.len().checked_div(batch.rows).unwrap_or(0);
            Tensor::new(name, vec![batch.rows, width], data.to_vec()).map_err(fail)
        };
        let inputs = || -> std::result::Result<_, NetError> {
            Ok(vec![
                tensor("context", &batch.context)?,
                tensor("observed", &batch.observed)?,
                tensor("season", &batch.season)?,
            ])
        };
        // A killed worker loses one request, not the run: it starts again and the request is sent once more.
        let out = match self.ready.worker.run(NET_NAME, inputs()?) {
            Err(error) if error.kind() == inference::ErrorKind::Transient => {
                tracing::warn!("the model's worker failed and is started again: {error}");
                self.ready.worker.run(NET_NAME, inputs()?).map_err(fail)?
            }
            other => other.map_err(fail)?,
        };
        Ok(inference::take(out, "quantiles").map_err(fail)?.data)
    }
}
