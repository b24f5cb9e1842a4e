use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn check(bytes: &[u8], expected: Expect) {
    let shown: Vec<String> = Decoder::new().push(bytes).into_iter().map(show).collect();
    expected.assert_eq(&shown.join("\n"));
}

fn show(event: Event) -> String {
    match event {
        Event::Fault(fault) => format!("{fault:?}"),
        Event::Frame(frame) => {
            let values: Vec<String> = frame
                .values
                .iter()
                .map(|(code, value)| match value {
                    Ok(value) => format!("{code} {value}"),
                    Err(fault) => format!("{code} {fault:?}"),
                })
                .collect();
            format!(
                "{} #{:?} @{:?}: {}",
                frame.device,
                frame.sequence,
                frame.device_at.map(|at| at.0),
                values.join(", ")
            )
        }
    }
}

fn sealed(body: &str) -> Vec<u8> {
    format!("${body}*{:04X}\r\n", crc16(body.as_bytes())).into_bytes()
}

fn good() -> Vec<u8> {
    sealed("QMT,CHAIN-1,7,1795360547000,T01=19.8")
}

#[test]
fn the_checksum_is_the_published_one() {
    assert_eq!(crc16(b"123456789"), 0x4B37);
}

#[test]
fn a_frame_is_read() {
    check(
        &sealed("QMT,CHAIN-1,1042,1795360547000,T01=19.8;T02=-4.25;T03=ERR;T04=-;T05=1e3;T06=73.96732207"),
        expect![
            "CHAIN-1 #Some(1042) @Some(1795360547000): T01 19.8, T02 -4.25, T03 SensorFault, T04 NotANumber, T05 NotANumber, T06 73.967"
        ],
    );
    check(&sealed("QMT,a,,,x=1"), expect!["a #None @None: x 1"]);
}

#[test]
fn what_is_no_frame_is_named() {
    check(b"$QMT,a,1,1,x=1*0000\r\n", expect!["BadChecksum"]);
    check(
        b"$QMT,a,1,1,x=1\r\n$\n",
        expect![[r#"
        BadSyntax
        BadSyntax"#]],
    );
    for body in [
        "QMX,a,1,1,x=1",
        "QMT,a,1,1",
        "QMT,,1,1,x=1",
        "QMT,a,one,1,x=1",
        "QMT,a,1,1,x",
        "QMT,a,1,1,x=1;",
        "QMT,a b,1,1,x=1",
    ] {
        check(&sealed(body), expect!["BadSyntax"]);
    }
    check(
        &[b"hello\r\n".as_slice(), &[0, 0xff], b"\r\n\r\n"].concat(),
        expect![[r#"
        Garbage { bytes: 5 }
        Garbage { bytes: 2 }"#]],
    );
}

#[test]
fn the_next_good_frame_is_found() {
    let cut = &good()[..20];
    let long = [b"$".as_slice(), &[b'x'; FRAME_BYTES_MAX + 10]].concat();
    let noise = [0u8, 159, 146, 150];
    for broken in [cut, &long, &noise, b"$$$", b"\r\n\r\n", b"$QMT,CHAIN-1,7,\xff99,T0"] {
        let events = Decoder::new().push(&[broken, &good()].concat());
        assert!(
            matches!(events.last(), Some(Event::Frame(frame)) if frame.device == "CHAIN-1"),
            "{broken:?}: {events:?}"
        );
    }
}

#[test]
fn what_cannot_be_read_back_is_not_written() {
    let frame = Frame::single("CHAIN-1", "T01", 1, Timestamp(0), Milli(1));
    assert_eq!(encode(&Frame { device: "a,b".into(), ..frame.clone() }), Err(NotEncodable::Name));
    assert_eq!(encode(&Frame { values: vec![], ..frame.clone() }), Err(NotEncodable::Empty));
    let many = (0..200).map(|n| (format!("T{n}"), Ok(Milli(-12_345)))).collect();
    assert_eq!(encode(&Frame { values: many, ..frame }), Err(NotEncodable::TooLong));
}

fn any_frame() -> impl Strategy<Value = Frame> {
    let name = "[A-Za-z0-9_.-]{1,12}";
    let value = prop_oneof![
        8 => (-1_000_000_000i64..1_000_000_000).prop_map(|value| Ok(Milli(value))),
        1 => Just(Err(RawFault::SensorFault)),
        1 => Just(Err(RawFault::NotANumber)),
    ];
    (name, any::<Option<i64>>(), any::<Option<i64>>(), prop::collection::vec((name, value), 1..12)).prop_map(
        |(device, sequence, at, values)| Frame { device, sequence, device_at: at.map(Timestamp), values },
    )
}

/// Cuts bytes at pseudo-random places.
fn in_pieces(bytes: &[u8], cuts: &[usize]) -> Vec<Event> {
    let mut decoder = Decoder::new();
    let (mut rest, mut events) = (bytes, vec![]);
    for cut in cuts.iter().cycle().take(bytes.len()) {
        let (piece, after) = rest.split_at((*cut).min(rest.len()));
        events.extend(decoder.push(piece));
        rest = after;
    }
    events.extend(decoder.push(rest));
    events
}

proptest! {
    #[test]
    fn what_was_written_is_read(frames in prop::collection::vec(any_frame(), 1..6), cuts in prop::collection::vec(0usize..40, 1..8)) {
        let bytes: Vec<u8> = frames.iter().flat_map(|frame| encode(frame).expect("short names")).collect();
        let expected: Vec<Event> = frames.into_iter().map(Event::Frame).collect();
        prop_assert_eq!(in_pieces(&bytes, &cuts), expected);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..3000), cuts in prop::collection::vec(0usize..40, 1..8)) {
        let mut decoder = Decoder::new();
        let events = decoder.push(&bytes);
        prop_assert_eq!(in_pieces(&bytes, &cuts), events);
        prop_assert!(decoder.line.as_ref().is_none_or(|line| line.len() <= FRAME_BYTES_MAX));
        let after = decoder.push(&good());
        prop_assert!(matches!(after.last(), Some(Event::Frame(_))));
    }

    #[test]
    fn damaged_frames_are_never_believed(frame in any_frame(), at in any::<prop::sample::Index>(), bit in 0u8..7) {
        let mut bytes = encode(&frame).expect("short names");
        let at = at.index(bytes.len() - 2);
        bytes[at] ^= 1 << bit;
        // The letter case of the checksum's own digits means nothing.
        let same = bytes.eq_ignore_ascii_case(&encode(&frame).expect("short names")) && at >= bytes.len() - 6;
        for event in Decoder::new().push(&bytes) {
            prop_assert!(same || !matches!(event, Event::Frame(_)), "{event:?}");
        }
    }
}
