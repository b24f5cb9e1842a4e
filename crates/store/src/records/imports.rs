//! Imports of files: one transaction, one record and one audit row per file.
//!
//! Order lines come in chunks over a bounded channel into one transaction on the writer, so a file of any length needs
//! little memory, and reading it goes on beside the writing. A line's key is (item, source and order, which line of that item in
//! that order); the order's number is kept as the first 64 bits of its SHA-256. A line that is known otherwise is corrected
//! (`corrections`). Two of a million different orders
//! share a key with a chance of 1 in 37 million (n² / 2^65); then, only if both hold the same item, one line would be
//! taken for a repeat.

pub(crate) mod corrections;
mod shipments;
mod undo;

pub use corrections::LineCorrection;
pub use shipments::{ShipmentImport, Way};
pub use undo::{ImportUndo, Kept, KeptBecause};
pub(crate) use undo::{Journal, Table};

use super::Records;
use super::customers::note_all;
use super::fleet::{take_deliveries, take_vehicles};
use super::items::{find_sku, find_supplier_code, write_item, write_row, write_supplier};
use super::levels::{ItemLevel, take_level};
use super::site::{find_zone, zone_of};
use super::stock::Warehouse;
use super::stock::places::{find_bin_code, find_bin_in, take_warehouse, write_bin};
use super::stock::taking::take_stock;
use super::units_of_measure::{add_substitute, take_units};
use crate::audit::{Change, audited};
use crate::file::{DataFile, count, first, need, rows, run, stored};
use crate::limits::{
    AMOUNT_MAX, CHUNKS_WAITING_MAX, CORRECTIONS_TOLD_MAX, LINES_PER_CHUNK, QUANTITY_MAX, SUMS_GATHERED_MAX,
};
use crate::words::{import_kind, import_kind_code, import_kind_word};
use crate::{Act, Error, ErrorKind, Result};
use corrections::{Corrector, Known, Said};
use domain::stock::{Bin, Capacity, DEFAULT_BIN, LotStatus, Spot, TemperatureClass};
use domain::{Delivery, Item, OrderLine, Ratio, Size, Supplier, VehicleEntry};
use rusqlite::{CachedStatement, Connection, Row, params};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use units::{
    Day, ImportId, ItemId, Money, Permille, Progress, Quantity, Stop, SupplierId, Timestamp, ZoneId,
};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "imports-1",
    // once: what makes two imports the same one.
    "CREATE TABLE import(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind INTEGER NOT NULL,
        once TEXT NOT NULL,
        file_name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        mapping TEXT NOT NULL,
        at INTEGER NOT NULL,
        by TEXT NOT NULL,
        rows INTEGER NOT NULL,
        added INTEGER NOT NULL,
        duplicates INTEGER NOT NULL,
        rejected INTEGER NOT NULL,
        items_created INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        amount INTEGER NOT NULL,
        first_day INTEGER,
        last_day INTEGER,
        UNIQUE (kind, once)
     );",
)];

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
    /// Vehicles.
    Vehicles,
    /// Deliveries.
    Deliveries,
    /// Bins, and suppliers where a file lists them among its places.
    Places,
    /// Despatch advices, and orders of other systems.
    Shipments,
    /// Customers.
    Customers,
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
    /// Rows of the file left out for an error, where that is known beforehand.
    pub rejected: u64,
    /// Go the whole way and leave nothing: what the import would do is answered, then taken back.
    pub rehearse: bool,
    /// Where orders come from, which is a part of their lines' keys; empty: from the only place there is.
    pub source: String,
}

/// What a rehearsal would have done, handed out of the transaction that is taken back.
type Rehearsed = Arc<Mutex<Option<ImportRecord>>>;

/// Ends a rehearsal: its record is kept aside, the error takes the rest back.
fn rehearsed(aside: &Rehearsed, record: ImportRecord) -> Error {
    *aside.lock().unwrap_or_else(PoisonError::into_inner) = Some(record);
    Error::new(ErrorKind::Stopped, "this was a rehearsal; nothing of it was kept")
}

