//! Demand and forecasts.

use crate::dispatch::Serve;
use crate::failure::Result;
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::{DemandDetail, DemandPage, DemandRow, DemandSort, FindingRow, GetDemand, ListDemand};
use domain::{Actor, Grain, Item};
use std::collections::BTreeSet;
use store::{ItemQuery, ItemRow, ItemSort, SavedForecast};
use units::{Day, Quantity};

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
                descending,
                offset: call.offset,
                limit: call.limit.min(1_000),
                ..ItemQuery::default()
            })?;
            let mut forecast_at = None;
            let mut rows = Vec::with_capacity(page.rows.len());
            for row in &page.rows {
                forecast_at = forecast_at.max(row.forecast.map(|head| head.made_at));
                let saved = inner.store.records.forecast(row.item.id, Grain::Weekly)?;
                rows.push(demand_row(inner, row, saved.as_ref(), span)?);
            }
            Ok(DemandPage { total: page.total, span, forecast_at, rows })
        })
        .await
    }
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

const _: () = assert!(SPARK_WEEKS * 7 < 366 && limits::HORIZON_WEEKS >= 4);
