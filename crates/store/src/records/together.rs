//! Bookings of several steps in one transaction, each of them done once however often it is asked for.
//!
//! A task on a handheld may come to more than one step: a receipt on two lines of a shipment, its pallet, its serial numbers. [`Records::once`]
//! runs them on one transaction ([`Together`]), so that a crash leaves all of them or none. The client names what it asks for by a key of its own; the answer is kept
//! under it in the same transaction. Who lost the answer asks again with the same key and is given it; nothing is booked twice. Does not
//! know what an answer means.

use super::Records;
use super::inbound::{InboundDetail, NewInLine, PutAway, Receipt};
use super::outbound::{OutboundDetail, Picked};
use super::stock::actions::{Booked, Correction};
use super::units::{HandlingUnit, ScannedShift};
use super::{counts, documents, inbound, outbound, stock, units as handling};
use crate::audit::Change;
use crate::file::{first, run};
use crate::{Act, CountAnswer, Error, ErrorKind, Result, Stepped};
use domain::inbound::{InState, RECEIVING};
use domain::outbound::OutState;
use domain::stock::ReasonCode;
use rusqlite::Connection;
use units::{
    BinId, CountLineId, Day, HandlingUnitId, InboundId, InboundLineId, ItemId, LotId, MovementId, OutboundId,
    Quantity,
};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "together-1",
    // asked: what was asked for under the key, as a hash, so that a key is not taken for something else.
    "CREATE TABLE answered(
        key TEXT PRIMARY KEY,
        asked TEXT NOT NULL,
        answer TEXT NOT NULL,
        at INTEGER NOT NULL
     ) WITHOUT ROWID;
     CREATE INDEX answered_at ON answered(at);",
)];

/// The longest key a client may give.
const KEY_CHARS_MAX: usize = 64;
/// An answer is kept so long: longer than anybody tries again.
const KEPT: units::Millis = units::Millis::days(7);

/// What a client asks for, by its own name for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedKey {
    /// The client's name for it, which it uses again when it tries again.
    pub key: String,
    /// A hash of what is asked for.
    pub asked: String,
}

/// Whether work was done now or before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once<T> {
    /// Now.
    Now(T),
    /// Before: the answer that was kept.
    Before(String),
}

/// A transaction in which several steps are taken.
pub struct Together<'c>(&'c Change<'c>);

