//! One smoke of the real window: it opens on the demo site, shows it, and a terminal beside it sees the same owner.

use crate::screen::{find, text, until};
use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use std::process::Command;
use system_tests::{Running, program, tool};
use tempfile::TempDir;

/// A display nobody sees.
fn display() -> (Running, String) {
    let mut command = Command::new("Xvfb");
    command.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
    let mut server = Running::start(&mut command);
    let number = server.line_with("");
    (server, format!(":{number}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_opens_on_the_demo_site() {
    let (Some(window), Some(qm)) = (program("QM_WINDOW_BIN"), program("QM_BIN")) else { return };
    if !tool("WebKitWebDriver") || !tool("Xvfb") {
        return;
    }
    let folder = TempDir::new().expect("a temporary folder");
    let site = folder.path().join("site");
    let (_server, display) = display();
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("its address").port()
    };
    let mut driver = Command::new("WebKitWebDriver");
    driver.arg(format!("--port={port}")).env("DISPLAY", &display).env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
    let _driver = Running::start(&mut driver);
    let mut capabilities = serde_json::Map::new();
    let site_text = site.to_string_lossy().into_owned();
    capabilities.insert(
        "webkitgtk:browserOptions".into(),
        json!({ "binary": window, "args": ["--demo", "--speed", "60", "--seed", "7", "--site", site_text] }),
    );
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    let address = format!("http://127.0.0.1:{port}");
    let mut session = None;
    until("the driver listening", async || {
        session = builder.connect(&address).await.ok();
        session.is_some()
    })
    .await;
    let client = session.expect("a session");
    find(&client, "demo-banner").await;
    until("devices up", async || {
        let shown = text(&client, "status-devices").await;
        shown.contains("1/1") || shown.contains("1 of 1")
    })
    .await;
    let output = Command::new(&qm).args(["call", "GetStatus", "{}", "--site"]).arg(&site).output().expect("qm runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(status["recording"], json!(true));
    assert_eq!(status["devices_up"], json!(1), "the terminal attached to the window's process");
    client.close().await.expect("closed");
}
