//! The two fonts that reports embed: which glyph a character has, how wide text is, where a line may break.

use crate::Error;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use std::sync::Arc;
use ttf_parser::Face;
use usvg::fontdb;

/// Noto Sans SC, Latin and GB 2312; how it was made: assets/fonts/README.md.
static REGULAR: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-Regular.ttf");
static SEMI_BOLD: &[u8] = include_bytes!("../../../assets/fonts/NotoSansSC-SemiBold.ttf");

/// What stands for a character that the font lacks.
const LACKING: char = '□';

/// How heavy text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Text.
    #[default]
    Regular,
    /// Headings and what matters.
    SemiBold,
}

struct One {
    face: Face<'static>,
    font: Font,
    em: f32,
    lacking: (u16, f32),
}

impl One {
    fn load(data: &'static [u8]) -> Option<Self> {
        let face = Face::parse(data, 0).ok()?;
        let em = f32::from(face.units_per_em());
        let box_glyph = face.glyph_index(LACKING).unwrap_or_default();
        let lacking = (box_glyph.0, f32::from(face.glyph_hor_advance(box_glyph)?) / em);
        Some(Self { em, lacking, font: Font::new(data.into(), 0)?, face })
    }

    /// Glyph and advance in em.
    fn glyph(&self, c: char) -> (u16, f32) {
        let Some(glyph) = self.face.glyph_index(c) else { return self.lacking };
        (glyph.0, f32::from(self.face.glyph_hor_advance(glyph).unwrap_or_default()) / self.em)
    }
}

/// Both fonts, read.
pub(crate) struct Fonts {
    regular: One,
    semi_bold: One,
}

impl Fonts {
    pub(crate) fn load() -> Result<Self, Error> {
        let one = |data| One::load(data).ok_or(Error::Font);
        Ok(Self { regular: one(REGULAR)?, semi_bold: one(SEMI_BOLD)? })
    }

    fn one(&self, weight: Weight) -> &One {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        }
    }

    pub(crate) fn font(&self, weight: Weight) -> Font {
        self.one(weight).font.clone()
    }

    /// The glyphs of one line, one a character: the font has no ligatures, and its figures are tabular as they are.
    pub(crate) fn shape(&self, text: &str, weight: Weight) -> Vec<KrillaGlyph> {
        let one = self.one(weight);
        text.char_indices()
            .map(|(at, c)| {
                let (glyph, advance) = one.glyph(c);
                KrillaGlyph::new(GlyphId::new(u32::from(glyph)), advance, 0.0, 0.0, 0.0, at..at + c.len_utf8(), None)
            })
            .collect()
    }

    /// Width in points.
    pub(crate) fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let one = self.one(weight);
        text.chars().map(|c| one.glyph(c).1).sum::<f32>() * size
    }

    /// `text` cut to `width`, with an ellipsis where something was cut.
    pub(crate) fn fit(&self, text: &str, weight: Weight, size: f32, width: f32) -> String {
        if self.width(text, weight, size) <= width {
            return text.to_owned();
        }
        let one = self.one(weight);
        let room = width - one.glyph('…').1 * size;
        let mut used = 0.0;
        let mut kept = String::new();
        for c in text.chars() {
            used += one.glyph(c).1 * size;
            if used > room {
                break;
            }
            kept.push(c);
        }
        kept.truncate(kept.trim_end().len());
        kept.push('…');
        kept
    }

    /// Lines of at most `width`; what is left after `lines_max` is cut with an ellipsis.
    pub(crate) fn wrap(&self, text: &str, weight: Weight, size: f32, width: f32, lines_max: usize) -> Vec<String> {
        let one = self.one(weight);
        let mut lines = Vec::new();
        let mut rest = text.trim_matches(' ');
        while !rest.is_empty() {
            if lines.len() + 1 >= lines_max {
                lines.push(self.fit(rest, weight, size, width));
                break;
            }
            let mut used = 0.0;
            let (mut end, mut last_break, mut before) = (rest.len(), None, None);
            for (at, c) in rest.char_indices() {
                if before.is_some_and(|b| breaks(b, c)) {
                    last_break = Some(at);
                }
                used += one.glyph(c).1 * size;
                // A space may hang over the edge: nobody sees it.
                if used > width && c != ' ' && at > 0 {
                    end = last_break.unwrap_or(at);
                    break;
                }
                before = Some(c);
            }
            lines.push(rest[..end].trim_end_matches(' ').to_owned());
            rest = rest[end..].trim_start_matches(' ');
        }
        lines
    }

    /// The widest piece of `text` that [`Fonts::wrap`] keeps together.
    pub(crate) fn widest_piece(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let mut widest = 0.0_f32;
        let (mut start, mut before) = (0, None);
        for (at, c) in text.char_indices() {
            if before.is_some_and(|b| breaks(b, c)) {
                widest = widest.max(self.width(text[start..at].trim_end_matches(' '), weight, size));
                start = at;
            }
            before = Some(c);
        }
        widest.max(self.width(text[start..].trim_end_matches(' '), weight, size))
    }
}

