//! How items are handled: the units they come in with exact factors, and how cold they want to lie.
//!
//! An item's own unit of measure has the factor 1 and needs no row; it has one where a bar code, a size or a weight of it
//! is known. Every factor is in the item's own unit. What contradicts itself is found by [`domain::unit::clashes`].

use super::Records;
use super::imports::{ItemImport, Journal, Table};
use super::items::find_item;
use crate::file::{first, need, rows, run};
use crate::words::{temperature, temperature_code};
use crate::{Act, Error, ErrorKind, Result};
use domain::stock::TemperatureClass;
use domain::unit::unit_word;
use domain::{Item, ItemUnit, Ratio, Size};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use units::{ItemId, ItemUnitId, Quantity};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "units-of-measure-1",
    "CREATE TABLE item_unit(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        item INTEGER NOT NULL REFERENCES item(id),
        name TEXT NOT NULL,
        over INTEGER NOT NULL CHECK (over > 0),
        under INTEGER NOT NULL CHECK (under > 0),
        gtin TEXT,
        length_mm INTEGER,
        width_mm INTEGER,
        height_mm INTEGER,
        volume_ml INTEGER,
        weight_grams INTEGER,
        UNIQUE (item, name)
     );
     CREATE INDEX item_unit_gtin ON item_unit(gtin) WHERE gtin IS NOT NULL;
     -- id is the item's.
     CREATE TABLE item_care(
        id INTEGER PRIMARY KEY REFERENCES item(id),
        temperature INTEGER
     );
     CREATE TABLE item_substitute(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        item INTEGER NOT NULL REFERENCES item(id),
        other INTEGER NOT NULL REFERENCES item(id),
        rank INTEGER NOT NULL,
        note TEXT NOT NULL,
        UNIQUE (item, other)
     );",
)];

const UNIT: &str = "SELECT id, item, name, over, under, gtin, length_mm, width_mm, height_mm, volume_ml, weight_grams FROM item_unit";

fn unit(row: &Row<'_>) -> Result<ItemUnit> {
    let (over, under): (i64, i64) = (row.get(3)?, row.get(4)?);
    let factor = Ratio::new(over, under).ok_or_else(|| {
        Error::new(
            ErrorKind::Corrupt,
            format!("a unit's factor reads {over}/{under}, which is none; restore records.db from a backup"),
        )
    })?;
    Ok(ItemUnit {
        id: ItemUnitId(row.get(0)?),
        item: ItemId(row.get(1)?),
        name: row.get(2)?,
        factor,
        gtin: row.get(5)?,
        size: Size {
            length_mm: row.get(6)?,
            width_mm: row.get(7)?,
            height_mm: row.get(8)?,
            volume_ml: row.get(9)?,
            weight_grams: row.get(10)?,
        },
    })
}

fn find_unit(db: &Connection, id: ItemUnitId) -> Result<Option<ItemUnit>> {
    first(db, &format!("{UNIT} WHERE id = ?1"), [id.0], unit)
}

fn units_of(db: &Connection, item: ItemId) -> Result<Vec<ItemUnit>> {
    rows(db, &format!("{UNIT} WHERE item = ?1 ORDER BY 1.0 * over / under, name"), [item.0], unit)
}

/// The units of all items that have any.
pub(crate) fn units_by_item(db: &Connection) -> Result<BTreeMap<ItemId, Vec<ItemUnit>>> {
    let mut by_item: BTreeMap<ItemId, Vec<ItemUnit>> = BTreeMap::new();
    for unit in rows(db, &format!("{UNIT} ORDER BY item, id"), [], unit)? {
        by_item.entry(unit.item).or_default().push(unit);
    }
    Ok(by_item)
}

