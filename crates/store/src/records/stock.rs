//! What is on the shelf, and the ledger of how it came to be.

use super::Records;
use super::items::find_item;
use crate::file::{first, need, rows, run};
use crate::words::{movement_kind, movement_kind_code};
use crate::{Act, Result};
use domain::StockLevel;
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use units::{Day, ImportId, ItemId, Quantity, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "stock-1",
    "CREATE TABLE stock_level(
        item INTEGER PRIMARY KEY REFERENCES item(id),
        on_hand INTEGER NOT NULL,
        allocated INTEGER NOT NULL,
        on_order INTEGER NOT NULL,
        as_of INTEGER
     );
     CREATE TABLE stock_movement(
        id INTEGER PRIMARY KEY,
        item INTEGER NOT NULL REFERENCES item(id),
        at INTEGER NOT NULL,
        day INTEGER,
        change INTEGER NOT NULL,
        on_hand INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        import INTEGER REFERENCES import(id),
        by TEXT NOT NULL
     );
     CREATE INDEX stock_movement_item ON stock_movement(item, id);",
)];

/// Why the shelf changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MovementKind {
    /// A file said what is there.
    Import,
    /// A person counted.
    Count,
    /// Goods came in.
    Receipt,
    /// Goods went out.
    Issue,
}

/// One line of the ledger. The sum of an item's lines is what is on hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The item.
    pub item: ItemId,
    /// When it was booked.
    pub at: Timestamp,
    /// The day it was true.
    pub day: Option<Day>,
    /// How much more (or less) there is.
    pub change: Quantity,
    /// On hand after it.
    pub on_hand: Quantity,
    /// Why.
    pub kind: MovementKind,
    /// The import it came from.
    pub import: Option<ImportId>,
    /// Who booked it.
    pub by: String,
}

const LEVEL: &str = "SELECT item, on_hand, allocated, on_order, as_of FROM stock_level";

fn level(row: &Row<'_>) -> Result<StockLevel> {
    Ok(StockLevel {
        item: ItemId(row.get(0)?),
        on_hand: Quantity(row.get(1)?),
        allocated: Quantity(row.get(2)?),
        on_order: Quantity(row.get(3)?),
        unusable: Quantity::ZERO,
        as_of: row.get::<_, Option<i32>>(4)?.map(Day),
    })
}

pub(crate) fn level_of(db: &Connection, item: ItemId) -> Result<Option<StockLevel>> {
    first(db, &format!("{LEVEL} WHERE item = ?1"), [item.0], level)
}

pub(crate) fn write_level(tx: &Connection, level: &StockLevel) -> Result<()> {
    run(
        tx,
        "INSERT OR REPLACE INTO stock_level(item, on_hand, allocated, on_order, as_of) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![level.item.0, level.on_hand.0, level.allocated.0, level.on_order.0, level.as_of.map(|d| d.0)],
    )?;
    Ok(())
}

/// Sets what is on hand and books the difference; nothing is booked where there is none and the level was known.
pub(crate) fn book(
    tx: &Connection,
    old: Option<StockLevel>,
    new: &StockLevel,
    kind: MovementKind,
    import: Option<ImportId>,
    at: Timestamp,
    by: &str,
) -> Result<()> {
    write_level(tx, new)?;
    let change = new.on_hand.minus(old.map_or(Quantity::ZERO, |l| l.on_hand));
    if change != Quantity::ZERO || old.is_none() {
        run(
            tx,
            "INSERT INTO stock_movement(item, at, day, change, on_hand, kind, import, by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                new.item.0,
                at.0,
                new.as_of.map(|d| d.0),
                change.0,
                new.on_hand.0,
                movement_kind_code(kind),
                import.map(|i| i.0),
                by
            ],
        )?;
    }
    Ok(())
}

fn level_json(level: &StockLevel) -> Value {
    json!({
        "on_hand": level.on_hand,
        "allocated": level.allocated,
        "on_order": level.on_order,
        "as_of": level.as_of.map(|d| d.to_string()),
    })
}

impl Records {
    /// Every known stock level, by item.
    pub fn stock_levels(&self) -> Result<Vec<StockLevel>> {
        self.file.read("read stock levels", |db| rows(db, &format!("{LEVEL} ORDER BY item"), [], level))
    }

    /// The stock of one item; `None` where nobody ever said.
    pub fn stock_level(&self, item: ItemId) -> Result<Option<StockLevel>> {
        self.file.read("read a stock level", |db| level_of(db, item))
    }

    /// A person counted: on hand becomes this; the difference goes to the ledger.
    pub fn count_stock(&self, act: &Act, item: ItemId, on_hand: Quantity, day: Day) -> Result<StockLevel> {
        let (at, by) = (act.at, act.by.name.clone());
        self.change("book a count", act, move |c| {
            let sku = need(find_item(c.tx, item)?, "item", item)?.sku;
            let old = level_of(c.tx, item)?;
            let base = old.unwrap_or(StockLevel { item, ..StockLevel::default() });
            let new = StockLevel { on_hand, as_of: Some(day), ..base };
            book(c.tx, old, &new, MovementKind::Count, None, at, &by)?;
            let subject = format!("stock of item {sku}");
            c.audit("stock.count", &subject, old.as_ref().map(level_json), Some(level_json(&new)))?;
            Ok(new)
        })
    }

    /// The ledger of an item, newest first.
    pub fn movements(&self, item: ItemId, limit: u32) -> Result<Vec<Movement>> {
        self.file.read("read the ledger of an item", |db| {
            let sql =
                "SELECT item, at, day, change, on_hand, kind, import, by FROM stock_movement WHERE item = ?1
                       ORDER BY id DESC LIMIT ?2";
            rows(db, sql, (item.0, limit), |row| {
                Ok(Movement {
                    item: ItemId(row.get(0)?),
                    at: Timestamp(row.get(1)?),
                    day: row.get::<_, Option<i32>>(2)?.map(Day),
                    change: Quantity(row.get(3)?),
                    on_hand: Quantity(row.get(4)?),
                    kind: movement_kind(row.get(5)?)?,
                    import: row.get::<_, Option<i64>>(6)?.map(ImportId),
                    by: row.get(7)?,
                })
            })
        })
    }
}
