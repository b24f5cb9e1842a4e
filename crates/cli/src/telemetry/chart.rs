//! Charts of a year of readings once a second: how long until the buckets are there.

use super::{Scratch, Sensors, bytes_of, passed, percentile, rounded, start};
use crate::out::{self, count, say, table};
use crate::session::Outcome;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use store::{Batch, Opening, Store};
use units::{ChannelId, Millis, Timestamp};

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Days of readings to write first.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i64).range(31..=3_650))]
    days: i64,
    /// Charts from a cold disk, each in a new process.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    cold: u32,
    /// Charts one after the other in this process.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    warm: u32,
    /// Measure in a new folder within this one; without it in the system's folder for temporary files.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of one chart.
#[derive(Clone, Debug, clap::Args)]
pub struct ProbeArgs {
    site: PathBuf,
    from: i64,
    to: i64,
}

/// 2025-11-01.
const FROM: i64 = 1_761_955_200_000;
const BUCKETS: u32 = 1_280;
const CHANNEL: ChannelId = ChannelId(1);
const HOW_COLD: &str = "each chart in a new process, which opens the site and asks once, after the system was told to forget its \
    cached pages of the site's files (posix_fadvise DONTNEED; a cache of the disk itself, or of a machine around this one, stays)";

fn open(site: &Path) -> Outcome<Store> {
    Ok(Store::open(site, &Opening { create: false, ..Opening::new(Timestamp(FROM)) })?)
}

/// Measures, and says whether every chart was right.
pub fn run(args: &Args) -> Outcome<bool> {
    let scratch = Scratch::within(args.folder.as_deref())?;
    let site = scratch.0.join("site");
    let end = FROM + args.days * 86_400_000;
    let written = write(args, &site)?;
    let bytes = bytes_of(&site, "telemetry")?;

    let mut cold = Vec::new();
    let spans = [("30 days", 30), ("all", args.days)];
    for (_, days) in spans {
        let (mut open_ms, mut chart_ms) = (Vec::new(), Vec::new());
        for _ in 0..args.cold {
            forget_pages(&site)?;
            let (opened, drawn) = in_new_process(&site, end - days * 86_400_000, end)?;
            open_ms.push(opened);
            chart_ms.push(drawn);
        }
        cold.push((open_ms, chart_ms));
    }

    let store = open(&site)?;
    let mut right = true;
    let mut report = Vec::new();
    for ((name, days), (mut open_ms, mut chart_ms)) in spans.into_iter().zip(cold) {
        let span = days * 86_400_000;
        let mut warm = Vec::new();
        for round in 0..i64::from(args.warm) {
            // As a person pans: by a twentieth of the chart back, again and again.
            let back = (round * span / 20) % (end - FROM - span + 1);
            let to = Timestamp(end - back);
            let asked = start();
            let series = store.telemetry.series(&[CHANNEL], to - Millis(span), to, BUCKETS)?;
            warm.push(passed(asked));
            right &= series.channels[0].1.len() == BUCKETS as usize;
        }
        right &= extremes_agree(&store, Timestamp(end - span), Timestamp(end))?;
        report.push(json!({
            "chart": name,
            "days": days,
            "buckets": BUCKETS,
            "cold_p50_ms": rounded(percentile(&mut chart_ms, 0.5), 2),
            "cold_p99_ms": rounded(percentile(&mut chart_ms, 0.99), 2),
            "cold_open_p50_ms": rounded(percentile(&mut open_ms, 0.5), 2),
            "cold_open_p99_ms": rounded(percentile(&mut open_ms, 0.99), 2),
            "warm_p50_ms": rounded(percentile(&mut warm, 0.5), 3),
            "warm_p99_ms": rounded(percentile(&mut warm, 0.99), 3),
        }));
    }
    let mut decode = Vec::new();
    let mut decoded = 0_u64;
    for _ in 0..10 {
        decoded = 0;
        let mut sum = 0_i64;
        let asked = start();
        store.telemetry.for_each_reading(
            CHANNEL,
            Timestamp(end - 30 * 86_400_000),
            Timestamp(end),
            &mut |reading| {
                decoded += 1;
                sum = sum.wrapping_add(reading.value.map_or(0, |value| value.0));
                ControlFlow::Continue(())
            },
        )?;
        decode.push(passed(asked) / decoded as f64 * 2_600_000.0);
        std::hint::black_box(sum);
    }
    right &= decoded.abs_diff(30 * 86_400) <= 2;
    let report = json!({
        "readings": written,
        "bytes_per_reading": rounded(bytes as f64 / written as f64, 3),
        "charts": report,
        "decode_p50_ms_per_2_6m": rounded(percentile(&mut decode, 0.5), 1),
        "decode_p99_ms_per_2_6m": rounded(percentile(&mut decode, 0.99), 1),
        "extremes_equal_raw": right,
        "cold": if cfg!(target_os = "linux") { HOW_COLD } else { "each chart in a new process; the system's cache stays" },
    });
    if args.json {
        out::json(&report)?;
    } else {
        let columns = ["cold_p50_ms", "cold_p99_ms", "cold_open_p50_ms", "warm_p50_ms", "warm_p99_ms"];
        let rows: Vec<Vec<String>> = report["charts"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|chart| {
                let mut row = vec![chart["chart"].as_str().unwrap_or_default().to_owned()];
                row.extend(columns.iter().map(|column| chart[column].to_string()));
                row
            })
            .collect();
        table(
            &["chart", ">cold p50 ms", ">cold p99 ms", ">opening p50 ms", ">warm p50 ms", ">warm p99 ms"],
            &rows,
        );
        say(format!(
            "{} readings of {} bytes; 2.6 million decoded in {} ms (p50).",
            count(written),
            report["bytes_per_reading"],
            report["decode_p50_ms_per_2_6m"]
        ));
        say(format!("Cold: {}.", report["cold"].as_str().unwrap_or_default()));
    }
    Ok(right)
}

