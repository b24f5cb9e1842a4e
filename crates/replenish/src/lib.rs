//! Turns a forecast, what is on the shelf and lead times into order proposals that carry their reasons.
//!
//! Knows periodic review with a reorder point. Does not know how a forecast was made, where stock is kept or who approves.
//! What no file gave is taken from `SiteDefaults`, named in `Reason::assumed` and reported as a finding. Start at
//! [`propose`]; [`check`] computes a proposal's figures again, sharing no code with it. Tests: `src/demand/tests.rs` and
//! `tests/it/main.rs`.

mod check;
mod demand;
mod outlook;
mod policy;

pub use check::{Mismatch, check, check_with_minimum};
pub use policy::{Assessment, ItemInput, assess, assess_with, propose, propose_with};
