//! A seeded warehouse: a seed in; orders, stock, suppliers and sensors on a wire out.
//!
//! The same seed gives the same bytes, whatever was asked before. Does not know a clock, a store or a screen: days and speeds are
//! arguments, and what leaves is what a business file or a device would say. Start at [`Warehouse`].
//! Tests: `src/tests.rs`.

pub mod broker;
mod calendar;
mod catalogue;
pub mod chain;
mod chance;
pub mod coldroom;
pub mod drive;
mod files;
pub mod fleet;
pub mod machines;
pub mod meter;
mod orders;
pub mod replay;
pub mod scanner;
pub mod thermal;
pub mod town;
mod warehouse;

#[cfg(test)]
mod tests;

pub use calendar::{Event, black_friday, chinese_new_year, event_on};
pub use catalogue::ZoneKind;
pub use files::CsvFiles;
pub use warehouse::{CatalogueItem, HISTORY_DAYS, TradePartner, Warehouse, Zone};
