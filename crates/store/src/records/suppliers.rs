//! What suppliers ask of an order: packs, the least of one, and how long they take; with what is told of them beside.
//!
//! Terms of a supplier hold for those of its items that say nothing themselves ([`Records::items_on_terms`], which planning reads). Does not know what is
//! ordered: proposals and purchase orders have their own files.

use super::Records;
use super::items::{find_supplier, find_supplier_code, item, write_supplier};
use crate::file::{count, first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::{Act, Error, ErrorKind, Result};
use domain::{Item, Supplier};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use std::collections::HashMap;
use units::{Quantity, SupplierId};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "suppliers-1",
    "ALTER TABLE supplier ADD COLUMN pack_size INTEGER;
     ALTER TABLE supplier ADD COLUMN order_quantity_min INTEGER;
     ALTER TABLE supplier ADD COLUMN note TEXT;",
)];

/// Shipments a supplier's own lead time is told from.
const SHIPMENTS_LOOKED_AT: u32 = 20;

/// What a supplier asks of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SupplierTerms {
    /// Orders come in multiples of this.
    pub pack_size: Option<Quantity>,
    /// An order of an item is at least this.
    pub order_quantity_min: Option<Quantity>,
    /// What else there is to say.
    pub note: Option<String>,
}

/// A supplier as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupplierCard {
    /// Who.
    pub supplier: Supplier,
    /// What they ask of an order.
    pub terms: SupplierTerms,
    /// Items they sell to us.
    pub items: u64,
    /// Shipments of theirs that are still to come.
    pub coming: u64,
    /// Days from purchase order to the last receipt, the median of the last shipments.
    pub took_days: Option<u16>,
}

const TERMS: &str = "SELECT id, pack_size, order_quantity_min, note FROM supplier";

fn terms(row: &Row<'_>) -> Result<(SupplierId, SupplierTerms)> {
    let quantity = |at| -> Result<Option<Quantity>> { Ok(row.get::<_, Option<i64>>(at)?.map(Quantity)) };
    let terms =
        SupplierTerms { pack_size: quantity(1)?, order_quantity_min: quantity(2)?, note: row.get(3)? };
    Ok((SupplierId(row.get(0)?), terms))
}

/// Writes terms; what is empty is none.
pub(crate) fn write_terms(tx: &Connection, id: SupplierId, of: &SupplierTerms) -> Result<()> {
    run(
        tx,
        "UPDATE supplier SET pack_size = ?2, order_quantity_min = ?3, note = ?4 WHERE id = ?1",
        params![id.0, of.pack_size.map(|q| q.0), of.order_quantity_min.map(|q| q.0), of.note],
    )?;
    Ok(())
}

/// The terms of one supplier.
pub(crate) fn find_terms(db: &Connection, id: SupplierId) -> Result<SupplierTerms> {
    let found = first(db, &format!("{TERMS} WHERE id = ?1"), [id.0], terms)?;
    Ok(found.map(|(_, terms)| terms).unwrap_or_default())
}

fn said(supplier: &Supplier, terms: &SupplierTerms) -> Value {
    json!({
        "code": supplier.code, "name": supplier.name, "lead_time_days": supplier.lead_time_days,
        "pack_size": terms.pack_size, "order_quantity_min": terms.order_quantity_min, "note": terms.note,
    })
}

/// How many days shipments of purchase orders took, by supplier: the median of the last.
fn took(db: &Connection) -> Result<HashMap<SupplierId, u16>> {
    let sql = "SELECT d.supplier, max(m.day) - min(p.at) / 86400000, d.id FROM inbound d
        JOIN purchase_order p ON p.id = d.purchase_order JOIN inbound_line l ON l.inbound = d.id
        JOIN document_movement x ON x.paper = 1 AND x.line = l.id JOIN movement m ON m.id = x.movement
        WHERE d.supplier IS NOT NULL AND m.to_side >= 8 AND m.from_side < 8 AND m.reverses IS NULL
        GROUP BY d.id ORDER BY d.supplier, d.id DESC";
    let mut spans: HashMap<SupplierId, Vec<u16>> = HashMap::new();
    for (supplier, days) in rows(db, sql, [], |row| Ok((SupplierId(row.get(0)?), row.get::<_, i64>(1)?)))? {
        let own = spans.entry(supplier).or_default();
        if own.len() < SHIPMENTS_LOOKED_AT as usize {
            own.push(u16::try_from(days.max(0)).unwrap_or(u16::MAX));
        }
    }
    let median = |mut days: Vec<u16>| {
        days.sort_unstable();
        days.get(days.len() / 2).copied()
    };
    Ok(spans.into_iter().filter_map(|(supplier, days)| Some((supplier, median(days)?))).collect())
}

