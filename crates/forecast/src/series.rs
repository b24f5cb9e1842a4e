//! Order sums to even steps. What is zero and what is missing is decided here and nowhere else.

use domain::{Grain, Series};
use std::collections::{BTreeMap, BTreeSet};
use units::{Day, ItemId, Quantity};

#[cfg(test)]
mod tests;

/// Days of the span on which the whole site had no order: it was closed. `traded` are the days that had any.
pub fn closed_days(traded: impl IntoIterator<Item = Day>, span: (Day, Day)) -> BTreeSet<Day> {
    let traded: BTreeSet<Day> = traded.into_iter().collect();
    (span.0.0..=span.1.0).map(Day).filter(|day| !traded.contains(day)).collect()
}

/// Demand a day, from the item's first sale to the end of the imported span. A day with no line while the site traded is
/// zero demand; a closed day is missing. Returns that outweigh sales make zero, never less. Days outside the span are not
/// read. No sale at all: an empty series.
pub fn daily(item: ItemId, sums: &[(Day, Quantity)], span: (Day, Day), closed: &BTreeSet<Day>) -> Series {
    let (first, last) = span;
    let by_day = by_day(sums, span);
    let Some(listed) = first_sale(&by_day) else {
        return Series { item, grain: Grain::Daily, start: first, values: Vec::new() };
    };
    let values = (listed.0..=last.0)
        .map(Day)
        .map(|day| match by_day.get(&day) {
            Some(sum) => Some(sum.to_f64().max(0.0)),
            None if closed.contains(&day) => None,
            None => Some(0.0),
        })
        .collect();
    Series { item, grain: Grain::Daily, start: listed, values }
}

/// Demand an ISO week, from the week of the item's first sale. Weeks that the span covers in part are dropped; a week in
/// which the site never traded is missing.
pub fn weekly(item: ItemId, sums: &[(Day, Quantity)], span: (Day, Day), closed: &BTreeSet<Day>) -> Series {
    let (first, last) = span;
    let monday = if first.weekday() == 0 { first } else { first.week_start().plus(7) };
    let end = if last.weekday() == 6 { last } else { last.week_start().plus(-1) };
    let empty = Series { item, grain: Grain::Weekly, start: monday, values: Vec::new() };
    if end < monday {
        return empty;
    }
    let by_day = by_day(sums, (monday, end));
    let Some(listed) = first_sale(&by_day) else { return empty };
    let start = listed.week_start();
    let values = (start.0..=end.0)
        .step_by(7)
        .map(|monday| {
            let week = Day(monday)..=Day(monday + 6);
            let sum: Quantity = by_day.range(week.clone()).map(|(_, sum)| *sum).sum();
            let never_open =
                sum == Quantity::ZERO && (monday..monday + 7).all(|day| closed.contains(&Day(day)));
            if never_open { None } else { Some(sum.to_f64().max(0.0)) }
        })
        .collect();
    Series { item, grain: Grain::Weekly, start, values }
}

/// A day on which an item could not be had, or not all day: what was sold is the least that was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Censored {
    /// The day.
    pub day: Day,
    /// What was sold.
    pub sold: f64,
    /// What was asked for beyond that, as an estimate: what the same weekday sold around it, less what was sold.
    pub unmet: f64,
}

/// Weeks with more days than this that an item could not be had are missing; fewer are filled with the estimate.
const CENSORED_DAYS_MAX: usize = 3;

/// Takes days without stock out of a daily series: they become missing, unless what was sold is no less than expected.
pub fn censor(daily: &mut Series, empty: &BTreeSet<Day>) -> Vec<Censored> {
    if empty.is_empty() {
        return Vec::new();
    }
    let day_of = |at: usize| daily.start.plus(i32::try_from(at).unwrap_or(i32::MAX));
    let open = |at: usize| daily.values[at].filter(|_| !empty.contains(&day_of(at)));
    let (sum, count) = (0..daily.values.len())
        .filter_map(open)
        .fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    let mut found = Vec::new();
    for (at, sold) in daily.values.iter().enumerate() {
        let Some(sold) = sold.filter(|_| empty.contains(&day_of(at))) else { continue };
        let back = (1..=at / 7).filter_map(|weeks| open(at - 7 * weeks)).take(4);
        let on = (at + 7..daily.values.len()).step_by(7).filter_map(open).take(4);
        let (near, days) = back.chain(on).fold((0.0, 0.0), |(sum, days), value| (sum + value, days + 1.0));
        let expected = if days > 0.0 { near / days } else { sum / f64::max(count, 1.0) };
        found.push(Censored { day: day_of(at), sold, unmet: (expected - sold).max(0.0) });
    }
    for one in found.iter().filter(|one| one.unmet > 0.0) {
        daily.values[(one.day.0 - daily.start.0) as usize] = None;
    }
    found
}

