//! Lots and bins.

use super::book::refresh_expired;
use crate::Result;
use crate::file::{first, need, rows, run};
use crate::records::Records;
use crate::words::{lot_status, lot_status_code, temperature, temperature_code};
use crate::{Act, Error, ErrorKind};
use domain::stock::{Bin, Lot, LotStatus};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
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

const BIN: &str = "SELECT id, code, zone, capacity, temperature FROM bin";

fn bin(row: &Row<'_>) -> Result<Bin> {
    Ok(Bin {
        id: BinId(row.get(0)?),
        code: row.get(1)?,
        zone: row.get::<_, Option<i64>>(2)?.map(ZoneId),
        capacity: row.get::<_, Option<i64>>(3)?.map(Quantity),
        temperature: row.get::<_, Option<i64>>(4)?.map(temperature).transpose()?,
    })
}

pub(crate) fn find_bin(db: &Connection, id: BinId) -> Result<Option<Bin>> {
    first(db, &format!("{BIN} WHERE id = ?1"), [id.0], bin)
}

pub(crate) fn find_bin_code(db: &Connection, code: &str) -> Result<Option<Bin>> {
    first(db, &format!("{BIN} WHERE code = ?1"), [code], bin)
}

/// Writes a bin as it is; id 0 makes a new one.
pub(crate) fn write_bin(tx: &Connection, bin: &Bin) -> Result<BinId> {
    let id = (bin.id.0 != 0).then_some(bin.id.0);
    run(
        tx,
        "INSERT INTO bin(id, code, zone, capacity, temperature) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO UPDATE SET code = excluded.code, zone = excluded.zone, capacity = excluded.capacity,
            temperature = excluded.temperature",
        params![
            id,
            bin.code,
            bin.zone.map(|z| z.0),
            bin.capacity.map(|q| q.0),
            bin.temperature.map(temperature_code)
        ],
    )?;
    Ok(BinId(id.unwrap_or_else(|| tx.last_insert_rowid())))
}

/// The bin of a code, made where it is new; and whether it was.
pub(crate) fn bin_of(tx: &Connection, code: &str) -> Result<(BinId, bool)> {
    match find_bin_code(tx, code)? {
        Some(bin) => Ok((bin.id, false)),
        None => Ok((write_bin(tx, &Bin { code: code.to_owned(), ..Bin::default() })?, true)),
    }
}

fn bin_json(bin: &Bin) -> Value {
    json!({
        "code": bin.code,
        "zone": bin.zone,
        "capacity": bin.capacity,
        "temperature": bin.temperature.map(|t| t.word()),
    })
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
        self.file.read("list the bins", |db| rows(db, &format!("{BIN} ORDER BY code"), [], bin))
    }

    /// The bin of a code.
    pub fn bin_by_code(&self, code: &str) -> Result<Option<Bin>> {
        self.file.read("find a bin by its code", |db| find_bin_code(db, code))
    }

    /// Saves a bin; id 0 makes a new one. A code in use is a conflict.
    pub fn save_bin(&self, act: &Act, bin: &Bin) -> Result<BinId> {
        let bin = bin.clone();
        self.change("save a bin", act, move |c| {
            let old = if bin.id.0 == 0 { None } else { Some(need(find_bin(c.tx, bin.id)?, "bin", bin.id)?) };
            if find_bin_code(c.tx, &bin.code)?.is_some_and(|other| other.id != bin.id) {
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
