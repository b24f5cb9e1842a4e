//! Brokers and devices that nobody here wrote: mosquitto with TLS, names and passwords; aedes; an edge node of Eclipse Tahu.

use super::mqtt::Mosquitto;
use super::*;
use ingest::Driver;
use protocols::setup::MqttVersion;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use tokio::runtime::Handle;

const CA: &str = include_str!("tls/ca.pem");
const OTHER: &str = include_str!("tls/other.pem");
const CLIENT: &str = include_str!("tls/client.pem");
const CLIENT_KEY: &str = include_str!("tls/client.key");

fn spawn(source: Source, seed: u64) -> (Driver, Receiver<Message>) {
    let (sender, queue) = ingest::queue();
    (ingest::spawn(&Handle::current(), source, clock(), sender, seed), queue)
}

/// How a line is first: open, or lost and why.
async fn begins(source: Source) -> Result<(), String> {
    let (driver, mut queue) = spawn(source, 1);
    let said = loop {
        match next(&mut queue).await {
            Message::Link { event: LinkEvent::Opened, .. } => break Ok(()),
            Message::Link { event: LinkEvent::Lost { reason }, .. } => break Err(reason),
            _ => {}
        }
    };
    driver.stopped().await;
    said
}

/// Readings until one has that name; receipts are given. Its value.
async fn value(queue: &mut Receiver<Message>, code: &str) -> Result<Milli, domain::RawFault> {
    loop {
        match next(queue).await {
            Message::Arrival(arrival) => {
                if let Some(reading) = arrival.readings.into_iter().find(|reading| reading.code == code) {
                    return reading.value;
                }
            }
            Message::Receipt(receipt) => receipt.give(),
            _ => {}
        }
    }
}

