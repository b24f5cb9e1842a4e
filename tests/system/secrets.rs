//! A device that asks for a password, through calls: it waits, is let in, and nobody else hears the password.

use crate::site::{Site, morning};
use app::{Actor, App, Clock, Opening, SiteSettings};
use contract::*;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;
use units::Millis;

const PASSWORD: &str = "hunter2-hunter2";
const PASSPHRASE: &str = "correct horse battery";

/// A meter that answers `reader` with that password, on loopback. It ends with the test's process.
fn meter() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}/values", listener.local_addr().expect("bound"));
    // "reader:hunter2-hunter2", as RFC 7617 has it.
    let wanted = "Basic cmVhZGVyOmh1bnRlcjItaHVudGVyMg==";
    std::thread::spawn(move || {
        for peer in listener.incoming() {
            let Ok(mut peer) = peer else { return };
            let mut asked = Vec::new();
            let mut buffer = [0; 1024];
            while !asked.windows(4).any(|end| end == b"\r\n\r\n") {
                match peer.read(&mut buffer) {
                    Ok(count) if count > 0 => asked.extend_from_slice(&buffer[..count]),
                    _ => break,
                }
            }
            let (status, body) = match String::from_utf8_lossy(&asked).contains(wanted) {
                true => ("200 OK", r#"{"kw":3.5}"#),
                false => ("401 Unauthorized", "no"),
            };
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = peer.write_all(format!("{head}{body}").as_bytes());
        }
    });
    endpoint
}

/// A demonstration's site: its secrets are never in somebody's keyring.
fn open_in(folder: &Path) -> App {
    let opening = Opening {
        folder: folder.to_owned(),
        clock: Clock::manual(morning()),
        first_settings: SiteSettings { demo: true, ..SiteSettings::default() },
        check: false,
        library: None,
    };
    let app = App::open(opening, &tokio::runtime::Handle::current()).expect("it opens");
    app.listen();
    app
}

async fn until(site: &Site, what: impl Fn(&DeviceRow) -> bool) -> DeviceRow {
    let begun = Instant::now();
    loop {
        let rows = site.app.call(ListDevices {}, &site.by).await.expect("devices");
        if let Some(row) = rows.into_iter().find(&what) {
            return row;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it becomes so in time");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn kept(site: &Site) -> (String, Vec<String>) {
    let state = site.app.call(GetSecrets {}, &site.by).await.expect("secrets");
    (state.kept, state.waiting)
}

fn unlock(passphrase: &str) -> UnlockSecrets {
    UnlockSecrets { passphrase: Secret(passphrase.to_owned()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_lets_in_and_is_heard_by_nobody_else() {
    let folder = TempDir::new().expect("a folder");
    let clock = Clock::manual(morning());
    let mut site = Site { app: open_in(folder.path()), clock, folder, by: Actor::local_admin() };
    let add = AddDevice {
        name: "Meter".into(),
        endpoint: meter(),
        baud: 0,
        interval: Millis::seconds(1),
        setup: r#"{"access":{"user":"reader"}}"#.into(),
        channels: vec![],
    };
    let device = site.app.call(add, &site.by).await.expect("a device");
    let refused = until(&site, |row| row.fault.is_some()).await;
    assert!(refused.fault.as_deref().is_some_and(|fault| fault.contains("401")), "{refused:?}");

    let set = SetSecret { device, secret: Some(Secret(PASSWORD.into())) };
    assert!(!format!("{set:?}").contains(PASSWORD));
    let locked = site.app.call(set.clone(), &site.by).await.expect_err("no passphrase yet");
    assert_eq!(locked.code, Code::Conflict);
    assert_eq!(kept(&site).await, ("New".into(), vec![]));
    let short = site.app.call(unlock("short"), &site.by).await.expect_err("too short");
    assert_eq!(short.code, Code::BadInput);
    site.app.call(unlock(PASSPHRASE), &site.by).await.expect("made");
    site.app.call(set, &site.by).await.expect("kept");
    let row = until(&site, |row| row.connected && row.frames > 0).await;
    assert!(row.setup.contains(r#""secret":true"#), "{}", row.setup);
    assert_eq!(kept(&site).await, ("Open".into(), vec![]));

    site.app.close().await;
    site.app = open_in(site.folder.path());
    assert_eq!(kept(&site).await, ("Locked".into(), vec!["Meter".into()]));
    let row = until(&site, |row| row.fault.is_some()).await;
    assert!(row.fault.is_some_and(|fault| fault.contains("passphrase")) && !row.connected);
    let wrong = site.app.call(unlock("correct horse bakery"), &site.by).await.expect_err("another one");
    assert_eq!(wrong.code, Code::BadInput);
    site.app.call(unlock(PASSPHRASE), &site.by).await.expect("open");
    until(&site, |row| row.connected).await;

    let audit = site.app.call(ListAudit { limit: 100 }, &site.by).await.expect("the audit");
    let actions: Vec<&str> = audit.iter().map(|row| row.action.as_str()).collect();
    for action in ["secrets.made", "secret.changed", "secrets.unlocked"] {
        assert!(actions.contains(&action), "{actions:?}");
    }
    site.app.close().await;
    // Neither records nor telemetry nor anything else in the folder has it.
    let mut folders = vec![site.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("listed").flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else if let Ok(bytes) = std::fs::read(entry.path()) {
                for said in [PASSWORD, PASSPHRASE] {
                    let there = bytes.windows(said.len()).any(|window| window == said.as_bytes());
                    assert!(!there, "{} holds it", entry.path().display());
                }
            }
        }
    }
}
