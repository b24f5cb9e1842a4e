//! The lists of the Fleet page: deliveries, vehicles, routes; a tab each.

use super::model::{self, Sel};
use crate::columns::{Column, Table, number, text};
use crate::format;
use crate::i18n::W;
use crate::live::Live;
use crate::parts;
use crate::state::{ctx, fmt};
use crate::table::{self, Long, Row, td};
use crate::takeout::these;
use crate::testids as id;
use contract::*;
use leptos::prelude::*;
use std::cmp::Reverse;
use units::{Permille, Timestamp};

#[derive(Clone, Copy, PartialEq)]
enum Sort {
    /// As the model has it: what is wrong first.
    Urgent,
    Name,
    Window,
    Weight,
    Vehicle,
    At,
    Visits,
    Load,
    Cost,
    Driven,
    Delay,
    Shift,
}

const DELIVERIES: [Column<Sort>; 8] = [
    text("state", W::StateWord, 14).up(Sort::Urgent),
    text("customer", W::CustomerWord, 130).grows().up(Sort::Name),
    number("window", W::WindowWord, 66).up(Sort::Window),
    number("at", W::ExpectedWord, 84).up(Sort::At),
    text("vehicle", W::VehicleWord, 64).up(Sort::Vehicle).hidden(),
    number("weight", W::WeightWord, 60).down(Sort::Weight).hidden(),
    number("planned", W::PlannedWord, 54).up(Sort::At).hidden(),
    text("address", W::FieldAddress, 120).hidden(),
];

const VEHICLES: [Column<Sort>; 5] = [
    text("vehicle", W::VehicleWord, 130).grows().up(Sort::Name),
    number("shift", W::ShiftWord, 78).up(Sort::Shift),
    number("capacity", W::FieldCapacityKg, 66).down(Sort::Load),
    number("visits", W::Visits, 46).down(Sort::Visits),
    number("cost", W::FieldCostPerKm, 60).hidden(),
];

const ROUTES: [Column<Sort>; 6] = [
    text("vehicle", W::VehicleWord, 120).grows().up(Sort::Name),
    number("visits", W::Visits, 36).down(Sort::Visits),
    number("load", W::Utilisation, 48).down(Sort::Load),
    number("delay", W::DelayWord, 94).down(Sort::Delay),
    number("cost", W::Cost, 62).down(Sort::Cost).hidden(),
    number("driven", W::Driven, 62).down(Sort::Driven).hidden(),
];

/// What the lists share.
#[derive(Clone, Copy)]
pub struct Lists {
    /// The day.
    pub answer: Live<FleetDay>,
    /// What is selected.
    pub sel: Memo<Option<Sel>>,
    /// The order that `j` and `k` go through.
    pub order: RwSignal<Vec<Sel>>,
    /// The clock, by the minute.
    pub minute: Memo<Timestamp>,
}

impl Lists {
    /// The list of a tab.
    pub fn show(self, tab: &str) -> AnyView {
        match tab {
            "vehicles" => self.vehicles(),
            "routes" => self.routes(),
            _ => self.deliveries(),
        }
    }

    /// What a list is asked with again when it is taken out.
    fn day(self) -> GetFleet {
        GetFleet { day: self.answer.data.with_untracked(|day| day.as_ref().map(|day| day.day)) }
    }

