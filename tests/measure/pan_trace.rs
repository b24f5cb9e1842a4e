//! What it costs a browser to pan a chart: `cargo xtask pan-trace`.
//!
//! Turns a site full of readings once a second, a real headless Chromium and a hand that drags, wheels and presses keys into how
//! long the tasks of the page's main thread took, by Chromium's own trace; and looks whether the one second that is unlike the
//! others is on the screen after all that. Knows the program only by its command line. Not a test: what it says depends on the
//! machine.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock")]

#[path = "../e2e/screen.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod screen;

use fantoccini::actions::{
    InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction, WheelAction, WheelActions,
};
use fantoccini::{Client, Locator};
use screen::{Served, find, find_css, serve_site, text, until};
use serde_json::{Value, json};
use sim::chain::{Outlet, Wire};
use sim::replay::{Pace, Recording};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;
use units::{Milli, Progress, Stop, Timestamp};

const USAGE: &str = "pan-trace --qm FILE [--site DIR] [--channels N] [--days N] [--size WxH] [--json]";

/// What is traced: tasks, what they were for, and the page's own marks.
const CATEGORIES: &str = "-*,disabled-by-default-lighthouse,devtools.timeline,disabled-by-default-devtools.timeline,blink.user_timing";

/// What the trace calls a task.
const TASK: &str = "RunTask";

/// The page's own marks in the trace.
const BEGIN: &str = "pan-begin";
const END: &str = "pan-end";

/// The limits of a task, ms: 99 in a hundred, and every one.
const P99_MS: f64 = 16.0;
const MOST_MS: f64 = 50.0;

/// The windows that are panned.
const WINDOWS: [&str; 2] = ["1y", "30d"];

/// A step of a hand: about as often as a screen is drawn.
const STEP: Duration = Duration::from_millis(16);

/// Left and right arrow, as WebDriver has them.
const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";

struct Args {
    qm: PathBuf,
    site: Option<PathBuf>,
    channels: u64,
    days: u64,
    size: (u32, u32),
    json: bool,
}

fn args() -> Result<Args, String> {
    let mut args =
        Args { qm: PathBuf::new(), site: None, channels: 1, days: 730, size: (1920, 1080), json: false };
    let mut rest = std::env::args().skip(1);
    while let Some(name) = rest.next() {
        if name == "--json" {
            args.json = true;
            continue;
        }
        let value = rest.next().ok_or_else(|| format!("{name} has no value. {USAGE}"))?;
        let number = |text: &str| text.parse().map_err(|_| format!("{name} {value}: not a number. {USAGE}"));
        match name.as_str() {
            "--qm" => args.qm = value.into(),
            "--site" => args.site = Some(value.into()),
            "--channels" => args.channels = number(&value)?,
            "--days" => args.days = number(&value)?,
            "--size" => {
                let (width, height) = value.split_once('x').ok_or_else(|| format!("{name} is 1920x1080"))?;
                args.size = (number(width)? as u32, number(height)? as u32);
            }
            _ => return Err(format!("{name} is not known. {USAGE}")),
        }
    }
    if !args.qm.is_file() {
        return Err(format!("--qm must name the program. {USAGE}"));
    }
    Ok(args)
}

fn main() -> ExitCode {
    let run = || -> Result<bool, String> {
        let args = args()?;
        let runtime = tokio::runtime::Runtime::new().map_err(|e| format!("start: {e}"))?;
        runtime.block_on(measure(&args))
    };
    system_tests::ended("pan-trace", run())
}

