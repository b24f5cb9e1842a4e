//! A long look at the real window while hundreds of channels record: `cargo xtask soak`.
//!
//! Turns gateways that speak MQTT to a real broker into a table of memory, processor time and answering, a line a minute. Knows
//! the programs only by their command lines; Linux, because it reads `/proc`. Not a test: what it says depends on the machine.
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock and the time processes took")]

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use sim::broker::{Broker, Publisher};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use system_tests::Running;

const USAGE: &str = "soak --qm FILE --window FILE [--minutes N] [--channels N] [--days N] [--json]";

/// Channels of one gateway.
const GROUP: u64 = 20;

/// Minutes at the start that the slope leaves out: caches fill and pages are seen for the first time.
const WARM_UP: usize = 10;

/// The pages a person on shift goes round, one a minute.
const PAGES: [&str; 6] = ["environment", "today", "charts", "devices", "environment", "quality"];

/// Processor time of one core that is the limit, percent.
const CPU_PERCENT_MAX: f64 = 15.0;

/// The longest the page may be deaf to a key, for all but one in a hundred looks, ms.
const DEAF_MS_MAX: f64 = 100.0;

/// The slope that still counts as flat, percent of the memory an hour.
const SLOPE_PERCENT_MAX: f64 = 5.0;

struct Args {
    qm: PathBuf,
    window: PathBuf,
    minutes: u64,
    channels: u64,
    /// Days of readings that are there before it begins.
    days: u64,
    json: bool,
}

/// What one minute was like. Memory is what the processes hold themselves: a page of a file can be dropped at any time, and how many
/// stay is the kernel's choice.
struct Minute {
    page: &'static str,
    held_mb: f64,
    own_mb: f64,
    files_mb: f64,
    /// What the screens' program (WebAssembly) has of what is held: it can grow but never shrinks.
    screens_mb: f64,
    cpu_percent: f64,
    deaf_p99_ms: f64,
    deaf_max_ms: f64,
}

fn main() -> ExitCode {
    let run = || -> Result<bool, String> {
        let args = args()?;
        let runtime = tokio::runtime::Runtime::new().map_err(|e| format!("start: {e}"))?;
        runtime.block_on(soak(&args))
    };
    system_tests::ended("soak", run())
}

fn args() -> Result<Args, String> {
    let mut args =
        Args { qm: PathBuf::new(), window: PathBuf::new(), minutes: 60, channels: 500, days: 2, json: false };
    let mut rest = std::env::args().skip(1);
    while let Some(name) = rest.next() {
        if name == "--json" {
            args.json = true;
            continue;
        }
        let value = rest.next().ok_or_else(|| format!("{name} has no value. {USAGE}"))?;
        let number = || value.parse().map_err(|_| format!("{name} {value}: not a number. {USAGE}"));
        match name.as_str() {
            "--qm" => args.qm = value.into(),
            "--window" => args.window = value.into(),
            "--minutes" => args.minutes = number()?,
            "--channels" => args.channels = number()?,
            "--days" => args.days = number()?,
            _ => return Err(format!("{name} is not known. {USAGE}")),
        }
    }
    if !args.qm.is_file() || !args.window.is_file() {
        return Err(format!("--qm and --window must name the programs. {USAGE}"));
    }
    Ok(args)
}

