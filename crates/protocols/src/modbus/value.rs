//! Objects to values, and values to the command that writes them.

use super::map::{Kind, Map, Order, Point, Table, Write};
use super::plan::Range;
use domain::RawFault;
use units::Milli;

/// What a request brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objects {
    /// Coils or inputs.
    Bits(Vec<bool>),
    /// Registers.
    Words(Vec<u16>),
}

impl Objects {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Bits(bits) => bits.len(),
            Self::Words(words) => words.len(),
        }
    }

    /// None.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a point says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number of its channel's unit.
    Number(Milli),
    /// Text, trimmed.
    Text(String),
}

/// What writes a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Code 5.
    Coil(u16, bool),
    /// Code 6.
    Register(u16, u16),
    /// Code 15.
    Coils(u16, Vec<bool>),
    /// Code 16.
    Registers(u16, Vec<u16>),
}

impl Command {
    /// Its code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Coil(..) => 5,
            Self::Register(..) => 6,
            Self::Coils(..) => 15,
            Self::Registers(..) => 16,
        }
    }
}

/// Beyond this a reading has no thousandths left.
const VALUE_MAX: f64 = 9e15;

/// The values of a range's points, by their place in the map. What did not come whole is no number.
pub fn read(map: &Map, range: &Range, got: &Objects) -> Vec<(usize, Result<Value, RawFault>)> {
    let value = |at: usize| {
        let point = map.points.get(at)?;
        let from = usize::from(point.address.checked_sub(range.address)?);
        let to = from + usize::from(point.objects());
        let part = match got {
            Objects::Bits(bits) => bits.get(from..to).map(|bits| Objects::Bits(bits.to_vec())),
            Objects::Words(words) => words.get(from..to).map(|words| Objects::Words(words.to_vec())),
        };
        Some((at, part.map_or(Err(RawFault::NotANumber), |part| decode(point, &part))))
    };
    range.points.iter().filter_map(|at| value(*at)).collect()
}

/// The value of a point from its own objects.
pub fn decode(point: &Point, objects: &Objects) -> Result<Value, RawFault> {
    let words = match objects {
        Objects::Bits(bits) => {
            if point.kind != Kind::Bits || bits.is_empty() || bits.len() > 16 {
                return Err(RawFault::NotANumber);
            }
            let whole = bits.iter().rev().fold(0_i128, |whole, bit| whole << 1 | i128::from(*bit));
            return scaled(point, whole).map(Value::Number);
        }
        Objects::Words(words) => words,
    };
    if point.kind == Kind::Text {
        return Ok(Value::Text(text(words, point.order)));
    }
    if point.kind.registers().map(usize::from) != Some(words.len()) {
        return Err(RawFault::NotANumber);
    }
    match number(point.kind, point.order, words) {
        Some(Number::Whole(whole)) => {
            if point.no_value.map(i128::from) == Some(whole) {
                return Err(RawFault::SensorFault);
            }
            let whole = match point.bit {
                Some(bit) => {
                    whole.checked_shr(u32::from(bit)).unwrap_or(0)
                        & ((1_i128 << u32::from(point.bits.min(64))) - 1)
                }
                None => whole,
            };
            scaled(point, whole).map(Value::Number)
        }
        Some(Number::Float(value)) => {
            shown(value.mul_add(point.scale.get(), point.offset.get())).map(Value::Number)
        }
        None => Err(RawFault::NotANumber),
    }
}

/// A number before scale and offset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Whole(i128),
    Float(f64),
}

/// The number that so many registers hold.
pub(super) fn number(kind: Kind, order: Order, words: &[u16]) -> Option<Number> {
    let bits = arranged(words, order);
    Some(match kind {
        Kind::U16 | Kind::U32 | Kind::U64 => Number::Whole(i128::from(bits)),
        Kind::I16 => Number::Whole(i128::from(bits as u16 as i16)),
        Kind::I32 => Number::Whole(i128::from(bits as u32 as i32)),
        Kind::I64 => Number::Whole(i128::from(bits as i64)),
        Kind::F32 => Number::Float(f64::from(f32::from_bits(bits as u32))),
        Kind::F64 => Number::Float(f64::from_bits(bits)),
        Kind::Bits | Kind::Text => return None,
    })
}

/// At most four registers as one number, highest byte first.
fn arranged(words: &[u16], order: Order) -> u64 {
    let word = |word: &u16| if order.bytes_swapped() { word.swap_bytes() } else { *word };
    let join = |whole: u64, word: u16| whole << 16 | u64::from(word);
    if order.words_swapped() {
        words.iter().rev().map(word).fold(0, join)
    } else {
        words.iter().map(word).fold(0, join)
    }
}

