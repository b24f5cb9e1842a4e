//! What will be asked for, item by item: history, forecast, and what the forecast is worth.

use super::items::{self, Items};
use super::overrides;
use crate::chart::{Picture, chart, chart_lang, spark};
use crate::columns::{Column, Table, number, text};
use crate::format::{self, Fmt};
use crate::i18n::W;
use crate::live::{live, paged};
use crate::parts::{self, cell, fact, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::table::td;
use crate::takeout::whole;
use crate::testids as id;
use crate::wording;
use charts::{DayMark, DayMarkKind, DemandChart, Quantiles};
use contract::*;
use leptos::prelude::*;
use units::ItemId;

/// Runs of days without stock that are listed; the chart marks them all.
const STOCK_OUTS_SHOWN: usize = 12;

const COLUMNS: [Column<DemandSort>; 7] = [
    text("name", W::Item, 110).grows().up(DemandSort::Name),
    text("weeks", W::Last26Weeks, 65),
    number("next", W::Next4Weeks, 72).down(DemandSort::Value),
    number("error", W::Rmsse, 44).down(DemandSort::Error),
    number("last", W::Last4Weeks, 72).hidden(),
    number("value", W::ValueAtCost, 80).hidden(),
    text("model", W::Model, 90).hidden(),
];

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let table = Table::new("demand", &COLUMNS, "next");
    let about = RwSignal::new(None::<(Option<units::Timestamp>, Option<(units::Day, units::Day)>)>);
    let ask = move |offset, limit| {
        let (sort, reverse) = table.sort().unwrap_or_default();
        ListDemand { filter: table.filter().get(), sort, reverse, offset, limit }
    };
    let table = table.takes(W::PageDemand, move || untrack(|| whole(&ask(0, 0))));
    let list = paged(ask, move |page: DemandPage| {
        if about.try_get_untracked() != Some(Some((page.forecast_at, page.span))) {
            about.try_set(Some((page.forecast_at, page.span)));
        }
        (page.total, page.rows)
    });
    let grain = RwSignal::new(Grain::default());
    let cell = move |r: &DemandRow, key: &'static str| match key {
        "weeks" => {
            let weeks: Vec<f64> = r.weeks.iter().map(|w| w.to_f64()).collect();
            view! { <span role="gridcell">{spark(&weeks)}</span> }.into_any()
        }
        "next" => {
            let mark =
                r.overridden.then(|| view! { <span class="tick" title=fmt.t(W::Overrides)>"✎ "</span> });
            view! { <span role="gridcell" class="num">{mark}{r.next_4_weeks.map_or("—".into(), format::qty)}</span> }.into_any()
        }
        "error" => td("num", r.rmsse_milli.map_or("—".into(), |e| format::decimal(e, 2))),
        "last" => td("num", format::qty(r.last_4_weeks)),
        "value" => td("num", r.next_value.map_or("—".into(), |v| fmt.money(v))),
        "model" => td("ell muted", r.model.as_deref().map(|m| wording::model(&fmt, m)).unwrap_or_default()),
        _ => items::name(&r.name, &r.sku),
    };
    let note = move || {
        let count = list.total.get().map_or(String::new(), |n| fmt.n(W::CountItems, n));
        match about.get() {
            Some((Some(made), _)) => {
                format!("{count} · {}", fmt.fill(W::ForecastAt, &[&fmt.when(made, ctx.now.get_untracked())]))
            }
            Some((None, Some(_))) => format!("{count} · {}", fmt.t(W::NoForecastYet)),
            _ => count,
        }
    };
    let this = Items {
        page: Page::Demand,
        other: Page::Stock,
        testid: id::DEMAND_ROW,
        table,
        list,
        item: |r: &DemandRow| r.item,
        empty: (W::EmptyDemand, W::EmptyDemandText, "orders"),
    };
    items::page(this, note, cell, move |chosen| demand_detail(chosen, grain))
}

