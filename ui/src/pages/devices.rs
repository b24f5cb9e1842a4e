//! What is on the wires: who speaks, who is silent, what they said, what nobody listens to yet.

use super::environment::live_value;
use super::{
    actions, device_form, device_health, device_live, device_many, listener, modbus, scan, secrets, split,
};
use crate::bridge;
use crate::columns::{Column, Table, number, text};
use crate::dialog::{Field, ask};
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::live;
use crate::parts::{self, cell, fact, grid};
use crate::state::{ctx, fmt, on_act};
use crate::table::{self, Long, Row, step, td};
use crate::takeout::these;
use crate::testids as id;
use crate::wording;
use contract::*;
use leptos::prelude::*;
use units::{DeviceId, Milli, Timestamp};
use wasm_bindgen_futures::spawn_local;

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    Name,
    State,
    Seen,
    Rate,
    Bad,
}

const COLUMNS: [Column<Sort>; 7] = [
    text("device", W::DeviceWord, 120).grows().up(Sort::Name),
    text("state", W::StateWord, 76).up(Sort::State),
    number("seen", W::LastSeen, 76).up(Sort::Seen),
    number("rate", W::ReadingsASecond, 66).down(Sort::Rate).hidden(),
    number("channels", W::Channels, 60).hidden(),
    number("bad", W::BadFrames, 66).down(Sort::Bad).hidden(),
    number("reconnects", W::Reconnects, 66).hidden(),
];

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(|| Some(ListDevices {}));
    let table = Table::new("devices", &COLUMNS, "device");
    let filter = table.filter();
    let rows = Memo::new(move |_| {
        let needle = filter.get().to_lowercase();
        let mut all: Vec<DeviceRow> = answer
            .data
            .get()?
            .into_iter()
            .filter(|d| {
                needle.is_empty() || format!("{} {}", d.name, d.endpoint).to_lowercase().contains(&needle)
            })
            .collect();
        let Some((by, reverse)) = table.sort() else { return Some(all) };
        match by {
            Sort::Name => all.sort_by_cached_key(|d| d.name.to_lowercase()),
            // What is up is of least interest.
            Sort::State => all.sort_by(|a, b| (a.state == "Up", &a.state).cmp(&(b.state == "Up", &b.state))),
            Sort::Seen => all.sort_by_key(|d| d.last_seen),
            Sort::Rate => all.sort_by_key(|d| std::cmp::Reverse(d.readings_per_s_tenths)),
            Sort::Bad => all.sort_by_key(|d| std::cmp::Reverse(d.bad_frames)),
        }
        if reverse {
            all.reverse();
        }
        Some(all)
    });
    let table = table.takes(W::PageDevices, move || {
        these(
            &ListDevices {},
            rows.with_untracked(|rows| rows.iter().flatten().map(|d| d.id).collect::<Vec<_>>()),
        )
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
    let row = move |_: usize, d: &DeviceRow| {
        let of = |key: &'static str| device_cell(d, key);
        Row { testid: id::DEVICE_ROW, id: d.id.to_string(), class: "", marked: false, cells: table.cells(of) }
    };
    let total = Signal::derive(move || rows.with(|r| r.as_ref().map_or(0, Vec::len)));
    let at = Signal::derive(move || {
        let key = chosen.get()?;
        rows.with(|r| r.as_ref()?.iter().position(|d| d.id == key))
    });
    let long = Long { label: fmt.t(W::PageDevices), total, chosen: at, seen: None, tall: true };
    let body = table::rows(
        long,
        move |i| rows.with(|r| r.as_ref()?.get(i).cloned()),
        row,
        move |i, _| {
            let key = rows.with_untracked(|r| r.as_ref().and_then(|r| r.get(i).map(|d| d.id)));
            // Whoever chooses another device leaves the form of this one.
            if let Some(key) = key {
                match ctx.route.with_untracked(|r| r.tab.is_empty()) {
                    true => ctx.choose(key),
                    false => ctx.go(crate::route::Route::row(crate::route::Page::Devices, key)),
                }
            }
        },
    );
    let waiting = move || rows.with(Option::is_none).then(|| parts::waiting(answer.error.get()));
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
        {secrets::strip()}
        {table.tools(W::FilterDevices)}
        {waiting}
        {table.boxed(body)}
        <div class="bulk">
            {parts::button(fmt.t(W::AddDevice), "", id::ADD_DEVICE, actions::add_device)}
            {parts::button(fmt.t(W::ImportList), "", id::IMPORT_DEVICES, device_many::open_import)}
            {parts::button(fmt.t(W::ExportList), "", id::EXPORT_DEVICES, device_many::export)}
            {parts::button(fmt.t(W::ScanTest), "", id::SCAN_TEST, scan::open)}
        </div>
    }
    .into_any();
    let none = Memo::new(move |_| answer.data.with(|d| d.as_ref().map(Vec::is_empty)));
    let tab = Memo::new(move |_| ctx.route.with(|r| (r.tab.clone(), r.row.clone())));
    // The form keeps what is typed while its device goes on speaking.
    let known = Memo::new(move |_| answer.data.with(Option::is_some));
    let of = move |row: &str| {
        answer.data.with_untracked(|d| d.as_ref()?.iter().find(|d| d.id.to_string() == row).cloned())
    };
    let detail = move || match (tab.get(), known.get()) {
        ((tab, _), _) if tab == "new" => device_form::editor(None),
        ((tab, _), _) if tab == "list" => device_many::importer(),
        ((tab, _), _) if tab == "scan" => scan::panel(),
        ((tab, row), true) if tab == "change" => {
            of(&row).map_or_else(|| ().into_any(), |r| device_form::editor(Some(r)))
        }
        ((tab, row), true) if tab == "clone" => of(&row).map_or_else(|| ().into_any(), device_many::cloner),
        ((tab, row), true) if tab == "registers" => {
            of(&row).map_or_else(|| ().into_any(), |r| modbus::panel(&r))
        }
        _ => shown(none, chosen),
    };
    split(list, detail.into_any())
}

