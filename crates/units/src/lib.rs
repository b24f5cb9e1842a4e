//! Integers with a meaning: ids, quantities, money, time, distance; the scale is in the type.
//!
//! Turns bare numbers into words the rest of the house shares. Does not know any entity, clock or locale: a
//! [`Timestamp`] is handed in by whoever owns a clock. Start at [`Milli`] and [`Timestamp`].
//! Tests: `src/tests.rs`.

mod amount;
mod geo;
mod id;
mod job;
mod measure;
mod time;

#[cfg(test)]
mod tests;

pub use amount::{Milli, Money, Permille, Quantity};
pub use geo::{GeoPoint, Metres};
pub use id::*;
pub use job::{Progress, Stop, Stopped};
pub use measure::{MEASURES, Measure, MeasureKind};
pub use time::{Day, Millis, Timestamp};

/// The seed of every random choice: the same seed gives the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Seed(pub u64);
