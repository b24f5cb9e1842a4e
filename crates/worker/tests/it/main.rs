//! Real children, real models: what happens to the parent when the child is killed, stopped, or talks nonsense.

use inference::{
    DeviceReport, ErrorKind, LibraryPlaces, Manifest, Model, Outcome, Provider, Tensor, Worker,
    WorkerCommand, WorkerOptions, find_library, take,
};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DOUBLE: &[u8] = include_bytes!("../../../inference/tests/data/double.onnx");
const NET: &str = "demand-quantiles-v1";

fn command() -> WorkerCommand {
    WorkerCommand { program: PathBuf::from(env!("CARGO_BIN_EXE_qm-worker")), args: Vec::new() }
}

/// The library of the user's cache; `None`, with a line that says so, where set-up has not fetched it.
#[allow(clippy::disallowed_methods, reason = "a test is a host: it may read where the user's cache is")]
fn library() -> Option<PathBuf> {
    let var = |name| std::env::var_os(name).map(PathBuf::from);
    let base = if cfg!(windows) {
        var("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        var("HOME").map(|home| home.join("Library/Caches"))
    } else {
        var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| home.join(".cache")))
    };
    let cache_dir = base.map(|base| base.join("quartermaster"));
    let found = find_library(&LibraryPlaces { cache_dir, ..LibraryPlaces::default() });
    if found.is_err() {
        testkit::skip("needs libonnxruntime in the user's cache; `cargo xtask setup` fetches it");
    }
    found.ok()
}

fn double() -> Model {
    let sha256 = hex::encode(Sha256::digest(DOUBLE));
    let json = format!(
        r#"{{"models":[{{"name":"double","file":"double.onnx","sha256":"{sha256}","bytes":{}}}]}}"#,
        DOUBLE.len()
    );
    Manifest::parse(&json).and_then(|manifest| manifest.admit("double", DOUBLE)).expect("a good model")
}

fn assets() -> PathBuf {
    testkit::repo_root().join("assets").join("models")
}

fn net() -> Model {
    let manifest = Manifest::read(&assets().join("manifest.json")).expect("the manifest of this repository");
    manifest.load(NET, &assets()).expect("the net of this repository")
}

fn quick(library: PathBuf) -> WorkerOptions {
    WorkerOptions { backoff: Duration::from_millis(1), ..WorkerOptions::new(library) }
}

/// A worker with the tiny model, which has run it once.
fn doubling(options: WorkerOptions) -> Worker {
    let worker = Worker::new(command(), options);
    let report = worker.load(&double()).expect("loads");
    assert_eq!(report.used, "CPU");
    assert_eq!(twice(&worker).expect("runs"), [2.0, -4.0, 1.0]);
    worker
}

fn twice(worker: &Worker) -> Result<Vec<f32>, inference::Error> {
    let input = Tensor::new("x", vec![1, 3], vec![1.0, -2.0, 0.5])?;
    Ok(take(worker.run("double", vec![input])?, "y")?.data)
}

#[cfg(unix)]
fn signal(name: &str, pid: u32) {
    let sent =
        Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().expect("kill exists");
    assert!(sent.success(), "kill -{name} {pid}");
}

