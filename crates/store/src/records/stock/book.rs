//! The ledger's tables, and the one way to add to them.
//!
//! A movement goes in with both its balances and the item's figures in one transaction, and is never changed or removed
//! (triggers refuse it). Balances and figures are kept only to be quick: [`super::verify`] adds all movements up again.
//!
//! A side is one number: places outside of the warehouse are below 8; what lies in bin b with standing s is 8 b + s, so
//! that "on hand" is `>= 8`.

use super::super::Records;
use crate::audit::Change;
use crate::file::{first, run};
use crate::limits::QUANTITY_MAX;
use crate::words::{movement_kind, movement_kind_code, reason, reason_code, standing, standing_code};
use crate::{Act, Error, ErrorKind, Result};
use domain::stock::{Movement, MovementKind, Place, ReasonCode, Side, Standing};
use rusqlite::{Connection, Row, params};
use std::collections::HashMap;
use units::{BinId, Day, ImportId, ItemId, LotId, Money, MovementId, Quantity, Timestamp};

/// From here on a side is in a bin.
pub(crate) const FIRST_BIN_SIDE: i64 = 8;

pub(crate) const LEDGER: &str = "
    CREATE TABLE bin(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        code TEXT NOT NULL UNIQUE,
        zone INTEGER,
        capacity INTEGER,
        temperature INTEGER
    );
    INSERT INTO bin(id, code) VALUES (1, 'DEFAULT');
    CREATE TABLE lot(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        item INTEGER NOT NULL REFERENCES item(id),
        code TEXT NOT NULL,
        expiry INTEGER,
        status INTEGER NOT NULL,
        UNIQUE (item, code)
    );
    CREATE INDEX lot_code ON lot(code);
    CREATE INDEX lot_expiry ON lot(expiry) WHERE expiry IS NOT NULL;
    -- booking: the first movement of those that were booked together. lot 0: none is known.
    CREATE TABLE movement(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        booking INTEGER NOT NULL,
        booked_at INTEGER NOT NULL,
        day INTEGER NOT NULL,
        item INTEGER NOT NULL REFERENCES item(id),
        lot INTEGER NOT NULL,
        from_side INTEGER NOT NULL,
        to_side INTEGER NOT NULL,
        quantity INTEGER NOT NULL CHECK (quantity > 0),
        kind INTEGER NOT NULL,
        reason INTEGER,
        unit_cost INTEGER,
        source TEXT,
        party TEXT,
        import INTEGER REFERENCES import(id),
        reverses INTEGER,
        by TEXT NOT NULL
    );
    CREATE INDEX movement_item ON movement(item, day, id);
    CREATE INDEX movement_day ON movement(day);
    CREATE INDEX movement_lot ON movement(lot) WHERE lot <> 0;
    CREATE INDEX movement_import ON movement(import) WHERE import IS NOT NULL;
    CREATE INDEX movement_source ON movement(source) WHERE source IS NOT NULL;
    CREATE INDEX movement_party ON movement(party) WHERE party IS NOT NULL;
    CREATE UNIQUE INDEX movement_reverses ON movement(reverses) WHERE reverses IS NOT NULL;
    CREATE TABLE balance(
        item INTEGER NOT NULL,
        lot INTEGER NOT NULL,
        side INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        PRIMARY KEY (item, lot, side)
    ) WITHOUT ROWID;
    CREATE INDEX balance_side ON balance(side) WHERE side >= 8;
    -- today: the day up to which lots were found expired. lock: the last day of the closed period.
    CREATE TABLE stock_book(one INTEGER PRIMARY KEY CHECK (one = 1), today INTEGER, lock INTEGER);
    INSERT INTO stock_book VALUES (1, NULL, NULL);
    ALTER TABLE stock_level ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE stock_level ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE stock_level ADD COLUMN unusable INTEGER GENERATED ALWAYS AS (held + expired) VIRTUAL;

    -- What an older site knew. Its lines keep their numbers; what its levels say beyond them opens the books.
    INSERT INTO movement(id, booking, booked_at, day, item, lot, from_side, to_side, quantity, kind, import, by)
        SELECT id, id, at, coalesce(day, at / 86400000), item, 0, iif(change > 0, other, 8), iif(change > 0, 8, other),
            abs(change), kind, import, by
        FROM (SELECT *, CASE kind WHEN 2 THEN 1 WHEN 3 THEN 4 ELSE 5 END AS other FROM stock_movement)
        WHERE change <> 0 ORDER BY id;
    INSERT INTO movement(booking, booked_at, day, item, lot, from_side, to_side, quantity, kind, by)
        SELECT 0, at, coalesce(as_of, at / 86400000), item, 0, iif(change > 0, here, there), iif(change > 0, there, here),
            abs(change), 4, 'quartermaster'
        FROM (
            SELECT l.item, l.as_of, s.here, s.there,
                coalesce((SELECT max(at) FROM stock_movement m WHERE m.item = l.item), 0) AS at,
                CASE s.there
                    WHEN 8 THEN l.on_hand
                        - coalesce((SELECT sum(change) FROM stock_movement m WHERE m.item = l.item), 0)
                    WHEN 9 THEN l.allocated
                    ELSE l.on_order
                END AS change
            FROM stock_level l,
                (SELECT 5 AS here, 8 AS there UNION ALL SELECT 8, 9 UNION ALL SELECT 1, 2) s
        ) WHERE change <> 0 ORDER BY item, there;
    INSERT INTO balance SELECT item, lot, side, sum(quantity) FROM (
        SELECT item, lot, from_side AS side, -quantity AS quantity FROM movement
        UNION ALL SELECT item, lot, to_side, quantity FROM movement
    ) GROUP BY item, lot, side HAVING sum(quantity) <> 0;
    DROP TABLE stock_movement;
    CREATE TRIGGER movement_no_update BEFORE UPDATE ON movement
        BEGIN SELECT RAISE(ABORT, 'movements are never changed'); END;
    CREATE TRIGGER movement_no_delete BEFORE DELETE ON movement
        BEGIN SELECT RAISE(ABORT, 'movements are never deleted'); END;
    -- Master data that an import made (was: null) or changed, as JSON, to be restored when the import is undone.
    CREATE TABLE import_change(
        import INTEGER NOT NULL REFERENCES import(id),
        seq INTEGER NOT NULL,
        what INTEGER NOT NULL,
        row INTEGER NOT NULL,
        was TEXT,
        became TEXT NOT NULL,
        PRIMARY KEY (import, seq)
    ) WITHOUT ROWID;
    CREATE TABLE import_undo(
        import INTEGER NOT NULL REFERENCES import(id),
        at INTEGER NOT NULL,
        by TEXT NOT NULL,
        whole INTEGER NOT NULL
    );
