//! Prometheus' text: what exporters answer, and what is pushed in the same form.
//!
//! Text in, named values out. `temperature_celsius{probe="A1"} 4.2 1795360547000`: the name of a value on the wire is the
//! metric with its labels, `temperature_celsius{probe="A1"}`, the labels in the order of their names. A time is
//! milliseconds since 1970, or seconds with a fraction as OpenMetrics writes it. Comments, empty lines and exemplars are
//! passed over. Does not know what a metric means: counters are values like others. Tests: below.

use crate::json::{Decoded, Fault, PAYLOAD_BYTES_MAX, VALUES_MAX, fingerprint, is_code};
use domain::{RawFault, RawReading};
use units::{Milli, Timestamp};

/// A label and its value; in order of their names.
type Labels = Vec<(String, String)>;

/// Reads a whole exposition.
pub fn decode(payload: &[u8]) -> Result<Decoded, Fault> {
    if payload.is_empty() {
        return Err(Fault::Empty);
    }
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(Fault::TooLong);
    }
    let text = std::str::from_utf8(payload).map_err(|_| Fault::OtherShape)?;
    let mut decoded = Decoded::default();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, labels, rest) = head(line).ok_or(Fault::OtherShape)?;
        let rest = rest.split_once(" # ").map_or(rest, |(rest, _)| rest);
        let mut words = rest.split_ascii_whitespace();
        let value = words.next().ok_or(Fault::OtherShape)?;
        let value = number(value).ok_or(Fault::OtherShape)?;
        let device_at = match words.next() {
            None => None,
            Some(at) => Some(time(at).ok_or(Fault::OtherShape)?),
        };
        let code = code(name, labels);
        if !is_code(&code) {
            continue;
        }
        if decoded.readings.len() == VALUES_MAX {
            return Err(Fault::TooMany);
        }
        // Who tells the time but does not count: the same line twice is one reading.
        let sequence = device_at.map(|_| fingerprint(line.as_bytes()));
        decoded.readings.push(RawReading { code, value, device_at, sequence });
    }
    if decoded.readings.is_empty() { Err(Fault::NoValue) } else { Ok(decoded) }
}

/// Whether a payload begins as such a text does: with a comment of it, or with a metric and its value.
pub fn looks_like(payload: &[u8]) -> bool {
    let head = &payload[..payload.len().min(512)];
    let text = String::from_utf8_lossy(head);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    ["# HELP", "# TYPE", "# EOF", "# UNIT"].iter().any(|word| first.starts_with(word))
        || (first.starts_with(|c: char| c.is_ascii_alphabetic())
            && !first.contains(',')
            && self::head(first).is_some_and(|(_, _, rest)| {
                rest.split_ascii_whitespace().next().is_some_and(|word| number(word).is_some())
            }))
}

fn code(name: &str, labels: Labels) -> String {
    if labels.is_empty() {
        return name.to_owned();
    }
    let labels: Vec<String> = labels.into_iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    format!("{name}{{{}}}", labels.join(","))
}

/// The metric, its labels, and what follows.
fn head(line: &str) -> Option<(&str, Labels, &str)> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let end = line.find(|c| !word(c)).unwrap_or(line.len());
    let (name, mut rest) = line.split_at_checked(end)?;
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut labels = Labels::new();
    rest = rest.trim_start();
    let Some(mut inner) = rest.strip_prefix('{') else { return Some((name, labels, rest)) };
    loop {
        inner = inner.trim_start_matches([' ', '\t', ',']);
        if let Some(behind) = inner.strip_prefix('}') {
            labels.sort();
            return Some((name, labels, behind));
        }
        let end = inner.find(|c| !word(c))?;
        let (label, behind) = inner.split_at_checked(end)?;
        let quoted = behind.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
        let mut value = String::new();
        let mut chars = quoted.char_indices();
        let closed = loop {
            match chars.next()? {
                (at, '"') => break at,
                (_, '\\') => match chars.next()?.1 {
                    'n' => value.push(' '),
                    other => value.push(other),
                },
                (_, c) => value.push(c),
            }
        };
        labels.push((label.to_owned(), value));
        inner = quoted.get(closed + 1..)?;
        if labels.len() > 64 {
            return None;
        }
    }
}

