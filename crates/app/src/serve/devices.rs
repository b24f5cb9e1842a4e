//! Devices, ports and limits.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::secrets;
use crate::flows::telemetry::{DeviceSettings, client_number};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::*;
use domain::{Actor, AlarmRule, ChannelSpec, Priority};
use protocols::setup::{Language, Setup};
use std::sync::Arc;
use store::{Act, Device, Zone};
use units::{Milli, Millis};

impl Serve<ListDevices> for App {
    async fn serve(&self, _: ListDevices, _: &Actor) -> Result<Vec<DeviceRow>> {
        self.blocking(|inner| {
            let now = inner.now();
            let state = inner.live.lock();
            let mut rows: Vec<DeviceRow> =
                state.devices.values().map(|live| wire::devices::row(&state, live, now)).collect();
            let rank = |row: &DeviceRow| {
                ["Faulty", "Silent", "Late", "Waiting", "Up", "Off"]
                    .iter()
                    .position(|word| *word == row.state)
            };
            rows.sort_by_key(|row| (rank(row), row.name.clone()));
            Ok(rows)
        })
        .await
    }
}

impl Serve<GetDevice> for App {
    async fn serve(&self, call: GetDevice, _: &Actor) -> Result<DeviceDetail> {
        self.blocking(move |inner| {
            let now = inner.now();
            let state = inner.live.lock();
            let live = state.devices.get(&call.id).ok_or_else(|| Failure::not_found("device", call.id))?;
            Ok(DeviceDetail {
                row: wire::devices::row(&state, live, now),
                channels: state
                    .channels_of(call.id)
                    .iter()
                    .map(|spec| wire::environment::channel(&state, spec, now))
                    .collect(),
                tail: state
                    .status_of(call.id)
                    .map(|status| wire::devices::tail(&status.tail))
                    .unwrap_or_default(),
                unknown: live.unknown.iter().map(|(code, value)| (code.clone(), *value)).collect(),
                health: wire::devices::health(&state, live, now),
            })
        })
        .await
    }
}

impl Serve<WatchDevice> for App {
    async fn serve(&self, call: WatchDevice, _: &Actor) -> Result<DeviceWatch> {
        self.blocking(move |inner| {
            let mut state = inner.live.lock();
            let live =
                state.devices.get_mut(&call.id).ok_or_else(|| Failure::not_found("device", call.id))?;
            live.said.look(crate::clock::real_now());
            let said = live.said.after(call.said_after);
            let (connected, pieces) = state.heard(call.id, call.pieces_after);
            Ok(DeviceWatch {
                connected,
                pieces: pieces.into_iter().map(wire::devices::piece).collect(),
                said,
            })
        })
        .await
    }
}

impl Serve<ListPorts> for App {
    async fn serve(&self, _: ListPorts, _: &Actor) -> Result<Vec<PortRow>> {
        self.blocking(|inner| {
            let found = ingest::ports().map_err(|e| Failure::new(Code::Storage, e.to_string()))?;
            let state = inner.live.lock();
            let used = |port: &ingest::PortInfo| {
                let names = [Some(&port.path), port.stable.as_ref()];
                let mut devices = state.devices.values().map(|live| &live.device);
                devices
                    .find(|device| names.contains(&Some(&device.address)))
                    .map(|device| device.name.clone())
            };
            Ok(found
                .into_iter()
                .map(|port| PortRow {
                    used_by: used(&port),
                    path: port.path,
                    stable: port.stable,
                    description: port.description,
                    serial_number: port.serial_number,
                })
                .collect())
        })
        .await
    }
}

pub(super) fn check_interval(interval: Millis) -> Result<()> {
    if (100..=86_400_000).contains(&interval.0) {
        Ok(())
    } else {
        Err(Failure::bad_input("save the device: its interval is between 0.1 seconds and a day"))
    }
}

pub(super) fn parse(setup: &str) -> Result<Setup> {
    Setup::parse(setup).map_err(Failure::bad_input)
}

/// Several devices may be behind one address: the slaves of a Modbus line.
pub(super) fn shares(setup: &Setup) -> bool {
    matches!(setup.language, Language::ModbusTcp | Language::ModbusRtu)
}

pub(super) fn shares_of(device: &Device) -> bool {
    let settings: DeviceSettings = serde_json::from_str(&device.settings).unwrap_or_default();
    Setup::parse(&settings.setup).is_ok_and(|setup| shares(&setup))
}

