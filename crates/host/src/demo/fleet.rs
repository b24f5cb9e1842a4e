//! The demo's delivery day: a depot and roads, eight vehicles, deliveries that come in as files, a plan each day, and trackers that say
//! where the vehicles are while they drive it.

use super::{World, failure, finish, import, wires, write};
use app::{Actor, App};
use contract::*;
use sim::Warehouse;
use sim::broker::{Broker, Publisher};
use sim::drive::{self, Drive, Fix, Stop as Door, Vehicles};
use sim::fleet::{self, Fleet};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use units::{Day, GeoPoint, Millis, PlanId, Seed, Stop, Timestamp};

/// The name roads have that are nobody's.
const ROADS: &str = "demo";
/// How long a day's plan is searched for.
const SOLVE_SECONDS: u32 = 4;
/// Between two looks at the clock by the trackers.
const LOOK: Duration = Duration::from_millis(150);
/// Between two looks at the plan.
const LOOK_AT_PLAN: Duration = Duration::from_secs(1);
/// What trackers without a connection keep.
const BUFFERED: Millis = Millis::hours(24);
/// Positions kept while there is no broker: a day of eight vehicles, twice.
const WAITING_MAX: usize = 50_000;

/// The fleet at work.
pub(super) struct Trackers {
    ending: Stop,
    planning: Option<tokio::task::JoinHandle<()>>,
    driving: Option<tokio::task::JoinHandle<()>>,
    sent: Arc<AtomicU64>,
    planned: tokio::sync::watch::Receiver<Option<Result<(), ApiError>>>,
}

/// Starts to plan and to drive, in the background.
pub(super) async fn start(
    app: &App,
    world: World,
    warehouse: Arc<Warehouse>,
    chinese: bool,
    broker: &Broker,
) -> Result<Trackers, ApiError> {
    wires::hear_vehicles(app, broker, drive::INTERVAL_PARKED).await?;
    let ending = Stop::default();
    let sent = Arc::new(AtomicU64::new(0));
    let (tell, planned) = tokio::sync::watch::channel(None);
    let planning = tokio::spawn(plan_days(app.clone(), world, warehouse, chinese, ending.clone(), tell));
    let driving = tokio::spawn(drive_days(
        app.clone(),
        Seed(world.seed),
        broker.endpoint().to_owned(),
        ending.clone(),
        sent.clone(),
    ));
    Ok(Trackers { ending, planning: Some(planning), driving: Some(driving), sent, planned })
}

impl Trackers {
    /// Waits until today has its first plan.
    pub(super) async fn planned(&mut self) -> Result<(), ApiError> {
        let known =
            self.planned.wait_for(Option::is_some).await.map_err(|e| failure("plan the demo's day", e))?;
        known.clone().unwrap_or(Ok(()))
    }

    /// Positions sent so far.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Ends after the day being planned and the positions being sent.
    pub(super) async fn stop(&mut self) {
        self.ending.ask();
        for task in [self.planning.take(), self.driving.take()].into_iter().flatten() {
            // What went wrong in it was said then.
            let _ = task.await;
        }
    }
}

impl Drop for Trackers {
    fn drop(&mut self) {
        self.ending.ask();
    }
}

async fn today(app: &App) -> Result<Day, ApiError> {
    let offset = app.call(GetSite {}, &Actor::system()).await?.offset_minutes;
    Ok(Timestamp(app.clock().now().0 + i64::from(offset) * 60_000).utc_day())
}

/// Makes what a new site lacks, then plans each day when it begins.
async fn plan_days(
    app: App,
    world: World,
    warehouse: Arc<Warehouse>,
    chinese: bool,
    ending: Stop,
    tell: tokio::sync::watch::Sender<Option<Result<(), ApiError>>>,
) {
    let made = tokio::task::spawn_blocking(move || Fleet::new(Seed(world.seed))).await;
    let Ok(fleet) = made.map(Arc::new) else { return };
    let mut second = tokio::time::interval(LOOK_AT_PLAN);
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut ready = settle(&app, &fleet, chinese).await;
    let mut done: Option<Day> = None;
    while !ending.asked() {
        second.tick().await;
        let turned = match &ready {
            Ok(()) => turn(&app, &fleet, &warehouse, chinese, world.seed, &mut done).await,
            Err(error) => Err(error.clone()),
        };
        if let Err(error) = &turned {
            tracing::warn!("a delivery day of the demo: {error}");
        }
        let failed = turned.is_err();
        tell.send_if_modified(|told| {
            let first = told.is_none();
            *told = told.take().or(Some(turned));
            first
        });
        if failed {
            // A site whose depot could not be made is tried again; a day that could not be planned is, too.
            ready = settle(&app, &fleet, chinese).await;
        }
    }
}

