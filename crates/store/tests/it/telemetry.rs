use crate::{NOW, open, site};
use domain::{Doubt, Quality, RawFault, Reading};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use store::{Batch, Bucket, CounterDelta, SavedPhase, Store};
use units::{ChannelId, DeviceId, Milli, Millis, Timestamp};

fn reading(channel: i64, at: i64, sequence: i64, value: Option<i64>) -> Reading {
    Reading {
        channel: ChannelId(channel),
        at: Timestamp(at),
        arrived_at: Timestamp(at + 40),
        sequence,
        value: value.map(Milli),
        quality: if value.is_some() { Quality::Good } else { Quality::Bad(RawFault::SensorFault) },
    }
}

fn batch(readings: Vec<Reading>) -> Batch {
    Batch { readings, ..Batch::default() }
}

fn all(store: &Store, channel: i64) -> Vec<Reading> {
    let (from, to) = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    store.telemetry.readings(ChannelId(channel), from, to, u32::MAX).expect("readings")
}

type Key = (i64, i64, i64);

/// What a map says of the good values in `[from, from + width)`.
fn expected(
    model: &BTreeMap<Key, BTreeSet<Option<i64>>>,
    channel: i64,
    from: i64,
    width: i64,
) -> Option<Bucket> {
    let (mut values, mut suspect) = (Vec::new(), 0);
    for ((_, _, _), copies) in model.range((channel, from, i64::MIN)..(channel, from + width, i64::MIN)) {
        let told = copies.iter().flatten().count();
        match (told, copies.len()) {
            (1, 1) => values.push(copies.iter().flatten().copied().next().unwrap_or(0)),
            _ => suspect += copies.len() as u32,
        }
    }
    if values.is_empty() && suspect == 0 {
        return None;
    }
    let sum: i64 = values.iter().sum();
    let mean = (!values.is_empty()).then(|| (sum as f64 / values.len() as f64).round() as i64);
    Some(Bucket {
        at: Timestamp(from),
        min: values.iter().min().copied().map(Milli),
        max: values.iter().max().copied().map(Milli),
        mean: mean.map(Milli),
        last: values.last().copied().map(Milli),
        count: values.len() as u32,
        suspect,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Any order, any repeats, any cut into batches: the store holds what a map would, and each rollup says the same.
    #[test]
    fn agrees_with_a_map(
        drawn in prop::collection::vec((1..3_i64, -40..400_i64, 0..2_i64, prop::option::weighted(0.9, -50..50_i64)), 1..120),
        cut in 1..40_usize,
    ) {
        let (folder, store) = site();
        let mut model: BTreeMap<Key, BTreeSet<Option<i64>>> = BTreeMap::new();
        let (mut stored, mut duplicates, mut conflicts) = (0, 0, 0);
        let mut want = (0, 0, 0);
        for chunk in drawn.chunks(cut) {
            let mut readings = Vec::new();
            for &(channel, tens, sequence, value) in chunk {
                let at = tens * 10_000;
                readings.push(reading(channel, at, sequence, value));
                let copies = model.entry((channel, at, sequence)).or_default();
                let first = copies.is_empty();
                if copies.insert(value) {
                    want.0 += 1;
                    want.2 += u64::from(!first);
                } else {
                    want.1 += 1;
                }
            }
            let appended = store.telemetry.append(batch(readings.clone())).expect("append");
            stored += appended.stored;
            duplicates += appended.duplicates;
            conflicts += appended.conflicts;
            // The same batch once more: all known.
            let again = store.telemetry.append(batch(readings)).expect("append");
            prop_assert_eq!((again.stored, again.conflicts), (0, 0));
        }
        prop_assert_eq!((stored, duplicates, conflicts), want);
        drop(store);
        let store = open(&folder);
        for channel in 1..3 {
            let mut found: BTreeMap<Key, BTreeSet<Option<i64>>> = BTreeMap::new();
            for r in all(&store, channel) {
                let copies = found.entry((r.channel.0, r.at.0, r.sequence)).or_default();
                prop_assert!(copies.insert(r.value.map(|v| v.0)));
                let alone = model[&(r.channel.0, r.at.0, r.sequence)].len() == 1;
                let quality = match (r.value, alone) {
                    (None, _) => Quality::Bad(RawFault::SensorFault),
                    (Some(_), true) => Quality::Good,
                    (Some(_), false) => Quality::Suspect(Doubt::Conflict),
                };
                prop_assert_eq!(r.quality, quality);
            }
            let mine = model.range((channel, i64::MIN, i64::MIN)..(channel + 1, i64::MIN, i64::MIN));
            prop_assert_eq!(found, mine.map(|(k, v)| (*k, v.clone())).collect());
            // Readings, minutes, quarters and hours: each level for the same span, cut at its own width.
            for width in [10_000_i64, 60_000, 900_000, 3_600_000] {
                let (from, to) = (-3_600_000_i64, 4 * 3_600_000_i64);
                let buckets = ((to - from) / width) as u32;
                let series = store.telemetry.series(&[ChannelId(channel)], Timestamp(from), Timestamp(to), buckets).expect("series");
                prop_assert_eq!(series.width, Millis(width));
                let want: Vec<Bucket> =
                    (0..i64::from(buckets)).filter_map(|k| expected(&model, channel, from + k * width, width)).collect();
                prop_assert_eq!(&series.channels[0].1, &want, "width {}", width);
            }
        }
        let totals = store.telemetry.totals(None).expect("totals");
        prop_assert_eq!(totals.good + totals.suspect + totals.bad, stored);
    }

    /// Whatever span and number of steps is asked for: never more steps, none before the span's first rollup row, and
    /// the extremes of the span are in it.
    #[test]
    fn a_series_keeps_its_extremes(seed in any::<u64>(), start in 0..200_000_i64, span in 1..90_000_i64, buckets in 1..200_u32) {
        let (_folder, store) = site();
        let mut draw = crate::Draw(seed);
        let values: Vec<Reading> =
            (0..2_000_i64).map(|n| reading(1, n * 150_000, n, Some(draw.below(100_000) as i64))).collect();
        store.telemetry.append(batch(values.clone())).expect("append");
        let (from, to) = (start * 1_000, (start + span * 2) * 1_000);
        let series = store.telemetry.series(&[ChannelId(1)], Timestamp(from), Timestamp(to), buckets).expect("series");
        let got = &series.channels[0].1;
        prop_assert!(got.len() <= buckets as usize);
        prop_assert!(got.windows(2).all(|w| w[1].at > w[0].at));
        let inside: Vec<i64> =
            values.iter().filter(|r| r.at.0 >= from && r.at.0 < to).filter_map(|r| r.value).map(|v| v.0).collect();
        if let (Some(min), Some(max)) = (inside.iter().min(), inside.iter().max()) {
            prop_assert!(got.iter().filter_map(|b| b.min).min().is_some_and(|m| m.0 <= *min));
            prop_assert!(got.iter().filter_map(|b| b.max).max().is_some_and(|m| m.0 >= *max));
        }
    }
}

#[test]
fn suspect_values_are_kept_and_left_out_of_the_mean() {
    let (_folder, store) = site();
    let mut odd = reading(1, 20_000, 0, Some(85_000));
    odd.quality = Quality::Suspect(Doubt::OutOfRange);
    let readings = vec![reading(1, 0, 0, Some(4_000)), reading(1, 10_000, 0, Some(5_000)), odd.clone()];
    store.telemetry.append(batch(readings)).expect("append");
    for buckets in [1, 1_000] {
        let series = store
            .telemetry
            .series(&[ChannelId(1)], Timestamp(0), Timestamp(60_000), buckets)
            .expect("series");
        let (max, suspect) =
            series.channels[0].1.iter().fold((None, 0), |(max, n), b| (b.max.max(max), n + b.suspect));
        assert_eq!((max, suspect), (Some(Milli(5_000)), 1));
    }
    assert_eq!(store.telemetry.latest(ChannelId(1)).expect("latest"), Some(odd));
    assert_eq!(
        store.telemetry.latest_good(ChannelId(1)).expect("latest").map(|r| r.at),
        Some(Timestamp(10_000))
    );
    let series = store.telemetry.series(&[ChannelId(1)], Timestamp(0), Timestamp(60_000), 1).expect("series");
    assert_eq!(series.channels[0].1[0].mean, Some(Milli(4_500)));
}

#[test]
fn newest_readings_and_streams() {
    let (_folder, store) = site();
    let readings =
        (0..50).flat_map(|n| [1, 5, 9].map(|channel| reading(channel, n * 1_000, n, Some(n)))).collect();
    store.telemetry.append(batch(readings)).expect("append");
    let newest = store.telemetry.latest_all().expect("latest");
    assert_eq!(
        newest.iter().map(|r| (r.channel.0, r.sequence)).collect::<Vec<_>>(),
        [(1, 49), (5, 49), (9, 49)]
    );
    let mut seen = Vec::new();
    let mut stop_at_12 = |r: &Reading| {
        seen.push(r.sequence);
        if r.sequence == 12 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    store
        .telemetry
        .for_each_reading(ChannelId(5), Timestamp(10_000), Timestamp(40_000), &mut stop_at_12)
        .expect("stream");
    assert_eq!(seen, [10, 11, 12]);
    assert_eq!(store.telemetry.latest(ChannelId(7)).expect("latest"), None);
}

#[test]
fn phases_and_counters_outlive_a_restart() {
    use domain::{AlarmKind, AlarmPhase};
    let (folder, store) = site();
    let phase = |channel, phase| SavedPhase {
        kind: AlarmKind::High,
        channel: Some(ChannelId(channel)),
        device: None,
        phase,
        worst: Some(Milli(9)),
        reported: None,
    };
    let recovering = AlarmPhase::Recovering { since: NOW, inside_since: NOW + Millis(5) };
    let counted = |by| CounterDelta { device: DeviceId(1), name: "rejected.crc".into(), by, at: NOW };
    let first = Batch {
        phases: vec![phase(1, AlarmPhase::Pending { since: NOW }), phase(2, recovering)],
        counters: vec![counted(2)],
        ..Batch::default()
    };
    store.telemetry.append(first).expect("append");
    let second =
        Batch { phases: vec![phase(1, AlarmPhase::Normal)], counters: vec![counted(3)], ..Batch::default() };
    store.telemetry.append(second).expect("append");
    drop(store);
    let store = open(&folder);
    assert_eq!(store.telemetry.phases().expect("phases"), [phase(2, recovering)]);
    assert_eq!(store.telemetry.counters().expect("counters")[0].value, 5);
}

#[test]
fn positions_are_kept_once_and_found_by_vehicle_and_time() {
    let (_folder, store) = site();
    let position = |vehicle: &str, at: i64, lat: f64| domain::Position {
        vehicle: vehicle.to_owned(),
        at: Timestamp(at),
        place: units::GeoPoint::from_degrees(lat, 24.9).expect("a place"),
        speed_kmh: (at % 2 == 0).then_some(Milli(41_500)),
        heading_deg: Some(359),
    };
    let said = vec![position("VAN-2", 5, 60.1), position("VAN-1", 9, 60.2), position("VAN-1", 4, 60.3)];
    let append = |positions: Vec<domain::Position>| {
        store.telemetry.append(Batch { positions, ..Batch::default() }).expect("written").positions
    };
    assert_eq!(append(said.clone()), 3);
    assert_eq!(append(said.clone()), 0, "the same again is one row");
    assert_eq!(store.telemetry.latest_positions().expect("read"), [said[1].clone(), said[0].clone()]);
    let between =
        |from, to| store.telemetry.positions_between("VAN-1", Timestamp(from), Timestamp(to)).expect("read");
    assert_eq!(between(0, 10), [said[2].clone(), said[1].clone()]);
    assert_eq!(between(0, 9), [said[2].clone()]);
    assert!(
        store.telemetry.positions_between("VAN-3", Timestamp(0), Timestamp(10)).expect("read").is_empty()
    );
}
