//! How a device is: by its own expected interval, not by a fixed time-out.

use std::collections::VecDeque;
use units::{Millis, Timestamp};

#[cfg(test)]
mod tests;

/// The rate is counted over this long.
const RATE_WINDOW: Millis = Millis::minutes(5);

/// Arrivals kept for the rate at most; older ones fall out, and the window shrinks with them.
const ARRIVALS_MAX: usize = 512;

/// Gaps kept.
const GAPS_MAX: usize = 32;

/// A device is silent after this many intervals, late after half as many.
const SILENT_INTERVALS: i64 = 3;

/// How a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeviceState {
    /// Nothing has come yet, and the time for it has not run out.
    Waiting,
    /// Readings come as expected.
    Up,
    /// One and a half intervals without a reading.
    Late,
    /// Three intervals without a reading.
    Silent,
    /// The port is gone, or most of what comes is unusable.
    Faulty,
}

/// Why nothing came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GapReason {
    /// The device said nothing.
    Silent,
    /// Its port, broker or address was gone.
    LineLost,
    /// It spoke, but nothing of it could be read.
    Nonsense,
    /// Recording from it was switched off.
    SwitchedOff,
    /// The console itself did not run.
    NotRunning,
}

/// A span without readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last reading before it.
    pub from: Timestamp,
    /// The first after it; none while it lasts.
    pub to: Option<Timestamp>,
    /// Why.
    pub reason: GapReason,
}

/// How its line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Not tried yet.
    #[default]
    Unknown,
    /// Open.
    Open,
    /// Gone, or never opened, since.
    Lost(Timestamp),
}

#[derive(Clone, Copy, Debug)]
struct Heard {
    at: Timestamp,
    good: u64,
    bad: u64,
}

/// What is known of one device's recent life.
#[derive(Clone, Debug)]
pub struct Health {
    interval: Millis,
    link: Link,
    waiting_since: Option<Timestamp>,
    last_at: Option<Timestamp>,
    /// Before this life: what the store has.
    known_at: Option<Timestamp>,
    /// Worse than silence since the last reading, where it was.
    meanwhile: Option<GapReason>,
    heard: VecDeque<Heard>,
    gaps: VecDeque<Gap>,
}

impl Health {
    /// A device that should be heard every `interval`.
    pub fn new(interval: Millis) -> Self {
        Self {
            interval: Millis(interval.0.max(1)),
            link: Link::Unknown,
            waiting_since: None,
            last_at: None,
            known_at: None,
            meanwhile: None,
            heard: VecDeque::new(),
            gaps: VecDeque::new(),
        }
    }

    /// It should be heard every `interval` from now on.
    pub fn expect(&mut self, interval: Millis) {
        self.interval = Millis(interval.0.max(1));
    }

    /// Its newest reading on record, at start: until the next one the console did not run.
    pub fn known(&mut self, last_at: Timestamp) {
        self.known_at = self.known_at.max(Some(last_at));
    }

    /// Recording from it was switched off.
    pub fn switched_off(&mut self) {
        self.meanwhile = Some(GapReason::SwitchedOff);
        self.link = Link::Unknown;
        self.waiting_since = None;
    }

    /// Its port was opened.
    pub fn opened(&mut self, at: Timestamp) {
        self.link = Link::Open;
        self.waiting_since = Some(at);
    }

    /// Its port is gone.
    pub fn lost(&mut self, at: Timestamp) {
        if !matches!(self.link, Link::Lost(_)) {
            self.link = Link::Lost(at);
        }
        self.meanwhile = self.meanwhile.or(Some(GapReason::LineLost));
    }

    /// How its line is.
    pub fn link(&self) -> Link {
        self.link
    }

