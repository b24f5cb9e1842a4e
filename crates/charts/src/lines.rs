//! Up to twenty lines over time on two axes, so drawn that none can hide a breach.
//!
//! Each column of pixels shows the whole span from its smallest to its largest value, and what lies beyond a limit is drawn
//! again, red, at least two pixels wide, with a notch at the edge of the plot: a second outside its limit is seen in a year.
//! Lines differ in hue and in the shape that sits on them, so that who can't tell the hues apart still can. The drawing is
//! made in pieces ([`LinesChart::pieces`]): a screen does a few a frame. Start at [`LinesChart`]. Tests: `src/lines/tests.rs`.

use crate::model::{DoubtKind, LimitKind, Mark, Point, TimeSeries, Zone};
use crate::pen::{Clip, DrawError, Pen, Xy};
use crate::scale::{self, ValueAxis, clock, moment, number};
use crate::theme::{Rgb, Theme};
use crate::time_chart::{Layout, Span, draw_marks, draw_time_axis, hatch, layout, runs, x_of, y_of};
use crate::{Chart, Frame, Hold as _, Lang, Table, decimate, text};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::DrawingBackend;

/// Lines of one chart.
pub const LINES_MAX: usize = 20;

/// Up to so many lines their means are drawn over their spans.
const MEANS_MAX: usize = 4;

/// A line whose mean is drawn over its spans is drawn in so many pieces, side by side: each is a few milliseconds' work.
const SLICES: usize = 4;

/// Labels of limits beyond this many would cover the lines.
const LIMIT_LABELS_MAX: usize = 6;

/// Up to so many marks have a line over the whole plot.
const MARK_LINES_MAX: usize = 60;

/// Rows of a chart's table.
const TABLE_ROWS_MAX: u32 = 500;

/// Between two shapes on a line, CSS px.
const SHAPES_APART: f64 = 150.0;

/// Hues that people who can't tell red from green, or blue from yellow, tell apart, none of them an alarm's; each at 3:1 or
/// more on its panel. After Okabe and Ito (2008) and Tol's "muted" scheme (2021), darkened and lightened for contrast.
const HUES_LIGHT: [Rgb; 8] = [
    Rgb(0x2b, 0x33, 0x3a),
    Rgb(0x1f, 0x6f, 0xb4),
    Rgb(0x0f, 0x85, 0x6f),
    Rgb(0x8a, 0x4f, 0xa8),
    Rgb(0x86, 0x75, 0x12),
    Rgb(0x2c, 0x2c, 0x8f),
    Rgb(0x8f, 0x5a, 0x35),
    Rgb(0x5d, 0x87, 0x3a),
];

const HUES_DARK: [Rgb; 8] = [
    Rgb(0xd5, 0xdb, 0xe0),
    Rgb(0x6c, 0xb4, 0xf2),
    Rgb(0x52, 0xc7, 0xae),
    Rgb(0xcc, 0x9d, 0xec),
    Rgb(0xd2, 0xc2, 0x62),
    Rgb(0x9d, 0xa2, 0xf5),
    Rgb(0xd9, 0xab, 0x84),
    Rgb(0xa5, 0xcf, 0x83),
];

/// The shapes on lines, hollow: alarms are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// ○
    Ring,
    /// □
    Box,
    /// △
    Peak,
    /// ◇
    Rhomb,
    /// ×
    Cross,
}

impl Shape {
    /// As a character.
    pub const fn char(self) -> &'static str {
        match self {
            Shape::Ring => "○",
            Shape::Box => "□",
            Shape::Peak => "△",
            Shape::Rhomb => "◇",
            Shape::Cross => "×",
        }
    }
}

/// The hue of the n-th line.
pub fn line_hue(theme: &Theme, n: usize) -> Rgb {
    let dark = theme.text.1 > 0x80;
    (if dark { HUES_DARK } else { HUES_LIGHT })[n % HUES_LIGHT.len()]
}

/// The shape of the n-th line: with its hue no two of [`LINES_MAX`] are alike.
pub fn line_shape(n: usize) -> Shape {
    [Shape::Ring, Shape::Box, Shape::Peak, Shape::Rhomb, Shape::Cross][n % 5]
}

/// Which axis a line is read on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// The left one.
    #[default]
    Left,
    /// The right one.
    Right,
}

/// One line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Name, points and doubts.
    pub series: TimeSeries,
    /// Its axis.
    pub side: Side,
    /// Its hue and shape: [`line_hue`], [`line_shape`].
    pub style: usize,
    /// Below is wrong.
    pub low: Option<f64>,
    /// Above is wrong.
    pub high: Option<f64>,
    /// The same line of another time, moved here: drawn faint and dashed.
    pub ghost: Vec<Option<Point>>,
}

