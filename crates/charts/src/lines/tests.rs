use super::*;
use crate::model::{Doubt, MarkKind};
use crate::to_svg;
use plotters::prelude::IntoDrawingArea as _;

const DAY: i64 = 86_400_000;

/// A year of six-hour buckets at 4 °C; one holds a second at 9.5.
fn year(breach: Option<i64>) -> LinesChart {
    let points = (0..1460)
        .map(|n| {
            let max = if breach == Some(n) { 9.5 } else { 4.4 };
            Some(Point::bucket(n * DAY / 4, 3.8, max, 4.1))
        })
        .collect();
    LinesChart {
        title: "Cold room".into(),
        window_ms: (0, 365 * DAY),
        units: ["°C".into(), String::new()],
        lines: vec![Line {
            series: TimeSeries { name: "a".into(), points, doubts: vec![] },
            high: Some(8.0),
            low: Some(2.0),
            ..Line::default()
        }],
        ..LinesChart::default()
    }
}

/// Rectangles of a colour: x, y, width, height, in CSS pixels.
fn rects(svg: &str, colour: Rgb) -> Vec<[f64; 4]> {
    let wanted = format!("fill=\"{}\"", colour.css());
    let number = |line: &str, name: &str| -> f64 {
        let from = line.find(&format!(" {name}=\"")).map_or(0, |at| at + name.len() + 3);
        line[from..].split('"').next().and_then(|n| n.parse().ok()).unwrap_or(f64::NAN)
    };
    svg.lines()
        .filter(|line| line.starts_with("<rect") && line.contains(&wanted))
        .map(|line| ["x", "y", "width", "height"].map(|name| number(line, name) / 4.0))
        .collect()
}

#[test]
fn a_second_is_seen_in_a_year() {
    let (size, theme) = ((1280, 480), Theme::light());
    assert_eq!(rects(&to_svg(&year(None), size, &theme), theme.critical), Vec::<[f64; 4]>::new());
    for bucket in [0, 1, 700, 1458, 1459] {
        let chart = year(Some(bucket));
        let svg = to_svg(&chart, size, &theme);
        let frame = chart.frame(size, &theme);
        let seen = rects(&svg, theme.critical);
        let [x, y, wide, high] = seen[0];
        assert!(
            (x + wide / 2.0 - f64::from(frame.x((bucket * DAY / 4) as f64))).abs() <= 1.5,
            "{bucket}: {seen:?}"
        );
        assert!(wide >= 1.9, "two pixels wide: {seen:?}");
        assert!((y - f64::from(frame.y(9.5))).abs() <= 1.0, "from its peak");
        assert!((y + high - f64::from(frame.y(8.0))).abs() <= 1.5, "to the limit");
        assert_eq!(seen.len(), 2, "and a notch at the edge");
        assert!(chart.summary(Lang::En).contains("exceeded"));
    }
}

#[test]
fn every_column_shows_its_span() {
    let points: Vec<Point> = (0..5000)
        .map(|n| {
            Point::bucket(
                n * 1000,
                f64::from((n * 7 % 13) as i32),
                f64::from((n * 7 % 13 + n * 5 % 9) as i32),
                1.0,
            )
        })
        .collect();
    let frame = Frame {
        left: 10,
        top: 0,
        right: 810,
        bottom: 400,
        x_from: 0.0,
        x_to: 5_000_000.0,
        y_from: -5.0,
        y_to: 30.0,
    };
    let clip = Clip::from(&frame);
    let columns = columns(&points, &frame, &clip);
    let outline = silhouette(&columns, 0..columns.len(), &clip, 1.3);
    for point in &points {
        let x = f64::from(frame.x(point.t_ms as f64));
        let there: Vec<f64> = outline
            .windows(2)
            .filter(|w| w[0].0.min(w[1].0) <= x && w[0].0.max(w[1].0) >= x)
            .flat_map(|w| [w[0].1, w[1].1])
            .collect();
        let (top, bottom) =
            there.iter().fold((f64::MAX, f64::MIN), |(top, bottom), y| (top.min(*y), bottom.max(*y)));
        assert!(
            top <= y_of(&frame, point.max) + 0.01 && bottom >= y_of(&frame, point.min) - 0.01,
            "{point:?}"
        );
    }
}

