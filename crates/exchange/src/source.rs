//! Any file to plain rows: what is a workbook, JSON or EDI becomes a table in memory, text stays the file it is.
//!
//! A table keeps the places of its rows: the n-th row of a sheet (the n-th segment of an interchange, the n-th object of a list
//! under its header) is line n of the table, so that a finding's line is where a person looks. Does not know what columns mean
//! beyond asking [`recognise`]. Bounds: [`crate::limits`]. Start at [`open`]. Tests: `src/source/tests.rs`.

mod json;
mod workbook;

#[cfg(test)]
mod tests;

use crate::edi;
use crate::error::{Error, ErrorKind};
use crate::format::{Delimiter, Encoding, Format, has_header};
use crate::layouts::recognise;
use crate::limits::{COLUMNS_MAX, FIELD_BYTES_MAX, HEAD_BYTES, TABLE_BYTES_MAX};
use domain::Finding;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use units::Stop;

/// How the file itself is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Text in columns, perhaps compressed: CSV in any dialect.
    Text,
    /// An Excel workbook since 2007.
    Xlsx,
    /// An Excel workbook before 2007.
    Xls,
    /// An OpenDocument spreadsheet.
    Ods,
    /// A list of objects.
    Json,
    /// An X12 interchange.
    X12,
    /// An EDIFACT interchange.
    Edifact,
}

impl Writing {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Writing::Text => "text",
            Writing::Xlsx => "XLSX",
            Writing::Xls => "XLS",
            Writing::Ods => "ODS",
            Writing::Json => "JSON",
            Writing::X12 => "X12",
            Writing::Edifact => "EDIFACT",
        }
    }
}

/// A sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// The layout it would be read as, where it is one that is known.
    pub layout: Option<&'static str>,
    /// This one was read.
    pub chosen: bool,
}

/// A file made ready to be read as rows.
#[derive(Clone, Debug)]
pub struct Source {
    /// How it is written.
    pub writing: Writing,
    /// Its rows as CSV in UTF-8, where the file is not text itself.
    pub table: Option<Arc<[u8]>>,
    /// The sheets, where it is a workbook.
    pub sheets: Vec<Sheet>,
    /// What was found on the way.
    pub findings: Vec<Finding>,
    /// What to call it where columns alone do not tell what it is: the sheet's name, or the file's.
    pub named: String,
}

impl Source {
    /// How the table is written; `None`: the text shows it itself.
    pub fn format(&self) -> Option<Format> {
        let table = self.table.as_ref()?;
        let head = &table[..table.len().min(HEAD_BYTES)];
        let head = String::from_utf8_lossy(head);
        Some(Format {
            gzip: false,
            bom: false,
            encoding: Encoding::Utf8,
            delimiter: Delimiter::Comma,
            header: has_header(&head, Delimiter::Comma),
            separator_line: false,
        })
    }

    /// The sheet that was read.
    pub fn sheet(&self) -> Option<&str> {
        self.sheets.iter().find(|sheet| sheet.chosen).map(|sheet| sheet.name.as_str())
    }
}

/// Looks at a file and reads it into a table where it is not text. `name` is the file's, `sheet` the one asked for.
pub fn open(
    mut file: impl Read + Seek,
    name: &str,
    sheet: Option<&str>,
    stop: &Stop,
) -> Result<Source, Error> {
    let mut head = Vec::new();
    (&mut file).take(4096).read_to_end(&mut head).map_err(|fault| Error::io(0, fault))?;
    file.seek(SeekFrom::Start(0)).map_err(|fault| Error::io(0, fault))?;
    let named = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let named = named.split('.').next().unwrap_or(named).to_owned();
    let plain = |writing| Source { writing, table: None, sheets: Vec::new(), findings: Vec::new(), named };
    let trimmed = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head).trim_ascii_start();
    match trimmed {
        [b'P', b'K', 3, 4, ..] | [0xD0, 0xCF, 0x11, 0xE0, ..] => {
            let read = workbook::read(&mut file, &head, sheet, stop)?;
            let named = read.sheets.iter().find(|sheet| sheet.chosen).map(|sheet| sheet.name.clone());
            let source = plain(read.writing);
            Ok(Source {
                table: Some(read.table.into()),
                sheets: read.sheets,
                named: named.unwrap_or_else(|| source.named.clone()),
                ..source
            })
        }
        [b'[', ..] | [b'{', ..] => {
            let table = json::read(file, stop)?;
            Ok(Source { table: Some(table.into()), ..plain(Writing::Json) })
        }
        [b'I', b'S', b'A', ..] | [b'U', b'N', b'A' | b'B', ..] if edi::looks_like(trimmed) => {
            let (writing, table, findings) = edi::read(file, stop)?;
            Ok(Source { table: Some(table.into()), findings, ..plain(writing) })
        }
        _ => Ok(plain(Writing::Text)),
    }
}