/// Lines over time.
#[derive(Clone, Debug, PartialEq)]
pub struct LinesChart {
    /// Named in summaries, and on the drawing where it has a legend.
    pub title: String,
    /// The drawn span (ms since 1970 UTC).
    pub window_ms: (i64, i64),
    /// The clock of the labels.
    pub zone: Zone,
    /// Units of the left and of the right axis; no right axis where no line is read on it.
    pub units: [String; 2],
    /// The lines, at most [`LINES_MAX`].
    pub lines: Vec<Line>,
    /// Alarms and events.
    pub marks: Vec<Mark>,
    /// Where now is.
    pub now_ms: Option<i64>,
    /// What the axes hold at least, left and right: data beyond the window that a hand may move in.
    pub hold: [Option<(f64, f64)>; 2],
    /// What faint lines are, where there are any: `a week before`.
    pub ghost_name: String,
    /// Title and names are drawn: a picture that leaves the screen has nothing else beside it.
    pub legend: bool,
    /// It is moved under a window: what stands still there, the axis of time and the words in the plot, is left to [`LinesChart::draw_over`].
    pub moves: bool,
    /// The chart's own words.
    pub lang: Lang,
}

impl Default for LinesChart {
    fn default() -> Self {
        Self {
            title: String::new(),
            window_ms: (0, 3_600_000),
            zone: Zone::utc(),
            units: [String::new(), String::new()],
            lines: Vec::new(),
            marks: Vec::new(),
            now_ms: None,
            hold: [None, None],
            ghost_name: String::new(),
            legend: false,
            moves: false,
            lang: Lang::En,
        }
    }
}

/// Where both axes lie.
struct Axes {
    left: Layout,
    right: Option<(Frame, ValueAxis)>,
    names: Vec<(usize, f64, f64)>,
}

impl AsRef<Frame> for Axes {
    fn as_ref(&self) -> &Frame {
        &self.left.frame
    }
}

impl Axes {
    fn frame(&self, side: Side) -> &Frame {
        match (side, &self.right) {
            (Side::Right, Some((frame, _))) => frame,
            _ => &self.left.frame,
        }
    }
}

/// A column of pixels: its x, top and bottom, and which of limits it is beyond.
#[derive(Clone, Copy)]
struct Column {
    x: i32,
    top: f64,
    bottom: f64,
}

impl LinesChart {
    fn window(&self) -> (i64, i64) {
        (self.window_ms.0, self.window_ms.1.max(self.window_ms.0.saturating_add(1)))
    }

    fn values(&self, side: Side) -> (f64, f64) {
        let (from, to) = self.window();
        let mut span = Span::default();
        let mut limits = Span::default();
        for line in self.lines.iter().filter(|line| line.side == side) {
            for point in line.series.points.iter().chain(&line.ghost).flatten() {
                if point.t_ms >= from && point.t_ms <= to {
                    span.take(point.min);
                    span.take(point.max);
                }
            }
            for limit in [line.low, line.high].into_iter().flatten() {
                limits.take(limit);
                span.take(limit);
            }
        }
        if let Some((low, high)) = self.hold[side as usize] {
            span.take(low);
            span.take(high);
        }
        let (mut low, mut high) = span.ends().unwrap_or((0.0, 1.0));
        // A limit at the very edge has no outside.
        let air = (high - low) * 0.08;
        if let Some((lowest, highest)) = limits.ends() {
            if highest >= high - air * 0.5 {
                high += air;
            }
            if lowest <= low + air * 0.5 {
                low -= air;
            }
        }
        (low, high)
    }

    fn has_right(&self) -> bool {
        self.lines.iter().any(|line| line.side == Side::Right)
    }

    fn axes(&self, size: (u32, u32), theme: &Theme) -> Axes {
        let (from, to) = self.window();
        let font = theme.font_size();
        let names = if self.legend { self.placed_names(size, theme) } else { Vec::new() };
        let rows = names.last().map_or(0.0, |name| name.2 + 1.0);
        let head = if self.legend { font * (1.4 * rows + 1.5) } else { 0.0 };
        let now = self.now_ms.is_some_and(|now| now >= from && now <= to);
        let inner = (size.0, (f64::from(size.1) - head).max(1.0) as u32);
        let mut left = layout(
            inner,
            theme,
            self.values(Side::Left),
            (from as f64, to as f64),
            true,
            if now { 2 } else { 1 },
        );
        left.frame.top += crate::pixel(head);
        left.frame.bottom += crate::pixel(head);
        let right = self.has_right().then(|| {
            let (low, high) = self.values(Side::Right);
            let axis = scale::value_axis(low, high, left.axis.ticks.len().max(3) - 1);
            let widest = axis.ticks.iter().map(|t| text::measure(&t.label, font).0).fold(0.0, f64::max);
            let room = crate::pixel(widest * 1.14 + 4.0 * theme.scale);
            left.frame.right = (left.frame.right - room).max(left.frame.left + 1);
            (Frame { y_from: axis.from, y_to: axis.to, ..left.frame }, axis)
        });
        Axes { left, right, names }
    }

