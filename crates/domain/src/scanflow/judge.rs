//! Whether what was said agrees with itself and with the shelf, and what is still missing.

use super::{Booking, Flow, Said, Shelf, Slots, Stand, Task};
use crate::stock::{LotStatus, Standing};
use units::{BinId, Day, ItemId, LotId, Quantity};

/// The longest code of a lot that is typed.
pub(super) const LOT_CHARS_MAX: usize = 40;

/// Why something is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Nothing of the site has this code.
    #[error("nothing here has this code; read another label, or look at it in the scan test")]
    Unknown,
    /// It is something else than this task has a use for.
    #[error("this task has no use for it; read a bin or goods")]
    NotHere,
    /// Another item was said before.
    #[error("another item was read first; book that, or take it back")]
    OtherItem {
        /// The one that was said.
        said: ItemId,
    },
    /// Another lot was said before.
    #[error("lot {said} was read first, this is lot {read}; book one lot after the other")]
    OtherLot {
        /// The one that was said.
        said: String,
        /// The one that was read now.
        read: String,
    },
    /// Another bin was said before.
    #[error("another bin was read first; read that one again to book, or take the scan back")]
    OtherBin {
        /// The one that was said.
        said: BinId,
        /// The one that was read now.
        read: BinId,
    },
    /// From a bin to itself.
    #[error("it stands in that bin already; read the bin it goes to")]
    SameBin,
    /// Another handling unit was said before, or goods by themselves.
    #[error("finish or take back what was read before")]
    FinishFirst,
    /// Nothing of the item stands in the bin.
    #[error("nothing of this item stands in that bin; read where it is taken from, or the right item")]
    NotThere {
        /// The bin.
        bin: BinId,
    },
    /// Nothing of it stands anywhere.
    #[error("nothing of this item is here to be taken")]
    Nowhere,
    /// It takes more than stands there.
    #[error("only {there} stand there; take less, or correct the quantity")]
    MoreThanThere {
        /// What stands there.
        there: Quantity,
    },
    /// The lot does not stand in the bin.
    #[error("nothing of lot {lot} stands there; read the label of what you hold")]
    LotNotThere {
        /// Its code.
        lot: String,
    },
    /// Its last day is over.
    #[error("lot {lot} was good until {expiry}; put it apart")]
    Expired {
        /// Its code.
        lot: String,
        /// Its last day.
        expiry: Day,
    },
    /// It is held back.
    #[error("lot {lot} is {}; nothing of it goes out until somebody releases it", .status.word())]
    Held {
        /// Its code.
        lot: String,
        /// How it is held.
        status: LotStatus,
    },
    /// The label says another last day than is on record.
    #[error("the label says lot {lot} is good until {read}, on record is {known}; ask before you book")]
    OtherDay {
        /// Its code.
        lot: String,
        /// On record.
        known: Day,
        /// On the label.
        read: Day,
    },
    /// The same serial number once more.
    #[error("serial number {serial} was read already")]
    SerialTwice {
        /// The number.
        serial: String,
    },
    /// It is on hand already, and can't come in.
    #[error("serial number {serial} is here already; read the label again")]
    SerialHere {
        /// The number.
        serial: String,
    },
    /// It is somewhere else.
    #[error("serial number {serial} does not stand there; look where it is on record")]
    SerialElsewhere {
        /// The number.
        serial: String,
        /// Where it is on record; `None`: not here at all.
        bin: Option<BinId>,
    },
    /// Each is counted by its own number.
    #[error("goods with serial numbers are counted by reading each")]
    Serials,
    /// The order has no such line, or it is done.
    #[error("the order wants no more of it")]
    NotWanted,
    /// More than the order wants.
    #[error("the order wants only {open} more")]
    MoreThanWanted {
        /// What is still open.
        open: Quantity,
    },
    /// Nothing is in the handling unit.
    #[error("nothing is in this handling unit")]
    UnitEmpty,
    /// Nobody has seen this unit.
    #[error("this handling unit is not known here; receive it first")]
    UnitUnknown,
    /// It stands in another bin.
    #[error("this handling unit stands in another bin")]
    UnitElsewhere {
        /// Where it stands.
        bin: Option<BinId>,
    },
    /// A number that can't be one of units.
    #[error("that is no quantity to book")]
    Quantity,
    /// A handling unit has no quantity.
    #[error("a handling unit moves as a whole; read the bin it goes to")]
    Whole,
    /// A number before any goods where it says nothing.
    #[error("read the goods and their bin first")]
    GoodsFirst,
    /// There is nothing to book or to take back.
    #[error("nothing was read yet")]
    NothingSaid,
    /// Something is missing.
    #[error("something is still missing; read what is wanted")]
    NotYet,
    /// No question is open.
    #[error("nothing was asked")]
    NothingAsked,
    /// Too many scans for one booking.
    #[error("that many are typed as a number, not read one by one")]
    TooMuch,
}

