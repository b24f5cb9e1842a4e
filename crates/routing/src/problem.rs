//! A problem as the search wants it: flat arrays, small integers, vehicles of a kind together.

use crate::limits::{FAR, NO_ROAD};
use crate::solution::Reason;
use crate::spec::{Finding, ProblemSpec, SpecError, Vehicle, Window};
use std::collections::HashMap;

/// Length and time of one arc; [`FAR`] in both where there is no road.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Arc {
    pub metres: i32,
    pub seconds: i32,
}

impl Arc {
    pub(crate) fn is_road(self) -> bool {
        self.metres < FAR
    }
}

/// A visit's times.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub early: i32,
    pub late: i32,
    pub service: i32,
}

/// Vehicles that differ in nothing.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    /// Node of the start.
    pub start: u32,
    /// Node of the end.
    pub end: u32,
    pub capacity: Vec<i64>,
    pub early: i32,
    pub late: i32,
    pub duration_max: i32,
    pub fixed: i64,
    pub per_metre: i64,
    pub per_second: i64,
    /// Most trips of one of them.
    pub trips_max: usize,
    /// Indexes of the vehicles.
    pub vehicles: Vec<usize>,
}

/// How much of time matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Clockwork {
    /// Not at all: loads and metres only.
    None,
    /// Windows and shifts, but a second costs nothing.
    Windows,
    /// Durations are limited or paid for.
    Durations,
}

/// A problem the search can work on; made by [`Problem::new`].
///
/// Nodes are visits (by index), then the places where vehicles start and end.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(crate) visits: usize,
    pub(crate) nodes: usize,
    pub(crate) arcs: Vec<Arc>,
    /// The matrix turned over, where it is not its own mirror: all arcs into one node lie together.
    turned: Vec<Arc>,
    pub(crate) dimensions: usize,
    pub(crate) demand: Vec<i64>,
    pub(crate) times: Vec<Times>,
    /// What leaving a visit out costs the search: its prize, or for a visit that must be served more than serving it could.
    pub(crate) forgone: Vec<i64>,
    pub(crate) optional: Vec<bool>,
    pub(crate) reasons: Vec<Option<Reason>>,
    /// Visits that have a reason from the start.
    pub(crate) impossible: Vec<u32>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) clockwork: Clockwork,
    /// A vehicle's route is a chain of trips; else one trip is all it makes.
    pub(crate) trips: bool,
    /// When each visit's goods are ready; only with `trips`.
    pub(crate) release: Vec<i32>,
    /// Some goods are brought from visit to visit: what is on board goes up and down, and `demand` says nothing.
    pub(crate) paired: bool,
    /// The other of its pair, or [`ALONE`], visit by visit; and whether it is the one that gives.
    pub(crate) partner: Vec<u32>,
    pub(crate) gives: Vec<bool>,
    pub(crate) backhaul: Vec<bool>,
    /// What each visit gives or takes, dimension by dimension; only where some are paired.
    pub(crate) amounts: Vec<i64>,
}

/// The partner of a visit without one.
pub(crate) const ALONE: u32 = u32::MAX;

