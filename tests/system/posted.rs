//! What others post: by an administrator's leave only, and stored before it is answered. And what scanners read.

use crate::site::{Site, open};
use contract::*;
use domain::{Actor, Role};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use units::Millis;

async fn add(site: &Site, name: &str, endpoint: &str, setup: &str, codes: &[&str]) -> DeviceId {
    let channel = |code: &&str| NewChannel {
        code: (*code).into(),
        name: (*code).into(),
        zone: String::new(),
        unit: String::new(),
        low: None,
        high: None,
    };
    let add = AddDevice {
        name: name.into(),
        endpoint: endpoint.into(),
        baud: 9600,
        interval: Millis::seconds(10),
        setup: setup.into(),
        channels: codes.iter().map(channel).collect(),
    };
    site.app.call(add, &site.by).await.expect("a device")
}

async fn listener(site: &Site) -> ListenerState {
    site.app.call(GetListener {}, &site.by).await.expect("a state")
}

/// Posts as any client does; the status.
async fn post(address: &str, path: &str, body: &str) -> u16 {
    let mut peer = TcpStream::connect(address).await.expect("connected");
    let head = format!(
        "POST /{path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    peer.write_all(format!("{head}{body}").as_bytes()).await.expect("written");
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(30), peer.read_to_string(&mut answer))
        .await
        .expect("in time")
        .expect("an answer");
    answer.split_ascii_whitespace().nth(1).and_then(|code| code.parse().ok()).expect("a status")
}

