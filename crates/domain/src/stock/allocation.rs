//! Which units an order gets: first expired, first out.
//!
//! Candidates in, picks out, and what is short. Never promises more than there is for sale: what one bin owes (a negative
//! balance) is taken off what the others have. Does not know orders or customers.

use units::{BinId, Day, LotId, Quantity};

/// Free units of an item in one bin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Their lot.
    pub lot: Option<LotId>,
    /// The lot's last day.
    pub expiry: Option<Day>,
    /// Where.
    pub bin: BinId,
    /// How many stand free; negative where more was taken than the ledger knew.
    pub free: Quantity,
}

/// So much from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// The lot.
    pub lot: Option<LotId>,
    /// The bin.
    pub bin: BinId,
    /// How many.
    pub quantity: Quantity,
}

/// What an order gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allocation {
    /// From where, the first to expire first.
    pub picks: Vec<Pick>,
    /// What there is not.
    pub short: Quantity,
}

/// Takes `wanted` from what is usable until `day` and `horizon_days` more: first what expires first, then what has no
/// date; within one date the bin of the lowest number, so that the same stock gives the same picks.
pub fn allocate(wanted: Quantity, candidates: &[Candidate], day: Day, horizon_days: u16) -> Allocation {
    let usable_until = day.plus(i32::from(horizon_days));
    let mut usable: Vec<&Candidate> =
        candidates.iter().filter(|c| c.expiry.is_none_or(|last| last >= usable_until)).collect();
    usable.sort_by_key(|c| (c.expiry.is_none(), c.expiry, c.bin, c.lot));
    let there: Quantity = usable.iter().map(|c| c.free).sum();
    let mut left = Quantity(wanted.0.min(there.0).max(0));
    let short = Quantity(wanted.minus(left).0.max(0));
    let mut picks = Vec::new();
    for candidate in usable {
        let quantity = Quantity(candidate.free.0.min(left.0));
        if quantity.0 <= 0 {
            continue;
        }
        left = left.minus(quantity);
        picks.push(Pick { lot: candidate.lot, bin: candidate.bin, quantity });
    }
    Allocation { picks, short }
}