fn write_unit(tx: &Connection, unit: &ItemUnit) -> Result<ItemUnitId> {
    let id = (unit.id.0 != 0).then_some(unit.id.0);
    run(
        tx,
        "INSERT INTO item_unit(id, item, name, over, under, gtin, length_mm, width_mm, height_mm, volume_ml, weight_grams)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, over = excluded.over, under = excluded.under,
            gtin = excluded.gtin, length_mm = excluded.length_mm, width_mm = excluded.width_mm,
            height_mm = excluded.height_mm, volume_ml = excluded.volume_ml, weight_grams = excluded.weight_grams",
        params![
            id,
            unit.item.0,
            unit.name,
            unit.factor.over(),
            unit.factor.under(),
            unit.gtin,
            unit.size.length_mm,
            unit.size.width_mm,
            unit.size.height_mm,
            unit.size.volume_ml,
            unit.size.weight_grams,
        ],
    )?;
    Ok(ItemUnitId(id.unwrap_or_else(|| tx.last_insert_rowid())))
}

fn unit_json(unit: &ItemUnit) -> Value {
    json!({
        "item": unit.item,
        "name": unit.name,
        "factor": unit.factor.to_string(),
        "gtin": unit.gtin,
        "length_mm": unit.size.length_mm,
        "width_mm": unit.size.width_mm,
        "height_mm": unit.size.height_mm,
        "volume_ml": unit.size.volume_ml,
        "weight_grams": unit.size.weight_grams,
    })
}

fn class_of(db: &Connection, item: ItemId) -> Result<Option<TemperatureClass>> {
    let code = first(db, "SELECT temperature FROM item_care WHERE id = ?1", [item.0], |row| {
        Ok(row.get::<_, Option<i64>>(0)?)
    })?;
    code.flatten().map(temperature).transpose()
}

fn write_class(tx: &Connection, item: ItemId, class: Option<TemperatureClass>) -> Result<()> {
    run(
        tx,
        "INSERT INTO item_care(id, temperature) VALUES (?1, ?2)
         ON CONFLICT (id) DO UPDATE SET temperature = excluded.temperature",
        (item.0, class.map(temperature_code)),
    )?;
    Ok(())
}

/// Sizes and numbers of a row over what is known.
fn told(old: Size, new: Size) -> Size {
    Size {
        length_mm: new.length_mm.or(old.length_mm),
        width_mm: new.width_mm.or(old.width_mm),
        height_mm: new.height_mm.or(old.height_mm),
        volume_ml: new.volume_ml.or(old.volume_ml),
        weight_grams: new.weight_grams.or(old.weight_grams),
    }
}

/// Takes what a row of an item file says of the item's units, care and substitutes; says whether anything was new.
pub(crate) fn take_units(
    journal: &mut Journal<'_>,
    tx: &Connection,
    item: ItemId,
    base: Option<&str>,
    row: &ItemImport,
) -> Result<bool> {
    let mut changed = false;
    // A row with a factor is about the unit it names; one without, about the item's own.
    let own = row.unit_of_measure.as_deref().filter(|_| row.unit_factor.is_some()).or(base).unwrap_or("each");
    let factor = row.unit_factor.unwrap_or(Ratio::ONE);
    let own_told = row.gtin.is_some() || row.size != Size::default() || row.unit_factor.is_some();
    let mut said = Vec::new();
    if own_told {
        said.push((own.to_owned(), factor, row.gtin.clone(), row.size));
    }
    if let (Some(name), Some(pack)) = (&row.package, row.pack_size)
        && let Some(factor) = Ratio::new(pack.0, 1000)
        && unit_word(name) != unit_word(own)
    {
        said.push((name.clone(), factor, None, Size::default()));
    }
    for (name, factor, gtin, size) in said {
        let known = units_of(tx, item)?.into_iter().find(|unit| unit.name == name);
        let old = known.clone().unwrap_or(ItemUnit {
            id: ItemUnitId(0),
            item,
            name,
            factor,
            gtin: None,
            size: Size::default(),
        });
        let new = ItemUnit { factor, gtin: gtin.or(old.gtin.clone()), size: told(old.size, size), ..old };
        if known.as_ref() != Some(&new) {
            let was = journal.before(Table::Unit, new.id.0)?;
            let id = write_unit(tx, &new)?;
            journal.note(Table::Unit, id.0, was)?;
            changed = true;
        }
    }
    if row.temperature.is_some() && class_of(tx, item)? != row.temperature {
        let was = journal.before(Table::Care, item.0)?;
        write_class(tx, item, row.temperature)?;
        journal.note(Table::Care, item.0, was)?;
        changed = true;
    }
    Ok(changed)
}

