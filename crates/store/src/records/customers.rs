//! Customers: each by a pseudonym, and by a name only where an administrator lets names be kept.
//!
//! Papers, movements and the audit hold the pseudonym alone; what somebody is called stands in one table, so that forgetting a person, or
//! all of them, changes one row each. The pseudonym is made of the text a file or a person gives and a key of the site (HMAC-SHA-256), so the same person
//! always gets the same word here, and another at the next site. The key is made by the file's own first step. It lies in the same file: whoever has the whole file and a
//! list of all who may be meant can try them. Does not know addresses of deliveries, which a driver needs.

use super::Records;
use super::imports::{ImportRecord, Journal, Table};
use super::items::Page;
use crate::audit::Change;
use crate::file::{count, first, rows, run};
use crate::limits::ROWS_MAX;
use crate::{Act, Result};
use domain::Customer;
use domain::stock::Movement;
use rusqlite::{Connection, Row, params};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use units::{CustomerId, Day, Quantity, Stop, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "customers-1",
    // key: what order lines know them by. names: they may be kept.
    "CREATE TABLE customer_key(
        id INTEGER PRIMARY KEY CHECK (id = 1),
        key BLOB NOT NULL,
        names INTEGER NOT NULL DEFAULT 0
     );
     INSERT INTO customer_key(id, key) VALUES (1, randomblob(32));
     CREATE TABLE customer(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key INTEGER NOT NULL UNIQUE,
        pseudonym TEXT NOT NULL UNIQUE,
        code TEXT,
        name TEXT,
        address TEXT,
        at INTEGER NOT NULL
     );
     CREATE INDEX customer_name ON customer(name) WHERE name IS NOT NULL;
     CREATE INDEX outbound_customer ON outbound(customer);",
)];

/// Letters of a pseudonym: none that is taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many of them: 50 bits, so that two of a million customers share one with a chance of 1 in 2,000.
const LETTERS_SHOWN: usize = 10;
const HEAD: &str = "K-";

/// A customer as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerRow {
    /// Who.
    pub customer: Customer,
    /// When they were first heard of.
    pub at: Timestamp,
    /// Lines of the order history that are theirs.
    pub lines: u64,
    /// What these say they took.
    pub quantity: Quantity,
    /// The last day of these.
    pub last_day: Option<Day>,
    /// Orders taken for them here.
    pub orders: u64,
    /// Of these, not gone yet.
    pub open: u64,
    /// What they sent back.
    pub returns: u64,
}

/// A customer as a file tells of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerImport {
    /// What orders call them.
    pub code: String,
    /// Their name.
    pub name: Option<String>,
    /// Where they are.
    pub address: Option<String>,
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    // RFC 2104; the key is 32 bytes, shorter than a block of 64.
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect() };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text.as_bytes()).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().into()
}

/// What a person or a file calls somebody, as it is compared: `Ann@Shop.example ` is `ann@shop.example`.
fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

fn word_of(key: &[u8], text: &str) -> String {
    let hash = hmac(key, &folded(text));
    let bits = hash.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let letter = |at: usize| char::from(LETTERS[(bits >> (59 - 5 * at) & 31) as usize]);
    HEAD.chars().chain((0..LETTERS_SHOWN).map(letter)).collect()
}

/// Whether a text has the form of a pseudonym.
fn is_pseudonym(text: &str) -> bool {
    text.strip_prefix(HEAD).is_some_and(|rest| {
        rest.len() == LETTERS_SHOWN && rest.bytes().all(|letter| LETTERS.contains(&letter))
    })
}

/// The site's key, and whether names may be kept. A demonstration's people are made up.
pub(crate) struct Door {
    key: Vec<u8>,
    names: bool,
}

