//! Handling units: what is in them, where they stand, and moving one with all that is in it.
//!
//! A unit is no place of the ledger: goods in it stand in the bin it stands in, and are moved, promised and counted there like any other.
//! Beside the movements stands which of them put so much into a unit or took it out ([`Records::unit`] adds these up). Whoever takes goods
//! from a bin and names no unit takes loose ones first; only what these don't cover comes out of units, the oldest first. So no unit ever holds
//! more than its bin does. A movement that is taken back takes this back with it.

use super::Records;
use super::documents::{balance, lot_named, paper_of, receiving, standing_of};
use super::serials;
use super::stock::actions::{Booked, OF_BOOKING, Shift, booked, shift};
use super::stock::book::{Book, MOVEMENT, lot_code, lot_id, movement, side_code};
use super::stock::places::{find_bin, find_bin_code};
use crate::audit::Change;
use crate::file::{first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::records::items::find_item;
use crate::words::count_state_code;
use crate::{Act, Error, ErrorKind, Result};
use domain::count::CountState;
use domain::inbound::RECEIVING;
use domain::stock::{Bin, Movement, MovementKind, Place, Side, Standing};
use rusqlite::{Connection, Row};
use serde_json::json;
use std::collections::HashMap;
use units::{
    BinId, CountLineId, Day, HandlingUnitId, InboundLineId, ItemId, LotId, MovementId, Quantity, Timestamp,
};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "units-1",
    // lot 0: none. unit_content is the sum of unit_event, kept to be quick.
    "CREATE TABLE handling_unit(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        code TEXT NOT NULL UNIQUE,
        bin INTEGER NOT NULL REFERENCES bin(id),
        at INTEGER NOT NULL,
        by TEXT NOT NULL
     );
     CREATE INDEX handling_unit_bin ON handling_unit(bin);
     CREATE TABLE unit_event(
        movement INTEGER NOT NULL REFERENCES movement(id),
        unit INTEGER NOT NULL REFERENCES handling_unit(id),
        item INTEGER NOT NULL,
        lot INTEGER NOT NULL,
        bin INTEGER NOT NULL,
        change INTEGER NOT NULL
     );
     CREATE INDEX unit_event_movement ON unit_event(movement);
     CREATE INDEX unit_event_unit ON unit_event(unit);
     CREATE TABLE unit_content(
        item INTEGER NOT NULL,
        lot INTEGER NOT NULL,
        bin INTEGER NOT NULL,
        unit INTEGER NOT NULL REFERENCES handling_unit(id),
        quantity INTEGER NOT NULL CHECK (quantity > 0),
        PRIMARY KEY (item, lot, bin, unit)
     ) WITHOUT ROWID;
     CREATE INDEX unit_content_unit ON unit_content(unit);",
)];

/// The longest code of a unit: an SSCC has 18 digits, a label of ours 30 characters.
const CODE_CHARS_MAX: usize = 40;

/// What became of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitState {
    /// Goods are in it.
    Filled,
    /// Nothing is in it any more.
    Empty,
    /// It left with a customer's goods.
    Shipped,
}

impl UnitState {
    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            UnitState::Filled => "filled",
            UnitState::Empty => "empty",
            UnitState::Shipped => "shipped",
        }
    }
}

/// So much of an item in a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitContent {
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its lot.
    pub lot: Option<LotId>,
    /// The lot's code.
    pub lot_code: Option<String>,
    /// The lot's last day.
    pub expiry: Option<Day>,
    /// How much.
    pub quantity: Quantity,
}

/// A pallet, a case, a tote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandlingUnit {
    /// Its row.
    pub id: HandlingUnitId,
    /// Its code: an SSCC, or that of a label of ours.
    pub code: String,
    /// Where it stands, or stood last.
    pub bin: BinId,
    /// That bin's code.
    pub bin_code: String,
    /// What became of it.
    pub state: UnitState,
    /// When it was first filled.
    pub at: Timestamp,
    /// What is in it.
    pub contents: Vec<UnitContent>,
}

