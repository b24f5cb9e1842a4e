//! Real files of real systems, where they are at hand.

mod gpx;

use exchange::*;
use std::fs::File;
use std::ops::ControlFlow;
use units::{Day, Progress, Quantity, Stop};

fn open(rel: &str) -> Option<File> {
    testkit::shared_data(rel).map(|path| File::open(path).expect("the file was just seen"))
}

#[test]
fn a_year_of_a_grocer() {
    let Some(file) = open("orders/complete-journey-2017.csv.gz") else { return };
    let size = file.metadata().unwrap().len();
    let look = preview(file, None).unwrap();
    assert_eq!(look.mapping.kind, Kind::Orders);
    assert!(look.format.gzip && look.mapping.missing().is_empty());
    let again = || open("orders/complete-journey-2017.csv.gz").unwrap();
    let found = survey(again(), &look.format, &look.mapping, &Stop::default()).unwrap();
    assert!(!found.date_order_needed);
    let mut taken = 0;
    let take = |chunk: Chunk<domain::OrderLine>| {
        assert!(chunk.rows.len() <= limits::CHUNK_ROWS && chunk.rows.len() == chunk.lines.len());
        taken += chunk.rows.len() as u64;
        ControlFlow::Continue(())
    };
    let report =
        parse_orders(again(), size, &look.format, &look.mapping, take, &Progress::none(), &Stop::default())
            .unwrap();
    assert_eq!((report.rows, report.good, report.bad, report.skus), (926_483, 926_483, 0, 4_782));
    assert_eq!(taken, report.good);
    assert_eq!(report.first_day, Day::parse("2017-01-01"));
    assert_eq!(report.bytes, size);
    assert_eq!(report.ignored_columns, ["store", "discount"]);
}

#[test]
fn openboxes_files_are_understood() {
    let Some(file) = open("erp/openboxes-mainWarehouseInventory.csv") else { return };
    let look = preview(file, None).unwrap();
    assert_eq!(look.mapping.kind, Kind::Stock);
    assert_eq!(look.mapping.columns, [(Field::Sku, 0), (Field::OnHand, 6)]);
    let mut rows = Vec::new();
    let take = |chunk: Chunk<StockRow>| {
        rows.extend(chunk.rows);
        ControlFlow::Continue(())
    };
    let file = open("erp/openboxes-mainWarehouseInventory.csv").unwrap();
    let report =
        parse_stock(file, 0, &look.format, &look.mapping, take, &Progress::none(), &Stop::default()).unwrap();
    assert_eq!(report.bad, 0, "{:?}", report.findings);
    let sums = sum_stock(rows);
    assert!(sums.iter().any(|row| row.sku == "QX039" && row.on_hand == Quantity::of(100_000)));

    let look = preview(open("erp/openboxes-products.csv").unwrap(), Some(Kind::Items)).unwrap();
    let named = |field| look.mapping.column(field).map(|column| look.header[column].as_str());
    assert_eq!(named(Field::Sku), Some("ProductCode"));
    assert_eq!(named(Field::Name), Some("Name"));
    assert_eq!(named(Field::UnitCost), Some("UnitCost"));
    assert_eq!(named(Field::SupplierCode), Some("VendorCode"));
    assert_eq!(named(Field::SupplierName), Some("VendorName"));
    let mut costs = 0;
    let take = |chunk: Chunk<ItemRow>| {
        costs += chunk.rows.iter().filter(|row| row.unit_cost.is_some()).count();
        ControlFlow::Continue(())
    };
    let file = open("erp/openboxes-products.csv").unwrap();
    let report =
        parse_items(file, 0, &look.format, &look.mapping, take, &Progress::none(), &Stop::default()).unwrap();
    assert!(report.good > 20 && report.bad == 0 && costs > 20, "{report:?}");

    let look = preview(open("erp/openboxes-inventoryLevels.csv").unwrap(), Some(Kind::Items)).unwrap();
    let named = |field| look.mapping.column(field).map(|column| look.header[column].as_str());
    assert_eq!(named(Field::LeadTimeDays), Some("Expected Lead Time Days"));
    assert_eq!(named(Field::PackSize), Some("Package Size"));
    assert_eq!(named(Field::UnitCost), Some("Price per unit"));

    let look = preview(open("erp/openboxes-productSuppliers.csv").unwrap(), Some(Kind::Items)).unwrap();
    let named = |field| look.mapping.column(field).map(|column| look.header[column].as_str());
    assert_eq!(named(Field::Sku), Some("Product Code"));
    assert_eq!(named(Field::OrderQuantityMin), Some("Minimum Order Quantity (Each)"));
    assert_eq!(named(Field::PackSize), Some("Quantity per Package"));
}

#[test]
fn a_workbook_is_refused_with_advice() {
    for rel in ["erp/openboxes-binLocations.xls", "erp/frepple-forecast-method.xlsx"] {
        let Some(file) = open(rel) else { return };
        let fault = preview(file, None).unwrap_err();
        assert_eq!(fault.kind, ErrorKind::NotText);
        assert!(fault.message.contains("save the sheet as CSV"), "{fault}");
    }
}
