//! A recorded file sent over the wire again, as the device would have sent it.

use crate::broker::Publisher;
use crate::chain::{Error, Wire};
use domain::{Finding, FindingCode, Severity};
use protocols::line::{Frame, encode};
use std::io::Read;
use std::time::Duration;
use units::{Milli, Progress, Stop, Timestamp};

#[cfg(test)]
mod tests;

/// More rows than this are another kind of file.
pub const ROWS_MAX: usize = 5_000_000;

/// Names a column of times goes by, in the order they are looked for.
const TIME_NAMES: [&str; 8] =
    ["timestamp", "datetime", "date_time", "time", "date", "ts", "recorded_at", "时间"];

/// Names a column of values goes by.
const VALUE_NAMES: [&str; 7] = ["value", "temperature", "temp", "reading", "measurement", "y", "温度"];

/// Messages a broker keeps for one reader without a setting: mosquitto a thousand, and we stay well below.
pub const AHEAD_MAX: u64 = 500;

/// How long the end waits for the reader.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// A recorded column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// The values, oldest first.
    pub rows: Vec<(Timestamp, Milli)>,
    /// The name of the column they come from.
    pub column: String,
    /// Rows that could not be read, the first hundred.
    pub findings: Vec<Finding>,
    /// How many could not be read.
    pub skipped: u64,
}

impl Recording {
    /// The same with all times moved, so that the last is `last`.
    pub fn shifted_to(mut self, last: Timestamp) -> Self {
        if let Some((end, _)) = self.rows.last() {
            let by = last - *end;
            for (at, _) in &mut self.rows {
                *at = *at + by;
            }
        }
        self
    }
}

/// Reads a CSV with a header, a column of times and one of values, found by their names or by what is in them. `column`
/// names the column of values where there are several. Times without a zone are taken as UTC.
pub fn read(file: impl Read, column: Option<&str>) -> Result<Recording, Error> {
    let mut csv = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(file);
    let doing = "Reading the header of the recorded file";
    let header: Vec<String> = csv
        .headers()
        .map_err(|error| Error::new(doing, error))?
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').to_owned())
        .collect();
    let mut rows = csv.into_records();
    let mut first = Vec::new();
    if let Some(row) = rows.next() {
        first.push(row);
    }
    let sample = first.first().and_then(|row| row.as_ref().ok());
    let named = |names: &[&str]| {
        names.iter().find_map(|name| header.iter().position(|h| h.eq_ignore_ascii_case(name)))
    };
    let holding = |fits: &dyn Fn(&str) -> bool| sample.and_then(|row| row.iter().position(fits));
    let time = named(&TIME_NAMES).or_else(|| holding(&|text| protocols::instant::parse(text).is_some()));
    let value = match column {
        Some(name) => header.iter().position(|h| h.eq_ignore_ascii_case(name)),
        None => named(&VALUE_NAMES).or_else(|| {
            sample.and_then(|row| {
                row.iter().enumerate().position(|(at, text)| Some(at) != time && read_value(text).is_some())
            })
        }),
    };
    let (Some(time), Some(value)) = (time, value) else {
        let wanted = column
            .map_or("a column of times and one of values".to_owned(), |name| format!("the column {name}"));
        let message = format!(
            "Looking for {wanted} in the recorded file: its columns are {}. Give it a header such as timestamp,value.",
            header
                .iter()
                .take(12)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
                .chars()
                .take(200)
                .collect::<String>()
        );
        return Err(Error { message, source: None });
    };
    let mut recording =
        Recording { column: header.get(value).cloned().unwrap_or_default(), ..Recording::default() };
    for (index, row) in first.into_iter().chain(rows).enumerate() {
        let line = index as u64 + 2;
        match row
            .map_err(|error| (FindingCode::NotText, error.to_string()))
            .and_then(|row| read_row(&row, time, value))
        {
            Ok(row) if recording.rows.len() < ROWS_MAX => recording.rows.push(row),
            Ok(_) => {
                let message =
                    format!("The recorded file has more than {ROWS_MAX} rows: cut it into smaller ones.");
                return Err(Error { message, source: None });
            }
            Err((code, detail)) => {
                recording.skipped += 1;
                if recording.findings.len() < 100 {
                    recording.findings.push(Finding::at_line(
                        code,
                        Severity::Error,
                        line,
                        &recording.column,
                        &detail,
                    ));
                }
            }
        }
    }
    if recording.rows.is_empty() {
        let message = format!("The recorded file has no readable row; {} were skipped.", recording.skipped);
        return Err(Error { message, source: None });
    }
    recording.rows.sort_by_key(|(at, _)| *at);
    Ok(recording)
}

