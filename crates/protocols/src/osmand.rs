//! Positions as OsmAnd and Traccar's client send them over HTTP.
//!
//! Two forms. A query: `id=123456&timestamp=1377177267&lat=60.0&lon=30.0&speed=0.0&bearing=0.0&altitude=0&hdop=0.0&batt=87`,
//! speed in knots as Traccar takes it. And JSON: `{"location":{"timestamp":…,"coords":{…}},"device_id":…}`, speed in m/s, below
//! zero where it is not known. Text in, places and named values out. Does not know HTTP. A vehicle that the setup names goes by
//! that; else by its id, and its values are under the id too. Tests: below.

use crate::decimal::Decimal;
use crate::json::{Decoded, Fault, Fix, PAYLOAD_BYTES_MAX, VALUES_MAX, fingerprint, is_code, join};
use domain::RawReading;
use serde_json::Value;
use units::{GeoPoint, Milli, Timestamp};

/// Names of who sends, in a query.
pub const IDS: [&str; 3] = ["id", "deviceid", "device_id"];

/// Keys of a query that are no values of channels.
const TAKEN: [&str; 14] = [
    "id",
    "deviceid",
    "device_id",
    "lat",
    "lon",
    "location",
    "timestamp",
    "speed",
    "bearing",
    "heading",
    "token",
    "key",
    "valid",
    "driverUniqueId",
];

/// The pairs of a query or of a form, decoded; those that are not UTF-8 are left out. At most 64.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .take(64)
        .filter_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((unquoted(key)?, unquoted(value)?))
        })
        .collect()
}

