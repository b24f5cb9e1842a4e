use super::ai::{predefined, starting};
use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::fmt::Write;

/// 23 November 2026.
fn today() -> Day {
    Day::from_civil(2026, 11, 23).unwrap()
}

fn elements(all: &[Element]) -> String {
    all.iter().fold(String::new(), |mut out, one| {
        let meaning = match &one.meaning {
            Meaning::Text => String::new(),
            Meaning::Number(n) => format!("={n}"),
            Meaning::Decimal { digits, places, negative } => {
                format!("={}{digits}e-{places}", if *negative { "-" } else { "" })
            }
            Meaning::Money { currency, digits, places } => format!("={currency} {digits}e-{places}"),
            Meaning::Day { day, end_of_month } => {
                format!("={day}{}", if *end_of_month { " (month)" } else { "" })
            }
            Meaning::Days { first, last } => format!("={first}..{last}"),
            Meaning::Moment { day, seconds } => format!("={day}+{seconds}s"),
        };
        let _ = write!(out, "({}){}{meaning} ", one.ai, one.value);
        out
    })
}

/// What a text is, its elements, what is wrong or doubtful, and the other ways to read it.
fn told(text: &str) -> String {
    let found = explain(text, today());
    let mut out = format!("{:?}", found.form);
    if let Some(carrier) = found.carrier {
        let _ = write!(out, " from {carrier:?}");
    }
    let _ = write!(out, ": {}", elements(&found.elements).trim_end());
    if let Some(own) = &found.own {
        let _ = write!(out, "{:?} {}", own.kind, own.code);
    }
    if !found.notes.is_empty() {
        let _ = write!(out, " {:?}", found.notes);
    }
    if found.ambiguous {
        out.push_str(" AMBIGUOUS");
    }
    for fault in &found.faults {
        let _ = write!(out, "\n  ! {fault}");
    }
    for other in &found.others {
        let _ = write!(out, "\n  or {}", elements(other).trim_end());
    }
    out
}

fn check(texts: &[&str], expected: Expect) {
    let said: Vec<String> = texts.iter().map(|text| told(text)).collect();
    expected.assert_eq(&said.join("\n"));
}

#[test]
fn the_table_is_in_order_and_agrees_with_the_predefined_lengths() {
    assert!(AIS.is_sorted_by(|a, b| a.code < b.code));
    for ai in AIS {
        let longer = AIS.iter().find(|other| other.code != ai.code && other.code.starts_with(ai.code));
        assert_eq!(longer, None, "no identifier begins another");
        if let Some(whole) = predefined(&ai.code[..2]) {
            let (least, most) = ai.length();
            assert_eq!((least, ai.code_digits() + most), (most, whole), "({})", ai.code);
        }
        let optional = ai.fields.iter().skip_while(|field| !field.optional);
        assert!(optional.clone().all(|field| field.optional), "nothing that must be behind what may be");
        let open = ai.fields.iter().rev().skip(1).all(|field| field.least == field.most);
        assert!(open, "({}): only the last field is of open length", ai.code);
    }
    let code = |text: &str| starting(&text.chars().collect::<Vec<_>>()).map(|(ai, long)| (ai.code, long));
    assert_eq!(code("3103000195"), Some(("310", 4)));
    assert_eq!(code("3106000195"), None);
    assert_eq!(code("0"), None);
    assert_eq!(code("4300X"), Some(("4300", 4)));
    assert_eq!(code("04"), None);
}

