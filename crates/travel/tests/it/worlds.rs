//! Towns that fit in the head, and a plain search to hold the network against.

use travel::{Road, RoadClass};
use units::GeoPoint;

/// A place so many metres east and north of a corner of Helsinki.
pub fn at(east_m: f64, north_m: f64) -> GeoPoint {
    let lat = 60.17 + north_m / 111_195.0;
    let lon = 24.94 + east_m / (111_195.0 * 60.17_f64.to_radians().cos());
    GeoPoint::from_degrees(lat, lon).expect("a place")
}

/// A street at 36 km/h, which is 10 m a second.
pub fn street(points: &[(f64, f64)]) -> Road {
    Road {
        points: points.iter().map(|(east, north)| at(*east, *north)).collect(),
        class: RoadClass::Residential,
        speed_kmh: 36.0,
        one_way: false,
        name: None,
    }
}

pub fn one_way(points: &[(f64, f64)]) -> Road {
    Road { one_way: true, ..street(points) }
}

/// Seconds and metres of the fastest ways from `from` to every point, by relaxing every stretch of every road until nothing
/// changes (Bellman 1958).
pub fn plain_times(roads: &[Road], from: GeoPoint) -> std::collections::HashMap<GeoPoint, (f64, f64)> {
    let mut best = std::collections::HashMap::from([(from, (0.0, 0.0))]);
    loop {
        let mut changed = false;
        for road in roads {
            let mut relax = |a: GeoPoint, b: GeoPoint| {
                let Some((seconds, metres)) = best.get(&a).copied() else { return };
                let length_m = a.metres_to(b);
                let reached: (f64, f64) = (seconds + length_m / (road.speed_kmh / 3.6), metres + length_m);
                let known = best.entry(b).or_insert((f64::INFINITY, f64::INFINITY));
                if reached.0 < known.0 - 1e-9 {
                    *known = reached;
                    changed = true;
                }
            };
            for pair in road.points.windows(2) {
                relax(pair[0], pair[1]);
                if !road.one_way {
                    relax(pair[1], pair[0]);
                }
            }
        }
        if !changed {
            return best;
        }
    }
}
