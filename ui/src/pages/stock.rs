//! Items and what is left of them, the fewest days of cover first.

use super::split;
use crate::chart::{Picture, chart, chart_lang};
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::{live, paged};
use crate::parts::{self, cell, fact, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::{self, Row, rows, step, td};
use crate::testids as id;
use crate::wording;
use charts::{DayMark, DayMarkKind, Quantiles, StockProjection};
use contract::*;
use leptos::prelude::*;
use units::{Day, ItemId, Quantity};

/// Heads of a list that sort it: class, word, order.
pub fn sort_heads<S: Copy + PartialEq + Send + Sync + 'static>(
    sort: RwSignal<S>,
    heads: Vec<(&'static str, W, Option<S>)>,
) -> AnyView {
    let fmt = fmt();
    let cells = heads
        .into_iter()
        .map(|(class, word, by)| match by {
            None => view! { <span role="columnheader" class=class>{fmt.t(word)}</span> }.into_any(),
            Some(by) => {
                let on = move || sort.get() == by;
                view! {
                    <span role="columnheader" class=class aria-sort=move || if on() { "ascending" } else { "none" }>
                        <button type="button" class="sort" class:on=on data-sort=fmt.t(word) on:click=move |_| sort.set(by)>{fmt.t(word)}<span aria-hidden="true">{move || on().then_some(" ▾")}</span></button>
                    </span>
                }
                .into_any()
            }
        })
        .collect_view();
    view! { <div class="vhead" role="row">{cells}</div> }.into_any()
}

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let filter = RwSignal::new(String::new());
    let sort = RwSignal::new(StockSort::default());
    let list = paged(
        move |offset, limit| ListStock { filter: filter.get(), sort: sort.get(), offset, limit },
        |page: StockPage| (page.total, page.rows),
    );
    let chosen = Memo::new(move |_| {
        ctx.route.with(|r| r.row.parse().ok().map(ItemId)).or_else(|| list.row(0).map(|r| r.item))
    });
    let at = Signal::derive(move || chosen.get().and_then(|c| list.position(|r| r.item == c)));
    let total = Signal::derive(move || list.total.get().unwrap_or(0) as usize);
    let choose = move |index: usize| {
        if let Some(row) = untrack(|| list.row(index)) {
            ctx.choose(row.item);
        }
        true
    };
    on_act(move |act| match act {
        Act::Move(n) => step(at.get_untracked(), n, total.get_untracked()).is_some_and(choose),
        Act::First => choose(0),
        Act::Last => choose(total.get_untracked().saturating_sub(1)),
        Act::Open => {
            if let Some(item) = chosen.get_untracked() {
                ctx.go(Route::row(Page::Demand, item));
            }
            true
        }
        _ => false,
    });
    let row = move |index: usize| {
        let Some(r) = list.row(index) else {
            return Row {
                testid: id::STOCK_ROW,
                id: String::new(),
                class: "cols-stock",
                marked: false,
                cells: ().into_any(),
            };
        };
        let today = ctx.today();
        let out = r.stock_out_day.map(|d| fmt.day_near(d, today)).unwrap_or_default();
        let hot = r.on_hand.is_some() && r.available.0 <= 0;
        let cells = view! {
            <span role="gridcell" class="ell name" title=format!("{} · {}", r.sku, r.name)><b>{r.name.clone()}</b>" "<small class="muted">{r.sku.clone()}</small></span>
            {td("num", r.on_hand.map_or("—".into(), |_| format::qty(r.available)))}
            <span role="gridcell" class="num" class:mark=hot class:h=hot>{hot.then_some("▲ ")}{r.cover_days_tenths.map_or("—".to_owned(), format::tenths)}</span>
            {td("num muted", out)}
        }
        .into_any();
        Row { testid: id::STOCK_ROW, id: r.item.to_string(), class: "cols-stock", marked: false, cells }
    };
    let body = rows(fmt.t(W::PageStock), total, at, Some(list.seen), row, move |i, _| {
        choose(i);
    });
    let nothing = Memo::new(move |_| list.total.get() == Some(0) && filter.with(String::is_empty));
    let left = view! {
        {parts::list_head(W::PageStock, move || list.total.get().map_or(String::new(), |n| fmt.n(W::CountItems, n)))}
        {parts::filter(filter, W::FilterItems)}
        <div class="cols-stock">{sort_heads(sort, vec![
            ("name", W::Item, Some(StockSort::Name)),
            ("num", W::Available, Some(StockSort::OnHand)),
            ("num", W::CoverDays, Some(StockSort::Cover)),
            ("num", W::RunsOutShort, None),
        ])}</div>
        {move || list.error.get().map(|e| parts::error(&e))}
        {body}
    }
    .into_any();
    let detail = move || {
        if nothing.get() {
            parts::empty(
                W::EmptyStock,
                W::EmptyStockText,
                vec![(
                    W::ImportFile,
                    Box::new(move || {
                        ctx.go(Route { page: Page::Data, row: "stock".into(), tab: String::new() })
                    }),
                )],
            )
        } else {
            item_detail(chosen)
        }
    };
    split(left, detail.into_any())
}

