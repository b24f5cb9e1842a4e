//! How much of an item a manager wants to be kept, per warehouse: least, reorder point, most. It stands beside what is
//! computed, and planning does not go below it.

use super::Records;
use super::imports::{Journal, Table};
use crate::file::{first, rows, run};
use crate::{Act, Result};
use domain::WantedLevel;
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use std::collections::HashMap;
use units::{ItemId, Quantity};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "levels-1",
    "CREATE TABLE item_level(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        item INTEGER NOT NULL REFERENCES item(id),
        warehouse TEXT NOT NULL,
        least INTEGER,
        reorder INTEGER,
        most INTEGER,
        bin TEXT,
        UNIQUE (item, warehouse)
     );",
)];

/// What a manager wants of an item in a warehouse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemLevel {
    /// The item.
    pub item: ItemId,
    /// The warehouse; empty: the only one.
    pub warehouse: String,
    /// The least there should be.
    pub least: Option<Quantity>,
    /// Order when there is no more than this.
    pub reorder: Option<Quantity>,
    /// The most there should be.
    pub most: Option<Quantity>,
    /// The bin it should lie in.
    pub bin: Option<String>,
}

const LEVEL: &str = "SELECT item, warehouse, least, reorder, most, bin FROM item_level";

fn level(row: &Row<'_>) -> Result<ItemLevel> {
    let quantity = |at| -> Result<Option<Quantity>> { Ok(row.get::<_, Option<i64>>(at)?.map(Quantity)) };
    Ok(ItemLevel {
        item: ItemId(row.get(0)?),
        warehouse: row.get(1)?,
        least: quantity(2)?,
        reorder: quantity(3)?,
        most: quantity(4)?,
        bin: row.get(5)?,
    })
}

fn find(db: &Connection, item: ItemId, warehouse: &str) -> Result<Option<(i64, ItemLevel)>> {
    let sql = "SELECT item, warehouse, least, reorder, most, bin, id FROM item_level WHERE item = ?1 AND warehouse = ?2";
    first(db, sql, (item.0, warehouse), |row| Ok((row.get(6)?, level(row)?)))
}

fn write(tx: &Connection, one: &ItemLevel) -> Result<i64> {
    run(
        tx,
        "INSERT INTO item_level(item, warehouse, least, reorder, most, bin) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (item, warehouse) DO UPDATE SET least = excluded.least, reorder = excluded.reorder,
            most = excluded.most, bin = excluded.bin",
        params![
            one.item.0,
            one.warehouse,
            one.least.map(|q| q.0),
            one.reorder.map(|q| q.0),
            one.most.map(|q| q.0),
            one.bin
        ],
    )?;
    Ok(find(tx, one.item, &one.warehouse)?.map_or(0, |(id, _)| id))
}

fn level_json(one: &ItemLevel) -> Value {
    json!({ "warehouse": one.warehouse, "least": one.least, "reorder": one.reorder, "most": one.most, "bin": one.bin })
}

/// Takes a level of a file; says whether it was new. What the row leaves empty stays.
pub(crate) fn take_level(journal: &mut Journal<'_>, tx: &Connection, given: ItemLevel) -> Result<bool> {
    let known = find(tx, given.item, &given.warehouse)?;
    let (id, old) = known.clone().unwrap_or((0, ItemLevel { item: given.item, ..ItemLevel::default() }));
    let new = ItemLevel {
        least: given.least.or(old.least),
        reorder: given.reorder.or(old.reorder),
        most: given.most.or(old.most),
        bin: given.bin.or(old.bin),
        ..given
    };
    let says_nothing =
        new.least.is_none() && new.reorder.is_none() && new.most.is_none() && new.bin.is_none();
    if known.is_some_and(|(_, old)| old == new) || says_nothing {
        return Ok(false);
    }
    let was = journal.before(Table::Level, id)?;
    let id = write(tx, &new)?;
    journal.note(Table::Level, id, was)?;
    Ok(true)
}

/// Of all warehouses together: the reorder point, or the least where there is none, of each; the most where each has one.
fn together(of: &[ItemLevel]) -> WantedLevel {
    let floors = of.iter().filter_map(|one| one.reorder.max(one.least));
    let most: Option<Vec<Quantity>> = of.iter().map(|one| one.most).collect();
    WantedLevel {
        reorder: floors.reduce(Quantity::plus),
        most: most.filter(|all| !all.is_empty()).map(|all| all.into_iter().sum()),
    }
}

impl Records {
    /// What managers want to be kept of each item, in all warehouses together.
    pub fn wanted_levels(&self) -> Result<HashMap<ItemId, WantedLevel>> {
        let all = self.all_item_levels()?;
        Ok(all.chunk_by(|a, b| a.item == b.item).map(|of| (of[0].item, together(of))).collect())
    }

    /// The same of one item.
    pub fn wanted_level(&self, item: ItemId) -> Result<WantedLevel> {
        Ok(together(&self.item_levels(item)?))
    }

    /// What a manager wants of an item, warehouse by warehouse.
    pub fn item_levels(&self, item: ItemId) -> Result<Vec<ItemLevel>> {
        self.file.read("read the levels of an item", |db| {
            rows(db, &format!("{LEVEL} WHERE item = ?1 ORDER BY warehouse"), [item.0], level)
        })
    }

    /// What managers want of all items.
    pub fn all_item_levels(&self) -> Result<Vec<ItemLevel>> {
        self.file.read("read the levels of items", |db| {
            rows(db, &format!("{LEVEL} ORDER BY item, warehouse"), [], level)
        })
    }

    /// Saves what a manager wants of an item in a warehouse.
    pub fn save_item_level(&self, act: &Act, given: &ItemLevel) -> Result<()> {
        let given = given.clone();
        self.change("save the level of an item", act, move |c| {
            let item = crate::file::need(super::items::find_item(c.tx, given.item)?, "item", given.item)?;
            let old = find(c.tx, given.item, &given.warehouse)?.map(|(_, old)| old);
            if old.as_ref() == Some(&given) {
                return Ok(());
            }
            write(c.tx, &given)?;
            let subject = format!("item {}", item.sku);
            c.audit("item.level", &subject, old.as_ref().map(level_json), Some(level_json(&given)))
        })
    }
}
