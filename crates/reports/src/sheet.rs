//! The driver sheet: one route on paper, with a map and room for signatures.

use crate::Error;
use crate::font::{Fonts, chart_fonts};
use crate::layout::{BODY, Cell, Column, INK, MARGIN, MUTED, Paper, Row, Style, WIDTH};
use crate::page::{Head, Kpi, SITE, SLIM, TITLE, draw_chart, kpi_strip};
use crate::routes::{DriverSheet, VisitReport};
use crate::words::{NOTHING, Say, W, count, kilometres, milli, window};
use units::Milli;

/// Height of the map.
const MAP: f32 = 268.0;
/// Height of a visit's row: a signature needs it.
const VISIT_ROW: f32 = 31.0;
/// Width of the room for a signature.
const SIGNATURE: f32 = 104.0;

/// A driver sheet as a PDF: A4, fonts embedded, the map as vectors. The same sheet gives the same bytes.
pub fn driver_sheet(sheet: &DriverSheet) -> Result<Vec<u8>, Error> {
    let fonts = Fonts::load(sheet.lang)?;
    let say = Say { lang: sheet.lang, zone: &sheet.zone, day: sheet.day };
    let head = Head {
        title: format!("{} · {}", say.word(W::DriverSheet), sheet.route.vehicle),
        site: &sheet.site,
        day: sheet.day,
        zone: &sheet.zone,
        made_at: sheet.made_at,
        made_by: &sheet.made_by,
        demo: sheet.demo,
    };
    let mut paper = Paper::new(&fonts, 40.0, head.top());
    title(&mut paper, sheet, &head, say);
    figures(&mut paper, sheet, say);
    driver(&mut paper, say);
    if let Some(map) = &sheet.map {
        let top = paper.y();
        draw_chart(&mut paper, &chart_fonts(), say, map, (MARGIN, top), (WIDTH, MAP));
        paper.skip(MAP + 6.0);
    }
    if sheet.estimated {
        paper.paragraph(say.word(W::PlanEstimated), Style { colour: INK.medium, ..SLIM });
    }
    visits(&mut paper, sheet, say);
    head.finish(paper, say)
}

fn title(paper: &mut Paper<'_>, sheet: &DriverSheet, head: &Head<'_>, say: Say<'_>) {
    let top = paper.y();
    paper.put(MARGIN, top, &head.title, TITLE, WIDTH * 0.62);
    paper.put_right(MARGIN + WIDTH, top + 4.0, &say.long_day(sheet.day), SITE, WIDTH * 0.36);
    paper.skip(31.0);
    let top = paper.y();
    let vehicle = if sheet.route.vehicle_name.trim().is_empty() {
        head.site(&say).to_owned()
    } else {
        format!("{} · {}", head.site(&say), sheet.route.vehicle_name)
    };
    paper.put(MARGIN, top, &vehicle, SITE, WIDTH * 0.72);
    let zone = say.fill(W::TimesIn, &[&sheet.zone.label]);
    paper.put_words_right(MARGIN + WIDTH, top + 4.0, &zone, SLIM, WIDTH * 0.26);
    paper.skip(24.0);
    if sheet.demo {
        head.banner(paper, &say, top + 22.0);
        paper.skip(22.0);
    }
}

fn figures(paper: &mut Paper<'_>, sheet: &DriverSheet, say: Say<'_>) {
    let route = &sheet.route;
    let kpi = |label: W, figure: String, note: String| Kpi {
        label: say.word(label).to_owned(),
        figure,
        note,
        colour: INK.text,
    };
    let (from, to) = sheet.shift;
    kpi_strip(
        paper,
        &[
            kpi(
                W::Leaves,
                say.short_time(route.leave_at),
                say.fill(W::ShiftOf, &[&window(Some((from, to)), &say)]),
            ),
            kpi(
                W::Back,
                say.short_time(route.back_at),
                say.fill(W::Away, &[&say.span(route.back_at.0.saturating_sub(route.leave_at.0))]),
            ),
            kpi(W::Visits, count(route.visits.len() as u64), String::new()),
            kpi(W::LoadKg, weight(route.load_kg), say.fill(W::OfKg, &[&weight(route.capacity_kg)])),
            kpi(
                W::DistanceKm,
                kilometres(route.distance),
                say.fill(W::DrivingFor, &[&say.span(route.driving.0)]),
            ),
        ],
    );
}

