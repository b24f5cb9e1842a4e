//! Goods that go out: ordered by a customer, promised, picked, packed, shipped.
//!
//! Each unit of a line is in one place of [`OutLine`]: open, promised, picked, packed, shipped or dropped; a step carries units from one to
//! the next, and where the order is follows from where its units are. What is picked stays promised until it is shipped. What an order
//! ends without is dropped, and may become an order of its own. Does not know which bins and lots units come from
//! ([`crate::stock::allocation`] does), tables or clocks. Start at [`Order::allocate`]. Tests: below.

use crate::inbound::Ruling;
use crate::{Actor, Role};
use units::{Quantity, Timestamp};

/// The bin that picked goods lie in until they leave. Nothing is promised from it.
pub const SHIPPING: &str = "SHIPPING";

/// Where an order is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutState {
    /// Nothing is promised to it.
    #[default]
    Open,
    /// Goods are promised to it, nothing is picked.
    Allocated,
    /// Some of what is promised is picked.
    Picking,
    /// All that is promised is picked.
    Picked,
    /// All that is promised is packed.
    Packed,
    /// It is gone.
    Shipped,
    /// It will not go.
    Cancelled,
}

impl OutState {
    /// All of them, in their order.
    pub const ALL: [OutState; 7] = [
        OutState::Open,
        OutState::Allocated,
        OutState::Picking,
        OutState::Picked,
        OutState::Packed,
        OutState::Shipped,
        OutState::Cancelled,
    ];

    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            OutState::Open => "open",
            OutState::Allocated => "allocated",
            OutState::Picking => "picking",
            OutState::Picked => "picked",
            OutState::Packed => "packed",
            OutState::Shipped => "shipped",
            OutState::Cancelled => "cancelled",
        }
    }

    /// The state of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Nothing is left to be done.
    pub const fn is_over(self) -> bool {
        matches!(self, OutState::Shipped | OutState::Cancelled)
    }
}

/// One line of an order, its units by where they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutLine {
    /// All that was ordered.
    pub ordered: Quantity,
    /// Promised, still on the shelf.
    pub allocated: Quantity,
    /// Taken from the shelf.
    pub picked: Quantity,
    /// In a parcel.
    pub packed: Quantity,
    /// Gone to the customer.
    pub shipped: Quantity,
    /// Not delivered with this order: given up, or ordered anew.
    pub dropped: Quantity,
}

impl OutLine {
    /// Neither promised nor dropped: what the order is short of.
    pub fn open(&self) -> Quantity {
        self.ordered.minus(self.promised()).minus(self.shipped).minus(self.dropped)
    }

    /// Promised, picked and packed included.
    pub fn promised(&self) -> Quantity {
        self.allocated.plus(self.picked).plus(self.packed)
    }
}

/// What becomes of what an order ships without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// It becomes an order of its own.
    Backorder,
    /// Nobody waits for it any more.
    GiveUp,
}

/// What a customer is to get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// Its lines.
    pub lines: Vec<OutLine>,
    /// Who cancelled it.
    pub cancelled: Option<Ruling>,
}

/// Why a step is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutRefusal {
    /// The state does not allow it.
    #[error("the order is {} already; refresh the list", .0.word())]
    State(OutState),
    /// There is no such line.
    #[error("the order has no such line; refresh the list")]
    Line,
    /// Nothing, or less than nothing.
    #[error("the quantity must be above zero")]
    Quantity,
    /// More than the line is short of.
    #[error("the line is short of no more than {0}")]
    NotOpen(Quantity),
    /// More than is promised and not picked.
    #[error("no more than {0} are promised to the line and not picked yet")]
    NotAllocated(Quantity),
    /// More than is picked and not packed.
    #[error("no more than {0} of the line are picked and not packed yet")]
    NotPicked(Quantity),
    /// More than is packed.
    #[error("no more than {0} of the line are packed")]
    NotPacked(Quantity),
    /// Something is promised or picked, and not packed.
    #[error("{0} of it are promised but not packed; pack them, or put them back")]
    Unpacked(Quantity),
    /// Nothing is packed.
    #[error("nothing of it is packed; allocate, pick and pack it first")]
    Empty,
    /// Not for this role.
    #[error("only a manager cancels an order")]
    Role,
}

/// Carries `quantity` from one heap to another; `err` where the first has not as much.
fn carry(
    from: &mut Quantity,
    to: Option<&mut Quantity>,
    quantity: Quantity,
    err: fn(Quantity) -> OutRefusal,
) -> Result<(), OutRefusal> {
    if quantity.0 <= 0 {
        return Err(OutRefusal::Quantity);
    }
    if quantity > *from {
        return Err(err(*from));
    }
    *from = from.minus(quantity);
    if let Some(to) = to {
        *to = to.plus(quantity);
    }
    Ok(())
}

