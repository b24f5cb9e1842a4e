//! The broker and the publisher against each other, over real connections.

use super::*;

/// A subscriber by hand, which acknowledges when it is told to.
struct Reader(Packets);

impl Reader {
    fn new(broker: &Broker, client: &str, filter: &str) -> (Self, bool) {
        let stream = TcpStream::connect(broker.address).expect("connected");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let mut packets = Packets::new(stream).expect("cloned");
        let connect = Connect { clean_session: false, ..Connect::new(client) };
        packets.send(&Packet::Connect(connect)).expect("sent");
        let Packet::ConnAck(ack) = packets.next().expect("answered") else { panic!("no CONNACK") };
        assert_eq!(ack.code, ConnectReturnCode::Success);
        if !ack.session_present {
            let mut subscribe = mqttbytes::v4::Subscribe::new(filter, QoS::AtLeastOnce);
            subscribe.pkid = 1;
            packets.send(&Packet::Subscribe(subscribe)).expect("sent");
            assert!(matches!(packets.next().expect("answered"), Packet::SubAck(_)));
        }
        (Self(packets), ack.session_present)
    }

    fn next(&mut self) -> Publish {
        match self.0.next().expect("a packet") {
            Packet::Publish(publish) => publish,
            other => panic!("{other:?}"),
        }
    }

    fn acknowledge(&self, publish: &Publish) {
        self.0.send(&Packet::PubAck(PubAck::new(publish.pkid))).expect("sent");
    }
}

fn texts(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|n| n.to_string()).collect()
}

#[test]
fn messages_come_in_order_and_again_until_they_are_acknowledged() {
    let broker = Broker::start("127.0.0.1:0").expect("a port");
    let (mut reader, present) = Reader::new(&broker, "r", "site/+/power");
    assert!(!present);
    let mut publisher = Publisher::connect(broker.endpoint(), "p").expect("connected");
    publisher.publish("site/a/other", b"not for it").expect("sent");
    for n in texts(0..50) {
        publisher.publish("site/a/power", n.as_bytes()).expect("sent");
    }
    publisher.flush().expect("acknowledged");
    assert_eq!(publisher.acknowledged(), 51);
    let first: Vec<Publish> = (0..INFLIGHT_MAX).map(|_| reader.next()).collect();
    for publish in &first[..5] {
        reader.acknowledge(publish);
    }
    // So many acknowledgements were taken as new messages come.
    for n in texts(20..25) {
        assert_eq!(reader.next().payload, n);
    }
    drop(reader);
    // It comes back and gets what it did not acknowledge, marked, then the rest.
    let (mut reader, present) = Reader::new(&broker, "r", "unused");
    assert!(present);
    let mut seen = Vec::new();
    while seen.len() < 45 {
        let publish = reader.next();
        assert_eq!(publish.dup, seen.len() < 20, "{seen:?}");
        reader.acknowledge(&publish);
        seen.push(String::from_utf8_lossy(&publish.payload).into_owned());
    }
    assert_eq!(seen, texts(5..50));
    assert_eq!((broker.drain(PATIENCE), broker.refused()), (0, 0));
}

#[test]
fn a_broker_that_vanishes_is_found_again_and_nothing_is_lost() {
    let broker = Broker::start("127.0.0.1:0").expect("a port");
    let (reader, _) = Reader::new(&broker, "r", "#");
    let mut publisher = Publisher::connect(broker.endpoint(), "p").expect("connected");
    publisher.publish("a", b"1").expect("sent");
    publisher.flush().expect("acknowledged");
    broker.unplug();
    drop(reader);
    let failed = (0..3).any(|_| publisher.publish("a", b"2").is_err());
    assert!(failed, "nobody is there");
    broker.replug().expect("the same port");
    publisher.flush().expect("acknowledged");
    let (mut reader, present) = Reader::new(&broker, "r", "#");
    assert!(present);
    assert_eq!(reader.next().payload, "1");
    assert_eq!(reader.next().payload, "2");
}

#[test]
fn what_is_no_client_is_sent_away() {
    assert!(Broker::start("0.0.0.0:0").expect_err("not on loopback").message.contains("127.0.0.1"));
    let broker = Broker::start("127.0.0.1:0").expect("a port");
    let request = [b"GET / HTTP/1.1\r\nhost: ".as_slice(), &[b'x'; 80], b"\r\n\r\n"].concat();
    for bytes in [request.as_slice(), &[0x30, 0xFF, 0xFF, 0xFF, 0x7F], &[0xC0, 0x00]] {
        let mut stream = TcpStream::connect(broker.address).expect("connected");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        stream.write_all(bytes).expect("written");
        // Closed, in order or with a reset.
        assert!(matches!(stream.read(&mut [0; 8]), Ok(0) | Err(_)), "{bytes:?}");
    }
}
