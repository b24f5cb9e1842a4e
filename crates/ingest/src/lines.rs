//! A line of bytes: a serial port, or the same over TCP. The device can't wait.

use crate::driver::{Counters, Desk, End, asked, every};
use crate::limits::{FAULTS_EVERY, OPEN_MAX, READ_BYTES, TCP_SILENCE_MAX};
use crate::{Arrival, Endpoint};
use protocols::line::{Decoder, Event, Fault};
use std::pin::Pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_serial::SerialPortBuilderExt;

/// What all lines are read as.
type Line = Pin<Box<dyn AsyncRead + Send>>;

/// Opens a line and reads it to its end.
pub(crate) async fn run(desk: &mut Desk, stopping: &mut watch::Receiver<bool>) -> End {
    let opened = tokio::select! {
        biased;
        () = asked(stopping) => return End::Stopped,
        opened = timeout(OPEN_MAX, open(&desk.endpoint)) => opened,
    };
    match opened {
        Ok(Ok(line)) => {
            desk.opened();
            read(desk, line, stopping).await
        }
        Ok(Err(said)) => End::Lost(failed(&desk.endpoint, &said)),
        Err(_) => End::Lost(failed(&desk.endpoint, &format!("no answer in {} s", OPEN_MAX.as_secs()))),
    }
}

/// Opens it for reading. Data terminal ready is set where the port has such a line.
async fn open(endpoint: &Endpoint) -> Result<Line, String> {
    match endpoint {
        Endpoint::Serial { path, baud } => {
            let builder = tokio_serial::new(path, *baud).dtr_on_open(true);
            // Opening asks the driver of the port, which may take its time: not on a thread that others wait for.
            match tokio::task::spawn_blocking(move || builder.open_native_async()).await {
                Ok(Ok(stream)) => Ok(Box::pin(stream)),
                Ok(Err(error)) => Err(error.to_string()),
                Err(error) => Err(error.to_string()),
            }
        }
        Endpoint::Tcp { address } => match tokio::net::TcpStream::connect(address.as_str()).await {
            Ok(stream) => Ok(Box::pin(stream)),
            Err(error) => Err(error.to_string()),
        },
        Endpoint::Mqtt { .. } | Endpoint::Http { .. } => Err("it is no line".to_owned()),
    }
}

fn failed(endpoint: &Endpoint, said: &str) -> String {
    match endpoint {
        Endpoint::Serial { path, baud } => {
            format!(
                "Opening {path} at {baud} baud: {said}. Check the cable, the name of the port and the right to use it."
            )
        }
        _ => {
            let address = endpoint.to_string();
            let address = address.strip_prefix("tcp://").unwrap_or(&address);
            format!("Connecting to {address}: {said}. Check that the device is on and the address is right.")
        }
    }
}

async fn read(desk: &mut Desk, mut line: Line, stopping: &mut watch::Receiver<bool>) -> End {
    let mut decoder = Decoder::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut faults_due = every(FAULTS_EVERY);
    let silence_max = match desk.endpoint {
        Endpoint::Tcp { .. } => TCP_SILENCE_MAX,
        // A wire says by itself when it is gone.
        _ => Duration::MAX,
    };
    loop {
        let taken = tokio::select! {
            biased;
            () = asked(stopping) => return End::Stopped,
            () = desk.outbox.room() => continue,
            _ = faults_due.tick(), if desk.has_faults() => {
                desk.tell_faults();
                continue;
            }
            taken = timeout(silence_max, line.read(&mut buffer)) => taken,
        };
        match taken {
            Ok(Ok(0)) => {
                return End::Lost(format!("{} was closed at the other end or unplugged.", desk.endpoint));
            }
            Ok(Ok(count)) => take(desk, &mut decoder, &buffer[..count]),
            Ok(Err(error)) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Ok(Err(error)) => return End::Lost(format!("Reading {}: {error}.", desk.endpoint)),
            Err(_) => {
                let minutes = silence_max.as_secs() / 60;
                return End::Lost(format!("{} was silent for {minutes} minutes.", desk.endpoint));
            }
        }
    }
}

fn take(desk: &mut Desk, decoder: &mut Decoder, bytes: &[u8]) {
    let at = desk.now();
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
                        batches.push(Arrival { device: desk.device, name, at, readings });
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
    desk.count(&now, bytes);
}