    fn body<T: Clone + PartialEq + Send + Sync + 'static>(
        self,
        table: Table<Sort>,
        label: W,
        rows: Memo<Option<Vec<T>>>,
        key: fn(&T) -> Sel,
        row: impl Fn(&T) -> Row + Send + Sync + 'static,
        none: W,
    ) -> AnyView {
        let fmt = fmt();
        Effect::new(move |_| self.order.set(rows.with(|r| r.iter().flatten().map(key).collect())));
        let total = Signal::derive(move || rows.with(|r| r.as_ref().map_or(0, Vec::len)));
        let chosen = Signal::derive(move || {
            let sel = self.sel.get()?;
            rows.with(|r| r.as_ref()?.iter().position(|one| key(one) == sel))
        });
        let long = Long { label: fmt.t(label), total, chosen, seen: None, tall: true };
        let data = move |i: usize| rows.with(|r| r.as_ref()?.get(i).cloned());
        let body = table::rows(
            long,
            data,
            move |_, one| row(one),
            move |i, _| {
                if let Some(key) = rows.with_untracked(|r| r.as_ref().and_then(|r| r.get(i).map(key))) {
                    super::select(Some(key));
                }
            },
        );
        let waiting = move || rows.with(Option::is_none).then(|| parts::waiting(self.answer.error.get()));
        let empty = move || {
            let none_here = rows.with(|r| r.as_ref().is_some_and(Vec::is_empty));
            none_here.then(|| {
                let word = if table.filter().with(String::is_empty) { none } else { W::NothingFound };
                view! { <p class="muted pad" role="status">{fmt.t(word)}</p> }
            })
        };
        view! { {table.tools(W::FilterFleet)}{waiting}{empty}{table.boxed(body)} }.into_any()
    }

    fn deliveries(self) -> AnyView {
        let fmt = fmt();
        let table = Table::new("deliveries", &DELIVERIES, "state");
        let filter = table.filter();
        // A row carries the code of its vehicle: the list redraws it when that changes.
        let rows = Memo::new(move |_| {
            self.answer.data.with(|d| {
                let d = d.as_ref()?;
                let mut all = model::deliveries(d, &filter.get());
                let (by, reverse) = table.sort()?;
                let code =
                    |r: &DeliveryRow| r.vehicle.and_then(|v| model::vehicle(d, v)).map(|v| v.code.clone());
                match by {
                    Sort::Name => all.sort_by_cached_key(|r| r.customer.to_lowercase()),
                    Sort::Window => all.sort_by_key(|r| r.window.unwrap_or((u16::MAX, u16::MAX))),
                    Sort::Weight => all.sort_by_key(|r| Reverse(r.weight_kg)),
                    Sort::Vehicle => all.sort_by_key(|r| (code(r).is_none(), code(r), r.planned_at)),
                    Sort::At => {
                        all.sort_by_key(|r| r.expected_at.or(r.planned_at).unwrap_or(Timestamp(i64::MAX)))
                    }
                    _ => {}
                }
                if reverse {
                    all.reverse();
                }
                Some(all.into_iter().map(|r| (code(&r), model::arrival(&fmt, d, &r), r)).collect::<Vec<_>>())
            })
        });
        let table = table.takes(W::TabDeliveries, move || {
            these(
                &self.day(),
                rows.with_untracked(|rows| rows.iter().flatten().map(|r| r.2.id).collect::<Vec<_>>()),
            )
        });
        let row = move |(code, told, d): &(Option<String>, Option<String>, DeliveryRow)| {
            let now = self.minute.get();
            let cells = table.cells(|key| delivery_cell(d, code.as_deref(), told.as_deref(), key, now));
            let class = if d.state == "Served" { "done" } else { "" };
            Row { testid: id::DELIVERY_ROW, id: d.id.to_string(), class, marked: false, cells }
        };
        self.body(table, W::TabDeliveries, rows, |r| Sel::Delivery(r.2.id), row, W::NoDeliveriesThatDay)
    }

    fn vehicles(self) -> AnyView {
        let table = Table::new("vehicles", &VEHICLES, "vehicle");
        let filter = table.filter();
        let rows = Memo::new(move |_| {
            self.answer.data.with(|d| {
                let d = d.as_ref()?;
                let mut all = model::vehicles(d, &filter.get());
                let (by, reverse) = table.sort()?;
                let visits = |v: &VehicleRow| model::route(d, v.id).map_or(0, |r| r.visits.len());
                match by {
                    Sort::Shift => all.sort_by_key(|v| (v.shift_from, v.shift_to)),
                    Sort::Load => all.sort_by_key(|v| Reverse(v.capacity_kg)),
                    Sort::Visits => all.sort_by_key(|v| Reverse(visits(v))),
                    _ => {}
                }
                if reverse {
                    all.reverse();
                }
                Some(all.into_iter().map(|v| (visits(&v), v)).collect::<Vec<_>>())
            })
        });
        let table = table.takes(W::TabVehicles, move || {
            these(
                &self.day(),
                rows.with_untracked(|rows| rows.iter().flatten().map(|r| r.1.id).collect::<Vec<_>>()),
            )
        });
        let row = move |(visits, v): &(usize, VehicleRow)| {
            let cells = table.cells(|key| vehicle_cell(v, *visits, key));
            let class = if v.active { "" } else { "done" };
            Row { testid: id::VEHICLE_ROW, id: v.id.to_string(), class, marked: false, cells }
        };
        self.body(table, W::TabVehicles, rows, |v| Sel::Vehicle(v.1.id), row, W::NoVehicles)
    }

    fn routes(self) -> AnyView {
        let table = Table::new("routes", &ROUTES, "vehicle");
        let filter = table.filter();
        let rows = Memo::new(move |_| {
            self.answer.data.with(|d| {
                let d = d.as_ref()?;
                let mut all = model::routes(d, &filter.get());
                let (by, reverse) = table.sort()?;
                match by {
                    Sort::Visits => all.sort_by_key(|r| Reverse(r.visits.len())),
                    Sort::Load => all.sort_by_key(|r| Reverse(r.load_permille)),
                    Sort::Cost => all.sort_by_key(|r| Reverse(r.cost)),
                    Sort::Driven => all.sort_by_key(|r| Reverse(r.distance)),
                    Sort::Delay => all.sort_by_key(|r| Reverse(model::route_delay(r))),
                    _ => {}
                }
                if reverse {
                    all.reverse();
                }
                let name =
                    |r: &RouteRow| model::vehicle(d, r.vehicle).map(|v| v.name.clone()).unwrap_or_default();
                Some(all.into_iter().map(|r| (name(&r), r)).collect::<Vec<_>>())
            })
        });
        let table = table.takes(W::TabRoutes, move || {
            these(
                &self.day(),
                rows.with_untracked(|rows| rows.iter().flatten().map(|r| r.1.vehicle).collect::<Vec<_>>()),
            )
        });
        let row = move |(name, r): &(String, RouteRow)| {
            let now = self.minute.get();
            let cells = table.cells(|key| route_cell(r, name, key, now));
            Row { testid: id::ROUTE_ROW, id: r.vehicle.to_string(), class: "", marked: false, cells }
        };
        self.body(table, W::TabRoutes, rows, |r| Sel::Route(r.1.vehicle), row, W::NoRoutesYet)
    }
}

