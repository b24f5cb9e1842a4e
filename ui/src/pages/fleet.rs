//! The delivery day: what is to be delivered, by which vehicle, when; the plan, and how it goes.

mod actions;
mod lists;
mod map;
mod model;
pub mod sketch;

pub use actions::{export, import, import_roads, save_delivery, save_vehicle, set_depot, solve_today};

use self::lists::Lists;
use self::map::{MapBox, Press};
use self::model::Sel;
use self::sketch::sketch;
use super::split;
use crate::bridge;
use crate::browser;
use crate::format;
use crate::i18n::W;
use crate::keys::Act;
use crate::live::{after, live};
use crate::parts::{self, cell, fact, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt, on_act};
use crate::table::step;
use crate::testids as id;
use charts::map::Bounds;
use contract::*;
use leptos::prelude::*;
use std::sync::Arc;
use units::{Day, Permille, Timestamp};
use wasm_bindgen_futures::spawn_local;

/// The word of a delivery's state.
pub fn delivery_state(code: &str) -> Option<W> {
    model::delivery_state(code).2
}

/// Why a delivery is on no route.
pub fn unserved(code: &str) -> Option<W> {
    model::unserved(code).map(|(why, _)| why)
}

/// Selects, in the tab whose list has it; without an entry in the history.
fn select(sel: Option<Sel>) {
    let ctx = ctx();
    let mut route = ctx.route.get_untracked();
    match sel {
        Some(sel) => {
            route.row = sel.row();
            route.tab = sel.tab().to_owned();
        }
        None => route.row.clear(),
    }
    if ctx.route.with_untracked(|r| *r != route) {
        browser::replace_hash(&route.hash());
        ctx.route.set(route);
    }
}

/// What the next press on the map is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pick {
    Depot,
    Delivery,
}

type Paths = Option<(PlanId, Arc<MapLines>)>;

/// The ways of the plan in force, fetched once a plan.
fn paths(plan: Memo<Option<PlanId>>) -> RwSignal<Paths> {
    let paths: RwSignal<Paths> = RwSignal::new(None);
    Effect::new(move |_| {
        let Some(plan) = plan.get() else {
            paths.set(None);
            return;
        };
        spawn_local(async move {
            // Without ways the routes are straight lines, and say that they are estimates.
            if let Ok(lines) = bridge::send(GetRoutePaths { plan }).await {
                paths.try_set(Some((plan, Arc::new(lines))));
            }
        });
    });
    paths
}

