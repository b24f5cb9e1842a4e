//! Simulated annealing: a worse plan is taken with a chance that falls as the budget is spent.

use super::rng::Rng;
use crate::params::Climate;

#[derive(Clone, Debug)]
pub(crate) struct Anneal {
    hot: f64,
    cold: f64,
    now: f64,
}

impl Anneal {
    /// `arc` is the mean cost of an arc of the first plan: temperatures are shares of it. `heat` multiplies the first one.
    pub(crate) fn new(climate: &Climate, arc: f64, heat: f64) -> Self {
        let hot = (climate.hot * heat * arc).max(1e-9);
        Self { hot, cold: (climate.cold * arc).max(1e-9), now: hot }
    }

    /// Cools down to where a share of the budget is spent.
    pub(crate) fn cool(&mut self, spent: f64) {
        self.now = self.hot * (self.cold / self.hot).powf(spent.clamp(0.0, 1.0));
    }

    /// The worst cost that is taken now instead of `cost`.
    #[inline(always)]
    pub(crate) fn bound(&self, cost: i64, rng: &mut Rng) -> f64 {
        cost as f64 - self.now * rng.unit().ln()
    }
}
