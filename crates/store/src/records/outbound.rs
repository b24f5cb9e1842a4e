//! Orders of customers: what is promised to them, picked, packed and shipped.
//!
//! The rules are `domain::outbound`'s, and which lot and bin is promised is `domain::stock::allocation`'s: first expired, first out, of
//! what is usable long enough, never more than stands free. Each step is one transaction: the paper, its movements and its audit row. An
//! imported order history is something else and makes no order here.

use super::Records;
use super::customers::{Door, admit};
use super::documents::{
    Desk, Entry, Heap, Paper, Stepped, find_place, heaps, may_leave, next_number, refused, shipping, staging,
    standing_of,
};
use super::items::{Page, find_item};
use super::stock::places::{find_bin, find_lot_code};
use super::stock::shelf::candidates;
use crate::audit::Change;
use crate::file::{count, first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::words::{out_state, out_state_code};
use crate::{Act, Booked, Error, ErrorKind, Result};
use domain::inbound::Ruling;
use domain::outbound::{Order, OutLine, OutState, Rest};
use domain::stock::{MovementKind, Place, Side, Standing, allocate};
use rusqlite::{Connection, Row, params};
use serde_json::json;
use std::collections::HashMap;
use units::{BinId, Day, ImportId, ItemId, LotId, OutboundId, OutboundLineId, ParcelId, Quantity, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "outbound-1",
    // usable_days: goods must be good for so long after they left. lot 0: none.
    "CREATE TABLE outbound(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        number TEXT NOT NULL,
        customer TEXT NOT NULL,
        order_ref TEXT,
        ship_by INTEGER,
        ship_to TEXT,
        usable_days INTEGER NOT NULL,
        state INTEGER NOT NULL,
        cancelled_at INTEGER,
        cancelled_by TEXT,
        cancelled_why TEXT,
        shipped_at INTEGER,
        backorder_of INTEGER REFERENCES outbound(id),
        import INTEGER REFERENCES import(id),
        note TEXT,
        at INTEGER NOT NULL,
        by TEXT NOT NULL,
        UNIQUE (number, customer)
     );
     CREATE INDEX outbound_state ON outbound(state, ship_by);
     CREATE INDEX outbound_import ON outbound(import) WHERE import IS NOT NULL;
     CREATE TABLE outbound_line(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        outbound INTEGER NOT NULL REFERENCES outbound(id),
        n INTEGER NOT NULL,
        item INTEGER NOT NULL REFERENCES item(id),
        ordered INTEGER NOT NULL,
        allocated INTEGER NOT NULL DEFAULT 0,
        picked INTEGER NOT NULL DEFAULT 0,
        packed INTEGER NOT NULL DEFAULT 0,
        shipped INTEGER NOT NULL DEFAULT 0,
        dropped INTEGER NOT NULL DEFAULT 0,
        UNIQUE (outbound, n)
     );
     CREATE INDEX outbound_line_item ON outbound_line(item);
     CREATE TABLE parcel(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        outbound INTEGER NOT NULL REFERENCES outbound(id),
        n INTEGER NOT NULL,
        sscc TEXT,
        at INTEGER NOT NULL,
        by TEXT NOT NULL,
        UNIQUE (outbound, n)
     );
     CREATE INDEX parcel_sscc ON parcel(sscc) WHERE sscc IS NOT NULL;
     CREATE TABLE parcel_line(
        parcel INTEGER NOT NULL REFERENCES parcel(id),
        line INTEGER NOT NULL REFERENCES outbound_line(id),
        lot INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        PRIMARY KEY (parcel, line, lot)
     ) WITHOUT ROWID;",
)];

/// An order to be taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewOutbound {
    /// Its number; empty for one of our own.
    pub number: String,
    /// For whom, as they are called.
    pub customer: String,
    /// Their own number for it.
    pub order_ref: Option<String>,
    /// When it should leave.
    pub ship_by: Option<Day>,
    /// Where to.
    pub ship_to: Option<String>,
    /// Goods must be good for so many days after they left.
    pub usable_days: u16,
    /// What else there is to say.
    pub note: Option<String>,
    /// What is wanted.
    pub lines: Vec<NewOutLine>,
}

/// A line of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOutLine {
    /// The item.
    pub item: ItemId,
    /// How much.
    pub quantity: Quantity,
}

/// An order as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundCard {
    /// Its row.
    pub id: OutboundId,
    /// Its number.
    pub number: String,
    /// For whom.
    pub customer: String,
    /// Their own number for it.
    pub order_ref: Option<String>,
    /// When it should leave.
    pub ship_by: Option<Day>,
    /// Where it is.
    pub state: OutState,
    /// How many lines.
    pub lines: u64,
    /// Lines of which nothing is left to be promised, picked or packed.
    pub lines_done: u64,
    /// All that was ordered.
    pub ordered: Quantity,
    /// Promised and still on the shelf.
    pub allocated: Quantity,
    /// Picked, not packed.
    pub picked: Quantity,
    /// Packed, not gone.
    pub packed: Quantity,
    /// Gone.
    pub shipped: Quantity,
    /// Neither promised nor given up.
    pub open: Quantity,
    /// The order that this is the rest of.
    pub backorder_of: Option<OutboundId>,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// When it left.
    pub shipped_at: Option<Timestamp>,
}

/// A line as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundLineRow {
    /// Its row.
    pub id: OutboundLineId,
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its unit of measure.
    pub unit_of_measure: Option<String>,
    /// Where its units are.
    pub line: OutLine,
    /// What is promised, by lot and bin, in the order to pick it.
    pub promised: Vec<Heap>,
    /// What is picked, packed or not, by lot and where it lies.
    pub picked: Vec<Heap>,
}

/// A parcel of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParcelRow {
    /// Its row.
    pub id: ParcelId,
    /// Its number within the order, from 1.
    pub n: u32,
    /// Its number as a handling unit.
    pub sscc: Option<String>,
    /// What is in it: line, lot, lot's code, its last day, how much.
    pub lines: Vec<ParcelLine>,
}

/// So much of a line in a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParcelLine {
    /// Of which line.
    pub line: OutboundLineId,
    /// The lot.
    pub lot: Option<LotId>,
    /// Its code.
    pub lot_code: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// How much.
    pub quantity: Quantity,
}

