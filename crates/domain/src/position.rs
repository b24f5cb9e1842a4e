//! Where a vehicle said it was.

use units::{GeoPoint, Milli, Timestamp};

/// One report of a vehicle's place. Kept as it came; a vehicle nobody knows by this name is kept too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The vehicle's name on the wire: its `id` in the message, else the level of the topic before the last.
    pub vehicle: String,
    /// When it was there: the vehicle's time where that is credible, else the arrival.
    pub at: Timestamp,
    /// Where.
    pub place: GeoPoint,
    /// How fast, km/h, where it says.
    pub speed_kmh: Option<Milli>,
    /// Which way, degrees clockwise from north, 0 to 359, where it says.
    pub heading_deg: Option<u16>,
}
