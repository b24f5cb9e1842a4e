//! The line protocol of the temperature chain.
//!
//! One frame is one line of ASCII:
//!
//! ```text
//! $QMT,<device>,<sequence>,<unix ms>,<code>=<value>[;<code>=<value>…]*<CRC>\r\n
//! $QMT,CHAIN-1,1042,1795360547000,T01=19.8;T02=4.25;T03=ERR*0FE9\r\n
//! ```
//!
//! `sequence` and `unix ms` may be empty: a device without a counter or a clock. A value is a decimal in the unit of its
//! channel; `ERR` is the device saying that its sensor is open, shorted or missing. The CRC is CRC-16/MODBUS (polynomial
//! 0xA001 reflected, start 0xFFFF) over everything between `$` and `*`, four hexadecimal digits. `$` stands nowhere
//! else, so that a reader that lost its place has it again at the next frame.

use crate::checks::crc16_modbus as crc16;
use domain::{RawFault, RawReading};
use units::{Milli, Timestamp};

#[cfg(test)]
mod tests;

/// The longest line in bytes, from `$` to the last digit of the CRC: a chain of 40 probes with long names.
pub const FRAME_BYTES_MAX: usize = 1024;

/// The longest name of a device or a channel in bytes.
pub const NAME_BYTES_MAX: usize = 32;

/// A run of bytes that belong to no frame is reported at least this often, so that nothing grows.
const GARBAGE_RUN_MAX: usize = 4096;

const HEAD: &str = "QMT";
const SENSOR_FAULT: &str = "ERR";
const NOT_A_NUMBER: &str = "NAN";

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The device's name of itself.
    pub device: String,
    /// Its own count of frames, if it keeps one.
    pub sequence: Option<i64>,
    /// When it measured, if it has a clock.
    pub device_at: Option<Timestamp>,
    /// A value, or why there is none, for each channel's code.
    pub values: Vec<(String, Result<Milli, RawFault>)>,
}

impl Frame {
    /// One value of one channel at a known time: what a recorded column is replayed as.
    pub fn single(device: &str, code: &str, sequence: i64, device_at: Timestamp, value: Milli) -> Self {
        Self {
            device: device.to_owned(),
            sequence: Some(sequence),
            device_at: Some(device_at),
            values: vec![(code.to_owned(), Ok(value))],
        }
    }

    /// Its values, each on its own, with the time and count they share.
    pub fn into_readings(self) -> Vec<RawReading> {
        let (device_at, sequence) = (self.device_at, self.sequence);
        self.values.into_iter().map(|(code, value)| RawReading { code, value, device_at, sequence }).collect()
    }
}

/// Bytes that are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Bytes outside any frame, or of a frame that broke off.
    Garbage {
        /// How many.
        bytes: usize,
    },
    /// The line is whole but its CRC is another.
    BadChecksum,
    /// No end of line within [`FRAME_BYTES_MAX`].
    TooLong,
    /// The CRC is right but the fields are not as above.
    BadSyntax,
}

/// What came out of the bytes, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A frame.
    Frame(Frame),
    /// Bytes that are none.
    Fault(Fault),
}

/// Why a frame can't be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEncodable {
    /// A name is empty, longer than [`NAME_BYTES_MAX`] or not of `A-Z a-z 0-9 _ . -`.
    Name,
    /// No values.
    Empty,
    /// Longer than [`FRAME_BYTES_MAX`].
    TooLong,
}

impl std::fmt::Display for NotEncodable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Name => "a device or channel name is not 1 to 32 letters, digits, '_', '.' or '-'",
            Self::Empty => "the frame has no values",
            Self::TooLong => "the frame is longer than 1024 bytes",
        })
    }
}

impl std::error::Error for NotEncodable {}

/// Finds the frames in a stream of bytes. Memory is bounded by [`FRAME_BYTES_MAX`]; the events do not depend on how the
/// bytes were cut into pieces.
#[derive(Clone, Debug, Default)]
pub struct Decoder {
    /// The line so far without its `$`; `None` outside a frame.
    line: Option<Vec<u8>>,
    /// Bytes outside frames not yet reported.
    garbage: usize,
}

