//! Our own listener: opened where the site's settings say, and by nobody else.
//!
//! Off at first. Where it listens is a setting of the site, changed by an administrator and on record; the token of a device is kept
//! as its hash among the device's settings. What is posted takes the way of every reading, see [`super::telemetry`].

use crate::open::Inner;
use ingest::{Hooks, Listening};
use std::sync::{Arc, Mutex, PoisonError};

/// The setting that says where to listen.
pub(crate) const BIND: &str = "listener.bind";

/// The listener of a site.
#[derive(Default)]
pub(crate) struct Ears {
    pub hooks: Hooks,
    state: Mutex<Ear>,
    /// One opening or closing after the other.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Ear {
    listening: Option<Listening>,
    fault: Option<String>,
}

impl Ears {
    /// Where it listens, or why it does not.
    pub fn state(&self) -> (Option<std::net::SocketAddr>, Option<String>) {
        let ear = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (ear.listening.as_ref().map(Listening::address), ear.fault.clone())
    }

    /// Listens there and nowhere else; an empty text closes it. What is wrong is kept, and told.
    pub async fn open(&self, inner: &Arc<Inner>, bind: &str) -> Result<(), String> {
        let _turn = self.turn.lock().await;
        self.close();
        if bind.trim().is_empty() {
            return Ok(());
        }
        let clock = inner.clock.clone();
        let opened = self.hooks.open(bind, Arc::new(move || clock.now())).await;
        let mut ear = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match opened {
            Ok(listening) => {
                ear.listening = Some(listening);
                Ok(())
            }
            Err(error) => {
                tracing::warn!("{error}");
                ear.fault = Some(error.to_string());
                Err(error.to_string())
            }
        }
    }

    /// Listens no more.
    pub fn close(&self) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Ear::default();
    }
}

/// Opens it as the site's settings say.
pub(crate) async fn start(inner: Arc<Inner>) {
    match inner.store.records.setting(BIND) {
        // Why it could not is kept for the screen.
        Ok(Some(bind)) => drop(inner.ears.open(&inner, &bind).await),
        Ok(None) => {}
        Err(error) => tracing::error!("open the listener: {error}"),
    }
}
