//! Fixed bounds of the application, each with its unit and where it comes from.

use units::Millis;

/// Messages of devices taken into one transaction: with some ten readings each, the 10,000 readings of one commit.
pub const MESSAGES_PER_COMMIT_MAX: usize = 1_000;

/// Recent readings kept in memory a channel, for the drift: half an hour at one in two seconds.
pub const RECENT_READINGS_MAX: usize = 900;

/// Names on the wire that no channel takes, remembered a device: more is not a person's device but noise.
pub const UNKNOWN_CODES_MAX: usize = 64;

/// Pause before a commit that failed is tried again.
pub const COMMIT_RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// Bytes handed over for one file: a year of orders of a large site, compressed.
pub const STAGED_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Files being handed over at once.
pub const STAGED_FILES_MAX: usize = 8;

/// Channels of one series call.
pub const SERIES_CHANNELS_MAX: usize = 20;

/// Rows of one list.
pub const LIST_ROWS_MAX: u32 = 10_000;

/// Findings that travel with a report; the counts by code are complete.
pub const FINDINGS_SHOWN_MAX: usize = 1_000;

/// Days of orders that say what an item brings: long enough for slow movers, short enough for today's prices.
pub const PRICE_DAYS: i32 = 180;

/// Lines a trial of replenishment lists; its sums are over all.
pub const TRIAL_LINES_MAX: usize = 1_000;

/// Days ahead that an override may reach.
pub const OVERRIDE_DAYS_MAX: i32 = 366;

/// Days forecast.
pub const HORIZON_DAYS: usize = 28;

/// Weeks forecast.
pub const HORIZON_WEEKS: usize = 8;

/// A history that ended longer ago than this is planned from its own end, not from today.
pub const STALE_HISTORY_DAYS: i32 = 14;

/// Excursions further apart than this are two.
pub const EXCURSION_REJOIN: Millis = Millis::minutes(1);

/// A day's temperatures with a hole longer than this have no mean kinetic temperature.
pub const MKT_GAP_MAX: Millis = Millis::hours(1);

/// Channels of one device.
pub const CHANNELS_MAX: usize = 256;

const _: () = assert!(SERIES_CHANNELS_MAX <= CHANNELS_MAX);