fn take_aside(aside: &Rehearsed) -> Option<ImportRecord> {
    aside.lock().unwrap_or_else(PoisonError::into_inner).take()
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
    /// Order lines that were known otherwise, and are now as the file says.
    pub corrected: u64,
    /// The first of these, where the import has just been made.
    pub corrections: Vec<LineCorrection>,
    /// Rows left out for an error.
    pub rejected: u64,
    /// Items the import made, because their code was new.
    pub items_created: u64,
    /// Sum of the quantities added, and of what corrections changed.
    pub quantity: Quantity,
    /// Sum of the amounts, likewise.
    pub amount: Money,
    /// First day of what was added.
    pub first_day: Option<Day>,
    /// Last day of what was added.
    pub last_day: Option<Day>,
    /// When it was last undone, in whole or in part.
    pub undone: Option<Timestamp>,
    /// It is a trial: what is only kept for later need not be written.
    pub rehearsal: bool,
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
pub struct OrderImport {
    file: DataFile,
    lines: Option<SyncSender<Feed>>,
    outcome: Receiver<Result<ImportRecord>>,
    stop: Stop,
    rejected: u64,
    rehearsal: Rehearsed,
}

enum Feed {
    Items(Vec<ItemImport>),
    Lines(Vec<OrderLine>),
    Finish { rejected: u64 },
}

const IMPORTING: &str = "import order lines";

impl OrderImport {
    /// Hands in some lines (any number; [`crate::limits::LINES_PER_CHUNK`] is good). Waits while the writer is behind.
    pub fn push(&mut self, lines: Vec<OrderLine>) -> Result<()> {
        self.stop.check()?;
        self.feed(Feed::Lines(lines))
    }

    /// Tells of items before their lines come: those that the import makes take name, category and unit of measure; what is
    /// known of others stays.
    pub fn describe(&mut self, items: Vec<ItemImport>) -> Result<()> {
        if items.is_empty() { Ok(()) } else { self.feed(Feed::Items(items)) }
    }

    /// How many rows of the file were left out for an error, where reading it has told only now.
    pub fn set_rejected(&mut self, rejected: u64) {
        self.rejected = rejected;
    }

    /// Commits.
    pub fn finish(mut self) -> Result<ImportRecord> {
        self.stop.check()?;
        self.feed(Feed::Finish { rejected: self.rejected })?;
        self.lines = None;
        let answer = self.file.answer(IMPORTING, &self.outcome);
        match take_aside(&self.rehearsal) {
            Some(record) => Ok(record),
            None => answer,
        }
    }

    fn feed(&mut self, feed: Feed) -> Result<()> {
        let fed = self.lines.as_ref().is_some_and(|lines| lines.send(feed).is_ok());
        if fed {
            return Ok(());
        }
        // The writer has given up before the end of the file: its error says why.
        self.lines = None;
        match self.file.answer(IMPORTING, &self.outcome) {
            Err(error) => Err(error),
            Ok(_) => Err(Error::new(ErrorKind::Permanent, "the import was already finished; start it again")),
        }
    }
}

impl Drop for OrderImport {
    fn drop(&mut self) {
        // Unfinished: the writer sees the channel close and rolls back; who comes next finds nothing of it.
        if self.lines.take().is_some() {
            let _ = self.outcome.recv();
        }
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
    /// What a pack is called: a unit of its own, as large as the pack size.
    pub package: Option<String>,
    /// The row is about another unit than the item's own, which holds so many of it.
    pub unit_factor: Option<Ratio>,
    /// The number under the bar code of the row's unit.
    pub gtin: Option<String>,
    /// How large and heavy one of the row's unit is.
    pub size: Size,
    /// How cold the item wants to lie.
    pub temperature: Option<TemperatureClass>,
    /// How much of it a manager wants to be kept.
    pub level: Option<ItemLevel>,
    /// What may stand in for it, by code; left out where no item has that code.
    pub substitute: Option<String>,
}

/// A row of a stock file. What is `None` stays as it is. Rows of one code, lot, bin and status are added up.
///
/// All rows of a code together say where its stock lies: where they name a lot, a bin or a status, what they don't name is
/// empty. Rows with none of these say only how much there is in all.
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
    /// The lot's code; a new one makes a lot.
    pub lot: Option<String>,
    /// The lot's last day.
    pub expiry: Option<Day>,
    /// The bin's code; a new one makes a bin. `None`: the bin of what nobody said the place of.
    pub bin: Option<String>,
    /// The warehouse the bin is in; `None`: the only one that has a bin of that code.
    pub warehouse: Option<String>,
    /// How it stands: that of the lot, where there is one. `None`: as the lot stands already, else available.
    pub status: Option<LotStatus>,
    /// What a unit cost, to value it by.
    pub unit_cost: Option<Money>,
    /// The name of an item that the row makes.
    pub name: Option<String>,
    /// The unit of measure of an item that the row makes.
    pub unit_of_measure: Option<String>,
}

/// A bin of a file of places. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BinImport {
    /// The warehouse it is in; `None`: the only one that has a bin of that code.
    pub warehouse: Option<String>,
    /// Its code.
    pub code: String,
    /// The number on its label.
    pub number: Option<String>,
    /// The zone it is in, by name; a new one makes a zone.
    pub zone: Option<String>,
    /// What it holds at most.
    pub capacity: Capacity,
    /// How cold it is kept.
    pub temperature: Option<TemperatureClass>,
    /// Where it is.
    pub spot: Option<Spot>,
    /// Its turn on a picking walk.
    pub pick_order: Option<i64>,
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

const IMPORT: &str = "SELECT id, kind, file_name, sha256, mapping, at, by, rows, added, duplicates, rejected,
    items_created, quantity, amount, first_day, last_day,
    (SELECT max(u.at) FROM import_undo u WHERE u.import = import.id), corrected FROM import";

fn import(row: &Row<'_>) -> Result<ImportRecord> {
    Ok(ImportRecord {
        id: ImportId(row.get(0)?),
        kind: import_kind(row.get(1)?)?,
        file_name: row.get(2)?,
        sha256: row.get(3)?,
        mapping: row.get(4)?,
        at: Timestamp(row.get(5)?),
        by: row.get(6)?,
        rows: count(row.get(7)?),
        added: count(row.get(8)?),
        duplicates: count(row.get(9)?),
        rejected: count(row.get(10)?),
        items_created: count(row.get(11)?),
        quantity: Quantity(row.get(12)?),
        amount: Money(row.get(13)?),
        first_day: row.get::<_, Option<i32>>(14)?.map(Day),
        last_day: row.get::<_, Option<i32>>(15)?.map(Day),
        undone: row.get::<_, Option<i64>>(16)?.map(Timestamp),
        corrected: count(row.get(17)?),
        corrections: Vec::new(),
        rehearsal: false,
    })
}

/// What makes two imports the same: the bytes; but master data read again with other columns is another import. Orders
/// are not: another column for the order's number would double them.
fn once(kind: ImportKind, meta: &ImportMeta) -> String {
    match kind {
        ImportKind::Orders => meta.sha256.clone(),
        _ => format!("{} {}", meta.sha256, meta.mapping),
    }
}

fn done_before(db: &Connection, kind: ImportKind, meta: &ImportMeta) -> Result<Option<ImportRecord>> {
    let sql = format!("{IMPORT} WHERE kind = ?1 AND once = ?2");
    first(db, &sql, (import_kind_code(kind), once(kind, meta)), import)
}

/// Makes the import's row, so that what it brings can name it; [`close`] fills in the figures.
fn open(tx: &Connection, act: &Act, kind: ImportKind, meta: &ImportMeta) -> Result<ImportRecord> {
    run(
        tx,
        "INSERT INTO import(kind, once, file_name, sha256, mapping, at, by, rows, added, duplicates, rejected,
            items_created, quantity, amount)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, ?8, 0, 0, 0)",
        params![
            import_kind_code(kind),
            once(kind, meta),
            meta.file_name,
            meta.sha256,
            meta.mapping,
            act.at.0,
            act.by.name,
            stored(meta.rejected)
        ],
    )?;
    let id = tx.last_insert_rowid();
    let record = need(first(tx, &format!("{IMPORT} WHERE id = ?1"), [id], import)?, "import", id)?;
    Ok(ImportRecord { rehearsal: meta.rehearse, ..record })
}

