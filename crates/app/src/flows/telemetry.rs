//! A reading's journey: queue → judged → alarms stepped → one transaction → event.

use crate::flows::device_health::{SaidLog, Tallies, shared_endpoint};
use crate::flows::quality::Believed;
use crate::flows::scan::{Heard, HeardScan};
use crate::flows::secrets;
use crate::limits;
use crate::open::Inner;
use crate::wire;
use contract::Topic;
use domain::{AlarmKind, AlarmRule, AlarmTransition, ChannelSpec, Priority, Quality, Reading};
use ingest::{Endpoint, LinkEvent, Message, Receipt, Source};
use monitor::alarms::{Saved, Watch};
use monitor::drift::Drift;
use monitor::endpoints::Member;
use monitor::health::{DeviceState, Health, Link};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::{Batch, CounterDelta, Device, SavedPhase, Store};
use tokio::sync::mpsc;
use units::{ChannelId, DeviceId, Milli, Millis, Timestamp};

/// What is known of the devices right now.
pub(crate) struct Live {
    state: Mutex<State>,
    sender: Mutex<Option<mpsc::Sender<Message>>>,
}

pub(crate) struct State {
    pub specs: HashMap<ChannelId, ChannelSpec>,
    codes: HashMap<(DeviceId, String), ChannelId>,
    pub rules: HashMap<ChannelId, AlarmRule>,
    pub devices: BTreeMap<DeviceId, DeviceLive>,
    pub latest: HashMap<ChannelId, Reading>,
    good: HashMap<ChannelId, Reading>,
    pub believed: Believed,
    pub recent: HashMap<ChannelId, VecDeque<(Timestamp, Milli)>>,
    watch: Watch,
    sequence: i64,
    stored: Rate,
    pub shed: u64,
    fault: Option<(&'static str, Timestamp)>,
    /// No interval is taken for shorter: what a clock that runs fast makes of a second.
    floor: Millis,
    /// Counted after a commit, written with the next.
    owed: Vec<CounterDelta>,
    /// What went wrong on record, by device: taken by the devices as they are added.
    tallies: HashMap<DeviceId, Tallies>,
    /// Devices that are no more, or elsewhere: their open alarms clear with the next turn.
    moved: Vec<(DeviceId, AlarmKind)>,
    /// An endpoint of several devices was lost: until all are well, lines are judged together.
    lines_lost: bool,
    /// What scanners read last, for those who wait for the next.
    pub heard: Heard,
}

/// One device at work.
pub(crate) struct DeviceLive {
    pub device: Device,
    pub settings: DeviceSettings,
    driver: Option<ingest::Driver>,
    pub health: Health,
    pub shown: DeviceState,
    pub tallies: Tallies,
    pub said: SaidLog,
    rate: Rate,
    pub unknown: BTreeMap<String, Option<Milli>>,
    /// What it scanned, oldest first.
    pub scans: VecDeque<(Timestamp, protocols::stream::Scan)>,
    pub drift: Drift,
    pub fault: Option<String>,
    shed_at: Option<Timestamp>,
}

/// The alarm that readings were shed stays for this long after the last one.
const SHED_ALARM_HOLDS: Millis = Millis::minutes(1);

/// A driver's own settings, kept as JSON with the device.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct DeviceSettings {
    pub baud: u32,
    pub interval_ms: i64,
    #[serde(default)]
    pub simulated: bool,
    /// What a broker knows us by, among all who read from it.
    #[serde(default)]
    pub client: u64,
    /// How it is read, see [`protocols::setup::Setup`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub setup: String,
    /// The hash of what those have to show who post for it; empty: nobody can.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub token: String,
}

impl Default for DeviceSettings {
    fn default() -> Self {
        Self {
            baud: 9600,
            interval_ms: 10_000,
            simulated: false,
            client: 0,
            setup: String::new(),
            token: String::new(),
        }
    }
}

/// Events a second over the last ten seconds of real time.
#[derive(Default)]
struct Rate(VecDeque<(i64, u64)>);

impl Rate {
    fn add(&mut self, now: Timestamp, count: u64) {
        let second = now.0 / 1000;
        match self.0.back_mut() {
            Some((last, sum)) if *last == second => *sum += count,
            _ => self.0.push_back((second, count)),
        }
        while self.0.len() > 11 {
            self.0.pop_front();
        }
    }

