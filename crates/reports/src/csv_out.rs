//! The report's tables as CSV that no spreadsheet executes.

use crate::rows::{Cell, Sheet, sheets};
use crate::words::iso;
use crate::{DailyReport, file_stem};
use charts::Zone;

/// Stock, temperatures, excursions and proposals as (file name, bytes): UTF-8 with a byte order mark, so that Excel reads
/// Chinese right, commas, CRLF (RFC 4180). Numbers are plain decimals, days ISO 8601, times with the site's offset. A
/// section without rows is its header alone.
pub fn csv(report: &DailyReport) -> Vec<(String, Vec<u8>)> {
    let stem = file_stem(report);
    let sheets = sheets(report).into_iter().filter(|sheet| !sheet.file.is_empty());
    sheets.map(|sheet| (format!("{stem}-{}.csv", sheet.file), write(&sheet, &report.zone))).collect()
}

fn write(sheet: &Sheet, zone: &Zone) -> Vec<u8> {
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    {
        let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(&mut bytes);
        // Writing to memory does not fail.
        let _ = out.write_record(sheet.columns.iter().map(|(head, _)| head));
        for row in &sheet.rows {
            let _ = out.write_record(row.iter().map(|cell| text(cell, zone)));
        }
        let _ = out.flush();
    }
    bytes
}

fn text(cell: &Cell, zone: &Zone) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => inert(text),
        Cell::Count(n) => n.to_string(),
        Cell::Quantity(value) => value.to_string(),
        Cell::Milli(value) => value.to_string(),
        Cell::Money(value) => format!("{value:.2}"),
        Cell::Percent(value) => value.to_string(),
        Cell::Number(value, digits) if value.is_finite() => format!("{value:.digits$}"),
        Cell::Number(..) => String::new(),
        Cell::Day(day) => day.to_string(),
        Cell::Time(at) => iso(zone, *at),
    }
}

/// Text that starts like a formula gets an apostrophe (CSV injection): a spreadsheet then shows it as text.
fn inert(text: &str) -> String {
    // Spreadsheets trim before they look, so spaces in front don't make it safe, nor do full-width forms.
    let first = text.trim_start_matches([' ', '\u{a0}', '\u{feff}', '\u{3000}', '\n']).chars().next();
    if matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠')) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
