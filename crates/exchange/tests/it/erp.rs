//! What other programs write, read as it comes: every file of the shared `erp` folder.

use exchange::*;
use expect_test::{Expect, expect};
use std::fs::File;
use std::ops::ControlFlow;
use units::{Progress, Quantity, Stop};

struct Read {
    source: Source,
    look: Preview,
    report: ParseReport,
}

/// The whole way of a file, as an import goes it.
fn read(name: &str, sheet: Option<&str>) -> Option<Read> {
    let path = testkit::shared_data(&format!("erp/{name}"))?;
    let open = || File::open(&path).expect("the file was just seen");
    let source = source::open(open(), name, sheet, &Stop::default()).expect("a file that can be read");
    let bytes = || -> Box<dyn std::io::Read> {
        match source.table.clone() {
            Some(table) => Box::new(std::io::Cursor::new(table)),
            None => Box::new(open()),
        }
    };
    let mut look = preview_as(bytes(), None, source.format(), &source.named).expect("a table");
    let found = survey(bytes(), &look.format, &look.mapping, &Stop::default()).expect("a table");
    look.mapping.date_order = found.date_order.or_else(|| look.layout.and_then(|layout| layout.date_order));
    (look.mapping.decimal_mark, look.mapping.day) = (found.decimal_mark, found.day);
    let report =
        check(bytes(), 0, &look.format, &look.mapping, &Progress::none(), &Stop::default()).expect("rows");
    Some(Read { source, look, report })
}

fn said(read: &Read) -> String {
    let layout = read.look.layout.map_or("-", |layout| layout.key);
    let filled: Vec<String> = read
        .report
        .filled
        .iter()
        .map(|(field, filled)| {
            let sum = filled.sum.map_or(String::new(), |sum| format!(" = {sum}"));
            format!("{} {}{sum}", field.key(), filled.rows)
        })
        .collect();
    let mut errors: Vec<String> = read
        .report
        .counts
        .iter()
        .filter(|((_, severity), _)| *severity != domain::Severity::Note)
        .map(|((code, severity), count)| format!("{code:?} {severity:?} {count}"))
        .collect();
    errors.sort();
    format!(
        "{layout} {} rows {} good {} bad {}\n{}\n{}",
        read.look.mapping.kind.key(),
        read.report.rows,
        read.report.good,
        read.report.bad,
        filled.join(", "),
        errors.join(", ")
    )
}

fn check_file(name: &str, sheet: Option<&str>, expected: Expect) {
    if let Some(read) = read(name, sheet) {
        expected.assert_eq(&said(&read));
    }
}

