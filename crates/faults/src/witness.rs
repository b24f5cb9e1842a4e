//! Writes what can be checked later, remembers what was acknowledged, and looks whether it is there.

use domain::{Actor, AlarmChange, AlarmKind, AlarmTransition, Priority, Quality, Reading};
use std::collections::BTreeSet;
use std::path::Path;
use store::{Act, AlarmQuery, Batch, Opening, Store, Trial};
use units::{ChannelId, Milli, Timestamp};

/// Channels of every batch.
pub const CHANNELS: i64 = 4;
/// The instant the trials live at.
pub const NOW: Timestamp = Timestamp(1_795_360_000_000);
const SETTING: &str = "faults.n";
/// Readings a channel has for one batch, at most.
const DEPTH: i64 = 8;

/// What a site was told, and confirmed.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    acked: BTreeSet<i64>,
    set: Option<i64>,
}

/// Readings of one channel in batch `n`.
fn depth(n: i64) -> i64 {
    1 + n.rem_euclid(5)
}

/// How many readings batch `n` has.
pub fn readings_in(n: i64) -> u64 {
    (depth(n) * CHANNELS).unsigned_abs()
}

fn reading(n: i64, channel: i64, step: i64) -> Reading {
    let at = Timestamp(NOW.0 + n * 7_000 + step * 500);
    Reading {
        channel: ChannelId(channel),
        at,
        arrived_at: at,
        sequence: n * DEPTH + step,
        value: Some(Milli(20_000 + (n * 37 + channel * 11 + step).rem_euclid(4_000))),
        quality: Quality::Good,
    }
}

/// Batch `n`: readings of every channel, and an alarm that comes with the even ones and goes with the odd.
pub fn batch(n: i64) -> Batch {
    let readings = (1..=CHANNELS).flat_map(|c| (0..depth(n)).map(move |step| reading(n, c, step))).collect();
    let change = if n % 2 == 0 { AlarmChange::Raised } else { AlarmChange::Cleared };
    let step = AlarmTransition {
        kind: AlarmKind::High,
        channel: Some(ChannelId(1)),
        device: None,
        change,
        at: Timestamp(NOW.0 + n * 7_000),
        value: None,
        limit: None,
        priority: Priority::Low,
    };
    Batch { readings, transitions: vec![step], ..Batch::default() }
}

/// Somebody's change of the records.
pub fn act() -> Act {
    Act::new(&Actor::local_admin(), NOW)
}

/// Opens a site and reads its files for damage.
pub fn open(folder: &Path, trial: Option<Trial>) -> store::Result<Store> {
    Store::open(folder, &Opening { check: true, trial, ..Opening::new(NOW) })
}

/// The batch that comes next in a site.
pub fn next(store: &Store) -> store::Result<i64> {
    Ok(store.telemetry.latest(ChannelId(1))?.map_or(0, |reading| reading.sequence / DEPTH + 1))
}

/// Writes batch `n`.
pub fn write(store: &Store, n: i64) -> store::Result<()> {
    store.telemetry.append(batch(n)).map(drop)
}

/// Sets the records' number to `n`, with its audit record.
pub fn set(store: &Store, n: i64) -> store::Result<()> {
    store.records.save_setting(&act(), SETTING, &n.to_string())
}

impl Witness {
    /// Batch `n` was acknowledged.
    pub fn acknowledged(&mut self, n: i64) {
        self.acked.insert(n);
    }

    /// The records' number was acknowledged.
    pub fn set(&mut self, n: i64) {
        self.set = self.set.max(Some(n));
    }

    /// Readings acknowledged so far.
    pub fn readings(&self) -> u64 {
        self.acked.iter().map(|n| readings_in(*n)).sum()
    }

    /// How many acknowledged readings are gone. An error says what came back wrong.
    pub fn lost(&self, store: &Store) -> Result<u64, String> {
        let fail = |e: store::Error| e.to_string();
        let (from, to) = (Timestamp(0), Timestamp(i64::MAX));
        let mut batches: Option<BTreeSet<i64>> = None;
        for channel in 1..=CHANNELS {
            let found = store.telemetry.readings(ChannelId(channel), from, to, u32::MAX).map_err(fail)?;
            let mut numbers = BTreeSet::new();
            for one in &found {
                let (n, step) = (one.sequence.div_euclid(DEPTH), one.sequence.rem_euclid(DEPTH));
                if *one != reading(n, channel, step) {
                    return Err(format!(
                        "reading {} of channel {channel} came back changed: {one:?}",
                        one.sequence
                    ));
                }
                numbers.insert(n);
            }
            let whole: i64 = numbers.iter().map(|n| depth(*n)).sum();
            if whole != found.len() as i64 {
                return Err(format!(
                    "channel {channel}: {} readings of {whole}: half a batch, or twice one",
                    found.len()
                ));
            }
            let totals = store.telemetry.totals(Some(ChannelId(channel))).map_err(fail)?;
            if totals.good != found.len() as u64 {
                return Err(format!(
                    "channel {channel}: rollups count {}, readings {}",
                    totals.good,
                    found.len()
                ));
            }
            if batches.as_ref().is_some_and(|others| *others != numbers) {
                return Err(format!("channel {channel} has other batches than channel 1"));
            }
            batches = Some(numbers);
        }
        let batches = batches.unwrap_or_default();
        if batches.len() as i64 != batches.last().map_or(0, |last| last + 1) {
            let missing: Vec<i64> =
                (0..batches.last().copied().unwrap_or(0)).filter(|n| !batches.contains(n)).collect();
            let promised = missing.iter().filter(|n| self.acked.contains(n)).count();
            return Err(format!(
                "batches are missing between others, {promised} of them acknowledged: {missing:?}"
            ));
        }
        let query = AlarmQuery { limit: 1_000_000, ..AlarmQuery::default() };
        let alarms = store.alarms(&query).map_err(fail)?.len();
        if alarms != batches.len().div_ceil(2) {
            return Err(format!("{alarms} alarms for {} batches", batches.len()));
        }
        let verdict = store.records.audit_verify().map_err(fail)?;
        if !verdict.holds() {
            return Err(format!("the audit does not hold: {verdict:?}"));
        }
        let set = store.records.setting(SETTING).map_err(fail)?;
        let set = match set {
            Some(text) => Some(text.parse::<i64>().map_err(|_| format!("the setting reads {text:?}"))?),
            None => None,
        };
        let lost: u64 = self.acked.difference(&batches).map(|n| readings_in(*n)).sum();
        Ok(lost + u64::from(set < self.set))
    }
}
