use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn setup() -> Nmea {
    Nmea { vehicle: "V".into(), without_checksum: false }
}

fn show(event: Event) -> String {
    let said = match event {
        Event::Fault(fault) => return format!("{fault:?}"),
        Event::Said(said) => said,
    };
    let at = |at: Option<Timestamp>| at.map_or_else(|| "?".to_owned(), |at| at.to_string());
    let mut shown: Vec<String> = said
        .readings
        .into_iter()
        .map(|r| {
            let value = r.value.map_or_else(|fault| format!("{fault:?}"), |value| value.to_string());
            format!("{} {value}", r.code)
        })
        .collect();
    for fix in said.fixes {
        let speed = fix.speed_kmh.map(|speed| speed.to_string());
        let (lat, lon) = (fix.place.lat_e7, fix.place.lon_e7);
        shown.push(format!(
            "[{} {} {lat} {lon} {speed:?} {:?}]",
            fix.vehicle,
            at(fix.device_at),
            fix.heading_deg
        ));
    }
    shown.join(", ")
}

fn check(setup: &Nmea, bytes: &[u8], expected: Expect) {
    let shown: Vec<String> = Decoder::new(setup).push(bytes).into_iter().map(show).collect();
    expected.assert_eq(&shown.join("\n"));
}

fn sealed(bodies: &[&str]) -> Vec<u8> {
    bodies.iter().map(|body| seal(body)).collect::<String>().into_bytes()
}

