//! A site's folder, opened and recording.

use crate::bus::{Bus, Subscription};
use crate::clock::Clock;
use crate::failure::{Failure, Result};
use crate::flows;
use crate::flows::delivery::Fleet;
use crate::flows::excursions::{ExcursionCache, KineticCache};
use crate::flows::telemetry::Live;
use crate::jobs::Jobs;
use crate::models::{Library, Models};
use crate::staging::Staging;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use store::{SiteSettings, Store};
use tokio::runtime::Handle;
use units::{Day, Timestamp};

/// How a host opens a site.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The site's data folder; made where it is missing.
    pub folder: PathBuf,
    /// The site's clock.
    pub clock: Clock,
    /// Settings of a site that is new.
    pub first_settings: SiteSettings,
    /// The process before this one did not end well: read the files for damage first.
    pub check: bool,
    /// How models are run; none runs statistical ones only.
    pub library: Option<Library>,
}

/// The application of one open site. Clones share it.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub folder: PathBuf,
    pub store: Store,
    pub ballast: store::ballast::Ballast,
    pub clock: Clock,
    pub bus: Bus,
    pub jobs: Jobs,
    pub live: Live,
    pub secrets: flows::secrets::Secrets,
    pub ears: flows::listener::Ears,
    pub models: Models,
    pub staging: Staging,
    pub excursions: ExcursionCache,
    pub kinetic: KineticCache,
    pub fleet: Fleet,
    settings: Mutex<SiteSettings>,
    traces: AtomicU64,
    drain: Mutex<Option<tokio::task::JoinHandle<()>>>,
    tasks: Mutex<Vec<tokio::task::JoinHandle<()>>>,
    pub runtime: Handle,
}

impl App {
    /// Opens the folder and restores alarms; [`App::listen`] starts the devices. Blocking; call it on a runtime's thread.
    pub fn open(opening: Opening, runtime: &Handle) -> Result<Self> {
        let Opening { folder, clock, first_settings, check, library } = opening;
        std::fs::create_dir_all(&folder).map_err(|e| {
            Failure::new(
                contract::Code::Storage,
                format!("make the folder {}: {e}; check its parent's rights", folder.display()),
            )
        })?;
        let now = clock.now();
        let store = Store::open(&folder, &store::Opening { check, ..store::Opening::new(now) })?;
        if store.records.setting("site.made")?.is_none() {
            let act = store::Act::new(&domain::Actor::system(), now).because("a new site");
            store.records.save_settings(&act, &first_settings)?;
            store.records.save_setting(&act, "site.made", "true")?;
        }
        let settings = store.records.settings()?;
        let (live, receiver) = Live::restore(&store, now, clock.speed())?;
        let inner = Arc::new(Inner {
            models: Models::new(library),
            staging: Staging::new(&folder)?,
            ballast: store::ballast::Ballast::keep(&folder),
            jobs: Jobs::new(),
            secrets: flows::secrets::Secrets::default(),
            ears: flows::listener::Ears::default(),
            bus: Bus::default(),
            excursions: ExcursionCache::default(),
            kinetic: KineticCache::default(),
            fleet: Fleet::new(),
            settings: Mutex::new(settings),
            traces: AtomicU64::new(now.0.unsigned_abs() & 0xff_ffff),
            drain: Mutex::new(None),
            tasks: Mutex::new(Vec::new()),
            runtime: runtime.clone(),
            folder,
            store,
            clock,
            live,
        });
        let app = Self(inner);
        let drain = runtime.spawn(flows::telemetry::drain(app.0.clone(), receiver));
        let daily = runtime.spawn(flows::daily::run(Arc::downgrade(&app.0)));
        let backups = runtime.spawn(flows::backup::run(Arc::downgrade(&app.0)));
        let storage = runtime.spawn(flows::storage::run(Arc::downgrade(&app.0)));
        let watch = runtime.spawn(flows::delivery::watch(Arc::downgrade(&app.0), app.0.bus.subscribe()));
        // Beside the first screen, which does not wait for it.
        let weak = Arc::downgrade(&app.0);
        runtime.spawn_blocking(move || weak.upgrade().map(|inner| flows::roads::load(&inner)));
        *app.0.drain.lock().unwrap_or_else(PoisonError::into_inner) = Some(drain);
        app.0.tasks.lock().unwrap_or_else(PoisonError::into_inner).extend([daily, backups, storage, watch]);
        Ok(app)
    }

