//! `qm demo --headless`: the whole first journey without a window, held against what was sent.

use app::{Actor, App};
use contract::*;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use units::Seed;

/// What the command line asks for.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Without a window; the only way this command runs so far.
    #[arg(long)]
    headless: bool,
    /// How long, in minutes of real time.
    #[arg(long, default_value_t = 2.0)]
    minutes: f64,
    /// How many times as fast as real time, 1 to 600.
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..=600))]
    speed: u32,
    /// Another seed, another warehouse.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Where the report files and summary.json go.
    #[arg(long)]
    report: PathBuf,
}

mod fleet;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Runs it; false where a station stayed silent or a sum does not hold.
pub async fn run(args: Args) -> Outcome<bool> {
    if !args.headless {
        return Err("run the demo: use `qm serve --demo` for the screens, or add --headless".into());
    }
    if !(0.05..=600.0).contains(&args.minutes) {
        return Err("run the demo: --minutes is between 0.05 and 600".into());
    }
    std::fs::create_dir_all(&args.report)
        .map_err(|e| format!("make the folder {}: {e}", args.report.display()))?;
    let folder = args.report.join("site");
    if folder.exists() {
        return Err(format!(
            "run the demo: {} is there already; choose another --report folder, or remove it",
            folder.display()
        )
        .into());
    }
    let opened = host::open_demo(&folder, args.speed)?;
    let app = opened.app().ok_or("run the demo: another process owns its folder")?.clone();
    let (heard, stop_listening) = listen(&app);
    let mut demo = host::demo::start(&app, Seed(args.seed)).await?;
    app.listen();
    let ends = tokio::time::Instant::now() + Duration::from_secs_f64(args.minutes * 60.0);
    println!("The demo runs for {} min at x{}, seed {}.", args.minutes, args.speed, args.seed);
    demo.seeded().await?;
    println!("Imported, forecast and proposed.");
    let by = Actor::local_admin();
    let decided = decide(&app, &by).await?;
    println!("Approved {} proposals, wrote {}.", decided.approved, decided.file);
    demo.planned().await?;
    let mut seen = fleet::Seen::default();
    seen.look(&app, &by).await?;
    println!("Planned the day's deliveries.");

    // The plug is pulled and put back: the driver must come back by itself.
    let before = readings(&app).await?;
    let mut replugged = false;
    if let Some(chain) = demo.chain() {
        tokio::task::block_in_place(|| chain.unplug())?;
        wait_for(&app, &SERIAL, |device| device.state != "Up" || device.fault.is_some()).await?;
        tokio::task::block_in_place(|| chain.replug())?;
        wait_for(&app, &SERIAL, |device| device.reconnects > 0 && device.state == "Up").await?;
        replugged = true;
    }
    println!("Unplugged and replugged after {before} readings.");
    // So is the broker, and the controller takes questions without answering.
    let mut survived = (false, false);
    if let Some(broker) = demo.broker() {
        broker.unplug();
        wait_for(&app, &["mqtt"], |device| device.fault.is_some()).await?;
        tokio::task::block_in_place(|| broker.replug())?;
        wait_for(&app, &["mqtt"], |device| device.reconnects > 0 && device.state == "Up").await?;
        survived.0 = true;
    }
    if let Some(controller) = demo.controller() {
        controller.hang(true);
        wait_for(&app, &["http"], |device| device.fault.is_some()).await?;
        controller.hang(false);
        wait_for(&app, &["http"], |device| device.reconnects > 0 && device.state == "Up").await?;
        survived.1 = true;
    }
    println!("The broker vanished and the controller hung; both were found again.");
    while tokio::time::Instant::now() < ends {
        tokio::time::sleep_until((tokio::time::Instant::now() + Duration::from_secs(10)).min(ends)).await;
        let status = app.call(GetStatus {}, &by).await?;
        println!(
            "{} | {} readings | alarms {:?} | proposals {} | positions {}, vehicles that moved {}",
            status.now,
            readings(&app).await?,
            status.alarms,
            status.proposals,
            fleet::positions(&app).await?,
            seen.look(&app, &by).await?
        );
    }

    let sent = demo.stop().await;
    settle(&app, sent.readings()).await?;
    // A day may have turned near the end: what is rechecked is planned from what is stored now.
    plan(&app, &by).await?;
    for alarm in app.call(ListAlarms { past: false, limit: 1 }, &by).await? {
        app.call(AcknowledgeAlarm { id: alarm.id, note: "seen in the demo".to_owned() }, &by).await?;
    }
    let driven = fleet::check(&app, &by, &args.report).await?;
    let mut reports = Vec::new();
    for language in [Language::En, Language::ZhHans] {
        let set = app.call(MakeDailyReport { day: None, language }, &by).await?;
        for file in &set.files {
            std::fs::copy(folder.join("reports").join(&file.name), args.report.join(&file.name))?;
        }
        reports.extend(set.files);
    }
    std::fs::copy(folder.join("purchase-orders").join(&decided.file), args.report.join(&decided.file))?;
    let summary = summary(
        &app,
        &args,
        sent,
        &reports,
        &decided,
        replugged,
        survived,
        &driven,
        &seen,
        heard.load(std::sync::atomic::Ordering::Relaxed),
    )
    .await?;
    stop_listening.abort();
    opened.close().await;
    let text = serde_json::to_string_pretty(&summary)?;
    std::fs::write(args.report.join("summary.json"), &text)?;
    println!("{text}");
    list(&args.report)?;
    Ok(summary["passed"] == json!(true))
}

