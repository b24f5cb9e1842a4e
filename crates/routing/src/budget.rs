//! When a search ends. It has no clock: whoever calls it says how much of the budget is spent.

mod asked;
mod earliest;
mod iterations;

pub use asked::Asked;
pub use earliest::Earliest;
pub use iterations::Iterations;

use crate::solution::Cost;

/// How far a search is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Iterations done.
    pub iterations: u64,
    /// The best plan so far.
    pub best: Cost,
}

/// Asked before each iteration, so it should be cheap: look at a clock only every so many iterations (see
/// [`Search::iterations`]). A closure will do.
pub trait Budget {
    /// The share that is spent, from 0 to 1: the search cools down by it, and ends at 1. Give 0 while the end is not in sight.
    fn spent(&mut self, at: &Search) -> f64;
}

impl<F: FnMut(&Search) -> f64> Budget for F {
    fn spent(&mut self, at: &Search) -> f64 {
        self(at)
    }
}
