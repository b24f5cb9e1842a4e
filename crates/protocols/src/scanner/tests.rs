use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn check(setup: &Scanner, bytes: &[u8], expected: Expect) {
    let shown: Vec<String> = Decoder::new(setup).unwrap().push(bytes).into_iter().map(show).collect();
    expected.assert_eq(&shown.join("\n"));
}

fn show(event: Event) -> String {
    match event {
        Event::Fault(fault) => format!("{fault:?}"),
        Event::Said(said) => {
            said.scan.map_or_else(String::new, |scan| format!("{:?} {:?}", scan.symbology, scan.text))
        }
    }
}

#[test]
fn codes_are_read_as_scanners_send_them() {
    check(
        &Scanner::default(),
        b"4006381333931\r\n]C10109506000134352\x1d10AB-12\r\x02]d201095\x03\n\n\xc4\xe9\n",
        expect![[r#"
            None "4006381333931"
            Some("]C1") "0109506000134352\u{1d}10AB-12"
            Some("]d2") "01095"
            None "Äé""#]],
    );
}

#[test]
fn what_a_scanner_adds_is_taken_off() {
    let setup = Scanner { prefix: "S1:".into(), suffix: "\\t".into(), separator: "\\x16".into() };
    check(
        &setup,
        b"S1:]Q3011\x1610L\t\r\nplain\n",
        expect![[r#"
        Some("]Q3") "011\u{1d}10L"
        None "plain""#]],
    );
    check(
        &setup,
        b"S1:\t\r\nS1:]C1\n",
        expect![[r#"
        BadSyntax
        BadSyntax"#]],
    );
    assert!(Decoder::new(&Scanner { prefix: "\\q".into(), ..Scanner::default() }).is_err());
}

#[test]
fn an_endless_line_is_left_out_and_the_next_is_read() {
    let mut bytes = vec![b'7'; 3 * SCAN_BYTES_MAX];
    bytes.extend(b"\r\n123\n");
    check(
        &Scanner::default(),
        &bytes,
        expect![[r#"
        TooLong
        None "123""#]],
    );
}

proptest! {
    #[test]
    fn pieces_do_not_matter(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0..300_usize) {
        let setup = Scanner { separator: "\\0".into(), ..Scanner::default() };
        let whole = Decoder::new(&setup).unwrap().push(&bytes);
        let mut decoder = Decoder::new(&setup).unwrap();
        let (head, tail) = bytes.split_at(cut.min(bytes.len()));
        let mut pieces = decoder.push(head);
        pieces.extend(decoder.push(tail));
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn a_code_comes_back(code in "[0-9A-Za-z\u{1d}/+.-]{1,60}", before in prop::collection::vec(any::<u8>(), 0..40)) {
        let mut bytes = before;
        bytes.extend(b"\r\n");
        bytes.extend(code.as_bytes());
        bytes.push(b'\r');
        let last = Decoder::new(&Scanner::default()).unwrap().push(&bytes).pop();
        let expected = Scan { symbology: None, text: code };
        prop_assert_eq!(last, Some(Event::Said(Said { scan: Some(expected), ..Said::default() })));
    }
}
