//! What happened on a line of a chart: alarms and silences that concern its channel, whoever raised them, and its calibrations.

use crate::site::{Site, morning, open};
use contract::*;
use std::time::Duration;
use units::{Day, Milli, Millis, Timestamp};

/// Where nobody listens, for two devices behind it.
const NOBODY: &str = "http://127.0.0.1:1";

/// A device that nothing comes from, with one channel.
async fn device(site: &Site, name: &str) -> ChannelId {
    let channel = NewChannel {
        code: "t".into(),
        name: format!("Probe {name}"),
        zone: "Cold room 1".into(),
        unit: "°C".into(),
        low: Some(Milli(2_000)),
        high: Some(Milli(8_000)),
    };
    let add = AddDevice {
        name: format!("Device {name}"),
        endpoint: format!("{NOBODY}/{name}"),
        baud: 0,
        interval: Millis::seconds(10),
        setup: String::new(),
        channels: vec![channel],
    };
    let id = site.app.call(add, &site.by).await.expect("a device");
    site.app.call(GetDevice { id }, &site.by).await.expect("the device").channels[0].channel
}

async fn marks(site: &Site, channels: &[ChannelId], from: Timestamp) -> Vec<MarkRow> {
    let to = site.clock.now() + Millis::days(1);
    let list = ListMarks { channels: channels.to_vec(), from, to };
    site.app.call(list, &site.by).await.expect("events")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_is_gone_is_on_the_line_of_every_device_behind_it() {
    let site = open();
    let (_, second) = (device(&site, "a").await, device(&site, "b").await);
    let gone = async || {
        let all = marks(&site, &[second], morning() - Millis::days(1)).await;
        all.into_iter().find(|row| row.detail == "EndpointLost")
    };
    let mut events = site.app.subscribe();
    let waited = tokio::time::timeout(Duration::from_secs(120), async {
        loop {
            if let Some(row) = gone().await {
                break row;
            }
            let _ = tokio::time::timeout(Duration::from_millis(200), events.next()).await;
        }
    });
    let row = waited.await.expect("noticed within a minute");
    assert_eq!((row.kind.as_str(), row.name.as_str(), row.channel), ("Gap", NOBODY, None));
    assert_eq!((row.until, row.priority), (None, None), "it lasts, and it is a silence");
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calibration_is_on_the_line_from_when_it_acts_until_it_has_ended() {
    let site = open();
    let (channel, other) = (device(&site, "a").await, device(&site, "b").await);
    let (begun, today) = (morning(), morning().utc_day());
    let calibrate = async |certificate: &str, done_on, expires_on| {
        let add = AddCalibration {
            channel,
            points: None,
            offset: Milli(-250),
            certificate: certificate.into(),
            laboratory: "Lab".into(),
            done_on,
            expires_on,
            file_sha256: None,
            why: "yearly".into(),
        };
        site.app.call(add, &site.by).await.expect("a calibration");
    };
    // What of it is told of the channel's sensor: kind, certificate, day, when, until.
    let told = async |from: Timestamp| -> Vec<(String, String, Option<Day>, Timestamp, Option<Timestamp>)> {
        let all = marks(&site, &[channel, other], from).await.into_iter();
        all.filter(|row| row.kind.starts_with("Calibrat"))
            .inspect(|row| assert_eq!((row.channel, row.name.as_str()), (Some(channel), "Probe a")))
            .inspect(|row| assert_eq!(row.priority.is_some(), row.kind != "Calibrated"))
            .map(|row| (row.kind, row.detail, row.day, row.at, row.until))
            .collect()
    };
    let one =
        |kind: &str, name: &str, day, at, until| (kind.to_owned(), name.to_owned(), Some(day), at, until);
    let (done, last) = (today.plus(-350), today.plus(40));
    let (due, ended) = (today.plus(10).utc_midnight(), today.plus(41).utc_midnight());

    calibrate("K-1", done, Some(last)).await;
    let acts = one("Calibrated", "K-1", done, begun, None);
    assert_eq!(told(begun).await, std::slice::from_ref(&acts));

    site.clock.advance(Millis::days(15));
    assert_eq!(told(begun).await, [acts.clone(), one("CalibrationDue", "K-1", last, due, None)]);

    site.clock.advance(Millis::days(30));
    let was_due = one("CalibrationDue", "K-1", last, due, Some(ended));
    assert_eq!(
        told(begun).await,
        [acts.clone(), was_due.clone(), one("CalibrationExpired", "K-1", last, ended, None)]
    );

    // A new one ends it; a span that begins later still shows what reaches into it, and no more.
    let renewed = site.clock.now();
    calibrate("K-2", renewed.utc_day(), None).await;
    let was_over = one("CalibrationExpired", "K-1", last, ended, Some(renewed));
    let new = one("Calibrated", "K-2", renewed.utc_day(), renewed, None);
    assert_eq!(told(begun).await, [acts, was_due, was_over.clone(), new.clone()]);
    assert_eq!(told(ended + Millis::hours(1)).await, [was_over, new]);
    // The device's own alarm says the same of all its sensors: it is not told twice.
    assert!(marks(&site, &[channel], begun).await.iter().all(|row| row.detail != "Calibration"));
    site.app.close().await;
}
