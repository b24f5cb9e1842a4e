//! GPX read back by an XML reader: structure, order of elements, and text that people type.

use exchange::gpx::{self, GpxPlace, GpxRoute};
use roxmltree::{Document, Node};
use units::{GeoPoint, Timestamp};

const NOON: Timestamp = Timestamp(1_795_348_800_000);

fn at(lat: i32, lon: i32) -> GeoPoint {
    GeoPoint { lat_e7: lat, lon_e7: lon }
}

fn route(name: &str) -> GpxRoute {
    let place = |place, name: &str| GpxPlace {
        place,
        at: Some(NOON),
        name: name.to_owned(),
        description: format!("<{name}> & \"co\""),
    };
    GpxRoute {
        name: name.to_owned(),
        description: "9 visits".to_owned(),
        made_at: Some(NOON),
        roads_of: "OpenStreetMap contributors".to_owned(),
        places: vec![
            place(at(450_000_000, -300_000_000), "Depot"),
            place(at(450_100_001, -299_000_000), name),
            place(at(-1, 7), ""),
        ],
        track: vec![
            (at(450_000_000, -300_000_000), Some(NOON)),
            (at(450_100_000, -300_000_000), None),
            (at(-1, 7), Some(NOON)),
        ],
    }
}

fn child<'a>(node: Node<'a, 'a>, name: &str) -> Node<'a, 'a> {
    node.children().find(|one| one.has_tag_name(name)).unwrap_or_else(|| panic!("no {name} in {node:?}"))
}

/// The children stand in the order the schema asks for, and no others do.
fn in_order(node: Node<'_, '_>, allowed: &[&str]) {
    let mut next = 0;
    for one in node.children().filter(Node::is_element) {
        let name = one.tag_name().name();
        assert_eq!(one.tag_name().namespace(), Some("http://www.topografix.com/GPX/1/1"));
        let found = allowed[next..].iter().position(|allowed| *allowed == name);
        next += found.unwrap_or_else(|| panic!("{name} out of order in {:?}", node.tag_name()));
    }
}

fn is_valid(text: &str) {
    let document = Document::parse(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let root = document.root_element();
    assert!(root.has_tag_name("gpx") && root.attribute("version") == Some("1.1"));
    assert!(root.attribute("creator").is_some_and(|creator| !creator.is_empty()));
    in_order(root, &["metadata", "wpt", "rte", "trk", "extensions"]);
    in_order(
        child(root, "metadata"),
        &["name", "desc", "author", "copyright", "link", "time", "keywords", "bounds"],
    );
    let lists = [("rte", "rtept"), ("trk", "trkseg")];
    for (list, each) in lists {
        in_order(child(root, list), &["name", "cmt", "desc", "src", "link", "number", "type", each]);
    }
    for point in document.descendants().filter(|one| ["rtept", "trkpt"].contains(&one.tag_name().name())) {
        let degrees = |name: &str| point.attribute(name).and_then(|text| text.parse::<f64>().ok());
        assert!(degrees("lat").is_some_and(|lat| (-90.0..=90.0).contains(&lat)));
        assert!(degrees("lon").is_some_and(|lon| (-180.0..180.0).contains(&lon)));
        in_order(point, &["ele", "time", "name", "cmt", "desc", "sym", "type"]);
        if let Some(time) = point.children().find(|one| one.has_tag_name("time")) {
            assert_eq!(time.text(), Some("2026-11-22T12:00:00.000Z"));
        }
    }
}

#[test]
fn a_route_is_valid_gpx_with_names_and_times() {
    let bytes = gpx::write(&route("TRUCK-1 2026-11-22"));
    let text = String::from_utf8(bytes).expect("UTF-8");
    is_valid(&text);
    let document = Document::parse(&text).expect("XML");
    let places: Vec<_> = document.descendants().filter(|one| one.has_tag_name("rtept")).collect();
    assert_eq!(places.len(), 3);
    assert_eq!(places[1].attribute("lat"), Some("45.0100001"));
    assert_eq!(child(places[1], "name").text(), Some("TRUCK-1 2026-11-22"));
    assert_eq!(document.descendants().filter(|one| one.has_tag_name("trkpt")).count(), 3);
    assert!(text.contains("<copyright author=\"OpenStreetMap contributors\">"));
    assert!(text.contains("maxlat=\"45.0100001\""));
}

#[test]
fn whatever_people_type_stays_xml() {
    for name in
        ["<b>&amp;</b>", "]]>", "\u{0}\u{1}\u{b}\u{fffe}", "海港路 \"3\" & 'Söhne'", "a\nb\tc", "😀", "  "]
    {
        let text = String::from_utf8(gpx::write(&route(name))).expect("UTF-8");
        is_valid(&text);
        if name.contains('海') {
            let document = Document::parse(&text).expect("XML");
            assert!(document.descendants().any(|one| one.has_tag_name("name") && one.text() == Some(name)));
        }
    }
    is_valid(&String::from_utf8(gpx::write(&GpxRoute::default())).expect("UTF-8"));
}
