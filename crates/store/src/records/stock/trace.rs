//! Where a lot came from, where it lies and to whom it went; and from an order or a customer back to the lots and suppliers.
//!
//! Only lines that stand count: a movement that was taken back, and the one that took it back, are left out.

use super::book::{MOVEMENT, movement, side};
use super::places::find_lot;
use crate::Result;
use crate::file::{first, need, rows};
use crate::records::Records;
use crate::records::items::find_item;
use crate::records::units_of_measure::units_by_item;
use crate::words::temperature;
use domain::Item;
use domain::stock::{Lot, Movement, Place, Side};
use rusqlite::{Connection, params};
use std::collections::BTreeSet;
use units::{ItemId, LotId, Quantity};

/// What a trace begins at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceFrom {
    /// The lots of this code, of whichever item.
    Lot(String),
    /// All lots of the item of this code.
    Sku(String),
    /// What went out, or came in, on this paper.
    Source(String),
    /// What went to this customer, or came from this supplier.
    Party(String),
}

/// How much of a lot lies somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lies {
    /// The bin's code.
    pub bin: String,
    /// Where, and how it stands.
    pub side: Side,
    /// How much.
    pub quantity: Quantity,
}

/// One lot from its supplier to its customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedLot {
    /// Its item.
    pub item: Item,
    /// The lot.
    pub lot: Lot,
    /// Lines that brought it in.
    pub came: Vec<Movement>,
    /// Where it lies now.
    pub lies: Vec<Lies>,
    /// Lines that took it out: to customers, other sites, or lost.
    pub went: Vec<Movement>,
}

impl TracedLot {
    /// How much came in.
    pub fn came_in(&self) -> Quantity {
        self.came.iter().map(|one| one.quantity).sum()
    }

    /// How much lies here.
    pub fn here(&self) -> Quantity {
        self.lies.iter().map(|one| one.quantity).sum()
    }

    /// How much went out.
    pub fn went_out(&self) -> Quantity {
        self.went.iter().map(|one| one.quantity).sum()
    }
}

/// What a trace found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// The lots, by item and code.
    pub lots: Vec<TracedLot>,
    /// Lines of that paper, customer or item which name no lot: they can't be traced further.
    pub without_lot: u64,
}

/// Lots beyond which a trace is of no use to anybody.
const LOTS_MAX: usize = 1_000;

const STANDS: &str =
    "reverses IS NULL AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = movement.id)";

