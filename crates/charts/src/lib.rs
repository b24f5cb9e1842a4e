//! Plain series in, a drawing out on any plotters backend: a canvas on screen, SVG in reports.
//!
//! Knows pixels, ticks, local time labels and what the text on a chart is as wide as. Does not know where numbers came
//! from, any clock or file, nor which font a host really has: [`text::measure`] answers the same everywhere, so that a
//! chart on screen and in a report breaks its lines alike. Start at [`Chart`] and [`TimeChart`]; [`to_svg`] is the shortest
//! way to a picture. Tests: `src/tests.rs`.

mod curve;
pub mod decimate;
mod demand;
pub mod floor;
pub mod gantt;
pub mod habits;
mod lang;
pub mod lines;
pub mod map;
pub mod model;
mod pen;
pub mod scale;
mod spark;
pub mod svg;
mod table;
pub mod text;
pub mod theme;
pub mod tiles;
mod time_chart;

#[cfg(test)]
mod tests;

pub use curve::{CurveChart, CurveMark};
pub use decimate::decimate;
pub use floor::FloorChart;
pub use gantt::{GanttChart, GanttHit, GanttRow, GanttVisit};
pub use habits::{BandsChart, Group, HeatChart, XyChart};
pub use lang::Lang;
pub use lines::{Line, LinesChart, Side};
pub use map::MapChart;
pub use model::{
    Allowed, DayMark, DayMarkKind, DemandChart, Doubt, DoubtKind, Fan, Limit, LimitKind, Mark, MarkKind,
    Point, Quantiles, Sparkline, StockProjection, TimeChart, TimeSeries, Zone,
};
pub use pen::DrawError;
pub use svg::{SvgBackend, to_svg};
pub use table::Table;
pub use theme::{Rgb, Theme};

use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters_backend::DrawingBackend;

/// A picture that can be drawn, told in words, and read as a table.
pub trait Chart {
    /// Draws into all of `root`, whose pixels are `theme.scale` to one CSS pixel.
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>>;

    /// What the picture shows, in a few sentences for someone who can't see it.
    fn summary(&self, lang: Lang) -> String;

    /// The language of the words drawn.
    fn lang(&self) -> Lang;

    /// The numbers behind the picture.
    fn table(&self, lang: Lang) -> Table;

    /// Where the plot lies in a drawing of `size` backend pixels, and which values its edges have, so that a host can turn
    /// a pointer position into a value. Agrees with what [`Chart::draw`] does.
    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame;
}

/// Draws `chart` into all of `root`: the same as [`Chart::draw`].
pub fn draw<DB: DrawingBackend, C: Chart>(
    root: &DrawingArea<DB, Shift>,
    chart: &C,
    theme: &Theme,
) -> Result<(), DrawError<DB>> {
    chart.draw(root, theme)
}

/// What `chart` shows, in words: the same as [`Chart::summary`].
pub fn summary<C: Chart>(chart: &C, lang: Lang) -> String {
    chart.summary(lang)
}

/// The plot inside a drawing: its pixels and the values at its edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left edge, backend pixels.
    pub left: i32,
    /// Top edge.
    pub top: i32,
    /// Right edge.
    pub right: i32,
    /// Bottom edge.
    pub bottom: i32,
    /// Value at the left edge: milliseconds since 1970 UTC in a [`TimeChart`], days since 1970 in day charts, an index in
    /// a [`Sparkline`].
    pub x_from: f64,
    /// Value at the right edge.
    pub x_to: f64,
    /// Value at the bottom edge.
    pub y_from: f64,
    /// Value at the top edge.
    pub y_to: f64,
}

impl AsRef<Frame> for Frame {
    fn as_ref(&self) -> &Frame {
        self
    }
}

impl Frame {
    /// The pixel column of an x value; outside values land outside.
    pub fn x(&self, value: f64) -> i32 {
        let share = (value - self.x_from) / (self.x_to - self.x_from);
        self.left + pixel(share * f64::from(self.right - self.left))
    }

    /// The pixel row of a y value; outside values land outside.
    pub fn y(&self, value: f64) -> i32 {
        let share = (value - self.y_from) / (self.y_to - self.y_from);
        self.bottom - pixel(share * f64::from(self.bottom - self.top))
    }

    /// The x value under a pixel column.
    pub fn x_value(&self, column: i32) -> f64 {
        let share = f64::from(column - self.left) / f64::from((self.right - self.left).max(1));
        self.x_from + share * (self.x_to - self.x_from)
    }

    /// The y value under a pixel row.
    pub fn y_value(&self, row: i32) -> f64 {
        let share = f64::from(self.bottom - row) / f64::from((self.bottom - self.top).max(1));
        self.y_from + share * (self.y_to - self.y_from)
    }
}

/// Far outside any drawing, yet far from overflow in a backend.
const PIXEL_MAX: f64 = 1_000_000.0;

fn pixel(value: f64) -> i32 {
    if value.is_nan() { 0 } else { value.round().clamp(-PIXEL_MAX, PIXEL_MAX) as i32 }
}

/// `f64::clamp` without its panic on reversed ends, which a drawing of a few pixels has; the upper end wins.
trait Hold {
    fn hold(self, from: f64, to: f64) -> f64;
}

impl Hold for f64 {
    fn hold(self, from: f64, to: f64) -> f64 {
        self.max(from).min(to)
    }
}
