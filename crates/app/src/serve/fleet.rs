//! The delivery day: deliveries, vehicles, roads, the plan.

use crate::dispatch::Serve;
use crate::failure::{Failure, Result};
use crate::flows::{delivery, roads, route_export};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::*;
use domain::{Actor, Delivery, Vehicle};
use std::collections::HashMap;
use units::{Day, Milli, Millis, Money, Seed};

impl Serve<GetFleet> for App {
    async fn serve(&self, call: GetFleet, _: &Actor) -> Result<FleetDay> {
        self.blocking(move |inner| day(inner, call.day.unwrap_or_else(|| inner.today()))).await
    }
}

fn day(inner: &Inner, day: Day) -> Result<FleetDay> {
    let records = &inner.store.records;
    let (vehicles, deliveries) = (records.vehicles()?, records.deliveries(day)?);
    let saved = records.plan_in_force(day)?;
    let of_plan = saved.as_ref().map(|saved| records.deliveries_of_plan(saved.plan.id)).transpose()?;
    let of_plan = of_plan.unwrap_or_default();
    let expected = match &saved {
        Some(saved) if day == inner.today() => delivery::follow(inner, saved, &vehicles, &of_plan)?,
        _ => HashMap::new(),
    };
    let progress = records.delivery_progress(day)?.into_iter().map(|one| (one.delivery, one)).collect();
    let stale = match &saved {
        Some(saved) => delivery::stale(inner, &saved.plan, &vehicles, &deliveries)?,
        None => false,
    };
    let known = wire::fleet::Known {
        vehicles: &vehicles,
        deliveries: &of_plan,
        expected: &expected,
        progress: &progress,
        stale,
    };
    let zone = inner.zone();
    let simulated = inner.settings().demo;
    Ok(FleetDay {
        day,
        midnight: crate::zone::midnight(&zone, day),
        depot: delivery::depot(inner)?,
        roads: roads::row(inner)?,
        vehicles: vehicles.iter().map(|one| wire::fleet::vehicle(one, simulated)).collect(),
        deliveries: deliveries
            .iter()
            .map(|one| {
                let closes_at = one.window.map(|(_, to)| crate::zone::at_minute(&zone, day, to));
                wire::fleet::delivery(one, closes_at, saved.as_ref(), &known)
            })
            .collect(),
        plan: saved.as_ref().map(|saved| wire::fleet::plan(saved, &known)),
        solving: inner.fleet.solving(day).and_then(wire::fleet::solving),
        days: records.delivery_days(limits::DELIVERY_DAYS_MAX)?,
    })
}

impl Serve<SolveDay> for App {
    async fn serve(&self, call: SolveDay, by: &Actor) -> Result<JobId> {
        self.start_solve(call.day, call.seconds, Seed(call.seed), by).await
    }
}

/// A code or name that a person typed.
fn text(what: &str, given: &str, needed: bool, most: usize) -> Result<String> {
    let text = given.trim();
    if needed && text.is_empty() {
        return Err(Failure::bad_input(format!("{what} is empty; fill it in")));
    }
    if text.chars().count() > most {
        return Err(Failure::bad_input(format!("{what} is longer than {most} characters; shorten it")));
    }
    Ok(text.to_owned())
}

fn load(what: &str, load: Milli, least: i64) -> Result<Milli> {
    if (least..=limits::LOAD_MAX).contains(&load.0) {
        return Ok(load);
    }
    let must = if least > 0 { "more than nothing" } else { "not negative" };
    Err(Failure::bad_input(format!(
        "{what} is {load}: it must be {must} and at most {}",
        Milli(limits::LOAD_MAX)
    )))
}

fn money(what: &str, cost: Money) -> Result<Money> {
    if (0..=limits::VEHICLE_COST_MAX).contains(&cost.0) {
        return Ok(cost);
    }
    Err(Failure::bad_input(format!("{what} is {cost:.2}: give 0 to {}", Money(limits::VEHICLE_COST_MAX))))
}

/// Two minutes of the day, the first before the second.
fn minutes(what: &str, (from, to): (u16, u16), same: bool) -> Result<(u16, u16)> {
    if to <= limits::MINUTES_MAX && (from < to || (same && from == to)) {
        return Ok((from, to));
    }
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    Err(Failure::bad_input(format!(
        "{what} is {} to {}: it must end after it begins, and by 36:00",
        clock(from),
        clock(to)
    )))
}

/// Something of the fleet was changed by a person.
fn changed(inner: &Inner) {
    for topic in [Topic::Fleet, Topic::Audit] {
        inner.bus.changed(topic);
    }
}

