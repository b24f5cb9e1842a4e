//! What people book: held lots, corrections, moves, receipts, promises, picks and shipments, and what takes them back.

use super::book::{Book, MOVEMENT, movement, refresh_expired};
use super::level_of;
use super::places::{find_bin, find_lot, write_lot};
use super::shelf::{Cause, balances_now, candidates, settle_spot};
use super::taking::mark_counted;
use crate::audit::Change;
use crate::file::{need, rows};
use crate::records::Records;
use crate::records::items::find_item;
use crate::{Act, Error, ErrorKind, Result};
use domain::stock::{
    Allocation, Lot, LotStatus, Movement, MovementKind, Place, ReasonCode, Side, Standing, StockPosition,
    allocate,
};
use serde_json::json;
use units::{BinId, Day, ItemId, LotId, Money, MovementId, Quantity};

/// What was booked together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booked {
    /// The number of the first movement; `None` where nothing had to be booked.
    pub booking: Option<MovementId>,
    /// How many movements.
    pub movements: u64,
}

/// What lies in a spot, as a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// The item.
    pub item: ItemId,
    /// Its lot.
    pub lot: Option<LotId>,
    /// The bin.
    pub bin: BinId,
    /// How it stands: what is promised counts as free.
    pub standing: Standing,
    /// How much there is.
    pub quantity: Quantity,
    /// The day this was so.
    pub day: Day,
    /// Why the ledger was wrong.
    pub reason: ReasonCode,
}

/// So much of an item from one side to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The item.
    pub item: ItemId,
    /// Its lot.
    pub lot: Option<LotId>,
    /// From where.
    pub from: Side,
    /// To where.
    pub to: Side,
    /// How much.
    pub quantity: Quantity,
    /// What kind of event it is.
    pub kind: MovementKind,
    /// The day it took effect.
    pub day: Day,
    /// Why.
    pub reason: Option<ReasonCode>,
    /// What a unit cost, of goods that come in.
    pub unit_cost: Option<Money>,
    /// The paper behind it.
    pub source: Option<String>,
    /// To or from whom.
    pub party: Option<String>,
}

fn conflict(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::Conflict, text.into())
}

pub(crate) fn booked(book: &Book<'_>) -> Result<Booked> {
    let Some(first_id) = book.booking() else { return Ok(Booked { booking: None, movements: 0 }) };
    let sql = "SELECT count(*) FROM movement WHERE id >= ?1 AND booking = ?1";
    let movements =
        crate::file::first(book.tx, sql, [first_id.0], |row| Ok(crate::file::count(row.get(0)?)))?;
    Ok(Booked { booking: Some(first_id), movements: movements.unwrap_or(0) })
}

/// The lines of one booking. They were written one after the other, so that none needs an index.
pub(crate) const OF_BOOKING: &str = "id >= ?1 AND booking = ?1 AND id < coalesce(
    (SELECT id FROM movement WHERE id > ?1 AND booking <> ?1 ORDER BY id LIMIT 1), 9223372036854775807)";

/// How much of an item stands somewhere now.
fn there(book: &Book<'_>, item: ItemId, lot: Option<LotId>, side: Side) -> Result<Quantity> {
    Ok(balances_now(book.tx, item)?.get(&StockPosition { item, lot, side }).copied().unwrap_or_default())
}

/// Books a shift, if there is as much as it takes.
pub(crate) fn shift(book: &mut Book<'_>, shift: &Shift) -> Result<()> {
    if shift.from.on_hand() {
        let there = there(book, shift.item, shift.lot, shift.from)?;
        if there < shift.quantity {
            let sku = find_item(book.tx, shift.item)?.map(|item| item.sku).unwrap_or_default();
            return Err(conflict(format!(
                "{} of {sku} can't be taken from there: only {there} stand {} in that bin; correct the quantity first, or take less",
                shift.quantity,
                shift.from.standing.word()
            )));
        }
    }
    for side in [shift.from, shift.to] {
        if let Place::Bin(bin) = side.place {
            need(find_bin(book.tx, bin)?, "bin", bin)?;
        }
    }
    if let Some(lot) = shift.lot {
        let lot = need(find_lot(book.tx, lot)?, "lot", lot)?;
        if lot.item != shift.item {
            return Err(conflict(format!(
                "lot {} belongs to another item; choose a lot of this one",
                lot.code
            )));
        }
        let leaves = matches!(shift.to.standing, Standing::Picked | Standing::Allocated)
            || shift.to.place == Place::Customer;
        if leaves && lot.status != LotStatus::Available {
            return Err(conflict(format!(
                "lot {} is {}: nothing of it goes out until somebody releases it",
                lot.code,
                lot.status.word()
            )));
        }
    }
    let cause = Cause {
        reason: shift.reason,
        unit_cost: shift.unit_cost,
        source: shift.source.clone(),
        party: shift.party.clone(),
        ..Cause::new(shift.day, shift.kind)
    };
    cause.book(book, shift.item, shift.lot, shift.from, shift.to, shift.quantity)
}

