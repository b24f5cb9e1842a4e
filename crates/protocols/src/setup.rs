//! How a device is read, beyond its address: JSON text kept with the device, shown as forms.
//!
//! Knows what each language needs to be told. Does not know ports, brokers, secrets (only that there is one) or channels'
//! limits. A field that is left out has its default; one that is not known is refused, so that a slip in a device list does
//! not become a device that is read wrongly. Tests: below.

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
}

impl Access {
    fn is_open(&self) -> bool {
        *self == Self::default()
    }
}

/// The longest setup, bytes of JSON: some thousand points of a large meter and a chain of certificates.
pub const SETUP_BYTES_MAX: usize = 512 * 1024;

impl Setup {
    /// Reads it; empty text is one with every default.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        if text.len() > SETUP_BYTES_MAX {
            return Err(format!("The device's setup is longer than {} KB.", SETUP_BYTES_MAX / 1024));
        }
        let setup: Self =
            serde_json::from_str(text).map_err(|e| format!("The device's setup can't be read: {e}."))?;
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

#[cfg(test)]
mod tests {
    use super::*;

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
