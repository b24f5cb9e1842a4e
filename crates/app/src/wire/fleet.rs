//! The delivery day as rows.

use crate::flows::delivery::{Expected, Solving};
use contract::{DeliveryRow, JobId, PlanRow, RouteRow, SolvingRow, VehicleRow, VisitRow};
use domain::{Delivery, Vehicle};
use std::collections::HashMap;
use store::{DeliveryProgress, SavedPlan};
use units::{DeliveryId, Metres, Millis, Timestamp, VehicleId};

/// A vehicle.
pub(crate) fn vehicle(vehicle: &Vehicle, simulated: bool) -> VehicleRow {
    VehicleRow {
        id: vehicle.id,
        code: vehicle.code.clone(),
        name: vehicle.name.clone(),
        capacity_kg: vehicle.capacity_kg,
        capacity_m3: vehicle.capacity_m3,
        shift_from: vehicle.shift.0,
        shift_to: vehicle.shift.1,
        cost_fixed: vehicle.cost_fixed,
        cost_per_km: vehicle.cost_per_km,
        cost_per_hour: vehicle.cost_per_hour,
        active: vehicle.active,
        simulated,
    }
}

/// A solve.
pub(crate) fn solving(solving: Solving) -> Option<SolvingRow> {
    Some(SolvingRow {
        job: solving.job.filter(|job| *job != JobId(0))?,
        running: solving.running,
        costs: solving.costs,
        iterations: solving.iterations,
        unserved: solving.unserved,
    })
}

/// What else is known when a plan becomes rows.
pub(crate) struct Known<'a> {
    /// All vehicles.
    pub vehicles: &'a [Vehicle],
    /// The plan's deliveries, also removed ones.
    pub deliveries: &'a [Delivery],
    /// What is expected of its routes.
    pub expected: &'a HashMap<VehicleId, Expected>,
    /// What was seen, also by an earlier plan.
    pub progress: &'a HashMap<DeliveryId, DeliveryProgress>,
    /// Something changed since it was made.
    pub stale: bool,
}

/// A plan.
pub(crate) fn plan(saved: &SavedPlan, known: &Known<'_>) -> PlanRow {
    let plan = &saved.plan;
    let routes: Vec<RouteRow> = plan.routes.iter().map(|one| route(one, known)).collect();
    PlanRow {
        id: plan.id,
        made_at: plan.made_at,
        made_by: saved.made_by.clone(),
        estimated: plan.estimated,
        stale: known.stale,
        cost: plan.cost,
        distance: plan.routes.iter().fold(Metres(0), |sum, route| sum.plus(route.distance)),
        driving: Millis(plan.routes.iter().map(|route| route.driving.0).sum()),
        served: plan.routes.iter().map(|route| route.visits.len() as u32).sum(),
        unserved: plan.unserved.len() as u32,
        routes,
    }
}

fn route(route: &domain::Route, known: &Known<'_>) -> RouteRow {
    let vehicle = known.vehicles.iter().find(|one| one.id == route.vehicle);
    let expected = known.expected.get(&route.vehicle);
    let capacity = vehicle.map_or(0, |one| one.capacity_kg.0);
    let share = if capacity > 0 { route.load_kg.0.saturating_mul(1000) / capacity } else { 0 };
    RouteRow {
        vehicle: route.vehicle,
        vehicle_code: vehicle.map_or_else(|| route.vehicle.to_string(), |one| one.code.clone()),
        leave_at: route.leave_at,
        back_at: route.back_at,
        distance: route.distance,
        driving: route.driving,
        load_kg: route.load_kg,
        load_permille: u16::try_from(share).unwrap_or(u16::MAX),
        cost: route.cost,
        delay: expected.map(|expected| expected.outlook.delay),
        visits: route
            .visits
            .iter()
            .enumerate()
            .map(|(at, visit)| {
                let delivery = known.deliveries.iter().find(|one| one.id == visit.delivery);
                let (expected_at, served) = seen(visit.delivery, at, expected, known.progress);
                VisitRow {
                    delivery: visit.delivery,
                    code: delivery.map_or_else(String::new, |one| one.code.clone()),
                    customer: delivery.map_or_else(String::new, |one| one.customer.clone()),
                    arrive_at: visit.arrive_at,
                    start_at: visit.start_at,
                    leave_at: visit.leave_at,
                    distance: visit.distance,
                    expected_at,
                    served,
                }
            })
            .collect(),
    }
}

/// When the vehicle was or will be there, and whether it served.
fn seen(
    delivery: DeliveryId,
    at: usize,
    expected: Option<&Expected>,
    progress: &HashMap<DeliveryId, DeliveryProgress>,
) -> (Option<Timestamp>, bool) {
    let stored = progress.get(&delivery).filter(|one| one.served);
    let live = expected.and_then(|one| one.visits.get(at)).filter(|seen| seen.served);
    let true_at = live.and_then(|seen| seen.arrived_at).or(stored.map(|one| one.arrived_at));
    let expected_at = expected.and_then(|one| one.outlook.arrivals.get(at).copied().flatten());
    (true_at.or(expected_at), true_at.is_some())
}

/// A delivery; `closes_at` is the end of its window.
pub(crate) fn delivery(
    delivery: &Delivery,
    closes_at: Option<Timestamp>,
    saved: Option<&SavedPlan>,
    known: &Known<'_>,
) -> DeliveryRow {
    let place = saved.and_then(|saved| {
        saved.plan.routes.iter().find_map(|route| {
            let at = route.visits.iter().position(|visit| visit.delivery == delivery.id)?;
            Some((route, at))
        })
    });
    let unserved = saved.and_then(|saved| saved.plan.unserved.iter().find(|(id, _)| *id == delivery.id));
    let expected = place.and_then(|(route, _)| known.expected.get(&route.vehicle));
    let at = place.map_or(usize::MAX, |(_, at)| at);
    let (expected_at, served) = seen(delivery.id, at, expected, known.progress);
    let late = expected_at.zip(closes_at).is_some_and(|(at, closes)| at > closes);
    let next = expected.is_some_and(|one| one.under_way && one.outlook.next == Some(at));
    let state = match () {
        () if late => "Late",
        () if served => "Served",
        () if unserved.is_some() => "Unserved",
        () if place.is_none() => "Unplanned",
        () if next => "UnderWay",
        () => "Planned",
    };
    DeliveryRow {
        id: delivery.id,
        code: delivery.code.clone(),
        day: delivery.day,
        customer: delivery.customer.clone(),
        address: delivery.address.clone(),
        place: delivery.place,
        weight_kg: delivery.weight_kg,
        volume_m3: delivery.volume_m3,
        service: delivery.service,
        window: delivery.window,
        note: delivery.note.clone(),
        state: state.to_owned(),
        unserved: unserved.map(|(_, reason)| format!("{reason:?}")),
        vehicle: place.map(|(route, _)| route.vehicle),
        planned_at: place.and_then(|(route, at)| Some(route.visits.get(at)?.arrive_at)),
        expected_at,
    }
}
