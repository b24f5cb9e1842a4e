//! Where a device is reached, as a person writes it.

use crate::{Error, ErrorKind};
use std::fmt;

/// A port or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// A serial port: `/dev/ttyUSB0`, `COM3`, or any path of a pseudo-terminal.
    Serial {
        /// Its path or name.
        path: String,
        /// Its speed in baud.
        baud: u32,
    },
    /// The same line over TCP: a device server, or the demonstration where there are no pseudo-terminals.
    Tcp {
        /// `host:port`.
        address: String,
    },
    /// Topics of an MQTT broker.
    Mqtt {
        /// `host:port`.
        address: String,
        /// The topics: `site/energy/#`.
        filter: String,
    },
    /// An address that is asked again and again.
    Http {
        /// `http://host:port/path`.
        url: String,
    },
}

/// The port of MQTT without encryption.
const MQTT_PORT: u16 = 1883;

impl Endpoint {
    /// Reads `tcp://host:port`, `mqtt://host[:port]/topic/filter`, `http://host[:port]/path`, or takes the text as a serial
    /// port with that speed.
    pub fn parse(text: &str, baud: u32) -> Result<Self, Error> {
        let refuse = |message: String| Error { kind: ErrorKind::Permanent, message, source: None };
        let text = text.trim();
        if text.is_empty() {
            return Err(refuse(
                "No port was given: choose one of the list, or write its path, tcp://host:port, mqtt://host/topic or http://host/path.".into(),
            ));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            if !(300..=921_600).contains(&baud) {
                return Err(refuse(format!(
                    "{baud} baud is not a speed of a serial port: choose 9600 to 115200."
                )));
            }
            return Ok(Self::Serial { path: text.to_owned(), baud });
        };
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        if host.contains('@') {
            return Err(refuse(format!(
                "'{scheme}://…@…' holds a name and a password, which would be shown and logged: passwords of devices are not kept yet. Write the address without them."
            )));
        }
        match scheme {
            "tcp" => match address(host, None).filter(|_| path.is_empty()) {
                Some(address) => Ok(Self::Tcp { address }),
                None => Err(refuse(format!(
                    "'{text}' is not an address: write tcp://host:port, like tcp://192.168.1.20:4001."
                ))),
            },
            "mqtt" => {
                let wrong = || {
                    refuse(format!(
                        "'{text}' is not a topic of a broker: write mqtt://host:1883/topic, like mqtt://192.168.1.20:1883/site/energy/#."
                    ))
                };
                let address = address(host, Some(MQTT_PORT)).ok_or_else(wrong)?;
                let proper = rumqttc::mqttbytes::valid_filter(path)
                    && path.len() <= 1024
                    && !path.chars().any(char::is_control);
                if !proper {
                    return Err(wrong());
                }
                Ok(Self::Mqtt { address, filter: path.to_owned() })
            }
            "http" => match reqwest::Url::parse(text).ok().filter(|url| {
                url.has_host() && address(host, Some(80)).is_some() && !text.chars().any(char::is_whitespace)
            }) {
                Some(_) => Ok(Self::Http { url: text.to_owned() }),
                None => Err(refuse(format!(
                    "'{text}' is not an address: write http://host:port/path, like http://192.168.1.20/values.json."
                ))),
            },
            "mqtts" | "https" => Err(refuse(format!(
                "'{text}' is encrypted, which devices can't be yet: write {}:// where the network is your own.",
                scheme.trim_end_matches('s')
            ))),
            _ => Err(refuse(format!(
                "'{scheme}://' is no way to a device: write a port's path, tcp://host:port, mqtt://host/topic or http://host/path."
            ))),
        }
    }

    /// The word of its driver: `serial`, `tcp`, `mqtt` or `http`.
    pub fn driver(&self) -> &'static str {
        match self {
            Self::Serial { .. } => "serial",
            Self::Tcp { .. } => "tcp",
            Self::Mqtt { .. } => "mqtt",
            Self::Http { .. } => "http",
        }
    }
}

/// `host:port`, with that port where none is given.
fn address(host: &str, port: Option<u16>) -> Option<String> {
    let host = host.trim();
    // An IPv6 address stands in brackets.
    let bare = host.ends_with(']') || !host.contains(':');
    match (bare, port) {
        (true, Some(port)) if !host.is_empty() => Some(format!("{host}:{port}")),
        (true, _) => None,
        (false, _) => {
            let (name, port) = host.rsplit_once(':')?;
            port.parse::<u16>().ok().filter(|port| *port > 0 && !name.is_empty())?;
            Some(host.to_owned())
        }
    }
}

impl fmt::Display for Endpoint {
    /// As [`Endpoint::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { path, .. } => f.write_str(path),
            Self::Tcp { address } => write!(f, "tcp://{address}"),
            Self::Mqtt { address, filter } => write!(f, "mqtt://{address}/{filter}"),
            Self::Http { url } => f.write_str(url),
        }
    }
}
