//! How one column is written: which way its dates run, what stands before its decimals, what its numbers are in.
//!
//! A column that shows nothing of its own is as the others of its file. Units are told by the heading (`weight (lb)`, `lead_time_weeks`,
//! `重量（克）`) or by a person; numbers are brought to the unit that fields are kept in.

use crate::columns::Field;
use crate::dates::DateOrder;
use crate::numbers::DecimalMark;

/// How a column is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnFormat {
    /// Day or month first; `None`: as in the file's other columns.
    pub date_order: Option<DateOrder>,
    /// What stands before the decimals; `None`: as in the file's other columns.
    pub decimal_mark: Option<DecimalMark>,
    /// What its numbers are in; `None`: in what the field is kept in.
    pub unit: Option<&'static ColumnUnit>,
}

/// A unit that columns come in.
#[derive(Debug, PartialEq, Eq)]
pub struct ColumnUnit {
    /// Its name.
    pub key: &'static str,
    /// What headings call it.
    names: &'static [&'static str],
    /// What it measures.
    of: Measured,
    /// One is so many …
    times: i64,
    /// … of these parts of what the field is kept in.
    over: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measured {
    /// Kept in kg.
    Weight,
    /// Kept in m³.
    Volume,
    /// Kept in days.
    Days,
    /// Kept in the currency.
    Money,
}

const fn unit(
    key: &'static str,
    of: Measured,
    times: i64,
    over: i64,
    names: &'static [&'static str],
) -> ColumnUnit {
    ColumnUnit { key, names, of, times, over }
}

/// The units, those that fields are kept in among them: a heading that names one says that there is nothing to bring over.
static UNITS: [ColumnUnit; 17] = [
    unit("kg", Measured::Weight, 1, 1, &["kg", "kgs", "kilogram", "kilograms", "公斤", "千克"]),
    unit("g", Measured::Weight, 1, 1_000, &["g", "gr", "gram", "grams", "克"]),
    unit("t", Measured::Weight, 1_000, 1, &["t", "tonne", "tonnes", "ton", "tons", "吨"]),
    unit("lb", Measured::Weight, 45_359_237, 100_000_000, &["lb", "lbs", "pound", "pounds", "磅"]),
    unit("oz", Measured::Weight, 28_349_523, 1_000_000_000, &["oz", "ounce", "ounces", "盎司"]),
    unit("jin", Measured::Weight, 1, 2, &["jin", "斤", "市斤"]),
    unit("m3", Measured::Volume, 1, 1, &["m3", "m³", "cbm", "立方米"]),
    unit("l", Measured::Volume, 1, 1_000, &["l", "liter", "liters", "litre", "litres", "dm3", "dm³", "升"]),
    unit("ml", Measured::Volume, 1, 1_000_000, &["ml", "cm3", "cm³", "毫升"]),
    unit("ft3", Measured::Volume, 28_316_847, 1_000_000_000, &["ft3", "ft³", "cuft", "cft", "立方英尺"]),
    unit("in3", Measured::Volume, 16_387, 1_000_000_000, &["in3", "in³", "cuin"]),
    unit("days", Measured::Days, 1, 1, &["d", "day", "days", "天", "日"]),
    unit("weeks", Measured::Days, 7, 1, &["w", "wk", "wks", "week", "weeks", "周", "星期"]),
    unit("months", Measured::Days, 30, 1, &["month", "months", "个月", "月"]),
    unit("hours", Measured::Days, 1, 24, &["h", "hour", "hours", "小时"]),
    unit("units", Measured::Money, 1, 1, &["eur", "usd", "cny", "rmb", "元", "€", "$"]),
    unit("cents", Measured::Money, 1, 100, &["cent", "cents", "ct", "pence", "分"]),
];

fn measured(field: Field) -> Option<Measured> {
    use Field::*;
    Some(match field {
        WeightKg | CapacityKg => Measured::Weight,
        VolumeM3 | CapacityM3 => Measured::Volume,
        LeadTimeDays => Measured::Days,
        UnitCost | UnitPrice | NetAmount | Discount | PackagePrice => Measured::Money,
        _ => return None,
    })
}

