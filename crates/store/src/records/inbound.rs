//! Shipments from suppliers: what is announced or ordered, what came of it, and where it was put.
//!
//! The rules are `domain::inbound`'s; each step is one transaction: the paper, its movements and its audit row. What a shipment still
//! expects stands as on order in the ledger, booked when the paper is made and taken off as goods come, so it is there once, whoever said
//! it: a purchase order becomes a shipment when it is made, and what a supplier announces of it is expected in the announced shipment only.

use super::Records;
use super::documents::{
    Desk, Entry, Heap, Paper, Stepped, balance, find_place, heaps, link, lot_named, next_number, paper_of,
    receiving, refused, standing_of,
};
use super::items::{Page, find_item, find_supplier, find_supplier_code};
use super::stock::actions::OF_BOOKING;
use super::stock::book::{MOVEMENT, movement};
use super::stock::places::find_bin;
use crate::audit::Change;
use crate::file::{count, first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::words::{in_state, in_state_code};
use crate::{Act, Booked, Error, ErrorKind, Result};
use domain::inbound::{Closing, InLine, InState, Ruling, Shipment};
use domain::stock::{Movement, MovementKind, Place, ReasonCode, Side, Standing};
use rusqlite::{Connection, Row, params};
use serde_json::json;
use units::{
    BinId, Day, ImportId, InboundId, InboundLineId, ItemId, LotId, Money, MovementId, PurchaseOrderId,
    Quantity, SupplierId, Timestamp,
};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "inbound-1",
    // closing: 0 none, 1 finished, 2 cancelled. takes: the line of another shipment that this one announces so much of.
    "CREATE TABLE inbound(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        number TEXT NOT NULL,
        partner TEXT NOT NULL,
        supplier INTEGER REFERENCES supplier(id),
        order_ref TEXT,
        expected_on INTEGER,
        state INTEGER NOT NULL,
        closing INTEGER NOT NULL DEFAULT 0,
        closed_at INTEGER,
        closed_by TEXT,
        closed_why TEXT,
        purchase_order INTEGER REFERENCES purchase_order(id),
        import INTEGER REFERENCES import(id),
        note TEXT,
        at INTEGER NOT NULL,
        by TEXT NOT NULL,
        UNIQUE (number, partner)
     );
     CREATE INDEX inbound_state ON inbound(state, expected_on);
     CREATE INDEX inbound_import ON inbound(import) WHERE import IS NOT NULL;
     CREATE TABLE inbound_line(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        inbound INTEGER NOT NULL REFERENCES inbound(id),
        n INTEGER NOT NULL,
        item INTEGER NOT NULL REFERENCES item(id),
        expected INTEGER NOT NULL,
        elsewhere INTEGER NOT NULL DEFAULT 0,
        received INTEGER NOT NULL DEFAULT 0,
        damaged INTEGER NOT NULL DEFAULT 0,
        put_away INTEGER NOT NULL DEFAULT 0,
        lot TEXT,
        expiry INTEGER,
        sscc TEXT,
        unit_cost INTEGER,
        takes INTEGER REFERENCES inbound_line(id),
        taken INTEGER NOT NULL DEFAULT 0,
        UNIQUE (inbound, n)
     );
     CREATE INDEX inbound_line_item ON inbound_line(item);
     CREATE INDEX inbound_line_takes ON inbound_line(takes) WHERE takes IS NOT NULL;
     CREATE INDEX inbound_line_sscc ON inbound_line(sscc) WHERE sscc IS NOT NULL;",
)];

/// A shipment to be expected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewInbound {
    /// Its number; empty for one of our own.
    pub number: String,
    /// From whom, as they are called: a supplier's code or name.
    pub partner: String,
    /// The order it is for: a purchase order of ours is then expected here.
    pub order_ref: Option<String>,
    /// When it should come.
    pub expected_on: Option<Day>,
    /// What else there is to say.
    pub note: Option<String>,
    /// What it should bring.
    pub lines: Vec<NewInLine>,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInLine {
    /// The item.
    pub item: ItemId,
    /// How much; nothing where nobody announced it.
    pub quantity: Quantity,
    /// The lot, where it is told.
    pub lot: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// The handling unit it comes in.
    pub sscc: Option<String>,
    /// What a unit costs.
    pub unit_cost: Option<Money>,
}

impl NewInLine {
    /// So much of an item, no more said.
    pub fn of(item: ItemId, quantity: Quantity) -> Self {
        Self { item, quantity, lot: None, expiry: None, sscc: None, unit_cost: None }
    }
}

/// A shipment as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundCard {
    /// Its row.
    pub id: InboundId,
    /// Its number.
    pub number: String,
    /// From whom, as they are called.
    pub partner: String,
    /// The supplier, where one is known by that.
    pub supplier: Option<SupplierId>,
    /// The order it is for.
    pub order_ref: Option<String>,
    /// When it should come.
    pub expected_on: Option<Day>,
    /// Where it is.
    pub state: InState,
    /// How many lines.
    pub lines: u64,
    /// Lines of which nothing more is expected.
    pub lines_done: u64,
    /// All that was announced, less what is announced elsewhere.
    pub expected: Quantity,
    /// All that came, good or not.
    pub came: Quantity,
    /// Of these, not good.
    pub damaged: Quantity,
    /// All that was put away.
    pub put_away: Quantity,
    /// Beyond what was announced.
    pub over: Quantity,
    /// What will not come.
    pub short: Quantity,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// A line as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundLineRow {
    /// Its row.
    pub id: InboundLineId,
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its unit of measure.
    pub unit_of_measure: Option<String>,
    /// The lot that was announced.
    pub lot: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// The handling unit it comes in.
    pub sscc: Option<String>,
    /// How far it is.
    pub line: InLine,
    /// What is still expected of it.
    pub outstanding: Quantity,
    /// What will not come of it.
    pub short: Quantity,
    /// Where what came lies, put away or not, as far as its movements tell.
    pub lies: Vec<Heap>,
}

