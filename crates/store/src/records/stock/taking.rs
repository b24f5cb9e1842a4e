//! A stock file into the ledger: what it says against what is known, and the difference booked.

use super::book::{Book, refresh_expired};
use super::level_of;
use super::places::{bin_of, find_bin_in, find_lot_code, write_lot};
use super::shelf::{Cause, Spot, settle_allocated, settle_on_order, settle_spots, settle_total};
use crate::Result;
use crate::audit::Change;
use crate::file::{rows, run};
use crate::records::imports::{ImportRecord, Journal, StockImport, Table, bare_item};
use crate::records::items::{find_sku, write_item};
use domain::Item;
use domain::stock::{DEFAULT_BIN, Lot, LotStatus, MovementKind, Standing};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use units::{BinId, Day, ItemId, Quantity, Stop};

/// What a file says of one code.
#[derive(Default)]
struct Said {
    rows: Vec<StockImport>,
    on_hand: Quantity,
    allocated: Option<Quantity>,
    on_order: Option<Quantity>,
    as_of: Option<Day>,
}

impl Said {
    fn add(&mut self, row: StockImport) {
        let plus = |a: Option<Quantity>, b: Option<Quantity>| match (a, b) {
            (Some(a), Some(b)) => Some(a.plus(b)),
            (a, b) => a.or(b),
        };
        self.on_hand = self.on_hand.plus(row.on_hand);
        self.allocated = plus(self.allocated, row.allocated);
        self.on_order = plus(self.on_order, row.on_order);
        self.as_of = self.as_of.max(row.as_of);
        self.rows.push(row);
    }

    /// Whether it says where, of which lot or how.
    fn placed(&self) -> bool {
        self.rows.iter().any(|row| row.lot.is_some() || row.bin.is_some() || row.status.is_some())
    }
}

/// Bins by the warehouse and the code that rows name.
type BinsNamed = HashMap<(Option<String>, String), BinId>;

/// The warehouse a file is about whose rows name bins only: the one that has more of them than any other.
fn usual_warehouse(tx: &Connection, given: &[StockImport]) -> Result<Option<String>> {
    let codes: BTreeSet<&String> =
        given.iter().filter(|row| row.warehouse.is_none()).filter_map(|row| row.bin.as_ref()).collect();
    let mut held: BTreeMap<String, u64> = BTreeMap::new();
    for code in codes {
        let sql = "SELECT warehouse FROM bin WHERE code = ?1 AND warehouse <> ''";
        for warehouse in rows(tx, sql, [code], |row| Ok(row.get::<_, String>(0)?))? {
            *held.entry(warehouse).or_default() += 1;
        }
    }
    let most = held.values().max().copied().unwrap_or(0);
    let mut found = held.into_iter().filter(|(_, count)| *count == most).map(|(warehouse, _)| warehouse);
    // Two that have as many: nobody knows which is meant.
    Ok(found.next().filter(|_| found.next().is_none()))
}

