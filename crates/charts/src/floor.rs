//! The plan of a warehouse: zones and bins from above, each bin shaded by what is asked of it.
//!
//! Bins that stand on one another share a place: it is cut into strips, the floor's at the bottom. Shades are greys, since a full
//! bin is no alarm; what is beyond its capacity or past its day is orange and has a triangle where there is room for one. Only
//! what is in sight is drawn. Does not know what the shades mean: they come in as shares. Start at [`FloorChart`].
//! Tests: `src/floor/tests.rs`.

use crate::pen::{Clip, DrawError, Pen, Xy};
use crate::theme::{Rgb, Theme};
use crate::{Chart, Frame, Lang, Table, pixel};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::DrawingBackend;
use std::collections::HashMap;

#[cfg(test)]
mod tests;

/// How a bin is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Shade {
    /// Nothing is known, or nothing is there.
    #[default]
    Empty,
    /// A share, 0 to 1.
    Share(f32),
    /// More than there should be.
    Over,
    /// One of a few kinds, from the warmest.
    Kind(u8),
}

/// Kinds that [`Shade::Kind`] tells apart.
pub const KINDS: u8 = 6;

/// A bin from above, metres.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FloorBin {
    /// What it is called.
    pub label: String,
    /// Its middle, along.
    pub x: f64,
    /// Its middle, across.
    pub y: f64,
    /// How wide.
    pub width: f64,
    /// How deep.
    pub depth: f64,
    /// 1 is the floor.
    pub level: i32,
    /// The zone it is in, as an index.
    pub area: usize,
    /// How it is filled.
    pub shade: Shade,
    /// What is told of it, for the table.
    pub told: String,
}

/// A zone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FloorArea {
    /// Its name.
    pub name: String,
    /// What stands behind the name: a probe's last value.
    pub note: String,
    /// The note is abnormal.
    pub alarm: bool,
}

/// Where one looks: the point in the middle, and pixels to a metre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The middle, metres.
    pub centre: (f64, f64),
    /// CSS pixels to a metre.
    pub scale: f64,
}

/// Nearest and farthest: CSS pixels to a metre.
const SCALES: (f64, f64) = (0.05, 220.0);

impl View {
    /// All of a rectangle (left, top, right, bottom) in a box, so many pixels from its edges.
    pub fn fit(of: (f64, f64, f64, f64), size: (f64, f64), margin: f64) -> Self {
        let (wide, high) = ((of.2 - of.0).max(1.0), (of.3 - of.1).max(1.0));
        let (x, y) = ((size.0 - 2.0 * margin).max(10.0) / wide, (size.1 - 2.0 * margin).max(10.0) / high);
        Self { centre: ((of.0 + of.2) / 2.0, (of.1 + of.3) / 2.0), scale: x.min(y).max(SCALES.0).min(80.0) }
    }

    /// Dragged by so many pixels.
    pub fn dragged(self, by: (f64, f64)) -> Self {
        Self { centre: (self.centre.0 - by.0 / self.scale, self.centre.1 - by.1 / self.scale), ..self }
    }

    /// Nearer by a factor, with what lies under `at` of a box staying there.
    pub fn zoomed(self, factor: f64, at: (f64, f64), size: (f64, f64)) -> Self {
        let held = self.place(at, size);
        let scale = (self.scale * factor).max(SCALES.0).min(SCALES.1);
        let from = (at.0 - size.0 / 2.0, at.1 - size.1 / 2.0);
        Self { centre: (held.0 - from.0 / scale, held.1 - from.1 / scale), scale }
    }

    /// The place under a point of a box.
    pub fn place(self, at: (f64, f64), size: (f64, f64)) -> (f64, f64) {
        (
            self.centre.0 + (at.0 - size.0 / 2.0) / self.scale,
            self.centre.1 + (at.1 - size.1 / 2.0) / self.scale,
        )
    }

    /// The point of a box that a place is at.
    pub fn point(self, place: (f64, f64), size: (f64, f64)) -> (f64, f64) {
        (
            (place.0 - self.centre.0) * self.scale + size.0 / 2.0,
            (place.1 - self.centre.1) * self.scale + size.1 / 2.0,
        )
    }
}

/// A bin's own rectangle in metres: left, top, right, bottom.
type Cell = (f64, f64, f64, f64);

