//! Mean kinetic temperature: the one temperature that would stress the goods as the real history did.
//!
//! T = (ΔH/R) / −ln( Σ wᵢ·exp(−ΔH/(R·Tᵢ)) / Σ wᵢ ), temperatures in kelvin; USP <1160>, after Haynes, J. Pharm. Sci.
//! 60:927 (1971). We weigh each value by the time it stands for, so that unevenly spaced readings count fairly; evenly
//! spaced ones give the formula of the pharmacopoeia. It says nothing about frozen goods and never excuses a low
//! excursion: whoever calls it keeps it away from those.

use units::{Milli, Millis, Timestamp};

#[cfg(test)]
mod tests;

/// The gas constant in kJ/(mol·K), with the digits of USP <1160>.
const GAS_CONSTANT: f64 = 8.3144e-3;

/// 0 °C in kelvin.
const ZERO_CELSIUS: f64 = 273.15;

/// What the formula takes besides the temperatures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params {
    /// Heat of activation ΔH in kJ/mol; 40 to 200. Some loggers use 83.0.
    pub activation_kj_per_mol: f64,
}

impl Default for Params {
    /// 83.144 kJ/mol, the pharmacopoeia's default: ΔH/R is then 10 000 K.
    fn default() -> Self {
        Self { activation_kj_per_mol: 83.144 }
    }
}

/// Why there is no mean kinetic temperature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No readings, or a ΔH outside 40 to 200 kJ/mol.
    Empty,
    /// Nothing is known for too long.
    Gap {
        /// The last reading before the gap.
        from: Timestamp,
        /// The first after it.
        to: Timestamp,
    },
    /// A reading is older than the one before it.
    Unsorted {
        /// Its time.
        at: Timestamp,
    },
    /// A temperature at or below absolute zero, or beyond 1000 °C.
    Impossible {
        /// Its time.
        at: Timestamp,
    },
}

/// The mean kinetic temperature in °C of temperatures in °C, sorted by time. Refused where two neighbours are further
/// apart than `gap_max`: a mean over what was not measured means nothing.
pub fn mean_kinetic(
    points: &[(Timestamp, Milli)],
    gap_max: Millis,
    params: &Params,
) -> Result<Milli, Refused> {
    if points.is_empty() || !(40.0..=200.0).contains(&params.activation_kj_per_mol) {
        return Err(Refused::Empty);
    }
    for pair in points.windows(2) {
        let (from, to) = (pair[0].0, pair[1].0);
        if to < from {
            return Err(Refused::Unsorted { at: to });
        }
        if to - from > gap_max {
            return Err(Refused::Gap { from, to });
        }
    }
    if let Some((at, _)) = points.iter().find(|(_, value)| !(-273_149..=1_000_000).contains(&value.0)) {
        return Err(Refused::Impossible { at: *at });
    }
    let ratio = params.activation_kj_per_mol / GAS_CONSTANT;
    let (mut sum, mut weights) = (0.0, 0.0);
    for (index, (_, value)) in points.iter().enumerate() {
        let weight = weight(points, index);
        sum += weight * (-ratio / (value.to_f64() + ZERO_CELSIUS)).exp();
        weights += weight;
    }
    Ok(Milli::from_f64(ratio / -(sum / weights).ln() - ZERO_CELSIUS))
}

/// The span a reading stands for: half way to either neighbour, and at the ends as far out as in.
fn weight(points: &[(Timestamp, Milli)], index: usize) -> f64 {
    let span = |a: usize, b: usize| (points[b].0 - points[a].0).0 as f64;
    let last = points.len() - 1;
    if points[last].0 == points[0].0 {
        return 1.0; // one reading, or all at one instant
    }
    match index {
        0 => span(0, 1),
        index if index == last => span(last - 1, last),
        index => (span(index - 1, index) + span(index, index + 1)) / 2.0,
    }
}