fn tls(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls").join(name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_with_tls_names_and_passwords() {
    let folder = tempfile::tempdir().expect("a folder");
    let passwords = folder.path().join("passwords");
    let made = Command::new("mosquitto_passwd")
        .args(["-b", "-c"])
        .arg(&passwords)
        .args(["reader", "hunter2"])
        .stderr(Stdio::null())
        .status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "mosquitto is installed with its tools: `cargo xtask setup`"
    );
    let file = |name: &str| tls(name).display().to_string();
    let broker = Mosquitto::with(|port| {
        format!(
            "listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {}\ncafile {}\ncertfile {}\nkeyfile {}\n",
            passwords.display(),
            file("ca.pem"),
            file("broker.pem"),
            file("broker.key"),
        )
    });
    let at = |version| {
        let mut source = source(&format!("mqtts://localhost:{}/site/#", broker.port()));
        source.setup.mqtt.version = version;
        source.setup.access.user = Some("reader".to_owned());
        source.setup.access.ca = Some(CA.to_owned());
        source.secret = Some("hunter2".to_owned());
        source
    };
    for version in [MqttVersion::V5, MqttVersion::V311, MqttVersion::Auto] {
        assert_eq!(begins(at(version)).await, Ok(()));
    }
    let by_number = format!("mqtts://127.0.0.1:{}/site/#", broker.port());
    let mut source = at(MqttVersion::Auto);
    source.endpoint = Endpoint::parse(&by_number, 0).expect("an endpoint");
    assert_eq!(begins(source).await, Ok(()));
    // A message of another program's.
    let (driver, mut queue) = spawn(at(MqttVersion::V5), 2);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    let port = broker.port().to_string();
    let sent = Command::new("mosquitto_pub")
        .args(["-V", "5", "-h", "localhost", "-p", &port, "-u", "reader", "-P", "hunter2"])
        .args(["--cafile", &file("ca.pem"), "-t", "site/温度", "-m", r#"{"t":4.5}"#, "-q", "1"])
        .args([
            "-D",
            "publish",
            "user-property",
            "a",
            "b",
            "-D",
            "publish",
            "content-type",
            "application/json",
        ])
        .status();
    match sent {
        Ok(status) => {
            assert!(status.success());
            assert_eq!(value(&mut queue, "温度/t").await, Ok(Milli(4_500)));
        }
        Err(_) => testkit::skip("a message of mosquitto_pub: mosquitto-clients are not here"),
    }
    driver.stopped().await;

    // Who only passes by shows the same name and password.
    assert_eq!(begins(Source { passing: true, ..at(MqttVersion::Auto) }).await, Ok(()));

    let mut wrong = at(MqttVersion::V5);
    wrong.secret = Some("hunter3".to_owned());
    let said = begins(wrong).await.expect_err("a wrong password");
    assert!(said.contains("password") && !said.contains("hunter"), "{said}");
    let mut wrong = at(MqttVersion::V311);
    wrong.secret = None;
    let said = begins(wrong).await.expect_err("no password");
    assert!(said.contains("password"), "{said}");
    let mut wrong = at(MqttVersion::Auto);
    wrong.setup.access.ca = Some(OTHER.to_owned());
    let said = begins(wrong).await.expect_err("another authority");
    assert!(said.contains("not signed by one that is trusted"), "{said}");
    let mut wrong = at(MqttVersion::Auto);
    wrong.setup.access.ca = None;
    let said = begins(wrong).await.expect_err("the system does not know it");
    assert!(said.contains("certificate"), "{said}");
    // The port is for TLS.
    let mut wrong = at(MqttVersion::Auto);
    wrong.endpoint =
        Endpoint::parse(&format!("mqtt://localhost:{}/a", broker.port()), 0).expect("an endpoint");
    assert!(begins(wrong).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_asks_for_our_certificate() {
    let file = |name: &str| tls(name).display().to_string();
    let broker = Mosquitto::with(|port| {
        format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nrequire_certificate true\ncafile {}\ncertfile {}\nkeyfile {}\n",
            file("ca.pem"),
            file("broker.pem"),
            file("broker.key"),
        )
    });
    let mut source = source(&format!("mqtts://localhost:{}/site/#", broker.port()));
    source.setup.access.ca = Some(CA.to_owned());
    let said = begins(source.clone()).await.expect_err("no certificate");
    assert!(said.contains("certificate") || said.contains("closed"), "{said}");
    source.setup.access.certificate = Some(CLIENT.to_owned());
    source.secret = Some(CLIENT_KEY.to_owned());
    assert_eq!(begins(source.clone()).await, Ok(()));
    // A key that is not the certificate's.
    source.secret = Some(include_str!("tls/broker.key").to_owned());
    let said = begins(source).await.expect_err("another key");
    assert!(said.contains("private key"), "{said}");
}

/// A program of Node.js; it goes with this.
struct Program {
    child: Child,
    input: Option<ChildStdin>,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Program {
    fn start(packages: &PathBuf, script: &str, argument: &str) -> Self {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/interop").join(script);
        let mut child = Command::new("node")
            .arg(script)
            .arg(argument)
            .env("NODE_PATH", packages)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node runs");
        let output = BufReader::new(child.stdout.take().expect("its output")).lines();
        let (said, lines) = std::sync::mpsc::sync_channel(64);
        std::thread::spawn(move || {
            for line in output.map_while(Result::ok) {
                if said.send(line).is_err() {
                    return;
                }
            }
        });
        Self { input: child.stdin.take(), child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line in time")
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().expect("its input"), "{line}").expect("said");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Its input ends, and so does it; should it hang, it is ended.
        drop(self.input.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aedes_is_read_in_3_and_keeps_what_was_missed() {
    let Some(packages) = testkit::node() else { return };
    let mut broker = tokio::task::block_in_place(|| Program::start(&packages, "broker.js", ""));
    let port = tokio::task::block_in_place(|| broker.line());
    let mut source = source(&format!("mqtt://127.0.0.1:{port}/site/+/energy"));
    source.setup.access.user = Some("reader".to_owned());
    let said = begins(source.clone()).await.expect_err("no password");
    assert!(said.contains("password") || said.contains("closed"), "{said}");
    source.secret = Some("hunter2".to_owned());
    let (driver, mut queue) = spawn(source.clone(), 3);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    broker.say(r#"site/hall/energy {"kw":1.5}"#);
    broker.say(r#"site/hall/other {"kw":9}"#);
    assert_eq!(value(&mut queue, "hall/energy/kw").await, Ok(Milli(1_500)));
    let leaving = tokio::spawn(driver.stopped());
    while let Some(message) = queue.recv().await {
        if let Message::Receipt(receipt) = message {
            receipt.give();
        }
    }
    leaving.await.expect("left");
    // Published while nobody is there.
    broker.say(r#"site/hall/energy {"kw":2.5}"#);
    for _ in 0..3 {
        assert_eq!(tokio::task::block_in_place(|| broker.line()), "published");
    }
    let (driver, mut queue) = spawn(source, 3);
    assert_eq!(value(&mut queue, "hall/energy/kw").await, Ok(Milli(2_500)));
    driver.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sparkplug_edge_node_is_asked_for_its_birth_and_read() {
    let Some(packages) = testkit::node() else { return };
    let broker = Mosquitto::new();
    let port = broker.port().to_string();
    // The edge says that it is born before the broker has it: a witness knows when the birth is over.
    let mut witness = source(&broker.endpoint("spBv1.0/plant/#"));
    witness.client = String::new();
    let (witness, mut heard) = spawn(witness, 3);
    until(&mut heard, |event| *event == LinkEvent::Opened).await;
    let mut edge = tokio::task::block_in_place(|| {
        let mut edge = Program::start(&packages, "edge.js", &port);
        assert_eq!(edge.line(), "born");
        edge
    });
    assert_eq!(value(&mut heard, "line 1/oven/door").await, Ok(Milli(1_000)));
    drop(heard);
    witness.stopped().await;
    // Ours did not hear that birth: aliases say nothing until there is another.
    let (driver, mut queue) = spawn(source(&broker.endpoint("spBv1.0/plant/#")), 4);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    edge.say("data 181.5");
    let mut came = std::collections::BTreeMap::new();
    while came.len() < 4 {
        match next(&mut queue).await {
            Message::Arrival(arrival) => {
                came.extend(arrival.readings.into_iter().map(|reading| (reading.code, reading.value)));
            }
            Message::Receipt(receipt) => receipt.give(),
            _ => {}
        }
    }
    let expected = [
        ("line 1/oven/door", Ok(Milli(1_000))),
        ("line 1/oven/offset", Ok(Milli(-3_000))),
        ("line 1/oven/zone/temperature", Ok(Milli(180_250))),
        ("line 1/uptime", Ok(Milli(5_000))),
    ];
    assert_eq!(came, expected.map(|(code, value)| (code.to_owned(), value)).into());
    assert_eq!(tokio::task::block_in_place(|| edge.line()), "born");
    edge.say("data 182.75");
    assert_eq!(value(&mut queue, "line 1/oven/zone/temperature").await, Ok(Milli(182_750)));
    edge.say("death");
    assert_eq!(value(&mut queue, "line 1/oven/door").await, Err(domain::RawFault::SensorFault));
    // Its will speaks for it once it is gone.
    drop(edge);
    assert_eq!(value(&mut queue, "line 1/uptime").await, Err(domain::RawFault::SensorFault));
    let status = driver.status();
    assert_eq!((status.counters.bad_frames, status.counters.reconnects), (0, 0));
    assert!(String::from_utf8_lossy(&status.tail).contains("asked for a birth"));
    driver.stopped().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_wants_names_keeps_nothing_of_who_passes_by() {
    let broker = Mosquitto::with(|port| {
        format!("listener {port} 127.0.0.1\nallow_anonymous true\nallow_zero_length_clientid false\n")
    });
    let at = |client: &str, version| {
        let mut source = source(&format!("mqtt://127.0.0.1:{}/site/#", broker.port()));
        source.setup.mqtt.version = version;
        Source { client: client.to_owned(), passing: true, ..source }
    };
    let versions = [MqttVersion::V5, MqttVersion::V311];
    for version in versions {
        begins(at("", version)).await.expect_err("it wants a name");
        assert_eq!(begins(at("qm-passing", version)).await, Ok(()));
    }
    // Had it kept a session for that name, it would hand this over to the next who comes by it.
    let kept = begins(Source { passing: false, ..at("qm-staying", MqttVersion::V311) });
    assert_eq!(kept.await, Ok(()));
    let port = broker.port().to_string();
    let sent = Command::new("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &port, "-t", "site/t", "-m", r#"{"t":4.5}"#, "-q", "1"])
        .status();
    let Ok(sent) = sent else {
        return testkit::skip("a message of mosquitto_pub: mosquitto-clients are not here");
    };
    assert!(sent.success());
    let (staying, mut queue) = spawn(Source { passing: false, ..at("qm-staying", MqttVersion::V311) }, 3);
    assert_eq!(value(&mut queue, "t/t").await, Ok(Milli(4_500)), "kept for who stays");
    staying.stopped().await;
    let (passing, mut queue) = spawn(Source { passing: false, ..at("qm-passing", MqttVersion::V311) }, 4);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    let again = Command::new("mosquitto_pub")
        .args(["-h", "127.0.0.1", "-p", &port, "-t", "site/u", "-m", r#"{"u":1}"#, "-q", "1"])
        .status();
    assert!(again.is_ok_and(|status| status.success()));
    // What was kept would come before what is sent now.
    let first = loop {
        match next(&mut queue).await {
            Message::Arrival(arrival) => break arrival.readings[0].code.clone(),
            Message::Receipt(receipt) => receipt.give(),
            _ => {}
        }
    };
    assert_eq!(first, "u/u");
    passing.stopped().await;
}
