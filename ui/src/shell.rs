//! The frame around every page: rail, top bar, status bar, messages, and the keys.

use crate::columns;
use crate::dialog::dialog;
use crate::format::{self, Fmt};
use crate::i18n::{Lang, W};
use crate::keys::{Act, Keys, LIST, PARTS, Press};
use crate::live::{self, live};
use crate::palette::palette;
use crate::prefs::{self, Theme, Window};
use crate::route::{Page, Route};
use crate::state::{Ctx, Link, Overlay, Toast, act, ctx, fmt, set_fmt};
use crate::testids as id;
use crate::{bridge, browser, pages, takeout, wording};
use contract::{GetSite, GetStatus, SiteInfo, Status, TakeBackProposals};
use leptos::ev;
use leptos::prelude::*;
use std::time::Duration;
use units::Timestamp;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

/// Mounts the console and starts what runs as long as the window: events, clock, keys, address.
pub fn mount() {
    if let Some(boot) = document().get_element_by_id("boot") {
        boot.remove();
    }
    mount_to_body(root);
}

fn root() -> AnyView {
    let asked = |name: &str| browser::parameter(name).or_else(|| browser::remembered(name));
    let lang = prefs::language_of(asked("lang").as_deref(), browser::language().as_deref());
    let ctx = Ctx::create(
        lang,
        Theme::parse(&asked("theme").unwrap_or_default()),
        Window::parse(&asked("window").unwrap_or_default()),
        asked("touch").is_some_and(|t| t == "1"),
        Route::parse(&browser::hash()),
    );
    set_fmt(Fmt { lang, ..Fmt::default() });
    dress(ctx);
    live::start();
    clock(ctx);
    keyboard(ctx);
    let moved = window_event_listener(ev::hashchange, move |_| {
        let route = Route::parse(&browser::hash());
        if ctx.route.get_untracked() != route {
            ctx.route.set(route);
        }
    });
    on_cleanup(move || moved.remove());

    let site = live(|| Some(GetSite {}));
    Effect::new(move |_| {
        if let Some(new) = site.data.get()
            && ctx.site.with_untracked(|old| old.as_ref() != Some(&new))
        {
            // Values that were patched in are in the units shown before.
            if ctx
                .site
                .with_untracked(|old| old.as_ref().is_some_and(|old| old.shown_units != new.shown_units))
            {
                ctx.latest.update(|all| all.clear());
            }
            ctx.site.set(Some(new));
        }
    });
    let status = live(|| Some(GetStatus {}));
    Effect::new(move |_| {
        if let Some(new) = status.data.get() {
            step_clock(ctx, new.now);
            ctx.status.set(Some(new));
        }
    });

    // What every text depends on: when it changes, the page is built anew in the other language or on the other clock.
    let dress = Memo::new(move |_| {
        let lang = ctx.lang.get();
        ctx.site.with(|s| {
            s.as_ref().map(|s| (lang, s.offset_minutes, s.currency.clone(), s.role.clone(), s.demo))
        })
    });
    let body = move || match dress.get() {
        None => {
            let fmt = Fmt { lang: ctx.lang.get(), ..Fmt::default() };
            set_fmt(fmt);
            view! {
                <div class="opening">
                    <h1>"Quartermaster"</h1>
                    {move || match site.error.get() {
                        Some(e) => view! {
                            <div class="error" role="alert" data-testid=id::ERROR>
                                <p>{wording::error_text(&fmt, &e)}</p>
                                <button type="button" class="go" on:click=move |_| { site.refresh(); status.refresh(); }>{fmt.t(W::TryAgain)}</button>
                            </div>
                        }.into_any(),
                        None => view! { <p class="muted" role="status">{fmt.t(W::Opening)}</p> }.into_any(),
                    }}
                </div>
            }
            .into_any()
        }
        Some((lang, offset_minutes, currency, ..)) => {
            let mut code = *b"XXX";
            if let Ok(three) = <[u8; 3]>::try_from(currency.as_bytes()) {
                code = three;
            }
            set_fmt(Fmt { lang, offset_minutes, currency: code });
            frame(ctx)
        }
    };
    body.into_any()
}