    /// Where the names of the lines stand in the legend: line, x, row.
    fn placed_names(&self, size: (u32, u32), theme: &Theme) -> Vec<(usize, f64, f64)> {
        let font = theme.font_size();
        let (start, end) = (10.0 * theme.scale, f64::from(size.0) - 10.0 * theme.scale);
        let (mut x, mut row) = (start, 0.0);
        let mut placed = Vec::new();
        for (n, line) in self.lines.iter().enumerate() {
            let wide = text::measure(&self.full_name(line), font).0 * 1.08 + 34.0 * theme.scale;
            if x > start && x + wide > end {
                (x, row) = (start, row + 1.0);
            }
            placed.push((n, x, row));
            x += wide;
        }
        placed
    }

    fn full_name(&self, line: &Line) -> String {
        let unit = &self.units[line.side as usize];
        if unit.is_empty() { line.series.name.clone() } else { format!("{} ({unit})", line.series.name) }
    }

    /// How many pieces the drawing has: the ground, the lines, each in slices from left to right, and what lies on top.
    pub fn pieces(&self) -> usize {
        self.lines.len() * self.slices() + 2
    }

    fn slices(&self) -> usize {
        if self.lines.len() <= MEANS_MAX { SLICES } else { 1 }
    }

    /// Draws one piece onto those before it.
    pub fn draw_piece<DB: DrawingBackend>(
        &self,
        piece: usize,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let (pen, axes, clip) = Pen::measured(root, theme, |size, theme| self.axes(size, theme));
        match piece.checked_sub(1) {
            None => self.draw_ground(&pen, &axes, &clip),
            // The first line lies on top.
            Some(n) => {
                let (n, slice) = (n / self.slices(), n % self.slices());
                match self.lines.len().checked_sub(n + 1).and_then(|n| self.lines.get(n)) {
                    Some(line) => self.draw_line(&pen, &axes, &clip, line, slice),
                    None => self.draw_top(&pen, &axes, &clip),
                }
            }
        }
    }

