//! Fixed bounds of this room.

use std::time::Duration;

/// Messages in the queue. A message holds what one read brought, at most [`READ_BYTES`] of text, some 200 readings: a
/// full queue is under 20 MB.
pub const QUEUE_MESSAGES: usize = 1024;

/// Bytes taken from a port at once: the most a Linux terminal hands over.
pub const READ_BYTES: usize = 4096;

/// Raw bytes kept for a person to look at.
pub const TAIL_BYTES: usize = 4096;

/// Link events kept while the queue is full; the oldest go first.
pub const PENDING_EVENTS: usize = 32;

/// The first wait before a port is tried again.
pub const RETRY_FIRST: Duration = Duration::from_millis(200);

/// The longest wait before a port is tried again, before jitter.
pub const RETRY_MAX: Duration = Duration::from_secs(3);

/// Jitter in percent either way, so that ten ports of one hub are not opened in one moment.
pub const RETRY_JITTER_PERCENT: u64 = 25;

/// Opening a port or a connection that takes longer has failed.
pub const OPEN_MAX: Duration = Duration::from_secs(4);

/// A connection that is silent for this long may be half open; it is made anew. A wire needs no such thing.
pub const TCP_SILENCE_MAX: Duration = Duration::from_secs(15 * 60);

/// Faults are told this often.
pub const FAULTS_EVERY: Duration = Duration::from_secs(1);

// A port that is plugged in again is read within five seconds.
const _: () = assert!(RETRY_MAX.as_millis() as u64 * (100 + RETRY_JITTER_PERCENT) / 100 < 5_000);
