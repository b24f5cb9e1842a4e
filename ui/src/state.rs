//! What every page of this window shares: the site, the clock, the place, what was heard, what lies over the page.

use crate::format::Fmt;
use crate::i18n::Lang;
use crate::keys::Act;
use crate::prefs::{Theme, Window};
use crate::route::{Page, Route};
use crate::zoom::{Axis, Zoom};
use crate::{browser, dialog};
use contract::{LatestReading, SiteInfo, Status, Topic};
use leptos::prelude::*;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use units::{Day, ProposalId, Timestamp};

/// Topics an event can have.
pub const TOPICS: usize = Topic::Fleet as usize + 1;

/// What lies over the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The palette.
    Palette,
    /// The list of keys.
    Keys,
}

/// A message at the bottom.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// Tells it from the others.
    pub id: u64,
    /// What it says.
    pub text: String,
    /// It tells of a failure.
    pub failed: bool,
    /// What can be taken back, and until when on the site's clock.
    pub undo: Option<(Vec<ProposalId>, Timestamp)>,
    /// When it goes, ms of the browser's clock.
    pub gone_at: f64,
}

/// The link between this window and the console.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Link {
    /// Not yet.
    Opening,
    /// Events come.
    Up,
    /// None come since (browser's clock, ms).
    Down(f64),
}

/// The shared signals. All `Copy`: take it with [`ctx`] wherever it is needed.
#[derive(Clone, Copy)]
pub struct Ctx {
    /// The site, once known.
    pub site: RwSignal<Option<SiteInfo>>,
    /// Its state.
    pub status: RwSignal<Option<Status>>,
    /// Where the screen is.
    pub route: RwSignal<Route>,
    /// What charts look back over.
    pub window: RwSignal<Window>,
    /// What the page's charts were moved to by hand, instead of the window.
    pub zoom: RwSignal<Option<Zoom>>,
    /// The same while a hand still moves it.
    pub moving: RwSignal<Option<Zoom>>,
    /// The language.
    pub lang: RwSignal<Lang>,
    /// The theme chosen.
    pub theme: RwSignal<Theme>,
    /// The theme shown is dark.
    pub dark: RwSignal<bool>,
    /// Rows for fingers.
    pub touch: RwSignal<bool>,
    /// The newest value of each channel heard of.
    pub latest: RwSignal<HashMap<i64, LatestReading>>,
    /// The link.
    pub link: RwSignal<Link>,
    /// Messages.
    pub toasts: RwSignal<Vec<Toast>>,
    /// The dialog open.
    pub ask: RwSignal<Option<dialog::Ask>>,
    /// What lies over the page.
    pub overlay: RwSignal<Overlay>,
    /// The site's clock, ticking every second.
    pub now: RwSignal<Timestamp>,
    /// Rises with every event of its topic.
    pub heard: [RwSignal<u64>; TOPICS],
}

thread_local! {
    static CTX: Cell<Option<Ctx>> = const { Cell::new(None) };
    static FMT: Cell<Fmt> = const { Cell::new(Fmt { lang: Lang::En, offset_minutes: 0, currency: *b"XXX" }) };
    static HANDLER: RefCell<Option<(u64, Handler)>> = const { RefCell::new(None) };
    static NEXT: Cell<u64> = const { Cell::new(1) };
}

type Handler = Rc<dyn Fn(Act) -> bool>;

/// A number nobody had before.
pub fn fresh() -> u64 {
    NEXT.with(|n| {
        n.set(n.get() + 1);
        n.get()
    })
}

impl Ctx {
    /// Makes the signals and remembers them for [`ctx`]. Once a window, under the root owner.
    pub fn create(lang: Lang, theme: Theme, window: Window, touch: bool, route: Route) -> Self {
        let ctx = Self {
            site: RwSignal::new(None),
            status: RwSignal::new(None),
            route: RwSignal::new(route),
            window: RwSignal::new(window),
            zoom: RwSignal::new(None),
            moving: RwSignal::new(None),
            lang: RwSignal::new(lang),
            theme: RwSignal::new(theme),
            dark: RwSignal::new(false),
            touch: RwSignal::new(touch),
            latest: RwSignal::new(HashMap::new()),
            link: RwSignal::new(Link::Opening),
            toasts: RwSignal::new(Vec::new()),
            ask: RwSignal::new(None),
            overlay: RwSignal::new(Overlay::None),
            now: RwSignal::new(Timestamp(browser::now_ms() as i64)),
            heard: std::array::from_fn(|_| RwSignal::new(0)),
        };
        CTX.with(|cell| cell.set(Some(ctx)));
        ctx
    }

