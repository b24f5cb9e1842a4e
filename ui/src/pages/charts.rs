//! Readings looked at closely: up to twenty lines over any time, what happened on them, and what a channel is like.

use super::{habits, split};
use crate::bridge;
use crate::browser;
use crate::dialog::{self, Field};
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::lines::{self, Chosen, Content, Source};
use crate::live::{Live, live, live_at};
use crate::parts::{self, cell, grid};
use crate::route::{Page, Route};
use crate::state::{Ctx, ctx, fmt, on_act};
use crate::testids as id;
use crate::{chart, readings, wording};
use charts::lines::{LINES_MAX, line_hue, line_shape};
use charts::{Chart, Mark, MarkKind, Theme};
use contract::*;
use leptos::prelude::*;
use std::time::Duration;
use units::{Milli, Millis, Timestamp};
use wasm_bindgen_futures::spawn_local;

/// What is looked at: name in the address, and its word.
const LOOKS: [(&str, W); 6] = [
    ("", W::LookLines),
    ("hours", W::LookHours),
    ("days", W::LookDays),
    ("profile", W::LookProfile),
    ("duration", W::LookDuration),
    ("correlation", W::LookCorrelation),
];

/// Rows of the table of numbers on the page at a time.
const TABLE_ROWS: usize = 100;

/// Channels as the address has them: `3,7,12`.
fn parse(row: &str) -> Vec<ChannelId> {
    let mut ids: Vec<ChannelId> = Vec::new();
    for id in row.split(',').filter_map(|n| n.trim_start_matches('c').parse().ok()).map(ChannelId) {
        if !ids.contains(&id) && ids.len() < LINES_MAX {
            ids.push(id);
        }
    }
    ids
}

fn joined(ids: &[ChannelId]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn choose(ctx: Ctx, ids: &[ChannelId]) {
    ctx.choose(joined(ids));
}

fn toggle(ctx: Ctx, channel: ChannelId) {
    let mut ids = ctx.route.with_untracked(|r| parse(&r.row));
    match ids.iter().position(|id| *id == channel) {
        Some(at) => {
            ids.remove(at);
        }
        None if ids.len() < LINES_MAX => ids.push(channel),
        None => {
            ctx.say(fmt().fill(W::LinesMost, &[&LINES_MAX.to_string()]));
            return;
        }
    }
    choose(ctx, &ids);
}

/// The channels of an address with what is known of them, in its order.
fn chosen_of(zones: &[ZoneRow], ids: &[ChannelId]) -> Vec<Chosen> {
    let all: Vec<(&ZoneRow, &ChannelRow)> =
        zones.iter().flat_map(|z| z.channels.iter().map(move |c| (z, c))).collect();
    let found = ids.iter().filter_map(|id| all.iter().find(|(_, c)| c.channel == *id));
    found
        .enumerate()
        .map(|(style, (zone, c))| {
            let again = all.iter().filter(|(_, other)| other.name == c.name).count() > 1;
            let name = if again && !zone.name.is_empty() {
                format!("{} · {}", zone.name, c.name)
            } else {
                c.name.clone()
            };
            Chosen { channel: c.channel, name, unit: c.unit.clone(), low: c.low, high: c.high, style }
        })
        .collect()
}

/// Two units a chart; a third begins another below it.
fn panes(chosen: &[Chosen]) -> Vec<Vec<Chosen>> {
    let mut units: Vec<&str> = Vec::new();
    for one in chosen {
        if !units.contains(&one.unit.as_str()) {
            units.push(&one.unit);
        }
    }
    units
        .chunks(2)
        .map(|pair| chosen.iter().filter(|c| pair.contains(&c.unit.as_str())).cloned().collect())
        .collect()
}

fn mark_kind(row: &MarkRow) -> MarkKind {
    match row.priority.as_deref() {
        Some("critical") => MarkKind::Critical,
        Some("high") => MarkKind::High,
        Some("medium") => MarkKind::Medium,
        Some(_) => MarkKind::Low,
        None => MarkKind::Event,
    }
}

fn drawn_marks(rows: &[MarkRow], of: &[Chosen]) -> Vec<Mark> {
    rows.iter()
        .filter(|row| row.channel.is_none_or(|c| of.iter().any(|l| l.channel == c)))
        .map(|row| {
            // A line that is alone is named below.
            let alone = of.len() == 1 && row.channel.is_some();
            let label = if alone { wording::event(&fmt(), row) } else { wording::event_of(&fmt(), row) };
            Mark { t_ms: row.at.0, kind: mark_kind(row), label }
        })
        .collect()
}

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let zones = live_at(|| Duration::from_secs(10), || Some(ListZones {}));
    let views = live(|| Some(ListChartViews {}));
    let ids = Memo::new(move |_| ctx.route.with(|r| parse(&r.row)));
    let chosen = Memo::new(move |_| {
        let ids = ids.get();
        zones.data.with(|z| z.as_ref().map(|z| chosen_of(z, &ids)))
    });
    let compare = RwSignal::new(false);
    // Nothing chosen yet: the room nearest to a limit is a start.
    let started = StoredValue::new(false);
    Effect::new(move |_| {
        let first = zones.data.with(|z| {
            z.as_ref().map(|z| {
                let limited = |c: &&ChannelRow| c.low.is_some() || c.high.is_some();
                z.iter()
                    .flat_map(|z| &z.channels)
                    .filter(limited)
                    .take(3)
                    .map(|c| c.channel)
                    .collect::<Vec<_>>()
            })
        });
        if let Some(first) = first
            && !started.get_value()
        {
            started.set_value(true);
            if ids.with_untracked(Vec::is_empty) && !first.is_empty() {
                choose(ctx, &first);
            }
        }
    });
    let filter = RwSignal::new(String::new());
    let list = list(zones, views, ids, filter, compare);
    let look = Memo::new(move |_| ctx.route.with(|r| r.tab.clone()));
    let none =
        Memo::new(move |_| zones.data.with(|z| z.as_ref().map(|z| z.iter().all(|z| z.channels.is_empty()))));
    let source = Source::new();
    let some = Memo::new(move |_| chosen.with(|c| c.as_ref().map(|c| !c.is_empty())));
    let tick = Memo::new(move |_| Timestamp(ctx.now.get().0 / 15_000 * 15_000));
    let detail = move || match (none.get(), some.get()) {
        (Some(true), _) => parts::empty(
            W::EmptyEnvironment,
            W::EmptyEnvironmentText,
            vec![(W::GoDevices, Box::new(move || ctx.go(Route::page(Page::Devices))))],
        ),
        (_, Some(true)) => {
            let look = look.get();
            let body = if look.is_empty() {
                lines_view(source, chosen, compare, tick.into())
            } else {
                habits::view(&look, chosen, tick.into())
            };
            view! { {tools(chosen, compare, views)}{body} }.into_any()
        }
        (Some(false), Some(false)) => parts::empty(W::ChartsNone, W::ChartsNoneText, vec![]),
        _ => parts::waiting(zones.error.get()),
    };
    on_act(move |act| match act {
        Act::Move(n) => {
            browser::step_focus("chart-channel", n);
            true
        }
        _ => false,
    });
    let _ = fmt;
    split(list, detail.into_any())
}

