//! A map as a table that people keep: comma separated, a point a row, with a finding for every row that can't be used.
//!
//! Columns are named in the header, in any order and case: `code, unitId, functionCode, address, objectsCount, type, multiplier,
//! divider, offset, byteOrder, wordOrder, order, bit, bits, noValue, pollPeriod, write, writeMin, writeMax`; the address also
//! as `addressFromZero` or `reference`, which can't be mistaken.

use super::map::{Kind, Map, Order, Point, Real, Table, Write};
use units::Milli;

/// How addresses are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notation {
    /// Found out per row; one that can be read both ways is refused.
    #[default]
    Auto,
    /// From 0, as on the wire.
    FromZero,
    /// Reference numbers: 40001 is the first holding register.
    Reference,
}

/// A row that was not used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its line; the header is 1.
    pub line: u64,
    /// In a sentence.
    pub message: String,
}

/// An object as both notations have it, so that nobody can be mistaken: `holding 0 (40001)`.
pub fn reference(table: Table, address: u16) -> String {
    let number = u32::from(address) + 1;
    let digit = table.digit();
    let long = if number > 9_999 { format!("{digit}{number:05}") } else { format!("{digit}{number:04}") };
    format!("{} {address} ({long})", table.word())
}

/// Reads an address: decimal, `0x` hexadecimal, or a reference number like `40001`, `400001` or `4x0001`. `table` is what the
/// function code says, where there is one.
pub fn address(text: &str, table: Option<Table>, notation: Notation) -> Result<(Table, u16), String> {
    let text = text.trim();
    let wrong =
        || format!("'{text}' is no address: write 0 to 65535, 0x hexadecimal, or a reference like 40001.");
    let needs = |table: Option<Table>| {
        table.ok_or_else(|| {
            format!("'{text}' is an address from 0: it needs a function code, 1 to 4, to say of which table.")
        })
    };
    let lower = text.to_ascii_lowercase();
    if let Some(hex) = lower.strip_prefix("0x") {
        return Ok((needs(table)?, u16::from_str_radix(hex, 16).map_err(|_| wrong())?));
    }
    let agreed = |found: Table, number: u32| -> Result<(Table, u16), String> {
        if table.is_some_and(|table| table != found) {
            return Err(format!(
                "'{text}' is a {} reference, but its function code is another's.",
                found.word()
            ));
        }
        let address = number.checked_sub(1).and_then(|at| u16::try_from(at).ok()).ok_or_else(wrong)?;
        Ok((found, address))
    };
    if let Some((digit, number)) = lower.split_once('x') {
        let found =
            Table::ALL.into_iter().find(|table| table.digit().to_string() == digit).ok_or_else(wrong)?;
        return agreed(found, number.parse().map_err(|_| wrong())?);
    }
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) || text.len() > 6 {
        return Err(wrong());
    }
    let plain: u32 = text.parse().map_err(|_| wrong())?;
    let from_zero = u16::try_from(plain).ok();
    // Five or six digits, the first naming the table. Coils begin with 0 and so are told only by their length.
    let by_reference = (text.len() >= 5)
        .then(|| {
            let (digit, number) = text.split_at(1);
            let table = Table::ALL.into_iter().find(|table| table.digit().to_string() == digit)?;
            let number: u32 = number.parse().ok()?;
            (1..=65_536).contains(&number).then_some((table, number))
        })
        .flatten();
    match (notation, by_reference) {
        (Notation::Reference, Some((found, number))) => agreed(found, number),
        // Within a table whose code is given, references are also written without their first digit.
        (Notation::Reference, None) => agreed(needs(table)?, plain),
        (Notation::FromZero, _) | (Notation::Auto, None) => Ok((needs(table)?, from_zero.ok_or_else(wrong)?)),
        (Notation::Auto, Some((found, number))) => match (table, from_zero) {
            (Some(table), Some(plain)) if text.len() == 5 && table == found && !text.starts_with('0') => {
                Err(format!(
                    "'{text}' is {} or {}: choose how addresses are written.",
                    reference(table, u16::try_from(number - 1).unwrap_or(u16::MAX)),
                    reference(table, plain)
                ))
            }
            (Some(table), Some(plain)) if table != found => Ok((table, plain)),
            _ => agreed(found, number),
        },
    }
}