    /// Starts every enabled device that does not run yet. Apart from [`App::open`], so that who knows better where a device is can
    /// say so before its old address is tried.
    pub fn listen(&self) {
        self.0.runtime.spawn(flows::listener::start(self.0.clone()));
        self.0.live.start_all(&self.0);
    }

    /// Stops devices and writes what they sent. Calls are still answered; what lies at the other end of a line may go now.
    pub async fn hang_up(&self) {
        self.0.live.stop_all().await;
        self.0.ears.close();
        let drain = self.0.drain.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(drain) = drain {
            // A panic in the drain was already reported there; there is nothing left to write.
            let _ = drain.await;
        }
    }

    /// Stops devices, writes what they sent, asks jobs to stop and waits for them.
    pub async fn close(&self) {
        self.0.jobs.stop_all();
        self.hang_up().await;
        for other in std::mem::take(&mut *self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner)) {
            other.abort();
        }
        self.0.jobs.idle().await;
        self.0.models.stop();
    }

    /// A stream of events for one window.
    pub fn subscribe(&self) -> Subscription {
        self.0.bus.subscribe()
    }

    /// The site's clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The site's folder.
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// The site's settings.
    pub fn settings(&self) -> SiteSettings {
        self.0.settings()
    }

    /// Notes what is known of a room beyond its name: its floor area.
    pub async fn describe_zone(&self, name: &str, area_m2: u32) -> Result<()> {
        let key = format!("zone.area.{name}");
        self.blocking(move |inner| {
            let act = store::Act::new(&domain::Actor::system(), inner.clock.now());
            Ok(inner.store.records.save_setting(&act, &key, &area_m2.to_string())?)
        })
        .await
    }

    /// How many readings are stored, by quality: good, suspect, bad; and the counters of devices by name.
    pub async fn reading_totals(&self) -> Result<(store::Totals, Vec<store::Counter>)> {
        self.blocking(|inner| Ok((inner.store.telemetry.totals(None)?, inner.store.telemetry.counters()?)))
            .await
    }

    /// How many readings of one device are stored.
    pub async fn device_totals(&self, device: units::DeviceId) -> Result<store::Totals> {
        self.blocking(move |inner| {
            let channels = inner.live.lock().channels_of(device);
            let mut sum = store::Totals::default();
            for channel in channels {
                let one = inner.store.telemetry.totals(Some(channel.id))?;
                sum.good += one.good;
                sum.suspect += one.suspect;
                sum.bad += one.bad;
            }
            Ok(sum)
        })
        .await
    }

    /// Runs what blocks off the runtime's threads.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Inner>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let inner = self.0.clone();
        match tokio::task::spawn_blocking(move || work(&inner)).await {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => {
                Err(Failure::bug(crate::dispatch::panic_text(error.into_panic().as_ref())))
            }
            Err(_) => {
                Err(Failure::new(contract::Code::Cancelled, "the console is closing; nothing was changed"))
            }
        }
    }

    pub(crate) fn next_trace_id(&self) -> String {
        format!("{:08x}", self.0.traces.fetch_add(1, Ordering::Relaxed))
    }
}

impl Inner {
    /// The site's settings.
    pub fn settings(&self) -> SiteSettings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces them in memory after they were stored.
    pub fn settings_changed(&self, settings: SiteSettings) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// The site's zone.
    pub fn zone(&self) -> jiff::tz::TimeZone {
        crate::zone::of(&self.settings().time_zone)
    }

    /// The site's calendar day.
    pub fn today(&self) -> Day {
        crate::zone::day(&self.zone(), self.clock.now())
    }

    /// An act of a person, now.
    pub fn act(&self, by: &domain::Actor) -> store::Act {
        store::Act::new(by, self.clock.now())
    }

    /// The same, with the reason they gave, if any.
    pub fn act_because(&self, by: &domain::Actor, why: &str) -> store::Act {
        let act = self.act(by);
        if why.trim().is_empty() { act } else { act.because(why.trim()) }
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
