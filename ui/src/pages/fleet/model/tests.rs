use super::*;
use units::{Money, PlanId};

/// 2026-11-23, midnight in UTC.
const DAY: Day = Day(20_780);

fn fmt() -> Fmt {
    Fmt { currency: *b"EUR", ..Fmt::default() }
}

fn place(n: i64) -> GeoPoint {
    GeoPoint { lat_e7: 601_700_000 + 20_000 * n as i32, lon_e7: 249_400_000 + 30_000 * n as i32 }
}

fn clock(hour: i64, minute: i64) -> Timestamp {
    Timestamp(i64::from(DAY.0) * 86_400_000 + (hour * 60 + minute) * 60_000)
}

fn delivery(n: i64, state: &str, vehicle: Option<i64>) -> DeliveryRow {
    DeliveryRow {
        id: DeliveryId(n),
        code: format!("D-{n}"),
        day: DAY,
        customer: format!("Café {n}"),
        address: format!("Street {n}"),
        place: place(n),
        weight_kg: Milli(12_500),
        volume_m3: None,
        service: Millis::minutes(10),
        window: (n % 2 == 0).then_some((480, 600)),
        note: String::new(),
        state: state.into(),
        unserved: (state == "Unserved").then(|| "NoRoom".into()),
        vehicle: vehicle.map(VehicleId),
        planned_at: vehicle.map(|_| clock(8 + n, 0)),
        expected_at: (state == "Late").then(|| clock(8 + n, 17)),
    }
}

fn van(n: i64, active: bool) -> VehicleRow {
    VehicleRow {
        id: VehicleId(n),
        code: format!("VAN-{n}"),
        name: format!("Van {n}"),
        capacity_kg: Milli(900_000),
        capacity_m3: None,
        shift_from: 420,
        shift_to: 960,
        cost_fixed: Money(5_000),
        cost_per_km: Money(80),
        cost_per_hour: Money(3_000),
        active,
        simulated: false,
    }
}

/// Two vans, one of them with a route of three; one delivery left out, one new.
fn day() -> FleetDay {
    let deliveries = vec![
        delivery(1, "Served", Some(1)),
        delivery(2, "Late", Some(1)),
        delivery(3, "Planned", Some(1)),
        delivery(4, "Unserved", None),
        delivery(5, "Unplanned", None),
    ];
    let visits = deliveries[..3]
        .iter()
        .map(|d| VisitRow {
            delivery: d.id,
            code: d.code.clone(),
            customer: d.customer.clone(),
            arrive_at: d.planned_at.unwrap_or_default(),
            start_at: d.planned_at.unwrap_or_default(),
            leave_at: d.planned_at.unwrap_or_default() + Millis::minutes(10),
            distance: Metres(2_400),
            expected_at: d.expected_at,
            served: d.state == "Served",
        })
        .collect();
    FleetDay {
        day: DAY,
        midnight: clock(0, 0),
        depot: Some(place(0)),
        roads: None,
        vehicles: vec![van(1, true), van(2, true), van(3, false)],
        deliveries,
        plan: Some(PlanRow {
            id: PlanId(7),
            made_at: clock(6, 30),
            made_by: "demo".into(),
            estimated: true,
            stale: false,
            cost: Money(12_340),
            distance: Metres(42_300),
            driving: Millis::minutes(95),
            served: 3,
            unserved: 1,
            routes: vec![RouteRow {
                vehicle: VehicleId(1),
                vehicle_code: "VAN-1".into(),
                leave_at: clock(8, 30),
                back_at: clock(12, 0),
                distance: Metres(42_300),
                driving: Millis::minutes(95),
                load_kg: Milli(37_500),
                load_permille: 42,
                cost: Money(12_340),
                delay: Some(Millis::minutes(17)),
                visits,
            }],
        }),
        solving: None,
        days: vec![DAY, Day(DAY.0 - 3)],
    }
}

#[test]
fn what_is_selected_survives_the_address() {
    for sel in [Sel::Delivery(DeliveryId(12)), Sel::Vehicle(VehicleId(3)), Sel::Route(VehicleId(3))] {
        assert_eq!(Sel::parse(&sel.row()), Some(sel));
    }
    for odd in ["", "d", "x3", "12", "dé", "r1x"] {
        assert_eq!(Sel::parse(odd), None, "{odd}");
    }
}

