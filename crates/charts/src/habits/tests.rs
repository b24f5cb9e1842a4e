use super::*;
use crate::to_svg;

fn high(value: f64) -> Vec<Limit> {
    vec![Limit { value, kind: LimitKind::High, label: String::new() }]
}

fn red(svg: &str) -> usize {
    let fill = format!("fill=\"{}\"", Theme::light().critical.css());
    svg.lines().filter(|line| line.starts_with("<rect") && line.contains(&fill)).count()
}

fn bands(peak: f64) -> BandsChart {
    let group = |n: usize| Group {
        label: format!("{n:02}:00"),
        values: (n != 3).then_some([2.0, 3.0, 3.5, 4.0, 4.5, 5.0, if n == 7 { peak } else { 5.5 }]),
    };
    BandsChart {
        title: "Door".into(),
        unit: "°C".into(),
        by: "hour (UTC+8)".into(),
        groups: (0..24).map(group).collect(),
        limits: high(8.0),
        lang: Lang::En,
    }
}

#[test]
fn a_band_shows_the_one_reading_beyond_its_limit() {
    let size = (800, 300);
    assert_eq!(red(&to_svg(&bands(6.0), size, &Theme::light())), 0);
    assert_eq!(red(&to_svg(&bands(8.1), size, &Theme::light())), 1);
    assert!(bands(9.0).summary(Lang::En).contains("highest 9.0 °C in 07:00"));
    assert_eq!(bands(9.0).table(Lang::ZhHans).rows.len(), 23);
}

#[test]
fn one_hour_of_a_year_is_seen() {
    let mut chart = HeatChart {
        title: "Door".into(),
        unit: "°C".into(),
        zone: "UTC+8".into(),
        days: (0..365).map(|n| format!("day {n}")).collect(),
        hours: (0..365 * 24)
            .map(|n| (n % 50 != 0).then_some([3.9, 4.0 + f64::from(n % 24) / 24.0, 5.2]))
            .collect(),
        limits: high(8.0),
        lang: Lang::ZhHans,
    };
    // The key of the legend is red, too.
    assert_eq!(red(&to_svg(&chart, (1280, 400), &Theme::light())), 1);
    chart.hours[4001] = Some([4.0, 4.2, 8.5]);
    let svg = to_svg(&chart, (1280, 400), &Theme::light());
    assert_eq!(red(&svg), 2);
    assert!(svg.contains("18:00") && svg.contains("UTC+8"));
    assert!(chart.summary(Lang::ZhHans).contains("1 个小时超限"));
}

#[test]
fn curves_and_clouds_are_drawn_at_every_size() {
    let curve = XyChart {
        title: "Door".into(),
        x_name: "% of the time".into(),
        y_name: "°C".into(),
        points: (0..=200).map(|n| (f64::from(n) / 2.0, 9.0 - f64::from(n) / 40.0)).collect(),
        joined: true,
        limits: high(8.0),
        mark: Some((20.0, 8.0, "20 % above".into())),
        lang: Lang::En,
    };
    let cloud = XyChart { joined: false, limits: vec![], ..curve.clone() };
    let empty = XyChart::default();
    for size in [(1, 1), (30, 20), (320, 200), (1280, 500)] {
        for svg in [
            to_svg(&curve, size, &Theme::light()),
            to_svg(&cloud, size, &Theme::dark()),
            to_svg(&empty, size, &Theme::print()),
            to_svg(&bands(9.0), size, &Theme::dark()),
            to_svg(&BandsChart::default(), size, &Theme::dark()),
            to_svg(&HeatChart::default(), size, &Theme::dark()),
        ] {
            assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
    assert!(to_svg(&curve, (800, 300), &Theme::light()).contains("% of the time"));
    assert!(curve.summary(Lang::En).contains("20 % above"));
}
