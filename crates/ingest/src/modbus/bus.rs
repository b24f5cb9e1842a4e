//! One line and all who ask on it, in turn.
//!
//! A serial line or a connection is opened once, whoever asks: devices that share it share this [`Bus`]. Requests are served
//! in the order they came, one at a time, so a slave that does not answer costs the others its timeout and no more. Knows
//! frames by `tokio-modbus`, late answers and silence. Does not know points or channels.
//!
//! A serial line's answer carries no number: one that comes late looks like the answer to the next request. So a slave that did
//! not answer in time is left alone for that time again, while others are asked; what comes meanwhile is thrown away.

use crate::Endpoint;
use crate::limits::{OPEN_MAX, REOPEN_MIN, SILENT_IN_A_ROW_MAX};
use protocols::modbus::{Command, Objects, Table, Timing};
use protocols::setup::Serial;
use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context as Waking, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_modbus::client::{Client, Context};
use tokio_modbus::slave::SlaveContext;
use tokio_modbus::{ExceptionCode, Request, Response, Slave};

/// How a line is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct How {
    pub endpoint: Endpoint,
    /// The serial line's frame (with a checksum), also over TCP; else that of TCP (with a number).
    pub rtu: bool,
    pub serial: Serial,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The line can't be opened, or is gone.
    Line(String),
    /// Nothing came in time.
    Timeout,
    /// The slave refuses, with this code.
    Exception(u8),
    /// An answer to something else: of another slave, function, number or length.
    Wrong(String),
    /// What came is no frame.
    Garbled(String),
    /// It is not asked now: it was silent just before.
    Resting,
}

impl Trouble {
    /// The name of its counter.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Line(_) => "modbus.line",
            Self::Timeout => "modbus.timeout",
            Self::Exception(1) => "modbus.exception_1",
            Self::Exception(2) => "modbus.exception_2",
            Self::Exception(3) => "modbus.exception_3",
            Self::Exception(4) => "modbus.exception_4",
            Self::Exception(5) => "modbus.exception_5",
            Self::Exception(6) => "modbus.exception_6",
            Self::Exception(10) => "modbus.exception_10",
            Self::Exception(11) => "modbus.exception_11",
            Self::Exception(_) => "modbus.exception_other",
            Self::Wrong(_) => "modbus.wrong_answer",
            Self::Garbled(_) => "modbus.garbled",
            Self::Resting => "modbus.resting",
        }
    }

    /// In a sentence about a slave.
    pub fn sentence(&self, unit: u8, timing: &Timing) -> String {
        match self {
            Self::Line(reason) => reason.clone(),
            Self::Timeout | Self::Resting => format!(
                "Unit {unit} does not answer within {} ms. Check its address, speed, parity and wiring.",
                timing.timeout_ms
            ),
            Self::Exception(code) => {
                let meaning = match code {
                    1 => "it does not know this function",
                    2 => "it has no such address",
                    3 => "it does not take this value or number of objects",
                    4 => "it failed while it tried",
                    5 => "it needs longer",
                    6 => "it is busy",
                    10 => "the gateway has no way there",
                    11 => "the gateway got no answer from it",
                    _ => "its manual knows why",
                };
                format!("Unit {unit} refuses with exception {code}: {meaning}.")
            }
            Self::Wrong(what) => format!("Unit {unit} gave a wrong answer: {what}."),
            Self::Garbled(what) => format!("What came from unit {unit} is no frame: {what}."),
        }
    }

    /// Whether another try may go better at once.
    pub fn again(&self) -> bool {
        matches!(self, Self::Timeout | Self::Wrong(_) | Self::Garbled(_) | Self::Exception(5 | 6))
    }
}

/// What one request looked like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub sent: Vec<u8>,
    pub came: Vec<u8>,
    pub took: Duration,
}

/// A line that is shared.
#[derive(Debug)]
pub(crate) struct Bus {
    how: How,
    line: tokio::sync::Mutex<Line>,
    times: Mutex<Times>,
}

