use super::sparkplug::{Held, Metric, Payload, Properties, Property};
use super::*;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use prost::Message;
use units::Millis;

const NOW: Timestamp = Timestamp(1_795_360_547_000);

fn show(heard: &Result<Heard, Fault>) -> String {
    let heard = match heard {
        Ok(heard) => heard,
        Err(fault) => return format!("{fault:?}"),
    };
    let instant = |at: Option<Timestamp>| at.map_or(String::new(), |at| format!(" @{at}"));
    let readings = heard.decoded.readings.iter().map(|reading| {
        let value = match reading.value {
            Ok(value) => value.to_string(),
            Err(fault) => format!("{fault:?}"),
        };
        format!("{} {value}{}", reading.code, instant(reading.device_at))
    });
    let fixes = heard.decoded.fixes.iter().map(|fix| {
        format!("{} at {} {}{}", fix.vehicle, fix.place.lat(), fix.place.lon(), instant(fix.device_at))
    });
    let asks = heard.ask.iter().map(|ask| format!("asks {}", ask.topic));
    let mut lines: Vec<String> = readings.chain(fixes).chain(asks).collect();
    lines.sort();
    lines.join("\n")
}

fn check(language: Language, filter: &str, topic: &str, payload: &str, expected: Expect) {
    let base = json::base_of(filter);
    let said = Reader::new(language).read(topic, base, payload.as_bytes(), NOW);
    expected.assert_eq(&show(&said));
    // What nobody needs to be told is found out too.
    if said.is_ok() {
        assert_eq!(Reader::new(Language::Auto).read(topic, base, payload.as_bytes(), NOW), said, "{topic}");
    }
}

