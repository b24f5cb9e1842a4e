//! Goods that come in: shipments expected from suppliers, what came of them, and where it was put.

use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{BinId, Day, InboundId, InboundLineId, ItemId, LotId, MovementId, Quantity, Timestamp};

/// Shipments, the first to come first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListInbound {
    /// Text in number, partner, order, SKU or name; empty for all.
    pub filter: String,
    /// Only `expected`, `receiving`, `received`, `put-away`, `cancelled`; none for all.
    pub states: Vec<String>,
    /// Skip so many.
    pub offset: u32,
    /// At most so many.
    pub limit: u32,
}

/// A shipment as a board shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundCardRow {
    /// Its id.
    pub id: InboundId,
    /// Its number.
    pub number: String,
    /// From whom.
    pub partner: String,
    /// The order it is for.
    pub order_ref: Option<String>,
    /// When it should come.
    pub expected_on: Option<Day>,
    /// It should have come before today, and some of it did not.
    pub late: bool,
    /// `expected`, `receiving`, `received`, `put-away` or `cancelled`.
    pub state: String,
    /// How many lines.
    pub lines: u64,
    /// Lines of which nothing more is expected.
    pub lines_done: u64,
    /// All that was announced.
    pub expected: Quantity,
    /// All that came.
    pub came: Quantity,
    /// Of these, not good.
    pub damaged: Quantity,
    /// All that was put away.
    pub put_away: Quantity,
    /// Beyond what was announced.
    pub over: Quantity,
    /// What will not come.
    pub short: Quantity,
}

/// A page of shipments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundPage {
    /// Shipments that pass the filter.
    pub total: u64,
    /// How many are in each state, whatever the filter.
    pub counts: Vec<(String, u64)>,
    /// The site's day.
    pub today: Day,
    /// This page.
    pub rows: Vec<InboundCardRow>,
}

/// One shipment.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct GetInbound {
    /// Which.
    pub inbound: InboundId,
}

/// So much lies somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeapRow {
    /// The lot.
    pub lot: Option<LotId>,
    /// Its code.
    pub lot_code: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// The bin.
    pub bin: BinId,
    /// Its code.
    pub bin_code: String,
    /// How much.
    pub quantity: Quantity,
}

/// Who ended a paper early.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulingRow {
    /// `finished` or `cancelled`.
    pub how: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why, where somebody said so.
    pub why: Option<String>,
}

/// A line of a shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundLineRow {
    /// Its id.
    pub id: InboundLineId,
    /// The item.
    pub item: ItemId,
    /// SKU.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Unit of measure.
    pub unit: String,
    /// The lot that was announced.
    pub lot: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// The handling unit it comes in.
    pub sscc: Option<String>,
    /// What was announced, less what is announced in another shipment.
    pub expected: Quantity,
    /// What is still expected: on order.
    pub outstanding: Quantity,
    /// Came, and is good.
    pub received: Quantity,
    /// Came, and is not.
    pub damaged: Quantity,
    /// Of what is good, put away.
    pub put_away: Quantity,
    /// Of what is good, waiting to be put away.
    pub waiting: Quantity,
    /// Beyond what was announced.
    pub over: Quantity,
    /// What will not come.
    pub short: Quantity,
    /// Where what came was put, as far as this shipment's movements tell.
    pub lies: Vec<HeapRow>,
    /// The bin that most of the item lies in.
    pub usual_bin: Option<String>,
}

/// A shipment with its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboundSheet {
    /// The shipment.
    pub card: InboundCardRow,
    /// What else was said.
    pub note: Option<String>,
    /// How it ended, if early.
    pub closing: Option<RulingRow>,
    /// It was made of a purchase order of ours.
    pub ordered: bool,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// Its lines.
    pub lines: Vec<InboundLineRow>,
}

/// A line of a shipment to be expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInboundLine {
    /// SKU of a known item.
    pub sku: String,
    /// How much.
    pub quantity: Quantity,
    /// The lot, where it is told.
    pub lot: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// The handling unit it comes in.
    pub sscc: Option<String>,
}

/// Expects a shipment. What it announces of a purchase order of ours is expected with it, and no longer with the order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeInbound {
    /// Its number; empty for one of our own.
    pub number: String,
    /// From whom: a supplier's code or name, or any other.
    pub partner: String,
    /// The order it is for.
    pub order_ref: Option<String>,
    /// When it should come.
    pub expected_on: Option<Day>,
    /// What else there is to say.
    pub note: Option<String>,
    /// What it should bring.
    pub lines: Vec<NewInboundLine>,
}

/// Goods came. Without a line and a SKU: all that is still expected came, as announced.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReceiveGoods {
    /// With which shipment.
    pub inbound: InboundId,
    /// On which line.
    pub line: Option<InboundLineId>,
    /// Without a line: SKU of what nobody announced.
    pub sku: String,
    /// Good ones.
    pub good: Quantity,
    /// Broken or spoilt ones: they lie in quarantine where they were received.
    pub damaged: Quantity,
    /// The lot on the box; empty for the announced one.
    pub lot: String,
    /// Its last day.
    pub expiry: Option<Day>,
    /// The bin they were put into at once; empty where they wait.
    pub bin: String,
    /// It is so that more came than was announced.
    pub over: bool,
}

/// Goods were put away. Without a line: all that waits, each item to where most of it lies.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PutGoodsAway {
    /// Of which shipment.
    pub inbound: InboundId,
    /// Of which line.
    pub line: Option<InboundLineId>,
    /// Of which lot; `None`: whichever waits.
    pub lot: Option<LotId>,
    /// How much.
    pub quantity: Quantity,
    /// The bin's code.
    pub to: String,
    /// Make the bin where it is new.
    pub make: bool,
}

/// Ends a shipment early, or opens it again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CloseInbound {
    /// Which.
    pub inbound: InboundId,
    /// `finish`: no more will come. `cancel`: nothing will (a manager). `reopen`: it was closed too early (a manager).
    pub how: String,
    /// Why.
    pub why: String,
}

/// Takes back what a step booked wrongly: a receipt, a putting away, a pick. Refused where the goods were moved on since.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TakeBackStep {
    /// What was booked together.
    pub booking: MovementId,
    /// Why.
    pub why: String,
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperStep {
    /// What it booked; `None` where nothing had to be.
    pub booking: Option<MovementId>,
    /// How many movements.
    pub movements: u64,
    /// Where the paper is now.
    pub state: String,
}

json_reply!(InboundPage, InboundSheet, PaperStep, InboundId);
