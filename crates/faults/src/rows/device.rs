//! Devices at their worst, against the real drivers: pulled out and put in again, noise on the line, a broker that lies.
#![allow(clippy::disallowed_methods, reason = "how long a reconnect takes is measured by the wall clock")]

use super::{Options, Outcome};
use crate::draw::Draw;
use ingest::{Endpoint, LinkEvent, Message, Source};
use protocols::line::{Frame, encode};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Receiver;
use units::{DeviceId, Milli, Timestamp};

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a replug may take.
const RECONNECT_MAX: Duration = Duration::from_secs(5);
/// What a lying broker may cost, in KiB.
const MEMORY_MAX_KIB: u64 = 32 * 1024;

fn frame(sequence: i64) -> Vec<u8> {
    let frame = Frame::single("CHAIN-1", "T01", sequence, Timestamp(sequence), Milli(sequence));
    encode(&frame).unwrap_or_default()
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|e| e.to_string())
}

fn start(
    runtime: &tokio::runtime::Runtime,
    endpoint: &str,
    seed: u64,
) -> Result<(ingest::Driver, Receiver<Message>), String> {
    let endpoint = Endpoint::parse(endpoint, 115_200).map_err(|e| e.to_string())?;
    let (sender, queue) = ingest::queue();
    let clock: ingest::Clock = Arc::new(|| Timestamp(42));
    Ok((ingest::spawn(runtime.handle(), Source::new(DeviceId(7), endpoint), clock, sender, seed), queue))
}

/// Sequences of what arrives until so many came; less where it takes too long.
async fn sequences(queue: &mut Receiver<Message>, wanted: usize) -> Vec<i64> {
    let mut seen = Vec::new();
    while seen.len() < wanted {
        match tokio::time::timeout(PATIENCE, queue.recv()).await {
            Ok(Some(Message::Arrival(arrival))) => {
                seen.extend(arrival.readings.into_iter().filter_map(|reading| reading.sequence));
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
    }
    seen
}

async fn until(queue: &mut Receiver<Message>, fits: impl Fn(&LinkEvent) -> bool) -> bool {
    let waited = tokio::time::timeout(PATIENCE, async {
        while let Some(message) = queue.recv().await {
            if matches!(&message, Message::Link { event, .. } if fits(event)) {
                return true;
            }
        }
        false
    });
    waited.await.unwrap_or(false)
}

/// A pseudo-terminal under a name that stays, taken away and put back.
pub fn replug(options: &Options) -> Result<Outcome, String> {
    use serialport::{SerialPort, TTYPort};
    let mut outcome = Outcome::new("unplug, replug");
    let runtime = runtime()?;
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let link = folder.path().join("port");
    let plug = || -> Result<(TTYPort, TTYPort), String> {
        let (near, far) = TTYPort::pair().map_err(|e| e.to_string())?;
        let path = far.name().ok_or("the pseudo-terminal has no name")?;
        std::os::unix::fs::symlink(path, &link).map_err(|e| e.to_string())?;
        Ok((near, far))
    };
    let mut ports = plug()?;
    let (driver, mut queue) = start(&runtime, &link.to_string_lossy(), options.seed)?;
    let mut slowest = Duration::ZERO;
    let rounds = options.rounds.div_ceil(1_000).clamp(2, 20);
    for round in 0..rounds {
        outcome.rounds += 1;
        let plugged = Instant::now();
        if !runtime.block_on(until(&mut queue, |event| *event == LinkEvent::Opened)) {
            outcome.damaged("the port was not opened again".to_owned());
            break;
        }
        if round > 0 {
            slowest = slowest.max(plugged.elapsed());
        }
        ports.0.write_all(&frame(round as i64)).map_err(|e| e.to_string())?;
        let seen = runtime.block_on(sequences(&mut queue, 1));
        outcome.acknowledged += 1;
        outcome.lost += u64::from(seen != [round as i64]);
        std::fs::remove_file(&link).map_err(|e| e.to_string())?;
        drop(ports);
        if !runtime.block_on(until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. }))) {
            outcome.damaged("the lost port was not told".to_owned());
            break;
        }
        ports = plug()?;
    }
    if slowest > RECONNECT_MAX {
        outcome.damaged(format!("a reconnect took {:.1} s", slowest.as_secs_f32()));
    }
    outcome.remark(format!("slowest reconnect {:.1} s", slowest.as_secs_f32()));
    runtime.block_on(driver.stopped());
    Ok(outcome)
}

