//! Demand and forecasts.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::planning;
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::{
    ClearOverride, Code, DemandDetail, DemandPage, DemandRow, DemandSort, Done, FindingRow, GetDemand,
    ListDemand, ListOverrides, OverrideId, OverridePage, OverrideRow, SetOverride, Topic,
};
use domain::{Actor, DemandOverride, Grain, Item, OverrideChange};
use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use store::{ItemQuery, ItemRow, ItemSort, SavedForecast};
use units::{Day, ItemId, Quantity, Timestamp};

/// Weeks of a row's sparkline.
const SPARK_WEEKS: i32 = 26;

impl Serve<ListDemand> for App {
    async fn serve(&self, call: ListDemand, _: &Actor) -> Result<DemandPage> {
        self.blocking(move |inner| {
            let (sort, descending) = match call.sort {
                DemandSort::Value => (ItemSort::ForecastValue, true),
                DemandSort::Error => (ItemSort::ForecastError, true),
                DemandSort::Sku => (ItemSort::Sku, false),
                DemandSort::Name => (ItemSort::Name, false),
            };
            let span = inner.store.records.order_span()?;
            let page = inner.store.records.items(&ItemQuery {
                text: Some(call.filter.trim().to_owned()).filter(|text| !text.is_empty()),
                sort,
                descending: descending != call.reverse,
                offset: call.offset,
                limit: call.limit.min(1_000),
                ..ItemQuery::default()
            })?;
            let mut forecast_at = None;
            let overridden: BTreeSet<ItemId> =
                planning::active_overrides(inner, None, to_come(inner, span))?.into_keys().collect();
            let mut rows = Vec::with_capacity(page.rows.len());
            for row in &page.rows {
                forecast_at = forecast_at.max(row.forecast.map(|head| head.made_at));
                let saved = inner.store.records.forecast(row.item.id, Grain::Weekly)?;
                let marked = overridden.contains(&row.item.id);
                rows.push(DemandRow { overridden: marked, ..demand_row(inner, row, saved.as_ref(), span)? });
            }
            Ok(DemandPage { total: page.total, span, forecast_at, rows })
        })
        .await
    }
}

/// The first day that is still to come for the forecasts on record.
fn to_come(inner: &Inner, span: Option<(Day, Day)>) -> Day {
    span.map_or_else(|| inner.today(), |span| planning::planning_day(inner.today(), span.1).0)
}

fn demand_row(
    inner: &Inner,
    row: &ItemRow,
    saved: Option<&SavedForecast>,
    span: Option<(Day, Day)>,
) -> Result<DemandRow> {
    let item: &Item = &row.item;
    let sums = inner.store.records.daily_demand(item.id)?;
    let last = span.map_or(Day(0), |span| span.1);
    let since = |days: i32| {
        sums.iter()
            .rev()
            .take_while(|(day, _)| day.0 > last.0 - days)
            .map(|(_, quantity)| *quantity)
            .sum::<Quantity>()
    };
    let mut weeks = vec![Quantity::ZERO; SPARK_WEEKS as usize];
    for (day, quantity) in sums.iter().rev().take_while(|(day, _)| day.0 > last.0 - SPARK_WEEKS * 7) {
        let back = ((last.0 - day.0) / 7).clamp(0, SPARK_WEEKS - 1);
        let slot = &mut weeks[(SPARK_WEEKS - 1 - back) as usize];
        *slot = slot.plus(*quantity);
    }
    let next = saved.map(|saved| wire::quantity(saved.forecast.mean.iter().take(4).sum()));
    let cost = item.unit_cost.unwrap_or(inner.settings().defaults.unit_cost);
    Ok(DemandRow {
        item: item.id,
        sku: item.sku.clone(),
        name: item.name.clone(),
        last_4_weeks: since(28),
        next_4_weeks: next,
        next_value: next.map(|next| cost.times(next)),
        model: saved.map(|saved| format!("{:?}", saved.forecast.model)),
        rmsse_milli: saved.and_then(|saved| wire::demand::chosen_rmsse(&saved.forecast)),
        weeks,
        overridden: false,
    })
}

