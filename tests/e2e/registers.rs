//! A person finds out what the registers of a meter mean: the bench's meter is pymodbus, which nobody here wrote.

use crate::screen::{count, find, find_css, go, says, serve_ready, until};
use fantoccini::Client;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A Modbus TCP server of pymodbus with every type in every order; it goes with this.
struct Meter {
    child: Child,
    address: String,
}

impl Meter {
    fn start() -> Option<Self> {
        let (python, packages) = testkit::python()?;
        let mut child = Command::new(python)
            .arg(testkit::repo_root().join("crates/ingest/tests/it/modbus/server.py"))
            .args(["tcp", "0"])
            .env("PYTHONPATH", packages)
            // It ends when this end does.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("text");
        let port = line.trim().strip_prefix("ready ").expect("pymodbus is ready");
        Some(Self { address: format!("127.0.0.1:{port}"), child })
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn fill(client: &Client, within: &str, field: &str, text: &str) {
    let input = find_css(client, &format!("{within} [data-testid='field'][data-field='{field}']")).await;
    input.clear().await.expect("a field");
    input.send_keys(text).await.expect("keys");
}

async fn choose(client: &Client, field: &str, option: &str) {
    let css = format!("[data-field='{field}'] option[value='{option}']");
    find_css(client, &css).await.click().await.expect("a choice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_becomes_a_channel() {
    let Some(meter) = Meter::start() else { return };
    let Some(served) = serve_ready().await else { return };
    let client = served.browser("en-GB", false).await;
    client.goto(served.first_address()).await.expect("the page");
    find(&client, "demo-banner").await;
    go(&client, "devices").await;

    // From the template of a meter on a serial line, reached over TCP instead.
    find(&client, "add-device").await.click().await.expect("a button");
    let template = "[data-testid='template-row'][data-id='em24']";
    find_css(&client, template).await.click().await.expect("a template");
    choose(&client, "driver", "tcp").await;
    choose(&client, "language", "modbus_tcp").await;
    fill(&client, "form", "name", "Line 3").await;
    fill(&client, "form", "address", &meter.address).await;
    // An impatient timing is told beside its field, before anything is tried.
    find_css(&client, "[data-testid='device-form'] details:has([data-field='timeout_ms']) summary")
        .await
        .click()
        .await
        .expect("a section");
    fill(&client, "form", "timeout_ms", "1\t").await;
    find_css(&client, "[data-testid='field-fault'][data-field='timeout_ms']").await;
    fill(&client, "form", "timeout_ms", "3000\t").await;
    until("the fault gone", async || count(&client, "field-fault").await == 0).await;
    find(&client, "test-read").await.click().await.expect("a button");
    find_css(&client, "[data-testid='test-verdict'][data-code='Values']").await;
    find(&client, "save-device").await.click().await.expect("a button");
    until("its own page", async || says(&client, "[data-testid='detail-title']", "Line 3").await).await;

    // 230.5 stands in each order in two registers of its own; every type in every order is shown for each of them.
    find(&client, "registers").await.click().await.expect("a button");
    choose(&client, "browse-notation", "from_zero").await;
    fill(&client, "", "browse-address", "64").await;
    fill(&client, "", "browse-count", "8").await;
    find(&client, "read-registers").await.click().await.expect("a button");
    until("eight registers", async || count(&client, "register-row").await == 8).await;
    for (address, order) in [(64, "abcd"), (66, "cdab"), (68, "badc"), (70, "dcba")] {
        let row = format!("[data-testid='register-pick'][data-address='{address}']");
        find_css(&client, &row).await.click().await.expect("a register");
        let candidate = format!("[data-testid='candidate'][data-kind='f32'][data-order='{order}']");
        until(&format!("230.5 at {address} as {order}"), async || says(&client, &candidate, "230.5").await)
            .await;
    }
    // The last of them becomes a channel, and a value is seen.
    let candidate = "[data-testid='candidate'][data-kind='f32'][data-order='dcba']";
    find_css(&client, candidate).await.click().await.expect("a candidate");
    let dialog = "[data-testid='dialog']";
    for (field, said) in
        [("code", "u3"), ("name", "Voltage of line 3"), ("zone", "Electrical room"), ("unit", "V")]
    {
        fill(&client, dialog, field, said).await;
    }
    find(&client, "dialog-confirm").await.click().await.expect("a button");
    let point = "[data-testid='point-row'][data-id='u3']";
    until("its value", async || says(&client, point, "230.5 V").await).await;
    let id = served.call("ListDevices", "{}");
    let id =
        id.as_array().expect("rows").iter().find(|row| row["name"] == "Line 3").expect("it")["id"].clone();
    let detail = served.call("GetDevice", &format!(r#"{{"id":{id}}}"#));
    let channels: &Vec<Value> = detail["channels"].as_array().expect("channels");
    let channel = channels.iter().find(|channel| channel["code"] == "u3").expect("the channel");
    assert_eq!((channel["name"].as_str(), channel["unit"].as_str()), (Some("Voltage of line 3"), Some("V")));
    client.close().await.expect("closed");
}
