//! The temperature chain: twelve probes that speak the line protocol on a wire, as a device would.
//!
//! [`Chain`] is what the device says at an instant; [`start`] puts it on a line that the ordinary driver opens.

use crate::chance::{hash, normal};
use crate::thermal::{Climate, Incident, PROBES};
use domain::{RawFault, RawReading};
use protocols::line::{Frame, encode};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use units::{Milli, Millis, Seed, Timestamp};

mod wire;

#[cfg(test)]
mod tests;

pub use wire::{Outlet, Wire};

/// The device's name of itself.
pub const DEVICE: &str = "CHAIN-1";

/// How often it measures.
pub const INTERVAL: Millis = Millis::seconds(10);

/// After a longer pause of the machine the chain does not send all it missed, but the last day.
const BACKLOG_MAX: Millis = Millis::days(1);

/// How long stopping waits for the reader to take what was sent.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// Tells the simulated time. The one that stamps arrivals should be the same: a reading is then as old as it looks.
pub type SimClock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A line could not be made or written.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What was tried, on what, and what to do next.
    pub message: String,
    /// What the system said.
    #[source]
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(
        doing: impl std::fmt::Display,
        error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        let error = error.into();
        Self { message: format!("{doing}: {error}"), source: Some(error) }
    }
}

/// What the device says: the climate through twelve imperfect sensors.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    seed: u64,
    climate: Climate,
}

impl Chain {
    /// The chain of a seed; `live_from` is where troubles become frequent, see [`Climate::new`].
    pub fn new(seed: Seed, live_from: Timestamp) -> Self {
        Self { seed: seed.0, climate: Climate::new(seed, live_from) }
    }

    /// What it says at an instant: the same whenever and in whatever order it is asked.
    pub fn frame_at(&self, at: Timestamp) -> Frame {
        let truth = self.climate.temperatures(at);
        let values = PROBES
            .iter()
            .zip(truth)
            .enumerate()
            .map(|(index, (probe, truth))| (probe.code.to_owned(), self.sensed(index as u64, truth, at)))
            .collect();
        let sequence = Some(at.0.div_euclid(INTERVAL.0));
        Frame { device: DEVICE.to_owned(), sequence, device_at: Some(at), values }
    }

    /// [`Chain::frame_at`] as readings.
    pub fn readings_at(&self, at: Timestamp) -> Vec<RawReading> {
        self.frame_at(at).into_readings()
    }

    /// What it said at every multiple of `step` in `from..to`: a past to fill a store with.
    pub fn history(
        &self,
        from: Timestamp,
        to: Timestamp,
        step: Millis,
    ) -> impl Iterator<Item = (Timestamp, Vec<RawReading>)> + use<> {
        let chain = *self;
        let step = step.0.max(1);
        let first = from.0.div_euclid(step) + i64::from(from.0.rem_euclid(step) != 0);
        (first..)
            .map(move |index| Timestamp(index.saturating_mul(step)))
            .take_while(move |at| *at < to)
            .map(move |at| (at, chain.readings_at(at)))
    }

    /// The troubles that truly begin in `from..to`.
    pub fn incidents(&self, from: Timestamp, to: Timestamp) -> Vec<Incident> {
        self.climate.incidents(from, to)
    }

    fn sensed(&self, probe: u64, truth: f64, at: Timestamp) -> Result<Milli, RawFault> {
        const FAULT: u64 = 0x5E01;
        const NOISE: u64 = 0x5E02;
        const BIAS: u64 = 0x5E03;
        let instant = at.0 as u64;
        match hash(&[self.seed, FAULT, probe, instant]) % 24_000 {
            0..6 => Err(RawFault::SensorFault),
            6 => Err(RawFault::NotANumber),
            // What a DS18B20 says when its supply dips: its value after power-on.
            7..10 => Ok(Milli(85_000)),
            _ => {
                let bias = 0.08 * normal(&[self.seed, BIAS, probe]);
                let noise = 0.03 * normal(&[self.seed, NOISE, probe, instant]);
                let hundredths = ((truth + bias + noise) * 100.0).round() as i64;
                Ok(Milli(hundredths * 10))
            }
        }
    }
}

/// What went over the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Frames written.
    pub frames: u64,
    /// Values in them, faults of sensors among them.
    pub readings: u64,
    /// Bytes nobody had taken when the line was closed.
    pub unread_bytes: u64,
}

#[derive(Debug, Default)]
struct Control {
    stop: bool,
    paused: bool,
    want_unplugged: bool,
    is_unplugged: bool,
    trouble: Option<String>,
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

    /// Waits, but not beyond a change of the controls.
    fn wait(&self, span: Duration) {
        let control = self.lock();
        let _ = self.turned.wait_timeout(control, span).unwrap_or_else(PoisonError::into_inner);
    }

    fn turn(&self, change: impl FnOnce(&mut Control)) {
        change(&mut self.lock());
        self.turned.notify_all();
    }
}

/// A chain on a line. Dropping it pulls the plug at once; [`Running::stop`] ends it in order.
pub struct Running {
    shared: Arc<Shared>,
    endpoint: String,
    thread: Option<std::thread::JoinHandle<Wire>>,
    /// The line after the chain fell silent: open, so that its reader sees no fault.
    line: Option<Wire>,
}

