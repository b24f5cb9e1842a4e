//! What the store is measured against: the obvious table, a row a reading, on the same SQLite with the same promises. Used by
//! `qm telemetry bench` only.

use crate::error::Result;
use domain::Reading;
use rusqlite::{Connection, params};
use std::path::Path;

/// A row a reading in one file, `synchronous=FULL`.
pub struct RowTable(Connection);

impl RowTable {
    /// Makes the file.
    pub fn make(path: &Path) -> Result<Self> {
        let file = Connection::open(path)?;
        let _: String = file.query_row("PRAGMA journal_mode=WAL", [], |row| row.get(0))?;
        file.pragma_update(None, "synchronous", "FULL")?;
        file.pragma_update(None, "cache_size", -crate::limits::WRITER_CACHE_KIB)?;
        file.execute_batch(
            "CREATE TABLE reading(channel INTEGER NOT NULL, at INTEGER NOT NULL, sequence INTEGER NOT NULL,
                arrived_after INTEGER NOT NULL, value INTEGER, quality INTEGER NOT NULL,
                PRIMARY KEY (channel, at, sequence)) WITHOUT ROWID",
        )?;
        Ok(Self(file))
    }

    /// Writes readings in one transaction; returns after COMMIT.
    pub fn append(&mut self, readings: &[Reading]) -> Result<()> {
        let transaction = self.0.transaction()?;
        {
            let mut insert = transaction
                .prepare_cached("INSERT OR IGNORE INTO reading VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
            for reading in readings {
                insert.execute(params![
                    reading.channel.0,
                    reading.at.0,
                    reading.sequence,
                    reading.arrived_at.0 - reading.at.0,
                    reading.value.map(|value| value.0),
                    0
                ])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Folds the log into the file and closes it.
    pub fn close(self) -> Result<()> {
        self.0.close().map_err(|(_, e)| e.into())
    }
}
