//! `qm replay`: a recorded file over a line to the real driver, and a count of what became of it.

use crate::SiteArgs;
use crate::out::{self, count, say};
use crate::session::{Outcome, Session, on_site};
use app::clock::real_now;
use contract::*;
use sim::broker::{Broker, Publisher};
use sim::chain::{Outlet, Wire};
use sim::replay::{self, Pace, Recording};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use units::{Millis, Progress, Stop};

/// How long a stored reading may take to show after it was sent.
const SETTLE: Duration = Duration::from_secs(60);

/// How often the sender is told how far the device has come.
const FOLLOW: Duration = Duration::from_millis(20);

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// A CSV file with a column of times and one of values.
    file: PathBuf,
    /// Over which kind of wire.
    #[arg(long, default_value = "serial")]
    to: Line,
    /// How many times as fast as it was recorded, or `max`.
    #[arg(long, default_value = "max", value_parser = pace)]
    speed: PaceArg,
    /// The device it speaks as; made where there is none.
    #[arg(long, default_value = "REPLAY-1")]
    device: String,
    /// The channel's name on the wire.
    #[arg(long, default_value = "VALUE")]
    channel: String,
    /// Unit of the values.
    #[arg(long, default_value = "")]
    unit: String,
    /// The column of values, where there are several.
    #[arg(long)]
    column: Option<String>,
    /// Send through this port instead of a line of our own; its other end is the device's endpoint.
    #[arg(long)]
    port: Option<String>,
    /// Publish to this broker, mqtt://host:port, instead of one of our own.
    #[arg(long)]
    broker: Option<String>,
    /// Bits a second.
    #[arg(long, default_value_t = 115_200)]
    baud: u32,
    /// Move the recorded times so that the last one is now.
    #[arg(long)]
    shift_to_now: bool,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Line {
    /// A serial line: a pair of pseudo-terminals; TCP on Windows.
    Serial,
    /// An MQTT broker: one on loopback of our own, or the one named by --broker.
    Mqtt,
}

#[derive(Clone, Copy, Debug)]
struct PaceArg(Pace);

fn pace(text: &str) -> Result<PaceArg, String> {
    if text == "max" {
        return Ok(PaceArg(Pace::Max));
    }
    text.parse::<u32>()
        .ok()
        .filter(|times| *times > 0)
        .map(|times| PaceArg(Pace::Times(times)))
        .ok_or_else(|| "a whole number above 0, or max".to_owned())
}

/// What the device's counters say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counted {
    frames: u64,
    bad: u64,
    shed: u64,
}

impl Counted {
    fn of(row: &DeviceRow) -> Self {
        Self { frames: row.frames, bad: row.bad_frames, shed: row.shed }
    }

    /// Since `before`; a driver that was started anew counts from nothing.
    fn since(self, before: Self) -> Self {
        let less = |now: u64, before: u64| if now >= before { now - before } else { now };
        Self {
            frames: less(self.frames, before.frames),
            bad: less(self.bad, before.bad),
            shed: less(self.shed, before.shed),
        }
    }
}

/// Sends the file and accounts for every reading.
pub async fn run(site: &SiteArgs, args: Args) -> Outcome<()> {
    if args.broker.is_some() && !matches!(args.to, Line::Mqtt) {
        return Err("replay: --broker goes with --to mqtt".into());
    }
    if args.port.is_some() && matches!(args.to, Line::Mqtt) {
        return Err("replay: --port goes with --to serial; for a broker say --broker mqtt://host:port".into());
    }
    let file = std::fs::File::open(&args.file)
        .map_err(|e| format!("open {}: {e}; check the path", args.file.display()))?;
    let mut recording = replay::read(std::io::BufReader::new(file), args.column.as_deref())?;
    for finding in recording.findings.iter().take(10) {
        say(format!("line {}: {:?} {:?}", finding.line.unwrap_or(0), finding.code, finding.detail));
    }
    say(format!(
        "{}: {} readings of {}, {} rows can't be read.",
        args.file.display(),
        count(recording.rows.len() as u64),
        recording.column,
        recording.skipped
    ));
    on_site(site, async |session| {
        if args.shift_to_now {
            let now = session.call(GetStatus {}).await?.now;
            recording = std::mem::take(&mut recording).shifted_to(now);
        }
        send(session, &args, recording).await
    })
    .await
}

