//! The driver and a real broker, mosquitto, which is stopped, started and fed with poison.

use super::*;
use ingest::{Driver, Receipt};
use protocols::setup::MqttVersion;
use sim::broker::Publisher;
use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// A mosquitto of our own: a free port, a folder for what it keeps.
pub(super) struct Mosquitto {
    folder: tempfile::TempDir,
    port: u16,
    process: Option<Child>,
}

impl Mosquitto {
    pub(super) fn new() -> Self {
        Self::with(|port| format!("listener {port} 127.0.0.1\nallow_anonymous true\n"))
    }

    /// One whose listener is described by these lines of its settings.
    pub(super) fn with(listener: impl Fn(u16) -> String) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let folder = tempfile::tempdir().expect("a folder");
        let keeps = folder.path().display();
        let conf = format!(
            "{}persistence true\npersistence_location {keeps}/\nuser root\nmax_queued_messages 0\nlog_dest none\n",
            listener(port)
        );
        std::fs::write(folder.path().join("mosquitto.conf"), conf).expect("written");
        let mut broker = Self { folder, port, process: None };
        broker.start();
        broker
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn endpoint(&self, filter: &str) -> String {
        format!("mqtt://127.0.0.1:{}/{filter}", self.port)
    }

    fn start(&mut self) {
        let conf = self.folder.path().join("mosquitto.conf");
        let started =
            ["mosquitto", "/usr/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"].iter().find_map(|name| {
                let mut command = Command::new(name);
                command.arg("-c").arg(&conf).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
                command.spawn().ok()
            });
        self.process = Some(started.expect("mosquitto is installed: `cargo xtask setup` does it"));
        let begun = (0..3000).any(|_| {
            TcpStream::connect(("127.0.0.1", self.port)).is_ok() || {
                std::thread::sleep(Duration::from_millis(10));
                false
            }
        });
        assert!(begun, "mosquitto listens");
    }

    /// Ends it in order, so that it writes down what it owes.
    fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let told = Command::new("kill").arg("-TERM").arg(process.id().to_string()).status();
            if !told.is_ok_and(|status| status.success()) {
                let _ = process.kill();
            }
            let _ = process.wait();
        }
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        self.stop();
    }
}

/// What the other end of the queue keeps: how often each sequence came, and what happened to the line.
#[derive(Default)]
struct Kept {
    came: BTreeMap<i64, u32>,
    events: Vec<LinkEvent>,
    withheld: Vec<Receipt>,
}

impl Kept {
    /// Takes messages until so many sequences are known; gives receipts at once, or keeps them back.
    async fn until(&mut self, queue: &mut Receiver<Message>, wanted: usize, give: bool) {
        while self.came.len() < wanted {
            self.take(next(queue).await, give);
        }
    }

    fn take(&mut self, message: Message, give: bool) {
        match message {
            Message::Arrival(arrival) => {
                for reading in arrival.readings {
                    *self.came.entry(reading.value.expect("a number").0 / 1000).or_default() += 1;
                }
            }
            Message::Receipt(receipt) if give => receipt.give(),
            Message::Receipt(receipt) => self.withheld.push(receipt),
            Message::Link { event, .. } => self.events.push(event),
            Message::Position { .. } | Message::Scan(_) => {}
        }
    }

    fn count(&self, wanted: impl Fn(&LinkEvent) -> bool) -> usize {
        self.events.iter().filter(|event| wanted(event)).count()
    }
}

fn spawn(endpoint: &str, seed: u64) -> (Driver, Receiver<Message>) {
    spawn_as(endpoint, MqttVersion::Auto, seed)
}

fn spawn_as(endpoint: &str, version: MqttVersion, seed: u64) -> (Driver, Receiver<Message>) {
    let (sender, queue) = ingest::queue();
    let mut source = source(endpoint);
    source.setup.mqtt.version = version;
    (ingest::spawn(&Handle::current(), source, clock(), sender, seed), queue)
}

