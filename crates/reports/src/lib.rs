//! A report model to PDF, XLSX and CSV bytes.
//!
//! Turns a [`DailyReport`] into pages a manager hands over, a workbook with numbers as numbers, and plain tables, and a route
//! into a [`DriverSheet`]'s pages, a trace into a [`RecallReport`]'s, a count into a [`CountSheet`]'s, and [`Label`]s into pages of a label printer. Does not
//! know how to query, any clock, file or screen: all comes in with the model, so the same model gives the same bytes.
//! Start at [`DailyReport`] and [`pdf`]. Tests: `tests/it`; pages to look at: `QM_SHOW=dir cargo test -p reports`.

mod count_sheet;
mod csv_out;
mod excel;
mod font;
mod label;
mod layout;
pub mod model;
mod page;
mod papers;
mod recall;
mod routes;
mod rows;
mod sheet;
mod words;

pub use charts::Lang;
pub use count_sheet::{CountSheet, CountSheetLine, count_sheet};
pub use csv_out::csv;
pub use excel::xlsx;
pub use label::{LABELS_MAX, Label, LabelSize, Symbol, label_png, labels_pdf};
pub use model::{
    AccuracyRow, DailyReport, Excursion, FindingRow, ForecastNote, ProposalRow, StockRiskRow, ZoneReport,
    file_stem,
};
pub use page::pdf;
pub use papers::{GoodsPaper, PaperGroup, PaperKind, PaperLine, goods_paper};
pub use recall::{RecallLine, RecallReport, RecallWhat, RecalledLot, recall_pdf};
pub use routes::{DayPlan, DeliveryDay, DriverSheet, RouteReport, UnservedRow, VisitReport};
pub use sheet::driver_sheet;

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The PDF writer refused.
    #[error(
        "the PDF of {site} for {day} could not be written: {detail}; send the site's data folder to support"
    )]
    Pdf {
        /// The report's site.
        site: String,
        /// Its day.
        day: units::Day,
        /// What the writer said.
        detail: String,
    },
    /// A label could not be made.
    #[error("the label {text} could not be made: {why}")]
    Label {
        /// The text of its symbol.
        text: String,
        /// Why, and what to do.
        why: String,
    },
    /// The XLSX writer refused.
    #[error("the workbook could not be written: {0}; use the CSV files instead")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The font that reports embed is broken.
    #[error("the font that reports embed can't be read; this build is damaged, install it again")]
    Font,
}