impl Door {
    pub(crate) fn open(db: &Connection) -> Result<Self> {
        let sql = "SELECT key, names FROM customer_key";
        let (key, names) =
            first(db, sql, [], |row| Ok((row.get(0)?, row.get::<_, bool>(1)?)))?.unwrap_or_default();
        let names = names || super::settings::is_demo(db)?;
        Ok(Self { key, names })
    }

    /// The pseudonym of what somebody is called; nothing of nothing. A pseudonym is its own.
    pub(crate) fn word(&self, text: &str) -> String {
        let text = text.trim();
        if text.is_empty() || is_pseudonym(text) { text.to_owned() } else { word_of(&self.key, text) }
    }
}

/// Lets somebody in: the pseudonym that stands for them from here on. Their code is kept only where names may be.
pub(crate) fn admit(c: &Change<'_>, text: &str) -> Result<String> {
    let door = Door::open(c.tx)?;
    if let Some(known) = known_by(c.tx, text)? {
        return Ok(known);
    }
    let word = door.word(text);
    if !word.is_empty() && !is_pseudonym(text.trim()) {
        note(c, &door, text)?;
    }
    Ok(word)
}

/// The only customer whose name a text is: a screen gives back what it showed.
fn known_by(db: &Connection, text: &str) -> Result<Option<String>> {
    let sql = "SELECT min(pseudonym) FROM customer WHERE name = ?1 HAVING count(*) = 1";
    Ok(first(db, sql, [text.trim()], |row| Ok(row.get::<_, Option<String>>(0)?))?.flatten())
}

/// The pseudonym of what somebody is called here: by a name that is kept, or by what files say.
pub(crate) fn word_for(db: &Connection, text: &str) -> Result<String> {
    match known_by(db, text)? {
        Some(word) => Ok(word),
        None => Ok(Door::open(db)?.word(text)),
    }
}

/// Writes a customer down; says their row and whether they are new.
fn note(c: &Change<'_>, door: &Door, text: &str) -> Result<(i64, bool)> {
    let word = door.word(text);
    let sql = "SELECT id, code FROM customer WHERE pseudonym = ?1";
    let known =
        first(c.tx, sql, [&word], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?)))?;
    let code = door.names.then(|| text.trim());
    match known {
        Some((id, kept)) => {
            if let (Some(code), None) = (code, kept) {
                run(c.tx, "UPDATE customer SET code = ?2 WHERE id = ?1", (id, code))?;
            }
            Ok((id, false))
        }
        None => {
            run(
                c.tx,
                "INSERT OR IGNORE INTO customer(key, pseudonym, code, at) VALUES (?1, ?2, ?3, ?4)",
                params![super::imports::customer_key(text), word, code, c.act.at.0],
            )?;
            Ok((c.tx.last_insert_rowid(), true))
        }
    }
}

/// Writes down whom order lines name, once each.
pub(crate) fn note_all<'n>(
    c: &Change<'_>,
    journal: &mut Journal<'_>,
    names: impl Iterator<Item = &'n String>,
) -> Result<()> {
    let door = Door::open(c.tx)?;
    for name in names {
        let (id, new) = note(c, &door, name)?;
        if new {
            journal.note(Table::Customer, id, None)?;
        }
    }
    Ok(())
}

