//! The units an item is handled in (each, inner, case, pallet), and what makes them contradict each other.
//!
//! A unit's factor is an exact [`Ratio`]: so many of the item's own unit of measure. Does not know tables or files.

use std::fmt;
use units::{ItemId, ItemUnitId, Quantity};

/// An exact positive fraction, in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    over: i64,
    under: i64,
}

/// The largest number above or below the line.
const RATIO_MAX: i64 = 1_000_000_000;

fn common(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { common(b, a % b) }
}

impl Ratio {
    /// One.
    pub const ONE: Ratio = Ratio { over: 1, under: 1 };

    /// `over / under`; `None` unless both are above zero and of a size that happens.
    pub fn new(over: i64, under: i64) -> Option<Self> {
        if over <= 0 || under <= 0 {
            return None;
        }
        let by = common(over, under);
        let (over, under) = (over / by, under / by);
        (over <= RATIO_MAX && under <= RATIO_MAX).then_some(Self { over, under })
    }

    /// `12`, `0.5` or `1/3`.
    pub fn parse(text: &str) -> Option<Self> {
        let decimal = |text: &str| -> Option<(i64, i64)> {
            let (whole, part) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
            let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
            if part.len() > 6 || whole.len() > 10 || !digits(whole) || !digits(part) {
                return None;
            }
            Some((format!("{whole}{part}").parse().ok()?, 10_i64.pow(u32::try_from(part.len()).ok()?)))
        };
        match text.split_once('/') {
            None => decimal(text).and_then(|(over, under)| Self::new(over, under)),
            Some((a, b)) => {
                let ((a, a_under), (b, b_under)) = (decimal(a)?, decimal(b)?);
                Self::new(a.checked_mul(b_under)?, b.checked_mul(a_under)?)
            }
        }
    }

    /// The number above the line.
    pub const fn over(self) -> i64 {
        self.over
    }

    /// The number below the line.
    pub const fn under(self) -> i64 {
        self.under
    }

    /// So many of this in the item's own unit; `None` where that is finer than a thousandth, or too large.
    pub fn base(self, quantity: Quantity) -> Option<Quantity> {
        let product = i128::from(quantity.0) * i128::from(self.over);
        let under = i128::from(self.under);
        (product % under == 0).then(|| i64::try_from(product / under).ok().map(Quantity)).flatten()
    }

    /// Whole ones of this in a quantity of the item's own unit, and what is left over.
    pub fn whole(self, base: Quantity) -> (i64, Quantity) {
        let count = i128::from(base.0.max(0)) * i128::from(self.under) / (i128::from(self.over) * 1000);
        let count = i64::try_from(count).unwrap_or(0);
        // Rounded up where a unit is no whole thousandth: what is left is never said to be more than it is.
        let held = (i128::from(count) * 1000 * i128::from(self.over) + i128::from(self.under) - 1)
            / i128::from(self.under);
        (count, Quantity(i64::try_from(i128::from(base.0) - held).unwrap_or(0)))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.under {
            1 => self.over.fmt(f),
            under => write!(f, "{}/{under}", self.over),
        }
    }
}

/// How large and heavy one of a unit is, as far as told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Length, mm.
    pub length_mm: Option<i64>,
    /// Width, mm.
    pub width_mm: Option<i64>,
    /// Height, mm.
    pub height_mm: Option<i64>,
    /// Volume in millilitres, where it is told and not its sides.
    pub volume_ml: Option<i64>,
    /// Weight with its package, g.
    pub weight_grams: Option<i64>,
}

impl Size {
    /// What it takes up, ml.
    pub fn volume(&self) -> Option<i64> {
        let sides = || Some([self.length_mm?, self.width_mm?, self.height_mm?]);
        self.volume_ml.or_else(|| {
            let cubic = sides()?.into_iter().try_fold(1_i64, i64::checked_mul)?;
            Some((cubic + 999) / 1000)
        })
    }
}

/// One unit that an item is handled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemUnit {
    /// Its row; 0 before it is stored.
    pub id: ItemUnitId,
    /// Of which item.
    pub item: ItemId,
    /// What it is called: each, case, pallet, as the business writes it.
    pub name: String,
    /// How many of the item's own unit are in it.
    pub factor: Ratio,
    /// The number under its bar code.
    pub gtin: Option<String>,
    /// How large and heavy one is.
    pub size: Size,
}

/// The word of a unit in a form that its spellings share: `EA`, `Each`, `pcs` and `个` are one.
pub fn unit_word(name: &str) -> String {
    let plain = name.trim().trim_end_matches('.').to_lowercase();
    let word = match plain.as_str() {
        "ea" | "each" | "pc" | "pcs" | "pce" | "piece" | "pieces" | "unit" | "units" | "个" | "件" | "只"
        | "支" | "片" => "each",
        "cs" | "case" | "cases" | "ctn" | "carton" | "cartons" | "箱" => "case",
        "bx" | "box" | "boxes" | "盒" => "box",
        "pk" | "pack" | "packs" | "package" | "包" => "pack",
        "plt" | "pal" | "pallet" | "pallets" | "托" | "托盘" | "栈板" => "pallet",
        "btl" | "bottle" | "bottles" | "瓶" => "bottle",
        "kg" | "kgs" | "kilogram" | "千克" | "公斤" => "kg",
        "l" | "ltr" | "litre" | "liter" | "升" => "litre",
        _ => return plain,
    };
    word.to_owned()
}

