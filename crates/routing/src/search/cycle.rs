//! How far cooling is, also while the end is not in sight.

/// Without a known end the search cools in cycles, each twice as long as the one before, and each begins at the best plan.
#[derive(Clone, Debug)]
pub(crate) struct Cycle {
    done: u64,
    length: u64,
}

/// Iterations per visit of the first cycle.
const FIRST: u64 = 200;

impl Cycle {
    pub(crate) fn new(visits: usize) -> Self {
        Self { done: 0, length: FIRST * (visits as u64).max(1) }
    }

    /// Share of the cooling that is done, and whether a new cycle begins. `spent` counts as soon as it is above 0.
    pub(crate) fn share(&mut self, spent: f64) -> (f64, bool) {
        if spent > 0.0 {
            return (spent, false);
        }
        let over = self.done == self.length;
        if over {
            self.done = 0;
            self.length *= 2;
        }
        self.done += 1;
        (self.done as f64 / self.length as f64, over)
    }
}