impl Serve<SaveVehicle> for App {
    async fn serve(&self, call: SaveVehicle, by: &Actor) -> Result<VehicleId> {
        let by = by.clone();
        self.blocking(move |inner| {
            let code = text("the vehicle's code", &call.code, true, limits::CODE_CHARS_MAX)?;
            let vehicle = Vehicle {
                id: call.id.unwrap_or_default(),
                name: text("the vehicle's name", &call.name, false, limits::TEXT_CHARS_MAX)?,
                capacity_kg: load("the vehicle's capacity in kg", call.capacity_kg, 1)?,
                capacity_m3: call
                    .capacity_m3
                    .map(|volume| load("the vehicle's capacity in m³", volume, 1))
                    .transpose()?,
                shift: minutes("the shift", (call.shift_from, call.shift_to), false)?,
                cost_fixed: money("the cost of a day", call.cost_fixed)?,
                cost_per_km: money("the cost of a kilometre", call.cost_per_km)?,
                cost_per_hour: money("the cost of an hour", call.cost_per_hour)?,
                active: call.active,
                code,
            };
            let id = inner.store.records.save_vehicle(&inner.act(&by), &vehicle)?;
            changed(inner);
            Ok(id)
        })
        .await
    }
}

impl Serve<SaveDelivery> for App {
    async fn serve(&self, call: SaveDelivery, by: &Actor) -> Result<DeliveryId> {
        let by = by.clone();
        self.blocking(move |inner| {
            let code = text("the delivery's number", &call.code, true, limits::CODE_CHARS_MAX)?;
            delivery::on_earth("save the delivery", call.place)?;
            if !(Millis(0)..=Millis::days(1)).contains(&call.service) {
                return Err(Failure::bad_input("the time at the door must be 0 to 24 hours"));
            }
            let delivery = Delivery {
                id: call.id.unwrap_or_default(),
                day: call.day,
                customer: text("the customer", &call.customer, false, limits::TEXT_CHARS_MAX)?,
                address: text("the address", &call.address, false, limits::TEXT_CHARS_MAX)?,
                place: call.place,
                weight_kg: load("the delivery's weight in kg", call.weight_kg, 0)?,
                volume_m3: call
                    .volume_m3
                    .map(|volume| load("the delivery's volume in m³", volume, 0))
                    .transpose()?,
                service: call.service,
                window: call.window.map(|window| minutes("the window", window, true)).transpose()?,
                note: text("the note", &call.note, false, limits::TEXT_CHARS_MAX)?,
                code,
            };
            let id = inner.store.records.save_delivery(&inner.act(&by), &delivery)?;
            changed(inner);
            Ok(id)
        })
        .await
    }
}

impl Serve<RemoveDelivery> for App {
    async fn serve(&self, call: RemoveDelivery, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            inner.store.records.remove_delivery(&inner.act_because(&by, &call.why), call.id)?;
            changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<SetDepot> for App {
    async fn serve(&self, call: SetDepot, by: &Actor) -> Result<Done> {
        let by = by.clone();
        self.blocking(move |inner| {
            delivery::set_depot(inner, &by, call.place, &call.why)?;
            changed(inner);
            Ok(Done)
        })
        .await
    }
}

impl Serve<ImportRoads> for App {
    async fn serve(&self, call: ImportRoads, by: &Actor) -> Result<JobId> {
        self.start_roads(call.file, by).await
    }
}

impl Serve<GetRoads> for App {
    async fn serve(&self, call: GetRoads, _: &Actor) -> Result<MapLines> {
        self.blocking(move |inner| {
            Ok(roads::lines(inner, call.south_west, call.north_east, call.metres_per_pixel))
        })
        .await
    }
}

impl Serve<GetRoutePaths> for App {
    async fn serve(&self, call: GetRoutePaths, _: &Actor) -> Result<MapLines> {
        self.blocking(move |inner| Ok((*delivery::paths(inner, call.plan)?).clone())).await
    }
}

impl Serve<ListPositions> for App {
    async fn serve(&self, _: ListPositions, _: &Actor) -> Result<Vec<PositionRow>> {
        self.blocking(move |inner| {
            let ids: HashMap<String, VehicleId> =
                inner.store.records.vehicles()?.into_iter().map(|one| (one.code, one.id)).collect();
            let now = inner.now();
            let rows = inner.store.telemetry.latest_positions()?.into_iter().map(|position| PositionRow {
                vehicle: ids.get(&position.vehicle).copied(),
                code: position.vehicle,
                at: position.at,
                place: position.place,
                speed_kmh: position.speed_kmh,
                heading_deg: position.heading_deg,
                stale: now - position.at > limits::POSITION_STALE,
            });
            Ok(rows.collect())
        })
        .await
    }
}

impl Serve<ExportRoute> for App {
    async fn serve(&self, call: ExportRoute, by: &Actor) -> Result<FileReply> {
        let by = by.clone();
        self.blocking(move |inner| route_export::export(inner, &by, &call)).await
    }
}
