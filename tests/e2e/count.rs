//! People count what is there: a plan, counts by keys alone, a second person where it is far off, and what is approved.

use crate::screen::{count, find, find_css, go, press, stocked, text, until};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_count_is_planned_taken_and_approved() {
    let Some((served, client)) = stocked("sku,on_hand,bin\nS-3,10,A-3\nS-1,10,A-1\nS-2,10,A-2\n").await
    else {
        return;
    };

    // The empty page says what it is for; the plan it leads to is made as it is suggested.
    go(&client, "stock").await;
    press(&client, "gn").await;
    find(&client, "empty").await;
    find(&client, "plan-count").await.click().await.expect("a button");
    let name = find_css(&client, "[data-testid='field'][data-field='name']").await;
    name.send_keys("Week 44").await.expect("keys");
    find(&client, "dialog-confirm").await.click().await.expect("a button");
    until("the lines", async || count(&client, "count-line-row").await == 3).await;

    // Blind, by bin, and never a pointer between two counts.
    let lines = |state: &str| -> Vec<Value> {
        let body = json!({ "plan": 1, "state": state, "offset": 0, "limit": 50 }).to_string();
        served.call("ListCountLines", &body)["rows"].as_array().expect("rows").clone()
    };
    assert!(lines("open").iter().all(|line| line["book"].is_null()), "a blind count shows the ledger");
    let quantity = find(&client, "count-quantity").await;
    for (bin, typed) in [("A-1", "10"), ("A-2", "4"), ("A-3", "10")] {
        until("the next bin", async || text(&client, "count-bin").await == bin).await;
        quantity.send_keys(&format!("{typed}\u{e007}")).await.expect("keys");
    }
    until("three counts", async || lines("open").is_empty()).await;
    assert_eq!((lines("counted").len(), lines("recount").len()), (2, 1));

    // Six of ten are missing: the same person is not believed, another is.
    find_css(&client, "[data-testid='count-state'][data-state='recount']")
        .await
        .click()
        .await
        .expect("a tab");
    until("the doubtful bin", async || {
        count(&client, "count-second").await == 1 && text(&client, "count-bin").await == "A-2"
    })
    .await;
    let quantity = find(&client, "count-quantity").await;
    quantity.send_keys("4\u{e007}").await.expect("keys");
    until("a refusal", async || text(&client, "count-told").await.contains("who counted first")).await;
    find(&client, "counted-by").await.send_keys("Ada").await.expect("keys");
    find(&client, "count-quantity").await.send_keys("4\u{e007}").await.expect("keys");
    until("the second count", async || lines("recount").is_empty()).await;

    // What is within tolerance at once, the rest by a look of its own.
    find_css(&client, "[data-testid='count-state'][data-state='counted']")
        .await
        .click()
        .await
        .expect("a tab");
    until("what waits", async || count(&client, "count-line-row").await == 3).await;
    find(&client, "count-approve-within").await.click().await.expect("a button");
    find(&client, "dialog-confirm").await.click().await.expect("a button");
    until("two booked", async || lines("booked").len() == 2).await;
    until("one left", async || count(&client, "count-line-row").await == 1).await;
    find(&client, "count-approve").await.click().await.expect("a button");
    let reason = find_css(&client, "[data-testid='field'][data-field='reason']").await;
    reason.select_by_value("missing").await.expect("a reason");
    find(&client, "dialog-confirm").await.click().await.expect("a button");
    until("all booked", async || lines("booked").len() == 3).await;
    let stock =
        served.call("ListStock", r#"{"filter":"S-2","sort":"Name","reverse":false,"offset":0,"limit":5}"#);
    assert_eq!(stock["rows"][0]["on_hand"], json!(4_000));
    client.close().await.expect("closed");
}
