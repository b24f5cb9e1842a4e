//! Imports of files: one transaction, one record and one audit row per file.

use super::Records;
use crate::{Act, Result};
use domain::OrderLine;
use units::{Day, ImportId, Money, Permille, Progress, Quantity, Stop, Timestamp};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportKind {
    /// Order history.
    Orders,
    /// Items.
    Items,
    /// Stock on hand.
    Stock,
    /// Suppliers.
    Suppliers,
}

/// What is known of a file before its rows are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportMeta {
    /// Its name, without folders.
    pub file_name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Which column means what, as JSON.
    pub mapping: String,
}

/// An import on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRecord {
    /// Its row.
    pub id: ImportId,
    /// What it held.
    pub kind: ImportKind,
    /// The file's name.
    pub file_name: String,
    /// The file's hash.
    pub sha256: String,
    /// Which column means what, as JSON.
    pub mapping: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Rows handed in.
    pub rows: u64,
    /// Rows that were new or changed something.
    pub added: u64,
    /// Rows that were known already.
    pub duplicates: u64,
    /// Items the import made, because their code was new.
    pub items_created: u64,
    /// Sum of the quantities added.
    pub quantity: Quantity,
    /// Sum of the amounts added.
    pub amount: Money,
    /// First day in it.
    pub first_day: Option<Day>,
    /// Last day in it.
    pub last_day: Option<Day>,
}

/// What became of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It is in.
    Imported(ImportRecord),
    /// The same bytes came in before; nothing changed.
    AlreadyImported(ImportRecord),
}

impl ImportOutcome {
    /// The record of it, new or old.
    pub fn record(&self) -> &ImportRecord {
        match self {
            ImportOutcome::Imported(record) | ImportOutcome::AlreadyImported(record) => record,
        }
    }
}

/// How an import of orders begins.
pub enum OrderImportStart {
    /// Hand in the lines.
    Open(OrderImport),
    /// The same bytes came in before; nothing to do.
    AlreadyImported(ImportRecord),
}

/// An open import of orders: one transaction on the writer. Dropped unfinished, it leaves nothing. It holds the records
/// file's writer: other writes wait for it, so the thread that feeds it must not write to records meanwhile.
pub struct OrderImport {}

impl OrderImport {
    /// Hands in some lines (any number; [`crate::limits::LINES_PER_CHUNK`] is good). Waits while the writer is behind.
    pub fn push(&mut self, lines: Vec<OrderLine>) -> Result<()> {
        crate::file::later(lines)
    }

    /// Commits.
    pub fn finish(self) -> Result<ImportRecord> {
        crate::file::later(())
    }
}

/// A row of an items file. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemImport {
    /// SKU.
    pub sku: String,
    /// Name.
    pub name: Option<String>,
    /// Category.
    pub category: Option<String>,
    /// Unit of measure.
    pub unit_of_measure: Option<String>,
    /// What a unit costs.
    pub unit_cost: Option<Money>,
    /// The supplier's code; a new one makes a supplier.
    pub supplier_code: Option<String>,
    /// The supplier's name; without a code it is the code too.
    pub supplier_name: Option<String>,
    /// Order to arrival.
    pub lead_time_days: Option<u16>,
    /// Orders come in multiples of this.
    pub pack_size: Option<Quantity>,
    /// Orders are at least this.
    pub order_quantity_min: Option<Quantity>,
    /// The share of cycles without a stock-out.
    pub service_level: Option<Permille>,
}

/// A row of a stock file. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockImport {
    /// SKU; a new one makes an item.
    pub sku: String,
    /// On hand.
    pub on_hand: Quantity,
    /// Promised to orders.
    pub allocated: Option<Quantity>,
    /// Ordered from suppliers.
    pub on_order: Option<Quantity>,
    /// The day it was true.
    pub as_of: Option<Day>,
}

/// A row of a suppliers file. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SupplierImport {
    /// Code.
    pub code: String,
    /// Name.
    pub name: Option<String>,
    /// Order to arrival.
    pub lead_time_days: Option<u16>,
}

impl Records {
    /// Begins an import of order lines to push into.
    pub fn begin_order_import(&self, act: &Act, meta: &ImportMeta, stop: &Stop) -> Result<OrderImportStart> {
        crate::file::later((act, meta, stop))
    }

    /// Imports order lines from an iterator, all in one transaction. An `Err` of the iterator (the file broke off) or a
    /// `stop` leaves nothing. Unknown codes make items. A line that came in before (order, item, and which one of that
    /// item in the order) is counted as a duplicate, not added again.
    pub fn import_orders(
        &self,
        act: &Act,
        meta: &ImportMeta,
        lines: &mut dyn Iterator<Item = Result<OrderLine, String>>,
        stop: &Stop,
        progress: &Progress<'_>,
    ) -> Result<ImportOutcome> {
        let _ = (lines, progress);
        crate::file::later((act, meta, stop))
    }

    /// Imports items: inserts new codes, changes what the file gives of known ones.
    pub fn import_items(
        &self,
        act: &Act,
        meta: &ImportMeta,
        rows: Vec<ItemImport>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        crate::file::later((act, meta, rows, stop))
    }

    /// Imports stock on hand; differences go to the ledger.
    pub fn import_stock(
        &self,
        act: &Act,
        meta: &ImportMeta,
        rows: Vec<StockImport>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        crate::file::later((act, meta, rows, stop))
    }

    /// Imports suppliers.
    pub fn import_suppliers(
        &self,
        act: &Act,
        meta: &ImportMeta,
        rows: Vec<SupplierImport>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        crate::file::later((act, meta, rows, stop))
    }

    /// The import of these bytes, if there was one of this kind.
    pub fn import_of(&self, kind: ImportKind, sha256: &str) -> Result<Option<ImportRecord>> {
        crate::file::later((kind, sha256))
    }

    /// Imports, newest first.
    pub fn imports(&self, limit: u32) -> Result<Vec<ImportRecord>> {
        crate::file::later(limit)
    }
}