/// Plans once more, after whatever is still at work.
async fn plan(app: &App, by: &Actor) -> Outcome<()> {
    let job = app.call(RunPlanning {}, by).await?;
    let row = app.wait_for_job(job).await?;
    if row.state == "Done" { Ok(()) } else { Err(row.error.unwrap_or(row.state).into()) }
}

/// Counts the events a window would get.
fn listen(app: &App) -> (std::sync::Arc<std::sync::atomic::AtomicU64>, tokio::task::JoinHandle<()>) {
    let heard = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let (count, mut events) = (heard.clone(), app.subscribe());
    let task = tokio::spawn(async move {
        loop {
            let event = events.next().await;
            count.store(event.number, std::sync::atomic::Ordering::Relaxed);
        }
    });
    (heard, task)
}

struct Decided {
    approved: usize,
    file: String,
}

/// Approves the three dearest proposals and writes their purchase orders.
async fn decide(app: &App, by: &Actor) -> Outcome<Decided> {
    let drafts = app.call(ListProposals { state: "Draft".to_owned(), limit: 3 }, by).await?;
    if drafts.is_empty() {
        return Err("the demo made no proposal to approve".into());
    }
    let ids: Vec<_> = drafts.iter().map(|row| row.id).collect();
    let receipt =
        app.call(ApproveProposals { ids: ids.clone(), note: "approved in the demo".to_owned() }, by).await?;
    let file = app.call(ExportPurchaseOrders { ids }, by).await?;
    Ok(Decided { approved: receipt.ids.len(), file: file.name })
}

async fn readings(app: &App) -> Outcome<u64> {
    let (totals, _) = app.reading_totals().await?;
    Ok(totals.good + totals.suspect + totals.bad)
}

/// Drivers of the chain's line, on whatever system.
const SERIAL: [&str; 2] = ["serial", "tcp"];

/// What a device's wire is called: its driver, or what is spoken on it where that says more.
fn wire(device: &DeviceRow) -> &str {
    if device.speaks_modbus() { "modbus" } else { &device.driver }
}

/// What was sent over each wire, held against what is stored of its devices and what was rejected.
async fn wires(app: &App, sent: host::demo::SentBy) -> Outcome<Vec<serde_json::Value>> {
    let devices = app.call(ListDevices {}, &Actor::system()).await?;
    let (_, counters) = app.reading_totals().await?;
    let mut wires = Vec::new();
    for (name, drivers, sent) in [
        ("serial", SERIAL.as_slice(), sent.serial),
        ("mqtt", &["mqtt"], sent.mqtt),
        ("http", &["http"], sent.http),
        ("modbus", &["modbus"], sent.modbus),
    ] {
        let (mut stored, mut rejected) = (0, 0);
        for device in devices.iter().filter(|device| drivers.contains(&wire(device))) {
            let totals = app.device_totals(device.id).await?;
            stored += totals.good + totals.suspect + totals.bad;
            rejected += counters
                .iter()
                .filter(|counter| counter.device == device.id)
                .filter(|counter| matches!(counter.name.as_str(), "shed" | "rejected.unknown_channel"))
                .map(|counter| counter.value.unsigned_abs())
                .sum::<u64>();
        }
        // Frames cut by a pulled plug were sent and never received.
        let cut = sent.unread_bytes > 0 && stored + rejected <= sent.readings;
        let balanced = sent.readings == stored + rejected || cut;
        println!("{name}: sent {} = stored {stored} + rejected {rejected}", sent.readings);
        wires.push(json!({
            "wire": name,
            "messages": sent.frames,
            "sent": sent.readings,
            "stored": stored,
            "rejected": rejected,
            "balanced": balanced,
        }));
    }
    Ok(wires)
}

