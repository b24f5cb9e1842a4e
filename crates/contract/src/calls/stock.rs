//! Items and stock.

use crate::calls::{FindingRow, Language};
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{BinId, Day, ImportId, ItemId, LotId, Millis, Money, MovementId, Permille, Quantity, Timestamp};

/// How the stock list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StockSort {
    /// Fewest days of cover first.
    #[default]
    Cover,
    /// By SKU.
    Sku,
    /// By name.
    Name,
    /// Most on hand first.
    OnHand,
    /// Most value first.
    Value,
    /// By category.
    Category,
    /// Most available first.
    Available,
    /// Most demand a day first.
    Demand,
    /// Soonest to run out first.
    RunsOut,
}

/// A page of the stock list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListStock {
    /// Text in SKU, name or category; empty for all.
    pub filter: String,
    /// Order.
    pub sort: StockSort,
    /// The other way round; what is unknown stays last.
    #[serde(default)]
    pub reverse: bool,
    /// Skip so many.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

/// The stock of one item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockRow {
    /// The item.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its category.
    pub category: Option<String>,
    /// Unit of measure.
    pub unit: String,
    /// Physically there; `None` where no file or count ever said.
    pub on_hand: Option<Quantity>,
    /// Promised.
    pub allocated: Quantity,
    /// On hand less promised.
    pub available: Quantity,
    /// On the way.
    pub on_order: Quantity,
    /// Mean demand a day, in thousandths of a unit, from the forecast.
    pub demand_per_day: Option<Quantity>,
    /// Days of cover in tenths: available ÷ demand a day.
    pub cover_days_tenths: Option<i64>,
    /// The day it runs out, if within the horizon.
    pub stock_out_day: Option<Day>,
    /// Value on hand at cost.
    pub value: Option<Money>,
    /// The count or file this is from.
    pub as_of: Option<Day>,
}

/// A page of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StockPage {
    /// Rows that pass the filter.
    pub total: u64,
    /// This page.
    pub rows: Vec<StockRow>,
}

/// All of one item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetItem {
    /// Which.
    pub item: ItemId,
}

/// One movement of stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementRow {
    /// The day.
    pub day: Day,
    /// `import`, `order`, `receipt`.
    pub kind: String,
    /// Change.
    pub quantity: Quantity,
    /// On hand after.
    pub on_hand: Quantity,
    /// File, order or person.
    pub source: String,
}

/// Everything known of an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ItemDetail {
    /// Its stock.
    pub stock: StockRow,
    /// Supplier's name.
    pub supplier: Option<String>,
    /// Order to arrival, and whether it is the site's default.
    pub lead_time_days: u16,
    /// The lead time is assumed.
    pub lead_time_assumed: bool,
    /// What a unit costs.
    pub unit_cost: Money,
    /// The cost is assumed.
    pub unit_cost_assumed: bool,
    /// Pack size.
    pub pack_size: Quantity,
    /// The pack size is assumed.
    pub pack_size_assumed: bool,
    /// Service level asked for.
    pub service_level: Permille,
    /// Reorder point, where there is a forecast.
    pub reorder_point: Option<Quantity>,
    /// The level expected over the coming days: low (10 %), median, high (90 %) a day from `projection_start`.
    pub projection: Vec<[Quantity; 3]>,
    /// First day of the projection.
    pub projection_start: Day,
    /// The last movements, newest first.
    pub movements: Vec<MovementRow>,
    /// What is missing or doubtful.
    pub findings: Vec<FindingRow>,
}

/// Where the stock of an item lies and how it came to be, on a day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetItemStock {
    /// Which.
    pub item: ItemId,
    /// At the end of this day; `None`: now.
    pub day: Option<Day>,
    /// Lines of the ledger, at most.
    pub limit: u32,
}

/// Sums of the ledger. Every unit on hand is in exactly one of available, allocated, held and expired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockFigures {
    /// In a bin, however it stands.
    pub on_hand: Quantity,
    /// Promised, picked included.
    pub allocated: Quantity,
    /// Of these, taken from the shelf.
    pub picked: Quantity,
    /// Held or in quarantine.
    pub held: Quantity,
    /// Past its last day.
    pub expired: Quantity,
    /// For sale.
    pub available: Quantity,
    /// Ordered, not yet here.
    pub on_order: Quantity,
    /// For sale once all that is ordered or on the way is here.
    pub projected: Quantity,
}

/// So much stands somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingRow {
    /// The lot, where one is known.
    pub lot: Option<LotId>,
    /// Its code.
    pub lot_code: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// It is past that day.
    pub expired: bool,
    /// What people decided of it: `available`, `held`, `quarantined`, `expired`.
    pub lot_status: Option<String>,
    /// The bin.
    pub bin: BinId,
    /// Its code.
    pub bin_code: String,
    /// Nobody said where: the bin that stands for it.
    pub no_bin: bool,
    /// `free`, `allocated`, `picked`, `held`, `quarantined`, `expired`.
    pub standing: String,
    /// How much.
    pub quantity: Quantity,
}

