//! What the Fleet page shows, made of what the console answered: rows in order, words for states and delays, the map and the
//! day's bars. Pure, and tested natively.

use crate::chart::chart_lang;
use crate::format::{self, Fmt};
use crate::i18n::W;
use charts::gantt::{GanttChart, GanttRow, GanttVisit};
use charts::map::{Bounds, Look, MapChart, OSM_ATTRIBUTION, Place, PlaceKind, RouteLine, VisitState, Weight};
use charts::{Point, Table, TimeChart, TimeSeries, Zone};
use contract::*;
use std::cmp::Reverse;
use units::{Day, GeoPoint, Metres, Milli, Millis, Timestamp};

/// What is selected: a row of one of the lists, the same thing on the map and in the bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sel {
    /// A delivery.
    Delivery(DeliveryId),
    /// A vehicle.
    Vehicle(VehicleId),
    /// The route of a vehicle.
    Route(VehicleId),
}

impl Sel {
    /// As the address has it: `d12`, `v3`, `r3`.
    pub fn parse(row: &str) -> Option<Self> {
        let number = row.get(1..)?.parse().ok()?;
        match row.as_bytes().first()? {
            b'd' => Some(Self::Delivery(DeliveryId(number))),
            b'v' => Some(Self::Vehicle(VehicleId(number))),
            b'r' => Some(Self::Route(VehicleId(number))),
            _ => None,
        }
    }

    /// The address.
    pub fn row(self) -> String {
        match self {
            Self::Delivery(id) => format!("d{id}"),
            Self::Vehicle(id) => format!("v{id}"),
            Self::Route(id) => format!("r{id}"),
        }
    }

    /// The tab whose list has it.
    pub const fn tab(self) -> &'static str {
        match self {
            Self::Delivery(_) => "",
            Self::Vehicle(_) => "vehicles",
            Self::Route(_) => "routes",
        }
    }
}

/// A delivery's shape, colour class and word.
pub fn delivery_state(state: &str) -> (&'static str, &'static str, Option<W>) {
    match state {
        "Unplanned" => ("", "○", Some(W::StateUnplanned)),
        "Planned" => ("", "", Some(W::StatePlanned)),
        "Unserved" => ("h", "▲", Some(W::StateUnserved)),
        "UnderWay" => ("", "▸", Some(W::StateUnderWay)),
        "Served" => ("", "✓", Some(W::StateServed)),
        "Late" => ("h", "▲", Some(W::StateLate)),
        _ => ("", "", None),
    }
}

/// Why a delivery is on no route, and what would help.
pub fn unserved(reason: &str) -> Option<(W, W)> {
    match reason {
        "Unreachable" => Some((W::FindUnreachable, W::HelpUnreachable)),
        "TooLarge" => Some((W::FindTooLarge, W::HelpTooLarge)),
        "WindowClosed" => Some((W::FindWindowClosed, W::HelpWindowClosed)),
        "NoRoom" => Some((W::WhyNoRoom, W::HelpNoRoom)),
        _ => None,
    }
}

/// `08:00` of a minute of the day; past midnight it goes on counting, as a shift does.
pub fn minute(of_day: u16) -> String {
    format!("{:02}:{:02}", of_day / 60, of_day % 60)
}

/// `08:00–10:30`.
pub fn span_of_day((from, to): (u16, u16)) -> String {
    format!("{}–{}", minute(from), minute(to))
}

/// A minute of the day as typed: `8`, `8:30`, `08.30`, `830`; up to the end of the night after.
pub fn typed_minute(text: &str) -> Option<u16> {
    let text = text.trim().replace(['：', '.', 'h'], ":");
    let (hour, minute) = match text.split_once(':') {
        Some((hour, minute)) => (hour.parse::<u16>().ok()?, minute.parse::<u16>().ok()?),
        None if text.len() >= 3 && text.is_ascii() => {
            let (hour, minute) = text.split_at(text.len() - 2);
            (hour.parse().ok()?, minute.parse().ok()?)
        }
        None => (text.parse().ok()?, 0),
    };
    (hour <= 47 && minute < 60).then_some(hour * 60 + minute)
}

