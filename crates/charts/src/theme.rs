//! Greys first: the colours of the console's drawing, in light, dark and on paper.

use plotters::style::RGBColor;

/// A colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    pub(crate) const fn plotters(self) -> RGBColor {
        RGBColor(self.0, self.1, self.2)
    }

    /// So far on the way to another.
    pub(crate) fn mixed(self, other: Rgb, share: f64) -> Rgb {
        let mix = |a: u8, b: u8| {
            (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round().clamp(0.0, 255.0) as u8
        };
        Rgb(mix(self.0, other.0), mix(self.1, other.1), mix(self.2, other.2))
    }

    /// As CSS: `#c0142c`.
    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// What everything is drawn with. Fields are named as the console's CSS variables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// Behind the chart; `None` leaves what is there.
    pub panel: Option<Rgb>,
    /// The frame of the plot.
    pub line: Rgb,
    /// Grid lines and shaded doubts.
    pub line_soft: Rgb,
    /// Emphasised text.
    pub text: Rgb,
    /// Labels.
    pub muted: Rgb,
    /// Least important marks.
    pub faint: Rgb,
    /// The data.
    pub ink: Rgb,
    /// Now.
    pub accent: Rgb,
    /// Limits; critical alarms.
    pub critical: Rgb,
    /// High alarms.
    pub high: Rgb,
    /// Medium alarms.
    pub medium: Rgb,
    /// Low alarms.
    pub low: Rgb,
    /// The inner bands of a forecast.
    pub fan_inner: Rgb,
    /// The outermost band.
    pub fan_outer: Rgb,
    /// The range that is fine.
    pub band: Rgb,
    /// History bars.
    pub bar: Rgb,
    /// CSS font families.
    pub font: &'static str,
    /// Size of labels in CSS pixels.
    pub font_px: f64,
    /// Backend pixels to a CSS pixel: the screen's device pixel ratio, 4 in SVG (plotters' coordinates are integers).
    pub scale: f64,
}

/// The console's font stack.
pub const SCREEN_FONT: &str =
    "system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif";

/// The font that reports embed.
pub const PRINT_FONT: &str = "'Noto Sans SC', sans-serif";

impl Theme {
    /// For a light screen.
    pub const fn light() -> Self {
        Self {
            panel: Some(Rgb(0xf7, 0xf7, 0xf6)),
            line: Rgb(0xc6, 0xca, 0xcd),
            line_soft: Rgb(0xd9, 0xdc, 0xde),
            text: Rgb(0x1b, 0x1e, 0x20),
            muted: Rgb(0x56, 0x5d, 0x63),
            faint: Rgb(0x86, 0x8d, 0x93),
            ink: Rgb(0x3a, 0x40, 0x46),
            accent: Rgb(0x2a, 0x5d, 0x9f),
            critical: Rgb(0xc0, 0x14, 0x2c),
            high: Rgb(0xc6, 0x5a, 0x00),
            medium: Rgb(0x9a, 0x74, 0x00),
            low: Rgb(0x24, 0x70, 0xad),
            fan_inner: Rgb(0xb9, 0xc0, 0xc6),
            fan_outer: Rgb(0xcd, 0xd2, 0xd6),
            band: Rgb(0xe3, 0xe6, 0xe8),
            bar: Rgb(0xa4, 0xab, 0xb1),
            font: SCREEN_FONT,
            font_px: 10.5,
            scale: 1.0,
        }
    }

    /// For a dark screen.
    pub const fn dark() -> Self {
        Self {
            panel: Some(Rgb(0x24, 0x28, 0x2b)),
            line: Rgb(0x38, 0x3d, 0x42),
            line_soft: Rgb(0x2d, 0x32, 0x36),
            text: Rgb(0xe2, 0xe5, 0xe7),
            muted: Rgb(0xa0, 0xa7, 0xad),
            faint: Rgb(0x75, 0x7c, 0x83),
            ink: Rgb(0xc2, 0xc8, 0xcd),
            accent: Rgb(0x7f, 0xb0, 0xea),
            critical: Rgb(0xff, 0x5a, 0x68),
            high: Rgb(0xff, 0x9a, 0x45),
            medium: Rgb(0xe6, 0xc0, 0x4a),
            low: Rgb(0x62, 0xb0, 0xee),
            fan_inner: Rgb(0x4a, 0x51, 0x57),
            fan_outer: Rgb(0x3a, 0x40, 0x46),
            band: Rgb(0x2b, 0x2f, 0x33),
            bar: Rgb(0x68, 0x70, 0x77),
            ..Self::light()
        }
    }

    /// For paper: the light theme on white, in the font that reports embed.
    pub const fn print() -> Self {
        Self { panel: None, band: Rgb(0xee, 0xf0, 0xf1), font: PRINT_FONT, font_px: 8.0, ..Self::light() }
    }

    /// The same for a screen with `scale` device pixels to a CSS pixel.
    pub const fn with_scale(mut self, scale: f64) -> Self {
        self.scale = scale;
        self
    }

    /// CSS pixels in backend pixels.
    pub fn px(&self, css: f64) -> i32 {
        crate::pixel(css * self.scale)
    }

    /// The label font in backend pixels.
    pub fn font_size(&self) -> f64 {
        self.font_px * self.scale
    }
}
