//! What papers of goods in, out and back have in common: their places, and the movements that belong to a line of them.
//!
//! A paper's step books movements of the one ledger, and notes here which line each is of. So what a line has where is a sum of the ledger
//! ([`heaps`]), and what is written beside the line to be quick can be proved ([`Records::papers_verify`]). A booking that belongs to a
//! paper is taken back by [`Records::take_back`], which tells the paper too.

use super::Records;
use super::stock::book::{Book, lot_code, lot_id, side_code};
use super::stock::places::{find_bin, find_lot, find_lot_code, write_bin, write_lot};
use crate::audit::Change;
use crate::file::{first, need, rows, run};
use crate::{Booked, Error, ErrorKind, Result};
use domain::inbound::RECEIVING;
use domain::outbound::SHIPPING;
use domain::stock::{Bin, Lot, LotStatus, Movement, MovementKind, Place, ReasonCode, Side, Standing};
use rusqlite::Connection;
use units::{BinId, Day, ImportId, ItemId, LotId, Money, MovementId, Quantity};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "documents-1",
    // paper: 1 inbound, 2 outbound, 3 returned.
    "CREATE TABLE document_movement(
        movement INTEGER PRIMARY KEY REFERENCES movement(id),
        paper INTEGER NOT NULL,
        line INTEGER NOT NULL
     );
     CREATE INDEX document_movement_line ON document_movement(paper, line);",
)];

/// Which kind of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paper {
    Inbound = 1,
    Outbound = 2,
    Return = 3,
}

/// A step that was taken: what it booked, and where the paper is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stepped<S> {
    /// What it booked.
    pub booked: Booked,
    /// Where the paper is now.
    pub state: S,
}

/// So much of a line lies somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heap {
    /// The lot.
    pub lot: Option<LotId>,
    /// Its code.
    pub lot_code: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// The bin.
    pub bin: BinId,
    /// Its code.
    pub bin_code: String,
    /// How much.
    pub quantity: Quantity,
}

/// A refusal of a paper's own rules as the store's error.
pub(crate) fn refused(what: &str, why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Conflict, format!("{what}: {why}"))
}

/// What the movements of one step have in common.
pub(crate) struct Desk<'t> {
    pub book: Book<'t>,
    paper: Paper,
    source: String,
    party: Option<String>,
    pub import: Option<ImportId>,
}

/// One movement of a step.
pub(crate) struct Entry {
    pub line: i64,
    pub item: ItemId,
    pub lot: Option<LotId>,
    pub from: Side,
    pub to: Side,
    pub quantity: Quantity,
    pub kind: MovementKind,
    pub reason: Option<ReasonCode>,
    pub unit_cost: Option<Money>,
}

impl<'t> Desk<'t> {
    pub(crate) fn open(c: &Change<'t>, paper: Paper, source: &str, party: Option<&str>) -> Result<Self> {
        let party = party.filter(|party| !party.is_empty()).map(str::to_owned);
        Ok(Self { book: Book::open(c.tx, c.act)?, paper, source: source.to_owned(), party, import: None })
    }

    /// Books it, if there is as much as it takes. Nothing is booked of nothing.
    pub(crate) fn post(&mut self, entry: Entry) -> Result<()> {
        if entry.quantity.0 <= 0 || entry.from == entry.to {
            return Ok(());
        }
        let tx = self.book.tx;
        if entry.from.on_hand() {
            let there = balance(tx, entry.item, entry.lot, entry.from)?;
            if there < entry.quantity {
                let bin = match entry.from.place {
                    Place::Bin(bin) => find_bin(tx, bin)?.map(|bin| bin.code).unwrap_or_default(),
                    _ => String::new(),
                };
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!(
                        "{} can't be taken from bin {bin}: only {there} of it stand {} there; correct the quantity first, or take less",
                        entry.quantity,
                        entry.from.standing.word()
                    ),
                ));
            }
        }
        let draft = self.book.draft(entry.item, entry.lot, entry.from, entry.to, entry.quantity, entry.kind);
        let id = self.book.post(&Movement {
            reason: entry.reason,
            unit_cost: entry.unit_cost.filter(|_| entry.to.on_hand() && !entry.from.on_hand()),
            source: Some(self.source.clone()),
            party: self.party.clone(),
            import: self.import,
            ..draft
        })?;
        link(tx, self.paper, entry.line, id)
    }

    pub(crate) fn booked(&self) -> Result<Booked> {
        super::stock::actions::booked(&self.book)
    }
}

/// Notes that a movement is of a line.
pub(crate) fn link(tx: &Connection, paper: Paper, line: i64, movement: MovementId) -> Result<()> {
    run(
        tx,
        "INSERT INTO document_movement(movement, paper, line) VALUES (?1, ?2, ?3)",
        (movement.0, paper as i64, line),
    )?;
    Ok(())
}

