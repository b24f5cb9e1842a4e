//! Flows text, tables and pictures onto A4 pages, then writes them as PDF. Lengths are points from the top left corner.

use crate::font::{Fonts, Weight, clean};
use charts::{Rgb, Theme};
use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla_svg::{SurfaceExt as _, SvgSettings};

/// A4.
pub(crate) const PAGE: (f32, f32) = (595.28, 841.89);
/// Left and right margin.
pub(crate) const MARGIN: f32 = 42.0;
/// Width of what stands between the margins.
pub(crate) const WIDTH: f32 = PAGE.0 - 2.0 * MARGIN;
/// Where text ends; the footer is below.
const BOTTOM: f32 = PAGE.1 - 54.0;

/// Size of table text.
const CELL: f32 = 7.5;
/// Size of the figures below a row and of table headers.
pub(crate) const SMALL: f32 = 6.75;
/// A line's height as a share of its size.
const LEADING: f32 = 1.36;
/// Above and below the text of a row.
const ROW_PAD: f32 = 2.6;
/// Between columns.
const GAP: f32 = 9.0;
/// Where a line of text stands: from its middle down to the baseline, as a share of its size.
const MIDDLE_TO_BASELINE: f32 = 0.365;
/// Lines that a name or a note may take in a cell.
const CELL_LINES: usize = 3;
/// Lines that a note below a row may take.
const NOTE_LINES: usize = 6;
/// The least width of a column that gives way.
const FLEX_MIN: f32 = 60.0;

/// How text looks.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) size: f32,
    pub(crate) weight: Weight,
    pub(crate) colour: Rgb,
}

impl Style {
    pub(crate) const fn new(size: f32, weight: Weight, colour: Rgb) -> Self {
        Self { size, weight, colour }
    }

    fn line(self) -> f32 {
        self.size * LEADING
    }
}

/// The greys and the few colours.
pub(crate) const INK: Theme = Theme::print();
pub(crate) const BODY: Style = Style::new(8.5, Weight::Regular, INK.text);
pub(crate) const MUTED: Style = Style::new(SMALL, Weight::Regular, INK.muted);
const HEAD: Style = Style::new(SMALL, Weight::SemiBold, INK.muted);
/// What stands below a row.
const NOTE: Style = Style::new(6.5, Weight::Regular, INK.muted);
const CELL_STYLE: Style = Style::new(CELL, Weight::Regular, INK.text);

enum Op {
    Text { x: f32, base: f32, text: String, style: Style },
    Line { from: (f32, f32), to: (f32, f32), width: f32, colour: Rgb },
    Box { at: (f32, f32), size: (f32, f32), fill: Option<Rgb>, line: Option<Rgb> },
    Picture { at: (f32, f32), size: (f32, f32), tree: Box<usvg::Tree> },
}

/// Where a cell's text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A column of a table.
pub(crate) struct Column {
    head: String,
    align: Align,
    /// 0: as wide as its texts; else its share of what is left.
    flex: f32,
    /// Not 0: exactly so wide.
    fixed: f32,
}

impl Column {
    /// Words; as wide as the widest.
    pub(crate) fn text(head: impl Into<String>) -> Self {
        Self { head: head.into(), align: Align::Left, flex: 0.0, fixed: 0.0 }
    }

    /// Figures, right-aligned.
    pub(crate) fn figures(head: impl Into<String>) -> Self {
        Self { head: head.into(), align: Align::Right, flex: 0.0, fixed: 0.0 }
    }

    /// Words that take the room left, and wrap.
    pub(crate) fn words(head: impl Into<String>, flex: f32) -> Self {
        Self { head: head.into(), align: Align::Left, flex, fixed: 0.0 }
    }

    /// Room to write by hand.
    pub(crate) fn blank(head: impl Into<String>, width: f32) -> Self {
        Self { head: head.into(), align: Align::Left, flex: 0.0, fixed: width }
    }
}

/// A cell's text.
pub(crate) struct Cell {
    text: String,
    weight: Weight,
    colour: Rgb,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text: clean(&text), weight: Weight::Regular, colour: INK.text }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl Cell {
    pub(crate) fn strong(mut self) -> Self {
        self.weight = Weight::SemiBold;
        self
    }

    pub(crate) fn colour(mut self, colour: Rgb) -> Self {
        self.colour = colour;
        self
    }
}

/// A row of a table.
pub(crate) enum Row {
    /// A heading inside the table, with something at its right edge; said again on the next page.
    Group { left: String, right: String, continued: String },
    /// Cells, and lines over the whole width below them; at least so high.
    Cells { cells: Vec<Cell>, notes: Vec<(String, Rgb)>, least: f32 },
}