fn item_detail(chosen: Memo<Option<ItemId>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(move || chosen.get().map(|item| GetItem { item }));
    let shown = Memo::new(move |_| {
        let item = chosen.get()?;
        answer.data.with(|d| d.as_ref().filter(|d| d.stock.item == item).cloned())
    });
    let day = Memo::new(move |_| fmt.day_of(ctx.now.get()));
    let head = move || match shown.get() {
        None => answer.error.get().map_or_else(|| ().into_any(), |e| parts::error(&e)),
        Some(d) => {
            let as_of = match d.stock.as_of {
                Some(as_of) => fmt.fill(W::AsOf, &[&fmt.day_near(as_of, day.get())]),
                None => fmt.t(W::NeverCounted).to_owned(),
            };
            let category = d.stock.category.clone().unwrap_or_default();
            parts::heading(
                None,
                d.stock.name.clone(),
                [d.stock.sku.clone(), category, wording::item_line(&fmt, &d, day.get())]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join(" · "),
                as_of,
                fmt.t(W::SourceImported).to_owned(),
            )
        }
    };
    let figures = move || {
        shown.get().map(|d| {
            let s = &d.stock;
            let unit = s.unit.clone();
            let unknown = s.on_hand.is_none();
            parts::facts(vec![
                fact("on-hand", W::OnHand, s.on_hand.map_or("—".into(), format::qty))
                    .unit(unit.clone())
                    .doubtful(unknown),
                fact("allocated", W::Allocated, format::qty(s.allocated)).unit(unit.clone()),
                fact("available", W::Available, format::qty(s.available))
                    .unit(unit.clone())
                    .title(fmt.t(W::SumAvailable))
                    .doubtful(unknown),
                fact("on-order", W::OnOrder, format::qty(s.on_order)).unit(unit.clone()),
                fact("cover", W::Cover, s.cover_days_tenths.map_or("—".into(), format::tenths))
                    .unit(fmt.t(W::UnitDay)),
                fact("value", W::Value, s.value.map_or("—".into(), |v| fmt.money(v)))
                    .assumed(d.unit_cost_assumed),
            ])
        })
    };
    let picture = move || {
        shown.with(|d| {
            let d = d.as_ref()?;
            let (history_start, history) = levels(&d.movements, d.projection_start);
            Some(Picture::Stock(StockProjection {
                title: d.stock.name.clone(),
                unit: d.stock.unit.clone(),
                history_start,
                history,
                start: d.projection_start,
                projection: Quantiles {
                    levels: vec![0.1, 0.5, 0.9],
                    values: d.projection.iter().map(|p| p.iter().map(|q| q.to_f64()).collect()).collect(),
                },
                reorder_point: d.reorder_point.map(Quantity::to_f64),
                order_up_to: None,
                stock_out_day: d.stock.stock_out_day,
                marks: vec![DayMark {
                    day: d.projection_start.plus(i32::from(d.lead_time_days)),
                    kind: DayMarkKind::Arrival,
                    label: fmt.t(W::IfOrderedNow).to_owned(),
                }],
                lang: chart_lang(fmt.lang),
            }))
        })
    };
    let facts = move || {
        shown.get().map(|d| {
            let marked =
                |assumed: bool| if assumed { fmt.t(W::AssumedLong).to_owned() } else { String::new() };
            let unit = &d.stock.unit;
            parts::reasons(vec![
                (fmt.t(W::Supplier).into(), d.supplier.clone().unwrap_or_else(|| "—".into()), String::new()),
                (fmt.t(W::LeadTime).into(), fmt.days(d.lead_time_days), marked(d.lead_time_assumed)),
                (fmt.t(W::UnitCost).into(), fmt.money_exact(d.unit_cost), marked(d.unit_cost_assumed)),
                (
                    fmt.t(W::PackSize).into(),
                    wording::with_uom(d.pack_size, unit),
                    marked(d.pack_size_assumed),
                ),
                (
                    fmt.t(W::ReorderPoint).into(),
                    d.reorder_point.map_or("—".into(), |q| wording::with_uom(q, unit)),
                    fmt.fill(W::AtServiceLevel, &[&fmt.percent(d.service_level)]),
                ),
                (
                    fmt.t(W::DemandADay).into(),
                    d.stock.demand_per_day.map_or("—".into(), |q| wording::with_uom(q, unit)),
                    fmt.t(W::SourceForecast).into(),
                ),
            ])
        })
    };
    let ledger = move || {
        shown.get().map(|d| {
            let today = day.get();
            let rows = d
                .movements
                .iter()
                .map(|m| {
                    let sign = if m.quantity.0 > 0 { "+" } else { "" };
                    (
                        m.day.to_string(),
                        vec![
                            cell(fmt.day_near(m.day, today)),
                            cell(wording::kind(&fmt, &m.kind)),
                            cell(format!("{sign}{}", format::qty(m.quantity))),
                            cell(format::qty(m.on_hand)),
                            cell(m.source.clone()),
                        ],
                    )
                })
                .collect::<Vec<_>>();
            if rows.is_empty() {
                return ().into_any();
            }
            view! {
                <section class="card"><h3>{fmt.t(W::Ledger)}</h3>
                {grid(W::Ledger, &[(W::DayWord, false), (W::Kind, false), (W::ChangeWord, true), (W::OnHand, true), (W::Source, false)], rows, id::MOVEMENT_ROW)}
                </section>
            }
            .into_any()
        })
    };
    let found = move || shown.get().map(|d| parts::findings(&d.findings, 12));
    view! {
        {head}{figures}
        {chart(picture, move || fmt.t(W::StockCaption).to_owned(), 230)}
        <div class="act">
            {parts::button(fmt.t(W::OpenDemand), "↵", id::OPEN_DEMAND, move || if let Some(item) = chosen.get_untracked() { ctx.go(Route::row(Page::Demand, item)) })}
            {parts::button(fmt.t(W::GoReplenish), "", id::OPEN_ITEM, move || ctx.go(Route::page(Page::Replenish)))}
        </div>
        {facts}{found}{ledger}
    }
    .into_any()
}

