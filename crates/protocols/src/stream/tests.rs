use super::*;

fn setup(json: &str) -> Setup {
    Setup::parse(json).expect("a setup")
}

#[test]
fn a_person_sees_what_a_setup_makes_of_bytes() {
    let tried = try_out(
        &setup(r#"{"language":"pattern","pattern":{"ready":"sics"}}"#),
        b"S S 1.5 g\r\nnoise\r\nS S 2",
    )
    .unwrap();
    let shown: Vec<(usize, usize, bool)> =
        tried.iter().map(|t| (t.from, t.to, matches!(t.event, Event::Said(_)))).collect();
    assert_eq!(shown, [(0, 10, true), (10, 17, false)]);
    assert!(try_out(&Setup { language: Language::Json, ..Setup::default() }, b"").is_err());
}

#[test]
fn a_setup_that_can_not_work_is_refused_when_it_is_saved() {
    assert!(Setup::parse(r#"{"language":"pattern"}"#).unwrap_err().contains("'read'"));
    assert!(Setup::parse(r#"{"language":"scanner","scanner":{"prefix":"\\q"}}"#).is_err());
    assert!(Setup::parse(r#"{"serial":{"data_bits":9}}"#).is_err());
    let text = r#"{"language":"nmea","serial":{"parity":"even"},"nmea":{"vehicle":"V1"}}"#;
    assert_eq!(setup(text).text(), text);
}

#[test]
fn escapes_are_read() {
    assert_eq!(unescape("\\x02a\\r\\n\\t\\0\\\\é").unwrap(), b"\x02a\r\n\t\0\\\xc3\xa9");
    for wrong in ["\\", "\\q", "\\x1", "\\xzz"] {
        assert!(unescape(wrong).is_err(), "{wrong}");
    }
    assert!(unescape(&"a".repeat(65)).is_err());
}

#[test]
fn our_own_line_is_one_of_them() {
    let bytes =
        line::encode(&line::Frame::single("C", "T", 1, units::Timestamp(2), units::Milli(3))).unwrap();
    let mut decoder = Decoder::new(&Setup::default()).unwrap();
    let events = decoder.push(&bytes);
    let [Event::Said(said)] = events.as_slice() else { panic!("one frame") };
    assert_eq!((said.name.as_str(), said.readings.len(), &said.scan), ("C", 1, &None));
}
