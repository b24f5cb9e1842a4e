//! Serial numbers: which unit of an item is where.
//!
//! A number is unique to its item. It is written beside the movements it was read at; where it is follows from the last of them that stands,
//! so a booking that is taken back takes its numbers back too. What leaves by an order that nobody scanned at the door is gone once the order's
//! line is shipped. A number that was never read at a movement is not known: nothing is made up.

use super::Records;
use super::stock::book::{lot_code, side};
use crate::file::{first, rows, run};
use crate::limits::ROWS_MAX;
use crate::{Error, ErrorKind, Result};
use domain::stock::{Place, Side, Standing};
use rusqlite::{Connection, Row};
use units::{BinId, Day, HandlingUnitId, ItemId, LotId, MovementId};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "serials-1",
    "CREATE TABLE serial(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        item INTEGER NOT NULL REFERENCES item(id),
        code TEXT NOT NULL,
        UNIQUE (item, code)
     );
     CREATE INDEX serial_code ON serial(code);
     CREATE TABLE serial_event(
        serial INTEGER NOT NULL REFERENCES serial(id),
        movement INTEGER NOT NULL REFERENCES movement(id),
        unit INTEGER REFERENCES handling_unit(id),
        PRIMARY KEY (serial, movement)
     ) WITHOUT ROWID;
     CREATE INDEX serial_event_movement ON serial_event(movement);
     CREATE INDEX serial_event_unit ON serial_event(unit) WHERE unit IS NOT NULL;",
)];

/// The longest serial number: GS1 allows 20 characters, makers of machines more.
const CODE_CHARS_MAX: usize = 60;

/// What became of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SerialState {
    /// It is in a bin.
    Here,
    /// It is picked for an order.
    Picked,
    /// It went to a customer.
    Shipped,
    /// It left otherwise.
    Gone,
    /// All that is on record of it was taken back.
    TakenBack,
}

impl SerialState {
    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            SerialState::Here => "here",
            SerialState::Picked => "picked",
            SerialState::Shipped => "shipped",
            SerialState::Gone => "gone",
            SerialState::TakenBack => "taken-back",
        }
    }
}

/// One serial number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serial {
    /// Of which item.
    pub item: ItemId,
    /// The item's code.
    pub sku: String,
    /// The item's name.
    pub name: String,
    /// The number.
    pub code: String,
    /// What became of it.
    pub state: SerialState,
    /// Where it is, or was last.
    pub bin: Option<BinId>,
    /// That bin's code.
    pub bin_code: Option<String>,
    /// Of which lot it is.
    pub lot_code: Option<String>,
    /// The handling unit it is in.
    pub unit_code: Option<String>,
    /// The day of the last movement.
    pub day: Option<Day>,
    /// The paper of the last movement.
    pub source: Option<String>,
}

/// Numbers with the last movement that stands.
const SERIAL: &str = "SELECT s.item, i.sku, i.name, s.code, m.to_side, b.id, b.code, l.code, u.code, m.day, m.source,
        (SELECT o.shipped > 0 AND o.picked = 0 AND o.packed = 0 AND o.allocated = 0
            FROM document_movement d JOIN outbound_line o ON o.id = d.line WHERE d.movement = m.id AND d.paper = 2)
    FROM serial s JOIN item i ON i.id = s.item
    LEFT JOIN movement m ON m.id = (SELECT max(e.movement) FROM serial_event e
        WHERE e.serial = s.id AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = e.movement))
    LEFT JOIN serial_event e ON e.serial = s.id AND e.movement = m.id
    LEFT JOIN handling_unit u ON u.id = e.unit
    LEFT JOIN bin b ON b.id = m.to_side / 8 AND m.to_side >= 8
    LEFT JOIN lot l ON l.id = m.lot";

fn serial(row: &Row<'_>) -> Result<Serial> {
    let at = row.get::<_, Option<i64>>(4)?.map(side).transpose()?;
    let shipped = row.get::<_, Option<bool>>(11)?.unwrap_or(false);
    let state = match at {
        None => SerialState::TakenBack,
        Some(_) if shipped => SerialState::Shipped,
        Some(Side { place: Place::Bin(_), standing: Standing::Picked }) => SerialState::Picked,
        Some(Side { place: Place::Bin(_), .. }) => SerialState::Here,
        Some(Side { place: Place::Customer, .. }) => SerialState::Shipped,
        Some(_) => SerialState::Gone,
    };
    Ok(Serial {
        item: ItemId(row.get(0)?),
        sku: row.get(1)?,
        name: row.get(2)?,
        code: row.get(3)?,
        state,
        bin: row.get::<_, Option<i64>>(5)?.map(BinId),
        bin_code: row.get(6)?,
        lot_code: row.get(7)?,
        unit_code: row.get(8)?,
        day: row.get::<_, Option<i32>>(9)?.map(Day),
        source: row.get(10)?,
    })
}

