//! The tray icon: the way back to a closed window, and the way to stop recording.

use crate::show;
use crate::words::Words;
use std::panic::AssertUnwindSafe;
use tauri::AppHandle;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};

/// The icon; none where the desktop has no place for it.
pub fn make(app: &AppHandle, words: Words) -> Option<TrayIcon> {
    if !desktop_shows_trays() {
        tracing::warn!("this desktop shows no tray icons; closing the window will minimise it");
        return None;
    }
    // On Linux the tray's library is loaded here, and its binding panics where it is missing.
    match std::panic::catch_unwind(AssertUnwindSafe(|| build(app, words))) {
        Ok(Ok(tray)) => Some(tray),
        Ok(Err(error)) => {
            tracing::warn!("make the tray icon: {error}; closing the window will minimise it");
            None
        }
        Err(_) => {
            tracing::warn!(
                "make the tray icon: libayatana-appindicator3 is missing; closing the window will minimise it"
            );
            None
        }
    }
}

/// Whether somebody would show the icon: a window that is hidden behind an icon nobody shows is lost to its person.
#[cfg(target_os = "linux")]
fn desktop_shows_trays() -> bool {
    use gio::glib::prelude::ToVariant;
    // The library says nothing about it, so the session's bus is asked, where there is one.
    if host::places::env("DBUS_SESSION_BUS_ADDRESS").is_none() {
        let runtime = host::places::env("XDG_RUNTIME_DIR").map(std::path::PathBuf::from);
        if !runtime.is_some_and(|folder| folder.join("bus").exists()) {
            return false;
        }
    }
    let asked = gio::bus_get_sync(gio::BusType::Session, gio::Cancellable::NONE).and_then(|bus| {
        let watcher = ("org.kde.StatusNotifierWatcher",).to_variant();
        bus.call_sync(
            Some("org.freedesktop.DBus"),
            "/org/freedesktop/DBus",
            "org.freedesktop.DBus",
            "NameHasOwner",
            Some(&watcher),
            None,
            gio::DBusCallFlags::NONE,
            2_000,
            gio::Cancellable::NONE,
        )
    });
    match asked {
        Ok(reply) => reply.child_value(0).get::<bool>().unwrap_or(false),
        Err(error) => {
            tracing::info!("ask the desktop for tray icons: {error}");
            false
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn desktop_shows_trays() -> bool {
    true
}

fn build(app: &AppHandle, words: Words) -> tauri::Result<TrayIcon> {
    let open = MenuItem::with_id(app, "open", words.open, true, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", words.quit, true, None::<&str>)?;
    let menu = Menu::with_items(app, &[&open, &PredefinedMenuItem::separator(app)?, &quit])?;
    let mut tray = TrayIconBuilder::with_id("main")
        .tooltip(words.tooltip)
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| match event.id().as_ref() {
            "open" => show(app),
            "quit" => app.exit(0),
            _ => {}
        })
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                show(tray.app_handle());
            }
        });
    if let Some(icon) = app.default_window_icon() {
        tray = tray.icon(icon.clone());
    }
    tray.build(app)
}
