//! The site's calendar: instants to days and offsets in an IANA zone.

use crate::failure::{Failure, Result};
use jiff::tz::TimeZone;
use units::{Day, Millis, Timestamp};

/// The zone of a name such as `Asia/Shanghai`.
pub fn parse(name: &str) -> Result<TimeZone> {
    TimeZone::get(name).map_err(|_| {
        Failure::bad_input(format!(
            "there is no time zone {name}; use an IANA name such as Asia/Shanghai or Europe/Helsinki"
        ))
    })
}

/// The zone of a name, UTC where the name is unknown (it was checked when it was set).
pub fn of(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

/// Minutes east of UTC at an instant.
pub fn offset_minutes(zone: &TimeZone, at: Timestamp) -> i32 {
    instant(at).map_or(0, |at| zone.to_offset(at).seconds() / 60)
}

/// The calendar day of an instant.
pub fn day(zone: &TimeZone, at: Timestamp) -> Day {
    Timestamp(at.0 + i64::from(offset_minutes(zone, at)) * 60_000).utc_day()
}

/// The first instant of a calendar day.
pub fn midnight(zone: &TimeZone, day: Day) -> Timestamp {
    at_minute(zone, day, 0)
}

/// The instant of a minute of a calendar day, as the clock on the wall shows it; 24:00 and later belong to the night after.
pub fn at_minute(zone: &TimeZone, day: Day, minute: u16) -> Timestamp {
    let naive = Timestamp(day.utc_midnight().0 + i64::from(minute) * 60_000);
    let guess = Timestamp(naive.0 - i64::from(offset_minutes(zone, naive)) * 60_000);
    Timestamp(naive.0 - i64::from(offset_minutes(zone, guess)) * 60_000)
}

fn instant(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(at.0).ok()
}

/// An instant on the site's clock with its offset: `2026-11-22T13:00:00.000+08:00`.
pub fn stamp(zone: &TimeZone, at: Timestamp) -> String {
    let offset = offset_minutes(zone, at);
    let local = Timestamp(at.0 + i64::from(offset) * 60_000);
    let (year, month, day) = local.utc_day().civil();
    let ms = local.0.rem_euclid(Millis::days(1).0);
    let (hour, minute, second) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
    let (sign, east) = (if offset < 0 { '-' } else { '+' }, offset.abs());
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}{sign}{:02}:{:02}",
        ms % 1000,
        east / 60,
        east % 60
    )
}