fn lots_at(db: &Connection, from: &TraceFrom) -> Result<(BTreeSet<LotId>, u64)> {
    let id = |row: &rusqlite::Row<'_>| Ok(LotId(row.get(0)?));
    let (column, value) = match from {
        TraceFrom::Lot(code) => {
            return Ok((
                rows(db, "SELECT id FROM lot WHERE code = ?1", [code], id)?.into_iter().collect(),
                0,
            ));
        }
        TraceFrom::Sku(sku) => {
            let sql = "SELECT l.id FROM lot l JOIN item i ON i.id = l.item WHERE i.sku = ?1";
            let lots = rows(db, sql, [sku], id)?.into_iter().collect();
            let sql = format!(
                "SELECT count(*) FROM movement WHERE item = (SELECT id FROM item WHERE sku = ?1) AND lot = 0 AND {STANDS}"
            );
            let bare = first(db, &sql, [sku], |row| Ok(crate::file::count(row.get(0)?)))?;
            return Ok((lots, bare.unwrap_or(0)));
        }
        TraceFrom::Source(source) => ("source", source),
        TraceFrom::Party(party) => ("party", party),
    };
    // Only what crossed the door: a promise is no delivery.
    // A customer's movements have the pseudonym, whatever they are called by who asks.
    let word = crate::records::customers::word_for(db, value)?;
    let sql = format!(
        "SELECT lot, count(*) FROM movement WHERE {column} IN (?1, ?2) AND (from_side < 8) <> (to_side < 8) AND {STANDS} GROUP BY lot"
    );
    let (mut lots, mut bare) = (BTreeSet::new(), 0);
    for (lot, lines) in
        rows(db, &sql, [value, &word], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?
    {
        if lot == 0 {
            bare += crate::file::count(lines);
        } else {
            lots.insert(LotId(lot));
        }
    }
    Ok((lots, bare))
}

fn trace_lot(db: &Connection, id: LotId) -> Result<TracedLot> {
    let lot = need(find_lot(db, id)?, "lot", id)?;
    let item = need(find_item(db, lot.item)?, "item", lot.item)?;
    let lies = rows(
        db,
        "SELECT b.code, s.side, s.quantity FROM balance s JOIN bin b ON b.id = s.side / 8
         WHERE s.item = ?1 AND s.lot = ?2 AND s.side >= 8 AND s.quantity <> 0 ORDER BY walk(b.code), b.code, s.side",
        params![lot.item.0, id.0],
        |row| Ok(Lies { bin: row.get(0)?, side: side(row.get(1)?)?, quantity: Quantity(row.get(2)?) }),
    )?;
    let sql = format!(
        "{MOVEMENT} WHERE lot = ?1 AND lot <> 0 AND (from_side < 8) <> (to_side < 8) AND {STANDS} ORDER BY day, id"
    );
    let mut crossed = rows(db, &sql, [id.0], movement)?;
    crate::records::customers::call_parties(db, crossed.iter_mut())?;
    let (came, went) = crossed.into_iter().partition(|one: &Movement| one.to.on_hand());
    Ok(TracedLot { item, lot, came, lies, went })
}

impl Records {
    /// Traces lots forwards and backwards: what came in, where it lies, where it went.
    pub fn trace_stock(&self, from: &TraceFrom) -> Result<Trace> {
        self.file.read("trace stock", |db| {
            let (lots, without_lot) = lots_at(db, from)?;
            let mut traced = Vec::with_capacity(lots.len().min(LOTS_MAX));
            for lot in lots.into_iter().take(LOTS_MAX) {
                traced.push(trace_lot(db, lot)?);
            }
            traced.sort_by(|a, b| (&a.item.sku, &a.lot.code).cmp(&(&b.item.sku, &b.lot.code)));
            Ok(Trace { lots: traced, without_lot })
        })
    }
}

/// What to look at in stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkKind {
    /// Less than nothing in a bin.
    Negative,
    /// Past its last day, and still on the shelf.
    Expired,
    /// A lot without a last day, of an item whose other lots have one.
    NoExpiry,
    /// In the bin of what nobody said the place of, where bins are used.
    NoBin,
    /// Booked on a later day than it took effect, by a person.
    BackDated,
    /// Two codes that differ only in case, blanks or hyphens.
    DuplicateSku,
    /// An import changed the unit of measure of an item that has stock, or its units contradict each other.
    UnitClash,
    /// More in a bin than it holds.
    OverCapacity,
    /// In a bin that is kept colder or warmer than the item wants to lie.
    WrongClass,
}

