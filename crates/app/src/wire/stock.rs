//! Items and stock as rows.

use contract::StockRow;
use store::ItemRow;
use units::Quantity;

/// An item with what the shelf holds and how long it lasts.
pub(crate) fn row(row: &ItemRow) -> StockRow {
    let level = row.stock.unwrap_or_default();
    StockRow {
        item: row.item.id,
        sku: row.item.sku.clone(),
        name: row.item.name.clone(),
        category: row.item.category.clone(),
        unit: row.item.unit_of_measure.clone().unwrap_or_default(),
        on_hand: row.stock.map(|level| level.on_hand),
        allocated: level.allocated,
        available: level.available(),
        on_order: level.on_order,
        demand_per_day: row.outlook.map(|outlook| Quantity::from_f64(outlook.demand_per_day)),
        cover_days_tenths: row
            .outlook
            .and_then(|outlook| outlook.days_of_cover)
            .map(|days| (days * 10.0).round().clamp(-1e9, 1e9) as i64),
        stock_out_day: row.outlook.and_then(|outlook| outlook.stock_out_day),
        value: row.item.unit_cost.zip(row.stock).map(|(cost, level)| cost.times(level.on_hand)),
        as_of: row.stock.and_then(|level| level.as_of),
    }
}
