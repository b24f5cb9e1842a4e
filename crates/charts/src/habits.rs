//! What a channel is like: quantiles by hour or day, a map of days against hours, curves and clouds of points.
//!
//! Plain groups and points in, drawings out. The extremes of every group are drawn, and what lies beyond a limit is red:
//! a summary hides no breach either. Tests: `src/habits/tests.rs`.

use crate::model::{Limit, LimitKind};
use crate::pen::{Clip, DrawError, Pen, Xy};
use crate::scale::{self, number};
use crate::table::header;
use crate::theme::{Rgb, Theme};
use crate::time_chart::{Layout, Span, draw_value_axis, layout, x_of, y_of};
use crate::{Chart, Frame, Lang, Table, text};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::DrawingBackend;

/// The quantiles of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// `07:00`, `22 Nov`.
    pub label: String,
    /// Lowest, 5 %, 25 %, 50 %, 75 %, 95 %, highest; none where there is no data.
    pub values: Option<[f64; 7]>,
}

/// Quantiles of groups side by side.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BandsChart {
    /// Named in summaries.
    pub title: String,
    /// The unit.
    pub unit: String,
    /// What the groups are: `hour (UTC+8)`.
    pub by: String,
    /// The groups, in order.
    pub groups: Vec<Group>,
    /// Dashed red lines.
    pub limits: Vec<Limit>,
    /// The chart's own words.
    pub lang: Lang,
}

fn limit_words(limit: &Limit, unit: &str, lang: Lang) -> String {
    if !limit.label.is_empty() {
        return limit.label.clone();
    }
    let word = match limit.kind {
        LimitKind::High => lang.pick("high", "上限"),
        LimitKind::Low => lang.pick("low", "下限"),
    };
    format!("{word} {} {unit}", number(limit.value, 1))
}

fn draw_limits<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    frame: &Frame,
    limits: &[Limit],
    unit: &str,
    lang: Lang,
) -> Result<(), DrawError<DB>> {
    let clip = Clip::from(frame);
    let font = pen.theme.font_size();
    for limit in limits {
        let y = y_of(frame, limit.value);
        if y < clip.top - 0.5 || y > clip.bottom + 0.5 {
            continue;
        }
        pen.dashed(&[(clip.left, y), (clip.right, y)], pen.theme.critical, 1.0, (5.0, 4.0))?;
        let up = limit.kind == LimitKind::High && y - font * 1.4 > clip.top || y + font * 1.4 > clip.bottom;
        let at = (clip.left + pen.css(4.0), y + if up { -font * 0.75 } else { font * 0.85 });
        pen.text(&limit_words(limit, unit, lang), at, pen.theme.muted, HPos::Left, VPos::Center)?;
    }
    Ok(())
}

/// The part of a span from `low` to `high` that is beyond a limit: its ends.
fn beyond(limits: &[Limit], low: f64, high: f64) -> impl Iterator<Item = (f64, f64)> + '_ {
    limits.iter().filter_map(move |limit| match limit.kind {
        LimitKind::High => (high > limit.value).then(|| (limit.value.max(low), high)),
        LimitKind::Low => (low < limit.value).then(|| (low, limit.value.min(high))),
    })
}

/// Labels below a plot, as many as fit, and the words that say what they are.
fn draw_labels<'t, DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    clip: &Clip,
    by: &str,
    labels: impl Iterator<Item = (f64, &'t str)>,
) -> Result<(), DrawError<DB>> {
    let y = clip.bottom + pen.theme.font_size() * 1.15;
    pen.text(by, (clip.right, y), pen.theme.muted, HPos::Right, VPos::Center)?;
    let end = clip.right - pen.width(by) - pen.css(10.0);
    let mut taken = f64::NEG_INFINITY;
    for (x, label) in labels {
        let half = pen.width(label) / 2.0;
        if x - half > taken && x + half < end {
            pen.line(&[(x, clip.bottom), (x, clip.bottom + pen.css(3.0))], pen.theme.line, 1.0)?;
            pen.text(label, (x, y), pen.theme.muted, HPos::Center, VPos::Center)?;
            taken = x + half + pen.css(10.0);
        }
    }
    Ok(())
}

