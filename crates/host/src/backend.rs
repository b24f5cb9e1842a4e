//! What answers calls: the application in this process, or the owner's in another.

use crate::attach::{Attached, AttachedEvents};
use app::{Actor, App, Subscription};
use contract::{ApiError, Body, Call, Code, Event, Reply};

/// One way to ask, whoever owns the folder. Cheap to clone.
#[derive(Clone)]
pub enum Backend {
    /// This process owns the folder.
    Owner(App),
    /// Another one does.
    Attached(Attached),
}

impl Backend {
    /// Asks by name, with the body as JSON text.
    pub async fn rpc(&self, name: &str, body: &str, actor: &Actor) -> Result<Body, ApiError> {
        match self {
            Backend::Owner(app) => app.dispatch(name, body, actor).await,
            Backend::Attached(owner) => owner.call(name, body, actor).await,
        }
    }

    /// Asks by type.
    pub async fn call<C: Call>(&self, call: C, actor: &Actor) -> Result<C::Reply, ApiError> {
        let garbled = |what: String| ApiError {
            code: Code::Bug,
            message: format!("{}: {what}", C::NAME),
            trace_id: String::new(),
        };
        let body = serde_json::to_string(&call).map_err(|e| garbled(e.to_string()))?;
        let reply = self.rpc(C::NAME, &body, actor).await?;
        C::Reply::decode(&reply).map_err(|e| garbled(e.to_string()))
    }

    /// A stream of events for one listener. Needs a tokio runtime.
    pub fn events(&self) -> Events {
        match self {
            Backend::Owner(app) => Events::Owner(app.subscribe()),
            Backend::Attached(owner) => Events::Attached(owner.events()),
        }
    }

    /// The application, where it runs in this process.
    pub fn app(&self) -> Option<&App> {
        match self {
            Backend::Owner(app) => Some(app),
            Backend::Attached(_) => None,
        }
    }
}

/// Events, numbered from one, beginning with a snapshot. Dropping it ends it.
pub enum Events {
    /// From the application here.
    Owner(Subscription),
    /// From the owner.
    Attached(AttachedEvents),
}

impl Events {
    /// The next one; waits for it. Cancel-safe. None when there will be no more.
    pub async fn next(&mut self) -> Option<Event> {
        match self {
            Events::Owner(subscription) => Some(subscription.next().await),
            Events::Attached(events) => events.next().await,
        }
    }
}
