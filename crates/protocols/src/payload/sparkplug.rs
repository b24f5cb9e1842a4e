//! Sparkplug B 3.0: births that name metrics, data that may name them by alias, deaths that end them.
//!
//! Topics are `spBv1.0/<group>/<kind>/<edge node>[/<device>]`, payloads protobuf. A value goes by `<edge>/<metric>` or
//! `<edge>/<device>/<metric>`, with the group before it where the subscription leaves the group open; `bdSeq` and `Node Control`
//! are between the node and us. A death makes every metric it ends a sensor that has nothing to say.
//!
//! Births are not kept by a broker, and aliases mean nothing without them. So after a hole in a node's numbers (0 to 255, one
//! more with each message) or where no birth was heard, what has only an alias is left unread and a new birth is asked for:
//! [`Heard::ask`], each time after twice the wait. What carries its name is read all the same.

use super::{Ask, Heard};
use crate::json::{self, Decoded, Fault, VALUES_MAX};
use domain::{RawFault, RawReading};
use prost::Message;
use std::collections::BTreeMap;
use units::{Milli, Millis, Timestamp};

/// The metrics of one message; a birth carries all of a node or device.
pub const METRICS_MAX: usize = 2 * VALUES_MAX;

/// Edge nodes that are remembered.
pub const EDGES_MAX: usize = 256;

/// Metrics that are remembered, of all edge nodes: under 5 MB.
pub const KNOWN_MAX: usize = 16 * 1024;

/// A birth is asked for again after this time, then after twice as long, and so on to [`ASK_AGAIN_MAX`].
pub const ASK_AGAIN: Millis = Millis::seconds(30);

/// The longest wait between two askings.
pub const ASK_AGAIN_MAX: Millis = Millis::hours(1);

const NAMESPACE: &str = "spBv1.0";
const REBIRTH: &str = "Node Control/Rebirth";
const BIRTH_SEQUENCE: &str = "bdSeq";
/// What a metric's property `Quality` says of a value that is none; 192 is good, 500 is stale.
const QUALITY_BAD: u32 = 0;

/// A message, by the field numbers of `sparkplug_b.proto`. Fields that are not read are passed over.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Payload {
    /// When it was sent, ms since 1970.
    #[prost(uint64, optional, tag = "1")]
    pub timestamp: Option<u64>,
    /// What it tells.
    #[prost(message, repeated, tag = "2")]
    pub metrics: Vec<Metric>,
    /// The node's count, 0 to 255.
    #[prost(uint64, optional, tag = "3")]
    pub seq: Option<u64>,
}

/// One value.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Metric {
    /// Its name; in data it may be left out.
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    /// The number that stands for its name.
    #[prost(uint64, optional, tag = "2")]
    pub alias: Option<u64>,
    /// When it was measured, ms since 1970.
    #[prost(uint64, optional, tag = "3")]
    pub timestamp: Option<u64>,
    /// One of the standard's numbers; in data it may be left out.
    #[prost(uint32, optional, tag = "4")]
    pub datatype: Option<u32>,
    /// There is no value.
    #[prost(bool, optional, tag = "7")]
    pub is_null: Option<bool>,
    /// What else is known of it.
    #[prost(message, optional, tag = "9")]
    pub properties: Option<Properties>,
    /// Its value.
    #[prost(oneof = "Held", tags = "10, 11, 12, 13, 14, 15")]
    pub value: Option<Held>,
}

/// A value as it is carried. Negative whole numbers come as their two's complement.
#[derive(Clone, PartialEq, prost::Oneof)]
pub enum Held {
    /// Of types up to 32 bits.
    #[prost(uint32, tag = "10")]
    Int(u32),
    /// Of types of 64 bits, and instants.
    #[prost(uint64, tag = "11")]
    Long(u64),
    /// IEEE 754, 32 bits.
    #[prost(float, tag = "12")]
    Float(f32),
    /// IEEE 754, 64 bits.
    #[prost(double, tag = "13")]
    Double(f64),
    /// Yes or no.
    #[prost(bool, tag = "14")]
    Boolean(bool),
    /// Text.
    #[prost(string, tag = "15")]
    Text(String),
}

/// A metric's properties, keys and values in two lists.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Properties {
    /// Names.
    #[prost(string, repeated, tag = "1")]
    pub keys: Vec<String>,
    /// Their values.
    #[prost(message, repeated, tag = "2")]
    pub values: Vec<Property>,
}

/// The value of a property, where it is a whole number.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Property {
    /// It.
    #[prost(uint32, optional, tag = "3")]
    pub int: Option<u32>,
}

/// What is remembered of edge nodes from one message to the next.
#[derive(Clone, Debug, Default)]
pub struct Edges {
    nodes: BTreeMap<String, Edge>,
    known: usize,
}