fn shown(none: Memo<Option<bool>>, chosen: Memo<Option<DeviceId>>) -> AnyView {
    (move || match none.get() {
        None => ().into_any(),
        Some(true) => parts::empty(
            W::EmptyDevices,
            W::EmptyDevicesText,
            vec![(W::AddDevice, Box::new(actions::add_device))],
        ),
        Some(false) => device_detail(chosen),
    })
    .into_any()
}

fn state_mark(state: &str) -> AnyView {
    let (class, shape, word) = wording::device_state(state);
    let word = word.map_or_else(|| state.to_owned(), |w| fmt().t(w).to_owned());
    view! { <span class=if class.is_empty() { "muted".to_owned() } else { format!("mark {class}") }><span aria-hidden="true">{shape}" "</span>{word}</span> }.into_any()
}

fn device_cell(d: &DeviceRow, key: &'static str) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    match key {
        "state" => view! { <span role="gridcell" class="ell" data-state=d.state.clone()>{state_mark(&d.state)}</span> }.into_any(),
        "seen" => {
            let seen = d.last_seen.map(|at| fmt.when(at, ctx.now.get_untracked()));
            td("num muted", seen.unwrap_or_else(|| fmt.t(W::NeverSeen).to_owned()))
        }
        "rate" => td("num", format::tenths(i64::from(d.readings_per_s_tenths))),
        "channels" => td("num", d.channels.to_string()),
        "bad" => td("num", format::count(d.bad_frames)),
        "reconnects" => td("num", format::count(d.reconnects)),
        _ => {
            let line = d.fault.clone().unwrap_or_else(|| {
                let simulated = if d.simulated { format!(" · {}", fmt.t(W::Simulated)) } else { String::new() };
                format!("{}{simulated}", d.endpoint)
            });
            let title = format!("{}\n{line}", d.name);
            view! {
                <span role="gridcell" class="two" title=title><span class="t ell">{d.name.clone()}</span><span class="s ell">{line}</span></span>
            }
            .into_any()
        }
    }
}