impl Order {
    /// Where it is.
    pub fn state(&self) -> OutState {
        if self.cancelled.is_some() {
            return OutState::Cancelled;
        }
        let any = |of: fn(&OutLine) -> Quantity| self.lines.iter().any(|line| of(line) > Quantity::ZERO);
        let (allocated, picked, packed) = (any(|l| l.allocated), any(|l| l.picked), any(|l| l.packed));
        match (allocated, picked, packed) {
            (false, false, false) if any(|line| line.shipped) => OutState::Shipped,
            (false, false, false) => OutState::Open,
            (true, false, false) => OutState::Allocated,
            (true, _, _) => OutState::Picking,
            (false, true, _) => OutState::Picked,
            (false, false, true) => OutState::Packed,
        }
    }

    fn line(&mut self, line: usize) -> Result<&mut OutLine, OutRefusal> {
        let state = self.state();
        if state.is_over() {
            return Err(OutRefusal::State(state));
        }
        self.lines.get_mut(line).ok_or(OutRefusal::Line)
    }

    /// Promises goods to a line: no more than it is short of.
    pub fn allocate(&mut self, line: usize, quantity: Quantity) -> Result<(), OutRefusal> {
        let own = self.line(line)?;
        let mut open = own.open();
        carry(&mut open, Some(&mut own.allocated), quantity, OutRefusal::NotOpen)
    }

    /// Takes a promise back.
    pub fn release(&mut self, line: usize, quantity: Quantity) -> Result<(), OutRefusal> {
        let own = self.line(line)?;
        carry(&mut own.allocated, None, quantity, OutRefusal::NotAllocated)
    }

    /// Takes promised goods from the shelf.
    pub fn pick(&mut self, line: usize, quantity: Quantity) -> Result<OutState, OutRefusal> {
        let own = self.line(line)?;
        carry(&mut own.allocated, Some(&mut own.picked), quantity, OutRefusal::NotAllocated)?;
        Ok(self.state())
    }

    /// A pick was wrong: the goods stand on the shelf again, and stay promised.
    pub fn unpick(&mut self, line: usize, quantity: Quantity) -> Result<(), OutRefusal> {
        let own = self.line(line)?;
        carry(&mut own.picked, Some(&mut own.allocated), quantity, OutRefusal::NotPicked)
    }

    /// Picked goods go back to a shelf and are promised no longer.
    pub fn put_back(&mut self, line: usize, quantity: Quantity) -> Result<(), OutRefusal> {
        let own = self.line(line)?;
        carry(&mut own.picked, None, quantity, OutRefusal::NotPicked)
    }

    /// Puts picked goods into a parcel.
    pub fn pack(&mut self, line: usize, quantity: Quantity) -> Result<OutState, OutRefusal> {
        let own = self.line(line)?;
        carry(&mut own.picked, Some(&mut own.packed), quantity, OutRefusal::NotPicked)?;
        Ok(self.state())
    }

    /// Takes goods out of a parcel.
    pub fn unpack(&mut self, line: usize, quantity: Quantity) -> Result<(), OutRefusal> {
        let own = self.line(line)?;
        carry(&mut own.packed, Some(&mut own.picked), quantity, OutRefusal::NotPacked)
    }

    /// All that is packed leaves. What is not there is dropped from this order; with [`Rest::Backorder`] it is to become an order of its
    /// own, so much of each line.
    pub fn ship(&mut self, rest: Rest) -> Result<Vec<Quantity>, OutRefusal> {
        match self.state() {
            OutState::Packed => {}
            OutState::Open => return Err(OutRefusal::Empty),
            state if state.is_over() => return Err(OutRefusal::State(state)),
            _ => {
                let unpacked = self.lines.iter().map(|line| line.allocated.plus(line.picked)).sum();
                return Err(OutRefusal::Unpacked(unpacked));
            }
        }
        let mut again = Vec::with_capacity(self.lines.len());
        for line in &mut self.lines {
            let open = line.open();
            line.shipped = line.shipped.plus(line.packed);
            line.packed = Quantity::ZERO;
            line.dropped = line.dropped.plus(open);
            again.push(if rest == Rest::Backorder { open } else { Quantity::ZERO });
        }
        Ok(again)
    }