impl ColumnUnit {
    /// The units a field may come in, by their keys; none where it has one only.
    pub fn of(field: Field) -> impl Iterator<Item = &'static ColumnUnit> {
        let wanted = measured(field);
        UNITS.iter().filter(move |unit| Some(unit.of) == wanted)
    }

    /// The unit of a key.
    pub fn by_key(field: Field, key: &str) -> Option<&'static ColumnUnit> {
        Self::of(field).find(|unit| unit.key == key)
    }

    /// The unit that a heading names: in brackets, or as its last word.
    pub fn told_by(field: Field, heading: &str) -> Option<&'static ColumnUnit> {
        let heading = heading.to_lowercase();
        let inside = heading.find(['(', '（', '[', '【', '/', '／']).map(|at| {
            let rest = &heading[at..];
            rest.trim_matches(|c: char| {
                matches!(c, '(' | '（' | '[' | '【' | '/' | '／' | ')' | '）' | ']' | '】' | ' ' | '.')
            })
            .to_owned()
        });
        let last = heading.rsplit(['_', ' ', '-', '.', ',']).next().unwrap_or_default().to_owned();
        [inside, Some(last)].into_iter().flatten().find_map(|word| {
            // A heading that is the unit alone tells of the column what it is, not what it is in.
            let alone = word == heading.trim();
            Self::of(field).find(|unit| !alone && unit.names.contains(&word.as_str()))
        })
    }

    /// Whether numbers stay as they are.
    fn is_plain(&self) -> bool {
        self.times == self.over
    }

    /// A plain decimal brought over; `None` where it is none, or too long to be one.
    pub(crate) fn bring_over(&self, plain: &str) -> Option<String> {
        if self.is_plain() {
            return Some(plain.to_owned());
        }
        const DECIMALS: u32 = 9;
        let (sign, body) = plain.strip_prefix('-').map_or((1, plain), |body| (-1, body));
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        let fraction: String = fraction.chars().take(DECIMALS as usize).collect();
        let scale = 10_i128.pow(DECIMALS);
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let part: i128 = if fraction.is_empty() {
            0
        } else {
            fraction.parse::<i128>().ok()? * 10_i128.pow(DECIMALS - fraction.len() as u32)
        };
        let value = whole.checked_mul(scale)?.checked_add(part)?.checked_mul(i128::from(self.times))?;
        // To the nearest thousandth, which is the finest that anything is kept in.
        let over = i128::from(self.over) * (scale / 1_000);
        let thousandths = (value + over / 2) / over;
        let minus = if sign < 0 && thousandths != 0 { "-" } else { "" };
        Some(format!("{minus}{}.{:03}", thousandths / 1_000, thousandths % 1_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_tells_the_unit() {
        let told = |field, heading| ColumnUnit::told_by(field, heading).map(|unit| unit.key);
        assert_eq!(told(Field::WeightKg, "Weight (lb)"), Some("lb"));
        assert_eq!(told(Field::WeightKg, "weight_g"), Some("g"));
        assert_eq!(told(Field::WeightKg, "重量（克）"), Some("g"));
        assert_eq!(told(Field::WeightKg, "Gewicht"), None);
        assert_eq!(told(Field::VolumeM3, "volume / L"), Some("l"));
        assert_eq!(told(Field::LeadTimeDays, "Lead time (weeks)"), Some("weeks"));
        assert_eq!(told(Field::LeadTimeDays, "lead_time_days"), Some("days"));
        assert_eq!(told(Field::UnitCost, "unit cost (cents)"), Some("cents"));
        assert_eq!(told(Field::Sku, "sku (g)"), None, "a code is in nothing");
    }

    #[test]
    fn numbers_are_brought_over() {
        let over =
            |field, key, plain: &str| ColumnUnit::by_key(field, key).and_then(|unit| unit.bring_over(plain));
        assert_eq!(over(Field::WeightKg, "g", "1500").as_deref(), Some("1.500"));
        assert_eq!(over(Field::WeightKg, "lb", "10").as_deref(), Some("4.536"));
        assert_eq!(over(Field::WeightKg, "kg", "10.25").as_deref(), Some("10.25"));
        assert_eq!(over(Field::UnitCost, "cents", "-199").as_deref(), Some("-1.990"));
        assert_eq!(over(Field::LeadTimeDays, "weeks", "1.5").as_deref(), Some("10.500"));
        assert_eq!(over(Field::WeightKg, "g", &"9".repeat(60)), None);
        assert_eq!(over(Field::WeightKg, "g", "1.2.3"), None);
    }
}
