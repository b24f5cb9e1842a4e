use crate::model::*;
use crate::scale::{day_ticks, number, time_ticks, value_axis};
use crate::{Chart, Lang, SvgBackend, Theme, decimate, summary, text, to_svg};
use expect_test::{Expect, expect};
use plotters::drawing::IntoDrawingArea;
use proptest::prelude::*;
use units::Day;

const MINUTE: i64 = 60_000;
/// 2026-11-22 11:00 in UTC+8.
const ELEVEN: i64 = 1_795_316_400_000;

/// A cold room as in the console's drawing: steady, a gap, then warming; limits 2 to 8, a forecast fan.
fn cold_room() -> TimeChart {
    let mut points: Vec<Option<Point>> = Vec::new();
    for minute in 0..=194 {
        let t_ms = ELEVEN + minute * MINUTE;
        if minute == 100 {
            points.push(None);
        }
        if (100..106).contains(&minute) {
            continue;
        }
        let wave = 0.25 * f64::from((minute as i32 / 8) % 3 - 1);
        let warming = if minute > 172 { 0.08 * (minute - 172) as f64 } else { 0.0 };
        points.push(Some(Point::bucket(
            t_ms,
            4.1 + wave + warming,
            4.5 + wave + warming,
            4.3 + wave + warming,
        )));
    }
    let steps: Vec<i64> = (1..=6).map(|n| ELEVEN + (194 + n * 10) * MINUTE).collect();
    TimeChart {
        title: "Cold room 2".to_owned(),
        unit: "°C".to_owned(),
        window_ms: (ELEVEN, ELEVEN + 255 * MINUTE),
        zone: Zone::fixed("UTC+8", 480),
        series: vec![TimeSeries {
            name: "mean".to_owned(),
            points,
            doubts: vec![Doubt {
                from_ms: ELEVEN + 100 * MINUTE,
                to_ms: ELEVEN + 106 * MINUTE,
                kind: DoubtKind::NoData,
            }],
        }],
        limits: vec![
            Limit { value: 8.0, kind: LimitKind::High, label: String::new() },
            Limit { value: 2.0, kind: LimitKind::Low, label: String::new() },
        ],
        allowed: Some(Allowed { low: Some(2.0), high: Some(8.0) }),
        marks: vec![Mark {
            t_ms: ELEVEN + 172 * MINUTE,
            kind: MarkKind::Event,
            label: "compressor off 13:52".to_owned(),
        }],
        now_ms: Some(ELEVEN + 194 * MINUTE),
        forecast: Some(Fan {
            times_ms: steps,
            quantiles: Quantiles {
                levels: vec![0.1, 0.2, 0.5, 0.8, 0.9],
                values: (1..=6)
                    .map(|n| {
                        [0.35, 0.4, 0.6, 0.75, 0.9].iter().map(|slope| 6.0 + slope * f64::from(n)).collect()
                    })
                    .collect(),
            },
        }),
        ..TimeChart::default()
    }
}

fn weekly_demand() -> DemandChart {
    let history: Vec<Option<f64>> = (0..52)
        .map(|n| if (20..23).contains(&n) { None } else { Some(40.0 + 15.0 * f64::from((n * 7) % 5)) })
        .collect();
    let values = (0..8)
        .map(|n| [0.6, 0.8, 1.0, 1.25, 1.6].iter().map(|f| f * (60.0 + f64::from(n))).collect())
        .collect();
    DemandChart {
        title: "MILK".to_owned(),
        unit: "EA a week".to_owned(),
        history_start: Day(20_094),
        history,
        forecast_start: Day(20_094 + 52 * 7),
        forecast: Quantiles { levels: vec![0.1, 0.25, 0.5, 0.75, 0.9], values },
        overrides: vec![None, Some(90.0), Some(95.0), Some(80.0)],
        marks: vec![DayMark {
            day: Day(20_094 + 45 * 7),
            kind: DayMarkKind::Event,
            label: "promotion".to_owned(),
        }],
        ..DemandChart::default()
    }
}

