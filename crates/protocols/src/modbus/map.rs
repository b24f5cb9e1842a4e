//! Which objects of which slave mean what: the section `modbus` of a device's setup.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use units::Milli;

/// The most registers one request reads: what fits a frame, §6.3.
pub const REGISTERS_MAX: u16 = 125;

/// The most coils or inputs one request reads, §6.1.
pub const BITS_MAX: u16 = 2000;

/// The most points of one device.
pub const POINTS_MAX: usize = 4096;

/// The longest name of a point, bytes: as of any other reading.
pub const NAME_BYTES_MAX: usize = crate::json::NAME_BYTES_MAX;

/// The points of a device, and how its slaves like to be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Map {
    /// The slave that is asked where a point names none.
    pub unit: u8,
    /// How slaves are asked.
    #[serde(skip_serializing_if = "is_default")]
    pub timing: Timing,
    /// How some slaves are asked instead.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub slaves: BTreeMap<u8, Timing>,
    /// What is read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
}

impl Default for Map {
    fn default() -> Self {
        Self { unit: 1, timing: Timing::default(), slaves: BTreeMap::new(), points: Vec::new() }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How a slave likes to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timing {
    /// An answer that takes longer is none, ms; 10 to 60,000.
    pub timeout_ms: u32,
    /// The slave is left alone for so long between two requests, ms; at most 10,000. Beside this a serial line is always
    /// silent for the 3.5 characters that end a frame.
    pub pause_ms: u32,
    /// How often a request without an answer is sent again; at most 10.
    pub retries: u8,
    /// The most registers asked for at once; 1 to [`REGISTERS_MAX`].
    pub registers_max: u16,
    /// The most coils or inputs asked for at once; 1 to [`BITS_MAX`].
    pub bits_max: u16,
    /// So many objects that no point wants are read along rather than asked around.
    pub gap: u16,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            timeout_ms: 1000,
            pause_ms: 0,
            retries: 2,
            registers_max: REGISTERS_MAX,
            bits_max: BITS_MAX,
            gap: 8,
        }
    }
}

/// One value of a slave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// The channel's name on the wire.
    pub code: String,
    /// The slave; none: the map's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<u8>,
    /// Where it stands.
    pub table: Table,
    /// The first object, counted from 0 as on the wire.
    pub address: u16,
    /// Objects: of text its registers, of coils and inputs those that make one number. Numbers in registers have their own.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u16,
    /// What the objects are.
    #[serde(default)]
    pub kind: Kind,
    /// How bytes and words stand.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order: Order,
    /// The raw number times this …
    #[serde(default = "Real::one", skip_serializing_if = "Real::is_one")]
    pub scale: Real,
    /// … plus this is the value.
    #[serde(default, skip_serializing_if = "is_default")]
    pub offset: Real,
    /// The first bit of a field in a whole number, 0 is the lowest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bit: Option<u8>,
    /// How many bits the field has.
    #[serde(default = "one_bit", skip_serializing_if = "is_one_bit")]
    pub bits: u8,
    /// The raw whole number that means that there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_value: Option<i64>,
    /// Asked this often, ms; none: as often as the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every_ms: Option<u32>,
    /// Whether a person may write it, and by which code.
    #[serde(default, skip_serializing_if = "is_default")]
    pub write: Write,
    /// The least value that may be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_min: Option<Milli>,
    /// The greatest value that may be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_max: Option<Milli>,
}

fn one() -> u16 {
    1
}

fn is_one(count: &u16) -> bool {
    *count == 1
}

fn one_bit() -> u8 {
    1
}

fn is_one_bit(bits: &u8) -> bool {
    *bits == 1
}

/// Which of a slave's four tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// One bit, read with code 1, written with 5 or 15.
    Coil,
    /// One bit, read with code 2.
    Discrete,
    /// One register, read with code 4.
    Input,
    /// One register, read with code 3, written with 6 or 16.
    #[default]
    Holding,
}

impl Table {
    /// In the order of their reference numbers.
    pub const ALL: [Self; 4] = [Self::Coil, Self::Discrete, Self::Input, Self::Holding];

    /// Its objects are bits.
    pub fn is_bits(self) -> bool {
        matches!(self, Self::Coil | Self::Discrete)
    }

    /// The code that reads it.
    pub fn code(self) -> u8 {
        match self {
            Self::Coil => 1,
            Self::Discrete => 2,
            Self::Holding => 3,
            Self::Input => 4,
        }
    }

    /// The table that a code reads.
    pub fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.code() == code)
    }

    /// The digit its reference numbers begin with.
    pub fn digit(self) -> u8 {
        match self {
            Self::Coil => 0,
            Self::Discrete => 1,
            Self::Input => 3,
            Self::Holding => 4,
        }
    }

    /// `coil`, `discrete`, `input` or `holding`, as in a map.
    pub fn word(self) -> &'static str {
        match self {
            Self::Coil => "coil",
            Self::Discrete => "discrete",
            Self::Input => "input",
            Self::Holding => "holding",
        }
    }

    /// The table of such a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.word() == word)
    }
}

