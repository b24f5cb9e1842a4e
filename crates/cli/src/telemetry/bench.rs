//! Recording at full speed: batches from several callers, each acknowledged after its commit, while the journal is packed.

use super::{Scratch, Sensors, bytes_of, passed, percentile, rounded, start};
use crate::out::{self, count, say, table};
use crate::session::Outcome;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use store::peer::RowTable;
use store::{Batch, Opening, Store};
use units::Timestamp;

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Channels, each once a second of the time they tell.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(i64).range(8..=100_000))]
    channels: i64,
    /// How long to record; the peers take a twentieth of it each, at least five seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// Callers at once.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(i64).range(1..=64))]
    callers: i64,
    /// Readings of a batch, about.
    #[arg(long, default_value_t = 2_500, value_parser = clap::value_parser!(i64).range(1..=100_000))]
    batch: i64,
    /// Measure in a new folder within this one; without it in the system's folder for temporary files.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Leave the peers out.
    #[arg(long)]
    alone: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// 2026-11-01, so that a run passes from one month's file to the next.
const FROM: i64 = 1_793_491_200_000;

/// Peers get as many readings at once as one commit of ours holds.
const PEER_BATCH: usize = 10_000;

struct Measured {
    readings: u64,
    seconds: f64,
    acks: Vec<f64>,
    bytes: u64,
}

impl Measured {
    fn json(mut self) -> Value {
        json!({
            "readings": self.readings,
            "seconds": rounded(self.seconds, 2),
            "readings_per_second": (self.readings as f64 / self.seconds).round(),
            "acks": self.acks.len(),
            "ack_p50_ms": rounded(percentile(&mut self.acks, 0.5), 2),
            "ack_p99_ms": rounded(percentile(&mut self.acks, 0.99), 2),
            "ack_max_ms": rounded(percentile(&mut self.acks, 1.0), 2),
            "bytes_per_reading": rounded(self.bytes as f64 / self.readings.max(1) as f64, 3),
        })
    }
}

/// Measures, and says whether nothing was lost.
pub fn run(args: &Args) -> Outcome<bool> {
    let scratch = Scratch::within(args.folder.as_deref())?;
    let site = scratch.0.join("site");
    let recorded = record(args, &site)?;
    let acknowledged = recorded.readings;

    let store = Store::open(&site, &Opening::new(Timestamp(FROM)))?;
    let kept = store.telemetry.totals(None)?.good;
    let read = store.telemetry.verify()?;
    let damaged = store.telemetry.damaged()?.len();
    drop(store);
    std::fs::remove_dir_all(&site)?;

    let mut report = recorded.json();
    let peer_time = Duration::from_secs((args.seconds / 20).max(5));
    let peers = if args.alone {
        Vec::new()
    } else {
        vec![
            rows(args, &scratch.0.join("rows.db"), peer_time)?,
            duckdb(args, &scratch.0.join("duck.db"), peer_time),
        ]
    };
    let sound = kept == acknowledged && read.readings == acknowledged && damaged == 0;
    let more = json!({
        "channels": args.channels,
        "callers": args.callers,
        "batch": args.batch,
        "synchronous": "FULL",
        "series": "1 Hz of device time, jitter 5 ms, resolution 0.01, sequence counted over all channels, arrival = device time",
        "months": read.months,
        "chunks": read.chunks,
        "acknowledged_and_lost": acknowledged.saturating_sub(kept),
        "damaged": damaged,
        "peers": peers,
    });
    if let (Value::Object(report), Value::Object(more)) = (&mut report, more) {
        report.extend(more);
    }
    if args.json {
        out::json(&report)?;
    } else {
        let row = |name: &str, of: &Value| {
            let text = |key: &str| of.get(key).map_or_else(String::new, ToString::to_string);
            let rate = of.get("readings_per_second").and_then(Value::as_f64).map_or_else(
                || of.get("missing").and_then(Value::as_str).unwrap_or_default().to_owned(),
                |rate| count(rate as u64),
            );
            vec![name.to_owned(), rate, text("ack_p50_ms"), text("ack_p99_ms"), text("bytes_per_reading")]
        };
        let mut lines = vec![row("this store", &report)];
        for peer in report["peers"].as_array().into_iter().flatten() {
            lines.push(row(peer["name"].as_str().unwrap_or_default(), peer));
        }
        table(&["", ">readings/s", ">ack p50 ms", ">ack p99 ms", ">bytes/reading"], &lines);
        say(format!(
            "{} readings acknowledged, {} read back from {} chunks.",
            count(acknowledged),
            count(read.readings),
            count(read.chunks)
        ));
    }
    Ok(sound)
}

