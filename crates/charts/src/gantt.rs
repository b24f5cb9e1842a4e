//! A day's routes as bars on a clock: a row a vehicle.

use crate::map::{VisitState, Weight, many, route_hue};
use crate::model::Zone;
use crate::pen::{Clip, DrawError, Pen};
use crate::scale::{clock, time_ticks};
use crate::table::header;
use crate::theme::{Rgb, Theme};
use crate::time_chart::x_of;
use crate::{Chart, Frame, Hold as _, Lang, Table, text};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::DrawingBackend;

/// A visit on a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GanttVisit {
    /// Which of its route, from 1.
    pub number: u32,
    /// To whom, in summaries and tables.
    pub label: String,
    /// At the door by the plan, ms since 1970 UTC.
    pub arrive_ms: i64,
    /// Begins; later than the arrival where the window is not open yet.
    pub start_ms: i64,
    /// Drives on.
    pub leave_ms: i64,
    /// The customer is there from … to.
    pub window_ms: Option<(i64, i64)>,
    /// Arrival as expected now, or as it was.
    pub expected_ms: Option<i64>,
    /// How it stands.
    pub state: VisitState,
    /// Selected or not.
    pub weight: Weight,
}

/// What one vehicle does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GanttRow {
    /// The vehicle's code.
    pub label: String,
    /// Its place among the routes: its hue, the same as on the map.
    pub hue: usize,
    /// The driver's shift, ms since 1970 UTC.
    pub shift_ms: (i64, i64),
    /// Leaves the depot and is back; none where it has no route.
    pub away_ms: Option<(i64, i64)>,
    /// In the order of driving.
    pub visits: Vec<GanttVisit>,
    /// Selected or not.
    pub weight: Weight,
}

/// A day's routes in time: driving is a thin line, waiting a dotted one, serving a block with the visit's number; the shift
/// is the row's soft ground; windows are brackets above; what is expected now is a mark below.
#[derive(Clone, Debug, PartialEq)]
pub struct GanttChart {
    /// Named in summaries, not drawn.
    pub title: String,
    /// The clock of the labels.
    pub zone: Zone,
    /// The drawn span, ms since 1970 UTC; none shows all shifts and routes.
    pub window_ms: Option<(i64, i64)>,
    /// Top to bottom.
    pub rows: Vec<GanttRow>,
    /// Where now is.
    pub now_ms: Option<i64>,
    /// The chart's own words.
    pub lang: Lang,
}

impl Default for GanttChart {
    fn default() -> Self {
        Self {
            title: String::new(),
            zone: Zone::utc(),
            window_ms: None,
            rows: Vec::new(),
            now_ms: None,
            lang: Lang::En,
        }
    }
}

const QUARTER: i64 = 15 * 60_000;

/// What a pointer is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GanttHit {
    /// Which row.
    pub row: usize,
    /// Which of its visits.
    pub visit: Option<usize>,
}

impl GanttChart {
    /// The height in CSS pixels that gives each row `row_px`, with room for the clock below.
    pub fn height(&self, row_px: f64, theme: &Theme) -> f64 {
        row_px * self.rows.len().max(1) as f64 + theme.font_px * 2.4
    }

    /// The span drawn: as given, or all shifts and routes, rounded to quarters of an hour.
    pub fn window(&self) -> (i64, i64) {
        let window = self.window_ms.unwrap_or_else(|| {
            let mut ends = (i64::MAX, i64::MIN);
            for row in &self.rows {
                // A shift over a whole day says nothing: then the route does.
                let spans = match row.away_ms {
                    Some(away) if row.shift_ms.1 - row.shift_ms.0 > 14 * 3_600_000 => vec![away],
                    away => away.into_iter().chain([row.shift_ms]).collect(),
                };
                let expected = row.visits.iter().filter_map(|v| v.expected_ms).map(|t| (t, t));
                for (from, to) in spans.into_iter().chain(expected) {
                    ends = (ends.0.min(from), ends.1.max(to));
                }
            }
            if ends.0 >= ends.1 { (0, 24 * 3_600_000) } else { ends }
        });
        let from = window.0.div_euclid(QUARTER) * QUARTER;
        let to = (window.1 + QUARTER - 1).div_euclid(QUARTER) * QUARTER;
        (from, to.max(from + QUARTER))
    }

