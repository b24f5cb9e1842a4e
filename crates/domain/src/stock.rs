//! Stock as a ledger: lots, bins, movements with two sides, and what follows from their sums.
//!
//! A [`Movement`] takes a quantity of one item (and lot) from one [`Side`] and puts it on another. A side is a place (a bin,
//! or a place outside such as the supplier) and, in a bin, the [`Standing`] of what lies there: free, allocated, picked, held,
//! … Each unit stands on exactly one side, so no sum can count it twice, and [`Figures`] are sums of the ledger at any day
//! ([`ledger`]). Movements are never changed or removed: what was wrong is put right by another movement. What is
//! promised to whom follows from [`allocation`] (first expired, first out), what it is worth from [`valuation`]. Does not know tables, clocks or files. Tests: `src/stock/tests.rs`.

pub mod allocation;
pub mod ledger;
pub mod valuation;

#[cfg(test)]
mod tests;

pub use allocation::{Allocation, Candidate, Pick, allocate};
pub use ledger::{AsOf, Balances, Figures, balances, figures, levels};
pub use valuation::{CostLine, Valuation, fifo, moving_average};

use units::{BinId, Day, ImportId, ItemId, LotId, Money, MovementId, Quantity, Timestamp, ZoneId};

/// What people decided of a lot. That it is past its day follows from the day, not from this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LotStatus {
    /// For sale.
    #[default]
    Available,
    /// Not to be moved out until somebody releases it.
    Held,
    /// Put apart until it was examined.
    Quarantined,
    /// Past use, whatever its date says.
    Expired,
}

impl LotStatus {
    /// All of them.
    pub const ALL: [LotStatus; 4] =
        [LotStatus::Available, LotStatus::Held, LotStatus::Quarantined, LotStatus::Expired];

    /// Its word in files and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            LotStatus::Available => "available",
            LotStatus::Held => "held",
            LotStatus::Quarantined => "quarantined",
            LotStatus::Expired => "expired",
        }
    }

    /// The status of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }

    /// How units of such a lot stand in a bin when nobody has a claim on them.
    pub const fn standing(self) -> Standing {
        match self {
            LotStatus::Available => Standing::Free,
            LotStatus::Held => Standing::Held,
            LotStatus::Quarantined => Standing::Quarantined,
            LotStatus::Expired => Standing::Expired,
        }
    }
}

/// A lot (batch) of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lot {
    /// Its row; 0 before it is stored.
    pub id: LotId,
    /// Of which item.
    pub item: ItemId,
    /// Its code, as on the box.
    pub code: String,
    /// The last day it may be used.
    pub expiry: Option<Day>,
    /// What people decided.
    pub status: LotStatus,
}

/// How cold a place keeps what lies in it, or an item wants to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TemperatureClass {
    /// As the weather has it.
    Ambient,
    /// 15 to 25 °C.
    Controlled,
    /// 8 to 15 °C.
    Cool,
    /// 2 to 8 °C.
    Chilled,
    /// −25 to −15 °C.
    Frozen,
    /// Below −60 °C.
    DeepFrozen,
}

impl TemperatureClass {
    /// All of them, the warmest first.
    pub const ALL: [TemperatureClass; 6] = [
        TemperatureClass::Ambient,
        TemperatureClass::Controlled,
        TemperatureClass::Cool,
        TemperatureClass::Chilled,
        TemperatureClass::Frozen,
        TemperatureClass::DeepFrozen,
    ];

    /// Its word in files and on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            TemperatureClass::Ambient => "ambient",
            TemperatureClass::Controlled => "controlled",
            TemperatureClass::Cool => "cool",
            TemperatureClass::Chilled => "chilled",
            TemperatureClass::Frozen => "frozen",
            TemperatureClass::DeepFrozen => "deep-frozen",
        }
    }

    /// The class of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }
}

/// What a bin holds at most, as far as told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// Units of whatever lies there.
    pub units: Option<Quantity>,
    /// Volume, ml.
    pub volume_ml: Option<i64>,
    /// Weight, g.
    pub weight_grams: Option<i64>,
    /// Handling units: pallets, cases.
    pub handling_units: Option<i64>,
}

/// Where a bin is: its middle in plan, from the warehouse's corner, and its level above the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Along, mm.
    pub x_mm: i64,
    /// Across, mm.
    pub y_mm: i64,
    /// 1 is the floor.
    pub level: i32,
}

/// A bin: the smallest place of the warehouse that stock is booked in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// Its row; 0 before it is stored.
    pub id: BinId,
    /// The warehouse it is in, by name; empty where nobody said which. The code is unique within it.
    pub warehouse: String,
    /// Its code, as on the rack.
    pub code: String,
    /// What else it is known by: the number on its label.
    pub number: Option<String>,
    /// The zone it is in, where one is known.
    pub zone: Option<ZoneId>,
    /// What it holds at most.
    pub capacity: Capacity,
    /// How cold it is kept.
    pub temperature: Option<TemperatureClass>,
    /// Where it is, where somebody measured it.
    pub spot: Option<Spot>,
    /// Its turn on a picking walk.
    pub pick_order: Option<i64>,
}

