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

/// Backups kept, at most: more than ten years of days.
pub const BACKUPS_KEPT_MAX: u16 = 4_000;

/// Pause before a daily backup that failed is tried again.
pub const BACKUP_RETRY: Millis = Millis::hours(1);

/// Bytes handed over for one file: a year of orders of a large site, compressed.
pub const STAGED_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// Files being handed over at once.
pub const STAGED_FILES_MAX: usize = 8;

/// Channels of one series call.
pub const SERIES_CHANNELS_MAX: usize = 20;

/// Rows of one list.
pub const LIST_ROWS_MAX: u32 = 10_000;

/// Rows of a list that has no pages, where all of it is wanted: what the store reads at once.
pub const WHOLE_ROWS_MAX: u32 = 100_000;

/// Findings that travel with a report; the counts by code are complete.
pub const FINDINGS_SHOWN_MAX: usize = 1_000;

/// Days of orders that say what an item brings: long enough for slow movers, short enough for today's prices.
pub const PRICE_DAYS: i32 = 180;

/// Lines a trial of replenishment lists; its sums are over all.
pub const TRIAL_LINES_MAX: usize = 1_000;

/// Days ahead that an override may reach.
pub const OVERRIDE_DAYS_MAX: i32 = 366;

/// Series of a plan that one thread takes at once: with three origins each, a little more than the net takes at once.
pub const PLANNED_AT_ONCE: usize = 170;

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

/// A test read may take so long: a person waits for it.
pub const TEST_SECONDS_MAX: u32 = 30;

/// Devices made at once from one: more is a list's work.
pub const CLONES_MAX: i64 = 250;

/// Channels of one device.
pub const CHANNELS_MAX: usize = 256;

/// Alarms looked through for the events of a chart: newest first, a year of one every ten minutes.
pub const MARK_ALARMS_MAX: u32 = 52_560;

/// Views of charts kept by name: more than a list is read for.
pub const CHART_VIEWS_MAX: usize = 100;

/// Steps that quantiles, duration curves and correlations are made of, at most: those of a year are an hour long.
pub const PROFILE_STEPS: u32 = 10_000;

/// How long they may be: each divides an hour, and all that a zone's clock is put forward or back by.
pub const PROFILE_WIDTHS: [Millis; 7] = [
    Millis::seconds(1),
    Millis::seconds(5),
    Millis::seconds(30),
    Millis::minutes(1),
    Millis::minutes(5),
    Millis::minutes(15),
    Millis::hours(1),
];

/// The longest span they are made of.
pub const PROFILE_SPAN_MAX: Millis = Millis::days(400);

/// Lags tried on either side.
pub const CORRELATION_LAGS: u32 = 60;

/// Pairs sent for a scatter: more would cover each other.
pub const CORRELATION_PAIRS_MAX: usize = 2_000;

/// Readings in one exported file; beyond it buckets are written. A sheet of a spreadsheet holds 1,048,576 rows, a reply less.
pub const EXPORT_ROWS_MAX: usize = 200_000;

/// Rows of one list in a file: more than a spreadsheet opens gladly, and 100 MB of text.
pub const TABLE_ROWS_MAX: usize = 500_000;

/// Deliveries of one plan: their times and distances are 72 MB, and as much again in the search.
pub const DELIVERIES_MAX: usize = 3_000;

/// A search longer than this is for the night, not for a dispatcher who waits.
pub const SOLVE_SECONDS_MAX: u32 = 600;

/// Improvements of a search shown: more than a small chart has pixels for.
pub const COSTS_SHOWN_MAX: usize = 200;

/// Searches remembered, by day: those of a month.
pub const SOLVES_KEPT: usize = 31;

/// Matrices kept: today's and the one before a change; with [`DELIVERIES_MAX`] at most 144 MB, mostly far less.
pub const MATRICES_KEPT: usize = 2;

/// Drawn plans kept.
pub const PATHS_KEPT: usize = 4;

/// Points of one map: some 1.6 MB on the wire, and more than a screen can tell apart.
pub const MAP_POINTS_MAX: usize = 200_000;

/// A driver may leave so long before the plan says.
pub const EARLY_START: Millis = Millis::hours(2);

/// A tracker that was silent for so long is shown as such: the usual ones send every 10 to 60 seconds.
pub const POSITION_STALE: Millis = Millis::minutes(5);

/// Minutes of a day that reaches into the night after: 36 hours.
pub const MINUTES_MAX: u16 = 36 * 60;

/// Days listed that have deliveries.
pub const DELIVERY_DAYS_MAX: u32 = 31;

/// A code, and any other text of a delivery or vehicle, in characters.
pub const CODE_CHARS_MAX: usize = 64;
/// See [`CODE_CHARS_MAX`].
pub const TEXT_CHARS_MAX: usize = 1_000;

/// The largest load or capacity, in thousandths of kg or m³: 10,000 t.
pub const LOAD_MAX: i64 = 10_000_000_000;

/// The largest cost of a vehicle for a day, a kilometre or an hour, in hundredths: a slip of the keyboard beyond it.
pub const VEHICLE_COST_MAX: i64 = 100_000_000;

/// Doubts are listed that are not older: the week that a work list is kept tidy for.
pub const DOUBTS_REACH: Millis = Millis::days(7);

/// Spans in doubt remembered for a channel; older ones are on record.
pub const DOUBT_SPANS_MAX: usize = 200;

/// Hours with doubts that are read again at the first look after a start, the newest ones: a day of a sensor gone wild.
pub const DOUBT_HOURS_MAX: usize = 24;

/// Readings with a later word on them that are read again for one drawn channel: half a day of one a second, four times over. Beyond it
/// a bucket is shaded, its values stay.
pub const SAID_READINGS_MAX: u64 = 200_000;

/// Readings that tests are tried on at once: 30 days of one a second.
pub const TRIAL_READINGS_MAX: u64 = 3_000_000;

/// Readings summed up to energy at once: 30 days of one every five seconds, 36 MB.
pub const ENERGY_READINGS_MAX: usize = 520_000;

/// A span that one mark may cover.
pub const MARK_SPAN_MAX: Millis = Millis::days(92);

const _: () = assert!(LOAD_MAX <= routing::limits::LOAD_MAX);
const _: () = assert!(DELIVERIES_MAX < routing::limits::LOCATIONS_MAX);
const _: () = assert!(SERIES_CHANNELS_MAX <= CHANNELS_MAX);

/// The last scans of a scanner, kept in memory.
pub const SCANS_KEPT: usize = 50;

/// How long a screen waits for the next scan before it asks again: no longer than a door that closes waits for its answers.
pub const SCAN_WAIT: std::time::Duration = std::time::Duration::from_secs(3);

/// Lines of one count plan: what a site counts in a year, at once.
pub const COUNT_LINES_MAX: u32 = 20_000;

/// A file of rejected rows that a screen may ask for; a larger one is read where it lies.
pub const REJECTED_BYTES_SENT_MAX: u64 = 32 * 1024 * 1024;