/// The plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FloorChart {
    /// What is shown.
    pub title: String,
    /// The bins.
    pub bins: Vec<FloorBin>,
    /// The zones.
    pub areas: Vec<FloorArea>,
    /// Only this level.
    pub level: Option<i32>,
    /// The bin chosen.
    pub chosen: Option<usize>,
    /// Where one looks; none shows all.
    pub view: Option<View>,
    /// The language of the words drawn.
    pub lang: Lang,
    cells: Vec<Option<Cell>>,
    /// Each zone's own rectangle.
    rooms: Vec<Option<Cell>>,
}

impl FloorChart {
    /// Bins and zones arranged: which strip of its place each bin has. `level` leaves the others out.
    pub fn new(
        title: String,
        bins: Vec<FloorBin>,
        areas: Vec<FloorArea>,
        level: Option<i32>,
        lang: Lang,
    ) -> Self {
        let key = |bin: &FloorBin| (pixel(bin.x * 100.0), pixel(bin.y * 100.0));
        let mut stacks: HashMap<(i32, i32), Vec<i32>> = HashMap::new();
        let shown = |bin: &FloorBin| level.is_none_or(|only| only == bin.level);
        for bin in bins.iter().filter(|bin| shown(bin)) {
            stacks.entry(key(bin)).or_default().push(bin.level);
        }
        for levels in stacks.values_mut() {
            levels.sort_unstable();
        }
        let mut rooms: Vec<Option<Cell>> = vec![None; areas.len()];
        let mut turns: HashMap<((i32, i32), i32), usize> = HashMap::new();
        let cells = bins
            .iter()
            .map(|bin| {
                let whole = (
                    bin.x - bin.width / 2.0,
                    bin.y - bin.depth / 2.0,
                    bin.x + bin.width / 2.0,
                    bin.y + bin.depth / 2.0,
                );
                if let Some(room) = rooms.get_mut(bin.area) {
                    *room = Some(room.map_or(whole, |r| {
                        (r.0.min(whole.0), r.1.min(whole.1), r.2.max(whole.2), r.3.max(whole.3))
                    }));
                }
                if !shown(bin) {
                    return None;
                }
                let levels = stacks.get(&key(bin))?;
                // Two bins of one level on one spot lie beside each other in the strip order.
                let again = turns.entry((key(bin), bin.level)).or_default();
                let at = levels.iter().position(|level| *level == bin.level)? + *again;
                *again += 1;
                let high = bin.depth / levels.len() as f64;
                let bottom = whole.3 - high * at as f64;
                Some((whole.0, bottom - high, whole.2, bottom))
            })
            .collect();
        Self { title, bins, areas, level, chosen: None, view: None, lang, cells, rooms }
    }

