use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn check(filter: &str, topic: &str, payload: &str, expected: Expect) {
    expected.assert_eq(&show(decode(topic, base_of(filter), payload.as_bytes())));
}

fn show(decoded: Result<Decoded, Fault>) -> String {
    let decoded = match decoded {
        Ok(decoded) => decoded,
        Err(fault) => return format!("{fault:?}"),
    };
    let instant = |at: Option<Timestamp>| at.map_or(String::new(), |at| format!(" @{at}"));
    let readings = decoded.readings.iter().map(|reading| {
        let value = match reading.value {
            Ok(value) => value.to_string(),
            Err(fault) => format!("{fault:?}"),
        };
        format!("{} {value}{}", reading.code, instant(reading.device_at))
    });
    let fixes = decoded.fixes.iter().map(|fix| {
        let speed = fix.speed_kmh.map_or(String::new(), |speed| format!(" {speed} km/h"));
        let heading = fix.heading_deg.map_or(String::new(), |heading| format!(" {heading}°"));
        let (lat, lon) = (fix.place.lat(), fix.place.lon());
        format!("{} at {lat} {lon}{speed}{heading}{}", fix.vehicle, instant(fix.device_at))
    });
    // By name: which key comes first in an object is the parser's affair.
    let mut lines: Vec<String> = readings.chain(fixes).collect();
    lines.sort();
    lines.join("\n")
}

