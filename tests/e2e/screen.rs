//! A browser looking at a served site.

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use system_tests::{Running, program, tool};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// How long a screen may take on a slow machine before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// A served site and a WebDriver; both end with it.
pub struct Served {
    pub qm: PathBuf,
    pub folder: TempDir,
    site: PathBuf,
    demo: bool,
    _serve: Running,
    _driver: Running,
    url: String,
    port: u16,
}

/// Devices of the demo.
pub const DEMO_DEVICES: u64 = 6;

/// Whether the status bar says that all of the demo's devices are up, in whichever language.
pub fn all_up(status: &str) -> bool {
    [format!("{DEMO_DEVICES}/{DEMO_DEVICES}"), format!("{DEMO_DEVICES} of {DEMO_DEVICES}")]
        .iter()
        .any(|all| status.contains(all))
}

/// What the demo is served with; its seed is that of the sites [`serve_ready`] copies.
const DEMO: [&str; 5] = ["--demo", "--speed", "60", "--seed", "12"];

/// Serves a copy of a demo site that was started once before, so that two years of orders are made and forecast once for all tests
/// that only need a warehouse at work. `None`, with a word why, where something is missing.
pub async fn serve_ready() -> Option<Served> {
    let qm = program("QM_BIN")?;
    if !tool("chromedriver") {
        return None;
    }
    let (folder, site) = ready_site(&qm).await;
    Some(serve_site(qm, folder, site, &DEMO))
}

/// The copy itself, for who opens it otherwise.
pub async fn ready_site(qm: &Path) -> (TempDir, PathBuf) {
    static READY: OnceCell<PathBuf> = OnceCell::const_new();
    let ready = READY.get_or_init(|| first_start(qm)).await;
    let folder = TempDir::new().expect("a temporary folder");
    let site = folder.path().join("site");
    copy(ready, &site);
    (folder, site)
}

/// Starts a demo site beside the program, and ends it when its first plan is made.
async fn first_start(qm: &Path) -> PathBuf {
    let site = qm.with_file_name("demo-ready");
    // What the last run left.
    let _ = std::fs::remove_dir_all(&site);
    let mut serve = Running::start(Command::new(qm).arg("serve").args(DEMO).arg("--site").arg(&site));
    serve.line_with("http://");
    until("the demo at work", async || {
        let mut ask = Command::new(qm);
        ask.args(["call", "GetStatus", "{}", "--demo", "--site"]).arg(&site);
        let status: Value =
            serde_json::from_slice(&ask.output().expect("qm runs").stdout).unwrap_or_default();
        status["devices_up"] == json!(DEMO_DEVICES)
            && status["proposals"].as_u64().is_some_and(|count| count > 0)
            && status["jobs"] == json!(0)
    })
    .await;
    serve.kill();
    site
}

/// Copies the files of a folder; links to lines that are no more are left out.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let kind = entry.file_type().expect("a kind");
        let target = to.join(entry.file_name());
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_file() {
            std::fs::copy(entry.path(), &target).expect("copied");
        }
    }
}

/// Serves a new demo site; `None`, with a word why, where something is missing.
pub fn serve(seed: u64) -> Option<Served> {
    let qm = program("QM_BIN")?;
    if !tool("chromedriver") {
        return None;
    }
    let folder = TempDir::new().expect("a temporary folder");
    let seed = seed.to_string();
    let site = folder.path().join("site");
    Some(serve_site(qm, folder, site, &["--demo", "--speed", "60", "--seed", &seed]))
}

/// A site with this stock file in it, and a browser on it. None where the programs are missing.
pub async fn stocked(stock: &str) -> Option<(Served, Client)> {
    let qm = program("QM_BIN")?;
    if !tool("chromedriver") {
        return None;
    }
    let folder = TempDir::new().expect("a temporary folder");
    let (site, file) = (folder.path().join("site"), folder.path().join("stock.csv"));
    std::fs::write(&file, stock).expect("a file");
    let import =
        Command::new(&qm).arg("import").arg(&file).args(["--kind", "stock", "--site"]).arg(&site).output();
    let import = import.expect("qm runs");
    assert!(import.status.success(), "{}", String::from_utf8_lossy(&import.stderr));
    let served = serve_site(qm, folder, site, &[]);
    let client = served.browser("en-GB", false).await;
    client.goto(served.first_address()).await.expect("the page");
    Some((served, client))
}

/// Serves a site; what browsers are handed goes to `folder`.
pub fn serve_site(qm: PathBuf, folder: TempDir, site: PathBuf, args: &[&str]) -> Served {
    let demo = args.contains(&"--demo");
    let mut serve = Running::start(Command::new(&qm).arg("serve").args(args).arg("--site").arg(&site));
    let line = serve.line_with("http://");
    let url = line[line.find("http://").expect("an address")..].to_owned();
    let mut driver = Running::start(Command::new("chromedriver").arg("--port=0"));
    let line = driver.line_with("started successfully on port");
    let port =
        line.trim_end_matches('.').rsplit(' ').next().and_then(|port| port.parse().ok()).expect("a port");
    Served { qm, folder, site, demo, _serve: serve, _driver: driver, url, port }
}

