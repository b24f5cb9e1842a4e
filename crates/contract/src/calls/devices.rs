//! Devices and ports.

use crate::calls::{ChannelRow, FindingRow, Secret};
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
    /// `Waiting` (nothing came yet since the start), `Up`, `Late`, `Silent`, `Faulty` or `Off`.
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

impl DeviceRow {
    /// Whether it is asked for registers, on whatever wire.
    pub fn speaks_modbus(&self) -> bool {
        speaks_modbus(&self.setup)
    }
}

/// Whether a device with this setup is asked for registers.
pub fn speaks_modbus(setup: &str) -> bool {
    let setup: serde_json::Value = serde_json::from_str(setup).unwrap_or_default();
    setup["language"].as_str().is_some_and(|language| language.starts_with("modbus_"))
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
    /// How it fares.
    pub health: DeviceHealth,
}

/// How a device fares, beyond its state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceHealth {
    /// What went wrong, by kind, the newest first.
    pub errors: Vec<ErrorRow>,
    /// Spans without readings since the start, the newest first.
    pub gaps: Vec<GapRow>,
    /// Half of its last answers took no longer, ms.
    pub round_trip_p50_ms: Option<u32>,
    /// All but a twentieth took no longer, ms.
    pub round_trip_p95_ms: Option<u32>,
    /// By how much its clock moves in a day against ours, ms.
    pub drift_per_day: Option<Millis>,
}

/// One kind of error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRow {
    /// The counter's name: `lost`, `shed`, `suspect`, `no_value`, `rejected.bad_frames`, `rejected.garbage_bytes`,
    /// `rejected.unknown_channel`; drivers may have others.
    pub kind: String,
    /// How many since the device was added.
    pub count: u64,
    /// The last one at.
    pub last_at: Timestamp,
}

/// A span without readings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapRow {
    /// The last reading before it.
    pub from: Timestamp,
    /// The first after it; none while it lasts.
    pub to: Option<Timestamp>,
    /// `Silent`, `LineLost`, `Nonsense`, `SwitchedOff` or `NotRunning`.
    pub reason: String,
}

/// What a device says right now; asked again and again while somebody looks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WatchDevice {
    /// Which.
    pub id: DeviceId,
    /// Bytes after this piece.
    pub pieces_after: u64,
    /// Values after this one.
    pub said_after: u64,
}

/// What came, and what it was read as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceWatch {
    /// The line is open.
    pub connected: bool,
    /// Bytes, oldest first.
    pub pieces: Vec<PieceRow>,
    /// Values, oldest first. Kept only while somebody looks.
    pub said: Vec<SaidRow>,
}

/// Bytes that came in one piece.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceRow {
    /// Its number since the line was started; from 1.
    pub number: u64,
    /// When it came.
    pub at: Timestamp,
    /// The bytes, two hexadecimal digits each.
    pub hex: String,
}

/// One value as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidRow {
    /// Its number; from 1.
    pub number: u64,
    /// When it came.
    pub at: Timestamp,
    /// Its name on the wire.
    pub code: String,
    /// The channel that takes it; empty where none does.
    pub channel: String,
    /// The value.
    pub value: Option<Milli>,
    /// The channel's unit.
    pub unit: String,
    /// Empty, or why it is none or not believed: `SensorFault`, `NotANumber`, `Suspect`, `Unknown`.
    pub fault: String,
}

/// Opens an endpoint for some seconds and says what comes; nothing is stored, no device is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TestDevice {
    /// The device whose secret is used, where it has one already.
    #[serde(default)]
    pub id: Option<DeviceId>,
    /// Path, port name, or address with its scheme.
    pub endpoint: String,
    /// Bits a second.
    pub baud: u32,
    /// How often to ask, where it must be asked.
    pub interval: Millis,
    /// How it is read, as JSON.
    #[serde(default)]
    pub setup: String,
    /// A password or token, where one is needed; not kept.
    #[serde(default)]
    pub secret: Option<Secret>,
    /// For how long at most: 1 to 30. It ends early once enough came.
    pub seconds: u32,
}

/// What a test read found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceTest {
    /// The line opened, the broker let us in, the address answered.
    pub opened: bool,
    /// Why it did not, as the system said it.
    pub fault: Option<String>,
    /// What to think of it: `Values`, `NotOpened`, `NothingCame`, `OnlyGarbage`, `BadChecks`, `SomeBad`, `NoValues`, `Positions`,
    /// `Scans`, `InUse`.
    pub findings: Vec<String>,
    /// Who uses the port already.
    pub used_by: Option<String>,
    /// How long it was read, ms.
    pub took_ms: u32,
    /// How long the last answer took, ms, where it is asked.
    pub round_trip_ms: Option<u32>,
    /// Bytes that came.
    pub bytes: u64,
    /// Frames, messages or answers decoded.
    pub frames: u64,
    /// Those that could not be.
    pub bad_frames: u64,
    /// Bytes that belonged to none.
    pub garbage_bytes: u64,
    /// Positions of vehicles.
    pub positions: u64,
    /// Codes that were scanned, oldest first.
    pub scans: Vec<String>,
    /// What came, oldest first.
    pub pieces: Vec<PieceRow>,
    /// The last value of each name on the wire, by name; `number` counts how often it came.
    pub values: Vec<SaidRow>,
}

