//! The audit chain: who, when, what, old, new, why; each row carries the hash of the one before.
//!
//! A row's hash is SHA-256 over the hash before it and every field with its length. A second table keeps the number of
//! rows and the last hash, so that a cut tail shows too. Triggers refuse changes through SQL; a changed file fails
//! [`Records::audit_verify`]. Who rewrites the whole chain and the head with it is found only by a head hash that was
//! written down elsewhere: `qm audit verify` prints it.

use crate::file::{count, first, rows, run};
use crate::records::Records;
use crate::{Act, Error, ErrorKind, Result};
use rusqlite::{Connection, Row};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::cell::Cell;
use units::{AuditId, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "audit-1",
    "CREATE TABLE audit(
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        actor TEXT NOT NULL,
        role TEXT NOT NULL,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        old TEXT,
        new TEXT,
        why TEXT,
        prev_hash BLOB NOT NULL,
        hash BLOB NOT NULL
     );
     CREATE TABLE audit_head(one INTEGER PRIMARY KEY CHECK (one = 1), rows INTEGER NOT NULL, hash BLOB NOT NULL);
     INSERT INTO audit_head VALUES (1, 0, zeroblob(32));
     CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
     CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;
     CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head WHEN new.rows <> old.rows + 1
        BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;
     CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
        BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;",
)];

/// One row of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place in the chain, from 1 without gaps.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// In which role.
    pub role: String,
    /// What was done: `proposal.approve`, `import.orders`, `device.save`, `device.remove`, …
    pub action: String,
    /// To what: `proposal 12`, `item AB-1`, `import 3`, …
    pub subject: String,
    /// How it was, as JSON.
    pub old: Option<String>,
    /// How it became, as JSON.
    pub new: Option<String>,
    /// Why, where somebody said so.
    pub why: Option<String>,
    /// SHA-256 of the row and of the one before, in hex.
    pub hash: String,
}

/// What reading the whole chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Rows read.
    pub rows: u64,
    /// The first place where the chain does not hold, and why.
    pub first_bad: Option<(AuditId, String)>,
    /// The hash of the last row, in hex: written down elsewhere, it also proves that nobody rebuilt the whole chain.
    pub head_hash: String,
}

impl Verdict {
    /// Whether every row holds.
    pub fn holds(&self) -> bool {
        self.first_bad.is_none()
    }
}

/// A change under way: its transaction, and who makes it.
pub(crate) struct Change<'a> {
    pub tx: &'a Connection,
    pub act: &'a Act,
    audited: Cell<bool>,
}

impl Change<'_> {
    /// Appends the audit record of this change, in its transaction.
    pub(crate) fn audit(
        &self,
        action: &str,
        subject: &str,
        old: Option<Value>,
        new: Option<Value>,
    ) -> Result<()> {
        self.audited.set(true);
        let (rows, prev): (i64, Vec<u8>) =
            first(self.tx, "SELECT rows, hash FROM audit_head", [], |row| Ok((row.get(0)?, row.get(1)?)))?
                .ok_or_else(|| {
                    Error::new(ErrorKind::Corrupt, "the head of the audit is missing; restore from a backup")
                })?;
        let (old, new) = (old.map(|v| v.to_string()), new.map(|v| v.to_string()));
        let id = rows + 1;
        let (at, actor, role) = (self.act.at.0, self.act.by.name.as_str(), self.act.by.role.word());
        let texts = [
            Some(actor),
            Some(role),
            Some(action),
            Some(subject),
            old.as_deref(),
            new.as_deref(),
            self.act.why.as_deref(),
        ];
        let hash = chain(&prev, id, at, &texts);
        run(
            self.tx,
            "INSERT INTO audit(id, at, actor, role, action, subject, old, new, why, prev_hash, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            rusqlite::params![id, at, actor, role, action, subject, old, new, self.act.why, prev, hash],
        )?;
        run(self.tx, "UPDATE audit_head SET rows = ?1, hash = ?2", rusqlite::params![id, hash])?;
        Ok(())
    }
}

fn chain(prev: &[u8], id: i64, at: i64, texts: &[Option<&str>]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update((prev.len() as u64).to_le_bytes());
    hash.update(prev);
    hash.update(id.to_le_bytes());
    hash.update(at.to_le_bytes());
    for text in texts {
        match text {
            None => hash.update([0]),
            Some(text) => {
                hash.update([1]);
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text.as_bytes());
            }
        }
    }
    hash.finalize().into()
}

struct Link {
    row: AuditRow,
    prev: Vec<u8>,
    hash: Vec<u8>,
}

