//! How far readings are believed: the list of doubts, the tests of a channel and what they would do, calibrations, and what
//! people say of a span.

use crate::calls::LatestReading;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{ChannelId, Day, DeviceId, Milli, Millis, Timestamp};

/// Every channel with what is in doubt about it, the worst first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListQualityWork {}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityWork {
    /// Channels with a doubt that nobody has seen.
    pub open: u32,
    /// The channels.
    pub channels: Vec<QualityRow>,
}

/// A channel and its doubts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityRow {
    /// Which.
    pub channel: ChannelId,
    /// Its name.
    pub name: String,
    /// Its name on the wire.
    pub code: String,
    /// Its device.
    pub device: DeviceId,
    /// The device's name.
    pub device_name: String,
    /// The room.
    pub zone_name: Option<String>,
    /// The unit it is stored in.
    pub unit: String,
    /// The unit people read it in: its own, else the site's for what it measures, else the stored one.
    pub shown_unit: String,
    /// The newest value, in the stored unit, as all values of this page.
    pub latest: Option<LatestReading>,
    /// Nothing came for three expected intervals.
    pub stale: bool,
    /// What is in doubt, the worst first.
    pub issues: Vec<QualityIssue>,
}

/// One doubt about a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityIssue {
    /// `Stuck`, `OutOfRange`, `RateOfChange`, `Spike`, `Repeat`, `ClockDrift`, `Conflict`, `Questioned`, `NoNumber`, `Missing`,
    /// `DeviceClock`, `CalibrationExpired`, `CalibrationDue`, `UnitUnknown`, `NoLimits`.
    pub kind: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// The newest reading in doubt, or now where it lasts.
    pub at: Timestamp,
    /// Readings in doubt, of the last seven days.
    pub readings: u64,
    /// Days to the end of a calibration, or since then.
    pub days: Option<i32>,
    /// How far a clock is astray.
    pub amount: Option<Millis>,
    /// It lasts.
    pub now: bool,
    /// Somebody has seen it, and why it may stay.
    pub seen: Option<SeenRow>,
}

/// Who has seen a doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRow {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why it may stay.
    pub why: String,
}

/// The tests of one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityTests {
    /// Below this the sensor, not the room, is wrong.
    pub plausible_min: Milli,
    /// Above this the sensor, not the room, is wrong.
    pub plausible_max: Milli,
    /// The fastest credible change a minute.
    pub rate_per_minute_max: Option<Milli>,
    /// It is stuck when it has not moved for this long.
    pub stuck_after: Option<Millis>,
    /// It has not moved while it stays within this.
    pub stuck_band: Milli,
    /// At this value it may stand for ever.
    pub still_at: Option<Milli>,
    /// Further than this from both neighbours is a spike.
    pub spike: Option<Milli>,
    /// The same value for the same instant is a repeat.
    pub repeats: bool,
}

/// All that is known of how far a channel is believed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetChannelQuality {
    /// Which.
    pub channel: ChannelId,
    /// Looking back so many days, 1 to 90.
    pub days: u32,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelQuality {
    /// The channel with its doubts.
    pub row: QualityRow,
    /// How often a reading is expected.
    pub interval: Millis,
    /// Its tests.
    pub tests: QualityTests,
    /// What suits its unit.
    pub usual: QualityTests,
    /// The unit the device sends.
    pub raw_unit: String,
    /// The unit chosen for this channel to be shown in; empty: as the site has it.
    #[serde(default)]
    pub own_unit: String,
    /// Units it could be sent or shown in; empty where its unit is not known.
    pub units: Vec<String>,
    /// The newest value as the device sent it, before conversion and calibration.
    pub raw: Option<Milli>,
    /// Readings in doubt.
    pub spans: Vec<DoubtRow>,
    /// Calibrations, the newest first.
    pub calibrations: Vec<CalibrationRow>,
    /// What people said, the newest first.
    pub marks: Vec<MarkedSpan>,
    /// For a power: energy from readings, and over spans filled in, in thousandths of the unit times hours.
    pub energy: Option<(Milli, Milli)>,
}

