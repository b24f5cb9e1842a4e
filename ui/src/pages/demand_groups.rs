//! The total and the categories: what is expected of items taken together, which agrees with what is expected of each.

use super::demand::{picture, reason};
use crate::chart::chart;
use crate::format;
use crate::i18n::W;
use crate::live::live;
use crate::parts::{self, cell, grid};
use crate::state::fmt;
use crate::testids as id;
use contract::*;
use leptos::prelude::*;

/// Groups listed; more are found by their items.
const SHOWN: usize = 30;

/// The card: a line a group, and the picture of the one chosen.
pub fn card(grain: RwSignal<Grain>) -> AnyView {
    let fmt = fmt();
    let list = live(move || Some(ListDemandGroups { grain: grain.get() }));
    let chosen = RwSignal::new(None::<DemandGroup>);
    let one = live(move || chosen.get().map(|group| GetDemandGroup { group, grain: grain.get() }));
    let name = move |group: &DemandGroup| match group {
        DemandGroup::Total => fmt.t(W::GroupTotal).to_owned(),
        DemandGroup::Category(name) if name.is_empty() => fmt.t(W::GroupNone).to_owned(),
        DemandGroup::Category(name) => name.clone(),
    };
    let rows = move || {
        list.data.with(|groups| {
            let groups = groups.as_ref().filter(|groups| !groups.is_empty())?;
            // The total, then those of which most is expected.
            let mut sorted: Vec<&DemandGroupRow> = groups.iter().collect();
            sorted.sort_by_key(|row| (row.group != DemandGroup::Total, std::cmp::Reverse(row.next_4_weeks)));
            let rows = sorted
                .into_iter()
                .take(SHOWN)
                .map(|row| {
                    let group = row.group.clone();
                    let error = |e: Option<i64>| cell(e.map_or("—".into(), |e| format::decimal(e, 2)));
                    let open = view! {
                        <button type="button" class="link" on:click=move |_| chosen.set(Some(group.clone()))>{name(&row.group)}</button>
                    };
                    let cells = vec![
                        open.into_any(),
                        cell(format::count(row.items)),
                        cell(format::qty(row.last_4_weeks)),
                        cell(format::qty(row.next_4_weeks)),
                        error(row.rmsse_milli),
                        error(row.naive_milli),
                    ];
                    (format!("{:?}", row.group), cells)
                })
                .collect();
            let heads = [
                (W::FieldCategory, false),
                (W::TotalItems, true),
                (W::Last4Weeks, true),
                (W::Next4Weeks, true),
                (W::Rmsse, true),
                (W::NaiveRmsse, true),
            ];
            Some(view! {
                <section class="card"><h3>{fmt.t(W::DemandGroups)}" "<span class="muted">{fmt.t(W::DemandGroupsText)}</span></h3>
                {grid(W::DemandGroups, &heads, rows, id::DEMAND_GROUP_ROW)}
                </section>
            })
        })
    };
    let shown = Memo::new(move |_| chosen.get().and_then(|_| one.data.get()));
    let drawn = move || {
        shown.get().map(|d| {
            let title = chosen.with(|group| group.as_ref().map(name).unwrap_or_default());
            let detail = d.clone();
            let picture = move || Some(picture(&fmt, &detail));
            view! {
                <section class="stack" data-testid=id::DEMAND_GROUP><h3>{title}</h3>{chart(picture, String::new, 220)}{reason(&fmt, &d)}</section>
            }
        })
    };
    let failed = move || one.error.get().map(|e| parts::error(&e));
    view! { {drawn}{failed}{rows} }.into_any()
}
