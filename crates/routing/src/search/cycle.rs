//! How far cooling is. Each search cools down within the first third of its budget, so that whoever looks then sees a good
//! plan; what is left begins lukewarm and goes on from there. A long search of a small problem where time binds begins
//! anew instead: some plans lie too far apart for one cooling. (R104: half of all coolings end with ten routes at 976.0, the
//! other half with eleven at 971.5.) A search whose end is not in sight cools again and again.

/// Where in its coolings a search is.
#[derive(Clone, Debug)]
pub(crate) struct Cycle {
    visits: f64,
    /// Iterations per visit that a cooling is worth.
    worth: f64,
    /// Where in the budget coolings begin, once it is known how much it holds, and which of them it is.
    begins: &'static [f64],
    at: usize,
    /// Coolings after the first go on.
    goes_on: bool,
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
/// Where coolings begin in budgets worth one (whose second goes on with what the first found), two, and three or more.
const BEGINS: [&[f64]; 3] = [&[0.0, THIRD], &[0.0, THIRD], &[0.0, THIRD, 2.0 * THIRD]];
const THIRD: f64 = 1.0 / 3.0;
/// Where a cooling that goes on begins, as a share of a whole one.
const LUKEWARM: f64 = 0.3;

impl Cycle {
    pub(crate) fn new(visits: usize, worth: f64) -> Self {
        let visits = visits.max(1) as f64;
        Self { visits, worth, begins: &[], at: 0, goes_on: false, done: 0, length: (FIRST * visits) as u64 }
    }

    /// The next step; `spent` counts as soon as it is above 0.
    pub(crate) fn step(&mut self, spent: f64, iterations: u64) -> Step {
        if spent > 0.0 {
            if self.begins.is_empty() {
                if spent < KNOWN {
                    return Step { share: 0.0, anew: false };
                }
                let each = iterations as f64 / spent / self.visits;
                let count = (each / self.worth).clamp(1.0, BEGINS.len() as f64);
                self.begins = BEGINS[count as usize - 1];
                self.goes_on = count < 2.0;
                self.at = 0;
            }
            let next = self.begins.get(self.at + 1).copied();
            let anew = next.is_some_and(|begin| spent >= begin);
            self.at += usize::from(anew);
            let (from, to) = (self.begins[self.at], self.begins.get(self.at + 1).copied().unwrap_or(1.0));
            let share = ((spent - from) / (to - from)).clamp(0.0, 1.0);
            if self.goes_on {
                let share = if self.at == 0 { share } else { LUKEWARM + (1.0 - LUKEWARM) * share };
                return Step { share, anew: false };
            }
            return Step { share, anew };
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
        for (worth, begins) in [(100.0, vec![1_334, 2_667]), (200.0, vec![1_334]), (1e9, vec![])] {
            let mut cycle = Cycle::new(10, worth);
            let steps: Vec<Step> = (0..4_000).map(|at| cycle.step(at as f64 / 4_000.0, at)).collect();
            let found: Vec<usize> = (0..4_000).filter(|&at| steps[at].anew).collect();
            assert_eq!(found, begins);
            assert!(steps.iter().all(|step| (0.0..1.0).contains(&step.share)));
            assert!(steps[1_333].share > 0.99, "a third of the budget is a cooling");
        }
    }

    #[test]
    fn without_an_end_coolings_grow() {
        let mut cycle = Cycle::new(1, 100.0);
        let begins: Vec<u64> = (0..2_000).filter(|&at| cycle.step(0.0, at).anew).collect();
        assert_eq!(begins, [200, 600, 1_400]);
    }
}
