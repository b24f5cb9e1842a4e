//! Turns what was ordered into series, and series into forecasts with quantiles and the backtest that chose them.
//!
//! Knows demand only. Does not know stock, suppliers, files, threads, a clock, or ONNX Runtime: the quantile net enters as
//! [`net::Net`]. Everything is a function of its arguments: the same series and seed give the same bytes.
//! Start at [`series::daily`] and [`choose_all`]; the work in three steps, for a caller with threads, is
//! [`backtest_all`], [`Ranking::pool`], [`make_all`], and [`agree()`] for a tree of them. Beside it stand [`effects`] (calendar, price, promotions),
//! [`reconcile`] (items, categories and the total made to agree) and the fitted states that take one observation without a
//! fit: [`ets::Ets`], [`counts::Counts`]. Tests: `src/*/tests.rs`, `tests/it/main.rs`, `tests/golden`; `examples/bench.rs` measures.

mod agree;
mod arima;
mod ask;
pub mod bench;
pub mod calendar;
mod choose;
pub mod counts;
pub mod effects;
pub mod ets;
pub mod limits;
mod models;
pub mod net;
mod prepare;
mod quantiles;
mod ranking;
pub mod reconcile;
mod search;
mod season;
pub mod series;
mod theta;

pub use agree::{Agreement, Level, Method, agree};
pub use choose::{Backtest, Made, backtest_all, choose_all, forecast_all, make_all};
pub use models::{Model, ModelFault, models};
pub use ranking::{Bands, Ranking};

/// The quantile levels of every forecast, rising.
pub const LEVELS: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
