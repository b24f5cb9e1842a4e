//! Demand and forecasts.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::{planning, series};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::{
    ClearOverride, Code, DemandDetail, DemandGroup, DemandGroupRow, DemandPage, DemandRow, DemandSort, Done,
    FindingRow, GetDemand, GetDemandGroup, ListDemand, ListDemandGroups, ListOverrides, OverrideId,
    OverridePage, OverrideRow, SetOverride, Topic,
};
use domain::{
    Actor, DemandForecast, DemandOverride, ForecastModel, Grain, Group, Item, OverrideChange, Series,
};
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
            let (series, censored) = match series::of_item(inner, call.item, grain)? {
                Some((series, censored)) => (Some(series), censored),
                None => (None, Vec::new()),
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
            let overridden = forecast
                .map(|forecast| {
                    let steps = replenish::overridden(forecast, &active);
                    steps.into_iter().map(|step| step.map(wire::quantity)).collect()
                })
                .unwrap_or_default();
            let detail = detail(inner, row, call.grain, series, saved);
            // What was sold on days without stock is shown, though models do not see it.
            let history = detail.history.iter().enumerate().map(|(step, value)| match call.grain {
                contract::Grain::Weekly => *value,
                contract::Grain::Daily => {
                    let day = detail.history_start.plus(i32::try_from(step).unwrap_or(i32::MAX));
                    let sold = censored.binary_search_by_key(&day, |one| one.day).map(|at| censored[at].sold);
                    sold.map_or(*value, |sold| Some(wire::quantity(sold)))
                }
            });
            Ok(DemandDetail {
                history: history.collect(),
                overridden,
                overrides: override_rows(inner, &all, &items, span, today)?,
                findings,
                stock_outs: wire::demand::stock_outs(&censored),
                ..detail
            })
        })
        .await
    }
}

/// What is known of a series and its forecast.
fn detail(
    inner: &Inner,
    row: DemandRow,
    grain: contract::Grain,
    series: Option<Series>,
    saved: Option<SavedForecast>,
) -> DemandDetail {
    let forecast = saved.as_ref().map(|saved| &saved.forecast);
    let known = series.as_ref().map(|series| (series.start, forecast::series::end(series)));
    let ahead = forecast.map(|forecast| {
        let steps = i32::try_from(forecast.mean.len()).unwrap_or(0);
        forecast.start.plus(steps.saturating_mul(forecast.grain.days()))
    });
    let zone = inner.settings().time_zone;
    let holidays = known
        .map(|(start, end)| wire::demand::holidays(&zone, start, ahead.map_or(end, |ahead| ahead.max(end))))
        .unwrap_or_default();
    let (class, members) =
        forecast.map(|forecast| wire::demand::made_of(&forecast.parameters)).unwrap_or_default();
    DemandDetail {
        row,
        grain,
        history_start: series.as_ref().map_or(Day(0), |series| series.start),
        history: series
            .map(|series| series.values.iter().map(|value| value.map(wire::quantity)).collect())
            .unwrap_or_default(),
        forecast_start: forecast.map(|forecast| forecast.start),
        levels: forecast
            .map(|forecast| forecast.levels.iter().map(|level| (level * 100.0).round() as u8).collect())
            .unwrap_or_default(),
        quantiles: forecast.map(wire::demand::quantiles).unwrap_or_default(),
        mean: forecast
            .map(|forecast| forecast.mean.iter().map(|value| wire::quantity(*value)).collect())
            .unwrap_or_default(),
        overridden: Vec::new(),
        overrides: Vec::new(),
        model: forecast.map(|forecast| format!("{:?}", forecast.model)),
        provider: forecast.map(|forecast| forecast.provider.clone()),
        fingerprint: forecast.map(|forecast| format!("{:016x}", forecast.fingerprint)),
        made_at: saved.as_ref().map(|saved| saved.made_at),
        backtest: forecast.map(wire::demand::backtest).unwrap_or_default(),
        findings: Vec::new(),
        class,
        members,
        folds: forecast.map(wire::demand::folds).unwrap_or_default(),
        stock_outs: Vec::new(),
        holidays,
    }
}

/// The steps of a forecast that make four weeks.
fn four_weeks(forecast: &DemandForecast) -> Quantity {
    let steps = if forecast.grain == Grain::Weekly { 4 } else { 28 };
    wire::quantity(forecast.mean.iter().take(steps).sum())
}

