//! Six energy meters and four vibration sensors, as pure functions of a seed and an instant, and the gateway that publishes
//! them over MQTT.
//!
//! Power follows the hours of a working week; a meter's count is the integral of what it draws, so it never runs backwards.
//! One machine's bearing wears out after the site's life began: its vibration doubles every twelve hours until somebody
//! changes it on the fifth day.

use crate::broker::Publisher;
use crate::catalogue::ZoneKind;
use crate::chain::{Error, Sent, SimClock};
use crate::chance::{between, hash, normal, unit};
use std::fmt::Write;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use units::{Milli, Millis, Seed, Timestamp};

#[cfg(test)]
mod tests;

/// How often every one of them measures.
pub const INTERVAL: Millis = Millis::minutes(1);

/// Where the meters publish; below it each has its name.
pub const ENERGY_TOPIC: &str = "harbour/energy";

/// Where the vibration sensors publish.
pub const VIBRATION_TOPIC: &str = "harbour/vibration";

/// The vibration from which a machine of this size should not run on (ISO 20816-3, zone C of small machines), mm/s.
pub const VIBRATION_LIMIT: Milli = Milli(4_500);

/// The clock on the wall of the demonstration site is this far ahead of UTC.
const WALL_CLOCK: Millis = Millis::hours(8);

/// Measurements of one message, when the gateway sends what it has kept.
const BUNDLE: i64 = 60;

/// After a longer pause the gateway has kept no more than this.
const BACKLOG_MAX: Millis = Millis::days(1);

const HOUR: i64 = 3_600_000;
const WEEK: i64 = 7 * 24 * HOUR;

/// What a sensor measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Power, kW, and energy, kWh.
    Energy,
    /// Vibration, mm/s RMS, and the bearing's temperature, °C.
    Vibration,
}

/// One sensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name on the wire.
    pub code: &'static str,
    /// Its name for people.
    pub name: &'static str,
    /// Its Chinese name.
    pub name_zh: &'static str,
    /// The room it stands in; none for the whole site.
    pub zone: Option<ZoneKind>,
    /// What it measures.
    pub measure: Measure,
    /// Power at night and in working hours, in tenths of a kW; or vibration and warmth, in tenths of mm/s and °C.
    low: i32,
    high: i32,
}

const fn machine(
    code: &'static str,
    name: &'static str,
    name_zh: &'static str,
    zone: Option<ZoneKind>,
    measure: Measure,
    (low, high): (i32, i32),
) -> Machine {
    Machine { code, name, name_zh, zone, measure, low, high }
}

/// The sensors: the site's meter, five below it, and four machines that turn.
pub const MACHINES: [Machine; 10] = [
    machine("E1", "Site supply", "总进线", None, Measure::Energy, (0, 0)),
    machine("E2", "Chilled room cooling", "冷藏库 制冷", Some(ZoneKind::Chilled), Measure::Energy, (62, 118)),
    machine("E3", "Freezer cooling", "冷冻库 制冷", Some(ZoneKind::Frozen), Measure::Energy, (141, 196)),
    machine("E4", "Lighting", "照明", Some(ZoneKind::Ambient), Measure::Energy, (9, 87)),
    machine("E5", "Conveyors", "输送线", Some(ZoneKind::Ambient), Measure::Energy, (4, 133)),
    machine("E6", "Truck charging", "叉车充电", Some(ZoneKind::Ambient), Measure::Energy, (164, 38)),
    machine("V1", "Chilled compressor", "冷藏 压缩机", Some(ZoneKind::Chilled), Measure::Vibration, (17, 52)),
    machine("V2", "Freezer compressor", "冷冻 压缩机", Some(ZoneKind::Frozen), Measure::Vibration, (21, 58)),
    machine("V3", "Freezer fan", "冷冻 风机", Some(ZoneKind::Frozen), Measure::Vibration, (13, 31)),
    machine("V4", "Conveyor drive", "输送 驱动", Some(ZoneKind::Ambient), Measure::Vibration, (15, 44)),
];

/// The sensors of a seed.
#[derive(Clone, Copy, Debug)]
pub struct Machines {
    seed: u64,
    live_from: Timestamp,
}

/// Each kind of chance draws from its own stream.
mod stream {
    pub(super) const LOAD: u64 = 0x8E01;
    pub(super) const START: u64 = 0x8E02;
    pub(super) const NOISE: u64 = 0x8E03;
    pub(super) const WORN: u64 = 0x8E04;
    pub(super) const SHIFT: u64 = 0x8E05;
}

