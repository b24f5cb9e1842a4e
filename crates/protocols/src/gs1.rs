//! Codes of GS1 and of our own labels: the text of a scan to what it says, and back.
//!
//! A scan's text in, element by element out, each character with the role it plays. Knows element strings with their separator in
//! every guise, and without one; AIM's symbology identifiers; the bracketed form that people read; Digital Link addresses; plain
//! EAN, UPC, ITF-14 and SSCC numbers; check digits, dates, decimal places. Does not know items, bins or today's date, which comes
//! as an argument because two digits of a year need it. [`explain`] never fails: what is wrong is a [`Fault`] at a character, and
//! the rest is still explained; [`parse`] is for those who only want a code that is right. Text without separators can often be
//! read in several ways: then the likeliest is taken, the others are kept beside it, and `ambiguous` says so. Back to text:
//! [`element_string`], [`bracketed`], [`digital_link`], [`with_check_digit`], [`Own::label`]. Why so: docs/decisions/016-codes.md. Tests:
//! `src/gs1/tests.rs`.

mod ai;
mod check;
mod link;
mod own;
mod plain;
mod string;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub use ai::{AIS, Ai, Places};
pub use check::with_digit as with_check_digit;
pub use own::{Own, OwnKind};
pub use write::{bracketed, digital_link, element_string};

use crate::scanner::SCAN_BYTES_MAX;
use units::Day;

/// The most characters of a code.
pub const CHARS_MAX: usize = SCAN_BYTES_MAX;

/// What parts the fields: FNC1 in the symbol, GS in the text.
pub const GS: char = '\u{1d}';

/// What a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Identifiers and values, as GS1-128, GS1 DataMatrix and GS1 QR carry them.
    ElementString,
    /// The same with brackets, as printed below a symbol.
    Bracketed,
    /// A web address that holds identifiers and values.
    DigitalLink,
    /// 13 digits.
    Ean13,
    /// 8 digits.
    Ean8,
    /// 12 digits.
    UpcA,
    /// 8 digits that stand for a UPC-A with zeros in it.
    UpcE,
    /// 14 digits, as on cases.
    Gtin14,
    /// 18 digits, without their identifier.
    Sscc,
    /// A label of ours.
    Own,
    /// Anything else: perhaps a SKU.
    Text,
}

/// What a character, or several side by side, are there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// AIM's symbology identifier.
    Symbology,
    /// Parts fields.
    Separator,
    /// A separator where none is needed.
    SpareSeparator,
    /// `029`: what is left of a separator that was typed with Alt.
    TypedSeparator,
    /// An application identifier.
    Ai,
    /// The digit of an identifier that counts decimal places.
    Places,
    /// A value or a part of one.
    Value,
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A country.
    Country,
    /// A currency.
    Currency,
    /// Check digit or check characters.
    Check,
    /// A bracket or a slash.
    Punctuation,
    /// The address before the first identifier.
    Address,
    /// What begins our own labels.
    OwnPrefix,
    /// The bin, unit or item of our own label.
    OwnCode,
    /// Left out: space, line end, what an address says besides.
    Ignored,
    /// Two or five digits beside an EAN or UPC.
    AddOn,
    /// Text that is no code we know.
    Text,
    /// Can't be read.
    Unknown,
}

/// A stretch of the text with one role. The parts of an [`Explanation`] follow each other without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its first character, from 0.
    pub from: usize,
    /// The character behind its last.
    pub to: usize,
    /// What it is there for.
    pub role: Role,
    /// Which element it belongs to.
    pub element: Option<usize>,
    /// Nothing is wrong with it.
    pub good: bool,
}