fn close(change: &Change<'_>, record: &ImportRecord) -> Result<()> {
    run(
        change.tx,
        "UPDATE import SET rows = ?2, added = ?3, duplicates = ?4, rejected = ?5, items_created = ?6, quantity = ?7,
            amount = ?8, first_day = ?9, last_day = ?10, corrected = ?11 WHERE id = ?1",
        params![
            record.id.0,
            stored(record.rows),
            stored(record.added),
            stored(record.duplicates),
            stored(record.rejected),
            stored(record.items_created),
            record.quantity.0,
            record.amount.0,
            record.first_day.map(|d| d.0),
            record.last_day.map(|d| d.0),
            stored(record.corrected)
        ],
    )?;
    let new = json!({
        "file": record.file_name,
        "sha256": record.sha256,
        "rows": record.rows,
        "added": record.added,
        "duplicates": record.duplicates,
        "corrected": record.corrected,
        "corrections": record.corrections.iter().map(correction_json).collect::<Vec<_>>(),
        "rejected": record.rejected,
        "items_created": record.items_created,
        "quantity": record.quantity,
        "amount": record.amount,
        "first_day": record.first_day.map(|d| d.to_string()),
        "last_day": record.last_day.map(|d| d.to_string()),
    });
    let action = format!("import.{}", import_kind_word(record.kind));
    change.audit(&action, &format!("import {}", record.id), None, Some(new))
}

/// A correction as the audit keeps it: was and became.
fn correction_json(one: &LineCorrection) -> serde_json::Value {
    let amount = |of: Option<Money>| of.map(|money| format!("{money:.2}"));
    json!({
        "order": one.order_ref,
        "sku": one.sku,
        "line": one.occurrence,
        "day": [one.day.0.to_string(), one.day.1.to_string()],
        "quantity": [one.quantity.0, one.quantity.1],
        "amount": [amount(one.amount.0), amount(one.amount.1)],
        "customer": one.customer,
    })
}

/// The first 64 bits of SHA-256 over the texts, each with its length.
fn key_of(texts: &[&str]) -> i64 {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    let bytes: [u8; 32] = hash.finalize().into();
    let [a, b, c, d, e, f, g, h, ..] = bytes;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// What order lines know a customer by.
pub(crate) fn customer_key(text: &str) -> i64 {
    key_of(&[text])
}

/// Order lines on their way into the tables.
struct OrderSink<'t> {
    tx: &'t Connection,
    record: ImportRecord,
    items: HashMap<String, i64>,
    /// What the file said of items that are not made yet, and the codes of those it made without a word.
    told: HashMap<String, ItemImport>,
    bare: HashSet<String>,
    /// Demand not yet added to `item_day`.
    sums: HashMap<(i64, i32), (i64, i64)>,
    /// (item, order) pairs that came more than once in this file, and how often so far. Those that came once are told
    /// by their row's `seen`, so that this stays small.
    repeats: HashMap<(i64, i64), u32>,
    journal: Journal<'t>,
    /// Where the orders come from.
    source: String,
    /// The last order's number and key: files mostly keep an order's lines together.
    last_order: (String, i64),
    /// Whom the lines name, with what they are known by.
    customers: HashMap<String, i64>,
    /// Lines of the order at hand that were known before.
    known: Known,
    corrector: Corrector<'t>,
    insert: CachedStatement<'t>,
    kept: CachedStatement<'t>,
    mark: CachedStatement<'t>,
}

