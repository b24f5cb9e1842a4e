//! Count plans: their lines, what people counted, and the differences that went into the ledger.
//!
//! What to count and whether a count may stand is `domain::count`'s. A plan of 20,000 lines is written in one transaction and read a page
//! at a time.

use super::Records;
use super::stock::book::Book;
use super::stock::places::find_lot;
use super::stock::shelf::Cause;
use super::stock::taking::mark_counted;
use crate::audit::Change;
use crate::file::{count, first, need, rows, run};
use crate::limits::ROWS_MAX;
use crate::words::{count_state, count_state_code};
use crate::{Act, Error, ErrorKind, Result};
use domain::count::{
    CountCandidate, CountDoubt, CountLine, CountReason, CountRefusal, CountState, Tally, Tolerance,
    variance_value,
};
use domain::stock::{DEFAULT_BIN, LotStatus, MovementKind, Place, ReasonCode, Side};
use rusqlite::{Connection, Row, params};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use units::{BinId, CountLineId, CountPlanId, Day, ItemId, LotId, Money, Quantity, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "counts-1",
    // lot 0: none. unit_cost: of the day the plan was made. variance: of the last tally.
    "CREATE TABLE count_plan(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        blind INTEGER NOT NULL,
        permille INTEGER NOT NULL,
        value INTEGER NOT NULL,
        at INTEGER NOT NULL,
        by TEXT NOT NULL
     );
     CREATE TABLE count_line(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        plan INTEGER NOT NULL REFERENCES count_plan(id),
        item INTEGER NOT NULL REFERENCES item(id),
        lot INTEGER NOT NULL,
        bin INTEGER NOT NULL REFERENCES bin(id),
        reason INTEGER NOT NULL,
        unit_cost INTEGER NOT NULL,
        state INTEGER NOT NULL,
        variance INTEGER,
        UNIQUE (plan, item, lot, bin)
     );
     CREATE INDEX count_line_state ON count_line(plan, state);
     CREATE INDEX count_line_spot ON count_line(item, lot, bin);
     CREATE TABLE count_tally(
        line INTEGER NOT NULL REFERENCES count_line(id),
        n INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        book INTEGER NOT NULL,
        at INTEGER NOT NULL,
        by TEXT NOT NULL,
        PRIMARY KEY (line, n)
     ) WITHOUT ROWID;",
)];

/// A plan to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCount {
    /// Its name.
    pub name: String,
    /// Who counts does not see what the ledger says.
    pub blind: bool,
    /// When a difference is counted again.
    pub tolerance: Tolerance,
    /// What to count, why, and what a unit costs.
    pub lines: Vec<(CountCandidate, CountReason, Money)>,
}

/// A plan, and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountPlan {
    /// Its row.
    pub id: CountPlanId,
    /// Its name.
    pub name: String,
    /// Who counts does not see what the ledger says.
    pub blind: bool,
    /// When a difference is counted again.
    pub tolerance: Tolerance,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// How many lines are in each state, in the order of [`CountState::ALL`].
    pub lines: [u64; 5],
    /// What the differences found so far are worth, all together.
    pub variance: Money,
}

/// A line, with what a list shows beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountRow {
    /// Its row.
    pub id: CountLineId,
    /// The item.
    pub item: ItemId,
    /// Its code.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Its unit of measure.
    pub unit_of_measure: Option<String>,
    /// The lot's code.
    pub lot: Option<String>,
    /// The bin's code, with its warehouse where there is more than one.
    pub bin: String,
    /// Why it is counted, without the days it is late.
    pub reason: CountReason,
    /// What the ledger says now.
    pub book: Quantity,
    /// What a unit costs.
    pub unit_cost: Money,
    /// Its life so far.
    pub line: CountLine,
    /// When it was last counted.
    pub counted_at: Option<Timestamp>,
}

/// What a page of lines is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountQuery {
    /// Of which plan.
    pub plan: CountPlanId,
    /// Only lines in this state.
    pub state: Option<CountState>,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to give.
    pub limit: u32,
}

/// What became of one line of many.
pub type CountAnswer = (CountLineId, std::result::Result<CountState, CountRefusal>);

/// The row's number of a reason. How many days a count is late changes daily, so it is not kept.
fn reason_code(reason: CountReason) -> i64 {
    match reason {
        CountReason::Doubt(CountDoubt::Negative) => 0,
        CountReason::Doubt(CountDoubt::BackDated) => 1,
        CountReason::Doubt(CountDoubt::DefaultBin) => 2,
        CountReason::Never => 3,
        CountReason::Overdue(_) => 4,
    }
}

