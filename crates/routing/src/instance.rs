//! Benchmark files to problems and back: VRPLIB `.vrp` (CVRP, VRPTW, and in PyVRP's dialect MDVRPTW, VRPB, HFVRP, PCVRPTW,
//! MTVRPTWR),
//! Solomon and Li–Lim `.txt`, CVRPLIB `.sol`.
//!
//! Conventions of the field, so that costs can be held against published ones: without windows, distances are rounded to
//! the nearest integer; with windows they are truncated to one decimal (DIMACS) and everything is counted in tenths; with
//! several depots, a mixed fleet or goods from visit to visit everything is counted in thousandths; an explicit matrix is taken as it is. Nothing in a
//! file makes this panic.

mod lilim;
mod sol;
mod solomon;
mod vrplib;

pub use sol::{parse_solution, write_solution};

use crate::limits::{ARC_MAX, LOCATIONS_MAX, NO_ROAD};
use crate::solution::Cost;
use crate::spec::{ProblemSpec, Rates, Vehicle, Visit, Window};

/// What a file said.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its name: the file's, without folder and ending.
    pub name: String,
    /// The problem. The first locations are the depots; visit `i` is client `depots + i`, counted from 0.
    pub spec: ProblemSpec,
    /// How many depots.
    pub depots: usize,
    /// By what a cost is divided to be in the unit in which costs of this instance are published.
    pub unit: f64,
}

impl Instance {
    /// A cost in the units in which costs of this instance are published.
    pub fn published(&self, cost: Cost) -> f64 {
        cost.total as f64 / self.unit
    }
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read {name}, line {line}: {what}")]
pub struct ParseError {
    /// Name of the file.
    pub name: String,
    /// Line, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong and what was expected.
    pub what: String,
}

/// Reads an instance; `name` is the file's name, for the instance's name and for errors.
pub fn parse(text: &str, name: &str) -> Result<Instance, ParseError> {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("");
    let three = first.split_whitespace().count() == 3 && !first.contains(|c: char| c.is_alphabetic());
    let read = if first.contains(':') {
        vrplib::parse(text)
    } else if three {
        lilim::parse(text)
    } else {
        solomon::parse(text)
    };
    let (spec, unit, depots) = read
        .and_then(|raw| raw.finish())
        .map_err(|Wrong { line, what }| ParseError { name: name.to_owned(), line, what })?;
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    Ok(Instance { name: stem.to_owned(), spec, depots, unit })
}

/// A fault in a file whose name is added later.
#[derive(Debug)]
struct Wrong {
    line: usize,
    what: String,
}

fn wrong<T>(line: usize, what: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { line, what: what.into() })
}

/// How distances are made integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rounding {
    /// To the nearest one.
    Nearest,
    /// Tenths, cut off.
    Tenths,
    /// To the nearest thousandth.
    Thousandths,
}

/// One vehicle of a fleet whose vehicles differ.
#[derive(Clone, Debug)]
struct Car {
    capacity: i64,
    depot: usize,
    fixed: i64,
    per_length: i64,
}

/// What both kinds of file come to.
#[derive(Debug)]
struct Raw {
    /// How many of the first nodes are depots, and not clients.
    depots: usize,
    /// Coordinates by node, depots first; or
    coordinates: Vec<(f64, f64)>,
    /// a matrix that stands in the file.
    matrix: Option<Vec<u32>>,
    rounding: Rounding,
    demand: Vec<i64>,
    /// What clients give instead of taking.
    given: Option<Vec<i64>>,
    /// In the file's own unit.
    windows: Option<Vec<Window>>,
    service: Vec<i64>,
    release: Option<Vec<i64>>,
    /// For each node the node it is brought from, where that is not the depot.
    pickups: Option<Vec<Option<usize>>>,
    /// Vehicles may come back to their depot for more as often as they like.
    reloads: bool,
    /// Where it is not 0: what leaving a client out costs.
    prizes: Option<Vec<i64>>,
    fleet: Fleet,
    duration_max: Option<i64>,
    /// Costs are published as counted here, not in the file's unit.
    published_as_counted: bool,
}

#[derive(Debug)]
enum Fleet {
    Alike { count: Option<usize>, capacity: i64 },
    Mixed(Vec<Car>),
}

/// Greatest coordinate, either way: distances in tenths then stay within [`ARC_MAX`]; those in thousandths are looked at.
const COORDINATE_MAX: f64 = 5_000_000.0;
const _: () = assert!(COORDINATE_MAX * 2.0 * 1.5 * 10.0 < ARC_MAX as f64);