pub fn page() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let minute = lists::minute();
    let wanted = RwSignal::new(None::<Day>);
    let answer = live(move || Some(GetFleet { day: wanted.get() }));
    let positions = live(|| Some(ListPositions {}));
    let picking = RwSignal::new(None::<Pick>);
    let job = RwSignal::new(None::<JobId>);
    let order = RwSignal::new(Vec::<Sel>::new());
    let tab = Memo::new(move |_| ctx.route.with(|r| r.tab.clone()));
    let sel = Memo::new(move |_| {
        let sel = ctx.route.with(|r| Sel::parse(&r.row))?;
        answer.data.with(|d| {
            let d = d.as_ref()?;
            let there = match sel {
                Sel::Delivery(id) => model::delivery(d, id).is_some(),
                Sel::Vehicle(id) => model::vehicle(d, id).is_some(),
                Sel::Route(id) => model::route(d, id).is_some(),
            };
            there.then_some(sel)
        })
    });
    let plan =
        Memo::new(move |_| answer.data.with(|d| d.as_ref().and_then(|d| d.plan.as_ref()).map(|p| p.id)));
    let paths = paths(plan);
    let scene = Memo::new(move |_| {
        answer.data.with(|d| {
            let Some(d) = d.as_ref() else { return model::Scene::default() };
            let now = minute.get();
            let today = d.day == fmt.day_of(now);
            paths.with(|p| {
                let lines = p.as_ref().filter(|p| Some(p.0) == plan.get()).map(|p| p.1.as_ref());
                positions.data.with(|at| {
                    let at: &[PositionRow] = at.as_deref().filter(|_| today).unwrap_or_default();
                    model::scene(&fmt, d, lines, at, sel.get(), now)
                })
            })
        })
    });
    let bounds = Memo::new(move |_| answer.data.with(|d| d.as_ref().and_then(model::bounds)));
    let network = Memo::new(move |_| answer.data.with(|d| d.as_ref().and_then(|d| d.roads.clone())));
    let map = MapBox::new(scene, bounds);

    let by = move |n: i32| {
        let next = order.with_untracked(|o| {
            let at = sel.get_untracked().and_then(|s| o.iter().position(|one| *one == s));
            step(at, n, o.len()).map(|i| o[i])
        });
        if next.is_some() {
            select(next);
        }
        true
    };
    let solve = move || {
        actions::solve(wanted.get_untracked(), move |started| {
            job.set(Some(started));
            crate::state::ctx().say(crate::state::fmt().t(W::SolveStarted));
        });
    };
    let change = move || answer.data.with_untracked(|d| change(d.as_ref()?, sel.get_untracked()?));
    let remove = move || {
        answer.data.with_untracked(|d| match sel.get_untracked()? {
            Sel::Delivery(id) => model::delivery(d.as_ref()?, id).map(actions::remove_delivery),
            _ => None,
        })
    };
    let look = move || {
        let sel = sel.get_untracked()?;
        answer.data.with_untracked(|d| look(map, d.as_ref()?, sel))
    };
    on_act(move |act| match act {
        Act::Move(n) => by(n),
        Act::First => by(i32::MIN / 2),
        Act::Last => by(i32::MAX / 2),
        Act::Open => look().is_some(),
        Act::Shelve => {
            solve();
            true
        }
        Act::Change => change().is_some(),
        Act::Dismiss => remove().is_some(),
        Act::ResetZoom => {
            map.fit();
            true
        }
        Act::Back if picking.get_untracked().is_some() => {
            picking.set(None);
            true
        }
        Act::Back if sel.get_untracked().is_some() => {
            select(None);
            true
        }
        _ => false,
    });
    watch(job);

    let counts = Memo::new(move |_| answer.data.with(|d| lists::counts(d.as_ref())));
    let heads = move || {
        let [deliveries, vehicles, routes] = counts.get();
        parts::tabs(vec![
            ("", W::TabDeliveries, deliveries),
            ("vehicles", W::TabVehicles, vehicles),
            ("routes", W::TabRoutes, routes),
        ])
    };
    let lists = Lists { answer, sel, order, minute };
    let shown_day = Memo::new(move |_| answer.data.with(|d| d.as_ref().map(|d| d.day)));
    let add = move || {
        match tab.get().as_str() {
        "routes" => ().into_any(),
        "vehicles" => view! {
            {parts::button(fmt.t(W::AddVehicleDots), "", id::ADD_VEHICLE, || actions::save_vehicle(None))}
            {parts::button(fmt.t(W::ImportVehicles), "", "import-vehicles", || actions::import("vehicles"))}
        }
        .into_any(),
        _ => view! {
            {parts::button(fmt.t(W::AddDeliveryDots), "", id::ADD_DELIVERY, move || {
                actions::save_delivery(None, shown_day.get_untracked().unwrap_or(ctx.today()), None);
            })}
            {parts::button(fmt.t(W::ImportDeliveries), "", "import-deliveries", || actions::import("deliveries"))}
        }
        .into_any(),
    }
    };
    let note = move || {
        answer
            .data
            .with(|d| d.as_ref().map_or(String::new(), |d| fmt.weekday(d.day, fmt.day_of(minute.get()))))
    };
    let list = view! {
        {parts::list_head(W::PageFleet, note)}
        {heads}
        {move || lists.show(&tab.get())}
        {move || (tab.get() != "routes").then(|| view! { <div class="bulk">{add}</div> })}
    }
    .into_any();

    let arrived = Memo::new(move |_| answer.data.with(Option::is_some));
    let lacking = Memo::new(move |_| answer.data.with(|d| d.as_ref().is_some_and(lacks)));
    let running = Memo::new(move |_| answer.data.with(|d| d.as_ref()?.solving.clone()).filter(|s| s.running));
    let solving_now = Memo::new(move |_| running.with(Option::is_some));
    let facts = move || answer.data.with(|d| d.as_ref().map(key_figures));
    let middle = move || {
        if lacking.get() {
            setup(answer.data, picking, bounds)
        } else if solving_now.get() {
            solving(running)
        } else {
            view! { {facts}{selected(answer.data, sel, minute, positions.data, picking)} }.into_any()
        }
    };
    let caption = move || {
        answer.data.with(|d| {
            d.as_ref().map_or(String::new(), |d| {
                let roads = match &d.roads {
                    Some(roads) if roads.source == "demo" => fmt.t(W::RoadsDemo).to_owned(),
                    Some(roads) => fmt.fill(W::RoadsFrom, &[&roads.source]),
                    None => fmt.t(W::RoadsNone).to_owned(),
                };
                fmt.fill(W::MapCaption, &[&roads])
            })
        })
    };
    let pressed = move |press: Press| match (press, picking.get_untracked()) {
        (Press::Ground(place), Some(what)) => {
            picking.set(None);
            match what {
                Pick::Depot => actions::set_depot(Some(place)),
                Pick::Delivery => {
                    actions::save_delivery(
                        None,
                        shown_day.get_untracked().unwrap_or(ctx.today()),
                        Some(place),
                    );
                }
            }
        }
        (Press::On(sel), _) => select(Some(sel)),
        (Press::Ground(_), None) => select(None),
    };
    let pick_word = move || {
        picking.get().map(|what| {
            fmt.t(match what {
                Pick::Depot => W::PickDepot,
                Pick::Delivery => W::PickDelivery,
            })
            .to_owned()
        })
    };
    let has_map = Memo::new(move |_| bounds.with(Option::is_some));
    let has_rows =
        Memo::new(move |_| answer.data.with(|d| d.as_ref().is_some_and(|d| !d.vehicles.is_empty())));
    let detail = move || {
        if !arrived.get() {
            return answer.error.get().map_or_else(|| ().into_any(), |e| parts::error(&e));
        }
        view! {
            {plan_bar(answer.data, wanted, minute, solve, running)}
            {move || answer.error.get().map(|e| parts::error(&e))}
            {middle}
            {move || has_map.get().then(|| map.view(network, pick_word, caption, pressed))}
            {move || has_rows.get().then(|| bars(answer.data, sel, minute))}
            {unserved_list(answer.data)}
            {visits(answer.data, sel, minute)}
        }
        .into_any()
    };
    split(list, view! { <div class="fleet stack">{detail}</div> }.into_any())
}