/// Takes the rows of a stock file: what it says of a code is true on its day (or today), and what differs is booked.
pub(crate) fn take_stock(
    change: &Change<'_>,
    record: &mut ImportRecord,
    given: Vec<StockImport>,
    stop: &Stop,
) -> Result<()> {
    let tx = change.tx;
    let usual = usual_warehouse(tx, &given)?;
    let mut by_sku: BTreeMap<String, Said> = BTreeMap::new();
    for row in given {
        record.rows += 1;
        match by_sku.get_mut(&row.sku) {
            Some(said) => said.add(row),
            None => by_sku.entry(row.sku.clone()).or_default().add(row),
        }
    }
    let mut journal = Journal::of(tx, record);
    let mut book = Book::signed(tx, record.at, &record.by)?;
    let mut bins = BinsNamed::new();
    for (sku, said) in by_sku {
        stop.check()?;
        let item = match find_sku(tx, &sku)? {
            Some(item) => item.id,
            None => {
                record.items_created += 1;
                let told = said.rows.iter().find_map(|row| row.name.clone());
                let unit_of_measure = said.rows.iter().find_map(|row| row.unit_of_measure.clone());
                let name = told.unwrap_or_else(|| sku.clone());
                let id = write_item(tx, &Item { name, unit_of_measure, ..bare_item(&sku) })?;
                journal.note(Table::Item, id.0, None)?;
                id
            }
        };
        let cause = Cause {
            import: Some(record.id),
            unit_cost: said.rows.iter().find_map(|row| row.unit_cost),
            ..Cause::new(said.as_of.unwrap_or_else(|| book.today()), MovementKind::Import)
        };
        let known = level_of(tx, item)?;
        let mut changed = if said.placed() {
            let (spots, lots_changed) =
                spots_said(tx, item, &said, usual.as_deref(), &mut bins, &mut journal)?;
            settle_spots(&mut book, item, &spots, &cause)? || lots_changed
        } else {
            settle_total(&mut book, item, said.on_hand, &cause)? != Quantity::ZERO
        };
        if let Some(allocated) = said.allocated {
            changed |= settle_allocated(&mut book, item, allocated, &cause)?;
        }
        if let Some(on_order) = said.on_order {
            changed |= settle_on_order(&mut book, item, on_order, &cause)?;
        }
        let as_of = said.as_of.max(known.and_then(|level| level.as_of));
        if !changed && known.is_some_and(|level| level.as_of == as_of) {
            record.duplicates += 1;
            continue;
        }
        mark_counted(tx, item, as_of)?;
        record.added += 1;
        record.quantity = record.quantity.plus(said.on_hand);
        record.first_day = [record.first_day, said.as_of].into_iter().flatten().min();
        record.last_day = record.last_day.max(said.as_of);
    }
    Ok(())
}

/// Notes the day that somebody last said what is there; makes the level known even where it is nothing.
pub(crate) fn mark_counted(tx: &Connection, item: ItemId, as_of: Option<Day>) -> Result<()> {
    run(
        tx,
        "INSERT INTO stock_level(item, on_hand, allocated, on_order, as_of) VALUES (?1, 0, 0, 0, ?2)
         ON CONFLICT (item) DO UPDATE SET as_of = excluded.as_of",
        (item.0, as_of.map(|d| d.0)),
    )?;
    Ok(())
}

/// What a file says of each spot, with the lots and bins made that it names; and whether a known lot changed.
fn spots_said(
    tx: &Connection,
    item: ItemId,
    said: &Said,
    usual: Option<&str>,
    bins: &mut BinsNamed,
    journal: &mut Journal<'_>,
) -> Result<(BTreeMap<Spot, i64>, bool)> {
    let (mut spots, mut lots_changed) = (BTreeMap::new(), false);
    for row in &said.rows {
        let bin = match &row.bin {
            None => DEFAULT_BIN,
            Some(code) => match bins.get(&(row.warehouse.clone(), code.clone())) {
                Some(bin) => *bin,
                None => {
                    let own = match (&row.warehouse, usual) {
                        (None, Some(usual)) => find_bin_in(tx, usual, code)?.map(|bin| bin.id),
                        _ => None,
                    };
                    let bin = match own {
                        Some(bin) => bin,
                        None => bin_of(tx, row.warehouse.as_deref(), code)?.0,
                    };
                    bins.insert((row.warehouse.clone(), code.clone()), bin);
                    bin
                }
            },
        };
        let (lot, standing) = match &row.lot {
            None => (None, row.status.map_or(Standing::Free, LotStatus::standing)),
            Some(code) => {
                let known = find_lot_code(tx, item, code)?;
                let old = known.clone().unwrap_or(Lot { item, code: code.clone(), ..Lot::default() });
                let new = Lot {
                    expiry: row.expiry.or(old.expiry),
                    status: row.status.unwrap_or(old.status),
                    ..old.clone()
                };
                let mut id = old.id;
                if known.is_none() || new != old {
                    let was = journal.before(Table::Lot, old.id.0)?;
                    id = write_lot(tx, &new)?;
                    journal.note(Table::Lot, id.0, was)?;
                    lots_changed |= known.is_some();
                }
                (Some(id), new.status.standing())
            }
        };
        *spots.entry((lot, bin, standing)).or_insert(0) += row.on_hand.0;
    }
    if lots_changed {
        refresh_expired(tx, item)?;
    }
    Ok((spots, lots_changed))
}
