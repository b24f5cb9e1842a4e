//! VRPLIB files: `KEY : value` lines, then sections. A section that would change the problem and is not understood is an
//! error: a solution of another problem would look like a good one.

use super::{Raw, Window, Wrong, coordinate, integer, shown, wrong};
use crate::limits::{ARC_MAX, LOCATIONS_MAX};
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
            return wrong(0, format!("{} is not supported; CVRP and VRPTW are read", shown(name)));
        }
    }
    for key in ["VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE", "DISTANCE", "VEHICLES_ALLOWED_CLIENTS"] {
        if let Some(&(line, _)) = keys.get(key) {
            return wrong(line, format!("{key} is not supported; CVRP and VRPTW are read"));
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
    let capacity = match number("CAPACITY")? {
        Some(capacity) if capacity >= 0 => capacity,
        Some(_) => return wrong(keys["CAPACITY"].0, "a negative CAPACITY"),
        None => return wrong(0, "no CAPACITY"),
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
    rows.depot()?;
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
        vec![number("SERVICE_TIME")?.unwrap_or(0); nodes]
    };
    let vehicles = match number("VEHICLES")? {
        Some(vehicles) => match usize::try_from(vehicles) {
            Ok(vehicles) => Some(vehicles),
            Err(_) => return wrong(keys["VEHICLES"].0, "a negative number of VEHICLES"),
        },
        None => None,
    };
    Ok(Raw { coordinates, matrix, demand, windows, service, vehicles, capacity })
}

const KNOWN: [&str; 6] = [
    "NODE_COORD_SECTION",
    "EDGE_WEIGHT_SECTION",
    "DEMAND_SECTION",
    "DEPOT_SECTION",
    "TIME_WINDOW_SECTION",
    "SERVICE_TIME_SECTION",
];

struct Rows<'a, 't> {
    sections: &'a HashMap<&'t str, Vec<(usize, Vec<&'t str>)>>,
    nodes: usize,
}

impl Rows<'_, '_> {
    /// A section with one row per node: its number (from 1, each once), then `columns` cells.
    fn by_node<T>(
        &self,
        name: &str,
        columns: usize,
        mut read: impl FnMut(&[&str], usize) -> Result<T, Wrong>,
    ) -> Result<Vec<T>, Wrong> {
        let Some(rows) = self.sections.get(name) else { return wrong(0, format!("no {name}")) };
        if rows.len() != self.nodes {
            let line = rows.last().map_or(0, |row| row.0);
            return wrong(line, format!("{} rows in {name}, DIMENSION says {}", rows.len(), self.nodes));
        }
        let mut values: Vec<Option<T>> = (0..self.nodes).map(|_| None).collect();
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
                None => return wrong(*line, format!("node {id}, 1 to {} were expected", self.nodes)),
            }
        }
        // As many rows as nodes, none twice: all are there.
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

    /// One depot, the first node.
    fn depot(&self) -> Result<(), Wrong> {
        let Some(rows) = self.sections.get("DEPOT_SECTION") else { return Ok(()) };
        let cells: Vec<&str> = rows.iter().flat_map(|(_, cells)| cells.iter().copied()).collect();
        match cells.as_slice() {
            ["1"] | ["1", "-1"] => Ok(()),
            _ => wrong(rows.first().map_or(0, |row| row.0), "one depot, node 1, was expected"),
        }
    }
}
