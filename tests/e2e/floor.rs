//! The warehouse from above: bins in a list and on the plan, by keys, with what lies in them.

use crate::screen::{count, find, go, says, serve_site, until};
use std::process::Command;
use system_tests::{program, tool};
use tempfile::TempDir;

/// What lies in the bin chosen.
const DETAIL: &str = "[data-testid='bin-detail']";

#[tokio::test(flavor = "multi_thread")]
async fn a_bin_is_found_on_the_plan_and_opened_by_keys() {
    let Some(qm) = program("QM_BIN") else { return };
    if !tool("chromedriver") {
        return;
    }
    let folder = TempDir::new().expect("a temporary folder");
    let site = folder.path().join("site");
    let files = [
        (
            "places",
            "zone,bin,x_m,y_m,level,capacity_units\nHall,A-01-1,1,1,1,10\nHall,A-02-1,3,1,1,10\nHall,A-03-1,5,1,1,\n",
        ),
        ("stock", "sku,on_hand,bin\nTEA,12,A-02-1\nMUG,3,A-01-1\n"),
    ];
    for (kind, rows) in files {
        let file = folder.path().join(format!("{kind}.csv"));
        std::fs::write(&file, rows).expect("a file");
        let import =
            Command::new(&qm).arg("import").arg(&file).args(["--kind", kind, "--site"]).arg(&site).output();
        let import = import.expect("qm runs");
        assert!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));
    }
    let served = serve_site(qm, folder, site, &[]);
    let client = served.browser("en-GB", false).await;
    client.goto(served.first_address()).await.expect("the page");
    go(&client, "stock").await;
    client.execute("location.hash = '#/stock?floor'", vec![]).await.expect("a script");
    until("the bins", async || count(&client, "floor-row").await == 3).await;
    until("the plan", async || {
        let drawn = find(&client, "floor-canvas").await.attr("data-drawn").await.expect("an attribute");
        drawn.is_some_and(|times| times != "0")
    })
    .await;
    // What is typed goes to the only bin it means.
    find(&client, "filter").await.send_keys("A-01").await.expect("keys");
    until("the bin", async || count(&client, "bin-detail").await == 1).await;
    until("what lies there", async || says(&client, DETAIL, "MUG").await).await;
    // From there an arrow goes to the neighbour.
    let plan = find(&client, "floor").await;
    plan.send_keys("\u{e014}").await.expect("keys");
    until("the next bin, which holds more than it should", async || {
        says(&client, DETAIL, "TEA").await && says(&client, DETAIL, "120 %").await
    })
    .await;
}