#[test]
fn slices_are_the_whole() {
    let points: Vec<Point> = (0..3000)
        .map(|n| Point::bucket(n * 1000, f64::from(n as i32 % 9), f64::from(n as i32 % 9 + 3), 4.0))
        .collect();
    let frame =
        Frame { left: 10, top: 0, right: 610, bottom: 400, x_from: 0.0, x_to: 3e6, y_from: 0.0, y_to: 12.0 };
    let clip = Clip::from(&frame);
    let columns = columns(&points, &frame, &clip);
    let whole = silhouette(&columns, 0..columns.len(), &clip, 1.3);
    let (tops, bottoms) = whole.split_at(columns.len() * 2);
    let mut at = 0;
    for within in [0..100, 100..101, 101..400, 400..columns.len()] {
        let part = silhouette(&columns, within.clone(), &clip, 1.3);
        let half = within.len() * 2;
        assert_eq!(&part[..half], &tops[at..at + half], "{within:?}");
        assert_eq!(&part[half..], &bottoms[bottoms.len() - at - half..bottoms.len() - at], "{within:?}");
        at += half;
    }
    assert_eq!(at, tops.len());

    // A line with a gap: each piece draws its columns, and together they reach from end to end.
    let mut chart = year(Some(700));
    chart.lines[0].series.points[900] = None;
    assert_eq!(chart.pieces(), SLICES + 2);
    let svg = to_svg(&chart, (1280, 480), &Theme::light());
    let hue = line_hue(&Theme::light(), 0).css();
    let polygons: Vec<(f64, f64)> = svg
        .lines()
        .filter(|line| line.starts_with("<polygon") && line.contains(&hue))
        .map(|line| {
            let list = line.split('"').nth(1).unwrap_or_default();
            let xs: Vec<f64> = list.split(' ').filter_map(|at| at.split(',').next()?.parse().ok()).collect();
            (xs.iter().copied().fold(f64::MAX, f64::min), xs.iter().copied().fold(f64::MIN, f64::max))
        })
        .collect();
    assert_eq!(polygons.len(), SLICES + 1, "a slice each, and one more for the gap");
    let gaps: Vec<f64> =
        polygons.windows(2).map(|pair| pair[1].0 - pair[0].1).filter(|gap| *gap > 0.0).collect();
    assert_eq!(gaps.len(), 1, "only the gap is one: {polygons:?}");
}

