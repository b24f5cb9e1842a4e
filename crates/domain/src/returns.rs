//! Goods that come back from customers: received, inspected, then restocked, quarantined or scrapped.
//!
//! Nothing that came back is for sale before somebody looked at it, and only what was found good goes back on the shelf. Where a return is
//! follows from its lines. Does not know tables, bins or clocks. Start at [`CustomerReturn::inspect`]. Tests: below.

use crate::stock::ReasonCode;
use units::Quantity;

/// Why goods came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReturnReason {
    /// Not what was ordered.
    WrongItem,
    /// Broken or spoilt.
    Damaged,
    /// Past its day, or too near to it.
    Expired,
    /// Quality is in doubt.
    QualityDoubt,
    /// Recalled.
    Recall,
    /// More than was ordered.
    TooMany,
    /// Came too late.
    Late,
    /// No longer wanted.
    NotWanted,
}

impl ReturnReason {
    /// All of them.
    pub const ALL: [ReturnReason; 8] = [
        ReturnReason::WrongItem,
        ReturnReason::Damaged,
        ReturnReason::Expired,
        ReturnReason::QualityDoubt,
        ReturnReason::Recall,
        ReturnReason::TooMany,
        ReturnReason::Late,
        ReturnReason::NotWanted,
    ];

    /// Its word on the wire and the command line.
    pub const fn word(self) -> &'static str {
        match self {
            ReturnReason::WrongItem => "wrong-item",
            ReturnReason::Damaged => "damaged",
            ReturnReason::Expired => "expired",
            ReturnReason::QualityDoubt => "quality-doubt",
            ReturnReason::Recall => "recall",
            ReturnReason::TooMany => "too-many",
            ReturnReason::Late => "late",
            ReturnReason::NotWanted => "not-wanted",
        }
    }

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// What becomes of goods that came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// Back on the shelf, for sale.
    Restock,
    /// Kept apart.
    Quarantine,
    /// Thrown away.
    Scrap,
}

impl Fate {
    /// All of them.
    pub const ALL: [Fate; 3] = [Fate::Restock, Fate::Quarantine, Fate::Scrap];

    /// Its word on the wire and the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Fate::Restock => "restock",
            Fate::Quarantine => "quarantine",
            Fate::Scrap => "scrap",
        }
    }

    /// The fate of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.word() == word)
    }
}

/// Where a return is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReturnState {
    /// Here; somebody has still to look at some of it.
    #[default]
    Received,
    /// Looked at; it is still to be decided what becomes of some of it.
    Inspected,
    /// All of it is where it stays.
    Settled,
}

impl ReturnState {
    /// All of them, in their order.
    pub const ALL: [ReturnState; 3] = [ReturnState::Received, ReturnState::Inspected, ReturnState::Settled];

    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            ReturnState::Received => "received",
            ReturnState::Inspected => "inspected",
            ReturnState::Settled => "settled",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// One line of a return.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReturnLine {
    /// How much came back.
    pub quantity: Quantity,
    /// What somebody found: [`ReasonCode::Cleared`] where it is good.
    pub finding: Option<ReasonCode>,
    /// Back on the shelf.
    pub restocked: Quantity,
    /// Kept apart.
    pub quarantined: Quantity,
    /// Thrown away.
    pub scrapped: Quantity,
}

impl ReturnLine {
    /// What nobody has decided about.
    pub fn undecided(&self) -> Quantity {
        self.quantity.minus(self.restocked).minus(self.quarantined).minus(self.scrapped)
    }
}

/// What a customer sent back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerReturn {
    /// Its lines.
    pub lines: Vec<ReturnLine>,
}

/// Why a step is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReturnRefusal {
    /// There is no such line.
    #[error("the return has no such line; refresh the list")]
    Line,
    /// Nothing, or more than is undecided.
    #[error("{0} of it are still to be decided about; give no more, and more than nothing")]
    Quantity(Quantity),
    /// Nobody looked at it.
    #[error("somebody has to look at it first; say what was found")]
    NotInspected,
    /// It was not found good.
    #[error("it was found {}: only what was found good goes back on the shelf", .0.word())]
    NotGood(ReasonCode),
    /// It is decided already.
    #[error("it is decided what becomes of it; what was found is not changed any more")]
    Decided,
}

impl CustomerReturn {
    /// Where it is.
    pub fn state(&self) -> ReturnState {
        let open = |line: &&ReturnLine| line.undecided() > Quantity::ZERO;
        if self.lines.iter().filter(open).any(|line| line.finding.is_none()) {
            ReturnState::Received
        } else if self.lines.iter().any(|line| open(&line)) {
            ReturnState::Inspected
        } else {
            ReturnState::Settled
        }
    }