fn list(
    zones: Live<Vec<ZoneRow>>,
    views: Live<Vec<ChartView>>,
    ids: Memo<Vec<ChannelId>>,
    filter: RwSignal<String>,
    compare: RwSignal<bool>,
) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let kept = move || {
        let all = views.data.get().unwrap_or_default();
        (!all.is_empty()).then(|| {
            let rows = all
                .into_iter()
                .map(|v| {
                    let (open, name) = (v.clone(), v.name.clone());
                    view! {
                        <div class="view-row">
                            <button type="button" class="link ell" data-testid=id::VIEW_OPEN data-id=v.name.clone() on:click=move |_| restore(ctx, &open, compare)>{v.name.clone()}</button>
                            <button type="button" class="link" aria-label=fmt.fill(W::ViewForget, &[&v.name]) title=fmt.fill(W::ViewForget, &[&v.name])
                                on:click=move |_| forget(name.clone(), views)>"×"</button>
                        </div>
                    }
                })
                .collect_view();
            view! { <div class="sect">{fmt.t(W::Views)}</div>{rows} }
        })
    };
    let rows = move || match zones.data.get() {
        None => parts::waiting(zones.error.get()),
        Some(all) => {
            let needle = filter.get().to_lowercase();
            let mut all = all;
            all.sort_by(|a, b| a.name.cmp(&b.name));
            all.iter()
                .filter_map(|z| {
                    let room = if z.name.is_empty() { fmt.t(W::NoRoom).to_owned() } else { z.name.clone() };
                    let hit = |c: &&ChannelRow| {
                        needle.is_empty()
                            || room.to_lowercase().contains(&needle)
                            || c.name.to_lowercase().contains(&needle)
                            || c.unit.to_lowercase().contains(&needle)
                    };
                    let rows: Vec<_> = z.channels.iter().filter(hit).map(|c| channel_row(c, ids)).collect();
                    (!rows.is_empty()).then(|| view! { <div class="sect">{room}</div>{rows.collect_view()} })
                })
                .collect_view()
                .into_any()
        }
    };
    view! {
        {parts::list_head(W::PageCharts, move || fmt.fill(W::LinesOf, &[&ids.with(Vec::len).to_string(), &LINES_MAX.to_string()]))}
        {parts::filter(filter, W::FilterChannels)}
        <div class="scroll" role="group" aria-label=fmt.t(W::PageCharts) data-testid=id::LIST>{kept}{rows}</div>
    }
    .into_any()
}