/// The registers of such a number.
fn spread(whole: u64, count: u16, order: Order) -> Vec<u16> {
    let word = |at: u16| {
        let word = (whole >> (16 * u32::from(at))) as u16;
        if order.bytes_swapped() { word.swap_bytes() } else { word }
    };
    if order.words_swapped() { (0..count).map(word).collect() } else { (0..count).rev().map(word).collect() }
}

fn scaled(point: &Point, whole: i128) -> Result<Milli, RawFault> {
    let (scale, offset) = (point.scale.get(), point.offset.get());
    if scale == 1.0 && offset == 0.0 {
        // Counters keep every digit.
        return whole
            .checked_mul(1000)
            .and_then(|milli| i64::try_from(milli).ok())
            .map(Milli)
            .ok_or(RawFault::NotANumber);
    }
    shown((whole as f64).mul_add(scale, offset))
}

fn shown(value: f64) -> Result<Milli, RawFault> {
    // A NaN is not below anything.
    if value.abs() < VALUE_MAX { Ok(Milli::from_f64(value)) } else { Err(RawFault::NotANumber) }
}

/// Two characters a register, up to the first NUL; what can't be shown is left out.
pub(super) fn text(words: &[u16], order: Order) -> String {
    let swap = |word: &u16| if order.bytes_swapped() { word.swap_bytes() } else { *word };
    let bytes: Vec<u8> = words.iter().map(swap).flat_map(u16::to_be_bytes).collect();
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let text: String = String::from_utf8_lossy(&bytes[..end])
        .chars()
        .filter(|c| !c.is_control() && *c != char::REPLACEMENT_CHARACTER)
        .collect();
    text.trim().to_owned()
}

/// The command that makes a point say `value`. A value that its registers can't hold exactly is refused, in a sentence,
/// rather than rounded: what is on record is what the device was told.
pub fn encode(point: &Point, value: Milli) -> Result<Command, String> {
    let code = &point.code;
    if point.write == Write::Off {
        return Err(format!("{code} may not be written: its switch is off."));
    }
    if let Some(least) = point.write_min.filter(|least| value < *least) {
        return Err(format!("{value} is below {least}, the least that may be written to {code}."));
    }
    if let Some(most) = point.write_max.filter(|most| value > *most) {
        return Err(format!("{value} is above {most}, the greatest that may be written to {code}."));
    }
    if point.bit.is_some() || point.kind == Kind::Text || point.write_code().is_none() {
        return Err(format!("{code} can't be written: it is a part of a register, text, or only read."));
    }
    let raw = (value.0 as f64 / 1000.0 - point.offset.get()) / point.scale.get();
    let whole = |least: i128, most: i128| -> Result<i128, String> {
        let exact = point.scale.get() == 1.0 && point.offset.get() == 0.0;
        let found =
            if exact && value.0 % 1000 == 0 { i128::from(value.0 / 1000) } else { raw.round() as i128 };
        if (raw - found as f64).abs() > 1e-6 * raw.abs().max(1.0) {
            return Err(format!(
                "{value} does not fit {code}, whose steps are {}: it would be rounded.",
                point.scale.get().abs()
            ));
        }
        if !(least..=most).contains(&found) {
            return Err(format!("{value} is more than the registers of {code} hold."));
        }
        Ok(found)
    };
    if point.table == Table::Coil {
        let most = (1_i128 << u32::from(point.objects().min(16))) - 1;
        let found = whole(0, most)?;
        let bits: Vec<bool> = (0..point.objects()).map(|at| found >> u32::from(at) & 1 == 1).collect();
        return Ok(match (point.write, bits.as_slice()) {
            (Write::Single, [bit]) => Command::Coil(point.address, *bit),
            _ => Command::Coils(point.address, bits),
        });
    }
    let bits = match point.kind {
        Kind::U16 => whole(0, i128::from(u16::MAX))? as u64,
        Kind::I16 => whole(i128::from(i16::MIN), i128::from(i16::MAX))? as u64,
        Kind::U32 => whole(0, i128::from(u32::MAX))? as u64,
        Kind::I32 => whole(i128::from(i32::MIN), i128::from(i32::MAX))? as u64,
        Kind::U64 => whole(0, i128::from(u64::MAX))? as u64,
        Kind::I64 => whole(i128::from(i64::MIN), i128::from(i64::MAX))? as u64,
        Kind::F32 => {
            if raw.abs() > f64::from(f32::MAX) {
                return Err(format!("{value} is more than the registers of {code} hold."));
            }
            u64::from((raw as f32).to_bits())
        }
        Kind::F64 => raw.to_bits(),
        Kind::Bits | Kind::Text => return Err(format!("{code} can't be written.")),
    };
    let words = spread(bits, point.objects(), point.order);
    Ok(match (point.write, words.as_slice()) {
        (Write::Single, [word]) => Command::Register(point.address, *word),
        _ => Command::Registers(point.address, words),
    })
}