/// Goods that a scanner read, and how they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedShift {
    /// From where to where. Of what comes in, the lot's status says how it stands.
    pub shift: Shift,
    /// The lot by its code and last day, made where it is new; instead of the one of the shift.
    pub lot: Option<(String, Option<Day>)>,
    /// Their serial numbers: as many as there are, or none.
    pub serials: Vec<String>,
    /// Into the unit of this code, made where it is new.
    pub into: Option<String>,
    /// Out of this unit.
    pub out_of: Option<HandlingUnitId>,
}

fn conflict(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Conflict, text.into())
}

/// Adds to what is in a unit; never below nothing. Says by how much it changed.
fn add(tx: &Connection, unit: i64, (item, lot, bin): (i64, i64, i64), change: i64) -> Result<i64> {
    let sql = "SELECT quantity FROM unit_content WHERE item = ?1 AND lot = ?2 AND bin = ?3 AND unit = ?4";
    let before: i64 = first(tx, sql, (item, lot, bin, unit), |row| Ok(row.get(0)?))?.unwrap_or(0);
    let after = before.saturating_add(change).max(0);
    if after == 0 {
        run(
            tx,
            "DELETE FROM unit_content WHERE item = ?1 AND lot = ?2 AND bin = ?3 AND unit = ?4",
            (item, lot, bin, unit),
        )?;
    } else {
        run(
            tx,
            "INSERT INTO unit_content(item, lot, bin, unit, quantity) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (item, lot, bin, unit) DO UPDATE SET quantity = excluded.quantity",
            (item, lot, bin, unit, after),
        )?;
    }
    Ok(after - before)
}

fn note(tx: &Connection, movement: MovementId, unit: i64, spot: (i64, i64, i64), change: i64) -> Result<()> {
    if change == 0 {
        return Ok(());
    }
    let (item, lot, bin) = spot;
    run(
        tx,
        "INSERT INTO unit_event(movement, unit, item, lot, bin, change) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (movement.0, unit, item, lot, bin, change),
    )?;
    Ok(())
}

/// Changes what is in a unit because of a movement, and notes it. A unit stands where goods were last put into it.
fn change(tx: &Connection, movement: MovementId, unit: i64, spot: (i64, i64, i64), by: i64) -> Result<()> {
    let by = add(tx, unit, spot, by)?;
    note(tx, movement, unit, spot, by)?;
    if by > 0 {
        run(tx, "UPDATE handling_unit SET bin = ?2 WHERE id = ?1", (unit, spot.2))?;
    }
    Ok(())
}

/// Follows a movement that was just booked: what it took from a bin beyond the loose goods came out of units; what it takes back goes
/// back where it was.
pub(crate) fn follow(tx: &Connection, moved: &Movement, id: MovementId) -> Result<()> {
    if let Some(of) = moved.reverses {
        let sql =
            "SELECT unit, item, lot, bin, change FROM unit_event WHERE movement = ?1 ORDER BY change DESC";
        let events: Vec<(i64, (i64, i64, i64), i64)> = rows(tx, sql, [of.0], |row| {
            Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?), row.get(4)?))
        })?;
        for (unit, spot, by) in &events {
            change(tx, id, *unit, *spot, -by)?;
        }
        if !events.is_empty() {
            return Ok(());
        }
    }
    let Place::Bin(from) = moved.from.place else { return Ok(()) };
    if moved.to.place == moved.from.place {
        return Ok(());
    }
    let (item, lot) = (moved.item.0, lot_code(moved.lot));
    let sql =
        "SELECT unit, quantity FROM unit_content WHERE item = ?1 AND lot = ?2 AND bin = ?3 ORDER BY unit";
    let inside: Vec<(i64, i64)> = rows(tx, sql, (item, lot, from.0), |row| Ok((row.get(0)?, row.get(1)?)))?;
    if inside.is_empty() {
        return Ok(());
    }
    let sql = "SELECT coalesce(sum(quantity), 0) FROM balance WHERE item = ?1 AND lot = ?2 AND side / 8 = ?3";
    let there: i64 = first(tx, sql, (item, lot, from.0), |row| Ok(row.get(0)?))?.unwrap_or(0);
    let mut over = inside.iter().map(|(_, quantity)| quantity).sum::<i64>() - there.max(0);
    for (unit, quantity) in inside {
        let taken = quantity.min(over);
        if taken <= 0 {
            break;
        }
        over -= taken;
        change(tx, id, unit, (item, lot, from.0), -taken)?;
    }
    Ok(())
}

