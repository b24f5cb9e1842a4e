//! What the search pays for a visit left out, moved so that a wished share of its plans is complete.
//!
//! Where time binds, a plan that may leave visits out for a while gets to places that a complete one does not, above all to
//! fewer routes. (The same idea as penalties for lateness in Vidal et al. 2013, in a search that knows no lateness.)

#[derive(Clone, Debug)]
pub(crate) struct Price {
    now: f64,
    /// Share of iterations that should end complete.
    share: f64,
    complete: u32,
    counted: u32,
}

/// Iterations between two changes of the price.
const PERIOD: u32 = 128;
const UP: f64 = 1.025;
const DOWN: f64 = 0.985;
/// While no complete plan is known, finding one comes first.
const UP_FAST: f64 = 1.5;
/// Beyond any cost; keeps the price a number.
const MOST: f64 = 1e15;

impl Price {
    pub(crate) fn new(first: f64, share: f64) -> Self {
        Self { now: first, share, complete: 0, counted: 0 }
    }

    pub(crate) fn now(&self) -> i64 {
        self.now as i64 + 1
    }

    /// Counts an iteration; the new price, if it is time for one. `known`: some plan so far was complete. As the budget is spent, complete plans are all that counts.
    pub(crate) fn count(&mut self, complete: bool, known: bool, spent: f64) -> Option<i64> {
        self.complete += u32::from(complete);
        self.counted += 1;
        if self.counted < PERIOD {
            return None;
        }
        let wished = self.share + (1.0 - self.share) * spent.powi(3);
        let enough = f64::from(self.complete) >= wished * f64::from(PERIOD);
        let by = match (enough, known) {
            (true, _) => DOWN,
            (false, true) => UP,
            (false, false) => UP_FAST,
        };
        self.now = (self.now * by).clamp(1.0, MOST);
        self.complete = 0;
        self.counted = 0;
        Some(self.now())
    }
}