impl Served {
    /// The site's folder.
    pub fn site(&self) -> PathBuf {
        self.site.clone()
    }

    /// Calls through the same owner, as a terminal would.
    pub fn call(&self, name: &str, body: &str) -> Value {
        let mut command = Command::new(&self.qm);
        command.args(["call", name, body, "--site"]).arg(&self.site).args(self.demo.then_some("--demo"));
        let output = command.output().expect("qm runs");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("a reply is JSON")
    }

    /// A browser that nobody has used before.
    pub async fn browser(&self, language: &str, dark: bool) -> Client {
        self.browser_with(language, dark, json!({})).await
    }

    /// The same with more of chromedriver's options; with `perfLoggingPrefs` it traces.
    pub async fn browser_with(&self, language: &str, dark: bool, mut options: Value) -> Client {
        let mut capabilities = serde_json::Map::new();
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,800",
            &format!("--lang={language}"),
            &format!("--accept-lang={language}"),
            &format!("--blink-settings=preferredColorScheme={}", if dark { 0 } else { 1 }),
        ];
        let mut logs = json!({ "browser": "ALL" });
        if options.get("perfLoggingPrefs").is_some() {
            logs["performance"] = json!("ALL");
        }
        options["args"] = json!(args);
        options["prefs"] = json!({
            "intl.accept_languages": language,
            "download.default_directory": self.downloads(),
            "download.prompt_for_download": false,
        });
        capabilities.insert("goog:chromeOptions".into(), options);
        capabilities.insert("goog:loggingPrefs".into(), logs);
        ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("a browser")
    }

    /// Where a browser puts the files it is handed.
    pub fn downloads(&self) -> PathBuf {
        self.folder.path().join("downloads")
    }

    /// What a browser logged since it was last asked: `browser` is its console, `performance` the events it traced.
    pub async fn log(&self, client: &Client, kind: &str) -> Vec<Value> {
        let session = client.session_id().await.expect("a session").expect("its id");
        let body = json!({ "type": kind }).to_string();
        let request = format!(
            "POST /session/{session}/se/log HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        let port = self.port;
        let asked = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the driver");
            stream.write_all(request.as_bytes()).expect("asked");
            // The driver keeps the line open: the answer is as long as it says.
            let (mut answer, mut length) = (BufReader::new(stream), 0);
            loop {
                let mut line = String::new();
                answer.read_line(&mut line).expect("a head");
                match line.trim().split_once(':') {
                    Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                        length = value.trim().parse().expect("a length");
                    }
                    None if line.trim().is_empty() => break,
                    _ => {}
                }
            }
            let mut reply = vec![0; length];
            answer.read_exact(&mut reply).expect("an answer");
            serde_json::from_slice::<Value>(&reply).expect("JSON")
        });
        let reply = asked.await.expect("asked");
        reply["value"].as_array().unwrap_or_else(|| panic!("the log {kind} is {reply}")).clone()
    }

    /// The address with its one-time token, for the first window.
    pub fn first_address(&self) -> &str {
        &self.url
    }
}

/// Finds one element by its name, waiting for it.
pub async fn find(client: &Client, id: &str) -> Element {
    find_css(client, &format!("[data-testid='{id}']")).await
}

/// The same by any selector.
pub async fn find_css(client: &Client, css: &str) -> Element {
    match client.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await {
        Ok(element) => element,
        Err(error) => {
            let page = client.source().await.unwrap_or_default();
            let start = page.find("<body").unwrap_or(0);
            panic!("{css} did not appear: {error}\n{}", page[start..].chars().take(3_000).collect::<String>())
        }
    }
}

/// How many there are now.
pub async fn count(client: &Client, id: &str) -> usize {
    client.find_all(Locator::Css(&format!("[data-testid='{id}']"))).await.expect("a page").len()
}

/// Its text.
pub async fn text(client: &Client, id: &str) -> String {
    find(client, id).await.text().await.expect("a text")
}

/// Whether it is there and its text has that in it. A page that is just being drawn anew says no rather than fails.
pub async fn says(client: &Client, css: &str, text: &str) -> bool {
    match client.find(Locator::Css(css)).await {
        Ok(element) => element.text().await.is_ok_and(|shown| shown.contains(text)),
        Err(_) => false,
    }
}

/// Waits until something is so, looking again and again.
pub async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        let mut look = tokio::time::interval(Duration::from_millis(100));
        while !so().await {
            look.tick().await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{what} did not happen within {PATIENCE:?}"));
}

/// Types keys into the page itself.
pub async fn press(client: &Client, keys: &str) {
    let body = client.find(Locator::Css("body")).await.expect("a body");
    body.send_keys(keys).await.expect("keys");
}

/// Goes to a page by `g` and its letter, and waits for it.
pub async fn go(client: &Client, page: &str) {
    let link = find_css(client, &format!("[data-testid='rail-link'][data-page='{page}']")).await;
    link.click().await.expect("a link");
    find_css(client, &format!("[data-testid='rail-link'][data-page='{page}'][aria-current]")).await;
}