/// Lines to write on: who drives, and what the odometer says.
fn driver(paper: &mut Paper<'_>, say: Say<'_>) {
    let top = paper.y() + 2.0;
    let fields = [(W::Driver, 0.0, 0.46), (W::OdometerOut, 0.48, 0.25), (W::OdometerBack, 0.75, 0.25)];
    for (word, at, wide) in fields {
        let (x, width) = (MARGIN + WIDTH * at, WIDTH * wide);
        paper.put(x, top, say.word(word), MUTED, width);
        paper.line((x, top + 26.0), (x + width, top + 26.0), INK.faint);
    }
    paper.skip(40.0);
}

/// Whole kilograms where they are whole.
pub(crate) fn weight(value: Milli) -> String {
    milli(value, usize::from(value.0 % 1_000 != 0))
}

fn visits(paper: &mut Paper<'_>, sheet: &DriverSheet, say: Say<'_>) {
    let route = &sheet.route;
    paper.heading(say.word(W::Visits), Paper::table_start() + VISIT_ROW);
    if route.visits.is_empty() {
        return paper.paragraph(say.word(W::NoVisits), BODY);
    }
    paper.paragraph(say.word(W::TimesPlanned), SLIM);
    paper.skip(5.0);
    let columns = [
        Column::figures(say.word(W::Number)),
        Column::text(say.word(W::Arrive)),
        Column::text(say.word(W::Window)),
        Column::words(say.word(W::Customer), 1.0),
        Column::words(say.word(W::Address), 1.0),
        Column::text(say.word(W::DeliveryCode)),
        Column::figures(say.word(W::WeightKg)),
        Column::blank(say.word(W::Signature), SIGNATURE),
    ];
    let row = |(at, visit): (usize, &VisitReport)| {
        let waits = visit.start_at.0 - visit.arrive_at.0 >= 60_000;
        let mut notes = Vec::new();
        if waits {
            notes.push((say.fill(W::WaitUntil, &[&say.short_time(visit.start_at)]), INK.muted));
        }
        if !visit.note.trim().is_empty() {
            notes.push((format!("● {}", crate::font::clean(visit.note.trim())), INK.text));
        }
        Row::tall(
            vec![
                Cell::from(count(at as u64 + 1)).strong(),
                Cell::from(say.short_time(visit.arrive_at)).strong(),
                window(visit.window, &say).into(),
                Cell::from(visit.customer.as_str()).strong(),
                visit.address.as_str().into(),
                visit.code.as_str().into(),
                weight(visit.weight_kg).into(),
                "".into(),
            ],
            notes,
            VISIT_ROW,
        )
    };
    let mut rows: Vec<Row> = route.visits.iter().enumerate().map(row).collect();
    let load: Milli = Milli(route.visits.iter().map(|visit| visit.weight_kg.0).fold(0, i64::saturating_add));
    rows.push(Row::cells(vec![
        "".into(),
        Cell::from(say.short_time(route.back_at)).strong(),
        NOTHING.into(),
        Cell::from(say.word(W::BackAtDepot)).strong(),
        "".into(),
        Cell::from(say.word(W::Total)).strong(),
        Cell::from(weight(load)).strong(),
        "".into(),
    ]));
    paper.table(&columns, &rows);
    let line = say.fill(
        W::SheetTotals,
        &[
            &count(route.visits.len() as u64),
            &weight(load),
            &kilometres(route.distance),
            &say.span(route.driving.0),
        ],
    );
    paper.skip(4.0);
    paper.paragraph(&line, BODY);
}
