//! A delivery day: deliveries and vehicles → times between all places → routes → the checker → a plan in force; then where
//! the vehicles are on it.

use crate::failure::{Failure, Result};
use crate::flows::roads::{self, Roads};
use crate::limits;
use crate::open::{App, Inner};
use crate::wire;
use contract::{Code, JobId, MapLines, SolveReport, Topic};
use domain::{Actor, Delivery, Finding, FindingCode, Plan, Severity, UnservedReason, Vehicle};
use monitor::eta;
use routing::{ProblemSpec, Rates, Window};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use store::{DeliveryProgress, SavedPlan};
use travel::Matrix;
use units::{
    Day, DeliveryId, GeoPoint, Metres, Milli, Millis, Money, PlanId, Progress, Seed, Stop, Timestamp,
    VehicleId,
};

/// Where routes begin and end, in the settings.
const DEPOT: &str = "fleet.depot";

/// The search counts in the 3,600th part of a hundredth of the currency, so that a cost per hour is a whole number a second.
const COST_UNITS: i64 = 3_600;

/// Times a search looks at the clock: every so many iterations, some tens of microseconds.
const ITERATIONS_A_LOOK: u64 = 64;

/// What the Fleet page needs that is not in the store.
pub(crate) struct Fleet {
    pub roads: Roads,
    /// Newest last.
    matrices: Mutex<Vec<(String, Arc<Matrix>)>>,
    /// Newest last; the key holds plan and roads.
    paths: Mutex<Vec<((PlanId, String), Arc<MapLines>)>>,
    solving: Mutex<BTreeMap<Day, Solving>>,
    live: Mutex<Live>,
}

/// A solve under way or ended.
#[derive(Clone, Debug)]
pub(crate) struct Solving {
    /// None until the job has its number.
    pub job: Option<JobId>,
    pub running: bool,
    /// Milliseconds since the start, cost.
    pub costs: Vec<(u32, Money)>,
    pub iterations: u64,
    pub unserved: u32,
}

/// Where the vehicles are on today's plan.
#[derive(Default)]
struct Live {
    plan: PlanId,
    vehicles: HashMap<VehicleId, eta::Progress>,
}

impl Fleet {
    pub fn new() -> Self {
        Self {
            roads: Roads::new(),
            matrices: Mutex::default(),
            paths: Mutex::default(),
            solving: Mutex::default(),
            live: Mutex::default(),
        }
    }

    /// The solve of a day.
    pub fn solving(&self, day: Day) -> Option<Solving> {
        self.solving_lock().get(&day).cloned()
    }