/// Readings next to each other that are in doubt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtRow {
    /// As [`QualityIssue::kind`].
    pub kind: String,
    /// The first.
    pub from: Timestamp,
    /// The last.
    pub to: Timestamp,
    /// How many.
    pub readings: u32,
}

/// A calibration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalibrationRow {
    /// It acts on what arrives from here on.
    pub since: Timestamp,
    /// The slope in millionths.
    pub slope_millionths: i64,
    /// Added after the slope.
    pub offset: Milli,
    /// The number of the certificate.
    pub certificate: String,
    /// The laboratory.
    pub laboratory: String,
    /// The day it was done.
    pub done_on: Day,
    /// The last day it holds.
    pub expires_on: Option<Day>,
    /// SHA-256 of the certificate's file.
    pub file_sha256: Option<String>,
    /// Who entered it.
    pub by: String,
    /// It is the one in force.
    pub in_force: bool,
    /// `Valid`, `Due` or `Expired`.
    pub standing: String,
}

/// What a person said of a span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkedSpan {
    /// Which.
    pub id: i64,
    /// From.
    pub from: Timestamp,
    /// Until, which belongs to it.
    pub to: Timestamp,
    /// `Good`, `Suspect`, `Bad` or `Interpolated`.
    pub verdict: String,
    /// The ends of the line of an interpolated one.
    pub ends: Option<(Milli, Milli)>,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub why: String,
    /// Taken back at, by.
    pub taken_back: Option<(Timestamp, String)>,
}

/// What tests would do to the readings there are. Nothing is changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TryQuality {
    /// Of which channel.
    pub channel: ChannelId,
    /// Which tests.
    pub tests: QualityTests,
    /// Looking back so many days, 1 to 90.
    pub days: u32,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityTrial {
    /// From.
    pub from: Timestamp,
    /// Until.
    pub to: Timestamp,
    /// Readings with a number.
    pub readings: u64,
    /// Those that would be marked.
    pub marked: u64,
    /// Those without a number.
    pub bad: u64,
    /// Why they would be marked, and how many of each.
    pub kinds: Vec<(String, u64)>,
    /// Where.
    pub spans: Vec<DoubtRow>,
    /// Spans that are not in the list.
    pub spans_left_out: u64,
    /// There were more readings than are tried at once: the newest were not looked at.
    pub cut: bool,
}

/// Sets the tests of a channel and its units. Readings on record keep their marks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeQuality {
    /// Which.
    pub channel: ChannelId,
    /// Its tests.
    pub tests: QualityTests,
    /// The unit the device sends; empty: the stored one.
    pub raw_unit: String,
    /// The unit people read; empty: as the site has it.
    pub shown_unit: String,
    /// Why.
    pub why: String,
}

/// Sets a sensor right from now on, as a certificate says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddCalibration {
    /// Which.
    pub channel: ChannelId,
    /// Two points of the certificate, each what the sensor said and what was true; none: only the offset.
    pub points: Option<[(Milli, Milli); 2]>,
    /// Added to every value, where there are no points.
    pub offset: Milli,
    /// The number of the certificate.
    pub certificate: String,
    /// The laboratory.
    pub laboratory: String,
    /// The day it was done.
    pub done_on: Day,
    /// The last day it holds.
    pub expires_on: Option<Day>,
    /// SHA-256 of the certificate's file, in hex.
    pub file_sha256: Option<String>,
    /// Why.
    pub why: String,
}

/// Says of the readings of a span that they are good, suspect or bad, or has a straight line stand in for them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MarkReadings {
    /// Of which channel.
    pub channel: ChannelId,
    /// From.
    pub from: Timestamp,
    /// Until, which belongs to it.
    pub to: Timestamp,
    /// `Good`, `Suspect`, `Bad` or `Interpolated`.
    pub verdict: String,
    /// Why.
    pub why: String,
}

/// Takes back what was said of a span.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeBackMark {
    /// Which.
    pub id: i64,
    /// Why.
    pub why: String,
}

/// Says that a doubt was seen and may stay. It comes back when it is newer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SeeDoubt {
    /// Of which channel.
    pub channel: ChannelId,
    /// As [`QualityIssue::kind`].
    pub kind: String,
    /// Why it may stay.
    pub why: String,
}

json_reply!(QualityWork, ChannelQuality, QualityTrial);
