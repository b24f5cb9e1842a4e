//! What is on the wires: who speaks, who is silent, what they said, what nobody listens to yet.

use super::environment::live_value;
use super::{actions, device_form, split};
use crate::bridge;
use crate::dialog::{Field, ask};
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::parts::{self, cell, fact, grid};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::testids as id;
use crate::wording;
use contract::*;
use leptos::prelude::*;
use units::{DeviceId, Milli, Timestamp};
use wasm_bindgen_futures::spawn_local;

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(ListDevices {}));
    let filter = RwSignal::new(String::new());
    let rows = Memo::new(move |_| {
        let needle = filter.get().to_lowercase();
        answer.data.get().map(|all| {
            all.into_iter()
                .filter(|d| {
                    needle.is_empty() || format!("{} {}", d.name, d.endpoint).to_lowercase().contains(&needle)
                })
                .collect::<Vec<_>>()
        })
    });
    let chosen = Memo::new(move |_| {
        let key = ctx.route.with(|r| r.row.clone());
        rows.with(|d| {
            let d = d.as_ref()?;
            d.iter().find(|r| r.id.to_string() == key).or(d.first()).map(|r| r.id)
        })
    });
    let by = move |n: i32| {
        let next = rows.with_untracked(|d| {
            let d = d.as_ref()?;
            let at = chosen.get_untracked().and_then(|c| d.iter().position(|r| r.id == c));
            step(at, n, d.len()).map(|i| d[i].id)
        });
        if let Some(next) = next {
            ctx.choose(next);
        }
        true
    };
    on_act(move |act| match act {
        Act::Move(n) => by(n),
        Act::First => by(i32::MIN / 2),
        Act::Last => by(i32::MAX / 2),
        _ => false,
    });
    let list_rows = move || match rows.get() {
        None => parts::waiting(answer.error.get()),
        Some(all) => {
            let on = chosen.get();
            all.iter().map(|d| device_row(d, on == Some(d.id))).collect_view().into_any()
        }
    };
    let note = move || {
        answer.data.with(|d| {
            d.as_ref().map_or(String::new(), |d| {
                let up = d.iter().filter(|d| d.state == "Up").count();
                fmt.fill(W::DevicesUp, &[&up.to_string(), &d.len().to_string()])
            })
        })
    };
    let list = view! {
        {parts::list_head(W::PageDevices, note)}
        {parts::filter(filter, W::FilterDevices)}
        <div class="scroll" tabindex="0" role="list" aria-label=fmt.t(W::PageDevices) data-testid=id::LIST>{list_rows}</div>
        <div class="bulk">{parts::button(fmt.t(W::AddDevice), "", id::ADD_DEVICE, actions::add_device)}</div>
    }
    .into_any();
    let none = Memo::new(move |_| answer.data.with(|d| d.as_ref().map(Vec::is_empty)));
    let detail = move || match none.get() {
        None => ().into_any(),
        Some(true) => parts::empty(
            W::EmptyDevices,
            W::EmptyDevicesText,
            vec![(W::AddDevice, Box::new(actions::add_device))],
        ),
        Some(false) => device_detail(chosen),
    };
    split(list, detail.into_any())
}

fn state_mark(state: &str) -> AnyView {
    let (class, shape, word) = wording::device_state(state);
    let word = word.map_or_else(|| state.to_owned(), |w| fmt().t(w).to_owned());
    view! { <span class=if class.is_empty() { "muted".to_owned() } else { format!("mark {class}") }><span aria-hidden="true">{shape}" "</span>{word}</span> }.into_any()
}

fn device_row(d: &DeviceRow, sel: bool) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let key = d.id;
    let line = d.fault.clone().unwrap_or_else(|| {
        let simulated = if d.simulated { format!(" · {}", fmt.t(W::Simulated)) } else { String::new() };
        format!("{}{simulated}", d.endpoint)
    });
    let seen = d
        .last_seen
        .map_or_else(|| fmt.t(W::NeverSeen).to_owned(), |at| fmt.when(at, ctx.now.get_untracked()));
    view! {
        <div class="row" class:sel=sel role="listitem" aria-current=sel.to_string() data-testid=id::DEVICE_ROW data-id=key.to_string() data-state=d.state.clone()
            on:click=move |_| ctx.choose(key)>
            <span class="g"></span>
            <div class="main"><div class="t">{d.name.clone()}</div><div class="s ell">{line}</div></div>
            <div class="v">{state_mark(&d.state)}<div class="s">{seen}</div></div>
        </div>
    }
    .into_any()
}