/// A shipment with its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundDetail {
    /// The shipment.
    pub card: InboundCard,
    /// What else was said.
    pub note: Option<String>,
    /// How it ended, if early.
    pub closing: Option<Closing>,
    /// The purchase order it was made of.
    pub purchase_order: Option<PurchaseOrderId>,
    /// The import that brought it.
    pub import: Option<ImportId>,
    /// Its lines.
    pub lines: Vec<InboundLineRow>,
}

/// Which shipments a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InboundQuery {
    /// Text in number, partner, order, SKU; empty for all.
    pub filter: String,
    /// In any of these states; none: all.
    pub states: Vec<InState>,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to give.
    pub limit: u32,
}

/// Goods that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// On which line.
    pub line: InboundLineId,
    /// Good ones.
    pub good: Quantity,
    /// Broken or spoilt ones: they lie in quarantine where they were received.
    pub damaged: Quantity,
    /// The lot on the box; `None`: the announced one.
    pub lot: Option<String>,
    /// Its last day; `None`: the announced one.
    pub expiry: Option<Day>,
    /// Put away here at once; `None`: they wait where goods are received.
    pub bin: Option<BinId>,
    /// It is so that more came than was announced.
    pub over: bool,
}

/// Goods taken to where they belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutAway {
    /// Of which line.
    pub line: InboundLineId,
    /// Of which lot; `None`: whichever waits, the first to expire first.
    pub lot: Option<LotId>,
    /// How much.
    pub quantity: Quantity,
    /// Where to.
    pub to: BinId,
}

const CARD: &str = "SELECT d.id, d.number, d.partner, d.supplier, d.order_ref, d.expected_on, d.state,
    count(l.id), count(l.id) FILTER (WHERE l.expected - l.elsewhere <= l.received + l.damaged OR d.closing <> 0),
    coalesce(sum(l.expected - l.elsewhere), 0), coalesce(sum(l.received + l.damaged), 0), coalesce(sum(l.damaged), 0),
    coalesce(sum(l.put_away), 0), coalesce(sum(max(0, l.received + l.damaged - l.expected + l.elsewhere)), 0),
    iif(d.closing = 1, coalesce(sum(max(0, l.expected - l.elsewhere - l.received - l.damaged)), 0), 0), d.at, d.by
    FROM inbound d LEFT JOIN inbound_line l ON l.inbound = d.id";

fn card(row: &Row<'_>) -> Result<InboundCard> {
    Ok(InboundCard {
        id: InboundId(row.get(0)?),
        number: row.get(1)?,
        partner: row.get(2)?,
        supplier: row.get::<_, Option<i64>>(3)?.map(SupplierId),
        order_ref: row.get(4)?,
        expected_on: row.get::<_, Option<i32>>(5)?.map(Day),
        state: in_state(row.get(6)?)?,
        lines: count(row.get(7)?),
        lines_done: count(row.get(8)?),
        expected: Quantity(row.get(9)?),
        came: Quantity(row.get(10)?),
        damaged: Quantity(row.get(11)?),
        put_away: Quantity(row.get(12)?),
        over: Quantity(row.get(13)?),
        short: Quantity(row.get(14)?),
        at: Timestamp(row.get(15)?),
        by: row.get(16)?,
    })
}

/// A shipment and its lines as they are, to be changed.
pub(crate) struct Loaded {
    pub id: InboundId,
    pub number: String,
    pub partner: String,
    pub supplier: Option<SupplierId>,
    pub shipment: Shipment,
    pub lines: Vec<LoadedLine>,
}

pub(crate) struct LoadedLine {
    pub id: InboundLineId,
    pub item: ItemId,
    pub lot: Option<String>,
    pub expiry: Option<Day>,
    pub unit_cost: Option<Money>,
}

impl Loaded {
    fn subject(&self) -> String {
        format!("inbound shipment {}", self.number)
    }

    fn place(&self, line: InboundLineId) -> Result<usize> {
        need(self.lines.iter().position(|one| one.id == line), "line of an inbound shipment", line)
    }

    fn party(&self, db: &Connection) -> Result<String> {
        Ok(match self.supplier {
            Some(id) => need(find_supplier(db, id)?, "supplier", id)?.code,
            None => self.partner.clone(),
        })
    }

    pub(crate) fn desk<'t>(&self, c: &Change<'t>) -> Result<Desk<'t>> {
        Desk::open(c, Paper::Inbound, &self.number, Some(&self.party(c.tx)?))
    }
}

