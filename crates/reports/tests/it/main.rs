//! Reports as other programs read them.

mod files;
mod labels;
mod pages;
mod world;