fn device_detail(chosen: Memo<Option<DeviceId>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(move || chosen.get().map(|id| GetDevice { id }));
    let shown = Memo::new(move |_| {
        let id = chosen.get()?;
        answer.data.with(|d| d.as_ref().filter(|d| d.row.id == id).cloned())
    });
    let tick = Memo::new(move |_| Timestamp(ctx.now.get().0 / 5000 * 5000));
    let head = move || match shown.get() {
        None => answer.error.get().map_or_else(|| ().into_any(), |e| parts::error(&e)),
        Some(d) => {
            let speed = if d.row.baud > 0 && !d.row.endpoint.contains("://") {
                format!(" · {} baud", d.row.baud)
            } else {
                String::new()
            };
            let fault = d.row.fault.as_ref().map(|f| format!(" · {f}")).unwrap_or_default();
            let seen = d.row.last_seen.map_or_else(
                || fmt.t(W::NeverSeen).to_owned(),
                |at| fmt.fill(W::LastSeenAt, &[&fmt.when(at, tick.get())]),
            );
            parts::heading(
                Some(state_mark(&d.row.state)),
                format!(" {}", d.row.name),
                format!(
                    "{} · {}{speed}{fault}",
                    device_form::driver_word(&fmt, &d.row.driver),
                    d.row.endpoint
                ),
                seen,
                if d.row.simulated {
                    fmt.t(W::Simulated).to_owned()
                } else {
                    fmt.t(W::SourceMeasured).to_owned()
                },
            )
        }
    };
    let figures = move || {
        shown.get().map(|d| {
            let r = &d.row;
            let (good, bad) = match r.driver.as_str() {
                "mqtt" => (W::Messages, W::BadMessages),
                "http" => (W::Answers, W::BadAnswers),
                _ => (W::Frames, W::BadFrames),
            };
            let mut facts = vec![
                fact("rate", W::ReadingsASecond, format::tenths(i64::from(r.readings_per_s_tenths)))
                    .note(fmt.fill(W::EverySpan, &[&fmt.span(r.interval)])),
                fact("frames", good, format::count(r.frames)),
                fact("bad-frames", bad, format::count(r.bad_frames)),
            ];
            // Only a line has bytes between its frames, and only who can't wait is shed.
            if matches!(r.driver.as_str(), "serial" | "tcp") {
                facts.push(fact("garbage", W::GarbageBytes, format::count(r.garbage_bytes)));
                facts.push(fact("shed", W::ShedWord, format::count(r.shed)));
            }
            if r.driver == "http" {
                let took = r.round_trip_ms.map_or("—".into(), |ms| format::count(u64::from(ms)));
                facts.push(fact("round-trip", W::RoundTrip, took).unit(fmt.t(W::UnitMs)));
            }
            facts.push(fact("reconnects", W::Reconnects, format::count(r.reconnects)));
            parts::facts(facts)
        })
    };
    let drift = move || {
        shown.get().and_then(|d| d.row.clock_drift).filter(|m| m.0.abs() >= 60_000).map(|m| {
            view! { <p class="note"><span class="mark m">"◆ "</span>{fmt.fill(W::ClockDrift, &[&fmt.span(units::Millis(m.0.abs()))])}</p> }
        })
    };
    let buttons = move || {
        shown.with(|d| d.as_ref().map(|d| d.row.enabled)).map(|enabled| {
            let row = move || shown.with_untracked(|d| d.as_ref().map(|d| d.row.clone()));
            view! {
                <div class="act">
                    {parts::button(fmt.t(W::ChangeDots), "", id::CHANGE_DEVICE, move || if let Some(r) = row() { device_form::change(r) })}
                    {parts::button(fmt.t(if enabled { W::StopRecording } else { W::StartRecording }), "", "toggle-device", move || if let Some(r) = row() { switch(r) })}
                    {parts::button(fmt.t(W::RemoveDots), "", id::REMOVE_DEVICE, move || if let Some(r) = row() { remove(r) })}
                </div>
            }
        })
    };
    let channels = move || {
        shown.get().map(|d| {
            let rows = d
                .channels
                .iter()
                .map(|c| {
                    let edit = c.clone();
                    (
                        c.channel.to_string(),
                        vec![
                            view! { {c.alarm.then(|| parts::mark(&c.priority))}" "{c.name.clone()} }.into_any(),
                            view! { <code>{c.code.clone()}</code> }.into_any(),
                            live_value(c.clone()),
                            cell(wording::limits(c.low, c.high)),
                            parts::plain_button(move || fmt.t(W::LimitsDots), id::CHANGE_LIMITS, move || actions::change_limits(&edit)),
                        ],
                    )
                })
                .collect();
            view! {
                <section class="card"><h3>{fmt.t(W::Channels)}</h3>
                {grid(W::Channels, &[(W::Channel, false), (W::OnTheWire, false), (W::Now, true), (W::Limit, true), (W::Edit, true)], rows, id::CHANNEL_ROW)}
                </section>
            }
        })
    };
    let unknown = move || {
        shown.get().filter(|d| !d.unknown.is_empty()).map(|d| {
            let rows = d
                .unknown
                .iter()
                .map(|(code, value)| {
                    let (row, name) = (d.row.clone(), code.clone());
                    (
                        code.clone(),
                        vec![
                            view! { <code>{code.clone()}</code> }.into_any(),
                            cell(value.map_or("—".into(), format::value)),
                            parts::plain_button(move || fmt.t(W::AddDots), id::ADD_CHANNEL, move || add_channel(row.clone(), name.clone())),
                        ],
                    )
                })
                .collect();
            view! {
                <section class="card"><h3>{fmt.t(W::UnknownNames)}</h3><p class="muted">{fmt.t(W::UnknownNamesText)}</p>
                {grid(W::UnknownNames, &[(W::OnTheWire, false), (W::Now, true), (W::Edit, true)], rows, "unknown-row")}
                </section>
            }
        })
    };
    let tail = move || {
        shown.get().filter(|d| !d.tail.is_empty()).map(|d| {
            view! { <section class="card"><h3>{fmt.t(W::LastSaid)}</h3><pre class="tail" data-testid=id::DEVICE_TAIL>{d.tail.join("\n")}</pre></section> }
        })
    };
    view! { {head}{figures}{drift}{buttons}{channels}{unknown}{tail} }.into_any()
}

