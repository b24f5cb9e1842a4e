//! The loopback door of a process: calls and events for local processes and for browsers with a session.
//!
//! A local process shows the token of the owner's note, which only its user can read; a browser a session cookie that it
//! got for a one-time link. Whoever answers to another Host or comes from another Origin is refused, so that a page on the
//! web can reach nothing here, also not through a name that it lets resolve to 127.0.0.1.

use crate::attach::{ACTOR_HEADER, ROLE_HEADER, from_header_text};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::limits;
use crate::local_actor;
use crate::screens::{self, Sessions};
use crate::secret::Secret;
use app::{Actor, Role};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use contract::{ApiError, Body, Code};
use futures::Stream;
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A door that is open. Dropping it closes it at once; [`Door::stop`] lets answers under way finish.
pub struct Door {
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

pub(crate) struct Shared {
    backend: Backend,
    token: Secret,
    pub(crate) sessions: Sessions,
    pub(crate) port: u16,
    closing: watch::Sender<bool>,
}

impl Door {
    /// Opens it on 127.0.0.1 at `port`, 0 for any that is free. `token` lets local processes in.
    pub async fn start(backend: Backend, token: Secret, port: u16) -> Result<Self> {
        let told = |e: std::io::Error| {
            Error::new(format!(
                "listen on 127.0.0.1:{port}: {e}; another program may use the port, choose another or 0 for any"
            ))
        };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(told)?;
        let port = listener.local_addr().map_err(told)?.port();
        let (closing, mut closed) = watch::channel(false);
        let shared = Arc::new(Shared { backend, token, sessions: Sessions::default(), port, closing });
        let router = router(shared.clone());
        let task = tokio::spawn(async move {
            let end = async move {
                // An error means that the door was dropped: the same.
                let _ = closed.wait_for(|closing| *closing).await;
            };
            if let Err(e) = axum::serve(listener, router).with_graceful_shutdown(end).await {
                tracing::error!("the door on port {port} fell shut: {e}");
            }
        });
        Ok(Self { shared, task })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.shared.port)
    }

    /// A link that signs one browser in, once, in a role.
    pub fn new_link(&self, role: Role) -> Result<String> {
        let token = self.shared.sessions.new_link(local_actor(role))?;
        Ok(format!("{}/?token={}", self.endpoint(), token.text()))
    }

    /// Ends streams, lets answers under way finish, closes.
    pub async fn stop(mut self) {
        self.shared.closing.send_replace(true);
        if tokio::time::timeout(limits::CLOSE_DEADLINE, &mut self.task).await.is_err() {
            tracing::warn!("answers were under way when the door closed");
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/rpc/{name}", post(rpc))
        .route("/events", get(events))
        .fallback(screens::serve)
        .layer(DefaultBodyLimit::max(limits::BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(shared.clone(), guard))
        .with_state(shared)
}

/// Refuses what is not from here, and puts the security headers on every answer.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let mut response = match refused(request.headers(), request.uri().path(), shared.port) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in screens::SECURITY_HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

fn refused(headers: &HeaderMap, path: &str, port: u16) -> Option<&'static str> {
    let ours = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).unwrap_or_default();
    if !ours.iter().any(|name| name == host) {
        return Some("This console answers only to 127.0.0.1 and localhost.");
    }
    if text(header::ORIGIN).is_some_and(|origin| origin.strip_prefix("http://") != Some(host)) {
        return Some("This console answers only to its own pages.");
    }
    // Browsers send no Origin with some requests, but say this with all.
    let from = text(HeaderName::from_static("sec-fetch-site"));
    let called = path == "/events" || path.starts_with("/rpc/");
    if called && from.is_some_and(|from| from != "same-origin" && from != "none") {
        return Some("This console answers only to its own pages.");
    }
    None
}

impl Shared {
    /// Who asks: a local process with the token, or a browser with a session.
    fn actor(&self, headers: &HeaderMap) -> Option<Actor> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(offered) = text("authorization") {
            if !self.token.is(offered.strip_prefix("Bearer ")?) {
                return None;
            }
            // The holder of the token is the local user, who may be an administrator, or be less by choice.
            let role = match text(ROLE_HEADER) {
                Some(word) => Role::from_word(word)?,
                None => Role::Admin,
            };
            let name = text(ACTOR_HEADER).and_then(from_header_text).map(|name| shortened(&name));
            return Some(match name {
                Some(name) if !name.is_empty() => Actor { name, role },
                _ => local_actor(role),
            });
        }
        self.sessions.actor(headers, self.port)
    }
}

