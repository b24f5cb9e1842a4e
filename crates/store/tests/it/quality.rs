use crate::{NOW, act, open, site};
use domain::{Calibration, ChannelSpec, Doubt, Extra, Fill, Mark, Quality, Reading, Remark, Verdict};
use store::{Batch, ChannelQuality, Device, Store};
use units::{ChannelId, Day, Milli, Millis, Timestamp};

fn channel(store: &Store) -> ChannelId {
    let device = Device { code: "rack".into(), name: "Rack".into(), ..Device::default() };
    let device = store.records.save_device(&act(), &device).expect("device");
    let spec = ChannelSpec {
        id: ChannelId(0),
        device,
        code: "T1".into(),
        name: "door".into(),
        zone: None,
        unit: "°C".into(),
        plausible_min: Milli(-50_000),
        plausible_max: Milli(80_000),
        rate_per_minute_max: None,
        interval: Millis::seconds(10),
    };
    store.records.save_channel(&act(), &spec).expect("channel")
}

#[test]
fn remarks_lie_beside_readings_and_change_none() {
    let (folder, store) = site();
    let at = |second: i64| Timestamp(NOW.0 + second * 1000);
    let reading = |second: i64| Reading {
        channel: ChannelId(1),
        at: at(second),
        arrived_at: at(second),
        sequence: second,
        value: Some(Milli(4_000 + second)),
        quality: Quality::Good,
    };
    let remark = |from, to, sequence, doubt| Remark {
        channel: ChannelId(1),
        from: at(from),
        to: at(to),
        sequence,
        doubt,
        readings: 1,
    };
    let spike = remark(20, 20, Some(20), Doubt::Spike);
    let stuck = remark(0, 10, None, Doubt::Stuck);
    let batch = Batch {
        readings: (0..4).map(|i| reading(i * 10)).collect(),
        remarks: vec![spike, stuck, spike],
        ..Batch::default()
    };
    store.telemetry.append(batch.clone()).expect("append");
    store.telemetry.append(batch).expect("the same again");
    drop(store);
    let store = open(&folder);
    let all = store.telemetry.readings(ChannelId(1), NOW, at(100), 100).expect("readings");
    assert_eq!(all, (0..4).map(|i| reading(i * 10)).collect::<Vec<_>>());
    let remarks = |from, to| store.telemetry.remarks(ChannelId(1), at(from), at(to)).expect("remarks");
    assert_eq!(remarks(0, 100), [stuck, spike]);
    assert_eq!(remarks(5, 20), [stuck]);
    assert_eq!(remarks(21, 100), []);
    let believed: Vec<Quality> =
        all.iter().map(|reading| domain::quality::effective(reading, &remarks(0, 100), &[])).collect();
    let suspect = Quality::Suspect;
    assert_eq!(
        believed,
        [suspect(Doubt::Stuck), suspect(Doubt::Stuck), suspect(Doubt::Spike), Quality::Good]
    );
}

#[test]
fn what_people_set_and_say_of_readings_is_kept_and_audited() {
    let (folder, store) = site();
    let id = channel(&store);
    let records = &store.records;
    let rows = records.audit_list(100, None).expect("audit").len();
    let quality = ChannelQuality {
        channel: id,
        extra: Extra {
            stuck_after: Some(Millis::hours(6)),
            stuck_band: Milli(100),
            still_at: None,
            spike: Some(Milli(2_000)),
            repeats: true,
        },
        raw_unit: "°F".into(),
        shown_unit: String::new(),
    };
    records.save_channel_quality(&act(), &quality).expect("tests");
    records.save_channel_quality(&act(), &quality).expect("nothing new");
    let mut calibration = Calibration {
        id: 0,
        channel: id,
        since: NOW,
        slope_millionths: 1_010_000,
        offset: Milli(-300),
        certificate: "K-2026-118".into(),
        laboratory: "Lab".into(),
        done_on: Day(20_000),
        expires_on: Some(Day(20_365)),
        file_sha256: Some("ab".repeat(32)),
        by: act().by.name,
    };
    calibration.id = records.add_calibration(&act(), &calibration).expect("calibration");
    let fill = Fill { from: NOW, from_value: Milli(1), to: NOW + Millis::hours(1), to_value: Milli(-5) };
    let filled = Mark { channel: id, from: fill.from, to: fill.to, verdict: Verdict::Filled(fill) };
    let bad = Mark { channel: id, from: NOW, to: NOW + Millis(5), verdict: Verdict::Bad };
    let first = records.add_mark(&act().because("the plug was out"), &filled).expect("filled");
    let second = records.add_mark(&act(), &bad).expect("bad");
    records.take_back_mark(&act(), second).expect("taken back");
    records.take_back_mark(&act(), second).expect("nothing new");
    assert!(records.take_back_mark(&act(), 99).is_err());
    records.see_doubt(&act().because("known"), id, "Stuck").expect("seen");
    assert!(records.see_doubt(&act(), ChannelId(99), "Stuck").is_err(), "no such channel");
    drop(store);
    let records = open(&folder).records;
    assert_eq!(records.channel_qualities().expect("tests"), [quality]);
    assert_eq!(records.calibrations().expect("calibrations"), [calibration]);
    let marks = records.marks(id, NOW, NOW + Millis(1)).expect("marks");
    assert_eq!(marks.iter().map(|m| m.mark.clone()).collect::<Vec<_>>(), [filled, bad]);
    assert_eq!((marks[0].id, marks[0].why.as_str()), (first, "the plug was out"));
    assert_eq!((marks[0].taken_back.is_some(), marks[1].taken_back.is_some()), (false, true));
    assert_eq!(records.seen_doubts().expect("seen")[0].why, "known");
    assert_eq!(records.audit_list(100, None).expect("audit").len(), rows + 6, "one for each change");
    assert!(records.audit_verify().expect("verdict").holds());
}
