//! Judged readings to alarm transitions, device health, excursions, trends and the mean kinetic temperature; positions of
//! vehicles to visits made and arrivals expected.
//!
//! Knows limits, delays and time as an argument. Does not know storage, notification, ports or a clock: readings and
//! `now` come in, transitions go out, and what must survive a restart is handed over as plain values
//! ([`alarms::Saved`]). Start at [`alarms::step_batch`]. Tests: beside each module, `src/*/tests.rs`.

pub mod alarms;
pub mod drift;
pub mod endpoints;
pub mod eta;
pub mod excursions;
pub mod health;
pub mod limits;
pub mod mkt;
pub mod profile;
pub mod trend;
