//! The real window: it opens on the demo site, a terminal beside it sees the same owner, and closing it goes on recording.

use crate::screen::{DEMO_DEVICES, all_up, find, ready_site, text, until};
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
    let (_folder, site) = ready_site(&qm).await;
    let (_server, display) = display();
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("its address").port()
    };
    let mut driver = Command::new("WebKitWebDriver");
    driver
        .arg(format!("--port={port}"))
        .env("DISPLAY", &display)
        .env("TAURI_AUTOMATION", "true")
        .env("TAURI_WEBVIEW_AUTOMATION", "true");
    let _driver = Running::start(&mut driver);
    let mut capabilities = serde_json::Map::new();
    let site_text = site.to_string_lossy().into_owned();
    capabilities.insert(
        "webkitgtk:browserOptions".into(),
        json!({ "binary": window, "args": ["--demo", "--speed", "60", "--seed", "12", "--site", site_text] }),
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
        all_up(&shown)
    })
    .await;
    let output = Command::new(&qm)
        .args(["call", "GetStatus", "{}", "--demo", "--site"])
        .arg(&site)
        .output()
        .expect("qm runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let status: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(status["recording"], json!(true));
    assert_eq!(status["devices_up"], json!(DEMO_DEVICES), "the terminal attached to the window's process");
    client.close().await.expect("closed");
}

/// What a window manager sends when a person clicks the window's cross. False until the window is there.
#[cfg(target_os = "linux")]
fn click_the_cross(display: &str) -> bool {
    use x11rb::connection::Connection;
    use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, Window};
    let (connection, screen) = x11rb::connect(Some(display)).expect("the display");
    let atom =
        |name: &[u8]| connection.intern_atom(false, name).expect("asked").reply().expect("an atom").atom;
    let (protocols, delete) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
    let closable = |window: Window| {
        let property =
            connection.get_property(false, window, protocols, AtomEnum::ATOM, 0, 32).expect("asked").reply();
        let named = connection
            .get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64)
            .expect("asked")
            .reply();
        let closes = property
            .is_ok_and(|reply| reply.value32().is_some_and(|mut atoms| atoms.any(|atom| atom == delete)));
        closes && named.is_ok_and(|reply| reply.value.starts_with(b"Quartermaster"))
    };
    let root = connection.setup().roots[screen].root;
    let tree = connection.query_tree(root).expect("asked").reply().expect("windows");
    let Some(window) = tree.children.into_iter().find(|window| closable(*window)) else { return false };
    let message = ClientMessageEvent::new(32, window, protocols, [delete, x11rb::CURRENT_TIME, 0, 0, 0]);
    connection.send_event(false, window, EventMask::NO_EVENT, message).expect("sent");
    connection.flush().expect("sent");
    true
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_window_goes_on_recording_without_a_gap() {
    let (Some(window), Some(qm)) = (program("QM_WINDOW_BIN"), program("QM_BIN")) else { return };
    if !tool("Xvfb") {
        return;
    }
    let folder = TempDir::new().expect("a temporary folder");
    let site = folder.path().join("site");
    let (_server, display) = display();
    let mut command = Command::new(&window);
    command.args(["--demo", "--speed", "60", "--seed", "8", "--site"]).arg(&site).env("DISPLAY", &display);
    let running = Running::start(&mut command);
    let call = |name: &str, body: &str| -> Option<serde_json::Value> {
        let output = Command::new(&qm)
            .args(["call", name, body, "--demo", "--site"])
            .arg(&site)
            .output()
            .expect("qm runs");
        output.status.success().then(|| serde_json::from_slice(&output.stdout).expect("JSON"))
    };
    // A call that comes before the window would own the site itself, and the window only attach to it.
    until("the window owning the site", async || {
        let note = std::fs::read(site.join("owner.json")).unwrap_or_default();
        let note: serde_json::Value = serde_json::from_slice(&note).unwrap_or_default();
        note["pid"] == json!(running.pid()) && note["endpoint"].is_string()
    })
    .await;
    until("the window's owner answering", async || {
        call("GetStatus", "{}").is_some_and(|status| status["devices_up"] == json!(DEMO_DEVICES))
    })
    .await;
    until("the window", async || click_the_cross(&display)).await;
    let closed_at =
        call("GetStatus", "{}").expect("the owner still answers")["now"].as_i64().expect("a time");
    let last = || {
        let zones = call("ListZones", "{}").expect("the owner still answers");
        // A probe of the chain, which speaks every ten seconds.
        let mut channels =
            zones.as_array().into_iter().flatten().filter_map(|zone| zone["channels"].as_array());
        let probe = channels.find_map(|of_zone| of_zone.iter().find(|one| one["code"] == json!("T05")));
        let channel = probe.expect("the chain's fifth probe");
        (channel["channel"].as_i64().expect("a channel"), channel["latest"]["at"].as_i64().unwrap_or(0))
    };
    // Ten simulated minutes after the click the chain is still heard.
    until("recording on", async || last().1 > closed_at + 600_000).await;
    let (channel, now) = last();
    let from = closed_at - 300_000;
    let body = json!({ "channels": [channel], "from": from, "to": now, "buckets": 4000 }).to_string();
    let output = Command::new(&qm)
        .args(["call", "GetSeries", &body, "--demo", "--site"])
        .arg(&site)
        .output()
        .expect("qm runs");
    let series: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a frame is shown as JSON");
    let times: Vec<i64> = series["series"][0]["at"]
        .as_array()
        .expect("times")
        .iter()
        .filter_map(serde_json::Value::as_i64)
        .collect();
    assert!(times.len() > 60, "{}", times.len());
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] <= 20_000, "a gap of {} s around the click", (pair[1] - pair[0]) / 1000);
    }
    assert!(std::path::Path::new(&format!("/proc/{}", running.pid())).exists(), "the process is alive");
}
