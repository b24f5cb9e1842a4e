//! Lines and frames that a person describes: where one begins and ends, its checksum, and where its values stand.
//!
//! A [`Pattern`] (the section `pattern` of a setup) is compiled once, with every slip in it said, and then reads bytes. Three
//! ways to say where values stand: `read`, a line with names in braces (`ST,GS,{weight} kg`); `regex`, an expression with
//! named groups; `columns`, names and places for fixed-width and binary frames. Expressions run in linear time (crate
//! `regex`), so no line can make one hang.
//!
//! A frame ends with `end`, or is `length` bytes long; `start` is what it begins with. The place is found again without
//! waiting: where a frame fails its check, or a fixed length does not end as it should, the search goes on one byte behind its
//! start, so that a good frame behind broken bytes is read. Without a start, one end is where the next begins.
//!
//! A scale says whether it has settled: the field of `state`. What it says while it moves is told as `NAME/moving`, a name
//! that no channel has taken, so that nothing is lost and nothing is believed. Tests: `src/pattern/tests.rs`.

use crate::checks::Sum;
use crate::decimal::Decimal;
use crate::line::Fault;
use crate::setup::Wrong;
use crate::stream::{Event, Said, unescape};
use domain::{RawFault, RawReading};
use regex::bytes::{Captures, Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use units::{Day, Milli, Timestamp};

#[cfg(test)]
mod tests;

/// The longest frame in bytes.
pub const FRAME_BYTES_MAX: usize = 1024;

/// The longest frame where its start is looked for byte by byte: what bounds the work for each byte.
const FIXED_BYTES_MAX: usize = 512;

/// The most fields of a pattern.
pub const FIELDS_MAX: usize = 128;

/// The most values of a frame.
const VALUES_MAX: usize = 256;

/// The longest name of a value, bytes.
const NAME_BYTES_MAX: usize = 128;

/// What an expression may take when compiled, bytes.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// A run of bytes that belong to no frame is reported at least this often, so that nothing grows.
const GARBAGE_RUN_MAX: usize = 4096;

/// How frames look. Every field may be left out but one of `read`, `regex` and `columns`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pattern {
    /// A ready-made pattern of [`READY`] that the other fields are not needed for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub ready: String,
    /// What each frame begins with: `\x02`, `$`. Empty: anything.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub start: String,
    /// What it ends with; empty with a length: nothing, and without one: the end of a line, CR or LF.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub end: String,
    /// Bytes behind the end that belong to the frame: a checksum behind ETX.
    #[serde(skip_serializing_if = "is_zero")]
    pub behind: u8,
    /// All of its bytes, where that is always the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub length: Option<u16>,
    /// Its checksum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// A line with names in braces: `{weight} {unit}`. `{*}` is what is not looked at; spaces are as many as there are.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub read: String,
    /// An expression with named groups.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub regex: String,
    /// The expression fits several times in a frame.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub repeat: bool,
    /// Names and places, counted from the frame's first byte.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<Column>,
    /// What the names are. One that is not here is a number and its own code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Field>,
    /// What says whether the values are settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
}

fn is_zero(n: &u8) -> bool {
    *n == 0
}

/// A checksum and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Check {
    /// Which.
    pub sum: Sum,
    /// How it is written.
    pub form: Form,
    /// Bytes at the beginning of a frame that it does not cover.
    pub skip: u8,
    /// Bytes right before it that it does not cover: 1 for the `*` before it.
    pub gap: u8,
    /// Bytes of the frame behind it: 2 for a line end.
    pub tail: u8,
}

/// How a checksum is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Hexadecimal digits, two for each byte.
    #[default]
    Hex,
    /// Bytes, the high one first.
    Big,
    /// Bytes, the low one first.
    Little,
    /// Three or five decimal digits.
    Decimal,
}

impl Form {
    fn width(self, sum: Sum) -> usize {
        match self {
            Self::Hex => sum.bytes() * 2,
            Self::Big | Self::Little => sum.bytes(),
            Self::Decimal => sum.bytes() * 2 + 1,
        }
    }

    fn write(self, sum: Sum, value: u16) -> Vec<u8> {
        match (self, sum.bytes()) {
            (Self::Hex, 1) => format!("{value:02X}").into_bytes(),
            (Self::Hex, _) => format!("{value:04X}").into_bytes(),
            (Self::Decimal, 1) => format!("{value:03}").into_bytes(),
            (Self::Decimal, _) => format!("{value:05}").into_bytes(),
            (_, 1) => vec![value.to_be_bytes()[1]],
            (Self::Big, _) => value.to_be_bytes().to_vec(),
            (Self::Little, _) => value.to_le_bytes().to_vec(),
        }
    }
}

/// A name and its place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// The field's name.
    pub name: String,
    /// Its first byte, from 0.
    pub from: u16,
    /// Its bytes.
    pub length: u16,
}

