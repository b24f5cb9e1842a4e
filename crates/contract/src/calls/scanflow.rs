//! Tasks done with a scanner: one input at a time. How far a task is travels in the call, so that a restart loses nothing.

use super::BookedRow;
use super::listener::ScanRow;
use super::scan::ScanFault;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{BinId, Day, HandlingUnitId, ItemId, LotId, MovementId, Quantity, Timestamp};

/// One input of a task that is done with a scanner: what is accepted, what is wrong, what is wanted next; what is complete is booked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScanStep {
    /// How far the task is: as the last reply gave it, or a new one.
    pub flow: ScanFlow,
    /// What a person did.
    pub input: ScanInput,
    /// The client's own name for this input, the same if it tries again: what is booked under it is booked once. Empty: none.
    #[serde(default)]
    pub key: String,
}

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScanInput {
    /// Nothing: only what is wanted is asked for.
    Look,
    /// A scanner read a code; its symbology identifier first, where there was one.
    Scan(String),
    /// Typed by hand: a number of up to six digits is a quantity, anything else a code.
    Typed(String),
    /// All that stands there.
    All,
    /// Yes; that's it.
    Enter,
    /// Takes the last scan back.
    Undo,
    /// Forgets everything.
    Cancel,
    /// The answer at this place, from 0.
    Choose(u32),
}

/// A task, and what was said in it. A new one has a task and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScanFlow {
    /// `receive`, `put-away`, `move`, `pick`, `count`.
    pub task: String,
    /// Where goods are received, and put away from; `None`: the bin `RECEIVING`, or that of what nobody said the place of.
    pub home: Option<BinId>,
    /// The shipment or order it is done for.
    pub document: Option<ScanDocument>,
    /// What was said, in its order.
    pub said: Vec<ScanSaid>,
    /// What waits for an answer.
    pub asked: Option<ScanAsked>,
    /// What was booked last, while it can be taken back from here.
    pub booked: Vec<MovementId>,
}

/// A shipment or an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanDocument {
    /// `inbound`, `outbound`.
    pub kind: String,
    /// Its row.
    pub id: i64,
    /// Its number.
    pub number: String,
}

/// A lot as a label says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanLot {
    /// Its row, where it is known.
    pub id: Option<LotId>,
    /// Its code.
    pub code: String,
    /// The last day on the label.
    pub expiry: Option<Day>,
}

/// Units of an item, as a code says them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanGoods {
    /// The item.
    pub item: ItemId,
    /// The lot.
    pub lot: Option<ScanLot>,
    /// The serial number.
    pub serial: Option<String>,
    /// How many the code says.
    pub quantity: Option<Quantity>,
    /// The code is a lot's alone.
    pub lot_only: bool,
}

/// A handling unit, as its label says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanUnit {
    /// Its row; `None`: it is new.
    pub id: Option<HandlingUnitId>,
    /// Its code.
    pub code: String,
    /// Where it stands.
    pub bin: Option<BinId>,
    /// Something is in it.
    pub filled: bool,
}

/// One thing that was said and accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScanSaid {
    /// A bin.
    Bin(BinId),
    /// Units of an item.
    Goods(ScanGoods),
    /// A handling unit.
    Unit(ScanUnit),
    /// How many.
    Quantity(Quantity),
    /// Which lot.
    Lot(ScanLot),
    /// They have no lot.
    NoLot,
    /// To be booked as soon as nothing is missing.
    Go,
    /// Yes to a question.
    Agreed(ScanAgreement),
}

/// What a code may stand for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScanMeans {
    /// A bin.
    Bin(BinId),
    /// Units of an item.
    Goods(ScanGoods),
    /// A handling unit.
    Unit(ScanUnit),
    /// A shipment or an order.
    Document(i64),
}

/// What a person may agree to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScanAgreement {
    /// Another lot expires earlier.
    Earlier {
        /// Which.
        lot: LotId,
        /// Where.
        bin: BinId,
    },
    /// More than was expected.
    Over {
        /// What was.
        open: Quantity,
    },
    /// It was not expected.
    Unexpected,
}

/// A question that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScanAsked {
    /// Which of these the code means.
    Which(Vec<ScanMeans>),
    /// Which of these lots.
    Lot(Vec<LotId>),
    /// Book it all the same?
    Agree(ScanAgreement),
    /// Take the last booking back?
    TakeBack(MovementId),
}

/// What came of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanStepped {
    /// How far the task is now.
    pub flow: ScanFlow,
    /// `accepted`, `done`, `wrong`, `ask`.
    pub feedback: String,
    /// What exactly, in a word, and the codes, names and numbers it is about.
    pub told: ScanTold,
    /// What is wanted next: `goods-or-bin`, `goods`, `bin`, `target`, `lot`, `confirm`, `answer`.
    pub want: String,
    /// What is known so far, by its codes.
    pub card: ScanCard,
    /// Answers to choose from, the first with 1.
    pub choices: Vec<ScanChoice>,
    /// What is left of the shipment or order.
    pub lines: Vec<ScanLine>,
    /// Bins to go to, the best first.
    pub hints: Vec<ScanHint>,
    /// What was booked.
    pub booked: Option<BookedRow>,
    /// What is wrong with the code itself.
    pub fault: Option<ScanFault>,
}

