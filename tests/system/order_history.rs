//! An order history's journey: files with faults, an import, forecasts, proposals, decisions, purchase orders, a report.

use crate::site::{Site, open};
use contract::*;
use domain_words::Role;
use std::fmt::Write as _;
use std::path::PathBuf;
use units::{Day, Millis, Quantity};

/// The words of the domain this test needs.
mod domain_words {
    pub use app::Role;
}

/// 240 days of six items to the day before the site's morning: weekly rhythm, one intermittent, one trending.
fn orders(site: &Site) -> PathBuf {
    let last = Day::from_civil(2026, 5, 31).expect("a day");
    let mut text = String::from("order no,date,item code,qty,net amount\n");
    for back in (0..240).rev() {
        let day = last.plus(-back);
        for item in 0..6 {
            let base = [20, 14, 9, 5, 40, 2][item];
            let weekend = if day.weekday() >= 5 { base / 2 } else { 0 };
            let trend = if item == 2 { (240 - back) / 60 } else { 0 };
            let quantity = if item == 5 && (day.0 % 5) != 0 { 0 } else { base + trend - weekend };
            if quantity > 0 {
                writeln!(text, "S-{back}-{item},{day},SKU-{item},{quantity},{}.50", quantity * 3)
                    .expect("a String takes it");
            }
        }
    }
    write_file(site, "orders.csv", &text)
}

fn write_file(site: &Site, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = site.folder.path().join(name);
    std::fs::write(&path, text).expect("a file");
    path
}

async fn import(
    site: &Site,
    kind: ImportKind,
    path: &std::path::Path,
    dry_run: bool,
) -> Result<ImportReport, String> {
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let job = site
        .app
        .call(StartImport { kind, file, mapping: vec![], dry_run }, &site.by)
        .await
        .map_err(|e| e.message)?;
    let row = site.app.wait_for_job(job).await.expect("a job ends");
    match row.result {
        Some(result) => Ok(serde_json::from_str(&result).expect("a report")),
        None => Err(row.error.unwrap_or(row.state)),
    }
}

