//! The list of devices as CSV, out and in again: a line a channel, each with its device's own columns.
//!
//! Turns rows into devices with channels, and every slip into a finding with its line. Does not know drivers or what a setup
//! holds: that a setup or an address can be used is judged by whoever takes the rows. Secrets are not in a list: there is no
//! column for them, and the password of an address is never kept with it. Tests: below.

use crate::table::{self, Cell, WriteOptions};
use domain::{Finding, FindingCode, Severity};
use units::{Milli, Millis};

/// The columns of the list.
pub const HEADER: [&str; 12] = [
    "name",
    "endpoint",
    "baud",
    "interval_s",
    "enabled",
    "setup",
    "channel",
    "channel_name",
    "room",
    "unit",
    "low",
    "high",
];

/// Bytes of a list: some thousand devices, each with its register map.
pub const LIST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bits a second where the list says none.
const BAUD: u32 = 9600;

/// The interval where the list says none.
const INTERVAL: Millis = Millis::seconds(10);

/// One device of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceRow {
    /// The first line it stands on; 0 where it is written.
    pub line: u64,
    /// Its name, unique in the list.
    pub name: String,
    /// Where it is reached.
    pub endpoint: String,
    /// Bits a second.
    pub baud: u32,
    /// Expected interval.
    pub interval: Millis,
    /// Recording from it is on.
    pub enabled: bool,
    /// How it is read, as JSON.
    pub setup: String,
    /// Its channels.
    pub channels: Vec<ChannelRow>,
}

/// One channel of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelRow {
    /// The line it stands on; 0 where it is written.
    pub line: u64,
    /// Its name on the wire.
    pub code: String,
    /// Its name for people.
    pub name: String,
    /// Its room.
    pub room: String,
    /// Unit.
    pub unit: String,
    /// Low limit.
    pub low: Option<Milli>,
    /// High limit.
    pub high: Option<Milli>,
}

/// The list as CSV.
pub fn write(devices: &[DeviceRow], options: WriteOptions) -> Vec<u8> {
    let rows = devices.iter().flat_map(|device| {
        let none = vec![None];
        let channels: Vec<Option<&ChannelRow>> =
            if device.channels.is_empty() { none } else { device.channels.iter().map(Some).collect() };
        channels.into_iter().enumerate().map(|(n, channel)| {
            let first = n == 0;
            // What a device has once stands on its first line.
            let own = |cell: Cell| if first { cell } else { Cell::Empty };
            let said = |pick: &dyn Fn(&ChannelRow) -> Cell| channel.map_or(Cell::Empty, pick);
            vec![
                device.name.as_str().into(),
                own(device.endpoint.as_str().into()),
                own(device.baud.into()),
                own(Milli(device.interval.0).into()),
                own(if device.enabled { "yes" } else { "no" }.into()),
                own(device.setup.as_str().into()),
                said(&|channel| channel.code.as_str().into()),
                said(&|channel| channel.name.as_str().into()),
                said(&|channel| channel.room.as_str().into()),
                said(&|channel| channel.unit.as_str().into()),
                said(&|channel| channel.low.into()),
                said(&|channel| channel.high.into()),
            ]
        })
    });
    table::write(&HEADER, rows.collect::<Vec<_>>(), options)
}

