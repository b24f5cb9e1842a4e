//! What devices do to order and time: repeats, late and shuffled readings, clocks that jump. The result must be that of the
//! sorted input, each reading once.

use super::{Options, Outcome};
use crate::draw::Draw;
use crate::witness::NOW;
use domain::{Quality, Reading};
use store::{Batch, Opening, Store};
use units::{ChannelId, Milli, Timestamp};

const READINGS: i64 = 3_000;
const CHANNELS: i64 = 3;

fn reading(n: i64, at: i64) -> Reading {
    let at = Timestamp(at);
    Reading {
        channel: ChannelId(1 + n % CHANNELS),
        at,
        arrived_at: at,
        sequence: n,
        value: Some(Milli((n * 7919) % 5_000)),
        quality: Quality::Good,
    }
}

fn site() -> Result<(tempfile::TempDir, Store), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let store = Store::open(folder.path(), &Opening::new(NOW)).map_err(|e| e.to_string())?;
    Ok((folder, store))
}

/// Writes in pieces; half way through what is there is packed, so that the rest comes late for packed chunks too.
fn write(store: &Store, readings: &[Reading]) -> Result<(), String> {
    for (number, piece) in readings.chunks(250).enumerate() {
        let batch = Batch { readings: piece.to_vec(), ..Batch::default() };
        store.telemetry.append(batch).map_err(|e| e.to_string())?;
        if number == readings.len() / 500 {
            store.telemetry.pack().map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}

/// All that can be read of a site: the readings, and how they are drawn at four widths.
fn all_of(store: &Store) -> Result<String, String> {
    let mut text = String::new();
    let fail = |e: store::Error| e.to_string();
    for channel in 1..=CHANNELS {
        let id = ChannelId(channel);
        let (from, to) = (Timestamp(0), Timestamp(i64::MAX));
        text += &format!("{:?}", store.telemetry.readings(id, from, to, u32::MAX).map_err(fail)?);
        text += &format!("{:?}", store.telemetry.totals(Some(id)).map_err(fail)?);
        for (hours, buckets) in [(2, 700), (24, 300), (24 * 30, 500), (24 * 400, 200)] {
            let from = Timestamp(NOW.0 - 24 * 3_600_000);
            let to = Timestamp(from.0 + hours * 3_600_000);
            text += &format!("{:?}", store.telemetry.series(&[id], from, to, buckets).map_err(fail)?);
        }
    }
    Ok(text)
}

fn shuffle(readings: &mut [Reading], draw: &mut Draw) {
    for last in (1..readings.len()).rev() {
        readings.swap(last, draw.below(last as u64 + 1) as usize);
    }
}

/// A seeded shuffle with a tenth of it twice, against the sorted input.
pub fn duplicates(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("duplicates, out of order");
    let mut draw = Draw(options.seed);
    for _ in 0..options.rounds.div_ceil(200).max(2) {
        outcome.rounds += 1;
        // Over three weeks, so that a month ends in between for some seeds.
        let sorted: Vec<Reading> =
            (0..READINGS).map(|n| reading(n, NOW.0 + n * 600_000 + draw.below(500_000) as i64)).collect();
        let mut shuffled = sorted.clone();
        for _ in 0..READINGS / 10 {
            shuffled.push(sorted[draw.below(READINGS as u64) as usize].clone());
        }
        shuffle(&mut shuffled, &mut draw);
        let ((_a, straight), (_b, mixed)) = (site()?, site()?);
        write(&straight, &sorted)?;
        write(&mixed, &shuffled)?;
        outcome.acknowledged += shuffled.len() as u64;
        let found = mixed.telemetry.totals(None).map_err(|e| e.to_string())?;
        outcome.lost += (READINGS as u64).abs_diff(found.good);
        if all_of(&straight)? != all_of(&mixed)? {
            outcome.damaged("shuffled and repeated readings do not read as the sorted ones".to_owned());
        }
    }
    Ok(outcome)
}

/// The clock goes back and forth, as when somebody sets it, or at the ends of summer time: UTC and our own sequence keep all.
pub fn clock_jumps(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("clock jumps");
    let mut draw = Draw(options.seed);
    for _ in 0..options.rounds.div_ceil(200).max(2) {
        outcome.rounds += 1;
        let (_folder, store) = site()?;
        let mut clock = NOW.0;
        let mut sent = Vec::new();
        for n in 0..READINGS {
            clock += 1_000;
            if n % 500 == 499 {
                // Two hours at most, either way; an hour exactly is what a wrong handling of summer time does.
                clock += if draw.percent(50) { 3_600_000 } else { -3_600_000 } + draw.below(3_600_000) as i64;
            }
            sent.push(reading(n, clock));
        }
        write(&store, &sent)?;
        outcome.acknowledged += sent.len() as u64;
        let mut found: Vec<i64> = Vec::new();
        for channel in 1..=CHANNELS {
            let (from, to) = (Timestamp(0), Timestamp(i64::MAX));
            let read = store.telemetry.readings(ChannelId(channel), from, to, u32::MAX);
            found.extend(read.map_err(|e| e.to_string())?.iter().map(|r| r.sequence));
            // Every bucket once: the sum of the buckets is the number of readings.
            let (from, to) = (Timestamp(NOW.0 - 48 * 3_600_000), Timestamp(NOW.0 + 72 * 3_600_000));
            for buckets in [120, 1_000] {
                let series = store.telemetry.series(&[ChannelId(channel)], from, to, buckets);
                let series = series.map_err(|e| e.to_string())?;
                let drawn: u64 =
                    series.channels.iter().flat_map(|(_, b)| b).map(|b| u64::from(b.count)).sum();
                if drawn != READINGS.unsigned_abs() / CHANNELS.unsigned_abs() {
                    outcome.damaged(format!("{drawn} of {} readings drawn", READINGS / CHANNELS));
                }
            }
        }
        found.sort_unstable();
        if found != (0..READINGS).collect::<Vec<_>>() {
            outcome.lost += (READINGS as u64).abs_diff(found.len() as u64).max(1);
        }
    }
    Ok(outcome)
}