#[test]
fn lines_can_be_told_apart() {
    let light = |c: Rgb| {
        let part = |v: u8| {
            let v = f64::from(v) / 255.0;
            if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(c.0) + 0.7152 * part(c.1) + 0.0722 * part(c.2)
    };
    for theme in [Theme::light(), Theme::dark(), Theme::print()] {
        let panel = theme.panel.unwrap_or(Rgb(255, 255, 255));
        for n in 0..8 {
            let (a, b) = (light(line_hue(&theme, n)) + 0.05, light(panel) + 0.05);
            assert!(a.max(b) / a.min(b) >= 3.0, "hue {n} has {:.2}", a.max(b) / a.min(b));
        }
    }
    for a in 0..LINES_MAX {
        for b in 0..a {
            assert!(a % 8 != b % 8 || line_shape(a) != line_shape(b), "{a} looks like {b}");
        }
    }
}

#[test]
fn twenty_lines_on_two_axes_are_drawn_at_every_size() {
    let mut chart = LinesChart {
        units: ["°C".into(), "%".into()],
        window_ms: (0, DAY),
        marks: (0..80)
            .map(|n| Mark { t_ms: n * DAY / 80, kind: MarkKind::High, label: format!("alarm {n}") })
            .collect(),
        now_ms: Some(DAY / 2),
        ..LinesChart::default()
    };
    for n in 0..20 {
        let value = move |i: i64| f64::from(n) + (i as f64 / 30.0).sin();
        let points = (0..1440)
            .map(|i| {
                (i % 500 != 0).then(|| Point::bucket(i * 60_000, value(i) - 0.2, value(i) + 0.2, value(i)))
            })
            .collect();
        chart.lines.push(Line {
            series: TimeSeries {
                name: format!("line {n} 测点"),
                points,
                doubts: vec![Doubt { from_ms: 1000, to_ms: 4_000_000, kind: DoubtKind::Suspect }],
            },
            side: if n % 3 == 0 { Side::Right } else { Side::Left },
            style: n as usize,
            high: Some(18.0),
            ghost: (0..1440).map(|i| Some(Point::raw(i * 60_000, value(i) + 1.0))).collect(),
            ..Line::default()
        });
    }
    for size in [(1, 1), (40, 30), (300, 200), (1280, 600)] {
        for legend in [false, true] {
            chart.legend = legend;
            let (left, right) = chart.frames(size, &Theme::dark());
            assert!(left.right > left.left && right.is_some());
            let svg = to_svg(&chart, size, &Theme::dark());
            assert!(!svg.contains("NaN") && !svg.contains("inf"));
        }
    }
    let svg = to_svg(&chart, (1280, 600), &Theme::light());
    for words in ["°C", "%", "UTC", "line 19 测点 (°C)", "high 18"] {
        assert!(svg.contains(words), "{words}");
    }
    assert_eq!(chart.table(Lang::ZhHans).header.len(), 7);
    assert!(chart.table(Lang::En).rows.len() > 100);
}

#[test]
fn what_no_line_has_is_shaded_and_what_one_lacks_is_a_gap() {
    let gap = |from_ms, to_ms| Doubt { from_ms, to_ms, kind: DoubtKind::NoData };
    let line = |doubts| Line { series: TimeSeries { doubts, ..TimeSeries::default() }, ..Line::default() };
    let chart = LinesChart {
        window_ms: (0, 1000),
        lines: vec![line(vec![gap(100, 400), gap(500, 600)]), line(vec![gap(300, 550)])],
        ..LinesChart::default()
    };
    assert_eq!(chart.silent(chart.window()), [(300, 400), (500, 550)]);
    let empty = LinesChart::default();
    assert_eq!(empty.silent(empty.window()), []);
    assert!(to_svg(&empty, (200, 100), &Theme::light()).contains("UTC"));
}

#[test]
fn nows_word_ends_at_its_line() {
    // A screen shows a part of a wider drawing, and often nothing of what is right of now.
    let theme = Theme::light();
    for now in [DAY / 100, DAY / 2, DAY * 99 / 100] {
        let chart = LinesChart { window_ms: (0, DAY), now_ms: Some(now), ..LinesChart::default() };
        let svg = to_svg(&chart, (800, 300), &theme);
        let line = svg.lines().find(|line| line.contains(">now ")).expect("the word");
        assert!(line.contains("text-anchor=\"end\""), "{line}");
        let from = line.find(" x=\"").expect("its place") + 4;
        let x: f64 = line[from..].split('"').next().and_then(|x| x.parse().ok()).expect("a number");
        let frame = chart.frame((800, 300), &theme);
        let wide = text::measure("now 00:00", theme.font_size()).0;
        let end = f64::from(frame.x(now as f64)).max(f64::from(frame.left) + wide);
        assert!((x / 4.0 - end).abs() <= 1.5, "{line}: not at {end}");
    }
}

#[test]
fn a_shaded_spans_word_stands_whole_in_what_is_seen_of_it() {
    // A screen shows a part of a wider drawing; of the span only an end.
    let theme = Theme::light();
    let doubts = vec![Doubt { from_ms: 0, to_ms: 1000, kind: DoubtKind::Suspect }];
    let line = Line { series: TimeSeries { doubts, ..TimeSeries::default() }, ..Line::default() };
    let chart = LinesChart {
        window_ms: (0, 3000),
        lines: vec![line],
        units: ["°C".into(), String::new()],
        moves: true,
        ..LinesChart::default()
    };
    assert!(
        !to_svg(&chart, (800, 300), &theme).contains(">suspect"),
        "it is said over the drawing, not in it"
    );
    let (frame, _) = chart.frames((800, 300), &theme);
    for (from, to) in [(0.0, 900.0), (980.0, 1980.0), (-900.0, 20.0)] {
        let seen = Frame { x_from: from, x_to: to, ..frame };
        let mut svg = String::new();
        {
            let root = crate::svg::SvgBackend::new(&mut svg, (800, 300)).into_drawing_area();
            chart.draw_over(&root, &theme, (&seen, None)).expect("drawn");
        }
        let line = svg.lines().find(|line| line.contains(">suspect")).expect("the word");
        let at = line.find(" x=\"").expect("its place") + 4;
        let x: f64 = line[at..].split('"').next().and_then(|x| x.parse().ok()).expect("a number");
        let half = text::measure("suspect", theme.font_size()).0 / 2.0;
        assert!(x - half >= f64::from(seen.left) - 1.0 && x + half <= f64::from(seen.right) + 1.0, "{line}");
    }
}
