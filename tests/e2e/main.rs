//! The real screens in a real browser on `qm serve`, and the real window. Found by `data-testid`, never by markup.

mod arrange;
mod charts;
mod count;
mod deliver;
mod devices;
mod journey;
mod quality;
mod registers;
mod scan_task;
mod screen;
mod stock;
mod window;