/// Puts the chain on a line. Every instant of the ten-second grid after `from` is sent once and in order as soon as
/// `clock` has passed it; `speed` (1 to 600) only says how often to look. While nobody takes what was sent it waits, and
/// catches up later; while paused or unplugged it stays silent, and what it would have said is lost.
pub fn start(
    chain: Chain,
    outlet: Outlet,
    from: Timestamp,
    speed: u32,
    clock: SimClock,
) -> Result<Running, Error> {
    let wire = Wire::outlet(outlet)?;
    let endpoint = wire.endpoint().to_owned();
    let shared = Arc::new(Shared::default());
    let look = Duration::from_millis((INTERVAL.0.unsigned_abs() / 2 / u64::from(speed.max(1))).clamp(4, 500));
    let task = Sender { chain, wire, clock, shared: shared.clone(), next: after(from), look };
    let thread = std::thread::Builder::new()
        .name("temperature chain".into())
        .spawn(move || task.run())
        .map_err(|error| Error::new("Starting the thread of the simulated temperature chain", error))?;
    Ok(Running { shared, endpoint, thread: Some(thread), line: None })
}

/// The first instant of the grid after a time.
fn after(time: Timestamp) -> Timestamp {
    Timestamp((time.0.div_euclid(INTERVAL.0) + 1) * INTERVAL.0)
}

impl Running {
    /// What to open: a path of a pseudo-terminal or `tcp://host:port`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What went over the wire so far.
    pub fn sent(&self) -> Sent {
        self.shared.lock().sent
    }

    /// Falls silent, the plug still in.
    pub fn pause(&self) {
        self.shared.turn(|control| control.paused = true);
    }

    /// Speaks again.
    pub fn resume(&self) {
        self.shared.turn(|control| control.paused = false);
    }

    /// Pulls the plug, and returns when it is out.
    pub fn unplug(&self) -> Result<(), Error> {
        self.plug(true)
    }

    /// Puts the plug back, and returns when it is in. The endpoint is the same where it is a link or an address.
    pub fn replug(&self) -> Result<(), Error> {
        self.plug(false)
    }

    fn plug(&self, unplugged: bool) -> Result<(), Error> {
        self.shared.turn(|control| {
            control.want_unplugged = unplugged;
            control.trouble = None;
        });
        for _ in 0..500 {
            let control = self.shared.lock();
            if let Some(trouble) = &control.trouble {
                return Err(Error { message: trouble.clone(), source: None });
            }
            if control.is_unplugged == unplugged {
                return Ok(());
            }
            drop(control);
            self.shared.wait(Duration::from_millis(10));
        }
        Err(Error {
            message: "The simulated chain did not answer within 5 s; start the demo again.".into(),
            source: None,
        })
    }

    /// Ends after the frame being sent, waits up to five seconds for the reader to take everything and says what was sent. The
    /// line stays open until this is dropped.
    pub fn fall_silent(&mut self) -> Sent {
        self.shared.turn(|control| control.stop = true);
        self.join();
        self.sent()
    }

    /// Falls silent, closes the line and says what was sent.
    pub fn stop(mut self) -> Sent {
        self.fall_silent()
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // It can only fail by a bug in it; the line is closed then too.
            self.line = thread.join().ok();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.shared.turn(|control| {
                control.stop = true;
                control.want_unplugged = true;
            });
            self.join();
        }
    }
}

struct Sender {
    chain: Chain,
    wire: Wire,
    clock: SimClock,
    shared: Arc<Shared>,
    next: Timestamp,
    look: Duration,
}

impl Sender {
    /// Sends until it is told to stop; then the line is handed back.
    fn run(mut self) -> Wire {
        loop {
            let (stop, silent) = self.turn_plug();
            if stop {
                break;
            }
            let now = (self.clock)();
            if silent {
                self.next = self.next.max(after(now));
            } else if now - self.next > BACKLOG_MAX {
                self.next = after(now - BACKLOG_MAX);
            }
            if silent || self.next > now {
                self.shared.wait(self.look);
                continue;
            }
            self.send_next();
        }
        let unread = self.drain();
        self.shared.turn(|control| control.sent.unread_bytes += unread);
        self.wire
    }

    /// Follows the controls: whether to stop, and whether to be silent.
    fn turn_plug(&mut self) -> (bool, bool) {
        let control = self.shared.lock();
        let (want, is) = (control.want_unplugged, control.is_unplugged);
        let (stop, paused) = (control.stop, control.paused);
        drop(control);
        if want != is {
            let turned = if want {
                // A frame that is lost on the way without being counted would look like one that the reader lost.
                self.wire.arrive(&mut |span| self.shared.wait(span));
                self.wire.unplug()
            } else {
                self.wire.plug()
            };
            // What it would have said while it was out is lost, up to this moment.
            self.next = self.next.max(if want { self.next } else { after((self.clock)()) });
            self.shared.turn(|control| match turned {
                Ok(unread) => {
                    control.is_unplugged = want;
                    control.sent.unread_bytes += unread;
                }
                Err(error) => {
                    control.want_unplugged = is;
                    control.trouble = Some(error.to_string());
                }
            });
        }
        (stop, paused || want)
    }

    fn send_next(&mut self) {
        let frame = self.chain.frame_at(self.next);
        let readings = frame.values.len() as u64;
        let written = match encode(&frame) {
            Ok(bytes) => {
                let shared = &self.shared;
                self.wire.write(&bytes, &mut |span| {
                    shared.wait(span);
                    let control = shared.lock();
                    control.stop || control.want_unplugged
                })
            }
            // The names are ours and short.
            Err(error) => Err(Error::new("Writing a frame of the simulated chain", error)),
        };
        match written {
            Ok(true) => {
                self.next = self.next + INTERVAL;
                let mut control = self.shared.lock();
                control.sent.frames += 1;
                control.sent.readings += readings;
            }
            // Interrupted: the controls say what is next.
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "the simulated chain can't write");
                self.shared.wait(Duration::from_millis(200));
            }
        }
    }

    fn drain(&mut self) -> u64 {
        let shared = &self.shared;
        self.wire.drain(DRAIN_MAX, &mut |span| {
            shared.wait(span);
            shared.lock().want_unplugged
        })
    }
}
