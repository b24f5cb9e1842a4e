use super::*;
use crate::to_svg;

const HOUR: i64 = 3_600_000;
/// 2026-11-23 00:00 in UTC+8.
const MIDNIGHT: i64 = 1_795_363_200_000;

fn at(hour: f64) -> i64 {
    MIDNIGHT + (hour * HOUR as f64) as i64
}

fn visit(number: u32, arrive: f64, state: VisitState) -> GanttVisit {
    GanttVisit {
        number,
        label: format!("customer {number}"),
        arrive_ms: at(arrive),
        start_ms: at(arrive + 0.1),
        leave_ms: at(arrive + 0.5),
        window_ms: Some((at(arrive - 0.5), at(arrive + 1.0))),
        expected_ms: (state == VisitState::Late).then(|| at(arrive + 1.2)),
        state,
        weight: Weight::Normal,
    }
}

fn day(lang: Lang) -> GanttChart {
    let row = |label: &str, hue, visits: Vec<GanttVisit>| GanttRow {
        label: label.into(),
        hue,
        shift_ms: (at(7.0), at(16.0)),
        away_ms: Some((at(7.5), at(14.25))),
        visits,
        weight: Weight::Normal,
    };
    GanttChart {
        title: "Monday".into(),
        zone: Zone::fixed("UTC+8", 480),
        rows: vec![
            row(
                "VAN-1",
                0,
                vec![
                    visit(1, 8.0, VisitState::Served),
                    visit(2, 10.0, VisitState::Late),
                    visit(3, 12.0, VisitState::Planned),
                ],
            ),
            GanttRow {
                weight: Weight::Selected,
                ..row("VAN-2", 1, vec![visit(1, 9.0, VisitState::Planned)])
            },
            GanttRow { away_ms: None, ..row("BIKE", 2, vec![]) },
        ],
        now_ms: Some(at(9.6)),
        lang,
        ..GanttChart::default()
    }
}

#[test]
fn a_day_is_drawn_with_its_clock() {
    for lang in [Lang::En, Lang::ZhHans] {
        let svg = to_svg(&day(lang), (700, 160), &Theme::light());
        for words in [
            "VAN-1",
            "BIKE",
            "UTC+8",
            "12:00",
            lang.pick("now 09:36", "现在 09:36"),
            lang.pick("no route", "无线路"),
        ] {
            assert!(svg.contains(words), "{words}");
        }
    }
    assert_eq!(day(Lang::En).window(), (at(7.0), at(16.0)));
}

#[test]
fn a_day_is_told_in_words_and_rows() {
    assert_eq!(
        day(Lang::En).summary(Lang::En),
        "Monday: 3 vehicles over the day. VAN-1: 07:30 to 14:15, 3 visits, 1 late. VAN-2: 07:30 to 14:15, 1 visit. BIKE: no route."
    );
    let table = day(Lang::En).table(Lang::En);
    assert_eq!(table.rows.len(), 4);
    assert_eq!(
        table.rows[1],
        ["VAN-1", "2", "customer 2", "10:00", "10:06", "10:30", "09:30–11:00", "11:12"]
    );
}

#[test]
fn a_pointer_finds_row_and_visit() {
    let (chart, theme, size) = (day(Lang::En), Theme::light(), (700, 160));
    let frame = chart.frame(size, &theme);
    let x = |hour: f64| f64::from(frame.x(at(hour) as f64));
    let y = |row: f64| f64::from(frame.top) + chart.row_high(&frame) * row;
    assert_eq!(chart.hit((x(8.3), y(0.5)), size, &theme), Some(GanttHit { row: 0, visit: Some(0) }));
    assert_eq!(chart.hit((x(11.2), y(0.5)), size, &theme), Some(GanttHit { row: 0, visit: None }));
    assert_eq!(chart.hit((x(9.2), y(1.5)), size, &theme), Some(GanttHit { row: 1, visit: Some(0) }));
    assert_eq!(chart.hit((x(9.2), 159.0), size, &theme), None);
}

#[test]
fn odd_days_are_drawn_without_harm() {
    for rows in [
        Vec::new(),
        vec![GanttRow::default()],
        vec![GanttRow { away_ms: Some((5, 2)), ..GanttRow::default() }],
    ] {
        for size in [(1, 1), (200, 10), (640, 100)] {
            let chart = GanttChart { rows: rows.clone(), ..GanttChart::default() };
            assert!(to_svg(&chart, size, &Theme::dark()).starts_with("<svg"));
        }
    }
}
