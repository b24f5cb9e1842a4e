//! VRPLIB files: `KEY : value` lines, then sections. A section that would change the problem and is not understood is an
//! error: a solution of another problem would look like a good one.

use super::{Car, Fleet, Raw, Rounding, Window, Wrong, coordinate, integer, shown, wrong};
use crate::limits::{ARC_MAX, LOCATIONS_MAX, VEHICLES_MAX};
use std::collections::HashMap;

pub(super) fn parse(text: &str) -> Result<Raw, Wrong> {
    let mut keys: HashMap<&str, (usize, &str)> = HashMap::new();
    let mut sections: HashMap<&str, Vec<(usize, Vec<&str>)>> = HashMap::new();
    let mut section: Option<&str> = None;
    for (at, line) in text.lines().enumerate() {
        let (line_number, line) = (at + 1, line.trim());
        if line.is_empty() {
            continue;
        }
        if line == "EOF" {
            break;
        }
        let head = line.split([':', ' ', '\t']).next().unwrap_or(line);
        if head.ends_with("_SECTION") {
            if sections.insert(head, Vec::new()).is_some() {
                return wrong(line_number, format!("{} stands twice", shown(head)));
            }
            section = Some(head);
        } else if let Some(name) = section {
            if let Some(rows) = sections.get_mut(name) {
                rows.push((line_number, line.split_whitespace().collect()));
            }
        } else if let Some((key, value)) = line.split_once(':') {
            keys.insert(key.trim(), (line_number, value.trim()));
        } else {
            return wrong(line_number, format!("\"{}\", a line like KEY : value was expected", shown(line)));
        }
    }
    for name in sections.keys() {
        if !KNOWN.contains(name) {
            return wrong(0, format!("{} is not supported; {READ}", shown(name)));
        }
    }
    for key in ["VEHICLES_MAX_DISTANCE", "DISTANCE", "VEHICLES_ALLOWED_CLIENTS", "VEHICLES_MAX_RELOADS"] {
        if let Some(&(line, _)) = keys.get(key) {
            return wrong(line, format!("{key} is not supported; {READ}"));
        }
    }

    let number = |key: &str| -> Result<Option<i64>, Wrong> {
        keys.get(key).map(|&(line, value)| integer(value, line, key)).transpose()
    };
    let Some(dimension) = number("DIMENSION")? else { return wrong(0, "no DIMENSION") };
    let nodes = match usize::try_from(dimension) {
        Ok(nodes) if (2..=LOCATIONS_MAX).contains(&nodes) => nodes,
        _ => {
            return wrong(
                keys["DIMENSION"].0,
                format!("DIMENSION {dimension}, 2 to {LOCATIONS_MAX} was expected"),
            );
        }
    };
    let count = match number("VEHICLES")? {
        Some(count) => match usize::try_from(count) {
            Ok(count) if count <= VEHICLES_MAX => Some(count),
            _ => {
                return wrong(
                    keys["VEHICLES"].0,
                    format!("{count} VEHICLES, 0 to {VEHICLES_MAX} were expected"),
                );
            }
        },
        None => None,
    };
    let capacity = match number("CAPACITY")? {
        Some(capacity) if capacity >= 0 => Some(capacity),
        Some(_) => return wrong(keys["CAPACITY"].0, "a negative CAPACITY"),
        None => None,
    };

    let rows = Rows { sections: &sections, nodes };
    let kind = keys.get("EDGE_WEIGHT_TYPE").map_or("", |&(_, value)| value);
    let (coordinates, matrix) = match kind {
        "EUC_2D" => {
            let of = |cells: &[&str], line| Ok((coordinate(cells[0], line)?, coordinate(cells[1], line)?));
            (rows.by_node("NODE_COORD_SECTION", 2, of)?, None)
        }
        "EXPLICIT" => {
            let format = keys.get("EDGE_WEIGHT_FORMAT").map_or("FULL_MATRIX", |&(_, value)| value);
            if format != "FULL_MATRIX" {
                return wrong(
                    0,
                    format!("EDGE_WEIGHT_FORMAT {} is not supported; FULL_MATRIX is", shown(format)),
                );
            }
            (Vec::new(), Some(rows.matrix()?))
        }
        _ => {
            return wrong(
                0,
                format!("EDGE_WEIGHT_TYPE {} is not supported; EUC_2D and EXPLICIT are", shown(kind)),
            );
        }
    };
    let depots = rows.depots()?;
    let demand = rows.by_node("DEMAND_SECTION", 1, |cells, line| integer(cells[0], line, "the demand"))?;
    let windows = if sections.contains_key("TIME_WINDOW_SECTION") {
        Some(rows.by_node("TIME_WINDOW_SECTION", 2, |cells, line| {
            Ok(Window {
                early: integer(cells[0], line, "the window's begin")?,
                late: integer(cells[1], line, "the window's end")?,
            })
        })?)
    } else {
        None
    };
    let service = if sections.contains_key("SERVICE_TIME_SECTION") {
        rows.by_node("SERVICE_TIME_SECTION", 1, |cells, line| integer(cells[0], line, "the service time"))?
    } else {
        let every = number("SERVICE_TIME")?.unwrap_or(0);
        (0..nodes).map(|node| if node < depots { 0 } else { every }).collect()
    };
    let optional = |name: &str, what: &str| -> Result<Option<Vec<i64>>, Wrong> {
        let read = |cells: &[&str], line| integer(cells[0], line, what);
        sections.contains_key(name).then(|| rows.by_node(name, 1, read)).transpose()
    };
    let given = optional("BACKHAUL_SECTION", "what the node gives")?;
    let prizes = optional("PRIZE_SECTION", "the prize")?;
    let reloads = sections.contains_key(RELOADS);
    if reloads {
        let vehicles = count.unwrap_or(0);
        let at =
            rows.of(RELOADS, vehicles, 1, |cells, line| integer(cells[0], line, "a depot to reload at"))?;
        // Reloading anywhere but at one's own depot is another problem; with one depot there is no other.
        if depots > 1 || at.iter().any(|&depot| depot != 1) {
            return wrong(0, format!("{RELOADS} with several depots is not supported; {READ}"));
        }
    }
    let fleet = fleet(&rows, count, capacity, depots)?;
    // In this dialect problems with several depots or a mixed fleet are counted in thousandths.
    let kind = keys.get("TYPE").map_or("", |&(_, value)| value);
    let rounding = match (kind, windows.is_some()) {
        ("MDVRPTW" | "HFVRP", _) => Rounding::Thousandths,
        (_, true) => Rounding::Tenths,
        (_, false) => Rounding::Nearest,
    };
    Ok(Raw {
        depots,
        coordinates,
        matrix,
        rounding,
        demand,
        given,
        windows,
        service,
        pickups: None,
        release: optional("RELEASE_TIME_SECTION", "the release time")?,
        reloads,
        prizes,
        fleet,
        duration_max: number("VEHICLES_MAX_DURATION")?,
        published_as_counted: ["MDVRPTW", "VRPB", "HFVRP", "PCVRPTW", "MTVRPTWR"].contains(&kind),
    })
}

