//! Road networks to times, distances, paths and map geometry.
//!
//! Turns an OpenStreetMap extract, or a list of roads, into a [`Network`]: which way a van may drive and how fast, how long it
//! takes between many places ([`Network::matrix`]) and along which line ([`Network::path`]), and what to draw of it
//! ([`Network::roads_in`]). Where there is no map, [`estimate`] answers with the great circle, and says so. Does not know
//! vehicles, orders, files' places or screens; its only outside is the bytes it is handed. Start at [`Network`].
//! Tests: `tests/it/main.rs`, on towns drawn
//! by hand and by chance, real extracts, and files that are none.

pub mod estimate;
pub mod limits;

mod chains;
mod class;
mod error;
mod file;
mod geometry;
mod import;
mod lines;
mod network;
mod pbf;
mod search;
mod tags;
mod tree;

pub use class::RoadClass;
pub use error::{Error, ErrorKind};
pub use geometry::Bounds;
pub use import::{Dropped, ImportSummary};
pub use lines::{Detail, Line};
pub use network::{Network, Road, Snap};
pub use tags::Params;

use units::GeoPoint;

/// The seconds and metres of a pair that no road joins.
pub const UNREACHABLE: u32 = u32::MAX;

/// Times and distances between every two of `n` places. Eight bytes a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrix {
    /// How many places.
    pub n: usize,
    /// Seconds of the fastest way from `i` to `j` at `i * n + j`, rounded up, so that the triangle inequality holds;
    /// [`UNREACHABLE`] where there is none. The diagonal is 0, also of a place that can't be reached.
    pub seconds: Vec<u32>,
    /// Metres along that same way, rounded to the nearest; [`UNREACHABLE`] like the seconds.
    pub metres: Vec<u32>,
    /// Places that have no road within [`limits::SNAP_METRES_MAX`], rising.
    pub unreachable: Vec<usize>,
    /// Whether it was estimated without roads; then say so where it is shown.
    pub estimated: bool,
}

impl Matrix {
    /// Seconds and metres from place `from` to place `to`; `None` where no road leads or there is no such place.
    pub fn between(&self, from: usize, to: usize) -> Option<(u32, u32)> {
        let at = (from < self.n && to < self.n).then(|| from * self.n + to)?;
        let pair = (*self.seconds.get(at)?, *self.metres.get(at)?);
        (pair.0 != UNREACHABLE).then_some(pair)
    }
}

/// A way from one place to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The line to draw: from the road nearest to the start to the road nearest to the end, at least one point.
    pub points: Vec<GeoPoint>,
    /// As in [`Matrix::seconds`].
    pub seconds: u32,
    /// As in [`Matrix::metres`].
    pub metres: u32,
    /// Whether it was estimated without roads.
    pub estimated: bool,
}
