//! The columns of a list: which are shown, in which order, and what the list is sorted by; chosen by a person, and
//! remembered under the table's name.
//!
//! [`Layout`] and [`Sorted`] are pure; [`Table`] is what a page holds, with its head and the panel that changes it.

use crate::browser;
use crate::i18n::W;
use crate::parts;
use crate::state::{fmt, fresh};
use crate::takeout::{Ask, Asked, Takeout};
use crate::testids as id;
use leptos::prelude::*;
use std::cell::RefCell;
use std::sync::Arc;

/// A column a list can show.
#[derive(Clone, Copy, Debug)]
pub struct Column<S: 'static> {
    /// Its name, as remembered.
    pub key: &'static str,
    /// Its head.
    pub word: W,
    /// Its width in tenths of the letter's size; of a column that grows, the least.
    pub width: u16,
    /// It takes what room is left.
    pub grows: bool,
    /// It holds numbers.
    pub number: bool,
    /// What the list is sorted by under it.
    pub sort: Option<S>,
    /// The first press sorts it down: the most comes first.
    pub down: bool,
    /// Shown until a person says otherwise.
    pub shown: bool,
}

/// A column of text.
pub const fn text<S>(key: &'static str, word: W, width: u16) -> Column<S> {
    Column { key, word, width, grows: false, number: false, sort: None, down: false, shown: true }
}

/// A column of numbers.
pub const fn number<S>(key: &'static str, word: W, width: u16) -> Column<S> {
    Column { key, word, width, grows: false, number: true, sort: None, down: false, shown: true }
}

impl<S: Copy> Column<S> {
    /// The same, taking what room is left.
    pub const fn grows(self) -> Self {
        Self { grows: true, ..self }
    }
    /// The same, sorting the list, the least first.
    pub const fn up(self, sort: S) -> Self {
        Self { sort: Some(sort), down: false, ..self }
    }
    /// The same, sorting the list, the most first.
    pub const fn down(self, sort: S) -> Self {
        Self { sort: Some(sort), down: true, ..self }
    }
    /// The same, not shown until asked for.
    pub const fn hidden(self) -> Self {
        Self { shown: false, ..self }
    }
}

/// The columns of a table in order, each shown or not. One at least is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout(Vec<(&'static str, bool)>);

impl Layout {
    /// As nobody changed it.
    pub fn new<S>(columns: &[Column<S>]) -> Self {
        Self(columns.iter().map(|c| (c.key, c.shown)).collect())
    }

