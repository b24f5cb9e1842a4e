//! Order lines that a later file says otherwise: the lines of one order that were known before, held against what is kept.
//!
//! A file that lists the lines of an order in another order corrects nothing: what it says is first matched with what is kept, line by
//! line, and only what finds no equal is a correction of what is left. What was is kept beside what became of it, so that an undo can
//! put it back. Does not know files; [`super::OrderSink`] feeds it line by line.

use super::{AMOUNT_MAX, QUANTITY_MAX};
use crate::Result;
use crate::file::{rows, run};
use rusqlite::{Connection, Row};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use units::{Day, ImportId, Money, Quantity};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "order-corrections-1",
    "CREATE TABLE order_correction(
        import INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        item INTEGER NOT NULL,
        order_key INTEGER NOT NULL,
        occurrence INTEGER NOT NULL,
        order_ref TEXT NOT NULL,
        day_was INTEGER NOT NULL,
        quantity_was INTEGER NOT NULL,
        amount_was INTEGER,
        customer_was INTEGER,
        day INTEGER NOT NULL,
        quantity INTEGER NOT NULL,
        amount INTEGER,
        customer INTEGER,
        PRIMARY KEY (import, seq)
     ) WITHOUT ROWID;
     ALTER TABLE import ADD COLUMN corrected INTEGER NOT NULL DEFAULT 0;",
)];

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Said {
    pub(super) day: i32,
    pub(super) quantity: i64,
    pub(super) amount: Option<i64>,
    pub(super) customer: Option<i64>,
}

impl Said {
    fn read(row: &Row<'_>, from: usize) -> Result<Self> {
        Ok(Self {
            day: row.get(from)?,
            quantity: row.get(from + 1)?,
            amount: row.get(from + 2)?,
            customer: row.get(from + 3)?,
        })
    }

    /// With what a file leaves out as it is kept.
    fn over(self, kept: Self) -> Self {
        Self { amount: self.amount.or(kept.amount), customer: self.customer.or(kept.customer), ..self }
    }
}

/// A line that another file said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineCorrection {
    /// The order's number; empty where the file has none.
    pub order_ref: String,
    /// The item's code.
    pub sku: String,
    /// Which line of that item in the order, from 1.
    pub occurrence: u32,
    /// The day, as it was and became.
    pub day: (Day, Day),
    /// How much.
    pub quantity: (Quantity, Quantity),
    /// What it brought.
    pub amount: (Option<Money>, Option<Money>),
    /// It is another customer's.
    pub customer: bool,
}

/// The lines that were known before, as the file goes through them: those of the order at hand, and, of orders with a doubt, all so far.
///
/// An order is settled at the end of the file, because its lines need not stand together; of how many is bounded.
#[derive(Default)]
pub(super) struct Known {
    order: i64,
    order_ref: String,
    lines: Vec<Line>,
    /// Items of the order at hand with a line that is not what was kept of it.
    doubted: BTreeSet<i64>,
    waiting: Vec<Doubt>,
    place: HashMap<(i64, i64), usize>,
    held: usize,
}

/// A line as the file says it, and which of its item in the order it is.
#[derive(Clone, Copy)]
struct Line {
    item: i64,
    occurrence: u32,
    said: Said,
}

/// The lines of one item in one order, with at least one that is not what was kept.
struct Doubt {
    item: i64,
    order: i64,
    order_ref: String,
    lines: Vec<Line>,
}

impl Known {
    /// A line that was known; `kept` is what stands in its place. Whether so much waits that it is to be settled.
    pub(super) fn add(
        &mut self,
        (item, order, occurrence): (i64, i64, u32),
        order_ref: &str,
        said: Said,
        kept: Said,
    ) -> bool {
        if self.order != order {
            self.close();
            self.order = order;
            order_ref.clone_into(&mut self.order_ref);
        }
        self.lines.push(Line { item, occurrence, said });
        if said.over(kept) != kept {
            self.doubted.insert(item);
        }
        self.held > LINES_HELD_MAX
    }

