//! Trace and recall, a part of Stock: from a lot to its bins, orders and customers, or from any of these back; timed, as an exercise is.
//!
//! A mock recall is a question with a clock: it starts when somebody starts it, and ends when the report is kept.

use super::{actions, ledger, split};
use crate::bridge;
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::parts::{self, cell, fact, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::takeout::{Takeout, whole};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::{Day, Timestamp};
use wasm_bindgen_futures::spawn_local;

/// What a trace may begin at: as the address has it, and for people.
const BY: [(&str, TraceBy, W); 4] = [
    ("lot", TraceBy::Lot, W::TraceLot),
    ("sku", TraceBy::Sku, W::TraceSku),
    ("order", TraceBy::Source, W::TraceOrder),
    ("party", TraceBy::Party, W::TraceParty),
];

/// The columns of a trace in a file.
const OUT: [(&str, W); 14] = [
    ("sku", W::FieldSku),
    ("name", W::Item),
    ("lot", W::LotWord),
    ("expiry", W::ExpiryWord),
    ("status", W::StateWord),
    ("what", W::What),
    ("day", W::DayWord),
    ("place", W::PlaceWord),
    ("bin", W::BinWord),
    ("stands", W::StandsWord),
    ("quantity", W::Quantity),
    ("source", W::Source),
    ("party", W::FromOrTo),
    ("who", W::WhoWord),
];

/// The address of a trace.
pub fn route(by: &str, code: &str) -> Route {
    Route { page: Page::Stock, row: format!("{by}~{code}"), tab: "trace".into() }
}

/// What the address asks: by what, which code.
fn asked(row: &str) -> Option<(TraceBy, String)> {
    let (by, code) = row.split_once('~')?;
    let (_, by, _) = BY.iter().find(|one| one.0 == by)?;
    (!code.trim().is_empty()).then(|| (*by, code.trim().to_owned()))
}

/// Minutes and seconds.
fn clock(from: Timestamp, to: Timestamp) -> String {
    let seconds = (to - from).0.max(0) / 1_000;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// What a line of a trace is, with its shape.
fn what(word: &str) -> (W, &'static str) {
    match word {
        "came" => (W::TraceCame, "▲"),
        "lies" => (W::TraceLies, "■"),
        _ => (W::TraceWent, "▼"),
    }
}

/// The page.
pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let row = Memo::new(move |_| ctx.route.with(|r| r.row.clone()));
    let first =
        row.with_untracked(|row| row.split_once('~').map(|(by, code)| (by.to_owned(), code.to_owned())));
    let (first_by, first_code) = first.unwrap_or_else(|| ("lot".to_owned(), String::new()));
    let (said_by, said) = (RwSignal::new(first_by), RwSignal::new(first_code));
    let found = RwSignal::new(None::<Result<TraceReply, ApiError>>);
    let busy = RwSignal::new(false);
    let at = RwSignal::new(0usize);
    let began = RwSignal::new(None::<Timestamp>);
    let kept = RwSignal::new(None::<RecallReply>);
    // The address is the question: going back asks the one before.
    Effect::new(move |_| {
        let Some((by, code)) = row.with(|row| asked(row)) else { return };
        busy.set(true);
        at.set(0);
        said_by.set(BY.iter().find(|one| one.1 == by).map_or("", |one| one.0).to_owned());
        said.set(code.clone());
        spawn_local(async move {
            let answer = bridge::send(TraceStock { by, code }).await;
            busy.try_set(false);
            found.try_set(Some(answer));
        });
    });
    let ask = move || {
        let (by, code) = (said_by.get_untracked(), said.get_untracked());
        if !code.trim().is_empty() {
            kept.set(None);
            ctx.go(route(&by, code.trim()));
        }
    };
    let lots = Memo::new(move |_| {
        found.with(|f| f.as_ref().and_then(|f| f.as_ref().ok()).map_or(0, |f| f.lots.len()))
    });
    on_act(move |act| {
        let by = match act {
            Act::Move(n) => n,
            Act::First => i32::MIN / 2,
            Act::Last => i32::MAX / 2,
            _ => return false,
        };
        step(Some(at.get_untracked()), by, lots.get_untracked()).map(|to| at.set(to)).is_some()
    });
    let keep = move || {
        let Some((by, code)) = row.with_untracked(|row| asked(row)) else { return };
        let call = MakeRecall { by, code, asked_at: began.get_untracked(), language: fmt.lang.contract() };
        spawn_local(async move {
            match bridge::send(call).await {
                Ok(reply) => {
                    began.try_set(None);
                    let file = reply.file.clone();
                    kept.try_set(Some(reply));
                    actions::read_report(file);
                }
                Err(e) => ctx.fail(&e),
            }
        });
    };
    let choices = BY
        .iter()
        .map(|(key, _, word)| view! { <option value=*key selected=move || said_by.with(|by| by == key)>{fmt.t(*word)}</option> })
        .collect_view();
    let start = move || {
        kept.set(None);
        began.set(Some(ctx.now.get_untracked()));
        crate::browser::focus("trace-code");
    };
    let exercise = move || {
        match began.get() {
        None => parts::button(fmt.t(W::RecallStart), "", id::RECALL_START, start),
        Some(from) => view! {
            <span class="recall-clock" role="timer" data-testid=id::RECALL_CLOCK>"◷ "{move || clock(from, ctx.now.get())}</span>
        }
        .into_any(),
    }
    };
    let list = move || {
        match found.get() {
        _ if busy.get() => parts::waiting(None),
        None => ().into_any(),
        Some(Err(e)) => parts::error(&e),
        Some(Ok(reply)) if reply.lots.is_empty() => {
            view! { <p class="muted pad" role="status">{fmt.t(W::TraceNothing)}</p> }.into_any()
        }
        Some(Ok(reply)) => reply
            .lots
            .iter()
            .enumerate()
            .map(|(index, lot)| {
                let on = move || at.get() == index;
                let sums = fmt.fill(W::TraceSums, &[&format::qty(lot.came), &format::qty(lot.here), &format::qty(lot.went)]);
                view! {
                    <div class="row bare" class:sel=on role="listitem" data-testid=id::TRACED_LOT data-id=lot.lot_code.clone() on:click=move |_| at.set(index)>
                        <div class="main"><div class="t">{lot.lot_code.clone()}" · "{lot.name.clone()}</div><div class="s">{lot.sku.clone()}" · "{sums}</div></div>
                    </div>
                }
            })
            .collect_view()
            .into_any(),
    }
    };
    let note = move || {
        found.with(|f| match f {
            Some(Ok(reply)) => fmt.fill(
                W::TraceTook,
                &[&format::count(reply.lots.len() as u64), &format::count(reply.took_ms)],
            ),
            _ => String::new(),
        })
    };
    let out = Takeout::card("stock-trace", W::TabTrace, &OUT, move || {
        let (by, code) = row.with_untracked(|row| asked(row)).unwrap_or((TraceBy::Lot, String::new()));
        whole(&TraceStock { by, code })
    });
    let left = view! {
        {parts::list_head(Page::Stock.word(), note)}
        {super::stock_tabs()}
        <form class="tools" on:submit=move |e| { e.prevent_default(); ask(); }>
            <select aria-label=fmt.t(W::TraceBy) data-testid=id::TRACE_BY prop:value=move || said_by.get() on:change=move |e| said_by.set(event_target_value(&e))>{choices}</select>
            <input id="trace-code" class="filter" type="search" autocomplete="off" spellcheck="false" placeholder=fmt.t(W::TraceCode) aria-label=fmt.t(W::TraceCode)
                data-testid=id::TRACE_CODE prop:value=move || said.get() on:input=move |e| said.set(event_target_value(&e)) />
            <button type="submit" class="go" data-testid=id::TRACE_GO>{fmt.t(W::TraceGo)}</button>
        </form>
        <div class="tools end">{exercise}{out.button(true)}</div>
        <div class="scroll" role="list" aria-label=fmt.t(W::TabTrace)>{list}</div>
    }
    .into_any();
    let result = move || {
        kept.get().map(|r| {
            let share = r.found.map_or("—".to_owned(), |share| fmt.percent(share));
            let lost = r.lost.0 > 0;
            view! {
                <section class="card" data-testid=id::RECALL_RESULT><h3>{fmt.t(W::RecallDone)}</h3>
                {parts::facts(vec![
                    fact("exercise", W::RecallTook, clock(Timestamp(0), Timestamp(r.exercise.0))).unit("min"),
                    fact("found", W::RecallFound, share),
                    fact("here", W::TraceLies, format::qty(r.here)),
                    fact("told", W::TraceWent, format::qty(r.told)),
                    fact("lost", W::RecallLost, format::qty(r.lost)).bad(lost),
                    fact("parties", W::RecallParties, format::count(r.parties)),
                ])}
                <p class="muted">{fmt.fill(W::RecallKept, &[&r.file])}</p></section>
            }
        })
    };
    let one = move || {
        found.with(|f| {
            let reply = f.as_ref()?.as_ref().ok()?;
            let lot = reply.lots.get(at.get())?;
            let bare = (reply.without_lot > 0)
                .then(|| fmt.fill(W::TraceWithoutLot, &[&format::count(reply.without_lot)]));
            Some(detail(lot, bare))
        })
    };
    let keep_button = move || {
        let answered = lots.get() > 0;
        let word = if began.get().is_some() { W::RecallStop } else { W::RecallKeep };
        answered.then(
            || view! { <div class="act">{parts::go_button(fmt.t(word), "", id::RECALL_KEEP, keep)}</div> },
        )
    };
    let asks = Memo::new(move |_| !busy.get() && found.with(Option::is_none));
    let nothing = move || {
        let code = || crate::browser::focus("trace-code");
        asks.get().then(|| {
            let actions: Vec<(W, Box<dyn Fn() + Send>)> =
                vec![(W::TraceSayCode, Box::new(code)), (W::RecallStart, Box::new(start))];
            parts::empty(W::EmptyTrace, W::TraceEmpty, actions)
        })
    };
    let detail = view! { {nothing}{result}{keep_button}{one} };
    split(left, detail.into_any())
}

fn detail(lot: &TracedLotRow, bare: Option<String>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let today = ctx.today();
    let expiry = lot
        .expiry
        .map_or(String::new(), |day| format!("{} {}", fmt.t(W::ExpiryWord), fmt.day_near(day, today)));
    let lost = units::Quantity(lot.came.0 - lot.here.0 - lot.went.0);
    let rows = lot
        .lines
        .iter()
        .enumerate()
        .map(|(n, line)| {
            let (word, shape) = what(&line.what);
            let code = |text: &Option<String>, by: &'static str| match text.clone() {
                // The other end of the line is a question of its own.
                Some(text) if !text.is_empty() => {
                    let to = route(by, &text);
                    view! { <button type="button" class="link" on:click=move |_| ctx.go(to.clone())>{text}</button> }.into_any()
                }
                _ => cell(""),
            };
            let cells = vec![
                view! { <span aria-hidden="true">{shape}" "</span>{fmt.t(word)} }.into_any(),
                cell(line.day.map(|day| fmt.day_near(day, today)).unwrap_or_default()),
                cell(ledger::side(&fmt, &line.at)),
                cell(format::qty(line.quantity)),
                code(&line.source, "order"),
                code(&line.party, "party"),
            ];
            (n.to_string(), cells)
        })
        .collect();
    let heads = [
        (W::What, false),
        (W::DayWord, false),
        (W::PlaceWord, false),
        (W::Quantity, true),
        (W::Source, false),
        (W::FromOrTo, false),
    ];
    let item = lot.item;
    let (id_of, lot_code, held) = (lot.lot, lot.lot_code.clone(), lot.status != "available");
    let may = ctx.site.with(|s| s.as_ref().is_some_and(|s| s.role != "viewer"));
    view! {
        {parts::heading(None, format!("{} · {}", lot.lot_code, lot.name), lot.sku.clone(), expiry, ledger::standing(&fmt, &lot.status))}
        {parts::facts(vec![
            fact("came", W::TraceCame, format::qty(lot.came)),
            fact("here", W::TraceLies, format::qty(lot.here)),
            fact("went", W::TraceWent, format::qty(lot.went)),
            fact("lost", W::RecallLost, format::qty(lost)).bad(lost.0 > 0),
        ])}
        {bare.map(|text| view! { <p><span class="mark m">"◆ "</span>{text}</p> })}
        <section class="card"><h3>{fmt.t(W::TraceTimeline)}</h3>{timeline(lot, today)}</section>
        <section class="card">{grid(W::TabTrace, &heads, rows, id::TRACE_LINE)}</section>
        <div class="act">
            {may.then(|| parts::button(fmt.t(if held { W::ReleaseDots } else { W::HoldDots }), "", id::HOLD_LOT, move || ledger::decide(id_of, &lot_code, held)))}
            {parts::button(fmt.t(W::OpenItemWord), "", "open-item", move || ctx.go(Route::row(Page::Stock, item)))}
        </div>
    }
    .into_any()
}

