//! How a device is read, beyond its address: JSON text kept with the device, shown as forms.
//!
//! Knows what each language needs to be told. Does not know ports, brokers, secrets (only that there is one) or channels'
//! limits. A field that is left out has its default; one that is not known is refused, so that a slip in a device list does
//! not become a device that is read wrongly. Tests: below.

use crate::{modbus, nmea, pattern, scanner};
use serde::{Deserialize, Serialize};

/// How a device is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setup {
    /// What it speaks.
    #[serde(skip_serializing_if = "Language::is_auto")]
    pub language: Language,
    /// How we are let in.
    #[serde(skip_serializing_if = "Access::is_open")]
    pub access: Access,
    /// How a broker is spoken to.
    #[serde(skip_serializing_if = "Mqtt::is_default")]
    pub mqtt: Mqtt,
    /// The points of a Modbus device.
    #[serde(skip_serializing_if = "modbus::Map::is_default")]
    pub modbus: modbus::Map,
    /// How a serial port is set, beside its speed, whatever is spoken on it.
    #[serde(skip_serializing_if = "is_default")]
    pub serial: Serial,
    /// Of a receiver that speaks NMEA.
    #[serde(skip_serializing_if = "is_default")]
    pub nmea: nmea::Nmea,
    /// How frames look, of a device that speaks by a pattern.
    #[serde(skip_serializing_if = "is_default")]
    pub pattern: pattern::Pattern,
    /// Of a barcode scanner.
    #[serde(skip_serializing_if = "is_default")]
    pub scanner: scanner::Scanner,
    /// The vehicle whose places are told over HTTP; empty: the name that comes with them.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vehicle: String,
}

/// How a serial port is set, beside its speed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Serial {
    /// 5 to 8; 0 is 8.
    #[serde(skip_serializing_if = "is_default")]
    pub data_bits: u8,
    /// The bit that makes their sum even or odd.
    #[serde(skip_serializing_if = "is_default")]
    pub parity: Parity,
    /// 1 or 2; 0 is 1.
    #[serde(skip_serializing_if = "is_default")]
    pub stop_bits: u8,
    /// Who may make the other wait, and how.
    #[serde(skip_serializing_if = "is_default")]
    pub flow: Flow,
    /// Data terminal ready is left low: some converters are switched by it.
    #[serde(skip_serializing_if = "is_default")]
    pub dtr_low: bool,
    /// Request to send is set high or low; none: left as the port has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rts: Option<bool>,
}

/// The bit that makes the sum of a character's bits even or odd.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parity {
    /// There is no such bit.
    #[default]
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

/// Who may make the other wait, and how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Nobody.
    #[default]
    None,
    /// XON and XOFF among the bytes.
    Software,
    /// The lines RTS and CTS.
    Hardware,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What is wrong with a setup, and where in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field: `serial`, `pattern.regex`, `pattern.fields.weight.scale`; empty: the text as a whole.
    pub at: String,
    /// What is wrong with it, in a sentence.
    pub what: String,
}

impl Wrong {
    fn new(at: &str, what: impl Into<String>) -> Self {
        Self { at: at.to_owned(), what: what.into() }
    }
}

/// What a device speaks, whatever it is reached by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// What its address suggests: our text line on a wire, what the payload looks like from brokers and addresses.
    #[default]
    Auto,
    /// Our own text line, see [`crate::line`].
    Line,
    /// Modbus in TCP's frame.
    ModbusTcp,
    /// Modbus in the serial line's frame, also carried by TCP.
    ModbusRtu,
    /// NMEA 0183 sentences.
    Nmea,
    /// Lines or frames that a pattern describes.
    Pattern,
    /// A barcode scanner.
    Scanner,
    /// JSON by its keys, see [`crate::json`].
    Json,
    /// SenML, RFC 8428.
    Senml,
    /// Sparkplug B.
    SparkplugB,
    /// Uplinks of ChirpStack.
    Chirpstack,
    /// Uplinks of The Things Network.
    Ttn,
    /// Tasmota's telemetry.
    Tasmota,
    /// Telemetry as ThingsBoard's devices and gateways send it.
    Thingsboard,
    /// Rows of comma separated values.
    Csv,
    /// Prometheus' text.
    Prometheus,
    /// Positions as OsmAnd and Traccar's client send them.
    Osmand,
}

