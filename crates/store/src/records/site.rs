//! The site's zones, devices, channels and alarm rules.

use super::Records;
use crate::file::{first, need, rows, run};
use crate::words::{priority, priority_code, priority_word};
use crate::{Act, Result};
use domain::{AlarmRule, ChannelSpec};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use units::{ChannelId, DeviceId, Milli, Millis, ZoneId};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "site-1",
    // AUTOINCREMENT: readings and alarms in the other file go by these ids, so a removed one is never given again.
    "CREATE TABLE zone(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        code TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        area_m2 INTEGER
     );
     CREATE TABLE device(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        code TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        driver TEXT NOT NULL,
        address TEXT NOT NULL,
        settings TEXT NOT NULL,
        enabled INTEGER NOT NULL
     );
     CREATE TABLE channel(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        device INTEGER NOT NULL REFERENCES device(id),
        code TEXT NOT NULL,
        name TEXT NOT NULL,
        zone INTEGER REFERENCES zone(id),
        unit TEXT NOT NULL,
        plausible_min INTEGER NOT NULL,
        plausible_max INTEGER NOT NULL,
        rate_per_minute_max INTEGER,
        interval INTEGER NOT NULL,
        UNIQUE (device, code)
     );
     CREATE TABLE alarm_rule(
        channel INTEGER PRIMARY KEY REFERENCES channel(id),
        high INTEGER,
        low INTEGER,
        recovery_band INTEGER NOT NULL,
        delay INTEGER NOT NULL,
        priority INTEGER NOT NULL,
        silence_max INTEGER NOT NULL
     );",
)];

/// A room or zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    /// Its row; 0 before it is stored.
    pub id: ZoneId,
    /// Its short code, unique.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Floor area in square metres, if known.
    pub area_m2: Option<u32>,
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

/// A device with its channels and their rules, saved in one go. An id of 0 makes a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceSet {
    /// The device.
    pub device: Device,
    /// Its channels.
    pub channels: Vec<ChannelSet>,
}

/// A channel with its rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelSet {
    /// The channel; its device and zone are filled in.
    pub spec: ChannelSpec,
    /// Its rule; its channel is filled in.
    pub rule: AlarmRule,
    /// The name of its zone, made where there is none of that name; empty for none.
    pub zone: String,
}

const ZONE: &str = "SELECT id, code, name, area_m2 FROM zone";

fn zone(row: &Row<'_>) -> Result<Zone> {
    Ok(Zone { id: ZoneId(row.get(0)?), code: row.get(1)?, name: row.get(2)?, area_m2: row.get(3)? })
}

fn zone_json(zone: &Zone) -> Value {
    json!({ "code": zone.code, "name": zone.name, "area_m2": zone.area_m2 })
}

const DEVICE: &str = "SELECT id, code, name, driver, address, settings, enabled FROM device";

fn device(row: &Row<'_>) -> Result<Device> {
    Ok(Device {
        id: DeviceId(row.get(0)?),
        code: row.get(1)?,
        name: row.get(2)?,
        driver: row.get(3)?,
        address: row.get(4)?,
        settings: row.get(5)?,
        enabled: row.get(6)?,
    })
}

fn device_json(device: &Device) -> Value {
    json!({
        "code": device.code,
        "name": device.name,
        "driver": device.driver,
        "address": device.address,
        "settings": device.settings,
        "enabled": device.enabled,
    })
}

const CHANNEL: &str =
    "SELECT id, device, code, name, zone, unit, plausible_min, plausible_max, rate_per_minute_max,
    interval FROM channel";

fn channel(row: &Row<'_>) -> Result<ChannelSpec> {
    Ok(ChannelSpec {
        id: ChannelId(row.get(0)?),
        device: DeviceId(row.get(1)?),
        code: row.get(2)?,
        name: row.get(3)?,
        zone: row.get::<_, Option<i64>>(4)?.map(ZoneId),
        unit: row.get(5)?,
        plausible_min: Milli(row.get(6)?),
        plausible_max: Milli(row.get(7)?),
        rate_per_minute_max: row.get::<_, Option<i64>>(8)?.map(Milli),
        interval: Millis(row.get(9)?),
    })
}