impl<'t> OrderSink<'t> {
    fn new(tx: &'t Connection, record: ImportRecord, source: &str) -> Result<Self> {
        let items = rows(tx, "SELECT sku, id FROM item", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let import_id = record.id;
        let journal = Journal::of(tx, &record);
        Ok(Self {
            tx,
            record,
            journal,
            items: items.into_iter().collect(),
            told: HashMap::new(),
            bare: HashSet::new(),
            sums: HashMap::new(),
            repeats: HashMap::new(),
            source: source.to_owned(),
            last_order: (String::new(), 0),
            customers: HashMap::new(),
            insert: tx.prepare_cached(
                "INSERT OR IGNORE INTO order_line(item, order_key, occurrence, day, quantity, amount, customer_key,
                    import, seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)",
            )?,
            known: Known::default(),
            corrector: Corrector::new(tx, import_id),
            kept: tx.prepare_cached(
                "SELECT seen, day, quantity, amount, customer_key FROM order_line
                 WHERE item = ?1 AND order_key = ?2 AND occurrence = ?3",
            )?,
            mark: tx.prepare_cached(
                "UPDATE order_line SET seen = ?3 WHERE item = ?1 AND order_key = ?2 AND occurrence = 1",
            )?,
        })
    }

    fn add(&mut self, line: OrderLine) -> Result<()> {
        self.record.rows += 1;
        let amount = line.net_amount.map(|m| m.0);
        if line.quantity.0.unsigned_abs() > QUANTITY_MAX
            || amount.is_some_and(|a| a.unsigned_abs() > AMOUNT_MAX)
        {
            return Err(Error::new(
                ErrorKind::Permanent,
                format!(
                    "line {} of the file (order {}, item {}) has a quantity or amount too large to be kept; correct the file and import it again. Nothing of it was kept",
                    self.record.rows, line.order_ref, line.sku
                ),
            ));
        }
        let item = self.item(line.sku)?;
        let customer = line.customer.as_deref().map(|customer| match self.customers.get(customer) {
            Some(key) => *key,
            None => {
                let key = customer_key(customer);
                self.customers.insert(customer.to_owned(), key);
                key
            }
        });
        let order = if line.order_ref.is_empty() {
            // Lines without an order's number: those of one customer on one day stand for an order.
            let day = line.day.to_string();
            self.order_key(&["", &day, line.customer.as_deref().unwrap_or("")])
        } else {
            if self.last_order.0 != line.order_ref {
                let key = self.order_key(&[&line.order_ref]);
                self.last_order = (line.order_ref.clone(), key);
            }
            self.last_order.1
        };
        let import = self.record.id.0;
        let mut put = |occurrence: u32| {
            let row = params![item, order, occurrence, line.day.0, line.quantity.0, amount, customer, import];
            self.insert.execute(row)
        };
        let mut is_new = put(1)? == 1;
        if !is_new {
            let mut look = |occurrence: u32| {
                self.kept.query_row((item, order, occurrence), |row| {
                    let kept = Said {
                        day: row.get(1)?,
                        quantity: row.get(2)?,
                        amount: row.get(3)?,
                        customer: row.get(4)?,
                    };
                    Ok((row.get::<_, i64>(0)?, kept))
                })
            };
            let (last_seen, mut kept) = look(1)?;
            let mut place = 1;
            if last_seen == import {
                let occurrence = self.repeats.entry((item, order)).or_insert(1);
                *occurrence = occurrence.saturating_add(1);
                place = *occurrence;
                is_new = put(place)? == 1;
                if !is_new {
                    kept = look(place)?.1;
                }
            } else {
                self.mark.execute((item, order, import))?;
            }
            if !is_new {
                self.record.duplicates += 1;
                let said = Said { day: line.day.0, quantity: line.quantity.0, amount, customer };
                if self.known.add((item, order, place), &line.order_ref, said, kept) {
                    self.corrector.settle(&mut self.known, &mut self.sums)?;
                }
                return Ok(());
            }
        }
        let record = &mut self.record;
        record.added += 1;
        record.quantity = record.quantity.plus(line.quantity);
        record.amount = record.amount.plus(line.net_amount.unwrap_or_default());
        record.first_day = Some(record.first_day.map_or(line.day, |day| day.min(line.day)));
        record.last_day = record.last_day.max(Some(line.day));
        let sum = self.sums.entry((item, line.day.0)).or_default();
        *sum = (sum.0 + line.quantity.0, sum.1 + 1);
        if self.sums.len() >= SUMS_GATHERED_MAX {
            self.flush()?;
        }
        Ok(())
    }