/// What a name is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Field {
    /// The name in the pattern.
    pub name: String,
    /// How it is written.
    pub kind: Kind,
    /// The channel's name on the wire; other names of the pattern in braces stand for their text: `T{probe}`. Empty: its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub code: String,
    /// The unit its channel has.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// What it is multiplied by, a decimal; empty: 1.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scale: String,
    /// What is added then; empty: 0.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub offset: String,
    /// The comma is the decimal point.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub comma: bool,
    /// The name of the field with the unit it is in, if the frame tells.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit_field: String,
    /// What each unit on the wire is multiplied by to be in the channel's. One that is not here is not believed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub units: BTreeMap<String, String>,
    /// Texts by which the device says that its sensor is broken, beside `----` and `ERR`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Of a time: `yyyy-MM-dd HH:mm:ss`, `ddMMyyHHmmss`; empty: ISO 8601 or a count since 1970.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub layout: String,
    /// Of a time: minutes that the device's clock is ahead of UTC.
    #[serde(skip_serializing_if = "is_no_offset")]
    pub utc_offset_minutes: i16,
}

fn is_no_offset(n: &i16) -> bool {
    *n == 0
}

/// How a field is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A decimal.
    #[default]
    Number,
    /// Hexadecimal digits, not negative.
    Hex,
    /// Hexadecimal digits, in two's complement of as many bits as there are digits.
    HexSigned,
    /// Bytes of two decimal digits.
    Bcd,
    /// An integer of 1 to 8 bytes, not negative, the high one first.
    UintBig,
    /// The same, the low one first.
    UintLittle,
    /// An integer of 1 to 8 bytes in two's complement, the high one first.
    IntBig,
    /// The same, the low one first.
    IntLittle,
    /// IEEE 754 of 4 or 8 bytes, the high one first.
    FloatBig,
    /// The same, the low one first.
    FloatLittle,
    /// When it was measured. Several are put together with a space between, and read by the first one's layout.
    Time,
    /// The device's own count.
    Sequence,
    /// Text: for codes, units and states; no value.
    Text,
}

impl Kind {
    fn is_value(self) -> bool {
        !matches!(self, Self::Time | Self::Sequence | Self::Text)
    }

    fn is_binary(self) -> bool {
        self.is_value() && !matches!(self, Self::Number | Self::Hex | Self::HexSigned)
    }
}

/// What says whether values are settled. Any other text is that they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct State {
    /// The field, a text.
    pub field: String,
    /// Texts that say that they still move.
    pub moving: Vec<String>,
    /// Texts that say that there is no value: overload, not ready.
    pub fault: Vec<String>,
}

/// Ready-made patterns: a name and the pattern as JSON. Weights are in kilograms, those of laboratory scales in grams.
pub const READY: [(&str, &str); 4] = [
    (
        // Mettler-Toledo, Standard Interface Command Set, level 0 and 1: S S, S D, S I, S +, S -.
        "sics",
        r#"{"regex":"^S (?P<state>[SDI+-])(?: +(?P<weight>-? *[0-9.]+) +(?P<unit>[A-Za-z]+))? *$",
        "fields":[{"name":"weight","unit":"g","unit_field":"unit","units":{"g":"1","kg":"1000","mg":"0.001","t":"1000000","lb":"453.59237","oz":"28.349523125"}},
        {"name":"unit","kind":"text"},{"name":"state","kind":"text"}],
        "state":{"field":"state","moving":["D"],"fault":["I","+","-"]}}"#,
    ),
    (
        // A&D's standard format: ST,+00123.45  g.
        "and",
        r#"{"regex":"^(?P<state>ST|US|OL|QT),(?P<weight>[+-][0-9.]+(?:E[+-]?[0-9]+)?) *(?P<unit>[A-Za-z%]*) *$",
        "fields":[{"name":"weight","unit":"kg","unit_field":"unit","units":{"g":"0.001","kg":"1","mg":"0.000001","t":"1000","lb":"0.45359237","oz":"0.028349523125"}},
        {"name":"unit","kind":"text"},{"name":"state","kind":"text"}],
        "state":{"field":"state","moving":["US"],"fault":["OL"]}}"#,
    ),
    (
        // CAS and the many indicators that send its 22 bytes: ST,GS,+  12.34kg; also with device and lamp bytes.
        "cas",
        r#"{"regex":"^(?P<state>ST|US|OL),(?P<what>GS|NT|TR),(?s:..,)?(?P<weight>[+-]? *[0-9.]+) *(?P<unit>[A-Za-z]*) *$",
        "fields":[{"name":"weight","code":"weight/{what}","unit":"kg","unit_field":"unit","units":{"g":"0.001","kg":"1","t":"1000","lb":"0.45359237"}},
        {"name":"unit","kind":"text"},{"name":"state","kind":"text"},{"name":"what","kind":"text"}],
        "state":{"field":"state","moving":["US"],"fault":["OL"]}}"#,
    ),
    (
        // Sartorius SBI, 16 or 22 characters; no unit while it moves; Stat H and L: too much, too little.
        "sartorius",
        r#"{"regex":"^(?:[A-Z#][A-Za-z# ]{5})?(?:(?P<weight>[+-] *[0-9.]+) *(?P<unit>[A-Za-z]*)|Stat +(?P<state>[A-Z]+)) *$",
        "fields":[{"name":"weight","unit":"g","unit_field":"unit","units":{"":"1","g":"1","kg":"1000","mg":"0.001","t":"1000000","lb":"453.59237"}},
        {"name":"unit","kind":"text"},{"name":"state","kind":"text"}],
        "state":{"field":"unit","moving":[""],"fault":[]}}"#,
    ),
];

