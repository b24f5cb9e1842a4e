//! Turns a forecast, what is on the shelf and lead times into order proposals that carry their reasons.
//!
//! Knows periodic review with an order-up-to level. Does not know how a forecast was made, where stock is kept or who
//! approves. What no file gave is taken from [`SiteDefaults`], named in `Reason::assumed` and reported as a finding. Start at
//! [`propose`]; [`check`] computes a proposal's figures again, sharing no code with it. Tests: `tests/it/main.rs`.

mod check;
mod policy;

pub use check::{Mismatch, check};
pub use policy::{Assessment, ItemInput, assess, propose};