impl BandsChart {
    fn layout(&self, size: (u32, u32), theme: &Theme) -> Layout {
        let mut span = Span::default();
        for value in self.groups.iter().filter_map(|g| g.values).flatten() {
            span.take(value);
        }
        for limit in &self.limits {
            span.take(limit.value);
        }
        let (low, high) = span.ends().unwrap_or((0.0, 1.0));
        let air = (high - low) * 0.06;
        layout(size, theme, (low - air, high + air), (0.0, self.groups.len().max(1) as f64), true, 1)
    }
}

impl Chart for BandsChart {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let (pen, layout, clip) = Pen::begin(root, theme, |size, theme| self.layout(size, theme))?;
        let frame = &layout.frame;
        let x = |n: usize| x_of(frame, n as f64 + 0.5);
        // Runs of groups that have data.
        let mut at = 0;
        while at < self.groups.len() {
            let run: Vec<(f64, [f64; 7])> = self.groups[at..]
                .iter()
                .map_while(|g| g.values)
                .enumerate()
                .map(|(n, values)| (x(at + n), values))
                .collect();
            if run.is_empty() {
                let (from, to) = (x_of(frame, at as f64), x_of(frame, at as f64 + 1.0));
                pen.rect((from, clip.top), (to, clip.bottom), theme.line_soft, 0.6)?;
                at += 1;
                continue;
            }
            for (low, high, colour) in [(1, 5, theme.fan_outer), (2, 4, theme.fan_inner)] {
                let mut outline: Vec<Xy> = run.iter().map(|(x, v)| (*x, y_of(frame, v[high]))).collect();
                outline.extend(run.iter().rev().map(|(x, v)| (*x, y_of(frame, v[low]))));
                pen.fill(&clip.polygon(&outline), colour, 1.0)?;
            }
            for (x, v) in &run {
                let line = |low: f64, high: f64| [(*x, y_of(frame, low)), (*x, y_of(frame, high))];
                pen.line(&line(v[0], v[1]), theme.faint, 1.0)?;
                pen.line(&line(v[5], v[6]), theme.faint, 1.0)?;
                for (low, high) in beyond(&self.limits, v[0], v[6]) {
                    let [(x, from), (_, to)] = line(low, high);
                    pen.rect(
                        (x - pen.css(1.0), to),
                        (x + pen.css(1.0), from.max(to + 1.0)),
                        theme.critical,
                        1.0,
                    )?;
                }
            }
            let middle: Vec<Xy> = run.iter().map(|(x, v)| (*x, y_of(frame, v[3]))).collect();
            pen.line(&middle, theme.ink, 1.5)?;
            at += run.len();
        }
        pen.outline(frame, theme.line)?;
        draw_limits(&pen, frame, &self.limits, &self.unit, self.lang)?;
        draw_value_axis(&pen, &layout, &self.unit)?;
        let key = self.lang.pick(
            "median, 25–75 %, 5–95 %, thin: lowest and highest",
            "中位数、25–75%、5–95%，细线：最低与最高",
        );
        let y = clip.top - theme.font_size() * 1.1;
        pen.text(key, (clip.right, y), theme.muted, HPos::Right, VPos::Center)?;
        let labels = self.groups.iter().enumerate().map(|(n, g)| (x(n), g.label.as_str()));
        draw_labels(&pen, &clip, &self.by, labels)
    }

    fn summary(&self, lang: Lang) -> String {
        let known: Vec<(&Group, [f64; 7])> =
            self.groups.iter().filter_map(|g| Some((g, g.values?))).collect();
        let (Some(low), Some(high)) = (
            known.iter().min_by(|a, b| a.1[0].total_cmp(&b.1[0])),
            known.iter().max_by(|a, b| a.1[6].total_cmp(&b.1[6])),
        ) else {
            return format!("{}{}", self.title, lang.pick(": no readings.", "：没有读数。"));
        };
        let value = |v: f64| format!("{} {}", number(v, 1), self.unit);
        match lang {
            Lang::En => format!(
                "{}: lowest {} in {}, highest {} in {}.",
                self.title,
                value(low.1[0]),
                low.0.label,
                value(high.1[6]),
                high.0.label
            ),
            Lang::ZhHans => format!(
                "{}：最低 {}（{}），最高 {}（{}）。",
                self.title,
                value(low.1[0]),
                low.0.label,
                value(high.1[6]),
                high.0.label
            ),
        }
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, lang: Lang) -> Table {
        let mut head = vec![self.by.clone()];
        head.extend(header(
            lang,
            &[("lowest", "最低"), ("5 %", "5%"), ("25 %", "25%"), ("median", "中位数")],
        ));
        head.extend(header(lang, &[("75 %", "75%"), ("95 %", "95%"), ("highest", "最高"), ("unit", "单位")]));
        let rows = self.groups.iter().filter_map(|g| {
            let mut row = vec![g.label.clone()];
            row.extend(g.values?.iter().map(|v| number(*v, 2)));
            row.push(self.unit.clone());
            Some(row)
        });
        Table { header: head, rows: rows.collect() }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        self.layout(size, theme).frame
    }
}