fn reason(code: i64) -> CountReason {
    match code {
        0 => CountReason::Doubt(CountDoubt::Negative),
        1 => CountReason::Doubt(CountDoubt::BackDated),
        2 => CountReason::Doubt(CountDoubt::DefaultBin),
        3 => CountReason::Never,
        _ => CountReason::Overdue(0),
    }
}

struct Loaded {
    item: ItemId,
    lot: Option<LotId>,
    bin: BinId,
    unit_cost: Money,
    tolerance: Tolerance,
    line: CountLine,
}

fn tallies(db: &Connection, line: CountLineId) -> Result<Vec<Tally>> {
    rows(db, "SELECT quantity, book, by FROM count_tally WHERE line = ?1 ORDER BY n", [line.0], |row| {
        Ok(Tally { quantity: Quantity(row.get(0)?), book: Quantity(row.get(1)?), by: row.get(2)? })
    })
}

fn load(db: &Connection, id: CountLineId) -> Result<Loaded> {
    let sql = "SELECT l.item, l.lot, l.bin, l.unit_cost, l.state, p.permille, p.value
        FROM count_line l JOIN count_plan p ON p.id = l.plan WHERE l.id = ?1";
    let found = first(db, sql, [id.0], |row| {
        let lot: i64 = row.get(1)?;
        Ok(Loaded {
            item: ItemId(row.get(0)?),
            lot: (lot != 0).then_some(LotId(lot)),
            bin: BinId(row.get(2)?),
            unit_cost: Money(row.get(3)?),
            tolerance: Tolerance { permille: row.get(5)?, value: Money(row.get(6)?) },
            line: CountLine { state: count_state(row.get(4)?)?, tallies: Vec::new() },
        })
    })?;
    let mut loaded = need(found, "line of a count", id)?;
    loaded.line.tallies = tallies(db, id)?;
    Ok(loaded)
}

fn keep(tx: &Connection, id: CountLineId, line: &CountLine) -> Result<()> {
    let variance = line.variance().map(|variance| variance.0);
    run(
        tx,
        "UPDATE count_line SET state = ?2, variance = ?3 WHERE id = ?1",
        (id.0, count_state_code(line.state), variance),
    )?;
    Ok(())
}

/// What the ledger has in a bin of an item's lot, however it stands there.
const BOOK: &str = "(SELECT coalesce(sum(b.quantity), 0) FROM balance b
    WHERE b.item = l.item AND b.lot = l.lot AND b.side >= 8 AND b.side / 8 = l.bin)";

fn book_of(db: &Connection, id: CountLineId) -> Result<Quantity> {
    let sql = format!("SELECT {BOOK} FROM count_line l WHERE l.id = ?1");
    Ok(Quantity(need(first(db, &sql, [id.0], |row| Ok(row.get(0)?))?, "line of a count", id)?))
}

fn plan(row: &Row<'_>) -> Result<CountPlan> {
    let mut lines = [0; 5];
    for (place, sum) in lines.iter_mut().enumerate() {
        *sum = count(row.get(7 + place)?);
    }
    Ok(CountPlan {
        id: CountPlanId(row.get(0)?),
        name: row.get(1)?,
        blind: row.get(2)?,
        tolerance: Tolerance { permille: row.get(3)?, value: Money(row.get(4)?) },
        at: Timestamp(row.get(5)?),
        by: row.get(6)?,
        lines,
        // As a real number: the sum of large products must not fail.
        variance: Money(row.get::<_, f64>(12)?.round() as i64),
    })
}

const PLAN: &str = "SELECT p.id, p.name, p.blind, p.permille, p.value, p.at, p.by,
    count(*) FILTER (WHERE l.state = 0), count(*) FILTER (WHERE l.state = 1), count(*) FILTER (WHERE l.state = 2),
    count(*) FILTER (WHERE l.state = 3), count(*) FILTER (WHERE l.state = 4),
    coalesce(sum(1.0 * l.variance * l.unit_cost / 1000) FILTER (WHERE l.state IN (2, 3)), 0.0)
    FROM count_plan p LEFT JOIN count_line l ON l.plan = p.id";

