//! What stands where of one item, on any day, and the bookings that make it what somebody says it is.

use super::book::{Book, FIRST_BIN_SIDE, lot_id, side};
use crate::Result;
use crate::file::rows;
use domain::stock::{
    AsOf, Balances, Candidate, DEFAULT_BIN, Movement, MovementKind, Place, ReasonCode, Side, Standing,
    StockPosition, allocate,
};
use rusqlite::Connection;
use std::collections::{BTreeMap, HashMap};
use units::{BinId, Day, ImportId, ItemId, LotId, Money, Quantity};

/// What stands where of an item: what stands there now, less what took effect or was booked later.
pub(crate) fn balances_of(db: &Connection, item: ItemId, as_of: AsOf) -> Result<Balances> {
    let sql = "SELECT lot, side, sum(quantity) FROM (
            SELECT lot, side, quantity FROM balance WHERE item = ?1
            UNION ALL SELECT lot, from_side, quantity FROM movement WHERE item = ?1 AND (day > ?2 OR booked_at > ?3)
            UNION ALL SELECT lot, to_side, -quantity FROM movement WHERE item = ?1 AND (day > ?2 OR booked_at > ?3)
         ) GROUP BY lot, side HAVING sum(quantity) <> 0";
    let until = as_of.booked_until.map_or(i64::MAX, |until| until.0);
    let found = rows(db, sql, (item.0, as_of.day.0, until), |row| {
        Ok((
            StockPosition { item, lot: lot_id(row.get(0)?), side: side(row.get(1)?)? },
            Quantity(row.get(2)?),
        ))
    })?;
    Ok(found.into_iter().collect())
}

/// What stands where of an item now, whatever day it takes effect.
pub(crate) fn balances_now(db: &Connection, item: ItemId) -> Result<Balances> {
    let sql = "SELECT lot, side, quantity FROM balance WHERE item = ?1 AND quantity <> 0";
    let found = rows(db, sql, [item.0], |row| {
        Ok((
            StockPosition { item, lot: lot_id(row.get(0)?), side: side(row.get(1)?)? },
            Quantity(row.get(2)?),
        ))
    })?;
    Ok(found.into_iter().collect())
}

/// The last days of the lots of an item.
pub(crate) fn expiries_of(db: &Connection, item: ItemId) -> Result<HashMap<LotId, Option<Day>>> {
    let found = rows(db, "SELECT id, expiry FROM lot WHERE item = ?1", [item.0], |row| {
        Ok((LotId(row.get(0)?), row.get::<_, Option<i32>>(1)?.map(Day)))
    })?;
    Ok(found.into_iter().collect())
}

/// What all movements of one statement have in common.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    pub day: Day,
    pub kind: MovementKind,
    pub reason: Option<ReasonCode>,
    pub import: Option<ImportId>,
    pub unit_cost: Option<Money>,
    pub source: Option<String>,
    pub party: Option<String>,
}

impl Cause {
    pub(crate) fn new(day: Day, kind: MovementKind) -> Self {
        Self { day, kind, reason: None, import: None, unit_cost: None, source: None, party: None }
    }

    pub(crate) fn because(self, reason: ReasonCode) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// Books so much from one side to another.
    pub(crate) fn book(
        &self,
        book: &mut Book<'_>,
        item: ItemId,
        lot: Option<LotId>,
        from: Side,
        to: Side,
        quantity: Quantity,
    ) -> Result<()> {
        let movement = Movement {
            day: self.day,
            reason: self.reason,
            import: self.import,
            // Only goods that come in have a cost.
            unit_cost: self.unit_cost.filter(|_| to.on_hand() && !from.on_hand()),
            source: self.source.clone(),
            party: self.party.clone(),
            ..book.draft(item, lot, from, to, quantity, self.kind)
        };
        book.post(&movement)?;
        Ok(())
    }

    fn outside(&self) -> Side {
        Side::outside(self.reason.map_or(Place::Adjustment, ReasonCode::other_side))
    }
}

/// What a statement may count: units that are promised lie in the bin like those that are free.
fn class(standing: Standing) -> Standing {
    match standing {
        Standing::Allocated | Standing::Picked => Standing::Free,
        other => other,
    }
}

/// The key of what a statement counts.
pub(crate) type Spot = (Option<LotId>, BinId, Standing);