    fn draw_ground<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        axes: &Axes,
        clip: &Clip,
    ) -> Result<(), DrawError<DB>> {
        let theme = pen.theme;
        pen.panel()?;
        let frame = &axes.left.frame;
        let (from, to) = self.window();
        for tick in &axes.left.axis.ticks {
            let y = y_of(frame, tick.at);
            pen.line(&[(clip.left, y), (clip.right, y)], theme.line_soft, 1.0)?;
        }
        // Shaded as without data is what no line has data of; a single line's gap is a gap in that line.
        for span in self.silent((from, to)) {
            let (start, end) = across(pen, frame, span);
            pen.rect((start, clip.top), (end, clip.bottom), theme.line_soft, 1.0)?;
        }
        for span in self.doubted((from, to)) {
            let (start, end) = across(pen, frame, span);
            pen.rect((start, clip.top), (end, clip.bottom), theme.line_soft, 0.45)?;
            hatch(pen, (start, clip.top), (end, clip.bottom))?;
        }
        pen.outline(frame, theme.line)
    }

    /// What the shaded spans are, in words that stand whole where the plot shows them.
    fn draw_words<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        frame: &Frame,
        window: (i64, i64),
    ) -> Result<(), DrawError<DB>> {
        let (theme, clip) = (pen.theme, Clip::from(frame));
        let y = clip.bottom - theme.font_size() * 0.75;
        let word = |words: &str, x: f64| pen.text(words, (x, y), theme.muted, HPos::Center, VPos::Center);
        let silent = self.lang.pick("no data", "无数据");
        for span in self.silent(window) {
            let (start, end) = across(pen, frame, span);
            if end - start > pen.width(silent) * 1.3 {
                word(silent, (start + end) / 2.0)?;
            }
        }
        let suspect = self.lang.pick("suspect", "存疑");
        let half = pen.width(suspect) * 0.55;
        let mut said = false;
        for span in self.doubted(window) {
            let (start, end) = across(pen, frame, span);
            if !said || end - start > half * 2.2 {
                word(
                    suspect,
                    ((start + end) / 2.0).hold(clip.left + half, (clip.right - half).max(clip.left)),
                )?;
                said = true;
            }
        }
        Ok(())
    }

    /// Spans with suspect readings, those close together as one.
    fn doubted(&self, (from, to): (i64, i64)) -> Vec<(i64, i64)> {
        let doubts = self.lines.iter().flat_map(|line| &line.series.doubts);
        let mut spans: Vec<(i64, i64)> = doubts
            .filter(|doubt| doubt.kind == DoubtKind::Suspect && doubt.to_ms >= from && doubt.from_ms <= to)
            .map(|doubt| (doubt.from_ms, doubt.to_ms))
            .collect();
        spans.sort_unstable();
        merged(&spans, (to - from) / 2000)
    }

    /// Spans of which no line has data.
    fn silent(&self, (from, to): (i64, i64)) -> Vec<(i64, i64)> {
        let mut edges: Vec<(i64, i32)> = Vec::new();
        for line in &self.lines {
            for doubt in line.series.doubts.iter().filter(|doubt| doubt.kind != DoubtKind::Suspect) {
                edges.push((doubt.from_ms, 1));
                edges.push((doubt.to_ms, -1));
            }
        }
        edges.sort_unstable();
        let (mut open, mut since, mut silent) = (0, 0, Vec::new());
        for (at, step) in edges {
            let all = open == self.lines.len() as i32;
            open += step;
            if open == self.lines.len() as i32 {
                since = at;
            } else if all && at > since && at >= from && since <= to {
                silent.push((since, at));
            }
        }
        silent
    }

    fn draw_line<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        axes: &Axes,
        clip: &Clip,
        line: &Line,
        slice: usize,
    ) -> Result<(), DrawError<DB>> {
        let theme = pen.theme;
        let frame = axes.frame(line.side);
        let colour = line_hue(theme, line.style);
        // The columns of this slice; the last has the one on the right edge, too.
        let slices = self.slices();
        let edge = |n: usize| crate::pixel(clip.left + (clip.right - clip.left) * n as f64 / slices as f64);
        let (from, to) = (edge(slice), edge(slice + 1) + i32::from(slice + 1 == slices));
        let panel = theme.panel.unwrap_or(Rgb(255, 255, 255));
        let px = (frame.right - frame.left).max(1).unsigned_abs();
        let coarse = if slice == 0 { decimate(&line.ghost, self.window(), px / 4) } else { Vec::new() };
        for run in runs(&coarse) {
            let path: Vec<Xy> =
                run.iter().map(|p| (x_of(frame, p.t_ms as f64), y_of(frame, p.value))).collect();
            for piece in clip.polyline(&path) {
                pen.dashed(&piece, colour.mixed(panel, 0.45), 1.0, (3.0, 3.0))?;
            }
        }
        let few = self.lines.len() <= MEANS_MAX;
        let mut beyond: Vec<(LimitKind, Column)> = Vec::new();
        for run in runs(&line.series.points) {
            let columns = columns(&run, frame, clip);
            let dense = run.len() > columns.len() || run.iter().any(|p| p.max > p.min);
            let wide = (theme.scale * if few { 1.3 } else { 1.1 }).max(1.0);
            if dense {
                let within = columns.partition_point(|c| c.x < from)..columns.partition_point(|c| c.x < to);
                let outline = silhouette(&columns, within, clip, wide);
                let solid = columns.iter().all(|c| c.bottom - c.top <= wide * 2.0);
                pen.fill(&clip.polygon(&outline), colour, if few && !solid { 0.42 } else { 0.88 })?;
            }
            if few || !dense {
                let path: Vec<Xy> = decimate_means(&run, frame, clip);
                let place = |edge: i32| path.partition_point(|at| crate::pixel(at.0) < edge);
                if let [at] = path.as_slice()
                    && clip.contains(*at)
                    && place(from) < place(to)
                {
                    pen.dot(*at, 1.4, colour)?;
                }
                // On to the first of the next slice; what comes in from outside the plot belongs to its first.
                let start = if slice == 0 { 0 } else { place(from) };
                let end = if slice + 1 == slices { path.len() } else { (place(to) + 1).min(path.len()) };
                for piece in clip.polyline(&path[start.min(end)..end]) {
                    pen.line(&piece, colour, wide / theme.scale)?;
                }
            }
            for (limit, kind) in [(line.high, LimitKind::High), (line.low, LimitKind::Low)] {
                let Some(limit) = limit else { continue };
                let y = y_of(frame, limit);
                let outside: Vec<Point> = run
                    .iter()
                    .filter(|p| if kind == LimitKind::High { p.max > limit } else { p.min < limit })
                    .copied()
                    .collect();
                let outside = self::columns(&outside, frame, clip).into_iter();
                beyond.extend(outside.filter(|c| c.x >= from && c.x < to).map(|c| {
                    let (top, bottom) = match kind {
                        LimitKind::High => (c.top, c.bottom.min(y).max(c.top + 1.0)),
                        LimitKind::Low => (c.top.max(y).min(c.bottom - 1.0), c.bottom),
                    };
                    (kind, Column { top, bottom, ..c })
                }));
            }
        }
        let half = pen.css(1.0).max(1.0);
        let (mut notched_high, mut notched_low) = (i32::MIN, i32::MIN);
        for (kind, column) in &beyond {
            let x = f64::from(column.x);
            let (top, bottom) =
                (column.top.hold(clip.top, clip.bottom), column.bottom.hold(clip.top, clip.bottom));
            pen.rect((x - half, top), (x + half, bottom.max(top + 1.0)), theme.critical, 1.0)?;
            let (notched, at) = match kind {
                LimitKind::High => (&mut notched_high, (clip.top, clip.top + pen.css(6.0))),
                LimitKind::Low => (&mut notched_low, (clip.bottom - pen.css(6.0), clip.bottom)),
            };
            // A notch a few pixels is seen as well as one a pixel.
            if column.x >= notched.saturating_add(crate::pixel(pen.css(3.0))) {
                pen.rect((x - half * 1.5, at.0), (x + half * 1.5, at.1), theme.critical, 1.0)?;
                *notched = column.x;
            }
        }
        if slice + 1 == slices { self.draw_shapes(pen, frame, clip, line, colour) } else { Ok(()) }
    }

    /// The line's shape, here and there on it.
    fn draw_shapes<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        frame: &Frame,
        clip: &Clip,
        line: &Line,
        colour: Rgb,
    ) -> Result<(), DrawError<DB>> {
        if self.lines.len() < 2 {
            return Ok(());
        }
        let apart = pen.css(SHAPES_APART);
        let mut next = clip.left + apart * (0.3 + 0.37 * line.style as f64).fract();
        for point in line.series.points.iter().flatten() {
            let at = (x_of(frame, point.t_ms as f64), y_of(frame, point.value));
            if at.0 >= next && at.0 <= clip.right {
                if clip.contains(at) {
                    draw_shape(pen, line_shape(line.style), at, colour)?;
                }
                next += apart * (((at.0 - next) / apart).floor() + 1.0);
            }
        }
        Ok(())
    }

    fn draw_top<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        axes: &Axes,
        clip: &Clip,
    ) -> Result<(), DrawError<DB>> {
        let theme = pen.theme;
        let font = theme.font_size();
        for (value, _, side) in &self.limits() {
            let y = y_of(axes.frame(*side), *value);
            if (clip.top - 0.5..=clip.bottom + 0.5).contains(&y) {
                pen.dashed(&[(clip.left, y), (clip.right, y)], theme.critical, 1.0, (5.0, 4.0))?;
            }
        }
        let (from, to) = self.window();
        let seen = self.marks.iter().filter(|mark| mark.t_ms >= from && mark.t_ms <= to).count();
        if seen <= MARK_LINES_MAX {
            draw_marks(pen, &axes.left.frame, &self.marks, (from, to))?;
        } else {
            for mark in self.marks.iter().filter(|mark| mark.t_ms >= from && mark.t_ms <= to) {
                let x = x_of(&axes.left.frame, mark.t_ms as f64);
                pen.line(&[(x, clip.top), (x, clip.top + pen.css(10.0))], theme.faint, 1.0)?;
                pen.symbol(mark.kind, (x, clip.top + pen.css(10.0)))?;
            }
        }
        crate::time_chart::draw_value_axis(pen, &axes.left, &self.units[0])?;
        if let Some((frame, axis)) = &axes.right {
            let x = clip.right + pen.css(5.0);
            let room = (clip.bottom - clip.top) / (axis.ticks.len().max(2) - 1) as f64;
            let every = (font * 1.2 / room.max(1.0)).ceil().max(1.0) as usize;
            for tick in axis.ticks.iter().step_by(every) {
                let y = f64::from(frame.y(tick.at));
                pen.line(&[(clip.right, y), (clip.right + pen.css(3.0), y)], theme.line, 1.0)?;
                pen.text(&tick.label, (x, y), theme.muted, HPos::Left, VPos::Center)?;
            }
            let at = (clip.right + pen.css(2.0), clip.top - font * 1.1);
            let (width, room) = (pen.width(&self.units[1]), f64::from(pen.size().0) - at.0);
            let (x, side) = if width > room {
                (f64::from(pen.size().0) - pen.css(2.0), HPos::Right)
            } else {
                (at.0, HPos::Left)
            };
            pen.text(&self.units[1], (x, at.1), theme.muted, side, VPos::Center)?;
        }
        if !self.moves {
            let right = axes.right.as_ref().map(|(frame, _)| *frame);
            self.draw_still(pen, &axes.left.frame, right.as_ref(), (from, to))?;
        }
        self.draw_legend(pen, axes)
    }

    /// The limits of all lines, each once.
    fn limits(&self) -> Vec<(f64, LimitKind, Side)> {
        let mut limits = Vec::new();
        for line in &self.lines {
            for (value, kind) in [(line.high, LimitKind::High), (line.low, LimitKind::Low)] {
                if let Some(value) = value
                    && !limits.contains(&(value, kind, line.side))
                {
                    limits.push((value, kind, line.side));
                }
            }
        }
        limits
    }

    /// Draws the axis of time and the words of limits and of shaded spans over a chart that [`moves`](Self::moves), where its plot and its span are now. Its
    /// lines need no points.
    pub fn draw_over<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
        frames: (&Frame, Option<&Frame>),
    ) -> Result<(), DrawError<DB>> {
        let pen = Pen::new(root, theme);
        self.draw_still(&pen, frames.0, frames.1, (frames.0.x_from as i64, frames.0.x_to as i64))
    }

    fn draw_still<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        left: &Frame,
        right: Option<&Frame>,
        window: (i64, i64),
    ) -> Result<(), DrawError<DB>> {
        let (theme, clip) = (pen.theme, Clip::from(left));
        let font = theme.font_size();
        let limits = self.limits();
        for (value, kind, side) in limits.iter().filter(|_| limits.len() <= LIMIT_LABELS_MAX) {
            let frame = if *side == Side::Right { right.unwrap_or(left) } else { left };
            let y = y_of(frame, *value);
            if !(clip.top - 0.5..=clip.bottom + 0.5).contains(&y) {
                continue;
            }
            let word = match kind {
                LimitKind::High => self.lang.pick("high", "上限"),
                LimitKind::Low => self.lang.pick("low", "下限"),
            };
            let words = format!("{word} {} {}", number(*value, 1), self.units[*side as usize]);
            let up = *kind == LimitKind::High && y - font * 1.4 > clip.top
                || *kind == LimitKind::Low && y + font * 1.4 > clip.bottom;
            let shift = if up { -font * 0.75 } else { font * 0.85 };
            let (x, at) = match side {
                Side::Left => (clip.left + pen.css(4.0), HPos::Left),
                Side::Right => (clip.right - pen.css(4.0), HPos::Right),
            };
            pen.text(&words, (x, y + shift), theme.muted, at, VPos::Center)?;
        }
        self.draw_words(pen, left, window)?;
        draw_time_axis(pen, left, window, &self.zone, self.now_ms, HPos::Right, self.lang)
    }

    fn draw_legend<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, axes: &Axes) -> Result<(), DrawError<DB>> {
        if !self.legend {
            return Ok(());
        }
        let theme = pen.theme;
        let font = theme.font_size();
        let mut title = self.title.clone();
        if self.lines.iter().any(|line| !line.ghost.is_empty()) && !self.ghost_name.is_empty() {
            title = format!("{title}   - - {}", self.ghost_name);
        }
        pen.text(&title, (pen.css(10.0), font * 0.9), theme.text, HPos::Left, VPos::Center)?;
        for (n, x, row) in &axes.names {
            let line = &self.lines[*n];
            let y = font * (2.3 + 1.4 * row);
            let colour = line_hue(theme, line.style);
            pen.line(&[(*x, y), (x + pen.css(18.0), y)], colour, 2.0)?;
            draw_shape(pen, line_shape(line.style), (x + pen.css(9.0), y), colour)?;
            let at = (x + pen.css(23.0), y);
            pen.text(&self.full_name(line), at, theme.muted, HPos::Left, VPos::Center)?;
        }
        Ok(())
    }

    /// The frames of the left and of the right axis in a drawing of `size`.
    pub fn frames(&self, size: (u32, u32), theme: &Theme) -> (Frame, Option<Frame>) {
        let axes = self.axes(size, theme);
        (axes.left.frame, axes.right.map(|(frame, _)| frame))
    }

    /// What each axis must hold to draw its lines: left, right.
    pub fn extents(&self) -> [(f64, f64); 2] {
        [self.values(Side::Left), self.values(Side::Right)]
    }

    fn decimals(&self, side: Side) -> usize {
        let (low, high) = self.values(side);
        (scale::value_axis(low, high, 5).decimals + 1).min(3)
    }
}

