//! The driver and web servers that answer well, badly, endlessly and not at all; and one of Python's own library, with TLS.

use super::*;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

struct Server(TcpListener);

impl Server {
    async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    fn url(&self) -> String {
        format!("http://{}/values.json", self.0.local_addr().expect("bound"))
    }

    /// Waits to be asked; the question is read.
    async fn asked(&self) -> TcpStream {
        let (mut peer, _) =
            tokio::time::timeout(PATIENCE, self.0.accept()).await.expect("in time").expect("a peer");
        let mut question = vec![];
        let mut piece = [0; 512];
        while !question.ends_with(b"\r\n\r\n") {
            let count = peer.read(&mut piece).await.expect("a question");
            assert!(count > 0, "a whole question");
            question.extend_from_slice(&piece[..count]);
        }
        assert!(question.starts_with(b"GET /values.json HTTP/1.1\r\n"), "{question:?}");
        peer
    }

    async fn answer(&self, status: &str, more: &str, body: &str) {
        let mut peer = self.asked().await;
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{more}\r\n{body}",
            body.len()
        );
        peer.write_all(answer.as_bytes()).await.expect("written");
    }
}

fn spawn(url: &str) -> (ingest::Driver, Receiver<Message>) {
    let (sender, queue) = ingest::queue();
    let source = Source { every: Duration::from_millis(60), ..source(url) };
    (ingest::spawn(&Handle::current(), source, clock(), sender, 1), queue)
}

