//! Alarms.

use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{AlarmId, ChannelId, DeviceId, Milli, Millis, Timestamp};

/// Alarms, most urgent and newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListAlarms {
    /// The past ones instead of the open ones. Open: raised and not cleared, or cleared and not acknowledged.
    pub past: bool,
    /// At most so many.
    pub limit: u32,
}

/// One alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmRow {
    /// Its number.
    pub id: AlarmId,
    /// `High`, `Low`, `NoData`, `DeviceFault`, `EndpointLost`, `Backup`, `Recording`,
    /// `Calibration`, `Damage`.
    pub kind: String,
    /// `critical`, `high`, `medium`, `low`.
    pub priority: String,
    /// The channel, where it is one channel's.
    pub channel: Option<ChannelId>,
    /// Its name.
    pub channel_name: Option<String>,
    /// The room.
    pub zone_name: Option<String>,
    /// The device.
    pub device: Option<DeviceId>,
    /// Its name.
    pub device_name: Option<String>,
    /// The broker, port or address that several devices share, where it is gone.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The devices behind it.
    #[serde(default)]
    pub devices: Vec<String>,
    /// Unit of the values.
    pub unit: String,
    /// Raised at.
    pub raised_at: Timestamp,
    /// Condition gone at.
    pub cleared_at: Option<Timestamp>,
    /// The value furthest outside.
    pub worst: Option<Milli>,
    /// The value now.
    pub now: Option<Milli>,
    /// The limit in force when raised.
    pub limit: Option<Milli>,
    /// The delay in force.
    pub delay: Millis,
    /// Acknowledged at.
    pub acknowledged_at: Option<Timestamp>,
    /// By whom.
    pub acknowledged_by: Option<String>,
    /// Their note.
    pub note: Option<String>,
    /// Off the list until.
    pub shelved_until: Option<Timestamp>,
}

/// A person has seen it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AcknowledgeAlarm {
    /// Which.
    pub id: AlarmId,
    /// What they have to say.
    pub note: String,
}

/// Keeps it off the list for a while.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShelveAlarm {
    /// Which.
    pub id: AlarmId,
    /// For how long, 1 to 480 minutes.
    pub minutes: u32,
    /// Why.
    pub note: String,
}

json_reply!(Vec<AlarmRow>);