/// Reads frames. Memory is bounded by [`FRAME_BYTES_MAX`]; what comes out does not depend on how the bytes were cut into
/// pieces.
#[derive(Debug)]
pub struct Decoder {
    shape: Shape,
    buffer: Vec<u8>,
    garbage: usize,
    /// What was wrong with the frame of fixed length that the garbage began with, if it looked like one.
    blamed: Option<Fault>,
    /// The line was too long: what is left of it is left out.
    skipping: bool,
}

#[derive(Debug)]
struct Shape {
    start: Vec<u8>,
    end: Vec<u8>,
    behind: usize,
    length: Option<usize>,
    check: Option<Check>,
    reader: Reader,
    repeat: bool,
    fields: Vec<Compiled>,
    state: Option<(usize, State)>,
}

#[derive(Debug)]
enum Reader {
    Regex(Regex),
    Columns(Vec<(usize, usize)>),
}

/// A field with its numbers read, in the order of the reader's names.
#[derive(Debug)]
struct Compiled {
    field: Field,
    scale: Decimal,
    offset: Decimal,
    unit_field: Option<usize>,
    units: BTreeMap<String, Decimal>,
    /// Its code in pieces: text, and the fields between.
    code: Vec<Piece>,
    layout: Option<Vec<Part>>,
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Field(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Year,
    ShortYear,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Milli,
    Literal(char),
}

impl Pattern {
    /// The pattern itself, or the ready-made one it names.
    pub fn whole(&self) -> Result<Self, String> {
        if self.ready.is_empty() {
            return Ok(self.clone());
        }
        let text = READY.iter().find(|(name, _)| *name == self.ready).map(|(_, text)| *text);
        let names: Vec<&str> = READY.iter().map(|(name, _)| *name).collect();
        let text = text.ok_or_else(|| {
            format!("The pattern: '{}' is not ready-made; there are {}.", self.ready, names.join(", "))
        })?;
        if *self != (Self { ready: self.ready.clone(), ..Self::default() }) {
            return Err(format!(
                "The pattern: '{}' is ready-made and takes no other fields; copy it to change it.",
                self.ready
            ));
        }
        serde_json::from_str(text).map_err(|e| format!("The pattern {}: {e}.", self.ready))
    }

    /// Whether it can work; what is wrong with it says where.
    pub fn check(&self) -> Result<(), Wrong> {
        Shape::new(self).map(drop)
    }

