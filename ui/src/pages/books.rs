//! How far the books are closed, a part of Stock: what a closing makes final, who closed, and opening again with a reason.

use super::split;
use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format;
use crate::i18n::W;
use crate::live::live;
use crate::parts::{self, cell, fact, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::Day;

fn role_is(roles: &[&str]) -> bool {
    ctx().site.with(|s| s.as_ref().is_some_and(|s| roles.contains(&s.role.as_str())))
}

fn not_a_day() -> ApiError {
    ApiError { code: Code::BadInput, message: fmt().t(W::NotADay).to_owned(), trace_id: String::new() }
}

/// Asks up to which day, and says what that means.
fn close(state: &BooksState) {
    let fmt = fmt();
    let fields = vec![
        Field::text("up-to", W::CloseUpTo, state.may_close_up_to.to_string())
            .hint(fmt.t(W::ExpiryHint))
            .needed(),
        Field::text("why", W::Note, ""),
    ];
    let text = fmt.fill(W::CloseText, &[&format::count(state.open_movements)]);
    ask(fmt.t(W::CloseTitle), text, W::CloseIt, fields, move |values| async move {
        let mut values = values.into_iter();
        let (day, why) = (values.next().unwrap_or_default(), values.next().unwrap_or_default());
        let up_to = Day::parse(day.trim()).ok_or_else(not_a_day)?;
        bridge::send(CloseBooks { up_to: Some(up_to), why }).await?;
        ctx().say(crate::state::fmt().t(W::BooksChanged));
        Ok(())
    });
}

/// Asks from which day on, and why.
fn open() {
    let fmt = fmt();
    let fields = vec![
        Field::text("up-to", W::OpenUpTo, "").hint(fmt.t(W::OpenUpToHint)),
        Field::text("why", W::Why, "").needed(),
    ];
    ask(fmt.t(W::OpenTitle), fmt.t(W::OpenText), W::OpenIt, fields, move |values| async move {
        let mut values = values.into_iter();
        let (day, why) = (values.next().unwrap_or_default(), values.next().unwrap_or_default());
        let up_to = match day.trim() {
            "" => None,
            day => Some(Day::parse(day).ok_or_else(not_a_day)?),
        };
        bridge::send(CloseBooks { up_to, why }).await?;
        ctx().say(crate::state::fmt().t(W::BooksChanged));
        Ok(())
    });
}

/// The page.
pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(GetBooks {}));
    let day = move |day: Option<Day>| match day {
        Some(day) => fmt.day_near(day, ctx.today()),
        None => fmt.t(W::BooksOpenWord).to_owned(),
    };
    let left = view! {
        {parts::list_head(Page::Stock.word(), String::new)}
        {super::stock_tabs()}
        <div class="scroll pad stack">
            <p>{fmt.t(W::BooksText)}</p>
            <ul class="plain"><li>{fmt.t(W::BooksText1)}</li><li>{fmt.t(W::BooksText2)}</li><li>{fmt.t(W::BooksText3)}</li></ul>
        </div>
    }
    .into_any();
    let shown = move || {
        let Some(state) = answer.data.get() else { return parts::waiting(answer.error.get()) };
        let closed = state.closed_up_to;
        let title = match closed {
            Some(up_to) => fmt.fill(W::BooksClosedTitle, &[&fmt.day_near(up_to, ctx.today())]),
            None => fmt.t(W::BooksAllOpen).to_owned(),
        };
        let who = state.history.first().map_or(String::new(), |one| {
            fmt.fill(W::BooksBy, &[&one.by, &fmt.when(one.at, ctx.now.get_untracked())])
        });
        let figures = parts::facts(vec![
            fact("open-movements", W::BooksMovements, format::count(state.open_movements)),
            fact("back-dated", W::DoubtBackDated, format::count(state.back_dated))
                .doubtful(state.back_dated > 0),
            fact("doubts", W::TabDoubts, format::count(state.doubts)).doubtful(state.doubts > 0),
        ]);
        let rows = state
            .history
            .iter()
            .map(|one| {
                let opened = match (one.from, one.to) {
                    (Some(from), Some(to)) => to < from,
                    (Some(_), None) => true,
                    _ => false,
                };
                let what = if opened {
                    view! { <span class="mark h">"▲ "{fmt.t(W::BooksOpened)}</span> }.into_any()
                } else {
                    cell(fmt.t(W::BooksClosedWord))
                };
                let cells = vec![
                    cell(fmt.stamp(one.at)),
                    what,
                    cell(day(one.from)),
                    cell(day(one.to)),
                    cell(one.by.clone()),
                    cell(one.why.clone().unwrap_or_default()),
                ];
                (one.at.0.to_string(), cells)
            })
            .collect::<Vec<_>>();
        let history = if rows.is_empty() {
            view! { <p class="muted">{fmt.t(W::BooksNever)}</p> }.into_any()
        } else {
            let heads = [
                (W::When, false),
                (W::What, false),
                (W::Before, false),
                (W::After, false),
                (W::WhoWord, false),
                (W::Why, false),
            ];
            grid(W::BooksHistory, &heads, rows, id::CLOSING_ROW)
        };
        let may_close =
            role_is(&["manager", "admin"]) && closed.is_none_or(|day| day < state.may_close_up_to);
        let may_open = role_is(&["admin"]) && closed.is_some();
        let for_closing = state.clone();
        view! {
            {parts::heading(None, title, who, String::new(), String::new())}
            <h3>{fmt.t(W::BooksNext)}</h3>
            {figures}
            <div class="act">
                {may_close.then(|| parts::go_button(fmt.t(W::CloseDots), "", id::CLOSE_BOOKS, move || close(&for_closing)))}
                {may_open.then(|| parts::button(fmt.t(W::OpenDots), "", id::OPEN_BOOKS, open))}
                {(state.doubts > 0).then(|| parts::button(fmt.t(W::TabDoubts), "", "to-doubts", move || {
                    ctx.go(Route { page: Page::Stock, row: String::new(), tab: "doubts".into() });
                }))}
            </div>
            <section class="card"><h3>{fmt.t(W::BooksHistory)}</h3>{history}</section>
        }
        .into_any()
    };
    split(left, shown.into_any())
}
