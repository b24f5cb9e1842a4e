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
    /// Datagrams that others send to us.
    Udp {
        /// Where we take them, `host:port`: `127.0.0.1` unless another is written.
        address: String,
    },
    /// What others post to our own listener.
    Listen {
        /// The name by which a person knows it.
        name: String,
    },
    /// Topics of an MQTT broker.
    Mqtt {
        /// `host:port`.
        address: String,
        /// The topics: `site/energy/#`.
        filter: String,
        /// Encrypted.
        tls: bool,
    },
    /// An address that is asked again and again.
    Http {
        /// `http://host:port/path`, or `https://…`.
        url: String,
    },
}

/// The port of MQTT without encryption.
const MQTT_PORT: u16 = 1883;

/// The port of MQTT with it.
const MQTTS_PORT: u16 = 8883;

impl Endpoint {
    /// Reads `tcp://host:port`, `udp://[host]:port`, `listen://name`, `mqtt[s]://host[:port]/topic/filter`, `http[s]://host[:port]/path`, or takes the text as a serial
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
                "'{scheme}://…@…' holds a name and a password, which would be shown and logged: they have fields of their own. Write the address without them."
            )));
        }
        match scheme {
            "tcp" => match address(host, None).filter(|_| path.is_empty()) {
                Some(address) => Ok(Self::Tcp { address }),
                None => Err(refuse(format!(
                    "'{text}' is not an address: write tcp://host:port, like tcp://192.168.1.20:4001."
                ))),
            },
            "udp" => {
                // Without a host only programs of this machine reach it: whoever wants more writes so.
                let host = if host.starts_with(':') { format!("127.0.0.1{host}") } else { host.to_owned() };
                let local = host.rsplit_once(':').is_some_and(|(name, _)| {
                    name.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok() || name == "localhost"
                });
                match address(&host, None).filter(|_| path.is_empty() && local) {
                    Some(address) => Ok(Self::Udp { address }),
                    None => Err(refuse(format!(
                        "'{text}' is no place to take datagrams: write udp://:10110 for this machine alone, or udp://0.0.0.0:10110 for its networks."
                    ))),
                }
            }
            "listen" => {
                let name = rest.trim_end_matches('/');
                let proper = (1..=64).contains(&name.len())
                    && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
                if proper {
                    Ok(Self::Listen { name: name.to_owned() })
                } else {
                    Err(refuse(format!(
                        "'{text}' is no name for what others post to us: write listen:// and 1 to 64 letters, digits, '_', '.' or '-', like listen://van-1."
                    )))
                }
            }
            "mqtt" | "mqtts" => {
                let tls = scheme == "mqtts";
                let port = if tls { MQTTS_PORT } else { MQTT_PORT };
                let wrong = || {
                    refuse(format!(
                        "'{text}' is not a topic of a broker: write {scheme}://host:{port}/topic, like {scheme}://192.168.1.20:{port}/site/energy/#."
                    ))
                };
                let address = address(host, Some(port)).ok_or_else(wrong)?;
                let proper = rumqttc::mqttbytes::valid_filter(path)
                    && path.len() <= 1024
                    && !path.chars().any(char::is_control);
                if !proper {
                    return Err(wrong());
                }
                Ok(Self::Mqtt { address, filter: path.to_owned(), tls })
            }
            "http" | "https" => match reqwest::Url::parse(text).ok().filter(|url| {
                url.has_host()
                    && address(host, Some(if scheme == "https" { 443 } else { 80 })).is_some()
                    && !text.chars().any(char::is_whitespace)
            }) {
                Some(_) => Ok(Self::Http { url: text.to_owned() }),
                None => Err(refuse(format!(
                    "'{text}' is not an address: write http://host:port/path, like http://192.168.1.20/values.json."
                ))),
            },
            _ => Err(refuse(format!(
                "'{scheme}://' is no way to a device: write a port's path, tcp://host:port, udp://:port, mqtt://host/topic, http://host/path or listen://name."
            ))),
        }
    }

    /// The word of its driver: `serial`, `tcp`, `udp`, `mqtt`, `http` or `listen`.
    pub fn driver(&self) -> &'static str {
        match self {
            Self::Serial { .. } => "serial",
            Self::Tcp { .. } => "tcp",
            Self::Udp { .. } => "udp",
            Self::Listen { .. } => "listen",
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
            Self::Udp { address } => write!(f, "udp://{address}"),
            Self::Listen { name } => write!(f, "listen://{name}"),
            Self::Mqtt { address, filter, tls } => {
                write!(f, "mqtt{}://{address}/{filter}", if *tls { "s" } else { "" })
            }
            Self::Http { url } => f.write_str(url),
        }
    }
}