/// What is missing before a plan can be made.
fn lacks(d: &FleetDay) -> bool {
    d.depot.is_none() || d.vehicles.is_empty() || (d.deliveries.is_empty() && d.days.is_empty())
}

fn change(d: &FleetDay, sel: Sel) -> Option<()> {
    match sel {
        Sel::Delivery(id) => actions::save_delivery(Some(model::delivery(d, id)?.clone()), d.day, None),
        Sel::Vehicle(id) | Sel::Route(id) => actions::save_vehicle(Some(model::vehicle(d, id)?.clone())),
    }
    Some(())
}

/// Brings what is selected into the middle of the map.
fn look(map: MapBox, d: &FleetDay, sel: Sel) -> Option<()> {
    match sel {
        Sel::Delivery(id) => map.show(model::delivery(d, id)?.place),
        Sel::Vehicle(id) | Sel::Route(id) => {
            let stops = model::route(d, id)?.visits.iter().filter_map(|v| model::delivery(d, v.delivery));
            map.show_all(Bounds::around(d.depot.into_iter().chain(stops.map(|d| d.place)))?);
        }
    }
    Some(())
}

/// Tells how a solve that was started here ended.
fn watch(job: RwSignal<Option<JobId>>) {
    let (ctx, fmt) = (ctx(), fmt());
    let answer = live(move || job.get().map(|id| GetJob { id }));
    Effect::new(move |_| {
        let Some(ended) =
            answer.data.get().filter(|j| Some(j.id) == job.get_untracked() && j.state != "Running")
        else {
            return;
        };
        job.set(None);
        let report = ended.result.as_deref().and_then(|r| serde_json::from_str::<SolveReport>(r).ok());
        match (report, ended.error) {
            (Some(r), _) => {
                let unserved: u32 = r.unserved.iter().map(|u| u.1).sum();
                ctx.say(fmt.fill(
                    W::SolveDone,
                    &[&fmt.money(r.cost), &format::count(r.served), &format::count(unserved)],
                ));
            }
            (None, Some(error)) => ctx.say(format!("{}: {error}", fmt.t(W::Solve))),
            (None, None) => {}
        }
    });
}

type Answer = RwSignal<Option<FleetDay>>;

/// Day, where the plan is from, and the button that makes one.
fn plan_bar(
    data: Answer,
    wanted: RwSignal<Option<Day>>,
    minute: Memo<Timestamp>,
    solve: impl Fn() + Copy + Send + 'static,
    running: Memo<Option<SolvingRow>>,
) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let cancel = move || {
        let Some(id) = running.with_untracked(|s| s.as_ref().map(|s| s.job)) else { return };
        spawn_local(async move {
            if let Err(e) = bridge::send(CancelJob { id }).await {
                ctx.fail(&e);
            }
        });
    };
    let solving = Memo::new(move |_| running.with(Option::is_some));
    let today = Memo::new(move |_| fmt.day_of(minute.get()));
    let days = Memo::new(move |_| data.with(|d| d.as_ref().map(|d| (d.day, model::days(d, today.get())))));
    let options = move || {
        days.get().map(|(shown, all)| {
            all.into_iter()
                .map(|day| {
                    let mut text = fmt.weekday(day, today.get_untracked());
                    if day == today.get_untracked() {
                        text = format!("{text} · {}", fmt.t(W::TodayWord));
                    }
                    view! { <option value=day.0.to_string() selected=day == shown>{text}</option> }
                })
                .collect_view()
        })
    };
    let line = move || {
        data.with(|d| {
            let d = d.as_ref()?;
            Some(match &d.plan {
                Some(p) => format!(
                    "{} · {}",
                    model::source(&fmt, d),
                    fmt.fill(W::PlanMade, &[&fmt.when(p.made_at, minute.get()), &p.made_by])
                ),
                None => fmt.t(W::PlanNone).to_owned(),
            })
        })
    };
    let stale =
        Memo::new(move |_| data.with(|d| d.as_ref().and_then(|d| d.plan.as_ref()).is_some_and(|p| p.stale)));
    let ready =
        Memo::new(move |_| data.with(|d| d.as_ref().is_some_and(|d| !lacks(d) && !d.deliveries.is_empty())));
    view! {
        <div class="planbar">
            <select aria-label=fmt.t(W::ChooseDay) data-testid=id::FLEET_DAY
                on:change=move |e| wanted.set(event_target_value(&e).parse().ok().map(Day))>{options}</select>
            <span class="muted ell" data-testid=id::PLAN_LINE title=line>{line}</span>
            {move || stale.get().then(|| view! {
                <span class="mark m stale" title=fmt.t(W::PlanStaleLong) data-testid=id::PLAN_STALE>"◆ "{fmt.t(W::PlanStale)}</span>
            })}
            <span class="gap"></span>
            {move || if solving.get() {
                parts::button(fmt.t(W::Cancel), "", id::CANCEL_JOB, cancel)
            } else {
                view! {
                    <button type="button" class="go" data-testid=id::SOLVE disabled=move || !ready.get() on:click=move |_| solve()>
                        {fmt.t(W::Solve)}<kbd aria-hidden="true">"s"</kbd></button>
                }
                .into_any()
            }}
        </div>
    }
    .into_any()
}