/// What a value means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Itself.
    Text,
    /// A count.
    Number(u64),
    /// A number with decimal places: 195 with 3 is 0.195.
    Decimal {
        /// All digits.
        digits: u64,
        /// How many of them are behind the point.
        places: u8,
        /// It is below zero.
        negative: bool,
    },
    /// An amount of money.
    Money {
        /// Its letters where they are known, else its three digits.
        currency: String,
        /// All digits.
        digits: u64,
        /// How many of them are behind the point.
        places: u8,
    },
    /// A day.
    Day {
        /// Which.
        day: Day,
        /// Only a month was given: this is its last day.
        end_of_month: bool,
    },
    /// From a day to another.
    Days {
        /// The first.
        first: Day,
        /// The last.
        last: Day,
    },
    /// A time of a day.
    Moment {
        /// The day.
        day: Day,
        /// Seconds since its midnight.
        seconds: u32,
    },
}

/// An identifier with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// The identifier's digits, all of them: `01`, `3103`.
    pub ai: String,
    /// The value as it stands in an element string.
    pub value: String,
    /// What it means.
    pub meaning: Meaning,
}

impl Element {
    /// An element; says what is wrong with it. Characters are counted from the value's first.
    pub fn new(ai: &str, value: &str, today: Day) -> Result<Self, Fault> {
        let code: Vec<char> = ai.chars().collect();
        let Some((known, digits)) = ai::starting(&code).filter(|(_, digits)| *digits == code.len()) else {
            return Err(Fault::new(FaultKind::UnknownAi, 0, code.len(), ai, "", ai));
        };
        let chars: Vec<char> = value.chars().collect();
        let judged = value::judge(known, places(known, &code[..digits]), &chars, today);
        match judged.wrong {
            Some(wrong) => Err(Fault::of(&wrong, 0, &chars, ai)),
            None => Ok(Self { ai: ai.to_owned(), value: value.to_owned(), meaning: judged.meaning }),
        }
    }

    /// GS1's title and the unit of its number; empty where this is no identifier we know.
    pub fn title(&self) -> (&'static str, &'static str) {
        ai::find(&self.ai).map_or(("", ""), |ai| (ai.title, ai.unit))
    }
}

/// How many decimal places these digits of an identifier say.
fn places(ai: &Ai, code: &[char]) -> u8 {
    match ai.places {
        Places::None => 0,
        Places::UpTo(_) => code
            .last()
            .and_then(|c| c.to_digit(10))
            .and_then(|digit| u8::try_from(digit).ok())
            .unwrap_or_default(),
    }
}

/// What can be wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// There is nothing.
    Empty,
    /// It is longer than any symbol.
    TooMuch,
    /// No identifier begins so.
    UnknownAi,
    /// A character that can't stand there.
    BadCharacter,
    /// A value is too short.
    TooShort,
    /// A value is too long: often the separator behind it is missing.
    TooLong,
    /// The check digit is another.
    CheckDigit,
    /// The check characters are others.
    CheckPair,
    /// No day of the calendar.
    BadDate,
    /// No time of day.
    BadTime,
    /// Not one of the values it may have.
    BadValue,
    /// The same identifier twice with two values.
    Twice,
    /// A bracket without its partner, or text before the first.
    Bracket,
    /// An address without an identifier that it could begin with.
    NoKey,
    /// A `%` without two hexadecimal digits, or bytes that are no text.
    BadEscape,
}

/// What is wrong, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub kind: FaultKind,
    /// The first character it is about, from 0.
    pub from: usize,
    /// The character behind the last.
    pub to: usize,
    /// The identifier it is about; empty where none is.
    pub ai: String,
    /// What would be right: a digit, a length, a form; empty where nobody can say.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl Fault {
    fn new(kind: FaultKind, from: usize, to: usize, ai: &str, expected: &str, found: &str) -> Self {
        let found = found.chars().take(40).collect();
        Self { kind, from, to, ai: ai.to_owned(), expected: expected.to_owned(), found }
    }

    /// As a value's judge said it, of the value that begins at a character of the text.
    fn of(wrong: &value::Wrong, at: usize, value: &[char], ai: &str) -> Self {
        let found: String = value.get(wrong.from..wrong.to).unwrap_or_default().iter().collect();
        Self::new(wrong.kind, at + wrong.from, at + wrong.to, ai, &wrong.expected, &found)
    }
}

impl std::error::Error for Fault {}

