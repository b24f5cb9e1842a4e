//! Workbooks to rows: XLSX, XLS and ODS through `calamine`, after a look at what they would expand to.
//!
//! A workbook says of itself how large it is, and may lie: 511 KB of zip can hold 512 MiB, one cell in the last corner can ask for
//! seventeen billion. So each is walked once without keeping anything, every bound is checked at what really comes out, and only
//! then is it read. XLSX is read as a stream of cells; XLS and ODS are held whole, within `limits::CELLS_MAX`. A fault of the
//! reader itself ends as an error of this file.

use super::{Sheet, TableWriter, Writing, header_row};
use crate::error::{Error, ErrorKind};
use crate::limits::{
    CELLS_MAX, COLUMNS_MAX, SHEET_ROWS_MAX, SHEETS_MAX, WORKBOOK_BYTES_MAX, WORKBOOK_EXPANDED_MAX,
    WORKBOOK_FREE_BYTES, WORKBOOK_RATIO_MAX,
};
use calamine::{Data, DataRef, ExcelDateTime, Ods, Reader, Xls, Xlsx};
use quick_xml::events::{BytesStart, Event};
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use units::Stop;

/// Rows looked at to find the header.
const HEAD_ROWS: usize = 20;

pub(crate) struct Sheets {
    pub writing: Writing,
    pub table: Vec<u8>,
    pub sheets: Vec<Sheet>,
}

fn damaged(what: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::NotText,
        format!(
            "the workbook can't be read ({what}); open it in a spreadsheet and save it again, or save the sheet as CSV"
        ),
    )
}

fn too_large(what: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::TooLarge,
        format!(
            "the workbook {what}; no table of a warehouse does that, so it was not read. If it is genuine, save the sheet as CSV"
        ),
    )
}

pub(crate) fn read(
    file: &mut (impl Read + Seek),
    head: &[u8],
    sheet: Option<&str>,
    stop: &Stop,
) -> Result<Sheets, Error> {
    let size = file.seek(SeekFrom::End(0)).map_err(|fault| Error::io(0, fault))?;
    if size > WORKBOOK_BYTES_MAX {
        return Err(too_large(format!("is {} MB", size >> 20)));
    }
    file.seek(SeekFrom::Start(0)).map_err(|fault| Error::io(0, fault))?;
    let mut bytes = Vec::new();
    file.take(WORKBOOK_BYTES_MAX).read_to_end(&mut bytes).map_err(|fault| Error::io(0, fault))?;
    // The reader is not ours: a panic in it is a fault of this file, and of nothing else.
    catch_unwind(AssertUnwindSafe(|| {
        if head.starts_with(b"PK") { zipped(&bytes, sheet, stop) } else { old(&bytes, sheet, stop) }
    }))
    .unwrap_or_else(|_| Err(damaged("its reader gave up")))
}

fn zipped(bytes: &[u8], sheet: Option<&str>, stop: &Stop) -> Result<Sheets, Error> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if zip.len() > 10_000 {
        return Err(too_large(format!("has {} parts", zip.len())));
    }
    let mut ods = false;
    let mut xlsx = false;
    let mut expanded = 0_u64;
    for n in 0..zip.len() {
        let part = zip.by_index(n).map_err(damaged)?;
        let name = part.name().map_err(damaged)?.replace('\\', "/").to_ascii_lowercase();
        ods |= name == "content.xml";
        xlsx |= name == "xl/workbook.xml";
        let strings = name.ends_with("sharedstrings.xml");
        let before = expanded;
        let count = walk_part(part, &mut expanded, bytes.len() as u64, strings, stop)?;
        // Each of the strings takes four bytes of the part at the very least (`<si>`).
        if count > (expanded - before) / 4 {
            return Err(too_large(format!("says it holds {count} texts, which do not fit into it")));
        }
    }
    if xlsx {
        modern(bytes, sheet, stop)
    } else if ods {
        let part = zip.by_name("content.xml").map_err(damaged)?;
        measure_ods(part, stop)?;
        open_document(bytes, sheet, stop)
    } else {
        Err(Error::new(
            ErrorKind::NotText,
            "the file is a zip archive without a workbook in it; unpack it, then import the table inside",
        ))
    }
}