";

pub(crate) fn side_code(side: Side) -> i64 {
    match side.place {
        Place::Supplier => 1,
        Place::Inbound => 2,
        Place::Transit => 3,
        Place::Customer => 4,
        Place::Adjustment => 5,
        Place::Loss => 6,
        Place::Bin(bin) => bin.0 * FIRST_BIN_SIDE + standing_code(side.standing),
    }
}

pub(crate) fn side(code: i64) -> Result<Side> {
    Ok(match code {
        1 => Side::outside(Place::Supplier),
        2 => Side::outside(Place::Inbound),
        3 => Side::outside(Place::Transit),
        4 => Side::outside(Place::Customer),
        5 => Side::outside(Place::Adjustment),
        6 => Side::outside(Place::Loss),
        _ => Side::bin(BinId(code / FIRST_BIN_SIDE), standing(code % FIRST_BIN_SIDE)?),
    })
}

pub(crate) fn lot_code(lot: Option<LotId>) -> i64 {
    lot.map_or(0, |lot| lot.0)
}

pub(crate) fn lot_id(code: i64) -> Option<LotId> {
    (code != 0).then_some(LotId(code))
}

/// The columns of [`movement`].
pub(crate) const MOVEMENT: &str =
    "SELECT id, booked_at, day, item, lot, from_side, to_side, quantity, kind, reason, unit_cost,
    source, party, import, reverses, by FROM movement";

pub(crate) fn movement(row: &Row<'_>) -> Result<Movement> {
    Ok(Movement {
        id: MovementId(row.get(0)?),
        booked_at: Timestamp(row.get(1)?),
        day: Day(row.get(2)?),
        item: ItemId(row.get(3)?),
        lot: lot_id(row.get(4)?),
        from: side(row.get(5)?)?,
        to: side(row.get(6)?)?,
        quantity: Quantity(row.get(7)?),
        kind: movement_kind(row.get(8)?)?,
        reason: row.get::<_, Option<i64>>(9)?.map(reason).transpose()?,
        unit_cost: row.get::<_, Option<i64>>(10)?.map(Money),
        source: row.get(11)?,
        party: row.get(12)?,
        import: row.get::<_, Option<i64>>(13)?.map(ImportId),
        reverses: row.get::<_, Option<i64>>(14)?.map(MovementId),
        by: row.get(15)?,
    })
}

/// The day of the books and the last day of the closed period.
pub(crate) fn state(db: &Connection) -> Result<(Option<Day>, Option<Day>)> {
    let found = first(db, "SELECT today, lock FROM stock_book", [], |row| {
        Ok((row.get::<_, Option<i32>>(0)?.map(Day), row.get::<_, Option<i32>>(1)?.map(Day)))
    })?;
    Ok(found.unwrap_or((None, None)))
}

