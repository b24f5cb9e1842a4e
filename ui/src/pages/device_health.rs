//! How a device fares: its errors by kind, its gaps, its clock.

use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::parts::{cell, grid};
use crate::state::fmt;
use crate::testids as id;
use crate::wording;
use contract::*;
use leptos::prelude::*;
use units::{Millis, Timestamp};

/// Rows of a card; more are of no use at a glance.
const SHOWN: usize = 8;

/// The two cards.
pub fn cards(d: &DeviceDetail, now: Timestamp) -> AnyView {
    view! { <div class="cards">{errors(&d.health)}{gaps(&d.health, now)}</div> }.into_any()
}

fn errors(health: &DeviceHealth) -> AnyView {
    let fmt = fmt();
    let rows: Vec<_> = health
        .errors
        .iter()
        .take(SHOWN)
        .map(|e| {
            let word = wording::device_error(&e.kind).map_or_else(|| e.kind.clone(), |w| fmt.t(w).to_owned());
            (e.kind.clone(), vec![cell(word), cell(format::count(e.count)), cell(fmt.stamp(e.last_at))])
        })
        .collect();
    let body = if rows.is_empty() {
        view! { <p class="muted">{fmt.t(W::HealthNoErrors)}</p> }.into_any()
    } else {
        let heads = [(W::ErrorKind, false), (W::ErrorCount, true), (W::ErrorLast, true)];
        grid(W::HealthErrors, &heads, rows, id::ERROR_ROW)
    };
    view! { <section class="card"><h3>{fmt.t(W::HealthErrors)}</h3>{body}</section> }.into_any()
}

fn gaps(health: &DeviceHealth, now: Timestamp) -> AnyView {
    let fmt = fmt();
    let rows: Vec<_> = health
        .gaps
        .iter()
        .take(SHOWN)
        .map(|g| {
            let to = g.to.map_or_else(|| fmt.t(W::GapLasts).to_owned(), |to| fmt.stamp(to));
            let cells = vec![
                cell(fmt.stamp(g.from)),
                cell(to),
                cell(fmt.span(g.to.unwrap_or(now) - g.from)),
                cell(fmt.t(wording::gap_reason(&g.reason))),
            ];
            (g.from.0.to_string(), cells)
        })
        .collect();
    let body = if rows.is_empty() {
        view! { <p class="muted">{fmt.t(W::HealthNoGaps)}</p> }.into_any()
    } else {
        let heads = [(W::GapFrom, false), (W::GapTo, false), (W::GapSpan, true), (W::GapWhy, false)];
        grid(W::HealthGaps, &heads, rows, id::GAP_ROW)
    };
    view! { <section class="card"><h3>{fmt.t(W::HealthGaps)}</h3>{body}</section> }.into_any()
}

/// Its clock against ours: where it is, and where it is going.
pub fn clock(fmt: &Fmt, drift: Millis, per_day: Option<Millis>) -> (String, String) {
    let span = |ms: i64| match ms.unsigned_abs() {
        0..10_000 => format!("{} s", format::decimal(ms.abs(), 1)),
        _ => fmt.span(Millis(ms.abs())),
    };
    let said = |ms: i64| {
        let word = if ms >= 0 { W::DriftAhead } else { W::DriftBehind };
        fmt.fill(word, &[&span(ms)])
    };
    let trend = per_day.map(|day| {
        let sign = if day.0 < 0 { "−" } else { "+" };
        fmt.fill(W::DriftTrend, &[&format!("{sign}{}", span(day.0))])
    });
    (said(drift.0), trend.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn a_clock_is_ahead_or_behind_and_moves() {
        let fmt = Fmt { lang: Lang::En, offset_minutes: 0, currency: *b"EUR" };
        assert_eq!(clock(&fmt, Millis(1_240), None), ("1.2 s ahead".into(), String::new()));
        let (now, trend) = clock(&fmt, Millis(-90_000), Some(Millis(-2_000)));
        assert!(now.ends_with("behind") && trend == "−2.0 s a day", "{now} {trend}");
    }
}
