//! NMEA 0183: sentences of receivers and weather stations.
//!
//! ```text
//! $GPRMC,082350.000,A,5355.0314,N,01044.1271,E,26.20,184.27,080518,,*31
//! $GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47
//! ```
//!
//! Whoever talks (`GP`, `GN`, `II`, …), these are read: RMC, GGA, GLL, VTG, ZDA; MDA, MTW and XDR of weather stations. Others
//! are whole sentences that say nothing to us. Fields may be empty and more may follow than we know. A sentence without a
//! checksum is refused, unless the setup allows it. Degrees and minutes become 1e-7° in integers; knots become km/h.
//!
//! Time of day stands in one sentence and the date in another (RMC, ZDA): they are joined, over midnight too. A fix that
//! the receiver itself does not believe (status V, quality 0) is no position; the channel `fix` is 0 then.
//!
//! Written here and not taken from the crate `nmea`: that one gives places as binary fractions, insists on a checksum, and
//! finds no sentences in a stream; what is left is what stands below. Tests: `src/nmea/tests.rs`.

use crate::checks::Sum;
use crate::decimal::Decimal;
use crate::json::Fix;
use crate::line::Fault;
use crate::stream::{Event, Said};
use domain::{RawFault, RawReading};
use serde::{Deserialize, Serialize};
use units::{Day, GeoPoint, Milli, Timestamp};

#[cfg(test)]
mod tests;

/// The longest sentence in bytes. The standard says 82; makers say more.
pub const SENTENCE_BYTES_MAX: usize = 256;

/// A run of bytes that belong to no sentence is reported at least this often, so that nothing grows.
const GARBAGE_RUN_MAX: usize = 4096;

/// So many sentences with a place, and none of them RMC: then the next best is believed to be all there is.
const WITHOUT_BETTER: u32 = 8;

/// A receiver that lost count of its weeks shows a date of long ago; such a date is not known then.
const YEAR_MIN: i32 = 2015;

/// What a receiver has to be told about. The section `nmea` of a setup.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nmea {
    /// The vehicle that carries it; empty: its places are no positions of anybody.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub vehicle: String,
    /// Sentences without a checksum are read too. One that has a wrong one never is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub without_checksum: bool,
}

/// What a decoder met beside good sentences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sentences read without a checksum.
    pub without_checksum: u64,
    /// Fixes that the receiver does not believe.
    pub void: u64,
    /// Whole sentences of kinds that are not read.
    pub other: u64,
}

/// Finds sentences in a stream of bytes. Memory is bounded by [`SENTENCE_BYTES_MAX`]; what comes out does not depend on how
/// the bytes were cut into pieces.
#[derive(Clone, Debug)]
pub struct Decoder {
    setup: Nmea,
    sentence: Option<Vec<u8>>,
    garbage: usize,
    tally: Tally,
    /// The last date and the time of day that came with it, or after it.
    date: Option<(Day, i64)>,
    since_rmc: Option<u32>,
    since_gga: Option<u32>,
}

impl Decoder {
    /// A decoder that has seen nothing.
    pub fn new(setup: &Nmea) -> Self {
        Self {
            setup: setup.clone(),
            sentence: None,
            garbage: 0,
            tally: Tally::default(),
            date: None,
            since_rmc: None,
            since_gga: None,
        }
    }