fn rmsse(forecast: &DemandForecast, model: ForecastModel) -> Option<i64> {
    let score = forecast.backtest.iter().find(|score| score.model == model)?;
    score.rmsse.is_finite().then(|| wire::thousandths(score.rmsse))
}

impl Serve<ListDemandGroups> for App {
    async fn serve(&self, call: ListDemandGroups, _: &Actor) -> Result<Vec<DemandGroupRow>> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let Some(span) = records.order_span()? else { return Ok(Vec::new()) };
            let grain = wire::demand::grain(call.grain);
            let groups = records.group_forecasts(grain)?;
            if groups.is_empty() {
                return Ok(Vec::new());
            }
            let last: HashMap<String, Quantity> =
                records.category_sums(span.1.plus(-28))?.into_iter().collect();
            let names: HashMap<ItemId, String> = records
                .all_items()?
                .into_iter()
                .map(|item| (item.id, item.category.unwrap_or_default()))
                .collect();
            let mut parts: HashMap<&str, Quantity> = HashMap::new();
            for saved in records.all_forecasts(grain)? {
                if let Some(name) = names.get(&saved.forecast.item) {
                    let sum = parts.entry(name).or_insert(Quantity::ZERO);
                    *sum = sum.plus(four_weeks(&saved.forecast));
                }
            }
            let of = |sums: &mut dyn Iterator<Item = Quantity>| sums.sum::<Quantity>();
            Ok(groups
                .into_iter()
                .map(|(one, _)| {
                    let (group, last_4_weeks, parts_next_4_weeks) = match &one.group {
                        Group::Total => (
                            DemandGroup::Total,
                            of(&mut last.values().copied()),
                            of(&mut parts.values().copied()),
                        ),
                        Group::Category(name) => (
                            DemandGroup::Category(name.clone()),
                            last.get(name).copied().unwrap_or_default(),
                            parts.get(name.as_str()).copied().unwrap_or_default(),
                        ),
                    };
                    DemandGroupRow {
                        group,
                        items: one.items,
                        last_4_weeks,
                        next_4_weeks: four_weeks(&one.forecast),
                        parts_next_4_weeks,
                        model: format!("{:?}", one.forecast.model),
                        rmsse_milli: rmsse(&one.forecast, one.forecast.model),
                        naive_milli: rmsse(&one.forecast, ForecastModel::SeasonalNaive),
                    }
                })
                .collect())
        })
        .await
    }
}

impl Serve<GetDemandGroup> for App {
    async fn serve(&self, call: GetDemandGroup, _: &Actor) -> Result<DemandDetail> {
        self.blocking(move |inner| {
            let (group, grain) = (wire::demand::group(&call.group), wire::demand::grain(call.grain));
            let name = match &group {
                Group::Total => String::new(),
                Group::Category(name) => name.clone(),
            };
            let Some(series) = series::of_group(inner, &group, grain)?.filter(|one| !one.values.is_empty())
            else {
                return Err(Failure::new(
                    Code::NotFound,
                    format!("show the demand of the category {name:?}: no item of it was ever ordered"),
                ));
            };
            let saved =
                inner.store.records.group_forecasts(grain)?.into_iter().find(|(one, _)| one.group == group);
            let saved = saved.map(|(one, made_at)| SavedForecast { forecast: one.forecast, made_at });
            let steps = if grain == Grain::Weekly { 4 } else { 28 };
            let newest = series.values.iter().rev().take(steps).flatten();
            let row = DemandRow {
                item: ItemId(0),
                sku: String::new(),
                name,
                last_4_weeks: wire::quantity(newest.sum()),
                next_4_weeks: saved.as_ref().map(|saved| four_weeks(&saved.forecast)),
                next_value: None,
                model: saved.as_ref().map(|saved| format!("{:?}", saved.forecast.model)),
                rmsse_milli: saved.as_ref().and_then(|saved| wire::demand::chosen_rmsse(&saved.forecast)),
                weeks: Vec::new(),
                overridden: false,
            };
            Ok(detail(inner, row, call.grain, Some(series), saved))
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
            let limit = call.limit.min(limits::WHOLE_ROWS_MAX);
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