#[test]
fn what_is_wrong_comes_first_and_what_is_done_last() {
    let codes = |filter: &str| deliveries(&day(), filter).iter().map(|d| d.code.clone()).collect::<Vec<_>>();
    assert_eq!(codes(""), ["D-2", "D-4", "D-5", "D-3", "D-1"]);
    assert_eq!(codes("van-1 café"), ["D-2", "D-3", "D-1"]);
    assert_eq!(codes("street 4"), ["D-4"]);
    let vehicles: Vec<_> = vehicles(&day(), "").iter().map(|v| v.code.clone()).collect();
    assert_eq!(vehicles, ["VAN-1", "VAN-2", "VAN-3"]);
    assert_eq!(routes(&day(), "café 3").len(), 1);
    assert_eq!(routes(&day(), "café 4").len(), 0);
}

#[test]
fn a_delivery_is_told_in_words() {
    let (fmt, day) = (fmt(), day());
    let line = |n: usize| delivery_line(&fmt, &day, &day.deliveries[n], clock(9, 0)).replace('\u{a0}', " ");
    assert_eq!(line(1), "late · VAN-1, visit 2 of 3 · planned 10:00 · expected 10:17 (17 min too late)");
    assert_eq!(line(3), "Room or time of the fleet ran out");
    assert_eq!(line(4), "not planned yet");
    let zh = Fmt { lang: crate::i18n::Lang::ZhHans, ..fmt };
    assert_eq!(delivery_line(&zh, &day, &day.deliveries[4], clock(9, 0)), "待规划");
    for reason in ["Unreachable", "TooLarge", "WindowClosed", "NoRoom"] {
        assert!(unserved(reason).is_some(), "{reason}");
    }
    for state in ["Unplanned", "Planned", "Unserved", "UnderWay", "Served", "Late"] {
        assert!(delivery_state(state).2.is_some(), "{state}");
    }
}

#[test]
fn a_route_driven_is_as_late_as_its_last_visit_was() {
    let mut day = day();
    let route = &mut day.plan.as_mut().expect("a plan").routes[0];
    assert_eq!(route_delay(route), Some(Millis::minutes(17)), "under way: as its tracker says");
    for visit in &mut route.visits {
        visit.served = true;
        visit.expected_at = Some(visit.arrive_at + Millis::minutes(4));
    }
    route.delay = Some(Millis::hours(6));
    assert_eq!(route_delay(route), Some(Millis::minutes(4)));
}

#[test]
fn delays_are_words_and_small_ones_are_none() {
    let fmt = fmt();
    let told = |ms: i64| delay(&fmt, Millis(ms)).replace('\u{a0}', " ");
    assert_eq!(told(17 * 60_000 + 5_000), "17 min late");
    assert_eq!(told(-4 * 60_000), "4 min early");
    assert_eq!(told(90_000), "on time");
    assert_eq!(told(-119_000), "on time");
}

#[test]
fn times_and_places_are_read_as_people_type_them() {
    for (text, minutes) in [
        ("8", 480),
        ("08:30", 510),
        ("8.30", 510),
        ("830", 510),
        ("1730", 1050),
        ("8：05", 485),
        ("24:00", 1440),
    ] {
        assert_eq!(typed_minute(text), Some(minutes), "{text}");
        assert_eq!(typed_minute(&minute(minutes)), Some(minutes));
    }
    for odd in ["", "x", "8:60", "48:00", "-1", "8:3:0", "12345"] {
        assert_eq!(typed_minute(odd), None, "{odd}");
    }
    assert_eq!(typed_place("60.1699", " 24,9384 "), GeoPoint::from_degrees(60.1699, 24.9384));
    assert_eq!(typed_place("91", "0"), None);
    assert_eq!(typed_place("", "0"), None);
}

