//! Reports as other programs read them.

mod files;
mod pages;
mod world;