fn channel_json(channel: &ChannelSpec) -> Value {
    json!({
        "device": channel.device,
        "code": channel.code,
        "name": channel.name,
        "zone": channel.zone,
        "unit": channel.unit,
        "plausible_min": channel.plausible_min,
        "plausible_max": channel.plausible_max,
        "rate_per_minute_max": channel.rate_per_minute_max,
        "interval": channel.interval,
    })
}

const RULE: &str = "SELECT channel, high, low, recovery_band, delay, priority, silence_max FROM alarm_rule";

fn rule(row: &Row<'_>) -> Result<AlarmRule> {
    Ok(AlarmRule {
        channel: ChannelId(row.get(0)?),
        high: row.get::<_, Option<i64>>(1)?.map(Milli),
        low: row.get::<_, Option<i64>>(2)?.map(Milli),
        recovery_band: Milli(row.get(3)?),
        delay: Millis(row.get(4)?),
        priority: priority(row.get(5)?)?,
        silence_max: Millis(row.get(6)?),
    })
}

fn rule_json(rule: &AlarmRule) -> Value {
    json!({
        "high": rule.high,
        "low": rule.low,
        "recovery_band": rule.recovery_band,
        "delay": rule.delay,
        "priority": priority_word(rule.priority),
        "silence_max": rule.silence_max,
    })
}

fn find_channel(db: &Connection, id: ChannelId) -> Result<Option<ChannelSpec>> {
    first(db, &format!("{CHANNEL} WHERE id = ?1"), [id.0], channel)
}

fn find_rule(db: &Connection, id: ChannelId) -> Result<Option<AlarmRule>> {
    first(db, &format!("{RULE} WHERE channel = ?1"), [id.0], rule)
}

/// What is stored under an id other than 0; it must be there.
fn old<T>(
    db: &Connection,
    id: i64,
    what: &str,
    sql: &str,
    map: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    if id == 0 {
        Ok(None)
    } else {
        need(first(db, &format!("{sql} WHERE id = ?1"), [id], map)?, what, id).map(Some)
    }
}

/// Writes a device's row over what it was; its id.
fn write_device(tx: &Connection, given: &Device, old: Option<&Device>) -> Result<DeviceId> {
    run(
        tx,
        "INSERT INTO device(id, code, name, driver, address, settings, enabled)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, driver = excluded.driver,
            address = excluded.address, settings = excluded.settings, enabled = excluded.enabled",
        params![
            old.map(|d| d.id.0),
            given.code,
            given.name,
            given.driver,
            given.address,
            given.settings,
            given.enabled
        ],
    )?;
    Ok(old.map_or_else(|| DeviceId(tx.last_insert_rowid()), |d| d.id))
}