    fn tenths(&self, now: Timestamp) -> u32 {
        let second = now.0 / 1000;
        let sum: u64 =
            self.0.iter().filter(|(at, _)| (second - 10..second).contains(at)).map(|(_, sum)| sum).sum();
        u32::try_from(sum).unwrap_or(u32::MAX)
    }
}

/// What one turn of the drain has to write and to tell.
#[derive(Default)]
struct Turn {
    batch: Batch,
    devices_changed: bool,
    /// Given after the commit: a broker forgets then what it delivered.
    receipts: Vec<Receipt>,
}

impl Live {
    /// From the store: channels, rules, where alarms stood, the newest values.
    pub fn restore(
        store: &Store,
        now: Timestamp,
        speed: u32,
    ) -> crate::Result<(Self, mpsc::Receiver<Message>)> {
        let mut watch = Watch::new(now);
        let mut state = State {
            specs: HashMap::new(),
            codes: HashMap::new(),
            rules: HashMap::new(),
            devices: BTreeMap::new(),
            latest: HashMap::new(),
            good: HashMap::new(),
            believed: Believed::load(store)?,
            recent: HashMap::new(),
            sequence: now.0.saturating_mul(1000),
            stored: Rate::default(),
            shed: 0,
            floor: if speed > 1 { Millis::seconds(i64::from(speed) * 5) } else { Millis::seconds(1) },
            fault: None,
            owed: Vec::new(),
            tallies: HashMap::new(),
            moved: Vec::new(),
            lines_lost: true,
            heard: Heard::default(),
            watch: Watch::new(now),
        };
        for phase in store.telemetry.phases()? {
            let SavedPhase { kind, channel, device, phase, worst, reported } = phase;
            watch.restore(Saved { kind, channel, device, phase, worst, reported });
        }
        for spec in store.records.channels()? {
            state.believed.add(&spec);
        }
        for reading in store.telemetry.latest_all()? {
            if let Some(good) = store.telemetry.latest_good(reading.channel)? {
                watch.seen(good.channel, good.at);
                let from = good.at - Millis::minutes(30);
                let recent = store.telemetry.readings(
                    good.channel,
                    from,
                    good.at + Millis(1),
                    limits::RECENT_READINGS_MAX as u32,
                )?;
                state.believed.resume(good.channel, recent.iter());
                let recent = recent
                    .iter()
                    .filter(|r| r.quality == Quality::Good)
                    .filter_map(|r| Some((r.at, r.value?)))
                    .collect();
                state.recent.insert(good.channel, recent);
                state.good.insert(good.channel, good);
            }
            state.latest.insert(reading.channel, reading);
        }
        state.watch = watch;
        for counter in store.telemetry.counters()? {
            if counter.name == "shed" {
                state.shed += counter.value.unsigned_abs();
            }
            state.tallies.entry(counter.device).or_default().restore(&counter);
        }
        for device in store.records.devices()? {
            state.add_device(device, now);
        }
        for spec in store.records.channels()? {
            if let (Some(live), Some(latest)) =
                (state.devices.get_mut(&spec.device), state.latest.get(&spec.id))
            {
                live.health.known(latest.arrived_at);
            }
            state.add_channel(spec);
        }
        for rule in store.records.alarm_rules()? {
            state.set_rule(rule);
        }
        let (sender, receiver) = ingest::queue();
        Ok((Self { state: Mutex::new(state), sender: Mutex::new(Some(sender)) }, receiver))
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts every enabled device that does not run.
    pub fn start_all(&self, inner: &Arc<Inner>) {
        let idle = |live: &DeviceLive| live.driver.is_none();
        let ids: Vec<DeviceId> =
            self.lock().devices.iter().filter(|(_, live)| idle(live)).map(|(id, _)| *id).collect();
        for id in ids {
            self.start(inner, id);
        }
    }

    /// Starts, or starts anew, the driver of a device as its settings now are.
    pub fn start(&self, inner: &Arc<Inner>, id: DeviceId) {
        let Some(settings) = self.lock().devices.get(&id).map(|live| live.settings.clone()) else { return };
        if secrets::needs(&settings) && inner.secrets.state(inner) == vault::State::Keyring {
            // The keyring may ask a person first: nobody waits for that here.
            let inner = inner.clone();
            inner.runtime.clone().spawn_blocking(move || {
                let secret = secrets::of(&inner, id, &settings);
                inner.live.start_with(&inner, id, secret);
            });
            return;
        }
        self.start_with(inner, id, secrets::of(inner, id, &settings));
    }

    fn start_with(&self, inner: &Arc<Inner>, id: DeviceId, secret: Result<Option<String>, String>) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut state = self.lock();
        let (Some(live), Some(sender)) = (state.devices.get_mut(&id), sender) else { return };
        let previous = live.driver.take();
        live.fault = None;
        if !live.device.enabled {
            return;
        }
        let setup = protocols::setup::Setup::parse(&live.settings.setup);
        let endpoint = Endpoint::parse(&live.device.address, live.settings.baud).map_err(|e| e.to_string());
        match endpoint.and_then(|endpoint| Ok((endpoint, setup?, secret?))) {
            Ok((endpoint, setup, secret)) => {
                let clock = inner.clock.clone();
                let clock: ingest::Clock = Arc::new(move || clock.now());
                let seed = id.0.unsigned_abs();
                // A clock that runs fast has its devices asked more often.
                let speed = u64::from(inner.clock.speed().max(1));
                let interval = live.settings.interval_ms.unsigned_abs();
                let client = secrets::client_of(inner, id, &live.settings);
                let source = Source {
                    every: std::time::Duration::from_millis(interval / speed),
                    client: format!("qm-{client:016x}"),
                    setup,
                    secret,
                    hooks: inner.ears.hooks.clone(),
                    token: ingest::Token::from_hex(&live.settings.token),
                    ..Source::new(id, endpoint)
                };
                live.driver =
                    Some(ingest::spawn_after(previous, &inner.runtime, source, clock, sender, seed));
            }
            Err(reason) => live.fault = Some(reason),
        }
    }