    /// The key of an order: two sources may give two orders one number. Without a source it is what it always was.
    fn order_key(&self, texts: &[&str]) -> i64 {
        if self.source.is_empty() {
            return key_of(texts);
        }
        key_of(&[&["source", self.source.as_str()], texts].concat())
    }

    fn item(&mut self, sku: String) -> Result<i64> {
        if let Some(id) = self.items.get(&sku) {
            return Ok(*id);
        }
        let item = match self.told.remove(&sku) {
            Some(told) => described(bare_item(&sku), told),
            None => {
                self.bare.insert(sku.clone());
                bare_item(&sku)
            }
        };
        let id = write_item(self.tx, &item)?.0;
        self.journal.note(Table::Item, id, None)?;
        self.record.items_created += 1;
        self.items.insert(sku, id);
        Ok(id)
    }

    /// Keeps what is said of items to come; those made before a row told of them take it now.
    fn describe(&mut self, items: Vec<ItemImport>) -> Result<()> {
        for told in items {
            if !self.items.contains_key(&told.sku) {
                self.told.insert(told.sku.clone(), told);
            } else if self.bare.remove(&told.sku)
                && let Some(known) = find_sku(self.tx, &told.sku)?
            {
                let (id, was) = (known.id.0, self.journal.before(Table::Item, known.id.0)?);
                write_item(self.tx, &described(known, told))?;
                self.journal.note(Table::Item, id, was)?;
            }
        }
        Ok(())
    }

    /// Adds the gathered sums to `item_day`, in the order of its key.
    fn flush(&mut self) -> Result<()> {
        let mut sums: Vec<_> = self.sums.drain().collect();
        sums.sort_unstable();
        let mut add = self.tx.prepare_cached(
            "INSERT INTO item_day(item, day, quantity, lines) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (item, day) DO UPDATE SET quantity = quantity + excluded.quantity,
                lines = lines + excluded.lines",
        )?;
        for ((item, day), (quantity, lines)) in sums {
            add.execute((item, day, quantity, lines))?;
        }
        Ok(())
    }

    fn finish(mut self, change: &Change<'_>, rejected: u64) -> Result<ImportRecord> {
        let mut names: Vec<String> = self.customers.drain().map(|(name, _)| name).collect();
        names.sort_unstable();
        note_all(change, &mut self.journal, names.iter())?;
        self.corrector.settle(&mut self.known, &mut self.sums)?;
        self.flush()?;
        self.record.rejected = rejected;
        self.record.corrected = self.corrector.count();
        if self.record.corrected > 0 {
            let (quantity, amount) = self.corrector.changed();
            self.record.quantity = self.record.quantity.plus(quantity);
            self.record.amount = self.record.amount.plus(amount);
            // A day from which the last line went has no demand any more.
            run(self.tx, "DELETE FROM item_day WHERE lines <= 0", [])?;
            self.record.duplicates -= self.record.corrected;
            self.record.corrections = corrections::of_import(self.tx, self.record.id, CORRECTIONS_TOLD_MAX)?;
        }
        Ok(self.record)
    }
}

/// An item as a file of orders tells of it.
fn described(item: Item, told: ItemImport) -> Item {
    Item {
        name: told.name.unwrap_or(item.name),
        category: told.category.or(item.category),
        unit_of_measure: told.unit_of_measure.or(item.unit_of_measure),
        ..item
    }
}

/// An item of which only the code is known.
pub(crate) fn bare_item(sku: &str) -> Item {
    Item {
        id: ItemId(0),
        sku: sku.to_owned(),
        name: sku.to_owned(),
        category: None,
        unit_of_measure: None,
        unit_cost: None,
        supplier: None,
        lead_time_days: None,
        pack_size: None,
        order_quantity_min: None,
        service_level: None,
    }
}

/// What the writer does for an import of orders: takes lines until told to finish. A closed channel means that whoever
/// fed it is gone or was stopped.
fn take_orders(
    change: &Change<'_>,
    record: ImportRecord,
    source: &str,
    feed: &Receiver<Feed>,
    stop: &Stop,
) -> Result<ImportRecord> {
    let mut sink = OrderSink::new(change.tx, record, source)?;
    loop {
        match feed.recv() {
            Ok(Feed::Items(items)) => sink.describe(items)?,
            Ok(Feed::Lines(lines)) => {
                stop.check()?;
                for line in lines {
                    sink.add(line)?;
                }
            }
            Ok(Feed::Finish { rejected }) => {
                stop.check()?;
                let record = sink.finish(change, rejected)?;
                close(change, &record)?;
                return Ok(record);
            }
            Err(_) => {
                return Err(Error::new(
                    ErrorKind::Stopped,
                    "the import was given up before its end; nothing was kept",
                ));
            }
        }
    }
}