/// What a file of customers says: names and addresses are kept only where they may be.
pub(crate) fn take(
    c: &Change<'_>,
    record: &mut ImportRecord,
    given: Vec<CustomerImport>,
    stop: &Stop,
) -> Result<()> {
    let door = Door::open(c.tx)?;
    let mut journal = Journal::of(c.tx, record);
    for row in given {
        stop.check()?;
        record.rows += 1;
        let word = door.word(&row.code);
        let sql = "SELECT id, name, address FROM customer WHERE pseudonym = ?1";
        type Kept = (i64, Option<String>, Option<String>);
        let known: Option<Kept> =
            first(c.tx, sql, [&word], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let id = known.as_ref().map_or(0, |known| known.0);
        let was = journal.before(Table::Customer, id)?;
        let (id, new) = note(c, &door, &row.code)?;
        let (name, address) = known.map_or((None, None), |known| (known.1, known.2));
        let kept = |told: &Option<String>, known: &Option<String>| {
            if door.names { told.clone().or_else(|| known.clone()) } else { None }
        };
        let (name_now, address_now) = (kept(&row.name, &name), kept(&row.address, &address));
        let changed = new || name_now != name || address_now != address;
        if changed {
            let sql = "UPDATE customer SET name = ?2, address = ?3 WHERE id = ?1";
            run(c.tx, sql, params![id, name_now, address_now])?;
            journal.note(Table::Customer, id, was)?;
        }
        *(if changed { &mut record.added } else { &mut record.duplicates }) += 1;
    }
    Ok(())
}

/// Customers whose paper or order line there is.
pub(crate) fn in_use(db: &Connection) -> Result<HashSet<i64>> {
    let sql = "SELECT id FROM customer WHERE pseudonym IN (SELECT customer FROM outbound)
        OR pseudonym IN (SELECT customer FROM customer_return)
        OR key IN (SELECT customer_key FROM order_line WHERE customer_key IS NOT NULL)";
    Ok(rows(db, sql, [], |row| Ok(row.get(0)?))?.into_iter().collect())
}

/// What a text that may be a pseudonym is called by people.
fn called(db: &Connection, text: &str) -> Result<Option<String>> {
    let sql = "SELECT coalesce(name, code) FROM customer WHERE pseudonym = ?1";
    if !is_pseudonym(text) {
        return Ok(None);
    }
    Ok(first(db, sql, [text], |row| Ok(row.get::<_, Option<String>>(0)?))?.flatten())
}

/// Parties of movements as people call them.
pub(crate) fn call_parties<'m>(db: &Connection, lines: impl Iterator<Item = &'m mut Movement>) -> Result<()> {
    let mut known: HashMap<String, Option<String>> = HashMap::new();
    for line in lines {
        let Some(party) = &line.party else { continue };
        if !known.contains_key(party) {
            known.insert(party.clone(), called(db, party)?);
        }
        if let Some(Some(name)) = known.get(party) {
            line.party = Some(name.clone());
        }
    }
    Ok(())
}

fn customer(row: &Row<'_>) -> Result<Customer> {
    Ok(Customer {
        id: CustomerId(row.get(0)?),
        pseudonym: row.get(1)?,
        code: row.get(2)?,
        name: row.get(3)?,
        address: row.get(4)?,
    })
}

