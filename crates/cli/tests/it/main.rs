//! The real binary, as a person and a service use it.

mod count;
mod route;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn qm(site: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qm"));
    command.arg("--site").arg(site).stdin(Stdio::null());
    command
}

fn run(site: &Path, args: &[&str]) -> Output {
    qm(site).args(args).output().expect("qm starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn succeeds(site: &Path, args: &[&str]) -> String {
    let output = run(site, args);
    assert!(output.status.success(), "qm {}: {}", args.join(" "), text(&output.stderr));
    text(&output.stdout)
}

#[track_caller]
fn fails(site: &Path, args: &[&str]) -> String {
    let output = run(site, args);
    assert!(!output.status.success(), "qm {} did not fail: {}", args.join(" "), text(&output.stdout));
    text(&output.stderr)
}

/// A process that runs until it is told to end, or the test does.
struct Running {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Running {
    fn start(site: &Path, args: &[&str]) -> Self {
        let mut child = qm(site).args(args).stdout(Stdio::piped()).spawn().expect("qm starts");
        let lines = BufReader::new(child.stdout.take().expect("its output is piped"));
        Self { child, lines }
    }

    /// The next line that begins so.
    #[track_caller]
    fn line(&mut self, begins: &str) -> String {
        let mut line = String::new();
        while self.lines.read_line(&mut line).expect("text") > 0 {
            if line.starts_with(begins) {
                return line.trim_end().to_owned();
            }
            line.clear();
        }
        panic!("it ended before it said {begins}");
    }

    #[cfg(unix)]
    fn signal(&mut self, name: &str) -> std::process::ExitStatus {
        let sent =
            Command::new("kill").args([name, &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
        self.child.wait().expect("it ends")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn calls_are_answered_by_the_process_that_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path();
    let mut owner = Running::start(site, &["run"]);
    let said = owner.line("Recording");
    assert!(said.contains(&owner.child.id().to_string()), "{said}");

    let add = r#"{"name":"Probe","endpoint":"tcp://127.0.0.1:9","baud":9600,"interval":10000,"channels":[]}"#;
    succeeds(site, &["call", "AddDevice", add]);
    assert!(succeeds(site, &["devices"]).contains("tcp://127.0.0.1:9"));
    assert!(fails(site, &["call", "AddDevice", add, "--role", "viewer"]).contains("needs the role admin"));
    assert!(fails(site, &["run"]).contains(&format!("process {} records it already", owner.child.id())));
    assert!(succeeds(site, &["audit", "verify"]).starts_with("The audit is intact"));

    let mut served = Running::start(site, &["serve", "--role", "viewer"]);
    let link = served.line("Console: ");
    let (host, path) = link.trim_start_matches("Console: http://").split_once('/').expect("a URL");
    let mut socket = TcpStream::connect(host).expect("it listens");
    write!(socket, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 303") && answer.contains("set-cookie: qm_"), "{answer}");
    assert!(served.signal("-INT").success());

    assert!(owner.signal("-TERM").success());
    owner.line("Stopped");
    assert!(!site.join("owner.json").exists(), "a clean end leaves no note");
    assert!(succeeds(site, &["devices"]).contains("Probe"), "the next owner has what the last one stored");
}

#[cfg(unix)]
#[test]
fn a_killed_owner_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path();
    let mut owner = Running::start(site, &["run"]);
    owner.line("Recording");
    assert!(!owner.signal("-KILL").success());
    assert!(site.join("owner.json").exists());
    let output = run(site, &["call", "GetSite"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("did not end well"), "{}", text(&output.stderr));
    assert!(!site.join("owner.json").exists());
}

#[cfg(all(unix, feature = "demo"))]
#[test]
fn a_demo_that_is_opened_again_has_no_trouble_of_its_own_devices() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = &folder.path().join("demo");
    let call = |name: &str, body: &str| -> serde_json::Value {
        serde_json::from_str(&succeeds(site, &["--demo", "call", name, body])).expect("JSON")
    };
    for end in ["-TERM", "-KILL", "-TERM"] {
        let mut owner = Running::start(site, &["--demo", "run"]);
        owner.line("Recording");
        // Each look is a program of its own, so that so many of them take a minute.
        let mut looks = (0..1_000).map(|_| call("ListDevices", "{}"));
        let connected = |devices: &serde_json::Value| {
            let listed = devices.as_array().expect("devices");
            listed.len() == 6 && listed.iter().all(|device| device["connected"] == true)
        };
        assert!(looks.any(|devices| connected(&devices)), "{}", call("ListDevices", "{}"));
        for past in ["false", "true"] {
            let alarms = call("ListAlarms", &format!(r#"{{"past":{past},"limit":100}}"#));
            let mut own = alarms.as_array().expect("alarms").iter();
            assert!(!own.any(|alarm| alarm["kind"] == "DeviceFault"), "before it ends by {end}: {alarms}");
        }
        owner.signal(end);
    }
}

#[test]
fn a_persons_own_device_stays_where_it_is_when_the_demo_is_opened_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = &folder.path().join("demo");
    let call = |name: &str, body: &str| -> serde_json::Value {
        serde_json::from_str(&succeeds(site, &["--demo", "call", name, body])).expect("JSON")
    };
    let thermometer = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let endpoint = format!("tcp://{}", thermometer.local_addr().expect("its address"));
    let open = || {
        let mut owner = Running::start(site, &["--demo", "run"]);
        owner.line("Recording");
        owner
    };
    let mut owner = open();
    let body = format!(
        r#"{{"name":"A thermometer","endpoint":"{endpoint}","baud":9600,"interval":10000,"setup":"","channels":[]}}"#
    );
    call("AddDevice", &body);
    owner.signal("-TERM");
    let mut owner = open();
    let devices = call("ListDevices", "{}");
    let mut listed = devices.as_array().expect("devices").iter();
    let found = listed.find(|device| device["name"] == "A thermometer").expect("it is still there");
    assert_eq!((found["endpoint"].as_str(), &found["simulated"]), (Some(endpoint.as_str()), &false.into()));
    owner.signal("-TERM");
}

#[test]
fn a_file_with_bad_rows_is_imported_without_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = &folder.path().join("site");
    let file = folder.path().join("stock.csv");
    std::fs::write(&file, "sku,on_hand\nTEA,5\nMILK,many\n").expect("written");
    let path = file.to_str().expect("UTF-8");
    let trial = succeeds(site, &["import", "stock", path, "--dry-run"]);
    assert!(trial.contains("1 would be stored") && trial.contains("line 3, NotANumber"), "{trial}");
    assert!(succeeds(site, &["import", "stock", path]).contains("1 stored, 0 known before, 1 rejected"));
    assert!(succeeds(site, &["import", "stock", path]).contains("was imported before: nothing changed"));
    let report = succeeds(site, &["import", "stock", path, "--json"]);
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!((&report["report"]["already"], &report["report"]["stored"]), (&true.into(), &0.into()));

    let binary = folder.path().join("binary.csv");
    std::fs::write(&binary, [0_u8, 159, 146, 150].repeat(100)).expect("written");
    let said = fails(site, &["import", "orders", binary.to_str().expect("UTF-8")]);
    assert!(said.contains("binary.csv"), "{said}");
    assert!(fails(site, &["import", "orders", "/no/such/file.csv"]).contains("/no/such/file.csv"));
}

#[cfg(unix)]
#[test]
fn a_recorded_file_goes_over_the_line_and_is_accounted_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = &folder.path().join("site");
    let file = folder.path().join("probe.csv");
    let rows: String =
        (0..500).map(|n| format!("2014-02-03 {:02}:{:02}:00,{}.5\n", n / 60, n % 60, 20 + n % 3)).collect();
    std::fs::write(&file, format!("timestamp,value\n{rows}")).expect("written");
    let path = file.to_str().expect("UTF-8");
    let said = succeeds(site, &["replay", path, "--to", "serial", "--device", "P1", "--unit", "°C"]);
    assert!(said.contains("Sent 500 = 500 stored + 0 rejected"), "{said}");
    let series = r#"{"channels":[1],"from":1391385600000,"to":1391415600000,"buckets":4000}"#;
    let series: serde_json::Value =
        serde_json::from_str(&succeeds(site, &["call", "GetSeries", series])).expect("JSON");
    assert_eq!(series["series"][0]["at"].as_array().map(Vec::len), Some(500));
    assert!(succeeds(site, &["devices"]).contains("Off"), "the device stays, switched off");
    assert!(succeeds(site, &["replay", path, "--device", "P1"]).contains("known before"));
}

#[test]
fn generated_pages_are_written_and_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("docs");
    let out = out.to_str().expect("UTF-8");
    assert!(fails(folder.path(), &["docs", "--out", out, "--check"]).contains("stale"));
    succeeds(folder.path(), &["docs", "--out", out]);
    succeeds(folder.path(), &["docs", "--out", out, "--check"]);
    let calls = std::fs::read_to_string(Path::new(out).join("calls.md")).expect("written");
    assert!(calls.contains("| `ListAlarms` | viewer | `past`, `limit` |"), "{calls}");
}

#[test]
fn a_model_that_is_not_in_the_manifest_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("stranger.onnx");
    std::fs::write(&file, b"not a model").expect("written");
    let said = fails(folder.path(), &["model", "check", file.to_str().expect("UTF-8")]);
    assert!(said.contains("stranger.onnx"), "{said}");
}

#[test]
fn roads_that_are_none_are_refused_and_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = &folder.path().join("site");
    let file = folder.path().join("town.osm.pbf");
    std::fs::write(&file, "<?xml version=\"1.0\"?><osm/>").expect("written");
    let path = file.to_str().expect("UTF-8");
    let made = folder.path().join("town.qmr");
    let to = made.to_str().expect("UTF-8");
    for args in [
        &["roads", "import", path] as &[_],
        &["roads", "import", path, "--out", to],
        &["roads", "info", path],
    ] {
        let error = fails(site, args);
        assert!(error.contains("no OpenStreetMap PBF file") && error.contains(".osm.pbf"), "{error}");
    }
    assert!(!made.exists() && !site.join("roads.qmr").exists());
    assert!(fails(site, &["roads", "info", "/nowhere.qmr"]).contains("check the path"));
}

#[test]
fn a_site_is_backed_up_and_comes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (site, backups) = (folder.path().join("site"), folder.path().join("backups"));
    let place = backups.to_str().expect("text");
    assert!(fails(&site, &["backup"]).contains("no folder is set"));
    let said = succeeds(&site, &["backup", "--daily", place]);
    let made = said.trim_end().rsplit(": ").next().expect("a folder").to_owned();
    assert!(said.starts_with("Backed up, read back and restored on trial"), "{said}");
    assert!(succeeds(&site, &["backup", "--check", &made]).starts_with("It holds"));
    let listed = succeeds(&site, &["backup", "--list"]);
    assert!(listed.contains("it can be restored") && listed.contains("quartermaster-2"), "{listed}");
    // Never over a site.
    let site_path = site.to_str().expect("text");
    assert!(
        fails(&site, &["restore", &made, "--to", site_path]).contains("nothing is restored over anything")
    );
    let back = folder.path().join("back");
    let said = succeeds(&site, &["restore", &made, "--to", back.to_str().expect("text")]);
    assert!(said.starts_with("Restored the site"), "{said}");
    assert!(succeeds(&back, &["audit", "verify"]).starts_with("The audit is intact"));
    // A backup that somebody touched is refused.
    let file = Path::new(&made).join("records.db");
    let mut bytes = std::fs::read(&file).expect("read");
    bytes[9_000] ^= 1;
    std::fs::write(&file, bytes).expect("write");
    assert!(fails(&site, &["backup", "--check", &made]).contains("hash differs"));
}