fn write(args: &Args, site: &Path) -> Outcome<u64> {
    let store = Store::open(site, &Opening::new(Timestamp(FROM)))?;
    // The jitter of the first second must not lie before the span.
    let mut sensors = Sensors::new(CHANNEL.0..CHANNEL.0 + 1, 1, FROM + 500);
    let mut written = 0;
    let all = args.days * 86_400;
    while (written as i64) < all {
        let mut readings = Vec::with_capacity(20_000);
        for _ in 0..20_000.min(all - written as i64) {
            sensors.second(&mut readings);
        }
        written += store.telemetry.append(Batch { readings, ..Batch::default() })?.stored;
        out::progress("Writing readings", written, all as u64);
    }
    out::progress_done();
    store.telemetry.pack()?;
    Ok(written)
}

/// Each bucket's extremes, against all readings of its span.
fn extremes_agree(store: &Store, from: Timestamp, to: Timestamp) -> Outcome<bool> {
    let series = store.telemetry.series(&[CHANNEL], from, to, BUCKETS)?;
    let buckets = &series.channels[0].1;
    let mut found: Vec<(i64, i64)> = vec![(i64::MAX, i64::MIN); buckets.len()];
    let mut place = 0;
    store.telemetry.for_each_reading(CHANNEL, from, to, &mut |reading| {
        while buckets.get(place + 1).is_some_and(|next| next.at <= reading.at) {
            place += 1;
        }
        if let (Some((low, high)), Some(value)) = (found.get_mut(place), reading.value) {
            (*low, *high) = ((*low).min(value.0), (*high).max(value.0));
        }
        ControlFlow::Continue(())
    })?;
    Ok(buckets.iter().zip(found).all(|(bucket, (low, high))| {
        bucket.min.map(|v| v.0) == Some(low) && bucket.max.map(|v| v.0) == Some(high)
    }))
}

/// Opens a site, draws one chart, prints how long both took.
pub fn probe(args: &ProbeArgs) -> Outcome<()> {
    let began = start();
    let store = open(&args.site)?;
    let opened = passed(began);
    let asked = start();
    let series = store.telemetry.series(&[CHANNEL], Timestamp(args.from), Timestamp(args.to), BUCKETS)?;
    let drawn = passed(asked);
    if series.channels[0].1.len() != BUCKETS as usize {
        return Err(format!("{} buckets instead of {BUCKETS}", series.channels[0].1.len()).into());
    }
    say(json!([opened, drawn]).to_string());
    Ok(())
}

fn in_new_process(site: &Path, from: i64, to: i64) -> Outcome<(f64, f64)> {
    let out = Command::new(std::env::current_exe()?)
        .args(["telemetry", "chart-probe"])
        .arg(site)
        .args([from.to_string(), to.to_string()])
        .stdin(Stdio::null())
        .output()?;
    let answer: Value = serde_json::from_slice(&out.stdout)
        .map_err(|_| format!("a chart in a new process failed: {}", String::from_utf8_lossy(&out.stderr)))?;
    Ok((answer[0].as_f64().unwrap_or(f64::MAX), answer[1].as_f64().unwrap_or(f64::MAX)))
}

/// Has the system forget what it has cached of a site's files.
fn forget_pages(site: &Path) -> Outcome<()> {
    for entry in std::fs::read_dir(site)? {
        let path = entry?.path();
        #[cfg(target_os = "linux")]
        {
            let file = std::fs::File::open(&path)?;
            // Only clean pages can be forgotten.
            file.sync_all()?;
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        }
        #[cfg(not(target_os = "linux"))]
        let _ = path;
    }
    Ok(())
}
