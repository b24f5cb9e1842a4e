//! Fixed bounds of this room, each with its unit and where it comes from.

use units::Millis;

/// A vehicle so near to a place is at its door, metres: satellite fixes between houses are off by up to 30 m, and the
/// lorry stands in the next free place, not on the customer's point.
pub const DOOR_METRES: f64 = 120.0;

/// Farther than this, metres, and it has left: more than [`DOOR_METRES`], so that a jumping fix does not leave and come
/// back.
pub const LEFT_METRES: f64 = 180.0;

/// Two places nearer to each other than this, metres, are one door to a satellite fix.
pub const SAME_DOOR_METRES: f64 = 40.0;

/// Who stays so long was not driving past or waiting at a light.
pub const DWELL: Millis = Millis::seconds(60);

/// The least stay that counts, where the service itself is shorter than [`DWELL`].
pub const DWELL_MIN: Millis = Millis::seconds(20);

const _: () = assert!(LEFT_METRES > DOOR_METRES && DOOR_METRES > SAME_DOOR_METRES);
const _: () = assert!(DWELL.0 > DWELL_MIN.0);