impl Row {
    pub(crate) fn cells(cells: Vec<Cell>) -> Self {
        Self::Cells { cells, notes: Vec::new(), least: 0.0 }
    }

    /// A row with room to write by hand.
    pub(crate) fn tall(cells: Vec<Cell>, notes: Vec<(String, Rgb)>, least: f32) -> Self {
        Self::Cells { cells, notes, least }
    }
}

/// Pages as they fill.
pub(crate) struct Paper<'a> {
    fonts: &'a Fonts,
    pages: Vec<Vec<Op>>,
    /// The top of what comes next.
    y: f32,
    /// Where text starts on pages after the first.
    top: f32,
    marks: Vec<(String, usize, f32)>,
}

impl<'a> Paper<'a> {
    /// Paper whose pages start at `top`; the first at `first`.
    pub(crate) fn new(fonts: &'a Fonts, first: f32, top: f32) -> Self {
        Self { fonts, pages: vec![Vec::new()], y: first, top, marks: Vec::new() }
    }

    pub(crate) fn y(&self) -> f32 {
        self.y
    }

    /// What is left of the page.
    pub(crate) fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    pub(crate) fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// Starts a page where less than `height` is left; `true` where it did.
    pub(crate) fn need(&mut self, height: f32) -> bool {
        let full = self.y + height > BOTTOM && self.y > self.top;
        if full {
            self.pages.push(Vec::new());
            self.y = self.top;
        }
        full
    }

    fn add(&mut self, op: Op) {
        if let Some(page) = self.pages.last_mut() {
            page.push(op);
        }
    }

    /// One line of text whose box starts at (x, top).
    fn line_at(&mut self, x: f32, top: f32, text: String, style: Style) {
        if text.is_empty() {
            return;
        }
        let base = top + style.line() / 2.0 + MIDDLE_TO_BASELINE * style.size;
        self.add(Op::Text { x, base, text, style });
    }

    /// One line, cut to `width`.
    pub(crate) fn put(&mut self, x: f32, top: f32, text: &str, style: Style, width: f32) {
        let text = self.fonts.fit(&clean(text), style.weight, style.size, width);
        self.line_at(x, top, text, style);
    }

    /// One line that ends at `right`, made smaller where it is wider than `width`: a figure is never cut.
    pub(crate) fn put_right(&mut self, right: f32, top: f32, text: &str, mut style: Style, width: f32) {
        let text = clean(text);
        let mut wide = self.fonts.width(&text, style.weight, style.size);
        let mut top = top;
        if wide > width && width > 0.0 {
            let smaller = style.size * width / wide;
            top += (style.size - smaller) * LEADING / 2.0;
            style.size = smaller;
            wide = width;
        }
        self.line_at(right - wide, top, text, style);
    }

    /// One line of words that ends at `right`, cut to `width`.
    pub(crate) fn put_words_right(&mut self, right: f32, top: f32, text: &str, style: Style, width: f32) {
        let text = self.fonts.fit(&clean(text), style.weight, style.size, width);
        let wide = self.fonts.width(&text, style.weight, style.size);
        self.line_at(right - wide, top, text, style);
    }

    /// A figure of its own, made smaller where it is wider than `width`; it stands on `base`.
    pub(crate) fn put_figure(&mut self, x: f32, base: f32, text: &str, mut style: Style, width: f32) {
        let wide = self.fonts.width(text, style.weight, style.size);
        if wide > width {
            style.size *= width / wide;
        }
        self.add(Op::Text { x, base, text: text.to_owned(), style });
    }

    pub(crate) fn rule(&mut self, y: f32, colour: Rgb) {
        self.add(Op::Line { from: (MARGIN, y), to: (MARGIN + WIDTH, y), width: 0.6, colour });
    }

    pub(crate) fn line(&mut self, from: (f32, f32), to: (f32, f32), colour: Rgb) {
        self.add(Op::Line { from, to, width: 0.6, colour });
    }

    pub(crate) fn upright(&mut self, x: f32, from: f32, to: f32, colour: Rgb) {
        self.add(Op::Line { from: (x, from), to: (x, to), width: 0.6, colour });
    }

    pub(crate) fn frame(&mut self, at: (f32, f32), size: (f32, f32), fill: Option<Rgb>, line: Option<Rgb>) {
        self.add(Op::Box { at, size, fill, line });
    }

    pub(crate) fn picture(&mut self, at: (f32, f32), size: (f32, f32), tree: usvg::Tree) {
        self.add(Op::Picture { at, size, tree: Box::new(tree) });
    }

