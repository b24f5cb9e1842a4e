//! Tiny towns, and towns by chance.

use crate::worlds::{at, one_way, plain_times, street};
use proptest::prelude::*;
use travel::{Bounds, Detail, ErrorKind, Network, Road, RoadClass, UNREACHABLE, estimate, limits};
use units::{GeoPoint, Progress, Stop};

fn network(roads: &[Road]) -> Network {
    Network::from_roads(roads.to_vec()).expect("a network")
}

/// Metres from one place to another, by the matrix; the path must agree.
#[track_caller]
fn metres(network: &Network, from: (f64, f64), to: (f64, f64)) -> u32 {
    let points = [at(from.0, from.1), at(to.0, to.1)];
    let matrix = network.matrix(&points, &Progress::none(), &Stop::default()).expect("not stopped");
    let path = network.path(points[0], points[1]).expect("a path");
    assert_eq!(Some((path.seconds, path.metres)), matrix.between(0, 1));
    // What is drawn is as long as what is said, but for the rounding of its points.
    let drawn_m: f64 = path.points.windows(2).map(|pair| pair[0].metres_to(pair[1])).sum();
    assert!((drawn_m - f64::from(path.metres)).abs() <= 1.0 + drawn_m / 1e4, "{drawn_m} drawn, {path:?}");
    path.metres
}

#[test]
fn a_street_is_driven_both_ways_and_places_beside_it_are_taken_at_it() {
    let network = network(&[street(&[(0.0, 0.0), (1_000.0, 0.0)])]);
    assert_eq!(metres(&network, (100.0, 30.0), (900.0, -20.0)), 800);
    assert_eq!(metres(&network, (900.0, 30.0), (100.0, -20.0)), 800);
    let snap = network.snap(at(500.0, 40.0)).expect("near");
    assert!((snap.metres - 40.0).abs() < 0.1, "{snap:?}");
    assert!(snap.point.metres_to(at(500.0, 0.0)) < 0.1);
    let path = network.path(at(100.0, 0.0), at(900.0, 0.0)).expect("a path");
    assert_eq!((path.seconds, path.metres, path.estimated), (80, 800, false));
}

#[test]
fn a_place_far_from_every_road_has_none() {
    let network = network(&[street(&[(0.0, 0.0), (1_000.0, 0.0)])]);
    let far = at(0.0, limits::SNAP_METRES_MAX + 50.0);
    assert!(network.snap(at(0.0, limits::SNAP_METRES_MAX - 50.0)).is_some());
    assert!(network.snap(far).is_none() && network.path(far, at(0.0, 0.0)).is_none());
    let points = [at(0.0, 0.0), far, at(500.0, 0.0)];
    let matrix = network.matrix(&points, &Progress::none(), &Stop::default()).expect("not stopped");
    assert_eq!(matrix.unreachable, [1]);
    assert_eq!(matrix.between(0, 1), None);
    assert_eq!((matrix.seconds[1], matrix.metres[5]), (UNREACHABLE, UNREACHABLE));
    assert_eq!((matrix.between(0, 2), matrix.between(1, 1)), (Some((50, 500)), Some((0, 0))));
    assert_eq!(matrix.between(3, 0), None);
}

#[test]
fn a_one_way_street_is_a_detour_back() {
    // A block of 100 m by 100 m, driven one way round, with a way to it.
    let network = network(&[
        one_way(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (0.0, 0.0)]),
        street(&[(0.0, 0.0), (-500.0, 0.0)]),
    ]);
    assert_eq!(metres(&network, (20.0, 0.0), (80.0, 0.0)), 60);
    assert_eq!(metres(&network, (80.0, 0.0), (20.0, 0.0)), 340);
    assert_eq!(metres(&network, (-100.0, 0.0), (0.0, 50.0)), 450);
    assert_eq!(metres(&network, (0.0, 50.0), (-100.0, 0.0)), 150);
}

#[test]
fn a_ring_without_a_junction_is_a_network_too() {
    let network = network(&[one_way(&[(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0), (0.0, 0.0)])]);
    assert_eq!(metres(&network, (80.0, 0.0), (20.0, 0.0)), 340);
    assert_eq!(metres(&network, (20.0, 0.0), (80.0, 0.0)), 60);
}

