use super::{Budget, Search};
use units::Stop;

/// Ends when somebody asks; until then nothing is spent.
#[derive(Clone, Debug)]
pub struct Asked(pub Stop);

impl Budget for Asked {
    fn spent(&mut self, _: &Search) -> f64 {
        if self.0.asked() { 1.0 } else { 0.0 }
    }
}
