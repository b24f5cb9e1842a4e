//! Fixed bounds of the numbers a problem may hold, so that no sum in the search can overflow.

/// Arc length (seconds or metres) that says "no road" in a problem's matrices.
pub const NO_ROAD: u32 = u32::MAX;
/// Longest arc, service or time of day, in seconds or metres: 2^28 is 8.5 years, or 268,000 km.
pub const ARC_MAX: u32 = 1 << 28;
/// What the search writes for "no road": twice it still fits an i32, and no window reaches it.
pub(crate) const FAR: i32 = 1 << 29;
/// Most visits of one problem.
pub const VISITS_MAX: usize = 50_000;
/// Most vehicles of one problem.
pub const VEHICLES_MAX: usize = 50_000;
/// Most locations of one problem: a full matrix of them is 2 × 3.6 GB at the very most.
pub const LOCATIONS_MAX: usize = 30_000;
/// Most dimensions of demand and capacity.
pub const DIMENSIONS_MAX: usize = 8;
/// Greatest amount of a demand or capacity.
pub const LOAD_MAX: i64 = 1 << 40;
/// Greatest fixed cost or prize.
pub const COST_MAX: i64 = 1 << 46;
/// Greatest rate of cost per metre or second.
pub const RATE_MAX: i64 = 1 << 20;

// A route's cost: rate × metres of one arc stays below 2^49, so 2^13 of the longest arcs at the greatest rates fit an i64,
// and so do sums of real ones.
const _: () = assert!((RATE_MAX as i128) * (ARC_MAX as i128) * (1 << 14) <= i64::MAX as i128);
const _: () = assert!(2 * (FAR as i64) <= i32::MAX as i64 + 1 && (ARC_MAX as i64) < FAR as i64);
