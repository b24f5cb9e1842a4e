//! Opens a site: owns its folder, or attaches to the process that does.

use crate::attach::Attached;
use crate::backend::Backend;
use crate::door::Door;
use crate::error::{Error, Result};
use crate::limits;
use crate::lock::{Acquired, Lock, OwnerNote};
use crate::places;
use crate::secret::Secret;
use crate::site::Site;
use app::clock::real_now;
use app::{Actor, App, Clock, Library, Opening, Role, SiteSettings};
use std::path::PathBuf;
use units::Seed;

/// How a site is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// How fast a demo's clock runs; 1 to 600.
    pub speed: u32,
    /// What a demo is made of.
    pub seed: Seed,
    /// A new demo site speaks Chinese.
    pub chinese: bool,
    /// Port of the door on 127.0.0.1; 0 for any.
    pub port: u16,
    /// ONNX Runtime, where it is not at its usual places.
    pub library: Option<PathBuf>,
    /// A model file instead of the one on board; its hash must stand in the manifest.
    pub model_file: Option<PathBuf>,
    /// The program that serves as worker with the argument `worker`; none for this one.
    pub worker: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            speed: 1,
            seed: Seed(7),
            chinese: false,
            port: 0,
            library: None,
            model_file: None,
            worker: None,
        }
    }
}

impl Options {
    /// How models are run.
    pub fn library(&self) -> Result<Library> {
        let program = match &self.worker {
            Some(program) => program.clone(),
            None => std::env::current_exe().map_err(|e| {
                Error::new(format!("find this program's file: {e}; start it by its full path"))
            })?,
        };
        Ok(Library {
            program,
            args: vec!["worker".to_owned()],
            places: places::library_places(self.library.clone()),
            model_file: self.model_file.clone(),
        })
    }
}

/// A site that answers.
pub struct Opened {
    /// What answers its calls.
    pub backend: Backend,
    /// Which site.
    pub site: Site,
    port: u16,
    door: Option<Door>,
    lock: Option<Lock>,
    #[cfg(feature = "demo")]
    demo: Option<crate::demo::Demo>,
}

/// Owns the folder where nobody does, else attaches to who does. Waits for an owner that is still opening.
pub async fn open(site: Site, options: Options) -> Result<Opened> {
    site.make()?;
    site.check_kind()?;
    let begun = tokio::time::Instant::now();
    loop {
        let held_by = match Lock::acquire(&site.folder, real_now())? {
            Acquired::Owned(lock) => return own(site, options, lock).await,
            Acquired::Held(note) => note,
        };
        let waited = begun.elapsed();
        if let Some(note) = held_by.as_ref().filter(|note| note.endpoint.is_some()) {
            let attached = Attached::new(&site.folder, note.clone())?;
            let admin = Actor::local_admin();
            let asked = attached.call("GetSite", "{}", &admin);
            match tokio::time::timeout(limits::ANSWER_DEADLINE, asked).await {
                Ok(Ok(_)) => {
                    return Ok(Opened {
                        backend: Backend::Attached(attached),
                        site,
                        port: options.port,
                        door: None,
                        lock: None,
                        #[cfg(feature = "demo")]
                        demo: None,
                    });
                }
                // It may be ending just now, or its note be of a process that crashed: look again for a while.
                Ok(Err(_)) if waited < limits::ANSWER_DEADLINE => {}
                Ok(Err(error)) => return Err(unreachable(&site, held_by.as_ref(), &error.message)),
                Err(_) => return Err(unreachable(&site, held_by.as_ref(), "it does not answer")),
            }
        }
        if waited > limits::OPENING_DEADLINE {
            return Err(unreachable(&site, held_by.as_ref(), "it is still opening"));
        }
        tokio::time::sleep(limits::LOOK_AGAIN).await;
    }
}

/// Waits until nobody owns the folder any more, and owns it from then on: whoever looks at a site does not lose it because
/// somebody else stopped recording. None once `until` ends first.
pub async fn inherit(
    site: Site,
    options: Options,
    until: impl Future<Output = ()> + Send,
) -> Result<Option<Opened>> {
    tokio::pin!(until);
    loop {
        tokio::select! {
            biased;
            () = &mut until => return Ok(None),
            () = tokio::time::sleep(limits::REATTACH_PAUSE) => {}
        }
        if let Acquired::Owned(lock) = Lock::acquire(&site.folder, real_now())? {
            tracing::info!(folder = %site.folder.display(), "the owner ended; this process records from now on");
            return own(site, options, lock).await.map(Some);
        }
    }
}

fn unreachable(site: &Site, note: Option<&OwnerNote>, why: &str) -> Error {
    let who = note.map_or("another process".to_owned(), |note| format!("process {}", note.pid));
    Error::new(format!(
        "attach to the console that owns {}: {who} holds it, but {why}; end that process and try again",
        site.folder.display()
    ))
}

async fn own(site: Site, options: Options, mut lock: Lock) -> Result<Opened> {
    match own_held(&site, &options, &mut lock).await {
        Ok((app, door)) => {
            #[allow(unused_mut, reason = "only the demo changes it")]
            let mut opened = Opened {
                backend: Backend::Owner(app),
                site,
                port: options.port,
                door: Some(door),
                lock: Some(lock),
                #[cfg(feature = "demo")]
                demo: None,
            };
            if let Err(error) = opened.begin(&options).await {
                opened.close().await;
                return Err(error);
            }
            Ok(opened)
        }
        Err(error) => {
            // Nothing was recorded, so the end is clean if the beginning was.
            if !lock.unclean() {
                lock.release()?;
            }
            Err(error)
        }
    }
}