/// The bin of what nobody said the place of.
pub const DEFAULT_BIN: BinId = BinId(1);

/// Where stock is, or came from, or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the warehouse.
    Bin(BinId),
    /// At a supplier, nothing agreed.
    Supplier,
    /// Ordered from a supplier, not yet here.
    Inbound,
    /// On the way between two sites.
    Transit,
    /// With a customer.
    Customer,
    /// Nowhere: the other side of a count or a correction.
    Adjustment,
    /// Gone: damaged, expired, lost.
    Loss,
}

/// How what lies in a bin stands. Every unit has one standing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Nobody has a claim on it. (Outside of bins there is only this.)
    #[default]
    Free,
    /// Promised to an order.
    Allocated,
    /// Taken from the shelf for an order.
    Picked,
    /// Held back.
    Held,
    /// Put apart until examined.
    Quarantined,
    /// Put apart as past use.
    Expired,
}

impl Standing {
    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Standing::Free => "free",
            Standing::Allocated => "allocated",
            Standing::Picked => "picked",
            Standing::Held => "held",
            Standing::Quarantined => "quarantined",
            Standing::Expired => "expired",
        }
    }
}

/// One side of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Side {
    /// Where.
    pub place: Place,
    /// How it stands there.
    pub standing: Standing,
}

impl Side {
    /// A place outside of the warehouse.
    pub const fn outside(place: Place) -> Self {
        Self { place, standing: Standing::Free }
    }

    /// Units in a bin.
    pub const fn bin(bin: BinId, standing: Standing) -> Self {
        Self { place: Place::Bin(bin), standing }
    }

    /// Whether what stands here is on hand.
    pub const fn on_hand(self) -> bool {
        matches!(self.place, Place::Bin(_))
    }
}

/// Where a quantity stands: the key of every balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StockPosition {
    /// The item.
    pub item: ItemId,
    /// Its lot, where one is known.
    pub lot: Option<LotId>,
    /// Place and standing.
    pub side: Side,
}

/// What kind of event moved stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MovementKind {
    /// A file said what is there.
    Import,
    /// A person counted.
    Count,
    /// Goods came in.
    Receipt,
    /// Goods went out.
    Issue,
    /// What an older site knew when its ledger began.
    Opening,
    /// Ordered from a supplier.
    Order,
    /// From one bin to another.
    Move,
    /// Promised to an order, or freed again.
    Allocate,
    /// Taken from the shelf for an order.
    Pick,
    /// Held back, or released.
    Hold,
    /// Corrected by a person.
    Correct,
    /// Came back from a customer.
    Return,
    /// Takes back another movement.
    Reverse,
}

impl MovementKind {
    /// All of them.
    pub const ALL: [MovementKind; 13] = [
        MovementKind::Import,
        MovementKind::Count,
        MovementKind::Receipt,
        MovementKind::Issue,
        MovementKind::Opening,
        MovementKind::Order,
        MovementKind::Move,
        MovementKind::Allocate,
        MovementKind::Pick,
        MovementKind::Hold,
        MovementKind::Correct,
        MovementKind::Return,
        MovementKind::Reverse,
    ];

    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            MovementKind::Import => "import",
            MovementKind::Count => "count",
            MovementKind::Receipt => "receipt",
            MovementKind::Issue => "issue",
            MovementKind::Opening => "opening",
            MovementKind::Order => "order",
            MovementKind::Move => "move",
            MovementKind::Allocate => "allocate",
            MovementKind::Pick => "pick",
            MovementKind::Hold => "hold",
            MovementKind::Correct => "correct",
            MovementKind::Return => "return",
            MovementKind::Reverse => "reverse",
        }
    }
}

/// Why a person changed what the ledger says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonCode {
    /// The shelf was counted.
    Counted,
    /// Found where the ledger knew nothing.
    Found,
    /// Not where the ledger has it.
    Missing,
    /// Broken or spoilt.
    Damaged,
    /// Past its day.
    Expired,
    /// Stolen.
    Stolen,
    /// Taken as a sample or for own use.
    Used,
    /// Booked wrongly before.
    WrongEntry,
    /// Quality is in doubt.
    QualityDoubt,
    /// Recalled by the maker or an authority.
    Recall,
    /// Examined and found good.
    Cleared,
    /// An import was undone.
    Undone,
}

