//! Events into the window: one stream a window, handed out when the page asks for what came.
//!
//! The page asks instead of being told through a channel of Tauri's: there each message is a script of its own for the webview
//! to run, and WebKitGTK keeps what it ever ran (docs/decisions/006).

use crate::Console;
use crate::rpc::text;
use contract::{ApiError, Code, Event};
use futures::FutureExt;
use host::Events;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tauri::State;
use tauri::ipc::Response;
use tokio::sync::watch;

/// How long a page waits for an event before it is answered with none, and asks again.
const WAIT: Duration = Duration::from_secs(25);

/// The most events in an answer.
const EVENTS_MAX: usize = 64;

/// The stream of each window, by its label.
#[derive(Default)]
pub struct Listeners(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Stream>>>>);

/// What a window hears, whoever answers it: a window that looked on records once the owner ended.
struct Stream {
    ready: watch::Receiver<crate::Ready>,
    events: Option<Events>,
}

impl Stream {
    /// The next event; waits for it. Cancel-safe.
    async fn next(&mut self) -> Result<Event, ApiError> {
        loop {
            let Some(events) = &mut self.events else {
                let state = self.ready.borrow_and_update().clone();
                match state {
                    Some(backend) => self.events = Some(backend?.events()),
                    None => self.ready.changed().await.map_err(|_| crate::closing())?,
                }
                continue;
            };
            tokio::select! {
                // Whoever owns the folder opens no other: then nothing changes any more, and there is nothing to hear of it.
                Ok(()) = self.ready.changed() => self.events = None,
                event = events.next() => match event {
                    Some(event) => return Ok(event),
                    // The owner of the folder has ended; whoever comes after it has other events.
                    None => {
                        self.ready.changed().await.map_err(|_| crate::closing())?;
                        self.events = None;
                    }
                },
            }
        }
    }

    /// What came, as a list: as soon as there is something, empty after [`WAIT`].
    async fn gather(&mut self) -> Result<Vec<Event>, ApiError> {
        let Ok(first) = tokio::time::timeout(WAIT, self.next()).await else { return Ok(Vec::new()) };
        let mut events = vec![first?];
        while events.len() < EVENTS_MAX
            && let Some(next) = self.next().now_or_never()
        {
            events.push(next?);
        }
        Ok(events)
    }
}

/// What came since the page asked last, as a JSON list of events; waits for the first, and answers with none after a while. `anew` begins a
/// stream, with a snapshot: a page that was loaded again takes the place of the one before.
#[tauri::command]
pub async fn events(
    window: tauri::WebviewWindow,
    console: State<'_, Console>,
    listeners: State<'_, Listeners>,
    anew: bool,
) -> Result<Response, String> {
    let stream = {
        let mut streams = listeners.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(tokio::sync::Mutex::new(Stream { ready: console.changes(), events: None }));
        let own = streams.entry(window.label().to_owned()).or_insert_with(fresh);
        if anew {
            *own = fresh();
        }
        Arc::clone(own)
    };
    let events = stream.lock().await.gather().await.map_err(text)?;
    let bytes = serde_json::to_vec(&events).map_err(|error| {
        let message = format!("tell the window what changed: {error}; reload the page");
        text(ApiError { code: Code::Bug, message, trace_id: String::new() })
    })?;
    Ok(Response::new(bytes))
}

#[cfg(test)]
mod tests {
    use super::Stream;
    use contract::{ApiError, Code};
    use tokio::sync::watch;

    #[tokio::test(start_paused = true)]
    async fn a_site_that_never_opened_says_why() {
        let error =
            ApiError { code: Code::Unavailable, message: "no disk".to_owned(), trace_id: String::new() };
        let (told, ready) = watch::channel(None);
        let mut stream = Stream { ready, events: None };
        assert!(stream.gather().await.unwrap().is_empty(), "nothing yet: an empty answer, after a while");
        told.send_replace(Some(Err(error)));
        assert_eq!(stream.gather().await.unwrap_err().message, "no disk");
        drop(told);
        let (told, ready) = watch::channel(None);
        drop(told);
        let mut stream = Stream { ready, events: None };
        assert_eq!(stream.gather().await.unwrap_err().code, Code::Unavailable);
    }
}