impl Raw {
    fn finish(self) -> Result<(ProblemSpec, f64, usize), Wrong> {
        let (nodes, depots) = (self.demand.len(), self.depots);
        if nodes <= depots || depots == 0 {
            return wrong(0, "no clients; a depot and at least one are needed");
        }
        if nodes > LOCATIONS_MAX {
            return wrong(0, format!("{nodes} nodes, at most {LOCATIONS_MAX} are read"));
        }
        let (metres, scale, explicit) = match self.matrix {
            Some(matrix) => (matrix, 1, true),
            None => (distances(&self.coordinates, self.rounding), self.rounding.scale(), false),
        };
        let seconds = if self.windows.is_some() { metres.clone() } else { vec![0; metres.len()] };
        let scaled = |window: Window| Window { early: window.early * scale, late: window.late * scale };
        let visits: Vec<Visit> = (depots..nodes)
            .map(|node| {
                let given = self.given.as_ref().map_or(0, |given| given[node]);
                let prize = self.prizes.as_ref().map_or(0, |prizes| prizes[node]);
                Visit {
                    location: node,
                    demand: vec![if given != 0 { given } else { self.demand[node] }],
                    backhaul: given != 0,
                    service_seconds: self.service[node] * scale,
                    window: self.windows.as_ref().map(|windows| scaled(windows[node])),
                    pickup: self.pickups.as_ref().and_then(|from| from[node]).map(|from| from - depots),
                    release: self.release.as_ref().map(|release| release[node] * scale),
                    prize: (prize != 0).then_some(prize * scale),
                }
            })
            .collect();
        let both = (depots..nodes).find(|&node| {
            self.demand[node] != 0 && self.given.as_ref().is_some_and(|given| given[node] != 0)
        });
        if let Some(node) = both {
            return wrong(0, format!("node {} both takes and gives; one of them is read", node + 1));
        }
        let shift = |depot: usize| {
            self.windows
                .as_ref()
                .map_or(Window { early: 0, late: i64::from(ARC_MAX) }, |windows| scaled(windows[depot]))
        };
        let vehicle = |car: &Car| Vehicle {
            start: car.depot,
            end: car.depot,
            capacity: vec![car.capacity],
            shift: shift(car.depot),
            duration_seconds_max: self.duration_max.map(|most| most * scale),
            reloads_max: if self.reloads { (nodes - depots) as u32 } else { 0 },
            rates: Rates { fixed: car.fixed * scale, per_metre: car.per_length, per_second: 0 },
        };
        let vehicles = match &self.fleet {
            Fleet::Mixed(cars) => cars.iter().map(vehicle).collect(),
            Fleet::Alike { count, capacity } => {
                let clients = nodes - depots;
                let taken: i64 =
                    visits.iter().filter(|visit| !visit.backhaul).map(|visit| visit.demand[0]).sum();
                let given: i64 =
                    visits.iter().filter(|visit| visit.backhaul).map(|visit| visit.demand[0]).sum();
                let holds = (*capacity).max(1);
                let least = (taken.max(given) + holds - 1).div_euclid(holds);
                let count = match count {
                    // With roads as they are, the benchmark's fleet is unlimited; so is a fleet nobody limited, but routes
                    // that cannot all be needed only cost memory.
                    _ if explicit => clients,
                    Some(count) => (*count).min(clients),
                    None if self.given.is_some() => clients,
                    None => {
                        usize::try_from((least * 13 + 9) / 10 + 3).map_or(clients, |most| most.min(clients))
                    }
                };
                let car = Car { capacity: *capacity, depot: 0, fixed: 0, per_length: 1 };
                vec![vehicle(&car); count]
            }
        };
        let spec = ProblemSpec { locations: nodes, seconds, metres, visits, vehicles };
        let unit = if self.published_as_counted { 1.0 } else { scale as f64 };
        match spec.admit() {
            Ok(()) => Ok((spec, unit, depots)),
            Err(error) => wrong(0, error.to_string()),
        }
    }
}

impl Rounding {
    fn scale(self) -> i64 {
        match self {
            Self::Nearest => 1,
            Self::Tenths => 10,
            Self::Thousandths => 1000,
        }
    }
}

fn distances(coordinates: &[(f64, f64)], rounding: Rounding) -> Vec<u32> {
    let mut matrix = Vec::with_capacity(coordinates.len() * coordinates.len());
    for a in coordinates {
        matrix.extend(coordinates.iter().map(|b| {
            let length = (a.0 - b.0).hypot(a.1 - b.1);
            match rounding {
                Rounding::Nearest => (length + 0.5) as u32,
                // The little more keeps a distance that is a tenth exactly from falling below it.
                Rounding::Tenths => (10.0 * length + 1e-9) as u32,
                // Too far is an error later; only "no road" it must not come to mean.
                Rounding::Thousandths => (1000.0 * length).round().min(f64::from(NO_ROAD - 1)) as u32,
            }
        }));
    }
    matrix
}

fn integer(text: &str, line: usize, what: &str) -> Result<i64, Wrong> {
    // Some files write integers with a decimal point.
    let parsed = text.parse::<i64>().ok().or_else(|| {
        text.parse::<f64>()
            .ok()
            .filter(|value| value.fract() == 0.0 && value.abs() < 9e15)
            .map(|value| value as i64)
    });
    match parsed {
        Some(value) if value.unsigned_abs() < 1 << 40 => Ok(value),
        _ => wrong(line, format!("{what} is \"{}\", an integer was expected", shown(text))),
    }
}

fn coordinate(text: &str, line: usize) -> Result<f64, Wrong> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value.abs() <= COORDINATE_MAX => Ok(value),
        _ => wrong(line, format!("coordinate \"{}\" is no number within ±{COORDINATE_MAX}", shown(text))),
    }
}

/// So much of a text as an error message can carry.
fn shown(text: &str) -> String {
    text.chars().take(40).collect()
}
