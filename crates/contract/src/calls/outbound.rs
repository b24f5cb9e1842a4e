//! Goods that go out, and those that come back: orders from promise to shipment, and returns.

use crate::calls::{HeapRow, Language, RulingRow};
use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{
    Day, ItemId, LotId, MovementId, OutboundId, OutboundLineId, ParcelId, Quantity, ReturnId, ReturnLineId,
    Timestamp,
};

/// Orders, the first to leave first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListOutbound {
    /// Text in number, customer, order, SKU or name; empty for all.
    pub filter: String,
    /// Only `open`, `allocated`, `picking`, `picked`, `packed`, `shipped`, `cancelled`; none for all.
    pub states: Vec<String>,
    /// Skip so many.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

/// An order as a board shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundCardRow {
    /// Its id.
    pub id: OutboundId,
    /// Its number.
    pub number: String,
    /// For whom.
    pub customer: String,
    /// Their own number for it.
    pub order_ref: Option<String>,
    /// When it should leave.
    pub ship_by: Option<Day>,
    /// It should have left before today, and did not.
    pub late: bool,
    /// `open`, `allocated`, `picking`, `picked`, `packed`, `shipped` or `cancelled`.
    pub state: String,
    /// How many lines.
    pub lines: u64,
    /// Lines of which nothing is left to be promised, picked or packed.
    pub lines_done: u64,
    /// All that was ordered.
    pub ordered: Quantity,
    /// Promised, still on the shelf.
    pub allocated: Quantity,
    /// Picked, not packed.
    pub picked: Quantity,
    /// Packed, not gone.
    pub packed: Quantity,
    /// Gone.
    pub shipped: Quantity,
    /// Neither promised nor given up.
    pub open: Quantity,
    /// It is the rest of another order.
    pub backorder: bool,
}

/// A page of orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundPage {
    /// Orders that pass the filter.
    pub total: u64,
    /// How many are in each state, whatever the filter.
    pub counts: Vec<(String, u64)>,
    /// The site's day.
    pub today: Day,
    /// This page.
    pub rows: Vec<OutboundCardRow>,
}

/// One order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetOutbound {
    /// Which.
    pub outbound: OutboundId,
}

/// A line of an order. Each unit of it is in one of open, allocated, picked, packed, shipped and dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundLineRow {
    /// Its id.
    pub id: OutboundLineId,
    /// The item.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Unit of measure.
    pub unit: String,
    /// All that was ordered.
    pub ordered: Quantity,
    /// Neither promised nor given up.
    pub open: Quantity,
    /// Promised, still on the shelf.
    pub allocated: Quantity,
    /// Picked, not packed.
    pub picked: Quantity,
    /// Packed, not gone.
    pub packed: Quantity,
    /// Gone.
    pub shipped: Quantity,
    /// Given up, or ordered anew.
    pub dropped: Quantity,
    /// What is for sale of the item, beyond what is promised.
    pub available: Quantity,
    /// Where what is promised lies, in the order to pick it.
    pub promised: Vec<HeapRow>,
    /// Where what is picked lies, packed or not.
    pub lies: Vec<HeapRow>,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelSheet {
    /// Its id.
    pub id: ParcelId,
    /// Its number within the order, from 1.
    pub n: u32,
    /// Its number as a handling unit.
    pub sscc: Option<String>,
    /// What is in it.
    pub lines: Vec<ParcelLineRow>,
}

/// So much of a line in a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParcelLineRow {
    /// Of which line.
    pub line: OutboundLineId,
    /// The lot's code.
    pub lot: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// How much.
    pub quantity: Quantity,
}

/// An order with its lines and parcels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboundSheet {
    /// The order.
    pub card: OutboundCardRow,
    /// Where to.
    pub ship_to: Option<String>,
    /// Goods must be good for so many days after they left.
    pub usable_days: u16,
    /// What else was said.
    pub note: Option<String>,
    /// Who cancelled it.
    pub cancelled: Option<RulingRow>,
    /// The order it is the rest of.
    pub backorder_of: Option<OutboundId>,
    /// The order that its rest became.
    pub backorder: Option<OutboundId>,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// When it left.
    pub shipped_at: Option<Timestamp>,
    /// Its lines.
    pub lines: Vec<OutboundLineRow>,
    /// Its parcels.
    pub parcels: Vec<ParcelSheet>,
}

/// A line of an order to be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOutboundLine {
    /// SKU of a known item.
    pub sku: String,
    /// How much.
    pub quantity: Quantity,
}

/// Takes an order. Nothing is promised to it yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeOutbound {
    /// Its number; empty for one of our own.
    pub number: String,
    /// For whom.
    pub customer: String,
    /// Their own number for it.
    pub order_ref: Option<String>,
    /// When it should leave.
    pub ship_by: Option<Day>,
    /// Where to.
    pub ship_to: Option<String>,
    /// Goods must be good for so many days after they left.
    pub usable_days: u16,
    /// What else there is to say.
    pub note: Option<String>,
    /// What is wanted.
    pub lines: Vec<NewOutboundLine>,
}

/// Promises goods to an order: first expired, first out, as far as they are there.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct AllocateOutbound {
    /// Which.
    pub outbound: OutboundId,
}

/// Frees what is promised to an order and still on the shelf.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ReleaseOutbound {
    /// Which.
    pub outbound: OutboundId,
}

