//! One device on one line: opened, read, decoded, and opened again when it goes away.

use crate::backoff::Backoff;
use crate::endpoint::Line;
use crate::limits::{FAULTS_EVERY, READ_BYTES, TAIL_BYTES, TCP_SILENCE_MAX};
use crate::outbox::Outbox;
use crate::{Arrival, Clock, Endpoint, LinkEvent, Message};
use protocols::line::{Decoder, Event, Fault};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::sync::{mpsc, watch};
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};
use units::DeviceId;

/// A device and where it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The device as the site knows it.
    pub device: DeviceId,
    /// Where it is reached.
    pub endpoint: Endpoint,
}

/// What a driver has seen since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes read.
    pub bytes: u64,
    /// Good frames.
    pub frames: u64,
    /// Readings in them, shed ones among them.
    pub readings: u64,
    /// Frames that could not be read.
    pub bad_frames: u64,
    /// Bytes outside frames.
    pub garbage_bytes: u64,
    /// Times the line was opened after the first.
    pub reconnects: u64,
    /// Readings shed because the queue was full.
    pub shed: u64,
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
    /// The last 4 KB as they came, newest last.
    pub tail: Vec<u8>,
}

#[derive(Debug, Default)]
struct Seen {
    connected: bool,
    last_error: Option<String>,
    counters: Counters,
    tail: VecDeque<u8>,
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
            tail: seen.tail.iter().copied().collect(),
        }
    }

    /// Asks it to stop.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Stops it and waits until the port is closed.
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
    let (stop, stopping) = watch::channel(false);
    let seen = Arc::new(Mutex::new(Seen::default()));
    let device = source.device;
    let reader = Reader {
        outbox: Outbox::new(device, queue),
        endpoint: source.endpoint,
        seen: seen.clone(),
        clock,
        device,
        unreported: (0, 0),
    };
    let task = runtime.spawn(reader.run(stopping, Backoff::new(seed)));
    Driver { device, seen, stop, task: Some(task) }
}

/// A panic while the lock was held can't leave counters half written.
fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Reader {
    device: DeviceId,
    endpoint: Endpoint,
    clock: Clock,
    seen: Arc<Mutex<Seen>>,
    outbox: Outbox,
    /// Bad frames and garbage bytes not yet told.
    unreported: (u64, u64),
}

/// Why reading ended.
enum End {
    Stopped,
    Lost(String),
}

impl Reader {
    async fn run(mut self, mut stopping: watch::Receiver<bool>, mut backoff: Backoff) {
        let mut opened_before = false;
        let mut told: Option<String> = None;
        while !*stopping.borrow() {
            let opened = tokio::select! {
                biased;
                () = asked(&mut stopping) => break,
                opened = self.endpoint.open() => opened,
            };
            let reason = match opened {
                Err(error) => error.to_string(),
                Ok(line) => {
                    tracing::info!(device = self.device.0, endpoint = %self.endpoint, "line opened");
                    self.opened(opened_before);
                    opened_before = true;
                    told = None;
                    let frames_before = lock(&self.seen).counters.frames;
                    let end = self.read(line, &mut stopping).await;
                    self.tell_faults();
                    // A port that opens and closes without a word is not well: only frames make the wait short again.
                    if lock(&self.seen).counters.frames > frames_before {
                        backoff.reset();
                    }
                    match end {
                        End::Stopped => break,
                        End::Lost(reason) => reason,
                    }
                }
            };
            {
                let mut seen = lock(&self.seen);
                seen.connected = false;
                seen.last_error = Some(reason.clone());
            }
            if told.as_ref() != Some(&reason) {
                tracing::warn!(device = self.device.0, endpoint = %self.endpoint, %reason, "line lost");
                told = Some(reason.clone());
                self.outbox.event((self.clock)(), LinkEvent::Lost { reason });
            }
            self.wait(backoff.wait(), &mut stopping).await;
        }
        lock(&self.seen).connected = false;
    }

