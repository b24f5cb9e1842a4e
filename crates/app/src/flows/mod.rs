//! What runs by itself or for long: recording, imports, planning, reports, delivery days, the change of the day.

pub mod bench;
pub mod daily;
pub mod delivery;
pub mod excursions;
pub mod import;
pub mod planning;
pub mod recheck;
pub mod report;
pub mod roads;
pub mod route_export;
pub mod telemetry;