/// An order with its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundDetail {
    /// The order.
    pub card: OutboundCard,
    /// Where to.
    pub ship_to: Option<String>,
    /// Goods must be good for so many days after they left.
    pub usable_days: u16,
    /// What else was said.
    pub note: Option<String>,
    /// Who cancelled it.
    pub cancelled: Option<Ruling>,
    /// The import that brought it.
    pub import: Option<ImportId>,
    /// Its lines.
    pub lines: Vec<OutboundLineRow>,
    /// Its parcels.
    pub parcels: Vec<ParcelRow>,
    /// The order that its rest became.
    pub backorder: Option<OutboundId>,
}

/// Which orders a list shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboundQuery {
    /// Text in number, customer, SKU; empty for all.
    pub filter: String,
    /// In any of these states; none: all.
    pub states: Vec<OutState>,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to give.
    pub limit: u32,
}

/// Goods taken from the shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picked {
    /// For which line.
    pub line: OutboundLineId,
    /// Of which lot.
    pub lot: Option<LotId>,
    /// From which bin.
    pub bin: BinId,
    /// How much.
    pub quantity: Quantity,
    /// What is not promised there is taken instead of what is promised elsewhere.
    pub instead: bool,
}

/// Picked goods that go back to a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PutBack {
    /// Of which line.
    pub line: OutboundLineId,
    /// Of which lot.
    pub lot: Option<LotId>,
    /// How much.
    pub quantity: Quantity,
    /// To which bin.
    pub to: BinId,
}

/// Picked goods that go into a parcel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packing {
    /// Of which line.
    pub line: OutboundLineId,
    /// Of which lot; `None`: whichever is picked, the first to expire first.
    pub lot: Option<LotId>,
    /// How much.
    pub quantity: Quantity,
    /// Into which parcel; `None`: a new one.
    pub parcel: Option<ParcelId>,
    /// The number of a new parcel as a handling unit.
    pub sscc: Option<String>,
}

/// An order left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shipped {
    /// What it booked.
    pub booked: Booked,
    /// Where the order is now.
    pub state: OutState,
    /// The order that its rest became.
    pub backorder: Option<OutboundId>,
}

const CARD: &str = "SELECT d.id, d.number,
    coalesce((SELECT coalesce(who.name, who.code) FROM customer who WHERE who.pseudonym = d.customer), d.customer), d.order_ref, d.ship_by, d.state, count(l.id),
    count(l.id) FILTER (WHERE l.packed + l.shipped + l.dropped >= l.ordered), coalesce(sum(l.ordered), 0),
    coalesce(sum(l.allocated), 0), coalesce(sum(l.picked), 0), coalesce(sum(l.packed), 0), coalesce(sum(l.shipped), 0),
    coalesce(sum(l.ordered - l.allocated - l.picked - l.packed - l.shipped - l.dropped), 0), d.backorder_of, d.at, d.by, d.shipped_at
    FROM outbound d LEFT JOIN outbound_line l ON l.outbound = d.id";

fn card(row: &Row<'_>) -> Result<OutboundCard> {
    Ok(OutboundCard {
        id: OutboundId(row.get(0)?),
        number: row.get(1)?,
        customer: row.get(2)?,
        order_ref: row.get(3)?,
        ship_by: row.get::<_, Option<i32>>(4)?.map(Day),
        state: out_state(row.get(5)?)?,
        lines: count(row.get(6)?),
        lines_done: count(row.get(7)?),
        ordered: Quantity(row.get(8)?),
        allocated: Quantity(row.get(9)?),
        picked: Quantity(row.get(10)?),
        packed: Quantity(row.get(11)?),
        shipped: Quantity(row.get(12)?),
        open: Quantity(row.get(13)?),
        backorder_of: row.get::<_, Option<i64>>(14)?.map(OutboundId),
        at: Timestamp(row.get(15)?),
        by: row.get(16)?,
        shipped_at: row.get::<_, Option<i64>>(17)?.map(Timestamp),
    })
}

/// An order and its lines as they are, to be changed.
pub(crate) struct Loaded {
    pub id: OutboundId,
    pub number: String,
    pub customer: String,
    pub ship_by: Option<Day>,
    pub usable_days: u16,
    pub order: Order,
    pub lines: Vec<(OutboundLineId, ItemId)>,
}

impl Loaded {
    fn subject(&self) -> String {
        format!("order {}", self.number)
    }

    fn place(&self, line: OutboundLineId) -> Result<usize> {
        need(self.lines.iter().position(|one| one.0 == line), "line of an order", line)
    }

    pub(crate) fn desk<'t>(&self, c: &Change<'t>) -> Result<Desk<'t>> {
        Desk::open(c, Paper::Outbound, &self.number, Some(&self.customer))
    }
}

pub(crate) fn load(db: &Connection, id: OutboundId) -> Result<Loaded> {
    let sql = "SELECT number, customer, ship_by, usable_days, cancelled_at, cancelled_by, cancelled_why FROM outbound WHERE id = ?1";
    let found = first(db, sql, [id.0], |row| {
        let cancelled = match row.get::<_, Option<i64>>(4)? {
            Some(at) => Some(Ruling {
                at: Timestamp(at),
                by: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
                why: row.get(6)?,
            }),
            None => None,
        };
        Ok(Loaded {
            id,
            number: row.get(0)?,
            customer: row.get(1)?,
            ship_by: row.get::<_, Option<i32>>(2)?.map(Day),
            usable_days: row.get(3)?,
            order: Order { lines: Vec::new(), cancelled },
            lines: Vec::new(),
        })
    })?;
    let mut loaded = need(found, "order", id)?;
    let sql = "SELECT id, item, ordered, allocated, picked, packed, shipped, dropped FROM outbound_line WHERE outbound = ?1 ORDER BY n";
    for (line, own) in rows(db, sql, [id.0], |row| {
        let own = OutLine {
            ordered: Quantity(row.get(2)?),
            allocated: Quantity(row.get(3)?),
            picked: Quantity(row.get(4)?),
            packed: Quantity(row.get(5)?),
            shipped: Quantity(row.get(6)?),
            dropped: Quantity(row.get(7)?),
        };
        Ok(((OutboundLineId(row.get(0)?), ItemId(row.get(1)?)), own))
    })? {
        loaded.lines.push(line);
        loaded.order.lines.push(own);
    }
    Ok(loaded)
}

