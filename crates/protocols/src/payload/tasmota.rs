//! What Tasmota publishes: `tele/<device>/SENSOR`, `STATE`, `LWT`, and its answers below `stat/`.
//!
//! A value goes by its device and keys: `fridge/AM2301/Temperature`. `ON` and `OFF` are 1 and 0, whether it is there is
//! `fridge/online`. Its time is that of its own place without a zone, so it is believed only where it says one.

use super::{add, place};
use crate::json::{self, Decoded, Fault, Known};
use domain::RawReading;
use serde_json::Value;
use units::Milli;

/// Level of the topic that tells what kind of message it is.
const PREFIXES: [&str; 2] = ["tele", "stat"];

/// Keys that are no values, though they may read like numbers.
const NO_VALUES: [&str; 4] = ["Time", "Id", "Epoch", "TempUnit"];

pub(super) fn is_topic(topic: &str) -> bool {
    let mut levels = topic.split('/').rev();
    let last = levels.next().unwrap_or_default();
    let kind = matches!(last, "SENSOR" | "STATE" | "LWT" | "RESULT")
        || last.strip_prefix("STATUS").is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    kind && levels.any(|level| PREFIXES.contains(&level))
}

/// The topic without its prefix and its last level.
fn device(topic: &str, base: &str) -> String {
    let mut levels: Vec<&str> = topic.split('/').filter(|level| !level.is_empty()).collect();
    levels.pop();
    let whole =
        levels.iter().filter(|level| !PREFIXES.contains(level)).copied().collect::<Vec<_>>().join("/");
    // What the subscription fixes is left out here too, as far as a name is left.
    let shorter: Vec<&str> = place(topic, base)
        .split('/')
        .filter(|level| levels.contains(level) && !PREFIXES.contains(level))
        .collect();
    if shorter.is_empty() { whole } else { shorter.join("/") }
}

/// Whether it is there, by its last will; `None` for every other message.
pub(super) fn last_words(topic: &str, base: &str, payload: &[u8]) -> Option<Decoded> {
    topic.ends_with("/LWT").then_some(())?;
    let value = match payload {
        b"Online" => Milli(1000),
        b"Offline" => Milli(0),
        _ => return None,
    };
    let code = json::join(&device(topic, base), "online");
    let reading = RawReading { code, value: Ok(value), device_at: None, sequence: None };
    Some(Decoded { readings: vec![reading], fixes: vec![] })
}

pub(super) fn decode(value: &Value, topic: &str, base: &str, message: i64) -> Result<Decoded, Fault> {
    let object = value.as_object().ok_or(Fault::OtherShape)?;
    let device = device(topic, base);
    let zoned = |text: &&str| {
        text.len() > 19 && text.as_bytes()[19..].iter().any(|b| matches!(b, b'Z' | b'+' | b'-'))
    };
    let at = object
        .get("Time")
        .filter(|time| time.as_str().as_ref().is_some_and(zoned))
        .or(object.get("Epoch"))
        .and_then(json::time);
    let known = Known { message, at, sequence: None };
    let mut decoded = Decoded::default();
    for (key, below) in object {
        if NO_VALUES.contains(&key.as_str()) {
            continue;
        }
        // Answers to `Status 8` and `Status 10` wrap the same values once more.
        let name = if key == "StatusSNS" { device.clone() } else { json::join(&device, key) };
        add(&mut decoded, &plain(below, 0), &name, &device, known)?;
    }
    Ok(decoded)
}

/// Without what is no value, and with switches as `true` and `false`.
fn plain(value: &Value, depth: usize) -> Value {
    match value {
        // Deeper is refused by the walk that follows.
        _ if depth > json::DEPTH_MAX => value.clone(),
        Value::String(text) if text == "ON" => Value::Bool(true),
        Value::String(text) if text == "OFF" => Value::Bool(false),
        Value::Object(object) => Value::Object(
            object
                .iter()
                .filter(|(key, _)| !NO_VALUES.contains(&key.as_str()))
                .map(|(key, below)| (key.clone(), plain(below, depth + 1)))
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.iter().map(|item| plain(item, depth + 1)).collect()),
        other => other.clone(),
    }
}
