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
use crate::takeout::whole;
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
    let ask = move |offset, limit| {
        let (sort, reverse) = table.sort().unwrap_or_default();
        ListStock { filter: table.filter().get(), sort, reverse, offset, limit }
    };
    let table = table.takes(W::PageStock, move || untrack(|| whole(&ask(0, 0))));
    let list = paged(ask, |page: StockPage| (page.total, page.rows));
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
    // The level over time is the ledger's; the day that the cards below look at is marked on it.
    let past = live(move || chosen.get().map(|item| GetItemStock { item, day: None, limit: 0 }));
    let as_of_day = RwSignal::new(None::<Day>);
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
            let past =
                past.data.with(|p| p.as_ref().filter(|p| p.item == d.stock.item).map(|p| p.history.clone()));
            let (history_start, history) = levels(&past.unwrap_or_default(), d.projection_start);
            let looked_at = as_of_day.get().filter(|day| *day < d.projection_start).map(|day| DayMark {
                day,
                kind: DayMarkKind::Event,
                label: fmt.t(W::AsOfDay).to_owned(),
            });
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
                marks: std::iter::once(DayMark {
                    day: d.projection_start.plus(i32::from(d.lead_time_days)),
                    kind: DayMarkKind::Arrival,
                    label: fmt.t(W::IfOrderedNow).to_owned(),
                })
                .chain(looked_at)
                .collect(),
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
    let sku = move || shown.with_untracked(|d| d.as_ref().map(|d| d.stock.sku.clone()));
    let found = move || shown.get().map(|d| parts::findings(&d.findings, 12));
    view! {
        {head}{figures}
        {chart(picture, move || fmt.t(W::StockCaption).to_owned(), 230)}
        <div class="act">
            {parts::button(fmt.t(W::OpenDemand), "↵", id::OPEN_DEMAND, move || if let Some(item) = chosen.get_untracked() { ctx.go(Route::row(Page::Demand, item)) })}
            {parts::button(fmt.t(W::TraceDots), "", id::TRACE_ITEM, move || if let Some(sku) = sku() { ctx.go(super::recall::route("sku", &sku)) })}
            {parts::button(fmt.t(W::PrintLabelDots), "", id::LABEL_ITEM, move || if let Some(sku) = sku() { super::labels::open_for("Sku", &sku) })}
            {parts::button(fmt.t(W::GoReplenish), "", id::OPEN_ITEM, move || ctx.go(Route::page(Page::Replenish)))}
        </div>
        {facts}{found}
        {super::master::cards(chosen)}
        {super::ledger::cards(chosen, as_of_day)}
        {super::handling::cards(chosen)}
    }
    .into_any()
}

/// The level at the end of each of the last days, from the days on which it changed, the oldest first. Between two it stood still.
pub fn levels(changes: &[(Day, Quantity)], start: Day) -> (Day, Vec<Option<f64>>) {
    const DAYS: i32 = 91;
    let first = start.plus(-DAYS);
    let history = (0..DAYS)
        .map(|i| {
            let day = first.plus(i);
            let known = changes.partition_point(|change| change.0 <= day);
            known.checked_sub(1).map(|at| changes[at].1.to_f64())
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
        let at = |day: i32, on_hand: i64| (Day(day), Quantity::of(on_hand));
        let (first, history) = levels(&[at(17, 9), at(98, 5)], Day(100));
        assert_eq!((first, history.len()), (Day(9), 91));
        assert_eq!(
            (history[7], history[8], history[88], history[89], history[90]),
            (None, Some(9.0), Some(9.0), Some(5.0), Some(5.0))
        );
        assert_eq!(levels(&[], Day(100)), (Day(100), vec![]));
    }
}
