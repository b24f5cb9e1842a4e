//! A day's routes on paper and as files: the delivery part of the daily report, the driver sheet, GPX.

use crate::failure::{Failure, Result};
use crate::flows::report::{chart_zone, lang};
use crate::flows::{delivery, roads};
use crate::open::Inner;
use base64::Engine;
use charts::map::{
    Bounds, Look, MapChart, OSM_ATTRIBUTION, Place, PlaceKind, RoadLine, RouteLine, VisitState, Weight,
};
use contract::{ExportRoute, FileReply, Language, MapLine, MapLines};
use domain::{Actor, Delivery, Route, Vehicle};
use reports::{DayPlan, DeliveryDay, DriverSheet, RouteReport, UnservedRow, VisitReport};
use std::collections::HashMap;
use store::SavedPlan;
use units::{Day, DeliveryId, GeoPoint, Metres, Milli, Timestamp};

/// A report's map is so many points wide, and paper is finer than a screen: roads are thinned to a third of a point.
const MAP_PX: f64 = 511.0 * 3.0;
/// Roads are shown so far around what is looked at, as a share of it.
const AROUND: f64 = 0.12;
/// The demo's own roads are nobody's.
const DEMO_ROADS: &str = "demo";

/// A plan with what its rows name.
struct Known {
    saved: SavedPlan,
    deliveries: HashMap<DeliveryId, Delivery>,
    vehicles: Vec<Vehicle>,
    paths: std::sync::Arc<MapLines>,
}

impl Known {
    fn of(inner: &Inner, saved: SavedPlan) -> Result<Self> {
        let records = &inner.store.records;
        let id = saved.plan.id;
        Ok(Self {
            deliveries: records.deliveries_of_plan(id)?.into_iter().map(|one| (one.id, one)).collect(),
            vehicles: records.vehicles()?,
            paths: delivery::paths(inner, id)?,
            saved,
        })
    }

    fn vehicle(&self, route: &Route) -> Option<&Vehicle> {
        self.vehicles.iter().find(|one| one.id == route.vehicle)
    }

    fn code(&self, route: &Route) -> String {
        self.vehicle(route).map_or_else(|| route.vehicle.to_string(), |one| one.code.clone())
    }

    fn path(&self, at: usize) -> Vec<GeoPoint> {
        self.paths.lines.get(at).map(points).unwrap_or_default()
    }

    fn report(&self, route: &Route) -> RouteReport {
        let vehicle = self.vehicle(route);
        let visit = |visit: &domain::Visit| {
            let delivery = self.deliveries.get(&visit.delivery)?;
            Some(VisitReport {
                code: delivery.code.clone(),
                customer: delivery.customer.clone(),
                address: delivery.address.clone(),
                window: delivery.window,
                weight_kg: delivery.weight_kg,
                arrive_at: visit.arrive_at,
                start_at: visit.start_at,
                leave_at: visit.leave_at,
                distance: visit.distance,
                note: delivery.note.clone(),
            })
        };
        RouteReport {
            vehicle: self.code(route),
            vehicle_name: vehicle.map(|one| one.name.clone()).unwrap_or_default(),
            leave_at: route.leave_at,
            back_at: route.back_at,
            distance: route.distance,
            driving: route.driving,
            load_kg: route.load_kg,
            capacity_kg: vehicle.map_or(Milli(0), |one| one.capacity_kg),
            cost: route.cost,
            visits: route.visits.iter().filter_map(visit).collect(),
        }
    }

    /// The map of some routes: all of them, or one.
    fn map(&self, inner: &Inner, which: &[usize], language: Language) -> Result<MapChart> {
        let plan = &self.saved.plan;
        let mut chart =
            MapChart { lang: lang(language), estimated: self.paths.estimated, ..MapChart::default() };
        let place = |at, kind| Place { at, kind, label: String::new(), weight: Weight::Normal };
        let mut seen = vec![plan.depot];
        for at in which {
            let Some(route) = plan.routes.get(*at) else { continue };
            let line = self.path(*at);
            seen.extend(&line);
            chart.routes.push(RouteLine {
                label: self.code(route),
                hue: *at,
                points: line,
                estimated: self.paths.estimated,
                weight: Weight::Normal,
            });
            for (number, visit) in (1..).zip(&route.visits) {
                if let Some(delivery) = self.deliveries.get(&visit.delivery) {
                    seen.push(delivery.place);
                    let kind = PlaceKind::Visit { number, hue: *at, state: VisitState::Planned };
                    chart.places.push(place(delivery.place, kind));
                }
            }
        }
        chart.places.push(place(plan.depot, PlaceKind::Depot));
        let bounds = Bounds::around(seen);
        let Some(bounds) = bounds else { return Ok(chart) };
        chart.look = Look::Fit(bounds);
        if which.len() == plan.routes.len() {
            // Far ones, an island no road leads to, would make the town small.
            let unserved = plan.unserved.iter().filter_map(|(id, _)| self.deliveries.get(id));
            let near = unserved.filter(|one| {
                widened(bounds).holds(&Bounds { south_west: one.place, north_east: one.place })
            });
            chart.places.extend(near.map(|one| place(one.place, PlaceKind::Unserved)));
        }
        if !self.paths.estimated {
            let around = widened(bounds);
            let metres = around.south_west.metres_to(around.north_east) / MAP_PX;
            let scale = metres.clamp(2.0, 10_000.0) as u32;
            let found = roads::lines(inner, around.south_west, around.north_east, scale);
            chart.roads = found
                .lines
                .iter()
                .map(|line| RoadLine { class: u8::try_from(line.class).unwrap_or(5), points: points(line) })
                .collect();
            let nobodys = roads::row(inner)?.is_none_or(|row| row.source == DEMO_ROADS);
            if !nobodys {
                chart.attribution = OSM_ATTRIBUTION.to_owned();
            }
        }
        Ok(chart)
    }
}