async fn send(session: &Session, args: &Args, recording: Recording) -> Outcome<()> {
    let mut wire = Way::open(session, args)?;
    let device = plug_in(session, args, &recording, wire.endpoint()).await?;
    wire.ready(session, device).await?;
    let detail = session.call(GetDevice { id: device }).await?;
    let channel =
        detail.channels.iter().find(|channel| channel.code == args.channel).map(|channel| channel.channel);
    let channel =
        channel.ok_or_else(|| format!("replay as {}: it has no channel {}", args.device, args.channel))?;
    let (Some((first, _)), Some((last, _))) =
        (recording.rows.first().copied(), recording.rows.last().copied())
    else {
        return Err("replay: the file has no readings".into());
    };
    let stored = async |from, to| -> Outcome<bool> {
        let series = session.call(GetSeries { channels: vec![channel], from, to, buckets: 10 }).await?;
        Ok(series.series.iter().any(|one| !one.at.is_empty()))
    };
    let kept_how = if stored(first, last + Millis(1)).await? {
        say("Readings of this span are stored already: those that repeat change nothing.");
        "known before or stored"
    } else {
        "stored"
    };

    let before = Counted::of(&detail.row);
    let acknowledged = detail.row.acknowledged;
    let stop = Stop::default();
    let _stop_when_dropped = StopOnDrop(stop.clone());
    let (begun, pace, name, code) = (real_now(), args.speed.0, args.device.clone(), args.channel.clone());
    let followed = Arc::new(AtomicU64::new(0));
    let took_in = followed.clone();
    let sending = tokio::task::spawn_blocking(move || {
        let progress = Progress::new(|done, total| out::progress("sent", done, total));
        let taken = || took_in.load(Ordering::Relaxed);
        let sent = wire.send(&recording, &name, &code, pace, &stop, &taken, &progress);
        // The line stays in until the driver has read all: it comes back with the count.
        (sent, wire)
    });
    // Meanwhile the sender is told how far the device has come.
    tokio::pin!(sending);
    let (sent, wire) = loop {
        tokio::select! {
            done = &mut sending => break done?,
            () = tokio::time::sleep(FOLLOW) => {
                let row = session.call(GetDevice { id: device }).await?.row;
                followed.store(row.acknowledged.saturating_sub(acknowledged), Ordering::Relaxed);
            }
        }
    };
    out::progress_done();
    let sent = sent?;
    let took = real_now() - begun;

    let mut events = session.opened.backend.events();
    let settled = tokio::time::timeout(SETTLE, async {
        loop {
            let counted = Counted::of(&session.call(GetDevice { id: device }).await?.row).since(before);
            // The last one is read back from the store: what came before it was committed before it.
            if counted.frames + counted.bad >= sent
                && (counted.bad > 0 || counted.shed > 0 || stored(last, last + Millis(1)).await?)
            {
                return Ok::<Counted, Box<dyn std::error::Error>>(counted);
            }
            let _ = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
        }
    })
    .await;
    let counted = match settled {
        Ok(counted) => counted?,
        Err(_) => Counted::of(&session.call(GetDevice { id: device }).await?.row).since(before),
    };
    let row = session.call(GetDevice { id: device }).await?.row;
    let off = ChangeDevice {
        id: device,
        name: row.name,
        endpoint: row.endpoint,
        baud: row.baud,
        enabled: false,
        interval: None,
        setup: None,
        add: Vec::new(),
    };
    session.call(off).await?;
    // Only now: a plug that is pulled from a device that is on is an alarm.
    drop(wire);

    let kept = counted.frames.saturating_sub(counted.shed);
    let rejected = counted.bad + counted.shed;
    say(format!(
        "Sent {} = {} {kept_how} + {} rejected ({} bad frames, {} shed), {:.1} s.",
        count(sent),
        count(kept),
        count(rejected),
        count(counted.bad),
        count(counted.shed),
        took.0 as f64 / 1000.0
    ));
    say(format!("The device {} stays, switched off.", args.device));
    if sent != kept + rejected {
        return Err(format!(
            "replay {}: {} readings are not accounted for; look at the log",
            args.file.display(),
            sent.abs_diff(kept + rejected)
        )
        .into());
    }
    Ok(())
}

/// What the readings go over.
enum Way {
    Line(Wire),
    /// A broker of our own, where there is one, and what publishes to it.
    Mqtt {
        _broker: Option<Broker>,
        publisher: Publisher,
        topic: String,
        endpoint: String,
    },
}

