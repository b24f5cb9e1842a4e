//! Times and distances where there is no map: the great circle, made longer by a usual detour, at a usual speed.
//!
//! Road distance over straight distance is 1.2 to 1.5 in most regions: 1.20 as the mean of the US and 1.46 of Europe's
//! countries in R. H. Ballou, H. Rahardja, N. Sakai, "Selected country circuity factors for road travel distance
//! estimation", Transportation Research A 36 (2002) 843–848; 1.3 is what lies between and what planners use.

use crate::{Matrix, Path};
use units::GeoPoint;

/// Road metres to a straight metre.
pub const DETOUR: f64 = 1.3;

/// Van in a town, with its crossings and lights, km/h.
pub const SPEED_KMH: f64 = 30.0;

/// Seconds and metres of one pair.
fn between(from: GeoPoint, to: GeoPoint) -> (u32, u32) {
    let metres = from.metres_to(to) * DETOUR;
    let seconds = metres / (SPEED_KMH / 3.6);
    // At most half around the earth: far below what fits.
    (seconds.ceil() as u32, metres.round() as u32)
}

/// The matrix of `points`, marked as estimated.
pub fn matrix(points: &[GeoPoint]) -> Matrix {
    let (seconds, metres) =
        points.iter().flat_map(|from| points.iter().map(move |to| between(*from, *to))).unzip();
    Matrix { n: points.len(), seconds, metres, unreachable: Vec::new(), estimated: true }
}

/// The straight line, marked as estimated; agrees with [`matrix`].
pub fn path(from: GeoPoint, to: GeoPoint) -> Path {
    let (seconds, metres) = between(from, to);
    Path { points: vec![from, to], seconds, metres, estimated: true }
}
