//! Payloads of messages and of HTTP answers: JSON objects, lists or plain numbers, flattened into named values.
//!
//! The name of a value on the wire is where it stands: the topic, without the part that the subscription fixes, and the
//! keys down to it, with `/` between. `{"power":{"kw":3.2}}` on `site/energy/E1`, subscribed as `site/energy/#`, is
//! `E1/power/kw`. A channel takes a value by giving that name as its code: this is the whole mapping, and names that no
//! channel takes are offered to a person.
//!
//! - In a list, an object with an `id`, `name` or `code` goes by it, and the list's own key is left out:
//!   `{"rooms":[{"id":"A","temp":-18.4}]}` is `A/temp`. Other lists count from 0.
//! - A time beside or above a value is its time: `ts`, `time`, `timestamp` and their like, as ISO 8601 (UTC where there
//!   is no zone) or as seconds to nanoseconds since 1970. `seq` or `sequence` is the device's own count. The shape
//!   `{"ts":…,"values":{…}}` of ThingsBoard, also as a list, leaves `values` out of the names.
//! - `true` and `false` are 1 and 0; `null` is a sensor that has nothing to say; text is a value only if it is a number
//!   or a way of writing that there is none (`NaN`, `Infinity`).
//! - An object with a latitude and a longitude is where a vehicle is, and its other values are no channels.

use domain::{RawFault, RawReading};
use serde_json::{Map, Value};
use units::{GeoPoint, Milli, Timestamp};

#[cfg(test)]
mod tests;

/// The longest payload that is read, bytes: some thousand values. The parser's own tree of it is below 6 MB.
pub const PAYLOAD_BYTES_MAX: usize = 128 * 1024;

/// The deepest nesting that is read.
pub const DEPTH_MAX: usize = 8;

/// The most values of one payload.
pub const VALUES_MAX: usize = 1024;

/// The longest name of a value, bytes; longer ones are cut off nowhere but not read.
pub const NAME_BYTES_MAX: usize = 128;

/// The largest value: beyond it a thousandth no longer fits a double.
const VALUE_MAX: i64 = 1_000_000_000_000;

/// The name of a plain number without a topic.
const NAMELESS: &str = "value";

const TIME_KEYS: [&str; 10] = [
    "ts",
    "time",
    "timestamp",
    "datetime",
    "date_time",
    "deviceTime",
    "fixTime",
    "measured_at",
    "recorded_at",
    "tst",
];
const SEQUENCE_KEYS: [&str; 2] = ["seq", "sequence"];
const NAME_KEYS: [&str; 3] = ["id", "name", "code"];
const VEHICLE_KEYS: [&str; 8] =
    ["vehicle", "vehicle_id", "id", "device_id", "deviceId", "uniqueId", "name", "tid"];
const LATITUDE_KEYS: [&str; 2] = ["lat", "latitude"];
const LONGITUDE_KEYS: [&str; 3] = ["lon", "lng", "longitude"];
const HEADING_KEYS: [&str; 4] = ["heading", "course", "bearing", "cog"];
/// A key of a speed and what makes it km/h, in thousandths.
const SPEED_KEYS: [(&str, i64); 6] = [
    ("speed_kmh", 1000),
    ("speed", 1000),
    ("vel", 1000),
    ("speed_ms", 3600),
    ("speed_kn", 1852),
    ("speed_knots", 1852),
];
const NO_NUMBER: [&str; 8] = ["nan", "-nan", "inf", "-inf", "+inf", "infinity", "-infinity", "+infinity"];

/// What a payload says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// Values by name.
    pub readings: Vec<RawReading>,
    /// Where vehicles are.
    pub fixes: Vec<Fix>,
}

/// Where a vehicle is, by its own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// Its name: in the payload, else the level of the topic before the last.
    pub vehicle: String,
    /// When, if it has a clock.
    pub device_at: Option<Timestamp>,
    /// Where.
    pub place: GeoPoint,
    /// km/h.
    pub speed_kmh: Option<Milli>,
    /// Degrees from north.
    pub heading_deg: Option<u16>,
}