fn shortened(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(64).collect::<String>().trim().to_owned()
}

/// The status that goes with a code.
pub fn rpc_status(code: Code) -> u16 {
    match code {
        Code::BadInput => 400,
        Code::NotAllowed => 403,
        Code::NotFound => 404,
        Code::Conflict | Code::Cancelled => 409,
        Code::Unavailable | Code::Model => 503,
        Code::DiskFull => 507,
        Code::Storage | Code::Bug => 500,
    }
}

fn answer(outcome: std::result::Result<Body, ApiError>) -> Response {
    const JSON: &str = "application/json";
    let fresh = (header::CACHE_CONTROL, "no-store");
    match outcome {
        Ok(Body::Json(text)) => ([(header::CONTENT_TYPE, JSON), fresh], text).into_response(),
        Ok(Body::Frame(bytes)) => {
            ([(header::CONTENT_TYPE, "application/octet-stream"), fresh], bytes).into_response()
        }
        Err(error) => {
            let status =
                StatusCode::from_u16(rpc_status(error.code)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let text = serde_json::to_string(&error).unwrap_or_default();
            (status, [(header::CONTENT_TYPE, JSON), fresh], text).into_response()
        }
    }
}

/// Plain text on purpose: the screens have words of their own for a session that ended.
fn no_session() -> Response {
    (StatusCode::UNAUTHORIZED, "no session here; open a new link").into_response()
}

async fn rpc(
    State(shared): State<Arc<Shared>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: std::result::Result<Bytes, BytesRejection>,
) -> Response {
    let Some(actor) = shared.actor(&headers) else { return no_session() };
    let bad = |message: String| ApiError { code: Code::BadInput, message, trace_id: String::new() };
    let body = match body {
        Ok(body) => body,
        Err(e) => {
            let text = format!(
                "{name}: the body can't be taken: {}; send at most {} MiB",
                e.body_text(),
                limits::BODY_BYTES_MAX >> 20
            );
            return (e.status(), answer(Err(bad(text)))).into_response();
        }
    };
    let Ok(body) = String::from_utf8(body.into()) else {
        return answer(Err(bad(format!("{name}: the body is not UTF-8 text; send JSON"))));
    };
    // In a task of its own: a browser that hangs up must not leave a call half done.
    let task = tokio::spawn(async move { shared.backend.rpc(&name, &body, &actor).await });
    answer(task.await.unwrap_or_else(|_| {
        let message = "the console is closing; nothing was changed".to_owned();
        Err(ApiError { code: Code::Unavailable, message, trace_id: String::new() })
    }))
}

async fn events(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    if shared.actor(&headers).is_none() {
        return no_session();
    }
    (
        [(header::CACHE_CONTROL, "no-store")],
        Sse::new(stream(&shared)).keep_alive(KeepAlive::new().interval(limits::KEEP_ALIVE)),
    )
        .into_response()
}

fn stream(shared: &Shared) -> impl Stream<Item = Result<sse::Event, Infallible>> + use<> {
    let state = (shared.backend.events(), shared.closing.subscribe());
    futures::stream::unfold(state, |(mut events, mut closing)| async move {
        let closed = async {
            let _ = closing.wait_for(|closing| *closing).await;
        };
        let event = tokio::select! {
            event = events.next() => event?,
            () = closed => return None,
        };
        let text = serde_json::to_string(&event).unwrap_or_default();
        Some((Ok(sse::Event::default().data(text)), (events, closing)))
    })
}