/// `None` for what is no number in this language at all.
fn number(text: &str) -> Option<Result<Milli, RawFault>> {
    match text {
        "NaN" | "+Inf" | "-Inf" | "Inf" => Some(Err(RawFault::NotANumber)),
        _ => {
            let plain =
                text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
            let value: f64 = text.parse().ok().filter(|_| plain)?;
            Some(crate::json::held(value).ok_or(RawFault::NotANumber))
        }
    }
}

fn time(text: &str) -> Option<Timestamp> {
    if text.contains('.') {
        return crate::decimal::Decimal::parse(text)?
            .milli()
            .map(|ms| Timestamp(ms.0))
            .filter(|at| at.0 >= 0);
    }
    crate::instant::since_1970(text.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    fn show(payload: &str) -> String {
        let shown = |r: RawReading| {
            let value = r.value.map_or_else(|fault| format!("{fault:?}"), |value| value.to_string());
            format!("{} = {value} @{:?}", r.code, r.device_at.map(|at| at.0))
        };
        match decode(payload.as_bytes()) {
            Ok(decoded) => decoded.readings.into_iter().map(shown).collect::<Vec<_>>().join("\n"),
            Err(fault) => format!("{fault:?}"),
        }
    }

    #[test]
    fn an_exporters_answer_is_read() {
        let text = r#"# HELP temperature_celsius Of the rooms.
# TYPE temperature_celsius gauge
temperature_celsius{room="freezer 2",probe="A"} -18.4
temperature_celsius {probe="B", room="dock \"east\"",} +21.25 1795360547000

door_open 1
up 1 1795360547.250
broken NaN
http_requests_total{code="200"} 1.027e+03 # {trace="x"} 1
# EOF
"#;
        expect![[r#"
            temperature_celsius{probe="A",room="freezer 2"} = -18.4 @None
            temperature_celsius{probe="B",room="dock "east""} = 21.25 @Some(1795360547000)
            door_open = 1 @None
            up = 1 @Some(1795360547250)
            broken = NotANumber @None
            http_requests_total{code="200"} = 1027 @None"#]]
        .assert_eq(&show(text));
        assert!(looks_like(text.as_bytes()) && looks_like(b"door_open 1\n"));
        assert!(!looks_like(b"{\"a\":1}") && !looks_like(b"time,a\n1,2\n") && !looks_like(b"hello world"));
    }

    #[test]
    fn what_is_none_is_said() {
        for (payload, fault) in [
            ("", "Empty"),
            ("# HELP only\n", "NoValue"),
            ("<html>", "OtherShape"),
            ("name", "OtherShape"),
            ("name{a=\"b\" 1", "OtherShape"),
            ("name one", "OtherShape"),
            ("name 1 yesterday", "OtherShape"),
        ] {
            assert_eq!(show(payload), fault, "{payload}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[a-z{}=\",\\\\ 0-9.#\n]{0,200}") {
            let _ = (decode(&bytes), decode(text.as_bytes()), looks_like(&bytes), looks_like(text.as_bytes()));
        }

        #[test]
        fn what_is_written_is_read(name in "[a-z_][a-z0-9_]{0,20}", label in "[a-zA-Z0-9 /]{0,20}", value in -1_000_000_000_i64..1_000_000_000) {
            let line = format!("{name}{{l=\"{label}\"}} {}\n", Milli(value));
            let found = decode(line.as_bytes()).unwrap().readings;
            prop_assert_eq!(found.len(), 1);
            prop_assert_eq!(&found[0].code, &format!("{name}{{l=\"{label}\"}}"));
            prop_assert_eq!(found[0].value, Ok(Milli(value)));
        }
    }
}