    /// Readings came: so many usable, so many suspect or without a number.
    pub fn arrived(&mut self, at: Timestamp, good: u64, bad: u64) {
        let before = self.last_at.or(self.known_at);
        if let Some(from) = before
            && at - from > self.silent_after()
        {
            let reason = self.gap_reason();
            keep(&mut self.gaps, Gap { from, to: Some(at), reason }, GAPS_MAX);
        }
        self.meanwhile = None;
        self.last_at = self.last_at.max(Some(at));
        self.hear(Heard { at, good, bad });
    }

    /// So many frames were unreadable.
    pub fn faults(&mut self, at: Timestamp, frames: u64) {
        if frames > 0 {
            self.meanwhile = self.meanwhile.or(Some(GapReason::Nonsense));
        }
        self.hear(Heard { at, good: 0, bad: frames });
    }

    /// How it is now.
    pub fn state(&self, now: Timestamp) -> DeviceState {
        if matches!(self.link, Link::Lost(_)) {
            return DeviceState::Faulty;
        }
        // Three intervals of nonsense in a row, or mostly nonsense for longer: the last ten intervals decide.
        let window = Millis(self.interval.0.saturating_mul(10));
        let recent = || self.heard.iter().filter(|heard| now - heard.at <= window);
        let (good, bad) =
            recent().fold((0u64, 0u64), |(good, bad), heard| (good + heard.good, bad + heard.bad));
        if bad > good && bad >= 3 {
            return DeviceState::Faulty;
        }
        let Some(since) = self.last_at.max(self.waiting_since) else { return DeviceState::Waiting };
        let quiet = now - since;
        if quiet > self.silent_after() {
            DeviceState::Silent
        } else if self.last_at.is_none() {
            DeviceState::Waiting
        } else if quiet.0.saturating_mul(2) > self.silent_after().0 {
            DeviceState::Late
        } else {
            DeviceState::Up
        }
    }

    /// When a reading last came.
    pub fn last_at(&self) -> Option<Timestamp> {
        self.last_at
    }

    /// Readings a minute over the last five minutes, or since it was first heard if that is less.
    pub fn rate_per_minute(&self, now: Timestamp) -> f64 {
        let recent = || self.heard.iter().filter(|heard| now - heard.at <= RATE_WINDOW);
        let Some(first) = recent().map(|heard| heard.at).min() else { return 0.0 };
        // What came stands for the interval before it: one batch alone is one interval's worth.
        let span = ((now - first).0.max(0) + self.interval.0).clamp(1, RATE_WINDOW.0.max(self.interval.0));
        let readings: u64 = recent().map(|heard| heard.good + heard.bad).sum();
        readings as f64 * 60_000.0 / span as f64
    }

    /// The last 32 gaps longer than three intervals, oldest first; one that lasts is the last.
    pub fn gaps(&self, now: Timestamp) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = self.gaps.iter().copied().collect();
        if let Some(from) = self.last_at.or(self.known_at)
            && now - from > self.silent_after()
        {
            gaps.push(Gap { from, to: None, reason: self.gap_reason() });
        }
        gaps
    }

    fn gap_reason(&self) -> GapReason {
        // Nothing was heard yet in this life: the time before it weighs most.
        let young = self.last_at.is_none().then_some(GapReason::NotRunning);
        self.meanwhile.or(young).unwrap_or(GapReason::Silent)
    }

    fn silent_after(&self) -> Millis {
        Millis(self.interval.0.saturating_mul(SILENT_INTERVALS))
    }

    fn hear(&mut self, heard: Heard) {
        // At high speed many batches come within a moment: they are one.
        match self.heard.back_mut() {
            Some(last) if (heard.at - last.at).0.unsigned_abs() < self.interval.0.unsigned_abs() / 2 => {
                last.good += heard.good;
                last.bad += heard.bad;
            }
            _ => keep(&mut self.heard, heard, ARRIVALS_MAX),
        }
    }
}

fn keep<T>(list: &mut VecDeque<T>, item: T, max: usize) {
    if list.len() == max {
        list.pop_front();
    }
    list.push_back(item);
}
