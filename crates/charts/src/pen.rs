//! Shapes and text on any backend, in CSS pixels' worth of widths.

use crate::model::MarkKind;
use crate::theme::{Rgb, Theme};
use crate::{Frame, pixel, text};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, ShapeStyle, TextStyle};
use plotters_backend::DrawingBackend;

/// What went wrong in the backend.
pub type DrawError<DB> = DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>;

/// A point in backend pixels before rounding.
pub(crate) type Xy = (f64, f64);

/// A dash pattern in CSS pixels: on, off.
pub(crate) type Dash = (f64, f64);

pub(crate) struct Pen<'a, DB: DrawingBackend> {
    root: &'a DrawingArea<DB, Shift>,
    pub(crate) theme: &'a Theme,
}

type Drawn<DB> = Result<(), DrawError<DB>>;

impl<'a, DB: DrawingBackend> Pen<'a, DB> {
    pub(crate) fn new(root: &'a DrawingArea<DB, Shift>, theme: &'a Theme) -> Self {
        Self { root, theme }
    }

    /// A drawing begins: `measure` says from its size where the plot lies, which is what shapes are cut at.
    pub(crate) fn measured<L: AsRef<Frame>>(
        root: &'a DrawingArea<DB, Shift>,
        theme: &'a Theme,
        measure: impl FnOnce((u32, u32), &Theme) -> L,
    ) -> (Self, L, Clip) {
        let pen = Self::new(root, theme);
        let plot = measure(pen.size(), theme);
        let clip = Clip::from(plot.as_ref());
        (pen, plot, clip)
    }

    /// The same on a panel of its own.
    pub(crate) fn begin<L: AsRef<Frame>>(
        root: &'a DrawingArea<DB, Shift>,
        theme: &'a Theme,
        measure: impl FnOnce((u32, u32), &Theme) -> L,
    ) -> Result<(Self, L, Clip), DrawError<DB>> {
        let begun = Self::measured(root, theme, measure);
        begun.0.panel()?;
        Ok(begun)
    }

    pub(crate) fn size(&self) -> (u32, u32) {
        self.root.dim_in_pixel()
    }

    pub(crate) fn panel(&self) -> Drawn<DB> {
        match self.theme.panel {
            Some(colour) => self.root.fill(&colour.plotters()),
            None => Ok(()),
        }
    }

    fn stroke(&self, colour: Rgb, css_width: f64) -> ShapeStyle {
        let width = pixel(css_width * self.theme.scale).max(1);
        ShapeStyle { color: colour.plotters().to_rgba(), filled: false, stroke_width: width.unsigned_abs() }
    }

    fn filling(colour: Rgb, alpha: f64) -> ShapeStyle {
        ShapeStyle { color: colour.plotters().mix(alpha), filled: true, stroke_width: 0 }
    }

    pub(crate) fn line(&self, points: &[Xy], colour: Rgb, css_width: f64) -> Drawn<DB> {
        if points.len() < 2 {
            return Ok(());
        }
        let points: Vec<(i32, i32)> = points.iter().map(|p| (pixel(p.0), pixel(p.1))).collect();
        self.root.draw(&PathElement::new(points, self.stroke(colour, css_width)))
    }

    pub(crate) fn dashed(&self, points: &[Xy], colour: Rgb, css_width: f64, dash: Dash) -> Drawn<DB> {
        for piece in dashes(points, dash.0 * self.theme.scale, dash.1 * self.theme.scale) {
            self.line(&piece, colour, css_width)?;
        }
        Ok(())
    }

    pub(crate) fn fill(&self, points: &[Xy], colour: Rgb, alpha: f64) -> Drawn<DB> {
        if points.len() < 3 {
            return Ok(());
        }
        let points: Vec<(i32, i32)> = points.iter().map(|p| (pixel(p.0), pixel(p.1))).collect();
        self.root.draw(&Polygon::new(points, Self::filling(colour, alpha)))
    }