    /// All there is: left, top, right, bottom, metres.
    pub fn bounds(&self) -> (f64, f64, f64, f64) {
        let all = self.rooms.iter().flatten().copied();
        all.reduce(|a, b| (a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3)))
            .unwrap_or((0.0, 0.0, 10.0, 6.0))
    }

    /// The view of a box of CSS pixels.
    pub fn view_in(&self, size: (f64, f64)) -> View {
        self.view.unwrap_or_else(|| View::fit(self.bounds(), size, 26.0))
    }

    /// The bin at a place.
    pub fn at(&self, place: (f64, f64)) -> Option<usize> {
        let holds = |cell: &Option<Cell>| {
            cell.is_some_and(|c| place.0 >= c.0 && place.0 < c.2 && place.1 >= c.1 && place.1 < c.3)
        };
        self.cells.iter().rposition(holds)
    }

    /// The nearest bin in a direction (1 or −1 along or across) from another; the first of all from none.
    pub fn beside(&self, from: Option<usize>, (right, down): (i32, i32)) -> Option<usize> {
        let middle = |cell: &Cell| ((cell.0 + cell.2) / 2.0, (cell.1 + cell.3) / 2.0);
        let Some(own) = from.and_then(|at| self.cells.get(at).copied().flatten()) else {
            return self.cells.iter().position(Option::is_some);
        };
        let own = middle(&own);
        let far = |cell: &Cell| {
            let there = middle(cell);
            let (x, y) = (there.0 - own.0, there.1 - own.1);
            let (ahead, aside) =
                if right != 0 { (x * f64::from(right), y) } else { (y * f64::from(down), x) };
            // What is aside counts threefold: a step goes along the row as long as there is one.
            (ahead > 1e-6).then_some(ahead + 3.0 * aside.abs())
        };
        let found = self.cells.iter().enumerate().filter_map(|(at, cell)| Some((at, far(cell.as_ref()?)?)));
        found.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
    }

    /// The middle of a bin.
    pub fn middle(&self, at: usize) -> Option<(f64, f64)> {
        self.bins.get(at).map(|bin| (bin.x, bin.y))
    }

    /// The levels there are.
    pub fn levels(&self) -> Vec<i32> {
        let mut levels: Vec<i32> = self.bins.iter().map(|bin| bin.level).collect();
        levels.sort_unstable();
        levels.dedup();
        levels
    }

    fn draw_at<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        view: View,
        chosen: Option<usize>,
    ) -> Result<(), DrawError<DB>> {
        let theme = pen.theme;
        let size = pen.size();
        let css = (f64::from(size.0) / theme.scale, f64::from(size.1) / theme.scale);
        let at = |x: f64, y: f64| -> Xy {
            let point = view.point((x, y), css);
            (point.0 * theme.scale, point.1 * theme.scale)
        };
        let frame = Frame {
            left: 0,
            top: 0,
            right: pixel(f64::from(size.0)),
            bottom: pixel(f64::from(size.1)),
            x_from: 0.0,
            x_to: 1.0,
            y_from: 0.0,
            y_to: 1.0,
        };
        let clip = Clip::from(&frame);
        let near =
            |a: Xy, b: Xy| b.0 >= clip.left && a.0 <= clip.right && b.1 >= clip.top && a.1 <= clip.bottom;
        let cut = |p: Xy| {
            (p.0.max(clip.left - 4.0).min(clip.right + 4.0), p.1.max(clip.top - 4.0).min(clip.bottom + 4.0))
        };
        let pad = 0.45;
        for (area, room) in self.areas.iter().zip(&self.rooms) {
            let Some(room) = room else { continue };
            let (a, b) = (at(room.0 - pad, room.1 - pad), at(room.2 + pad, room.3 + pad));
            if !near(a, (b.0, b.1 + pen.css(40.0))) {
                continue;
            }
            let (l, t, r, m) = (cut(a).0, cut(a).1, cut(b).0, cut(b).1);
            let colour = if area.alarm { theme.high } else { theme.line };
            pen.line(&[(l, t), (r, t), (r, m), (l, m), (l, t)], colour, if area.alarm { 2.0 } else { 1.0 })?;
            let top = (a.0.max(clip.left + pen.css(4.0)), a.1 - pen.css(4.0));
            if b.0 - a.0 > pen.css(46.0) {
                pen.text(&area.name, top, theme.text, HPos::Left, VPos::Bottom)?;
                if !area.note.is_empty() {
                    let gap = pen.width(&area.name) + pen.css(10.0);
                    let colour = if area.alarm { theme.high } else { theme.muted };
                    let mark = if area.alarm { "▲ " } else { "" };
                    pen.text(
                        &format!("{mark}{}", area.note),
                        (top.0 + gap, top.1),
                        colour,
                        HPos::Left,
                        VPos::Bottom,
                    )?;
                }
            }
        }
        let edges = view.scale > 9.0;
        for (bin, cell) in self.bins.iter().zip(&self.cells) {
            let Some(cell) = cell else { continue };
            let (a, b) = (at(cell.0, cell.1), at(cell.2, cell.3));
            if !near(a, b) {
                continue;
            }
            let gap = if edges { pen.css(0.6) } else { 0.0 };
            let (a, b) = ((a.0 + gap, a.1 + gap), (b.0 - gap, b.1 - gap));
            let b = (b.0.max(a.0 + 1.0), b.1.max(a.1 + 1.0));
            pen.rect(a, b, colour_of(bin.shade, theme), 1.0)?;
            let (wide, high) = ((b.0 - a.0) / theme.scale, (b.1 - a.1) / theme.scale);
            if bin.shade == Shade::Over && wide > 9.0 && high > 7.0 {
                let (x, y) = (b.0 - pen.css(5.5), a.1 + pen.css(5.0));
                let r = pen.css(2.8);
                pen.fill(
                    &[(x, y - r), (x + r * 1.1, y + r), (x - r * 1.1, y + r)],
                    theme.panel.unwrap_or(theme.band),
                    1.0,
                )?;
            }
            if high > 12.0 && wide > 30.0 && pen.width(&bin.label) / theme.scale < wide - 6.0 {
                let ink = ink_on(bin.shade, theme);
                pen.text(
                    &bin.label,
                    ((a.0 + b.0) / 2.0, (a.1 + b.1) / 2.0),
                    ink,
                    HPos::Center,
                    VPos::Center,
                )?;
            }
        }
        if let Some(Some(cell)) = chosen.and_then(|at| self.cells.get(at)) {
            let (a, b) = (at(cell.0, cell.1), at(cell.2, cell.3));
            let grow = pen.css(2.0);
            let (a, b) = ((a.0 - grow, a.1 - grow), (b.0 + grow, b.1 + grow));
            if near(a, b) {
                pen.line(&[a, (b.0, a.1), b, (a.0, b.1), a, (b.0, a.1)], theme.accent, 2.0)?;
            }
        }
        Ok(())
    }

    /// Draws the scale: a bar of a round number of metres.
    pub fn draw_margin<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
        view: View,
    ) -> Result<(), DrawError<DB>> {
        let pen = Pen::new(root, theme);
        let size = pen.size();
        let metres = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
        let metres = metres.into_iter().find(|m| m * view.scale >= 50.0).unwrap_or(500.0);
        let long = pen.css(metres * view.scale);
        let (x, y) = (pen.css(10.0), f64::from(size.1) - pen.css(10.0));
        let tick = pen.css(4.0);
        pen.line(&[(x, y - tick), (x, y), (x + long, y), (x + long, y - tick)], theme.muted, 1.0)?;
        pen.text(
            &format!("{metres} m"),
            (x + long + pen.css(5.0), y + pen.css(1.0)),
            theme.muted,
            HPos::Left,
            VPos::Bottom,
        )
    }

    /// Draws what is on the floor, with a bin chosen; what is behind stays.
    pub fn draw_over<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
        view: View,
        chosen: Option<usize>,
    ) -> Result<(), DrawError<DB>> {
        self.draw_at(&Pen::new(root, theme), view, chosen)
    }
}

