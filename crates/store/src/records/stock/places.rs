//! Lots and bins.
//!
//! A bin is known by its warehouse and its code. Most sites have one warehouse, and most files do not say which: a code
//! without one means the only bin of that code. A bin that was made before anybody named its warehouse is the first one's
//! that names it.

use super::book::{FIRST_BIN_SIDE, MOVEMENT, lot_code, lot_id, movement, refresh_expired};
use crate::Result;
use crate::file::{first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::records::Records;
use crate::records::imports::{Journal, Table};
use crate::words::{lot_status, lot_status_code, temperature, temperature_code};
use crate::{Act, Error, ErrorKind};
use domain::stock::{Bin, Capacity, DEFAULT_BIN, Lot, LotStatus, Movement, Spot};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use units::{BinId, Day, ItemId, LotId, Quantity, ZoneId};

const LOT: &str = "SELECT id, item, code, expiry, status FROM lot";

fn lot(row: &Row<'_>) -> Result<Lot> {
    Ok(Lot {
        id: LotId(row.get(0)?),
        item: ItemId(row.get(1)?),
        code: row.get(2)?,
        expiry: row.get::<_, Option<i32>>(3)?.map(Day),
        status: lot_status(row.get(4)?)?,
    })
}

pub(crate) fn find_lot(db: &Connection, id: LotId) -> Result<Option<Lot>> {
    first(db, &format!("{LOT} WHERE id = ?1"), [id.0], lot)
}

pub(crate) fn find_lot_code(db: &Connection, item: ItemId, code: &str) -> Result<Option<Lot>> {
    first(db, &format!("{LOT} WHERE item = ?1 AND code = ?2"), (item.0, code), lot)
}

pub(crate) fn lots_of(db: &Connection, item: ItemId) -> Result<Vec<Lot>> {
    rows(db, &format!("{LOT} WHERE item = ?1 ORDER BY expiry IS NULL, expiry, code"), [item.0], lot)
}

/// Writes a lot as it is; id 0 makes a new one.
pub(crate) fn write_lot(tx: &Connection, lot: &Lot) -> Result<LotId> {
    let id = (lot.id.0 != 0).then_some(lot.id.0);
    run(
        tx,
        "INSERT INTO lot(id, item, code, expiry, status) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, expiry = excluded.expiry, status = excluded.status",
        params![id, lot.item.0, lot.code, lot.expiry.map(|d| d.0), lot_status_code(lot.status)],
    )?;
    Ok(LotId(id.unwrap_or_else(|| tx.last_insert_rowid())))
}

pub(crate) fn lot_json(lot: &Lot) -> Value {
    json!({
        "item": lot.item,
        "code": lot.code,
        "expiry": lot.expiry.map(|d| d.0),
        "status": lot.status.word(),
    })
}

/// The table anew, since one that says a code is unique can't be told otherwise; ids stay, and so does all that names them.
pub(crate) const BY_WAREHOUSE: &str = "
    CREATE TABLE bin_by_warehouse(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        warehouse TEXT NOT NULL DEFAULT '',
        code TEXT NOT NULL,
        number TEXT,
        zone INTEGER,
        capacity INTEGER,
        capacity_volume INTEGER,
        capacity_weight INTEGER,
        capacity_handling_units INTEGER,
        temperature INTEGER,
        x INTEGER,
        y INTEGER,
        level INTEGER,
        pick_order INTEGER,
        UNIQUE (warehouse, code)
    );
    INSERT INTO bin_by_warehouse(id, code, zone, capacity, temperature)
        SELECT id, code, zone, capacity, temperature FROM bin ORDER BY id;
    UPDATE sqlite_sequence SET seq = (SELECT max(seq) FROM sqlite_sequence WHERE name = 'bin')
        WHERE name = 'bin_by_warehouse';
    DROP TABLE bin;
    ALTER TABLE bin_by_warehouse RENAME TO bin;
    CREATE INDEX bin_code ON bin(code);
    CREATE INDEX bin_number ON bin(number) WHERE number IS NOT NULL;
";

/// Sites that files name: warehouses bins are in, and others goods go to.
pub(crate) const WAREHOUSES: &str = "
    CREATE TABLE warehouse(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        code TEXT,
        kind TEXT,
        address TEXT NOT NULL
    );
";

/// A site that a file names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Warehouse {
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: Option<String>,
    /// What it is, in the file's words: depot, dispensary.
    pub kind: Option<String>,
    /// Where it is.
    pub address: String,
}