#[derive(Debug, Default)]
struct Times {
    /// Slaves that are left alone until then.
    held: HashMap<u8, Instant>,
    /// Slaves that were silent are not tried before then: they get a quarter of the line's time at most.
    probes_after: Option<Instant>,
}

#[derive(Debug, Default)]
struct Line {
    open: Option<Open>,
    /// Something may still come that nobody waits for.
    dirty: bool,
    ended: Option<Instant>,
    /// Answers missed in a row.
    silent: u32,
    failed: Option<(Instant, String)>,
}

struct Open {
    context: Context,
    wire: Wire,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Open")
    }
}

/// The lines in use: a port is one of the machine's things, so the list of them is the process's.
static BUSES: Mutex<Vec<(String, Weak<Bus>)>> = Mutex::new(Vec::new());

/// The line of an endpoint, shared with whoever uses it; it is closed when the last of them lets it go.
pub(crate) fn bus(how: &How) -> Result<Arc<Bus>, String> {
    let key = match &how.endpoint {
        // One port may have several names.
        Endpoint::Serial { path, .. } => {
            std::fs::canonicalize(path).map_or_else(|_| path.clone(), |real| real.display().to_string())
        }
        other => other.to_string(),
    };
    let mut buses = BUSES.lock().unwrap_or_else(PoisonError::into_inner);
    buses.retain(|(_, bus)| bus.strong_count() > 0);
    if let Some(known) = buses.iter().find(|(name, _)| *name == key).and_then(|(_, bus)| bus.upgrade()) {
        let same = known.how.rtu == how.rtu
            && match (&known.how.endpoint, &how.endpoint) {
                (Endpoint::Serial { baud, .. }, Endpoint::Serial { baud: other, .. }) => {
                    baud == other && known.how.serial == how.serial
                }
                _ => true,
            };
        if same {
            return Ok(known);
        }
        return Err(format!(
            "{} is in use by another device at another speed, parity or frame: devices that share a line agree on these.",
            how.endpoint
        ));
    }
    let bus = Arc::new(Bus { how: how.clone(), line: Default::default(), times: Default::default() });
    buses.push((key, Arc::downgrade(&bus)));
    Ok(bus)
}

impl Bus {
    /// Reads objects.
    pub async fn read(
        &self,
        unit: u8,
        table: Table,
        address: u16,
        count: u16,
        timing: &Timing,
        probe: bool,
    ) -> (Result<Objects, Trouble>, Trace) {
        let request = match table {
            Table::Coil => Request::ReadCoils(address, count),
            Table::Discrete => Request::ReadDiscreteInputs(address, count),
            Table::Input => Request::ReadInputRegisters(address, count),
            Table::Holding => Request::ReadHoldingRegisters(address, count),
        };
        let (answer, trace) = self.ask(unit, request, timing, probe).await;
        (answer.and_then(|answer| objects(answer, count)), trace)
    }

    /// Writes objects; the answer must repeat what was asked.
    pub async fn write(&self, unit: u8, command: &Command, timing: &Timing) -> (Result<(), Trouble>, Trace) {
        let request = match command {
            Command::Coil(address, on) => Request::WriteSingleCoil(*address, *on),
            Command::Register(address, word) => Request::WriteSingleRegister(*address, *word),
            Command::Coils(address, bits) => Request::WriteMultipleCoils(*address, bits.clone().into()),
            Command::Registers(address, words) => {
                Request::WriteMultipleRegisters(*address, words.clone().into())
            }
        };
        let (answer, trace) = self.ask(unit, request, timing, false).await;
        let echoed = answer.and_then(|answer| {
            let repeated = match (command, &answer) {
                (Command::Coil(address, on), Response::WriteSingleCoil(at, got)) => {
                    address == at && on == got
                }
                (Command::Register(address, word), Response::WriteSingleRegister(at, got)) => {
                    address == at && word == got
                }
                (Command::Coils(address, bits), Response::WriteMultipleCoils(at, count)) => {
                    address == at && bits.len() == usize::from(*count)
                }
                (Command::Registers(address, words), Response::WriteMultipleRegisters(at, count)) => {
                    address == at && words.len() == usize::from(*count)
                }
                _ => false,
            };
            if repeated { Ok(()) } else { Err(Trouble::Wrong("it repeats another request".to_owned())) }
        });
        (echoed, trace)
    }