pub(crate) fn load(db: &Connection, id: InboundId) -> Result<Loaded> {
    let sql = "SELECT number, partner, supplier, closing, closed_at, closed_by, closed_why FROM inbound WHERE id = ?1";
    let found = first(db, sql, [id.0], |row| {
        let ruling = Ruling {
            at: Timestamp(row.get::<_, Option<i64>>(4)?.unwrap_or(0)),
            by: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
            why: row.get(6)?,
        };
        let closing = match row.get::<_, i64>(3)? {
            1 => Some(Closing::Finished(ruling)),
            2 => Some(Closing::Cancelled(ruling)),
            _ => None,
        };
        Ok(Loaded {
            id,
            number: row.get(0)?,
            partner: row.get(1)?,
            supplier: row.get::<_, Option<i64>>(2)?.map(SupplierId),
            shipment: Shipment { lines: Vec::new(), closing },
            lines: Vec::new(),
        })
    })?;
    let mut loaded = need(found, "inbound shipment", id)?;
    let sql = "SELECT id, item, lot, expiry, unit_cost, expected, elsewhere, received, damaged, put_away
        FROM inbound_line WHERE inbound = ?1 ORDER BY n";
    for (line, own) in rows(db, sql, [id.0], |row| {
        let line = LoadedLine {
            id: InboundLineId(row.get(0)?),
            item: ItemId(row.get(1)?),
            lot: row.get(2)?,
            expiry: row.get::<_, Option<i32>>(3)?.map(Day),
            unit_cost: row.get::<_, Option<i64>>(4)?.map(Money),
        };
        let own = InLine {
            expected: Quantity(row.get(5)?),
            elsewhere: Quantity(row.get(6)?),
            received: Quantity(row.get(7)?),
            damaged: Quantity(row.get(8)?),
            put_away: Quantity(row.get(9)?),
        };
        Ok((line, own))
    })? {
        loaded.lines.push(line);
        loaded.shipment.lines.push(own);
    }
    Ok(loaded)
}

/// Which shipment a line is of.
fn of_line(db: &Connection, line: InboundLineId) -> Result<InboundId> {
    let found = first(db, "SELECT inbound FROM inbound_line WHERE id = ?1", [line.0], |row| Ok(row.get(0)?))?;
    Ok(InboundId(need(found, "line of an inbound shipment", line)?))
}

/// Writes what a step changed.
pub(crate) fn keep(tx: &Connection, loaded: &Loaded) -> Result<InState> {
    let state = loaded.shipment.state();
    let (closing, ruling) = match &loaded.shipment.closing {
        None => (0, None),
        Some(Closing::Finished(ruling)) => (1, Some(ruling)),
        Some(Closing::Cancelled(ruling)) => (2, Some(ruling)),
    };
    run(
        tx,
        "UPDATE inbound SET state = ?2, closing = ?3, closed_at = ?4, closed_by = ?5, closed_why = ?6 WHERE id = ?1",
        params![
            loaded.id.0,
            in_state_code(state),
            closing,
            ruling.map(|r| r.at.0),
            ruling.map(|r| r.by.as_str()),
            ruling.and_then(|r| r.why.as_deref())
        ],
    )?;
    for (line, own) in loaded.lines.iter().zip(&loaded.shipment.lines) {
        run(
            tx,
            "UPDATE inbound_line SET elsewhere = ?2, received = ?3, damaged = ?4, put_away = ?5 WHERE id = ?1",
            (line.id.0, own.elsewhere.0, own.received.0, own.damaged.0, own.put_away.0),
        )?;
    }
    Ok(state)
}

const SUPPLIER: Side = Side::outside(Place::Supplier);
const INBOUND: Side = Side::outside(Place::Inbound);

/// A movement of what is on order: more of it, or less.
fn on_order(desk: &mut Desk<'_>, line: &LoadedLine, quantity: Quantity, more: bool) -> Result<()> {
    let (from, to) = if more { (SUPPLIER, INBOUND) } else { (INBOUND, SUPPLIER) };
    desk.post(Entry {
        line: line.id.0,
        item: line.item,
        lot: None,
        from,
        to,
        quantity,
        kind: MovementKind::Order,
        reason: None,
        unit_cost: None,
    })
}

/// Where a new shipment comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Origin {
    pub import: Option<ImportId>,
    pub purchase_order: Option<PurchaseOrderId>,
}

/// Writes the paper alone: no movement.
fn write_paper(
    c: &Change<'_>,
    new: &NewInbound,
    supplier: Option<SupplierId>,
    from: Origin,
    day: Day,
) -> Result<InboundId> {
    let number = match new.number.trim() {
        "" => next_number(c.tx, "inbound", "IN", day)?,
        number => number.to_owned(),
    };
    let partner = new.partner.trim();
    let known = "SELECT id FROM inbound WHERE number = ?1 AND partner = ?2";
    if first(c.tx, known, (&number, partner), |row| Ok(row.get::<_, i64>(0)?))?.is_some() {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!("there is an inbound shipment {number} from {partner} already; give another number"),
        ));
    }
    run(
        c.tx,
        "INSERT INTO inbound(number, partner, supplier, order_ref, expected_on, state, purchase_order, import, note, at, by)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10)",
        params![
            number,
            partner,
            supplier.map(|s| s.0),
            new.order_ref.as_deref().map(str::trim).filter(|text| !text.is_empty()),
            new.expected_on.map(|d| d.0),
            from.purchase_order.map(|o| o.0),
            from.import.map(|i| i.0),
            new.note.as_deref().map(str::trim).filter(|text| !text.is_empty()),
            c.act.at.0,
            c.act.by.name
        ],
    )?;
    Ok(InboundId(c.tx.last_insert_rowid()))
}

fn write_line(tx: &Connection, id: InboundId, n: i64, line: &NewInLine) -> Result<InboundLineId> {
    need(find_item(tx, line.item)?, "item", line.item)?;
    if line.quantity.0 < 0 {
        return Err(Error::new(
            ErrorKind::Conflict,
            "less than nothing can't be expected; give what should come",
        ));
    }
    let text =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    run(
        tx,
        "INSERT INTO inbound_line(inbound, n, item, expected, lot, expiry, sscc, unit_cost) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            id.0,
            n,
            line.item.0,
            line.quantity.0,
            text(&line.lot),
            line.expiry.map(|d| d.0),
            text(&line.sscc),
            line.unit_cost.map(|m| m.0)
        ],
    )?;
    Ok(InboundLineId(tx.last_insert_rowid()))
}