fn warehouse(row: &Row<'_>) -> Result<Warehouse> {
    Ok(Warehouse { name: row.get(0)?, code: row.get(1)?, kind: row.get(2)?, address: row.get(3)? })
}

/// Takes a site of a file; says whether it was new or changed.
pub(crate) fn take_warehouse(journal: &mut Journal<'_>, tx: &Connection, given: &Warehouse) -> Result<bool> {
    let sql = "SELECT name, code, kind, address, id FROM warehouse WHERE name = ?1";
    let known = first(tx, sql, [&given.name], |row| Ok((row.get::<_, i64>(4)?, warehouse(row)?)))?;
    if known.as_ref().is_some_and(|(_, old)| old == given) {
        return Ok(false);
    }
    let id = known.map_or(0, |(id, _)| id);
    let was = journal.before(Table::Warehouse, id)?;
    run(
        tx,
        "INSERT INTO warehouse(name, code, kind, address) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (name) DO UPDATE SET code = excluded.code, kind = excluded.kind, address = excluded.address",
        (&given.name, &given.code, &given.kind, &given.address),
    )?;
    let id = if id == 0 { tx.last_insert_rowid() } else { id };
    journal.note(Table::Warehouse, id, was)?;
    Ok(true)
}

const BIN: &str =
    "SELECT id, code, zone, capacity, temperature, warehouse, number, capacity_volume, capacity_weight,
    capacity_handling_units, x, y, level, pick_order FROM bin";

fn bin(row: &Row<'_>) -> Result<Bin> {
    let (x, y): (Option<i64>, Option<i64>) = (row.get(10)?, row.get(11)?);
    Ok(Bin {
        id: BinId(row.get(0)?),
        code: row.get(1)?,
        zone: row.get::<_, Option<i64>>(2)?.map(ZoneId),
        capacity: Capacity {
            units: row.get::<_, Option<i64>>(3)?.map(Quantity),
            volume_ml: row.get(7)?,
            weight_grams: row.get(8)?,
            handling_units: row.get(9)?,
        },
        temperature: row.get::<_, Option<i64>>(4)?.map(temperature).transpose()?,
        warehouse: row.get(5)?,
        number: row.get(6)?,
        spot: match (x, y) {
            (Some(x_mm), Some(y_mm)) => {
                Some(Spot { x_mm, y_mm, level: row.get::<_, Option<i32>>(12)?.unwrap_or(1) })
            }
            _ => None,
        },
        pick_order: row.get(13)?,
    })
}

pub(crate) fn find_bin(db: &Connection, id: BinId) -> Result<Option<Bin>> {
    first(db, &format!("{BIN} WHERE id = ?1"), [id.0], bin)
}

/// The bin of a code in a warehouse.
pub(crate) fn find_bin_in(db: &Connection, warehouse: &str, code: &str) -> Result<Option<Bin>> {
    first(db, &format!("{BIN} WHERE warehouse = ?1 AND code = ?2"), [warehouse, code], bin)
}

/// What parts a warehouse from a code where a person names both: `Boston/COLD ROOM`.
const IN: char = '/';

/// The bin that a person or a file means by a code alone: that of no named warehouse, else the only one of that code, else
/// of that number, else `warehouse/code`. Several of one code are a conflict that names them.
pub(crate) fn find_bin_code(db: &Connection, code: &str) -> Result<Option<Bin>> {
    for column in ["code", "number"] {
        let found =
            rows(db, &format!("{BIN} WHERE {column} = ?1 ORDER BY warehouse, id LIMIT 9"), [code], bin)?;
        match found.as_slice() {
            [] => {}
            [first, rest @ ..] if rest.is_empty() || first.warehouse.is_empty() => {
                return Ok(Some(first.clone()));
            }
            several => {
                let names: Vec<String> =
                    several.iter().map(|bin| format!("{}{IN}{}", bin.warehouse, bin.code)).collect();
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("there are several bins {code}; say which: {}", names.join(", ")),
                ));
            }
        }
    }
    match code.rsplit_once(IN) {
        Some((warehouse, code)) => find_bin_in(db, warehouse.trim(), code.trim()),
        None => Ok(None),
    }
}

