//! A disk that is really full, under the whole application: a small file system in memory, mounted where only the child sees it.
#![allow(
    clippy::disallowed_methods,
    reason = "how long recording takes to resume is measured by the wall clock"
)]

use super::whole::{self, status, stored, until};
use super::{Options, Outcome};
use app::{Actor, App, Clock};
use contract::{AlarmRow, SetDepot};
use protocols::line::{Frame, encode};
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use units::Timestamp;

const CHILD: &str = "child-small-disk";
/// The ballast twice, the files and their logs.
const DISK: &str = "size=80m";
const RESUME_MAX: Duration = Duration::from_secs(5);

/// What the child does: `child-small-disk FOLDER CYCLES`.
pub fn child(args: &[String]) -> Option<Result<(), String>> {
    let [what, folder, cycles] = args else { return None };
    (what == CHILD).then(|| {
        let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
        let cycles = cycles.parse().map_err(|_| "not a number".to_owned())?;
        runtime.block_on(small_disk(Path::new(folder), cycles))
    })
}

/// Mounts the small disk in a namespace of its own and runs the child on it.
pub fn full_disk(options: &Options) -> Result<Outcome, String> {
    let mut outcome = Outcome::new("disk full under the application");
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let cycles = options.rounds.div_ceil(1_000).clamp(1, 10).to_string();
    let script =
        format!("mount -t tmpfs -o {DISK} tmpfs \"$1\" || exit 77; exec \"$2\" {CHILD} \"$1\" \"$3\"");
    let run = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script, "sh"])
        .arg(folder.path())
        .arg(&options.program)
        .arg(cycles)
        .stdin(Stdio::null())
        .output();
    let said = match run {
        Err(_) => return Ok(Outcome { skipped: Some("there is no unshare here".to_owned()), ..outcome }),
        Ok(said) => said,
    };
    let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    let mut counts = out.lines().filter_map(|line| {
        let numbers = line.strip_prefix("cycles ")?;
        Some(numbers.split(' ').filter_map(|n| n.parse().ok()).collect::<Vec<u64>>())
    });
    match counts.next().as_deref() {
        Some([rounds, sent, stored, slowest_ms]) => {
            (outcome.rounds, outcome.acknowledged) = (*rounds, *sent);
            outcome.lost = sent.saturating_sub(*stored);
            outcome.remark(format!("slowest resume {:.1} s", *slowest_ms as f32 / 1000.0));
        }
        _ if said.status.code() == Some(77) || err.contains("unshare") => {
            outcome.skipped = Some(format!("no file system can be mounted here: {}", err.trim()));
        }
        _ => outcome.damaged(err.trim().to_owned()),
    }
    Ok(outcome)
}

async fn small_disk(folder: &Path, cycles: u64) -> Result<(), String> {
    let by = Actor::local_admin();
    let app = whole::open(&folder.join("site"), Clock::real(), "UTC")?;
    app.listen();
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    whole::add(&app, &by, format!("tcp://{address}"), ["T01".to_owned()], None).await?;
    // A reading every 20 ms; how many went out is told at the end.
    let over = Arc::new(AtomicBool::new(false));
    let ends = over.clone();
    let device = std::thread::spawn(move || -> std::io::Result<u64> {
        let (mut wire, _) = listener.accept()?;
        let mut sent = 0;
        while !ends.load(Ordering::Relaxed) {
            let n = sent as i64;
            let frame = Frame::single(
                "CHAIN-1",
                "T01",
                n,
                Timestamp(app::Clock::real().now().0),
                units::Milli(n % 9_000),
            );
            wire.write_all(&encode(&frame).unwrap_or_default())?;
            sent += 1;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(sent)
    });
    let mut slowest = Duration::ZERO;
    until("the first readings", async || Ok(stored(&app).await? > 10)).await?;
    for cycle in 0..cycles {
        let filler = folder.join("filler");
        fill(&filler)?;
        until("recording to stop", async || Ok(!status(&app, &by).await?.recording)).await?;
        let fault = status(&app, &by).await?.recording_fault;
        if fault.as_deref() != Some("DiskFull") {
            return Err(format!("the full disk is called {fault:?}"));
        }
        // The alarm is on record although the disk is full: that is what the ballast is for.
        until("the alarm that nothing is recorded", async || Ok(recording_alarm(&app, &by).await?.is_some()))
            .await?;
        // Reading goes on, and so does deciding.
        stored(&app).await?;
        let place = SetDepot {
            place: units::GeoPoint { lat_e7: 600_000_000 + cycle as i32, lon_e7: 250_000_000 },
            why: "while the disk is full".to_owned(),
        };
        app.call(place, &by).await.map_err(|e| format!("decide while the disk is full: {}", e.message))?;
        std::fs::remove_file(&filler).map_err(|e| e.to_string())?;
        let freed = Instant::now();
        until("recording to resume", async || Ok(status(&app, &by).await?.recording)).await?;
        slowest = slowest.max(freed.elapsed());
        until("the alarm to clear", async || Ok(recording_alarm(&app, &by).await?.is_none())).await?;
    }
    over.store(true, Ordering::Relaxed);
    let sent = device.join().map_err(|_| "the device broke off")?.map_err(|e| e.to_string())?;
    let all = until("all that was sent", async || Ok(stored(&app).await? >= sent)).await;
    let stored = stored(&app).await?;
    app.close().await;
    println!("cycles {cycles} {sent} {stored} {}", slowest.as_millis());
    if slowest > RESUME_MAX {
        return Err(format!("recording took {:.1} s to resume", slowest.as_secs_f32()));
    }
    all
}

/// Takes the room there is now, and no more: what the application frees meanwhile is for its own use.
fn fill(path: &Path) -> Result<(), String> {
    let about = rustix::fs::statvfs(path.parent().unwrap_or(path)).map_err(|e| e.to_string())?;
    let mut left =
        usize::try_from(about.f_bavail.saturating_mul(about.f_frsize)).map_err(|e| e.to_string())?;
    let mut file = std::fs::File::create(path).map_err(|e| e.to_string())?;
    let piece = vec![0x5A; 1 << 20];
    // The application writes too: then the disk is full before all of it is taken.
    while left > 0 && file.write_all(&piece[..left.min(piece.len())]).is_ok() {
        left = left.saturating_sub(piece.len());
    }
    Ok(())
}

async fn recording_alarm(app: &App, by: &Actor) -> Result<Option<AlarmRow>, String> {
    let open = whole::alarms(app, by).await?;
    Ok(open
        .into_iter()
        .find(|alarm| alarm.kind == "Recording" && alarm.device.is_none() && alarm.cleared_at.is_none()))
}
