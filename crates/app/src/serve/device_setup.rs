//! Setting devices up: test reads, brokers, templates, many at once, lists in and out.

use super::devices::{
    check_interval, client_number_of, code_of, driver, parse, plausible, shares, shares_of,
};
use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::device_health::shared_endpoint;
use crate::flows::secrets;
use crate::flows::telemetry::DeviceSettings;
use crate::open::{App, Inner};
use crate::{limits, wire};
use base64::Engine;
use contract::*;
use domain::{Actor, AlarmRule, ChannelSpec, Finding, FindingCode, Priority, Severity};
use ingest::{Endpoint, LinkEvent, Message, Source};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use store::{ChannelSet, Device, DeviceSet};
use tokio::time::{Instant, timeout_at};
use units::{ChannelId, DeviceId, Milli, Millis};

/// What is known of common devices; each says where its figures are from.
const TEMPLATES: &str = include_str!("../../../../assets/device-templates.json");

/// A test read ends so long after the first values, so that those of a second topic or frame come too.
const ENOUGH: Duration = Duration::from_secs(2);

/// A line that does not open is given so long.
const OPENING: Duration = Duration::from_secs(6);

impl Serve<TestDevice> for App {
    async fn serve(&self, call: TestDevice, _: &Actor) -> Result<DeviceTest> {
        if !(1..=limits::TEST_SECONDS_MAX).contains(&call.seconds) {
            return Err(Failure::bad_input(format!(
                "test the device: read it for 1 to {} seconds",
                limits::TEST_SECONDS_MAX
            )));
        }
        check_interval(call.interval)?;
        let setup = parse(&call.setup)?;
        let endpoint =
            Endpoint::parse(&call.endpoint, call.baud).map_err(|e| Failure::bad_input(e.to_string()))?;
        if let Some(used_by) = self.port_in_use(&call.endpoint) {
            let findings = vec!["InUse".to_owned()];
            return Ok(DeviceTest { findings, used_by: Some(used_by), ..DeviceTest::default() });
        }
        let inner = self.0.clone();
        let clock = inner.clock.clone();
        let speed = u64::from(clock.speed().max(1));
        let given = call.secret.map(|secret| secret.0).filter(|secret| !secret.is_empty());
        let secret = match (given, call.id) {
            (None, Some(id)) if setup.access.secret => self.kept_secret(id).await?,
            (given, _) => given,
        };
        let source = Source {
            every: Duration::from_millis((call.interval.0.unsigned_abs() / speed).clamp(100, 2_000)),
            // Brokers let nobody in without a name. This one is used once, and the broker is told to keep nothing under it.
            client: format!("qm-{:016x}", client_number_of(&inner, &call.endpoint)),
            passing: true,
            setup,
            secret,
            ..Source::new(DeviceId(0), endpoint)
        };
        let (sender, receiver) = ingest::queue();
        let clock: ingest::Clock = Arc::new(move || clock.now());
        let driver = ingest::spawn(&inner.runtime, source, clock, sender, 0);
        let mut test = read(&driver, receiver, Duration::from_secs(u64::from(call.seconds))).await;
        let status = driver.status();
        test.pieces = driver.pieces(0).into_iter().map(wire::devices::piece).collect();
        driver.stopped().await;
        let counters = status.counters;
        test.opened |= status.connected;
        test.round_trip_ms =
            status.round_trip.map(|span| u32::try_from(span.as_millis()).unwrap_or(u32::MAX));
        (test.bytes, test.frames) = (counters.bytes, counters.frames);
        (test.bad_frames, test.garbage_bytes) = (counters.bad_frames, counters.garbage_bytes);
        test.fault = test.fault.or(status.last_error);
        test.findings = verdict(&test);
        Ok(test)
    }
}

impl App {
    /// The secret that a device has already.
    async fn kept_secret(&self, id: DeviceId) -> Result<Option<String>> {
        self.blocking(move |inner| {
            let settings = {
                let state = inner.live.lock();
                let live = state.devices.get(&id).ok_or_else(|| Failure::not_found("device", id))?;
                live.settings.clone()
            };
            secrets::of(inner, id, &settings).map_err(Failure::bad_input)
        })
        .await
    }