    pub(crate) fn rect(&self, from: Xy, to: Xy, colour: Rgb, alpha: f64) -> Drawn<DB> {
        let corners = [(pixel(from.0), pixel(from.1)), (pixel(to.0), pixel(to.1))];
        self.root.draw(&Rectangle::new(corners, Self::filling(colour, alpha)))
    }

    pub(crate) fn outline(&self, frame: &Frame, colour: Rgb) -> Drawn<DB> {
        let (l, t, r, b) =
            (f64::from(frame.left), f64::from(frame.top), f64::from(frame.right), f64::from(frame.bottom));
        self.line(&[(l, t), (r, t), (r, b), (l, b), (l, t)], colour, 1.0)
    }

    pub(crate) fn dot(&self, at: Xy, css_radius: f64, colour: Rgb) -> Drawn<DB> {
        let radius = pixel(css_radius * self.theme.scale).max(1);
        self.root.draw(&Circle::new((pixel(at.0), pixel(at.1)), radius, Self::filling(colour, 1.0)))
    }

    /// The shape of a priority around a centre: ■ ▲ ◆ ●.
    pub(crate) fn symbol(&self, kind: MarkKind, at: Xy) -> Drawn<DB> {
        let r = 3.6 * self.theme.scale;
        let (x, y) = at;
        match kind {
            MarkKind::Critical => self.rect((x - r, y - r), (x + r, y + r), self.theme.critical, 1.0),
            MarkKind::High => {
                self.fill(&[(x, y - r), (x + r * 1.1, y + r), (x - r * 1.1, y + r)], self.theme.high, 1.0)
            }
            MarkKind::Medium => {
                let r = r * 1.15;
                self.fill(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], self.theme.medium, 1.0)
            }
            MarkKind::Low => self.dot(at, 3.6, self.theme.low),
            MarkKind::Event => Ok(()),
        }
    }

    /// Text of the theme's label size; the anchor names which point of the text `at` is.
    pub(crate) fn text(&self, words: &str, at: Xy, colour: Rgb, h_pos: HPos, v_pos: VPos) -> Drawn<DB> {
        self.text_sized(words, at, colour, h_pos, v_pos, self.theme.font_size())
    }

    pub(crate) fn text_sized(
        &self,
        words: &str,
        at: Xy,
        colour: Rgb,
        h_pos: HPos,
        v_pos: VPos,
        font_px: f64,
    ) -> Drawn<DB> {
        if words.is_empty() {
            return Ok(());
        }
        let font = FontDesc::new(FontFamily::Name(self.theme.font), font_px, FontStyle::Normal);
        let ink = colour.plotters();
        let style = TextStyle::from(font).color(&ink).pos(Pos::new(h_pos, v_pos));
        self.root.draw_text(words, &style, (pixel(at.0), pixel(at.1)))
    }

    pub(crate) fn width(&self, words: &str) -> f64 {
        text::measure(words, self.theme.font_size()).0
    }

    pub(crate) fn css(&self, px: f64) -> f64 {
        px * self.theme.scale
    }
}

/// Cuts a polyline into dashes. Bounded: a pattern finer than a pixel is drawn solid.
fn dashes(points: &[Xy], on: f64, off: f64) -> Vec<Vec<Xy>> {
    if on < 0.5 || off < 0.5 {
        return vec![points.to_vec()];
    }
    let mut out: Vec<Vec<Xy>> = Vec::new();
    let mut drawing = true;
    let mut left = on;
    let mut piece: Vec<Xy> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let (mut a, b) = (pair[0], pair[1]);
        let mut length = (b.0 - a.0).hypot(b.1 - a.1);
        while length > left {
            let share = left / length;
            let cut = (a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share);
            if drawing {
                piece.push(cut);
                out.push(std::mem::take(&mut piece));
            } else {
                piece = vec![cut];
            }
            drawing = !drawing;
            length -= left;
            left = if drawing { on } else { off };
            a = cut;
        }
        left -= length;
        if drawing {
            piece.push(b);
        }
    }
    if drawing && piece.len() > 1 {
        out.push(piece);
    }
    out
}

