//! What is on the shelf: the ledger, what stands where, and what people book.
//!
//! [`book`] holds the tables and the one way to add a movement, [`shelf`] what stands where on any day, [`places`] lots and
//! bins, [`taking`] stock files, [`actions`] what people do, [`trace`] lots from supplier to customer and what to look at,
//! [`verify`] the proof that the kept sums are the ledger's.

pub mod actions;
pub(crate) mod book;
pub mod places;
pub(crate) mod shelf;
pub(crate) mod taking;
pub mod trace;
pub mod verify;

pub use actions::{Booked, Correction, Shift};
pub use places::{BinContent, Warehouse};
pub use trace::{Lies, StockWork, Trace, TraceFrom, TracedLot, WorkKind};
pub use verify::StockMismatch;

use super::Records;
use super::items::find_item;
use crate::file::{first, need, rows};
use crate::limits::ROWS_MAX;
use crate::{Act, Result};
use book::{Book, MOVEMENT, movement};
use domain::StockLevel;
use domain::stock::{
    AsOf, Bin, CostLine, Figures, Lot, Movement, MovementKind, Place, ReasonCode, Standing, figures,
};
use rusqlite::{Connection, Row};
use serde_json::{Value, json};
use shelf::{Cause, balances_now, balances_of, expiries_of, settle_total};
use std::collections::{BTreeMap, HashMap};
use taking::mark_counted;
use units::{BinId, Day, ItemId, LotId, Money, MovementId, Quantity};

pub(crate) const STEPS: &[(&str, &str)] = &[
    (
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
    ),
    ("stock-2-ledger", book::LEDGER),
    ("stock-3-warehouses", places::BY_WAREHOUSE),
    ("stock-4-sites", places::WAREHOUSES),
];

/// A line of an item's ledger as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    /// The movement.
    pub movement: Movement,
    /// What was booked together with it, by the number of the first.
    pub booking: MovementId,
    /// On hand after it, in the order of the days they took effect.
    pub on_hand: Quantity,
    /// The movement that took it back.
    pub reversed_by: Option<MovementId>,
}

/// How much stands somewhere, with what is known of the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standings {
    /// The lot, where one is known.
    pub lot: Option<Lot>,
    /// The bin.
    pub bin: Bin,
    /// How it stands.
    pub standing: Standing,
    /// How much.
    pub quantity: Quantity,
}

const LEVEL: &str = "SELECT item, on_hand, allocated, on_order, as_of, unusable FROM stock_level";

fn level(row: &Row<'_>) -> Result<StockLevel> {
    Ok(StockLevel {
        item: ItemId(row.get(0)?),
        on_hand: Quantity(row.get(1)?),
        allocated: Quantity(row.get(2)?),
        on_order: Quantity(row.get(3)?),
        as_of: row.get::<_, Option<i32>>(4)?.map(Day),
        unusable: Quantity(row.get(5)?),
    })
}

pub(crate) fn level_of(db: &Connection, item: ItemId) -> Result<Option<StockLevel>> {
    first(db, &format!("{LEVEL} WHERE item = ?1"), [item.0], level)
}