    /// Who has the port open, where only one can.
    fn port_in_use(&self, endpoint: &str) -> Option<String> {
        let endpoint = endpoint.trim();
        if endpoint.contains("://") {
            return None;
        }
        let real = |path: &str| std::fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let wanted = real(endpoint);
        let others: Vec<(String, String)> = {
            let state = self.0.live.lock();
            let on = state.devices.values().filter(|live| live.device.enabled);
            on.map(|live| (live.device.name.clone(), live.device.address.clone())).collect()
        };
        others
            .into_iter()
            .find(|(_, address)| !address.contains("://") && real(address) == wanted)
            .map(|(name, _)| name)
    }
}

/// Listens until enough came, the time is over, or the line does not open.
async fn read(
    driver: &ingest::Driver,
    mut receiver: tokio::sync::mpsc::Receiver<Message>,
    longest: Duration,
) -> DeviceTest {
    let begun = Instant::now();
    let mut until = begun + longest;
    let mut test = DeviceTest::default();
    let mut values: BTreeMap<String, SaidRow> = BTreeMap::new();
    while let Ok(Some(message)) = timeout_at(until, receiver.recv()).await {
        match message {
            Message::Arrival(arrival) => {
                for raw in &arrival.readings {
                    let known = values.get(&raw.code).map_or(0, |row| row.number);
                    if known == 0 && values.len() == limits::CHANNELS_MAX {
                        continue;
                    }
                    let mut row = wire::devices::said(raw, arrival.at, None, false);
                    // No channel knows it: that is no fault of a test.
                    if raw.value.is_ok() {
                        row.fault.clear();
                    }
                    values.insert(raw.code.clone(), SaidRow { number: known + 1, ..row });
                }
                until = until.min(Instant::now() + ENOUGH);
            }
            Message::Position { positions, .. } => {
                test.positions += positions.len() as u64;
                until = until.min(Instant::now() + ENOUGH);
            }
            Message::Receipt(receipt) => receipt.give(),
            Message::Scan(scan) => {
                test.scans.push(scan.scan.text);
                until = until.min(Instant::now() + ENOUGH);
            }
            Message::Link { event: LinkEvent::Opened, .. } => {
                test.opened = true;
                test.fault = None;
            }
            Message::Link { event: LinkEvent::Lost { reason }, .. } => {
                test.fault = Some(reason);
                // It may answer on the second try, but not much later.
                if !driver.status().connected && values.is_empty() {
                    until = until.min(begun + OPENING);
                }
            }
            Message::Link { .. } => {}
        }
    }
    test.took_ms = u32::try_from(begun.elapsed().as_millis()).unwrap_or(u32::MAX);
    test.values = values.into_values().collect();
    test
}

/// What to think of it, in codes.
fn verdict(test: &DeviceTest) -> Vec<String> {
    let good = test.values.iter().any(|row| row.value.is_some());
    let mut found = Vec::new();
    if good {
        found.push("Values");
    }
    if test.positions > 0 {
        found.push("Positions");
    }
    if !test.scans.is_empty() {
        found.push("Scans");
    }
    if found.is_empty() {
        found.push(match () {
            () if !test.opened && test.bytes == 0 => "NotOpened",
            () if test.bad_frames > 0 => "BadChecks",
            () if test.bytes == 0 && test.frames == 0 => "NothingCame",
            () if test.frames == 0 => "OnlyGarbage",
            () => "NoValues",
        });
    } else if test.bad_frames > 0 || test.garbage_bytes > 0 {
        found.push("SomeBad");
    }
    found.into_iter().map(str::to_owned).collect()
}

impl Serve<ListBrokers> for App {
    async fn serve(&self, _: ListBrokers, _: &Actor) -> Result<Vec<BrokerRow>> {
        const HERE: &str = "mqtt://127.0.0.1:1883";
        let here = ingest::answers("127.0.0.1:1883").await;
        let mut brokers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        if here {
            brokers.insert(HERE.to_owned(), Vec::new());
        }
        let state = self.0.live.lock();
        for live in state.devices.values().filter(|live| live.device.address.starts_with("mqtt")) {
            let address = shared_endpoint(&live.device.address).replace("://localhost", "://127.0.0.1");
            brokers.entry(address).or_default().push(live.device.name.clone());
        }
        Ok(brokers
            .into_iter()
            .map(|(address, devices)| BrokerRow { here: here && address == HERE, address, devices })
            .collect())
    }
}

