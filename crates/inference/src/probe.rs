//! A probe batch: what it is made of, what a profile says of it, and whether an accelerator's answers may be believed.
//!
//! Knows no session: `runtime` runs the batch, on the CPU and on what it is to be compared with.

use crate::limits::BLOB_BYTES_MAX;
use crate::tensor::{Tensor, values_of};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Rows of a probe batch: the size of a dimension that the model leaves open, where it is the first.
pub(crate) const ROWS: usize = 64;

/// How often the batch is run; the first time pays for what is made ready only once.
pub(crate) const RUNS: usize = 4;

/// How far an answer may be from the CPU's, as a share of the largest value of that output: what 16-bit arithmetic costs.
const DEVIATION_MAX: f32 = 0.01;

/// How many times as long as the CPU an accelerator may take before it is of no use.
const SLOWDOWN_MAX: f64 = 1.2;

/// An input of the probe: small values of both signs that repeat, as scaled series do. `shape` has −1 where the model leaves a size
/// open. None where the batch would be larger than any request.
pub(crate) fn input(name: &str, shape: &[i64]) -> Option<Tensor> {
    let open = |(at, size): (usize, &i64)| usize::try_from(*size).unwrap_or(if at == 0 { ROWS } else { 1 });
    let shape: Vec<usize> = shape.iter().enumerate().map(open).collect();
    let values = values_of(&shape).filter(|values| *values as u64 <= BLOB_BYTES_MAX / 64)?;
    let data = (0..values).map(|n| ((n * 37 % 101) as f32 - 40.0) / 30.0).collect();
    Some(Tensor { name: name.to_owned(), shape, data })
}

/// What a profile says: nodes by the provider that ran them, most first, and how long the quickest run took, ms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Profile {
    pub nodes: Vec<(String, u32)>,
    pub run_ms: Option<f64>,
}

/// Reads the file that ONNX Runtime writes: `args.provider` of each node, and the lengths of the runs.
pub(crate) fn read(profile: &str) -> Profile {
    #[derive(Deserialize)]
    struct Event {
        #[serde(default)]
        cat: String,
        #[serde(default)]
        name: String,
        /// Microseconds.
        #[serde(default)]
        dur: f64,
        #[serde(default)]
        args: serde_json::Map<String, serde_json::Value>,
    }
    let events: Vec<Event> = serde_json::from_str(profile).unwrap_or_default();
    // A node comes once for each run.
    let mut ran: BTreeMap<&str, String> = BTreeMap::new();
    for event in events.iter().filter(|event| event.cat == "Node") {
        if let Some(provider) = event.args.get("provider").and_then(|provider| provider.as_str()) {
            ran.insert(&event.name, short_word(provider));
        }
    }
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for provider in ran.into_values() {
        *counts.entry(provider).or_default() += 1;
    }
    let mut nodes: Vec<(String, u32)> = counts.into_iter().collect();
    nodes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let runs = events.iter().filter(|event| event.name == "model_run").map(|event| event.dur / 1000.0);
    Profile { nodes, run_ms: runs.min_by(f64::total_cmp) }
}

fn short_word(provider: &str) -> String {
    match provider.strip_suffix("ExecutionProvider").unwrap_or(provider) {
        "Dml" => "DirectML".to_owned(),
        "Tensorrt" => "TensorRT".to_owned(),
        "WebGpu" => "WebGPU".to_owned(),
        other => other.to_owned(),
    }
}

/// Why an accelerator may not serve the model, having answered the probe like this; none where it may.
pub(crate) fn objection(
    cpu: &[Tensor],
    cpu_ms: Option<f64>,
    own: &[Tensor],
    own_ms: Option<f64>,
) -> Option<String> {
    if cpu.len() != own.len() {
        return Some(format!("it answered the probe with {} outputs instead of {}", own.len(), cpu.len()));
    }
    for (right, given) in cpu.iter().zip(own) {
        if right.name != given.name || right.shape != given.shape {
            return Some(format!(
                "its output {:?} {:?} is not the CPU's {:?} {:?}",
                given.name, given.shape, right.name, right.shape
            ));
        }
        let largest = right.data.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
        let deviation = |(a, b): (&f32, &f32)| (a - b).abs() / largest;
        let worst = right.data.iter().zip(&given.data).map(deviation);
        // What is no number is as far off as can be.
        let worst = worst.map(|d| if d.is_nan() { f32::INFINITY } else { d }).fold(0.0, f32::max);
        if worst > DEVIATION_MAX {
            return Some(format!(
                "its output {:?} is up to {:.1} % off the CPU's; at most {:.0} % is allowed",
                given.name,
                worst * 100.0,
                DEVIATION_MAX * 100.0
            ));
        }
    }
    match (cpu_ms, own_ms) {
        (Some(cpu), Some(own)) if own > cpu * SLOWDOWN_MAX => {
            Some(format!("it takes {own:.2} ms for the probe, the CPU {cpu:.2} ms"))
        }
        _ => None,
    }
}