/// Saves one device of several; what it was and what it is, as the audit has it.
fn save_set(tx: &Connection, set: &mut DeviceSet) -> Result<(Value, Value)> {
    let before = old(tx, set.device.id.0, "device", DEVICE, device)?;
    set.device.id = write_device(tx, &set.device, before.as_ref())?;
    let mut was = before.as_ref().map_or(Value::Null, device_json);
    let mut is = device_json(&set.device);
    let (mut channels_before, mut channels_after) = (Vec::new(), Vec::new());
    for channel in &mut set.channels {
        channel.spec.device = set.device.id;
        channel.spec.zone = zone_of(tx, &channel.zone)?;
        let known = if channel.spec.id.0 == 0 { None } else { find_channel(tx, channel.spec.id)? };
        let spec = &channel.spec;
        run(
            tx,
            "INSERT INTO channel(id, device, code, name, zone, unit, plausible_min, plausible_max,
                rate_per_minute_max, interval)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, zone = excluded.zone, unit = excluded.unit,
                interval = excluded.interval",
            params![
                known.as_ref().map(|k| k.id.0),
                spec.device.0,
                spec.code,
                spec.name,
                spec.zone.map(|z| z.0),
                spec.unit,
                spec.plausible_min.0,
                spec.plausible_max.0,
                spec.rate_per_minute_max.map(|r| r.0),
                spec.interval.0
            ],
        )?;
        if known.is_none() {
            channel.spec.id = ChannelId(tx.last_insert_rowid());
        }
        channel.rule.channel = channel.spec.id;
        let rule_before = find_rule(tx, channel.spec.id)?;
        let rule = &channel.rule;
        run(
            tx,
            "INSERT OR REPLACE INTO alarm_rule(channel, high, low, recovery_band, delay, priority, silence_max)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                rule.channel.0,
                rule.high.map(|v| v.0),
                rule.low.map(|v| v.0),
                rule.recovery_band.0,
                rule.delay.0,
                priority_code(rule.priority),
                rule.silence_max.0
            ],
        )?;
        if let Some(known) = known {
            let mut json = channel_json(&known);
            json["rule"] = rule_before.as_ref().map_or(Value::Null, rule_json);
            channels_before.push(json);
        }
        let mut json = channel_json(&channel.spec);
        json["rule"] = rule_json(&channel.rule);
        channels_after.push(json);
    }
    if !was.is_null() {
        was["channels"] = Value::from(channels_before);
    }
    is["id"] = json!(set.device.id);
    is["channels"] = Value::from(channels_after);
    Ok((was, is))
}

/// The zone of a name.
pub(crate) fn find_zone(db: &Connection, name: &str) -> Result<Option<ZoneId>> {
    let found = first(db, &format!("{ZONE} WHERE name = ?1 ORDER BY id"), [name.trim()], zone)?;
    Ok(found.map(|zone| zone.id))
}

/// The zone of a name, made where there is none; `None` without a name.
pub(crate) fn zone_of(tx: &Connection, name: &str) -> Result<Option<ZoneId>> {
    let name = name.trim();
    if name.is_empty() {
        return Ok(None);
    }
    if let Some(known) = find_zone(tx, name)? {
        return Ok(Some(known));
    }
    run(tx, "INSERT INTO zone(code, name) VALUES (?1, ?1)", [name])?;
    Ok(Some(ZoneId(tx.last_insert_rowid())))
}

impl Records {
    /// All zones, by code.
    pub fn zones(&self) -> Result<Vec<Zone>> {
        self.file.read("list zones", |db| rows(db, &format!("{ZONE} ORDER BY code"), [], zone))
    }

    /// Saves a zone; id 0 makes a new one.
    pub fn save_zone(&self, act: &Act, given: &Zone) -> Result<ZoneId> {
        let given = given.clone();
        self.change("save a zone", act, move |c| {
            let old = old(c.tx, given.id.0, "zone", ZONE, zone)?;
            if old.as_ref() == Some(&given) {
                return Ok(given.id);
            }
            run(
                c.tx,
                "INSERT INTO zone(id, code, name, area_m2) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO UPDATE SET code = excluded.code, name = excluded.name, area_m2 = excluded.area_m2",
                params![old.as_ref().map(|z| z.id.0), given.code, given.name, given.area_m2],
            )?;
            let id = old.as_ref().map_or_else(|| ZoneId(c.tx.last_insert_rowid()), |z| z.id);
            c.audit("zone.save", &format!("zone {id}"), old.as_ref().map(zone_json), Some(zone_json(&given)))?;
            Ok(id)
        })
    }