pub(crate) fn level_json(level: &StockLevel) -> Value {
    json!({
        "on_hand": level.on_hand,
        "allocated": level.allocated,
        "on_order": level.on_order,
        "unusable": level.unusable,
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

    /// The figures of an item at the end of a day, or as they were believed to be at an instant.
    pub fn stock_as_of(&self, item: ItemId, as_of: AsOf) -> Result<Figures> {
        self.file.read("read the stock of a day", |db| {
            let expiries = expiries_of(db, item)?;
            let expiry = |lot| expiries.get(&lot).copied().flatten();
            Ok(figures(&balances_of(db, item, as_of)?, expiry, as_of.day))
        })
    }

    /// The figures of an item at the end of a day; `None`: of all that is booked, on the day of the books.
    pub fn stock_figures(&self, item: ItemId, day: Option<Day>) -> Result<Figures> {
        self.file.read("read the stock of an item", |db| {
            let expiries = expiries_of(db, item)?;
            let expiry = |lot| expiries.get(&lot).copied().flatten();
            match day {
                Some(day) => Ok(figures(&balances_of(db, item, AsOf::day(day))?, expiry, day)),
                None => {
                    let today = book::state(db)?.0.unwrap_or(Day(i32::MIN));
                    Ok(figures(&balances_now(db, item)?, expiry, today))
                }
            }
        })
    }

    /// The figures of every item that ever moved, at the end of a day.
    pub fn all_stock_as_of(&self, day: Day) -> Result<Vec<(ItemId, Figures)>> {
        self.file.read("read all stock of a day", |db| {
            // From what stands now, less what took effect later: most days are near the last one.
            let sql = "SELECT s.item, s.side, sum(s.quantity), coalesce(l.expiry < ?1, 0) FROM (
                    SELECT item, lot, side, quantity FROM balance WHERE side >= 8 OR side IN (2, 3)
                    UNION ALL SELECT item, lot, from_side, quantity FROM movement WHERE day > ?1
                    UNION ALL SELECT item, lot, to_side, -quantity FROM movement WHERE day > ?1
                 ) s LEFT JOIN lot l ON l.id = s.lot
                 GROUP BY s.item, s.side, 4";
            let mut found: BTreeMap<ItemId, Figures> = BTreeMap::new();
            for (item, side, quantity, expired) in rows(db, sql, [day.0], |row| {
                Ok((ItemId(row.get(0)?), book::side(row.get(1)?)?, Quantity(row.get(2)?), row.get(3)?))
            })? {
                found.entry(item).or_default().add(side, quantity, expired);
            }
            Ok(found.into_iter().collect())
        })
    }

    /// What was on hand of an item at the end of each day on which that changed, from `from` on, led by what there was
    /// the day before it.
    pub fn stock_history(&self, item: ItemId, from: Day) -> Result<Vec<(Day, Quantity)>> {
        self.file.read("read an item's stock over time", |db| {
            let change = "sum(quantity * ((to_side >= 8) - (from_side >= 8)))";
            let sql = format!("SELECT {change} FROM movement WHERE item = ?1 AND day < ?2");
            let before =
                first(db, &sql, (item.0, from.0), |row| Ok(row.get::<_, Option<i64>>(0)?))?.flatten();
            let sql = format!(
                "SELECT day, {change} FROM movement WHERE item = ?1 AND day >= ?2 GROUP BY day ORDER BY day"
            );
            let changes =
                rows(db, &sql, (item.0, from.0), |row| Ok((Day(row.get(0)?), Quantity(row.get(1)?))))?;
            let mut level = Quantity(before.unwrap_or(0));
            let mut history = Vec::with_capacity(changes.len() + 1);
            if before.is_some() {
                history.push((from.plus(-1), level));
            }
            for (day, change) in changes {
                level = level.plus(change);
                history.push((day, level));
            }
            Ok(history)
        })
    }

    /// What was on hand of every item that ever moved, at the end of each day on which that changed.
    pub fn stock_history_all(&self) -> Result<Vec<(ItemId, Vec<(Day, Quantity)>)>> {
        self.file.read("read all stock over time", |db| {
            let sql = "SELECT item, day, sum(quantity * ((to_side >= 8) - (from_side >= 8))) FROM movement
                GROUP BY item, day ORDER BY item, day";
            let mut all: Vec<(ItemId, Vec<(Day, Quantity)>)> = Vec::new();
            for (item, day, change) in
                rows(db, sql, [], |row| Ok((ItemId(row.get(0)?), Day(row.get(1)?), Quantity(row.get(2)?))))?
            {
                match all.last_mut() {
                    Some((last, days)) if *last == item => {
                        let level = days.last().map_or(change, |(_, level)| level.plus(change));
                        days.push((day, level));
                    }
                    _ => all.push((item, vec![(day, change)])),
                }
            }
            Ok(all)
        })
    }

    /// The changes of what is on hand of an item, in the order they took effect: what it is valued by.
    pub fn stock_costs(&self, item: ItemId) -> Result<Vec<CostLine>> {
        self.file.read("read what an item's stock cost", |db| {
            let sql = "SELECT quantity * ((to_side >= 8) - (from_side >= 8)), unit_cost FROM movement
                       WHERE item = ?1 AND (to_side >= 8) <> (from_side >= 8) ORDER BY day, id";
            rows(db, sql, [item.0], |row| {
                Ok(CostLine {
                    change: Quantity(row.get(0)?),
                    unit_cost: row.get::<_, Option<i64>>(1)?.map(Money),
                })
            })
        })
    }

    /// What stands where of an item at the end of a day (`None`: now, whatever is booked), the first to expire first.
    pub fn standings(&self, item: ItemId, day: Option<Day>) -> Result<Vec<Standings>> {
        self.file.read("read where an item lies", |db| {
            let lots: HashMap<LotId, Lot> =
                places::lots_of(db, item)?.into_iter().map(|lot| (lot.id, lot)).collect();
            let mut bins: HashMap<BinId, Bin> = HashMap::new();
            let mut found = Vec::new();
            let balances = match day {
                Some(day) => balances_of(db, item, AsOf::day(day))?,
                None => balances_now(db, item)?,
            };
            for (position, quantity) in balances {
                let Place::Bin(id) = position.side.place else { continue };
                let bin = match bins.get(&id) {
                    Some(bin) => bin.clone(),
                    None => {
                        let bin = need(places::find_bin(db, id)?, "bin", id)?;
                        bins.insert(id, bin.clone());
                        bin
                    }
                };
                let lot = position.lot.and_then(|lot| lots.get(&lot).cloned());
                found.push(Standings { lot, bin, standing: position.side.standing, quantity });
            }
            found.sort_by_key(|s| {
                let expiry = s.lot.as_ref().and_then(|lot| lot.expiry);
                let lot = s.lot.as_ref().map(|lot| lot.code.clone());
                (expiry.is_none(), expiry, lot.is_none(), lot, s.bin.code.clone(), s.standing)
            });
            Ok(found)
        })
    }

    /// A person counted all of an item: on hand becomes this; the difference goes to the ledger as a correction.
    pub fn count_stock(&self, act: &Act, item: ItemId, on_hand: Quantity, day: Day) -> Result<StockLevel> {
        self.change("book a count", act, move |c| {
            let sku = need(find_item(c.tx, item)?, "item", item)?.sku;
            let old = level_of(c.tx, item)?;
            let mut book = Book::open(c.tx, c.act)?;
            let cause = Cause::new(day, MovementKind::Count).because(ReasonCode::Counted);
            settle_total(&mut book, item, on_hand, &cause)?;
            mark_counted(c.tx, item, Some(day).max(old.and_then(|level| level.as_of)))?;
            let new = need(level_of(c.tx, item)?, "stock level of item", item)?;
            let subject = format!("stock of item {sku}");
            c.audit("stock.count", &subject, old.as_ref().map(level_json), Some(level_json(&new)))?;
            Ok(new)
        })
    }

    /// The ledger of an item, what took effect last first.
    pub fn movements(&self, item: ItemId, limit: u32) -> Result<Vec<LedgerLine>> {
        self.file.read("read the ledger of an item", |db| {
            let mut on_hand = level_of(db, item)?.map_or(Quantity::ZERO, |level| level.on_hand);
            let columns = MOVEMENT.strip_suffix(" FROM movement").unwrap_or(MOVEMENT);
            let sql = format!(
                "{columns}, booking, (SELECT id FROM movement r WHERE r.reverses = movement.id) FROM movement
                 WHERE item = ?1 ORDER BY day DESC, id DESC LIMIT ?2"
            );
            let mut lines = rows(db, &sql, (item.0, limit.min(ROWS_MAX)), |row| {
                let line = LedgerLine {
                    movement: movement(row)?,
                    booking: MovementId(row.get(16)?),
                    on_hand,
                    reversed_by: row.get::<_, Option<i64>>(17)?.map(MovementId),
                };
                on_hand = on_hand.minus(line.movement.on_hand_change());
                Ok(line)
            })?;
            super::customers::call_parties(db, lines.iter_mut().map(|line| &mut line.movement))?;
            Ok(lines)
        })
    }
}