/// Movements that are booked together. Each goes in as it is posted.
pub(crate) struct Book<'t> {
    pub tx: &'t Connection,
    at: Timestamp,
    by: String,
    lock: Option<Day>,
    today: Option<Day>,
    booking: Option<i64>,
    expiries: HashMap<LotId, Option<Day>>,
}

impl<'t> Book<'t> {
    pub(crate) fn open(tx: &'t Connection, act: &Act) -> Result<Self> {
        Self::signed(tx, act.at, &act.by.name)
    }

    pub(crate) fn signed(tx: &'t Connection, at: Timestamp, by: &str) -> Result<Self> {
        let (today, lock) = state(tx)?;
        let by = by.to_owned();
        Ok(Self { tx, at, by, lock, today, booking: None, expiries: HashMap::new() })
    }

    /// The day of the booking: the site's, where it is known.
    pub(crate) fn today(&self) -> Day {
        let utc = self.at.utc_day();
        self.today.filter(|day| (day.0 - utc.0).abs() <= 1).unwrap_or(utc)
    }

    /// A movement to be posted, with the rest still to be said.
    pub(crate) fn draft(
        &self,
        item: ItemId,
        lot: Option<LotId>,
        from: Side,
        to: Side,
        quantity: Quantity,
        kind: MovementKind,
    ) -> Movement {
        Movement {
            id: MovementId(0),
            booked_at: self.at,
            day: self.today(),
            item,
            lot,
            from,
            to,
            quantity,
            kind,
            reason: None,
            unit_cost: None,
            source: None,
            party: None,
            import: None,
            reverses: None,
            by: String::new(),
        }
    }

    /// The movement that takes another one back, on the day that one took effect, or today where the books are closed.
    pub(crate) fn reversal(&self, of: &Movement, why: ReasonCode, import: Option<ImportId>) -> Movement {
        Movement { import, ..of.reversed(self.at, of.day, why, &self.by) }
    }

    /// Books it.
    pub(crate) fn post(&mut self, movement: &Movement) -> Result<MovementId> {
        movement.admit(self.lock).map_err(|refused| {
            Error::new(ErrorKind::Conflict, format!("the movement is not booked: {refused}"))
        })?;
        if movement.quantity.0.unsigned_abs() > QUANTITY_MAX {
            return Err(Error::new(
                ErrorKind::Permanent,
                format!("a quantity of {} is too large to be booked; check the unit", movement.quantity),
            ));
        }
        let (from, to, lot) = (side_code(movement.from), side_code(movement.to), lot_code(movement.lot));
        run(
            self.tx,
            "INSERT INTO movement(booking, booked_at, day, item, lot, from_side, to_side, quantity, kind, reason, unit_cost,
                source, party, import, reverses, by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            params![
                // The first of a booking gives it its number, which is the next of the table.
                match self.booking {
                    Some(booking) => booking,
                    None => self.begin()?,
                },
                self.at.0,
                movement.day.0,
                movement.item.0,
                lot,
                from,
                to,
                movement.quantity.0,
                movement_kind_code(movement.kind),
                movement.reason.map(reason_code),
                movement.unit_cost.map(|m| m.0),
                movement.source,
                movement.party,
                movement.import.map(|i| i.0),
                movement.reverses.map(|m| m.0),
                self.by
            ],
        )?;
        let id = MovementId(self.tx.last_insert_rowid());
        self.add(movement.item, lot, from, -movement.quantity.0)?;
        self.add(movement.item, lot, to, movement.quantity.0)?;
        crate::records::units::follow(self.tx, movement, id)?;
        let expired = self.expired(movement.lot)?;
        let (mut before, mut after) = (domain::stock::Figures::default(), domain::stock::Figures::default());
        before.add(movement.from, movement.quantity, expired);
        after.add(movement.to, movement.quantity, expired);
        let change = |of: fn(&domain::stock::Figures) -> Quantity| of(&after).0 - of(&before).0;
        let changes = [
            change(|f| f.on_hand),
            change(|f| f.allocated),
            change(|f| f.on_order),
            change(|f| f.held),
            change(|f| f.expired),
        ];
        if changes != [0; 5] {
            let [on_hand, allocated, on_order, held, expired] = changes;
            run(
                self.tx,
                "INSERT INTO stock_level(item, on_hand, allocated, on_order, held, expired) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (item) DO UPDATE SET on_hand = on_hand + excluded.on_hand,
                    allocated = allocated + excluded.allocated, on_order = on_order + excluded.on_order,
                    held = held + excluded.held, expired = expired + excluded.expired",
                params![movement.item.0, on_hand, allocated, on_order, held, expired],
            )?;
        }
        Ok(id)
    }

