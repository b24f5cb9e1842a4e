//! What a file is: compressed or not, its encoding, its delimiter, whether it has a header.

use crate::error::{Error, ErrorKind};
use crate::limits::HEAD_BYTES;
use std::io::Read;

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// Tab.
    Tab,
    /// `|`
    Pipe,
}

impl Delimiter {
    /// All of them, likeliest first.
    pub const ALL: [Self; 4] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe];

    /// Its byte.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// How characters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// UTF-16, low byte first (Excel's "Unicode text").
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// GB 18030, which reads GBK and GB 2312 too.
    Gb18030,
    /// Windows-1252, which reads Latin-1 too.
    Windows1252,
}

impl Encoding {
    pub(crate) fn decoder(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Gb18030 => encoding_rs::GB18030,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        }
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Compressed by gzip.
    pub gzip: bool,
    /// A byte order mark stands first.
    pub bom: bool,
    /// How characters are written.
    pub encoding: Encoding,
    /// What stands between two fields.
    pub delimiter: Delimiter,
    /// The first row names the columns.
    pub header: bool,
    /// A first line `sep=;`, as Excel writes and reads it, stands before the header.
    pub separator_line: bool,
}

/// Names the things people pick by mistake, so that the message can say what to do.
fn look_alike(head: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 9] = [
        (b"PK\x03\x04", "a workbook or a zip archive; save the sheet as CSV, then import that"),
        (b"\xD0\xCF\x11\xE0", "an old Excel workbook (.xls); save the sheet as CSV, then import that"),
        (b"%PDF", "a PDF; export the table as CSV instead"),
        (b"\x89PNG", "a picture"),
        (b"\xFF\xD8\xFF", "a picture"),
        (b"PAR1", "a Parquet file; export it as CSV"),
        (b"SQLite format 3", "a database"),
        (b"7z\xBC\xAF", "a 7z archive; unpack it first"),
        (b"\x28\xB5\x2F\xFD", "a zstd archive; unpack it first"),
    ];
    kinds.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name)
}

/// Tells how a file is written from its first bytes (as they are in the file; [`HEAD_BYTES`] are enough).
pub fn sniff(head: &[u8]) -> Result<Format, Error> {
    let gzip = head.starts_with(&[0x1f, 0x8b]);
    if !gzip {
        return sniff_text(head, false);
    }
    let mut expanded = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(head);
    let mut piece = [0_u8; 16 * 1024];
    // The head ends inside the stream, so an error after some bytes is expected here; a damaged file shows when it is read.
    while expanded.len() < HEAD_BYTES {
        match decoder.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(n) => expanded.extend_from_slice(&piece[..n]),
        }
    }
    if expanded.is_empty() && head.len() > 64 {
        return Err(Error::new(
            ErrorKind::Truncated,
            "the file says it is compressed by gzip, but nothing can be unpacked from it; copy or download it again",
        ));
    }
    sniff_text(&expanded, true)
}