/// A template as the file has it: its setup is JSON, not text.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    id: String,
    #[serde(default)]
    vendor: String,
    name: String,
    name_zh: String,
    source: String,
    #[serde(default)]
    hint: String,
    #[serde(default)]
    hint_zh: String,
    endpoint: String,
    #[serde(default = "usual_baud")]
    baud: u32,
    interval_ms: i64,
    #[serde(default)]
    setup: serde_json::Value,
    #[serde(default)]
    channels: Vec<(String, String, String, String)>,
}

fn usual_baud() -> u32 {
    9600
}

fn templates() -> Result<Vec<TemplateRow>> {
    let all: Vec<Template> = serde_json::from_str(TEMPLATES).map_err(|e| Failure::bug(e.to_string()))?;
    all.into_iter()
        .map(|one| {
            let text = if one.setup.is_null() { String::new() } else { one.setup.to_string() };
            let setup = parse(&text)?.text();
            Ok(TemplateRow {
                id: one.id,
                vendor: one.vendor,
                name: one.name,
                name_zh: one.name_zh,
                source: one.source,
                hint: one.hint,
                hint_zh: one.hint_zh,
                endpoint: one.endpoint,
                baud: one.baud,
                interval: Millis(one.interval_ms),
                setup,
                channels: one
                    .channels
                    .into_iter()
                    .map(|(code, name, name_zh, unit)| TemplateChannel { code, name, name_zh, unit })
                    .collect(),
            })
        })
        .collect()
}

impl Serve<ListTemplates> for App {
    async fn serve(&self, _: ListTemplates, _: &Actor) -> Result<Vec<TemplateRow>> {
        templates()
    }
}