async fn soak(args: &Args) -> Result<bool, String> {
    let folder = tempfile::TempDir::new().map_err(|e| format!("make a folder: {e}"))?;
    let site = folder.path().join("site");
    let (broker, named, _broker) = broker(folder.path())?;
    let gateways = args.channels.div_ceil(GROUP);
    for gateway in 1..=gateways {
        add(args, &site, &broker, gateway).await?;
    }
    fill(args, &site)?;
    let (_display, client, _driver, pid) = window(args, &site).await?;
    eprintln!("{} channels of {gateways} gateways, {named}; a line a minute.", gateways * GROUP);
    let sending = Sending::start(&broker, gateways)?;
    let mut minutes = Vec::new();
    let mut spent = processor_s(&tree(pid));
    let mut since = Instant::now();
    for number in 0..args.minutes {
        let page = PAGES[number as usize % PAGES.len()];
        look_at(&client, page).await?;
        tokio::time::sleep_until(tokio::time::Instant::from_std(since) + Duration::from_secs(60)).await;
        let all = tree(pid);
        let (now, took) = (processor_s(&all), since.elapsed().as_secs_f64());
        let deaf = deafness(&client).await?;
        let screens_mb = screens_mb(&client).await?;
        let minute = Minute {
            page,
            held_mb: all.iter().map(|p| memory_mb(*p, HELD)).sum(),
            own_mb: memory_mb(pid, HELD),
            files_mb: all.iter().map(|p| memory_mb(*p, FILES)).sum(),
            screens_mb,
            cpu_percent: (now - spent) / took * 100.0,
            deaf_p99_ms: deaf.0,
            deaf_max_ms: deaf.1,
        };
        (spent, since) = (now, Instant::now());
        eprintln!(
            "{:3} {:12} {:6.1} MB ({:5.1} ours, {:4.1} the screens' program) and {:5.1} of files, {:4.1} % of a core, deaf p99 {:3.0} ms, at most {:4.0} ms",
            number + 1,
            minute.page,
            minute.held_mb,
            minute.own_mb,
            minute.screens_mb,
            minute.files_mb,
            minute.cpu_percent,
            minute.deaf_p99_ms,
            minute.deaf_max_ms
        );
        minutes.push(minute);
    }
    let sent = sending.stop()?;
    let stored = settled(args, &site, sent).await?;
    Ok(tell(args, &named, &minutes, sent, &stored))
}

/// mosquitto where it is installed, the bench's own broker where it is not.
fn broker(folder: &Path) -> Result<(String, String, Box<dyn std::any::Any>), String> {
    let port = free_port()?;
    let settings = folder.join("mosquitto.conf");
    let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n");
    std::fs::write(&settings, text).map_err(|e| format!("write {}: {e}", settings.display()))?;
    if system_tests::tool("mosquitto") {
        let mut command = Command::new("mosquitto");
        command.arg("-c").arg(&settings).stderr(std::process::Stdio::null());
        let running = Running::start(&mut command);
        return Ok((format!("mqtt://127.0.0.1:{port}"), "over mosquitto".into(), Box::new(running)));
    }
    let broker = Broker::start("127.0.0.1:0").map_err(|e| e.to_string())?;
    Ok((broker.endpoint().to_owned(), "over a broker of the bench".into(), Box::new(broker)))
}

fn free_port() -> Result<u16, String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").map_err(|e| format!("find a port: {e}"))?;
    Ok(listener.local_addr().map_err(|e| format!("find a port: {e}"))?.port())
}

/// The window on a display nobody sees, with a driver that can ask it things; and its process.
async fn window(args: &Args, site: &Path) -> Result<(Running, Client, Running, u32), String> {
    let mut command = Command::new("Xvfb");
    command.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"]);
    let mut server = Running::start(&mut command);
    let display = format!(":{}", server.line_with(""));
    let port = free_port()?;
    let mut command = Command::new("WebKitWebDriver");
    command.arg(format!("--port={port}")).env("DISPLAY", &display);
    command.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
    let driver = Running::start(&mut command);
    let mut capabilities = serde_json::Map::new();
    let started = json!({ "binary": args.window, "args": ["--site", site] });
    capabilities.insert("webkitgtk:browserOptions".into(), started);
    let mut builder = ClientBuilder::new(HttpConnector::new());
    builder.capabilities(capabilities);
    let mut last = String::new();
    for _ in 0..100 {
        match builder.connect(&format!("http://127.0.0.1:{port}")).await {
            Ok(client) => {
                let pid = children(driver.pid())
                    .into_iter()
                    .find(|pid| is(*pid, &args.window))
                    .ok_or("the window's process was not found below its driver")?;
                listen(&client).await?;
                return Ok((server, client, driver, pid));
            }
            Err(error) => last = error.to_string(),
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err(format!("open the window: {last}"))
}

/// From now on the page notes by how much each of its 50 ms ticks comes late: as long is it deaf to a key.
async fn listen(client: &Client) -> Result<(), String> {
    let script = "window.soakLate=[];let last=performance.now();setInterval(()=>{const now=performance.now();
        window.soakLate.push(Math.max(0,now-last-50));last=now;},50);";
    client.execute(script, Vec::new()).await.map(drop).map_err(|e| format!("listen to the page: {e}"))
}