/// Reads a list. Columns are found by their names, in any order; `name` and `endpoint` are needed. A device's own columns may
/// stand on its first line only; where another line says something else, that is an error.
pub fn parse(text: &str) -> (Vec<DeviceRow>, Vec<Finding>) {
    let mut findings = Vec::new();
    if text.len() > LIST_BYTES_MAX {
        let detail = format!("{} KB", text.len() / 1024);
        findings.push(Finding::about(FindingCode::TooLarge, Severity::Error, "", &detail));
        return (Vec::new(), findings);
    }
    // The reader counts lines by their feeds, and sees one of two bytes only with the next line.
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let head = text.lines().next().unwrap_or_default();
    let count = |mark: char| head.matches(mark).count();
    let delimiter =
        [b';', b'\t'].into_iter().find(|mark| count(char::from(*mark)) > count(',')).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .map(|row| row.iter().map(|name| name.trim().to_lowercase()).collect())
        .unwrap_or_default();
    let column = |name: &str| header.iter().position(|known| known == name);
    for needed in ["name", "endpoint"] {
        if column(needed).is_none() {
            findings.push(Finding::about(FindingCode::MissingColumn, Severity::Error, needed, ""));
        }
    }
    if !findings.is_empty() {
        return (Vec::new(), findings);
    }
    for unused in header.iter().filter(|name| !name.is_empty() && !HEADER.contains(&name.as_str())) {
        findings.push(Finding::about(FindingCode::IgnoredColumn, Severity::Note, unused, ""));
    }
    let mut devices: Vec<DeviceRow> = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                findings.push(Finding::at_line(FindingCode::NotText, Severity::Error, line, "", ""));
                break;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = HEADER
            .iter()
            .map(|name| plain(column(name).and_then(|at| record.get(at)).unwrap_or_default()))
            .collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        row(line, &cells, &mut devices, &mut findings);
    }
    (devices, findings)
}

/// A cell as it was before it was made safe for spreadsheets.
fn plain(cell: &str) -> String {
    let cell = cell.trim();
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) => rest.to_owned(),
        _ => cell.to_owned(),
    }
}

