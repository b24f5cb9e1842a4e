//! Judges a plan from the plain problem, with code of its own: nothing here is shared with the search.
//!
//! It drives each route leg by leg. Whatever the search may have cached, pruned or approximated does not matter here.

use crate::solution::{Cost, Reason, Solution};
use crate::spec::{ProblemSpec, Vehicle};

/// What a plan breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Violation {
    /// A route names a vehicle that is not there.
    UnknownVehicle {
        /// The index.
        vehicle: usize,
    },
    /// Two routes have one vehicle.
    VehicleTwice {
        /// The vehicle.
        vehicle: usize,
    },
    /// A visit that is not there.
    UnknownVisit {
        /// The index.
        visit: usize,
    },
    /// A visit served twice, or served and listed as unserved.
    VisitTwice {
        /// The visit.
        visit: usize,
    },
    /// A visit neither served nor listed as unserved.
    VisitForgotten {
        /// The visit.
        visit: usize,
    },
    /// A route without visits.
    RouteEmpty {
        /// Its vehicle.
        vehicle: usize,
    },
    /// A leg without a road.
    NoRoad {
        /// The vehicle.
        vehicle: usize,
        /// Location it would leave.
        from: usize,
        /// Location it would go to.
        to: usize,
    },
    /// More on board than it holds.
    Overload {
        /// The vehicle.
        vehicle: usize,
        /// Of which dimension.
        dimension: usize,
        /// By how much.
        by: i64,
    },
    /// Comes back for more too often, or at places that are none.
    ReloadsWrong {
        /// The vehicle.
        vehicle: usize,
    },
    /// A backhaul that comes before somebody who takes, or on a route on which nobody takes.
    BackhaulEarly {
        /// The vehicle.
        vehicle: usize,
        /// The backhaul.
        visit: usize,
    },
    /// A visit without the one it brings to or from before or behind it on the same trip.
    PairBroken {
        /// The visit.
        visit: usize,
    },
    /// It comes after the window has closed.
    Late {
        /// The vehicle.
        vehicle: usize,
        /// The visit.
        visit: usize,
        /// Seconds too late.
        by: i64,
    },
    /// It is back after its shift.
    ShiftOver {
        /// The vehicle.
        vehicle: usize,
        /// Seconds too late.
        by: i64,
    },
    /// It is out longer than it may be.
    TooLong {
        /// The vehicle.
        vehicle: usize,
        /// Seconds too long.
        by: i64,
    },
    /// A reason says that no vehicle could serve the visit alone, and one could; or that it is optional, and it is not.
    WrongReason {
        /// The visit.
        visit: usize,
        /// The reason given.
        reason: Reason,
    },
}

/// When and where a vehicle is at one visit. All times in seconds of the problem's origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Index of the visit.
    pub visit: usize,
    /// It comes.
    pub arrive: i64,
    /// It waits so many seconds for the window.
    pub wait_seconds: i64,
    /// Service begins.
    pub start: i64,
    /// It goes on.
    pub leave: i64,
    /// Driven from the start of the route to here.
    pub metres: i64,
}

/// One route, driven.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drive {
    /// Its vehicle.
    pub vehicle: usize,
    /// It leaves its start: as late as brings it back no later.
    pub leave: i64,
    /// Its visits in order.
    pub arrivals: Vec<Arrival>,
    /// It is at its end.
    pub back: i64,
    /// Metres in all.
    pub metres: i64,
    /// Seconds from leaving to being back.
    pub duration_seconds: i64,
    /// Of these, driving.
    pub driving_seconds: i64,
    /// Of these, waiting.
    pub waiting_seconds: i64,
    /// Most on board at once, per dimension.
    pub load: Vec<i64>,
    /// What it costs.
    pub cost: i64,
}

/// What a plan is worth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// It breaks nothing. Unserved visits break nothing; see `cost.unserved`.
    pub feasible: bool,
    /// Cost of routes and forgone prizes, after the visits left out.
    pub cost: Cost,
    /// What it breaks.
    pub violations: Vec<Violation>,
    /// Each route, in the order of the plan; a route of an unknown vehicle is missing.
    pub drives: Vec<Drive>,
    /// Metres of all routes.
    pub metres: i64,
    /// Durations of all routes, seconds.
    pub duration_seconds: i64,
}