impl Language {
    /// Registers that are asked for.
    pub fn is_modbus(self) -> bool {
        matches!(self, Self::ModbusTcp | Self::ModbusRtu)
    }

    fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

/// How a broker or a server lets us in. The secret itself is elsewhere and never in here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// The name we go by; none: nobody asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// A password or token is kept for it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secret: bool,
    /// The certificates that are trusted, PEM; none: those of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// Our own certificate, PEM, where we are asked for one; its key is part of the secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
}

impl Access {
    fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// How an MQTT broker is spoken to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mqtt {
    /// Which MQTT.
    #[serde(skip_serializing_if = "MqttVersion::is_auto")]
    pub version: MqttVersion,
}

impl Mqtt {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which MQTT a broker is spoken to in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MqttVersion {
    /// 5, and 3.1.1 where that is not known.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// 3.1.1.
    #[serde(rename = "3.1.1")]
    V311,
    /// 5.
    #[serde(rename = "5")]
    V5,
}

impl MqttVersion {
    fn is_auto(&self) -> bool {
        *self == Self::Auto
    }
}

/// The longest setup, bytes of JSON: some thousand points of a large meter and a chain of certificates.
pub const SETUP_BYTES_MAX: usize = 512 * 1024;

impl Setup {
    /// Reads it; empty text is one with every default.
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::check(text).map_err(|wrong| wrong.what)
    }