/// What the plan comes to.
fn key_figures(d: &FleetDay) -> AnyView {
    let fmt = fmt();
    let of = |state: &str| d.deliveries.iter().filter(|r| r.state == state).count();
    let late = of("Late");
    let Some(p) = &d.plan else {
        let kg: units::Milli = d.deliveries.iter().map(|r| r.weight_kg).sum();
        return parts::facts(vec![
            fact("deliveries", W::TabDeliveries, format::count(d.deliveries.len() as u64)),
            fact("weight", W::WeightWord, format::decimal(kg.0, 0)).unit("kg"),
            fact(
                "vehicles",
                W::TabVehicles,
                format::count(d.vehicles.iter().filter(|v| v.active).count() as u64),
            ),
        ]);
    };
    let used = fmt.fill(
        W::VehiclesUsed,
        &[&p.routes.len().to_string(), &d.vehicles.iter().filter(|v| v.active).count().to_string()],
    );
    let hours = format::decimal(p.driving.0 / 3600, 1);
    let mut all = vec![
        fact("cost", W::Cost, fmt.money(p.cost)).title(model::source(&fmt, d)),
        fact("driven", W::Driven, model::km(p.distance))
            .unit(fmt.t(W::UnitKm))
            .doubtful(p.estimated)
            .title(model::source(&fmt, d)),
        fact("driving", W::AtTheWheel, hours)
            .unit(fmt.t(W::UnitHour))
            .doubtful(p.estimated)
            .title(model::source(&fmt, d)),
        fact("served", W::ServedWord, format!("{}/{}", p.served, p.served + p.unserved)),
        fact("unserved", W::NotServed, format!("{}{}", if p.unserved > 0 { "▲ " } else { "" }, p.unserved))
            .bad(p.unserved > 0),
        fact("late", W::LateWord, format!("{}{late}", if late > 0 { "▲ " } else { "" })).bad(late > 0),
    ];
    if let Some(share) = model::utilisation(p) {
        all.push(fact("utilisation", W::Utilisation, fmt.percent(Permille(share))).title(used.clone()));
    }
    all.push(
        fact(
            "vehicles",
            W::TabVehicles,
            format!("{}/{}", p.routes.len(), d.vehicles.iter().filter(|v| v.active).count()),
        )
        .title(used),
    );
    parts::facts(all)
}

/// What is selected, in two lines, and what can be done with it. Its height does not change.
fn selected(
    data: Answer,
    sel: Memo<Option<Sel>>,
    minute: Memo<Timestamp>,
    positions: RwSignal<Option<Vec<PositionRow>>>,
    picking: RwSignal<Option<Pick>>,
) -> AnyView {
    let fmt = fmt();
    let said = Memo::new(move |_| {
        data.with(|d| {
            let (d, sel, now) = (d.as_ref()?, sel.get()?, minute.get());
            positions.with(|at| words(d, sel, at.as_deref().unwrap_or_default(), now))
        })
    });
    let body = move || {
        match said.get() {
        Some((title, line, more)) => view! {
            <div class="selwords"><h2 class="ell" data-testid=id::DETAIL_TITLE title=title.clone()>{title.clone()}</h2>
                <p class="muted ell" data-testid=id::DETAIL_REASON title=line.clone()>{line.clone()}</p>
                <p class="muted ell" title=more.clone()>{more.clone()}</p></div>
        }
        .into_any(),
        None => view! { <div class="selwords hint"><p class="muted">{fmt.t(W::SelectHint)}</p></div> }.into_any(),
    }
    };
    let buttons = move || {
        let key = sel.get();
        let has_route = data.with(|d| {
            let d = d.as_ref()?;
            let v = match key? {
                Sel::Route(v) | Sel::Vehicle(v) => v,
                Sel::Delivery(_) => return None,
            };
            Some((d.plan.as_ref()?.id, model::route(d, v)?.vehicle))
        });
        let change = move || {
            data.with_untracked(|d| change(d.as_ref()?, key?));
        };
        let remove = move || {
            if let Some(Sel::Delivery(id)) = key {
                data.with_untracked(|d| {
                    d.as_ref().and_then(|d| model::delivery(d, id)).map(actions::remove_delivery)
                });
            }
        };
        match key {
            None => view! {
                {parts::button(fmt.t(W::SetDepotDots), "", id::SET_DEPOT, move || actions::set_depot(data.with_untracked(|d| d.as_ref().and_then(|d| d.depot))))}
                {parts::button(fmt.t(W::DeliveryOnMap), "", id::CHOOSE_ON_MAP, move || picking.set(Some(Pick::Delivery)))}
                {parts::button(fmt.t(W::ImportRoadsDots), "", id::IMPORT_ROADS, actions::import_roads)}
            }
            .into_any(),
            Some(Sel::Delivery(_)) => view! {
                {parts::button(fmt.t(W::ChangeDots), "c", id::CHANGE_DELIVERY, change)}
                {parts::button(fmt.t(W::RemoveDots), "d", id::REMOVE_DELIVERY, remove)}
            }
            .into_any(),
            Some(_) => view! {
                {has_route.map(|(plan, v)| view! {
                    {parts::button(fmt.t(W::DriverSheet), "", id::DRIVER_SHEET, move || actions::export(plan, v, "pdf"))}
                    {parts::button(fmt.t(W::Gpx), "", id::ROUTE_GPX, move || actions::export(plan, v, "gpx"))}
                })}
                {parts::button(fmt.t(W::ChangeDots), "c", id::CHANGE_VEHICLE, change)}
            }
            .into_any(),
        }
    };
    view! { <div class="selbar">{body}<div class="act">{buttons}</div></div> }.into_any()
}