fn channel_row(c: &ChannelRow, ids: Memo<Vec<ChannelId>>) -> AnyView {
    let ctx = ctx();
    let channel = c.channel;
    let place = Memo::new(move |_| ids.with(|ids| ids.iter().position(|id| *id == channel)));
    let mark = move || {
        place.get().map(|n| {
            let hue = line_hue(&chart::theme(ctx.dark.get(), 1.0), n).css();
            view! { <span style:color=hue aria-hidden="true">{line_shape(n).char()}</span> }
        })
    };
    view! {
        <label class="channel-row" class:sel=move || place.get().is_some() data-testid=id::CHART_CHANNEL data-id=channel.to_string()>
            <input type="checkbox" class="chart-channel" prop:checked=move || place.get().is_some() on:change=move |_| toggle(ctx, channel)/>
            <span class="ell">{c.alarm.then(|| parts::mark(&c.priority))}{c.alarm.then_some(" ")}{c.name.clone()}</span>
            <span class="muted">{c.unit.clone()}</span>
            <span class="shape">{mark}</span>
        </label>
    }
    .into_any()
}

fn restore(ctx: Ctx, view: &ChartView, compare: RwSignal<bool>) {
    compare.set(view.compare);
    match (view.from, view.to, view.span) {
        (Some(from), Some(to), _) => lines::go_to(ctx, from.0 as f64, to.0 as f64),
        (_, _, Some(span)) => match crate::prefs::Window::ALL.into_iter().find(|w| w.span() == span) {
            Some(window) => {
                ctx.zoom.set(None);
                ctx.window.set(window);
            }
            None => {
                let now = ctx.now.get_untracked();
                lines::go_to(ctx, (now - span).0 as f64, now.0 as f64);
            }
        },
        _ => {}
    }
    let tab = if view.look == "lines" { String::new() } else { view.look.clone() };
    ctx.go(Route { page: Page::Charts, row: joined(&view.channels), tab });
}

fn forget(name: String, views: Live<Vec<ChartView>>) {
    let ctx = ctx();
    spawn_local(async move {
        match bridge::send(RemoveChartView { name: name.clone() }).await {
            Ok(_) => {
                ctx.say(fmt().fill(W::ViewForgotten, &[&name]));
                views.refresh();
            }
            Err(e) => ctx.fail(&e),
        }
    });
}

fn keep(chosen: Memo<Option<Vec<Chosen>>>, compare: RwSignal<bool>, views: Live<Vec<ChartView>>) {
    let (ctx, fmt) = (ctx(), fmt());
    let channels: Vec<ChannelId> = chosen.with_untracked(|c| c.iter().flatten().map(|l| l.channel).collect());
    let look = ctx.route.with_untracked(|r| r.tab.clone());
    let follows = ctx.zoom.get_untracked().is_none();
    let (from, to) = untrack(|| ctx.time_span(ctx.now.get_untracked()));
    dialog::ask(
        fmt.t(W::ViewKeepTitle),
        fmt.t(W::ViewKeepText),
        W::ViewKeep,
        vec![Field::text("name", W::ViewName, "").needed()],
        move |values| {
            let view = ChartView {
                name: values.first().cloned().unwrap_or_default(),
                channels: channels.clone(),
                span: follows.then(|| ctx.window.get_untracked().span()),
                from: (!follows).then_some(from),
                to: (!follows).then_some(to),
                compare: compare.get_untracked(),
                look: if look.is_empty() { "lines".into() } else { look.clone() },
            };
            async move {
                let name = view.name.clone();
                bridge::send(SaveChartView { view }).await?;
                ctx.say(crate::state::fmt().fill(W::ViewKept, &[&name]));
                views.refresh();
                Ok(())
            }
        },
    );
}

/// An instant as a field of date and time has it, and back.
fn field_of(at: i64, offset_minutes: i32) -> String {
    let local = Timestamp(at + i64::from(offset_minutes) * 60_000);
    let ms = local.0.rem_euclid(86_400_000);
    format!("{}T{:02}:{:02}", local.utc_day(), ms / 3_600_000, ms / 60_000 % 60)
}

fn instant_of(text: &str, offset_minutes: i32) -> Option<i64> {
    let (day, time) = text.split_once('T')?;
    let mut parts = day.splitn(3, '-').map(str::parse::<i32>);
    let (year, month, date) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let day = units::Day::from_civil(year, u32::try_from(month).ok()?, u32::try_from(date).ok()?)?;
    let mut clock = time.splitn(3, ':').map(str::parse::<i64>);
    let (hour, minute) = (clock.next()?.ok()?, clock.next()?.ok()?);
    Some(day.utc_midnight().0 + (hour * 60 + minute - i64::from(offset_minutes)) * 60_000)
}

