//! Tables out as CSV, XLSX and JSON that no spreadsheet executes.
//!
//! A text cell that starts with `=`, `+`, `-`, `@`, TAB or CR is a formula to a spreadsheet (CSV injection), so it gets a
//! leading apostrophe in CSV, which our own reader takes off again ([`original`]); a workbook's cell says that it is text. A number is
//! written as a number, its minus included, because its cell says that it is one. Start at [`Sheet`]. Tests: `src/table/tests.rs`.

mod workbook;

#[cfg(test)]
mod tests;

use crate::error::{Error, ErrorKind};
use std::borrow::Cow;
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
    /// A day.
    Day(Day),
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
        Cell::Day(day)
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

/// Whether a spreadsheet would calculate a text, however many apostrophes stand before it.
fn starts_formula(text: &str) -> bool {
    // Spreadsheets trim before they look, so spaces and full-width forms in front don't make it safe.
    let first = text.trim_start_matches(['\'', ' ', '\u{a0}', '\u{feff}', '\u{3000}', '\n']).chars().next();
    matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠'))
}

/// The text as it is safe in a cell. One that has an apostrophe there already gets another, so that [`original`] finds it again.
pub fn neutralise(text: &str) -> Cow<'_, str> {
    if starts_formula(text) { format!("'{text}").into() } else { text.into() }
}

/// The text where its cell says itself that it is text: safe as it is, but what reading would take an apostrophe off gets one more.
fn kept(text: &str) -> Cow<'_, str> {
    if original(text).len() < text.len() { neutralise(text) } else { text.into() }
}

/// What [`neutralise`] made a text of: the apostrophe before what would be a formula is no part of it.
pub fn original(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if starts_formula(rest) => rest,
        _ => text,
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
                Cell::Day(day) => self.csv.write_field(day.to_string())?,
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

impl Writer<Vec<u8>> {
    fn into_inner(self) -> Result<Vec<u8>, Error> {
        self.csv.into_inner().map_err(refused)
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

/// How a table is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// CSV: UTF-8 with a byte order mark, commas, CRLF.
    Csv,
    /// A workbook of one sheet.
    Xlsx,
    /// A list of objects.
    Json,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its name in JSON: letters, digits and `_`.
    pub key: String,
    /// Its name for people.
    pub name: String,
}

/// A table as it is written, row by row: only the file in the making is held.
pub struct Sheet {
    heads: Vec<Head>,
    into: Target,
    rows: u64,
}

enum Target {
    Csv(Box<Writer<Vec<u8>>>),
    Xlsx(Box<workbook::Book>),
    Json(Vec<u8>),
}

impl Sheet {
    /// Begins a table called `name`, made `on` a day.
    pub fn begin(form: Form, name: &str, on: Day, heads: Vec<Head>) -> Result<Self, Error> {
        let into = match form {
            Form::Csv => {
                let mut csv = Writer::new(Vec::new(), true);
                let names: Vec<Cell> = heads.iter().map(|head| head.name.as_str().into()).collect();
                csv.row(&names).map_err(|fault| Error::io(0, fault))?;
                Target::Csv(Box::new(csv))
            }
            Form::Xlsx => Target::Xlsx(Box::new(workbook::Book::begin(name, on, &heads)?)),
            Form::Json => Target::Json(b"[".to_vec()),
        };
        Ok(Self { heads, into, rows: 0 })
    }

    /// Writes a row, a cell a column.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), Error> {
        self.rows += 1;
        match &mut self.into {
            Target::Csv(csv) => csv.row(cells).map_err(|fault| Error::io(self.rows, fault)),
            Target::Xlsx(book) => book.row(self.rows, cells),
            Target::Json(bytes) => {
                bytes.extend_from_slice(if self.rows == 1 { b"\n{" } else { b",\n{" });
                for (n, (head, cell)) in self.heads.iter().zip(cells).enumerate() {
                    if n > 0 {
                        bytes.push(b',');
                    }
                    bytes.extend_from_slice(quoted(&head.key).as_bytes());
                    bytes.push(b':');
                    match cell {
                        Cell::Empty => bytes.extend_from_slice(b"null"),
                        Cell::Number(number) if is_number(number) && !number.ends_with('.') => {
                            bytes.extend_from_slice(plain(number).as_bytes());
                        }
                        Cell::Day(day) => bytes.extend_from_slice(quoted(&day.to_string()).as_bytes()),
                        Cell::Number(text) | Cell::Text(text) => {
                            bytes.extend_from_slice(quoted(&kept(text)).as_bytes());
                        }
                    }
                }
                bytes.push(b'}');
                Ok(())
            }
        }
    }

    /// The file.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        match self.into {
            Target::Csv(csv) => csv.into_inner(),
            Target::Xlsx(book) => book.finish(self.rows),
            Target::Json(mut bytes) => {
                bytes.extend_from_slice(b"\n]\n");
                Ok(bytes)
            }
        }
    }
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A number as JSON has it: without zeros in front.
fn plain(number: &str) -> String {
    let (sign, body) = number.strip_prefix('-').map_or(("", number), |body| ("-", body));
    let body = body.trim_start_matches('0');
    let zero = if body.is_empty() || body.starts_with('.') { "0" } else { "" };
    format!("{sign}{zero}{body}")
}

/// An error of the writer.
fn refused(what: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::TooLarge,
        format!("the table could not be written: {what}; write it as CSV instead"),
    )
}
