//! SenML in JSON, RFC 8428: records whose names, times and values stand on bases that hold from where they are given.
//!
//! A name is base name and name; while nobody gave a base name, the topic stands before it, so that `temp` of two devices
//! stays two. A sum goes by its name with `/sum`. Times below 2²⁸ s count from now (§4.5.3); zero is now, which is no time
//! of the device's. Text and data are no readings. A field that must be understood (§4.4: its name ends in `_`) or a
//! version above 10 refuses the whole pack, as the standard asks.

use super::place;
use crate::json::{self, Decoded, Fault, VALUES_MAX};
use domain::{RawFault, RawReading};
use serde_json::{Map, Value};
use units::{Milli, Timestamp};

const FIELDS: [&str; 14] = ["bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t"];

/// The largest time that counts from now, seconds.
const RELATIVE_MAX: f64 = 268_435_456.0;

/// Whether it can be nothing else: a list of records with SenML's fields only, the first named and one with a value.
pub(super) fn is_pack(value: &Value) -> bool {
    let Some(list) = value.as_array() else { return false };
    let known = |record: &Map<String, Value>| {
        record.keys().all(|key| FIELDS.contains(&key.as_str()) || key == "ut" || key.ends_with('_'))
    };
    let named = list.first().and_then(Value::as_object).is_some_and(|first| {
        first.get("bn").is_some_and(Value::is_string) || first.get("n").is_some_and(Value::is_string)
    });
    let valued = |record: &Value| ["v", "vs", "vb", "vd", "s"].iter().any(|key| record.get(key).is_some());
    named && list.iter().all(|record| record.as_object().is_some_and(known)) && list.iter().any(valued)
}

pub(super) fn decode(
    value: &Value,
    topic: &str,
    base: &str,
    now: Timestamp,
    message: i64,
) -> Result<Decoded, Fault> {
    let list = value.as_array().ok_or(Fault::OtherShape)?;
    if list.len() > VALUES_MAX {
        return Err(Fault::TooMany);
    }
    let (mut base_name, mut base_time, mut base_value, mut base_sum) = ("", 0.0, 0.0, 0.0);
    let mut decoded = Decoded::default();
    for record in list {
        let record = record.as_object().ok_or(Fault::OtherShape)?;
        let version = record.get("bver").map_or(Some(10), Value::as_u64);
        if record.keys().any(|key| key.ends_with('_')) || version.is_none_or(|version| version > 10) {
            return Err(Fault::OtherShape);
        }
        let number = |key: &str| match record.get(key) {
            None => Ok(None),
            Some(found) => found.as_f64().map(Some).ok_or(Fault::OtherShape),
        };
        let text = |key: &str| match record.get(key) {
            None => Ok(None),
            Some(found) => found.as_str().map(Some).ok_or(Fault::OtherShape),
        };
        base_name = text("bn")?.unwrap_or(base_name);
        base_time = number("bt")?.unwrap_or(base_time);
        base_value = number("bv")?.unwrap_or(base_value);
        base_sum = number("bs")?.unwrap_or(base_sum);
        let name = format!("{base_name}{}", text("n")?.unwrap_or_default());
        let name = if base_name.is_empty() { json::join(place(topic, base), &name) } else { name };
        let device_at = time(base_time + number("t")?.unwrap_or(0.0), now);
        let mut reading = |code: String, value: Result<Milli, RawFault>| {
            if json::is_code(&code) {
                let sequence = device_at.map(|_| message);
                decoded.readings.push(RawReading { code, value, device_at, sequence });
            }
        };
        let held = |found: f64| json::held(found).ok_or(RawFault::NotANumber);
        if let Some(found) = number("v")? {
            reading(name.clone(), held(base_value + found));
        } else if let Some(yes) = record.get("vb") {
            reading(name.clone(), Ok(Milli(if yes.as_bool().ok_or(Fault::OtherShape)? { 1000 } else { 0 })));
        } else if record.contains_key("bv") && !record.contains_key("vs") && !record.contains_key("vd") {
            // Without a value of its own, a record has its base's only where the name is there too (§4.1).
            if record.contains_key("n") {
                reading(name.clone(), held(base_value));
            }
        }
        if let Some(sum) = number("s")? {
            reading(format!("{name}/sum"), held(base_sum + sum));
        }
    }
    if decoded.readings.len() > VALUES_MAX {
        return Err(Fault::TooMany);
    }
    Ok(decoded)
}

fn time(seconds: f64, now: Timestamp) -> Option<Timestamp> {
    if seconds == 0.0 || !seconds.is_finite() || seconds.abs() > 1e11 {
        return None;
    }
    let millis = (seconds * 1000.0).round() as i64;
    let at = if seconds.abs() < RELATIVE_MAX {
        Timestamp(now.0.saturating_add(millis))
    } else {
        Timestamp(millis)
    };
    json::is_instant(at).then_some(at)
}
