//! Where a device is reached, as a person writes it.

use crate::limits::OPEN_MAX;
use crate::{Error, ErrorKind};
use std::fmt;
use std::pin::Pin;
use tokio::io::AsyncRead;
use tokio_serial::SerialPortBuilderExt;

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
}

/// What all lines are read as.
pub(crate) type Line = Pin<Box<dyn AsyncRead + Send>>;

impl Endpoint {
    /// Reads `tcp://host:port`, or takes the text as a serial port with that speed.
    pub fn parse(text: &str, baud: u32) -> Result<Self, Error> {
        let refuse = |message: String| Error { kind: ErrorKind::Permanent, message, source: None };
        let text = text.trim();
        if text.is_empty() {
            return Err(refuse(
                "No port was given: choose one of the list, or write its path or tcp://host:port.".into(),
            ));
        }
        if let Some(address) = text.strip_prefix("tcp://") {
            let address = address.trim_end_matches('/');
            let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
            return match port.and_then(|(_, port)| port.parse::<u16>().ok()) {
                Some(port) if port > 0 => Ok(Self::Tcp { address: address.to_owned() }),
                _ => Err(refuse(format!(
                    "'{text}' is not an address: write tcp://host:port, like tcp://192.168.1.20:4001."
                ))),
            };
        }
        if !(300..=921_600).contains(&baud) {
            return Err(refuse(format!(
                "{baud} baud is not a speed of a serial port: choose 9600 to 115200."
            )));
        }
        Ok(Self::Serial { path: text.to_owned(), baud })
    }

    /// Opens it for reading. Data terminal ready is set where the port has such a line.
    pub(crate) async fn open(&self) -> Result<Line, Error> {
        match tokio::time::timeout(OPEN_MAX, self.open_patiently()).await {
            Ok(opened) => opened,
            Err(_) => Err(self.failed(format!("no answer in {} s", OPEN_MAX.as_secs()), None)),
        }
    }

    async fn open_patiently(&self) -> Result<Line, Error> {
        match self {
            Self::Serial { path, baud } => {
                let builder = tokio_serial::new(path, *baud).dtr_on_open(true);
                // Opening asks the driver of the port, which may take its time: not on a thread that others wait for.
                match tokio::task::spawn_blocking(move || builder.open_native_async()).await {
                    Ok(Ok(stream)) => Ok(Box::pin(stream)),
                    Ok(Err(error)) => Err(self.failed(error.to_string(), Some(Box::new(error)))),
                    Err(error) => Err(self.failed(error.to_string(), Some(Box::new(error)))),
                }
            }
            Self::Tcp { address } => match tokio::net::TcpStream::connect(address.as_str()).await {
                Ok(stream) => Ok(Box::pin(stream)),
                Err(error) => Err(self.failed(error.to_string(), Some(Box::new(error)))),
            },
        }
    }

    fn failed(&self, said: String, source: Option<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        let message = match self {
            Self::Serial { path, baud } => {
                format!(
                    "Opening {path} at {baud} baud: {said}. Check the cable, the name of the port and the right to use it."
                )
            }
            Self::Tcp { address } => {
                format!(
                    "Connecting to {address}: {said}. Check that the device is on and the address is right."
                )
            }
        };
        Error { kind: ErrorKind::Transient, message, source }
    }
}

impl fmt::Display for Endpoint {
    /// As [`Endpoint::parse`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial { path, .. } => f.write_str(path),
            Self::Tcp { address } => write!(f, "tcp://{address}"),
        }
    }
}
