//! Tables out as CSV that no spreadsheet executes.
//!
//! A text cell that starts with `=`, `+`, `-`, `@`, TAB or CR is a formula to a spreadsheet (CSV injection), so it gets a
//! leading apostrophe; a number is written as a number, its minus included, because its cell says that it is one.

use std::io::Write;
use units::{Day, Milli, Money, Quantity, Timestamp};

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Words.
    Text(String),
    /// A plain decimal with a point. What is no number is written as text.
    Number(String),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<Day> for Cell {
    /// `YYYY-MM-DD`.
    fn from(day: Day) -> Self {
        Cell::Text(day.to_string())
    }
}

impl From<Timestamp> for Cell {
    /// ISO 8601 in UTC.
    fn from(at: Timestamp) -> Self {
        Cell::Text(at.to_string())
    }
}

macro_rules! number_cells { ($($kind:ty),*) => { $(
    impl From<$kind> for Cell {
        fn from(value: $kind) -> Self { Cell::Number(value.to_string()) }
    }
)* } }
number_cells!(i64, u64, u32, u16, i32, usize, Quantity, Milli);

impl From<Money> for Cell {
    /// With two decimals.
    fn from(value: Money) -> Self {
        Cell::Number(format!("{value:.2}"))
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Empty, Into::into)
    }
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteOptions {
    /// A UTF-8 byte order mark first: Excel then reads Chinese right.
    pub bom: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { bom: true }
    }
}

/// Whether a text is a plain decimal: `-12.5`.
pub(crate) fn is_number(text: &str) -> bool {
    let body = text.strip_prefix('-').unwrap_or(text);
    body.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && body.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && body.bytes().filter(|byte| *byte == b'.').count() <= 1
}

/// The text as it is safe in a cell.
pub fn neutralise(text: &str) -> std::borrow::Cow<'_, str> {
    // Spreadsheets trim before they look, so spaces and full-width forms in front don't make it safe.
    let first = text.trim_start_matches([' ', '\u{a0}', '\u{feff}', '\u{3000}', '\n']).chars().next();
    if matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠')) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

/// Writes rows of cells.
pub(crate) struct Writer<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(mut out: W, bom: bool) -> Self {
        // A failing mark is followed by a failing row, which is reported.
        if bom {
            let _ = out.write_all("\u{feff}".as_bytes());
        }
        let csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(out);
        Self { csv }
    }

    pub(crate) fn row(&mut self, cells: &[Cell]) -> std::io::Result<()> {
        for cell in cells {
            match cell {
                Cell::Empty => self.csv.write_field("")?,
                Cell::Number(number) if is_number(number) => self.csv.write_field(number)?,
                Cell::Number(text) | Cell::Text(text) => self.csv.write_field(neutralise(text).as_bytes())?,
            }
        }
        self.csv.write_record(None::<&[u8]>)?;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> std::io::Result<()> {
        self.csv.flush()
    }
}

/// A table as CSV: UTF-8, commas, CRLF (RFC 4180).
pub fn write(header: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>, options: WriteOptions) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, options.bom);
    let header: Vec<Cell> = header.iter().map(|name| Cell::from(*name)).collect();
    // Writing to memory does not fail.
    let _ = writer.row(&header);
    for row in rows {
        let _ = writer.row(&row);
    }
    let _ = writer.finish();
    bytes
}