fn points(line: &MapLine) -> Vec<GeoPoint> {
    line.lat_e7.iter().zip(&line.lon_e7).map(|(lat, lon)| GeoPoint { lat_e7: *lat, lon_e7: *lon }).collect()
}

/// A picture is wider than its routes: roads go on to its edges.
fn widened(bounds: Bounds) -> Bounds {
    let (low, high) = (bounds.south_west, bounds.north_east);
    let tall = i64::from(high.lat_e7) - i64::from(low.lat_e7);
    let wide = i64::from(high.lon_e7) - i64::from(low.lon_e7);
    // A degree of longitude is shorter than one of latitude: the picture's width is made of the longer side.
    let share = |of: i64| (of as f64 * AROUND) as i64 + 20_000;
    let across =
        share(wide).max((tall as f64 * 1.6 / low.lat().to_radians().cos().max(0.2)) as i64 - wide / 2);
    let lat = |v: i64| v.clamp(-900_000_000, 900_000_000) as i32;
    let lon = |v: i64| v.clamp(-1_800_000_000, 1_800_000_000) as i32;
    Bounds {
        south_west: GeoPoint {
            lat_e7: lat(i64::from(low.lat_e7) - share(tall.max(wide / 2))),
            lon_e7: lon(i64::from(low.lon_e7) - across),
        },
        north_east: GeoPoint {
            lat_e7: lat(i64::from(high.lat_e7) + share(tall.max(wide / 2))),
            lon_e7: lon(i64::from(high.lon_e7) + across),
        },
    }
}

/// The delivery part of a day's report; none on a day without deliveries.
pub(crate) fn day(inner: &Inner, day: Day, language: Language) -> Result<Option<DeliveryDay>> {
    let records = &inner.store.records;
    let deliveries = records.deliveries(day)?;
    let saved = records.plan_in_force(day)?;
    if deliveries.is_empty() && saved.is_none() {
        return Ok(None);
    }
    let Some(saved) = saved else {
        return Ok(Some(DeliveryDay { deliveries: deliveries.len() as u64, plan: None }));
    };
    let known = Known::of(inner, saved)?;
    let plan = &known.saved.plan;
    let all: Vec<usize> = (0..plan.routes.len()).collect();
    let unserved = plan.unserved.iter().filter_map(|(id, reason)| {
        let delivery = known.deliveries.get(id)?;
        Some(UnservedRow {
            code: delivery.code.clone(),
            customer: delivery.customer.clone(),
            address: delivery.address.clone(),
            weight_kg: delivery.weight_kg,
            window: delivery.window,
            reason: *reason,
        })
    });
    Ok(Some(DeliveryDay {
        deliveries: deliveries.len() as u64,
        plan: Some(DayPlan {
            made_at: plan.made_at,
            made_by: known.saved.made_by.clone(),
            estimated: plan.estimated,
            stale: delivery::stale(inner, plan, &known.vehicles, &deliveries)?,
            cost: plan.cost,
            routes: plan.routes.iter().map(|route| known.report(route)).collect(),
            unserved: unserved.collect(),
            map: Some(known.map(inner, &all, language)?),
        }),
    }))
}

/// A route as a file for the driver.
pub(crate) fn export(inner: &Inner, by: &Actor, call: &ExportRoute) -> Result<FileReply> {
    let language = match call.language.as_str() {
        "en" => Language::En,
        "zh" => Language::ZhHans,
        other => {
            return Err(Failure::bad_input(format!("write a route in {other:?}: give en or zh")));
        }
    };
    let saved = inner.store.records.plan(call.plan)?;
    let at = saved.plan.routes.iter().position(|route| route.vehicle == call.vehicle);
    let at = at.ok_or_else(|| {
        Failure::not_found(
            "route of that vehicle in the plan; it may have been solved again. Route",
            call.vehicle,
        )
    })?;
    let known = Known::of(inner, saved)?;
    let route = known
        .saved
        .plan
        .routes
        .get(at)
        .ok_or_else(|| Failure::bug("a route that was just found is not there"))?;
    let (bytes, media) = match call.format.as_str() {
        "pdf" => (sheet(inner, by, &known, at, route, language)?, "application/pdf"),
        "gpx" => (gpx(inner, &known, at, route, language)?, "application/gpx+xml"),
        other => return Err(Failure::bad_input(format!("write a route as {other:?}: give pdf or gpx"))),
    };
    let code: String =
        known.code(route).chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).take(60).collect();
    Ok(FileReply {
        name: format!("route-{}-{code}-{}.{}", known.saved.plan.day, call.language, call.format),
        media: media.to_owned(),
        base64: base64::engine::general_purpose::STANDARD.encode(bytes),
    })
}