/// When a lot came and went: above the line what came, below what went, as high as it was much.
fn timeline(lot: &TracedLotRow, today: Day) -> AnyView {
    const WIDTH: f64 = 640.0;
    const HEIGHT: f64 = 96.0;
    const MIDDLE: f64 = 44.0;
    let fmt = fmt();
    let days: Vec<Day> = lot.lines.iter().filter_map(|line| line.day).collect();
    let (Some(first), Some(last)) = (days.iter().min().copied(), days.iter().max().copied()) else {
        return view! { <p class="muted">"—"</p> }.into_any();
    };
    let last = last.max(today);
    let span = f64::from((last.0 - first.0).max(1));
    // All on one day: in the middle.
    let one = first == last;
    let x = move |day: Day| {
        if one { WIDTH / 2.0 } else { 12.0 + f64::from(day.0 - first.0) / span * (WIDTH - 24.0) }
    };
    let most = lot.lines.iter().map(|line| line.quantity.to_f64().abs()).fold(1.0, f64::max);
    let marks = lot
        .lines
        .iter()
        .filter_map(|line| {
            let day = line.day?;
            let high = 4.0 + line.quantity.to_f64().abs() / most * 30.0;
            let came = line.what == "came";
            let (top, class) = if came { (MIDDLE - high, "came") } else { (MIDDLE, "went") };
            let (word, shape) = what(&line.what);
            let said = format!(
                "{shape} {} {} · {} · {}",
                fmt.t(word),
                format::qty(line.quantity),
                fmt.day_near(day, today),
                line.party.clone().or_else(|| line.source.clone()).unwrap_or_default()
            );
            Some(view! { <rect class=class x=x(day) - 2.0 y=top width=4.0 height=high><title>{said}</title></rect> })
        })
        .collect_view();
    let ends = if one { vec![(first, "middle")] } else { vec![(first, "start"), (last, "end")] };
    let ends = ends
        .into_iter()
        .map(|(day, anchor)| {
            view! { <text x=x(day) y=HEIGHT - 4.0 text-anchor=anchor>{fmt.day_near(day, today)}</text> }
        })
        .collect_view();
    let summary =
        fmt.fill(W::TraceSums, &[&format::qty(lot.came), &format::qty(lot.here), &format::qty(lot.went)]);
    view! {
        <svg class="timeline" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=summary>
            <line x1=0.0 x2=WIDTH y1=MIDDLE y2=MIDDLE></line>{marks}{ends}
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_question() {
        assert_eq!(asked(&route("lot", "L~1 ").row), Some((TraceBy::Lot, "L~1".into())));
        assert_eq!(asked("party~C-17"), Some((TraceBy::Party, "C-17".into())));
        assert_eq!(asked("lot~ "), None);
        assert_eq!(asked("12"), None);
        assert_eq!(clock(Timestamp(0), Timestamp(75_400)), "1:15");
    }
}