fn of_line(db: &Connection, line: OutboundLineId) -> Result<OutboundId> {
    let found =
        first(db, "SELECT outbound FROM outbound_line WHERE id = ?1", [line.0], |row| Ok(row.get(0)?))?;
    Ok(OutboundId(need(found, "line of an order", line)?))
}

/// Writes what a step changed.
fn keep(tx: &Connection, loaded: &Loaded) -> Result<OutState> {
    let state = loaded.order.state();
    let ruling = loaded.order.cancelled.as_ref();
    run(
        tx,
        "UPDATE outbound SET state = ?2, cancelled_at = ?3, cancelled_by = ?4, cancelled_why = ?5 WHERE id = ?1",
        params![
            loaded.id.0,
            out_state_code(state),
            ruling.map(|r| r.at.0),
            ruling.map(|r| r.by.as_str()),
            ruling.and_then(|r| r.why.as_deref())
        ],
    )?;
    for (line, own) in loaded.lines.iter().zip(&loaded.order.lines) {
        run(
            tx,
            "UPDATE outbound_line SET allocated = ?2, picked = ?3, packed = ?4, shipped = ?5, dropped = ?6 WHERE id = ?1",
            (line.0.0, own.allocated.0, own.picked.0, own.packed.0, own.shipped.0, own.dropped.0),
        )?;
    }
    Ok(state)
}

/// Makes an order: nothing is booked until goods are promised to it.
pub(crate) fn make(
    c: &Change<'_>,
    new: &NewOutbound,
    backorder_of: Option<OutboundId>,
    import: Option<ImportId>,
) -> Result<OutboundId> {
    if new.lines.is_empty() {
        return Err(Error::new(ErrorKind::Conflict, "an order needs a line; say what is wanted"));
    }
    let day = super::stock::book::Book::open(c.tx, c.act)?.today();
    let number = match new.number.trim() {
        "" => next_number(c.tx, "outbound", "OUT", day)?,
        number => number.to_owned(),
    };
    let customer = &admit(c, &new.customer)?;
    let known = "SELECT id FROM outbound WHERE number = ?1 AND customer = ?2";
    if first(c.tx, known, (&number, customer), |row| Ok(row.get::<_, i64>(0)?))?.is_some() {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!("there is an order {number} of {customer} already; give another number"),
        ));
    }
    let text =
        |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    run(
        c.tx,
        "INSERT INTO outbound(number, customer, order_ref, ship_by, ship_to, usable_days, state, backorder_of, import, note, at, by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9, ?10, ?11)",
        params![
            number,
            customer,
            text(&new.order_ref),
            new.ship_by.map(|d| d.0),
            text(&new.ship_to),
            new.usable_days,
            backorder_of.map(|o| o.0),
            import.map(|i| i.0),
            text(&new.note),
            c.act.at.0,
            c.act.by.name
        ],
    )?;
    let id = OutboundId(c.tx.last_insert_rowid());
    for (n, line) in new.lines.iter().enumerate() {
        need(find_item(c.tx, line.item)?, "item", line.item)?;
        if line.quantity.0 <= 0 {
            return Err(Error::new(
                ErrorKind::Conflict,
                "a line of an order is of more than nothing; give how much",
            ));
        }
        run(
            c.tx,
            "INSERT INTO outbound_line(outbound, n, item, ordered) VALUES (?1, ?2, ?3, ?4)",
            (id.0, n as i64 + 1, line.item.0, line.quantity.0),
        )?;
    }
    let ordered: Quantity = new.lines.iter().map(|line| line.quantity).sum();
    let said = json!({
        "customer": customer, "lines": new.lines.len(), "ordered": ordered,
        "ship_by": new.ship_by.map(|d| d.to_string()), "backorder_of": backorder_of,
    });
    c.audit("outbound.make", &format!("order {number}"), None, Some(said))?;
    Ok(id)
}

/// What orders have a claim on of an item, by lot and side: a stock file does not free it.
pub(crate) fn claims(db: &Connection, item: ItemId) -> Result<HashMap<(Option<LotId>, Side), Quantity>> {
    let sql = "SELECT lot, side, sum(q) FROM (
            SELECT m.lot, m.to_side AS side, m.quantity AS q FROM document_movement d JOIN movement m ON m.id = d.movement
                JOIN outbound_line l ON l.id = d.line WHERE d.paper = 2 AND l.item = ?1
            UNION ALL SELECT m.lot, m.from_side, -m.quantity FROM document_movement d JOIN movement m ON m.id = d.movement
                JOIN outbound_line l ON l.id = d.line WHERE d.paper = 2 AND l.item = ?1
         ) WHERE side >= 8 AND side % 8 IN (1, 2) GROUP BY lot, side HAVING sum(q) > 0";
    let found = rows(db, sql, [item.0], |row| {
        let lot = super::stock::book::lot_id(row.get(0)?);
        Ok(((lot, super::stock::book::side(row.get(1)?)?), Quantity(row.get(2)?)))
    })?;
    Ok(found.into_iter().collect())
}

fn stepped(desk: &Desk<'_>, state: OutState) -> Result<Stepped<OutState>> {
    Ok(Stepped { booked: desk.booked()?, state })
}

/// A movement of a line's goods.
fn entry(
    (line, item): (OutboundLineId, ItemId),
    lot: Option<LotId>,
    from: Side,
    to: Side,
    quantity: Quantity,
    kind: MovementKind,
) -> Entry {
    Entry { line: line.0, item, lot, from, to, quantity, kind, reason: None, unit_cost: None }
}

/// Promises what the lines of an order are short of, as far as it is there.
fn promise(c: &Change<'_>, loaded: &mut Loaded, desk: &mut Desk<'_>, day: Day) -> Result<()> {
    let apart = staging(c.tx)?;
    let until = loaded.ship_by.unwrap_or(day).max(day);
    for place in 0..loaded.lines.len() {
        let line = loaded.lines[place];
        let open = loaded.order.lines[place].open();
        if open.0 <= 0 {
            continue;
        }
        // What waits to be put away, or to leave, is promised to nobody; what a bin owes is owed all the same.
        let mut free = candidates(c.tx, line.1)?;
        free.retain(|one| !apart.contains(&one.bin) || one.free.0 < 0);
        let got = allocate(open, &free, until, loaded.usable_days);
        for pick in got.picks {
            loaded.order.allocate(place, pick.quantity).map_err(|why| refused("nothing is promised", why))?;
            let (from, to) = (Side::bin(pick.bin, Standing::Free), Side::bin(pick.bin, Standing::Allocated));
            desk.post(entry(line, pick.lot, from, to, pick.quantity, MovementKind::Allocate))?;
        }
    }
    Ok(())
}

