//! One device: opened, read, decoded, and opened again when it goes away.

use crate::backoff::Backoff;
use crate::limits::{PIECES_MAX, ROUND_TRIPS_KEPT, TAIL_BYTES};
use crate::outbox::Outbox;
use crate::{
    Arrival, Clock, Endpoint, Hooks, LinkEvent, Message, Scanned, Token, http, lines, listener, modbus, mqtt,
};
use protocols::json::{Decoded, Fix};
use protocols::setup::Setup;
use protocols::stream::Scan;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, interval};
use units::{DeviceId, Timestamp};

/// A device, where it is reached, and how it is read.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// The device as the site knows it.
    pub device: DeviceId,
    /// Where it is reached.
    pub endpoint: Endpoint,
    /// How often to ask, where it must be asked.
    pub every: Duration,
    /// Our name for a broker: the same each time, and nobody else's, since what it keeps for us goes by it.
    pub client: String,
    /// It is read for a moment only: a broker is to keep nothing under our name.
    pub passing: bool,
    /// How it is read.
    pub setup: Setup,
    /// The password or token that lets us in, if there is one.
    pub secret: Option<String>,
    /// Our own listener, for what others post to us.
    pub hooks: Hooks,
    /// What those who post for it have to show; none: nobody can.
    pub token: Option<Token>,
}

impl std::fmt::Debug for Source {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut said = f.debug_struct("Source");
        said.field("device", &self.device).field("endpoint", &self.endpoint).field("setup", &self.setup);
        said.finish_non_exhaustive()
    }
}

impl Source {
    /// One that is asked every ten seconds, where it must be asked.
    pub fn new(device: DeviceId, endpoint: Endpoint) -> Self {
        let client = format!("quartermaster-{}", device.0);
        let (setup, secret) = (Setup::default(), None);
        let every = Duration::from_secs(10);
        Self {
            device,
            endpoint,
            every,
            client,
            passing: false,
            setup,
            secret,
            hooks: Hooks::default(),
            token: None,
        }
    }
}

/// What a driver has seen since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes read.
    pub bytes: u64,
    /// Good frames, messages or answers.
    pub frames: u64,
    /// Readings and positions in them, shed ones among them.
    pub readings: u64,
    /// Frames that could not be read.
    pub bad_frames: u64,
    /// Bytes outside frames.
    pub garbage_bytes: u64,
    /// Times the line was opened after the first.
    pub reconnects: u64,
    /// Readings shed because the queue was full.
    pub shed: u64,
    /// Messages that a broker delivered a second time.
    pub repeated: u64,
    /// Messages acknowledged to a broker: what they said is stored.
    pub acknowledged: u64,
}

/// How a driver is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Whether the line is open.
    pub connected: bool,
    /// Why it is not.
    pub last_error: Option<String>,
    /// What it has seen.
    pub counters: Counters,
    /// How long the last answer took, where it is asked.
    pub round_trip: Option<Duration>,
    /// How long the last ones took, oldest first.
    pub round_trips: Vec<Duration>,
    /// The last 4 KB as they came, newest last.
    pub tail: Vec<u8>,
    /// What points that are text say, by their names.
    pub texts: BTreeMap<String, String>,
    /// Points that can't be read, and why.
    pub problems: BTreeMap<String, String>,
}

/// Bytes that came in one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Which it is, counted from 1 since the driver was started.
    pub number: u64,
    /// When it came.
    pub at: Timestamp,
    /// As it came.
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
struct Seen {
    connected: bool,
    last_error: Option<String>,
    counters: Counters,
    round_trip: Option<Duration>,
    round_trips: VecDeque<Duration>,
    pieces: VecDeque<Piece>,
    /// Bytes in the pieces.
    held: usize,
    /// The number of the last piece.
    piece: u64,
    texts: BTreeMap<String, String>,
    problems: BTreeMap<String, String>,
}

impl Seen {
    fn keep(&mut self, at: Timestamp, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let bytes = bytes[bytes.len().saturating_sub(TAIL_BYTES)..].to_vec();
        self.held += bytes.len();
        self.piece += 1;
        self.pieces.push_back(Piece { number: self.piece, at, bytes });
        while self.held > TAIL_BYTES || self.pieces.len() > PIECES_MAX {
            let Some(oldest) = self.pieces.pop_front() else { return };
            self.held -= oldest.bytes.len();
        }
    }
}

