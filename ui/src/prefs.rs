//! What this browser remembers of a person's taste: language, theme, density, time window.

use crate::i18n::{Lang, W};
use units::Millis;

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// All.
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    /// As stored, and as the value of `data-theme`.
    pub const fn name(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// For people.
    pub const fn word(self) -> W {
        match self {
            Theme::System => W::ThemeSystem,
            Theme::Light => W::ThemeLight,
            Theme::Dark => W::ThemeDark,
        }
    }

    /// From what was stored.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|t| t.name() == text).unwrap_or_default()
    }

    /// The next one of the switch.
    pub fn next(self, system_dark: bool) -> Self {
        match (self, system_dark) {
            (Theme::System, true) => Theme::Light,
            (Theme::System, false) => Theme::Dark,
            (Theme::Light, true) | (Theme::Dark, false) => Theme::System,
            (Theme::Light, false) => Theme::Dark,
            (Theme::Dark, true) => Theme::Light,
        }
    }
}

/// The time that charts of readings look back over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Window {
    /// An hour.
    Hour,
    /// A shift.
    Shift,
    /// A day.
    #[default]
    Day,
    /// A week.
    Week,
    /// Thirty days.
    Month,
    /// A quarter; on the page of charts.
    Quarter,
    /// A year; on the page of charts.
    Year,
}

impl Window {
    /// All, short first.
    pub const ALL: [Window; 7] = [
        Window::Hour,
        Window::Shift,
        Window::Day,
        Window::Week,
        Window::Month,
        Window::Quarter,
        Window::Year,
    ];

    /// As stored.
    pub const fn name(self) -> &'static str {
        match self {
            Window::Hour => "1h",
            Window::Shift => "8h",
            Window::Day => "24h",
            Window::Week => "7d",
            Window::Month => "30d",
            Window::Quarter => "90d",
            Window::Year => "1y",
        }
    }

    /// For people.
    pub const fn word(self) -> W {
        match self {
            Window::Hour => W::WindowHour,
            Window::Shift => W::WindowShift,
            Window::Day => W::WindowDay,
            Window::Week => W::WindowWeek,
            Window::Month => W::WindowMonth,
            Window::Quarter => W::WindowQuarter,
            Window::Year => W::WindowYear,
        }
    }

    /// How long.
    pub const fn span(self) -> Millis {
        match self {
            Window::Hour => Millis::hours(1),
            Window::Shift => Millis::hours(8),
            Window::Day => Millis::days(1),
            Window::Week => Millis::days(7),
            Window::Month => Millis::days(30),
            Window::Quarter => Millis::days(90),
            Window::Year => Millis::days(365),
        }
    }

    /// Too long for a page that reads more than what is drawn of it.
    pub const fn long(self) -> bool {
        matches!(self, Window::Quarter | Window::Year)
    }

    /// From what was stored.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|w| w.name() == text).unwrap_or_default()
    }
}

/// The language of a fresh browser.
pub fn language_of(stored: Option<&str>, navigator: Option<&str>) -> Lang {
    match stored.or(navigator) {
        Some(text) if text.to_ascii_lowercase().starts_with("zh") => Lang::ZhHans,
        _ => Lang::En,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_wins_over_the_browser() {
        assert_eq!(language_of(None, Some("zh-CN")), Lang::ZhHans);
        assert_eq!(language_of(Some("en"), Some("zh-CN")), Lang::En);
        assert_eq!(language_of(None, Some("fi")), Lang::En);
        assert_eq!(language_of(None, None), Lang::En);
    }

    #[test]
    fn names_survive_and_the_switch_comes_round() {
        for window in Window::ALL {
            assert_eq!(Window::parse(window.name()), window);
        }
        for theme in Theme::ALL {
            assert_eq!(Theme::parse(theme.name()), theme);
        }
        for dark in [false, true] {
            let first = Theme::System.next(dark);
            assert_ne!(first == Theme::Dark, dark, "the first press shows");
        }
    }
}
