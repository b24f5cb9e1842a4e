//! Goods are moved with a keyboard wedge and the keys alone, and every scan is answered at once.

use crate::screen::{count, find, find_css, go, press, stocked, until};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn goods_are_moved_by_scans_and_keys_alone() {
    let Some((served, client)) = stocked("sku,on_hand,bin\n4006381333931,10,A-1\nS-2,1,B-1\n").await else {
        return;
    };
    go(&client, "stock").await;
    press(&client, "gb").await;

    // From the last key to the answer's paint; told, never judged by a test.
    let mut took: Vec<String> = Vec::new();
    for (keys, code) in [
        ("A-1\u{e007}", "Bin"),
        ("4006381333931\u{e007}", "Goods"),
        ("NO-SUCH-CODE\u{e007}", "Unknown"),
        ("3\u{e007}", "Quantity"),
        ("\u{e003}", "Undone"),
        ("4\u{e007}", "Quantity"),
        ("B-1\u{e007}", "Moved"),
    ] {
        find(&client, "flow-field").await.send_keys(keys).await.expect("keys");
        until(code, async || {
            let css = format!("[data-testid='flow-verdict'][data-code='{code}'][data-took]");
            let verdict = find_css(&client, &css).await;
            took.extend(verdict.attr("data-took").await.ok().flatten());
            true
        })
        .await;
    }
    println!("from the last key of a scan to its paint, ms: {}", took.join(", "));
    let stock = served.call(
        "ListStock",
        r#"{"filter":"4006381333931","sort":"Name","reverse":false,"offset":0,"limit":5}"#,
    );
    let item = &stock["rows"][0]["item"];
    let ask = json!({ "item": item, "day": null, "limit": 9 }).to_string();
    let standings = served.call("GetItemStock", &ask)["standings"].clone();
    let at = |bin: &str| {
        let rows = standings.as_array().expect("rows");
        rows.iter().find(|row| row["bin_code"] == bin).map(|row| row["quantity"].clone())
    };
    assert_eq!((at("A-1"), at("B-1")), (Some(json!(6_000)), Some(json!(4_000))), "{standings}");
    assert_eq!(served.call("VerifyStock", "{}")["mismatches"], json!([]));

    // The bin that was read first stays, over a reload too; Esc forgets it, and once more leaves.
    client.refresh().await.expect("the page again");
    until("the bin", async || count(&client, "flow-slot").await == 1).await;
    find(&client, "flow-field").await.send_keys("\u{e00c}").await.expect("keys");
    until("nothing", async || count(&client, "flow-slot").await == 0).await;
    find(&client, "flow-field").await.send_keys("\u{e00c}").await.expect("keys");
    until("the list", async || count(&client, "stock-row").await == 2).await;
    client.close().await.expect("closed");
}
