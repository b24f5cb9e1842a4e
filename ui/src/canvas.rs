//! A plotters backend over Canvas2D: device pixels, crisp one-pixel lines, text as wide as `charts` measured it.

use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
    FontTransform,
};
use std::fmt;
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

/// A canvas that plotters draws on. Coordinates are device pixels.
pub struct CanvasBackend {
    context: CanvasRenderingContext2d,
    size: (u32, u32),
}

/// What the canvas said.
#[derive(Debug)]
pub struct CanvasError(String);

impl fmt::Display for CanvasError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the canvas can't draw: {}", self.0)
    }
}

impl std::error::Error for CanvasError {}

type Drawn = Result<(), DrawingErrorKind<CanvasError>>;

fn failed(e: JsValue) -> DrawingErrorKind<CanvasError> {
    DrawingErrorKind::DrawingError(CanvasError(format!("{e:?}")))
}

fn css(color: BackendColor) -> String {
    let (r, g, b) = color.rgb;
    format!("rgba({r},{g},{b},{})", color.alpha)
}

/// A line an odd number of pixels wide is sharp when it runs through the middle of a pixel.
fn nudge(width: u32) -> f64 {
    if width % 2 == 1 { 0.5 } else { 0.0 }
}

impl CanvasBackend {
    /// All of a canvas that is `size` device pixels large; what was on it is wiped.
    pub fn new(context: CanvasRenderingContext2d, size: (u32, u32)) -> Self {
        context.clear_rect(0.0, 0.0, f64::from(size.0), f64::from(size.1));
        Self::on(context, size)
    }

    /// The same, on what is there already.
    pub fn on(context: CanvasRenderingContext2d, size: (u32, u32)) -> Self {
        Self { context, size }
    }

    fn stroke_style<S: BackendStyle>(&self, style: &S) {
        self.context.set_stroke_style_str(&css(style.color()));
        self.context.set_line_width(f64::from(style.stroke_width()));
    }

    fn trace(&self, path: impl IntoIterator<Item = BackendCoord>, nudge: f64) {
        self.context.begin_path();
        for (i, (x, y)) in path.into_iter().enumerate() {
            let (x, y) = (f64::from(x) + nudge, f64::from(y) + nudge);
            if i == 0 { self.context.move_to(x, y) } else { self.context.line_to(x, y) }
        }
    }
}

impl DrawingBackend for CanvasBackend {
    type ErrorType = CanvasError;

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
        if color.alpha > 0.0 {
            self.context.set_fill_style_str(&css(color));
            self.context.fill_rect(f64::from(point.0), f64::from(point.1), 1.0, 1.0);
        }
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        a: BackendCoord,
        b: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        let (x, y) = (f64::from(a.0.min(b.0)), f64::from(a.1.min(b.1)));
        let (w, h) = (f64::from((b.0 - a.0).abs()), f64::from((b.1 - a.1).abs()));
        if fill {
            self.context.set_fill_style_str(&css(style.color()));
            self.context.fill_rect(x, y, w, h);
        } else {
            self.stroke_style(style);
            let nudge = nudge(style.stroke_width());
            self.context.stroke_rect(x + nudge, y + nudge, w, h);
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        self.stroke_style(style);
        // A round corner of a thin line is not seen, and is one more curve to fill.
        self.context.set_line_join(if style.stroke_width() > 2 { "round" } else { "bevel" });
        self.trace(path, nudge(style.stroke_width()));
        self.context.stroke();
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        at: BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        self.context.begin_path();
        self.context
            .arc(f64::from(at.0) + 0.5, f64::from(at.1) + 0.5, f64::from(radius), 0.0, std::f64::consts::TAU)
            .map_err(failed)?;
        if fill {
            self.context.set_fill_style_str(&css(style.color()));
            self.context.fill();
        } else {
            self.stroke_style(style);
            self.context.stroke();
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        self.context.set_fill_style_str(&css(style.color()));
        self.trace(corners, 0.0);
        self.context.close_path();
        self.context.fill();
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, at: BackendCoord) -> Drawn {
        if style.color().alpha == 0.0 {
            return Ok(());
        }
        let anchor = style.anchor();
        self.context.save();
        let weight = match style.style() {
            FontStyle::Bold => "600",
            FontStyle::Italic | FontStyle::Oblique => "italic",
            FontStyle::Normal => "normal",
        };
        self.context.set_font(&format!("{weight} {}px {}", style.size(), style.family().as_str()));
        self.context.set_fill_style_str(&css(style.color()));
        self.context.set_text_baseline("alphabetic");
        self.context.set_text_align(match anchor.h_pos {
            HPos::Left => "left",
            HPos::Center => "center",
            HPos::Right => "right",
        });
        let turned = self.context.translate(f64::from(at.0), f64::from(at.1)).and_then(|()| {
            let quarters = match style.transform() {
                FontTransform::None => 0.0,
                FontTransform::Rotate90 => 1.0,
                FontTransform::Rotate180 => 2.0,
                FontTransform::Rotate270 => 3.0,
            };
            self.context.rotate(quarters * std::f64::consts::FRAC_PI_2)
        });
        let drop = charts::text::baseline_shift(anchor.v_pos, style.size());
        let drawn = turned.and_then(|()| self.context.fill_text(text, 0.0, drop));
        self.context.restore();
        drawn.map_err(failed)
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<CanvasError>> {
        let (w, h) = charts::text::measure(text, style.size());
        Ok((w.ceil() as u32, h.ceil() as u32))
    }
}