/// What a person is told, as a code with its parts; the screen has the sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanTold {
    /// `Bin`, `Goods`, `Unit`, `Document`, `Quantity`, `Lot`, `Undone`, `Cancelled`, `Looked`; `Received`, `PutAway`, `Moved`, `Picked`,
    /// `Counted`, `Recount`, `TakenBack`; `Which`, `WhichLot`, `Earlier`, `Over`, `Unexpected`, `TakeBack`; what is wrong as
    /// `domain::scanflow::Wrong` has it, `Faulty`, `Misread`, or `Refused` with the store's own sentence.
    pub code: String,
    /// Its parts in the order of its sentence.
    pub parts: Vec<String>,
}

/// What is known so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanCard {
    /// The bin goods are taken from or counted in, or are received or put away in.
    pub bin: Option<String>,
    /// The bin they go to.
    pub to: Option<String>,
    /// The item's code.
    pub sku: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its unit of measure.
    pub unit_of_measure: Option<String>,
    /// The lot.
    pub lot: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// Serial numbers.
    pub serials: Vec<String>,
    /// The handling unit.
    pub unit: Option<String>,
    /// What is in it, if it is handled as a whole.
    pub contents: Vec<ScanLine>,
    /// How many so far.
    pub quantity: Option<Quantity>,
    /// What stands where they are taken from; of a count nobody is told.
    pub there: Option<Quantity>,
    /// The shipment's or order's number.
    pub document: Option<String>,
}

/// An answer to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanChoice {
    /// `bin`, `goods`, `unit`, `document`, `lot`.
    pub kind: String,
    /// Its code.
    pub code: String,
    /// Its name, last day, or where it stands.
    pub name: String,
    /// The last day, of a lot.
    pub expiry: Option<Day>,
    /// How much there is of it.
    pub quantity: Option<Quantity>,
}

/// So much of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanLine {
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The lot, where it is said.
    pub lot: Option<String>,
    /// The bin it is promised from.
    pub bin: Option<String>,
    /// How much is left.
    pub quantity: Quantity,
}

/// A bin to go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanHint {
    /// Its code.
    pub bin: String,
    /// What stands there of the item.
    pub quantity: Quantity,
}

/// Waits for codes that scanners on lines read, some seconds at most: a screen hears of a scan at once, and asks again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AwaitScans {
    /// The number of the last one known; 0: none, and the reply says which was the last so far.
    pub after: u64,
}

/// Codes that scanners read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScansHeard {
    /// The number of the last.
    pub last: u64,
    /// Those behind the number that was named, oldest first; none where the time was up.
    pub scans: Vec<ScanRow>,
}

/// Handling units whose code holds a text, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListUnits {
    /// Part of the code; empty: all.
    pub text: String,
    /// Only those this item is in.
    pub item: Option<ItemId>,
    /// At most so many.
    pub limit: u32,
}

/// A handling unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRow {
    /// Its row.
    pub id: HandlingUnitId,
    /// Its code.
    pub code: String,
    /// Where it stands, or stood last.
    pub bin: BinId,
    /// That bin's code.
    pub bin_code: String,
    /// `filled`, `empty`, `shipped`.
    pub state: String,
    /// When it was first filled.
    pub at: Timestamp,
    /// What is in it.
    pub contents: Vec<UnitContentRow>,
}

/// So much of an item in a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitContentRow {
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its lot.
    pub lot_code: Option<String>,
    /// The lot's last day.
    pub expiry: Option<Day>,
    /// How much.
    pub quantity: Quantity,
}

/// Moves a handling unit with all that is in it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MoveUnit {
    /// Which.
    pub unit: HandlingUnitId,
    /// To the bin of this code.
    pub to: String,
    /// Why.
    pub why: String,
}

/// The serial numbers of an item, what is here first; or those of a code, of whichever item; or all.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListSerials {
    /// Of this item.
    pub item: Option<ItemId>,
    /// Of this code; used where no item is named. Empty: all.
    pub code: String,
    /// At most so many.
    pub limit: u32,
}

/// A serial number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SerialRow {
    /// Of which item.
    pub item: ItemId,
    /// The item's code.
    pub sku: String,
    /// The item's name.
    pub name: String,
    /// The number.
    pub code: String,
    /// `here`, `picked`, `shipped`, `gone`, `taken-back`.
    pub state: String,
    /// Where it is, or was last.
    pub bin: Option<String>,
    /// Of which lot it is.
    pub lot_code: Option<String>,
    /// The handling unit it is in.
    pub unit_code: Option<String>,
    /// The day of its last movement.
    pub day: Option<Day>,
    /// The paper of that movement.
    pub source: Option<String>,
}

json_reply!(ScanStepped, ScansHeard, Vec<UnitRow>, Vec<SerialRow>);