const UNIT: &str = "SELECT u.id, u.code, u.bin, b.code, u.at,
        (SELECT m.to_side FROM unit_event e JOIN movement m ON m.id = e.movement WHERE e.unit = u.id
            ORDER BY e.movement DESC LIMIT 1)
    FROM handling_unit u JOIN bin b ON b.id = u.bin";

fn unit(row: &Row<'_>) -> Result<HandlingUnit> {
    let gone = row.get::<_, Option<i64>>(5)? == Some(side_code(Side::outside(Place::Customer)));
    Ok(HandlingUnit {
        id: HandlingUnitId(row.get(0)?),
        code: row.get(1)?,
        bin: BinId(row.get(2)?),
        bin_code: row.get(3)?,
        at: Timestamp(row.get(4)?),
        state: if gone { UnitState::Shipped } else { UnitState::Empty },
        contents: Vec::new(),
    })
}

fn contents(db: &Connection, unit: HandlingUnitId) -> Result<Vec<UnitContent>> {
    let sql = "SELECT c.item, i.sku, i.name, c.lot, l.code, l.expiry, sum(c.quantity) FROM unit_content c
        JOIN item i ON i.id = c.item LEFT JOIN lot l ON l.id = c.lot
        WHERE c.unit = ?1 GROUP BY c.item, c.lot ORDER BY i.sku, l.expiry IS NULL, l.expiry, l.code";
    rows(db, sql, [unit.0], |row| {
        Ok(UnitContent {
            item: ItemId(row.get(0)?),
            sku: row.get(1)?,
            name: row.get(2)?,
            lot: lot_id(row.get(3)?),
            lot_code: row.get(4)?,
            expiry: row.get::<_, Option<i32>>(5)?.map(Day),
            quantity: Quantity(row.get(6)?),
        })
    })
}

fn filled(db: &Connection, mut unit: HandlingUnit) -> Result<HandlingUnit> {
    unit.contents = contents(db, unit.id)?;
    if !unit.contents.is_empty() {
        unit.state = UnitState::Filled;
    }
    Ok(unit)
}

pub(crate) fn find_unit(db: &Connection, id: HandlingUnitId) -> Result<HandlingUnit> {
    let found = first(db, &format!("{UNIT} WHERE u.id = ?1"), [id.0], unit)?;
    filled(db, need(found, "handling unit", id)?)
}

fn find_unit_code(db: &Connection, code: &str) -> Result<Option<HandlingUnit>> {
    first(db, &format!("{UNIT} WHERE u.code = ?1"), [code], unit)?.map(|one| filled(db, one)).transpose()
}

/// The unit of a code, made in a bin where it is new.
fn unit_of(c: &Change<'_>, code: &str, bin: BinId) -> Result<HandlingUnitId> {
    let code = code.trim();
    if let Some(known) = first(c.tx, "SELECT id FROM handling_unit WHERE code = ?1", [code], |row| {
        Ok(HandlingUnitId(row.get(0)?))
    })? {
        return Ok(known);
    }
    if code.is_empty() || code.chars().count() > CODE_CHARS_MAX {
        let what =
            format!("a handling unit's code has 1 to {CODE_CHARS_MAX} characters; read its label again");
        return Err(Error::new(ErrorKind::Permanent, what));
    }
    run(
        c.tx,
        "INSERT INTO handling_unit(code, bin, at, by) VALUES (?1, ?2, ?3, ?4)",
        (code, bin.0, c.act.at.0, &c.act.by.name),
    )?;
    Ok(HandlingUnitId(c.tx.last_insert_rowid()))
}

/// Takes so much out of a unit before it is moved away.
fn take_out(tx: &Connection, id: HandlingUnitId, spot: (i64, i64, i64), quantity: Quantity) -> Result<()> {
    let sql = "SELECT quantity FROM unit_content WHERE item = ?1 AND lot = ?2 AND bin = ?3 AND unit = ?4";
    let inside: i64 = first(tx, sql, (spot.0, spot.1, spot.2, id.0), |row| Ok(row.get(0)?))?.unwrap_or(0);
    if inside < quantity.0 {
        let unit = find_unit(tx, id)?;
        return Err(conflict(format!(
            "{quantity} can't be taken out of handling unit {}: only {} of it are in it; read the bin to take loose goods",
            unit.code,
            Quantity(inside)
        )));
    }
    add(tx, id.0, spot, -quantity.0)?;
    Ok(())
}