fn shelf(lang: Lang) -> StockProjection {
    let history =
        (0..30).map(|n| Some(400.0 - 10.0 * f64::from(n) + if n > 12 { 180.0 } else { 0.0 })).collect();
    let values = (1..=21)
        .map(|n| {
            let middle = 290.0 - 14.0 * f64::from(n);
            let spread = 6.0 * f64::from(n).sqrt() * 2.0;
            vec![middle - 2.0 * spread, middle - spread, middle, middle + spread, middle + 2.0 * spread]
        })
        .collect();
    StockProjection {
        title: "MILK".to_owned(),
        unit: "EA".to_owned(),
        history_start: Day(20_400),
        history,
        start: Day(20_430),
        projection: Quantiles { levels: vec![0.1, 0.25, 0.5, 0.75, 0.9], values },
        reorder_point: Some(160.0),
        order_up_to: Some(480.0),
        stock_out_day: Some(Day(20_450)),
        marks: vec![DayMark { day: Day(20_438), kind: DayMarkKind::Order, label: String::new() }],
        lang,
    }
}

/// A chart is drawn with room to spare and without a complaint at any size and theme.
fn check_draws(chart: &impl Chart) {
    for size in [(1, 1), (40, 20), (600, 258), (2400, 900)] {
        for theme in [Theme::light(), Theme::dark(), Theme::print(), Theme::light().with_scale(2.0)] {
            let mut out = String::new();
            let root = SvgBackend::new(&mut out, size).into_drawing_area();
            chart.draw(&root, &theme).unwrap();
            drop(root);
            assert!(!out.contains("NaN") && !out.contains("inf"), "{size:?}");
        }
    }
    let svg = to_svg(chart, (600, 258), &Theme::light());
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    // To look at: QM_SHOW names a folder.
    #[allow(clippy::disallowed_methods, reason = "a test's own switch")]
    if let Ok(folder) = std::env::var("QM_SHOW") {
        let name =
            chart.summary(Lang::En).chars().filter(char::is_ascii_alphanumeric).take(24).collect::<String>();
        for (theme, theme_name) in
            [(Theme::light(), "light"), (Theme::dark(), "dark"), (Theme::print(), "print")]
        {
            let lang = if chart.lang() == Lang::En { "en" } else { "zh" };
            let file = format!("{folder}/{name}-{lang}-{theme_name}.svg");
            std::fs::write(file, to_svg(chart, (600, 258), &theme)).unwrap();
        }
    }
}

#[test]
fn every_chart_draws_at_every_size() {
    check_draws(&cold_room());
    let mut chinese = cold_room();
    chinese.lang = Lang::ZhHans;
    chinese.zone = Zone::fixed("北京时间", 480);
    chinese.marks.push(Mark {
        t_ms: ELEVEN + 30 * MINUTE,
        kind: MarkKind::Critical,
        label: "温度过高".to_owned(),
    });
    let mut second = chinese.series[0].clone();
    second.name = "探头 T-112".to_owned();
    for point in second.points.iter_mut().flatten() {
        *point = Point::raw(point.t_ms, point.value + 0.8);
    }
    second.doubts = vec![Doubt { from_ms: ELEVEN, to_ms: ELEVEN + 20 * MINUTE, kind: DoubtKind::Suspect }];
    chinese.series.push(second);
    check_draws(&chinese);
    check_draws(&weekly_demand());
    check_draws(&shelf(Lang::En));
    check_draws(&shelf(Lang::ZhHans));
    check_draws(&Sparkline {
        values: vec![Some(1.0), Some(3.0), None, Some(2.0), Some(9.0)],
        limit_high: Some(8.0),
        ..Sparkline::default()
    });
}

#[test]
fn empty_and_broken_models_draw() {
    check_draws(&TimeChart::default());
    check_draws(&DemandChart::default());
    check_draws(&StockProjection::default());
    check_draws(&Sparkline::default());
    let mut broken = cold_room();
    broken.series[0].points.insert(3, Some(Point::raw(ELEVEN, f64::NAN)));
    broken.series[0].points.insert(4, Some(Point::raw(ELEVEN, f64::INFINITY)));
    broken.limits[0].value = 1e300;
    broken.limits[1].value = f64::NAN;
    broken.window_ms = (5, 5);
    check_draws(&broken);
    let mut far = shelf(Lang::En);
    far.history_start = Day(i32::MAX);
    far.start = Day(i32::MIN);
    check_draws(&far);
    let mut wild = weekly_demand();
    wild.forecast.values[3] = vec![f64::NAN];
    wild.step_days = 0;
    wild.folds = vec![(Day(20_200), vec![Some(5.0), None, Some(f64::NAN)]), (Day(i32::MIN), vec![Some(1.0)])];
    wild.without_stock = vec![(Day(20_110), Day(20_100)), (Day(i32::MIN), Day(20_120))];
    check_draws(&wild);
}