/// Title and two lines about what is selected.
fn words(
    d: &FleetDay,
    sel: Sel,
    positions: &[PositionRow],
    now: Timestamp,
) -> Option<(String, String, String)> {
    let fmt = fmt();
    let join =
        |parts: Vec<String>| parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ");
    Some(match sel {
        Sel::Delivery(id) => {
            let r = model::delivery(d, id)?;
            let number = model::number(d, r).map(|n| format!("{n} · ")).unwrap_or_default();
            let help =
                r.unserved.as_deref().and_then(model::unserved).map(|(_, help)| fmt.t(help).to_owned());
            let window = r.window.map_or_else(|| fmt.t(W::AllDay).to_owned(), model::span_of_day);
            let mut more = vec![
                format!("{} {window}", fmt.t(W::WindowWord)),
                model::load(r.weight_kg, "kg"),
                r.volume_m3.map(|v| model::load(v, "m³")).unwrap_or_default(),
                format!("{} {}", fmt.t(W::ServiceWord), fmt.span(r.service)),
                r.address.clone(),
                r.note.clone(),
            ];
            if let Some(help) = help {
                more.insert(0, help);
            }
            (
                format!("{number}{} · {}", r.customer, r.code),
                model::delivery_line(&fmt, d, r, now),
                join(more),
            )
        }
        Sel::Vehicle(id) => {
            let v = model::vehicle(d, id)?;
            let at = positions.iter().find(|p| p.vehicle == Some(id));
            let place =
                at.map_or_else(|| fmt.t(W::NoPosition).to_owned(), |p| model::position_line(&fmt, p, now));
            let costs = fmt.fill(
                W::CostsOfVehicle,
                &[&fmt.money(v.cost_fixed), &fmt.money_exact(v.cost_per_km), &fmt.money(v.cost_per_hour)],
            );
            let route = model::route(d, id)
                .map_or_else(|| fmt.t(W::NoRoute).to_owned(), |r| fmt.n(W::CountVisits, r.visits.len()));
            (
                format!("{} · {}", v.code, v.name),
                join(vec![
                    route,
                    fmt.fill(W::ShiftIs, &[&model::span_of_day((v.shift_from, v.shift_to))]),
                    place,
                ]),
                join(vec![
                    model::load(v.capacity_kg, "kg"),
                    v.capacity_m3.map(|m| model::load(m, "m³")).unwrap_or_default(),
                    costs,
                    if v.active { String::new() } else { fmt.t(W::NotPlanned).to_owned() },
                    if v.simulated { fmt.t(W::Simulated).to_owned() } else { String::new() },
                ]),
            )
        }
        Sel::Route(id) => {
            let r = model::route(d, id)?;
            let name = model::vehicle(d, id).map(|v| v.name.clone()).unwrap_or_default();
            let capacity =
                model::vehicle(d, id).map(|v| model::load(v.capacity_kg, "kg")).unwrap_or_default();
            let load = fmt.fill(W::LoadOf, &[&model::load(r.load_kg, "kg"), &capacity]);
            (
                join(vec![r.vehicle_code.clone(), name]),
                join(vec![
                    fmt.n(W::CountVisits, r.visits.len()),
                    fmt.fill(W::LeavesBack, &[&fmt.when(r.leave_at, now), &fmt.when(r.back_at, now)]),
                    model::route_delay(r).map(|late| model::delay(&fmt, late)).unwrap_or_default(),
                ]),
                join(vec![
                    model::distance(&fmt, r.distance),
                    format!("{} {}", fmt.t(W::AtTheWheel), fmt.span(r.driving)),
                    load,
                    fmt.money(r.cost),
                ]),
            )
        }
    })
}