#[test]
fn the_map_shows_every_delivery_and_accents_the_route_selected() {
    let (fmt, day) = (fmt(), day());
    let at = PositionRow {
        vehicle: Some(VehicleId(1)),
        code: "VAN-1".into(),
        at: clock(9, 0),
        place: place(2),
        speed_kmh: Some(Milli(32_000)),
        heading_deg: Some(90),
        stale: false,
    };
    let plain = scene(&fmt, &day, None, std::slice::from_ref(&at), None, clock(9, 0));
    assert_eq!(plain.chart.places.len(), 5 + 1 + 1);
    assert_eq!((plain.keys.len(), plain.tips.len(), plain.table.rows.len()), (7, 7, 7));
    assert_eq!(plain.table.rows[3][..4], ["VAN-1", "1", "Café 1", "delivered"]);
    assert!(plain.chart.routes[0].estimated, "no ways came: straight lines");
    assert_eq!(plain.chart.routes[0].points.len(), 5, "from the depot, three visits, and back");
    assert!(plain.chart.estimated && plain.chart.attribution.is_empty());
    assert_eq!(plain.chart.routes[0].weight, Weight::Normal);

    let sel = Some(Sel::Delivery(DeliveryId(2)));
    let chosen = scene(&fmt, &day, None, &[at], sel, clock(9, 0));
    assert_eq!(chosen.chart.routes[0].weight, Weight::Selected);
    let marked: Vec<_> = chosen.chart.places.iter().filter(|p| p.weight == Weight::Selected).collect();
    assert_eq!(marked.len(), 1 + 1, "the visit and its vehicle");
    assert_eq!(marked[0].label, "Café 2");
    let related = chosen.chart.places.iter().filter(|p| p.weight == Weight::Related).count();
    assert_eq!(related, 2, "the other visits of the route");
}

#[test]
fn ways_of_another_plan_are_not_drawn() {
    let mut lines = MapLines {
        estimated: false,
        lines: vec![MapLine { class: 1, lat_e7: vec![1, 2, 3], lon_e7: vec![4, 5, 6] }],
    };
    let drawn =
        |lines: &MapLines| scene(&fmt(), &day(), Some(lines), &[], None, clock(9, 0)).chart.routes[0].clone();
    assert_eq!((drawn(&lines).points.len(), drawn(&lines).estimated), (3, false));
    lines.lines[0].class = 2;
    assert_eq!((drawn(&lines).points.len(), drawn(&lines).estimated), (5, true));
}

#[test]
fn roads_of_openstreetmap_are_said_to_be_theirs() {
    let mut day = day();
    let roads = |source: &str| RoadsRow {
        source: source.into(),
        nodes: 10,
        length: Metres(1000),
        south_west: place(0),
        north_east: place(9),
    };
    for (source, said) in [("demo", ""), ("Helsinki.osm.pbf", OSM_ATTRIBUTION)] {
        day.roads = Some(roads(source));
        assert_eq!(scene(&fmt(), &day, None, &[], None, clock(9, 0)).chart.attribution, said);
    }
}

#[test]
fn bars_are_for_vehicles_that_drive_or_may() {
    let (chart, keys) = gantt(&fmt(), &day(), Some(Sel::Delivery(DeliveryId(2))), clock(9, 0));
    assert_eq!(keys, [VehicleId(1), VehicleId(2)], "the third may not be planned");
    let visits = &chart.rows[0].visits;
    assert_eq!(visits.len(), 3);
    assert_eq!(visits[1].window_ms, Some((clock(8, 0).0, clock(10, 0).0)));
    assert_eq!(visits[1].expected_ms, Some(clock(10, 17).0));
    assert_eq!(visits[1].weight, Weight::Selected);
    assert_eq!(chart.rows[0].shift_ms, (clock(7, 0).0, clock(16, 0).0));
    assert_eq!(chart.rows[1].away_ms, None);
}

#[test]
fn a_cost_falls_in_steps() {
    let solving = SolvingRow {
        job: JobId(1),
        running: true,
        costs: vec![(10, Money(20_000)), (500, Money(15_000)), (2_000, Money(14_000))],
        iterations: 1000,
        unserved: 0,
    };
    let chart = cost_curve(&fmt(), &solving);
    let values: Vec<_> = chart.series[0].points.iter().flatten().map(|p| (p.t_ms, p.value)).collect();
    assert_eq!(values, [(10, 200.0), (500, 200.0), (500, 150.0), (2_000, 150.0), (2_000, 140.0)]);
    assert_eq!(chart.window_ms, (0, 2_000));
}

#[test]
fn the_days_hold_today_and_the_day_shown() {
    assert_eq!(days(&day(), Day(DAY.0 + 1)), [Day(DAY.0 + 1), DAY, Day(DAY.0 - 3)]);
    assert_eq!(utilisation(day().plan.as_ref().expect("a plan")), Some(42));
    assert_eq!(bounds(&day()).map(|b| b.north_east), Some(place(5)));
    let mut far = day();
    far.deliveries[4].unserved = Some("Unreachable".into());
    assert_eq!(bounds(&far).map(|b| b.north_east), Some(place(4)), "what no road reaches is not fitted");
}
