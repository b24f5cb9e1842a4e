//! The tray icon: the way back to a closed window, and the way to stop recording.

use crate::show;
use crate::words::Words;
use std::panic::AssertUnwindSafe;
use tauri::AppHandle;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};

/// The icon; none where the desktop has no place for it.
pub fn make(app: &AppHandle, words: Words) -> Option<TrayIcon> {
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
