//! What to look at in stock, a part of Stock: each doubt with the fix that Enter does, and beside it where the item lies.

use super::{ledger, split};
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::parts;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::takeout::{Takeout, whole};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use units::ItemId;

/// Rows of each kind that are shown; the head says how many there are.
const EACH: u32 = 50;

/// The bin of what nobody said the place of.
const NO_BIN: BinId = BinId(1);

fn kind(word: &str) -> Option<(W, W)> {
    Some(match word {
        "negative" => (W::DoubtNegative, W::CorrectDots),
        "expired" => (W::DoubtExpired, W::HoldDots),
        "duplicate-sku" => (W::DoubtDuplicate, W::OpenItemWord),
        "unit-clash" => (W::DoubtUnit, W::OpenItemWord),
        "over-capacity" => (W::DoubtOver, W::MoveDots),
        "wrong-class" => (W::DoubtClass, W::MoveDots),
        "no-expiry" => (W::DoubtNoExpiry, W::ExpiryDots),
        "no-bin" => (W::DoubtNoBin, W::MoveDots),
        "back-dated" => (W::DoubtBackDated, W::OpenItemWord),
        _ => return None,
    })
}

/// What a doubt is called.
pub fn kind_word(fmt: &Fmt, word: &str) -> Option<String> {
    kind(word).map(|(title, _)| fmt.t(title).to_owned())
}

/// The columns of the list in a file.
const OUT: [(&str, W); 9] = [
    ("kind", W::Kind),
    ("sku", W::FieldSku),
    ("name", W::Item),
    ("lot", W::LotWord),
    ("expiry", W::ExpiryWord),
    ("bin", W::BinWord),
    ("stands", W::StandsWord),
    ("quantity", W::Quantity),
    ("detail", W::Detail),
];

/// Does what mends a doubt: asks for what is missing, or leads to the item.
fn fix(row: &StockWorkRow) {
    let place = row.bin.map(|bin| StandingRow {
        lot: row.lot,
        lot_code: row.lot_code.clone(),
        expiry: row.expiry,
        expired: row.kind == "expired",
        lot_status: None,
        bin,
        bin_code: row.bin_code.clone().unwrap_or_default(),
        no_bin: row.bin == Some(NO_BIN),
        standing: row.standing.clone().unwrap_or_default(),
        quantity: row.quantity,
    });
    match (row.kind.as_str(), place, row.lot) {
        ("negative", Some(place), _) => ledger::count(row.item, place),
        ("no-bin" | "over-capacity" | "wrong-class", Some(place), _)
            if matches!(place.standing.as_str(), "allocated" | "picked") =>
        {
            open(row.item)
        }
        ("no-bin" | "over-capacity" | "wrong-class", Some(place), _) => ledger::shift(row.item, &place),
        ("expired", _, Some(lot)) => {
            ledger::decide(lot, row.lot_code.as_deref().unwrap_or_default(), false);
        }
        ("no-expiry", _, Some(lot)) => {
            ledger::set_expiry(lot, row.lot_code.as_deref().unwrap_or_default(), row.expiry);
        }
        _ => open(row.item),
    }
}

/// What else there is to say; the classes of a mismatch in the screen's language.
fn said(fmt: &Fmt, row: &StockWorkRow) -> Option<String> {
    let detail = row.detail.clone()?;
    if row.kind != "wrong-class" {
        return Some(detail);
    }
    let word = |word: &str| {
        super::warehouse::class_word(word).map_or(word.to_owned(), |shown| fmt.t(shown).to_owned())
    };
    let (wants, has) = detail.split_once(" > ")?;
    Some(format!("{} ≠ {}", word(wants), word(has)))
}

fn open(item: ItemId) {
    ctx().go(Route::row(Page::Stock, item));
}