async fn measure(args: &Args) -> Result<bool, String> {
    let folder = tempfile::TempDir::new().map_err(|e| format!("make a folder: {e}"))?;
    let site = args.site.clone().unwrap_or_else(|| folder.path().join("site"));
    std::fs::create_dir_all(&site).map_err(|e| format!("make {}: {e}", site.display()))?;
    let wire = Wire::outlet(Outlet::here(&site, "line")).map_err(|e| e.to_string())?;
    let breach = filled(args, &site, wire.endpoint())?;
    let live = Live::start(wire);
    let served = serve_site(args.qm.clone(), folder, site, &[]);
    let traced = json!({ "enableNetwork": false, "enablePage": false, "traceCategories": CATEGORIES });
    let client = served.browser_with("en-GB", false, json!({ "perfLoggingPrefs": traced })).await;
    client.set_window_size(args.size.0, args.size.1).await.map_err(|e| format!("size the window: {e}"))?;
    client.goto(served.first_address()).await.map_err(|e| format!("open the page: {e}"))?;
    let lines = (1..=args.channels).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    find(&client, "rail-link").await;
    run(&client, &format!("location.hash='#/charts/{lines}'")).await?;
    let mut panned = Vec::new();
    for window in WINDOWS {
        eprintln!("Panning {window} of {} days with {} channels", args.days, args.channels);
        panned.push(pan(&served, &client, window).await?);
    }
    let seen = breach_on_screen(&client, &breach).await?;
    let size = run(
        &client,
        "const c=document.querySelector(\"[data-testid='lines-chart']\");return [c.width,c.height];",
    )
    .await?;
    client.close().await.map_err(|e| format!("close: {e}"))?;
    live.stop()?;
    Ok(tell(args, &panned, &breach, &seen, &size))
}

fn qm(args: &Args, words: &[&str]) -> Result<Value, String> {
    let output = Command::new(&args.qm)
        .args(words)
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|e| format!("start {}: {e}", args.qm.display()))?;
    if !output.status.success() {
        return Err(format!("{} did not succeed", words.join(" ")));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("{}: {e}", words.join(" ")))
}

/// Fills the site, unless it was filled before; where its breach is.
fn filled(args: &Args, site: &Path, endpoint: &str) -> Result<Value, String> {
    let note = site.join("filled.json");
    if let Ok(text) = std::fs::read(&note) {
        return serde_json::from_slice(&text).map_err(|e| format!("read {}: {e}", note.display()));
    }
    let place = site.to_str().ok_or("the folder's name is not text")?;
    let channels: Vec<Value> = (1..=args.channels)
        .map(|n| {
            json!({ "code": format!("T{n:02}"), "name": format!("Sensor {n}"), "zone": "Hall", "unit": "°C",
                "low": 0, "high": 12_000 })
        })
        .collect();
    let device = json!({ "name": "Chain", "endpoint": endpoint, "baud": 115_200, "interval": 1_000, "setup": "",
        "channels": channels });
    qm(args, &["call", "AddDevice", &device.to_string(), "--site", place])?;
    let (channels, days) = (args.channels.to_string(), args.days.to_string());
    let filled = qm(args, &["telemetry", "fill", place, "--channels", &channels, "--days", &days, "--json"])?;
    let breach = filled["breach"].clone();
    std::fs::write(&note, breach.to_string()).map_err(|e| format!("write {}: {e}", note.display()))?;
    Ok(breach)
}

/// The first channel goes on while the chart is panned.
struct Live {
    stop: Stop,
    thread: std::thread::JoinHandle<Result<u64, String>>,
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp(since.as_millis() as i64)
}

impl Live {
    fn start(mut wire: Wire) -> Self {
        let stop = Stop::default();
        let asked = stop.clone();
        let thread = std::thread::spawn(move || {
            let start = now();
            let rows =
                (0..7_200).map(|n| (Timestamp(start.0 + n * 1_000), Milli(4_000 + n % 60 * 10))).collect();
            let recording = Recording { rows, column: "value".into(), ..Recording::default() };
            let told = Progress::none();
            sim::replay::send(&recording, "L1", "T01", &mut wire, Pace::Times(1), &now, &asked, &told)
                .map_err(|e| e.to_string())
        });
        Self { stop, thread }
    }

    fn stop(self) -> Result<(), String> {
        self.stop.ask();
        self.thread.join().map_err(|_| "the live line broke off")?.map(drop)
    }
}

async fn mark(client: &Client, name: &str) -> Result<(), String> {
    run(client, &format!("performance.mark('{name}')")).await.map(drop)
}

async fn run(client: &Client, script: &str) -> Result<Value, String> {
    client.execute(script, Vec::new()).await.map_err(|e| format!("ask the page: {e}"))
}

/// The ends of what the chart shows.
async fn ends(client: &Client) -> Result<(f64, f64), String> {
    let chart = find(client, "lines-box").await;
    let mut ends = [0.0; 2];
    for (end, name) in ends.iter_mut().zip(["data-from", "data-to"]) {
        let text = chart.attr(name).await.map_err(|e| format!("read the chart's ends: {e}"))?;
        *end = text.and_then(|text| text.parse().ok()).ok_or("the chart has no ends")?;
    }
    Ok((ends[0], ends[1]))
}