#[test]
fn values_are_named_by_where_they_stand() {
    check(
        "site/energy/#",
        "site/energy/E1",
        r#"{"ts":1795360547000,"power":{"kw":3.25,"phases":[1,2]},"on":true,"unit":"kW","cos":"0.93","seq":7}"#,
        expect![[r#"
            E1/cos 0.93 @2026-11-22T15:15:47.000Z
            E1/on 1 @2026-11-22T15:15:47.000Z
            E1/power/kw 3.25 @2026-11-22T15:15:47.000Z
            E1/power/phases/0 1 @2026-11-22T15:15:47.000Z
            E1/power/phases/1 2 @2026-11-22T15:15:47.000Z"#]],
    );
    check("site/cellar", "site/cellar", " 21.5\n", expect!["cellar 21.5"]);
    check("", "", "21.5", expect!["value 21.5"]);
    check("site/+/temp", "site/a/temp", "-4", expect!["a/temp -4"]);
    check("site/cellar", "site/cellar", r#"{"t":1}"#, expect!["t 1"]);
    check(
        "#",
        "a/b",
        r#"{"t":null,"u":"NaN","v":"text"}"#,
        expect![[r#"
        a/b/t SensorFault
        a/b/u NotANumber"#]],
    );
}

#[test]
fn lists_go_by_names_and_times() {
    check(
        "",
        "",
        r#"{"rooms":[{"id":"A","temp":-18.4,"door":0},{"id":2,"temp":4}],"raw":[5,6]}"#,
        expect![[r#"
            2/temp 4
            A/door 0
            A/temp -18.4
            raw/0 5
            raw/1 6"#]],
    );
    // ThingsBoard's shape, also as a list.
    check(
        "v1/#",
        "v1/t",
        r#"[{"ts":1451649600512,"values":{"temp":22.5}},{"ts":1451649601512,"values":{"temp":23}}]"#,
        expect![[r#"
            t/temp 22.5 @2016-01-01T12:00:00.512Z
            t/temp 23 @2016-01-01T12:00:01.512Z"#]],
    );
}

#[test]
fn times_are_read_as_devices_write_them() {
    for (time, at) in [
        ("1795360547", 1_795_360_547_000),
        ("1795360547123", 1_795_360_547_123),
        ("1795360547.25", 1_795_360_547_250),
        ("1795360547123456", 1_795_360_547_123),
        ("1795360547123456789", 1_795_360_547_123),
        (r#""2026-11-22T15:15:47Z""#, 1_795_360_547_000),
        (r#""2026-11-22 17:15:47+02:00""#, 1_795_360_547_000),
        (r#""1795360547123""#, 1_795_360_547_123),
    ] {
        let payload = format!(r#"{{"timestamp":{time},"x":1}}"#);
        let decoded = decode("t", "t", payload.as_bytes()).expect("read");
        assert_eq!(decoded.readings[0].device_at, Some(Timestamp(at)), "{time}");
    }
    // A duration is no instant, and stays a value.
    check(
        "t",
        "t",
        r#"{"time":12,"x":1}"#,
        expect![[r#"
        time 12
        x 1"#]],
    );
}

#[test]
fn what_repeats_is_told_from_what_only_agrees() {
    let sequence = |payload: &str| decode("t", "t", payload.as_bytes()).expect("read").readings[0].sequence;
    let one = r#"{"ts":1795360547,"x":1}"#;
    assert_eq!(sequence(one), sequence(one));
    assert_ne!(sequence(one), sequence(r#"{"ts":1795360547,"x":2}"#));
    assert_eq!(sequence(r#"{"ts":1795360547,"seq":9,"x":1}"#), Some(9));
    assert_eq!(sequence(r#"{"x":1}"#), None);
}

#[test]
fn places_are_of_vehicles() {
    check(
        "fleet/+/position",
        "fleet/V1/position",
        r#"{"lat":60.17,"lon":24.94,"speed_kmh":42.5,"heading":359.7,"ts":1795360547000,"battery":87}"#,
        expect!["V1 at 60.17 24.94 42.5 km/h 0° @2026-11-22T15:15:47.000Z"],
    );
    check(
        "#",
        "traccar",
        r#"{"deviceId":7,"fixTime":"2026-11-22T15:15:47Z","latitude":"60.5","longitude":24,"speed_kn":10,"course":90}"#,
        expect!["7 at 60.5 24 18.52 km/h 90° @2026-11-22T15:15:47.000Z"],
    );
    check(
        "#",
        "a/phone/b",
        r#"{"location":{"timestamp":"2026-11-22T15:15:47Z","coords":{"latitude":1,"longitude":2,"speed":-1,"heading":-1}},"device_id":"van"}"#,
        expect!["van at 1 2 @2026-11-22T15:15:47.000Z"],
    );
    check("#", "a/V/b", r#"{"lat":91,"lon":0}"#, expect!["NoPlace"]);
    check("#", "a/V/b", r#"{"lat":"NaN","lon":0}"#, expect!["NoPlace"]);
}

#[test]
fn poison_is_named() {
    let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    let many = format!("[{}]", vec!["0"; VALUES_MAX + 1].join(","));
    let wide = format!("{{\"a\":[{0}],\"b\":[{0}]}}", vec!["0"; VALUES_MAX].join(","));
    let huge = format!("\"{}\"", "x".repeat(PAYLOAD_BYTES_MAX));
    for (payload, fault) in [
        ("", Fault::Empty),
        ("hello", Fault::NotJson),
        ("{\"t\":1", Fault::NotJson),
        ("{\"t\":NaN}", Fault::NotJson),
        ("{\"t\":Infinity}", Fault::NotJson),
        ("{\"t\":1e999}", Fault::NotJson),
        (&deep(9), Fault::TooDeep),
        (&deep(5000), Fault::NotJson),
        (&many, Fault::TooMany),
        (&wide, Fault::TooMany),
        (&huge, Fault::TooLong),
        ("{}", Fault::NoValue),
        ("{\"t\":\"on\"}", Fault::NoValue),
    ] {
        assert_eq!(decode("t", "", payload.as_bytes()), Err(fault), "{}", &payload[..payload.len().min(40)]);
    }
    assert_eq!(decode("t", "", b"{\"t\":\"\xff\"}"), Err(Fault::NotJson));
    check(
        "#",
        "t",
        r#"{"a":1e15,"b":9223372036854775807,"c":"1e999","d":1}"#,
        expect![[r#"
        t/a NotANumber
        t/b NotANumber
        t/d 1"#]],
    );
}

proptest! {
    #[test]
    fn any_bytes_are_survived(topic in "[a-z/+#]{0,12}", payload in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&topic, base_of(&topic), &payload);
    }

    #[test]
    fn anything_that_looks_like_json_is_survived(payload in r#"[\[\]{}:,"0-9eE.+\-a-z \\]{0,200}"#) {
        if let Ok(decoded) = decode("a/b", "a/", payload.as_bytes()) {
            prop_assert!(decoded.readings.len() + decoded.fixes.len() > 0);
        }
    }

    #[test]
    fn numbers_come_through(values in prop::collection::btree_map("[a-h]{1,4}", -1_000_000_000i64..1_000_000_000, 1..20)) {
        let text: Vec<String> = values.iter().map(|(key, value)| format!("\"{key}\":{}", Milli(*value))).collect();
        let decoded = decode("x/y", "x/", format!("{{{}}}", text.join(",")).as_bytes()).expect("read");
        let came: Vec<(String, i64)> = decoded.readings.into_iter().map(|r| (r.code, r.value.expect("a number").0)).collect();
        prop_assert_eq!(came, values.into_iter().map(|(key, value)| (format!("y/{key}"), value)).collect::<Vec<_>>());
    }
}
