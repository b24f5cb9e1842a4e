//! Imported order lines and the daily demand they make.

use super::Records;
use super::imports::ImportKind;
use crate::Result;
use crate::file::{count, first, rows};
use crate::words::import_kind_code;
use rusqlite::Row;
use std::ops::ControlFlow;
use units::{Day, ImportId, ItemId, Money, Quantity};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "orders-1",
    // order_key and customer_key: the first 64 bits of SHA-256. seen: the last import that brought the line (again).
    "CREATE TABLE order_line(
        item INTEGER NOT NULL,
        order_key INTEGER NOT NULL,
        occurrence INTEGER NOT NULL,
        day INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        amount INTEGER,
        customer_key INTEGER,
        import INTEGER NOT NULL,
        seen INTEGER NOT NULL,
        PRIMARY KEY (item, order_key, occurrence)
     ) WITHOUT ROWID;
     CREATE TABLE item_day(
        item INTEGER NOT NULL,
        day INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        lines INTEGER NOT NULL,
        PRIMARY KEY (item, day)
     ) WITHOUT ROWID;",
)];

/// An order line as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredLine {
    /// Stands for the order's number: the first 64 bits of its SHA-256.
    pub order_key: i64,
    /// Which line of this item in that order, from 1.
    pub occurrence: u32,
    /// The day it was ordered.
    pub day: Day,
    /// How much.
    pub quantity: Quantity,
    /// What it brought.
    pub net_amount: Option<Money>,
    /// The import that brought it.
    pub import: ImportId,
}

/// How much order history there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderStats {
    /// Order lines.
    pub lines: u64,
    /// Items with at least one.
    pub items: u64,
    /// Sum of quantities.
    pub quantity: Quantity,
    /// First day.
    pub first_day: Option<Day>,
    /// Last day.
    pub last_day: Option<Day>,
}

/// All items' demand on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayTotal {
    /// The day.
    pub day: Day,
    /// Sum of quantities.
    pub quantity: Quantity,
    /// Order lines.
    pub lines: u64,
}

fn day_sum(row: &Row<'_>) -> Result<(Day, Quantity)> {
    Ok((Day(row.get(0)?), Quantity(row.get(1)?)))
}

impl Records {
    /// Demand of an item on each day that had some, in order of days.
    pub fn daily_demand(&self, item: ItemId) -> Result<Vec<(Day, Quantity)>> {
        self.file.read("read an item's demand", |db| {
            rows(db, "SELECT day, quantity FROM item_day WHERE item = ?1 ORDER BY day", [item.0], day_sum)
        })
    }

    /// The same for every item that has any, in order of items, until told to break.
    pub fn daily_demand_all(
        &self,
        then: &mut dyn FnMut(ItemId, &[(Day, Quantity)]) -> ControlFlow<()>,
    ) -> Result<()> {
        self.file.read("read all items' demand", |db| {
            let mut statement =
                db.prepare_cached("SELECT day, quantity, item FROM item_day ORDER BY item, day")?;
            let mut found = statement.query([])?;
            let (mut item, mut days) = (None, Vec::new());
            while let Some(row) = found.next()? {
                let next = ItemId(row.get(2)?);
                if let Some(item) = item.filter(|item| *item != next) {
                    if then(item, &days).is_break() {
                        return Ok(());
                    }
                    days.clear();
                }
                item = Some(next);
                days.push(day_sum(row)?);
            }
            if let Some(item) = item {
                let _ = then(item, &days);
            }
            Ok(())
        })
    }

    /// What a unit of each item brought on average from `since` on, where order lines say.
    pub fn prices(&self, since: Day) -> Result<Vec<(ItemId, Money)>> {
        self.file.read("read what items bring", |db| {
            let sql = "SELECT item, 1000.0 * sum(amount) / sum(quantity) FROM order_line
                       WHERE day >= ?1 AND amount > 0 AND quantity > 0 GROUP BY item";
            rows(db, sql, [since.0], |row| {
                let price: f64 = row.get(1)?;
                Ok((ItemId(row.get(0)?), Money(price.round() as i64)))
            })
        })
    }

