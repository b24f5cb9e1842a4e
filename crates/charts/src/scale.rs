//! Ticks where people expect them: round values, whole hours, midnights and Mondays of the printed clock.

use crate::Lang;
use crate::model::Zone;
use units::Day;

/// A labelled position on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where: a value, or milliseconds since 1970 UTC, or days since 1970.
    pub at: f64,
    /// What is printed.
    pub label: String,
}

/// A value axis: rounded ends and its ticks.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueAxis {
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// Decimals of the labels.
    pub decimals: usize,
    /// In rising order; the first is `from`, the last `to`.
    pub ticks: Vec<Tick>,
}

/// The step of 1, 2 or 5 times a power of ten at or above `rough`.
fn nice_step(rough: f64) -> f64 {
    if !(rough.is_finite() && rough > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(rough.log10().floor());
    for factor in [1.0, 2.0, 5.0, 10.0] {
        if factor * power >= rough * (1.0 - 1e-9) {
            return factor * power;
        }
    }
    10.0 * power
}

/// An axis over `low..high` with about `steps` steps, rounded outward.
pub fn value_axis(low: f64, high: f64, steps: usize) -> ValueAxis {
    let (mut low, mut high) =
        if low.is_finite() && high.is_finite() { (low.min(high), low.max(high)) } else { (0.0, 1.0) };
    if high - low < 1e-9 {
        let margin = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        (low, high) = (if low >= 0.0 { (low - margin).max(0.0) } else { low - margin }, high + margin);
    }
    let step = nice_step((high - low) / steps.max(1) as f64);
    let (first, last) = ((low / step + 1e-6).floor() as i64, (high / step - 1e-6).ceil() as i64);
    let decimals = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
    let ticks = (first..=last)
        .take(200)
        .map(|n| {
            let at = n as f64 * step;
            Tick { at, label: number(at, decimals) }
        })
        .collect();
    ValueAxis { from: first as f64 * step, to: last as f64 * step, decimals, ticks }
}

/// A number with a fixed count of decimals and thousands in groups; a true minus sign.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut grouped = String::new();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (whole.len() - n).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let zero = plain.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if value < 0.0 && !zero { "−" } else { "" };
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

const STEPS: [i64; 18] = [
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    4 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
];

/// Ticks of a time axis, at most `count` of them, on round times of the local clock. Over a change of summer time each
/// side keeps its own round times.
pub fn time_ticks(window_ms: (i64, i64), zone: &Zone, count: usize, lang: Lang) -> Vec<Tick> {
    let (from, to) = window_ms;
    let span = to.saturating_sub(from).max(1);
    let count = count.max(1) as i64;
    let Some(step) = STEPS.into_iter().find(|step| span / step <= count) else {
        let (first, last) = (local_day(from, zone), local_day(to, zone));
        return day_ticks((first, last), count as usize, lang)
            .into_iter()
            .map(|tick| {
                let local = tick.at as i64 * DAY;
                let guess = local - i64::from(zone.offset_minutes) * MINUTE;
                Tick { at: (local - i64::from(zone.offset_at(guess)) * MINUTE) as f64, label: tick.label }
            })
            .filter(|tick| tick.at >= from as f64 && tick.at <= to as f64)
            .collect();
    };
    let mut edges = vec![from];
    edges.extend(zone.changes.iter().map(|(at, _)| *at).filter(|at| *at > from && *at < to));
    edges.push(to);
    let mut ticks: Vec<Tick> = Vec::new();
    for pair in edges.windows(2) {
        let offset = i64::from(zone.offset_at(pair[0])) * MINUTE;
        let first = (pair[0] + offset).div_euclid(step) * step;
        let first = if first < pair[0] + offset { first + step } else { first };
        let mut local = first;
        // The instant of a change belongs to the clock after it.
        while (local - offset < pair[1] || (pair[1] == to && local - offset == to)) && ticks.len() < 1000 {
            let at = (local - offset) as f64;
            if ticks.last().is_none_or(|last| at - last.at > step as f64 * 0.4) {
                ticks.push(Tick { at, label: time_label(local, step, lang) });
            }
            local += step;
        }
    }
    ticks
}

fn local_day(t_ms: i64, zone: &Zone) -> Day {
    units::Timestamp(zone.local_ms(t_ms)).utc_day()
}

fn time_label(local_ms: i64, step: i64, lang: Lang) -> String {
    let of_day = local_ms.rem_euclid(DAY);
    if of_day == 0 && step >= HOUR {
        return day_label(units::Timestamp(local_ms).utc_day(), lang);
    }
    clock(local_ms, step < MINUTE)
}

/// `14:07`, or `14:07:30`, of local milliseconds.
pub fn clock(local_ms: i64, seconds: bool) -> String {
    let of_day = local_ms.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / HOUR, of_day / MINUTE % 60, of_day / SECOND % 60);
    if seconds { format!("{hour:02}:{minute:02}:{second:02}") } else { format!("{hour:02}:{minute:02}") }
}

/// `22 Nov` or `11月22日`.
pub fn day_label(day: Day, lang: Lang) -> String {
    let (_, month, date) = day.civil();
    match lang {
        Lang::En => format!("{date} {}", MONTHS[(month as usize - 1) % 12]),
        Lang::ZhHans => format!("{month}月{date}日"),
    }
}

/// `Nov 2026` or `2026年11月`.
pub fn month_label(day: Day, lang: Lang) -> String {
    let (year, month, _) = day.civil();
    match lang {
        Lang::En => format!("{} {year}", MONTHS[(month as usize - 1) % 12]),
        Lang::ZhHans => format!("{year}年{month}月"),
    }
}

/// `22 Nov 14:07` of an instant on the zone's clock.
pub fn moment(t_ms: i64, zone: &Zone, lang: Lang) -> String {
    let local = zone.local_ms(t_ms);
    format!("{} {}", day_label(units::Timestamp(local).utc_day(), lang), clock(local, false))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Ticks of a day axis, at most about `count`: days, Mondays, or firsts of months.
pub fn day_ticks(window: (Day, Day), count: usize, lang: Lang) -> Vec<Tick> {
    let (from, to) = (window.0.0, window.1.0.max(window.0.0));
    let span = i64::from(to) - i64::from(from) + 1;
    let count = count.max(1) as i64;
    let mut ticks = Vec::new();
    if let Some(step) = [1, 2, 7, 14].into_iter().find(|step| span / step <= count) {
        let mut day = if step >= 7 { Day(from).week_start() } else { Day(from) };
        while day.0 <= to {
            if day.0 >= from {
                ticks.push(Tick { at: f64::from(day.0), label: day_label(day, lang) });
            }
            day = day.plus(step as i32);
        }
        return ticks;
    }
    let step =
        [1, 2, 3, 6, 12, 24, 60, 120].into_iter().find(|months| span / (30 * months) <= count).unwrap_or(240);
    let (year, month, _) = Day(from).civil();
    let mut index = i64::from(year) * 12 + i64::from(month) - 1;
    index = index.div_euclid(step) * step;
    while let Some(day) = Day::from_civil((index.div_euclid(12)) as i32, index.rem_euclid(12) as u32 + 1, 1) {
        if day.0 > to {
            break;
        }
        if day.0 >= from {
            ticks.push(Tick { at: f64::from(day.0), label: month_label(day, lang) });
        }
        index += step;
    }
    ticks
}