/// A place as typed: two numbers, north and east.
pub fn typed_place(lat: &str, lon: &str) -> Option<GeoPoint> {
    let degrees = |text: &str| text.trim().replace(',', ".").parse::<f64>().ok();
    GeoPoint::from_degrees(degrees(lat)?, degrees(lon)?)
}

/// `60.16990`.
pub fn degrees(value: f64) -> String {
    format!("{value:.5}")
}

/// Less than this is on time.
const ON_TIME: i64 = 2 * 60_000;

/// A delay in words: `17 min late`, `4 min early`, `on time`.
pub fn delay(fmt: &Fmt, late: Millis) -> String {
    match late.0 {
        ms if ms >= ON_TIME => fmt.fill(W::DelayLate, &[&fmt.span(Millis(ms / 60_000 * 60_000))]),
        ms if ms <= -ON_TIME => fmt.fill(W::DelayEarly, &[&fmt.span(Millis(-ms / 60_000 * 60_000))]),
        _ => fmt.t(W::DelayNone).to_owned(),
    }
}

/// `12.4 km`, `420 km`.
pub fn distance(fmt: &Fmt, metres: Metres) -> String {
    format!("{}{}{}", km(metres), format::NB, fmt.t(W::UnitKm))
}

/// Kilometres without the unit.
pub fn km(metres: Metres) -> String {
    format::decimal(metres.0, if metres.0 >= 100_000 { 0 } else { 1 })
}

/// Kilograms or cubic metres with their unit.
pub fn load(value: Milli, unit: &str) -> String {
    let decimals = if value.0 % 1000 == 0 || value.0 >= 100_000 { 0 } else { 1 };
    format!("{}{}{unit}", format::decimal(value.0, decimals), format::NB)
}

fn urgency(d: &DeliveryRow) -> u8 {
    match d.state.as_str() {
        "Late" => 0,
        "Unserved" => 1,
        "Unplanned" => 2,
        "UnderWay" => 3,
        "Planned" => 4,
        _ => 5,
    }
}

fn found(needle: &str, texts: &[&str]) -> bool {
    let all = texts.join(" ").to_lowercase();
    needle.to_lowercase().split_whitespace().all(|word| all.contains(word))
}

/// The deliveries of a day: what is wrong first, then in the order of arrival, what is done last.
pub fn deliveries(day: &FleetDay, filter: &str) -> Vec<DeliveryRow> {
    let code =
        |d: &DeliveryRow| d.vehicle.and_then(|v| vehicle(day, v)).map(|v| v.code.clone()).unwrap_or_default();
    let mut rows: Vec<DeliveryRow> = day
        .deliveries
        .iter()
        .filter(|d| found(filter, &[&d.code, &d.customer, &d.address, &d.note, &d.state, &code(d)]))
        .cloned()
        .collect();
    rows.sort_by_key(|d| {
        (urgency(d), d.expected_at.or(d.planned_at).unwrap_or(Timestamp(i64::MAX)), d.code.clone())
    });
    rows
}

/// The vehicles, those that may be planned first.
pub fn vehicles(day: &FleetDay, filter: &str) -> Vec<VehicleRow> {
    let mut rows: Vec<VehicleRow> =
        day.vehicles.iter().filter(|v| found(filter, &[&v.code, &v.name])).cloned().collect();
    rows.sort_by_key(|v| Reverse(v.active));
    rows
}

/// The routes of the plan, as the vehicles are ordered.
pub fn routes(day: &FleetDay, filter: &str) -> Vec<RouteRow> {
    let mut rows: Vec<RouteRow> = day
        .plan
        .iter()
        .flat_map(|p| &p.routes)
        .filter(|r| {
            let name = vehicle(day, r.vehicle).map(|v| v.name.clone()).unwrap_or_default();
            let customers: Vec<&str> = r.visits.iter().map(|v| v.customer.as_str()).collect();
            found(filter, &[&r.vehicle_code, &name, &customers.join(" ")])
        })
        .cloned()
        .collect();
    rows.sort_by_key(|r| hue(day, r.vehicle));
    rows
}

/// A vehicle.
pub fn vehicle(day: &FleetDay, id: VehicleId) -> Option<&VehicleRow> {
    day.vehicles.iter().find(|v| v.id == id)
}