/// Frees so much of what is promised to a line, the last to expire first.
fn release(
    c: &Change<'_>,
    loaded: &mut Loaded,
    desk: &mut Desk<'_>,
    place: usize,
    quantity: Quantity,
) -> Result<()> {
    let line = loaded.lines[place];
    let mut left = quantity;
    for heap in heaps(c.tx, Paper::Outbound, line.0.0, Some(Standing::Allocated))?.into_iter().rev() {
        let freed = Quantity(left.0.min(heap.quantity.0));
        if freed.0 <= 0 {
            continue;
        }
        left = left.minus(freed);
        loaded.order.release(place, freed).map_err(|why| refused("nothing is freed", why))?;
        let to = Side::bin(heap.bin, standing_of(c.tx, heap.lot)?);
        let from = Side::bin(heap.bin, Standing::Allocated);
        desk.post(entry(line, heap.lot, from, to, freed, MovementKind::Allocate))?;
    }
    Ok(())
}

/// Takes promised goods from the shelf to where picked goods lie.
fn pick(
    c: &Change<'_>,
    loaded: &mut Loaded,
    desk: &mut Desk<'_>,
    place: usize,
    (lot, bin, quantity): (Option<LotId>, BinId, Quantity),
) -> Result<()> {
    may_leave(c.tx, lot)?;
    loaded.order.pick(place, quantity).map_err(|why| refused("the goods are not picked", why))?;
    let from = Side::bin(bin, Standing::Allocated);
    let to = Side::bin(shipping(c.tx)?, Standing::Picked);
    desk.post(entry(loaded.lines[place], lot, from, to, quantity, MovementKind::Pick))
}

/// How much of each lot of a line lies picked and in no parcel.
fn unpacked(db: &Connection, line: OutboundLineId) -> Result<Vec<Heap>> {
    let mut found = heaps(db, Paper::Outbound, line.0, Some(Standing::Picked))?;
    for heap in &mut found {
        let sql = "SELECT coalesce(sum(quantity), 0) FROM parcel_line WHERE line = ?1 AND lot = ?2";
        let packed: i64 =
            first(db, sql, (line.0, heap.lot.map_or(0, |lot| lot.0)), |row| Ok(row.get(0)?))?.unwrap_or(0);
        heap.quantity = heap.quantity.minus(Quantity(packed));
    }
    found.retain(|heap| heap.quantity.0 > 0);
    Ok(found)
}

fn parcel(c: &Change<'_>, id: OutboundId, sscc: Option<&str>) -> Result<ParcelId> {
    let sql = "SELECT coalesce(max(n), 0) + 1 FROM parcel WHERE outbound = ?1";
    let n: i64 = first(c.tx, sql, [id.0], |row| Ok(row.get(0)?))?.unwrap_or(1);
    let sscc = sscc.map(str::trim).filter(|sscc| !sscc.is_empty());
    run(
        c.tx,
        "INSERT INTO parcel(outbound, n, sscc, at, by) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id.0, n, sscc, c.act.at.0, c.act.by.name],
    )?;
    Ok(ParcelId(c.tx.last_insert_rowid()))
}

/// Puts so much of a line into a parcel.
fn pack(
    c: &Change<'_>,
    loaded: &mut Loaded,
    place: usize,
    parcel: ParcelId,
    (lot, quantity): (Option<LotId>, Quantity),
) -> Result<()> {
    let line = loaded.lines[place].0;
    loaded.order.pack(place, quantity).map_err(|why| refused("the goods are not packed", why))?;
    let mut left = quantity;
    for heap in unpacked(c.tx, line)? {
        if lot.is_some() && heap.lot != lot {
            continue;
        }
        let taken = Quantity(left.0.min(heap.quantity.0));
        if taken.0 <= 0 {
            continue;
        }
        left = left.minus(taken);
        run(
            c.tx,
            "INSERT INTO parcel_line(parcel, line, lot, quantity) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (parcel, line, lot) DO UPDATE SET quantity = quantity + excluded.quantity",
            (parcel.0, line.0, heap.lot.map_or(0, |lot| lot.0), taken.0),
        )?;
    }
    if left.0 > 0 {
        return Err(refused(
            "the goods are not packed",
            format!("{left} of that lot are not picked; pick them, or give another lot"),
        ));
    }
    Ok(())
}

/// Books all that is packed out of the house.
fn leave(c: &Change<'_>, loaded: &Loaded, desk: &mut Desk<'_>) -> Result<()> {
    let customer = Side::outside(Place::Customer);
    for line in &loaded.lines {
        for heap in heaps(c.tx, Paper::Outbound, line.0.0, Some(Standing::Picked))? {
            may_leave(c.tx, heap.lot)?;
            let from = Side::bin(heap.bin, Standing::Picked);
            desk.post(entry(*line, heap.lot, from, customer, heap.quantity, MovementKind::Issue))?;
        }
    }
    Ok(())
}

/// What another system says left of an order.
pub(crate) struct Advised {
    pub item: ItemId,
    pub lot: Option<String>,
    pub quantity: Quantity,
}

