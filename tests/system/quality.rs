//! How far readings are believed, through calls: a recording with a stuck sensor, a spike, a jump and a gap goes over a real line.

use crate::site::{Site, morning, open, open_at};
use base64::Engine;
use contract::*;
use sim::chain::{Outlet, Wire};
use sim::replay::{Pace, Recording};
use std::time::Duration;
use units::{Milli, Millis, Progress, Stop, Timestamp};

/// Six hours of a room at 10 s: `value(i)` of the i-th reading, none for a gap.
fn recorded(value: impl Fn(i64) -> Option<i64>) -> Recording {
    let start = morning() - Millis::hours(6);
    let at = |i: i64| start + Millis::seconds(10 * i);
    let rows = (0..2_160).filter_map(|i| Some((at(i), Milli(value(i)?)))).collect();
    Recording { rows, column: "value".into(), ..Recording::default() }
}

async fn stored(site: &Site) -> u64 {
    let (totals, _) = site.app.reading_totals().await.expect("totals");
    totals.good + totals.suspect + totals.bad
}

/// Sends a recording as one device with the channel `T1`; answers when all of it is stored.
async fn send(site: &Site, recording: Recording) -> ChannelId {
    let count = recording.rows.len() as u64;
    let mut wire = Wire::outlet(Outlet::here(site.folder.path(), "line")).expect("a line");
    let endpoint = wire.endpoint().to_owned();
    let channels = vec![NewChannel {
        code: "T1".into(),
        name: "Cold room 1".into(),
        zone: "Cold room 1".into(),
        unit: "°C".into(),
        low: Some(Milli(2_000)),
        high: Some(Milli(8_000)),
    }];
    let add = AddDevice {
        name: "Logger".into(),
        endpoint,
        baud: 115_200,
        interval: Millis::seconds(10),
        setup: String::new(),
        channels,
    };
    let before = stored(site).await;
    site.app.call(add, &site.by).await.expect("a device");
    let sent = tokio::task::spawn_blocking(move || {
        let (now, stop, told) = (|| Timestamp(0), Stop::default(), Progress::none());
        let sent = sim::replay::send(&recording, "L1", "T1", &mut wire, Pace::Max, &now, &stop, &told);
        (sent.expect("sent"), wire)
    });
    let (_, wire) = sent.await.expect("the sender ends");
    let mut events = site.app.subscribe();
    let waited = tokio::time::timeout(Duration::from_secs(120), async {
        while stored(site).await < before + count {
            let _ = tokio::time::timeout(Duration::from_millis(200), events.next()).await;
        }
    });
    waited.await.expect("all of it is stored in time");
    drop(wire);
    let devices = site.app.call(ListDevices {}, &site.by).await.expect("devices");
    let device = site.app.call(GetDevice { id: devices[0].id }, &site.by).await.expect("the device");
    device.channels[0].channel
}

async fn quality(site: &Site, channel: ChannelId) -> ChannelQuality {
    site.app.call(GetChannelQuality { channel, days: 1 }, &site.by).await.expect("the channel's quality")
}

