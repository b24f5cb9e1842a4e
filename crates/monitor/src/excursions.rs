//! Readings and limits to excursions: the spans a room was outside, with how far and how long.

use domain::{AlarmKind, Quality, Reading};
use units::{ChannelId, Milli, Millis, Timestamp};

#[cfg(test)]
mod tests;

/// What counts as outside, and what as one excursion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Outside above this.
    pub high: Option<Milli>,
    /// Outside below this.
    pub low: Option<Milli>,
    /// A reading speaks for this long at most; time beyond it is unknown and is not counted as outside.
    pub gap_max: Millis,
    /// Excursions of one side that are closer than this are one; zero keeps each.
    pub rejoin: Millis,
}

/// One span outside a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excursion {
    /// Whose.
    pub channel: ChannelId,
    /// Above ([`AlarmKind::High`]) or below ([`AlarmKind::Low`]).
    pub kind: AlarmKind,
    /// The first reading outside.
    pub start: Timestamp,
    /// It was outside at the first reading there was: it may have begun before.
    pub began_before: bool,
    /// The first reading inside again; `None` while it goes on.
    pub end: Option<Timestamp>,
    /// The last reading outside.
    pub last: Timestamp,
    /// The value furthest outside.
    pub worst: Milli,
    /// When it was that.
    pub worst_at: Timestamp,
    /// How long it is known to have been outside.
    pub out: Millis,
    /// Readings outside.
    pub readings: u32,
}

/// The excursions of one channel, oldest first. Readings sorted by time; suspect and bad ones are passed over. The last
/// excursion goes on where its last reading is outside; its time out counts to `until`, but no further than `gap_max`.
pub fn find<'a>(
    readings: impl IntoIterator<Item = &'a Reading>,
    limits: &Limits,
    until: Timestamp,
) -> Vec<Excursion> {
    let mut found: Vec<Excursion> = Vec::new();
    let mut open: Option<Excursion> = None;
    let mut before: Option<Timestamp> = None;
    for reading in readings {
        let (Some(value), Quality::Good) = (reading.value, reading.quality) else { continue };
        let at = reading.at;
        if let (Some(open), Some(before)) = (open.as_mut(), before) {
            open.out.0 += known(before, at, limits);
        }
        let first = before.is_none();
        before = Some(at);
        let side = side_of(value, limits);
        if let Some(current) = open.as_mut().filter(|current| Some(current.kind) == side) {
            current.readings = current.readings.saturating_add(1);
            current.last = at;
            if is_worse(current.kind, value, current.worst) {
                current.worst = value;
                current.worst_at = at;
            }
            continue;
        }
        if let Some(mut ended) = open.take() {
            ended.end = Some(at);
            found.push(ended);
        }
        open = side.map(|kind| Excursion {
            channel: reading.channel,
            kind,
            start: at,
            began_before: first,
            end: None,
            last: at,
            worst: value,
            worst_at: at,
            out: Millis(0),
            readings: 1,
        });
    }
    if let (Some(mut ongoing), Some(before)) = (open, before) {
        ongoing.out.0 += known(before, until, limits);
        found.push(ongoing);
    }
    merge(found, limits)
}

/// Makes one list of several, of one or more channels: an excursion that was cut at midnight, because each day was
/// asked for on its own, is one again, and so are those closer than `rejoin`.
pub fn merge(mut excursions: Vec<Excursion>, limits: &Limits) -> Vec<Excursion> {
    excursions.sort_by_key(|excursion| (excursion.channel, excursion.kind, excursion.start));
    let mut merged: Vec<Excursion> = Vec::new();
    for next in excursions {
        let joins = merged.last().is_some_and(|last| {
            last.channel == next.channel
                && last.kind == next.kind
                // One that went on where its list ended is the same as what the next list begins with.
                && match last.end {
                    None => next.began_before && next.start - last.last <= limits.gap_max.max(limits.rejoin),
                    Some(end) => next.start <= end || (limits.rejoin.0 > 0 && next.start - end <= limits.rejoin),
                }
        });
        // It was open where its list ended, but what came next was not its going on.
        if let Some(last) = merged.last_mut()
            && !joins
            && (last.channel, last.kind) == (next.channel, next.kind)
        {
            last.end.get_or_insert(last.last);
        }
        match merged.last_mut().filter(|_| joins) {
            None => merged.push(next),
            Some(last) => {
                if is_worse(last.kind, next.worst, last.worst) {
                    last.worst = next.worst;
                    last.worst_at = next.worst_at;
                }
                last.end = next.end;
                last.last = next.last;
                last.out.0 = last.out.0.saturating_add(next.out.0);
                last.readings = last.readings.saturating_add(next.readings);
            }
        }
    }
    merged.sort_by_key(|excursion| (excursion.start, excursion.channel, excursion.kind));
    merged
}

fn known(from: Timestamp, to: Timestamp, limits: &Limits) -> i64 {
    (to - from).0.clamp(0, limits.gap_max.0.max(0))
}

fn side_of(value: Milli, limits: &Limits) -> Option<AlarmKind> {
    if limits.high.is_some_and(|high| value > high) {
        Some(AlarmKind::High)
    } else if limits.low.is_some_and(|low| value < low) {
        Some(AlarmKind::Low)
    } else {
        None
    }
}

fn is_worse(kind: AlarmKind, value: Milli, worst: Milli) -> bool {
    if kind == AlarmKind::Low { value < worst } else { value > worst }
}
