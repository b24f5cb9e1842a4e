//! Real clients against the listener: stored before it is answered, bounded, and closed to whoever is not known.

use super::*;
use ingest::{Hooks, Listening, Token};
use protocols::setup::Setup;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Handle;

const TOKEN: &str = "f5b1c9a2e4";

struct House {
    hooks: Hooks,
    listening: Listening,
    driver: ingest::Driver,
    queue: Receiver<Message>,
}

async fn house(setup: &str, queue: (tokio::sync::mpsc::Sender<Message>, Receiver<Message>)) -> House {
    let hooks = Hooks::default();
    let listening = hooks.open("127.0.0.1:0", clock()).await.expect("a free port");
    let (sender, mut queue) = queue;
    let source = Source {
        hooks: hooks.clone(),
        token: Some(Token::of(TOKEN)),
        setup: Setup::parse(setup).expect("a setup"),
        ..source("listen://van-1")
    };
    let driver = ingest::spawn(&Handle::current(), source, clock(), sender, 1);
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    House { hooks, listening, driver, queue }
}

impl House {
    fn url(&self, rest: &str) -> String {
        format!("http://{}/{rest}", self.listening.address())
    }

    /// Posts in the background; the status, once it comes.
    fn post(&self, rest: &str, kind: &str, body: &str) -> tokio::task::JoinHandle<u16> {
        let (url, kind, body) = (self.url(rest), kind.to_owned(), body.to_owned());
        tokio::spawn(async move {
            let client = reqwest::Client::builder().no_proxy().build().expect("a client");
            let request = client.post(url).header("content-type", kind).body(body);
            request.send().await.expect("an answer").status().as_u16()
        })
    }

    /// What comes until its receipt, which is given.
    async fn stored(&mut self) -> Vec<String> {
        let mut seen = vec![];
        loop {
            match next(&mut self.queue).await {
                Message::Arrival(arrival) => {
                    seen.extend(
                        arrival
                            .readings
                            .into_iter()
                            .map(|r| format!("{} {:?}", r.code, r.value.map(|v| v.0))),
                    );
                }
                Message::Position { positions, .. } => {
                    seen.extend(
                        positions
                            .into_iter()
                            .map(|p| format!("[{} {} {}]", p.vehicle, p.place.lat_e7, p.place.lon_e7)),
                    );
                }
                Message::Receipt(receipt) => {
                    receipt.give();
                    return seen;
                }
                Message::Link { .. } | Message::Scan(_) => {}
            }
        }
    }
}

async fn status(answer: tokio::task::JoinHandle<u16>) -> u16 {
    tokio::time::timeout(PATIENCE, answer).await.expect("in time").expect("joined")
}

