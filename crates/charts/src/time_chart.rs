//! Readings over time.

use crate::model::{Allowed, DoubtKind, LimitKind, Mark, MarkKind, Point, TimeChart, Zone};
use crate::pen::{Clip, DrawError, Pen, Rows, Xy};
use crate::scale::{self, ValueAxis, clock, moment, number};
use crate::theme::{Rgb, Theme};
use crate::{Chart, Frame, Hold as _, Lang, Table, decimate, text};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::DrawingBackend;

/// A forecast stretches the axis by at most this share of what data and limits ask for; beyond, it is cut.
const FORECAST_STRETCH: f64 = 0.6;

/// Rows of a chart's table.
const TABLE_ROWS_MAX: u32 = 200;

pub(crate) struct Layout {
    pub(crate) frame: Frame,
    pub(crate) axis: ValueAxis,
}

impl AsRef<Frame> for Layout {
    fn as_ref(&self) -> &Frame {
        &self.frame
    }
}

/// Room for labels around a plot, shared by all charts with axes. `below` counts rows of text.
pub(crate) fn layout(
    size: (u32, u32),
    theme: &Theme,
    values: (f64, f64),
    x: (f64, f64),
    head: bool,
    below: u32,
) -> Layout {
    let font = theme.font_size();
    let (width, height) = (f64::from(size.0), f64::from(size.1));
    let top = if head { font * 1.9 } else { font * 0.8 };
    let bottom = (height - font * (0.5 + 1.35 * f64::from(below))).max(top + 1.0);
    let steps = ((bottom - top) / (font * 3.0)).clamp(2.0, 8.0) as usize;
    let axis = scale::value_axis(values.0, values.1, steps);
    let widest = axis.ticks.iter().map(|tick| text::measure(&tick.label, font).0).fold(0.0, f64::max);
    // System fonts have digits up to a seventh wider than our table.
    let left = (widest * 1.14 + 7.0 * theme.scale).min(width * 0.4);
    let right = (width - 6.0 * theme.scale).max(left + 1.0);
    let frame = Frame {
        left: crate::pixel(left),
        top: crate::pixel(top),
        right: crate::pixel(right),
        bottom: crate::pixel(bottom),
        x_from: x.0,
        x_to: if x.1 > x.0 { x.1 } else { x.0 + 1.0 },
        y_from: axis.from,
        y_to: axis.to,
    };
    Layout { frame, axis }
}

/// The labels of the value axis, its unit on top of it.
pub(crate) fn draw_value_axis<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    layout: &Layout,
    unit: &str,
) -> Result<(), DrawError<DB>> {
    let frame = &layout.frame;
    let x = f64::from(frame.left) - pen.css(5.0);
    let room = f64::from(frame.bottom - frame.top) / (layout.axis.ticks.len().max(2) - 1) as f64;
    let every = (pen.theme.font_size() * 1.2 / room.max(1.0)).ceil().max(1.0) as usize;
    for tick in layout.axis.ticks.iter().step_by(every) {
        pen.text(&tick.label, (x, f64::from(frame.y(tick.at))), pen.theme.muted, HPos::Right, VPos::Center)?;
    }
    if !unit.is_empty() {
        let at = f64::from(frame.top) - pen.theme.font_size() * 1.1;
        // The unit stands above the numbers; a long one starts at the left edge.
        let width = pen.width(unit);
        if width <= x {
            pen.text(unit, (x, at), pen.theme.muted, HPos::Right, VPos::Center)?;
        } else {
            pen.text(unit, (pen.css(2.0), at), pen.theme.muted, HPos::Left, VPos::Center)?;
        }
    }
    Ok(())
}

/// Nested bands, outermost first, and a dashed median. `steps` are x positions in backend pixels.
pub(crate) fn draw_fan<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    frame: &Frame,
    start: Option<Xy>,
    xs: &[f64],
    quantiles: &crate::Quantiles,
) -> Result<(), DrawError<DB>> {
    let clip = Clip::from(frame);
    let bands = quantiles.bands();
    let y = |value: f64| y_of(frame, value);
    for (n, (low, high)) in bands.iter().enumerate() {
        let edge = |level: usize| -> Vec<Xy> {
            let steps = xs.iter().zip(&quantiles.values);
            let found =
                steps.filter_map(|(x, row)| row.get(level).filter(|v| v.is_finite()).map(|v| (*x, y(*v))));
            start.into_iter().chain(found).collect()
        };
        let mut outline = edge(*low);
        let mut back = edge(*high);
        back.reverse();
        outline.extend(back);
        let share = if bands.len() > 1 { n as f64 / (bands.len() - 1) as f64 } else { 0.0 };
        pen.fill(&clip.polygon(&outline), pen.theme.fan_outer.mixed(pen.theme.fan_inner, share), 1.0)?;
    }
    let median: Vec<Xy> = start
        .into_iter()
        .chain(xs.iter().enumerate().filter_map(|(n, x)| quantiles.median(n).map(|value| (*x, y(value)))))
        .collect();
    for piece in clip.polyline(&median) {
        pen.dashed(&piece, pen.theme.ink, 1.0, (4.0, 3.0))?;
    }
    Ok(())
}