/// Chooses a window and waits until it is drawn.
async fn choose(client: &Client, window: &str) -> Result<(), String> {
    let option = format!("[data-testid='window-select'] option[value='{window}']");
    find_css(client, &option).await.click().await.map_err(|e| format!("choose {window}: {e}"))?;
    find_css(client, "[data-testid='lines-chart'][data-drawn]").await;
    // What is beside the window is fetched and drawn, too; readings that come in draw it anew for ever.
    tokio::time::sleep(Duration::from_secs(4)).await;
    Ok(())
}

/// What one window's panning cost.
struct Panned {
    window: &'static str,
    tasks: Vec<Task>,
    /// How far back the drags led.
    moved_days: f64,
}

/// One task of the page's main thread.
struct Task {
    ms: f64,
    /// Processor time, where the trace has it.
    cpu_ms: Option<f64>,
    within: Vec<String>,
}

async fn pan(served: &Served, client: &Client, window: &'static str) -> Result<Panned, String> {
    choose(client, window).await?;
    // What was traced until now is no panning: read here, so that the trace's buffer is empty.
    served.log(client, "performance").await;
    mark(client, BEGIN).await?;
    let before = ends(client).await?;
    let chart = find(client, "lines-box").await;
    let (x, y, width, height) = chart.rectangle().await.map_err(|e| format!("find the chart: {e}"))?;
    let failed = |e| format!("move the hand: {e}");
    for (start, steps, by) in
        [(0.2, 60, 1.0), (0.2, 60, 1.0), (0.2, 30, 2.0), (0.8, 30, -2.0), (0.2, 15, 4.0), (0.5, 60, 0.5)]
    {
        let mut drag = MouseActions::new("mouse".into())
            .then(PointerAction::MoveTo { duration: None, x: x + width * start, y: y + height / 2.0 })
            .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT });
        for _ in 0..steps {
            let by = by * width * 0.01;
            drag = drag.then(PointerAction::MoveBy { duration: Some(STEP), x: by.round(), y: 0.0 });
        }
        client
            .perform_actions(drag.then(PointerAction::Up { button: MOUSE_BUTTON_LEFT }))
            .await
            .map_err(failed)?;
    }
    let dragged = ends(client).await?;
    let (x, y) = ((x + width / 2.0) as i64, (y + height / 2.0) as i64);
    for by in [-40, 30] {
        let mut turn = WheelActions::new("wheel".into());
        for _ in 0..60 {
            turn = turn.then(WheelAction::Scroll { duration: Some(STEP), x, y, delta_x: by, delta_y: 0 });
        }
        client.perform_actions(turn).await.map_err(failed)?;
    }
    for key in [LEFT.repeat(12), RIGHT.repeat(12)] {
        chart.send_keys(&key).await.map_err(failed)?;
    }
    // Coming to rest belongs to it.
    tokio::time::sleep(Duration::from_secs(2)).await;
    mark(client, END).await?;
    let mut events = Vec::new();
    // The driver hands the trace over in parts, some of them empty.
    for _ in 0..6 {
        events.extend(served.log(client, "performance").await.iter().filter_map(traced));
        if events.iter().any(|event| event["name"] == END) {
            break;
        }
    }
    let tasks = tasks(&events)?;
    Ok(Panned { window, tasks, moved_days: (before.0 - dragged.0) / 86_400_000.0 })
}

/// An event of the trace: its name, begin and length (µs), its processor time.
struct Event<'a> {
    name: &'a str,
    from: f64,
    long: f64,
    cpu: Option<f64>,
    what: &'a Value,
}

/// The event of an entry of the driver's log, if it is of the trace.
fn traced(entry: &Value) -> Option<Value> {
    let mut message = serde_json::from_str::<Value>(entry["message"].as_str()?).ok()?["message"].take();
    (message["method"] == "Tracing.dataCollected").then(|| message["params"].take())
}

