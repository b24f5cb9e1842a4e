//! What is active, shelved and past, the most urgent first.

use super::{actions, split, today};
use crate::columns::{Column, Table, number, text};
use crate::grouping::{split_shelved, stay};
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::parts;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::{self, Long, Row, step, td};
use crate::takeout::these;
use crate::testids as id;
use crate::wording;
use contract::{AlarmId, AlarmRow, ListAlarms};
use leptos::prelude::*;
use units::Timestamp;

/// At most so many past alarms.
const LIMIT: u32 = 500;

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    /// As the host has it: the most urgent first.
    Urgent,
    Title,
    Lasts,
    Raised,
    Room,
}

const COLUMNS: [Column<Sort>; 10] = [
    text("priority", W::Priority, 14).up(Sort::Urgent),
    text("alarm", W::AlarmWord, 130).grows().up(Sort::Title),
    number("now", W::Now, 56),
    number("lasts", W::Lasts, 64).down(Sort::Lasts).hidden(),
    number("raised", W::Raised, 84).down(Sort::Raised).hidden(),
    number("worst", W::Furthest, 60).hidden(),
    number("limit", W::Limit, 56).hidden(),
    text("room", W::Room, 80).up(Sort::Room).hidden(),
    text("device", W::DeviceWord, 80).hidden(),
    text("seen-by", W::SeenBy, 80).hidden(),
];

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let table = Table::new("alarms", &COLUMNS, "priority");
    let tab = Memo::new(move |_| ctx.route.with(|r| r.tab.clone()));
    let open = live(|| Some(ListAlarms { past: false, limit: LIMIT }));
    let past = live(move || (tab.get() == "past").then_some(ListAlarms { past: true, limit: LIMIT }));
    let filter = table.filter();
    let minute = Memo::new(move |_| Timestamp(ctx.now.get().0 / 60_000 * 60_000));
    let error = move || if tab.get() == "past" { past.error.get() } else { open.error.get() };
    let rows = Memo::new(move |_| {
        let needle = filter.get().to_lowercase();
        let all = match tab.get().as_str() {
            "past" => past.data.get()?,
            name => {
                let (active, shelved) =
                    open.data.with(|d| d.as_ref().map(|d| split_shelved(d, minute.get())))?;
                if name == "shelved" { shelved } else { active }
            }
        };
        let mut found: Vec<AlarmRow> = all
            .into_iter()
            .filter(|a| needle.is_empty() || wording::alarm_title(&fmt, a).to_lowercase().contains(&needle))
            .collect();
        let Some((by, reverse)) = table.sort() else { return Some(found) };
        match by {
            Sort::Urgent => {}
            Sort::Title => found.sort_by_cached_key(|a| wording::alarm_title(&fmt, a).to_lowercase()),
            Sort::Lasts => {
                let now = minute.get();
                found.sort_by_key(|a| std::cmp::Reverse(wording::alarm_span(a, now)));
            }
            Sort::Raised => found.sort_by_key(|a| std::cmp::Reverse(a.raised_at)),
            Sort::Room => found.sort_by(|a, b| a.zone_name.cmp(&b.zone_name)),
        }
        if reverse {
            found.reverse();
        }
        Some(found)
    });
    let table = table.takes(W::PageAlarms, move || {
        let call = ListAlarms { past: tab.get_untracked() == "past", limit: LIMIT };
        these(&call, rows.with_untracked(|rows| rows.iter().flatten().map(|a| a.id).collect::<Vec<_>>()))
    });
    let last = StoredValue::new(0usize);
    let chosen = Memo::new(move |_| {
        let wanted = ctx.route.with(|r| r.row.parse().ok().map(AlarmId));
        rows.with(|d| {
            let d = d.as_ref()?;
            let keys: Vec<AlarmId> = d.iter().map(|a| a.id).collect();
            let at = stay(&keys, wanted.as_ref(), last.get_value())?;
            last.set_value(at);
            Some(d[at].clone())
        })
    });
    let by = move |n: i32| {
        let next = rows.with_untracked(|d| {
            let d = d.as_ref()?;
            let at = chosen.with_untracked(|c| c.as_ref().and_then(|c| d.iter().position(|a| a.id == c.id)));
            step(at, n, d.len()).map(|i| d[i].id)
        });
        if let Some(next) = next {
            ctx.choose(next);
        }
        true
    };
    on_act(move |act| {
        let alarm = chosen.get_untracked();
        match (act, alarm) {
            (Act::Move(n), _) => by(n),
            (Act::First, _) => by(i32::MIN / 2),
            (Act::Last, _) => by(i32::MAX / 2),
            (Act::Acknowledge | Act::Open, Some(a)) if a.acknowledged_at.is_none() => {
                actions::acknowledge(&a);
                true
            }
            (Act::Shelve, Some(a)) if a.cleared_at.is_none() => {
                actions::shelve(&a);
                true
            }
            _ => false,
        }
    });
    let counts = Memo::new(move |_| {
        open.data
            .with(|d| d.as_ref().map(|d| split_shelved(d, minute.get())))
            .map(|(a, s)| (a.len() as u64, s.len() as u64))
    });
    let heads = move || {
        let n = counts.get();
        parts::tabs(vec![
            ("", W::TabOpen, n.map(|n| n.0)),
            ("shelved", W::TabShelved, n.map(|n| n.1)),
            ("past", W::TabPast, None),
        ])
    };
    let data = move |i: usize| rows.with(|r| r.as_ref()?.get(i).cloned());
    let row = move |_: usize, a: &AlarmRow| {
        let now = minute.get();
        let of = |key: &'static str| cell(a, key, now);
        let class = if a.acknowledged_at.is_none() { "unseen" } else { "" };
        Row { testid: id::ALARM_ROW, id: a.id.to_string(), class, marked: false, cells: table.cells(of) }
    };
    let total = Signal::derive(move || rows.with(|r| r.as_ref().map_or(0, Vec::len)));
    let at = Signal::derive(move || {
        let key = chosen.with(|c| c.as_ref().map(|c| c.id))?;
        rows.with(|r| r.as_ref()?.iter().position(|a| a.id == key))
    });
    let long = Long { label: fmt.t(W::PageAlarms), total, chosen: at, seen: None, tall: true };
    let body = table::rows(long, data, row, move |i, _| {
        let key = rows.with_untracked(|r| r.as_ref().and_then(|r| r.get(i).map(|a| a.id)));
        if let Some(key) = key {
            ctx.choose(key);
        }
    });
    let waiting = move || rows.with(Option::is_none).then(|| parts::waiting(error()));
    let list = view! {
        {parts::list_head(W::PageAlarms, move || rows.with(|r| r.as_ref().map_or(String::new(), |r| r.len().to_string())))}
        {heads}
        {table.tools(W::FilterAlarms)}
        {waiting}
        {table.boxed(body)}
    }
    .into_any();
    let none = Memo::new(move |_| rows.with(|r| r.as_ref().map(Vec::is_empty)));
    let detail = move || match none.get() {
        None => ().into_any(),
        Some(true) => parts::empty(
            W::EmptyAlarms,
            W::EmptyAlarmsText,
            vec![(W::GoEnvironment, Box::new(move || ctx.go(Route::page(Page::Environment))))],
        ),
        Some(false) => today::alarm_detail(chosen),
    };
    split(list, detail.into_any())
}