/// Why units of an item can't all be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitClash {
    /// Two spellings of one word stand for different amounts.
    Factors(String, String),
    /// The item's own unit is listed as more or less than one.
    Base(String, Ratio),
    /// Two units carry the same bar code.
    Gtin(String, String),
    /// A larger unit is lighter, or smaller, than what is in it.
    Size(String, String),
}

impl fmt::Display for UnitClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnitClash::Factors(a, b) => write!(f, "{a} ≠ {b}"),
            UnitClash::Base(name, factor) => write!(f, "{name} = {factor}"),
            UnitClash::Gtin(a, b) => write!(f, "GTIN: {a} = {b}"),
            UnitClash::Size(a, b) => write!(f, "{a} < {b}"),
        }
    }
}

/// What of an item's units contradicts itself.
pub fn clashes(base: Option<&str>, of: &[ItemUnit]) -> Vec<UnitClash> {
    let mut found = Vec::new();
    let base = base.map(unit_word).filter(|word| !word.is_empty());
    for (at, unit) in of.iter().enumerate() {
        let word = unit_word(&unit.name);
        if base.as_ref() == Some(&word) && unit.factor != Ratio::ONE {
            found.push(UnitClash::Base(unit.name.clone(), unit.factor));
        }
        for other in &of[..at] {
            let named = |unit: &ItemUnit| format!("{} = {}", unit.name, unit.factor);
            if unit_word(&other.name) == word && other.factor != unit.factor {
                found.push(UnitClash::Factors(named(other), named(unit)));
            }
            if unit.gtin.is_some() && unit.gtin == other.gtin && unit.factor != other.factor {
                found.push(UnitClash::Gtin(other.name.clone(), unit.name.clone()));
            }
            let (small, large) = if less(unit.factor, other.factor) { (unit, other) } else { (other, unit) };
            if small.factor != large.factor && lighter(large, small) {
                found.push(UnitClash::Size(large.name.clone(), small.name.clone()));
            }
        }
    }
    found
}

fn less(a: Ratio, b: Ratio) -> bool {
    i128::from(a.over) * i128::from(b.under) < i128::from(b.over) * i128::from(a.under)
}

/// Whether the larger unit weighs less than nine tenths of what is in it: a tenth is how far rounded weights go astray.
fn lighter(large: &ItemUnit, small: &ItemUnit) -> bool {
    let (Some(whole), Some(part)) = (large.size.weight_grams, small.size.weight_grams) else { return false };
    let inside = i128::from(part) * i128::from(large.factor.over) * i128::from(small.factor.under);
    let of = i128::from(whole) * i128::from(large.factor.under) * i128::from(small.factor.over);
    of * 10 < inside * 9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str, factor: &str, gtin: Option<&str>, grams: Option<i64>) -> ItemUnit {
        ItemUnit {
            id: ItemUnitId(0),
            item: ItemId(1),
            name: name.into(),
            factor: Ratio::parse(factor).expect("a ratio"),
            gtin: gtin.map(Into::into),
            size: Size { weight_grams: grams, ..Size::default() },
        }
    }

    #[test]
    fn ratios_are_exact() {
        let read = |text: &str| Ratio::parse(text).map(|ratio| ratio.to_string());
        assert_eq!(read("12"), Some("12".into()));
        assert_eq!(read("0.5"), Some("1/2".into()));
        assert_eq!(read("2/6"), Some("1/3".into()));
        assert_eq!(read("0.25/0.5"), Some("1/2".into()));
        for bad in ["", "0", "-1", "1/0", "a", "1e3", "99999999999", "1.2345678"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        let third = Ratio::new(1, 3).expect("a third");
        assert_eq!(third.base(Quantity::of(3)), Some(Quantity::of(1)));
        assert_eq!(third.base(Quantity::of(1)), None);
        assert_eq!(third.whole(Quantity::of(2)), (6, Quantity::ZERO));
        let case = Ratio::new(12, 1).expect("twelve");
        assert_eq!(case.whole(Quantity::of(30)), (2, Quantity::of(6)));
        assert_eq!(case.whole(Quantity::of(-30)), (0, Quantity::of(-30)));
    }

    #[test]
    fn units_that_contradict_each_other_are_told() {
        let good = [unit("each", "1", Some("1"), Some(100)), unit("case", "12", Some("2"), Some(1250))];
        assert_eq!(clashes(Some("EA"), &good), []);
        let told = |units: &[ItemUnit]| -> Vec<String> {
            clashes(Some("each"), units).iter().map(ToString::to_string).collect()
        };
        assert_eq!(told(&[unit("pcs", "2", None, None)]), ["pcs = 2"]);
        assert_eq!(
            told(&[unit("case", "12", None, None), unit("箱", "24", None, None)]),
            ["case = 12 ≠ 箱 = 24"]
        );
        assert_eq!(
            told(&[unit("a", "1", Some("7"), None), unit("b", "6", Some("7"), None)]),
            ["GTIN: a = b"]
        );
        assert_eq!(
            told(&[unit("each", "1", None, Some(100)), unit("case", "12", None, Some(900))]),
            ["case < each"]
        );
    }
}