/// Notes that one item may stand in for another, after those that may already; says whether it was new.
pub(crate) fn add_substitute(
    journal: &mut Journal<'_>,
    tx: &Connection,
    item: ItemId,
    other: ItemId,
) -> Result<bool> {
    let made = run(
        tx,
        "INSERT OR IGNORE INTO item_substitute(item, other, rank, note)
         SELECT ?1, ?2, coalesce(max(rank), 0) + 1, '' FROM item_substitute WHERE item = ?1",
        (item.0, other.0),
    )?;
    if made > 0 {
        journal.note(Table::Substitute, tx.last_insert_rowid(), None)?;
    }
    Ok(made > 0)
}

/// An item that may stand in for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitute {
    /// What stands in.
    pub item: Item,
    /// The first is asked first.
    pub rank: i64,
    /// When it may, in a person's words.
    pub note: String,
}

impl Records {
    /// The units of an item, the smallest first.
    pub fn item_units(&self, item: ItemId) -> Result<Vec<ItemUnit>> {
        self.file.read("list the units of an item", |db| units_of(db, item))
    }

    /// The units of all items that have any.
    pub fn all_item_units(&self) -> Result<BTreeMap<ItemId, Vec<ItemUnit>>> {
        self.file.read("list units", units_by_item)
    }

    /// The unit whose bar code this is: the number as told, or with leading zeros left out or put before it.
    pub fn unit_by_gtin(&self, gtin: &str) -> Result<Option<ItemUnit>> {
        self.file.read("find a unit by its bar code", |db| {
            let sql = format!("{UNIT} WHERE gtin = ?1 ORDER BY id LIMIT 1");
            let bare = gtin.trim_start_matches('0');
            for width in [gtin.len(), 14, 13, 12, 8] {
                if let Some(unit) = first(db, &sql, [format!("{bare:0>width$}")], unit)? {
                    return Ok(Some(unit));
                }
            }
            Ok(None)
        })
    }