impl Verdict {
    /// Nothing broken and every visit served or optional.
    pub fn complete(&self) -> bool {
        self.feasible && self.cost.unserved == 0
    }
}

/// Judges `solution`. The problem itself must be sound (see [`crate::Problem::new`]); absurd indexes become violations.
pub fn check(spec: &ProblemSpec, solution: &Solution) -> Verdict {
    let mut verdict = Verdict::default();
    let mut seen = vec![false; spec.visits.len()];
    let mut used = vec![false; spec.vehicles.len()];
    // Where each visit stands: route, trip, place.
    let mut stands: Vec<Option<(usize, usize, usize)>> = vec![None; spec.visits.len()];
    for (number, route) in solution.routes.iter().enumerate() {
        let vehicle_index = route.vehicle;
        let Some(vehicle) = spec.vehicles.get(vehicle_index) else {
            verdict.violations.push(Violation::UnknownVehicle { vehicle: vehicle_index });
            continue;
        };
        if std::mem::replace(&mut used[vehicle_index], true) {
            verdict.violations.push(Violation::VehicleTwice { vehicle: vehicle_index });
        }
        if route.visits.is_empty() {
            verdict.violations.push(Violation::RouteEmpty { vehicle: vehicle_index });
            continue;
        }
        let mut trips: Vec<Vec<usize>> = vec![Vec::with_capacity(route.visits.len())];
        for (place, &visit) in route.visits.iter().enumerate() {
            if route.reloads.contains(&place) && place > 0 {
                trips.push(Vec::new());
            }
            match seen.get_mut(visit) {
                None => verdict.violations.push(Violation::UnknownVisit { visit }),
                Some(seen) => {
                    if std::mem::replace(seen, true) {
                        verdict.violations.push(Violation::VisitTwice { visit });
                    }
                    if let Some(trip) = trips.last_mut() {
                        trip.push(visit);
                    }
                }
            }
        }
        let ascending = route.reloads.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = route.reloads.iter().all(|&place| (1..route.visits.len()).contains(&place));
        if !ascending || !inside || route.reloads.len() > vehicle.reloads_max as usize {
            verdict.violations.push(Violation::ReloadsWrong { vehicle: vehicle_index });
        }
        for (trip_number, trip) in trips.iter().enumerate() {
            for (place, &visit) in trip.iter().enumerate() {
                stands[visit] = Some((number, trip_number, place));
            }
        }
        let drive = drive(spec, vehicle_index, vehicle, &trips, &mut verdict.violations);
        verdict.cost.total += drive.cost;
        verdict.metres += drive.metres;
        verdict.duration_seconds += drive.duration_seconds;
        verdict.drives.push(drive);
    }
    for unserved in &solution.unserved {
        let visit = unserved.visit;
        let Some(seen) = seen.get_mut(visit) else {
            verdict.violations.push(Violation::UnknownVisit { visit });
            continue;
        };
        if std::mem::replace(seen, true) {
            verdict.violations.push(Violation::VisitTwice { visit });
        }
        if !reason_holds(spec, visit, unserved.reason) {
            verdict.violations.push(Violation::WrongReason { visit, reason: unserved.reason });
        }
    }
    for (visit, seen) in seen.iter().enumerate() {
        if !seen {
            verdict.violations.push(Violation::VisitForgotten { visit });
        }
    }
    for (visit, wanted) in spec.visits.iter().enumerate() {
        let Some(pickup) = wanted.pickup else { continue };
        let whole = match (stands.get(pickup).copied().flatten(), stands[visit]) {
            (None, None) => true,
            (Some(first), Some(then)) => (first.0, first.1) == (then.0, then.1) && first.2 < then.2,
            _ => false,
        };
        if !whole {
            verdict.violations.push(Violation::PairBroken { visit });
        }
    }
    for unserved in &solution.unserved {
        match spec.visits.get(unserved.visit).map(|visit| visit.prize) {
            Some(Some(prize)) => verdict.cost.total += prize,
            Some(None) => verdict.cost.unserved += 1,
            None => {}
        }
    }
    verdict.feasible = verdict.violations.is_empty();
    verdict
}

/// What a vehicle does next after a leg.
#[derive(Clone, Copy)]
enum Stage {
    /// Serves a visit.
    Serve(usize),
    /// At its start, takes on board what the next trip brings, once that is ready.
    Load(i64),
    /// Done.
    End,
}