/// Asks until it is so; fails after two minutes.
async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(Duration::from_secs(120), async {
        while !done().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what} did not happen within two minutes"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_stored_before_it_is_answered_and_strangers_are_noted() {
    let site = open();
    let device = add(&site, "Van 1", "listen://van-1", "", &["t"]).await;
    let state = listener(&site).await;
    assert_eq!((state.bind.as_str(), state.address), ("", None), "off at first");
    let viewer = Actor { role: Role::Manager, ..site.by.clone() };
    let bind = ChangeListener { bind: "127.0.0.1:0".into(), why: "vans".into() };
    assert!(site.app.call(bind.clone(), &viewer).await.is_err(), "only an administrator opens it");
    assert!(
        site.app.call(ChangeListener { bind: "nonsense".into(), ..bind.clone() }, &site.by).await.is_err()
    );
    site.app.call(bind, &site.by).await.expect("open");
    let state = listener(&site).await;
    let address = state.address.expect("an address");
    assert!(!state.reachable && state.fault.is_none());

    assert_eq!(post(&address, "?id=tracker-9&lat=1&lon=2", "").await, 401);
    assert_eq!(listener(&site).await.heard[0].who, "tracker-9");
    let made = site.app.call(MakeToken { device, id: String::new() }, &site.by).await.expect("a token");
    let token = made.token.0;
    assert_eq!(made.url.map(|url| url.0), Some(format!("http://{address}/{token}")));
    let audit = site.app.call(ListAudit { limit: 50 }, &site.by).await.expect("the audit");
    assert!(!format!("{audit:?}").contains(&token), "only its hash is kept");
    until("the device takes posts", async || post(&address, &token, r#"{"other":1}"#).await == 200).await;
    assert_eq!(post(&address, &token, r#"{"t":4.2}"#).await, 200);
    let (totals, _) = site.app.reading_totals().await.expect("totals");
    assert_eq!(totals.good, 1, "stored when it is answered");
    assert_eq!(post(&address, &token, "<html>").await, 400);

    let shut = ChangeListener { bind: String::new(), why: String::new() };
    site.app.call(shut, &site.by).await.expect("closed");
    assert_eq!(listener(&site).await.address, None);
    until("nobody listens", async || TcpStream::connect(&address).await.is_err()).await;
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scans_are_listed_and_bytes_are_tried() {
    let site = open();
    let scanner = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let endpoint = format!("tcp://{}", scanner.local_addr().expect("bound"));
    let device = add(&site, "Dock", &endpoint, r#"{"language":"scanner"}"#, &[]).await;
    let (mut peer, _) = scanner.accept().await.expect("the console");
    peer.write_all(b"]C10109506000134352\x1d10AB\r4006381333931\r").await.expect("written");
    let scans = async || {
        let call = ListScans { device: Some(device), limit: 10 };
        site.app.call(call, &site.by).await.expect("scans")
    };
    until("two scans", async || scans().await.len() == 2).await;
    let found: Vec<(Option<String>, String)> =
        scans().await.into_iter().map(|scan| (scan.symbology, scan.text)).collect();
    assert!(found.contains(&(Some("]C1".into()), "0109506000134352\u{1d}10AB".into())), "{found:?}");

    let tried = TryDecode {
        setup: r#"{"language":"pattern","pattern":{"ready":"sics"}}"#.into(),
        text: "S S 100.00 g\\r\\nnoise\\r\\nS S 1".into(),
    };
    let tried = site.app.call(tried, &site.by).await.expect("tried").frames;
    assert_eq!(tried[1].hex, "0a6e6f6973650d");
    let shown: Vec<(u32, u32, &str, usize)> =
        tried.iter().map(|t| (t.from, t.to, t.fault.as_str(), t.values.len())).collect();
    assert_eq!(shown, [(0, 13, "", 1), (13, 20, "BadSyntax", 0), (20, 26, "Broken", 0)]);

    // What is wrong is told with its place; of a checksum, what it should be.
    let pattern = |inner: &str| format!(r#"{{"language":"pattern","pattern":{inner}}}"#);
    let try_it = async |inner: &str, text: &str| {
        let call = TryDecode { setup: pattern(inner), text: text.into() };
        site.app.call(call, &site.by).await.expect("tried")
    };
    let problem = async |inner: &str, text: &str| try_it(inner, text).await.problem.map(|wrong| wrong.at);
    assert_eq!(problem(r#"{"regex":"("}"#, "").await.as_deref(), Some("pattern.regex"));
    assert_eq!(problem(r#"{"read":"{a}"}"#, "").await, None);
    assert_eq!(problem(r#"{"read":"{a}"}"#, "\\q").await.as_deref(), Some("text"));
    let summed = r#"{"start":"$","read":"{a} {*}","check":{"sum":"xor","skip":1,"gap":1}}"#;
    let tried = try_it(summed, "$1*00\r\n").await.frames;
    assert_eq!(tried[0].sums, Some(("00".to_owned(), "31".to_owned())), "{tried:?}");
    site.app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_is_explained_and_known_here() {
    let site = open();
    let explain = async |text: &str| {
        site.app.call(ExplainScan { text: text.into() }, &site.by).await.expect("an explanation")
    };
    let found = explain("]C1010950600013435310AB\u{1d}17270200").await;
    let roles: Vec<(String, &str, bool)> =
        found.parts.iter().map(|part| (part.characters.concat(), part.role.as_str(), part.good)).collect();
    let shown: Vec<(&str, &str, bool)> =
        roles.iter().map(|(text, role, good)| (text.as_str(), *role, *good)).collect();
    assert_eq!(
        shown,
        [
            ("]C1", "Symbology", true),
            ("01", "Ai", true),
            ("0950600013435", "Value", true),
            ("3", "Check", false),
            ("10", "Ai", true),
            ("AB", "Value", true),
            ("GS", "Separator", true),
            ("17", "Ai", true),
            ("270200", "Date", true),
        ]
    );
    assert_eq!((found.faults[0].kind.as_str(), found.faults[0].expected.as_str()), ("CheckDigit", "2"));
    assert_eq!(found.bracketed, "(01)09506000134353(10)AB(17)270200");
    let last =
        ScanMeaning::Day { day: units::Day::from_civil(2027, 2, 28).expect("a day"), end_of_month: true };
    assert_eq!(found.elements[2].meaning, last);
    // An item is known by its SKU, plainly and by our label.
    let items = "SKU,Name\n4006381333931,Pen\nMILK-1,Milk\n";
    let path = site.folder.path().join("items.csv");
    std::fs::write(&path, items).expect("a file");
    let file = FileRef::Path(path.to_string_lossy().into_owned());
    let call = StartImport { kind: ImportKind::Items, file, mapping: vec![], dry_run: false };
    let job = site.app.call(call, &site.by).await.expect("an import starts");
    assert_eq!(site.app.wait_for_job(job).await.expect("a job ends").state, "Done");
    for (text, name) in [("4006381333931", "Pen"), ("(01)04006381333931", "Pen"), ("MILK-1", "Milk")] {
        let here = explain(text).await.here;
        assert!(
            matches!(here.as_slice(), [ScanHere::Item { name: found, .. }] if found == name),
            "{text}: {here:?}"
        );
    }
    assert_eq!(explain("NOBODY").await.here, []);

    // Labels of them: a page each, and what can't be one is refused.
    let labels = async |labels: Vec<LabelOf>| {
        let call = MakeLabels {
            labels,
            copies: 2,
            symbol: LabelSymbol::DataMatrix,
            link: String::new(),
            width_mm: 60,
            height_mm: 40,
            dpi: 203,
            format: LabelFormat::Pdf,
        };
        site.app.call(call, &site.by).await
    };
    let all = vec![
        LabelOf::Sku("4006381333931".into()),
        LabelOf::Sku("MILK-1".into()),
        LabelOf::Bin("A-01-02".into()),
        LabelOf::Unit("106141411234567897".into()),
        LabelOf::Code { text: "(01)04006381333931(10)L7(17)271130".into(), title: "Pen".into() },
    ];
    let file = labels(all).await.expect("labels");
    assert_eq!((file.name.as_str(), file.media.as_str()), ("labels.pdf", "application/pdf"));
    assert!(file.base64.starts_with("JVBERi"), "%PDF");
    for (wrong, why) in [
        (LabelOf::Sku("NOBODY".into()), "NOBODY"),
        (LabelOf::Bin("货位 1".into()), "without spaces"),
        (LabelOf::Code { text: "(01)04006381333932".into(), title: String::new() }, "should be 1"),
    ] {
        let said = labels(vec![wrong]).await.expect_err("no label").message;
        assert!(said.contains(why), "{said}");
    }
    site.app.close().await;
}
