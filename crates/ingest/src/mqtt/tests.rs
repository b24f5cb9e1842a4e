use super::*;
use tokio::io::duplex;

/// A link whose other end is in our hand.
fn link(version: Version) -> (Link, tokio::io::DuplexStream) {
    let (near, far) = duplex(64 * 1024);
    (Link::new(version, Box::new(near)), far)
}

#[tokio::test]
async fn a_message_that_drips_is_given_up() {
    let (mut link, mut far) = link(Version::V5);
    let begun = Instant::now();
    for byte in *b"\x30\x7f\0\0\0" {
        far.write_all(&[byte]).await.unwrap();
        link.fill().await.unwrap();
        assert!(matches!(link.next(), Ok(None)));
    }
    assert!(!link.drips(begun + PACKET_TIME_MAX));
    assert!(link.drips(Instant::now() + PACKET_TIME_MAX + Duration::from_secs(1)));
    // What comes whole is never late.
    let (mut link, mut far) = super::tests::link(Version::V5);
    far.write_all(b"\xd0\x00").await.unwrap();
    link.fill().await.unwrap();
    assert!(matches!(link.next(), Ok(Some(Came::Packet(Packet::Other)))));
    assert!(!link.drips(begun + 100 * PACKET_TIME_MAX));
}

#[tokio::test]
async fn aliases_stand_for_topics() {
    let (mut link, _far) = link(Version::V5);
    let publish = |topic: &str, alias| Publish {
        qos: 0,
        dup: false,
        retain: false,
        packet: 0,
        topic: topic.to_owned(),
        alias,
        payload: bytes::Bytes::new(),
    };
    assert_eq!(link.topic(&publish("a/b", Some(3))).as_deref(), Ok("a/b"));
    assert_eq!(link.topic(&publish("", Some(3))).as_deref(), Ok("a/b"));
    assert_eq!(link.topic(&publish("c", Some(3))).as_deref(), Ok("c"));
    assert_eq!(link.topic(&publish("", Some(3))).as_deref(), Ok("c"));
    for (topic, alias) in [("", None), ("", Some(4)), ("a", Some(0)), ("a", Some(TOPIC_ALIASES_MAX + 1))] {
        assert!(link.topic(&publish(topic, alias)).is_err(), "{topic} {alias:?}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_skipped_in_both_versions() {
    for version in [Version::V4, Version::V5] {
        let (mut link, mut far) = link(version);
        let rest = PACKET_BYTES_MAX + 100;
        let lengths = [rest & 0x7F | 0x80, rest >> 7 & 0x7F | 0x80, rest >> 14].map(|part| part as u8);
        let sending = tokio::spawn(async move {
            far.write_all(&[0x32]).await.unwrap();
            far.write_all(&lengths).await.unwrap();
            far.write_all(b"\0\x03a/b\0\x07").await.unwrap();
            far.write_all(&vec![b'1'; rest - 7]).await.unwrap();
            far.write_all(b"\xd0\x00").await.unwrap();
            far
        });
        let skip = loop {
            match link.next().unwrap() {
                Some(Came::TooLarge(skip)) => break skip,
                Some(Came::Packet(packet)) => panic!("{packet:?}"),
                None => link.fill().await.unwrap(),
            }
            assert!(link.incoming.len() <= 2 * READ_BYTES.max(64 * 1024));
        };
        assert_eq!((skip.topic.as_str(), skip.packet, skip.bytes), ("a/b", 7, rest));
        let _far = sending.await.unwrap();
        while link.incoming.len() < 2 {
            link.fill().await.unwrap();
        }
        assert!(matches!(link.next(), Ok(Some(Came::Packet(Packet::Other)))));
    }
}
