//! What customers send back: received into quarantine, inspected, then restocked, kept apart or scrapped.
//!
//! The rules are `domain::returns`'. Each step is one transaction: the paper, its movements and its audit row.

use super::Records;
use super::documents::{
    Desk, Entry, Paper, Stepped, lot_named, next_number, receiving, refused, standing_of,
};
use super::items::{Page, find_item};
use super::stock::places::find_bin;
use crate::file::{count, first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::words::{reason, reason_code, return_reason, return_reason_code, return_state, return_state_code};
use crate::{Act, Booked, Error, ErrorKind, Result};
use domain::returns::{CustomerReturn, Fate, ReturnLine, ReturnReason, ReturnState};
use domain::stock::{MovementKind, Place, ReasonCode, Side, Standing};
use rusqlite::{Connection, Row, params};
use serde_json::json;
use units::{BinId, Day, ItemId, LotId, OutboundId, Quantity, ReturnId, ReturnLineId, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "returns-1",
    "CREATE TABLE customer_return(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        number TEXT NOT NULL,
        customer TEXT NOT NULL,
        outbound INTEGER REFERENCES outbound(id),
        reason INTEGER NOT NULL,
        state INTEGER NOT NULL,
        note TEXT,
        at INTEGER NOT NULL,
        by TEXT NOT NULL,
        UNIQUE (number, customer)
     );
     CREATE INDEX customer_return_state ON customer_return(state);
     CREATE TABLE customer_return_line(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        customer_return INTEGER NOT NULL REFERENCES customer_return(id),
        n INTEGER NOT NULL,
        item INTEGER NOT NULL REFERENCES item(id),
        lot INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        finding INTEGER,
        inspected_at INTEGER,
        inspected_by TEXT,
        restocked INTEGER NOT NULL DEFAULT 0,
        quarantined INTEGER NOT NULL DEFAULT 0,
        scrapped INTEGER NOT NULL DEFAULT 0,
        UNIQUE (customer_return, n)
     );
     CREATE INDEX customer_return_line_item ON customer_return_line(item);",
)];

/// Goods that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReturn {
    /// Its number; empty for one of our own.
    pub number: String,
    /// From whom, as they are called; empty for the order's customer.
    pub customer: String,
    /// The order they left with.
    pub outbound: Option<OutboundId>,
    /// Why they came back.
    pub reason: ReturnReason,
    /// What else there is to say.
    pub note: Option<String>,
    /// What came back.
    pub lines: Vec<NewReturnLine>,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReturnLine {
    /// The item.
    pub item: ItemId,
    /// The lot on the box.
    pub lot: Option<String>,
    /// How much.
    pub quantity: Quantity,
}

/// A return as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnCard {
    /// Its row.
    pub id: ReturnId,
    /// Its number.
    pub number: String,
    /// From whom.
    pub customer: String,
    /// The order it left with.
    pub outbound: Option<OutboundId>,
    /// Why it came back.
    pub reason: ReturnReason,
    /// Where it is.
    pub state: ReturnState,
    /// What else was said.
    pub note: Option<String>,
    /// When it came.
    pub at: Timestamp,
    /// Who took it.
    pub by: String,
    /// Its lines.
    pub lines: Vec<ReturnLineRow>,
}

/// A line as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnLineRow {
    /// Its row.
    pub id: ReturnLineId,
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The lot's code.
    pub lot: Option<String>,
    /// The lot's last day.
    pub expiry: Option<Day>,
    /// What was found and decided.
    pub line: ReturnLine,
    /// Who looked at it.
    pub inspected_by: Option<String>,
}

/// What becomes of so much of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settling {
    /// Of which line.
    pub line: ReturnLineId,
    /// How much.
    pub quantity: Quantity,
    /// What becomes of it.
    pub fate: Fate,
    /// Where it goes; `None`: it stays where it is. What is restocked needs a bin.
    pub to: Option<BinId>,
}

struct Loaded {
    id: ReturnId,
    number: String,
    customer: String,
    paper: CustomerReturn,
    lines: Vec<(ReturnLineId, ItemId, Option<LotId>)>,
}