/// A running driver. Dropping it stops it.
#[derive(Debug)]
pub struct Driver {
    device: DeviceId,
    seen: Arc<Mutex<Seen>>,
    stop: watch::Sender<bool>,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Driver {
    /// Whose.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// How it is now.
    pub fn status(&self) -> Status {
        let seen = lock(&self.seen);
        Status {
            connected: seen.connected,
            last_error: seen.last_error.clone(),
            counters: seen.counters,
            round_trip: seen.round_trip,
            round_trips: seen.round_trips.iter().copied().collect(),
            tail: seen.pieces.iter().flat_map(|piece| piece.bytes.iter().copied()).collect(),
            texts: seen.texts.clone(),
            problems: seen.problems.clone(),
        }
    }

    /// What came after that piece and is still kept, oldest first.
    pub fn pieces(&self, after: u64) -> Vec<Piece> {
        let seen = lock(&self.seen);
        seen.pieces.iter().filter(|piece| piece.number > after).cloned().collect()
    }

    /// Asks it to stop.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Stops it and waits until the port is closed. What a broker delivered is acknowledged first, if it is stored soon:
    /// the queue must be read meanwhile.
    pub async fn stopped(mut self) {
        self.stop();
        if let Some(task) = self.task.take() {
            // It can only fail by a bug in it; the port is closed then too.
            let _ = task.await;
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Starts reading a device into the queue. `seed` spreads the retries of several drivers.
pub fn spawn(
    runtime: &tokio::runtime::Handle,
    source: Source,
    clock: Clock,
    queue: mpsc::Sender<Message>,
    seed: u64,
) -> Driver {
    spawn_after(None, runtime, source, clock, queue, seed)
}

/// The same in the place of a driver that has to end first: a port is opened by one, and a broker knows us by one name.
pub fn spawn_after(
    previous: Option<Driver>,
    runtime: &tokio::runtime::Handle,
    source: Source,
    clock: Clock,
    queue: mpsc::Sender<Message>,
    seed: u64,
) -> Driver {
    let (stop, stopping) = watch::channel(false);
    let seen = Arc::new(Mutex::new(Seen::default()));
    let device = source.device;
    let desk = Desk {
        outbox: Outbox::new(device, queue),
        endpoint: source.endpoint.clone(),
        seen: seen.clone(),
        clock,
        device,
        unreported: (0, 0),
        errors: BTreeMap::new(),
        opened_before: false,
        told: None,
    };
    let task = runtime.spawn(async move {
        if let Some(previous) = previous {
            previous.stopped().await;
        }
        run(desk, source, stopping, Backoff::new(seed)).await;
    });
    Driver { device, seen, stop, task: Some(task) }
}

/// A panic while the lock was held can't leave counters half written.
fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Why reading ended.
pub(crate) enum End {
    Stopped,
    Lost(String),
}

/// One try after the other, with waits between them.
async fn run(mut desk: Desk, source: Source, mut stopping: watch::Receiver<bool>, mut backoff: Backoff) {
    let mut session = mqtt::Session::new(&source);
    while !*stopping.borrow() {
        let frames_before = lock(&desk.seen).counters.frames;
        let end = match &source.endpoint {
            Endpoint::Serial { .. } | Endpoint::Tcp { .. } if source.setup.language.is_modbus() => {
                modbus::run(&mut desk, &source, &mut stopping).await
            }
            Endpoint::Serial { .. } | Endpoint::Tcp { .. } | Endpoint::Udp { .. } => {
                lines::run(&mut desk, &source.setup, &mut stopping).await
            }
            Endpoint::Listen { .. } => listener::run(&mut desk, &source, &mut stopping).await,
            Endpoint::Mqtt { .. } => mqtt::run(&mut desk, &mut session, &mut stopping).await,
            Endpoint::Http { .. } => http::run(&mut desk, &source, &mut stopping).await,
        };
        desk.tell_faults();
        // A port that opens and closes without a word is not well: only frames make the wait short again.
        if lock(&desk.seen).counters.frames > frames_before {
            backoff.reset();
        }
        match end {
            End::Stopped => break,
            End::Lost(reason) => desk.lost(reason),
        }
        let mut wait = backoff.wait();
        if matches!(source.endpoint, Endpoint::Http { .. }) {
            // A server in trouble is not asked more often than one that is well.
            wait = wait.max(source.every.min(crate::limits::ASK_AGAIN_MAX));
        }
        desk.wait(wait, &mut stopping).await;
    }
    // What is decoded finds its place, if the queue is still read.
    let _ = tokio::time::timeout(crate::limits::STOP_MAX, async {
        while !desk.outbox.is_empty() {
            desk.outbox.room().await;
        }
    })
    .await;
    lock(&desk.seen).connected = false;
}

/// What all sources share: the way into the queue, the counters, the tail.
pub(crate) struct Desk {
    pub(crate) device: DeviceId,
    pub(crate) endpoint: Endpoint,
    pub(crate) outbox: Outbox,
    clock: Clock,
    seen: Arc<Mutex<Seen>>,
    /// Bad frames and garbage bytes not yet told.
    unreported: (u64, u64),
    /// Errors not yet told, by kind.
    errors: BTreeMap<&'static str, u64>,
    opened_before: bool,
    told: Option<String>,
}

impl Desk {
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// The line is open; says so once until it is lost.
    pub(crate) fn opened(&mut self) {
        {
            let mut seen = lock(&self.seen);
            if seen.connected {
                return;
            }
            seen.connected = true;
            seen.last_error = None;
            seen.counters.reconnects += u64::from(self.opened_before);
        }
        tracing::info!(device = self.device.0, endpoint = %self.endpoint, "line opened");
        self.opened_before = true;
        self.told = None;
        self.outbox.event(self.now(), LinkEvent::Opened);
    }

    pub(crate) fn lost(&mut self, reason: String) {
        {
            let mut seen = lock(&self.seen);
            seen.connected = false;
            seen.last_error = Some(reason.clone());
            seen.round_trip = None;
        }
        if self.told.as_ref() != Some(&reason) {
            tracing::warn!(device = self.device.0, endpoint = %self.endpoint, %reason, "line lost");
            self.told = Some(reason.clone());
            self.outbox.event(self.now(), LinkEvent::Lost { reason });
        }
    }

    /// Waits before the next try, and meanwhile tells what could not be told.
    pub(crate) async fn wait(&mut self, span: Duration, stopping: &mut watch::Receiver<bool>) {
        let pause = tokio::time::sleep(span);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                biased;
                () = asked(stopping) => return,
                () = &mut pause => return,
                () = self.outbox.room() => {}
            }
        }
    }

    /// Adds to the counters, and shows what came in the tail.
    pub(crate) fn count(&mut self, now: &Counters, shown: &[u8]) {
        self.unreported.0 += now.bad_frames;
        self.unreported.1 += now.garbage_bytes;
        let at = self.now();
        let mut seen = lock(&self.seen);
        let total = &mut seen.counters;
        total.bytes += now.bytes;
        total.frames += now.frames;
        total.readings += now.readings;
        total.bad_frames += now.bad_frames;
        total.garbage_bytes += now.garbage_bytes;
        total.shed += now.shed;
        total.repeated += now.repeated;
        total.acknowledged += now.acknowledged;
        seen.keep(at, shown);
    }

    /// Counts errors of a kind; told with the faults.
    pub(crate) fn errors(&mut self, kind: &'static str, count: u64) {
        *self.errors.entry(kind).or_default() += count;
    }

    /// A point is text, and says this.
    pub(crate) fn said(&mut self, point: &str, text: String) {
        lock(&self.seen).texts.insert(point.to_owned(), text);
    }

    /// Points that can't be read, and why.
    pub(crate) fn trouble_with<'a>(&mut self, points: impl Iterator<Item = &'a String>, reason: &str) {
        let mut seen = lock(&self.seen);
        for point in points {
            seen.problems.insert(point.clone(), reason.to_owned());
        }
    }

    /// A point was read.
    pub(crate) fn well(&mut self, point: &str) {
        lock(&self.seen).problems.remove(point);
    }

    pub(crate) fn took(&mut self, round_trip: Duration) {
        let mut seen = lock(&self.seen);
        seen.round_trip = Some(round_trip);
        if seen.round_trips.len() == ROUND_TRIPS_KEPT {
            seen.round_trips.pop_front();
        }
        seen.round_trips.push_back(round_trip);
    }

    /// Hands on what a payload said, of a source that can wait.
    pub(crate) fn hand_on(&mut self, name: &str, decoded: Decoded) {
        let (device, at) = (self.device, self.now());
        let Decoded { readings, fixes } = decoded;
        if !readings.is_empty() {
            let arrival = Arrival { device, name: name.to_owned(), at, readings };
            self.outbox.patiently(Message::Arrival(arrival));
        }
        if !fixes.is_empty() {
            let positions = fixes.into_iter().map(|fix| position(fix, at)).collect();
            self.outbox.patiently(Message::Position { device, at, positions });
        }
    }

    /// Hands on what a line said, of a device that can't wait; how much of it was shed.
    pub(crate) fn hand_on_hastily(&mut self, at: Timestamp, fixes: Vec<Fix>, scans: Vec<Scan>) -> u64 {
        let device = self.device;
        let mut shed = 0;
        if !fixes.is_empty() {
            let positions = fixes.into_iter().map(|fix| position(fix, at)).collect();
            shed += self.outbox.hastily(at, Message::Position { device, at, positions });
        }
        for scan in scans {
            shed += self.outbox.hastily(at, Message::Scan(Scanned { device, at, scan }));
        }
        shed
    }

    pub(crate) fn has_faults(&self) -> bool {
        self.unreported != (0, 0)
    }

    pub(crate) fn tell_faults(&mut self) {
        let (bad_frames, garbage_bytes) = std::mem::take(&mut self.unreported);
        if bad_frames + garbage_bytes > 0 {
            self.outbox.event(self.now(), LinkEvent::Faults { bad_frames, garbage_bytes });
        }
        for (kind, count) in std::mem::take(&mut self.errors) {
            self.outbox.event(self.now(), LinkEvent::Errors { kind, count });
        }
    }
}

/// A vehicle's clock that is ahead of ours is not believed; see [`domain::reading::CLOCK_AHEAD_MAX`].
fn position(fix: Fix, arrived_at: Timestamp) -> domain::Position {
    let Fix { vehicle, device_at, place, speed_kmh, heading_deg } = fix;
    let credible = device_at.filter(|at| *at - arrived_at <= domain::reading::CLOCK_AHEAD_MAX);
    domain::Position { vehicle, at: credible.unwrap_or(arrived_at), place, speed_kmh, heading_deg }
}

pub(crate) fn every(span: Duration) -> Interval {
    let mut ticks = interval(span);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Ends when stopping was asked for, or when nobody is left who could.
pub(crate) async fn asked(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|asked| *asked).await;
}