fn sniff_text(head: &[u8], gzip: bool) -> Result<Format, Error> {
    if head.is_empty() {
        return Err(Error::new(
            ErrorKind::MissingColumn,
            "the file is empty; a first row that names the columns is needed",
        ));
    }
    if let Some(name) = look_alike(head) {
        return Err(Error::new(ErrorKind::NotText, format!("the file is not text but {name}")));
    }
    let (encoding, bom) = encoding_of(head)?;
    let (text, _) = encoding.decoder().decode_with_bom_removal(head);
    let control = text
        .chars()
        .filter(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{1d}' | '\u{1e}'))
        .count();
    if control * 50 > text.chars().count() {
        return Err(not_text());
    }
    let mut text: &str = &text;
    let mut forced = None;
    let first_line = text.lines().next().unwrap_or("");
    let separator_line = first_line.trim().to_ascii_lowercase().starts_with("sep=");
    if separator_line {
        forced = first_line
            .trim()
            .get(4..)
            .and_then(|rest| if rest.is_empty() { Some(b'\t') } else { rest.bytes().next() })
            .and_then(|byte| Delimiter::ALL.into_iter().find(|delimiter| delimiter.byte() == byte));
        text = text.get(first_line.len()..).map_or("", |rest| rest.trim_start_matches(['\r', '\n']));
    }
    let delimiter = forced.unwrap_or_else(|| delimiter_of(text));
    Ok(Format { gzip, bom, encoding, delimiter, header: has_header(text, delimiter), separator_line })
}

fn not_text() -> Error {
    Error::new(ErrorKind::NotText, "the file is not text; export the table as CSV, then import that")
}

fn encoding_of(head: &[u8]) -> Result<(Encoding, bool), Error> {
    if head.starts_with(&[0xEF, 0xBB, 0xBF]) {
        return Ok((Encoding::Utf8, true));
    }
    if head.starts_with(&[0xFF, 0xFE]) {
        return Ok((Encoding::Utf16Le, true));
    }
    if head.starts_with(&[0xFE, 0xFF]) {
        return Ok((Encoding::Utf16Be, true));
    }
    let zeros = head.iter().filter(|byte| **byte == 0).count();
    if zeros > 0 {
        // Text in UTF-16 without a mark: nearly every second byte of ASCII is zero, always on the same side.
        let odd = head.iter().skip(1).step_by(2).filter(|byte| **byte == 0).count();
        let even = zeros - odd;
        if odd * 5 > head.len() && even * 50 < head.len() {
            return Ok((Encoding::Utf16Le, false));
        }
        if even * 5 > head.len() && odd * 50 < head.len() {
            return Ok((Encoding::Utf16Be, false));
        }
        return Err(not_text());
    }
    match std::str::from_utf8(head) {
        Ok(_) => return Ok((Encoding::Utf8, false)),
        // Cut inside a character by the end of the head.
        Err(fault) if fault.error_len().is_none() => return Ok((Encoding::Utf8, false)),
        Err(_) => {}
    }
    // The head may end inside a character of GB 18030 (up to four bytes): judge without the last line.
    let whole = head.iter().rposition(|byte| *byte == b'\n').map_or(head, |end| &head[..end]);
    let (text, faults) = encoding_rs::GB18030.decode_without_bom_handling(whole);
    let common = text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
    let high = whole.iter().filter(|byte| **byte >= 0x80).count();
    // Latin-1 text now and then decodes as GB 18030; then its high bytes swallow the letter after them. Two bytes of a
    // Chinese text are (nearly) always both high.
    if !faults && common * 3 >= high {
        return Ok((Encoding::Gb18030, false));
    }
    Ok((Encoding::Windows1252, false))
}

/// The delimiter that splits the first lines into the same number of fields, at least two.
fn delimiter_of(text: &str) -> Delimiter {
    let score = |delimiter: Delimiter| -> (usize, usize) {
        let widths: Vec<usize> = records(text, delimiter).take(30).map(|record| record.len()).collect();
        let Some(first) = widths.first().copied().filter(|width| *width > 1) else { return (0, 0) };
        // The last record may be cut by the end of the head.
        (widths.iter().filter(|width| **width == first).count() * 100 / widths.len(), first)
    };
    let mut best = (Delimiter::Comma, (0, 0));
    for delimiter in Delimiter::ALL {
        let found = score(delimiter);
        if found > best.1 {
            best = (delimiter, found);
        }
    }
    best.0
}

fn records(text: &str, delimiter: Delimiter) -> impl Iterator<Item = csv::StringRecord> + '_ {
    csv::ReaderBuilder::new()
        .delimiter(delimiter.byte())
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes())
        .into_records()
        .map_while(Result::ok)
}

/// A header has no empty or numeric name among its first fields; data rows of our kinds hold a number somewhere.
pub(crate) fn has_header(text: &str, delimiter: Delimiter) -> bool {
    let Some(first) = records(text, delimiter).next() else { return false };
    let data_like = |field: &str| {
        let field = field.trim();
        field.bytes().next().is_some_and(|byte| byte.is_ascii_digit() || byte == b'-')
            && field.bytes().any(|byte| byte.is_ascii_digit())
            && field.chars().filter(|c| c.is_alphabetic()).count() <= 1
    };
    first.iter().any(|field| !field.trim().is_empty()) && !first.iter().any(data_like)
}