/// The level at the end of each of the last days, from movements newest first. Between two movements it stood still.
pub fn levels(movements: &[MovementRow], start: Day) -> (Day, Vec<Option<f64>>) {
    const DAYS: i32 = 28;
    let first = start.plus(-DAYS);
    let history = (0..DAYS)
        .map(|i| {
            let day = first.plus(i);
            movements.iter().find(|m| m.day <= day).map(|m| m.on_hand.to_f64())
        })
        .collect::<Vec<_>>();
    if history.iter().all(Option::is_none) { (start, Vec::new()) } else { (first, history) }
}

/// Where a list without pages is: used by pages with all rows at hand.
pub fn move_in<T: Send + Sync + 'static>(rows: Memo<Vec<T>>, at: Option<usize>, act: Act) -> Option<usize> {
    let total = rows.with_untracked(Vec::len);
    match act {
        Act::Move(n) => table::step(at, n, total),
        Act::First => (total > 0).then_some(0),
        Act::Last => total.checked_sub(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_stands_still_between_movements() {
        let at = |day: i32, on_hand: i64| MovementRow {
            day: Day(day),
            kind: "import".into(),
            quantity: Quantity::of(1),
            on_hand: Quantity::of(on_hand),
            source: String::new(),
        };
        let (first, history) = levels(&[at(98, 5), at(80, 9)], Day(100));
        assert_eq!(first, Day(72));
        assert_eq!(
            (history[0], history[8], history[25], history[26], history[27]),
            (None, Some(9.0), Some(9.0), Some(5.0), Some(5.0))
        );
        assert_eq!(levels(&[], Day(100)), (Day(100), vec![]));
    }
}