/// Lines of an order of ours that still expect an item, for a shipment that announces it.
fn ordered_lines(
    db: &Connection,
    order_ref: &str,
    item: ItemId,
    not: InboundId,
) -> Result<Vec<(InboundId, InboundLineId)>> {
    let sql = "SELECT d.id, l.id FROM inbound d JOIN inbound_line l ON l.inbound = d.id
        WHERE d.number = ?1 AND d.purchase_order IS NOT NULL AND d.closing = 0 AND l.item = ?2 AND d.id <> ?3
            AND l.expected > l.elsewhere + l.received + l.damaged ORDER BY d.id, l.n";
    rows(db, sql, (order_ref, item.0, not.0), |row| Ok((InboundId(row.get(0)?), InboundLineId(row.get(1)?))))
}

/// Makes a shipment and books what it expects, once: what a purchase order of ours expects already is expected here instead.
pub(crate) fn make(c: &Change<'_>, new: &NewInbound, from: Origin) -> Result<InboundId> {
    if new.lines.is_empty() {
        return Err(Error::new(ErrorKind::Conflict, "a shipment needs a line; say what should come"));
    }
    let supplier = match new.partner.trim() {
        "" => None,
        code => supplier_named(c.tx, code)?,
    };
    let day = super::stock::book::Book::open(c.tx, c.act)?.today();
    let id = write_paper(c, new, supplier, from, day)?;
    for (n, line) in new.lines.iter().enumerate() {
        write_line(c.tx, id, n as i64 + 1, line)?;
    }
    let loaded = load(c.tx, id)?;
    let mut desk = loaded.desk(c)?;
    desk.import = from.import;
    for (place, line) in loaded.lines.iter().enumerate() {
        let mut left = loaded.shipment.outstanding(place);
        let ordered = match new.order_ref.as_deref().map(str::trim) {
            Some(order) if !order.is_empty() => ordered_lines(c.tx, order, line.item, id)?,
            _ => Vec::new(),
        };
        for (order, ordered) in ordered {
            let mut other = load(c.tx, order)?;
            let taken = other.shipment.announce(other.place(ordered)?, left);
            if taken.0 == 0 {
                continue;
            }
            left = left.minus(taken);
            keep(c.tx, &other)?;
            // A line announces of one line of one order; what it announces of another is on order anew.
            run(
                c.tx,
                "UPDATE inbound_line SET takes = ?2, taken = ?3 WHERE id = ?1",
                (line.id.0, ordered.0, taken.0),
            )?;
            break;
        }
        on_order(&mut desk, line, left, true)?;
    }
    let expected: Quantity = loaded.shipment.lines.iter().map(|line| line.expected).sum();
    let said = json!({
        "from": loaded.partner, "lines": loaded.lines.len(), "expected": expected,
        "expected_on": new.expected_on.map(|d| d.to_string()), "order": new.order_ref,
    });
    c.audit("inbound.make", &loaded.subject(), None, Some(said))?;
    Ok(id)
}

/// A shipment that announced so much of an order's line is taken out: it is expected with the order again.
pub(crate) fn give_back(tx: &Connection, line: InboundLineId, taken: Quantity) -> Result<()> {
    run(tx, "UPDATE inbound_line SET elsewhere = max(0, elsewhere - ?2) WHERE id = ?1", (line.0, taken.0))?;
    let loaded = load(tx, of_line(tx, line)?)?;
    keep(tx, &loaded)?;
    Ok(())
}

/// The supplier who is called so: by code, else by name.
fn supplier_named(db: &Connection, text: &str) -> Result<Option<SupplierId>> {
    if let Some(found) = find_supplier_code(db, text)? {
        return Ok(Some(found.id));
    }
    let sql = "SELECT id FROM supplier WHERE name = ?1 ORDER BY id LIMIT 1";
    first(db, sql, [text], |row| Ok(SupplierId(row.get(0)?)))
}

/// Makes the shipment of a purchase order; what it expects is on order already, by `ordered`, one movement a line.
pub(crate) fn expect_order(
    c: &Change<'_>,
    order: &super::purchase::PurchaseOrder,
    ordered: &[MovementId],
) -> Result<InboundId> {
    let new = NewInbound {
        number: order.number.clone(),
        partner: order.supplier_code.clone().unwrap_or_default(),
        order_ref: Some(order.number.clone()),
        expected_on: order.lines.iter().map(|line| line.due).max(),
        note: None,
        lines: order
            .lines
            .iter()
            .map(|line| NewInLine {
                unit_cost: Some(line.unit_cost),
                ..NewInLine::of(line.item, line.quantity)
            })
            .collect(),
    };
    let from = Origin { purchase_order: Some(order.id), import: None };
    let id = write_paper(c, &new, order.supplier, from, Day(0))?;
    for (n, (line, movement)) in new.lines.iter().zip(ordered).enumerate() {
        let line = write_line(c.tx, id, n as i64 + 1, line)?;
        link(c.tx, Paper::Inbound, line.0, *movement)?;
    }
    Ok(id)
}