impl std::fmt::Display for Fault {
    /// What, at which character (from 1), and what to do.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl Fault {
    fn sentence(&self) -> String {
        let at = self.from + 1;
        let blank = !self.found.is_empty() && self.found.trim().is_empty();
        let found = if blank { "<SP>".to_owned() } else { shown(&self.found) };
        let expected = &self.expected;
        let of = if self.ai.is_empty() { String::new() } else { format!(" of ({})", self.ai) };
        match self.kind {
            FaultKind::Empty => "there is no code: scan again".to_owned(),
            FaultKind::TooMuch => {
                format!("the code has more than {expected} characters: scan one code at a time")
            }
            FaultKind::UnknownAi => format!(
                "character {at}: no application identifier begins with {found}; is a separator missing before it?"
            ),
            FaultKind::BadCharacter => {
                format!("character {at}: {found} can't stand in the value{of}, which takes {expected}")
            }
            FaultKind::TooShort => format!(
                "character {at}: the value{of} has {} characters and needs {expected}; is the code cut off?",
                self.to - self.from
            ),
            FaultKind::TooLong => format!(
                "character {at}: the value{of} ends here after {expected} characters; a separator (GS) is missing, set the scanner to send it"
            ),
            FaultKind::CheckDigit => format!(
                "character {at}: the check digit{of} is {found} and should be {expected}; scan again, or report the label"
            ),
            FaultKind::CheckPair => format!(
                "character {at}: the check characters{of} are {found} and should be {expected}; scan again, or print the label anew"
            ),
            FaultKind::BadDate => {
                format!("character {at}: {found} is no day, {expected}{of} was expected; report the label")
            }
            FaultKind::BadTime => {
                format!("character {at}: {found} is no time of day, {expected}{of} was expected")
            }
            FaultKind::BadValue => {
                format!("character {at}: {found} can't be the value{of}, which is one of {expected}")
            }
            FaultKind::Twice => format!(
                "character {at}: ({}) is there twice, with {expected} and {found}; scan one code at a time",
                self.ai
            ),
            FaultKind::Bracket => {
                format!("character {at}: {found} is not (identifier)value; write it like (01)09506000134352")
            }
            FaultKind::NoKey => {
                format!(
                    "character {at}: the address has no identifier to begin with, like /01/09506000134352"
                )
            }
            FaultKind::BadEscape => {
                format!("character {at}: {found} is no escaped character; two hexadecimal digits follow a %")
            }
        }
    }
}

/// The kinds of symbols that AIM's identifiers name, as far as they matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Carrier {
    /// `]C1`.
    Gs1128,
    /// `]d2`.
    Gs1DataMatrix,
    /// `]Q3`.
    Gs1Qr,
    /// `]e0`.
    Gs1DataBar,
    /// `]J1`.
    Gs1DotCode,
    /// `]E0`: EAN-13, UPC-A or UPC-E with 13 digits.
    Ean13,
    /// `]E1`, `]E2`, `]E3`: with an add-on.
    EanAddOn,
    /// `]E4`.
    Ean8,
    /// `]I0`, `]I1`…
    Itf,
    /// `]C0`, `]C2`…
    Code128,
    /// `]A…`.
    Code39,
    /// `]d0`, `]d1`…
    DataMatrix,
    /// `]Q0`, `]Q1`…
    Qr,
    /// Another.
    Other,
}

impl Carrier {
    /// What the letter and the digit behind `]` say.
    fn of(letter: char, digit: char) -> Self {
        match (letter, digit) {
            ('C', '1') => Self::Gs1128,
            ('d', '2') => Self::Gs1DataMatrix,
            ('Q', '3') => Self::Gs1Qr,
            ('e', '0') => Self::Gs1DataBar,
            ('J', '1') => Self::Gs1DotCode,
            ('E', '0') => Self::Ean13,
            ('E', '1'..='3') => Self::EanAddOn,
            ('E', '4') => Self::Ean8,
            ('I', _) => Self::Itf,
            ('C', _) => Self::Code128,
            ('A', _) => Self::Code39,
            ('d', _) => Self::DataMatrix,
            ('Q', _) => Self::Qr,
            _ => Self::Other,
        }
    }

