//! Comma separated values as devices and loggers answer or post them.
//!
//! Text in, named values and places out. The first row names the columns; without names they count from 1. Commas,
//! semicolons and tabs part columns, whichever stands most in the first row; where it is not the comma, a comma is the
//! decimal point. Two shapes:
//!
//! - wide: each column with numbers is a value by its name, under the row's `id`, `name` or `sensor` if there is such a column;
//! - long: a column `value` beside one that names the channel (`code`, `channel`, `id`, `name`, `sensor`, `label`).
//!
//! A time (`time`, `timestamp`, `ts`, `date` and `time` in two columns, …) makes every row a reading of that time; the same
//! row asked for again is the same reading. Without one, rows are of now: in the wide shape without ids only the last
//! counts, since a table of the past has times. A latitude and a longitude are where a vehicle is. Tests: below.

use crate::decimal::Decimal;
use crate::json::{Decoded, Fault, Fix, PAYLOAD_BYTES_MAX, VALUES_MAX, fingerprint, is_code, join};
use domain::{RawFault, RawReading};
use units::{GeoPoint, Milli, Timestamp};

const TIMES: [&str; 11] = [
    "time",
    "timestamp",
    "ts",
    "datetime",
    "date_time",
    "date time",
    "devicetime",
    "fixtime",
    "measured_at",
    "recorded_at",
    "date",
];
const NAMES: [&str; 9] =
    ["code", "channel", "sensor", "id", "name", "label", "vehicle", "device", "device_id"];
const VALUES: [&str; 3] = ["value", "reading", "val"];
const UNREAD: [&str; 4] = ["unit", "units", "quality", "status"];

struct Head<'a> {
    columns: Vec<&'a str>,
    time: Option<usize>,
    /// A clock beside a date.
    clock: Option<usize>,
    name: Option<usize>,
    value: Option<usize>,
    place: Option<(usize, usize)>,
    speed: Option<usize>,
    heading: Option<usize>,
}

/// Reads a whole table.
pub fn decode(payload: &[u8]) -> Result<Decoded, Fault> {
    if payload.is_empty() {
        return Err(Fault::Empty);
    }
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(Fault::TooLong);
    }
    let payload = payload.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(payload);
    let text = std::str::from_utf8(payload).map_err(|_| Fault::OtherShape)?;
    let first = text.lines().find(|line| !line.trim().is_empty()).ok_or(Fault::Empty)?;
    let count = |mark: char| first.matches(mark).count();
    let mark = [',', ';', '\t'].into_iter().max_by_key(|mark| (count(*mark), *mark == ',')).unwrap_or(',');
    let comma = mark != ',';
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(mark as u8)
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for row in reader.records() {
        rows.push(row.map_err(|_| Fault::OtherShape)?);
        if rows.len() > VALUES_MAX + 1 {
            return Err(Fault::TooMany);
        }
    }
    let (top, below) = rows.split_first().ok_or(Fault::Empty)?;
    let named =
        top.iter().any(|cell| !cell.is_empty() && number(cell, comma).is_none() && instant(cell).is_none());
    let numbers: Vec<String> = (1..=top.len()).map(|n| n.to_string()).collect();
    let columns: Vec<&str> =
        if named { top.iter().collect() } else { numbers.iter().map(String::as_str).collect() };
    let head = Head::new(columns);
    let below = if named { below } else { &rows };
    let mut decoded = Decoded::default();
    let now = head.time.is_none() && head.name.is_none() && head.place.is_none();
    let skip = if now { below.len().saturating_sub(1) } else { 0 };
    for row in below.iter().skip(skip) {
        head.row(row, comma, &mut decoded)?;
    }
    if decoded == Decoded::default() { Err(Fault::NoValue) } else { Ok(decoded) }
}

