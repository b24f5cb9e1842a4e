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

const _: () = assert!(FIELD_BYTES_MAX <= RECORD_BYTES_MAX);
const _: () = assert!(HEAD_BYTES < EXPANDED_FREE_BYTES as usize);
