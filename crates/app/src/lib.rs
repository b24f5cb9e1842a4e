//! Serves every call of the contract: flows, jobs, approvals, the clock and the event bus.
//!
//! Turns a name and a JSON body, with the [`Actor`] its host attached, into a reply; turns what devices send into stored
//! readings and alarms. Does not know Tauri, argv, HTML or HTTP. Start at [`App::open`] and [`App::dispatch`]; a page's
//! calls are in `src/serve/`, what runs by itself in `src/flows/`. Tests: `tests/it/`, and `tests/system` at the top.

mod bus;
pub mod clock;
pub mod dispatch;
mod failure;
mod flows;
mod jobs;
mod limits;
mod models;
mod open;
mod rights;
mod serve;
mod staging;
mod tables;
mod wire;
mod zone;

pub use bus::{DELIVERY_SPACING, Subscription};
pub use clock::Clock;
pub use dispatch::Serve;
pub use domain::{Actor, Role};
pub use failure::{Failure, Result};
pub use flows::backup::{Restored, check_backup, restore_backup};
pub use flows::bench::{BenchAsk, BenchResult, bench_forecasts};
pub use flows::recheck::Recheck;
pub use models::{Library, embedded_manifest};
pub use open::{App, Opening};
pub use rights::Needs;
pub use store::{SiteSettings, Totals};

#[cfg(test)]
mod tests;