    /// The same; says of what is wrong also where it stands.
    pub fn check(text: &str) -> Result<Self, Wrong> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        if text.len() > SETUP_BYTES_MAX {
            return Err(Wrong::new(
                "",
                format!("The device's setup is longer than {} KB.", SETUP_BYTES_MAX / 1024),
            ));
        }
        let setup: Self = match moved(text) {
            Some(whole) => serde_json::from_value(whole),
            None => serde_json::from_str(text),
        }
        .map_err(|e| Wrong::new("", format!("The device's setup can't be read: {e}.")))?;
        setup.modbus.check().map_err(|what| Wrong::new("modbus", what))?;
        if !matches!(setup.serial.data_bits, 0 | 5..=8) || setup.serial.stop_bits > 2 {
            return Err(Wrong::new(
                "serial",
                "The device's setup: a serial port has 5 to 8 data bits and 1 or 2 stop bits.",
            ));
        }
        if setup.language == Language::ModbusRtu && !matches!(setup.serial.data_bits, 0 | 8) {
            return Err(Wrong::new("serial", "The device's setup: Modbus RTU has 8 data bits."));
        }
        // What can't work is told when it is saved.
        if setup.language == Language::Pattern {
            setup.pattern.check()?;
        } else if crate::stream::Decoder::reads(setup.language) {
            crate::stream::Decoder::new(&setup).map_err(|what| Wrong::new("language", what))?;
        }
        Ok(setup)
    }

    /// As [`Setup::parse`] reads it; empty where everything is as by default.
    pub fn text(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        // A struct of text, numbers and lists always has a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// A setup as the first versions wrote it, which had parity and stop bits of a Modbus line among its registers; `None`: it is
/// not one of these. What was said there is what the line was opened with, so it wins.
fn moved(text: &str) -> Option<serde_json::Value> {
    let mut whole: serde_json::Value = serde_json::from_str(text).ok()?;
    let map = whole.as_object_mut()?;
    let old = map.get_mut("modbus")?.as_object_mut()?.remove("serial")?;
    if !map.get("language")?.as_str()?.starts_with("modbus") {
        // Never used by anything.
        return Some(whole);
    }
    let line = map.entry("serial").or_insert_with(|| serde_json::Value::Object(Default::default()));
    if let (Some(line), serde_json::Value::Object(old)) = (line.as_object_mut(), old) {
        line.extend(old);
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_is_set_to_has_one_home() {
        let old = r#"{"language":"modbus_rtu","modbus":{"unit":3,"serial":{"parity":"even","stop_bits":1}}}"#;
        let setup = Setup::parse(old).unwrap();
        assert_eq!((setup.serial.parity, setup.serial.stop_bits, setup.modbus.unit), (Parity::Even, 1, 3));
        let text = setup.text();
        assert!(!text.contains(r#""modbus":{"unit":3,"serial""#), "{text}");
        assert_eq!(Setup::parse(&text), Ok(setup));
        // Beside what was never used for Modbus, and of a device that no longer speaks it.
        let both = r#"{"language":"modbus_rtu","serial":{"parity":"odd","rts":true},"modbus":{"serial":{"parity":"even"}}}"#;
        let setup = Setup::parse(both).unwrap();
        assert_eq!((setup.serial.parity, setup.serial.rts), (Parity::Even, Some(true)));
        let other = r#"{"language":"nmea","serial":{"parity":"odd"},"modbus":{"serial":{"parity":"even"}}}"#;
        assert_eq!(Setup::parse(other).unwrap().serial.parity, Parity::Odd);
        let wrong = r#"{"language":"modbus_rtu","modbus":{"serial":{"parity":"strange"}}}"#;
        assert!(Setup::parse(wrong).is_err());
        let seven = r#"{"language":"modbus_rtu","serial":{"data_bits":7}}"#;
        assert_eq!(Setup::check(seven).unwrap_err().at, "serial");
    }

    #[test]
    fn what_is_wrong_says_where_it_stands() {
        for (pattern, at) in [
            ("{}", "pattern"),
            (r#"{"read":"{a","regex":""}"#, "pattern.read"),
            (r#"{"regex":"(?P<a>[0-9"}"#, "pattern.regex"),
            (r#"{"read":"{a}","start":"\\q"}"#, "pattern.start"),
            (r#"{"read":"{a}","length":9999}"#, "pattern.length"),
            (r#"{"read":"{a}","fields":[{"name":"b","kind":"number"}]}"#, "pattern.fields.b"),
            (
                r#"{"read":"{a}","fields":[{"name":"a","kind":"number","scale":"1x"}]}"#,
                "pattern.fields.a.scale",
            ),
            (r#"{"columns":[{"name":"a","from":0,"length":0}]}"#, "pattern.columns.0"),
            (
                r#"{"columns":[{"name":"a","from":0,"length":2}],"length":4,"check":{"skip":3}}"#,
                "pattern.check",
            ),
            (r#"{"ready":"none"}"#, "pattern.ready"),
        ] {
            let wrong =
                Setup::check(&format!(r#"{{"language":"pattern","pattern":{pattern}}}"#)).unwrap_err();
            assert_eq!(wrong.at, at, "{pattern}: {}", wrong.what);
        }
        assert_eq!(Setup::check("[").unwrap_err().at, "");
        let slow = r#"{"language":"modbus_tcp","modbus":{"timing":{"timeout_ms":1}}}"#;
        assert_eq!(Setup::check(slow).unwrap_err().at, "modbus");
    }

    #[test]
    fn what_is_left_out_has_its_default_and_is_not_written() {
        assert_eq!(Setup::parse(" "), Ok(Setup::default()));
        assert_eq!(Setup::parse("{}"), Ok(Setup::default()));
        assert_eq!(Setup::default().text(), "");
        let setup = Setup::parse(r#"{"language":"modbus_tcp"}"#).unwrap();
        assert_eq!(setup.language, Language::ModbusTcp);
        assert_eq!(setup.text(), r#"{"language":"modbus_tcp"}"#);
    }

    #[test]
    fn a_slip_is_refused_and_named() {
        let said = Setup::parse(r#"{"langauge":"modbus_tcp"}"#).unwrap_err();
        assert!(said.contains("langauge"), "{said}");
        assert!(Setup::parse(r#"{"language":"klingon"}"#).unwrap_err().contains("klingon"));
        assert!(Setup::parse("[").is_err());
    }
}
