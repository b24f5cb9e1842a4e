//! Beside a device: how others post for it, its token, told once; and what a scanner read last.

use crate::bridge;
use crate::dialog::{Field, ask};
use crate::i18n::W;
use crate::live::live;
use crate::parts::{self, cell, grid};
use crate::state::{ctx, fmt};
use crate::testids as id;
use contract::*;
use leptos::prelude::*;

/// So many scans are shown.
const SCANS: u32 = 20;

/// What a device has beside its channels: a listener, scans, or nothing.
pub fn panel(device: DeviceId, driver: &str, setup: &str) -> AnyView {
    match driver {
        "listen" => posts(device),
        _ if setup.contains("\"scanner\"") => scans(device),
        _ => ().into_any(),
    }
}

fn posts(device: DeviceId) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(GetListener {}));
    let made = RwSignal::new(None::<NewToken>);
    let where_it_is = move || {
        answer.data.get().map(|state| {
            let shown = match (&state.address, &state.fault) {
                (_, Some(fault)) => view! { <p class="note"><span class="mark h">"▲ "</span>{fault.clone()}</p> }.into_any(),
                (None, None) => view! { <p class="note"><span class="mark m">"◆ "</span>{fmt.t(W::ListenerClosed)}</p> }.into_any(),
                (Some(address), None) => {
                    let word = if state.reachable { W::ListenerReachable } else { W::ListenerHere };
                    view! { <p><code data-testid=id::LISTENER_ADDRESS>{format!("http://{address}/")}</code>" · "{fmt.t(word)}</p> }.into_any()
                }
            };
            let bind = state.bind.clone();
            view! {
                {shown}
                <div class="act">
                    {parts::button(fmt.t(W::ListenerDots), "", id::CHANGE_LISTENER, move || change(&bind))}
                    {parts::button(fmt.t(W::NewTokenDots), "", id::NEW_TOKEN, move || new_token(device, made))}
                </div>
            }
        })
    };
    let token = move || {
        made.get().map(|new| {
            let text = new.url.map_or_else(|| new.token.0.clone(), |url| url.0);
            view! { <p class="note" role="status"><span class="mark w" aria-hidden="true">"▲ "</span>{fmt.t(W::TokenOnce)}" "<code data-testid=id::TOKEN>{text}</code></p> }
        })
    };
    let heard = move || {
        answer.data.get().filter(|state| !state.heard.is_empty()).map(|state| {
            let rows = state
                .heard
                .iter()
                .map(|one| {
                    let who = if one.who.is_empty() { "—".to_owned() } else { one.who.clone() };
                    let cells = vec![
                        view! { <code>{who}</code> }.into_any(),
                        cell(one.from.clone()),
                        cell(fmt.when(one.at, ctx.now.get_untracked())),
                        cell(crate::format::count(one.times)),
                    ];
                    (format!("{} {}", one.from, one.who), cells)
                })
                .collect();
            view! {
                <h3>{fmt.t(W::HeardUnknown)}</h3><p class="muted">{fmt.t(W::HeardUnknownText)}</p>
                {grid(W::HeardUnknown, &[(W::HeardWho, false), (W::HeardFrom, false), (W::When, false), (W::HeardTimes, true)], rows, id::HEARD_ROW)}
            }
        })
    };
    view! {
        <section class="card" data-testid=id::LISTENER><h3>{fmt.t(W::Listener)}</h3><p class="muted">{fmt.t(W::ListenerText)}</p>
        {where_it_is}{token}{heard}</section>
    }
    .into_any()
}

fn change(bind: &str) {
    let fmt = fmt();
    let shown = if bind.is_empty() { "127.0.0.1:8750" } else { bind };
    let fields = vec![
        Field::text("bind", W::ListenerBind, shown).hint(fmt.t(W::ListenerBindHint)),
        Field::text("why", W::Why, "").needed(),
    ];
    ask(fmt.t(W::ListenerDots), fmt.t(W::ListenerWarn), W::Save, fields, move |values| async move {
        let mut values = values.into_iter();
        let bind = values.next().unwrap_or_default();
        let why = values.next().unwrap_or_default();
        bridge::send(ChangeListener { bind, why }).await?;
        ctx().say(crate::state::fmt().t(W::Saved));
        Ok(())
    });
}

fn new_token(device: DeviceId, made: RwSignal<Option<NewToken>>) {
    let fmt = fmt();
    let fields = vec![Field::text("id", W::TrackerId, "").hint(fmt.t(W::TrackerIdHint))];
    ask(fmt.t(W::NewTokenDots), fmt.t(W::NewTokenText), W::MakeTokenWord, fields, move |values| async move {
        let id = values.into_iter().next().unwrap_or_default();
        let token = bridge::send(MakeToken { device, id }).await?;
        made.set(Some(token));
        Ok(())
    });
}

fn scans(device: DeviceId) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(move || Some(ListScans { device: Some(device), limit: SCANS }));
    let rows = move || {
        answer.data.get().map(|scans| {
            if scans.is_empty() {
                return view! { <p class="muted">{fmt.t(W::NoScans)}</p> }.into_any();
            }
            let rows = scans
                .iter()
                .enumerate()
                .map(|(at, scan)| {
                    // What parts the fields of a GS1 code is seen, not guessed.
                    let text = scan.text.replace('\u{1d}', "␝");
                    let cells = vec![
                        cell(fmt.when(scan.at, ctx.now.get_untracked())),
                        cell(scan.symbology.clone().unwrap_or_else(|| "—".to_owned())),
                        view! { <code>{text}</code> }.into_any(),
                    ];
                    (format!("{at} {}", scan.at.0), cells)
                })
                .collect();
            grid(
                W::LastScans,
                &[(W::When, false), (W::Symbology, false), (W::ScanCode, false)],
                rows,
                id::SCAN_ROW,
            )
        })
    };
    view! { <section class="card"><h3>{fmt.t(W::LastScans)}</h3>{rows}</section> }.into_any()
}
