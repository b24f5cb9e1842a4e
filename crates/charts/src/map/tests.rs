use super::*;
use crate::to_svg;
use proptest::prelude::*;

fn place(lat: f64, lon: f64) -> GeoPoint {
    GeoPoint::from_degrees(lat, lon).expect("a place")
}

/// A small town: a grid of streets, two routes, one stop left out.
pub(crate) fn town(lang: Lang) -> MapChart {
    let at = |x: i32, y: i32| place(60.17 + f64::from(y) * 0.002, 24.94 + f64::from(x) * 0.004);
    let mut roads = Vec::new();
    for n in 0..=10 {
        let class = if n % 5 == 0 { 1 } else { 4 };
        roads.push(RoadLine { class, points: (0..=10).map(|x| at(x, n)).collect() });
        roads.push(RoadLine { class, points: (0..=10).map(|y| at(n, y)).collect() });
    }
    let visit = |number, hue, state, at| Place {
        at,
        kind: PlaceKind::Visit { number, hue, state },
        label: String::new(),
        weight: Weight::Normal,
    };
    let thing = |kind, label: &str, at| Place { at, kind, label: label.into(), weight: Weight::Normal };
    MapChart {
        title: "Monday".into(),
        look: Look::Fit(Bounds { south_west: at(0, 0), north_east: at(10, 10) }),
        roads,
        routes: vec![
            RouteLine {
                label: "VAN-1".into(),
                hue: 0,
                points: vec![at(5, 5), at(5, 8), at(2, 8), at(2, 5), at(5, 5)],
                ..RouteLine::default()
            },
            RouteLine {
                label: "VAN-2".into(),
                hue: 1,
                points: vec![at(5, 5), at(9, 5), at(9, 1), at(5, 1), at(5, 5)],
                weight: Weight::Selected,
                ..RouteLine::default()
            },
        ],
        places: vec![
            thing(PlaceKind::Depot, lang.pick("Depot", "仓库"), at(5, 5)),
            visit(1, 0, VisitState::Served, at(5, 8)),
            visit(2, 0, VisitState::Planned, at(2, 8)),
            visit(1, 1, VisitState::Late, at(9, 1)),
            thing(PlaceKind::Unserved, "", at(8, 9)),
            thing(PlaceKind::Unplanned, "", at(1, 1)),
            thing(PlaceKind::Vehicle { heading_deg: Some(270), stale: false }, "VAN-1", at(3, 8)),
        ],
        attribution: OSM_ATTRIBUTION.into(),
        estimated: false,
        lang,
    }
}

#[test]
fn a_town_is_drawn_with_its_words() {
    for (lang, scale) in [(Lang::En, "500 m"), (Lang::ZhHans, "500 米")] {
        let svg = to_svg(&town(lang), (600, 400), &Theme::print());
        for words in ["VAN-1", "VAN-2", lang.pick("Depot", "仓库"), OSM_ATTRIBUTION, scale] {
            assert!(svg.contains(words), "{words}");
        }
        assert!(!svg.contains(lang.pick("estimated", "估算")));
        let guess = MapChart { estimated: true, roads: Vec::new(), ..town(lang) };
        assert!(to_svg(&guess, (600, 400), &Theme::light()).contains(lang.pick("estimated", "估算")));
    }
}

#[test]
fn a_map_is_told_in_words_and_rows() {
    assert_eq!(
        town(Lang::En).summary(Lang::En),
        "Monday: a map with 2 routes, 3 visits and 1 vehicle. 1 late. 1 not served. 1 not planned yet."
    );
    let table = town(Lang::En).table(Lang::ZhHans);
    assert_eq!(table.rows.len(), 7);
    assert!(table.rows.iter().all(|row| row.len() == table.header.len()));
}

#[test]
fn a_pointer_finds_what_it_is_over() {
    let (map, theme, size) = (town(Lang::En), Theme::light().with_scale(2.0), (1200, 800));
    let eye = map.eye(size, &theme);
    for (n, place) in map.places.iter().enumerate() {
        assert_eq!(map.hit_place(eye.at(place.at), size, &theme), Some(n));
    }
    assert_eq!(map.hit_place((1.0, 1.0), size, &theme), None);
    let on_the_way = map.routes[1].points[2];
    assert_eq!(map.hit_route(eye.at(on_the_way), size, &theme), Some(1));
    assert_eq!(map.hit_route((2.0, 2.0), size, &theme), None);
}

#[test]
fn odd_maps_are_drawn_without_harm() {
    let one = place(60.0, 25.0);
    let far = [place(90.0, 180.0), place(-90.0, -180.0), one];
    for look in [
        Look::Fit(Bounds { south_west: one, north_east: one }),
        Look::Fit(Bounds { south_west: far[1], north_east: far[0] }),
        Look::At(View { centre: (0.5, 0.5), zoom: 400.0 }),
    ] {
        for size in [(1, 1), (3, 500), (640, 480)] {
            let map = MapChart {
                look,
                roads: vec![RoadLine { class: 9, points: far.to_vec() }, RoadLine::default()],
                routes: vec![RouteLine { points: far.to_vec(), label: "x".into(), ..RouteLine::default() }],
                places: far
                    .iter()
                    .map(|at| Place {
                        at: *at,
                        kind: PlaceKind::Depot,
                        label: "y".into(),
                        weight: Weight::Selected,
                    })
                    .collect(),
                attribution: "z".into(),
                ..town(Lang::En)
            };
            assert!(to_svg(&map, size, &Theme::dark()).starts_with("<svg"));
        }
    }
}

#[test]
fn scale_bars_are_round() {
    for (metres, words) in [(110.0, "100 m"), (730.0, "500 m"), (2400.0, "2 km"), (999_999.0, "500 km")] {
        assert_eq!(scale_bar(metres, Lang::En).1, words);
    }
}

proptest! {
    /// Projected and back, a place stays within a centimetre or two.
    #[test]
    fn a_place_survives_the_projection(lat in -85.0f64..85.0, lon in -180.0f64..180.0) {
        let place = place(lat, lon);
        let back = unproject(project(place));
        prop_assert!((back.lat_e7 - place.lat_e7).abs() <= 2, "{place:?} {back:?}");
        prop_assert!((back.lon_e7 - place.lon_e7).abs() <= 2, "{place:?} {back:?}");
    }

    /// A fit holds its bounds; a drag and its opposite, a zoom and its opposite, change nothing.
    #[test]
    fn views_hold(lat in -60.0f64..60.0, lon in -170.0f64..170.0, d in 0.001f64..5.0, dx in -300.0f64..300.0) {
        let bounds = Bounds { south_west: place(lat, lon), north_east: place(lat + d, lon + d) };
        let size = (800.0, 600.0);
        let view = View::fit(&bounds, size, 20.0);
        prop_assert!(view.bounds(size, 0.0).holds(&bounds));
        let at = view.at(bounds.north_east, size);
        let found = view.place(at, size);
        prop_assert!((found.lat_e7 - bounds.north_east.lat_e7).abs() <= 3);
        let same = view.dragged((dx, -dx)).dragged((-dx, dx));
        prop_assert!((same.centre.0 - view.centre.0).abs() < 1e-9);
        let anchor = (100.0, 50.0);
        let under = view.place(anchor, size);
        let near = view.zoomed(1.5, anchor, size);
        prop_assert!((near.place(anchor, size).lon_e7 - under.lon_e7).abs() <= 20);
    }
}
