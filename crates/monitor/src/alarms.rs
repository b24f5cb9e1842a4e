//! The alarm machines of a site: limit, delay and recovery limit (ISA-18.2), silence by the clock, and conditions of
//! devices and of our own recording.
//!
//! What a value does to an alarm:
//! - outside the limit it makes the alarm *pending*; still outside after the delay, *alarming*;
//! - back inside by the recovery band it makes it *recovering*; still there after the delay, *normal* again;
//! - suspect and bad values do nothing, nor does silence: what we don't know neither raises nor resets a limit alarm;
//! - late values (older than the newest seen) do nothing: the machine has judged that time already.

use domain::{AlarmChange, AlarmKind, AlarmPhase, AlarmRule, AlarmTransition, Priority, Quality, Reading};
use std::collections::{BTreeMap, BTreeSet};
use units::{ChannelId, DeviceId, Milli, Millis, Timestamp};

#[cfg(test)]
mod tests;

/// An open alarm is reported as worse only when it is worse by this much (in the channel's unit, 0.5), so that a room
/// that warms for an hour makes a handful of records, not one a reading.
pub const WORSENED_STEP: Milli = Milli(500);

/// Where one watched condition stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// Its phase.
    pub phase: AlarmPhase,
    /// The value furthest outside since it went outside.
    pub worst: Option<Milli>,
    /// The value furthest outside that a transition has told.
    pub reported: Option<Milli>,
}

/// A condition with whose it is: what the store keeps, so that a restart loses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// What kind.
    pub kind: AlarmKind,
    /// The channel, where it is one channel's.
    pub channel: Option<ChannelId>,
    /// The device, where it is a device's.
    pub device: Option<DeviceId>,
    /// Its phase.
    pub phase: AlarmPhase,
    /// See [`Condition::worst`].
    pub worst: Option<Milli>,
    /// See [`Condition::reported`].
    pub reported: Option<Milli>,
}

/// Whose condition: the key a condition is kept under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: AlarmKind,
    channel: Option<ChannelId>,
    device: Option<DeviceId>,
}

impl Key {
    fn of(channel: ChannelId, kind: AlarmKind) -> Self {
        Self { kind, channel: Some(channel), device: None }
    }
}

/// Everything watched on a site.
#[derive(Clone, Debug)]
pub struct Watch {
    started_at: Timestamp,
    rules: BTreeMap<ChannelId, AlarmRule>,
    conditions: BTreeMap<Key, Condition>,
    /// The newest instant judged per channel, by any believed value.
    seen: BTreeMap<ChannelId, Timestamp>,
    /// Until when a channel's silence is its device's, not its own.
    excused: BTreeMap<ChannelId, Timestamp>,
    changed: BTreeSet<Key>,
}

impl Watch {
    /// Watches nothing yet. Silence counts from `started_at` at the earliest: time when we were off is nobody's silence.
    pub fn new(started_at: Timestamp) -> Self {
        Self {
            started_at,
            rules: BTreeMap::new(),
            conditions: BTreeMap::new(),
            seen: BTreeMap::new(),
            excused: BTreeMap::new(),
            changed: BTreeSet::new(),
        }
    }

    /// Watches a channel, or watches it by other limits from now on; where its alarms stand is kept.
    pub fn set_rule(&mut self, rule: AlarmRule) {
        self.rules.insert(rule.channel, rule);
    }

    /// Watches a channel no more. Open alarms of it clear with the next [`tick`].
    pub fn remove_rule(&mut self, channel: ChannelId) {
        self.rules.remove(&channel);
    }

    /// Puts a stored condition back, at start.
    pub fn restore(&mut self, saved: Saved) {
        let key = Key { kind: saved.kind, channel: saved.channel, device: saved.device };
        self.conditions
            .insert(key, Condition { phase: saved.phase, worst: saved.worst, reported: saved.reported });
    }

    /// Says which believed reading of a channel is the newest on record, at start.
    pub fn seen(&mut self, channel: ChannelId, last_good_at: Timestamp) {
        let seen = self.seen.entry(channel).or_insert(last_good_at);
        *seen = (*seen).max(last_good_at);
    }

    /// The channel's device as a whole is silent: one alarm says so, and the channel's own silence counts from `now`.
    /// (A chain of twelve probes that loses its plug is one trouble, not thirteen.)
    pub fn excuse_silence(&mut self, channel: ChannelId, now: Timestamp) {
        self.excused.insert(channel, now);
    }

    /// The conditions that changed since this was last asked, normal ones among them: to be written with the
    /// transitions, in one transaction.
    pub fn take_changed(&mut self) -> Vec<Saved> {
        std::mem::take(&mut self.changed).into_iter().map(|key| self.saved_of(key)).collect()
    }