    /// The units of the channels that it gives, by code, where that does not depend on the frame.
    pub fn units(&self) -> Vec<(String, String)> {
        let whole = self.whole().unwrap_or_default();
        let code =
            |field: &Field| if field.code.is_empty() { field.name.clone() } else { field.code.clone() };
        whole
            .fields
            .iter()
            .filter(|field| field.kind.is_value() && !field.unit.is_empty())
            .map(|field| (code(field), field.unit.clone()))
            .collect()
    }
}

impl Shape {
    fn new(pattern: &Pattern) -> Result<Self, Wrong> {
        let wrong = |at: &str, what: String| Wrong { at: format!("pattern{at}"), what };
        let pattern = pattern.whole().map_err(|what| wrong(".ready", what))?;
        let said = |at: &str, what: &str| wrong(at, format!("The pattern: {what}."));
        let ways = [!pattern.read.is_empty(), !pattern.regex.is_empty(), !pattern.columns.is_empty()];
        if ways.iter().filter(|way| **way).count() != 1 {
            return Err(said("", "say where values stand by one of 'read', 'regex' and 'columns'"));
        }
        let length = pattern.length.map(usize::from);
        if length.is_some_and(|length| !(1..=FIXED_BYTES_MAX).contains(&length)) {
            return Err(said(".length", &format!("a fixed length is 1 to {FIXED_BYTES_MAX} bytes")));
        }
        if pattern.fields.len() > FIELDS_MAX || pattern.columns.len() > FIELDS_MAX {
            return Err(said("", &format!("it has more than {FIELDS_MAX} fields")));
        }
        let start = unescape(&pattern.start).map_err(|what| wrong(".start", what))?;
        let end = unescape(&pattern.end).map_err(|what| wrong(".end", what))?;
        let behind = usize::from(pattern.behind);
        let fixed = start.len() + end.len() + behind;
        if length.is_some_and(|length| length < fixed) {
            return Err(said(".length", "its start and end do not fit in its length"));
        }
        if let Some(check) = &pattern.check {
            let outside = usize::from(check.skip) + usize::from(check.gap) + usize::from(check.tail);
            let least = outside + check.form.width(check.sum);
            if length.unwrap_or(FRAME_BYTES_MAX) < least {
                return Err(said(".check", "its checksum does not fit in a frame"));
            }
        }
        let known = |name: &str| pattern.fields.iter().find(|field| field.name == name).cloned();
        let (names, reader) = if !pattern.columns.is_empty() {
            let most = length.unwrap_or(FRAME_BYTES_MAX);
            let mut places = Vec::new();
            for (at, column) in pattern.columns.iter().enumerate() {
                let (from, to) =
                    (usize::from(column.from), usize::from(column.from) + usize::from(column.length));
                if from == to || to > most {
                    let what = format!("the column {} is empty or outside the frame", column.name);
                    return Err(said(&format!(".columns.{at}"), &what));
                }
                places.push((from, to));
            }
            (pattern.columns.iter().map(|column| column.name.clone()).collect(), Reader::Columns(places))
        } else {
            let (way, text) = if pattern.regex.is_empty() {
                (".read", expression(&pattern.read, &known).map_err(|e| said(".read", &e))?)
            } else {
                (".regex", pattern.regex.clone())
            };
            let regex = RegexBuilder::new(&text)
                .unicode(false)
                .size_limit(REGEX_BYTES_MAX)
                .dfa_size_limit(REGEX_BYTES_MAX)
                .build()
                .map_err(|e| said(way, &one_line(&e.to_string())))?;
            if regex.is_match(b"") {
                return Err(said(way, "it fits nothing at all, so it would fit everywhere"));
            }
            let names: Vec<String> = regex.capture_names().flatten().map(str::to_owned).collect();
            if names.len() > FIELDS_MAX {
                return Err(said(way, &format!("it has more than {FIELDS_MAX} fields")));
            }
            (names, Reader::Regex(regex))
        };
        if let Some(field) = pattern.fields.iter().find(|field| !names.contains(&field.name)) {
            let what = format!("the field {} stands nowhere in it", field.name);
            return Err(said(&format!(".fields.{}", field.name), &what));
        }
        let mut sorted = names.clone();
        sorted.sort();
        if let Some(twice) = sorted.windows(2).find(|two| two[0] == two[1]) {
            let what = format!("the field {} stands twice in it", twice[0]);
            return Err(said(&format!(".fields.{}", twice[0]), &what));
        }
        let place = |name: &str| {
            names.iter().position(|known| known == name).ok_or_else(|| format!("there is no field {name}"))
        };
        let mut fields = Vec::new();
        for name in &names {
            let field = known(name).unwrap_or_else(|| Field { name: name.clone(), ..Field::default() });
            let made = compiled(field, &place);
            fields.push(made.map_err(|(key, what)| said(&format!(".fields.{name}.{key}"), &what))?);
        }
        if !fields.iter().any(|field| field.field.kind.is_value()) {
            return Err(said("", "no field is a value"));
        }
        let state = match pattern.state {
            Some(state) => Some((place(&state.field).map_err(|what| said(".state", &what))?, state)),
            None => None,
        };
        Ok(Self {
            start,
            end,
            behind,
            length,
            check: pattern.check,
            reader,
            repeat: pattern.repeat,
            fields,
            state,
        })
    }

    /// The checksum of a frame as it stands there, and as its bytes make it; `None`: there is no room for it.
    fn sums<'a>(&self, frame: &'a [u8]) -> Option<(&'a [u8], Vec<u8>)> {
        let check = self.check.as_ref()?;
        let width = check.form.width(check.sum);
        let at = frame.len().checked_sub(usize::from(check.tail) + width)?;
        let covered = frame.get(usize::from(check.skip)..at.checked_sub(usize::from(check.gap))?)?;
        Some((frame.get(at..at + width)?, check.form.write(check.sum, check.sum.over(covered))))
    }

