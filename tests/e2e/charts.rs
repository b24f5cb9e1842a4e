//! A person looks closely at readings: adds a channel, moves by keys, reads values at the crosshair, takes the numbers along.

use crate::screen::{count, find, find_css, go, press, serve_ready, text, until};
use fantoccini::Client;

/// The ends of what the chart shows.
async fn shown(client: &Client) -> (f64, f64) {
    let chart = find(client, "lines-box").await;
    let mut ends = [0.0; 2];
    for (end, name) in ends.iter_mut().zip(["data-from", "data-to"]) {
        *end = chart.attr(name).await.expect("an attribute").and_then(|v| v.parse().ok()).unwrap_or_default();
    }
    (ends[0], ends[1])
}

fn length(span: (f64, f64)) -> f64 {
    span.1 - span.0
}

/// What each line says at the crosshair, or last: the second word on is its value.
async fn values(client: &Client) -> Vec<String> {
    let mut said = Vec::new();
    let css = "[data-testid='legend-line'] b";
    for value in client.find_all(fantoccini::Locator::Css(css)).await.expect("a page") {
        said.push(value.text().await.unwrap_or_default());
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn readings_are_looked_at_closely_and_taken_along() {
    let Some(served) = serve_ready().await else { return };
    let client = served.browser("en-GB", false).await;
    client.goto(served.first_address()).await.expect("the page");
    find(&client, "demo-banner").await;
    go(&client, "charts").await;
    find_css(&client, "[data-testid='lines-chart'][data-drawn]").await;
    let lines = async || count(&client, "legend-line").await;
    until("three lines to begin with", async || lines().await == 3).await;

    // One more channel: a line in the legend and in the address.
    let channel = find_css(&client, "[data-testid='chart-channel']:not(.sel)").await;
    let id = channel.attr("data-id").await.expect("an attribute").expect("a channel");
    channel.click().await.expect("a channel");
    until("four lines", async || lines().await == 4).await;
    find_css(&client, &format!("[data-testid='legend-line'][data-id='{id}']")).await;
    let address = client.current_url().await.expect("an address");
    assert!(address.as_str().ends_with(&format!(",{id}")), "{address}");
    until("a number on every line", async || {
        let values = values(&client).await;
        values.len() == 4 && values.iter().all(|v| v.chars().any(|c| c.is_ascii_digit()))
    })
    .await;

    // By keys: nearer, earlier; the crosshair in the middle, a step on, gone.
    let whole = shown(&client).await;
    let chart = find(&client, "lines-box").await;
    chart.send_keys("+").await.expect("keys");
    until("a nearer look", async || length(shown(&client).await) < length(whole) * 0.7).await;
    let near = shown(&client).await;
    chart.send_keys("\u{e012}").await.expect("keys");
    until("an earlier look", async || shown(&client).await.0 < near.0).await;
    let nothing = text(&client, "cross-time").await;
    chart.send_keys("\u{e008}\u{e014}").await.expect("Shift and an arrow");
    until("the crosshair", async || text(&client, "cross-time").await != nothing).await;
    let middle = text(&client, "cross-time").await;
    assert!(middle.contains(':') && middle.contains("UTC"), "{middle}");
    until("values at the crosshair", async || {
        values(&client).await.iter().any(|v| v.chars().any(|c| c.is_ascii_digit()))
    })
    .await;
    chart.send_keys("\u{e008}\u{e014}").await.expect("Shift and an arrow");
    until("a step on", async || {
        let now = text(&client, "cross-time").await;
        now != middle && now != nothing
    })
    .await;
    chart.send_keys("\u{e00c}").await.expect("Escape");
    until("no crosshair", async || text(&client, "cross-time").await == nothing).await;

    // The same as numbers, and back.
    chart.send_keys("t").await.expect("keys");
    until("rows of numbers", async || {
        let rows = client.find_all(fantoccini::Locator::Css("[data-testid='chart-table'] tbody tr")).await;
        rows.is_ok_and(|rows| rows.len() > 10)
    })
    .await;
    let heads = client.find_all(fantoccini::Locator::Css("[data-testid='chart-table'] th")).await;
    assert_eq!(heads.expect("a table").len(), 5, "time and four lines");
    find(&client, "chart-table-toggle").await.click().await.expect("a button");
    until("the chart again", async || count(&client, "chart-table").await == 0).await;

    // As a file: each reading with its offset from UTC, the channel added among them. A new demo's past comes in bit by bit.
    let (from, to) = shown(&client).await;
    let asked = format!(r#"{{"channels":[{id}],"from":{from:.0},"to":{to:.0},"buckets":10}}"#);
    until("its past", async || {
        let reply = served.call("GetSeries", &asked);
        reply["series"][0]["at"].as_array().is_some_and(|at| at.len() > 2)
    })
    .await;
    find(&client, "export-csv").await.click().await.expect("a button");
    let mut file = String::new();
    until("the file", async || {
        let mut found =
            std::fs::read_dir(served.downloads()).into_iter().flatten().flatten().map(|f| f.path());
        let whole = found.find(|path| path.extension().is_some_and(|ending| ending == "csv"));
        file = whole.and_then(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        file.ends_with('\n')
    })
    .await;
    let mut rows = file.trim_start_matches('\u{feff}').lines();
    assert_eq!(rows.next(), Some("time,channel,value,unit,quality"));
    let name = find_css(&client, &format!("[data-testid='legend-line'][data-id='{id}'] .ell")).await;
    let name = name.text().await.expect("a text");
    // Where rooms have channels of one name, the legend names the room, too.
    let name = name.rsplit(" · ").next().unwrap_or_default();
    let (all, named) = rows.fold((0, 0), |(all, named), row| {
        assert!(row.contains("+02:00") || row.contains("+03:00"), "{row}");
        (all + 1, named + i32::from(row.contains(name)))
    });
    assert!(all > 100 && named > 2, "{named} of {all} rows are of {name}");

    // All of it again; and nothing went wrong that only the console tells.
    press(&client, "0").await;
    until("the window again", async || length(shown(&client).await) >= length(whole) * 0.99).await;
    for entry in served.log(&client, "browser").await {
        assert!(entry["level"] != "SEVERE", "{entry}");
    }
    client.close().await.expect("closed");
}