/// How much lies in each spot.
pub(crate) fn spots(balances: &Balances) -> BTreeMap<Spot, i64> {
    let mut spots = BTreeMap::new();
    for (position, quantity) in balances {
        if let Place::Bin(bin) = position.side.place {
            *spots.entry((position.lot, bin, class(position.side.standing))).or_insert(0) += quantity.0;
        }
    }
    spots
}

/// Makes one spot hold so much on a day; says by how much that differs.
pub(crate) fn settle_spot(
    book: &mut Book<'_>,
    item: ItemId,
    spot: Spot,
    target: Quantity,
    cause: &Cause,
) -> Result<Quantity> {
    let there = spots(&balances_of(book.tx, item, AsOf::day(cause.day))?).get(&spot).copied().unwrap_or(0);
    let change = target.minus(Quantity(there));
    let (lot, bin, standing) = spot;
    let here = Side::bin(bin, standing);
    if change.0 > 0 {
        cause.book(book, item, lot, cause.outside(), here, change)?;
    } else if change.0 < 0 {
        cause.book(book, item, lot, here, cause.outside(), Quantity(-change.0))?;
    }
    Ok(change)
}

/// Makes the spots of an item hold what is said of them and nothing else; says whether anything was booked. What only
/// lies elsewhere, of the same lot, is moved there instead of lost and found.
pub(crate) fn settle_spots(
    book: &mut Book<'_>,
    item: ItemId,
    said: &BTreeMap<Spot, i64>,
    cause: &Cause,
) -> Result<bool> {
    let mut over: Vec<(Spot, i64)> = Vec::new();
    let mut under: Vec<(Spot, i64)> = Vec::new();
    let there = spots(&balances_of(book.tx, item, AsOf::day(cause.day))?);
    let mut all: Vec<Spot> = said.keys().chain(there.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    for spot in all {
        let change = said.get(&spot).unwrap_or(&0) - there.get(&spot).unwrap_or(&0);
        match change {
            0 => {}
            1.. => under.push((spot, change)),
            _ => over.push((spot, -change)),
        }
    }
    let changed = !(over.is_empty() && under.is_empty());
    for (from, left) in &mut over {
        for (to, missing) in under.iter_mut().filter(|(to, missing)| to.0 == from.0 && *missing > 0) {
            let moved = (*left).min(*missing);
            if moved == 0 {
                continue;
            }
            (*left, *missing) = (*left - moved, *missing - moved);
            let (here, there) = (Side::bin(from.1, from.2), Side::bin(to.1, to.2));
            cause.book(book, item, from.0, here, there, Quantity(moved))?;
        }
    }
    for ((lot, bin, standing), left) in over.into_iter().filter(|(_, left)| *left > 0) {
        cause.book(book, item, lot, Side::bin(bin, standing), cause.outside(), Quantity(left))?;
    }
    for ((lot, bin, standing), left) in under.into_iter().filter(|(_, left)| *left > 0) {
        cause.book(book, item, lot, cause.outside(), Side::bin(bin, standing), Quantity(left))?;
    }
    Ok(changed)
}

/// Makes all that is on hand of an item so much; says by how much that differs. Where it lies is not said: what is more
/// goes to the bin of what nobody said the place of; what is less is taken from there first, then from what expires first.
pub(crate) fn settle_total(
    book: &mut Book<'_>,
    item: ItemId,
    target: Quantity,
    cause: &Cause,
) -> Result<Quantity> {
    let then = balances_of(book.tx, item, AsOf::day(cause.day))?;
    let there: Quantity = then.iter().filter(|(p, _)| p.side.on_hand()).map(|(_, quantity)| *quantity).sum();
    let change = target.minus(there);
    let nowhere = Side::bin(DEFAULT_BIN, Standing::Free);
    if change.0 > 0 {
        cause.book(book, item, None, cause.outside(), nowhere, change)?;
    }
    let mut left = (-change.0).max(0);
    if left > 0 {
        let now = balances_now(book.tx, item)?;
        let expiries = expiries_of(book.tx, item)?;
        let mut from: Vec<_> = then.iter().filter(|(p, _)| p.side.on_hand()).collect();
        from.sort_by_key(|(p, _)| {
            let expiry = p.lot.and_then(|lot| expiries.get(&lot).copied().flatten());
            let placed = p.lot.is_some() || p.side != nowhere;
            // What is promised is taken last.
            let promised = class(p.side.standing) != p.side.standing;
            (promised, p.side.standing != Standing::Free, placed, expiry.is_none(), expiry, **p)
        });
        for (position, quantity) in from {
            let still = now.get(position).map_or(0, |q| q.0);
            let taken = quantity.0.min(still).min(left);
            if taken > 0 {
                left -= taken;
                cause.book(book, item, position.lot, position.side, cause.outside(), Quantity(taken))?;
            }
        }
        if left > 0 {
            cause.book(book, item, None, nowhere, cause.outside(), Quantity(left))?;
        }
    }
    Ok(change)
}

/// Free units of an item, to be promised.
pub(crate) fn candidates(db: &Connection, item: ItemId) -> Result<Vec<Candidate>> {
    let expiries = expiries_of(db, item)?;
    let free = |(position, quantity): (StockPosition, Quantity)| match position.side {
        Side { place: Place::Bin(bin), standing: Standing::Free } => Some(Candidate {
            lot: position.lot,
            expiry: position.lot.and_then(|lot| expiries.get(&lot).copied().flatten()),
            bin,
            free: quantity,
        }),
        _ => None,
    };
    Ok(balances_now(db, item)?.into_iter().filter_map(free).collect())
}

/// Makes what is promised of an item so much; says whether anything was booked. More is promised first expired first;
/// what there is not is promised all the same, and leaves the bin without a place below zero: the item is oversold.
pub(crate) fn settle_allocated(
    book: &mut Book<'_>,
    item: ItemId,
    target: Quantity,
    cause: &Cause,
) -> Result<bool> {
    let now = balances_now(book.tx, item)?;
    let promised = |p: &StockPosition| matches!(p.side.standing, Standing::Allocated | Standing::Picked);
    let there: Quantity = now.iter().filter(|(p, _)| promised(p)).map(|(_, quantity)| *quantity).sum();
    // What orders have a claim on stays theirs: a file can promise more, never take theirs away.
    let claims = crate::records::outbound::claims(book.tx, item)?;
    let claimed: Quantity = claims.values().copied().sum();
    let change = target.max(claimed).minus(there);
    let bin = |bin, standing| Side::bin(bin, standing);
    if change.0 > 0 {
        let got = allocate(change, &candidates(book.tx, item)?, cause.day, 0);
        for pick in &got.picks {
            let (from, to) = (bin(pick.bin, Standing::Free), bin(pick.bin, Standing::Allocated));
            cause.book(book, item, pick.lot, from, to, pick.quantity)?;
        }
        if got.short.0 > 0 {
            let (from, to) = (bin(DEFAULT_BIN, Standing::Free), bin(DEFAULT_BIN, Standing::Allocated));
            cause.book(book, item, None, from, to, got.short)?;
        }
    }
    let mut left = (-change.0).max(0);
    for (position, quantity) in now.iter().filter(|(p, _)| p.side.standing == Standing::Allocated) {
        let theirs = claims.get(&(position.lot, position.side)).copied().unwrap_or_default();
        let freed = quantity.minus(theirs).0.min(left);
        if freed > 0 {
            left -= freed;
            let to = Side { standing: Standing::Free, ..position.side };
            cause.book(book, item, position.lot, position.side, to, Quantity(freed))?;
        }
    }
    Ok(change != Quantity::ZERO)
}

/// Makes what is on order so much; says whether anything was booked.
pub(crate) fn settle_on_order(
    book: &mut Book<'_>,
    item: ItemId,
    target: Quantity,
    cause: &Cause,
) -> Result<bool> {
    let (supplier, inbound) = (Side::outside(Place::Supplier), Side::outside(Place::Inbound));
    let there: Quantity = balances_now(book.tx, item)?
        .iter()
        .filter(|(p, _)| p.side == inbound)
        .map(|(_, quantity)| *quantity)
        .sum();
    // What shipments still expect is on order whatever a file says: it may know of more, and the two are not added up.
    let target = target.max(crate::records::inbound::expected_of(book.tx, item)?);
    let change = target.minus(there);
    if change.0 > 0 {
        cause.book(book, item, None, supplier, inbound, change)?;
    } else if change.0 < 0 {
        cause.book(book, item, None, inbound, supplier, Quantity(-change.0))?;
    }
    Ok(change != Quantity::ZERO)
}

const _: () = assert!(FIRST_BIN_SIDE == 8, "the SQL of the ledger says 8");
