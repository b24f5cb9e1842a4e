//! Registers of Modbus devices: looked at, made into points, written.

use crate::calls::NewChannel;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{DeviceId, Milli};

/// Reads objects of a slave as they are, on the device's own line, and tries what they could be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadRegisters {
    /// The device whose line is used.
    pub device: DeviceId,
    /// The slave.
    pub unit: u8,
    /// `coil`, `discrete`, `input` or `holding`; may be left empty where the address is a reference.
    pub table: String,
    /// The first: from 0, `0x` hexadecimal, or a reference like `40001`.
    pub address: String,
    /// `auto`, `from_zero` or `reference`: how the address is written.
    pub notation: String,
    /// How many: 1 to 125 registers, 1 to 2000 bits.
    pub count: u16,
}

/// What a slave holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistersRead {
    /// How long the answer took, ms.
    pub took_ms: u32,
    /// The table it was.
    pub table: String,
    /// One row an object.
    pub objects: Vec<ObjectRow>,
}

/// One coil, input or register.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRow {
    /// From 0, as on the wire.
    pub address: u16,
    /// Both notations: `holding 0 (40001)`.
    pub shown: String,
    /// What it holds; a bit is 0 or 1.
    pub word: u16,
    /// The point that begins here, if any.
    pub point: String,
    /// What could begin here; empty for bits.
    pub tries: Vec<TryRow>,
}

/// A type, tried in the orders ABCD, CDAB, BADC and DCBA.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryRow {
    /// `u16` … `f64`, `text`.
    pub kind: String,
    /// What it would say.
    pub values: [String; 4],
    /// Whether measured values and counters look like that.
    pub likely: [bool; 4],
}

/// The points of a Modbus device, in the order of its map.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListPoints {
    /// Which.
    pub device: DeviceId,
}

/// The points, and how the slaves are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointPage {
    /// The slave of points that name none.
    pub unit: u8,
    /// The points.
    pub points: Vec<PointRow>,
    /// Requests that read them all: one a range.
    pub ranges: u32,
}

/// One value of a slave. What a person types is text; empty is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointFields {
    /// Its name on the wire.
    pub code: String,
    /// The slave; none: the device's.
    pub unit: Option<u8>,
    /// `coil`, `discrete`, `input` or `holding`.
    pub table: String,
    /// From 0.
    pub address: u16,
    /// Objects of text, coils and inputs.
    pub count: u16,
    /// `bits`, `u16`, `i16`, `u32`, `i32`, `u64`, `i64`, `f32`, `f64`, `text`.
    pub kind: String,
    /// `abcd`, `cdab`, `badc`, `dcba`.
    pub order: String,
    /// The raw number times this; decimal.
    pub scale: String,
    /// And plus this; decimal.
    pub offset: String,
    /// The first bit of a field.
    pub bit: Option<u8>,
    /// How many bits the field has.
    pub bits: u8,
    /// The raw number that means no value.
    pub no_value: Option<i64>,
    /// Asked this often, ms; none: as often as the device.
    pub every_ms: Option<u32>,
    /// `off`, `single` (codes 5 and 6), `multiple` (15 and 16).
    pub write: String,
    /// The least value that may be written.
    pub write_min: Option<Milli>,
    /// The greatest value that may be written.
    pub write_max: Option<Milli>,
}

/// A point as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointRow {
    /// What it is.
    pub fields: PointFields,
    /// Its address in both notations.
    pub shown: String,
    /// The channel that takes it; empty where none does.
    pub channel: String,
    /// The channel's unit.
    pub measure: String,
    /// Its newest value.
    pub value: Option<Milli>,
    /// What it says, where it is text.
    pub text: String,
    /// Why it can't be read, in words of the driver.
    pub problem: Option<String>,
    /// The code that writes it; none where nobody may.
    pub write_code: Option<u8>,
}

/// Adds a point, or changes one; with a channel, that is made too.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavePoint {
    /// Of which device.
    pub device: DeviceId,
    /// The name it had; empty for a new one.
    pub before: String,
    /// What it is now.
    pub point: PointFields,
    /// The channel to make; its code is the point's.
    pub channel: Option<NewChannel>,
    /// Why.
    pub why: String,
}

/// Removes a point; its channel and readings stay.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemovePoint {
    /// Of which device.
    pub device: DeviceId,
    /// Which.
    pub code: String,
    /// Why.
    pub why: String,
}

/// Reads a table of points: `code, unitId, functionCode, address, objectsCount, type, divider, byteOrder, wordOrder, pollPeriod …`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportPoints {
    /// Of which device.
    pub device: DeviceId,
    /// The table as text.
    pub text: String,
    /// `auto`, `from_zero` or `reference`: how addresses are written.
    pub notation: String,
    /// Those that are there already go, rather than being joined by name.
    pub replace: bool,
    /// Only say what would be.
    pub dry_run: bool,
}

/// What a table of points held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointImport {
    /// Points read.
    pub points: u32,
    /// Of these, new ones.
    pub added: u32,
    /// Rows that were not used: their line, and why in the words of the reader.
    pub findings: Vec<(u64, String)>,
}

/// The points as a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportPoints {
    /// Of which device.
    pub device: DeviceId,
}

/// Writes a point whose switch is on. What it held before, what was asked for and what it held afterwards go on record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WritePoint {
    /// Of which device.
    pub device: DeviceId,
    /// Which.
    pub code: String,
    /// The value, in the point's own unit.
    pub value: Milli,
    /// Why.
    pub why: String,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointWritten {
    /// The code it was written with.
    pub code: u8,
    /// What it held before.
    pub before: Option<Milli>,
    /// What it held when read back.
    pub after: Option<Milli>,
}

json_reply!(RegistersRead, PointPage, PointImport, PointWritten);
