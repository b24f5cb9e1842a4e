use super::look;
use crate::flows::small_site::{self, noon};
use crate::{App, Clock, Opening, SiteSettings};
use contract::*;
use domain::{Actor, Quality, Reading};
use std::fs;
use std::path::Path;
use std::time::Duration;
use store::{Batch, Store};
use units::{ChannelId, Milli, Millis};

const READINGS: i64 = 30_000;

fn open(folder: &Path, clock: &Clock) -> App {
    let opening = Opening {
        folder: folder.to_owned(),
        clock: clock.clone(),
        first_settings: SiteSettings::default(),
        check: false,
        library: None,
    };
    App::open(opening, &tokio::runtime::Handle::current()).expect("the folder opens")
}

/// Closes the site and waits until its files are.
async fn close(app: App, folder: &Path) {
    app.close().await;
    drop(app);
    let is_open = || {
        let names = fs::read_dir(folder).expect("listed").flatten().map(|one| one.file_name());
        names.filter_map(|name| name.into_string().ok()).any(|name| name.ends_with("-wal"))
    };
    let closed = tokio::time::timeout(Duration::from_secs(30), async {
        while is_open() {
            tokio::task::yield_now().await;
        }
    });
    closed.await.expect("the files are closed");
}

/// A channel with eight hours of packed readings.
fn recorded(folder: &Path) -> ChannelId {
    let start = noon() - Millis::hours(9);
    let (store, channel) = small_site::make(folder, start, Millis::seconds(1));
    let reading = |n: i64| {
        let at = start + Millis::seconds(n);
        // Nothing that packs well: a chunk is most of the file.
        let value = Some(Milli((n * n * n * 7_919 + n * n * 31) % 8_009));
        Reading { channel, at, arrived_at: at, sequence: n, value, quality: Quality::Good }
    };
    let readings = (0..READINGS).map(reading).collect();
    store.telemetry.append(Batch { readings, ..Batch::default() }).expect("written");
    store.telemetry.pack().expect("packed");
    channel
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).expect("read");
    bytes[at] ^= 0x10;
    fs::write(path, bytes).expect("written");
}

/// Flips a bit of packed readings: which byte is one of them is tried on copies.
fn harm(folder: &Path) {
    let month = "telemetry-2026-11.db";
    let length = fs::metadata(folder.join(month)).expect("a month").len() as usize;
    let hit = |at: &usize| {
        let copy = tempfile::tempdir().expect("a folder");
        for entry in fs::read_dir(folder).expect("listed").flatten().filter(|one| one.path().is_file()) {
            if entry.file_name() == "ballast" {
                continue;
            }
            fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copied");
        }
        flip(&copy.path().join(month), *at);
        let Ok(store) = Store::open(copy.path(), &store::Opening::new(noon())) else { return false };
        let verified = store.telemetry.verify().is_ok();
        let damaged = store.telemetry.damaged().unwrap_or_default();
        verified && damaged.len() == 1 && damaged[0].span.is_some()
    };
    // Chunks are written last.
    let at = (4_096..length).rev().step_by(5_003).find(hit).expect("some byte is one of a chunk");
    flip(&folder.join(month), at);
}

/// Makes a backup; why it did not come back, and how many readings were read.
async fn back_up(app: &App, clock: &Clock) -> (Option<String>, u64) {
    clock.advance(Millis::minutes(1));
    let job = app.call(MakeBackup { into: None }, &Actor::local_admin()).await.expect("a job");
    let row = app.wait_for_job(job).await.expect("it ends");
    assert_eq!(row.state, "Done", "{row:?}");
    let drill = page(app).await.drill.expect("it was tried");
    (drill.error, drill.readings)
}

async fn page(app: &App) -> BackupPage {
    app.call(GetBackups {}, &Actor::local_admin()).await.expect("the page")
}

async fn alarms(app: &App, past: bool) -> Vec<AlarmRow> {
    let rows = app.call(ListAlarms { past, limit: 100 }, &Actor::local_admin()).await.expect("alarms");
    rows.into_iter().filter(|row| ["Backup", "Damage"].contains(&row.kind.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_met_on_trial_told_once_and_listed_with_the_backup_that_has_it_whole() {
    let (site, backups) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (folder, clock) = (site.path().join("site"), Clock::manual(noon()));
    fs::create_dir(&folder).expect("made");
    let channel = recorded(&folder);
    let app = open(&folder, &clock);
    let text = backups.path().to_str().expect("text").to_owned();
    let settings = BackupSettings { folder: text, daily: false, minute: 0, keep: 5 };
    let change = ChangeBackups { settings, why: "another disk".into() };
    app.call(change, &Actor::local_admin()).await.expect("set");
    assert_eq!(back_up(&app, &clock).await, (None, READINGS.unsigned_abs()));
    let whole = page(&app).await;
    assert_eq!((whole.damaged.len(), whole.backups.len()), (0, 1));
    close(app, &folder).await;
    harm(&folder);

    let app = open(&folder, &clock);
    let (error, read) = back_up(&app, &clock).await;
    let error = error.expect("it came back damaged");
    assert!(error.contains("1 of its pieces") && error.contains("of Cold room from 2026-11-20T"), "{error}");
    assert!(read < READINGS.unsigned_abs());
    let harmed = page(&app).await;
    let [piece] = harmed.damaged.as_slice() else { panic!("{:?}", harmed.damaged) };
    assert_eq!((piece.channel, piece.channel_name.as_deref()), (Some(channel), Some("Cold room")));
    assert_eq!((piece.device_name.as_deref(), piece.file.as_str()), (Some("Logger"), "telemetry-2026-11.db"));
    assert_eq!(piece.readings, Some(READINGS.unsigned_abs() - read));
    let first = Some(whole.backups[0].name.as_str());
    assert_eq!(piece.backup.as_deref(), first, "not the one that came back damaged");
    let mut kinds: Vec<String> = alarms(&app, false).await.into_iter().map(|row| row.kind).collect();
    kinds.sort();
    assert_eq!(kinds, ["Backup", "Damage"]);

    // The damage stays on the list; the alarm goes once a person has seen it, and what is known fails no later backup.
    let damage = alarms(&app, false).await.into_iter().find(|row| row.kind == "Damage").expect("raised");
    let seen = AcknowledgeAlarm { id: damage.id, note: "a new disk is ordered".into() };
    app.call(seen, &Actor::local_admin()).await.expect("acknowledged");
    app.blocking(|inner| look(inner)).await.expect("looked");
    assert_eq!(back_up(&app, &clock).await, (None, read));
    assert_eq!(page(&app).await.damaged[0].backup.as_deref(), first);
    let standing = |rows: Vec<AlarmRow>| rows.iter().filter(|row| row.cleared_at.is_none()).count();
    assert_eq!(standing(alarms(&app, false).await), 0);
    close(app, &folder).await;

    let app = open(&folder, &clock);
    app.blocking(|inner| look(inner)).await.expect("looked");
    assert_eq!(alarms(&app, true).await.iter().filter(|row| row.kind == "Damage").count(), 1);
    assert_eq!(standing(alarms(&app, false).await), 0);
    assert_eq!(page(&app).await.damaged.len(), 1);
    close(app, &folder).await;
}