/// Takes counts, each against what the ledger says now.
pub(crate) fn enter(
    c: &Change<'_>,
    by: Option<String>,
    entries: &[(CountLineId, Quantity)],
) -> Result<Vec<CountAnswer>> {
    let by = by.unwrap_or_else(|| c.act.by.name.clone());
    let mut answers = Vec::with_capacity(entries.len());
    for (id, quantity) in entries {
        let mut loaded = load(c.tx, *id)?;
        let tally = Tally { quantity: *quantity, book: book_of(c.tx, *id)?, by: by.clone() };
        let place = loaded.line.tallies.len();
        let answer = loaded.line.counted(tally.clone(), &loaded.tolerance, loaded.unit_cost);
        if answer.is_ok() {
            run(
                c.tx,
                "INSERT INTO count_tally(line, n, quantity, book, at, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![id.0, place as i64, tally.quantity.0, tally.book.0, c.act.at.0, tally.by],
            )?;
            keep(c.tx, *id, &loaded.line)?;
            let said = json!({ "quantity": tally.quantity, "book": tally.book, "by": tally.by, "state": loaded.line.state.word() });
            c.audit("count.enter", &format!("line {id} of a count"), None, Some(said))?;
        }
        answers.push((*id, answer));
    }
    Ok(answers)
}

impl Records {
    /// Every place with something in it, or said to be, for a plan to choose from, at what its item cost on average; `unit_cost` where nobody said. Movements that took effect
    /// two days or more before they were booked make their item doubtful until it is counted.
    pub fn count_candidates(&self, unit_cost: Money) -> Result<Vec<(CountCandidate, Money)>> {
        self.file.read("look for what to count", |db| {
            let bins: i64 = first(db, "SELECT count(*) FROM bin WHERE code NOT IN ('RECEIVING', 'SHIPPING')", [], |row| Ok(row.get(0)?))?
                    .unwrap_or(0);
            let mut counted: HashMap<(i64, i64, i64), Day> = HashMap::new();
            let sql = "SELECT l.item, l.lot, l.bin, max(t.at) FROM count_line l JOIN count_tally t ON t.line = l.id
                WHERE l.state = 3 GROUP BY l.item, l.lot, l.bin";
            for (spot, at) in rows(db, sql, [], |row| {
                Ok(((row.get(0)?, row.get(1)?, row.get(2)?), Timestamp(row.get(3)?)))
            })? {
                counted.insert(spot, at.utc_day());
            }
            let mut late: HashSet<(i64, i64)> = HashSet::new();
            let sql = "SELECT DISTINCT m.item, m.lot FROM movement m WHERE m.kind NOT IN (0, 4, 10) AND m.day < m.booked_at / 86400000 - 1
                AND m.booked_at > coalesce((SELECT max(t.at) FROM count_line l JOIN count_tally t ON t.line = l.id
                    WHERE l.item = m.item AND l.lot = m.lot AND l.state = 3), 0)";
            late.extend(rows(db, sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?);
            // What was paid on average, where that is known: a difference is worth what its goods were.
            let mut paid: HashMap<i64, Money> = HashMap::new();
            let sql = "SELECT item, sum(1.0 * quantity * unit_cost) / sum(quantity) FROM movement
                WHERE unit_cost IS NOT NULL AND quantity > 0 AND to_side >= 8 AND from_side < 8 GROUP BY item";
            paid.extend(rows(db, sql, [], |row| Ok((row.get(0)?, Money(row.get::<_, f64>(1)?.round() as i64))))?);
            let sql = "SELECT b.item, b.lot, b.side / 8 AS bin, sum(b.quantity), coalesce(i.unit_cost, ?1)
                FROM balance b JOIN item i ON i.id = b.item WHERE b.side >= 8 GROUP BY b.item, b.lot, bin HAVING sum(b.quantity) <> 0";
            rows(db, sql, [unit_cost.0], |row| {
                let spot: (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let (book, known) = (Quantity(row.get(3)?), Money(row.get(4)?));
                let cost = paid.get(&spot.0).copied().unwrap_or(known);
                let (lot, bin) = ((spot.1 != 0).then_some(LotId(spot.1)), BinId(spot.2));
                let doubt = if book.0 < 0 {
                    Some(CountDoubt::Negative)
                } else if late.contains(&(spot.0, spot.1)) {
                    Some(CountDoubt::BackDated)
                } else {
                    // Where nobody uses bins, all lies in that one.
                    (bin == DEFAULT_BIN && bins > 1).then_some(CountDoubt::DefaultBin)
                };
                let one = CountCandidate {
                    item: ItemId(spot.0),
                    lot,
                    bin,
                    book,
                    value: cost.times(book),
                    class: None,
                    counted_on: counted.get(&spot).copied(),
                    doubt,
                };
                Ok((one, cost))
            })
        })
    }

    /// Makes a plan. A place that another plan still waits for is left out; how many were.
    pub fn make_count(&self, act: &Act, new: NewCount) -> Result<(CountPlanId, u64)> {
        self.change("make a count plan", act, move |c| {
            run(
                c.tx,
                "INSERT INTO count_plan(name, blind, permille, value, at, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![new.name, new.blind, new.tolerance.permille, new.tolerance.value.0, c.act.at.0, c.act.by.name],
            )?;
            let id = CountPlanId(c.tx.last_insert_rowid());
            let mut made = 0;
            let all = new.lines.len() as u64;
            for (one, why, unit_cost) in &new.lines {
                let lot = one.lot.map_or(0, |lot| lot.0);
                made += run(
                    c.tx,
                    "INSERT INTO count_line(plan, item, lot, bin, reason, unit_cost, state)
                     SELECT ?1, ?2, ?3, ?4, ?5, ?6, 0 WHERE NOT EXISTS (
                        SELECT 1 FROM count_line WHERE item = ?2 AND lot = ?3 AND bin = ?4 AND state IN (0, 1, 2))",
                    params![id.0, one.item.0, lot, one.bin.0, reason_code(*why), unit_cost.0],
                )? as u64;
            }
            if made == 0 {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    if all == 0 {
                        "nothing is due to be counted by these rules; widen them, or import stock first"
                    } else {
                        "all that is due is waiting in another plan already; count that one first"
                    },
                ));
            }
            let said = json!({ "name": new.name, "lines": made, "blind": new.blind });
            c.audit("count.plan", &format!("count plan {id}"), None, Some(said))?;
            Ok((id, all - made))
        })
    }

