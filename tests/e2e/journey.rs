//! A shift: looks, decides, imports, hands over; beside it a second window and a second language.

use crate::screen::{all_up, count, find, find_css, go, press, serve, serve_ready, text, until};
use fantoccini::Locator;
use std::process::Command;
use system_tests::Running;

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_at_the_console() {
    let Some(served) = serve(5) else { return };
    let client = served.browser("en-GB", false).await;
    client.goto(served.first_address()).await.expect("the page");

    // The warehouse comes alive: the banner, the site, the chain's readings, proposals to decide.
    find(&client, "demo-banner").await;
    until("devices up", async || {
        let shown = text(&client, "status-devices").await;
        all_up(&shown)
    })
    .await;
    // On a busy machine an alarm of a device may stand above: what has a chart is a proposal.
    find_css(&client, "[data-testid='decision-row'][data-id^='p']").await.click().await.expect("a proposal");
    find(&client, "chart").await;

    // The address is used up: another browser gets in only with its own.
    let stranger = served.browser("en-GB", false).await;
    stranger.goto(served.first_address()).await.expect("a page");
    assert_eq!(stranger.find_all(Locator::Css("[data-testid='rail']")).await.expect("a page").len(), 0);
    let mut second =
        Running::start(Command::new(&served.qm).args(["serve", "--demo", "--site"]).arg(served.site()));
    let line = second.line_with("http://");
    let address = &line[line.find("http://").expect("an address")..];
    stranger.goto(address).await.expect("the page");
    find(&stranger, "rail").await;

    // Live values move without a reload, and both windows show the same.
    go(&client, "environment").await;
    go(&stranger, "environment").await;
    let value = find(&client, "live-value").await;
    let before = value.text().await.expect("a value");
    until("a live value moving", async || {
        find(&client, "live-value").await.text().await.is_ok_and(|now| now != before)
    })
    .await;
    until("two windows alike", async || {
        let (one, other) = (text(&client, "live-value").await, text(&stranger, "live-value").await);
        one == other
    })
    .await;
    stranger.close().await.expect("closed");

    // Every page by its key, none with an error.
    for (letter, page) in [
        ("t", "today"),
        ("a", "alarms"),
        ("s", "stock"),
        ("d", "demand"),
        ("r", "replenish"),
        ("e", "environment"),
        ("v", "devices"),
    ] {
        press(&client, "g").await;
        press(&client, letter).await;
        find_css(&client, &format!("[data-testid='rail-link'][data-page='{page}'][aria-current]")).await;
        find(&client, "page-title").await;
        assert_eq!(count(&client, "error").await, 0, "{page} shows an error");
    }

    // Approve a proposal by one key, take it back, approve again, write the purchase order.
    go(&client, "replenish").await;
    until("draft orders", async || count(&client, "proposal-row").await > 0).await;
    let drafts =
        served.call("ListProposals", r#"{"state":"Draft","limit":10000}"#).as_array().expect("rows").len();
    find(&client, "approve").await.click().await.expect("approve");
    let approved = || {
        served.call("ListProposals", r#"{"state":"Approved","limit":10000}"#).as_array().expect("rows").len()
    };
    until("an approval", async || approved() == 1).await;
    find(&client, "toast-undo").await.click().await.expect("undo");
    until("taking back", async || approved() == 0).await;
    find(&client, "approve").await.click().await.expect("approve");
    until("an approval", async || approved() == 1).await;
    assert_eq!(
        served.call("ListProposals", r#"{"state":"Draft","limit":10000}"#).as_array().expect("rows").len(),
        drafts - 1
    );

    // The same screens in Chinese.
    let english = text(&client, "page-title").await;
    find(&client, "language-switch").await.click().await.expect("language");
    until("Chinese", async || text(&client, "page-title").await != english).await;
    assert!(text(&client, "page-title").await.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)));

    // A report to hand over.
    go(&client, "reports").await;
    find(&client, "make-report").await.click().await.expect("report");
    until("a report", async || count(&client, "report-row").await > 0).await;
    client.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_checked_before_it_is_imported() {
    let Some(served) = serve_ready().await else { return };
    let client = served.browser("en-GB", true).await;
    client.goto(served.first_address()).await.expect("the page");
    find(&client, "demo-banner").await;
    let orders = || {
        let imports = served.call("ListImports", r#"{"limit":20}"#);
        imports.as_array().expect("rows").iter().filter(|row| row["kind"] == "Orders").count()
    };
    until("the demo's own orders", async || orders() == 1).await;
    let path = served.folder.path().join("extra.csv");
    std::fs::write(&path, "order_id,date,sku,qty\nX-1,2026-01-05,NEW-1,3\nX-2,no date,NEW-1,3\n")
        .expect("a file");
    go(&client, "data").await;
    if count(&client, "import-file").await == 0 {
        find(&client, "import-new").await.click().await.expect("new import");
    }
    let input = find(&client, "import-file").await;
    input.send_keys(&path.to_string_lossy()).await.expect("a file is chosen");
    find(&client, "import-check").await.click().await.expect("check");
    find(&client, "import-report").await;
    find(&client, "finding").await;
    assert_eq!(orders(), 1, "a check changes nothing");
    find(&client, "import-start").await.click().await.expect("import");
    until("the import", async || orders() == 2).await;
    client.close().await.expect("closed");
}