/// Publishes numbers, without times, so that only the driver can tell a second delivery from a second value.
fn publish(publisher: &mut Publisher, numbers: std::ops::Range<i64>) {
    for n in numbers {
        let payload = format!("{{\"n\":{n}}}");
        // What fails is kept by the publisher and sent again.
        let _ = publisher.publish("site/a", payload.as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_vanishes_loses_nothing_and_doubles_nothing() {
    let mut broker = Mosquitto::new();
    let endpoint = broker.endpoint("site/#");
    let (driver, mut queue) = spawn(&endpoint, 1);
    let mut kept = Kept::default();
    let Message::Link { event: LinkEvent::Opened, .. } = next(&mut queue).await else { panic!("not opened") };
    let mut publisher = spawn_blocking({
        let endpoint = endpoint.clone();
        move || Publisher::connect(&endpoint, "meter")
    })
    .await
    .expect("joined")
    .expect("connected");
    publisher = spawn_blocking(move || {
        publish(&mut publisher, 0..300);
        publisher.flush().expect("acknowledged");
        publisher
    })
    .await
    .expect("joined");
    kept.until(&mut queue, 200, true).await;
    // The next ones are stored, but the receipts come late: the broker ends before it is told.
    kept.until(&mut queue, 215, false).await;
    tokio::task::block_in_place(|| broker.stop());
    while kept.count(|event| matches!(event, LinkEvent::Lost { .. })) == 0 {
        let message = next(&mut queue).await;
        kept.take(message, false);
    }
    assert!(!driver.status().connected && driver.status().last_error.is_some());
    for receipt in kept.withheld.drain(..) {
        receipt.give();
    }
    tokio::task::block_in_place(|| broker.start());
    let begun = tokio::time::Instant::now();
    while kept.count(|event| *event == LinkEvent::Opened) == 0 {
        let message = next(&mut queue).await;
        kept.take(message, true);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "back within five seconds: {:?}", begun.elapsed());
    spawn_blocking(move || {
        publish(&mut publisher, 300..400);
        publisher.flush().expect("acknowledged")
    })
    .await
    .expect("joined");
    kept.until(&mut queue, 400, true).await;
    driver.stopped().await;
    while let Some(message) = queue.recv().await {
        kept.take(message, true);
    }
    assert_eq!(kept.came, (0..400).map(|n| (n, 1)).collect());
    assert_eq!(kept.count(|event| matches!(event, LinkEvent::Shed { .. } | LinkEvent::Faults { .. })), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_stored_comes_again_after_a_crash() {
    let broker = Mosquitto::new();
    let endpoint = broker.endpoint("site/#");
    let (driver, mut queue) = spawn_as(&endpoint, MqttVersion::V311, 2);
    let Message::Link { event: LinkEvent::Opened, .. } = next(&mut queue).await else { panic!("not opened") };
    let to = endpoint.clone();
    let publishing = spawn_blocking(move || {
        let mut publisher = Publisher::connect(&to, "meter").expect("connected");
        publish(&mut publisher, 0..60);
        publisher.flush().expect("acknowledged");
    });
    let mut kept = Kept::default();
    // The receipt of the tenth comes after it, and is kept back with the next ones.
    kept.until(&mut queue, 10, true).await;
    publishing.await.expect("joined");
    kept.until(&mut queue, 25, false).await;
    // The process ends without having stored the last sixteen: their receipts are dropped.
    drop(queue);
    driver.stopped().await;
    let mut stored: BTreeMap<i64, u32> = kept.came.into_iter().filter(|(n, _)| *n < 9).collect();
    drop(kept.withheld);
    // Started again it speaks 5: it is the same session.
    let (driver, mut queue) = spawn_as(&endpoint, MqttVersion::V5, 2);
    let mut after = Kept::default();
    after.until(&mut queue, 51, true).await;
    for (n, times) in after.came {
        *stored.entry(n).or_default() += times;
    }
    assert_eq!(stored, (0..60).map(|n| (n, 1)).collect());
    driver.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn poison_is_counted_shown_and_gone() {
    let broker = Mosquitto::new();
    let endpoint = broker.endpoint("site/#");
    let (driver, mut queue) = spawn(&endpoint, 3);
    let Message::Link { event: LinkEvent::Opened, .. } = next(&mut queue).await else { panic!("not opened") };
    let sending = spawn_blocking(move || {
        let mut publisher = Publisher::connect(&endpoint, "fool").expect("connected");
        let poison: [&[u8]; 7] = [
            b"hello",
            b"\xff\xfe",
            b"{\"n\":NaN}",
            b"{\"n\":1e999}",
            b"",
            &[b'['; 100_000],
            // Larger than anything that is taken into memory.
            &[b'1'; 230_000],
        ];
        for (n, payload) in poison.into_iter().enumerate() {
            publisher.publish("site/poison", payload).expect("sent");
            publisher.publish("site/a", format!("{{\"n\":{n}}}").as_bytes()).expect("sent");
        }
        publisher.publish("site/gate", b"{\"door\":\"open\"}").expect("sent");
        publisher.publish("fleet/V/position", b"{\"lat\":1,\"lon\":2}").expect("sent");
        publisher.publish("site/V7/position", b"{\"lat\":60.5,\"lon\":24.25,\"speed\":50}").expect("sent");
        publisher.flush().expect("acknowledged");
    });
    let (mut kept, mut places) = (Kept::default(), vec![]);
    while places.is_empty() {
        match next(&mut queue).await {
            Message::Position { device, positions, .. } => {
                assert_eq!(device, DEVICE);
                places = positions;
            }
            other => kept.take(other, true),
        }
    }
    sending.await.expect("joined");
    assert_eq!(
        (places[0].vehicle.as_str(), places[0].at, places[0].speed_kmh),
        ("V7", Timestamp(42), Some(Milli(50_000)))
    );
    assert_eq!(kept.came, (0..7).map(|n| (n, 1)).collect());
    let status = driver.status();
    assert!(status.connected && status.last_error.is_none());
    assert_eq!((status.counters.bad_frames, status.counters.frames, status.counters.reconnects), (7, 9, 0));
    let tail = String::from_utf8_lossy(&status.tail).into_owned();
    assert!(tail.contains("too long") && tail.contains("V7"), "{tail}");
    driver.stopped().await;
    while let Some(message) = queue.recv().await {
        kept.take(message, true);
    }
    let told: u64 = kept
        .events
        .iter()
        .map(|event| if let LinkEvent::Faults { bad_frames, .. } = event { *bad_frames } else { 0 })
        .sum();
    assert_eq!(told, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_waits_while_nobody_takes_what_it_sent() {
    let broker = Mosquitto::new();
    let endpoint = broker.endpoint("site/#");
    let (sender, mut queue) = tokio::sync::mpsc::channel(2);
    let driver = ingest::spawn(&Handle::current(), source(&endpoint), clock(), sender, 4);
    becomes(|| driver.status().connected).await;
    spawn_blocking(move || {
        let mut publisher = Publisher::connect(&endpoint, "meter").expect("connected");
        publish(&mut publisher, 0..3000);
        publisher.flush().expect("acknowledged");
    })
    .await
    .expect("joined");
    // Some are on their way, and the rest stays where it is safe.
    becomes(|| driver.status().counters.frames == u64::from(ingest::limits::RECEIVE_MAX)).await;
    let mut kept = Kept::default();
    kept.until(&mut queue, 3000, true).await;
    assert_eq!((kept.came.len(), kept.count(|event| *event != LinkEvent::Opened)), (3000, 0));
    assert_eq!(driver.status().counters.shed, 0);
    driver.stopped().await;
}

#[tokio::test]
async fn what_is_no_broker_is_said() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("mqtt://{}/a", listener.local_addr().expect("bound"));
    let (driver, mut queue) = spawn_as(&endpoint, MqttVersion::V311, 5);
    let mut reasons = vec![];
    for answer in [
        b"HTTP/1.1 400 Bad Request\r\n\r\n".as_slice(),
        &[0x20, 2, 0, 5],
        &[0x20, 2, 0, 0, 0x90, 3, 0, 1, 0x80],
    ] {
        let (mut peer, _) =
            tokio::time::timeout(PATIENCE, listener.accept()).await.expect("in time").expect("a peer");
        peer.write_all(answer).await.expect("written");
        let told = until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. })).await;
        if let Some(Message::Link { event: LinkEvent::Lost { reason }, .. }) = told.into_iter().next_back() {
            reasons.push(reason);
        }
    }
    assert!(reasons[0].contains("Check the port"), "{reasons:?}");
    assert!(reasons[1].contains("name, password"), "{reasons:?}");
    assert!(reasons[2].contains("access rules"), "{reasons:?}");
    driver.stopped().await;
}

#[tokio::test]
async fn a_broker_that_does_not_know_5_is_spoken_to_in_3() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("mqtt://{}/site/#", listener.local_addr().expect("bound"));
    let (driver, mut queue) = spawn(&endpoint, 6);
    let accept = async || {
        let (mut peer, _) =
            tokio::time::timeout(PATIENCE, listener.accept()).await.expect("in time").expect("a peer");
        let mut start = [0; 9];
        peer.read_exact(&mut start).await.expect("it connects");
        // After kind, length and name comes the level of the protocol.
        (peer, start[8])
    };
    // One says no, one hangs up, one answers as if it had not noticed.
    for answer in [&[0x20, 2, 0, 1][..], &[], &[0x20, 2, 0, 0]] {
        let (mut peer, level) = accept().await;
        assert_eq!(level, 5);
        peer.write_all(answer).await.expect("written");
        drop(peer);
        let (mut peer, level) = accept().await;
        assert_eq!(level, 4);
        // And once it was let in, it begins with what was understood.
        peer.write_all(&[0x20, 2, 0, 0, 0x90, 3, 0, 1, 1]).await.expect("written");
        until(&mut queue, |event| *event == LinkEvent::Opened).await;
        drop(peer);
        until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. })).await;
        let (mut peer, level) = accept().await;
        assert_eq!(level, 4);
        // A broker in its place that wants 5 is found too.
        peer.write_all(&[0x20, 2, 0, 1]).await.expect("written");
        until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. })).await;
    }
    driver.stopped().await;
}
