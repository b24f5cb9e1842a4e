//! Units a value is measured in, and exact conversion between those of one kind.
//!
//! A factor is a ratio of whole numbers taken from the unit's definition (SI brochure; international pound and inch of
//! 1959), so a conversion is one multiplication and one division of integers and is rounded once: to the nearest
//! thousandth, half away from zero. `uom` holds the same factors as binary floating point, some to seven digits; the
//! tests compare with it.

use crate::Milli;

/// What is measured. Only units of one kind convert into each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeasureKind {
    /// Temperature.
    Temperature,
    /// Pressure.
    Pressure,
    /// Power.
    Power,
    /// Energy.
    Energy,
    /// Speed of travel or air.
    Speed,
    /// Vibration velocity.
    Vibration,
    /// A share of a hundred: relative humidity, charge, filling.
    Share,
    /// Volume.
    Volume,
    /// Volume a time.
    Flow,
    /// Mass.
    Mass,
    /// Length.
    Length,
    /// Electric tension.
    Voltage,
    /// Electric current.
    Current,
    /// Frequency.
    Frequency,
    /// Parts of a million: gas in air.
    Concentration,
    /// Mass of water in a mass of air.
    MixingRatio,
    /// Light on a surface.
    Illuminance,
}

/// A unit: `base = (value + shift) · numerator / denominator`, in the kind's base unit.
#[derive(Debug, PartialEq, Eq)]
pub struct Measure {
    /// As it is shown.
    pub symbol: &'static str,
    /// What it measures.
    pub kind: MeasureKind,
    numerator: i128,
    denominator: i128,
    /// In thousandths of this unit.
    shift: i128,
    /// Other ways in which devices and people write it.
    also: &'static [&'static str],
}

const fn unit(
    symbol: &'static str,
    kind: MeasureKind,
    (numerator, denominator): (i128, i128),
    also: &'static [&'static str],
) -> Measure {
    Measure { symbol, kind, numerator, denominator, shift: 0, also }
}

use MeasureKind as K;

/// Every unit known, the stored one of each kind first.
pub const MEASURES: &[Measure] = &[
    unit("°C", K::Temperature, (1, 1), &["C", "degC", "℃", "Cel", "celsius"]),
    Measure { shift: -32_000, ..unit("°F", K::Temperature, (5, 9), &["F", "degF", "℉", "fahrenheit"]) },
    Measure { shift: -273_150, ..unit("K", K::Temperature, (1, 1), &["kelvin"]) },
    // Base: Pa.
    unit("kPa", K::Pressure, (1_000, 1), &["kpa"]),
    unit("bar", K::Pressure, (100_000, 1), &[]),
    unit("mbar", K::Pressure, (100, 1), &["hPa"]),
    unit("Pa", K::Pressure, (1, 1), &["pa"]),
    unit("MPa", K::Pressure, (1_000_000, 1), &[]),
    // 0.45359237 kg · 9.80665 m/s² on a square inch of 0.0254² m².
    unit("psi", K::Pressure, (44_482_216_152_605, 6_451_600_000), &["PSI"]),
    // Base: W.
    unit("kW", K::Power, (1_000, 1), &["kw", "KW"]),
    unit("W", K::Power, (1, 1), &["watt"]),
    unit("MW", K::Power, (1_000_000, 1), &[]),
    // Base: Wh.
    unit("kWh", K::Energy, (1_000, 1), &["kwh", "KWH"]),
    unit("Wh", K::Energy, (1, 1), &["wh"]),
    unit("MWh", K::Energy, (1_000_000, 1), &[]),
    unit("MJ", K::Energy, (10_000, 36), &[]),
    // Base: m/h.
    unit("km/h", K::Speed, (1_000, 1), &["kmh", "kph"]),
    unit("m/s", K::Speed, (3_600, 1), &[]),
    unit("mph", K::Speed, (1_609_344, 1_000), &["mi/h"]),
    unit("kn", K::Speed, (1_852, 1), &["kt", "knot", "knots"]),
    unit("mm/s", K::Vibration, (10, 1), &[]),
    unit("in/s", K::Vibration, (254, 1), &["ips"]),
    unit("%", K::Share, (1, 1), &["%RH", "%rH", "percent", "pct"]),
    unit("‰", K::Share, (1, 10), &[]),
    // Base: L.
    unit("m³", K::Volume, (1_000, 1), &["m3"]),
    unit("L", K::Volume, (1, 1), &["l", "litre", "liter"]),
    unit("m³/h", K::Flow, (1_000, 1), &["m3/h"]),
    unit("L/min", K::Flow, (60, 1), &["l/min", "lpm"]),
    unit("L/s", K::Flow, (3_600, 1), &["l/s"]),
    // Base: mg.
    unit("kg", K::Mass, (1_000_000, 1), &["KG"]),
    unit("g", K::Mass, (1_000, 1), &["gram"]),
    unit("t", K::Mass, (1_000_000_000, 1), &["tonne"]),
    unit("lb", K::Mass, (45_359_237, 100), &["lbs"]),
    // Base: mm.
    unit("m", K::Length, (1_000, 1), &["metre", "meter"]),
    unit("cm", K::Length, (10, 1), &[]),
    unit("mm", K::Length, (1, 1), &[]),
    unit("ft", K::Length, (3_048, 10), &[]),
    unit("in", K::Length, (254, 10), &["inch"]),
    unit("V", K::Voltage, (1_000, 1), &["volt"]),
    unit("mV", K::Voltage, (1, 1), &[]),
    unit("A", K::Current, (1_000, 1), &["ampere"]),
    unit("mA", K::Current, (1, 1), &[]),
    unit("Hz", K::Frequency, (1, 1), &["hz"]),
    unit("ppm", K::Concentration, (1, 1), &[]),
    unit("g/kg", K::MixingRatio, (1, 1), &[]),
    unit("lx", K::Illuminance, (1, 1), &["lux"]),
];