/// The columns, each with the names it goes by, in lower case without spaces, `_` and `-`.
const COLUMNS: [(&str, &[&str]); 21] = [
    ("code", &["code", "tag", "name", "key", "channel"]),
    ("unit", &["unitid", "unit", "slave", "slaveid", "deviceid"]),
    ("function", &["functioncode", "function", "fc"]),
    ("table", &["table"]),
    ("address", &["address", "register", "addr"]),
    ("from_zero", &["addressfromzero"]),
    ("reference", &["reference"]),
    ("count", &["objectscount", "count", "length", "quantity"]),
    ("type", &["type", "datatype"]),
    ("multiplier", &["multiplier", "scale", "factor"]),
    ("divider", &["divider", "divisor"]),
    ("offset", &["offset"]),
    ("bytes", &["byteorder"]),
    ("words", &["wordorder"]),
    ("order", &["order"]),
    ("bit", &["bit"]),
    ("bits", &["bits"]),
    ("none", &["novalue"]),
    ("every", &["pollperiod", "every", "period"]),
    ("write", &["write"]),
    ("limits", &["writemin", "writemax"]),
];

/// Reads such a table. Separators are commas, semicolons or tabs. All findings come at once; the points are those of the rows
/// without one.
pub fn from_csv(text: &str, notation: Notation, map: &Map) -> (Vec<Point>, Vec<Finding>) {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let separator = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|b| first.bytes().filter(|c| c == b).count())
        .unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut findings = Vec::new();
    let header = match reader.headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            return (
                Vec::new(),
                vec![Finding { line: 1, message: format!("The table can't be read: {error}.") }],
            );
        }
    };
    let plain = |name: &str| -> String {
        name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
    };
    let names: Vec<String> = header.iter().map(plain).collect();
    for (name, written) in names.iter().zip(header.iter()) {
        if !name.is_empty() && !COLUMNS.iter().any(|(_, names)| names.contains(&name.as_str())) {
            findings.push(Finding {
                line: 1,
                message: format!("The column '{written}' is not one of a point; it was not read."),
            });
        }
    }
    let mut points: Vec<Point> = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                findings.push(Finding { line, message: format!("The row can't be read: {error}.") });
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if points.len() == super::POINTS_MAX {
            findings.push(Finding {
                line,
                message: format!("A device has at most {} points.", super::POINTS_MAX),
            });
            break;
        }
        let row = Row { names: &names, record: &record };
        match row.point(notation, map).and_then(|point| {
            match points.iter().any(|known| known.code == point.code) {
                true => Err(format!("There is a point {} above already.", point.code)),
                false => Ok(point),
            }
        }) {
            Ok(point) => points.push(point),
            Err(message) => findings.push(Finding { line, message }),
        }
    }
    (points, findings)
}

struct Row<'a> {
    names: &'a [String],
    record: &'a csv::StringRecord,
}

