//! GS1 Digital Link: a web address that holds a primary key, its qualifiers, and attributes behind the question mark.
//!
//! Any domain and any path before the key. The names that early versions allowed for identifiers (`gtin`, `lot`) are
//! understood; compressed addresses are not.

use super::ai::{self, Ai};
use super::{Explanation, Fault, FaultKind, Form, Role, string};
use units::Day;

/// What an address can begin with, its early name, and what may follow it in the path, in this order.
pub const KEYS: &[(&str, &str, &[&str])] = &[
    ("00", "sscc", &[]),
    ("01", "gtin", &["22", "10", "21", "235"]),
    ("253", "gdti", &[]),
    ("255", "gcn", &[]),
    ("401", "ginc", &[]),
    ("402", "gsin", &[]),
    ("414", "gln", &["254", "7040"]),
    ("415", "payTo", &["8020"]),
    ("417", "partyGln", &["7040"]),
    ("8003", "grai", &[]),
    ("8004", "giai", &["7040"]),
    ("8006", "itip", &["22", "10", "21"]),
    ("8010", "cpid", &["8011"]),
    ("8013", "gmn", &[]),
    ("8017", "gsrnp", &["8019"]),
    ("8018", "gsrn", &["8019"]),
];

/// Early names of qualifiers and attributes.
const NAMES: &[(&str, &str)] = &[
    ("22", "cpv"),
    ("10", "lot"),
    ("21", "ser"),
    ("235", "tpx"),
    ("254", "glnx"),
    ("8011", "cpsn"),
    ("8019", "srin"),
    ("8020", "refno"),
    ("17", "exp"),
];

pub fn is_address(text: &[char]) -> bool {
    let head: String = text.iter().take(8).collect::<String>().to_ascii_lowercase();
    head.starts_with("http://") || head.starts_with("https://")
}

/// The key that a segment of the path names, and what may follow it.
fn key(segment: &str) -> Option<(&'static str, &'static [&'static str])> {
    KEYS.iter()
        .find(|(code, name, _)| *code == segment || *name == segment)
        .map(|(code, _, rest)| (*code, *rest))
}

fn qualifier(segment: &str) -> &str {
    NAMES.iter().find(|(_, name)| *name == segment).map_or(segment, |(code, _)| *code)
}

/// Where a piece of the text stands.
#[derive(Clone, Copy)]
struct Span {
    from: usize,
    to: usize,
}

impl Span {
    fn text(self, chars: &[char]) -> String {
        chars[self.from..self.to].iter().collect()
    }
}

/// Reads an address from `at` to the end.
pub fn read(chars: &[char], at: usize, today: Day) -> Explanation {
    let mut out = Explanation::new(Form::DigitalLink);
    let end = (at..chars.len()).find(|at| chars[*at] == '#').unwrap_or(chars.len());
    let question = (at..end).find(|at| chars[*at] == '?').unwrap_or(end);
    // Behind `https://` and the domain.
    let domain = (at..question).filter(|at| chars[*at] == '/').nth(1).map_or(question, |slash| slash + 1);
    let path = (domain..question).find(|at| chars[*at] == '/').unwrap_or(question);
    let segments = split(chars, (path + 1).min(question), question, &['/']);
    let begins: Vec<usize> =
        (0..segments.len()).filter(|index| key(&segments[*index].text(chars)).is_some()).collect();
    let fits = |from: &&usize| fitting(chars, &segments[**from..]);
    let Some(first) = begins.iter().find(fits).or(begins.last()) else {
        // Not every address on a box is GS1's: it is told as text, with what is missing.
        out.faults.push(Fault::new(FaultKind::NoKey, at, chars.len(), "", "", ""));
        out.part(at, chars.len(), Role::Address);
        return out;
    };
    let segments = &segments[*first..];
    out.part(at, segments[0].from, Role::Address);
    let mut pairs = segments.chunks(2);
    while let Some([name, rest @ ..]) = pairs.next() {
        let written = name.text(chars);
        let code = key(&written).map_or_else(|| qualifier(&written), |(code, _)| code).to_owned();
        let value = rest.first().copied().unwrap_or(Span { from: name.to, to: name.to });
        pair(&mut out, chars, *name, value, &code, today);
        out.part(value.to, (value.to + 1).min(question), Role::Punctuation);
    }
    out.part(question, (question + 1).min(end), Role::Punctuation);
    for piece in split(chars, (question + 1).min(end), end, &['&', ';']) {
        let equals = (piece.from..piece.to).find(|at| chars[*at] == '=').unwrap_or(piece.to);
        let name = Span { from: piece.from, to: equals };
        let value = Span { from: (equals + 1).min(piece.to), to: piece.to };
        let written = name.text(chars);
        let code = qualifier(&written).to_owned();
        if !code.is_empty() && code.bytes().all(|b| b.is_ascii_digit()) {
            pair(&mut out, chars, name, value, &code, today);
        } else {
            out.part(piece.from, piece.to, Role::Ignored);
        }
        out.part(piece.to, (piece.to + 1).min(end), Role::Punctuation);
    }
    out.part(end, chars.len(), Role::Ignored);
    out
}

/// The pieces between separators, empty ones too; nothing where there is no text.
fn split(chars: &[char], from: usize, to: usize, at: &[char]) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut begin = from;
    for (here, c) in chars.iter().enumerate().take(to).skip(from) {
        if at.contains(c) {
            spans.push(Span { from: begin, to: here });
            begin = here + 1;
        }
    }
    // A slash at the end ends the path; no empty segment begins there.
    if begin < to {
        spans.push(Span { from: begin, to });
    }
    spans
}