impl<'a> Head<'a> {
    fn new(columns: Vec<&'a str>) -> Self {
        let find = |names: &[&str]| {
            names.iter().find_map(|name| columns.iter().position(|column| column.eq_ignore_ascii_case(name)))
        };
        let date = find(&["date"]);
        let (time, clock) = match (date, find(&["time"])) {
            (Some(date), Some(clock)) => (Some(date), Some(clock)),
            _ => (find(&TIMES), None),
        };
        let place = find(&["latitude", "lat"]).zip(find(&["longitude", "lon", "lng"]));
        Self {
            time,
            clock,
            name: find(&NAMES),
            value: find(&VALUES),
            place,
            speed: find(&["speed_kmh", "speed"]),
            heading: find(&["heading", "course", "bearing"]),
            columns,
        }
    }

    fn row(&self, row: &csv::StringRecord, comma: bool, decoded: &mut Decoded) -> Result<(), Fault> {
        let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default();
        if row.iter().all(str::is_empty) {
            return Ok(());
        }
        let device_at = match self.time {
            None => None,
            Some(_) => {
                let written = format!("{} {}", cell(self.time), cell(self.clock));
                // A row whose time can't be read is of no time that is known: it is not put to now.
                Some(instant(written.trim()).ok_or(Fault::OtherShape)?)
            }
        };
        let sequence = device_at.map(|_| {
            let all: Vec<&str> = row.iter().collect();
            fingerprint(all.join("\u{1f}").as_bytes())
        });
        let name = cell(self.name);
        if let Some((lat, lon)) = self.place {
            let degrees = |at: usize| number(cell(Some(at)), comma).and_then(|degrees| degrees.scaled(7));
            let (Some(lat), Some(lon)) = (degrees(lat), degrees(lon)) else { return Err(Fault::NoPlace) };
            let known = lat.abs() <= 900_000_000 && lon.abs() <= 1_800_000_000;
            if !known || !is_code(name) {
                return Err(Fault::NoPlace);
            }
            let milli =
                |at: Option<usize>| number(cell(at), comma).and_then(Decimal::milli).filter(|n| n.0 >= 0);
            if decoded.fixes.len() == VALUES_MAX {
                return Err(Fault::TooMany);
            }
            decoded.fixes.push(Fix {
                vehicle: name.to_owned(),
                device_at,
                place: GeoPoint { lat_e7: lat as i32, lon_e7: lon as i32 },
                speed_kmh: milli(self.speed),
                heading_deg: milli(self.heading)
                    .map(|heading| u16::try_from((heading.0 + 500) / 1000 % 360).unwrap_or_default()),
            });
            return Ok(());
        }
        let mut push = |code: String, text: &str| -> Result<(), Fault> {
            let Some(value) = value(text, comma).filter(|_| is_code(&code)) else { return Ok(()) };
            if decoded.readings.len() == VALUES_MAX {
                return Err(Fault::TooMany);
            }
            decoded.readings.push(RawReading { code, value, device_at, sequence });
            Ok(())
        };
        if let (Some(value), true) = (self.value, !name.is_empty()) {
            return push(name.to_owned(), cell(Some(value)));
        }
        for (at, column) in self.columns.iter().enumerate() {
            let other = [self.time, self.clock, self.name].contains(&Some(at))
                || UNREAD.iter().any(|word| column.eq_ignore_ascii_case(word));
            if !other {
                push(join(name, column), cell(Some(at)))?;
            }
        }
        Ok(())
    }
}

/// A value, or that there is none; text is neither.
fn value(text: &str, comma: bool) -> Option<Result<Milli, RawFault>> {
    if text.len() >= 2 && text.bytes().all(|b| b"-._*".contains(&b)) {
        return Some(Err(RawFault::SensorFault));
    }
    if ["nan", "inf", "-inf", "err", "error"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some(Err(RawFault::NotANumber));
    }
    number(text, comma).map(|value| value.milli().ok_or(RawFault::NotANumber))
}

