//! Payloads that say more than their keys do: the languages that gateways and networks write on brokers and to addresses.
//!
//! Knows SenML, Sparkplug B, the uplinks of ChirpStack and The Things Network, Cayenne LPP, Tasmota and ThingsBoard; every
//! other JSON goes by its keys, see [`crate::json`]. Does not know brokers or clocks: the time of arrival is an argument.
//! With [`Language::Auto`] a language is taken only where topic and shape leave no doubt. What one message may hold, and
//! what a [`Reader`] remembers, is bounded. Start at [`Reader::read`]. Tests: `src/payload/tests.rs`.

use crate::json::{self, Decoded, Fault, Known};
use crate::setup::Language;
use serde_json::Value;
use units::Timestamp;

pub mod cayenne;
mod lorawan;
mod senml;
pub mod sparkplug;
mod tasmota;
mod thingsboard;

#[cfg(test)]
mod tests;

/// Reads the messages of one device's topics, in their order.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    language: Language,
    edges: sparkplug::Edges,
}

/// What a message said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Its values and places; none is no fault.
    pub decoded: Decoded,
    /// What must be asked for, so that the next messages can be read.
    pub ask: Option<Ask>,
}

/// A message to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Where.
    pub topic: String,
    /// What.
    pub payload: Vec<u8>,
}

impl Reader {
    /// One for a device that speaks this.
    pub fn new(language: Language) -> Self {
        Self { language, edges: sparkplug::Edges::default() }
    }

    /// Reads one payload. `base` is the part of the topic that is left out of names, see [`json::base_of`]; `now` is when it
    /// came. Words without a number are [`Fault::NoValue`], which is no fault of the device.
    pub fn read(&mut self, topic: &str, base: &str, payload: &[u8], now: Timestamp) -> Result<Heard, Fault> {
        if payload.is_empty() {
            return Err(Fault::Empty);
        }
        if payload.len() > json::PAYLOAD_BYTES_MAX {
            return Err(Fault::TooLong);
        }
        let auto = self.language == Language::Auto;
        if self.language == Language::SparkplugB || auto && sparkplug::is_topic(topic) {
            return self.edges.read(topic, base, payload, now);
        }
        let tasmota = self.language == Language::Tasmota || auto && tasmota::is_topic(topic);
        if tasmota && let Some(online) = tasmota::last_words(topic, base, payload) {
            return Ok(Heard { decoded: online, ask: None });
        }
        let value: Value = serde_json::from_slice(payload).map_err(|_| Fault::NotJson)?;
        let message = json::fingerprint(payload);
        let decoded = match self.language {
            Language::Senml => senml::decode(&value, topic, base, now, message)?,
            Language::Chirpstack => lorawan::chirpstack(&value, message)?.ok_or(Fault::OtherShape)?,
            Language::Ttn => lorawan::ttn(&value, message)?.ok_or(Fault::OtherShape)?,
            Language::Tasmota => tasmota::decode(&value, topic, base, message)?,
            Language::Thingsboard => thingsboard::decode(&value, topic, base, message)?,
            Language::Auto => match self.guess(&value, topic, base, now, message)? {
                Some(decoded) => decoded,
                None => json::decode_value(&value, topic, base, message)?,
            },
            _ => json::decode_value(&value, topic, base, message)?,
        };
        if decoded == Decoded::default() {
            return Err(Fault::NoValue);
        }
        Ok(Heard { decoded, ask: None })
    }

    fn guess(
        &self,
        value: &Value,
        topic: &str,
        base: &str,
        now: Timestamp,
        message: i64,
    ) -> Result<Option<Decoded>, Fault> {
        if senml::is_pack(value) {
            return senml::decode(value, topic, base, now, message).map(Some);
        }
        if tasmota::is_topic(topic) && value.is_object() {
            return tasmota::decode(value, topic, base, message).map(Some);
        }
        if thingsboard::is_topic(topic) {
            return thingsboard::decode(value, topic, base, message).map(Some);
        }
        if let Some(decoded) = lorawan::chirpstack(value, message)? {
            return Ok(Some(decoded));
        }
        lorawan::ttn(value, message)
    }
}

/// The topic without what the subscription fixes.
fn place<'a>(topic: &'a str, base: &str) -> &'a str {
    topic.strip_prefix(base).unwrap_or(topic).trim_matches('/')
}

/// Adds what stands below `value` to what was decoded already.
fn add(decoded: &mut Decoded, value: &Value, name: &str, vehicle: &str, known: Known) -> Result<(), Fault> {
    let more = json::below(value, name, vehicle, known)?;
    decoded.readings.extend(more.readings);
    decoded.fixes.extend(more.fixes);
    if decoded.readings.len().max(decoded.fixes.len()) > json::VALUES_MAX {
        return Err(Fault::TooMany);
    }
    Ok(())
}