impl Row<'_> {
    /// The first field of such a column that is not empty.
    fn get(&self, column: &str) -> Option<&str> {
        let (_, known) = COLUMNS.iter().find(|(name, _)| *name == column)?;
        known.iter().find_map(|name| self.named(name))
    }

    fn named(&self, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|known| known == name)?;
        self.record.get(at).filter(|text| !text.is_empty())
    }

    fn whole<T: TryFrom<i64>>(&self, column: &str) -> Result<Option<T>, String> {
        let Some(text) = self.get(column) else { return Ok(None) };
        let found = text.parse::<i64>().ok().and_then(|n| T::try_from(n).ok());
        found.map(Some).ok_or_else(|| format!("'{text}' is no {column} that fits."))
    }

    fn real(&self, column: &str) -> Result<Option<f64>, String> {
        let Some(text) = self.get(column) else { return Ok(None) };
        let found = text.parse::<f64>().ok().filter(|n| n.is_finite());
        found.map(Some).ok_or_else(|| format!("'{text}' is no number for {column}."))
    }

    fn point(&self, notation: Notation, map: &Map) -> Result<Point, String> {
        let table = match (self.get("function"), self.get("table")) {
            (Some(text), _) => match text.parse::<u8>() {
                Ok(code @ (5 | 6 | 15 | 16)) => {
                    return Err(format!(
                        "Function code {code} writes: give the one that reads, 1 or 3, and switch writing on in the column write."
                    ));
                }
                Ok(code) => Some(
                    Table::of_code(code)
                        .ok_or_else(|| format!("Function code {code} reads nothing: write 1 to 4."))?,
                ),
                Err(_) => return Err(format!("'{text}' is no function code: write 1 to 4.")),
            },
            (None, Some(word)) => {
                Some(Table::of_word(&word.to_ascii_lowercase()).ok_or_else(|| {
                    format!("'{word}' is no table: write coil, discrete, input or holding.")
                })?)
            }
            (None, None) => None,
        };
        let (table, address) = match (self.get("from_zero"), self.get("reference"), self.get("address")) {
            (Some(text), _, _) => address(text, table, Notation::FromZero)?,
            (None, Some(text), _) => address(text, table, Notation::Reference)?,
            (None, None, Some(text)) => address(text, table, notation)?,
            (None, None, None) => return Err("The row has no address.".to_owned()),
        };
        let unit: Option<u8> = self.whole("unit")?;
        let code = match self.get("code") {
            Some(code) => code.to_owned(),
            // Whoever gives no names finds the place again.
            None => format!("{}-{}-{address}", unit.unwrap_or(map.unit), table.word()),
        };
        let mut point = Point::new(&code, table, address);
        point.unit = unit.filter(|unit| *unit != map.unit);
        let count: Option<u16> = self.whole("count")?;
        point.kind = match self.get("type") {
            Some(text) => kind(text, table, count)?,
            None if table.is_bits() => Kind::Bits,
            None => match count {
                Some(2) => {
                    return Err("Two registers may be a 32int, 32uint or 32float: give the type.".to_owned());
                }
                Some(4) => {
                    return Err("Four registers may be a 64int, 64uint or 64float: give the type.".to_owned());
                }
                _ => Kind::U16,
            },
        };
        match (point.kind.registers(), count) {
            (Some(needed), Some(count)) if needed != count => {
                return Err(format!("A {} takes {needed} registers, not {count}.", point.kind.word()));
            }
            (None, Some(count)) => point.count = count,
            _ => {}
        }
        let swapped = |text: Option<&str>| match text.map(str::to_ascii_lowercase).as_deref() {
            None | Some("big" | "be" | "big-endian" | "normal") => Ok(false),
            Some("little" | "le" | "little-endian" | "swapped") => Ok(true),
            Some(other) => Err(format!("'{other}' is no order: write BIG or LITTLE.")),
        };
        point.order = match self.get("order") {
            Some(text) => Order::of_word(text)
                .ok_or_else(|| format!("'{text}' is no order: write ABCD, CDAB, BADC or DCBA."))?,
            None => Order::of(swapped(self.get("bytes"))?, swapped(self.get("words"))?),
        };
        let divider = self.real("divider")?.unwrap_or(1.0);
        let scale = self.real("multiplier")?.unwrap_or(1.0) / divider;
        point.scale = Real::new(scale).filter(|_| divider != 0.0).ok_or("A divider is not 0.")?;
        point.offset = Real::new(self.real("offset")?.unwrap_or(0.0)).unwrap_or_default();
        point.bit = self.whole("bit")?;
        point.bits = self.whole("bits")?.unwrap_or(1);
        point.no_value = self.whole("none")?;
        point.every_ms = self.whole("every")?;
        point.write = match self.get("write").map(str::to_ascii_lowercase).as_deref() {
            None | Some("off" | "no" | "0" | "false") => Write::Off,
            Some("single" | "5" | "6") => Write::Single,
            Some("multiple" | "15" | "16") => Write::Multiple,
            Some(other) => {
                return Err(format!("'{other}' is no way to write: write off, single or multiple."));
            }
        };
        let limit = |name: &str| match self.named(name) {
            None => Ok(None),
            Some(text) => {
                Milli::parse(text).map(Some).ok_or_else(|| format!("'{text}' is no number for {name}."))
            }
        };
        (point.write_min, point.write_max) = (limit("writemin")?, limit("writemax")?);
        match point.wrong(map.timing(map.unit_of(&point))) {
            Some(wrong) => Err(wrong),
            None => Ok(point),
        }
    }
}

