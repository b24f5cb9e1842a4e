//! Readings on record that came back damaged: told once as an alarm, which stands until a person has seen it, and listed with the
//! backup that has them whole.
//!
//! The store sets such pieces aside by itself and goes on (`Telemetry::damaged`); what was set aside long ago is no news after a
//! restart, so how much was told of is kept.

use crate::failure::Result;
use crate::limits;
use crate::open::{App, Inner};
use contract::{DamagedPiece, Topic};
use domain::{Actor, AlarmKind, Priority};
use std::collections::HashMap;
use std::sync::Weak;
use std::time::Duration;
use store::AlarmQuery;
use store::backup::Backup;

/// How many pieces were told of.
const TOLD: &str = "storage.damage_told";

/// Looks twice a minute whether the store met damage, and once after the start.
pub(crate) async fn run(inner: Weak<Inner>) {
    let mut tick = tokio::time::interval(Duration::from_secs(30));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut known = None;
    loop {
        tick.tick().await;
        let Some(app) = inner.upgrade().map(App) else { return };
        let met = app.0.store.telemetry.damage_met();
        let news = known != Some(met);
        let looked = app.blocking(move |inner| if news { look(inner) } else { settle(inner) }).await;
        match looked {
            Ok(()) => known = Some(met),
            Err(failure) => tracing::warn!("look whether readings on record are damaged: {failure}"),
        }
    }
}

/// Tells of pieces that were not told of.
pub(crate) fn look(inner: &Inner) -> Result<()> {
    let damaged = inner.store.telemetry.damaged()?.len() as u64;
    let told = inner.store.records.setting(TOLD)?.and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    if damaged > told {
        super::telemetry::note_condition(inner, AlarmKind::Damage, true, Priority::High);
    }
    if damaged != told {
        // Fewer where a month went that the site no longer keeps.
        let act = inner.act_because(&Actor::system(), "damaged readings were counted");
        inner.store.records.save_setting(&act, TOLD, &damaged.to_string())?;
        inner.bus.changed(Topic::Settings);
    }
    settle(inner)
}

/// What a person has seen does not stand any more: the damage itself stays on the list.
fn settle(inner: &Inner) -> Result<()> {
    let standing = inner.store.alarms(&AlarmQuery {
        open: Some(true),
        limit: limits::LIST_ROWS_MAX,
        ..AlarmQuery::default()
    })?;
    let seen = |alarm: &domain::Alarm| alarm.kind == AlarmKind::Damage && alarm.acknowledged_at.is_some();
    if standing.iter().any(seen) {
        super::telemetry::note_condition(inner, AlarmKind::Damage, false, Priority::High);
    }
    Ok(())
}

/// The list, by file.
pub(crate) fn damaged(inner: &Inner) -> Result<Vec<DamagedPiece>> {
    let found = inner.store.telemetry.damaged()?;
    let state = inner.live.lock();
    let rows = found.into_iter().map(|one| {
        let spec = one.channel.and_then(|channel| state.specs.get(&channel));
        let device = spec.and_then(|spec| state.devices.get(&spec.device));
        DamagedPiece {
            channel: one.channel,
            channel_name: spec.map(|spec| spec.name.clone()),
            device_name: device.map(|live| live.device.name.clone()),
            from: one.span.map(|span| span.0),
            to: one.span.map(|span| span.1),
            readings: one.readings,
            why: one.why,
            file: one.file,
            backup: None,
        }
    });
    Ok(rows.collect())
}

/// Names for each piece the newest of the backups, which come newest first, that was made after the last of its readings and
/// before it was set aside. None is named for a piece of the journal: when its readings came is not known.
pub(crate) fn name_backups(pieces: &mut [DamagedPiece], backups: &[Backup]) {
    let mut before: HashMap<String, u64> = HashMap::new();
    for piece in pieces {
        let before = before.entry(piece.file.clone()).or_default();
        // A whole month that was set aside goes by the month's own name in a backup.
        let month = piece.file.split(".damaged-").next().unwrap_or_default();
        let has_it = |backup: &&Backup| {
            let Some(file) = backup.files.iter().find(|file| file.name == month) else { return false };
            match piece.to {
                Some(to) => backup.made_at > to && file.set_aside() <= *before,
                None => piece.readings.is_none(),
            }
        };
        piece.backup = backups.iter().find(has_it).map(super::backup::name_of);
        *before += 1;
    }
}

#[cfg(test)]
mod tests;