fn take_items(
    change: &Change<'_>,
    record: &mut ImportRecord,
    given: Vec<ItemImport>,
    stop: &Stop,
) -> Result<()> {
    let mut journal = Journal::of(change.tx, record);
    for row in given {
        stop.check()?;
        record.rows += 1;
        let known = find_sku(change.tx, &row.sku)?;
        let mut item = known.clone().unwrap_or_else(|| bare_item(&row.sku));
        item.name = row.name.clone().unwrap_or(item.name);
        item.category = row.category.clone().or(item.category);
        // A row with a factor is about another unit than the item's own.
        if row.unit_factor.is_none_or(|factor| factor == Ratio::ONE) {
            item.unit_of_measure = row.unit_of_measure.clone().or(item.unit_of_measure);
        }
        item.unit_cost = row.unit_cost.or(item.unit_cost);
        item.lead_time_days = row.lead_time_days.or(item.lead_time_days);
        item.pack_size = row.pack_size.or(item.pack_size);
        item.order_quantity_min = row.order_quantity_min.or(item.order_quantity_min);
        item.service_level = row.service_level.or(item.service_level);
        if let Some(code) = row.supplier_code.as_ref().or(row.supplier_name.as_ref()) {
            item.supplier =
                Some(supplier_of(&mut journal, change.tx, code, row.supplier_name.as_deref(), None)?.0);
        }
        let mut changed = known.as_ref() != Some(&item);
        let id = if changed {
            let was = journal.before(Table::Item, item.id.0)?;
            let id =
                if record.rehearsal { write_row(change.tx, &item)? } else { write_item(change.tx, &item)? };
            journal.note(Table::Item, id.0, was)?;
            id
        } else {
            item.id
        };
        changed |= take_units(&mut journal, change.tx, id, item.unit_of_measure.as_deref(), &row)?;
        if let Some(level) = &row.level {
            changed |= take_level(&mut journal, change.tx, ItemLevel { item: id, ..level.clone() })?;
        }
        if let Some(other) = &row.substitute
            && let Some(other) = find_sku(change.tx, other)?.filter(|other| other.id != id)
        {
            changed |= add_substitute(&mut journal, change.tx, id, other.id)?;
        }
        if !changed {
            record.duplicates += 1;
            continue;
        }
        record.added += 1;
        record.items_created += u64::from(known.is_none());
    }
    Ok(())
}

/// The supplier of a code, made or changed where the file says more than is known; and whether it was.
fn supplier_of(
    journal: &mut Journal<'_>,
    tx: &Connection,
    code: &str,
    name: Option<&str>,
    lead_time_days: Option<u16>,
) -> Result<(SupplierId, bool)> {
    let known = find_supplier_code(tx, code)?;
    let mut supplier = known.clone().unwrap_or_else(|| Supplier {
        id: SupplierId(0),
        code: code.to_owned(),
        name: code.to_owned(),
        lead_time_days: None,
    });
    if let Some(name) = name {
        name.clone_into(&mut supplier.name);
    }
    supplier.lead_time_days = lead_time_days.or(supplier.lead_time_days);
    if known.as_ref() == Some(&supplier) {
        return Ok((supplier.id, false));
    }
    let was = journal.before(Table::Supplier, supplier.id.0)?;
    let id = write_supplier(tx, &supplier)?;
    journal.note(Table::Supplier, id.0, was)?;
    Ok((id, true))
}

fn take_bins(
    journal: &mut Journal<'_>,
    change: &Change<'_>,
    record: &mut ImportRecord,
    given: Vec<BinImport>,
    stop: &Stop,
) -> Result<()> {
    for row in given {
        stop.check()?;
        record.rows += 1;
        let named = row.warehouse.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let look = |code: &str| match named {
            Some(warehouse) => {
                let own = find_bin_in(change.tx, warehouse, code)?;
                // Made before anybody said whose it is.
                Ok(match own {
                    None => find_bin_in(change.tx, "", code)?.filter(|bin| bin.id != DEFAULT_BIN),
                    own => own,
                })
            }
            None => find_bin_code(change.tx, code),
        };
        let mut code = row.code.clone();
        let mut known = look(&code)?;
        // Two places of one name in one warehouse, told apart by their numbers: the second goes by its number.
        if let (Some(bin), Some(number)) = (&known, &row.number)
            && bin.number.as_ref().is_some_and(|own| own != number)
        {
            code.clone_from(number);
            known = look(&code)?;
        }
        let old = known.clone().unwrap_or(Bin { code, ..Bin::default() });
        let warehouse = named.map_or(old.warehouse.clone(), str::to_owned);
        let zone = match &row.zone {
            Some(name) => zone_in(change.tx, &warehouse, name)?.or(old.zone),
            None => old.zone,
        };
        let capacity = Capacity {
            units: row.capacity.units.or(old.capacity.units),
            volume_ml: row.capacity.volume_ml.or(old.capacity.volume_ml),
            weight_grams: row.capacity.weight_grams.or(old.capacity.weight_grams),
            handling_units: row.capacity.handling_units.or(old.capacity.handling_units),
        };
        let bin = Bin {
            warehouse,
            number: row.number.or(old.number.clone()),
            zone,
            capacity,
            temperature: row.temperature.or(old.temperature),
            spot: row.spot.or(old.spot),
            pick_order: row.pick_order.or(old.pick_order),
            ..old
        };
        if known.as_ref() == Some(&bin) {
            record.duplicates += 1;
            continue;
        }
        let was = journal.before(Table::Bin, bin.id.0)?;
        let id = write_bin(change.tx, &bin)?;
        journal.note(Table::Bin, id.0, was)?;
        record.added += 1;
    }
    Ok(())
}