/// What the shipments that are open still expect of an item: on order by them, whatever a file says.
pub(crate) fn expected_of(db: &Connection, item: ItemId) -> Result<Quantity> {
    let sql = "SELECT coalesce(sum(max(0, l.expected - l.elsewhere - l.received - l.damaged)), 0)
        FROM inbound_line l JOIN inbound d ON d.id = l.inbound WHERE l.item = ?1 AND d.closing = 0";
    Ok(Quantity(first(db, sql, [item.0], |row| Ok(row.get(0)?))?.unwrap_or(0)))
}

/// Books what came: off what is on order as far as it was, the rest straight from the supplier.
fn arrive(
    desk: &mut Desk<'_>,
    line: &LoadedLine,
    lot: Option<LotId>,
    (quantity, expected): (Quantity, Quantity),
    (to, reason): (Side, Option<ReasonCode>),
) -> Result<Quantity> {
    let known = Quantity(quantity.0.min(expected.0));
    let entry = |from: Side, quantity: Quantity| Entry {
        line: line.id.0,
        item: line.item,
        lot,
        from,
        to,
        quantity,
        kind: MovementKind::Receipt,
        reason,
        unit_cost: line.unit_cost,
    };
    // What is on order names no lot; what comes may. So it is let go without one and comes in with one.
    if lot.is_some() {
        on_order(desk, line, known, false)?;
        desk.post(entry(SUPPLIER, quantity))?;
    } else {
        desk.post(entry(INBOUND, known))?;
        desk.post(entry(SUPPLIER, quantity.minus(known)))?;
    }
    Ok(expected.minus(known))
}

fn stepped(desk: &Desk<'_>, state: InState) -> Result<Stepped<InState>> {
    Ok(Stepped { booked: desk.booked()?, state })
}

/// A shipment with its lines.
pub(crate) fn detail(db: &Connection, id: InboundId) -> Result<InboundDetail> {
    let loaded = load(db, id)?;
    let head = need(
        first(db, &format!("{CARD} WHERE d.id = ?1 GROUP BY d.id"), [id.0], card)?,
        "inbound shipment",
        id,
    )?;
    let sql = "SELECT note, purchase_order, import FROM inbound WHERE id = ?1";
    let (note, purchase_order, import) = first(db, sql, [id.0], |row| {
        Ok((
            row.get(0)?,
            row.get::<_, Option<i64>>(1)?.map(PurchaseOrderId),
            row.get::<_, Option<i64>>(2)?.map(ImportId),
        ))
    })?
    .unwrap_or_default();
    let sql = "SELECT l.id, l.item, i.sku, i.name, i.unit_of_measure, l.lot, l.expiry, l.sscc
        FROM inbound_line l JOIN item i ON i.id = l.item WHERE l.inbound = ?1 ORDER BY l.n";
    let mut lines = rows(db, sql, [id.0], |row| {
        Ok(InboundLineRow {
            id: InboundLineId(row.get(0)?),
            item: ItemId(row.get(1)?),
            sku: row.get(2)?,
            name: row.get(3)?,
            unit_of_measure: row.get(4)?,
            lot: row.get(5)?,
            expiry: row.get::<_, Option<i32>>(6)?.map(Day),
            sscc: row.get(7)?,
            line: InLine::default(),
            outstanding: Quantity::ZERO,
            short: Quantity::ZERO,
            lies: Vec::new(),
        })
    })?;
    for (place, line) in lines.iter_mut().enumerate() {
        line.line = loaded.shipment.lines.get(place).copied().unwrap_or_default();
        line.outstanding = loaded.shipment.outstanding(place);
        line.short = loaded.shipment.short(place);
        line.lies = heaps(db, Paper::Inbound, line.id.0, None)?;
    }
    Ok(InboundDetail { card: head, note, closing: loaded.shipment.closing, purchase_order, import, lines })
}

/// Adds a line for goods that nobody announced.
pub(crate) fn add_line(c: &Change<'_>, id: InboundId, line: &NewInLine) -> Result<InboundLineId> {
    let loaded = load(c.tx, id)?;
    let state = loaded.shipment.state();
    if state == InState::Cancelled {
        return Err(refused("the line was not added", domain::inbound::InRefusal::State(state)));
    }
    let line_id = write_line(c.tx, id, loaded.lines.len() as i64 + 1, line)?;
    let after = load(c.tx, id)?;
    let mut desk = after.desk(c)?;
    let place = after.place(line_id)?;
    on_order(&mut desk, &after.lines[place], after.shipment.outstanding(place), true)?;
    keep(c.tx, &after)?;
    let said = json!({ "item": line.item, "expected": line.quantity, "lot": line.lot });
    c.audit("inbound.add", &after.subject(), None, Some(said))?;
    Ok(line_id)
}

impl Records {
    /// Makes a shipment that is expected from a supplier.
    pub fn make_inbound(&self, act: &Act, new: &NewInbound) -> Result<InboundId> {
        let new = new.clone();
        self.change("make an inbound shipment", act, move |c| make(c, &new, Origin::default()))
    }