    /// One request, once, when its turn comes. A `probe` is of a slave that was silent.
    async fn ask(
        &self,
        unit: u8,
        request: Request<'static>,
        timing: &Timing,
        probe: bool,
    ) -> (Result<Response, Trouble>, Trace) {
        if probe && self.times().probes_after.is_some_and(|after| Instant::now() < after) {
            return (Err(Trouble::Resting), Trace::default());
        }
        loop {
            let until = self.times().held.get(&unit).copied().filter(|until| *until > Instant::now());
            let Some(until) = until else { break };
            sleep_until(until).await;
        }
        let mut line = self.line.lock().await;
        let begun = Instant::now();
        let answer = self.exchange(&mut line, unit, request, timing).await;
        let now = Instant::now();
        line.ended = Some(now);
        let limit = Duration::from_millis(u64::from(timing.timeout_ms));
        let (sent, came) = line.open.as_ref().map_or_else(Default::default, |open| open.wire.taken());
        match &answer {
            Ok(_) | Err(Trouble::Exception(_)) => line.silent = 0,
            Err(Trouble::Timeout) => line.silent += 1,
            Err(Trouble::Line(_)) => line.open = None,
            // Where a frame of TCP begins is lost with the first bad one.
            Err(Trouble::Garbled(_)) if !self.how.rtu => line.open = None,
            Err(_) => {}
        }
        let over_tcp = !matches!(self.how.endpoint, Endpoint::Serial { .. });
        if over_tcp && line.silent >= SILENT_IN_A_ROW_MAX {
            // It may be half open.
            line.open = None;
            line.silent = 0;
        }
        drop(line);
        let mut times = self.times();
        let mut hold = Duration::from_millis(u64::from(timing.pause_ms));
        if answer == Err(Trouble::Timeout) {
            if self.how.rtu {
                hold = hold.max(limit);
            }
            if probe {
                times.probes_after = Some(now + 3 * (now - begun));
            }
        }
        if hold > Duration::ZERO {
            times.held.insert(unit, now + hold);
        } else {
            times.held.remove(&unit);
        }
        drop(times);
        (answer, Trace { sent, came, took: now - begun })
    }

