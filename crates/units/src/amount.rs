//! Scaled integers: a value keeps its digits on every machine and in every file.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A measured value in thousandths of its channel's unit (4.25 °C is 4250).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Milli(pub i64);

/// An amount of stock in thousandths of the item's unit of measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(pub i64);

/// An amount of money in hundredths of the site's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

/// A share in thousandths (a service level of 95 % is 950).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permille(pub u16);

/// Reads a plain decimal (`-12`, `3.5`, `.25`) as an integer scaled by `10^digits`; more digits are rounded half away
/// from zero. `None` for anything else, or beyond what fits.
fn parse_scaled(text: &str, digits: u32) -> Option<i64> {
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value: i64 = 0;
    for digit in whole.bytes() {
        value = value.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    let mut fraction = fraction.bytes();
    for _ in 0..digits {
        let digit = fraction.next().map_or(0, |b| i64::from(b - b'0'));
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    if fraction.next().is_some_and(|b| b >= b'5') {
        value = value.checked_add(1)?;
    }
    Some(if negative { -value } else { value })
}

/// Writes a scaled integer with exactly `shown` of its `digits` decimals, rounded half away from zero.
fn write_scaled(f: &mut fmt::Formatter<'_>, value: i64, digits: u32, shown: usize) -> fmt::Result {
    let shown_digits = u32::try_from(shown).unwrap_or(digits).min(digits);
    let step = 10_i128.pow(digits - shown_digits);
    let magnitude = (i128::from(value).abs() + step / 2) / step;
    let scale = 10_i128.pow(shown_digits);
    let sign = if value < 0 && magnitude > 0 { "-" } else { "" };
    if shown_digits == 0 {
        write!(f, "{sign}{magnitude}")
    } else {
        write!(f, "{sign}{}.{:0width$}", magnitude / scale, magnitude % scale, width = shown_digits as usize)
    }
}

macro_rules! amount {
    ($name:ident, $digits:literal) => {
        impl $name {
            /// One whole unit.
            pub const ONE: Self = Self(10_i64.pow($digits));
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// The nearest value to `value`; saturates, and a NaN is zero.
            pub fn from_f64(value: f64) -> Self {
                Self((value * 10_f64.powi($digits)).round() as i64)
            }

            /// The value in whole units.
            pub fn to_f64(self) -> f64 {
                self.0 as f64 / 10_f64.powi($digits)
            }

            /// Reads a plain decimal with a point; `None` where it is not one or does not fit.
            pub fn parse(text: &str) -> Option<Self> {
                parse_scaled(text, $digits).map(Self)
            }

            /// The sum, held at the ends of the range.
            pub fn plus(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// The difference, held at the ends of the range.
            pub fn minus(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }
        }

        impl fmt::Display for $name {
            /// `{}` shows as many decimals as the value has; `{:.1}` exactly one.
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let shown = f.precision().unwrap_or_else(|| {
                    let mut digits = $digits;
                    let mut value = self.0;
                    while digits > 0 && value % 10 == 0 {
                        value /= 10;
                        digits -= 1;
                    }
                    digits
                });
                write_scaled(f, self.0, $digits, shown)
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Self::plus)
            }
        }
    };
}

amount!(Milli, 3);
amount!(Quantity, 3);
amount!(Money, 2);

impl Money {
    /// The price of `quantity` at `self` a unit, rounded to the nearest hundredth.
    pub fn times(self, quantity: Quantity) -> Self {
        let product = i128::from(self.0) * i128::from(quantity.0);
        let half = if product < 0 { -500 } else { 500 };
        Self(i64::try_from((product + half) / 1000).unwrap_or(if product < 0 { i64::MIN } else { i64::MAX }))
    }
}

impl Quantity {
    /// Whole units of stock.
    pub const fn of(units: i64) -> Self {
        Self(units.saturating_mul(1000))
    }
}

impl Permille {
    /// The share as a number from 0 to 1.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl fmt::Display for Permille {
    /// As a percentage without its sign: 950 is `95`, 975 is `97.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(10) {
            write!(f, "{}", self.0 / 10)
        } else {
            write!(f, "{}.{}", self.0 / 10, self.0 % 10)
        }
    }
}