/// A solve under way: its cost falls.
fn solving(running: Memo<Option<SolvingRow>>) -> AnyView {
    let fmt = fmt();
    let line = move || {
        running.get().map(|s| {
            let best = s.costs.last().map(|c| fmt.fill(W::BestSoFar, &[&fmt.money(c.1)]));
            let fell = match (s.costs.first(), s.costs.last()) {
                (Some(first), Some(last)) if first.1.0 > last.1.0 && first.1.0 > 0 => {
                    let share = (first.1.0 - last.1.0).saturating_mul(1000) / first.1.0;
                    Some(fmt.fill(
                        W::CostFell,
                        &[&fmt.percent(Permille(u16::try_from(share.clamp(0, 1000)).unwrap_or(1000)))],
                    ))
                }
                _ => None,
            };
            let left = (s.unserved > 0).then(|| fmt.n(W::CountUnserved, s.unserved));
            let parts = [
                Some(fmt.t(W::Solving).to_owned()),
                best,
                fell,
                Some(fmt.n(W::Iterations, s.iterations)),
                left,
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
        })
    };
    let curve = sketch(
        id::COST_CURVE,
        move || running.get().map(|s| model::cost_curve(&fmt, &s)),
        |_| 86.0,
        move || line().unwrap_or_default(),
        |_, _| {},
        |_, _| None,
    );
    view! {
        <section class="solving" role="status" data-testid=id::SOLVING>{curve}</section>
    }
    .into_any()
}

/// The day as bars.
fn bars(data: Answer, sel: Memo<Option<Sel>>, minute: Memo<Timestamp>) -> AnyView {
    let fmt = fmt();
    let chart =
        Memo::new(move |_| data.with(|d| d.as_ref().map(|d| model::gantt(&fmt, d, sel.get(), minute.get()))));
    let keys = move |row: usize| chart.with_untracked(|c| c.as_ref().and_then(|c| c.1.get(row).copied()));
    let visit = move |v: VehicleId, n: usize| {
        data.with_untracked(|d| Some(model::route(d.as_ref()?, v)?.visits.get(n)?.delivery))
    };
    sketch(
        id::GANTT,
        move || chart.with(|c| c.as_ref().map(|c| c.0.clone())),
        |c: &charts::GanttChart| c.height(22.0, &charts::Theme::light()),
        move || fmt.t(W::GanttCaption).to_owned(),
        move |c, u| {
            let Some(hit) = c.hit(u.at, u.size, u.theme) else { return };
            let Some(v) = keys(hit.row) else { return };
            let route = data.with_untracked(|d| d.as_ref().is_some_and(|d| model::route(d, v).is_some()));
            let row = if route { Sel::Route(v) } else { Sel::Vehicle(v) };
            select(Some(hit.visit.and_then(|n| visit(v, n)).map_or(row, Sel::Delivery)));
        },
        move |c, u| {
            let hit = c.hit(u.at, u.size, u.theme)?;
            let id = visit(keys(hit.row)?, hit.visit?)?;
            data.with_untracked(|d| {
                let d = d.as_ref()?;
                let r = model::delivery(d, id)?;
                let window = r.window.map_or_else(|| fmt.t(W::AllDay).to_owned(), model::span_of_day);
                Some(format!(
                    "{} · {}\n{}\n{} {window}",
                    r.customer,
                    r.code,
                    model::delivery_line(&fmt, d, r, minute.get_untracked()),
                    fmt.t(W::WindowWord)
                ))
            })
        },
    )
}

/// What no route takes, why, and what would help.
fn unserved_list(data: Answer) -> AnyView {
    let fmt = fmt();
    let rows = Memo::new(move |_| {
        data.with(|d| {
            d.iter().flat_map(|d| &d.deliveries).filter(|r| r.unserved.is_some()).cloned().collect::<Vec<_>>()
        })
    });
    (move || {
        rows.with(|all| (!all.is_empty()).then(|| {
            let lines = all
                .iter()
                .map(|r| {
                    let key = Sel::Delivery(r.id);
                    let why = r.unserved.as_deref().and_then(model::unserved);
                    let text = why.map_or_else(|| r.unserved.clone().unwrap_or_default(), |w| fmt.t(w.0).to_owned());
                    (
                        r.id.to_string(),
                        vec![
                            view! { <span class="marked-name"><span class="mark h" aria-hidden="true">"▲"</span><button type="button" class="link name" on:click=move |_| select(Some(key))>{r.customer.clone()}" · "{r.code.clone()}</button></span> }.into_any(),
                            cell(text),
                            view! { <span class="muted">{why.map(|w| fmt.t(w.1))}</span> }.into_any(),
                        ],
                    )
                })
                .collect();
            view! {
                <section class="card"><h3>{fmt.t(W::UnservedList)}" "<span class="muted">{all.len()}</span></h3>
                {grid(W::UnservedList, &[(W::CustomerWord, false), (W::Why, false), (W::WhatHelps, false)], lines, id::UNSERVED_ROW)}</section>
            }
        }))
    })
    .into_any()
}

/// The visits of the route that stands out.
fn visits(data: Answer, sel: Memo<Option<Sel>>, minute: Memo<Timestamp>) -> AnyView {
    let fmt = fmt();
    let shown = Memo::new(move |_| {
        data.with(|d| {
            let d = d.as_ref()?;
            let r = model::route(d, model::accented(d, sel.get())?)?;
            let row = |v: &VisitRow| {
                let delivery = model::delivery(d, v.delivery);
                let told = delivery.and_then(|one| model::arrival(&fmt, d, one));
                (v.clone(), delivery.cloned(), told)
            };
            let rows: Vec<(VisitRow, Option<DeliveryRow>, Option<String>)> =
                r.visits.iter().map(row).collect();
            Some((r.vehicle_code.clone(), rows))
        })
    });
    (move || {
        shown.get().map(|(code, all)| {
            let now = minute.get();
            let lines = all
                .iter()
                .enumerate()
                .map(|(n, (v, d, told))| {
                    let key = Sel::Delivery(v.delivery);
                    let window = d.as_ref().and_then(|d| d.window);
                    let late = d.as_ref().is_some_and(|d| d.state == "Late");
                    let (class, shape, word) = d.as_ref().map_or(("", "", None), |d| model::delivery_state(&d.state));
                    let word = word.map(|w| fmt.t(w));
                    let expected = v.expected_at.map(|at| {
                        let told = told.clone().unwrap_or_else(|| model::delay(&fmt, at - v.arrive_at));
                        format!("{} · {told}", fmt.when(at, now))
                    });
                    (
                        v.delivery.to_string(),
                        vec![
                            cell((n + 1).to_string()),
                            view! { <button type="button" class="link name" on:click=move |_| select(Some(key))>{v.customer.clone()}</button> }.into_any(),
                            cell(window.map_or_else(|| fmt.t(W::AllDay).to_owned(), model::span_of_day)),
                            cell(fmt.when(v.arrive_at, now)),
                            view! { <span class="nowrap" class:mark=late class:h=late>{late.then_some("▲ ")}{expected.unwrap_or_else(|| "—".into())}</span> }.into_any(),
                            view! { <span class=if class.is_empty() { "muted nowrap".to_owned() } else { format!("mark nowrap {class}") }>{shape}" "{word}</span> }.into_any(),
                            cell(model::distance(&fmt, v.distance)),
                        ],
                    )
                })
                .collect();
            view! {
                <section class="card"><h3>{code}" "<span class="muted">{fmt.n(W::CountVisits, all.len())}</span></h3>
                {grid(
                    W::Visits,
                    &[(W::Number, true), (W::CustomerWord, false), (W::WindowWord, true), (W::PlannedWord, true), (W::ExpectedWord, true), (W::StateWord, false), (W::Driven, true)],
                    lines,
                    id::VISIT_ROW,
                )}</section>
            }
        })
    })
    .into_any()
}

/// What the page still needs, what feeds it, and the button that does it.
fn setup(data: Answer, picking: RwSignal<Option<Pick>>, bounds: Memo<Option<Bounds>>) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let has = Memo::new(move |_| {
        data.with(|d| {
            d.as_ref().map_or([false; 4], |d| {
                [
                    d.depot.is_some(),
                    !d.vehicles.is_empty(),
                    !d.deliveries.is_empty() || !d.days.is_empty(),
                    d.roads.is_some(),
                ]
            })
        })
    });
    let line = move |n: usize, name: W, text: W, buttons: AnyView| {
        let done = move || has.with(|h| h[n]);
        view! {
            <li class:done=done>
                <span class="g" aria-hidden="true">{move || if done() { "✓" } else { "○" }}</span>
                <div><b>{fmt.t(name)}</b>" "<span class="muted">{fmt.t(text)}</span></div>
                <div class="act">{buttons}</div>
            </li>
        }
    };
    let depot = view! {
        {parts::button(fmt.t(W::SetDepotDots), "", id::SET_DEPOT, || actions::set_depot(None))}
        {move || bounds.with(Option::is_some).then(|| parts::button(fmt.t(W::ChooseOnMap), "", id::CHOOSE_ON_MAP, move || picking.set(Some(Pick::Depot))))}
    }
    .into_any();
    let vehicles = view! {
        {parts::button(fmt.t(W::ImportVehicles), "", id::EMPTY_ACTION, || actions::import("vehicles"))}
        {parts::button(fmt.t(W::AddVehicleDots), "", "setup-vehicle", || actions::save_vehicle(None))}
    }
    .into_any();
    let deliveries = view! {
        {parts::button(fmt.t(W::ImportDeliveries), "", id::EMPTY_ACTION, || actions::import("deliveries"))}
        {parts::button(fmt.t(W::AddDeliveryDots), "", "setup-delivery", move || {
            let day = data.with_untracked(|d| d.as_ref().map(|d| d.day)).unwrap_or_else(|| ctx.today());
            actions::save_delivery(None, day, None);
        })}
    }
    .into_any();
    let roads = parts::button(fmt.t(W::ImportRoadsDots), "", id::IMPORT_ROADS, actions::import_roads);
    view! {
        <section class="card setup" data-testid=id::EMPTY>
            <h2>{fmt.t(W::EmptyFleet)}</h2>
            <p class="muted">{fmt.t(W::EmptyFleetText)}</p>
            <ul>
                {line(0, W::Depot, W::NeedDepotText, depot)}
                {line(1, W::TabVehicles, W::NeedVehiclesText, vehicles)}
                {line(2, W::TabDeliveries, W::NeedDeliveriesText, deliveries)}
                {line(3, W::NeedRoads, W::NeedRoadsText, roads)}
            </ul>
        </section>
    }
    .into_any()
}

