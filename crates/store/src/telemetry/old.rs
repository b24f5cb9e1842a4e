//! Readings that an earlier version kept as rows, into the months' files. Cut short, it begins again where a month is missing.

use super::month::{Month, Writer, fill};
use super::months::Months;
use crate::Result;
use crate::chunk::Point;
use crate::file::{DataFile, first, run};
use rusqlite::{OpenFlags, params};
use std::collections::BTreeMap;

/// Moves rows into months, if there are any.
pub(crate) fn take_over(file: &DataFile, months: &Months) -> Result<()> {
    let there = file.read("look for readings of an earlier version", |db| {
        Ok(db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'reading'")?.exists([])?)
    })?;
    if !there {
        return Ok(());
    }
    let spans: Vec<(i64, i64, i64)> = file.read("look for readings of an earlier version", |db| {
        let mut all = Vec::new();
        let mut after = i64::MIN;
        let next = "SELECT channel FROM reading WHERE channel > ?1 ORDER BY channel LIMIT 1";
        while let Some(channel) = first(db, next, [after], |row| Ok(row.get::<_, i64>(0)?))? {
            let sql = "SELECT min(at), max(at) FROM reading WHERE channel = ?1";
            let span = first(db, sql, [channel], |row| Ok((channel, row.get(0)?, row.get(1)?)))?;
            all.extend(span);
            after = channel;
        }
        Ok(all)
    })?;
    if !spans.is_empty() {
        tracing::info!(
            channels = spans.len(),
            "readings of an earlier version are packed into files by month"
        );
    }
    let by_month: BTreeMap<Month, Vec<i64>> = file.read("look for readings of an earlier version", |db| {
        let mut by_month: BTreeMap<Month, Vec<i64>> = BTreeMap::new();
        for (channel, start, _) in &spans {
            let mut next = Some(*start);
            while let Some(at) = next {
                let month = Month::of(at);
                by_month.entry(month).or_default().push(*channel);
                let (_, to) = month.span();
                let sql = "SELECT min(at) FROM reading WHERE channel = ?1 AND at >= ?2";
                next = if to == i64::MAX {
                    None
                } else {
                    first(db, sql, (channel, to), |row| Ok(row.get(0)?))?.flatten()
                };
            }
        }
        Ok(by_month)
    })?;
    for (month, channels) in by_month {
        let into = months.file_to_write(month)?;
        let done: bool = into.read("look what is packed", |db| {
            Ok(db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'taken_over'")?.exists([])?)
        })?;
        if done {
            continue;
        }
        let (path, trial) = (file.path().to_owned(), file.trial());
        let (from, to) = month.span();
        into.write("pack readings of an earlier version", move |tx| {
            let source = crate::file::connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY, trial)?;
            let mut writer = Writer::new(tx);
            let mut statement = source.prepare(
                "SELECT at, sequence, arrived_after, value, quality FROM reading
                 WHERE channel = ?1 AND at >= ?2 AND (at < ?3 OR ?3 = 9223372036854775807) ORDER BY at, sequence, copy",
            )?;
            for channel in channels {
                let mut found = statement.query(params![channel, from, to])?;
                fill(&mut writer, channel, &mut || {
                    Ok(match found.next()? {
                        Some(row) => Some(Point {
                            at: row.get(0)?,
                            sequence: row.get(1)?,
                            after: row.get(2)?,
                            value: row.get(3)?,
                            quality: u8::try_from(row.get::<_, i64>(4)?).unwrap_or(u8::MAX),
                        }),
                        None => None,
                    })
                })?;
            }
            // So that it is not done twice; gone with the month, or with the next step of the layout.
            tx.execute_batch("CREATE TABLE taken_over(one INTEGER)")?;
            Ok(())
        })?;
    }
    file.write("forget packed readings", move |tx| {
        for (channel, _, at) in spans {
            run(
                tx,
                "INSERT OR REPLACE INTO channel_end
                 SELECT ?1, ?2, max(sequence) FROM reading WHERE channel = ?1 AND at = ?2",
                (channel, at),
            )?;
        }
        tx.execute_batch("DROP TABLE reading; DROP TABLE rollup;")?;
        Ok(())
    })
}
