//! How a device is reached, asked and taken apart again: one form for all drivers.

use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use contract::*;
use units::{Milli, Millis};
use wasm_bindgen_futures::spawn_local;

/// Drivers as stored, with their words.
const DRIVERS: [(&str, W); 4] =
    [("serial", W::DriverSerial), ("tcp", W::DriverTcp), ("mqtt", W::DriverMqtt), ("http", W::DriverHttp)];

/// The word for a driver.
pub fn driver_word(fmt: &Fmt, driver: &str) -> String {
    DRIVERS.iter().find(|(known, _)| *known == driver).map_or(driver, |(_, word)| fmt.t(*word)).to_owned()
}

/// What is asked of an endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
struct Parts {
    driver: String,
    port: String,
    address: String,
    topic: String,
}

/// Takes an endpoint apart.
fn take_apart(endpoint: &str) -> Parts {
    let text = endpoint.trim();
    let (driver, rest) = match text.split_once("://") {
        Some((scheme @ ("tcp" | "mqtt" | "http"), rest)) => (scheme, rest),
        _ => return Parts { driver: "serial".into(), port: text.into(), ..Parts::default() },
    };
    let (address, topic) = match driver {
        "mqtt" => rest.split_once('/').unwrap_or((rest, "")),
        _ => (rest, ""),
    };
    Parts { driver: driver.into(), address: address.into(), topic: topic.into(), ..Parts::default() }
}

/// Puts it together. What a person wrote with its scheme stays as it is: the console says what is wrong with it.
fn put_together(parts: &Parts) -> String {
    let Parts { driver, port, address, topic } = parts;
    let address = address.trim();
    match driver.as_str() {
        "serial" => port.trim().to_owned(),
        "mqtt" => {
            let whole =
                if address.contains("://") { address.to_owned() } else { format!("mqtt://{address}") };
            format!("{}/{}", whole.trim_end_matches('/'), topic.trim())
        }
        _ if address.contains("://") => address.to_owned(),
        _ => format!("{driver}://{address}"),
    }
}

/// A unit that fits a name on the wire, for a start.
pub fn unit_of(code: &str) -> &'static str {
    let leaf = code.rsplit('/').next().unwrap_or(code).to_lowercase();
    let has = |part: &str| leaf.split(|c: char| !c.is_alphanumeric()).any(|word| word == part);
    match () {
        () if has("kwh") => "kWh",
        () if has("kw") => "kW",
        () if has("rms") => "mm/s",
        () if leaf.contains("hum") || has("rh") => "%",
        // The line protocol's chain names its probes T01, T02 and so on.
        () if leaf.contains("temp") || leaf.starts_with('t') || !code.contains('/') => "°C",
        () => "",
    }
}

/// The fields of the form, after the name. `hint` is what is known of the ports of this machine.
fn fields(endpoint: &str, baud: u32, hint: String) -> Vec<Field> {
    let fmt = fmt();
    let Parts { driver, port, address, topic } = take_apart(endpoint);
    let drivers =
        DRIVERS.iter().map(|(word, shown)| ((*word).to_owned(), fmt.t(*shown).to_owned())).collect();
    vec![
        Field::choice("driver", W::Driver, driver, drivers),
        Field::text("port", W::Port, port).hint(hint).needed().when("driver", &["serial"]),
        Field::number("baud", W::Baud, baud.to_string()).needed().when("driver", &["serial"]),
        Field::text("address", W::Address, address)
            .hint(fmt.t(W::AddressHint))
            .needed()
            .when("driver", &["tcp", "mqtt", "http"]),
        Field::text("topic", W::TopicWord, topic)
            .hint(fmt.t(W::TopicHint))
            .needed()
            .when("driver", &["mqtt"]),
    ]
}

/// Reads the fields back: an endpoint and a speed.
fn answer(values: &mut impl Iterator<Item = String>, baud: u32) -> (String, u32) {
    let mut next = || values.next().unwrap_or_default();
    let (driver, port, speed, address, topic) = (next(), next(), next(), next(), next());
    let endpoint = put_together(&Parts { driver, port, address, topic });
    (endpoint, format::typed(&speed).parse().unwrap_or(baud))
}

