use super::*;
use crate::RawFault;
use crate::calibration::{Calibration, SLOPE_ONE, Standing, in_force, through};
use proptest::prelude::*;
use units::{Day, DeviceId};

fn tests() -> Tests {
    Tests {
        plausible_min: Milli(-50_000),
        plausible_max: Milli(80_000),
        rate_per_minute_max: None,
        interval: Millis::seconds(10),
        extra: Extra {
            stuck_after: Some(Millis::minutes(2)),
            stuck_band: Milli(0),
            still_at: Some(Milli(0)),
            spike: Some(Milli(2_000)),
            repeats: true,
        },
    }
}

fn reading(second: i64, value: i64) -> Reading {
    let at = Timestamp(second * 1000);
    Reading {
        channel: ChannelId(1),
        at,
        arrived_at: at,
        sequence: second,
        value: Some(Milli(value)),
        quality: Quality::Good,
    }
}

/// Judges a story and says, in the end, what is believed of each reading.
fn judged(tests: Tests, story: &[Reading]) -> Vec<Quality> {
    let mut judge = Judge::new(tests);
    let mut remarks = Vec::new();
    let mut readings = story.to_vec();
    for reading in &mut readings {
        remarks.extend(judge.step(reading));
    }
    readings.iter().map(|reading| effective(reading, &remarks, &[])).collect()
}

const GOOD: Quality = Quality::Good;

fn suspect(doubt: Doubt) -> Quality {
    Quality::Suspect(doubt)
}

#[test]
fn a_single_reading_away_from_both_neighbours_is_a_spike() {
    let story: Vec<Reading> = [4_000, 4_100, 9_000, 4_100, 4_000]
        .iter()
        .enumerate()
        .map(|(i, v)| reading(i as i64 * 10, *v))
        .collect();
    assert_eq!(judged(tests(), &story), [GOOD, GOOD, suspect(Doubt::Spike), GOOD, GOOD]);
    // A step stays: the next reading agrees with it.
    let step: Vec<Reading> = [4_000, 4_100, 9_000, 9_100, 9_000]
        .iter()
        .enumerate()
        .map(|(i, v)| reading(i as i64 * 10, *v))
        .collect();
    assert_eq!(judged(tests(), &step), [GOOD; 5]);
    // After a gap nobody knows.
    let gap = [reading(0, 4_000), reading(10, 9_000), reading(600, 4_000)];
    assert_eq!(judged(tests(), &gap), [GOOD; 3]);
    // What follows a spike is held against what came before it, or it would be too fast.
    let fast = Tests { rate_per_minute_max: Some(Milli(5_000)), ..tests() };
    let story = [reading(0, 4_000), reading(60, 8_900), reading(70, 4_100)];
    assert_eq!(judged(fast, &story), [GOOD, suspect(Doubt::Spike), GOOD]);
}

#[test]
fn what_stands_still_for_too_long_is_stuck_from_its_start() {
    let story: Vec<Reading> =
        (0..30).map(|i| reading(i * 10, if (5..25).contains(&i) { 4_200 } else { 4_000 + i })).collect();
    let qualities = judged(tests(), &story);
    let stuck = |i: &usize| qualities[*i] == suspect(Doubt::Stuck);
    assert_eq!((0..30).filter(stuck).collect::<Vec<_>>(), (5..25).collect::<Vec<_>>());
    let mut judge = Judge::new(tests());
    let remarks: Vec<Remark> = story.clone().iter_mut().filter_map(|reading| judge.step(reading)).collect();
    assert_eq!(remarks.len(), 1, "one word on the whole run");
    assert_eq!(
        (remarks[0].from, remarks[0].to, remarks[0].readings),
        (Timestamp(50_000), Timestamp(160_000), 12)
    );
    // At zero it may stand.
    let off: Vec<Reading> = (0..30).map(|i| reading(i * 10, 0)).collect();
    assert_eq!(judged(tests(), &off), [GOOD; 30]);
}

