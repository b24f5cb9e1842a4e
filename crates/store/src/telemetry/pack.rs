//! From the journal into the months' files, on a thread of its own. The month commits first, with the row up to which the journal
//! is in it; then the journal's rows go. Cut short anywhere, the next time skips what a month's file already has.

use super::hot::{Hot, Key};
use super::journal::in_order;
use super::month::{Month, Writer, set_aside, through};
use crate::chunk::Point;
use crate::file::{DataFile, run};
use crate::{Error, ErrorKind, Result};
use rusqlite::params;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// What the thread is asked for.
pub(crate) enum Ask {
    /// To look whether there is something to do.
    Look,
    /// To pack all there is.
    Pack(SyncSender<Result<()>>),
}

/// The thread. The last owner ends it: what it has not committed stays in the journal.
pub(crate) struct Packer {
    asks: Mutex<Option<SyncSender<Ask>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    stop: Arc<AtomicBool>,
}

impl Packer {
    pub fn start(file: DataFile, hot: Arc<Hot>) -> Result<Self> {
        let (asks, asked) = sync_channel(4);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("packs readings".to_owned())
            .spawn(move || work(&file, &hot, &asked, &stopped))
            .map_err(|e| {
                Error::caused(
                    ErrorKind::Permanent,
                    "could not start a thread; the system has no room for more",
                    e,
                )
            })?;
        Ok(Self { asks: Mutex::new(Some(asks)), thread: Mutex::new(Some(thread)), stop })
    }

    /// What tells the thread to look; never waits.
    pub fn bell(&self) -> impl FnOnce() + Send + 'static + use<> {
        let asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        move || {
            if let Some(asks) = asks {
                // Where it has enough to do, it looks anyway.
                let _ = asks.try_send(Ask::Look);
            }
        }
    }

    pub fn pack(&self) -> Result<()> {
        let gone = || {
            Error::new(ErrorKind::Permanent, "the thread that packs readings has ended; restart the program")
        };
        let (answer, answered) = sync_channel(1);
        let asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        asks.ok_or_else(gone)?.send(Ask::Pack(answer)).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}

impl Drop for Packer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.asks.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

fn work(file: &DataFile, hot: &Arc<Hot>, asked: &Receiver<Ask>, stop: &Arc<AtomicBool>) {
    while let Ok(ask) = asked.recv() {
        let attempt = std::panic::AssertUnwindSafe(|| -> Result<()> {
            move_broken(hot)?;
            let newest = hot.state().row;
            let due = || {
                let state = hot.state();
                let asked =
                    matches!(ask, Ask::Pack(_)) && state.segments.first().is_some_and(|s| s.from <= newest);
                asked || state.readings >= state.pack_from
            };
            while due() {
                pack(file, hot, stop)?;
            }
            Ok(())
        });
        let result = std::panic::catch_unwind(attempt).unwrap_or_else(|_| {
            Err(Error::new(
                ErrorKind::Permanent,
                "packing readings broke off inside the program. This is a bug: please report it",
            ))
        });
        if let Err(error) = &result
            && error.kind() != ErrorKind::Stopped
        {
            tracing::warn!(%error, "readings stay in the journal for now");
            hot.stuck(error);
        }
        if let Ask::Pack(answer) = ask {
            let _ = answer.send(result);
        }
    }
}

/// Moves chunks that readers found broken where they harm nobody.
fn move_broken(hot: &Hot) -> Result<()> {
    let mut by_month: BTreeMap<Month, Vec<i64>> = BTreeMap::new();
    for broken in hot.months.take_broken() {
        by_month.entry(broken.month).or_default().push(broken.chunk);
    }
    for (month, chunks) in by_month {
        if let Some(file) = hot.months.file(month)? {
            let moved = file.write("move damaged readings aside", move |tx| set_aside(tx, &chunks))?;
            hot.months.met_damage(moved);
        }
    }
    Ok(())
}

/// Reads the segments a channel at a time: what is packed at once is a channel's readings, not a copy of all of them.
fn pack(file: &DataFile, hot: &Hot, stop: &Arc<AtomicBool>) -> Result<()> {
    let (segments, until) = hot.seal();
    let Some(from) = segments.first().map(|first| first.from) else { return Ok(()) };
    let mut ends: BTreeMap<i64, Key> = BTreeMap::new();
    // Each month with the newest row that has readings of it.
    let mut months: BTreeMap<Month, i64> = BTreeMap::new();
    for segment in &segments {
        for (channel, points) in segment.channels() {
            let Some(last) = points.last() else { continue };
            let end = ends.entry(channel).or_insert(last.key());
            *end = last.key().max(*end);
            for part in points.chunk_by(|a, b| Month::of(a.at) == Month::of(b.at)) {
                months.insert(Month::of(part[0].at), segment.to);
            }
        }
    }
    let channels: Arc<[i64]> = ends.keys().copied().collect();
    for (month, newest) in months {
        let known = hot.months.connection(month, through)?.unwrap_or(0);
        if newest <= known {
            continue;
        }
        let (stop, channels) = (Arc::clone(stop), Arc::clone(&channels));
        let segments: Vec<_> = segments.iter().filter(|segment| segment.to > known).cloned().collect();
        let aside = hot.months.file_to_write(month)?.write("pack readings", move |tx| {
            let mut writer = Writer::new(tx);
            let mut points: Vec<Point> = Vec::new();
            for channel in channels.iter() {
                if stop.load(Ordering::Relaxed) {
                    return Err(Error::new(ErrorKind::Stopped, "the site is being closed"));
                }
                points.clear();
                for segment in &segments {
                    let all = segment.of(*channel);
                    let start = all.partition_point(|point| Month::of(point.at) < month);
                    let end = all.partition_point(|point| Month::of(point.at) <= month);
                    points.extend_from_slice(&all[start..end]);
                }
                in_order(&mut points);
                writer.add(*channel, &points, (from, until))?;
            }
            writer.set_through(until)?;
            Ok(writer.moved_aside())
        })?;
        hot.months.met_damage(aside);
    }
    file.write("forget packed readings", move |tx| {
        run(tx, "DELETE FROM journal WHERE id <= ?1", [until])?;
        for (channel, (at, sequence)) in ends {
            run(
                tx,
                "INSERT INTO channel_end(channel, at, sequence) VALUES (?1, ?2, ?3)
                 ON CONFLICT (channel) DO UPDATE SET at = excluded.at, sequence = excluded.sequence
                 WHERE (excluded.at, excluded.sequence) > (at, sequence)",
                params![channel, at, sequence],
            )?;
        }
        Ok(())
    })?;
    hot.packed(until);
    Ok(())
}