#[test]
fn folds_and_days_without_stock_are_told_in_words_and_table() {
    let tested = DemandChart {
        folds: vec![(Day(20_094 + 50 * 7), vec![Some(61.0), None])],
        without_stock: vec![(Day(20_200), Day(20_203))],
        ..weekly_demand()
    };
    check_draws(&tested);
    let plain = to_svg(&weekly_demand(), (600, 258), &Theme::light());
    assert_ne!(plain, to_svg(&tested, (600, 258), &Theme::light()));
    let told = summary(&tested, Lang::En);
    assert!(told.contains("4 days without stock"), "{told}");
    let table = tested.table(Lang::En);
    assert_eq!(table.header[2..4], ["override", "backtest"]);
    assert_eq!((table.rows[50][3].as_str(), table.rows[51][3].as_str()), ("61.00", ""));
    assert!(table.rows.iter().all(|row| row.len() == table.header.len()));
}

#[test]
fn the_picture_has_its_parts() {
    let svg = to_svg(&cold_room(), (600, 258), &Theme::light());
    for part in [
        "8.0 high",
        "2.0 low",
        "no data",
        "now 14:14",
        "UTC+8",
        "compressor off 13:52",
        "°C",
        "12:00",
        "#c0142c",
    ] {
        assert!(svg.contains(part), "{part} is missing");
    }
    let mut hot = cold_room();
    hot.lang = Lang::ZhHans;
    let svg = to_svg(&hot, (600, 258), &Theme::print());
    for part in ["上限 8.0", "下限 2.0", "无数据", "现在 14:14"] {
        assert!(svg.contains(part), "{part} is missing");
    }
    hot.title = "<b>&\u{1}".to_owned();
    assert!(to_svg(&hot, (600, 258), &Theme::print()).contains("&lt;b&gt;&amp; "));
}

/// One reading above the limit among a month of minutes is still above the limit in the picture.
#[test]
fn a_chart_cannot_hide_a_breach() {
    let minutes = 30 * 24 * 60;
    let points: Vec<Option<Point>> =
        (0..minutes).map(|n| Some(Point::raw(n * MINUTE, if n == 12_345 { 9.5 } else { 5.0 }))).collect();
    let chart = TimeChart {
        window_ms: (0, minutes * MINUTE),
        series: vec![TimeSeries { points, ..TimeSeries::default() }],
        limits: vec![Limit { value: 8.0, kind: LimitKind::High, label: String::new() }],
        ..TimeChart::default()
    };
    let mut out = String::new();
    let root = SvgBackend::new(&mut out, (600, 258)).into_drawing_area();
    chart.draw(&root, &Theme::light()).unwrap();
    drop(root);
    let frame = chart.frame((600, 258), &Theme::light());
    let spike = format!("{} {}", frame.x((12_345 * MINUTE) as f64), frame.y(9.5));
    assert!(out.contains(&spike), "no point at {spike}");
    assert!(chart.summary(Lang::En).contains("The high limit of 8.0"), "{}", chart.summary(Lang::En));
    assert!(chart.summary(Lang::En).contains("exceeded"));
}

#[test]
fn the_frame_answers_a_pointer() {
    let frame = cold_room().frame((600, 258), &Theme::light());
    for value in [2.0, 8.0, 5.5] {
        assert!((frame.y_value(frame.y(value)) - value).abs() < 0.1);
    }
    let t = (ELEVEN + 60 * MINUTE) as f64;
    assert!((frame.x_value(frame.x(t)) - t).abs() < 2.0 * MINUTE as f64);
}

#[track_caller]
fn check(found: &str, expected: Expect) {
    expected.assert_eq(found);
}

