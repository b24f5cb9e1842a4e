//! What the benches share: moments, shares, and a folder that goes away again.

use crate::session::Outcome;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A moment to measure from.
#[allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub fn start() -> Instant {
    Instant::now()
}

/// Milliseconds since then.
pub fn passed(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

/// The value that a share of all lies at or below.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = ((values.len() as f64 * share).ceil() as usize).clamp(1, values.len().max(1)) - 1;
    values.get(place).copied().unwrap_or(0.0)
}

/// To so many digits after the point.
pub fn rounded(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

/// A folder that is removed with all in it, whatever happens.
pub struct Scratch(pub PathBuf);

impl Scratch {
    /// Within this folder, or the system's for temporary files.
    pub fn within(parent: Option<&Path>) -> Outcome<Self> {
        let parent = parent.map_or_else(std::env::temp_dir, Path::to_owned);
        let name = format!("qm-bench-{}-{}", std::process::id(), app::clock::real_now().0);
        let folder = parent.join(name);
        std::fs::create_dir_all(&folder)
            .map_err(|e| format!("make {}: {e}; choose another --folder", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