async fn own_held(site: &Site, options: &Options, lock: &mut Lock) -> Result<(App, Door)> {
    let opening = opening(site, options, lock)?;
    let runtime = tokio::runtime::Handle::current();
    let app = tokio::task::spawn_blocking(move || App::open(opening, &runtime))
        .await
        .map_err(|_| Error::new("open the site: the work was cut off; start it again"))??;
    match Door::start(Backend::Owner(app.clone()), lock.token().clone(), options.port).await {
        Ok(door) => Ok((app, door)),
        Err(error) => {
            app.close().await;
            Err(error)
        }
    }
}

fn opening(site: &Site, options: &Options, lock: &Lock) -> Result<Opening> {
    site.note_kind()?;
    if lock.unclean() {
        tracing::warn!(folder = %site.folder.display(), "the last owner did not end well; the files are checked");
    }
    Ok(Opening {
        folder: site.folder.clone(),
        clock: clock(site, options)?,
        first_settings: first_settings(site, options)?,
        check: lock.unclean(),
        library: Some(options.library()?),
    })
}

/// Owns a demo site's folder without a door and before its world moves: the caller starts that. Blocking; on a runtime's thread.
#[cfg(feature = "demo")]
pub fn open_demo(folder: &std::path::Path, speed: u32) -> Result<Opened> {
    let site = Site::of(Some(folder.to_owned()), true)?;
    let options = Options { speed, ..Options::default() };
    site.make()?;
    site.check_kind()?;
    let lock = match Lock::acquire(&site.folder, real_now())? {
        Acquired::Owned(lock) => lock,
        Acquired::Held(note) => {
            return Err(unreachable(&site, note.as_ref(), "this command needs a folder of its own"));
        }
    };
    let app = App::open(opening(&site, &options, &lock)?, &tokio::runtime::Handle::current())?;
    Ok(Opened { backend: Backend::Owner(app), site, port: 0, door: None, lock: Some(lock), demo: None })
}

#[cfg(feature = "demo")]
fn clock(site: &Site, options: &Options) -> Result<Clock> {
    Ok(if site.demo { crate::demo::clock(&site.folder, options.speed) } else { Clock::real() })
}

#[cfg(feature = "demo")]
fn first_settings(site: &Site, options: &Options) -> Result<SiteSettings> {
    Ok(if site.demo { crate::demo::settings(options.chinese) } else { SiteSettings::default() })
}

#[cfg(not(feature = "demo"))]
fn clock(site: &Site, _: &Options) -> Result<Clock> {
    if site.demo { Err(no_demo()) } else { Ok(Clock::real()) }
}

#[cfg(not(feature = "demo"))]
fn first_settings(site: &Site, _: &Options) -> Result<SiteSettings> {
    if site.demo { Err(no_demo()) } else { Ok(SiteSettings::default()) }
}

#[cfg(not(feature = "demo"))]
fn no_demo() -> Error {
    Error::new("open the demo site: this program was built without it; build it with the feature demo")
}

impl Opened {
    /// Starts what makes a demo, then tells others where the door is.
    async fn begin(&mut self, options: &Options) -> Result<()> {
        let _ = options;
        if let Backend::Owner(app) = &self.backend {
            #[cfg(feature = "demo")]
            if self.site.demo {
                let demo = crate::demo::start(app, options.seed).await;
                self.demo = Some(demo.map_err(|e| Error::new(e.message))?);
            }
            app.listen();
        }
        if let (Some(door), Some(lock)) = (&self.door, &mut self.lock) {
            lock.tell(&door.endpoint())?;
            tracing::info!(folder = %self.site.folder.display(), endpoint = door.endpoint(), "the site is open");
        }
        Ok(())
    }

    /// This process owns the folder, and records.
    pub fn is_owner(&self) -> bool {
        self.lock.is_some()
    }

    /// The application, where it runs in this process.
    pub fn app(&self) -> Option<&App> {
        self.backend.app()
    }

    /// The demo that runs here, if one does.
    #[cfg(feature = "demo")]
    pub fn demo(&mut self) -> Option<&mut crate::demo::Demo> {
        self.demo.as_mut()
    }

    /// A link that signs one browser in, once, in a role. Where another process owns the folder, this one opens a door of
    /// its own and passes calls on.
    pub async fn new_link(&mut self, role: Role) -> Result<String> {
        let door = match &mut self.door {
            Some(door) => door,
            none => none.insert(Door::start(self.backend.clone(), Secret::random()?, self.port).await?),
        };
        door.new_link(role)
    }

    /// Stops recording, writes what is under way, gives the folder back.
    pub async fn close(self) {
        // The devices first, then those who ask, then what writes; the folder is free only when all is on disk.
        #[cfg(feature = "demo")]
        if let Some(demo) = self.demo {
            demo.stop().await;
        }
        if let Some(door) = self.door {
            door.stop().await;
        }
        if let Backend::Owner(app) = &self.backend {
            app.close().await;
        }
        if let Some(lock) = self.lock {
            match lock.release() {
                Ok(()) => tracing::info!(folder = %self.site.folder.display(), "the site is closed"),
                Err(e) => tracing::error!("the site is closed, but the next start will check its files: {e}"),
            }
        }
    }
}
