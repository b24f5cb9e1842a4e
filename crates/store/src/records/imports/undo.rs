//! An import taken back as a whole: its movements by reversing ones, its order lines, and the master data it made or
//! changed, unless they changed since.
//!
//! Nothing of the ledger is deleted. What later work builds on is a *dependent*: it is listed, and the undo is refused, or
//! narrowed to what nothing builds on. A row of master data that changed since, or that something names, is kept and said.

use super::{IMPORT, ImportKind, ImportRecord, corrections, import};
use crate::audit::Change;
use crate::file::{count, first, need, rows, run, stored};
use crate::records::Records;
use crate::records::items::{find_item, write_item};
use crate::records::stock::book::{Book, MOVEMENT, movement, refresh_expired, state};
use crate::{Act, Error, ErrorKind, Result};
use domain::stock::{Movement, MovementKind, ReasonCode};
use rusqlite::types::{Value as Sql, ValueRef};
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use units::{Day, ImportId, ItemId};

/// Tables of master data that imports write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Item,
    Supplier,
    Lot,
    Vehicle,
    Delivery,
    Bin,
    Unit,
    Care,
    Level,
    Substitute,
    Warehouse,
    Customer,
}

impl Table {
    const ALL: [Table; 12] = [
        Table::Item,
        Table::Supplier,
        Table::Lot,
        Table::Vehicle,
        Table::Delivery,
        Table::Bin,
        Table::Unit,
        Table::Care,
        Table::Level,
        Table::Substitute,
        Table::Warehouse,
        Table::Customer,
    ];

    fn name(self) -> &'static str {
        match self {
            Table::Item => "item",
            Table::Supplier => "supplier",
            Table::Lot => "lot",
            Table::Vehicle => "vehicle",
            Table::Delivery => "delivery",
            Table::Bin => "bin",
            Table::Unit => "item_unit",
            Table::Care => "item_care",
            Table::Level => "item_level",
            Table::Substitute => "item_substitute",
            Table::Warehouse => "warehouse",
            Table::Customer => "customer",
        }
    }

    pub(crate) fn code(self) -> i64 {
        match self {
            Table::Item => 1,
            Table::Supplier => 2,
            Table::Lot => 3,
            Table::Vehicle => 4,
            Table::Delivery => 5,
            Table::Bin => 6,
            Table::Unit => 7,
            Table::Care => 8,
            Table::Level => 9,
            Table::Substitute => 10,
            Table::Warehouse => 11,
            Table::Customer => 12,
        }
    }

    /// The column that people know a row by.
    fn label(self) -> &'static str {
        match self {
            Table::Item => "sku",
            Table::Unit | Table::Warehouse => "name",
            Table::Care | Table::Substitute => "id",
            Table::Level => "warehouse",
            Table::Customer => "pseudonym",
            _ => "code",
        }
    }
}

/// A row as an object of its columns; `None` where there is none.
fn dump(db: &Connection, table: Table, id: i64) -> Result<Option<Map<String, Value>>> {
    let mut statement = db.prepare_cached(&format!("SELECT * FROM {} WHERE id = ?1", table.name()))?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.query([id])?;
    let Some(row) = found.next()? else { return Ok(None) };
    let mut object = Map::new();
    for (place, name) in names.into_iter().enumerate() {
        let value = match row.get_ref(place)? {
            ValueRef::Integer(number) => json!(number),
            ValueRef::Real(number) => json!(number),
            ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
            ValueRef::Null | ValueRef::Blob(_) => Value::Null,
        };
        object.insert(name, value);
    }
    Ok(Some(object))
}

fn sql(value: &Value) -> Sql {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Sql::Integer(whole),
            None => number.as_f64().map_or(Sql::Null, Sql::Real),
        },
        Value::String(text) => Sql::Text(text.clone()),
        _ => Sql::Null,
    }
}

/// Puts a row back as [`dump`] had it.
fn restore(tx: &Connection, table: Table, id: i64, was: &Map<String, Value>) -> Result<()> {
    // Column names come from our own tables, and are set by number.
    let columns: Vec<(&String, &Value)> = was.iter().filter(|(name, _)| *name != "id").collect();
    let set: Vec<String> =
        columns.iter().enumerate().map(|(n, (name, _))| format!("\"{name}\" = ?{}", n + 2)).collect();
    let values = std::iter::once(Sql::Integer(id)).chain(columns.iter().map(|(_, value)| sql(value)));
    let text = format!("UPDATE {} SET {} WHERE id = ?1", table.name(), set.join(", "));
    run(tx, &text, params_from_iter(values))?;
    Ok(())
}

