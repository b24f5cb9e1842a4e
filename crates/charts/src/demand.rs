//! Day charts: demand of an item, and what its shelf will hold.

use crate::model::{DayMark, DayMarkKind, DemandChart, MarkKind, StockProjection};
use crate::pen::{Clip, DrawError, Pen, Rows, Xy};
use crate::scale::{self, day_label, number};
use crate::theme::Theme;
use crate::time_chart::{Layout, Span, draw_fan, draw_value_axis, hatch, layout, x_of, y_of};
use crate::{Chart, Frame, Hold as _, Lang, Table};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::DrawingBackend;
use units::Day;

/// Ticks, and the day that divides past from future.
fn draw_day_axis<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    frame: &Frame,
    divide: Option<(Day, &str)>,
    lang: Lang,
) -> Result<(), DrawError<DB>> {
    let theme = pen.theme;
    let clip = Clip::from(frame);
    let font = theme.font_size();
    let mut below = clip.bottom + font * 1.15;
    if let Some((day, words)) = divide {
        let x = x_of(frame, f64::from(day.0)).hold(clip.left, clip.right);
        pen.line(&[(x, clip.top), (x, clip.bottom)], theme.accent, 1.0)?;
        let words = format!("{words} {}", day_label(day, lang));
        let half = pen.width(&words) / 2.0;
        let middle = x.hold(clip.left + half, (clip.right - half).max(clip.left + half));
        pen.text(&words, (middle, below), theme.muted, HPos::Center, VPos::Center)?;
        below += font * 1.35;
    }
    let widest = pen.width(lang.pick("Sep 2026", "2026年12月"));
    let count = ((clip.right - clip.left) / (widest + pen.css(14.0))).max(1.0) as usize;
    // The last day of the axis ends at its right edge: its tick is the day before.
    let window = (Day(frame.x_from.ceil() as i32), Day((frame.x_to - 0.01).floor() as i32));
    let mut taken = f64::NEG_INFINITY;
    for tick in scale::day_ticks(window, count, lang) {
        let x = x_of(frame, tick.at);
        pen.line(&[(x, clip.bottom), (x, clip.bottom + pen.css(3.0))], theme.line, 1.0)?;
        let half = pen.width(&tick.label) / 2.0;
        let middle = x.max(half).min((clip.right - half).max(half));
        if middle - half > taken {
            pen.text(&tick.label, (middle, below), theme.muted, HPos::Center, VPos::Center)?;
            taken = middle + half + pen.css(6.0);
        }
    }
    Ok(())
}

fn draw_day_marks<DB: DrawingBackend>(
    pen: &Pen<'_, DB>,
    frame: &Frame,
    marks: &[DayMark],
    lang: Lang,
) -> Result<(), DrawError<DB>> {
    let theme = pen.theme;
    let clip = Clip::from(frame);
    let font = theme.font_size();
    let mut rows = Rows::new(3);
    for mark in marks {
        let x = x_of(frame, f64::from(mark.day.0) + 0.5);
        if x < clip.left || x > clip.right {
            continue;
        }
        let own = match mark.kind {
            DayMarkKind::Order => lang.pick("order by", "最迟下单"),
            DayMarkKind::Arrival => lang.pick("arrival", "到货"),
            DayMarkKind::StockOut => lang.pick("stock-out", "缺货"),
            DayMarkKind::Event => "",
        };
        let words = if mark.label.is_empty() {
            format!("{own} {}", day_label(mark.day, lang))
        } else {
            mark.label.clone()
        };
        pen.dashed(&[(x, clip.top), (x, clip.bottom)], theme.faint, 1.0, (2.0, 3.0))?;
        let half = if mark.kind == DayMarkKind::Event { 0.0 } else { pen.css(5.0) };
        let gap = pen.css(4.0);
        let width = pen.width(&words);
        let leftward = x + half + gap + width > clip.right;
        let (l, r) =
            if leftward { (x - half - gap - width, x + half) } else { (x - half, x + half + gap + width) };
        let row = rows.place(l, r);
        let y = clip.top + font * (0.95 + 1.35 * row.unwrap_or(0) as f64);
        let s = pen.css(3.6);
        match mark.kind {
            DayMarkKind::StockOut => pen.symbol(MarkKind::Critical, (x, y))?,
            DayMarkKind::Order => pen.fill(&[(x, y - s), (x + s, y + s), (x - s, y + s)], theme.ink, 1.0)?,
            DayMarkKind::Arrival => {
                pen.fill(&[(x, y + s), (x + s, y - s), (x - s, y - s)], theme.ink, 1.0)?
            }
            DayMarkKind::Event => {}
        }
        if row.is_some() && l > clip.left {
            let (x, h_pos) =
                if leftward { (x - half - gap, HPos::Right) } else { (x + half + gap, HPos::Left) };
            pen.text(&words, (x, y), theme.muted, h_pos, VPos::Center)?;
        }
    }
    Ok(())
}

