//! How wide text is, the same on screen and in a report.
//!
//! No font is asked: a table of advance widths of a common sans serif stands for all of them (it is Noto Sans SC's, as
//! reports embed it), and East Asian characters are a full em. The error against system fonts is a few percent, which
//! margins absorb; what matters is that both sides break and thin labels alike.

use plotters_backend::text_anchor::{HPos, Pos, VPos};

/// Advance widths of ASCII 0x20..=0x7e in thousandths of the font size.
const ASCII: [u16; 95] = [
    224, 323, 474, 555, 555, 921, 680, 278, 338, 338, 467, 555, 278, 347, 278, 392, 555, 555, 555, 555, 555,
    555, 555, 555, 555, 555, 278, 278, 555, 555, 555, 474, 946, 608, 657, 638, 688, 589, 552, 689, 728, 293,
    535, 646, 543, 812, 723, 742, 633, 742, 635, 596, 599, 721, 575, 878, 573, 531, 603, 338, 392, 338, 555,
    559, 606, 563, 618, 510, 620, 554, 325, 564, 607, 275, 275, 552, 284, 926, 610, 606, 620, 620, 388, 468,
    377, 607, 521, 802, 498, 521, 475, 338, 270, 338, 555,
];

/// Line height as a share of the font size.
pub const LINE: f64 = 1.3;

/// From the middle of a line of capitals and digits down to its baseline, as a share of the font size.
const MIDDLE_TO_BASELINE: f64 = 0.365;

/// The advance of one character as a share of the font size.
pub fn advance(c: char) -> f64 {
    match c as u32 {
        code @ 0x20..=0x7e => f64::from(ASCII[code as usize - 0x20]) / 1000.0,
        0x00..=0x1f | 0x7f..=0x9f | 0x0300..=0x036f | 0x200b..=0x200f | 0xfe00..=0xfe0f => 0.0,
        0xb0 => 0.37,
        0xb7 => 0.34,
        0x2000..=0x206f if c == '…' => 0.9,
        0x2010..=0x2015 => 0.6,
        0x2018..=0x201f => 0.4,
        0x2000..=0x200a => 0.3,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 => 1.0,
        0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 1.0,
        0x2100..=0x214f | 0x2190..=0x21ff | 0x2460..=0x27bf => 1.0,
        _ => 0.58,
    }
}

/// Width and line height of `text` at a font size, in the units of the font size.
pub fn measure(text: &str, font_px: f64) -> (f64, f64) {
    (text.chars().map(advance).sum::<f64>() * font_px, LINE * font_px)
}

/// From an anchor row down to the baseline: what a backend adds to y before it draws text with `font_px`. Our SVG backend
/// and a canvas with `textBaseline = "alphabetic"` then agree.
pub fn baseline_shift(anchor: VPos, font_px: f64) -> f64 {
    match anchor {
        VPos::Top => font_px * (LINE / 2.0 + MIDDLE_TO_BASELINE),
        VPos::Center => font_px * MIDDLE_TO_BASELINE,
        VPos::Bottom => -font_px * (LINE / 2.0 - MIDDLE_TO_BASELINE),
    }
}

/// The CSS `text-anchor` (SVG) of an anchor: `start`, `middle`, `end`. A canvas calls the middle one `center`.
pub const fn text_anchor(anchor: &Pos) -> &'static str {
    match anchor.h_pos {
        HPos::Left => "start",
        HPos::Center => "middle",
        HPos::Right => "end",
    }
}

/// `text` cut to `width`, with an ellipsis where something was cut.
pub fn fit(text: &str, font_px: f64, width: f64) -> String {
    if measure(text, font_px).0 <= width {
        return text.to_owned();
    }
    let room = width - advance('…') * font_px;
    let mut used = 0.0;
    let mut kept = String::new();
    for c in text.chars() {
        used += advance(c) * font_px;
        if used > room {
            break;
        }
        kept.push(c);
    }
    if kept.is_empty() { kept } else { kept.trim_end().to_owned() + "…" }
}