/// How much stands on a side.
pub(crate) fn balance(db: &Connection, item: ItemId, lot: Option<LotId>, side: Side) -> Result<Quantity> {
    let sql = "SELECT quantity FROM balance WHERE item = ?1 AND lot = ?2 AND side = ?3";
    let found = first(db, sql, (item.0, lot_code(lot), side_code(side)), |row| Ok(Quantity(row.get(0)?)))?;
    Ok(found.unwrap_or_default())
}

/// The bin that goods arrive in, or leave from, made where it is new.
pub(crate) fn receiving(tx: &Connection) -> Result<BinId> {
    place(tx, RECEIVING)
}

pub(crate) fn shipping(tx: &Connection) -> Result<BinId> {
    place(tx, SHIPPING)
}

fn place(tx: &Connection, code: &str) -> Result<BinId> {
    match find_place(tx, code)? {
        Some(bin) => Ok(bin),
        None => write_bin(tx, &Bin { code: code.to_owned(), ..Bin::default() }),
    }
}

pub(crate) fn find_place(db: &Connection, code: &str) -> Result<Option<BinId>> {
    first(db, "SELECT id FROM bin WHERE code = ?1 ORDER BY id LIMIT 1", [code], |row| Ok(BinId(row.get(0)?)))
}

/// The bins that nothing is promised from.
pub(crate) fn staging(db: &Connection) -> Result<Vec<BinId>> {
    let mut found = Vec::new();
    for code in [RECEIVING, SHIPPING] {
        found.extend(find_place(db, code)?);
    }
    Ok(found)
}

/// How units of a lot stand that nobody has a claim on.
pub(crate) fn standing_of(db: &Connection, lot: Option<LotId>) -> Result<Standing> {
    Ok(match lot {
        Some(lot) => need(find_lot(db, lot)?, "lot", lot)?.status.standing(),
        None => Standing::Free,
    })
}

/// Goods of a lot that is held back do not go out.
pub(crate) fn may_leave(db: &Connection, lot: Option<LotId>) -> Result<()> {
    let Some(lot) = lot else { return Ok(()) };
    let lot = need(find_lot(db, lot)?, "lot", lot)?;
    if lot.status == LotStatus::Available {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Conflict,
        format!(
            "lot {} is {}: nothing of it goes out until somebody releases it",
            lot.code,
            lot.status.word()
        ),
    ))
}

/// The lot of a code, made where it is new. A label that says another last day than is known is refused.
pub(crate) fn lot_named(
    tx: &Connection,
    item: ItemId,
    code: Option<&str>,
    expiry: Option<Day>,
) -> Result<Option<LotId>> {
    let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else { return Ok(None) };
    match find_lot_code(tx, item, code)? {
        None => {
            let lot = Lot { item, code: code.to_owned(), expiry, ..Lot::default() };
            Ok(Some(write_lot(tx, &lot)?))
        }
        Some(lot) => match (lot.expiry, expiry) {
            (Some(known), Some(told)) if known != told => Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "lot {code} is known to last until {known}, and this says {told}; look at the label again, or correct the lot first"
                ),
            )),
            (None, Some(_)) => {
                let id = write_lot(tx, &Lot { expiry, ..lot })?;
                super::stock::book::refresh_expired(tx, item)?;
                Ok(Some(id))
            }
            _ => Ok(Some(lot.id)),
        },
    }
}

/// What a line has in bins, by lot, bin and (where asked) standing: sums of the ledger's lines that belong to it.
pub(crate) fn heaps(
    db: &Connection,
    paper: Paper,
    line: i64,
    standing: Option<Standing>,
) -> Result<Vec<Heap>> {
    let sql = "SELECT s.lot, l.code, l.expiry, b.id, b.code, sum(s.q) FROM (
            SELECT m.lot, m.to_side AS side, m.quantity AS q FROM document_movement d JOIN movement m ON m.id = d.movement
                WHERE d.paper = ?1 AND d.line = ?2
            UNION ALL SELECT m.lot, m.from_side, -m.quantity FROM document_movement d JOIN movement m ON m.id = d.movement
                WHERE d.paper = ?1 AND d.line = ?2
         ) s JOIN bin b ON b.id = s.side / 8 LEFT JOIN lot l ON l.id = s.lot
         WHERE s.side >= 8 AND (?3 IS NULL OR s.side % 8 = ?3)
         GROUP BY s.lot, b.id HAVING sum(s.q) > 0 ORDER BY l.expiry IS NULL, l.expiry, b.code, s.lot";
    let code = standing.map(crate::words::standing_code);
    rows(db, sql, (paper as i64, line, code), |row| {
        Ok(Heap {
            lot: lot_id(row.get(0)?),
            lot_code: row.get(1)?,
            expiry: row.get::<_, Option<i32>>(2)?.map(Day),
            bin: BinId(row.get(3)?),
            bin_code: row.get(4)?,
            quantity: Quantity(row.get(5)?),
        })
    })
}

