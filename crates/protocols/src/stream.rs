//! What the languages of a stream of bytes have in common: one way in, one way out.
//!
//! A device's setup makes a [`Decoder`]; bytes of a serial line, a connection or datagrams go in; what they said and what was
//! wrong with them comes out. Does not know where the bytes come from. [`try_out`] shows a person what a setup makes of
//! some bytes. Tests: `src/stream/tests.rs`, and of each language beside it.

use crate::json::Fix;
use crate::line::{self, Fault};
use crate::setup::{Language, Setup};
use crate::{nmea, pattern, scanner};
use domain::RawReading;

#[cfg(test)]
mod tests;

/// What came out of the bytes, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A whole frame, line, sentence or scan.
    Said(Said),
    /// Bytes that are none.
    Fault(Fault),
}

/// What one frame says. It may be whole and say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The device's name of itself, where it has one on the wire.
    pub name: String,
    /// Values by name.
    pub readings: Vec<RawReading>,
    /// Where vehicles are.
    pub fixes: Vec<Fix>,
    /// A code that was scanned.
    pub scan: Option<Scan>,
}

/// A code as a scanner read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// AIM's identifier of the kind of code: `]C1`.
    pub symbology: Option<String>,
    /// The code; GS (0x1D) between the fields of a GS1 code is kept.
    pub text: String,
}

/// A decoder of one of the languages.
#[derive(Debug)]
pub enum Decoder {
    /// Our own text line.
    Line(line::Decoder),
    /// NMEA 0183.
    Nmea(nmea::Decoder),
    /// Frames that a pattern describes.
    Pattern(Box<pattern::Decoder>),
    /// A barcode scanner.
    Scanner(scanner::Decoder),
}

impl Decoder {
    /// The decoder that a setup asks for; says what is wrong with it.
    pub fn new(setup: &Setup) -> Result<Self, String> {
        Ok(match setup.language {
            Language::Auto | Language::Line => Self::Line(line::Decoder::new()),
            Language::Nmea => Self::Nmea(nmea::Decoder::new(&setup.nmea)),
            Language::Pattern => Self::Pattern(Box::new(pattern::Decoder::new(&setup.pattern)?)),
            Language::Scanner => Self::Scanner(scanner::Decoder::new(&setup.scanner)?),
            _ => {
                return Err("This language is not read from a line: choose our text line, NMEA, a pattern or a scanner.".into());
            }
        })
    }

    /// Whether the language of a setup is read from a stream of bytes.
    pub fn reads(language: Language) -> bool {
        matches!(
            language,
            Language::Auto | Language::Line | Language::Nmea | Language::Pattern | Language::Scanner
        )
    }

    /// Takes the next bytes; gives what they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        match self {
            Self::Line(decoder) => decoder.push(bytes).into_iter().map(Event::from).collect(),
            Self::Nmea(decoder) => decoder.push(bytes),
            Self::Pattern(decoder) => decoder.push(bytes),
            Self::Scanner(decoder) => decoder.push(bytes),
        }
    }
}

impl Decoder {
    /// No more bytes belong to what was begun: a datagram is over. A line that lacks only its end is whole.
    pub fn end(&mut self) -> Vec<Event> {
        match self {
            Self::Line(_) | Self::Nmea(_) | Self::Scanner(_) => self.push(b"\n"),
            Self::Pattern(decoder) => decoder.end(),
        }
    }
}

impl From<line::Event> for Event {
    fn from(event: line::Event) -> Self {
        match event {
            line::Event::Frame(frame) => {
                let name = frame.device.clone();
                Self::Said(Said { name, readings: frame.into_readings(), ..Said::default() })
            }
            line::Event::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// What a setup made of a piece of the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The first byte after what was decided before.
    pub from: usize,
    /// The byte after the last one that was needed.
    pub to: usize,
    /// What it is.
    pub event: Event,
}

/// Reads bytes as a setup says, for a person to look at. Bytes behind the last piece are of a frame that is not whole.
pub fn try_out(setup: &Setup, bytes: &[u8]) -> Result<Vec<Tried>, String> {
    let mut decoder = Decoder::new(setup)?;
    let mut tried = Vec::new();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        for event in decoder.push(std::slice::from_ref(byte)) {
            tried.push(Tried { from, to: at + 1, event });
            from = at + 1;
        }
    }
    Ok(tried)
}

/// Reads `\r`, `\n`, `\t`, `\0`, `\\` and `\xHH` in text that a person writes for bytes; at most 64 of them.
pub fn unescape(text: &str) -> Result<Vec<u8>, String> {
    unescape_long(text, 64)
}

/// The same of so many bytes at most.
pub fn unescape_long(text: &str, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut chars = text.chars();
    let wrong = || {
        format!("'{text}' can't be read: write \\r, \\n, \\t, \\0, \\\\ or two hexadecimal digits as \\x1D.")
    };
    while let Some(c) = chars.next() {
        if c != '\\' {
            let mut buffer = [0; 4];
            bytes.extend(c.encode_utf8(&mut buffer).as_bytes());
            continue;
        }
        bytes.push(match chars.next().ok_or_else(wrong)? {
            'r' => b'\r',
            'n' => b'\n',
            't' => b'\t',
            '0' => 0,
            '\\' => b'\\',
            'x' => {
                let digits = [chars.next(), chars.next()].map(|c| c.and_then(|c| c.to_digit(16)));
                let [Some(high), Some(low)] = digits else { return Err(wrong()) };
                u8::try_from(high * 16 + low).map_err(|_| wrong())?
            }
            _ => return Err(wrong()),
        });
    }
    if bytes.len() > most { Err(format!("The text is longer than {most} bytes.")) } else { Ok(bytes) }
}
