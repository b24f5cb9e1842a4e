//! Roads from outside: tiny towns drawn by hand, towns drawn by chance against a plain search, real extracts, and files that
//! are none.

mod files;
mod helsinki;
mod osm;
mod pbf;
mod towns;
mod worlds;
