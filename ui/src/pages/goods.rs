//! Goods in and out, parts of Stock: what is expected and what is to leave, as a list and as a board by state; a shipment's or an order's
//! lines with the next step one key away; what came back.
//!
//! Board and list show the same cards. Nothing chosen: the board; a card chosen: its lines. Does not decide what may be done: the console
//! does, and says why not.

mod incoming;
mod outgoing;
mod returned;

use super::split;
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::keys::Act;
use crate::parts;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::takeout::{Asked, Takeout};
use crate::testids as id;
use contract::ApiError;
use leptos::prelude::*;
use units::{Day, Quantity};

/// What the codes of a list that is taken out are called.
pub fn words_of(fmt: &Fmt, table: &str, column: &str) -> Vec<(String, String)> {
    let states: &[State] = match table {
        "inbound" => &incoming::STATES,
        "outbound" => &outgoing::STATES,
        _ => return returned::words_of(fmt, column),
    };
    match column {
        "state" => states.iter().map(|one| (one.0.to_owned(), fmt.t(one.1).to_owned())).collect(),
        _ => Vec::new(),
    }
}

pub use incoming::{expect, page as inbound};
pub use outgoing::{page as outbound, take_order};
pub use returned::{page as returns, take_back as take_return};

/// Papers that a board asks for at once; what is over comes last, so this is enough of it.
const CARDS: u32 = 400;
/// Cards of one column; the head says how many there are.
const COLUMN: usize = 40;

/// A state as a board shows it: its word on the wire, for people, class and shape.
type State = (&'static str, W, &'static str, &'static str);

/// A shipment or an order.
#[derive(Clone, Debug, PartialEq)]
struct Card {
    id: i64,
    number: String,
    partner: String,
    day: Option<Day>,
    late: bool,
    state: String,
    lines: u64,
    done: u64,
    /// What is not as it should be, in a word and a number.
    off: Vec<(W, Quantity)>,
}

/// What a list answered.
#[derive(Clone, Debug, Default, PartialEq)]
struct Cards {
    cards: Vec<Card>,
    counts: Vec<(String, u64)>,
    today: Day,
}

/// What differs between the two boards.
#[derive(Clone, Copy)]
struct Board {
    tab: &'static str,
    word: W,
    /// The states that have a column, and those that have none.
    states: &'static [State],
    empty: (W, W),
    /// The columns of the list when it is taken out; it is called as the tab is.
    out: &'static [(&'static str, W)],
    /// A new one.
    make: (W, &'static str, fn()),
    /// The lines of one.
    one: fn(i64, RwSignal<Option<Act>>) -> AnyView,
}

fn state_of(board: Board, word: &str) -> State {
    board.states.iter().copied().find(|state| state.0 == word).unwrap_or(board.states[0])
}

/// The shape and word of a state.
fn mark(fmt: &Fmt, (_, word, class, shape): State) -> AnyView {
    let class = if class.is_empty() { "muted".to_owned() } else { format!("mark {class}") };
    view! { <span class=class><span aria-hidden="true">{shape}" "</span>{fmt.t(word)}</span> }.into_any()
}

/// The day of a card: late in colour, shape and word.
fn day_of(fmt: &Fmt, card: &Card, today: Day) -> AnyView {
    let day = card.day.map_or_else(|| fmt.t(W::NoDayWord).to_owned(), |day| fmt.day_near(day, today));
    if card.late {
        view! { <span class="mark h"><span aria-hidden="true">"▲ "</span>{fmt.t(W::OverdueWord)}" "{day}</span> }.into_any()
    } else {
        view! { <span class="muted">{day}</span> }.into_any()
    }
}

fn off(fmt: &Fmt, card: &Card) -> AnyView {
    card.off
        .iter()
        .filter(|(_, quantity)| quantity.0 > 0)
        .map(|(word, quantity)| {
            view! { <span class="mark m"><span aria-hidden="true">"◆ "</span>{fmt.t(*word)}" "{format::qty(*quantity)}</span> }
        })
        .collect_view()
        .into_any()
}

