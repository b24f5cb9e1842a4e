//! Knobs of the search.

/// Knobs of the search; the defaults are measured (docs/decisions/008-routes.md).
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// Mean number of visits that an iteration takes out, 1 to 100.
    pub removed_mean: f64,
    /// Longest string taken from one route, from 1.
    pub string_visits_max: usize,
    /// Share of strings that leave some visits in their middle, 0 to 1.
    pub split_share: f64,
    /// Chance, visit by visit, to leave no more of them, 0 to 1.
    pub split_end_share: f64,
    /// Share of places overlooked on purpose, 0 to below 1.
    pub blink_share: f64,
    /// Chance to weigh an unused vehicle where a used one has a place, 0 to 1.
    pub open_share: f64,
    /// Where vehicles differ: chance to overlook the unused ones of a kind, 0 to below 1.
    pub other_vehicle_share: f64,
    /// Where vehicles differ: share of strings as long as the route lets them be, 0 to 1.
    pub whole_share: f64,
    /// Where visits have a prize: share of iterations that serve them whether or not it is worth it, 0 to 1.
    pub generous_share: f64,
    /// Where only loads bind.
    pub by_load: Climate,
    /// Where time binds.
    pub by_time: Climate,
}

/// Knobs that depend on what binds.
#[derive(Clone, Debug, PartialEq)]
pub struct Climate {
    /// Neighbours beside which a visit is tried before anywhere else, from 1.
    pub near: usize,
    /// First temperature, in mean arcs of the first plan, above 0.
    pub hot: f64,
    /// Last temperature, in the same measure, above 0.
    pub cold: f64,
    /// First price of a visit left out, in the same measure; `None`: it is never worth it.
    pub price: Option<f64>,
    /// Share of iterations that should leave nobody out, 0 to 1.
    pub complete_share: f64,
    /// Iterations per visit that one cooling is worth, above 0: a budget that holds more is cut into several.
    pub cooling_iterations: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            removed_mean: 10.0,
            string_visits_max: 10,
            split_share: 0.5,
            split_end_share: 0.01,
            blink_share: 0.01,
            open_share: 1.0,
            other_vehicle_share: 0.1,
            whole_share: 0.1,
            generous_share: 0.1,
            by_load: Climate {
                near: 40,
                hot: 0.3,
                cold: 0.01,
                price: None,
                complete_share: 1.0,
                cooling_iterations: 1e9,
            },
            by_time: Climate {
                near: 50,
                hot: 0.75,
                cold: 0.01,
                price: Some(3.0),
                complete_share: 0.9,
                cooling_iterations: 12_000.0,
            },
        }
    }
}

impl Params {
    /// Every knob within its range.
    pub(crate) fn sane(&self) -> Self {
        let share = |value: f64| if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
        let climate = |climate: &Climate| Climate {
            near: climate.near.max(1),
            hot: if climate.hot > 0.0 { climate.hot } else { 1e-6 },
            cold: if climate.cold > 0.0 { climate.cold } else { 1e-6 },
            price: climate.price.filter(|price| *price > 0.0),
            complete_share: share(climate.complete_share),
            cooling_iterations: if climate.cooling_iterations > 0.0 {
                climate.cooling_iterations
            } else {
                1.0
            },
        };
        Self {
            removed_mean: if self.removed_mean >= 1.0 { self.removed_mean.min(100.0) } else { 1.0 },
            string_visits_max: self.string_visits_max.max(1),
            split_share: share(self.split_share),
            split_end_share: share(self.split_end_share),
            blink_share: share(self.blink_share).min(0.99),
            open_share: share(self.open_share),
            other_vehicle_share: share(self.other_vehicle_share).min(0.99),
            whole_share: share(self.whole_share),
            generous_share: share(self.generous_share),
            by_load: climate(&self.by_load),
            by_time: climate(&self.by_time),
        }
    }
}
