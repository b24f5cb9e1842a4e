//! Small views that every page is made of.

use crate::browser;
use crate::i18n::W;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::testids as id;
use crate::wording;
use contract::{ApiError, FindingRow};
use leptos::html;
use leptos::prelude::*;
use units::ChannelId;

/// The shape, colour and word of a priority.
pub fn mark(priority: &str) -> AnyView {
    let (class, shape, word) = wording::priority(priority);
    view! { <span class=format!("mark {class}") title=fmt().t(word)><span aria-hidden="true">{shape}</span><span class="sr">{fmt().t(word)}</span></span> }
        .into_any()
}

/// A button without weight.
pub fn plain_button(
    text: impl Fn() -> &'static str + Send + 'static,
    testid: &'static str,
    press: impl Fn() + 'static,
) -> AnyView {
    view! { <button type="button" class="link" data-testid=testid on:click=move |_| press()>{text}</button> }
        .into_any()
}

/// Leads to how far a channel's readings are believed.
pub fn to_quality(channel: ChannelId) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    plain_button(
        move || fmt.t(W::PageQuality),
        id::TO_QUALITY,
        move || ctx.go(Route::row(Page::Quality, channel)),
    )
}

/// A button with the key that does the same.
pub fn button(
    text: impl Into<String>,
    key: &'static str,
    testid: &'static str,
    press: impl Fn() + 'static,
) -> AnyView {
    let text = text.into();
    view! {
        <button type="button" data-testid=testid on:click=move |_| press()>
            {text}{(!key.is_empty()).then(|| view! { <kbd aria-hidden="true">{key}</kbd> })}
        </button>
    }
    .into_any()
}

/// The one button a page is for.
pub fn go_button(
    text: impl Into<String>,
    key: &'static str,
    testid: &'static str,
    press: impl Fn() + 'static,
) -> AnyView {
    let text = text.into();
    view! {
        <button type="button" class="go" data-testid=testid on:click=move |_| press()>
            {text}{(!key.is_empty()).then(|| view! { <kbd aria-hidden="true">{key}</kbd> })}
        </button>
    }
    .into_any()
}

/// One figure of a strip.
pub struct Fact {
    name: &'static str,
    key: String,
    value: String,
    unit: String,
    note: String,
    assumed: bool,
    doubtful: bool,
    bad: bool,
    title: String,
}

/// A figure: its test name, what it is, its value.
pub fn fact(name: &'static str, key: W, value: impl Into<String>) -> Fact {
    Fact {
        name,
        key: fmt().t(key).to_owned(),
        value: value.into(),
        unit: String::new(),
        note: String::new(),
        assumed: false,
        doubtful: false,
        bad: false,
        title: String::new(),
    }
}

impl Fact {
    /// Its unit.
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }
    /// A few words under it.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
    /// No file gave it.
    pub fn assumed(mut self, assumed: bool) -> Self {
        self.assumed = assumed;
        self
    }
    /// It is stale or suspect.
    pub fn doubtful(mut self, doubtful: bool) -> Self {
        self.doubtful = doubtful;
        self
    }
    /// It tells of something wrong; its shape is in the value.
    pub fn bad(mut self, bad: bool) -> Self {
        self.bad = bad;
        self
    }
    /// What is behind it, for a tooltip.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }
}

/// The word for a number that nobody gave.
pub fn assumed_mark() -> AnyView {
    view! { <span class="assumed" data-testid=id::ASSUMED title=fmt().t(W::AssumedLong)>{fmt().t(W::Assumed)}</span> }.into_any()
}

/// A strip of figures.
pub fn facts(facts: Vec<Fact>) -> AnyView {
    let cells = facts
        .into_iter()
        .map(|f| {
            view! {
                <div class="fact" class:doubtful=f.doubtful title=f.title>
                    <dt>{f.key}</dt>
                    <dd class:mark=f.bad class:h=f.bad><span data-testid=id::FACT data-name=f.name>{f.value}</span>
                        {(!f.unit.is_empty()).then(|| view! { <span class="u">{f.unit}</span> })}
                        {f.assumed.then(assumed_mark)}</dd>
                    {(!f.note.is_empty()).then(|| view! { <dd class="n">{f.note}</dd> })}
                </div>
            }
        })
        .collect_view();
    view! { <dl class="facts">{cells}</dl> }.into_any()
}

/// The heading of a detail: mark, title, sentence; on the right, as of when and from where.
pub fn heading(
    mark: Option<AnyView>,
    title: String,
    sentence: String,
    as_of: String,
    source: String,
) -> AnyView {
    view! {
        <header class="heading">
            <div class="heading-main">
                <h2 data-testid=id::DETAIL_TITLE>{mark}" "{title}</h2>
                {(!sentence.is_empty()).then(|| view! { <p class="muted" data-testid=id::DETAIL_REASON>{sentence}</p> })}
            </div>
            <div class="heading-side muted"><div>{as_of}</div><div>{source}</div></div>
        </header>
    }
    .into_any()
}