/// The type as gateways and people write it: `16int`, `int16`, `INT`, `32float`, `real`, `u32` …
fn kind(text: &str, table: Table, count: Option<u16>) -> Result<Kind, String> {
    let plain: String =
        text.chars().filter(|c| !matches!(c, '_' | ' ' | '-')).flat_map(char::to_lowercase).collect();
    if table.is_bits() {
        return match plain.as_str() {
            "bits" | "bit" | "bool" | "boolean" | "coil" => Ok(Kind::Bits),
            _ => Err(format!("A coil or an input is bits, not '{text}'.")),
        };
    }
    if let Some(kind) = Kind::of_word(&plain).filter(|kind| *kind != Kind::Bits) {
        return Ok(kind);
    }
    Ok(match plain.as_str() {
        "16int" | "int16" | "short" => Kind::I16,
        "16uint" | "uint16" | "word" | "ushort" => Kind::U16,
        "32int" | "int32" | "dint" => Kind::I32,
        "32uint" | "uint32" | "dword" | "udint" => Kind::U32,
        "64int" | "int64" | "lint" => Kind::I64,
        "64uint" | "uint64" | "ulint" => Kind::U64,
        "32float" | "float32" | "real" => Kind::F32,
        "64float" | "float64" | "double" | "lreal" => Kind::F64,
        "string" | "str" | "ascii" => Kind::Text,
        // Fields of bits stand in a whole register.
        "bits" | "bit" | "bool" | "boolean" => Kind::U16,
        "int" => match count {
            Some(4) => Kind::I64,
            Some(2) => Kind::I32,
            _ => Kind::I16,
        },
        "uint" => match count {
            Some(4) => Kind::U64,
            Some(2) => Kind::U32,
            _ => Kind::U16,
        },
        "float" => match count {
            Some(4) => Kind::F64,
            _ => Kind::F32,
        },
        _ => {
            return Err(format!(
                "'{text}' is no type: write 16int, 16uint, 32int, 32uint, 64int, 64uint, 32float, 64float or string."
            ));
        }
    })
}

/// Writes a map's points as [`from_csv`] reads them. Names that a spreadsheet would take for a formula are made text.
pub fn to_csv(map: &Map) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = [
        "code",
        "unitId",
        "functionCode",
        "addressFromZero",
        "reference",
        "objectsCount",
        "type",
        "multiplier",
        "offset",
        "byteOrder",
        "wordOrder",
        "bit",
        "bits",
        "noValue",
        "pollPeriod",
        "write",
        "writeMin",
        "writeMax",
    ];
    // Writing into memory does not fail.
    let _ = writer.write_record(header);
    fn or_empty<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let end = |swapped: bool| if swapped { "LITTLE" } else { "BIG" }.to_owned();
    for point in &map.points {
        let both = reference(point.table, point.address);
        let number = both.rsplit_once('(').map_or("", |(_, number)| number.trim_end_matches(')'));
        let code = if point.code.starts_with(['=', '+', '-', '@']) {
            format!("'{}", point.code)
        } else {
            point.code.clone()
        };
        let _ = writer.write_record([
            code,
            map.unit_of(point).to_string(),
            point.table.code().to_string(),
            point.address.to_string(),
            number.to_owned(),
            point.objects().to_string(),
            point.kind.word().to_owned(),
            point.scale.get().to_string(),
            point.offset.get().to_string(),
            end(point.order.bytes_swapped()),
            end(point.order.words_swapped()),
            or_empty(point.bit),
            point.bit.map(|_| point.bits.to_string()).unwrap_or_default(),
            or_empty(point.no_value),
            or_empty(point.every_ms),
            point.write.word().to_owned(),
            or_empty(point.write_min),
            or_empty(point.write_max),
        ]);
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
