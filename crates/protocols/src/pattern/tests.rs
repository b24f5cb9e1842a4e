use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn pattern(json: &str) -> Pattern {
    serde_json::from_str(json).expect("a pattern")
}

fn ready(name: &str) -> Pattern {
    Pattern { ready: name.to_owned(), ..Pattern::default() }
}

fn show(event: Event) -> String {
    let said = match event {
        Event::Fault(fault) => return format!("{fault:?}"),
        Event::Said(said) => said,
    };
    let reading = |r: RawReading| {
        let value = r.value.map_or_else(|fault| format!("{fault:?}"), |value| value.to_string());
        let at = r.device_at.map(|at| format!(" @{at}")).unwrap_or_default();
        let sequence = r.sequence.map(|n| format!(" #{n}")).unwrap_or_default();
        format!("{} {value}{at}{sequence}", r.code)
    };
    said.readings.into_iter().map(reading).collect::<Vec<_>>().join(", ")
}

fn check(pattern: &Pattern, bytes: &[u8], expected: Expect) {
    let shown: Vec<String> =
        Decoder::new(pattern).expect("a good pattern").push(bytes).into_iter().map(show).collect();
    expected.assert_eq(&shown.join("\n"));
}

fn refused(json: &str) -> String {
    match Decoder::new(&pattern(json)) {
        Ok(_) => "taken".to_owned(),
        Err(said) => said,
    }
}

/// The frame with its checksum put in, as a device would.
fn sealed(check: &Check, before: &[u8], behind: &[u8]) -> Vec<u8> {
    let covered = &before[usize::from(check.skip)..before.len() - usize::from(check.gap)];
    let sum = check.form.write(check.sum, check.sum.over(covered));
    [before, sum.as_slice(), behind].concat()
}