/// The tasks of the page's thread between its two marks.
fn tasks(events: &[Value]) -> Result<Vec<Task>, String> {
    let marked = |name: &str| {
        let found = events.iter().find(|event| event["name"] == name);
        found.ok_or_else(|| format!("the mark {name} is not among the {} events of the trace", events.len()))
    };
    let (begin, end) = (marked(BEGIN)?, marked(END)?);
    let page = (begin["pid"].as_i64(), begin["tid"].as_i64());
    let time = |event: &Value| event["ts"].as_f64().unwrap_or(f64::NAN);
    let between = time(begin)..time(end);
    let mut own: Vec<Event> = events
        .iter()
        .filter(|event| event["ph"] == "X" && (event["pid"].as_i64(), event["tid"].as_i64()) == page)
        .filter(|event| between.contains(&time(event)))
        .filter_map(|event| {
            Some(Event {
                name: event["name"].as_str()?,
                from: event["ts"].as_f64()?,
                long: event["dur"].as_f64().unwrap_or(0.0),
                cpu: event["tdur"].as_f64(),
                what: &event["args"]["data"],
            })
        })
        .collect();
    own.sort_by(|a, b| a.from.total_cmp(&b.from).then(b.long.total_cmp(&a.long)));
    let mut tasks: Vec<(f64, Task, Vec<(f64, String)>)> = Vec::new();
    for event in own {
        match tasks.last_mut() {
            Some((end, _, within)) if event.from < *end => {
                let kind = ["type", "functionName", "url"].iter().find_map(|key| event.what[*key].as_str());
                let kind = kind
                    .map_or(String::new(), |kind| format!(" {}", kind.chars().take(40).collect::<String>()));
                within.push((
                    event.long / 1_000.0,
                    format!("{}{kind} {:.1}", event.name, event.long / 1_000.0),
                ));
            }
            _ if event.name == TASK => {
                let task = Task {
                    ms: event.long / 1_000.0,
                    cpu_ms: event.cpu.map(|us| us / 1_000.0),
                    within: Vec::new(),
                };
                tasks.push((event.from + event.long, task, Vec::new()));
            }
            _ => {}
        }
    }
    if tasks.is_empty() {
        return Err(format!("the {} events of the trace hold no task of the page", events.len()));
    }
    let named = tasks.into_iter().map(|(_, mut task, mut within)| {
        within.sort_by(|a, b| b.0.total_cmp(&a.0));
        task.within = within.into_iter().take(5).map(|(_, name)| name).collect();
        task
    });
    Ok(named.collect())
}

/// Brings the breach into sight, a year wide, and finds it in the pixels and beside the crosshair.
async fn breach_on_screen(client: &Client, breach: &Value) -> Result<Value, String> {
    choose(client, "1y").await?;
    let at = breach["at"].as_f64().ok_or("the fill said no breach")?;
    let chart = find(client, "lines-box").await;
    for _ in 0..12 {
        let (from, to) = ends(client).await?;
        if at > from + (to - from) * 0.1 {
            break;
        }
        chart.send_keys(LEFT).await.map_err(|e| format!("look earlier: {e}"))?;
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    let red = charts::Theme::light().critical;
    // Columns in which the alarm's colour runs on for longer than a dash, a label or a notch is high.
    let script = format!(
        "const c=document.querySelector(\"[data-testid='lines-chart']\"),w=c.width,h=c.height;
        const d=c.getContext('2d').getImageData(0,0,w,h).data,found=[];
        for(let x=0;x<w;x++){{let run=0,most=0,top=0;for(let y=0;y<h;y++){{const i=(y*w+x)*4;
        const red=Math.abs(d[i]-{})+Math.abs(d[i+1]-{})+Math.abs(d[i+2]-{})<120;
        run=red?run+1:0;if(run>most){{most=run;top=y-run+1;}}}}if(most>=20)found.push([x,top,most]);}}
        return [found,devicePixelRatio];",
        red.0, red.1, red.2
    );
    let found = run(client, &script).await?;
    let columns: Vec<(f64, f64, f64)> = found[0]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| Some((one[0].as_f64()?, one[1].as_f64()?, one[2].as_f64()?)))
        .collect();
    let (Some(first), Some(last)) = (columns.first(), columns.last()) else {
        return Ok(json!({ "seen": false }));
    };
    if last.0 - first.0 > 8.0 {
        return Ok(json!({ "seen": false, "columns": columns.len() }));
    }
    // What is read out there is what is drawn there.
    let (x, y, _, height) = chart.rectangle().await.map_err(|e| format!("find the chart: {e}"))?;
    let middle = (first.0 + last.0) / 2.0 / found[1].as_f64().unwrap_or(1.0);
    let look = MouseActions::new("mouse".into()).then(PointerAction::MoveTo {
        duration: None,
        x: (x + middle).round(),
        y: y + height / 2.0,
    });
    client.perform_actions(look).await.map_err(|e| format!("point at the breach: {e}"))?;
    let value = breach["value"].as_f64().unwrap_or(0.0) / 1_000.0;
    let value = format!("{value:.1}");
    until("the breach beside the crosshair", async || text(client, "legend").await.contains(&value)).await;
    let row = client.find(Locator::Css("[data-testid='legend-line']")).await.map_err(|e| e.to_string())?;
    let said = row.text().await.map_err(|e| e.to_string())?.replace('\n', " ");
    Ok(json!({ "seen": true, "columns": columns.len(), "pixels_high": last.2, "said": said }))
}

fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len().max(1)) - 1;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// p50, p99 and the most of some lengths.
fn lengths(mut all: Vec<f64>) -> Value {
    all.sort_by(f64::total_cmp);
    let at = |share| rounded(percentile(&all, share));
    json!({ "p50_ms": at(0.5), "p99_ms": at(0.99), "max_ms": at(1.0) })
}

/// The figures, and whether they pass.
fn tell(args: &Args, panned: &[Panned], breach: &Value, seen: &Value, size: &Value) -> bool {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let windows: Vec<Value> = panned
        .iter()
        .map(|one| {
            let mut longest: Vec<&Task> = one.tasks.iter().collect();
            longest.sort_by(|a, b| b.ms.total_cmp(&a.ms));
            let longest: Vec<Value> = longest
                .iter()
                .take(5)
                .map(|task| {
                    json!({ "ms": rounded(task.ms), "cpu_ms": task.cpu_ms.map(rounded), "within": task.within })
                })
                .collect();
            let felt: Vec<f64> = one.tasks.iter().map(|task| task.ms).filter(|ms| *ms >= 1.0).collect();
            let cpu: Vec<f64> = one.tasks.iter().filter_map(|task| task.cpu_ms).collect();
            json!({
                "window": one.window, "moved_days": rounded(one.moved_days), "tasks": one.tasks.len(),
                "wall": lengths(one.tasks.iter().map(|task| task.ms).collect()),
                "cpu": if cpu.is_empty() { Value::Null } else { lengths(cpu) },
                "tasks_of_1_ms_and_more": felt.len(), "wall_of_1_ms_and_more": lengths(felt), "longest": longest,
            })
        })
        .collect();
    let within = |one: &Value| {
        let at = |name: &str| one["wall"][name].as_f64().unwrap_or(f64::INFINITY);
        at("p99_ms") <= P99_MS && at("max_ms") <= MOST_MS
    };
    let passed = windows.iter().all(within) && seen["seen"] == true;
    let report = json!({
        "days": args.days, "channels": args.channels, "canvas_px": size, "windows": windows, "breach": breach,
        "breach_on_screen": seen, "load": load.trim(), "passed": passed,
    });
    if args.json {
        println!("{report:#}");
        return passed;
    }
    for one in &windows {
        let figure = |of: &str, name: &str| one[of][name].as_f64().unwrap_or(f64::NAN);
        println!(
            "{:4} {:5} tasks: p50 {:.2}, p99 {:.2}, at most {:.2} ms; processor time p99 {:.2}, at most {:.2} ms; of the {} tasks of 1 ms and more p99 {:.2} ms",
            one["window"].as_str().unwrap_or_default(),
            one["tasks"],
            figure("wall", "p50_ms"),
            figure("wall", "p99_ms"),
            figure("wall", "max_ms"),
            figure("cpu", "p99_ms"),
            figure("cpu", "max_ms"),
            one["tasks_of_1_ms_and_more"],
            figure("wall_of_1_ms_and_more", "p99_ms"),
        );
        for task in one["longest"].as_array().into_iter().flatten() {
            let names: Vec<&str> =
                task["within"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            println!("     {} ms ({} of the processor): {}", task["ms"], task["cpu_ms"], names.join(", "));
        }
    }
    println!("The second beyond its limit: {}.", seen);
    println!("Load {}; limits p99 {P99_MS}, at most {MOST_MS} ms.", load.trim());
    println!("{}", if passed { "passed" } else { "FAILED" });
    passed
}
