//! Despatch advices and orders of other systems, kept as papers: what is coming is expected, what a customer wants is an order, what a
//! warehouse says it sent is shipped.
//!
//! A paper is known by its number and partner: the same again adds nothing. An undo takes out the papers that nothing happened to since,
//! with what they put on order; one that goods came of, or left by, is a dependent and stays.

use super::undo::Kept;
use super::{ImportRecord, Journal, KeptBecause, Table, bare_item};
use crate::audit::Change;
use crate::file::{first, rows, run};
use crate::records::inbound::{self, NewInLine, NewInbound, Origin};
use crate::records::items::{find_sku, write_item};
use crate::records::outbound::{self, Advised, NewOutLine, NewOutbound};
use crate::records::stock::book::{MOVEMENT, movement};
use crate::{Error, ErrorKind, Result};
use domain::inbound::InState;
use domain::outbound::OutState;
use domain::stock::Movement;
use rusqlite::Connection;
use units::{Day, ImportId, InboundId, InboundLineId, ItemId, OutboundId, Quantity, Stop};

/// Which way goods of a row go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// They are coming from a supplier.
    #[default]
    In,
    /// A customer wants them.
    Wanted,
    /// They left.
    Gone,
}

/// A row of a file of shipments or orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShipmentImport {
    /// The paper's number.
    pub number: String,
    /// Which way.
    pub way: Way,
    /// The order it is for.
    pub order_ref: Option<String>,
    /// From or to whom.
    pub partner: Option<String>,
    /// SKU; a new one makes an item.
    pub sku: String,
    /// How much.
    pub quantity: Quantity,
    /// When it should come, or leave.
    pub due: Option<Day>,
    /// The lot.
    pub lot: Option<String>,
    /// Its last day.
    pub expiry: Option<Day>,
    /// The handling unit.
    pub sscc: Option<String>,
}

/// Rows of one paper.
struct Paper {
    way: Way,
    number: String,
    partner: String,
    rows: Vec<(ItemId, ShipmentImport)>,
}

/// Takes the rows of a file, a paper at a time.
pub(super) fn take(
    change: &Change<'_>,
    record: &mut ImportRecord,
    given: Vec<ShipmentImport>,
    stop: &Stop,
) -> Result<()> {
    let mut journal = Journal::new(change.tx, record.id);
    let mut papers: Vec<Paper> = Vec::new();
    for row in given {
        stop.check()?;
        record.rows += 1;
        let item = match find_sku(change.tx, &row.sku)? {
            Some(item) => item.id,
            None => {
                record.items_created += 1;
                let id = write_item(change.tx, &bare_item(&row.sku))?;
                journal.note(Table::Item, id.0, None)?;
                id
            }
        };
        record.first_day = [record.first_day, row.due].into_iter().flatten().min();
        record.last_day = record.last_day.max(row.due);
        let partner = row.partner.clone().unwrap_or_default();
        // Lines of a paper mostly stand together: the newest is looked at first.
        let known = papers
            .iter_mut()
            .rev()
            .find(|one| one.way == row.way && one.number == row.number && one.partner == partner);
        match known {
            Some(paper) => paper.rows.push((item, row)),
            None => {
                let (way, number) = (row.way, row.number.clone());
                papers.push(Paper { way, number, partner, rows: vec![(item, row)] });
            }
        }
    }
    for paper in papers {
        stop.check()?;
        let lines = paper.rows.len() as u64;
        if keep(change, record.id, &paper)? {
            record.added += lines;
            let sum: Quantity = paper.rows.iter().map(|(_, row)| row.quantity).sum();
            record.quantity = record.quantity.plus(sum);
        } else {
            record.duplicates += lines;
        }
    }
    Ok(())
}

