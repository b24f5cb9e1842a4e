//! Sums of the ledger: what stands where, and the figures that follow, on any day.
//!
//! Movements in any order, out come [`Balances`]; balances in, out come [`Figures`]. Two clocks are kept apart: the day a
//! movement took effect and the instant it was booked, so that "what was there on Monday" and "what did we believe on
//! Monday was there" are both asked.

use super::{Movement, Place, Standing, StockPosition};
use std::collections::BTreeMap;
use units::{Day, LotId, Quantity, Timestamp};

/// Which movements count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// Those that took effect up to this day, it included.
    pub day: Day,
    /// Of these, those booked up to this instant; `None`: all that are known now.
    pub booked_until: Option<Timestamp>,
}

impl AsOf {
    /// The end of a day, as it is known now.
    pub const fn day(day: Day) -> Self {
        Self { day, booked_until: None }
    }

    /// Whether a movement counts.
    pub fn counts(&self, movement: &Movement) -> bool {
        movement.day <= self.day && self.booked_until.is_none_or(|until| movement.booked_at <= until)
    }
}

/// How much stands where. The places outside are sides too, so all balances of an item add up to zero.
pub type Balances = BTreeMap<StockPosition, Quantity>;

/// What stands where, by the movements that count. Positions with nothing are left out.
pub fn balances<'a>(movements: impl IntoIterator<Item = &'a Movement>, as_of: AsOf) -> Balances {
    let mut balances = Balances::new();
    for movement in movements.into_iter().filter(|movement| as_of.counts(movement)) {
        for (side, change) in
            [(movement.from, Quantity::ZERO.minus(movement.quantity)), (movement.to, movement.quantity)]
        {
            let position = StockPosition { item: movement.item, lot: movement.lot, side };
            let sum = balances.entry(position).or_default();
            *sum = sum.plus(change);
        }
    }
    balances.retain(|_, quantity| *quantity != Quantity::ZERO);
    balances
}

/// What is there of one item, and of what kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// In a bin, however it stands.
    pub on_hand: Quantity,
    /// Promised to orders, picked included.
    pub allocated: Quantity,
    /// Of these, taken from the shelf.
    pub picked: Quantity,
    /// Held back or in quarantine, and not promised.
    pub held: Quantity,
    /// Past its day or put apart as expired, and neither promised nor held.
    pub expired: Quantity,
    /// For sale. Never counted: it is what stands free in bins and is not past its day.
    pub available: Quantity,
    /// Ordered from suppliers, not yet here.
    pub on_order: Quantity,
    /// On the way between sites.
    pub in_transit: Quantity,
}

impl Figures {
    /// What will be for sale once all that is ordered or on the way is here.
    pub fn projected(&self) -> Quantity {
        self.available.plus(self.on_order).plus(self.in_transit)
    }

    /// Adds what stands in one position. `expired`: its lot is past its last day.
    pub fn add(&mut self, side: super::Side, quantity: Quantity, expired: bool) {
        let put = |sum: &mut Quantity| *sum = sum.plus(quantity);
        match side.place {
            Place::Bin(_) => {
                put(&mut self.on_hand);
                match side.standing {
                    Standing::Free if expired => put(&mut self.expired),
                    Standing::Free => put(&mut self.available),
                    Standing::Allocated => put(&mut self.allocated),
                    Standing::Picked => {
                        put(&mut self.allocated);
                        put(&mut self.picked);
                    }
                    Standing::Held | Standing::Quarantined => put(&mut self.held),
                    Standing::Expired => put(&mut self.expired),
                }
            }
            Place::Inbound => put(&mut self.on_order),
            Place::Transit => put(&mut self.in_transit),
            Place::Supplier | Place::Customer | Place::Adjustment | Place::Loss => {}
        }
    }
}

/// The figures of balances (of one item, or of many together) on a day.
pub fn figures(balances: &Balances, expiry: impl Fn(LotId) -> Option<Day>, day: Day) -> Figures {
    let mut figures = Figures::default();
    for (position, quantity) in balances {
        let expired = position.lot.and_then(&expiry).is_some_and(|last| last < day);
        figures.add(position.side, *quantity, expired);
    }
    figures
}

/// What was on hand at the end of each day in `from..=to`, as it is known now.
pub fn levels<'a>(
    movements: impl IntoIterator<Item = &'a Movement>,
    from: Day,
    to: Day,
) -> Vec<(Day, Quantity)> {
    let mut before = Quantity::ZERO;
    let mut changes: BTreeMap<Day, Quantity> = BTreeMap::new();
    for movement in movements {
        let change = movement.on_hand_change();
        if movement.day < from {
            before = before.plus(change);
        } else if movement.day <= to {
            let sum = changes.entry(movement.day).or_default();
            *sum = sum.plus(change);
        }
    }
    let mut level = before;
    (from.0..=to.0)
        .map(|day| {
            level = level.plus(changes.get(&Day(day)).copied().unwrap_or_default());
            (Day(day), level)
        })
        .collect()
}
