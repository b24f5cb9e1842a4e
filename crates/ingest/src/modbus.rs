//! Slaves that are asked for their registers, on lines that several devices may share.
//!
//! Plans and values are `protocols::modbus`'; lines and frames are those of `bus`. This asks what is due, learns where a slave
//! lets nobody read across, leaves slaves alone that don't answer, and counts every kind of trouble. A slave can wait: nobody
//! asks while the queue is full. [`open`] is for people: it reads and writes on the line that the driver uses.

mod bus;

use crate::backoff::Backoff;
use crate::driver::{Counters, Desk, End, Source, asked};
use crate::limits::{FAULTS_EVERY, REFUSED_AGAIN, STOP_MAX};
use crate::{Endpoint, Error, ErrorKind};
use bus::{Bus, How, Trace, Trouble};
use protocols::json::Decoded;
use protocols::modbus::{Command, Cuts, Map, Objects, Point, Range, Table, Value, plan, read};
use protocols::setup::{Language, Setup};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How the line of a device is opened.
fn how(endpoint: &Endpoint, setup: &Setup) -> Result<How, String> {
    let rtu = setup.language == Language::ModbusRtu;
    match endpoint {
        Endpoint::Serial { .. } if !rtu => Err(format!(
            "{endpoint} is a serial line, whose Modbus is RTU: choose Modbus RTU for this device."
        )),
        Endpoint::Serial { .. } | Endpoint::Tcp { .. } => {
            Ok(How { endpoint: endpoint.clone(), rtu, serial: setup.serial })
        }
        other => Err(format!("{other} carries no Modbus: write a port's path or tcp://host:port.")),
    }
}

/// A range, when it is due and how often.
struct Job {
    range: Range,
    every: Duration,
    due: Instant,
    /// Its objects are refused: it is asked again at length.
    refused: bool,
}

/// What is known of a slave.
struct Fate {
    resting: Option<Instant>,
    backoff: Backoff,
}

/// Asks until the line is lost.
pub(crate) async fn run(desk: &mut Desk, source: &Source, stopping: &mut watch::Receiver<bool>) -> End {
    let map = &source.setup.modbus;
    let bus = match how(&source.endpoint, &source.setup).and_then(|how| bus::bus(&how)) {
        Ok(bus) => bus,
        Err(reason) => return End::Lost(reason),
    };
    let mut cuts = Cuts::new();
    let mut jobs = jobs(map, source.every, &cuts, &[]);
    let mut fates: BTreeMap<u8, Fate> = BTreeMap::new();
    for (index, job) in jobs.iter().enumerate() {
        let seed = source.device.0.unsigned_abs().wrapping_mul(257).wrapping_add(index as u64);
        fates.entry(job.range.unit).or_insert_with(|| Fate { resting: None, backoff: Backoff::new(seed) });
    }
    let mut told_at = Instant::now();
    loop {
        if *stopping.borrow() {
            return End::Stopped;
        }
        if told_at.elapsed() >= FAULTS_EVERY {
            told_at = Instant::now();
            desk.tell_faults();
        }
        // Nothing more is asked for until what came found its place.
        if !desk.outbox.is_empty() {
            tokio::select! {
                biased;
                () = asked(stopping) => return End::Stopped,
                () = desk.outbox.room() => {}
            }
            continue;
        }
        let now = Instant::now();
        let Some(at) = next(&jobs, &fates, now) else {
            let until = jobs.iter().map(|job| ready(job, &fates)).min();
            let span = until.map_or(IDLE, |until| until.saturating_duration_since(now));
            desk.wait(span, stopping).await;
            continue;
        };
        let range = jobs[at].range.clone();
        let polled = poll(desk, &bus, map, &range, &fates, stopping).await;
        let Some(polled) = polled else { return End::Stopped };
        let later = Instant::now();
        let job = &mut jobs[at];
        job.due = after(job.due, job.every, later);
        let answered = !matches!(polled, Err(Trouble::Timeout | Trouble::Resting | Trouble::Line(_)));
        if let Some(fate) = fates.get_mut(&range.unit).filter(|_| answered) {
            fate.resting = None;
            fate.backoff.reset();
        }
        match polled {
            Ok(objects) => {
                job.refused = false;
                desk.opened();
                take(desk, map, &range, &objects);
            }
            Err(Trouble::Line(reason)) => return End::Lost(reason),
            Err(Trouble::Exception(2)) if cuts.refused(map, &range) => {
                desk.opened();
                jobs = self::jobs(map, source.every, &cuts, &jobs);
            }
            Err(trouble) => {
                if answered {
                    desk.opened();
                }
                if matches!(trouble, Trouble::Exception(1..=3)) {
                    job.refused = true;
                    job.due = later + REFUSED_AGAIN.max(job.every);
                }
                let reason = trouble.sentence(range.unit, map.timing(range.unit));
                desk.trouble_with(
                    range.points.iter().filter_map(|at| map.points.get(*at)).map(|p| &p.code),
                    &reason,
                );
                if matches!(trouble, Trouble::Timeout | Trouble::Resting) {
                    if let Some(fate) = fates.get_mut(&range.unit) {
                        fate.resting = Some(later + fate.backoff.wait());
                    }
                    if fates.values().all(|fate| fate.resting.is_some()) {
                        desk.lost(reason);
                    }
                }
            }
        }
    }
}