    fn solving_lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Day, Solving>> {
        self.solving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn update(&self, day: Day, change: impl FnOnce(&mut Solving)) {
        if let Some(solving) = self.solving_lock().get_mut(&day) {
            change(solving);
        }
    }
}

/// Where routes begin and end; none until somebody set it.
pub(crate) fn depot(inner: &Inner) -> Result<Option<GeoPoint>> {
    let text = inner.store.records.setting(DEPOT)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Sets where routes begin and end.
pub(crate) fn set_depot(inner: &Inner, by: &Actor, place: GeoPoint, why: &str) -> Result<()> {
    on_earth("set the depot", place)?;
    let text = serde_json::to_string(&place).map_err(|e| Failure::bug(e.to_string()))?;
    Ok(inner.store.records.save_setting(&inner.act_because(by, why), DEPOT, &text)?)
}

/// A place as a call gives it.
pub(crate) fn on_earth(what: &str, place: GeoPoint) -> Result<()> {
    match GeoPoint::from_degrees(place.lat(), place.lon()) {
        Some(_) => Ok(()),
        None => Err(Failure::bad_input(format!(
            "{what}: {:.5}, {:.5} is no place on earth; latitude is -90 to 90, longitude -180 to 180",
            place.lat(),
            place.lon()
        ))),
    }
}

fn hash(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

/// What a plan rests on; another one means that the plan is stale.
fn inputs(depot: GeoPoint, roads: &str, vehicles: &[Vehicle], deliveries: &[Delivery]) -> String {
    use std::fmt::Write;
    let mut text = format!("{depot:?} {roads}");
    for one in vehicles.iter().filter(|vehicle| vehicle.active) {
        let costs = (one.cost_fixed, one.cost_per_km, one.cost_per_hour);
        // Writing to a text does not fail.
        let _ =
            write!(text, "|{} {:?} {:?} {:?} {costs:?}", one.id, one.capacity_kg, one.capacity_m3, one.shift);
    }
    let mut deliveries: Vec<&Delivery> = deliveries.iter().collect();
    deliveries.sort_by_key(|one| one.id);
    for one in deliveries {
        let load = (one.weight_kg, one.volume_m3);
        let _ = write!(text, "|{} {:?} {load:?} {:?} {:?}", one.id, one.place, one.service, one.window);
    }
    hash(&text)
}

/// Whether deliveries, vehicles, roads or the depot changed since the plan was made.
pub(crate) fn stale(
    inner: &Inner,
    plan: &Plan,
    vehicles: &[Vehicle],
    deliveries: &[Delivery],
) -> Result<bool> {
    let Some(depot) = depot(inner)? else { return Ok(true) };
    let now = inputs(depot, &roads::key(inner)?, vehicles, deliveries);
    Ok(plan.fingerprint.split('.').next() != Some(now.as_str()))
}

/// Everything a day's plan is made of.
struct Gathered {
    midnight: Timestamp,
    depot: GeoPoint,
    vehicles: Vec<Vehicle>,
    deliveries: Vec<Delivery>,
    spec: ProblemSpec,
    estimated: bool,
    inputs: String,
    findings: Vec<Finding>,
    matrix_ms: u64,
}

fn gather(inner: &Inner, day: Day, stop: &Stop) -> Result<Gathered> {
    let records = &inner.store.records;
    let missing = |text: String| Failure::new(Code::NotFound, format!("plan {day}: {text}"));
    let depot = depot(inner)?
        .ok_or_else(|| missing("there is no depot; set where routes begin and end first".to_owned()))?;
    let mut vehicles = records.vehicles()?;
    let deliveries = records.deliveries(day)?;
    if deliveries.is_empty() {
        return Err(missing("there are no deliveries that day; import or add some".to_owned()));
    }
    if deliveries.len() > limits::DELIVERIES_MAX {
        return Err(Failure::bad_input(format!(
            "plan {day}: {} deliveries are more than the {} one plan takes; split the day",
            deliveries.len(),
            limits::DELIVERIES_MAX
        )));
    }
    let installed = inner.fleet.roads.wait();
    let key = installed.as_ref().map_or("estimate", |installed| installed.network.fingerprint());
    let inputs = inputs(depot, key, &vehicles, &deliveries);
    vehicles.retain(|vehicle| vehicle.active);
    if vehicles.is_empty() {
        return Err(missing(
            "there is no vehicle that may be planned; add one, or set one active".to_owned(),
        ));
    }
    let mut points = vec![depot];
    points.extend(deliveries.iter().map(|delivery| delivery.place));
    let began = crate::clock::real_now();
    let matrix_key = hash(&format!("{key} {points:?}"));
    let matrix = match kept(&inner.fleet.matrices, &matrix_key) {
        Some(matrix) => matrix,
        None => {
            let matrix = Arc::new(match &installed {
                Some(installed) => installed.network.matrix(&points, &Progress::none(), stop)?,
                None => travel::estimate::matrix(&points),
            });
            keep(&inner.fleet.matrices, matrix_key, matrix.clone(), limits::MATRICES_KEPT);
            matrix
        }
    };
    let matrix_ms = (crate::clock::real_now() - began).0.unsigned_abs();
    let mut findings = Vec::new();
    if matrix.estimated {
        findings.push(Finding::about(FindingCode::NoRoads, Severity::Note, "roads", ""));
    }
    if matrix.unreachable.contains(&0) {
        return Err(Failure::bad_input(format!(
            "plan {day}: the depot lies farther than {} m from any road of the map; correct the depot, or import the map of its region",
            travel::limits::SNAP_METRES_MAX
        )));
    }
    let zone = inner.zone();
    let midnight = crate::zone::midnight(&zone, day);
    let second = |minute: u16| (crate::zone::at_minute(&zone, day, minute) - midnight).0 / 1000;
    let window = |(from, to): (u16, u16)| Window { early: second(from), late: second(to) };
    // Volume counts where somebody wrote one on both sides; a vehicle without takes any.
    let by_volume = vehicles.iter().any(|vehicle| vehicle.capacity_m3.is_some())
        && deliveries.iter().any(|delivery| delivery.volume_m3.is_some());
    // Thousandths of a kilogram and of a cubic metre are grams and litres.
    let load = |weight: Milli, volume: Option<i64>| {
        let mut load = vec![weight.0];
        load.extend(volume.filter(|_| by_volume));
        load
    };
    let free =
        vehicles.iter().all(|one| (one.cost_fixed, one.cost_per_km, one.cost_per_hour) == Default::default());
    let spec = ProblemSpec {
        locations: matrix.n,
        seconds: matrix.seconds.clone(),
        metres: matrix.metres.clone(),
        visits: deliveries
            .iter()
            .enumerate()
            .map(|(at, delivery)| routing::Visit {
                location: at + 1,
                demand: load(delivery.weight_kg, Some(delivery.volume_m3.unwrap_or_default().0)),
                service_seconds: (delivery.service.0 + 999) / 1000,
                window: delivery.window.map(window),
                ..routing::Visit::default()
            })
            .collect(),
        vehicles: vehicles
            .iter()
            .map(|vehicle| routing::Vehicle {
                start: 0,
                end: 0,
                capacity: load(
                    vehicle.capacity_kg,
                    Some(vehicle.capacity_m3.map_or(routing::limits::LOAD_MAX, |volume| volume.0)),
                ),
                shift: window(vehicle.shift),
                duration_seconds_max: None,
                reloads_max: 0,
                rates: if free {
                    // Nobody said what driving costs: the shortest and quickest routes then.
                    Rates { fixed: 0, per_metre: 1, per_second: 1 }
                } else {
                    rates(vehicle)
                },
            })
            .collect(),
    };
    Ok(Gathered {
        midnight,
        depot,
        vehicles,
        deliveries,
        spec,
        estimated: matrix.estimated,
        inputs,
        findings,
        matrix_ms,
    })
}

/// Money as the search counts it; the plan's own money is reckoned again from metres and seconds.
fn rates(vehicle: &Vehicle) -> Rates {
    let per_metre = (vehicle.cost_per_km.0.saturating_mul(COST_UNITS) + 500) / 1000;
    Rates {
        fixed: vehicle.cost_fixed.0.saturating_mul(COST_UNITS).clamp(0, routing::limits::COST_MAX),
        per_metre: per_metre.clamp(0, routing::limits::RATE_MAX),
        per_second: vehicle.cost_per_hour.0.clamp(0, routing::limits::RATE_MAX),
    }
}

/// What a route costs.
fn cost(vehicle: &Vehicle, metres: i64, seconds: i64) -> Money {
    let share = |rate: Money, amount: i64, of: i128| (i128::from(rate.0) * i128::from(amount) + of / 2) / of;
    let sum = i128::from(vehicle.cost_fixed.0)
        + share(vehicle.cost_per_km, metres, 1000)
        + share(vehicle.cost_per_hour, seconds, 3600);
    Money(i64::try_from(sum).unwrap_or(i64::MAX))
}

fn kept<K: PartialEq, T>(cache: &Mutex<Vec<(K, Arc<T>)>>, key: &K) -> Option<Arc<T>> {
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    let at = cache.iter().position(|(known, _)| known == key)?;
    let found = cache.remove(at);
    let value = found.1.clone();
    cache.push(found);
    Some(value)
}

fn keep<K, T>(cache: &Mutex<Vec<(K, Arc<T>)>>, key: K, value: Arc<T>, most: usize) {
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= most {
        cache.remove(0);
    }
    cache.push((key, value));
}

impl App {
    /// Starts a solve of a day.
    pub(crate) async fn start_solve(
        &self,
        day: Option<Day>,
        seconds: u32,
        seed: Seed,
        by: &Actor,
    ) -> Result<JobId> {
        if !(1..=limits::SOLVE_SECONDS_MAX).contains(&seconds) {
            return Err(Failure::bad_input(format!(
                "plan for {seconds} s: give 1 to {} seconds",
                limits::SOLVE_SECONDS_MAX
            )));
        }
        let day = day.unwrap_or_else(|| self.0.today());
        {
            let mut solving = self.0.fleet.solving_lock();
            if solving.get(&day).is_some_and(|solve| solve.running) {
                return Err(Failure::new(
                    Code::Conflict,
                    format!("plan {day}: a search for that day is under way; wait for it, or cancel it"),
                ));
            }
            if solving.len() >= limits::SOLVES_KEPT {
                let ended = solving.iter().find(|(_, solve)| !solve.running).map(|(day, _)| *day);
                if let Some(ended) = ended {
                    solving.remove(&ended);
                }
            }
            let fresh = Solving { job: None, running: true, costs: Vec::new(), iterations: 0, unserved: 0 };
            solving.insert(day, fresh);
        }
        let ended = Ended(self.0.clone(), day);
        let planner = by.clone();
        let started = self
            .start_job("routes", day.to_string(), by, move |inner, stop, progress| {
                let ended = ended;
                let report = solve(inner, &planner, day, seconds, seed, stop, progress)?;
                drop(ended);
                serde_json::to_string(&report).map_err(|e| Failure::bug(e.to_string()))
            })
            .await?;
        self.0.fleet.update(day, |solving| solving.job = Some(started));
        self.0.bus.changed(Topic::Fleet);
        Ok(started)
    }
}

/// Marks a day's solve as ended, however it ended.
struct Ended(Arc<Inner>, Day);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.fleet.update(self.1, |solving| solving.running = false);
        self.0.bus.changed(Topic::Fleet);
    }
}

/// Searches, checks, saves. Cancelled after its first plan, it keeps the best one found so far: a dispatcher who stops a search
/// has seen enough, not changed their mind.
fn solve(
    inner: &Arc<Inner>,
    by: &Actor,
    day: Day,
    seconds: u32,
    seed: Seed,
    stop: &Stop,
    progress: &Progress<'_>,
) -> Result<SolveReport> {
    let began = crate::clock::real_now();
    let mut gathered = gather(inner, day, stop)?;
    stop.check()?;
    let (problem, found) =
        routing::Problem::new(&gathered.spec).map_err(|e| Failure::bad_input(format!("plan {day}: {e}")))?;
    let used: usize = gathered.vehicles.len() - found.iter().filter(|one| is_vehicle(one)).count();
    let found: Vec<Finding> = found.iter().map(|one| finding(&gathered, one)).collect();
    gathered.findings.extend(found);
    if used == 0 {
        return Err(Failure::bad_input(format!(
            "plan {day}: none of the {} vehicles can be used, because they may load nothing or their shift is too short; correct capacity and shift",
            gathered.vehicles.len()
        )));
    }
    let search_began = crate::clock::real_now();
    let limit_ms = i64::from(seconds) * 1000;
    let mut spent = 0.0;
    let mut iterations = 0;
    let mut budget = |at: &routing::Search| {
        iterations = at.iterations;
        if at.iterations.is_multiple_of(ITERATIONS_A_LOOK) {
            let elapsed = (crate::clock::real_now() - search_began).0.clamp(0, limit_ms);
            progress.report(elapsed.unsigned_abs(), limit_ms.unsigned_abs());
            spent = if stop.asked() { 1.0 } else { elapsed as f64 / limit_ms as f64 };
        }
        spent
    };
    let mut first_cost = None;
    let mut on_best = |solution: &routing::Solution, best: routing::Cost, iterations: u64| {
        let cost = Money(best.total / COST_UNITS);
        let elapsed = u32::try_from((crate::clock::real_now() - search_began).0).unwrap_or(u32::MAX);
        first_cost.get_or_insert_with(|| solution.clone());
        inner.fleet.update(day, |solving| {
            solving.costs.push((elapsed, cost));
            if solving.costs.len() > limits::COSTS_SHOWN_MAX {
                // Every second one goes, but the first and the last stay.
                let last = solving.costs.len() - 1;
                let mut at = 0;
                solving.costs.retain(|_| {
                    at += 1;
                    (at - 1) % 2 == 0 || at - 1 == last
                });
            }
            solving.iterations = iterations;
            solving.unserved = best.unserved;
        });
        inner.bus.changed(Topic::Fleet);
    };
    let params = routing::Params::default();
    let solution = routing::solve(&problem, &params, seed, &mut budget, &mut on_best);
    let verdict = checked(&gathered, &solution)?;
    let first_cost = match first_cost {
        Some(first) => routes_cost(&gathered, &routing::check(&gathered.spec, &first)),
        None => routes_cost(&gathered, &verdict),
    };
    let mut plan = plan_of(&gathered, day, inner.now(), &solution, &verdict);
    plan.fingerprint = format!("{}.{}", gathered.inputs, hash(&format!("{params:?} {seconds} {seed:?}")));
    let id = inner.store.records.save_plan(&inner.act(by), &plan)?;
    plan.id = id;
    inner.fleet.update(day, |solving| {
        solving.iterations = iterations;
        solving.unserved = plan.unserved.len() as u32;
    });
    for topic in [Topic::Fleet, Topic::Audit] {
        inner.bus.changed(topic);
    }
    let mut reasons = BTreeMap::<UnservedReason, u32>::new();
    for (_, reason) in &plan.unserved {
        *reasons.entry(*reason).or_default() += 1;
    }
    Ok(SolveReport {
        plan: id,
        cost: plan.cost,
        first_cost,
        served: plan.routes.iter().map(|route| route.visits.len() as u32).sum(),
        unserved: reasons.into_iter().map(|(reason, count)| (format!("{reason:?}"), count)).collect(),
        routes: plan.routes.len() as u32,
        iterations,
        checked: true,
        estimated: plan.estimated,
        counts: wire::counts(&gathered.findings),
        findings: gathered.findings.iter().take(limits::FINDINGS_SHOWN_MAX).map(wire::finding).collect(),
        cancelled: stop.asked(),
        took_ms: (crate::clock::real_now() - began).0.unsigned_abs(),
        matrix_ms: gathered.matrix_ms,
    })
}

/// The checker's verdict; a plan it does not pass is a mistake of ours and goes no further.
fn checked(gathered: &Gathered, solution: &routing::Solution) -> Result<routing::Verdict> {
    let verdict = routing::check(&gathered.spec, solution);
    if verdict.feasible {
        return Ok(verdict);
    }
    let first = verdict.violations.first().map_or_else(String::new, |one| format!("{one:?}"));
    Err(Failure::bug(format!(
        "the plan found breaks {} rules ({first}) and was not saved; the plan in force stays. Report it with the deliveries of that day",
        verdict.violations.len()
    )))
}

fn is_vehicle(finding: &routing::Finding) -> bool {
    matches!(
        finding,
        routing::Finding::VehicleWithoutCapacity { .. } | routing::Finding::VehicleShiftEmpty { .. }
    )
}

fn finding(gathered: &Gathered, found: &routing::Finding) -> Finding {
    let (code, visit, vehicle) = match *found {
        routing::Finding::VisitUnreachable { visit } => (FindingCode::Unreachable, Some(visit), None),
        routing::Finding::VisitTooLarge { visit } => (FindingCode::TooLarge, Some(visit), None),
        routing::Finding::VisitWindowClosed { visit } => (FindingCode::WindowClosed, Some(visit), None),
        routing::Finding::VehicleWithoutCapacity { vehicle } => {
            (FindingCode::VehicleNoCapacity, None, Some(vehicle))
        }
        routing::Finding::VehicleShiftEmpty { vehicle } => (FindingCode::VehicleNoShift, None, Some(vehicle)),
    };
    let delivery = visit.and_then(|at| gathered.deliveries.get(at));
    let vehicle = vehicle.and_then(|at| gathered.vehicles.get(at));
    let subject = delivery.map(|one| &one.code).or(vehicle.map(|one| &one.code)).cloned().unwrap_or_default();
    let detail =
        delivery.map(|one| &one.address).or(vehicle.map(|one| &one.name)).cloned().unwrap_or_default();
    Finding::about(code, Severity::Warning, &subject, &detail)
}

fn routes_cost(gathered: &Gathered, verdict: &routing::Verdict) -> Money {
    let of = |drive: &routing::Drive| {
        gathered
            .vehicles
            .get(drive.vehicle)
            .map_or(Money::ZERO, |vehicle| cost(vehicle, drive.metres, drive.duration_seconds))
    };
    verdict.drives.iter().map(of).sum()
}

/// The plan as the checker drove it: times and distances are its, not the search's.
fn plan_of(
    gathered: &Gathered,
    day: Day,
    made_at: Timestamp,
    solution: &routing::Solution,
    verdict: &routing::Verdict,
) -> Plan {
    let at = |seconds: i64| gathered.midnight + Millis(seconds * 1000);
    let routes: Vec<domain::Route> = verdict
        .drives
        .iter()
        .filter_map(|drive| {
            let vehicle = gathered.vehicles.get(drive.vehicle)?;
            let mut before = 0;
            let visits = drive
                .arrivals
                .iter()
                .filter_map(|arrival| {
                    let visit = domain::Visit {
                        delivery: gathered.deliveries.get(arrival.visit)?.id,
                        arrive_at: at(arrival.arrive),
                        start_at: at(arrival.start),
                        leave_at: at(arrival.leave),
                        distance: Metres(arrival.metres - before),
                    };
                    before = arrival.metres;
                    Some(visit)
                })
                .collect();
            Some(domain::Route {
                vehicle: vehicle.id,
                leave_at: at(drive.leave),
                back_at: at(drive.back),
                distance: Metres(drive.metres),
                driving: Millis(drive.driving_seconds * 1000),
                load_kg: Milli(drive.load.first().copied().unwrap_or(0)),
                cost: cost(vehicle, drive.metres, drive.duration_seconds),
                visits,
            })
        })
        .collect();
    let unserved = solution.unserved.iter().filter_map(|one| {
        let reason = match one.reason {
            routing::Reason::Unreachable => UnservedReason::Unreachable,
            routing::Reason::TooLarge => UnservedReason::TooLarge,
            routing::Reason::WindowClosed => UnservedReason::WindowClosed,
            // No delivery is optional, so none is left for its prize.
            routing::Reason::NoRoom | routing::Reason::NotWorth => UnservedReason::NoRoom,
        };
        Some((gathered.deliveries.get(one.visit)?.id, reason))
    });
    Plan {
        id: PlanId(0),
        day,
        made_at,
        depot: gathered.depot,
        estimated: gathered.estimated,
        fingerprint: String::new(),
        cost: routes.iter().map(|route| route.cost).sum(),
        unserved: unserved.collect(),
        routes,
    }
}

// ---------------------------------------------------------------------------------------------------------------------

/// The line each route drives, in the order of the plan's routes; straight between places where there is no map.
pub(crate) fn paths(inner: &Inner, id: PlanId) -> Result<Arc<MapLines>> {
    let installed = inner.fleet.roads.now();
    let key = (id, installed.as_ref().map_or_else(String::new, |one| one.network.fingerprint().to_owned()));
    if let Some(found) = kept(&inner.fleet.paths, &key) {
        return Ok(found);
    }
    let saved = inner.store.records.plan(id)?;
    let places: HashMap<DeliveryId, GeoPoint> =
        inner.store.records.deliveries_of_plan(id)?.into_iter().map(|one| (one.id, one.place)).collect();
    let network = installed.as_ref().filter(|_| !saved.plan.estimated).map(|one| &one.network);
    let lines = saved.plan.routes.iter().map(|route| {
        let mut stops = vec![saved.plan.depot];
        stops.extend(route.visits.iter().filter_map(|visit| places.get(&visit.delivery)));
        stops.push(saved.plan.depot);
        let mut points = vec![saved.plan.depot];
        for pair in stops.windows(2) {
            match network.and_then(|network| network.path(pair[0], pair[1])) {
                Some(path) => points.extend(path.points),
                None => points.extend([pair[0], pair[1]]),
            }
        }
        points.dedup();
        roads::line(route.vehicle.0, &points)
    });
    let lines = Arc::new(MapLines { estimated: network.is_none(), lines: lines.collect() });
    keep(&inner.fleet.paths, key, lines.clone(), limits::PATHS_KEPT);
    Ok(lines)
}

// ---------------------------------------------------------------------------------------------------------------------

/// What is expected of one route.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub outlook: eta::Outlook,
    pub visits: Vec<eta::Seen>,
    /// It has left the depot, or made a visit.
    pub under_way: bool,
}

