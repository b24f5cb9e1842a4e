//! Times outside the limits, found once and then only added to.

use crate::failure::Result;
use crate::limits;
use crate::open::Inner;
use domain::{AlarmRule, Reading};
use monitor::excursions::{Excursion, Limits};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use units::{ChannelId, Milli, Millis, Timestamp};

#[cfg(test)]
mod tests;

/// What was found so far, a channel. It is made anew when the limits change, or when older times are asked for.
#[derive(Default)]
pub(crate) struct ExcursionCache(Mutex<HashMap<ChannelId, Found>>);

/// Rooms' mean kinetic temperatures, by their channels. A figure over 24 hours is not made anew for each reading.
#[derive(Default)]
pub(crate) struct KineticCache(Mutex<HashMap<Vec<ChannelId>, (Timestamp, Option<Milli>)>>);

/// How long a mean kinetic temperature stands.
const STANDS: Millis = Millis::minutes(1);

impl KineticCache {
    /// The one of these channels, from `make` where there is none of this minute.
    pub fn of(
        &self,
        channels: &[ChannelId],
        now: Timestamp,
        make: impl FnOnce() -> Result<Option<Milli>>,
    ) -> Result<Option<Milli>> {
        let fresh = |at: Timestamp| at <= now && now - at < STANDS;
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = lock().get(channels).filter(|(at, _)| fresh(*at)) {
            return Ok(*value);
        }
        let value = make()?;
        let mut cache = lock();
        cache.retain(|_, (at, _)| fresh(*at));
        cache.insert(channels.to_vec(), (now, value));
        Ok(value)
    }

    /// Something was said of readings: all are made anew.
    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

struct Found {
    rule: AlarmRule,
    from: Timestamp,
    /// Where the next look begins: at the newest reading there was, or at an older one that has come since.
    again: Timestamp,
    list: Vec<Excursion>,
}

impl ExcursionCache {
    /// What was said of the channel's readings has changed: it is read again.
    pub fn forget(&self, channel: ChannelId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&channel);
    }

    /// These are stored now; some may be older than what was looked at.
    pub fn stored(&self, readings: &[Reading]) {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.is_empty() {
            return;
        }
        for reading in readings {
            if let Some(found) = cache.get_mut(&reading.channel) {
                found.again = found.again.min(reading.at);
            }
        }
    }
}

impl Inner {
    /// The excursions of a channel in `from..to`, ongoing ones included. Blocking: the first call reads the whole span, others what has
    /// come since.
    pub fn channel_excursions(
        &self,
        rule: &AlarmRule,
        interval: Millis,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Excursion>> {
        let limits = Limits {
            high: rule.high,
            low: rule.low,
            gap_max: Millis(interval.0.saturating_mul(5).max(60_000)),
            rejoin: limits::EXCURSION_REJOIN,
        };
        let mut cache = self.excursions.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = cache.remove(&rule.channel).filter(|found| found.rule == *rule && found.from <= from);
        let (mut list, read_from, kept_from) = match known {
            Some(found) => {
                let read_from = found.again.max(found.from);
                // An excursion that reaches into what is read again is found again, from its start.
                let reach = found
                    .list
                    .iter()
                    .filter(|e| e.end.is_none_or(|end| end >= read_from))
                    .map(|e| e.start)
                    .min();
                let read_from = reach.map_or(read_from, |start| start.min(read_from));
                (
                    found.list.into_iter().filter(|e| e.end.is_some_and(|end| end < read_from)).collect(),
                    read_from,
                    found.from,
                )
            }
            None => (Vec::new(), from, from),
        };
        let until = to.max(read_from);
        let mut readings: Vec<Reading> = Vec::new();
        self.believed_readings(rule.channel, read_from, until, &mut |reading| {
            readings.push(reading.clone());
            ControlFlow::Continue(())
        })?;
        let again = readings.last().map_or(read_from, |reading| reading.at);
        list.extend(monitor::excursions::find(&readings, &limits, until));
        let list = monitor::excursions::merge(list, &limits);
        let wanted =
            list.iter().filter(|e| e.start < to && e.end.is_none_or(|end| end > from)).cloned().collect();
        cache.insert(rule.channel, Found { rule: rule.clone(), from: kept_from, again, list });
        Ok(wanted)
    }
}