/// Ports of this machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListPorts {}

/// One port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortRow {
    /// Path or name.
    pub path: String,
    /// A name that stays with the device on any socket, where the system gives one: better to keep than the path.
    pub stable: Option<String>,
    /// Vendor and product, where it is USB.
    pub description: String,
    /// The device's serial number, where it tells.
    pub serial_number: Option<String>,
    /// The device that uses it.
    pub used_by: Option<String>,
}

/// Brokers that devices use, and one that answers on this machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListBrokers {}

/// One broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerRow {
    /// `mqtt://host:port` or `mqtts://host:port`.
    pub address: String,
    /// The devices behind it.
    pub devices: Vec<String>,
    /// It answers on this machine, whether or not a device uses it.
    pub here: bool,
}

/// What is known of common devices.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListTemplates {}

/// One common device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRow {
    /// Its short name, unique.
    pub id: String,
    /// The maker; empty for what many make.
    pub vendor: String,
    /// What it is.
    pub name: String,
    /// The same in Chinese.
    pub name_zh: String,
    /// Where its figures are from.
    pub source: String,
    /// What to look at before it speaks; may be empty.
    pub hint: String,
    /// The same in Chinese.
    pub hint_zh: String,
    /// How it is reached, to be filled in: `tcp://192.168.1.20:502`, `/dev/ttyUSB0`, …
    pub endpoint: String,
    /// Bits a second.
    pub baud: u32,
    /// Expected interval.
    pub interval: Millis,
    /// How it is read, as JSON.
    pub setup: String,
    /// Its channels.
    pub channels: Vec<TemplateChannel>,
}

/// A channel of a common device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateChannel {
    /// Its name on the wire.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// The same in Chinese.
    pub name_zh: String,
    /// Unit.
    pub unit: String,
}

/// Makes more devices like one: `{n}` in the patterns is the number, `{n:3}` with zeros before it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CloneDevice {
    /// The pattern's device.
    pub id: DeviceId,
    /// Their names: `Freezer {n}`.
    pub name: String,
    /// Their endpoints: `mqtt://10.0.0.7:1883/freezer/{n:2}/#`.
    pub endpoint: String,
    /// Their Modbus unit: `{n}`; empty for that of the pattern's device.
    #[serde(default)]
    pub unit: String,
    /// The first number.
    pub from: i64,
    /// The last number.
    pub to: i64,
    /// Only say what would come of it.
    pub dry_run: bool,
}

/// What comes of cloning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloneReport {
    /// Device by device.
    pub rows: Vec<CloneRow>,
    /// Those made; none where only asked, or where one can't be.
    pub made: Vec<DeviceId>,
}

/// One device to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloneRow {
    /// Its name.
    pub name: String,
    /// Its endpoint.
    pub endpoint: String,
    /// Its Modbus unit.
    pub unit: Option<u8>,
    /// Why it can't be: `NameTaken`, `EndpointTaken`, `BadEndpoint`, `BadUnit`.
    pub problem: Option<String>,
}

/// All devices with their channels and limits as CSV. Without secrets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportDevices {}

/// Adds and changes devices by a list as [`ExportDevices`] writes it: all of it or nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportDevices {
    /// The list.
    pub csv: String,
    /// Only say what would come of it.
    pub dry_run: bool,
}

/// What comes of a device list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceImport {
    /// Device by device.
    pub rows: Vec<ImportedDevice>,
    /// What is wrong with lines of it; with an `Error` among them nothing is done.
    pub findings: Vec<FindingRow>,
    /// It is done.
    pub done: bool,
}

/// One device of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedDevice {
    /// Its name.
    pub name: String,
    /// Its endpoint.
    pub endpoint: String,
    /// `New`, `Changed` or `Same`.
    pub change: String,
    /// Its channels in the list.
    pub channels: u32,
    /// Those that are new.
    pub channels_new: u32,
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
    /// Low limit, in the unit that the channel is shown in.
    pub low: Option<Milli>,
    /// High limit, as the low one.
    pub high: Option<Milli>,
    /// How far back inside to recover, as the limits.
    pub recovery_band: Milli,
    /// Delay.
    pub delay: Millis,
    /// `critical`, `high`, `medium`, `low`.
    pub priority: String,
    /// Why.
    pub why: String,
}

json_reply!(
    Vec<DeviceRow>,
    DeviceDetail,
    DeviceWatch,
    DeviceTest,
    Vec<PortRow>,
    Vec<BrokerRow>,
    Vec<TemplateRow>,
    CloneReport,
    DeviceImport
);