/// Ships what another system says left: what is not promised yet is taken first expired, first out, of the lot that is told. What is
/// not there can't have left from here: that is refused, so that somebody counts first.
pub(crate) fn ship_advised(
    c: &Change<'_>,
    id: OutboundId,
    said: &[Advised],
    sscc: Option<&str>,
    import: ImportId,
) -> Result<()> {
    let mut loaded = load(c.tx, id)?;
    let before = loaded.order.clone();
    let mut desk = loaded.desk(c)?;
    desk.import = Some(import);
    let apart = staging(c.tx)?;
    for place in 0..loaded.lines.len() {
        let line = loaded.lines[place];
        let own: Vec<&Advised> = said.iter().filter(|one| one.item == line.1).collect();
        let gone: Quantity = own.iter().map(|one| one.quantity).sum();
        let excess = loaded.order.lines[place].promised().minus(gone);
        if excess.0 > 0 {
            release(c, &mut loaded, &mut desk, place, excess)?;
        }
        for one in own {
            let missing = gone.minus(loaded.order.lines[place].promised());
            let wanted = Quantity(missing.0.min(one.quantity.0).min(loaded.order.lines[place].open().0));
            if wanted.0 <= 0 {
                continue;
            }
            let mut free = candidates(c.tx, line.1)?;
            free.retain(|candidate| !apart.contains(&candidate.bin) || candidate.free.0 < 0);
            if let Some(code) = &one.lot
                && let Some(lot) = find_lot_code(c.tx, line.1, code)?
            {
                free.retain(|candidate| candidate.lot == Some(lot.id));
            }
            let got = allocate(wanted, &free, Day(i32::MIN / 2), 0);
            if got.short.0 > 0 {
                let sku = find_item(c.tx, line.1)?.map(|item| item.sku).unwrap_or_default();
                return Err(refused(
                    &format!("order {} can't have left as advised", loaded.number),
                    format!("{} of {sku} are not free here; count the item, then import again", got.short),
                ));
            }
            for pick in got.picks {
                loaded
                    .order
                    .allocate(place, pick.quantity)
                    .map_err(|why| refused("nothing is promised", why))?;
                let (from, to) =
                    (Side::bin(pick.bin, Standing::Free), Side::bin(pick.bin, Standing::Allocated));
                desk.post(entry(line, pick.lot, from, to, pick.quantity, MovementKind::Allocate))?;
            }
        }
        for heap in heaps(c.tx, Paper::Outbound, line.0.0, Some(Standing::Allocated))? {
            pick(c, &mut loaded, &mut desk, place, (heap.lot, heap.bin, heap.quantity))?;
        }
    }
    if loaded.order.lines.iter().any(|line| line.picked.0 > 0) {
        let into = parcel(c, id, sscc)?;
        for place in 0..loaded.lines.len() {
            let quantity = loaded.order.lines[place].picked;
            if quantity.0 > 0 {
                pack(c, &mut loaded, place, into, (None, quantity))?;
            }
        }
    }
    let again = loaded
        .order
        .ship(Rest::Backorder)
        .map_err(|why| refused(&format!("order {} stays here", loaded.number), why))?;
    leave(c, &loaded, &mut desk)?;
    let state = keep(c.tx, &loaded)?;
    run(c.tx, "UPDATE outbound SET shipped_at = ?2 WHERE id = ?1", (id.0, c.act.at.0))?;
    if again.iter().any(|quantity| quantity.0 > 0) {
        rest_of(c, &loaded, &again, Some(import))?;
    }
    let said = json!({ "advised": true, "state": state.word() });
    c.audit("outbound.ship", &loaded.subject(), Some(order_json(&before)), Some(said))
}

/// A pick of so much of a line was wrong: its movements are taken back already.
pub(crate) fn unpick(c: &Change<'_>, line: OutboundLineId, quantity: Quantity) -> Result<()> {
    let mut loaded = load(c.tx, of_line(c.tx, line)?)?;
    let place = loaded.place(line)?;
    loaded.order.unpick(place, quantity).map_err(|why| refused("the pick is not taken back", why))?;
    keep(c.tx, &loaded)?;
    Ok(())
}

/// One step of an order: loaded, changed, kept, on record.
fn step(
    c: &Change<'_>,
    id: OutboundId,
    action: &str,
    work: impl FnOnce(&Change<'_>, &mut Loaded, &mut Desk<'_>) -> Result<()>,
) -> Result<Stepped<OutState>> {
    let mut loaded = load(c.tx, id)?;
    let before = loaded.order.clone();
    let mut desk = loaded.desk(c)?;
    work(c, &mut loaded, &mut desk)?;
    if loaded.order == before && desk.book.booking().is_none() {
        return stepped(&desk, loaded.order.state());
    }
    let state = keep(c.tx, &loaded)?;
    let done = stepped(&desk, state)?;
    c.audit(action, &loaded.subject(), Some(order_json(&before)), Some(order_json(&loaded.order)))?;
    Ok(done)
}

/// Promises goods to what an order is short of.
pub(crate) fn allocate_order(c: &Change<'_>, id: OutboundId, day: Day) -> Result<Stepped<OutState>> {
    step(c, id, "outbound.allocate", |c, loaded, desk| {
        let state = loaded.order.state();
        if state.is_over() {
            return Err(refused("nothing is promised", domain::outbound::OutRefusal::State(state)));
        }
        promise(c, loaded, desk, day)
    })
}

/// Goods were taken from the shelf for a line.
pub(crate) fn pick_goods(c: &Change<'_>, picked: Picked) -> Result<Stepped<OutState>> {
    step(c, of_line(c.tx, picked.line)?, "outbound.pick", |c, loaded, desk| {
        let place = loaded.place(picked.line)?;
        need(find_bin(c.tx, picked.bin)?, "bin", picked.bin)?;
        let promised = heaps(c.tx, Paper::Outbound, picked.line.0, Some(Standing::Allocated))?;
        let here = promised
            .iter()
            .find(|heap| heap.lot == picked.lot && heap.bin == picked.bin)
            .map_or(Quantity::ZERO, |heap| heap.quantity);
        let missing = picked.quantity.minus(here);
        if missing.0 > 0 {
            if !picked.instead {
                return Err(refused(
                    "the goods are not picked",
                    format!(
                        "only {here} of that lot are promised to the line in that bin; look at the pick list again, or say that these go instead"
                    ),
                ));
            }
            // What is taken instead: as much of what is promised elsewhere is freed, and this is promised.
            let line = loaded.lines[place];
            let elsewhere = promised.iter().filter(|heap| heap.lot != picked.lot || heap.bin != picked.bin);
            let mut left = missing;
            for heap in elsewhere.rev() {
                let freed = Quantity(left.0.min(heap.quantity.0));
                left = left.minus(freed);
                let to = Side::bin(heap.bin, standing_of(c.tx, heap.lot)?);
                let from = Side::bin(heap.bin, Standing::Allocated);
                desk.post(entry(line, heap.lot, from, to, freed, MovementKind::Allocate))?;
            }
            if left.0 > 0 {
                let all = loaded.order.lines[place].allocated;
                return Err(refused(
                    "the goods are not picked",
                    domain::outbound::OutRefusal::NotAllocated(all),
                ));
            }
            may_leave(c.tx, picked.lot)?;
            let (from, to) =
                (Side::bin(picked.bin, Standing::Free), Side::bin(picked.bin, Standing::Allocated));
            desk.post(entry(line, picked.lot, from, to, missing, MovementKind::Allocate))?;
        }
        pick(c, loaded, desk, place, (picked.lot, picked.bin, picked.quantity))
    })
}