/// One end of a movement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideRow {
    /// `bin`, `supplier`, `inbound`, `transit`, `customer`, `adjustment`, `loss`.
    pub place: String,
    /// The bin's code.
    pub bin: Option<String>,
    /// How it stands there.
    pub standing: String,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// The movement.
    pub movement: MovementId,
    /// What was booked together, by the number of its first movement.
    pub booking: MovementId,
    /// When it was booked.
    pub booked_at: Timestamp,
    /// The day it took effect.
    pub day: Day,
    /// It was booked on a later day than it took effect.
    pub back_dated: bool,
    /// `import`, `count`, `receipt`, `issue`, `opening`, `order`, `move`, `allocate`, `pick`, `hold`, `correct`, `return`, `reverse`.
    pub kind: String,
    /// Why, where a person said so: as `domain::stock::ReasonCode`.
    pub reason: Option<String>,
    /// The lot.
    pub lot_code: Option<String>,
    /// From where.
    pub from: SideRow,
    /// To where.
    pub to: SideRow,
    /// How much.
    pub quantity: Quantity,
    /// By how much that changed what is on hand.
    pub change: Quantity,
    /// On hand after it.
    pub on_hand: Quantity,
    /// The paper behind it.
    pub source: Option<String>,
    /// To or from whom.
    pub party: Option<String>,
    /// The import it came from.
    pub import: Option<ImportId>,
    /// Who booked it.
    pub by: String,
    /// It was taken back since.
    pub reversed: bool,
    /// A person may take it back.
    pub can_undo: bool,
}

/// Where the stock of an item lies and how it came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemStock {
    /// The item.
    pub item: ItemId,
    /// The day of figures and standings.
    pub day: Day,
    /// Its figures.
    pub figures: StockFigures,
    /// Where it lies, the first to expire first.
    pub standings: Vec<StandingRow>,
    /// The newest lines of its ledger, what took effect last first.
    pub ledger: Vec<LedgerRow>,
    /// What was on hand at the end of each day on which that changed, over the last year.
    pub history: Vec<(Day, Quantity)>,
    /// What it is worth now, every unit at the average of what is there.
    pub value_average: Money,
    /// What it is worth now, the first that came in being the first that went.
    pub value_fifo: Money,
    /// The books are closed up to this day.
    pub closed_up_to: Option<Day>,
}

/// Decides what may be done with a lot: `held`, `quarantined`, `expired`, or `available` again (by a manager).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DecideLot {
    /// The lot.
    pub lot: LotId,
    /// What from now on.
    pub status: String,
    /// Why: as `domain::stock::ReasonCode`.
    pub reason: String,
    /// In words.
    pub why: String,
}

/// Sets the last day of a lot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SetExpiry {
    /// The lot.
    pub lot: LotId,
    /// Its last day; `None`: it has none.
    pub expiry: Option<Day>,
    /// Why.
    pub why: String,
}

/// Says what lies in a bin; the difference is booked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CorrectStock {
    /// The item.
    pub item: ItemId,
    /// Its lot.
    pub lot: Option<LotId>,
    /// The bin.
    pub bin: BinId,
    /// How it stands; what is promised counts as `free`.
    pub standing: String,
    /// What is really there.
    pub quantity: Quantity,
    /// The day it was so; `None`: today.
    pub day: Option<Day>,
    /// Why the ledger was wrong: as `domain::stock::ReasonCode`.
    pub reason: String,
    /// In words.
    pub why: String,
}

/// Moves stock from one bin to another.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MoveStock {
    /// The item.
    pub item: ItemId,
    /// Its lot.
    pub lot: Option<LotId>,
    /// From this bin.
    pub from: BinId,
    /// How it stands there, and will there.
    pub standing: String,
    /// To the bin of this code.
    pub to: String,
    /// Make that bin if there is none of the code.
    pub make: bool,
    /// How much.
    pub quantity: Quantity,
    /// Why.
    pub why: String,
}

/// Takes back what was booked together, by movements the other way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UndoBooking {
    /// The number of its first movement.
    pub booking: MovementId,
    /// Why.
    pub why: String,
}

/// How far the books are closed, and who closed or opened them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetBooks {}

/// One closing or opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClosingRow {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The last closed day before it; `None`: everything was open.
    pub from: Option<Day>,
    /// The last closed day since; `None`: everything is open.
    pub to: Option<Day>,
    /// Why.
    pub why: Option<String>,
}

/// How the books stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BooksState {
    /// The last closed day; `None`: everything is open.
    pub closed_up_to: Option<Day>,
    /// The last day that may be closed: yesterday.
    pub may_close_up_to: Day,
    /// Movements that took effect since the last closed day, up to that day: what a closing now would make final.
    pub open_movements: u64,
    /// Of these, booked on a later day than they took effect.
    pub back_dated: u64,
    /// Doubts about stock that are still to be looked at.
    pub doubts: u64,
    /// Closings and openings, newest first, at most 50.
    pub history: Vec<ClosingRow>,
}

