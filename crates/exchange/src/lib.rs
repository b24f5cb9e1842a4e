//! Business files in and out: CSV in every dialect a warehouse meets, with a finding for every row that is not used.
//!
//! Turns bytes into [`domain::OrderLine`], [`ItemRow`], [`StockRow`], [`DeliveryRow`] and [`domain::VehicleEntry`], and purchase orders and tables into CSV that no
//! spreadsheet executes, and a driven route into GPX. Does not know SQL, item ids, screens or the other rooms. A file is read as a stream: memory stays
//! flat whatever its size. Start at [`preview`], then [`survey`], then [`parse_orders`], [`parse_items`] or
//! [`parse_stock`]. Tests: `src/tests.rs`, `tests/it`.

mod columns;
mod corrected;
mod dates;
pub mod devices;
mod error;
pub mod format;
pub mod gpx;
pub mod limits;
mod numbers;
pub mod purchase_order;
mod read;
mod records;
mod rows;
pub mod table;

#[cfg(test)]
mod tests;

pub use columns::{Field, Kind, Mapping, suggest};
pub use corrected::write_corrected;
pub use dates::DateOrder;
pub use error::{Error, ErrorKind};
pub use format::{Delimiter, Encoding, Format, sniff};
pub use gpx::{GpxPlace, GpxRoute};
pub use numbers::DecimalMark;
pub use purchase_order::{PoLine, PurchaseOrder};
pub use read::{
    Chunk, ParseReport, Preview, Survey, parse_deliveries, parse_items, parse_orders, parse_stock,
    parse_vehicles, preview, sum_stock, survey,
};
pub use records::{DeliveryRow, ItemRow, StockRow};
pub use table::{Cell, WriteOptions};