/// Writes a bin as it is; id 0 makes a new one.
pub(crate) fn write_bin(tx: &Connection, bin: &Bin) -> Result<BinId> {
    let id = (bin.id.0 != 0).then_some(bin.id.0);
    run(
        tx,
        "INSERT INTO bin(id, code, zone, capacity, temperature, warehouse, number, capacity_volume, capacity_weight,
            capacity_handling_units, x, y, level, pick_order)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, zone = excluded.zone, capacity = excluded.capacity,
            temperature = excluded.temperature, warehouse = excluded.warehouse, number = excluded.number,
            capacity_volume = excluded.capacity_volume, capacity_weight = excluded.capacity_weight,
            capacity_handling_units = excluded.capacity_handling_units, x = excluded.x, y = excluded.y,
            level = excluded.level, pick_order = excluded.pick_order",
        params![
            id,
            bin.code,
            bin.zone.map(|z| z.0),
            bin.capacity.units.map(|q| q.0),
            bin.temperature.map(temperature_code),
            bin.warehouse,
            bin.number,
            bin.capacity.volume_ml,
            bin.capacity.weight_grams,
            bin.capacity.handling_units,
            bin.spot.map(|spot| spot.x_mm),
            bin.spot.map(|spot| spot.y_mm),
            bin.spot.map(|spot| spot.level),
            bin.pick_order,
        ],
    )?;
    Ok(BinId(id.unwrap_or_else(|| tx.last_insert_rowid())))
}

/// The bin that a row of a file names, made where it is new; and whether it was. Without a warehouse a code means the only
/// bin of that code; with one, a bin of no named warehouse becomes that warehouse's.
pub(crate) fn bin_of(tx: &Connection, warehouse: Option<&str>, code: &str) -> Result<(BinId, bool)> {
    let made = |warehouse: &str| {
        let bin = Bin { warehouse: warehouse.to_owned(), code: code.to_owned(), ..Bin::default() };
        Ok((write_bin(tx, &bin)?, true))
    };
    let Some(warehouse) = warehouse.map(str::trim).filter(|name| !name.is_empty()) else {
        return match find_bin_code(tx, code)? {
            Some(bin) => Ok((bin.id, false)),
            None => made(""),
        };
    };
    match named_bin(tx, warehouse, code)? {
        Some(bin) => Ok((bin.id, false)),
        None => made(warehouse),
    }
}

/// The bin of a warehouse and code, or one of no named warehouse, which is that warehouse's from now on.
pub(crate) fn named_bin(tx: &Connection, warehouse: &str, code: &str) -> Result<Option<Bin>> {
    if let Some(bin) = find_bin_in(tx, warehouse, code)? {
        return Ok(Some(bin));
    }
    match find_bin_in(tx, "", code)?.filter(|bin| bin.id != DEFAULT_BIN) {
        Some(bin) => {
            let bin = Bin { warehouse: warehouse.to_owned(), ..bin };
            write_bin(tx, &bin)?;
            Ok(Some(bin))
        }
        None => Ok(None),
    }
}

pub(crate) fn bin_json(bin: &Bin) -> Value {
    json!({
        "warehouse": bin.warehouse,
        "code": bin.code,
        "number": bin.number,
        "zone": bin.zone,
        "capacity": bin.capacity.units,
        "capacity_volume_ml": bin.capacity.volume_ml,
        "capacity_weight_grams": bin.capacity.weight_grams,
        "capacity_handling_units": bin.capacity.handling_units,
        "temperature": bin.temperature.map(|t| t.word()),
        "x_mm": bin.spot.map(|spot| spot.x_mm),
        "y_mm": bin.spot.map(|spot| spot.y_mm),
        "level": bin.spot.map(|spot| spot.level),
        "pick_order": bin.pick_order,
    })
}

/// The sides of a bin, or of all.
fn sides(of: Option<BinId>) -> (i64, i64) {
    match of {
        Some(bin) => (bin.0 * FIRST_BIN_SIDE, bin.0 * FIRST_BIN_SIDE + FIRST_BIN_SIDE - 1),
        None => (FIRST_BIN_SIDE, i64::MAX),
    }
}

