//! Items and stock.

use super::site::finding_rows;
use crate::dispatch::Serve;
use crate::failure::Result;
use crate::limits;
use crate::open::App;
use crate::wire;
use contract::{GetItem, ItemDetail, ListStock, MovementRow, StockPage, StockSort};
use domain::stock::MovementKind;
use domain::{Actor, Grain};
use store::{ItemQuery, ItemSort};

impl Serve<ListStock> for App {
    async fn serve(&self, call: ListStock, _: &Actor) -> Result<StockPage> {
        self.blocking(move |inner| {
            let (sort, descending) = match call.sort {
                StockSort::Cover => (ItemSort::Cover, false),
                StockSort::Sku => (ItemSort::Sku, false),
                StockSort::Name => (ItemSort::Name, false),
                StockSort::OnHand => (ItemSort::OnHand, true),
                StockSort::Value => (ItemSort::StockValue, true),
                StockSort::Category => (ItemSort::Category, false),
                StockSort::Available => (ItemSort::Available, true),
                StockSort::Demand => (ItemSort::DemandPerDay, true),
                StockSort::RunsOut => (ItemSort::StockOutDay, false),
            };
            let page = inner.store.records.items(&ItemQuery {
                text: Some(call.filter.trim().to_owned()).filter(|text| !text.is_empty()),
                sort,
                descending: descending != call.reverse,
                offset: call.offset,
                limit: call.limit.min(limits::LIST_ROWS_MAX),
                ..ItemQuery::default()
            })?;
            Ok(StockPage { total: page.total, rows: page.rows.iter().map(wire::stock::row).collect() })
        })
        .await
    }
}

impl Serve<GetItem> for App {
    async fn serve(&self, call: GetItem, _: &Actor) -> Result<ItemDetail> {
        self.blocking(move |inner| {
            let records = &inner.store.records;
            let mut row = records.item(call.item)?;
            let defaults = inner.settings().defaults;
            let supplier = row
                .item
                .supplier
                .map(|id| records.suppliers().map(|all| all.into_iter().find(|one| one.id == id)))
                .transpose()?
                .flatten();
            let forecast = records.forecast(call.item, Grain::Daily)?;
            let weekly = records.forecast(call.item, Grain::Weekly)?;
            let today = match &forecast {
                Some(saved) => {
                    crate::flows::planning::planning_day(inner.today(), saved.forecast.start.plus(-1)).0
                }
                None => inner.today(),
            };
            let overrides = records.overrides(Some(call.item), Some(today), false, limits::LIST_ROWS_MAX)?;
            let wanted = records.wanted_level(call.item)?;
            row.item = records.on_terms(row.item)?;
            let assessed = forecast.as_ref().map(|saved| {
                let weekly = weekly.as_ref().map(|saved| &saved.forecast);
                let input = replenish::ItemInput {
                    item: &row.item,
                    level: row.stock,
                    forecast: &saved.forecast,
                    supplier: supplier.as_ref(),
                    overrides: &overrides,
                    wanted,
                };
                replenish::assess_with(&input, weekly, &defaults, today)
            });
            let level = row.stock.unwrap_or_default();
            let movements = records.movements(call.item, 200)?;
            let lead_time = row.item.lead_time_days.or(supplier.as_ref().and_then(|one| one.lead_time_days));
            Ok(ItemDetail {
                stock: wire::stock::row(&row),
                supplier: supplier.map(|one| one.name),
                lead_time_days: lead_time.unwrap_or(defaults.lead_time_days),
                lead_time_assumed: lead_time.is_none(),
                unit_cost: row.item.unit_cost.unwrap_or(defaults.unit_cost),
                unit_cost_assumed: row.item.unit_cost.is_none(),
                pack_size: row.item.pack_size.unwrap_or(defaults.pack_size),
                pack_size_assumed: row.item.pack_size.is_none(),
                service_level: row.item.service_level.unwrap_or(defaults.service_level),
                reorder_point: assessed.as_ref().map(|(assessed, _)| assessed.reason.reorder_point),
                projection: forecast
                    .map(|saved| wire::replenish::projection(level.available(), &saved.forecast, today))
                    .unwrap_or_default(),
                projection_start: today,
                movements: movements
                    .into_iter()
                    .map(|line| MovementRow {
                        day: line.movement.day,
                        kind: match line.movement.kind {
                            MovementKind::Issue => "order",
                            kind => kind.word(),
                        }
                        .to_owned(),
                        quantity: line.movement.on_hand_change(),
                        on_hand: line.on_hand,
                        source: line.movement.import.map_or(line.movement.by, |import| format!("#{import}")),
                    })
                    .collect(),
                findings: assessed.map(|(_, findings)| finding_rows(&findings)).unwrap_or_default(),
            })
        })
        .await
    }
}