    /// The demand of an item added up again from its stored lines: what [`Records::daily_demand`] must equal.
    pub fn daily_demand_from_lines(&self, item: ItemId) -> Result<Vec<(Day, Quantity)>> {
        self.file.read("add up an item's demand", |db| {
            let sql = "SELECT day, sum(quantity) FROM order_line WHERE item = ?1 GROUP BY day ORDER BY day";
            rows(db, sql, [item.0], day_sum)
        })
    }

    /// The stored lines of an item, newest day first.
    pub fn order_lines(&self, item: ItemId, limit: u32) -> Result<Vec<StoredLine>> {
        self.file.read("read an item's order lines", |db| {
            let sql =
                "SELECT order_key, occurrence, day, quantity, amount, import FROM order_line WHERE item = ?1
                       ORDER BY day DESC, order_key, occurrence LIMIT ?2";
            rows(db, sql, (item.0, limit), |row| {
                Ok(StoredLine {
                    order_key: row.get(0)?,
                    occurrence: row.get(1)?,
                    day: Day(row.get(2)?),
                    quantity: Quantity(row.get(3)?),
                    net_amount: row.get::<_, Option<i64>>(4)?.map(Money),
                    import: ImportId(row.get(5)?),
                })
            })
        })
    }

    /// First and last day of imported orders.
    pub fn order_span(&self) -> Result<Option<(Day, Day)>> {
        self.file.read("read the span of the orders", |db| {
            // From the few rows of imports, not the many of orders.
            let sql = "SELECT min(first_day), max(last_day) FROM import WHERE kind = ?1 AND added > 0
                       AND NOT EXISTS (SELECT 1 FROM import_undo u WHERE u.import = import.id)";
            let span = first(db, sql, [import_kind_code(ImportKind::Orders)], |row| {
                Ok((row.get::<_, Option<i32>>(0)?, row.get::<_, Option<i32>>(1)?))
            })?;
            Ok(span.and_then(|(from, to)| Some((Day(from?), Day(to?)))))
        })
    }

    /// How much order history there is.
    pub fn order_stats(&self) -> Result<OrderStats> {
        self.file.read("count order lines", |db| {
            let sql =
                "SELECT sum(lines), count(DISTINCT item), sum(quantity), min(day), max(day) FROM item_day";
            let stats = first(db, sql, [], |row| {
                Ok(OrderStats {
                    lines: count(row.get::<_, Option<i64>>(0)?.unwrap_or(0)),
                    items: count(row.get(1)?),
                    quantity: Quantity(row.get::<_, Option<i64>>(2)?.unwrap_or(0)),
                    first_day: row.get::<_, Option<i32>>(3)?.map(Day),
                    last_day: row.get::<_, Option<i32>>(4)?.map(Day),
                })
            })?;
            Ok(stats.unwrap_or_default())
        })
    }

    /// Demand of a category's items on each day that had some; an empty name is those of none.
    pub fn category_days(&self, category: &str) -> Result<Vec<(Day, Quantity)>> {
        self.file.read("read a category's demand", |db| {
            let sql = "SELECT day, sum(quantity) FROM item_day WHERE item IN
                    (SELECT id FROM item WHERE coalesce(category, '') = ?1) GROUP BY day ORDER BY day";
            rows(db, sql, [category], day_sum)
        })
    }

    /// Demand of every category after a day, by name; an empty name is the items of none.
    pub fn category_sums(&self, after: Day) -> Result<Vec<(String, Quantity)>> {
        self.file.read("add up categories' demand", |db| {
            let sql = "SELECT coalesce(i.category, ''), sum(d.quantity) FROM item_day d JOIN item i ON i.id = d.item
                WHERE d.day > ?1 GROUP BY 1 ORDER BY 1";
            rows(db, sql, [after.0], |row| Ok((row.get(0)?, Quantity(row.get(1)?))))
        })
    }

    /// Demand of the site a day, in `from..=to`, days without any left out.
    pub fn site_demand(&self, from: Day, to: Day) -> Result<Vec<DayTotal>> {
        self.file.read("read the site's demand", |db| {
            let sql = "SELECT day, sum(quantity), sum(lines) FROM item_day WHERE day >= ?1 AND day <= ?2
                       GROUP BY day ORDER BY day";
            rows(db, sql, (from.0, to.0), |row| {
                Ok(DayTotal {
                    day: Day(row.get(0)?),
                    quantity: Quantity(row.get(1)?),
                    lines: count(row.get(2)?),
                })
            })
        })
    }
}