/// What a person agrees to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Another lot expires before this one.
    Earlier {
        /// Which.
        lot: LotId,
        /// Where it stands.
        bin: BinId,
    },
    /// More comes in than was expected.
    Over {
        /// What was still expected.
        open: Quantity,
    },
    /// It was not expected at all.
    Unexpected,
}

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Goods,
    Bin,
    Target,
    Lot,
}

/// Where goods are taken from.
fn source(flow: &Flow, slots: &Slots) -> Option<BinId> {
    match flow.task {
        Task::PutAway => flow.home,
        Task::Move | Task::Pick | Task::Count => slots.bin,
        Task::Receive => None,
    }
}

/// How much of a lot could be taken of a place: of what is held, only what is moved within the house.
fn usable(flow: &Flow, stand: &Stand, shelf: &Shelf) -> bool {
    let status = match stand.lot {
        Some(lot) => shelf.lot(lot).map_or(LotStatus::Available, |lot| lot.status),
        None => LotStatus::Available,
    };
    if flow.task == Task::Pick {
        let expiry = stand.lot.and_then(|lot| shelf.lot(lot)).and_then(|lot| lot.expiry);
        return stand.standing == Standing::Free
            && status == LotStatus::Available
            && expiry.is_none_or(|last| last >= shelf.today);
    }
    stand.standing == status.standing()
}

/// What could be taken, of an item, and of a lot and a bin where they are known.
fn there(
    flow: &Flow,
    shelf: &Shelf,
    item: ItemId,
    lot: Option<Option<LotId>>,
    bin: Option<BinId>,
) -> Quantity {
    shelf
        .stands
        .iter()
        .filter(|stand| stand.item == item && stand.quantity.0 > 0)
        .filter(|stand| lot.is_none_or(|lot| stand.lot == lot) && bin.is_none_or(|bin| stand.bin == bin))
        .filter(|stand| usable(flow, stand, shelf))
        .map(|stand| stand.quantity)
        .sum()
}

/// The lots that can be meant: what stands in the bin; for what comes in, those that are known.
pub(super) fn lots_there(flow: &Flow, slots: &Slots, shelf: &Shelf) -> Vec<LotId> {
    let Some(item) = slots.item else { return Vec::new() };
    let bin = source(flow, slots);
    let mut lots: Vec<LotId> = match flow.task {
        Task::Receive => Vec::new(),
        _ => shelf
            .stands
            .iter()
            .filter(|stand| stand.item == item && Some(stand.bin) == bin && stand.quantity.0 > 0)
            .filter(|stand| flow.task == Task::Count || usable(flow, stand, shelf))
            .filter_map(|stand| stand.lot)
            .collect(),
    };
    lots.sort_by_key(|id| {
        let lot = shelf.lot(*id);
        let expiry = lot.and_then(|lot| lot.expiry);
        (expiry.is_none(), expiry, lot.map(|lot| lot.code.clone()), *id)
    });
    lots.dedup();
    lots
}

/// The lot, where it is known which: of one that stands there alone, nobody has to say it.
fn lot_of(flow: &Flow, slots: &Slots, shelf: &Shelf) -> Option<Option<LotId>> {
    let item = slots.item?;
    if let Some(lot) = &slots.lot {
        return Some(lot.id);
    }
    if slots.no_lot {
        return Some(None);
    }
    let known = shelf.lots.iter().any(|lot| lot.item == item);
    match flow.task {
        Task::Receive => (!known).then_some(None),
        _ => {
            let bin = source(flow, slots);
            let mut here: Vec<Option<LotId>> = shelf
                .stands
                .iter()
                .filter(|stand| stand.item == item && Some(stand.bin) == bin && stand.quantity.0 > 0)
                .filter(|stand| flow.task == Task::Count || usable(flow, stand, shelf))
                .map(|stand| stand.lot)
                .collect();
            here.sort_unstable();
            here.dedup();
            match here[..] {
                [one] => Some(one),
                // Nothing is on record there: a lot is to be said if the item has lots at all.
                [] if flow.task == Task::Count && !known => Some(None),
                _ => None,
            }
        }
    }
}