/// How a route is followed.
fn followed(
    saved: &SavedPlan,
    route: &domain::Route,
    deliveries: &HashMap<DeliveryId, &Delivery>,
) -> eta::RoutePlan {
    eta::RoutePlan {
        depot: saved.plan.depot,
        leave_at: route.leave_at,
        back_at: route.back_at,
        visits: route
            .visits
            .iter()
            .map(|visit| eta::VisitPlan {
                place: deliveries.get(&visit.delivery).map_or(saved.plan.depot, |one| one.place),
                arrive_at: visit.arrive_at,
                leave_at: visit.leave_at,
                service: Millis((visit.leave_at - visit.start_at).0.max(0)),
                // The planned start is the window's opening where the plan waits for it; a late vehicle waits less.
                opens_at: (visit.start_at > visit.arrive_at).then_some(visit.start_at),
            })
            .collect(),
    }
}

/// Takes the positions that came since the last time, and says what is expected of each vehicle of the plan. Which deliveries
/// were served is noted in the store: another plan, and another day, still know it.
pub(crate) fn follow(
    inner: &Inner,
    saved: &SavedPlan,
    vehicles: &[Vehicle],
    deliveries: &[Delivery],
) -> Result<HashMap<VehicleId, Expected>> {
    let now = inner.now();
    let by_id: HashMap<DeliveryId, &Delivery> = deliveries.iter().map(|one| (one.id, one)).collect();
    let mut live = inner.fleet.live.lock().unwrap_or_else(PoisonError::into_inner);
    if live.plan != saved.plan.id {
        *live = Live { plan: saved.plan.id, vehicles: HashMap::new() };
    }
    let mut news = Vec::new();
    let mut all = HashMap::new();
    for route in &saved.plan.routes {
        let Some(vehicle) = vehicles.iter().find(|one| one.id == route.vehicle) else { continue };
        let plan = followed(saved, route, &by_id);
        // After a start, or with a new plan, the day's positions are read again from the store.
        let mut progress = live.vehicles.get(&vehicle.id).cloned().unwrap_or_default();
        let from = progress.last.map_or(route.leave_at - limits::EARLY_START, |last| last.at + Millis(1));
        let before = progress.visits.clone();
        for position in inner.store.telemetry.positions_between(&vehicle.code, from, now + Millis(1))? {
            progress = eta::step(&plan, &progress, eta::Fix { at: position.at, place: position.place });
        }
        for (at, seen) in progress.visits.iter().enumerate() {
            if before.get(at) != Some(seen)
                && let (Some(arrived_at), Some(visit)) = (seen.arrived_at, route.visits.get(at))
            {
                news.push(DeliveryProgress {
                    delivery: visit.delivery,
                    arrived_at,
                    served: seen.served,
                    left_at: seen.left_at,
                });
            }
        }
        if let Some(outlook) = eta::expect(&plan, &progress, now, &|_, _| None) {
            let at_depot = progress
                .last
                .is_some_and(|fix| fix.place.metres_to(saved.plan.depot) <= monitor::limits::DOOR_METRES);
            let any = progress.visits.iter().any(|seen| seen.arrived_at.is_some());
            let expected = Expected { outlook, visits: progress.visits.clone(), under_way: any || !at_depot };
            all.insert(vehicle.id, expected);
        }
        live.vehicles.insert(vehicle.id, progress);
    }
    drop(live);
    if !news.is_empty() {
        inner.store.records.save_delivery_progress(news)?;
        inner.bus.changed(Topic::Fleet);
    }
    Ok(all)
}

/// Follows today's plan while positions come, also when nobody looks.
pub(crate) async fn watch(inner: Weak<Inner>, mut events: crate::bus::Subscription) {
    loop {
        let event = events.next().await;
        if event.topic != Topic::Positions {
            continue;
        }
        let Some(app) = inner.upgrade().map(App) else { return };
        let followed = app
            .blocking(|inner| {
                let records = &inner.store.records;
                let Some(saved) = records.plan_in_force(inner.today())? else { return Ok(()) };
                let deliveries = records.deliveries_of_plan(saved.plan.id)?;
                follow(inner, &saved, &records.vehicles()?, &deliveries).map(drop)
            })
            .await;
        if let Err(failure) = followed {
            tracing::warn!("follow the vehicles: {failure}");
        }
    }
}

#[cfg(test)]
mod tests;