fn check(name: &str, endpoint: &str, baud: u32, channels: &[NewChannel]) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Failure::bad_input("save the device: give it a name"));
    }
    ingest::Endpoint::parse(endpoint, baud).map_err(|e| Failure::bad_input(e.to_string()))?;
    if channels.len() > limits::CHANNELS_MAX {
        return Err(Failure::bad_input(format!(
            "save the device: at most {} channels",
            limits::CHANNELS_MAX
        )));
    }
    for channel in channels {
        if channel.code.trim().is_empty() {
            return Err(Failure::bad_input("save the channel: give its name on the wire"));
        }
        if let (Some(low), Some(high)) = (channel.low, channel.high)
            && low >= high
        {
            return Err(Failure::bad_input(format!(
                "save the channel {}: the low limit {low} is not below the high limit {high}",
                channel.code
            )));
        }
    }
    Ok(())
}

/// The word of an endpoint's driver.
pub(super) fn driver(endpoint: &str, baud: u32) -> Result<String> {
    let endpoint = ingest::Endpoint::parse(endpoint, baud).map_err(|e| Failure::bad_input(e.to_string()))?;
    Ok(endpoint.driver().to_owned())
}

/// The zone of a name, made where there is none.
fn zone(inner: &Inner, act: &Act, name: &str) -> Result<Option<units::ZoneId>> {
    let name = name.trim();
    if name.is_empty() {
        return Ok(None);
    }
    if let Some(known) = inner.store.records.zones()?.into_iter().find(|zone| zone.name == name) {
        return Ok(Some(known.id));
    }
    Ok(Some(
        inner
            .store
            .records
            .save_zone(act, &Zone { code: name.to_owned(), name: name.to_owned(), ..Zone::default() })?,
    ))
}

/// What a sensor of a unit can credibly say, and how fast it can move in a minute.
pub(super) fn plausible(unit: &str) -> (Milli, Milli, Option<Milli>) {
    match unit {
        "°C" => (Milli(-60_000), Milli(100_000), Some(Milli(5_000))),
        "%" => (Milli(0), Milli(100_000), None),
        "kW" => (Milli(-1_000_000), Milli(1_000_000), None),
        "mm/s" => (Milli(0), Milli(100_000), None),
        _ => (Milli(i64::MIN / 4), Milli(i64::MAX / 4), None),
    }
}

pub(super) fn add_channels(
    inner: &Inner,
    act: &Act,
    device: DeviceId,
    interval: Millis,
    channels: &[NewChannel],
) -> Result<()> {
    for new in channels {
        let (plausible_min, plausible_max, rate_per_minute_max) = plausible(&new.unit);
        let name = if new.name.trim().is_empty() { new.code.trim() } else { new.name.trim() };
        let mut spec = ChannelSpec {
            id: ChannelId(0),
            device,
            code: new.code.trim().to_owned(),
            name: name.to_owned(),
            zone: zone(inner, act, &new.zone)?,
            unit: new.unit.clone(),
            plausible_min,
            plausible_max,
            rate_per_minute_max,
            interval,
        };
        spec.id = inner.store.records.save_channel(act, &spec)?;
        let rule = AlarmRule {
            channel: spec.id,
            high: new.high,
            low: new.low,
            recovery_band: Milli(500),
            delay: Millis::minutes(5),
            priority: Priority::High,
            silence_max: Millis(interval.0.saturating_mul(3).max(60_000)),
        };
        inner.store.records.save_alarm_rule(act, &rule)?;
        let mut state = inner.live.lock();
        state.add_channel(spec);
        state.set_rule(rule);
    }
    Ok(())
}

pub(super) fn changed(inner: &Inner) {
    for topic in [Topic::Devices, Topic::Readings, Topic::Audit] {
        inner.bus.changed(topic);
    }
}

/// What a broker will know a new device by.
pub(super) fn client_number_of(inner: &Inner, name: &str) -> u64 {
    client_number(&format!("{} {} {}", inner.folder.display(), name, inner.now().0))
}

pub(super) fn code_of(name: &str, taken: &[Device]) -> String {
    let base: String = name.trim().chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let mut code = base.clone();
    let mut n = 2;
    while taken.iter().any(|device| device.code == code) {
        code = format!("{base}-{n}");
        n += 1;
    }
    code
}