#[test]
fn summaries_say_what_is_seen() {
    check(
        &summary(&cold_room(), Lang::En),
        expect![
            "Cold room 2, 22 Nov 11:00 to 22 Nov 15:15 (UTC+8). mean: lowest 3.8 °C at 11:00, highest 6.3 °C at 14:11, last 5.8 °C. mean: 1 span without data. The high limit of 8.0 °C was kept. The low limit of 2.0 °C was kept. Expected at 15:14: 9.6 °C, between 8.1 °C and 11.4 °C."
        ],
    );
    check(
        &summary(&cold_room(), Lang::ZhHans),
        expect![
            "Cold room 2，11月22日 11:00 至 11月22日 15:15（UTC+8）。mean：最低 3.8 °C（11:00），最高 6.3 °C（14:11），最新 5.8 °C。mean：1 段无数据。未超过上限 8.0 °C。未低于下限 2.0 °C。预计 15:14 为 9.6 °C，区间 8.1 °C 至 11.4 °C。"
        ],
    );
    check(
        &summary(&shelf(Lang::ZhHans), Lang::ZhHans),
        expect!["MILK：库存 290 EA。再订货点 160。预计 12月28日 缺货。"],
    );
    check(
        &summary(&weekly_demand(), Lang::En),
        expect![
            "MILK: 52 steps from 6 Jan, mean 69.4, highest 100.0 EA a week. 3 steps are missing. Expected from 5 Jan: 60.0, between 36.0 and 96.0."
        ],
    );
}

