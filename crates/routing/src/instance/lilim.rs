//! Li–Lim files: vehicles, capacity and speed, then nine columns a node; the last two name the node it is brought from and
//! the node it is brought to.

use super::{Fleet, Raw, Rounding, Window, Wrong, coordinate, integer, wrong};

pub(super) fn parse(text: &str) -> Result<Raw, Wrong> {
    let mut rows = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.split_whitespace().collect::<Vec<_>>()))
        .filter(|(_, cells)| !cells.is_empty());
    let Some((line, head)) = rows.next() else { return wrong(0, "an empty file") };
    let &[vehicles, capacity, _] = head.as_slice() else {
        return wrong(line, "the number of vehicles, their capacity and their speed were expected");
    };
    let vehicles = integer(vehicles, line, "the number of vehicles")?;
    let capacity = integer(capacity, line, "the capacity")?;
    let Ok(count) = usize::try_from(vehicles) else { return wrong(line, "a negative number of vehicles") };
    if capacity < 0 {
        return wrong(line, "a negative capacity");
    }
    let mut coordinates = Vec::new();
    let (mut demand, mut windows, mut service, mut links) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (line, cells) in rows {
        let &[id, x, y, amount, ready, due, time, from, to] = cells.as_slice() else {
            return wrong(line, format!("{} columns, nine were expected", cells.len()));
        };
        let expected = demand.len() as i64;
        if integer(id, line, "the node")? != expected {
            return wrong(line, format!("node {}, {expected} was expected next", super::shown(id)));
        }
        coordinates.push((coordinate(x, line)?, coordinate(y, line)?));
        demand.push(integer(amount, line, "the demand")?.abs());
        windows.push(Window {
            early: integer(ready, line, "the ready time")?,
            late: integer(due, line, "the due date")?,
        });
        service.push(integer(time, line, "the service time")?);
        links.push((line, integer(from, line, "the pickup")?, integer(to, line, "the delivery")?));
    }
    let mut pickups = vec![None; links.len()];
    for (node, &(line, from, to)) in links.iter().enumerate() {
        // Each says whom it belongs to, and both must say the same.
        let other =
            |other: i64| usize::try_from(other).ok().filter(|&other| other > 0 && other < links.len());
        match (from, to) {
            (0, 0) => {}
            (_, 0) if other(from).is_some_and(|from| links[from].2 == node as i64) => {
                pickups[node] = other(from)
            }
            (0, _) if other(to).is_some_and(|to| links[to].1 == node as i64) => {}
            _ => return wrong(line, format!("node {node} and the one it names do not name each other")),
        }
    }
    Ok(Raw {
        depots: 1,
        coordinates,
        matrix: None,
        rounding: Rounding::Thousandths,
        demand,
        given: None,
        windows: Some(windows),
        service,
        release: None,
        pickups: Some(pickups),
        reloads: false,
        prizes: None,
        fleet: Fleet::Alike { count: Some(count), capacity },
        duration_max: None,
        published_as_counted: false,
    })
}