/// What an empty page says: what it shows, what feeds it, and the button that does it.
pub fn empty(title: W, text: W, actions: Vec<(W, Box<dyn Fn() + Send>)>) -> AnyView {
    let fmt = fmt();
    let many = actions.len();
    let buttons = actions
        .into_iter()
        .enumerate()
        .map(|(i, (word, press))| {
            let class = if i == 0 && many > 0 { "go" } else { "" };
            view! { <button type="button" class=class data-testid=id::EMPTY_ACTION on:click=move |_| press()>{fmt.t(word)}</button> }
        })
        .collect_view();
    view! {
        <div class="empty" data-testid=id::EMPTY>
            <h2>{fmt.t(title)}</h2>
            <p>{fmt.t(text)}</p>
            <div class="act">{buttons}</div>
        </div>
    }
    .into_any()
}

/// What went wrong, on the page.
pub fn error(error: &ApiError) -> AnyView {
    let fmt = fmt();
    let remedy = fmt.t(wording::remedy(error.code));
    let trace = (!error.trace_id.is_empty()).then(|| format!("{} {}", fmt.t(W::Trace), error.trace_id));
    view! {
        <div class="error" role="alert" data-testid=id::ERROR>
            <b>{fmt.t(wording::code(error.code))}</b>
            <p>{error.message.clone()}</p>
            <p class="muted">{remedy}" "{trace}</p>
        </div>
    }
    .into_any()
}

/// Data that came, an error, or a word that it is coming.
pub fn waiting(failed: Option<ApiError>) -> AnyView {
    match failed {
        Some(e) => error(&e),
        None => view! { <p class="muted pad" role="status">{fmt().t(W::Loading)}</p> }.into_any(),
    }
}

/// Findings, worded, at most so many.
pub fn findings(all: &[FindingRow], at_most: usize) -> AnyView {
    if all.is_empty() {
        return ().into_any();
    }
    let fmt = fmt();
    let rows = all
        .iter()
        .take(at_most)
        .map(|f| {
            let (class, shape) = wording::severity_mark(&f.severity);
            let line = f.line.map(|n| format!("{} {} · ", fmt.t(W::Line), crate::format::count(n)));
            view! {
                <li data-testid=id::FINDING data-code=f.code.clone()>
                    <span class=format!("mark {class}") aria-hidden="true">{shape}</span>
                    <span>{line}{wording::finding(&fmt, f)}</span>
                </li>
            }
        })
        .collect_view();
    let more = all.len().saturating_sub(at_most);
    view! {
        <section class="card">
            <h3>{fmt.t(W::Findings)}" "<span class="muted">{all.len()}</span></h3>
            <ul class="findings">{rows}</ul>
            {(more > 0).then(|| view! { <p class="muted">{fmt.fill(W::AndMore, &[&crate::format::count(more as u64)])}</p> })}
        </section>
    }
    .into_any()
}

/// Lines of an argument: what, how much, from where.
pub fn reasons(lines: Vec<(String, String, String)>) -> AnyView {
    let rows = lines
        .into_iter()
        .map(|(what, value, note)| view! { <tr><th scope="row">{what}</th><td class="num"><b>{value}</b></td><td class="muted">{note}</td></tr> })
        .collect_view();
    view! { <section class="card"><table class="why"><tbody>{rows}</tbody></table></section> }.into_any()
}

/// The head of a list.
pub fn list_head(title: W, note: impl Fn() -> String + Send + 'static) -> AnyView {
    view! {
        <div class="head">
            <h1 data-testid=id::PAGE_TITLE>{fmt().t(title)}</h1>
            <span class="muted" data-testid=id::LIST_COUNT>{note}</span>
        </div>
    }
    .into_any()
}

/// The filter of a list; `/` goes to it, Esc empties it.
pub fn filter(text: RwSignal<String>, hint: W) -> AnyView {
    let shown = RwSignal::new(text.get_untracked());
    let turn = StoredValue::new(0u32);
    let fmt = fmt();
    // A keystroke later than 150 ms is a question of its own.
    let typed = move |value: String| {
        shown.set(value.clone());
        turn.update_value(|n| *n += 1);
        let mine = turn.get_value();
        set_timeout(
            move || {
                if turn.try_get_value() == Some(mine) {
                    text.set(value);
                }
            },
            std::time::Duration::from_millis(150),
        );
    };
    view! {
        <input id="filter" class="filter" type="search" autocomplete="off" spellcheck="false" data-testid=id::FILTER
            placeholder=fmt.t(hint) aria-label=fmt.t(W::Filter)
            prop:value=move || shown.get()
            on:input=move |e| typed(event_target_value(&e)) />
    }
    .into_any()
}

