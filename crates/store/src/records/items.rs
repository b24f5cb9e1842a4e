//! The item master and suppliers.

use super::Records;
use super::forecasts::ForecastHead;
use crate::{Act, Result};
use domain::{Item, StockLevel, Supplier};
use units::{Day, ItemId, SupplierId, Timestamp};

/// One page of a list, and how long the list is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page<T> {
    /// The rows of this page.
    pub rows: Vec<T>,
    /// Rows of the whole list.
    pub total: u64,
}

/// What planning last said of an item, kept so that lists sort by it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// The item.
    pub item: ItemId,
    /// Mean demand a day, whole units.
    pub demand_per_day: f64,
    /// Available stock over demand; `None` without demand.
    pub days_of_cover: Option<f64>,
    /// The day the expected demand empties the shelf, if within the horizon.
    pub stock_out_day: Option<Day>,
    /// When this was computed.
    pub made_at: Timestamp,
}

/// An item with what lists show beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemRow {
    /// The item.
    pub item: Item,
    /// Its supplier's name.
    pub supplier_name: Option<String>,
    /// What the shelf holds; `None` where nobody ever said.
    pub stock: Option<StockLevel>,
    /// What planning last said.
    pub outlook: Option<Outlook>,
    /// The head of its daily forecast, else of its weekly one.
    pub forecast: Option<ForecastHead>,
}

/// What a list of items is sorted by. Unknown values come last, whichever the direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ItemSort {
    /// Code.
    #[default]
    Sku,
    /// Name.
    Name,
    /// Category.
    Category,
    /// On hand.
    OnHand,
    /// On hand less allocated.
    Available,
    /// Mean demand a day.
    DemandPerDay,
    /// Days of cover.
    Cover,
    /// The day the shelf is empty.
    StockOutDay,
    /// Error of the chosen forecast (RMSSE).
    ForecastError,
}

/// Which items, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemQuery {
    /// Part of the code or the name, upper or lower case.
    pub text: Option<String>,
    /// Only this category.
    pub category: Option<String>,
    /// Only this supplier.
    pub supplier: Option<SupplierId>,
    /// Only items whose shelf empties before this day, as planning last said.
    pub stock_out_before: Option<Day>,
    /// Only items with a stock level (`true`) or without (`false`).
    pub has_stock: Option<bool>,
    /// Sorted by.
    pub sort: ItemSort,
    /// Largest first.
    pub descending: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to give.
    pub limit: u32,
}

impl Records {
    /// A page of items.
    pub fn items(&self, query: &ItemQuery) -> Result<Page<ItemRow>> {
        crate::file::later(query)
    }

    /// Every item, by id: what planning reads.
    pub fn all_items(&self) -> Result<Vec<Item>> {
        crate::file::later(())
    }

    /// One item with its surroundings.
    pub fn item(&self, id: ItemId) -> Result<ItemRow> {
        crate::file::later(id)
    }

    /// The item of a code.
    pub fn item_by_sku(&self, sku: &str) -> Result<Option<Item>> {
        crate::file::later(sku)
    }

    /// Saves an item as given; id 0 makes a new one. A code in use is a conflict.
    pub fn save_item(&self, act: &Act, item: &Item) -> Result<ItemId> {
        crate::file::later((act, item))
    }

    /// The categories in use, sorted.
    pub fn categories(&self) -> Result<Vec<String>> {
        crate::file::later(())
    }

    /// All suppliers, by name.
    pub fn suppliers(&self) -> Result<Vec<Supplier>> {
        crate::file::later(())
    }

    /// Saves a supplier; id 0 makes a new one.
    pub fn save_supplier(&self, act: &Act, supplier: &Supplier) -> Result<SupplierId> {
        crate::file::later((act, supplier))
    }

    /// Replaces what planning says of these items. Computed, so not audited.
    pub fn save_outlooks(&self, outlooks: Vec<Outlook>) -> Result<()> {
        crate::file::later(outlooks)
    }
}
