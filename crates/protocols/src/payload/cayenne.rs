//! Cayenne Low Power Payload: channel, type and value, one after the other, without anything around them.
//!
//! The types are IPSO's object numbers less 3200, in big-endian, with the scales of Cayenne's own list and of the wider one
//! that most device makers use. There is no checksum: bytes are taken only if all of them fit.

use units::{GeoPoint, Milli};

/// What such a payload says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// `temperature_1`: what it is, and its channel.
    pub values: Vec<(String, Milli)>,
    /// Where the device is.
    pub place: Option<GeoPoint>,
}

/// The most values of one payload: what LoRaWAN carries at its fastest, in values of three bytes.
const VALUES_MAX: usize = 80;

/// Type, name, bytes, thousandths for one step, whether it has a sign.
const TYPES: [(u8, &str, usize, i64, bool); 22] = [
    (0, "digital_in", 1, 1000, false),
    (1, "digital_out", 1, 1000, false),
    (2, "analog_in", 2, 10, true),
    (3, "analog_out", 2, 10, true),
    (100, "generic", 4, 1000, false),
    (101, "luminosity", 2, 1000, false),
    (102, "presence", 1, 1000, false),
    (103, "temperature", 2, 100, true),
    (104, "humidity", 1, 500, false),
    (115, "barometer", 2, 100, false),
    (116, "voltage", 2, 10, false),
    (117, "current", 2, 1, false),
    (118, "frequency", 4, 1000, false),
    (120, "percentage", 1, 1000, false),
    (121, "altitude", 2, 1000, true),
    (125, "concentration", 2, 1000, false),
    (128, "power", 2, 1000, false),
    (130, "distance", 4, 1, false),
    (131, "energy", 4, 1, false),
    (132, "direction", 2, 1000, false),
    (133, "time", 4, 1000, false),
    (142, "switch", 1, 1000, false),
];

/// Reads it; `None` where a type is not known, bytes are over or missing.
pub fn decode(bytes: &[u8]) -> Option<Values> {
    let mut found = Values::default();
    let mut rest = bytes;
    while let [channel, kind, after @ ..] = rest {
        let signed = |bytes: &[u8]| {
            let start = if bytes.first().is_some_and(|first| first & 0x80 != 0) { -1_i64 } else { 0 };
            bytes.iter().fold(start, |value, byte| value << 8 | i64::from(*byte))
        };
        rest = match *kind {
            // Acceleration in thousandths of g, turning in hundredths of a degree a second; each has three axes.
            113 | 134 => {
                let (name, step) = if *kind == 113 { ("accelerometer", 1) } else { ("gyrometer", 10) };
                let (axes, rest) = after.split_at_checked(6)?;
                for (axis, bytes) in ["x", "y", "z"].iter().zip(axes.chunks_exact(2)) {
                    found.values.push((format!("{name}_{channel}/{axis}"), Milli(signed(bytes) * step)));
                }
                rest
            }
            136 => {
                let (bytes, rest) = after.split_at_checked(9)?;
                let (latitude, longitude) = (signed(&bytes[..3]), signed(&bytes[3..6]));
                let degrees = |steps: i64| steps as f64 / 10_000.0;
                found.place = Some(GeoPoint::from_degrees(degrees(latitude), degrees(longitude))?);
                found.values.push((format!("altitude_{channel}"), Milli(signed(&bytes[6..]) * 10)));
                rest
            }
            kind => {
                let (_, name, length, step, has_sign) = TYPES.iter().find(|known| known.0 == kind)?;
                let (bytes, rest) = after.split_at_checked(*length)?;
                let steps = if *has_sign {
                    signed(bytes)
                } else {
                    bytes.iter().fold(0, |value, byte| value << 8 | i64::from(*byte))
                };
                found.values.push((format!("{name}_{channel}"), Milli(steps * step)));
                rest
            }
        };
        if found.values.len() > VALUES_MAX {
            return None;
        }
    }
    (rest.is_empty() && !found.values.is_empty()).then_some(found)
}
