use super::*;
use std::collections::{HashMap, HashSet};

/// Draws the town where `QM_SHOW` says, to be looked at.
fn show(name: &str, town: &Town) {
    #[allow(clippy::disallowed_methods, reason = "a person asks a test to keep its picture")]
    let Some(folder) = std::env::var_os("QM_SHOW") else { return };
    let mut svg = String::from(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="-7200 -6500 14400 13000" width="1600" height="1444"><rect x="-7200" y="-6500" width="14400" height="13000" fill="#f7f7f6"/>"##,
    );
    for road in town.roads.iter().rev() {
        let (width, colour) = match road.kind {
            RoadKind::Motorway => (38, "#3a4046"),
            RoadKind::MotorwayLink => (18, "#3a4046"),
            RoadKind::Primary => (34, "#868d93"),
            RoadKind::Secondary => (28, "#868d93"),
            RoadKind::Tertiary => (18, "#a4abb1"),
            _ => (11, if road.one_way { "#c65a00" } else { "#c6cacd" }),
        };
        let points: Vec<String> = road
            .points
            .iter()
            .map(|point| {
                let (x, y) = to_xy(*point);
                format!("{x:.0},{:.0}", -y)
            })
            .collect();
        svg += &format!(
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="{width}"/>"#,
            points.join(" ")
        );
    }
    let (x, y) = to_xy(town.depot);
    svg += &format!(r##"<circle cx="{x:.0}" cy="{:.0}" r="90" fill="#c0142c"/></svg>"##, -y);
    std::fs::write(std::path::Path::new(&folder).join(name), svg).expect("writes");
}

fn reached(town: &Town, from: GeoPoint, backwards: bool) -> HashSet<GeoPoint> {
    let mut next: HashMap<GeoPoint, Vec<GeoPoint>> = HashMap::new();
    for road in &town.roads {
        for pair in road.points.windows(2) {
            let (a, b) = if backwards { (pair[1], pair[0]) } else { (pair[0], pair[1]) };
            next.entry(a).or_default().push(b);
            if !road.one_way {
                next.entry(b).or_default().push(a);
            }
        }
    }
    let mut seen = HashSet::from([from]);
    let mut stack = vec![from];
    while let Some(at) = stack.pop() {
        for to in next.get(&at).into_iter().flatten() {
            if seen.insert(*to) {
                stack.push(*to);
            }
        }
    }
    seen
}

#[test]
fn every_place_is_reached_from_the_depot_and_back() {
    for seed in [1, 2, 3, 4, 5] {
        let town = Town::new(Seed(seed));
        show(&format!("town-{seed}.svg"), &town);
        let all: HashSet<GeoPoint> = town.roads.iter().flat_map(|road| road.points.clone()).collect();
        assert_eq!(reached(&town, town.depot, false).len(), all.len(), "seed {seed}: from the depot");
        assert_eq!(reached(&town, town.depot, true).len(), all.len(), "seed {seed}: to the depot");
        assert!((3_000..=8_000).contains(&town.junctions), "seed {seed}: {} junctions", town.junctions);
        let kilometres: f64 = town
            .roads
            .iter()
            .flat_map(|road| road.points.windows(2).map(|pair| pair[0].metres_to(pair[1])))
            .sum::<f64>()
            / 1000.0;
        assert!((250.0..900.0).contains(&kilometres), "seed {seed}: {kilometres:.0} km");
        assert!(town.roads.iter().all(|road| road.points.len() > 1));
        for kind in [RoadKind::Motorway, RoadKind::MotorwayLink, RoadKind::Primary, RoadKind::Tertiary] {
            assert!(town.roads.iter().any(|road| road.kind == kind), "seed {seed}: no {kind:?}");
        }
        assert!(town.roads.iter().any(|road| road.one_way && road.kind == RoadKind::Residential));
    }
}

#[test]
fn few_bridges_cross_the_river() {
    for seed in [1, 7, 42] {
        let town = Town::new(Seed(seed));
        let plan = Plan::new(seed);
        let bridges = town
            .roads
            .iter()
            .flat_map(|road| road.points.windows(2))
            .filter(|pair| plan.to_river(to_xy(pair[0])) * plan.to_river(to_xy(pair[1])) < 0.0)
            .count();
        assert!((3..=10).contains(&bridges), "seed {seed}: {bridges} bridges");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    let write = |seed, chinese| Town::new(Seed(seed)).osm_pbf(chinese);
    assert!(write(7, false) == write(7, false));
    assert!(write(7, false) != write(8, false));
    assert!(write(7, false) != write(7, true));
}

#[test]
fn houses_stand_by_their_street() {
    let town = Town::new(Seed(3));
    for n in 0..200 {
        let place = town.place(f64::from(n) / 200.0).expect("a house");
        let road = &town.roads[place.road];
        let near = road
            .points
            .windows(2)
            .map(|pair| {
                let (a, b, p) = (to_xy(pair[0]), to_xy(pair[1]), to_xy(place.point));
                let long = apart(a, b).max(1e-9);
                let along = ((p.0 - a.0) * (b.0 - a.0) + (p.1 - a.1) * (b.1 - a.1)) / long;
                let along = along.clamp(0.0, long) / long;
                apart(p, (a.0 + (b.0 - a.0) * along, a.1 + (b.1 - a.1) * along))
            })
            .fold(f64::MAX, f64::min);
        assert!(near < 15.0, "{near} m from {}", town.address(&place, false));
        assert!(town.address(&place, true).ends_with('号'));
    }
}