    /// Every condition that is not normal.
    pub fn saved(&self) -> Vec<Saved> {
        self.conditions
            .iter()
            .filter(|(_, condition)| condition.phase != AlarmPhase::Normal)
            .map(|(key, _)| self.saved_of(*key))
            .collect()
    }

    /// Where one alarm of a channel stands.
    pub fn phase(&self, channel: ChannelId, kind: AlarmKind) -> AlarmPhase {
        self.condition_of(Key::of(channel, kind)).phase
    }

    /// Raises or clears what is not a channel's: a device that can't be reached, our own recording. Saying the same
    /// again does nothing.
    pub fn condition(
        &mut self,
        kind: AlarmKind,
        device: Option<DeviceId>,
        on: bool,
        priority: Priority,
        now: Timestamp,
    ) -> Option<AlarmTransition> {
        let key = Key { kind, channel: None, device };
        let change = self.latch(key, on, now)?;
        Some(AlarmTransition {
            kind,
            channel: None,
            device,
            change,
            at: now,
            value: None,
            limit: None,
            priority,
        })
    }

    fn latch(&mut self, key: Key, on: bool, now: Timestamp) -> Option<AlarmChange> {
        let is_on = self.condition_of(key).phase != AlarmPhase::Normal;
        if is_on == on {
            return None;
        }
        let phase = if on { AlarmPhase::Alarming { since: now } } else { AlarmPhase::Normal };
        self.put(key, Condition { phase, ..Condition::default() });
        Some(if on { AlarmChange::Raised } else { AlarmChange::Cleared })
    }

    fn condition_of(&self, key: Key) -> Condition {
        self.conditions.get(&key).copied().unwrap_or_default()
    }

    fn put(&mut self, key: Key, condition: Condition) {
        if self.condition_of(key) != condition {
            self.changed.insert(key);
            self.conditions.insert(key, condition);
        }
    }

    fn saved_of(&self, key: Key) -> Saved {
        let Condition { phase, worst, reported } = self.condition_of(key);
        Saved { kind: key.kind, channel: key.channel, device: key.device, phase, worst, reported }
    }
}

/// Advances every machine by a batch of readings, then by the clock. The readings of one channel must come in the order
/// of their arrival; those older than what the channel has shown are left out.
pub fn step_batch(watch: &mut Watch, readings: &[Reading], now: Timestamp) -> Vec<AlarmTransition> {
    let mut transitions = Vec::new();
    for reading in readings {
        if reading.quality != Quality::Good || reading.value.is_none() {
            continue;
        }
        let Some(rule) = watch.rules.get(&reading.channel).cloned() else { continue };
        // A device clock a little ahead of ours must not make the next readings look late once it is set right.
        let at = reading.at.min(reading.arrived_at);
        if watch.seen.get(&reading.channel).is_some_and(|seen| at < *seen) {
            continue;
        }
        watch.seen.insert(reading.channel, at);
        for kind in [AlarmKind::High, AlarmKind::Low] {
            let key = Key::of(reading.channel, kind);
            let (next, made) = step(&rule, kind, &watch.condition_of(key), reading);
            watch.put(key, next);
            transitions.extend(made);
        }
    }
    transitions.extend(tick(watch, now));
    transitions
}

/// Advances by the clock alone: silence is raised, and cleared by readings that came since. Channels without believed
/// readings are silent, whatever else they say.
pub fn tick(watch: &mut Watch, now: Timestamp) -> Vec<AlarmTransition> {
    let mut transitions = Vec::new();
    let rules: Vec<(ChannelId, Millis, Priority)> =
        watch.rules.values().map(|rule| (rule.channel, rule.silence_max, rule.priority)).collect();
    for (channel, silence_max, priority) in rules {
        // A channel that is open may have been raised before a restart: only readings clear it, not our being young.
        let key = Key::of(channel, AlarmKind::NoData);
        let is_on = watch.condition_of(key).phase != AlarmPhase::Normal;
        let seen = watch.seen.get(&channel).copied();
        let young =
            watch.excused.get(&channel).copied().max(Some(watch.started_at)).unwrap_or(watch.started_at);
        let since = match (is_on, seen) {
            (true, Some(seen)) => seen,
            (true, None) => continue,
            (false, seen) => seen.map_or(young, |seen| seen.max(young)),
        };
        if let Some(change) = watch.latch(key, silence_max.0 > 0 && now - since > silence_max, now) {
            transitions.push(AlarmTransition {
                kind: AlarmKind::NoData,
                channel: Some(channel),
                device: None,
                change,
                at: now,
                value: None,
                limit: None,
                priority,
            });
        }
    }
    transitions.extend(clear_unwatched(watch, now));
    transitions
}