#[test]
fn the_net_of_this_repository_runs_in_a_child() {
    let Some(library) = library() else { return };
    let worker = Worker::new(command(), WorkerOptions::new(library));
    let model = net();
    let report = worker.load(&model).expect("loads");
    check_report(&report);
    let (context, horizon) = (model.entry().context, model.entry().horizon);
    let levels = model.entry().quantiles.len();
    let rows = 5_000;
    let wave = |width: usize, of: fn(usize) -> f32| (0..rows * width).map(of).collect::<Vec<f32>>();
    let inputs = || {
        vec![
            Tensor::new("context", vec![rows, context], wave(context, |i| ((i % 7) as f32 - 3.0) / 3.0))
                .expect("fits"),
            Tensor::new("observed", vec![rows, context], wave(context, |_| 1.0)).expect("fits"),
            Tensor::new("season", vec![rows, horizon], wave(horizon, |i| ((i % 7) as f32 - 3.0) / 3.0))
                .expect("fits"),
        ]
    };
    let out = take(worker.run(NET, inputs()).expect("runs"), "quantiles").expect("its one output");
    assert_eq!(out.shape, [rows, horizon, levels]);
    assert!(out.data.iter().all(|value| value.is_finite()));
    #[allow(clippy::disallowed_methods, reason = "the time a batch takes is what is shown here")]
    let start = Instant::now();
    let again = take(worker.run(NET, inputs()).expect("runs"), "quantiles").expect("its one output");

    println!("providers {:?}, nodes {:?}", report.tried, report.nodes);
    println!("{rows} series through {NET} on {}: {} ms", report.used, start.elapsed().as_millis());
    assert_eq!(again, out, "the same input gives the same bytes");
}

fn check_report(report: &DeviceReport) {
    assert!(report.library_version.starts_with("1."), "{report:?}");
    assert!(
        report
            .tried
            .iter()
            .any(|tried| tried.provider == Provider::CPU && tried.outcome == Outcome::Registered)
    );
    for tried in &report.tried {
        if let Outcome::Failed(why) = &tried.outcome {
            assert!(!why.is_empty() && !why.contains('\n'), "{tried:?}");
        }
    }
    assert_eq!(report.nodes.first().map(|(provider, _)| provider), Some(&report.used));
    assert!(report.nodes.iter().map(|(_, nodes)| *nodes).sum::<u32>() > 0);
    assert!(report.probe_rows > 0 && report.probe_us.is_some_and(|us| us > 0), "{report:?}");
}

/// A child that does as ONNX Runtime may with a faulty driver: it ends where anything but the CPU is to load or run a model.
const FRAIL: &str = r#"
import json, os, struct, sys
died = sys.argv[1]
def read():
    head = sys.stdin.buffer.read(16)
    if len(head) < 16: sys.exit(0)
    _, header, blob = struct.unpack("<4sIQ", head)
    header = json.loads(sys.stdin.buffer.read(header)); sys.stdin.buffer.read(blob)
    return header
def write(id, body):
    text = json.dumps({"id": id, "body": body}).encode()
    sys.stdout.buffer.write(struct.pack("<4sIQ", b"QMW1", len(text), 0) + text); sys.stdout.buffer.flush()
used = "CPU"
while True:
    request = read()
    (kind, body), = request["body"].items()
    if kind == "open":
        write(request["id"], {"opened": {"version": "1.31.1"}})
    elif kind == "load":
        used = body["providers"][0]
        if used != "CPU" and died == "load": os.abort()
        report = {"library": "", "library_version": "1.31.1", "nodes": [], "used": used, "probe_rows": 1, "probe_us": None,
                  "tried": [{"provider": name, "outcome": "registered"} for name in body["providers"]]}
        write(request["id"], {"loaded": {"report": report}})
    else:
        if used != "CPU" and died == "run": os.abort()
        write(request["id"], {"ran": {"outputs": []}})
"#;

#[test]
fn what_ends_the_child_is_not_tried_again() {
    if Command::new("python3").arg("--version").output().is_err() {
        return testkit::skip("needs python3");
    }
    for died in ["load", "run"] {
        let args = vec!["-c".to_owned(), FRAIL.to_owned(), died.to_owned()];
        let frail = WorkerCommand { program: PathBuf::from("python3"), args };
        let providers = vec![Provider::CUDA, Provider::CPU];
        let worker = Worker::new(frail, WorkerOptions { providers, ..quick(PathBuf::from("unread")) });
        let mut report = worker.load(&double()).expect("loads, for the CPU at the latest");
        if died == "run" {
            assert_eq!(report.used, "CUDA");
            let error = worker.run("double", Vec::new()).expect_err("the child ended");
            assert_eq!(error.kind(), ErrorKind::Transient);
            worker.run("double", Vec::new()).expect("runs on the CPU");
            report = worker.report("double").expect("loaded again");
        }
        assert_eq!(report.used, "CPU", "{died}");
        let Outcome::Failed(why) = &report.tried[0].outcome else { panic!("{report:?}") };
        assert!(report.tried[0].provider == Provider::CUDA && why.contains(died), "{why}");
        worker.stop();
        worker.revive();
        let again = worker.load(&double()).expect("loads");
        assert_eq!(again.used, if died == "load" { "CPU" } else { "CUDA" }, "revived, all are tried again");
    }
}

