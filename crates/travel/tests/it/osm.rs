//! Small maps with the tags that matter, and files that are no maps.

use crate::pbf::{Node, Way, bytes, frame, head, map};
use crate::worlds::at;
use std::io::Cursor;
use travel::{Detail, Dropped, Error, ErrorKind, ImportSummary, Network, Params};
use units::{GeoPoint, Progress, Stop};

fn import(file: &[u8]) -> Result<(Network, ImportSummary), Error> {
    Network::from_osm_pbf(Cursor::new(file), &Params::default(), &Progress::none(), &Stop::default())
}

#[track_caller]
fn refused(file: &[u8], says: &str) {
    let error = import(file).expect_err("it is no map");
    assert_eq!(error.kind, ErrorKind::Permanent, "{error}");
    assert!(error.message.starts_with("reading the map: ") && error.message.contains(says), "{error}");
}

/// A square of 0.001 degrees: 1 south-west, 2 south-east, 3 north-east, 4 north-west; 5 in the middle of the south side.
const NODES: &[Node] = &[
    (1, 60.170, 24.940, &[]),
    (2, 60.170, 24.942, &[]),
    (3, 60.171, 24.942, &[]),
    (4, 60.171, 24.940, &[]),
    (5, 60.170, 24.941, &[("barrier", "bollard")]),
];

const SQUARE: &[Way] = &[
    (&[1, 2, 3, 4, 1], &[("highway", "residential"), ("maxspeed", "50"), ("name", "Square")]),
    (&[1, 3], &[("highway", "footway")]),
    (&[1, 2], &[("building", "yes")]),
];

fn node(id: i64) -> GeoPoint {
    let node = NODES.iter().find(|node| node.0 == id).expect("a node");
    GeoPoint::from_degrees(node.1, node.2).expect("a place")
}

fn seconds(ways: &[Way], from: i64, to: i64) -> u32 {
    let (network, _) = import(&map(NODES, ways, true, true)).expect("a map");
    network.path(node(from), node(to)).expect("a path").seconds
}

#[test]
fn a_map_is_read_however_its_nodes_and_blocks_are_packed() {
    for (dense, zipped) in [(true, true), (true, false), (false, true), (false, false)] {
        let (network, summary) = import(&map(NODES, SQUARE, dense, zipped)).expect("a map");
        assert_eq!((summary.ways, summary.one_way, summary.with_limit), (1, 0, 1));
        assert_eq!(summary.dropped.get(&Dropped::NotForCars), Some(&1));
        assert_eq!((summary.bounds.min, summary.bounds.max), (node(1), node(3)));
        let path = network.path(node(1), node(2)).expect("a path");
        let metres = node(1).metres_to(node(2));
        assert_eq!(path.metres, metres.round() as u32);
        assert_eq!(path.seconds, (metres / (50.0 * 0.8 / 3.6)).ceil() as u32);
        assert_eq!(network.roads_in(network.bounds(), Detail::FULL)[0].name.as_deref(), Some("Square"));
    }
}

#[test]
fn one_ways_run_as_their_tags_say() {
    let with = |tags: &'static [(&'static str, &'static str)]| -> [Way; 1] { [(&[1, 2, 3, 4, 1], tags)] };
    let both = seconds(&with(&[("highway", "residential")]), 2, 1);
    for (tags, forward) in [
        (&[("highway", "residential"), ("oneway", "yes")] as &[_], true),
        (&[("highway", "residential"), ("junction", "roundabout")], true),
        (&[("highway", "residential"), ("junction", "circular")], true),
        (&[("highway", "residential"), ("oneway", "-1")], false),
        (&[("highway", "motorway"), ("maxspeed", "31.25")], true),
    ] {
        let (there, back) = (seconds(&with(tags), 1, 2), seconds(&with(tags), 2, 1));
        let (short, long) = if forward { (there, back) } else { (back, there) };
        assert!(short.abs_diff(both) <= 1 && long > 2 * short, "{tags:?}: {there} there, {back} back");
    }
    for tags in [
        &[("highway", "residential"), ("oneway", "no"), ("junction", "roundabout")] as &[_],
        &[("highway", "residential"), ("oneway", "alternating")],
    ] {
        assert_eq!(seconds(&with(tags), 2, 1), both, "{tags:?}");
    }
}