pub(super) fn missing(flow: &Flow, slots: &Slots, shelf: &Shelf) -> Option<Missing> {
    if !slots.has_goods() {
        return Some(Missing::Goods);
    }
    if slots.whole() {
        return match flow.task {
            Task::Move => slots.to.is_none().then_some(Missing::Target),
            _ => slots.bin.is_none().then_some(Missing::Bin),
        };
    }
    let bin = match flow.task {
        Task::Receive => slots.bin.or(flow.home),
        _ => slots.bin,
    };
    // Where goods come from says which lots they can be of.
    if bin.is_none() && flow.task != Task::PutAway {
        return Some(Missing::Bin);
    }
    if lot_of(flow, slots, shelf).is_none() {
        return Some(Missing::Lot);
    }
    if bin.is_none() {
        return Some(Missing::Bin);
    }
    (flow.task == Task::Move && slots.to.is_none()).then_some(Missing::Target)
}

/// All that could be meant by "all".
pub(super) fn all_there(flow: &Flow, slots: &Slots, shelf: &Shelf) -> Option<Quantity> {
    let item = slots.item?;
    let open = || shelf.lines.iter().filter(|line| line.item == item).map(|line| line.open).sum::<Quantity>();
    match flow.task {
        Task::Receive => flow.document.map(|_| open()),
        Task::Count => None,
        _ => {
            let bin = source(flow, slots)?;
            let lot = lot_of(flow, slots, shelf)?;
            let there = there(flow, shelf, item, Some(lot), Some(bin));
            Some(match (flow.task, flow.document) {
                (Task::Pick, Some(_)) => there.min(open()),
                _ => there,
            })
        }
    }
}

/// What is wrong with all that was said; `said` is the last of it, `before` what it was without.
pub(super) fn judge(flow: &Flow, before: &Slots, said: &Said, slots: &Slots, shelf: &Shelf) -> Option<Wrong> {
    // What was said contradicts itself.
    match said {
        Said::Goods(goods) => {
            if let Some(item) = before.item.filter(|item| *item != goods.item) {
                return Some(Wrong::OtherItem { said: item });
            }
            if slots.whole() {
                return Some(Wrong::FinishFirst);
            }
            if let (Some(old), Some(new)) = (&before.lot, &goods.lot)
                && old.code != new.code
            {
                return Some(Wrong::OtherLot { said: old.code.clone(), read: new.code.clone() });
            }
            if let Some(serial) = &goods.serial
                && before.serials.contains(serial)
            {
                return Some(Wrong::SerialTwice { serial: serial.clone() });
            }
            if !before.serials.is_empty() && goods.serial.is_none()
                || before.serials.is_empty() && goods.serial.is_some() && before.quantity.0 > 0
            {
                return Some(Wrong::Serials);
            }
        }
        Said::Lot(lot) => {
            if let Some(old) = before.lot.as_ref().filter(|old| old.code != lot.code) {
                return Some(Wrong::OtherLot { said: old.code.clone(), read: lot.code.clone() });
            }
        }
        Said::Unit(unit) => {
            if before.unit.as_ref().is_some_and(|old| old.code != unit.code)
                || slots.item.is_some() && slots.whole()
            {
                return Some(Wrong::FinishFirst);
            }
            if let Some(wrong) = judge_unit(flow, before, unit) {
                return Some(wrong);
            }
        }
        Said::Quantity(quantity) => {
            if quantity.0 < 0 || quantity.0 == 0 && flow.task != Task::Count {
                return Some(Wrong::Quantity);
            }
            if slots.whole() {
                return Some(Wrong::Whole);
            }
            if !before.serials.is_empty() {
                return Some(Wrong::Serials);
            }
        }
        Said::Bin(_) | Said::NoLot | Said::Go | Said::Agreed(_) => {}
    }
    judge_whole(flow, slots).or_else(|| judge_goods(flow, slots, shelf))
}