/// A key with a value, then qualifiers of its own in their order, to the end of the path.
fn fitting(chars: &[char], segments: &[Span]) -> bool {
    let Some((_, mut allowed)) = segments.first().and_then(|first| key(&first.text(chars))) else {
        return false;
    };
    if !segments.len().is_multiple_of(2) {
        return false;
    }
    for pair in segments.chunks(2).skip(1) {
        let name = pair[0].text(chars);
        let Some(at) = allowed.iter().position(|code| *code == qualifier(&name)) else { return false };
        allowed = &allowed[at + 1..];
    }
    true
}

/// An identifier of the address and its value, unescaped.
fn pair(out: &mut Explanation, chars: &[char], name: Span, value: Span, code: &str, today: Day) {
    let Some(ai) = ai::find(code) else {
        out.faults.push(Fault::new(FaultKind::UnknownAi, name.from, name.to, code, "", code));
        out.part(name.from, value.to, Role::Unknown);
        return;
    };
    code_parts(out, name, code, chars, ai);
    out.part(name.to, value.from, Role::Punctuation);
    let (mut text, mut stands) = (Vec::new(), Vec::new());
    let mut at = value.from;
    while at < value.to {
        stands.push(at);
        if chars[at] != '%' {
            text.push(chars[at]);
            at += 1;
            continue;
        }
        let digits = chars.get(at + 1..at + 3).filter(|_| at + 3 <= value.to);
        let byte = digits.and_then(|two| u8::try_from(two[0].to_digit(16)? * 16 + two[1].to_digit(16)?).ok());
        match byte {
            // Values are ASCII; a byte above it is shown as itself and refused by the value's judge.
            Some(byte) => {
                text.push(char::from(byte));
                at += 3;
            }
            None => {
                let to = (at + 3).min(value.to);
                let found: String = chars[at..to].iter().collect();
                out.faults.push(Fault::new(FaultKind::BadEscape, at, to, code, "", &found));
                text.push('%');
                at += 1;
            }
        }
    }
    stands.push(value.to);
    // An address may give an item's number as short as it was.
    if code == "01" && matches!(text.len(), 8 | 12 | 13) {
        for _ in text.len()..14 {
            text.insert(0, '0');
            stands.insert(0, value.from);
        }
    }
    string::value_parts(out, code, name.from, &text, &stands, ai, today);
}

fn code_parts(out: &mut Explanation, name: Span, code: &str, chars: &[char], ai: &Ai) {
    if name.text(chars) == code {
        string::code_parts(out, name.from, name.to, ai);
    } else {
        let element = Some(out.elements.len());
        out.parts.push(super::Part { from: name.from, to: name.to, role: Role::Ai, element, good: true });
    }
}