/// Whether this role may do more than look.
fn may() -> bool {
    ctx().site.with(|site| site.as_ref().is_some_and(|site| site.role != "viewer"))
}

/// Whether this role may overrule.
fn may_overrule() -> bool {
    ctx()
        .site
        .with(|site| site.as_ref().is_some_and(|site| matches!(site.role.as_str(), "manager" | "admin")))
}

/// The page of one board.
fn page(
    board: Board,
    filter: RwSignal<String>,
    answer: Memo<Option<Cards>>,
    error: RwSignal<Option<ApiError>>,
    rows: impl Fn() -> Asked + Send + Sync + 'static,
) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let cards = Memo::new(move |_| answer.with(|a| a.as_ref().map(|a| a.cards.clone()).unwrap_or_default()));
    let today = Memo::new(move |_| answer.with(|a| a.as_ref().map(|a| a.today).unwrap_or_default()));
    let chosen = Memo::new(move |_| ctx.route.with(|r| r.row.parse::<i64>().ok()));
    let at = move || {
        chosen.get_untracked().and_then(|id| cards.with_untracked(|c| c.iter().position(|c| c.id == id)))
    };
    let go = move |n: i32| {
        let to = match (at(), n) {
            (None, 0..) => Some(0).filter(|_| cards.with_untracked(|c| !c.is_empty())),
            (at, n) => step(at, n, cards.with_untracked(Vec::len)),
        };
        let found = to.and_then(|to| cards.with_untracked(|c| c.get(to).map(|c| c.id)));
        found.map(|id| ctx.choose(id)).is_some()
    };
    // What a key asks of the paper that is open.
    let asked = RwSignal::new(None::<Act>);
    on_act(move |act| match act {
        Act::Move(n) => go(n),
        Act::First => go(i32::MIN / 2),
        Act::Last => go(i32::MAX / 2),
        Act::Back if chosen.get_untracked().is_some() => {
            ctx.choose("");
            true
        }
        Act::Open
        | Act::Change
        | Act::Dismiss
        | Act::Acknowledge
        | Act::Shelve
        | Act::TakeBack
        | Act::Export
        | Act::Extend(_)
            if chosen.get_untracked().is_some() =>
        {
            asked.set(Some(act));
            true
        }
        Act::Open => go(0),
        _ => false,
    });
    let line = move |card: Card| {
        let key = card.id;
        let on = move || chosen.get() == Some(key);
        view! {
            <button type="button" class="row plan" class:sel=on aria-pressed=move || on().to_string() data-testid=id::GOODS_ROW data-id=key.to_string()
                on:click=move |_| ctx.choose(key)>
                <span class="t ell">{card.number.clone()}</span><span class="num">{day_of(&fmt, &card, today.get())}</span>
                <span class="s ell">{card.partner.clone()}</span><span class="s num">{mark(&fmt, state_of(board, &card.state))}</span>
                <span class="s states">{off(&fmt, &card)}</span>
                <progress max=card.lines.max(1).to_string() value=card.done.to_string() aria-label=fmt.t(W::LinesDoneWord)></progress>
            </button>
        }
    };
    let open = move || {
        answer.with(|a| {
            let over = ["put-away", "shipped", "cancelled"];
            a.as_ref().map_or(0, |a| {
                a.counts.iter().filter(|(s, _)| !over.contains(&s.as_str())).map(|(_, n)| n).sum::<u64>()
            })
        })
    };
    let left = view! {
        {parts::list_head(Page::Stock.word(), move || fmt.n(W::OpenPapers, open()))}
        {super::stock_tabs()}
        <div class="tools">
            {move || may().then(|| parts::go_button(fmt.t(board.make.0), "", board.make.1, board.make.2))}
            {parts::filter(filter, W::GoodsFilter)}
            {Takeout::card(board.tab, board.word, board.out, rows).button(true)}
        </div>
        {move || error.get().map(|e| parts::error(&e))}
        {move || answer.with(Option::is_none).then(|| parts::waiting(None))}
        <div class="scroll" role="group" aria-label=fmt.t(board.word)>{move || cards.get().into_iter().map(line).collect_view()}</div>
    }
    .into_any();
    let nothing = Memo::new(move |_| {
        answer
            .with(|a| a.as_ref().map(|a| a.counts.iter().all(|(_, n)| *n == 0)))
            .filter(|_| filter.with(String::is_empty))
    });
    let detail = move || match (chosen.get(), nothing.get()) {
        (Some(id), _) => (board.one)(id, asked),
        (None, Some(true)) => parts::empty(
            board.empty.0,
            board.empty.1,
            vec![
                (board.make.0, Box::new(board.make.2)),
                (W::PageData, Box::new(move || ctx.go(Route::page(Page::Data)))),
            ],
        ),
        (None, _) => columns(board, answer),
    };
    split(left, detail.into_any())
}

