use super::*;
use crate::town::Town;

const MORNING: Timestamp = Timestamp(1_795_330_800_000);

/// Routes along the town's longest roads, there and back, with three visits each.
fn drives(town: &Town) -> Vec<Drive> {
    let mut roads: Vec<_> = town.roads().iter().filter(|road| !road.one_way).collect();
    roads.sort_by_key(|road| std::cmp::Reverse(road.points.len()));
    (0..4)
        .map(|n| {
            let there = &roads[n].points;
            let path: Vec<GeoPoint> = there.iter().chain(there.iter().rev().skip(1)).copied().collect();
            let metres: f64 = path.windows(2).map(|pair| pair[0].metres_to(pair[1])).sum();
            // As slow as a day with many doors is, so that the silence is a small part of it.
            let minutes = metres / 80.0;
            let third = (minutes / 3.0 * 60_000.0) as i64;
            let leave_at = MORNING + Millis::minutes(n as i64 * 20);
            let stops = (1..=2).map(|stop| Stop {
                place: path[path.len() * stop / 3],
                distance: Metres((metres / 3.0) as i64),
                arrive_at: leave_at + Millis(third * stop as i64 + (stop as i64 - 1) * 300_000),
                leave_at: leave_at + Millis(third * stop as i64 + stop as i64 * 300_000),
            });
            Drive {
                code: format!("V-{n}"),
                leave_at,
                stops: stops.collect(),
                back_at: leave_at + Millis(third * 3 + 600_000),
                distance: Metres(metres as i64),
                path,
            }
        })
        .collect()
}

fn vehicles(town: &Town) -> Vehicles {
    let codes: Vec<String> = (0..6).map(|n| format!("V-{n}")).collect();
    Vehicles::new(Seed(7), Day(20_780), town.depot(), &codes, drives(town))
}

#[test]
fn vehicles_stay_on_their_roads_and_come_back() {
    let town = Town::new(Seed(7));
    let fleet = vehicles(&town);
    let mut moved = std::collections::HashMap::<String, f64>::new();
    let mut last = std::collections::HashMap::<String, GeoPoint>::new();
    for fix in fleet.between(MORNING, MORNING + Millis::hours(5)) {
        if let Some(driven) = fleet.driven.iter().find(|one| one.code == fix.code) {
            let off = driven
                .path
                .windows(2)
                .map(|pair| {
                    let along = nearest(pair, &[0.0, pair[0].metres_to(pair[1])], fix.place, 0.0, f64::MAX);
                    let share = along.unwrap_or(0.0) / pair[0].metres_to(pair[1]).max(1e-9);
                    let mix = |a: i32, b: i32| a + (f64::from(b - a) * share) as i32;
                    let on = GeoPoint {
                        lat_e7: mix(pair[0].lat_e7, pair[1].lat_e7),
                        lon_e7: mix(pair[0].lon_e7, pair[1].lon_e7),
                    };
                    on.metres_to(fix.place)
                })
                .fold(f64::MAX, f64::min);
            assert!(off < 20.0, "{} is {off} m beside its road", fix.code);
        }
        assert!((0.0..=110.0).contains(&fix.speed_kmh) && fix.heading_deg < 360);
        if let Some(before) = last.insert(fix.code.clone(), fix.place) {
            *moved.entry(fix.code.clone()).or_default() += before.metres_to(fix.place);
        }
    }
    for drive in drives(&town) {
        let driven = moved[&drive.code];
        let planned = drive.distance.0 as f64;
        assert!((0.8..1.3).contains(&(driven / planned)), "{}: {driven} of {planned} m", drive.code);
        let end = fleet.at(drive.back_at + Millis::hours(3));
        let end = end.iter().find(|fix| fix.code == drive.code).expect("it speaks");
        assert!(end.place.metres_to(drive.path[0]) < 5.0 && end.speed_kmh == 0.0);
    }
    assert_eq!(moved["V-5"], 0.0);
}

#[test]
fn one_is_late_and_one_is_silent() {
    let town = Town::new(Seed(7));
    let fleet = vehicles(&town);
    let (silent, from, to) = fleet.silent().expect("a silent one");
    assert_ne!(Some(silent), fleet.jammed());
    assert!(fleet.at(from).iter().all(|fix| fix.code != silent));
    assert!(fleet.at(to).iter().any(|fix| fix.code == silent));
    for one in &fleet.driven {
        let late = (one.ends() - one.plan_time(7, Timestamp(one.ends()))) / 1_000;
        assert!((-60..240).contains(&late) || one.jam, "{}: {late} s", one.code);
        let mut before = i64::MIN;
        for second in 0..20_000 {
            let plan = one.plan_time(7, Timestamp(one.begins() + second * 1_000));
            assert!(plan >= before, "{} drives backwards", one.code);
            before = plan;
        }
    }
}

#[test]
fn a_payload_is_what_a_tracker_sends() {
    let fix = Fix {
        code: "VAN-1".into(),
        at: MORNING,
        place: GeoPoint { lat_e7: 450_000_001, lon_e7: -300_000_000 },
        speed_kmh: 31.26,
        heading_deg: 7,
    };
    assert_eq!(fix.topic(), "fleet/VAN-1/position");
    assert_eq!(
        fix.payload(),
        r#"{"lat":45.0000001,"lon":-30.0000000,"speed":31.3,"heading":7,"time":1795330800000}"#
    );
}

#[test]
fn the_same_question_has_the_same_answer() {
    let town = Town::new(Seed(7));
    let now = MORNING + Millis::minutes(44);
    let fleet = vehicles(&town);
    let first = fleet.at(now);
    let _ = fleet.at(MORNING);
    assert_eq!(vehicles(&town).at(now), first);
}