    /// The row and visit under a pointer, backend pixels.
    pub fn hit(&self, at: (f64, f64), size: (u32, u32), theme: &Theme) -> Option<GanttHit> {
        let frame = self.frame(size, theme);
        if self.rows.is_empty() || at.1 < f64::from(frame.top) || at.1 >= f64::from(frame.bottom) {
            return None;
        }
        let high = self.row_high(&frame);
        let row = ((at.1 - f64::from(frame.top)) / high).floor() as usize;
        let visits = &self.rows.get(row)?.visits;
        let reach = 4.0 * theme.scale;
        let near = visits.iter().enumerate().filter_map(|(n, visit)| {
            let (from, to) = (x_of(&frame, visit.arrive_ms as f64), x_of(&frame, visit.leave_ms as f64));
            let away = (from - at.0).max(at.0 - to).max(0.0);
            (away <= reach).then_some((n, away))
        });
        let visit = near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(n, _)| n);
        Some(GanttHit { row, visit })
    }

    fn row_high(&self, frame: &Frame) -> f64 {
        f64::from(frame.bottom - frame.top) / self.rows.len().max(1) as f64
    }

    fn draw_row<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        frame: &Frame,
        n: usize,
        row: &GanttRow,
    ) -> Result<(), DrawError<DB>> {
        let theme = pen.theme;
        let clip = Clip::from(frame);
        let high = self.row_high(frame);
        let top = f64::from(frame.top) + high * n as f64;
        let middle = top + high * 0.54;
        let x = |ms: i64| x_of(frame, ms as f64).hold(clip.left, clip.right);
        let chosen = row.weight == Weight::Selected;
        let hue = match row.weight {
            Weight::Quiet => theme.bar,
            Weight::Normal => route_hue(theme, row.hue),
            Weight::Related | Weight::Selected => theme.accent,
        };

        // The shift: soft ground between two ends.
        let (from, to) = (x(row.shift_ms.0), x(row.shift_ms.1));
        let inset = pen.css(1.5);
        if to > from {
            pen.rect((from, top + inset), (to, top + high - inset), theme.band, 0.75)?;
            for (ms, at) in [(row.shift_ms.0, from), (row.shift_ms.1, to)] {
                let inside = clip.contains((x_of(frame, ms as f64), middle));
                if inside {
                    pen.line(&[(at, top + inset), (at, top + high - inset)], theme.faint, 1.0)?;
                }
            }
        }
        let ink = if chosen { theme.accent } else { theme.text };
        let room = clip.left - pen.css(10.0);
        let label = text::fit(&row.label, theme.font_size(), room);
        pen.text(&label, (clip.left - pen.css(6.0), middle), ink, HPos::Right, VPos::Center)?;

        let Some(away) = row.away_ms else {
            let words = self.lang.pick("no route", "无线路");
            let at = (from.max(clip.left) + pen.css(6.0), middle);
            return pen.text(words, at, theme.muted, HPos::Left, VPos::Center);
        };
        // Windows behind, driving as a line, then waiting and serving on it.
        let bracket = top + high * 0.17;
        for visit in &row.visits {
            let Some((open, close)) = visit.window_ms else { continue };
            let told = visit.weight == Weight::Selected || visit.state == VisitState::Late;
            let (a, b) = (x(open), x(close));
            if b <= a {
                continue;
            }
            let colour = match (visit.weight, visit.state) {
                (Weight::Selected, _) => theme.accent,
                (_, VisitState::Late) => theme.high,
                _ => theme.fan_inner,
            };
            if told {
                pen.rect((a, bracket), (b, middle + high * 0.3), colour, 0.10)?;
            }
            let drop = pen.css(if told { 4.0 } else { 2.0 });
            pen.line(
                &[(a, bracket + drop), (a, bracket), (b, bracket), (b, bracket + drop)],
                colour,
                if told { 1.4 } else { 1.0 },
            )?;
        }
        pen.line(&[(x(away.0), middle), (x(away.1), middle)], hue, if chosen { 2.4 } else { 1.8 })?;
        for at in [away.0, away.1] {
            if clip.contains((x_of(frame, at as f64), middle)) {
                let r = pen.css(3.5);
                pen.line(&[(x(at), middle - r), (x(at), middle + r)], hue, 1.6)?;
            }
        }
        let block = (high * 0.24).min(pen.css(9.0));
        for visit in &row.visits {
            let (arrive, start, leave) = (x(visit.arrive_ms), x(visit.start_ms), x(visit.leave_ms));
            if leave <= clip.left || arrive >= clip.right {
                continue;
            }
            if start > arrive + pen.css(1.0) {
                // Waiting: the line is taken away and dotted.
                let r = pen.css(2.0);
                pen.rect((arrive, middle - r), (start, middle + r), theme.band, 1.0)?;
                pen.dashed(&[(arrive, middle), (start, middle)], theme.muted, 1.6, (1.5, 2.5))?;
            }
            self.draw_visit(pen, visit, (start, leave.max(start + pen.css(3.0))), (middle, block), hue)?;
            if let Some(expected) = visit.expected_ms
                && visit.state != VisitState::Served
                && (expected - visit.arrive_ms).abs() > 90_000
            {
                let at = (x(expected), middle + block + pen.css(3.5));
                let colour = if visit.state == VisitState::Late { theme.high } else { theme.muted };
                pen.line(&[(arrive, at.1), at], colour, 1.0)?;
                if visit.state == VisitState::Late {
                    let r = pen.css(3.6);
                    pen.fill(
                        &[(at.0, at.1 - r), (at.0 + r, at.1 + r * 0.8), (at.0 - r, at.1 + r * 0.8)],
                        colour,
                        1.0,
                    )?;
                } else {
                    pen.dot(at, 1.8, colour)?;
                }
            }
        }
        Ok(())
    }

    fn draw_visit<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        visit: &GanttVisit,
        across: (f64, f64),
        (middle, block): (f64, f64),
        hue: Rgb,
    ) -> Result<(), DrawError<DB>> {
        let theme = pen.theme;
        let ground = theme.panel.unwrap_or(Rgb(0xff, 0xff, 0xff));
        let chosen = visit.weight == Weight::Selected;
        let served = visit.state == VisitState::Served;
        let edge = if chosen { theme.accent } else { hue };
        let inside = match (chosen, served) {
            (true, _) => theme.accent,
            (_, true) => theme.line_soft,
            _ => ground,
        };
        let (from, to) = across;
        pen.rect((from, middle - block), (to, middle + block), edge, 1.0)?;
        let seam = pen.css(1.2);
        if to - from > seam * 2.5 {
            pen.rect((from + seam, middle - block + seam), (to - seam, middle + block - seam), inside, 1.0)?;
        }
        let number = visit.number.to_string();
        let size = theme.font_size() * 0.9;
        if text::measure(&number, size).0 + pen.css(3.0) <= to - from && block * 2.0 > size {
            let ink = match (chosen, served) {
                (true, _) => ground,
                (_, true) => theme.muted,
                _ => theme.text,
            };
            pen.text_sized(&number, ((from + to) / 2.0, middle), ink, HPos::Center, VPos::Center, size)?;
        }
        Ok(())
    }
}

