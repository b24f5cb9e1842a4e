//! A count from the terminal: a plan, its sheet, the sheet typed in, approval.

use crate::{fails, succeeds};

#[test]
fn a_sheet_is_printed_typed_in_and_approved() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path().join("site");
    let stock = folder.path().join("stock.csv");
    std::fs::write(&stock, "sku,on_hand,bin\nS-2,10,A-2\nS-1,10,A-1\n").expect("a file");
    let stock = stock.to_str().expect("text");
    succeeds(&site, &["import", stock, "--kind", "stock"]);
    assert!(succeeds(&site, &["count", "plan", "--tolerance", "50"]).contains("with 2 lines"));

    let sheet = succeeds(&site, &["count", "lines", "1", "--csv"]);
    let rows: Vec<&str> = sheet.lines().collect();
    assert!(rows[1].contains("A-1") && rows[2].contains("A-2"), "by bin: {sheet}");
    // Nine of ten are there, which may stand; of the other bin nobody wrote anything.
    let (counted, path) =
        (format!("{}\n{}9\n{}\n", rows[0], rows[1], rows[2]), folder.path().join("counted.csv"));
    std::fs::write(&path, counted).expect("a file");
    let file = path.to_str().expect("text");
    assert!(succeeds(&site, &["count", "enter", "--file", file]).contains("1 counted"));
    assert!(fails(&site, &["count", "enter", "--file", file]).contains("counted already"));
    assert!(succeeds(&site, &["count", "approve", "--plan", "1"]).contains("1 booked"));
    let plans: serde_json::Value =
        serde_json::from_str(&succeeds(&site, &["count", "list", "--json"])).expect("JSON");
    assert_eq!((&plans[0]["booked"], &plans[0]["open"]), (&1.into(), &1.into()));
}