/// One pixel column a point or more, in order of x; what is outside the window is left out.
fn columns(points: &[Point], frame: &Frame, clip: &Clip) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::with_capacity(points.len().min(4096));
    for point in points {
        if !(point.min.is_finite() && point.max.is_finite()) {
            continue;
        }
        let x = x_of(frame, point.t_ms as f64);
        if x < clip.left - 1.0 || x > clip.right + 1.0 {
            continue;
        }
        let x = crate::pixel(x.hold(clip.left, clip.right));
        let (top, bottom) = (y_of(frame, point.max), y_of(frame, point.min));
        match columns.last_mut() {
            Some(last) if last.x == x => {
                last.top = last.top.min(top);
                last.bottom = last.bottom.max(bottom);
            }
            _ => columns.push(Column { x, top, bottom }),
        }
    }
    columns
}

/// The outline of some of the columns as steps: a column is as wide as a pixel or reaches to the next, and touches the one before.
fn silhouette(columns: &[Column], within: std::ops::Range<usize>, clip: &Clip, thick: f64) -> Vec<Xy> {
    let mut tops: Vec<Xy> = Vec::with_capacity(within.len() * 2);
    let mut bottoms: Vec<Xy> = Vec::with_capacity(within.len() * 2);
    let mut before = within.start.checked_sub(1).and_then(|n| columns.get(n)).copied();
    for (n, column) in columns.iter().enumerate().take(within.end).skip(within.start) {
        let (mut top, mut bottom) = (column.top, column.bottom);
        if let Some(before) = before {
            if top > before.bottom {
                top = before.bottom;
            }
            if bottom < before.top {
                bottom = before.top;
            }
        }
        let short = (thick - (bottom - top)).max(0.0) / 2.0;
        let (top, bottom) = (top - short, bottom + short);
        let left = f64::from(column.x);
        // The next column, if it is near; a lone one is a pixel wide.
        let right =
            columns.get(n + 1).map_or(left + 1.0, |next| f64::from(next.x)).min(clip.right.max(left + 1.0));
        tops.extend([(left, top), (right, top)]);
        bottoms.extend([(left, bottom), (right, bottom)]);
        before = Some(*column);
    }
    bottoms.reverse();
    tops.extend(bottoms);
    tops
}

