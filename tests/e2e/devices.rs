//! A person plugs a device in: from a template, read on trial, kept, seen to be up, cloned and listed.

use crate::screen::{Served, count, find, find_css, go, says, serve_ready, until};
use base64::Engine;
use fantoccini::Client;
use sim::chain::{Chain, Outlet};
use std::sync::Arc;
use units::{Millis, Seed, Timestamp};

/// A chain on a TCP port, whose clock runs sixty times as fast as ours.
fn chain() -> sim::chain::Running {
    let begun = tokio::time::Instant::now();
    let from = Timestamp(1_790_000_000_000);
    let clock = Arc::new(move || from + Millis(begun.elapsed().as_millis() as i64 * 60));
    let chain = Chain::new(Seed(3), from);
    let outlet = Outlet::Tcp { address: "127.0.0.1:0".into() };
    sim::chain::start(chain, outlet, from, 60, clock).expect("a chain")
}

/// Writes into a field of the form.
async fn fill(client: &Client, field: &str, text: &str) {
    let input = find_css(client, &format!("[data-testid='field'][data-field='{field}']")).await;
    input.clear().await.expect("a field");
    input.send_keys(text).await.expect("keys");
}

/// The names of the devices in a state, or of all.
fn devices(served: &Served, state: Option<&str>) -> Vec<String> {
    let rows = served.call("ListDevices", "{}");
    let rows = rows.as_array().expect("rows").iter();
    rows.filter(|row| state.is_none_or(|state| row["state"] == state))
        .map(|row| row["name"].as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_from_its_template_to_a_list_of_many() {
    let Some(served) = serve_ready().await else { return };
    let chain = chain();
    let address = chain.endpoint().strip_prefix("tcp://").expect("a TCP line").to_owned();
    let client = served.browser("en-GB", false).await;
    client.goto(served.first_address()).await.expect("the page");
    find(&client, "demo-banner").await;
    go(&client, "devices").await;

    // From its template, at another place than the template's.
    find(&client, "add-device").await.click().await.expect("a button");
    find(&client, "template-find").await.send_keys("chain").await.expect("keys");
    find_css(&client, "[data-testid='template-row'][data-id='chain']")
        .await
        .click()
        .await
        .expect("a template");
    find_css(&client, "[data-field='driver'] option[value='tcp']").await.click().await.expect("a choice");
    fill(&client, "name", "Loading dock 1").await;
    fill(&client, "address", &address).await;

    // What it says is read and shown, and nothing of it is kept.
    find(&client, "test-read").await.click().await.expect("a button");
    find_css(&client, "[data-testid='test-verdict'][data-code='Values']").await;
    assert_eq!(count(&client, "test-value").await, 12);
    assert!(!devices(&served, None).contains(&"Loading dock 1".to_owned()));

    find(&client, "save-device").await.click().await.expect("a button");
    until("the device up", async || devices(&served, Some("Up")).contains(&"Loading dock 1".to_owned()))
        .await;
    until("its own page", async || says(&client, "[data-testid='detail-title']", "Loading dock 1").await)
        .await;
    find(&client, "live-view").await.click().await.expect("a button");
    until("values as they come", async || count(&client, "live-said").await > 0).await;

    // Three more like it, shown before they are made.
    find(&client, "clone-device").await.click().await.expect("a button");
    fill(&client, "clone-endpoint", "tcp://127.0.0.1:{n}").await;
    fill(&client, "clone-from", "9101").await;
    fill(&client, "clone-to", "9103").await;
    find(&client, "clone-preview").await.click().await.expect("a button");
    until("a preview", async || count(&client, "clone-row").await == 3).await;
    let before = devices(&served, None).len();
    find(&client, "clone-make").await.click().await.expect("a button");
    until("the clones", async || devices(&served, None).len() == before + 3).await;

    // The list, out and in again: nothing is new in it.
    let file = served.call("ExportDevices", "{}");
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(file["base64"].as_str().expect("a file"))
        .expect("base64");
    let path = served.folder.path().join("devices.csv");
    std::fs::write(&path, &bytes).expect("a file");
    assert!(devices(&served, None).contains(&"Loading dock 9103".to_owned()));
    let list = String::from_utf8(bytes).expect("text");
    let names: Vec<&str> = list.lines().filter_map(|line| line.split(',').next()).collect();
    for name in devices(&served, None) {
        assert!(names.contains(&name.as_str()), "{name} is not in {names:?}");
    }
    find(&client, "import-devices").await.click().await.expect("a button");
    find(&client, "import-devices-file").await.send_keys(&path.to_string_lossy()).await.expect("a file");
    until("the list", async || count(&client, "import-device-row").await == before + 3).await;
    assert_eq!(count(&client, "finding").await, 0);
    assert_eq!(count(&client, "import-devices-go").await, 0, "nothing of it is new");
    scan(&client).await;
    client.close().await.expect("closed");
    chain.stop();
}

/// A wedge types a code whose check digit is wrong, then one of an item of this site.
async fn scan(client: &Client) {
    find(client, "scan-test").await.click().await.expect("a button");
    let field = find(client, "scan-field").await;
    field.send_keys("]C1010950600013435310AB-12\u{e007}").await.expect("keys");
    find_css(client, "[data-testid='scan-verdict'][data-verdict='wrong']").await;
    find_css(client, "[data-testid='scan-part'][data-role='Check'][data-good='false']").await;
    assert_eq!(count(client, "scan-element").await, 2);
    field.send_keys("4006381333931\u{e007}").await.expect("keys");
    find_css(client, "[data-testid='scan-verdict'][data-verdict='right']").await;
    assert_eq!(count(client, "scan-element").await, 1);
}
