//! Where things are, and how far apart.

use serde::{Deserialize, Serialize};

/// Mean radius of the earth (IUGG), metres.
const EARTH_RADIUS_M: f64 = 6_371_008.8;

/// A place on earth, WGS 84, in units of 1e-7 degrees (about a centimetre).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GeoPoint {
    /// Latitude, 1e-7 degrees north.
    pub lat_e7: i32,
    /// Longitude, 1e-7 degrees east.
    pub lon_e7: i32,
}

impl GeoPoint {
    /// A place from degrees; `None` where they are no place on earth.
    pub fn from_degrees(lat: f64, lon: f64) -> Option<Self> {
        let known = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
        known.then(|| Self { lat_e7: (lat * 1e7).round() as i32, lon_e7: (lon * 1e7).round() as i32 })
    }

    /// Latitude, degrees north.
    pub fn lat(self) -> f64 {
        f64::from(self.lat_e7) / 1e7
    }

    /// Longitude, degrees east.
    pub fn lon(self) -> f64 {
        f64::from(self.lon_e7) / 1e7
    }

    /// Great-circle distance (haversine), metres.
    pub fn metres_to(self, other: Self) -> f64 {
        let (lat1, lat2) = (self.lat().to_radians(), other.lat().to_radians());
        let half_lat = ((lat2 - lat1) / 2.0).sin();
        let half_lon = ((other.lon() - self.lon()).to_radians() / 2.0).sin();
        let h = half_lat * half_lat + lat1.cos() * lat2.cos() * half_lon * half_lon;
        2.0 * EARTH_RADIUS_M * h.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// A distance along a road, whole metres.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Metres(pub i64);

impl Metres {
    /// Sum, held at the ends of the range.
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}