/// Unpacks a part into nothing: how much comes out in all, and how many strings it says it holds.
fn walk_part(
    mut part: impl Read,
    expanded: &mut u64,
    packed: u64,
    strings: bool,
    stop: &Stop,
) -> Result<u64, Error> {
    const MARK: &[u8] = b"uniqueCount";
    let mut piece = vec![0_u8; 64 * 1024];
    // What the last piece ended with: the mark may lie across two.
    let mut tail: Vec<u8> = Vec::new();
    let mut count = 0;
    loop {
        if stop.asked() {
            return Err(Error::stopped(0));
        }
        let read = match part.read(&mut piece) {
            Ok(0) => return Ok(count),
            Ok(read) => read,
            Err(fault) => return Err(damaged(fault)),
        };
        *expanded += read as u64;
        if *expanded > WORKBOOK_EXPANDED_MAX
            || (*expanded > WORKBOOK_FREE_BYTES && *expanded / packed.max(1) > WORKBOOK_RATIO_MAX)
        {
            return Err(too_large(format!(
                "unpacks to more than {} MB from {} KB",
                *expanded >> 20,
                packed >> 10
            )));
        }
        if strings {
            tail.extend_from_slice(&piece[..read]);
            if tail.starts_with(&[0xFF, 0xFE]) || tail.starts_with(&[0xFE, 0xFF]) {
                return Err(damaged("its texts are not in UTF-8"));
            }
            for at in memchr_all(&tail, MARK) {
                let digits: String = tail[at + MARK.len()..]
                    .iter()
                    .take(40)
                    .skip_while(|byte| !byte.is_ascii_digit())
                    .take_while(|byte| byte.is_ascii_digit())
                    .map(|byte| char::from(*byte))
                    .collect();
                count = count.max(digits.parse().unwrap_or(if digits.is_empty() { 0 } else { u64::MAX }));
            }
            let keep = tail.len().min(64);
            tail.drain(..tail.len() - keep);
        }
    }
}

fn memchr_all<'a>(bytes: &'a [u8], mark: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    bytes.windows(mark.len()).enumerate().filter(move |(_, window)| *window == mark).map(|(at, _)| at)
}

type Taker<'a> = dyn FnMut(u64, Vec<String>) -> Result<ControlFlow<()>, Error> + 'a;

/// What every workbook can do: name its sheets and hand over the rows of one.
trait Book {
    fn names(&self) -> Vec<String>;
    fn rows(&mut self, name: &str, take: &mut Taker<'_>) -> Result<(), Error>;
}

struct Modern<'a>(Xlsx<Cursor<&'a [u8]>>);

impl Book for Modern<'_> {
    fn names(&self) -> Vec<String> {
        self.0.sheet_names()
    }

    fn rows(&mut self, name: &str, take: &mut Taker<'_>) -> Result<(), Error> {
        let mut cells = self.0.worksheet_cells_reader(name).map_err(damaged)?;
        let (mut at, mut row) = (0_u32, Vec::new());
        while let Some(cell) = cells.next_cell().map_err(damaged)? {
            let (line, column) = cell.get_position();
            if line != at {
                if take(u64::from(at) + 1, std::mem::take(&mut row))?.is_break() {
                    return Ok(());
                }
                at = line;
            }
            if u64::from(line) >= SHEET_ROWS_MAX {
                return Err(too_large(format!("has a row {line}")));
            }
            let text = match cell.get_value() {
                DataRef::SharedString(text) => (*text).to_owned(),
                DataRef::String(text) => text.clone(),
                DataRef::Int(number) => number.to_string(),
                DataRef::Float(number) => float(*number),
                DataRef::Bool(value) => truth(*value),
                DataRef::DateTime(moment) => moment_text(moment),
                DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
                DataRef::Error(fault) => fault.to_string(),
                DataRef::Empty => String::new(),
            };
            put(&mut row, column as usize, text.trim())?;
        }
        take(u64::from(at) + 1, row).map(|_| ())
    }
}