    /// Ends the order at hand: what is doubtful of it waits.
    fn close(&mut self) {
        for line in self.lines.drain(..) {
            let key = (line.item, self.order);
            let place = match self.place.get(&key) {
                Some(place) => *place,
                None if self.doubted.contains(&line.item) => {
                    let (item, order) = key;
                    self.waiting.push(Doubt {
                        item,
                        order,
                        order_ref: self.order_ref.clone(),
                        lines: Vec::new(),
                    });
                    self.place.insert(key, self.waiting.len() - 1);
                    self.waiting.len() - 1
                }
                None => continue,
            };
            self.waiting[place].lines.push(line);
            self.held += 1;
        }
        self.doubted.clear();
    }

    fn take(&mut self) -> Vec<Doubt> {
        self.close();
        self.place.clear();
        self.held = 0;
        std::mem::take(&mut self.waiting)
    }
}

/// Lines held back for the end of the file; then those so far are settled: some 5 MB.
const LINES_HELD_MAX: usize = 65_536;

/// Corrects, and says so.
pub(super) struct Corrector<'t> {
    tx: &'t Connection,
    import: ImportId,
    seq: i64,
    quantity: Quantity,
    amount: Money,
}

impl<'t> Corrector<'t> {
    pub(super) fn new(tx: &'t Connection, import: ImportId) -> Self {
        Self { tx, import, seq: 0, quantity: Quantity::ZERO, amount: Money::ZERO }
    }

    /// How many lines were corrected.
    pub(super) fn count(&self) -> u64 {
        self.seq.unsigned_abs()
    }

    /// By how much the sums of all lines changed.
    pub(super) fn changed(&self) -> (Quantity, Money) {
        (self.quantity, self.amount)
    }

    /// Makes lines what the file says. `sums` takes what that changes of the demand a day.
    pub(super) fn settle(
        &mut self,
        known: &mut Known,
        sums: &mut HashMap<(i64, i32), (i64, i64)>,
    ) -> Result<()> {
        for doubt in known.take() {
            let mut kept = self.kept(doubt.item, doubt.order)?;
            // A line that the file went by without a doubt said what stands in its place.
            let last = doubt.lines.iter().map(|line| line.occurrence).max().unwrap_or(0);
            kept.retain(|place, _| *place > last || doubt.lines.iter().any(|line| line.occurrence == *place));
            let mut open = Vec::new();
            for line in &doubt.lines {
                // What is there as it is said stands for it, in its own place or any other.
                let same = |place: &u32| kept.get(place).is_some_and(|kept| line.said.over(*kept) == *kept);
                let own = Some(line.occurrence).filter(same);
                match own.or_else(|| kept.keys().find(|place| same(place)).copied()) {
                    Some(place) => {
                        kept.remove(&place);
                    }
                    None => open.push(line.said),
                }
            }
            for (said, (occurrence, was)) in open.into_iter().zip(kept) {
                let key = (doubt.item, doubt.order, occurrence);
                let said = said.over(was);
                self.correct(key, &doubt.order_ref, was, said)?;
                let before = sums.entry((doubt.item, was.day)).or_default();
                *before = (before.0 - was.quantity, before.1 - 1);
                let after = sums.entry((doubt.item, said.day)).or_default();
                *after = (after.0 + said.quantity, after.1 + 1);
            }
        }
        Ok(())
    }

    /// What was kept before this import; lines that it brought itself are what it says.
    fn kept(&self, item: i64, order: i64) -> Result<BTreeMap<u32, Said>> {
        let sql = "SELECT occurrence, day, quantity, amount, customer_key FROM order_line
            WHERE item = ?1 AND order_key = ?2 AND import <> ?3 ORDER BY occurrence";
        let found =
            rows(self.tx, sql, (item, order, self.import.0), |row| Ok((row.get(0)?, Said::read(row, 1)?)))?;
        Ok(found.into_iter().collect())
    }

    fn correct(&mut self, key: (i64, i64, u32), order_ref: &str, was: Said, is: Said) -> Result<()> {
        self.seq += 1;
        self.quantity = self.quantity.plus(Quantity(is.quantity - was.quantity));
        self.amount = self.amount.plus(Money(is.amount.unwrap_or(0) - was.amount.unwrap_or(0)));
        let (item, order, occurrence) = key;
        run(
            self.tx,
            "INSERT INTO order_correction VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
            rusqlite::params![
                self.import.0,
                self.seq,
                item,
                order,
                occurrence,
                order_ref,
                was.day,
                was.quantity,
                was.amount,
                was.customer,
                is.day,
                is.quantity,
                is.amount,
                is.customer
            ],
        )?;
        write(self.tx, key, is)
    }
}