/// A delivery.
pub fn delivery(day: &FleetDay, id: DeliveryId) -> Option<&DeliveryRow> {
    day.deliveries.iter().find(|d| d.id == id)
}

/// A vehicle's route in the plan.
pub fn route(day: &FleetDay, id: VehicleId) -> Option<&RouteRow> {
    day.plan.as_ref()?.routes.iter().find(|r| r.vehicle == id)
}

/// A vehicle's hue: its place among all, so that it keeps it from plan to plan.
pub fn hue(day: &FleetDay, id: VehicleId) -> usize {
    day.vehicles.iter().position(|v| v.id == id).unwrap_or(0)
}

/// Which visit of its route a delivery is, from 1.
pub fn number(day: &FleetDay, d: &DeliveryRow) -> Option<usize> {
    route(day, d.vehicle?)?.visits.iter().position(|v| v.delivery == d.id).map(|n| n + 1)
}

/// The vehicle whose route stands out.
pub fn accented(day: &FleetDay, sel: Option<Sel>) -> Option<VehicleId> {
    match sel? {
        Sel::Vehicle(v) | Sel::Route(v) => Some(v),
        Sel::Delivery(d) => delivery(day, d)?.vehicle,
    }
}

/// Share of the fleet's capacity in use, permille, over the routes there are.
pub fn utilisation(plan: &PlanRow) -> Option<u16> {
    let n = u64::try_from(plan.routes.len()).ok().filter(|n| *n > 0)?;
    let sum: u64 = plan.routes.iter().map(|r| u64::from(r.load_permille)).sum();
    u16::try_from(sum / n).ok()
}

/// Where distances come from, in words.
pub fn source(fmt: &Fmt, day: &FleetDay) -> String {
    match (&day.roads, day.plan.as_ref().is_some_and(|p| p.estimated)) {
        (Some(roads), false) if roads.source == "demo" => fmt.t(W::RoadsDemo).to_owned(),
        (Some(roads), false) => fmt.fill(W::RoadsFrom, &[&roads.source]),
        (None, _) | (_, true) => fmt.t(W::RoadsEstimated).to_owned(),
    }
}

/// How an arrival compares: a late one with the end of its window, any other with the plan.
pub fn arrival(fmt: &Fmt, day: &FleetDay, d: &DeliveryRow) -> Option<String> {
    let (expected, planned) = (d.expected_at?, d.planned_at?);
    match d.window {
        Some((_, to)) if d.state == "Late" => {
            let over = (expected.0 - at(day, to)).max(60_000);
            Some(fmt.fill(W::TooLate, &[&fmt.span(Millis(over / 60_000 * 60_000))]))
        }
        _ => Some(delay(fmt, expected - planned)),
    }
}

/// How late a route is: against the plan now, or at its last visit once all were made.
pub fn route_delay(r: &RouteRow) -> Option<Millis> {
    match r.visits.last() {
        Some(last) if r.visits.iter().all(|v| v.served) => last.expected_at.map(|at| at - last.arrive_at),
        _ => r.delay,
    }
}

/// The sentence under a delivery's name.
pub fn delivery_line(fmt: &Fmt, day: &FleetDay, d: &DeliveryRow, now: Timestamp) -> String {
    let (_, _, word) = delivery_state(&d.state);
    let mut parts = vec![word.map_or_else(|| d.state.clone(), |w| fmt.t(w).to_owned())];
    if let Some((why, _)) = d.unserved.as_deref().and_then(unserved) {
        parts = vec![fmt.t(why).to_owned()];
    }
    if let (Some(v), Some(n)) = (d.vehicle.and_then(|v| vehicle(day, v)), number(day, d)) {
        let visits = d.vehicle.and_then(|v| route(day, v)).map_or(0, |r| r.visits.len());
        parts.push(fmt.fill(W::VisitOf, &[&v.code, &n.to_string(), &visits.to_string()]));
    }
    if let Some(planned) = d.planned_at {
        parts.push(fmt.fill(W::PlannedFor, &[&fmt.when(planned, now)]));
        if let Some(expected) = d.expected_at {
            let word = if d.state == "Served" { W::ArrivedAt } else { W::ExpectedAtTime };
            parts.push(format!(
                "{} ({})",
                fmt.fill(word, &[&fmt.when(expected, now)]),
                arrival(fmt, day, d).unwrap_or_default()
            ));
        }
    }
    parts.join(" · ")
}