/// Theme, language and density as attributes of the document, remembered.
fn dress(ctx: Ctx) {
    let system = RwSignal::new(browser::system_dark());
    if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") {
        let changed = wasm_bindgen::closure::Closure::<dyn Fn()>::new(move || {
            system.try_set(browser::system_dark());
        });
        let _ = query.add_event_listener_with_callback("change", changed.as_ref().unchecked_ref());
        changed.forget();
    }
    Effect::new(move |before: Option<()>| {
        let (theme, lang, touch, window) =
            (ctx.theme.get(), ctx.lang.get(), ctx.touch.get(), ctx.window.get());
        let dark = match theme {
            Theme::System => system.get(),
            Theme::Light => false,
            Theme::Dark => true,
        };
        browser::mark_document("data-theme", if dark { "dark" } else { "light" });
        browser::mark_document("data-density", if touch { "touch" } else { "mouse" });
        browser::mark_document("lang", lang.tag());
        if ctx.dark.get_untracked() != dark {
            ctx.dark.set(dark);
        }
        if before.is_some() {
            browser::remember("theme", theme.name());
            browser::remember("lang", lang.tag());
            browser::remember("touch", if touch { "1" } else { "0" });
            browser::remember("window", window.name());
        }
    });
}

thread_local! {
    /// The site's clock when last told, and the steady clock then.
    static TOLD: std::cell::Cell<Option<(Timestamp, f64)>> = const { std::cell::Cell::new(None) };
}

fn step_clock(ctx: Ctx, now: Timestamp) {
    TOLD.with(|t| t.set(Some((now, browser::steady_ms()))));
    ctx.now.set(now);
}

/// Between two answers the clock runs on by itself, as fast as the site's does; messages go when their time is up.
fn clock(ctx: Ctx) {
    set_interval(
        move || {
            if let Some((told, at)) = TOLD.with(std::cell::Cell::get) {
                let speed = ctx.site.with_untracked(|s| s.as_ref().map_or(1, |s| s.speed.max(1)));
                let gone = (browser::steady_ms() - at) * f64::from(speed);
                ctx.now.set(Timestamp(told.0.saturating_add(gone as i64)));
            }
            let now = browser::now_ms();
            if ctx.toasts.with_untracked(|t| t.iter().any(|t| t.gone_at <= now)) {
                ctx.toasts.update(|t| t.retain(|t| t.gone_at > now));
            }
        },
        Duration::from_secs(1),
    );
}

fn keyboard(ctx: Ctx) {
    let keys = std::cell::RefCell::new(Keys::default());
    let pressed = window_event_listener(ev::keydown, move |event| {
        let (tag, kind) = browser::focused();
        let typing = matches!(tag.as_str(), "TEXTAREA" | "SELECT")
            || tag == "INPUT" && !matches!(kind.as_str(), "checkbox" | "radio" | "file" | "button");
        let key = event.key();
        let press = Press {
            key: &key,
            command: event.ctrl_key() || event.meta_key(),
            alt: event.alt_key(),
            shift: event.shift_key(),
            typing,
            on_button: matches!(tag.as_str(), "BUTTON" | "A" | "SUMMARY"),
            at_ms: browser::steady_ms(),
        };
        let Some(wanted) = keys.borrow_mut().press(press) else { return };
        // Under a dialog or the palette the page's keys rest.
        let covered = ctx.ask.with_untracked(Option::is_some) || ctx.overlay.get_untracked() != Overlay::None;
        if covered && !matches!(wanted, Act::Back | Act::Palette | Act::Help) {
            return;
        }
        // A key held down decides once.
        if event.repeat() && !matches!(wanted, Act::Move(_) | Act::Extend(_)) {
            return;
        }
        let taken = match wanted {
            Act::Back => back(ctx, typing),
            Act::Palette => {
                ctx.overlay
                    .update(|o| *o = if *o == Overlay::Palette { Overlay::None } else { Overlay::Palette });
                true
            }
            Act::Help => {
                ctx.overlay.update(|o| *o = if *o == Overlay::Keys { Overlay::None } else { Overlay::Keys });
                true
            }
            Act::Go(page) => {
                ctx.go(Route::page(page));
                true
            }
            Act::GoTab(page, tab) => {
                ctx.go(Route { page, row: String::new(), tab: tab.to_owned() });
                true
            }
            Act::Filter => {
                browser::focus("filter");
                true
            }
            Act::Columns => columns::open(),
            Act::Export => takeout::open(),
            Act::ResetZoom => {
                ctx.zoom.set(None);
                // A page with a map shows all of that, too.
                act(wanted);
                true
            }
            Act::TakeBack => {
                match ctx.toasts.with_untracked(|t| t.iter().rev().find(|t| t.undo.is_some()).cloned()) {
                    Some(toast) => {
                        take_back(toast);
                        true
                    }
                    None => act(wanted),
                }
            }
            other => act(other),
        };
        if taken {
            event.prevent_default();
        }
    });
    on_cleanup(move || pressed.remove());
}