    /// What was remembered: names in order, `-` before one that is hidden. Names that are no more are left out, columns
    /// that are new stand behind the one they follow by default.
    pub fn parse<S>(remembered: &str, columns: &[Column<S>]) -> Self {
        let mut order: Vec<(&'static str, bool)> = Vec::with_capacity(columns.len());
        for name in remembered.split(',') {
            let (name, shown) = name.strip_prefix('-').map_or((name, true), |name| (name, false));
            if let Some(column) = columns.iter().find(|c| c.key == name)
                && order.iter().all(|(key, _)| *key != column.key)
            {
                order.push((column.key, shown));
            }
        }
        for (n, column) in columns.iter().enumerate() {
            if order.iter().all(|(key, _)| *key != column.key) {
                let before = n.checked_sub(1).map(|n| columns[n].key);
                let at = order.iter().position(|(key, _)| Some(*key) == before).map_or(0, |at| at + 1);
                order.insert(at, (column.key, column.shown));
            }
        }
        if order.iter().any(|(_, shown)| *shown) { Self(order) } else { Self::new(columns) }
    }

    /// As it is remembered.
    pub fn text(&self) -> String {
        let names: Vec<String> = self
            .0
            .iter()
            .map(|(key, shown)| if *shown { (*key).to_owned() } else { format!("-{key}") })
            .collect();
        names.join(",")
    }

    /// All columns in order, with whether they are shown.
    pub fn all(&self) -> &[(&'static str, bool)] {
        &self.0
    }

    /// The columns shown, in order.
    pub fn shown(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().filter(|(_, shown)| *shown).map(|(key, _)| *key)
    }

    /// Whether it is the only one shown: then it can't be hidden.
    pub fn is_last(&self, key: &str) -> bool {
        self.shown().eq([key])
    }

    /// Shows or hides a column; the last one stays.
    pub fn show(&mut self, key: &str, show: bool) {
        if !show && self.is_last(key) {
            return;
        }
        if let Some(column) = self.0.iter_mut().find(|(k, _)| *k == key) {
            column.1 = show;
        }
    }

    /// Moves a column by so many places, as far as there are places.
    pub fn shift(&mut self, key: &str, by: isize) {
        if let Some(from) = self.0.iter().position(|(k, _)| *k == key) {
            let to = from.saturating_add_signed(by).min(self.0.len() - 1);
            let column = self.0.remove(from);
            self.0.insert(to, column);
        }
    }
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sorted {
    /// The column.
    pub key: &'static str,
    /// The other way round than its first press.
    pub reverse: bool,
}

impl Sorted {
    /// What was remembered: the column, `-` before it where reversed.
    pub fn parse<S>(remembered: &str, columns: &[Column<S>]) -> Option<Self> {
        let (name, reverse) = remembered.strip_prefix('-').map_or((remembered, false), |name| (name, true));
        let column = columns.iter().find(|c| c.key == name && c.sort.is_some())?;
        Some(Self { key: column.key, reverse })
    }

    /// As it is remembered.
    pub fn text(self) -> String {
        format!("{}{}", if self.reverse { "-" } else { "" }, self.key)
    }

    /// After a press on a head: another column, or the same one the other way round.
    pub fn pressed(self, key: &'static str) -> Self {
        Self { key, reverse: self.key == key && !self.reverse }
    }
}

/// The tracks of the columns shown, as CSS has them, and the least width of a row; both in the letter's size.
pub fn tracks<S>(columns: &[Column<S>], layout: &Layout) -> (String, String) {
    let size = |tenths: u16| format!("{}.{}rem", tenths / 10, tenths % 10);
    let shown: Vec<&Column<S>> =
        layout.shown().filter_map(|key| columns.iter().find(|c| c.key == key)).collect();
    // Where none of the columns that grow is shown, the first takes the room.
    let any = shown.iter().any(|c| c.grows);
    let tracks: Vec<String> =
        shown
            .iter()
            .enumerate()
            .map(|(n, c)| {
                if c.grows || !any && n == 0 {
                    format!("minmax({},1fr)", size(c.width))
                } else {
                    size(c.width)
                }
            })
            .collect();
    let gaps = 6 * shown.len() as u16 + 14;
    (tracks.join(" "), size(shown.iter().map(|c| c.width).sum::<u16>() + gaps))
}

/// A table as a page holds it.
pub struct Table<S: 'static> {
    name: &'static str,
    columns: &'static [Column<S>],
    layout: RwSignal<Layout>,
    sorted: RwSignal<Sorted>,
    filter: RwSignal<String>,
    open: RwSignal<bool>,
    /// How it is taken out, and whether it is the page's list.
    takeout: StoredValue<Option<(W, Ask)>>,
    main: bool,
}

impl<S: 'static> Clone for Table<S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S: 'static> Copy for Table<S> {}

thread_local! {
    /// The panel of the list in sight.
    static PANEL: RefCell<Option<(u64, RwSignal<bool>)>> = const { RefCell::new(None) };
}

/// Opens the columns of the list in sight; false where the page has none.
pub fn open() -> bool {
    PANEL.with(|p| p.borrow().map(|(_, open)| open.try_set(true))).is_some_and(|left| left.is_none())
}

impl<S: Copy + PartialEq + Send + Sync + 'static> Table<S> {
    /// A page's list: as remembered under `name`, else sorted by the column `by`.
    pub fn new(name: &'static str, columns: &'static [Column<S>], by: &'static str) -> Self {
        let table = Self { main: true, ..Self::part(name, columns, by) };
        let (mine, panel) = (fresh(), table.open);
        PANEL.with(|p| *p.borrow_mut() = Some((mine, panel)));
        on_cleanup(move || {
            PANEL.with(|p| {
                if p.borrow().is_some_and(|(held, _)| held == mine) {
                    *p.borrow_mut() = None;
                }
            });
        });
        table
    }

    /// The same for a table of a detail: the key of the page's list does not open its columns.
    pub fn part(name: &'static str, columns: &'static [Column<S>], by: &'static str) -> Self {
        let stored = |what: &str| browser::remembered(&format!("{what}.{name}"));
        let layout =
            stored("columns").map_or_else(|| Layout::new(columns), |text| Layout::parse(&text, columns));
        let sorted = stored("sort")
            .and_then(|text| Sorted::parse(&text, columns))
            .unwrap_or(Sorted { key: by, reverse: false });
        // A filter that outlived the window would hide rows from a person who no longer knows of it: it lives with the tab.
        let filter = RwSignal::new(browser::kept(&format!("filter.{name}")).unwrap_or_default());
        Effect::new(move |before: Option<()>| {
            let text = filter.get();
            if before.is_some() {
                browser::keep(&format!("filter.{name}"), &text);
            }
        });
        Self {
            name,
            columns,
            layout: RwSignal::new(layout),
            sorted: RwSignal::new(sorted),
            filter,
            open: RwSignal::new(false),
            takeout: StoredValue::new(None),
            main: false,
        }
    }

    /// The list can be taken out under this title; `ask` says which rows it has now.
    pub fn takes(self, title: W, ask: impl Fn() -> Asked + Send + Sync + 'static) -> Self {
        self.takeout.set_value(Some((title, Arc::new(ask))));
        self
    }

    /// The page's key for taking a list out takes this one while it is in sight.
    pub fn in_sight(self) -> Self {
        Self { main: true, ..self }
    }

    fn export(self) -> Option<AnyView> {
        let (title, ask) = self.takeout.get_value()?;
        let shown = move || {
            let word = |key: &str| self.columns.iter().find(|c| c.key == key).map(|c| c.word);
            self.layout.with_untracked(|l| l.shown().filter_map(|key| Some((key, word(key)?))).collect())
        };
        Some(Takeout { table: self.name, title, columns: Arc::new(shown), ask }.button(self.main))
    }

    /// What the rows are filtered by.
    pub fn filter(&self) -> RwSignal<String> {
        self.filter
    }

    /// The filter, and the button for the columns.
    pub fn tools(self, hint: W) -> AnyView {
        view! { <div class="tools">{parts::filter(self.filter, hint)}{self.export()}{self.button()}</div> }
            .into_any()
    }

    /// The head over the rows, both as wide as the columns ask.
    pub fn boxed(self, rows: AnyView) -> AnyView {
        // Properties, not an attribute: the page's policy allows no style written into the document.
        let sizes = Memo::new(move |_| self.layout.with(|l| tracks(self.columns, l)));
        let (cols, least) = (move || sizes.with(|s| s.0.clone()), move || sizes.with(|s| s.1.clone()));
        view! { <div class="table" style=("--cols", cols) style=("--least", least)><div class="table-in">{self.head()}{rows}</div></div> }.into_any()
    }

    /// What the list is sorted by, and whether the other way round than its first press.
    pub fn sort(&self) -> Option<(S, bool)> {
        let sorted = self.sorted.get();
        let column = self.columns.iter().find(|c| c.key == sorted.key)?;
        Some((column.sort?, sorted.reverse))
    }

    /// The cells of a row, in the order shown; only those are made.
    pub fn cells(&self, cell: impl Fn(&'static str) -> AnyView) -> AnyView {
        self.layout.with(|l| l.shown().map(cell).collect::<Vec<_>>()).into_any()
    }

    fn keep_layout(&self) {
        let text = self.layout.with_untracked(Layout::text);
        browser::remember(&format!("columns.{}", self.name), &text);
    }

    fn press(&self, key: &'static str) {
        self.sorted.update(|s| *s = s.pressed(key));
        browser::remember(&format!("sort.{}", self.name), &self.sorted.get_untracked().text());
    }

    fn change(&self, how: impl FnOnce(&mut Layout)) {
        self.layout.update(how);
        self.keep_layout();
    }

    /// The heads of the columns shown; a press sorts.
    pub fn head(self) -> AnyView {
        let fmt = fmt();
        let one = move |key: &'static str| {
            let Some(column) = self.columns.iter().find(|c| c.key == key) else { return ().into_any() };
            let class = if column.number { "num" } else { "ell" };
            let word = fmt.t(column.word);
            // A column as wide as a mark says its name only aloud.
            let narrow = column.width < 20;
            if column.sort.is_none() && narrow {
                return view! { <span role="columnheader"><span class="sr">{word}</span></span> }.into_any();
            }
            if column.sort.is_none() {
                return view! { <span role="columnheader" class=class title=word>{word}</span> }.into_any();
            }
            let down = column.down;
            // Which way the values run, where this column is the one.
            let falls = move || {
                let sorted = self.sorted.get();
                (sorted.key == key).then_some(sorted.reverse != down)
            };
            let aria = move || match falls() {
                None => "none",
                Some(true) => "descending",
                Some(false) => "ascending",
            };
            view! {
                <span role="columnheader" class=class aria-sort=aria>
                    <button type="button" class="sort" class:on=move || falls().is_some() title=word data-testid=id::SORT data-key=key
                        on:click=move |_| self.press(key)>{if narrow { "" } else { word }}<span class="sr">{if narrow { word } else { "" }}</span><span aria-hidden="true">{move || falls().map(|f| if f { " ▾" } else { " ▴" })}</span></button>
                </span>
            }
            .into_any()
        };
        let cells = move || self.layout.with(|l| l.shown().map(one).collect::<Vec<_>>());
        view! { <div class="vhead" role="row">{cells}</div> }.into_any()
    }

    /// The controls where the list has no filter.
    pub fn controls(self) -> AnyView {
        view! { {self.export()}{self.button()} }.into_any()
    }

    /// The button that opens the panel, and the panel.
    fn button(self) -> AnyView {
        let fmt = fmt();
        let button_id = format!("columns-{}", self.name);
        let opener = button_id.clone();
        let close = move || {
            self.open.set(false);
            let opener = opener.clone();
            request_animation_frame(move || browser::focus(&opener));
        };
        let close = StoredValue::new(close);
        let panel = move || self.open.get().then(|| self.panel(move || close.with_value(|c| c())));
        view! {
            <div class="columns-of">
                <button type="button" class="quiet" id=button_id aria-haspopup="dialog" aria-expanded=move || self.open.get().to_string()
                    title=fmt.t(W::KeyColumns) data-testid=id::COLUMNS on:click=move |_| self.open.update(|o| *o = !*o)>{fmt.t(W::Columns)}</button>
                {panel}
            </div>
        }
        .into_any()
    }

    fn panel(self, close: impl Fn() + Copy + Send + Sync + 'static) -> AnyView {
        let fmt = fmt();
        let box_id = move |key: &str| format!("col-{}-{key}", self.name);
        let shift = move |key: &'static str, by: isize, focus: String| {
            self.change(|l| l.shift(key, by));
            // A node that moves in the document loses the focus.
            request_animation_frame(move || browser::focus(&focus));
        };
        let word = move |key: &str| self.columns.iter().find(|c| c.key == key).map_or("", |c| fmt.t(c.word));
        let row = move |key: &'static str| {
            let name = word(key);
            let on = move || self.layout.with(|l| l.all().iter().any(|(k, shown)| *k == key && *shown));
            let fixed = move || self.layout.with(|l| l.is_last(key));
            let first = move || self.layout.with(|l| l.all().first().is_some_and(|(k, _)| *k == key));
            let last = move || self.layout.with(|l| l.all().last().is_some_and(|(k, _)| *k == key));
            let (up, down) = (format!("up-{}-{key}", self.name), format!("down-{}-{key}", self.name));
            let (up_id, down_id) = (up.clone(), down.clone());
            view! {
                <li>
                    <label><input type="checkbox" id=box_id(key) data-testid=id::COLUMN_SHOW data-key=key prop:checked=on disabled=fixed
                        on:change=move |e| self.change(|l| l.show(key, event_target_checked(&e))) /><span>{name}</span></label>
                    <button type="button" class="link" id=up_id aria-label=fmt.fill(W::ColumnUp, &[name]) title=fmt.fill(W::ColumnUp, &[name])
                        data-testid=id::COLUMN_UP data-key=key disabled=first on:click=move |_| shift(key, -1, up.clone())>"↑"</button>
                    <button type="button" class="link" id=down_id aria-label=fmt.fill(W::ColumnDown, &[name]) title=fmt.fill(W::ColumnDown, &[name])
                        data-testid=id::COLUMN_DOWN data-key=key disabled=last on:click=move |_| shift(key, 1, down.clone())>"↓"</button>
                </li>
            }
        };
        let keys = move || self.layout.with(|l| l.all().iter().map(|(key, _)| *key).collect::<Vec<_>>());
        // Within the panel its own keys; the page's rest.
        let pressed = move |e: web_sys::KeyboardEvent| {
            let at = browser::focused_id();
            let order = untrack(keys);
            let here = order.iter().position(|key| at.ends_with(&format!("-{}-{key}", self.name)));
            match (e.key().as_str(), here) {
                ("Escape", _) => close(),
                ("ArrowUp", Some(n)) if e.alt_key() => shift(order[n], -1, box_id(order[n])),
                ("ArrowDown", Some(n)) if e.alt_key() => shift(order[n], 1, box_id(order[n])),
                ("ArrowUp", Some(n)) if n > 0 => browser::focus(&box_id(order[n - 1])),
                ("ArrowDown", Some(n)) if n + 1 < order.len() => browser::focus(&box_id(order[n + 1])),
                ("ArrowUp" | "ArrowDown", _) => {}
                _ => {
                    e.stop_propagation();
                    return;
                }
            }
            e.stop_propagation();
            e.prevent_default();
        };
        let reset = move || {
            self.layout.set(Layout::new(self.columns));
            browser::forget(&format!("columns.{}", self.name));
        };
        let first = box_id(untrack(keys).first().copied().unwrap_or_default());
        request_animation_frame(move || browser::focus(&first));
        view! {
            <div class="catch" on:click=move |_| close()></div>
            <div class="panel" role="dialog" aria-label=fmt.t(W::Columns) data-testid=id::COLUMN_PANEL on:keydown=pressed>
                <ul><For each=keys key=|key| *key children=row /></ul>
                <p class="muted">{fmt.t(W::ColumnsText)}</p>
                <div class="act">
                    <button type="button" data-testid=id::COLUMN_RESET on:click=move |_| reset()>{fmt.t(W::ColumnsReset)}</button>
                    <button type="button" on:click=move |_| close()>{fmt.t(W::Close)}<kbd aria-hidden="true">"Esc"</kbd></button>
                </div>
            </div>
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column<u8>; 4] = [
        text("name", W::Item, 80).grows().up(1),
        number("available", W::Available, 60).down(2),
        number("cover", W::CoverDays, 50).up(3),
        text("sku", W::FieldSku, 70).hidden(),
    ];