/// A map of days against hours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatChart {
    /// Named in summaries.
    pub title: String,
    /// The unit.
    pub unit: String,
    /// The zone of the hours.
    pub zone: String,
    /// The name of each day.
    pub days: Vec<String>,
    /// Hour by hour, day after day: lowest, mean, highest; none where there is no data.
    pub hours: Vec<Option<[f64; 3]>>,
    /// Beyond them an hour is marked.
    pub limits: Vec<Limit>,
    /// The chart's own words.
    pub lang: Lang,
}

impl HeatChart {
    fn ends(&self) -> (f64, f64) {
        let mut span = Span::default();
        for hour in self.hours.iter().flatten() {
            span.take(hour[1]);
        }
        span.ends().unwrap_or((0.0, 1.0))
    }

    fn shade(theme: &Theme, share: f64) -> Rgb {
        let ground = theme.panel.unwrap_or(Rgb(255, 255, 255));
        // Light to dark on light, dark to light on dark: more is further from the ground.
        ground.mixed(theme.accent, 0.1 + 0.9 * share.clamp(0.0, 1.0))
    }
}

impl Chart for HeatChart {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let (pen, frame, clip) = Pen::begin(root, theme, |size, theme| self.frame(size, theme))?;
        let font = theme.font_size();
        let (low, high) = self.ends();
        let cell = |day: usize, hour: usize| {
            let left = x_of(&frame, day as f64);
            let top = y_of(&frame, hour as f64);
            ((left, top), (x_of(&frame, day as f64 + 1.0), y_of(&frame, hour as f64 + 1.0)))
        };
        for (n, hour) in self.hours.iter().enumerate().take(self.days.len() * 24) {
            let (from, to) = cell(n / 24, n % 24);
            match hour {
                None => pen.rect(from, to, theme.line_soft, 0.6)?,
                Some([lowest, mean, highest]) => {
                    let share = if high > low { (mean - low) / (high - low) } else { 0.5 };
                    pen.rect(from, to, Self::shade(theme, share), 1.0)?;
                    if beyond(&self.limits, *lowest, *highest).next().is_some() {
                        // A square of its own size where cells are small: one hour of a year is seen.
                        let r = ((to.0 - from.0).min(to.1 - from.1) * 0.28).max(pen.css(1.6));
                        let (x, y) = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
                        pen.rect(
                            (x - r - 1.0, y - r - 1.0),
                            (x + r + 1.0, y + r + 1.0),
                            theme.panel.unwrap_or(Rgb(255, 255, 255)),
                            1.0,
                        )?;
                        pen.rect((x - r, y - r), (x + r, y + r), theme.critical, 1.0)?;
                    }
                }
            }
        }
        pen.outline(&frame, theme.line)?;
        for hour in [0, 6, 12, 18, 24] {
            let label = format!("{hour:02}:00");
            let at = (clip.left - pen.css(5.0), y_of(&frame, f64::from(hour)));
            pen.text(&label, at, theme.muted, HPos::Right, VPos::Center)?;
        }
        let y = clip.top - font * 1.1;
        let mut x = clip.left;
        pen.text(&number(low, 1), (x, y), theme.muted, HPos::Left, VPos::Center)?;
        x += pen.width(&number(low, 1)) + pen.css(6.0);
        for step in 0..10 {
            let to = x + pen.css(12.0);
            pen.rect(
                (x, y - font * 0.4),
                (to, y + font * 0.4),
                Self::shade(theme, f64::from(step) / 9.0),
                1.0,
            )?;
            x = to;
        }
        x += pen.css(6.0);
        let ends = format!("{} {}", number(high, 1), self.unit);
        pen.text(&ends, (x, y), theme.muted, HPos::Left, VPos::Center)?;
        x += pen.width(&ends) + pen.css(16.0);
        if !self.limits.is_empty() {
            pen.rect((x, y - pen.css(3.0)), (x + pen.css(6.0), y + pen.css(3.0)), theme.critical, 1.0)?;
            let words = self.lang.pick("beyond a limit in this hour", "该小时内超限");
            pen.text(words, (x + pen.css(11.0), y), theme.muted, HPos::Left, VPos::Center)?;
        }
        let labels =
            self.days.iter().enumerate().map(|(n, day)| (x_of(&frame, n as f64 + 0.5), day.as_str()));
        draw_labels(&pen, &clip, &self.zone, labels)
    }

    fn summary(&self, lang: Lang) -> String {
        let outside = self
            .hours
            .iter()
            .flatten()
            .filter(|[low, _, high]| beyond(&self.limits, *low, *high).next().is_some())
            .count();
        let (low, high) = self.ends();
        let (low, high) = (number(low, 1), number(high, 1));
        let (title, days, unit) = (&self.title, self.days.len(), &self.unit);
        match lang {
            Lang::En => format!(
                "{title}: {days} days by the hour, means from {low} to {high} {unit}; {outside} hours reach beyond a limit."
            ),
            Lang::ZhHans => {
                format!("{title}：{days} 天逐小时，平均值 {low} 至 {high} {unit}；{outside} 个小时超限。")
            }
        }
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, lang: Lang) -> Table {
        let mut head = header(lang, &[("day", "日期")]);
        head.push(format!("{} ({})", lang.pick("hour", "小时"), self.zone));
        head.extend(header(
            lang,
            &[("lowest", "最低"), ("mean", "平均"), ("highest", "最高"), ("unit", "单位")],
        ));
        let rows = self.hours.iter().enumerate().filter_map(|(n, hour)| {
            let mut row = vec![self.days.get(n / 24)?.clone(), format!("{:02}:00", n % 24)];
            row.extend((*hour)?.iter().map(|v| number(*v, 2)));
            row.push(self.unit.clone());
            Some(row)
        });
        Table { header: head, rows: rows.collect() }
    }

    /// Values on x are days from the first, on y hours, midnight at the top.
    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        let font = theme.font_size();
        let left = text::measure("00:00", font).0 * 1.14 + 8.0 * theme.scale;
        let (width, height) = (f64::from(size.0), f64::from(size.1));
        let left = left.min(width * 0.4);
        let bottom = (height - font * 1.85).max(font * 1.9 + 1.0);
        Frame {
            left: crate::pixel(left),
            top: crate::pixel(font * 1.9),
            right: crate::pixel((width - 6.0 * theme.scale).max(left + 1.0)),
            bottom: crate::pixel(bottom),
            x_from: 0.0,
            x_to: self.days.len().max(1) as f64,
            y_from: 24.0,
            y_to: 0.0,
        }
    }
}

