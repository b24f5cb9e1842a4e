//! Calendar dates as people write them. A date is never shifted by a zone: what the file says is the site's day.

use units::Day;

/// How `03/04/2025` is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DateOrder {
    /// 3 April.
    DayFirst,
    /// 4 March.
    MonthFirst,
}

/// Why a text is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateFault {
    /// It is none, or a day that does not exist.
    NotADate,
    /// It can be read two ways.
    Ambiguous,
}

/// What one text tells about its column's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateShape {
    /// It starts with a year, names its month, or is a serial number: no order is needed.
    Clear,
    /// The first number is above 12.
    MustBeDayFirst,
    /// The second number is above 12.
    MustBeMonthFirst,
    /// Both numbers could be a month.
    Either,
    /// No date at all.
    None,
}

/// Day 0 of Excel's serial dates as it comes out for every date after February 1900.
const EXCEL_EPOCH: i32 = -25_569;

/// Serial numbers taken as dates: 1954 to 2119.
const EXCEL_SERIALS: std::ops::RangeInclusive<i32> = 20_000..=80_000;

enum Parts {
    Day(Day),
    Pair { first: u32, second: u32, year: i32 },
}

/// Reads a date or the date part of a date with time.
pub(crate) fn parse(text: &str, order: Option<DateOrder>) -> Result<Day, DateFault> {
    match split(text).ok_or(DateFault::NotADate)? {
        Parts::Day(day) => Ok(day),
        Parts::Pair { first, second, year } => {
            let order = match order {
                Some(order) => order,
                None if first > 12 || first == second => DateOrder::DayFirst,
                None if second > 12 => DateOrder::MonthFirst,
                None => return Err(DateFault::Ambiguous),
            };
            let (month, day) = match order {
                DateOrder::DayFirst => (second, first),
                DateOrder::MonthFirst => (first, second),
            };
            Day::from_civil(year, month, day).ok_or(DateFault::NotADate)
        }
    }
}

/// The day a text is in this order; `None` where it is no date.
pub fn read_date(text: &str, order: DateOrder) -> Option<Day> {
    parse(text, Some(order)).ok()
}

/// What the text tells about day and month.
pub(crate) fn shape(text: &str) -> DateShape {
    match split(text) {
        None => DateShape::None,
        Some(Parts::Day(_)) => DateShape::Clear,
        Some(Parts::Pair { first, second, .. }) => match (first > 12, second > 12) {
            (true, true) => DateShape::None,
            (true, false) => DateShape::MustBeDayFirst,
            (false, true) => DateShape::MustBeMonthFirst,
            (false, false) => DateShape::Either,
        },
    }
}

fn split(text: &str) -> Option<Parts> {
    let text = text.trim();
    let bytes = text.as_bytes();
    // The common case first: 2017-01-01 or 2017-01-01T11:53:26.
    if bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' {
        let number = |range: std::ops::Range<usize>| -> Option<u32> {
            bytes[range]
                .iter()
                .try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
        };
        if let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) {
            if !rest_is_a_time(&text[10..]) {
                return None;
            }
            return Day::from_civil(year as i32, month, day).map(Parts::Day);
        }
    }
    if bytes.iter().all(u8::is_ascii_digit) && !bytes.is_empty() {
        return match bytes.len() {
            8 => Day::from_civil(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?)
                .map(Parts::Day),
            5 => text.parse().ok().and_then(serial),
            _ => None,
        };
    }
    if let Some((whole, fraction)) = text.split_once('.') {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.len() == 5 && digits(whole) && digits(fraction) {
            return whole.parse().ok().and_then(serial);
        }
    }
    let (parts, rest) = three_parts(text)?;
    if !rest_is_a_time(rest) {
        return None;
    }
    let [a, b, c] = parts;
    if let Some(month) = month_named(b) {
        // 24/Feb/2021, 24-Feb-2021, 24 February 2021, 2021-Feb-24.
        let (day, year) = if a.len() == 4 { (c, a) } else { (a, c) };
        return Day::from_civil(year_of(year)?, month, small(day)?).map(Parts::Day);
    }
    if let Some(month) = month_named(a) {
        // Feb 24 2021, February 24, 2021.
        return Day::from_civil(year_of(c)?, month, small(b)?).map(Parts::Day);
    }
    if a.len() == 4 {
        return Day::from_civil(year_of(a)?, small(b)?, small(c)?).map(Parts::Day);
    }
    Some(Parts::Pair { first: small(a)?, second: small(b)?, year: year_of(c)? })
}

fn serial(days: i32) -> Option<Parts> {
    EXCEL_SERIALS.contains(&days).then_some(Parts::Day(Day(days + EXCEL_EPOCH)))
}

/// Three runs of letters or digits and what follows them.
fn three_parts(text: &str) -> Option<([&str; 3], &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric();
    let is_break = |c: char| matches!(c, '-' | '/' | '.' | ' ' | ',' | '年' | '月' | '日' | '\u{a0}');
    let mut parts = [""; 3];
    let mut rest = text;
    for (n, part) in parts.iter_mut().enumerate() {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end == 0 {
            return None;
        }
        // The last part ends where the time begins: 24/02/2021T03:59.
        let end = if n == 2 { rest[..end].find('T').unwrap_or(end) } else { end };
        *part = &rest[..end];
        rest = &rest[end..];
        if n < 2 {
            let gap = rest.find(|c| !is_break(c)).unwrap_or(rest.len());
            if gap == 0 {
                return None;
            }
            rest = &rest[gap..];
        }
    }
    Some((parts, rest.trim_start_matches(['日', ','])))
}

/// Nothing, or something that starts like a time of day.
fn rest_is_a_time(rest: &str) -> bool {
    let rest = rest.trim_start_matches(['T', ' ', '\u{a0}']);
    rest.is_empty()
        || (rest.bytes().next().is_some_and(|byte| byte.is_ascii_digit()) && rest.contains([':', '时', '点']))
}

fn small(text: &str) -> Option<u32> {
    if text.is_empty() || text.len() > 2 { None } else { text.parse().ok() }
}

/// Four digits: two-digit years have made too many wrong centuries.
fn year_of(text: &str) -> Option<i32> {
    if text.len() == 4 { text.parse().ok().filter(|year| (1900..=2200).contains(year)) } else { None }
}

fn month_named(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = text.to_ascii_lowercase();
    if lower.len() < 3 {
        return None;
    }
    MONTHS
        .iter()
        .position(|month| month.starts_with(&lower) || (lower == "sept" && *month == "september"))
        .map(|i| i as u32 + 1)
}
