//! Instants as files and devices write them.

use units::{Day, Milli, Timestamp};

/// A count since 1970: seconds, milliseconds, microseconds or nanoseconds, told apart by how large it is.
pub fn since_1970(count: i64) -> Option<Timestamp> {
    Some(Timestamp(match count {
        ..0 => return None,
        0..100_000_000_000 => count * 1000,
        100_000_000_000..100_000_000_000_000 => count,
        100_000_000_000_000..100_000_000_000_000_000 => count / 1000,
        _ => count / 1_000_000,
    }))
}

/// `YYYY-MM-DD[ T]hh:mm[:ss[.fff]]` with an optional `Z` or `±hh:mm`, or a count since 1970, see
/// [`since_1970`]. Without a zone it is UTC.
pub fn parse(text: &str) -> Option<Timestamp> {
    if text.len() >= 9 && text.bytes().all(|b| b.is_ascii_digit()) {
        let number: i64 = text.parse().ok()?;
        return since_1970(number);
    }
    let day = Day::parse(text.get(..10)?)?.utc_midnight();
    let rest = text.get(10..)?.trim_start_matches(['T', 't', ' ']);
    if rest.is_empty() {
        return Some(day);
    }
    let (clock, zone) = match rest.find(['Z', 'z', '+', '-']) {
        None => (rest, 0),
        Some(at) => (rest.get(..at)?, read_zone(rest.get(at..)?)?),
    };
    let mut parts = clock.trim_end().splitn(3, ':');
    let mut part =
        |below: i64| parts.next().map(|text| text.parse::<i64>().ok().filter(|n| (0..below).contains(n)));
    let (hour, minute) = (part(24)??, part(60)??);
    let second = match parts.next() {
        None => 0,
        Some(text) => Milli::parse(text).filter(|second| (0..60_000).contains(&second.0))?.0,
    };
    Some(Timestamp(day.0 + hour * 3_600_000 + minute * 60_000 + second - zone))
}

fn read_zone(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.chars().skip(1).filter(|c| *c != ':').collect();
    let number: i64 = digits.parse().ok().filter(|_| matches!(digits.len(), 2 | 4))?;
    let (hours, minutes) = if digits.len() == 2 { (number, 0) } else { (number / 100, number % 100) };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600_000 + minutes * 60_000))
}
