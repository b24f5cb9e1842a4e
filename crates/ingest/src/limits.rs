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

/// The largest MQTT packet that is taken into memory; a larger message is skipped as it comes, counted and acknowledged.
pub const PACKET_BYTES_MAX: usize = protocols::json::PAYLOAD_BYTES_MAX + 64 * 1024 + 16;

/// The largest answer over HTTP; reading ends there.
pub const BODY_BYTES_MAX: usize = protocols::json::PAYLOAD_BYTES_MAX;

/// Bytes of one message shown in the tail.
pub const SHOWN_BYTES: usize = 512;

/// Messages of a source that can wait, held while the queue is full: then nothing more is read from it.
pub const WAITING_MAX: usize = 256;

/// Messages remembered after they were handed on, to know them again when a broker delivers them a second time.
pub const REMEMBERED_MAX: usize = 4096;

/// What an MQTT broker is promised: to hear from us within this time.
pub const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// How long a driver that is stopped waits for what it handed on to be stored, to acknowledge it.
pub const STOP_MAX: Duration = Duration::from_secs(3);

/// An answer over HTTP that takes longer has failed, from connecting to the last byte.
pub const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Nobody is asked more often than this over HTTP.
pub const ASK_MIN: Duration = Duration::from_millis(50);

/// A failing HTTP endpoint is asked again after its interval, but no later than this.
pub const ASK_AGAIN_MAX: Duration = Duration::from_secs(30);

/// Faults are told this often.
pub const FAULTS_EVERY: Duration = Duration::from_secs(1);

// A port that is plugged in again is read within five seconds.
const _: () = assert!(RETRY_MAX.as_millis() as u64 * (100 + RETRY_JITTER_PERCENT) / 100 < 5_000);

// Whatever is on its way through the queue is remembered until it is stored.
const _: () = assert!(REMEMBERED_MAX > 2 * (WAITING_MAX + QUEUE_MESSAGES));

// A ping goes out twice in the promised time, and its answer is missed within it.
const _: () = assert!(KEEP_ALIVE.as_secs() >= 4);