    /// Shipments, the first to come first and what is over last; and how many there are.
    pub fn inbounds(&self, query: &InboundQuery) -> Result<Page<InboundCard>> {
        self.file.read("list inbound shipments", |db| {
            let states: Vec<String> = query.states.iter().map(|s| in_state_code(*s).to_string()).collect();
            let which = if states.is_empty() { "1".to_owned() } else { format!("d.state IN ({})", states.join(", ")) };
            let filter = format!("%{}%", query.filter.trim().replace(['%', '_'], " "));
            let found = "(?1 = '%%' OR d.number LIKE ?1 OR d.partner LIKE ?1 OR d.order_ref LIKE ?1 OR EXISTS (
                SELECT 1 FROM inbound_line f JOIN item i ON i.id = f.item WHERE f.inbound = d.id AND (i.sku LIKE ?1 OR i.name LIKE ?1)))";
            let sql = format!("SELECT count(*) FROM inbound d WHERE {which} AND {found}");
            let total = first(db, &sql, [&filter], |row| Ok(count(row.get(0)?)))?.unwrap_or(0);
            let sql = format!(
                "{CARD} WHERE {which} AND {found} GROUP BY d.id ORDER BY d.state >= 3, iif(d.state >= 3, -d.id, 0), d.expected_on IS NULL, d.expected_on, d.id LIMIT ?2 OFFSET ?3"
            );
            let page = rows(db, &sql, (&filter, query.limit.min(ROWS_MAX), query.offset), card)?;
            Ok(Page { rows: page, total })
        })
    }

    /// How many shipments are in each state, in the order of [`InState::ALL`].
    pub fn inbound_counts(&self) -> Result<[u64; 5]> {
        self.file.read("count inbound shipments", |db| {
            let mut counts = [0; 5];
            for (state, n) in rows(db, "SELECT state, count(*) FROM inbound GROUP BY state", [], |row| {
                Ok((in_state(row.get(0)?)?, count(row.get(1)?)))
            })? {
                counts[state as usize] = n;
            }
            Ok(counts)
        })
    }

    /// One shipment with its lines.
    pub fn inbound(&self, id: InboundId) -> Result<InboundDetail> {
        self.file.read("read an inbound shipment", |db| detail(db, id))
    }

    /// The shipments of a number, from whomever.
    pub fn inbounds_numbered(&self, number: &str) -> Result<Vec<InboundId>> {
        self.file.read("find an inbound shipment", |db| {
            let sql = "SELECT id FROM inbound WHERE number = ?1 ORDER BY id DESC";
            rows(db, sql, [number], |row| Ok(InboundId(row.get(0)?)))
        })
    }

    /// The lines that announce a handling unit, of shipments that still go on.
    pub fn inbound_lines_by_sscc(&self, sscc: &str) -> Result<Vec<(InboundId, InboundLineId)>> {
        self.file.read("find an announced handling unit", |db| {
            let sql = "SELECT d.id, l.id FROM inbound_line l JOIN inbound d ON d.id = l.inbound
                WHERE l.sscc = ?1 AND d.closing = 0 ORDER BY d.id, l.n";
            rows(db, sql, [sscc], |row| Ok((InboundId(row.get(0)?), InboundLineId(row.get(1)?))))
        })
    }

    /// The bin that goods lie in until they are put away, where there is one yet.
    pub fn receiving_bin(&self) -> Result<Option<BinId>> {
        self.file.read("find where goods are received", |db| find_place(db, domain::inbound::RECEIVING))
    }

    /// Adds a line for goods that nobody announced.
    pub fn add_inbound_line(&self, act: &Act, id: InboundId, line: &NewInLine) -> Result<InboundLineId> {
        let line = line.clone();
        self.change("add a line to an inbound shipment", act, move |c| add_line(c, id, &line))
    }

    /// Goods came.
    pub fn receive_goods(&self, act: &Act, receipt: &Receipt) -> Result<Stepped<InState>> {
        let receipt = receipt.clone();
        self.change("receive goods", act, move |c| receive(c, &receipt))
    }

    /// All that a shipment still expects came, good and as it was announced.
    pub fn receive_all(&self, act: &Act, id: InboundId) -> Result<Stepped<InState>> {
        self.change("receive a shipment", act, move |c| {
            let loaded = load(c.tx, id)?;
            let mut done = None;
            for (place, line) in loaded.lines.iter().enumerate() {
                let good = loaded.shipment.outstanding(place);
                if good.0 > 0 {
                    let (lot, expiry) = (None, None);
                    let all = Receipt {
                        line: line.id,
                        good,
                        damaged: Quantity::ZERO,
                        lot,
                        expiry,
                        bin: None,
                        over: false,
                    };
                    done = Some(receive(c, &all)?);
                }
            }
            done.ok_or_else(|| {
                refused("nothing is received", domain::inbound::InRefusal::State(loaded.shipment.state()))
            })
        })
    }

    /// Goods were taken to where they belong.
    pub fn put_away(&self, act: &Act, put: &PutAway) -> Result<Stepped<InState>> {
        let put = *put;
        self.change("put goods away", act, move |c| put_away(c, put))
    }

    /// All that waits of a shipment was taken to where its items lie already, what lies nowhere to the bin of what nobody said the place of.
    pub fn put_all_away(&self, act: &Act, id: InboundId) -> Result<Stepped<InState>> {
        self.change("put a shipment away", act, move |c| {
            let loaded = load(c.tx, id)?;
            let mut done = None;
            for (line, own) in loaded.lines.iter().zip(&loaded.shipment.lines) {
                if own.waiting().0 > 0 {
                    let to = usual_bin(c.tx, line.item)?.map_or(domain::stock::DEFAULT_BIN, |(bin, _)| bin);
                    let put = PutAway { line: line.id, lot: None, quantity: own.waiting(), to };
                    done = Some(put_away(c, put)?);
                }
            }
            done.ok_or_else(|| refused("nothing is put away", "nothing of it waits; receive it first"))
        })
    }

    /// The bin that most of an item lies in, and its code: where more of it is put.
    pub fn usual_bin(&self, item: ItemId) -> Result<Option<(BinId, String)>> {
        self.file.read("find where an item lies", |db| usual_bin(db, item))
    }

    /// No more will come of a shipment: what is missing is short, and on order no longer.
    pub fn finish_inbound(&self, act: &Act, id: InboundId) -> Result<Stepped<InState>> {
        self.close_inbound(act, id, "inbound.finish", |shipment, act| {
            shipment.finish(&act.by, act.at, act.why.clone())
        })
    }

    /// Nothing will come of a shipment: what it expected is on order no longer.
    pub fn cancel_inbound(&self, act: &Act, id: InboundId) -> Result<Stepped<InState>> {
        self.close_inbound(act, id, "inbound.cancel", |shipment, act| {
            shipment.cancel(&act.by, act.at, act.why.clone())
        })
    }

    /// A shipment was closed too early: what is missing is expected again.
    pub fn reopen_inbound(&self, act: &Act, id: InboundId) -> Result<Stepped<InState>> {
        self.close_inbound(act, id, "inbound.reopen", |shipment, act| shipment.reopen(&act.by))
    }

    fn close_inbound(
        &self,
        act: &Act,
        id: InboundId,
        action: &'static str,
        step: fn(&mut Shipment, &Act) -> std::result::Result<Vec<Quantity>, domain::inbound::InRefusal>,
    ) -> Result<Stepped<InState>> {
        self.change("close an inbound shipment", act, move |c| {
            let mut loaded = load(c.tx, id)?;
            let before = loaded.shipment.state();
            let changed = step(&mut loaded.shipment, c.act)
                .map_err(|why| refused(&format!("inbound shipment {} stays as it is", loaded.number), why))?;
            let mut desk = loaded.desk(c)?;
            let open = loaded.shipment.closing.is_none();
            for (line, quantity) in loaded.lines.iter().zip(&changed) {
                on_order(&mut desk, line, *quantity, open)?;
            }
            let state = keep(c.tx, &loaded)?;
            let sum: Quantity = changed.into_iter().sum();
            c.audit(
                action,
                &loaded.subject(),
                Some(json!({ "state": before.word() })),
                Some(json!({ "state": state.word(), "on_order": sum })),
            )?;
            stepped(&desk, state)
        })
    }

    /// Takes back a step that booked goods wrongly: a receipt, a putting away, a pick. Refused where they were moved on since.
    pub fn take_back(&self, act: &Act, booking: MovementId) -> Result<Booked> {
        self.change("take back a step", act, move |c| take_back(c, booking))
    }
}

