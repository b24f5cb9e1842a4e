//! Everything by a few letters: pages, items, alarms, devices, and what can be done.

use crate::bridge;
use crate::columns;
use crate::i18n::W;
use crate::keys::PARTS;
use crate::pages::{actions, fleet, goods, plan_count, scan};
use crate::prefs::Theme;
use crate::route::{Page, Route};
use crate::state::{Overlay, ctx, fmt};
use crate::testids as id;
use crate::{browser, takeout, wording};
use contract::{GetFleet, ListAlarms, ListDevices, ListStock, StockSort};
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen_futures::spawn_local;

/// A line of the palette.
#[derive(Clone)]
pub struct Entry {
    kind: W,
    text: String,
    note: String,
    run: Arc<dyn Fn() + Send + Sync>,
}

fn entry(
    kind: W,
    text: impl Into<String>,
    note: impl Into<String>,
    run: impl Fn() + Send + Sync + 'static,
) -> Entry {
    Entry { kind, text: text.into(), note: note.into(), run: Arc::new(run) }
}

/// Whether `text` has all words of `query`, in any order, whatever their case.
pub fn matches(query: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    query.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

fn fixed() -> Vec<Entry> {
    let (ctx, fmt) = (ctx(), fmt());
    let mut all: Vec<Entry> = Page::ALL
        .into_iter()
        .map(|p| entry(W::Page, fmt.t(p.word()), format!("g {}", p.letter()), move || ctx.go(Route::page(p))))
        .collect();
    all.extend(PARTS.iter().map(|(letter, page, tab, word)| {
        let route = Route { page: *page, row: String::new(), tab: (*tab).to_owned() };
        entry(W::Page, fmt.t(*word), format!("g {letter}"), move || ctx.go(route.clone()))
    }));
    all.push(entry(W::Command, fmt.t(W::ExpectShipment), "", goods::expect));
    all.push(entry(W::Command, fmt.t(W::TakeOrder), "", goods::take_order));
    all.push(entry(W::Command, fmt.t(W::TakeReturn), "", goods::take_return));
    all.push(entry(W::Command, fmt.t(W::PlanCountTitle), "", plan_count));
    all.push(entry(W::Command, fmt.t(W::PlanNow), "", actions::plan_now));
    all.push(entry(W::Command, fmt.t(W::MakeReport), "", actions::make_report));
    all.push(entry(W::Command, fmt.t(W::ExportOrders), "", || actions::export_orders(Vec::new())));
    all.push(entry(W::Command, fmt.t(W::AddDevice), "", actions::add_device));
    all.push(entry(W::Command, fmt.t(W::ScanTest), "", scan::open));
    all.push(entry(W::Command, fmt.t(W::PrintLabels), "", crate::pages::labels::open));
    all.push(entry(W::Command, fmt.t(W::ImportFile), "", move || ctx.go(Route::page(Page::Data))));
    all.push(entry(W::Command, fmt.t(W::SolveTitle), "s", fleet::solve_today));
    all.push(entry(W::Command, fmt.t(W::AddDelivery), "", move || {
        fleet::save_delivery(None, ctx.today(), None)
    }));
    all.push(entry(W::Command, fmt.t(W::AddVehicle), "", || fleet::save_vehicle(None)));
    all.push(entry(W::Command, fmt.t(W::SetDepot), "", || fleet::set_depot(None)));
    all.push(entry(W::Command, fmt.t(W::ImportDeliveries), "", || fleet::import("deliveries")));
    all.push(entry(W::Command, fmt.t(W::ImportVehicles), "", || fleet::import("vehicles")));
    all.push(entry(W::Command, fmt.t(W::ImportRoads), "", fleet::import_roads));
    all.push(entry(W::Command, fmt.t(W::VerifyAudit), "", move || {
        ctx.go(Route { page: Page::Settings, row: String::new(), tab: "audit".into() });
    }));
    all.push(entry(
        W::Command,
        fmt.t(W::SwitchLanguage),
        ctx.lang.get_untracked().other().own_name(),
        move || {
            ctx.lang.update(|l| *l = l.other());
        },
    ));
    for theme in Theme::ALL {
        all.push(entry(W::Command, format!("{}: {}", fmt.t(W::Theme), fmt.t(theme.word())), "", move || {
            ctx.theme.set(theme)
        }));
    }
    all.push(entry(W::Command, fmt.t(W::TouchRows), "", move || ctx.touch.update(|t| *t = !*t)));
    all.push(entry(W::Command, fmt.t(W::KeyColumns), "l", || {
        columns::open();
    }));
    all.push(entry(W::Command, fmt.t(W::KeyExport), "e", || {
        takeout::open();
    }));
    all.push(entry(W::Command, fmt.t(W::KeyReset), "0", move || ctx.zoom.set(None)));
    all.push(entry(W::Command, fmt.t(W::KeyHelp), "?", move || ctx.overlay.set(Overlay::Keys)));
    all
}

/// The palette, open.
pub fn palette() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let query = RwSignal::new(String::new());
    let found = RwSignal::new(Vec::<Entry>::new());
    let at = RwSignal::new(0usize);
    let turn = StoredValue::new(0u32);
    let fixed = StoredValue::new(fixed());
    let alarms = StoredValue::new(Vec::<Entry>::new());

    spawn_local(async move {
        let mut known = Vec::new();
        if let Ok(rows) = bridge::send(ListAlarms { past: false, limit: 50 }).await {
            known.extend(rows.iter().map(|a| {
                let key = a.id;
                let line = wording::alarm_line(&fmt, a, ctx.now.get_untracked());
                entry(W::Alarm, wording::alarm_title(&fmt, a), line, move || {
                    ctx.go(Route::row(Page::Alarms, key))
                })
            }));
        }
        if let Ok(rows) = bridge::send(ListDevices {}).await {
            known.extend(rows.iter().map(|d| {
                let key = d.id;
                entry(W::Device, d.name.clone(), d.endpoint.clone(), move || {
                    ctx.go(Route::row(Page::Devices, key))
                })
            }));
        }
        if let Ok(day) = bridge::send(GetFleet { day: None }).await {
            known.extend(day.deliveries.iter().map(|d| {
                let key = d.id;
                entry(
                    W::DeliveryWord,
                    format!("{} · {}", d.customer, d.code),
                    d.address.clone(),
                    move || {
                        ctx.go(Route::row(Page::Fleet, format!("d{key}")));
                    },
                )
            }));
            for (plan, route) in day.plan.iter().flat_map(|p| p.routes.iter().map(|r| (p.id, r))) {
                let (code, vehicle) = (&route.vehicle_code, route.vehicle);
                known.push(entry(W::Command, fmt.fill(W::DriverSheetOf, &[code]), "", move || {
                    fleet::export(plan, vehicle, "pdf");
                }));
                known.push(entry(W::Command, fmt.fill(W::GpxOf, &[code]), "", move || {
                    fleet::export(plan, vehicle, "gpx");
                }));
            }
        }
        alarms.try_set_value(known);
    });
    Effect::new(move |_| {
        let text = query.get();
        at.set(0);
        let text = text.trim().to_owned();
        let near = |e: &Entry| matches(&text, &format!("{} {}", e.text, e.note));
        let mut list: Vec<Entry> = alarms
            .with_value(|a| a.iter().filter(|e| !text.is_empty() && near(e)).take(6).cloned().collect());
        list.extend(
            fixed
                .with_value(|f| f.iter().filter(|e| text.is_empty() || near(e)).cloned().collect::<Vec<_>>()),
        );
        found.set(list);
        turn.update_value(|n| *n += 1);
        let mine = turn.get_value();
        if text.is_empty() {
            return;
        }
        let call = ListStock { filter: text, sort: StockSort::Name, reverse: false, offset: 0, limit: 12 };
        spawn_local(async move {
            if let Ok(page) = bridge::send(call).await
                && turn.try_get_value() == Some(mine)
            {
                found.try_update(|list| {
                    list.extend(page.rows.into_iter().map(|r| {
                        let item = r.item;
                        entry(
                            W::Item,
                            format!("{} · {}", r.name, r.sku),
                            r.category.unwrap_or_default(),
                            move || {
                                ctx.go(Route::row(Page::Stock, item));
                            },
                        )
                    }));
                });
            }
        });
    });
    let run = move |index: usize| {
        let chosen = found.with_untracked(|f| f.get(index).cloned());
        if let Some(chosen) = chosen {
            ctx.overlay.set(Overlay::None);
            (chosen.run)();
        }
    };
    let pressed = move |e: web_sys::KeyboardEvent| {
        let total = found.with_untracked(Vec::len);
        match e.key().as_str() {
            "ArrowDown" => at.update(|a| *a = (*a + 1).min(total.saturating_sub(1))),
            "ArrowUp" => at.update(|a| *a = a.saturating_sub(1)),
            "Enter" if !e.is_composing() => run(at.get_untracked()),
            _ => return,
        }
        e.prevent_default();
        e.stop_propagation();
    };
    let lines = move || {
        let chosen = at.get();
        found.with(|all| {
            all.iter()
                .take(24)
                .enumerate()
                .map(|(i, e)| {
                    view! {
                        <div class="prow" class:sel=i == chosen role="option" aria-selected=(i == chosen).to_string() id=format!("palette-{i}")
                            data-testid=id::PALETTE_ROW on:click=move |_| run(i)>
                            <span class="muted kind">{fmt.t(e.kind)}</span><span class="ell">{e.text.clone()}</span><span class="muted ell">{e.note.clone()}</span>
                        </div>
                    }
                })
                .collect_view()
        })
    };
    request_animation_frame(|| browser::focus("palette-input"));
    view! {
        <div class="veil" on:click=move |_| ctx.overlay.set(Overlay::None)>
            <div class="palette" role="dialog" aria-modal="true" aria-label=fmt.t(W::Search) data-testid=id::PALETTE on:click=|e| e.stop_propagation()>
                <input id="palette-input" type="text" autocomplete="off" spellcheck="false" role="combobox" aria-expanded="true"
                    aria-controls="palette-list" aria-activedescendant=move || format!("palette-{}", at.get())
                    placeholder=fmt.t(W::SearchHint) data-testid=id::PALETTE_INPUT
                    prop:value=move || query.get() on:input=move |e| query.set(event_target_value(&e)) on:keydown=pressed />
                <div id="palette-list" role="listbox">{lines}</div>
                {move || found.with(Vec::is_empty).then(|| view! { <p class="muted pad">{fmt.t(W::NothingFound)}</p> })}
            </div>
        </div>
    }
    .into_any()
}