/// Points over a plain axis: a curve, or a cloud.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct XyChart {
    /// Named in summaries.
    pub title: String,
    /// What x is, with its unit.
    pub x_name: String,
    /// What y is, with its unit.
    pub y_name: String,
    /// The points; of a curve in order of x.
    pub points: Vec<(f64, f64)>,
    /// They are joined.
    pub joined: bool,
    /// Limits of y.
    pub limits: Vec<Limit>,
    /// A mark at a point, with words.
    pub mark: Option<(f64, f64, String)>,
    /// The chart's own words.
    pub lang: Lang,
}

impl XyChart {
    fn layout(&self, size: (u32, u32), theme: &Theme) -> (Layout, scale::ValueAxis) {
        let (mut xs, mut ys) = (Span::default(), Span::default());
        for (x, y) in &self.points {
            xs.take(*x);
            ys.take(*y);
        }
        for limit in &self.limits {
            ys.take(limit.value);
        }
        let (low, high) = ys.ends().unwrap_or((0.0, 1.0));
        let x = xs.ends().unwrap_or((0.0, 1.0));
        let axis =
            scale::value_axis(x.0, x.1, (f64::from(size.0) / (90.0 * theme.scale)).clamp(2.0, 10.0) as usize);
        let x = if self.joined { x } else { (axis.from, axis.to) };
        (layout(size, theme, (low, high), x, true, 1), axis)
    }
}

