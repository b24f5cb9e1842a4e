//! Devices at their worst, against the real drivers: pulled out and put in again, noise on the line, a broker that lies.
#![allow(clippy::disallowed_methods, reason = "how long a reconnect takes is measured by the wall clock")]

use super::whole::{self, alarms, status, stored, until as happens};
use super::{Options, Outcome};
use crate::draw::Draw;
use app::{Actor, App, Clock};
use contract::{ChangeLimits, GetDevice, GetSeries, ListDevices};
use ingest::{Endpoint, LinkEvent, Message, Source};
use protocols::line::{Frame, encode};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::Receiver;
use units::{DeviceId, Milli, Millis, Timestamp};

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a replug may take.
const RECONNECT_MAX: Duration = Duration::from_secs(5);
/// How long a socat line stays unplugged: more than its device's interval, which is no gap yet.
const UNPLUGGED: Duration = Duration::from_millis(1_500);
/// What waiting for it may take of one core: trying without a pause takes all of it.
const BUSY_MAX_PERCENT: u64 = 60;
/// Values in a frame of the flood, and a frame every so often: ten times what 2,000 channels say that are read once a second.
const FLOOD_CHANNELS: i64 = 40;
const FLOOD_EVERY: Duration = Duration::from_millis(2);
/// What a flood may cost, in KiB: the queue (20 MB), its readings in the journal, and what SQLite keeps of both.
const FLOOD_MEMORY_MAX_KIB: u64 = 256 * 1024;
/// How often a black hole is asked.
const ASKED_EVERY: Duration = Duration::from_millis(100);
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

/// A line of two pseudo-terminals that socat joins: pulled out by ending it.
struct Line {
    folder: PathBuf,
    socat: Option<Child>,
}