fn judge_unit(flow: &Flow, before: &Slots, unit: &super::UnitSaid) -> Option<Wrong> {
    match flow.task {
        Task::Count => Some(Wrong::NotHere),
        Task::Receive => {
            // A new one is made where the goods go.
            let elsewhere = before.bin.zip(unit.bin).is_some_and(|(said, stands)| said != stands);
            elsewhere.then_some(Wrong::UnitElsewhere { bin: unit.bin })
        }
        _ if unit.id.is_none() => Some(Wrong::UnitUnknown),
        _ if !unit.filled => Some(Wrong::UnitEmpty),
        Task::Move | Task::Pick => {
            let elsewhere = before.bin.is_some_and(|said| unit.bin != Some(said));
            elsewhere.then_some(Wrong::UnitElsewhere { bin: unit.bin })
        }
        Task::PutAway => None,
    }
}

fn judge_whole(flow: &Flow, slots: &Slots) -> Option<Wrong> {
    let unit = slots.unit.as_ref().filter(|_| slots.whole())?;
    let to = if flow.task == Task::Move { slots.to } else { slots.bin };
    (to.is_some() && to == unit.bin).then_some(Wrong::SameBin)
}

fn judge_goods(flow: &Flow, slots: &Slots, shelf: &Shelf) -> Option<Wrong> {
    let item = slots.item?;
    let from = source(flow, slots);
    let to = match flow.task {
        Task::Move => slots.to,
        Task::PutAway => slots.bin,
        _ => None,
    };
    if to.is_some() && to == from {
        return Some(Wrong::SameBin);
    }
    if let Some(wrong) = judge_lot(flow, slots, shelf, item) {
        return Some(wrong);
    }
    for serial in &slots.serials {
        let known = shelf.serials.iter().find(|one| one.item == item && &one.code == serial);
        let bin = known.and_then(|one| one.bin);
        match flow.task {
            Task::Receive if bin.is_some() => return Some(Wrong::SerialHere { serial: serial.clone() }),
            Task::Receive | Task::Count => {}
            _ if from.is_some() && bin != from || bin.is_none() => {
                return Some(Wrong::SerialElsewhere { serial: serial.clone(), bin });
            }
            _ => {}
        }
    }
    if flow.task == Task::Pick && flow.document.is_some() {
        let open: Quantity = shelf.lines.iter().filter(|line| line.item == item).map(|line| line.open).sum();
        if open.0 <= 0 {
            return Some(Wrong::NotWanted);
        }
        if slots.quantity > open {
            return Some(Wrong::MoreThanWanted { open });
        }
    }
    if !flow.task.takes() {
        return None;
    }
    let lot = slots.lot.as_ref().map(|lot| lot.id);
    let there_of = |bin| there(flow, shelf, item, lot, bin);
    let here = there_of(from);
    if here.0 <= 0 {
        return Some(match (from, &slots.lot) {
            (None, _) => refused_all(flow, slots, shelf, item).unwrap_or(Wrong::Nowhere),
            (Some(_), Some(lot)) => Wrong::LotNotThere { lot: lot.code.clone() },
            (Some(bin), None) => refused_all(flow, slots, shelf, item).unwrap_or(Wrong::NotThere { bin }),
        });
    }
    // Of one lot where it is known which, else of the one there is most of.
    let most = match lot_of(flow, slots, shelf) {
        Some(lot) if from.is_some() => there(flow, shelf, item, Some(lot), from),
        _ => here,
    };
    (slots.quantity > most).then_some(Wrong::MoreThanThere { there: most })
}

/// All of it that stands there is held or expired: that is why none can be picked.
fn refused_all(flow: &Flow, slots: &Slots, shelf: &Shelf, item: ItemId) -> Option<Wrong> {
    let from = source(flow, slots);
    let lot = shelf
        .stands
        .iter()
        .filter(|stand| stand.item == item && stand.quantity.0 > 0 && from.is_none_or(|bin| bin == stand.bin))
        .find_map(|stand| shelf.lot(stand.lot?))?;
    refused(flow, lot, shelf.today)
}

fn refused(flow: &Flow, lot: &crate::stock::Lot, today: Day) -> Option<Wrong> {
    if lot.status != LotStatus::Available && flow.task == Task::Pick {
        return Some(Wrong::Held { lot: lot.code.clone(), status: lot.status });
    }
    let late = lot.expiry.filter(|last| *last < today && matches!(flow.task, Task::Pick | Task::Receive))?;
    Some(Wrong::Expired { lot: lot.code.clone(), expiry: late })
}