    /// A paragraph between the margins.
    pub(crate) fn paragraph(&mut self, text: &str, style: Style) {
        self.paragraph_in(text, style, MARGIN, WIDTH, 60);
    }

    /// A paragraph of at most `lines_max` lines.
    pub(crate) fn paragraph_in(&mut self, text: &str, style: Style, x: f32, width: f32, lines_max: usize) {
        for line in self.fonts.wrap(&clean(text), style.weight, style.size, width, lines_max) {
            self.need(style.line());
            let top = self.y;
            self.line_at(x, top, line, style);
            self.y += style.line();
        }
    }

    /// A heading of a section, in the PDF's outline, on one page with `keep` of what follows.
    pub(crate) fn heading(&mut self, text: &str, keep: f32) {
        let style = Style::new(13.0, Weight::SemiBold, INK.text);
        let above = 18.0;
        if !self.need(above + style.line() + 4.0 + keep) && self.y > self.top {
            self.y += above;
        }
        self.marks.push((text.to_owned(), self.pages.len() - 1, self.y));
        let top = self.y;
        self.put(MARGIN, top, text, style, WIDTH);
        self.y += style.line() + 4.0;
    }

    /// A smaller heading, with something muted at its right edge.
    pub(crate) fn subheading(&mut self, text: &str, right: &str, keep: f32) {
        let style = Style::new(9.5, Weight::SemiBold, INK.text);
        if !self.need(10.0 + style.line() + keep) && self.y > self.top {
            self.y += 10.0;
        }
        let top = self.y;
        let beside = Style { size: 8.0, ..MUTED };
        let taken = self.fonts.width(&clean(right), beside.weight, beside.size).min(WIDTH * 0.6);
        self.put(MARGIN, top, text, style, WIDTH - taken - GAP);
        self.put_words_right(
            MARGIN + WIDTH,
            top + (style.line() - beside.line()) / 2.0,
            right,
            beside,
            WIDTH * 0.6,
        );
        self.y += style.line() + 2.0;
    }

    /// The least height of a table with two rows: what a heading keeps with it.
    pub(crate) const fn table_start() -> f32 {
        100.0
    }

    /// A table over the whole width; its header stands again on each page.
    pub(crate) fn table(&mut self, columns: &[Column], rows: &[Row]) {
        let grid = Grid::new(self.fonts, columns, rows);
        // A header is never the last on its page either.
        let first = rows.iter().take(if matches!(rows.first(), Some(Row::Group { .. })) { 2 } else { 1 });
        let first = first.map(|row| self.row_height(columns, &grid, row)).sum::<f32>();
        self.need(self.head_height(columns, &grid) + first);
        self.table_head(columns, &grid);
        let mut group: Option<&str> = None;
        for (index, row) in rows.iter().enumerate() {
            let height = self.row_height(columns, &grid, row);
            // A heading inside a table is never the last on its page.
            let next = match (row, rows.get(index + 1)) {
                (Row::Group { .. }, Some(next)) => self.row_height(columns, &grid, next),
                _ => 0.0,
            };
            if self.need(height + next) {
                self.table_head(columns, &grid);
                if let (Row::Cells { .. }, Some(text)) = (row, group) {
                    self.group_row(text, "");
                }
            }
            match row {
                Row::Group { left, right, continued } => {
                    self.group_row(left, right);
                    group = Some(continued);
                }
                Row::Cells { cells, notes, .. } => self.cells_row(columns, &grid, cells, notes, height),
            }
        }
        self.y += 4.0;
    }

    /// The lines of a column's header; the unit, after a comma, stands on a line of its own.
    fn head_lines(&self, column: &Column, width: f32) -> Vec<String> {
        head_lines(self.fonts, &column.head, width)
    }

    fn head_height(&self, columns: &[Column], grid: &Grid) -> f32 {
        let lines =
            columns.iter().zip(&grid.widths).map(|(column, width)| self.head_lines(column, *width).len());
        lines.max().unwrap_or(0) as f32 * HEAD.line() + 2.0
    }

    fn table_head(&mut self, columns: &[Column], grid: &Grid) {
        let bottom = self.y + self.head_height(columns, grid);
        for (column, (x, width)) in columns.iter().zip(grid.places()) {
            let head = self.head_lines(column, width);
            let mut top = bottom - 2.0 - head.len() as f32 * HEAD.line();
            for line in head {
                match column.align {
                    Align::Left => self.line_at(x, top, line, HEAD),
                    Align::Right => self.put_right(x + width, top, &line, HEAD, width),
                }
                top += HEAD.line();
            }
        }
        self.y = bottom;
        self.rule(self.y, INK.faint);
    }