fn two(title: String, line: String) -> AnyView {
    let hint = format!("{title}\n{line}");
    view! {
        <span role="gridcell" class="two" title=hint><span class="t ell">{title}</span><span class="s ell">{line}</span></span>
    }
    .into_any()
}

fn two_numbers(first: String, second: String, late: bool) -> AnyView {
    view! {
        <span role="gridcell" class="two num"><span class="t ell">{first}</span><span class="s ell" class:mark=late class:h=late>{second}</span></span>
    }
    .into_any()
}

fn delivery_cell(
    d: &DeliveryRow,
    code: Option<&str>,
    told: Option<&str>,
    key: &'static str,
    now: Timestamp,
) -> AnyView {
    let fmt = fmt();
    let (class, shape, word) = model::delivery_state(&d.state);
    let word = word.map_or_else(|| d.state.clone(), |w| fmt.t(w).to_owned());
    let time = |at: Option<Timestamp>| at.map_or_else(|| "—".to_owned(), |at| fmt.when(at, now));
    match key {
        "state" => view! {
            <span role="gridcell" class=if class.is_empty() { "muted".to_owned() } else { format!("mark {class}") } title=word.clone() data-state=d.state.clone()>
                <span aria-hidden="true">{shape}</span><span class="sr">{word.clone()}</span></span>
        }
        .into_any(),
        "window" => td("num", d.window.map_or_else(|| fmt.t(W::AllDay).to_owned(), model::span_of_day)),
        "at" => match (d.expected_at, told) {
            (Some(expected), Some(told)) => {
                two_numbers(time(Some(expected)), told.to_owned(), d.state == "Late")
            }
            (expected, _) => td("num", time(expected.or(d.planned_at))),
        },
        "planned" => td("num muted", time(d.planned_at)),
        "vehicle" => td("ell", code.unwrap_or("—").to_owned()),
        "weight" => td("num", model::load(d.weight_kg, "kg")),
        "address" => td("ell muted", d.address.clone()),
        _ => {
            let mut parts = match d.unserved.as_deref().and_then(model::unserved) {
                Some((why, _)) => vec![fmt.t(why).to_owned()],
                None => vec![word],
            };
            parts.extend(code.map(str::to_owned));
            parts.push(model::load(d.weight_kg, "kg"));
            two(d.customer.clone(), parts.join(" · "))
        }
    }
}