    async fn exchange(
        &self,
        line: &mut Line,
        unit: u8,
        request: Request<'static>,
        timing: &Timing,
    ) -> Result<Response, Trouble> {
        if line.open.is_none() {
            line.open = Some(self.opened(line).await.map_err(Trouble::Line)?);
            line.dirty = false;
        }
        let quiet = self.silence();
        let dirty = std::mem::replace(&mut line.dirty, true);
        if let Some(ended) = line.ended {
            sleep_until(ended + quiet).await;
        }
        let Some(open) = &mut line.open else {
            return Err(Trouble::Line("The line is not open.".to_owned()));
        };
        let wait = if dirty { quiet.max(DIRTY_QUIET) } else { Duration::ZERO };
        open.wire.clone().drained(wait).await.map_err(|said| Trouble::Line(self.broken(&said)))?;
        open.wire.begin();
        open.context.set_slave(Slave(unit));
        let limit = Duration::from_millis(u64::from(timing.timeout_ms));
        let answer = match timeout(limit, open.context.call(request)).await {
            Err(_) => return Err(Trouble::Timeout),
            Ok(answer) => answer,
        };
        let trouble = match answer {
            Ok(Ok(response)) => {
                line.dirty = false;
                return Ok(response);
            }
            Ok(Err(exception)) => {
                line.dirty = false;
                return Err(Trouble::Exception(code(exception)));
            }
            Err(tokio_modbus::Error::Protocol(error)) => {
                use tokio_modbus::ProtocolError::{FunctionCodeMismatch, HeaderMismatch};
                Trouble::Wrong(match error {
                    HeaderMismatch { .. } => "it is of another unit or another request".to_owned(),
                    FunctionCodeMismatch { .. } => "it is of another function".to_owned(),
                })
            }
            Err(tokio_modbus::Error::Transport(error)) => match error.kind() {
                io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                    Trouble::Garbled(error.to_string())
                }
                // Bytes that end within a frame's text are reported by its reader as the end of a file.
                io::ErrorKind::UnexpectedEof if !open.wire.ended() => {
                    Trouble::Garbled("it is too short".to_owned())
                }
                _ if open.wire.ended() => {
                    Trouble::Line(format!("{} was closed at the other end or unplugged.", self.how.endpoint))
                }
                _ => Trouble::Line(self.broken(&error)),
            },
        };
        if matches!(trouble, Trouble::Garbled(_)) && self.how.rtu {
            // The library's reader ends with the first bad frame: the next request gets a new one on the same wire.
            open.context = tokio_modbus::client::rtu::attach(open.wire.clone());
        }
        Err(trouble)
    }

    /// The silence between two frames: 3.5 characters of 11 bits, 1.75 ms above 19,200 baud ("MODBUS over Serial Line" V1.02,
    /// §2.5.1.1). A connection needs none.
    fn silence(&self) -> Duration {
        match &self.how.endpoint {
            Endpoint::Serial { baud, .. } if self.how.rtu => {
                Duration::from_micros(38_500_000 / u64::from((*baud).max(300)))
                    .max(Duration::from_micros(1750))
            }
            _ => Duration::ZERO,
        }
    }

    fn broken(&self, said: &dyn std::fmt::Display) -> String {
        format!("Reading {}: {said}.", self.how.endpoint)
    }

    async fn opened(&self, line: &mut Line) -> Result<Open, String> {
        // Whoever waited behind one that failed hears the same, rather than wait as long again.
        if let Some((at, said)) = &line.failed
            && at.elapsed() < REOPEN_MIN
        {
            return Err(said.clone());
        }
        let endpoint = &self.how.endpoint;
        let opened = match timeout(OPEN_MAX, open(&self.how)).await {
            Ok(Ok(io)) => Ok(io),
            Ok(Err(said)) => Err(crate::lines::failed(endpoint, &said)),
            Err(_) => Err(crate::lines::failed(endpoint, &format!("no answer in {} s", OPEN_MAX.as_secs()))),
        };
        match opened {
            Ok(io) => {
                line.failed = None;
                line.silent = 0;
                let wire = Wire::new(io);
                let context = if self.how.rtu {
                    tokio_modbus::client::rtu::attach(wire.clone())
                } else {
                    tokio_modbus::client::tcp::attach(wire.clone())
                };
                Ok(Open { context, wire })
            }
            Err(said) => {
                line.failed = Some((Instant::now(), said.clone()));
                Err(said)
            }
        }
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A line that may still bring something is listened to until it is quiet for so long.
const DIRTY_QUIET: Duration = Duration::from_millis(20);

/// Bytes thrown away before a line is called broken: it never is quiet.
const DRAINED_MAX: usize = 64 * 1024;

fn code(exception: ExceptionCode) -> u8 {
    u8::from(exception)
}

/// The objects of an answer, if they are as many as were asked for. Bits come in whole bytes.
fn objects(answer: Response, count: u16) -> Result<Objects, Trouble> {
    let wanted = usize::from(count);
    let wrong = |came: usize| Err(Trouble::Wrong(format!("it has {came} objects, not {wanted}")));
    match answer {
        Response::ReadCoils(mut bits) | Response::ReadDiscreteInputs(mut bits) => {
            if bits.len().div_ceil(8) != wanted.div_ceil(8) || bits.len() < wanted {
                return wrong(bits.len());
            }
            bits.truncate(wanted);
            Ok(Objects::Bits(bits))
        }
        Response::ReadInputRegisters(words) | Response::ReadHoldingRegisters(words) => {
            if words.len() != wanted {
                return wrong(words.len());
            }
            Ok(Objects::Words(words))
        }
        _ => Err(Trouble::Wrong("it is of another function".to_owned())),
    }
}

trait Io: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Io for T {}

async fn open(how: &How) -> Result<Pin<Box<dyn Io>>, String> {
    match &how.endpoint {
        Endpoint::Serial { path, baud } => {
            Ok(Box::pin(crate::lines::open_port(path, *baud, how.serial).await?))
        }
        Endpoint::Tcp { address } => {
            let stream = tokio::net::TcpStream::connect(address.as_str()).await.map_err(|e| e.to_string())?;
            // A request is one small packet that somebody waits for.
            stream.set_nodelay(true).map_err(|e| e.to_string())?;
            Ok(Box::pin(stream))
        }
        other => Err(format!("{other} carries no Modbus: write a port's path or tcp://host:port")),
    }
}

/// The wire under the library's reader: it shows what goes over it, and can be emptied.
#[derive(Clone)]
struct Wire(Arc<Mutex<Inside>>);

struct Inside {
    io: Pin<Box<dyn Io>>,
    sent: Vec<u8>,
    came: Vec<u8>,
    ended: bool,
}

/// Bytes of one request that are shown.
const SHOWN_MAX: usize = 512;

impl Wire {
    fn new(io: Pin<Box<dyn Io>>) -> Self {
        Self(Arc::new(Mutex::new(Inside { io, sent: Vec::new(), came: Vec::new(), ended: false })))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self) {
        let mut inside = self.inside();
        inside.sent.clear();
        inside.came.clear();
    }

    fn taken(&self) -> (Vec<u8>, Vec<u8>) {
        let mut inside = self.inside();
        (std::mem::take(&mut inside.sent), std::mem::take(&mut inside.came))
    }

    fn ended(&self) -> bool {
        self.inside().ended
    }

    /// Throws away what is there, until nothing came for so long.
    async fn drained(mut self, quiet: Duration) -> io::Result<()> {
        let mut buffer = [0; 512];
        let mut thrown = 0;
        loop {
            // Without a span only what is there already is taken.
            let count = match timeout(quiet, self.read(&mut buffer)).await {
                Err(_) => return Ok(()),
                Ok(Ok(0)) => return Err(io::Error::other("it was closed at the other end or unplugged")),
                Ok(Ok(count)) => count,
                Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => 0,
                Ok(Err(error)) => return Err(error),
            };
            thrown += count;
            if thrown > DRAINED_MAX {
                return Err(io::Error::other("it never is quiet; its speed or parity may be wrong"));
            }
        }
    }
}

impl std::fmt::Debug for Wire {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wire")
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        waking: &mut Waking<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut inside = self.inside();
        let before = to.filled().len();
        let polled = inside.io.as_mut().poll_read(waking, to);
        if let Poll::Ready(Ok(())) = polled {
            let came = &to.filled()[before..];
            inside.ended |= came.is_empty();
            let room = SHOWN_MAX.saturating_sub(inside.came.len()).min(came.len());
            inside.came.extend_from_slice(&came[..room]);
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, waking: &mut Waking<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut inside = self.inside();
        let polled = inside.io.as_mut().poll_write(waking, bytes);
        if let Poll::Ready(Ok(count)) = polled {
            let room = SHOWN_MAX.saturating_sub(inside.sent.len()).min(count);
            inside.sent.extend_from_slice(&bytes[..room]);
        }
        polled
    }

    fn poll_flush(self: Pin<&mut Self>, waking: &mut Waking<'_>) -> Poll<io::Result<()>> {
        self.inside().io.as_mut().poll_flush(waking)
    }

    fn poll_shutdown(self: Pin<&mut Self>, waking: &mut Waking<'_>) -> Poll<io::Result<()>> {
        self.inside().io.as_mut().poll_shutdown(waking)
    }
}