/// Waits until the chain's device is so, looking at each event, for at most half a minute.
async fn wait_for(app: &App, drivers: &[&str], wanted: impl Fn(&DeviceRow) -> bool) -> Outcome<()> {
    let mut events = app.subscribe();
    let looked = tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            let devices = app.call(ListDevices {}, &Actor::system()).await?;
            let one =
                |device: &DeviceRow| device.simulated && drivers.contains(&wire(device)) && wanted(device);
            if devices.iter().any(one) {
                return Ok::<(), ApiError>(());
            }
            // An event comes with each change; the timer only guards against one being missed.
            let _ = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
        }
    });
    looked.await.map_err(|_| {
        format!("the demo's device over {} did not change its state within 30 s", drivers.join(" or "))
    })??;
    Ok(())
}

/// Waits until everything sent is stored or counted as rejected, for at most a minute.
async fn settle(app: &App, sent: u64) -> Outcome<()> {
    let mut events = app.subscribe();
    let settled = tokio::time::timeout(Duration::from_secs(60), async {
        while account(app).await?.1 < sent {
            // An event comes with each commit; the timer only guards against the last one being missed.
            let _ = tokio::time::timeout(Duration::from_secs(1), events.next()).await;
        }
        Ok::<(), Box<dyn std::error::Error>>(())
    });
    // What is missing shows in the summary's sums.
    settled.await.unwrap_or(Ok(()))
}

/// Counters by name, and everything accounted for: stored and rejected.
async fn account(app: &App) -> Outcome<(serde_json::Map<String, serde_json::Value>, u64)> {
    let (totals, counters) = app.reading_totals().await?;
    let mut by_name = serde_json::Map::new();
    for counter in counters {
        let before = by_name.get(&counter.name).and_then(serde_json::Value::as_i64).unwrap_or(0);
        by_name.insert(counter.name, json!(before + counter.value));
    }
    let count = |name: &str| by_name.get(name).and_then(serde_json::Value::as_u64).unwrap_or(0);
    let stored = totals.good + totals.suspect + totals.bad;
    // What a broker delivered a second time was sent once: repeats are counted, and not among these.
    let accounted = stored + count("rejected.unknown_channel") + count("shed");
    Ok((by_name, accounted))
}