/// The bin of a side; none outside of the warehouse.
fn bin_of(side: Side) -> Option<i64> {
    match side.place {
        Place::Bin(bin) => Some(bin.0),
        _ => None,
    }
}

fn whole_numbers(serials: &[String], quantity: Quantity) -> Result<()> {
    if !serials.is_empty() && Quantity::of(i64::try_from(serials.len()).unwrap_or(i64::MAX)) != quantity {
        return Err(conflict(format!(
            "{} serial numbers were read for {quantity} units; read each unit's own",
            serials.len()
        )));
    }
    Ok(())
}

/// Moves all that is in a unit.
fn carry(c: &Change<'_>, book: &mut Book<'_>, unit: &HandlingUnit, to: BinId) -> Result<()> {
    let sql = "SELECT item, lot, bin, quantity FROM unit_content WHERE unit = ?1 ORDER BY item, lot, bin";
    let inside: Vec<((i64, i64, i64), i64)> =
        rows(c.tx, sql, [unit.id.0], |row| Ok(((row.get(0)?, row.get(1)?, row.get(2)?), row.get(3)?)))?;
    for (spot, quantity) in inside {
        let (item, lot, bin) = (ItemId(spot.0), lot_id(spot.1), BinId(spot.2));
        let mut left = quantity;
        for standing in [Standing::Free, Standing::Held, Standing::Quarantined, Standing::Expired] {
            let from = Side::bin(bin, standing);
            let moved = balance(c.tx, item, lot, from)?.0.min(left);
            if moved <= 0 || bin == to {
                continue;
            }
            left -= moved;
            add(c.tx, unit.id.0, spot, -moved)?;
            let draft =
                book.draft(item, lot, from, Side::bin(to, standing), Quantity(moved), MovementKind::Move);
            let id = book.post(&draft)?;
            note(c.tx, id, unit.id.0, spot, -moved)?;
            change(c.tx, id, unit.id.0, (spot.0, spot.1, to.0), moved)?;
            serials::carried(c.tx, id, unit.id, item, lot)?;
        }
        if left > 0 && bin != to {
            let sku = find_item(c.tx, item)?.map(|item| item.sku).unwrap_or_default();
            return Err(conflict(format!(
                "handling unit {} stays where it is: {} of {sku} in it are promised to orders from that bin; pick or free them first",
                unit.code,
                Quantity(left)
            )));
        }
    }
    run(c.tx, "UPDATE handling_unit SET bin = ?2 WHERE id = ?1", (unit.id.0, to.0))?;
    Ok(())
}

/// Moves a unit with all that is in it: the goods, the unit, the audit row.
pub(crate) fn move_unit(c: &Change<'_>, id: HandlingUnitId, to: BinId) -> Result<Booked> {
    let unit = find_unit(c.tx, id)?;
    let target = need(find_bin(c.tx, to)?, "bin", to)?;
    if unit.contents.is_empty() {
        return Err(conflict(format!(
            "nothing is in handling unit {}; move the goods themselves",
            unit.code
        )));
    }
    if unit.bin == to {
        return Err(conflict(format!("handling unit {} stands in bin {} already", unit.code, target.code)));
    }
    let mut book = Book::open(c.tx, c.act)?;
    carry(c, &mut book, &unit, to)?;
    let (old, new) = (json!({ "bin": unit.bin_code }), json!({ "bin": target.code }));
    c.audit("unit.move", &format!("handling unit {}", unit.code), Some(old), Some(new))?;
    booked(&book)
}