impl Loaded {
    fn subject(&self) -> String {
        format!("return {}", self.number)
    }

    fn place(&self, line: ReturnLineId) -> Result<usize> {
        need(self.lines.iter().position(|one| one.0 == line), "line of a return", line)
    }
}

fn load(db: &Connection, id: ReturnId) -> Result<Loaded> {
    let found = first(db, "SELECT number, customer FROM customer_return WHERE id = ?1", [id.0], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let (number, customer) = need(found, "return", id)?;
    let mut loaded = Loaded { id, number, customer, paper: CustomerReturn::default(), lines: Vec::new() };
    let sql =
        "SELECT id, item, lot, quantity, finding, restocked, quarantined, scrapped FROM customer_return_line
        WHERE customer_return = ?1 ORDER BY n";
    for (line, own) in rows(db, sql, [id.0], |row| {
        let line = (ReturnLineId(row.get(0)?), ItemId(row.get(1)?), super::stock::book::lot_id(row.get(2)?));
        Ok((line, return_line(row, 3)?))
    })? {
        loaded.lines.push(line);
        loaded.paper.lines.push(own);
    }
    Ok(loaded)
}

fn return_line(row: &Row<'_>, from: usize) -> Result<ReturnLine> {
    Ok(ReturnLine {
        quantity: Quantity(row.get(from)?),
        finding: row.get::<_, Option<i64>>(from + 1)?.map(reason).transpose()?,
        restocked: Quantity(row.get(from + 2)?),
        quarantined: Quantity(row.get(from + 3)?),
        scrapped: Quantity(row.get(from + 4)?),
    })
}

fn keep(tx: &Connection, loaded: &Loaded) -> Result<ReturnState> {
    let state = loaded.paper.state();
    run(tx, "UPDATE customer_return SET state = ?2 WHERE id = ?1", (loaded.id.0, return_state_code(state)))?;
    for (line, own) in loaded.lines.iter().zip(&loaded.paper.lines) {
        run(
            tx,
            "UPDATE customer_return_line SET finding = ?2, restocked = ?3, quarantined = ?4, scrapped = ?5 WHERE id = ?1",
            (line.0.0, own.finding.map(reason_code), own.restocked.0, own.quarantined.0, own.scrapped.0),
        )?;
    }
    Ok(state)
}

/// More of an item than left with an order does not come back from it.
fn check_shipped(db: &Connection, order: OutboundId, lines: &[NewReturnLine]) -> Result<()> {
    for line in lines {
        let wanted: Quantity = lines.iter().filter(|one| one.item == line.item).map(|one| one.quantity).sum();
        let sql = "SELECT coalesce((SELECT sum(shipped) FROM outbound_line WHERE outbound = ?1 AND item = ?2), 0)
            - coalesce((SELECT sum(l.quantity) FROM customer_return_line l JOIN customer_return r ON r.id = l.customer_return
                WHERE r.outbound = ?1 AND l.item = ?2), 0)";
        let left = Quantity(first(db, sql, (order.0, line.item.0), |row| Ok(row.get(0)?))?.unwrap_or(0));
        if wanted > left {
            let sku = find_item(db, line.item)?.map(|item| item.sku).unwrap_or_default();
            return Err(refused(
                "the return is not taken",
                format!(
                    "no more than {left} of {sku} left with that order and did not come back yet; give less, or another order"
                ),
            ));
        }
    }
    Ok(())
}

impl Records {
    /// Takes goods back from a customer: they stand in quarantine where goods are received until somebody has looked at them.
    pub fn make_return(&self, act: &Act, new: &NewReturn) -> Result<ReturnId> {
        let new = new.clone();
        self.change("take goods back", act, move |c| {
            if new.lines.is_empty() {
                return Err(Error::new(ErrorKind::Conflict, "a return needs a line; say what came back"));
            }
            let mut customer = super::customers::admit(c, &new.customer)?;
            if let Some(order) = new.outbound {
                let own = super::outbound::load(c.tx, order)?;
                if customer.is_empty() {
                    customer = own.customer;
                }
                check_shipped(c.tx, order, &new.lines)?;
            }
            let day = super::stock::book::Book::open(c.tx, c.act)?.today();
            let number = match new.number.trim() {
                "" => next_number(c.tx, "customer_return", "RET", day)?,
                number => number.to_owned(),
            };
            let known = "SELECT id FROM customer_return WHERE number = ?1 AND customer = ?2";
            if first(c.tx, known, (&number, &customer), |row| Ok(row.get::<_, i64>(0)?))?.is_some() {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("there is a return {number} of {customer} already; give another number"),
                ));
            }
            run(
                c.tx,
                "INSERT INTO customer_return(number, customer, outbound, reason, state, note, at, by)
                 VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7)",
                params![
                    number,
                    customer,
                    new.outbound.map(|o| o.0),
                    return_reason_code(new.reason),
                    new.note.as_deref().map(str::trim).filter(|text| !text.is_empty()),
                    c.act.at.0,
                    c.act.by.name
                ],
            )?;
            let id = ReturnId(c.tx.last_insert_rowid());
            let mut desk = Desk::open(c, Paper::Return, &number, Some(&customer))?;
            let door = receiving(c.tx)?;
            for (n, line) in new.lines.iter().enumerate() {
                need(find_item(c.tx, line.item)?, "item", line.item)?;
                if line.quantity.0 <= 0 {
                    return Err(Error::new(ErrorKind::Conflict, "more than nothing comes back; give how much"));
                }
                let lot = lot_named(c.tx, line.item, line.lot.as_deref(), None)?;
                run(
                    c.tx,
                    "INSERT INTO customer_return_line(customer_return, n, item, lot, quantity) VALUES (?1, ?2, ?3, ?4, ?5)",
                    (id.0, n as i64 + 1, line.item.0, lot.map_or(0, |lot| lot.0), line.quantity.0),
                )?;
                desk.post(Entry {
                    line: c.tx.last_insert_rowid(),
                    item: line.item,
                    lot,
                    from: Side::outside(Place::Customer),
                    to: Side::bin(door, Standing::Quarantined),
                    quantity: line.quantity,
                    kind: MovementKind::Return,
                    reason: None,
                    unit_cost: None,
                })?;
            }
            let quantity: Quantity = new.lines.iter().map(|line| line.quantity).sum();
            let said = json!({ "customer": customer, "reason": new.reason.word(), "quantity": quantity, "order": new.outbound });
            c.audit("return.make", &format!("return {number}"), None, Some(said))?;
            Ok(id)
        })
    }

    /// Somebody looked at a line and found it good ([`ReasonCode::Cleared`]), or why not.
    pub fn inspect_return(&self, act: &Act, line: ReturnLineId, finding: ReasonCode) -> Result<ReturnState> {
        self.change("inspect what came back", act, move |c| {
            let mut loaded = load(c.tx, of_line(c.tx, line)?)?;
            let place = loaded.place(line)?;
            loaded.paper.inspect(place, finding).map_err(|why| refused("the line stays as it is", why))?;
            run(
                c.tx,
                "UPDATE customer_return_line SET inspected_at = ?2, inspected_by = ?3 WHERE id = ?1",
                (line.0, c.act.at.0, &c.act.by.name),
            )?;
            let state = keep(c.tx, &loaded)?;
            let said = json!({ "line": line, "finding": finding.word(), "state": state.word() });
            c.audit("return.inspect", &loaded.subject(), None, Some(said))?;
            Ok(state)
        })
    }

    /// Decides what becomes of goods that came back, and books it.
    pub fn settle_return(&self, act: &Act, settling: &Settling) -> Result<Stepped<ReturnState>> {
        let settling = *settling;
        self.change("decide about what came back", act, move |c| {
            let mut loaded = load(c.tx, of_line(c.tx, settling.line)?)?;
            let place = loaded.place(settling.line)?;
            let finding = loaded
                .paper
                .settle(place, settling.quantity, settling.fate)
                .map_err(|why| refused("the goods stay where they are", why))?;
            let (line, item, lot) = loaded.lines[place];
            let door = receiving(c.tx)?;
            let from = Side::bin(door, Standing::Quarantined);
            let bin = match settling.to {
                Some(bin) => need(find_bin(c.tx, bin)?, "bin", bin)?.id,
                None if settling.fate == Fate::Restock => {
                    return Err(refused("the goods stay where they are", "say which bin they are put back into"));
                }
                None => door,
            };
            let (to, kind) = match settling.fate {
                Fate::Restock => (Side::bin(bin, standing_of(c.tx, lot)?), MovementKind::Hold),
                Fate::Quarantine => (Side::bin(bin, Standing::Quarantined), MovementKind::Move),
                Fate::Scrap => (Side::outside(Place::Loss), MovementKind::Correct),
            };
            let mut desk = Desk::open(c, Paper::Return, &loaded.number, Some(&loaded.customer))?;
            desk.post(Entry {
                line: line.0,
                item,
                lot,
                from,
                to,
                quantity: settling.quantity,
                kind,
                reason: Some(finding),
                unit_cost: None,
            })?;
            let state = keep(c.tx, &loaded)?;
            let said = json!({
                "line": line, "quantity": settling.quantity, "fate": settling.fate.word(), "finding": finding.word(),
                "state": state.word(),
            });
            c.audit("return.settle", &loaded.subject(), None, Some(said))?;
            let booked = if from == to { Booked { booking: None, movements: 0 } } else { desk.booked()? };
            Ok(Stepped { booked, state })
        })
    }

    /// Returns with their lines, the newest first; only those in a state, where one is given.
    pub fn returns(&self, state: Option<ReturnState>, offset: u32, limit: u32) -> Result<Page<ReturnCard>> {
        self.file.read("list returns", |db| {
            let state = state.map(return_state_code);
            let sql = "SELECT count(*) FROM customer_return WHERE ?1 IS NULL OR state = ?1";
            let total = first(db, sql, [state], |row| Ok(count(row.get(0)?)))?.unwrap_or(0);
            let sql = "SELECT id, number, coalesce((SELECT coalesce(who.name, who.code) FROM customer who WHERE who.pseudonym = customer_return.customer), customer),
                outbound, reason, state, note, at, by FROM customer_return
                WHERE ?1 IS NULL OR state = ?1 ORDER BY id DESC LIMIT ?2 OFFSET ?3";
            let mut page = rows(db, sql, (state, limit.min(ROWS_MAX), offset), |row| {
                Ok(ReturnCard {
                    id: ReturnId(row.get(0)?),
                    number: row.get(1)?,
                    customer: row.get(2)?,
                    outbound: row.get::<_, Option<i64>>(3)?.map(OutboundId),
                    reason: return_reason(row.get(4)?)?,
                    state: return_state(row.get(5)?)?,
                    note: row.get(6)?,
                    at: Timestamp(row.get(7)?),
                    by: row.get(8)?,
                    lines: Vec::new(),
                })
            })?;
            for card in &mut page {
                let sql = "SELECT l.id, l.item, i.sku, i.name, o.code, o.expiry, l.inspected_by, l.quantity, l.finding,
                        l.restocked, l.quarantined, l.scrapped
                    FROM customer_return_line l JOIN item i ON i.id = l.item LEFT JOIN lot o ON o.id = l.lot
                    WHERE l.customer_return = ?1 ORDER BY l.n";
                card.lines = rows(db, sql, [card.id.0], |row| {
                    Ok(ReturnLineRow {
                        id: ReturnLineId(row.get(0)?),
                        item: ItemId(row.get(1)?),
                        sku: row.get(2)?,
                        name: row.get(3)?,
                        lot: row.get(4)?,
                        expiry: row.get::<_, Option<i32>>(5)?.map(Day),
                        inspected_by: row.get(6)?,
                        line: return_line(row, 7)?,
                    })
                })?;
            }
            Ok(Page { rows: page, total })
        })
    }
}

fn of_line(db: &Connection, line: ReturnLineId) -> Result<ReturnId> {
    let sql = "SELECT customer_return FROM customer_return_line WHERE id = ?1";
    Ok(ReturnId(need(first(db, sql, [line.0], |row| Ok(row.get(0)?))?, "line of a return", line)?))
}