/// What an import makes and changes of master data, written down as it goes.
pub(crate) struct Journal<'t> {
    tx: &'t Connection,
    import: i64,
    seq: i64,
    /// A trial is taken back whole: nobody undoes it row by row.
    keeps: bool,
}

impl<'t> Journal<'t> {
    pub(crate) fn new(tx: &'t Connection, import: ImportId) -> Self {
        Self { tx, import: import.0, seq: 0, keeps: true }
    }

    /// The journal of an import, which writes nothing down where that is a trial.
    pub(crate) fn of(tx: &'t Connection, record: &ImportRecord) -> Self {
        Self { keeps: !record.rehearsal, ..Self::new(tx, record.id) }
    }

    /// How a row is before it is changed; id 0 is no row.
    pub(crate) fn before(&self, table: Table, id: i64) -> Result<Option<Map<String, Value>>> {
        if id == 0 || !self.keeps { Ok(None) } else { dump(self.tx, table, id) }
    }

    /// How it became.
    pub(crate) fn note(&mut self, table: Table, id: i64, was: Option<Map<String, Value>>) -> Result<()> {
        if !self.keeps {
            return Ok(());
        }
        let Some(became) = dump(self.tx, table, id)? else { return Ok(()) };
        self.seq += 1;
        run(
            self.tx,
            "INSERT INTO import_change(import, seq, what, row, was, became) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                self.import,
                self.seq,
                table.code(),
                id,
                was.map(|was| Value::Object(was).to_string()),
                Value::Object(became).to_string(),
            ),
        )?;
        Ok(())
    }
}

/// Why something of an import stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeptBecause {
    /// Later movements take from, or count, what it booked.
    MovedOn,
    /// A later file says the same.
    InLaterFile,
    /// Somebody changed it since.
    ChangedSince,
    /// The ledger, an order or a plan names it.
    InUse,
}

impl KeptBecause {
    /// Its word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            KeptBecause::MovedOn => "moved-on",
            KeptBecause::InLaterFile => "in-later-file",
            KeptBecause::ChangedSince => "changed-since",
            KeptBecause::InUse => "in-use",
        }
    }
}

/// Something of an import that an undo leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Why.
    pub because: KeptBecause,
    /// Of which table: `item`, `supplier`, `lot`, `vehicle`, `delivery`, `order_line`.
    pub table: &'static str,
    /// Its code.
    pub subject: String,
    /// What builds on it: a movement's number, the import that has it too.
    pub by: Option<String>,
}

/// What an undo does, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportUndo {
    /// The import.
    pub import: ImportId,
    /// Movements taken back.
    pub movements: u64,
    /// Order lines taken out.
    pub order_lines: u64,
    /// Rows of master data put back as they were, or removed.
    pub restored: u64,
    /// What later work builds on, and what else stays.
    pub kept: Vec<Kept>,
}

impl ImportUndo {
    /// What later work builds on: with any of it the undo is refused, unless it is narrowed.
    pub fn dependents(&self) -> impl Iterator<Item = &Kept> {
        self.kept.iter().filter(|kept| kept.because == KeptBecause::MovedOn)
    }
}

/// The movements of an import that nobody took back yet, and why those of some items stay.
fn movements_to_reverse(db: &Connection, id: ImportId) -> Result<(Vec<Movement>, Vec<Kept>)> {
    let brought = rows(
        db,
        &format!(
            "{MOVEMENT} WHERE import = ?1 AND kind <> 12
             AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = movement.id) ORDER BY id DESC"
        ),
        [id.0],
        movement,
    )?;
    let mut by_item: BTreeMap<ItemId, Vec<Movement>> = BTreeMap::new();
    for one in brought {
        by_item.entry(one.item).or_default().push(one);
    }
    // Later lines of the item, that stand, and touch a place this import booked into or out of.
    let later = format!(
        "{MOVEMENT} WHERE item = ?1 AND id > ?2 AND import IS NOT ?3 AND reverses IS NULL
         AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = movement.id) ORDER BY id"
    );
    let (mut reverse, mut kept) = (Vec::new(), Vec::new());
    for (item, brought) in by_item {
        let sides: BTreeSet<_> = brought
            .iter()
            .flat_map(|one| [(one.lot, one.from), (one.lot, one.to)])
            .filter(|(_, side)| side.on_hand() || side.place == domain::stock::Place::Inbound)
            .collect();
        let first_id = brought.last().map_or(0, |one| one.id.0);
        let found = rows(db, &later, (item.0, first_id, id.0), movement)?;
        let builds_on = found
            .into_iter()
            .find(|one| sides.contains(&(one.lot, one.from)) || sides.contains(&(one.lot, one.to)));
        match builds_on {
            None => reverse.extend(brought),
            Some(one) => kept.push(Kept {
                because: KeptBecause::MovedOn,
                table: Table::Item.name(),
                subject: find_item(db, item)?.map(|item| item.sku).unwrap_or_default(),
                by: Some(format!("{} #{}", one.kind.word(), one.id)),
            }),
        }
    }
    Ok((reverse, kept))
}