/// A book whose sheets are held whole.
struct Held {
    sheets: Vec<(String, calamine::Range<Data>)>,
}

impl Book for Held {
    fn names(&self) -> Vec<String> {
        self.sheets.iter().map(|(name, _)| name.clone()).collect()
    }

    fn rows(&mut self, name: &str, take: &mut Taker<'_>) -> Result<(), Error> {
        let Some((_, range)) = self.sheets.iter().find(|(own, _)| own == name) else { return Ok(()) };
        let (top, left) = range.start().unwrap_or_default();
        for (n, cells) in range.rows().enumerate() {
            let mut row = Vec::new();
            for (column, cell) in cells.iter().enumerate() {
                let text = match cell {
                    Data::String(text) => text.clone(),
                    Data::Int(number) => number.to_string(),
                    Data::Float(number) => float(*number),
                    Data::Bool(value) => truth(*value),
                    Data::DateTime(moment) => moment_text(moment),
                    Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
                    Data::Error(fault) => fault.to_string(),
                    Data::Empty => continue,
                };
                put(&mut row, left as usize + column, text.trim())?;
            }
            if take(u64::from(top) + n as u64 + 1, row)?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }
}

fn put(row: &mut Vec<String>, column: usize, text: &str) -> Result<(), Error> {
    if text.is_empty() {
        return Ok(());
    }
    if column >= COLUMNS_MAX {
        return Err(too_large(format!("has something in column {}", column + 1)));
    }
    if row.len() <= column {
        row.resize(column + 1, String::new());
    }
    text.clone_into(&mut row[column]);
    Ok(())
}

/// Whole numbers without a point, others as short as they read back the same.
fn float(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 { format!("{number:.0}") } else { format!("{number}") }
}

fn truth(value: bool) -> String {
    if value { "TRUE".to_owned() } else { "FALSE".to_owned() }
}

/// A serial date as ISO 8601 without an offset: a spreadsheet knows no zone, so none is made up.
fn moment_text(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let days = moment.as_f64();
    if moment.is_duration() || (0.0..1.0).contains(&days) {
        let minutes = (days * 1440.0).round() as i64;
        return format!("{:02}:{:02}", minutes / 60, minutes % 60);
    }
    if (hour, minute, second) == (0, 0, 0) {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
    }
}

fn modern(bytes: &[u8], sheet: Option<&str>, stop: &Stop) -> Result<Sheets, Error> {
    let book = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    take_sheet(&mut Modern(book), Writing::Xlsx, sheet, stop)
}

fn open_document(bytes: &[u8], sheet: Option<&str>, stop: &Stop) -> Result<Sheets, Error> {
    let mut book: Ods<_> = Ods::new(Cursor::new(bytes)).map_err(damaged)?;
    let sheets = book.worksheets();
    take_sheet(&mut Held { sheets }, Writing::Ods, sheet, stop)
}

fn old(bytes: &[u8], sheet: Option<&str>, stop: &Stop) -> Result<Sheets, Error> {
    measure_xls(bytes, stop)?;
    let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(damaged)?;
    let sheets = book.worksheets();
    take_sheet(&mut Held { sheets }, Writing::Xls, sheet, stop)
}

/// Chooses a sheet (the one asked for, else the first whose columns are known, else the first with rows) and writes it out.
fn take_sheet(
    book: &mut dyn Book,
    writing: Writing,
    asked: Option<&str>,
    stop: &Stop,
) -> Result<Sheets, Error> {
    let names = book.names();
    if names.len() > SHEETS_MAX {
        return Err(too_large(format!("has {} sheets", names.len())));
    }
    let mut heads = Vec::new();
    for name in &names {
        let mut head: Vec<(u64, Vec<String>)> = Vec::new();
        book.rows(name, &mut |line, cells| {
            if cells.iter().any(|cell| !cell.is_empty()) {
                head.push((line, cells));
            }
            Ok(if head.len() < HEAD_ROWS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        heads.push(header_row(&head, name));
    }
    let chosen = match asked {
        Some(asked) => names.iter().position(|name| name == asked).ok_or_else(|| {
            let text = format!("there is no sheet {asked} in it; its sheets are {}", names.join(", "));
            Error::new(ErrorKind::MissingColumn, text)
        })?,
        None => heads
            .iter()
            .position(|head| head.is_some_and(|(_, layout)| layout.is_some()))
            .or_else(|| heads.iter().position(Option::is_some))
            .ok_or_else(|| Error::new(ErrorKind::MissingColumn, "the workbook has no rows on any sheet"))?,
    };
    let Some((first, _)) = heads[chosen] else {
        return Err(Error::new(ErrorKind::MissingColumn, format!("the sheet {} has no rows", names[chosen])));
    };
    let mut table = TableWriter::new();
    book.rows(&names[chosen], &mut |line, cells| {
        if line.is_multiple_of(1024) && stop.asked() {
            return Err(Error::stopped(line));
        }
        if line >= first {
            table.row(line, &cells)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let sheets = names
        .into_iter()
        .zip(heads)
        .enumerate()
        .map(|(n, (name, head))| Sheet {
            name,
            layout: head.and_then(|(_, layout)| layout),
            chosen: n == chosen,
        })
        .collect();
    Ok(Sheets { writing, table: table.finish(), sheets })
}

/// Walks the rows of an OpenDocument sheet without keeping them: cells and rows that repeat are counted as often as they do.
fn measure_ods(part: impl Read, stop: &Stop) -> Result<(), Error> {
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(part));
    reader.config_mut().check_end_names = false;
    let mut buffer = Vec::new();
    // The sheet so far: rows up to the last that holds something, and its widest row.
    let (mut rows, mut rows_filled, mut widest, mut cells) = (0_u64, 0_u64, 0_u64, 0_u64);
    let (mut row_repeats, mut columns, mut filled, mut cell_repeats) = (1_u64, 0_u64, 0_u64, 1_u64);
    let mut events = 0_u64;
    loop {
        events += 1;
        if events.is_multiple_of(4096) && stop.asked() {
            return Err(Error::stopped(0));
        }
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(damaged)?;
        let empty = matches!(event, Event::Empty(_));
        match event {
            Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                "table:table-row" => {
                    row_repeats = repeats(&tag, "table:number-rows-repeated");
                    (columns, filled) = (0, 0);
                }
                "table:table-cell" | "table:covered-table-cell" => {
                    cell_repeats = repeats(&tag, "table:number-columns-repeated");
                    columns = columns.saturating_add(cell_repeats);
                    let valued = tag.attributes().with_checks(false).flatten().any(|attribute| {
                        let key = attribute.key;
                        let key = key.as_ref();
                        key.starts_with("office:") || key == "table:formula"
                    });
                    if valued || !empty {
                        filled = columns;
                    }
                }
                _ => {}
            },
            Event::End(tag) => match tag.name().as_ref() {
                "table:table-row" => {
                    rows = rows.saturating_add(row_repeats);
                    if filled > 0 {
                        rows_filled = rows;
                        widest = widest.max(filled);
                    }
                }
                "table:table" => {
                    cells = cells.saturating_add(rows_filled.saturating_mul(widest));
                    (rows, rows_filled, widest) = (0, 0, 0);
                }
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
        let held = cells.saturating_add(rows_filled.saturating_mul(widest)).saturating_add(filled);
        if held > CELLS_MAX {
            return Err(too_large(format!("repeats cells up to {held} of them")));
        }
    }
    let _ = cell_repeats;
    Ok(())
}

fn repeats(tag: &BytesStart<'_>, name: &str) -> u64 {
    tag.attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.as_ref() == name)
        .and_then(|attribute| attribute.value.trim().parse().ok())
        .unwrap_or(1)
}

/// Walks the records of an old workbook: how far its cells reach, sheet by sheet.
fn measure_xls(bytes: &[u8], stop: &Stop) -> Result<(), Error> {
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(damaged)?;
    let name = ["/Workbook", "/Book", "/WORKBOOK", "/BOOK"].into_iter().find(|name| file.is_stream(name));
    let Some(name) = name else {
        return Err(Error::new(ErrorKind::NotText, "the file is an Office document, but no workbook"));
    };
    let mut stream = Vec::new();
    let part = file.open_stream(name).map_err(damaged)?;
    part.take(WORKBOOK_BYTES_MAX).read_to_end(&mut stream).map_err(damaged)?;
    let two =
        |data: &[u8], at: usize| data.get(at..at + 2).map(|b| u64::from(u16::from_le_bytes([b[0], b[1]])));
    let four = |data: &[u8], at: usize| {
        data.get(at..at + 4).map(|b| u64::from(u32::from_le_bytes([b[0], b[1], b[2], b[3]])))
    };
    let mut starts: Vec<usize> = Vec::new();
    let mut walked = 0_u64;
    let mut total = 0_u64;
    // First the book, which names where its sheets begin, then each sheet.
    let mut next = Some(0_usize);
    let mut book = true;
    let mut remaining: Vec<usize> = Vec::new();
    while let Some(from) = next {
        let (mut at, mut depth) = (from, 0_u32);
        let (mut bottom, mut right, mut top, mut left) = (0_u64, 0_u64, u64::MAX, u64::MAX);
        while let (Some(kind), Some(length)) = (two(&stream, at), two(&stream, at + 2)) {
            walked += 1;
            if walked > 40_000_000 || (walked.is_multiple_of(65_536) && stop.asked()) {
                return Err(too_large("has more records than a workbook can"));
            }
            let end = (at + 4).saturating_add(length as usize).min(stream.len());
            let data = stream.get(at + 4..end).unwrap_or_default();
            at = end;
            match kind {
                0x0809 => depth += 1,
                0x000A => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        break;
                    }
                }
                0x0085 if book => starts.extend(four(data, 0).map(|start| start as usize)),
                0x0200 => {
                    let (a, b, c, d) = if data.len() >= 14 {
                        (four(data, 0), four(data, 4), two(data, 8), two(data, 10))
                    } else {
                        (two(data, 0), two(data, 2), two(data, 4), two(data, 6))
                    };
                    if let (Some(a), Some(b), Some(c), Some(d)) = (a, b, c, d) {
                        let area = b.saturating_sub(a).saturating_mul(d.saturating_sub(c));
                        if area > CELLS_MAX || b.max(1) < a || d.max(1) < c {
                            return Err(too_large(format!("says it has {area} cells on a sheet")));
                        }
                    }
                }
                0x0203 | 0x0204 | 0x0205 | 0x00D6 | 0x027E | 0x00FD | 0x00BD | 0x0006 => {
                    if let (Some(row), Some(column)) = (two(data, 0), two(data, 2)) {
                        let last =
                            if kind == 0x00BD { two(data, data.len().saturating_sub(2)) } else { None };
                        (top, bottom) = (top.min(row), bottom.max(row));
                        (left, right) = (left.min(column), right.max(column).max(last.unwrap_or(0)));
                    }
                }
                _ => {}
            }
        }
        if top <= bottom {
            total = total.saturating_add((bottom - top + 1).saturating_mul(right.saturating_sub(left) + 1));
        }
        if total > CELLS_MAX {
            return Err(too_large(format!("reaches over {total} cells")));
        }
        if book {
            book = false;
            if starts.len() > SHEETS_MAX {
                return Err(too_large(format!("has {} sheets", starts.len())));
            }
            if starts.iter().any(|start| *start >= stream.len()) {
                return Err(damaged("a sheet begins behind its end"));
            }
            remaining = std::mem::take(&mut starts);
        }
        next = remaining.pop();
    }
    Ok(())
}