#[test]
fn speeds_come_from_limits_and_classes() {
    let metres = node(1).metres_to(node(2));
    for (tags, kmh) in [
        (&[("highway", "residential")] as &[_], 25.0),
        (&[("highway", "service")], 15.0),
        (&[("highway", "service"), ("maxspeed", "50")], 15.0),
        (&[("highway", "service"), ("maxspeed", "10")], 8.0),
        (&[("highway", "primary_link")], 30.0),
        (&[("highway", "secondary"), ("maxspeed", "30 mph")], 30.0 * 1.609_344 * 0.8),
        (&[("highway", "residential"), ("maxspeed", "walk")], 5.6),
        (&[("highway", "tertiary"), ("maxspeed", "FI:urban")], 40.0),
        (&[("highway", "tertiary"), ("maxspeed", "DE:zone:30")], 24.0),
        (&[("highway", "tertiary"), ("maxspeed", "RO:rural")], 72.0),
        (&[("highway", "tertiary"), ("maxspeed", "signals")], 40.0),
        (&[("highway", "tertiary"), ("maxspeed", "50;30")], 40.0),
        (&[("highway", "tertiary"), ("maxspeed", "0")], 40.0),
        (&[("highway", "tertiary"), ("maxspeed", "-5")], 40.0),
        (&[("highway", "tertiary"), ("maxspeed", "99999999999999999999")], 140.0),
        (&[("highway", "tertiary"), ("maxspeed:forward", "20")], 16.0),
        (&[("highway", "tertiary"), ("maxspeed", "60"), ("maxspeed:backward", "20")], 48.0),
    ] {
        let expected = (metres / (kmh / 3.6)).ceil() as u32;
        let ours = seconds(&[(&[1, 2], tags)], 1, 2);
        assert!(ours.abs_diff(expected) <= 1, "{tags:?}: {ours} s for {expected}");
    }
}

#[test]
fn ways_that_are_closed_to_a_van_are_dropped_with_their_reason() {
    for (tags, reason) in [
        (&[("highway", "service"), ("access", "private")] as &[_], Dropped::NoAccess),
        (&[("highway", "residential"), ("motor_vehicle", "no")], Dropped::NoAccess),
        (&[("highway", "residential"), ("access", "yes"), ("vehicle", "no")], Dropped::NoAccess),
        (&[("highway", "service"), ("service", "emergency_access")], Dropped::NoAccess),
        (&[("highway", "service"), ("area", "yes")], Dropped::Area),
        (&[("highway", "residential"), ("oneway", "reversible")], Dropped::Reversible),
        (&[("highway", "steps")], Dropped::NotForCars),
        (&[("highway", "construction")], Dropped::NotForCars),
    ] {
        let (_, summary) = import(&map(NODES, &[SQUARE[0], (&[2, 4], tags)], true, true)).expect("a map");
        assert_eq!(summary.dropped.into_iter().collect::<Vec<_>>(), [(reason, 1)], "{tags:?}");
    }
    for tags in [
        &[("highway", "service"), ("access", "destination")] as &[_],
        &[("highway", "residential"), ("access", "no"), ("motor_vehicle", "delivery")],
        &[("highway", "residential"), ("access", "private"), ("goods", "yes")],
    ] {
        let (_, summary) = import(&map(NODES, &[SQUARE[0], (&[2, 4], tags)], true, true)).expect("a map");
        assert_eq!((summary.ways, summary.dropped.len()), (2, 0), "{tags:?}");
    }
}

#[test]
fn a_bollard_closes_the_road_it_stands_on() {
    let open: &[Way] = &[(&[1, 2, 3, 4, 1], &[("highway", "residential")])];
    let shut: &[Way] = &[(&[1, 5, 2, 3, 4, 1], &[("highway", "residential")])];
    assert!(seconds(shut, 1, 2) > 2 * seconds(open, 1, 2));
    let (_, summary) = import(&map(NODES, shut, true, true)).expect("a map");
    assert_eq!((summary.closed, summary.junctions), (1, 3), "a dead end on each side of it");
}

#[test]
fn a_road_that_runs_on_outside_the_extract_is_used_as_far_as_it_goes() {
    let ways: &[Way] = &[
        (&[1, 2, 3, 99, 98, 4, 1], &[("highway", "residential")]),
        (&[97, 96], &[("highway", "residential")]),
    ];
    let (network, summary) = import(&map(NODES, ways, true, true)).expect("a map");
    assert_eq!((summary.ways, summary.dropped.get(&Dropped::CutOff)), (1, Some(&2)));
    assert_eq!(network.segments(), 2, "1 to 3, and 4 to 1");
}

#[test]
fn files_that_are_no_maps_are_refused_with_what_to_do() {
    refused(b"", "it is empty");
    refused(b"hello", "no OpenStreetMap PBF file");
    refused(&b"<?xml version=\"1.0\"?><osm>".repeat(9), "no OpenStreetMap PBF file");
    refused(&[0; 4096], "no OpenStreetMap PBF file");
    refused(&[0xff; 4096], "no OpenStreetMap PBF file");
    refused(&map(NODES, SQUARE, true, true)[120..], "no OpenStreetMap PBF file");
    refused(&frame("OSMData", b"", true), "no OpenStreetMap PBF file");
    refused(&head(&["OsmSchema-V0.6"]), "no road a van may drive on");
    refused(&head(&["OsmSchema-V0.6", "HistoricalInformation"]), "HistoricalInformation");
    refused(&map(NODES, &SQUARE[1..], true, true), "no road a van may drive on (1 ways are paths or closed)");
    refused(&map(&[], SQUARE, true, true), "no road a van may drive on");
    refused(
        &map(NODES, &[(&[1, 2], &[("highway", "residential"), ("oneway", "yes")])], true, true)[..],
        "come and go",
    );
}

