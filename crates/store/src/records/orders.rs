//! Imported order lines and the daily demand they make.

use super::Records;
use crate::Result;
use std::ops::ControlFlow;
use units::{Day, ImportId, ItemId, Money, Quantity};

/// An order line as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredLine {
    /// Stands for the order's number: the first 64 bits of its SHA-256.
    pub order_key: i64,
    /// Which line of this item in that order, from 1.
    pub occurrence: u32,
    /// The day it was ordered.
    pub day: Day,
    /// How much.
    pub quantity: Quantity,
    /// What it brought.
    pub net_amount: Option<Money>,
    /// The import that brought it.
    pub import: ImportId,
}

/// How much order history there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderStats {
    /// Order lines.
    pub lines: u64,
    /// Items with at least one.
    pub items: u64,
    /// Sum of quantities.
    pub quantity: Quantity,
    /// First day.
    pub first_day: Option<Day>,
    /// Last day.
    pub last_day: Option<Day>,
}

/// All items' demand on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayTotal {
    /// The day.
    pub day: Day,
    /// Sum of quantities.
    pub quantity: Quantity,
    /// Order lines.
    pub lines: u64,
}

impl Records {
    /// Demand of an item on each day that had some, in order of days.
    pub fn daily_demand(&self, item: ItemId) -> Result<Vec<(Day, Quantity)>> {
        crate::file::later(item)
    }

    /// The same for every item that has any, in order of items, until told to break.
    pub fn daily_demand_all(
        &self,
        then: &mut dyn FnMut(ItemId, &[(Day, Quantity)]) -> ControlFlow<()>,
    ) -> Result<()> {
        let _ = then;
        crate::file::later(())
    }

    /// The demand of an item added up again from its stored lines: what [`Records::daily_demand`] must equal.
    pub fn daily_demand_from_lines(&self, item: ItemId) -> Result<Vec<(Day, Quantity)>> {
        crate::file::later(item)
    }

    /// The stored lines of an item, newest day first.
    pub fn order_lines(&self, item: ItemId, limit: u32) -> Result<Vec<StoredLine>> {
        crate::file::later((item, limit))
    }

    /// First and last day of imported orders.
    pub fn order_span(&self) -> Result<Option<(Day, Day)>> {
        crate::file::later(())
    }

    /// How much order history there is.
    pub fn order_stats(&self) -> Result<OrderStats> {
        crate::file::later(())
    }

    /// Demand of the site a day, in `from..=to`, days without any left out.
    pub fn site_demand(&self, from: Day, to: Day) -> Result<Vec<DayTotal>> {
        crate::file::later((from, to))
    }
}