    /// Somebody looked at a line and found it good, or why not.
    pub fn inspect(&mut self, line: usize, finding: ReasonCode) -> Result<ReturnState, ReturnRefusal> {
        let own = self.lines.get_mut(line).ok_or(ReturnRefusal::Line)?;
        if own.undecided() != own.quantity {
            return Err(ReturnRefusal::Decided);
        }
        own.finding = Some(finding);
        Ok(self.state())
    }

    /// Decides what becomes of so much of a line. Gives what was found, for the ledger.
    pub fn settle(
        &mut self,
        line: usize,
        quantity: Quantity,
        fate: Fate,
    ) -> Result<ReasonCode, ReturnRefusal> {
        let own = self.lines.get_mut(line).ok_or(ReturnRefusal::Line)?;
        let finding = own.finding.ok_or(ReturnRefusal::NotInspected)?;
        if quantity.0 <= 0 || quantity > own.undecided() {
            return Err(ReturnRefusal::Quantity(own.undecided()));
        }
        let heap = match fate {
            Fate::Restock if finding != ReasonCode::Cleared => return Err(ReturnRefusal::NotGood(finding)),
            Fate::Restock => &mut own.restocked,
            Fate::Quarantine => &mut own.quarantined,
            Fate::Scrap => &mut own.scrapped,
        };
        *heap = heap.plus(quantity);
        Ok(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn back(units: &[i64]) -> CustomerReturn {
        let line = |n: &i64| ReturnLine { quantity: Quantity::of(*n), ..ReturnLine::default() };
        CustomerReturn { lines: units.iter().map(line).collect() }
    }

    #[test]
    fn only_what_was_found_good_is_sold_again() {
        let (mut one, q) = (back(&[5, 2]), Quantity::of);
        assert_eq!(one.settle(0, q(1), Fate::Restock), Err(ReturnRefusal::NotInspected));
        assert_eq!(one.inspect(0, ReasonCode::Damaged), Ok(ReturnState::Received));
        assert_eq!(one.settle(0, q(1), Fate::Restock), Err(ReturnRefusal::NotGood(ReasonCode::Damaged)));
        assert_eq!(one.settle(0, q(6), Fate::Scrap), Err(ReturnRefusal::Quantity(q(5))));
        assert_eq!(one.settle(0, q(3), Fate::Scrap), Ok(ReasonCode::Damaged));
        assert_eq!(one.inspect(0, ReasonCode::Cleared), Err(ReturnRefusal::Decided));
        assert_eq!(one.inspect(1, ReasonCode::Cleared), Ok(ReturnState::Inspected));
        one.settle(0, q(2), Fate::Quarantine).unwrap();
        one.settle(1, q(2), Fate::Restock).unwrap();
        assert_eq!(one.state(), ReturnState::Settled);
    }

    proptest! {
        #[test]
        fn every_unit_has_one_fate(
            units in prop::collection::vec(1i64..9, 1..4), steps in prop::collection::vec((0usize..4, 0u8..5, 0i64..5), 0..30),
        ) {
            let mut one = back(&units);
            let mut fates = vec![[0i64; 3]; units.len()];
            let mut found: Vec<Option<ReasonCode>> = vec![None; units.len()];
            for (line, what, n) in steps {
                match what {
                    0 | 1 => {
                        let finding = if what == 0 { ReasonCode::Cleared } else { ReasonCode::Damaged };
                        if one.inspect(line, finding).is_ok() {
                            prop_assert_eq!(fates[line], [0; 3]);
                            found[line] = Some(finding);
                        }
                    }
                    _ => {
                        let fate = Fate::ALL[usize::from(what) - 2];
                        if one.settle(line, Quantity::of(n), fate).is_ok() {
                            prop_assert!(fate != Fate::Restock || found[line] == Some(ReasonCode::Cleared));
                            fates[line][usize::from(what) - 2] += n;
                        }
                    }
                }
            }
            let mut settled = true;
            for ((line, fates), units) in one.lines.iter().zip(&fates).zip(&units) {
                let left = units - fates.iter().sum::<i64>();
                prop_assert!(left >= 0);
                prop_assert_eq!(line.undecided(), Quantity::of(left));
                settled &= left == 0;
            }
            prop_assert_eq!(one.state() == ReturnState::Settled, settled);
        }
    }
}
