//! A person or the system asks this process to end.

use crate::error::{Error, Result};

/// Hears Ctrl-C and SIGTERM from its making on, also between two waits: the first one made takes these signals from the
/// system's own hands, so a process keeps one for as long as it lives.
pub struct Ending {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

impl Ending {
    /// Begins to listen. Needs a tokio runtime.
    pub fn listen() -> Result<Self> {
        let told = |e: std::io::Error| {
            Error::new(format!("listen for Ctrl-C: {e}; the system has no room for more"))
        };
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let interrupt = signal(SignalKind::interrupt()).map_err(told)?;
            let terminate = signal(SignalKind::terminate()).map_err(told)?;
            Ok(Self { interrupt, terminate })
        }
        #[cfg(windows)]
        {
            Ok(Self { interrupt: tokio::signal::windows::ctrl_c().map_err(told)? })
        }
    }

    /// Waits until asked. Cancel-safe: what came meanwhile is not lost.
    pub async fn asked(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(windows)]
        {
            let _ = self.interrupt.recv().await;
        }
    }
}