    /// Removes a zone; its channels stay, without a zone.
    pub fn remove_zone(&self, act: &Act, id: ZoneId) -> Result<()> {
        self.change("remove a zone", act, move |c| {
            let old = need(old(c.tx, id.0, "zone", ZONE, zone)?, "zone", id)?;
            run(c.tx, "UPDATE channel SET zone = NULL WHERE zone = ?1", [id.0])?;
            run(c.tx, "UPDATE bin SET zone = NULL WHERE zone = ?1", [id.0])?;
            run(c.tx, "DELETE FROM zone WHERE id = ?1", [id.0])?;
            c.audit("zone.remove", &format!("zone {id}"), Some(zone_json(&old)), None)
        })
    }

    /// All devices, by code.
    pub fn devices(&self) -> Result<Vec<Device>> {
        self.file.read("list devices", |db| rows(db, &format!("{DEVICE} ORDER BY code"), [], device))
    }

    /// One device.
    pub fn device(&self, id: DeviceId) -> Result<Device> {
        self.file.read("read a device", |db| need(old(db, id.0, "device", DEVICE, device)?, "device", id))
    }

    /// Saves a device; id 0 makes a new one.
    pub fn save_device(&self, act: &Act, given: &Device) -> Result<DeviceId> {
        let given = given.clone();
        self.change("save a device", act, move |c| {
            let old = old(c.tx, given.id.0, "device", DEVICE, device)?;
            if old.as_ref() == Some(&given) {
                return Ok(given.id);
            }
            let id = write_device(c.tx, &given, old.as_ref())?;
            c.audit(
                "device.save",
                &format!("device {id}"),
                old.as_ref().map(device_json),
                Some(device_json(&given)),
            )?;
            Ok(id)
        })
    }

    /// Saves devices with their channels and rules: all of them or none, as one audit record `what`. Answers with them as
    /// they are then, ids filled in.
    pub fn save_devices(&self, act: &Act, what: &str, given: &[DeviceSet]) -> Result<Vec<DeviceSet>> {
        let (what, mut sets) = (what.to_owned(), given.to_vec());
        self.change("save devices", act, move |c| {
            let (mut before, mut after) = (Vec::new(), Vec::new());
            for set in &mut sets {
                let (old, new) = save_set(c.tx, set)?;
                before.push(old);
                after.push(new);
            }
            let subject = format!("{} devices", sets.len());
            if !sets.is_empty() {
                let before = before.iter().any(|old| !old.is_null()).then(|| Value::from(before));
                c.audit(&what, &subject, before, Some(Value::from(after)))?;
            }
            Ok(sets)
        })
    }

    /// Removes a device with its channels and their rules. Readings stay.
    pub fn remove_device(&self, act: &Act, id: DeviceId) -> Result<()> {
        self.change("remove a device", act, move |c| {
            let gone = need(old(c.tx, id.0, "device", DEVICE, device)?, "device", id)?;
            let channels =
                rows(c.tx, &format!("{CHANNEL} WHERE device = ?1 ORDER BY code"), [id.0], channel)?;
            run(
                c.tx,
                "DELETE FROM alarm_rule WHERE channel IN (SELECT id FROM channel WHERE device = ?1)",
                [id.0],
            )?;
            run(c.tx, "DELETE FROM channel WHERE device = ?1", [id.0])?;
            run(c.tx, "DELETE FROM device WHERE id = ?1", [id.0])?;
            let mut json = device_json(&gone);
            json["channels"] = channels.iter().map(channel_json).collect();
            c.audit("device.remove", &format!("device {id}"), Some(json), None)
        })
    }

    /// All channels, by device and code.
    pub fn channels(&self) -> Result<Vec<ChannelSpec>> {
        self.file
            .read("list channels", |db| rows(db, &format!("{CHANNEL} ORDER BY device, code"), [], channel))
    }

    /// One channel.
    pub fn channel(&self, id: ChannelId) -> Result<ChannelSpec> {
        self.file.read("read a channel", |db| need(find_channel(db, id)?, "channel", id))
    }