impl Measure {
    /// The unit of a symbol, or of another way to write it; `None` where nobody here knows it.
    pub fn parse(text: &str) -> Option<&'static Self> {
        let text = text.trim();
        MEASURES
            .iter()
            .find(|one| one.symbol == text)
            .or_else(|| MEASURES.iter().find(|one| one.also.contains(&text)))
    }

    /// The units this one converts into, itself among them.
    pub fn siblings(&self) -> impl Iterator<Item = &'static Self> {
        let kind = self.kind;
        MEASURES.iter().filter(move |one| one.kind == kind)
    }

    /// A value of this unit in another: exact, then rounded once to the nearest thousandth, half away from zero. `None`
    /// between kinds, and beyond what fits.
    pub fn convert(&self, value: Milli, to: &Self) -> Option<Milli> {
        if self == to {
            return Some(value);
        }
        let (numerator, denominator) = self.factor(to)?;
        let level = i128::from(value.0).checked_add(self.shift)?.checked_mul(numerator)?;
        nearest(level.checked_sub(to.shift.checked_mul(denominator)?)?, denominator)
    }

    /// A difference (a band, a rate, an offset) in another unit: without the shift of the zero.
    pub fn convert_difference(&self, value: Milli, to: &Self) -> Option<Milli> {
        let (numerator, denominator) = self.factor(to)?;
        nearest(i128::from(value.0).checked_mul(numerator)?, denominator)
    }

    fn factor(&self, to: &Self) -> Option<(i128, i128)> {
        if self.kind != to.kind {
            return None;
        }
        let numerator = self.numerator.checked_mul(to.denominator)?;
        let denominator = self.denominator.checked_mul(to.numerator)?;
        let common = gcd(numerator, denominator);
        Some((numerator / common, denominator / common))
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// A ratio with a positive denominator as the nearest whole number, half away from zero.
fn nearest(numerator: i128, denominator: i128) -> Option<Milli> {
    let half = denominator / 2;
    let away = if numerator < 0 { numerator.checked_sub(half)? } else { numerator.checked_add(half)? };
    i64::try_from(away / denominator).ok().map(Milli)
}

#[cfg(test)]
mod tests;