/// An order with its lines and parcels.
pub(crate) fn detail(db: &Connection, id: OutboundId) -> Result<OutboundDetail> {
    let loaded = load(db, id)?;
    let head = need(first(db, &format!("{CARD} WHERE d.id = ?1 GROUP BY d.id"), [id.0], card)?, "order", id)?;
    let sql = "SELECT ship_to, note, import, (SELECT b.id FROM outbound b WHERE b.backorder_of = outbound.id) FROM outbound WHERE id = ?1";
    let (ship_to, note, import, backorder) = first(db, sql, [id.0], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get::<_, Option<i64>>(2)?.map(ImportId),
            row.get::<_, Option<i64>>(3)?.map(OutboundId),
        ))
    })?
    .unwrap_or_default();
    let mut lines = Vec::with_capacity(loaded.lines.len());
    for ((line, item), own) in loaded.lines.iter().zip(&loaded.order.lines) {
        let item = need(find_item(db, *item)?, "item", item)?;
        lines.push(OutboundLineRow {
            id: *line,
            item: item.id,
            sku: item.sku,
            name: item.name,
            unit_of_measure: item.unit_of_measure,
            line: *own,
            promised: heaps(db, Paper::Outbound, line.0, Some(Standing::Allocated))?,
            picked: heaps(db, Paper::Outbound, line.0, Some(Standing::Picked))?,
        });
    }
    let mut parcels =
        rows(db, "SELECT id, n, sscc FROM parcel WHERE outbound = ?1 ORDER BY n", [id.0], |row| {
            Ok(ParcelRow { id: ParcelId(row.get(0)?), n: row.get(1)?, sscc: row.get(2)?, lines: Vec::new() })
        })?;
    for parcel in &mut parcels {
        let sql = "SELECT p.line, p.lot, l.code, l.expiry, p.quantity FROM parcel_line p LEFT JOIN lot l ON l.id = p.lot
            WHERE p.parcel = ?1 ORDER BY p.line, p.lot";
        parcel.lines = rows(db, sql, [parcel.id.0], |row| {
            Ok(ParcelLine {
                line: OutboundLineId(row.get(0)?),
                lot: super::stock::book::lot_id(row.get(1)?),
                lot_code: row.get(2)?,
                expiry: row.get::<_, Option<i32>>(3)?.map(Day),
                quantity: Quantity(row.get(4)?),
            })
        })?;
    }
    Ok(OutboundDetail {
        card: head,
        ship_to,
        usable_days: loaded.usable_days,
        note,
        cancelled: loaded.order.cancelled,
        import,
        lines,
        parcels,
        backorder,
    })
}

impl Records {
    /// Takes a customer's order.
    pub fn make_outbound(&self, act: &Act, new: &NewOutbound) -> Result<OutboundId> {
        let new = new.clone();
        self.change("take an order", act, move |c| make(c, &new, None, None))
    }