async fn plan(site: &Site) -> PlanningReport {
    let job = site.app.call(RunPlanning {}, &site.by).await.expect("planning starts");
    let row = site.app.wait_for_job(job).await.expect("a job ends");
    serde_json::from_str(&row.result.unwrap_or_else(|| panic!("{:?}", row.error))).expect("a report")
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_become_an_approved_purchase_order() {
    let site = open();
    let path = orders(&site);
    let dry = import(&site, ImportKind::Orders, &path, true).await.expect("a dry run");
    assert!(dry.dry_run && dry.import.is_none() && dry.rejected == 0);
    assert!(
        !site.app.call(GetSite {}, &site.by).await.expect("the site").has_orders,
        "a dry run changes nothing"
    );
    let first = import(&site, ImportKind::Orders, &path, false).await.expect("an import");
    assert_eq!((first.stored, first.new_items), (dry.stored, 6));
    let trial = import(&site, ImportKind::Orders, &path, true).await.expect("a trial of what is in");
    assert!(
        trial.dry_run && trial.already && (trial.stored, trial.duplicates) == (0, first.stored),
        "{trial:?}"
    );
    let audited = site.app.call(ListAudit { limit: 1_000 }, &site.by).await.expect("the audit").len();
    let again = import(&site, ImportKind::Orders, &path, false).await.expect("the same again");
    assert!(again.already && again.stored == 0, "{again:?}");
    assert_eq!(
        site.app.call(ListAudit { limit: 1_000 }, &site.by).await.expect("the audit").len(),
        audited,
        "nothing was changed"
    );

    let plan_without_stock = plan(&site).await;
    assert_eq!(plan_without_stock.items, 6);
    let drafts =
        site.app.call(ListProposals { state: "Draft".into(), limit: 100 }, &site.by).await.expect("drafts");
    assert_eq!(drafts.len() as u64, plan_without_stock.proposals);
    for draft in &drafts {
        for word in ["lead_time", "on_hand", "unit_cost", "pack_size", "supplier"] {
            assert!(
                draft.assumed.iter().any(|assumed| assumed == word),
                "{}: {word} was in no file",
                draft.sku
            );
        }
    }
    assert!(
        plan_without_stock.counts.iter().any(|(code, count)| code == "AssumedLeadTime" && *count == 6),
        "a finding per missing field"
    );

    let items = "sku,name,unit cost,supplier code,supplier name,lead time days,pack size,uom\n\
                 SKU-0,Oat milk 1 L,1.20,S1,Nordmills,5,12,EA\nSKU-1,Rye bread,0.90,S1,Nordmills,5,6,EA\nSKU-4,Bananas,0.20,S2,Fruit & Co,3,20,EA\n";
    import(&site, ImportKind::Items, &write_file(&site, "items.csv", items), false).await.expect("items");
    let stock = "sku,on hand\nSKU-0,30\nSKU-1,400\nSKU-4,50\n";
    import(&site, ImportKind::Stock, &write_file(&site, "stock.csv", stock), false).await.expect("stock");
    plan(&site).await;
    let drafts =
        site.app.call(ListProposals { state: "Draft".into(), limit: 100 }, &site.by).await.expect("drafts");
    let oat =
        drafts.iter().find(|row| row.sku == "SKU-0").expect("30 cartons do not last for 5 days at 20 a day");
    assert!(oat.assumed.is_empty(), "{:?}", oat.assumed);
    assert_eq!(oat.quantity.0 % Quantity::of(12).0, 0, "whole packs");
    assert!(drafts.iter().all(|row| row.sku != "SKU-1"), "400 loaves last");
    let detail = site.app.call(GetProposal { id: oat.id }, &site.by).await.expect("its argument");
    assert_eq!((detail.lead_time_days, detail.available), (5, Quantity::of(30)));
    assert!(detail.row.stock_out_day.is_some() && !detail.projection.is_empty());
    let recheck = site.app.recheck_proposals().await.expect("recounted");
    assert!(recheck.proposals > 0 && recheck.mismatches.is_empty(), "{:?}", recheck.mismatches);

    // A manager approves within a limit, and takes back within five minutes.
    let manager = app::Actor { name: "L. Chen".into(), role: Role::Manager };
    let mut settings = site.app.call(GetSettings {}, &site.by).await.expect("settings");
    settings.approval_limit = units::Money(1);
    site.app
        .call(ChangeSettings { settings: settings.clone(), why: String::new() }, &site.by)
        .await
        .expect("set");
    let approve = || ApproveProposals { ids: vec![oat.id], note: "runs out tomorrow".into() };
    let refused = site.app.call(approve(), &manager).await.expect_err("above the limit");
    assert_eq!(refused.code, Code::NotAllowed);
    settings.approval_limit = units::Money(10_000_000);
    site.app.call(ChangeSettings { settings, why: String::new() }, &site.by).await.expect("set");
    let receipt = site.app.call(approve(), &manager).await.expect("within the limit");
    assert_eq!(receipt.undo_until, site.clock.now() + Millis::minutes(5));
    site.app.call(TakeBackProposals { ids: vec![oat.id] }, &manager).await.expect("in time");
    site.app.call(approve(), &manager).await.expect("again");
    site.clock.advance(Millis::minutes(6));
    let late = site.app.call(TakeBackProposals { ids: vec![oat.id] }, &manager).await.expect_err("too late");
    assert_eq!(late.code, Code::Conflict);

    let file = site.app.call(ExportPurchaseOrders { ids: vec![] }, &manager).await.expect("a purchase order");
    assert!(file.name.ends_with(".csv") && file.name.starts_with("PO-"), "{}", file.name);
    let text = std::fs::read_to_string(site.folder.path().join("purchase-orders").join(&file.name))
        .expect("the file is kept");
    assert!(text.contains("SKU-0") && text.contains("Nordmills") && text.contains("L. Chen"), "{text}");
    let stock = site
        .app
        .call(
            ListStock { filter: "SKU-0".into(), sort: StockSort::Sku, reverse: false, offset: 0, limit: 10 },
            &site.by,
        )
        .await
        .expect("stock");
    assert_eq!(stock.rows[0].on_order, oat.quantity, "what is ordered is on order");
    let audit = site.app.call(ListAudit { limit: 1_000 }, &site.by).await.expect("the audit");
    assert!(
        audit.iter().any(|row| row.actor == "L. Chen" && row.why.as_deref() == Some("runs out tomorrow"))
    );
    assert!(site.app.call(VerifyAudit {}, &site.by).await.expect("verified").intact);

    for language in [Language::En, Language::ZhHans] {
        let set = site.app.call(MakeDailyReport { day: None, language }, &site.by).await.expect("a report");
        assert!(
            set.files.iter().any(|file| file.name.ends_with(".pdf"))
                && set.files.iter().any(|file| file.name.ends_with(".xlsx"))
        );
        for file in set.files {
            let read = site.app.call(ReadReportFile { name: file.name }, &site.by).await.expect("its file");
            assert!(!read.base64.is_empty());
        }
    }
    assert_eq!(site.app.call(ListReports { limit: 10 }, &site.by).await.expect("reports").len(), 2);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_row_is_listed_at_once() {
    let site = open();
    let text = "order_id,date,sku,qty\n1,2026-05-01,A,2\n2,not a day,A,2\n3,2026-05-02,,2\n4,2026-05-03,A,many\n5,2026-05-04,B,3\n";
    let path = write_file(&site, "bad.csv", text);
    let dry = import(&site, ImportKind::Orders, &path, true).await.expect("a dry run");
    assert_eq!((dry.rows, dry.stored, dry.rejected), (5, 2, 3), "{dry:?}");
    let lines: Vec<_> = dry.findings.iter().filter_map(|finding| finding.line).collect();
    assert_eq!(lines, [3, 4, 5], "{:?}", dry.findings);
    let done = import(&site, ImportKind::Orders, &path, false).await.expect("an import");
    assert_eq!((done.stored, done.rejected), (2, 3));
    let rejected = site.folder.path().join("rejected").join("bad-rejected.csv");
    let rejected = std::fs::read_to_string(rejected).expect("the rows to mend");
    assert!(rejected.contains("not a day") && rejected.contains("many"), "{rejected}");
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_none_changes_nothing() {
    let site = open();
    let whole = std::fs::read(orders(&site)).expect("the file");
    let mut packed = flate2_like_gzip(&whole);
    packed.truncate(packed.len() / 2);
    for (name, bytes) in [
        ("binary.csv", (0..=255).cycle().take(5_000).collect::<Vec<u8>>()),
        ("cut.csv.gz", packed),
        ("empty.csv", Vec::new()),
        ("other.csv", b"colour,size\nred,4\n".to_vec()),
    ] {
        let path = write_file(&site, name, &bytes);
        let error = import(&site, ImportKind::Orders, &path, false).await.expect_err(name);
        assert!(error.contains(name) && error.len() > 30, "{name}: {error}");
        let site_now = site.app.call(GetSite {}, &site.by).await.expect("the site");
        assert!(!site_now.has_orders, "{name} left something");
    }
    assert!(site.app.call(ListImports { limit: 10 }, &site.by).await.expect("imports").is_empty());
    site.app.close().await;
}

/// The bytes as gzip makes them, by the tool every system has.
fn flate2_like_gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let mut child =
        Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("gzip");
    let mut input = child.stdin.take().expect("its input");
    let bytes = bytes.to_vec();
    let feeder = std::thread::spawn(move || input.write_all(&bytes));
    let output = child.wait_with_output().expect("gzip ends");
    feeder.join().expect("fed").expect("written");
    output.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_import_leaves_nothing() {
    let site = open();
    let mut text = String::from("order_id,date,sku,qty\n");
    for n in 0..400_000 {
        writeln!(text, "{n},2026-05-{:02},SKU-{},1", n % 28 + 1, n % 300).expect("a String takes it");
    }
    let path = write_file(&site, "many.csv", &text);
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let job = site
        .app
        .call(StartImport { kind: ImportKind::Orders, file, mapping: vec![], dry_run: false }, &site.by)
        .await
        .expect("a job");
    site.app.call(CancelJob { id: job }, &site.by).await.expect("asked to stop");
    let row = site.app.wait_for_job(job).await.expect("a job ends");
    assert_eq!(row.state, "Cancelled", "{row:?}");
    assert!(!site.app.call(GetSite {}, &site.by).await.expect("the site").has_orders);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_staged_file_goes_the_same_way() {
    use base64_words::encode;
    let site = open();
    let bytes = std::fs::read(orders(&site)).expect("the file");
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let stage = |token: Option<String>, piece: &[u8], last| StageFile {
        token,
        name: "C:\\orders.csv".into(),
        base64: encode(piece),
        last,
    };
    let staged = site.app.call(stage(None, first, false), &site.by).await.expect("a piece");
    let half =
        PreviewImport { kind: ImportKind::Orders, file: FileRef::Staged(staged.token.clone()), sheet: None };
    assert_eq!(site.app.call(half, &site.by).await.expect_err("not whole").code, Code::BadInput);
    let staged = site.app.call(stage(Some(staged.token), second, true), &site.by).await.expect("the rest");
    assert_eq!(staged.bytes, bytes.len() as u64);
    let preview =
        PreviewImport { kind: ImportKind::Orders, file: FileRef::Staged(staged.token.clone()), sheet: None };
    let preview = site.app.call(preview, &site.by).await.expect("a preview");
    assert!(preview.mapping.contains(&("sku".into(), "item code".into())), "{:?}", preview.mapping);
    let start = StartImport {
        kind: ImportKind::Orders,
        file: FileRef::Staged(staged.token),
        mapping: preview.mapping,
        dry_run: false,
    };
    let job = site.app.call(start, &site.by).await.expect("a job");
    assert_eq!(site.app.wait_for_job(job).await.expect("it ends").state, "Done");
    site.app.close().await;
}

/// Base64 in a dozen lines, so that the test shares no code with what it tests.
mod base64_words {
    pub fn encode(bytes: &[u8]) -> String {
        const WORDS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
        for chunk in bytes.chunks(3) {
            let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte))
                << (8 * (3 - chunk.len()));
            for place in 0..4 {
                let letter = WORDS[(word >> (18 - 6 * place) & 63) as usize] as char;
                text.push(if place <= chunk.len() { letter } else { '=' });
            }
        }
        text
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_made_by_an_order_file_are_named_by_it() {
    let site = open();
    let items = "sku,name\nTEA,Tea of ours\n";
    let path = write_file(&site, "items.csv", items);
    import(&site, ImportKind::Items, &path, false).await.expect("items");
    let again = import(&site, ImportKind::Items, &path, false).await.expect("the same again");
    assert!(again.already && (again.stored, again.duplicates) == (0, 1), "{again:?}");
    let orders = "order_id,date,sku,description,category,qty\n1,2026-05-01,TEA,Their tea,Drinks,2\n\
                  2,2026-05-02,MILK,Milk 1 L,Dairy,3\n";
    let done = import(&site, ImportKind::Orders, &write_file(&site, "orders.csv", orders), false)
        .await
        .expect("orders");
    assert_eq!((done.stored, done.new_items), (2, 1));
    assert!(done.ignored_columns.is_empty(), "{:?}", done.ignored_columns);
    let stock =
        ListStock { filter: String::new(), sort: StockSort::Sku, reverse: false, offset: 0, limit: 10 };
    let rows = site.app.call(stock, &site.by).await.expect("stock").rows;
    let named: Vec<_> =
        rows.iter().map(|row| (row.sku.as_str(), row.name.as_str(), row.category.as_deref())).collect();
    assert_eq!(named, [("MILK", "Milk 1 L", Some("Dairy")), ("TEA", "Tea of ours", None)]);
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn items_their_categories_and_the_total_agree() {
    let site = open();
    import(&site, ImportKind::Orders, &orders(&site), false).await.expect("orders");
    let none = site.app.call(ListDemandGroups { grain: Grain::Weekly }, &site.by).await.expect("no plan yet");
    assert!(none.is_empty());
    let items = "sku,name,category\nSKU-0,Oat milk,Milk\nSKU-1,Rye bread,Bread\nSKU-2,Rolls,Bread\nSKU-4,Bananas,Fruit\n";
    import(&site, ImportKind::Items, &write_file(&site, "items.csv", items), false).await.expect("items");
    let report = plan(&site).await;
    assert_eq!((report.items, report.groups), (6, 5), "three categories, the items of none, and the total");
    assert_eq!(report.agreement.len(), 2);
    for grain in [Grain::Weekly, Grain::Daily] {
        let groups = site.app.call(ListDemandGroups { grain }, &site.by).await.expect("groups");
        let named = |name: &str| {
            let group = DemandGroup::Category(name.to_owned());
            groups.iter().find(|row| row.group == group).expect("a category")
        };
        assert_eq!((groups.len(), &groups[0].group, groups[0].items), (5, &DemandGroup::Total, 6));
        assert_eq!((named("Bread").items, named("").items), (2, 2));
        let close = |a: Quantity, b: Quantity| (a.0 - b.0).abs() <= 200;
        for row in &groups {
            assert!(close(row.next_4_weeks, row.parts_next_4_weeks), "{grain:?}: {row:?}");
            assert!(row.next_4_weeks > Quantity::ZERO && row.rmsse_milli.is_some(), "{row:?}");
        }
        let sum: Quantity = groups[1..].iter().map(|row| row.next_4_weeks).sum();
        assert!(close(groups[0].next_4_weeks, sum), "{grain:?}: {sum:?} for {:?}", groups[0]);

        let ask = GetDemandGroup { group: DemandGroup::Category("Bread".into()), grain };
        let bread = site.app.call(ask, &site.by).await.expect("a category");
        assert!(!bread.history.is_empty() && bread.quantiles.len() == bread.mean.len());
        assert_eq!(bread.folds.len(), 3);
        assert!(bread.folds.iter().all(|fold| fold.start < bread.forecast_start.expect("it is forecast")));
        let item = site
            .app
            .call(
                ListDemand {
                    filter: "SKU-1".into(),
                    sort: DemandSort::Sku,
                    reverse: false,
                    offset: 0,
                    limit: 5,
                },
                &site.by,
            )
            .await
            .expect("the list")
            .rows[0]
            .item;
        let rye = site.app.call(GetDemand { item, grain }, &site.by).await.expect("an item");
        assert!(rye.findings.is_empty(), "what models saw is what is shown: {:?}", rye.findings);
        assert!(matches!(rye.class.as_deref(), Some("Few" | "Many")), "it sells every day: {:?}", rye.class);
        assert!((990..=1010).contains(&rye.members.iter().map(|(_, share)| share).sum::<i64>()));
        assert_eq!(rye.folds.len(), 3);
    }
    let unknown = GetDemandGroup { group: DemandGroup::Category("Tools".into()), grain: Grain::Daily };
    let refused = site.app.call(unknown, &site.by).await.expect_err("nothing of it was ever ordered");
    assert_eq!(refused.code, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_without_stock_are_no_lack_of_demand() {
    let site = open();
    import(&site, ImportKind::Orders, &orders(&site), false).await.expect("orders");
    let row = |rows: DemandPage| rows.rows.into_iter().find(|row| row.sku == "SKU-5").expect("in the list");
    let ask =
        || ListDemand { filter: String::new(), sort: DemandSort::Sku, reverse: false, offset: 0, limit: 50 };
    let item = row(site.app.call(ask(), &site.by).await.expect("the list")).item;
    let before = site.app.call(GetDemand { item, grain: Grain::Daily }, &site.by).await.expect("an item");
    assert!(before.stock_outs.is_empty());
    // Of the last of May the books know that there was none; nothing was sold on it.
    let count = "sku,on hand,date\nSKU-5,0,2026-05-29\n";
    import(&site, ImportKind::Stock, &write_file(&site, "stock.csv", count), false).await.expect("stock");
    let after = site.app.call(GetDemand { item, grain: Grain::Daily }, &site.by).await.expect("an item");
    let days: i32 = after.stock_outs.iter().map(|out| out.to.0 - out.from.0 + 1).sum();
    assert!(
        after.stock_outs.iter().all(|out| out.to <= Day::from_civil(2026, 5, 31).expect("a day")),
        "{days}"
    );
    assert_eq!(before.history.len(), after.history.len());
    plan(&site).await;
    let planned = site.app.call(GetDemand { item, grain: Grain::Daily }, &site.by).await.expect("an item");
    assert!(planned.findings.is_empty(), "{:?}", planned.findings);
}