#[test]
fn senml_stands_on_its_bases() {
    // RFC 8428 §5.1.2, §5.1.3 and §5.1.7, with values and bases of sums.
    check(
        Language::Senml,
        "senml/#",
        "senml/a",
        r#"[{"bn":"urn:dev:ow:10e2073a0108006:","bt":1.795360e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
            {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3}]"#,
        expect![[r#"
            urn:dev:ow:10e2073a0108006:current 1.2 @2026-11-22T15:06:35.000Z
            urn:dev:ow:10e2073a0108006:current 1.3 @2026-11-22T15:06:36.000Z
            urn:dev:ow:10e2073a0108006:voltage 120.1 @2026-11-22T15:06:40.000Z"#]],
    );
    check(
        Language::Senml,
        "senml/#",
        "senml/cellar",
        r#"[{"n":"temp","v":20,"t":-30},{"n":"open","vb":true},{"n":"label","vs":"Machine Room"},
            {"n":"energy","bs":100,"s":0.5},{"bn":"other:","n":"x","bv":10,"v":-1}]"#,
        expect![[r#"
            cellar/energy/sum 100.5
            cellar/open 1
            cellar/temp 20 @2026-11-22T15:15:17.000Z
            other:x 9"#]],
    );
    for refused in [
        r#"{"n":"a","v":1}"#,
        r#"[{"n":"a","v":"1"}]"#,
        r#"[{"n":"a","v":1,"x_":2}]"#,
        r#"[{"n":"a","v":1,"bver":11}]"#,
        "[1]",
    ] {
        check(Language::Senml, "#", "a", refused, expect!["OtherShape"]);
    }
    check(Language::Senml, "#", "a", r#"[{"n":"a","vs":"x"}]"#, expect!["NoValue"]);
    // A list that only looks a little like it stays JSON.
    let list = Reader::new(Language::Auto).read("a", "", br#"[{"n":"a","v":1,"w":2}]"#, NOW);
    assert_eq!(show(&list), "a/0/v 1\na/0/w 2");
}

#[test]
fn uplinks_of_chirpstack() {
    check(
        Language::Chirpstack,
        "application/+/device/+/event/up",
        "application/17c8/device/0101010101010101/event/up",
        r#"{"deduplicationId":"3ac7e3c4","time":"2026-11-22T09:34:15.775023242+00:00","deviceInfo":{"tenantId":"52f1",
            "applicationName":"Cold","deviceName":"Freezer 2","devEui":"0101010101010101","tags":{"key":"value"}},
            "devAddr":"00189440","dr":1,"fPort":1,"fCnt":7,"data":"qg==","object":{"temperature":-18.25,"door":false,"battery":{"v":3.6}},
            "rxInfo":[{"gatewayId":"0016c0","rssi":-105,"snr":1.5},{"gatewayId":"0016c1","rssi":-48,"snr":9}],
            "txInfo":{"frequency":868300000}}"#,
        expect![[r#"
            0101010101010101/battery/v 3.6 @2026-11-22T09:34:15.775Z
            0101010101010101/door 0 @2026-11-22T09:34:15.775Z
            0101010101010101/rssi -48 @2026-11-22T09:34:15.775Z
            0101010101010101/snr 9 @2026-11-22T09:34:15.775Z
            0101010101010101/temperature -18.25 @2026-11-22T09:34:15.775Z"#]],
    );
    // Nothing decoded: bytes that are Cayenne LPP are offered as such, here 27.2 and 25.5 °C.
    check(
        Language::Chirpstack,
        "application/#",
        "application/1/device/ab/event/up",
        r#"{"deviceInfo":{"devEui":"ab"},"fCnt":1,"data":"A2cBEAVnAP8="}"#,
        expect![[r#"
            ab/lpp/temperature_3 27.2
            ab/lpp/temperature_5 25.5"#]],
    );
    check(
        Language::Chirpstack,
        "application/#",
        "application/1/device/ab/event/status",
        r#"{"deviceInfo":{"devEui":"ab"},"margin":10,"externalPowerSource":false,"batteryLevel":75.3}"#,
        expect![[r#"
            ab/battery_level 75.3
            ab/margin 10"#]],
    );
    check(Language::Chirpstack, "#", "a", r#"{"deviceInfo":{"devEui":"ab"}}"#, expect!["NoValue"]);
    check(Language::Chirpstack, "#", "a", r#"{"temperature":1}"#, expect!["OtherShape"]);
}

#[test]
fn uplinks_of_the_things_stack() {
    check(
        Language::Ttn,
        "v3/+/devices/+/up",
        "v3/app1@ttn/devices/dev1/up",
        r#"{"end_device_ids":{"device_id":"dev1","application_ids":{"application_id":"app1"},"dev_eui":"4200000000000000"},
            "correlation_ids":["as:up:01E0"],"received_at":"2026-11-22T15:15:45.787Z","uplink_message":{"session_key_id":"AX",
            "f_cnt":3,"f_port":1,"frm_payload":"AQIDBA==","decoded_payload":{"temp":[1.5,2]},
            "rx_metadata":[{"gateway_ids":{"gateway_id":"gtw1"},"rssi":-35,"snr":5}],
            "settings":{"frequency":"868300000"},"received_at":"2026-11-22T15:15:45.500Z"},"simulated":true}"#,
        expect![[r#"
            dev1/rssi -35 @2026-11-22T15:15:45.500Z
            dev1/snr 5 @2026-11-22T15:15:45.500Z
            dev1/temp/0 1.5 @2026-11-22T15:15:45.500Z
            dev1/temp/1 2 @2026-11-22T15:15:45.500Z"#]],
    );
    check(
        Language::Ttn,
        "v3/#",
        "v3/app1@ttn/devices/van/up",
        r#"{"end_device_ids":{"device_id":"van"},"uplink_message":{"frm_payload":"AYgGdl/ylgoAA+g="}}"#,
        expect![[r#"
            van at 42.3519 -87.9094
            van/lpp/altitude_1 10"#]],
    );
    check(
        Language::Ttn,
        "v3/#",
        "v3/app1@ttn/devices/van/join",
        r#"{"end_device_ids":{"device_id":"van"},"join_accept":{"session_key_id":"A"}}"#,
        expect!["NoValue"],
    );
    check(Language::Ttn, "#", "a", "[]", expect!["OtherShape"]);
}

#[test]
fn tasmota_goes_by_device_and_keys() {
    check(
        Language::Tasmota,
        "tele/#",
        "tele/fridge/SENSOR",
        r#"{"Time":"2026-11-22T16:15:47","AM2301":{"Temperature":4.7,"Humidity":50.1},
            "DS18B20-1":{"Id":"011440122","Temperature":-18.06},"Switch1":"ON","ENERGY":{"Power":[1,2],"Total":0.5},"TempUnit":"C"}"#,
        expect![[r#"
            fridge/AM2301/Humidity 50.1
            fridge/AM2301/Temperature 4.7
            fridge/DS18B20-1/Temperature -18.06
            fridge/ENERGY/Power/0 1
            fridge/ENERGY/Power/1 2
            fridge/ENERGY/Total 0.5
            fridge/Switch1 1"#]],
    );
    check(
        Language::Tasmota,
        "site/+/tele/STATE",
        "site/pump/tele/STATE",
        r#"{"Time":"2026-11-22T16:15:47+01:00","UptimeSec":30,"POWER":"OFF","Wifi":{"RSSI":100,"SSId":"x"}}"#,
        expect![[r#"
            pump/POWER 0 @2026-11-22T15:15:47.000Z
            pump/UptimeSec 30 @2026-11-22T15:15:47.000Z
            pump/Wifi/RSSI 100 @2026-11-22T15:15:47.000Z"#]],
    );
    check(Language::Tasmota, "tele/#", "tele/fridge/LWT", "Offline", expect!["fridge/online 0"]);
    check(
        Language::Tasmota,
        "stat/fridge/STATUS10",
        "stat/fridge/STATUS10",
        r#"{"StatusSNS":{"Time":"2026-11-22T16:15:47","BME280":{"Pressure":1004.5}}}"#,
        expect!["fridge/BME280/Pressure 1004.5"],
    );
}

#[test]
fn thingsboard_by_device_and_gateway() {
    check(
        Language::Thingsboard,
        "v1/gateway/telemetry",
        "v1/gateway/telemetry",
        r#"{"Device A":[{"ts":1795360547000,"values":{"temperature":42,"hum":80}},{"ts":1795360548000,"values":{"temperature":43}}],
            "Device B":[{"temperature":1}]}"#,
        expect![[r#"
            Device A/hum 80 @2026-11-22T15:15:47.000Z
            Device A/temperature 42 @2026-11-22T15:15:47.000Z
            Device A/temperature 43 @2026-11-22T15:15:48.000Z
            Device B/temperature 1"#]],
    );
    check(
        Language::Thingsboard,
        "v1/devices/me/#",
        "v1/devices/me/telemetry",
        r#"[{"ts":1795360547000,"values":{"t":1}},{"u":true}]"#,
        expect![[r#"
            t 1 @2026-11-22T15:15:47.000Z
            u 1"#]],
    );
    let bridged =
        Reader::new(Language::Thingsboard).read("north/v1/gateway/telemetry", "", br#"{"A":[{"t":1}]}"#, NOW);
    assert_eq!(show(&bridged), "north/A/t 1");
    let connect =
        Reader::new(Language::Thingsboard).read("v1/gateway/connect", "", br#"{"device":"3"}"#, NOW);
    assert_eq!(show(&connect), "NoValue");
}

#[test]
fn cayenne_takes_all_or_nothing() {
    // From Cayenne's documents: two temperatures; temperature and acceleration.
    let shown = |bytes: &[u8]| {
        cayenne::decode(bytes)
            .map(|found| found.values.iter().map(|(n, v)| format!("{n} {v}")).collect::<Vec<_>>().join(", "))
    };
    assert_eq!(
        shown(b"\x01\x67\xff\xd7\x06\x71\x04\xd2\xfb\x2e\x00\x00").as_deref(),
        Some("temperature_1 -4.1, accelerometer_6/x 1.234, accelerometer_6/y -1.234, accelerometer_6/z 0")
    );
    assert_eq!(shown(b"\x02\x68\x61").as_deref(), Some("humidity_2 48.5"));
    for bad in [&b""[..], b"\x01", b"\x01\x67\x01", b"\x01\x67\x01\x10\x00", b"\x01\xf0\x01"] {
        assert_eq!(shown(bad), None, "{bad:?}");
    }
}

fn metric(name: Option<&str>, alias: Option<u64>, datatype: Option<u32>, value: Held) -> Metric {
    let name = name.map(str::to_owned);
    Metric {
        name,
        alias,
        datatype,
        timestamp: Some(1_795_360_547_000),
        value: Some(value),
        ..Metric::default()
    }
}

fn message(seq: u64, metrics: Vec<Metric>) -> Vec<u8> {
    Payload { timestamp: Some(1_795_360_540_000), seq: Some(seq), metrics }.encode_to_vec()
}

/// Messages of one group, one after the other: topic without namespace and group, and what came.
fn sparkplug(base: &str, messages: &[(&str, Vec<u8>, i64)]) -> String {
    let mut reader = Reader::new(Language::Auto);
    let mut lines = vec![];
    for (topic, payload, after_seconds) in messages {
        let (kind, rest) = topic.split_once('/').expect("a kind");
        let now = NOW + Millis::seconds(*after_seconds);
        let said = reader.read(&format!("spBv1.0/plant/{kind}/{rest}"), base, payload, now);
        lines.push(format!("{topic}:\n{}", show(&said)));
    }
    lines.join("\n")
}

#[test]
fn sparkplug_names_by_birth() {
    let bd = || metric(Some("bdSeq"), None, Some(8), Held::Long(3));
    let node = || {
        vec![
            bd(),
            metric(Some("Node Control/Rebirth"), None, Some(11), Held::Boolean(false)),
            metric(Some("cpu"), Some(1), Some(9), Held::Float(21.4)),
        ]
    };
    let device = || {
        vec![
            metric(Some("in/temp"), Some(2), Some(3), Held::Int(-18_i32 as u32)),
            metric(Some("in/count"), Some(3), Some(4), Held::Long(-1_i64 as u64)),
            metric(Some("serial"), Some(4), Some(12), Held::Text("7".into())),
            Metric {
                is_null: Some(true),
                value: None,
                ..metric(Some("in/door"), Some(5), Some(11), Held::Int(0))
            },
        ]
    };
    let by_alias = |alias, value| vec![metric(None, Some(alias), None, value)];
    let bad = Metric {
        properties: Some(Properties {
            keys: vec!["Quality".into()],
            values: vec![Property { int: Some(0) }],
        }),
        ..metric(None, Some(2), None, Held::Int(5))
    };
    expect![[r#"
        NBIRTH/e1:
        e1/cpu 21.4 @2026-11-22T15:15:47.000Z
        DBIRTH/e1/d:
        e1/d/in/count -1 @2026-11-22T15:15:47.000Z
        e1/d/in/door SensorFault @2026-11-22T15:15:47.000Z
        e1/d/in/temp -18 @2026-11-22T15:15:47.000Z
        DDATA/e1/d:
        e1/d/in/temp -1 @2026-11-22T15:15:47.000Z
        DDATA/e1/d:
        e1/d/in/temp SensorFault @2026-11-22T15:15:47.000Z
        NCMD/e1:
        NoValue
        NDEATH/e1:
        NoValue
        NDATA/e1:
        e1/cpu 5 @2026-11-22T15:15:47.000Z
        NDEATH/e1:
        e1/cpu SensorFault
        e1/d/in/count SensorFault
        e1/d/in/door SensorFault
        e1/d/in/temp SensorFault"#]]
    .assert_eq(&sparkplug(
        "spBv1.0/plant/",
        &[
            ("NBIRTH/e1", message(0, node()), 0),
            ("DBIRTH/e1/d", message(1, device()), 0),
            ("DDATA/e1/d", message(2, by_alias(2, Held::Int(u32::MAX))), 1),
            ("DDATA/e1/d", message(3, vec![bad]), 1),
            ("NCMD/e1", message(3, vec![]), 1),
            // The will of an earlier connection.
            ("NDEATH/e1", message(0, vec![metric(Some("bdSeq"), None, Some(8), Held::Long(2))]), 1),
            ("NDATA/e1", message(4, by_alias(1, Held::Float(5.0))), 1),
            ("NDEATH/e1", message(0, vec![bd()]), 1),
        ],
    ));
}

#[test]
fn sparkplug_asks_for_a_birth_after_a_hole() {
    let birth = || message(0, vec![metric(Some("t"), Some(1), Some(3), Held::Int(1))]);
    let data = |seq, value| message(seq, vec![metric(None, Some(1), None, Held::Int(value))]);
    let named = |seq, value| message(seq, vec![metric(Some("t"), None, Some(3), Held::Int(value))]);
    expect![[r#"
        NDATA/e1:
        asks spBv1.0/plant/NCMD/e1
        NDATA/e1:
        NoValue
        NDATA/e1:
        asks spBv1.0/plant/NCMD/e1
        NDATA/e1:
        NoValue
        NBIRTH/e1:
        plant/e1/t 1 @2026-11-22T15:15:47.000Z
        NDATA/e1:
        plant/e1/t 2 @2026-11-22T15:15:47.000Z
        NDATA/e1:
        plant/e1/t 2 @2026-11-22T15:15:47.000Z
        NDATA/e1:
        asks spBv1.0/plant/NCMD/e1
        NDATA/e1:
        plant/e1/t 7 @2026-11-22T15:15:47.000Z
        DDATA/e1:
        OtherShape"#]]
    .assert_eq(&sparkplug(
        "spBv1.0/",
        &[
            ("NDATA/e1", data(9, 1), 0),
            ("NDATA/e1", data(10, 1), 29),
            ("NDATA/e1", data(11, 1), 30),
            ("NDATA/e1", data(12, 1), 80),
            ("NBIRTH/e1", birth(), 90),
            ("NDATA/e1", data(1, 2), 91),
            // Delivered twice: no hole.
            ("NDATA/e1", data(1, 2), 91),
            ("NDATA/e1", data(3, 3), 92),
            ("NDATA/e1", named(4, 7), 93),
            ("DDATA/e1", data(5, 7), 94),
        ],
    ));
}

#[test]
fn sparkplug_is_bounded() {
    let mut reader = Reader::new(Language::SparkplugB);
    let many = (0..1500).map(|n| metric(Some(&format!("m{n}")), Some(n), Some(3), Held::Int(1))).collect();
    let birth = message(0, many);
    let said: Vec<_> = (0..10)
        .map(|n| reader.read(&format!("spBv1.0/g/NBIRTH/e{n}"), "", &birth, NOW))
        .map(|said| said.map(|heard| heard.decoded.readings.len()))
        .collect();
    assert_eq!(said[..5], [Ok(1500); 5]);
    assert_eq!(said[9], Err(Fault::TooMany));
    // Those that are known are born again as often as they like.
    for _ in 0..20 {
        assert!(reader.read("spBv1.0/g/NBIRTH/e1", "", &birth, NOW).is_ok());
    }
    let mut reader = Reader::new(Language::SparkplugB);
    let empty = message(0, vec![]);
    let refused = (0..300)
        .filter(|n| reader.read(&format!("spBv1.0/g/NBIRTH/e{n}"), "", &empty, NOW) == Err(Fault::TooMany))
        .count();
    assert_eq!(refused, 300 - sparkplug::EDGES_MAX);
}

fn languages() -> impl Strategy<Value = Language> {
    prop::sample::select(vec![
        Language::Auto,
        Language::Json,
        Language::Senml,
        Language::SparkplugB,
        Language::Chirpstack,
        Language::Ttn,
        Language::Tasmota,
        Language::Thingsboard,
    ])
}

fn topics() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "",
        "a",
        "spBv1.0/g/NBIRTH/e",
        "spBv1.0/g/DDATA/e/d",
        "spBv1.0/g/NDEATH/e",
        "spBv1.0///",
        "tele/é/SENSOR",
        "tele/a/LWT",
        "v1/gateway/telemetry",
        "v1/devices/me/telemetry",
        "application/1/device/a/event/up",
        "SENSOR",
    ])
    .prop_map(str::to_owned)
}

/// JSON that resembles what the languages are made of.
fn shapes() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "n",
        "v",
        "bn",
        "bt",
        "t",
        "vb",
        "s",
        "bver",
        "x_",
        "deviceInfo",
        "devEui",
        "object",
        "data",
        "rxInfo",
        "rssi",
        "end_device_ids",
        "device_id",
        "uplink_message",
        "frm_payload",
        "decoded_payload",
        "time",
        "Time",
        "Epoch",
        "Id",
        "StatusSNS",
        "ts",
        "values",
        "lat",
        "lon",
        "fCnt",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[A-Za-z0-9+/=:é-]{0,30}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|all| Value::Object(all.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

fn bounded(said: &Result<Heard, Fault>) {
    if let Ok(heard) = said {
        assert!(heard.decoded.readings.len() <= sparkplug::METRICS_MAX);
        assert!(heard.decoded.readings.iter().all(|reading| json::is_code(&reading.code)));
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_bad(language in languages(), topic in topics(),
        payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..4)) {
        let mut reader = Reader::new(language);
        for payload in &payloads {
            bounded(&reader.read(&topic, "", payload, NOW));
        }
    }

    #[test]
    fn no_shape_is_too_odd(language in languages(), topic in topics(), value in shapes(), now in any::<i64>()) {
        let text = value.to_string();
        bounded(&Reader::new(language).read(&topic, "v1/", text.as_bytes(), Timestamp(now)));
    }

    #[test]
    fn no_births_are_too_odd(numbers in prop::collection::vec((any::<u8>(), any::<u64>(), 0..30_u32, any::<u64>(), any::<bool>()), 1..20)) {
        let mut reader = Reader::new(Language::SparkplugB);
        for (kind, seq, datatype, n, long) in numbers {
            let held = if long { Held::Long(n) } else { Held::Int(n as u32) };
            let mut odd = metric((n % 3 > 0).then_some("bdSeq").filter(|_| n % 5 > 0), Some(n % 7), Some(datatype), held);
            odd.timestamp = Some(n);
            let topic = ["NBIRTH/e", "DBIRTH/e/d", "NDATA/e", "DDATA/e/d", "NDEATH/e", "DDEATH/e/d"][usize::from(kind % 6)];
            bounded(&reader.read(&format!("spBv1.0/g/{topic}"), "", &message(seq, vec![odd]), Timestamp(seq as i64)));
        }
    }
}