impl WorkKind {
    /// All of them, the worst first.
    pub const ALL: [WorkKind; 9] = [
        WorkKind::Negative,
        WorkKind::Expired,
        WorkKind::WrongClass,
        WorkKind::DuplicateSku,
        WorkKind::UnitClash,
        WorkKind::OverCapacity,
        WorkKind::NoExpiry,
        WorkKind::NoBin,
        WorkKind::BackDated,
    ];

    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            WorkKind::Negative => "negative",
            WorkKind::Expired => "expired",
            WorkKind::NoExpiry => "no-expiry",
            WorkKind::NoBin => "no-bin",
            WorkKind::BackDated => "back-dated",
            WorkKind::DuplicateSku => "duplicate-sku",
            WorkKind::UnitClash => "unit-clash",
            WorkKind::OverCapacity => "over-capacity",
            WorkKind::WrongClass => "wrong-class",
        }
    }

    /// Rows of item, lot, side, quantity and what else there is to say.
    const fn sql(self) -> &'static str {
        match self {
            WorkKind::Negative => {
                "SELECT item, lot, side, quantity, NULL FROM balance WHERE side >= 8 AND quantity < 0 ORDER BY quantity"
            }
            WorkKind::Expired => {
                "SELECT b.item, b.lot, b.side, b.quantity, NULL FROM lot l JOIN balance b ON b.item = l.item AND b.lot = l.id
                 WHERE l.expiry < (SELECT today FROM stock_book) AND b.side >= 8 AND b.quantity > 0 ORDER BY l.expiry"
            }
            WorkKind::NoExpiry => {
                "SELECT b.item, b.lot, b.side, b.quantity, NULL FROM lot l JOIN balance b ON b.item = l.item AND b.lot = l.id
                 WHERE l.expiry IS NULL AND b.side >= 8 AND b.quantity > 0
                    AND EXISTS (SELECT 1 FROM lot o WHERE o.item = l.item AND o.expiry IS NOT NULL) ORDER BY b.item"
            }
            WorkKind::NoBin => {
                "SELECT item, lot, side, quantity, NULL FROM balance
                 WHERE side BETWEEN 8 AND 15 AND quantity > 0
                    AND EXISTS (SELECT 1 FROM bin WHERE id > 1 AND code NOT IN ('RECEIVING', 'SHIPPING')) ORDER BY quantity DESC"
            }
            WorkKind::BackDated => {
                // A day's grace: the booking's day is told in UTC.
                "SELECT item, lot, iif(to_side >= 8, to_side, from_side), quantity, CAST(id AS TEXT) FROM movement
                 WHERE kind NOT IN (0, 4, 12) AND day < booked_at / 86400000 - 1
                    AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = movement.id) ORDER BY id DESC"
            }
            WorkKind::DuplicateSku => {
                "SELECT i.id, 0, 0, coalesce(l.on_hand, 0), g.codes FROM item i LEFT JOIN stock_level l ON l.item = i.id
                 JOIN (SELECT replace(replace(replace(upper(sku), ' ', ''), '-', ''), '_', '') AS plain,
                        group_concat(sku, ' · ') AS codes
                       FROM item GROUP BY plain HAVING count(*) > 1) g
                 ON g.plain = replace(replace(replace(upper(i.sku), ' ', ''), '-', ''), '_', '') ORDER BY g.plain, i.sku"
            }
            WorkKind::UnitClash => {
                "SELECT c.row, 0, 0, l.on_hand, json_extract(c.was, '$.unit_of_measure') || ' → ' ||
                    json_extract(c.became, '$.unit_of_measure') FROM import_change c JOIN stock_level l ON l.item = c.row
                 WHERE c.what = 1 AND c.was IS NOT NULL AND l.on_hand <> 0
                    AND json_extract(c.was, '$.unit_of_measure') <> json_extract(c.became, '$.unit_of_measure')
                    AND NOT EXISTS (SELECT 1 FROM import_undo u WHERE u.import = c.import)
                    AND json_extract(c.became, '$.unit_of_measure') = (SELECT unit_of_measure FROM item WHERE id = c.row)
                 ORDER BY c.row"
            }
            WorkKind::OverCapacity => {
                // What is largest there stands for the bin. A thousandth of a unit is the unit of quantities.
                "SELECT item, lot, side, most, CASE
                    WHEN units > capacity THEN (units / 1000) || ' > ' || (capacity / 1000)
                    WHEN pallets > capacity_handling_units THEN pallets || ' > ' || capacity_handling_units || ' ▤'
                    WHEN grams > capacity_weight THEN (grams / 1000) || ' > ' || (capacity_weight / 1000) || ' kg'
                    ELSE (ml / 1000) || ' > ' || (capacity_volume / 1000) || ' L' END
                 FROM (
                    SELECT b.item, b.lot, b.side, max(b.quantity) AS most, n.capacity, n.capacity_weight, n.capacity_volume, n.capacity_handling_units,
                        (SELECT count(DISTINCT c.unit) FROM unit_content c WHERE c.bin = n.id) AS pallets,
                        sum(b.quantity) AS units, sum(b.quantity * coalesce(u.weight_grams, 0)) / 1000 AS grams,
                        sum(b.quantity * coalesce(u.volume_ml, u.length_mm * u.width_mm * u.height_mm / 1000, 0)) / 1000 AS ml
                    FROM bin n JOIN balance b ON b.side BETWEEN n.id * 8 AND n.id * 8 + 7 AND b.side >= 8
                    LEFT JOIN item_unit u ON u.item = b.item AND u.over = u.under
                    WHERE b.quantity > 0 AND coalesce(n.capacity, n.capacity_weight, n.capacity_volume, n.capacity_handling_units) IS NOT NULL GROUP BY n.id
                 ) WHERE units > capacity OR grams > capacity_weight OR ml > capacity_volume OR pallets > capacity_handling_units"
            }
            WorkKind::WrongClass => {
                "SELECT b.item, b.lot, b.side, b.quantity, c.temperature || '>' || n.temperature
                 FROM item_care c JOIN balance b ON b.item = c.id JOIN bin n ON n.id = b.side / 8
                 WHERE b.side >= 8 AND b.quantity > 0 AND n.temperature <> c.temperature ORDER BY b.item, b.side"
            }
        }
    }
}