/// The board: a column a state, the first to go on top.
fn columns(board: Board, answer: Memo<Option<Cards>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let column = move |state: State| {
        let (word, name, _, shape) = state;
        let own = Memo::new(move |_| {
            answer.with(|a| {
                let all = a.as_ref().map(|a| a.cards.as_slice()).unwrap_or_default();
                all.iter().filter(|card| card.state == word).cloned().collect::<Vec<_>>()
            })
        });
        let total = move || {
            answer.with(|a| {
                a.as_ref().and_then(|a| a.counts.iter().find(|(s, _)| s == word)).map_or(0, |(_, n)| *n)
            })
        };
        let today = move || answer.with(|a| a.as_ref().map(|a| a.today).unwrap_or_default());
        let card = move |card: Card| {
            let key = card.id;
            let said = fmt.fill(W::LinesDone, &[&format::count(card.done), &format::count(card.lines)]);
            view! {
                <button type="button" class="card" class:late=card.late data-testid=id::GOODS_CARD data-id=key.to_string() on:click=move |_| ctx.choose(key)>
                    <b class="ell">{card.number.clone()}</b>
                    <span class="ell">{card.partner.clone()}</span>
                    {day_of(&fmt, &card, today())}
                    <span class="muted num" title=said.clone()>{format!("{}/{}", format::count(card.done), format::count(card.lines))}</span>
                    <span class="states">{off(&fmt, &card)}</span>
                    <progress max=card.lines.max(1).to_string() value=card.done.to_string() aria-label=said></progress>
                </button>
            }
        };
        view! {
            <section class="lane" aria-label=fmt.t(name) data-testid=id::GOODS_LANE data-state=word>
                <h3><span aria-hidden="true">{shape}" "</span>{fmt.t(name)}" "<span class="muted num">{move || format::count(total())}</span></h3>
                <div class="cards">{move || own.get().into_iter().take(COLUMN).map(card).collect_view()}
                    {move || own.with(Vec::is_empty).then(|| view! { <p class="muted">{fmt.t(W::NoneHere)}</p> })}</div>
            </section>
        }
    };
    let lanes =
        board.states.iter().copied().filter(|state| state.0 != "cancelled").map(column).collect_view();
    view! {
        <header class="heading"><div class="heading-main"><h2 data-testid=id::DETAIL_TITLE>{fmt.t(board.word)}</h2>
            <p class="muted">{fmt.t(W::BoardText)}</p></div></header>
        <div class="lanes" data-testid=id::GOODS_BOARD>{lanes}</div>
    }
    .into_any()
}

/// The buttons of a paper: what the next step is called with Enter, then the others with their keys.
fn steps(
    next: Option<(String, Box<dyn Fn() + Send>)>,
    others: Vec<(W, &'static str, &'static str, Box<dyn Fn() + Send>)>,
) -> AnyView {
    let fmt = fmt();
    let others = others
        .into_iter()
        .map(|(word, key, testid, press)| parts::button(fmt.t(word), key, testid, press))
        .collect_view();
    view! {
        <div class="act">
            {next.map(|(text, press)| parts::go_button(text, "Enter", id::GOODS_NEXT, press))}
            {others}
            {parts::button(fmt.t(W::BackToBoard), "Esc", id::GOODS_BACK, move || ctx().choose(""))}
        </div>
    }
    .into_any()
}