/// What the objects of a point are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Coils or inputs: one is 0 or 1, several are a whole number whose lowest bit is the first.
    Bits,
    /// 16 bits, unsigned.
    #[default]
    U16,
    /// 16 bits, two's complement.
    I16,
    /// 32 bits, unsigned.
    U32,
    /// 32 bits, two's complement.
    I32,
    /// 64 bits, unsigned.
    U64,
    /// 64 bits, two's complement.
    I64,
    /// IEEE 754, 32 bits.
    F32,
    /// IEEE 754, 64 bits.
    F64,
    /// Two characters a register: shown, not recorded.
    Text,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Bits,
        Self::U16,
        Self::I16,
        Self::U32,
        Self::I32,
        Self::U64,
        Self::I64,
        Self::F32,
        Self::F64,
        Self::Text,
    ];

    /// `bits`, `u16` … `f64`, `text`, as in a map.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bits => "bits",
            Self::U16 => "u16",
            Self::I16 => "i16",
            Self::U32 => "u32",
            Self::I32 => "i32",
            Self::U64 => "u64",
            Self::I64 => "i64",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Text => "text",
        }
    }

    /// The kind of such a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The registers of a number; none where the point counts its objects.
    pub fn registers(self) -> Option<u16> {
        match self {
            Self::U16 | Self::I16 => Some(1),
            Self::U32 | Self::I32 | Self::F32 => Some(2),
            Self::U64 | Self::I64 | Self::F64 => Some(4),
            Self::Bits | Self::Text => None,
        }
    }

    /// A whole number in registers, which may hold a bit field.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::U16 | Self::I16 | Self::U32 | Self::I32 | Self::U64 | Self::I64)
    }
}

/// How the bytes of a number stand in its registers, told by a 32-bit one whose bytes are ABCD, highest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As the standard has it: big end first.
    #[default]
    Abcd,
    /// Words swapped: the low word first.
    Cdab,
    /// Bytes swapped in every word.
    Badc,
    /// Both: little end first.
    Dcba,
}

impl Order {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Abcd, Self::Cdab, Self::Badc, Self::Dcba];

    /// `abcd`, `cdab`, `badc` or `dcba`, as in a map.
    pub fn word(self) -> &'static str {
        match self {
            Self::Abcd => "abcd",
            Self::Cdab => "cdab",
            Self::Badc => "badc",
            Self::Dcba => "dcba",
        }
    }

    /// The order of such a word, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.word().eq_ignore_ascii_case(word))
    }

    /// Of the two swaps.
    pub fn of(bytes_swapped: bool, words_swapped: bool) -> Self {
        match (bytes_swapped, words_swapped) {
            (false, false) => Self::Abcd,
            (false, true) => Self::Cdab,
            (true, false) => Self::Badc,
            (true, true) => Self::Dcba,
        }
    }

    /// In each word the low byte comes first.
    pub fn bytes_swapped(self) -> bool {
        matches!(self, Self::Badc | Self::Dcba)
    }

    /// The low word comes first.
    pub fn words_swapped(self) -> bool {
        matches!(self, Self::Cdab | Self::Dcba)
    }
}

/// Whether a person may write a point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// Nobody may.
    #[default]
    Off,
    /// With code 5 (a coil) or 6 (a register).
    Single,
    /// With code 15 (coils) or 16 (registers).
    Multiple,
}

impl Write {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Single, Self::Multiple];

    /// `off`, `single` or `multiple`, as in a map.
    pub fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Single => "single",
            Self::Multiple => "multiple",
        }
    }

    /// Of such a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|write| write.word() == word)
    }
}

/// A finite number that equals itself, so that two setups can be compared.
#[derive(Clone, Copy, Debug)]
pub struct Real(f64);

impl Real {
    /// The number, where it is finite.
    pub fn new(value: f64) -> Option<Self> {
        // One zero is enough.
        value.is_finite().then_some(Self(if value == 0.0 { 0.0 } else { value }))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    fn one() -> Self {
        Self(1.0)
    }

    fn is_one(&self) -> bool {
        self.0 == 1.0
    }
}

impl Default for Real {
    fn default() -> Self {
        Self(0.0)
    }
}

impl PartialEq for Real {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Real {}

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // A whole number is written as a person writes it.
        if self.0.fract() == 0.0 && self.0.abs() < 1e15 {
            to.serialize_i64(self.0 as i64)
        } else {
            to.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(from)?;
        Self::new(value).ok_or_else(|| serde::de::Error::custom("a number that is not finite"))
    }
}

impl Point {
    /// One register, as it is.
    pub fn new(code: &str, table: Table, address: u16) -> Self {
        Self {
            code: code.to_owned(),
            unit: None,
            table,
            address,
            count: 1,
            kind: if table.is_bits() { Kind::Bits } else { Kind::U16 },
            order: Order::default(),
            scale: Real::one(),
            offset: Real::default(),
            bit: None,
            bits: 1,
            no_value: None,
            every_ms: None,
            write: Write::Off,
            write_min: None,
            write_max: None,
        }
    }

