//! A broker that lies, floods, drips and hangs up; and a healthy device beside it, which must not notice.

use super::*;
use protocols::setup::MqttVersion;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;

/// What a broker may do once we are let in and have one good message; all of it ends the connection.
fn lies(version: MqttVersion) -> Vec<(&'static str, Vec<u8>)> {
    let five = version == MqttVersion::V5;
    // A message with quality of service 0 on `a`, whose properties and payload are given.
    let mut lies: Vec<(&'static str, Vec<u8>)> = vec![
        ("no packet at all", b"\xff\xff\xff\xff\xff\xff".to_vec()),
        ("text", b"HTTP/1.1 200 OK\r\n\r\nhello".to_vec()),
        ("quality of service 3", b"\x36\x05\0\x01a\0\x01".to_vec()),
        ("quality of service 2", b"\x34\x05\0\x01a\0\x01".to_vec()),
        ("message number 0", b"\x32\x07\0\x01a\0\0\0\0".to_vec()),
        ("a topic beyond the packet", b"\x30\x04\xff\xffab".to_vec()),
        ("a topic that is no text", b"\x30\x06\0\x02\xff\xfe\0\0".to_vec()),
        ("an empty message", b"\x30\0".to_vec()),
        ("too large, and no message", b"\x90\xff\xff\xff\x7f\0\x01".to_vec()),
        ("a length that does not end", b"\x30\xff\xff\xff\xff\x01".to_vec()),
        ("it subscribes to us", b"\x82\x06\0\x01\0\x01a\0".to_vec()),
        ("it connects to us", b"\x10\x02\0\0".to_vec()),
        ("it leaves in the middle", b"\x30\x7f\0\x01a".to_vec()),
        (
            "it leaves in the middle of a long one",
            [b"\x32\xff\xff\xff\x7f\0\x01a\0\x05".as_slice(), &[0; 50_000]].concat(),
        ),
    ];
    if five {
        lies.push(("properties beyond the packet", b"\x30\x05\0\x01a\x7f\x01".to_vec()));
        lies.push(("a property that is none", b"\x30\x06\0\x01a\x02\x63\0".to_vec()));
        lies.push(("a topic alias that stands for nothing", b"\x30\x06\0\0\x03\x23\0\x07".to_vec()));
        lies.push(("a topic alias beyond what was agreed", b"\x30\x07\0\x01a\x03\x23\xff\xff".to_vec()));
        lies.push(("it says that it is full", b"\xe0\x01\x97".to_vec()));
    }
    lies
}

async fn heard(peer: &mut TcpStream, bytes: usize) {
    let mut heard = vec![0; bytes];
    peer.read_exact(&mut heard).await.expect("it speaks");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rogue_broker_harms_nobody() {
    for version in [MqttVersion::V311, MqttVersion::V5] {
        let rogue = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let healthy = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let (sender, mut queue) = ingest::queue();
        let mut device = source(&format!("mqtt://{}/#", rogue.local_addr().expect("bound")));
        device.setup.mqtt.version = version;
        let driver = ingest::spawn(&Handle::current(), device, clock(), sender.clone(), 1);
        let mut other = source(&format!("tcp://{}", healthy.local_addr().expect("bound")));
        other.device = DeviceId(8);
        let beside = ingest::spawn(&Handle::current(), other, clock(), sender, 2);
        let (mut line, _) =
            tokio::time::timeout(PATIENCE, healthy.accept()).await.expect("in time").expect("a line");
        for (round, (what, lie)) in lies(version).into_iter().enumerate() {
            let accepted = tokio::time::timeout(PATIENCE, rogue.accept()).await;
            let (mut peer, _) =
                accepted.unwrap_or_else(|_| panic!("after {what} it comes back")).expect("a peer");
            heard(&mut peer, 9).await;
            // Let in, subscribed, and a message that makes the next wait short again.
            let good: &[u8] = match version {
                MqttVersion::V5 => b"\x20\x03\0\0\0\x90\x04\0\x01\0\x01\x30\x05\0\x01a\x001",
                _ => b"\x20\x02\0\0\x90\x03\0\x01\x01\x30\x04\0\x01a1",
            };
            peer.write_all(good).await.expect("written");
            peer.write_all(&lie).await.expect("written");
            line.write_all(&bytes(round as i64)).await.expect("written");
            // Where it only stops in the middle, it must hang up itself.
            let _ = peer.shutdown().await;
            let (mut lost, mut fine, mut read) = (None, false, false);
            while lost.is_none() || !fine || !read {
                match next(&mut queue).await {
                    Message::Link { device, event: LinkEvent::Lost { reason }, .. } => {
                        assert_eq!(device, DEVICE, "{what}: {reason}");
                        lost = Some(reason);
                    }
                    Message::Arrival(arrival) if arrival.device == DEVICE => read = true,
                    Message::Arrival(_) => fine = true,
                    Message::Receipt(receipt) => receipt.give(),
                    _ => {}
                }
            }
            assert!(lost.is_some_and(|reason| reason.ends_with('.') && reason.len() < 400), "{what}");
        }
        assert!(beside.status().connected && beside.status().counters.reconnects == 0);
        driver.stopped().await;
        beside.stopped().await;
    }
}

#[tokio::test]
async fn a_broker_that_drips_its_welcome_is_left() {
    let rogue = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let (sender, mut queue) = ingest::queue();
    let device = source(&format!("mqtt://{}/#", rogue.local_addr().expect("bound")));
    let driver = ingest::spawn(&Handle::current(), device, clock(), sender, 1);
    let (mut peer, _) =
        tokio::time::timeout(PATIENCE, rogue.accept()).await.expect("in time").expect("a peer");
    heard(&mut peer, 9).await;
    peer.write_all(b"\x20\x7f\0").await.expect("written");
    let told = until(&mut queue, |event| matches!(event, LinkEvent::Lost { .. })).await;
    let Some(Message::Link { event: LinkEvent::Lost { reason }, .. }) = told.last() else {
        panic!("not lost")
    };
    assert!(reason.contains("no answer in"), "{reason}");
    driver.stopped().await;
}