fn judge_lot(flow: &Flow, slots: &Slots, shelf: &Shelf, item: ItemId) -> Option<Wrong> {
    let said = slots.lot.as_ref()?;
    let known = said.id.and_then(|id| shelf.lot(id)).filter(|lot| lot.item == item);
    let Some(known) = known else {
        if flow.task.takes() {
            return Some(Wrong::LotNotThere { lot: said.code.clone() });
        }
        let late = said.expiry.filter(|last| *last < shelf.today && flow.task == Task::Receive)?;
        return Some(Wrong::Expired { lot: said.code.clone(), expiry: late });
    };
    if let (Some(on_record), Some(read)) = (known.expiry, said.expiry)
        && on_record != read
        && flow.task != Task::Count
    {
        return Some(Wrong::OtherDay { lot: said.code.clone(), known: on_record, read });
    }
    refused(flow, known, shelf.today)
}

/// What has to be agreed to before it is booked.
pub(super) fn questions(flow: &Flow, slots: &Slots, shelf: &Shelf) -> Option<Agreement> {
    let item = slots.item?;
    let question = match flow.task {
        Task::Receive if flow.document.is_some() => {
            let mut lines = shelf.lines.iter().filter(|line| line.item == item).peekable();
            if lines.peek().is_none() {
                Agreement::Unexpected
            } else {
                let open: Quantity = lines.map(|line| line.open).sum();
                if slots.quantity <= open {
                    return None;
                }
                Agreement::Over { open }
            }
        }
        Task::Pick => {
            let mine = lot_of(flow, slots, shelf)??;
            let expiry = |lot: LotId| shelf.lot(lot).and_then(|lot| lot.expiry);
            let my_last = expiry(mine);
            let earlier = shelf
                .stands
                .iter()
                .filter(|stand| stand.item == item && stand.quantity.0 > 0 && usable(flow, stand, shelf))
                .filter_map(|stand| Some((expiry(stand.lot?)?, stand.bin, stand.lot?)))
                .filter(|(last, _, _)| my_last.is_none_or(|mine| *last < mine))
                .min()?;
            Agreement::Earlier { lot: earlier.2, bin: earlier.1 }
        }
        _ => return None,
    };
    (!slots.agreed.contains(&question)).then_some(question)
}

/// What is to be booked, judged once more as a whole.
pub(super) fn booking(flow: &Flow, slots: &Slots, shelf: &Shelf) -> Result<Booking, Wrong> {
    let mut booking = Booking {
        task: flow.task,
        whole: None,
        item: slots.item,
        lot: None,
        standing: Standing::Free,
        quantity: slots.quantity,
        serials: slots.serials.clone(),
        unit: slots.unit.clone(),
        from: source(flow, slots),
        to: None,
        document: flow.document,
    };
    match flow.task {
        Task::Receive => booking.to = slots.bin.or(flow.home),
        Task::PutAway => booking.to = slots.bin,
        Task::Move => booking.to = slots.to,
        Task::Pick | Task::Count => {}
    }
    if slots.whole() {
        let unit = slots.unit.as_ref().ok_or(Wrong::NothingSaid)?;
        judge_whole(flow, slots).map_or(Ok(()), Err)?;
        booking.whole = Some(unit.id.ok_or(Wrong::UnitUnknown)?);
        booking.from = unit.bin;
        booking.unit = None;
        booking.quantity = Quantity::ZERO;
        return Ok(booking);
    }
    judge_goods(flow, slots, shelf).map_or(Ok(()), Err)?;
    let counts_none = flow.task == Task::Count && slots.typed;
    if slots.quantity.0 <= 0 && !(counts_none && slots.quantity.0 == 0) {
        return Err(Wrong::Quantity);
    }
    let lot = lot_of(flow, slots, shelf).ok_or(Wrong::NotYet)?;
    booking.lot = match (&slots.lot, lot.and_then(|id| shelf.lot(id))) {
        (Some(said), _) => Some(said.clone()),
        (None, Some(known)) => {
            Some(super::LotSaid { id: Some(known.id), code: known.code.clone(), expiry: None })
        }
        (None, None) => None,
    };
    booking.standing = lot.and_then(|id| shelf.lot(id)).map_or(Standing::Free, |lot| lot.status.standing());
    Ok(booking)
}