fn carried(line: &LoadedLine, lot: Option<LotId>, from: Side, to: Side, quantity: Quantity) -> Entry {
    Entry {
        line: line.id.0,
        item: line.item,
        lot,
        from,
        to,
        quantity,
        kind: MovementKind::Move,
        reason: None,
        unit_cost: None,
    }
}

/// Goods came: the paper, its movements, its audit row.
pub(crate) fn receive(c: &Change<'_>, receipt: &Receipt) -> Result<Stepped<InState>> {
    let mut loaded = load(c.tx, of_line(c.tx, receipt.line)?)?;
    let place = loaded.place(receipt.line)?;
    let before = loaded.shipment.lines[place];
    let arrived = loaded
        .shipment
        .receive(place, receipt.good, receipt.damaged, receipt.over)
        .map_err(|why| refused("the goods are not received", why))?;
    let mut desk = loaded.desk(c)?;
    let line = &loaded.lines[place];
    let told = receipt.lot.as_deref().map(str::trim).filter(|lot| !lot.is_empty());
    // The announced last day is that of the announced lot.
    let announced = told.is_none() || told == line.lot.as_deref();
    let expiry = receipt.expiry.or(line.expiry.filter(|_| announced));
    let lot = lot_named(c.tx, line.item, told.or(line.lot.as_deref()), expiry)?;
    let (door, standing) = (receiving(c.tx)?, standing_of(c.tx, lot)?);
    let here = Side::bin(door, standing);
    let left = arrive(&mut desk, line, lot, (receipt.good, arrived.expected), (here, None))?;
    let apart = (Side::bin(door, Standing::Quarantined), Some(ReasonCode::Damaged));
    arrive(&mut desk, line, lot, (receipt.damaged, left), apart)?;
    if let Some(bin) = receipt.bin.filter(|bin| *bin != door && receipt.good.0 > 0) {
        need(find_bin(c.tx, bin)?, "bin", bin)?;
        loaded
            .shipment
            .put_away(place, receipt.good)
            .map_err(|why| refused("the goods are not put away", why))?;
        desk.post(carried(line, lot, here, Side::bin(bin, standing), receipt.good))?;
    }
    let state = keep(c.tx, &loaded)?;
    let said = json!({
        "line": receipt.line, "item": line.item, "good": receipt.good, "damaged": receipt.damaged, "lot": lot,
        "over": arrived.over, "state": state.word(),
    });
    let old = json!({ "received": before.received, "damaged": before.damaged });
    c.audit("inbound.receive", &loaded.subject(), Some(old), Some(said))?;
    stepped(&desk, state)
}