impl Serve<AddDevice> for App {
    async fn serve(&self, call: AddDevice, by: &Actor) -> Result<DeviceId> {
        check(&call.name, &call.endpoint, call.baud, &call.channels)?;
        check_interval(call.interval)?;
        let setup = parse(&call.setup)?;
        let by = by.clone();
        self.blocking(move |inner: &Arc<Inner>| {
            let act = inner.act(&by);
            let known = inner.store.records.devices()?;
            if let Some(other) = known.iter().find(|device| {
                device.address == call.endpoint.trim() && !(shares(&setup) && shares_of(device))
            }) {
                return Err(Failure::new(
                    Code::Conflict,
                    format!(
                        "{} is used by {}; change or remove that device first",
                        call.endpoint, other.name
                    ),
                ));
            }
            let settings = DeviceSettings {
                baud: call.baud,
                interval_ms: call.interval.0,
                // The demo adds its own; what a person plugs in is real, on a demo site too.
                simulated: inner.settings().demo && by == Actor::system(),
                setup: setup.text(),
                client: client_number_of(inner, &call.name),
                token: String::new(),
            };
            let mut device = Device {
                code: code_of(&call.name, &known),
                name: call.name.trim().to_owned(),
                driver: driver(&call.endpoint, call.baud)?,
                address: call.endpoint.trim().to_owned(),
                settings: serde_json::to_string(&settings).map_err(|e| Failure::bug(e.to_string()))?,
                enabled: true,
                ..Device::default()
            };
            device.id = inner.store.records.save_device(&act, &device)?;
            let id = device.id;
            inner.live.lock().add_device(device, inner.now());
            add_channels(inner, &act, id, call.interval, &call.channels)?;
            inner.live.start(inner, id);
            changed(inner);
            Ok(id)
        })
        .await
    }
}

impl Serve<ChangeDevice> for App {
    async fn serve(&self, call: ChangeDevice, by: &Actor) -> Result<Done> {
        check(&call.name, &call.endpoint, call.baud, &call.add)?;
        let by = by.clone();
        self.blocking(move |inner: &Arc<Inner>| {
            let act = inner.act(&by);
            let mut device = inner.store.records.device(call.id)?;
            let mut settings: DeviceSettings = serde_json::from_str(&device.settings).unwrap_or_default();
            settings.baud = call.baud;
            if let Some(interval) = call.interval {
                check_interval(interval)?;
                settings.interval_ms = interval.0;
            }
            if let Some(setup) = &call.setup {
                let mut setup = parse(setup)?;
                // Whether a secret is kept is not the form's to say, see [`SetSecret`].
                setup.access.secret = secrets::needs(&settings);
                settings.setup = setup.text();
            }
            let before = device.clone();
            device.name = call.name.trim().to_owned();
            device.address = call.endpoint.trim().to_owned();
            device.driver = driver(&device.address, call.baud)?;
            device.enabled = call.enabled;
            device.settings = serde_json::to_string(&settings).map_err(|e| Failure::bug(e.to_string()))?;
            if device != before {
                inner.store.records.save_device(&act, &device)?;
                inner.live.lock().add_device(device, inner.now());
                inner.live.start(inner, call.id);
            }
            add_channels(inner, &act, call.id, Millis(settings.interval_ms), &call.add)?;
            changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<RemoveDevice> for App {
    async fn serve(&self, call: RemoveDevice, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let settings = inner.live.lock().devices.get(&call.id).map(|live| live.settings.clone());
            inner.store.records.remove_device(&inner.act_because(&by, &call.why), call.id)?;
            if let Some(settings) = settings {
                secrets::forget(inner, call.id, &settings);
            }
            inner.live.lock().remove_device(call.id);
            changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<ChangeLimits> for App {
    async fn serve(&self, call: ChangeLimits, by: &Actor) -> Result<Done> {
        let priority = wire::priority_of(&call.priority)?;
        if let (Some(low), Some(high)) = (call.low, call.high)
            && low >= high
        {
            return Err(Failure::bad_input(format!(
                "change the limits: the low limit {low} is not below the high limit {high}"
            )));
        }
        if call.recovery_band < Milli::ZERO || !(0..=86_400_000).contains(&call.delay.0) {
            return Err(Failure::bad_input(
                "change the limits: the recovery band is not negative, the delay at most a day",
            ));
        }
        let by = by.clone();
        self.blocking(move |inner| {
            let (mut rule, shown) = {
                let state = inner.live.lock();
                let spec = state
                    .specs
                    .get(&call.channel)
                    .ok_or_else(|| Failure::not_found("channel", call.channel))?;
                let silence_max = Millis(spec.interval.0.saturating_mul(3).max(60_000));
                let rule = state.rules.get(&call.channel).cloned().unwrap_or(AlarmRule {
                    channel: call.channel,
                    high: None,
                    low: None,
                    recovery_band: Milli::ZERO,
                    delay: Millis(0),
                    priority,
                    silence_max,
                });
                (rule, state.believed.shown(spec))
            };
            (rule.low, rule.high) = (
                call.low.map(|low| shown.typed(low, rule.low)),
                call.high.map(|high| shown.typed(high, rule.high)),
            );
            rule.recovery_band = shown.typed_difference(call.recovery_band, rule.recovery_band);
            (rule.delay, rule.priority) = (call.delay, priority);
            inner.store.records.save_alarm_rule(&inner.act_because(&by, &call.why), &rule)?;
            inner.live.lock().set_rule(rule);
            inner.bus.changed(Topic::Alarms);
            changed(inner);
            Ok(Done)
        })
        .await
    }
}
