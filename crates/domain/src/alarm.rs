//! Alarms: a limit, a delay, a recovery limit, and the record of one trouble from raised to cleared.

use units::{AlarmId, ChannelId, DeviceId, Milli, Millis, Timestamp};

/// How soon a person must act; the order is that of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// When there is time.
    Low,
    /// This shift.
    Medium,
    /// Within the hour.
    High,
    /// Now.
    Critical,
}

/// What kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlarmKind {
    /// Above the high limit for the delay.
    High,
    /// Below the low limit for the delay.
    Low,
    /// No reading for three expected intervals.
    NoData,
    /// The device can't be reached or speaks garbage.
    DeviceFault,
    /// A broker, port or listener that several devices share can't be reached; the first of them stands for it.
    EndpointLost,
    /// A calibration of the device's sensors ends soon, or has ended.
    Calibration,
    /// The site could not be backed up, or its last backup could not be restored.
    Backup,
    /// Our own recording is in trouble: disk full, queue shed.
    Recording,
    /// Readings on record came back damaged; they were set aside.
    Damage,
}

/// The limits of one channel; ISA-18.2: limit, delay and recovery limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmRule {
    /// The channel watched.
    pub channel: ChannelId,
    /// Alarm above this.
    pub high: Option<Milli>,
    /// Alarm below this.
    pub low: Option<Milli>,
    /// How far back inside the limit the value must come to recover.
    pub recovery_band: Milli,
    /// How long it must be outside before the alarm is raised, and inside before it clears.
    pub delay: Millis,
    /// How urgent.
    pub priority: Priority,
    /// Silence longer than this is an alarm of its own.
    pub silence_max: Millis,
}

/// Where a watched condition stands. Kept in the store, so that a restart loses nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlarmPhase {
    /// Inside the limits.
    #[default]
    Normal,
    /// Outside, not yet for the delay.
    Pending {
        /// Outside since.
        since: Timestamp,
    },
    /// Raised.
    Alarming {
        /// Raised at.
        since: Timestamp,
    },
    /// Back inside, not yet for the delay.
    Recovering {
        /// Raised at.
        since: Timestamp,
        /// Inside since.
        inside_since: Timestamp,
    },
}

/// What happened to an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmChange {
    /// It was raised.
    Raised,
    /// It went further out than before; the worst value is updated.
    Worsened,
    /// The condition is gone.
    Cleared,
}

/// One step of one alarm, caused by a batch of readings or by the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlarmTransition {
    /// What kind.
    pub kind: AlarmKind,
    /// The channel, where it is one channel's.
    pub channel: Option<ChannelId>,
    /// The device, where it is a device's.
    pub device: Option<DeviceId>,
    /// What happened.
    pub change: AlarmChange,
    /// When, in the time of the readings.
    pub at: Timestamp,
    /// The value that caused it.
    pub value: Option<Milli>,
    /// The limit in force then, kept on the record.
    pub limit: Option<Milli>,
    /// How urgent.
    pub priority: Priority,
}

/// An alarm on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its row.
    pub id: AlarmId,
    /// What kind.
    pub kind: AlarmKind,
    /// The channel, where it is one channel's.
    pub channel: Option<ChannelId>,
    /// The device, where it is a device's.
    pub device: Option<DeviceId>,
    /// How urgent.
    pub priority: Priority,
    /// Raised at.
    pub raised_at: Timestamp,
    /// The condition was gone at.
    pub cleared_at: Option<Timestamp>,
    /// The value furthest outside.
    pub worst: Option<Milli>,
    /// The limit in force when it was raised.
    pub limit: Option<Milli>,
    /// Seen by a person at.
    pub acknowledged_at: Option<Timestamp>,
    /// Who saw it.
    pub acknowledged_by: Option<String>,
    /// What they wrote.
    pub note: Option<String>,
    /// Kept off the list until.
    pub shelved_until: Option<Timestamp>,
}