    /// Reads a whole frame.
    fn read(&self, frame: &[u8]) -> Result<Said, Fault> {
        if self.check.is_some() {
            let (stated, made) = self.sums(frame).ok_or(Fault::BadChecksum)?;
            if !stated.eq_ignore_ascii_case(&made) {
                return Err(Fault::BadChecksum);
            }
        }
        let mut said = Said::default();
        match &self.reader {
            Reader::Columns(places) => {
                // A line may be shorter than its columns: text is what is there.
                let body = match self.length {
                    Some(_) => frame,
                    None => &frame[..frame.len().saturating_sub(self.behind + self.end.len())],
                };
                let cut = |(at, (from, to)): (usize, &(usize, usize))| {
                    let whole = body.get(*from..*to);
                    let kind = self.fields.get(at).map(|field| field.field.kind).unwrap_or_default();
                    if kind.is_binary() {
                        whole
                    } else {
                        whole.or(body.get(*from..)).filter(|text| !text.is_empty())
                    }
                };
                let found: Vec<Option<&[u8]>> = places.iter().enumerate().map(cut).collect();
                if found.iter().all(Option::is_none) {
                    return Err(Fault::BadSyntax);
                }
                self.take(&found, &mut said).ok_or(Fault::BadSyntax)?;
            }
            Reader::Regex(regex) => {
                let inner = frame.strip_prefix(self.start.as_slice()).unwrap_or(frame);
                let inner = &inner[..inner.len() - self.behind.min(inner.len())];
                let inner = inner.strip_suffix(self.end.as_slice()).unwrap_or(inner);
                let found = |captures: &Captures<'_>| -> Vec<Option<(usize, usize)>> {
                    let of = |name: &str| captures.name(name).map(|text| (text.start(), text.end()));
                    self.fields.iter().map(|field| of(&field.field.name)).collect()
                };
                let mut any = false;
                for captures in regex.captures_iter(inner).take(if self.repeat { VALUES_MAX } else { 1 }) {
                    let texts: Vec<Option<&[u8]>> =
                        found(&captures).into_iter().map(|place| inner.get(place?.0..place?.1)).collect();
                    self.take(&texts, &mut said).ok_or(Fault::BadSyntax)?;
                    any = true;
                }
                if !any {
                    return Err(Fault::BadSyntax);
                }
            }
        }
        Ok(said)
    }

    /// Adds what one fit of the pattern says; `None` where its time or count is nonsense.
    fn take(&self, found: &[Option<&[u8]>], said: &mut Said) -> Option<()> {
        let text = |at: usize| found.get(at).copied().flatten().map(plain).unwrap_or_default();
        let mut sequence = None;
        let mut time = String::new();
        let mut clock: Option<&Compiled> = None;
        for (at, field) in self.fields.iter().enumerate() {
            match field.field.kind {
                Kind::Sequence if !text(at).is_empty() => sequence = Some(text(at).parse::<i64>().ok()?),
                Kind::Time if !text(at).is_empty() => {
                    if clock.is_some() {
                        time.push(' ');
                    }
                    clock = clock.or(Some(field));
                    time.push_str(&text(at));
                }
                _ => {}
            }
        }
        let device_at = match clock {
            Some(field) => Some(field.time(&time)?),
            None => None,
        };
        let state = self.state.as_ref().map(|(at, state)| (text(*at), state));
        let moving = state.as_ref().is_some_and(|(text, state)| state.moving.contains(text));
        let faulty = state.as_ref().is_some_and(|(text, state)| state.fault.contains(text));
        for (at, field) in self.fields.iter().enumerate().filter(|(_, field)| field.field.kind.is_value()) {
            let mut code: String = String::new();
            for piece in &field.code {
                match piece {
                    Piece::Text(text) => code.push_str(text),
                    Piece::Field(at) => code.push_str(&text(*at)),
                }
            }
            let raw = found.get(at).copied().flatten();
            let value = match raw {
                _ if faulty => Err(RawFault::SensorFault),
                // A part of the line that may be missing and is.
                None => Err(RawFault::SensorFault),
                Some(raw) => {
                    let unit = field.unit_field.map(text);
                    field.value(raw, unit.as_deref())
                }
            };
            let absent = raw.is_none() && !faulty;
            if absent && matches!(self.reader, Reader::Columns(_)) {
                // A shorter frame than usual: the column is not there.
                continue;
            }
            if moving && value.is_ok() {
                code.push_str("/moving");
            }
            if code.is_empty() || code.len() > NAME_BYTES_MAX || code.chars().any(char::is_control) {
                return None;
            }
            if said.readings.len() < VALUES_MAX {
                said.readings.push(RawReading { code, value, device_at, sequence });
            }
        }
        Some(())
    }
}

/// Text of a field: trimmed, and what is not UTF-8 byte for byte.
fn plain(raw: &[u8]) -> String {
    let text = match std::str::from_utf8(raw) {
        Ok(text) => text.to_owned(),
        Err(_) => raw.iter().map(|byte| char::from(*byte)).collect(),
    };
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0').to_owned()
}

fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.last().copied().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// A line with names in braces as an expression.
fn expression(read: &str, known: &dyn Fn(&str) -> Option<Field>) -> Result<String, String> {
    let mut out = String::from("^[ \\t]*");
    let mut rest = read.trim();
    while !rest.is_empty() {
        if let Some(behind) = rest.strip_prefix('{') {
            let (name, after) =
                behind.split_once('}').ok_or_else(|| format!("'{read}' has a brace that is not closed"))?;
            rest = after;
            if name == "*" {
                out.push_str("(?s:.*?)");
                continue;
            }
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(format!("'{{{name}}}' is no name: letters, digits and '_'"));
            }
            let field = known(name).unwrap_or_default();
            let inner = match field.kind {
                Kind::Number => number_expression(&field),
                Kind::Hex | Kind::HexSigned => "[0-9A-Fa-f]+".to_owned(),
                Kind::Sequence => "[0-9]+".to_owned(),
                _ => "(?s:.*?)".to_owned(),
            };
            out.push_str(&format!("(?P<{name}>{inner})"));
        } else {
            let c = rest.chars().next().unwrap_or_default();
            rest = &rest[c.len_utf8()..];
            if c == ' ' || c == '\t' {
                out.push_str("[ \\t]*");
            } else {
                out.push_str(&regex::escape(&c.to_string()));
            }
        }
    }
    out.push_str("[ \\t]*$");
    Ok(out)
}

fn number_expression(field: &Field) -> String {
    // A point and a comma in one number must be one field: half of it would be another value.
    let mark = if field.comma { "[.,]" } else { "[.]" };
    let mut inner = format!(
        "[ ]*[+-]?[ ]*(?:[0-9]+(?:{mark}[0-9]+)*{mark}?|{mark}[0-9]+)(?:[eE][+-]?[0-9]+)?|[ ]*[-_*?=#.]{{2,}}[ ]*|(?i:err(?:or)?|nan|fault)"
    );
    for fault in &field.faults {
        inner.push('|');
        inner.push_str(&regex::escape(fault));
    }
    inner
}