#[test]
fn ticks_fall_on_round_local_times() {
    let labels =
        |ticks: Vec<crate::scale::Tick>| ticks.into_iter().map(|t| t.label).collect::<Vec<_>>().join(" | ");
    let zone = Zone::fixed("UTC+8", 480);
    let day = 24 * 60 * MINUTE;
    check(
        &labels(time_ticks((ELEVEN, ELEVEN + 255 * MINUTE), &zone, 6, Lang::En)),
        expect![[r#"11:00 | 12:00 | 13:00 | 14:00 | 15:00"#]],
    );
    check(
        &labels(time_ticks((ELEVEN, ELEVEN + day), &zone, 6, Lang::ZhHans)),
        expect!["12:00 | 16:00 | 20:00 | 11月23日 | 04:00 | 08:00"],
    );
    check(
        &labels(time_ticks((ELEVEN, ELEVEN + 7 * day), &zone, 8, Lang::En)),
        expect!["23 Nov | 24 Nov | 25 Nov | 26 Nov | 27 Nov | 28 Nov | 29 Nov"],
    );
    check(
        &labels(time_ticks((ELEVEN, ELEVEN + 400 * day), &zone, 8, Lang::En)),
        expect!["Jan 2027 | Mar 2027 | May 2027 | Jul 2027 | Sep 2027 | Nov 2027"],
    );
    check(
        &labels(time_ticks((ELEVEN, ELEVEN + 20_000), &zone, 8, Lang::En)),
        expect!["11:00:00 | 11:00:05 | 11:00:10 | 11:00:15 | 11:00:20"],
    );
    // Helsinki, 2026-10-25: 04:00 summer time becomes 03:00 winter time at 01:00 UTC.
    let change = 1_792_890_000_000;
    let helsinki =
        Zone { label: "Europe/Helsinki".to_owned(), offset_minutes: 180, changes: vec![(change, 120)] };
    check(
        &labels(time_ticks((change - 3 * 60 * MINUTE, change + 3 * 60 * MINUTE), &helsinki, 8, Lang::En)),
        expect!["01:00 | 02:00 | 03:00 | 03:00 | 04:00 | 05:00 | 06:00"],
    );
    check(&labels(day_ticks((Day(20_458), Day(20_478)), 4, Lang::En)), expect!["5 Jan | 12 Jan | 19 Jan"]);
}

#[test]
fn value_axes_are_round() {
    let ends = |low: f64, high: f64| {
        let axis = value_axis(low, high, 5);
        let labels: Vec<String> = axis.ticks.into_iter().map(|tick| tick.label).collect();
        labels.join(" ")
    };
    check(&ends(1.3, 8.2), expect!["0 2 4 6 8 10"]);
    check(&ends(-0.02, 0.04), expect!["−0.02 0.00 0.02 0.04"]);
    check(&ends(0.0, 12_345.0), expect!["0 5,000 10,000 15,000"]);
    check(&ends(5.0, 5.0), expect!["4.4 4.6 4.8 5.0 5.2 5.4 5.6"]);
    check(&ends(f64::NAN, 1.0), expect!["0.0 0.2 0.4 0.6 0.8 1.0"]);
    assert_eq!(number(-1234.5, 1), "−1,234.5");
    assert_eq!(number(-0.04, 1), "0.0");
}

#[test]
fn text_is_measured_by_characters_not_bytes() {
    assert_eq!(text::measure("温度", 10.0).0, 20.0);
    assert!((text::measure("now 14:14", 10.0).0 - 46.0).abs() < 4.0);
    assert_eq!(text::fit("温度过高", 10.0, 35.0), "温度…");
    assert_eq!(text::fit("ok", 10.0, 35.0), "ok");
}

fn readings() -> impl Strategy<Value = Vec<Option<Point>>> {
    proptest::collection::vec((1..5_i64, -1000..1000_i32, 0..50_i32, 0..12_u8), 1..600).prop_map(|steps| {
        let mut t_ms = 0;
        steps
            .into_iter()
            .map(|(step, value, spread, gap)| {
                t_ms += step;
                let (value, spread) = (f64::from(value), f64::from(spread));
                (gap > 0).then(|| Point::bucket(t_ms, value - spread, value + spread, value))
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn decimation_keeps_extremes_and_gaps(points in readings(), px in 1..300_u32) {
        let known: Vec<Point> = points.iter().flatten().copied().collect();
        prop_assume!(!known.is_empty());
        let window = (0, known.last().unwrap().t_ms);
        let thin = decimate(&points, window, px);
        let kept: Vec<Point> = thin.iter().flatten().copied().collect();
        let lowest = |of: &[Point]| of.iter().map(|p| p.min).fold(f64::INFINITY, f64::min);
        let highest = |of: &[Point]| of.iter().map(|p| p.max).fold(f64::NEG_INFINITY, f64::max);
        prop_assert_eq!(lowest(&known), lowest(&kept));
        prop_assert_eq!(highest(&known), highest(&kept));
        // What is kept is untouched and in order, and two neighbours are joined only if no gap was between them.
        prop_assert!(kept.iter().all(|p| known.contains(p)));
        let gaps = |of: &[Option<Point>]| {
            of.split(Option::is_none).filter(|run| !run.is_empty()).count()
        };
        prop_assert_eq!(gaps(&points), gaps(&thin));
        prop_assert!(kept.windows(2).all(|pair| pair[0].t_ms <= pair[1].t_ms));
        prop_assert!(kept.len() <= 4 * (px as usize + 1) + 4 * gaps(&points));
    }

    #[test]
    fn decimating_a_window_keeps_its_extremes(points in readings(), from in 0..400_i64, width in 1..400_i64) {
        let window = (from, from + width);
        let inside = |of: &[Option<Point>]| -> Vec<Point> {
            of.iter().flatten().filter(|p| p.t_ms >= window.0 && p.t_ms <= window.1).copied().collect()
        };
        let (before, after) = (inside(&points), inside(&decimate(&points, window, 40)));
        let top = |of: &[Point]| of.iter().map(|p| p.max).fold(f64::NEG_INFINITY, f64::max);
        prop_assert_eq!(top(&before), top(&after));
        prop_assert_eq!(before.is_empty(), after.is_empty());
    }

    #[test]
    fn axes_hold_their_values(low in -1e6..1e6_f64, span in 0.0..1e6_f64, steps in 1..10_usize) {
        let axis = value_axis(low, low + span, steps);
        prop_assert!(axis.from <= low + 1e-6 * low.abs().max(1.0) && axis.to >= low + span - 1e-6 * (low + span).abs().max(1.0));
        prop_assert!(axis.ticks.len() >= 2 && axis.ticks.len() <= 2 * steps + 4, "{}", axis.ticks.len());
    }
}
