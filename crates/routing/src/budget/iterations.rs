use super::{Budget, Search};

/// Ends after so many iterations: the same seed then gives the same bytes on every machine.
#[derive(Clone, Copy, Debug)]
pub struct Iterations(pub u64);

impl Budget for Iterations {
    fn spent(&mut self, at: &Search) -> f64 {
        if at.iterations >= self.0 { 1.0 } else { at.iterations as f64 / self.0 as f64 }
    }
}