#[test]
fn scales_are_read_as_their_makers_say() {
    check(
        &ready("sics"),
        b"S S     100.00 g\r\nS D      99.97 g\r\nS S       1.5 kg\r\nS I\r\nS +\r\nS S  -0.20 g\r\nS S 5 furlong\r\nES\r\n",
        expect![[r#"
            weight 100
            weight/moving 99.97
            weight 1500
            weight SensorFault
            weight SensorFault
            weight -0.2
            weight NotANumber
            BadSyntax"#]],
    );
    check(
        &ready("and"),
        b"ST,+00123.45  g\r\nUS,+00123.40  g\r\nOL,+9999999E+19\r\nST,-000001.2 kg\r\n",
        expect![[r#"
            weight 0.123
            weight/moving 0.123
            weight SensorFault
            weight -1.2"#]],
    );
    check(
        &ready("cas"),
        b"ST,GS,+  12.34kg\r\nUS,NT,-   0.50kg\r\nST,GS,\x01\xc8,   12.345 kg\r\nOL,GS,        kg\r\n",
        expect![[r#"
            weight/GS 12.34
            weight/NT/moving -0.5
            weight/GS 12.345
            BadSyntax"#]],
    );
    check(
        &ready("sartorius"),
        b"+  123.456 g  \r\n+  123.450    \r\nN     +    1.500 kg \r\nStat     H    \r\n",
        expect![[r#"
            weight 123.456
            weight/moving 123.45
            weight 1500
            weight SensorFault"#]],
    );
}

#[test]
fn a_line_with_names_in_braces() {
    let chain = pattern(
        r#"{"read":"{when}; n={n}; T1={t1} T2={t2} {*}",
        "fields":[{"name":"when","kind":"time","layout":"dd.MM.yyyy HH:mm:ss","utc_offset_minutes":480},
        {"name":"n","kind":"sequence"},{"name":"t1","code":"T01","comma":true,"offset":"-0.5"},{"name":"t2","comma":true}]}"#,
    );
    check(
        &chain,
        b"22.11.2026 10:00:00; n=7; T1= -18,45 T2=4,2 ok\r\n22.11.2026 10:00:10;n=8;T1=---- T2=1.004,2  x\r\nhello\r\n31.02.2026 10:00:00; n=9; T1=1 T2=2 x\n",
        expect![[r#"
            T01 -18.95 @2026-11-22T02:00:00.000Z #7, t2 4.2 @2026-11-22T02:00:00.000Z #7
            T01 SensorFault @2026-11-22T02:00:10.000Z #8, t2 1004.2 @2026-11-22T02:00:10.000Z #8
            BadSyntax
            BadSyntax"#]],
    );
}

#[test]
fn an_expression_that_fits_again_and_again_with_codes_of_its_own() {
    let many = pattern(
        r#"{"regex":"CH(?P<ch>[0-9]{2})[:=](?P<v>[+-]?[0-9.]+)","repeat":true,
        "fields":[{"name":"ch","kind":"text"},{"name":"v","code":"T{ch}"}]}"#,
    );
    check(&many, b"CH01:+21.5,CH02:-3.25;CH17=0\n", expect!["T01 21.5, T02 -3.25, T17 0"]);
}

#[test]
fn a_frame_of_fixed_length_with_a_bad_checksum_says_so() {
    // With a start that tells where a frame begins, and with nothing but the checksum.
    for (start, body) in [("\u{2}", &b"\x0212"[..]), ("", b"1234")] {
        let at = start.len();
        let length = body.len() + 1;
        let text = format!(
            r#"{{"start":"{}","length":{length},"check":{{"sum":"lrc","form":"big"}},"columns":[{{"name":"a","from":{at},"length":2}}]}}"#,
            start.replace('\u{2}', "\\\\x02")
        );
        let sum = body.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg();
        let whole = [body, &[sum]].concat();
        let spoilt = [body, &[sum ^ 1]].concat();
        let mut decoder = Decoder::new(&pattern(&text)).expect("a pattern");
        let stream = [whole.as_slice(), &spoilt, &whole, b"x", &whole].concat();
        let events = decoder.push(&stream);
        let faults: Vec<&Fault> = events
            .iter()
            .filter_map(|event| match event {
                Event::Fault(fault) => Some(fault),
                Event::Said(_) => None,
            })
            .collect();
        assert_eq!(faults, [&Fault::BadChecksum, &Fault::Garbage { bytes: 1 }], "{text}");
        assert_eq!(events.len(), 5, "{events:?}");
    }
}

#[test]
fn binary_frames_of_one_length() {
    let binary = r#"{"start":"\\xAA\\x55","length":14,"check":{"sum":"crc16_modbus","form":"little"},
        "columns":[{"name":"u","from":2,"length":2},{"name":"i","from":4,"length":2},{"name":"bcd","from":6,"length":2},{"name":"f","from":8,"length":4}],
        "fields":[{"name":"u","kind":"uint_big","scale":"0.1"},{"name":"i","kind":"int_little","scale":"0.01"},{"name":"bcd","kind":"bcd"},{"name":"f","kind":"float_big"}]}"#;
    let binary = pattern(binary);
    let sum = binary.check.clone().expect("one");
    let mut body = vec![0xAA, 0x55, 0x01, 0x00, 0x9C, 0xFF, 0x12, 0x34];
    body.extend(4.25_f32.to_be_bytes());
    let good = sealed(&sum, &body, &[]);
    let mut bytes = good.clone();
    bytes.extend([0xAA, 0xAA, 0x55, 1, 2]);
    bytes.extend(&good);
    let mut broken = good.clone();
    broken[5] ^= 1;
    bytes.extend(&broken);
    bytes.extend(&good);
    check(
        &binary,
        &bytes,
        expect![[r#"
            u 25.6, i -1, bcd 1234, f 4.25
            Garbage { bytes: 5 }
            u 25.6, i -1, bcd 1234, f 4.25
            BadChecksum
            u 25.6, i -1, bcd 1234, f 4.25"#]],
    );
}

#[test]
fn columns_of_text_and_a_sum_behind_the_end() {
    let columns = pattern(
        r#"{"start":"\\x02","end":"\\x03","behind":1,"check":{"sum":"xor","form":"big","skip":1},
        "columns":[{"name":"id","from":1,"length":3},{"name":"t","from":4,"length":6},{"name":"h","from":10,"length":4}],
        "fields":[{"name":"id","kind":"text"},{"name":"t","code":"{id}/t","scale":"0.1"},{"name":"h","kind":"hex_signed","code":"{id}/h"}]}"#,
    );
    let sum = columns.check.clone().expect("one");
    let mut bytes = sealed(&sum, b"\x02A01  -184FFFE\x03", b"");
    bytes.extend(b"\x02A01 broken off ");
    bytes.extend(sealed(&sum, b"\x02B02   +42001A\x03", b""));
    bytes.extend(b"\x02A01  -184FFFE\x03\x00");
    bytes.extend(sealed(&sum, b"\x02C03   +1\x03", b""));
    check(
        &columns,
        &bytes,
        expect![[r#"
            A01/t -18.4, A01/h -2
            Garbage { bytes: 16 }
            B02/t 4.2, B02/h 26
            BadChecksum
            C03/t 0.1"#]],
    );
}

#[test]
fn sums_in_every_form() {
    for (sum, form) in [
        (Sum::Crc16Modbus, Form::Hex),
        (Sum::CrcCcitt, Form::Big),
        (Sum::CrcXmodem, Form::Little),
        (Sum::Lrc, Form::Hex),
        (Sum::Xor, Form::Hex),
        (Sum::Sum8, Form::Decimal),
        (Sum::Crc16Modbus, Form::Decimal),
    ] {
        let check = Check { sum, form, skip: 1, gap: 1, tail: 2 };
        let pattern = Pattern {
            start: "$".into(),
            end: "\\r\\n".into(),
            regex: "^(?P<t>[0-9.]+)\\*".into(),
            check: Some(check.clone()),
            ..Pattern::default()
        };
        let good = sealed(&check, b"$21.5*", b"\r\n");
        let mut decoder = Decoder::new(&pattern).expect("a good pattern");
        let shown: Vec<String> = decoder.push(&good).into_iter().map(show).collect();
        assert_eq!(shown, ["t 21.5"], "{sum:?} {form:?}");
        let mut bad = good.clone();
        bad[2] ^= 3;
        assert_eq!(decoder.push(&bad), [Event::Fault(Fault::BadChecksum)], "{sum:?} {form:?}");
    }
}

#[test]
fn endless_lines_are_left_out() {
    let plain = pattern(r#"{"read":"{t}"}"#);
    let mut bytes = vec![b'1'; 5000];
    bytes.extend(b"\r\n21.5\r\n");
    check(
        &plain,
        &bytes,
        expect![[r#"
        TooLong
        t 21.5"#]],
    );
    let framed = pattern(r#"{"start":"<","end":">","read":"{t}"}"#);
    let mut bytes = b"<".to_vec();
    bytes.extend(vec![b'1'; 5000]);
    bytes.extend(b"<21.5>");
    check(
        &framed,
        &bytes,
        expect![[r#"
            TooLong
            Garbage { bytes: 4096 }
            Garbage { bytes: 904 }
            t 21.5"#]],
    );
}

#[test]
fn slips_in_a_pattern_are_said() {
    for (json, word) in [
        ("{}", "one of"),
        (r#"{"read":"{a}","regex":"(?P<a>.)"}"#, "one of"),
        (r#"{"regex":"(?P<a>["}"#, "unclosed"),
        (r#"{"regex":"x*(?P<a>[0-9]*)"}"#, "fits nothing"),
        (r#"{"regex":"x"}"#, "no field is a value"),
        (r#"{"read":"{a"}"#, "not closed"),
        (r#"{"read":"{a b}"}"#, "no name"),
        (r#"{"read":"{a} {a}"}"#, "duplicate"),
        (r#"{"read":"{a}","fields":[{"name":"b"}]}"#, "stands nowhere"),
        (r#"{"read":"{a}","fields":[{"name":"a","scale":"two"}]}"#, "decimal"),
        (r#"{"read":"{a}","fields":[{"name":"a","code":"T{x}"}]}"#, "no field x"),
        (r#"{"read":"{a} {b}","fields":[{"name":"a","kind":"time","layout":"week w"}]}"#, "layout"),
        (r#"{"columns":[{"name":"a","from":3,"length":0}]}"#, "outside"),
        (r#"{"length":4,"columns":[{"name":"a","from":3,"length":2}]}"#, "outside"),
        (r#"{"length":9999,"columns":[{"name":"a","from":3,"length":2}]}"#, "fixed length"),
        (r#"{"length":2,"start":"abc","columns":[{"name":"a","from":0,"length":2}]}"#, "do not fit"),
        (
            r#"{"length":3,"check":{"sum":"lrc"},"columns":[{"name":"a","from":0,"length":2}],"check":{"skip":9}}"#,
            "",
        ),
        (r#"{"start":"\\q","read":"{a}"}"#, "can't be read"),
        (r#"{"ready":"unheard"}"#, "not ready-made"),
        (r#"{"ready":"sics","read":"{a}"}"#, "no other fields"),
        (r#"{"read":"{a}","state":{"field":"s"}}"#, "no field s"),
    ] {
        let Ok(pattern) = serde_json::from_str::<Pattern>(json) else { continue };
        let said = match Decoder::new(&pattern) {
            Ok(_) => "taken".to_owned(),
            Err(said) => said,
        };
        assert!(said.contains(word) && said.ends_with('.'), "{json}: {said}");
    }
    assert_eq!(refused(r#"{"read":"{a}"}"#), "taken");
}

#[test]
fn every_ready_made_pattern_compiles() {
    for (name, _) in READY {
        assert!(Decoder::new(&ready(name)).is_ok(), "{name}: {:?}", Decoder::new(&ready(name)).err());
        assert!(!ready(name).units().is_empty());
    }
}

fn kinds() -> Vec<Pattern> {
    vec![
        ready("sics"),
        pattern(r#"{"start":"$","read":"{a},{b}"}"#),
        pattern(
            r#"{"start":"\\x02","end":"\\x03","behind":1,"check":{"sum":"xor","form":"big","skip":1},"read":"{a}"}"#,
        ),
        pattern(
            r#"{"start":"\\x02","length":6,"check":{"sum":"sum8","form":"big"},"columns":[{"name":"a","from":1,"length":4}],"fields":[{"name":"a","kind":"int_big"}]}"#,
        ),
        pattern(
            r#"{"length":4,"columns":[{"name":"a","from":0,"length":4}],"fields":[{"name":"a","kind":"float_little"}]}"#,
        ),
        pattern(r#"{"end":"ab","read":"{a}"}"#),
    ]
}

proptest! {
    #[test]
    fn pieces_do_not_matter(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[$\u{2}\u{3}ab0-9,. SDg\r\n]{0,200}", cut in 0..400_usize) {
        let all = [bytes, text.into_bytes()].concat();
        for kind in kinds() {
            let whole = Decoder::new(&kind).unwrap().push(&all);
            let mut decoder = Decoder::new(&kind).unwrap();
            let (head, tail) = all.split_at(cut.min(all.len()));
            let mut pieces = decoder.push(head);
            pieces.extend(decoder.push(tail));
            prop_assert_eq!(whole, pieces);
        }
    }

    #[test]
    fn a_frame_behind_broken_bytes_is_read(bytes in prop::collection::vec(any::<u8>(), 0..300), value in -100_000..100_000_i32) {
        let fixed = pattern(r#"{"start":"\\x02","length":8,"check":{"sum":"crc16_modbus","form":"big"},"columns":[{"name":"a","from":1,"length":4}],"fields":[{"name":"a","kind":"int_big"}]}"#);
        let sum = fixed.check.clone().unwrap();
        let mut body = vec![2];
        body.extend(value.to_be_bytes());
        body.push(0);
        let good = sealed(&sum, &body, &[]);
        // Bytes before it may be the beginning of another: at most one frame is lost to them.
        let all = [bytes.clone(), good.clone(), good].concat();
        let events = Decoder::new(&fixed).unwrap().push(&all);
        let expected = format!("a {value}");
        prop_assert!(events.into_iter().map(show).any(|shown| shown == expected));
        let line = pattern(r#"{"start":"$","read":"{a}"}"#);
        let good = format!("\r\n${value}\r\n").into_bytes();
        let last = Decoder::new(&line).unwrap().push(&[bytes, good].concat()).pop().map(show);
        prop_assert_eq!(last, Some(expected));
    }

    #[test]
    fn numbers_come_back(milli in -1_000_000_000_i64..1_000_000_000, comma in any::<bool>()) {
        let mut kind = pattern(r#"{"read":"w={a} kg","fields":[{"name":"a"}]}"#);
        kind.fields[0].comma = comma;
        let shown = Milli(milli).to_string();
        let line = format!("w= {} kg\n", if comma { shown.replace('.', ",") } else { shown.clone() });
        let events = Decoder::new(&kind).unwrap().push(line.as_bytes());
        prop_assert_eq!(events.into_iter().map(show).collect::<Vec<_>>(), vec![format!("a {shown}")]);
    }

    #[test]
    fn no_pattern_breaks_it(read in "[a-z{}*(),. ]{0,40}", regex in "[a-z(?P<>)\\[\\]+*0-9|]{0,40}", layout in "[yMdHms :.-]{0,20}", bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        for pattern in [
            Pattern { read: read.clone(), fields: vec![Field { name: "a".into(), kind: Kind::Time, layout, ..Field::default() }], ..Pattern::default() },
            Pattern { read, ..Pattern::default() },
            Pattern { regex, repeat: true, ..Pattern::default() },
        ] {
            if let Ok(mut decoder) = Decoder::new(&pattern) {
                decoder.push(&bytes);
                decoder.push(b"\n");
            }
        }
    }
}