    /// It says that what follows are identifiers and values.
    fn is_gs1(self) -> bool {
        matches!(self, Self::Gs1128 | Self::Gs1DataMatrix | Self::Gs1Qr | Self::Gs1DataBar | Self::Gs1DotCode)
    }
}

/// What may be doubted of a code that is not wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Note {
    /// It was read without separators.
    NoSeparators,
    /// Something else stands for the separator: NUL, SYN, `{GS}`, `^`.
    StandIn,
    /// `029` was taken for the separator that Alt+029 should have typed.
    Typed,
    /// A separator is missing behind a value of fixed length.
    MissingSeparator,
    /// A number of the house or the region (prefix 02, 04, 2): it means something only there.
    InStore,
    /// With another check digit it would be a number of GS1: typed wrongly, or no such number.
    NearlyGtin,
    /// It begins like a label of ours, but its check characters are others.
    NearlyOwn,
}

/// All that is known of a scan's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What it is.
    pub form: Form,
    /// What kind of symbol it came from, where the scanner says so.
    pub carrier: Option<Carrier>,
    /// Every character, in order.
    pub parts: Vec<Part>,
    /// What was read.
    pub elements: Vec<Element>,
    /// Our own label.
    pub own: Option<Own>,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// What may be doubted.
    pub notes: Vec<Note>,
    /// Another way to read it is about as likely.
    pub ambiguous: bool,
    /// Other ways to read it, likeliest first.
    pub others: Vec<Vec<Element>>,
}

impl Explanation {
    fn new(form: Form) -> Self {
        Self {
            form,
            carrier: None,
            parts: Vec::new(),
            elements: Vec::new(),
            own: None,
            faults: Vec::new(),
            notes: Vec::new(),
            ambiguous: false,
            others: Vec::new(),
        }
    }

    fn part(&mut self, from: usize, to: usize, role: Role) {
        if from < to {
            self.parts.push(Part { from, to, role, element: None, good: true });
        }
    }

    fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Marks the parts that faults are about.
    fn mark(&mut self) {
        for part in &mut self.parts {
            part.good = !self.faults.iter().any(|fault| fault.from < part.to && part.from < fault.to);
        }
    }

    /// The value of an identifier.
    pub fn value(&self, ai: &str) -> Option<&str> {
        self.elements.iter().find(|element| element.ai == ai).map(|element| element.value.as_str())
    }

    /// The trade item: its GTIN with 14 digits, of itself, of what a pallet holds, or of a piece.
    pub fn gtin(&self) -> Option<&str> {
        self.value("01").or_else(|| self.value("02")).or_else(|| self.value("8006").and_then(|v| v.get(..14)))
    }

    /// The day after which it must not be used, or is best no longer.
    pub fn expiry(&self) -> Option<Day> {
        let day = |ai: &str| {
            self.elements.iter().find(|element| element.ai == ai).and_then(|element| match element.meaning {
                Meaning::Day { day, .. } | Meaning::Moment { day, .. } => Some(day),
                _ => None,
            })
        };
        day("7003").or_else(|| day("17")).or_else(|| day("15"))
    }
}

/// Says of every character what it is there for. `today` tells the century of dates.
pub fn explain(text: &str, today: Day) -> Explanation {
    let chars: Vec<char> = text.chars().take(CHARS_MAX + 1).collect();
    let mut explanation = if chars.len() > CHARS_MAX {
        let mut too_much = Explanation::new(Form::Text);
        let all = text.chars().count();
        too_much.part(0, all, Role::Unknown);
        too_much.faults.push(Fault::new(FaultKind::TooMuch, CHARS_MAX, all, "", &CHARS_MAX.to_string(), ""));
        too_much
    } else {
        whole(&chars, today)
    };
    explanation.mark();
    explanation
}

/// The same for those who want only a code that is right: the first fault otherwise.
pub fn parse(text: &str, today: Day) -> Result<Explanation, Fault> {
    let explanation = explain(text, today);
    match explanation.faults.first() {
        Some(fault) => Err(fault.clone()),
        None => Ok(explanation),
    }
}

