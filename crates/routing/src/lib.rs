//! Delivery problems to routes that serve them, and an independent checker.
//!
//! A [`ProblemSpec`] (matrices, visits, vehicles: plain integers) becomes a [`Problem`] and findings; [`solve`] searches
//! until its [`Budget`] is spent and tells of each better plan; [`check`] drives a plan again from the plain problem and
//! shares no code with the search. Does not know orders, maps, clocks or threads. Start at [`ProblemSpec`] and [`solve`];
//! why it searches as it does is docs/decisions/008-routes.md. Tests: `tests/it/main.rs`; instance files: [`instance`].

pub mod budget;
mod check;
pub mod instance;
pub mod limits;
mod params;
mod problem;
mod search;
mod solution;
mod spec;

pub use budget::{Budget, Search};
pub use check::{Arrival, Drive, Verdict, Violation, check};
pub use params::{Climate, Params};
pub use problem::Problem;
pub use search::solve;
pub use solution::{Cost, Reason, Route, Solution, Unserved};
pub use spec::{Finding, ProblemSpec, Rates, SpecError, Vehicle, Visit, Window};