    fn opened(&mut self, again: bool) {
        {
            let mut seen = lock(&self.seen);
            seen.connected = true;
            seen.last_error = None;
            seen.counters.reconnects += u64::from(again);
        }
        self.outbox.event((self.clock)(), LinkEvent::Opened);
    }

    /// Waits before the next try, and meanwhile tells what could not be told.
    async fn wait(&mut self, span: Duration, stopping: &mut watch::Receiver<bool>) {
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

    async fn read(&mut self, mut line: Line, stopping: &mut watch::Receiver<bool>) -> End {
        let mut decoder = Decoder::new();
        let mut buffer = vec![0; READ_BYTES];
        let mut faults_due = every(FAULTS_EVERY);
        let silence_max = match self.endpoint {
            Endpoint::Tcp { .. } => TCP_SILENCE_MAX,
            // A wire says by itself when it is gone.
            Endpoint::Serial { .. } => Duration::MAX,
        };
        loop {
            let taken = tokio::select! {
                biased;
                () = asked(stopping) => return End::Stopped,
                () = self.outbox.room() => continue,
                _ = faults_due.tick(), if self.unreported != (0, 0) => {
                    self.tell_faults();
                    continue;
                }
                taken = timeout(silence_max, line.read(&mut buffer)) => taken,
            };
            match taken {
                Ok(Ok(0)) => {
                    return End::Lost(format!("{} was closed at the other end or unplugged.", self.endpoint));
                }
                Ok(Ok(count)) => self.take(&mut decoder, &buffer[..count]),
                Ok(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(Err(error)) => return End::Lost(format!("Reading {}: {error}.", self.endpoint)),
                Err(_) => {
                    let minutes = silence_max.as_secs() / 60;
                    return End::Lost(format!("{} was silent for {minutes} minutes.", self.endpoint));
                }
            }
        }
    }

    fn take(&mut self, decoder: &mut Decoder, bytes: &[u8]) {
        let at = (self.clock)();
        let mut batches: Vec<Arrival> = Vec::new();
        let mut now = Counters { bytes: bytes.len() as u64, ..Counters::default() };
        for event in decoder.push(bytes) {
            match event {
                Event::Frame(frame) => {
                    now.frames += 1;
                    now.readings += frame.values.len() as u64;
                    match batches.last_mut().filter(|batch| batch.name == frame.device) {
                        Some(batch) => batch.readings.extend(frame.into_readings()),
                        None => {
                            let name = frame.device.clone();
                            let readings = frame.into_readings();
                            batches.push(Arrival { device: self.device, name, at, readings });
                        }
                    }
                }
                Event::Fault(Fault::Garbage { bytes }) => now.garbage_bytes += bytes as u64,
                Event::Fault(_) => now.bad_frames += 1,
            }
        }
        self.unreported.0 += now.bad_frames;
        self.unreported.1 += now.garbage_bytes;
        for batch in batches {
            now.shed += self.outbox.arrival(batch);
        }
        let mut seen = lock(&self.seen);
        let total = &mut seen.counters;
        total.bytes += now.bytes;
        total.frames += now.frames;
        total.readings += now.readings;
        total.bad_frames += now.bad_frames;
        total.garbage_bytes += now.garbage_bytes;
        total.shed += now.shed;
        let beyond = (seen.tail.len() + bytes.len()).saturating_sub(TAIL_BYTES).min(seen.tail.len());
        seen.tail.drain(..beyond);
        seen.tail.extend(bytes);
    }

    fn tell_faults(&mut self) {
        let (bad_frames, garbage_bytes) = std::mem::take(&mut self.unreported);
        if bad_frames + garbage_bytes > 0 {
            self.outbox.event((self.clock)(), LinkEvent::Faults { bad_frames, garbage_bytes });
        }
    }
}

fn every(span: Duration) -> Interval {
    let mut ticks = interval(span);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Ends when stopping was asked for, or when nobody is left who could.
async fn asked(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|asked| *asked).await;
}
