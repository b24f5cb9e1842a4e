//! ONNX Runtime in this process. Only the child comes here: see [`serve`](crate::serve()).

use crate::error::Error;
use crate::library::supported;
use crate::probe::{self, Profile};
use crate::tensor::Tensor;
use ort::ep::{self, ExecutionProvider};
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use ort::value::{TensorElementType, ValueType};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::{Path, PathBuf};

/// What can run a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Provider {
    /// NVIDIA, compiled for the card.
    TensorRT,
    /// NVIDIA.
    CUDA,
    /// Any GPU of Windows.
    DirectML,
    /// Apple.
    CoreML,
    /// Intel.
    OpenVINO,
    /// Any GPU with a driver of Vulkan, Metal or Direct3D 12.
    WebGPU,
    /// Everywhere; never fails.
    CPU,
}

impl Provider {
    /// All there are.
    pub const ALL: [Self; 7] =
        [Self::TensorRT, Self::CUDA, Self::DirectML, Self::CoreML, Self::OpenVINO, Self::WebGPU, Self::CPU];
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What is tried on this platform, best first.
pub fn platform_chain() -> Vec<Provider> {
    use Provider::{CPU, CUDA, CoreML, DirectML, OpenVINO, TensorRT, WebGPU};
    if cfg!(windows) {
        vec![TensorRT, CUDA, DirectML, OpenVINO, WebGPU, CPU]
    } else if cfg!(target_os = "macos") {
        vec![CoreML, WebGPU, CPU]
    } else {
        vec![TensorRT, CUDA, OpenVINO, WebGPU, CPU]
    }
}

/// What became of a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took part in the session; whether it ran a node is in [`DeviceReport::nodes`].
    Registered,
    /// It did not, and why.
    Failed(String),
}

/// A provider and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// Which.
    pub provider: Provider,
    /// How it went.
    pub outcome: Outcome,
}

/// Which device really ran a model, measured by one profiled run after loading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// Path of the library.
    pub library: String,
    /// Its version.
    pub library_version: String,
    /// In the order of the attempts.
    pub tried: Vec<Tried>,
    /// Nodes by the provider that ran them, most first; empty where the profile could not be made.
    pub nodes: Vec<(String, u32)>,
    /// The short word of what ran most nodes: `CPU`, `CUDA`.
    pub used: String,
    /// Rows of the probe batch.
    pub probe_rows: u32,
    /// How long `used` took for it, µs: the quickest of a few runs; none where the profile could not be made.
    pub probe_us: Option<u64>,
}

/// The opened library.
pub struct Runtime {
    environment: ort::environment::Environment,
    library: PathBuf,
    version: String,
}

/// A model ready to run in this process.
pub struct LoadedModel {
    name: String,
    session: Session,
    report: DeviceReport,
}

