//! CVRPLIB solutions: `Route #1: 3 1 4` with clients from 1, then `Cost 27591`.

use super::{Instance, ParseError, integer, shown};
use crate::solution::{Cost, Reason, Route, Solution, Unserved};
use std::fmt::Write as _;

/// Reads a solution of `instance` and the cost it claims. Routes get vehicles in order, empty ones too; a client that no route names is
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
    let (first, last) = (instance.depots as i64, (instance.depots + clients - 1) as i64);
    let mut vehicle = 0;
    for (index, line) in text.lines().enumerate() {
        let (number, line) = (index + 1, line.trim());
        let lower = line.to_ascii_lowercase();
        if lower.starts_with("route") {
            let Some((_, list)) = line.split_once(':') else {
                return Err(at(number, "\"Route #n: clients\" was expected".to_owned()));
            };
            let (mut visits, mut reloads) = (Vec::new(), Vec::new());
            for word in list.split_whitespace() {
                let client = integer(word, number, "a client").map_err(|e| at(number, e.what))?;
                // A depot amid the clients: back for more.
                if (0..first).contains(&client) && !visits.is_empty() {
                    reloads.push(visits.len());
                    continue;
                }
                match usize::try_from(client - first) {
                    Ok(visit) if visit < clients => {
                        served[visit] = true;
                        visits.push(visit);
                    }
                    _ => {
                        return Err(at(
                            number,
                            format!("client {client}, the instance has {first} to {last}"),
                        ));
                    }
                }
            }
            if !visits.is_empty() {
                solution.routes.push(Route { vehicle, visits, reloads });
            }
            vehicle += 1;
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
        .map(|visit| {
            let optional = instance.spec.visits[visit].prize.is_some();
            Unserved { visit, reason: if optional { Reason::NotWorth } else { Reason::NoRoom } }
        })
        .collect();
    Ok((solution, claimed))
}

/// Writes a solution; its cost stands in the units in which costs of the instance are published.
pub fn write_solution(solution: &Solution, cost: Cost, instance: &Instance) -> String {
    let mut text = String::new();
    // Where vehicles differ, the number of a route says which one drives it.
    let mixed = instance.spec.vehicles.iter().any(|vehicle| *vehicle != instance.spec.vehicles[0]);
    let mut routes: Vec<&Route> = solution.routes.iter().collect();
    routes.sort_by_key(|route| route.vehicle);
    let mut number = 0;
    for route in routes {
        while mixed && number < route.vehicle {
            number += 1;
            // Writing to a String does not fail.
            let _ = writeln!(text, "Route #{number}:");
        }
        number += 1;
        let _ = write!(text, "Route #{number}:");
        let start = instance.spec.vehicles.get(route.vehicle).map_or(0, |vehicle| vehicle.start);
        for (place, visit) in route.visits.iter().enumerate() {
            if route.reloads.contains(&place) {
                let _ = write!(text, " {start}");
            }
            let _ = write!(text, " {}", instance.depots + visit);
        }
        text.push('\n');
    }
    let _ = writeln!(text, "Cost {}", instance.published(cost));
    text
}