#[test]
fn the_store_of_readings_is_measured_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_str().expect("text");
    let args =
        ["telemetry", "bench", "--channels", "8", "--seconds", "1", "--alone", "--json", "--folder", place];
    let report: serde_json::Value = serde_json::from_str(&succeeds(folder.path(), &args)).expect("JSON");
    let number = |key: &str| report[key].as_f64().unwrap_or_else(|| panic!("{key} in {report}"));
    assert!(number("readings_per_second") > 0.0 && number("ack_p50_ms") <= number("ack_p99_ms"));
    assert!(number("bytes_per_reading") > 0.0);
    assert_eq!((number("acknowledged_and_lost"), number("damaged")), (0.0, 0.0));
    assert_eq!(std::fs::read_dir(folder.path()).expect("list").count(), 0, "the folder is left as it was");
}

#[test]
fn a_filled_site_has_one_second_unlike_the_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let site = folder.path();
    let fill = ["telemetry", "fill", site.to_str().expect("text"), "--days", "1", "--json"];
    assert!(fails(site, &fill).contains("holds no site"));
    let device = r#"{"name":"Chain","endpoint":"tcp://127.0.0.1:9","baud":9600,"interval":1000,"channels":[
        {"code":"T1","name":"Cold room","zone":"Cold room","unit":"°C","low":0,"high":10000}]}"#;
    succeeds(site, &["call", "AddDevice", device]);
    let two: Vec<&str> = fill.iter().copied().chain(["--channels", "2"]).collect();
    assert!(fails(site, &two).contains("there is no channel 2"));
    let report: serde_json::Value = serde_json::from_str(&succeeds(site, &fill)).expect("JSON");
    assert_eq!(report["readings"], 86_400);
    let day = format!(r#"{{"channels":[1],"from":{},"to":{},"buckets":1280}}"#, report["from"], report["to"]);
    let series: serde_json::Value =
        serde_json::from_str(&succeeds(site, &["call", "GetSeries", &day])).expect("JSON");
    let numbers = |name: &str| -> Vec<i64> {
        let array = series["series"][0][name].as_array().expect("an array");
        array.iter().filter_map(serde_json::Value::as_i64).collect()
    };
    let breach = report["breach"]["at"].as_i64().expect("a time");
    let hot: Vec<i64> = numbers("at")
        .into_iter()
        .zip(numbers("max"))
        .filter_map(|(at, max)| (max > 10_000).then_some(at))
        .collect();
    assert_eq!(hot.len(), 1, "one bucket in {}", numbers("at").len());
    assert!((0..86_400_000 / 1_280 + 1_000).contains(&(breach - hot[0])), "{hot:?} holds {breach}");
}
