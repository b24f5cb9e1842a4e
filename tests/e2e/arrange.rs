//! A person arranges the screen: zooms the charts of a page, chooses the columns of a list, and finds them so again.

use crate::screen::{count, find, find_css, go, serve_ready, text, until};
use fantoccini::actions::{
    InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction, WheelAction, WheelActions,
};
use fantoccini::{Client, Locator};
use std::time::Duration;

/// The ends of what the first chart shows.
async fn shown(client: &Client) -> (f64, f64) {
    let chart = find(client, "chart-box").await;
    let mut ends = [0.0; 2];
    for (end, name) in ends.iter_mut().zip(["data-from", "data-to"]) {
        *end = chart.attr(name).await.expect("an attribute").and_then(|v| v.parse().ok()).unwrap_or_default();
    }
    (ends[0], ends[1])
}

fn length(span: (f64, f64)) -> f64 {
    span.1 - span.0
}

/// What the time window's choice says.
async fn window(client: &Client) -> String {
    let chooser = find(client, "window-select").await;
    chooser.prop("value").await.expect("a property").unwrap_or_default()
}

/// The keys of the heads that sort, in order.
async fn heads(client: &Client) -> Vec<String> {
    let mut keys = Vec::new();
    for head in client.find_all(Locator::Css("[data-testid='sort']")).await.expect("a page") {
        keys.push(head.attr("data-key").await.expect("an attribute").unwrap_or_default());
    }
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn charts_are_moved_and_zoomed() {
    let Some(served) = serve_ready().await else { return };
    let client = served.browser("en-GB", false).await;
    client.goto(served.first_address()).await.expect("the page");
    find(&client, "demo-banner").await;
    go(&client, "environment").await;
    // A room is chosen: else the page shows whichever is nearest to its limits.
    until("a room chosen", async || {
        let row = client.find(Locator::Css("[data-testid='zone-row']")).await;
        let Ok(row) = row else { return false };
        row.click().await.is_ok()
            && client.current_url().await.is_ok_and(|url| url.as_str().matches('/').count() > 4)
    })
    .await;
    find_css(&client, "[data-testid='chart'][data-drawn]").await;
    let whole = shown(&client).await;
    assert_eq!(window(&client).await, "24h");

    // By keys: nearer, then earlier.
    let chart = find(&client, "chart-box").await;
    chart.send_keys("+").await.expect("keys");
    until("a nearer look", async || length(shown(&client).await) < length(whole) * 0.7).await;
    let near = shown(&client).await;
    assert_eq!(window(&client).await, "custom");
    chart.send_keys("\u{e012}").await.expect("keys");
    until("an earlier look", async || shown(&client).await.0 < near.0).await;
    assert!((length(shown(&client).await) - length(near)).abs() < 1000.0, "it moved, it did not zoom");
    let told = chart.find(Locator::Css("[data-testid='chart']")).await.expect("the canvas");
    assert!(told.attr("aria-label").await.expect("an attribute").is_some_and(|label| label.contains(" to ")));

    // The page's other charts show the same span.
    until("one span for all", async || {
        let from = shown(&client).await.0;
        for other in client.find_all(Locator::Css("[data-testid='chart-box']")).await.expect("a page") {
            let other = other.attr("data-from").await.ok().flatten();
            if other.and_then(|v| v.parse::<f64>().ok()) != Some(from) {
                return false;
            }
        }
        true
    })
    .await;

    // The window's choice leads back.
    find_css(&client, "[data-testid='window-select'] option[value='24h']")
        .await
        .click()
        .await
        .expect("a choice");
    until("the window again", async || length(shown(&client).await) >= length(whole) * 0.99).await;
    assert_eq!(window(&client).await, "24h");

    // By the wheel, around the pointer; and dragged.
    let (x, y, width, height) = chart.rectangle().await.expect("a place");
    let (x, y) = ((x + width * 0.75) as i64, (y + height / 2.0) as i64);
    let turn = WheelAction::Scroll { duration: None, x, y, delta_x: 0, delta_y: -240 };
    client.perform_actions(WheelActions::new("wheel".into()).then(turn)).await.expect("a wheel");
    until("a nearer look", async || length(shown(&client).await) < length(whole) * 0.8).await;
    let near = shown(&client).await;
    assert!(near.0 - whole.0 > whole.1 - near.1, "what is under the pointer stays there");
    let drag = MouseActions::new("mouse".into())
        .then(PointerAction::MoveTo { duration: None, x: x as f64, y: y as f64 })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(PointerAction::MoveBy { duration: Some(Duration::from_millis(50)), x: 120.0, y: 0.0 })
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    client.perform_actions(drag).await.expect("a drag");
    until("an earlier look", async || shown(&client).await.0 < near.0).await;

    // All again, from anywhere on the page.
    crate::screen::press(&client, "0").await;
    until("the window again", async || length(shown(&client).await) >= length(whole) * 0.99).await;

    // Demand, in days.
    go(&client, "demand").await;
    until("demand drawn", async || length(shown(&client).await) > 100.0).await;
    let whole = shown(&client).await;
    find(&client, "chart-box").await.send_keys("+").await.expect("keys");
    until("a nearer look", async || length(shown(&client).await) < length(whole) * 0.7).await;
    find(&client, "chart-reset").await.click().await.expect("a button");
    until("all of it", async || shown(&client).await == whole).await;
    client.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_stay_as_they_were_chosen() {
    let Some(served) = serve_ready().await else { return };
    let client = served.browser("en-GB", false).await;
    client.goto(served.first_address()).await.expect("the page");
    find(&client, "demo-banner").await;
    go(&client, "stock").await;
    until("items", async || count(&client, "stock-row").await > 0).await;
    assert_eq!(heads(&client).await, ["name", "available", "cover", "runs-out"]);
    let cells = async || {
        let row = find(&client, "stock-row").await;
        row.find_all(Locator::Css("[role='gridcell']")).await.map_or(0, |cells| cells.len())
    };
    assert_eq!(cells().await, 4);

    // Hidden, shown and moved, by the keyboard alone.
    crate::screen::press(&client, "l").await;
    find(&client, "column-panel").await;
    let part = |id: &str, key: &str| format!("[data-testid='{id}'][data-key='{key}']");
    find_css(&client, &part("column-show", "available")).await.send_keys(" ").await.expect("keys");
    find_css(&client, &part("column-show", "value")).await.send_keys(" ").await.expect("keys");
    find_css(&client, &part("column-up", "cover")).await.send_keys("\u{e007}").await.expect("keys");
    find_css(&client, &part("column-up", "cover")).await.send_keys("\u{e007}").await.expect("keys");
    until("the columns", async || heads(&client).await == ["cover", "name", "runs-out", "value"]).await;
    assert_eq!(cells().await, 4);
    find_css(&client, &part("column-up", "runs-out")).await.send_keys("\u{e00c}").await.expect("keys");
    until("no panel", async || count(&client, "column-panel").await == 0).await;

    // Sorted by value, then the other way round.
    let first = async || text(&client, "stock-row").await;
    let dearest = {
        let before = first().await;
        find_css(&client, &part("sort", "value")).await.click().await.expect("a head");
        until("another order", async || first().await != before).await;
        first().await
    };
    find_css(&client, &part("sort", "value")).await.click().await.expect("a head");
    until("the order turned", async || first().await != dearest).await;
    let cheapest = first().await;

    client.refresh().await.expect("a reload");
    until("items", async || count(&client, "stock-row").await > 0).await;
    assert_eq!(heads(&client).await, ["cover", "name", "runs-out", "value"]);
    until("the same order", async || first().await == cheapest).await;

    // One column stays; and all is as at first.
    find(&client, "columns").await.click().await.expect("a button");
    for key in ["cover", "runs-out", "value", "name"] {
        let shown = find_css(&client, &part("column-show", key)).await;
        if shown.is_enabled().await.expect("a box") {
            shown.click().await.expect("a box");
        }
    }
    until("one column", async || heads(&client).await == ["name"]).await;
    find(&client, "column-reset").await.click().await.expect("a button");
    until("as at first", async || heads(&client).await == ["name", "available", "cover", "runs-out"]).await;
    client.close().await.expect("closed");
}