/// What is reversed of an import, and what later work builds on: of papers by what happened to them, of all else by item.
fn to_reverse(
    db: &Connection,
    record: &ImportRecord,
    papers: &super::shipments::Untouched,
) -> Result<(Vec<Movement>, Vec<Kept>)> {
    if record.kind == ImportKind::Shipments {
        return Ok((papers.movements.clone(), papers.kept.clone()));
    }
    movements_to_reverse(db, record.id)
}

/// The day on which the reversal of a movement would fall into a closed period, if one does.
fn closed(db: &Connection, reverse: &[Movement]) -> Result<Option<(Day, Day)>> {
    let Some(lock) = state(db)?.1 else { return Ok(None) };
    Ok(reverse.iter().map(|one| one.day).min().filter(|day| *day <= lock).map(|day| (day, lock)))
}

/// Lines that only this import brought, and those that a later file has too.
fn order_lines(db: &Connection, id: ImportId) -> Result<(u64, Vec<Kept>)> {
    let sql = "SELECT sum(seen = ?1), sum(seen <> ?1), max(seen) FROM order_line WHERE import = ?1";
    let found = first(db, sql, [id.0], |row| {
        Ok((
            count(row.get::<_, Option<i64>>(0)?.unwrap_or(0)),
            row.get::<_, Option<i64>>(1)?.unwrap_or(0),
            row.get::<_, Option<i64>>(2)?.unwrap_or(0),
        ))
    })?;
    let Some((only, shared, last)) = found else { return Ok((0, Vec::new())) };
    let mut kept = Vec::new();
    if shared > 0 {
        kept.push(Kept {
            because: KeptBecause::InLaterFile,
            table: "order_line",
            subject: shared.to_string(),
            by: Some(format!("import #{last}")),
        });
    }
    Ok((only, kept))
}

/// Corrections that stay, because a later file has these lines too.
fn corrections_kept(stay: u64) -> Option<Kept> {
    (stay > 0).then(|| Kept {
        because: KeptBecause::InLaterFile,
        table: "order_line",
        subject: stay.to_string(),
        by: None,
    })
}

fn remove_order_lines(tx: &Connection, id: ImportId) -> Result<()> {
    // The day sums first, from the lines as they still are.
    run(
        tx,
        "UPDATE item_day SET quantity = item_day.quantity - g.quantity, lines = item_day.lines - g.lines
         FROM (SELECT item, day, sum(quantity) AS quantity, count(*) AS lines FROM order_line
               WHERE import = ?1 AND seen = ?1 GROUP BY item, day) g
         WHERE item_day.item = g.item AND item_day.day = g.day",
        [id.0],
    )?;
    run(tx, "DELETE FROM item_day WHERE lines <= 0", [])?;
    run(tx, "DELETE FROM order_line WHERE import = ?1 AND seen = ?1", [id.0])?;
    // A line that a later file has too is that one's from now on.
    run(tx, "UPDATE order_line SET import = seen WHERE import = ?1", [id.0])?;
    run(tx, "UPDATE order_line SET seen = import WHERE seen = ?1", [id.0])?;
    Ok(())
}

struct Noted {
    table: Table,
    row: i64,
    was: Option<Map<String, Value>>,
    became: Map<String, Value>,
}

impl Noted {
    /// It stays as it is now, and why.
    fn kept(&self, because: KeptBecause) -> Kept {
        let subject = self.became.get(self.table.label()).and_then(Value::as_str).unwrap_or_default();
        Kept { because, table: self.table.name(), subject: subject.to_owned(), by: None }
    }
}