    /// Orders, the first to leave first and what is over last; and how many there are.
    pub fn outbounds(&self, query: &OutboundQuery) -> Result<Page<OutboundCard>> {
        self.file.read("list orders", |db| {
            let states: Vec<String> = query.states.iter().map(|s| out_state_code(*s).to_string()).collect();
            let which = if states.is_empty() { "1".to_owned() } else { format!("d.state IN ({})", states.join(", ")) };
            let filter = format!("%{}%", query.filter.trim().replace(['%', '_'], " "));
            let found = "(?1 = '%%' OR d.number LIKE ?1 OR d.customer LIKE ?1 OR d.customer = ?2 OR d.customer IN (SELECT w.pseudonym FROM customer w WHERE w.name LIKE ?1 OR w.code LIKE ?1) OR d.order_ref LIKE ?1 OR EXISTS (
                SELECT 1 FROM outbound_line f JOIN item i ON i.id = f.item WHERE f.outbound = d.id AND (i.sku LIKE ?1 OR i.name LIKE ?1)))";
            let sql = format!("SELECT count(*) FROM outbound d WHERE {which} AND {found}");
            let word = Door::open(db)?.word(&query.filter);
            let total = first(db, &sql, (&filter, &word), |row| Ok(count(row.get(0)?)))?.unwrap_or(0);
            let sql = format!(
                "{CARD} WHERE {which} AND {found} GROUP BY d.id ORDER BY d.state >= 5, iif(d.state >= 5, -d.id, 0), d.ship_by IS NULL, d.ship_by, d.id LIMIT ?3 OFFSET ?4"
            );
            let page = rows(db, &sql, (&filter, &word, query.limit.min(ROWS_MAX), query.offset), card)?;
            Ok(Page { rows: page, total })
        })
    }

    /// How many orders are in each state, in the order of [`OutState::ALL`].
    pub fn outbound_counts(&self) -> Result<[u64; 7]> {
        self.file.read("count orders", |db| {
            let mut counts = [0; 7];
            for (state, n) in rows(db, "SELECT state, count(*) FROM outbound GROUP BY state", [], |row| {
                Ok((out_state(row.get(0)?)?, count(row.get(1)?)))
            })? {
                counts[state as usize] = n;
            }
            Ok(counts)
        })
    }

    /// One order with its lines and parcels.
    pub fn outbound(&self, id: OutboundId) -> Result<OutboundDetail> {
        self.file.read("read an order", |db| detail(db, id))
    }

    /// The orders of a number, whoever's.
    pub fn outbounds_numbered(&self, number: &str) -> Result<Vec<OutboundId>> {
        self.file.read("find an order", |db| {
            let sql = "SELECT id FROM outbound WHERE number = ?1 ORDER BY id DESC";
            rows(db, sql, [number], |row| Ok(OutboundId(row.get(0)?)))
        })
    }

    /// The order that a parcel of this number is of.
    pub fn outbound_of_sscc(&self, sscc: &str) -> Result<Option<(OutboundId, ParcelId)>> {
        self.file.read("find a parcel", |db| {
            let sql = "SELECT outbound, id FROM parcel WHERE sscc = ?1 ORDER BY id DESC LIMIT 1";
            first(db, sql, [sscc], |row| Ok((OutboundId(row.get(0)?), ParcelId(row.get(1)?))))
        })
    }

    /// The bin that picked goods lie in until they leave, where there is one yet.
    pub fn shipping_bin(&self) -> Result<Option<BinId>> {
        self.file.read("find where picked goods lie", |db| find_place(db, domain::outbound::SHIPPING))
    }

    /// Promises goods to what an order is short of: first expired, first out, of what is usable long enough on the day it leaves.
    pub fn allocate_outbound(&self, act: &Act, id: OutboundId, day: Day) -> Result<Stepped<OutState>> {
        self.change("promise goods to an order", act, move |c| allocate_order(c, id, day))
    }

    /// Frees what is promised to an order and still on the shelf.
    pub fn release_outbound(&self, act: &Act, id: OutboundId) -> Result<Stepped<OutState>> {
        self.step("free what is promised to an order", act, id, "outbound.release", |c, loaded, desk| {
            for place in 0..loaded.lines.len() {
                let quantity = loaded.order.lines[place].allocated;
                release(c, loaded, desk, place, quantity)?;
            }
            Ok(())
        })
    }

    /// Goods were taken from the shelf for a line.
    pub fn pick_goods(&self, act: &Act, picked: &Picked) -> Result<Stepped<OutState>> {
        let picked = *picked;
        self.change("pick goods", act, move |c| pick_goods(c, picked))
    }

    /// All that is promised to an order was taken from the shelf, as it was promised.
    pub fn pick_all(&self, act: &Act, id: OutboundId) -> Result<Stepped<OutState>> {
        self.step("pick an order", act, id, "outbound.pick", |c, loaded, desk| {
            for place in 0..loaded.lines.len() {
                let line = loaded.lines[place].0;
                for heap in heaps(c.tx, Paper::Outbound, line.0, Some(Standing::Allocated))? {
                    pick(c, loaded, desk, place, (heap.lot, heap.bin, heap.quantity))?;
                }
            }
            if desk.book.booking().is_none() {
                let state = loaded.order.state();
                return Err(match state {
                    OutState::Open => {
                        refused("nothing is picked", "nothing is promised to the order; allocate it first")
                    }
                    state => refused("nothing is picked", domain::outbound::OutRefusal::State(state)),
                });
            }
            Ok(())
        })
    }

    /// Picked goods went back to a shelf.
    pub fn put_back(&self, act: &Act, back: &PutBack) -> Result<Stepped<OutState>> {
        let back = *back;
        let id = self.file.read("find a line of an order", |db| of_line(db, back.line))?;
        self.step("put picked goods back", act, id, "outbound.put_back", move |c, loaded, desk| {
            let place = loaded.place(back.line)?;
            need(find_bin(c.tx, back.to)?, "bin", back.to)?;
            loaded
                .order
                .put_back(place, back.quantity)
                .map_err(|why| refused("the goods are not put back", why))?;
            let mut left = back.quantity;
            for heap in unpacked(c.tx, back.line)?.into_iter().filter(|heap| heap.lot == back.lot) {
                let taken = Quantity(left.0.min(heap.quantity.0));
                left = left.minus(taken);
                let from = Side::bin(heap.bin, Standing::Picked);
                let to = Side::bin(back.to, standing_of(c.tx, heap.lot)?);
                desk.post(entry(loaded.lines[place], heap.lot, from, to, taken, MovementKind::Move))?;
            }
            if left.0 > 0 {
                return Err(refused(
                    "the goods are not put back",
                    "no more of that lot is picked and in no parcel; give another lot, or less",
                ));
            }
            Ok(())
        })
    }

    /// Puts picked goods into a parcel.
    pub fn pack_goods(&self, act: &Act, packing: &Packing) -> Result<(ParcelId, Stepped<OutState>)> {
        let packing = packing.clone();
        self.change("pack goods", act, move |c| {
            let mut loaded = load(c.tx, of_line(c.tx, packing.line)?)?;
            let place = loaded.place(packing.line)?;
            let into = match packing.parcel {
                Some(id) => {
                    let sql = "SELECT outbound FROM parcel WHERE id = ?1";
                    let own: Option<i64> = first(c.tx, sql, [id.0], |row| Ok(row.get(0)?))?;
                    if own != Some(loaded.id.0) {
                        return Err(refused("the goods are not packed", format!("parcel {id} is none of this order; refresh the list")));
                    }
                    id
                }
                None => parcel(c, loaded.id, packing.sscc.as_deref())?,
            };
            pack(c, &mut loaded, place, into, (packing.lot, packing.quantity))?;
            let state = keep(c.tx, &loaded)?;
            let said = json!({ "line": packing.line, "lot": packing.lot, "quantity": packing.quantity, "parcel": into, "state": state.word() });
            c.audit("outbound.pack", &loaded.subject(), None, Some(said))?;
            Ok((into, Stepped { booked: Booked { booking: None, movements: 0 }, state }))
        })
    }

    /// Puts all that is picked and in no parcel into a new one.
    pub fn pack_all(
        &self,
        act: &Act,
        id: OutboundId,
        sscc: Option<&str>,
    ) -> Result<(ParcelId, Stepped<OutState>)> {
        let sscc = sscc.map(str::to_owned);
        self.change("pack an order", act, move |c| {
            let mut loaded = load(c.tx, id)?;
            let picked: Quantity = loaded.order.lines.iter().map(|line| line.picked).sum();
            if picked.0 <= 0 {
                return Err(refused(
                    "nothing is packed",
                    "nothing of it is picked and in no parcel; pick it first",
                ));
            }
            let into = parcel(c, id, sscc.as_deref())?;
            for place in 0..loaded.lines.len() {
                let quantity = loaded.order.lines[place].picked;
                if quantity.0 > 0 {
                    pack(c, &mut loaded, place, into, (None, quantity))?;
                }
            }
            let state = keep(c.tx, &loaded)?;
            let said = json!({ "parcel": into, "quantity": picked, "state": state.word() });
            c.audit("outbound.pack", &loaded.subject(), None, Some(said))?;
            Ok((into, Stepped { booked: Booked { booking: None, movements: 0 }, state }))
        })
    }

    /// Takes all out of a parcel, and the parcel away.
    pub fn unpack(&self, act: &Act, id: ParcelId) -> Result<Stepped<OutState>> {
        self.change("unpack a parcel", act, move |c| {
            let sql = "SELECT outbound FROM parcel WHERE id = ?1";
            let own = OutboundId(need(first(c.tx, sql, [id.0], |row| Ok(row.get(0)?))?, "parcel", id)?);
            let mut loaded = load(c.tx, own)?;
            let sql = "SELECT line, sum(quantity) FROM parcel_line WHERE parcel = ?1 GROUP BY line";
            for (line, quantity) in
                rows(c.tx, sql, [id.0], |row| Ok((OutboundLineId(row.get(0)?), Quantity(row.get(1)?))))?
            {
                let place = loaded.place(line)?;
                loaded
                    .order
                    .unpack(place, quantity)
                    .map_err(|why| refused("the parcel stays as it is", why))?;
            }
            run(c.tx, "DELETE FROM parcel_line WHERE parcel = ?1", [id.0])?;
            run(c.tx, "DELETE FROM parcel WHERE id = ?1", [id.0])?;
            let state = keep(c.tx, &loaded)?;
            c.audit(
                "outbound.unpack",
                &loaded.subject(),
                None,
                Some(json!({ "parcel": id, "state": state.word() })),
            )?;
            Ok(Stepped { booked: Booked { booking: None, movements: 0 }, state })
        })
    }

    /// All that is packed leaves. What is not there is given up, or becomes an order of its own.
    pub fn ship_outbound(&self, act: &Act, id: OutboundId, rest: Rest) -> Result<Shipped> {
        self.change("ship an order", act, move |c| {
            let mut loaded = load(c.tx, id)?;
            let again = loaded
                .order
                .ship(rest)
                .map_err(|why| refused(&format!("order {} stays here", loaded.number), why))?;
            let mut desk = loaded.desk(c)?;
            leave(c, &loaded, &mut desk)?;
            let state = keep(c.tx, &loaded)?;
            run(c.tx, "UPDATE outbound SET shipped_at = ?2 WHERE id = ?1", (id.0, c.act.at.0))?;
            let short: Quantity = loaded.order.lines.iter().map(|line| line.dropped).sum();
            let shipped: Quantity = loaded.order.lines.iter().map(|line| line.shipped).sum();
            let backorder = if again.iter().any(|quantity| quantity.0 > 0) {
                Some(rest_of(c, &loaded, &again, None)?)
            } else {
                None
            };
            let said =
                json!({ "shipped": shipped, "short": short, "backorder": backorder, "state": state.word() });
            c.audit("outbound.ship", &loaded.subject(), None, Some(said))?;
            Ok(Shipped { booked: desk.booked()?, state, backorder })
        })
    }

    /// An order will not go: what is promised is free again; what is picked lies free where picked goods lie, to be put back.
    pub fn cancel_outbound(&self, act: &Act, id: OutboundId) -> Result<Stepped<OutState>> {
        self.step("cancel an order", act, id, "outbound.cancel", |c, loaded, desk| {
            loaded
                .order
                .cancel(&c.act.by, c.act.at, c.act.why.clone())
                .map_err(|why| refused(&format!("order {} stays as it is", loaded.number), why))?;
            for line in &loaded.lines {
                for standing in [Standing::Allocated, Standing::Picked] {
                    for heap in heaps(c.tx, Paper::Outbound, line.0.0, Some(standing))? {
                        let to = Side::bin(heap.bin, standing_of(c.tx, heap.lot)?);
                        let from = Side::bin(heap.bin, standing);
                        desk.post(entry(*line, heap.lot, from, to, heap.quantity, MovementKind::Allocate))?;
                    }
                }
                run(c.tx, "DELETE FROM parcel_line WHERE line = ?1", [line.0.0])?;
            }
            run(c.tx, "DELETE FROM parcel WHERE outbound = ?1", [loaded.id.0])?;
            Ok(())
        })
    }

    /// One step of an order: loaded, changed, kept, on record.
    fn step(
        &self,
        what: &str,
        act: &Act,
        id: OutboundId,
        action: &'static str,
        work: impl FnOnce(&Change<'_>, &mut Loaded, &mut Desk<'_>) -> Result<()> + Send + 'static,
    ) -> Result<Stepped<OutState>> {
        self.change(what, act, move |c| step(c, id, action, work))
    }
}