#[test]
fn places_around_a_bend_are_all_at_the_bend() {
    // Two pieces in a row: the bend is the end of one and the begin of the other.
    let network = network(&[street(&[(0.0, 0.0), (500.0, 0.0)]), street(&[(500.0, 0.0), (500.0, 500.0)])]);
    let outside: Vec<_> = (0..12).map(|n| at(500.0 + f64::from(n) * 3.7, f64::from(n - 12) * 2.9)).collect();
    for from in &outside {
        for to in &outside {
            let path = network.path(*from, *to).expect("a path");
            assert_eq!((path.metres, path.points.len()), (0, 1));
        }
    }
}

#[test]
fn a_roundabout_is_left_at_the_right_arm() {
    // Driven counter-clockwise: east, north, west, south.
    let network = network(&[
        one_way(&[(10.0, 0.0), (0.0, 10.0), (-10.0, 0.0), (0.0, -10.0), (10.0, 0.0)]),
        street(&[(10.0, 0.0), (110.0, 0.0)]),
        street(&[(0.0, 10.0), (0.0, 110.0)]),
        street(&[(0.0, -10.0), (0.0, -110.0)]),
    ]);
    let quarter = 200.0_f64.sqrt();
    let around = |quarters: f64| (200.0 + quarters * quarter).round() as u32;
    assert_eq!(metres(&network, (110.0, 0.0), (0.0, 110.0)), around(1.0));
    assert_eq!(metres(&network, (110.0, 0.0), (0.0, -110.0)), around(3.0));
    assert_eq!(metres(&network, (0.0, -110.0), (110.0, 0.0)), around(1.0));
}

#[test]
fn an_island_and_a_way_of_no_return_are_drawn_but_nothing_starts_there() {
    let roads = [
        street(&[(0.0, 0.0), (1_000.0, 0.0)]),
        street(&[(1_000.0, 0.0), (1_000.0, 500.0)]),
        // No bridge to it.
        street(&[(200.0, 200.0), (300.0, 200.0)]),
        // Once in, never out.
        one_way(&[(500.0, 0.0), (500.0, -200.0)]),
    ];
    let network = network(&roads);
    let snap = network.snap(at(250.0, 200.0)).expect("near");
    assert!((snap.metres - 200.0).abs() < 0.5, "the mainland: {snap:?}");
    assert!((network.snap(at(500.0, -150.0)).expect("near").metres - 150.0).abs() < 0.5);
    assert_eq!(network.roads_in(network.bounds(), Detail::FULL).len(), 4 - 1, "two of one name are one line");
    assert!(
        (network.length_m() - 1_800.0).abs() < 1.0 && (network.connected_length_m() - 1_500.0).abs() < 1.0
    );
}

#[test]
fn a_street_with_a_turn_at_its_end_is_no_dead_end() {
    // A lollipop: in, around, and out again; and the middle of the street, from where both ways are open.
    let network = network(&[
        street(&[(0.0, 0.0), (500.0, 0.0)]),
        one_way(&[(500.0, 0.0), (550.0, 50.0), (600.0, 0.0), (550.0, -50.0), (500.0, 0.0)]),
    ]);
    let ring = 4.0 * 5_000.0_f64.sqrt();
    assert_eq!(metres(&network, (575.0, 25.0), (0.0, 0.0)), (500.0 + ring * 0.625).round() as u32);
    assert_eq!(metres(&network, (575.0, 25.0), (525.0, 25.0)), (ring * 0.75).round() as u32);
    assert_eq!(metres(&network, (400.0, 0.0), (100.0, 0.0)), 300);
}

#[test]
fn of_two_ways_the_faster_is_taken_and_of_two_equally_fast_the_shorter() {
    let slow = Road { speed_kmh: 10.0, ..street(&[(0.0, 0.0), (1_000.0, 0.0)]) };
    let bend = Road { speed_kmh: 100.0, ..street(&[(0.0, 0.0), (500.0, 500.0), (1_000.0, 0.0)]) };
    let network = network(&[slow, bend]);
    assert_eq!(metres(&network, (0.0, 0.0), (1_000.0, 0.0)), 1_414);
}

#[test]
fn roads_that_are_none_are_refused() {
    let refused = |roads: Vec<Road>| Network::from_roads(roads).expect_err("no network");
    for roads in [vec![], vec![one_way(&[(0.0, 0.0), (10.0, 0.0)])], vec![street(&[(0.0, 0.0)])]] {
        let error = refused(roads);
        assert_eq!(error.kind, ErrorKind::Permanent);
        assert!(error.message.starts_with("building the road network: "), "{error}");
    }
    let around = GeoPoint { lat_e7: 0, lon_e7: 0 };
    let error = refused(vec![Road { points: vec![at(0.0, 0.0), around], ..street(&[]) }]);
    assert!(error.message.contains("without a junction"), "{error}");
}