/// Backs out of what lies on top: dialog, overlay, text field, then the page's own.
fn back(ctx: Ctx, typing: bool) -> bool {
    if ctx.ask.with_untracked(Option::is_some) {
        ctx.ask.set(None);
        true
    } else if ctx.overlay.get_untracked() != Overlay::None {
        ctx.overlay.set(Overlay::None);
        true
    } else if typing {
        browser::blur();
        true
    } else {
        act(Act::Back)
    }
}

fn frame(ctx: Ctx) -> AnyView {
    let fmt = fmt();
    let demo = ctx.site.with_untracked(|s| s.as_ref().is_some_and(|s| s.demo));
    let page = Memo::new(move |_| ctx.route.with(|r| r.page));
    // What was zoomed into belongs to the page it was seen on.
    Effect::new(move |before: Option<Page>| {
        let page = page.get();
        if before.is_some_and(|b| b != page) {
            ctx.zoom.set(None);
        }
        page
    });
    view! {
        <div class="console" class:demo=demo>
            <a class="skip" href="#main" on:click=|e| { e.prevent_default(); browser::focus("main"); }>{fmt.t(W::SkipToContent)}</a>
            {demo.then(|| demo_banner(ctx))}
            {top_bar(ctx)}
            {rail(ctx)}
            <main id="main" tabindex="-1">{move || pages::show(page.get())}</main>
            {status_bar(ctx)}
            {toasts(ctx)}
            {dialog()}
            {move || match ctx.overlay.get() {
                Overlay::None => ().into_any(),
                Overlay::Palette => palette(),
                Overlay::Keys => key_list(ctx),
            }}
        </div>
    }
    .into_any()
}

fn demo_banner(ctx: Ctx) -> AnyView {
    let fmt = fmt();
    let speed = move || {
        let speed = ctx.site.with(|s| s.as_ref().map_or(1, |s| s.speed));
        if speed > 1 {
            format!(" · {}", fmt.fill(W::DemoSpeed, &[&speed.to_string()]))
        } else {
            String::new()
        }
    };
    view! {
        <div class="demo-banner" role="note" data-testid=id::DEMO_BANNER>
            <b>{fmt.t(W::DemoSite)}</b>" · "{fmt.t(W::DemoLong)}{speed}
        </div>
    }
    .into_any()
}