/// Ms late, p99 and most, since the last time it was asked.
async fn deafness(client: &Client) -> Result<(f64, f64), String> {
    let asked = client.execute("const l=window.soakLate;window.soakLate=[];return l;", Vec::new()).await;
    let reply = asked.map_err(|e| format!("ask the page: {e}"))?;
    let mut late: Vec<f64> = reply.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    late.sort_by(f64::total_cmp);
    let place = (late.len() * 99 / 100).min(late.len().saturating_sub(1));
    Ok((late.get(place).copied().unwrap_or(f64::NAN), late.last().copied().unwrap_or(f64::NAN)))
}

/// The memory of the page's WebAssembly.
async fn screens_mb(client: &Client) -> Result<f64, String> {
    let script = "const done=arguments[arguments.length-1];import('/ui.js').then(m=>m.default())
        .then(w=>done(w.memory.buffer.byteLength)).catch(()=>done(null));";
    let reply = client.execute_async(script, Vec::new()).await.map_err(|e| format!("ask the page: {e}"))?;
    let bytes = reply.as_f64().ok_or("ask the page for its program's memory: it did not say")?;
    Ok(bytes / 1_048_576.0)
}

async fn look_at(client: &Client, page: &str) -> Result<(), String> {
    let css = format!("[data-testid='rail-link'][data-page='{page}']");
    let wait = client.wait().at_most(Duration::from_secs(60));
    let link = wait.for_element(Locator::Css(&css)).await.map_err(|e| format!("find {page}: {e}"))?;
    link.click().await.map_err(|e| format!("open {page}: {e}"))
}

/// A call from a terminal beside the window.
async fn call(args: &Args, site: &Path, name: &str, body: &Value) -> Result<Value, String> {
    let mut command = tokio::process::Command::new(&args.qm);
    command.args(["call", name, &body.to_string(), "--site"]).arg(site);
    let output = command.output().await.map_err(|e| format!("start {}: {e}", args.qm.display()))?;
    if !output.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("{name}: {e}"))
}

async fn add(args: &Args, site: &Path, broker: &str, gateway: u64) -> Result<(), String> {
    let channels: Vec<Value> = (1..=GROUP)
        .map(|n| {
            json!({ "code": format!("air/t{n:02}"), "name": format!("Gateway {gateway:02} sensor {n:02}"),
                "zone": format!("Hall {}", (gateway - 1) / 5 + 1), "unit": "°C", "low": 2_000, "high": 9_000 })
        })
        .collect();
    let device = json!({ "name": format!("Gateway {gateway:02}"), "endpoint": format!("{broker}/soak/g{gateway:02}/#"),
        "baud": 9600, "interval": 1_000, "setup": "", "channels": channels });
    call(args, site, "AddDevice", &device).await.map(drop)
}

/// A site that has recorded for days: in the first hours of a new one, what its pages show grows by the minute.
fn fill(args: &Args, site: &Path) -> Result<(), String> {
    if args.days == 0 {
        return Ok(());
    }
    let channels = args.channels.div_ceil(GROUP) * GROUP;
    let mut command = Command::new(&args.qm);
    command
        .args(["telemetry", "fill", "--days", &args.days.to_string(), "--channels", &channels.to_string()])
        .arg(site);
    let output = command.output().map_err(|e| format!("start {}: {e}", args.qm.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("fill the site: {said}")) }
}