fn switch(r: DeviceRow) {
    spawn_local(async move {
        let ctx = ctx();
        let call = ChangeDevice {
            id: r.id,
            name: r.name,
            endpoint: r.endpoint,
            baud: r.baud,
            enabled: !r.enabled,
            add: Vec::new(),
        };
        match bridge::send(call).await {
            Ok(_) => ctx.say(fmt().t(W::Saved)),
            Err(e) => ctx.fail(&e),
        }
    });
}

fn remove(r: DeviceRow) {
    let fmt = fmt();
    let fields = vec![Field::text("why", W::Why, "").needed()];
    ask(fmt.fill(W::RemoveTitle, &[&r.name]), fmt.t(W::RemoveText), W::Remove, fields, move |values| {
        let id = r.id;
        async move {
            bridge::send(RemoveDevice { id, why: values.into_iter().next().unwrap_or_default() }).await?;
            let ctx = ctx();
            ctx.say(crate::state::fmt().t(W::Removed));
            ctx.choose("");
            Ok(())
        }
    });
}

fn add_channel(r: DeviceRow, code: String) {
    let fmt = fmt();
    let fields = vec![
        Field::text("name", W::Name, code.clone()).needed(),
        Field::text("zone", W::Room, ""),
        Field::text("unit", W::Unit, device_form::unit_of(&code)),
        Field::number("low", W::LowLimit, ""),
        Field::number("high", W::HighLimit, ""),
    ];
    ask(fmt.fill(W::AddChannelTitle, &[&code]), fmt.t(W::AddChannelText), W::Add, fields, move |values| {
        let (r, code) = (r.clone(), code.clone());
        async move {
            let mut values = values.into_iter();
            let mut next = move || values.next().unwrap_or_default();
            let (name, zone, unit) = (next(), next(), next());
            let mut number = || Milli::parse(&format::typed(&next()));
            let (low, high) = (number(), number());
            let add = vec![NewChannel { code, name, zone, unit, low, high }];
            bridge::send(ChangeDevice {
                id: r.id,
                name: r.name,
                endpoint: r.endpoint,
                baud: r.baud,
                enabled: r.enabled,
                add,
            })
            .await?;
            ctx().say(crate::state::fmt().t(W::Saved));
            Ok(())
        }
    });
}