impl Runtime {
    /// Opens the library at `path`. One process opens one library, once.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let fail = |why: String| {
            Error::permanent(format!(
                "could not open ONNX Runtime at {}: {why}; fetch the right one with `cargo xtask setup`, or give its path",
                path.display()
            ))
        };
        if !path.is_file() {
            return Err(fail("there is no such file".to_owned()));
        }
        let builder = ort::init_from(path).map_err(|e| fail(e.to_string()))?;
        let environment = builder
            .with_name("quartermaster")
            .with_telemetry(false)
            .build()
            .map_err(|e| fail(e.to_string()))?;
        let version = version(ort::info(), path);
        supported(&version).map_err(fail)?;
        Ok(Self { environment, library: path.to_owned(), version })
    }

    /// The version of the library.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Makes a model ready. A provider that does not start, or does not answer a probe batch as the CPU does and as soon, is left out and
    /// reported; the CPU always remains.
    pub fn load(
        &self,
        name: &str,
        model: &[u8],
        providers: &[Provider],
        threads: usize,
    ) -> Result<LoadedModel, Error> {
        let fail = |why: String| {
            Error::permanent(format!(
                "ONNX Runtime {} could not load the model {name:?}: {why}; use the file that came with the program",
                self.version
            ))
        };
        // The profile's file needs a place; without one only the word of the registration is known.
        let scratch = tempfile::Builder::new().prefix("quartermaster-profile-").tempdir().ok();
        let scratch = scratch.as_ref().map(|folder| folder.path());
        let mut tried = Vec::new();
        let accelerated = self
            .builder(providers, threads, scratch, &mut tried)
            .map_err(|e| fail(e.to_string()))?
            .commit_from_memory(model);
        let on_cpu = || {
            let ready = self
                .builder(&[Provider::CPU], threads, scratch, &mut Vec::new())
                .and_then(|mut builder| builder.commit_from_memory(model));
            ready.map_err(|e| fail(one_line(&e.to_string())))
        };
        let mut chosen = match accelerated {
            Ok(mut session) if accelerators(&tried).next().is_some() => {
                let mut reference = on_cpu()?;
                let (own, cpu) = (probe(&mut session), probe(&mut reference));
                let objection = match (&own.outputs, &cpu.outputs) {
                    (Ok(given), Ok(right)) => {
                        probe::objection(right, cpu.profile.run_ms, given, own.profile.run_ms)
                    }
                    (Err(why), _) | (_, Err(why)) => Some(format!("it was not compared with the CPU: {why}")),
                };
                match objection {
                    None => (session, own),
                    Some(why) => {
                        leave_out(&mut tried, &why);
                        (reference, cpu)
                    }
                }
            }
            Ok(mut session) => {
                let probed = probe(&mut session);
                (session, probed)
            }
            // With accelerators, the failure may be theirs: the model gets a second chance without them.
            Err(e) if accelerators(&tried).next().is_some() => {
                leave_out(&mut tried, &one_line(&e.to_string()));
                let mut session = on_cpu()?;
                let probed = probe(&mut session);
                (session, probed)
            }
            Err(e) => return Err(fail(one_line(&e.to_string()))),
        };
        let profile = std::mem::take(&mut chosen.1.profile);
        let registered = tried.iter().find(|t| t.outcome == Outcome::Registered);
        let used = profile.nodes.first().map(|(provider, _)| provider.clone());
        let used = used.or(registered.map(|t| t.provider.to_string())).unwrap_or_else(|| "CPU".to_owned());
        let report = DeviceReport {
            library: self.library.display().to_string(),
            library_version: self.version.clone(),
            tried,
            nodes: profile.nodes,
            used,
            probe_rows: probe::ROWS as u32,
            probe_us: profile.run_ms.map(|ms| (ms * 1000.0) as u64),
        };
        Ok(LoadedModel { name: name.to_owned(), session: chosen.0, report })
    }

    fn builder(
        &self,
        providers: &[Provider],
        threads: usize,
        profile_in: Option<&Path>,
        tried: &mut Vec<Tried>,
    ) -> ort::Result<SessionBuilder> {
        let mut builder = Session::builder(&self.environment)?
            .with_intra_threads(threads.clamp(1, 64))?
            .with_inter_threads(1)?
            // Spinning threads would take the core that the readings need.
            .with_intra_op_spinning(false)?
            // Batches differ in size, and DirectML needs it off.
            .with_memory_pattern(false)?;
        if let Some(folder) = profile_in {
            builder = builder.with_profiling(folder.join("profile"))?;
        }
        for provider in providers {
            // `is_available` can say yes where `register` then fails for a missing library: only `register` is believed.
            let registered = match provider {
                Provider::TensorRT => ep::TensorRT::default().register(&mut builder),
                Provider::CUDA => ep::CUDA::default().register(&mut builder),
                Provider::DirectML => ep::DirectML::default().register(&mut builder),
                Provider::CoreML => ep::CoreML::default().register(&mut builder),
                Provider::OpenVINO => ep::OpenVINO::default().register(&mut builder),
                Provider::WebGPU => ep::WebGPU::default().register(&mut builder),
                Provider::CPU => ep::CPU::default().register(&mut builder),
            };
            let outcome = match registered {
                Ok(()) => Outcome::Registered,
                Err(e) => Outcome::Failed(one_line(&e.to_string())),
            };
            tried.push(Tried { provider: *provider, outcome });
        }
        Ok(builder)
    }
}