impl Chart for XyChart {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let axis = self.layout(root.dim_in_pixel(), theme).1;
        let (pen, layout, clip) = Pen::begin(root, theme, |size, theme| self.layout(size, theme).0)?;
        let frame = &layout.frame;
        for tick in &layout.axis.ticks {
            let y = y_of(frame, tick.at);
            pen.line(&[(clip.left, y), (clip.right, y)], theme.line_soft, 1.0)?;
        }
        let at = |point: &(f64, f64)| (x_of(frame, point.0), y_of(frame, point.1));
        if self.joined {
            let path: Vec<Xy> = self.points.iter().map(at).collect();
            for piece in clip.polyline(&path) {
                pen.line(&piece, theme.ink, 1.6)?;
            }
            // The part beyond a limit, again and in red.
            for limit in &self.limits {
                let over = |y: f64| match limit.kind {
                    LimitKind::High => y > limit.value,
                    LimitKind::Low => y < limit.value,
                };
                for pair in self.points.windows(2).filter(|pair| over(pair[0].1) || over(pair[1].1)) {
                    pen.line(&[at(&pair[0]), at(&pair[1])], theme.critical, 2.4)?;
                }
            }
        } else {
            for point in &self.points {
                pen.dot(at(point), 1.7, theme.ink.mixed(theme.panel.unwrap_or(Rgb(255, 255, 255)), 0.25))?;
            }
        }
        pen.outline(frame, theme.line)?;
        draw_limits(&pen, frame, &self.limits, "", self.lang)?;
        if let Some((x, y, words)) = &self.mark {
            let at = at(&(*x, *y));
            pen.dot(at, 4.0, theme.accent)?;
            let right = at.0 + pen.css(8.0) + pen.width(words) < clip.right;
            let (x, side) =
                if right { (at.0 + pen.css(8.0), HPos::Left) } else { (at.0 - pen.css(8.0), HPos::Right) };
            pen.text(words, (x, at.1), theme.text, side, VPos::Center)?;
        }
        draw_value_axis(&pen, &layout, &self.y_name)?;
        let labels = axis.ticks.iter().map(|tick| (x_of(frame, tick.at), tick.label.as_str()));
        draw_labels(
            &pen,
            &clip,
            &self.x_name,
            labels.filter(|(x, _)| *x >= clip.left - 1.0 && *x <= clip.right + 1.0),
        )
    }

    fn summary(&self, lang: Lang) -> String {
        let mut ys = Span::default();
        for (_, y) in &self.points {
            ys.take(*y);
        }
        let Some((low, high)) = ys.ends() else {
            return format!("{}{}", self.title, lang.pick(": no readings.", "：没有读数。"));
        };
        let (low, high, name) = (number(low, 2), number(high, 2), &self.y_name);
        let mark = self.mark.as_ref().map(|mark| mark.2.as_str()).unwrap_or_default();
        match lang {
            Lang::En => format!("{}: {name} from {low} to {high} over {}. {mark}", self.title, self.x_name),
            Lang::ZhHans => format!("{}：{name} {low} 至 {high}，横轴为 {}。{mark}", self.title, self.x_name),
        }
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, _: Lang) -> Table {
        let rows = self.points.iter().map(|(x, y)| vec![number(*x, 2), number(*y, 3)]).collect();
        Table { header: vec![self.x_name.clone(), self.y_name.clone()], rows }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        self.layout(size, theme).0.frame
    }
}

#[cfg(test)]
mod tests;
