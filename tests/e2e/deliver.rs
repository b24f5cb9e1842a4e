//! A person plans a delivery day: looks at the map, finds a delivery by keys, solves, gives up a search.

use crate::screen::{count, find, find_css, go, press, serve_ready, text, until};
use fantoccini::{Client, Locator};
use serde_json::json;

/// Opens Fleet once the demo's day is planned.
async fn fleet(client: &Client, address: &str) {
    client.goto(address).await.expect("the page");
    find(client, "demo-banner").await;
    go(client, "fleet").await;
    find_css(client, "[data-testid='delivery-row']").await;
    until("a plan", async || text(client, "plan-line").await.contains("planned")).await;
}

/// A figure of the strip.
async fn figure(client: &Client, name: &str) -> String {
    let one = find_css(client, &format!("[data-testid='fact'][data-name='{name}']")).await;
    one.text().await.expect("a text")
}

async fn drawn(client: &Client, id: &str) -> u32 {
    let canvas = client.find(Locator::Css(&format!("[data-testid='{id}']"))).await;
    let Ok(canvas) = canvas else { return 0 };
    canvas.attr("data-drawn").await.ok().flatten().and_then(|n| n.parse().ok()).unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_day_is_looked_at_and_solved() {
    let Some(served) = serve_ready().await else { return };
    let client = served.browser("en-GB", false).await;
    fleet(&client, served.first_address()).await;

    // The map with its roads, and the bars; both tell what they show.
    until("roads on the map", async || drawn(&client, "map-roads").await > 0).await;
    until("bars", async || drawn(&client, "gantt").await > 0).await;
    let told = find(&client, "map").await.attr("aria-label").await.expect("an attribute").unwrap_or_default();
    assert!(told.contains("visits"), "{told}");
    assert!(count(&client, "delivery-row").await > 5);

    // By keys: the first delivery, then the next; the sentence names what is selected.
    press(&client, "j").await;
    let first = text(&client, "detail-title").await;
    press(&client, "j").await;
    until("the next one", async || text(&client, "detail-title").await != first).await;
    find_css(&client, "[data-testid='delivery-row'].sel, .sel[data-testid='delivery-row']").await;
    press(&client, "\u{e00c}").await;
    until("nothing selected", async || count(&client, "detail-title").await == 0).await;

    // The map moves by keys and shows all again.
    let map = find(&client, "map").await;
    let before = drawn(&client, "map-roads").await;
    map.send_keys("++").await.expect("keys");
    until("a nearer map", async || drawn(&client, "map-roads").await > before).await;
    let near = drawn(&client, "map-roads").await;
    find(&client, "map-fit").await.click().await.expect("a button");
    until("all of it", async || drawn(&client, "map-roads").await > near).await;

    // A route: its visits as rows, its files on offer.
    find_css(&client, "[data-testid='tab'][data-tab='routes']").await.click().await.expect("a tab");
    find(&client, "route-row").await.click().await.expect("a row");
    find(&client, "driver-sheet").await;
    find(&client, "route-gpx").await;
    assert!(count(&client, "visit-row").await > 0);

    // Solve: the cost falls in sight, and another plan is in force.
    let plan = |day: serde_json::Value| day["plan"]["id"].clone();
    let old = plan(served.call("GetFleet", r#"{"day":null}"#));
    find(&client, "solve").await.click().await.expect("a button");
    let seconds = find_css(&client, "[data-testid='field'][data-field='seconds']").await;
    seconds.clear().await.expect("an empty field");
    seconds.send_keys("3").await.expect("keys");
    find(&client, "dialog-confirm").await.click().await.expect("a button");
    until("a cost that falls", async || drawn(&client, "cost-curve").await > 0).await;
    until("a new plan", async || plan(served.call("GetFleet", r#"{"day":null}"#)) != old).await;
    find(&client, "solve").await;
    let served_of = figure(&client, "served").await;
    assert!(served_of.contains('/'), "{served_of}");
    client.close().await.expect("a closed browser");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_is_given_up_and_a_vehicle_added() {
    let Some(served) = serve_ready().await else { return };
    let client = served.browser("en-GB", true).await;
    fleet(&client, served.first_address()).await;

    // A search that would take ten minutes ends at once.
    press(&client, "s").await;
    let seconds = find_css(&client, "[data-testid='field'][data-field='seconds']").await;
    seconds.clear().await.expect("an empty field");
    seconds.send_keys("600").await.expect("keys");
    find(&client, "dialog-confirm").await.click().await.expect("a button");
    find(&client, "solving").await;
    find_css(&client, ".planbar [data-testid='cancel-job']").await.click().await.expect("a button");
    find(&client, "solve").await;
    let running = |jobs: serde_json::Value| {
        jobs.as_array().is_some_and(|all| {
            all.iter().any(|j| j["kind"] == json!("routes") && j["state"] == json!("Running"))
        })
    };
    until("no search", async || !running(served.call("ListJobs", r#"{"limit":20}"#))).await;

    // A vehicle without capacity is refused in words; a good one stands in the list and makes the plan stale.
    find_css(&client, "[data-testid='tab'][data-tab='vehicles']").await.click().await.expect("a tab");
    let before = count(&client, "vehicle-row").await;
    find(&client, "add-vehicle").await.click().await.expect("a button");
    for (field, typed) in [("code", "NEW-1"), ("name", "New van"), ("capacity_kg", "0")] {
        let input = find_css(&client, &format!("[data-testid='field'][data-field='{field}']")).await;
        input.send_keys(typed).await.expect("keys");
    }
    find(&client, "dialog-confirm").await.click().await.expect("a button");
    let refused = find_css(&client, "[data-testid='dialog'] [data-testid='error']").await;
    assert!(refused.text().await.expect("a text").contains("capacity"));
    let capacity = find_css(&client, "[data-testid='field'][data-field='capacity_kg']").await;
    capacity.clear().await.expect("an empty field");
    capacity.send_keys("800").await.expect("keys");
    find(&client, "dialog-confirm").await.click().await.expect("a button");
    until("one more vehicle", async || count(&client, "vehicle-row").await == before + 1).await;
    find(&client, "plan-stale").await;
    client.close().await.expect("a closed browser");
}