/// The colour of a shade.
pub fn colour_of(shade: Shade, theme: &Theme) -> Rgb {
    match shade {
        Shade::Empty => theme.band,
        // Six steps: people tell no more greys apart.
        Shade::Share(share) => {
            let step = (f64::from(share).clamp(0.0, 1.0) * 5.0).round() / 5.0;
            theme.line_soft.mixed(theme.ink, 0.12 + 0.72 * step)
        }
        Shade::Over => theme.high,
        Shade::Kind(0) => theme.bar,
        Shade::Kind(kind) => {
            let share = f64::from(kind.min(KINDS - 1)) / f64::from(KINDS - 1);
            theme.line_soft.mixed(theme.low, 0.15 + 0.85 * share)
        }
    }
}

/// What is read on a shade.
fn ink_on(shade: Shade, theme: &Theme) -> Rgb {
    let Rgb(r, g, b) = colour_of(shade, theme);
    let bright = 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
    if bright > 135.0 { Rgb(0x1b, 0x1e, 0x20) } else { Rgb(0xf4, 0xf5, 0xf5) }
}

impl Chart for FloorChart {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let pen = Pen::new(root, theme);
        pen.panel()?;
        let size = pen.size();
        let view = self.view_in((f64::from(size.0) / theme.scale, f64::from(size.1) / theme.scale));
        self.draw_at(&pen, view, self.chosen)?;
        self.draw_margin(root, theme, view)
    }

    fn summary(&self, lang: Lang) -> String {
        let (bins, areas) = (self.bins.len(), self.areas.len());
        let over = self.bins.iter().filter(|bin| bin.shade == Shade::Over).count();
        let used = self.bins.iter().filter(|bin| bin.shade != Shade::Empty).count();
        match lang {
            Lang::En => {
                format!("{}: {bins} bins in {areas} zones, {used} shaded, {over} marked ▲.", self.title)
            }
            Lang::ZhHans => {
                format!("{}：{areas} 个区域，{bins} 个库位，{used} 个着色，{over} 个标记 ▲。", self.title)
            }
        }
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, lang: Lang) -> Table {
        let head = match lang {
            Lang::En => ["Bin", "Zone", "Level", "Value"],
            Lang::ZhHans => ["库位", "区域", "层", "值"],
        };
        let rows = self.bins.iter().map(|bin| {
            let area = self.areas.get(bin.area).map(|area| area.name.clone()).unwrap_or_default();
            vec![bin.label.clone(), area, bin.level.to_string(), bin.told.clone()]
        });
        Table { header: head.map(str::to_owned).to_vec(), rows: rows.collect() }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        let css = (f64::from(size.0) / theme.scale, f64::from(size.1) / theme.scale);
        let view = self.view_in(css);
        let (from, to) = (view.place((0.0, 0.0), css), view.place(css, css));
        Frame {
            left: 0,
            top: 0,
            right: pixel(f64::from(size.0)),
            bottom: pixel(f64::from(size.1)),
            x_from: from.0,
            x_to: to.0,
            y_from: to.1,
            y_to: from.1,
        }
    }
}