fn spans_of(quality: &ChannelQuality, kind: &str) -> Vec<(Timestamp, Timestamp, u32)> {
    quality.spans.iter().filter(|span| span.kind == kind).map(|s| (s.from, s.to, s.readings)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn doubts_are_found_tried_listed_marked_and_filled_in() {
    let site = open();
    let start = morning() - Millis::hours(6);
    let at = |i: i64| start + Millis::seconds(10 * i);
    // A spike at 100, stuck from 500 to 1,000, out of range at 1,200, nothing from 1,500 to 1,700.
    let channel = send(
        &site,
        recorded(|i| match i {
            100 => Some(6_400),
            500..=1_000 => Some(4_111),
            1_200 => Some(900_000),
            1_500..=1_700 => None,
            _ => Some(4_000 + i % 7 * 10),
        }),
    )
    .await;
    let usual = quality(&site, channel).await;
    assert_eq!(spans_of(&usual, "Spike"), [(at(100), at(100), 1)], "told by the reading after it");
    assert_eq!(spans_of(&usual, "OutOfRange"), [(at(1_200), at(1_200), 1)]);
    assert_eq!(spans_of(&usual, "Stuck"), [], "twelve hours are usual for a temperature");

    // What another setting would mark is said, and nothing changes by asking.
    let tests = QualityTests { stuck_after: Some(Millis::hours(1)), ..usual.tests };
    let trial = site.app.call(TryQuality { channel, tests, days: 1 }, &site.by).await.expect("a trial");
    assert_eq!((trial.readings, trial.marked), (1_959, 503));
    assert_eq!(
        trial.kinds,
        [("Stuck".to_owned(), 501), ("OutOfRange".into(), 1), ("Spike".into(), 1)].to_vec()
    );
    let stuck = trial.spans.iter().find(|span| span.kind == "Stuck").expect("the span");
    assert_eq!((stuck.from, stuck.to), (at(500), at(1_000)));
    assert_eq!(quality(&site, channel).await.spans, usual.spans);
    let wrong = QualityTests { plausible_min: Milli(9), plausible_max: Milli(9), ..tests };
    let refused = site.app.call(TryQuality { channel, tests: wrong, days: 1 }, &site.by).await;
    assert_eq!(refused.expect_err("no range").code, Code::BadInput);

    // A spike is in no drawn extreme, and the bucket says that something is in doubt.
    let drawn = GetSeries { channels: vec![channel], from: at(0), to: at(2_160), buckets: 40 };
    let series = site.app.call(drawn.clone(), &site.by).await.expect("a series");
    let highest = |series: &SeriesReply| {
        let one = &series.series[0];
        (0..one.at.len()).filter(|i| one.has_value(*i)).map(|i| one.max[i]).max()
    };
    assert_eq!(highest(&series), Some(4_111));
    assert!(series.series[0].suspect.contains(&1));

    // A person knows better: it was warm for a moment. Then takes it back.
    let good =
        MarkReadings { channel, from: at(100), to: at(100), verdict: "Good".into(), why: "I saw it".into() };
    site.app.call(good.clone(), &site.by).await.expect("marked");
    assert_eq!(highest(&site.app.call(drawn.clone(), &site.by).await.expect("a series")), Some(6_400));
    let marked = quality(&site, channel).await;
    assert_eq!(spans_of(&marked, "Spike"), []);
    let back = TakeBackMark { id: marked.marks[0].id, why: "it was the other room".into() };
    site.app.call(back, &site.by).await.expect("taken back");
    assert_eq!(highest(&site.app.call(drawn, &site.by).await.expect("a series")), Some(4_111));
    let silent = MarkReadings { why: " ".into(), ..good };
    assert_eq!(site.app.call(silent, &site.by).await.expect_err("no reason").code, Code::BadInput);

    // The gap is filled in by a straight line between the readings beside it.
    let fill = MarkReadings {
        channel,
        from: at(1_550),
        to: at(1_600),
        verdict: "Interpolated".into(),
        why: "moved".into(),
    };
    site.app.call(fill, &site.by).await.expect("filled in");
    let filled = quality(&site, channel).await;
    let line = &filled.marks[0];
    assert_eq!((line.from, line.to), (at(1_499), at(1_701)));
    assert_eq!(line.ends, Some((Milli(4_010), Milli(4_000))));
    assert_eq!(stored(&site).await, 1_959, "it is no reading");

    // The list names it; seen with a reason, it is called no more.
    let work = site.app.call(ListQualityWork {}, &site.by).await.expect("the list");
    let kinds: Vec<&str> = work.channels[0].issues.iter().map(|issue| issue.kind.as_str()).collect();
    assert!(kinds.contains(&"Spike") && kinds.contains(&"OutOfRange"), "{kinds:?}");
    assert_eq!(work.open, 1);
    for kind in kinds {
        let see = SeeDoubt { channel, kind: kind.to_owned(), why: "known".into() };
        site.app.call(see, &site.by).await.expect("seen");
    }
    assert_eq!(site.app.call(ListQualityWork {}, &site.by).await.expect("the list").open, 0);
    assert_eq!(site.app.call(GetStatus {}, &site.by).await.expect("status").doubts, 0);
    site.app.close().await;

    // A restart has forgotten none of it.
    let again = open_at(site.folder.path(), &site.clock);
    let work = again.call(ListQualityWork {}, &site.by).await.expect("the list");
    let issue = work.channels[0].issues.iter().find(|issue| issue.kind == "Spike").expect("the spike");
    assert_eq!(issue.seen.as_ref().map(|seen| seen.why.as_str()), Some("known"));
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calibration_acts_from_then_on_and_its_end_is_an_alarm() {
    let site = open();
    let channel = send(&site, recorded(|i| Some(4_000 + i % 7 * 10))).await;
    let before = quality(&site, channel).await;
    let raw = before.raw.expect("the newest value");
    assert_eq!(before.row.latest.and_then(|latest| latest.value), Some(raw));
    let today = morning().utc_day();
    let add = AddCalibration {
        channel,
        points: None,
        offset: Milli(-250),
        certificate: "K-2026-118".into(),
        laboratory: "Lab".into(),
        done_on: today.plus(-350),
        expires_on: Some(today.plus(15)),
        file_sha256: None,
        why: "yearly".into(),
    };
    site.app.call(add.clone(), &site.by).await.expect("a calibration");
    let upside_down =
        AddCalibration { points: Some([(Milli(0), Milli(9_000)), (Milli(9_000), Milli(0))]), ..add };
    assert_eq!(site.app.call(upside_down, &site.by).await.expect_err("no line").code, Code::BadInput);
    let after = quality(&site, channel).await;
    assert_eq!(after.row.latest.and_then(|latest| latest.value), Some(raw), "what is on record stays");
    assert_eq!(after.calibrations[0].standing, "Due");
    assert!(after.row.issues.iter().any(|issue| issue.kind == "CalibrationDue" && issue.days == Some(15)));

    // It is an alarm of the lowest priority until there is a new one.
    let mut events = site.app.subscribe();
    let waited = tokio::time::timeout(Duration::from_secs(120), async {
        loop {
            let open = site.app.call(ListAlarms { past: false, limit: 100 }, &site.by).await.expect("alarms");
            if let Some(alarm) = open.into_iter().find(|alarm| alarm.kind == "Calibration") {
                break alarm;
            }
            let _ = tokio::time::timeout(Duration::from_millis(200), events.next()).await;
        }
    });
    assert_eq!(waited.await.expect("an alarm in time").priority, "low");
    let devices = site.app.call(ListDevices {}, &site.by).await.expect("devices");
    site.app
        .call(RemoveDevice { id: devices[0].id, why: "sent away".into() }, &site.by)
        .await
        .expect("removed");
    site.app.close().await;
}

/// The channel as its room has it.
async fn in_its_room(site: &Site, channel: ChannelId) -> ChannelRow {
    let zones = site.app.call(ListZones {}, &site.by).await.expect("rooms");
    let rows = zones.into_iter().flat_map(|zone| zone.channels);
    rows.into_iter().find(|row| row.channel == channel).expect("the channel")
}

async fn show_in(site: &Site, units: &[&str]) -> Result<Done, ApiError> {
    let mut settings = site.app.call(GetSettings {}, &site.by).await.expect("settings");
    settings.shown_units = units.iter().map(|unit| (*unit).to_owned()).collect();
    site.app.call(ChangeSettings { settings, why: "another country".into() }, &site.by).await
}

#[tokio::test(flavor = "multi_thread")]
async fn another_unit_is_shown_everywhere_and_nothing_stored_changes() {
    let site = open();
    let channel = send(&site, recorded(|i| Some(4_000 + i % 7 * 10))).await;
    let (from, to) = (morning() - Millis::hours(6), morning());
    let before = in_its_room(&site, channel).await;
    assert_eq!(
        (before.unit.as_str(), before.low, before.high),
        ("°C", Some(Milli(2_000)), Some(Milli(8_000)))
    );
    let drawn = GetSeries { channels: vec![channel], from, to, buckets: 40 };
    let stored = site.app.call(drawn.clone(), &site.by).await.expect("a series");

    for wrong in [&["°F", "K"][..], &["furlong"]] {
        assert_eq!(show_in(&site, wrong).await.expect_err("no choice").code, Code::BadInput);
    }
    show_in(&site, &["degF", "psi"]).await.expect("shown otherwise");
    let fahrenheit = |celsius: i64| celsius * 9 / 5 + 32_000;
    let row = in_its_room(&site, channel).await;
    assert_eq!((row.unit.as_str(), row.low, row.high), ("°F", Some(Milli(35_600)), Some(Milli(46_400))));
    assert_eq!(row.recovery_band, Milli(before.recovery_band.0 * 9 / 5), "a difference has no zero");
    let value = |row: &ChannelRow| row.latest.as_ref().and_then(|latest| latest.value).expect("a value").0;
    assert_eq!(value(&row), fahrenheit(value(&before)));
    let series = site.app.call(drawn.clone(), &site.by).await.expect("a series");
    let (one, was) = (&series.series[0], &stored.series[0]);
    assert_eq!((one.unit.as_str(), one.low, one.high), ("°F", row.low, row.high));
    assert_eq!(one.max, was.max.iter().map(|max| fahrenheit(*max)).collect::<Vec<_>>());

    // What a channel is like, and what leaves in a file.
    let duration = site.app.call(GetDuration { channel, from, to }, &site.by).await.expect("a curve");
    assert_eq!((duration.channel.unit.as_str(), duration.outside_permille), ("°F", 0));
    assert_eq!(duration.values.first(), Some(&Milli(fahrenheit(4_060))));
    let bands = GetBands { channel, from, to, by: BandBy::Day };
    let bands = site.app.call(bands, &site.by).await.expect("bands");
    assert_eq!((bands.channel.unit.as_str(), bands.rows[0].low), ("°F", Milli(fahrenheit(4_000))));
    let export = ExportSeries { channels: vec![channel], from, to, language: Language::En };
    let file = site.app.call(export, &site.by).await.expect("a file");
    let bytes = base64::engine::general_purpose::STANDARD.decode(file.base64).expect("base64");
    let text = String::from_utf8(bytes).expect("text");
    let line = text.lines().nth(1).expect("a reading");
    assert!(line.contains("39.2") && line.contains("°F"), "{line}");
    let report = MakeDailyReport { day: None, language: Language::En };
    let made = site.app.call(report, &site.by).await.expect("a report");
    let mut printed = String::new();
    for file in made.files.iter().filter(|file| file.name.ends_with(".csv")) {
        let read = ReadReportFile { name: file.name.clone() };
        let file = site.app.call(read, &site.by).await.expect("its file");
        let bytes = base64::engine::general_purpose::STANDARD.decode(file.base64).expect("base64");
        printed.push_str(&String::from_utf8_lossy(&bytes));
    }
    assert!(printed.contains("°F") && !printed.contains("°C"), "{printed}");

    // Limits are typed as they are shown; what is not touched stays to the thousandth.
    let limits = ChangeLimits {
        channel,
        low: row.low,
        high: Some(Milli(50_000)),
        recovery_band: row.recovery_band,
        delay: row.delay,
        priority: row.priority.clone(),
        why: "thicker walls".into(),
    };
    site.app.call(limits, &site.by).await.expect("changed");
    // A channel's own choice goes before the site's.
    let doubted = quality(&site, channel).await;
    assert_eq!(
        (doubted.row.unit.as_str(), doubted.row.shown_unit.as_str(), doubted.own_unit.as_str()),
        ("°C", "°F", "")
    );
    assert_eq!(doubted.row.latest.and_then(|latest| latest.value), Some(Milli(value(&before))));
    let own = ChangeQuality {
        channel,
        tests: doubted.tests,
        raw_unit: String::new(),
        shown_unit: "°C".into(),
        why: "its certificate is in it".into(),
    };
    site.app.call(own.clone(), &site.by).await.expect("set");
    let row = in_its_room(&site, channel).await;
    assert_eq!((row.unit.as_str(), row.low, row.high), ("°C", Some(Milli(2_000)), Some(Milli(10_000))));
    site.app.call(ChangeQuality { shown_unit: String::new(), ..own }, &site.by).await.expect("set");
    assert_eq!(in_its_room(&site, channel).await.unit, "°F");

    show_in(&site, &[]).await.expect("as recorded");
    let again = site.app.call(drawn, &site.by).await.expect("a series");
    assert_eq!(again.series[0].max, was.max, "nothing of it was stored otherwise");
    assert_eq!(in_its_room(&site, channel).await.recovery_band, before.recovery_band);
    site.app.close().await;
}
