//! Fixed bounds, with their unit and where they come from.

/// Steps of history a model sees at most: two years of days and a week. Older demand says little about next month, and
/// the cost of a fit grows with it.
pub const HISTORY_STEPS_MAX: usize = 738;

/// Steps ahead at most: a quarter of days, the longest lead time plus review period that a daily forecast serves.
pub const HORIZON_STEPS_MAX: usize = 92;

/// Steps of history below which nothing can be judged: the mean is used and a finding says so.
pub const BACKTEST_STEPS_MIN: usize = 12;

/// Origins of a backtest at most.
pub const ORIGINS_MAX: usize = 3;

/// Rows handed to the net at once: 512 rows of 288 inputs are 0.6 MB, of 288 outputs as much.
pub const NET_ROWS_MAX: usize = 512;

const _: () = assert!(HORIZON_STEPS_MAX >= crate::net::HORIZON, "what the net can do may be asked for");