#[cfg(unix)]
#[test]
fn a_child_killed_in_a_request_is_an_error_and_the_next_call_works() {
    let Some(library) = library() else { return };
    let worker = doubling(quick(library));
    // The kill may come before the request, which then starts a new child and works: so until it came within one.
    for _ in 0..100 {
        let pid = worker.pid().expect("alive");
        // Stopped, the child can take the request but not answer it.
        signal("STOP", pid);
        let outcome = std::thread::scope(|scope| {
            let running = scope.spawn(|| twice(&worker));
            signal("KILL", pid);
            running.join().expect("no panic")
        });
        let Err(error) = outcome else { continue };
        assert_eq!(error.kind(), ErrorKind::Transient, "{error}");
        assert!(error.to_string().contains(&pid.to_string()), "{error}");
        assert_eq!(worker.pid(), None);
        assert_eq!(twice(&worker).expect("a new child has the model loaded again"), [2.0, -4.0, 1.0]);
        assert_ne!(worker.pid(), Some(pid));
        return;
    }
    panic!("no kill came within a request");
}

#[cfg(unix)]
#[test]
fn a_child_killed_between_requests_is_not_noticed() {
    let Some(library) = library() else { return };
    let worker = doubling(quick(library));
    signal("KILL", worker.pid().expect("alive"));
    // The kill and the request race: at worst the request is the one that finds out.
    match twice(&worker) {
        Ok(values) => assert_eq!(values, [2.0, -4.0, 1.0]),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Transient),
    }
    assert_eq!(twice(&worker).expect("runs"), [2.0, -4.0, 1.0]);
}

#[cfg(unix)]
#[test]
fn a_late_child_is_killed_at_its_deadline() {
    let Some(library) = library() else { return };
    let worker = doubling(WorkerOptions { request_deadline: Duration::from_secs(2), ..quick(library) });
    signal("STOP", worker.pid().expect("alive"));
    let error = twice(&worker).expect_err("never answers");
    assert!(error.to_string().contains("2000 ms"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Transient);
    assert_eq!(twice(&worker).expect("a new child"), [2.0, -4.0, 1.0]);
}

#[cfg(unix)]
#[test]
fn a_worker_is_stopped_from_another_thread() {
    let Some(library) = library() else { return };
    let worker = doubling(quick(library));
    let pid = worker.pid().expect("alive");
    signal("STOP", pid);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| twice(&worker));
        worker.stop();
        // Either the request was in flight and lost its child, or it came later and started a new one.
        if let Err(error) = running.join().expect("no panic") {
            assert_eq!(error.kind(), ErrorKind::Transient, "{error}");
        }
    });
    assert!(!Path::new(&format!("/proc/{pid}/exe")).exists(), "no child is left behind");
}

#[test]
fn a_child_that_is_no_worker_is_given_up_after_its_restarts() {
    // Any program that ends at once, here this test asked for its list
    let program = std::env::current_exe().expect("this test");
    let options = WorkerOptions { restarts_max: 2, ..quick(PathBuf::from("unused")) };
    let worker = Worker::new(WorkerCommand { program, args: vec!["--list".to_owned()] }, options);
    for attempt in 0..3 {
        let error = worker.load(&double()).expect_err("not a worker");
        assert_eq!(error.kind(), ErrorKind::Transient, "attempt {attempt}: {error}");
    }
    let given_up = worker.load(&double()).expect_err("given up");
    assert_eq!(given_up.kind(), ErrorKind::Permanent);
    assert!(given_up.to_string().contains("3 times"), "{given_up}");
    worker.revive();
    assert_eq!(worker.load(&double()).expect_err("tried again").kind(), ErrorKind::Transient);
}

