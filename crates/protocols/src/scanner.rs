//! Barcode scanners: each line is a scan.
//!
//! Bytes in, the text of codes out. Knows what scanners put around a code: line ends, STX and ETX, a prefix and a suffix of
//! their own, AIM's symbology identifier (`]C1`, `]d2`, `]Q3`). Does not know what a code means. GS (0x1D), which parts the
//! fields of a GS1 code, is kept: where a scanner sends something else for it, the setup says what. A scan is an event, not a
//! reading. Tests: `src/scanner/tests.rs`.

use crate::line::Fault;
use crate::stream::{Event, Said, Scan, unescape};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// The longest scan, bytes: above the largest two-dimensional code.
pub const SCAN_BYTES_MAX: usize = 8192;

/// What parts the fields of a GS1 code.
const GS: u8 = 0x1D;

/// What a scanner has to be told about. The section `scanner` of a setup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scanner {
    /// What the scanner puts before each code, with `\r`, `\t`, `\x02` and their like; left out of the text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// What it puts behind each, before the end of the line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub suffix: String,
    /// What it sends for GS, where it does not send GS: `\x16`, `\0`, `^`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub separator: String,
}

/// Finds scans in a stream of bytes. CR, LF and ETX end one.
#[derive(Clone, Debug)]
pub struct Decoder {
    prefix: Vec<u8>,
    suffix: Vec<u8>,
    separator: Vec<u8>,
    line: Vec<u8>,
    /// The line was too long: what is left of it is left out.
    skipping: bool,
}

impl Decoder {
    /// A decoder that has seen nothing; says what is wrong with the setup.
    pub fn new(setup: &Scanner) -> Result<Self, String> {
        Ok(Self {
            prefix: unescape(&setup.prefix)?,
            suffix: unescape(&setup.suffix)?,
            separator: unescape(&setup.separator)?,
            line: Vec::new(),
            skipping: false,
        })
    }

    /// Takes the next bytes; gives what they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            match byte {
                b'\r' | b'\n' | 0x03 => {
                    let line = std::mem::take(&mut self.line);
                    if !std::mem::take(&mut self.skipping) && !line.is_empty() {
                        events.push(self.scan(&line));
                    }
                }
                // STX begins anew.
                0x02 => {
                    self.skipping = false;
                    if !self.line.is_empty() {
                        events.push(Event::Fault(Fault::Garbage { bytes: self.line.len() }));
                        self.line.clear();
                    }
                }
                _ if self.skipping => {}
                _ if self.line.len() == SCAN_BYTES_MAX => {
                    events.push(Event::Fault(Fault::TooLong));
                    self.line.clear();
                    self.skipping = true;
                }
                _ => self.line.push(byte),
            }
        }
        events
    }

    fn scan(&self, line: &[u8]) -> Event {
        let line = line.strip_prefix(self.prefix.as_slice()).unwrap_or(line);
        let line = line.strip_suffix(self.suffix.as_slice()).unwrap_or(line);
        let (symbology, code) = match line {
            [b']', letter, digit, rest @ ..]
                if letter.is_ascii_alphabetic() && digit.is_ascii_alphanumeric() =>
            {
                (Some(format!("]{}{}", char::from(*letter), char::from(*digit))), rest)
            }
            _ => (None, line),
        };
        let code = separated(code, &self.separator);
        if code.is_empty() {
            return Event::Fault(Fault::BadSyntax);
        }
        Event::Said(Said { scan: Some(Scan { symbology, text: text(&code) }), ..Said::default() })
    }
}

/// Puts GS where the scanner sends something else for it.
fn separated(code: &[u8], separator: &[u8]) -> Vec<u8> {
    if separator.is_empty() {
        return code.to_vec();
    }
    let mut out = Vec::with_capacity(code.len());
    let mut rest = code;
    while let Some(first) = rest.first() {
        match rest.strip_prefix(separator) {
            Some(behind) => {
                out.push(GS);
                rest = behind;
            }
            None => {
                out.push(*first);
                rest = &rest[1..];
            }
        }
    }
    out
}

/// As UTF-8 where it is that, else byte for byte as Latin-1: no byte is lost.
fn text(code: &[u8]) -> String {
    match std::str::from_utf8(code) {
        Ok(text) => text.to_owned(),
        Err(_) => code.iter().map(|byte| char::from(*byte)).collect(),
    }
}
