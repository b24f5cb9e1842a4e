//! The desktop host, `quartermaster`: a site in a window, and a tray icon while it records without one.
//!
//! Turns arguments into an open site and a webview's messages into calls. Decides nothing; what a call may do is `app`'s, who
//! owns the folder is `host`'s. Start at [`main`]; the window's one command is `rpc.rs`. Tests: the smoke of the real window
//! in `tests/`.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod args;
mod events;
mod menu;
mod rpc;
#[cfg(target_os = "linux")]
mod webview;
mod words;

use contract::{ApiError, Code};
use host::{Backend, Opened, Site};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tauri::{Manager, RunEvent, Url, WebviewWindowBuilder, WindowEvent};
use tokio::sync::watch;

/// What answers the window, once the site is open.
type Ready = Option<Result<Backend, ApiError>>;

/// The console of this window. Cheap to clone.
#[derive(Clone)]
pub struct Console {
    ready: watch::Receiver<Ready>,
    tray: Arc<Mutex<Option<tauri::tray::TrayIcon>>>,
}

impl Console {
    /// What answers; waits while the site is opening.
    pub async fn backend(&self) -> Result<Backend, ApiError> {
        let mut ready = self.ready.clone();
        let state = ready.wait_for(Option::is_some).await.map_err(|_| closing())?;
        state.clone().unwrap_or_else(|| Err(closing()))
    }

    /// What answers, and whenever that changes.
    fn changes(&self) -> watch::Receiver<Ready> {
        self.ready.clone()
    }

    /// This process records: closing its window must not end it.
    fn records(&self) -> bool {
        matches!(*self.ready.borrow(), Some(Ok(Backend::Owner(_))))
    }

