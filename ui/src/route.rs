//! Where the screen is: page, row and tab, as the part of the address behind `#`.

use crate::i18n::W;

/// A page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Page {
    /// What needs a decision.
    #[default]
    Today,
    /// Alarms.
    Alarms,
    /// Stock.
    Stock,
    /// Demand.
    Demand,
    /// Orders proposed.
    Replenish,
    /// Rooms.
    Environment,
    /// Readings looked at closely.
    Charts,
    /// The delivery day.
    Fleet,
    /// Reports.
    Reports,
    /// Devices.
    Devices,
    /// How far readings are believed.
    Quality,
    /// Models.
    Models,
    /// Imports and jobs.
    Data,
    /// Settings and audit.
    Settings,
}

impl Page {
    /// All, in the order of the rail.
    pub const ALL: [Page; 14] = [
        Page::Today,
        Page::Alarms,
        Page::Stock,
        Page::Demand,
        Page::Replenish,
        Page::Environment,
        Page::Charts,
        Page::Fleet,
        Page::Reports,
        Page::Devices,
        Page::Quality,
        Page::Models,
        Page::Data,
        Page::Settings,
    ];

    /// So many of them stand above the gap of the rail.
    pub const UPPER: usize = 9;

    /// Its name in the address.
    pub const fn name(self) -> &'static str {
        match self {
            Page::Today => "today",
            Page::Alarms => "alarms",
            Page::Stock => "stock",
            Page::Demand => "demand",
            Page::Replenish => "replenish",
            Page::Environment => "environment",
            Page::Charts => "charts",
            Page::Fleet => "fleet",
            Page::Reports => "reports",
            Page::Devices => "devices",
            Page::Quality => "quality",
            Page::Models => "models",
            Page::Data => "data",
            Page::Settings => "settings",
        }
    }

    /// Its letter after `g`.
    pub const fn letter(self) -> &'static str {
        match self {
            Page::Today => "t",
            Page::Alarms => "a",
            Page::Stock => "s",
            Page::Demand => "d",
            Page::Replenish => "r",
            Page::Environment => "e",
            Page::Charts => "c",
            Page::Fleet => "f",
            Page::Reports => "p",
            Page::Devices => "v",
            Page::Quality => "q",
            Page::Models => "m",
            Page::Data => "i",
            Page::Settings => "o",
        }
    }

    /// Its name for people.
    pub const fn word(self) -> W {
        match self {
            Page::Today => W::PageToday,
            Page::Alarms => W::PageAlarms,
            Page::Stock => W::PageStock,
            Page::Demand => W::PageDemand,
            Page::Replenish => W::PageReplenish,
            Page::Environment => W::PageEnvironment,
            Page::Charts => W::PageCharts,
            Page::Fleet => W::PageFleet,
            Page::Reports => W::PageReports,
            Page::Devices => W::PageDevices,
            Page::Quality => W::PageQuality,
            Page::Models => W::PageModels,
            Page::Data => W::PageData,
            Page::Settings => W::PageSettings,
        }
    }

    /// The page of a letter.
    pub fn of_letter(letter: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|p| p.letter() == letter)
    }
}

/// A place of the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The page.
    pub page: Page,
    /// The row chosen: an id as the page understands it.
    pub row: String,
    /// The tab, empty for the first.
    pub tab: String,
}

impl Route {
    /// A page as it opens.
    pub fn page(page: Page) -> Self {
        Self { page, ..Self::default() }
    }

    /// A row of a page.
    pub fn row(page: Page, row: impl ToString) -> Self {
        Self { page, row: row.to_string(), tab: String::new() }
    }

    /// Reads the part behind `#`; what is unknown opens Today.
    pub fn parse(hash: &str) -> Self {
        let path = hash.trim_start_matches('#').trim_start_matches('/');
        let (path, tab) = path.split_once('?').unwrap_or((path, ""));
        let (page, row) = path.split_once('/').unwrap_or((path, ""));
        let Some(page) = Page::ALL.into_iter().find(|p| p.name() == page) else { return Self::default() };
        Self { page, row: row.to_owned(), tab: tab.to_owned() }
    }

    /// The part behind `#`, with it.
    pub fn hash(&self) -> String {
        let mut out = format!("#/{}", self.page.name());
        if !self.row.is_empty() {
            out = format!("{out}/{}", self.row);
        }
        if !self.tab.is_empty() {
            out = format!("{out}?{}", self.tab);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives() {
        for page in Page::ALL {
            for (row, tab) in [("", ""), ("12", ""), ("p12", "past"), ("", "approved")] {
                let route = Route { page, row: row.into(), tab: tab.into() };
                assert_eq!(Route::parse(&route.hash()), route);
            }
        }
        for odd in ["", "#", "#/", "#/nowhere/3", "x"] {
            assert_eq!(Route::parse(odd), Route::default());
        }
    }
}