#[test]
fn sentences_of_receivers_are_read() {
    check(
        &setup(),
        &sealed(&[
            "GPRMC,082350.000,A,5355.0314,N,01044.1271,E,26.20,184.27,080518,,",
            "GNGGA,082351.00,4807.038,S,01131.000,W,1,08,0.9,545.4,M,46.9,M,,",
            "GPVTG,184.3,T,,M,26.2,N,48.5,K,A",
            "GPGLL,4916.45,N,12311.12,W,225444,A,A",
            "GPZDA,201530.00,04,07,2026,00,00",
            "GPGSV,3,1,11,03,03,111,00,04,15,270,00,06,01,010,00,13,06,292,00",
            "PGRME,15.0,M,45.0,M,25.0,M",
        ]),
        expect![[r#"
            fix 1, speed 48.522, heading 184.27, [V 2018-05-08T08:23:50.000Z 539171900 107354517 Some("48.522") Some(184)]
            fix 1, satellites 8, hdop 0.9, altitude 545.4
            heading 184.3, speed 48.5



        "#]],
    );
}

#[test]
fn the_published_sentences_have_these_checksums() {
    check(
        &setup(),
        b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n",
        expect![[r#"
            fix 1, satellites 8, hdop 0.9, altitude 545.4, [V ? 481173000 115166667 None None]
            fix 1, speed 41.485, heading 84.4, [V ? 481173000 115166667 Some("41.485") Some(84)]"#]],
    );
}

#[test]
fn fields_are_missing_and_more_follow() {
    check(
        &setup(),
        &sealed(&[
            "GPRMC,,V,,,,,,,,,,N",
            "GPRMC,101112,A,5355.0314,N,01044.1271,E,,,221126,,,A,V,vendor,1.5",
            "GPRMC,101113,A,5355.0314,N,01044.1271,E,0.0,,221126",
            "GPGGA,101113,,,,,0,00,99.9,,,,,,",
            "GPRMC,101114,A,,,,,3.0,45.5,221126,,",
            "GPRMC",
        ]),
        expect![[r#"
            fix 0
            fix 1, [V 2026-11-22T10:11:12.000Z 539171900 107354517 None None]
            fix 1, speed 0, [V 2026-11-22T10:11:13.000Z 539171900 107354517 Some("0") None]
            fix 0, satellites 0
            fix 1, speed 5.556, heading 45.5
            fix 0"#]],
    );
}

#[test]
fn what_is_no_sentence_is_named_and_the_next_is_found() {
    let mut bytes = b"\xff\xffnoise$GPRMC,082350.000,A,53".to_vec();
    bytes.extend(sealed(&["GPMTW,17.9,C"]));
    bytes.extend(b"$GPMTW,17.9,C*00\r\n$GPMTW,17.9,C\r\n");
    bytes.extend(vec![b'$'; 3]);
    bytes.extend(vec![b'x'; SENTENCE_BYTES_MAX + 5]);
    bytes.extend(b"\n");
    bytes.extend(sealed(&[
        "GPRMC,250000,A,5355.0314,N,01044.1271,E,1,1,221126",
        "GPRMC,101112,A,9155.0,N,01044.1,E,1,1,221126",
    ]));
    bytes.extend(sealed(&["GPRMC,101112,A,5360.0,N,01044.1,E,1,1,221126", "G,1"]));
    check(
        &setup(),
        &bytes,
        expect![[r#"
            Garbage { bytes: 7 }
            Garbage { bytes: 22 }
            water 17.9
            BadChecksum
            BadChecksum
            Garbage { bytes: 1 }
            Garbage { bytes: 1 }
            TooLong
            Garbage { bytes: 5 }
            BadSyntax
            BadSyntax
            BadSyntax
            BadSyntax"#]],
    );
}

#[test]
fn a_missing_checksum_is_allowed_by_the_setup_and_counted() {
    let mut decoder = Decoder::new(&Nmea { without_checksum: true, ..setup() });
    let events = decoder.push(
        b"$GPRMC,101112,A,5355.0314,N,01044.1271,E,1,1,221126\r\n$GPMTW,1,C*00\r\n$GPGGA,,,,,,0,,,,\r\n",
    );
    assert!(matches!(&events[0], Event::Said(said) if said.fixes.len() == 1));
    assert_eq!(events[1], Event::Fault(Fault::BadChecksum));
    assert_eq!(decoder.tally(), Tally { without_checksum: 2, void: 1, other: 0 });
}

#[test]
fn time_of_day_is_joined_to_the_date_over_midnight() {
    check(
        &setup(),
        &sealed(&[
            "GPGGA,235958.5,4807.038,N,01131.000,E,1,08,,,M,,M,,",
            "GPRMC,235959.5,A,4807.038,N,01131.000,E,,,221126",
            "GPGGA,000000.5,4807.038,N,01131.000,E,2,08,,,M,,M,,",
            "GPRMC,000000.5,A,4807.038,N,01131.000,E,,,231126",
            "GPRMC,000001.5,A,4807.038,N,01131.000,E,,,060107",
        ]),
        expect![[r#"
            fix 1, satellites 8, [V ? 481173000 115166667 None None]
            fix 1, [V 2026-11-22T23:59:59.500Z 481173000 115166667 None None]
            fix 2, satellites 8
            fix 1, [V 2026-11-23T00:00:00.500Z 481173000 115166667 None None]
            fix 1, [V 2026-11-23T00:00:01.500Z 481173000 115166667 None None]"#]],
    );
    let mut decoder = Decoder::new(&setup());
    decoder.push(&sealed(&["GPRMC,235959.5,A,4807.038,N,01131.000,E,,,221126"]));
    let events = decoder.push(&sealed(&["GPGGA,000000.5,4807.038,N,01131.000,E,2,08,,,M,,M,,"]));
    let Event::Said(said) = &events[0] else { panic!("{events:?}") };
    assert_eq!(
        said.readings[0].device_at.map(|at| at.to_string()).as_deref(),
        Some("2026-11-23T00:00:00.500Z")
    );
}

#[test]
fn the_next_best_sentence_takes_over_when_the_best_falls_silent() {
    let mut decoder = Decoder::new(&setup());
    decoder.push(&sealed(&["GPRMC,101112,A,4807.038,N,01131.000,E,,,221126"]));
    let mut fixes = 0;
    for second in 13..33 {
        let body = format!("GPGGA,1011{second},4807.038,N,01131.000,E,1,08,,,M,,M,,");
        for event in decoder.push(seal(&body).as_bytes()) {
            fixes += usize::from(matches!(&event, Event::Said(said) if said.fixes.len() == 1));
        }
    }
    assert_eq!(fixes, 20 - WITHOUT_BETTER as usize);
}

#[test]
fn weather_stations_are_channels() {
    check(
        &Nmea::default(),
        &sealed(&[
            "WIMDA,29.92,I,1.013,B,12.5,C,9.1,C,80.5,,5.2,C,270.0,T,268.0,M,10.0,N,5.14,M",
            "YXXDR,C,-18.4,C,ROOM,H,81.2,P,,P,x,B,BARO",
            "WIMTW,+9.5,C",
        ]),
        expect![[r#"
            pressure 1013, air 12.5, water 9.1, humidity 80.5, dew_point 5.2, wind_direction 270, wind_speed 5.14
            ROOM -18.4, xdr/H 81.2, BARO NotANumber
            water 9.5"#]],
    );
}

proptest! {
    #[test]
    fn pieces_do_not_matter(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[$A-Z0-9,.*\r\n]{0,200}", cut in 0..400_usize) {
        let all = [bytes, text.into_bytes()].concat();
        let whole = Decoder::new(&setup()).push(&all);
        let mut decoder = Decoder::new(&setup());
        let (head, tail) = all.split_at(cut.min(all.len()));
        let mut pieces = decoder.push(head);
        pieces.extend(decoder.push(tail));
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn a_sentence_behind_any_bytes_is_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut all = bytes;
        all.extend(seal("GPMTW,17.9,C").into_bytes());
        let last = Decoder::new(&setup()).push(&all).pop().map(show);
        prop_assert_eq!(last.as_deref(), Some("water 17.9"));
    }

    #[test]
    fn places_come_back_to_a_ten_millionth(lat in -899_999_999..=899_999_999_i64, lon in -1_799_999_999..=1_799_999_999_i64) {
        let written = |e7: i64, width: usize, sides: [&str; 2]| {
            let (degrees, rest) = (e7.abs() / 10_000_000, e7.abs() % 10_000_000);
            // Seven decimals of a minute: 1e-7 degrees is 6e-6 minutes.
            let minutes = rest * 60;
            let side = if e7 < 0 { sides[1] } else { sides[0] };
            format!("{degrees:0width$}{:02}.{:07},{side}", minutes / 10_000_000, minutes % 10_000_000)
        };
        let body = format!("GPGGA,101112,{},{},1,08,,,M,,M,,", written(lat, 2, ["N", "S"]), written(lon, 3, ["E", "W"]));
        let events = Decoder::new(&setup()).push(seal(&body).as_bytes());
        let Event::Said(said) = &events[0] else { panic!("{events:?}") };
        prop_assert_eq!(said.fixes[0].place, GeoPoint { lat_e7: lat as i32, lon_e7: lon as i32 });
    }

    #[test]
    fn fields_of_any_text_break_nothing(kind in "(RMC|GGA|GLL|VTG|ZDA|MDA|MTW|XDR)", fields in prop::collection::vec("[0-9AVNSEW.+-]{0,12}", 0..24)) {
        let events = Decoder::new(&setup()).push(seal(&format!("GP{kind},{}", fields.join(","))).as_bytes());
        prop_assert_eq!(events.len(), 1);
    }
}
