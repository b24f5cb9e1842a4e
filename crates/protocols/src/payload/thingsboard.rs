//! Telemetry as devices and gateways send it to ThingsBoard: `v1/devices/me/telemetry` and `v1/gateway/telemetry`, and their
//! attributes.
//!
//! A device's values go by their keys, a gateway's by the device they are of. `{"ts":…,"values":{…}}`, alone or in a list,
//! gives them their time.

use super::add;
use crate::json::{self, Decoded, Fault, Known};
use serde_json::Value;

pub(super) fn is_topic(topic: &str) -> bool {
    matches!(
        topic,
        "v1/devices/me/telemetry"
            | "v1/devices/me/attributes"
            | "v1/gateway/telemetry"
            | "v1/gateway/attributes"
    )
}

pub(super) fn decode(value: &Value, topic: &str, base: &str, message: i64) -> Result<Decoded, Fault> {
    // A bridge may have put its own levels before: they tell one gateway from the other.
    let start = topic.find("v1/").unwrap_or(0);
    let (before, own) = topic.split_at(start);
    let before = before.strip_prefix(base).unwrap_or("").trim_matches('/');
    let known = Known { message, ..Known::default() };
    let mut decoded = Decoded::default();
    match own {
        "v1/devices/me/telemetry" | "v1/devices/me/attributes" => {
            for item in items(value) {
                add(&mut decoded, item, before, before, known)?;
            }
        }
        "v1/gateway/telemetry" | "v1/gateway/attributes" => {
            for (device, of_it) in value.as_object().ok_or(Fault::OtherShape)? {
                for item in items(of_it) {
                    add(&mut decoded, item, &json::join(before, device), device, known)?;
                }
            }
        }
        // Words between a gateway and its server; or some other way to the same payload.
        _ if own.starts_with("v1/gateway/") || own.starts_with("v1/devices/") => {}
        _ => return json::decode_value(value, topic, base, message),
    }
    Ok(decoded)
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}