fn subject(c: &Change<'_>, item: ItemId) -> Result<String> {
    Ok(format!("stock of item {}", need(find_item(c.tx, item)?, "item", item)?.sku))
}

/// Books the difference to what lies in a spot.
pub(crate) fn correct(c: &Change<'_>, correction: &Correction) -> Result<Booked> {
    let subject = subject(c, correction.item)?;
    need(find_bin(c.tx, correction.bin)?, "bin", correction.bin)?;
    if correction.quantity.0 < 0 {
        return Err(conflict("a bin can't hold less than nothing; give what is really there"));
    }
    let old = level_of(c.tx, correction.item)?;
    let mut book = Book::open(c.tx, c.act)?;
    let cause = Cause::new(correction.day, MovementKind::Correct).because(correction.reason);
    let spot = (correction.lot, correction.bin, correction.standing);
    let change = settle_spot(&mut book, correction.item, spot, correction.quantity, &cause)?;
    mark_counted(c.tx, correction.item, Some(correction.day).max(old.and_then(|level| level.as_of)))?;
    let new = json!({
        "lot": correction.lot,
        "bin": correction.bin,
        "quantity": correction.quantity,
        "change": change,
        "reason": correction.reason.word(),
        "day": correction.day.to_string(),
    });
    c.audit("stock.correct", &subject, old.as_ref().map(super::level_json), Some(new))?;
    booked(&book)
}

/// Takes back what was booked together.
pub(crate) fn undo(c: &Change<'_>, booking: MovementId, reason: ReasonCode) -> Result<Booked> {
    let lines: Vec<Movement> = rows(
        c.tx,
        &format!(
            "{MOVEMENT} WHERE {OF_BOOKING}
             AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = movement.id) ORDER BY id DESC"
        ),
        [booking.0],
        movement,
    )?;
    let Some(head) = lines.last().cloned() else {
        return Err(conflict(format!(
            "booking {booking} was taken back already, or there is none; refresh the list"
        )));
    };
    if let Some(paper) = crate::records::documents::paper_of(c.tx, booking)? {
        return Err(conflict(format!("booking {booking} belongs to {paper}: take it back there")));
    }
    match head.kind {
        MovementKind::Import => {
            return Err(conflict(format!("booking {booking} belongs to an import: undo the import")));
        }
        MovementKind::Opening | MovementKind::Reverse | MovementKind::Order => {
            return Err(conflict(format!(
                "a booking of kind {} is not taken back; correct the quantity instead",
                head.kind.word()
            )));
        }
        _ => {}
    }
    let mut book = Book::open(c.tx, c.act)?;
    for one in &lines {
        if one.to.on_hand() && there(&book, one.item, one.lot, one.to)? < one.quantity {
            return Err(conflict(format!(
                "booking {booking} was not taken back: what it brought was moved on since; take that back first"
            )));
        }
        let back = book.reversal(one, reason, None);
        book.post(&back)?;
    }
    // A lot that was held or released stands again as it did.
    if head.kind == MovementKind::Hold
        && let Some(id) = head.lot
    {
        let lot = need(find_lot(c.tx, id)?, "lot", id)?;
        let status = LotStatus::ALL.into_iter().find(|status| status.standing() == head.from.standing);
        write_lot(c.tx, &Lot { status: status.unwrap_or(lot.status), ..lot })?;
        refresh_expired(c.tx, head.item)?;
    }
    let subject = subject(c, head.item)?;
    let new = json!({ "booking": booking, "kind": head.kind.word(), "reason": reason.word() });
    c.audit("stock.undo", &subject, None, Some(new))?;
    booked(&book)
}