/// Rows as CSV, each on the line of its number.
pub(crate) struct TableWriter {
    bytes: Vec<u8>,
    line: u64,
    /// Columns of the first row; those below have as many.
    width: usize,
}

impl TableWriter {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), line: 1, width: 0 }
    }

    /// Writes a row on `line` (from 1); a line that has been passed is an error of the file.
    pub(crate) fn row(&mut self, line: u64, cells: &[String]) -> Result<(), Error> {
        if line < self.line {
            let text = format!("its rows are out of order at row {line}; open it and save it again");
            return Err(Error::new(ErrorKind::NotText, text).at(line));
        }
        let wide = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        if wide == 0 {
            return Ok(());
        }
        if wide > COLUMNS_MAX {
            let text = format!("row {line} has {wide} columns; at most {COLUMNS_MAX} are read");
            return Err(Error::new(ErrorKind::TooLarge, text).at(line));
        }
        while self.line < line {
            self.bytes.push(b'\n');
            self.line += 1;
        }
        if self.width == 0 {
            self.width = wide;
        }
        // A row of one empty-looking field must not read as a blank line; `wide` says it is none.
        for (n, cell) in cells[..wide].iter().enumerate() {
            if n > 0 {
                self.bytes.push(b',');
            }
            self.cell(cell);
        }
        self.bytes.extend(std::iter::repeat_n(b',', self.width.saturating_sub(wide)));
        self.bytes.push(b'\n');
        self.line += 1;
        if self.bytes.len() as u64 > TABLE_BYTES_MAX {
            let text = format!(
                "it holds more than {} MB of text at row {line}; split it, or save the sheet as CSV, which is read as a stream",
                TABLE_BYTES_MAX >> 20
            );
            return Err(Error::new(ErrorKind::TooLarge, text).at(line));
        }
        Ok(())
    }

    fn cell(&mut self, cell: &str) {
        let mut cut = cell.len().min(FIELD_BYTES_MAX);
        while !cell.is_char_boundary(cut) {
            cut -= 1;
        }
        let cell = &cell[..cut];
        let quoted = cell.contains([',', '"', '\n', '\r']);
        if !quoted {
            self.bytes.extend_from_slice(cell.as_bytes());
            return;
        }
        self.bytes.push(b'"');
        for c in cell.chars() {
            match c {
                '"' => self.bytes.extend_from_slice(b"\"\""),
                // A line break inside a cell would shift every line below it.
                '\n' | '\r' => self.bytes.push(b' '),
                c => self.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        self.bytes.push(b'"');
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// The first of some rows that names columns somebody knows, else the first that is not empty; and the layout.
pub(crate) fn header_row(rows: &[(u64, Vec<String>)], named: &str) -> Option<(u64, Option<&'static str>)> {
    let known = rows.iter().find_map(|(line, cells)| {
        let found = recognise(cells, named)?;
        // Names alone are too weak a proof below the first row.
        let layout = found.layout?;
        Some((*line, Some(layout.key)))
    });
    known.or_else(|| {
        let filled = |cells: &[String]| cells.iter().filter(|cell| !cell.is_empty()).count();
        let widest = rows.iter().map(|(_, cells)| filled(cells)).max()?;
        // Titles above a table stand alone in their row.
        let first = rows.iter().find(|(_, cells)| filled(cells) * 2 > widest || widest == 1)?;
        Some((first.0, None))
    })
}