    /// What it met so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Takes the next bytes; gives what they complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            match (byte, self.sentence.take()) {
                (b'$' | b'!', broken) => {
                    self.garbage += broken.map_or(0, |sentence| sentence.len());
                    self.report_garbage(&mut events);
                    self.sentence = Some(vec![byte]);
                }
                (b'\r' | b'\n', Some(sentence)) => events.push(self.read(&sentence)),
                (b'\r' | b'\n', None) => self.report_garbage(&mut events),
                (0x20..=0x7e, Some(mut sentence)) => {
                    if sentence.len() >= SENTENCE_BYTES_MAX {
                        events.push(Event::Fault(Fault::TooLong));
                    } else {
                        sentence.push(byte);
                        self.sentence = Some(sentence);
                    }
                }
                (_, Some(sentence)) => self.garbage += sentence.len() + 1,
                (_, None) => {
                    self.garbage += 1;
                    if self.garbage >= GARBAGE_RUN_MAX {
                        self.report_garbage(&mut events);
                    }
                }
            }
        }
        events
    }

    fn report_garbage(&mut self, events: &mut Vec<Event>) {
        if self.garbage > 0 {
            events.push(Event::Fault(Fault::Garbage { bytes: std::mem::take(&mut self.garbage) }));
        }
    }

    fn read(&mut self, sentence: &[u8]) -> Event {
        // Only printable ASCII gets here.
        let Ok(text) = std::str::from_utf8(sentence) else { return Event::Fault(Fault::BadSyntax) };
        let text = text.trim_end();
        // The first byte is the dollar sign.
        let body = match text.get(1..).map(|rest| rest.rsplit_once('*').ok_or(rest)) {
            Some(Ok((body, sum))) => {
                let stated =
                    u16::from_str_radix(sum, 16).ok().filter(|_| sum.len() == 2 && !sum.starts_with('+'));
                if stated != Some(Sum::Xor.over(body.as_bytes())) {
                    return Event::Fault(Fault::BadChecksum);
                }
                body
            }
            Some(Err(body)) if self.setup.without_checksum => {
                self.tally.without_checksum += 1;
                body
            }
            _ => return Event::Fault(Fault::BadChecksum),
        };
        let mut fields = body.split(',');
        let head = fields.next().unwrap_or_default();
        if head.len() < 3 || !head.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Event::Fault(Fault::BadSyntax);
        }
        let fields: Vec<&str> = fields.map(str::trim).collect();
        let kind = head.get(head.len() - 3..).filter(|_| head.len() == 5 && !head.starts_with('P'));
        let said = match kind {
            Some("RMC") => self.rmc(&fields),
            Some("GGA") => self.gga(&fields),
            Some("GLL") => self.gll(&fields),
            Some("VTG") => vtg(&fields),
            Some("ZDA") => self.zda(&fields),
            Some("MDA") => mda(&fields),
            Some("MTW") => Some(values(&[("water", number(&fields, 0))])),
            Some("XDR") => xdr(&fields),
            _ => {
                self.tally.other += 1;
                Some(Said::default())
            }
        };
        said.map_or(Event::Fault(Fault::BadSyntax), Event::Said)
    }

    fn rmc(&mut self, fields: &[&str]) -> Option<Said> {
        let valid = match field(fields, 1) {
            "A" => true,
            "V" | "" => false,
            _ => return None,
        };
        self.since_rmc = Some(0);
        if !valid {
            return Some(self.void());
        }
        let clock = clock(field(fields, 0))?;
        let day = match field(fields, 8) {
            "" => None,
            text => Some(day(text)?),
        };
        // A date of a receiver that lost count of its weeks is not kept.
        if let Some((day, at)) = day.flatten().zip(clock) {
            self.date = Some((day, at));
        }
        let at = self.instant(clock);
        let speed = knots(fields, 6)?;
        let heading = number(fields, 7);
        let mut said =
            values(&[("fix", Some(Ok(Milli::ONE))), ("speed", speed.map(Ok)), ("heading", heading)]);
        self.place(&mut said, fields, 2, at, speed, degrees(heading))?;
        Some(timed(said, at))
    }

    fn gga(&mut self, fields: &[&str]) -> Option<Said> {
        let quality = match field(fields, 5) {
            "" => 0,
            text => text.parse::<u8>().ok().filter(|quality| *quality <= 9)?,
        };
        let better = tick(&mut self.since_rmc);
        self.since_gga = Some(0);
        let satellites = number(fields, 6);
        if quality == 0 {
            let mut said = self.void();
            said.readings.extend(values(&[("satellites", satellites)]).readings);
            return Some(said);
        }
        let at = self.instant(clock(field(fields, 0))?);
        let mut said = values(&[
            ("fix", Some(Ok(Milli(i64::from(quality) * 1000)))),
            ("satellites", satellites),
            ("hdop", number(fields, 7)),
            ("altitude", number(fields, 8)),
        ]);
        let (had, place) = (said.fixes.len(), self.place(&mut said, fields, 1, at, None, None));
        place?;
        if better {
            said.fixes.truncate(had);
        }
        Some(timed(said, at))
    }

    fn gll(&mut self, fields: &[&str]) -> Option<Said> {
        let valid = match field(fields, 5) {
            "A" => true,
            "V" => false,
            // Before version 2.0 there was no status.
            "" => !field(fields, 0).is_empty(),
            _ => return None,
        };
        let better = tick(&mut self.since_rmc) | tick(&mut self.since_gga);
        if !valid {
            return Some(self.void());
        }
        let at = self.instant(clock(field(fields, 4))?);
        let mut said = Said::default();
        self.place(&mut said, fields, 0, at, None, None)?;
        if better {
            said.fixes.clear();
        }
        Some(timed(said, at))
    }

    fn zda(&mut self, fields: &[&str]) -> Option<Said> {
        let clock = clock(field(fields, 0))?;
        let part = |at: usize| field(fields, at).parse::<u32>().ok();
        if let (Some(clock), Some(date), Some(month), Some(year)) = (clock, part(1), part(2), part(3)) {
            let day = Day::from_civil(i32::try_from(year).ok()?, month, date)?;
            if year >= YEAR_MIN.unsigned_abs() {
                self.date = Some((day, clock));
            }
        }
        Some(Said::default())
    }

    fn void(&mut self) -> Said {
        self.tally.void += 1;
        values(&[("fix", Some(Ok(Milli::ZERO)))])
    }

    /// Adds the place at these four fields, if they say one; `None` where they say nonsense.
    fn place(
        &self,
        said: &mut Said,
        fields: &[&str],
        from: usize,
        at: Option<Timestamp>,
        speed_kmh: Option<Milli>,
        heading_deg: Option<u16>,
    ) -> Option<()> {
        let texts = [field(fields, from), field(fields, from + 2)];
        if texts.iter().all(|text| text.is_empty()) {
            return Some(());
        }
        let lat_e7 = angle(texts[0], field(fields, from + 1), 90, ["N", "S"])?;
        let lon_e7 = angle(texts[1], field(fields, from + 3), 180, ["E", "W"])?;
        if !self.setup.vehicle.is_empty() {
            said.fixes.push(Fix {
                vehicle: self.setup.vehicle.clone(),
                device_at: at,
                place: GeoPoint { lat_e7, lon_e7 },
                // Standing still has no direction; a receiver says so with an empty field or with anything.
                speed_kmh,
                heading_deg,
            });
        }
        Some(())
    }

    /// Joins a time of day to the date that was told last; `None` while no date is known.
    fn instant(&mut self, clock: Option<i64>) -> Option<Timestamp> {
        const HALF: i64 = 43_200_000;
        let (clock, (day, last)) = clock.zip(self.date)?;
        // More than half a day back is the next day already, whose date is still to come.
        let apart = clock - last;
        let day = if apart < -HALF { day.plus(1) } else { day.plus(-i32::from(apart >= HALF)) };
        if clock >= last || last - clock > HALF {
            self.date = Some((day, clock));
        }
        Some(Timestamp(day.utc_midnight().0 + clock))
    }
}

