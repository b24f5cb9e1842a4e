//! The fonts that reports embed: which glyph a character has, how wide text is, where a line may break.

use crate::{Error, Lang};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use std::sync::Arc;
use ttf_parser::Face;
use usvg::fontdb;

/// Noto Sans SC, and Noto Sans for the Latin, Greek and Cyrillic letters it lacks; how they were made: assets/fonts/README.md.
static REGULAR: [&[u8]; 2] = [
    include_bytes!("../../../assets/fonts/NotoSansSC-Regular.ttf"),
    include_bytes!("../../../assets/fonts/NotoSans-Regular.ttf"),
];
static SEMI_BOLD: [&[u8]; 2] = [
    include_bytes!("../../../assets/fonts/NotoSansSC-SemiBold.ttf"),
    include_bytes!("../../../assets/fonts/NotoSans-SemiBold.ttf"),
];

/// What stands for a character that no font has.
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

/// A glyph of one of the two fonts of a weight.
#[derive(Clone, Copy)]
struct Glyph {
    font: usize,
    id: u16,
    /// In em.
    advance: f32,
}

/// Both fonts of a weight.
struct Pair {
    faces: Vec<(Face<'static>, Font, f32)>,
    lacking: Glyph,
    /// Most text: looked up once.
    ascii: Vec<Glyph>,
}

impl Pair {
    fn load(data: [&'static [u8]; 2]) -> Option<Self> {
        let faces = data.into_iter().map(|data| {
            let face = Face::parse(data, 0).ok()?;
            let em = f32::from(face.units_per_em());
            Some((face, Font::new(data.into(), 0)?, em))
        });
        let mut pair = Self {
            faces: faces.collect::<Option<_>>()?,
            lacking: Glyph { font: 0, id: 0, advance: 1.0 },
            ascii: Vec::new(),
        };
        pair.lacking = pair.find(LACKING)?;
        pair.ascii = (0..128_u8).map(|c| pair.glyph(char::from(c))).collect();
        Some(pair)
    }

    fn find(&self, c: char) -> Option<Glyph> {
        self.faces.iter().enumerate().find_map(|(font, (face, _, em))| {
            let id = face.glyph_index(c)?;
            Some(Glyph { font, id: id.0, advance: f32::from(face.glyph_hor_advance(id)?) / em })
        })
    }

    fn glyph(&self, c: char) -> Glyph {
        self.ascii.get(c as usize).copied().or_else(|| self.find(c)).unwrap_or(self.lacking)
    }
}

/// A piece of a line in one font.
pub(crate) struct Run<'t> {
    pub(crate) font: Font,
    pub(crate) text: &'t str,
    pub(crate) glyphs: Vec<KrillaGlyph>,
    /// In em.
    pub(crate) advance: f32,
}

/// The fonts, read.
pub(crate) struct Fonts {
    regular: Pair,
    semi_bold: Pair,
    /// What stands where text was cut: the font's own … is in the middle of the line, as Chinese wants it.
    ellipsis: &'static str,
}

impl Fonts {
    pub(crate) fn load(lang: Lang) -> Result<Self, Error> {
        let pair = |data| Pair::load(data).ok_or(Error::Font);
        Ok(Self { regular: pair(REGULAR)?, semi_bold: pair(SEMI_BOLD)?, ellipsis: lang.pick("...", "…") })
    }

    fn pair(&self, weight: Weight) -> &Pair {
        match weight {
            Weight::Regular => &self.regular,
            Weight::SemiBold => &self.semi_bold,
        }
    }

    /// The glyphs of one line, one a character: there are no ligatures, and figures are tabular as they are.
    pub(crate) fn shape<'t>(&self, text: &'t str, weight: Weight) -> Vec<Run<'t>> {
        let pair = self.pair(weight);
        let mut runs: Vec<Run<'t>> = Vec::new();
        let (mut from, mut last) = (0, usize::MAX);
        for (at, c) in text.char_indices() {
            let glyph = pair.glyph(c);
            if glyph.font != last {
                from = at;
                last = glyph.font;
                runs.push(Run {
                    font: pair.faces[last].1.clone(),
                    text: "",
                    glyphs: Vec::new(),
                    advance: 0.0,
                });
            }
            let end = at + c.len_utf8();
            if let Some(run) = runs.last_mut() {
                run.text = &text[from..end];
                run.advance += glyph.advance;
                run.glyphs.push(KrillaGlyph::new(
                    GlyphId::new(u32::from(glyph.id)),
                    glyph.advance,
                    0.0,
                    0.0,
                    0.0,
                    at - from..end - from,
                    None,
                ));
            }
        }
        runs
    }

    /// Width in points.
    pub(crate) fn width(&self, text: &str, weight: Weight, size: f32) -> f32 {
        let pair = self.pair(weight);
        text.chars().map(|c| pair.glyph(c).advance).sum::<f32>() * size
    }

    /// `text` cut to `width`, with an ellipsis where something was cut.
    pub(crate) fn fit(&self, text: &str, weight: Weight, size: f32, width: f32) -> String {
        if self.width(text, weight, size) <= width {
            return text.to_owned();
        }
        let pair = self.pair(weight);
        let room = width - self.width(self.ellipsis, weight, size);
        let mut used = 0.0;
        let mut kept = String::new();
        for c in text.chars() {
            used += pair.glyph(c).advance * size;
            if used > room {
                break;
            }
            kept.push(c);
        }
        kept.truncate(kept.trim_end().len());
        kept.push_str(self.ellipsis);
        kept
    }

    /// Lines of at most `width`; what is left after `lines_max` is cut with an ellipsis.
    pub(crate) fn wrap(
        &self,
        text: &str,
        weight: Weight,
        size: f32,
        width: f32,
        lines_max: usize,
    ) -> Vec<String> {
        let pair = self.pair(weight);
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
                used += pair.glyph(c).advance * size;
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

/// The same fonts for text in charts.
pub(crate) fn chart_fonts() -> Arc<fontdb::Database> {
    let mut fonts = fontdb::Database::new();
    for data in REGULAR.into_iter().chain(SEMI_BOLD) {
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
    let closing = |c| {
        matches!(
            c,
            '，' | '。'
                | '、'
                | '；'
                | '：'
                | '！'
                | '？'
                | '）'
                | '》'
                | '」'
                | '』'
                | '】'
                | '”'
                | '’'
                | '…'
                | '％'
                | '·'
                | ')'
                | ','
                | '.'
                | ';'
                | ':'
                | '%'
        )
    };
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
        let fonts = Fonts::load(Lang::ZhHans).expect("fonts");
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
    fn charts_find_the_fonts_and_every_word_has_its_glyphs() {
        assert_eq!(chart_fonts().len(), 4);
        let fonts = Fonts::load(Lang::ZhHans).expect("fonts");
        for c in "Łódź Kadıköy Tiếng Việt Ελλάδα Київ 喆堃昇 ■▲▼◆●−–".chars()
        {
            assert!(fonts.regular.find(c).is_some() && fonts.semi_bold.find(c).is_some(), "{c}");
        }
        let runs = fonts.shape("Łódź!", Weight::Regular);
        assert_eq!(runs.iter().map(|run| run.text).collect::<Vec<_>>(), ["Ł", "ód", "ź", "!"]);
        for word in crate::words::W::ALL {
            for c in [word.text(crate::Lang::En), word.text(crate::Lang::ZhHans)].concat().chars() {
                assert!(fonts.regular.find(c).is_some() && fonts.semi_bold.find(c).is_some(), "{c}");
            }
        }
    }
}
