//! A line the height of a row of text.

use crate::model::Sparkline;
use crate::pen::{DrawError, Pen, Xy};
use crate::scale::number;
use crate::theme::Theme;
use crate::time_chart::{Span, x_of, y_of};
use crate::{Chart, Frame, Lang, Table, pixel};
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters_backend::DrawingBackend;

impl Sparkline {
    fn ends(&self) -> (f64, f64) {
        let mut span = Span::default();
        for value in self.values.iter().flatten() {
            span.take(*value);
        }
        let (low, high) = span.ends().unwrap_or((0.0, 1.0));
        if high > low { (low, high) } else { (low - 1.0, high + 1.0) }
    }
}

impl Chart for Sparkline {
    fn draw<DB: DrawingBackend>(
        &self,
        root: &DrawingArea<DB, Shift>,
        theme: &Theme,
    ) -> Result<(), DrawError<DB>> {
        let (pen, frame, clip) = Pen::measured(root, theme, |size, theme| self.frame(size, theme));
        for limit in [self.limit_low, self.limit_high].into_iter().flatten() {
            let y = y_of(&frame, limit);
            for piece in clip.polyline(&[(clip.left, y), (clip.right, y)]) {
                pen.dashed(&piece, theme.critical, 1.0, (3.0, 2.0))?;
            }
        }
        let mut last: Option<Xy> = None;
        let mut run: Vec<Xy> = Vec::new();
        // More values than pixels are drawn all the same: a spike is never skipped, and a row is short.
        for value in self.values.iter().map(Some).enumerate().chain([(self.values.len(), None)]) {
            match value {
                (n, Some(Some(value))) if value.is_finite() => {
                    let at = (x_of(&frame, n as f64), y_of(&frame, *value));
                    run.push(at);
                    last = Some(at);
                }
                _ => {
                    if run.len() == 1 {
                        pen.dot(run[0], 1.0, theme.ink)?;
                    }
                    pen.line(&run, theme.ink, 1.2)?;
                    run.clear();
                }
            }
        }
        if let Some(last) = last {
            pen.dot(last, 1.8, theme.ink)?;
        }
        Ok(())
    }

    fn summary(&self, lang: Lang) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        let title = if self.title.is_empty() {
            String::new()
        } else {
            format!("{}{}", self.title, lang.pick(": ", "："))
        };
        let Some(last) = self.values.iter().flatten().next_back() else {
            return format!("{title}{}", lang.pick("no values.", "没有数值。"));
        };
        let ((low, high), last) = (self.ends(), number(*last, 1));
        let (low, high) = (number(low, 1), number(high, 1));
        match lang {
            Lang::En => format!("{title}last {last}{unit}, between {low} and {high}."),
            Lang::ZhHans => format!("{title}最新 {last}{unit}，区间 {low} 至 {high}。"),
        }
    }

    fn lang(&self) -> Lang {
        Lang::En
    }

    fn table(&self, lang: Lang) -> Table {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" ({})", self.unit) };
        let header =
            vec![lang.pick("step", "步").to_owned(), format!("{}{unit}", lang.pick("value", "数值"))];
        let rows = self.values.iter().enumerate();
        let rows = rows
            .map(|(n, v)| vec![(n + 1).to_string(), v.map_or_else(String::new, |v| number(v, 2))])
            .collect();
        Table { header, rows }
    }

    fn frame(&self, size: (u32, u32), theme: &Theme) -> Frame {
        let margin = pixel(2.5 * theme.scale);
        let (low, high) = self.ends();
        Frame {
            left: margin,
            top: margin,
            right: (size.0 as i32 - margin).max(margin + 1),
            bottom: (size.1 as i32 - margin).max(margin + 1),
            x_from: 0.0,
            x_to: (self.values.len().max(2) - 1) as f64,
            y_from: low,
            y_to: high,
        }
    }
}
