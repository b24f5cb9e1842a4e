//! The workbook read back by another library, and CSV.

use crate::world::{DAY, full};
use calamine::{Data, Range, Reader, Xlsx};
use charts::{Lang, Zone};
use reports::{DailyReport, FindingRow, csv, file_stem, xlsx};
use std::io::Cursor;
use units::{Milli, Quantity};

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.to_vec())).expect("a workbook");
    book.worksheet_range(name).unwrap_or_else(|e| panic!("{name}: {e}; there are {:?}", book.sheet_names()))
}

/// The column under a heading that starts so.
fn column(range: &Range<Data>, head: &str) -> Vec<Data> {
    let at = range.headers().expect("headings").iter().position(|name| name.starts_with(head));
    let at = at.unwrap_or_else(|| panic!("no {head} in {:?}", range.headers()));
    range.rows().skip(1).map(|row| row[at].clone()).collect()
}

#[test]
fn numbers_are_numbers_and_days_are_days() {
    let report = full(Lang::En);
    let bytes = xlsx(&report).expect("a workbook");
    let proposals = sheet(&bytes, "Proposals");
    assert_eq!(proposals.height(), report.proposals.len() + 1);
    for (row, cost) in report.proposals.iter().zip(column(&proposals, "Cost, CNY")) {
        assert_eq!(cost, Data::Float(row.cost.to_f64()));
    }
    assert_eq!(column(&proposals, "Available")[0], Data::Float(25.5));
    assert_eq!(column(&proposals, "Chance, %")[0], Data::Float(82.0));
    let Data::DateTime(order_by) = column(&proposals, "Order by")[0] else { panic!("no date") };
    assert_eq!(order_by.as_f64(), f64::from(DAY.plus(-1).0) + 25_569.0);
    let excursions = sheet(&bytes, "Excursions");
    let Data::DateTime(from) = column(&excursions, "From, UTC+8")[0] else { panic!("no time") };
    assert!((from.as_f64() - (f64::from(DAY.0) + 25_569.0 + (14.0 * 60.0 + 9.0) / 1440.0)).abs() < 1e-6);
    assert_eq!(column(&excursions, "To, UTC+8")[1], Data::String("still outside".to_owned()));
    let temperatures = sheet(&bytes, "Temperatures");
    assert_eq!(column(&temperatures, "Lowest")[2], Data::Float(-20.9));
    assert_eq!(column(&temperatures, "Lowest")[3], Data::Empty);
    assert_eq!(sheet(&bytes, "Summary").get_value((3, 0)), Some(&Data::String("Site".to_owned())));
}

#[test]
fn sheets_are_named_in_the_language_and_empty_ones_say_so() {
    let book: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(xlsx(&full(Lang::ZhHans)).expect("a workbook")))
            .expect("reads");
    assert_eq!(
        book.sheet_names(),
        ["概要", "缺货风险", "温度", "超限", "配送", "路线", "补货建议", "预测准确度", "发现项"]
    );
    let empty = xlsx(&DailyReport::default()).expect("a workbook");
    assert_eq!(
        sheet(&empty, "Proposals").get_value((1, 0)),
        Some(&Data::String(
            "Nothing is proposed. Proposals are made of forecasts, stock on hand and lead times.".to_owned()
        ))
    );
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert!(xlsx(&full(Lang::En)).expect("a workbook") == xlsx(&full(Lang::En)).expect("a workbook"));
    assert_eq!(csv(&full(Lang::ZhHans)), csv(&full(Lang::ZhHans)));
}

#[test]
fn csv_has_its_files_its_mark_and_times_with_their_offset() {
    let report = full(Lang::ZhHans);
    let files = csv(&report);
    let stem = file_stem(&report);
    let names: Vec<_> = files.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(
        names,
        ["stock", "temperatures", "excursions", "deliveries", "routes", "proposals"]
            .map(|part| format!("{stem}-{part}.csv"))
    );
    for (name, bytes) in &files {
        assert!(bytes.starts_with("\u{feff}".as_bytes()), "{name}");
    }
    let excursions = String::from_utf8(files[2].1.clone()).expect("UTF-8");
    assert!(
        excursions.contains(
            "二号冷藏库,T01,2026-11-22T14:09:00+08:00,2026-11-22T15:22:00+08:00,73.0,9.7,高于上限,8,°C,陈力"
        ),
        "{excursions}"
    );
    let mut reader = csv_reader(&files[5].1);
    assert_eq!(
        reader.records().map(|row| row.expect("a row")).filter(|row| row.len() == 23).count(),
        report.proposals.len()
    );
    let empty = csv(&DailyReport { zone: Zone::utc(), ..DailyReport::default() });
    assert_eq!(String::from_utf8_lossy(&empty[0].1).lines().count(), 1);
}

fn csv_reader(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::Reader::from_reader(&bytes[3..])
}

#[test]
fn no_text_becomes_a_formula_and_numbers_stay_numbers() {
    for bad in
        ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "=HYPERLINK(\"http://x\",\"y\")"]
    {
        let mut report = full(Lang::En);
        report.stock_at_risk[0].name = bad.to_owned();
        report.stock_at_risk[0].available = Quantity::of(-7);
        report.zones[1].excursions[0].note = bad.to_owned();
        report.zones[2].min = Some(Milli(-20_900));
        report.findings.push(FindingRow {
            severity: domain::Severity::Note,
            text: bad.to_owned(),
            subject: bad.to_owned(),
            count: 1,
        });
        let files = csv(&report);
        let stock = csv_reader(&files[0].1).records().next().expect("a row").expect("reads");
        assert_eq!(&stock[1], format!("'{bad}").as_str());
        assert_eq!(&stock[3], "-7");
        let excursion = csv_reader(&files[2].1).records().next().expect("a row").expect("reads");
        assert_eq!(&excursion[9], format!("'{bad}").as_str());
        let bytes = xlsx(&report).expect("a workbook");
        let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).expect("reads");
        for name in book.sheet_names() {
            let formulas = book.worksheet_formula(&name).expect("formulas");
            assert!(formulas.used_cells().next().is_none(), "{name}");
        }
    }
}

#[test]
fn deliveries_have_a_row_each_planned_or_not() {
    let report = full(Lang::En);
    let plan = report.deliveries.clone().and_then(|day| day.plan).expect("a plan");
    let visits: usize = plan.routes.iter().map(|route| route.visits.len()).sum();
    let bytes = xlsx(&report).expect("a workbook");
    let rows = sheet(&bytes, "Deliveries");
    assert_eq!(rows.height(), visits + plan.unserved.len() + 1);
    assert_eq!(column(&rows, "Weight, kg")[0], Data::Float(12.5));
    let Data::DateTime(arrive) = column(&rows, "Arrive, UTC+8")[0] else { panic!("no time") };
    let minutes = (arrive.as_f64().fract() * 1440.0).round();
    assert_eq!(minutes, 7.0 * 60.0 + 21.0);
    assert_eq!(
        column(&rows, "Not served")[visits + 1],
        Data::String("more than any vehicle takes".to_owned())
    );
    let routes = sheet(&bytes, "Routes");
    assert_eq!(routes.height(), plan.routes.len() + 1);
    assert_eq!(column(&routes, "Cost, CNY")[0], Data::Float(214.5));
    let files = csv(&report);
    let mut reader = csv_reader(&files[3].1);
    let first = reader.records().next().expect("a row").expect("reads");
    assert_eq!(&first[0], "TRUCK-1");
    assert_eq!(&first[7], "2026-11-22T07:21:00+08:00");
}