/// The vehicles: so many alike, or a row for each.
fn fleet(rows: &Rows, count: Option<usize>, capacity: Option<i64>, depots: usize) -> Result<Fleet, Wrong> {
    const ROWS: [&str; 4] = [
        "CAPACITY_SECTION",
        "VEHICLES_FIXED_COST_SECTION",
        "VEHICLES_UNIT_DISTANCE_COST_SECTION",
        "VEHICLES_DEPOT_SECTION",
    ];
    if !ROWS.iter().any(|name| rows.sections.contains_key(name)) {
        let Some(capacity) = capacity else { return wrong(0, "no CAPACITY") };
        return Ok(Fleet::Alike { count, capacity });
    }
    let Some(count) = count else { return wrong(0, "vehicles that differ, and no VEHICLES") };
    let of_each = |name: &str, every: Option<i64>| -> Result<Vec<i64>, Wrong> {
        if rows.sections.contains_key(name) {
            return rows.of(name, count, 1, |cells, line| integer(cells[0], line, "a vehicle's number"));
        }
        every.map(|every| vec![every; count]).map_or_else(|| wrong(0, format!("no {name}")), Ok)
    };
    let [capacities, fixed, lengths, places] =
        [(ROWS[0], capacity), (ROWS[1], Some(0)), (ROWS[2], Some(1)), (ROWS[3], Some(1))]
            .map(|(name, every)| of_each(name, every));
    let (capacities, fixed, lengths, places) = (capacities?, fixed?, lengths?, places?);
    let cars = (0..count).map(|at| match usize::try_from(places[at] - 1) {
        Ok(depot) if depot < depots => {
            Ok(Car { capacity: capacities[at], depot, fixed: fixed[at], per_length: lengths[at] })
        }
        _ => wrong(0, format!("vehicle {} is at depot {}, 1 to {depots} were expected", at + 1, places[at])),
    });
    Ok(Fleet::Mixed(cars.collect::<Result<_, _>>()?))
}