impl Serve<GetDemand> for App {
    async fn serve(&self, call: GetDemand, _: &Actor) -> Result<DemandDetail> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let item = records.item(call.item)?;
            let span = records.order_span()?;
            let grain = wire::demand::grain(call.grain);
            let weekly = records.forecast(call.item, Grain::Weekly)?;
            let row = demand_row(inner, &item, weekly.as_ref(), span)?;
            let saved = if grain == Grain::Weekly { weekly } else { records.forecast(call.item, grain)? };
            let sums = records.daily_demand(call.item)?;
            let series = match span {
                Some(span) => {
                    let traded = records.site_demand(span.0, span.1)?;
                    let closed: BTreeSet<Day> =
                        forecast::series::closed_days(traded.iter().map(|total| total.day), span);
                    match grain {
                        Grain::Daily => Some(forecast::series::daily(call.item, &sums, span, &closed)),
                        Grain::Weekly => Some(forecast::series::weekly(call.item, &sums, span, &closed)),
                    }
                }
                None => None,
            };
            let mut findings = Vec::new();
            if let (Some(saved), Some(series)) = (&saved, &series)
                && saved.forecast.fingerprint != forecast::series::fingerprint(series)
            {
                findings.push(FindingRow {
                    code: "StaleHistory".to_owned(),
                    severity: "Warning".to_owned(),
                    line: None,
                    subject: item.item.sku.clone(),
                    detail: String::new(),
                });
            }
            let forecast = saved.as_ref().map(|saved| &saved.forecast);
            let today = to_come(inner, span);
            let all = records.overrides(Some(call.item), None, true, limits::LIST_ROWS_MAX)?;
            let active: Vec<DemandOverride> =
                all.iter().filter(|one| one.is_active(today)).cloned().collect();
            let row = DemandRow { overridden: !active.is_empty(), ..row };
            let items = HashMap::from([(item.item.id, item.item.clone())]);
            Ok(DemandDetail {
                row,
                grain: call.grain,
                history_start: series.as_ref().map_or(Day(0), |series| series.start),
                history: series
                    .map(|series| series.values.iter().map(|value| value.map(wire::quantity)).collect())
                    .unwrap_or_default(),
                forecast_start: forecast.map(|forecast| forecast.start),
                levels: forecast
                    .map(|forecast| {
                        forecast.levels.iter().map(|level| (level * 100.0).round() as u8).collect()
                    })
                    .unwrap_or_default(),
                quantiles: forecast.map(wire::demand::quantiles).unwrap_or_default(),
                mean: forecast
                    .map(|forecast| forecast.mean.iter().map(|value| wire::quantity(*value)).collect())
                    .unwrap_or_default(),
                overridden: forecast
                    .map(|forecast| {
                        let steps = replenish::overridden(forecast, &active);
                        steps.into_iter().map(|step| step.map(wire::quantity)).collect()
                    })
                    .unwrap_or_default(),
                overrides: override_rows(inner, &all, &items, span, today)?,
                model: forecast.map(|forecast| format!("{:?}", forecast.model)),
                provider: forecast.map(|forecast| forecast.provider.clone()),
                fingerprint: forecast.map(|forecast| format!("{:016x}", forecast.fingerprint)),
                made_at: saved.as_ref().map(|saved| saved.made_at),
                backtest: forecast.map(wire::demand::backtest).unwrap_or_default(),
                findings,
            })
        })
        .await
    }
}

/// Overrides as rows; those whose days are all in the order history with what came.
fn override_rows(
    inner: &Inner,
    all: &[DemandOverride],
    items: &HashMap<ItemId, Item>,
    span: Option<(Day, Day)>,
    today: Day,
) -> Result<Vec<OverrideRow>> {
    let mut sums: HashMap<ItemId, Vec<(Day, Quantity)>> = HashMap::new();
    let mut rows = Vec::with_capacity(all.len());
    for one in all {
        let Some(item) = items.get(&one.item) else { continue };
        let known = one.cleared.is_none() && span.is_some_and(|span| one.to <= span.1);
        let actual = if known {
            let days = match sums.entry(one.item) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(free) => free.insert(inner.store.records.daily_demand(one.item)?),
            };
            let came = days.iter().filter(|(day, _)| one.covers(*day));
            Some(came.map(|(_, quantity)| *quantity).sum())
        } else {
            None
        };
        rows.push(OverrideRow {
            id: one.id,
            item: one.item,
            sku: item.sku.clone(),
            name: item.name.clone(),
            from: one.from,
            to: one.to,
            change: match one.change {
                OverrideChange::Total(total) => contract::OverrideChange::Total(total),
                OverrideChange::Percent(percent) => contract::OverrideChange::Percent(percent),
            },
            baseline: one.baseline,
            value: one.value,
            why: one.why.clone(),
            by: one.by.clone(),
            at: one.at,
            state: match (&one.cleared, one.is_active(today)) {
                (Some(_), _) => "Cleared",
                (None, true) => "Active",
                (None, false) => "Over",
            }
            .to_owned(),
            actual,
        });
    }
    Ok(rows)
}