/// A field with its numbers read; what is wrong goes with the key that it is about.
fn compiled(
    field: Field,
    place: &dyn Fn(&str) -> Result<usize, String>,
) -> Result<Compiled, (&'static str, String)> {
    let decimal = |key: &'static str, text: &str, default: Decimal| match text {
        "" => Ok(default),
        text => Decimal::parse(text)
            .ok_or_else(|| (key, format!("the field {}: '{text}' is not a decimal", field.name))),
    };
    let scale = decimal("scale", &field.scale, Decimal::ONE)?;
    let offset = decimal("offset", &field.offset, Decimal::ZERO)?;
    let mut units = BTreeMap::new();
    for (unit, factor) in &field.units {
        units.insert(unit.clone(), decimal("units", factor, Decimal::ONE)?);
    }
    let unit_field = match field.unit_field.as_str() {
        "" => None,
        name => Some(place(name).map_err(|what| ("unit_field", what))?),
    };
    let mut code = Vec::new();
    let mut rest = if field.code.is_empty() { field.name.as_str() } else { field.code.as_str() };
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind.split_once('}').ok_or_else(|| {
            ("code", format!("the field {}: its code has a brace that is not closed", field.name))
        })?;
        code.push(Piece::Text(before.to_owned()));
        code.push(Piece::Field(place(name).map_err(|what| ("code", what))?));
        rest = after;
    }
    code.push(Piece::Text(rest.to_owned()));
    let layout = match field.layout.as_str() {
        "" => None,
        text => Some(layout(text).ok_or_else(|| {
            let name = &field.name;
            (
                "layout",
                format!("the field {name}: '{text}' is no layout of a time: write yyyy-MM-dd HH:mm:ss"),
            )
        })?),
    };
    Ok(Compiled { scale, offset, unit_field, units, code, layout, field })
}

fn layout(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    const WORDS: [(&str, Part); 8] = [
        ("yyyy", Part::Year),
        ("yy", Part::ShortYear),
        ("MM", Part::Month),
        ("dd", Part::Day),
        ("HH", Part::Hour),
        ("mm", Part::Minute),
        ("SSS", Part::Milli),
        ("ss", Part::Second),
    ];
    while let Some(first) = rest.chars().next() {
        let word = WORDS.iter().find(|(word, _)| rest.starts_with(word));
        let (part, bytes) = match word {
            Some((word, part)) => (*part, word.len()),
            None if first.is_ascii_alphabetic() && first != 'T' => return None,
            None => (Part::Literal(first), first.len_utf8()),
        };
        parts.push(part);
        rest = &rest[bytes..];
    }
    let has = |part: Part| parts.contains(&part);
    let dated = (has(Part::Year) || has(Part::ShortYear)) && has(Part::Month) && has(Part::Day);
    (dated && has(Part::Hour) && has(Part::Minute)).then_some(parts)
}

impl Compiled {
    fn time(&self, text: &str) -> Option<Timestamp> {
        let ahead = i64::from(self.field.utc_offset_minutes) * 60_000;
        let Some(layout) = &self.layout else {
            return crate::instant::parse(text).map(|at| Timestamp(at.0 - ahead));
        };
        let (mut year, mut month, mut day) = (0, 0, 0);
        let mut millis = 0;
        let mut rest = text;
        for part in layout {
            let digits = match part {
                Part::Literal(c) => {
                    rest = rest.strip_prefix(*c)?;
                    continue;
                }
                Part::Year => 4,
                Part::Milli => 3,
                _ => 2,
            };
            let number = rest.get(..digits).filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?;
            let number: u32 = number.parse().ok()?;
            rest = rest.get(digits..)?;
            let limited = |below: u32| (number < below).then_some(i64::from(number));
            match part {
                Part::Year => year = number as i32,
                Part::ShortYear => year = 2000 + number as i32,
                Part::Month => month = number,
                Part::Day => day = number,
                Part::Hour => millis += limited(24)? * 3_600_000,
                Part::Minute => millis += limited(60)? * 60_000,
                Part::Second => millis += limited(60)? * 1000,
                Part::Milli => millis += i64::from(number),
                Part::Literal(_) => {}
            }
        }
        let midnight = Day::from_civil(year, month, day)?.utc_midnight();
        rest.is_empty().then_some(Timestamp(midnight.0 + millis - ahead))
    }

    fn value(&self, raw: &[u8], unit: Option<&str>) -> Result<Milli, RawFault> {
        let text = plain(raw);
        let broken = |text: &str| {
            let dashes = text.len() >= 2 && text.bytes().all(|b| b"-_*?=#.".contains(&b));
            dashes
                || self.field.faults.iter().any(|fault| fault.trim() == text)
                || ["err", "error", "fault"].iter().any(|word| text.eq_ignore_ascii_case(word))
        };
        let wordy = matches!(self.field.kind, Kind::Number | Kind::Hex | Kind::HexSigned);
        if wordy && broken(&text) {
            return Err(RawFault::SensorFault);
        }
        let value = number(self.field.kind, raw, &text, self.field.comma).ok_or(RawFault::NotANumber)?;
        let factor = match unit {
            None => Decimal::ONE,
            Some(_) if self.units.is_empty() => Decimal::ONE,
            Some(unit) => *self.units.get(unit).ok_or(RawFault::NotANumber)?,
        };
        value
            .times(factor)
            .and_then(|value| value.times(self.scale))
            .and_then(|value| value.plus(self.offset))
            .and_then(Decimal::milli)
            .ok_or(RawFault::NotANumber)
    }
}