fn demand_detail(chosen: Memo<Option<ItemId>>, grain: RwSignal<Grain>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(move || chosen.get().map(|item| GetDemand { item, grain: grain.get() }));
    let shown = Memo::new(move |_| {
        let item = chosen.get()?;
        answer.data.with(|d| d.as_ref().filter(|d| d.row.item == item).cloned())
    });
    let model_of = move |m: &Option<String>| {
        m.as_deref().map_or_else(|| fmt.t(W::NoModel).to_owned(), |m| wording::model(&fmt, m))
    };
    let head = move || match shown.get() {
        None => answer.error.get().map_or_else(|| ().into_any(), |e| parts::error(&e)),
        Some(d) => {
            let sentence = match (&d.model, d.row.rmsse_milli) {
                (Some(_), Some(e)) if e < 1000 => {
                    fmt.fill(W::ForecastBeats, &[&model_of(&d.model), &format::decimal(e, 2)])
                }
                (Some(_), Some(e)) => {
                    fmt.fill(W::ForecastLoses, &[&model_of(&d.model), &format::decimal(e, 2)])
                }
                (Some(_), None) => fmt.fill(W::ForecastUntested, &[&model_of(&d.model)]),
                (None, _) => fmt.t(W::NoForecastYet).to_owned(),
            };
            let as_of = d
                .made_at
                .map_or(String::new(), |at| fmt.fill(W::AsOf, &[&fmt.when(at, ctx.now.get_untracked())]));
            let source = d.provider.as_ref().map_or(String::new(), |p| fmt.fill(W::RanOn, &[p]));
            parts::heading(None, d.row.name.clone(), format!("{} · {sentence}", d.row.sku), as_of, source)
        }
    };
    let figures = move || {
        shown.get().map(|d| {
            parts::facts(vec![
                fact("last-4-weeks", W::Last4Weeks, format::qty(d.row.last_4_weeks)),
                fact("next-4-weeks", W::Next4Weeks, d.row.next_4_weeks.map_or("—".into(), format::qty)),
                fact("value", W::ValueAtCost, d.row.next_value.map_or("—".into(), |v| fmt.money(v))),
                fact("model", W::Model, model_of(&d.model)),
                fact("rmsse", W::Rmsse, d.row.rmsse_milli.map_or("—".into(), |e| format::decimal(e, 2)))
                    .title(fmt.t(W::RmsseLong)),
            ])
        })
    };
    let picture = move || shown.with(|d| d.as_ref().map(|d| picture(&fmt, d)));
    let caption = move || {
        shown.with(|d| match d {
            Some(d) => {
                let data = d.fingerprint.as_deref().map_or("—", |f| &f[..f.len().min(12)]);
                fmt.fill(W::DemandCaption, &[&model_of(&d.model), d.provider.as_deref().unwrap_or("—"), data])
            }
            None => String::new(),
        })
    };
    let grain_button = move |g: Grain, word: W, name: &'static str| {
        view! {
            <button type="button" class="tab" class:on=move || grain.get() == g aria-pressed=move || (grain.get() == g).to_string()
                data-testid=id::GRAIN data-grain=name on:click=move |_| grain.set(g)>{fmt.t(word)}</button>
        }
    };
    let backtest = move || {
        shown.get().map(|d| {
            if d.backtest.is_empty() {
                return ().into_any();
            }
            let rows = d
                .backtest
                .iter()
                .map(|b| {
                    let name = wording::model(&fmt, &b.model);
                    let first = if b.chosen {
                        view! { <b>{name}</b>" "<span class="assumed chosen">{fmt.t(W::Chosen)}</span> }.into_any()
                    } else {
                        cell(name)
                    };
                    (
                        b.model.clone(),
                        vec![
                            first,
                            cell(format::decimal(b.rmsse_milli, 3)),
                            cell(format::decimal(b.mase_milli, 3)),
                            cell(format::decimal(b.pinball_milli, 3)),
                            cell(b.origins.to_string()),
                        ],
                    )
                })
                .collect();
            view! {
                <section class="card"><h3>{fmt.t(W::Backtest)}" "<span class="muted">{fmt.t(W::BacktestText)}</span></h3>
                {grid(W::Backtest, &[(W::Model, false), (W::Rmsse, true), (W::Mase, true), (W::Pinball, true), (W::Origins, true)], rows, id::BACKTEST_ROW)}
                </section>
            }
            .into_any()
        })
    };
    let reason = move || shown.with(|d| d.as_ref().map(|d| reason(&fmt, d)));
    let empty = move || shown.with(|d| d.as_ref().map(|d| without_stock(&fmt, d, ctx.today())));
    let legend = move || {
        shown.with(|d| {
            let d = d.as_ref()?;
            let mut words = Vec::new();
            if !d.folds.is_empty() {
                words.push(fmt.t(W::FoldsLegend));
            }
            if !d.stock_outs.is_empty() {
                words.push(fmt.t(W::StockOutLegend));
            }
            (!words.is_empty()).then(|| view! { <p class="muted">{words.join(" · ")}</p> })
        })
    };
    let found = move || shown.get().map(|d| parts::findings(&d.findings, 12));
    view! {
        {head}{figures}
        <div class="tabs inline">{grain_button(Grain::Weekly, W::Weekly, "weekly")}{grain_button(Grain::Daily, W::Daily, "daily")}</div>
        {chart(picture, caption, 260)}
        {legend}
        <div class="act">
            {parts::button(fmt.t(W::OpenItem), "↵", id::OPEN_ITEM, move || if let Some(item) = chosen.get_untracked() { ctx.go(Route::row(Page::Stock, item)) })}
            {overrides::button(shown)}
            {parts::button(fmt.t(W::PlanNow), "", id::PLAN_NOW, super::actions::plan_now)}
        </div>
        {reason}{overrides::of_item(shown)}{empty}{backtest}{overrides::of_all()}{super::demand_groups::card(grain)}{found}
    }
    .into_any()
}

