//! Business files in and out: CSV in every dialect a warehouse meets, with a finding for every row that is not used.
//!
//! Turns bytes into [`domain::OrderLine`], [`ItemRow`], [`StockRow`], [`DeliveryRow`] and [`domain::VehicleEntry`], and purchase orders and tables into CSV that no
//! spreadsheet executes, and a driven route into GPX. Does not know SQL, item ids, screens or the other rooms. A file is read as a stream: memory stays
//! flat whatever its size. Start at [`preview`], then [`survey`], then [`parse_orders`], [`parse_items`] or
//! [`parse_stock`]. Tests: `src/tests.rs`, `tests/it`.

mod column_format;
mod columns;
mod corrected;
mod dates;
pub mod devices;
mod edi;
mod error;
pub mod format;
pub mod gpx;
pub mod layouts;
pub mod limits;
mod numbers;
pub mod purchase_order;
mod read;
mod records;
mod rows;
mod shapes;
pub mod source;
pub mod table;

#[cfg(test)]
mod tests;

pub use column_format::{ColumnFormat, ColumnUnit};
pub use columns::{Field, Kind, Mapping, suggest};
pub use corrected::write_corrected;
pub use dates::{DateOrder, read_date};
pub use error::{Error, ErrorKind};
pub use format::{Delimiter, Encoding, Format, sniff};
pub use gpx::{GpxPlace, GpxRoute};
pub use layouts::{Layout, Recognised, recognise};
pub use numbers::DecimalMark;
pub use purchase_order::{PoLine, PurchaseOrder};
pub use read::{
    Chunk, Filled, ParseReport, Preview, Survey, check, parse_customers, parse_deliveries, parse_items,
    parse_levels, parse_orders, parse_places, parse_shipments, parse_stock, parse_suppliers, parse_vehicles,
    preview, preview_as, survey,
};
pub use records::{
    CustomerRow, DeliveryRow, ItemRow, LevelRow, PlaceKind, PlaceRow, ShipmentRow, StockRow, SupplierRow, Way,
};
pub use shapes::{Shape, by_position};
pub use source::{Source, Writing};
pub use table::{Cell, Form, Head, WriteOptions};
