//! Lists taken out as files: all rows, as filtered and sorted, in each form.

use crate::site::{Site, open};
use app::{Actor, Role};
use base64::Engine;
use contract::*;

async fn take(site: &Site, call: ExportTable) -> (String, Vec<u8>) {
    let viewer = Actor { name: "a viewer".into(), role: Role::Viewer };
    let file = site.app.call(call, &viewer).await.expect("a file");
    (file.name, base64::engine::general_purpose::STANDARD.decode(file.base64).expect("base64"))
}

fn column(key: &str, head: &str) -> TableColumn {
    TableColumn { key: key.into(), head: head.into(), words: Vec::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_taken_out_whole_as_it_is_filtered_and_sorted() {
    let site = open();
    let path = site.folder.path().join("stock.csv");
    let mut text = "sku,on hand,name\n".to_owned();
    for n in 0..300 {
        text.push_str(&format!("MILK-{n:03},{n},Milk {n}\n"));
    }
    // A name that a spreadsheet would calculate.
    text.push_str("BAD,7,\"=HYPERLINK(\"\"http://x\"\")\"\n");
    std::fs::write(&path, text).expect("a file");
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let call = StartImport { kind: ImportKind::Stock, file, mapping: vec![], dry_run: false };
    let job = site.app.call(call, &site.by).await.expect("it starts");
    assert_eq!(site.app.wait_for_job(job).await.expect("it ends").error, None);

    let asked =
        ListStock { filter: "milk".into(), sort: StockSort::OnHand, reverse: false, offset: 40, limit: 5 };
    let query = serde_json::to_string(&asked).expect("a body");
    let stock = |format| ExportTable {
        table: "stock".into(),
        query: query.clone(),
        format,
        ..ExportTable::default()
    };
    let (name, bytes) = take(&site, stock(TableFormat::Json)).await;
    assert!(name.starts_with("stock-2026-") && name.ends_with(".json"), "{name}");
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&bytes).expect("a list");
    let skus: Vec<&str> = rows.iter().filter_map(|row| row["sku"].as_str()).collect();
    assert_eq!((skus.len(), skus[0], skus[299]), (300, "MILK-299", "MILK-000"), "not the page, the list");
    assert_eq!(rows[0]["on_hand"], 299);
    assert!(rows[0].get("as_of").is_some_and(|day| day.is_null() || day.is_string()), "{}", rows[0]);

    // Columns as they are shown, with what they are called; the unit is in the head.
    let wanted = ExportTable {
        columns: vec![column("value", "Value"), column("name", "Name"), column("on-hand", "On hand")],
        only: Some(vec!["1".into(), "99999".into(), "3".into()]),
        table: "stock".into(),
        ..ExportTable::default()
    };
    let currency = site.app.settings().currency;
    let (_, bytes) = take(&site, wanted).await;
    let lines: Vec<String> = String::from_utf8(bytes).expect("text").lines().map(str::to_owned).collect();
    assert_eq!(lines[0], format!("\u{feff}Value ({currency}),Name,On hand"));
    assert!(lines[1].contains("'=HYPERLINK") && lines[1].ends_with(",7"), "{}", lines[1]);
    assert!(lines[2].contains("Milk 1") && lines.len() == 3, "a row that is gone is in no list");
    let (name, bytes) = take(&site, stock(TableFormat::Xlsx)).await;
    assert!(name.ends_with(".xlsx") && bytes.starts_with(b"PK"));

    // Codes by their words, but not where a program reads them; times with their offset.
    let words = vec![("stock".to_owned(), "库存".to_owned()), ("Stock".to_owned(), "库存".to_owned())];
    let kind = TableColumn { key: "kind".into(), head: "类型".into(), words };
    let imports = |format| ExportTable {
        table: "imports".into(),
        columns: vec![kind.clone(), column("when", "")],
        format,
        ..ExportTable::default()
    };
    let (_, bytes) = take(&site, imports(TableFormat::Csv)).await;
    let text = String::from_utf8(bytes).expect("text");
    assert!(text.contains("\r\n库存,2026-") && (text.contains("+0") || text.contains("-0")), "{text}");
    let (_, bytes) = take(&site, imports(TableFormat::Json)).await;
    assert!(!String::from_utf8(bytes).expect("text").contains("库存"));

    // Every list says what it is and can be had; what is asked for wrongly is said.
    let all = site.app.call(ListTables {}, &site.by).await.expect("the lists");
    assert!(all.iter().any(|table| table.name == "audit" && table.call == "ListAudit"));
    // These are of something that is not there.
    let of_one = ["count-lines", "findings", "inbound-lines", "outbound-lines", "supplied"];
    for table in all.iter().filter(|table| !of_one.contains(&table.name.as_str())) {
        let (_, bytes) =
            take(&site, ExportTable { table: table.name.clone(), ..ExportTable::default() }).await;
        let head = String::from_utf8(bytes).expect("text").lines().next().unwrap_or_default().to_owned();
        assert_eq!(head.split(',').count(), table.columns.len(), "{}", table.name);
    }
    for wrong in [
        ExportTable { table: "nothing".into(), ..ExportTable::default() },
        ExportTable { table: "stock".into(), columns: vec![column("colour", "")], ..ExportTable::default() },
        ExportTable { table: "stock".into(), query: "{".into(), ..ExportTable::default() },
    ] {
        let refused = site.app.call(wrong, &site.by).await.expect_err("it is wrong");
        assert_eq!(refused.code, Code::BadInput, "{refused}");
    }
    site.app.close().await;
}