impl DemandChart {
    fn step(&self) -> i32 {
        self.step_days.max(1)
    }

    fn forecast_steps(&self) -> usize {
        self.forecast.values.len().max(self.overrides.len())
    }

    /// The days there is anything of: the first, and the one after the last.
    pub fn extent(&self) -> (i32, i32) {
        let end_of =
            |start: Day, steps: usize| start.0.saturating_add(self.step().saturating_mul(steps as i32));
        let mut from = i32::MAX;
        let mut to = i32::MIN;
        if !self.history.is_empty() {
            (from, to) = (self.history_start.0, end_of(self.history_start, self.history.len()));
        }
        if self.forecast_steps() > 0 {
            from = from.min(self.forecast_start.0);
            to = to.max(end_of(self.forecast_start, self.forecast_steps()));
        }
        if from >= to {
            (self.history_start.0, self.history_start.0.saturating_add(self.step()))
        } else {
            (from, to)
        }
    }

    /// What is drawn: all, or the window.
    fn span(&self) -> (f64, f64) {
        let (from, to) = self.extent();
        self.window.filter(|w| w.1 > w.0).unwrap_or((f64::from(from), f64::from(to)))
    }

    /// Whether any of a step is drawn.
    fn seen(&self, start: Day, n: usize) -> bool {
        let (from, to) = self.span();
        let day = f64::from(self.day_of(start, n).0);
        day + f64::from(self.step()) > from && day < to
    }

    fn layout(&self, size: (u32, u32), theme: &Theme) -> Layout {
        let mut known = Span::default();
        known.take(0.0);
        let steps = |start: Day, values: &'_ [Option<f64>]| {
            let seen = values.iter().enumerate().filter(|(n, _)| self.seen(start, *n));
            seen.filter_map(|(_, value)| *value).collect::<Vec<f64>>()
        };
        for value in steps(self.history_start, &self.history) {
            known.take(value);
        }
        for value in steps(self.forecast_start, &self.overrides) {
            known.take(value);
        }
        for (start, said) in &self.folds {
            for value in steps(*start, said).into_iter().filter(|value| value.is_finite()) {
                known.take(value);
            }
        }
        let mut span = Span(known.ends());
        // A far upper quantile must not press the history flat.
        let top = known.ends().map_or(0.0, |(_, high)| high);
        for n in (0..self.forecast.values.len()).filter(|n| self.seen(self.forecast_start, *n)) {
            span.take(self.forecast.median(n).unwrap_or(0.0));
            if let Some((_, high)) = self.forecast.span(n) {
                span.take(if top > 0.0 { high.min(top * 1.6) } else { high });
            }
        }
        let (low, high) = span.ends().unwrap_or((0.0, 1.0));
        let below = if self.forecast_steps() > 0 { 2 } else { 1 };
        layout(size, theme, (low, high), self.span(), true, below)
    }

    fn day_of(&self, start: Day, n: usize) -> Day {
        start.plus(self.step().saturating_mul(n as i32))
    }
}