fn noted(db: &Connection, id: ImportId) -> Result<Vec<Noted>> {
    let sql = "SELECT what, row, was, became FROM import_change WHERE import = ?1 ORDER BY seq DESC";
    let found = rows(db, sql, [id.0], |row| {
        let (what, id): (i64, i64) = (row.get(0)?, row.get(1)?);
        let object = |text: String| serde_json::from_str::<Map<String, Value>>(&text).unwrap_or_default();
        let became = object(row.get(3)?);
        let was = row.get::<_, Option<String>>(2)?.map(object);
        Ok(Table::ALL.into_iter().find(|table| table.code() == what).map(|table| Noted {
            table,
            row: id,
            was,
            became,
        }))
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// Whether anything but master data names an item.
fn item_in_use(db: &Connection, item: i64) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM movement WHERE item = ?1) OR EXISTS (SELECT 1 FROM order_line WHERE item = ?1)
        OR EXISTS (SELECT 1 FROM proposal WHERE item = ?1) OR EXISTS (SELECT 1 FROM inbound_line WHERE item = ?1)
        OR EXISTS (SELECT 1 FROM outbound_line WHERE item = ?1)";
    Ok(first(db, sql, [item], |row| Ok(row.get::<_, bool>(0)?))?.unwrap_or(false))
}

/// What nobody keeps for an item that goes.
const OF_AN_ITEM: [&str; 3] = [
    "DELETE FROM item_outlook WHERE item = ?1",
    "DELETE FROM stock_level WHERE item = ?1",
    "DELETE FROM item_search WHERE rowid = ?1",
];

/// Whether a row is as the import left it. Columns that came with a newer program are none of its business.
fn stands(now: Option<&Map<String, Value>>, became: &Map<String, Value>) -> bool {
    now.is_some_and(|now| became.iter().all(|(column, value)| now.get(column) == Some(value)))
}

fn put_back(tx: &Connection, one: &Noted, customers: &HashSet<i64>) -> Result<Result<(), KeptBecause>> {
    let now = dump(tx, one.table, one.row)?;
    if !stands(now.as_ref(), &one.became) {
        return Ok(Err(KeptBecause::ChangedSince));
    }
    if let Some(was) = &one.was {
        restore(tx, one.table, one.row, was)?;
        if one.table == Table::Item
            && let Some(item) = find_item(tx, ItemId(one.row))?
        {
            // Also what is kept to find it by.
            write_item(tx, &item)?;
        }
        if one.table == Table::Lot
            && let Some(item) = was.get("item").and_then(Value::as_i64)
        {
            refresh_expired(tx, ItemId(item))?;
        }
        return Ok(Ok(()));
    }
    if one.table == Table::Item {
        if item_in_use(tx, one.row)? {
            return Ok(Err(KeptBecause::InUse));
        }
        for sql in OF_AN_ITEM {
            run(tx, sql, [one.row])?;
        }
    }
    // Papers name a customer by pseudonym, order lines by their own key.
    if one.table == Table::Customer && customers.contains(&one.row) {
        return Ok(Err(KeptBecause::InUse));
    }
    match run(tx, &format!("DELETE FROM {} WHERE id = ?1", one.table.name()), [one.row]) {
        Ok(_) => Ok(Ok(())),
        // Another row names it; SQLite took back only this statement.
        Err(error) if error.kind() == ErrorKind::Conflict => Ok(Err(KeptBecause::InUse)),
        Err(error) => Err(error),
    }
}

/// Levels of items say again what the lines that stand say: since when they are known, or that nobody ever said.
fn settle_levels(tx: &Connection, items: &BTreeSet<ItemId>) -> Result<()> {
    for item in items {
        run(
            tx,
            "UPDATE stock_level SET as_of = (
                SELECT max(day) FROM movement WHERE item = ?1 AND kind IN (0, 1, 4, 10)
                    AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.reverses = movement.id)
             ) WHERE item = ?1",
            [item.0],
        )?;
        run(
            tx,
            "DELETE FROM stock_level WHERE item = ?1 AND as_of IS NULL
                AND on_hand = 0 AND allocated = 0 AND on_order = 0 AND held = 0 AND expired = 0",
            [item.0],
        )?;
    }
    Ok(())
}