/// The means, one a column where there are more.
fn decimate_means(points: &[Point], frame: &Frame, clip: &Clip) -> Vec<Xy> {
    let mut path: Vec<(f64, f64, u32)> = Vec::new();
    let mut column = i32::MIN;
    for point in points.iter().filter(|point| point.value.is_finite()) {
        let (x, y) = (x_of(frame, point.t_ms as f64), y_of(frame, point.value));
        if x < clip.left - 3000.0 || x > clip.right + 3000.0 {
            continue;
        }
        match path.last_mut() {
            Some(last) if column == crate::pixel(x) => {
                last.1 = (last.1 * f64::from(last.2) + y) / f64::from(last.2 + 1);
                last.2 += 1;
            }
            _ => {
                column = crate::pixel(x);
                path.push((x, y, 1));
            }
        }
    }
    path.into_iter().map(|(x, y, _)| (x, y)).collect()
}

/// Spans in order, joined where they overlap or are nearer than `near`.
/// From where to where a span lies in the plot; a short one must be seen too.
fn across<DB: DrawingBackend>(pen: &Pen<'_, DB>, frame: &Frame, span: (i64, i64)) -> (f64, f64) {
    let clip = Clip::from(frame);
    let start = x_of(frame, span.0 as f64).hold(clip.left, clip.right);
    let end = x_of(frame, span.1 as f64).hold(clip.left, clip.right);
    (start, end.max((start + pen.css(2.0)).min(clip.right)))
}