impl Chart for DemandChart {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let (pen, layout, clip) = Pen::begin(root, theme, |size, theme| self.layout(size, theme))?;
        let frame = &layout.frame;
        let zero = y_of(frame, 0.0);
        let step = f64::from(self.step());
        let column = |day: Day| (x_of(frame, f64::from(day.0)), x_of(frame, f64::from(day.0) + step));
        let hatched = |from: f64, to: f64| {
            let (from, to) = (from.hold(clip.left, clip.right), to.hold(clip.left, clip.right));
            if to > from { hatch(&pen, (from, clip.top), (to, clip.bottom)) } else { Ok(()) }
        };
        // A run of missing steps is one hatched span.
        let mut missing: Option<(f64, f64)> = None;
        for n in 0..=self.history.len() {
            let (from, to) = column(self.day_of(self.history_start, n));
            match self.history.get(n) {
                Some(None) => missing = Some((missing.map_or(from, |(start, _)| start), to)),
                value => {
                    if let Some((from, to)) = missing.take() {
                        hatched(from, to)?;
                    }
                    if let Some(Some(value)) = value
                        && self.seen(self.history_start, n)
                    {
                        let gap = ((to - from) * 0.12).min(pen.css(2.0));
                        let y = y_of(frame, *value).hold(clip.top, clip.bottom);
                        let (from, to) = ((from + gap).max(clip.left), (to - gap).min(clip.right));
                        if (y - zero).abs() >= 0.5 && to > from {
                            pen.rect((from, y.min(zero)), (to, y.max(zero)), theme.bar, 1.0)?;
                        }
                    }
                }
            }
        }
        for (from, to) in &self.without_stock {
            let (from, to) = (x_of(frame, f64::from(from.0)), x_of(frame, f64::from(to.0) + 1.0));
            let (from, to) = (from.hold(clip.left, clip.right), to.hold(clip.left, clip.right));
            if to > from {
                pen.rect((from, clip.bottom - pen.css(4.0)), (to, clip.bottom), theme.critical, 0.8)?;
            }
        }
        for (start, said) in &self.folds {
            let middle = |n: usize| {
                let (from, to) = column(self.day_of(*start, n));
                (from + to) / 2.0
            };
            // Days on which the site does not trade are bridged: a line in pieces of one step would be dots.
            let path: Vec<Xy> = said
                .iter()
                .enumerate()
                .filter_map(|(n, value)| {
                    let value = value.filter(|value| value.is_finite())?;
                    Some((middle(n), y_of(frame, value)))
                })
                .collect();
            for piece in clip.polyline(&path) {
                pen.line(&piece, theme.medium, 1.3)?;
            }
            if let Some(first) = path.first().filter(|at| clip.contains(**at)) {
                pen.dot(*first, 2.2, theme.medium)?;
            }
        }
        let xs: Vec<f64> = (0..self.forecast.values.len())
            .map(|n| {
                let (from, to) = column(self.day_of(self.forecast_start, n));
                (from + to) / 2.0
            })
            .collect();
        draw_fan(&pen, frame, None, &xs, &self.forecast)?;
        let overridden: Vec<Xy> = self
            .overrides
            .iter()
            .enumerate()
            .filter_map(|(n, value)| {
                let (from, to) = column(self.day_of(self.forecast_start, n));
                value.map(|value| ((from + to) / 2.0, y_of(frame, value)))
            })
            .collect();
        for piece in clip.polyline(&overridden) {
            pen.line(&piece, theme.accent, 1.5)?;
        }
        for at in overridden.iter().filter(|at| clip.contains(**at)) {
            pen.dot(*at, 2.2, theme.accent)?;
        }
        pen.outline(frame, theme.line)?;
        draw_value_axis(&pen, &layout, &self.unit)?;
        draw_day_marks(&pen, frame, &self.marks, self.lang)?;
        let (from, to) = self.span();
        let start = f64::from(self.forecast_start.0);
        let divide = (self.forecast_steps() > 0 && (from..=to).contains(&start))
            .then(|| (self.forecast_start, self.lang.pick("forecast from", "预测自")));
        draw_day_axis(&pen, frame, divide, self.lang)
    }

    fn summary(&self, lang: Lang) -> String {
        let title = if self.title.is_empty() {
            String::new()
        } else {
            format!("{}{}", self.title, lang.pick(": ", "："))
        };
        let known: Vec<f64> = self.history.iter().flatten().copied().collect();
        let missing = self.history.len() - known.len();
        let mut words = Vec::new();
        if known.is_empty() {
            words.push(format!("{title}{}", lang.pick("no history.", "没有历史。")));
        } else {
            let mean = known.iter().sum::<f64>() / known.len() as f64;
            let highest = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let (mean, highest) = (number(mean, 1), number(highest, 1));
            let (steps, from) = (self.history.len(), day_label(self.history_start, lang));
            words.push(match lang {
                Lang::En => {
                    format!("{title}{steps} steps from {from}, mean {mean}, highest {highest} {}.", self.unit)
                }
                Lang::ZhHans => {
                    format!("{title}自 {from} 起 {steps} 期，平均 {mean}，最高 {highest} {}。", self.unit)
                }
            });
            if let Some((from, to)) = self.window {
                let day = |at: f64| day_label(Day(at as i32), lang);
                let (from, to) = (day(from.ceil()), day(to.ceil() - 1.0));
                words.push(match lang {
                    Lang::En => format!("Shown are {from} to {to}."),
                    Lang::ZhHans => format!("显示 {from} 至 {to}。"),
                });
            }
            if !self.without_stock.is_empty() {
                let days: i64 =
                    self.without_stock.iter().map(|(from, to)| i64::from(to.0) - i64::from(from.0) + 1).sum();
                words.push(match lang {
                    Lang::En => format!("{days} days without stock: sales there are less than demand."),
                    Lang::ZhHans => format!("{days} 天缺货：当日销量低于需求。"),
                });
            }
            if missing > 0 {
                words.push(match lang {
                    Lang::En => format!("{missing} steps are missing."),
                    Lang::ZhHans => format!("缺 {missing} 期。"),
                });
            }
        }
        if let (Some(median), Some((low, high))) = (self.forecast.median(0), self.forecast.span(0)) {
            let (median, low, high) = (number(median, 1), number(low, 1), number(high, 1));
            let start = day_label(self.forecast_start, lang);
            words.push(match lang {
                Lang::En => format!("Expected from {start}: {median}, between {low} and {high}."),
                Lang::ZhHans => format!("预计 {start} 起 {median}，区间 {low} 至 {high}。"),
            });
        }
        words.join(lang.pick(" ", ""))
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, lang: Lang) -> Table {
        let mut header = vec![
            lang.pick("from day", "起始日").to_owned(),
            format!("{} ({})", lang.pick("history", "历史"), self.unit),
        ];
        let replaced = self.overrides.iter().any(Option::is_some);
        if replaced {
            header.push(lang.pick("override", "人工调整").to_owned());
        }
        let tested = self.folds.iter().any(|(_, said)| !said.is_empty());
        if tested {
            header.push(lang.pick("backtest", "回测").to_owned());
        }
        header.extend(self.forecast.levels.iter().map(|level| format!("P{:.0}", level * 100.0)));
        let width = header.len();
        let mut rows = Vec::new();
        for (n, value) in self.history.iter().enumerate() {
            let mut row = vec![self.day_of(self.history_start, n).to_string()];
            row.push(value.map_or_else(String::new, |value| number(value, 2)));
            if tested {
                row.resize(row.len() + usize::from(replaced), String::new());
                let day = self.day_of(self.history_start, n);
                let said = self.folds.iter().find_map(|(start, said)| {
                    let at = usize::try_from(day.0.saturating_sub(start.0)).ok()?
                        / usize::try_from(self.step()).ok()?;
                    *said.get(at)?
                });
                row.push(said.map_or_else(String::new, |value| number(value, 2)));
            }
            row.resize(width, String::new());
            rows.push(row);
        }
        for (n, quantiles) in self.forecast.values.iter().enumerate() {
            let mut row = vec![self.day_of(self.forecast_start, n).to_string(), String::new()];
            if replaced {
                let value = self.overrides.get(n).copied().flatten();
                row.push(value.map_or_else(String::new, |value| number(value, 2)));
            }
            if tested {
                row.push(String::new());
            }
            row.extend(quantiles.iter().map(|value| number(*value, 2)));
            row.resize(width, String::new());
            rows.push(row);
        }
        Table { header, rows }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        self.layout(size, theme).frame
    }
}

