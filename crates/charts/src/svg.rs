//! SVG text out of plotters' calls.
//!
//! Ours instead of plotters' own because that one measures text by its bytes (Chinese comes out three times too wide) and
//! draws whole pixels only: here a drawing is made at four times its size and shown through a `viewBox`.

use crate::theme::Theme;
use crate::{Chart, text};
use plotters::drawing::IntoDrawingArea;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};
use std::convert::Infallible;
use std::fmt::Write;

/// Backend pixels to a CSS pixel in [`to_svg`].
const FINENESS: u32 = 4;

/// A plotters backend that writes SVG elements into a string.
#[derive(Debug)]
pub struct SvgBackend<'a> {
    out: &'a mut String,
    size: (u32, u32),
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl<'a> SvgBackend<'a> {
    /// Appends elements to `out`; the caller writes the `<svg>` around them.
    pub fn new(out: &'a mut String, size: (u32, u32)) -> Self {
        Self { out, size }
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.out.write_fmt(element);
        self.out.push('\n');
    }
}

fn paint(name: &str, colour: BackendColor) -> String {
    let (r, g, b) = colour.rgb;
    if colour.alpha >= 1.0 {
        format!("{name}=\"#{r:02x}{g:02x}{b:02x}\"")
    } else {
        format!("{name}=\"#{r:02x}{g:02x}{b:02x}\" {name}-opacity=\"{:.3}\"", colour.alpha.max(0.0))
    }
}

/// Text as it may stand in XML: marks escaped, control characters dropped.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

impl DrawingBackend for SvgBackend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect(point, (point.0 + 1, point.1 + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        upper_left: BackendCoord,
        bottom_right: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let (x, y) = (upper_left.0.min(bottom_right.0), upper_left.1.min(bottom_right.1));
        let (width, height) = ((bottom_right.0 - upper_left.0).abs(), (bottom_right.1 - upper_left.1).abs());
        let paint = if fill {
            paint("fill", style.color())
        } else {
            format!(
                "fill=\"none\" {} stroke-width=\"{}\"",
                paint("stroke", style.color()),
                style.stroke_width()
            )
        };
        self.add(format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" {paint}/>"));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let mut d = String::new();
        for (n, (x, y)) in path.into_iter().enumerate() {
            let _ = write!(d, "{}{x} {y}", if n == 0 { "M" } else { " " });
        }
        if d.is_empty() || style.color().alpha <= 0.0 {
            return Ok(());
        }
        let paint = paint("stroke", style.color());
        self.add(format_args!(
            "<path d=\"{d}\" fill=\"none\" {paint} stroke-width=\"{}\" stroke-linejoin=\"round\"/>",
            style.stroke_width()
        ));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        center: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let paint = if fill {
            paint("fill", style.color())
        } else {
            format!(
                "fill=\"none\" {} stroke-width=\"{}\"",
                paint("stroke", style.color()),
                style.stroke_width()
            )
        };
        self.add(format_args!("<circle cx=\"{}\" cy=\"{}\" r=\"{radius}\" {paint}/>", center.0, center.1));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        vert: I,
        style: &S,
    ) -> Drawn {
        let mut points = String::new();
        for (x, y) in vert {
            let _ = write!(points, "{}{x},{y}", if points.is_empty() { "" } else { " " });
        }
        let paint = paint("fill", style.color());
        self.add(format_args!("<polygon points=\"{points}\" {paint}/>"));
        Ok(())
    }

    fn draw_text<TStyle: BackendTextStyle>(
        &mut self,
        words: &str,
        style: &TStyle,
        pos: BackendCoord,
    ) -> Drawn {
        let size = style.size();
        let y = f64::from(pos.1) + text::baseline_shift(style.anchor().v_pos, size);
        let turn = match style.transform() {
            FontTransform::None => String::new(),
            FontTransform::Rotate90 => format!(" transform=\"rotate(90 {} {})\"", pos.0, pos.1),
            FontTransform::Rotate180 => format!(" transform=\"rotate(180 {} {})\"", pos.0, pos.1),
            FontTransform::Rotate270 => format!(" transform=\"rotate(270 {} {})\"", pos.0, pos.1),
        };
        let weight = if matches!(style.style(), FontStyle::Bold) { " font-weight=\"600\"" } else { "" };
        let (family, paint) = (escape(style.family().as_str()), paint("fill", style.color()));
        let anchor = text::text_anchor(&style.anchor());
        let words = escape(words);
        self.add(format_args!(
            "<text x=\"{}\" y=\"{y:.1}\" font-family=\"{family}\" font-size=\"{size}\"{weight} text-anchor=\"{anchor}\" \
             {paint}{turn}>{words}</text>",
            pos.0
        ));
        Ok(())
    }

    fn estimate_text_size<TStyle: BackendTextStyle>(
        &self,
        words: &str,
        style: &TStyle,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let (width, height) = text::measure(words, style.size());
        Ok((width.ceil() as u32, height.ceil() as u32))
    }
}

/// `chart` as a whole SVG document of `size` CSS pixels, with its summary as description. The theme's own scale is not
/// used.
pub fn to_svg<C: Chart>(chart: &C, size: (u32, u32), theme: &Theme) -> String {
    let (width, height) = (size.0.clamp(1, 10_000), size.1.clamp(1, 10_000));
    let fine = (width * FINENESS, height * FINENESS);
    let mut body = String::new();
    {
        let root = SvgBackend::new(&mut body, fine).into_drawing_area();
        let theme = theme.with_scale(f64::from(FINENESS));
        // Infallible backend; plotters' own errors are about shared backends, and this one is ours alone.
        let _ = chart.draw(&root, &theme);
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\" \
         role=\"img\">\n<desc>{}</desc>\n{body}</svg>\n",
        fine.0,
        fine.1,
        escape(&chart.summary(chart.lang())),
    )
}
