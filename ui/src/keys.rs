//! Key presses to what they mean, apart from any page.
//!
//! Pure: a press comes in with the time it came at, an [`Act`] goes out. `g` waits a second and a half for its letter.

use crate::i18n::W;
use crate::route::Page;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// To a page.
    Go(Page),
    /// To a part of a page.
    GoTab(Page, &'static str),
    /// So many rows down (or up).
    Move(i32),
    /// The same, marking the rows passed.
    Extend(i32),
    /// The first row.
    First,
    /// The last row.
    Last,
    /// Opens, or does what the page is for: approves.
    Open,
    /// Marks a row.
    Mark,
    /// Changes the proposal.
    Change,
    /// Dismisses it.
    Dismiss,
    /// Acknowledges the alarm.
    Acknowledge,
    /// Shelves it.
    Shelve,
    /// To the filter.
    Filter,
    /// The columns of the list.
    Columns,
    /// Takes the list out as a file.
    Export,
    /// All of the charts again.
    ResetZoom,
    /// Takes back the last decision.
    TakeBack,
    /// The list of keys.
    Help,
    /// The palette.
    Palette,
    /// Back out.
    Back,
}

/// A press.
#[derive(Clone, Copy, Debug, Default)]
pub struct Press<'a> {
    /// As the browser names it: `j`, `Enter`, `ArrowDown`.
    pub key: &'a str,
    /// Ctrl or Cmd is down.
    pub command: bool,
    /// Alt is down.
    pub alt: bool,
    /// Shift is down.
    pub shift: bool,
    /// The focus is in a text field.
    pub typing: bool,
    /// The focus is on a button or link, which Enter and Space belong to.
    pub on_button: bool,
    /// When, in ms of any clock.
    pub at_ms: f64,
}

/// How long `g` waits for its letter, ms.
const WAIT_MS: f64 = 1500.0;

/// Remembers a `g`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keys {
    go_since: Option<f64>,
}

impl Keys {
    /// What the press means; `None` leaves it to the browser.
    pub fn press(&mut self, press: Press<'_>) -> Option<Act> {
        let waited = self.go_since.take().is_some_and(|since| press.at_ms - since <= WAIT_MS);
        if press.command && !press.alt {
            return (press.key.eq_ignore_ascii_case("k")).then_some(Act::Palette);
        }
        if press.key == "Escape" {
            return Some(Act::Back);
        }
        if press.typing || press.command || press.alt {
            return None;
        }
        if waited && let Some(page) = Page::of_letter(press.key) {
            return Some(Act::Go(page));
        }
        if waited && let Some((_, page, tab, _)) = PARTS.iter().find(|part| part.0 == press.key) {
            return Some(Act::GoTab(*page, tab));
        }
        match press.key {
            "g" => {
                self.go_since = Some(press.at_ms);
                None
            }
            "j" => Some(Act::Move(1)),
            "k" => Some(Act::Move(-1)),
            "J" => Some(Act::Extend(1)),
            "K" => Some(Act::Extend(-1)),
            "ArrowDown" if press.shift => Some(Act::Extend(1)),
            "ArrowUp" if press.shift => Some(Act::Extend(-1)),
            "ArrowDown" => Some(Act::Move(1)),
            "ArrowUp" => Some(Act::Move(-1)),
            "PageDown" => Some(Act::Move(15)),
            "PageUp" => Some(Act::Move(-15)),
            "Home" => Some(Act::First),
            "End" => Some(Act::Last),
            "Enter" if !press.on_button => Some(Act::Open),
            "x" => Some(Act::Mark),
            "c" => Some(Act::Change),
            "d" => Some(Act::Dismiss),
            "a" => Some(Act::Acknowledge),
            "s" => Some(Act::Shelve),
            "u" => Some(Act::TakeBack),
            "/" => Some(Act::Filter),
            "l" => Some(Act::Columns),
            "e" => Some(Act::Export),
            "0" => Some(Act::ResetZoom),
            "?" => Some(Act::Help),
            _ => None,
        }
    }
}

/// The letters after `g` that lead to a part of a page: letter, page, tab, its name.
pub const PARTS: &[(&str, Page, &str, W)] = &[
    ("h", Page::Stock, "inbound", W::TabInbound),
    ("x", Page::Stock, "outbound", W::TabOutbound),
    ("z", Page::Stock, "returns", W::TabReturns),
    ("n", Page::Stock, "counts", W::TabCounts),
    ("b", Page::Stock, "scan", W::TabScan),
];

/// The list that `?` shows, without the letters of the pages.
pub const LIST: &[(&str, W)] = &[
    ("Ctrl K / ⌘ K", W::KeyPalette),
    ("j  k  ↓  ↑", W::KeyMove),
    ("PgDn  PgUp  Home  End", W::KeyMoveFar),
    ("Enter", W::KeyOpen),
    ("/", W::KeyFilter),
    ("l", W::KeyColumns),
    ("e", W::KeyExport),
    ("← →  + −", W::KeyChart),
    ("0", W::KeyReset),
    ("Shift ←  Shift →", W::KeyCross),
    ("m  t", W::KeyEvents),
    ("s", W::KeySolve),
    ("Esc", W::KeyBack),
    ("a", W::KeyAcknowledge),
    ("s", W::KeyShelve),
    ("c", W::KeyChange),
    ("d", W::KeyDismiss),
    ("x", W::KeyMark),
    ("Shift ↓  Shift ↑", W::KeyExtend),
    ("u", W::KeyTakeBack),
    ("?", W::KeyHelp),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn press(key: &str) -> Press<'_> {
        Press { key, ..Press::default() }
    }

    #[test]
    fn g_and_a_letter_go_to_a_page() {
        let mut keys = Keys::default();
        for page in Page::ALL {
            assert_eq!(keys.press(press("g")), None);
            assert_eq!(keys.press(press(page.letter())), Some(Act::Go(page)), "{page:?}");
        }
        keys.press(press("g"));
        assert_eq!(keys.press(press("n")), Some(Act::GoTab(Page::Stock, "counts")));
        keys.press(press("g"));
        assert_eq!(keys.press(Press { at_ms: 1501.0, ..press("s") }), Some(Act::Shelve), "g is forgotten");
        keys.press(press("g"));
        assert_eq!(keys.press(press("j")), Some(Act::Move(1)), "no page has j");
        assert_eq!(keys.press(press("a")), Some(Act::Acknowledge), "and g is used up");
    }

    #[test]
    fn a_text_field_keeps_its_keys() {
        let mut keys = Keys::default();
        let typing = |key| Press { typing: true, ..press(key) };
        for key in ["j", "g", "/", "?", "Enter", "a"] {
            assert_eq!(keys.press(typing(key)), None, "{key}");
        }
        assert_eq!(keys.press(typing("Escape")), Some(Act::Back));
        assert_eq!(keys.press(Press { command: true, ..typing("K") }), Some(Act::Palette));
        assert_eq!(keys.press(Press { command: true, ..press("a") }), None, "the browser's own");
        assert_eq!(keys.press(Press { on_button: true, ..press("Enter") }), None, "the button's own");
    }

    #[test]
    fn letters_of_pages_differ() {
        let mut letters: Vec<_> =
            Page::ALL.iter().map(|p| p.letter()).chain(PARTS.iter().map(|p| p.0)).collect();
        letters.sort_unstable();
        letters.dedup();
        assert_eq!(letters.len(), Page::ALL.len() + PARTS.len());
    }
}