/// Counts a sentence since the better one; whether that one still comes.
fn tick(since: &mut Option<u32>) -> bool {
    *since = since.map(|count| count + 1).filter(|count| *count <= WITHOUT_BETTER);
    since.is_some()
}

fn field<'a>(fields: &[&'a str], at: usize) -> &'a str {
    fields.get(at).copied().unwrap_or_default()
}

/// A field that is a number or is not one; `None` where it is empty.
fn number(fields: &[&str], at: usize) -> Option<Result<Milli, RawFault>> {
    match field(fields, at) {
        "" => None,
        text => Some(Decimal::parse(text).and_then(Decimal::milli).ok_or(RawFault::NotANumber)),
    }
}

/// A speed in knots as km/h; `None` where it is no number, `Some(None)` where there is none.
fn knots(fields: &[&str], at: usize) -> Option<Option<Milli>> {
    let text = field(fields, at);
    if text.is_empty() {
        return Some(None);
    }
    let kmh = Decimal::parse(text)?.times(Decimal { mantissa: 1852, places: 3 })?.milli()?;
    Some(Some(kmh))
}

fn degrees(heading: Option<Result<Milli, RawFault>>) -> Option<u16> {
    let heading = heading?.ok().filter(|heading| (0..=360_000).contains(&heading.0))?;
    u16::try_from((heading.0 + 500) / 1000 % 360).ok()
}

