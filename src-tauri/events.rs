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
    let backend = console.backend().await.map_err(text)?;
    let task = tokio::spawn(async move {
        let mut events = backend.events();
        while let Some(event) = events.next().await {
            let Ok(text) = serde_json::to_string(&event) else { continue };
            if channel.send(text).is_err() {
                return;
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