impl Problem {
    /// Judges `spec` and lays it out for the search. Findings are visits that nobody can serve and vehicles that cannot be
    /// used; the rest is planned. The caller keeps `spec` for [`crate::check`].
    pub fn new(spec: &ProblemSpec) -> Result<(Self, Vec<Finding>), SpecError> {
        spec.admit()?;
        let mut findings = Vec::new();
        let usable = usable_vehicles(spec, &mut findings);
        let reasons = reasons(spec, &usable, &mut findings);

        // Nodes: a row for each visit, then one for each place where vehicles start or end.
        let mut place_of_node: Vec<usize> = spec.visits.iter().map(|visit| visit.location).collect();
        let mut depot_nodes: HashMap<usize, u32> = HashMap::new();
        let mut node_of = |location: usize| {
            *depot_nodes.entry(location).or_insert_with(|| {
                place_of_node.push(location);
                (place_of_node.len() - 1) as u32
            })
        };
        let mut kinds: Vec<Kind> = Vec::new();
        let mut kind_of: HashMap<&Vehicle, usize> = HashMap::new();
        for &index in &usable {
            let vehicle = &spec.vehicles[index];
            let kind = *kind_of.entry(vehicle).or_insert_with(|| {
                kinds.push(Kind {
                    start: node_of(vehicle.start),
                    end: node_of(vehicle.end),
                    capacity: vehicle.capacity.clone(),
                    early: vehicle.shift.early as i32,
                    late: vehicle.shift.late as i32,
                    duration_max: vehicle.duration_seconds_max.map_or(i32::MAX, |most| most as i32),
                    fixed: vehicle.rates.fixed,
                    per_metre: vehicle.rates.per_metre,
                    per_second: vehicle.rates.per_second,
                    trips_max: (vehicle.reloads_max as usize).saturating_add(1),
                    vehicles: Vec::new(),
                });
                kinds.len() - 1
            });
            kinds[kind].vehicles.push(index);
        }
        let nodes = place_of_node.len();
        let partners = spec.partners();
        let paired = partners.iter().any(Option::is_some);
        let backhauls = spec.visits.iter().any(|visit| visit.backhaul);
        if backhauls {
            // What is given needs room of its own: while some of what is to be handed out is left, nothing is taken in.
            for kind in &mut kinds {
                kind.capacity.extend_from_within(..);
            }
        }
        let gives = |node: usize| spec.visits.get(node).is_some_and(|visit| visit.backhaul);
        let takes = |node: usize| spec.visits.get(node).is_some_and(|visit| !visit.backhaul);
        let mut arcs = Vec::with_capacity(nodes * nodes);
        for (from_node, &from) in place_of_node.iter().enumerate() {
            let row = from * spec.locations;
            arcs.extend(place_of_node.iter().enumerate().map(|(to_node, &to)| {
                let (seconds, metres) = (spec.seconds[row + to], spec.metres[row + to]);
                // Who gives comes after somebody who takes, and before nobody who does.
                let against = backhauls
                    && (gives(from_node) && takes(to_node)
                        || from_node >= spec.visits.len() && gives(to_node));
                if seconds == NO_ROAD || metres == NO_ROAD || against {
                    Arc { metres: FAR, seconds: FAR }
                } else {
                    Arc { metres: metres as i32, seconds: seconds as i32 }
                }
            }));
        }

        let always = Window { early: -(i64::from(FAR)), late: i64::from(FAR) };
        let times: Vec<Times> = spec
            .visits
            .iter()
            .map(|visit| {
                let window = visit.window.unwrap_or(always);
                Times {
                    early: window.early as i32,
                    late: window.late as i32,
                    service: visit.service_seconds as i32,
                }
            })
            .collect();
        let clockwork = clockwork(spec, &kinds);
        // No prize is worth leaving out a visit that must be served; all of them left out must still fit a number.
        let prizes = spec.visits.iter().filter_map(|visit| visit.prize).fold(0_i64, i64::saturating_add);
        let dearest = dearest_visit(&arcs, &kinds, &times);
        let most = (i64::MAX / 8) / (spec.visits.len() as i64 + 1);
        let dearest = dearest.max(dearest.saturating_add(prizes).min(most));
        Ok((
            Self {
                visits: spec.visits.len(),
                nodes,
                turned: turned(&arcs, nodes),
                arcs,
                dimensions: spec.dimensions() * if backhauls { 2 } else { 1 },
                amounts: if paired { demands(spec, backhauls) } else { Vec::new() },
                demand: if paired {
                    vec![0; spec.visits.len() * spec.dimensions() * if backhauls { 2 } else { 1 }]
                } else {
                    demands(spec, backhauls)
                },
                paired,
                backhaul: spec.visits.iter().map(|visit| visit.backhaul).collect(),
                gives: (0..spec.visits.len())
                    .map(|visit| partners[visit].is_some() && spec.visits[visit].pickup.is_none())
                    .collect(),
                partner: partners.iter().map(|other| other.map_or(ALONE, |other| other as u32)).collect(),
                times,
                forgone: spec.visits.iter().map(|visit| visit.prize.unwrap_or(dearest)).collect(),
                optional: spec.visits.iter().map(|visit| visit.prize.is_some()).collect(),
                impossible: (0..reasons.len()).filter(|&v| reasons[v].is_some()).map(|v| v as u32).collect(),
                reasons,
                kinds,
                clockwork,
                trips: spec.has_trips(),
                release: spec
                    .visits
                    .iter()
                    .map(|visit| visit.release.unwrap_or(-i64::from(FAR)) as i32)
                    .collect(),
            },
            findings,
        ))
    }

    /// How many visits it has.
    pub fn visits(&self) -> usize {
        self.visits
    }

    /// How many of them some vehicle could serve.
    pub fn servable(&self) -> usize {
        self.reasons.iter().filter(|reason| reason.is_none()).count()
    }