    fn group_row(&mut self, left: &str, right: &str) {
        let style = Style { weight: Weight::SemiBold, ..CELL_STYLE };
        let height = style.line() + 2.0 * ROW_PAD + 3.0;
        let top = self.y + ROW_PAD + 2.0;
        let beside = self.fonts.width(right, style.weight, style.size);
        self.put(MARGIN, top, left, style, WIDTH - beside - GAP);
        self.put_right(MARGIN + WIDTH, top, right, style, WIDTH * 0.7);
        self.y += height;
        self.rule(self.y, INK.line);
    }

    fn cell_lines(&self, column: &Column, width: f32, cell: &Cell) -> Vec<String> {
        match column.align {
            Align::Right => vec![cell.text.clone()],
            Align::Left => self.fonts.wrap(&cell.text, cell.weight, CELL, width, CELL_LINES),
        }
    }

    fn row_height(&self, columns: &[Column], grid: &Grid, row: &Row) -> f32 {
        match row {
            Row::Group { .. } => CELL_STYLE.line() + 2.0 * ROW_PAD + 3.0,
            Row::Cells { cells, notes, least } => {
                let lines = columns
                    .iter()
                    .zip(&grid.widths)
                    .zip(cells)
                    .map(|((column, width), cell)| self.cell_lines(column, *width, cell).len());
                let notes = notes.iter().map(|(text, _)| self.note_lines(text).len()).sum::<usize>();
                let height = lines.max().unwrap_or(1).max(1) as f32 * CELL_STYLE.line()
                    + notes as f32 * NOTE.line()
                    + 2.0 * ROW_PAD;
                height.max(*least)
            }
        }
    }

    fn note_lines(&self, text: &str) -> Vec<String> {
        let mut lines = self.fonts.wrap(text, NOTE.weight, NOTE.size, WIDTH, NOTE_LINES);
        // A separator at the end of a line separates nothing.
        lines.iter_mut().for_each(|line| line.truncate(line.trim_end_matches([' ', '·']).len()));
        lines
    }

    fn cells_row(
        &mut self,
        columns: &[Column],
        grid: &Grid,
        cells: &[Cell],
        notes: &[(String, Rgb)],
        height: f32,
    ) {
        let top = self.y + ROW_PAD;
        let mut below = top;
        for ((column, cell), (x, width)) in columns.iter().zip(cells).zip(grid.places()) {
            let style = Style { weight: cell.weight, colour: cell.colour, ..CELL_STYLE };
            let mut line_top = top;
            for line in self.cell_lines(column, width, cell) {
                match column.align {
                    Align::Left => self.line_at(x, line_top, line, style),
                    Align::Right => self.put_right(x + width, line_top, &line, style, width),
                }
                line_top += style.line();
            }
            below = below.max(line_top);
        }
        for (text, colour) in notes {
            for line in self.note_lines(text) {
                self.line_at(MARGIN, below, line, Style { colour: *colour, ..NOTE });
                below += NOTE.line();
            }
        }
        self.y += height;
        self.rule(self.y, INK.line_soft);
    }

