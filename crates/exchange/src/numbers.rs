//! Numbers as people write them: thousands, decimal commas, currency signs, accountants' brackets.

use crate::format::Delimiter;
use std::borrow::Cow;

/// What stands before the decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DecimalMark {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

/// The number as a plain decimal with a point, ready for `Quantity::parse`; `None` where it is none.
pub(crate) fn plain(text: &str, mark: DecimalMark) -> Option<Cow<'_, str>> {
    let text = text.trim();
    let simple = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte == b'-';
    if mark == DecimalMark::Point
        && text.bytes().all(simple)
        && text.bytes().any(|byte| byte.is_ascii_digit())
    {
        if let Some(body) = text.strip_suffix('-') {
            return Some(Cow::Owned(format!("-{body}")));
        }
        return Some(Cow::Borrowed(text));
    }
    let mut body = String::with_capacity(text.len());
    let mut negative = false;
    let (group, decimal) = match mark {
        DecimalMark::Point => (',', '.'),
        DecimalMark::Comma => ('.', ','),
    };
    let mut inner = text;
    if let Some(bracketed) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        (negative, inner) = (true, bracketed);
    }
    // How many digits have come since the last thousands mark, if there was one.
    let mut since_group: Option<u32> = None;
    let mut decimals = false;
    for c in inner.chars() {
        match c {
            '0'..='9' | '０'..='９' => {
                let digit =
                    if c.is_ascii_digit() { c } else { char::from(b'0' + (c as u32 - '０' as u32) as u8) };
                body.push(digit);
                if !decimals {
                    since_group = since_group.map(|count| count + 1);
                }
            }
            '-' | '−' | '－' if !negative => negative = true,
            '+' if body.is_empty() => {}
            c if c == decimal && !decimals => {
                if since_group.is_some_and(|count| count != 3) {
                    return None;
                }
                (decimals, since_group) = (true, None);
                body.push('.');
            }
            c if (c == group || matches!(c, '\'' | '’')) && !decimals => {
                if body.is_empty() || since_group.is_some_and(|count| count != 3) {
                    return None;
                }
                since_group = Some(0);
            }
            ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}' => {}
            '$' | '€' | '£' | '¥' | '￥' | '元' => {}
            'e' | 'E' => return scientific(inner, mark).map(Cow::Owned),
            _ => return None,
        }
    }
    if since_group.is_some_and(|count| count != 3) || !body.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(Cow::Owned(if negative { format!("-{body}") } else { body }))
}

/// `1.2E+05`, as spreadsheets write long numbers.
fn scientific(text: &str, mark: DecimalMark) -> Option<String> {
    let text = if mark == DecimalMark::Comma { text.replace(',', ".") } else { text.to_owned() };
    let value: f64 = text.trim().parse().ok()?;
    (value.is_finite() && value.abs() < 1e15).then(|| format!("{value:.6}"))
}

/// What one text tells about its file's decimal mark.
pub(crate) fn evidence(text: &str) -> Option<DecimalMark> {
    let (comma, point) = (text.rfind(','), text.rfind('.'));
    match (comma, point) {
        (Some(comma), Some(point)) => {
            Some(if comma > point { DecimalMark::Comma } else { DecimalMark::Point })
        }
        (Some(at), None) | (None, Some(at)) => {
            let after = text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
            let once = text.matches([',', '.']).count() == 1;
            // Three digits after a single mark may be thousands or decimals: no evidence.
            (once && after != 3 && after > 0).then_some(if comma.is_some() {
                DecimalMark::Comma
            } else {
                DecimalMark::Point
            })
        }
        (None, None) => None,
    }
}

/// Whether a number alone does not tell thousands from decimals: `1,234` anywhere, `1.234` where fields are parted as where commas
/// are decimal.
pub(crate) fn doubtful(text: &str, delimiter: Delimiter) -> bool {
    let text = text.trim();
    let Some(at) = text.find([',', '.']) else { return false };
    let (before, after) = (&text[..at], &text[at + 1..]);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let before = before.trim_start_matches('-');
    let shape = digits(before) && digits(after) && after.len() == 3 && before.len() <= 3 && before != "0";
    shape && (text.as_bytes()[at] == b',' || delimiter == Delimiter::Semicolon)
}