impl StockProjection {
    fn window(&self) -> (i32, i32) {
        let days = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let mut from = i32::MAX;
        let mut to = i32::MIN;
        if !self.history.is_empty() {
            (from, to) =
                (self.history_start.0, self.history_start.0.saturating_add(days(self.history.len())));
        }
        if !self.projection.values.is_empty() {
            from = from.min(self.start.0);
            to = to.max(self.start.0.saturating_add(days(self.projection.values.len())));
        }
        if from >= to { (self.start.0, self.start.0.saturating_add(1)) } else { (from, to) }
    }

    fn layout(&self, size: (u32, u32), theme: &Theme) -> Layout {
        let mut span = Span::default();
        span.take(0.0);
        for value in self.history.iter().flatten() {
            span.take(*value);
        }
        for value in [self.reorder_point, self.order_up_to].into_iter().flatten() {
            span.take(value);
        }
        for n in 0..self.projection.values.len() {
            if let Some((_, high)) = self.projection.span(n) {
                span.take(high);
            }
        }
        // How short the shelf gets is of interest, how far below zero a far quantile goes is not.
        let floor = -span.ends().map_or(1.0, |(_, high)| high.max(1.0)) * 0.25;
        for n in 0..self.projection.values.len() {
            if let Some((low, _)) = self.projection.span(n) {
                span.take(low.max(floor));
            }
        }
        let (low, high) = span.ends().unwrap_or((0.0, 1.0));
        let (from, to) = self.window();
        layout(size, theme, (low, high), (f64::from(from), f64::from(to)), true, 2)
    }

