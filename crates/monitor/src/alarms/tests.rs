use super::*;
use domain::{Doubt, RawFault};
use expect_test::{Expect, expect};
use proptest::prelude::*;

const CHANNEL: ChannelId = ChannelId(1);

fn rule() -> AlarmRule {
    AlarmRule {
        channel: CHANNEL,
        high: Some(Milli(8_000)),
        low: Some(Milli(2_000)),
        recovery_band: Milli(500),
        delay: Millis::minutes(10),
        priority: Priority::High,
        silence_max: Millis::minutes(30),
    }
}

/// A reading at a minute, in hundredths of a degree.
fn reading(minute: i64, hundredths: i64) -> Reading {
    let at = Timestamp(0) + Millis::minutes(minute);
    Reading {
        channel: CHANNEL,
        at,
        arrived_at: at,
        sequence: minute,
        value: Some(Milli(hundredths * 10)),
        quality: Quality::Good,
    }
}

fn watch() -> Watch {
    let mut watch = Watch::new(Timestamp(0));
    watch.set_rule(rule());
    watch
}

fn show(transitions: &[AlarmTransition]) -> String {
    let line = |t: &AlarmTransition| {
        let value = t.value.map_or(String::new(), |value| format!(" {value}"));
        format!("{} {:?} {:?}{value}", t.at.0 / 60_000, t.kind, t.change)
    };
    transitions.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// `minute:degrees` pairs, fed one by one.
fn check(story: &str, expected: Expect) {
    let mut watch = watch();
    let mut all = vec![];
    for word in story.split_whitespace() {
        let (minute, value) = word.split_once(':').expect("minute:degrees");
        let minute = minute.parse().expect("a minute");
        let reading = match value {
            "bad" => {
                Reading { value: None, quality: Quality::Bad(RawFault::SensorFault), ..reading(minute, 0) }
            }
            value => {
                let doubtful = value.ends_with('?');
                let value = Milli::parse(value.trim_end_matches('?')).expect("degrees");
                let quality = if doubtful { Quality::Suspect(Doubt::OutOfRange) } else { Quality::Good };
                Reading { value: Some(value), quality, ..reading(minute, 0) }
            }
        };
        all.extend(step_batch(&mut watch, std::slice::from_ref(&reading), reading.arrived_at));
    }
    expected.assert_eq(&show(&all));
}

#[test]
fn a_limit_alarm_needs_its_delay_both_ways() {
    check("0:5 5:9 10:9 14:9", expect![""]);
    check("0:5 5:9 10:9 15:9.2", expect!["15 High Raised 9.2"]);
    check("0:5 5:9 10:7.9 15:9", expect![""]);
    check(
        "0:9 10:9 20:7.8 40:7.4 45:7.4 50:7.4",
        expect![[r#"
        10 High Raised 9
        50 High Cleared 7.4"#]],
    );
}

#[test]
fn inside_the_recovery_band_is_not_recovered() {
    check("0:9 10:9 20:7.4 25:7.8 30:7.4 39:7.4", expect!["10 High Raised 9"]);
    check(
        "0:9 10:9 20:7.4 25:7.8 30:7.4 40:7.4",
        expect![[r#"
        10 High Raised 9
        40 High Cleared 7.4"#]],
    );
    // Back over the limit while recovering is the same alarm.
    check("0:9 10:9 20:7.4 25:8.5 40:9", expect!["10 High Raised 9"]);
}

#[test]
fn what_is_not_believed_does_nothing() {
    check("0:9 5:85? 10:bad 12:3?", expect![""]);
    check("0:9 5:3? 10:9", expect!["10 High Raised 9"]);
    check(
        "0:9 10:9 15:5? 28:bad 38:5? 40:9",
        expect![[r#"
        10 High Raised 9"#]],
    );
}

#[test]
fn worse_is_told_in_steps_and_the_true_worst_at_the_end() {
    check(
        "0:9 10:9 11:9.3 12:9.6 13:9.9 14:10.1 15:10.3 20:7 30:7",
        expect![[r#"
        10 High Raised 9
        12 High Worsened 9.6
        14 High Worsened 10.1
        30 High Worsened 10.3
        30 High Cleared 7"#]],
    );
}

#[test]
fn low_is_the_mirror_of_high() {
    check(
        "0:1 10:0.9 15:0.1 20:2.4 30:2.5 40:2.5",
        expect![[r#"
        10 Low Raised 0.9
        15 Low Worsened 0.1
        40 Low Cleared 2.5"#]],
    );
    check(
        "0:9 10:9 20:1 30:1",
        expect![[r#"
        10 High Raised 9
        30 High Cleared 1
        30 Low Raised 1"#]],
    );
}

#[test]
fn silence_is_told_by_the_clock() {
    let mut watch = watch();
    let minute = |minute| Timestamp(0) + Millis::minutes(minute);
    assert_eq!(show(&tick(&mut watch, minute(30))), "");
    assert_eq!(show(&tick(&mut watch, minute(31))), "31 NoData Raised");
    assert_eq!(show(&tick(&mut watch, minute(32))), "");
    // A sensor that only says that it is broken is still silent, and so is one that tells of long ago.
    let broken = Reading { value: None, quality: Quality::Bad(RawFault::SensorFault), ..reading(33, 0) };
    assert_eq!(show(&step_batch(&mut watch, &[broken], minute(33))), "");
    assert_eq!(show(&step_batch(&mut watch, &[reading(2, 500)], minute(40))), "");
    assert_eq!(show(&step_batch(&mut watch, &[reading(41, 500)], minute(41))), "41 NoData Cleared");
}

#[test]
fn being_switched_off_is_nobodys_silence() {
    let mut watch = Watch::new(Timestamp(0) + Millis::hours(12));
    watch.set_rule(rule());
    watch.seen(CHANNEL, Timestamp(0));
    assert_eq!(show(&tick(&mut watch, Timestamp(0) + Millis::minutes(725))), "");
    assert_eq!(show(&tick(&mut watch, Timestamp(0) + Millis::minutes(751))), "751 NoData Raised");
}

#[test]
fn late_readings_move_nothing() {
    let mut watch = watch();
    step_batch(&mut watch, &[reading(20, 500)], Timestamp(0) + Millis::minutes(20));
    let before = watch.clone();
    let late: Vec<Reading> =
        (0..20).map(|minute| Reading { arrived_at: Timestamp(1_300_000), ..reading(minute, 900) }).collect();
    assert_eq!(show(&step_batch(&mut watch, &late, Timestamp(1_300_000))), "");
    assert_eq!(watch.saved(), before.saved());
}

#[test]
fn conditions_of_devices_are_told_once() {
    let mut watch = watch();
    let mut say = |on, at| {
        watch.condition(AlarmKind::DeviceFault, Some(DeviceId(3)), on, Priority::High, Timestamp(at))
    };
    let changes: Vec<_> =
        [(true, 1), (true, 2), (false, 3), (false, 4)].map(|(on, at)| say(on, at).map(|t| t.change)).into();
    assert_eq!(changes, [Some(AlarmChange::Raised), None, Some(AlarmChange::Cleared), None]);
}

#[test]
fn an_alarm_without_its_limit_clears() {
    let mut watch = watch();
    let minute = |minute| Timestamp(0) + Millis::minutes(minute);
    step_batch(&mut watch, &[reading(0, 900), reading(10, 900)], minute(10));
    watch.set_rule(AlarmRule { high: None, ..rule() });
    assert_eq!(show(&tick(&mut watch, minute(11))), "11 High Cleared");
    assert_eq!(watch.saved(), []);
}

fn any_readings() -> impl Strategy<Value = Vec<Reading>> {
    prop::collection::vec((1i64..12, -100i64..1200, 0u8..10), 1..120).prop_map(|steps| {
        let mut minute = 0;
        steps
            .into_iter()
            .map(|(span, hundredths, doubt)| {
                minute += span;
                match doubt {
                    0 => Reading {
                        value: None,
                        quality: Quality::Bad(RawFault::SensorFault),
                        ..reading(minute, 0)
                    },
                    1 => Reading {
                        quality: Quality::Suspect(Doubt::RateOfChange),
                        ..reading(minute, hundredths)
                    },
                    _ => reading(minute, hundredths),
                }
            })
            .collect()
    })
}

fn run(watch: &mut Watch, readings: &[Reading]) -> Vec<AlarmTransition> {
    readings
        .iter()
        .flat_map(|reading| step_batch(watch, std::slice::from_ref(reading), reading.arrived_at))
        .collect()
}

/// The limit alarms alone: silence depends on when the clock is looked at.
fn limits_only(transitions: Vec<AlarmTransition>) -> Vec<AlarmTransition> {
    transitions.into_iter().filter(|t| t.kind != AlarmKind::NoData).collect()
}

proptest! {
    /// Cutting the stream into batches, dropping what is not believed, repeating every reading: all the same.
    #[test]
    fn only_believed_values_in_their_order_matter(readings in any_readings(), cut in 1usize..40) {
        let expected = limits_only(run(&mut watch(), &readings));
        let mut batched = watch();
        let in_batches = readings
            .chunks(cut)
            .flat_map(|batch| step_batch(&mut batched, batch, batch[batch.len() - 1].arrived_at))
            .collect();
        prop_assert_eq!(&limits_only(in_batches), &expected);
        let good: Vec<Reading> = readings.iter().filter(|r| r.quality == Quality::Good).cloned().collect();
        prop_assert_eq!(&limits_only(run(&mut watch(), &good)), &expected);
        let twice: Vec<Reading> = readings.iter().flat_map(|r| [r.clone(), r.clone()]).collect();
        prop_assert_eq!(&limits_only(run(&mut watch(), &twice)), &expected);
    }

    /// A restart after any reading, from what `take_changed` gave, goes on as if nothing had happened.
    #[test]
    fn a_restart_loses_nothing(readings in any_readings(), at in any::<prop::sample::Index>()) {
        let at = at.index(readings.len());
        let (mut whole, mut before) = (watch(), watch());
        let expected = run(&mut whole, &readings);
        let mut transitions = vec![];
        let mut stored: BTreeMap<(AlarmKind, Option<ChannelId>), Saved> = BTreeMap::new();
        for reading in &readings[..at] {
            transitions.extend(step_batch(&mut before, std::slice::from_ref(reading), reading.arrived_at));
            stored.extend(before.take_changed().into_iter().map(|saved| ((saved.kind, saved.channel), saved)));
        }
        let mut after = watch();
        for saved in stored.into_values() {
            after.restore(saved);
        }
        if let Some(last) = readings[..at].iter().rfind(|reading| reading.quality == Quality::Good) {
            after.seen(CHANNEL, last.at);
        }
        transitions.extend(run(&mut after, &readings[at..]));
        prop_assert_eq!(transitions, expected);
    }

    /// Raised and cleared alternate; a raise is preceded by the delay outside, a clear by the delay inside.
    #[test]
    fn every_transition_has_its_cause(readings in any_readings()) {
        let transitions = limits_only(run(&mut watch(), &readings));
        let good: Vec<&Reading> = readings.iter().filter(|r| r.quality == Quality::Good).collect();
        for kind in [AlarmKind::High, AlarmKind::Low] {
            let beyond = |value: Milli, by: i64| {
                if kind == AlarmKind::High { value.0 > 8_000 - by } else { value.0 < 2_000 + by }
            };
            let mut open = false;
            for transition in transitions.iter().filter(|t| t.kind == kind) {
                let since = transition.at - Millis::minutes(10);
                let during = || {
                    let from = good.iter().rposition(|r| r.at <= since).expect("known since the delay");
                    good[from..].iter().filter(|r| r.at <= transition.at)
                };
                match transition.change {
                    AlarmChange::Raised => {
                        prop_assert!(!open);
                        prop_assert!(during().all(|r| beyond(r.value.expect("good"), 0)));
                        open = true;
                    }
                    AlarmChange::Worsened => prop_assert!(open),
                    AlarmChange::Cleared => {
                        prop_assert!(open);
                        prop_assert!(during().all(|r| !beyond(r.value.expect("good"), 499)));
                        open = false;
                    }
                }
            }
            prop_assert_eq!(open, is_raised({
                let mut watch = watch();
                run(&mut watch, &readings);
                watch.phase(CHANNEL, kind)
            }));
        }
    }
}

#[test]
fn a_silent_device_is_one_alarm_not_one_a_channel() {
    let mut watch = watch();
    step_batch(&mut watch, &[reading(0, 500)], Timestamp(0));
    for minute in 1..60 {
        let now = Timestamp(minute * 60_000);
        watch.excuse_silence(ChannelId(1), now);
        assert_eq!(tick(&mut watch, now), [], "minute {minute}: its device says it");
    }
    // The device is back, this one probe is not.
    let raised: Vec<_> = (60..200).flat_map(|minute| tick(&mut watch, Timestamp(minute * 60_000))).collect();
    assert_eq!(
        raised.iter().map(|one| (one.kind, one.change)).collect::<Vec<_>>(),
        [(AlarmKind::NoData, AlarmChange::Raised)]
    );
}
