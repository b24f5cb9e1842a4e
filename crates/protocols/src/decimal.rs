//! Decimals as devices write them, kept exactly until they are thousandths.
//!
//! Text in, an integer and its decimal places out. Does not know units: a factor is another decimal.

use units::Milli;

/// More digits than this, before or after the point, are no measurement.
const DIGITS_MAX: usize = 18;

/// A number as it was written: `mantissa / 10^places`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub mantissa: i128,
    pub places: u32,
}

impl Decimal {
    pub const ONE: Self = Self { mantissa: 1, places: 0 };
    pub const ZERO: Self = Self { mantissa: 0, places: 0 };

    pub fn whole(value: i128) -> Self {
        Self { mantissa: value, places: 0 }
    }

    /// `12`, `-3.5`, `.25`, `+7.`; with an exponent only as `1.5E-3`. No other letters, no groups of thousands.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            None => (text, 0),
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok().filter(|e| e.abs() <= 18)?),
        };
        let (negative, body) = match digits.as_bytes().first()? {
            b'-' => (true, digits.get(1..)?),
            b'+' => (false, digits.get(1..)?),
            _ => (false, digits),
        };
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        if whole.len() + fraction.len() == 0 || whole.len() > DIGITS_MAX || fraction.len() > DIGITS_MAX {
            return None;
        }
        let mut mantissa: i128 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0'))?;
            mantissa = mantissa * 10 + digit;
        }
        if negative {
            mantissa = -mantissa;
        }
        // At most 18 places.
        let places = fraction.len() as i32 - exponent;
        match u32::try_from(places) {
            Ok(places) => Some(Self { mantissa, places }),
            Err(_) => Some(Self {
                mantissa: mantissa.checked_mul(10_i128.checked_pow(places.unsigned_abs())?)?,
                places: 0,
            }),
        }
    }

    /// The product; `None` where it is beyond any measurement.
    pub fn times(self, other: Self) -> Option<Self> {
        Some(Self {
            mantissa: self.mantissa.checked_mul(other.mantissa)?,
            places: self.places.checked_add(other.places)?,
        })
    }

    /// The sum; `None` where it is beyond any measurement.
    pub fn plus(self, other: Self) -> Option<Self> {
        let places = self.places.max(other.places);
        let scaled = |one: Self| one.mantissa.checked_mul(10_i128.checked_pow(places - one.places)?);
        Some(Self { mantissa: scaled(self)?.checked_add(scaled(other)?)?, places })
    }

    /// Scaled by `10^places`, rounded half away from zero.
    pub fn scaled(self, places: u32) -> Option<i64> {
        let value = if self.places <= places {
            self.mantissa.checked_mul(10_i128.checked_pow(places - self.places)?)?
        } else {
            let step = 10_i128.checked_pow(self.places - places)?;
            let half = if self.mantissa < 0 { -(step / 2) } else { step / 2 };
            self.mantissa.checked_add(half)? / step
        };
        i64::try_from(value).ok()
    }

    /// In thousandths.
    pub fn milli(self) -> Option<Milli> {
        self.scaled(3).map(Milli)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_exact() {
        for (text, milli) in [
            ("12", Some(12_000)),
            ("-3.5", Some(-3_500)),
            (".25", Some(250)),
            ("+7.", Some(7_000)),
            ("0.0005", Some(1)),
            ("-0.0005", Some(-1)),
            ("0.00049", Some(0)),
            ("1.5E-3", Some(2)),
            ("15e2", Some(1_500_000)),
            ("", None),
            (".", None),
            ("-", None),
            ("1e99", None),
            ("1,5", None),
            ("0x10", None),
            ("1 2", None),
            ("12345678901234567890", None),
            ("999999999999999999", None),
        ] {
            assert_eq!(Decimal::parse(text).and_then(Decimal::milli).map(|m| m.0), milli, "{text}");
        }
        let pounds = Decimal::parse("0.45359237").unwrap();
        assert_eq!(Decimal::parse("220.462").unwrap().times(pounds).unwrap().milli(), Some(Milli(100_000)));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(value in -1_000_000_000_000_i64..1_000_000_000_000) {
            let shown = Milli(value).to_string();
            prop_assert_eq!(Decimal::parse(&shown).and_then(Decimal::milli), Some(Milli(value)));
            let sum = Decimal::parse(&shown).and_then(|d| d.plus(Decimal::parse("0.5")?)).and_then(Decimal::milli);
            prop_assert_eq!(sum, Some(Milli(value + 500)));
        }

        #[test]
        fn no_text_breaks_it(text in ".{0,40}", other in "[-+0-9.eE]{0,30}") {
            for text in [&text, &other] {
                let _ = Decimal::parse(text).and_then(|d| d.times(d)).and_then(|d| d.plus(d)).and_then(Decimal::milli);
            }
        }
    }
}
