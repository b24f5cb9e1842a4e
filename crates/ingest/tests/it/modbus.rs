//! Slaves made by pymodbus over TCP, RTU over TCP and RTU over a pair of pseudo-terminals; and peers that answer wrongly.

use super::{DEVICE, becomes, clock, next, source};
use ingest::{Arrival, Driver, Endpoint, LinkEvent, Message, Source, modbus};
use protocols::modbus::{Kind, Map, Objects, Order, Point, Table, Timing, Value, Write, encode};
use protocols::setup::{Language, Setup};
use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::Receiver;
use units::{DeviceId, Milli};

/// A server of pymodbus; it goes with this.
struct Server {
    _child: Child,
    port: u16,
}

/// Starts one: `tcp`, `rtu-over-tcp` or `serial`, at a port or a path. `None`: skipped.
async fn server(kind: &str, place: &str) -> Option<Server> {
    let (python, packages) = testkit::python()?;
    let script = testkit::repo_root().join("crates/ingest/tests/it/modbus/server.py");
    let mut child = Command::new(python)
        .arg(script)
        .args([kind, place])
        .env("PYTHONPATH", packages)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("python starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line = tokio::time::timeout(super::PATIENCE, lines.next_line()).await.expect("in time");
    let line = line.expect("text").expect("pymodbus is ready");
    let port = line.strip_prefix("ready ").and_then(|port| port.parse().ok()).expect("a port");
    Some(Server { _child: child, port })
}

/// Two pseudo-terminals joined to each other, as a line with a plug at both ends.
struct Pair {
    _socat: Child,
    folder: tempfile::TempDir,
}

impl Pair {
    async fn new() -> Option<Self> {
        let folder = tempfile::TempDir::new().expect("a folder");
        let end = |name: &str| format!("pty,raw,echo=0,link={}", folder.path().join(name).display());
        let socat = Command::new("socat").args([end("ours"), end("theirs")]).kill_on_drop(true).spawn();
        let Ok(socat) = socat else {
            testkit::skip("needs socat");
            return None;
        };
        let pair = Self { _socat: socat, folder };
        becomes(|| pair.end("ours").exists() && pair.end("theirs").exists()).await;
        Some(pair)
    }

    fn end(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn path(&self, name: &str) -> String {
        self.end(name).display().to_string()
    }
}

fn timing(timeout_ms: u32) -> Timing {
    Timing { timeout_ms, retries: 1, ..Timing::default() }
}

fn setup(language: Language, map: Map) -> Setup {
    map.check().expect("a map that can be");
    Setup { language, modbus: map, ..Setup::default() }
}

fn asked(endpoint: &str, language: Language, map: Map) -> Source {
    let every = Duration::from_millis(50);
    Source { every, setup: setup(language, map), ..source(endpoint) }
}

/// What pymodbus was told to hold: every kind in every order, sixteen registers a kind.
fn everything() -> (Vec<Point>, BTreeMap<String, Milli>) {
    let kinds = [
        (Kind::U16, Milli(4_660_000)),
        (Kind::I16, Milli(-1_234_000)),
        (Kind::U32, Milli(305_419_896_000)),
        (Kind::I32, Milli(-305_419_896_000)),
        (Kind::F32, Milli(230_500)),
        (Kind::U64, Milli(81_985_529_216_486_000)),
        (Kind::I64, Milli(-81_985_529_216_486_000)),
        (Kind::F64, Milli(-1_234_125)),
    ];
    let (mut points, mut expected) = (Vec::new(), BTreeMap::new());
    for (row, (kind, value)) in (0_u16..).zip(kinds) {
        for (column, order) in (0_u16..).zip(Order::ALL) {
            let code = format!("{}-{}", kind.word(), order.word());
            let address = row * 16 + column * kind.registers().expect("a number");
            expected.insert(code.clone(), value);
            points.push(Point { kind, order, ..Point::new(&code, Table::Holding, address) });
        }
    }
    let inputs = [("in", Table::Input, 3, Milli(103_000)), ("di", Table::Discrete, 2, Milli(1000))];
    for (code, table, address, value) in inputs {
        points.push(Point::new(code, table, address));
        expected.insert(code.to_owned(), value);
    }
    (points, expected)
}

/// Values until each of these codes came.
async fn values(queue: &mut Receiver<Message>, wanted: &BTreeMap<String, Milli>) -> BTreeMap<String, Milli> {
    let mut seen = BTreeMap::new();
    let heard = async {
        while wanted.keys().any(|code| !seen.contains_key(code)) {
            if let Message::Arrival(Arrival { readings, .. }) = next(queue).await {
                seen.extend(readings.into_iter().filter_map(|r| Some((r.code, r.value.ok()?))));
            }
        }
    };
    tokio::time::timeout(super::PATIENCE, heard).await.expect("all of them in time");
    seen
}

fn started(source: Source) -> (Driver, Receiver<Message>) {
    let (sender, queue) = ingest::queue();
    (ingest::spawn(&tokio::runtime::Handle::current(), source, clock(), sender, 1), queue)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_in_every_order_comes_from_pymodbus() {
    let Some(server) = server("tcp", "0").await else { return };
    let (mut points, expected) = everything();
    // Registers 128 to 199 are not there: the first range that reads across is refused, and then cut. 300 never is there.
    points.push(Point::new("after", Table::Holding, 200));
    points.push(Point { count: 4, kind: Kind::Text, ..Point::new("model", Table::Holding, 206) });
    points.push(Point::new("none", Table::Holding, 300));
    // Nobody has this address.
    points.push(Point { unit: Some(9), ..Point::new("dead", Table::Holding, 0) });
    let slow = Timing { gap: 100, ..timing(300) };
    let map = Map { points, slaves: BTreeMap::from([(1, slow), (9, timing(100))]), ..Map::default() };
    let (driver, mut queue) =
        started(asked(&format!("tcp://127.0.0.1:{}", server.port), Language::ModbusTcp, map));
    let mut wanted = expected.clone();
    wanted.insert("after".to_owned(), Milli(0));
    assert_eq!(values(&mut queue, &wanted).await, wanted);
    becomes(|| {
        let status = driver.status();
        status.texts.get("model").is_some_and(|text| text == "PM3-22")
            && status.problems.get("none").is_some_and(|why| why.contains("exception 2"))
            && status.problems.get("dead").is_some_and(|why| why.contains("does not answer"))
    })
    .await;
    // A person looks on the same line, while the driver reads it and a slave is dead.
    let endpoint = Endpoint::parse(&format!("tcp://127.0.0.1:{}", server.port), 0).expect("an address");
    let look = setup(Language::ModbusTcp, Map { timing: timing(3000), ..Map::default() });
    let session = modbus::open(&endpoint, &look).expect("the line");
    let (objects, _) = session.read(2, Table::Input, 0, 3).await.expect("an answer");
    assert_eq!(objects, Objects::Words(vec![200, 201, 202]));
    let refused = session.read(1, Table::Input, 8, 3).await.expect_err("two are not there");
    assert!(refused.message.contains("exception 2"), "{refused}");
    drop(driver);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_written_is_read_back() {
    let Some(server) = server("tcp", "0").await else { return };
    let endpoint = Endpoint::parse(&format!("tcp://127.0.0.1:{}", server.port), 0).expect("an address");
    let setup = setup(Language::ModbusTcp, Map { timing: timing(3000), ..Map::default() });
    let session = modbus::open(&endpoint, &setup).expect("the line");
    let single = Point { write: Write::Single, ..Point::new("set", Table::Holding, 200) };
    let many = Point {
        write: Write::Multiple,
        kind: Kind::F32,
        order: Order::Cdab,
        ..Point::new("float", Table::Holding, 202)
    };
    let coil = Point { write: Write::Single, ..Point::new("coil", Table::Coil, 5) };
    let coils = Point { write: Write::Multiple, count: 4, ..Point::new("coils", Table::Coil, 8) };
    for (point, value, code) in [
        (&single, Milli(777_000), 6),
        (&many, Milli(21_500), 16),
        (&coil, Milli(1000), 5),
        (&coils, Milli(11_000), 15),
    ] {
        assert_eq!(session.value(point).await.expect("read"), Ok(Value::Number(Milli(0))));
        let command = encode(point, value).expect("it fits");
        assert_eq!(command.code(), code);
        session.write(1, &command).await.expect("written");
        assert_eq!(session.value(point).await.expect("read"), Ok(Value::Number(value)), "{}", point.code);
    }
    let missing = Point { write: Write::Single, ..Point::new("missing", Table::Holding, 150) };
    let command = encode(&missing, Milli(0)).expect("it fits");
    assert!(session.write(1, &command).await.expect_err("not there").message.contains("exception 2"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_of_the_serial_line_come_over_tcp() {
    let Some(server) = server("rtu-over-tcp", "0").await else { return };
    let (points, expected) = everything();
    let map = Map { points, timing: timing(3000), ..Map::default() };
    let (_driver, mut queue) =
        started(asked(&format!("tcp://127.0.0.1:{}", server.port), Language::ModbusRtu, map));
    assert_eq!(values(&mut queue, &expected).await, expected);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_share_a_serial_line_with_one_that_is_dead() {
    let Some(pair) = Pair::new().await else { return };
    let Some(_server) = server("serial", &pair.path("theirs")).await else { return };
    let mut drivers = Vec::new();
    for (device, unit, limit) in [(1, 1, 3000), (2, 2, 3000), (3, 3, 100)] {
        let map = Map {
            unit,
            timing: timing(limit),
            points: vec![Point::new("first", Table::Input, 0), Point::new("on", Table::Discrete, 0)],
            ..Map::default()
        };
        let endpoint = Endpoint::parse(&pair.path("ours"), 19_200).expect("a path");
        let every = Duration::from_millis(50);
        let source = Source {
            every,
            setup: setup(Language::ModbusRtu, map),
            ..Source::new(DeviceId(device), endpoint)
        };
        drivers.push(started(source));
    }
    for (index, value) in [(0, Milli(100_000)), (1, Milli(200_000))] {
        let wanted = BTreeMap::from([("first".to_owned(), value), ("on".to_owned(), Milli(1000))]);
        for _ in 0..5 {
            assert_eq!(values(&mut drivers[index].1, &wanted).await, wanted);
        }
    }
    let (dead, queue) = &mut drivers[2];
    loop {
        if let Message::Link { event: LinkEvent::Lost { reason }, .. } = next(queue).await {
            assert!(reason.contains("Unit 3 does not answer"), "{reason}");
            break;
        }
    }
    assert!(!dead.status().connected);
    // Whoever says another speed of the same line is told, rather than garbling the others.
    let other = Endpoint::parse(&pair.path("ours"), 9600).expect("a path");
    let said = modbus::open(&other, &setup(Language::ModbusRtu, Map::default())).expect_err("in use");
    assert!(said.message.contains("agree"), "{said}");
}

/// Answers that a peer of TCP might give to a request for two holding registers of unit 1, made from the request's number.
fn hostile() -> Vec<fn([u8; 2]) -> Vec<u8>> {
    fn framed(number: [u8; 2], rest: &[u8]) -> Vec<u8> {
        let mut frame = vec![number[0], number[1], 0, 0, 0, rest.len() as u8];
        frame.extend(rest);
        frame
    }
    vec![
        |n| framed(n, &[1, 3, 2, 0, 7]),
        |n| framed(n, &[1, 3, 6, 0, 7, 0, 8, 0, 9]),
        |n| framed(n, &[1, 3, 4, 0, 7]),
        |n| framed(n, &[1, 3, 3, 0, 7, 0]),
        |n| framed(n, &[1, 4, 4, 0, 7, 0, 8]),
        |n| framed(n, &[2, 3, 4, 0, 7, 0, 8]),
        |n| framed([n[0], n[1].wrapping_add(1)], &[1, 3, 4, 0, 7, 0, 8]),
        |n| framed(n, &[1, 0x83]),
        |n| framed(n, &[1, 0x83, 0x55]),
        |n| framed(n, &[1, 0xFF, 1]),
        |n| framed(n, &[1, 0x2B, 0x0E, 1, 1, 0, 0, 255]),
        |n| framed(n, &[1, 0x10, 0, 0, 0, 2]),
        |n| framed(n, &[1]),
        |n| framed(n, &[]),
        |n| vec![n[0], n[1], 0, 0, 0xFF, 0xFF, 1, 3],
        |_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        |_| vec![0xFF; 4096],
        |_| Vec::new(),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_answers_are_counted_and_survived() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let answers = hostile();
    let count = answers.len();
    tokio::spawn(async move {
        let mut turn = 0;
        loop {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut request = [0; 12];
            while stream.read_exact(&mut request).await.is_ok() {
                let number = [request[0], request[1]];
                let answer = match answers.get(turn) {
                    Some(answer) => answer(number),
                    None => vec![number[0], number[1], 0, 0, 0, 7, 1, 3, 4, 0, 7, 0, 8],
                };
                turn += 1;
                if stream.write_all(&answer).await.is_err() {
                    break;
                }
            }
        }
    });
    let map = Map {
        timing: Timing { timeout_ms: 150, retries: 0, ..Timing::default() },
        points: vec![Point { kind: Kind::U32, ..Point::new("p", Table::Holding, 0) }],
        ..Map::default()
    };
    let (driver, mut queue) = started(asked(&format!("tcp://{address}"), Language::ModbusTcp, map));
    let wanted = BTreeMap::from([("p".to_owned(), Milli((7 * 65_536 + 8) * 1000))]);
    let mut errors: BTreeMap<&str, u64> = BTreeMap::new();
    loop {
        match next(&mut queue).await {
            Message::Arrival(arrival) => {
                assert_eq!((arrival.device, arrival.readings.len()), (DEVICE, 1));
                assert_eq!(arrival.readings[0].value, Ok(wanted["p"]));
                break;
            }
            Message::Link { event: LinkEvent::Errors { kind, count }, .. } => {
                *errors.entry(kind).or_default() += count;
            }
            _ => {}
        }
    }
    let status = driver.status();
    assert!(status.problems.is_empty(), "{:?}", status.problems);
    drop(driver);
    while let Some(message) = queue.recv().await {
        if let Message::Link { event: LinkEvent::Errors { kind, count }, .. } = message {
            *errors.entry(kind).or_default() += count;
        }
    }
    let told: u64 = errors.values().sum();
    assert!(told >= count as u64, "{errors:?}");
    for kind in ["modbus.wrong_answer", "modbus.garbled", "modbus.timeout", "modbus.exception_other"] {
        assert!(errors.contains_key(kind), "{errors:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_for_is_taken_when_the_driver_is_stopped() {
    let peer = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("tcp://{}", peer.local_addr().expect("bound"));
    let points = vec![Point::new("a", Table::Holding, 0)];
    let map = Map { points, timing: timing(10_000), ..Map::default() };
    let (driver, mut queue) = started(asked(&endpoint, Language::ModbusTcp, map));
    let (mut stream, _) = peer.accept().await.expect("the driver");
    let mut request = [0; 12];
    stream.read_exact(&mut request).await.expect("a request");
    driver.stop();
    let answer = [request[0], request[1], 0, 0, 0, 5, 1, 3, 2, 0, 42];
    stream.write_all(&answer).await.expect("answered");
    driver.stopped().await;
    let value = loop {
        if let Message::Arrival(arrival) = next(&mut queue).await {
            break arrival.readings[0].value;
        }
    };
    assert_eq!(value, Ok(Milli(42_000)));
}