/// What a solve came to, on page Data.
pub fn solve_report(r: &SolveReport) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let seconds = |ms: u64| format::decimal(i64::try_from(ms).unwrap_or(i64::MAX), 1);
    let unserved: u32 = r.unserved.iter().map(|u| u.1).sum();
    let mut lines: Vec<(String, String, String)> = r
        .unserved
        .iter()
        .map(|(code, n)| {
            let why = model::unserved(code);
            let text = why.map_or_else(|| code.clone(), |w| fmt.t(w.0).to_owned());
            (text, format::count(*n), why.map(|w| fmt.t(w.1).to_owned()).unwrap_or_default())
        })
        .collect();
    lines.extend(super::data::counts(&r.counts));
    view! {
        <section class="stack" data-testid=id::IMPORT_REPORT>
            {parts::facts(vec![
                fact("cost", W::Cost, fmt.money(r.cost)),
                fact("first-cost", W::FirstCost, fmt.money(r.first_cost)),
                fact("routes", W::RoutesWord, format::count(r.routes)),
                fact("served", W::ServedWord, format::count(r.served)),
                fact("unserved", W::NotServed, format::count(unserved)),
                fact("took", W::Took, seconds(r.took_ms)).unit("s"),
            ])}
            <p class="muted">{fmt.n(W::Iterations, r.iterations)}" · "{fmt.fill(W::MatrixTook, &[&seconds(r.matrix_ms)])}
                {r.checked.then(|| format!(" · {}", fmt.t(W::CheckedPlan)))}
                {r.estimated.then(|| format!(" · {}", fmt.t(W::RoadsEstimated)))}</p>
            {(!lines.is_empty()).then(|| parts::reasons(lines))}
            <div class="act">{parts::go_button(fmt.t(W::OpenFleet), "g f", "open-fleet", move || ctx.go(Route::page(Page::Fleet)))}</div>
        </section>
    }
    .into_any()
}