fn quiet(accent: Option<VehicleId>, mine: Option<VehicleId>) -> Weight {
    match (accent, mine) {
        (Some(a), Some(m)) if a == m => Weight::Selected,
        (Some(_), _) => Weight::Quiet,
        (None, _) => Weight::Normal,
    }
}

fn visit_state(state: &str) -> VisitState {
    match state {
        "Served" => VisitState::Served,
        "Late" => VisitState::Late,
        _ => VisitState::Planned,
    }
}

/// The map without its roads, and what each thing on it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// What is drawn.
    pub chart: MapChart,
    /// What each place is; the depot is none.
    pub keys: Vec<Option<Sel>>,
    /// What is said over each place.
    pub tips: Vec<String>,
    /// Whose each route is.
    pub route_keys: Vec<VehicleId>,
    /// The same as rows.
    pub table: Table,
}

/// What the map is to show all of: depot, deliveries, routes; the roads where there is nothing else.
pub fn bounds(day: &FleetDay) -> Option<Bounds> {
    // A place that no road reaches is often a slip of the pen: it would shrink the rest to a dot.
    let reached = day.deliveries.iter().filter(|d| d.unserved.as_deref() != Some("Unreachable"));
    Bounds::around(day.depot.into_iter().chain(reached.map(|d| d.place)))
        .or_else(|| day.roads.as_ref().map(|r| Bounds { south_west: r.south_west, north_east: r.north_east }))
}

fn line_points(line: &MapLine) -> Vec<GeoPoint> {
    line.lat_e7.iter().zip(&line.lon_e7).map(|(lat, lon)| GeoPoint { lat_e7: *lat, lon_e7: *lon }).collect()
}

/// Roads as they are drawn, small ones first.
pub fn roads(lines: &MapLines) -> Vec<charts::map::RoadLine> {
    let mut all: Vec<_> = lines
        .lines
        .iter()
        .map(|line| charts::map::RoadLine {
            class: u8::try_from(line.class).unwrap_or(u8::MAX),
            points: line_points(line),
        })
        .collect();
    all.sort_by_key(|road| Reverse(road.class));
    all
}