impl Records {
    /// Customers, those heard of last first; and how many there are.
    pub fn customers(&self, filter: &str, offset: u32, limit: u32) -> Result<Page<CustomerRow>> {
        let filter = filter.trim().to_owned();
        self.file.read("list customers", |db| {
            let word = Door::open(db)?.word(&filter);
            let like = format!("%{}%", filter.replace(['%', '_'], " "));
            let found =
                "(?1 = '%%' OR c.pseudonym = ?2 OR c.pseudonym LIKE ?1 OR c.code LIKE ?1 OR c.name LIKE ?1)";
            let sql = format!("SELECT count(*) FROM customer c WHERE {found}");
            let total = first(db, &sql, (&like, &word), |row| Ok(count(row.get(0)?)))?.unwrap_or(0);
            let sql = format!(
                "SELECT c.id, c.pseudonym, c.code, c.name, c.address, c.at, c.key,
                    (SELECT count(*) FROM outbound o WHERE o.customer = c.pseudonym),
                    (SELECT count(*) FROM outbound o WHERE o.customer = c.pseudonym AND o.state < 5),
                    (SELECT count(*) FROM customer_return r WHERE r.customer = c.pseudonym)
                 FROM customer c WHERE {found} ORDER BY c.id DESC LIMIT ?3 OFFSET ?4"
            );
            let mut page = rows(db, &sql, (&like, &word, limit.min(ROWS_MAX), offset), |row| {
                let shown = CustomerRow {
                    customer: customer(row)?,
                    at: Timestamp(row.get(5)?),
                    lines: 0,
                    quantity: Quantity::ZERO,
                    last_day: None,
                    orders: count(row.get(7)?),
                    open: count(row.get(8)?),
                    returns: count(row.get(9)?),
                };
                Ok((row.get::<_, i64>(6)?, shown))
            })?;
            // One pass over the history for all of the page: an index by customer would cost each import of orders more.
            let at: HashMap<i64, usize> = page.iter().enumerate().map(|(at, (key, _))| (*key, at)).collect();
            let sql = "SELECT customer_key, count(*), sum(quantity), max(day) FROM order_line
                WHERE customer_key IS NOT NULL GROUP BY customer_key";
            for (key, lines, quantity, day) in
                rows(db, sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
            {
                if let Some((_, one)) = at.get(&key).and_then(|at| page.get_mut(*at)) {
                    (one.lines, one.quantity, one.last_day) =
                        (count(lines), Quantity(quantity), Some(Day(day)));
                }
            }
            Ok(Page { rows: page.into_iter().map(|(_, one)| one).collect(), total })
        })
    }

    /// What a text that may be a pseudonym is called by people.
    pub fn customer_shown(&self, text: &str) -> Result<String> {
        self.file
            .read("read a customer's name", |db| Ok(called(db, text)?.unwrap_or_else(|| text.to_owned())))
    }

    /// The pseudonym of somebody who is called so.
    pub fn customer_word(&self, text: &str) -> Result<String> {
        self.file.read("make a pseudonym", |db| word_for(db, text))
    }

    /// Whether names may be kept.
    pub fn customer_names(&self) -> Result<bool> {
        self.file.read("look whether customers' names are kept", |db| Ok(Door::open(db)?.names))
    }

    /// Lets customers' names be kept from here on, or forgets all that are.
    pub fn allow_customer_names(&self, act: &Act, allow: bool) -> Result<()> {
        self.change("decide on customers' names", act, move |c| {
            let sql = "SELECT names FROM customer_key";
            let before = first(c.tx, sql, [], |row| Ok(row.get::<_, bool>(0)?))?.unwrap_or(false);
            run(c.tx, "UPDATE customer_key SET names = ?1", [allow])?;
            let mut forgotten = 0;
            if !allow {
                let sql = "UPDATE customer SET code = NULL, name = NULL, address = NULL
                    WHERE code IS NOT NULL OR name IS NOT NULL OR address IS NOT NULL";
                forgotten = run(c.tx, sql, [])?;
                // What imports wrote down of them, to be undone, says the names too.
                let sql = "UPDATE import_change SET
                        was = json_set(was, '$.code', NULL, '$.name', NULL, '$.address', NULL),
                        became = json_set(became, '$.code', NULL, '$.name', NULL, '$.address', NULL) WHERE what = ?1";
                run(c.tx, sql, [Table::Customer.code()])?;
            }
            let (old, new) = (json!({ "names": before }), json!({ "names": allow, "forgotten": forgotten }));
            c.audit("customers.names", "names of customers", Some(old), Some(new))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_person_has_the_same_word_and_another_with_another_key() {
        let word = word_of(&[7; 32], " Ann@Shop.example");
        assert!(is_pseudonym(&word), "{word}");
        assert_eq!(word, word_of(&[7; 32], "ann@shop.example "));
        assert_ne!(word, word_of(&[8; 32], "ann@shop.example"));
        assert_ne!(word, word_of(&[7; 32], "bob@shop.example"));
    }

    #[test]
    fn the_keyed_hash_is_that_of_the_standard() {
        // RFC 4231, test case 2.
        let hash = hmac(b"Jefe", "what do ya want for nothing?");
        assert_eq!(hex::encode(hash), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