fn record(args: &Args, site: &Path) -> Outcome<Measured> {
    let store = Store::open(site, &Opening::new(Timestamp(FROM)))?;
    let callers = args.callers.min(args.channels);
    let began = start();
    let until = Duration::from_secs(args.seconds);
    let told: Vec<store::Result<(u64, Vec<f64>)>> = std::thread::scope(|scope| {
        let work = |caller: i64| {
            let store = &store;
            scope.spawn(move || {
                let mine = args.channels * caller / callers..args.channels * (caller + 1) / callers;
                let per_second = (mine.end - mine.start).max(1);
                let mut sensors = Sensors::new(mine.start + 1..mine.end + 1, args.channels, FROM);
                let (mut sent, mut acks) = (0, Vec::new());
                while began.elapsed() < until {
                    let mut readings = Vec::with_capacity((args.batch + per_second) as usize);
                    for _ in 0..(args.batch / per_second).max(1) {
                        sensors.second(&mut readings);
                    }
                    let asked = start();
                    sent += store.telemetry.append(Batch { readings, ..Batch::default() })?.stored;
                    acks.push(passed(asked));
                }
                Ok((sent, acks))
            })
        };
        let threads: Vec<_> = (0..callers).map(work).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Ok((0, Vec::new())))).collect()
    });
    let seconds = passed(began) / 1_000.0;
    let (mut readings, mut acks) = (0, Vec::new());
    for caller in told {
        let (sent, mut mine) = caller?;
        readings += sent;
        acks.append(&mut mine);
    }
    store.telemetry.pack()?;
    drop(store);
    Ok(Measured { readings, seconds, acks, bytes: bytes_of(site, "telemetry")? })
}

/// A row a reading on the same SQLite.
fn rows(args: &Args, path: &Path, time: Duration) -> Outcome<Value> {
    let mut table = RowTable::make(path)?;
    let mut sensors = Sensors::new(1..args.channels + 1, args.channels, FROM);
    let (mut readings, mut acks) = (0, Vec::new());
    let began = start();
    while began.elapsed() < time {
        let mut batch = Vec::with_capacity(PEER_BATCH + args.channels as usize);
        while batch.len() < PEER_BATCH {
            sensors.second(&mut batch);
        }
        let asked = start();
        table.append(&batch)?;
        acks.push(passed(asked));
        readings += batch.len() as u64;
    }
    let seconds = passed(began) / 1_000.0;
    table.close()?;
    let mut told = Measured { readings, seconds, acks, bytes: std::fs::metadata(path)?.len() }.json();
    told["name"] = json!("SQLite, a row a reading");
    std::fs::remove_file(path)?;
    Ok(told)
}

/// DuckDB makes its readings itself, of the same kind, so that no wire between us and it counts.
const DUCK: &str = "
import sys, time, json, os
import duckdb
path, channels, seconds, batch, start = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
db = duckdb.connect(path)
db.execute('CREATE TABLE reading(channel INTEGER, stamp BIGINT, sequence BIGINT, arrived_after INTEGER, value INTEGER, quality TINYINT)')
acks, n, began = [], 0, time.perf_counter()
while time.perf_counter() - began < seconds:
    asked = time.perf_counter()
    db.execute(f'''INSERT INTO reading SELECT i % {channels}, {start} + (i // {channels}) * 1000 + CAST(floor(random() * 11) AS INT) - 5, i, 0,
        (400 + abs((i // {channels} + (i % {channels}) * 97) % 5400 - 2700) // 27 + CAST(floor(random() * 3) AS INT)) * 10, 0
        FROM range({n}, {n + batch}) t(i)''')
    acks.append((time.perf_counter() - asked) * 1000)
    n += batch
took = time.perf_counter() - began
db.close()
acks.sort()
at = lambda share: round(acks[max(0, min(len(acks) - 1, int(len(acks) * share)))], 2)
print(json.dumps({'name': 'DuckDB ' + duckdb.__version__, 'readings': n, 'seconds': round(took, 2), 'readings_per_second': round(n / took),
    'acks': len(acks), 'ack_p50_ms': at(0.5), 'ack_p99_ms': at(0.99), 'ack_max_ms': at(1.0),
    'bytes_per_reading': round(os.path.getsize(path) / n, 3)}))
";

fn duckdb(args: &Args, path: &Path, time: Duration) -> Value {
    let python = if cfg!(windows) { "python" } else { "python3" };
    let run = Command::new(python)
        .args(["-c", DUCK])
        .arg(path)
        .args([
            args.channels.to_string(),
            time.as_secs().to_string(),
            PEER_BATCH.to_string(),
            FROM.to_string(),
        ])
        .stdin(Stdio::null())
        .output();
    let missing = |why: String| json!({ "name": "DuckDB", "missing": why });
    match run {
        Err(e) => missing(format!("{python} could not be started ({e})")),
        Ok(out) if !out.status.success() => {
            let said = String::from_utf8_lossy(&out.stderr);
            missing(format!(
                "install it with pip install duckdb ({})",
                said.lines().last().unwrap_or_default()
            ))
        }
        Ok(out) => serde_json::from_slice(&out.stdout)
            .unwrap_or_else(|e| missing(format!("its answer is no JSON ({e})"))),
    }
}