async fn reason(queue: &mut Receiver<Message>) -> String {
    let told = until(queue, |event| matches!(event, LinkEvent::Lost { .. })).await;
    match told.into_iter().next_back() {
        Some(Message::Link { event: LinkEvent::Lost { reason }, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_controller_is_asked_again_and_again() {
    let server = Server::new().await;
    let (driver, mut queue) = spawn(&server.url());
    for n in 0..5 {
        let body = format!(
            r#"{{"rooms":[{{"id":"A","temp":-18.4,"door":{n}}}],"ts":{}}}"#,
            1_795_360_547_000_i64 + n
        );
        server.answer("200 OK", "", &body).await;
    }
    let mut came = vec![];
    while came.len() < 10 {
        if let Message::Arrival(arrival) = next(&mut queue).await {
            came.extend(
                arrival.readings.into_iter().map(|r| (r.code, r.value.expect("a number"), r.device_at)),
            );
        }
    }
    let at = |n: i64| Some(Timestamp(1_795_360_547_000 + n));
    let expected: Vec<_> = (0..5)
        .flat_map(|n| {
            [("A/door".to_owned(), Milli(n * 1000), at(n)), ("A/temp".to_owned(), Milli(-18_400), at(n))]
        })
        .collect();
    came.sort();
    let mut expected = expected;
    expected.sort();
    assert_eq!(came, expected);
    let status = driver.status();
    assert!(status.connected && status.round_trip.is_some());
    assert_eq!((status.counters.frames, status.counters.readings, status.counters.bad_frames), (5, 10, 0));
    driver.stopped().await;
}

#[tokio::test]
async fn what_is_no_answer_is_said_and_asked_again() {
    let server = Server::new().await;
    let (driver, mut queue) = spawn(&server.url());
    server.answer("500 Internal Server Error", "", "out of paper").await;
    let said = reason(&mut queue).await;
    assert!(said.contains("500") && said.contains("/values.json"), "{said}");
    assert!(String::from_utf8_lossy(&driver.status().tail).contains("500 out of paper"));
    server.answer("302 Found", "location: http://elsewhere.example/x\r\n", "").await;
    let said = reason(&mut queue).await;
    assert!(said.contains("http://elsewhere.example/x"), "{said}");
    server.answer("200 OK", "", "<html>").await;
    assert!(reason(&mut queue).await.contains("neither JSON nor a number"));
    // A body without an end.
    let mut peer = server.asked().await;
    let endless = tokio::spawn(async move {
        let _ = peer.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
        while peer.write_all(&[b'1'; 4096]).await.is_ok() {}
    });
    let said = reason(&mut queue).await;
    assert!(said.contains("longer than 128 KB"), "{said}");
    endless.await.expect("closed");
    // A head that never comes.
    let hung = server.asked().await;
    let said = reason(&mut queue).await;
    assert!(said.contains("Asking") && said.contains("well") || said.contains("time"), "{said}");
    drop(hung);
    server.answer("200 OK", "", "21.5").await;
    let told = until(&mut queue, |event| *event == LinkEvent::Opened).await;
    assert!(told.len() <= 3, "{told:?}");
    assert_eq!(driver.status().counters.bad_frames, 4);
    driver.stopped().await;
}

#[tokio::test]
async fn nobody_asks_while_the_queue_is_full() {
    let server = Server::new().await;
    let (sender, mut queue) = tokio::sync::mpsc::channel(1);
    let source = Source { every: Duration::from_millis(60), ..source(&server.url()) };
    let driver = ingest::spawn(&Handle::current(), source, clock(), sender, 1);
    server.answer("200 OK", "", "1").await;
    becomes(|| driver.status().counters.frames == 1).await;
    // Opened fills the queue, the reading waits: no second question.
    assert!(tokio::time::timeout(Duration::from_millis(500), server.0.accept()).await.is_err());
    assert!(matches!(next(&mut queue).await, Message::Link { event: LinkEvent::Opened, .. }));
    assert!(matches!(next(&mut queue).await, Message::Arrival(_)));
    server.answer("200 OK", "", "2").await;
    assert_eq!(driver.status().counters.shed, 0);
    driver.stopped().await;
}

fn tls(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls").join(name)
}

fn pem(name: &str) -> String {
    std::fs::read_to_string(tls(name)).expect("a certificate or key of the tests")
}

fn ask(source: Source) -> (ingest::Driver, Receiver<Message>) {
    let (sender, queue) = ingest::queue();
    (ingest::spawn(&Handle::current(), source, clock(), sender, 1), queue)
}

/// How a line is first: open, or lost and why.
async fn begins(source: Source) -> Result<(), String> {
    let (driver, mut queue) = ask(source);
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

/// The value of the next reading of that name.
async fn value(queue: &mut Receiver<Message>, code: &str) -> Milli {
    loop {
        if let Message::Arrival(arrival) = next(queue).await
            && let Some(reading) = arrival.readings.into_iter().find(|reading| reading.code == code)
        {
            return reading.value.expect("a number");
        }
    }
}

/// A web server of Python's with TLS, at its port; it goes with this.
async fn web_server(more: &[&str]) -> Option<(tokio::process::Child, String)> {
    let (python, _) = testkit::python()?;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/http/web.py");
    let mut child = tokio::process::Command::new(python)
        .arg(script)
        .args([tls("broker.pem"), tls("broker.key")])
        .args(more.iter().map(|name| tls(name)))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("python starts");
    let output = child.stdout.take().expect("its output");
    let mut lines = tokio::io::BufReader::new(output).lines();
    let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("in time");
    let line = line.expect("text").expect("the server is ready");
    let port = line.strip_prefix("ready ").expect("a port").to_owned();
    Some((child, port))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_server_with_tls_is_asked() {
    let Some((server, port)) = web_server(&[]).await else { return };
    let at = |host: &str, path: &str| {
        let mut source = source(&format!("https://{host}:{port}/{path}"));
        source.every = Duration::from_millis(60);
        source.setup.access.user = Some("reader".to_owned());
        source.setup.access.ca = Some(pem("ca.pem"));
        source.secret = Some("hunter2".to_owned());
        source
    };
    let (driver, mut queue) = ask(at("localhost", "values.json"));
    assert_eq!(value(&mut queue, "A/temp").await, Milli(-18_400));
    // Asked again and again, each time for what is there now.
    let first = value(&mut queue, "asked").await;
    let second = value(&mut queue, "asked").await;
    assert!(second > first, "{first:?} {second:?}");
    let status = driver.status();
    assert!(status.connected && status.counters.bad_frames == 0, "{status:?}");
    driver.stopped().await;
    let (driver, mut queue) = ask(at("127.0.0.1", "metrics"));
    assert_eq!(value(&mut queue, r#"t{room="A"}"#).await, Milli(4_200));
    driver.stopped().await;

    let mut wrong = at("localhost", "values.json");
    wrong.setup.access.ca = Some(pem("other.pem"));
    let said = begins(wrong).await.expect_err("another authority");
    assert!(said.contains("/values.json") && said.contains("not signed by one that is trusted"), "{said}");
    assert!(said.contains("Give the device the authority's certificate"), "{said}");
    let mut wrong = at("localhost", "values.json");
    wrong.setup.access.ca = None;
    let said = begins(wrong).await.expect_err("the system does not know it");
    assert!(said.contains("certificate"), "{said}");
    let mut wrong = at("localhost", "values.json");
    wrong.secret = Some("hunter3".to_owned());
    let said = begins(wrong).await.expect_err("a wrong password");
    assert!(said.contains("401") && !said.contains("hunter"), "{said}");
    // The port is for TLS, and this one is not.
    let mut wrong = at("localhost", "values.json");
    wrong.endpoint = Endpoint::parse(&format!("http://localhost:{port}/values.json"), 0).expect("an address");
    assert!(begins(wrong).await.is_err());
    drop(server);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_web_server_that_asks_for_our_certificate() {
    let Some((server, port)) = web_server(&["ca.pem"]).await else { return };
    let mut source = source(&format!("https://localhost:{port}/values.json"));
    source.setup.access.user = Some("reader".to_owned());
    source.setup.access.ca = Some(pem("ca.pem"));
    source.secret = Some("hunter2".to_owned());
    let said = begins(source.clone()).await.expect_err("no certificate");
    assert!(said.contains("certificate") || said.contains("closed"), "{said}");
    source.setup.access.certificate = Some(pem("client.pem"));
    source.secret = Some(format!("hunter2\n{}", pem("client.key")));
    assert_eq!(begins(source).await, Ok(()));
    drop(server);
}