/// The gateways at work: a message a second from each.
struct Sending {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicU64>,
    thread: std::thread::JoinHandle<Result<(), String>>,
}

impl Sending {
    fn start(broker: &str, gateways: u64) -> Result<Self, String> {
        let mut publisher = Publisher::connect(broker, "soak").map_err(|e| e.to_string())?;
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, counted) = (stop.clone(), sent.clone());
        let thread = std::thread::spawn(move || {
            let start = Instant::now();
            for second in 0u64.. {
                for gateway in 1..=gateways {
                    let topic = format!("soak/g{gateway:02}/air");
                    publisher
                        .publish(&topic, message(gateway, second).as_bytes())
                        .map_err(|e| e.to_string())?;
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                if stopped.load(Ordering::Relaxed) {
                    return publisher.flush().map_err(|e| e.to_string());
                }
                let next = start + Duration::from_secs(second + 1);
                std::thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            Ok(())
        });
        Ok(Self { stop, sent, thread })
    }

    /// How many messages went out.
    fn stop(self) -> Result<u64, String> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the gateways broke off")??;
        Ok(self.sent.load(Ordering::Relaxed))
    }
}

/// One second of a gateway's sensors: a slow wave, each a little out of step, and a step of noise.
fn message(gateway: u64, second: u64) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let mut text = format!("{{\"ts\":{}", now.as_millis());
    for n in 1..=GROUP {
        let phase = (second + gateway * 97 + n * 31) % 1_800;
        let noise = (second.wrapping_mul(2_654_435_761) >> (n % 7)) % 3;
        let hundredths = 400 + phase.abs_diff(900) / 10 + noise;
        text.push_str(&format!(",\"t{n:02}\":{}.{:02}", hundredths / 100, hundredths % 100));
    }
    text.push('}');
    text
}

/// What became of the messages, once all are stored or a minute is over.
struct Stored {
    acknowledged: u64,
    shed: u64,
    bad: u64,
}