/// The zone of a name, for bins of a warehouse: two warehouses' rooms of one name are two zones.
fn zone_in(tx: &Connection, warehouse: &str, name: &str) -> Result<Option<ZoneId>> {
    let taken = |zone: ZoneId| {
        let sql = "SELECT 1 FROM bin WHERE zone = ?1 AND warehouse NOT IN (?2, '') LIMIT 1";
        first(tx, sql, (zone.0, warehouse), |row| Ok(row.get::<_, i64>(0)?)).map(|found| found.is_some())
    };
    match find_zone(tx, name)? {
        Some(zone) if !warehouse.is_empty() && taken(zone)? => zone_of(tx, &format!("{name} ({warehouse})")),
        _ => zone_of(tx, name),
    }
}

fn take_suppliers(
    journal: &mut Journal<'_>,
    change: &Change<'_>,
    record: &mut ImportRecord,
    given: Vec<SupplierImport>,
    stop: &Stop,
) -> Result<()> {
    for row in given {
        stop.check()?;
        record.rows += 1;
        let (_, changed) =
            supplier_of(journal, change.tx, &row.code, row.name.as_deref(), row.lead_time_days)?;
        *(if changed { &mut record.added } else { &mut record.duplicates }) += 1;
    }
    Ok(())
}

impl Records {
    /// Begins an import of order lines to push into.
    pub fn begin_order_import(&self, act: &Act, meta: &ImportMeta, stop: &Stop) -> Result<OrderImportStart> {
        stop.check()?;
        let (lines, feed) = sync_channel(CHUNKS_WAITING_MAX);
        let (begin, begun) = sync_channel(1);
        let (act, owned_meta, owned_stop) = (act.clone(), meta.clone(), stop.clone());
        let rehearsal = Rehearsed::default();
        let aside = rehearsal.clone();
        let outcome = self.file.submit(move |tx| {
            if let Some(record) = done_before(tx, ImportKind::Orders, &owned_meta)? {
                let _ = begin.send(Some(record.clone()));
                return Ok(record);
            }
            audited(tx, &act, |change| {
                let record = open(change.tx, change.act, ImportKind::Orders, &owned_meta)?;
                let _ = begin.send(None);
                let record = take_orders(change, record, &owned_meta.source, &feed, &owned_stop)?;
                if owned_meta.rehearse { Err(rehearsed(&aside, record)) } else { Ok(record) }
            })
        })?;
        match begun.recv() {
            Ok(Some(record)) => Ok(OrderImportStart::AlreadyImported(record)),
            Ok(None) => Ok(OrderImportStart::Open(OrderImport {
                file: self.file.clone(),
                lines: Some(lines),
                outcome,
                stop: stop.clone(),
                rejected: meta.rejected,
                rehearsal,
            })),
            // It failed before it began.
            Err(_) => {
                let record = self.file.answer(IMPORTING, &outcome)?;
                Ok(OrderImportStart::AlreadyImported(record))
            }
        }
    }

    /// Imports order lines from an iterator, all in one transaction. An `Err` of the iterator (the file broke off) or a
    /// `stop` leaves nothing. Unknown codes make items. A line that came in before (order, item, and which one of that
    /// item in the order) is counted as a duplicate, not added again. Progress counts lines handed in.
    pub fn import_orders(
        &self,
        act: &Act,
        meta: &ImportMeta,
        lines: &mut dyn Iterator<Item = Result<OrderLine, String>>,
        stop: &Stop,
        progress: &Progress<'_>,
    ) -> Result<ImportOutcome> {
        let mut import = match self.begin_order_import(act, meta, stop)? {
            OrderImportStart::AlreadyImported(record) => return Ok(ImportOutcome::AlreadyImported(record)),
            OrderImportStart::Open(import) => import,
        };
        let mut handed_in = 0;
        loop {
            let mut chunk = Vec::with_capacity(LINES_PER_CHUNK);
            for line in (&mut *lines).take(LINES_PER_CHUNK) {
                chunk.push(line.map_err(|why| {
                    Error::new(
                        ErrorKind::Permanent,
                        format!("could not import {}: {why}; nothing of it was kept", meta.file_name),
                    )
                })?);
            }
            if chunk.is_empty() {
                return Ok(ImportOutcome::Imported(import.finish()?));
            }
            handed_in += chunk.len() as u64;
            import.push(chunk)?;
            progress.report(handed_in, 0);
        }
    }

    /// Imports items: inserts new codes, changes what the file gives of known ones.
    pub fn import_items(
        &self,
        act: &Act,
        meta: &ImportMeta,
        rows: Vec<ItemImport>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        let stop = stop.clone();
        self.import_rows(act, meta, ImportKind::Items, move |change, record| {
            take_items(change, record, rows, &stop)
        })
    }

