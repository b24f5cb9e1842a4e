//! The quantile net as this crate sees it: numbers in, numbers out. `app` fills [`Net`] in with ONNX Runtime.

use crate::series;
use domain::Series;

#[cfg(test)]
mod tests;

/// Steps of history the net reads.
pub const CONTEXT: usize = 128;
/// Steps ahead the net answers.
pub const HORIZON: usize = 32;
/// Quantile levels it answers: [`crate::LEVELS`].
pub const LEVELS: usize = 9;

/// The inputs of some series, row after row, as the model file wants them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetBatch {
    /// How many series.
    pub rows: usize,
    /// `[rows, CONTEXT]`: raw demand, padded on the left with 0; 0 where missing.
    pub context: Vec<f32>,
    /// `[rows, CONTEXT]`: 1 where `context` was observed, else 0.
    pub observed: Vec<f32>,
    /// `[rows, HORIZON]`: the seasonal-naive path.
    pub season: Vec<f32>,
}

/// Why the net gave no answer, in words that name the model and the cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetError(pub String);

impl std::fmt::Display for NetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NetError {}

/// Something that runs the quantile net.
pub trait Net: Sync {
    /// What runs it: `CPU`, `CUDA`, ….
    fn provider(&self) -> String;

    /// `[rows, HORIZON, LEVELS]`, row after row, in whole units. It need not be monotone or non-negative: what comes back is
    /// sorted and cut at zero here.
    fn quantiles(&self, batch: &NetBatch) -> Result<Vec<f32>, NetError>;
}

impl NetBatch {
    /// Adds one series: its last [`CONTEXT`] values and the value one `season` ago as the path ahead: a missing one is that
    /// of the season before, at most three back, else (and where there is no season) the mean of the last eight observed.
    pub fn push(&mut self, values: &[Option<f64>], season: usize) {
        let context = &values[values.len().saturating_sub(CONTEXT)..];
        let pad = CONTEXT - context.len();
        self.rows += 1;
        self.context.extend(std::iter::repeat_n(0.0, pad));
        self.observed.extend(std::iter::repeat_n(0.0, pad));
        self.context.extend(context.iter().map(|value| value.unwrap_or(0.0) as f32));
        self.observed.extend(context.iter().map(|value| if value.is_some() { 1.0 } else { 0.0 }));
        let (sum, count) = context
            .iter()
            .rev()
            .flatten()
            .take(8)
            .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        let level: f64 = if count > 0.0 { sum / count } else { 0.0 };
        self.season.extend((0..HORIZON).map(|step| {
            let ago = |back: usize| {
                (context.len() + step % season).checked_sub(back * season).and_then(|at| context[at])
            };
            (1..=3).find_map(|back| if season > 1 { ago(back) } else { None }).unwrap_or(level) as f32
        }));
    }
}

/// The inputs of these series at their ends. Season: 7 for days, 52 for weeks where there are two years, else the last value.
pub fn encode(all: &[Series]) -> NetBatch {
    let mut batch = NetBatch::default();
    for one in all {
        batch.push(&one.values, series::season(one));
    }
    batch
}