impl Machines {
    /// The sensors of a seed; `live_from` is where the site's life began.
    pub fn new(seed: Seed, live_from: Timestamp) -> Self {
        Self { seed: seed.0, live_from }
    }

    /// The machine whose bearing wears out, and since when.
    pub fn worn(&self) -> (&'static Machine, Timestamp) {
        let turning = 6 + (hash(&[self.seed, stream::WORN]) % 4) as usize;
        let hours = between(1.0, 4.0, &[self.seed, stream::WORN, 1]);
        (&MACHINES[turning], self.live_from + Millis((hours * HOUR as f64) as i64))
    }

    /// What a sensor says, as the payload of one measurement.
    pub fn payload(&self, index: usize, at: Timestamp) -> String {
        let sensor = &MACHINES[index];
        match sensor.measure {
            Measure::Energy => {
                let (kw, kwh) = self.energy(index, at);
                format!(r#"{{"ts":{},"kw":{kw:.2},"kwh":{kwh:.1}}}"#, at.0)
            }
            Measure::Vibration => {
                let (rms, temperature) = self.vibration(index, at);
                format!(r#"{{"ts":{},"rms":{rms:.2},"temp":{temperature:.1}}}"#, at.0)
            }
        }
    }

    /// Power in kW and the count in kWh.
    pub fn energy(&self, index: usize, at: Timestamp) -> (f64, f64) {
        if index == 0 {
            // Everything below it, and what has no meter of its own.
            let below = (1..6).map(|meter| self.energy(meter, at));
            return below
                .fold((3.1, 3.1 * (at.0 - self.live_from.0) as f64 / HOUR as f64 + 41_000.0), |sum, one| {
                    (sum.0 + one.0, sum.1 + one.1)
                });
        }
        let wall = at + WALL_CLOCK;
        let place = wall.0.rem_euclid(WEEK);
        let whole: f64 = (0..168).map(|hour| self.load(index, hour)).sum();
        let so_far: f64 = (0..place / HOUR).map(|hour| self.load(index, hour)).sum();
        let now = self.load(index, place / HOUR);
        let since = wall.0.div_euclid(WEEK) - (self.live_from + WALL_CLOCK).0.div_euclid(WEEK);
        let start = between(20_000.0, 60_000.0, &[self.seed, stream::START, index as u64]);
        let count = start + whole * since as f64 + so_far + now * (place % HOUR) as f64 / HOUR as f64;
        let flicker = 1.0 + 0.03 * normal(&[self.seed, stream::NOISE, index as u64, at.0 as u64]);
        ((now * flicker).max(0.0), count)
    }

    /// The mean power of an hour of the week, Monday 0 o'clock first, kW.
    fn load(&self, index: usize, hour_of_week: i64) -> f64 {
        let sensor = &MACHINES[index];
        // The epoch's week begins on a Thursday.
        let day = (hour_of_week / 24 + 3) % 7;
        let busy = match (day, hour_of_week % 24) {
            (0..5, 6..20) => 1.0,
            (5, 7..15) => 0.7,
            (0..6, 5 | 20 | 21) => 0.4,
            _ => 0.0,
        };
        let (low, high) = (f64::from(sensor.low) / 10.0, f64::from(sensor.high) / 10.0);
        let chance = between(0.93, 1.07, &[self.seed, stream::LOAD, index as u64, hour_of_week as u64]);
        (low + (high - low) * busy) * chance
    }

    /// Vibration in mm/s RMS and the bearing's temperature in °C.
    pub fn vibration(&self, index: usize, at: Timestamp) -> (f64, f64) {
        let sensor = &MACHINES[index];
        let key = |what: u64| [self.seed, stream::NOISE, what, index as u64, at.0 as u64];
        let (worn, since) = self.worn();
        let hours = (at - since).0 as f64 / HOUR as f64;
        let wear =
            if worn == sensor && (0.0..96.0).contains(&hours) { (hours / 12.0).exp2().min(5.5) } else { 1.0 };
        // The load comes and goes over half an hour.
        let phase = at.0 as f64 / 1_800_000.0 + unit(&[self.seed, stream::SHIFT, index as u64]);
        let load = (std::f64::consts::TAU * phase).sin();
        let rms = f64::from(sensor.low) / 10.0 * wear * (1.0 + 0.08 * load) + 0.04 * normal(&key(1));
        let warmth = f64::from(sensor.high) + 1.5 * load + 3.0 * (wear - 1.0) + 0.2 * normal(&key(2));
        (rms.max(0.1), warmth)
    }
}

#[derive(Debug, Default)]
struct Control {
    stop: bool,
    sent: Sent,
}

#[derive(Debug, Default)]
struct Shared {
    control: Mutex<Control>,
    turned: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Control> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits, but not beyond a change of the controls; says whether to stop.
    fn wait(&self, span: Duration) -> bool {
        let control = self.lock();
        if control.stop {
            return true;
        }
        self.turned.wait_timeout(control, span).unwrap_or_else(PoisonError::into_inner).0.stop
    }
}

/// A gateway at work. Dropping it ends it at once; [`Gateway::stop`] in order.
#[derive(Debug)]
pub struct Gateway {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Publishes every sensor to a broker. Each whole minute after `from` is sent once and in order as soon as `clock` has passed
/// it; `speed` (1 to 600) only says how often to look. What the broker does not take is kept, and sent later.
pub fn start(
    machines: Machines,
    endpoint: &str,
    from: Timestamp,
    speed: u32,
    clock: SimClock,
) -> Result<Gateway, Error> {
    let publisher = Publisher::connect(endpoint, "harbour-gateway")?;
    let shared = Arc::new(Shared::default());
    let look =
        Duration::from_millis((INTERVAL.0.unsigned_abs() / 2 / u64::from(speed.max(1))).clamp(20, 500));
    let next = Timestamp((from.0.div_euclid(INTERVAL.0) + 1) * INTERVAL.0);
    let task = Task { machines, publisher, clock, shared: shared.clone(), next, look, whole: true };
    let thread = std::thread::Builder::new()
        .name("mqtt gateway".into())
        .spawn(move || task.run())
        .map_err(|error| Error::new("Starting the thread of the simulated gateway", error))?;
    Ok(Gateway { shared, thread: Some(thread) })
}

impl Gateway {
    /// What went out so far: messages and values.
    pub fn sent(&self) -> Sent {
        self.shared.lock().sent
    }

    /// Ends after the minute being sent, waits until the broker has all of it, and says what was sent.
    pub fn stop(mut self) -> Sent {
        self.end();
        self.sent()
    }

    fn end(&mut self) {
        self.shared.lock().stop = true;
        self.shared.turned.notify_all();
        if let Some(thread) = self.thread.take() {
            // It can only fail by a bug in it; its connection is closed then too.
            let _ = thread.join();
        }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.end();
    }
}

struct Task {
    machines: Machines,
    publisher: Publisher,
    clock: SimClock,
    shared: Arc<Shared>,
    next: Timestamp,
    look: Duration,
    /// The broker has taken all so far.
    whole: bool,
}

impl Task {
    fn run(mut self) {
        loop {
            if !self.whole {
                self.whole = self.publisher.flush().is_ok();
            }
            let now = (self.clock)();
            if now - self.next > BACKLOG_MAX {
                self.next = Timestamp((now - BACKLOG_MAX).0.div_euclid(INTERVAL.0) * INTERVAL.0);
            }
            if !self.whole || self.next > now {
                let pause = if self.whole { self.look } else { Duration::from_millis(200) };
                if self.shared.wait(pause) {
                    break;
                }
                continue;
            }
            if self.shared.lock().stop {
                break;
            }
            let count = ((now - self.next).0 / INTERVAL.0 + 1).min(BUNDLE);
            self.send(count);
        }
        // The demonstration ends: whether the broker still took it shows in its sums.
        if let Err(error) = self.publisher.flush() {
            tracing::warn!(%error, "the simulated gateway could not send the last of it");
        }
    }

    /// Sends so many minutes of every sensor.
    fn send(&mut self, count: i64) {
        for (index, sensor) in MACHINES.iter().enumerate() {
            let topic = match sensor.measure {
                Measure::Energy => ENERGY_TOPIC,
                Measure::Vibration => VIBRATION_TOPIC,
            };
            let mut payload = String::new();
            for step in 0..count {
                let one = self.machines.payload(index, self.next + Millis(step * INTERVAL.0));
                // Writing to a String can't fail.
                let _ = write!(payload, "{}{one}", if step == 0 { "" } else { "," });
            }
            if count > 1 {
                payload = format!("[{payload}]");
            }
            self.whole &=
                self.publisher.publish(&format!("{topic}/{}", sensor.code), payload.as_bytes()).is_ok();
            let mut control = self.shared.lock();
            control.sent.frames += 1;
            control.sent.readings += 2 * count.unsigned_abs();
        }
        self.next = self.next + Millis(count * INTERVAL.0);
    }
}