#[derive(Clone, Debug, Default)]
struct Edge {
    /// The birth of the node was heard and nothing was missed since.
    whole: bool,
    /// The number of the last message.
    last: Option<u8>,
    birth: Option<u64>,
    /// Datatype by device (none: the node's own) and metric.
    types: BTreeMap<(String, String), u32>,
    /// Metric by device and alias.
    aliases: BTreeMap<(String, u64), String>,
    asked: Option<(Timestamp, Millis)>,
}

pub(super) fn is_topic(topic: &str) -> bool {
    topic.strip_prefix(NAMESPACE).is_some_and(|rest| rest.starts_with('/'))
}

impl Edges {
    pub(super) fn read(
        &mut self,
        topic: &str,
        base: &str,
        payload: &[u8],
        now: Timestamp,
    ) -> Result<Heard, Fault> {
        let levels: Vec<&str> = topic.split('/').collect();
        let (group, kind, edge, device) = match levels.as_slice() {
            // Which host is in charge is said in JSON, and not ours to read.
            [NAMESPACE, "STATE", ..] | ["STATE", ..] => return Err(Fault::NoValue),
            [NAMESPACE, group, kind, edge] => (*group, *kind, *edge, ""),
            [NAMESPACE, group, kind, edge, device] => (*group, *kind, *edge, *device),
            _ => return Err(Fault::OtherShape),
        };
        if matches!(kind, "NCMD" | "DCMD") {
            return Err(Fault::NoValue);
        }
        if !matches!(
            (kind, device.is_empty()),
            ("NBIRTH" | "NDATA" | "NDEATH", true) | ("DBIRTH" | "DDATA" | "DDEATH", false)
        ) {
            return Err(Fault::OtherShape);
        }
        let message = Payload::decode(payload).map_err(|_| Fault::OtherShape)?;
        if message.metrics.len() > METRICS_MAX {
            return Err(Fault::TooMany);
        }
        let node = format!("{group}/{edge}");
        if !self.nodes.contains_key(&node) && self.nodes.len() == EDGES_MAX {
            return Err(Fault::TooMany);
        }
        let fixed = base.strip_prefix(NAMESPACE).is_some_and(|rest| rest.starts_with(&format!("/{group}/")));
        let mut prefix = if fixed { edge.to_owned() } else { node.clone() };
        let known = &mut self.known;
        let of = self.nodes.entry(node).or_default();
        let mut decoded = Decoded::default();
        if kind == "NDEATH" {
            let birth = message
                .metrics
                .iter()
                .find(|metric| metric.name.as_deref() == Some(BIRTH_SEQUENCE))
                .and_then(whole);
            // A will of an earlier connection, which a birth has overtaken.
            if birth.is_some() && of.birth.is_some() && birth != of.birth {
                return Err(Fault::NoValue);
            }
            for ((device, metric), _) in of.types.iter().filter(|(_, datatype)| is_number(**datatype)) {
                let under = if device.is_empty() { prefix.clone() } else { format!("{prefix}/{device}") };
                silent(&mut decoded, json::join(&under, metric));
            }
            *known -= of.forget(None);
            (of.whole, of.last, of.birth) = (false, None, None);
            return if decoded == Decoded::default() {
                Err(Fault::NoValue)
            } else {
                Ok(Heard { decoded, ask: None })
            };
        }
        let number = message.seq.and_then(|number| u8::try_from(number).ok());
        let repeated = number.is_some() && number == of.last && kind != "NBIRTH";
        match (kind, number) {
            ("NBIRTH", _) => {
                *known -= of.forget(None);
                of.birth = message
                    .metrics
                    .iter()
                    .find(|metric| metric.name.as_deref() == Some(BIRTH_SEQUENCE))
                    .and_then(whole);
                (of.whole, of.asked, of.last) = (true, None, None);
            }
            _ if repeated => {}
            (_, Some(number)) => of.whole &= of.last.is_some_and(|last| last.wrapping_add(1) == number),
            (_, None) => of.whole = false,
        }
        of.last = number.or(of.last);
        if !device.is_empty() {
            prefix = format!("{prefix}/{device}");
        }
        if kind == "DDEATH" {
            let numbers = of.types.iter().filter(|(_, datatype)| is_number(**datatype));
            for ((_, metric), _) in numbers.filter(|((of_device, _), _)| of_device == device) {
                silent(&mut decoded, json::join(&prefix, metric));
            }
            *known -= of.forget(Some(device));
        }
        if kind == "DBIRTH" {
            *known -= of.forget(Some(device));
        }
        let born = matches!(kind, "NBIRTH" | "DBIRTH");
        let mut unnamed = false;
        for metric in message.metrics.iter().filter(|_| kind != "DDEATH") {
            let by_alias =
                || of.aliases.get(&(device.to_owned(), metric.alias?)).filter(|_| of.whole).cloned();
            let Some(name) = metric.name.clone().filter(|name| !name.is_empty()).or_else(by_alias) else {
                unnamed = true;
                continue;
            };
            let key = (device.to_owned(), name.clone());
            let datatype = metric.datatype.or(of.types.get(&key).copied()).unwrap_or_default();
            let code = json::join(&prefix, &name);
            if name == BIRTH_SEQUENCE || name.starts_with("Node Control/") || !json::is_code(&code) {
                continue;
            }
            if born {
                // Two entries at most: its type and its alias.
                if *known + 2 > KNOWN_MAX {
                    return Err(Fault::TooMany);
                }
                if let Some(alias) = metric.alias {
                    *known += usize::from(of.aliases.insert((device.to_owned(), alias), name).is_none());
                }
                *known += usize::from(of.types.insert(key, datatype).is_none());
            }
            let Some(value) = value(metric, datatype) else { continue };
            let at = |ms: Option<u64>| ms.and_then(|ms| i64::try_from(ms).ok()).map(Timestamp);
            let device_at = at(metric.timestamp).or(at(message.timestamp)).filter(|at| json::is_instant(*at));
            // The same value of the same moment is one reading, whichever message tells it: births repeat values.
            let sequence = device_at.map(|_| match value {
                Ok(value) => json::fingerprint(&value.0.to_le_bytes()),
                Err(_) => 0,
            });
            decoded.readings.push(RawReading { code, value, device_at, sequence });
        }
        let ask = if of.whole && !unnamed { None } else { of.ask(group, edge, now) };
        if decoded == Decoded::default() && ask.is_none() {
            return Err(Fault::NoValue);
        }
        Ok(Heard { decoded, ask })
    }
}

