//! Fixed bounds of the store, each with its unit and where it comes from.

/// Corrections of order lines that an import tells of one by one; the count is of all.
pub const CORRECTIONS_TOLD_MAX: u32 = 500;

/// Writes that may wait for a file's writer before the next caller waits itself.
pub const WRITES_WAITING_MAX: usize = 64;

/// Read-only connections kept open per file; more are opened while more threads read at once, then closed.
pub const READERS_KEPT: usize = 4;

/// Order lines in one hand-over to the writer: some 400 KB.
pub const LINES_PER_CHUNK: usize = 4096;

/// Chunks of order lines that may wait for the writer: with [`LINES_PER_CHUNK`] some 2 MB.
pub const CHUNKS_WAITING_MAX: usize = 4;

/// Distinct (item, day) sums gathered before they are added to `item_day`: some 4 MB.
pub const SUMS_GATHERED_MAX: usize = 65_536;

/// The largest quantity of one order line, in thousandths: ten thousand million units. A million such lines on one
/// day still add up within 64 bits.
pub const QUANTITY_MAX: u64 = 10_000_000_000_000;

/// The largest amount of one order line, in hundredths.
pub const AMOUNT_MAX: u64 = 1_000_000_000_000_000;

/// Page cache of the records' writer in KiB: holds the upper and most leaf pages of a million order lines.
pub const WRITER_CACHE_KIB: i64 = 48 * 1024;

/// Page cache in KiB of a writer of readings, which seldom sees a page again: more would only fill with an hour's pages.
pub const READINGS_CACHE_KIB: i64 = 8 * 1024;

/// Page cache of a reader in KiB.
pub const READER_CACHE_KIB: i64 = 4 * 1024;

/// The most buckets a series has, however many are asked for.
pub const BUCKETS_MAX: u32 = 10_000;

/// The most rows one page or list holds, however many are asked for.
pub const ROWS_MAX: u32 = 100_000;

/// Room kept for the day the disk is full, in bytes: some hundred thousand alarm transitions, and the log they go through.
pub const BALLAST_BYTES: u64 = 16 * 1024 * 1024;

/// Pages of 4 KiB that a backup copies before it looks whether it was asked to stop: 4 MiB, some ten milliseconds.
pub const BACKUP_PAGES_PER_STEP: i32 = 1024;

/// The longest manifest of a backup: ten years of months at a kilobyte each, many times over.
pub const MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Readings of one channel that make a chunk full: an hour at 1 Hz. A full chunk is written anew only for late readings.
pub const CHUNK_FULL: usize = 4_096;

/// The most readings a chunk is written with. Decoding takes some 0.2 ms of it.
pub const CHUNK_POINTS_MAX: usize = 8_192;

/// Readings that one commit gathers from the batches that wait, if more than one batch does.
pub const COMMIT_READINGS_MAX: usize = 10_000;

/// Readings in the journal from which on they are packed into the month's file; in memory some 48 bytes each.
pub const JOURNAL_PACK_FROM: usize = 262_144;

/// Readings that are packed in one transaction of a month, about: some 0.2 s.
pub const PACK_READINGS_MAX: usize = 393_216;

/// Readings in the journal from which on a batch is held up a little, the more the fuller it is: packing is behind.
pub const JOURNAL_SLOW_FROM: usize = 600_000;

/// Readings in the journal beyond which a batch waits for the packing: 80 MB of memory.
pub const JOURNAL_READINGS_MAX: usize = 1_600_000;

/// How long a batch is held up before the journal is full, in ms.
pub const JOURNAL_SLOW_MS: usize = 60;

/// Values kept for one channel, time and sequence; the next goes under the next sequence.
pub const COPIES_MAX: usize = 1_000;

/// Month files kept open at once: a year and a quarter.
pub const MONTHS_OPEN_MAX: usize = 16;

/// Readings up to which pieces of the journal are put together in memory.
pub const SEGMENT_MERGE_MAX: usize = 4_096;

/// Broken chunks that may wait to be moved aside.
pub const BROKEN_WAITING_MAX: usize = 1_000;

const _: () = assert!(CHUNK_POINTS_MAX + COPIES_MAX < crate::chunk::POINTS_MAX);
const _: () = assert!((i64::MAX as u64) / QUANTITY_MAX > 900_000);
const _: () = assert!(WRITES_WAITING_MAX > CHUNKS_WAITING_MAX);