/// Alarms and events at their instants, labels in rows below the top edge as far as there is room.
pub(crate) fn draw_marks<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    frame: &Frame,
    marks: &[Mark],
    (from, to): (i64, i64),
) -> Result<(), DrawError<DB>> {
    let theme = pen.theme;
    let Clip { left, top, right, bottom } = Clip::from(frame);
    let font = theme.font_size();
    let mut rows = Rows::new(3);
    for mark in marks.iter().filter(|mark| mark.t_ms >= from && mark.t_ms <= to) {
        let x = x_of(frame, mark.t_ms as f64);
        pen.dashed(&[(x, top), (x, bottom)], theme.faint, 1.0, (2.0, 3.0))?;
        let words = &mark.label;
        let half_symbol = if mark.kind == MarkKind::Event { 0.0 } else { pen.css(6.0) };
        let gap = pen.css(4.0);
        let width = pen.width(words);
        let leftward = x + half_symbol + gap + width > right;
        let (l, r) = if leftward {
            (x - half_symbol - gap - width, x + half_symbol)
        } else {
            (x - half_symbol, x + half_symbol + gap + width)
        };
        let row = rows.place(l, r);
        let y = top + font * (0.95 + 1.35 * row.unwrap_or(0) as f64);
        pen.symbol(mark.kind, (x.hold(left + half_symbol, (right - half_symbol).max(left)), y))?;
        if row.is_some() && l > left {
            let (x, h_pos) = if leftward {
                (x - half_symbol - gap, HPos::Right)
            } else {
                (x + half_symbol + gap, HPos::Left)
            };
            pen.text(words, (x, y), theme.muted, h_pos, VPos::Center)?;
        }
    }
    Ok(())
}

/// The labels of the time axis, now's line and word above them, the clock's zone at the right end. `word` is which part of now's word
/// stands below its line.
pub(crate) fn draw_time_axis<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    frame: &Frame,
    (from, to): (i64, i64),
    zone: &Zone,
    now_ms: Option<i64>,
    word: HPos,
    lang: Lang,
) -> Result<(), DrawError<DB>> {
    let theme = pen.theme;
    let Clip { left, top, right, bottom } = Clip::from(frame);
    let font = theme.font_size();
    let mut below = bottom + font * 1.15;
    if let Some(now) = now_ms.filter(|now| *now >= from && *now <= to) {
        let x = x_of(frame, now as f64);
        pen.line(&[(x, top), (x, bottom)], theme.accent, 1.0)?;
        let words =
            format!("{} {}", lang.pick("now", "现在"), clock(zone.local_ms(now), to - from < 10 * 60_000));
        let width = pen.width(&words);
        let (before, after) = match word {
            HPos::Left => (0.0, width),
            HPos::Center => (width / 2.0, width / 2.0),
            HPos::Right => (width, 0.0),
        };
        let x = x.hold(left + before, (right - after).max(left + before));
        pen.text(&words, (x, below), theme.muted, word, VPos::Center)?;
        below += font * 1.35;
    }
    let zone_width = pen.width(&zone.label);
    pen.text(&zone.label, (right, below), theme.muted, HPos::Right, VPos::Center)?;
    let widest = pen.width("00 September") * 0.8;
    let count = ((right - left) / (widest + pen.css(14.0))).max(1.0) as usize;
    let mut taken = f64::NEG_INFINITY;
    for tick in scale::time_ticks((from, to), zone, count, lang) {
        let x = x_of(frame, tick.at);
        let half = pen.width(&tick.label) / 2.0;
        let middle = x.hold(half.min(x), f64::INFINITY);
        pen.line(&[(x, bottom), (x, bottom + pen.css(3.0))], theme.line, 1.0)?;
        if middle - half > taken && middle + half < right - zone_width - pen.css(8.0) {
            pen.text(&tick.label, (middle, below), theme.muted, HPos::Center, VPos::Center)?;
            taken = middle + half + pen.css(6.0);
        }
    }
    Ok(())
}