/// Looks, span, comparison, views.
fn tools(chosen: Memo<Option<Vec<Chosen>>>, compare: RwSignal<bool>, views: Live<Vec<ChartView>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let looks = LOOKS
        .into_iter()
        .map(|(name, word)| {
            let on = move || ctx.route.with(|r| r.tab == name);
            let press = move |_| {
                let row = ctx.route.with_untracked(|r| r.row.clone());
                ctx.go(Route { page: Page::Charts, row, tab: name.to_owned() });
            };
            view! {
                <button type="button" role="tab" class="tab" class:on=on aria-selected=move || on().to_string()
                    data-testid=id::CHART_LOOK data-look=if name.is_empty() { "lines" } else { name } on:click=press>{fmt.t(word)}</button>
            }
        })
        .collect_view();
    let tick = Memo::new(move |_| Timestamp(ctx.now.get().0 / 60_000 * 60_000));
    let ends = Memo::new(move |_| ctx.time_span(tick.get()));
    let set = move |first: bool, text: String| {
        let Some(at) = instant_of(&text, fmt.offset_minutes) else { return };
        let (from, to) = ends.get_untracked();
        let (from, to) = if first { (at, to.0.max(at + 60_000)) } else { (from.0.min(at - 60_000), at) };
        lines::go_to(ctx, from as f64, to as f64);
    };
    let lines_look = move || ctx.route.with(|r| r.tab.is_empty());
    view! {
        <div class="chart-tools">
            <div class="tabs" role="tablist">{looks}</div>
            <div class="chart-span">
                <label>{fmt.t(W::FirstDay)}" "<input type="datetime-local" data-testid=id::CHART_FROM prop:value=move || field_of(ends.get().0.0, fmt.offset_minutes)
                    on:change=move |e| set(true, event_target_value(&e))/></label>
                <label>{fmt.t(W::Until)}" "<input type="datetime-local" data-testid=id::CHART_TO prop:value=move || field_of(ends.get().1.0, fmt.offset_minutes)
                    on:change=move |e| set(false, event_target_value(&e))/></label>
                <span class="muted">{fmt.zone()}</span>
                <label class:hidden=move || !lines_look()><input type="checkbox" data-testid=id::CHART_COMPARE prop:checked=move || compare.get()
                    on:change=move |e| compare.set(event_target_checked(&e))/>" "{fmt.t(W::CompareWeek)}</label>
                <span class="gap"></span>
                {parts::button(fmt.t(W::ViewKeepDots), "", id::VIEW_KEEP, move || keep(chosen, compare, views))}
            </div>
        </div>
    }
    .into_any()
}

