//! Asks the net in batches; its first failure is reported once and it is not asked again.

use crate::net::{self, Net, NetBatch};
use crate::quantiles;
use domain::{Finding, FindingCode, Severity};

/// Everything the net is asked, in batches: `(series, origin)` rows pushed, answers handed to `take`. The first failure ends it.
pub(crate) struct Asking<'a> {
    net: Option<&'a dyn Net>,
    batch: NetBatch,
    rows: Vec<(usize, usize)>,
}

impl<'a> Asking<'a> {
    pub(crate) fn new(net: Option<&'a dyn Net>, horizon: usize, findings: &mut Vec<Finding>) -> Self {
        let net = net.filter(|_| {
            let fits = horizon <= net::HORIZON;
            if !fits {
                let detail = format!("the net answers {} steps; {horizon} were asked for", net::HORIZON);
                findings.push(Finding::about(FindingCode::NetUnavailable, Severity::Note, "net", &detail));
            }
            fits
        });
        Self { net, batch: NetBatch::default(), rows: Vec::new() }
    }

    /// Rows waiting for an answer.
    pub(crate) fn waiting(&self) -> usize {
        self.batch.rows
    }

    pub(crate) fn push(&mut self, row: (usize, usize), values: &[Option<f64>], season: usize) {
        if self.net.is_some() {
            self.batch.push(values, season);
            self.rows.push(row);
        }
    }

    pub(crate) fn flush(
        &mut self,
        findings: &mut Vec<Finding>,
        mut take: impl FnMut((usize, usize), &[f32]),
    ) {
        let (batch, rows) = (std::mem::take(&mut self.batch), std::mem::take(&mut self.rows));
        let Some(net) = self.net.filter(|_| batch.rows > 0) else { return };
        let expected = batch.rows * net::HORIZON * net::LEVELS;
        let answer = net.quantiles(&batch).map_err(|error| error.0).and_then(|answer| {
            let got = answer.len();
            if got == expected {
                Ok(answer)
            } else {
                Err(format!("it answered {got} numbers, not {expected}"))
            }
        });
        match answer {
            Ok(answer) => {
                for (row, numbers) in rows.into_iter().zip(answer.chunks(net::HORIZON * net::LEVELS)) {
                    take(row, numbers);
                }
            }
            Err(why) => {
                findings.push(Finding::about(FindingCode::NetUnavailable, Severity::Warning, "net", &why));
                self.net = None;
            }
        }
    }
}

/// The net's quantiles at these steps of its answer; `None` where one is out of reach or not finite.
pub(crate) fn net_quantiles(numbers: &[f32], steps: impl Iterator<Item = usize>) -> Option<Vec<[f32; 9]>> {
    steps
        .map(|step| {
            let row = numbers.get(step * net::LEVELS..(step + 1) * net::LEVELS)?;
            quantiles::admit(std::array::from_fn(|level| f64::from(row[level])))
                .map(|q| q.map(|value| value as f32))
        })
        .collect()
}

pub(crate) fn net_mean(quantiles: &[[f32; 9]]) -> Vec<f32> {
    quantiles.iter().map(|at| at.iter().sum::<f32>() / at.len() as f32).collect()
}