    /// Writes the pages; `edges` adds header and footer to each: (paper, page from 0, pages).
    pub(crate) fn finish(
        mut self,
        document: &mut krilla::Document,
        edges: impl Fn(&mut Paper<'_>, usize, usize),
    ) -> Result<(), String> {
        let pages = std::mem::take(&mut self.pages);
        let total = pages.len();
        for (index, ops) in pages.into_iter().enumerate() {
            self.pages = vec![ops];
            edges(&mut self, index, total);
            let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or("the page has no size")?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for op in self.pages.drain(..).flatten() {
                draw(self.fonts, &mut surface, op);
            }
            surface.finish();
            page.finish();
        }
        let mut outline = Outline::new();
        for (text, page, y) in self.marks {
            outline
                .push_child(OutlineNode::new(text, XyzDestination::new(page, Point::from_xy(0.0, y - 12.0))));
        }
        document.set_outline(outline);
        Ok(())
    }
}

/// The widths of a table's columns.
struct Grid {
    widths: Vec<f32>,
}

impl Grid {
    fn new(fonts: &Fonts, columns: &[Column], rows: &[Row]) -> Self {
        let room = WIDTH - GAP * columns.len().saturating_sub(1) as f32;
        let mut widths = vec![0.0_f32; columns.len()];
        for (at, column) in columns.iter().enumerate().filter(|(_, column)| column.flex == 0.0) {
            if column.fixed > 0.0 {
                widths[at] = column.fixed;
                continue;
            }
            let body = rows.iter().filter_map(|row| match row {
                Row::Cells { cells, .. } => cells.get(at),
                Row::Group { .. } => None,
            });
            let body = body.map(|cell| fonts.width(&cell.text, cell.weight, CELL)).fold(0.0, f32::max);
            // Words give way to figures: a long code wraps.
            let body = if column.align == Align::Left { body.min(room * 0.2) } else { body };
            // A header may take two lines. A short one, as most Chinese ones are, stays whole.
            let mut width = body.max(12.0);
            for part in head_parts(&column.head) {
                let whole = fonts.width(part, HEAD.weight, HEAD.size);
                let piece = fonts.widest_piece(part, HEAD.weight, HEAD.size);
                width = width.max(if whole <= HEAD.size * 4.1 { whole } else { piece.max(whole * 0.55) });
            }
            while head_lines(fonts, &column.head, width).len() > 2 && width < room * 0.15 {
                width += 2.0;
            }
            widths[at] = width + 0.1;
        }
        let fixed: f32 = widths.iter().sum();
        let flex: f32 = columns.iter().map(|column| column.flex).sum();
        let flexing = columns.iter().filter(|column| column.flex > 0.0).count() as f32;
        let least = FLEX_MIN * flexing;
        if fixed + least > room && fixed > 0.0 {
            let scale = (room - least) / fixed;
            widths.iter_mut().for_each(|width| *width *= scale);
        }
        let left = (room - widths.iter().sum::<f32>()).max(0.0);
        for (width, column) in widths.iter_mut().zip(columns).filter(|(_, column)| column.flex > 0.0) {
            *width = left * column.flex / flex;
        }
        // Without a column that gives way, what is left goes between them all.
        if flexing == 0.0 && !columns.is_empty() {
            let share = left / columns.len() as f32;
            widths.iter_mut().for_each(|width| *width += share.min(60.0));
        }
        Self { widths }
    }

    /// Left edge and width of each column.
    fn places(&self) -> Vec<(f32, f32)> {
        let mut x = MARGIN;
        self.widths
            .iter()
            .map(|width| {
                let place = (x, *width);
                x += width + GAP;
                place
            })
            .collect()
    }
}

/// A header and its unit.
fn head_parts(head: &str) -> impl Iterator<Item = &str> {
    head.split([',', '，']).map(str::trim).filter(|part| !part.is_empty())
}

fn head_lines(fonts: &Fonts, head: &str, width: f32) -> Vec<String> {
    head_parts(head).flat_map(|part| fonts.wrap(part, HEAD.weight, HEAD.size, width, 3)).collect()
}

fn colour(colour: Rgb) -> rgb::Color {
    rgb::Color::new(colour.0, colour.1, colour.2)
}

fn fill(of: Rgb) -> Option<Fill> {
    Some(Fill { paint: colour(of).into(), ..Fill::default() })
}

fn draw(fonts: &Fonts, surface: &mut Surface<'_>, op: Op) {
    match op {
        Op::Text { x, base, text, style } => {
            surface.set_stroke(None);
            surface.set_fill(fill(style.colour));
            let mut x = x;
            for run in fonts.shape(&text, style.weight) {
                surface.draw_glyphs(
                    Point::from_xy(x, base),
                    &run.glyphs,
                    run.font,
                    run.text,
                    style.size,
                    false,
                );
                x += run.advance * style.size;
            }
        }
        Op::Line { from, to, width, colour: of } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0, from.1);
            path.line_to(to.0, to.1);
            let Some(path) = path.finish() else { return };
            surface.set_fill(None);
            surface.set_stroke(Some(Stroke { paint: colour(of).into(), width, ..Stroke::default() }));
            surface.draw_path(&path);
        }
        Op::Box { at, size, fill: inside, line } => {
            let Some(rect) = Rect::from_xywh(at.0, at.1, size.0, size.1) else { return };
            let mut path = PathBuilder::new();
            path.push_rect(rect);
            let Some(path) = path.finish() else { return };
            surface.set_fill(inside.and_then(fill));
            surface.set_stroke(line.map(|of| Stroke {
                paint: colour(of).into(),
                width: 0.6,
                ..Stroke::default()
            }));
            surface.draw_path(&path);
        }
        Op::Picture { at, size, tree } => {
            let Some(size) = Size::from_wh(size.0, size.1) else { return };
            surface.push_transform(&Transform::from_translate(at.0, at.1));
            // None only where nothing was drawn.
            let _ = surface.draw_svg(&tree, size, SvgSettings::default());
            surface.pop();
        }
    }
}