/// What is on board in one trip; answers with the most at once.
fn load_trip(
    spec: &ProblemSpec,
    index: usize,
    vehicle: &Vehicle,
    trip: &[usize],
    violations: &mut Vec<Violation>,
) -> Vec<i64> {
    // On board: at first all that is taken, at last all that is given, and on the way whatever has not been or is already.
    // Who gives: backhauls, and pickups of whoever names one.
    let pickup = |visit: usize| trip.iter().any(|&other| spec.visits[other].pickup == Some(visit));
    let gives: Vec<bool> = trip.iter().map(|&visit| spec.visits[visit].backhaul || pickup(visit)).collect();
    let mut load = vec![0_i64; vehicle.capacity.len()];
    for (dimension, (load, &holds)) in load.iter_mut().zip(&vehicle.capacity).enumerate() {
        let amount = |visit: usize| spec.visits[visit].demand.get(dimension).copied().unwrap_or(0);
        let from_start = |at: usize| !gives[at] && spec.visits[trip[at]].pickup.is_none();
        let mut on_board: i64 = (0..trip.len()).filter(|&at| from_start(at)).map(|at| amount(trip[at])).sum();
        let mut most = on_board;
        for (&visit, &gives) in trip.iter().zip(&gives) {
            on_board += if gives { amount(visit) } else { -amount(visit) };
            most = most.max(on_board);
        }
        *load = most;
        if most > holds {
            violations.push(Violation::Overload { vehicle: index, dimension, by: most - holds });
        }
    }
    let last_taking = trip.iter().rposition(|&visit| !spec.visits[visit].backhaul);
    for (at, &visit) in trip.iter().enumerate() {
        if spec.visits[visit].backhaul && last_taking.is_none_or(|last| at < last) {
            violations.push(Violation::BackhaulEarly { vehicle: index, visit });
        }
    }
    load
}

