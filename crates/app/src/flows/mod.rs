//! What runs by itself or for long: recording, imports, planning, reports, delivery days, the change of the day.

pub(crate) mod backup;
pub mod bench;
pub mod daily;
pub mod delivery;
pub(crate) mod device_health;
pub mod excursions;
pub mod import;
pub(crate) mod listener;
pub mod planning;
pub(crate) mod quality;
pub mod recheck;
pub mod report;
pub mod roads;
pub mod route_export;
pub(crate) mod scan;
pub(crate) mod secrets;
pub(crate) mod series;
#[cfg(test)]
pub(crate) mod small_site;
pub(crate) mod storage;
pub mod telemetry;
