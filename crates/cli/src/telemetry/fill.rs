//! A year of readings once a second for a site's channels, one second of it unlike the others: what the screens' charts are
//! measured on.

use super::Sensors;
use crate::out::{self, count, progress, progress_done, say};
use crate::session::Outcome;
use serde_json::json;
use std::path::PathBuf;
use store::{Batch, Opening, Store};
use units::{ChannelId, Milli, Timestamp};

/// Arguments.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The site's folder, whose channels are there; nobody records in it meanwhile.
    site: PathBuf,
    /// How many channels, from number 1 on.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i64).range(1..=2_000))]
    channels: i64,
    /// Days of readings, until now.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i64).range(1..=3_650))]
    days: i64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What channel 1 says in the one second in the middle; all other values are from 1 to 8.1.
const BREACH: Milli = Milli(25_000);

/// Readings of one batch, about.
const BATCH: i64 = 20_000;

/// What was written.
struct Filled {
    readings: u64,
    from: i64,
    breach_at: Timestamp,
}

/// Writes them.
pub fn run(args: &Args) -> Outcome<bool> {
    let now = app::clock::real_now();
    let site = args.site.display();
    let lock = match host::Lock::acquire(&args.site, now)? {
        host::Acquired::Owned(lock) => lock,
        host::Acquired::Held(_) => {
            return Err(format!("fill {site}: another process records there; stop it first").into());
        }
    };
    let filled = fill(args, now);
    lock.release()?;
    let filled = filled?;
    if args.json {
        out::json(&json!({
            "readings": filled.readings,
            "from": filled.from,
            "to": now,
            "breach": { "channel": 1, "at": filled.breach_at, "value": BREACH },
        }))?;
    } else {
        say(format!(
            "{} readings; channel 1 is at {BREACH} for one second, {} s after the first.",
            count(filled.readings),
            count((filled.breach_at.0 - filled.from).unsigned_abs() / 1_000)
        ));
    }
    Ok(true)
}

fn fill(args: &Args, now: Timestamp) -> Outcome<Filled> {
    let store = Store::open(&args.site, &Opening { create: false, ..Opening::new(now) })?;
    let there = store.records.channels()?;
    let missing = (1..=args.channels).find(|n| !there.iter().any(|spec| spec.id == ChannelId(*n)));
    if let Some(missing) = missing {
        let site = args.site.display();
        return Err(format!("fill {site}: there is no channel {missing}; add a device with it first").into());
    }
    let seconds = args.days * 86_400;
    let from = now.0 - seconds * 1_000;
    let mut filled = Filled { readings: 0, from, breach_at: now };
    let mut sensors = Sensors::new(1..args.channels + 1, args.channels, from);
    let mut second = 0;
    while second < seconds {
        let until = seconds.min(second + (BATCH / args.channels).max(1));
        let mut readings = Vec::with_capacity(((until - second) * args.channels) as usize);
        for n in second..until {
            let first = readings.len();
            sensors.second(&mut readings);
            if n == seconds / 2
                && let Some(reading) = readings.get_mut(first)
            {
                reading.value = Some(BREACH);
                filled.breach_at = reading.at;
            }
        }
        second = until;
        filled.readings += store.telemetry.append(Batch { readings, ..Batch::default() })?.stored;
        progress("Writing readings", second as u64, seconds as u64);
    }
    progress_done();
    store.telemetry.pack()?;
    Ok(filled)
}