fn top_bar(ctx: Ctx) -> AnyView {
    let fmt = fmt();
    let site = move |f: fn(&SiteInfo) -> String| ctx.site.with(|s| s.as_ref().map(f).unwrap_or_default());
    let zoomed = Memo::new(move |_| ctx.zoom.with(Option::is_some));
    let charts = Memo::new(move |_| ctx.route.with(|r| r.page == Page::Charts));
    let windows = move || {
        let chosen = move || match ctx.window.get() {
            w if w.long() && !charts.get() => Window::Month,
            w => w,
        };
        Window::ALL
            .into_iter()
            .filter(|w| charts.get() || !w.long())
            .map(|w| view! { <option value=w.name() prop:selected=move || !zoomed.get() && chosen() == w>{fmt.t(w.word())}</option> })
            .collect_view()
    };
    // A chart moved by hand: the others are the way back.
    let custom = move || {
        zoomed.get().then(
            || view! { <option value="custom" disabled prop:selected=true>{fmt.t(W::WindowCustom)}</option> },
        )
    };
    let counts = move || {
        let alarms = ctx.status.with(|s| s.as_ref().map_or([0; 4], |s| s.alarms));
        let shown: Vec<_> = wording::PRIORITIES.iter().zip(alarms).filter(|(_, n)| *n > 0).collect();
        if shown.is_empty() {
            return view! { <span class="muted">{fmt.t(W::NoAlarms)}</span> }.into_any();
        }
        shown
            .into_iter()
            .map(|(priority, n)| {
                let (class, shape, word) = wording::priority(priority);
                view! { <span class=format!("mark {class}") title=fmt.t(word)><span aria-hidden="true">{shape}" "</span>{n}<span class="sr">" "{fmt.t(word)}</span></span> }
            })
            .collect_view()
            .into_any()
    };
    view! {
        <header class="top">
            <div class="site"><b>"Quartermaster"</b>
                <small data-testid=id::SITE_NAME title=move || site(|s| s.name.clone())>{move || site(|s| s.name.clone())}" · "{fmt.zone()}</small></div>
            <select class="pill" aria-label=fmt.t(W::TimeWindow) data-testid=id::WINDOW_SELECT
                on:change=move |e| { ctx.zoom.set(None); ctx.window.set(Window::parse(&event_target_value(&e))); }>{windows}{custom}</select>
            <button type="button" class="pill search" data-testid=id::SEARCH_OPEN on:click=move |_| ctx.overlay.set(Overlay::Palette)>
                <span>{fmt.t(W::SearchHint)}</span><kbd>"Ctrl K"</kbd></button>
            <button type="button" class="pill counts" aria-label=fmt.t(W::OpenAlarms) data-testid=id::ALARM_COUNTS
                on:click=move |_| ctx.go(Route::page(Page::Alarms))>{counts}</button>
            <button type="button" class="pill" title=fmt.t(W::SwitchLanguage) data-testid=id::LANGUAGE_SWITCH
                on:click=move |_| ctx.lang.update(|l| *l = l.other())>{ctx.lang.get_untracked().other().own_name()}</button>
            <button type="button" class="pill" title=fmt.t(W::SwitchTheme) data-testid=id::THEME_SWITCH
                on:click=move |_| { let dark = browser::system_dark(); ctx.theme.update(|t| *t = t.next(dark)) }>{move || fmt.t(ctx.theme.get().word())}</button>
            <span class="pill actor" data-testid=id::ACTOR>{move || site(|s| s.actor.clone())}" · "{move || ctx.site.with(|s| s.as_ref().map(|s| wording::role(&fmt, &s.role)).unwrap_or_default())}</span>
        </header>
    }
    .into_any()
}

/// The count beside a page and whether it is of something wrong.
fn rail_count(page: Page, s: &Status) -> Option<(String, bool)> {
    let some = |n: u32, hot: bool| (n > 0).then(|| (format::count(n), hot));
    match page {
        Page::Today => some(s.alarms[0] + s.alarms[1] + s.proposals, s.alarms[0] > 0),
        Page::Alarms => some(s.alarms.iter().sum(), s.alarms[0] + s.alarms[1] > 0),
        Page::Replenish => some(s.proposals, false),
        Page::Devices => (s.devices_total > 0)
            .then(|| (format!("{}/{}", s.devices_up, s.devices_total), s.devices_up < s.devices_total)),
        Page::Quality => some(s.doubts, false),
        Page::Data => some(s.jobs, false),
        Page::Models => s.model_fault.as_ref().map(|_| ("!".to_owned(), true)),
        _ => None,
    }
}

