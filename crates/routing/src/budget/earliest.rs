use super::{Budget, Search};

/// Ends with the first of two budgets.
#[derive(Clone, Copy, Debug)]
pub struct Earliest<A, B>(pub A, pub B);

impl<A: Budget, B: Budget> Budget for Earliest<A, B> {
    fn spent(&mut self, at: &Search) -> f64 {
        self.0.spent(at).max(self.1.spent(at))
    }
}