/// Why a payload is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing in it.
    Empty,
    /// More than [`PAYLOAD_BYTES_MAX`].
    TooLong,
    /// Neither JSON nor a number, or not UTF-8, or a number no computer holds.
    NotJson,
    /// Deeper than [`DEPTH_MAX`].
    TooDeep,
    /// More values than [`VALUES_MAX`].
    TooMany,
    /// JSON without a number.
    NoValue,
    /// A place that is none on earth, or a vehicle without a name.
    NoPlace,
    /// Not what the device's language writes, see [`crate::payload`].
    OtherShape,
}

/// Reads the payload of a topic; `base` is the part of the topic that is left out of names, see [`base_of`]. A topic may be
/// empty: that of an HTTP answer.
pub fn decode(topic: &str, base: &str, payload: &[u8]) -> Result<Decoded, Fault> {
    if payload.is_empty() {
        return Err(Fault::Empty);
    }
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(Fault::TooLong);
    }
    let value: Value = serde_json::from_slice(payload).map_err(|_| Fault::NotJson)?;
    decode_value(&value, topic, base, fingerprint(payload))
}

/// The same of a payload that is read already; `message` tells it from others.
pub(crate) fn decode_value(value: &Value, topic: &str, base: &str, message: i64) -> Result<Decoded, Fault> {
    let place = topic.strip_prefix(base).unwrap_or(topic).trim_matches('/');
    let levels: Vec<&str> = topic.split('/').collect();
    let vehicle = match levels.as_slice() {
        [.., before, _] => before,
        _ => topic,
    };
    let plain = !matches!(value, Value::Object(_) | Value::Array(_));
    let last = levels.last().copied().filter(|level| !level.is_empty()).unwrap_or(NAMELESS);
    let name = if plain && place.is_empty() { last } else { place };
    let decoded = below(value, name, vehicle, Known { message, ..Known::default() })?;
    if decoded == Decoded::default() { Err(Fault::NoValue) } else { Ok(decoded) }
}

/// What is known of a message beside its values.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    /// What the message is told from others by.
    pub(crate) message: i64,
    /// Its time, where the values have none of their own.
    pub(crate) at: Option<Timestamp>,
    /// Its number, where the values have none of their own.
    pub(crate) sequence: Option<i64>,
}

/// Every value of `value`, under a name; it may hold none.
pub(crate) fn below(value: &Value, name: &str, vehicle: &str, known: Known) -> Result<Decoded, Fault> {
    let mut walk = Walk { decoded: Decoded::default(), refused: None, vehicle, message: known.message };
    let context = Context { at: known.at, sequence: known.sequence, vehicle: None };
    walk.visit(value, name, context, 0);
    match walk.refused {
        Some(fault) => Err(fault),
        None => Ok(walk.decoded),
    }
}

/// The part of a subscription that is the same for every topic: what stands before its first wildcard, or all of it.
pub fn base_of(filter: &str) -> &str {
    match filter.find(['+', '#']) {
        None => filter,
        Some(at) => &filter[..at],
    }
}

/// What a payload is told from others by: FNV-1a, without its sign.
pub fn fingerprint(payload: &[u8]) -> i64 {
    let hash = payload.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    (hash >> 1) as i64
}

/// What holds for everything below an object.
#[derive(Clone, Copy, Default)]
struct Context<'a> {
    at: Option<Timestamp>,
    sequence: Option<i64>,
    vehicle: Option<&'a Value>,
}

struct Walk<'a> {
    decoded: Decoded,
    refused: Option<Fault>,
    vehicle: &'a str,
    message: i64,
}

