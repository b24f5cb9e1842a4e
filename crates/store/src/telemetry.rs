//! What devices say: readings, their rollups, alarm phases and records, counters.

use crate::Result;
use crate::file::DataFile;
use domain::{Alarm, AlarmKind, AlarmPhase, AlarmTransition, Reading};
use std::ops::ControlFlow;
use units::{AlarmId, ChannelId, DeviceId, Milli, Timestamp};

/// The file of what devices say. Clones share it.
#[derive(Clone)]
pub struct Telemetry {
    pub(crate) file: DataFile,
}

/// What is written in one transaction: a batch of readings with what followed from it.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Judged readings, in any order, repeats allowed.
    pub readings: Vec<Reading>,
    /// Alarm changes that these readings (or the clock) caused, in order.
    pub transitions: Vec<AlarmTransition>,
    /// Where the watched conditions stand after it; a `Normal` phase removes the row.
    pub phases: Vec<SavedPhase>,
    /// What to add to the counters.
    pub counters: Vec<CounterDelta>,
}

/// Where one watched condition stands, as kept over a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedPhase {
    /// What kind of condition.
    pub kind: AlarmKind,
    /// The channel, where it is one channel's.
    pub channel: Option<ChannelId>,
    /// The device, where it is a device's.
    pub device: Option<DeviceId>,
    /// Where it stands.
    pub phase: AlarmPhase,
    /// The value furthest outside so far.
    pub worst: Option<Milli>,
}

/// Adds to one counter of one device (`DeviceId(0)`: of the site).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CounterDelta {
    /// Whose.
    pub device: DeviceId,
    /// Of what: `lines`, `rejected.crc`, `shed`, `reconnects`, …
    pub name: String,
    /// How many more.
    pub by: i64,
    /// When it was counted.
    pub at: Timestamp,
}

/// One counter as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Whose.
    pub device: DeviceId,
    /// Of what.
    pub name: String,
    /// How many since the site began.
    pub value: i64,
    /// When it was last added to.
    pub last_at: Timestamp,
}

/// What became of a batch; it exists only after COMMIT.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appended {
    /// Readings that are new rows, conflicts included.
    pub stored: u64,
    /// Readings that were there already, with the same value.
    pub duplicates: u64,
    /// Readings whose key was there with another value: both are kept, both are suspect.
    pub conflicts: u64,
    /// Alarm records raised, worsened or cleared, as they now are (without what people did to them).
    pub alarms: Vec<Alarm>,
}

/// One step of a drawn series. Times without readings have no bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its first instant.
    pub at: Timestamp,
    /// The smallest good value; `None` where all were suspect or bad.
    pub min: Option<Milli>,
    /// The largest good value.
    pub max: Option<Milli>,
    /// The mean of the good values, rounded to a thousandth.
    pub mean: Option<Milli>,
    /// The latest good value.
    pub last: Option<Milli>,
    /// Good values.
    pub count: u32,
    /// Suspect and bad ones.
    pub suspect: u32,
}

/// How many readings are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Believed.
    pub good: u64,
    /// Kept with doubt.
    pub suspect: u64,
    /// Without a number.
    pub bad: u64,
}

impl Telemetry {
    /// Writes a batch in one transaction; returns after COMMIT. The same batch again changes nothing but counters.
    pub fn append(&self, batch: Batch) -> Result<Appended> {
        crate::file::later(batch)
    }

    /// The series of each channel in at most `buckets` steps over `from..to`, smallest and largest values kept.
    pub fn series(
        &self,
        channels: &[ChannelId],
        from: Timestamp,
        to: Timestamp,
        buckets: u32,
    ) -> Result<Vec<(ChannelId, Vec<Bucket>)>> {
        crate::file::later((channels, from, to, buckets))
    }

    /// The newest reading of a channel, whatever its quality.
    pub fn latest(&self, channel: ChannelId) -> Result<Option<Reading>> {
        crate::file::later(channel)
    }

    /// The newest good reading of a channel.
    pub fn latest_good(&self, channel: ChannelId) -> Result<Option<Reading>> {
        crate::file::later(channel)
    }

    /// The newest reading of every channel that has any, by channel.
    pub fn latest_all(&self) -> Result<Vec<Reading>> {
        crate::file::later(())
    }

    /// The first `limit` readings of a channel in `from..to`, in order of time.
    pub fn readings(
        &self,
        channel: ChannelId,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<Reading>> {
        crate::file::later((channel, from, to, limit))
    }

    /// Every reading of a channel in `from..to` in order of time, until told to break.
    pub fn for_each_reading(
        &self,
        channel: ChannelId,
        from: Timestamp,
        to: Timestamp,
        then: &mut dyn FnMut(&Reading) -> ControlFlow<()>,
    ) -> Result<()> {
        let _ = then;
        crate::file::later((channel, from, to))
    }

    /// How many readings are stored, of one channel or of all.
    pub fn totals(&self, channel: Option<ChannelId>) -> Result<Totals> {
        crate::file::later(channel)
    }

    /// Where the watched conditions stood at the last append; `Normal` ones are absent.
    pub fn phases(&self) -> Result<Vec<SavedPhase>> {
        crate::file::later(())
    }

    /// All counters, by device and name.
    pub fn counters(&self) -> Result<Vec<Counter>> {
        crate::file::later(())
    }

    /// Alarm records as devices made them, without what people did: see [`crate::Store::alarms`].
    pub(crate) fn bare_alarm(&self, id: AlarmId) -> Result<Alarm> {
        crate::file::later(id)
    }
}