/// Drives one route: first as early as possible, then leaving as late as gives the same end.
fn drive(
    spec: &ProblemSpec,
    index: usize,
    vehicle: &Vehicle,
    trips: &[Vec<usize>],
    violations: &mut Vec<Violation>,
) -> Drive {
    let mut load = vec![0_i64; vehicle.capacity.len()];
    for trip in trips {
        for (most, here) in load.iter_mut().zip(load_trip(spec, index, vehicle, trip, violations)) {
            *most = (*most).max(here);
        }
    }

    // Legs: start, visits with the start between trips, end. A missing road counts as nothing, and is reported.
    let ready = |trip: &[usize]| trip.iter().filter_map(|&visit| spec.visits[visit].release).max();
    let mut stages: Vec<Stage> = Vec::new();
    for (at, trip) in trips.iter().enumerate() {
        if at > 0 {
            stages.push(Stage::Load(ready(trip).unwrap_or(i64::MIN)));
        }
        stages.extend(trip.iter().map(|&visit| Stage::Serve(visit)));
    }
    stages.push(Stage::End);
    let mut from = vehicle.start;
    let mut legs: Vec<(i64, i64)> = Vec::with_capacity(stages.len());
    for stage in &stages {
        let to = match *stage {
            Stage::Serve(visit) => spec.visits[visit].location,
            Stage::Load(_) => vehicle.start,
            Stage::End => vehicle.end,
        };
        legs.push(spec.leg(from, to).unwrap_or_else(|| {
            violations.push(Violation::NoRoad { vehicle: index, from, to });
            (0, 0)
        }));
        from = to;
    }
    let first_ready = trips.first().and_then(|trip| ready(trip)).unwrap_or(i64::MIN);
    let earliest = vehicle.shift.early.max(first_ready);

    // The end of the route when leaving at some second. Being late is reported and driving goes on.
    let end_when_leaving = |leave: i64, mut tell: Option<&mut Vec<Violation>>| {
        let mut now = leave;
        let mut late = 0_i64;
        for (stage, leg) in stages.iter().zip(&legs) {
            now += leg.0;
            match *stage {
                Stage::Serve(visit) => {
                    let wanted = &spec.visits[visit];
                    if let Some(window) = wanted.window {
                        now = now.max(window.early);
                        if now > window.late {
                            late += now - window.late;
                            if let Some(violations) = tell.as_deref_mut() {
                                let by = now - window.late;
                                violations.push(Violation::Late { vehicle: index, visit, by });
                            }
                        }
                    }
                    now += wanted.service_seconds;
                }
                Stage::Load(ready) => now = now.max(ready),
                Stage::End => {}
            }
        }
        if now > vehicle.shift.late {
            late += now - vehicle.shift.late;
            if let Some(violations) = tell {
                violations.push(Violation::ShiftOver { vehicle: index, by: now - vehicle.shift.late });
            }
        }
        (now, late)
    };
    let (earliest_back, _) = end_when_leaving(earliest, Some(violations));

    // The latest leave with the same end and no more lateness. Both grow with the leave, so halving finds it.
    let base = end_when_leaving(earliest, None);
    let (mut good, mut bad) = (earliest, earliest_back.max(earliest) + 1);
    while good + 1 < bad {
        let middle = good + (bad - good) / 2;
        if end_when_leaving(middle, None) == base {
            good = middle;
        } else {
            bad = middle;
        }
    }
    let leave = good;

    let mut arrivals = Vec::with_capacity(stages.len());
    let (mut now, mut metres, mut waiting) = (leave, 0_i64, 0_i64);
    for (stage, leg) in stages.iter().zip(&legs) {
        let arrive = now + leg.0;
        metres += leg.1;
        now = arrive;
        match *stage {
            Stage::Serve(visit) => {
                let wanted = &spec.visits[visit];
                let start = wanted.window.map_or(arrive, |window| arrive.max(window.early));
                waiting += start - arrive;
                now = start + wanted.service_seconds;
                arrivals.push(Arrival {
                    visit,
                    arrive,
                    wait_seconds: start - arrive,
                    start,
                    leave: now,
                    metres,
                });
            }
            Stage::Load(ready) => {
                now = arrive.max(ready);
                waiting += now - arrive;
            }
            Stage::End => {}
        }
    }
    let back = now;
    let duration_seconds = back - leave;
    if let Some(most) = vehicle.duration_seconds_max
        && duration_seconds > most
    {
        violations.push(Violation::TooLong { vehicle: index, by: duration_seconds - most });
    }
    let rates = vehicle.rates;
    Drive {
        vehicle: index,
        leave,
        arrivals,
        back,
        metres,
        duration_seconds,
        driving_seconds: legs.iter().map(|leg| leg.0).sum(),
        waiting_seconds: waiting,
        load,
        cost: rates.fixed + rates.per_metre * metres + rates.per_second * duration_seconds,
    }
}

/// Whether a reason can be true: tried with each vehicle that has nothing else to do.
fn reason_holds(spec: &ProblemSpec, visit: usize, reason: Reason) -> bool {
    let wanted = &spec.visits[visit];
    // With the other of its pair, where it has one.
    let delivery = spec.visits.iter().position(|other| other.pickup == Some(visit));
    let path: Vec<usize> = match (wanted.pickup, delivery) {
        (Some(pickup), _) => vec![pickup, visit],
        (None, Some(delivery)) => vec![visit, delivery],
        (None, None) => vec![visit],
    };
    let reaches = |vehicle: &Vehicle| {
        let mut violations = Vec::new();
        drive(spec, 0, vehicle, std::slice::from_ref(&path), &mut violations);
        !violations.iter().any(|broken| matches!(broken, Violation::NoRoad { .. }))
    };
    let holds =
        |vehicle: &Vehicle| wanted.demand.iter().zip(&vehicle.capacity).all(|(need, has)| need <= has);
    match reason {
        Reason::Unreachable => !spec.vehicles.iter().any(reaches),
        Reason::TooLarge => !spec.vehicles.iter().any(|vehicle| reaches(vehicle) && holds(vehicle)),
        Reason::WindowClosed => !spec.vehicles.iter().enumerate().any(|(index, vehicle)| {
            let mut violations = Vec::new();
            drive(spec, index, vehicle, std::slice::from_ref(&path), &mut violations);
            // That a backhaul needs company is not what the reason says.
            violations.retain(|broken| !matches!(broken, Violation::BackhaulEarly { .. }));
            violations.is_empty()
        }),
        // That there is no room beside the others is the search's word: no proof is asked for.
        Reason::NoRoom => wanted.prize.is_none(),
        Reason::NotWorth => wanted.prize.is_some(),
    }
}