/// `hhmmss[.sss]` as milliseconds of the day; `Some(None)` where it is empty. A leap second is the second before it.
fn clock(text: &str) -> Option<Option<i64>> {
    if text.is_empty() {
        return Some(None);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() != 6 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| whole.get(from..from + 2)?.parse::<i64>().ok();
    let (hour, minute, second) = (part(0)?, part(2)?, part(4)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let millis =
        fraction.bytes().chain([b'0'; 3]).take(3).fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some(Some(hour * 3_600_000 + minute * 60_000 + second.min(59) * 1000 + millis))
}

/// `ddmmyy`; `Some(None)` where it is too long ago to be believed.
fn day(text: &str) -> Option<Option<Day>> {
    if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize| text.get(from..from + 2)?.parse::<u32>().ok();
    let year = part(4)? as i32;
    let year = if year >= 80 { 1900 + year } else { 2000 + year };
    let day = Day::from_civil(year, part(2)?, part(0)?)?;
    Some((year >= YEAR_MIN).then_some(day))
}

/// `dddmm.mmmm` and a hemisphere as 1e-7 degrees, rounded half away from the equator.
fn angle(text: &str, side: &str, degrees_max: i64, sides: [&str; 2]) -> Option<i32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let split = whole.len().checked_sub(2).filter(|split| *split <= 3)?;
    if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let degrees: i64 = match whole.get(..split)? {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let minutes: i64 = whole.get(split..)?.parse().ok().filter(|minutes| *minutes < 60)?;
    // Minutes in units of 1e-9: a digit more than a hundredth of 1e-7 degrees would need.
    let nano = fraction
        .bytes()
        .chain([b'0'; 9])
        .take(9)
        .fold(minutes, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    let e7 = degrees * 10_000_000 + (nano + 3_000) / 6_000;
    let negative = match side {
        side if side == sides[0] => false,
        side if side == sides[1] => true,
        _ => return None,
    };
    let e7 = i32::try_from(e7).ok().filter(|e7| i64::from(*e7) <= degrees_max * 10_000_000)?;
    Some(if negative { -e7 } else { e7 })
}

fn values(found: &[(&str, Option<Result<Milli, RawFault>>)]) -> Said {
    let readings = found
        .iter()
        .filter_map(|(code, value)| {
            Some(RawReading { code: (*code).to_owned(), value: (*value)?, device_at: None, sequence: None })
        })
        .collect();
    Said { readings, ..Said::default() }
}

fn timed(mut said: Said, at: Option<Timestamp>) -> Said {
    for reading in &mut said.readings {
        reading.device_at = at;
    }
    said
}

fn vtg(fields: &[&str]) -> Option<Said> {
    let kmh = match number(fields, 6) {
        Some(kmh) => Some(kmh),
        None => knots(fields, 4)?.map(Ok),
    };
    Some(values(&[("heading", number(fields, 0)), ("speed", kmh)]))
}

/// Meteorological composite: pressure in bar, temperatures in °C, wind in m/s.
fn mda(fields: &[&str]) -> Option<Said> {
    let bar = match field(fields, 2) {
        "" => None,
        text => Some(
            Decimal::parse(text)
                .and_then(|bar| bar.times(Decimal::whole(1000)))
                .and_then(Decimal::milli)
                .ok_or(RawFault::NotANumber),
        ),
    };
    Some(values(&[
        ("pressure", bar),
        ("air", number(fields, 4)),
        ("water", number(fields, 6)),
        ("humidity", number(fields, 8)),
        ("dew_point", number(fields, 10)),
        ("wind_direction", number(fields, 12)),
        ("wind_speed", number(fields, 18)),
    ]))
}

/// Measurements by name: kind, value, unit, name, and again. In their own units.
fn xdr(fields: &[&str]) -> Option<Said> {
    let mut said = Said::default();
    for four in fields.chunks(4) {
        let (kind, name) = (field(four, 0), field(four, 3));
        let code = if name.is_empty() { format!("xdr/{kind}") } else { name.to_owned() };
        if let Some(value) = number(four, 1) {
            said.readings.push(RawReading { code, value, device_at: None, sequence: None });
        }
    }
    Some(said)
}

/// Writes a sentence around its body: `GPRMC,…` becomes `$GPRMC,…*hh\r\n`.
pub fn seal(body: &str) -> String {
    format!("${body}*{:02X}\r\n", Sum::Xor.over(body.as_bytes()))
}