fn cell(a: &AlarmRow, key: &'static str, now: Timestamp) -> AnyView {
    let fmt = fmt();
    let value = |v: Option<units::Milli>| v.map(|v| wording::with_unit(v, &a.unit)).unwrap_or_default();
    match key {
        "priority" => view! { <span role="gridcell">{parts::mark(&a.priority)}</span> }.into_any(),
        "now" => td("num", value(a.now)),
        "lasts" => td("num muted", fmt.span(wording::alarm_span(a, now))),
        "raised" => td("num muted", fmt.when(a.raised_at, now)),
        "worst" => td("num", value(a.worst)),
        "limit" => td("num", value(a.limit)),
        "room" => td("ell", a.zone_name.clone().unwrap_or_default()),
        "device" => td("ell", a.device_name.clone().unwrap_or_default()),
        "seen-by" => td("ell muted", a.acknowledged_by.clone().unwrap_or_default()),
        _ => {
            // The value now has a column of its own.
            let line = wording::alarm_line(&fmt, &AlarmRow { now: None, ..a.clone() }, now);
            let title = wording::alarm_title(&fmt, a);
            view! {
                <span role="gridcell" class="two" title=format!("{title}\n{line}")><span class="t ell">{title.clone()}</span><span class="s ell">{line.clone()}</span></span>
            }
            .into_any()
        }
    }
}