/// Goods were taken from the shelf. Without a line: all that is promised, where it is promised.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PickGoods {
    /// For which order.
    pub outbound: OutboundId,
    /// For which line.
    pub line: Option<OutboundLineId>,
    /// Of which lot.
    pub lot: Option<LotId>,
    /// The bin's code.
    pub bin: String,
    /// How much.
    pub quantity: Quantity,
    /// What is not promised there is taken instead of what is promised elsewhere.
    pub instead: bool,
}

/// Picked goods went back to a shelf, and are promised no longer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PutGoodsBack {
    /// Of which line.
    pub line: OutboundLineId,
    /// Of which lot.
    pub lot: Option<LotId>,
    /// How much.
    pub quantity: Quantity,
    /// The bin's code.
    pub to: String,
}

/// Puts picked goods into a parcel. Without a line: all that is picked and in no parcel, into a new one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PackGoods {
    /// Of which order.
    pub outbound: OutboundId,
    /// Of which line.
    pub line: Option<OutboundLineId>,
    /// Of which lot; `None`: whichever is picked.
    pub lot: Option<LotId>,
    /// How much.
    pub quantity: Quantity,
    /// Into which parcel; `None`: a new one.
    pub parcel: Option<ParcelId>,
    /// The number of a new parcel as a handling unit.
    pub sscc: Option<String>,
}

/// Takes all out of a parcel, and the parcel away.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct UnpackParcel {
    /// Which.
    pub parcel: ParcelId,
}

/// All that is packed leaves.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct ShipOutbound {
    /// Which order.
    pub outbound: OutboundId,
    /// What is not there becomes an order of its own; otherwise it is given up.
    pub backorder: bool,
}

/// An order left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippedRow {
    /// What it booked.
    pub booking: Option<MovementId>,
    /// How many movements.
    pub movements: u64,
    /// Where the order is now.
    pub state: String,
    /// The order that its rest became.
    pub backorder: Option<OutboundId>,
}

/// An order will not go: what is promised is free again, what is picked is to be put back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CancelOutbound {
    /// Which.
    pub outbound: OutboundId,
    /// Why.
    pub why: String,
}

/// Which paper is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaperKind {
    /// What is promised to an order, by bin.
    PickList,
    /// What is in each parcel of an order.
    PackingList,
    /// What a customer gets with an order.
    DeliveryNote,
    /// What a shipment should bring, to be ticked off at the door.
    ReceivingSheet,
}

/// Prints a paper as a PDF.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PrintPaper {
    /// Which kind.
    pub kind: PaperKind,
    /// The order's number, or the shipment's for a receiving sheet.
    pub id: i64,
    /// Its language.
    pub language: Language,
}

/// Returns, the newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListReturns {
    /// Only `received`, `inspected` or `settled`; empty for all.
    pub state: String,
    /// Skip so many.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

/// A line of a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnLineRow {
    /// Its id.
    pub id: ReturnLineId,
    /// The item.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// The lot.
    pub lot: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// How much came back.
    pub quantity: Quantity,
    /// What was found: `cleared` where it is good, otherwise a reason code.
    pub finding: Option<String>,
    /// Who looked at it.
    pub inspected_by: Option<String>,
    /// Nobody decided about these.
    pub undecided: Quantity,
    /// Back on the shelf.
    pub restocked: Quantity,
    /// Kept apart.
    pub quarantined: Quantity,
    /// Thrown away.
    pub scrapped: Quantity,
    /// The bin that most of the item lies in.
    pub usual_bin: Option<String>,
}

/// A return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnRow {
    /// Its id.
    pub id: ReturnId,
    /// Its number.
    pub number: String,
    /// From whom.
    pub customer: String,
    /// The order it left with.
    pub outbound: Option<OutboundId>,
    /// Why it came back: `wrong-item`, `damaged`, `expired`, `quality-doubt`, `recall`, `too-many`, `late`, `not-wanted`.
    pub reason: String,
    /// `received`, `inspected` or `settled`.
    pub state: String,
    /// What else was said.
    pub note: Option<String>,
    /// When it came.
    pub at: Timestamp,
    /// Who took it.
    pub by: String,
    /// Its lines.
    pub lines: Vec<ReturnLineRow>,
}

/// A page of returns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnPage {
    /// Returns in that state.
    pub total: u64,
    /// This page.
    pub rows: Vec<ReturnRow>,
}

/// A line of what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewReturnLineRow {
    /// SKU of a known item.
    pub sku: String,
    /// The lot on the box; empty where there is none.
    pub lot: String,
    /// How much.
    pub quantity: Quantity,
}

/// Takes goods back from a customer, into quarantine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeReturn {
    /// Its number; empty for one of our own.
    pub number: String,
    /// From whom; empty for the order's customer.
    pub customer: String,
    /// The order it left with: no more of it comes back than left.
    pub outbound: Option<OutboundId>,
    /// Why it came back.
    pub reason: String,
    /// What else there is to say.
    pub note: Option<String>,
    /// What came back.
    pub lines: Vec<NewReturnLineRow>,
}

/// Somebody looked at a line of a return.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InspectReturn {
    /// Which line.
    pub line: ReturnLineId,
    /// `cleared` where it is good, otherwise a reason code such as `damaged`.
    pub finding: String,
}

/// Decides what becomes of goods that came back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SettleReturn {
    /// Of which line.
    pub line: ReturnLineId,
    /// How much.
    pub quantity: Quantity,
    /// `restock`, `quarantine` or `scrap`.
    pub fate: String,
    /// The bin it goes to; needed to restock.
    pub to: String,
}

json_reply!(OutboundPage, OutboundSheet, ShippedRow, ReturnPage, OutboundId, ReturnId);