fn device_detail(chosen: Memo<Option<DeviceId>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(move || chosen.get().map(|id| GetDevice { id }));
    let shown = Memo::new(move |_| {
        let id = chosen.get()?;
        answer.data.with(|d| d.as_ref().filter(|d| d.row.id == id).cloned())
    });
    let tick = Memo::new(move |_| Timestamp(ctx.now.get().0 / 5000 * 5000));
    let looking = RwSignal::new(false);
    let live_panel = move || {
        let id = chosen.get().filter(|_| looking.get())?;
        Some(device_live::panel(id))
    };
    let health = move || shown.get().map(|d| device_health::cards(&d, tick.get()));
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
                "mqtt" | "listen" => (W::Messages, W::BadMessages),
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
            if matches!(r.driver.as_str(), "serial" | "tcp" | "udp") {
                facts.push(fact("garbage", W::GarbageBytes, format::count(r.garbage_bytes)));
                facts.push(fact("shed", W::ShedWord, format::count(r.shed)));
            }
            if matches!(r.driver.as_str(), "mqtt" | "listen") {
                facts.push(fact("acknowledged", W::AcknowledgedMessages, format::count(r.acknowledged)));
            }
            if r.driver == "http" {
                let took = r.round_trip_ms.map_or("—".into(), |ms| format::count(u64::from(ms)));
                facts.push(
                    fact("round-trip", W::RoundTrip, took).unit(fmt.t(W::UnitMs)).note(spread(&d.health)),
                );
            } else if let Some(ms) = r.round_trip_ms {
                let took = format::count(u64::from(ms));
                facts.push(
                    fact("round-trip", W::RoundTrip, took).unit(fmt.t(W::UnitMs)).note(spread(&d.health)),
                );
            }
            if let Some(off) = r.clock_drift {
                let (now, trend) = device_health::clock(&fmt, off, d.health.drift_per_day);
                facts.push(fact("clock", W::DriftWord, now).note(trend));
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
                    {parts::button(fmt.t(W::ChangeDots), "", id::CHANGE_DEVICE, move || if let Some(r) = row() { device_form::change(&r) })}
                    {parts::button(fmt.t(W::CloneDots), "", id::CLONE_DEVICE, move || if let Some(r) = row() { device_many::open_clone(&r) })}
                    {row().is_some_and(|r| r.speaks_modbus()).then(|| parts::button(fmt.t(W::RegistersDots), "", "registers", move || if let Some(r) = row() { modbus::open(r.id) }))}
                    <button type="button" data-testid=id::LIVE_VIEW aria-pressed=move || looking.get().to_string()
                        on:click=move |_| looking.update(|on| *on = !*on)>{move || fmt.t(if looking.get() { W::LiveClose } else { W::LiveView })}</button>
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
                            view! {
                                <span class="fixes">
                                {parts::plain_button(move || fmt.t(W::LimitsDots), id::CHANGE_LIMITS, move || actions::change_limits(&edit))}
                                {parts::to_quality(c.channel)}
                                </span>
                            }
                            .into_any(),
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
    // Made anew only when it is another device or is read in another way.
    let kind = Memo::new(move |_| {
        shown.with(|d| d.as_ref().map(|d| (d.row.id, d.row.driver.clone(), d.row.setup.clone())))
    });
    let beside = move || kind.get().map(|(device, driver, setup)| listener::panel(device, &driver, &setup));
    view! { {head}{figures}{drift}{buttons}{beside}{live_panel}{channels}{unknown}{health}{tail} }.into_any()
}

/// How long answers took, of the last ones.
fn spread(health: &DeviceHealth) -> String {
    match (health.round_trip_p50_ms, health.round_trip_p95_ms) {
        (Some(half), Some(most)) => fmt().fill(W::RoundTripSpread, &[&half.to_string(), &most.to_string()]),
        _ => String::new(),
    }
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
            interval: None,
            setup: None,
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
                interval: None,
                setup: None,
                add,
            })
            .await?;
            ctx().say(crate::state::fmt().t(W::Saved));
            Ok(())
        }
    });
}