impl Edge {
    /// Forgets the metrics of a device, or all; how many entries that were.
    fn forget(&mut self, device: Option<&str>) -> usize {
        let before = self.types.len() + self.aliases.len();
        self.types.retain(|(of, _), _| device.is_some_and(|device| of != device));
        self.aliases.retain(|(of, _), _| device.is_some_and(|device| of != device));
        before - self.types.len() - self.aliases.len()
    }

    fn ask(&mut self, group: &str, edge: &str, now: Timestamp) -> Option<Ask> {
        let next = match self.asked {
            None => ASK_AGAIN,
            Some((at, wait)) if now - at >= wait => Millis((wait.0 * 2).min(ASK_AGAIN_MAX.0)),
            Some(_) => return None,
        };
        self.asked = Some((now, next));
        let timestamp = u64::try_from(now.0).ok();
        let rebirth = Metric {
            name: Some(REBIRTH.to_owned()),
            timestamp,
            datatype: Some(11),
            value: Some(Held::Boolean(true)),
            ..Metric::default()
        };
        let payload = Payload { timestamp, metrics: vec![rebirth], seq: None }.encode_to_vec();
        Some(Ask { topic: format!("{NAMESPACE}/{group}/NCMD/{edge}"), payload })
    }
}

fn silent(decoded: &mut Decoded, code: String) {
    let value = Err(RawFault::SensorFault);
    decoded.readings.push(RawReading { code, value, device_at: None, sequence: None });
}

fn whole(metric: &Metric) -> Option<u64> {
    match metric.value {
        Some(Held::Int(n)) => Some(u64::from(n)),
        Some(Held::Long(n)) => Some(n),
        _ => None,
    }
}

/// Of the datatypes of the standard those up to Boolean; 0 is not known.
fn is_number(datatype: u32) -> bool {
    datatype <= 11
}

/// `None` where it is no number: text, an instant, a table.
fn value(metric: &Metric, datatype: u32) -> Option<Result<Milli, RawFault>> {
    if metric.is_null == Some(true) {
        return Some(Err(RawFault::SensorFault)).filter(|_| is_number(datatype));
    }
    let quality = metric.properties.as_ref().and_then(|all| {
        let place = all.keys.iter().position(|key| key == "Quality")?;
        all.values.get(place)?.int
    });
    let found = match metric.value.as_ref()? {
        Held::Boolean(yes) => Ok(Milli(if *yes { 1000 } else { 0 })),
        Held::Float(n) => json::held(f64::from(*n)).ok_or(RawFault::NotANumber),
        Held::Double(n) => json::held(*n).ok_or(RawFault::NotANumber),
        Held::Int(n) => match datatype {
            1 => Ok(i64::from(*n as i8)),
            2 => Ok(i64::from(*n as i16)),
            3 => Ok(i64::from(*n as i32)),
            _ => Ok(i64::from(*n)),
        }
        .map(|n| Milli(n * 1000)),
        // An instant.
        Held::Long(_) if datatype == 13 => return None,
        Held::Long(n) => {
            let n = if matches!(datatype, 1..=4) { i128::from(*n as i64) } else { i128::from(*n) };
            json::held(n as f64)
                .and_then(|_| i64::try_from(n * 1000).ok())
                .map(Milli)
                .ok_or(RawFault::NotANumber)
        }
        Held::Text(_) => return None,
    };
    Some(if quality == Some(QUALITY_BAD) { Err(RawFault::SensorFault) } else { found })
}
