//! Cycle counts, a part of Stock: plans and how far they are, the lines of one in the order a person walks, counting by keys alone, and
//! what is approved or not believed.
//!
//! A count is entered under the name of who counted, which the tab remembers; a second person says so by changing it. Does not decide whether
//! a count may stand: that is the console's.

mod doing;

use super::split;
use crate::bridge;
use crate::browser;
use crate::columns::{Column, Table, number, text};
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::keys::Act;
use crate::live::{Paged, live, paged};
use crate::parts::{self, fact};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::{Long, Row, rows, step, td};
use crate::takeout::whole;
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use std::collections::BTreeSet;
use units::{CountLineId, CountPlanId, Quantity};
use wasm_bindgen_futures::spawn_local;

pub use doing::plan_count;

const COLUMNS: [Column<()>; 10] = [
    text("mark", W::MarkWord, 16),
    text("bin", W::CountBin, 74),
    text("name", W::Item, 90).grows(),
    text("lot", W::CountLot, 50),
    text("state", W::StateWord, 88),
    number("book", W::CountBook, 46),
    number("counted", W::CountFound, 50),
    number("difference", W::CountDifference, 58),
    number("value", W::Value, 52),
    text("why", W::CountWhy, 84).hidden(),
];

/// The states of a line, in the order of work: their word on the wire, for people, class and shape.
const STATES: [(&str, W, &str, &str); 5] = [
    ("open", W::CountOpen, "", "○"),
    ("recount", W::CountRecount, "m", "◆"),
    ("counted", W::CountCounted, "l", "●"),
    ("booked", W::CountBooked, "", "✓"),
    ("rejected", W::CountRejected, "", "✕"),
];

/// The shape and word of a state.
fn state_mark(fmt: &Fmt, state: &str) -> AnyView {
    let (_, word, class, shape) = STATES.into_iter().find(|s| s.0 == state).unwrap_or(STATES[0]);
    let class = if class.is_empty() { "muted".to_owned() } else { format!("mark {class}") };
    view! { <span role="gridcell" class=format!("ell {class}") title=fmt.t(word)><span aria-hidden="true">{shape}" "</span>{fmt.t(word)}</span> }
        .into_any()
}

/// The states, as they are called.
pub fn words_of_states(fmt: &Fmt) -> Vec<(String, String)> {
    STATES.iter().map(|(code, word, ..)| ((*code).to_owned(), fmt.t(*word).to_owned())).collect()
}

/// Why lines are counted, as it is called.
pub fn words_of_reasons(fmt: &Fmt) -> Vec<(String, String)> {
    ["negative", "back-dated", "default-bin", "never", "overdue"]
        .map(|code| (code.to_owned(), reason(fmt, code).to_owned()))
        .to_vec()
}

fn lines_of(plan: &CountPlanRow) -> [u64; 5] {
    [plan.open, plan.recount, plan.counted, plan.booked, plan.rejected]
}

/// The state to begin with: what waits for somebody first.
fn first_state(plan: &CountPlanRow) -> &'static str {
    let waiting = lines_of(plan).into_iter().position(|n| n > 0).filter(|at| *at < 3);
    waiting.map_or("", |at| STATES[at].0)
}

/// A quantity with its sign, as differences are read.
fn signed(quantity: Quantity) -> String {
    let text = format::qty(quantity);
    if quantity.0 > 0 { format!("+{text}") } else { text }
}

/// Why a line is counted.
fn reason(fmt: &Fmt, word: &str) -> &'static str {
    fmt.t(match word {
        "negative" => W::CountNegative,
        "back-dated" => W::CountBackDated,
        "default-bin" => W::CountDefaultBin,
        "never" => W::CountNever,
        _ => W::CountOverdue,
    })
}