/// How long a device without points sleeps.
const IDLE: Duration = Duration::from_secs(3600);

/// What to ask, each range as often as its points want; what was due when, from before.
fn jobs(map: &Map, every: Duration, cuts: &Cuts, before: &[Job]) -> Vec<Job> {
    let mut groups: BTreeMap<Duration, Vec<usize>> = BTreeMap::new();
    for (at, point) in map.points.iter().enumerate() {
        let every = point.every_ms.map_or(every, |ms| Duration::from_millis(u64::from(ms)));
        groups.entry(every.max(crate::limits::ASK_MIN)).or_default().push(at);
    }
    let now = Instant::now();
    groups
        .into_iter()
        .flat_map(|(every, which)| plan(map, &which, cuts).into_iter().map(move |range| (every, range)))
        .map(|(every, range)| {
            let known = before.iter().find(|job| job.range == range);
            Job {
                due: known.map_or(now, |job| job.due),
                refused: known.is_some_and(|job| job.refused),
                every,
                range,
            }
        })
        .collect()
}

/// When a job may be asked for.
fn ready(job: &Job, fates: &BTreeMap<u8, Fate>) -> Instant {
    let resting = fates.get(&job.range.unit).and_then(|fate| fate.resting);
    resting.map_or(job.due, |until| until.max(job.due))
}

/// The one that is latest, measured by how often it is wanted: so what is wanted often is not late by what is not.
fn next(jobs: &[Job], fates: &BTreeMap<u8, Fate>, now: Instant) -> Option<usize> {
    let late = |job: &Job| (now - job.due).as_secs_f64() / job.every.as_secs_f64().max(1e-3);
    jobs.iter()
        .enumerate()
        .filter(|(_, job)| ready(job, fates) <= now)
        .max_by(|(_, a), (_, b)| late(a).total_cmp(&late(b)))
        .map(|(at, _)| at)
}

/// The next time in step; those that were missed are let go.
fn after(due: Instant, every: Duration, now: Instant) -> Instant {
    let missed = now.saturating_duration_since(due).as_nanos() / every.as_nanos().max(1);
    due + every * u32::try_from(missed + 1).unwrap_or(u32::MAX)
}

/// Asks for a range, again where that may help; `None` when stopped without an answer.
async fn poll(
    desk: &mut Desk,
    bus: &Bus,
    map: &Map,
    range: &Range,
    fates: &BTreeMap<u8, Fate>,
    stopping: &mut watch::Receiver<bool>,
) -> Option<Result<Objects, Trouble>> {
    let timing = *map.timing(range.unit);
    let probe = fates.get(&range.unit).is_some_and(|fate| fate.resting.is_some());
    let mut left = if probe { 0 } else { timing.retries };
    loop {
        let asking = bus.read(range.unit, range.table, range.address, range.count, &timing, probe);
        tokio::pin!(asking);
        let answered = tokio::select! {
            biased;
            () = asked(stopping) => None,
            answered = &mut asking => Some(answered),
        };
        let (answer, trace) = match answered {
            Some(answered) => answered,
            // What was asked is taken if it comes soon: an answer that nobody waits for is a reading lost, and on a serial line it
            // would look like that of the next who asks.
            None => tokio::time::timeout(STOP_MAX, asking).await.ok().filter(|(answer, _)| answer.is_ok())?,
        };
        note(desk, &answer, &trace, range.points.len());
        match answer {
            Err(trouble) if trouble.again() && left > 0 => left -= 1,
            answer => return Some(answer),
        }
    }
}

