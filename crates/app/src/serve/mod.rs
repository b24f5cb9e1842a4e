//! The calls, one file a page: each reads or writes, and translates through `wire`.

mod alarms;
mod backup;
mod books;
mod charts;
mod count_sheet;
mod counts;
mod data;
mod demand;
mod device_setup;
mod devices;
mod environment;
mod fleet;
mod inbound;
mod labels;
mod ledger;
mod listener;
mod modbus;
mod outbound;
mod papers;
mod partners;
mod quality;
mod recall;
mod replenish;
mod reports;
mod scan;
mod scanflow;
mod secrets;
pub(crate) mod site;
mod stock;
mod tables;
mod warehouse;

pub(crate) use alarms::rows_between as alarm_rows;
pub(crate) use environment::excursion_rows;

use std::collections::HashMap;
use units::ZoneId;

/// Names of the rooms.
pub(crate) fn zone_names(inner: &crate::open::Inner) -> crate::Result<HashMap<ZoneId, String>> {
    Ok(inner.store.records.zones()?.into_iter().map(|zone| (zone.id, zone.name)).collect())
}
