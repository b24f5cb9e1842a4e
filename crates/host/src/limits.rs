//! Fixed bounds of the door, each with its unit and where it comes from.

use std::time::Duration;

/// Bytes of a call's body: a piece of a file is at most 4 MiB, a third more as base64, and its JSON around it.
pub const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Links not opened yet; more, and the oldest is void.
pub const LINKS_MAX: usize = 64;

/// Browsers signed in at once; more, and the oldest is signed out.
pub const SESSIONS_MAX: usize = 256;

/// Between two comments on a quiet stream of events, so that a dead line is noticed.
pub const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How long the end waits for answers under way.
pub const CLOSE_DEADLINE: Duration = Duration::from_secs(5);

/// How long to wait for an owner that is still opening: a new demo site writes two years of orders first.
pub const OPENING_DEADLINE: Duration = Duration::from_secs(120);

/// How long an owner that has a door may take to answer.
pub const ANSWER_DEADLINE: Duration = Duration::from_secs(5);

/// Between two looks at an owner that is opening.
pub const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Between two attempts to find the owner's stream of events again.
pub const REATTACH_PAUSE: Duration = Duration::from_secs(1);

/// Events under way between the owner's stream and whoever reads them here; the owner keeps only the latest beyond.
pub const EVENTS_UNDER_WAY: usize = 4;

/// Bytes of one event: the newest values of some hundred channels are far below.
pub const EVENT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Days a log file is kept.
pub const LOG_DAYS: i32 = 14;

const _: () = assert!(BODY_BYTES_MAX > 4 * 1024 * 1024 / 3 * 4);
