//! Labels: a symbol with what people read beside it, as PDF for a label printer and as PNG.
//!
//! A [`Label`] in, a page of its own size out. Knows Code 128, Data Matrix and QR through libraries, how wide a bar may be and how
//! much room must be left around it; does not know what a code says: it comes as text, GS between fields. Bars are whole dots of
//! the printer wide, so that none is blurred. One drawing serves both files. Tests: `tests/it/labels.rs`, by another reader.

use crate::Error;
use crate::font::{Fonts, Weight, chart_fonts, clean};
use charts::Lang;
use krilla::geom::{Size, Transform};
use krilla::page::PageSettings;
use krilla_svg::{SurfaceExt as _, SvgSettings};
use std::fmt::Write;

/// What parts the fields of GS1 codes.
const GS: char = '\u{1d}';

/// The least width of a bar, and of a square of a two-dimensional symbol, mm: what common scanners read.
const BAR_MM_LEAST: f32 = 0.16;
const SQUARE_MM_LEAST: f32 = 0.25;
/// Wider than this nobody needs them.
const BAR_MM_MOST: f32 = 0.5;
const SQUARE_MM_MOST: f32 = 1.7;

/// The most labels of one file.
pub const LABELS_MAX: usize = 1000;

/// A kind of symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    /// Code 128, as GS1-128 where the label says so.
    Linear,
    /// Data Matrix.
    DataMatrix,
    /// QR.
    Qr,
}

/// What one label says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its symbol.
    pub symbol: Symbol,
    /// Its text is identifiers and values of GS1: the symbol begins with FNC1.
    pub gs1: bool,
    /// The text of the symbol.
    pub text: String,
    /// In large letters.
    pub title: String,
    /// Below it; a line each. The last are the code as people read it.
    pub lines: Vec<String>,
}

/// How large a label is, and how fine its printer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelSize {
    /// Width, mm.
    pub width_mm: u16,
    /// Height, mm.
    pub height_mm: u16,
    /// Dots an inch: 203, 300, 600.
    pub dpi: u16,
}

impl LabelSize {
    /// 100 by 50 mm at 300 dots an inch.
    pub const USUAL: LabelSize = LabelSize { width_mm: 100, height_mm: 50, dpi: 300 };

    fn dots(self, mm: f32) -> f32 {
        mm * f32::from(self.dpi) / 25.4
    }

    fn check(self) -> Result<Self, Error> {
        let proper = (20..=300).contains(&self.width_mm)
            && (10..=300).contains(&self.height_mm)
            && (100..=1200).contains(&self.dpi);
        let why = "a label is 20 to 300 mm wide, 10 to 300 mm high, and has 100 to 1200 dots an inch";
        if proper { Ok(self) } else { Err(refused("", why)) }
    }
}

fn refused(text: &str, why: impl Into<String>) -> Error {
    Error::Label { text: text.replace(GS, "<GS>").chars().take(60).collect(), why: why.into() }
}

/// Labels as a PDF, a page each.
pub fn labels_pdf(labels: &[Label], size: LabelSize) -> Result<Vec<u8>, Error> {
    if labels.is_empty() || labels.len() > LABELS_MAX {
        return Err(refused(
            "",
            format!("there are {} labels; make 1 to {LABELS_MAX} at once", labels.len()),
        ));
    }
    let points = |mm: u16| f32::from(mm) * 72.0 / 25.4;
    let page = Size::from_wh(points(size.width_mm), points(size.height_mm));
    let page = page.ok_or_else(|| refused("", "the label has no size"))?;
    let sheet = Sheet::new(size)?;
    let mut document = krilla::Document::new();
    for label in labels {
        let tree = sheet.tree(label)?;
        let settings = PageSettings::from_wh(page.width(), page.height())
            .ok_or_else(|| refused(&label.text, "the label has no size"))?;
        let mut on = document.start_page_with(settings);
        let mut surface = on.surface();
        surface.push_transform(&Transform::identity());
        // None only where nothing was drawn.
        let _ = surface.draw_svg(&tree, page, SvgSettings::default());
        surface.pop();
        surface.finish();
        on.finish();
    }
    document.finish().map_err(|e| refused(&labels[0].text, format!("the PDF writer refused: {e:?}")))
}

