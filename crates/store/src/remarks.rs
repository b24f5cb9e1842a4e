//! What the tests said later of readings on record: written beside them, in the transaction of the batch that told it. No
//! reading, chunk or rollup is changed by it.

use crate::Result;
use crate::file::{rows, run};
use crate::telemetry::Telemetry;
use crate::words::{quality, quality_code};
use domain::{Doubt, Quality, Remark};
use rusqlite::{Connection, Row, params};
use units::{ChannelId, Timestamp};

pub(crate) const STEPS: &[(&str, &str)] = &[(
    "remark-1",
    // sequence NULL: every good reading of the span. A remark that is written again is the same row.
    "CREATE TABLE remark(
        channel INTEGER NOT NULL,
        to_at INTEGER NOT NULL,
        from_at INTEGER NOT NULL,
        sequence INTEGER,
        quality INTEGER NOT NULL,
        readings INTEGER NOT NULL
     );
     CREATE UNIQUE INDEX remark_span ON remark(channel, to_at, from_at, ifnull(sequence, -1), quality);",
)];

pub(crate) fn append(tx: &Connection, remarks: &[Remark]) -> Result<()> {
    for remark in remarks {
        run(
            tx,
            "INSERT OR IGNORE INTO remark(channel, to_at, from_at, sequence, quality, readings)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                remark.channel.0,
                remark.to.0,
                remark.from.0,
                remark.sequence,
                quality_code(Quality::Suspect(remark.doubt)),
                remark.readings
            ],
        )?;
    }
    Ok(())
}

fn remark(row: &Row<'_>) -> Result<Remark> {
    let doubt = match quality(row.get(4)?)? {
        Quality::Suspect(doubt) => doubt,
        // Only a newer program could have written it: doubt it is.
        _ => Doubt::Questioned,
    };
    Ok(Remark {
        channel: ChannelId(row.get(0)?),
        to: Timestamp(row.get(1)?),
        from: Timestamp(row.get(2)?),
        sequence: row.get(3)?,
        doubt,
        readings: row.get(5)?,
    })
}

impl Telemetry {
    /// The remarks on readings of a channel in `from..to`, oldest first.
    pub fn remarks(&self, channel: ChannelId, from: Timestamp, to: Timestamp) -> Result<Vec<Remark>> {
        self.file.read("read remarks on readings", |db| {
            let sql = "SELECT channel, to_at, from_at, sequence, quality, readings FROM remark
                       WHERE channel = ?1 AND to_at >= ?2 AND from_at < ?3 ORDER BY to_at, from_at";
            rows(db, sql, (channel.0, from.0, to.0), remark)
        })
    }
}
