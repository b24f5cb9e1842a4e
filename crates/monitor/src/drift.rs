//! A device's clock against ours: how far it is off, and where it is going.
//!
//! A message is late by whatever its way took, so the least delayed of five minutes stands for them (Cristian's idea, as NTP's
//! clock filter uses it); the trend is the median of the slopes between all of them (Theil and Sen), which a few odd ones
//! don't bend. A clock that is set jumps: what was before the jump is forgotten. Does not know frames or time zones.

use std::collections::VecDeque;
use units::{Millis, Timestamp};

/// One value stands for this long.
const BUCKET: Millis = Millis::minutes(5);

/// A day of them.
const BUCKETS_MAX: usize = 288;

/// Fewer say nothing of a trend.
const TREND_BUCKETS_MIN: usize = 6;

/// A clock that moves by more than this from one five minutes to the next was set.
const JUMP: Millis = Millis::seconds(30);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    from: Timestamp,
    /// The device's clock less ours, of the least delayed message.
    least: Millis,
}

/// What is known of one device's clock.
#[derive(Clone, Debug, Default)]
pub struct Drift {
    buckets: VecDeque<Bucket>,
}

impl Drift {
    /// A message of that instant of the device came at that instant of ours.
    pub fn heard(&mut self, device_at: Timestamp, arrived_at: Timestamp) {
        let off = device_at - arrived_at;
        let from = Timestamp(arrived_at.0.div_euclid(BUCKET.0) * BUCKET.0);
        match self.buckets.back_mut() {
            Some(last) if last.from == from => last.least = last.least.max(off),
            // Our own clock was set back.
            Some(last) if last.from > from => {
                self.buckets.clear();
                self.buckets.push_back(Bucket { from, least: off });
            }
            _ => {
                self.forget_before_a_jump();
                if self.buckets.len() == BUCKETS_MAX {
                    self.buckets.pop_front();
                }
                self.buckets.push_back(Bucket { from, least: off });
            }
        }
    }

    /// The device's clock less ours.
    pub fn now(&self) -> Option<Millis> {
        self.buckets.back().map(|bucket| bucket.least)
    }

    /// By how much it moves in a day; none before there is half an hour of it.
    pub fn per_day(&self) -> Option<Millis> {
        if self.buckets.len() < TREND_BUCKETS_MIN {
            return None;
        }
        let mut slopes: Vec<f64> = Vec::with_capacity(self.buckets.len() * (self.buckets.len() - 1) / 2);
        for (at, one) in self.buckets.iter().enumerate() {
            for other in self.buckets.iter().skip(at + 1) {
                let (rise, span) = ((other.least.0 - one.least.0) as f64, (other.from - one.from).0 as f64);
                slopes.push(rise / span);
            }
        }
        let middle = slopes.len() / 2;
        let (_, median, _) = slopes.select_nth_unstable_by(middle, f64::total_cmp);
        Some(Millis((*median * Millis::hours(24).0 as f64).round() as i64))
    }

    /// The bucket that is full now is looked at beside the one before it: one late message alone is no jump.
    fn forget_before_a_jump(&mut self) {
        let Some(last) = self.buckets.back().copied() else { return };
        let jumped = self
            .buckets
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|before| (last.least.0 - before.least.0).abs() > JUMP.0);
        if jumped {
            self.buckets.clear();
            self.buckets.push_back(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A clock that gains `per_day` ms a day, read every minute; every third message is late by up to 20 s.
    fn heard(per_day: i64, minutes: i64) -> Drift {
        let mut drift = Drift::default();
        for minute in 0..minutes {
            let arrived = Timestamp(1_700_000_000_000) + Millis::minutes(minute);
            let off = 2_000 + per_day * minute / 1_440;
            let late = if minute % 3 == 0 { (minute * 7_919) % 20_000 } else { 0 };
            drift.heard(Timestamp(arrived.0 + off - late), arrived);
        }
        drift
    }

    #[test]
    fn a_clock_that_runs_fast_is_told_from_messages_that_are_late() {
        for per_day in [-86_400, -2_000, 0, 500, 5_000] {
            let drift = heard(per_day, 600);
            let told = drift.per_day().expect("ten hours of it").0;
            assert!((told - per_day).abs() <= per_day.abs() / 10 + 60, "{per_day}: {told}");
            let off = 2_000 + per_day * 599 / 1_440;
            assert!((drift.now().expect("heard").0 - off).abs() < per_day.abs() / 100 + 50);
        }
    }

    #[test]
    fn a_little_says_no_trend_and_a_clock_that_is_set_starts_anew() {
        assert_eq!(Drift::default().now(), None);
        assert_eq!(heard(0, 20).per_day(), None);
        let mut drift = heard(0, 120);
        let set = Timestamp(1_700_000_000_000) + Millis::minutes(120);
        for minute in 0..10 {
            let arrived = set + Millis::minutes(minute);
            drift.heard(arrived + Millis::hours(1), arrived);
        }
        assert_eq!((drift.now(), drift.per_day()), (Some(Millis::hours(1)), None));
    }

    #[test]
    fn memory_is_bounded() {
        assert!(heard(10, 10_000).buckets.len() <= BUCKETS_MAX);
    }
}