/// Closes the books up to a day, which managers may; or opens them from an earlier day on, which takes an administrator and a reason.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CloseBooks {
    /// The last closed day; `None`: everything is open.
    pub up_to: Option<Day>,
    /// Why.
    pub why: String,
}

/// What was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookedRow {
    /// What takes it back: the number of its first movement; `None` where nothing had to be booked.
    pub booking: Option<MovementId>,
    /// How many movements.
    pub movements: u64,
}

/// What a trace begins at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TraceBy {
    /// The code of a lot.
    Lot,
    /// The code of an item: all its lots.
    Sku,
    /// The number of an order or a delivery note.
    Source,
    /// The code of a customer or a supplier.
    Party,
}

/// Where lots came from, where they lie, and where they went.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TraceStock {
    /// What by.
    pub by: TraceBy,
    /// Its code.
    pub code: String,
}

/// The same as a CSV file: a line for every place, order and customer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportTrace {
    /// What by.
    pub by: TraceBy,
    /// Its code.
    pub code: String,
}

/// Traces, and keeps a report of it: how long it took, and what share of what came in was found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeRecall {
    /// What by.
    pub by: TraceBy,
    /// Its code.
    pub code: String,
    /// When the question was asked, as an exercise is timed; `None`: now.
    pub asked_at: Option<Timestamp>,
    /// The language of the report.
    pub language: Language,
}

/// What a recall found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecallReply {
    /// The report's file, among the reports.
    pub file: String,
    /// From the question to the list.
    pub exercise: Millis,
    /// How long the console itself took, in milliseconds.
    pub took_ms: u64,
    /// Lots.
    pub lots: u64,
    /// What came in.
    pub came: Quantity,
    /// What lies here.
    pub here: Quantity,
    /// What went to somebody or on a paper that is known.
    pub told: Quantity,
    /// What is not accounted for.
    pub lost: Quantity,
    /// Customers or sites that have some of it.
    pub parties: u64,
    /// The share of what came in that is accounted for; `None` where nothing came.
    pub found: Option<Permille>,
    /// Lines that name no lot and can't be followed.
    pub without_lot: u64,
}

/// One lot from its supplier to its customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TracedLotRow {
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The lot.
    pub lot: LotId,
    /// Its code.
    pub lot_code: String,
    /// Its last day.
    pub expiry: Option<Day>,
    /// What people decided of it.
    pub status: String,
    /// How much came in.
    pub came: Quantity,
    /// How much lies here.
    pub here: Quantity,
    /// How much went out.
    pub went: Quantity,
    /// Lines that brought it in, places where it lies, lines that took it out, in this order.
    pub lines: Vec<TraceLine>,
}

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceLine {
    /// `came`, `lies`, `went`.
    pub what: String,
    /// When, of what moved.
    pub day: Option<Day>,
    /// Where it lies, came from or went to.
    pub at: SideRow,
    /// How much.
    pub quantity: Quantity,
    /// The paper.
    pub source: Option<String>,
    /// From or to whom.
    pub party: Option<String>,
    /// Who booked it.
    pub by: Option<String>,
}

/// A trace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceReply {
    /// The lots.
    pub lots: Vec<TracedLotRow>,
    /// Lines that name no lot and can't be traced further.
    pub without_lot: u64,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// What to look at in stock, the worst first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListStockWork {
    /// Of each kind, at most so many.
    pub each: u32,
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockWorkRow {
    /// `negative`, `expired`, `no-expiry`, `no-bin`, `back-dated`, `duplicate-sku`, `unit-clash`.
    pub kind: String,
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The lot.
    pub lot: Option<LotId>,
    /// Its code.
    pub lot_code: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// The bin.
    pub bin: Option<BinId>,
    /// Its code.
    pub bin_code: Option<String>,
    /// How it stands there.
    pub standing: Option<String>,
    /// How much.
    pub quantity: Quantity,
    /// The other codes, the two units, the movement's number.
    pub detail: Option<String>,
}

/// What to look at in stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockWorkList {
    /// Each kind with how many there are, the worst first.
    pub counts: Vec<(String, u64)>,
    /// Some of each.
    pub rows: Vec<StockWorkRow>,
}

/// Adds the whole ledger up and compares it with the balances that are kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VerifyStock {}

/// What that found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockVerdict {
    /// Sums that are not the ledger's, in words.
    pub mismatches: Vec<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

json_reply!(
    BooksState,
    RecallReply,
    StockPage,
    ItemDetail,
    ItemStock,
    BookedRow,
    TraceReply,
    StockWorkList,
    StockVerdict
);