fn number(kind: Kind, raw: &[u8], text: &str, comma: bool) -> Option<Decimal> {
    // Two's complement of so many bits, at most 64.
    let signed = |value: u64, bits: u32| {
        let free = 64_u32.saturating_sub(bits).min(63);
        i128::from((value << free) as i64 >> free)
    };
    let integer = |big: bool| {
        if raw.is_empty() || raw.len() > 8 {
            return None;
        }
        let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        Some(if big { raw.iter().fold(0, add) } else { raw.iter().rev().fold(0, add) })
    };
    let bits = raw.len() as u32 * 8;
    let float = |value: f64| {
        // Beyond this a millionth no longer fits a double.
        let fits = value.is_finite() && value.abs() < 9e9;
        fits.then(|| Decimal { mantissa: (value * 1e6).round() as i128, places: 6 })
    };
    match kind {
        Kind::Number => {
            let mut digits: String = text.chars().filter(|c| *c != ' ').collect();
            if comma {
                digits = digits.replace('.', "").replace(',', ".");
            }
            Decimal::parse(&digits)
        }
        Kind::Hex | Kind::HexSigned => {
            let digits = text.trim_start_matches("0x").trim_start_matches("0X");
            if digits.is_empty() || digits.len() > 16 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
                return None;
            }
            let value = u64::from_str_radix(digits, 16).ok()?;
            let whole = match kind {
                Kind::Hex => i128::from(value),
                _ => signed(value, digits.len() as u32 * 4),
            };
            Some(Decimal::whole(whole))
        }
        Kind::Bcd => {
            if raw.is_empty() || raw.len() > 8 {
                return None;
            }
            let mut value: i128 = 0;
            for nibble in raw.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]) {
                value = value * 10 + i128::from((nibble < 10).then_some(nibble)?);
            }
            Some(Decimal::whole(value))
        }
        Kind::UintBig => integer(true).map(|value| Decimal::whole(i128::from(value))),
        Kind::UintLittle => integer(false).map(|value| Decimal::whole(i128::from(value))),
        Kind::IntBig => integer(true).map(|value| Decimal::whole(signed(value, bits))),
        Kind::IntLittle => integer(false).map(|value| Decimal::whole(signed(value, bits))),
        Kind::FloatBig | Kind::FloatLittle => {
            let big = kind == Kind::FloatBig;
            match raw.len() {
                4 => float(f64::from(f32::from_bits(u32::try_from(integer(big)?).ok()?))),
                8 => float(f64::from_bits(integer(big)?)),
                _ => None,
            }
        }
        Kind::Time | Kind::Sequence | Kind::Text => None,
    }
}

impl Decoder {
    /// A decoder that has seen nothing; says what is wrong with the pattern.
    pub fn new(pattern: &Pattern) -> Result<Self, String> {
        let shape = Shape::new(pattern).map_err(|wrong| wrong.what)?;
        Ok(Self { shape, buffer: Vec::new(), garbage: 0, blamed: None, skipping: false })
    }

    /// The checksum that stands in a frame, and the one that its bytes make: for a person who looks for the right one. The
    /// bytes may begin with what is before the frame.
    pub fn sums(&self, bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut frame = bytes;
        if self.shape.end.is_empty() && self.shape.length.is_none() {
            // The end of a line, and the other half of the one before, are not of it.
            while let Some(rest) = frame.strip_prefix(b"\n").or(frame.strip_prefix(b"\r")) {
                frame = rest;
            }
            while let Some(rest) = frame.strip_suffix(b"\n").or(frame.strip_suffix(b"\r")) {
                frame = rest;
            }
        }
        if let start @ [_, ..] = self.shape.start.as_slice() {
            frame = &frame[frame.windows(start.len()).rposition(|here| here == start)?..];
        }
        self.shape.sums(frame).map(|(stated, made)| (stated.to_vec(), made))
    }