pub(crate) fn x_of(frame: &Frame, value: f64) -> f64 {
    let share = (value - frame.x_from) / (frame.x_to - frame.x_from);
    f64::from(frame.left) + share * f64::from(frame.right - frame.left)
}

pub(crate) fn y_of(frame: &Frame, value: f64) -> f64 {
    let share = (value - frame.y_from) / (frame.y_to - frame.y_from);
    f64::from(frame.bottom) - share * f64::from(frame.bottom - frame.top)
}

/// Lines of several series differ in grey and dash, not in hue.
fn series_style(n: usize, theme: &Theme) -> (Rgb, f64, Option<(f64, f64)>) {
    match n {
        0 => (theme.ink, 1.5, None),
        1 => (theme.faint, 1.5, None),
        2 => (theme.ink, 1.2, Some((5.0, 2.5))),
        3 => (theme.faint, 1.2, Some((5.0, 2.5))),
        4 => (theme.ink, 1.2, Some((1.5, 2.0))),
        _ => (theme.faint, 1.0, Some((1.5, 2.0))),
    }
}

impl TimeChart {
    fn window(&self) -> (i64, i64) {
        (self.window_ms.0, self.window_ms.1.max(self.window_ms.0.saturating_add(1)))
    }

    fn visible(&self) -> impl Iterator<Item = &Point> + '_ {
        let (from, to) = self.window();
        self.series
            .iter()
            .flat_map(|series| series.points.iter().flatten())
            .filter(move |p| p.t_ms >= from && p.t_ms <= to)
    }

    fn values(&self) -> (f64, f64) {
        let mut span = Span::default();
        for point in self.visible() {
            span.take(point.min);
            span.take(point.max);
        }
        for limit in &self.limits {
            span.take(limit.value);
        }
        if let Some((low, high)) = self.y_at_least {
            span.take(low);
            span.take(high);
        }
        if let Some(fan) = &self.forecast {
            let known = span.ends();
            let margin =
                known.map_or(f64::INFINITY, |(low, high)| ((high - low) * FORECAST_STRETCH).max(1e-6));
            let (floor, ceiling) =
                known.map_or((f64::MIN, f64::MAX), |(low, high)| (low - margin, high + margin));
            let (from, to) = self.window();
            for (n, t_ms) in fan.times_ms.iter().enumerate() {
                if *t_ms >= from
                    && *t_ms <= to
                    && let Some((low, high)) = fan.quantiles.span(n)
                {
                    span.take(low.hold(floor, ceiling));
                    span.take(high.hold(floor, ceiling));
                }
            }
        }
        let (mut low, mut high) = span.ends().unwrap_or((0.0, 1.0));
        // A limit at the very edge of the plot has no room for its label and no outside.
        let air = (high - low) * 0.08;
        if self.limits.iter().any(|limit| limit.value >= high - air * 0.5) {
            high += air;
        }
        if self.limits.iter().any(|limit| limit.value <= low + air * 0.5) {
            low -= air;
        }
        (low, high)
    }

    fn layout(&self, size: (u32, u32), theme: &Theme) -> Layout {
        let (from, to) = self.window();
        let now = self.now_ms.is_some_and(|now| now >= from && now <= to);
        let head = !self.unit.is_empty() || self.series.len() > 1;
        layout(size, theme, self.values(), (from as f64, to as f64), head, if now { 2 } else { 1 })
    }

    fn decimals(&self) -> usize {
        let axis = scale::value_axis(self.values().0, self.values().1, 5);
        (axis.decimals + 1).min(3)
    }
}

#[derive(Default)]
pub(crate) struct Span(pub(crate) Option<(f64, f64)>);

impl Span {
    pub(crate) fn take(&mut self, value: f64) {
        if value.is_finite() {
            self.0 = Some(self.0.map_or((value, value), |(low, high)| (low.min(value), high.max(value))));
        }
    }

    pub(crate) fn ends(&self) -> Option<(f64, f64)> {
        self.0
    }
}

/// Runs of points between gaps.
pub(crate) fn runs(points: &[Option<Point>]) -> impl Iterator<Item = Vec<Point>> + '_ {
    points
        .split(Option::is_none)
        .map(|run| run.iter().flatten().copied().collect::<Vec<_>>())
        .filter(|run| !run.is_empty())
}