/// Depot, roads and vehicles, where there are none.
async fn settle(app: &App, fleet: &Fleet, chinese: bool) -> Result<(), ApiError> {
    let by = Actor::system();
    let known = app.call(GetFleet { day: None }, &by).await?;
    let folder = app.folder().join("demo-files");
    std::fs::create_dir_all(&folder).map_err(|e| failure("make the folder of the demo's files", e))?;
    if known.depot.is_none() {
        let place = fleet.town().depot();
        app.call(SetDepot { place, why: "where the warehouse stands".to_owned() }, &by).await?;
    }
    if known.roads.is_none() {
        let path = folder.join(ROADS);
        std::fs::write(&path, fleet.town().osm_pbf(chinese))
            .map_err(|e| failure("write the demo's roads", e))?;
        let file = FileRef::Path(path.to_string_lossy().into_owned());
        finish(app, app.call(ImportRoads { file }, &by).await?).await?;
    }
    if known.vehicles.is_empty() {
        let path = folder.join("vehicles.csv");
        write(&path, &fleet::vehicles_csv(chinese))?;
        import(app, ImportKind::Vehicles, &path, Vec::new()).await?;
    }
    Ok(())
}

/// Today's deliveries as a file, and a plan for them; nothing where both are there.
async fn turn(
    app: &App,
    fleet: &Arc<Fleet>,
    warehouse: &Arc<Warehouse>,
    chinese: bool,
    seed: u64,
    done: &mut Option<Day>,
) -> Result<(), ApiError> {
    let by = Actor::system();
    let day = today(app).await?;
    if *done == Some(day) {
        return Ok(());
    }
    let known = app.call(GetFleet { day: Some(day) }, &by).await?;
    if known.deliveries.is_empty() {
        let (fleet, warehouse) = (fleet.clone(), warehouse.clone());
        let text = tokio::task::spawn_blocking(move || {
            fleet::deliveries_csv(&fleet.deliveries(&warehouse, day, chinese))
        })
        .await
        .map_err(|e| failure("make the day's deliveries", e))?;
        let path = app.folder().join("demo-files").join(format!("deliveries-{day}.csv"));
        write(&path, &text)?;
        import(app, ImportKind::Deliveries, &path, Vec::new()).await?;
    }
    if known.plan.is_none() {
        let call = SolveDay { day: Some(day), seconds: SOLVE_SECONDS, seed };
        match app.call(call, &by).await {
            Ok(job) => finish(app, job).await?,
            // Somebody was quicker.
            Err(error) if error.code == Code::Conflict => {}
            Err(error) => return Err(error),
        }
    }
    *done = Some(day);
    Ok(())
}

/// The day as it is driven.
struct Driving {
    day: Day,
    plan: Option<PlanId>,
    vehicles: Vehicles,
}

/// Says where the vehicles are, until asked to end.
async fn drive_days(app: App, seed: Seed, broker: String, ending: Stop, sent: Arc<AtomicU64>) {
    let mut look = tokio::time::interval(LOOK);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut driving: Option<Driving> = None;
    let mut radio: Option<Radio> = None;
    let mut last: Option<Timestamp> = None;
    let mut looked = tokio::time::Instant::now() - LOOK_AT_PLAN;
    loop {
        look.tick().await;
        if looked.elapsed() >= LOOK_AT_PLAN {
            looked = tokio::time::Instant::now();
            match follow(&app, seed, driving.as_ref()).await {
                Ok(Some(fresh)) => driving = Some(fresh),
                Ok(None) => {}
                Err(error) => tracing::warn!("the demo's vehicles: {error}"),
            }
        }
        if let Some(driving) = &driving {
            let now = app.clock().now();
            let from = match last {
                Some(last) => last,
                None => resume_from(&app, driving, now).await,
            };
            let mut known = radio.take().unwrap_or_else(|| Radio::new(&broker));
            known.waiting.extend(driving.vehicles.between(from.max(now - BUFFERED), now));
            last = Some(now);
            // It waits for the broker: not on a thread that others wait for.
            match tokio::task::spawn_blocking(move || (known.say(), known)).await {
                Ok((said, known)) => {
                    if let Err(error) = said {
                        tracing::debug!("the demo's trackers keep what they have: {error}");
                    }
                    sent.store(known.acknowledged(), Ordering::Relaxed);
                    radio = Some(known);
                }
                Err(error) => tracing::warn!("the demo's trackers: {error}"),
            }
        }
        if ending.asked() {
            return;
        }
    }
}