    fn shown(layout: &Layout) -> Vec<&'static str> {
        layout.shown().collect()
    }

    #[test]
    fn a_layout_is_remembered_as_it_was_left() {
        let mut layout = Layout::new(&COLUMNS);
        assert_eq!(shown(&layout), ["name", "available", "cover"]);
        layout.show("available", false);
        layout.show("sku", true);
        layout.shift("sku", -3);
        assert_eq!(shown(&layout), ["sku", "name", "cover"]);
        assert_eq!(layout.text(), "sku,name,-available,cover");
        assert_eq!(Layout::parse(&layout.text(), &COLUMNS), layout);
        layout.shift("cover", 9);
        layout.shift("sku", -9);
        assert_eq!(layout.text(), "sku,name,-available,cover", "nowhere further to go");
    }

    #[test]
    fn what_is_remembered_may_be_of_another_version() {
        // `bin` is gone, `available` is new: it stands where it stands by default.
        let layout = Layout::parse("cover,bin,name,-sku,cover", &COLUMNS);
        assert_eq!(layout.text(), "cover,name,available,-sku");
        assert_eq!(Layout::parse("", &COLUMNS), Layout::new(&COLUMNS));
        assert_eq!(Layout::parse("-name,-available,-cover,-sku", &COLUMNS), Layout::new(&COLUMNS));
    }

    #[test]
    fn one_column_stays() {
        let mut layout = Layout::new(&COLUMNS);
        for (key, _) in layout.clone().all() {
            layout.show(key, false);
        }
        assert_eq!(shown(&layout), ["cover"]);
        assert!(layout.is_last("cover"));
    }

    #[test]
    fn a_second_press_turns_the_order_round() {
        let first = Sorted { key: "cover", reverse: false };
        assert_eq!(first.pressed("cover").text(), "-cover");
        assert_eq!(first.pressed("cover").pressed("cover"), first);
        assert_eq!(first.pressed("cover").pressed("name"), Sorted { key: "name", reverse: false });
        assert_eq!(Sorted::parse("-cover", &COLUMNS), Some(Sorted { key: "cover", reverse: true }));
        assert_eq!(Sorted::parse("sku", &COLUMNS), None, "it does not sort");
    }

    #[test]
    fn tracks_follow_the_columns_shown() {
        let layout = Layout::parse("cover,name,-available,-sku", &COLUMNS);
        assert_eq!(tracks(&COLUMNS, &layout), ("5.0rem minmax(8.0rem,1fr)".into(), "15.6rem".into()));
        let layout = Layout::parse("cover,-name,available,-sku", &COLUMNS);
        assert_eq!(tracks(&COLUMNS, &layout).0, "minmax(5.0rem,1fr) 6.0rem", "something takes the room");
    }
}