/// One label as a PNG, a pixel a dot.
pub fn label_png(label: &Label, size: LabelSize) -> Result<Vec<u8>, Error> {
    let sheet = Sheet::new(size)?;
    let tree = sheet.tree(label)?;
    let mut picture = resvg::tiny_skia::Pixmap::new(sheet.width, sheet.height)
        .ok_or_else(|| refused(&label.text, "the picture has no size"))?;
    picture.fill(resvg::tiny_skia::Color::WHITE);
    resvg::render(&tree, resvg::tiny_skia::Transform::identity(), &mut picture.as_mut());
    picture.encode_png().map_err(|e| refused(&label.text, format!("the PNG writer refused: {e}")))
}

/// Bars or squares: rows of dark and light.
struct Modules {
    width: usize,
    rows: Vec<Vec<bool>>,
}

/// The symbol of a label.
fn modules(label: &Label) -> Result<Modules, Error> {
    match label.symbol {
        Symbol::Linear => linear(label),
        Symbol::DataMatrix => {
            let bytes: Vec<u8> = bytes(label)?;
            let made = datamatrix::DataMatrixBuilder::new().with_fnc1_start(label.gs1).encode(&bytes);
            let made = made.map_err(|e| refused(&label.text, format!("no Data Matrix holds it ({e:?})")))?;
            let bitmap = made.bitmap();
            let (width, height) = (bitmap.width(), bitmap.height());
            let mut rows = vec![vec![false; width]; height];
            for (x, y) in bitmap.pixels() {
                rows[y][x] = true;
            }
            Ok(Modules { width, rows })
        }
        Symbol::Qr => qr(label),
    }
}

/// The text as a symbol carries it; ours are ASCII.
fn bytes(label: &Label) -> Result<Vec<u8>, Error> {
    match label.text.chars().find(|c| !matches!(c, ' '..='~' | '\u{1d}')) {
        Some(c) => Err(refused(
            &label.text,
            format!("a symbol can't carry {c:?}; use letters, digits and signs of ASCII"),
        )),
        None if label.text.is_empty() => Err(refused("", "there is no code")),
        None => Ok(label.text.bytes().collect()),
    }
}

/// Smallest version that holds it, with a quarter of it restorable.
fn qr(label: &Label) -> Result<Modules, Error> {
    use qrcode::{EcLevel, QrCode, Version, bits::Bits};
    let bytes = bytes(label)?;
    let level = EcLevel::Q;
    for version in (1..=20).map(Version::Normal) {
        let mut bits = Bits::new(version);
        let put = (|| {
            if label.gs1 {
                bits.push_fnc1_first_position()?;
            }
            // Bytes only: in the mode for capitals and digits GS is written as %, and % doubled.
            bits.push_byte_data(&bytes)?;
            bits.push_terminator(level)
        })();
        if put.is_err() {
            continue;
        }
        let made = QrCode::with_bits(bits, level).map_err(|e| refused(&label.text, e.to_string()))?;
        let width = made.width();
        let dark: Vec<bool> =
            made.to_colors().into_iter().map(|colour| colour == qrcode::Color::Dark).collect();
        return Ok(Modules { width, rows: dark.chunks(width).map(<[bool]>::to_vec).collect() });
    }
    Err(refused(&label.text, "it is too long for a QR code of 97 squares; use fewer elements"))
}