async fn summary(
    app: &App,
    args: &Args,
    sent: host::demo::SentBy,
    reports: &[ReportFile],
    decided: &Decided,
    replugged: bool,
    (broker_survived, controller_survived): (bool, bool),
    driven: &fleet::Driven,
    seen: &fleet::Seen,
    events: u64,
) -> Outcome<serde_json::Value> {
    let by = Actor::local_admin();
    let (totals, _) = app.reading_totals().await?;
    let (counters, accounted) = account(app).await?;
    let stored = totals.good + totals.suspect + totals.bad;
    let lost_with_plug = sent.serial.unread_bytes > 0;
    let wires = wires(app, sent).await?;
    let open = app.call(ListAlarms { past: false, limit: 1_000 }, &by).await?;
    let past = app.call(ListAlarms { past: true, limit: 1_000 }, &by).await?;
    let imports = app.call(ListImports { limit: 1_000 }, &by).await?;
    let demand = app
        .call(
            ListDemand {
                filter: String::new(),
                sort: DemandSort::Sku,
                reverse: false,
                offset: 0,
                limit: 1_000,
            },
            &by,
        )
        .await?;
    let drafts = app.call(ListProposals { state: "Draft".to_owned(), limit: 10_000 }, &by).await?;
    let ordered = app.call(ListProposals { state: "Ordered".to_owned(), limit: 10_000 }, &by).await?;
    let models = app.call(ListModels {}, &by).await?;
    let audit = app.call(VerifyAudit {}, &by).await?;
    let recheck = app.recheck_proposals().await?;
    let mut chosen = std::collections::BTreeMap::<String, u64>::new();
    for row in &demand.rows {
        *chosen.entry(row.model.clone().unwrap_or_default()).or_default() += 1;
    }
    let net = models.first().and_then(|model| model.provider.clone());
    let raised = open.len() + past.len();
    let device_alarm = past.iter().chain(&open).any(|alarm| alarm.kind == "DeviceFault");
    let limit_alarm = past.iter().chain(&open).any(|alarm| alarm.kind == "High" || alarm.kind == "Low");
    let orders = imports.iter().find(|row| row.kind == "Orders" && row.file == "orders.csv");
    let positions = fleet::positions(app).await?;
    let served = driven.days.iter().filter_map(|day| day["visits_made"].as_u64()).sum::<u64>();
    let stations = json!({
        "plan_deliveries": driven.routes > 0,
        "leave_out_with_a_reason": driven.unserved > 0,
        "check_routes": driven.routes > 0 && driven.broken.is_empty(),
        "hear_vehicles": positions > 0 && positions >= sent.positions && seen.heard() > 0,
        "vehicles_move": seen.moved() > 0 || served > 0,
        "driver_sheets": driven.files.iter().any(|name| name.ends_with(".pdf")),
        "gpx": driven.files.iter().any(|name| name.ends_with(".gpx")),
        "sense": stored > 0,
        "mark_bad_values": totals.suspect + totals.bad > 0,
        "alarm_on_a_limit": limit_alarm,
        "survive_unplug": replugged && device_alarm,
        "mqtt": sent.mqtt.readings > 0 && broker_survived,
        "http": sent.http.readings > 0 && controller_survived,
        "modbus": sent.modbus.readings > 0,
        "import": orders.is_some_and(|row| row.stored > 100_000),
        "forecast": demand.rows.iter().any(|row| row.model.is_some()),
        "net_through_onnx_runtime": net.is_some(),
        "propose": !drafts.is_empty() || !ordered.is_empty(),
        "approve": decided.approved > 0 && ordered.len() >= decided.approved,
        "report": reports.len() >= 6 && reports.iter().all(|file| file.bytes > 0),
        "live_events": events > 1,
        "audit_intact": audit.intact,
    });
    let silent: Vec<_> = stations
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, fired)| **fired != json!(true))
        .map(|(name, _)| name.clone())
        .collect();
    // Frames cut by the pulled plug were sent and never received; the sender knows how many bytes nobody took.
    let balanced = wires.iter().all(|wire| wire["balanced"] == json!(true))
        && (sent.readings() == accounted || (lost_with_plug && accounted <= sent.readings()));
    let passed = balanced && silent.is_empty() && recheck.mismatches.is_empty();
    Ok(json!({
        "passed": passed,
        "seed": args.seed,
        "speed": args.speed,
        "minutes": args.minutes,
        "site_clock": app.clock().now().to_string(),
        "readings": {
            "sent": sent.readings(),
            "stored": stored,
            "good": totals.good,
            "suspect": totals.suspect,
            "bad": totals.bad,
            "accounted": accounted,
            "balanced": balanced,
            "counters": counters,
            "wires": wires,
        },
        "alarms": { "raised": raised, "open": open.len() },
        "imports": imports.iter().map(|row| json!({"file": row.file, "kind": row.kind, "stored": row.stored, "duplicates": row.duplicates, "sha256": row.sha256})).collect::<Vec<_>>(),
        "forecasts": { "items": demand.total, "models": chosen, "net": net },
        "proposals": {
            "drafts": drafts.len(),
            "ordered": ordered.len(),
            "purchase_order_file": decided.file,
            "first": drafts.iter().take(3).map(|row| json!({"sku": row.sku, "quantity": row.quantity.to_string(), "order_by": row.order_by.to_string()})).collect::<Vec<_>>(),
            "rechecked": recheck.proposals,
            "mismatches": recheck.mismatches,
        },
        "deliveries": {
            "days": driven.days,
            "routes": driven.routes,
            "unserved": driven.unserved,
            "rules_broken": driven.broken,
            "files": driven.files,
            "positions": {
                "sent": sent.positions,
                "received": positions,
                "vehicles": seen.heard(),
                "moved": seen.moved(),
            },
        },
        "audit": { "rows": audit.rows, "intact": audit.intact, "head": audit.head },
        "reports": reports.iter().map(|file| json!({"name": file.name, "bytes": file.bytes, "sha256": file.sha256})).collect::<Vec<_>>(),
        "stations": stations,
        "silent": silent,
    }))
}

fn list(folder: &Path) -> Outcome<()> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.filter_map(Result::ok).filter(|entry| entry.path().is_file()).collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        println!("{:>10}  {}", file.metadata()?.len(), file.path().display());
    }
    Ok(())
}
