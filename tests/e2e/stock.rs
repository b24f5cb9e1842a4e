//! Stock beyond its list: the map, a recall, partners, a closed period, files taken out, and an import that is undone.

use crate::screen::{count, find, find_css, press, stocked, text, until};
use fantoccini::Client;
use serde_json::{Value, json};

const STOCK: &str = "sku,name,on hand,bin,lot,expiry\nMILK,Milk,10,A-1,L1,2027-03-01\nTEA,Tea,4,B-2,,\n";

async fn show(client: &Client, place: &str) {
    client.execute(&format!("location.hash = '#{place}'"), vec![]).await.expect("a page");
}

/// Clicks what may be drawn anew at that moment.
async fn click(client: &Client, css: &str) {
    until(css, async || match client.find(fantoccini::Locator::Css(css)).await {
        Ok(element) => element.click().await.is_ok(),
        Err(_) => false,
    })
    .await;
}

async fn fill(client: &Client, field: &str, text: &str) {
    let css = format!("[data-testid='dialog'] [data-testid='field'][data-field='{field}']");
    let input = find_css(client, &css).await;
    input.clear().await.expect("a field");
    input.send_keys(text).await.expect("keys");
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_is_seen_from_above_traced_closed_taken_out_and_an_import_undone() {
    let Some((served, client)) = stocked(STOCK).await else { return };
    find(&client, "rail-link").await;

    // The map: its bins, and the file of them by the key of every list.
    show(&client, "/stock?floor").await;
    until("the bins", async || count(&client, "floor-row").await >= 2).await;
    find(&client, "floor-canvas").await;
    press(&client, "e").await;
    click(&client, "[data-testid='export-format'][data-format='CSV']").await;
    let taken = || {
        let files = std::fs::read_dir(served.downloads()).into_iter().flatten().flatten();
        let whole = files.filter(|file| file.path().extension().is_some_and(|ending| ending == "csv"));
        whole.filter_map(|file| std::fs::read_to_string(file.path()).ok()).find(|text| text.contains("A-1"))
    };
    until("the file of the bins", async || taken().is_some()).await;
    assert!(taken().is_some_and(|text| text.lines().count() >= 3), "a head, and a line for each bin");

    // A recall: from the lot to where it lies.
    show(&client, "/stock/lot~L1?trace").await;
    until("the lot", async || text(&client, "traced-lot").await.contains("L1")).await;
    until("where it lies", async || count(&client, "trace-line").await > 0).await;

    // A supplier is made, with what it asks of an order.
    show(&client, "/stock/s?partners").await;
    click(&client, "[data-testid='new-supplier']").await;
    for (field, text) in [("code", "S-1"), ("name", "Dairy"), ("lead", "4"), ("pack", "6")] {
        fill(&client, field, text).await;
    }
    click(&client, "[data-testid='dialog-confirm']").await;
    until("the supplier", async || count(&client, "partner-row").await == 1).await;
    let suppliers = served.call("ListSuppliers", r#"{"filter":""}"#);
    assert_eq!((&suppliers[0]["lead_time_days"], &suppliers[0]["pack_size"]), (&json!(4), &json!(6_000)));

    // An import is undone: first what that would do, then it is done.
    show(&client, "/data/i1").await;
    click(&client, "[data-testid='import-undo']").await;
    find(&client, "import-undo-said").await;
    click(&client, "[data-testid='import-undo-now']").await;
    until("it is undone", async || {
        served.call("ListImports", r#"{"limit":9}"#)[0]["undone"].as_i64().is_some()
    })
    .await;
    assert_eq!(served.call("VerifyStock", "{}")["mismatches"], json!([]));

    // The books are closed up to yesterday; the closing is on its own page.
    show(&client, "/stock?books").await;
    click(&client, "[data-testid='close-books']").await;
    click(&client, "[data-testid='dialog-confirm']").await;
    until("the closing", async || count(&client, "closing-row").await == 1).await;
    assert!(served.call("GetBooks", "{}")["closed_up_to"].is_i64());

    let errors: Vec<Value> = served.log(&client, "browser").await;
    let errors: Vec<&Value> = errors.iter().filter(|line| line["level"] == "SEVERE").collect();
    assert!(errors.is_empty(), "{errors:?}");
    client.close().await.expect("closed");
}