fn lines_view(
    source: Source,
    chosen: Memo<Option<Vec<Chosen>>>,
    compare: RwSignal<bool>,
    tick: Signal<Timestamp>,
) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let cross = RwSignal::new(None::<f64>);
    let as_table = RwSignal::new(false);
    let all = Memo::new(move |_| chosen.get().unwrap_or_default());
    let rest = Memo::new(move |_| ctx.time_span(tick.get()));
    let marks = live(move || {
        let channels: Vec<ChannelId> = all.with(|c| c.iter().map(|l| l.channel).collect());
        let (from, to) = rest.get();
        // A little more than what is shown: events do not blink at the edges while it moves.
        let over = Millis((to - from).0 / 2);
        (!channels.is_empty()).then(|| ListMarks { channels, from: from - over, to: to + over })
    });
    let mark_rows = Memo::new(move |_| marks.data.get().unwrap_or_default());
    let count = Memo::new(move |_| all.with(|c| panes(c).len()));
    let height = Signal::derive(move || {
        let room = window().inner_height().ok().and_then(|h| h.as_f64()).unwrap_or(800.0);
        let lines = all.with(Vec::len) as f64;
        // What is below, the names and values, should be in sight as well.
        let below = 300.0 + (lines / 3.0).ceil() * 22.0;
        ((room - below) / count.get().max(1) as f64).max(220.0)
    });
    let jump = move |by: i32| {
        let (from, to) = rest.get_untracked();
        let at = cross.get_untracked().map_or(if by > 0 { from.0 } else { to.0 }, |t| t as i64);
        let next = mark_rows.with_untracked(|rows| {
            let inside = rows.iter().map(|r| r.at.0).filter(|t| *t >= from.0 && *t <= to.0);
            if by > 0 { inside.filter(|t| *t > at).min() } else { inside.filter(|t| *t < at).max() }
        });
        if let Some(next) = next {
            cross.set(Some(next as f64));
        }
    };
    let flip = move || as_table.update(|t| *t = !*t);
    let drawn = move || {
        (0..count.get())
            .map(|n| {
                let content = Memo::new(move |_| {
                    let lines = all.with(|c| panes(c).into_iter().nth(n).unwrap_or_default());
                    let marks = mark_rows.with(|rows| drawn_marks(rows, &lines));
                    Content { lines, compare: compare.get(), marks }
                });
                lines::pane(source, content, tick, cross, height, jump, flip)
            })
            .collect_view()
    };
    let zoomed = Memo::new(move |_| ctx.zoom.with(Option::is_some));
    let caption = move || format!("{} · {}", fmt.t(W::SourceSeries), fmt.zone());
    let failed = move || source.error.get().map(|e| parts::error(&e));
    view! {
        {failed}
        <figure class="card chart">
            <div class:hidden=move || as_table.get()>{drawn}</div>
            {move || as_table.get().then(|| numbers(source, all, rest, height))}
            {legend(source, all, cross, tick)}
            <figcaption>
                <span>{caption}</span>
                <span class="chart-side">
                    {move || zoomed.get().then(|| parts::plain_button(move || fmt.t(W::ChartReset), id::CHART_RESET, move || ctx.zoom.set(None)))}
                    {parts::plain_button(move || fmt.t(if as_table.get() { W::ShowChart } else { W::ShowTable }), id::CHART_TABLE_TOGGLE, flip)}
                    {parts::plain_button(move || fmt.t(W::SavePng), id::EXPORT_PNG, move || export_png(source, all, compare, mark_rows, rest))}
                    {parts::plain_button(move || fmt.t(W::SaveSvg), id::EXPORT_SVG, move || export_svg(source, all, compare, mark_rows, rest))}
                    {parts::plain_button(move || fmt.t(W::SaveCsv), id::EXPORT_CSV, move || export_csv(all, rest))}
                </span>
            </figcaption>
        </figure>
        {events(mark_rows, rest, cross)}
    }
    .into_any()
}

