//! Fixed bounds of this room.

use std::time::Duration;

/// Messages in the queue. A message holds what one read brought, at most [`READ_BYTES`] of text, some 200 readings: a
/// full queue is under 20 MB.
pub const QUEUE_MESSAGES: usize = 1024;

/// Bytes taken from a port at once: the most a Linux terminal hands over.
pub const READ_BYTES: usize = 4096;

/// The largest datagram there is.
pub const DATAGRAM_BYTES_MAX: usize = 65_536;

/// Raw bytes kept for a person to look at.
pub const TAIL_BYTES: usize = 4096;

/// Pieces of them, each with its instant.
pub const PIECES_MAX: usize = 256;

/// Round trips kept, for their spread.
pub const ROUND_TRIPS_KEPT: usize = 128;

/// Readings of a line held while the queue is full, before any are shed: with their names 0.25 MB.
pub const HELD_READINGS_MAX: usize = 2_000;

/// While the queue is full a line is read this many times as fast as its wire can bring bytes: whatever comes faster comes
/// from something that can wait, and does.
pub const PACE_TIMES: u64 = 2;

/// What a wire behind a device server is taken for, bits a second.
pub const SERVER_BAUD: u32 = 115_200;

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

/// Looking whether anything listens at an address takes so long at most.
pub const LOOK_MAX: Duration = Duration::from_millis(300);

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

/// What a broker of MQTT 5 is asked to keep a session for after the connection ended: a console that is off for a holiday
/// misses nothing. One of 3.1.1 keeps it for as long as it likes.
pub const SESSION_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Messages a broker of MQTT 5 may send before the first of them is acknowledged.
pub const RECEIVE_MAX: u16 = 64;

/// Topics that a broker of MQTT 5 may give a number.
pub const TOPIC_ALIASES_MAX: u16 = 64;

/// A message that takes longer to come is given up: [`PACKET_BYTES_MAX`] at 1.6 KB a second.
pub const PACKET_TIME_MAX: Duration = Duration::from_secs(120);

/// Characters that are shown of what somebody else says in an error.
pub const SAID_CHARS: usize = 200;

/// How long a driver that is stopped waits for what it handed on to be stored, to acknowledge it; and for an answer it asked for.
pub const STOP_MAX: Duration = Duration::from_secs(3);

/// An answer over HTTP that takes longer has failed, from connecting to the last byte.
pub const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Nobody is asked more often than this over HTTP.
pub const ASK_MIN: Duration = Duration::from_millis(50);

/// A failing HTTP endpoint is asked again after its interval, but no later than this.
pub const ASK_AGAIN_MAX: Duration = Duration::from_secs(30);

/// A line that could not be opened is not tried again by another device before.
pub const REOPEN_MIN: Duration = Duration::from_millis(500);

/// After so many requests in a row without an answer a connection is made anew: it may be half open.
pub const SILENT_IN_A_ROW_MAX: u32 = 3;

/// An address that a Modbus slave refuses is asked for again after this time.
pub const REFUSED_AGAIN: Duration = Duration::from_secs(60);

/// Connections to our own listener at once; more wait.
pub const POSTERS_MAX: usize = 64;

/// The head of a request to it that takes longer ends the connection.
pub const HEAD_MAX: Duration = Duration::from_secs(10);

/// A body that takes longer is refused. With [`POSTERS_MAX`] bodies of [`BODY_BYTES_MAX`] all of them are 8 MB.
pub const POST_MAX: Duration = Duration::from_secs(10);

/// Who posted and did not hear within this time that it is stored is told to send again.
pub const STORE_MAX: Duration = Duration::from_secs(20);

/// Posts for one device that wait for it to look at them.
pub const POSTS_WAITING: usize = 16;

/// Our own listener may be closed for so long, while it is opened or moved, before those who are posted for are lost.
pub const MOVED_MAX: Duration = Duration::from_secs(2);

/// Those who posted and are not known, kept for a person to look at; the oldest go first.
pub const HEARD_MAX: usize = 64;

/// Faults are told this often.
pub const FAULTS_EVERY: Duration = Duration::from_secs(1);

// A port that is plugged in again is read within five seconds.
const _: () = assert!(RETRY_MAX.as_millis() as u64 * (100 + RETRY_JITTER_PERCENT) / 100 < 5_000);

// Whatever is on its way through the queue is remembered until it is stored.
const _: () = assert!(REMEMBERED_MAX > 2 * (WAITING_MAX + QUEUE_MESSAGES));

// What a broker may send at once finds its place, and is known when it comes again.
const _: () = assert!((RECEIVE_MAX as usize) < WAITING_MAX);

// A ping goes out twice in the promised time, and its answer is missed within it.
const _: () = assert!(KEEP_ALIVE.as_secs() >= 4);