/// The page.
pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(ListCounts { limit: 200 }));
    let chosen = Memo::new(move |_| {
        let asked = ctx.route.with(|r| r.row.parse().ok().map(CountPlanId));
        answer.data.with(|plans| {
            let plans = plans.as_ref()?;
            asked.filter(|id| plans.iter().any(|p| p.id == *id)).or_else(|| plans.first().map(|p| p.id))
        })
    });
    let plan = Memo::new(move |_| {
        let id = chosen.get()?;
        answer.data.with(|plans| plans.as_ref()?.iter().find(|p| p.id == id).cloned())
    });
    let one = move |p: &CountPlanRow| {
        let key = p.id;
        let on = move || chosen.get() == Some(key);
        let counts = lines_of(p);
        let total: u64 = counts.iter().sum();
        let done = counts[3] + counts[4];
        let line = STATES
            .iter()
            .zip(counts)
            .filter(|(_, n)| *n > 0)
            .map(|((_, word, class, shape), n)| {
                let class = if class.is_empty() { String::new() } else { format!("mark {class}") };
                view! { <span class=class><span aria-hidden="true">{*shape}</span>" "{format::count(n)}" "{fmt.t(*word)}</span> }
            })
            .collect_view();
        let made = fmt.when(p.at, ctx.now.get_untracked());
        view! {
            <button type="button" class="row plan" class:sel=on aria-pressed=move || on().to_string() data-testid=id::COUNT_PLAN_ROW data-id=key.to_string()
                on:click=move |_| ctx.choose(key)>
                <span class="t ell">{p.name.clone()}</span><span class="num">{fmt.money(p.variance)}</span>
                <span class="s states">{line}</span><span class="s num">{made}</span>
                <progress max=total.max(1).to_string() value=done.to_string() aria-label=fmt.t(W::CountProgress)></progress>
            </button>
        }
    };
    let list =
        move || answer.data.with(|plans| plans.as_ref().map(|plans| plans.iter().map(one).collect_view()));
    let left = view! {
        {parts::list_head(W::PageStock, move || answer.data.with(|p| p.as_ref().map_or(String::new(), |p| fmt.n(W::CountPlans, p.len() as u64))))}
        {super::stock_tabs()}
        <div class="tools">
            {parts::go_button(fmt.t(W::PlanCountTitle), "", id::PLAN_COUNT, plan_count)}
            <span class="muted">{fmt.t(W::CountListText)}</span>
        </div>
        {move || answer.error.get().map(|e| parts::error(&e))}
        {move || answer.data.with(Option::is_none).then(|| parts::waiting(None))}
        <div class="scroll" role="group" aria-label=fmt.t(W::TabCounts)>{list}</div>
    }
    .into_any();
    let none = Memo::new(move |_| answer.data.with(|d| d.as_ref().map(Vec::is_empty)));
    let detail = move || match (none.get(), chosen.get()) {
        (Some(true), _) => parts::empty(
            W::EmptyCounts,
            W::EmptyCountsText,
            vec![
                (W::PlanCountTitle, Box::new(plan_count)),
                (W::GoStock, Box::new(move || ctx.go(Route::page(Page::Stock)))),
            ],
        ),
        (_, Some(id)) => one_plan(id, plan),
        _ => ().into_any(),
    };
    split(left, detail.into_any())
}