/// Books goods that a scanner read, with all that it said of them.
pub(crate) fn shift_scanned(c: &Change<'_>, scanned: &ScannedShift) -> Result<Booked> {
    let mut one = scanned.shift.clone();
    whole_numbers(&scanned.serials, one.quantity)?;
    if let Some((code, expiry)) = &scanned.lot {
        one.lot = lot_named(c.tx, one.item, Some(code), *expiry)?;
    }
    if !one.from.on_hand() && one.to.on_hand() {
        one.to.standing = standing_of(c.tx, one.lot)?;
    }
    let item = need(find_item(c.tx, one.item)?, "item", one.item)?;
    let spot = |bin: i64| (one.item.0, lot_code(one.lot), bin);
    if let (Some(id), Some(bin)) = (scanned.out_of, bin_of(one.from)) {
        take_out(c.tx, id, spot(bin), one.quantity)?;
    }
    let mut book = Book::open(c.tx, c.act)?;
    shift(&mut book, &one)?;
    let id = book.booking().ok_or_else(|| conflict("nothing was booked; give a quantity"))?;
    if let (Some(unit), Some(bin)) = (scanned.out_of, bin_of(one.from)) {
        note(c.tx, id, unit.0, spot(bin), -one.quantity.0)?;
    }
    let into = match (&scanned.into, bin_of(one.to)) {
        (Some(code), Some(bin)) => {
            let unit = unit_of(c, code, BinId(bin))?;
            change(c.tx, id, unit.0, spot(bin), one.quantity.0)?;
            Some(unit)
        }
        _ => None,
    };
    serials::read(c.tx, id, one.item, (one.from, one.to), &scanned.serials, into)?;
    let new = json!({
        "kind": one.kind.word(), "source": one.source, "item": one.item, "lot": one.lot, "quantity": one.quantity,
        "from": side_code(one.from), "to": side_code(one.to), "serials": scanned.serials, "into": scanned.into,
        "out_of": scanned.out_of,
    });
    c.audit(&format!("stock.{}", one.kind.word()), &format!("stock of item {}", item.sku), None, Some(new))?;
    booked(&book)
}

