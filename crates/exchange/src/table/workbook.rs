//! A table as a workbook of one sheet: numbers as numbers, days as days, text as text and never as a formula.

use super::{Cell, Head, is_number, kept, refused};
use crate::error::Error;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use std::collections::BTreeMap;
use units::Day;

/// Rows of a sheet, its head included (Excel's limit).
const ROWS_MAX: u64 = 1_048_576;

/// What a cell holds at most (Excel's limit, in UTF-16 units).
const TEXT_MAX: usize = 32_767;

/// What a sheet's name holds at most (Excel's limit).
const NAME_MAX: usize = 31;

/// Digits that a number of a workbook keeps.
const DIGITS_MAX: usize = 15;

/// Widths of columns, in characters: as the widest of the first rows, between these.
const WIDTH: (usize, usize) = (8, 48);
const LOOKED_AT: u64 = 200;

pub(super) struct Book {
    sheet: Worksheet,
    title: String,
    on: Day,
    columns: usize,
    widths: Vec<usize>,
    /// Formats of numbers, by their decimals.
    numbers: BTreeMap<usize, Format>,
    day: Format,
}

fn excel(day: Day) -> Option<ExcelDateTime> {
    let (year, month, date) = day.civil();
    ExcelDateTime::from_ymd(u16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(date).ok()?)
        .ok()
}

/// Text that fits into a cell, without what XML can't hold.
fn cut(text: &str) -> String {
    let mut units = 0;
    text.chars()
        .filter(|c| !matches!(c, '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'))
        .take_while(|c| {
            units += c.len_utf16();
            units <= TEXT_MAX
        })
        .collect()
}

fn wide(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum()
}

impl Book {
    pub(super) fn begin(name: &str, on: Day, heads: &[Head]) -> Result<Self, Error> {
        let mut sheet = Worksheet::new();
        let title: String = name
            .chars()
            .filter(|c| !c.is_control() && !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\''))
            .take(NAME_MAX)
            .collect();
        if !title.trim().is_empty() {
            sheet.set_name(title.trim()).map_err(refused)?;
        }
        let bold = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::Bottom)
            .set_border_bottom(FormatBorder::Thin);
        for (at, head) in (0_u16..).zip(heads) {
            sheet.write_string_with_format(0, at, cut(&head.name), &bold).map_err(refused)?;
        }
        sheet.set_freeze_panes(1, 0).map_err(refused)?;
        sheet.set_repeat_rows(0, 0).map_err(refused)?;
        sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0).set_footer("&R&P / &N");
        Ok(Self {
            sheet,
            title: cut(name),
            on,
            columns: heads.len(),
            widths: heads.iter().map(|head| wide(&head.name).min(24)).collect(),
            numbers: BTreeMap::new(),
            day: Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
        })
    }

    /// The row of a number, from 1.
    pub(super) fn row(&mut self, number: u64, cells: &[Cell]) -> Result<(), Error> {
        if number >= ROWS_MAX {
            return Err(refused(format!("a sheet holds {} rows", ROWS_MAX - 1)));
        }
        let row = u32::try_from(number).unwrap_or(u32::MAX);
        for (column, cell) in (0_u16..).zip(cells) {
            let shown = self.put(row, column, cell).map_err(refused)?;
            if number <= LOOKED_AT
                && let Some(width) = self.widths.get_mut(usize::from(column))
            {
                *width = (*width).max(shown);
            }
        }
        Ok(())
    }

    /// Writes a cell and says how wide it is.
    fn put(&mut self, row: u32, column: u16, cell: &Cell) -> Result<usize, XlsxError> {
        match cell {
            Cell::Empty => Ok(0),
            Cell::Number(text)
                if is_number(text) && text.bytes().filter(u8::is_ascii_digit).count() <= DIGITS_MAX =>
            {
                if let Ok(number) = text.parse::<f64>() {
                    let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
                    let format = self.numbers.entry(decimals).or_insert_with(|| {
                        let pattern = if decimals == 0 {
                            "0".to_owned()
                        } else {
                            format!("0.{}", "0".repeat(decimals))
                        };
                        Format::new().set_num_format(pattern)
                    });
                    self.sheet.write_number_with_format(row, column, number, format)?;
                }
                Ok(text.len())
            }
            Cell::Day(day) => {
                if let Some(date) = excel(*day) {
                    self.sheet.write_datetime_with_format(row, column, &date, &self.day)?;
                } else {
                    self.sheet.write_string(row, column, day.to_string())?;
                }
                Ok(10)
            }
            Cell::Number(text) | Cell::Text(text) => {
                self.sheet.write_string(row, column, cut(&kept(text)))?;
                Ok(wide(text))
            }
        }
    }

    pub(super) fn finish(mut self, rows: u64) -> Result<Vec<u8>, Error> {
        for (at, width) in (0_u16..).zip(&self.widths) {
            let width = u32::try_from((*width).clamp(WIDTH.0, WIDTH.1) + 2).unwrap_or(10);
            self.sheet.set_column_width(at, f64::from(width)).map_err(refused)?;
        }
        if let (Ok(rows @ 1..), Some(last)) = (u32::try_from(rows), self.columns.checked_sub(1)) {
            self.sheet.autofilter(0, 0, rows, u16::try_from(last).unwrap_or(u16::MAX)).map_err(refused)?;
        }
        let mut book = Workbook::new();
        let mut properties = DocProperties::new().set_title(&self.title);
        // Without one the library would take the clock's.
        if let Some(made) = excel(self.on).or_else(|| excel(Day(0))) {
            properties = properties.set_creation_datetime(&made);
        }
        book.set_properties(&properties);
        book.push_worksheet(self.sheet);
        book.save_to_buffer().map_err(refused)
    }
}
