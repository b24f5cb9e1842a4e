//! Solomon and Gehring–Homberger files: a name, VEHICLE with number and capacity, CUSTOMER with seven columns.

use super::{Fleet, Raw, Rounding, Window, Wrong, coordinate, integer, wrong};

pub(super) fn parse(text: &str) -> Result<Raw, Wrong> {
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let Some(_) = lines.by_ref().find(|(_, line)| line.contains("CAPACITY")) else {
        return wrong(0, "no line with CAPACITY: neither a Solomon file nor one in VRPLIB format");
    };
    let Some((line, fleet)) = lines.by_ref().find(|(_, line)| !line.is_empty()) else {
        return wrong(
            0,
            "the file ends after CAPACITY; the number of vehicles and their capacity were expected",
        );
    };
    let mut fleet = fleet.split_whitespace();
    let (Some(vehicles), Some(capacity)) = (fleet.next(), fleet.next()) else {
        return wrong(line, "the number of vehicles and their capacity were expected");
    };
    let vehicles = integer(vehicles, line, "the number of vehicles")?;
    let capacity = integer(capacity, line, "the capacity")?;
    if vehicles < 0 || capacity < 0 {
        return wrong(line, "the number of vehicles and their capacity cannot be negative");
    }
    let mut raw = Raw {
        depots: 1,
        coordinates: Vec::new(),
        matrix: None,
        rounding: Rounding::Tenths,
        demand: Vec::new(),
        given: None,
        windows: None,
        service: Vec::new(),
        release: None,
        pickups: None,
        reloads: false,
        prizes: None,
        fleet: Fleet::Alike { count: usize::try_from(vehicles).ok(), capacity },
        duration_max: None,
        published_as_counted: false,
    };
    let mut windows = Vec::new();
    for (line, row) in lines {
        // Headings between the tables.
        if !row.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let cells: Vec<&str> = row.split_whitespace().collect();
        let &[id, x, y, demand, ready, due, service] = cells.as_slice() else {
            return wrong(line, format!("{} columns, seven were expected", cells.len()));
        };
        let expected = raw.demand.len() as i64;
        if integer(id, line, "the customer's number")? != expected {
            return wrong(line, format!("customer {}, {expected} was expected next", super::shown(id)));
        }
        raw.coordinates.push((coordinate(x, line)?, coordinate(y, line)?));
        raw.demand.push(integer(demand, line, "the demand")?);
        windows.push(Window {
            early: integer(ready, line, "the ready time")?,
            late: integer(due, line, "the due date")?,
        });
        raw.service.push(integer(service, line, "the service time")?);
    }
    raw.windows = Some(windows);
    Ok(raw)
}
