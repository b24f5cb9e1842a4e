//! Purchase orders made of approved proposals.

use super::Records;
use super::items::{find_item, find_supplier};
use super::proposals::{load_proposal, write_proposal};
use super::stock::book::Book;
use crate::audit::Change;
use crate::file::{first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::{Act, Error, ErrorKind, Result};
use domain::Proposal;
use domain::stock::{Movement, MovementKind, Place, Side};
use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use units::{Day, ItemId, Money, ProposalId, PurchaseOrderId, Quantity, SupplierId, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "purchase-1",
    "CREATE TABLE purchase_order(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        year INTEGER NOT NULL,
        number_in_year INTEGER NOT NULL,
        supplier INTEGER REFERENCES supplier(id),
        supplier_code TEXT,
        supplier_name TEXT,
        at INTEGER NOT NULL,
        by TEXT NOT NULL,
        file_name TEXT,
        file_sha256 TEXT,
        UNIQUE (year, number_in_year)
     );
     CREATE TABLE purchase_order_line(
        purchase_order INTEGER NOT NULL REFERENCES purchase_order(id),
        line INTEGER NOT NULL,
        proposal INTEGER NOT NULL UNIQUE REFERENCES proposal(id),
        item INTEGER NOT NULL REFERENCES item(id),
        sku TEXT NOT NULL,
        name TEXT NOT NULL,
        quantity INTEGER NOT NULL,
        unit_cost INTEGER NOT NULL,
        due INTEGER NOT NULL,
        PRIMARY KEY (purchase_order, line)
     ) WITHOUT ROWID;",
)];

/// A purchase order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseOrder {
    /// Its row.
    pub id: PurchaseOrderId,
    /// Its number on paper: `PO-2026-00001`.
    pub number: String,
    /// To whom; `None` for items without a supplier.
    pub supplier: Option<SupplierId>,
    /// The supplier's code when it was made.
    pub supplier_code: Option<String>,
    /// The supplier's name when it was made.
    pub supplier_name: Option<String>,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// What is ordered.
    pub lines: Vec<PurchaseOrderLine>,
    /// The file it was written to, if it was.
    pub file_name: Option<String>,
    /// SHA-256 of that file in hex.
    pub file_sha256: Option<String>,
}

/// One line of a purchase order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurchaseOrderLine {
    /// From 1.
    pub line: u32,
    /// The proposal it comes from.
    pub proposal: ProposalId,
    /// The item.
    pub item: ItemId,
    /// Its code when it was ordered.
    pub sku: String,
    /// Its name when it was ordered.
    pub name: String,
    /// How much.
    pub quantity: Quantity,
    /// What a unit costs.
    pub unit_cost: Money,
    /// When it should arrive.
    pub due: Day,
}

impl PurchaseOrder {
    /// What it costs.
    pub fn total(&self) -> Money {
        self.lines.iter().map(|line| line.unit_cost.times(line.quantity)).sum()
    }
}

const ORDER: &str =
    "SELECT id, year, number_in_year, supplier, supplier_code, supplier_name, at, by, file_name,
    file_sha256 FROM purchase_order";

fn order(row: &Row<'_>) -> Result<PurchaseOrder> {
    Ok(PurchaseOrder {
        id: PurchaseOrderId(row.get(0)?),
        number: number(row.get(1)?, row.get(2)?),
        supplier: row.get::<_, Option<i64>>(3)?.map(SupplierId),
        supplier_code: row.get(4)?,
        supplier_name: row.get(5)?,
        at: Timestamp(row.get(6)?),
        by: row.get(7)?,
        lines: Vec::new(),
        file_name: row.get(8)?,
        file_sha256: row.get(9)?,
    })
}

fn number(year: i32, number_in_year: i64) -> String {
    format!("PO-{year}-{number_in_year:05}")
}

fn with_lines(db: &Connection, mut order: PurchaseOrder) -> Result<PurchaseOrder> {
    order.lines = rows(
        db,
        "SELECT line, proposal, item, sku, name, quantity, unit_cost, due FROM purchase_order_line
         WHERE purchase_order = ?1 ORDER BY line",
        [order.id.0],
        |row| {
            Ok(PurchaseOrderLine {
                line: row.get(0)?,
                proposal: ProposalId(row.get(1)?),
                item: ItemId(row.get(2)?),
                sku: row.get(3)?,
                name: row.get(4)?,
                quantity: Quantity(row.get(5)?),
                unit_cost: Money(row.get(6)?),
                due: Day(row.get(7)?),
            })
        },
    )?;
    Ok(order)
}

fn load(db: &Connection, id: PurchaseOrderId) -> Result<PurchaseOrder> {
    let found = first(db, &format!("{ORDER} WHERE id = ?1"), [id.0], order)?;
    with_lines(db, need(found, "purchase order", id)?)
}

