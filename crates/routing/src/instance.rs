//! Benchmark files to problems and back: VRPLIB `.vrp` (CVRP, VRPTW), Solomon `.txt`, CVRPLIB `.sol`.
//!
//! Conventions of the field, so that costs can be held against published ones: without windows, distances are rounded to
//! the nearest integer; with windows they are truncated to one decimal (DIMACS) and everything is counted in tenths; an
//! explicit matrix is taken as it is. Nothing in a file makes this panic.

mod sol;
mod solomon;
mod vrplib;

pub use sol::{parse_solution, write_solution};

use crate::limits::{ARC_MAX, LOCATIONS_MAX};
use crate::solution::Cost;
use crate::spec::{ProblemSpec, Rates, Vehicle, Visit, Window};

/// What a file said.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its name: the file's, without folder and ending.
    pub name: String,
    /// The problem. Location 0 is the depot, visit `i` is client `i + 1` of the file.
    pub spec: ProblemSpec,
    /// Costs, distances and times are in tenths.
    pub tenths: bool,
}

impl Instance {
    /// A cost in the units in which costs of this instance are published.
    pub fn published(&self, cost: Cost) -> f64 {
        if self.tenths { cost.total as f64 / 10.0 } else { cost.total as f64 }
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
    let read = if first.contains(':') { vrplib::parse(text) } else { solomon::parse(text) };
    let (spec, tenths) = read.and_then(|raw| raw.finish()).map_err(|Wrong { line, what }| ParseError {
        name: name.to_owned(),
        line,
        what,
    })?;
    let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    Ok(Instance { name: stem.to_owned(), spec, tenths })
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
    Nearest,
    Tenths,
}

/// What both kinds of file come to.
#[derive(Debug)]
struct Raw {
    /// Coordinates by node, the depot first; or
    coordinates: Vec<(f64, f64)>,
    /// a matrix that stands in the file.
    matrix: Option<Vec<u32>>,
    demand: Vec<i64>,
    /// In the file's own unit.
    windows: Option<Vec<Window>>,
    service: Vec<i64>,
    vehicles: Option<usize>,
    capacity: i64,
}

/// Greatest coordinate, either way: distances in tenths then stay within [`ARC_MAX`].
const COORDINATE_MAX: f64 = 5_000_000.0;
const _: () = assert!(COORDINATE_MAX * 2.0 * 1.5 * 10.0 < ARC_MAX as f64);

impl Raw {
    fn finish(self) -> Result<(ProblemSpec, bool), Wrong> {
        let nodes = self.demand.len();
        if nodes < 2 {
            return wrong(0, "no clients; a depot and at least one are needed");
        }
        if nodes > LOCATIONS_MAX {
            return wrong(0, format!("{nodes} nodes, at most {LOCATIONS_MAX} are read"));
        }
        let rounding = if self.windows.is_some() { Rounding::Tenths } else { Rounding::Nearest };
        let (metres, scale, explicit) = match self.matrix {
            Some(matrix) => (matrix, 1, true),
            None => (distances(&self.coordinates, rounding), rounding.scale(), false),
        };
        let seconds = if self.windows.is_some() { metres.clone() } else { vec![0; metres.len()] };
        let scaled = |window: Window| Window { early: window.early * scale, late: window.late * scale };
        let visits: Vec<Visit> = (1..nodes)
            .map(|node| Visit {
                location: node,
                demand: vec![self.demand[node]],
                service_seconds: self.service[node] * scale,
                window: self.windows.as_ref().map(|windows| scaled(windows[node])),
                prize: None,
            })
            .collect();
        let total: i64 = self.demand.iter().sum();
        let capacity = self.capacity.max(1);
        let least = (total + capacity - 1).div_euclid(capacity);
        let vehicles = match self.vehicles {
            // With roads as they are, the benchmark's fleet is unlimited; so is a fleet nobody limited, but routes that
            // cannot all be needed only cost memory.
            _ if explicit => nodes - 1,
            Some(vehicles) => vehicles.min(nodes - 1),
            None => usize::try_from((least * 13 + 9) / 10 + 3).map_or(nodes - 1, |most| most.min(nodes - 1)),
        };
        let shift = self
            .windows
            .as_ref()
            .map_or(Window { early: 0, late: i64::from(ARC_MAX) }, |windows| scaled(windows[0]));
        let vehicle = Vehicle {
            start: 0,
            end: 0,
            capacity: vec![self.capacity],
            shift,
            duration_seconds_max: None,
            rates: Rates::default(),
        };
        let spec =
            ProblemSpec { locations: nodes, seconds, metres, visits, vehicles: vec![vehicle; vehicles] };
        match spec.admit() {
            Ok(()) => Ok((spec, scale == 10)),
            Err(error) => wrong(0, error.to_string()),
        }
    }
}

impl Rounding {
    fn scale(self) -> i64 {
        match self {
            Self::Nearest => 1,
            Self::Tenths => 10,
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