fn find(db: &Connection, item: ItemId, code: &str) -> Result<Option<Serial>> {
    first(db, &format!("{SERIAL} WHERE s.item = ?1 AND s.code = ?2"), (item.0, code), serial)
}

fn event(tx: &Connection, serial: i64, movement: MovementId, unit: Option<HandlingUnitId>) -> Result<()> {
    run(
        tx,
        "INSERT INTO serial_event(serial, movement, unit) VALUES (?1, ?2, ?3)
         ON CONFLICT (serial, movement) DO UPDATE SET unit = excluded.unit",
        (serial, movement.0, unit.map(|unit| unit.0)),
    )?;
    Ok(())
}

/// Numbers that were read at a movement. One that is elsewhere, or here already, is refused.
pub(crate) fn read(
    tx: &Connection,
    movement: MovementId,
    item: ItemId,
    (from, to): (Side, Side),
    codes: &[String],
    unit: Option<HandlingUnitId>,
) -> Result<()> {
    for code in codes {
        let code = code.trim();
        let refused = |what: String| {
            Err(Error::new(ErrorKind::Conflict, format!("serial number {code} {what}; read the label again")))
        };
        if code.is_empty() || code.chars().count() > CODE_CHARS_MAX {
            return refused(format!("has not 1 to {CODE_CHARS_MAX} characters"));
        }
        let known = find(tx, item, code)?;
        let here = known.as_ref().filter(|one| matches!(one.state, SerialState::Here | SerialState::Picked));
        match from.place {
            Place::Bin(bin) => match here {
                Some(one) if one.bin != Some(bin) => {
                    return refused(format!(
                        "is in bin {}, not there",
                        one.bin_code.clone().unwrap_or_default()
                    ));
                }
                Some(_) => {}
                None => match &known {
                    // Goods that were here before their numbers were read.
                    None => {}
                    Some(one) => return refused(format!("is not here: it is {}", one.state.word())),
                },
            },
            _ if to.on_hand() => {
                if let Some(one) = here {
                    return refused(format!(
                        "is here already, in bin {}",
                        one.bin_code.clone().unwrap_or_default()
                    ));
                }
            }
            _ => {}
        }
        run(tx, "INSERT OR IGNORE INTO serial(item, code) VALUES (?1, ?2)", (item.0, code))?;
        let sql = "SELECT id FROM serial WHERE item = ?1 AND code = ?2";
        if let Some(id) = first(tx, sql, (item.0, code), |row| Ok(row.get::<_, i64>(0)?))? {
            event(tx, id, movement, unit)?;
        }
    }
    Ok(())
}

/// The numbers in a handling unit went with it.
pub(crate) fn carried(
    tx: &Connection,
    movement: MovementId,
    unit: HandlingUnitId,
    item: ItemId,
    lot: Option<LotId>,
) -> Result<()> {
    let sql = "SELECT s.id FROM serial s JOIN serial_event e ON e.serial = s.id JOIN movement m ON m.id = e.movement
        WHERE e.unit = ?1 AND s.item = ?2 AND m.lot = ?3
            AND e.movement = (SELECT max(x.movement) FROM serial_event x
                WHERE x.serial = s.id AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = x.movement))";
    let inside: Vec<i64> = rows(tx, sql, (unit.0, item.0, lot_code(lot)), |row| Ok(row.get(0)?))?;
    inside.into_iter().try_for_each(|serial| event(tx, serial, movement, Some(unit)))
}

impl Records {
    /// The numbers of a code, of whichever item.
    pub fn serials_of_code(&self, code: &str) -> Result<Vec<Serial>> {
        self.file.read("find a serial number", |db| {
            rows(db, &format!("{SERIAL} WHERE s.code = ?1 ORDER BY s.id"), [code.trim()], serial)
        })
    }

    /// All numbers, by item.
    pub fn serials(&self, limit: u32) -> Result<Vec<Serial>> {
        self.file.read("list serial numbers", |db| {
            let sql = format!("{SERIAL} ORDER BY i.sku, m.to_side < 8, b.code, s.code LIMIT ?1");
            rows(db, &sql, [limit.min(ROWS_MAX)], serial)
        })
    }

    /// The numbers of an item, what is here first.
    pub fn serials_of_item(&self, item: ItemId, limit: u32) -> Result<Vec<Serial>> {
        self.file.read("list the serial numbers of an item", |db| {
            let sql = format!("{SERIAL} WHERE s.item = ?1 ORDER BY m.to_side < 8, b.code, s.code LIMIT ?2");
            rows(db, &sql, (item.0, limit.min(ROWS_MAX)), serial)
        })
    }
}
