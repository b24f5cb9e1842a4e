//! Road networks to times, distances, paths and map geometry.