impl Records {
    /// Suppliers with their terms, by name.
    pub fn supplier_cards(&self) -> Result<Vec<SupplierCard>> {
        self.file.read("list suppliers with their terms", |db| {
            let took = took(db)?;
            let sql =
                "SELECT s.id, s.code, s.name, s.lead_time_days, s.pack_size, s.order_quantity_min, s.note,
                    (SELECT count(*) FROM item i WHERE i.supplier = s.id),
                    (SELECT count(*) FROM inbound d WHERE d.supplier = s.id AND d.state < 2)
                FROM supplier s ORDER BY s.name, s.id";
            let quantity = |value: Option<i64>| value.map(Quantity);
            rows(db, sql, [], |row| {
                let id = SupplierId(row.get(0)?);
                Ok(SupplierCard {
                    supplier: Supplier {
                        id,
                        code: row.get(1)?,
                        name: row.get(2)?,
                        lead_time_days: row.get(3)?,
                    },
                    terms: SupplierTerms {
                        pack_size: quantity(row.get(4)?),
                        order_quantity_min: quantity(row.get(5)?),
                        note: row.get(6)?,
                    },
                    items: count(row.get(7)?),
                    coming: count(row.get(8)?),
                    took_days: took.get(&id).copied(),
                })
            })
        })
    }

    /// What a supplier sells to us, by SKU.
    pub fn supplied(&self, id: SupplierId, limit: u32) -> Result<Vec<Item>> {
        self.file.read("list what a supplier sells", |db| {
            need(find_supplier(db, id)?, "supplier", id)?;
            let sql = format!("{} WHERE supplier = ?1 ORDER BY sku LIMIT ?2", super::items::ITEM);
            rows(db, &sql, (id.0, limit.min(ROWS_MAX)), item)
        })
    }

    /// An item, with its supplier's pack and least order where it says none of its own.
    pub fn on_terms(&self, item: Item) -> Result<Item> {
        let Some(supplier) = item.supplier else { return Ok(item) };
        let terms = self.file.read("read a supplier's terms", |db| find_terms(db, supplier))?;
        Ok(Item {
            pack_size: item.pack_size.or(terms.pack_size),
            order_quantity_min: item.order_quantity_min.or(terms.order_quantity_min),
            ..item
        })
    }

    /// All items; of those that say no pack and no least order themselves, their supplier's.
    pub fn items_on_terms(&self) -> Result<Vec<Item>> {
        self.file.read("read items with their suppliers' terms", |db| {
            let of: HashMap<SupplierId, SupplierTerms> = rows(db, TERMS, [], terms)?.into_iter().collect();
            let sql = format!("{} ORDER BY sku", super::items::ITEM);
            let mut all = rows(db, &sql, [], item)?;
            for one in &mut all {
                if let Some(terms) = one.supplier.and_then(|id| of.get(&id)) {
                    one.pack_size = one.pack_size.or(terms.pack_size);
                    one.order_quantity_min = one.order_quantity_min.or(terms.order_quantity_min);
                }
            }
            Ok(all)
        })
    }

    /// Saves a supplier with its terms; id 0 makes a new one. A code in use is a conflict.
    pub fn save_supplier_terms(
        &self,
        act: &Act,
        supplier: &Supplier,
        of: &SupplierTerms,
    ) -> Result<SupplierId> {
        let (supplier, of) = (supplier.clone(), of.clone());
        self.change("save a supplier", act, move |c| {
            let old = if supplier.id.0 == 0 {
                None
            } else {
                let known = need(find_supplier(c.tx, supplier.id)?, "supplier", supplier.id)?;
                Some((known, find_terms(c.tx, supplier.id)?))
            };
            if find_supplier_code(c.tx, &supplier.code)?.is_some_and(|other| other.id != supplier.id) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!("the code {} belongs to another supplier; choose another code", supplier.code),
                ));
            }
            if old.as_ref().is_some_and(|(known, terms)| *known == supplier && *terms == of) {
                return Ok(supplier.id);
            }
            let id = write_supplier(c.tx, &supplier)?;
            write_terms(c.tx, id, &of)?;
            let before = old.as_ref().map(|(known, terms)| said(known, terms));
            c.audit(
                "supplier.save",
                &format!("supplier {}", supplier.code),
                before,
                Some(said(&supplier, &of)),
            )?;
            Ok(id)
        })
    }
}