/// The map of a day.
pub fn scene(
    fmt: &Fmt,
    day: &FleetDay,
    paths: Option<&MapLines>,
    positions: &[PositionRow],
    sel: Option<Sel>,
    now: Timestamp,
) -> Scene {
    let accent = accented(day, sel).filter(|v| route(day, *v).is_some());
    let mut scene = Scene::default();
    let mut routes = Vec::new();
    for (n, r) in day.plan.iter().flat_map(|p| &p.routes).enumerate() {
        let straight = || {
            let stops = r.visits.iter().filter_map(|v| delivery(day, v.delivery)).map(|d| d.place);
            day.depot.into_iter().chain(stops).chain(day.depot).collect()
        };
        let line = paths.and_then(|p| p.lines.get(n)).filter(|line| line.class == r.vehicle.0);
        let estimated = paths.is_none_or(|p| p.estimated) || line.is_none();
        routes.push(RouteLine {
            label: r.vehicle_code.clone(),
            hue: hue(day, r.vehicle),
            points: line.map_or_else(straight, line_points),
            estimated,
            weight: quiet(accent, Some(r.vehicle)),
        });
        scene.route_keys.push(r.vehicle);
    }
    let mut places = Vec::new();
    let mut add = |place: Place, key: Option<Sel>, tip: String| {
        places.push(place);
        scene.keys.push(key);
        scene.tips.push(tip);
    };
    for d in &day.deliveries {
        let chosen = sel == Some(Sel::Delivery(d.id));
        let kind = match (d.state.as_str(), number(day, d), d.vehicle) {
            (state, Some(number), Some(v)) => PlaceKind::Visit {
                number: u32::try_from(number).unwrap_or(u32::MAX),
                hue: hue(day, v),
                state: visit_state(state),
            },
            ("Unserved", ..) => PlaceKind::Unserved,
            _ => PlaceKind::Unplanned,
        };
        let weight = match (chosen, quiet(accent, d.vehicle)) {
            (true, _) => Weight::Selected,
            (false, Weight::Selected) => Weight::Related,
            (false, weight) => weight,
        };
        let label = if chosen { d.customer.clone() } else { String::new() };
        let tip = format!("{} · {}\n{}", d.customer, d.code, delivery_line(fmt, day, d, now));
        add(Place { at: d.place, kind, label, weight }, Some(Sel::Delivery(d.id)), tip);
    }
    if let Some(depot) = day.depot {
        let word = fmt.t(W::Depot).to_owned();
        let place = Place { at: depot, kind: PlaceKind::Depot, label: word.clone(), weight: Weight::Normal };
        add(place, None, word);
    }
    for p in positions {
        let weight = match p.vehicle {
            Some(v) if accented(day, sel) == Some(v) => Weight::Selected,
            _ => Weight::Normal,
        };
        let kind = PlaceKind::Vehicle { heading_deg: p.heading_deg, stale: p.stale };
        let place = Place { at: p.place, kind, label: p.code.clone(), weight };
        let tip = format!("{}\n{}", p.code, position_line(fmt, p, now));
        add(place, p.vehicle.map(Sel::Vehicle), tip);
    }
    scene.table = map_table(fmt, day, positions);
    let osm = day.roads.as_ref().is_some_and(|r| r.source != "demo");
    scene.chart = MapChart {
        title: fmt.weekday(day.day, fmt.day_of(now)),
        look: bounds(day).map_or(MapChart::default().look, Look::Fit),
        routes,
        places,
        attribution: if osm { OSM_ATTRIBUTION.to_owned() } else { String::new() },
        estimated: day.roads.is_none(),
        lang: chart_lang(fmt.lang),
        ..MapChart::default()
    };
    scene
}

/// What stands on the map, as rows: what, where in its route, how it stands, the place.
fn map_table(fmt: &Fmt, day: &FleetDay, positions: &[PositionRow]) -> Table {
    let heads = [
        W::VehicleWord,
        W::Number,
        W::CustomerWord,
        W::StateWord,
        W::FieldAddress,
        W::FieldLatitude,
        W::FieldLongitude,
    ];
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut add =
        |vehicle: String, number: String, name: String, state: String, address: String, at: GeoPoint| {
            rows.push(vec![vehicle, number, name, state, address, degrees(at.lat()), degrees(at.lon())]);
        };
    if let Some(depot) = day.depot {
        add(String::new(), String::new(), fmt.t(W::Depot).to_owned(), String::new(), String::new(), depot);
    }
    let mut all: Vec<&DeliveryRow> = day.deliveries.iter().collect();
    all.sort_by_key(|d| (d.vehicle.map(|v| hue(day, v)), number(day, d)));
    for d in all {
        let code = d.vehicle.and_then(|v| vehicle(day, v)).map(|v| v.code.clone()).unwrap_or_default();
        let n = number(day, d).map(|n| n.to_string()).unwrap_or_default();
        let state = delivery_state(&d.state).2.map_or_else(|| d.state.clone(), |w| fmt.t(w).to_owned());
        add(code, n, d.customer.clone(), state, d.address.clone(), d.place);
    }
    for p in positions {
        let state = if p.stale { fmt.t(W::Stale).to_owned() } else { String::new() };
        add(p.code.clone(), String::new(), fmt.t(W::VehicleWord).to_owned(), state, String::new(), p.place);
    }
    Table { header: heads.map(|w| fmt.t(w).to_owned()).to_vec(), rows }
}

/// Where a vehicle is, in words.
pub fn position_line(fmt: &Fmt, p: &PositionRow, now: Timestamp) -> String {
    let mut parts = Vec::new();
    if let Some(speed) = p.speed_kmh {
        parts.push(format!("{}{}km/h", format::decimal(speed.0, 0), format::NB));
    }
    parts.push(fmt.fill(W::PositionAt, &[&fmt.when(p.at, now)]));
    if p.stale {
        parts.push(fmt.t(W::Stale).to_owned());
    }
    parts.join(" · ")
}