#[test]
fn openboxes() {
    check_file(
        "openboxes-mainWarehouseInventory.csv",
        None,
        expect![[r#"
        openboxes-inventory stock rows 57 good 57 bad 0
        sku 57, name 57, on_hand 57 = 198656, lot 16, expiry 16, bin 57
    "#]],
    );
    check_file(
        "openboxes-products.csv",
        None,
        expect![[r#"
        openboxes-products items rows 57 good 57 bad 0
        sku 57, name 57, category 57, uom 57, unit_cost 57, lot_control 16, cold_chain 2, controlled 2, hazardous 9, active 57, tags 31
    "#]],
    );
    check_file(
        "openboxes-inventoryLevels.csv",
        None,
        expect![[r#"
        openboxes-levels levels rows 52 good 52 bad 0
        sku 52, name 52, bin 52, level_min 52 = 91805, level_max 52 = 917952
    "#]],
    );
    check_file(
        "openboxes-locations.csv",
        None,
        expect![[r#"
        openboxes-places places rows 18 good 18 bad 0
        address 6, active 18, place_name 18, place_code 18, place_type 18, organization 18, city 6, postcode 6, country 6
    "#]],
    );
    check_file(
        "openboxes-binLocations.csv",
        None,
        expect![[r#"
        openboxes-places places rows 40 good 40 bad 0
        active 40, place_name 40, place_code 40, place_type 40, place_parent 40
    "#]],
    );
    check_file(
        "openboxes-productSuppliers.csv",
        None,
        expect![[r#"
        openboxes-product-suppliers items rows 38 good 38 bad 0
        sku 38, name 38, supplier_name 38, pack_size 38, supplier_item 38, package_price 38, package_type 38
        Duplicate Warning 7"#]],
    );
}

/// A template without rows yet: known for what it is all the same.
#[test]
fn an_old_workbook() {
    check_file(
        "openboxes-binLocations.xls",
        None,
        expect![[r#"
        openboxes-bins places rows 0 good 0 bad 0

    "#]],
    );
}

#[test]
fn frepple() {
    check_file(
        "frepple-forecast-method.xlsx",
        None,
        expect![[r#"
        frepple-demand orders rows 549 good 549 bad 0
        order_id 549, ordered_at 549, sku 549, quantity 549 = 2735, customer_id 549, site 549, status 549
    "#]],
    );
    for (sheet, expected) in [
        (
            "item",
            expect![[r#"
                frepple-item items rows 7 good 7 bad 0
                sku 7, name 7, category 4, unit_cost 4
            "#]],
        ),
        (
            "location",
            expect![[r#"
            frepple-location places rows 4 good 4 bad 0
            note 4, place_name 4, place_parent 3
        "#]],
        ),
        (
            "supplier",
            expect![[r#"
            frepple-supplier suppliers rows 2 good 2 bad 0
            supplier_name 2, note 2
        "#]],
        ),
        (
            "item supplier",
            expect![[r#"
            frepple-item-supplier items rows 4 good 4 bad 0
            sku 4, unit_cost 4, supplier_name 4, lead_time_days 4, pack_size 2, order_quantity_min 4, site 4
        "#]],
        ),
    ] {
        check_file("frepple-forecast-method.xlsx", Some(sheet), expected);
    }
    let Some(read) = read("frepple-forecast-method.xlsx", None) else { return };
    assert_eq!(read.source.sheet(), Some("sales order"));
    let others: Vec<_> =
        read.source.sheets.iter().filter_map(|sheet| Some((sheet.name.as_str(), sheet.layout?))).collect();
    assert_eq!(
        others,
        [
            ("sales order", "frepple-demand"),
            ("item", "frepple-item"),
            ("location", "frepple-location"),
            ("supplier", "frepple-supplier"),
            ("item supplier", "frepple-item-supplier"),
        ]
    );
}

#[test]
fn vrp_cli() {
    check_file(
        "vrp-jobs.csv",
        None,
        expect![[r#"
        vrp-jobs deliveries rows 4 good 4 bad 0
        delivery 4, day 2, latitude 4, longitude 4, service_minutes 4, window_from 2, window_to 2, signed_load 4 = -1
        AssumedDay Warning 2, Pickup Warning 2"#]],
    );
    check_file(
        "vrp-vehicles.csv",
        None,
        expect![[r#"
        vrp-vehicles vehicles rows 2 good 2 bad 0
        latitude 2, longitude 2, vehicle 2, capacity_kg 2 = 90, shift_from 2, shift_to 2, count 2 = 30, profile 2
    "#]],
    );
    let Some(path) = testkit::shared_data("erp/vrp-vehicles.csv") else { return };
    let open = || File::open(&path).expect("the file was just seen");
    let look = preview(open(), None).expect("vehicles");
    let mut codes = Vec::new();
    let take = |chunk: Chunk<domain::VehicleEntry>| {
        codes.extend(chunk.rows.into_iter().map(|row| (row.code, row.shift_from, row.shift_to)));
        ControlFlow::Continue(())
    };
    parse_vehicles(open(), 0, &look.format, &look.mapping, take, &Progress::none(), &Stop::default())
        .expect("vehicles");
    assert_eq!(codes.len(), 30);
    assert_eq!(codes[0], ("vehicle1_1".to_owned(), Some(480), Some(1200)));
}

#[test]
fn stock_names_lot_expiry_and_bin() {
    let Some(path) = testkit::shared_data("erp/openboxes-mainWarehouseInventory.csv") else { return };
    let open = || File::open(&path).expect("the file was just seen");
    let look = preview(open(), None).expect("stock");
    let mut mapping = look.mapping.clone();
    mapping.date_order = survey(open(), &look.format, &mapping, &Stop::default()).expect("dates").date_order;
    let mut rows = Vec::new();
    let take = |chunk: Chunk<StockRow>| {
        rows.extend(chunk.rows);
        ControlFlow::Continue(())
    };
    parse_stock(open(), 0, &look.format, &mapping, take, &Progress::none(), &Stop::default()).expect("stock");
    let first = &rows[0];
    assert_eq!((first.sku.as_str(), first.on_hand), ("QX039", Quantity::of(100_000)));
    assert_eq!((first.lot.as_deref(), first.bin.as_deref()), (Some("37627"), Some("RM1-RACK1-SHELF1")));
    assert_eq!(first.expiry, units::Day::parse("2025-01-31"));
    // A code keeps its leading zeros.
    assert!(rows.iter().any(|row| row.lot.as_deref() == Some("0898984")));
}