fn sheet(
    inner: &Inner,
    by: &Actor,
    known: &Known,
    at: usize,
    route: &Route,
    language: Language,
) -> Result<Vec<u8>> {
    let settings = inner.settings();
    let day = known.saved.plan.day;
    let sheet = DriverSheet {
        site: settings.name.clone(),
        day,
        lang: lang(language),
        zone: chart_zone(inner, day),
        made_at: inner.now(),
        made_by: by.name.clone(),
        demo: settings.demo,
        estimated: known.saved.plan.estimated,
        shift: known.vehicle(route).map_or((0, 1_440), |one| one.shift),
        route: known.report(route),
        map: Some(known.map(inner, &[at], language)?),
    };
    reports::driver_sheet(&sheet).map_err(|e| Failure::bug(e.to_string()))
}

fn gpx(inner: &Inner, known: &Known, at: usize, route: &Route, language: Language) -> Result<Vec<u8>> {
    let plan = &known.saved.plan;
    let pick = |en: &'static str, zh: &'static str| lang(language).pick(en, zh);
    let depot = |at: Timestamp, description: &str| exchange::GpxPlace {
        place: plan.depot,
        at: Some(at),
        name: pick("Depot", "仓库").to_owned(),
        description: description.to_owned(),
    };
    let mut places = vec![depot(route.leave_at, "")];
    for (number, visit) in (1..).zip(&route.visits) {
        let Some(delivery) = known.deliveries.get(&visit.delivery) else { continue };
        let mut said =
            vec![delivery.code.clone(), delivery.address.clone(), format!("{} kg", delivery.weight_kg)];
        if let Some((from, to)) = delivery.window {
            let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            said.push(format!("{}–{}", clock(from), clock(to)));
        }
        said.push(delivery.note.clone());
        said.retain(|text| !text.trim().is_empty());
        places.push(exchange::GpxPlace {
            place: delivery.place,
            at: Some(visit.arrive_at),
            name: format!("{number} {}", delivery.customer),
            description: said.join(" · "),
        });
    }
    places.push(depot(route.back_at, ""));
    let nobodys = plan.estimated || roads::row(inner)?.is_none_or(|row| row.source == DEMO_ROADS);
    let estimated = if plan.estimated {
        pick("; straight lines: there is no road map", "；直线：没有道路地图")
    } else {
        ""
    };
    Ok(exchange::gpx::write(&exchange::GpxRoute {
        name: format!("{} {}", known.code(route), plan.day),
        description: format!(
            "{}{estimated}",
            match lang(language) {
                charts::Lang::En => format!("{} visits, {} kg", route.visits.len(), route.load_kg),
                charts::Lang::ZhHans => format!("{} 个停靠点，{} kg", route.visits.len(), route.load_kg),
            }
        ),
        made_at: Some(inner.now()),
        roads_of: if nobodys { String::new() } else { "OpenStreetMap contributors".to_owned() },
        places,
        track: timed(&known.path(at), route),
    }))
}

/// The line driven with the planned time at each of its points: even speed between two visits.
fn timed(path: &[GeoPoint], route: &Route) -> Vec<(GeoPoint, Option<Timestamp>)> {
    let mut along = Vec::with_capacity(path.len());
    let mut metres = 0.0;
    for (at, point) in path.iter().enumerate() {
        metres += at.checked_sub(1).map_or(0.0, |before| path[before].metres_to(*point));
        along.push(metres);
    }
    // The plan counts whole metres along roads; the line ends at the doors' nearest roads.
    let scale = if route.distance > Metres(0) { metres / route.distance.0 as f64 } else { 1.0 };
    let mut legs = Vec::with_capacity(route.visits.len() + 1);
    let (mut from, mut driven) = ((route.leave_at, 0.0), 0.0);
    for visit in &route.visits {
        driven += visit.distance.0 as f64 * scale;
        legs.push((from, (visit.arrive_at, driven)));
        from = (visit.leave_at, driven);
    }
    legs.push((from, (route.back_at, metres)));
    let mut leg = 0;
    path.iter()
        .zip(along)
        .map(|(point, at)| {
            while leg + 1 < legs.len() && at > legs[leg].1.1 {
                leg += 1;
            }
            let ((t0, m0), (t1, m1)) = legs[leg];
            let share = if m1 > m0 { ((at - m0) / (m1 - m0)).clamp(0.0, 1.0) } else { 1.0 };
            let span = (t1 - t0).0.max(0) as f64;
            // Whole seconds: more would pretend to know.
            (*point, Some(Timestamp((t0.0 + (span * share) as i64) / 1_000 * 1_000)))
        })
        .collect()
}