    /// How many objects it takes.
    pub fn objects(&self) -> u16 {
        self.kind.registers().unwrap_or(self.count).max(1)
    }

    /// The object after its last.
    pub fn end(&self) -> u32 {
        u32::from(self.address) + u32::from(self.objects())
    }

    /// The code that writes it, where it may be written.
    pub fn write_code(&self) -> Option<u8> {
        match (self.write, self.table) {
            (Write::Single, Table::Coil) => Some(5),
            (Write::Multiple, Table::Coil) => Some(15),
            (Write::Single, Table::Holding) => Some(6),
            (Write::Multiple, Table::Holding) => Some(16),
            _ => None,
        }
    }

    /// Why it can't be, in a sentence; `None`: it can. `timing` is that of its slave.
    pub fn wrong(&self, timing: &Timing) -> Option<String> {
        let code = &self.code;
        let say = |what: &str| Some(format!("The point {code} {what}."));
        if code.trim().is_empty() || code.trim() != code {
            return Some(format!("A point at {} has no name.", super::reference(self.table, self.address)));
        }
        if code.len() > NAME_BYTES_MAX || code.chars().any(char::is_control) {
            return say("has a name that is too long or holds control characters");
        }
        let bits = self.table.is_bits();
        if bits != (self.kind == Kind::Bits) {
            return say(if bits {
                "is a coil or an input, whose kind is bits"
            } else {
                "is of registers, whose kind is a number or text; a field of bits is a whole number with its first bit"
            });
        }
        let (most, least) = match self.kind {
            Kind::Bits => (16.min(timing.bits_max), 1),
            Kind::Text => (timing.registers_max, 1),
            _ => (timing.registers_max, 0),
        };
        if self.count < least || self.objects() > most {
            return say(&format!(
                "takes {} objects; at most {most} are read at once here",
                self.count.max(self.objects())
            ));
        }
        if self.end() > 65_536 {
            return say("ends beyond address 65535");
        }
        if self.scale.get() == 0.0 {
            return say("has the scale 0, which makes every value the same");
        }
        if let Some(bit) = self.bit {
            let wide = 16 * u32::from(self.kind.registers().unwrap_or(0));
            if !self.kind.is_whole()
                || self.bits == 0
                || self.bits > 32
                || u32::from(bit) + u32::from(self.bits) > wide
            {
                return say("has a field of bits that its number does not hold");
            }
        } else if self.bits != 1 {
            return say("has a width of bits but no first bit");
        }
        if self.every_ms.is_some_and(|every| !(50..=86_400_000).contains(&every)) {
            return say("is asked every 50 ms to a day");
        }
        if self.write != Write::Off {
            if self.write_code().is_none() {
                return say("can't be written: only coils and holding registers can");
            }
            if self.write == Write::Single && self.objects() > 1 {
                return say("takes several objects, which codes 15 and 16 write: its write is multiple");
            }
            if self.bit.is_some() || self.kind == Kind::Text {
                return say("is a field of bits or text, which is not written");
            }
        }
        if let (Some(least), Some(most)) = (self.write_min, self.write_max)
            && least > most
        {
            return say("has a least value to write above its greatest");
        }
        None
    }
}

impl Map {
    /// Nothing was said.
    pub fn is_default(&self) -> bool {
        is_default(self)
    }

    /// How a slave is asked.
    pub fn timing(&self, unit: u8) -> &Timing {
        self.slaves.get(&unit).unwrap_or(&self.timing)
    }

    /// The slave a point is of.
    pub fn unit_of(&self, point: &Point) -> u8 {
        point.unit.unwrap_or(self.unit)
    }

    /// Everything that can't be, in sentences; empty: it can all be.
    pub fn wrongs(&self) -> Vec<String> {
        let mut wrongs = Vec::new();
        if self.points.len() > POINTS_MAX {
            wrongs.push(format!("A device has at most {POINTS_MAX} points."));
            return wrongs;
        }
        for timing in self.slaves.values().chain([&self.timing]) {
            let fits = (10..=60_000).contains(&timing.timeout_ms)
                && timing.pause_ms <= 10_000
                && timing.retries <= 10
                && (1..=REGISTERS_MAX).contains(&timing.registers_max)
                && (1..=BITS_MAX).contains(&timing.bits_max)
                && timing.gap <= BITS_MAX;
            if !fits {
                wrongs.push(format!(
                    "A slave is waited for 10 to 60000 ms, rests at most 10000 ms, is asked again at most 10 times, and at once \
                     for at most {REGISTERS_MAX} registers or {BITS_MAX} bits."
                ));
            }
        }
        let mut names = BTreeSet::new();
        for point in &self.points {
            wrongs.extend(point.wrong(self.timing(self.unit_of(point))));
            if !names.insert(&point.code) {
                wrongs.push(format!("Two points are called {}.", point.code));
            }
        }
        wrongs
    }

    /// The first thing that can't be, if any.
    pub fn check(&self) -> Result<(), String> {
        self.wrongs().into_iter().next().map_or(Ok(()), Err)
    }
}