/// Names, hues, shapes; the value of each at the crosshair, or the newest.
fn legend(
    source: Source,
    all: Memo<Vec<Chosen>>,
    cross: RwSignal<Option<f64>>,
    tick: Signal<Timestamp>,
) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let span = lines::span_now(ctx, tick);
    let px = move || {
        ((window().inner_width().ok().and_then(|w| w.as_f64()).unwrap_or(1280.0)) * chart::ratio()) as u32
    };
    let said = Memo::new(move |_| {
        source.version.track();
        let span = span.get();
        let at = cross.get().unwrap_or_else(|| span.1.min(ctx.now.get_untracked().0 as f64));
        all.with(|c| c.iter().map(|l| lines::said(source, l, at as i64, span, px())).collect::<Vec<_>>())
    });
    let head = move || {
        let (from, to) = span.get();
        match cross.get() {
            Some(t) if t >= from && t <= to => {
                let at = Timestamp(t as i64);
                let exact = if to - from < 600_000.0 {
                    format!("{}.{:03}", fmt.stamp(at), at.0.rem_euclid(1000))
                } else {
                    fmt.stamp(at)
                };
                format!("{exact} {}", fmt.zone())
            }
            _ => fmt.t(W::CrossNone).to_owned(),
        }
    };
    let rows = move || {
        all.get()
            .into_iter()
            .enumerate()
            .map(|(n, line)| {
                let hue = move || line_hue(&chart::theme(ctx.dark.get(), 1.0), line.style).css();
                let one = Memo::new(move |_| said.with(|s| s.get(n).cloned().unwrap_or_default()));
                let limits = wording::limits(line.low, line.high);
                view! {
                    <li data-testid=id::LEGEND_LINE data-id=line.channel.to_string() class:doubtful=move || one.with(|o| o.doubted)>
                        <span class="shape" style:color=hue aria-hidden="true">{line_shape(line.style).char()}</span>
                        <span class="ell" title=format!("{} {limits}", line.name)>{line.name.clone()}</span>
                        <b class:mark=move || one.with(|o| o.outside) class:c=move || one.with(|o| o.outside)>
                            {move || one.with(|o| if o.outside { format!("■ {}", o.value) } else { o.value.clone() })}</b>
                        <span class="u">{line.unit.clone()}</span>
                        <span class="muted nowrap">{move || one.with(|o| o.range.clone())}
                            {move || one.with(|o| o.doubted).then(|| format!(" {}", fmt.t(W::QualitySuspect)))}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <div class="legend" data-testid=id::LEGEND>
            <div class="muted" role="status" data-testid=id::CROSS_TIME>{head}</div>
            <ul>{rows}</ul>
        </div>
    }
    .into_any()
}

/// The numbers of what is shown: a row a bucket, a column a line.
fn numbers(
    source: Source,
    all: Memo<Vec<Chosen>>,
    rest: Memo<(Timestamp, Timestamp)>,
    height: Signal<f64>,
) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let first = RwSignal::new(0usize);
    let table = Memo::new(move |_| {
        source.version.track();
        let (from, to) = rest.get();
        let content = Content { lines: all.get(), compare: false, marks: Vec::new() };
        let chart = content.chart(source, (from.0, to.0), 320, ctx.now.get_untracked(), &fmt);
        let mut times: Vec<i64> =
            chart.lines.iter().flat_map(|l| l.series.points.iter().flatten().map(|p| p.t_ms)).collect();
        times.sort_unstable();
        times.dedup();
        times.retain(|t| *t >= from.0 && *t < to.0);
        (times, chart)
    });
    let rows = move || {
        table.with(|(times, chart)| {
            let page = times.iter().skip(first.get()).take(TABLE_ROWS);
            page.map(|t| {
                let cells = chart
                    .lines
                    .iter()
                    .map(|line| {
                        let points = &line.series.points;
                        let found = points.iter().flatten().find(|p| p.t_ms == *t);
                        let text = found.map_or(String::new(), |p| {
                            let one = |v: f64| format::decimal(Milli::from_f64(v).0, 2);
                            if p.min == p.max {
                                one(p.value)
                            } else {
                                format!("{} ({}–{})", one(p.value), one(p.min), one(p.max))
                            }
                        });
                        let wrong = found.is_some_and(|p| {
                            line.high.is_some_and(|h| p.max > h) || line.low.is_some_and(|l| p.min < l)
                        });
                        let text = if wrong { format!("■ {text}") } else { text };
                        view! { <td class:mark=wrong class:c=wrong>{text}</td> }
                    })
                    .collect_view();
                view! { <tr><td class="nowrap">{fmt.stamp(Timestamp(*t))}</td>{cells}</tr> }
            })
            .collect_view()
        })
    };
    let heads = move || {
        all.get()
            .into_iter()
            .map(|l| view! { <th scope="col">{format!("{} ({})", l.name, l.unit)}</th> })
            .collect_view()
    };
    let total = move || table.with(|(times, _)| times.len());
    let turn = move |by: isize| {
        let at = first.get_untracked().saturating_add_signed(by);
        if at < total() {
            first.set(at);
        }
    };
    view! {
        <div class="chart-table" tabindex="0" style:height=move || format!("{}px", height.get()) data-testid=id::CHART_TABLE>
            <table><thead><tr><th scope="col">{format!("{} ({})", fmt.t(W::Time), fmt.zone())}</th>{heads}</tr></thead><tbody>{rows}</tbody></table>
        </div>
        <div class="chart-pages muted">
            {parts::plain_button(move || fmt.t(W::Earlier), id::TABLE_BACK, move || turn(-(TABLE_ROWS as isize)))}
            <span>{move || fmt.fill(W::RowsOf, &[&(first.get() + 1).min(total().max(1)).to_string(), &(first.get() + TABLE_ROWS).min(total()).to_string(), &total().to_string()])}</span>
            {parts::plain_button(move || fmt.t(W::Later), id::TABLE_ON, move || turn(TABLE_ROWS as isize))}
        </div>
    }
    .into_any()
}

/// What happened in the span shown.
fn events(
    marks: Memo<Vec<MarkRow>>,
    rest: Memo<(Timestamp, Timestamp)>,
    cross: RwSignal<Option<f64>>,
) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let rows = move || {
        let (from, to) = rest.get();
        let now = ctx.now.get_untracked();
        let inside = marks.get().into_iter().filter(|m| {
            m.at < to && (m.at >= from || wording::event_lasts(m) && m.until.is_none_or(|u| u >= from))
        });
        let mut inside: Vec<MarkRow> = inside.collect();
        inside.reverse();
        let total = inside.len();
        let rows: Vec<_> = inside
            .into_iter()
            .take(50)
            .map(|m| {
                let at = m.at;
                let lasted = match m.until {
                    Some(until) => fmt.span(until - m.at),
                    None if wording::event_lasts(&m) => fmt.t(W::Ongoing).to_owned(),
                    None => String::new(),
                };
                let show = move || {
                    cross.set(Some(at.0 as f64));
                    let (from, to) = rest.get_untracked();
                    if at < from || at >= to {
                        let half = (to - from).0 / 2;
                        lines::go_to(ctx, (at.0 - half) as f64, (at.0 + half) as f64);
                    }
                };
                let mark = m.priority.as_deref().map(parts::mark);
                (
                    at.0.to_string(),
                    vec![
                        view! { <button type="button" class="link" data-testid=id::EVENT_SHOW on:click=move |_| show()>{fmt.when(at, now)}</button> }.into_any(),
                        view! { {mark}" "{wording::event(&fmt, &m)} }.into_any(),
                        cell(m.name.clone()),
                        cell(lasted),
                    ],
                )
            })
            .collect();
        if total == 0 {
            return view! { <p class="muted">{fmt.t(W::NoEvents)}</p> }.into_any();
        }
        let heads = [(W::Time, false), (W::Event, false), (W::Channel, false), (W::Lasted, true)];
        view! { {grid(W::Events, &heads, rows, id::EVENT_ROW)} }.into_any()
    };
    view! { <section class="card"><h3>{fmt.t(W::Events)}</h3>{rows}</section> }.into_any()
}