/// A plan's lines, and what can be done with them.
fn one_plan(plan_id: CountPlanId, plan: Memo<Option<CountPlanRow>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let table: Table<()> = Table::new("count-lines", &COLUMNS, "bin");
    let state = RwSignal::new(plan.with_untracked(|p| p.as_ref().map_or("", first_state)));
    let ask =
        move |offset, limit| ListCountLines { plan: plan_id, state: state.get().to_owned(), offset, limit };
    let table = table.takes(W::TabCounts, move || untrack(|| whole(&ask(0, 0))));
    let list: Paged<CountLineRow> = paged(ask, |page: CountPage| (page.total, page.rows));
    let total = Signal::derive(move || list.total.get().unwrap_or(0) as usize);
    let picked = RwSignal::new(None::<CountLineId>);
    // A line that was counted leaves the list of those to be counted: then the place it had is the next one's.
    let place_of = Memo::new(move |before: Option<&(&'static str, Option<usize>)>| {
        let (state, picked) = (state.get(), picked.get());
        let before = before.filter(|(of, _)| *of == state).and_then(|(_, at)| *at);
        let last = total.get().checked_sub(1);
        let found = picked.and_then(|id| list.position(|r| r.id == id));
        (state, last.map(|last| found.or(before).unwrap_or(0).min(last)))
    });
    let at = Memo::new(move |_| place_of.get().1);
    let current = Memo::new(move |_| list.row(at.get()?));
    let marked = RwSignal::new(BTreeSet::<i64>::new());
    let typed = RwSignal::new(String::new());
    let told = RwSignal::new(None::<doing::Told>);
    let who = RwSignal::new(browser::kept("counted-by").unwrap_or_default());
    let choose = move |index: usize| {
        if let Some(row) = untrack(|| list.row(index)) {
            picked.set(Some(row.id));
        }
        true
    };
    // Another line: what was typed belongs to the one before.
    Effect::new(move |before: Option<Option<CountLineId>>| {
        let id = current.with(|c| c.as_ref().map(|c| c.id));
        if before.is_some_and(|b| b != id) {
            typed.set(String::new());
        }
        id
    });
    let waits = |row: &CountLineRow| matches!(row.state.as_str(), "open" | "recount");
    let onward = move |from: usize| {
        let next = (from + 1..).map_while(|i| untrack(|| list.row(i))).find(waits);
        match next {
            Some(row) => picked.set(Some(row.id)),
            // Not here yet, or the last: the place stays, and what comes to it is next.
            None => picked.set(None),
        }
    };
    let take = move || {
        let (Some(row), Some(index)) = (current.get_untracked(), at.get_untracked()) else { return };
        let text = typed.get_untracked();
        let Some(quantity) =
            Quantity::parse(&format::typed(&text)).filter(|q| q.0 >= 0 && !text.trim().is_empty())
        else {
            told.set(Some(doing::Told::wrong(fmt.t(W::CountTypeIt))));
            return;
        };
        let by = who.get_untracked().trim().to_owned();
        browser::keep("counted-by", &by);
        typed.set(String::new());
        onward(index);
        spawn_local(async move {
            let call = EnterCounts { by, entries: vec![CountEntry { line: row.id, quantity }] };
            let answer = bridge::send(call).await;
            let said = doing::told(&fmt, &row, quantity, answer);
            told.try_set(Some(said));
        });
    };
    let toggle = move |row: &CountLineRow| {
        if matches!(row.state.as_str(), "booked" | "rejected") {
            return;
        }
        let key = row.id.0;
        marked.update(|m| {
            if !m.remove(&key) {
                m.insert(key);
            }
        });
    };
    let picked_lines = move || -> Vec<CountLineId> {
        let all: Vec<CountLineId> = marked.with_untracked(|m| m.iter().map(|id| CountLineId(*id)).collect());
        if all.is_empty() { current.with_untracked(|c| c.iter().map(|c| c.id).collect()) } else { all }
    };
    let approve = move || doing::approve(picked_lines(), marked);
    let reject = move || doing::reject(picked_lines(), marked);
    let go = move |n: i32| step(at.get_untracked(), n, total.get_untracked()).is_some_and(choose);
    on_act(move |act| match act {
        Act::Move(n) => go(n),
        Act::Extend(n) => {
            if let Some(row) =
                current.get_untracked().filter(|r| marked.with_untracked(|m| !m.contains(&r.id.0)))
            {
                toggle(&row);
            }
            go(n);
            if let Some(row) =
                current.get_untracked().filter(|r| marked.with_untracked(|m| !m.contains(&r.id.0)))
            {
                toggle(&row);
            }
            true
        }
        Act::First => choose(0),
        Act::Last => choose(total.get_untracked().saturating_sub(1)),
        Act::Open => {
            browser::focus("count-quantity");
            true
        }
        Act::Mark => {
            if let Some(row) = current.get_untracked() {
                toggle(&row);
            }
            true
        }
        Act::Acknowledge => {
            approve();
            true
        }
        Act::Dismiss => {
            reject();
            true
        }
        Act::Back if marked.with_untracked(|m| !m.is_empty()) => {
            marked.update(BTreeSet::clear);
            true
        }
        _ => false,
    });

    let row = move |_: usize, r: &CountLineRow| {
        let on = marked.with(|m| m.contains(&r.id.0));
        let last = r.tallies.last();
        let cells = table.cells(|key| match key {
            "mark" => {
                let held = r.clone();
                let can = !matches!(r.state.as_str(), "booked" | "rejected");
                view! {
                    <span role="gridcell">{can.then(|| view! {
                        <input type="checkbox" tabindex="-1" aria-label=fmt.t(W::MarkWord) prop:checked=on
                            on:click=move |e| { e.stop_propagation(); toggle(&held); } />
                    })}</span>
                }
                .into_any()
            }
            "bin" => view! { <span role="gridcell" class="ell"><b>{r.bin.clone()}</b></span> }.into_any(),
            "lot" => td("ell muted", r.lot.clone().unwrap_or_default()),
            "state" => state_mark(&fmt, &r.state),
            "book" => td("num", r.book.map_or("—".into(), format::qty)),
            "counted" => td("num", last.map_or(String::new(), |t| format::qty(t.quantity))),
            "difference" => {
                let off = r.variance.is_some_and(|v| v.0 != 0) && !r.within && r.state == "counted";
                let text = r.variance.map_or(String::new(), signed);
                view! { <span role="gridcell" class="num" class:mark=off class:m=off>{off.then_some("◆ ")}{text}</span> }
                    .into_any()
            }
            "value" => td("num", r.variance_value.map_or(String::new(), |v| fmt.money(v))),
            "why" => td("ell muted", reason(&fmt, &r.reason)),
            _ => super::items::name(&r.name, &r.sku),
        });
        Row { testid: id::COUNT_LINE_ROW, id: r.id.to_string(), class: "", marked: on, cells }
    };
    let at_signal = Signal::derive(move || at.get());
    let long =
        Long { label: fmt.t(W::TabCounts), total, chosen: at_signal, seen: Some(list.seen), tall: false };
    let body = rows(
        long,
        move |i| list.row(i),
        row,
        move |i, shift| {
            if shift && let Some(row) = untrack(|| list.row(i)) {
                toggle(&row);
            }
            choose(i);
        },
    );

    let head = move || {
        plan.get().map(|p| {
            let blind = if p.blind { fmt.t(W::CountBlindOn) } else { fmt.t(W::CountBlindOff) };
            let by = fmt.fill(W::CountMadeBy, &[&p.by, &fmt.when(p.at, ctx.now.get_untracked())]);

            parts::heading(None, p.name.clone(), blind.to_owned(), by, String::new())
        })
    };
    let tabs = move || {
        let counts = plan.with(|p| p.as_ref().map(lines_of));
        let all = ("", W::CountAll, counts.map(|c| c.iter().sum::<u64>()));
        // What is rarely looked at stands there only where it has lines.
        let each = STATES.iter().enumerate().map(|(n, s)| (s.0, s.1, counts.map(|c| c[n])));
        let each = each.filter(|(name, _, n)| *name != "rejected" || n.is_some_and(|n| n > 0));
        let buttons = std::iter::once(all)
            .chain(each)
            .map(|(name, word, n)| {
                let on = move || state.get() == name;
                view! {
                    <button type="button" role="tab" class="tab" class:on=on aria-selected=move || on().to_string() data-testid=id::COUNT_STATE data-state=if name.is_empty() { "all" } else { name }
                        on:click=move |_| { picked.set(None); marked.update(BTreeSet::clear); state.set(name); }>{fmt.t(word)}{n.map(|n| view! { <span class="n">{format::count(n)}</span> })}</button>
                }
            })
            .collect_view();
        view! { <div class="tabs inline" role="tablist" aria-label=fmt.t(W::StateWord)>{buttons}</div> }
    };
    let pressed = move |e: web_sys::KeyboardEvent| {
        let taken = match e.key().as_str() {
            "Enter" if !e.is_composing() => {
                take();
                true
            }
            "ArrowDown" => go(1),
            "ArrowUp" => go(-1),
            _ => false,
        };
        if taken {
            e.prevent_default();
            e.stop_propagation();
        }
    };
    let asked = Memo::new(move |_| current.get().filter(waits));
    let place = move || match asked.get() {
        Some(r) => {
            let what = [
                r.sku.clone(),
                r.lot.as_ref().map(|lot| fmt.fill(W::CountLotOf, &[lot])).unwrap_or_default(),
            ];
            let what = what.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
            let second = (r.state == "recount").then(|| {
                view! { <span class="mark m" data-testid=id::COUNT_SECOND>"◆ "{fmt.t(W::CountSecondPerson)}</span> }
            });
            view! {
                <span class="count-bin" data-testid=id::COUNT_BIN>{r.bin.clone()}</span>
                <span class="count-what"><b class="ell">{r.name.clone()}</b><small class="muted ell">{what}</small>{second}</span>
            }
            .into_any()
        }
        None => {
            view! { <span class="muted" data-testid=id::COUNT_NOTHING>{fmt.t(W::CountNothingHere)}</span> }
                .into_any()
        }
    };
    let unit = move || asked.with(|r| r.as_ref().map(|r| r.unit.clone()).unwrap_or_default());
    let idle = Memo::new(move |_| asked.with(Option::is_none));
    let entry = view! {
        <section class="card count-entry" aria-label=fmt.t(W::CountEntry)>
            {place}
            <label class="count-field"><small class="muted">{fmt.t(W::CountFound)}" "{unit}</small>
                <input id="count-quantity" type="text" inputmode="decimal" autocomplete="off" enterkeyhint="next" data-testid=id::COUNT_QUANTITY
                    prop:value=move || typed.get() disabled=move || idle.get() on:input=move |e| typed.set(event_target_value(&e)) on:keydown=pressed /></label>
            <button type="button" class="go" data-testid=id::COUNT_TAKE disabled=move || idle.get() on:click=move |_| { take(); browser::focus("count-quantity"); }>{fmt.t(W::CountTake)}<kbd aria-hidden="true">"↵"</kbd></button>
            <label class="count-who"><small class="muted">{fmt.t(W::CountedBy)}</small>
                <input type="text" autocomplete="off" data-testid=id::COUNTED_BY placeholder=move || ctx.site.with(|s| s.as_ref().map(|s| s.actor.clone()).unwrap_or_default())
                    prop:value=move || who.get() on:input=move |e| { who.set(event_target_value(&e)); browser::keep("counted-by", &event_target_value(&e)); } /></label>
        </section>
        <p class="count-told" role="status" data-testid=id::COUNT_TOLD>{move || told.get().map(|t| t.show())}</p>
    };
    let foot = move || {
        let n = marked.with(BTreeSet::len);
        let many = if n > 1 { format::count(n as u64) } else { String::new() };
        let with = |word: W| [fmt.t(word).to_owned(), many.clone()].join(" ").trim_end().to_owned();
        view! {
            <div class="act">
                {parts::go_button(with(W::CountApprove), "a", id::COUNT_APPROVE, approve)}
                {parts::button(fmt.t(W::CountApproveWithin), "", id::COUNT_APPROVE_WITHIN, move || doing::approve_within(plan_id))}
                {parts::button(with(W::CountReject), "d", id::COUNT_REJECT, reject)}
                {parts::button(fmt.t(W::CountSheet), "", id::COUNT_SHEET, move || plan.with_untracked(|p| if let Some(p) = p { doing::sheet(p) }))}
                {parts::button(fmt.t(W::CountSheetDots), "", id::COUNT_PAPER, move || doing::paper(plan_id))}
                {table.controls()}
            </div>
        }
    };
    let nothing = move || {
        (list.total.get() == Some(0))
            .then(|| view! { <p class="muted pad" role="status">{fmt.t(W::CountNoneHere)}</p> })
    };
    let strip = move || {
        plan.with(|p| {
            p.as_ref().map(|p| {
                let [open, recount, counted, booked, rejected] = lines_of(p);
                let total: u64 = [open, recount, counted, booked, rejected].iter().sum();
                parts::facts(vec![
                    fact("count-lines", W::CountLines, format::count(total)),
                    fact("count-open", W::CountOpen, format::count(open)),
                    fact("count-recount", W::CountRecount, format::count(recount)),
                    fact("count-counted", W::CountCounted, format::count(counted)),
                    fact("count-booked", W::CountBooked, format::count(booked)),
                    fact("count-differences", W::CountDifferences, fmt.money(p.variance)),
                ])
            })
        })
    };
    request_animation_frame(|| browser::focus("count-quantity"));
    view! {
        <div class="counts">
            {head}{strip}{entry}{tabs}
            {move || list.error.get().map(|e| parts::error(&e))}
            {nothing}
            <section class="card nopad counts-lines">{table.boxed(body)}</section>
            {foot}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(counts: [u64; 5]) -> CountPlanRow {
        let [open, recount, counted, booked, rejected] = counts;
        CountPlanRow {
            id: CountPlanId(1),
            name: "x".into(),
            blind: true,
            at: units::Timestamp(0),
            by: "Li".into(),
            open,
            recount,
            counted,
            booked,
            rejected,
            variance: units::Money(0),
        }
    }

    #[test]
    fn a_plan_opens_at_what_waits() {
        let first = |counts| first_state(&plan(counts));
        assert_eq!(first([3, 1, 1, 0, 0]), "open");
        assert_eq!(first([0, 1, 1, 9, 0]), "recount");
        assert_eq!(first([0, 0, 1, 9, 2]), "counted");
        assert_eq!(first([0, 0, 0, 9, 2]), "");
    }

    #[test]
    fn a_difference_has_its_sign() {
        assert_eq!([-1500, 0, 2000].map(|q| signed(Quantity(q))), ["−1.5", "0", "+2"]);
    }
}
