//! Files as other programs write them, through the calls of the data page: recognised, tried, imported, taken back.

use crate::site::{Site, open};
use contract::*;
use std::path::Path;
use units::{ImportId, Quantity};

async fn look(site: &Site, path: &Path, sheet: Option<&str>) -> ImportPreview {
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let call = PreviewImport { kind: ImportKind::Auto, file, sheet: sheet.map(str::to_owned) };
    site.app.call(call, &site.by).await.expect("a file that is known")
}

async fn import(
    site: &Site,
    path: &Path,
    mapping: ColumnMapping,
    dry_run: bool,
) -> Result<ImportReport, String> {
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let call = StartImport { kind: ImportKind::Auto, file, mapping, dry_run };
    let job = site.app.call(call, &site.by).await.map_err(|e| e.message)?;
    let row = site.app.wait_for_job(job).await.expect("a job ends");
    match row.result {
        Some(result) => Ok(serde_json::from_str(&result).expect("a report")),
        None => Err(row.error.unwrap_or(row.state)),
    }
}

async fn undo(site: &Site, id: ImportId) -> ImportUndone {
    site.app.call(UndoImport { id, narrow: false, dry_run: false }, &site.by).await.expect("an undo")
}

fn write_file(site: &Site, name: &str, text: impl AsRef<[u8]>) -> std::path::PathBuf {
    let path = site.folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

fn total(report: &ImportReport, name: &str) -> (Quantity, Quantity) {
    let found = report.totals.iter().find(|total| total.name == name);
    found.map(|total| (total.before, total.after)).unwrap_or_else(|| panic!("no {name}: {:?}", report.totals))
}

/// Each is recognised, a trial says what the import then does, and an undo takes it all back.
#[tokio::test(flavor = "multi_thread")]
async fn real_files_go_in_and_out_again() {
    let site = open();
    let files: [(&str, &str, u64, ImportKind); 10] = [
        ("openboxes-products.csv", "OpenBoxes products", 57, ImportKind::Items),
        ("openboxes-binLocations.csv", "OpenBoxes locations and bins", 40, ImportKind::Places),
        ("openboxes-binLocations.xls", "OpenBoxes bins of zones", 0, ImportKind::Places),
        ("openboxes-locations.csv", "OpenBoxes locations and bins", 18, ImportKind::Places),
        ("openboxes-inventoryLevels.csv", "OpenBoxes inventory levels", 52, ImportKind::Levels),
        ("openboxes-productSuppliers.csv", "OpenBoxes product suppliers", 38, ImportKind::Items),
        ("openboxes-mainWarehouseInventory.csv", "OpenBoxes inventory", 57, ImportKind::Stock),
        ("frepple-forecast-method.xlsx", "frePPLe sales orders", 549, ImportKind::Orders),
        ("vrp-jobs.csv", "vrp-cli jobs", 4, ImportKind::Deliveries),
        ("vrp-vehicles.csv", "vrp-cli vehicles", 2, ImportKind::Vehicles),
    ];
    let mut done = Vec::new();
    for (name, layout, rows, kind) in files {
        let Some(path) = testkit::shared_data(&format!("erp/{name}")) else { return };
        let seen = look(&site, &path, None).await;
        assert!(seen.known && !seen.because.is_empty(), "{name}");
        assert_eq!((seen.layout.as_deref(), seen.kind), (Some(layout), kind), "{name}");
        let dry = import(&site, &path, Vec::new(), true).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(dry.dry_run && dry.import.is_none(), "{name}");
        assert_eq!((dry.rows, dry.rejected), (rows, 0), "{name}: {:?}", dry.findings);
        let real = import(&site, &path, Vec::new(), false).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(
            (real.stored, real.duplicates),
            (dry.stored, dry.duplicates),
            "{name}: a trial says what will be"
        );
        assert_eq!(real.totals, dry.totals, "{name}: and what the site will be");
        let again = import(&site, &path, Vec::new(), false).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(again.already, "{name}: the same again changes nothing");
        done.extend(real.import);
        match kind {
            ImportKind::Stock => {
                assert_eq!(total(&real, "on_hand"), (Quantity::ZERO, Quantity::of(198_656)));
                let kept =
                    |field: &str| real.columns.iter().find(|column| column.field == field).map(|c| c.kept);
                assert_eq!((kept("lot"), kept("expiry"), kept("bin")), (Some(true), Some(true), Some(true)));
            }
            ImportKind::Vehicles => {
                assert_eq!(total(&real, "vehicles"), (Quantity::ZERO, Quantity::of(30)));
                let lost: Vec<_> =
                    real.columns.iter().filter(|c| !c.kept).map(|c| c.field.as_str()).collect();
                assert_eq!(lost, ["latitude", "longitude", "profile"], "what is not kept is said");
            }
            ImportKind::Levels => {
                let least = real.columns.iter().find(|column| column.field == "level_min").expect("a column");
                assert_eq!((least.sum, least.kept), (Some(Quantity::of(91_805)), true));
            }
            _ => {}
        }
    }
    // Last in, first out: nothing later builds on what is taken back.
    for id in done.into_iter().rev() {
        undo(&site, id).await;
    }
    let items = site.app.call(GetSite {}, &site.by).await.expect("the site");
    assert!(!items.has_orders, "the orders are out again");
    let rows = site.app.call(ListImports { limit: 50 }, &site.by).await.expect("imports");
    assert!(rows.iter().all(|row| row.undone.is_some()), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_is_chosen_and_the_others_are_named() {
    let site = open();
    let Some(path) = testkit::shared_data("erp/frepple-forecast-method.xlsx") else { return };
    let seen = look(&site, &path, None).await;
    assert_eq!(seen.sheets.len(), 10);
    assert!(seen.sheets.iter().any(|sheet| sheet.name == "sales order" && sheet.chosen));
    let seen = look(&site, &path, Some("supplier")).await;
    assert_eq!((seen.layout.as_deref(), seen.kind), (Some("frePPLe suppliers"), ImportKind::Suppliers));
    let sheet = vec![("sheet".to_owned(), "supplier".to_owned())];
    let report = import(&site, &path, sheet, false).await.expect("suppliers");
    assert_eq!(report.stored, 2);
    assert_eq!(total(&report, "suppliers"), (Quantity::ZERO, Quantity::of(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_read_two_ways_is_asked_and_the_answer_remembered() {
    let site = open();
    let text = "货号;库存数量;有效期;批号\nA;1,250;03/04/2027;L1\nB;2,500;05/06/2027;L2\n";
    let path = write_file(&site, "二月.csv", text);
    let seen = look(&site, &path, None).await;
    let codes: Vec<_> = seen.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["AmbiguousDate", "AmbiguousNumber"]);
    assert!(seen.findings[0].detail.contains("2027-04-03 / 2027-03-04"), "{:?}", seen.findings);
    let refused = import(&site, &path, Vec::new(), false).await.expect_err("nobody said which");
    assert!(refused.contains("date_order"), "{refused}");
    let dry = import(&site, &path, Vec::new(), true).await.expect("a trial says it too");
    assert!(dry.counts.iter().any(|(code, _)| code == "AmbiguousDate"), "{:?}", dry.counts);
    let said = |names: &[(&str, &str)]| -> ColumnMapping {
        names.iter().map(|(field, column)| ((*field).to_owned(), (*column).to_owned())).collect()
    };
    let answers = said(&[("date_order", "day-first"), ("decimal_mark", "comma")]);
    let report = import(&site, &path, answers, false).await.expect("it is said");
    assert_eq!(total(&report, "on_hand"), (Quantity::ZERO, Quantity(3_750)));
    // The same header again: what was said once holds.
    let march = write_file(&site, "三月.csv", text.replace("2027", "2028"));
    let seen = look(&site, &march, None).await;
    assert!(seen.remembered, "{seen:?}");
    assert!(seen.findings.iter().all(|finding| finding.code != "AmbiguousDate"), "{:?}", seen.findings);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_to_correct_come_back_from_a_workbook_too() {
    let site = open();
    let rows = r#"[{"sku":"TEA","on_hand":5},{"sku":"MILK","on_hand":"many"},{"sku":"","on_hand":1}]"#;
    let path = write_file(&site, "stock.json", rows);
    let report = import(&site, &path, Vec::new(), true).await.expect("a trial");
    assert_eq!((report.rows, report.rejected, report.stored), (3, 2, 1));
    let name = report.correctable.expect("rows to correct");
    let file = site.app.call(RejectedRows { name }, &site.by).await.expect("the file");
    assert!(file.text.contains("MILK") && file.text.contains("NotANumber"), "{}", file.text);
    for elsewhere in ["../stock.json", "/etc/passwd", "x", "..\\a-rejected.csv"] {
        let call = RejectedRows { name: elsewhere.to_owned() };
        assert_eq!(
            site.app.call(call, &site.by).await.expect_err("elsewhere").code,
            Code::NotFound,
            "{elsewhere}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_despatch_advice_is_expected_once_and_taken_out_again_while_nothing_came() {
    let site = open();
    let text = "UNB+UNOA:2+A+B+260131:1200+1'UNH+1+DESADV:D:96A:UN'BGM+351+D-1'DTM+11:20260131:102'NAD+SU+4000001000005::9'\
        LIN+1++5412345678908:EN'QTY+12:6:PCE'UNT+7+1'UNZ+1+1'";
    let path = write_file(&site, "desadv.edi", text);
    let report = import(&site, &path, Vec::new(), false).await.expect("read");
    assert_eq!((report.rows, report.stored, report.new_items), (1, 1, 1));
    let kept = report.columns.iter().filter(|column| column.kept).count();
    assert!(kept > 0 && kept < report.columns.len(), "{:?}", report.columns);
    let list = || async {
        let call = ListInbound { filter: String::new(), states: Vec::new(), offset: 0, limit: 10 };
        site.app.call(call, &site.by).await.expect("list").rows
    };
    let rows = list().await;
    assert_eq!(
        (rows[0].number.as_str(), rows[0].state.as_str(), rows[0].expected),
        ("D-1", "expected", Quantity::of(6))
    );
    let again = import(&site, &path, Vec::new(), false).await.expect("read again");
    assert!(again.already, "the same bytes change nothing");
    let undone = undo(&site, report.import.expect("an import")).await;
    assert_eq!((undone.movements, undone.kept.len()), (1, 1), "the item stays: the ledger names it");
    assert_eq!(list().await, []);
}