/// Code 128: digits in pairs where that is shorter.
fn linear(label: &Label) -> Result<Modules, Error> {
    let (set_b, set_c, fnc1) = ('\u{181}', '\u{106}', '\u{179}');
    let text: Vec<char> = bytes(label)?.into_iter().map(char::from).collect();
    let digits = |at: usize| text[at..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut out = String::new();
    let mut pairs = digits(0) >= 4 || digits(0) == text.len() && text.len().is_multiple_of(2);
    out.push(if pairs { set_c } else { set_b });
    if label.gs1 {
        out.push(fnc1);
    }
    let mut at = 0;
    while at < text.len() {
        let run = digits(at);
        if text[at] == GS {
            out.push(fnc1);
            at += 1;
        } else if pairs && run >= 2 {
            out.extend(&text[at..at + 2]);
            at += 2;
        } else if pairs {
            out.push(set_b);
            pairs = false;
        } else if run >= 6 || run >= 4 && at + run == text.len() {
            // An odd run leaves its first digit here.
            if run % 2 == 1 {
                out.push(text[at]);
                at += 1;
            }
            out.push(set_c);
            pairs = true;
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    let made = barcoders::sym::code128::Code128::new(&out)
        .map_err(|e| refused(&label.text, format!("Code 128 can't carry it ({e:?})")))?;
    let bars: Vec<bool> = made.encode().into_iter().map(|bar| bar == 1).collect();
    Ok(Modules { width: bars.len(), rows: vec![bars] })
}

/// The bars of a label alone, as a drawing one unit a bar wide, and how many units wide it is.
pub(crate) fn bars_svg(label: &Label, tall: f32) -> Result<(String, f32), Error> {
    let modules = linear(label)?;
    let wide = modules.width as f32;
    let mut out = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' width='{wide}' height='{tall}' viewBox='0 0 {wide} {tall}'>"
    );
    squares(&mut out, modules.rows.first().map(Vec::as_slice).unwrap_or_default(), 0.0, 0.0, 1.0, tall);
    out.push_str("</svg>");
    Ok((out, wide))
}

/// Paper of one size, with its fonts.
struct Sheet {
    size: LabelSize,
    width: u32,
    height: u32,
    fonts: Fonts,
    options: usvg::Options<'static>,
}

impl Sheet {
    fn new(size: LabelSize) -> Result<Self, Error> {
        let size = size.check()?;
        let options = usvg::Options {
            font_family: "Noto Sans SC".to_owned(),
            fontdb: chart_fonts(),
            ..usvg::Options::default()
        };
        let whole = |mm: u16| size.dots(f32::from(mm)).round() as u32;
        Ok(Self {
            size,
            width: whole(size.width_mm),
            height: whole(size.height_mm),
            fonts: Fonts::load(Lang::ZhHans)?,
            options,
        })
    }

    fn tree(&self, label: &Label) -> Result<usvg::Tree, Error> {
        let svg = self.svg(label)?;
        usvg::Tree::from_str(&svg, &self.options)
            .map_err(|e| refused(&label.text, format!("it could not be drawn ({e})")))
    }

    /// The drawing; a unit is a dot.
    fn svg(&self, label: &Label) -> Result<String, Error> {
        let modules = modules(label)?;
        let mut out = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='{w}' height='{h}' viewBox='0 0 {w} {h}'><rect width='{w}' height='{h}' fill='#fff'/>",
            w = self.width,
            h = self.height
        );
        match label.symbol {
            Symbol::Linear => self.bars(&mut out, label, &modules)?,
            Symbol::DataMatrix | Symbol::Qr => self.squares(&mut out, label, &modules)?,
        }
        out.push_str("</svg>");
        Ok(out)
    }

    /// How many dots a bar or a square is wide, of so many that have so much room.
    fn dots(&self, label: &Label, count: usize, room: f32, least: f32, most: f32) -> Result<f32, Error> {
        let fits = (room / count as f32).floor().min(self.size.dots(most).floor().max(1.0));
        if fits < 1.0 || fits < self.size.dots(least).floor() {
            let (width, height) = (self.size.width_mm, self.size.height_mm);
            return Err(refused(
                &label.text,
                format!(
                    "its symbol does not fit a label of {width} by {height} mm; use a larger one, or a Data Matrix"
                ),
            ));
        }
        Ok(fits)
    }

    /// Bars over the width, title above, the code as people read it below.
    fn bars(&self, out: &mut String, label: &Label, modules: &Modules) -> Result<(), Error> {
        let (width, height) = (self.width as f32, self.height as f32);
        let edge = self.size.dots(2.0);
        // Ten bars' width is left free on either side.
        let bar = self.dots(label, modules.width + 20, width, BAR_MM_LEAST, BAR_MM_MOST)?;
        let (big, small) = (self.size.dots(4.2).min(height / 7.0), self.size.dots(2.9).min(height / 10.0));
        let above = if label.title.trim().is_empty() { edge } else { edge + big * 1.4 };
        let below = edge + small * 1.4 * label.lines.len() as f32;
        let tall = height - above - below;
        if tall < self.size.dots(5.0) {
            return Err(refused(
                &label.text,
                "the bars would be lower than 5 mm; use a higher label or fewer lines",
            ));
        }
        self.text(out, edge, edge + big, &label.title, big, Weight::SemiBold, width - 2.0 * edge);
        let from = ((width - bar * modules.width as f32) / 2.0).floor();
        let row = modules.rows.first().map(Vec::as_slice).unwrap_or_default();
        squares(out, row, from, above.round(), bar, tall.round());
        for (at, line) in label.lines.iter().enumerate() {
            let base = above + tall + small * (1.4 * at as f32 + 1.15);
            self.text(out, edge, base, line, small, Weight::Regular, width - 2.0 * edge);
        }
        Ok(())
    }

    /// The symbol on the left, what people read on the right.
    fn squares(&self, out: &mut String, label: &Label, modules: &Modules) -> Result<(), Error> {
        let (width, height) = (self.width as f32, self.height as f32);
        let edge = self.size.dots(2.0);
        // A QR code needs four squares of room around it, a Data Matrix one; the edge is part of that.
        let quiet = if label.symbol == Symbol::Qr { 8 } else { 4 };
        let count = modules.width.max(modules.rows.len()) + quiet;
        let room = (height - edge).min(width * 0.6);
        let square = self.dots(label, count, room, SQUARE_MM_LEAST, SQUARE_MM_MOST)?;
        let all = square * count as f32;
        let from = (edge / 2.0 + square * quiet as f32 / 2.0).floor();
        let top = ((height - square * modules.rows.len() as f32) / 2.0).floor();
        for (at, row) in modules.rows.iter().enumerate() {
            squares(out, row, from, top + square * at as f32, square, square);
        }
        let left = edge / 2.0 + all + edge / 2.0;
        let wide = width - left - edge;
        let (big, small) = (self.size.dots(6.5).min(height / 6.0), self.size.dots(3.2).min(height / 9.0));
        let mut base = edge + big;
        for line in self.fonts.wrap(&clean(&label.title), Weight::SemiBold, big, wide, 2) {
            self.text(out, left, base, &line, big, Weight::SemiBold, wide);
            base += big * 1.3;
        }
        base += small * 0.4;
        for line in &label.lines {
            for line in self.fonts.wrap(&clean(line), Weight::Regular, small, wide, 2) {
                if base < height - edge / 2.0 {
                    self.text(out, left, base, &line, small, Weight::Regular, wide);
                }
                base += small * 1.35;
            }
        }
        Ok(())
    }

    /// One line on `base`, cut to `wide`.
    #[expect(clippy::too_many_arguments, reason = "a line of text has a place, a size, a weight and a width")]
    fn text(&self, out: &mut String, x: f32, base: f32, text: &str, size: f32, weight: Weight, wide: f32) {
        let text = self.fonts.fit(&clean(text), weight, size, wide);
        let heavy = if weight == Weight::SemiBold { 600 } else { 400 };
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let _ = write!(
            out,
            "<text x='{x:.1}' y='{base:.1}' font-family='Noto Sans SC' font-size='{size:.1}' font-weight='{heavy}' fill='#000'>{text}</text>"
        );
    }
}

/// A row of bars or squares: neighbours that are dark are one rectangle, so that no line of light is between them.
fn squares(out: &mut String, row: &[bool], from: f32, top: f32, wide: f32, tall: f32) {
    let mut at = 0;
    while at < row.len() {
        let long = row[at..].iter().take_while(|dark| **dark == row[at]).count();
        if row[at] {
            let (x, width) = (from + wide * at as f32, wide * long as f32);
            let _ = write!(out, "<rect x='{x}' y='{top}' width='{width}' height='{tall}'/>");
        }
        at += long;
    }
}
