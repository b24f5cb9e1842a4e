//! Turns named f32 tensors into named f32 tensors with a model of ONNX Runtime, and says which device really ran.
//!
//! ONNX Runtime is C++ and a model is a program: both run in a child process ([`Worker`]), so that their crash is an [`Error`]
//! here and not our end. Only a model whose SHA-256 stands in a [`Manifest`] is ever handed to it. Does not know SKUs, series,
//! forecasts, the environment or a clock: paths, deadlines and the program to start are arguments. Start at [`Worker`]; what the
//! child does is [`serve`]. Tests: `src/tests.rs`; with a real child, `crates/worker/tests`.

mod child;
mod error;
mod library;
mod limits;
mod manifest;
mod onnx;
mod probe;
mod runtime;
mod serve;
mod tensor;
pub mod wire;

#[cfg(test)]
mod tests;

pub use child::{Worker, WorkerCommand, WorkerOptions};
pub use error::{Error, ErrorKind};
pub use library::{LIBRARY_VERSIONS, LibraryPlaces, find_library};
pub use manifest::{Manifest, Model, ModelEntry};
pub use runtime::{DeviceReport, LoadedModel, Outcome, Provider, Runtime, Tried, platform_chain};
pub use serve::serve;
pub use tensor::{Tensor, take};