fn row(line: u64, cells: &[String], devices: &mut Vec<DeviceRow>, findings: &mut Vec<Finding>) {
    let [name, endpoint, baud, interval, enabled, setup, code, label, room, unit, low, high] = cells else {
        return;
    };
    let mut bad = |finding: FindingCode, subject: &str, detail: &str| {
        findings.push(Finding::at_line(finding, Severity::Error, line, subject, detail));
    };
    if name.is_empty() {
        return bad(FindingCode::EmptyField, "name", "");
    }
    let mut number = |subject: &str, text: &str| -> Option<Milli> {
        if text.is_empty() {
            return None;
        }
        let value = Milli::parse(&text.replace(',', "."));
        if value.is_none() {
            bad(FindingCode::NotANumber, subject, text);
        }
        value
    };
    let (baud_said, interval_said) = (number("baud", baud), number("interval_s", interval));
    let (low, high) = (number("low", low), number("high", high));
    let mut bad = |finding: FindingCode, subject: &str, detail: &str| {
        findings.push(Finding::at_line(finding, Severity::Error, line, subject, detail));
    };
    let enabled_said = match enabled.to_lowercase().as_str() {
        "" => None,
        "yes" | "true" | "1" | "y" | "on" | "是" => Some(true),
        "no" | "false" | "0" | "n" | "off" | "否" => Some(false),
        _ => {
            bad(FindingCode::OutOfRange, "enabled", enabled);
            None
        }
    };
    let at = devices.iter().position(|device| device.name == *name);
    let at = match at {
        Some(at) => {
            let device = &devices[at];
            let differs = [
                ("endpoint", !endpoint.is_empty() && *endpoint != device.endpoint),
                ("baud", baud_said.is_some_and(|said| said.0 / 1000 != i64::from(device.baud))),
                ("interval_s", interval_said.is_some_and(|said| said.0 != device.interval.0)),
                ("enabled", enabled_said.is_some_and(|said| said != device.enabled)),
                ("setup", !setup.is_empty() && *setup != device.setup),
            ];
            for (subject, _) in differs.iter().filter(|(_, differs)| *differs) {
                bad(FindingCode::Duplicate, subject, name);
            }
            at
        }
        None => {
            if endpoint.is_empty() {
                bad(FindingCode::EmptyField, "endpoint", name);
            }
            let baud = baud_said.map_or(BAUD, |said| u32::try_from(said.0 / 1000).unwrap_or(0));
            devices.push(DeviceRow {
                line,
                name: name.clone(),
                endpoint: endpoint.clone(),
                baud,
                interval: interval_said.map_or(INTERVAL, |said| Millis(said.0)),
                enabled: enabled_said.unwrap_or(true),
                setup: setup.clone(),
                channels: Vec::new(),
            });
            devices.len() - 1
        }
    };
    if code.is_empty() {
        if !(label.is_empty() && room.is_empty() && low.is_none() && high.is_none()) {
            bad(FindingCode::EmptyField, "channel", name);
        }
        return;
    }
    if low.zip(high).is_some_and(|(low, high)| low >= high) {
        bad(FindingCode::OutOfRange, "low", code);
    }
    let device = &mut devices[at];
    if device.channels.iter().any(|channel| channel.code == *code) {
        return bad(FindingCode::Duplicate, "channel", code);
    }
    device.channels.push(ChannelRow {
        line,
        code: code.clone(),
        name: if label.is_empty() { code.clone() } else { label.clone() },
        room: room.clone(),
        unit: unit.clone(),
        low,
        high,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(code: &str, low: Option<i64>) -> ChannelRow {
        ChannelRow {
            line: 0,
            code: code.into(),
            name: format!("Probe {code}"),
            room: "Chilled, east".into(),
            unit: "°C".into(),
            low: low.map(Milli),
            high: Some(Milli(8_000)),
        }
    }

    fn two() -> Vec<DeviceRow> {
        let device = |name: &str, endpoint: &str, channels| DeviceRow {
            line: 0,
            name: name.into(),
            endpoint: endpoint.into(),
            baud: 19_200,
            interval: Millis(2_500),
            enabled: name != "Meter",
            setup: r#"{"language":"modbus_tcp","modbus":{"unit":3}}"#.into(),
            channels,
        };
        vec![
            device("=Chain", "/dev/ttyUSB0", vec![channel("T1", Some(-2_000)), channel("-T2", None)]),
            device("Meter", "tcp://10.0.0.7:502", vec![]),
        ]
    }

    fn without_lines(mut devices: Vec<DeviceRow>) -> Vec<DeviceRow> {
        for device in &mut devices {
            device.line = 0;
            device.channels.iter_mut().for_each(|channel| channel.line = 0);
        }
        devices
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = String::from_utf8(write(&two(), WriteOptions::default())).unwrap();
        assert!(text.contains("'=Chain") && text.contains("'-T2"), "{text}");
        let (devices, findings) = parse(&text);
        assert_eq!(findings, []);
        assert_eq!(without_lines(devices), two());
    }

    #[test]
    fn the_least_that_is_needed_is_enough() {
        let (devices, findings) = parse("Endpoint;Name\r\n/dev/ttyS0;Scale\r\n\r\n");
        assert_eq!(findings, []);
        let [device] = devices.as_slice() else { panic!("{devices:?}") };
        assert_eq!(
            (device.line, device.name.as_str(), device.baud, device.interval),
            (2, "Scale", 9_600, INTERVAL)
        );
        assert!(device.enabled && device.setup.is_empty() && device.channels.is_empty());
    }

    #[test]
    fn each_slip_is_found_with_its_line() {
        let text = "name,endpoint,baud,enabled,channel,low,high,colour\n\
            A,/dev/a,fast,maybe,T1,8,2,red\n\
            ,/dev/b,,,,,,\n\
            A,/dev/c,,,T1,,,\n\
            B,,,,,1,,\n";
        let (devices, findings) = parse(text);
        let found: Vec<_> = findings
            .iter()
            .map(|f| (f.code, f.line, f.subject.as_str(), f.severity == Severity::Error))
            .collect();
        use FindingCode::*;
        assert_eq!(
            found,
            [
                (IgnoredColumn, None, "colour", false),
                (NotANumber, Some(2), "baud", true),
                (OutOfRange, Some(2), "enabled", true),
                (OutOfRange, Some(2), "low", true),
                (EmptyField, Some(3), "name", true),
                (Duplicate, Some(4), "endpoint", true),
                (Duplicate, Some(4), "channel", true),
                (EmptyField, Some(5), "endpoint", true),
                (EmptyField, Some(5), "channel", true),
            ]
        );
        assert_eq!(devices.len(), 2);
        assert_eq!(parse("device\nA\n").1.len(), 2);
    }
}
