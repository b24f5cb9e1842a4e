//! The site's zones, devices, channels and alarm rules.

use super::Records;
use crate::{Act, Result};
use domain::{AlarmRule, ChannelSpec};
use units::{ChannelId, DeviceId, ZoneId};

/// A room or zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    /// Its row; 0 before it is stored.
    pub id: ZoneId,
    /// Its short code, unique.
    pub code: String,
    /// Its name for people.
    pub name: String,
}

/// One thing on one wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// Its row; 0 before it is stored.
    pub id: DeviceId,
    /// Its short code, unique.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Which driver speaks to it: `serial-line`, `tcp-line`, …
    pub driver: String,
    /// Where: a port or `host:port`.
    pub address: String,
    /// The driver's own settings, as JSON.
    pub settings: String,
    /// Whether it is read.
    pub enabled: bool,
}

impl Records {
    /// All zones, by code.
    pub fn zones(&self) -> Result<Vec<Zone>> {
        crate::file::later(())
    }
    /// Saves a zone; id 0 makes a new one.
    pub fn save_zone(&self, act: &Act, zone: &Zone) -> Result<ZoneId> {
        crate::file::later((act, zone))
    }
    /// Removes a zone; its channels stay, without a zone.
    pub fn remove_zone(&self, act: &Act, id: ZoneId) -> Result<()> {
        crate::file::later((act, id))
    }
    /// All devices, by code.
    pub fn devices(&self) -> Result<Vec<Device>> {
        crate::file::later(())
    }
    /// One device.
    pub fn device(&self, id: DeviceId) -> Result<Device> {
        crate::file::later(id)
    }
    /// Saves a device; id 0 makes a new one.
    pub fn save_device(&self, act: &Act, device: &Device) -> Result<DeviceId> {
        crate::file::later((act, device))
    }
    /// Removes a device with its channels and their rules. Readings stay.
    pub fn remove_device(&self, act: &Act, id: DeviceId) -> Result<()> {
        crate::file::later((act, id))
    }
    /// All channels, by device and code.
    pub fn channels(&self) -> Result<Vec<ChannelSpec>> {
        crate::file::later(())
    }
    /// Saves a channel; id 0 makes a new one.
    pub fn save_channel(&self, act: &Act, channel: &ChannelSpec) -> Result<ChannelId> {
        crate::file::later((act, channel))
    }
    /// Removes a channel with its rule. Readings stay.
    pub fn remove_channel(&self, act: &Act, id: ChannelId) -> Result<()> {
        crate::file::later((act, id))
    }
    /// All alarm rules, by channel.
    pub fn alarm_rules(&self) -> Result<Vec<AlarmRule>> {
        crate::file::later(())
    }
    /// Saves the rule of a channel.
    pub fn save_alarm_rule(&self, act: &Act, rule: &AlarmRule) -> Result<()> {
        crate::file::later((act, rule))
    }
    /// Removes the rule of a channel.
    pub fn remove_alarm_rule(&self, act: &Act, channel: ChannelId) -> Result<()> {
        crate::file::later((act, channel))
    }
}