impl Line {
    fn end(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Joins the ends; false where there is no socat.
    async fn plug(&mut self) -> Result<bool, String> {
        let ends = ["near", "far"].map(|name| format!("pty,raw,echo=0,link={}", self.end(name).display()));
        let Ok(socat) = Command::new("socat").args(ends).stdin(Stdio::null()).stderr(Stdio::null()).spawn()
        else {
            return Ok(false);
        };
        self.socat = Some(socat);
        happens("socat's two ends", async || Ok(self.end("near").exists() && self.end("far").exists()))
            .await?;
        Ok(true)
    }

    /// Both ends go, and their names: the device is not on this machine any more.
    fn unplug(&mut self) {
        if let Some(mut socat) = self.socat.take() {
            let _ = socat.kill();
            let _ = socat.wait();
        }
        for name in ["near", "far"] {
            let _ = std::fs::remove_file(self.end(name));
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.unplug();
    }
}

/// What this process took of its cores so far, in hundredths of a second.
fn busy() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    fields.split_ascii_whitespace().skip(11).take(2).filter_map(|n| n.parse::<u64>().ok()).sum()
}

async fn connected(app: &App, by: &Actor) -> Result<bool, String> {
    let devices = app.call(ListDevices {}, by).await.map_err(|e| e.message)?;
    Ok(devices.first().is_some_and(|row| row.connected))
}

/// Ten frames with the time of now; answers when all that was sent so far is stored.
async fn say(app: &App, line: &Line, sent: &mut i64) -> Result<(), String> {
    let mut far = std::fs::OpenOptions::new()
        .write(true)
        .open(line.end("far"))
        .map_err(|e| format!("open the far end: {e}"))?;
    for _ in 0..10 {
        let now = Clock::real().now();
        let frame = Frame::single("CHAIN-1", "T01", *sent, now, Milli(4_000 + *sent % 50 * 10));
        far.write_all(&encode(&frame).unwrap_or_default()).map_err(|e| format!("write: {e}"))?;
        *sent += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let wanted = sent.unsigned_abs();
    happens("all that was said", async || Ok(stored(app).await? >= wanted)).await
}

/// The same under the whole application, on a line that socat makes: back within seconds, nothing spins meanwhile, and a chart shows
/// the gap.
pub fn socat(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("unplug, replug (socat)");
    let rounds = options.rounds.div_ceil(1_000).clamp(1, 20);
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let done = runtime()?.block_on(async {
        let mut line = Line { folder: folder.path().to_owned(), socat: None };
        if !line.plug().await? {
            outcome.skipped = Some("there is no socat here".to_owned());
            return Ok(());
        }
        let by = Actor::local_admin();
        let app = whole::open(&folder.path().join("site"), Clock::real(), "UTC")?;
        app.listen();
        let near = line.end("near").display().to_string();
        whole::add(&app, &by, near, ["T01".to_owned()], None).await?;
        let done = pulled(&app, &by, &mut line, rounds, &mut outcome).await;
        app.close().await;
        done
    });
    done.map(|()| outcome)
}

async fn pulled(
    app: &App,
    by: &Actor,
    line: &mut Line,
    rounds: u64,
    outcome: &mut Outcome,
) -> Result<(), String> {
    let (mut sent, mut slowest, mut busiest) = (0, Duration::ZERO, 0);
    happens("the port to open", async || connected(app, by).await).await?;
    say(app, line, &mut sent).await?;
    for _ in 0..rounds {
        outcome.rounds += 1;
        let last = Clock::real().now();
        line.unplug();
        let (unplugged, before) = (Instant::now(), busy());
        happens("the loss to be noticed", async || Ok(!connected(app, by).await?)).await?;
        tokio::time::sleep(UNPLUGGED.saturating_sub(unplugged.elapsed())).await;
        let hundredths = (unplugged.elapsed().as_millis() / 10).max(1) as u64;
        busiest = busiest.max((busy() - before) * 100 / hundredths);
        line.plug().await?;
        let plugged = Instant::now();
        happens("the port to open again", async || connected(app, by).await).await?;
        slowest = slowest.max(plugged.elapsed());
        let back = Clock::real().now();
        say(app, line, &mut sent).await?;
        let device = app.call(GetDevice { id: only(app, by).await? }, by).await.map_err(|e| e.message)?;
        let channel = device.channels.first().ok_or("the device has no channel")?.channel;
        let (from, to) = (last - Millis::seconds(2), back + Millis::seconds(2));
        let call = GetSeries { channels: vec![channel], from, to, buckets: 200 };
        let reply = app.call(call, by).await.map_err(|e| e.message)?;
        let at = reply.series.first().map(|one| one.at.clone()).unwrap_or_default();
        let shown = |two: &[i64]| two[1] - two[0] > reply.bucket.0 && two[0] <= last.0 && two[1] >= last.0;
        if !at.windows(2).any(shown) {
            outcome.damaged("the chart has no gap where the line was unplugged".to_owned());
        }
    }
    outcome.acknowledged = sent.unsigned_abs();
    outcome.lost = outcome.acknowledged.saturating_sub(stored(app).await?);
    if slowest > RECONNECT_MAX {
        outcome.damaged(format!("a reconnect took {:.1} s", slowest.as_secs_f32()));
    }
    if busiest > BUSY_MAX_PERCENT {
        outcome.damaged(format!("waiting for the port took {busiest} % of a core"));
    }
    outcome.remark(format!(
        "slowest reconnect {:.1} s, {busiest} % of a core meanwhile, the gap is on the chart",
        slowest.as_secs_f32()
    ));
    Ok(())
}

async fn only(app: &App, by: &Actor) -> Result<DeviceId, String> {
    let devices = app.call(ListDevices {}, by).await.map_err(|e| e.message)?;
    devices.first().map(|row| row.id).ok_or_else(|| "the device is gone".to_owned())
}

/// Writes frames of many values, late ones at once, until told to end: how many went out. The wire stays open.
fn pour(listener: &TcpListener, over: &AtomicBool) -> std::io::Result<(u64, TcpStream)> {
    let (mut wire, _) = listener.accept()?;
    let (begun, mut frames) = (Instant::now(), 0_i64);
    while !over.load(Ordering::Relaxed) {
        let due = FLOOD_EVERY * u32::try_from(frames).unwrap_or(u32::MAX);
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
        let values = (1..=FLOOD_CHANNELS)
            .map(|channel| (format!("T{channel:02}"), Ok(Milli(4_000 + (frames + channel) % 90 * 10))))
            .collect();
        let device_at = Some(Clock::real().now());
        let frame = Frame { device: "FLOOD".to_owned(), sequence: Some(frames), device_at, values };
        wire.write_all(&encode(&frame).unwrap_or_default())?;
        frames += 1;
    }
    Ok((frames.unsigned_abs(), wire))
}

/// A device that says ten times what a whole site does, beside a room that gets too warm.
pub fn flood(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("flood");
    let seconds = options.rounds.div_ceil(100).clamp(1, 60);
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let done = runtime()?.block_on(async {
        let by = Actor::local_admin();
        let app = whole::open(folder.path(), Clock::real(), "UTC")?;
        app.listen();
        let done = flooded(&app, &by, Duration::from_secs(seconds), &mut outcome).await;
        app.close().await;
        done
    });
    done.map(|()| outcome)
}

async fn flooded(app: &App, by: &Actor, long: Duration, outcome: &mut Outcome) -> Result<(), String> {
    let listen = || TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string());
    let (room, pouring) = (listen()?, listen()?);
    let address =
        |one: &TcpListener| one.local_addr().map(|a| format!("tcp://{a}")).map_err(|e| e.to_string());
    let id = whole::add(app, by, address(&room)?, ["T01".to_owned()], Some(Milli(8_000))).await?;
    let device = app.call(GetDevice { id }, by).await.map_err(|e| e.message)?;
    let channel = device.channels.first().ok_or("the room has no channel")?.channel;
    let limits = ChangeLimits {
        channel,
        low: None,
        high: Some(Milli(8_000)),
        recovery_band: Milli(500),
        delay: Millis(0),
        priority: "critical".to_owned(),
        why: "a flood".to_owned(),
    };
    app.call(limits, by).await.map_err(|e| e.message)?;
    let (mut wire, _) = room.accept().map_err(|e| e.to_string())?;
    let codes = (1..=FLOOD_CHANNELS).map(|channel| format!("T{channel:02}"));
    whole::add(app, by, address(&pouring)?, codes, None).await?;
    let over = Arc::new(AtomicBool::new(false));
    let (ends, before) = (over.clone(), memory_kib());
    let poured = std::thread::spawn(move || pour(&pouring, &ends));
    let begun = Instant::now();
    let (mut answers, mut alarmed, mut said) = (Vec::new(), None, None);
    while begun.elapsed() < long || alarmed.is_none() {
        if said.is_none() && begun.elapsed() > long / 2 {
            let hot = Frame::single("ROOM", "T01", 1, Clock::real().now(), Milli(9_900));
            wire.write_all(&encode(&hot).unwrap_or_default()).map_err(|e| e.to_string())?;
            said = Some(Instant::now());
        }
        let asked = Instant::now();
        let rows = alarms(app, by).await?;
        status(app, by).await?;
        answers.push(asked.elapsed());
        if let Some(said) = said
            && alarmed.is_none()
        {
            alarmed = rows.iter().any(|row| row.channel == Some(channel)).then(|| said.elapsed());
            if said.elapsed() > PATIENCE {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    over.store(true, Ordering::Relaxed);
    let poured = poured.join().map_err(|_| "the flood broke off")?.map_err(|e| e.to_string())?;
    let sent = poured.0 * FLOOD_CHANNELS.unsigned_abs() + 1;
    let taken = async || Ok::<u64, String>(stored(app).await? + status(app, by).await?.shed);
    // Whatever is not there in the end is counted as lost.
    let _ = happens("all that was sent", async || Ok(taken().await? >= sent)).await;
    let (found, shed) = (stored(app).await?, status(app, by).await?.shed);
    outcome.rounds = begun.elapsed().as_secs().max(1);
    outcome.acknowledged = found;
    outcome.lost = sent.saturating_sub(found + shed);
    let grown = memory_kib().saturating_sub(before);
    if grown > FLOOD_MEMORY_MAX_KIB {
        outcome.damaged(format!("memory grew by {grown} KiB"));
    }
    let Some(alarmed) = alarmed else {
        outcome.damaged("the room's alarm did not come through the flood".to_owned());
        return Ok(());
    };
    answers.sort();
    let p99 = answers.get(answers.len() * 99 / 100).copied().unwrap_or_default();
    outcome.remark(format!(
        "in seconds; {} readings/s, {shed} shed and counted, alarm after {} ms, screens answered in {} ms (p99), {} MiB more",
        sent / outcome.rounds,
        alarmed.as_millis(),
        p99.as_millis(),
        grown / 1024
    ));
    drop(poured.1);
    Ok(())
}

/// Takes what it is asked and says nothing, or a byte now and then without an end; counts how often it was asked.
async fn never_answer(
    listener: tokio::net::TcpListener,
    trickle: bool,
    asked: Arc<std::sync::atomic::AtomicU64>,
) {
    let mut held = Vec::new();
    while let Ok((mut peer, _)) = listener.accept().await {
        asked.fetch_add(1, Ordering::Relaxed);
        held.push(tokio::spawn(async move {
            let mut question = [0; 1_024];
            let _ = peer.read(&mut question).await;
            let _ = peer.write_all(if trickle { b"HTTP/1.1 200 OK\r\n\r\n1" } else { b"" }).await;
            loop {
                tokio::time::sleep(Duration::from_millis(200)).await;
                if trickle && peer.write_all(b"0").await.is_err() {
                    return;
                }
            }
        }));
    }
}

async fn answer(listener: tokio::net::TcpListener) {
    while let Ok((mut peer, _)) = listener.accept().await {
        tokio::spawn(async move {
            let mut question = [0; 1_024];
            while let Ok(count @ 1..) = peer.read(&mut question).await {
                if question[..count].ends_with(b"\r\n\r\n")
                    && peer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n21.5").await.is_err()
                {
                    return;
                }
            }
        });
    }
}

/// Addresses that never answer, or never end to: given up in time, not asked again at once, and in nobody's way.
pub fn black_hole(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("slow and black-holed HTTP");
    let runtime = runtime()?;
    let bound = || runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).map_err(|e| e.to_string());
    let url = |one: &tokio::net::TcpListener| {
        one.local_addr().map(|a| format!("http://{a}/values.json")).map_err(|e| e.to_string())
    };
    let ask = |url: &str| -> Result<(ingest::Driver, Receiver<Message>), String> {
        let endpoint = Endpoint::parse(url, 0).map_err(|e| e.to_string())?;
        let (sender, queue) = ingest::queue();
        let clock: ingest::Clock = Arc::new(|| Timestamp(42));
        let source = Source { every: ASKED_EVERY, ..Source::new(DeviceId(7), endpoint) };
        Ok((ingest::spawn(runtime.handle(), source, clock, sender, options.seed), queue))
    };
    let (silent, slow, well) = (bound()?, bound()?, bound()?);
    let (to_silent, to_slow, to_well) = (ask(&url(&silent)?)?, ask(&url(&slow)?)?, ask(&url(&well)?)?);
    let counts: [Arc<std::sync::atomic::AtomicU64>; 2] = Default::default();
    runtime.spawn(never_answer(silent, false, counts[0].clone()));
    runtime.spawn(never_answer(slow, true, counts[1].clone()));
    runtime.spawn(answer(well));
    let begun = Instant::now();
    let mut slowest = Duration::ZERO;
    for (driver, mut queue) in [to_silent, to_slow] {
        outcome.rounds += 1;
        if runtime.block_on(until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. }))) {
            slowest = slowest.max(begun.elapsed());
        } else {
            outcome.damaged("what never answers was not given up".to_owned());
        }
        runtime.block_on(driver.stopped());
    }
    let waited = begun.elapsed();
    let (driver, mut queue) = to_well;
    let frames = driver.status().counters.frames;
    outcome.acknowledged = frames;
    runtime.block_on(driver.stopped());
    queue.close();
    let mut taken = 0;
    while let Ok(message) = queue.try_recv() {
        taken += u64::from(matches!(message, Message::Arrival(_)));
    }
    outcome.lost = frames.saturating_sub(taken);
    // A tenth of what a machine at rest would have been asked.
    if frames < (waited.as_millis() / ASKED_EVERY.as_millis() / 10) as u64 {
        outcome.damaged(format!("the address that answers was asked {frames} times only"));
    }
    let asked = counts.iter().map(|count| count.load(Ordering::Relaxed)).max().unwrap_or(0);
    // One question at a time, each with its whole deadline.
    if u128::from(asked) > waited.as_millis() / 4_000 + 2 {
        outcome.damaged(format!("what never answers was asked {asked} times"));
    }
    outcome.remark(format!(
        "given up after {:.1} s, asked {asked} times, {frames} answers of another meanwhile",
        slowest.as_secs_f32()
    ));
    Ok(outcome)
}
