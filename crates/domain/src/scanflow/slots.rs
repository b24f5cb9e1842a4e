//! What a list of things said comes to.

use super::{Agreement, Goods, LotSaid, Said, Task, UnitSaid};
use units::{BinId, ItemId, Quantity};

/// What is known of one booking so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    /// The bin goods are taken from or counted in; of what is received or put away, the bin they go to.
    pub bin: Option<BinId>,
    /// The bin they are moved to.
    pub to: Option<BinId>,
    /// The item.
    pub item: Option<ItemId>,
    /// Its lot.
    pub lot: Option<LotSaid>,
    /// It was said to have none.
    pub no_lot: bool,
    /// Serial numbers, each once.
    pub serials: Vec<String>,
    /// The handling unit.
    pub unit: Option<UnitSaid>,
    /// How many so far.
    pub quantity: Quantity,
    /// A number was said, not only counted by scans.
    pub typed: bool,
    /// The bin was said before the goods: it stays for the next.
    pub bin_first: bool,
    /// The bin was said after the goods, which ends what is received, put away or picked.
    pub bin_last: bool,
    /// To be booked as soon as nothing is missing.
    pub go: bool,
    /// Questions that were answered with yes.
    pub agreed: Vec<Agreement>,
    task: Option<Task>,
}

impl Slots {
    pub(super) fn of(task: Task, said: &[Said]) -> Self {
        let mut slots = Slots { task: Some(task), ..Slots::default() };
        for one in said {
            slots.add(task, one);
        }
        slots
    }

    fn add(&mut self, task: Task, said: &Said) {
        match said {
            Said::Bin(bin) => self.bin(task, *bin),
            Said::Goods(goods) => self.goods(goods),
            Said::Unit(unit) => {
                // What is picked from a unit is picked where it stands, what is received into one goes there.
                if matches!(task, Task::Pick | Task::Receive) && self.bin.is_none() {
                    self.bin = unit.bin;
                    self.bin_first = unit.bin.is_some() && self.item.is_none();
                }
                self.unit = Some(unit.clone());
            }
            Said::Quantity(quantity) => {
                self.quantity = *quantity;
                self.typed = true;
            }
            Said::Lot(lot) => self.lot = Some(lot.clone()),
            Said::NoLot => self.no_lot = true,
            Said::Go => self.go = true,
            Said::Agreed(what) => self.agreed.push(what.clone()),
        }
    }

    fn bin(&mut self, task: Task, bin: BinId) {
        if !self.has_goods() {
            self.bin = Some(bin);
            self.bin_first = true;
            return;
        }
        if task == Task::Move {
            // A unit knows where it stands: its own bin says so once more, any other is where it goes.
            let source = match &self.unit {
                Some(unit) => unit.bin == Some(bin),
                None => true,
            };
            if self.bin.is_none() && source {
                self.bin = Some(bin);
            } else {
                self.to = Some(bin);
            }
            return;
        }
        self.bin = Some(bin);
        self.bin_last = true;
    }

    fn goods(&mut self, goods: &Goods) {
        let first = self.item.is_none();
        self.item = Some(goods.item);
        if let Some(lot) = &goods.lot {
            // A label that says the last day says more than one that does not.
            let known = self.lot.as_ref().and_then(|said| said.expiry);
            self.lot = Some(LotSaid { expiry: lot.expiry.or(known), ..lot.clone() });
        }
        if let Some(serial) = &goods.serial {
            self.serials.push(serial.clone());
        }
        // A number said before the goods is theirs.
        if !(first && self.typed) {
            self.quantity = self.quantity.plus(goods.quantity.unwrap_or(Quantity::ONE));
        }
    }

    /// An item or a whole unit is known.
    pub fn has_goods(&self) -> bool {
        self.item.is_some() || self.whole()
    }

    /// A unit is handled as a whole.
    pub fn whole(&self) -> bool {
        self.unit.is_some() && matches!(self.task, Some(Task::Move | Task::PutAway))
    }

    pub(super) fn empty_but_bin(&self) -> bool {
        self.item.is_none() && self.unit.is_none() && !self.typed
    }

    /// Whoever said the last thing meant it to be booked.
    pub(super) fn meant(&self) -> bool {
        let all = self.has_goods() && self.bin.is_some();
        self.go
            || match self.task {
                Some(Task::Move) => self.to.is_some(),
                Some(Task::Count) => all && self.typed,
                Some(Task::PutAway) if self.whole() => all,
                _ => all && (self.typed || self.bin_last),
            }
    }
}