#[test]
fn element_strings_come_in_every_guise() {
    check(
        &[
            "]C10109506000134352\u{1d}",
            "]C1010950600013435210AB-12\u{1d}17271130",
            "]d2\u{1d}01095060001343521727113010AB-12",
            "]Q3010950600013435210AB-12\u{16}21S7",
            "]e001095060001343523103000195",
            "]J1010950600013435210AB-12\x00400PO-77\r\n",
            "010950600013435210AB-12{GS}17271130",
            "010950600013435210AB-12Alt+02917271130",
            "010950600013435210AB-12^37144",
            "]C100106141411234567897",
            "]C1021061414112345037144\u{1d}400PO 7",
        ],
        expect![[r#"
            ElementString from Gs1128: (01)09506000134352
            ElementString from Gs1128: (01)09506000134352 (10)AB-12 (17)271130=2027-11-30
            ElementString from Gs1DataMatrix: (01)09506000134352 (17)271130=2027-11-30 (10)AB-12
            ElementString from Gs1Qr: (01)09506000134352 (10)AB-12 (21)S7 [StandIn]
            ElementString from Gs1DataBar: (01)09506000134352 (3103)000195=195e-3
            ElementString from Gs1DotCode: (01)09506000134352 (10)AB-12 (400)PO-77 [StandIn]
            ElementString: (01)09506000134352 (10)AB-12 (17)271130=2027-11-30 [StandIn]
            ElementString: (01)09506000134352 (10)AB-12 (17)271130=2027-11-30 [StandIn]
            ElementString: (01)09506000134352 (10)AB-12 (37)144=144 [StandIn]
            ElementString from Gs1128: (00)106141411234567897
            ElementString from Gs1128: (02)10614141123450 (37)144=144 (400)PO 7
              ! character 19: the check digit of (02) is 0 and should be 9; scan again, or report the label
              ! character 31: <SP> can't stand in the value of (400), which takes CSET 82"#]],
    );
}

#[test]
fn text_without_separators_is_weighed() {
    check(
        &[
            "010950600013435210ABC17271130",
            "010950600013435210ABC02917271130",
            "01095060001343521727113010ABC",
            "010950600013435210A2112",
            "010950600013435210LOT3714417271130",
            "0109506000134352211234567890110LOT717280229",
            "]C1010950600013435210ABC17271130",
            "10ABC17251231",
            "10ABC",
            "21SERIAL",
        ],
        expect![[r#"
            ElementString: (01)09506000134352 (10)ABC (17)271130=2027-11-30 [NoSeparators] AMBIGUOUS
              or (01)09506000134352 (10)ABC17271130
              or (01)09506000134352 (10)ABC172 (711)30
            ElementString: (01)09506000134352 (10)ABC (17)271130=2027-11-30 [Typed, NoSeparators]
              or (01)09506000134352 (10)ABC029 (17)271130=2027-11-30
              or (01)09506000134352 (10)ABC02917271130
              or (01)09506000134352 (10)ABC029172 (711)30
              or (01)09506000134352 (10)ABC02 (91)7271130
              or (01)09506000134352 (10)ABC02 (91)72 (711)30
            ElementString: (01)09506000134352 (17)271130=2027-11-30 (10)ABC
            ElementString: (01)09506000134352 (10)A2112
              or (01)09506000134352 (10)A (21)12
            ElementString: (01)09506000134352 (10)LOT37144 (17)271130=2027-11-30 [NoSeparators] AMBIGUOUS
              or (01)09506000134352 (10)LOT3714417271130
              or (01)09506000134352 (10)LOT (37)144=144 (17)271130=2027-11-30
              or (01)09506000134352 (10)LOT3 (714)4 (17)271130=2027-11-30
              or (01)09506000134352 (10)LOT3 (714)417271130
              or (01)09506000134352 (10)LOT37144172 (711)30
            ElementString: (01)09506000134352 (21)1234567890110LOT7 (17)280229=2028-02-29 [NoSeparators] AMBIGUOUS
              or (01)09506000134352 (21)12345678901 (10)LOT7 (17)280229=2028-02-29
              or (01)09506000134352 (21)12345678 (90)110LOT7 (17)280229=2028-02-29
              or (01)09506000134352 (21)12345678901 (10)LOT717280229
              or (01)09506000134352 (21)12345678 (90)1 (10)LOT7 (17)280229=2028-02-29
              or (01)09506000134352 (21)1234567890110LOT (717)280229
            ElementString from Gs1128: (01)09506000134352 (10)ABC17271130
            ElementString: (10)ABC (17)251231=2025-12-31 [NoSeparators] AMBIGUOUS
              or (10)ABC17251231
              or (10)ABC17 (251)231
            Text: 
              or (10)ABC
            Text: 
              or (21)SERIAL"#]],
    );
}

#[test]
fn values_mean_what_the_specification_says() {
    check(
        &[
            "(01)09521234543213(3103)000123",
            "(01)09521234543213(3922)1299(3932)9781299(3941)0150",
            "(17)270200(11)770101(15)760101(13)761130",
            "(7003)2711302359(7007)270101270131(8008)27010112(4324)2701010000",
            "(421)756CH-8000(422)156(423)156392(4309)02790858483015297971",
            "(414)9501101530003(254)DOCK 7",
            "(253)9501101530003ABC(255)9501101530003123(402)95011015300010002(8003)09501101530003S7",
            "(4331)000250-(8006)095060001343520103",
            "(8013)1987654Ad4X4bL5ttr2310c2K",
            "(90)FREE(99)A\\(B)C",
            "(01) 0950 (10) L1 ",
            "(37)7(30)000012",
        ],
        expect![[r#"
            Bracketed: (01)09521234543213 (3103)000123=123e-3
            Bracketed: (01)09521234543213 (3922)1299=1299e-2 (3932)9781299=EUR 1299e-2 (3941)0150=150e-1
            Bracketed: (17)270200=2027-02-28 (month) (11)770101=1977-01-01 (15)760101=2076-01-01 (13)761130=2076-11-30
            Bracketed: (7003)2711302359=2027-11-30+86340s (7007)270101270131=2027-01-01..2027-01-31 (8008)27010112=2027-01-01+43200s (4324)2701010000=2027-01-01+0s
            Bracketed: (421)756CH-8000 (422)156 (423)156392 (4309)02790858483015297971
            Bracketed: (414)9501101530003 (254)DOCK 7
              ! character 28: <SP> can't stand in the value of (254), which takes CSET 82
            Bracketed: (253)9501101530003ABC (255)9501101530003123 (402)95011015300010002 (8003)09501101530003S7
            Bracketed: (4331)000250-=-250e-2 (8006)095060001343520103
            Bracketed: (8013)1987654Ad4X4bL5ttr2310c2K
            Bracketed: (90)FREE (99)A(B)C
            Bracketed: (01)0950 (10)L1
              ! character 6: the value of (01) has 4 characters and needs 14; is the code cut off?
            Bracketed: (37)7=7 (30)000012=12"#]],
    );
}

#[test]
fn plain_numbers_are_known_by_length_and_check_digit() {
    check(
        &[
            "4006381333931",
            "]E04006381333931",
            "4006381333932",
            "042100005264",
            "04252614",
            "96385074",
            "]E496385074",
            "]E3977147396801214",
            "]E3977147396801212",
            "10614141000415",
            "]I110614141000415",
            "106141411234567897",
            "106141411234567890",
            "2112345012349",
            "12345678",
            "]C04006381333932",
        ],
        expect![[r#"
            Ean13: (01)04006381333931
            Ean13 from Ean13: (01)04006381333931
            Ean13: (01)04006381333932
              ! character 13: the check digit of (01) is 2 and should be 1; scan again, or report the label
              or (400)6381333932
            UpcA: (01)00042100005264
            UpcE: (01)00042100005264
            Ean8: (01)00000096385074
            Ean8 from Ean8: (01)00000096385074
            Ean13 from EanAddOn: (01)09771473968012
            Ean13 from EanAddOn: (01)09771473968012
            Gtin14: (01)10614141000415
            Gtin14 from Itf: (01)10614141000415
            Sscc: (00)106141411234567897
            Text:  [NearlyGtin]
              or (10)6141411234567890
            Ean13: (01)02112345012349 [InStore]
              ! character 13: the check digit of (01) is 9 and should be 6; scan again, or report the label
              or (21)12345012349
            Text:  [NearlyGtin]
            Text from Code128:  [NearlyGtin]
              or (400)6381333932"#]],
    );
}

#[test]
fn addresses_hold_codes_too() {
    check(
        &[
            "https://id.gs1.org/01/09506000134352/10/AB-12/21/12345?17=271130",
            "HTTPS://shop.example.com/a/01/b/01/9506000134369?linkType=gs1:pip&3103=000195#top",
            "https://example.com/gtin/9506000134369/lot/A%2F7%20x",
            "https://example.com/00/106141411234567897",
            "https://example.com/414/9501101530003/254/dock-7",
            "https://example.com/about",
            "http://example.com/01/09506000134353/11/A",
            "https://example.com/01/09506000134352/10/%G1",
        ],
        expect![[r#"
            DigitalLink: (01)09506000134352 (10)AB-12 (21)12345 (17)271130=2027-11-30
            DigitalLink: (01)09506000134369 (3103)000195=195e-3
            DigitalLink: (01)09506000134369 (10)A/7 x
              ! character 49: <SP> can't stand in the value of (10), which takes CSET 82
            DigitalLink: (00)106141411234567897
            DigitalLink: (414)9501101530003 (254)dock-7
            DigitalLink: 
              ! character 1: the address has no identifier to begin with, like /01/09506000134352
            DigitalLink: (01)09506000134353 (11)A
              ! character 36: the check digit of (01) is 3 and should be 2; scan again, or report the label
              ! character 41: the value of (11) has 1 characters and needs 6; is the code cut off?
            DigitalLink: (01)09506000134352 (10)%G1
              ! character 42: %G1 is no escaped character; two hexadecimal digits follow a %"#]],
    );
}

#[test]
fn our_own_labels_are_checked() {
    let bin = Own { kind: OwnKind::Bin, code: "A-01-02".to_owned() };
    let label = bin.label().unwrap();
    expect!["QBA-01-02K4"].assert_eq(&label);
    let mut wrong = label.clone();
    wrong.replace_range(3..4, "8");
    check(
        &[&label, &wrong, "QBQB", "QB", "QI库"],
        expect![[r#"
        Own: Bin A-01-02
        Text:  [NearlyOwn]
        Text: 
        Text: 
        Text: "#]],
    );
    assert_eq!(Own { kind: OwnKind::Item, code: "库".to_owned() }.label(), None);
    assert_eq!(Own { kind: OwnKind::Unit, code: String::new() }.label(), None);
    assert_eq!(Own { kind: OwnKind::Unit, code: "7".repeat(31) }.label(), None);
}

#[test]
fn what_is_wrong_is_said_at_its_character() {
    check(
        &[
            "",
            "]C1",
            "]C10109506000134353",
            "]C1010950600013435217271340",
            "]C1010950600013",
            "]C10109506000134352XY",
            "]C1010950600013435210ABCDEFGHIJKLMNOPQRSTUVWX",
            "]C1010950600013435210A库",
            "]C10109506000134352\u{1d}0109506000134369",
            "]C1010950600013435237A",
            "(01)09506000134352(17",
            "(0x)1",
            "(05)1",
            "(8013)1987654Ad4X4bL5ttr2310c2L",
            "(8001)00001234512300",
            "(7003)2711302459",
            "(4321)7",
            "0109506000134353",
        ],
        expect![[r#"
            Text: 
              ! there is no code: scan again
            Text from Gs1128: 
              ! there is no code: scan again
            ElementString from Gs1128: (01)09506000134353
              ! character 19: the check digit of (01) is 3 and should be 2; scan again, or report the label
            ElementString from Gs1128: (01)09506000134352 (17)271340
              ! character 22: 271340 is no day, YYMMDD of (17) was expected; report the label
            ElementString from Gs1128: (01)0950600013
              ! character 6: the value of (01) has 10 characters and needs 14; is the code cut off?
            ElementString from Gs1128: (01)09506000134352
              ! character 20: no application identifier begins with XY; is a separator missing before it?
            ElementString from Gs1128: (01)09506000134352 (10)ABCDEFGHIJKLMNOPQRSTUVWX
              ! character 42: the value of (10) ends here after 20 characters; a separator (GS) is missing, set the scanner to send it
            ElementString from Gs1128: (01)09506000134352 (10)A库
              ! character 23: 库 can't stand in the value of (10), which takes CSET 82
            ElementString from Gs1128: (01)09506000134352 (01)09506000134369
              ! character 21: (01) is there twice, with 09506000134352 and 09506000134369; scan one code at a time
            ElementString from Gs1128: (01)09506000134352 (37)A
              ! character 22: A can't stand in the value of (37), which takes 0-9
            Bracketed: (01)09506000134352(17
              ! character 19: the value of (01) ends here after 14 characters; a separator (GS) is missing, set the scanner to send it
            Text: 
            Bracketed: 
              ! character 2: no application identifier begins with 05; is a separator missing before it?
            Bracketed: (8013)1987654Ad4X4bL5ttr2310c2L
              ! character 30: the check characters of (8013) are 2L and should be 2K; scan again, or print the label anew
            Bracketed: (8001)00001234512300
              ! character 7: 0000 can't be the value of (8001), which is one of > 0
            Bracketed: (7003)2711302459
              ! character 13: 2459 is no time of day, 0000-2359 of (7003) was expected
            Bracketed: (4321)7
              ! character 7: 7 can't be the value of (4321), which is one of 0, 1
            ElementString: (01)09506000134353
              ! character 16: the check digit of (01) is 3 and should be 2; scan again, or report the label"#]],
    );
    assert_eq!(explain(&"7".repeat(CHARS_MAX + 1), today()).faults[0].kind, FaultKind::TooMuch);
    assert!(parse("4006381333932", today()).is_err());
    let right = parse("]C101095060001343521727113010AB-12", today()).unwrap();
    assert_eq!((right.gtin(), right.value("10")), (Some("09506000134352"), Some("AB-12")));
    assert_eq!(right.expiry(), Day::from_civil(2027, 11, 30));
}

#[test]
fn two_digits_of_a_year_are_the_nearest() {
    let year = |two, now| value::year(two, Day::from_civil(now, 6, 1).unwrap());
    // Section 7.12's own table: 51 years ahead belong to the century before, 50 years behind to the next.
    assert_eq!([year(76, 2026), year(77, 2026), year(26, 2026), year(0, 2026)], [2076, 1977, 2026, 2000]);
    assert_eq!([year(25, 1975), year(26, 1975), year(24, 1975)], [2025, 1926, 2024]);
    assert_eq!([year(49, 2099), year(50, 2099)], [2149, 2050]);
}

#[test]
fn each_character_has_a_role() {
    let text = "]C1010950600013435210AB\u{1d}3103000195";
    let found = explain(text, today());
    let shown: Vec<String> = found
        .parts
        .iter()
        .map(|part| {
            let piece: String = text.chars().skip(part.from).take(part.to - part.from).collect();
            format!("{} {:?} {:?}", super::shown(&piece), part.role, part.element)
        })
        .collect();
    expect![[r#"
        ]C1 Symbology None
        01 Ai Some(0)
        0950600013435 Value Some(0)
        2 Check Some(0)
        10 Ai Some(1)
        AB Value Some(1)
        <GS> Separator None
        310 Ai Some(2)
        3 Places Some(2)
        000195 Value Some(2)"#]]
    .assert_eq(&shown.join("\n"));
    assert_eq!(super::shown("A\0\u{16} é\u{7f}"), "A<NUL><SYN> é<DEL>");
}

/// The parts follow each other from the first character to the last, and faults lie within.
fn tiled(text: &str) -> Result<(), TestCaseError> {
    let found = explain(text, today());
    let mut at = 0;
    for part in &found.parts {
        prop_assert_eq!(part.from, at);
        prop_assert!(part.to > part.from);
        at = part.to;
    }
    prop_assert_eq!(at, text.chars().count());
    for fault in &found.faults {
        prop_assert!(fault.from <= fault.to && fault.to <= at, "{fault:?}");
    }
    prop_assert!(!found.ambiguous || !found.others.is_empty());
    Ok(())
}

/// A value that an identifier may have.
fn value_of(ai: &'static Ai) -> BoxedStrategy<String> {
    use super::ai::{Field, Rule, Set};
    let piece = |field: &'static Field| -> BoxedStrategy<String> {
        let count = usize::from(field.least)..=usize::from(field.most);
        let some = |pattern: &str| {
            let pattern = format!("{pattern}{{{},{}}}", field.least, field.most);
            proptest::string::string_regex(&pattern).unwrap().boxed()
        };
        match (field.rule, field.set) {
            (Rule::CheckDigit, _) => {
                let body = format!("[0-9]{{{}}}", field.least - 1);
                proptest::string::string_regex(&body)
                    .unwrap()
                    .prop_map(|body| super::check::with_digit(&body).unwrap())
                    .boxed()
            }
            (Rule::CheckPair, _) => "[0-9A-Za-z]{1,20}"
                .prop_map(|body| {
                    let pair = super::check::pair(&body.chars().collect::<Vec<_>>()).unwrap();
                    body.chars().chain(pair).collect()
                })
                .boxed(),
            (Rule::Date, _) => (0..100_u32, 1..=12_u32, 0..=28_u32)
                .prop_map(|(y, m, d)| format!("{y:02}{m:02}{d:02}"))
                .boxed(),
            (Rule::Day, _) => (0..100_u32, 1..=12_u32, 1..=28_u32)
                .prop_map(|(y, m, d)| format!("{y:02}{m:02}{d:02}"))
                .boxed(),
            (Rule::LongDay, _) => "(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])".boxed(),
            (Rule::HourMinute, _) => "(0[0-9]|1[0-9]|2[0-3])[0-5][0-9]".boxed(),
            (Rule::Hour, _) => "(0[0-9]|1[0-9]|2[0-3])".boxed(),
            (Rule::Sixtieth, _) => "[0-5][0-9]".boxed(),
            (Rule::Country, _) => "[1-9][0-9]{2}".boxed(),
            (Rule::CountryLetters, _) => "[A-Z]{2}".boxed(),
            (Rule::YesNo, _) => "[01]".boxed(),
            (Rule::Minus, _) => Just("-".to_owned()).boxed(),
            (Rule::Zero, _) => Just("0".to_owned()).boxed(),
            (Rule::NotZero, _) => some("[1-9]"),
            (Rule::Piece, _) => (1..=9_u32, 9..=99_u32).prop_map(|(a, b)| format!("{a:02}{b:02}")).boxed(),
            (Rule::Currency | Rule::Any, Set::Digits) => some("[0-9]"),
            (_, Set::Text) => {
                prop::collection::vec(prop::sample::select(TEXT.chars().collect::<Vec<_>>()), count)
                    .prop_map(String::from_iter)
                    .boxed()
            }
            (_, Set::Part) => some("[0-9A-Z#/-]"),
            (_, _) => some("[A-Za-z0-9_=-]"),
        }
    };
    // What may be missing is there or not, from some field on.
    let optional = ai.fields.iter().filter(|field| field.optional).count();
    (0..=optional)
        .prop_flat_map(move |with| {
            let pieces: Vec<_> = ai.fields[..ai.fields.len() - optional + with].iter().map(piece).collect();
            pieces.prop_map(|pieces| pieces.concat())
        })
        .boxed()
}

const TEXT: &str = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

fn an_element() -> impl Strategy<Value = Element> {
    (0..AIS.len(), 0..6_u8).prop_flat_map(|(index, place)| {
        let ai = &AIS[index];
        let code = match ai.places {
            Places::None => ai.code.to_owned(),
            Places::UpTo(most) => format!("{}{}", ai.code, place.min(most)),
        };
        value_of(ai).prop_map(move |value| Element::new(&code, &value, today()).unwrap())
    })
}

/// Elements of different identifiers, as they may stand in one symbol.
fn some_elements() -> impl Strategy<Value = Vec<Element>> {
    prop::collection::vec(an_element(), 1..6).prop_map(|mut all| {
        let mut seen = std::collections::HashSet::new();
        all.retain(|one| seen.insert(one.ai.clone()));
        all
    })
}

/// Words that stand for separators can't be told from the same characters in a value.
fn sayable(all: &[Element]) -> bool {
    all.iter().all(|one| ["<GS>", "<FNC1>", "Alt+029"].iter().all(|word| !one.value.contains(word)))
}

proptest! {
    #[test]
    fn what_is_written_is_read(all in some_elements().prop_filter("separators as words", |all| sayable(all))) {
        let text = element_string(&all);
        let found = explain(&format!("]C1{text}"), today());
        prop_assert_eq!(&found.faults, &vec![]);
        prop_assert_eq!(&found.elements, &all);
        // With another sign for the separator it says the same.
        let found = explain(&format!("]d2{}", text.replace(GS, "\u{16}")), today());
        prop_assert_eq!(&found.elements, &all);

        let found = explain(&bracketed(&all), today());
        prop_assert_eq!(&found.faults, &vec![]);
        prop_assert_eq!(&found.elements, &all);
    }

    #[test]
    fn an_address_holds_what_was_put_in(all in some_elements()) {
        let Ok(text) = digital_link("https://id.example.org/some/", &all) else { return Ok(()) };
        let found = explain(&text, today());
        prop_assert_eq!(&found.faults, &vec![]);
        let sorted = |mut all: Vec<Element>| {
            all.sort_by(|a, b| a.ai.cmp(&b.ai));
            all
        };
        prop_assert_eq!(sorted(found.elements), sorted(all));
    }

    #[test]
    fn what_was_meant_is_among_the_ways_to_read_it(
        lot in "[A-Z0-9]{1,8}", serial in "[A-Z0-9]{1,8}", days in 0..2000_i32,
    ) {
        let (y, m, d) = today().plus(days).civil();
        let all = [
            ("01", "09506000134352".to_owned()),
            ("17", format!("{:02}{m:02}{d:02}", y % 100)),
            ("10", lot),
            ("21", serial),
        ];
        let all: Vec<Element> = all.iter().map(|(ai, value)| Element::new(ai, value, today()).unwrap()).collect();
        let found = explain(&element_string(&all).replace(GS, ""), today());
        prop_assert_eq!(&found.faults, &vec![]);
        prop_assert!(found.elements[..2] == all[..2]);
    }

    #[test]
    fn any_text_is_explained_to_its_last_character(text in "\\PC{0,60}") {
        tiled(&text)?;
    }

    #[test]
    fn text_that_looks_like_codes_is_explained(text in "(\\]C1|\\]d2|\\]E0|\\]I1||https://a.b/|\\(|QB)([0-9]{0,20}|01[0-9]{14}|10|17[0-9]{6}|21|3103|[\\)\\(/%?=&;#A-Z\u{1d}\u{16}\0^]{0,4}|029){0,8}") {
        tiled(&text)?;
    }

    #[test]
    fn a_wrong_digit_is_found(body in "[0-9]{11,17}", at in 0..17_usize, other in 1..10_u32) {
        let right = super::check::with_digit(&body).unwrap();
        let mut chars: Vec<char> = right.chars().collect();
        prop_assert_eq!(super::check::checked(&chars), Ok(()));
        let at = at % chars.len();
        chars[at] = char::from_digit((chars[at].to_digit(10).unwrap() + other) % 10, 10).unwrap();
        prop_assert!(super::check::checked(&chars).is_err());
    }

    #[test]
    fn a_label_of_ours_comes_back_and_a_slip_does_not(code in "[A-Z0-9./-]{1,30}", at in 0..28_usize, other in "[A-Z0-9]") {
        let own = Own { kind: OwnKind::Bin, code };
        let label = own.label().unwrap();
        prop_assert_eq!(explain(&label, today()).own, Some(own));
        // One character read wrongly, and two that changed places.
        let mut chars: Vec<char> = label.chars().collect();
        let at = 2 + at % (chars.len() - 4);
        let was = std::mem::replace(&mut chars[at], other.chars().next().unwrap());
        if was != chars[at] {
            prop_assert_eq!(explain(&chars.iter().collect::<String>(), today()).own, None);
        }
        chars[at] = was;
        if at + 3 < chars.len() && chars[at] != chars[at + 1] {
            chars.swap(at, at + 1);
            prop_assert_eq!(explain(&chars.iter().collect::<String>(), today()).own, None);
        }
    }
}