    /// Stops every driver; the drain ends when what they sent is written.
    pub async fn stop_all(&self) {
        let drivers: Vec<ingest::Driver> =
            self.lock().devices.values_mut().filter_map(|live| live.driver.take()).collect();
        // All at once: one that waits for its last answer does not keep the next from being told.
        for driver in &drivers {
            driver.stop();
        }
        for driver in drivers {
            driver.stopped().await;
        }
        drop(self.sender.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl State {
    pub fn add_device(&mut self, device: Device, now: Timestamp) {
        let settings: DeviceSettings = serde_json::from_str(&device.settings).unwrap_or_default();
        let interval = Millis(settings.interval_ms.max(self.floor.0));
        let id = device.id;
        let live = match self.devices.remove(&id) {
            Some(mut live) => {
                live.health.expect(interval);
                if !device.enabled {
                    live.health.switched_off();
                }
                if device.address != live.device.address {
                    self.moved.push((id, AlarmKind::EndpointLost));
                }
                DeviceLive {
                    shown: live.health.state(now),
                    device,
                    settings,
                    rate: Rate::default(),
                    fault: None,
                    ..live
                }
            }
            None => DeviceLive {
                device,
                settings,
                driver: None,
                health: Health::new(interval),
                shown: DeviceState::Waiting,
                tallies: self.tallies.remove(&id).unwrap_or_default(),
                said: SaidLog::default(),
                rate: Rate::default(),
                unknown: BTreeMap::new(),
                scans: VecDeque::new(),
                drift: Drift::default(),
                fault: None,
                shed_at: None,
            },
        };
        self.devices.insert(id, live);
    }

    pub fn remove_device(&mut self, id: DeviceId) {
        self.devices.remove(&id);
        let kinds =
            [AlarmKind::DeviceFault, AlarmKind::EndpointLost, AlarmKind::Recording, AlarmKind::Calibration];
        self.moved.extend(kinds.map(|kind| (id, kind)));
        let gone: Vec<ChannelId> =
            self.specs.values().filter(|spec| spec.device == id).map(|spec| spec.id).collect();
        for channel in gone {
            self.specs.remove(&channel);
            self.rules.remove(&channel);
            self.latest.remove(&channel);
            self.believed.forget(channel);
            self.watch.remove_rule(channel);
        }
        self.codes.retain(|(device, _), _| *device != id);
    }

    pub fn add_channel(&mut self, spec: ChannelSpec) {
        if let Some(live) = self.devices.get_mut(&spec.device) {
            live.unknown.remove(&spec.code);
        }
        self.codes.insert((spec.device, spec.code.clone()), spec.id);
        self.believed.add(&spec);
        self.specs.insert(spec.id, spec);
    }

    pub fn set_rule(&mut self, rule: AlarmRule) {
        let silence_max = rule.silence_max.max(Millis(self.floor.0 * 3));
        self.watch.set_rule(AlarmRule { silence_max, ..rule.clone() });
        self.rules.insert(rule.channel, rule);
    }

    /// No interval is taken for shorter.
    pub fn floor(&self) -> Millis {
        self.floor
    }

    /// Whether nothing came from a channel for three of its intervals.
    pub fn stale(&self, spec: &ChannelSpec, now: Timestamp) -> bool {
        let patience = Millis(spec.interval.0.max(self.floor.0).saturating_mul(3).max(10_000));
        self.latest.get(&spec.id).is_none_or(|reading| now - reading.at > patience)
    }

    /// Channels of a device, by code.
    pub fn channels_of(&self, device: DeviceId) -> Vec<ChannelSpec> {
        let mut specs: Vec<ChannelSpec> =
            self.specs.values().filter(|spec| spec.device == device).cloned().collect();
        specs.sort_by(|a, b| a.code.cmp(&b.code));
        specs
    }

    pub fn state_of(&self, id: DeviceId, now: Timestamp) -> Option<DeviceState> {
        self.devices.get(&id).map(|live| live.health.state(now))
    }

    pub fn status_of(&self, id: DeviceId) -> Option<ingest::Status> {
        self.devices.get(&id).and_then(|live| live.driver.as_ref()).map(ingest::Driver::status)
    }

    /// Whether its line is open, and what came over it after that piece.
    pub fn heard(&self, id: DeviceId, after: u64) -> (bool, Vec<ingest::Piece>) {
        match self.devices.get(&id).and_then(|live| live.driver.as_ref()) {
            Some(driver) => (driver.status().connected, driver.pieces(after)),
            None => (false, Vec::new()),
        }
    }

    pub fn last_seen(&self, id: DeviceId) -> Option<Timestamp> {
        let heard = self.devices.get(&id).and_then(|live| live.health.last_at());
        let stored = self
            .specs
            .values()
            .filter(|spec| spec.device == id)
            .filter_map(|spec| self.latest.get(&spec.id))
            .map(|r| r.arrived_at)
            .max();
        heard.max(stored)
    }

    pub fn rate_tenths(&self, id: DeviceId) -> u32 {
        self.devices.get(&id).map_or(0, |live| live.rate.tenths(crate::clock::real_now()))
    }

    pub fn stored_tenths(&self) -> u32 {
        self.stored.tenths(crate::clock::real_now())
    }

    /// Why recording stands still, where it does.
    pub fn recording_fault(&self) -> Option<&'static str> {
        self.fault.map(|(word, _)| word)
    }

    /// Judges what came and steps the alarms.
    fn turn(&mut self, messages: &mut Vec<Message>, now: Timestamp) -> Turn {
        let mut turn = Turn::default();
        for message in messages.drain(..) {
            match message {
                Message::Arrival(arrival) => self.admit(arrival, &mut turn.batch),
                Message::Position { device, at, positions } => {
                    self.positions(device, at, positions, &mut turn.batch);
                }
                Message::Scan(scanned) => {
                    turn.devices_changed = true;
                    self.scanned(scanned, &mut turn.batch);
                }
                Message::Receipt(receipt) => turn.receipts.push(receipt),
                Message::Link { device, at, event } => {
                    turn.devices_changed = true;
                    self.link(device, at, event, &mut turn.batch);
                }
            }
        }
        self.watch_devices(now, &mut turn);
        turn.batch.transitions.extend(monitor::alarms::step_batch(
            &mut self.watch,
            &turn.batch.readings,
            now,
        ));
        for (device, due) in self.believed.calibrations_due(&self.specs, now) {
            let kind = AlarmKind::Calibration;
            turn.batch.transitions.extend(self.watch.condition(kind, Some(device), due, Priority::Low, now));
        }
        for (id, live) in &mut self.devices {
            if live.shed_at.is_some_and(|at| now - at > SHED_ALARM_HOLDS) {
                live.shed_at = None;
                turn.batch.transitions.extend(self.watch.condition(
                    AlarmKind::Recording,
                    Some(*id),
                    false,
                    Priority::High,
                    now,
                ));
            }
        }
        turn.batch.counters.append(&mut self.owed);
        for counter in &turn.batch.counters {
            if let Some(live) = self.devices.get_mut(&counter.device) {
                live.tallies.count(counter);
            }
        }
        turn.batch.phases = self.watch.take_changed().into_iter().map(saved_phase).collect();
        turn
    }

    /// A device that is silent or speaks nonsense is one alarm, and so is an endpoint that is gone with several devices behind
    /// it; the silence of their channels is then not the channels'.
    fn watch_devices(&mut self, now: Timestamp, turn: &mut Turn) {
        for (id, kind) in std::mem::take(&mut self.moved) {
            turn.batch.transitions.extend(self.watch.condition(kind, Some(id), false, Priority::High, now));
        }
        let lines = self.judge_lines(now, turn);
        for (id, live) in &mut self.devices {
            let state = live.health.state(now);
            turn.devices_changed |= state != live.shown;
            live.shown = state;
            let line_lost = matches!(live.health.link(), Link::Lost(_));
            let trouble = match state {
                _ if !live.device.enabled => Some((false, now)),
                // Where neither it nor its endpoint is judged, its neighbours may just not have noticed yet.
                DeviceState::Faulty if line_lost => {
                    lines.get(id).map(|alone| alone.map_or((false, now), |since| (true, since)))
                }
                DeviceState::Silent | DeviceState::Faulty => Some((true, now)),
                DeviceState::Up => Some((false, now)),
                DeviceState::Waiting | DeviceState::Late => None,
            };
            if let Some((on, at)) = trouble {
                let kind = AlarmKind::DeviceFault;
                turn.batch.transitions.extend(self.watch.condition(kind, Some(*id), on, Priority::High, at));
            }
            if matches!(state, DeviceState::Silent | DeviceState::Faulty) || !live.device.enabled {
                for spec in self.specs.values().filter(|spec| spec.device == *id) {
                    self.watch.excuse_silence(spec.id, now);
                }
            }
        }
    }

    /// Raises and clears the alarms of endpoints that several devices share. Answers with the devices whose line is gone: since
    /// when, or nothing where their endpoint's alarm speaks for them.
    fn judge_lines(&mut self, now: Timestamp, turn: &mut Turn) -> HashMap<DeviceId, Option<Timestamp>> {
        let enabled = || self.devices.values().filter(|live| live.device.enabled);
        let lost = enabled().any(|live| matches!(live.health.link(), Link::Lost(_)));
        if !lost && !self.lines_lost {
            return HashMap::new();
        }
        let members = enabled().map(|live| Member {
            device: live.device.id,
            endpoint: shared_endpoint(&live.device.address),
            link: live.health.link(),
        });
        let patience = Millis((self.floor.0 * 2).max(10_000));
        let verdict = monitor::endpoints::judge(members, now, patience);
        let unsure = enabled().any(|live| live.health.link() == Link::Unknown);
        self.lines_lost = lost || unsure;
        let disabled = self.devices.values().filter(|live| !live.device.enabled).map(|live| live.device.id);
        let back: HashSet<DeviceId> = verdict.back.iter().copied().chain(disabled).collect();
        let mut lines: HashMap<DeviceId, Option<Timestamp>> =
            verdict.alone.into_iter().map(|(id, since)| (id, Some(since))).collect();
        for id in back {
            let change = self.watch.condition(AlarmKind::EndpointLost, Some(id), false, Priority::High, now);
            turn.batch.transitions.extend(change);
        }
        for (devices, since) in verdict.endpoints {
            let first = devices.first().copied();
            let change = self.watch.condition(AlarmKind::EndpointLost, first, true, Priority::High, since);
            turn.batch.transitions.extend(change);
            lines.extend(devices.into_iter().map(|id| (id, None)));
        }
        lines
    }

    fn admit(&mut self, mut arrival: ingest::Arrival, batch: &mut Batch) {
        domain::quality::in_order(&mut arrival.readings);
        let Some(live) = self.devices.get_mut(&arrival.device) else { return };
        let (mut good, mut bad, mut unknown, mut no_value) = (0, 0, 0, 0);
        let looked_at = live.said.is_looked_at(crate::clock::real_now());
        for raw in &arrival.readings {
            let spec = self
                .codes
                .get(&(arrival.device, raw.code.clone()))
                .and_then(|channel| self.specs.get(channel));
            let Some(spec) = spec else {
                unknown += 1;
                if live.unknown.len() < limits::UNKNOWN_CODES_MAX || live.unknown.contains_key(&raw.code) {
                    live.unknown.insert(raw.code.clone(), raw.value.ok());
                }
                if looked_at {
                    live.said.say(wire::devices::said(raw, arrival.at, None, false));
                }
                continue;
            };
            self.sequence += 1;
            let (reading, remark) = self.believed.admit(raw, spec, arrival.at, self.sequence);
            if let Some(remark) = remark {
                if let Some(recent) = self.recent.get_mut(&spec.id) {
                    recent.retain(|(at, _)| !(remark.from..=remark.to).contains(at));
                }
                batch.remarks.push(remark);
            }
            // A clock that runs fast makes every device look slow.
            if let Some(device_at) = raw.device_at.filter(|_| self.floor == Millis::seconds(1)) {
                live.drift.heard(device_at, arrival.at);
            }
            if looked_at {
                let doubtful = reading.quality != Quality::Good;
                live.said.say(wire::devices::said(raw, arrival.at, Some(spec), doubtful));
            }
            if reading.quality == Quality::Good {
                good += 1;
                if self.good.get(&spec.id).is_none_or(|before| before.at <= reading.at) {
                    if let Some(value) = reading.value {
                        let recent = self.recent.entry(spec.id).or_default();
                        recent.push_back((reading.at, value));
                        while recent.len() > limits::RECENT_READINGS_MAX
                            || recent.front().is_some_and(|(at, _)| reading.at - *at > Millis::minutes(30))
                        {
                            recent.pop_front();
                        }
                    }
                    self.good.insert(spec.id, reading.clone());
                }
            } else {
                bad += 1;
                no_value += u64::from(raw.value.is_err());
            }
            if self.latest.get(&spec.id).is_none_or(|before| before.at <= reading.at) {
                self.latest.insert(spec.id, reading.clone());
            }
            batch.readings.push(reading);
        }
        live.health.arrived(arrival.at, good + unknown, bad);
        live.rate.add(crate::clock::real_now(), arrival.readings.len() as u64);
        let mut count = |name: &str, by: u64| {
            if by > 0 {
                let by = i64::try_from(by).unwrap_or(i64::MAX);
                batch.counters.push(CounterDelta {
                    device: arrival.device,
                    name: name.to_owned(),
                    by,
                    at: arrival.at,
                });
            }
        };
        count("received", arrival.readings.len() as u64);
        count("rejected.unknown_channel", unknown);
        count("no_value", no_value);
        count("suspect", bad - no_value);
    }

    /// Where vehicles said they were: written with the batch, whoever they are.
    fn positions(
        &mut self,
        device: DeviceId,
        at: Timestamp,
        positions: Vec<domain::Position>,
        batch: &mut Batch,
    ) {
        let Some(live) = self.devices.get_mut(&device) else { return };
        let count = positions.len() as u64;
        live.health.arrived(at, count, 0);
        live.rate.add(crate::clock::real_now(), count);
        batch.counters.push(CounterDelta {
            device,
            name: "positions".to_owned(),
            by: i64::try_from(count).unwrap_or(i64::MAX),
            at,
        });
        batch.positions.extend(positions);
    }

    /// What a scanner read: the last of it is kept for the screens, and it says that the scanner lives.
    fn scanned(&mut self, scanned: ingest::Scanned, batch: &mut Batch) {
        let ingest::Scanned { device, at, scan } = scanned;
        let Some(live) = self.devices.get_mut(&device) else { return };
        live.health.arrived(at, 1, 0);
        live.rate.add(crate::clock::real_now(), 1);
        if live.scans.len() == limits::SCANS_KEPT {
            live.scans.pop_front();
        }
        self.heard.add(HeardScan { device, name: live.device.name.clone(), at, scan: scan.clone() });
        live.scans.push_back((at, scan));
        batch.counters.push(CounterDelta { device, name: "scans".to_owned(), by: 1, at });
    }

    fn link(&mut self, device: DeviceId, at: Timestamp, event: LinkEvent, batch: &mut Batch) {
        let Some(live) = self.devices.get_mut(&device) else { return };
        let mut count = |name: &str, by: u64| {
            let by = i64::try_from(by).unwrap_or(i64::MAX);
            batch.counters.push(CounterDelta { device, name: name.to_owned(), by, at });
        };
        match event {
            LinkEvent::Opened => {
                live.health.opened(at);
                live.fault = None;
                batch.transitions.extend(self.watch.condition(
                    AlarmKind::DeviceFault,
                    Some(device),
                    false,
                    Priority::High,
                    at,
                ));
            }
            LinkEvent::Lost { reason } => {
                // The turn ends with a look at all lines: a broker that is gone is one alarm, not one a device.
                live.health.lost(at);
                count("lost", 1);
                tracing::warn!(device = device.0, "the line is lost: {reason}");
                live.fault = Some(reason);
            }
            LinkEvent::Faults { bad_frames, garbage_bytes } => {
                live.health.faults(at, bad_frames);
                count("rejected.bad_frames", bad_frames);
                count("rejected.garbage_bytes", garbage_bytes);
            }
            LinkEvent::Errors { kind, count: by } => count(kind, by),
            LinkEvent::Shed { readings, .. } => {
                self.shed += readings;
                count("shed", readings);
                live.shed_at = Some(at);
                batch.transitions.extend(self.watch.condition(
                    AlarmKind::Recording,
                    Some(device),
                    true,
                    Priority::High,
                    at,
                ));
            }
        }
    }
}

/// A number from what nobody else has.
pub(crate) fn client_number(what: &str) -> u64 {
    use sha2::Digest;
    let hash = sha2::Sha256::digest(what.as_bytes());
    hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn saved_phase(saved: Saved) -> SavedPhase {
    let Saved { kind, channel, device, phase, worst, reported } = saved;
    SavedPhase { kind, channel, device, phase, worst, reported }
}

/// Takes what devices send until the last of them is gone; nothing is acknowledged before its commit.
pub(crate) async fn drain(inner: Arc<Inner>, mut receiver: mpsc::Receiver<Message>) {
    let mut waiting = Vec::with_capacity(limits::MESSAGES_PER_COMMIT_MAX);
    let mut second = tokio::time::interval(std::time::Duration::from_secs(1));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let open = tokio::select! {
            count = receiver.recv_many(&mut waiting, limits::MESSAGES_PER_COMMIT_MAX) => count > 0,
            _ = second.tick() => true,
        };
        let turn = inner.live.lock().turn(&mut waiting, inner.now());
        commit(&inner, turn).await;
        if !open {
            return;
        }
    }
}

/// Writes a turn, trying again until it is written: the devices' queue fills meanwhile, and what it sheds is counted.
async fn commit(inner: &Arc<Inner>, turn: Turn) {
    let Turn { batch, devices_changed, receipts } = turn;
    if devices_changed {
        inner.bus.changed(Topic::Devices);
    }
    if batch.readings.is_empty()
        && batch.transitions.is_empty()
        && batch.phases.is_empty()
        && batch.counters.is_empty()
        && batch.positions.is_empty()
    {
        // What said nothing is stored as soon as it is read.
        receipts.into_iter().for_each(Receipt::give);
        return;
    }
    let batch = Arc::new(batch);
    let mut on_record = false;
    loop {
        let (store, copy) = (inner.store.clone(), batch.clone());
        let written = tokio::task::spawn_blocking(move || store.telemetry.append(Batch::clone(&copy))).await;
        let failed = match written {
            Ok(Ok(appended)) => {
                receipts.into_iter().for_each(Receipt::give);
                recorded(inner, &batch, &appended);
                return;
            }
            Ok(Err(error)) => {
                tracing::error!("recording stands still: {error}");
                if error.kind() == store::ErrorKind::Full { "DiskFull" } else { "Storage" }
            }
            Err(error) => {
                tracing::error!("recording stands still: {error}");
                "Storage"
            }
        };
        {
            let mut state = inner.live.lock();
            if state.fault.is_none() {
                state.fault = Some((failed, inner.now()));
                inner.bus.changed(Topic::Devices);
            }
        }
        // With the ballast gone there is room for this, though none for readings.
        let full = failed == "DiskFull";
        let told = inner.clone();
        let raised = tokio::task::spawn_blocking(move || {
            let freed = full && told.ballast.free();
            (freed, on_record || raise_recording(&told))
        });
        let freed;
        (freed, on_record) = raised.await.unwrap_or((false, on_record));
        tokio::time::sleep(limits::COMMIT_RETRY).await;
        // Readings would eat the room that was kept for other things: they wait until it can be kept again.
        while freed && !restored(inner).await {
            tokio::time::sleep(limits::COMMIT_RETRY).await;
        }
    }
}

/// Takes the ballast's room again where the disk has it.
async fn restored(inner: &Arc<Inner>) -> bool {
    let inner = inner.clone();
    let restored = tokio::task::spawn_blocking(move || inner.ballast.restore()).await;
    // A disk that can't be asked is tried by writing to it.
    !matches!(restored, Ok(Ok(false)))
}

/// Puts on record that nothing is recorded; whether it could be written.
fn raise_recording(inner: &Inner) -> bool {
    let (since, transition, phases) = {
        let mut state = inner.live.lock();
        let since = state.fault.map_or_else(|| inner.now(), |(_, since)| since);
        let raised = state.watch.condition(AlarmKind::Recording, None, true, Priority::Critical, since);
        let phases = state.watch.take_changed().into_iter().map(saved_phase).collect();
        (since, raised, phases)
    };
    let Some(transition) = transition else { return true };
    let batch = Batch { transitions: vec![transition], phases, ..Batch::default() };
    match inner.store.telemetry.append(batch) {
        Ok(_) => {
            inner.bus.changed(Topic::Alarms);
            true
        }
        Err(error) => {
            tracing::warn!("note that recording stands still: {error}");
            // Once it goes on, the alarm goes on record with its span.
            inner.live.lock().watch.condition(AlarmKind::Recording, None, false, Priority::Critical, since);
            false
        }
    }
}

/// Raises or clears an alarm of the site itself.
pub(crate) fn note_condition(inner: &Inner, kind: AlarmKind, on: bool, priority: Priority) {
    let (transition, phases) = {
        let mut state = inner.live.lock();
        let transition = state.watch.condition(kind, None, on, priority, inner.now());
        (transition, state.watch.take_changed().into_iter().map(saved_phase).collect())
    };
    let Some(transition) = transition else { return };
    let batch = Batch { transitions: vec![transition], phases, ..Batch::default() };
    if let Err(error) = inner.store.telemetry.append(batch) {
        tracing::error!("note an alarm about the site itself: {error}");
    }
    inner.bus.changed(Topic::Alarms);
}

fn recorded(inner: &Arc<Inner>, batch: &Batch, appended: &store::Appended) {
    for remark in &batch.remarks {
        inner.excursions.forget(remark.channel);
    }
    inner.excursions.stored(&batch.readings);
    let mut state = inner.live.lock();
    state.stored.add(crate::clock::real_now(), appended.stored);
    for (name, count) in [("duplicates", appended.duplicates), ("conflicts", appended.conflicts)] {
        if count > 0 {
            let by = i64::try_from(count).unwrap_or(i64::MAX);
            state.owed.push(CounterDelta { device: DeviceId(0), name: name.to_owned(), by, at: inner.now() });
        }
    }
    if let Some((_, since)) = state.fault.take() {
        // While it stood still nothing could be written: the alarm about ourselves goes on record now, with its span.
        let mut transitions: Vec<AlarmTransition> = Vec::new();
        transitions.extend(state.watch.condition(
            AlarmKind::Recording,
            None,
            true,
            Priority::Critical,
            since,
        ));
        transitions.extend(state.watch.condition(
            AlarmKind::Recording,
            None,
            false,
            Priority::Critical,
            inner.now(),
        ));
        let phases = state.watch.take_changed().into_iter().map(saved_phase).collect();
        drop(state);
        if let Err(error) = inner.store.telemetry.append(Batch { transitions, phases, ..Batch::default() }) {
            tracing::error!("note that recording goes on: {error}");
        }
        inner.bus.changed(Topic::Devices);
        inner.bus.changed(Topic::Alarms);
    } else {
        drop(state);
    }
    if !appended.alarms.is_empty() {
        inner.bus.changed(Topic::Alarms);
    }
    if appended.positions > 0 {
        inner.bus.changed(Topic::Positions);
    }
    let mut newest: HashMap<ChannelId, &Reading> = HashMap::new();
    for reading in &batch.readings {
        let slot = newest.entry(reading.channel).or_insert(reading);
        if slot.at <= reading.at {
            *slot = reading;
        }
    }
    if !newest.is_empty() {
        let state = inner.live.lock();
        let shown = |reading: &Reading| {
            let spec = state.specs.get(&reading.channel);
            spec.map(|spec| state.believed.shown(spec)).unwrap_or_default()
        };
        let latest: Vec<_> =
            newest.into_values().map(|reading| wire::environment::latest(reading, &shown(reading))).collect();
        drop(state);
        inner.bus.latest(&latest);
    }
}

impl State {
    /// Whether a high or low alarm of the channel is raised.
    pub fn alarming(&self, channel: ChannelId) -> bool {
        [AlarmKind::High, AlarmKind::Low]
            .into_iter()
            .any(|kind| wire::environment::raised(self.watch.phase(channel, kind)))
    }
}