impl Decoder {
    /// A decoder that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes; gives what they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            self.take(byte, &mut events);
        }
        events
    }

    fn take(&mut self, byte: u8, events: &mut Vec<Event>) {
        match (byte, self.line.take()) {
            (b'$', broken) => {
                self.garbage += broken.map_or(0, |line| line.len() + 1);
                self.report_garbage(events);
                self.line = Some(Vec::with_capacity(128));
            }
            (b'\r' | b'\n', Some(line)) => events.push(read_line(&line)),
            // The other half of a line end, or an empty line: belongs to no frame and harms nobody.
            (b'\r' | b'\n', None) => self.report_garbage(events),
            (0x20..=0x7e, Some(mut line)) => {
                if line.len() + 1 >= FRAME_BYTES_MAX {
                    events.push(Event::Fault(Fault::TooLong));
                } else {
                    line.push(byte);
                    self.line = Some(line);
                }
            }
            // Not ASCII text: the frame broke off here.
            (_, Some(line)) => self.garbage += line.len() + 2,
            (_, None) => {
                self.garbage += 1;
                if self.garbage >= GARBAGE_RUN_MAX {
                    self.report_garbage(events);
                }
            }
        }
    }

    fn report_garbage(&mut self, events: &mut Vec<Event>) {
        if self.garbage > 0 {
            events.push(Event::Fault(Fault::Garbage { bytes: std::mem::take(&mut self.garbage) }));
        }
    }
}

fn read_line(line: &[u8]) -> Event {
    // Only printable ASCII gets here.
    let Ok(text) = std::str::from_utf8(line) else { return Event::Fault(Fault::BadSyntax) };
    let Some((body, sum)) = text.rsplit_once('*') else { return Event::Fault(Fault::BadSyntax) };
    let stated = (sum.len() == 4 && sum.bytes().all(|b| b.is_ascii_hexdigit()))
        .then(|| u16::from_str_radix(sum, 16).ok())
        .flatten();
    if stated != Some(crc16(body.as_bytes())) {
        return Event::Fault(Fault::BadChecksum);
    }
    read_body(body).map_or(Event::Fault(Fault::BadSyntax), Event::Frame)
}

fn read_body(body: &str) -> Option<Frame> {
    let mut fields = body.splitn(5, ',');
    if fields.next()? != HEAD {
        return None;
    }
    let device = fields.next().filter(|name| is_name(name))?.to_owned();
    let sequence = read_integer(fields.next()?)?;
    let device_at = read_integer(fields.next()?)?.map(Timestamp);
    let values = fields
        .next()?
        .split(';')
        .map(|pair| {
            let (code, value) = pair.split_once('=')?;
            is_name(code).then(|| (code.to_owned(), read_value(value)))
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Frame { device, sequence, device_at, values })
}

/// `Some(None)` for an empty field, `None` for one that is not an integer.
fn read_integer(text: &str) -> Option<Option<i64>> {
    if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
}

fn read_value(text: &str) -> Result<Milli, RawFault> {
    if text == SENSOR_FAULT {
        return Err(RawFault::SensorFault);
    }
    Milli::parse(text).ok_or(RawFault::NotANumber)
}

fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// Writes a frame as one line. [`Decoder`] gives the same frame back.
pub fn encode(frame: &Frame) -> Result<Vec<u8>, NotEncodable> {
    use std::fmt::Write;
    if !is_name(&frame.device) || !frame.values.iter().all(|(code, _)| is_name(code)) {
        return Err(NotEncodable::Name);
    }
    if frame.values.is_empty() {
        return Err(NotEncodable::Empty);
    }
    let mut line = format!("${HEAD},{},", frame.device);
    // Writing to a String can't fail.
    if let Some(sequence) = frame.sequence {
        let _ = write!(line, "{sequence}");
    }
    line.push(',');
    if let Some(at) = frame.device_at {
        let _ = write!(line, "{}", at.0);
    }
    for (index, (code, value)) in frame.values.iter().enumerate() {
        line.push(if index == 0 { ',' } else { ';' });
        let _ = match value {
            Ok(value) => write!(line, "{code}={value}"),
            // The line has no word for a sensor's own doubt: it has nothing to say.
            Err(RawFault::SensorFault | RawFault::Rejected) => write!(line, "{code}={SENSOR_FAULT}"),
            Err(RawFault::NotANumber) => write!(line, "{code}={NOT_A_NUMBER}"),
        };
    }
    let sum = crc16(&line.as_bytes()[1..]);
    let _ = write!(line, "*{sum:04X}");
    if line.len() > FRAME_BYTES_MAX {
        return Err(NotEncodable::TooLong);
    }
    line.push_str("\r\n");
    Ok(line.into_bytes())
}