impl Chart for TimeChart {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let (pen, layout, clip) = Pen::begin(root, theme, |size, theme| self.layout(size, theme))?;
        let frame = &layout.frame;
        let (left, right) = (clip.left, clip.right);
        let (top, bottom) = (clip.top, clip.bottom);
        let font = theme.font_size();

        if let Some(Allowed { low, high }) = self.allowed {
            let y = |value: Option<f64>, open: f64| {
                value.map_or(open, |value| y_of(frame, value)).hold(top, bottom)
            };
            pen.rect((left, y(high, top)), (right, y(low, bottom)), theme.band, 1.0)?;
        }
        // Labels on the plot share two sets of rows: the top (marks) and the bottom (doubts).
        let mut low_rows = Rows::new(1);
        let mut said: Vec<DoubtKind> = Vec::new();
        for doubt in self.series.iter().flat_map(|series| &series.doubts) {
            let from = x_of(frame, doubt.from_ms as f64).hold(left, right);
            let to = x_of(frame, doubt.to_ms as f64).hold(left, right);
            if doubt.to_ms < self.window().0 || doubt.from_ms > self.window().1 {
                continue;
            }
            // At least two pixels: a short gap must be seen too.
            let to = to.max((from + pen.css(2.0)).min(right));
            let words = match doubt.kind {
                DoubtKind::NoData => self.lang.pick("no data", "无数据"),
                DoubtKind::Suspect => self.lang.pick("suspect", "存疑"),
                DoubtKind::Stale => self.lang.pick("stale", "过时"),
            };
            if doubt.kind == DoubtKind::NoData {
                pen.rect((from, top), (to, bottom), theme.line_soft, 1.0)?;
            } else {
                pen.rect((from, top), (to, bottom), theme.line_soft, 0.45)?;
                hatch(&pen, (from, top), (to, bottom))?;
            }
            let half = pen.width(words) * 0.46;
            let middle = ((from + to) / 2.0).hold(left + half, (right - half).max(left + half));
            // Many short spans would repeat one word along the axis: after the first, only those it fits into carry it.
            let told = !said.contains(&doubt.kind) || to - from >= 2.0 * half;
            if told && low_rows.place(middle - half, middle + half).is_some() {
                said.push(doubt.kind);
                let at = (middle, bottom - font * 0.55);
                pen.text_sized(words, at, theme.muted, HPos::Center, VPos::Center, font * 0.92)?;
            }
        }
        if let Some(fan) = &self.forecast {
            let last = self.series.first().and_then(|series| series.points.iter().flatten().next_back());
            let start = last
                .filter(|last| fan.times_ms.first().is_some_and(|first| last.t_ms < *first))
                .map(|last| (x_of(frame, last.t_ms as f64), y_of(frame, last.value)));
            let xs: Vec<f64> = fan.times_ms.iter().map(|t| x_of(frame, *t as f64)).collect();
            draw_fan(&pen, frame, start, &xs, &fan.quantiles)?;
        }
        pen.outline(frame, theme.line)?;
        for limit in &self.limits {
            let y = y_of(frame, limit.value);
            if y < top - 0.5 || y > bottom + 0.5 {
                continue;
            }
            pen.dashed(&[(left, y), (right, y)], theme.critical, 1.0, (5.0, 4.0))?;
            let words = if limit.label.is_empty() {
                let value = number(limit.value, self.decimals().min(1));
                match (limit.kind, self.lang) {
                    (LimitKind::High, Lang::En) => format!("{value} high"),
                    (LimitKind::Low, Lang::En) => format!("{value} low"),
                    (LimitKind::High, Lang::ZhHans) => format!("上限 {value}"),
                    (LimitKind::Low, Lang::ZhHans) => format!("下限 {value}"),
                }
            } else {
                limit.label.clone()
            };
            let above = match limit.kind {
                LimitKind::High => y - font * 1.4 > top,
                LimitKind::Low => y + font * 1.4 > bottom,
            };
            let shift = if above { -font * 0.75 } else { font * 0.85 };
            pen.text(&words, (left + pen.css(4.0), y + shift), theme.muted, HPos::Left, VPos::Center)?;
        }
        let plot_px = (frame.right - frame.left).max(1).unsigned_abs();
        for (n, series) in self.series.iter().enumerate().rev() {
            let (colour, width, dash) = series_style(n, theme);
            let thinned = decimate(&series.points, self.window(), plot_px);
            for run in runs(&thinned) {
                let at = |p: &Point, value: f64| (x_of(frame, p.t_ms as f64), y_of(frame, value));
                if run.iter().any(|p| p.max > p.min) {
                    let mut outline: Vec<Xy> = run.iter().map(|p| at(p, p.max)).collect();
                    outline.extend(run.iter().rev().map(|p| at(p, p.min)));
                    pen.fill(&clip.polygon(&outline), colour, 0.22)?;
                    // A bucket's extremes are seen even where the envelope is thinner than a pixel.
                    for p in run.iter().filter(|p| p.max > p.min) {
                        for piece in clip.polyline(&[at(p, p.min), at(p, p.max)]) {
                            pen.line(
                                &piece,
                                colour.mixed(theme.panel.unwrap_or(Rgb(255, 255, 255)), 0.45),
                                0.5,
                            )?;
                        }
                    }
                }
                let line: Vec<Xy> = run.iter().map(|p| at(p, p.value)).collect();
                if line.len() == 1 && clip.contains(line[0]) {
                    pen.dot(line[0], 1.2, colour)?;
                }
                for piece in clip.polyline(&line) {
                    match dash {
                        Some(dash) => pen.dashed(&piece, colour, width, dash)?,
                        None => pen.line(&piece, colour, width)?,
                    }
                }
            }
        }
        draw_marks(&pen, frame, &self.marks, self.window())?;
        draw_value_axis(&pen, &layout, &self.unit)?;
        draw_time_axis(&pen, frame, self.window(), &self.zone, self.now_ms, HPos::Center, self.lang)?;
        if self.series.len() > 1 {
            self.draw_legend(&pen, frame)?;
        }
        Ok(())
    }

    fn summary(&self, lang: Lang) -> String {
        let decimals = self.decimals();
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        let with_unit = |value: f64| format!("{}{unit}", number(value, decimals));
        let (from, to) = self.window();
        let mut words = Vec::new();
        let title = if self.title.is_empty() {
            String::new()
        } else {
            format!("{}{}", self.title, lang.pick(", ", "，"))
        };
        let (start, end) = (moment(from, &self.zone, lang), moment(to, &self.zone, lang));
        words.push(match lang {
            Lang::En => format!("{title}{start} to {end} ({}).", self.zone.label),
            Lang::ZhHans => format!("{title}{start} 至 {end}（{}）。", self.zone.label),
        });
        for series in &self.series {
            let inside = || series.points.iter().flatten().filter(|p| p.t_ms >= from && p.t_ms <= to);
            let name = if series.name.is_empty() {
                String::new()
            } else {
                format!("{}{}", series.name, lang.pick(": ", "："))
            };
            let (Some(lowest), Some(highest), Some(last)) = (
                inside().min_by(|a, b| a.min.total_cmp(&b.min)),
                inside().max_by(|a, b| a.max.total_cmp(&b.max)),
                inside().next_back(),
            ) else {
                words.push(format!("{name}{}", lang.pick("no readings.", "没有读数。")));
                continue;
            };
            let at = |t_ms: i64| clock(self.zone.local_ms(t_ms), false);
            let (low, high) = (with_unit(lowest.min), with_unit(highest.max));
            let (low_at, high_at, last) = (at(lowest.t_ms), at(highest.t_ms), with_unit(last.value));
            words.push(match lang {
                Lang::En => {
                    format!("{name}lowest {low} at {low_at}, highest {high} at {high_at}, last {last}.")
                }
                Lang::ZhHans => {
                    format!("{name}最低 {low}（{low_at}），最高 {high}（{high_at}），最新 {last}。")
                }
            });
            let gaps = series.doubts.iter().filter(|d| d.kind == DoubtKind::NoData).count();
            if gaps > 0 {
                words.push(match lang {
                    Lang::En => {
                        format!("{name}{gaps} span{} without data.", if gaps == 1 { "" } else { "s" })
                    }
                    Lang::ZhHans => format!("{name}{gaps} 段无数据。"),
                });
            }
        }
        for limit in &self.limits {
            let crossed = self.visible().any(|p| match limit.kind {
                LimitKind::High => p.max > limit.value,
                LimitKind::Low => p.min < limit.value,
            });
            let value = with_unit(limit.value);
            words.push(match (lang, limit.kind, crossed) {
                (Lang::En, LimitKind::High, true) => format!("The high limit of {value} was exceeded."),
                (Lang::En, LimitKind::High, false) => format!("The high limit of {value} was kept."),
                (Lang::En, LimitKind::Low, true) => format!("Readings fell below the low limit of {value}."),
                (Lang::En, LimitKind::Low, false) => format!("The low limit of {value} was kept."),
                (Lang::ZhHans, LimitKind::High, true) => format!("曾超过上限 {value}。"),
                (Lang::ZhHans, LimitKind::High, false) => format!("未超过上限 {value}。"),
                (Lang::ZhHans, LimitKind::Low, true) => format!("曾低于下限 {value}。"),
                (Lang::ZhHans, LimitKind::Low, false) => format!("未低于下限 {value}。"),
            });
        }
        if let Some(fan) = &self.forecast
            && let Some(t_ms) = fan.times_ms.last()
            && let Some(median) = fan.quantiles.median(fan.times_ms.len() - 1)
            && let Some((low, high)) = fan.quantiles.span(fan.times_ms.len() - 1)
        {
            let (when, median) = (clock(self.zone.local_ms(*t_ms), false), with_unit(median));
            let (low, high) = (with_unit(low), with_unit(high));
            words.push(match lang {
                Lang::En => format!("Expected at {when}: {median}, between {low} and {high}."),
                Lang::ZhHans => format!("预计 {when} 为 {median}，区间 {low} 至 {high}。"),
            });
        }
        words.join(lang.pick(" ", ""))
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, lang: Lang) -> Table {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" ({})", self.unit) };
        let decimals = self.decimals();
        let head = [
            format!("{} ({})", lang.pick("time", "时间"), self.zone.label),
            lang.pick("series", "序列").to_owned(),
            format!("{}{unit}", lang.pick("lowest", "最低")),
            format!("{}{unit}", lang.pick("mean", "平均")),
            format!("{}{unit}", lang.pick("highest", "最高")),
        ];
        let mut rows = Vec::new();
        for series in &self.series {
            for point in decimate(&series.points, self.window(), TABLE_ROWS_MAX / 4).iter().flatten() {
                rows.push((
                    point.t_ms,
                    vec![
                        moment(point.t_ms, &self.zone, lang),
                        series.name.clone(),
                        number(point.min, decimals),
                        number(point.value, decimals),
                        number(point.max, decimals),
                    ],
                ));
            }
        }
        rows.sort_by_key(|(t_ms, _)| *t_ms);
        Table { header: head.into(), rows: rows.into_iter().map(|(_, row)| row).collect() }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        self.layout(size, theme).frame
    }
}

