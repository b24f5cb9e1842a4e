//! How long to wait before trying again.

use crate::limits::{RETRY_FIRST, RETRY_JITTER_PERCENT, RETRY_MAX};
use std::time::Duration;

/// Waits that grow by a half each time, with jitter from a seed.
pub(crate) struct Backoff {
    next: Duration,
    state: u64,
}

impl Backoff {
    pub(crate) fn new(seed: u64) -> Self {
        Self { next: RETRY_FIRST, state: seed }
    }

    /// All is well: the next wait is the shortest again.
    pub(crate) fn reset(&mut self) {
        self.next = RETRY_FIRST;
    }

    pub(crate) fn wait(&mut self) -> Duration {
        let base = self.next;
        self.next = (base * 3 / 2).min(RETRY_MAX);
        // SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (2014).
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        let percent = 100 - RETRY_JITTER_PERCENT + bits % (2 * RETRY_JITTER_PERCENT + 1);
        base * u32::try_from(percent).unwrap_or(100) / 100
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_under_five_seconds() {
        let mut backoff = Backoff::new(7);
        let waits: Vec<Duration> = (0..50).map(|_| backoff.wait()).collect();
        assert!(
            waits.iter().all(|wait| *wait >= Duration::from_millis(150) && *wait < Duration::from_secs(5))
        );
        assert!(waits[20] > Duration::from_secs(2));
        assert_ne!(waits[20], waits[21]);
        backoff.reset();
        assert!(backoff.wait() <= Duration::from_millis(250));
    }
}