fn merged(spans: &[(i64, i64)], near: i64) -> Vec<(i64, i64)> {
    let mut out: Vec<(i64, i64)> = Vec::new();
    for (from, to) in spans {
        match out.last_mut() {
            Some(last) if *from <= last.1.saturating_add(near) => last.1 = last.1.max(*to),
            _ => out.push((*from, *to)),
        }
    }
    out
}

pub(crate) fn draw_shape<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    shape: Shape,
    (x, y): Xy,
    colour: Rgb,
) -> Result<(), DrawError<DB>> {
    let ground = pen.theme.panel.unwrap_or(Rgb(255, 255, 255));
    let r = pen.css(3.4);
    let outline = |corners: &[Xy]| -> Result<(), DrawError<DB>> {
        pen.fill(corners, ground, 1.0)?;
        let closed: Vec<Xy> = corners.iter().chain(corners.first()).copied().collect();
        pen.line(&closed, colour, 1.3)
    };
    match shape {
        Shape::Ring => {
            pen.dot((x, y), 3.6, colour)?;
            pen.dot((x, y), 2.2, ground)
        }
        Shape::Box => outline(&[(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]),
        Shape::Peak => outline(&[(x, y - r * 1.2), (x + r * 1.2, y + r), (x - r * 1.2, y + r)]),
        Shape::Rhomb => outline(&[(x, y - r * 1.3), (x + r * 1.3, y), (x, y + r * 1.3), (x - r * 1.3, y)]),
        Shape::Cross => {
            pen.line(&[(x - r, y - r), (x + r, y + r)], ground, 3.6)?;
            pen.line(&[(x + r, y - r), (x - r, y + r)], ground, 3.6)?;
            pen.line(&[(x - r, y - r), (x + r, y + r)], colour, 1.8)?;
            pen.line(&[(x + r, y - r), (x - r, y + r)], colour, 1.8)
        }
    }
}

impl Chart for LinesChart {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        (0..self.pieces()).try_for_each(|piece| self.draw_piece(piece, root, theme))
    }

    fn summary(&self, lang: Lang) -> String {
        let (from, to) = self.window();
        let title = if self.title.is_empty() {
            String::new()
        } else {
            format!("{}{}", self.title, lang.pick(", ", "，"))
        };
        let (start, end) = (moment(from, &self.zone, lang), moment(to, &self.zone, lang));
        let mut words = vec![match lang {
            Lang::En => format!("{title}{start} to {end} ({}).", self.zone.label),
            Lang::ZhHans => format!("{title}{start} 至 {end}（{}）。", self.zone.label),
        }];
        for line in &self.lines {
            let unit = &self.units[line.side as usize];
            let value = |v: f64| format!("{} {unit}", number(v, self.decimals(line.side)));
            let name = &line.series.name;
            let inside = || line.series.points.iter().flatten().filter(|p| p.t_ms >= from && p.t_ms <= to);
            let (Some(lowest), Some(highest)) = (
                inside().min_by(|a, b| a.min.total_cmp(&b.min)),
                inside().max_by(|a, b| a.max.total_cmp(&b.max)),
            ) else {
                words.push(format!("{name}{}", lang.pick(": no readings.", "：没有读数。")));
                continue;
            };
            let at = |t_ms: i64| moment(t_ms, &self.zone, lang);
            let (low, high) = (value(lowest.min), value(highest.max));
            let (low_at, high_at) = (at(lowest.t_ms), at(highest.t_ms));
            words.push(match lang {
                Lang::En => format!("{name}: lowest {low} on {low_at}, highest {high} on {high_at}."),
                Lang::ZhHans => format!("{name}：最低 {low}（{low_at}），最高 {high}（{high_at}）。"),
            });
            if line.high.is_some_and(|limit| highest.max > limit) {
                words.push(lang.pick("The high limit was exceeded.", "曾超过上限。").to_owned());
            }
            if line.low.is_some_and(|limit| lowest.min < limit) {
                words.push(lang.pick("It fell below the low limit.", "曾低于下限。").to_owned());
            }
        }
        words.join(lang.pick(" ", ""))
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, lang: Lang) -> Table {
        let mut header = vec![
            format!("{} ({})", lang.pick("time", "时间"), self.zone.label),
            lang.pick("line", "曲线").to_owned(),
        ];
        header.extend(crate::table::header(
            lang,
            &[("lowest", "最低"), ("mean", "平均"), ("highest", "最高"), ("unit", "单位"), ("limit", "限值")],
        ));
        let mut rows = Vec::new();
        let each = (TABLE_ROWS_MAX / self.lines.len().max(1) as u32).max(8) / 4;
        let seconds = self.window().1 - self.window().0 < 30 * 60_000;
        for (n, line) in self.lines.iter().enumerate() {
            let decimals = self.decimals(line.side);
            for p in decimate(&line.series.points, self.window(), each).iter().flatten() {
                let local = self.zone.local_ms(p.t_ms);
                let at = if seconds { clock(local, true) } else { moment(p.t_ms, &self.zone, lang) };
                let outside =
                    match (line.high.is_some_and(|l| p.max > l), line.low.is_some_and(|l| p.min < l)) {
                        (true, _) => lang.pick("above", "超上限"),
                        (_, true) => lang.pick("below", "低于下限"),
                        _ => "",
                    };
                rows.push((
                    (p.t_ms, n),
                    vec![
                        at,
                        line.series.name.clone(),
                        number(p.min, decimals),
                        number(p.value, decimals),
                        number(p.max, decimals),
                        self.units[line.side as usize].clone(),
                        outside.to_owned(),
                    ],
                ));
            }
        }
        rows.sort_by_key(|(key, _)| *key);
        Table { header, rows: rows.into_iter().map(|(_, row)| row).collect() }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        self.axes(size, theme).left.frame
    }
}

#[cfg(test)]
mod tests;