impl Way {
    fn open(session: &Session, args: &Args) -> Outcome<Self> {
        let name: String =
            args.device.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let name = name.to_lowercase();
        match (args.to, &args.port) {
            (Line::Serial, Some(port)) => Ok(Self::Line(Wire::open(port, args.baud)?)),
            (Line::Serial, None) => {
                let outlet = Outlet::here(&session.opened.site.folder, &format!("replay-{name}"));
                Ok(Self::Line(Wire::outlet(outlet)?))
            }
            (Line::Mqtt, _) => {
                let own = match args.broker {
                    Some(_) => None,
                    None => Some(Broker::start("127.0.0.1:0")?),
                };
                let at = args.broker.as_deref().or(own.as_ref().map(Broker::endpoint)).unwrap_or_default();
                let at = at.trim_end_matches('/').to_owned();
                let publisher = tokio::task::block_in_place(|| {
                    Publisher::connect(&at, &format!("qm-replay-{name}-{}", std::process::id()))
                })?;
                let topic = format!("replay/{name}");
                Ok(Self::Mqtt { _broker: own, publisher, endpoint: format!("{at}/{topic}"), topic })
            }
        }
    }

    fn endpoint(&self) -> &str {
        match self {
            Self::Line(wire) => wire.endpoint(),
            Self::Mqtt { endpoint, .. } => endpoint,
        }
    }

    /// A broker forgets what nobody has subscribed to: waits until the device has.
    async fn ready(&self, session: &Session, device: DeviceId) -> Outcome<()> {
        if matches!(self, Self::Line(_)) {
            return Ok(());
        }
        let mut events = session.opened.backend.events();
        let listening = tokio::time::timeout(SETTLE, async {
            loop {
                let row = session.call(GetDevice { id: device }).await?.row;
                if row.connected {
                    return Ok::<(), Box<dyn std::error::Error>>(());
                }
                let _ = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
            }
        });
        listening.await.map_err(|_| {
            format!("replay to {}: the device does not reach the broker; look at its page", self.endpoint())
        })?
    }

    fn send(
        &mut self,
        recording: &Recording,
        name: &str,
        code: &str,
        pace: Pace,
        stop: &Stop,
        taken: &dyn Fn() -> u64,
        progress: &Progress,
    ) -> Result<u64, sim::chain::Error> {
        match self {
            Self::Line(wire) => replay::send(recording, name, code, wire, pace, &real_now, stop, progress),
            Self::Mqtt { publisher, topic, .. } => {
                replay::publish(recording, topic, code, publisher, pace, &real_now, taken, stop, progress)
            }
        }
    }
}

/// Ctrl-C drops the work: the sender's thread must hear of it.
struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.ask();
    }
}

/// The device at the other end: made, or switched on and told where the line now is.
async fn plug_in(session: &Session, args: &Args, recording: &Recording, endpoint: &str) -> Outcome<DeviceId> {
    let channel = NewChannel {
        code: args.channel.clone(),
        name: format!("{} {}", args.device, recording.column),
        zone: String::new(),
        unit: args.unit.clone(),
        low: None,
        high: None,
    };
    let known = session.call(ListDevices {}).await?.into_iter().find(|row| row.name == args.device);
    let Some(row) = known else {
        if args.port.is_some() {
            return Err(format!("replay through {endpoint}: there is no device {}; add one at the other end of that port first", args.device).into());
        }
        let add = AddDevice {
            name: args.device.clone(),
            endpoint: endpoint.to_owned(),
            baud: args.baud,
            interval: interval(recording),
            setup: String::new(),
            channels: vec![channel],
        };
        return Ok(session.call(add).await?);
    };
    let detail = session.call(GetDevice { id: row.id }).await?;
    let add = if detail.channels.iter().any(|known| known.code == channel.code) {
        Vec::new()
    } else {
        vec![channel]
    };
    // Through a port of the person's, the device keeps its own end.
    let endpoint = if args.port.is_some() { row.endpoint } else { endpoint.to_owned() };
    session
        .call(ChangeDevice {
            id: row.id,
            name: row.name,
            endpoint,
            baud: args.baud,
            enabled: true,
            interval: None,
            setup: None,
            add,
        })
        .await?;
    Ok(row.id)
}

/// The usual step of the recording.
fn interval(recording: &Recording) -> Millis {
    let mut steps: Vec<i64> = recording.rows.windows(2).map(|pair| (pair[1].0 - pair[0].0).0).collect();
    steps.sort_unstable();
    Millis(steps.get(steps.len() / 2).copied().unwrap_or(60_000).clamp(100, 86_400_000))
}