#[test]
fn each_test_marks_its_own_and_keeps_the_value() {
    let fast = Tests { rate_per_minute_max: Some(Milli(5_000)), ..tests() };
    let story = [
        reading(0, 4_000),
        reading(10, 90_000),
        reading(20, 40_000),
        reading(30, 4_010),
        Reading { sequence: 99, ..reading(30, 4_010) },
        Reading { value: None, quality: Quality::Bad(RawFault::SensorFault), ..reading(40, 0) },
        Reading { quality: suspect(Doubt::Conflict), ..reading(50, 4_020) },
        reading(60, 4_030),
    ];
    assert_eq!(
        judged(fast, &story),
        [
            GOOD,
            suspect(Doubt::OutOfRange),
            suspect(Doubt::RateOfChange),
            GOOD,
            suspect(Doubt::Repeat),
            Quality::Bad(RawFault::SensorFault),
            suspect(Doubt::Conflict),
            GOOD
        ]
    );
}

#[test]
fn what_a_person_says_goes_before_the_tests() {
    let channel = ChannelId(1);
    let at = |second: i64| Timestamp(second * 1000);
    let remark =
        Remark { channel, from: at(0), to: at(10), sequence: None, doubt: Doubt::Stuck, readings: 2 };
    let mark = |from, to, verdict| Mark { channel, from: at(from), to: at(to), verdict };
    let fill = Fill { from: at(20), from_value: Milli(1_000), to: at(60), to_value: Milli(3_000) };
    let marks = [mark(5, 8, Verdict::Bad), mark(5, 5, Verdict::Good), mark(20, 60, Verdict::Filled(fill))];
    let of = |second| effective(&reading(second, 4_000), &[remark], &marks);
    assert_eq!(of(0), suspect(Doubt::Stuck));
    assert_eq!(of(5), GOOD);
    assert_eq!(of(6), Quality::Bad(RawFault::Rejected));
    assert_eq!(of(11), GOOD);
    assert_eq!(of(20), GOOD, "an end of the line was measured");
    assert_eq!(of(30), suspect(Doubt::Questioned));
    assert_eq!(fill.at(at(30)), Some(Milli(1_500)));
    assert_eq!(fill.at(at(61)), None);
    let made = fill.readings(channel, Millis::seconds(10));
    assert_eq!(made.iter().map(|r| r.value.map_or(0, |v| v.0)).collect::<Vec<_>>(), [1_500, 2_000, 2_500]);
    assert!(made.iter().all(|r| r.quality == Quality::Interpolated));
    assert_eq!(
        effective(&made[0], &[], &[mark(0, 100, Verdict::Good)]),
        Quality::Interpolated,
        "never measured"
    );
}

#[test]
fn filled_in_energy_is_told_apart() {
    // 2 kW for an hour, an hour filled in from 2 to 4 kW, an hour at 4 kW.
    let hour = 3_600;
    let mut readings = vec![reading(0, 2_000), reading(hour, 2_000)];
    let fill = Fill {
        from: Timestamp(hour * 1000),
        from_value: Milli(2_000),
        to: Timestamp(2 * hour * 1000),
        to_value: Milli(4_000),
    };
    readings.extend(fill.readings(ChannelId(1), Millis::minutes(10)));
    readings.extend([reading(2 * hour, 4_000), reading(3 * hour, 4_000)]);
    let found = energy(&readings, Millis::hours(1));
    assert_eq!(found, Energy { measured: Milli(6_000), filled: Milli(3_000) });
    readings.retain(|r| r.quality == Quality::Good);
    assert_eq!(energy(&readings, Millis::minutes(61)).measured, Milli(9_000));
    assert_eq!(energy(&readings, Millis::minutes(59)).measured, Milli::ZERO, "a gap is not measured");
}

