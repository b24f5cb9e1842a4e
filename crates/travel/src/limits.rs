//! Fixed bounds of this room.

/// A place farther than this from every road, in metres, is not on the map: an address that was geocoded wrongly, or an
/// island. Yards and drives that the map lacks are shorter.
pub const SNAP_METRES_MAX: f64 = 1_000.0;

/// Bytes of one unpacked block of a PBF file: the format's own bound.
pub const BLOB_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of the header before a block of a PBF file: the format's own bound.
pub const BLOB_HEADER_BYTES_MAX: usize = 64 * 1024;

/// Points of all drivable roads of one network. Germany has some 60 million; at 8 bytes a point twice over this is 2 GB,
/// the most that a desktop machine can spare.
pub const POINTS_MAX: usize = 128_000_000;

/// Pieces of road between junctions: at the most one for each point.
pub const SEGMENTS_MAX: usize = POINTS_MAX;

/// Different names and references of roads.
pub const NAMES_MAX: usize = 8_000_000;

/// Bytes of a road's name; longer ones are cut.
pub const NAME_BYTES_MAX: usize = 255;

/// The least speed of a road, km/h: slower is a mistake of the map, and would make a time that says nothing.
pub const SPEED_KMH_MIN: f64 = 3.0;

/// The highest speed of a van, km/h.
pub const SPEED_KMH_MAX: f64 = 140.0;

/// The longest piece of road between two junctions, metres; longer is a mistake of the map.
pub const SEGMENT_METRES_MAX: f64 = 500_000.0;

/// Threads that compute a matrix: more gain nothing, because they wait for memory.
pub const THREADS_MAX: usize = 16;

// A piece of road at the least speed still has a time of 32 bits in milliseconds.
const _: () = assert!(SEGMENT_METRES_MAX / SPEED_KMH_MIN * 3_600.0 < u32::MAX as f64);
// Points, of which a network has each junction's more than once, are numbered with 32 bits, and so are the two ends of each
// segment.
const _: () = assert!(POINTS_MAX < u32::MAX as usize / 8);
