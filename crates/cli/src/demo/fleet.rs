//! The delivery day of the demo, held against itself: every route reckoned again from what the calls say, sharing no code with the
//! search or its checker; and what a driver takes along, left in the report folder.

use super::Outcome;
use app::{Actor, App};
use base64::Engine;
use contract::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use units::{Day, GeoPoint, Money, Timestamp};

/// Nobody drives faster, m/s.
const SPEED_MAX: f64 = 37.0;

/// Where vehicles were seen, to know whether they moved.
#[derive(Default)]
pub struct Seen {
    first: HashMap<String, GeoPoint>,
    moved: BTreeSet<String>,
}

impl Seen {
    /// Looks once more.
    pub async fn look(&mut self, app: &App, by: &Actor) -> Outcome<usize> {
        for row in app.call(ListPositions {}, by).await? {
            let first = *self.first.entry(row.code.clone()).or_insert(row.place);
            if first.metres_to(row.place) > 100.0 {
                self.moved.insert(row.code);
            }
        }
        Ok(self.moved.len())
    }

    /// Vehicles that moved.
    pub fn moved(&self) -> usize {
        self.moved.len()
    }

    /// Vehicles heard.
    pub fn heard(&self) -> usize {
        self.first.len()
    }
}

/// What the delivery days came to.
pub struct Driven {
    pub days: Vec<serde_json::Value>,
    /// What a route does not keep to.
    pub broken: Vec<String>,
    pub routes: usize,
    pub unserved: usize,
    pub files: Vec<String>,
}

/// Reckons every plan of the site again and writes the last one's routes out.
pub async fn check(app: &App, by: &Actor, report: &Path) -> Outcome<Driven> {
    let days = app.call(GetFleet { day: None }, by).await?.days;
    let mut driven =
        Driven { days: Vec::new(), broken: Vec::new(), routes: 0, unserved: 0, files: Vec::new() };
    let mut written = false;
    for day in days {
        let fleet = app.call(GetFleet { day: Some(day) }, by).await?;
        let Some(plan) = fleet.plan.clone() else { continue };
        let paths = app.call(GetRoutePaths { plan: plan.id }, by).await?;
        let before = driven.broken.len();
        reckon(&fleet, &plan, &paths, &mut driven.broken);
        let mut reasons = BTreeMap::<String, u32>::new();
        for reason in fleet.deliveries.iter().filter_map(|one| one.unserved.clone()) {
            *reasons.entry(reason).or_default() += 1;
        }
        driven.routes += plan.routes.len();
        driven.unserved += plan.unserved as usize;
        driven.days.push(json!({
            "day": day.to_string(),
            "deliveries": fleet.deliveries.len(),
            "routes": plan.routes.len(),
            "served": plan.served,
            "unserved": reasons,
            "cost": format!("{:.2}", plan.cost),
            "distance_km": plan.distance.0 as f64 / 1_000.0,
            "estimated": plan.estimated,
            "visits_made": plan.routes.iter().flat_map(|route| &route.visits).filter(|visit| visit.served).count(),
            "checked": driven.broken.len() == before,
        }));
        if !written {
            // Days come newest first.
            written = true;
            write(app, by, &plan, day, report, &mut driven.files).await?;
        }
    }
    Ok(driven)
}

