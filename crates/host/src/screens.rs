//! The screens for a browser: embedded files behind a session, which a one-time link opens.

use crate::door::Shared;
use crate::error::Result;
use crate::limits;
use crate::secret::Secret;
use app::Actor;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// On every answer of the door.
pub const SECURITY_HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
];

#[derive(rust_embed::Embed)]
#[folder = "../../ui/dist/"]
#[allow_missing = true]
struct Files;

/// Links not opened yet and browsers signed in. Both end with the process.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<Known>);

#[derive(Default)]
struct Known {
    links: VecDeque<(Secret, Actor)>,
    sessions: VecDeque<(Secret, Actor)>,
}

impl Sessions {
    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The token of a new link.
    pub fn new_link(&self, actor: Actor) -> Result<Secret> {
        let token = Secret::random()?;
        let mut known = self.lock();
        known.links.push_back((token.clone(), actor));
        if known.links.len() > limits::LINKS_MAX {
            known.links.pop_front();
        }
        Ok(token)
    }

    /// Takes a link's token, once, for a session.
    fn redeem(&self, token: &str) -> Result<Option<Secret>> {
        let mut known = self.lock();
        let Some(at) = known.links.iter().position(|(link, _)| link.is(token)) else { return Ok(None) };
        let session = Secret::random()?;
        if let Some((_, actor)) = known.links.remove(at) {
            known.sessions.push_back((session.clone(), actor));
        }
        if known.sessions.len() > limits::SESSIONS_MAX {
            known.sessions.pop_front();
        }
        Ok(Some(session))
    }

    /// Whose session the cookie is.
    pub fn actor(&self, headers: &HeaderMap, port: u16) -> Option<Actor> {
        let name = cookie_name(port);
        let known = self.lock();
        let offered = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut values = offered.flat_map(|text| text.split(';')).filter_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then_some(value)
        });
        values.find_map(|value| {
            known.sessions.iter().find(|(session, _)| session.is(value)).map(|(_, actor)| actor.clone())
        })
    }
}

/// Cookies know no ports: two consoles on one machine would take each other's.
fn cookie_name(port: u16) -> String {
    format!("qm_{port}")
}

/// Answers whatever is not a call.
pub(crate) async fn serve(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, "pages are only read").into_response();
    }
    let signed_in = shared.sessions.actor(request.headers(), shared.port).is_some();
    let token =
        request.uri().query().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("token=")));
    if let Some(token) = token {
        return match shared.sessions.redeem(token) {
            Ok(Some(session)) => {
                let cookie = format!(
                    "{}={}; Path=/; HttpOnly; SameSite=Strict",
                    cookie_name(shared.port),
                    session.text()
                );
                (
                    StatusCode::SEE_OTHER,
                    [(header::LOCATION, "/".to_owned()), (header::SET_COOKIE, cookie)],
                    "",
                )
                    .into_response()
            }
            // The link again in a browser that it signed in.
            Ok(None) if signed_in => (StatusCode::SEE_OTHER, [(header::LOCATION, "/")], "").into_response(),
            Ok(None) => no_session(),
            Err(e) => (StatusCode::INTERNAL_SERVER_ERROR, e.to_string()).into_response(),
        };
    }
    if !signed_in {
        return no_session();
    }
    file(request.uri().path(), request.headers())
}

fn file(path: &str, headers: &HeaderMap) -> Response {
    let asked = path.trim_start_matches('/');
    // A path without an extension is a page's name: the screens find it themselves.
    let is_page = !asked.rsplit('/').next().unwrap_or_default().contains('.');
    let name = if is_page { "index.html" } else { asked };
    let Some(found) = Files::get(name) else {
        return if name == "index.html" {
            not_built()
        } else {
            (StatusCode::NOT_FOUND, "there is no such file").into_response()
        };
    };
    let tag = format!("\"{}\"", hex::encode(&found.metadata.sha256_hash()[..16]));
    let kept = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    let offered =
        headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if offered.split(',').any(|one| one.trim().trim_start_matches("W/") == tag) {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    (kept, [(header::CONTENT_TYPE, media(name))], found.data.into_owned()).into_response()
}

fn media(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn page(status: StatusCode, english: &str, chinese: &str) -> Response {
    let text = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Quartermaster</title></head>\n\
         <body><h1>Quartermaster</h1><p>{english}</p><p lang=\"zh-Hans\">{chinese}</p></body></html>\n"
    );
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")], text)
        .into_response()
}

fn no_session() -> Response {
    page(
        StatusCode::UNAUTHORIZED,
        "This browser is not signed in. A link works once: run <code>qm serve</code> again and open the link it prints.",
        "此浏览器尚未登录。链接只能使用一次：请重新运行 <code>qm serve</code>，并打开它显示的链接。",
    )
}

fn not_built() -> Response {
    page(
        StatusCode::SERVICE_UNAVAILABLE,
        "This build has no screens. Run <code>cargo xtask ui</code>, then build and start it again.",
        "此版本不含界面。请运行 <code>cargo xtask ui</code>，然后重新构建并启动。",
    )
}
