//! Devices and ports.

use crate::calls::ChannelRow;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{ChannelId, DeviceId, Milli, Millis, Timestamp};

/// Devices, those in trouble first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListDevices {}

/// One device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Which.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// `serial`, `tcp`, `mqtt` or `http`.
    pub driver: String,
    /// `/dev/ttyUSB0`, `COM3`, `tcp://host:port`, `mqtt://host:port/topic/filter` or `http://host:port/path`.
    pub endpoint: String,
    /// Bits a second, for serial lines.
    pub baud: u32,
    /// How it is read, as JSON; empty: as its address suggests.
    #[serde(default)]
    pub setup: String,
    /// Recording from it is on.
    pub enabled: bool,
    /// The line is open, the broker has let us in, the address has answered.
    pub connected: bool,
    /// `Up`, `Late`, `Silent`, `Faulty` or `Off`.
    pub state: String,
    /// What is wrong, as the system said it.
    pub fault: Option<String>,
    /// The last reading came at.
    pub last_seen: Option<Timestamp>,
    /// Expected interval.
    pub interval: Millis,
    /// Readings a second over the last ten seconds, in tenths.
    pub readings_per_s_tenths: u32,
    /// Channels.
    pub channels: u32,
    /// Frames, messages or answers decoded since the start.
    pub frames: u64,
    /// Those that failed their check or made no sense.
    pub bad_frames: u64,
    /// Bytes that belonged to no frame.
    pub garbage_bytes: u64,
    /// Times the line was opened again.
    pub reconnects: u64,
    /// Readings shed because the queue was full.
    pub shed: u64,
    /// Messages acknowledged to their broker since the start: what they said is stored.
    pub acknowledged: u64,
    /// How long the last answer took, ms, where the device is asked.
    pub round_trip_ms: Option<u32>,
    /// The device's clock less ours, ms.
    pub clock_drift: Option<Millis>,
    /// It is simulated by the demo.
    pub simulated: bool,
}

/// All of one device.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetDevice {
    /// Which.
    pub id: DeviceId,
}

/// A device with its channels and what it last said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceDetail {
    /// The line of the list.
    pub row: DeviceRow,
    /// Its channels.
    pub channels: Vec<ChannelRow>,
    /// The last bytes as text, control characters escaped, newest last.
    pub tail: Vec<String>,
    /// Names on the wire that no channel takes, with their last value: one key adds them.
    pub unknown: Vec<(String, Option<Milli>)>,
}

/// Ports of this machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListPorts {}

/// One port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRow {
    /// Path or name.
    pub path: String,
    /// Vendor and product, where it is USB.
    pub description: String,
    /// The device that uses it.
    pub used_by: Option<String>,
}

/// A channel to be made with a device or added to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewChannel {
    /// Its name on the wire.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The room, made where there is none of that name; empty for none.
    pub zone: String,
    /// Unit.
    pub unit: String,
    /// Low limit.
    pub low: Option<Milli>,
    /// High limit.
    pub high: Option<Milli>,
}

/// Adds a device; answers with its number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AddDevice {
    /// Its name.
    pub name: String,
    /// Path, port name, `tcp://host:port`, `mqtt://host:port/topic/filter` or `http://host:port/path`.
    pub endpoint: String,
    /// Bits a second.
    pub baud: u32,
    /// Expected interval.
    pub interval: Millis,
    /// How it is read, as JSON; empty: as its address suggests.
    #[serde(default)]
    pub setup: String,
    /// Its channels; may be empty: names heard on the wire are offered.
    pub channels: Vec<NewChannel>,
}

/// Changes a device, adds channels to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeDevice {
    /// Which.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// Path, port name, `tcp://host:port`, `mqtt://host:port/topic/filter` or `http://host:port/path`.
    pub endpoint: String,
    /// Bits a second.
    pub baud: u32,
    /// Record from it.
    pub enabled: bool,
    /// Expected interval, if it changes.
    #[serde(default)]
    pub interval: Option<Millis>,
    /// How it is read, as JSON, if it changes.
    #[serde(default)]
    pub setup: Option<String>,
    /// Channels to add.
    pub add: Vec<NewChannel>,
}

/// Removes a device; its readings stay.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RemoveDevice {
    /// Which.
    pub id: DeviceId,
    /// Why.
    pub why: String,
}

/// Changes the limits of a channel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeLimits {
    /// Which.
    pub channel: ChannelId,
    /// Low limit.
    pub low: Option<Milli>,
    /// High limit.
    pub high: Option<Milli>,
    /// How far back inside to recover.
    pub recovery_band: Milli,
    /// Delay.
    pub delay: Millis,
    /// `critical`, `high`, `medium`, `low`.
    pub priority: String,
    /// Why.
    pub why: String,
}

json_reply!(Vec<DeviceRow>, DeviceDetail, Vec<PortRow>);