    /// Saves a channel; id 0 makes a new one.
    pub fn save_channel(&self, act: &Act, given: &ChannelSpec) -> Result<ChannelId> {
        let given = given.clone();
        self.change("save a channel", act, move |c| {
            let old = old(c.tx, given.id.0, "channel", CHANNEL, channel)?;
            if old.as_ref() == Some(&given) {
                return Ok(given.id);
            }
            run(
                c.tx,
                "INSERT INTO channel(id, device, code, name, zone, unit, plausible_min, plausible_max,
                    rate_per_minute_max, interval)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
                 ON CONFLICT (id) DO UPDATE SET device = excluded.device, code = excluded.code, name = excluded.name,
                    zone = excluded.zone, unit = excluded.unit, plausible_min = excluded.plausible_min,
                    plausible_max = excluded.plausible_max, rate_per_minute_max = excluded.rate_per_minute_max,
                    interval = excluded.interval",
                params![
                    old.as_ref().map(|ch| ch.id.0),
                    given.device.0,
                    given.code,
                    given.name,
                    given.zone.map(|z| z.0),
                    given.unit,
                    given.plausible_min.0,
                    given.plausible_max.0,
                    given.rate_per_minute_max.map(|r| r.0),
                    given.interval.0
                ],
            )?;
            let id = old.as_ref().map_or_else(|| ChannelId(c.tx.last_insert_rowid()), |ch| ch.id);
            let subject = format!("channel {id}");
            c.audit("channel.save", &subject, old.as_ref().map(channel_json), Some(channel_json(&given)))?;
            Ok(id)
        })
    }

    /// Removes a channel with its rule. Readings stay.
    pub fn remove_channel(&self, act: &Act, id: ChannelId) -> Result<()> {
        self.change("remove a channel", act, move |c| {
            let old = need(find_channel(c.tx, id)?, "channel", id)?;
            run(c.tx, "DELETE FROM alarm_rule WHERE channel = ?1", [id.0])?;
            run(c.tx, "DELETE FROM channel WHERE id = ?1", [id.0])?;
            c.audit("channel.remove", &format!("channel {id}"), Some(channel_json(&old)), None)
        })
    }

    /// All alarm rules, by channel.
    pub fn alarm_rules(&self) -> Result<Vec<AlarmRule>> {
        self.file.read("list alarm rules", |db| rows(db, &format!("{RULE} ORDER BY channel"), [], rule))
    }

    /// Saves the rule of a channel.
    pub fn save_alarm_rule(&self, act: &Act, given: &AlarmRule) -> Result<()> {
        let given = given.clone();
        self.change("save an alarm rule", act, move |c| {
            need(find_channel(c.tx, given.channel)?, "channel", given.channel)?;
            let old = find_rule(c.tx, given.channel)?;
            if old.as_ref() == Some(&given) {
                return Ok(());
            }
            run(
                c.tx,
                "INSERT OR REPLACE INTO alarm_rule(channel, high, low, recovery_band, delay, priority, silence_max)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    given.channel.0,
                    given.high.map(|v| v.0),
                    given.low.map(|v| v.0),
                    given.recovery_band.0,
                    given.delay.0,
                    priority_code(given.priority),
                    given.silence_max.0
                ],
            )?;
            let subject = format!("alarm rule of channel {}", given.channel);
            c.audit("alarm_rule.save", &subject, old.as_ref().map(rule_json), Some(rule_json(&given)))
        })
    }

    /// Removes the rule of a channel.
    pub fn remove_alarm_rule(&self, act: &Act, channel: ChannelId) -> Result<()> {
        self.change("remove an alarm rule", act, move |c| {
            let old = need(find_rule(c.tx, channel)?, "alarm rule of channel", channel)?;
            run(c.tx, "DELETE FROM alarm_rule WHERE channel = ?1", [channel.0])?;
            c.audit(
                "alarm_rule.remove",
                &format!("alarm rule of channel {channel}"),
                Some(rule_json(&old)),
                None,
            )
        })
    }
}
