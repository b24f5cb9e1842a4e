//! Flat geometry near a place, boxes, and lines with fewer points.

use units::GeoPoint;

/// Metres of 1e-7 degrees of latitude: the mean radius of the earth times that angle.
pub(crate) const METRES_PER_E7: f64 = 6_371_008.8 * std::f64::consts::PI / 180.0 * 1e-7;

/// A box on the map, its edges included. It does not cross the date line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// South-west corner.
    pub min: GeoPoint,
    /// North-east corner.
    pub max: GeoPoint,
}

impl Bounds {
    /// The smallest box around `points`; `None` of none.
    pub fn around(points: impl IntoIterator<Item = GeoPoint>) -> Option<Self> {
        points.into_iter().fold(None, |bounds: Option<Self>, point| {
            Some(bounds.map_or(Self { min: point, max: point }, |bounds| bounds.with(point)))
        })
    }

    /// The box that also holds `point`.
    pub fn with(self, point: GeoPoint) -> Self {
        Self {
            min: GeoPoint {
                lat_e7: self.min.lat_e7.min(point.lat_e7),
                lon_e7: self.min.lon_e7.min(point.lon_e7),
            },
            max: GeoPoint {
                lat_e7: self.max.lat_e7.max(point.lat_e7),
                lon_e7: self.max.lon_e7.max(point.lon_e7),
            },
        }
    }

    /// The box that holds both.
    pub fn joined(self, other: Self) -> Self {
        self.with(other.min).with(other.max)
    }

    /// Whether it holds `point`.
    pub fn holds(self, point: GeoPoint) -> bool {
        (self.min.lat_e7..=self.max.lat_e7).contains(&point.lat_e7)
            && (self.min.lon_e7..=self.max.lon_e7).contains(&point.lon_e7)
    }

    /// Whether the two have a point in common.
    pub fn meets(self, other: Self) -> bool {
        self.min.lat_e7 <= other.max.lat_e7
            && other.min.lat_e7 <= self.max.lat_e7
            && self.min.lon_e7 <= other.max.lon_e7
            && other.min.lon_e7 <= self.max.lon_e7
    }
}

/// The plane that touches the earth at one place: metres east and north of it. Good to a per mille within 50 km.
#[derive(Clone, Copy)]
pub(crate) struct Plane {
    origin: GeoPoint,
    east_per_e7: f64,
}

impl Plane {
    pub(crate) fn at(origin: GeoPoint) -> Self {
        Self { origin, east_per_e7: METRES_PER_E7 * origin.lat().to_radians().cos() }
    }

    pub(crate) fn metres(self, point: GeoPoint) -> (f64, f64) {
        (
            (f64::from(point.lon_e7) - f64::from(self.origin.lon_e7)) * self.east_per_e7,
            (f64::from(point.lat_e7) - f64::from(self.origin.lat_e7)) * METRES_PER_E7,
        )
    }

    /// Metres from the origin to the nearest point of a box; 0 inside.
    pub(crate) fn metres_to_box(self, bounds: Bounds) -> f64 {
        let (west, south) = self.metres(bounds.min);
        let (east, north) = self.metres(bounds.max);
        let x = west.max(-east).max(0.0);
        let y = south.max(-north).max(0.0);
        x.hypot(y)
    }

    /// How far along the line from `a` to `b` (0 to 1) the point nearest to the origin is, and how far from it in metres.
    pub(crate) fn nearest_on(self, a: GeoPoint, b: GeoPoint) -> (f64, f64) {
        let (ax, ay) = self.metres(a);
        let (bx, by) = self.metres(b);
        let (dx, dy) = (bx - ax, by - ay);
        let square = dx * dx + dy * dy;
        let share = if square > 0.0 { (-(ax * dx + ay * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
        (share, (ax + share * dx).hypot(ay + share * dy))
    }
}

/// The place a share (0 to 1) of the way from `a` to `b`.
pub(crate) fn between(a: GeoPoint, b: GeoPoint, share: f64) -> GeoPoint {
    let mix = |a: i32, b: i32| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as i32;
    GeoPoint { lat_e7: mix(a.lat_e7, b.lat_e7), lon_e7: mix(a.lon_e7, b.lon_e7) }
}

/// Drops the points that lie within `tolerance_m` metres of the line without them (Douglas & Peucker 1973, with a stack
/// instead of recursion). Ends stay.
pub(crate) fn simplified(points: &[GeoPoint], tolerance_m: f64) -> Vec<GeoPoint> {
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    if last < 2 || tolerance_m <= 0.0 {
        return points.to_vec();
    }
    let mut kept = vec![false; points.len()];
    kept[0] = true;
    kept[last] = true;
    let mut open = vec![(0, last)];
    while let Some((from, to)) = open.pop() {
        let farthest = (from + 1..to)
            .map(|at| (at, Plane::at(points[at]).nearest_on(points[from], points[to]).1))
            .max_by(|one, other| one.1.total_cmp(&other.1));
        if let Some((at, metres)) = farthest
            && metres > tolerance_m
        {
            kept[at] = true;
            open.push((from, at));
            open.push((at, to));
        }
    }
    points.iter().zip(kept).filter_map(|(point, kept)| kept.then_some(*point)).collect()
}
