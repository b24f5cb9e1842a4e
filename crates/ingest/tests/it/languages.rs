//! Lines, datagrams and answers in the languages of the devices' setups.

use super::*;
use protocols::setup::Setup;
use std::io::Write;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::runtime::Handle;

fn spawn(endpoint: &str, setup: &str) -> (ingest::Driver, Receiver<Message>) {
    let (sender, queue) = ingest::queue();
    let setup = Setup::parse(setup).expect("a setup");
    let source = Source { setup, every: Duration::from_millis(60), ..source(endpoint) };
    (ingest::spawn(&Handle::current(), source, clock(), sender, 1), queue)
}

/// The next readings as text, so many of them.
async fn readings(queue: &mut Receiver<Message>, wanted: usize) -> Vec<String> {
    let mut seen = vec![];
    while seen.len() < wanted {
        if let Message::Arrival(arrival) = next(queue).await {
            seen.extend(arrival.readings.into_iter().map(|reading| {
                let value =
                    reading.value.map_or_else(|fault| format!("{fault:?}"), |value| value.to_string());
                format!("{} {value}", reading.code)
            }));
        }
    }
    seen
}

#[cfg(unix)]
fn pair() -> (serialport::TTYPort, serialport::TTYPort, String) {
    use serialport::SerialPort;
    let (near, far) = serialport::TTYPort::pair().expect("a pseudo-terminal");
    let path = far.name().expect("a path");
    (near, far, path)
}

#[cfg(unix)]
#[tokio::test]
async fn a_scale_on_a_serial_line_with_its_own_settings() {
    let (mut near, _far, path) = pair();
    let setup = r#"{"language":"pattern","pattern":{"ready":"sics"},"serial":{"data_bits":7,"parity":"even","stop_bits":2}}"#;
    let (driver, mut queue) = spawn(&path, setup);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    near.write_all(b"S D     99.97 g\r\nS S    100.00 g\r\nnoise\r\nS +\r\n").expect("written");
    assert_eq!(readings(&mut queue, 3).await, ["weight/moving 99.97", "weight 100", "weight SensorFault"]);
    let counters = driver.status().counters;
    assert_eq!((counters.frames, counters.bad_frames), (3, 1));
    driver.stopped().await;
}

#[cfg(unix)]
#[tokio::test]
async fn scans_are_events_and_not_readings() {
    let (mut near, _far, path) = pair();
    let (driver, mut queue) = spawn(&path, r#"{"language":"scanner"}"#);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    near.write_all(b"]C10109506000134352\x1d10AB-12\r\n4006381333931\r\n").expect("written");
    let mut codes = vec![];
    while codes.len() < 2 {
        match next(&mut queue).await {
            Message::Scan(scanned) => {
                assert_eq!((scanned.device, scanned.at), (DEVICE, Timestamp(42)));
                codes.push((scanned.scan.symbology, scanned.scan.text));
            }
            Message::Arrival(arrival) => panic!("{arrival:?}"),
            _ => {}
        }
    }
    assert_eq!(
        codes,
        [
            (Some("]C1".to_owned()), "0109506000134352\u{1d}10AB-12".to_owned()),
            (None, "4006381333931".to_owned())
        ]
    );
    driver.stopped().await;
}

#[tokio::test]
async fn sentences_in_datagrams_are_positions_and_channels() {
    // A port that was free a moment ago.
    let port = UdpSocket::bind("127.0.0.1:0").await.expect("bound").local_addr().expect("bound").port();
    let (driver, mut queue) =
        spawn(&format!("udp://:{port}"), r#"{"language":"nmea","nmea":{"vehicle":"V-1"}}"#);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    let sender = UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let body = protocols::nmea::seal("GPRMC,101112,A,4807.038,N,01131.000,E,022.4,084.4,221126,,");
    // Without its line end, and empty: a datagram ends what it began, and does not end the line.
    for datagram in [body.trim_end().as_bytes(), b""] {
        sender.send_to(datagram, ("127.0.0.1", port)).await.expect("sent");
    }
    assert_eq!(readings(&mut queue, 3).await, ["fix 1", "speed 41.485", "heading 84.4"]);
    let Message::Position { positions, .. } = next(&mut queue).await else { panic!("a position") };
    assert_eq!((positions[0].vehicle.as_str(), positions[0].place.lat_e7), ("V-1", 481_173_000));
    sender.send_to(body.as_bytes(), ("127.0.0.1", port)).await.expect("sent");
    assert_eq!(readings(&mut queue, 3).await.len(), 3);
    assert!(driver.status().connected);
    driver.stopped().await;
}

#[tokio::test]
async fn a_pattern_over_tcp_and_one_that_can_not_work() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("tcp://{}", listener.local_addr().expect("bound"));
    let setup = r#"{"language":"pattern","pattern":{"read":"{a};{b}"}}"#;
    let (driver, mut queue) = spawn(&endpoint, setup);
    let (mut peer, _) = listener.accept().await.expect("a peer");
    peer.write_all(b"1.5;2\r\n").await.expect("written");
    assert_eq!(readings(&mut queue, 2).await, ["a 1.5", "b 2"]);
    driver.stopped().await;
    let (sender, mut queue) = ingest::queue();
    let mut broken = source(&endpoint);
    broken.setup.language = protocols::setup::Language::Pattern;
    let driver = ingest::spawn(&Handle::current(), broken, clock(), sender, 1);
    until(&mut queue, |event| matches!(event, LinkEvent::Lost { reason } if reason.contains("pattern")))
        .await;
    driver.stopped().await;
}

#[tokio::test]
async fn tables_and_expositions_are_asked_for() {
    for (setup, kind, body, expected) in [
        ("", "text/csv", "sensor,temp\nA,4.2\n", "A/temp 4.2"),
        (r#"{"language":"csv"}"#, "text/plain", "temp;door\n4,5;1\n", "temp 4.5"),
        ("", "text/plain; version=0.0.4", "# TYPE t gauge\nt{room=\"A\"} 4.2\n", "t{room=\"A\"} 4.2"),
        (r#"{"language":"prometheus"}"#, "", "t 1\n", "t 1"),
        ("", "application/json", r#"{"t":1}"#, "t 1"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (driver, mut queue) =
            spawn(&format!("http://{}/v", listener.local_addr().expect("bound")), setup);
        let (mut peer, _) = listener.accept().await.expect("a peer");
        let mut question = vec![];
        while !question.ends_with(b"\r\n\r\n") {
            peer.read_buf(&mut question).await.expect("a question");
        }
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        peer.write_all(answer.as_bytes()).await.expect("written");
        assert_eq!(readings(&mut queue, 1).await[0], expected);
        driver.stopped().await;
    }
}