#[test]
fn blocks_packed_otherwise_and_blocks_that_lie_are_refused() {
    let with = |kind: u64, body: &[u8]| {
        let mut blob = Vec::new();
        bytes(&mut blob, kind, body);
        let mut header = Vec::new();
        bytes(&mut header, 1, b"OSMData");
        crate::pbf::number(&mut header, 3, blob.len() as u64);
        [head(&["OsmSchema-V0.6"]), (header.len() as u32).to_be_bytes().to_vec(), header, blob].concat()
    };
    refused(&with(7, b"zstd"), "Zstandard");
    refused(&with(6, b"lz4"), "LZ4");
    refused(&with(4, b"lzma"), "LZMA");
    refused(&with(3, b"not zlib"), "damaged");
    // A bomb: 64 MB of nothing in 64 kB.
    let bomb = frame("OSMData", &vec![0; 64 << 20], true);
    assert!(bomb.len() < 100_000);
    refused(&[head(&["OsmSchema-V0.6"]), bomb].concat(), "more than a block may hold");
    // A block that says it is 2 GB long.
    let mut header = Vec::new();
    bytes(&mut header, 1, b"OSMData");
    crate::pbf::number(&mut header, 3, 2 << 30);
    let lie = [head(&[]), (header.len() as u32).to_be_bytes().to_vec(), header, vec![0; 99]].concat();
    refused(&lie, "larger than a block may be");
}

/// `Error` or a network: whatever it is, it comes back.
fn survives(file: &[u8]) {
    if let Ok((network, _)) = import(file) {
        let matrix = network
            .matrix_on(&[node(1), node(3), at(0.0, 0.0)], 1, &Progress::none(), &Stop::default())
            .expect("not stopped");
        assert_eq!(matrix.n, 3);
        let mut written = Vec::new();
        network.write(&mut written).expect("memory takes it");
        Network::read(&mut written.as_slice()).expect("what was written is read");
    }
}

#[test]
fn a_map_cut_anywhere_or_changed_anywhere_never_brings_it_down() {
    for dense in [true, false] {
        let file = map(NODES, SQUARE, dense, false);
        let first_whole = head(&["OsmSchema-V0.6", "DenseNodes"]).len();
        for end in 0..file.len() {
            let error = import(&file[..end]).expect_err("it lacks its roads");
            assert_eq!(error.kind, ErrorKind::Permanent, "{end}: {error}");
            if end > first_whole && !error.message.contains("no road") {
                assert!(error.message.contains("cut short"), "{end}: {error}");
            }
        }
        for at in 0..file.len() {
            for change in [1, 2, 4, 8, 16, 32, 64, 128, 255] {
                let mut changed = file.clone();
                changed[at] ^= change;
                survives(&changed);
            }
        }
    }
}

#[test]
fn a_real_map_is_read_whole_and_cut() {
    let Some(path) = testkit::shared_data("routing/osm/test.osm.pbf") else { return };
    let file = std::fs::read(path).expect("it is there");
    let (network, summary) = import(&file).expect("a map");
    println!("{summary:#?}");
    assert!(summary.ways > 100 && network.connected_length_m() > 0.5 * network.length_m());
    for part in 1..40 {
        let error = import(&file[..file.len() * part / 40]).expect_err("it is cut");
        assert!(error.message.contains("cut short"), "{error}");
    }
    let mut changed = file.clone();
    for at in (0..file.len()).step_by(file.len() / 60) {
        changed[at] ^= 0x55;
        survives(&changed);
        changed[at] ^= 0x55;
    }
}

#[test]
fn an_import_can_be_stopped() {
    let stop = Stop::default();
    stop.ask();
    let file = map(NODES, SQUARE, true, true);
    let error = Network::from_osm_pbf(Cursor::new(&file), &Params::default(), &Progress::none(), &stop)
        .expect_err("stopped");
    assert_eq!(error.kind, ErrorKind::Stopped);
}

#[test]
fn speeds_outside_what_a_van_can_drive_are_refused() {
    let usual = [90.0, 85.0, 65.0, 55.0, 40.0, 25.0, 25.0, 10.0, 15.0];
    let links = [45.0, 40.0, 30.0, 25.0, 20.0];
    assert_eq!(Params::new(usual, links, 0.8).expect("the usual"), Params::default());
    assert!(Params::new([0.0; 9], links, 0.8).is_err());
    assert!(Params::new(usual, [f64::NAN; 5], 0.8).is_err());
    for share in [0.0, 1.5, f64::NAN] {
        assert!(Params::new(usual, links, share).is_err());
    }
}