impl Chart for GanttChart {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let (pen, frame, clip) = Pen::begin(root, theme, |size, theme| self.frame(size, theme))?;
        let window = self.window();
        let count = (f64::from(frame.right - frame.left) / (theme.font_size() * 5.5)).max(1.0) as usize;
        let ticks = time_ticks(window, &self.zone, count, self.lang);
        let high = self.row_high(&frame);
        for (n, row) in self.rows.iter().enumerate() {
            if row.weight == Weight::Selected {
                let top = clip.top + high * n as f64;
                pen.rect((0.0, top), (clip.right, top + high), theme.accent, 0.09)?;
            }
        }
        for tick in &ticks {
            let x = x_of(&frame, tick.at);
            pen.line(&[(x, clip.top), (x, clip.bottom)], theme.line_soft, 1.0)?;
        }
        for (n, row) in self.rows.iter().enumerate() {
            self.draw_row(&pen, &frame, n, row)?;
            if n > 0 {
                let y = clip.top + high * n as f64;
                pen.line(&[(0.0, y), (clip.right, y)], theme.line_soft, 1.0)?;
            }
        }
        pen.outline(&frame, theme.line)?;

        // Labels of the clock; now's own stands out and takes the place of one it would cover.
        let y = clip.bottom + theme.font_size() * 1.15;
        let now = self.now_ms.filter(|ms| *ms >= window.0 && *ms <= window.1);
        let zone_wide = pen.width(&self.zone.label) + pen.css(10.0);
        let told = now.map(|ms| {
            let words = format!("{} {}", self.lang.pick("now", "现在"), clock(self.zone.local_ms(ms), false));
            let (x, half) = (x_of(&frame, ms as f64), pen.width(&words) * 0.55);
            (x, x.hold(half, clip.right - zone_wide - half), half, words)
        });
        for tick in &ticks {
            let x = x_of(&frame, tick.at);
            let half = pen.width(&tick.label) / 2.0;
            let covered =
                told.as_ref().is_some_and(|(_, at, wide, _)| (at - x).abs() < half + wide + pen.css(6.0));
            if !covered && x + half < clip.right - zone_wide && x - half > 0.0 {
                pen.text(&tick.label, (x, y), theme.muted, HPos::Center, VPos::Center)?;
            }
        }
        pen.text(&self.zone.label, (clip.right, y), theme.muted, HPos::Right, VPos::Center)?;
        if let Some((x, at, _, words)) = told {
            pen.line(&[(x, clip.top), (x, clip.bottom + pen.css(3.0))], theme.accent, 1.4)?;
            pen.text(&words, (at, y), theme.accent, HPos::Center, VPos::Center)?;
        }
        Ok(())
    }

    fn summary(&self, lang: Lang) -> String {
        let title = if self.title.is_empty() {
            String::new()
        } else {
            format!("{}{}", self.title, lang.pick(": ", "："))
        };
        let at = |ms: i64| clock(self.zone.local_ms(ms), false);
        let mut words = vec![match lang {
            Lang::En => format!("{title}{} over the day.", many(self.rows.len(), "vehicle")),
            Lang::ZhHans => format!("{title}当日 {} 辆车。", self.rows.len()),
        }];
        for row in self.rows.iter().take(50) {
            let visits = row.visits.len();
            let late = row.visits.iter().filter(|v| v.state == VisitState::Late).count();
            words.push(match (row.away_ms, lang) {
                (Some((from, to)), Lang::En) => {
                    let late = if late > 0 { format!(", {late} late") } else { String::new() };
                    format!("{}: {} to {}, {}{late}.", row.label, at(from), at(to), many(visits, "visit"))
                }
                (Some((from, to)), Lang::ZhHans) => {
                    let late = if late > 0 { format!("，{late} 个晚到") } else { String::new() };
                    format!("{}：{} 至 {}，{visits} 个停靠点{late}。", row.label, at(from), at(to))
                }
                (None, Lang::En) => format!("{}: no route.", row.label),
                (None, Lang::ZhHans) => format!("{}：无线路。", row.label),
            });
        }
        words.join(lang.pick(" ", ""))
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, lang: Lang) -> Table {
        let header = header(
            lang,
            &[
                ("vehicle", "车辆"),
                ("visit", "停靠点"),
                ("customer", "客户"),
                ("arrives", "到达"),
                ("begins", "开始"),
                ("leaves", "离开"),
                ("window", "时间窗"),
                ("expected", "预计"),
            ],
        );
        let at = |ms: i64| clock(self.zone.local_ms(ms), false);
        let rows = self.rows.iter().flat_map(|row| {
            row.visits.iter().map(|v| {
                vec![
                    row.label.clone(),
                    v.number.to_string(),
                    v.label.clone(),
                    at(v.arrive_ms),
                    at(v.start_ms),
                    at(v.leave_ms),
                    v.window_ms.map_or_else(String::new, |(from, to)| format!("{}–{}", at(from), at(to))),
                    v.expected_ms.map_or_else(String::new, at),
                ]
            })
        });
        Table { header, rows: rows.collect() }
    }

    /// Values on x are milliseconds since 1970 UTC; on y rows, the first at the top.
    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        let font = theme.font_size();
        let (width, height) = (f64::from(size.0), f64::from(size.1));
        let widest = self.rows.iter().map(|row| text::measure(&row.label, font).0).fold(0.0, f64::max);
        let left = (widest * 1.14 + 12.0 * theme.scale).min(width * 0.3).max(8.0 * theme.scale);
        let (from, to) = self.window();
        let bottom = (height - font * 2.1).max(2.0);
        Frame {
            left: crate::pixel(left),
            top: 1,
            right: crate::pixel((width - 2.0 * theme.scale).max(left + 1.0)),
            bottom: crate::pixel(bottom),
            x_from: from as f64,
            x_to: to as f64,
            y_from: self.rows.len().max(1) as f64,
            y_to: 0.0,
        }
    }
}

#[cfg(test)]
mod tests;