    fn tray(&self) -> MutexGuard<'_, Option<tauri::tray::TrayIcon>> {
        self.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to a question that comes too late.
fn closing() -> ApiError {
    ApiError {
        code: Code::Unavailable,
        message: "the console is closing; nothing was changed".to_owned(),
        trace_id: String::new(),
    }
}

fn main() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == "worker") {
        return worker::run(std::io::stdin(), std::io::stdout());
    }
    let asked = match args::parse(std::env::args_os().skip(1)) {
        Ok(args::Asked::Open(asked)) => asked,
        Ok(args::Asked::Tell(text)) => {
            println!("{text}");
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("quartermaster: {message}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    #[cfg(target_os = "linux")]
    if let Err(error) = webview::choose() {
        eprintln!("quartermaster: start over with a sparing webview: {error}; going on as it is");
    }
    match run(asked) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(code) => ExitCode::from(u8::try_from(code).unwrap_or(1)),
        Err(error) => {
            eprintln!("quartermaster: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(asked: args::Open) -> Result<i32, Box<dyn std::error::Error>> {
    let site = Site::of(asked.folder, asked.demo)?;
    host::log::start(&site.folder);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());

    let (told, ready) = watch::channel(None);
    let (quit, mut quitting) = watch::channel(false);
    let opening = runtime.spawn(async move {
        let opened = tell(&told, host::open(site.clone(), asked.options.clone()).await)?;
        if opened.is_owner() {
            return Some(opened);
        }
        // Who looks on takes over when the owner ends: a site that is looked at is recorded.
        let quitting = async move {
            let _ = quitting.wait_for(|asked| *asked).await;
        };
        match host::inherit(site, asked.options, quitting).await {
            Ok(None) => Some(opened),
            Ok(Some(inherited)) => tell(&told, Ok(inherited)),
            Err(error) => tell(&told, Err(error)),
        }
    });
    let console = Console { ready, tray: Arc::default() };
    let (words, quits) = (words::of(host::places::speaks_chinese()), console.clone());
    let app = tauri::Builder::default()
        .manage(console.clone())
        .manage(events::Listeners::default())
        .invoke_handler(tauri::generate_handler![rpc::rpc, rpc::save, events::events])
        .on_window_event(move |window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event
                && quits.records()
            {
                api.prevent_close();
                hide(window, &quits);
            }
        })
        .setup(move |app| {
            open_window(app)?;
            let (handle, waiting) = (app.handle().clone(), console.clone());
            tauri::async_runtime::spawn(async move {
                // Only who records stays in the tray: an attached window just closes, unless it comes to record.
                let mut ready = waiting.changes();
                let records = |ready: &Ready| matches!(ready, Some(Ok(Backend::Owner(_))));
                if ready.wait_for(records).await.is_ok() {
                    let tray = handle.clone();
                    let made = handle.run_on_main_thread(move || *waiting.tray() = menu::make(&tray, words));
                    if let Err(error) = made {
                        tracing::warn!("make the tray icon: {error}; closing the window will minimise it");
                    }
                }
            });
            let handle = app.handle().clone();
            tauri::async_runtime::spawn(async move {
                match host::Ending::listen() {
                    Ok(mut ending) => {
                        ending.asked().await;
                        handle.exit(0);
                    }
                    Err(error) => tracing::error!("{error}"),
                }
            });
            Ok(())
        })
        .build(tauri::generate_context!())?;
    let code = app.run_return(|_, event| {
        if let RunEvent::ExitRequested { .. } = event {
            tracing::info!("the window's process ends");
        }
    });
    quit.send_replace(true);
    // Recording ends here, in order, whatever ended the window.
    runtime.block_on(async {
        if let Ok(Some(opened)) = opening.await {
            Opened::close(opened).await;
        }
    });
    runtime.shutdown_background();
    Ok(code)
}

/// Tells the window what answers it. It stays where nothing does, and shows why.
fn tell(told: &watch::Sender<Ready>, opened: host::Result<Opened>) -> Option<Opened> {
    match opened {
        Ok(opened) => {
            told.send_replace(Some(Ok(opened.backend.clone())));
            Some(opened)
        }
        Err(error) => {
            tracing::error!("{error}");
            let error =
                ApiError { code: Code::Unavailable, message: error.to_string(), trace_id: String::new() };
            told.send_replace(Some(Err(error)));
            None
        }
    }
}

/// The window of tauri.conf.json, kept on its own pages.
fn open_window(app: &tauri::App) -> Result<(), Box<dyn std::error::Error>> {
    let config = app.config().app.windows.first().cloned().ok_or("tauri.conf.json has no window")?;
    let title = config.title.clone();
    let builder = WebviewWindowBuilder::from_config(app.handle(), &config)?;
    builder.title(title).on_navigation(is_ours).build()?;
    Ok(())
}

/// Tauri serves the embedded screens under `tauri://localhost`, on Windows under `http://tauri.localhost`.
fn is_ours(url: &Url) -> bool {
    match (url.scheme(), url.host_str()) {
        ("tauri", Some("localhost")) | ("http" | "https", Some("tauri.localhost")) => true,
        ("about", _) => url.path() == "blank",
        _ => false,
    }
}

/// The window goes, the recording stays.
fn hide(window: &tauri::Window, console: &Console) {
    let hidden = if console.tray().is_some() {
        tracing::info!("the window is closed; recording goes on in the tray");
        window.hide()
    } else {
        tracing::warn!(
            "there is no tray here: the window is minimised instead of closed, and recording goes on"
        );
        window.minimize()
    };
    if let Err(error) = hidden {
        tracing::error!("hide the window: {error}");
    }
}

/// Brings the window back.
fn show(app: &tauri::AppHandle) {
    let Some(window) = app.get_webview_window("main") else { return };
    for outcome in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = outcome {
            tracing::warn!("show the window: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn the_window_stays_on_its_own_pages() {
        for (url, ours) in [
            ("tauri://localhost/index.html#stock", true),
            ("http://tauri.localhost/", true),
            ("about:blank", true),
            ("https://example.org/", false),
            ("http://tauri.localhost.example.org/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,x", false),
        ] {
            assert_eq!(is_ours(&url.parse().unwrap()), ours, "{url}");
        }
    }
}
