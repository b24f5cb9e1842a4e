//! One measured value on its way from the wire to the record.

use crate::quality::{Extra, Judge, Tests};
use units::{ChannelId, DeviceId, Milli, Millis, Timestamp, ZoneId};

/// What the site knows of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSpec {
    /// Its row.
    pub id: ChannelId,
    /// The device that measures it.
    pub device: DeviceId,
    /// Its name on the wire, unique within the device.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The room it measures, if any.
    pub zone: Option<ZoneId>,
    /// Unit as shown: `°C`, `%`, `kW`.
    pub unit: String,
    /// Below this the sensor, not the room, is wrong.
    pub plausible_min: Milli,
    /// Above this the sensor, not the room, is wrong.
    pub plausible_max: Milli,
    /// The fastest credible change a minute.
    pub rate_per_minute_max: Option<Milli>,
    /// How often a reading is expected.
    pub interval: Millis,
}

/// Why a device gave no usable number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RawFault {
    /// The device itself says that the sensor is open, shorted or missing.
    SensorFault,
    /// The text in the value's place is not a number.
    NotANumber,
    /// A person said that the value is wrong; it is kept all the same.
    Rejected,
}

/// A value as the device sent it, before anybody judged it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawReading {
    /// The channel's name on the wire.
    pub code: String,
    /// The value, or why there is none.
    pub value: Result<Milli, RawFault>,
    /// When the device says it was measured.
    pub device_at: Option<Timestamp>,
    /// The device's own count, if it keeps one.
    pub sequence: Option<i64>,
}

/// Why a value is kept but not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// Outside the plausible range of the channel.
    OutOfRange,
    /// It moved faster than the room can.
    RateOfChange,
    /// The device's clock is far from ours.
    ClockDrift,
    /// The same device time and sequence came with another value.
    Conflict,
    /// It has not moved for longer than the quantity stands still.
    Stuck,
    /// Far from the readings before and after it, which agree with each other.
    Spike,
    /// The device said the same of the same instant before, under another number.
    Repeat,
    /// A person doubts it.
    Questioned,
}

/// How far a value is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quality {
    /// As good as the sensor.
    Good,
    /// Kept, marked, left out of alarms and averages.
    Suspect(Doubt),
    /// There is no number, or a person rejected it.
    Bad(RawFault),
    /// Nobody measured it: a person had the span filled in. Never stored as a reading, never counted as measured.
    Interpolated,
}

/// A judged value, ready for the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Whose value.
    pub channel: ChannelId,
    /// When it was true: the device's time where that is credible, else the arrival.
    pub at: Timestamp,
    /// When it reached us.
    pub arrived_at: Timestamp,
    /// Tells two readings of one instant apart: the device's count, else ours.
    pub sequence: i64,
    /// The value; `None` only with [`Quality::Bad`].
    pub value: Option<Milli>,
    /// How far it is believed.
    pub quality: Quality,
}

/// A device clock may be this far ahead of ours before we use our own.
pub const CLOCK_AHEAD_MAX: Millis = Millis::minutes(5);

/// Judges one raw value by its channel alone. Nothing is dropped: a value that can't be right is kept and marked. `previous` is the
/// last good reading of the channel; `own_sequence` is used where the device does not count. For a channel's stream, with the tests
/// that need more than one reading, see [`Judge`].
pub fn admit(
    raw: &RawReading,
    spec: &ChannelSpec,
    previous: Option<&Reading>,
    arrived_at: Timestamp,
    own_sequence: i64,
) -> Reading {
    let mut judge = Judge::new(Tests::of(spec, Extra::default()));
    if let Some(previous) = previous {
        judge.resume(previous);
    }
    judge.admit(raw, spec.id, arrived_at, own_sequence).0
}
