use crate::{App, Clock, Opening, SiteSettings};
use contract::*;
use domain::Actor;
use store::Batch;
use units::{Day, GeoPoint, Milli, Millis, Money, Timestamp};

fn open(folder: &std::path::Path, clock: &Clock) -> App {
    let opening = Opening {
        folder: folder.to_owned(),
        clock: clock.clone(),
        first_settings: SiteSettings { time_zone: "Europe/Helsinki".into(), ..SiteSettings::default() },
        check: false,
        library: None,
    };
    App::open(opening, &tokio::runtime::Handle::current()).expect("a new folder opens")
}

fn place(north: f64) -> GeoPoint {
    GeoPoint::from_degrees(60.17 + north, 24.94).expect("on earth")
}

async fn fleet(app: &App) -> FleetDay {
    app.call(GetFleet { day: None }, &Actor::local_admin()).await.expect("the fleet")
}

fn states(fleet: &FleetDay) -> Vec<&str> {
    fleet.deliveries.iter().map(|one| one.state.as_str()).collect()
}

/// The van says where it is, and the clock is there.
async fn drives(app: &App, clock: &Clock, at: Timestamp, place: GeoPoint) {
    clock.advance(at - clock.now());
    app.blocking(move |inner| {
        let position =
            domain::Position { vehicle: "VAN-1".into(), at, place, speed_kmh: None, heading_deg: None };
        let batch = Batch { positions: vec![position], ..Batch::default() };
        inner.store.telemetry.append(batch)?;
        inner.bus.changed(Topic::Positions);
        Ok(())
    })
    .await
    .expect("written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vehicle_is_followed_along_its_plan_and_over_a_restart() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let day = Day::from_civil(2026, 6, 1).expect("a day");
    // 06:00 in Helsinki.
    let clock = Clock::manual(day.utc_midnight() + Millis::hours(3));
    let by = Actor::local_admin();
    let app = open(folder.path(), &clock);
    app.call(SetDepot { place: place(0.0), why: String::new() }, &by).await.expect("a depot");
    let vehicle = SaveVehicle {
        id: None,
        code: "VAN-1".into(),
        name: "Van".into(),
        capacity_kg: Milli(500_000),
        capacity_m3: None,
        shift_from: 480,
        shift_to: 960,
        cost_fixed: Money(4000),
        cost_per_km: Money(60),
        cost_per_hour: Money(2400),
        active: true,
    };
    app.call(vehicle, &by).await.expect("a vehicle");
    // The windows hold the van to this order: one, two, three.
    for (code, north, window) in
        [("D-1", 0.02, (500, 520)), ("D-2", 0.04, (560, 580)), ("D-3", 0.06, (600, 660))]
    {
        let delivery = SaveDelivery {
            id: None,
            code: code.into(),
            day,
            customer: code.into(),
            address: String::new(),
            place: place(north),
            weight_kg: Milli(10_000),
            volume_m3: None,
            service: Millis::minutes(6),
            window: Some(window),
            note: String::new(),
        };
        app.call(delivery, &by).await.expect("a delivery");
    }
    let job = app.call(SolveDay { day: None, seconds: 1, seed: 1 }, &by).await.expect("a search");
    let row = app.wait_for_job(job).await.expect("an end");
    assert_eq!(row.state, "Done", "{row:?}");
    // A plan that forgets a delivery, or serves one twice, goes no further than the checker.
    let refused = app
        .blocking(move |inner| {
            let gathered = super::gather(inner, day, &units::Stop::default())?;
            let twice = routing::Route { visits: vec![0, 0], ..routing::Route::default() };
            let twice = routing::Solution { routes: vec![twice], unserved: Vec::new() };
            Ok([routing::Solution::default(), twice].map(|plan| super::checked(&gathered, &plan).err()))
        })
        .await
        .expect("gathered");
    assert!(refused.iter().all(|one| one.as_ref().is_some_and(|one| one.code == Code::Bug)), "{refused:?}");
    let planned = fleet(&app).await;
    assert_eq!(states(&planned), ["Planned", "Planned", "Planned"]);
    let route = planned.plan.expect("a plan").routes.remove(0);
    assert_eq!(route.delay, None, "nobody heard of the van yet");
    // The window is the customer's own time: 08:20 in Helsinki, in summer, is 05:20 UTC.
    let opens = day.utc_midnight() + Millis::minutes(500 - 180);
    assert!(route.visits[0].start_at >= opens && route.visits[0].start_at <= opens + Millis::minutes(20));

    drives(&app, &clock, route.leave_at - Millis::minutes(1), place(0.0)).await;
    assert_eq!(states(&fleet(&app).await), ["Planned", "Planned", "Planned"]);
    drives(&app, &clock, route.visits[0].arrive_at, place(0.02)).await;
    assert_eq!(states(&fleet(&app).await), ["UnderWay", "Planned", "Planned"]);
    // It stays half an hour longer than planned.
    let leaves = route.visits[0].leave_at + Millis::minutes(30);
    drives(&app, &clock, leaves, place(0.02)).await;
    drives(&app, &clock, leaves + Millis::minutes(1), place(0.025)).await;
    let late = fleet(&app).await;
    assert_eq!(late.deliveries[0].state, "Served");
    assert_eq!(late.deliveries[0].expected_at, Some(route.visits[0].arrive_at));
    let now = clock.now();
    assert!(late.deliveries[1].expected_at.is_some_and(|at| at > now), "{:?}", late.deliveries[1]);
    assert_eq!(late.deliveries[1].state, "UnderWay");
    // Its tracker is silent until the second window has closed.
    clock.advance(day.utc_midnight() + Millis::minutes(585 - 180) - clock.now());
    let silent = fleet(&app).await;
    assert_eq!(silent.deliveries[1].state, "Late", "{:?}", silent.deliveries[1]);
    let route = silent.plan.as_ref().expect("a plan").routes[0].clone();
    assert!(route.delay.is_some_and(|delay| delay > Millis(0)) && route.visits[0].served);
    app.close().await;
    drop(app);

    let app = open(folder.path(), &clock);
    let again = fleet(&app).await;
    assert_eq!((&again.deliveries, &again.plan), (&silent.deliveries, &silent.plan));
    let positions = app.call(ListPositions {}, &by).await.expect("positions");
    assert_eq!(positions.len(), 1);
    assert!(positions[0].vehicle == Some(route.vehicle) && positions[0].stale, "{positions:?}");
    app.close().await;
}

#[test]
fn a_cost_is_reckoned_to_the_hundredth() {
    let vehicle = domain::Vehicle {
        id: VehicleId(1),
        code: "V".into(),
        name: "V".into(),
        capacity_kg: Milli(1),
        capacity_m3: None,
        shift: (0, 1440),
        cost_fixed: Money(4000),
        cost_per_km: Money(60),
        cost_per_hour: Money(2400),
        active: true,
    };
    assert_eq!(super::cost(&vehicle, 12_345, 5_400), Money(4000 + 741 + 3600));
    let rates = super::rates(&vehicle);
    let units = rates.fixed + rates.per_metre * 12_345 + rates.per_second * 5_400;
    assert_eq!(units / super::COST_UNITS, 4000 + 740 + 3600);
}
