//! A line of bytes: a serial port, the same over TCP, or datagrams, in the language of the device's setup. The device can't wait: it is read at the pace of its wire at
//! least, whatever the queue. What brings bytes faster than its wire could (a pseudo-terminal, a device server that empties its
//! buffer) can wait, and is made to while the queue is full. Datagrams can't: the system would drop them unseen. Each ends
//! what it began.

use crate::driver::{Counters, Desk, End, asked, every};
use crate::limits::{
    DATAGRAM_BYTES_MAX, FAULTS_EVERY, OPEN_MAX, PACE_TIMES, READ_BYTES, SERVER_BAUD, TCP_SILENCE_MAX,
};
use crate::{Arrival, Endpoint};
use protocols::line::Fault;
use protocols::setup::{Flow, Parity, Serial, Setup};
use protocols::stream::{Decoder, Event};
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_serial::{SerialPort, SerialPortBuilderExt};

/// What lines are read as.
enum Line {
    Stream(Pin<Box<dyn AsyncRead + Send>>),
    Datagrams(UdpSocket),
}

impl Line {
    /// Waits for bytes; none is the end of a stream, and an empty datagram.
    async fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Stream(stream) => stream.read(buffer).await,
            Self::Datagrams(socket) => socket.recv(buffer).await,
        }
    }

    fn is_stream(&self) -> bool {
        matches!(self, Self::Stream(_))
    }
}

/// Opens a line and reads it to its end.
pub(crate) async fn run(desk: &mut Desk, setup: &Setup, stopping: &mut watch::Receiver<bool>) -> End {
    let decoder = match Decoder::new(setup) {
        Ok(decoder) => decoder,
        Err(said) => return End::Lost(format!("Reading {}: {said}", desk.endpoint)),
    };
    let opened = tokio::select! {
        biased;
        () = asked(stopping) => return End::Stopped,
        opened = timeout(OPEN_MAX, open(&desk.endpoint, setup.serial)) => opened,
    };
    match opened {
        Ok(Ok(line)) => {
            desk.opened();
            read(desk, line, decoder, stopping).await
        }
        Ok(Err(said)) => End::Lost(failed(&desk.endpoint, &said)),
        Err(_) => End::Lost(failed(&desk.endpoint, &format!("no answer in {} s", OPEN_MAX.as_secs()))),
    }
}

/// Opens it for reading.
async fn open(endpoint: &Endpoint, serial: Serial) -> Result<Line, String> {
    match endpoint {
        Endpoint::Serial { path, baud } => Ok(Line::Stream(Box::pin(open_port(path, *baud, serial).await?))),
        Endpoint::Tcp { address } => match tokio::net::TcpStream::connect(address.as_str()).await {
            Ok(stream) => Ok(Line::Stream(Box::pin(stream))),
            Err(error) => Err(error.to_string()),
        },
        Endpoint::Udp { address } => match UdpSocket::bind(address.as_str()).await {
            Ok(socket) => Ok(Line::Datagrams(socket)),
            Err(error) => Err(error.to_string()),
        },
        Endpoint::Mqtt { .. } | Endpoint::Http { .. } | Endpoint::Listen { .. } => {
            Err("it is no line".to_owned())
        }
    }
}

/// Opens a serial port as its device's setup says, whatever is spoken on it. Data terminal ready is set where the port has such
/// a line, unless the setup says otherwise.
pub(crate) async fn open_port(
    path: &str,
    baud: u32,
    serial: Serial,
) -> Result<tokio_serial::SerialStream, String> {
    let builder = builder(path, baud, serial);
    // Opening asks the driver of the port, which may take its time: not on a thread that others wait for.
    let opened = tokio::task::spawn_blocking(move || {
        let mut stream = builder.open_native_async()?;
        if let Some(high) = serial.rts {
            stream.write_request_to_send(high)?;
        }
        Ok::<_, tokio_serial::Error>(stream)
    });
    match opened.await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

fn builder(path: &str, baud: u32, serial: Serial) -> tokio_serial::SerialPortBuilder {
    use tokio_serial::{DataBits, FlowControl, StopBits};
    tokio_serial::new(path, baud)
        .data_bits(match serial.data_bits {
            5 => DataBits::Five,
            6 => DataBits::Six,
            7 => DataBits::Seven,
            _ => DataBits::Eight,
        })
        .parity(match serial.parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        })
        .stop_bits(if serial.stop_bits == 2 { StopBits::Two } else { StopBits::One })
        .flow_control(match serial.flow {
            Flow::None => FlowControl::None,
            Flow::Software => FlowControl::Software,
            Flow::Hardware => FlowControl::Hardware,
        })
        .dtr_on_open(!serial.dtr_low)
}