/// The list, and beside it the item of the row chosen.
pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(ListStockWork { each: EACH }));
    let rows =
        Memo::new(move |_| answer.data.with(|d| d.as_ref().map(|d| d.rows.clone()).unwrap_or_default()));
    let at = Memo::new(move |_| {
        let last = rows.with(Vec::len).checked_sub(1)?;
        Some(ctx.route.with(|r| r.row.parse::<usize>().unwrap_or(0)).min(last))
    });
    let chosen =
        Memo::new(move |_| at.get().and_then(|at| rows.with(|rows| rows.get(at).map(|row| row.item))));
    let may = move || ctx.site.with(|s| s.as_ref().is_some_and(|s| s.role != "viewer"));
    let go = move |n: i32| {
        step(at.get_untracked(), n, rows.with_untracked(Vec::len)).map(|to| ctx.choose(to)).is_some()
    };
    on_act(move |act| match act {
        Act::Move(n) => go(n),
        Act::First => go(i32::MIN / 2),
        Act::Last => go(i32::MAX / 2),
        Act::Open => {
            let row = at.get_untracked().and_then(|at| rows.with_untracked(|rows| rows.get(at).cloned()));
            if let Some(row) = row {
                if may() { fix(&row) } else { open(row.item) }
            }
            true
        }
        _ => false,
    });
    let body = move || {
        let counts = answer.data.with(|d| d.as_ref().map(|d| d.counts.clone()).unwrap_or_default());
        let all = rows.get();
        if counts.iter().all(|(_, n)| *n == 0) {
            return answer
                .data
                .with(Option::is_some)
                .then(|| view! { <p class="muted pad" role="status">{fmt.t(W::NoDoubts)}</p> }.into_any());
        }
        let groups = counts
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .filter_map(|(word, n)| {
                let (title, does) = kind(&word)?;
                let lines = all
                    .iter()
                    .enumerate()
                    .filter(|(_, row)| row.kind == word)
                    .map(|(index, row)| line(index, row, does, at, may()))
                    .collect_view();
                Some(view! {
                    <h3 class="pad">{fmt.t(title)}" "<span class="muted">{format::count(n)}</span></h3>{lines}
                })
            })
            .collect_view();
        Some(groups.into_any())
    };
    let total =
        move || answer.data.with(|d| d.as_ref().map_or(0, |d| d.counts.iter().map(|(_, n)| n).sum::<u64>()));
    let left = view! {
        {parts::list_head(Page::Stock.word(), move || format::count(total()))}
        {super::stock_tabs()}
        <div class="tools end">{Takeout::card("stock-work", W::TabDoubts, &OUT, || whole(&ListStockWork { each: 0 })).button(true)}</div>
        {move || answer.error.get().map(|e| parts::error(&e))}
        <div class="scroll">{body}</div>
    }
    .into_any();
    let detail = view! {
        {move || at.get().and_then(|at| rows.with(|rows| rows.get(at).cloned())).map(|row| {
            parts::heading(None, row.name, row.sku, row.detail.unwrap_or_default(), String::new())
        })}
        {ledger::cards(chosen, RwSignal::new(None))}
    };
    split(left, detail.into_any())
}

fn line(index: usize, row: &StockWorkRow, does: W, at: Memo<Option<usize>>, may: bool) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let on = move || at.get() == Some(index);
    let mended = row.clone();
    let what =
        [row.lot_code.clone(), row.bin_code.clone().filter(|_| row.bin != Some(NO_BIN)), said(&fmt, row)]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ");
    view! {
        <div class="row doubt" class:sel=on data-testid=id::STOCK_DOUBT data-id=index.to_string() on:click=move |_| ctx.choose(index)>
            <span class="t ell">{row.name.clone()}" "<small class="muted">{row.sku.clone()}</small></span>
            <span class="num">{format::qty(row.quantity)}</span>
            <span class="s ell">{what}</span>
            <span class="s num">{may.then(|| parts::plain_button(move || fmt.t(does), id::FIX_DOUBT, move || fix(&mended)))}</span>
        </div>
    }
    .into_any()
}