/// Asks for a new device; the ports of this machine are offered.
pub fn add_device() {
    spawn_local(async move {
        let fmt = fmt();
        let ports = bridge::send(ListPorts {}).await.unwrap_or_default();
        let known: Vec<String> = ports
            .iter()
            .map(|p| match &p.used_by {
                Some(by) => format!("{} ({})", p.path, fmt.fill(W::UsedBy, &[by])),
                None if p.description.is_empty() => p.path.clone(),
                None => format!("{} ({})", p.path, p.description),
            })
            .collect();
        let hint = if known.is_empty() {
            fmt.t(W::NoPorts).to_owned()
        } else {
            fmt.fill(W::PortsHere, &[&known.join(", ")])
        };
        let free = ports.iter().find(|p| p.used_by.is_none()).map(|p| p.path.clone()).unwrap_or_default();
        let mut form = vec![Field::text("name", W::Name, "").needed()];
        form.extend(fields(&free, 9600, hint));
        form.push(Field::number("interval", W::IntervalSeconds, "10").needed());
        ask(fmt.t(W::AddDevice), fmt.t(W::AddDeviceText), W::AddDevice, form, |values| async move {
            let mut values = values.into_iter();
            let name = values.next().unwrap_or_default();
            let (endpoint, baud) = answer(&mut values, 9600);
            let interval = values.next().unwrap_or_default();
            let id = bridge::send(AddDevice {
                name,
                endpoint,
                baud,
                interval: Millis(Milli::parse(&format::typed(&interval)).unwrap_or(Milli(10_000)).0),
                setup: String::new(),
                channels: Vec::new(),
            })
            .await?;
            let ctx = ctx();
            ctx.say(crate::state::fmt().t(W::DeviceAdded));
            ctx.go(Route::row(Page::Devices, id));
            Ok(())
        });
    });
}

/// Asks for another name or way to a device.
pub fn change(r: DeviceRow) {
    let fmt = fmt();
    let mut form = vec![Field::text("name", W::Name, r.name.clone()).needed()];
    form.extend(fields(&r.endpoint, r.baud, String::new()));
    ask(fmt.t(W::ChangeDevice), "", W::Save, form, move |values| {
        let (id, enabled, baud) = (r.id, r.enabled, r.baud);
        async move {
            let mut values = values.into_iter();
            let name = values.next().unwrap_or_default();
            let (endpoint, baud) = answer(&mut values, baud);
            bridge::send(ChangeDevice {
                id,
                name,
                endpoint,
                baud,
                enabled,
                interval: None,
                setup: None,
                add: Vec::new(),
            })
            .await?;
            ctx().say(crate::state::fmt().t(W::Saved));
            Ok(())
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_come_apart_and_together() {
        for endpoint in [
            "/dev/ttyUSB0",
            "COM3",
            "tcp://10.0.0.7:4001",
            "mqtt://10.0.0.7:1883/site/energy/#",
            "http://10.0.0.7/values.json?room=2",
        ] {
            assert_eq!(put_together(&take_apart(endpoint)), endpoint);
        }
        let typed = |driver: &str, address: &str, topic: &str| {
            put_together(&Parts {
                driver: driver.into(),
                address: address.into(),
                topic: topic.into(),
                ..Parts::default()
            })
        };
        assert_eq!(typed("mqtt", "mqtt://b:1883/", "a/#"), "mqtt://b:1883/a/#");
        assert_eq!(typed("http", "http://b/x", ""), "http://b/x");
        assert_eq!(typed("tcp", " b:4001 ", ""), "tcp://b:4001");
    }

    #[test]
    fn units_are_guessed_from_names() {
        for (code, unit) in [
            ("E1/kw", "kW"),
            ("E1/kwh", "kWh"),
            ("V1/rms", "mm/s"),
            ("C1/temp", "°C"),
            ("C1/door", ""),
            ("T01", "°C"),
        ] {
            assert_eq!(unit_of(code), unit, "{code}");
        }
    }
}