pub(crate) fn failed(endpoint: &Endpoint, said: &str) -> String {
    match endpoint {
        Endpoint::Serial { path, baud } => {
            format!(
                "Opening {path} at {baud} baud: {said}. Check the cable, the name of the port and the right to use it."
            )
        }
        Endpoint::Udp { address } => {
            format!(
                "Taking datagrams at {address}: {said}. Another program may use the port: choose another."
            )
        }
        _ => {
            let address = endpoint.to_string();
            let address = address.strip_prefix("tcp://").unwrap_or(&address);
            format!("Connecting to {address}: {said}. Check that the device is on and the address is right.")
        }
    }
}

async fn read(
    desk: &mut Desk,
    mut line: Line,
    mut decoder: Decoder,
    stopping: &mut watch::Receiver<bool>,
) -> End {
    let mut buffer = vec![0; if line.is_stream() { READ_BYTES } else { DATAGRAM_BYTES_MAX }];
    let mut faults_due = every(FAULTS_EVERY);
    let silence_max = match desk.endpoint {
        Endpoint::Tcp { .. } => TCP_SILENCE_MAX,
        // A wire says by itself when it is gone.
        _ => Duration::MAX,
    };
    let mut next_read = Instant::now();
    loop {
        let resting = !desk.outbox.is_empty() && Instant::now() < next_read;
        let taken = tokio::select! {
            biased;
            () = asked(stopping) => return End::Stopped,
            () = desk.outbox.room() => continue,
            () = sleep_until(next_read), if resting => continue,
            _ = faults_due.tick(), if desk.has_faults() => {
                desk.tell_faults();
                continue;
            }
            taken = timeout(silence_max, line.read(&mut buffer)), if !resting => taken,
        };
        match taken {
            Ok(Ok(0)) if line.is_stream() => {
                return End::Lost(format!("{} was closed at the other end or unplugged.", desk.endpoint));
            }
            Ok(Ok(count)) => {
                let bytes = &buffer[..count];
                let mut events = decoder.push(bytes);
                if line.is_stream() {
                    next_read = Instant::now() + wire_time(&desk.endpoint, count);
                } else {
                    events.extend(decoder.end());
                }
                take(desk, events, bytes);
            }
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Ok(Err(error)) => return End::Lost(format!("Reading {}: {error}.", desk.endpoint)),
            Err(_) => {
                let minutes = silence_max.as_secs() / 60;
                return End::Lost(format!("{} was silent for {minutes} minutes.", desk.endpoint));
            }
        }
    }
}

/// How long so many bytes are read for while the queue is full.
fn wire_time(endpoint: &Endpoint, bytes: usize) -> Duration {
    let baud = match endpoint {
        Endpoint::Serial { baud, .. } => *baud,
        _ => SERVER_BAUD,
    };
    // A byte is ten bits with its start and its stop.
    Duration::from_micros(bytes as u64 * 10_000_000 / (u64::from(baud.max(1)) * PACE_TIMES))
}

fn take(desk: &mut Desk, events: Vec<Event>, bytes: &[u8]) {
    let at = desk.now();
    let mut batches: Vec<Arrival> = Vec::new();
    let (mut fixes, mut scans) = (Vec::new(), Vec::new());
    let mut now = Counters { bytes: bytes.len() as u64, ..Counters::default() };
    for event in events {
        match event {
            Event::Said(said) => {
                now.frames += 1;
                now.readings += (said.readings.len() + said.fixes.len()) as u64;
                fixes.extend(said.fixes);
                scans.extend(said.scan);
                if said.readings.is_empty() {
                    continue;
                }
                match batches.last_mut().filter(|batch| batch.name == said.name) {
                    Some(batch) => batch.readings.extend(said.readings),
                    None => {
                        let (device, name) = (desk.device, said.name);
                        batches.push(Arrival { device, name, at, readings: said.readings });
                    }
                }
            }
            Event::Fault(Fault::Garbage { bytes }) => now.garbage_bytes += bytes as u64,
            Event::Fault(_) => now.bad_frames += 1,
        }
    }
    for batch in batches {
        now.shed += desk.outbox.arrival(batch);
    }
    now.shed += desk.hand_on_hastily(at, fixes, scans);
    desk.count(&now, bytes);
}