    /// It will not go: all that was promised is free again, what was picked is to be put back.
    pub fn cancel(&mut self, by: &Actor, at: Timestamp, why: Option<String>) -> Result<(), OutRefusal> {
        if by.role < Role::Manager {
            return Err(OutRefusal::Role);
        }
        let state = self.state();
        if state.is_over() {
            return Err(OutRefusal::State(state));
        }
        for line in &mut self.lines {
            line.dropped = line.dropped.plus(line.open()).plus(line.promised());
            (line.allocated, line.picked, line.packed) = (Quantity::ZERO, Quantity::ZERO, Quantity::ZERO);
        }
        self.cancelled = Some(Ruling { at, by: by.name.clone(), why });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn order(ordered: &[i64]) -> Order {
        let line = |units: &i64| OutLine { ordered: Quantity::of(*units), ..OutLine::default() };
        Order { lines: ordered.iter().map(line).collect(), cancelled: None }
    }

    fn manager() -> Actor {
        Actor { name: "Wang".into(), role: Role::Manager }
    }

    #[test]
    fn an_order_goes_from_open_to_shipped_and_leaves_a_backorder() {
        let (mut one, q) = (order(&[10, 4]), Quantity::of);
        assert_eq!(one.ship(Rest::Backorder), Err(OutRefusal::Empty));
        assert_eq!(one.allocate(0, q(11)), Err(OutRefusal::NotOpen(q(10))));
        one.allocate(0, q(7)).unwrap();
        assert_eq!(one.state(), OutState::Allocated);
        assert_eq!(one.pick(0, q(8)), Err(OutRefusal::NotAllocated(q(7))));
        assert_eq!(one.pick(0, q(3)), Ok(OutState::Picking));
        assert_eq!(one.pack(0, q(3)), Ok(OutState::Picking));
        assert_eq!(one.ship(Rest::GiveUp), Err(OutRefusal::Unpacked(q(4))));
        assert_eq!(one.pick(0, q(4)), Ok(OutState::Picked));
        one.put_back(0, q(1)).unwrap();
        assert_eq!(one.lines[0].open(), q(4));
        assert_eq!(one.pack(0, q(3)), Ok(OutState::Packed));
        assert_eq!(one.ship(Rest::Backorder), Ok(vec![q(4), q(4)]));
        assert_eq!(one.state(), OutState::Shipped);
        assert_eq!(one.pick(0, q(1)), Err(OutRefusal::State(OutState::Shipped)));
        assert_eq!(one.cancel(&manager(), Timestamp(1), None), Err(OutRefusal::State(OutState::Shipped)));
    }

    #[test]
    fn an_operator_does_not_cancel() {
        let operator = Actor { name: "Li".into(), role: Role::Operator };
        let mut one = order(&[1]);
        assert_eq!(one.cancel(&operator, Timestamp(1), None), Err(OutRefusal::Role));
        one.cancel(&manager(), Timestamp(1), None).unwrap();
        assert_eq!((one.state(), one.lines[0].dropped), (OutState::Cancelled, Quantity::of(1)));
    }

    proptest! {
        /// Units with names, each in one heap: whatever steps are taken or refused, the line counts its units as a person would who
        /// carries them one by one.
        #[test]
        fn the_machine_agrees_with_units_carried_one_by_one(
            ordered in prop::collection::vec(1i64..9, 1..3),
            steps in prop::collection::vec((0u8..9, 0usize..3, 0i64..6), 0..40),
        ) {
            let mut one = order(&ordered);
            // Heaps: 0 open, 1 promised, 2 picked, 3 packed, 4 shipped, 5 dropped.
            let mut units: Vec<Vec<u8>> = ordered.iter().map(|n| vec![0; *n as usize]).collect();
            for (what, line, n) in steps {
                let quantity = Quantity::of(n);
                let (from, to, done) = match what {
                    0 => (0, 1, one.allocate(line, quantity).is_ok()),
                    1 => (1, 0, one.release(line, quantity).is_ok()),
                    2 => (1, 2, one.pick(line, quantity).is_ok()),
                    3 => (2, 1, one.unpick(line, quantity).is_ok()),
                    4 => (2, 0, one.put_back(line, quantity).is_ok()),
                    5 => (2, 3, one.pack(line, quantity).is_ok()),
                    6 => (3, 2, one.unpack(line, quantity).is_ok()),
                    7 => {
                        let rest = if n % 2 == 0 { Rest::Backorder } else { Rest::GiveUp };
                        if let Ok(again) = one.ship(rest) {
                            for (own, again) in units.iter_mut().zip(again) {
                                let open = own.iter().filter(|heap| **heap == 0).count() as i64;
                                prop_assert_eq!(again, if rest == Rest::Backorder { Quantity::of(open) } else { Quantity::ZERO });
                                prop_assert!(!own.contains(&1) && !own.contains(&2));
                                own.iter_mut().for_each(|heap| *heap = match *heap { 3 => 4, 0 => 5, other => other });
                            }
                        }
                        continue;
                    }
                    _ => {
                        if n == 5 && one.cancel(&manager(), Timestamp(1), None).is_ok() {
                            units.iter_mut().flatten().for_each(|heap| *heap = 5);
                        }
                        continue;
                    }
                };
                let own = units.get_mut(line).filter(|_| n > 0 || done);
                let there = own.as_ref().map_or(0, |own| own.iter().filter(|heap| **heap == from).count() as i64);
                if done {
                    prop_assert!(n > 0 && n <= there);
                    let mut left = n;
                    for heap in own.into_iter().flatten().filter(|heap| **heap == from) {
                        if left > 0 {
                            *heap = to;
                            left -= 1;
                        }
                    }
                } else {
                    prop_assert!(n == 0 || n > there || line >= ordered.len());
                }
                for (own, line) in units.iter().zip(&one.lines) {
                    let heap = |which: u8| Quantity::of(own.iter().filter(|heap| **heap == which).count() as i64);
                    prop_assert_eq!(line.open(), heap(0));
                    prop_assert_eq!([line.allocated, line.picked, line.packed], [heap(1), heap(2), heap(3)]);
                    prop_assert_eq!([line.shipped, line.dropped], [heap(4), heap(5)]);
                }
            }
        }
    }
}