/// What an import of roads came to, on page Data.
pub fn roads_report(r: &RoadsReport) -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let seconds = format::decimal(i64::try_from(r.took_ms).unwrap_or(i64::MAX), 1);
    view! {
        <section class="stack" data-testid=id::IMPORT_REPORT>
            <p>{r.roads.source.clone()}" · "{fmt.t(W::RoadsInUse)}</p>
            {parts::facts(vec![
                fact("length", W::RoadLength, model::km(r.roads.length)).unit(fmt.t(W::UnitKm)),
                fact("junctions", W::Junctions, format::count(r.roads.nodes)),
                fact("ways", W::WaysUsed, format::count(r.used)).note(fmt.fill(W::WaysRead, &[&format::count(r.ways)])),
                fact("took", W::Took, seconds).unit("s"),
            ])}
            <div class="act">{parts::go_button(fmt.t(W::OpenFleet), "g f", "open-fleet", move || ctx.go(Route::page(Page::Fleet)))}</div>
        </section>
    }
    .into_any()
}

/// Late and unserved deliveries of today in one line that leads here; nothing where all is well.
pub fn trouble() -> AnyView {
    let (ctx, fmt) = (ctx(), fmt());
    let told = RwSignal::new(None::<(usize, usize)>);
    let changed = after(&[Topic::Fleet]);
    let minute = lists::minute();
    Effect::new(move |_| {
        changed.track();
        minute.track();
        spawn_local(async move {
            // A page that shows other things does not fail for this line.
            if let Ok(day) = bridge::send(GetFleet { day: None }).await {
                let of = |state: &str| day.deliveries.iter().filter(|r| r.state == state).count();
                let new = Some((of("Late"), of("Unserved")));
                if told.try_get_untracked().is_some_and(|old| old != new) {
                    told.set(new);
                }
            }
        });
    });
    (move || {
        told.get().filter(|(late, unserved)| late + unserved > 0).map(|(late, unserved)| {
            let text = fmt.fill(W::FleetTrouble, &[&late.to_string(), &unserved.to_string()]);
            view! {
                <a class="trouble" href=Route::page(Page::Fleet).hash() title="g f" data-testid=id::FLEET_TROUBLE
                    on:click=move |e| { e.prevent_default(); ctx.go(Route::page(Page::Fleet)); }>
                    <span class="mark h" aria-hidden="true">"▲"</span><span class="ell">{text}</span></a>
            }
        })
    })
    .into_any()
}
