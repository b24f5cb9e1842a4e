//! CVRPLIB solutions: `Route #1: 3 1 4` with clients from 1, then `Cost 27591`.

use super::{Instance, ParseError, integer, shown};
use crate::solution::{Cost, Reason, Route, Solution, Unserved};
use std::fmt::Write as _;

/// Reads a solution of `instance` and the cost it claims. Routes get vehicles in order; a client that no route names is
/// unserved. What the plan breaks is for [`crate::check`] to say.
pub fn parse_solution(
    text: &str,
    name: &str,
    instance: &Instance,
) -> Result<(Solution, Option<f64>), ParseError> {
    let at = |line: usize, what: String| ParseError { name: name.to_owned(), line, what };
    let clients = instance.spec.visits.len();
    let mut solution = Solution::default();
    let mut claimed = None;
    let mut served = vec![false; clients];
    for (index, line) in text.lines().enumerate() {
        let (number, line) = (index + 1, line.trim());
        let lower = line.to_ascii_lowercase();
        if lower.starts_with("route") {
            let Some((_, list)) = line.split_once(':') else {
                return Err(at(number, "\"Route #n: clients\" was expected".to_owned()));
            };
            let mut visits = Vec::new();
            for word in list.split_whitespace() {
                let client = integer(word, number, "a client").map_err(|e| at(number, e.what))?;
                match usize::try_from(client - 1) {
                    Ok(visit) if visit < clients => {
                        served[visit] = true;
                        visits.push(visit);
                    }
                    _ => return Err(at(number, format!("client {client}, the instance has 1 to {clients}"))),
                }
            }
            if !visits.is_empty() {
                solution.routes.push(Route { vehicle: solution.routes.len(), visits });
            }
        } else if lower.starts_with("cost") {
            let word = line[4..].trim_start_matches([' ', '\t', ':']);
            match word.parse::<f64>() {
                Ok(cost) if cost.is_finite() => claimed = Some(cost),
                _ => return Err(at(number, format!("cost \"{}\" is no number", shown(word)))),
            }
        }
    }
    if solution.routes.is_empty() {
        return Err(at(0, "no line \"Route #n: clients\": not a solution".to_owned()));
    }
    solution.unserved = (0..clients)
        .filter(|&visit| !served[visit])
        .map(|visit| Unserved { visit, reason: Reason::NoRoom })
        .collect();
    Ok((solution, claimed))
}

/// Writes a solution; its cost stands in the units in which costs of the instance are published.
pub fn write_solution(solution: &Solution, cost: Cost, instance: &Instance) -> String {
    let mut text = String::new();
    for (at, route) in solution.routes.iter().enumerate() {
        // Writing to a String does not fail.
        let _ = write!(text, "Route #{}:", at + 1);
        for visit in &route.visits {
            let _ = write!(text, " {}", visit + 1);
        }
        text.push('\n');
    }
    let _ = writeln!(text, "Cost {}", instance.published(cost));
    text
}