#[tokio::test]
async fn every_language_is_stored_and_then_answered() {
    let mut house = house("", ingest::queue()).await;
    for (path, kind, body, expected) in [
        (TOKEN, "application/json", r#"{"t":1.5}"#, vec!["t Ok(1500)"]),
        (&format!("{TOKEN}/x"), "text/csv", "sensor,t\nA,2\n", vec!["A/t Ok(2000)"]),
        (TOKEN, "text/plain", "t{a=\"b\"} 3\n", vec!["t{a=\"b\"} Ok(3000)"]),
        (
            TOKEN,
            "application/json",
            r#"{"location":{"coords":{"latitude":1,"longitude":2}},"device_id":"777"}"#,
            vec!["[777 10000000 20000000]"],
        ),
        (
            &format!("?id={TOKEN}&lat=1&lon=-2&batt=5"),
            "",
            "",
            vec!["batt Ok(5000)", "[van-1 10000000 -20000000]"],
        ),
        (TOKEN, "application/x-www-form-urlencoded", "id=9&lat=1&lon=2", vec!["[9 10000000 20000000]"]),
        (
            "",
            "application/json",
            &format!(r#"{{"location":{{"coords":{{"latitude":1,"longitude":2}}}},"device_id":"{TOKEN}"}}"#),
            vec!["[van-1 10000000 20000000]"],
        ),
    ] {
        let answer = house.post(path, kind, body);
        assert_eq!(house.stored().await, expected, "{body}");
        assert_eq!(status(answer).await, 200, "{body}");
    }
    let counters = house.driver.status().counters;
    assert_eq!((counters.frames, counters.acknowledged, counters.bad_frames), (7, 7, 0));
    assert!(!String::from_utf8_lossy(&house.driver.status().tail).contains(TOKEN));
    house.driver.stopped().await;
}

#[tokio::test]
async fn the_setup_names_the_vehicle_and_a_bearer_lets_in() {
    let mut house = house(r#"{"vehicle":"V-7"}"#, ingest::queue()).await;
    let url = house.url("?lat=1&lon=2&id=1");
    let answer = tokio::spawn(async move {
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        client.get(url).bearer_auth(TOKEN).send().await.expect("an answer").status().as_u16()
    });
    assert_eq!(house.stored().await, ["[V-7 10000000 20000000]"]);
    assert_eq!(status(answer).await, 200);
    house.driver.stopped().await;
}

#[tokio::test]
async fn what_is_not_stored_is_not_acknowledged() {
    let mut house = house("", ingest::queue()).await;
    let answer = house.post(TOKEN, "application/json", r#"{"t":1}"#);
    // It is read, and the writer dies before it is stored.
    let receipt = loop {
        if let Message::Receipt(receipt) = next(&mut house.queue).await {
            break receipt;
        }
    };
    assert!(!answer.is_finished());
    drop(receipt);
    drop(house.queue);
    house.driver.stopped().await;
    assert_eq!(status(answer).await, 503);
}

#[tokio::test]
async fn who_posts_while_the_queue_is_full_is_told_to_come_again() {
    let mut house = house("", tokio::sync::mpsc::channel(1)).await;
    let answers: Vec<_> = (0..40).map(|_| house.post(TOKEN, "application/json", r#"{"t":1}"#)).collect();
    // Nobody reads the queue: few are taken and wait, and the others hear at once that it is full.
    becomes(|| answers.iter().filter(|answer| answer.is_finished()).count() >= 20).await;
    assert!(house.driver.status().counters.frames <= 2);
    let all = async {
        let mut codes = vec![];
        for answer in answers {
            codes.push(status(answer).await);
        }
        codes
    };
    tokio::pin!(all);
    let mut stored = 0;
    let codes = loop {
        tokio::select! {
            codes = &mut all => break codes,
            message = house.queue.recv() => if let Some(Message::Receipt(receipt)) = message {
                stored += 1;
                receipt.give();
            },
        }
    };
    let count = |code: u16| codes.iter().filter(|found| **found == code).count();
    assert_eq!((count(200), count(200) + count(503)), (stored, 40), "{codes:?}");
    let counters = house.driver.status().counters;
    assert_eq!((counters.shed, counters.acknowledged), (0, stored as u64));
    house.driver.stopped().await;
}

#[tokio::test]
async fn strangers_and_nonsense_are_refused_and_noted() {
    let mut house = house("", ingest::queue()).await;
    assert_eq!(status(house.post("?id=tracker-9&lat=1&lon=2", "", "")).await, 401);
    assert_eq!(status(house.post("?id=tracker-9&lat=1&lon=2", "", "")).await, 401);
    assert_eq!(status(house.post("wrong-token-of-somebody", "text/csv", "a\n1\n")).await, 401);
    let heard = house.hooks.heard();
    let shown: Vec<(&str, u64)> = heard.iter().map(|heard| (heard.who.as_str(), heard.times)).collect();
    assert_eq!(shown, [("wron…", 1), ("tracker-9", 2)]);
    assert_eq!(status(house.post(TOKEN, "application/json", "<html>")).await, 400);
    assert_eq!(status(house.post(&format!("{TOKEN}?lat=91&lon=0&id=1"), "", "")).await, 400);
    assert_eq!(status(house.post(TOKEN, "text/csv", &"a".repeat(200_000))).await, 413);
    assert_eq!(house.driver.status().counters.bad_frames, 2);
    // Bytes that are no request, and a request that never ends, keep nobody else out.
    let mut noise = TcpStream::connect(house.listening.address()).await.expect("connected");
    noise.write_all(&[0xFF; 300]).await.expect("written");
    let mut answer = vec![];
    let _ = tokio::time::timeout(PATIENCE, noise.read_to_end(&mut answer)).await.expect("closed in time");
    let mut slow = TcpStream::connect(house.listening.address()).await.expect("connected");
    slow.write_all(b"POST / HTTP/1.1\r\nhost:").await.expect("written");
    let good = house.post(TOKEN, "application/json", r#"{"t":1}"#);
    assert_eq!(house.stored().await, ["t Ok(1000)"]);
    assert_eq!(status(good).await, 200);
    house.driver.stopped().await;
}

#[tokio::test]
async fn it_is_closed_until_it_is_opened_and_says_so() {
    let hooks = Hooks::default();
    let (sender, mut queue) = ingest::queue();
    let source = Source { hooks: hooks.clone(), token: Some(Token::of(TOKEN)), ..source("listen://van-1") };
    let driver = ingest::spawn(&Handle::current(), source.clone(), clock(), sender.clone(), 1);
    until(&mut queue, |event| matches!(event, LinkEvent::Lost { reason } if reason.contains("closed"))).await;
    assert!(hooks.open("nowhere", clock()).await.is_err());
    let listening = hooks.open("127.0.0.1:0", clock()).await.expect("a free port");
    until(&mut queue, |event| *event == LinkEvent::Opened).await;
    // The port is taken: a second one says so.
    let taken = hooks.open(&listening.address().to_string(), clock()).await.expect_err("taken");
    assert!(taken.to_string().contains(&listening.address().to_string()), "{taken}");
    drop(listening);
    until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. })).await;
    driver.stopped().await;
    let without = Source { token: None, ..source };
    let driver = ingest::spawn(&Handle::current(), without, clock(), sender, 1);
    until(&mut queue, |event| matches!(event, LinkEvent::Lost { reason } if reason.contains("token"))).await;
    driver.stopped().await;
}

#[test]
fn a_token_is_kept_as_its_hash() {
    let token = Token::of(TOKEN);
    assert_eq!(Token::from_hex(&token.hex()), Some(token));
    assert!(!token.hex().contains(TOKEN) && token.hex().len() == 64);
    for wrong in ["", "xyz", &"0".repeat(63), &"g".repeat(64)] {
        assert_eq!(Token::from_hex(wrong), None);
    }
}