    #[inline(always)]
    pub(crate) fn arc(&self, from: u32, to: u32) -> Arc {
        self.arcs[from as usize * self.nodes + to as usize]
    }

    /// All arcs into a node, by where they come from.
    #[inline(always)]
    pub(crate) fn arcs_into(&self, to: u32) -> &[Arc] {
        let matrix = if self.turned.is_empty() { &self.arcs } else { &self.turned };
        &matrix[to as usize * self.nodes..][..self.nodes]
    }

    /// All arcs out of a node.
    #[inline(always)]
    pub(crate) fn arcs_out(&self, from: u32) -> &[Arc] {
        &self.arcs[from as usize * self.nodes..][..self.nodes]
    }

    #[inline(always)]
    pub(crate) fn is_visit(&self, link: u32) -> bool {
        (link as usize) < self.visits
    }

    /// What one visit gives or takes where some are paired.
    pub(crate) fn amounts_of(&self, visit: u32) -> &[i64] {
        let at = visit as usize * self.dimensions;
        &self.amounts[at..at + self.dimensions]
    }

    /// The amounts of one visit.
    #[inline(always)]
    pub(crate) fn demand_of(&self, visit: u32) -> &[i64] {
        let at = visit as usize * self.dimensions;
        &self.demand[at..at + self.dimensions]
    }
}

/// What each visit needs of each dimension, what is given apart from what is taken.
fn demands(spec: &ProblemSpec, backhauls: bool) -> Vec<i64> {
    let nothing = vec![0; if backhauls { spec.dimensions() } else { 0 }];
    let one = |visit: &crate::spec::Visit| match visit.backhaul {
        true => [nothing.as_slice(), visit.demand.as_slice()].concat(),
        false => [visit.demand.as_slice(), nothing.as_slice()].concat(),
    };
    spec.visits.iter().flat_map(one).collect()
}

/// The matrix turned over; empty where that changes nothing.
fn turned(arcs: &[Arc], nodes: usize) -> Vec<Arc> {
    let at = |from: usize, to: usize| arcs[from * nodes + to];
    if (0..nodes).all(|a| (0..a).all(|b| at(a, b) == at(b, a))) {
        return Vec::new();
    }
    (0..nodes).flat_map(|to| (0..nodes).map(move |from| at(from, to))).collect()
}

/// Vehicles that can drive at all. One that holds nothing is reported and may still serve who needs nothing.
fn usable_vehicles(spec: &ProblemSpec, findings: &mut Vec<Finding>) -> Vec<usize> {
    let loaded = |dimension: usize| spec.visits.iter().any(|visit| visit.demand[dimension] > 0);
    let needed: Vec<bool> = (0..spec.dimensions()).map(loaded).collect();
    (0..spec.vehicles.len())
        .filter(|&index| {
            let vehicle = &spec.vehicles[index];
            let mut holds = vehicle.capacity.iter().zip(&needed).filter(|(_, needed)| **needed).peekable();
            if holds.peek().is_some() && holds.all(|(&holds, _)| holds == 0) {
                findings.push(Finding::VehicleWithoutCapacity { vehicle: index });
            }
            let length = vehicle.shift.late - vehicle.shift.early;
            if length < 0 || spec.leg(vehicle.start, vehicle.end).is_some_and(|(seconds, _)| seconds > length)
            {
                findings.push(Finding::VehicleShiftEmpty { vehicle: index });
                return false;
            }
            true
        })
        .collect()
}

/// Seconds from a vehicle's start along some visits to its end; `None` where a road is missing.
fn legs(spec: &ProblemSpec, vehicle: &Vehicle, path: &[usize]) -> Option<Vec<i64>> {
    let mut from = vehicle.start;
    let mut legs = Vec::with_capacity(path.len() + 1);
    for to in path.iter().map(|&visit| spec.visits[visit].location).chain([vehicle.end]) {
        legs.push(spec.leg(from, to)?.0);
        from = to;
    }
    Some(legs)
}

