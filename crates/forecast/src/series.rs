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