    fn begin(&mut self) -> Result<i64> {
        let last = first(self.tx, "SELECT seq FROM sqlite_sequence WHERE name = 'movement'", [], |row| {
            Ok(row.get::<_, i64>(0)?)
        })?;
        let booking = last.unwrap_or(0) + 1;
        self.booking = Some(booking);
        Ok(booking)
    }

    fn add(&self, item: ItemId, lot: i64, side: i64, change: i64) -> Result<()> {
        run(
            self.tx,
            "INSERT INTO balance(item, lot, side, quantity) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (item, lot, side) DO UPDATE SET quantity = quantity + excluded.quantity",
            params![item.0, lot, side, change],
        )?;
        Ok(())
    }

    /// Whether units of a lot count as expired on the day of the books.
    fn expired(&mut self, lot: Option<LotId>) -> Result<bool> {
        let (Some(lot), Some(today)) = (lot, self.today) else { return Ok(false) };
        let expiry = match self.expiries.get(&lot) {
            Some(expiry) => *expiry,
            None => {
                let expiry = first(self.tx, "SELECT expiry FROM lot WHERE id = ?1", [lot.0], |row| {
                    Ok(row.get::<_, Option<i32>>(0)?.map(Day))
                })?
                .flatten();
                self.expiries.insert(lot, expiry);
                expiry
            }
        };
        Ok(expiry.is_some_and(|last| last < today))
    }

    /// The first movement of this booking; `None` where nothing was posted.
    pub(crate) fn booking(&self) -> Option<MovementId> {
        self.booking.map(MovementId)
    }
}

/// Adds up again what of an item is expired: after the day or a lot's date changed.
pub(crate) fn refresh_expired(tx: &Connection, item: ItemId) -> Result<()> {
    run(
        tx,
        "UPDATE stock_level SET expired = (
            SELECT coalesce(sum(b.quantity), 0) FROM balance b LEFT JOIN lot l ON l.id = b.lot
            WHERE b.item = ?1 AND b.side >= 8
                AND (b.side % 8 = ?2 OR (b.side % 8 = ?3 AND l.expiry < (SELECT today FROM stock_book)))
         ) WHERE item = ?1",
        params![item.0, standing_code(Standing::Expired), standing_code(Standing::Free)],
    )?;
    Ok(())
}

impl Records {
    /// Tells the books which day it is at the site: what passed its last day since is expired from now on. Computed, so
    /// not audited; the same day again costs one read.
    pub fn stock_day(&self, today: Day) -> Result<()> {
        let known = self.file.read("read the day of the books", |db| Ok(state(db)?.0))?;
        if known == Some(today) {
            return Ok(());
        }
        self.file.write("set the day of the books", move |tx| {
            let (from, to) = match state(tx)?.0 {
                Some(known) => (known.min(today), known.max(today)),
                None => (Day(i32::MIN), Day(i32::MAX)),
            };
            run(tx, "UPDATE stock_book SET today = ?1", [today.0])?;
            let items: Vec<i64> = crate::file::rows(
                tx,
                "SELECT DISTINCT item FROM lot WHERE expiry >= ?1 AND expiry < ?2",
                (from.0, to.0),
                |row| Ok(row.get(0)?),
            )?;
            items.into_iter().try_for_each(|item| refresh_expired(tx, ItemId(item)))
        })
    }

    /// The last day of the closed period; `None` while everything is open.
    pub fn stock_lock(&self) -> Result<Option<Day>> {
        self.file.read("read how far the books are closed", |db| Ok(state(db)?.1))
    }

    /// Movements that took effect after one day and up to another, and how many of them people booked late.
    pub fn stock_period(&self, after: Option<Day>, up_to: Day) -> Result<(u64, u64)> {
        self.file.read("count the movements of a period", |db| {
            // A day's grace, and no files: as the work list has it.
            let sql =
                "SELECT count(*), coalesce(sum(kind NOT IN (0, 4, 12) AND day < booked_at / 86400000 - 1), 0)
                FROM movement WHERE day > ?1 AND day <= ?2";
            let found = crate::file::first(db, sql, (after.map_or(i32::MIN, |day| day.0), up_to.0), |row| {
                Ok((crate::file::count(row.get(0)?), crate::file::count(row.get(1)?)))
            })?;
            Ok(found.unwrap_or_default())
        })
    }

    /// Closes the books up to a day, or opens them.
    pub fn set_stock_lock(&self, act: &Act, lock: Option<Day>) -> Result<()> {
        self.change("close the books", act, move |c: &Change<'_>| {
            let old = state(c.tx)?.1;
            if old == lock {
                return Ok(());
            }
            run(c.tx, "UPDATE stock_book SET lock = ?1", [lock.map(|d| d.0)])?;
            let json =
                |day: Option<Day>| Some(serde_json::json!({ "closed_up_to": day.map(|d| d.to_string()) }));
            c.audit("stock.close", "stock", json(old), json(lock))
        })
    }
}
