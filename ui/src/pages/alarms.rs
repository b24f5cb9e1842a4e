//! What is active, shelved and past, the most urgent first.

use super::{actions, split, today};
use crate::grouping::{split_shelved, stay};
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::parts;
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::testids as id;
use crate::wording;
use contract::{AlarmId, AlarmRow, ListAlarms};
use leptos::prelude::*;
use units::Timestamp;

/// At most so many past alarms.
const LIMIT: u32 = 500;

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let tab = Memo::new(move |_| ctx.route.with(|r| r.tab.clone()));
    let open = live(|| Some(ListAlarms { past: false, limit: LIMIT }));
    let past = live(move || (tab.get() == "past").then_some(ListAlarms { past: true, limit: LIMIT }));
    let filter = RwSignal::new(String::new());
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
        Some(
            all.into_iter()
                .filter(|a| {
                    needle.is_empty() || wording::alarm_title(&fmt, a).to_lowercase().contains(&needle)
                })
                .collect::<Vec<AlarmRow>>(),
        )
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
    let list_rows = move || match rows.get() {
        None => parts::waiting(error()),
        Some(all) if all.is_empty() => ().into_any(),
        Some(all) => {
            let now = minute.get();
            let on = chosen.with(|c| c.as_ref().map(|c| c.id));
            all.iter().map(|a| alarm_row(a, now, on == Some(a.id))).collect_view().into_any()
        }
    };
    let list = view! {
        {parts::list_head(W::PageAlarms, move || rows.with(|r| r.as_ref().map_or(String::new(), |r| r.len().to_string())))}
        {heads}
        {parts::filter(filter, W::FilterAlarms)}
        <div class="scroll" tabindex="0" role="list" aria-label=fmt.t(W::PageAlarms) data-testid=id::LIST>{list_rows}</div>
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

fn alarm_row(a: &AlarmRow, now: Timestamp, sel: bool) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let key = a.id;
    let value = a.now.map(|v| wording::with_unit(v, &a.unit)).unwrap_or_default();
    let unseen = a.acknowledged_at.is_none();
    view! {
        <div class="row" class:sel=sel class:unseen=unseen role="listitem" aria-current=sel.to_string() data-testid=id::ALARM_ROW data-id=key.to_string()
            on:click=move |_| ctx.choose(key)>
            <span class="g">{parts::mark(&a.priority)}</span>
            <div class="main"><div class="t">{wording::alarm_title(&fmt, a)}</div><div class="s">{wording::alarm_line(&fmt, a, now)}</div></div>
            <div class="v"><b>{value}</b><div class="s">{fmt.span(wording::alarm_span(a, now))}</div></div>
        </div>
    }
    .into_any()
}