impl Walk<'_> {
    fn visit(&mut self, value: &Value, name: &str, context: Context<'_>, depth: usize) {
        if depth > DEPTH_MAX {
            self.refused = Some(Fault::TooDeep);
        }
        if self.refused.is_some() {
            return;
        }
        match value {
            Value::Object(object) => self.object(object, name, context, depth),
            Value::Array(list) => self.list(list, name, context, depth),
            Value::Null => self.reading(name, Err(RawFault::SensorFault), context),
            Value::Bool(yes) => self.reading(name, Ok(Milli(if *yes { 1000 } else { 0 })), context),
            Value::Number(_) => self.reading(name, number(value).ok_or(RawFault::NotANumber), context),
            Value::String(text) => match number(value) {
                Some(found) => self.reading(name, Ok(found), context),
                None if NO_NUMBER.contains(&text.trim().to_ascii_lowercase().as_str()) => {
                    self.reading(name, Err(RawFault::NotANumber), context);
                }
                None => {}
            },
        }
    }

    fn object(&mut self, object: &Map<String, Value>, name: &str, above: Context<'_>, depth: usize) {
        let mut context = above;
        let time = TIME_KEYS.iter().find_map(|key| Some((*key, time(object.get(*key)?)?)));
        let count = SEQUENCE_KEYS
            .iter()
            .find_map(|key| Some((*key, object.get(*key)?.as_i64().filter(|n| *n >= 0)?)));
        context.at = time.map(|(_, at)| at).or(above.at);
        context.sequence = count.map(|(_, n)| n).or(above.sequence);
        context.vehicle = first(object, &VEHICLE_KEYS).filter(|id| id_of(id).is_some()).or(above.vehicle);
        if let (Some(latitude), Some(longitude)) =
            (first(object, &LATITUDE_KEYS), first(object, &LONGITUDE_KEYS))
        {
            self.fix(object, latitude, longitude, context);
            return;
        }
        for (key, value) in object {
            let taken = [time.map(|(key, _)| key), count.map(|(key, _)| key)];
            if taken.contains(&Some(key.as_str())) || ((key == "id" || depth > 0) && is_name(object, key)) {
                continue;
            }
            if time.is_some() && key == "values" && value.is_object() {
                self.visit(value, name, context, depth + 1);
                continue;
            }
            let named_list =
                value.as_array().is_some_and(|list| list.iter().any(|item| named(item).is_some()));
            if named_list {
                self.visit(value, name, context, depth + 1);
            } else {
                self.visit(value, &join(name, key), context, depth + 1);
            }
        }
    }

    fn list(&mut self, list: &[Value], name: &str, context: Context<'_>, depth: usize) {
        if list.len() > VALUES_MAX {
            self.refused = Some(Fault::TooMany);
            return;
        }
        for (index, item) in list.iter().enumerate() {
            let timed = item
                .as_object()
                .is_some_and(|object| TIME_KEYS.iter().any(|key| object.get(*key).and_then(time).is_some()));
            match named(item) {
                Some(id) => self.visit(item, &join(name, &id), context, depth + 1),
                // The same values at several times.
                None if timed => self.visit(item, name, context, depth + 1),
                None => self.visit(item, &join(name, &index.to_string()), context, depth + 1),
            }
        }
    }

    fn reading(&mut self, name: &str, value: Result<Milli, RawFault>, context: Context<'_>) {
        if !is_code(name) {
            return;
        }
        if self.decoded.readings.len() == VALUES_MAX {
            self.refused = Some(Fault::TooMany);
            return;
        }
        // Whoever tells the time but does not count is told apart by what it said: a message that is delivered twice is
        // one reading then, and two messages of one second are two.
        let sequence = context.sequence.or(context.at.map(|_| self.message));
        self.decoded.readings.push(RawReading {
            code: name.to_owned(),
            value,
            device_at: context.at,
            sequence,
        });
    }

    fn fix(
        &mut self,
        object: &Map<String, Value>,
        latitude: &Value,
        longitude: &Value,
        context: Context<'_>,
    ) {
        let place =
            degrees(latitude).zip(degrees(longitude)).and_then(|(lat, lon)| GeoPoint::from_degrees(lat, lon));
        let Some(place) = place else {
            self.refused = Some(Fault::NoPlace);
            return;
        };
        if self.decoded.fixes.len() == VALUES_MAX {
            self.refused = Some(Fault::TooMany);
            return;
        }
        let vehicle = context.vehicle.and_then(id_of).unwrap_or_else(|| self.vehicle.to_owned());
        if !is_code(&vehicle) {
            self.refused = Some(Fault::NoPlace);
            return;
        }
        // Below zero means that it is not known.
        let known = |value: &Value| number(value).filter(|n| n.0 >= 0);
        let speed = SPEED_KEYS.iter().find_map(|(key, kmh)| {
            let speed = known(object.get(*key)?)?;
            i64::try_from(i128::from(speed.0) * i128::from(*kmh) / 1000).ok().map(Milli)
        });
        let heading = first(object, &HEADING_KEYS)
            .and_then(known)
            .map(|heading| u16::try_from((heading.0 + 500) / 1000 % 360).unwrap_or_default());
        self.decoded.fixes.push(Fix {
            vehicle,
            device_at: context.at,
            place,
            speed_kmh: speed,
            heading_deg: heading,
        });
    }
}