impl Records {
    /// Decides what may be done with a lot: all of it that nobody has a claim on stands so from now on. What is promised
    /// stays promised, but is not picked or shipped while the lot is held.
    pub fn decide_lot(&self, act: &Act, id: LotId, status: LotStatus, reason: ReasonCode) -> Result<Booked> {
        self.change("decide on a lot", act, move |c| {
            let old = need(find_lot(c.tx, id)?, "lot", id)?;
            if old.status == status {
                return Ok(Booked { booking: None, movements: 0 });
            }
            let new = Lot { status, ..old.clone() };
            write_lot(c.tx, &new)?;
            let mut book = Book::open(c.tx, c.act)?;
            let cause = Cause::new(book.today(), MovementKind::Hold).because(reason);
            for (position, quantity) in balances_now(c.tx, old.item)? {
                let to = Side { standing: status.standing(), ..position.side };
                let claimed = matches!(position.side.standing, Standing::Allocated | Standing::Picked);
                if position.lot != Some(id) || !position.side.on_hand() || claimed || to == position.side {
                    continue;
                }
                if quantity.0 > 0 {
                    cause.book(&mut book, old.item, Some(id), position.side, to, quantity)?;
                } else {
                    cause.book(&mut book, old.item, Some(id), to, position.side, Quantity(-quantity.0))?;
                }
            }
            let word = if status == LotStatus::Available { "stock.release" } else { "stock.hold" };
            let json = |lot: &Lot| Some(json!({ "status": lot.status.word() }));
            let subject = format!(
                "lot {} of item {}",
                old.code,
                need(find_item(c.tx, old.item)?, "item", old.item)?.sku
            );
            c.audit(word, &subject, json(&old), json(&new))?;
            booked(&book)
        })
    }

    /// Says what lies in a spot: the difference is booked for the reason given.
    pub fn correct_stock(&self, act: &Act, correction: &Correction) -> Result<Booked> {
        let correction = correction.clone();
        self.change("correct a quantity", act, move |c| correct(c, &correction))
    }

    /// Moves, receives, promises, picks, ships or takes back goods: whatever has two sides. Refused where a bin has not
    /// as much, or the lot is held.
    pub fn shift_stock(&self, act: &Act, shifts: &[Shift]) -> Result<Booked> {
        let shifts = shifts.to_vec();
        self.change("move stock", act, move |c| {
            let Some(head) = shifts.first() else { return Ok(Booked { booking: None, movements: 0 }) };
            let subject = subject(c, head.item)?;
            let mut book = Book::open(c.tx, c.act)?;
            for one in &shifts {
                shift(&mut book, one)?;
            }
            let lines: Vec<_> = shifts
                .iter()
                .map(|one| {
                    json!({
                        "item": one.item, "lot": one.lot, "quantity": one.quantity,
                        "from": super::book::side_code(one.from), "to": super::book::side_code(one.to),
                    })
                })
                .collect();
            let new = json!({ "kind": head.kind.word(), "source": head.source, "lines": lines });
            c.audit(&format!("stock.{}", head.kind.word()), &subject, None, Some(new))?;
            booked(&book)
        })
    }

    /// Promises so much of an item to an order: first expired, first out, of what is usable until the horizon.
    pub fn allocate_stock(
        &self,
        act: &Act,
        item: ItemId,
        quantity: Quantity,
        order: &str,
        day: Day,
        horizon_days: u16,
    ) -> Result<Allocation> {
        let order = order.to_owned();
        self.change("promise stock to an order", act, move |c| {
            let subject = subject(c, item)?;
            let got = allocate(quantity, &candidates(c.tx, item)?, day, horizon_days);
            let mut book = Book::open(c.tx, c.act)?;
            let cause = Cause { source: Some(order.clone()), ..Cause::new(day, MovementKind::Allocate) };
            for pick in &got.picks {
                let (from, to) =
                    (Side::bin(pick.bin, Standing::Free), Side::bin(pick.bin, Standing::Allocated));
                cause.book(&mut book, item, pick.lot, from, to, pick.quantity)?;
            }
            if got.picks.is_empty() {
                return Ok(got);
            }
            let new = json!({ "order": order, "wanted": quantity, "short": got.short });
            c.audit("stock.allocate", &subject, None, Some(new))?;
            Ok(got)
        })
    }

    /// Takes back what was booked together, by movements that go the other way. Refused where what it brought was moved
    /// on, and where it belongs to an import, which is undone as a whole.
    pub fn undo_booking(&self, act: &Act, booking: MovementId, reason: ReasonCode) -> Result<Booked> {
        self.change("take back a booking", act, move |c| undo(c, booking, reason))
    }
}