/// A pattern with its numbers in place: `{n}`, and `{n:3}` with zeros before.
fn numbered(pattern: &str, n: i64) -> String {
    let mut text = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("{n") {
        text.push_str(before);
        let width = match after.split_once('}') {
            Some(("", _)) => Some(0),
            Some((width, _)) => width.strip_prefix(':').and_then(|width| width.parse().ok()),
            None => None,
        };
        match (width.filter(|width: &usize| *width <= 12), after.split_once('}')) {
            (Some(width), Some((_, after))) => {
                text.push_str(&format!("{n:0width$}"));
                rest = after;
            }
            _ => {
                text.push_str("{n");
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

/// A device as its settings say, at another address and by another name.
fn like(
    inner: &Inner,
    pattern: &Device,
    settings: &DeviceSettings,
    name: &str,
    endpoint: &str,
    taken: &[Device],
) -> Result<Device> {
    let settings =
        DeviceSettings { client: client_number_of(inner, name), token: String::new(), ..settings.clone() };
    Ok(Device {
        id: DeviceId(0),
        code: code_of(name, taken),
        name: name.trim().to_owned(),
        driver: driver(endpoint, settings.baud)?,
        address: endpoint.trim().to_owned(),
        settings: serde_json::to_string(&settings).map_err(|e| Failure::bug(e.to_string()))?,
        enabled: pattern.enabled,
    })
}

impl Serve<CloneDevice> for App {
    async fn serve(&self, call: CloneDevice, by: &Actor) -> Result<CloneReport> {
        let count = call.to.saturating_sub(call.from).saturating_add(1);
        if !(1..=limits::CLONES_MAX).contains(&count) {
            return Err(Failure::bad_input(format!(
                "clone the device: from a smaller to a larger number, at most {} devices",
                limits::CLONES_MAX
            )));
        }
        if !call.name.contains("{n") && count > 1 {
            return Err(Failure::bad_input(
                "clone the device: write {n} into the name where the number goes",
            ));
        }
        let by = by.clone();
        self.blocking(move |inner: &Arc<Inner>| {
            let pattern = inner.store.records.device(call.id)?;
            let settings: DeviceSettings = serde_json::from_str(&pattern.settings).unwrap_or_default();
            let setup = parse(&settings.setup)?;
            let known = inner.store.records.devices()?;
            let mut names: HashSet<String> = known.iter().map(|device| device.name.clone()).collect();
            let mut alone: HashSet<String> = known
                .iter()
                .filter(|device| !shares_of(device))
                .map(|device| device.address.clone())
                .collect();
            let mut units: HashSet<(String, u8)> = known
                .iter()
                .filter(|device| shares_of(device))
                .map(|device| (device.address.clone(), unit_of(device)))
                .collect();
            let (mut rows, mut sets, mut taken) = (Vec::new(), Vec::new(), known.clone());
            for n in call.from..=call.to {
                let name = numbered(&call.name, n).trim().to_owned();
                let endpoint = numbered(&call.endpoint, n).trim().to_owned();
                let said = numbered(&call.unit, n).trim().to_owned();
                let unit = if said.is_empty() { Some(setup.modbus.unit) } else { said.parse::<u8>().ok() };
                let address_free = match unit {
                    Some(unit) if shares(&setup) => {
                        !alone.contains(&endpoint) && units.insert((endpoint.clone(), unit))
                    }
                    _ => alone.insert(endpoint.clone()),
                };
                let problem = match () {
                    () if name.is_empty() || !names.insert(name.clone()) => Some("NameTaken"),
                    () if Endpoint::parse(&endpoint, settings.baud).is_err() => Some("BadEndpoint"),
                    () if unit.is_none_or(|unit| unit > 247) => Some("BadUnit"),
                    () if !address_free => Some("EndpointTaken"),
                    () => None,
                };
                let shown = unit.filter(|_| shares(&setup));
                if problem.is_none() {
                    let mut setup = setup.clone();
                    setup.modbus.unit = unit.unwrap_or(setup.modbus.unit);
                    let settings = DeviceSettings { setup: setup.text(), ..settings.clone() };
                    let device = like(inner, &pattern, &settings, &name, &endpoint, &taken)?;
                    taken.push(device.clone());
                    sets.push(DeviceSet { device, channels: channels_like(inner, call.id)? });
                }
                rows.push(CloneRow { name, endpoint, unit: shown, problem: problem.map(str::to_owned) });
            }
            let wrong = rows.iter().any(|row| row.problem.is_some());
            if call.dry_run || wrong {
                return Ok(CloneReport { rows, made: Vec::new() });
            }
            let saved = inner.store.records.save_devices(&inner.act(&by), "device.clone", &sets)?;
            let made = saved.iter().map(|set| set.device.id).collect();
            take_in(inner, saved);
            Ok(CloneReport { rows, made })
        })
        .await
    }
}

/// The Modbus unit a stored device is asked as.
fn unit_of(device: &Device) -> u8 {
    let settings: DeviceSettings = serde_json::from_str(&device.settings).unwrap_or_default();
    parse(&settings.setup).map(|setup| setup.modbus.unit).unwrap_or_default()
}

/// The channels and rules of a device, to be made anew.
fn channels_like(inner: &Inner, id: DeviceId) -> Result<Vec<ChannelSet>> {
    let zones = super::zone_names(inner)?;
    let state = inner.live.lock();
    Ok(state
        .channels_of(id)
        .into_iter()
        .map(|spec| ChannelSet {
            rule: state.rules.get(&spec.id).cloned().unwrap_or_else(|| usual_rule(spec.interval)),
            zone: spec.zone.and_then(|zone| zones.get(&zone).cloned()).unwrap_or_default(),
            spec: ChannelSpec { id: ChannelId(0), ..spec },
        })
        .collect())
}

/// What a new channel is held to before anybody says more.
pub(super) fn usual_rule(interval: Millis) -> AlarmRule {
    AlarmRule {
        channel: ChannelId(0),
        high: None,
        low: None,
        recovery_band: Milli(500),
        delay: Millis::minutes(5),
        priority: Priority::High,
        silence_max: Millis(interval.0.saturating_mul(3).max(60_000)),
    }
}

/// Devices that are saved, at work.
fn take_in(inner: &Arc<Inner>, saved: Vec<DeviceSet>) {
    for set in saved {
        let id = set.device.id;
        {
            let mut state = inner.live.lock();
            state.add_device(set.device, inner.now());
            for channel in set.channels {
                state.add_channel(channel.spec);
                state.set_rule(channel.rule);
            }
        }
        inner.live.start(inner, id);
    }
    for topic in [Topic::Devices, Topic::Readings, Topic::Alarms, Topic::Audit] {
        inner.bus.changed(topic);
    }
}

impl Serve<ExportDevices> for App {
    async fn serve(&self, _: ExportDevices, _: &Actor) -> Result<FileReply> {
        self.blocking(|inner| {
            let zones = super::zone_names(inner)?;
            let state = inner.live.lock();
            let mut rows: Vec<exchange::devices::DeviceRow> = state
                .devices
                .values()
                .map(|live| exchange::devices::DeviceRow {
                    line: 0,
                    name: live.device.name.clone(),
                    endpoint: without_token(&live.device.address),
                    baud: live.settings.baud,
                    interval: Millis(live.settings.interval_ms),
                    enabled: live.device.enabled,
                    setup: live.settings.setup.clone(),
                    channels: state
                        .channels_of(live.device.id)
                        .into_iter()
                        .map(|spec| {
                            let rule = state.rules.get(&spec.id);
                            exchange::devices::ChannelRow {
                                line: 0,
                                low: rule.and_then(|rule| rule.low),
                                high: rule.and_then(|rule| rule.high),
                                code: spec.code,
                                name: spec.name,
                                room: spec
                                    .zone
                                    .and_then(|zone| zones.get(&zone).cloned())
                                    .unwrap_or_default(),
                                unit: spec.unit,
                            }
                        })
                        .collect(),
                })
                .collect();
            drop(state);
            rows.sort_by(|a, b| a.name.cmp(&b.name));
            let bytes = exchange::devices::write(&rows, exchange::WriteOptions::default());
            Ok(FileReply {
                name: "devices.csv".to_owned(),
                media: "text/csv".to_owned(),
                base64: base64::engine::general_purpose::STANDARD.encode(bytes),
            })
        })
        .await
    }
}

/// An address without what lets anybody in who knows it: the token of our own listener.
fn without_token(address: &str) -> String {
    match address.split_once("://") {
        Some(("listen", rest)) => {
            let after = rest.find('/').map_or("", |at| &rest[at..]);
            format!("listen://{after}")
        }
        _ => address.to_owned(),
    }
}

impl Serve<ImportDevices> for App {
    async fn serve(&self, call: ImportDevices, by: &Actor) -> Result<DeviceImport> {
        let by = by.clone();
        self.blocking(move |inner: &Arc<Inner>| {
            let (listed, mut findings) = exchange::devices::parse(&call.csv);
            let known = inner.store.records.devices()?;
            let mut taken = known.clone();
            let zones = super::zone_names(inner)?;
            let (mut rows, mut sets) = (Vec::new(), Vec::new());
            let addresses = addresses_after(&known, &listed);
            for row in &listed {
                let old = known.iter().find(|device| device.name == row.name);
                let Some(set) = imported(inner, row, old, &taken, &addresses, &mut findings) else {
                    continue;
                };
                taken.push(set.device.clone());
                let new = set.channels.iter().filter(|channel| channel.spec.id.0 == 0).count();
                let change = match old {
                    None => "New",
                    Some(old) if *old != set.device || differs(inner, &set, &zones) => "Changed",
                    Some(_) => "Same",
                };
                rows.push(ImportedDevice {
                    name: set.device.name.clone(),
                    endpoint: set.device.address.clone(),
                    change: change.to_owned(),
                    channels: u32::try_from(row.channels.len()).unwrap_or(u32::MAX),
                    channels_new: u32::try_from(new).unwrap_or(u32::MAX),
                });
                if change != "Same" {
                    sets.push(set);
                }
            }
            let wrong = findings.iter().any(|finding| finding.severity == Severity::Error);
            let done = !call.dry_run && !wrong;
            if done {
                let saved = inner.store.records.save_devices(&inner.act(&by), "device.import", &sets)?;
                take_in(inner, saved);
            }
            findings.truncate(limits::FINDINGS_SHOWN_MAX);
            Ok(DeviceImport { rows, findings: findings.iter().map(wire::finding).collect(), done })
        })
        .await
    }
}

/// Who is at each address once the list is in: those of the list, and those it does not name.
fn addresses_after(
    known: &[Device],
    listed: &[exchange::devices::DeviceRow],
) -> HashMap<String, Vec<(String, bool)>> {
    let mut addresses: HashMap<String, Vec<(String, bool)>> = HashMap::new();
    for device in known.iter().filter(|device| listed.iter().all(|row| row.name != device.name)) {
        addresses.entry(device.address.clone()).or_default().push((device.name.clone(), shares_of(device)));
    }
    for row in listed {
        let shared = parse(&row.setup).is_ok_and(|setup| shares(&setup));
        addresses.entry(row.endpoint.clone()).or_default().push((row.name.clone(), shared));
    }
    addresses
}

/// One device of a list, as it would be; nothing where it can't be.
fn imported(
    inner: &Inner,
    row: &exchange::devices::DeviceRow,
    old: Option<&Device>,
    taken: &[Device],
    addresses: &HashMap<String, Vec<(String, bool)>>,
    findings: &mut Vec<Finding>,
) -> Option<DeviceSet> {
    let before = findings.len();
    let mut wrong = |code: FindingCode, subject: &str, detail: &str| {
        findings.push(Finding::at_line(code, Severity::Error, row.line, subject, detail));
    };
    // A list has no tokens: a device of our own listener keeps the one it has.
    let endpoint = match old {
        Some(old) if row.endpoint == without_token(&old.address) => old.address.clone(),
        _ => row.endpoint.clone(),
    };
    let word = driver(&endpoint, row.baud);
    if word.is_err() && !endpoint.is_empty() {
        wrong(FindingCode::NotAnEndpoint, "endpoint", &row.endpoint);
    }
    if check_interval(row.interval).is_err() {
        wrong(FindingCode::OutOfRange, "interval_s", &Milli(row.interval.0).to_string());
    }
    let setup = parse(&row.setup);
    if let Err(failure) = &setup {
        wrong(FindingCode::NotASetup, "setup", &failure.message);
    }
    if row.channels.len() > limits::CHANNELS_MAX {
        wrong(FindingCode::OutOfRange, "channel", &row.channels.len().to_string());
    }
    let others = addresses.get(&row.endpoint).map(Vec::as_slice).unwrap_or_default();
    let clash = others.iter().find(|(name, _)| *name != row.name);
    if let Some((name, _)) = clash.filter(|_| others.iter().any(|(_, shared)| !shared)) {
        wrong(FindingCode::Duplicate, "endpoint", &format!("{} · {name}", row.endpoint));
    }
    if findings.len() > before {
        return None;
    }
    let (word, setup) = (word.ok()?, setup.ok()?);
    let mut settings: DeviceSettings = match old {
        Some(old) => serde_json::from_str(&old.settings).unwrap_or_default(),
        None => DeviceSettings { client: client_number_of(inner, &row.name), ..DeviceSettings::default() },
    };
    (settings.baud, settings.interval_ms) = (row.baud, row.interval.0);
    settings.setup = setup.text();
    let device = Device {
        id: old.map_or(DeviceId(0), |old| old.id),
        code: old.map_or_else(|| code_of(&row.name, taken), |old| old.code.clone()),
        name: row.name.clone(),
        driver: word,
        address: endpoint,
        settings: serde_json::to_string(&settings).ok()?,
        enabled: row.enabled,
    };
    let state = inner.live.lock();
    let own = old.map(|old| state.channels_of(old.id)).unwrap_or_default();
    let channels = row
        .channels
        .iter()
        .map(|channel| {
            let known = own.iter().find(|spec| spec.code == channel.code);
            let (plausible_min, plausible_max, rate_per_minute_max) = plausible(&channel.unit);
            let spec = ChannelSpec {
                name: channel.name.clone(),
                unit: channel.unit.clone(),
                interval: row.interval,
                ..known.cloned().unwrap_or(ChannelSpec {
                    id: ChannelId(0),
                    device: device.id,
                    code: channel.code.clone(),
                    name: String::new(),
                    zone: None,
                    unit: String::new(),
                    plausible_min,
                    plausible_max,
                    rate_per_minute_max,
                    interval: row.interval,
                })
            };
            let rule = known.and_then(|spec| state.rules.get(&spec.id).cloned());
            let rule = AlarmRule {
                low: channel.low,
                high: channel.high,
                ..rule.unwrap_or_else(|| usual_rule(row.interval))
            };
            ChannelSet { spec, rule, zone: channel.room.clone() }
        })
        .collect();
    Some(DeviceSet { device, channels })
}

/// Whether a channel of it is new or another than it is now.
fn differs(inner: &Inner, set: &DeviceSet, zones: &HashMap<units::ZoneId, String>) -> bool {
    let state = inner.live.lock();
    set.channels.iter().any(|channel| {
        let now = state.specs.get(&channel.spec.id);
        let room =
            now.and_then(|spec| spec.zone).and_then(|zone| zones.get(&zone)).cloned().unwrap_or_default();
        now != Some(&channel.spec)
            || room != channel.zone.trim()
            || state.rules.get(&channel.spec.id) != Some(&channel.rule)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_where_the_pattern_says() {
        for (pattern, text) in [
            ("Freezer {n}", "Freezer 7"),
            ("mqtt://b:1883/freezer/{n:3}/#", "mqtt://b:1883/freezer/007/#"),
            ("tcp://10.0.{n}.{n}:502", "tcp://10.0.7.7:502"),
            ("{n:99} {n {x}", "{n:99} {n {x}"),
            ("{n:2}{n", "07{n"),
        ] {
            assert_eq!(numbered(pattern, 7), text);
        }
    }

    #[test]
    fn each_template_can_be_used() {
        let all = templates().expect("the file");
        assert!(all.len() >= 15, "{}", all.len());
        let ids: HashSet<&str> = all.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids.len(), all.len());
        for one in &all {
            assert!(!one.name.is_empty() && !one.name_zh.is_empty() && !one.source.is_empty(), "{}", one.id);
            assert_eq!(one.hint.is_empty(), one.hint_zh.is_empty(), "{}", one.id);
            Endpoint::parse(&one.endpoint, one.baud).unwrap_or_else(|e| panic!("{}: {e}", one.id));
            assert!(check_interval(one.interval).is_ok(), "{}", one.id);
            let setup = parse(&one.setup).unwrap_or_else(|e| panic!("{}: {}", one.id, e.message));
            assert_eq!(setup.modbus.check(), Ok(()), "{}", one.id);
            let codes: HashSet<&str> = one.channels.iter().map(|channel| channel.code.as_str()).collect();
            assert_eq!(codes.len(), one.channels.len(), "{}", one.id);
            for point in &setup.modbus.points {
                assert!(codes.contains(point.code.as_str()), "{}: {} has no channel", one.id, point.code);
            }
        }
    }

    #[test]
    fn a_list_has_no_tokens() {
        assert_eq!(without_token("listen://s3cret"), "listen://");
        assert_eq!(without_token("listen://s3cret/x"), "listen:///x");
        assert_eq!(without_token("mqtt://b:1883/x"), "mqtt://b:1883/x");
    }

    #[test]
    fn a_test_read_is_judged() {
        let value = |value| SaidRow {
            number: 1,
            at: units::Timestamp(0),
            code: "T1".into(),
            channel: String::new(),
            value,
            unit: String::new(),
            fault: String::new(),
        };
        let test = DeviceTest::default();
        assert_eq!(verdict(&test), ["NotOpened"]);
        let open = DeviceTest { opened: true, ..test };
        assert_eq!(verdict(&open), ["NothingCame"]);
        assert_eq!(verdict(&DeviceTest { bytes: 9, garbage_bytes: 9, ..open.clone() }), ["OnlyGarbage"]);
        assert_eq!(verdict(&DeviceTest { bytes: 9, bad_frames: 1, ..open.clone() }), ["BadChecks"]);
        assert_eq!(verdict(&DeviceTest { bytes: 9, frames: 1, ..open.clone() }), ["NoValues"]);
        let good = DeviceTest { bytes: 9, frames: 1, values: vec![value(Some(Milli(1)))], ..open };
        assert_eq!(verdict(&good), ["Values"]);
        assert_eq!(verdict(&DeviceTest { bad_frames: 1, ..good }), ["Values", "SomeBad"]);
    }
}
