//! A reading's journey: queue → judged → alarms stepped → one transaction → event.

use crate::limits;
use crate::open::Inner;
use crate::wire;
use contract::Topic;
use domain::{AlarmKind, AlarmRule, AlarmTransition, ChannelSpec, Priority, Quality, Reading};
use ingest::{Endpoint, LinkEvent, Message, Receipt, Source};
use monitor::alarms::{Saved, Watch};
use monitor::health::{DeviceState, Health};
use std::collections::{BTreeMap, HashMap, VecDeque};
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
}

/// One device at work.
pub(crate) struct DeviceLive {
    pub device: Device,
    pub settings: DeviceSettings,
    driver: Option<ingest::Driver>,
    health: Health,
    pub shown: DeviceState,
    rate: Rate,
    pub unknown: BTreeMap<String, Option<Milli>>,
    pub drift: Option<Millis>,
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
}

impl Default for DeviceSettings {
    fn default() -> Self {
        Self { baud: 9600, interval_ms: 10_000, simulated: false, client: 0, setup: String::new() }
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
            recent: HashMap::new(),
            sequence: now.0.saturating_mul(1000),
            stored: Rate::default(),
            shed: 0,
            floor: if speed > 1 { Millis::seconds(i64::from(speed) * 5) } else { Millis::seconds(1) },
            fault: None,
            owed: Vec::new(),
            watch: Watch::new(now),
        };
        for phase in store.telemetry.phases()? {
            let SavedPhase { kind, channel, device, phase, worst, reported } = phase;
            watch.restore(Saved { kind, channel, device, phase, worst, reported });
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
        }
        for device in store.records.devices()? {
            state.add_device(device, now);
        }
        for spec in store.records.channels()? {
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
        match endpoint.and_then(|endpoint| Ok((endpoint, setup?))) {
            Ok((endpoint, setup)) => {
                let clock = inner.clock.clone();
                let clock: ingest::Clock = Arc::new(move || clock.now());
                let seed = id.0.unsigned_abs();
                // A clock that runs fast has its devices asked more often.
                let speed = u64::from(inner.clock.speed().max(1));
                let interval = live.settings.interval_ms.unsigned_abs();
                let client = match live.settings.client {
                    0 => client_number(&format!("{} {}", inner.folder.display(), id.0)),
                    known => known,
                };
                let source = Source {
                    every: std::time::Duration::from_millis(interval / speed),
                    client: format!("qm-{client:016x}"),
                    setup,
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
        let known = self.devices.remove(&device.id);
        let (driver, health, unknown) = known.map_or_else(
            || (None, Health::new(interval), BTreeMap::new()),
            |live| (live.driver, live.health, live.unknown),
        );
        let shown = health.state(now);
        let live = DeviceLive {
            device,
            settings,
            driver,
            health,
            shown,
            rate: Rate::default(),
            unknown,
            drift: None,
            fault: None,
            shed_at: None,
        };
        self.devices.insert(live.device.id, live);
    }

    pub fn remove_device(&mut self, id: DeviceId) {
        self.devices.remove(&id);
        let gone: Vec<ChannelId> =
            self.specs.values().filter(|spec| spec.device == id).map(|spec| spec.id).collect();
        for channel in gone {
            self.specs.remove(&channel);
            self.rules.remove(&channel);
            self.latest.remove(&channel);
            self.watch.remove_rule(channel);
        }
        self.codes.retain(|(device, _), _| *device != id);
    }

    pub fn add_channel(&mut self, spec: ChannelSpec) {
        if let Some(live) = self.devices.get_mut(&spec.device) {
            live.unknown.remove(&spec.code);
        }
        self.codes.insert((spec.device, spec.code.clone()), spec.id);
        self.specs.insert(spec.id, spec);
    }

    pub fn set_rule(&mut self, rule: AlarmRule) {
        let silence_max = rule.silence_max.max(Millis(self.floor.0 * 3));
        self.watch.set_rule(AlarmRule { silence_max, ..rule.clone() });
        self.rules.insert(rule.channel, rule);
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
        turn.batch.phases = self.watch.take_changed().into_iter().map(saved_phase).collect();
        turn
    }

    /// A device that is silent or speaks nonsense is one alarm; the silence of its channels is then not theirs.
    fn watch_devices(&mut self, now: Timestamp, turn: &mut Turn) {
        for (id, live) in &mut self.devices {
            let state = live.health.state(now);
            turn.devices_changed |= state != live.shown;
            live.shown = state;
            let trouble = match state {
                _ if !live.device.enabled => false,
                DeviceState::Silent | DeviceState::Faulty => true,
                DeviceState::Up => false,
                DeviceState::Waiting | DeviceState::Late => continue,
            };
            let change =
                self.watch.condition(AlarmKind::DeviceFault, Some(*id), trouble, Priority::High, now);
            turn.batch.transitions.extend(change);
            if trouble || !live.device.enabled {
                for spec in self.specs.values().filter(|spec| spec.device == *id) {
                    self.watch.excuse_silence(spec.id, now);
                }
            }
        }
    }

    fn admit(&mut self, arrival: ingest::Arrival, batch: &mut Batch) {
        let Some(live) = self.devices.get_mut(&arrival.device) else { return };
        let (mut good, mut bad, mut unknown) = (0, 0, 0);
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
                continue;
            };
            self.sequence += 1;
            let reading = domain::admit(raw, spec, self.good.get(&spec.id), arrival.at, self.sequence);
            // A clock that runs fast makes every device look slow.
            if let Some(device_at) = raw.device_at.filter(|_| self.floor == Millis::seconds(1)) {
                live.drift = Some(device_at - arrival.at);
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
                live.health.lost(at);
                count("lost", 1);
                tracing::warn!(device = device.0, "the line is lost: {reason}");
                live.fault = Some(reason);
                batch.transitions.extend(self.watch.condition(
                    AlarmKind::DeviceFault,
                    Some(device),
                    true,
                    Priority::High,
                    at,
                ));
            }
            LinkEvent::Faults { bad_frames, garbage_bytes } => {
                live.health.faults(at, bad_frames);
                count("rejected.bad_frames", bad_frames);
                count("rejected.garbage_bytes", garbage_bytes);
            }
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
        tokio::time::sleep(limits::COMMIT_RETRY).await;
    }
}

fn recorded(inner: &Arc<Inner>, batch: &Batch, appended: &store::Appended) {
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
        let latest: Vec<_> = newest.into_values().map(wire::environment::latest).collect();
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
