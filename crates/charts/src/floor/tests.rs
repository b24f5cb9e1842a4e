use super::*;
use crate::to_svg;

fn bin(label: &str, x: f64, y: f64, level: i32, shade: Shade) -> FloorBin {
    FloorBin { label: label.into(), x, y, width: 1.0, depth: 1.0, level, area: 0, shade, told: String::new() }
}

fn plan(level: Option<i32>) -> FloorChart {
    let bins = vec![
        bin("A-1-1", 0.5, 0.5, 1, Shade::Share(0.5)),
        bin("A-1-2", 0.5, 0.5, 2, Shade::Over),
        bin("A-2-1", 1.5, 0.5, 1, Shade::Kind(3)),
        bin("B-1-1", 0.5, 4.5, 1, Shade::Empty),
    ];
    let areas = vec![FloorArea { name: "Cold".into(), note: "4.2 °C".into(), alarm: true }];
    FloorChart::new("Main".into(), bins, areas, level, Lang::En)
}

#[test]
fn levels_share_a_place_the_floor_at_the_bottom() {
    let all = plan(None);
    assert_eq!(all.at((0.5, 0.9)), Some(0));
    assert_eq!(all.at((0.5, 0.1)), Some(1));
    assert_eq!(all.at((1.5, 0.1)), Some(2));
    assert_eq!(all.at((9.0, 9.0)), None);
    assert_eq!(all.levels(), [1, 2]);
    let upper = plan(Some(2));
    assert_eq!((upper.at((0.5, 0.9)), upper.at((1.5, 0.1))), (Some(1), None));
}

#[test]
fn arrows_go_to_the_neighbour() {
    let all = plan(None);
    assert_eq!(all.beside(None, (1, 0)), Some(0));
    assert_eq!(all.beside(Some(0), (1, 0)), Some(2));
    assert_eq!(all.beside(Some(0), (0, -1)), Some(1));
    assert_eq!(all.beside(Some(0), (0, 1)), Some(3));
    assert_eq!(all.beside(Some(2), (1, 0)), None);
}

#[test]
fn zooming_holds_what_is_under_the_hand() {
    let size = (800.0, 600.0);
    let view = View::fit((0.0, 0.0, 40.0, 30.0), size, 20.0);
    let at = (120.0, 77.0);
    let before = view.place(at, size);
    let after = view.zoomed(1.7, at, size).place(at, size);
    assert!((before.0 - after.0).abs() < 1e-9 && (before.1 - after.1).abs() < 1e-9);
    let point = view.point(before, size);
    assert!((point.0 - at.0).abs() < 1e-9);
}

#[test]
fn the_picture_has_bins_zones_words_and_a_scale() {
    for theme in [Theme::light(), Theme::dark(), Theme::print()] {
        let svg = to_svg(&plan(None), (640, 400), &theme);
        for word in ["Cold", "4.2 °C", " m<"] {
            assert!(svg.contains(word), "{word}");
        }
    }
    let table = plan(None).table(Lang::ZhHans);
    assert_eq!(table.rows.len(), 4);
    assert!(plan(None).summary(Lang::En).contains("4 bins in 1 zones, 3 shaded, 1 marked"));
}

#[test]
fn a_plan_of_nothing_and_of_odd_numbers_is_drawn() {
    let nothing = FloorChart::new(String::new(), Vec::new(), Vec::new(), None, Lang::En);
    to_svg(&nothing, (40, 30), &Theme::light());
    let odd = vec![
        bin("x", f64::NAN, 1e300, i32::MAX, Shade::Share(f32::NAN)),
        bin("y", -1e9, 0.0, -3, Shade::Kind(200)),
    ];
    let odd = FloorChart::new(String::new(), odd, Vec::new(), None, Lang::ZhHans);
    to_svg(&odd, (300, 200), &Theme::light());
    assert_eq!(odd.at((f64::NAN, 0.0)), None);
}