/// What to say of what is not read.
const READ: &str = "CVRP, VRPTW, MDVRPTW, VRPB, HFVRP, PCVRPTW and MTVRPTWR are read";

const RELOADS: &str = "VEHICLES_RELOAD_DEPOT_SECTION";

const KNOWN: [&str; 14] = [
    RELOADS,
    "RELEASE_TIME_SECTION",
    "NODE_COORD_SECTION",
    "EDGE_WEIGHT_SECTION",
    "DEMAND_SECTION",
    "DEPOT_SECTION",
    "TIME_WINDOW_SECTION",
    "SERVICE_TIME_SECTION",
    "BACKHAUL_SECTION",
    "PRIZE_SECTION",
    "CAPACITY_SECTION",
    "VEHICLES_FIXED_COST_SECTION",
    "VEHICLES_UNIT_DISTANCE_COST_SECTION",
    "VEHICLES_DEPOT_SECTION",
];

struct Rows<'a, 't> {
    sections: &'a HashMap<&'t str, Vec<(usize, Vec<&'t str>)>>,
    nodes: usize,
}

impl Rows<'_, '_> {
    /// A section with one row per node.
    fn by_node<T>(
        &self,
        name: &str,
        columns: usize,
        read: impl FnMut(&[&str], usize) -> Result<T, Wrong>,
    ) -> Result<Vec<T>, Wrong> {
        self.of(name, self.nodes, columns, read)
    }

    /// A section with `count` rows: a number (from 1, each once), then `columns` cells.
    fn of<T>(
        &self,
        name: &str,
        count: usize,
        columns: usize,
        mut read: impl FnMut(&[&str], usize) -> Result<T, Wrong>,
    ) -> Result<Vec<T>, Wrong> {
        let Some(rows) = self.sections.get(name) else { return wrong(0, format!("no {name}")) };
        if rows.len() != count {
            let line = rows.last().map_or(0, |row| row.0);
            let says = if count == self.nodes { "DIMENSION" } else { "VEHICLES" };
            return wrong(line, format!("{} rows in {name}, {says} says {count}", rows.len()));
        }
        let mut values: Vec<Option<T>> = (0..count).map(|_| None).collect();
        for (line, cells) in rows {
            if cells.len() != columns + 1 {
                return wrong(
                    *line,
                    format!("{} columns in {name}, {} were expected", cells.len(), columns + 1),
                );
            }
            let id = integer(cells[0], *line, "the node")?;
            let slot = usize::try_from(id - 1).ok().and_then(|at| values.get_mut(at));
            match slot {
                Some(slot @ None) => *slot = Some(read(&cells[1..], *line)?),
                Some(Some(_)) => return wrong(*line, format!("node {id} stands twice in {name}")),
                None => return wrong(*line, format!("node {id}, 1 to {count} were expected")),
            }
        }
        // As many rows as were to be, none twice: all are there.
        Ok(values.into_iter().flatten().collect())
    }

    fn matrix(&self) -> Result<Vec<u32>, Wrong> {
        let name = "EDGE_WEIGHT_SECTION";
        let Some(rows) = self.sections.get(name) else { return wrong(0, format!("no {name}")) };
        let mut matrix = Vec::new();
        for (line, cells) in rows {
            for cell in cells {
                let value = integer(cell, *line, "a distance")?;
                match u32::try_from(value) {
                    Ok(value) if value <= ARC_MAX => matrix.push(value),
                    _ => return wrong(*line, format!("distance {value}, 0 to {ARC_MAX} was expected")),
                }
            }
        }
        if matrix.len() != self.nodes * self.nodes {
            return wrong(
                0,
                format!(
                    "{} distances in {name}, DIMENSION {} squared was expected",
                    matrix.len(),
                    self.nodes
                ),
            );
        }
        Ok(matrix)
    }

    /// How many depots; they are the first nodes.
    fn depots(&self) -> Result<usize, Wrong> {
        let Some(rows) = self.sections.get("DEPOT_SECTION") else { return Ok(1) };
        let mut depots = 0;
        for (line, cells) in rows {
            for cell in cells.iter().filter(|cell| **cell != "-1") {
                depots += 1;
                if integer(cell, *line, "a depot")? != depots as i64 {
                    return wrong(
                        *line,
                        format!("depot {}, {depots} was expected: depots are the first nodes", shown(cell)),
                    );
                }
            }
        }
        if depots == 0 { wrong(0, "no depot in DEPOT_SECTION") } else { Ok(depots) }
    }
}
