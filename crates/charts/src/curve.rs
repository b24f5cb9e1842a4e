//! What something costs against how good it is: one line over a share, the chosen points marked.

use crate::pen::{DrawError, Pen, Xy};
use crate::scale::{self, number};
use crate::theme::Theme;
use crate::time_chart::{Layout, Span, draw_value_axis, layout, x_of, y_of};
use crate::{Chart, Frame, Hold as _, Lang, Table};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::style::text_anchor::{HPos, VPos};
use plotters_backend::DrawingBackend;

/// A point that stands out of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveMark {
    /// Its share, percent.
    pub x: f64,
    /// Its value.
    pub y: f64,
    /// A few words.
    pub label: String,
    /// The one that is chosen; others are drawn hollow.
    pub chosen: bool,
}

/// A value against a share in percent, with what else changes with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CurveChart {
    /// Named in summaries, not drawn.
    pub title: String,
    /// What the x axis is: `service level, %`.
    pub x_name: String,
    /// What the line is, with its unit: `order value, CNY`.
    pub y_name: String,
    /// What the dashed line is, on the same axis; empty: there is none. A line that would lie on the axis is not drawn, but is
    /// in the table.
    pub second_name: String,
    /// Share in percent, value, second value; in rising order of share.
    pub points: Vec<(f64, f64, f64)>,
    /// Points that stand out.
    pub marks: Vec<CurveMark>,
    /// The chart's own words.
    pub lang: Lang,
}

impl CurveChart {
    fn two(&self) -> bool {
        !self.second_name.is_empty()
    }

    /// Whether the dashed line would be seen.
    fn second_shows(&self) -> bool {
        let top = |of: fn(&(f64, f64, f64)) -> f64| self.points.iter().map(of).fold(0.0, f64::max);
        self.two() && top(|point| point.2) >= top(|point| point.1) * 0.05
    }

    fn layout(&self, size: (u32, u32), theme: &Theme) -> Layout {
        let mut span = Span::default();
        span.take(0.0);
        for (_, value, second) in &self.points {
            span.take(*value);
            if self.two() {
                span.take(*second);
            }
        }
        for mark in &self.marks {
            span.take(mark.y);
        }
        let xs = self.points.iter().map(|(x, ..)| *x).chain(self.marks.iter().map(|mark| mark.x));
        let (low, high) =
            xs.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let ends = if low < high { (low, high) } else { (90.0, 100.0) };
        layout(size, theme, span.ends().unwrap_or((0.0, 1.0)), ends, true, 2)
    }
}

/// A percentage without a needless zero.
fn share(x: f64) -> String {
    number(x, if (x - x.round()).abs() < 0.05 { 0 } else { 1 })
}