fn first<'a>(object: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| object.get(*key))
}

pub(crate) fn join(name: &str, key: &str) -> String {
    // A name that is too long is not read: it need not grow further.
    match name {
        "" => key.to_owned(),
        _ if name.len() > NAME_BYTES_MAX => name.to_owned(),
        _ => format!("{name}/{key}"),
    }
}

/// The name an object in a list goes by.
fn named(item: &Value) -> Option<String> {
    let object = item.as_object()?;
    NAME_KEYS.iter().find_map(|key| object.get(*key)).and_then(id_of)
}

/// Whether the key is what its object goes by.
fn is_name(object: &Map<String, Value>, key: &str) -> bool {
    NAME_KEYS.iter().find(|name| object.get(**name).and_then(id_of).is_some()) == Some(&key)
}

fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(n) => n.as_i64().map(|n| n.to_string()),
        _ => None,
    }
}

/// A number that a reading can hold.
pub(crate) fn held(found: f64) -> Option<Milli> {
    (found.abs() <= VALUE_MAX as f64).then(|| Milli::from_f64(found))
}

/// Whether a name on the wire can be one of a channel.
pub(crate) fn is_code(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control)
}

pub(crate) fn number(value: &Value) -> Option<Milli> {
    match value {
        Value::Number(n) => match n.as_i64() {
            Some(whole) => {
                (whole.unsigned_abs() <= VALUE_MAX.unsigned_abs()).then(|| Milli(whole.saturating_mul(1000)))
            }
            None => n.as_f64().and_then(held),
        },
        Value::String(text) => {
            let text = text.trim();
            // What Rust takes for a number beyond these letters (`nan`, `inf`) is none here.
            let plain =
                text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
            text.parse().ok().filter(|_| plain && !text.is_empty()).and_then(held)
        }
        _ => None,
    }
}

fn degrees(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// An instant, where the value can be one: between 1990 and 2100.
pub(crate) fn time(value: &Value) -> Option<Timestamp> {
    let at = match value {
        Value::String(text) => crate::instant::parse(text.trim())?,
        Value::Number(n) => match n.as_i64() {
            Some(whole) => crate::instant::since_1970(whole)?,
            None => Timestamp((n.as_f64().filter(|s| s.abs() < 1e11)? * 1000.0).round() as i64),
        },
        _ => return None,
    };
    is_instant(at).then_some(at)
}

/// Whether a clock that is right can show it.
pub(crate) fn is_instant(at: Timestamp) -> bool {
    const EARLIEST: i64 = 631_152_000_000;
    const LATEST: i64 = 4_102_444_800_000;
    (EARLIEST..LATEST).contains(&at.0)
}