/// For each visit why no vehicle could serve it alone; `None` where one could.
fn reasons(spec: &ProblemSpec, usable: &[usize], findings: &mut Vec<Finding>) -> Vec<Option<Reason>> {
    let partners = spec.partners();
    // Vehicles of a kind answer alike, and fleets of a few hundred of a kind are common.
    let mut kinds: Vec<&Vehicle> = Vec::new();
    for &index in usable {
        if !kinds.contains(&&spec.vehicles[index]) {
            kinds.push(&spec.vehicles[index]);
        }
    }
    spec.visits
        .iter()
        .enumerate()
        .map(|(index, visit)| {
            // Alone, or with the other of its pair.
            let path: Vec<usize> = match (visit.pickup, partners[index]) {
                (Some(pickup), _) => vec![pickup, index],
                (None, Some(delivery)) => vec![index, delivery],
                (None, None) => vec![index],
            };
            let (mut reached, mut held) = (false, false);
            for vehicle in &kinds {
                let Some(legs) = legs(spec, vehicle, &path) else { continue };
                reached = true;
                if visit.demand.iter().zip(&vehicle.capacity).any(|(need, has)| need > has) {
                    continue;
                }
                held = true;
                let ready = path.iter().filter_map(|&visit| spec.visits[visit].release).max();
                let mut now = ready.map_or(vehicle.shift.early, |ready| ready.max(vehicle.shift.early));
                // Leaving later saves waiting, so alone the duration is driving and service.
                let mut duration = 0;
                let mut in_time = true;
                for (leg, &visit) in legs.iter().zip(&path) {
                    let visit = &spec.visits[visit];
                    let (early, late) =
                        visit.window.map_or((i64::MIN, i64::MAX), |window| (window.early, window.late));
                    let start = (now + leg).max(early);
                    in_time &= start <= late;
                    now = start + visit.service_seconds;
                    duration += leg + visit.service_seconds;
                }
                let back = legs[path.len()];
                let short = vehicle.duration_seconds_max.is_none_or(|most| duration + back <= most);
                if in_time && now + back <= vehicle.shift.late && short {
                    return None;
                }
            }
            // A vehicle left out as unusable may reach it or hold it: the reason is about vehicles at all.
            let any = |test: &dyn Fn(&Vehicle) -> bool| spec.vehicles.iter().any(test);
            let reaches = |vehicle: &Vehicle| legs(spec, vehicle, &path).is_some();
            let holds =
                |vehicle: &Vehicle| visit.demand.iter().zip(&vehicle.capacity).all(|(need, has)| need <= has);
            let (reason, finding) = if !reached && !any(&reaches) {
                (Reason::Unreachable, Finding::VisitUnreachable { visit: index })
            } else if !held && !any(&|vehicle| reaches(vehicle) && holds(vehicle)) {
                (Reason::TooLarge, Finding::VisitTooLarge { visit: index })
            } else {
                (Reason::WindowClosed, Finding::VisitWindowClosed { visit: index })
            };
            findings.push(finding);
            Some(reason)
        })
        .collect()
}

/// How much of time can matter in this problem.
fn clockwork(spec: &ProblemSpec, kinds: &[Kind]) -> Clockwork {
    if kinds.iter().any(|kind| kind.per_second > 0 || kind.duration_max < i32::MAX) {
        return Clockwork::Durations;
    }
    let longest = spec.seconds.iter().filter(|&&s| s != NO_ROAD).max().map_or(0, |&s| i64::from(s));
    let all = longest * (spec.visits.len() as i64 + 1)
        + spec.visits.iter().map(|visit| visit.service_seconds).sum::<i64>();
    let shift_binds = kinds.iter().any(|kind| all > i64::from(kind.late) - i64::from(kind.early));
    // The search keeps what it knows of pairs beside the times.
    let pairs = spec.visits.iter().any(|visit| visit.pickup.is_some());
    if shift_binds || pairs || spec.has_trips() || spec.visits.iter().any(|visit| visit.window.is_some()) {
        Clockwork::Windows
    } else {
        Clockwork::None
    }
}

/// More than a visit can cost: a route of its own with the longest arcs there are, ten times over.
fn dearest_visit(arcs: &[Arc], kinds: &[Kind], times: &[Times]) -> i64 {
    let roads = || arcs.iter().filter(|arc| arc.is_road());
    let metres = roads().map(|arc| i64::from(arc.metres)).max().unwrap_or(0);
    let seconds = roads().map(|arc| i64::from(arc.seconds)).max().unwrap_or(0);
    let service = times.iter().map(|times| i64::from(times.service)).max().unwrap_or(0);
    kinds
        .iter()
        .map(|kind| {
            let paid = (2 * seconds + service).min(i64::from(kind.late) - i64::from(kind.early));
            kind.fixed + 2 * kind.per_metre * metres + kind.per_second * paid.max(0)
        })
        .max()
        .unwrap_or(0)
        .saturating_mul(10)
        .saturating_add(10)
}
