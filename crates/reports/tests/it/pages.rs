//! The PDF, read back by poppler's tools.

use crate::world::{self, full};
use charts::Lang;
use reports::{DailyReport, pdf};
use std::process::Command;

/// The text of each page; `None` where `pdftotext` is not installed.
fn pages(pdf: &[u8]) -> Option<Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.pdf");
    std::fs::write(&path, pdf).expect("writes");
    let Ok(output) =
        Command::new("pdftotext").args(["-layout", "-enc", "UTF-8"]).arg(&path).arg("-").output()
    else {
        testkit::skip("needs pdftotext (poppler-utils)");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8").replace('\u{a0}', " ");
    Some(text.trim_end_matches('\u{c}').split('\u{c}').map(str::to_owned).collect())
}

/// Keeps the PDF where `QM_SHOW` says, to be looked at.
pub fn show(name: &str, bytes: &[u8]) {
    #[allow(clippy::disallowed_methods, reason = "a person asks a test to keep its pages")]
    if let Some(folder) = std::env::var_os("QM_SHOW") {
        std::fs::write(std::path::Path::new(&folder).join(name), bytes).expect("writes");
    }
}

#[test]
fn both_languages_say_the_key_figures() {
    let check = |lang: Lang, name: &str, words: &[&str]| {
        let bytes = pdf(&full(lang)).expect("a PDF");
        show(name, &bytes);
        let Some(pages) = pages(&bytes) else { return };
        let text = pages.concat();
        for word in words {
            assert!(text.contains(word), "{word} is not in\n{text}");
        }
        for row in &full(lang).proposals {
            assert!(text.contains(&row.sku), "{}", row.sku);
        }
    };
    check(
        Lang::En,
        "daily-en.pdf",
        &[
            "Daily report",
            "Harbour Lane DC",
            "Sunday, 22 November 2026",
            "Demo site",
            "Stock at risk",
            "4,782",
            "Temperatures",
            "Cold room 2",
            "17,214",
            "still outside",
            "9.7",
            "Deliveries: 28 on 4 routes",
            "TRUCK-1",
            "Skerry Lighthouse",
            "more than any vehicle takes",
            "Deliveries, vehicles or roads changed after the plan was made",
            "OpenStreetMap",
            "Nordmills Oy",
            "No supplier known",
            "SKU-10014",
            "2026-11-21",
            "Assumed, no file gave it: lead time, unit cost",
            "Forecast accuracy",
            "0.731",
            "Quantile net",
            "Findings",
            "812",
            "Made 2026-11-22 17:05 UTC+8 by L. Chen",
            "Page 1 of",
        ],
    );
    check(
        Lang::ZhHans,
        "daily-zh.pdf",
        &[
            "日报",
            "港湾路配送中心",
            "2026年11月22日 星期日",
            "演示站点",
            "缺货风险",
            "4,782",
            "温度",
            "二号冷藏库",
            "17,214",
            "仍在限外",
            "9.7",
            "配送：4 条路线共 28 单",
            "礁石灯塔",
            "超过任何车辆的载量",
            "北方磨坊有限公司",
            "供应商未知",
            "SKU-10014",
            "假定（文件未提供）：提前期、单位成本",
            "预测准确度",
            "0.731",
            "分位数网络",
            "发现项",
            "812",
            "陈力 生成于 2026-11-22 17:05 UTC+8",
            "第 1 页，共",
        ],
    );
}

