//! A delivery day's journey: files in, a search, the checker, a plan in force, and what goes wrong on the way.

use crate::site::{Site, open, open_at};
use contract::*;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use units::{Day, GeoPoint, Milli, Millis, Money};

const DAY: &str = "2026-06-01";

fn day() -> Day {
    Day::parse(DAY).expect("a day")
}

/// The middle of Helsinki.
fn depot() -> GeoPoint {
    GeoPoint::from_degrees(60.1870, 24.9210).expect("on earth")
}

fn write_file(site: &Site, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = site.folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

/// The result of a job, or its error.
async fn ended(site: &Site, job: JobId) -> Result<String, String> {
    let row = site.app.wait_for_job(job).await.expect("a job ends");
    row.result.ok_or_else(|| row.error.unwrap_or(row.state))
}

async fn import(site: &Site, kind: ImportKind, name: &str, text: &str, dry_run: bool) -> ImportReport {
    let file = FileRef::Path(write_file(site, name, text).to_string_lossy().into_owned());
    let job = site
        .app
        .call(StartImport { kind, file, mapping: vec![], dry_run }, &site.by)
        .await
        .expect("an import starts");
    serde_json::from_str(&ended(site, job).await.expect("an import")).expect("a report")
}

async fn roads(site: &Site, path: &Path) -> Result<RoadsReport, String> {
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let job = site.app.call(ImportRoads { file }, &site.by).await.map_err(|e| e.message)?;
    Ok(serde_json::from_str(&ended(site, job).await?).expect("a report"))
}

async fn solve(site: &Site, seconds: u32) -> Result<SolveReport, String> {
    let call = SolveDay { day: Some(day()), seconds, seed: 1 };
    let job = site.app.call(call, &site.by).await.map_err(|e| e.message)?;
    Ok(serde_json::from_str(&ended(site, job).await?).expect("a report"))
}

async fn fleet(site: &Site) -> FleetDay {
    site.app.call(GetFleet { day: Some(day()) }, &site.by).await.expect("the fleet")
}

async fn set_depot(site: &Site, place: GeoPoint) {
    site.app.call(SetDepot { place, why: "opened".into() }, &site.by).await.expect("a depot");
}

const VEHICLES: &str = "vehicle,name,capacity kg,shift from,shift to,fixed cost,cost per km,cost per hour\n\
    VAN-1,Van 1,500,07:00,16:00,40,0.60,24\n\
    VAN-2,Van 2,500,07:00,16:00,40,0.60,24\n\
    VAN-3,Van 3,900,07:00,16:00,55,0.80,24\n";

/// Twelve places within some 4 km around the depot, with windows on every third.
fn deliveries() -> String {
    let mut text =
        String::from("number,date,customer,lat,lon,weight kg,service minutes,window from,window to\n");
    for at in 0..12 {
        let angle = f64::from(at) * 0.55;
        let far = 0.008 + 0.002 * f64::from(at % 5);
        let (lat, lon) = (60.1870 + far * angle.sin(), 24.9210 + 2.0 * far * angle.cos());
        let window = if at % 3 == 0 { "09:00,12:00" } else { "," };
        writeln!(text, "D-{at:02},{DAY},Customer {at},{lat:.6},{lon:.6},{},5,{window}", 40 + at * 5)
            .expect("a String takes it");
    }
    text
}

async fn ready() -> Site {
    let site = open();
    set_depot(&site, depot()).await;
    import(&site, ImportKind::Vehicles, "vehicles.csv", VEHICLES, false).await;
    import(&site, ImportKind::Deliveries, "deliveries.csv", &deliveries(), false).await;
    site
}

/// Each route obeys windows, shift and capacity; each delivery is on one route or has its reason.
fn obeys(fleet: &FleetDay) {
    let plan = fleet.plan.as_ref().expect("a plan");
    let mut seen = std::collections::BTreeSet::new();
    for route in &plan.routes {
        let vehicle = fleet.vehicles.iter().find(|one| one.id == route.vehicle).expect("a known vehicle");
        let minute = |at: units::Timestamp| (at - fleet.midnight).0 as f64 / 60_000.0;
        assert!(minute(route.leave_at) >= f64::from(vehicle.shift_from), "{route:?}");
        assert!(minute(route.back_at) <= f64::from(vehicle.shift_to), "{route:?}");
        let mut load = 0;
        let mut before = route.leave_at;
        for visit in &route.visits {
            let delivery = fleet.deliveries.iter().find(|one| one.id == visit.delivery).expect("a delivery");
            assert!(seen.insert(visit.delivery), "twice: {visit:?}");
            assert!(visit.arrive_at >= before && visit.start_at >= visit.arrive_at, "{visit:?}");
            assert_eq!(visit.leave_at - visit.start_at, delivery.service);
            if let Some((from, to)) = delivery.window {
                assert!(minute(visit.start_at) >= f64::from(from) && minute(visit.start_at) <= f64::from(to));
            }
            load += delivery.weight_kg.0;
            before = visit.leave_at;
        }
        assert!(route.back_at >= before && load == route.load_kg.0 && load <= vehicle.capacity_kg.0);
    }
    for delivery in &fleet.deliveries {
        let on_route = seen.contains(&delivery.id);
        assert_eq!(on_route, delivery.unserved.is_none(), "{delivery:?}");
        assert_eq!(delivery.state == "Unserved", !on_route, "{delivery:?}");
    }
    assert_eq!(plan.cost, plan.routes.iter().map(|route| route.cost).sum::<Money>());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_become_a_checked_plan_that_a_restart_keeps() {
    let site = open();
    set_depot(&site, depot()).await;
    let trial = import(&site, ImportKind::Deliveries, "deliveries.csv", &deliveries(), true).await;
    assert_eq!((trial.stored, trial.import), (12, None));
    assert!(fleet(&site).await.deliveries.is_empty(), "a dry run changes nothing");
    import(&site, ImportKind::Vehicles, "vehicles.csv", VEHICLES, false).await;
    let first = import(&site, ImportKind::Deliveries, "deliveries.csv", &deliveries(), false).await;
    assert_eq!((first.stored, first.rejected), (12, 0));
    let audited = site.app.call(ListAudit { limit: 1_000 }, &site.by).await.expect("the audit").len();
    let again = import(&site, ImportKind::Deliveries, "deliveries.csv", &deliveries(), false).await;
    assert!(again.already && again.stored == 0, "{again:?}");

    let before = fleet(&site).await;
    assert!(before.plan.is_none() && before.deliveries.iter().all(|one| one.state == "Unplanned"));
    let report = solve(&site, 1).await.expect("a plan");
    assert!(report.checked && report.estimated && !report.cancelled, "{report:?}");
    assert_eq!((report.served, report.unserved.len()), (12, 0));
    assert!(report.cost <= report.first_cost, "{report:?}");
    let planned = fleet(&site).await;
    obeys(&planned);
    let plan = planned.plan.as_ref().expect("a plan");
    assert!(!plan.stale && plan.id == report.plan && plan.cost == report.cost);
    let solving = planned.solving.as_ref().expect("a search");
    assert!(!solving.running && !solving.costs.is_empty());
    let paths = site.app.call(GetRoutePaths { plan: plan.id }, &site.by).await.expect("paths");
    assert!(paths.estimated && paths.lines.len() == plan.routes.len());
    let audit = site.app.call(ListAudit { limit: 1_000 }, &site.by).await.expect("the audit");
    assert_eq!(audit.len(), audited + 1, "a plan is one record, an import that changes nothing none");
    assert!(audit[0].action == "plan.save", "{:?}", audit[0]);
    assert!(site.app.call(VerifyAudit {}, &site.by).await.expect("verified").intact);
    site.app.close().await;

    let app = open_at(site.folder.path(), &site.clock);
    let kept = app.call(GetFleet { day: Some(day()) }, &site.by).await.expect("the fleet");
    assert_eq!((&kept.plan, &kept.deliveries), (&planned.plan, &planned.deliveries));
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_stale_once_what_it_was_made_of_changes() {
    let site = ready().await;
    solve(&site, 1).await.expect("a plan");
    let planned = fleet(&site).await;
    let one = planned.deliveries[0].clone();
    let as_saved = |row: DeliveryRow| SaveDelivery {
        id: Some(row.id),
        code: row.code,
        day: row.day,
        customer: row.customer,
        address: row.address,
        place: row.place,
        weight_kg: row.weight_kg,
        volume_m3: row.volume_m3,
        service: row.service,
        window: row.window,
        note: row.note,
    };
    let noted = SaveDelivery { note: "ring twice".into(), ..as_saved(one.clone()) };
    site.app.call(noted, &site.by).await.expect("a note");
    assert!(!fleet(&site).await.plan.expect("a plan").stale, "a note changes no route");
    let heavier = SaveDelivery { weight_kg: Milli(90_000), ..as_saved(one.clone()) };
    site.app.call(heavier, &site.by).await.expect("a change");
    assert!(fleet(&site).await.plan.expect("a plan").stale);
    site.app.call(as_saved(one.clone()), &site.by).await.expect("back");
    assert!(!fleet(&site).await.plan.expect("a plan").stale);

    let gone = RemoveDelivery { id: one.id, why: "cancelled".into() };
    site.app.call(gone, &site.by).await.expect("a removal");
    let after = fleet(&site).await;
    let plan = after.plan.expect("a plan");
    assert!(plan.stale && after.deliveries.len() == 11);
    let named = plan.routes.iter().flat_map(|route| &route.visits).any(|visit| visit.code == one.code);
    assert!(named, "the plan in force can still be read");
    solve(&site, 1).await.expect("a plan");
    let again = fleet(&site).await;
    obeys(&again);
    assert!(!again.plan.expect("a plan").stale);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_search_keeps_its_best_plan() {
    let site = ready().await;
    let mut events = site.app.subscribe();
    let call = SolveDay { day: Some(day()), seconds: 600, seed: 1 };
    let job = site.app.call(call.clone(), &site.by).await.expect("a search");
    let second = site.app.call(call, &site.by).await.expect_err("one search a day");
    assert_eq!(second.code, Code::Conflict);
    let limit = std::time::Duration::from_secs(60);
    tokio::time::timeout(limit, async {
        while fleet(&site).await.solving.is_none_or(|solving| solving.costs.is_empty()) {
            events.next().await;
        }
    })
    .await
    .expect("a first plan within a minute");
    site.app.call(CancelJob { id: job }, &site.by).await.expect("cancelled");
    let report: SolveReport =
        serde_json::from_str(&ended(&site, job).await.expect("a report")).expect("a report");
    assert!(report.cancelled && report.checked && report.served == 12, "{report:?}");
    let planned = fleet(&site).await;
    assert_eq!(planned.plan.as_ref().expect("a plan").id, report.plan);
    obeys(&planned);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_planned_is_said() {
    let site = open();
    let refused = solve(&site, 1).await.expect_err("nothing there");
    assert!(refused.contains("no depot"), "{refused}");
    set_depot(&site, depot()).await;
    let refused = solve(&site, 1).await.expect_err("nothing to bring");
    assert!(refused.contains("no deliveries"), "{refused}");
    let mut text = deliveries();
    // Too heavy for any vehicle, and a window before any shift.
    writeln!(text, "D-20,{DAY},Quarry,60.19,24.93,5000,5,,").expect("a line");
    writeln!(text, "D-21,{DAY},Bakery,60.19,24.93,10,5,03:00,04:00").expect("a line");
    // Not on earth, a window that ends before it begins, a negative weight, a number that is there already.
    writeln!(text, "D-30,{DAY},Nowhere,95.0,24.93,10,5,,").expect("a line");
    writeln!(text, "D-31,{DAY},Hurry,60.19,24.93,10,5,12:00,09:00").expect("a line");
    writeln!(text, "D-32,{DAY},Balloon,60.19,24.93,-10,5,,").expect("a line");
    writeln!(text, "D-00,{DAY},Again,60.19,24.93,10,5,,").expect("a line");
    let report = import(&site, ImportKind::Deliveries, "deliveries.csv", &text, false).await;
    assert_eq!((report.stored, report.rejected), (14, 4));
    let codes: Vec<&str> = report.findings.iter().map(|one| one.code.as_str()).collect();
    for code in ["NotAPlace", "WindowReversed", "OutOfRange", "Duplicate"] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    let refused = solve(&site, 1).await.expect_err("nobody to bring it");
    assert!(refused.contains("no vehicle"), "{refused}");

    let vehicle = |code: &str, kg: i64| SaveVehicle {
        id: None,
        code: code.into(),
        name: "Van".into(),
        capacity_kg: Milli(kg * 1000),
        capacity_m3: None,
        shift_from: 420,
        shift_to: 960,
        cost_fixed: Money(4000),
        cost_per_km: Money(60),
        cost_per_hour: Money(2400),
        active: true,
    };
    let refused = site.app.call(vehicle("VAN-0", 0), &site.by).await.expect_err("it may load nothing");
    assert!(refused.code == Code::BadInput && refused.message.contains("capacity"), "{refused}");
    let none = "vehicle,capacity kg\nVAN-8,0\nVAN-9,\n";
    let report = import(&site, ImportKind::Vehicles, "none.csv", none, false).await;
    assert_eq!((report.stored, report.rejected), (0, 2));
    site.app.call(vehicle("VAN-1", 900), &site.by).await.expect("a vehicle");
    let refused = site.app.call(vehicle("VAN-1", 900), &site.by).await.expect_err("the code is taken");
    assert_eq!(refused.code, Code::Conflict);

    let report = solve(&site, 1).await.expect("a plan");
    let reasons: Vec<(&str, u32)> = report.unserved.iter().map(|one| (one.0.as_str(), one.1)).collect();
    assert_eq!(reasons, [("TooLarge", 1), ("WindowClosed", 1)], "{report:?}");
    obeys(&fleet(&site).await);
    for seconds in [0, 601] {
        assert!(solve(&site, seconds).await.is_err());
    }
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_no_map_leave_the_roads_as_they_are() {
    let site = ready().await;
    let town = sim::town::Town::new(units::Seed(7));
    let bytes = town.osm_pbf(false);
    let whole = write_file(&site, "town.osm.pbf", &bytes);
    let report = roads(&site, &whole).await.expect("roads");
    assert!(report.used > 0 && report.ways >= report.used && report.roads.nodes > 0, "{report:?}");
    let in_use = fleet(&site).await.roads.expect("roads");
    assert_eq!(in_use, report.roads);
    let text = write_file(&site, "notes.osm.pbf", "this is no map");
    let cut = write_file(&site, "cut.osm.pbf", &bytes[..bytes.len() / 2]);
    for path in [&text, &cut] {
        let refused = roads(&site, path).await.expect_err("not a map");
        assert!(refused.contains("import roads from"), "{refused}");
    }
    let missing = roads(&site, Path::new("/no/such/map.osm.pbf")).await.expect_err("no file");
    assert!(missing.contains("no such file"), "{missing}");
    // The disk does not take the new file.
    let in_the_way = site.folder.path().join("roads.qmr.new");
    std::fs::create_dir(&in_the_way).expect("a folder");
    let refused = roads(&site, &whole).await.expect_err("nothing can be written there");
    assert!(refused.contains("The roads in use stay"), "{refused}");
    std::fs::remove_dir(&in_the_way).expect("removed");
    assert_eq!(fleet(&site).await.roads, Some(in_use.clone()), "the old network stays");

    // The depot of the files is in another country.
    let refused = solve(&site, 1).await.expect_err("the depot is not on this map");
    assert!(refused.contains("depot"), "{refused}");
    set_depot(&site, town.depot()).await;
    let report = solve(&site, 1).await.expect("a plan");
    assert_eq!(report.unserved, [("Unreachable".to_owned(), 12)]);
    let bounds =
        GetRoads { south_west: in_use.south_west, north_east: in_use.north_east, metres_per_pixel: 5 };
    let lines = site.app.call(bounds.clone(), &site.by).await.expect("lines");
    assert!(!lines.estimated && !lines.lines.is_empty());
    site.app.close().await;

    // A restart loads the roads beside the first screen.
    let app = open_at(site.folder.path(), &site.clock);
    let kept = app.call(GetFleet { day: Some(day()) }, &site.by).await.expect("the fleet");
    assert_eq!(kept.roads, Some(in_use));
    let mut events = app.subscribe();
    let limit = std::time::Duration::from_secs(60);
    tokio::time::timeout(limit, async {
        while app.call(bounds.clone(), &site.by).await.expect("lines").lines.is_empty() {
            events.next().await;
        }
    })
    .await
    .expect("roads within a minute");
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn helsinki_sixty_deliveries_six_vehicles() {
    let Some(map) = testkit::shared_data("routing/osm/Helsinki.osm.pbf") else { return };
    let site = open();
    let imported = roads(&site, &map).await.expect("the roads of Helsinki");
    let (south_west, north_east) = (imported.roads.south_west, imported.roads.north_east);
    let inside = |x: f64, y: f64| {
        let mix = |a: f64, b: f64, share: f64| a + (b - a) * share;
        (mix(south_west.lat(), north_east.lat(), y), mix(south_west.lon(), north_east.lon(), x))
    };
    let middle = inside(0.5, 0.5);
    set_depot(&site, GeoPoint::from_degrees(middle.0, middle.1).expect("on earth")).await;
    let mut text =
        String::from("number,date,customer,lat,lon,weight kg,service minutes,window from,window to\n");
    for at in 0..60_u32 {
        // A Kronecker sequence fills the box evenly.
        let (x, y) = ((f64::from(at) * 0.754_877_666).fract(), (f64::from(at) * 0.569_840_291).fract());
        let (lat, lon) = inside(0.15 + 0.7 * x, 0.15 + 0.7 * y);
        let window = ["08:00,12:00", "10:00,14:00", ",", ","][at as usize % 4];
        writeln!(text, "H-{at:02},{DAY},Customer {at},{lat:.6},{lon:.6},{},6,{window}", 30 + at % 7 * 10)
            .expect("a String takes it");
    }
    import(&site, ImportKind::Deliveries, "deliveries.csv", &text, false).await;
    let mut text =
        String::from("vehicle,capacity kg,shift from,shift to,fixed cost,cost per km,cost per hour\n");
    for at in 1..=6 {
        writeln!(text, "VAN-{at},800,07:00,16:00,40,0.60,24").expect("a String takes it");
    }
    import(&site, ImportKind::Vehicles, "vehicles.csv", &text, false).await;
    let report = solve(&site, 3).await.expect("a plan");
    assert!(!report.estimated && report.checked && report.served >= 50, "{report:?}");
    let planned = fleet(&site).await;
    obeys(&planned);
    let plan = planned.plan.expect("a plan");
    let lines = site.app.call(GetRoutePaths { plan: plan.id }, &site.by).await.expect("paths");
    assert!(!lines.estimated && lines.lines.iter().all(|line| line.lat_e7.len() > 20));
    let began = app::clock::real_now();
    let all = GetRoads { south_west, north_east, metres_per_pixel: 20 };
    let drawn = site.app.call(all, &site.by).await.expect("lines");
    let drawn_at = app::clock::real_now();
    fleet(&site).await;
    let (roads_ms, fleet_ms) = ((drawn_at - began).0, (app::clock::real_now() - drawn_at).0);
    assert!(!drawn.lines.is_empty());
    println!("GetRoads {roads_ms} ms, {} lines; GetFleet {fleet_ms} ms", drawn.lines.len());
    let first_ms = planned.solving.and_then(|one| one.costs.first().map(|first| first.0));
    println!(
        "Helsinki: roads {} ms, matrix {} ms, first plan {first_ms:?} ms, cost {:.2} from {:.2}, {} routes, unserved {:?}",
        imported.took_ms, report.matrix_ms, report.cost, report.first_cost, report.routes, report.unserved
    );
    assert!(plan.driving > Millis(0));
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_town_is_driven_and_its_routes_go_along_as_files() {
    use base64::Engine;
    let seed = units::Seed(4);
    let site = open();
    let town = sim::fleet::Fleet::new(seed);
    let warehouse = sim::Warehouse::new(seed, day().plus(-1));
    let map = write_file(&site, "demo", town.town().osm_pbf(false));
    set_depot(&site, town.town().depot()).await;
    let read = roads(&site, &map).await.expect("roads");
    assert!(read.roads.nodes > 3_000 && read.roads.source == "demo", "{read:?}");
    import(&site, ImportKind::Vehicles, "vehicles.csv", &sim::fleet::vehicles_csv(false), false).await;
    let wanted = town.deliveries(&warehouse, day(), false);
    let file = sim::fleet::deliveries_csv(&wanted);
    let taken = import(&site, ImportKind::Deliveries, "deliveries.csv", &file, false).await;
    assert_eq!((taken.stored, taken.rejected), (wanted.len() as u64, 0), "{taken:?}");
    let known = fleet(&site).await;
    assert_eq!((known.vehicles.len(), known.deliveries.len()), (8, wanted.len()));
    for one in &wanted {
        let row = known.deliveries.iter().find(|row| row.code == one.code).expect("a delivery");
        assert_eq!((row.place, row.weight_kg, row.window), (one.place, one.weight_kg, one.window));
        assert_eq!((row.service, &row.address, &row.note), (one.service, &one.address, &one.note));
    }

    let report = solve(&site, 2).await.expect("a plan");
    assert!(report.checked && !report.estimated && report.routes > 1, "{report:?}");
    let planned = fleet(&site).await;
    obeys(&planned);
    let odd = planned.deliveries.iter().filter(|one| one.code.starts_with("SP"));
    assert!(odd.clone().count() > 0);
    for one in odd {
        let reason = one.unserved.as_deref();
        assert!(matches!(reason, Some("Unreachable" | "TooLarge")), "{one:?}");
    }

    let plan = planned.plan.expect("a plan");
    let export = |vehicle, format: &str, language: &str| ExportRoute {
        plan: plan.id,
        vehicle,
        format: format.into(),
        language: language.into(),
    };
    for route in &plan.routes {
        for (format, begins) in [("pdf", "%PDF-"), ("gpx", "<?xml")] {
            let file = site.app.call(export(route.vehicle, format, "zh"), &site.by).await.expect("a file");
            assert!(file.name.contains(&route.vehicle_code) && file.name.ends_with(format), "{}", file.name);
            let bytes = base64::engine::general_purpose::STANDARD.decode(&file.base64).expect("base64");
            assert!(bytes.starts_with(begins.as_bytes()));
            if format == "gpx" {
                let text = String::from_utf8(bytes).expect("UTF-8");
                assert_eq!(text.matches("<rtept").count(), route.visits.len() + 2);
                assert!(text.matches("<trkpt").count() > route.visits.len());
                // The last point of the track is reached when the vehicle is back.
                let back = format!("<time>{}</time></trkpt>\n    </trkseg>", route.back_at);
                assert!(text.contains(&back), "{back} is not the end");
            }
        }
    }
    let first = plan.routes[0].vehicle;
    let refused = site.app.call(export(first, "kml", "en"), &site.by).await.expect_err("no such format");
    assert_eq!(refused.code, Code::BadInput);
    let refused = site.app.call(export(first, "pdf", "fi"), &site.by).await.expect_err("no such language");
    assert_eq!(refused.code, Code::BadInput);
    let idle = planned.vehicles.iter().find(|one| plan.routes.iter().all(|route| route.vehicle != one.id));
    let idle = idle.map_or(units::VehicleId(99), |one| one.id);
    let refused = site.app.call(export(idle, "pdf", "en"), &site.by).await.expect_err("it has no route");
    assert_eq!(refused.code, Code::NotFound);

    let made = MakeDailyReport { day: Some(day()), language: Language::En };
    let set = site.app.call(made, &site.by).await.expect("a report");
    let csv = set.files.iter().find(|file| file.name.ends_with("-deliveries.csv")).expect("deliveries");
    let text = std::fs::read_to_string(site.folder.path().join("reports").join(&csv.name)).expect("a file");
    assert_eq!(text.lines().count(), wanted.len() + 1);
    site.app.close().await;
}