/// What lies in one bin of one item and lot, however it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinContent {
    /// In which bin.
    pub bin: BinId,
    /// The item.
    pub item: ItemId,
    /// Its lot, where one is known.
    pub lot: Option<LotId>,
    /// How much.
    pub quantity: Quantity,
    /// The lot's last day.
    pub expiry: Option<Day>,
    /// The day the oldest of it came into the bin, first in, first out.
    pub since: Option<Day>,
}

impl Records {
    /// The lots of an item, the first to expire first.
    pub fn lots(&self, item: ItemId) -> Result<Vec<Lot>> {
        self.file.read("list the lots of an item", |db| lots_of(db, item))
    }

    /// One lot.
    pub fn lot(&self, id: LotId) -> Result<Lot> {
        self.file.read("read a lot", |db| need(find_lot(db, id)?, "lot", id))
    }

    /// The lots of a code, of whichever item.
    pub fn lots_of_code(&self, code: &str) -> Result<Vec<Lot>> {
        self.file.read("find lots by their code", |db| {
            rows(db, &format!("{LOT} WHERE code = ?1 ORDER BY id"), [code], lot)
        })
    }

    /// Saves code and last day of a lot; id 0 makes a new one. Its status is decided by [`Records::decide_lot`].
    pub fn save_lot(&self, act: &Act, lot: &Lot) -> Result<LotId> {
        let lot = lot.clone();
        self.change("save a lot", act, move |c| {
            let old = if lot.id.0 == 0 { None } else { Some(need(find_lot(c.tx, lot.id)?, "lot", lot.id)?) };
            let new = match &old {
                Some(old) => Lot { status: old.status, item: old.item, ..lot },
                None => Lot { status: LotStatus::Available, ..lot },
            };
            if find_lot_code(c.tx, new.item, &new.code)?.is_some_and(|other| other.id != new.id) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("the item has a lot {} already; choose another code", new.code),
                ));
            }
            if old.as_ref() == Some(&new) {
                return Ok(new.id);
            }
            let id = write_lot(c.tx, &new)?;
            refresh_expired(c.tx, new.item)?;
            c.audit(
                "lot.save",
                &format!("lot {}", new.code),
                old.as_ref().map(lot_json),
                Some(lot_json(&new)),
            )?;
            Ok(id)
        })
    }

    /// All bins, by code.
    pub fn bins(&self) -> Result<Vec<Bin>> {
        self.file.read("list the bins", |db| {
            rows(db, &format!("{BIN} ORDER BY warehouse, walk(code), code"), [], bin)
        })
    }

    /// The sites that files named, by name.
    pub fn warehouses(&self) -> Result<Vec<Warehouse>> {
        self.file.read("list the sites", |db| {
            rows(db, "SELECT name, code, kind, address FROM warehouse ORDER BY name", [], warehouse)
        })
    }

    /// One bin.
    pub fn bin(&self, id: BinId) -> Result<Bin> {
        self.file.read("read a bin", |db| need(find_bin(db, id)?, "bin", id))
    }

    /// What each bin is called on a list: its code, with the warehouse where several have a bin of that code.
    pub fn bin_names(&self) -> Result<HashMap<BinId, String>> {
        let bins = self.bins()?;
        let mut codes: HashMap<&str, u32> = HashMap::new();
        for bin in &bins {
            *codes.entry(&bin.code).or_default() += 1;
        }
        let name = |bin: &Bin| match codes.get(bin.code.as_str()) {
            Some(2..) if !bin.warehouse.is_empty() => format!("{}{IN}{}", bin.warehouse, bin.code),
            _ => bin.code.clone(),
        };
        Ok(bins.iter().map(|bin| (bin.id, name(bin))).collect())
    }

    /// What lies where: of every bin, or of one; by bin, item and lot.
    pub fn bin_contents(&self, of: Option<BinId>) -> Result<Vec<BinContent>> {
        let (from, to) = sides(of);
        self.file.read("read what lies where", |db| {
            let sql = "SELECT b.side / 8, b.item, b.lot, sum(b.quantity), l.expiry FROM balance b
                LEFT JOIN lot l ON l.id = b.lot WHERE b.side >= ?1 AND b.side <= ?2 AND b.side >= 8 AND b.quantity <> 0
                GROUP BY 1, 2, 3 HAVING sum(b.quantity) <> 0";
            let mut found = rows(db, sql, [from, to], |row| {
                Ok(BinContent {
                    bin: BinId(row.get(0)?),
                    item: ItemId(row.get(1)?),
                    lot: lot_id(row.get(2)?),
                    quantity: Quantity(row.get(3)?),
                    expiry: row.get::<_, Option<i32>>(4)?.map(Day),
                    since: None,
                })
            })?;
            // First in, first out: what lies here came with the last so many units that came in. Each item's movements are read from the
            // newest back, and no further than what still lies here needs: a ledger of years costs no more than one of weeks.
            let mut left: HashMap<(i64, i64, i64), (i64, Option<i32>)> = HashMap::new();
            let mut waiting: BTreeMap<i64, usize> = BTreeMap::new();
            for one in found.iter().filter(|one| one.quantity.0 > 0) {
                left.insert((one.bin.0, one.item.0, lot_code(one.lot)), (one.quantity.0, None));
                *waiting.entry(one.item.0).or_default() += 1;
            }
            let mut came = db.prepare_cached(
                "SELECT to_side / 8, lot, quantity, day FROM movement WHERE item = ?1 AND to_side BETWEEN ?2 AND ?3
                    AND to_side >= 8 AND to_side / 8 <> from_side / 8 ORDER BY day DESC, id DESC",
            )?;
            for (item, mut waiting) in waiting {
                let mut rows = came.query((item, from, to))?;
                while waiting > 0
                    && let Some(row) = rows.next()?
                {
                    let key = (row.get(0)?, item, row.get(1)?);
                    let Some((left, since)) = left.get_mut(&key).filter(|(left, _)| *left > 0) else { continue };
                    *left -= row.get::<_, i64>(2)?;
                    *since = Some(row.get(3)?);
                    waiting -= usize::from(*left <= 0);
                }
            }
            for one in &mut found {
                let key = (one.bin.0, one.item.0, lot_code(one.lot));
                one.since = left.get(&key).and_then(|(_, since)| since.map(Day));
            }
            Ok(found)
        })
    }

    /// The movements into and out of a bin, what took effect last first.
    pub fn bin_movements(&self, bin: BinId, limit: u32) -> Result<Vec<Movement>> {
        let (from, to) = sides(Some(bin));
        self.file.read("read the movements of a bin", |db| {
            // A balance stays when it is used up, so it tells which items were ever here.
            let sql = format!(
                "{MOVEMENT} WHERE item IN (SELECT item FROM balance WHERE side BETWEEN ?1 AND ?2 AND side >= 8)
                    AND (from_side BETWEEN ?1 AND ?2 OR to_side BETWEEN ?1 AND ?2)
                 ORDER BY day DESC, id DESC LIMIT ?3"
            );
            rows(db, &sql, (from, to, limit.min(ROWS_MAX)), movement)
        })
    }

    /// The bin that a code alone means: that of no named warehouse, the only one of the code or number, or `warehouse/code`.
    pub fn bin_by_code(&self, code: &str) -> Result<Option<Bin>> {
        self.file.read("find a bin by its code", |db| find_bin_code(db, code))
    }

    /// Saves a bin; id 0 makes a new one. A code in use is a conflict.
    pub fn save_bin(&self, act: &Act, bin: &Bin) -> Result<BinId> {
        let bin = bin.clone();
        self.change("save a bin", act, move |c| {
            let old = if bin.id.0 == 0 { None } else { Some(need(find_bin(c.tx, bin.id)?, "bin", bin.id)?) };
            if find_bin_in(c.tx, &bin.warehouse, &bin.code)?.is_some_and(|other| other.id != bin.id) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("there is a bin {} already; choose another code", bin.code),
                ));
            }
            if old.as_ref() == Some(&bin) {
                return Ok(bin.id);
            }
            let id = write_bin(c.tx, &bin)?;
            c.audit(
                "bin.save",
                &format!("bin {}", bin.code),
                old.as_ref().map(bin_json),
                Some(bin_json(&bin)),
            )?;
            Ok(id)
        })
    }
}