/// The version in the build information (`git-branch=rel-1.31.1, …`), else in the file's name, else the information itself.
fn version(info: &str, path: &Path) -> String {
    let branch = info.split("git-branch=rel-").nth(1).and_then(|rest| rest.split([',', ' ']).next());
    let file = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let named = file.split_once(".so.").map(|(_, version)| version);
    branch.or(named).unwrap_or(info).to_owned()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(400).collect()
}

/// Those that take part and are not the CPU.
fn accelerators(tried: &[Tried]) -> impl Iterator<Item = &Tried> {
    tried.iter().filter(|t| t.outcome == Outcome::Registered && t.provider != Provider::CPU)
}

fn leave_out(tried: &mut [Tried], why: &str) {
    for attempt in
        tried.iter_mut().filter(|t| t.outcome == Outcome::Registered && t.provider != Provider::CPU)
    {
        attempt.outcome = Outcome::Failed(why.to_owned());
    }
}

/// What became of a probe batch.
struct Probed {
    outputs: Result<Vec<Tensor>, String>,
    profile: Profile,
}

/// Runs the probe batch a few times. Ends profiling: later runs are not slowed.
fn probe(session: &mut Session) -> Probed {
    let inputs: Option<Vec<Tensor>> = session
        .inputs()
        .iter()
        .map(|outlet| match outlet.dtype() {
            ValueType::Tensor { ty: TensorElementType::Float32, shape, .. } => {
                probe::input(outlet.name(), shape)
            }
            _ => None,
        })
        .collect();
    let outputs = match inputs {
        None => Err("no probe can be made for its inputs".to_owned()),
        Some(inputs) => (1..probe::RUNS)
            .try_for_each(|_| run(session, inputs.clone()).map(drop))
            .and_then(|()| run(session, inputs)),
    };
    let text = session.end_profiling().ok().and_then(|file| std::fs::read_to_string(file).ok());
    let profile = match (&outputs, text) {
        (Ok(_), Some(text)) => probe::read(&text),
        _ => Profile::default(),
    };
    Probed { outputs, profile }
}

fn run(session: &mut Session, inputs: Vec<Tensor>) -> Result<Vec<Tensor>, String> {
    let mut values = Vec::with_capacity(inputs.len());
    for input in inputs {
        let value = ort::value::Tensor::from_array((input.shape, input.data)).map_err(|e| e.to_string())?;
        values.push((input.name, value));
    }
    let outputs = session.run(values).map_err(|e| e.to_string())?;
    let mut tensors = Vec::with_capacity(outputs.len());
    for (name, value) in outputs.iter() {
        let (shape, data) =
            value.try_extract_tensor::<f32>().map_err(|e| format!("the output {name:?}: {e}"))?;
        let shape = shape.iter().map(|size| usize::try_from(*size).unwrap_or(0)).collect();
        tensors.push(Tensor { name: name.to_owned(), shape, data: data.to_vec() });
    }
    Ok(tensors)
}

impl LoadedModel {
    /// What runs it.
    pub fn report(&self) -> &DeviceReport {
        &self.report
    }

    /// Runs it once. All inputs the model names are needed, and no other.
    pub fn run(&mut self, inputs: Vec<Tensor>) -> Result<Vec<Tensor>, Error> {
        let wanted: Vec<&str> = self.session.inputs().iter().map(|outlet| outlet.name()).collect();
        let given: Vec<&str> = inputs.iter().map(|tensor| tensor.name.as_str()).collect();
        if wanted.len() != given.len() || wanted.iter().any(|name| !given.contains(name)) {
            return Err(Error::permanent(format!(
                "the model {:?} takes the inputs {wanted:?} and was given {given:?}; send each of them once",
                self.name
            )));
        }
        run(&mut self.session, inputs).map_err(|why| {
            Error::permanent(format!(
                "the model {:?} did not run: {}; check the shapes sent to it",
                self.name,
                one_line(&why)
            ))
        })
    }
}