/// The identifier of the symbology, spaces and line ends around the code, and the code between them.
fn whole(chars: &[char], today: Day) -> Explanation {
    let edge = |c: &char| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{feff}' | '\u{2}' | '\u{3}' | '\u{4}');
    let start = chars.iter().take_while(|c| edge(c)).count();
    let end = chars.len() - chars[start..].iter().rev().take_while(|c| edge(c)).count();
    let (carrier, body) = match &chars[start..end] {
        [']', letter, digit, ..] if letter.is_ascii_alphabetic() && digit.is_ascii_alphanumeric() => {
            (Some(Carrier::of(*letter, *digit)), start + 3)
        }
        _ => (None, start),
    };
    let mut found = if body == end {
        let mut empty = Explanation::new(Form::Text);
        empty.faults.push(Fault::new(FaultKind::Empty, 0, chars.len(), "", "", ""));
        empty
    } else {
        code(&chars[..end], body, carrier, today)
    };
    found.carrier = carrier;
    let mut parts = Vec::with_capacity(found.parts.len() + 3);
    let outside = |from, to, role| Part { from, to, role, element: None, good: true };
    if start > 0 {
        parts.push(outside(0, start, Role::Ignored));
    }
    if body > start {
        parts.push(outside(start, body, Role::Symbology));
    }
    parts.append(&mut found.parts);
    if end < chars.len() {
        parts.push(outside(end, chars.len(), Role::Ignored));
    }
    found.parts = parts;
    found
}

/// What stands from `at` to the end, which is at least a character.
fn code(chars: &[char], at: usize, carrier: Option<Carrier>, today: Day) -> Explanation {
    let body = &chars[at..];
    if carrier.is_some_and(Carrier::is_gs1) {
        return string::read(chars, at, true, today);
    }
    if link::is_address(body) {
        return link::read(chars, at, today);
    }
    if let Some(own) = own::read(chars, at) {
        return own;
    }
    if string::is_bracketed(body) {
        return string::read_bracketed(chars, at, today);
    }
    let plain = plain::read(chars, at, carrier, today);
    if let Some(plain) = &plain
        && plain.faults.is_empty()
        && !plain.elements.is_empty()
    {
        return plain::beside(plain.clone(), chars, at, today);
    }
    // Without a word of the scanner it is identifiers and values if it parts them, or if something in them is proved.
    let mut other = None;
    if string::begins(body) {
        let string = string::read(chars, at, false, today);
        let key =
            string.elements.first().is_some_and(|first| matches!(first.ai.as_str(), "00" | "01" | "02"));
        if string::separated(body)
            || string.faults.is_empty() && string::evident(&string)
            // What begins with an SSCC or a GTIN is meant so: something is wrong with it.
            || key && plain.is_none() && body.len() >= 16 && body[..16].iter().all(char::is_ascii_digit)
        {
            return string;
        }
        other = Some(string).filter(|string| string.faults.is_empty());
    }
    let mut text = plain.unwrap_or_else(|| {
        let mut text = Explanation::new(Form::Text);
        text.part(at, chars.len(), Role::Text);
        if own::nearly(body) {
            text.note(Note::NearlyOwn);
        }
        text
    });
    text.others.extend(other.map(|string| string.elements));
    text
}

/// A character as people can see it: control characters by name, in brackets.
pub fn name(c: char) -> Option<&'static str> {
    const NAMES: [&str; 33] = [
        "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO",
        "SI", "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS",
        "RS", "US", "SP",
    ];
    match c {
        '\u{7f}' => Some("DEL"),
        '\u{feff}' => Some("BOM"),
        '\u{a0}' => Some("NBSP"),
        _ => NAMES.get(usize::try_from(u32::from(c)).ok()?).copied(),
    }
}

/// Text with its control characters by name.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match name(c) {
            Some("SP") | None => out.push(c),
            Some(name) => {
                out.push('<');
                out.push_str(name);
                out.push('>');
            }
        }
    }
    out
}
