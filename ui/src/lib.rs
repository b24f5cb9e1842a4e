//! The screens: what the application knows, as a person on shift can read, decide and act on it.
//!
//! Calls of `contract` in, pages out. Does not know SQL, devices, models or which host carries its calls: that is
//! [`bridge`]'s alone. Start at [`shell`] and [`state`]; a page is a file of `pages/`, its words are in [`i18n`].
//! Tests: in the files of the view models (`format`, `keys`, `grouping`, `wording`, `table`, …), which are pure and run
//! natively; end to end in `tests/e2e` by the names of [`testids`].

pub mod base64;
mod bridge;
mod browser;
mod canvas;
mod chart;
pub mod columns;
mod dialog;
pub mod format;
pub mod grouping;
mod hand;
pub mod i18n;
pub mod keys;
mod lines;
mod live;
mod markdown;
mod pages;
mod palette;
mod pan;
mod parts;
pub mod prefs;
mod readings;
pub mod route;
mod shell;
mod state;
mod table;
mod takeout;
pub mod testids;
mod tone;
pub mod wording;
pub mod zoom;

use wasm_bindgen::prelude::wasm_bindgen;

/// Puts the console on the page.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
    shell::mount();
}
