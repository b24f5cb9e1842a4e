//! The days that move demand: Chinese New Year by table, Black Friday by rule.

use units::Day;

/// A day of the calendar that moves what people buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The three weeks before Chinese New Year and the week after it began.
    ChineseNewYear,
    /// The Monday before Black Friday to the Monday after.
    BlackFriday,
}

/// First day of Chinese New Year (year, month, day); lunar, so no rule shorter than an ephemeris gives it.
const CHINESE_NEW_YEARS: [(i32, u32, u32); 16] = [
    (2020, 1, 25),
    (2021, 2, 12),
    (2022, 2, 1),
    (2023, 1, 22),
    (2024, 2, 10),
    (2025, 1, 29),
    (2026, 2, 17),
    (2027, 2, 6),
    (2028, 1, 26),
    (2029, 2, 13),
    (2030, 2, 3),
    (2031, 1, 23),
    (2032, 2, 11),
    (2033, 1, 31),
    (2034, 2, 19),
    (2035, 2, 8),
];

/// First day of Chinese New Year in a year of the Gregorian calendar; `None` outside 2020 to 2035.
pub fn chinese_new_year(year: i32) -> Option<Day> {
    let (y, m, d) = CHINESE_NEW_YEARS.into_iter().find(|(y, _, _)| *y == year)?;
    Day::from_civil(y, m, d)
}

/// The day after the fourth Thursday of November.
pub fn black_friday(year: i32) -> Option<Day> {
    let first = Day::from_civil(year, 11, 1)?;
    let to_thursday = (3 - first.weekday() as i32).rem_euclid(7);
    Some(first.plus(to_thursday + 21 + 1))
}

/// Days from `day` to the year's first day of Chinese New Year; negative once it began.
pub(crate) fn days_to_new_year(day: Day) -> Option<i32> {
    chinese_new_year(day.civil().0).map(|start| start.0 - day.0)
}

/// Days since the year's Black Friday; negative before it.
pub(crate) fn days_since_black_friday(day: Day) -> Option<i32> {
    // Its tail never reaches January, so the year of the day is the year of the event.
    black_friday(day.civil().0).map(|friday| day.0 - friday.0)
}

/// The event a day belongs to.
pub fn event_on(day: Day) -> Option<Event> {
    if days_to_new_year(day).is_some_and(|days| (-6..=21).contains(&days)) {
        return Some(Event::ChineseNewYear);
    }
    days_since_black_friday(day).filter(|days| (-4..=3).contains(days)).map(|_| Event::BlackFriday)
}