fn rail(ctx: Ctx) -> AnyView {
    let fmt = fmt();
    let link = move |page: Page| {
        let on = move || ctx.route.with(|r| r.page == page);
        let count = move || {
            ctx.status.with(|s| s.as_ref().and_then(|s| rail_count(page, s))).map(
                |(text, hot)| view! { <span class="n" class:hot=hot data-testid=id::RAIL_COUNT>{text}</span> },
            )
        };
        view! {
            <a href=Route::page(page).hash() class:on=on aria-current=move || on().then_some("page")
                title=format!("g {}", page.letter()) data-testid=id::RAIL_LINK data-page=page.name()>
                <span>{fmt.t(page.word())}</span>{count}</a>
        }
    };
    view! {
        <nav aria-label=fmt.t(W::Pages) data-testid=id::RAIL>
            {Page::ALL[..Page::UPPER].iter().map(|p| link(*p)).collect_view()}
            <span class="gap"></span>
            {Page::ALL[Page::UPPER..].iter().map(|p| link(*p)).collect_view()}
        </nav>
    }
    .into_any()
}

fn status_bar(ctx: Ctx) -> AnyView {
    let fmt = fmt();
    let of = move |f: &dyn Fn(&Status) -> AnyView| ctx.status.with(|s| s.as_ref().map(f));
    let recording = move || {
        of(&|s| {
            if s.recording {
                view! { <span data-testid=id::STATUS_RECORDING>"● "{fmt.t(W::Recording)}</span> }.into_any()
            } else {
                let why = match s.recording_fault.as_deref() {
                    Some("DiskFull") => fmt.t(W::CodeDiskFull),
                    Some("Storage") => fmt.t(W::CodeStorage),
                    _ => "",
                };
                view! { <span class="mark c" role="alert" data-testid=id::STATUS_RECORDING>"■ "{fmt.t(W::NotRecording)}" "{why}</span> }.into_any()
            }
        })
    };
    let devices = move || {
        of(&|s| {
            let text = fmt.fill(W::DevicesUp, &[&s.devices_up.to_string(), &s.devices_total.to_string()]);
            let wrong = s.devices_up < s.devices_total;
            view! { <span class:mark=wrong class:h=wrong data-testid=id::STATUS_DEVICES>{wrong.then_some("▲ ")}{text}</span> }.into_any()
        })
    };
    let doubts = move || {
        of(&|s| {
            if s.doubts == 0 {
                return ().into_any();
            }
            view! {
                <a class="mark m" href=Route::page(Page::Quality).hash() title=fmt.t(W::DoubtsOpenLong) data-testid=id::STATUS_DOUBTS>
                    "◆ "{fmt.n(W::DqOpen, s.doubts)}</a>
            }
            .into_any()
        })
    };
    let provider = move || {
        of(&|s| {
            match (&s.model_fault, &s.provider) {
            (Some(fault), _) => {
                view! { <span class="mark m" title=fault.clone() data-testid=id::STATUS_PROVIDER>"◆ "{fmt.t(W::ModelUnusable)}</span> }.into_any()
            }
            (None, Some(p)) => view! { <span data-testid=id::STATUS_PROVIDER>{fmt.fill(W::ModelsOn, &[p])}</span> }.into_any(),
            (None, None) => view! { <span data-testid=id::STATUS_PROVIDER>{fmt.t(W::ModelsIdle)}</span> }.into_any(),
        }
        })
    };
    let link = move || {
        match ctx.link.get() {
        Link::Down(since) => {
            view! { <span class="mark h" role="alert" data-testid=id::STATUS_LINK>"▲ "{fmt.fill(W::LinkDownSince, &[&fmt.clock_seconds(Timestamp(since as i64))])}</span> }.into_any()
        }
        _ => ().into_any(),
    }
    };
    view! {
        <footer class="status" data-testid=id::STATUS_BAR>
            {recording}
            {move || of(&|s| view! { <span data-testid=id::STATUS_RATE>{fmt.fill(W::ReadingsPerSecond, &[&format::tenths(i64::from(s.readings_per_s_tenths))])}</span> }.into_any())}
            {devices}
            {doubts}
            {move || of(&|s| if s.shed > 0 { view! { <span class="mark m">"◆ "{fmt.fill(W::ShedCount, &[&format::count(s.shed)])}</span> }.into_any() } else { ().into_any() })}
            {move || of(&|s| if s.jobs > 0 { view! { <a href=Route::page(Page::Data).hash()>{fmt.n(W::JobsRunning, s.jobs)}</a> }.into_any() } else { ().into_any() })}
            {provider}
            {link}
            <span class="gap"></span>
            <button type="button" class="link" title=fmt.t(W::KeyHelp) on:click=move |_| ctx.overlay.set(Overlay::Keys)>"? "{fmt.t(W::Keys)}</button>
            <span data-testid=id::STATUS_CLOCK>{fmt.zone()}" "{move || fmt.clock_seconds(ctx.now.get())}</span>
        </footer>
    }
    .into_any()
}