fn at(day: &FleetDay, minutes: u16) -> i64 {
    day.midnight.0.saturating_add(i64::from(minutes) * 60_000)
}

/// The day as bars, and whose each row is.
pub fn gantt(fmt: &Fmt, day: &FleetDay, sel: Option<Sel>, now: Timestamp) -> (GanttChart, Vec<VehicleId>) {
    let accent = accented(day, sel);
    let mut keys = Vec::new();
    let mut rows = Vec::new();
    for v in &day.vehicles {
        let route = route(day, v.id);
        if route.is_none() && !v.active {
            continue;
        }
        let visits = route.map_or_else(Vec::new, |r| {
            let visit = |(n, visit): (usize, &VisitRow)| {
                let d = delivery(day, visit.delivery);
                GanttVisit {
                    number: u32::try_from(n + 1).unwrap_or(u32::MAX),
                    label: visit.customer.clone(),
                    arrive_ms: visit.arrive_at.0,
                    start_ms: visit.start_at.0,
                    leave_ms: visit.leave_at.0,
                    window_ms: d.and_then(|d| d.window).map(|(from, to)| (at(day, from), at(day, to))),
                    expected_ms: visit.expected_at.map(|t| t.0),
                    state: match d.map(|d| d.state.as_str()) {
                        Some(state) => visit_state(state),
                        None if visit.served => VisitState::Served,
                        None => VisitState::Planned,
                    },
                    weight: if sel == Some(Sel::Delivery(visit.delivery)) {
                        Weight::Selected
                    } else {
                        Weight::Normal
                    },
                }
            };
            r.visits.iter().enumerate().map(visit).collect()
        });
        rows.push(GanttRow {
            label: v.code.clone(),
            hue: hue(day, v.id),
            shift_ms: (at(day, v.shift_from), at(day, v.shift_to)),
            away_ms: route.map(|r| (r.leave_at.0, r.back_at.0)),
            visits,
            weight: quiet(accent, Some(v.id)),
        });
        keys.push(v.id);
    }
    let chart = GanttChart {
        title: fmt.weekday(day.day, fmt.day_of(now)),
        zone: zone(fmt),
        window_ms: None,
        rows,
        now_ms: Some(now.0),
        lang: chart_lang(fmt.lang),
    };
    (chart, keys)
}

/// The site's clock for charts.
pub fn zone(fmt: &Fmt) -> Zone {
    Zone::fixed(&fmt.zone().replace('−', "-"), fmt.offset_minutes)
}

/// The cost of the best plan so far, falling as the search goes on; its clock counts from the start.
pub fn cost_curve(fmt: &Fmt, solving: &SolvingRow) -> TimeChart {
    let cost = |m: units::Money| m.to_f64();
    let mut points: Vec<Option<Point>> = Vec::new();
    let mut last = None;
    for (ms, money) in &solving.costs {
        // A cost holds until it is bettered: steps, not slopes.
        if let Some(before) = last {
            points.push(Some(Point::raw(i64::from(*ms), before)));
        }
        points.push(Some(Point::raw(i64::from(*ms), cost(*money))));
        last = Some(cost(*money));
    }
    let end = solving.costs.last().map_or(1000, |(ms, _)| i64::from(*ms)).max(1000);
    TimeChart {
        title: fmt.t(W::Cost).to_owned(),
        unit: fmt.currency_sign(),
        window_ms: (0, end),
        zone: Zone::fixed(fmt.t(W::SinceStart), 0),
        series: vec![TimeSeries { name: String::new(), points, doubts: Vec::new() }],
        lang: chart_lang(fmt.lang),
        ..TimeChart::default()
    }
}

/// Days to choose from: those that have deliveries and today, newest first.
pub fn days(day: &FleetDay, today: Day) -> Vec<Day> {
    let mut all = day.days.clone();
    all.extend([day.day, today]);
    all.sort_unstable_by_key(|d| Reverse(d.0));
    all.dedup();
    all
}

#[cfg(test)]
mod tests;