impl Together<'_> {
    /// A shipment as it is now.
    pub fn inbound(&self, id: InboundId) -> Result<InboundDetail> {
        inbound::detail(self.0.tx, id)
    }

    /// An order as it is now.
    pub fn outbound(&self, id: OutboundId) -> Result<OutboundDetail> {
        outbound::detail(self.0.tx, id)
    }

    /// A handling unit as it is now.
    pub fn unit(&self, id: HandlingUnitId) -> Result<HandlingUnit> {
        handling::find_unit(self.0.tx, id)
    }

    /// The bin that goods lie in until they are put away.
    pub fn receiving_bin(&self) -> Result<Option<BinId>> {
        documents::find_place(self.0.tx, RECEIVING)
    }

    /// The lines of shipments that wait to be put away, of an item and lot, and how much.
    pub fn waiting_lines(&self, item: ItemId, lot: Option<LotId>) -> Result<Vec<(InboundLineId, Quantity)>> {
        handling::waiting_lines(self.0.tx, item, lot)
    }

    /// The line of a count plan that waits for a place to be counted.
    pub fn count_line_waiting(
        &self,
        item: ItemId,
        lot: Option<LotId>,
        bin: BinId,
    ) -> Result<Option<CountLineId>> {
        handling::count_line_waiting(self.0.tx, item, lot, bin)
    }

    /// A booking belongs to a shipment or an order, which is to be told when it is taken back.
    pub fn is_of_paper(&self, booking: MovementId) -> Result<bool> {
        Ok(documents::paper_of(self.0.tx, booking)?.is_some())
    }

    /// The lot of a code, made where it is new.
    pub fn lot(&self, item: ItemId, code: &str, expiry: Option<Day>) -> Result<Option<LotId>> {
        documents::lot_named(self.0.tx, item, Some(code), expiry)
    }

    /// As [`Records::add_inbound_line`].
    pub fn add_inbound_line(&self, id: InboundId, line: &NewInLine) -> Result<InboundLineId> {
        inbound::add_line(self.0, id, line)
    }

    /// As [`Records::receive_goods`].
    pub fn receive_goods(&self, receipt: &Receipt) -> Result<Stepped<InState>> {
        inbound::receive(self.0, receipt)
    }

    /// As [`Records::put_away`].
    pub fn put_away(&self, put: PutAway) -> Result<Stepped<InState>> {
        inbound::put_away(self.0, put)
    }

    /// As [`Records::allocate_outbound`].
    pub fn allocate_outbound(&self, id: OutboundId, day: Day) -> Result<Stepped<OutState>> {
        outbound::allocate_order(self.0, id, day)
    }

    /// As [`Records::pick_goods`].
    pub fn pick_goods(&self, picked: Picked) -> Result<Stepped<OutState>> {
        outbound::pick_goods(self.0, picked)
    }

    /// As [`Records::shift_scanned`].
    pub fn shift_scanned(&self, scanned: &ScannedShift) -> Result<Booked> {
        handling::shift_scanned(self.0, scanned)
    }

    /// As [`Records::move_unit`].
    pub fn move_unit(&self, id: HandlingUnitId, to: BinId) -> Result<Booked> {
        handling::move_unit(self.0, id, to)
    }

    /// As [`Records::note_scanned`].
    pub fn note_scanned(
        &self,
        booking: MovementId,
        serials: &[String],
        into: Option<&str>,
        out_of: Option<HandlingUnitId>,
    ) -> Result<()> {
        handling::note_scanned(self.0, booking, serials, into, out_of)
    }

    /// As [`Records::enter_counts`], of one line.
    pub fn enter_count(&self, line: CountLineId, quantity: Quantity) -> Result<Option<CountAnswer>> {
        Ok(counts::enter(self.0, None, &[(line, quantity)])?.into_iter().next())
    }

    /// As [`Records::correct_stock`].
    pub fn correct_stock(&self, correction: &Correction) -> Result<Booked> {
        stock::actions::correct(self.0, correction)
    }

    /// As [`Records::undo_booking`].
    pub fn undo_booking(&self, booking: MovementId, reason: ReasonCode) -> Result<Booked> {
        stock::actions::undo(self.0, booking, reason)
    }

    /// As [`Records::take_back`].
    pub fn take_back(&self, booking: MovementId) -> Result<Booked> {
        inbound::take_back(self.0, booking)
    }
}

fn kept(db: &Connection, of: &AskedKey) -> Result<Option<String>> {
    let sql = "SELECT asked, answer FROM answered WHERE key = ?1";
    let found = first(db, sql, [&of.key], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    match found {
        Some((asked, _)) if asked != of.asked => Err(Error::new(
            ErrorKind::Conflict,
            "something else was booked under this key; begin the task anew, so that it gets a key of its own",
        )),
        found => Ok(found.map(|(_, answer)| answer)),
    }
}

impl Records {
    /// What was answered to this before, if it was.
    pub fn answered(&self, of: &AskedKey) -> Result<Option<String>> {
        self.file.read("look whether a booking was made before", |db| kept(db, of))
    }

    /// Takes several steps in one transaction, once for each key; `answer` is what a later try with the same key is given.
    pub fn once<T: Send + 'static>(
        &self,
        what: &str,
        act: &Act,
        key: Option<AskedKey>,
        work: impl FnOnce(&Together<'_>) -> Result<T> + Send + 'static,
        answer: impl FnOnce(&T) -> String + Send + 'static,
    ) -> Result<Once<T>> {
        if key.as_ref().is_some_and(|of| of.key.chars().count() > KEY_CHARS_MAX) {
            let text =
                format!("a key of a booking has at most {KEY_CHARS_MAX} characters; give a shorter one");
            return Err(Error::new(ErrorKind::Conflict, text));
        }
        self.change(what, act, move |c| {
            // Asked twice at once: the second waited for the first.
            if let Some(of) = &key
                && let Some(before) = kept(c.tx, of)?
            {
                return Ok(Once::Before(before));
            }
            let done = work(&Together(c))?;
            if let Some(of) = &key {
                run(c.tx, "DELETE FROM answered WHERE at < ?1", [c.act.at.0 - KEPT.0])?;
                run(
                    c.tx,
                    "INSERT INTO answered(key, asked, answer, at) VALUES (?1, ?2, ?3, ?4)",
                    (&of.key, &of.asked, answer(&done), c.act.at.0),
                )?;
            }
            Ok(Once::Now(done))
        })
    }
}