/// Takes all of it back; what could not be is in `kept`.
fn undo(c: &Change<'_>, record: &ImportRecord, narrow: bool) -> Result<ImportUndo> {
    let papers = super::shipments::untouched(c.tx, record.id)?;
    let (reverse, mut kept) = to_reverse(c.tx, record, &papers)?;
    if !narrow && let Some(one) = kept.first() {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "import {} was not undone: later movements build on it for {} item(s), such as {} ({}); take those back first, or undo only the rest",
                record.id,
                kept.len(),
                one.subject,
                one.by.as_deref().unwrap_or_default()
            ),
        ));
    }
    if let Some((day, lock)) = closed(c.tx, &reverse)? {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!(
                "import {} was not undone: it booked on {day}, and the books are closed up to {lock}; have an administrator open the period",
                record.id
            ),
        ));
    }
    let mut report = ImportUndo {
        import: record.id,
        movements: reverse.len() as u64,
        order_lines: 0,
        restored: 0,
        kept: Vec::new(),
    };
    let mut book = Book::open(c.tx, c.act)?;
    for one in &reverse {
        let back = book.reversal(one, ReasonCode::Undone, Some(record.id));
        book.post(&back)?;
    }
    settle_levels(c.tx, &reverse.iter().map(|one| one.item).collect())?;
    report.restored += super::shipments::remove(c.tx, &papers)?;
    if record.kind == ImportKind::Orders {
        // Before lines go: one that this file brought and corrected goes as it is.
        let (back, stay) = corrections::put_back(c.tx, record.id)?;
        report.restored += back;
        kept.extend(corrections_kept(stay));
        let (only, shared) = order_lines(c.tx, record.id)?;
        remove_order_lines(c.tx, record.id)?;
        report.order_lines = only;
        kept.extend(shared);
    }
    let noted = noted(c.tx, record.id)?;
    let customers = match noted.iter().any(|one| one.table == Table::Customer) {
        true => crate::records::customers::in_use(c.tx)?,
        false => HashSet::new(),
    };
    for one in noted {
        match put_back(c.tx, &one, &customers)? {
            Ok(()) => report.restored += 1,
            Err(because) => kept.push(one.kept(because)),
        }
    }
    report.kept = kept;
    run(
        c.tx,
        "INSERT INTO import_undo(import, at, by, whole) VALUES (?1, ?2, ?3, ?4)",
        (record.id.0, c.act.at.0, &c.act.by.name, report.dependents().next().is_none()),
    )?;
    // The same file may come again.
    run(c.tx, "UPDATE import SET once = once || ' undone ' || ?2 WHERE id = ?1", (record.id.0, c.act.at.0))?;
    c.audit(
        "import.undo",
        &format!("import {}", record.id),
        Some(json!({ "file": record.file_name, "rows": record.rows })),
        Some(json!({
            "movements": report.movements,
            "order_lines": report.order_lines,
            "restored": report.restored,
            "kept": stored(report.kept.len() as u64),
        })),
    )?;
    Ok(report)
}

fn find(db: &Connection, id: ImportId) -> Result<ImportRecord> {
    let record = need(first(db, &format!("{IMPORT} WHERE id = ?1"), [id.0], import)?, "import", id)?;
    if record.undone.is_some() && movements_to_reverse(db, id)?.0.is_empty() {
        return Err(Error::new(
            ErrorKind::Conflict,
            format!("import {id} was undone already; nothing is left of it to take back"),
        ));
    }
    Ok(record)
}

impl Records {
    /// What an undo of an import would take back, and what it would leave.
    pub fn import_undo_preview(&self, id: ImportId) -> Result<ImportUndo> {
        self.file.read("look at what undoing an import would do", |db| {
            let record = find(db, id)?;
            let papers = super::shipments::untouched(db, id)?;
            let (reverse, mut kept) = to_reverse(db, &record, &papers)?;
            let mut order_line_count = 0;
            let mut restored = (papers.inbound.len() + papers.outbound.len()) as u64;
            if record.kind == ImportKind::Orders {
                let (back, stay) = corrections::would_put_back(db, id)?;
                restored += back;
                kept.extend(corrections_kept(stay));
                let (only, shared) = order_lines(db, id)?;
                order_line_count = only;
                kept.extend(shared);
            }
            // A row that came twice is put back step by step, so only its last state is compared.
            let mut looked_at = BTreeSet::new();
            for one in noted(db, id)? {
                let changed = looked_at.insert((one.table.code(), one.row))
                    && !stands(dump(db, one.table, one.row)?.as_ref(), &one.became);
                let because = if changed {
                    Some(KeptBecause::ChangedSince)
                } else if one.was.is_none()
                    && one.table == Table::Item
                    && record.kind != ImportKind::Orders
                    && item_in_use(db, one.row)?
                {
                    Some(KeptBecause::InUse)
                } else {
                    None
                };
                match because {
                    None => restored += 1,
                    Some(because) => kept.push(one.kept(because)),
                }
            }
            Ok(ImportUndo {
                import: id,
                movements: reverse.len() as u64,
                order_lines: order_line_count,
                restored,
                kept,
            })
        })
    }

    /// Takes an import back. Where later work builds on some of it: `narrow` takes back the rest, otherwise nothing is
    /// done and the error says so.
    pub fn undo_import(&self, act: &Act, id: ImportId, narrow: bool) -> Result<ImportUndo> {
        self.change("undo an import", act, move |c| {
            let record = find(c.tx, id)?;
            undo(c, &record, narrow)
        })
    }
}

const _: () = assert!(MovementKind::ALL.len() == 13, "the SQL above says 12 for a reversal");