    /// The plans, newest first.
    pub fn count_plans(&self, limit: u32) -> Result<Vec<CountPlan>> {
        self.file.read("list count plans", |db| {
            rows(
                db,
                &format!("{PLAN} GROUP BY p.id ORDER BY p.id DESC LIMIT ?1"),
                [limit.min(ROWS_MAX)],
                plan,
            )
        })
    }

    /// One plan.
    pub fn count_plan(&self, id: CountPlanId) -> Result<CountPlan> {
        self.file.read("read a count plan", |db| {
            need(first(db, &format!("{PLAN} WHERE p.id = ?1 GROUP BY p.id"), [id.0], plan)?, "count plan", id)
        })
    }

    /// A page of a plan's lines, by bin as a person walks.
    pub fn count_lines(&self, query: &CountQuery) -> Result<super::items::Page<CountRow>> {
        self.file.read("list the lines of a count", |db| {
            let state = query.state.map(count_state_code);
            let sql = "SELECT count(*) FROM count_line WHERE plan = ?1 AND (?2 IS NULL OR state = ?2)";
            let total = first(db, sql, (query.plan.0, state), |row| Ok(count(row.get(0)?)))?.unwrap_or(0);
            // Only of the lines on the page is the ledger asked: of 20,000 it would be too much for a page.
            let sql = format!(
                "SELECT l.id, l.item, i.sku, i.name, i.unit_of_measure, o.code,
                    iif(b.warehouse <> '' AND EXISTS (SELECT 1 FROM bin w WHERE w.warehouse NOT IN ('', b.warehouse)), b.warehouse || '/' || b.code, b.code),
                    l.reason, {BOOK}, l.unit_cost, l.state,
                    (SELECT max(at) FROM count_tally WHERE line = l.id)
                 FROM (SELECT l.id AS line FROM count_line l JOIN item i ON i.id = l.item JOIN bin b ON b.id = l.bin
                        LEFT JOIN lot o ON o.id = l.lot
                        WHERE l.plan = ?1 AND (?2 IS NULL OR l.state = ?2) ORDER BY walk(b.code), b.code, i.sku, o.code, l.id LIMIT ?3 OFFSET ?4) page
                 JOIN count_line l ON l.id = page.line JOIN item i ON i.id = l.item JOIN bin b ON b.id = l.bin
                 LEFT JOIN lot o ON o.id = l.lot ORDER BY walk(b.code), b.code, i.sku, o.code, l.id"
            );
            let limit = query.limit.min(ROWS_MAX);
            let mut page = rows(db, &sql, (query.plan.0, state, limit, query.offset), |row| {
                Ok(CountRow {
                    id: CountLineId(row.get(0)?),
                    item: ItemId(row.get(1)?),
                    sku: row.get(2)?,
                    name: row.get(3)?,
                    unit_of_measure: row.get(4)?,
                    lot: row.get(5)?,
                    bin: row.get(6)?,
                    reason: reason(row.get(7)?),
                    book: Quantity(row.get(8)?),
                    unit_cost: Money(row.get(9)?),
                    line: CountLine { state: count_state(row.get(10)?)?, tallies: Vec::new() },
                    counted_at: row.get::<_, Option<i64>>(11)?.map(Timestamp),
                })
            })?;
            for row in &mut page {
                if row.line.state != CountState::Open {
                    row.line.tallies = tallies(db, row.id)?;
                }
            }
            Ok(super::items::Page { rows: page, total })
        })
    }