/// The same for weeks: what was not had is added; a week that was mostly without is missing.
pub fn censor_weeks(weekly: &mut Series, days: &[Censored]) {
    let mut weeks: BTreeMap<usize, (usize, f64)> = BTreeMap::new();
    for one in days.iter().filter(|one| one.unmet > 0.0 && one.day >= weekly.start) {
        let week = weeks.entry((one.day.0 - weekly.start.0) as usize / 7).or_default();
        *week = (week.0 + 1, week.1 + one.unmet);
    }
    for (at, (days, unmet)) in weeks {
        if let Some(value) = weekly.values.get_mut(at) {
            *value = value.filter(|_| days <= CENSORED_DAYS_MAX).map(|value| value + unmet);
        }
    }
}

/// Series added up, step by step: a category of its items, the total of its categories. All end on one day; a step is missing
/// where it is in all that reach it. None at all: an empty series.
pub fn sum<'a>(item: ItemId, parts: impl IntoIterator<Item = &'a Series>) -> Series {
    let mut whole: Option<Series> = None;
    for part in parts.into_iter().filter(|part| !part.values.is_empty()) {
        let whole = whole.get_or_insert_with(|| Series { item, values: Vec::new(), ..part.clone() });
        let more = part.values.len().saturating_sub(whole.values.len());
        if more > 0 {
            whole.values.splice(0..0, std::iter::repeat_n(None, more));
            whole.start = part.start;
        }
        let skip = whole.values.len() - part.values.len();
        for (sum, value) in whole.values[skip..].iter_mut().zip(&part.values) {
            *sum = match (*sum, *value) {
                (Some(sum), Some(value)) => Some(sum + value),
                (known, None) | (None, known) => known,
            };
        }
    }
    whole.unwrap_or(Series { item, grain: Grain::Daily, start: Day(0), values: Vec::new() })
}

/// Steps of a season: 7 for days; 52 for weeks where there are two years, else 1 (none).
pub fn season(series: &Series) -> usize {
    match series.grain {
        Grain::Daily => 7,
        Grain::Weekly if series.values.len() >= 104 => 52,
        Grain::Weekly => 1,
    }
}

/// The first day after the series: where its forecast starts.
pub fn end(series: &Series) -> Day {
    let steps = i32::try_from(series.values.len()).unwrap_or(i32::MAX);
    series.start.plus(steps.saturating_mul(series.grain.days()))
}

/// FNV-1a (Fowler, Noll, Vo) over step, start and values: tells whether a stored forecast still fits its data.
pub fn fingerprint(series: &Series) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |word: u64| {
        for byte in word.to_le_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    take(series.grain.days() as u64);
    take(series.start.0 as u64);
    for value in &series.values {
        // -0.0 and 0.0 are the same demand.
        take(value.map_or(u64::MAX, |value| (value + 0.0).to_bits()));
    }
    hash
}

fn by_day(sums: &[(Day, Quantity)], span: (Day, Day)) -> BTreeMap<Day, Quantity> {
    let mut by_day = BTreeMap::new();
    for &(day, quantity) in sums.iter().filter(|(day, _)| span.0 <= *day && *day <= span.1) {
        let sum = by_day.entry(day).or_insert(Quantity::ZERO);
        *sum = sum.plus(quantity);
    }
    by_day
}

fn first_sale(by_day: &BTreeMap<Day, Quantity>) -> Option<Day> {
    by_day.iter().find(|(_, sum)| sum.0 > 0).map(|(day, _)| *day)
}
