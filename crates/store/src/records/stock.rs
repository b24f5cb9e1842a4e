//! What is on the shelf, and the ledger of how it came to be.

use super::Records;
use crate::{Act, Result};
use domain::StockLevel;
use units::{Day, ImportId, ItemId, Quantity, Timestamp};

/// Why the shelf changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MovementKind {
    /// A file said what is there.
    Import,
    /// A person counted.
    Count,
    /// Goods came in.
    Receipt,
    /// Goods went out.
    Issue,
}

/// One line of the ledger. The sum of an item's lines is what is on hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// The item.
    pub item: ItemId,
    /// When it was booked.
    pub at: Timestamp,
    /// The day it was true.
    pub day: Option<Day>,
    /// How much more (or less) there is.
    pub change: Quantity,
    /// On hand after it.
    pub on_hand: Quantity,
    /// Why.
    pub kind: MovementKind,
    /// The import it came from.
    pub import: Option<ImportId>,
    /// Who booked it.
    pub by: String,
}

impl Records {
    /// Every known stock level, by item.
    pub fn stock_levels(&self) -> Result<Vec<StockLevel>> {
        crate::file::later(())
    }

    /// The stock of one item; `None` where nobody ever said.
    pub fn stock_level(&self, item: ItemId) -> Result<Option<StockLevel>> {
        crate::file::later(item)
    }

    /// A person counted: on hand becomes this; the difference goes to the ledger.
    pub fn count_stock(&self, act: &Act, item: ItemId, on_hand: Quantity, day: Day) -> Result<StockLevel> {
        crate::file::later((act, item, on_hand, day))
    }

    /// The ledger of an item, newest first.
    pub fn movements(&self, item: ItemId, limit: u32) -> Result<Vec<Movement>> {
        crate::file::later((item, limit))
    }
}