/// The order that the rest of another becomes.
fn rest_of(
    c: &Change<'_>,
    loaded: &Loaded,
    again: &[Quantity],
    import: Option<ImportId>,
) -> Result<OutboundId> {
    let sql = "SELECT order_ref, ship_to, note FROM outbound WHERE id = ?1";
    let (order_ref, ship_to, note) =
        first(c.tx, sql, [loaded.id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .unwrap_or_default();
    // OUT-7, OUT-7/2, OUT-7/3: the rest of a rest counts on.
    let (stem, n) = match loaded.number.rsplit_once('/') {
        Some((stem, n)) => match n.parse::<u32>() {
            Ok(n) => (stem, n),
            Err(_) => (loaded.number.as_str(), 1),
        },
        None => (loaded.number.as_str(), 1),
    };
    let new = NewOutbound {
        number: format!("{stem}/{}", n.saturating_add(1)),
        customer: loaded.customer.clone(),
        order_ref,
        ship_by: loaded.ship_by,
        ship_to,
        usable_days: loaded.usable_days,
        note,
        lines: loaded
            .lines
            .iter()
            .zip(again)
            .filter(|(_, quantity)| quantity.0 > 0)
            .map(|(line, quantity)| NewOutLine { item: line.1, quantity: *quantity })
            .collect(),
    };
    make(c, &new, Some(loaded.id), import)
}

fn order_json(order: &Order) -> serde_json::Value {
    let sum = |of: fn(&OutLine) -> Quantity| order.lines.iter().map(of).sum::<Quantity>();
    json!({
        "state": order.state().word(),
        "allocated": sum(|line| line.allocated),
        "picked": sum(|line| line.picked),
        "packed": sum(|line| line.packed),
        "open": sum(OutLine::open),
    })
}
