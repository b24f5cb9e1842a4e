//! What people expect instead of the forecast: set, taken back, and held against what came.

use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::live::live;
use crate::parts::{self, cell, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::testids as id;
use crate::wording;
use contract::*;
use leptos::prelude::*;
use units::{Day, Milli, Quantity};

/// Rows of the list over all items.
const LIMIT: u32 = 500;

/// Whether the one who looks may set and take back.
fn may() -> bool {
    ctx().site.with(|s| s.as_ref().is_some_and(|s| matches!(s.role.as_str(), "manager" | "admin")))
}

/// Asks for an override of the steps that are forecast.
fn set(d: &DemandDetail) {
    let fmt = fmt();
    let Some(start) = d.forecast_start else { return };
    let days = if d.grain == Grain::Weekly { 7 } else { 1 };
    let today = ctx().today();
    let steps = i32::try_from(d.mean.len()).unwrap_or(0);
    let step = |n: i32| start.plus(n * days);
    let from = (0..steps).map(|n| (step(n).0.to_string(), fmt.weekday(step(n), today))).collect();
    let to = (0..steps)
        .map(|n| {
            let last = step(n + 1).plus(-1);
            (last.0.to_string(), fmt.weekday(last, today))
        })
        .collect();
    let how = vec![
        ("percent".to_owned(), fmt.t(W::OverridePercent).to_owned()),
        ("total".to_owned(), fmt.t(W::OverrideTotal).to_owned()),
    ];
    let fields = vec![
        Field::choice("from", W::FirstDay, start.0.to_string(), from),
        Field::choice("to", W::UntilDay, step(1).plus(-1).0.to_string(), to),
        Field::choice("how", W::OverrideHow, "percent", how),
        Field::number("number", W::OverrideNumber, "").hint(fmt.t(W::OverrideNumberHint)).needed(),
        Field::text("why", W::Why, "").needed(),
    ];
    let item = d.row.item;
    ask(
        fmt.fill(W::OverrideTitle, &[&d.row.name]),
        fmt.t(W::OverrideText),
        W::Override,
        fields,
        move |values| async move {
            let mut values = values.into_iter();
            let mut next = move || values.next().unwrap_or_default();
            let mut day = || Day(next().parse().unwrap_or(0));
            let (from, to) = (day(), day());
            let (how, number, why) = (next(), next(), next());
            let number = Milli::parse(&format::typed(&number)).unwrap_or_default();
            let change = if how == "total" {
                OverrideChange::Total(Quantity(number.0))
            } else {
                OverrideChange::Percent(i32::try_from(number.0 / 1000).unwrap_or(i32::MAX))
            };
            bridge::send(SetOverride { item, from, to, change, why }).await?;
            ctx().say(crate::state::fmt().t(W::OverrideSet));
            Ok(())
        },
    );
}

/// Asks why, then takes one back.
fn clear(row: &OverrideRow) {
    let (id, fmt) = (row.id, fmt());
    let what = format!("{} · {}", row.name, wording::day_span(&fmt, row.from, row.to, ctx().today()));
    let fields = vec![Field::text("why", W::Why, "").needed()];
    ask(fmt.t(W::ClearOverrideTitle), what, W::TakeBack, fields, move |values| async move {
        let why = values.into_iter().next().unwrap_or_default();
        bridge::send(ClearOverride { id, why }).await?;
        ctx().say(crate::state::fmt().t(W::OverrideCleared));
        Ok(())
    });
}

/// The button that overrides the forecast shown.
pub fn button(shown: Memo<Option<DemandDetail>>) -> AnyView {
    let fmt = fmt();
    let can =
        Memo::new(move |_| shown.with(|d| d.as_ref().is_some_and(|d| d.forecast_start.is_some())) && may());
    (move || {
        can.get().then(|| {
            parts::button(fmt.t(W::OverrideDots), "", id::SET_OVERRIDE, move || {
                shown.with_untracked(|d| {
                    if let Some(d) = d {
                        set(d);
                    }
                });
            })
        })
    })
    .into_any()
}

/// How an override was set.
fn as_set(fmt: &Fmt, change: OverrideChange) -> Option<String> {
    match change {
        OverrideChange::Percent(percent) => {
            let sign = if percent < 0 { "−" } else { "+" };
            let share = units::Permille(u16::try_from(percent.unsigned_abs() * 10).unwrap_or(u16::MAX));
            Some(format!("{sign}{}", fmt.percent(share)))
        }
        OverrideChange::Total(_) => None,
    }
}

fn off(said: Quantity, came: Option<Quantity>) -> String {
    came.map_or_else(|| "—".to_owned(), |came| format::qty(Quantity(said.minus(came).0.abs())))
}

/// Overrides as a table; of all items with their names.
fn table(fmt: &Fmt, rows: &[OverrideRow], named: bool) -> AnyView {
    let (ctx, fmt) = (ctx(), *fmt);
    let today = ctx.today();
    let may = may();
    // What came is a column once anything came.
    let scored = rows.iter().any(|row| row.actual.is_some());
    let lines = rows
        .iter()
        .map(|row| {
            let state = match row.state.as_str() {
                "Active" => W::StateActive,
                "Over" => W::StateOver,
                _ => W::StateCleared,
            };
            let mut cells = Vec::new();
            if named {
                let item = row.item;
                cells.push(
                    view! { <button type="button" class="link" on:click=move |_| ctx.go(Route::row(Page::Demand, item))>{row.name.clone()}</button> }
                        .into_any(),
                );
            }
            let value = match as_set(&fmt, row.change) {
                Some(change) => format!("{} ({change})", format::qty(row.value)),
                None => format::qty(row.value),
            };
            let taken = row.clone();
            let last = if row.state == "Active" && may {
                parts::plain_button(move || fmt.t(W::ClearOverrideDots), id::CLEAR_OVERRIDE, move || clear(&taken))
            } else {
                cell(fmt.t(state))
            };
            let days = wording::day_span(&fmt, row.from, row.to, today).replace(' ', "\u{a0}");
            cells.extend([
                cell(days),
                cell(format::qty(row.baseline)),
                view! { <b>{value}</b> }.into_any(),
                view! { <span title=row.why.clone()>{format!("{} · {}", row.by, row.why)}</span> }.into_any(),
            ]);
            if scored {
                cells.extend([
                    cell(row.actual.map_or_else(|| "—".to_owned(), format::qty)),
                    cell(off(row.baseline, row.actual)),
                    cell(off(row.value, row.actual)),
                ]);
            }
            cells.push(last);
            (row.id.to_string(), cells)
        })
        .collect();
    let mut heads =
        vec![(W::OverrideDays, false), (W::Baseline, true), (W::OverrideValue, true), (W::SetBy, false)];
    if scored {
        heads.extend([(W::Came, true), (W::ErrorBaseline, true), (W::ErrorOverride, true)]);
    }
    heads.push((W::StateHead, false));
    if named {
        heads.insert(0, (W::Item, false));
    }
    grid(W::Overrides, &heads, lines, id::OVERRIDE_ROW)
}

/// The overrides of the item shown.
pub fn of_item(shown: Memo<Option<DemandDetail>>) -> AnyView {
    let fmt = fmt();
    (move || {
        shown.with(|d| {
            let d = d.as_ref().filter(|d| !d.overrides.is_empty())?;
            Some(view! {
                <section class="card"><h3>{fmt.t(W::Overrides)}" "<span class="muted">{fmt.t(W::OverridesText)}</span></h3>
                {table(&fmt, &d.overrides, false)}
                </section>
            })
        })
    })
    .into_any()
}

/// The overrides of all items, and what those that are over were worth.
pub fn of_all() -> AnyView {
    let fmt = fmt();
    let answer = live(|| Some(ListOverrides { item: None, past: true, limit: LIMIT }));
    (move || {
        answer.data.with(|page| {
            let page = page.as_ref()?;
            let active = page.rows.iter().filter(|row| row.state == "Active").count();
            let worth = (page.scored > 0).then(|| {
                let verdict = if page.override_error < page.baseline_error {
                    W::ValueAddedYes
                } else {
                    W::ValueAddedNo
                };
                let text = fmt.fill(
                    W::ValueAdded,
                    &[
                        &format::count(page.scored),
                        &format::qty(page.baseline_error),
                        &format::qty(page.override_error),
                        fmt.t(verdict),
                    ],
                );
                view! { <p class="note" data-testid=id::VALUE_ADDED>{text}</p> }
            });
            let body = if page.rows.is_empty() {
                view! { <p class="muted">{fmt.t(W::NoOverrides)}</p> }.into_any()
            } else {
                table(&fmt, &page.rows, true)
            };
            Some(view! {
                <section class="card" data-testid=id::OVERRIDES><h3>{fmt.t(W::ActiveOverrides)}" "<span class="muted">{format::count(active as u64)}</span></h3>
                {worth}{body}
                </section>
            })
        })
    })
    .into_any()
}