/// Random bytes between frames: every frame after them is read, the noise is counted.
pub fn garbage(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("serial garbage");
    let mut draw = Draw(options.seed);
    let runtime = runtime()?;
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let (driver, mut queue) = start(&runtime, &format!("tcp://{address}"), options.seed)?;
    let (mut wire, _) = listener.accept().map_err(|e| e.to_string())?;
    let frames = options.rounds.clamp(200, 20_000) as i64;
    let writer = std::thread::spawn(move || -> std::io::Result<()> {
        for n in 0..frames {
            let mut piece: Vec<u8> = (0..draw.below(40)).map(|_| draw.number() as u8).collect();
            // A frame that noise ran into is lost with it, as on a real wire; the line's end frees the next.
            piece.extend(b"\r\n");
            piece.extend(frame(n));
            wire.write_all(&piece)?;
        }
        wire.flush()
    });
    let seen = runtime.block_on(sequences(&mut queue, frames as usize));
    writer.join().map_err(|_| "the writer broke off")?.map_err(|e| e.to_string())?;
    outcome.rounds = frames.unsigned_abs();
    outcome.acknowledged = frames.unsigned_abs();
    outcome.lost = (frames - seen.len() as i64).unsigned_abs();
    if !seen.is_sorted() {
        outcome.damaged("frames came in another order".to_owned());
    }
    let counters = driver.status().counters;
    if counters.bad_frames + counters.garbage_bytes == 0 {
        outcome.damaged("the noise was not counted".to_owned());
    }
    outcome.remark(format!("{} bytes of noise counted", counters.garbage_bytes));
    runtime.block_on(driver.stopped());
    Ok(outcome)
}

fn memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or(0)
}

/// What a broker says after it let us in.
fn lie(wire: &mut TcpStream, draw: &mut Draw) -> std::io::Result<()> {
    let mut buffer = [0; 1024];
    let _ = wire.read(&mut buffer)?;
    match draw.below(4) {
        // Noise instead of an answer.
        0 => wire.write_all(&(0..200).map(|_| draw.number() as u8).collect::<Vec<_>>())?,
        lie => {
            // Let in; then a message of 256 MB is announced, and some of it comes.
            wire.write_all(&[0x20, 2, 0, 0])?;
            if lie == 1 {
                let _ = wire.read(&mut buffer)?;
                wire.write_all(&[0x90, 3, 0, 1, 0])?;
            }
            wire.write_all(&[0x30, 0xFF, 0xFF, 0xFF, 0x7F])?;
            let piece = vec![0x41; 1 << 16];
            for _ in 0..1_024 {
                wire.write_all(&piece)?;
            }
        }
    }
    wire.flush()
}

/// A broker that sends noise or announces payloads of 256 MB, beside a device that speaks as it should.
pub fn rogue_broker(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("rogue broker, huge payload");
    let mut draw = Draw(options.seed);
    let runtime = runtime()?;
    let good = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let bad = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let address = |one: &TcpListener| one.local_addr().map(|a| a.to_string()).map_err(|e| e.to_string());
    let (device, mut queue) = start(&runtime, &format!("tcp://{}", address(&good)?), 1)?;
    let (mut wire, _) = good.accept().map_err(|e| e.to_string())?;
    let before = memory_kib();
    for round in 0..options.rounds.div_ceil(100).clamp(3, 20) {
        outcome.rounds += 1;
        let (driver, mut events) = start(&runtime, &format!("mqtt://{}/a/#", address(&bad)?), round)?;
        let (mut session, _) = bad.accept().map_err(|e| e.to_string())?;
        session.set_read_timeout(Some(PATIENCE)).map_err(|e| e.to_string())?;
        session.set_write_timeout(Some(PATIENCE)).map_err(|e| e.to_string())?;
        let mut lies = draw.clone();
        draw.number();
        // It fails once we have hung up, which is what is wanted.
        let liar = std::thread::spawn(move || lie(&mut session, &mut lies));
        if !runtime.block_on(until(&mut events, |event| matches!(event, LinkEvent::Lost { .. }))) {
            outcome.damaged("the session with the lying broker was not ended".to_owned());
        }
        runtime.block_on(driver.stopped());
        let _ = liar.join();
        wire.write_all(&frame(round as i64)).map_err(|e| e.to_string())?;
        outcome.acknowledged += 1;
        outcome.lost += u64::from(runtime.block_on(sequences(&mut queue, 1)) != [round as i64]);
    }
    let grown = memory_kib().saturating_sub(before);
    if grown > MEMORY_MAX_KIB {
        outcome.damaged(format!("memory grew by {grown} KiB"));
    }
    outcome.remark(format!("peak memory grew by {grown} KiB"));
    runtime.block_on(device.stopped());
    Ok(outcome)
}
