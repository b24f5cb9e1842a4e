//! A long list of items, a page of rows at a time, with the detail of the one chosen: the frame of Stock and Demand.

use super::split;
use crate::columns::Table;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::Paged;
use crate::parts;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::{Long, Row, rows, step};
use leptos::prelude::*;
use units::ItemId;

/// What sets two such pages apart.
pub struct Items<R: Send + Sync + 'static, S: 'static> {
    /// The page.
    pub page: Page,
    /// The page that Enter opens the item on.
    pub other: Page,
    /// `data-testid` of a row.
    pub testid: &'static str,
    /// Its columns, sort and filter.
    pub table: Table<S>,
    /// Its rows.
    pub list: Paged<R>,
    /// The item of a row.
    pub item: fn(&R) -> ItemId,
    /// What an empty page says, and what is to be imported into it.
    pub empty: (W, W, &'static str),
}

/// The page: `note` stands beside its heading, `cell` makes a column's cell of a row, `detail` shows the item chosen.
pub fn page<R, S>(
    items: Items<R, S>,
    note: impl Fn() -> String + Send + Sync + 'static,
    cell: impl Fn(&R, &'static str) -> AnyView + Send + Sync + 'static,
    detail: impl Fn(Memo<Option<ItemId>>) -> AnyView + Send + Sync + 'static,
) -> AnyView
where
    R: Clone + PartialEq + Send + Sync + 'static,
    S: Copy + PartialEq + Send + Sync + 'static,
{
    let (ctx, fmt) = (ctx(), fmt());
    let Items { page, other, testid, table, list, item, empty } = items;
    let chosen = Memo::new(move |_| {
        ctx.route.with(|r| r.row.parse().ok().map(ItemId)).or_else(|| list.row(0).map(|r| item(&r)))
    });
    let at = Signal::derive(move || chosen.get().and_then(|c| list.position(|r| item(r) == c)));
    let total = Signal::derive(move || list.total.get().unwrap_or(0) as usize);
    let choose = move |index: usize| {
        if let Some(row) = untrack(|| list.row(index)) {
            ctx.choose(item(&row));
        }
        true
    };
    on_act(move |act| match act {
        Act::Move(n) => step(at.get_untracked(), n, total.get_untracked()).is_some_and(choose),
        Act::First => choose(0),
        Act::Last => choose(total.get_untracked().saturating_sub(1)),
        Act::Open => {
            if let Some(item) = chosen.get_untracked() {
                ctx.go(Route::row(other, item));
            }
            true
        }
        _ => false,
    });
    let row = move |_: usize, r: &R| Row {
        testid,
        id: item(r).to_string(),
        class: "",
        marked: false,
        cells: table.cells(|key| cell(r, key)),
    };
    let long = Long { label: fmt.t(page.word()), total, chosen: at, seen: Some(list.seen), tall: false };
    let body = rows(
        long,
        move |i| list.row(i),
        row,
        move |i, _| {
            choose(i);
        },
    );
    let filter = table.filter();
    let none = Memo::new(move |_| list.total.get() == Some(0));
    let nothing = Memo::new(move |_| none.get() && filter.with(String::is_empty));
    let left = view! {
        {parts::list_head(page.word(), note)}
        {(page == Page::Stock).then(super::stock_tabs)}
        {table.tools(W::FilterItems)}
        {move || list.error.get().map(|e| parts::error(&e))}
        {move || (none.get() && !nothing.get()).then(|| view! { <p class="muted pad" role="status">{fmt.t(W::NothingFound)}</p> })}
        {table.boxed(body)}
    }
    .into_any();
    let detail = move || {
        if nothing.get() {
            let (title, text, file) = empty;
            let import = move || ctx.go(Route { page: Page::Data, row: file.into(), tab: String::new() });
            parts::empty(title, text, vec![(W::ImportFile, Box::new(import))])
        } else {
            detail(chosen)
        }
    };
    split(left, detail.into_any())
}

/// The cell of an item's name.
pub fn name(name: &str, sku: &str) -> AnyView {
    view! { <span role="gridcell" class="ell name" title=format!("{sku} · {name}")><b>{name.to_owned()}</b>" "<small class="muted">{sku.to_owned()}</small></span> }
        .into_any()
}