impl Chart for CurveChart {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let (pen, layout, clip) = Pen::begin(root, theme, |size, theme| self.layout(size, theme))?;
        let frame = &layout.frame;
        for tick in &layout.axis.ticks {
            let y = y_of(frame, tick.at);
            pen.line(&[(clip.left, y), (clip.right, y)], theme.line_soft, 1.0)?;
        }
        let line = |of: fn(&(f64, f64, f64)) -> f64| -> Vec<Xy> {
            self.points.iter().map(|point| (x_of(frame, point.0), y_of(frame, of(point)))).collect()
        };
        let first = line(|point| point.1);
        if self.second_shows() {
            for piece in clip.polyline(&line(|point| point.2)) {
                pen.dashed(&piece, theme.muted, 1.5, (4.0, 3.0))?;
            }
        }
        for piece in clip.polyline(&first) {
            pen.line(&piece, theme.ink, 1.5)?;
        }
        for at in &first {
            pen.dot(*at, 2.2, theme.ink)?;
        }
        let font = theme.font_size();
        for mark in &self.marks {
            let at = (x_of(frame, mark.x).hold(clip.left, clip.right), y_of(frame, mark.y));
            pen.dot(at, 4.4, theme.accent)?;
            if let (false, Some(panel)) = (mark.chosen, theme.panel) {
                pen.dot(at, 2.6, panel)?;
            }
            let width = pen.width(&mark.label);
            let left = at.0 + pen.css(8.0) + width > clip.right;
            let (x, side) =
                if left { (at.0 - pen.css(8.0), HPos::Right) } else { (at.0 + pen.css(8.0), HPos::Left) };
            let y = if at.1 + font * 1.6 < clip.bottom { at.1 + font * 0.9 } else { at.1 - font * 0.9 };
            pen.text(&mark.label, (x, y), theme.text, side, VPos::Center)?;
        }
        pen.outline(frame, theme.line)?;
        draw_value_axis(&pen, &layout, &self.y_name)?;
        if self.second_shows() {
            let y = f64::from(frame.top) - font * 1.1;
            let name = format!("- - {}", self.second_name);
            pen.text(&name, (clip.right, y), theme.muted, HPos::Right, VPos::Center)?;
        }
        let count = ((clip.right - clip.left) / pen.css(46.0)).max(1.0) as usize;
        let mut taken = f64::NEG_INFINITY;
        for tick in scale::value_axis(frame.x_from, frame.x_to, count).ticks {
            if tick.at < frame.x_from - 1e-9 || tick.at > frame.x_to + 1e-9 {
                continue;
            }
            let x = x_of(frame, tick.at);
            pen.line(&[(x, clip.bottom), (x, clip.bottom + pen.css(3.0))], theme.line, 1.0)?;
            let label = share(tick.at);
            let half = pen.width(&label) / 2.0;
            let middle = x.hold(half, (clip.right - half).max(half));
            if middle - half > taken {
                pen.text(
                    &label,
                    (middle, clip.bottom + font * 1.15),
                    theme.muted,
                    HPos::Center,
                    VPos::Center,
                )?;
                taken = middle + half + pen.css(6.0);
            }
        }
        let middle = (clip.left + clip.right) / 2.0;
        pen.text(&self.x_name, (middle, clip.bottom + font * 2.5), theme.muted, HPos::Center, VPos::Center)
    }

    fn summary(&self, lang: Lang) -> String {
        let title = if self.title.is_empty() {
            String::new()
        } else {
            format!("{}{}", self.title, lang.pick(": ", "："))
        };
        let said: Vec<String> = self
            .points
            .iter()
            .map(|(x, y, _)| match lang {
                Lang::En => format!("{} at {} %", number(*y, 0), share(*x)),
                Lang::ZhHans => format!("{}% 时 {}", share(*x), number(*y, 0)),
            })
            .collect();
        let list = said.join(lang.pick(", ", "，"));
        format!("{title}{}{}{list}{}", self.y_name, lang.pick(": ", "："), lang.pick(".", "。"))
    }

    fn lang(&self) -> Lang {
        self.lang
    }

    fn table(&self, _: Lang) -> Table {
        let mut header = vec![self.x_name.clone(), self.y_name.clone()];
        if self.two() {
            header.push(self.second_name.clone());
        }
        let rows = self
            .points
            .iter()
            .map(|(x, y, second)| {
                let mut row = vec![share(*x), number(*y, 0)];
                if self.two() {
                    row.push(number(*second, 0));
                }
                row
            })
            .collect();
        Table { header, rows }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        self.layout(size, theme).frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_says_its_points_and_stays_in_its_frame() {
        let chart = CurveChart {
            title: "What if".into(),
            x_name: "service level, %".into(),
            y_name: "order value, CNY".into(),
            second_name: "lost sales, CNY".into(),
            points: vec![(90.0, 1000.0, 500.0), (95.0, 1400.0, 200.0), (99.5, 2100.0, 20.0)],
            marks: vec![CurveMark { x: 95.0, y: 1400.0, label: "now".into(), chosen: true }],
            lang: Lang::En,
        };
        assert_eq!(
            chart.summary(Lang::En),
            "What if: order value, CNY: 1,000 at 90 %, 1,400 at 95 %, 2,100 at 99.5 %."
        );
        assert_eq!(chart.table(Lang::En).rows[2], ["99.5", "2,100", "20"]);
        for theme in [Theme::light(), Theme::dark()] {
            let svg = crate::to_svg(&chart, (640, 240), &theme);
            assert!(svg.contains("service level") && svg.contains("lost sales"), "{svg}");
            let frame = chart.frame((640, 240), &theme);
            assert!(
                frame.x(90.0) >= frame.left && frame.x(99.5) <= frame.right && frame.y(2100.0) >= frame.top
            );
        }
        assert!(crate::to_svg(&CurveChart::default(), (30, 20), &Theme::light()).starts_with("<svg"));
    }
}
