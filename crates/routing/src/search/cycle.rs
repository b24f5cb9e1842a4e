//! How far cooling is. A long search of a problem where time binds cools more than once, each time from a new first plan:
//! plans with one route more or less lie too far apart for one cooling. (R104: half of all coolings end with ten routes at
//! 976.0, the other half with eleven at 971.5.) A search whose end is not in sight cools again and again.

/// Where in its coolings a search is.
#[derive(Clone, Debug)]
pub(crate) struct Cycle {
    visits: f64,
    /// Iterations per visit that a cooling is worth.
    worth: f64,
    /// Coolings within the budget, once they are counted, and which of them it is.
    count: f64,
    at: u64,
    /// While the end is not in sight: iterations of this cooling, done and in all.
    done: u64,
    length: u64,
}

/// A step of the search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Step {
    /// Share of the cooling that is done.
    pub share: f64,
    /// A new cooling begins with it.
    pub anew: bool,
}

/// Iterations per visit of the first cooling while the end is not in sight; each next one is twice as long.
const FIRST: f64 = 200.0;
/// Share of the budget after which it is known how many iterations it will hold.
const KNOWN: f64 = 0.01;
/// Most coolings within a budget.
const COUNT_MAX: f64 = 8.0;

impl Cycle {
    pub(crate) fn new(visits: usize, worth: f64) -> Self {
        let visits = visits.max(1) as f64;
        Self { visits, worth, count: 0.0, at: 0, done: 0, length: (FIRST * visits) as u64 }
    }

    /// The next step; `spent` counts as soon as it is above 0.
    pub(crate) fn step(&mut self, spent: f64, iterations: u64) -> Step {
        if spent > 0.0 {
            if self.count == 0.0 {
                if spent < KNOWN {
                    return Step { share: 0.0, anew: false };
                }
                let each = iterations as f64 / spent / self.visits;
                self.count = (each / self.worth).floor().clamp(1.0, COUNT_MAX);
            }
            let position = spent * self.count;
            let at = position as u64;
            let anew = at > self.at;
            self.at = at;
            return Step { share: position - at as f64, anew };
        }
        let anew = self.done == self.length;
        if anew {
            self.done = 0;
            self.length *= 2;
        }
        self.done += 1;
        Step { share: self.done as f64 / self.length as f64, anew }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_holds_as_many_coolings_as_it_is_worth() {
        let mut cycle = Cycle::new(10, 100.0);
        let steps: Vec<Step> = (0..4_000).map(|at| cycle.step(at as f64 / 4_000.0, at)).collect();
        assert_eq!(steps.iter().filter(|step| step.anew).count(), 3);
        assert!(steps.iter().all(|step| (0.0..1.0).contains(&step.share)));
        let mut cycle = Cycle::new(10, 1e9);
        assert!((0..4_000).all(|at| !cycle.step(at as f64 / 4_000.0, at).anew));
    }

    #[test]
    fn without_an_end_coolings_grow() {
        let mut cycle = Cycle::new(1, 100.0);
        let begins: Vec<u64> = (0..2_000).filter(|&at| cycle.step(0.0, at).anew).collect();
        assert_eq!(begins, [200, 600, 1_400]);
    }
}
