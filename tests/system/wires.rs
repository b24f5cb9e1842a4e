//! A reading's journey over the other wires: a broker that vanishes and comes back, a controller that hangs.

use crate::site::{Site, morning, open, open_at};
use contract::*;
use sim::broker::{Broker, Publisher};
use sim::coldroom::{self, ColdRooms};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::block_in_place;
use units::{Milli, Millis, Seed, Timestamp};

/// Waits for events until `done` says so; fails after two minutes.
async fn until(site: &Site, what: &str, mut done: impl AsyncFnMut() -> bool) {
    let mut events = site.app.subscribe();
    let waited = tokio::time::timeout(Duration::from_secs(120), async {
        while !done().await {
            let _ = tokio::time::timeout(Duration::from_millis(200), events.next()).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what} did not happen within two minutes"));
}

fn channel(code: &str, unit: &str) -> NewChannel {
    NewChannel {
        code: code.into(),
        name: code.into(),
        zone: "Plant".into(),
        unit: unit.into(),
        low: None,
        high: None,
    }
}

async fn add(site: &Site, endpoint: String, channels: Vec<NewChannel>) -> DeviceId {
    let add = AddDevice {
        name: endpoint.clone(),
        endpoint,
        baud: 9600,
        interval: Millis::minutes(1),
        setup: String::new(),
        channels,
    };
    site.app.call(add, &site.by).await.expect("a device")
}

async fn device(site: &Site, id: DeviceId) -> DeviceDetail {
    site.app.call(GetDevice { id }, &site.by).await.expect("the device")
}

async fn stored(site: &Site, id: DeviceId) -> u64 {
    let totals = site.app.device_totals(id).await.expect("totals");
    totals.good + totals.suspect + totals.bad
}

fn payload(minute: i64) -> Vec<u8> {
    let at = morning() - Millis::hours(10) + Millis::minutes(minute);
    format!(r#"{{"ts":{},"kw":{minute},"cos":0.9}}"#, at.0).into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_keeps_what_is_not_stored_and_its_absence_is_an_alarm() {
    let site = open();
    let broker = Broker::start("127.0.0.1:0").expect("a port");
    let id = add(&site, format!("{}/site/#", broker.endpoint()), vec![channel("E1/kw", "kW")]).await;
    until(&site, "letting us in", async || device(&site, id).await.row.connected).await;
    let mut publisher = block_in_place(|| Publisher::connect(broker.endpoint(), "meter")).expect("connected");
    block_in_place(|| {
        for minute in 0..200 {
            publisher.publish("site/E1", &payload(minute)).expect("sent");
        }
        publisher.publish("site/E1", b"poison").expect("sent");
        let place = br#"{"lat":60.2,"lon":24.9,"speed":30}"#;
        publisher.publish("site/VAN-1/position", place).expect("sent");
        publisher.flush().expect("acknowledged");
    });
    until(&site, "storing it", async || stored(&site, id).await == 200).await;
    assert_eq!(block_in_place(|| broker.drain(Duration::from_secs(20))), 0, "acknowledged when stored");
    let detail = device(&site, id).await;
    assert_eq!((detail.row.driver.as_str(), detail.row.frames, detail.row.bad_frames), ("mqtt", 201, 1));
    assert_eq!(detail.row.acknowledged, 202);
    assert_eq!(detail.unknown, [("E1/cos".to_owned(), Some(Milli(900)))], "offered, with its value");
    assert!(detail.tail.iter().any(|line| line.contains("poison")), "{:?}", detail.tail);

    // It vanishes: an alarm, and what the meter keeps meanwhile comes afterwards, once.
    broker.unplug();
    let raised = async || {
        let open = site.app.call(ListAlarms { past: false, limit: 10 }, &site.by).await.expect("alarms");
        open.iter().any(|alarm| {
            alarm.kind == "DeviceFault" && alarm.device == Some(id) && alarm.cleared_at.is_none()
        })
    };
    until(&site, "the alarm", raised).await;
    block_in_place(|| {
        let refused =
            (200..203).filter(|minute| publisher.publish("site/E1", &payload(*minute)).is_err()).count();
        assert!(refused > 0, "nobody is there");
        broker.replug().expect("the same port");
        publisher.flush().expect("acknowledged");
        for minute in 203..210 {
            publisher.publish("site/E1", &payload(minute)).expect("sent");
        }
        publisher.flush().expect("acknowledged");
    });
    until(&site, "the end of the alarm", async || !raised().await).await;
    until(&site, "storing the rest", async || stored(&site, id).await == 210).await;
    assert_eq!(device(&site, id).await.row.reconnects, 1);

    // While the console is closed the broker keeps what comes, and hands it over at the next start.
    site.app.close().await;
    assert_eq!(broker.waiting(), 0);
    block_in_place(|| {
        for minute in 210..260 {
            publisher.publish("site/E1", &payload(minute)).expect("sent");
        }
        publisher.flush().expect("acknowledged");
    });
    assert_eq!(broker.waiting(), 50);
    let again = Site { app: open_at(site.folder.path(), &site.clock), ..site };
    until(&again, "storing what was kept", async || stored(&again, id).await == 260).await;
    let (_, counters) = again.app.reading_totals().await.expect("counters");
    assert!(
        !counters.iter().any(|counter| counter.name == "shed" || counter.name == "duplicates"),
        "{counters:?}"
    );
    again.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_controller_that_hangs_is_an_alarm_and_nobody_elses_trouble() {
    let site = open();
    let clock = site.clock.clone();
    let rooms = ColdRooms::new(Seed(3), morning());
    let controller =
        coldroom::start(rooms, "127.0.0.1:0", Arc::new(move || Timestamp(clock.now().0))).expect("a port");
    let channels = vec![channel("C1/temp", "°C"), channel("C1/door", ""), channel("F1/temp", "°C")];
    let id = add(&site, controller.endpoint(), channels).await;
    until(&site, "the first answer", async || stored(&site, id).await == 3).await;
    let row = device(&site, id).await.row;
    assert_eq!((row.driver.as_str(), row.frames, row.connected), ("http", 1, true));
    assert!(row.round_trip_ms.is_some());
    assert_eq!(device(&site, id).await.unknown.len(), 3);

    controller.hang(true);
    // A change starts it anew: it asks at once.
    let change = ChangeDevice {
        id,
        name: "Cold rooms".into(),
        endpoint: row.endpoint,
        baud: row.baud,
        enabled: true,
        interval: None,
        setup: None,
        add: Vec::new(),
    };
    site.app.call(change, &site.by).await.expect("changed");
    until(&site, "noticing", async || device(&site, id).await.row.fault.is_some()).await;
    let fault = device(&site, id).await.row.fault.expect("a fault");
    assert!(fault.contains("Asking http://127.0.0.1"), "{fault}");
    site.app.close().await;
}
