//! Bounds on what a file may make us hold.

/// Bytes looked at to tell what a file is.
pub const HEAD_BYTES: usize = 256 * 1024;

/// A field of a CSV record.
pub const FIELD_BYTES_MAX: usize = 64 * 1024;

/// A whole record: a quote that is never closed is noticed here.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// Columns of a file.
pub const COLUMNS_MAX: usize = 500;

/// Findings kept with their text; all are counted.
pub const FINDINGS_KEPT: usize = 10_000;

/// Rows handed over at a time: at some 200 bytes a row, under 2 MB.
pub const CHUNK_ROWS: usize = 8_192;

/// A compressed file may grow this much once it is past [`EXPANDED_FREE_BYTES`]; CSV of order lines grows 5 to 10 times.
pub const EXPANSION_MAX: u64 = 200;

/// Below this no ratio is asked for.
pub const EXPANDED_FREE_BYTES: u64 = 64 * 1024 * 1024;

/// Expanded bytes of one file.
pub const EXPANDED_BYTES_MAX: u64 = 16 * 1024 * 1024 * 1024;

/// A workbook as it lies on the disk; it is held whole while it is read.
pub const WORKBOOK_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// All parts of a workbook unpacked.
pub const WORKBOOK_EXPANDED_MAX: u64 = 512 * 1024 * 1024;

/// Below this no ratio is asked for.
pub const WORKBOOK_FREE_BYTES: u64 = 32 * 1024 * 1024;

/// Sheets of numbers pack to a tenth or twentieth; what packs better than this was made to.
pub const WORKBOOK_RATIO_MAX: u64 = 100;

/// Sheets of a workbook.
pub const SHEETS_MAX: usize = 200;

/// Rows of a sheet, as spreadsheets have them.
pub const SHEET_ROWS_MAX: u64 = 1_048_576;

/// Cells of workbooks that are held whole (XLS, ODS), empty ones between them too: at 32 bytes each 128 MB.
pub const CELLS_MAX: u64 = 4_000_000;

/// The text of a workbook's sheet, of a list of objects or of an interchange once it is a table.
pub const TABLE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// JSON and EDI as they lie on the disk.
pub const DOCUMENT_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// A segment of an interchange.
pub const SEGMENT_BYTES_MAX: usize = 64 * 1024;

/// Segments of an interchange.
pub const SEGMENTS_MAX: u64 = 5_000_000;

const _: () = assert!(FIELD_BYTES_MAX <= RECORD_BYTES_MAX);
const _: () = assert!(HEAD_BYTES < EXPANDED_FREE_BYTES as usize);