impl TimeChart {
    fn draw_legend<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, frame: &Frame) -> Result<(), DrawError<DB>> {
        let theme = pen.theme;
        let y = f64::from(frame.top) - theme.font_size() * 1.1;
        let mut x = f64::from(frame.left) + pen.css(24.0);
        for (n, series) in self.series.iter().enumerate() {
            let (colour, width, dash) = series_style(n, theme);
            let sample = pen.css(16.0);
            let needed = sample + pen.css(5.0) + pen.width(&series.name);
            if x + needed > f64::from(frame.right) {
                pen.text("…", (x, y), theme.muted, HPos::Left, VPos::Center)?;
                break;
            }
            let line = [(x, y), (x + sample, y)];
            match dash {
                Some(dash) => pen.dashed(&line, colour, width, dash)?,
                None => pen.line(&line, colour, width)?,
            }
            pen.text(&series.name, (x + sample + pen.css(5.0), y), theme.muted, HPos::Left, VPos::Center)?;
            x += needed + pen.css(14.0);
        }
        Ok(())
    }
}

/// Slanted lines over a rectangle.
pub(crate) fn hatch<DB: DrawingBackend>(pen: &Pen<'_, DB>, from: Xy, to: Xy) -> Result<(), DrawError<DB>> {
    let clip = Clip { left: from.0, top: from.1, right: to.0, bottom: to.1 };
    let height = to.1 - from.1;
    let step = pen.css(6.0).max(1.0);
    let mut x = from.0 - height;
    let mut lines = 0;
    while x < to.0 && lines < 2000 {
        for piece in clip.polyline(&[(x, to.1), (x + height, from.1)]) {
            pen.line(&piece, pen.theme.line, 0.75)?;
        }
        x += step;
        lines += 1;
    }
    Ok(())
}