/// Goods were taken to where they belong: the paper, its movements, its audit row.
pub(crate) fn put_away(c: &Change<'_>, put: PutAway) -> Result<Stepped<InState>> {
    let mut loaded = load(c.tx, of_line(c.tx, put.line)?)?;
    let place = loaded.place(put.line)?;
    let bin = need(find_bin(c.tx, put.to)?, "bin", put.to)?;
    let door = receiving(c.tx)?;
    if put.to == door {
        return Err(refused("the goods are not put away", "they lie there already; give another bin"));
    }
    loaded
        .shipment
        .put_away(place, put.quantity)
        .map_err(|why| refused("the goods are not put away", why))?;
    let mut desk = loaded.desk(c)?;
    let line = &loaded.lines[place];
    let mut left = put.quantity;
    for heap in heaps(c.tx, Paper::Inbound, put.line.0, None)? {
        if heap.bin != door || (put.lot.is_some() && heap.lot != put.lot) {
            continue;
        }
        let standing = standing_of(c.tx, heap.lot)?;
        let from = Side::bin(door, standing);
        // What is damaged lies in the same heap, and stays.
        let there = balance(c.tx, line.item, heap.lot, from)?;
        let taken = Quantity(left.0.min(heap.quantity.0).min(there.0).max(0));
        left = left.minus(taken);
        desk.post(carried(line, heap.lot, from, Side::bin(put.to, standing), taken))?;
    }
    if left.0 > 0 {
        let what = format!(
            "{left} of it do not wait where goods are received; look where they lie, or give the lot"
        );
        return Err(refused("the goods are not put away", what));
    }
    let state = keep(c.tx, &loaded)?;
    let said = json!({
        "line": put.line, "item": line.item, "lot": put.lot, "quantity": put.quantity, "to": bin.code,
        "state": state.word(),
    });
    c.audit("inbound.put_away", &loaded.subject(), None, Some(said))?;
    stepped(&desk, state)
}

fn usual_bin(db: &Connection, item: ItemId) -> Result<Option<(BinId, String)>> {
    let sql = "SELECT b.id, b.code FROM balance s JOIN bin b ON b.id = s.side / 8
        WHERE s.item = ?1 AND s.side >= 16 AND s.quantity > 0 AND b.code NOT IN (?2, ?3)
        GROUP BY b.id ORDER BY sum(s.quantity) DESC, b.code LIMIT 1";
    let apart = (domain::inbound::RECEIVING, domain::outbound::SHIPPING);
    first(db, sql, (item.0, apart.0, apart.1), |row| Ok((BinId(row.get(0)?), row.get(1)?)))
}

pub(crate) fn take_back(c: &Change<'_>, booking: MovementId) -> Result<Booked> {
    let gone = || {
        refused(
            &format!("booking {booking} is not taken back"),
            "it was already, or it is none of a shipment or an order; refresh the list",
        )
    };
    let sql = format!(
        "{MOVEMENT} WHERE {OF_BOOKING} AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = movement.id) ORDER BY id DESC"
    );
    let lines: Vec<Movement> = rows(c.tx, &sql, [booking.0], movement)?;
    let Some(head) = lines.first() else { return Err(gone()) };
    let sql = "SELECT paper, line FROM document_movement WHERE movement = ?1";
    let found = first(c.tx, sql, [head.id.0], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    let (paper, line) = found.ok_or_else(gone)?;
    let subject = paper_of(c.tx, booking)?.unwrap_or_default();
    let mut book = super::stock::book::Book::open(c.tx, c.act)?;
    let may = |one: &Movement| match paper {
        1 => matches!(one.kind, MovementKind::Receipt | MovementKind::Move | MovementKind::Order),
        2 => one.kind == MovementKind::Pick,
        _ => false,
    };
    if !lines.iter().all(may) {
        return Err(refused(
            &format!("booking {booking} is not taken back"),
            "only a receipt, a putting away or a pick is; book the opposite instead",
        ));
    }
    if lines.iter().all(|one| one.kind == MovementKind::Order) {
        return Err(refused(
            &format!("booking {booking} is not taken back"),
            "it says what is expected; cancel the shipment instead",
        ));
    }
    for one in &lines {
        if one.to.on_hand() && balance(c.tx, one.item, one.lot, one.to)? < one.quantity {
            return Err(refused(
                &format!("booking {booking} is not taken back"),
                "what it brought was moved on since; take that back first",
            ));
        }
        let back = book.reversal(one, ReasonCode::WrongEntry, None);
        let id = book.post(&back)?;
        link(c.tx, if paper == 1 { Paper::Inbound } else { Paper::Outbound }, line, id)?;
    }
    let sum = |of: fn(&Movement) -> bool| {
        lines.iter().filter(|one| of(one)).map(|one| one.quantity).sum::<Quantity>()
    };
    if paper == 1 {
        let line = InboundLineId(line);
        let mut loaded = load(c.tx, of_line(c.tx, line)?)?;
        let place = loaded.place(line)?;
        let put = sum(|one| one.kind == MovementKind::Move);
        let good = sum(|one| one.kind == MovementKind::Receipt && one.reason != Some(ReasonCode::Damaged));
        let damaged = sum(|one| one.kind == MovementKind::Receipt && one.reason == Some(ReasonCode::Damaged));
        let refuse = |why| refused(&format!("booking {booking} is not taken back"), why);
        loaded.shipment.take_out(place, put).map_err(refuse)?;
        let again = loaded.shipment.take_back(place, good, damaged).map_err(refuse)?;
        // What of it is expected again may be less than was let go: more may have come since.
        let on = sum(|one| one.from == INBOUND).minus(sum(|one| one.to == INBOUND));
        let mut desk = loaded.desk(c)?;
        let (more, less) = (again.minus(on), on.minus(again));
        on_order(&mut desk, &loaded.lines[place], more, true)?;
        on_order(&mut desk, &loaded.lines[place], less, false)?;
        keep(c.tx, &loaded)?;
    } else {
        super::outbound::unpick(c, units::OutboundLineId(line), sum(|one| one.kind == MovementKind::Pick))?;
    }
    c.audit("documents.take_back", &subject, None, Some(json!({ "booking": booking })))?;
    super::stock::actions::booked(&book)
}