    /// Takes the next bytes; gives what they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            if let Some(length) = self.shape.length {
                self.buffer.push(byte);
                self.fixed(length, &mut events);
            } else {
                self.delimited(byte, &mut events);
            }
        }
        events
    }

    /// No more bytes belong to what was begun. A line that lacks only its end is whole; else it is a frame that broke off.
    pub fn end(&mut self) -> Vec<Event> {
        if self.shape.length.is_none() && self.shape.end.is_empty() {
            return self.push(b"\n");
        }
        let mut events = Vec::new();
        self.garbage += self.buffer.len();
        self.buffer.clear();
        self.skipping = false;
        self.report_garbage(&mut events);
        events
    }

    /// Frames of one length: a candidate that fails gives up its first byte, and the rest is looked at again.
    fn fixed(&mut self, length: usize, events: &mut Vec<Event>) {
        self.find_start(events);
        if self.buffer.len() < length {
            return;
        }
        let ends = &self.buffer[..length - self.shape.behind];
        let read = if ends.ends_with(&self.shape.end) {
            self.shape.read(&self.buffer)
        } else {
            Err(Fault::Garbage { bytes: 0 })
        };
        match read {
            Ok(said) => {
                self.report_garbage(events);
                events.push(Event::Said(said));
                self.buffer.clear();
            }
            Err(fault) => {
                if self.shape.start.is_empty() && self.shape.end.is_empty() && self.shape.check.is_none() {
                    // Nothing tells where a frame begins: all of it is one that can't be read.
                    events.push(Event::Fault(fault));
                    self.buffer.clear();
                    return;
                }
                // With only a checksum to go by, every place looks like the beginning of a frame: the first one stands for them.
                if self.garbage == 0 && !matches!(fault, Fault::Garbage { .. }) {
                    self.blamed = Some(fault);
                }
                self.give_up_one(events);
                self.find_start(events);
            }
        }
    }

    /// Drops what can't be the beginning of a frame.
    fn find_start(&mut self, events: &mut Vec<Event>) {
        let start = &self.shape.start;
        let fits = |from: usize| {
            let here = &self.buffer[from..];
            let both = here.len().min(start.len());
            here[..both] == start[..both]
        };
        let from = (0..self.buffer.len()).find(|from| fits(*from)).unwrap_or(self.buffer.len());
        if from > 0 {
            self.buffer.drain(..from);
            self.garbage += from;
            if self.garbage >= GARBAGE_RUN_MAX {
                self.report_garbage(events);
            }
        }
    }

    fn give_up_one(&mut self, events: &mut Vec<Event>) {
        self.buffer.remove(0);
        self.garbage += 1;
        if self.garbage >= GARBAGE_RUN_MAX {
            self.report_garbage(events);
        }
    }

    fn delimited(&mut self, byte: u8, events: &mut Vec<Event>) {
        let lines = self.shape.end.is_empty();
        if self.skipping {
            // Of a line that was too long, up to its end.
            self.buffer.push(byte);
            let ended =
                if lines { matches!(byte, b'\r' | b'\n') } else { self.buffer.ends_with(&self.shape.end) };
            let keep = self.shape.end.len().saturating_sub(1);
            if ended {
                self.skipping = false;
                self.buffer.clear();
            } else if self.buffer.len() > keep {
                self.buffer.drain(..self.buffer.len() - keep);
            }
            return;
        }
        if lines && matches!(byte, b'\r' | b'\n') {
            if self.buffer.is_empty() {
                // The other half of a line end, or an empty line.
                self.report_garbage(events);
            } else {
                self.frame(events);
            }
            return;
        }
        self.buffer.push(byte);
        if !self.shape.start.is_empty() {
            self.find_start(events);
        }
        let until = self.buffer.len().checked_sub(self.shape.behind);
        let ended = !lines
            && until.is_some_and(|until| {
                until >= self.shape.start.len() + self.shape.end.len()
                    && self.buffer[..until].ends_with(&self.shape.end)
            });
        if ended {
            self.frame(events);
        } else if self.buffer.len() >= FRAME_BYTES_MAX {
            events.push(Event::Fault(Fault::TooLong));
            if self.shape.start.is_empty() {
                self.skipping = true;
                self.buffer.clear();
            } else {
                self.buffer.remove(0);
                self.find_start(events);
            }
        }
    }

    /// The buffer holds a frame from its start to its end; where it fails, one that begins inside it is looked for.
    fn frame(&mut self, events: &mut Vec<Event>) {
        let frame = std::mem::take(&mut self.buffer);
        let start = &self.shape.start;
        let begins = |from: usize| from == 0 || frame[from..].starts_with(start);
        let starts: Vec<usize> = if start.is_empty() {
            vec![0]
        } else {
            (0..frame.len()).filter(|from| begins(*from)).take(16).collect()
        };
        // Without a checksum the last start is the likeliest: what stands before it broke off.
        let order: Vec<usize> =
            if self.shape.check.is_some() { starts } else { starts.into_iter().rev().collect() };
        let mut first_fault = None;
        for from in order {
            match self.shape.read(&frame[from..]) {
                Ok(said) => {
                    self.garbage += from;
                    self.report_garbage(events);
                    events.push(Event::Said(said));
                    return;
                }
                Err(fault) => first_fault = first_fault.or(Some(fault)),
            }
        }
        self.report_garbage(events);
        events.extend(first_fault.map(Event::Fault));
    }

    fn report_garbage(&mut self, events: &mut Vec<Event>) {
        let blamed = self.blamed.take();
        if self.garbage > 0 {
            let bytes = std::mem::take(&mut self.garbage);
            // A whole frame's worth, no more: it was one, and it is known what was wrong with it.
            let fault = blamed.filter(|_| self.shape.length == Some(bytes));
            events.push(Event::Fault(fault.unwrap_or(Fault::Garbage { bytes })));
        }
    }
}