fn write(tx: &Connection, (item, order, occurrence): (i64, i64, u32), is: Said) -> Result<()> {
    debug_assert!(
        is.quantity.unsigned_abs() <= QUANTITY_MAX && is.amount.unwrap_or(0).unsigned_abs() <= AMOUNT_MAX
    );
    run(
        tx,
        "UPDATE order_line SET day = ?4, quantity = ?5, amount = ?6, customer_key = ?7
         WHERE item = ?1 AND order_key = ?2 AND occurrence = ?3",
        (item, order, occurrence, is.day, is.quantity, is.amount, is.customer),
    )?;
    Ok(())
}

/// The corrections of an import, the first ones.
pub(super) fn of_import(db: &Connection, import: ImportId, most: u32) -> Result<Vec<LineCorrection>> {
    let sql = "SELECT order_ref, (SELECT sku FROM item WHERE item.id = c.item), occurrence, day_was, quantity_was, amount_was,
            customer_was, day, quantity, amount, customer
        FROM order_correction c WHERE import = ?1 ORDER BY seq LIMIT ?2";
    rows(db, sql, (import.0, most), |row| {
        let (was, is) = (Said::read(row, 3)?, Said::read(row, 7)?);
        Ok(LineCorrection {
            order_ref: row.get(0)?,
            sku: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            occurrence: row.get(2)?,
            day: (Day(was.day), Day(is.day)),
            quantity: (Quantity(was.quantity), Quantity(is.quantity)),
            amount: (was.amount.map(Money), is.amount.map(Money)),
            customer: was.customer != is.customer,
        })
    })
}

/// Those that an undo puts back (`true`), and those that a later file has a say in or somebody changed since.
fn standing(db: &Connection, import: ImportId) -> Result<Vec<(bool, (i64, i64, u32), Said, Said)>> {
    // The newest first: a line corrected twice goes back step by step.
    let sql = "SELECT item, order_key, occurrence, day_was, quantity_was, amount_was, customer_was, day, quantity, amount, customer,
            EXISTS (SELECT 1 FROM order_line l WHERE l.item = c.item AND l.order_key = c.order_key AND l.occurrence = c.occurrence
                AND l.day = c.day AND l.quantity = c.quantity AND l.amount IS c.amount AND l.customer_key IS c.customer)
            AND NOT EXISTS (SELECT 1 FROM order_line l WHERE l.item = c.item AND l.order_key = c.order_key AND l.occurrence = 1
                AND l.seen > c.import)
        FROM order_correction c WHERE import = ?1 ORDER BY seq DESC";
    rows(db, sql, [import.0], |row| {
        let key = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((row.get(11)?, key, Said::read(row, 3)?, Said::read(row, 7)?))
    })
}

/// How many corrections an undo would put back, and how many would stay.
pub(super) fn would_put_back(db: &Connection, import: ImportId) -> Result<(u64, u64)> {
    let all = standing(db, import)?;
    let back = all.iter().filter(|one| one.0).count() as u64;
    Ok((back, all.len() as u64 - back))
}

/// Puts the corrections of an import back, as far as nothing came after them; how many, and how many stay.
pub(super) fn put_back(tx: &Connection, import: ImportId) -> Result<(u64, u64)> {
    let all = standing(tx, import)?;
    let mut back = 0;
    for (stands, key, was, is) in &all {
        if !stands {
            continue;
        }
        back += 1;
        write(tx, *key, *was)?;
        for (day, quantity, lines) in [(is.day, -is.quantity, -1), (was.day, was.quantity, 1)] {
            run(
                tx,
                "INSERT INTO item_day(item, day, quantity, lines) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (item, day) DO UPDATE SET quantity = quantity + excluded.quantity, lines = lines + excluded.lines",
                (key.0, day, quantity, lines),
            )?;
        }
    }
    // The same import undone twice must not find them again.
    run(tx, "DELETE FROM order_correction WHERE import = ?1", [import.0])?;
    Ok((back, all.len() as u64 - back))
}
