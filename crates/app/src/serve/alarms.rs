//! Alarms: what needs someone, and what people did.

use super::zone_names;
use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::{AcknowledgeAlarm, AlarmRow, Done, ListAlarms, ShelveAlarm, Topic};
use domain::Actor;
use store::AlarmQuery;
use units::{Millis, Timestamp};

/// Alarms that need someone, without those shelved for now.
pub(crate) fn open_rows(inner: &Inner, limit: u32) -> Result<Vec<AlarmRow>> {
    let now = inner.now();
    let zones = zone_names(inner)?;
    let alarms = inner.store.open_alarms()?;
    let state = inner.live.lock();
    let wanted = alarms.into_iter().filter(|alarm| alarm.shelved_until.is_none_or(|until| until <= now));
    Ok(wanted.take(limit as usize).map(|alarm| wire::alarms::row(alarm, &state, &zones)).collect())
}

/// Alarms raised in `from..to`, newest first.
pub(crate) fn rows_between(inner: &Inner, from: Timestamp, to: Timestamp) -> Result<Vec<AlarmRow>> {
    let zones = zone_names(inner)?;
    let query =
        AlarmQuery { from: Some(from), to: Some(to), limit: limits::LIST_ROWS_MAX, ..AlarmQuery::default() };
    let alarms = inner.store.alarms(&query)?;
    let state = inner.live.lock();
    Ok(alarms.into_iter().map(|alarm| wire::alarms::row(alarm, &state, &zones)).collect())
}

impl Serve<ListAlarms> for App {
    async fn serve(&self, call: ListAlarms, _: &Actor) -> Result<Vec<AlarmRow>> {
        self.blocking(move |inner| {
            let limit = call.limit.min(limits::WHOLE_ROWS_MAX);
            if !call.past {
                return open_rows(inner, limit);
            }
            let zones = zone_names(inner)?;
            let alarms =
                inner.store.alarms(&AlarmQuery { open: Some(false), limit, ..AlarmQuery::default() })?;
            let state = inner.live.lock();
            Ok(alarms.into_iter().map(|alarm| wire::alarms::row(alarm, &state, &zones)).collect())
        })
        .await
    }
}

impl Serve<AcknowledgeAlarm> for App {
    async fn serve(&self, call: AcknowledgeAlarm, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            let note = call.note.trim();
            inner.store.acknowledge_alarm(
                &inner.act_because(&by, note),
                call.id,
                Some(note).filter(|note| !note.is_empty()),
            )?;
            inner.bus.changed(Topic::Alarms);
            inner.bus.changed(Topic::Audit);
            Ok(Done)
        })
        .await
    }
}

impl Serve<ShelveAlarm> for App {
    async fn serve(&self, call: ShelveAlarm, by: &Actor) -> Result<Done> {
        if !(1..=480).contains(&call.minutes) {
            return Err(Failure::bad_input(format!(
                "shelve the alarm for {} minutes: choose 1 to 480",
                call.minutes
            )));
        }
        let by = by.clone();
        self.blocking(move |inner| {
            let until = inner.now() + Millis::minutes(i64::from(call.minutes));
            inner.store.shelve_alarm(&inner.act_because(&by, &call.note), call.id, Some(until))?;
            inner.bus.changed(Topic::Alarms);
            inner.bus.changed(Topic::Audit);
            Ok(Done)
        })
        .await
    }
}