    /// To a place, with an entry in the browser's history.
    pub fn go(&self, route: Route) {
        browser::set_hash(&route.hash());
        if self.route.get_untracked() != route {
            self.route.set(route);
        }
    }

    /// To a row of this page, without an entry in the history.
    pub fn choose(&self, row: impl ToString) {
        let mut route = self.route.get_untracked();
        let row = row.to_string();
        if route.row != row {
            route.row = row;
            browser::replace_hash(&route.hash());
            self.route.set(route);
        }
    }

    /// To a tab of this page.
    pub fn choose_tab(&self, tab: &str) {
        let page = self.route.get_untracked().page;
        self.go(Route { page, row: String::new(), tab: tab.to_owned() });
    }

    /// The span that charts of readings show: the window that ends at `tick`, or what they were moved to.
    pub fn time_span(&self, tick: Timestamp) -> (Timestamp, Timestamp) {
        match self.zoom.get() {
            Some(Zoom { axis: Axis::Time, from, to }) => (Timestamp(from as i64), Timestamp(to as i64)),
            _ => {
                let window = self.window.get();
                // A page that reads more than it draws looks back a month at most.
                let held = window.long() && self.route.with(|r| r.page) != Page::Charts;
                let window = if held { Window::Month } else { window };
                crate::readings::window(window.span(), tick)
            }
        }
    }

    /// The site's today.
    pub fn today(&self) -> Day {
        fmt().day_of(self.now.get_untracked())
    }

    /// A message for six seconds.
    pub fn say(&self, text: impl Into<String>) {
        self.toast(text.into(), false, None, 6000.0);
    }

    /// What went wrong, for fifteen seconds.
    pub fn fail(&self, error: &contract::ApiError) {
        self.toast(crate::wording::error_text(&fmt(), error), true, None, 15_000.0);
    }

    /// A message with something to take back.
    pub fn say_undo(&self, text: String, ids: Vec<ProposalId>, until: Timestamp) {
        let speed = self.site.with_untracked(|s| s.as_ref().map_or(1, |s| s.speed.max(1)));
        let left = (until - self.now.get_untracked()).0 as f64 / f64::from(speed);
        self.toast(text, false, Some((ids, until)), left.clamp(3000.0, 300_000.0));
    }

    fn toast(&self, text: String, failed: bool, undo: Option<(Vec<ProposalId>, Timestamp)>, for_ms: f64) {
        let id = fresh();
        let gone_at = browser::now_ms() + for_ms;
        self.toasts.update(|all| {
            all.retain(|t| t.text != text);
            all.push(Toast { id, text, failed, undo, gone_at });
            let over = all.len().saturating_sub(4);
            all.drain(..over);
        });
    }
}

/// The shared signals of this window.
#[track_caller]
pub fn ctx() -> Ctx {
    CTX.with(Cell::get).expect("Ctx::create runs before any view")
}

/// How this screen writes.
pub fn fmt() -> Fmt {
    FMT.with(Cell::get)
}

/// Sets how this screen writes; the shell builds the page anew afterwards.
pub fn set_fmt(fmt: Fmt) {
    FMT.with(|cell| cell.set(fmt));
}

/// Gives the keys to a page until it goes. The handler says whether it took the act.
pub fn on_act(handler: impl Fn(Act) -> bool + 'static) {
    let id = fresh();
    HANDLER.with(|cell| *cell.borrow_mut() = Some((id, Rc::new(handler))));
    on_cleanup(move || {
        HANDLER.with(|cell| {
            if cell.borrow().as_ref().is_some_and(|(held, _)| *held == id) {
                *cell.borrow_mut() = None;
            }
        });
    });
}

/// Hands an act to the page.
pub fn act(act: Act) -> bool {
    let handler = HANDLER.with(|cell| cell.borrow().as_ref().map(|(_, h)| h.clone()));
    handler.is_some_and(|h| h(act))
}
