//! Uplinks as the LoRaWAN network servers hand them on: ChirpStack 4 (`application/…/device/…/event/up`) and The Things
//! Stack 3 (`v3/…/devices/…/up`), as JSON on their brokers or to an address.
//!
//! A value goes by its device: ChirpStack's EUI, which is unique where names are not, and The Things Stack's device id. The
//! network server's time and the frame counter are the reading's. Decoded values come with their keys; `rssi` and `snr` are
//! those of the gateway that heard it best. Bytes that nobody decoded are offered as Cayenne LPP below `lpp/` where they fit:
//! a person who knows that the device speaks it takes those names for channels.

use super::{add, cayenne};
use crate::json::{self, Decoded, Fault, Fix, Known};
use domain::RawReading;
use serde_json::Value;
use units::{Milli, Timestamp};

/// `None` where it is no event of ChirpStack's.
pub(super) fn chirpstack(value: &Value, message: i64) -> Result<Option<Decoded>, Fault> {
    let Some(device) = value.pointer("/deviceInfo/devEui").and_then(Value::as_str) else { return Ok(None) };
    let at = value.get("time").and_then(json::time);
    let sequence = value.get("fCnt").and_then(Value::as_i64);
    let known = Known { message, at, sequence };
    let mut decoded = Decoded::default();
    let object = value.get("object").filter(|object| object.is_object());
    if let Some(object) = object {
        add(&mut decoded, object, device, device, known)?;
    } else if let Some(bytes) = value.get("data").and_then(Value::as_str).and_then(base64) {
        offer(&mut decoded, device, &bytes, known);
    }
    // How its battery is, from the event `status`.
    for (key, name) in [("batteryLevel", "battery_level"), ("margin", "margin")] {
        if let Some(found) = value.get(key).and_then(json::number) {
            push(&mut decoded, device, name, found, known);
        }
    }
    signal(&mut decoded, device, value.get("rxInfo"), known);
    Ok(Some(decoded))
}

/// `None` where it is no message of The Things Stack's.
pub(super) fn ttn(value: &Value, message: i64) -> Result<Option<Decoded>, Fault> {
    let Some(device) = value.pointer("/end_device_ids/device_id").and_then(Value::as_str) else {
        return Ok(None);
    };
    // A join, an acknowledgement or a failure is told in the same shape, without values.
    let Some(uplink) = value.get("uplink_message") else { return Ok(Some(Decoded::default())) };
    let at = [uplink.get("received_at"), value.get("received_at")].into_iter().flatten().find_map(json::time);
    let sequence = uplink.get("f_cnt").and_then(Value::as_i64);
    let known = Known { message, at, sequence };
    let mut decoded = Decoded::default();
    if let Some(object) = uplink.get("decoded_payload").filter(|object| object.is_object()) {
        add(&mut decoded, object, device, device, known)?;
    } else if let Some(bytes) = uplink.get("frm_payload").and_then(Value::as_str).and_then(base64) {
        offer(&mut decoded, device, &bytes, known);
    }
    signal(&mut decoded, device, uplink.get("rx_metadata"), known);
    Ok(Some(decoded))
}

fn offer(decoded: &mut Decoded, device: &str, bytes: &[u8], known: Known) {
    let Some(found) = cayenne::decode(bytes) else { return };
    for (name, value) in found.values {
        push(decoded, device, &format!("lpp/{name}"), value, known);
    }
    if let Some(place) = found.place.filter(|_| json::is_code(device)) {
        let (vehicle, device_at) = (device.to_owned(), known.at);
        decoded.fixes.push(Fix { vehicle, device_at, place, speed_kmh: None, heading_deg: None });
    }
}

/// Of the gateway that heard it best.
fn signal(decoded: &mut Decoded, device: &str, gateways: Option<&Value>, known: Known) {
    let heard = |gateway: &Value| gateway.get("rssi").and_then(json::number);
    let Some(best) = gateways.and_then(Value::as_array).and_then(|all| all.iter().max_by_key(|g| heard(g)))
    else {
        return;
    };
    for name in ["rssi", "snr"] {
        if let Some(found) = best.get(name).and_then(json::number) {
            push(decoded, device, name, found, known);
        }
    }
}

fn push(decoded: &mut Decoded, device: &str, name: &str, value: Milli, known: Known) {
    let code = json::join(device, name);
    if json::is_code(&code) {
        let Known { message, at: device_at, sequence } = known;
        let sequence = sequence.or(device_at.map(|_: Timestamp| message));
        decoded.readings.push(RawReading { code, value: Ok(value), device_at, sequence });
    }
}

/// RFC 4648 §4; frames of LoRaWAN are at most 255 bytes.
fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    if digits.len() > 340 || digits.len() % 4 == 1 {
        return None;
    }
    let mut bytes = vec![];
    for four in digits.chunks(4) {
        let mut bits = 0_u32;
        for digit in four {
            let six = match digit {
                b'A'..=b'Z' => digit - b'A',
                b'a'..=b'z' => digit - b'a' + 26,
                b'0'..=b'9' => digit - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(six);
        }
        bits <<= 6 * (4 - four.len());
        bytes.extend_from_slice(&bits.to_be_bytes()[1..four.len()]);
    }
    Some(bytes)
}
