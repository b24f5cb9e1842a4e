//! Cycle counts.

use crate::calls::Language;
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{CountLineId, CountPlanId, ItemId, Money, Quantity, Timestamp};

/// Makes a plan of what to count: what is in doubt first, then what was never counted or is overdue, the most valuable first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanCount {
    /// Its name; empty for one made of the day.
    pub name: String,
    /// Days between two counts of a place with an item of class A, B, C; 0 leaves a class out.
    pub every_days: [u16; 3],
    /// What is in doubt (negative, back-dated, in the default bin) comes first, whenever it was counted.
    pub doubts: bool,
    /// Places with less in them are left out, doubts apart.
    pub value_min: Money,
    /// At most so many lines, up to 20,000.
    pub lines_max: u32,
    /// Who counts does not see what the ledger says.
    pub blind: bool,
    /// A difference beyond this share of what the ledger says is counted again, in thousandths.
    pub tolerance_permille: u16,
    /// And beyond this value.
    pub tolerance_value: Money,
}

/// A plan was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountPlanned {
    /// Its number.
    pub id: CountPlanId,
    /// Lines of it.
    pub lines: u64,
    /// Places left out because another plan waits for them.
    pub elsewhere: u64,
}

/// Count plans, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListCounts {
    /// At most so many.
    pub limit: u32,
}

/// A count plan and how far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountPlanRow {
    /// Its number.
    pub id: CountPlanId,
    /// Its name.
    pub name: String,
    /// Who counts does not see what the ledger says.
    pub blind: bool,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Still to be counted.
    pub open: u64,
    /// To be counted again by another person.
    pub recount: u64,
    /// Counted, to be approved.
    pub counted: u64,
    /// In the ledger.
    pub booked: u64,
    /// Not believed.
    pub rejected: u64,
    /// What the differences found so far are worth.
    pub variance: Money,
}

/// A page of a plan's lines, by bin.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListCountLines {
    /// Which plan.
    pub plan: CountPlanId,
    /// Only `open`, `recount`, `counted`, `booked` or `rejected`; empty for all.
    pub state: String,
    /// Skip so many.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

/// A plan as a sheet to write on: a PDF, by bin, of what still waits to be counted. That of a blind plan says no quantity.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeCountSheet {
    /// Which plan.
    pub plan: CountPlanId,
    /// Its language.
    pub language: Language,
}

/// One person's count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyRow {
    /// What was there.
    pub quantity: Quantity,
    /// What the ledger said at that moment.
    pub book: Quantity,
    /// Who counted.
    pub by: String,
}

/// A line of a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountLineRow {
    /// Its number.
    pub id: CountLineId,
    /// The item.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Unit of measure.
    pub unit: String,
    /// Its lot.
    pub lot: Option<String>,
    /// The bin.
    pub bin: String,
    /// Why it is counted: `negative`, `back-dated`, `default-bin`, `never` or `overdue`.
    pub reason: String,
    /// `open`, `recount`, `counted`, `booked` or `rejected`.
    pub state: String,
    /// What the ledger says now; `None` while a blind count goes on.
    pub book: Option<Quantity>,
    /// The counts so far; none while a blind count goes on.
    pub tallies: Vec<TallyRow>,
    /// The last count less what the ledger said then.
    pub variance: Option<Quantity>,
    /// What that is worth.
    pub variance_value: Option<Money>,
    /// The difference is within the plan's tolerance; false before anybody counted and while it is hidden.
    pub within: bool,
    /// When it was last counted.
    pub counted_at: Option<Timestamp>,
}

/// A page of lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountPage {
    /// Lines that pass the filter.
    pub total: u64,
    /// This page.
    pub rows: Vec<CountLineRow>,
}

/// What was found at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountEntry {
    /// The line.
    pub line: CountLineId,
    /// What is there.
    pub quantity: Quantity,
}

/// Takes counts, at most 10,000 at once. One that is refused changes nothing and stops no other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnterCounts {
    /// Who counted; empty for who asks.
    pub by: String,
    /// What was found.
    pub entries: Vec<CountEntry>,
}

/// Books the differences of counted lines.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ApproveCounts {
    /// Which, at most 10,000.
    pub lines: Vec<CountLineId>,
    /// Why the ledger was wrong: a reason code such as `counted`, `missing`, `found`, `damaged`.
    pub reason: String,
}

/// Does not believe counts: nothing of them is booked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RejectCounts {
    /// Which, at most 10,000.
    pub lines: Vec<CountLineId>,
}

/// What became of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountOutcome {
    /// The line.
    pub line: CountLineId,
    /// Its state now; `None` where it was refused.
    pub state: Option<String>,
    /// Why it was refused: `negative`, `state`, `same-person`, `limit` or `not-recounted`.
    pub refused: Option<String>,
    /// The same in words.
    pub message: Option<String>,
}

json_reply!(CountPlanned, Vec<CountPlanRow>, CountPage, Vec<CountOutcome>);
