//! A reading's journey: a real pseudo-terminal, the real driver, the store, an alarm, an event.

use crate::site::{Site, morning, open, open_at};
use contract::*;
use sim::chain::{self, Chain, Outlet, Running};
use std::sync::Arc;
use std::time::Duration;
use units::{Milli, Millis, Seed, Timestamp};

/// Waits for events until `done` says so; fails after two minutes.
async fn until(site: &Site, what: &str, mut done: impl AsyncFnMut() -> bool) {
    let mut events = site.app.subscribe();
    let waited = tokio::time::timeout(Duration::from_secs(120), async {
        while !done().await {
            let _ = tokio::time::timeout(Duration::from_millis(500), events.next()).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what} did not happen within two minutes"));
}

async fn stored(site: &Site) -> u64 {
    let (totals, _) = site.app.reading_totals().await.expect("totals");
    totals.good + totals.suspect + totals.bad
}

/// The chain on a line, sending what lies between `from` and the site's clock.
fn start_chain(site: &Site, from: Timestamp) -> Running {
    let clock = site.clock.clone();
    let clock: chain::SimClock = Arc::new(move || clock.now());
    let outlet = Outlet::here(site.folder.path(), "line");
    chain::start(Chain::new(Seed(3), morning()), outlet, from, 600, clock).expect("a line")
}

async fn add_chain(site: &Site, endpoint: &str) -> DeviceId {
    let channels = sim::thermal::PROBES
        .iter()
        .map(|probe| {
            let (low, high) = sim::thermal::limits(probe.zone);
            NewChannel {
                code: probe.code.into(),
                name: probe.name.into(),
                zone: format!("{:?}", probe.zone),
                unit: "°C".into(),
                low: Some(low),
                high: Some(high),
            }
        })
        .collect();
    let add = AddDevice {
        name: "Chain".into(),
        endpoint: endpoint.into(),
        baud: 115_200,
        interval: chain::INTERVAL,
        setup: String::new(),
        channels,
    };
    site.app.call(add, &site.by).await.expect("a device")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_stored_alarmed_and_shown() {
    let site = open();
    let line = start_chain(&site, morning() - Millis::minutes(10));
    let device = add_chain(&site, line.endpoint()).await;
    // Two hours pass: the chilled room's compressor fails in the first of them.
    site.clock.advance(Millis::hours(2));
    let wanted = 12 * (2 * 360 + 60);
    until(&site, "storing everything sent", async || stored(&site).await >= wanted).await;
    let sent = tokio::task::spawn_blocking(move || line.stop()).await.expect("the line ends");
    assert_eq!(sent.readings, wanted);
    assert_eq!(stored(&site).await, sent.readings, "each reading once");

    let zones = site.app.call(ListZones {}, &site.by).await.expect("zones");
    assert_eq!(zones.iter().map(|zone| zone.channels.len()).sum::<usize>(), 12);
    let alarms: Vec<AlarmRow> = {
        let open = site.app.call(ListAlarms { past: false, limit: 100 }, &site.by).await.expect("alarms");
        open.into_iter().filter(|alarm| alarm.kind == "High").collect()
    };
    assert!(!alarms.is_empty(), "a failed compressor raises an alarm");
    let alarm = &alarms[0];
    assert_eq!(alarm.limit, Some(Milli(8_000)));
    assert!(alarm.worst > alarm.limit);
    let from = morning() - Millis::minutes(10);
    let series = GetSeries {
        channels: vec![alarm.channel.expect("a channel's alarm")],
        from,
        to: site.clock.now(),
        buckets: 200,
    };
    let series = site.app.call(series, &site.by).await.expect("a series");
    let highest = series.series[0].max.iter().max().copied();
    assert!(highest >= alarm.worst.map(|worst| worst.0), "the drawn extreme is not below the alarm's");
    let excursions = ListExcursions { zone: None, from, to: site.clock.now() };
    let excursions = site.app.call(excursions, &site.by).await.expect("excursions");
    assert!(excursions.iter().any(|row| Some(row.channel) == alarm.channel && row.high && row.confirmed));
    let acknowledge = AcknowledgeAlarm { id: alarm.id, note: "called the technician".into() };
    site.app.call(acknowledge, &site.by).await.expect("acknowledged");
    let marks =
        ListMarks { channels: alarm.channel.into_iter().collect(), from, to: site.clock.now() + Millis(1) };
    let marks = site.app.call(marks, &site.by).await.expect("events");
    let on_the_line = |kind: &str, detail: &str| {
        marks.iter().any(|row| row.kind == kind && row.detail == detail && row.channel == alarm.channel)
    };
    assert!(on_the_line("Alarm", "High") && on_the_line("Acknowledged", &site.by.name), "{marks:?}");
    let detail = site.app.call(GetDevice { id: device }, &site.by).await.expect("the device");
    assert!(detail.unknown.is_empty() && !detail.tail.is_empty());
    site.app.close().await;

    // A restart forgets neither the alarm nor who saw it.
    let again = open_at(site.folder.path(), &site.clock);
    let open = again.call(ListAlarms { past: false, limit: 100 }, &site.by).await.expect("alarms");
    let same = open.iter().find(|row| row.id == alarm.id).expect("the alarm is still open");
    assert_eq!(same.acknowledged_by.as_deref(), Some(site.by.name.as_str()));
    assert_eq!(open.iter().filter(|row| row.channel == alarm.channel && row.kind == "High").count(), 1);
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pulled_plug_is_an_alarm_and_comes_back_by_itself() {
    let site = open();
    let line = start_chain(&site, morning() - Millis::minutes(10));
    let device = add_chain(&site, line.endpoint()).await;
    until(&site, "the first reading", async || stored(&site).await > 0).await;
    let state = async || {
        let devices = site.app.call(ListDevices {}, &site.by).await.expect("devices");
        devices.into_iter().find(|row| row.id == device).expect("the device")
    };
    line.unplug().expect("the plug is out");
    until(&site, "noticing the pulled plug", async || state().await.fault.is_some()).await;
    line.replug().expect("the plug is back");
    until(&site, "reconnecting", async || state().await.fault.is_none() && state().await.reconnects > 0)
        .await;
    let before = stored(&site).await;
    site.clock.advance(Millis::minutes(5));
    until(&site, "reading on", async || stored(&site).await > before).await;
    let past = site.app.call(ListAlarms { past: true, limit: 100 }, &site.by).await.expect("alarms");
    let fault = past.iter().find(|alarm| alarm.kind == "DeviceFault").expect("the pulled plug is on record");
    assert!(fault.cleared_at.is_some());
    let channel =
        site.app.call(GetDevice { id: device }, &site.by).await.expect("the device").channels[0].channel;
    let marks =
        ListMarks { channels: vec![channel], from: fault.raised_at, to: site.clock.now() + Millis(1) };
    let marks = site.app.call(marks, &site.by).await.expect("events");
    let gap =
        marks.iter().find(|row| row.detail == "DeviceFault").expect("it is on the line of its channels");
    assert_eq!((gap.kind.as_str(), gap.name.as_str(), gap.until), ("Gap", "Chain", fault.cleared_at));
    drop(line);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_nobody_knows_are_offered_and_taken() {
    let site = open();
    let line = start_chain(&site, morning() - Millis::minutes(10));
    let add = AddDevice {
        name: "New".into(),
        endpoint: line.endpoint().into(),
        baud: 9600,
        interval: Millis::seconds(10),
        setup: String::new(),
        channels: vec![],
    };
    let device = site.app.call(add, &site.by).await.expect("a device");
    let detail = async || site.app.call(GetDevice { id: device }, &site.by).await.expect("the device");
    until(&site, "hearing all names", async || detail().await.unknown.len() == 12).await;
    assert_eq!(stored(&site).await, 0, "what no channel takes is counted, not stored");
    let (code, _) = detail().await.unknown[0].clone();
    let channel = NewChannel {
        code: code.clone(),
        name: String::new(),
        zone: "Hall".into(),
        unit: "°C".into(),
        low: None,
        high: None,
    };
    let row = detail().await.row;
    let change = ChangeDevice {
        id: device,
        name: row.name,
        endpoint: row.endpoint,
        baud: row.baud,
        enabled: true,
        interval: None,
        setup: None,
        add: vec![channel],
    };
    site.app.call(change, &site.by).await.expect("a channel");
    site.clock.advance(Millis::minutes(1));
    until(&site, "storing the new channel", async || stored(&site).await > 0).await;
    assert!(detail().await.unknown.iter().all(|(other, _)| *other != code));
    let (_, counters) = site.app.reading_totals().await.expect("counters");
    assert!(counters.iter().any(|counter| counter.name == "rejected.unknown_channel" && counter.value > 0));
    drop(line);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_of_nothing_but_doubt_is_sent_without_a_number() {
    let site = open();
    let mut wire = chain::Wire::outlet(Outlet::here(site.folder.path(), "doubt")).expect("a line");
    let channel = NewChannel {
        code: "T1".into(),
        name: "Door".into(),
        zone: "Chilled".into(),
        unit: "°C".into(),
        low: Some(Milli(2_000)),
        high: Some(Milli(8_000)),
    };
    let add = AddDevice {
        name: "Logger".into(),
        endpoint: wire.endpoint().into(),
        baud: 115_200,
        interval: Millis::minutes(1),
        setup: String::new(),
        channels: vec![channel],
    };
    let device = site.app.call(add, &site.by).await.expect("a device");
    // An hour of minutes; ten of them say what no cold room can be.
    let from = morning() - Millis::minutes(60);
    let rows = (0..60)
        .map(|n| {
            (from + Millis::minutes(n), if (20..30).contains(&n) { Milli(900_000) } else { Milli(5_000) })
        })
        .collect();
    let recording = sim::replay::Recording { rows, ..Default::default() };
    tokio::task::spawn_blocking(move || {
        let (now, stop, told) = (|| Timestamp(0), units::Stop::default(), units::Progress::none());
        let pace = sim::replay::Pace::Max;
        sim::replay::send(&recording, "L1", "T1", &mut wire, pace, &now, &stop, &told).expect("sent");
        wire
    })
    .await
    .expect("the sender ends");
    until(&site, "storing the hour", async || stored(&site).await >= 60).await;
    let channel =
        site.app.call(GetDevice { id: device }, &site.by).await.expect("the device").channels[0].channel;
    let call = GetSeries { channels: vec![channel], from, to: morning(), buckets: 60 };
    let series = site.app.call(call, &site.by).await.expect("a series").series.remove(0);
    assert_eq!(series.at.len(), 60, "no bucket is lost");
    for (n, suspect) in series.suspect.iter().enumerate() {
        let doubted = (20..30).contains(&n);
        assert_eq!((*suspect == 1, series.has_value(n)), (doubted, !doubted), "minute {n}");
    }
    assert!((0..60).filter(|n| series.has_value(*n)).all(|n| series.max[n] == 5_000));
    site.app.close().await;
}
