//! One match over the names of calls: the only way from a host into the application.

use crate::App;
use crate::failure::{Failure, Result};
use crate::rights::Needs;
use contract::{ApiError, Body, Call, Code, Reply};
use domain::Actor;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;

/// Serves one kind of call.
pub trait Serve<C: Call> {
    /// Answers `call`, made by `by`.
    fn serve(&self, call: C, by: &Actor) -> impl Future<Output = Result<C::Reply>> + Send;
}

async fn answer<C: Call + Needs>(app: &App, text: &str, by: &Actor) -> Result<Body>
where
    App: Serve<C>,
{
    let call: C = serde_json::from_str(text).map_err(|e| {
        Failure::bad_input(format!(
            "the body of {} can't be read: {e}; send the fields that docs/calls.md lists",
            C::NAME
        ))
    })?;
    send(app, call, by).await?.encode().map_err(|e| Failure::bug(e.to_string()))
}

pub(crate) async fn send<C: Call + Needs>(app: &App, call: C, by: &Actor) -> Result<C::Reply>
where
    App: Serve<C>,
{
    if by.role < C::ROLE {
        return Err(Failure::new(
            Code::NotAllowed,
            format!("{} needs the role {}; {} is {}", C::NAME, C::ROLE.word(), by.name, by.role.word()),
        ));
    }
    app.serve(call, by).await
}

macro_rules! route {
    ($($call:ident => $reply:ty, [$($topic:ident),*];)*) => {
        async fn route(app: &App, name: &str, text: &str, by: &Actor) -> Result<Body> {
            match name {
                $(<contract::$call as Call>::NAME => answer::<contract::$call>(app, text, by).await,)*
                other => Err(Failure::bad_input(format!("there is no call {other}; `qm call --list` lists them"))),
            }
        }

        /// Name, least role and topics read of every call, in the order of the contract.
        pub fn calls() -> Vec<(&'static str, domain::Role, &'static [contract::Topic])> {
            vec![$((<contract::$call as Call>::NAME, <contract::$call as Needs>::ROLE, <contract::$call as Call>::READS)),*]
        }
    };
}

contract::with_calls!(route);

impl App {
    /// Serves a call by name with its JSON body. A panic inside is caught here and reported as a bug; recording goes on.
    pub async fn dispatch(&self, name: &str, body: &str, by: &Actor) -> std::result::Result<Body, ApiError> {
        let outcome = AssertUnwindSafe(route(self, name, body, by)).catch_unwind().await;
        self.reported(name, outcome.unwrap_or_else(|panic| Err(Failure::bug(panic_text(panic.as_ref())))))
    }

    /// Serves a typed call, with the same rights and the same care as [`App::dispatch`].
    pub async fn call<C: Call + Needs>(&self, call: C, by: &Actor) -> std::result::Result<C::Reply, ApiError>
    where
        App: Serve<C>,
    {
        let outcome = AssertUnwindSafe(send(self, call, by)).catch_unwind().await;
        self.reported(C::NAME, outcome.unwrap_or_else(|panic| Err(Failure::bug(panic_text(panic.as_ref())))))
    }

    fn reported<T>(&self, name: &str, outcome: Result<T>) -> std::result::Result<T, ApiError> {
        outcome.map_err(|failure| {
            let trace_id = self.next_trace_id();
            match failure.code {
                Code::Bug | Code::Storage | Code::DiskFull => {
                    tracing::error!(call = name, %trace_id, code = ?failure.code, "{failure}")
                }
                _ => tracing::info!(call = name, %trace_id, code = ?failure.code, "{failure}"),
            }
            failure.into_api(trace_id)
        })
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let said =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a mistake in the program: {}; report it with the trace id", said.unwrap_or("no details"))
}