impl ReasonCode {
    /// All of them.
    pub const ALL: [ReasonCode; 12] = [
        ReasonCode::Counted,
        ReasonCode::Found,
        ReasonCode::Missing,
        ReasonCode::Damaged,
        ReasonCode::Expired,
        ReasonCode::Stolen,
        ReasonCode::Used,
        ReasonCode::WrongEntry,
        ReasonCode::QualityDoubt,
        ReasonCode::Recall,
        ReasonCode::Cleared,
        ReasonCode::Undone,
    ];

    /// Its word on the wire and the command line.
    pub const fn word(self) -> &'static str {
        match self {
            ReasonCode::Counted => "counted",
            ReasonCode::Found => "found",
            ReasonCode::Missing => "missing",
            ReasonCode::Damaged => "damaged",
            ReasonCode::Expired => "expired",
            ReasonCode::Stolen => "stolen",
            ReasonCode::Used => "used",
            ReasonCode::WrongEntry => "wrong-entry",
            ReasonCode::QualityDoubt => "quality-doubt",
            ReasonCode::Recall => "recall",
            ReasonCode::Cleared => "cleared",
            ReasonCode::Undone => "undone",
        }
    }

    /// The reason of a word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }

    /// The other side of a correction for this reason: what is damaged is a loss, what was counted wrong never was.
    pub const fn other_side(self) -> Place {
        match self {
            ReasonCode::Damaged
            | ReasonCode::Expired
            | ReasonCode::Stolen
            | ReasonCode::Used
            | ReasonCode::Missing => Place::Loss,
            _ => Place::Adjustment,
        }
    }
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Its row; 0 before it is stored.
    pub id: MovementId,
    /// When it was booked.
    pub booked_at: Timestamp,
    /// The day it took effect: before the day of booking, it is back-dated.
    pub day: Day,
    /// Of what.
    pub item: ItemId,
    /// Of which lot.
    pub lot: Option<LotId>,
    /// From where.
    pub from: Side,
    /// To where.
    pub to: Side,
    /// How much: above zero.
    pub quantity: Quantity,
    /// What kind of event it was.
    pub kind: MovementKind,
    /// Why, where a person said so.
    pub reason: Option<ReasonCode>,
    /// What a unit cost, where goods came in and somebody said so.
    pub unit_cost: Option<Money>,
    /// The paper behind it: an order's, a delivery note's number.
    pub source: Option<String>,
    /// To or from whom: a supplier's or a customer's code.
    pub party: Option<String>,
    /// The import it came from.
    pub import: Option<ImportId>,
    /// The movement it takes back.
    pub reverses: Option<MovementId>,
    /// Who booked it.
    pub by: String,
}

/// Why a movement is not booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing moves.
    #[error("the quantity must be above zero")]
    Quantity,
    /// From and to are one.
    #[error("it comes from where it goes to")]
    SameSide,
    /// Outside of bins nothing is allocated, picked or held.
    #[error("only what lies in a bin can be allocated, picked or held")]
    Standing,
    /// The period is closed.
    #[error(
        "the books are closed up to {lock}, and this took effect on {day}; give a later day, or have an administrator open the period"
    )]
    Locked {
        /// The day it was to take effect.
        day: Day,
        /// The last day of the closed period.
        lock: Day,
    },
}

impl Movement {
    /// Whether it may be booked while everything up to `lock` is closed.
    pub fn admit(&self, lock: Option<Day>) -> Result<(), Refusal> {
        if self.quantity.0 <= 0 {
            return Err(Refusal::Quantity);
        }
        if self.from == self.to {
            return Err(Refusal::SameSide);
        }
        if [self.from, self.to].iter().any(|side| !side.on_hand() && side.standing != Standing::Free) {
            return Err(Refusal::Standing);
        }
        match lock {
            Some(lock) if self.day <= lock => Err(Refusal::Locked { day: self.day, lock }),
            _ => Ok(()),
        }
    }

    /// The movement that takes this one back on a day. It goes the other way; the lines of both stay.
    pub fn reversed(&self, booked_at: Timestamp, day: Day, reason: ReasonCode, by: &str) -> Self {
        Self {
            id: MovementId(0),
            booked_at,
            day,
            from: self.to,
            to: self.from,
            kind: MovementKind::Reverse,
            reason: Some(reason),
            reverses: Some(self.id),
            by: by.to_owned(),
            ..self.clone()
        }
    }

    /// By how much it changes what is on hand.
    pub fn on_hand_change(&self) -> Quantity {
        match (self.from.on_hand(), self.to.on_hand()) {
            (false, true) => self.quantity,
            (true, false) => Quantity::ZERO.minus(self.quantity),
            _ => Quantity::ZERO,
        }
    }

    /// Booked on a later day than it took effect.
    pub fn back_dated(&self, booked_on: Day) -> bool {
        self.day < booked_on
    }
}