/// Units of items that contradict each other, each with what there is of the item.
fn units_at_odds(db: &Connection) -> Result<Vec<StockWork>> {
    let mut work = Vec::new();
    for (item, units) in units_by_item(db)? {
        let Some(item) = find_item(db, item)? else { continue };
        for clash in domain::unit::clashes(item.unit_of_measure.as_deref(), &units) {
            work.push(StockWork {
                kind: WorkKind::UnitClash,
                lot: None,
                side: None,
                bin: None,
                quantity: super::level_of(db, item.id)?.map(|level| level.on_hand).unwrap_or_default(),
                detail: Some(clash.to_string()),
                item: item.clone(),
            });
        }
    }
    Ok(work)
}

/// The two classes of a mismatch, as codes in the tables, in words.
fn class_words(codes: &str) -> Result<String> {
    let words: Result<Vec<&str>> =
        codes.split('>').map(|code| Ok(temperature(code.parse().unwrap_or(-1))?.word())).collect();
    Ok(words?.join(" > "))
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockWork {
    /// What.
    pub kind: WorkKind,
    /// The item.
    pub item: Item,
    /// Its lot.
    pub lot: Option<Lot>,
    /// Where, and how it stands.
    pub side: Option<Side>,
    /// The bin's code.
    pub bin: Option<String>,
    /// How much.
    pub quantity: Quantity,
    /// The other codes, the two units, the movement's number.
    pub detail: Option<String>,
}

impl Records {
    /// What to look at in stock, the worst first: at most so many of each kind, and how many there are of each.
    pub fn stock_work(&self, each: u32) -> Result<(Vec<StockWork>, Vec<(WorkKind, u64)>)> {
        self.file.read("list what to look at in stock", |db| {
            let (mut work, mut counts) = (Vec::new(), Vec::new());
            for kind in WorkKind::ALL {
                let total = first(db, &format!("SELECT count(*) FROM ({})", kind.sql()), [], |row| {
                    Ok(crate::file::count(row.get(0)?))
                })?;
                let odd = if kind == WorkKind::UnitClash { units_at_odds(db)? } else { Vec::new() };
                counts.push((kind, total.unwrap_or(0) + odd.len() as u64));
                work.extend(odd.into_iter().take(usize::try_from(each).unwrap_or(usize::MAX)));
                let found = rows(db, &format!("{} LIMIT ?1", kind.sql()), [each], |row| {
                    Ok((
                        ItemId(row.get(0)?),
                        row.get::<_, i64>(1)?,
                        row.get::<_, i64>(2)?,
                        Quantity(row.get(3)?),
                        row.get::<_, Option<String>>(4)?,
                    ))
                })?;
                for (item, lot, at, quantity, detail) in found {
                    let detail = match (kind, detail) {
                        (WorkKind::WrongClass, Some(codes)) => Some(class_words(&codes)?),
                        (_, detail) => detail,
                    };
                    let at = if at == 0 { None } else { Some(side(at)?) };
                    let bin = match at.map(|at| at.place) {
                        Some(Place::Bin(bin)) => super::places::find_bin(db, bin)?.map(|bin| bin.code),
                        _ => None,
                    };
                    work.push(StockWork {
                        kind,
                        item: need(find_item(db, item)?, "item", item)?,
                        lot: if lot == 0 { None } else { find_lot(db, LotId(lot))? },
                        side: at,
                        bin,
                        quantity,
                        detail,
                    });
                }
            }
            Ok((work, counts))
        })
    }
}