/// Keeps one paper; says whether it is new.
fn keep(c: &Change<'_>, import: ImportId, paper: &Paper) -> Result<bool> {
    let head = paper.rows.first().map(|(_, row)| row.clone()).unwrap_or_default();
    let due = paper.rows.iter().filter_map(|(_, row)| row.due).max();
    // A customer's order is known by the pseudonym, a supplier's shipment by the name.
    let word = match paper.way {
        Way::In => paper.partner.clone(),
        Way::Wanted | Way::Gone => crate::records::customers::admit(c, &paper.partner)?,
    };
    let known = |table: &str| {
        // The table's name is our own.
        let sql = format!("SELECT id FROM {table} WHERE number = ?1 AND partner = ?2");
        let sql = if table == "outbound" { sql.replace("partner", "customer") } else { sql };
        first(c.tx, &sql, (&paper.number, &word), |row| Ok(row.get::<_, i64>(0)?))
    };
    match paper.way {
        Way::In => {
            if known("inbound")?.is_some() {
                return Ok(false);
            }
            let new = NewInbound {
                number: paper.number.clone(),
                partner: paper.partner.clone(),
                order_ref: head.order_ref,
                expected_on: due,
                note: None,
                lines: paper
                    .rows
                    .iter()
                    .map(|(item, row)| NewInLine {
                        lot: row.lot.clone(),
                        expiry: row.expiry,
                        sscc: row.sscc.clone(),
                        ..NewInLine::of(*item, row.quantity)
                    })
                    .collect(),
            };
            inbound::make(c, &new, Origin { import: Some(import), purchase_order: None })?;
            Ok(true)
        }
        Way::Wanted => {
            if known("outbound")?.is_some() {
                return Ok(false);
            }
            outbound::make(c, &wanted(paper, paper.number.clone(), due), None, Some(import))?;
            Ok(true)
        }
        Way::Gone => gone(c, import, paper, &word, head.order_ref, due),
    }
}

fn wanted(paper: &Paper, number: String, due: Option<Day>) -> NewOutbound {
    NewOutbound {
        number,
        customer: paper.partner.clone(),
        ship_by: due,
        lines: paper
            .rows
            .iter()
            .map(|(item, row)| NewOutLine { item: *item, quantity: row.quantity })
            .collect(),
        ..NewOutbound::default()
    }
}

/// What left is shipped, of the order it names; without one an order of its own is made for it.
fn gone(
    c: &Change<'_>,
    import: ImportId,
    paper: &Paper,
    word: &str,
    order_ref: Option<String>,
    due: Option<Day>,
) -> Result<bool> {
    let number = order_ref.unwrap_or_else(|| paper.number.clone());
    let sql = "SELECT id, state FROM outbound WHERE number = ?1 ORDER BY customer = ?2 DESC, id DESC LIMIT 1";
    let found = first(c.tx, sql, (&number, word), |row| {
        Ok((OutboundId(row.get(0)?), crate::words::out_state(row.get(1)?)?))
    })?;
    let order = match found {
        Some((_, OutState::Shipped)) => return Ok(false),
        Some((_, OutState::Cancelled)) => {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "advice {} says that order {number} left, but it was cancelled here; ask the sender",
                    paper.number
                ),
            ));
        }
        Some((order, _)) => order,
        None => outbound::make(c, &wanted(paper, number, due), None, Some(import))?,
    };
    let said: Vec<Advised> = paper
        .rows
        .iter()
        .map(|(item, row)| Advised { item: *item, lot: row.lot.clone(), quantity: row.quantity })
        .collect();
    let sscc = paper.rows.iter().find_map(|(_, row)| row.sscc.clone());
    outbound::ship_advised(c, order, &said, sscc.as_deref(), import)?;
    Ok(true)
}

/// What an undo takes out of the papers of an import, and what it leaves.
pub(super) struct Untouched {
    /// Shipments that nothing came of.
    pub inbound: Vec<InboundId>,
    /// Orders that nothing was promised to.
    pub outbound: Vec<OutboundId>,
    /// What they put on order, the last first.
    pub movements: Vec<Movement>,
    /// What goods came of, or were promised or sent by.
    pub kept: Vec<Kept>,
}