    /// Imports stock on hand; differences go to the ledger. Unknown codes make items.
    pub fn import_stock(
        &self,
        act: &Act,
        meta: &ImportMeta,
        rows: Vec<StockImport>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        let stop = stop.clone();
        self.import_rows(act, meta, ImportKind::Stock, move |change, record| {
            take_stock(change, record, rows, &stop)
        })
    }

    /// Imports suppliers.
    pub fn import_suppliers(
        &self,
        act: &Act,
        meta: &ImportMeta,
        rows: Vec<SupplierImport>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        let stop = stop.clone();
        self.import_rows(act, meta, ImportKind::Suppliers, move |change, record| {
            take_suppliers(&mut Journal::new(change.tx, record.id), change, record, rows, &stop)
        })
    }

    /// Imports places: sites, bins with all that the file says of them, and the suppliers among them.
    pub fn import_places(
        &self,
        act: &Act,
        meta: &ImportMeta,
        sites: Vec<Warehouse>,
        bins: Vec<BinImport>,
        suppliers: Vec<SupplierImport>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        let stop = stop.clone();
        self.import_rows(act, meta, ImportKind::Places, move |change, record| {
            let mut journal = Journal::new(change.tx, record.id);
            for site in &sites {
                record.rows += 1;
                let changed = take_warehouse(&mut journal, change.tx, site)?;
                *(if changed { &mut record.added } else { &mut record.duplicates }) += 1;
            }
            take_bins(&mut journal, change, record, bins, &stop)?;
            take_suppliers(&mut journal, change, record, suppliers, &stop)
        })
    }

    /// Imports despatch advices and orders of other systems as papers: expected shipments, orders, and what left of them.
    pub fn import_shipments(
        &self,
        act: &Act,
        meta: &ImportMeta,
        rows: Vec<ShipmentImport>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        let stop = stop.clone();
        self.import_rows(act, meta, ImportKind::Shipments, move |change, record| {
            shipments::take(change, record, rows, &stop)
        })
    }

    /// Imports customers: who is not known is, and names are kept where they may be.
    pub fn import_customers(
        &self,
        act: &Act,
        meta: &ImportMeta,
        rows: Vec<super::customers::CustomerImport>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        let stop = stop.clone();
        self.import_rows(act, meta, ImportKind::Customers, move |change, record| {
            super::customers::take(change, record, rows, &stop)
        })
    }

    /// Imports vehicles: adds new codes, changes what the file gives of known ones.
    pub fn import_vehicles(
        &self,
        act: &Act,
        meta: &ImportMeta,
        rows: Vec<VehicleEntry>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        let stop = stop.clone();
        self.import_rows(act, meta, ImportKind::Vehicles, move |change, record| {
            take_vehicles(change, record, rows, &stop)
        })
    }

    /// Imports deliveries: adds new numbers of a day, changes known ones.
    pub fn import_deliveries(
        &self,
        act: &Act,
        meta: &ImportMeta,
        rows: Vec<Delivery>,
        stop: &Stop,
    ) -> Result<ImportOutcome> {
        let stop = stop.clone();
        self.import_rows(act, meta, ImportKind::Deliveries, move |change, record| {
            take_deliveries(change, record, rows, &stop)
        })
    }

    fn import_rows(
        &self,
        act: &Act,
        meta: &ImportMeta,
        kind: ImportKind,
        take: impl FnOnce(&Change<'_>, &mut ImportRecord) -> Result<()> + Send + 'static,
    ) -> Result<ImportOutcome> {
        let meta = meta.clone();
        let rehearsal = Rehearsed::default();
        let aside = rehearsal.clone();
        let outcome = self.change("import a file", act, move |change| {
            if let Some(record) = done_before(change.tx, kind, &meta)? {
                return Ok(ImportOutcome::AlreadyImported(record));
            }
            let mut record = open(change.tx, change.act, kind, &meta)?;
            take(change, &mut record)?;
            close(change, &record)?;
            if meta.rehearse { Err(rehearsed(&aside, record)) } else { Ok(ImportOutcome::Imported(record)) }
        });
        match take_aside(&rehearsal) {
            Some(record) => Ok(ImportOutcome::Imported(record)),
            None => outcome,
        }
    }

    /// The newest import of these bytes, if there was one of this kind that stands.
    pub fn import_of(&self, kind: ImportKind, sha256: &str) -> Result<Option<ImportRecord>> {
        self.file.read("look for an import", |db| {
            let sql = format!("{IMPORT} WHERE kind = ?1 AND sha256 = ?2
                AND NOT EXISTS (SELECT 1 FROM import_undo u WHERE u.import = import.id) ORDER BY id DESC LIMIT 1");
            first(db, &sql, (import_kind_code(kind), sha256), import)
        })
    }

    /// Imports, newest first.
    pub fn imports(&self, limit: u32) -> Result<Vec<ImportRecord>> {
        self.file.read("list imports", |db| {
            rows(db, &format!("{IMPORT} ORDER BY id DESC LIMIT ?1"), [limit], import)
        })
    }
}