/// Says which handling unit and serial numbers the goods of a booking are.
pub(crate) fn note_scanned(
    c: &Change<'_>,
    booking: MovementId,
    serials: &[String],
    into: Option<&str>,
    out_of: Option<HandlingUnitId>,
) -> Result<()> {
    if serials.is_empty() && into.is_none() && out_of.is_none() {
        return Ok(());
    }
    let lines: Vec<Movement> =
        rows(c.tx, &format!("{MOVEMENT} WHERE {OF_BOOKING} ORDER BY id"), [booking.0], movement)?;
    let last = lines.iter().rfind(|one| one.from.on_hand() || one.to.on_hand());
    let Some(last) = last else {
        return Err(conflict(format!("booking {booking} moved no goods of this house; refresh the list")));
    };
    // What came in by two movements (what was expected, and what was not) is one heap.
    let same = |one: &&Movement| one.to == last.to && one.lot == last.lot;
    let quantity: Quantity = lines.iter().filter(same).map(|one| one.quantity).sum();
    whole_numbers(serials, quantity)?;
    let spot = |bin: i64| (last.item.0, lot_code(last.lot), bin);
    if let (Some(unit), Some(bin)) = (out_of, bin_of(last.from)) {
        // What was taken out of others meanwhile, because nobody had said which, goes back.
        let sql = "SELECT unit, change FROM unit_event WHERE movement = ?1 AND change < 0";
        let guessed: Vec<(i64, i64)> = rows(c.tx, sql, [last.id.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for (other, by) in guessed {
            let by = add(c.tx, other, spot(bin), -by)?;
            note(c.tx, last.id, other, spot(bin), by)?;
        }
        take_out(c.tx, unit, spot(bin), quantity)?;
        note(c.tx, last.id, unit.0, spot(bin), -quantity.0)?;
    }
    let unit = match (into, bin_of(last.to)) {
        (Some(code), Some(bin)) => {
            let unit = unit_of(c, code, BinId(bin))?;
            change(c.tx, last.id, unit.0, spot(bin), quantity.0)?;
            Some(unit)
        }
        _ => None,
    };
    serials::read(c.tx, last.id, last.item, (last.from, last.to), serials, unit)?;
    let new = json!({ "booking": booking, "serials": serials, "into": into, "out_of": out_of });
    c.audit("unit.note", &format!("booking {booking}"), None, Some(new))
}

/// The lines of shipments that wait to be put away.
pub(crate) fn waiting_lines(
    db: &Connection,
    item: ItemId,
    lot: Option<LotId>,
) -> Result<Vec<(InboundLineId, Quantity)>> {
    let Some(door) = find_bin_code(db, RECEIVING)? else { return Ok(Vec::new()) };
    let side = side_code(Side::bin(door.id, standing_of(db, lot)?));
    let sql = "SELECT d.line, sum(iif(m.to_side = ?3, m.quantity, 0)) - sum(iif(m.from_side = ?3, m.quantity, 0)) AS left
        FROM movement m JOIN document_movement d ON d.movement = m.id AND d.paper = 1
        WHERE m.item = ?1 AND m.lot = ?2 GROUP BY d.line HAVING left > 0 ORDER BY d.line";
    rows(db, sql, (item.0, lot_code(lot), side), |row| {
        Ok((InboundLineId(row.get(0)?), Quantity(row.get(1)?)))
    })
}

/// The line of a count plan that waits for a place.
pub(crate) fn count_line_waiting(
    db: &Connection,
    item: ItemId,
    lot: Option<LotId>,
    bin: BinId,
) -> Result<Option<CountLineId>> {
    let waits = [CountState::Open, CountState::Recount].map(count_state_code);
    let sql = "SELECT id FROM count_line WHERE item = ?1 AND lot = ?2 AND bin = ?3 AND state IN (?4, ?5)
        ORDER BY id LIMIT 1";
    first(db, sql, (item.0, lot_code(lot), bin.0, waits[0], waits[1]), |row| Ok(CountLineId(row.get(0)?)))
}

impl Records {
    /// A unit by its code, whatever became of it.
    pub fn unit_by_code(&self, code: &str) -> Result<Option<HandlingUnit>> {
        self.file.read("find a handling unit by its code", |db| find_unit_code(db, code.trim()))
    }

    /// One unit.
    pub fn unit(&self, id: HandlingUnitId) -> Result<HandlingUnit> {
        self.file.read("read a handling unit", |db| find_unit(db, id))
    }

    /// The units whose code holds a text, the newest first; with `item`, those it is in.
    pub fn units(&self, text: &str, item: Option<ItemId>, limit: u32) -> Result<Vec<HandlingUnit>> {
        self.file.read("list handling units", |db| {
            let sql = format!(
                "{UNIT} WHERE instr(u.code, ?1) > 0
                 AND (?2 IS NULL OR EXISTS (SELECT 1 FROM unit_content c WHERE c.unit = u.id AND c.item = ?2))
                 ORDER BY u.id DESC LIMIT ?3"
            );
            let found = rows(db, &sql, (text, item.map(|item| item.0), limit.min(ROWS_MAX)), unit)?;
            found.into_iter().map(|one| filled(db, one)).collect()
        })
    }

    /// How many filled units stand in each bin.
    pub fn units_by_bin(&self) -> Result<HashMap<BinId, i64>> {
        self.file.read("count handling units by bin", |db| {
            let sql = "SELECT bin, count(DISTINCT unit) FROM unit_content GROUP BY bin";
            Ok(rows(db, sql, [], |row| Ok((BinId(row.get(0)?), row.get(1)?)))?.into_iter().collect())
        })
    }

    /// Moves a unit with all that is in it, goods that are held included. Refused where some of it is promised to orders.
    pub fn move_unit(&self, act: &Act, id: HandlingUnitId, to: BinId) -> Result<Booked> {
        self.change("move a handling unit", act, move |c| move_unit(c, id, to))
    }

    /// Books goods that a scanner read, with lot, serial numbers and handling unit, all of it or nothing.
    pub fn shift_scanned(&self, act: &Act, scanned: &ScannedShift) -> Result<Booked> {
        let scanned = scanned.clone();
        self.change("book what was scanned", act, move |c| shift_scanned(c, &scanned))
    }

    /// Says of a booking that is on record which handling unit and serial numbers its goods are: a paper's step books goods, and the
    /// scanner knows more of them.
    pub fn note_scanned(
        &self,
        act: &Act,
        booking: MovementId,
        serials: &[String],
        into: Option<&str>,
        out_of: Option<HandlingUnitId>,
    ) -> Result<()> {
        if serials.is_empty() && into.is_none() && out_of.is_none() {
            return Ok(());
        }
        let (serials, into) = (serials.to_vec(), into.map(str::to_owned));
        self.change("say what was scanned of a booking", act, move |c| {
            note_scanned(c, booking, &serials, into.as_deref(), out_of)
        })
    }

    /// The lines of shipments that wait to be put away, of an item and lot, and how much.
    pub fn waiting_lines(&self, item: ItemId, lot: Option<LotId>) -> Result<Vec<(InboundLineId, Quantity)>> {
        self.file.read("look for what waits to be put away", |db| waiting_lines(db, item, lot))
    }

    /// The bins of a code: one, or one in each warehouse that has it.
    pub fn bins_of_code(&self, code: &str) -> Result<Vec<Bin>> {
        self.file.read("find bins by their code", |db| {
            let sql = "SELECT id FROM bin WHERE code = ?1 OR number = ?1 ORDER BY code <> ?1, id LIMIT 9";
            let ids: Vec<BinId> = rows(db, sql, [code], |row| Ok(BinId(row.get(0)?)))?;
            ids.into_iter().map(|id| need(find_bin(db, id)?, "bin", id)).collect()
        })
    }

    /// The code of a bin, as people call it.
    pub fn bin_code(&self, id: BinId) -> Result<Option<String>> {
        self.file.read("read a bin's code", |db| Ok(find_bin(db, id)?.map(|bin| bin.code)))
    }

    /// The bin that goods are received in, made where there is none yet.
    pub fn make_receiving_bin(&self, act: &Act) -> Result<BinId> {
        if let Some(known) = self.receiving_bin()? {
            return Ok(known);
        }
        self.change("make the bin that goods are received in", act, move |c| {
            let bin = receiving(c.tx)?;
            c.audit("bin.save", &format!("bin {RECEIVING}"), None, Some(json!({ "code": RECEIVING })))?;
            Ok(bin)
        })
    }

    /// The line of a count plan that waits for a place to be counted.
    pub fn count_line_waiting(
        &self,
        item: ItemId,
        lot: Option<LotId>,
        bin: BinId,
    ) -> Result<Option<CountLineId>> {
        self.file.read("look for a count that waits", |db| count_line_waiting(db, item, lot, bin))
    }

    /// A booking belongs to a shipment or an order, which is to be told when it is taken back.
    pub fn is_of_paper(&self, booking: MovementId) -> Result<bool> {
        self.file.read("look whose a booking is", |db| Ok(paper_of(db, booking)?.is_some()))
    }

    /// Units that hold more than stands in their bin, or whose sum is not that of their events, in words. Empty: all is well.
    pub fn units_verify(&self) -> Result<Vec<String>> {
        self.file.read("add up handling units", |db| {
            let sql = "SELECT c.item, c.lot, c.bin, sum(c.quantity) AS inside,
                    (SELECT coalesce(sum(b.quantity), 0) FROM balance b WHERE b.item = c.item AND b.lot = c.lot AND b.side / 8 = c.bin) AS there
                FROM unit_content c GROUP BY c.item, c.lot, c.bin HAVING inside > there";
            let mut found = rows(db, sql, [], |row| {
                let (item, lot, bin): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let (inside, there) = (Quantity(row.get(3)?), Quantity(row.get(4)?));
                Ok(format!("item {item}, lot {lot}, bin {bin}: {inside} in units, {there} stand there"))
            })?;
            let sql = "SELECT unit, item, lot, bin, sum(kept), sum(noted) FROM (
                    SELECT unit, item, lot, bin, quantity AS kept, 0 AS noted FROM unit_content
                    UNION ALL SELECT unit, item, lot, bin, 0, change FROM unit_event
                ) GROUP BY unit, item, lot, bin HAVING sum(kept) <> sum(noted)";
            found.extend(rows(db, sql, [], |row| {
                let (unit, item): (i64, i64) = (row.get(0)?, row.get(1)?);
                let (kept, noted) = (Quantity(row.get(4)?), Quantity(row.get(5)?));
                Ok(format!("unit {unit}, item {item}: {kept} are kept, its events add up to {noted}"))
            })?);
            Ok(found)
        })
    }
}