    fn line_label<DB: DrawingBackend>(
        &self,
        pen: &Pen<'_, DB>,
        frame: &Frame,
        value: f64,
        words: &str,
    ) -> Result<(), DrawError<DB>> {
        let clip = Clip::from(frame);
        let y = y_of(frame, value);
        let font = pen.theme.font_size();
        let shift = if y - font * 1.4 > clip.top { -font * 0.75 } else { font * 0.85 };
        let words = format!("{words} {}", number(value, 0));
        // Marks stand where an order is due, soon after today: the words of lines at the end that is farther from it.
        let today = x_of(frame, f64::from(self.start.0));
        let (x, end) = if today * 2.0 > clip.left + clip.right {
            (clip.left + pen.css(4.0), HPos::Left)
        } else {
            (clip.right - pen.css(4.0), HPos::Right)
        };
        pen.text(&words, (x, y + shift), pen.theme.muted, end, VPos::Center)
    }
}

impl Chart for StockProjection {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let (pen, layout, clip) = Pen::begin(root, theme, |size, theme| self.layout(size, theme))?;
        let frame = &layout.frame;
        // Stock at the end of a day belongs at the day's right edge.
        let x_end = |start: Day, n: usize| x_of(frame, f64::from(start.0) + n as f64 + 1.0);
        let history: Vec<Option<Xy>> = self
            .history
            .iter()
            .enumerate()
            .map(|(n, value)| value.map(|value| (x_end(self.history_start, n), y_of(frame, value))))
            .collect();
        let start = history.last().copied().flatten();
        let xs: Vec<f64> = (0..self.projection.values.len()).map(|n| x_end(self.start, n)).collect();
        draw_fan(&pen, frame, start, &xs, &self.projection)?;
        pen.outline(frame, theme.line)?;
        if layout.axis.from < 0.0 {
            let y = y_of(frame, 0.0);
            pen.line(&[(clip.left, y), (clip.right, y)], theme.faint, 1.0)?;
        }
        if let Some(value) = self.order_up_to {
            let y = y_of(frame, value);
            pen.dashed(&[(clip.left, y), (clip.right, y)], theme.faint, 1.0, (1.5, 3.0))?;
            self.line_label(&pen, frame, value, self.lang.pick("order up to", "补货上限"))?;
        }
        if let Some(value) = self.reorder_point {
            let y = y_of(frame, value);
            pen.dashed(&[(clip.left, y), (clip.right, y)], theme.critical, 1.0, (5.0, 4.0))?;
            let far = self.order_up_to.is_none_or(|up| (y_of(frame, up) - y).abs() > theme.font_size() * 1.5);
            if far {
                self.line_label(&pen, frame, value, self.lang.pick("reorder point", "再订货点"))?;
            }
        }
        for run in history.split(Option::is_none) {
            let run: Vec<Xy> = run.iter().flatten().copied().collect();
            // Stock holds its value until it changes: a step, not a slope.
            let mut steps: Vec<Xy> = Vec::with_capacity(run.len() * 2);
            for at in run {
                if let Some(last) = steps.last().copied() {
                    steps.push((at.0, last.1));
                }
                steps.push(at);
            }
            for piece in clip.polyline(&steps) {
                pen.line(&piece, theme.ink, 1.5)?;
            }
        }
        let mut marks = self.marks.clone();
        if let Some(day) = self.stock_out_day
            && marks.iter().all(|mark| mark.kind != DayMarkKind::StockOut)
        {
            marks.push(DayMark { day, kind: DayMarkKind::StockOut, label: String::new() });
        }
        marks.sort_by_key(|mark| mark.day);
        draw_day_marks(&pen, frame, &marks, self.lang)?;
        draw_value_axis(&pen, &layout, &self.unit)?;
        draw_day_axis(&pen, frame, Some((self.start, self.lang.pick("today", "今天"))), self.lang)
    }

    fn summary(&self, lang: Lang) -> String {
        let title = if self.title.is_empty() {
            String::new()
        } else {
            format!("{}{}", self.title, lang.pick(": ", "："))
        };
        let mut words = Vec::new();
        let now = self.history.iter().flatten().next_back().copied().or_else(|| self.projection.median(0));
        if let Some(now) = now {
            let now = number(now, 0);
            words.push(match lang {
                Lang::En => format!("{title}stock {now} {}.", self.unit),
                Lang::ZhHans => format!("{title}库存 {now} {}。", self.unit),
            });
        } else {
            words.push(format!("{title}{}", lang.pick("stock unknown.", "库存未知。")));
        }
        if let Some(value) = self.reorder_point {
            let value = number(value, 0);
            words.push(match lang {
                Lang::En => format!("Reorder point {value}."),
                Lang::ZhHans => format!("再订货点 {value}。"),
            });
        }
        words.push(match (self.stock_out_day, lang) {
            (Some(day), Lang::En) => format!("Expected to run out on {}.", day_label(day, lang)),
            (Some(day), Lang::ZhHans) => format!("预计 {} 缺货。", day_label(day, lang)),
            (None, Lang::En) => "Not expected to run out in this span.".to_owned(),
            (None, Lang::ZhHans) => "在此期间预计不会缺货。".to_owned(),
        });
        words.join(lang.pick(" ", ""))
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, lang: Lang) -> Table {
        let mut header = vec![
            lang.pick("day", "日期").to_owned(),
            format!("{} ({})", lang.pick("stock", "库存"), self.unit),
        ];
        header.extend(self.projection.levels.iter().map(|level| format!("P{:.0}", level * 100.0)));
        let width = header.len();
        let mut rows = Vec::new();
        for (n, value) in self.history.iter().enumerate() {
            let mut row = vec![self.history_start.plus(n as i32).to_string()];
            row.push(value.map_or_else(String::new, |value| number(value, 1)));
            row.resize(width, String::new());
            rows.push(row);
        }
        for (n, quantiles) in self.projection.values.iter().enumerate() {
            let mut row = vec![self.start.plus(n as i32).to_string(), String::new()];
            row.extend(quantiles.iter().map(|value| number(*value, 1)));
            row.resize(width, String::new());
            rows.push(row);
        }
        Table { header, rows }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        self.layout(size, theme).frame
    }
}