#[test]
fn an_empty_day_says_so_in_words_on_one_page() {
    for (lang, words) in [
        (
            Lang::En,
            [
                "No item was looked at: import items and stock first.",
                "No zone is measured.",
                "Nothing is proposed.",
                "No forecast has been made yet.",
                "Nothing was found wrong with the data.",
            ],
        ),
        (
            Lang::ZhHans,
            [
                "没有可查看的物料：请先导入物料和库存。",
                "没有测量任何区域。",
                "没有补货建议。",
                "尚未生成预测。",
                "未发现数据问题。",
            ],
        ),
    ] {
        let bytes = pdf(&DailyReport { lang, ..DailyReport::default() }).expect("a PDF");
        show(&format!("empty-{lang:?}.pdf"), &bytes);
        let Some(pages) = pages(&bytes) else { return };
        assert_eq!(pages.len(), 1);
        for word in words {
            assert!(pages[0].contains(word), "{word} is not in\n{}", pages[0]);
        }
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for lang in [Lang::En, Lang::ZhHans] {
        assert!(pdf(&full(lang)).expect("a PDF") == pdf(&full(lang)).expect("a PDF"));
    }
}

#[test]
fn a_long_table_keeps_every_row_whole_and_its_header_on_every_page() {
    let lang = Lang::En;
    // As many as a large site has; unoptimised builds get along with fewer.
    let rows = if cfg!(debug_assertions) { 400 } else { 2_000 };
    let proposals: Vec<_> = (0..rows).map(|n| world::proposal(lang, n)).collect();
    let bytes = pdf(&DailyReport {
        proposals,
        ..DailyReport { demo: false, zones: Vec::new(), deliveries: None, ..full(lang) }
    })
    .expect("a PDF");
    show("long.pdf", &bytes);
    let Some(pages) = pages(&bytes) else { return };
    assert!((rows as usize / 33..rows as usize / 12).contains(&pages.len()), "{} pages", pages.len());
    let last = format!("Page {0} of {0}", pages.len());
    assert!(pages.last().is_some_and(|page| page.contains(&last)));
    let text = pages.concat();
    for n in 0..rows {
        let sku = format!("SKU-{:05}", 10_001 + n);
        let page = pages
            .iter()
            .find(|page| {
                page.lines().any(|line| line.trim_start().starts_with(&sku) && line.contains("2026-"))
            })
            .expect("a page");
        // The row's figures stand below it on the same page.
        let after = page.split(&sku).last().expect("what follows");
        assert!(after.contains("order up to"), "{sku}: {after}");
    }
    let table = pages
        .iter()
        .filter(|page| page.lines().filter(|line| line.trim_start().starts_with("SKU-1")).count() > 4);
    for page in table {
        assert!(page.contains("Order by") || page.contains("Demand a day"), "{page}");
    }
    assert!(text.contains("Hill Dairy (continued)") && !text.contains("..."));
}

#[test]
fn no_text_makes_it_fail() {
    let odd = [
        "\u{0}\u{1}\t\n",
        "😀👩‍🚀",
        "שלום עולם",
        "\u{202e}abc",
        "Łódź",
        "a\u{301}\u{301}",
        "&<>\"'",
        "𠮷野家",
        "\u{fffd}\u{fffe}",
        "ไทย",
    ];
    let mut report = full(Lang::ZhHans);
    let text: String = odd.concat();
    let long = "长".repeat(5_000);
    report.site = format!("{text}{long}");
    report.made_by.clone_from(&report.site);
    report.currency = text.clone();
    report.zone.label = text.clone();
    for row in &mut report.proposals {
        row.name = format!("{text}{}", "W".repeat(3_000));
        row.sku = "W".repeat(300);
        row.supplier.clone_from(&text);
        row.decided.clone_from(&report.site);
        row.assumed = vec![long.clone(); 3];
        row.cost = units::Money(i64::MIN);
        row.cost_of_waiting = units::Money(i64::MAX);
        row.quantity = units::Quantity(i64::MAX);
        row.order_by = units::Day(i32::MAX);
        row.demand_per_day = f64::NAN;
        if let Some(chart) = &mut row.chart {
            chart.unit.clone_from(&text);
            chart.projection.values[3][1] = f64::INFINITY;
        }
    }
    for zone in &mut report.zones {
        zone.name.clone_from(&report.site);
        zone.unit.clone_from(&text);
        for one in &mut zone.excursions {
            one.note.clone_from(&long);
            one.end = Some(units::Timestamp(i64::MAX));
            one.start = units::Timestamp(i64::MIN);
        }
        if let Some(chart) = &mut zone.chart {
            chart.series[0].name.clone_from(&text);
        }
    }
    report.made_at = units::Timestamp(i64::MAX);
    let bytes = pdf(&report).expect("a PDF");
    show("odd.pdf", &bytes);
    if let Some(pages) = pages(&bytes) {
        assert!(pages.concat().contains("Łódź"), "what the font lacks can still be copied");
    }
    reports::xlsx(&report).expect("a workbook");
    assert_eq!(reports::csv(&report).len(), 6);
}

#[test]
fn a_recall_says_how_long_it_took_and_what_share_was_found() {
    let q = units::Quantity::of;
    let line = |what, place: &str, n: i64, source: &str, party: &str| reports::RecallLine {
        what,
        day: (what != reports::RecallWhat::Lies).then_some(units::Day(20_600)),
        place: place.into(),
        quantity: q(n),
        source: source.into(),
        party: party.into(),
    };
    let report = |lang| reports::RecallReport {
        site: "Harbour Lane DC".into(),
        day: units::Day(20_605),
        lang,
        zone: charts::Zone::fixed("UTC+8", 480),
        made_at: units::Timestamp(1_780_300_000_000),
        made_by: "L. Chen".into(),
        demo: false,
        subject: "L-2291".into(),
        span: (units::Timestamp(1_780_299_900_000), units::Timestamp(1_780_299_975_000)),
        took_ms: 12,
        lots: vec![reports::RecalledLot {
            sku: "MILK".into(),
            name: "燕麦奶 Oat milk".into(),
            lot: "L-2291".into(),
            expiry: Some(units::Day(20_700)),
            came: q(100),
            here: q(60),
            told: q(30),
            lost: q(10),
            lines: vec![
                line(reports::RecallWhat::Came, "supplier", 100, "GRN-7", "ACME"),
                line(reports::RecallWhat::Lies, "A-02", 60, "", ""),
                line(reports::RecallWhat::Went, "customer", 30, "SO-1", "C-17"),
                line(reports::RecallWhat::Went, "loss", 10, "", ""),
            ],
        }],
        without_lot: 2,
    };
    assert_eq!(report(Lang::En).found(), Some(units::Permille(900)));
    assert_eq!(reports::RecallReport { lots: Vec::new(), ..report(Lang::En) }.found(), None);
    for (lang, name, words) in [
        (Lang::En, "recall-en.pdf", ["1:15", "90 %", "nobody knows to whom", "MILK", "SO-1", "no lot"]),
        (Lang::ZhHans, "recall-zh.pdf", ["1:15", "90 %", "去向不明", "燕麦奶", "SO-1", "未注明批次"]),
    ] {
        let bytes = reports::recall_pdf(&report(lang)).expect("a PDF");
        assert!(bytes == reports::recall_pdf(&report(lang)).expect("a PDF"));
        show(name, &bytes);
        let Some(pages) = pages(&bytes) else { return };
        let text = pages.concat();
        for word in words {
            assert!(text.contains(word), "{word} is not in\n{text}");
        }
    }
}

#[test]
fn a_blind_count_sheet_says_no_quantity() {
    let sheet = |lang, blind| reports::CountSheet {
        site: "Harbour Lane DC".into(),
        day: units::Day(20_605),
        lang,
        zone: charts::Zone::fixed("UTC", 0),
        made_at: units::Timestamp(1_780_300_000_000),
        made_by: String::new(),
        demo: true,
        name: "Week 23".into(),
        blind,
        lines: (0..90)
            .map(|n| reports::CountSheetLine {
                bin: format!("A-{n:02}"),
                sku: format!("SKU-{n}"),
                name: "Oat milk 1 L".into(),
                lot: format!("L{n}"),
                unit: "EA".into(),
                book: Some(units::Quantity::of(7_000 + n)),
            })
            .collect(),
    };
    for (lang, name) in [(Lang::En, "count-en.pdf"), (Lang::ZhHans, "count-zh.pdf")] {
        let bytes = reports::count_sheet(&sheet(lang, true)).expect("a PDF");
        show(name, &bytes);
        let Some(pages) = pages(&bytes) else { return };
        let text = pages.concat();
        assert!(pages.len() > 1 && text.contains("SKU-89") && text.contains("A-00"), "{text}");
        assert!(!text.contains("7,0"), "blind");
    }
    let Some(pages) = pages(&reports::count_sheet(&sheet(Lang::En, false)).expect("a PDF")) else { return };
    assert!(pages.concat().contains("7,089"));
}

#[test]
fn a_driver_sheet_has_its_visits_its_map_and_its_page_numbers() {
    let check = |lang: Lang, visits: i64, name: &str, words: &[&str]| {
        let sheet = world::sheet(lang, visits);
        let bytes = reports::driver_sheet(&sheet).expect("a PDF");
        assert!(bytes == reports::driver_sheet(&sheet).expect("a PDF"));
        show(name, &bytes);
        let Some(pages) = pages(&bytes) else { return };
        let text = pages.concat();
        for word in words {
            assert!(text.contains(word), "{word} is not in\n{text}");
        }
        for visit in &sheet.route.visits {
            assert!(text.contains(&visit.code), "{}", visit.code);
        }
    };
    check(
        Lang::En,
        9,
        "sheet-en.pdf",
        &[
            "Driver sheet · TRUCK-1",
            "Harbour Lane DC · Truck 7.5 t",
            "Demo site",
            "shift 06:00–01:30",
            "of 3,000 kg",
            "07:21",
            "waits until",
            "10:00–10:30",
            "22:00–01:30",
            "Birch Grocery",
            "14 Chestnut Gardens",
            "● Chilled goods: hand over in person",
            "Received",
            "Back at the depot",
            "Visits: 9.",
            "Page 1 of 2",
            "OpenStreetMap",
        ],
    );
    check(
        Lang::ZhHans,
        26,
        "sheet-zh.pdf",
        &[
            "行车单 · TRUCK-1",
            "班次",
            "板栗苑14号",
            "签收",
            "时间和距离为估算值",
            "停靠点 26 个",
            "第 1 页，共 2 页",
        ],
    );
    let bare = reports::driver_sheet(&reports::DriverSheet { map: None, ..world::sheet(Lang::En, 0) });
    let Some(pages) = pages(&bare.expect("a PDF")) else { return };
    assert!(pages.concat().contains("No visit is planned."));
}