/// Counts what came of a request, and shows it.
fn note(desk: &mut Desk, answer: &Result<Objects, Trouble>, trace: &Trace, points: usize) {
    let bad = matches!(answer, Err(Trouble::Wrong(_) | Trouble::Garbled(_)));
    let good = matches!(answer, Ok(_) | Err(Trouble::Exception(_)));
    let counters = Counters {
        bytes: trace.came.len() as u64,
        frames: u64::from(good),
        readings: if answer.is_ok() { points as u64 } else { 0 },
        bad_frames: u64::from(bad),
        ..Counters::default()
    };
    desk.count(&counters, &shown(trace));
    if good {
        desk.took(trace.took);
    }
    if let Err(trouble) = answer
        && !matches!(trouble, Trouble::Resting | Trouble::Line(_))
    {
        desk.errors(trouble.kind(), 1);
    }
}

/// The bytes of a request and its answer as a person reads them.
fn shown(trace: &Trace) -> Vec<u8> {
    if trace.sent.is_empty() {
        return Vec::new();
    }
    let mut text = String::new();
    for (mark, bytes) in [('>', &trace.sent), ('<', &trace.came)] {
        text.push(mark);
        for byte in bytes {
            text.push_str(&format!(" {byte:02X}"));
        }
        text.push('\n');
    }
    text.into_bytes()
}

/// Hands on what a range said.
fn take(desk: &mut Desk, map: &Map, range: &Range, objects: &Objects) {
    let mut readings = Vec::new();
    for (at, value) in read(map, range, objects) {
        let Some(point) = map.points.get(at) else { continue };
        desk.well(&point.code);
        let value = match value {
            Ok(Value::Text(text)) => {
                desk.said(&point.code, text);
                continue;
            }
            Ok(Value::Number(value)) => Ok(value),
            Err(fault) => Err(fault),
        };
        readings.push(domain::RawReading {
            code: point.code.clone(),
            value,
            device_at: None,
            sequence: None,
        });
    }
    let name = format!("{} unit {}", desk.endpoint, range.unit);
    desk.hand_on(&name, Decoded { readings, fixes: Vec::new() });
}

/// The line of a device, for a person who looks or writes; shared with the driver while that runs.
#[derive(Debug)]
pub struct Session {
    bus: Arc<Bus>,
    map: Map,
}

/// Takes the line of a device.
pub fn open(endpoint: &Endpoint, setup: &Setup) -> Result<Session, Error> {
    let bus = how(endpoint, setup).and_then(|how| bus::bus(&how)).map_err(|message| Error {
        kind: ErrorKind::Permanent,
        message,
        source: None,
    })?;
    Ok(Session { bus, map: setup.modbus.clone() })
}

impl Session {
    /// Reads objects as they are, and says how long the answer took.
    pub async fn read(
        &self,
        unit: u8,
        table: Table,
        address: u16,
        count: u16,
    ) -> Result<(Objects, Duration), Error> {
        let timing = *self.map.timing(unit);
        let mut left = timing.retries;
        loop {
            let (answer, trace) = self.bus.read(unit, table, address, count, &timing, false).await;
            match answer {
                Ok(objects) => return Ok((objects, trace.took)),
                Err(trouble) if trouble.again() && left > 0 => left -= 1,
                Err(trouble) => return Err(error(&trouble, unit, &self.map)),
            }
        }
    }

    /// Reads a point.
    pub async fn value(&self, point: &Point) -> Result<Result<Value, domain::RawFault>, Error> {
        let unit = self.map.unit_of(point);
        let (objects, _) = self.read(unit, point.table, point.address, point.objects()).await?;
        Ok(protocols::modbus::decode(point, &objects))
    }

    /// Sends a command, once: whether one that was not answered did something is for its reader to find out.
    pub async fn write(&self, unit: u8, command: &Command) -> Result<(), Error> {
        let (answer, _) = self.bus.write(unit, command, self.map.timing(unit)).await;
        answer.map_err(|trouble| error(&trouble, unit, &self.map))
    }
}

fn error(trouble: &Trouble, unit: u8, map: &Map) -> Error {
    let kind = match trouble {
        Trouble::Exception(1..=3) => ErrorKind::Permanent,
        _ => ErrorKind::Transient,
    };
    Error { kind, message: trouble.sentence(unit, map.timing(unit)), source: None }
}