async fn settled(args: &Args, site: &Path, sent: u64) -> Result<Stored, String> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let reply = call(args, site, "ListDevices", &json!({})).await?;
        let rows = reply.as_array().or_else(|| reply["rows"].as_array());
        let rows = rows.ok_or_else(|| format!("ListDevices gave no rows: {reply}"))?;
        let sum = |field: &str| rows.iter().filter_map(|row| row[field].as_u64()).sum::<u64>();
        let stored = Stored { acknowledged: sum("acknowledged"), shed: sum("shed"), bad: sum("bad_frames") };
        if stored.acknowledged >= sent || Instant::now() > deadline {
            return Ok(stored);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The figures, and whether they pass.
fn tell(args: &Args, named: &str, minutes: &[Minute], sent: u64, stored: &Stored) -> bool {
    let warm = minutes.get(WARM_UP..).filter(|rest| rest.len() > WARM_UP).unwrap_or(minutes);
    let mean = |of: fn(&Minute) -> f64| warm.iter().map(of).sum::<f64>() / warm.len() as f64;
    let most = |of: fn(&Minute) -> f64| warm.iter().map(of).fold(0.0, f64::max);
    let (held, cpu) = (mean(|m| m.held_mb), mean(|m| m.cpu_percent));
    let slope = |of: fn(&Minute) -> f64| slope_per_minute(warm, of) * 60.0;
    let (slope_all, slope_own) = (slope(|m| m.held_mb), slope(|m| m.own_mb));
    let deaf = most(|m| m.deaf_p99_ms);
    let checks = [
        (
            "every message acknowledged after its commit",
            stored.acknowledged == sent && stored.shed + stored.bad == 0,
        ),
        ("memory flat", slope_all / held * 100.0 <= SLOPE_PERCENT_MAX),
        ("processor", cpu < CPU_PERCENT_MAX),
        ("answering", deaf <= DEAF_MS_MAX),
    ];
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let report = json!({
        "minutes": minutes.len(), "channels": args.channels.div_ceil(GROUP) * GROUP, "broker": named,
        "messages_sent": sent, "messages_acknowledged": stored.acknowledged, "readings": sent * GROUP,
        "shed": stored.shed, "bad_frames": stored.bad,
        "held_mb": rounded(held), "held_max_mb": rounded(most(|m| m.held_mb)), "files_mb": rounded(mean(|m| m.files_mb)), "screens_mb": rounded(most(|m| m.screens_mb)),
        "slope_mb_per_hour": rounded(slope_all), "slope_own_mb_per_hour": rounded(slope_own),
        "cpu_percent_of_a_core": rounded(cpu), "cpu_percent_max": rounded(most(|m| m.cpu_percent)),
        "deaf_p99_ms": rounded(deaf), "deaf_max_ms": rounded(most(|m| m.deaf_max_ms)), "load": load.trim(),
        "checks": checks.map(|(what, passed)| json!({ "what": what, "passed": passed })),
    });
    if args.json {
        println!("{report:#}");
    } else {
        for (name, value) in report.as_object().into_iter().flatten().filter(|(name, _)| *name != "checks") {
            println!("{name:24} {value}");
        }
        for (what, passed) in checks {
            println!("{} {what}", if passed { "passed" } else { "FAILED" });
        }
    }
    checks.iter().all(|(_, passed)| *passed)
}

fn rounded(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// By least squares.
fn slope_per_minute(minutes: &[Minute], of: fn(&Minute) -> f64) -> f64 {
    let count = minutes.len() as f64;
    let middle = (count - 1.0) / 2.0;
    let mean = minutes.iter().map(of).sum::<f64>() / count;
    let mut both = (0.0, 0.0);
    for (place, minute) in minutes.iter().enumerate() {
        let from_middle = place as f64 - middle;
        both = (both.0 + from_middle * (of(minute) - mean), both.1 + from_middle * from_middle);
    }
    if both.1 > 0.0 { both.0 / both.1 } else { 0.0 }
}

/// Whether a process runs this program, and is not a worker of it.
fn is(pid: u32, program: &Path) -> bool {
    let same = std::fs::read_link(format!("/proc/{pid}/exe")).ok() == std::fs::canonicalize(program).ok();
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    same && !String::from_utf8_lossy(&line).contains("worker")
}

/// A process and all below it.
fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    all.extend(children(pid));
    all
}

fn children(pid: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    for task in tasks {
        let text = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in text.split_whitespace().filter_map(|word| word.parse().ok()) {
            found.push(child);
            found.extend(children(child));
        }
    }
    found
}

/// The fields of `smaps_rollup` that a process holds itself.
const HELD: &[&str] = &["Pss_Anon:", "Pss_Shmem:", "SwapPss:"];

/// The pages of files: programs, libraries and mapped data.
const FILES: &[&str] = &["Pss_File:"];

/// Shared pages count for each process in part.
fn memory_mb(pid: u32, fields: &[&str]) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let kb = |line: &str| {
        let mut words = line.split_whitespace();
        let counts = words.next().is_some_and(|name| fields.contains(&name));
        words.next().filter(|_| counts).and_then(|number| number.parse::<f64>().ok())
    };
    text.lines().filter_map(kb).sum::<f64>() / 1_024.0
}

/// Seconds of processor time, at the 100 ticks a second that Linux counts for programs.
fn processor_s(pids: &[u32]) -> f64 {
    let ticks = |pid: &u32| -> Option<f64> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
        Some(fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?)
    };
    pids.iter().filter_map(ticks).sum::<f64>() / 100.0
}
