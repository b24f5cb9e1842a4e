//! Items and what is left of them, the fewest days of cover first.

use super::items::{self, Items};
use crate::chart::{Picture, chart, chart_lang};
use crate::columns::{Column, Table, number, text};
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::{live, paged};
use crate::parts::{self, fact};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::table::{self, td};
use crate::testids as id;
use crate::wording;
use charts::{DayMark, DayMarkKind, Quantiles, StockProjection};
use contract::*;
use leptos::prelude::*;
use units::{Day, ItemId, Quantity};

const COLUMNS: [Column<StockSort>; 10] = [
    text("name", W::Item, 110).grows().up(StockSort::Name),
    number("available", W::Available, 56).down(StockSort::Available),
    number("cover", W::CoverDays, 50).up(StockSort::Cover),
    number("runs-out", W::RunsOutShort, 56).up(StockSort::RunsOut),
    number("on-hand", W::OnHand, 56).down(StockSort::OnHand).hidden(),
    number("allocated", W::Allocated, 56).hidden(),
    number("on-order", W::OnOrder, 56).hidden(),
    number("demand", W::DemandADay, 70).down(StockSort::Demand).hidden(),
    number("value", W::Value, 80).down(StockSort::Value).hidden(),
    text("category", W::FieldCategory, 80).up(StockSort::Category).hidden(),
];

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let table = Table::new("stock", &COLUMNS, "cover");
    let list = paged(
        move |offset, limit| {
            let (sort, reverse) = table.sort().unwrap_or_default();
            ListStock { filter: table.filter().get(), sort, reverse, offset, limit }
        },
        |page: StockPage| (page.total, page.rows),
    );
    let day = Memo::new(move |_| fmt.day_of(ctx.now.get()));
    let cell = move |r: &StockRow, key: &'static str| {
        let known = |q: Quantity| r.on_hand.map_or("—".into(), |_| format::qty(q));
        match key {
            "available" => td("num", known(r.available)),
            "cover" => {
                let hot = r.on_hand.is_some() && r.available.0 <= 0;
                let cover = r.cover_days_tenths.map_or("—".to_owned(), format::tenths);
                view! { <span role="gridcell" class="num" class:mark=hot class:h=hot>{hot.then_some("▲ ")}{cover}</span> }.into_any()
            }
            "runs-out" => {
                td("num muted", r.stock_out_day.map(|d| fmt.day_near(d, day.get())).unwrap_or_default())
            }
            "on-hand" => td("num", r.on_hand.map_or("—".into(), format::qty)),
            "allocated" => td("num", format::qty(r.allocated)),
            "on-order" => td("num", format::qty(r.on_order)),
            "demand" => td("num", r.demand_per_day.map_or("—".into(), format::qty)),
            "value" => td("num", r.value.map_or("—".into(), |v| fmt.money(v))),
            "category" => td("ell", r.category.clone().unwrap_or_default()),
            _ => items::name(&r.name, &r.sku),
        }
    };
    let this = Items {
        page: Page::Stock,
        other: Page::Demand,
        testid: id::STOCK_ROW,
        table,
        list,
        item: |r: &StockRow| r.item,
        empty: (W::EmptyStock, W::EmptyStockText, "stock"),
    };
    let note = move || list.total.get().map_or(String::new(), |n| fmt.n(W::CountItems, n));
    items::page(this, note, cell, item_detail)
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
    let found = move || shown.get().map(|d| parts::findings(&d.findings, 12));
    view! {
        {head}{figures}
        {chart(picture, move || fmt.t(W::StockCaption).to_owned(), 230)}
        <div class="act">
            {parts::button(fmt.t(W::OpenDemand), "↵", id::OPEN_DEMAND, move || if let Some(item) = chosen.get_untracked() { ctx.go(Route::row(Page::Demand, item)) })}
            {parts::button(fmt.t(W::GoReplenish), "", id::OPEN_ITEM, move || ctx.go(Route::page(Page::Replenish)))}
        </div>
        {facts}{found}
        {super::master::cards(chosen)}
        {super::ledger::cards(chosen)}
        {super::handling::cards(chosen)}
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
