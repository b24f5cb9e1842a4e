//! One measured value on its way from the wire to the record.

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
}

/// How far a value is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quality {
    /// As good as the sensor.
    Good,
    /// Kept, marked, left out of alarms and averages.
    Suspect(Doubt),
    /// There is no number.
    Bad(RawFault),
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

/// Judges one raw value. Nothing is dropped: a value that can't be right is kept and marked. `previous` is the last
/// good reading of the channel; `own_sequence` is used where the device does not count.
pub fn admit(
    raw: &RawReading,
    spec: &ChannelSpec,
    previous: Option<&Reading>,
    arrived_at: Timestamp,
    own_sequence: i64,
) -> Reading {
    let credible = raw.device_at.filter(|at| *at - arrived_at <= CLOCK_AHEAD_MAX);
    let at = credible.unwrap_or(arrived_at);
    let sequence = raw.sequence.unwrap_or(own_sequence);
    let (value, quality) = match raw.value {
        Err(fault) => (None, Quality::Bad(fault)),
        Ok(value) => {
            (Some(value), judge(value, at, raw.device_at.is_some() && credible.is_none(), spec, previous))
        }
    };
    Reading { channel: spec.id, at, arrived_at, sequence, value, quality }
}

fn judge(
    value: Milli,
    at: Timestamp,
    drifted: bool,
    spec: &ChannelSpec,
    previous: Option<&Reading>,
) -> Quality {
    if value < spec.plausible_min || value > spec.plausible_max {
        return Quality::Suspect(Doubt::OutOfRange);
    }
    if drifted {
        return Quality::Suspect(Doubt::ClockDrift);
    }
    let (Some(rate_max), Some(previous)) = (spec.rate_per_minute_max, previous) else { return Quality::Good };
    let (Some(before), Quality::Good) = (previous.value, previous.quality) else { return Quality::Good };
    let span = at - previous.at;
    // After a gap of several intervals the room may be anywhere; before the previous one we can't tell.
    if span.0 <= 0 || span.0 > spec.interval.0.saturating_mul(5).max(60_000) {
        return Quality::Good;
    }
    let moved = i128::from(value.0).abs_diff(i128::from(before.0));
    // The resolution of a sensor makes short spans look steep: allow at least half a minute's change.
    let allowed =
        u128::from(rate_max.0.unsigned_abs()) * u128::from(span.0.max(30_000).unsigned_abs()) / 60_000;
    if moved > allowed { Quality::Suspect(Doubt::RateOfChange) } else { Quality::Good }
}