fn link(row: &Row<'_>) -> Result<Link> {
    let hash: Vec<u8> = row.get(10)?;
    Ok(Link {
        row: AuditRow {
            id: AuditId(row.get(0)?),
            at: Timestamp(row.get(1)?),
            actor: row.get(2)?,
            role: row.get(3)?,
            action: row.get(4)?,
            subject: row.get(5)?,
            old: row.get(6)?,
            new: row.get(7)?,
            why: row.get(8)?,
            hash: hex::encode(&hash),
        },
        prev: row.get(9)?,
        hash,
    })
}

const COLUMNS: &str = "id, at, actor, role, action, subject, old, new, why, prev_hash, hash";

impl Records {
    /// Runs a change and its audit record in one transaction. A change that forgets its record is refused.
    pub(crate) fn change<T, F>(&self, what: &str, act: &Act, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Change<'_>) -> Result<T> + Send + 'static,
    {
        let act = act.clone();
        self.file.write(what, move |tx| audited(tx, &act, work))
    }

    /// Puts on record what a person did outside of the records, such as a value written to a device.
    pub fn note(
        &self,
        act: &Act,
        action: &str,
        subject: &str,
        old: Option<Value>,
        new: Option<Value>,
    ) -> Result<()> {
        let (action, subject) = (action.to_owned(), subject.to_owned());
        self.change("put on record", act, move |c| c.audit(&action, &subject, old, new))
    }

    /// Rows newest first; `before` continues a list.
    pub fn audit_list(&self, limit: u32, before: Option<AuditId>) -> Result<Vec<AuditRow>> {
        self.file.read("list the audit", |db| {
            let sql = format!("SELECT {COLUMNS} FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2");
            rows(db, &sql, (before.map_or(i64::MAX, |id| id.0), limit), |row| Ok(link(row)?.row))
        })
    }

    /// The newest rows of one kind of change.
    pub fn audit_of(&self, action: &str, limit: u32) -> Result<Vec<AuditRow>> {
        self.file.read("list one kind of change", |db| {
            let sql = format!("SELECT {COLUMNS} FROM audit WHERE action = ?1 ORDER BY id DESC LIMIT ?2");
            rows(db, &sql, (action, limit), |row| Ok(link(row)?.row))
        })
    }

    /// Reads the whole chain and finds any edited, deleted, reordered or cut row.
    pub fn audit_verify(&self) -> Result<Verdict> {
        self.file.read("verify the audit", verify_chain)
    }
}

/// The same on any connection, as a backup's.
pub(crate) fn verify_chain(db: &Connection) -> Result<Verdict> {
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM audit ORDER BY id"))?;
    let mut found = statement.query([])?;
    let mut prev = vec![0_u8; 32];
    let (mut read, mut first_bad) = (0_i64, None);
    while let Some(row) = found.next()? {
        read += 1;
        if first_bad.is_some() {
            continue;
        }
        match link(row) {
            // A field of another type than we wrote.
            Err(_) => first_bad = Some((AuditId(read), "the row was edited".to_owned())),
            Ok(Link { row, prev: stored_prev, hash }) => {
                let texts = [
                    Some(row.actor.as_str()),
                    Some(&row.role),
                    Some(&row.action),
                    Some(&row.subject),
                    row.old.as_deref(),
                    row.new.as_deref(),
                    row.why.as_deref(),
                ];
                if row.id.0 != read {
                    first_bad = Some((AuditId(read), "the row is missing".to_owned()));
                } else if chain(&stored_prev, row.id.0, row.at.0, &texts)[..] != hash[..] {
                    first_bad = Some((row.id, "the row was edited".to_owned()));
                } else if stored_prev != prev {
                    first_bad = Some((row.id, "the row does not follow the one before it".to_owned()));
                }
                prev = hash;
            }
        }
    }
    let head = first(db, "SELECT rows, hash FROM audit_head", [], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
    })?;
    if first_bad.is_none() {
        first_bad = match head {
            None => Some((AuditId(read), "the head of the audit is missing".to_owned())),
            Some((rows, _)) if rows > read => {
                Some((AuditId(read + 1), format!("the last {} rows are missing", rows - read)))
            }
            Some((rows, hash)) if rows < read || hash != prev => {
                Some((AuditId(read), "the row is not the one the head of the audit names".to_owned()))
            }
            Some(_) => None,
        };
    }
    Ok(Verdict { rows: count(read), first_bad, head_hash: hex::encode(&prev) })
}

/// Runs a change within an open transaction and makes sure that it left a record.
pub(crate) fn audited<T>(
    tx: &Connection,
    act: &Act,
    work: impl FnOnce(&Change<'_>) -> Result<T>,
) -> Result<T> {
    let before = tx.total_changes();
    let change = Change { tx, act, audited: Cell::new(false) };
    let value = work(&change)?;
    if !change.audited.get() && tx.total_changes() != before {
        return Err(Error::new(
            ErrorKind::Permanent,
            "a change came without its audit record and was rolled back; this is a bug: please report it",
        ));
    }
    Ok(value)
}
