//! What a scanned code is, character by character, and what it stands for here.

use crate::frame::json_reply;
use serde::{Deserialize, Serialize};
use units::{BinId, Day, HandlingUnitId, ItemId, LotId};

/// Explains the text of a scan; nothing is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExplainScan {
    /// As the scanner gave it, its symbology identifier first where there was one; at most 8192 characters.
    pub text: String,
}

/// All that is known of a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanExplained {
    /// What it is: `ElementString`, `Bracketed`, `DigitalLink`, `Ean13`, `Ean8`, `UpcA`, `UpcE`, `Gtin14`, `Sscc`, `Own`, `Text`.
    pub form: String,
    /// The kind of symbol, where the scanner said so: `Gs1128`, `Gs1DataMatrix`, `Gs1Qr`, `Ean13`…
    pub carrier: Option<String>,
    /// Every character, in stretches of one role, in order.
    pub parts: Vec<ScanPart>,
    /// What was read.
    pub elements: Vec<ScanElement>,
    /// A label of ours.
    pub own: Option<OwnLabel>,
    /// What is wrong; nothing is, where this is empty.
    pub faults: Vec<ScanFault>,
    /// What may be doubted: `NoSeparators`, `StandIn`, `Typed`, `MissingSeparator`, `InStore`, `NearlyGtin`, `NearlyOwn`.
    pub notes: Vec<String>,
    /// Another way to read it is about as likely.
    pub ambiguous: bool,
    /// Other ways to read it, likeliest first, with brackets.
    pub others: Vec<String>,
    /// The elements with brackets, as printed below a symbol; empty where there are none.
    pub bracketed: String,
    /// What it stands for at this site.
    pub here: Vec<ScanHere>,
}

/// A stretch of characters with one role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanPart {
    /// Its first character, from 0.
    pub from: u32,
    /// The characters one by one; one that can't be seen by its name, as `GS`.
    pub characters: Vec<String>,
    /// What it is there for: `Symbology`, `Ai`, `Value`, `Separator`, `Check`, `Date`…
    pub role: String,
    /// Which element it belongs to.
    pub element: Option<u32>,
    /// Nothing is wrong with it.
    pub good: bool,
}

/// An application identifier and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanElement {
    /// The identifier.
    pub ai: String,
    /// GS1's data title; empty where it is not known.
    pub title: String,
    /// The value as it stands there.
    pub value: String,
    /// What it means.
    pub meaning: ScanMeaning,
}

/// What a value means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScanMeaning {
    /// Itself.
    Text,
    /// A number, with its unit or currency where it has one.
    Number {
        /// With a point where there are decimals.
        number: String,
        /// `kg`, `EUR`; empty for a count.
        unit: String,
    },
    /// A day.
    Day {
        /// Which.
        day: Day,
        /// Only a month was given: this is its last day.
        end_of_month: bool,
    },
    /// From a day to another.
    Days {
        /// The first.
        first: Day,
        /// The last.
        last: Day,
    },
    /// A time of a day.
    Moment {
        /// The day.
        day: Day,
        /// Seconds since its midnight.
        seconds: u32,
    },
}

/// What one of our labels is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnLabel {
    /// `Bin`, `Unit`, `Item`.
    pub kind: String,
    /// Its code.
    pub code: String,
}

/// What is wrong with a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScanFault {
    /// `Empty`, `TooMuch`, `UnknownAi`, `BadCharacter`, `TooShort`, `TooLong`, `CheckDigit`, `CheckPair`, `BadDate`, `BadTime`,
    /// `BadValue`, `Twice`, `Bracket`, `NoKey`, `BadEscape`.
    pub kind: String,
    /// The first character it is about, from 0.
    pub from: u32,
    /// The character behind the last.
    pub to: u32,
    /// The identifier it is about; empty where none is.
    pub ai: String,
    /// What would be right; empty where nobody can say.
    pub expected: String,
    /// What is there, control characters by name.
    pub found: String,
}

/// What a code stands for at this site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScanHere {
    /// An item.
    Item {
        /// Which.
        item: ItemId,
        /// Its SKU.
        sku: String,
        /// Its name.
        name: String,
    },
    /// A bin.
    Bin {
        /// Which.
        bin: BinId,
        /// Its code.
        code: String,
    },
    /// A lot of an item.
    Lot {
        /// Which.
        lot: LotId,
        /// Its code.
        code: String,
        /// Its last day.
        expiry: Option<Day>,
        /// `available`, `held`, `quarantined`, `expired`.
        status: String,
        /// Of which item.
        item: ItemId,
        /// The item's code.
        sku: String,
        /// The item's name.
        name: String,
    },
    /// A handling unit.
    Unit {
        /// Which.
        unit: HandlingUnitId,
        /// Its code.
        code: String,
        /// The bin it stands in, or stood in last.
        bin: String,
        /// `filled`, `empty`, `shipped`.
        state: String,
    },
    /// A serial number.
    Serial {
        /// The number.
        code: String,
        /// Of which item.
        item: ItemId,
        /// The item's code.
        sku: String,
        /// The item's name.
        name: String,
        /// `here`, `picked`, `shipped`, `gone`, `taken-back`.
        state: String,
        /// Where it is, or was last.
        bin: Option<String>,
    },
    /// A shipment that comes in or an order that goes out.
    Document {
        /// `inbound`, `outbound`.
        kind: String,
        /// Its row.
        id: i64,
        /// Its number.
        number: String,
        /// Where it is.
        state: String,
    },
}

json_reply!(ScanExplained);
