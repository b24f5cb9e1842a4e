//! Events into the window: one stream a window.

use crate::Console;
use crate::rpc::text;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use tauri::State;
use tauri::ipc::Channel;
use tokio::task::AbortHandle;

/// The stream of each window, by its label.
#[derive(Default)]
pub struct Listeners(Mutex<HashMap<String, AbortHandle>>);

/// Sends every event as JSON text from now on. A page that was loaded again takes the place of the one before.
#[tauri::command]
pub async fn subscribe(
    window: tauri::WebviewWindow,
    console: State<'_, Console>,
    listeners: State<'_, Listeners>,
    channel: Channel<String>,
) -> Result<(), String> {
    console.backend().await.map_err(text)?;
    let mut ready = console.changes();
    let task = tokio::spawn(async move {
        // What answers may change: a window that looked on records once the owner ended.
        loop {
            let now = ready.borrow_and_update().clone();
            let Some(Ok(backend)) = now else { return };
            let mut events = backend.events();
            let mut may_change = true;
            loop {
                tokio::select! {
                    changed = ready.changed(), if may_change => match changed {
                        Ok(()) => break,
                        // Whoever owns the folder opens no other.
                        Err(_) => may_change = false,
                    },
                    event = events.next() => {
                        let Some(event) = event else { return };
                        let Ok(text) = serde_json::to_string(&event) else { continue };
                        if channel.send(text).is_err() {
                            return;
                        }
                    }
                }
            }
        }
    });
    let before = listeners
        .0
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(window.label().to_owned(), task.abort_handle());
    if let Some(before) = before {
        before.abort();
    }
    Ok(())
}
