//! Turns what was ordered into series, and series into forecasts with quantiles and the backtest that chose them.
//!
//! Knows demand only. Does not know stock, suppliers, files, threads, a clock, or ONNX Runtime: the quantile net enters as
//! [`net::Net`]. Everything is a function of its arguments: the same series and seed give the same bytes.
//! Start at [`series::daily`] and [`choose_all`]; the work in three steps, for a caller with threads, is
//! [`backtest_all`], [`Ranking::pool`], [`forecast_all`]. Tests: `src/*/tests.rs` and `tests/it/main.rs`.

mod ask;
pub mod bench;
mod choose;
mod ets;
pub mod limits;
mod models;
pub mod net;
mod prepare;
mod quantiles;
pub mod series;

pub use choose::{Backtest, Ranking, backtest_all, choose_all, forecast_all};
pub use models::{Model, ModelFault, models};

/// The quantile levels of every forecast, rising.
pub const LEVELS: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