/// A rectangle to cut shapes at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clip {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl From<&Frame> for Clip {
    fn from(frame: &Frame) -> Self {
        Self {
            left: f64::from(frame.left),
            top: f64::from(frame.top),
            right: f64::from(frame.right),
            bottom: f64::from(frame.bottom),
        }
    }
}

impl Clip {
    /// The part of a segment inside: Liang and Barsky (1984).
    fn segment(&self, a: Xy, b: Xy) -> Option<(Xy, Xy)> {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut from, mut to) = (0.0_f64, 1.0_f64);
        for (p, q) in
            [(-dx, a.0 - self.left), (dx, self.right - a.0), (-dy, a.1 - self.top), (dy, self.bottom - a.1)]
        {
            if p == 0.0 {
                if q < 0.0 {
                    return None;
                }
            } else if p < 0.0 {
                from = from.max(q / p);
            } else {
                to = to.min(q / p);
            }
        }
        (from <= to).then_some(((a.0 + dx * from, a.1 + dy * from), (a.0 + dx * to, a.1 + dy * to)))
    }

    /// The parts of a polyline inside.
    pub(crate) fn polyline(&self, points: &[Xy]) -> Vec<Vec<Xy>> {
        let mut out: Vec<Vec<Xy>> = Vec::new();
        let mut piece: Vec<Xy> = Vec::new();
        for pair in points.windows(2) {
            match self.segment(pair[0], pair[1]) {
                Some((a, b)) => {
                    if piece.last() != Some(&a) {
                        if piece.len() > 1 {
                            out.push(std::mem::take(&mut piece));
                        }
                        piece = vec![a];
                    }
                    piece.push(b);
                }
                None => {
                    if piece.len() > 1 {
                        out.push(std::mem::take(&mut piece));
                    }
                    piece.clear();
                }
            }
        }
        if piece.len() > 1 {
            out.push(piece);
        }
        out
    }

    /// The part of a polygon inside: Sutherland and Hodgman (1974).
    pub(crate) fn polygon(&self, points: &[Xy]) -> Vec<Xy> {
        let mut points = points.to_vec();
        for side in 0..4 {
            let inside = |p: &Xy| match side {
                0 => p.0 >= self.left,
                1 => p.0 <= self.right,
                2 => p.1 >= self.top,
                _ => p.1 <= self.bottom,
            };
            let cut = |a: &Xy, b: &Xy| -> Xy {
                let (edge, vertical) = match side {
                    0 => (self.left, true),
                    1 => (self.right, true),
                    2 => (self.top, false),
                    _ => (self.bottom, false),
                };
                if vertical {
                    (edge, a.1 + (b.1 - a.1) * (edge - a.0) / (b.0 - a.0))
                } else {
                    (a.0 + (b.0 - a.0) * (edge - a.1) / (b.1 - a.1), edge)
                }
            };
            let mut kept = Vec::with_capacity(points.len() + 4);
            for n in 0..points.len() {
                let (a, b) = (&points[(n + points.len() - 1) % points.len()], &points[n]);
                match (inside(a), inside(b)) {
                    (true, true) => kept.push(*b),
                    (true, false) => kept.push(cut(a, b)),
                    (false, true) => {
                        kept.push(cut(a, b));
                        kept.push(*b);
                    }
                    (false, false) => {}
                }
            }
            points = kept;
        }
        points
    }

    pub(crate) fn contains(&self, p: Xy) -> bool {
        p.0 >= self.left && p.0 <= self.right && p.1 >= self.top && p.1 <= self.bottom
    }
}

/// Places labels in rows so that none covers another.
pub(crate) struct Rows {
    taken: Vec<Vec<(f64, f64)>>,
}

impl Rows {
    pub(crate) fn new(rows: usize) -> Self {
        Self { taken: vec![Vec::new(); rows] }
    }

    /// The first row where `from..to` is free; `None` where it is free in none.
    pub(crate) fn place(&mut self, from: f64, to: f64) -> Option<usize> {
        let row = self.taken.iter().position(|row| row.iter().all(|(a, b)| to < *a || from > *b))?;
        self.taken[row].push((from, to));
        Some(row)
    }
}