fn unquoted(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// Who sends, by a query.
pub fn id_of(pairs: &[(String, String)]) -> Option<&str> {
    IDS.iter()
        .find_map(|id| pairs.iter().find(|(key, value)| key == id && !value.is_empty()))
        .map(|(_, id)| id.as_str())
}

/// Who sends, by a payload of Traccar's client.
pub fn id_in(payload: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(payload.get(..payload.len().min(PAYLOAD_BYTES_MAX))?).ok()?;
    match value.get("device_id")? {
        Value::String(id) => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// Whether a payload is one of Traccar's client.
pub fn is_traccar(payload: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(payload) else { return false };
    let location = value.get("location");
    let first = location.and_then(|l| l.get(0)).or(location);
    first.is_some_and(|first| first.get("coords").is_some())
}

/// Whether a query tells a place.
pub fn is_place(pairs: &[(String, String)]) -> bool {
    let has = |name: &str| pairs.iter().any(|(key, _)| key == name);
    (has("lat") && has("lon")) || has("location")
}

/// Reads a query; `vehicle` is the name that the setup gives to whoever sends.
pub fn query(pairs: &[(String, String)], vehicle: Option<&str>) -> Result<Decoded, Fault> {
    let text = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
    let number = |name: &str| text(name).and_then(Decimal::parse);
    let (lat, lon) = match text("location").and_then(|both| both.split_once(',')) {
        Some((lat, lon)) => (Decimal::parse(lat.trim()), Decimal::parse(lon.trim())),
        None => (number("lat"), number("lon")),
    };
    let id = vehicle.map(str::to_owned).or(id_of(pairs).map(str::to_owned)).filter(|id| is_code(id));
    let id = id.ok_or(Fault::NoPlace)?;
    let device_at = match text("timestamp").filter(|at| !at.is_empty()) {
        None => None,
        Some(at) => Some(instant(at).ok_or(Fault::OtherShape)?),
    };
    let known = |name: &str| number(name).filter(|n| n.mantissa >= 0);
    let fix = Fix {
        vehicle: id.clone(),
        device_at,
        place: place(lat, lon)?,
        speed_kmh: known("speed")
            .and_then(|knots| knots.times(Decimal { mantissa: 1852, places: 3 }))
            .and_then(Decimal::milli),
        heading_deg: known("bearing").or(known("heading")).and_then(heading),
    };
    let mut decoded = Decoded { readings: Vec::new(), fixes: vec![fix] };
    // A fix that the receiver does not believe is none; what else it says is true.
    if text("valid").is_some_and(|valid| valid == "false" || valid == "0") {
        decoded.fixes.clear();
    }
    let written: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let sequence = device_at.map(|_| fingerprint(written.join("&").as_bytes()));
    let base = if vehicle.is_some() { "" } else { id.as_str() };
    for (key, value) in pairs.iter().filter(|(key, _)| !TAKEN.contains(&key.as_str())) {
        let value = match value.as_str() {
            "true" => Some(Milli::ONE),
            "false" => Some(Milli::ZERO),
            text => Decimal::parse(text.trim()).and_then(Decimal::milli),
        };
        let code = join(base, key);
        if let Some(value) = value.filter(|_| is_code(&code)) {
            decoded.readings.push(RawReading { code, value: Ok(value), device_at, sequence });
        }
    }
    Ok(decoded)
}

/// Reads JSON of Traccar's client: one location or a list of them.
pub fn json(payload: &[u8], vehicle: Option<&str>) -> Result<Decoded, Fault> {
    if payload.is_empty() {
        return Err(Fault::Empty);
    }
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(Fault::TooLong);
    }
    let value: Value = serde_json::from_slice(payload).map_err(|_| Fault::NotJson)?;
    let id = match value.get("device_id") {
        Some(Value::String(id)) => Some(id.clone()),
        Some(Value::Number(id)) => Some(id.to_string()),
        _ => None,
    };
    let id = vehicle.map(str::to_owned).or(id).filter(|id| is_code(id)).ok_or(Fault::NoPlace)?;
    let base = if vehicle.is_some() { "" } else { id.as_str() };
    let location = value.get("location").ok_or(Fault::OtherShape)?;
    let list: Vec<&Value> = match location {
        Value::Array(list) if list.len() > VALUES_MAX => return Err(Fault::TooMany),
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    let mut decoded = Decoded::default();
    for one in list {
        let coords = one.get("coords").ok_or(Fault::OtherShape)?;
        let device_at = match one.get("timestamp") {
            None | Some(Value::Null) => None,
            Some(at) => Some(crate::json::time(at).ok_or(Fault::OtherShape)?),
        };
        // Below zero means that it is not known.
        let known =
            |from: &Value, key: &str| from.get(key).and_then(crate::json::number).filter(|n| n.0 >= 0);
        let exact = |key: &str| coords.get(key).map(Value::to_string).as_deref().and_then(Decimal::parse);
        decoded.fixes.push(Fix {
            vehicle: id.clone(),
            device_at,
            place: place(exact("latitude"), exact("longitude"))?,
            speed_kmh: known(coords, "speed").map(|ms| Milli(ms.0.saturating_mul(18) / 5)),
            heading_deg: known(coords, "heading")
                .and_then(|n| heading(Decimal { mantissa: i128::from(n.0), places: 3 })),
        });
        let sequence = device_at.map(|_| fingerprint(one.to_string().as_bytes()));
        let level = one.get("battery").and_then(|battery| known(battery, "level")).map(|share| match share {
            // A share of one, shown as percent.
            Milli(share) if share <= 1000 => Milli(share * 100),
            percent => percent,
        });
        let altitude =
            coords.get("altitude").and_then(crate::json::number).filter(|metres| metres.0 != -1000);
        let moving = one.get("is_moving").and_then(Value::as_bool).map(|yes| Milli(i64::from(yes) * 1000));
        for (key, value) in [
            ("accuracy", known(coords, "accuracy")),
            ("altitude", altitude),
            ("odometer", known(one, "odometer")),
            ("batt", level),
            ("moving", moving),
        ] {
            if let Some(value) = value {
                decoded.readings.push(RawReading {
                    code: join(base, key),
                    value: Ok(value),
                    device_at,
                    sequence,
                });
            }
        }
    }
    if decoded == Decoded::default() { Err(Fault::NoValue) } else { Ok(decoded) }
}

fn place(lat: Option<Decimal>, lon: Option<Decimal>) -> Result<GeoPoint, Fault> {
    let e7 = |degrees: Option<Decimal>, most: i64| {
        let e7 = degrees?.scaled(7).filter(|e7| e7.abs() <= most * 10_000_000)?;
        i32::try_from(e7).ok()
    };
    match (e7(lat, 90), e7(lon, 180)) {
        (Some(lat_e7), Some(lon_e7)) => Ok(GeoPoint { lat_e7, lon_e7 }),
        _ => Err(Fault::NoPlace),
    }
}

fn heading(degrees: Decimal) -> Option<u16> {
    let milli = degrees.milli()?.0;
    u16::try_from((milli + 500) / 1000 % 360).ok()
}

fn instant(text: &str) -> Option<Timestamp> {
    const EARLIEST: i64 = 631_152_000_000;
    const LATEST: i64 = 4_102_444_800_000;
    let at = match Decimal::parse(text) {
        Some(seconds) if text.contains('.') => Timestamp(seconds.milli()?.0),
        _ => crate::instant::parse(text)?,
    };
    (EARLIEST..LATEST).contains(&at.0).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(decoded: Result<Decoded, Fault>, expected: Expect) {
        let shown = match decoded {
            Err(fault) => format!("{fault:?}"),
            Ok(decoded) => {
                let fix = |f: Fix| {
                    let at = f.device_at.map(|at| at.0);
                    format!(
                        "{} @{at:?} {} {} {:?} km/h {:?}°",
                        f.vehicle,
                        f.place.lat_e7,
                        f.place.lon_e7,
                        f.speed_kmh.map(|s| s.to_string()),
                        f.heading_deg
                    )
                };
                let reading = |r: RawReading| format!("{} = {:?}", r.code, r.value.map(|v| v.to_string()));
                let fixes = decoded.fixes.into_iter().map(fix);
                fixes.chain(decoded.readings.into_iter().map(reading)).collect::<Vec<_>>().join("\n")
            }
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn a_query_is_read() {
        let text = "id=123456&timestamp=1377177267&lat=60.0&lon=30.0&speed=10.0&bearing=359.6&altitude=-3.5&hdop=0.0&batt=87&x=y";
        check(
            query(&pairs(text), None),
            expect![[r#"
            123456 @Some(1377177267000) 600000000 300000000 Some("18.52") km/h Some(0)°
            123456/altitude = Ok("-3.5")
            123456/hdop = Ok("0")
            123456/batt = Ok("87")"#]],
        );
        check(
            query(&pairs("id=secret&location=-33.5%2C151.25&timestamp=2026-11-22+10%3A00%3A00"), Some("V1")),
            expect![[r#"V1 @Some(1795341600000) -335000000 1512500000 None km/h None°"#]],
        );
        check(
            query(&pairs("id=1&lat=60&lon=30&speed=-1&bearing=&valid=false&batt=3"), None),
            expect![[r#"
            1/batt = Ok("3")"#]],
        );
    }

    #[test]
    fn traccars_client_is_read() {
        let text = br#"{"location":{"timestamp":"2026-11-22T10:00:00.000Z","coords":{"latitude":48.1173,"longitude":11.5166667,"accuracy":4.5,"speed":10,"heading":-1,"altitude":519.2},"is_moving":true,"odometer":1200,"event":"motionchange","battery":{"level":0.87,"is_charging":false},"activity":{"type":"in_vehicle"}},"device_id":"777"}"#;
        check(
            json(text, None),
            expect![[r#"
            777 @Some(1795341600000) 481173000 115166667 Some("36") km/h None°
            777/accuracy = Ok("4.5")
            777/altitude = Ok("519.2")
            777/odometer = Ok("1200")
            777/batt = Ok("87")
            777/moving = Ok("1")"#]],
        );
        assert_eq!(id_in(text).as_deref(), Some("777"));
    }

    #[test]
    fn what_is_no_place_is_said() {
        check(query(&pairs("lat=1&lon=2"), None), expect!["NoPlace"]);
        check(query(&pairs("id=1&lat=91&lon=2"), None), expect!["NoPlace"]);
        check(query(&pairs("id=1&lat=NaN&lon=2"), None), expect!["NoPlace"]);
        check(query(&pairs("id=1&lat=1&lon=2&timestamp=soon"), None), expect!["OtherShape"]);
        check(json(b"{}", Some("V")), expect!["OtherShape"]);
        check(json(b"[", Some("V")), expect!["NotJson"]);
        check(json(br#"{"location":{"coords":{"latitude":1}}}"#, Some("V")), expect!["NoPlace"]);
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "\\PC{0,120}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (query(&pairs(&text), None), query(&pairs(&text), Some("v")), json(&bytes, None), id_in(&bytes));
        }

        #[test]
        fn places_are_exact(lat in -900_000_000..=900_000_000_i32, lon in -1_800_000_000..=1_800_000_000_i32) {
            let shown = |e7: i32| {
                let sign = if e7 < 0 { "-" } else { "" };
                format!("{sign}{}.{:07}", e7.unsigned_abs() / 10_000_000, e7.unsigned_abs() % 10_000_000)
            };
            let text = format!("id=v&lat={}&lon={}", shown(lat), shown(lon));
            let found = query(&pairs(&text), None).unwrap().fixes.remove(0).place;
            prop_assert_eq!(found, GeoPoint { lat_e7: lat, lon_e7: lon });
        }
    }
}
