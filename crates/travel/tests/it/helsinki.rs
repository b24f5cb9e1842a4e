//! The centre of Helsinki, from real data.

use std::fs::File;
use std::io::BufReader;
use travel::{Bounds, Detail, Network, Params};
use units::{GeoPoint, Progress, Stop};

fn helsinki() -> Option<Network> {
    let path = testkit::shared_data("routing/osm/Helsinki.osm.pbf")?;
    let reader = BufReader::new(File::open(path).expect("it is there"));
    let made = Network::from_osm_pbf(reader, &Params::default(), &Progress::none(), &Stop::default());
    let (network, summary) = made.expect("a map");
    println!("{summary:#?}");
    assert!(summary.one_way > 100 && summary.with_limit > 500 && summary.closed > 0);
    assert!(network.connected_length_m() > 0.8 * network.length_m());
    Some(network)
}

/// Places all over the map, the same ones each time.
fn places(network: &Network, count: usize) -> Vec<GeoPoint> {
    let Bounds { min, max } = network.bounds();
    let mut state = 1_u64;
    let mut next = |low: i32, high: i32| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        low + ((state >> 33) % (high - low) as u64) as i32
    };
    std::iter::repeat_with(|| GeoPoint {
        lat_e7: next(min.lat_e7, max.lat_e7),
        lon_e7: next(min.lon_e7, max.lon_e7),
    })
    .filter(|point| network.snap(*point).is_some_and(|snap| snap.metres < 60.0))
    .take(count)
    .collect()
}

#[test]
fn times_in_helsinki_are_those_of_a_town() {
    let Some(network) = helsinki() else { return };
    let points = places(&network, 60);
    let matrix = network.matrix(&points, &Progress::none(), &Stop::default()).expect("not stopped");
    assert!(matrix.unreachable.is_empty());
    let n = matrix.n;
    let (mut seconds, mut metres, mut straight_m, mut asymmetric) = (0.0, 0.0, 0.0, 0);
    for i in 0..n {
        for j in 0..n {
            let (s, m) = matrix.between(i, j).expect("reachable");
            seconds += f64::from(s);
            metres += f64::from(m);
            straight_m += points[i].metres_to(points[j]);
            asymmetric += usize::from(matrix.between(j, i) != Some((s, m)));
            for k in 0..n {
                let over = matrix.seconds[i * n + k] + matrix.seconds[k * n + j];
                assert!(s <= over, "{i} to {j} takes {s} s, over {k} {over} s");
            }
        }
    }
    let (kmh, detour) = (metres / seconds * 3.6, metres / straight_m);
    println!("{kmh:.1} km/h, detour {detour:.2}, {asymmetric} pairs differ by direction");
    assert!((15.0..45.0).contains(&kmh) && (1.15..2.0).contains(&detour) && asymmetric > n * n / 2);
    for (i, j) in (0..n).map(|i| (i, (i * 7 + 1) % n)) {
        let path = network.path(points[i], points[j]).expect("a path");
        assert_eq!(Some((path.seconds, path.metres)), matrix.between(i, j));
        let drawn_m: f64 = path.points.windows(2).map(|pair| pair[0].metres_to(pair[1])).sum();
        assert!((drawn_m - f64::from(path.metres)).abs() < 5.0 + drawn_m / 1e3);
    }
}

#[test]
fn the_map_of_helsinki_is_drawn_plainer_from_afar_and_read_back_the_same() {
    let Some(network) = helsinki() else { return };
    let mut last = usize::MAX;
    for metres_per_pixel in [1.0, 10.0, 30.0, 100.0] {
        let lines = network.roads_in(network.bounds(), Detail::at_scale(metres_per_pixel));
        let points = lines.iter().map(|line| line.points.len()).sum();
        println!("{metres_per_pixel} m a pixel: {} lines, {points} points", lines.len());
        assert!(points < last);
        last = points;
    }
    let mut file = Vec::new();
    network.write(&mut file).expect("memory takes it");
    println!("{} bytes", file.len());
    let read = Network::read(&mut file.as_slice()).expect("what was written is read");
    let points = places(&network, 20);
    let matrix = |network: &Network| network.matrix(&points, &Progress::none(), &Stop::default());
    assert_eq!(matrix(&read), matrix(&network));
    assert_eq!(read.fingerprint(), network.fingerprint());
}
