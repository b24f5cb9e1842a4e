//! The driver and web servers that answer well, badly, endlessly and not at all.

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
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