/// Tabs of a list: name in the address, word, count. The first has an empty name.
pub fn tabs(tabs: Vec<(&'static str, W, Option<u64>)>) -> AnyView {
    let ctx = ctx();
    let fmt = fmt();
    let buttons = tabs
        .into_iter()
        .map(|(name, word, count)| {
            let on = move || ctx.route.with(|r| r.tab == name);
            view! {
                <button type="button" role="tab" class="tab" class:on=on aria-selected=move || on().to_string()
                    data-testid=id::TAB data-tab=name on:click=move |_| ctx.choose_tab(name)>
                    {fmt.t(word)}{count.map(|n| view! { <span class="n">{crate::format::count(n)}</span> })}
                </button>
            }
        })
        .collect_view();
    view! { <div class="tabs" role="tablist">{buttons}</div> }.into_any()
}

/// More tabs than a line may have room for, those used most first: what does not fit is one button away, which names what is shown of it.
pub fn tabs_and_more(tabs: Vec<(&'static str, W)>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let (strip, fitting, open) =
        (NodeRef::<html::Div>::new(), RwSignal::new(tabs.len()), RwSignal::new(false));
    let shown = move |name: &'static str| ctx.route.with(|r| r.tab == name);
    browser::watch_size(strip, move |_, _| {
        // A tab that does not fit is laid out in a second line, which is cut off.
        let Some(all) = strip.get_untracked().map(|strip| strip.children()) else { return };
        let top = |n: u32| all.item(n).map(|tab| tab.get_bounding_client_rect().top() as i32);
        let fit = (0..all.length()).take_while(|n| top(*n) == top(0)).count();
        if fitting.try_get_untracked().is_some_and(|old| old != fit) {
            fitting.set(fit);
        }
    });
    let buttons = tabs
        .iter()
        .enumerate()
        .map(|(n, (name, word))| {
            let (name, word) = (*name, *word);
            let cut = move || fitting.get() <= n;
            view! {
                <button type="button" role="tab" class="tab" class:on=move || shown(name) class:cut=cut aria-selected=move || shown(name).to_string()
                    data-testid=id::TAB data-tab=name on:click=move |_| ctx.choose_tab(name)>{fmt.t(word)}</button>
            }
        })
        .collect_view();
    let tabs = StoredValue::new(tabs);
    let others = move || tabs.with_value(|tabs| tabs.iter().skip(fitting.get()).copied().collect::<Vec<_>>());
    let here = move || others().into_iter().find(|(name, _)| shown(name));
    let close = move || {
        open.set(false);
        request_animation_frame(|| browser::focus("more-tabs"));
    };
    let pressed = move |e: web_sys::KeyboardEvent| {
        match e.key().as_str() {
            "Escape" => close(),
            "ArrowDown" => browser::step_focus("more-tab", 1),
            "ArrowUp" => browser::step_focus("more-tab", -1),
            "Tab" => {
                open.set(false);
                return;
            }
            _ => {
                e.stop_propagation();
                return;
            }
        }
        e.stop_propagation();
        e.prevent_default();
    };
    let item = move |(name, word): (&'static str, W)| {
        view! {
            <button type="button" role="menuitemradio" class="more-tab" class:on=move || shown(name) aria-checked=move || shown(name).to_string()
                data-testid=id::MORE_TAB data-tab=name on:click=move |_| { open.set(false); ctx.choose_tab(name); }>{fmt.t(word)}</button>
        }
    };
    let menu = move || {
        open.get().then(|| {
            request_animation_frame(|| browser::step_focus("more-tab", 0));
            view! {
                <div class="catch" on:click=move |_| close()></div>
                <div class="panel" role="menu" aria-label=fmt.t(W::MoreWord) on:keydown=pressed>{others().into_iter().map(item).collect_view()}</div>
            }
        })
    };
    view! {
        <div class="tabs many">
            <div class="strip" role="tablist" node_ref=strip>{buttons}</div>
            <div class="columns-of" class:hidden=move || others().is_empty()>
                <button type="button" id="more-tabs" class="tab" class:on=move || here().is_some() aria-haspopup="menu" aria-expanded=move || open.get().to_string()
                    data-testid=id::MORE_TABS on:click=move |_| open.update(|o| *o = !*o)>
                    {move || here().map_or(fmt.t(W::MoreWord), |(_, word)| fmt.t(word))}<span aria-hidden="true">" ▾"</span>
                </button>
                {menu}
            </div>
        </div>
    }
    .into_any()
}

/// A table of a detail: heads (with whether the column is numbers) and rows of cells.
pub fn grid(
    label: W,
    heads: &[(W, bool)],
    rows: Vec<(String, Vec<AnyView>)>,
    testid: &'static str,
) -> AnyView {
    let fmt = fmt();
    let numeric: Vec<bool> = heads.iter().map(|(_, n)| *n).collect();
    let head = heads
        .iter()
        .map(|(word, number)| view! { <th scope="col" class:num=*number>{fmt.t(*word)}</th> })
        .collect_view();
    let body = rows
        .into_iter()
        .map(|(row_id, cells)| {
            let cells = cells
                .into_iter()
                .enumerate()
                .map(|(i, cell)| view! { <td class:num=numeric.get(i).copied().unwrap_or(false)>{cell}</td> })
                .collect_view();
            view! { <tr data-testid=testid data-id=row_id>{cells}</tr> }
        })
        .collect_view();
    view! {
        <div class="grid-box">
            <table class="grid" aria-label=fmt.t(label)><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>
        </div>
    }
    .into_any()
}

/// Text as a cell.
pub fn cell(text: impl Into<String>) -> AnyView {
    text.into().into_any()
}