fn number(text: &str, comma: bool) -> Option<Decimal> {
    if comma && text.contains(',') {
        return Decimal::parse(&text.replace('.', "").replace(',', "."));
    }
    Decimal::parse(text)
}

fn instant(text: &str) -> Option<Timestamp> {
    const EARLIEST: i64 = 631_152_000_000;
    const LATEST: i64 = 4_102_444_800_000;
    crate::instant::parse(text).filter(|at| (EARLIEST..LATEST).contains(&at.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(payload: &str, expected: Expect) {
        let shown = match decode(payload.as_bytes()) {
            Err(fault) => format!("{fault:?}"),
            Ok(decoded) => {
                let reading = |r: RawReading| {
                    let value = r.value.map_or_else(|fault| format!("{fault:?}"), |value| value.to_string());
                    format!("{} = {value} @{:?}", r.code, r.device_at.map(|at| at.0))
                };
                let fix = |f: Fix| format!("{f:?}");
                let readings = decoded.readings.into_iter().map(reading);
                readings.chain(decoded.fixes.into_iter().map(fix)).collect::<Vec<_>>().join("\n")
            }
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn wide_and_long_tables_are_read() {
        check(
            "time,room A,room B\n2026-11-22T10:00:00Z,4.2,-18.40\n2026-11-22T10:01:00Z,4.3,---\n",
            expect![[r#"
            room A = 4.2 @Some(1795341600000)
            room B = -18.4 @Some(1795341600000)
            room A = 4.3 @Some(1795341660000)
            room B = SensorFault @Some(1795341660000)"#]],
        );
        check(
            "date;time;label;value;units;quality\n2026-11-22;10:00:00;Batt;13,5;V;G\n",
            expect!["Batt = 13.5 @Some(1795341600000)"],
        );
        check(
            "sensor\ttemp\thumidity\nA1\t4.2\t80\nA2\tNaN\t\n",
            expect![[r#"
            A1/temp = 4.2 @None
            A1/humidity = 80 @None
            A2/temp = NotANumber @None"#]],
        );
    }

    #[test]
    fn tables_without_times_are_of_now_and_those_without_names_count() {
        check(
            "temp,door\n4.1,0\n4.2,1\n",
            expect![[r#"
            temp = 4.2 @None
            door = 1 @None"#]],
        );
        check(
            "21.5,3\n",
            expect![[r#"
            1 = 21.5 @None
            2 = 3 @None"#]],
        );
    }

    #[test]
    fn places_are_positions() {
        check(
            "vehicle,timestamp,latitude,longitude,speed,course\nV 1,1795341600,48.1173,-11.516667,22.4,359.7\n",
            expect![[
                r#"Fix { vehicle: "V 1", device_at: Some(Timestamp(1795341600000)), place: GeoPoint { lat_e7: 481173000, lon_e7: -115166670 }, speed_kmh: Some(Milli(22400)), heading_deg: Some(0) }"#
            ]],
        );
        check("vehicle,lat,lon\nV,91,0\n", expect!["NoPlace"]);
    }

    #[test]
    fn what_is_none_is_said() {
        check("", expect!["Empty"]);
        check("<html><body>login</body></html>", expect!["NoValue"]);
        check("time,a\nyesterday,1\n", expect!["OtherShape"]);
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "[a-z0-9,;\"\t\n. -]{0,200}") {
            let _ = (decode(&bytes), decode(text.as_bytes()));
        }

        #[test]
        fn what_is_written_is_read(values in prop::collection::vec(-1_000_000_000_i64..1_000_000_000, 1..20)) {
            let mut text = String::from("ts,t\n");
            for (n, value) in values.iter().enumerate() {
                text.push_str(&format!("{},{}\n", 1_795_341_600 + n, Milli(*value)));
            }
            let found = decode(text.as_bytes()).unwrap().readings;
            let found: Vec<i64> = found.iter().map(|r| r.value.unwrap().0).collect();
            prop_assert_eq!(found, values);
        }
    }
}