fn take_back(toast: Toast) {
    let ctx = ctx();
    let Some((ids, _)) = toast.undo else { return };
    ctx.toasts.update(|all| all.retain(|t| t.id != toast.id));
    spawn_local(async move {
        match bridge::send(TakeBackProposals { ids }).await {
            Ok(_) => ctx.say(fmt().t(W::TakenBack)),
            Err(e) => ctx.fail(&e),
        }
    });
}

fn toasts(ctx: Ctx) -> AnyView {
    let fmt = fmt();
    let one = move |toast: Toast| {
        let (class, undo, id) =
            (if toast.failed { "toast failed" } else { "toast" }, toast.undo.clone(), toast.id);
        let held = toast.clone();
        let left = undo.map(|(_, until)| {
            view! {
                <button type="button" class="go" data-testid=id::TOAST_UNDO on:click=move |_| take_back(held.clone())>
                    {fmt.t(W::TakeBack)}<kbd aria-hidden="true">"u"</kbd></button>
                <span class="muted">{move || fmt.fill(W::TimeLeft, &[&fmt.span(until - ctx.now.get())])}</span>
            }
        });
        view! {
            <div class=class role=if toast.failed { "alert" } else { "status" } data-testid=id::TOAST>
                <span>{toast.failed.then_some("▲ ")}{toast.text.clone()}</span>{left}
                <button type="button" class="link" aria-label=fmt.t(W::Close)
                    on:click=move |_| ctx.toasts.update(|all| all.retain(|t| t.id != id))>"×"</button>
            </div>
        }
    };
    view! { <div class="toasts"><For each=move || ctx.toasts.get() key=|t| t.id children=one /></div> }
        .into_any()
}

fn key_list(ctx: Ctx) -> AnyView {
    let fmt = fmt();
    let keys = LIST
        .iter()
        .map(|(key, word)| view! { <tr><td><kbd>{*key}</kbd></td><td>{fmt.t(*word)}</td></tr> })
        .collect_view();
    let pages = Page::ALL
        .iter()
        .map(|p| (p.letter(), p.word()))
        .chain(PARTS.iter().map(|(letter, _, _, word)| (*letter, *word)))
        .map(|(letter, word)| view! { <tr><td><kbd>"g"</kbd>" "<kbd>{letter}</kbd></td><td>{fmt.t(word)}</td></tr> })
        .collect_view();
    request_animation_frame(|| browser::focus("keys-close"));
    view! {
        <div class="veil" on:click=move |_| ctx.overlay.set(Overlay::None)>
            <div class="dialog keys" role="dialog" aria-modal="true" aria-label=fmt.t(W::Keys) data-testid=id::KEYS on:click=|e| e.stop_propagation()>
                <h2>{fmt.t(W::Keys)}</h2>
                <div class="columns"><table><tbody>{keys}</tbody></table><table><tbody>{pages}</tbody></table></div>
                <div class="act"><button type="button" id="keys-close" on:click=move |_| ctx.overlay.set(Overlay::None)>{fmt.t(W::Close)}<kbd aria-hidden="true">"Esc"</kbd></button></div>
            </div>
        </div>
    }
    .into_any()
}

/// The languages' own names, for the switch of Settings.
pub fn languages() -> Vec<(Lang, &'static str)> {
    Lang::ALL.into_iter().map(|l| (l, l.own_name())).collect()
}
