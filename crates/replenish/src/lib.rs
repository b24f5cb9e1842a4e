//! Turns a forecast, what is on the shelf and lead times into order proposals that carry their reasons.
//!
//! Knows periodic review with a reorder point. Does not know how a forecast was made, where stock is kept or who approves.
//! What no file gave is taken from `SiteDefaults`, named in `Reason::assumed` and reported as a finding. Start at
//! [`propose`]; [`WhatIf`] asks what other service levels and a budget would make of it; [`check`] computes a proposal's
//! figures again, sharing no code with them. Tests: `src/demand/tests.rs` and `tests/it/`.

mod check;
mod classes;
mod demand;
mod outlook;
mod overrides;
mod policy;
mod what_if;

pub use check::{Mismatch, check, check_demand, check_with_minimum};
pub use classes::{XyzClass, abc, xyz};
pub use overrides::{baseline_over, changed, overridden, with_overrides};
pub use policy::{Assessment, ItemInput, assess, assess_with, propose, propose_with};
pub use what_if::{Outcome, Risk, WhatIf};
