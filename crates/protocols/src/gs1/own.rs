//! Our own labels, for what has no number of GS1: `QB` a bin, `QU` a handling unit, `QI` an item by its SKU; then its code, then
//! the two check characters that GS1 defines for its own text. Why so: docs/decisions/016-codes.md.

use super::ai::text_value;
use super::{Explanation, Form, Role, check};

/// The most characters of a code on a label: a Code 128 of them is still 8 cm wide.
pub const CODE_CHARS_MAX: usize = 30;

/// What a label of ours is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnKind {
    /// A bin.
    Bin,
    /// A pallet, a case, a tote.
    Unit,
    /// An item.
    Item,
}

impl OwnKind {
    /// What its labels begin with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Bin => "QB",
            Self::Unit => "QU",
            Self::Item => "QI",
        }
    }

    fn of(text: &[char]) -> Option<Self> {
        match text.get(..2)? {
            ['Q', 'B'] => Some(Self::Bin),
            ['Q', 'U'] => Some(Self::Unit),
            ['Q', 'I'] => Some(Self::Item),
            _ => None,
        }
    }
}

/// What a label of ours says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// What it is on.
    pub kind: OwnKind,
    /// Its code.
    pub code: String,
}

impl Own {
    /// The text of its symbol; `None` where the code is empty, too long, or has a character that GS1's text has not.
    pub fn label(&self) -> Option<String> {
        let count = self.code.chars().count();
        if !(1..=CODE_CHARS_MAX).contains(&count) {
            return None;
        }
        let text: Vec<char> = self.kind.prefix().chars().chain(self.code.chars()).collect();
        let pair = check::pair(&text)?;
        Some(text.into_iter().chain(pair).collect())
    }
}

/// A label of ours from `at` to the end, its check characters right.
pub fn read(chars: &[char], at: usize) -> Option<Explanation> {
    let text = &chars[at..];
    let kind = OwnKind::of(text)?;
    if !(5..=CODE_CHARS_MAX + 4).contains(&text.len()) {
        return None;
    }
    let (body, pair) = text.split_at(text.len() - 2);
    if check::pair(body)? != *pair {
        return None;
    }
    let mut out = Explanation::new(Form::Own);
    let end = chars.len();
    out.part(at, at + 2, Role::OwnPrefix);
    out.part(at + 2, end - 2, Role::OwnCode);
    out.part(end - 2, end, Role::Check);
    out.own = Some(Own { kind, code: body[2..].iter().collect() });
    Some(out)
}

/// It looks like one, but its check characters are others.
pub fn nearly(text: &[char]) -> bool {
    OwnKind::of(text).is_some()
        && (5..=CODE_CHARS_MAX + 4).contains(&text.len())
        && text.iter().all(|c| text_value(*c).is_some())
}