fn picture_of(
    source: Source,
    all: Memo<Vec<Chosen>>,
    compare: RwSignal<bool>,
    marks: Memo<Vec<MarkRow>>,
    rest: Memo<(Timestamp, Timestamp)>,
) -> Vec<charts::LinesChart> {
    let (ctx, fmt) = (ctx(), fmt());
    let (from, to) = rest.get_untracked();
    all.with_untracked(|c| panes(c))
        .into_iter()
        .map(|lines| {
            let marks = marks.with_untracked(|rows| drawn_marks(rows, &lines));
            let content = Content { lines, compare: compare.get_untracked(), marks };
            let mut chart = content.chart(source, (from.0, to.0), 1280, ctx.now.get_untracked(), &fmt);
            let site = ctx.site.with_untracked(|s| s.as_ref().map(|s| s.name.clone()).unwrap_or_default());
            chart.title = format!("{site} · {} – {} {}", fmt.stamp(from), fmt.stamp(to), fmt.zone());
            chart.legend = true;
            chart
        })
        .collect()
}

/// The name of a file of what is shown, without its ending.
fn file_name(rest: Memo<(Timestamp, Timestamp)>) -> String {
    let fmt = fmt();
    let (from, to) = rest.get_untracked();
    format!("chart-{}-{}", fmt.day_of(from), fmt.day_of(to))
}

const PICTURE: (u32, u32) = (1280, 560);

/// The print colours on white, in a screen's font.
fn paper() -> Theme {
    Theme { panel: Some(charts::Rgb(255, 255, 255)), font_px: 11.0, ..Theme::light() }
}

fn hand_over(name: String, media: &str, bytes: &[u8]) {
    let ctx = ctx();
    let file = FileReply { name, media: media.to_owned(), base64: crate::base64::encode(bytes) };
    save(ctx, file);
}

fn save(ctx: Ctx, file: FileReply) {
    spawn_local(async move {
        let name = file.name.clone();
        match bridge::save(file).await {
            Ok(path) => ctx.say(fmt().fill(W::SavedFile, &[path.as_deref().unwrap_or(&name)])),
            Err(e) => ctx.fail(&e),
        }
    });
}

fn export_svg(
    source: Source,
    all: Memo<Vec<Chosen>>,
    compare: RwSignal<bool>,
    marks: Memo<Vec<MarkRow>>,
    rest: Memo<(Timestamp, Timestamp)>,
) {
    for (chart, name) in named(picture_of(source, all, compare, marks, rest), rest) {
        let svg = charts::to_svg(&chart, PICTURE, &paper());
        hand_over(format!("{name}.svg"), "image/svg+xml", svg.as_bytes());
    }
}

fn export_png(
    source: Source,
    all: Memo<Vec<Chosen>>,
    compare: RwSignal<bool>,
    marks: Memo<Vec<MarkRow>>,
    rest: Memo<(Timestamp, Timestamp)>,
) {
    for (chart, name) in named(picture_of(source, all, compare, marks, rest), rest) {
        save_png(&chart, format!("{name}.png"));
    }
}

/// Each picture with the name of its file; several are numbered.
fn named<C>(many: Vec<C>, rest: Memo<(Timestamp, Timestamp)>) -> Vec<(C, String)> {
    let several = many.len() > 1;
    let name = |n: usize| if several { format!("{}-{}", file_name(rest), n + 1) } else { file_name(rest) };
    many.into_iter().enumerate().map(|(n, chart)| (chart, name(n))).collect()
}

/// Any chart as a PNG, at twice the pixels of a screen.
pub fn save_png<C: Chart>(chart: &C, name: String) {
    let ctx = ctx();
    match lines::picture(chart, PICTURE, &paper().with_scale(2.0)) {
        Ok(canvas) => browser::png(&canvas, move |bytes| match bytes {
            Some(bytes) => hand_over(name, "image/png", &bytes),
            None => ctx.say(fmt().t(W::PictureFailed)),
        }),
        Err(e) => {
            leptos::logging::warn!("a picture was not made: {e}");
            ctx.say(fmt().t(W::PictureFailed));
        }
    }
}