#[test]
fn odd_roads_do_no_harm() {
    let one = at(0.0, 0.0);
    let network = network(&[
        Road { points: vec![one, one, one], ..street(&[]) },
        Road { speed_kmh: f64::NAN, ..street(&[(0.0, 0.0), (100.0, 0.0)]) },
        Road { speed_kmh: -3.0, ..street(&[(0.0, 0.0), (0.0, 0.0), (0.0, 100.0), (0.0, 0.0)]) },
        Road { speed_kmh: 1e12, name: Some("长".repeat(200)), ..street(&[(0.0, 0.0), (-100.0, 0.0)]) },
    ]);
    assert_eq!(metres(&network, (100.0, 0.0), (0.0, 100.0)), 200);
    assert_eq!(metres(&network, (-50.0, 0.0), (-50.0, 0.0)), 0);
    let lines = network.roads_in(network.bounds(), Detail::FULL);
    let name = lines.iter().find_map(|line| line.name.as_deref()).expect("a name");
    assert!(name.chars().all(|c| c == '长') && name.len() <= limits::NAME_BYTES_MAX);
}

#[test]
fn no_places_make_an_empty_matrix_and_a_stop_is_heard() {
    let network = network(&[street(&[(0.0, 0.0), (1_000.0, 0.0)])]);
    let matrix = network.matrix(&[], &Progress::none(), &Stop::default()).expect("not stopped");
    assert_eq!((matrix.n, matrix.seconds.len()), (0, 0));
    let stop = Stop::default();
    stop.ask();
    assert!(network.matrix(&[at(0.0, 0.0)], &Progress::none(), &stop).is_err());
}

#[test]
fn a_map_drawn_small_has_fewer_lines_and_points() {
    let wave: Vec<(f64, f64)> = (0..200).map(|n| (f64::from(n) * 10.0, f64::from(n % 2) * 3.0)).collect();
    let named = |road: Road, name: &str, class| Road { name: Some(name.to_owned()), class, ..road };
    let network = network(&[
        named(street(&wave[..100]), "Wave road", RoadClass::Primary),
        named(street(&wave[99..]), "Wave road", RoadClass::Primary),
        named(street(&[(0.0, 0.0), (0.0, 300.0)]), "Yard", RoadClass::Service),
    ]);
    let all = network.roads_in(network.bounds(), Detail::FULL);
    assert_eq!(all.iter().map(|line| line.points.len()).collect::<Vec<_>>(), [2, 200]);
    assert_eq!(all[1].name.as_deref(), Some("Wave road"), "the most important is drawn last");
    let small = network.roads_in(network.bounds(), Detail::at_scale(50.0));
    assert_eq!(small.iter().map(|line| line.points.len()).collect::<Vec<_>>(), [2]);
    let corner = Bounds { min: at(-10.0, 200.0), max: at(10.0, 400.0) };
    let names: Vec<_> =
        network.roads_in(corner, Detail::FULL).into_iter().filter_map(|line| line.name).collect();
    assert_eq!(names, ["Yard"]);
    let elsewhere = Bounds { min: at(5_000.0, 5_000.0), max: at(6_000.0, 6_000.0) };
    assert!(network.roads_in(elsewhere, Detail::FULL).is_empty());
}