/// An alarm whose limit was taken away can't recover by itself.
fn clear_unwatched(watch: &mut Watch, now: Timestamp) -> Vec<AlarmTransition> {
    let stale: Vec<(Key, Condition)> = watch
        .conditions
        .iter()
        .filter(|(key, condition)| {
            condition.phase != AlarmPhase::Normal
                && key.channel.is_some_and(|channel| match watch.rules.get(&channel) {
                    None => true,
                    Some(rule) => match key.kind {
                        AlarmKind::High => rule.high.is_none(),
                        AlarmKind::Low => rule.low.is_none(),
                        _ => false,
                    },
                })
        })
        .map(|(key, condition)| (*key, *condition))
        .collect();
    let mut transitions = Vec::new();
    for (key, condition) in stale {
        watch.put(key, Condition::default());
        if is_raised(condition.phase) {
            transitions.push(AlarmTransition {
                kind: key.kind,
                channel: key.channel,
                device: None,
                change: AlarmChange::Cleared,
                at: now,
                value: None,
                limit: None,
                priority: key
                    .channel
                    .and_then(|channel| watch.rules.get(&channel))
                    .map_or(Priority::Low, |rule| rule.priority),
            });
        }
    }
    transitions
}

/// Whether an alarm on record is open in this phase.
pub fn is_raised(phase: AlarmPhase) -> bool {
    matches!(phase, AlarmPhase::Alarming { .. } | AlarmPhase::Recovering { .. })
}

/// Advances one side of one channel by one reading: where it stands next, and what to record (at most two: that it was
/// worse than told, and that it is over). A reading that is not good changes nothing.
pub fn step(
    rule: &AlarmRule,
    kind: AlarmKind,
    before: &Condition,
    reading: &Reading,
) -> (Condition, Vec<AlarmTransition>) {
    let mut next = *before;
    let mut made = Vec::new();
    let limit = match kind {
        AlarmKind::High => rule.high,
        AlarmKind::Low => rule.low,
        _ => None,
    };
    let (Some(limit), Some(value), Quality::Good) = (limit, reading.value, reading.quality) else {
        return (next, made);
    };
    let at = reading.at;
    // From here on larger is worse, whichever side is watched.
    let side = if kind == AlarmKind::Low { -1 } else { 1 };
    let over = |value: Milli| (value.0.saturating_sub(limit.0)).saturating_mul(side);
    let outside = over(value) > 0;
    let recovered = over(value) <= -rule.recovery_band.0.max(0);
    let tell = |change, value| AlarmTransition {
        kind,
        channel: Some(rule.channel),
        device: None,
        change,
        at,
        value: Some(value),
        limit: Some(limit),
        priority: rule.priority,
    };

    if outside && next.worst.is_none_or(|worst| over(value) > over(worst)) {
        next.worst = Some(value);
    }
    next.phase = match before.phase {
        AlarmPhase::Normal | AlarmPhase::Pending { .. } if !outside => AlarmPhase::Normal,
        AlarmPhase::Normal => AlarmPhase::Pending { since: at },
        AlarmPhase::Alarming { since } if recovered => AlarmPhase::Recovering { since, inside_since: at },
        AlarmPhase::Recovering { since, .. } if !recovered => AlarmPhase::Alarming { since },
        same => same,
    };
    // A delay of zero passes at once; that is why time is looked at after the step, not before.
    if let AlarmPhase::Pending { since } = next.phase
        && at - since >= rule.delay
    {
        next.phase = AlarmPhase::Alarming { since: at };
        next.reported = Some(value);
        made.push(tell(AlarmChange::Raised, value));
    }
    if is_raised(next.phase)
        && let (Some(worst), Some(reported)) = (next.worst, next.reported)
        && over(worst).saturating_sub(over(reported)) >= WORSENED_STEP.0
    {
        next.reported = Some(worst);
        made.push(tell(AlarmChange::Worsened, worst));
    }
    if let AlarmPhase::Recovering { inside_since, .. } = next.phase
        && at - inside_since >= rule.delay
    {
        // The record ends with the true worst value, however small the step that was not worth telling.
        if let Some(worst) = next.worst
            && next.reported.is_none_or(|reported| over(worst) > over(reported))
        {
            made.push(tell(AlarmChange::Worsened, worst));
        }
        made.push(tell(AlarmChange::Cleared, value));
        next.phase = AlarmPhase::Normal;
    }
    if next.phase == AlarmPhase::Normal {
        next.worst = None;
        next.reported = None;
    }
    (next, made)
}