/// History, what backtests would have said over it, and the forecast.
pub fn picture(fmt: &Fmt, d: &DemandDetail) -> Picture {
    let (step_days, unit) = match d.grain {
        Grain::Daily => (1, fmt.t(W::UnitADay)),
        Grain::Weekly => (7, fmt.t(W::UnitAWeek)),
    };
    // Two years of weeks, four months of days: what is before is a turn of the wheel away.
    let keep = if d.grain == Grain::Daily { 120 } else { 104 };
    let skip = i32::try_from(d.history.len().saturating_sub(keep)).unwrap_or(0) * step_days;
    let end = d.history_start.plus(i32::try_from(d.history.len()).unwrap_or(0) * step_days);
    let numbers = |all: &[Option<units::Quantity>]| all.iter().map(|q| q.map(|q| q.to_f64())).collect();
    let mut chart = DemandChart {
        title: d.row.name.clone(),
        unit: unit.to_owned(),
        step_days,
        history_start: d.history_start,
        history: numbers(&d.history),
        forecast_start: d.forecast_start.unwrap_or(end),
        forecast: Quantiles {
            levels: d.levels.iter().map(|l| f64::from(*l) / 100.0).collect(),
            values: d.quantiles.iter().map(|r| r.iter().map(|q| q.to_f64()).collect()).collect(),
        },
        overrides: numbers(&d.overridden),
        folds: d.folds.iter().map(|fold| (fold.start, numbers(&fold.said))).collect(),
        without_stock: d.stock_outs.iter().map(|out| (out.from, out.to)).collect(),
        marks: d
            .holidays
            .iter()
            .map(|(day, name)| DayMark {
                day: *day,
                kind: DayMarkKind::Event,
                label: wording::holiday(fmt, name),
            })
            .collect(),
        lang: chart_lang(fmt.lang),
        ..DemandChart::default()
    };
    if skip > 0 {
        chart.window = Some((f64::from(d.history_start.0 + skip), f64::from(chart.extent().1)));
    }
    Picture::Demand(chart)
}

/// Why these models: the kind of demand, and each one's share with its error beside the naive step's.
pub fn reason(fmt: &Fmt, d: &DemandDetail) -> AnyView {
    let kind = match d.class.as_deref() {
        Some("Sparse") => W::DemandSparse,
        Some("Few") => W::DemandFew,
        Some("Many") => W::DemandMany,
        _ => return ().into_any(),
    };
    let rmsse = |model: &str| d.backtest.iter().find(|b| b.model == model).map(|b| b.rmsse_milli);
    let naive = rmsse("SeasonalNaive").filter(|naive| *naive > 0);
    let lines = d
        .members
        .iter()
        .map(|(model, share)| {
            let own = rmsse(model).map(|own| {
                let own_text = format::decimal(own, 2);
                naive.map_or(own_text.clone(), |naive| {
                    fmt.fill(W::ErrorBesideNaive, &[&own_text, &format::decimal(naive, 2)])
                })
            });
            let share = units::Permille(u16::try_from(*share).unwrap_or(0));
            (wording::model(fmt, model), fmt.percent(share), own.unwrap_or_default())
        })
        .collect();
    view! {
        <section class="stack" data-testid=id::MODEL_REASON><h3>{fmt.t(W::WhyThisModel)}" "<span class="muted">{fmt.t(kind)}</span></h3>
        {parts::reasons(lines)}</section>
    }
    .into_any()
}

/// The days that the item could not be had, newest first, and what was asked for then.
fn without_stock(fmt: &Fmt, d: &DemandDetail, today: units::Day) -> AnyView {
    if d.stock_outs.is_empty() {
        return ().into_any();
    }
    let rows = d
        .stock_outs
        .iter()
        .rev()
        .take(STOCK_OUTS_SHOWN)
        .map(|out| {
            let days = wording::day_span(fmt, out.from, out.to, today);
            (
                out.from.to_string(),
                vec![cell(days), cell(format::qty(out.sold)), cell(format::qty(out.unmet))],
            )
        })
        .collect();
    view! {
        <section class="card"><h3>{fmt.t(W::DaysWithoutStock)}" "<span class="muted">{fmt.t(W::DaysWithoutStockText)}</span></h3>
        {grid(W::DaysWithoutStock, &[(W::OverrideDays, false), (W::SoldThen, true), (W::UnmetThen, true)], rows, id::STOCK_OUT_ROW)}
        </section>
    }
    .into_any()
}