/// Metres from a place to the nearest stretch of any road, by looking at each.
fn plain_distance(roads: &[Road], place: (f64, f64)) -> f64 {
    let from = at(place.0, place.1);
    let to_metres = |point: GeoPoint| {
        let east = at(place.0 + 1_000.0, place.1).lon_e7 - from.lon_e7;
        let north = at(place.0, place.1 + 1_000.0).lat_e7 - from.lat_e7;
        (
            f64::from(point.lon_e7 - from.lon_e7) * 1_000.0 / f64::from(east),
            f64::from(point.lat_e7 - from.lat_e7) * 1_000.0 / f64::from(north),
        )
    };
    let stretches = roads.iter().flat_map(|road| road.points.windows(2));
    let distances = stretches.map(|pair| {
        let ((ax, ay), (bx, by)) = (to_metres(pair[0]), to_metres(pair[1]));
        let (dx, dy) = (bx - ax, by - ay);
        let share = (-(ax * dx + ay * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        (ax + share * dx).hypot(ay + share * dy)
    });
    distances.fold(f64::INFINITY, f64::min)
}

#[test]
fn the_nearest_road_and_the_roads_of_a_box_are_found_among_thousands() {
    let off = |n: i32| f64::from(n * 7_919 % 61);
    let corner =
        |x: i32, y: i32| (f64::from(x) * 100.0 + off(x + 3 * y), f64::from(y) * 100.0 + off(5 * x + y));
    let roads: Vec<Road> = (0..40)
        .flat_map(|x| (0..40).map(move |y| (x, y)))
        .flat_map(|(x, y)| [(x, y, x + 1, y), (x, y, x, y + 1)])
        .map(|(x, y, x2, y2)| street(&[corner(x, y), corner(x2, y2)]))
        .collect();
    let network = network(&roads);
    for n in 0..400 {
        let place = (f64::from(n * 271 % 4_600) - 250.0, f64::from(n * 613 % 4_600) - 250.0);
        let snap = network.snap(at(place.0, place.1)).expect("near");
        let plain = plain_distance(&roads, place);
        assert!(
            (snap.metres - plain).abs() < 0.05 + plain / 1e3,
            "{place:?}: {} m, plainly {plain} m",
            snap.metres
        );
        let reached = snap.point.metres_to(at(place.0, place.1));
        assert!((reached - plain).abs() < 0.05 + plain / 1e3, "{place:?}: {reached} m, plainly {plain} m");
    }
    for n in 0..50 {
        let (east, north) = (f64::from(n * 271 % 4_000), f64::from(n * 613 % 4_000));
        let view = Bounds { min: at(east, north), max: at(east + 30.0 * f64::from(n), north + 200.0) };
        let plainly = roads.iter().filter(|road| {
            Bounds::around(road.points.iter().copied()).is_some_and(|bounds| bounds.meets(view))
        });
        let found = network.roads_in(view, Detail::FULL);
        let stretches: usize = found.iter().map(|line| line.points.len() - 1).sum();
        assert_eq!(stretches, plainly.count());
    }
}

#[test]
fn without_a_map_the_estimate_says_so() {
    let points = [at(0.0, 0.0), at(1_000.0, 0.0), at(0.0, 3_000.0)];
    let matrix = estimate::matrix(&points);
    assert!(matrix.estimated && matrix.unreachable.is_empty());
    assert_eq!(matrix.between(0, 1), Some((157, 1_300)));
    let path = estimate::path(points[0], points[1]);
    assert!(path.estimated && path.points == [points[0], points[1]]);
    assert_eq!(matrix.between(0, 1), Some((path.seconds, path.metres)));
}

/// Up to 24 roads between up to 12 places, with bends, one-ways and speeds by chance.
fn towns() -> impl Strategy<Value = Vec<Road>> {
    // Off the grid, so that no road passes through a place of another that it does not share.
    let place = (0..3_000_i32, 0..3_000_i32).prop_map(|(east, north)| {
        let off = f64::from((east * 7_919 + north * 104_729) % 9_973) / 97.0;
        at(f64::from(east) + off, f64::from(north) + off * off / 101.0)
    });
    let places = prop::collection::vec(place.clone(), 2..12);
    places.prop_flat_map(move |places| {
        let one = (
            prop::collection::vec(prop::sample::select(places), 2..5),
            place.clone(),
            any::<bool>(),
            prop::bool::weighted(0.4),
            0..9_u8,
            5.0..120.0_f64,
        );
        let road = one.prop_map(|(mut points, bend, bent, one_way, class, speed_kmh)| {
            if bent {
                points.insert(1, bend);
            }
            let class = RoadClass::of_rank(class).expect("a class");
            let name = (class < RoadClass::Tertiary).then(|| format!("Road {}", class.rank()));
            // To a tenth, as the network keeps it.
            Road { points, class, speed_kmh: (speed_kmh * 10.0).round() / 10.0, one_way, name }
        });
        prop::collection::vec(road, 1..24)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn times_agree_with_a_plain_search(roads in towns()) {
        let Ok(network) = Network::from_roads(roads.clone()) else { return Ok(()) };
        let mut points: Vec<GeoPoint> = roads.iter().flat_map(|road| road.points.clone()).collect();
        points.sort();
        points.dedup();
        // Only what lies on roads that one can come and go on.
        points.retain(|point| network.snap(*point).is_some_and(|snap| snap.point == *point));
        let matrix = network.matrix_on(&points, 2, &Progress::none(), &Stop::default()).expect("not stopped");
        let plain: Vec<_> = points.iter().map(|from| plain_times(&roads, *from)).collect();
        for (i, from) in points.iter().enumerate() {
            for (j, to) in points.iter().enumerate() {
                let Some((seconds, metres)) = plain[i].get(to).copied() else { continue };
                if !plain[j].contains_key(from) {
                    // A way of no return whose end another road passes within a centimetre.
                    continue;
                }
                let (ours_s, ours_m) = matrix.between(i, j).expect("reachable");
                // Each piece rounds its length to a decimetre and its time up to a millisecond.
                prop_assert!((f64::from(ours_s) - seconds).abs() < 2.0, "{seconds} s, ours {ours_s}");
                // Of two ways that take the same time within that, either may be the shorter.
                prop_assert!(f64::from(ours_m) >= from.metres_to(*to) - 5.0);
                prop_assert!(f64::from(ours_s) > 0.0 || metres < 40.0);
            }
        }
    }

    #[test]
    fn paths_agree_with_the_matrix_and_no_detour_is_faster(
        roads in towns(),
        places in prop::collection::vec((0..3_000_i32, 0..3_000_i32), 1..8),
    ) {
        let Ok(network) = Network::from_roads(roads) else { return Ok(()) };
        let points: Vec<GeoPoint> =
            places.iter().map(|(east, north)| at(f64::from(*east), f64::from(*north))).collect();
        let one = network.matrix_on(&points, 1, &Progress::none(), &Stop::default()).expect("not stopped");
        let three = network.matrix_on(&points, 3, &Progress::none(), &Stop::default()).expect("not stopped");
        prop_assert_eq!(&one, &three);
        let n = one.n;
        for i in 0..n {
            for j in 0..n {
                let path = network.path(points[i], points[j]);
                prop_assert_eq!(
                    path.as_ref().map(|path| (path.seconds, path.metres)),
                    one.between(i, j).filter(|_| network.snap(points[i]).is_some())
                );
                if let Some(path) = &path {
                    let drawn_m: f64 = path.points.windows(2).map(|pair| pair[0].metres_to(pair[1])).sum();
                    prop_assert!((drawn_m - f64::from(path.metres)).abs() <= 3.0 + drawn_m / 1e3,
                        "{} m drawn, {} m said", drawn_m, path.metres);
                    let ends = [network.snap(points[i]), network.snap(points[j])].map(|snap| snap.map(|snap| snap.point));
                    prop_assert_eq!(ends, [path.points.first().copied(), path.points.last().copied()]);
                }
                for k in 0..n {
                    if let (Some(whole), Some(first), Some(second)) = (one.between(i, k), one.between(i, j), one.between(j, k))
                        && !one.unreachable.contains(&j)
                    {
                        prop_assert!(whole.0 <= first.0 + second.0);
                    }
                }
            }
        }
    }

    #[test]
    fn a_file_gives_back_what_was_written(roads in towns()) {
        let Ok(network) = Network::from_roads(roads) else { return Ok(()) };
        let mut file = Vec::new();
        network.write(&mut file).expect("memory takes it");
        let read = Network::read(&mut file.as_slice()).expect("what was written is read");
        prop_assert_eq!(read.fingerprint(), network.fingerprint());
        prop_assert_eq!(read.bounds(), network.bounds());
        prop_assert_eq!(read.roads_in(read.bounds(), Detail::FULL), network.roads_in(network.bounds(), Detail::FULL));
        let mut again = Vec::new();
        read.write(&mut again).expect("memory takes it");
        prop_assert_eq!(again, file);
    }

    #[test]
    fn every_road_is_drawn_once(roads in towns()) {
        let Ok(network) = Network::from_roads(roads) else { return Ok(()) };
        let lines = network.roads_in(network.bounds(), Detail::FULL);
        let drawn_m: f64 =
            lines.iter().flat_map(|line| line.points.windows(2)).map(|pair| pair[0].metres_to(pair[1])).sum();
        prop_assert!((drawn_m - network.length_m()).abs() < 0.1 * network.segments() as f64 + 0.1);
    }
}