#[test]
fn usual_tests_follow_the_unit() {
    let second = Millis::seconds(10);
    assert_eq!(Extra::usual("°C", second).spike, Some(Milli(2_000)));
    assert_eq!(Extra::usual("°F", second).spike, Some(Milli(3_600)), "of two degrees Celsius");
    assert_eq!(Extra::usual("°C", Millis::minutes(10)).spike, None, "a slow one may show a true peak");
    assert_eq!(Extra::usual("kW", second).still_at, Some(Milli::ZERO));
    assert_eq!(Extra::usual("furlong", second), Extra::default());
    assert_eq!(plausible("°C"), (Milli(-60_000), Milli(100_000), Some(Milli(5_000))));
    assert_eq!(plausible("°F"), (Milli(-76_000), Milli(212_000), Some(Milli(9_000))));
    for unit in ["°C", "°F", "K", "kW", "W", "%", "mm/s", "kPa", "bar", "km/h", "?"] {
        let (plausible_min, plausible_max, rate_per_minute_max) = plausible(unit);
        let usual = Tests {
            plausible_min,
            plausible_max,
            rate_per_minute_max,
            interval: second,
            extra: Extra::usual(unit, second),
        };
        assert_eq!(usual.fault(), None, "{unit}");
    }
}

fn calibration(since: i64, slope_millionths: i64, offset: i64) -> Calibration {
    Calibration {
        id: 1,
        channel: ChannelId(1),
        since: Timestamp(since),
        slope_millionths,
        offset: Milli(offset),
        certificate: "K-2026-118".into(),
        laboratory: "Lab".into(),
        done_on: Day(20_000),
        expires_on: Some(Day(20_365)),
        file_sha256: None,
        by: "L. Chen".into(),
    }
}

#[test]
fn a_calibration_acts_from_its_instant_and_ends_on_its_day() {
    let history = [calibration(1_000, SLOPE_ONE, 300), calibration(2_000, 1_010_000, -50)];
    assert_eq!(in_force(&history, Timestamp(999)), None);
    assert_eq!(in_force(&history, Timestamp(1_999)).map(|c| c.offset), Some(Milli(300)));
    assert_eq!(in_force(&history, Timestamp(2_000)).map(|c| c.offset), Some(Milli(-50)));
    assert_eq!(history[0].apply(Milli(4_000)), Milli(4_300));
    assert_eq!(history[1].apply(Milli(4_000)), Milli(3_990));
    for (day, expected) in [
        (20_335 - 1, Standing::Valid),
        (20_335, Standing::Due(30)),
        (20_365, Standing::Due(0)),
        (20_366, Standing::Expired(1)),
    ] {
        assert_eq!(history[0].standing(Day(day)), expected, "{day}");
    }
    // Ice said 0.2, boiling 99.4.
    let (slope, offset) =
        through((Milli(200), Milli(0)), (Milli(99_400), Milli(100_000))).expect("two points make a line");
    let two = calibration(0, slope, offset.0);
    assert_eq!((two.apply(Milli(200)), two.apply(Milli(99_400))), (Milli(0), Milli(100_000)));
    assert_eq!(through((Milli(1), Milli(0)), (Milli(1), Milli(2))), None);
    assert_eq!(through((Milli(0), Milli(0)), (Milli(1_000), Milli(-1_000))), None, "upside down");
}

#[test]
fn of_an_instant_with_two_values_neither_is_stuck() {
    let story: Vec<Reading> =
        [(10, -42_000), (10, 4_000), (20, 4_000), (70, 4_000), (130, 4_000), (140, 4_000)]
            .into_iter()
            .enumerate()
            .map(|(i, (second, value))| Reading { sequence: i as i64, ..reading(second, value) })
            .collect();
    let marked: Vec<bool> = judged(tests(), &story).iter().map(|quality| *quality != GOOD).collect();
    assert_eq!(marked, [false, false, true, true, true, true]);
}