pub(super) fn untouched(db: &Connection, import: ImportId) -> Result<Untouched> {
    let mut found =
        Untouched { inbound: Vec::new(), outbound: Vec::new(), movements: Vec::new(), kept: Vec::new() };
    let kept = |table: &'static str, subject: String, by: &str| Kept {
        because: KeptBecause::MovedOn,
        table,
        subject,
        by: Some(by.to_owned()),
    };
    // Whatever was booked for a line but what the import put on order.
    let booked = "EXISTS (SELECT 1 FROM document_movement x JOIN movement m ON m.id = x.movement
        WHERE x.paper = 1 AND x.line = l.id AND m.reverses IS NULL AND m.import IS NOT d.import
            AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = m.id))";
    let sql = format!(
        "SELECT d.id, d.number, d.state, d.closing <> 0 OR EXISTS (SELECT 1 FROM inbound_line l
            WHERE l.inbound = d.id AND (l.received + l.damaged + l.elsewhere > 0 OR {booked}))
         FROM inbound d WHERE d.import = ?1 ORDER BY d.id"
    );
    for (id, number, state, touched) in rows(db, &sql, [import.0], |row| {
        Ok((
            InboundId(row.get(0)?),
            row.get::<_, String>(1)?,
            crate::words::in_state(row.get(2)?)?,
            row.get::<_, bool>(3)?,
        ))
    })? {
        if touched || state != InState::Expected {
            found.kept.push(kept("inbound", number, state.word()));
        } else {
            found.inbound.push(id);
        }
    }
    let sql = "SELECT d.id, d.number, d.state, EXISTS (SELECT 1 FROM outbound_line l JOIN document_movement x ON x.paper = 2 AND x.line = l.id
            WHERE l.outbound = d.id) OR EXISTS (SELECT 1 FROM outbound b WHERE b.backorder_of = d.id)
            OR EXISTS (SELECT 1 FROM customer_return r WHERE r.outbound = d.id) FROM outbound d WHERE d.import = ?1 ORDER BY d.id";
    for (id, number, state, touched) in rows(db, sql, [import.0], |row| {
        Ok((
            OutboundId(row.get(0)?),
            row.get::<_, String>(1)?,
            crate::words::out_state(row.get(2)?)?,
            row.get::<_, bool>(3)?,
        ))
    })? {
        if touched || state != OutState::Open {
            found.kept.push(kept("outbound", number, state.word()));
        } else {
            found.outbound.push(id);
        }
    }
    // Orders that were here before, and left by this file's word.
    let sql = "SELECT DISTINCT d.number FROM movement m JOIN document_movement x ON x.movement = m.id AND x.paper = 2
        JOIN outbound_line l ON l.id = x.line JOIN outbound d ON d.id = l.outbound
        WHERE m.import = ?1 AND d.import IS NOT ?1 ORDER BY d.number";
    for number in rows(db, sql, [import.0], |row| Ok(row.get::<_, String>(0)?))? {
        found.kept.push(kept("outbound", number, OutState::Shipped.word()));
    }
    for id in &found.inbound {
        let sql = format!(
            "{MOVEMENT} WHERE id IN (SELECT x.movement FROM document_movement x JOIN inbound_line l ON l.id = x.line
                WHERE x.paper = 1 AND l.inbound = ?1) AND reverses IS NULL
             AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = movement.id) ORDER BY id DESC"
        );
        found.movements.extend(rows(db, &sql, [id.0], movement)?);
    }
    Ok(found)
}

/// Takes the papers out; what they announced of an order is expected with the order again.
pub(super) fn remove(tx: &Connection, papers: &Untouched) -> Result<u64> {
    for id in &papers.inbound {
        let sql = "SELECT takes, taken FROM inbound_line WHERE inbound = ?1 AND takes IS NOT NULL";
        for (line, taken) in
            rows(tx, sql, [id.0], |row| Ok((InboundLineId(row.get(0)?), Quantity(row.get(1)?))))?
        {
            inbound::give_back(tx, line, taken)?;
        }
        run(
            tx,
            "DELETE FROM document_movement WHERE paper = 1 AND line IN (SELECT id FROM inbound_line WHERE inbound = ?1)",
            [id.0],
        )?;
        run(tx, "DELETE FROM inbound_line WHERE inbound = ?1", [id.0])?;
        run(tx, "DELETE FROM inbound WHERE id = ?1", [id.0])?;
    }
    for id in &papers.outbound {
        run(tx, "DELETE FROM outbound_line WHERE outbound = ?1", [id.0])?;
        run(tx, "DELETE FROM outbound WHERE id = ?1", [id.0])?;
    }
    Ok((papers.inbound.len() + papers.outbound.len()) as u64)
}