fn read_row(
    row: &csv::StringRecord,
    time: usize,
    value: usize,
) -> Result<(Timestamp, Milli), (FindingCode, String)> {
    let field = |index| row.get(index).unwrap_or_default();
    let at = protocols::instant::parse(field(time))
        .ok_or_else(|| (FindingCode::NotADate, field(time).to_owned()))?;
    let value = read_value(field(value)).ok_or_else(|| (FindingCode::NotANumber, field(value).to_owned()))?;
    Ok((at, value))
}

fn read_value(text: &str) -> Option<Milli> {
    Milli::parse(text)
        .or_else(|| text.parse().ok().filter(|value: &f64| value.abs() < 1e12).map(Milli::from_f64))
        .filter(|value| value.0.unsigned_abs() < 1_000_000_000_000_000)
}

/// How fast it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as the reader takes it.
    Max,
    /// So many times as fast as it was recorded.
    Times(u32),
}

/// Sends a recording over a wire as frames of one value, with the recorded times as the device's, and waits until the
/// reader has taken them. `now` is the real time, for the pace only. Says how many readings went out, also when asked to
/// stop before the end.
pub fn send(
    recording: &Recording,
    device: &str,
    code: &str,
    wire: &mut Wire,
    pace: Pace,
    now: &dyn Fn() -> Timestamp,
    stop: &Stop,
    progress: &Progress,
) -> Result<u64, Error> {
    let started = now();
    let total = recording.rows.len() as u64;
    let Some((first, _)) = recording.rows.first() else { return Ok(0) };
    let mut wait = |span: Duration| {
        std::thread::sleep(span);
        stop.asked()
    };
    let mut sent = 0;
    for (index, (at, value)) in recording.rows.iter().enumerate() {
        if let Pace::Times(times) = pace {
            let due = (*at - *first).0 / i64::from(times.max(1));
            while !stop.asked() && (now() - started).0 < due {
                let left = due.saturating_sub((now() - started).0).clamp(1, 50);
                wait(Duration::from_millis(left.unsigned_abs()));
            }
        }
        if stop.asked() {
            break;
        }
        let frame = Frame::single(device, code, index as i64, *at, *value);
        let bytes =
            encode(&frame).map_err(|error| Error::new(format!("Sending as {device}, {code}"), error))?;
        if !wire.write(&bytes, &mut wait)? {
            break;
        }
        sent += 1;
        if sent % 256 == 0 {
            progress.report(sent, total);
        }
    }
    wire.drain(DRAIN_MAX, &mut wait);
    progress.report(sent, total);
    Ok(sent)
}

/// The same over MQTT: one message a row, `{"ts":…,"seq":…,"<code>":…}`, published to `topic` and acknowledged by the
/// broker before it counts. A broker acknowledges what it then throws away for a reader who is slow, so no more than
/// [`AHEAD_MAX`] go out before `taken`, what the reader has counted, follows.
pub fn publish(
    recording: &Recording,
    topic: &str,
    code: &str,
    publisher: &mut Publisher,
    pace: Pace,
    now: &dyn Fn() -> Timestamp,
    taken: &dyn Fn() -> u64,
    stop: &Stop,
    progress: &Progress,
) -> Result<u64, Error> {
    let started = now();
    let total = recording.rows.len() as u64;
    let Some((first, _)) = recording.rows.first() else { return Ok(0) };
    let before = publisher.acknowledged();
    for (index, (at, value)) in recording.rows.iter().enumerate() {
        if let Pace::Times(times) = pace {
            let due = (*at - *first).0 / i64::from(times.max(1));
            while !stop.asked() && (now() - started).0 < due {
                let left = due.saturating_sub((now() - started).0).clamp(1, 50);
                std::thread::sleep(Duration::from_millis(left.unsigned_abs()));
            }
        }
        while !stop.asked() && index as u64 >= taken().saturating_add(AHEAD_MAX) {
            std::thread::sleep(Duration::from_millis(2));
        }
        if stop.asked() {
            break;
        }
        let code = code.replace(['"', '\\'], "_");
        publisher
            .publish(topic, format!(r#"{{"ts":{},"seq":{index},"{code}":{value}}}"#, at.0).as_bytes())?;
        if index % 256 == 0 {
            progress.report(index as u64, total);
        }
    }
    publisher.flush()?;
    let sent = publisher.acknowledged() - before;
    progress.report(sent, total);
    Ok(sent)
}