    /// Takes counts: each against what the ledger says at this moment. One that is refused changes nothing and stops no other.
    /// `by`: who counted, where it is not who types.
    pub fn enter_counts(
        &self,
        act: &Act,
        by: Option<String>,
        entries: Vec<(CountLineId, Quantity)>,
    ) -> Result<Vec<CountAnswer>> {
        self.change("enter counts", act, move |c| enter(c, by, &entries))
    }

    /// Lets differences into the ledger, for the reason a person gives; beyond `limit` only a manager may. One that is refused stops no other.
    pub fn approve_counts(
        &self,
        act: &Act,
        lines: Vec<CountLineId>,
        reason: ReasonCode,
        limit: Money,
    ) -> Result<Vec<CountAnswer>> {
        self.change("approve counts", act, move |c| {
            let mut book = Book::open(c.tx, c.act)?;
            let cause = Cause::new(book.today(), MovementKind::Count).because(reason);
            let mut answers = Vec::with_capacity(lines.len());
            for id in &lines {
                let mut loaded = load(c.tx, *id)?;
                let answer = loaded.line.approve(&c.act.by, loaded.unit_cost, limit);
                if let Ok(variance) = answer {
                    settle(c, &mut book, &cause, *id, &loaded, variance)?;
                }
                answers.push((*id, answer.map(|_| loaded.line.state)));
            }
            Ok(answers)
        })
    }

    /// Does not believe counts: nothing of them is booked.
    pub fn reject_counts(&self, act: &Act, lines: Vec<CountLineId>) -> Result<Vec<CountAnswer>> {
        self.change("reject counts", act, move |c| {
            let mut answers = Vec::with_capacity(lines.len());
            for id in &lines {
                let mut loaded = load(c.tx, *id)?;
                let answer = loaded.line.reject();
                if answer.is_ok() {
                    keep(c.tx, *id, &loaded.line)?;
                    c.audit("count.reject", &format!("line {id} of a count"), None, None)?;
                }
                answers.push((*id, answer.map(|()| loaded.line.state)));
            }
            Ok(answers)
        })
    }
}

fn settle(
    c: &Change<'_>,
    book: &mut Book<'_>,
    cause: &Cause,
    id: CountLineId,
    loaded: &Loaded,
    variance: Quantity,
) -> Result<()> {
    let status = match loaded.lot {
        Some(lot) => need(find_lot(c.tx, lot)?, "lot", lot)?.status,
        None => LotStatus::Available,
    };
    let here = Side::bin(loaded.bin, status.standing());
    let outside = Side::outside(cause.reason.map_or(Place::Adjustment, ReasonCode::other_side));
    if variance.0 > 0 {
        cause.book(book, loaded.item, loaded.lot, outside, here, variance)?;
    } else if variance.0 < 0 {
        cause.book(book, loaded.item, loaded.lot, here, outside, Quantity(-variance.0))?;
    }
    mark_counted(c.tx, loaded.item, Some(cause.day))?;
    keep(c.tx, id, &loaded.line)?;
    let said = json!({
        "item": loaded.item,
        "lot": loaded.lot,
        "bin": loaded.bin,
        "variance": variance,
        "value": variance_value(Quantity(0), variance, loaded.unit_cost),
        "reason": cause.reason.map(ReasonCode::word),
    });
    c.audit("count.approve", &format!("line {id} of a count"), None, Some(said))
}