fn story() -> impl Strategy<Value = Vec<Reading>> {
    prop::collection::vec((0..40_i64, 0..12_i64, 0..4_i64), 0..120).prop_map(|steps| {
        let mut second = 0;
        steps
            .iter()
            .enumerate()
            .map(|(i, (span, level, odd))| {
                second += if *odd == 0 { *span * 10 } else { 10 };
                let value = if *odd < 3 { 4_000 } else { level * 9_000 - 60_000 };
                Reading { sequence: i as i64, ..reading(second, value) }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn nothing_is_altered_and_a_trial_counts_what_the_stream_marks(story in story(), rate in prop::bool::ANY) {
        let tests = Tests { rate_per_minute_max: rate.then_some(Milli(5_000)), ..tests() };
        let (mut judge, mut trial) = (Judge::new(tests), Trial::new(tests));
        let (mut kept, mut remarks) = (story.clone(), Vec::new());
        for reading in &mut kept {
            remarks.extend(judge.step(reading));
        }
        for (before, after) in story.iter().zip(&kept) {
            let unmarked = Reading { quality: before.quality, ..after.clone() };
            prop_assert_eq!(before, &unmarked);
            trial.push(before);
        }
        let marked = kept.iter().filter(|r| effective(r, &remarks, &[]) != Quality::Good).count() as u64;
        prop_assert_eq!(trial.marked, marked);
        prop_assert_eq!(trial.readings, story.len() as u64);
        if trial.spans_left_out == 0 {
            prop_assert_eq!(trial.spans().iter().map(|s| u64::from(s.readings)).sum::<u64>(), marked);
        }
        prop_assert_eq!(&judged(tests, &story), &judged(tests, &story));
    }

    #[test]
    fn the_order_within_an_arrival_does_not_matter(
        (seconds, shuffled) in prop::collection::vec(0..10_000_i64, 1..60)
            .prop_map(|mut s| { s.sort_unstable(); s.dedup(); s })
            .prop_flat_map(|s| (Just(s.clone()), Just(s).prop_shuffle())),
    ) {
        let raw = |second: &i64| RawReading {
            code: "T".into(),
            value: Ok(Milli(4_000 + second % 7 * 1_500)),
            device_at: Some(Timestamp(second * 1000)),
            sequence: None,
        };
        let run = |order: &[i64]| {
            let mut arrival: Vec<RawReading> = order.iter().map(raw).collect();
            in_order(&mut arrival);
            let mut judge = Judge::new(tests());
            arrival
                .iter()
                .enumerate()
                .map(|(i, raw)| judge.admit(raw, ChannelId(1), Timestamp(10_000_000), i as i64))
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(run(&seconds), run(&shuffled));
    }

    #[test]
    fn the_raw_value_is_found_again(raw in -1_000_000_000..1_000_000_000_i64, slope in 900_000..1_100_000_i64, offset in -5_000..5_000_i64) {
        let exact = calibration(0, SLOPE_ONE, offset);
        prop_assert_eq!(exact.raw_of(exact.apply(Milli(raw))), Milli(raw));
        let sloped = calibration(0, slope, offset);
        prop_assert!((sloped.raw_of(sloped.apply(Milli(raw))).0 - raw).abs() <= 1);
    }

    #[test]
    fn a_spec_is_judged_as_before(value in -100_000..100_000_i64, before in -40_000..40_000_i64, span in 1..200_i64) {
        let spec = ChannelSpec {
            id: ChannelId(1), device: DeviceId(1), code: "T".into(), name: "T".into(), zone: None, unit: "°C".into(),
            plausible_min: Milli(-50_000), plausible_max: Milli(80_000), rate_per_minute_max: Some(Milli(5_000)),
            interval: Millis::seconds(10),
        };
        let raw = RawReading { code: "T".into(), value: Ok(Milli(value)), device_at: None, sequence: None };
        let found = crate::admit(&raw, &spec, Some(&reading(0, before)), Timestamp(span * 1000), 1);
        let outside = !(-50_000..=80_000).contains(&value);
        let fast = span <= 60 && (value - before).abs() * 60 > 5_000 * span.max(30);
        let expected = match (outside, fast) {
            (true, _) => suspect(Doubt::OutOfRange),
            (_, true) => suspect(Doubt::RateOfChange),
            _ => GOOD,
        };
        prop_assert_eq!(found.quality, expected);
    }
}