fn vehicle_cell(v: &VehicleRow, visits: usize, key: &'static str) -> AnyView {
    let fmt = fmt();
    match key {
        "shift" => td("num", model::span_of_day((v.shift_from, v.shift_to))),
        "capacity" => td("num", format::decimal(v.capacity_kg.0, 0)),
        "visits" => td("num", if visits == 0 { "—".to_owned() } else { visits.to_string() }),
        "cost" => td("num", fmt.money_exact(v.cost_per_km)),
        _ => {
            let mut parts = vec![v.name.clone()];
            if !v.active {
                parts.push(fmt.t(W::NotPlanned).to_owned());
            }
            if v.simulated {
                parts.push(fmt.t(W::Simulated).to_owned());
            }
            two(v.code.clone(), parts.join(" · "))
        }
    }
}

fn route_cell(r: &RouteRow, name: &str, key: &'static str, now: Timestamp) -> AnyView {
    let fmt = fmt();
    match key {
        "visits" => td("num", r.visits.len().to_string()),
        "load" => td("num", fmt.percent(Permille(r.load_permille.min(1000)))),
        "cost" => td("num", fmt.money(r.cost)),
        "driven" => td("num", model::distance(&fmt, r.distance)),
        "delay" => match model::route_delay(r) {
            Some(late) => {
                let is_late = late.0 >= 15 * 60_000;
                let text = model::delay(&fmt, late);
                view! { <span role="gridcell" class="num ell" class:mark=is_late class:h=is_late>{is_late.then_some("▲ ")}{text}</span> }.into_any()
            }
            None => td("num muted", "—"),
        },
        _ => {
            let line = format!("{}–{}", fmt.when(r.leave_at, now), fmt.when(r.back_at, now));
            let title = if name.is_empty() {
                r.vehicle_code.clone()
            } else {
                format!("{} · {name}", r.vehicle_code)
            };
            two(title, format!("{line} · {}", model::distance(&fmt, r.distance)))
        }
    }
}

/// How many of each, for the tabs.
pub fn counts(day: Option<&FleetDay>) -> [Option<u64>; 3] {
    let n = |of: &dyn Fn(&FleetDay) -> usize| day.map(|d| of(d) as u64);
    [
        n(&|d| d.deliveries.len()),
        n(&|d| d.vehicles.len()),
        n(&|d| d.plan.as_ref().map_or(0, |p| p.routes.len())),
    ]
}

/// The clock of a page that shows minutes.
pub fn minute() -> Memo<Timestamp> {
    let ctx = ctx();
    Memo::new(move |_| Timestamp(ctx.now.get().0 / 60_000 * 60_000))
}