/// Any chart as an SVG.
pub fn save_svg<C: Chart>(chart: &C, name: String) {
    hand_over(name, "image/svg+xml", charts::to_svg(chart, PICTURE, &paper()).as_bytes());
}

/// A chart's numbers as CSV; text that a spreadsheet would run gets an apostrophe.
pub fn save_table(table: &charts::Table, name: String) {
    let mut text = String::from("\u{feff}");
    for row in std::iter::once(&table.header).chain(&table.rows) {
        let cells: Vec<String> = row.iter().map(|cell| csv_cell(cell)).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    hand_over(name, "text/csv", text.as_bytes());
}

fn csv_cell(text: &str) -> String {
    // The minus of a chart is not the one of a spreadsheet.
    let plain = text.replace('−', "-").replace('\u{a0}', " ");
    let number = plain.parse::<f64>().is_ok();
    let safe = if !number && plain.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{plain}")
    } else {
        plain
    };
    if safe.contains([',', '"', '\n', '\r']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

fn export_csv(all: Memo<Vec<Chosen>>, rest: Memo<(Timestamp, Timestamp)>) {
    let ctx = ctx();
    let (from, to) = rest.get_untracked();
    let channels: Vec<ChannelId> = all.with_untracked(|c| c.iter().map(|l| l.channel).collect());
    let language = fmt().lang.contract();
    spawn_local(async move {
        match bridge::send(ExportSeries { channels, from, to, language }).await {
            Ok(file) => save(ctx, file),
            Err(e) => ctx.fail(&e),
        }
    });
}

/// The span that the habits of a channel are taken over.
pub fn habit_span(ctx: Ctx, tick: Signal<Timestamp>) -> Memo<(Timestamp, Timestamp)> {
    Memo::new(move |_| {
        let (from, to) = ctx.time_span(tick.get());
        // Whole quarters of an hour: a clock that ticks does not ask anew.
        let step = 900_000;
        let now = readings::window(Millis(step), tick.get()).1;
        (Timestamp(from.0 / step * step), Timestamp((to.0 + step - 1) / step * step).min(now + Millis(step)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel(id: i64, name: &str, unit: &str) -> ChannelRow {
        ChannelRow {
            channel: ChannelId(id),
            name: name.into(),
            code: String::new(),
            unit: unit.into(),
            low: None,
            high: None,
            recovery_band: Milli(0),
            delay: Millis(0),
            priority: "high".into(),
            latest: None,
            minutes_to_limit: None,
            alarm: false,
            stale: false,
        }
    }

    #[test]
    fn an_address_holds_the_lines() {
        assert_eq!(parse("3,c7,x,3"), [ChannelId(3), ChannelId(7)]);
        assert_eq!(parse(""), []);
        assert_eq!(joined(&parse("1,2")), "1,2");
        let many = (0..50).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(parse(&many).len(), LINES_MAX);
    }

    #[test]
    fn a_third_unit_begins_another_chart() {
        let zone = |name: &str, channels| ZoneRow {
            zone: None,
            name: name.into(),
            area_m2: None,
            mkt_24h: None,
            mkt_unit: String::new(),
            excursions_7d: 0,
            channels,
        };
        let zones = [
            zone("A", vec![channel(1, "T", "°C"), channel(2, "H", "%")]),
            zone("B", vec![channel(3, "T", "°C"), channel(4, "P", "kW")]),
        ];
        let chosen = chosen_of(&zones, &parse("4,3,2,1,9"));
        assert_eq!(
            chosen.iter().map(|c| (c.name.as_str(), c.style)).collect::<Vec<_>>(),
            [("P", 0), ("B · T", 1), ("H", 2), ("A · T", 3)]
        );
        let panes = panes(&chosen);
        assert_eq!(panes.iter().map(Vec::len).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(panes[1][0].name, "H");
    }

    #[test]
    fn a_field_of_date_and_time_comes_back() {
        for offset in [0, 480, -210] {
            let at = 1_795_316_400_000;
            assert_eq!(instant_of(&field_of(at, offset), offset), Some(at));
        }
        assert_eq!(instant_of("", 0), None);
        assert_eq!(instant_of("2026-13-01T00:00", 0), None);
    }

    #[test]
    fn cells_are_not_formulas() {
        for (text, cell) in
            [("=A1", "'=A1"), ("−3.5", "-3.5"), ("a,b", "\"a,b\""), ("-x", "'-x"), ("4.0", "4.0")]
        {
            assert_eq!(csv_cell(text), cell);
        }
    }
}