impl Serve<ListOverrides> for App {
    async fn serve(&self, call: ListOverrides, _: &Actor) -> Result<OverridePage> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let span = records.order_span()?;
            let today = to_come(inner, span);
            let since = (!call.past).then_some(today);
            let limit = call.limit.min(limits::LIST_ROWS_MAX);
            let all = records.overrides(call.item, since, call.past, limit)?;
            let items: HashMap<ItemId, Item> =
                records.all_items()?.into_iter().map(|item| (item.id, item)).collect();
            let rows = override_rows(inner, &all, &items, span, today)?;
            let mut page = OverridePage {
                rows,
                scored: 0,
                baseline_error: Quantity::ZERO,
                override_error: Quantity::ZERO,
            };
            let error = |said: Quantity, came: Quantity| Quantity(said.minus(came).0.saturating_abs());
            for (row, actual) in page.rows.iter().filter_map(|row| Some((row, row.actual?))) {
                page.scored += 1;
                page.baseline_error = page.baseline_error.plus(error(row.baseline, actual));
                page.override_error = page.override_error.plus(error(row.value, actual));
            }
            Ok(page)
        })
        .await
    }
}

impl Serve<SetOverride> for App {
    async fn serve(&self, call: SetOverride, by: &Actor) -> Result<OverrideId> {
        let by = by.clone();
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let item = records.item(call.item)?.item;
            let refuse =
                |why: String| Failure::bad_input(format!("override the forecast of {}: {why}", item.sku));
            let Some(saved) = records.forecast(call.item, Grain::Daily)? else {
                return Err(Failure::new(
                    Code::NotFound,
                    format!("override the forecast of {}: it has none yet; make forecasts first", item.sku),
                ));
            };
            let forecast = &saved.forecast;
            let last = to_come(inner, records.order_span()?).plus(limits::OVERRIDE_DAYS_MAX);
            if call.to < call.from {
                return Err(refuse("the last day is not before the first".to_owned()));
            }
            if call.from < forecast.start || call.to > last {
                return Err(refuse(format!("choose days from {} to {last}", forecast.start)));
            }
            if call.why.trim().is_empty() {
                return Err(refuse("say why; it is kept beside the number".to_owned()));
            }
            let change = match call.change {
                contract::OverrideChange::Total(total) if (0..=MOST).contains(&total.0) => {
                    OverrideChange::Total(total)
                }
                contract::OverrideChange::Percent(percent) if (-100..=900).contains(&percent) => {
                    OverrideChange::Percent(percent)
                }
                _ => {
                    return Err(refuse(
                        "a quantity is zero or more, a percentage from -100 to 900".to_owned(),
                    ));
                }
            };
            let baseline = replenish::baseline_over(forecast, call.from, call.to);
            let act = inner.act_because(&by, call.why.trim());
            let one = DemandOverride {
                id: OverrideId(0),
                item: call.item,
                from: call.from,
                to: call.to,
                change,
                baseline,
                value: replenish::changed(baseline, change),
                why: String::new(),
                by: String::new(),
                at: Timestamp(0),
                cleared: None,
            };
            let id = records.save_override(&act, one)?;
            planning::redraft(inner, &act, call.item)?;
            for topic in [Topic::Forecasts, Topic::Audit] {
                inner.bus.changed(topic);
            }
            Ok(id)
        })
        .await
    }
}

impl Serve<ClearOverride> for App {
    async fn serve(&self, call: ClearOverride, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let act = inner.act_because(&by, call.why.trim());
            let cleared = inner.store.records.clear_override(&act, call.id)?;
            planning::redraft(inner, &act, cleared.item)?;
            for topic in [Topic::Forecasts, Topic::Audit] {
                inner.bus.changed(topic);
            }
            Ok(Done)
        })
        .await
    }
}

/// The largest total of an override: a billion units.
const MOST: i64 = 1_000_000_000_000;

const _: () = assert!(SPARK_WEEKS * 7 < 366 && limits::HORIZON_WEEKS >= 4);