/// A quantity of a line; nothing is quiet.
fn number(quantity: Quantity) -> AnyView {
    view! { <td class="num" class:nil=quantity == Quantity::ZERO>{format::qty(quantity)}</td> }.into_any()
}

/// Parts of a cell that stand under one another; a code is never broken, what there is of it may stand below.
fn stacked(parts: impl IntoIterator<Item = String>) -> AnyView {
    let whole = |text: &str| view! { <span class="code">{text.to_owned()}</span> };
    let part = |part: String| {
        let (code, many) = part.rsplit_once(" × ").unwrap_or((&part, ""));
        let many = (!many.is_empty()).then(|| whole(&format!("× {many}")));
        view! { <span class="part">{whole(code)}" "{many}</span> }
    };
    parts.into_iter().map(part).collect_view().into_any()
}

/// A table of lines, of which one is chosen.
fn lines_table(label: W, heads: &[(W, bool)], body: AnyView, out: Option<Takeout>) -> AnyView {
    let fmt = fmt();
    let head = heads
        .iter()
        .map(|(word, number)| view! { <th scope="col" class:num=*number>{fmt.t(*word)}</th> })
        .collect_view();
    view! {
        <div class="grid-box">
            <table class="grid lines" aria-label=fmt.t(label)><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>
        </div>
        <div class="under"><span class="muted">{fmt.t(W::LinesKeys)}</span>{out.map(|out| out.button(false))}</div>
    }
    .into_any()
}

/// `SKU quantity, SKU quantity; …`, as people type it.
fn typed_lines(text: &str) -> Result<Vec<(String, Quantity)>, String> {
    let mut lines = Vec::new();
    for part in text.split([',', ';', '，', '；', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
        let (sku, quantity) = part.rsplit_once([' ', '×', '*', '\t']).ok_or_else(|| part.to_owned())?;
        let quantity = Quantity::parse(&format::typed(quantity.trim()))
            .filter(|q| q.0 > 0)
            .ok_or_else(|| part.to_owned())?;
        lines.push((sku.trim_end_matches([' ', '×', '*']).trim().to_owned(), quantity));
    }
    Ok(lines)
}

/// What a field refuses, said in the dialog.
fn wrong(text: String) -> ApiError {
    ApiError { code: contract::Code::BadInput, message: text, trace_id: String::new() }
}

/// A day as people type it; empty is none.
fn typed_day(text: &str) -> Result<Option<Day>, ApiError> {
    match text.trim() {
        "" => Ok(None),
        text => Day::parse(text).map(Some).ok_or_else(|| wrong(fmt().fill(W::WrongDay, &[text]))),
    }
}

/// Lines as people type them, or what is wrong with one.
fn lines_or(text: &str) -> Result<Vec<(String, Quantity)>, ApiError> {
    typed_lines(text).map_err(|part| wrong(fmt().fill(W::WrongLine, &[&part])))
}

/// A quantity as people type it.
fn typed_quantity(text: &str) -> Quantity {
    Quantity::parse(&format::typed(text)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_people_type_them() {
        let q = Quantity::of;
        assert_eq!(
            typed_lines("AB-1 5, C D 2.5；E×3;"),
            Ok(vec![("AB-1".into(), q(5)), ("C D".into(), Quantity(2_500)), ("E".into(), q(3))])
        );
        assert_eq!(typed_lines("AB-1"), Err("AB-1".into()));
        assert_eq!(typed_lines("AB-1 none"), Err("AB-1 none".into()));
        assert_eq!(typed_lines("AB-1 0"), Err("AB-1 0".into()));
    }
}