/// Rules a plan must keep, from its rows alone.
fn reckon(fleet: &FleetDay, plan: &PlanRow, paths: &MapLines, broken: &mut Vec<String>) {
    let deliveries: HashMap<_, _> = fleet.deliveries.iter().map(|one| (one.id, one)).collect();
    let mut on_route = BTreeSet::new();
    let minute = |at: Timestamp| (at - fleet.midnight).0 as f64 / 60_000.0;
    if plan.routes.len() != paths.lines.len() {
        broken.push(format!("{}: {} routes, {} lines", fleet.day, plan.routes.len(), paths.lines.len()));
    }
    let mut cost = 0;
    for (route, line) in plan.routes.iter().zip(&paths.lines) {
        let mut fault = |what: String| broken.push(format!("{} {}: {what}", fleet.day, route.vehicle_code));
        let Some(vehicle) = fleet.vehicles.iter().find(|one| one.id == route.vehicle) else {
            fault("no such vehicle".to_owned());
            continue;
        };
        if minute(route.leave_at) < f64::from(vehicle.shift_from)
            || minute(route.back_at) > f64::from(vehicle.shift_to)
        {
            fault(format!(
                "away {:.0} to {:.0}, outside the shift",
                minute(route.leave_at),
                minute(route.back_at)
            ));
        }
        let (mut kilograms, mut litres, mut metres, mut driving) = (0, 0, 0, 0);
        let mut before = route.leave_at;
        let mut place = fleet.depot;
        for visit in &route.visits {
            let Some(delivery) = deliveries.get(&visit.delivery) else {
                fault(format!("visits {}, which is no delivery of the day", visit.code));
                continue;
            };
            if !on_route.insert(visit.delivery) {
                fault(format!("visits {} a second time", visit.code));
            }
            let spent = (visit.arrive_at - before).0;
            let straight = place.map_or(0.0, |from| from.metres_to(delivery.place));
            if spent < 0 || (straight - 600.0).max(0.0) > SPEED_MAX * spent as f64 / 1_000.0 {
                fault(format!(
                    "is at {} {spent} ms after the visit before, {straight:.0} m away",
                    visit.code
                ));
            }
            if visit.start_at < visit.arrive_at || (visit.leave_at - visit.start_at).0 < delivery.service.0 {
                fault(format!("serves {} before it is there, or too briefly", visit.code));
            }
            if let Some((from, to)) = delivery.window
                && !(f64::from(from)..=f64::from(to)).contains(&minute(visit.start_at))
            {
                fault(format!(
                    "begins {} at minute {:.1}, outside {from} to {to}",
                    visit.code,
                    minute(visit.start_at)
                ));
            }
            kilograms += delivery.weight_kg.0;
            litres += delivery.volume_m3.unwrap_or_default().0;
            metres += visit.distance.0;
            driving += spent;
            before = visit.leave_at;
            place = Some(delivery.place);
        }
        driving += (route.back_at - before).0;
        if kilograms > vehicle.capacity_kg.0 || vehicle.capacity_m3.is_some_and(|room| litres > room.0) {
            fault(format!("carries {kilograms} g and {litres} l, more than it may"));
        }
        if kilograms != route.load_kg.0 || driving != route.driving.0 || metres > route.distance.0 {
            fault(format!(
                "says {} g, {} ms, {} m; its visits say {kilograms}, {driving}, {metres}",
                route.load_kg.0, route.driving.0, route.distance.0
            ));
        }
        // The line drawn is as long as the way reckoned; where doors are off the road it is a little longer.
        let points: Vec<GeoPoint> = line
            .lat_e7
            .iter()
            .zip(&line.lon_e7)
            .map(|(lat, lon)| GeoPoint { lat_e7: *lat, lon_e7: *lon })
            .collect();
        let drawn: f64 = points.windows(2).map(|pair| pair[0].metres_to(pair[1])).sum();
        let room = 120.0 * (route.visits.len() + 1) as f64 + 0.02 * route.distance.0 as f64;
        if !plan.estimated && (drawn - route.distance.0 as f64).abs() > room {
            fault(format!("is {} m long, its line {drawn:.0} m", route.distance.0));
        }
        let seconds = (route.back_at - route.leave_at).0 as f64 / 1_000.0;
        let reckoned = vehicle.cost_fixed.0 as f64
            + vehicle.cost_per_km.0 as f64 * route.distance.0 as f64 / 1_000.0
            + vehicle.cost_per_hour.0 as f64 * seconds / 3_600.0;
        if (reckoned - route.cost.0 as f64).abs() > 2.0 {
            fault(format!("costs {:.2}, reckoned {:.2}", route.cost, Money(reckoned.round() as i64)));
        }
        cost += route.cost.0;
    }
    if cost != plan.cost.0 {
        broken.push(format!("{}: routes cost {}, the plan {}", fleet.day, cost, plan.cost.0));
    }
    for one in &fleet.deliveries {
        if on_route.contains(&one.id) == one.unserved.is_some() {
            broken.push(format!(
                "{}: {} is neither on a route nor left out with a reason, or both",
                fleet.day, one.code
            ));
        }
    }
}

/// A driver sheet in each language and a GPX file a route, in `routes`.
async fn write(
    app: &App,
    by: &Actor,
    plan: &PlanRow,
    day: Day,
    report: &Path,
    files: &mut Vec<String>,
) -> Outcome<()> {
    let folder = report.join("routes");
    std::fs::create_dir_all(&folder).map_err(|e| format!("make the folder {}: {e}", folder.display()))?;
    for route in &plan.routes {
        for (format, language) in [("pdf", "en"), ("pdf", "zh"), ("gpx", "en")] {
            let call = ExportRoute {
                plan: plan.id,
                vehicle: route.vehicle,
                format: format.to_owned(),
                language: language.to_owned(),
            };
            let file = app.call(call, by).await?;
            let bytes = base64::engine::general_purpose::STANDARD.decode(&file.base64)?;
            let begins: &[u8] = if format == "pdf" { b"%PDF-" } else { b"<?xml" };
            if !bytes.starts_with(begins) {
                return Err(format!(
                    "the {format} of {} on {day} does not begin like one",
                    route.vehicle_code
                )
                .into());
            }
            std::fs::write(folder.join(&file.name), bytes)?;
            files.push(format!("routes/{}", file.name));
        }
    }
    Ok(())
}

/// Positions stored, from the counters.
pub async fn positions(app: &App) -> Outcome<u64> {
    let (_, counters) = app.reading_totals().await?;
    let stored: i64 = counters.iter().filter(|one| one.name == "positions").map(|one| one.value).sum();
    Ok(stored.unsigned_abs())
}