fn make(
    c: &Change<'_>,
    ordered_on: Day,
    supplier: Option<SupplierId>,
    proposals: Vec<Proposal>,
) -> Result<PurchaseOrder> {
    let (tx, act) = (c.tx, c.act);
    let supplier = match supplier {
        Some(id) => Some(need(find_supplier(tx, id)?, "supplier", id)?),
        None => None,
    };
    let year = ordered_on.civil().0;
    let last = "SELECT coalesce(max(number_in_year), 0) FROM purchase_order WHERE year = ?1";
    let number_in_year = first(tx, last, [year], |row| Ok(row.get::<_, i64>(0)?))?.unwrap_or(0) + 1;
    run(
        tx,
        "INSERT INTO purchase_order(year, number_in_year, supplier, supplier_code, supplier_name, at, by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            year,
            number_in_year,
            supplier.as_ref().map(|s| s.id.0),
            supplier.as_ref().map(|s| s.code.as_str()),
            supplier.as_ref().map(|s| s.name.as_str()),
            act.at.0,
            act.by.name
        ],
    )?;
    let id = tx.last_insert_rowid();
    let mut book = Book::open(tx, act)?;
    let mut ordered_lines = Vec::with_capacity(proposals.len());
    for (place, mut proposal) in proposals.into_iter().enumerate() {
        let item = need(find_item(tx, proposal.item)?, "item", proposal.item)?;
        proposal.order(act.at).map_err(|refused| {
            let what = format!(
                "proposal {} ({}) can't be ordered: {refused}; refresh the list",
                proposal.id, item.sku
            );
            Error::new(ErrorKind::Conflict, what)
        })?;
        write_proposal(tx, &proposal)?;
        let due = ordered_on.plus(i32::from(proposal.reason.lead_time_days));
        run(
            tx,
            "INSERT INTO purchase_order_line(purchase_order, line, proposal, item, sku, name, quantity, unit_cost, due)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                id,
                place as i64 + 1,
                proposal.id.0,
                item.id.0,
                item.sku,
                item.name,
                proposal.quantity.0,
                proposal.unit_cost.0,
                due.0
            ],
        )?;
        let (from, to) = (Side::outside(Place::Supplier), Side::outside(Place::Inbound));
        let ordered = book.draft(item.id, None, from, to, proposal.quantity, MovementKind::Order);
        let booked = book.post(&Movement {
            day: ordered_on,
            source: Some(number(year, number_in_year)),
            party: supplier.as_ref().map(|s| s.code.clone()),
            ..ordered
        })?;
        ordered_lines.push(booked);
    }
    let made = load(tx, PurchaseOrderId(id))?;
    // What is ordered is expected from now on: the same movements, so once.
    super::inbound::expect_order(c, &made, &ordered_lines)?;
    Ok(made)
}

fn order_json(order: &PurchaseOrder) -> Value {
    let lines: Vec<Value> = order
        .lines
        .iter()
        .map(|line| json!({ "proposal": line.proposal, "sku": line.sku, "quantity": line.quantity, "unit_cost": line.unit_cost }))
        .collect();
    json!({ "number": order.number, "supplier": order.supplier_code, "total": order.total(), "lines": lines })
}

impl Records {
    /// Makes one purchase order per supplier from approved proposals: marks them ordered and adds to what is on order. A
    /// proposal that is not approved fails the whole call with [`crate::ErrorKind::Conflict`].
    /// `ordered_on` is the site's calendar day: it numbers the year and dates the lines.
    pub fn create_purchase_orders(
        &self,
        act: &Act,
        ordered_on: Day,
        ids: &[ProposalId],
    ) -> Result<Vec<PurchaseOrder>> {
        let ids = ids.to_vec();
        self.change("make purchase orders", act, move |c| {
            let mut by_supplier: BTreeMap<Option<SupplierId>, BTreeMap<ProposalId, Proposal>> =
                BTreeMap::new();
            for id in ids {
                let proposal = load_proposal(c.tx, id)?;
                by_supplier.entry(proposal.supplier).or_default().insert(id, proposal);
            }
            let mut orders = Vec::with_capacity(by_supplier.len());
            for (supplier, proposals) in by_supplier {
                let order = make(c, ordered_on, supplier, proposals.into_values().collect())?;
                c.audit(
                    "purchase_order.create",
                    &format!("purchase order {}", order.number),
                    None,
                    Some(order_json(&order)),
                )?;
                orders.push(order);
            }
            Ok(orders)
        })
    }

    /// Notes the file a purchase order was written to.
    pub fn purchase_order_written(
        &self,
        act: &Act,
        id: PurchaseOrderId,
        file_name: &str,
        sha256: &str,
    ) -> Result<()> {
        let (file_name, sha256) = (file_name.to_owned(), sha256.to_owned());
        self.change("note the file of a purchase order", act, move |c| {
            let old = load(c.tx, id)?;
            run(
                c.tx,
                "UPDATE purchase_order SET file_name = ?2, file_sha256 = ?3 WHERE id = ?1",
                params![id.0, file_name, sha256],
            )?;
            let json = |name: Option<&str>, hash: Option<&str>| json!({ "file": name, "sha256": hash });
            c.audit(
                "purchase_order.export",
                &format!("purchase order {}", old.number),
                Some(json(old.file_name.as_deref(), old.file_sha256.as_deref())),
                Some(json(Some(&file_name), Some(&sha256))),
            )
        })
    }

    /// Purchase orders, newest first.
    pub fn purchase_orders(&self, limit: u32) -> Result<Vec<PurchaseOrder>> {
        self.file.read("list purchase orders", |db| {
            let found =
                rows(db, &format!("{ORDER} ORDER BY id DESC LIMIT ?1"), [limit.min(ROWS_MAX)], order)?;
            found.into_iter().map(|order| with_lines(db, order)).collect()
        })
    }

    /// One purchase order.
    pub fn purchase_order(&self, id: PurchaseOrderId) -> Result<PurchaseOrder> {
        self.file.read("read a purchase order", |db| load(db, id))
    }
}