    /// Saves a unit of an item; id 0 makes a new one.
    pub fn save_item_unit(&self, act: &Act, given: &ItemUnit) -> Result<ItemUnitId> {
        let given = given.clone();
        self.change("save a unit of an item", act, move |c| {
            let item = need(find_item(c.tx, given.item)?, "item", given.item)?;
            let old = if given.id.0 == 0 {
                None
            } else {
                Some(need(find_unit(c.tx, given.id)?, "unit", given.id)?)
            };
            let name = given.name.trim().to_owned();
            if name.is_empty() {
                return Err(Error::new(ErrorKind::Conflict, "a unit has no name; give it one"));
            }
            if units_of(c.tx, given.item)?.iter().any(|unit| unit.name == name && unit.id != given.id) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("item {} has a unit {name} already; change that one", item.sku),
                ));
            }
            let new = ItemUnit { name, item: old.as_ref().map_or(given.item, |old| old.item), ..given };
            if old.as_ref() == Some(&new) {
                return Ok(new.id);
            }
            let id = write_unit(c.tx, &new)?;
            let subject = format!("unit {} of item {}", new.name, item.sku);
            c.audit("item.unit", &subject, old.as_ref().map(unit_json), Some(unit_json(&new)))?;
            Ok(id)
        })
    }

    /// Removes a unit of an item.
    pub fn remove_item_unit(&self, act: &Act, id: ItemUnitId) -> Result<()> {
        self.change("remove a unit of an item", act, move |c| {
            let old = need(find_unit(c.tx, id)?, "unit", id)?;
            let item = need(find_item(c.tx, old.item)?, "item", old.item)?;
            run(c.tx, "DELETE FROM item_unit WHERE id = ?1", [id.0])?;
            let subject = format!("unit {} of item {}", old.name, item.sku);
            c.audit("item.unit.remove", &subject, Some(unit_json(&old)), None)
        })
    }

    /// How cold an item wants to lie.
    pub fn item_class(&self, item: ItemId) -> Result<Option<TemperatureClass>> {
        self.file.read("read how cold an item wants to lie", |db| class_of(db, item))
    }

    /// How cold items want to lie, where somebody said so.
    pub fn item_classes(&self) -> Result<BTreeMap<ItemId, TemperatureClass>> {
        self.file.read("read how cold items want to lie", |db| {
            let sql = "SELECT id, temperature FROM item_care WHERE temperature IS NOT NULL";
            let all = rows(db, sql, [], |row| Ok((ItemId(row.get(0)?), temperature(row.get(1)?)?)))?;
            Ok(all.into_iter().collect())
        })
    }

    /// Says how cold an item wants to lie.
    pub fn set_item_class(&self, act: &Act, item: ItemId, class: Option<TemperatureClass>) -> Result<()> {
        self.change("say how cold an item wants to lie", act, move |c| {
            let sku = need(find_item(c.tx, item)?, "item", item)?.sku;
            let old = class_of(c.tx, item)?;
            if old == class {
                return Ok(());
            }
            write_class(c.tx, item, class)?;
            let json =
                |class: Option<TemperatureClass>| Some(json!({ "temperature": class.map(|c| c.word()) }));
            c.audit("item.class", &format!("item {sku}"), json(old), json(class))
        })
    }

    /// What may stand in for an item, what is asked first first.
    pub fn substitutes(&self, item: ItemId) -> Result<Vec<Substitute>> {
        self.file.read("list the substitutes of an item", |db| {
            let sql = "SELECT other, rank, note FROM item_substitute WHERE item = ?1 ORDER BY rank, id";
            let found = rows(db, sql, [item.0], |row| {
                Ok((ItemId(row.get(0)?), row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
            })?;
            let named = |(other, rank, note)| {
                Ok(Substitute { item: need(find_item(db, other)?, "item", other)?, rank, note })
            };
            found.into_iter().map(named).collect()
        })
    }

    /// Says what may stand in for an item, in this order, each with a note. Replaces what was said.
    pub fn set_substitutes(&self, act: &Act, item: ItemId, others: &[(ItemId, String)]) -> Result<()> {
        let others = others.to_vec();
        self.change("say what may stand in for an item", act, move |c| {
            let sku = need(find_item(c.tx, item)?, "item", item)?.sku;
            let said = |tx: &Connection| -> Result<Value> {
                let sql = "SELECT i.sku FROM item_substitute s JOIN item i ON i.id = s.other WHERE s.item = ?1 ORDER BY rank";
                Ok(json!(rows(tx, sql, [item.0], |row| Ok(row.get::<_, String>(0)?))?))
            };
            let old = said(c.tx)?;
            run(c.tx, "DELETE FROM item_substitute WHERE item = ?1", [item.0])?;
            for (rank, (other, note)) in (1_i64..).zip(&others) {
                if *other == item {
                    return Err(Error::new(
                        ErrorKind::Conflict,
                        format!("item {sku} can't stand in for itself; choose another one"),
                    ));
                }
                need(find_item(c.tx, *other)?, "item", other)?;
                run(
                    c.tx,
                    "INSERT OR IGNORE INTO item_substitute(item, other, rank, note) VALUES (?1, ?2, ?3, ?4)",
                    (item.0, other.0, rank, note),
                )?;
            }
            let new = said(c.tx)?;
            c.audit("item.substitutes", &format!("item {sku}"), Some(old), Some(new))
        })
    }

    /// A quantity said in a unit of an item, in the item's own: by the unit's name or one of its spellings.
    pub fn in_own_unit(&self, item: ItemId, unit: &str, quantity: Quantity) -> Result<Option<Quantity>> {
        let word = unit_word(unit);
        let own = self.item(item)?.item.unit_of_measure;
        if own.as_deref().map(unit_word).as_ref() == Some(&word) {
            return Ok(Some(quantity));
        }
        let units = self.item_units(item)?;
        Ok(units
            .iter()
            .find(|unit| unit_word(&unit.name) == word)
            .and_then(|unit| unit.factor.base(quantity)))
    }
}
