//! The whole application on a site of its own, for rows that drive more than the store.
#![allow(clippy::disallowed_methods, reason = "what is waited for is waited for by the wall clock")]

use app::{Actor, App, Clock, Opening, SiteSettings};
use contract::{AddDevice, AlarmRow, DeviceId, GetStatus, ListAlarms, NewChannel, Status};
use std::path::Path;
use std::time::{Duration, Instant};
use units::{Milli, Millis};

/// What does not happen within this does not happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Opens the site of a folder; devices are not started.
pub fn open(folder: &Path, clock: Clock, time_zone: &str) -> Result<App, String> {
    let opening = Opening {
        folder: folder.to_owned(),
        clock,
        first_settings: SiteSettings { time_zone: time_zone.to_owned(), ..SiteSettings::default() },
        check: true,
        library: None,
    };
    App::open(opening, &tokio::runtime::Handle::current()).map_err(|e| e.to_string())
}

/// Adds a device that speaks our line, with channels that are held below `high`.
pub async fn add(
    app: &App,
    by: &Actor,
    endpoint: String,
    codes: impl IntoIterator<Item = String>,
    high: Option<Milli>,
) -> Result<DeviceId, String> {
    let channel = |code: String| NewChannel {
        name: code.clone(),
        code,
        zone: String::new(),
        unit: "°C".to_owned(),
        low: None,
        high,
    };
    let add = AddDevice {
        name: endpoint.clone(),
        endpoint,
        baud: 115_200,
        interval: Millis::seconds(1),
        setup: String::new(),
        channels: codes.into_iter().map(channel).collect(),
    };
    app.call(add, by).await.map_err(|e| e.message)
}

pub async fn status(app: &App, by: &Actor) -> Result<Status, String> {
    app.call(GetStatus {}, by).await.map_err(|e| e.message)
}

/// Alarms that need someone.
pub async fn alarms(app: &App, by: &Actor) -> Result<Vec<AlarmRow>, String> {
    app.call(ListAlarms { past: false, limit: 100 }, by).await.map_err(|e| e.message)
}

/// Readings on record, whatever their quality.
pub async fn stored(app: &App) -> Result<u64, String> {
    let (totals, _) = app.reading_totals().await.map_err(|e| e.to_string())?;
    Ok(totals.good + totals.suspect + totals.bad)
}

/// Waits for something.
pub async fn until(what: &str, mut done: impl AsyncFnMut() -> Result<bool, String>) -> Result<(), String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if done().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("waited in vain for {what}"))
}
