//! A person doubts a sensor: sets a test after seeing what it would mark, enters its certificate, and the list follows.

use crate::screen::{Served, count, find, find_css, go, serve_ready, text, until};
use fantoccini::{Client, Locator};
use serde_json::Value;
use units::Day;

/// A channel with a unit and limits, and its newest value.
fn channel(served: &Served) -> Option<(i64, f64)> {
    let zones = served.call("ListZones", "{}");
    let channels = zones.as_array()?.iter().filter_map(|zone| zone["channels"].as_array()).flatten();
    channels
        .filter(|channel| channel["unit"] == "°C" && channel["high"].is_i64() && channel["stale"] == false)
        .find_map(|channel| {
            let value = channel["latest"]["value"].as_i64()?;
            Some((channel["channel"].as_i64()?, value as f64 / 1000.0))
        })
}

/// Writes into a field of the page, or of the dialog over it.
async fn fill(client: &Client, within: &str, field: &str, text: &str) {
    let input = find_css(client, &format!("{within} [data-testid='field'][data-field='{field}']")).await;
    input.clear().await.expect("a field");
    input.send_keys(text).await.expect("keys");
}

/// How many readings the typed tests would mark, as the page says it.
async fn would_mark(client: &Client) -> Option<u64> {
    let said = text(client, "quality-trial").await;
    said.split_whitespace().find_map(|word| word.replace(',', "").parse().ok())
}

/// Whether the address is of that page and row.
async fn at(client: &Client, place: &str) -> bool {
    client.current_url().await.is_ok_and(|url| url.fragment() == Some(place))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubted_sensor_is_tested_listed_and_calibrated() {
    let Some(served) = serve_ready().await else { return };
    let client = served.browser("en-GB", false).await;
    client.goto(served.first_address()).await.expect("the page");
    find(&client, "demo-banner").await;
    let mut known = None;
    until("a channel with a value", async || {
        known = channel(&served);
        known.is_some()
    })
    .await;
    let (channel, value) = known.expect("it was found");

    // The list; one channel of it, with its tests.
    go(&client, "quality").await;
    find_css(&client, "[data-testid='tab'][data-tab='all']").await.click().await.expect("a tab");
    let row = format!("[data-testid='quality-row'][data-id='{channel}']");
    // Rows move while doubts come and go.
    until("the channel chosen", async || {
        let _ = find_css(&client, &row).await.click().await;
        at(&client, &format!("/quality/{channel}?all")).await
    })
    .await;
    until("its tests tried on its history", async || would_mark(&client).await.is_some()).await;
    let before = would_mark(&client).await.expect("a number");

    // A limit below what it says now: the page tells how much that would mark, and nothing is marked yet.
    fill(&client, "main", "max", &format!("{:.1}", value - 3.0)).await;
    until("more that would be marked", async || would_mark(&client).await.is_some_and(|n| n > before)).await;
    let out_of_range = || {
        let work = served.call("ListQualityWork", "{}");
        let rows = work["channels"].as_array().expect("channels");
        let ours = rows.iter().find(|row| row["channel"] == channel).expect("the channel");
        let issues = ours["issues"].as_array().expect("doubts");
        issues.iter().find(|issue| issue["kind"] == "OutOfRange").map(|issue| issue["readings"].clone())
    };
    let marked = out_of_range().and_then(|n| n.as_u64()).unwrap_or(0);

    // Saved with a reason, it marks what comes from then on; the list and the bar at the bottom follow by themselves.
    find(&client, "quality-save").await.click().await.expect("a button");
    fill(&client, "[data-testid='dialog']", "why", "the maker says so").await;
    find(&client, "dialog-confirm").await.click().await.expect("a button");
    until("no dialog", async || count(&client, "dialog").await == 0).await;
    until("readings in doubt", async || out_of_range().and_then(|n| n.as_u64()).is_some_and(|n| n > marked))
        .await;
    until("the list to follow", async || {
        find_css(&client, &row).await.text().await.is_ok_and(|text| text.contains("out of range"))
    })
    .await;
    find_css(&client, "[data-testid='quality-issue'][data-id='OutOfRange']").await;
    until("the bar at the bottom", async || text(&client, "status-doubts").await.contains("in doubt")).await;

    // A certificate that ends in fifteen days.
    find(&client, "calibrate").await.click().await.expect("a button");
    let dialog = "[data-testid='dialog']";
    let done = find_css(&client, &format!("{dialog} [data-field='done']")).await;
    let today = done.prop("value").await.expect("a property").unwrap_or_default();
    let expires = Day::parse(&today).expect("today is filled in").plus(15).to_string();
    fill(&client, dialog, "offset", "-0.25").await;
    fill(&client, dialog, "certificate", "K-2026-118").await;
    fill(&client, dialog, "laboratory", "Harbour Lab").await;
    fill(&client, dialog, "expires", &expires).await;
    fill(&client, dialog, "why", "yearly").await;
    find(&client, "dialog-confirm").await.click().await.expect("a button");
    until("the calibration", async || {
        let shown = client.find_all(Locator::Css("[data-testid='calibration-row']")).await;
        let Some(row) = shown.ok().and_then(|rows| rows.into_iter().next()) else { return false };
        let text = row.text().await.unwrap_or_default();
        ["K-2026-118", "Harbour Lab", expires.as_str(), today.as_str()].iter().all(|part| text.contains(part))
    })
    .await;
    find_css(&client, "[data-testid='quality-issue'][data-id='CalibrationDue']").await;

    // From its room it is one step to the same page, and on a chart the calibration is an event with a name.
    client.execute(&format!("location.hash = '#/environment/c{channel}'"), vec![]).await.expect("a page");
    let there = format!("[data-testid='channel-row'][data-id='{channel}'] [data-testid='to-quality']");
    find_css(&client, &there).await.click().await.expect("a link");
    until("its quality", async || at(&client, &format!("/quality/{channel}")).await).await;
    client.execute(&format!("location.hash = '#/charts/{channel}'"), vec![]).await.expect("a page");
    until("the event", async || {
        let rows = client.find_all(Locator::Css("[data-testid='event-row']")).await;
        for row in rows.unwrap_or_default() {
            if row.text().await.is_ok_and(|text| text.contains("calibrated as K-2026-118 says")) {
                return true;
            }
        }
        false
    })
    .await;
    let errors: Vec<Value> = served.log(&client, "browser").await;
    let errors: Vec<&Value> = errors.iter().filter(|line| line["level"] == "SEVERE").collect();
    assert!(errors.is_empty(), "{errors:?}");
    client.close().await.expect("closed");
}