/// Which paper a booking belongs to, in words; `None`: to none.
pub(crate) fn paper_of(db: &Connection, booking: MovementId) -> Result<Option<String>> {
    let sql = "SELECT d.paper, m.source FROM document_movement d JOIN movement m ON m.id = d.movement
        WHERE m.id >= ?1 AND m.booking = ?1 LIMIT 1";
    first(db, sql, [booking.0], |row| {
        let what = match row.get::<_, i64>(0)? {
            1 => "inbound shipment",
            2 => "order",
            _ => "return",
        };
        Ok(format!("{what} {}", row.get::<_, Option<String>>(1)?.unwrap_or_default()))
    })
}

/// The next number of a kind of paper: `IN-2026-00001`.
pub(crate) fn next_number(tx: &Connection, table: &str, prefix: &str, day: Day) -> Result<String> {
    let year = day.civil().0;
    let head = format!("{prefix}-{year}-");
    // Table and prefix are our own words.
    let sql = format!(
        "SELECT max(CAST(substr(number, {}) AS INTEGER)) FROM {table} WHERE number GLOB ?1",
        head.len() + 1
    );
    let last = first(tx, &sql, [format!("{head}[0-9]*")], |row| Ok(row.get::<_, Option<i64>>(0)?))?;
    Ok(format!("{head}{:05}", last.flatten().unwrap_or(0) + 1))
}

/// What is written beside a line and what its movements add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperMismatch {
    /// Which line: `inbound line 3`.
    pub line: String,
    /// Which figure.
    pub what: &'static str,
    /// What is kept.
    pub kept: Quantity,
    /// What the ledger adds up to.
    pub ledger: Quantity,
}

/// Sums of movements that stand, by line: what came in, what came damaged, what was carried on inside, what is promised, what is picked,
/// what went out.
const OF_LINES: &str = "SELECT d.line,
        sum(iif(m.from_side < 8 AND m.to_side >= 8 AND m.reason IS NOT 3, m.quantity, 0)) AS good,
        sum(iif(m.from_side < 8 AND m.to_side >= 8 AND m.reason IS 3, m.quantity, 0)) AS damaged,
        sum(iif(m.kind = 6 AND m.from_side >= 8, m.quantity, 0)) AS moved,
        sum(iif(m.to_side >= 8 AND m.to_side % 8 = 1, m.quantity, 0))
            - sum(iif(m.from_side >= 8 AND m.from_side % 8 = 1, m.quantity, 0)) AS allocated,
        sum(iif(m.to_side >= 8 AND m.to_side % 8 = 2, m.quantity, 0))
            - sum(iif(m.from_side >= 8 AND m.from_side % 8 = 2, m.quantity, 0)) AS picked,
        sum(iif(m.to_side = 4, m.quantity, 0)) AS gone
    FROM document_movement d JOIN movement m ON m.id = d.movement
    WHERE d.paper = ?1 AND m.reverses IS NULL AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = m.id)
    GROUP BY d.line";

impl Records {
    /// Adds the movements of all papers up and compares them with what is written beside their lines. Empty: they agree.
    pub fn papers_verify(&self) -> Result<Vec<PaperMismatch>> {
        self.file.read("add up the papers", |db| {
            let mut found = Vec::new();
            let checks: [(Paper, &str, &str, &'static str, &str, &str); 7] = [
                (Paper::Inbound, "inbound_line", "inbound line", "received", "l.received", "s.good"),
                (Paper::Inbound, "inbound_line", "inbound line", "damaged", "l.damaged", "s.damaged"),
                (Paper::Inbound, "inbound_line", "inbound line", "put away", "l.put_away", "s.moved"),
                (Paper::Outbound, "outbound_line", "order line", "allocated", "l.allocated", "s.allocated"),
                (Paper::Outbound, "outbound_line", "order line", "picked", "l.picked + l.packed", "s.picked"),
                (Paper::Outbound, "outbound_line", "order line", "shipped", "l.shipped", "s.gone"),
                (Paper::Return, "customer_return_line", "return line", "quantity", "l.quantity", "s.good + s.damaged"),
            ];
            for (paper, table, line, what, kept, ledger) in checks {
                let sql = format!(
                    "SELECT l.id, {kept}, coalesce({ledger}, 0) FROM {table} l LEFT JOIN ({OF_LINES}) s ON s.line = l.id
                     WHERE {kept} <> coalesce({ledger}, 0)"
                );
                found.extend(rows(db, &sql, [paper as i64], |row| {
                    Ok(PaperMismatch {
                        line: format!("{line} {}", row.get::<_, i64>(0)?),
                        what,
                        kept: Quantity(row.get(1)?),
                        ledger: Quantity(row.get(2)?),
                    })
                })?);
            }
            Ok(found)
        })
    }
}