#[cfg(target_os = "linux")]
#[test]
fn the_child_gives_way_to_everything_else() {
    let Some(library) = library() else { return };
    let worker = doubling(quick(library));
    let stat =
        std::fs::read_to_string(format!("/proc/{}/stat", worker.pid().expect("alive"))).expect("readable");
    // proc(5): the 19th field is the nice value; the second, the name, may hold spaces and ends with a bracket.
    let nice = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(16)).map(str::to_owned);
    assert!(nice.and_then(|nice| nice.parse::<i32>().ok()).is_some_and(|nice| nice >= 10), "{stat}");
}

#[test]
fn a_missing_program_and_a_missing_library_say_their_path() {
    let missing = WorkerCommand { program: PathBuf::from("/nowhere/quartermaster"), args: Vec::new() };
    let error = Worker::new(missing, quick(PathBuf::from("unused"))).load(&double()).expect_err("no program");
    assert!(error.to_string().contains("/nowhere/quartermaster"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Permanent);

    let worker = Worker::new(command(), quick(PathBuf::from("/nowhere/libonnxruntime.so")));
    let error = worker.load(&double()).expect_err("no library");
    assert!(error.to_string().contains("/nowhere/libonnxruntime.so"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Permanent);
    assert_eq!(worker.pid(), None);
}

#[test]
fn a_wrong_request_leaves_the_child_alive() {
    let Some(library) = library() else { return };
    let worker = doubling(quick(library));
    let pid = worker.pid();
    let wrong = |tensor: Tensor| worker.run("double", vec![tensor]).expect_err("wrong").to_string();
    let name = wrong(Tensor::new("z", vec![1, 3], vec![0.0; 3]).expect("fits"));
    assert!(name.contains("\"x\"") && name.contains("\"z\""), "{name}");
    let shape = wrong(Tensor::new("x", vec![1, 4], vec![0.0; 4]).expect("fits"));
    assert!(shape.contains("did not run"), "{shape}");
    assert!(worker.run("triple", Vec::new()).expect_err("unknown").to_string().contains("triple"));
    assert_eq!(twice(&worker).expect("runs"), [2.0, -4.0, 1.0]);
    assert_eq!(worker.pid(), pid);
}

#[test]
fn a_model_that_is_no_model_is_refused_by_the_library_and_the_child_lives() {
    let Some(library) = library() else { return };
    // A graph with nothing in it: self-contained, listed, and yet nothing that can be run.
    let empty = [0x3a_u8, 0x00];
    let sha256 = hex::encode(Sha256::digest(empty));
    let json =
        format!(r#"{{"models":[{{"name":"empty","file":"empty.onnx","sha256":"{sha256}","bytes":2}}]}}"#);
    let model =
        Manifest::parse(&json).and_then(|m| m.admit("empty", empty.to_vec())).expect("self-contained");
    let worker = doubling(quick(library));
    let error = worker.load(&model).expect_err("nothing to run");
    assert!(error.to_string().contains("empty"), "{error}");
    assert_eq!(twice(&worker).expect("runs"), [2.0, -4.0, 1.0]);
}

#[test]
fn a_child_given_garbage_ends_with_a_word() {
    let mut child = Command::new(command().program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut input = child.stdin.take().expect("piped");
    // It may be gone before all of it is written.
    let _ = input.write_all(&[0xA5; 4096]);
    drop(input);
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8_lossy(&output.stderr).contains("no frame starts with"));
}

#[test]
fn a_child_ends_with_its_input() {
    let output = Command::new(command().program).stdin(Stdio::null()).output().expect("starts and ends");
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.is_empty());
}