/// The same fonts for text in charts, where "600" finds the heavier one under the same family name.
pub(crate) fn chart_fonts() -> Arc<fontdb::Database> {
    let mut fonts = fontdb::Database::new();
    for data in [REGULAR, SEMI_BOLD] {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(data)));
    }
    fonts.set_sans_serif_family("Noto Sans SC");
    fonts.set_serif_family("Noto Sans SC");
    Arc::new(fonts)
}

/// `text` as one line can show it: line breaks and other controls become spaces, marks without width go.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        })
        .map(|c| match c {
            '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' => ' ',
            c if c.is_control() => ' ',
            c => c,
        })
        .collect()
}

fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xff00..=0xffef | 0x20000..=0x3fffd)
}

/// Whether a line may end after `a` and start with `b`. A small part of UAX #14: spaces, hyphens, Chinese.
fn breaks(a: char, b: char) -> bool {
    let closing = |c| matches!(c, '，' | '。' | '、' | '；' | '：' | '！' | '？' | '）' | '》' | '」' | '』' | '】' | '”' | '’' | '…' | '％' | '·' | ')' | ',' | '.' | ';' | ':' | '%');
    let opening = |c| matches!(c, '（' | '《' | '「' | '『' | '【' | '“' | '‘' | '(' | '￥');
    if b == ' ' || closing(b) || opening(a) {
        return false;
    }
    match a {
        ' ' => true,
        '-' | '/' | '_' => b.is_alphabetic(),
        _ => is_wide(a) || is_wide(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_people_break_them() {
        let fonts = Fonts::load().expect("fonts");
        let check = |text: &str, width: f32, lines: usize, expected: &[&str]| {
            assert_eq!(fonts.wrap(text, Weight::Regular, 10.0, width, lines), expected, "{text}");
        };
        check("Oat milk 1 L", 45.0, 3, &["Oat milk", "1 L"]);
        check("燕麦奶，一升装", 41.0, 3, &["燕麦奶，", "一升装"]);
        check("燕麦奶一，升装", 41.0, 3, &["燕麦奶", "一，升装"]);
        check("Oat milk in a carton of one litre", 60.0, 2, &["Oat milk in a", "carton of…"]);
        check("ABCDEFGHIJKLMNOPQ", 40.0, 9, &["ABCDEF", "GHIJKL", "MNOPQ"]);
        check("", 40.0, 2, &[]);
        check("x", 0.0, 2, &["x"]);
        check("宽", 1.0, 3, &["宽"]);
        for width in [0.0, 3.0, 17.0, 40.0, 1e6] {
            for text in ["a  b   c", "一二三四。", "💚💚💚", "\u{301}a\u{301}"] {
                let lines = fonts.wrap(text, Weight::SemiBold, 10.0, width, 50);
                let squeeze = |text: &str| text.replace(' ', "");
                assert_eq!(squeeze(&lines.concat()), squeeze(text), "{text} at {width}");
            }
        }
    }

    #[test]
    fn charts_find_both_weights_and_every_word_has_its_glyphs() {
        assert_eq!(chart_fonts().len(), 2);
        let fonts = Fonts::load().expect("fonts");
        for word in crate::words::W::ALL {
            for c in [word.text(crate::Lang::En), word.text(crate::Lang::ZhHans)].concat().chars() {
                assert!(fonts.regular.face.glyph_index(c).is_some() && fonts.semi_bold.face.glyph_index(c).is_some(), "{c}");
            }
        }
    }
}
