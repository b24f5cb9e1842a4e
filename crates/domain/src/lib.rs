//! Entities of a warehouse and the state machines they go through.
//!
//! Turns values into judged values: a [`RawReading`] becomes a [`Reading`], a draft [`Proposal`] an approved one. Does not
//! know serde, SQL, screens, clocks or how a forecast is made. What two rooms share is a type of this crate. Start at
//! [`reading::admit`] and [`proposal`]. Tests: `src/tests.rs`.

pub mod alarm;
pub mod calibration;
pub mod count;
pub mod customer;
pub mod delivery;
pub mod demand;
pub mod finding;
pub mod floor;
pub mod inbound;
pub mod item;
pub mod kit;
pub mod outbound;
pub mod position;
pub mod proposal;
pub mod quality;
pub mod reading;
pub mod returns;
pub mod role;
pub mod scanflow;
pub mod stock;
pub mod unit;

#[cfg(test)]
mod tests;

pub use alarm::{Alarm, AlarmChange, AlarmKind, AlarmPhase, AlarmRule, AlarmTransition, Priority};
pub use calibration::{Calibration, Standing};
pub use customer::Customer;
pub use delivery::{Delivery, MinuteOfDay, Plan, Route, UnservedReason, Vehicle, VehicleEntry, Visit};
pub use demand::{
    BacktestScore, DemandForecast, DemandOverride, Fold, ForecastModel, Grain, Group, GroupForecast,
    OrderLine, OverrideChange, Series,
};
pub use finding::{Finding, FindingCode, Severity};
pub use item::{Item, SiteDefaults, StockLevel, Supplier};
pub use kit::Component;
pub use position::Position;
pub use proposal::{AppliedOverride, Basis, Proposal, ProposalState, Reason, Refused, WantedLevel};
pub use quality::{Extra, Fill, Judge, Mark, Remark, Tests, Trial, Verdict};
pub use reading::{ChannelSpec, Doubt, Quality, RawFault, RawReading, Reading, admit};
pub use role::{Actor, Role};
pub use unit::{ItemUnit, Ratio, Size};
