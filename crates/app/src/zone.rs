//! The site's calendar: instants to days and offsets in an IANA zone.

use crate::failure::{Failure, Result};
use jiff::tz::TimeZone;
use units::{Day, Timestamp};

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