/// The trackers' connection: what the broker has not acknowledged is kept, and sent when it is there again.
struct Radio {
    broker: String,
    publisher: Option<Publisher>,
    waiting: VecDeque<Fix>,
}

impl Radio {
    fn new(broker: &str) -> Self {
        Self { broker: broker.to_owned(), publisher: None, waiting: VecDeque::new() }
    }

    fn acknowledged(&self) -> u64 {
        self.publisher.as_ref().map_or(0, Publisher::acknowledged)
    }

    fn say(&mut self) -> Result<(), sim::chain::Error> {
        let over = self.waiting.len().saturating_sub(WAITING_MAX);
        self.waiting.drain(..over);
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut publisher = match self.publisher.take() {
            Some(publisher) => publisher,
            None => Publisher::connect(&self.broker, "demo-trackers")?,
        };
        let mut said = Ok(());
        while said.is_ok()
            && let Some(fix) = self.waiting.pop_front()
        {
            // Where it fails the publisher has the message, and sends it again first.
            said = publisher.publish(&fix.topic(), fix.payload().as_bytes());
        }
        let said = said.and_then(|()| publisher.flush());
        self.publisher = Some(publisher);
        said
    }
}

/// Where the trackers' memory begins: where they were last heard, else the day's midnight.
async fn resume_from(app: &App, driving: &Driving, now: Timestamp) -> Timestamp {
    let known = app.call(ListPositions {}, &Actor::system()).await.unwrap_or_default();
    let heard = known.iter().map(|row| row.at).filter(|at| *at <= now).max();
    let midnight =
        app.call(GetFleet { day: Some(driving.day) }, &Actor::system()).await.map(|known| known.midnight);
    heard.map(|at| at + Millis(1)).or(midnight.ok()).unwrap_or(now)
}

/// The plan in force as it is driven, where it is another one than before. Until a new site has its first plan nobody drives; later,
/// whoever has no plan stands.
async fn follow(app: &App, seed: Seed, driving: Option<&Driving>) -> Result<Option<Driving>, ApiError> {
    let by = Actor::system();
    let known = app.call(GetFleet { day: None }, &by).await?;
    let plan = known.plan.as_ref().map(|plan| plan.id);
    if driving.is_some_and(|driving| (driving.day, driving.plan) == (known.day, plan)) {
        return Ok(None);
    }
    let Some(depot) = known.depot else { return Ok(None) };
    let codes: Vec<String> = known.vehicles.iter().map(|vehicle| vehicle.code.clone()).collect();
    let Some(plan) = &known.plan else {
        // A new site waits for its plan; at midnight the yard is quiet until the day's plan is there.
        if driving.is_none() && app.call(ListPositions {}, &by).await?.is_empty() {
            return Ok(None);
        }
        let vehicles = Vehicles::new(seed, known.day, depot, &codes, Vec::new());
        return Ok(Some(Driving { day: known.day, plan: None, vehicles }));
    };
    let lines = app.call(GetRoutePaths { plan: plan.id }, &by).await?.lines;
    let door = |visit: &VisitRow| {
        let place = known.deliveries.iter().find(|one| one.id == visit.delivery).map(|one| one.place);
        Door {
            place: place.unwrap_or(depot),
            distance: visit.distance,
            arrive_at: visit.arrive_at,
            leave_at: visit.leave_at,
        }
    };
    let drives = plan.routes.iter().zip(&lines).map(|(route, line)| Drive {
        code: route.vehicle_code.clone(),
        leave_at: route.leave_at,
        back_at: route.back_at,
        distance: route.distance,
        stops: route.visits.iter().map(door).collect(),
        path: line
            .lat_e7
            .iter()
            .zip(&line.lon_e7)
            .map(|(lat, lon)| GeoPoint { lat_e7: *lat, lon_e7: *lon })
            .collect(),
    });
    let vehicles = Vehicles::new(seed, known.day, depot, &codes, drives.collect());
    Ok(Some(Driving { day: known.day, plan: Some(plan.id), vehicles }))
}
