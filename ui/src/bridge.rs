//! The only file that knows a host exists: calls go out, replies and events come in.
//!
//! Two hosts. Over HTTP (`qm serve`): `POST /rpc/NAME` with a JSON body, a reply of `application/json` or
//! `application/octet-stream` (a frame), failures as 4xx or 5xx with an `ApiError`; events from `GET /events` as
//! server-sent events. In the window (Tauri): `invoke("rpc", {name, body})` answers with bytes whose first is 0 before
//! JSON and 1 before a frame, or fails with an `ApiError` as text; `invoke("events", {anew})` answers, once something
//! came, with what did, as the bytes of a JSON list.
//! Bodies are text made by serde_json: JavaScript never parses a number.

use crate::i18n::W;
use crate::state::fmt;
use contract::{ApiError, Body, Call, Code, Event, FileReply, Reply};
use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use leptos::prelude::{set_timeout, window};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// Sends a call and waits for its reply.
pub async fn send<C: Call>(call: C) -> Result<C::Reply, ApiError> {
    let body = serde_json::to_string(&call).map_err(|e| garbled(C::NAME, &e.to_string()))?;
    let reply = carry(C::NAME, body).await?;
    C::Reply::decode(&reply).map_err(|e| garbled(C::NAME, &e.to_string()))
}

fn garbled(name: &str, what: &str) -> ApiError {
    ApiError { code: Code::Bug, message: format!("{name}: {what}"), trace_id: String::new() }
}

fn unreachable() -> ApiError {
    ApiError {
        code: Code::Unavailable,
        message: fmt().t(W::LinkDownLong).to_owned(),
        trace_id: String::new(),
    }
}

async fn carry(name: &'static str, body: String) -> Result<Body, ApiError> {
    match internals() {
        Some(tauri) => carry_window(&tauri, name, &body).await,
        None => carry_http(name, &body).await,
    }
}

async fn carry_http(name: &str, body: &str) -> Result<Body, ApiError> {
    let options = web_sys::RequestInit::new();
    options.set_method("POST");
    options.set_body(&JsValue::from_str(body));
    options.set_credentials(web_sys::RequestCredentials::SameOrigin);
    let headers = web_sys::Headers::new().map_err(|_| unreachable())?;
    let _ = headers.set("content-type", "application/json");
    options.set_headers(&headers);
    let asked = window().fetch_with_str_and_init(&format!("/rpc/{name}"), &options);
    let response: web_sys::Response =
        JsFuture::from(asked).await.map_err(|_| unreachable())?.unchecked_into();
    let media = response.headers().get("content-type").ok().flatten().unwrap_or_default();
    if response.ok() && media.starts_with("application/octet-stream") {
        let buffer = response.array_buffer().map_err(|_| unreachable())?;
        let buffer = JsFuture::from(buffer).await.map_err(|_| unreachable())?;
        return Ok(Body::Frame(Uint8Array::new(&buffer).to_vec()));
    }
    let text = response.text().map_err(|_| unreachable())?;
    let text = JsFuture::from(text).await.map_err(|_| unreachable())?.as_string().unwrap_or_default();
    if response.ok() { Ok(Body::Json(text)) } else { Err(failure(&text, response.status())) }
}

/// The failure in a body; a host in between may have written something of its own.
fn failure(text: &str, status: u16) -> ApiError {
    serde_json::from_str(text).unwrap_or_else(|_| {
        let code = match status {
            401 | 403 => Code::NotAllowed,
            404 => Code::NotFound,
            _ => Code::Unavailable,
        };
        let message = match status {
            401 | 403 => fmt().t(W::SessionEnded).to_owned(),
            _ => format!("HTTP {status} {}", text.chars().take(200).collect::<String>()),
        };
        ApiError { code, message, trace_id: String::new() }
    })
}

/// The window's own bridge, where there is a window.
fn internals() -> Option<JsValue> {
    let found = Reflect::get(&window(), &JsValue::from_str("__TAURI_INTERNALS__")).ok()?;
    (!found.is_undefined() && !found.is_null()).then_some(found)
}

fn invoke(tauri: &JsValue, command: &str, arguments: &Object) -> Result<Promise, JsValue> {
    let invoke: Function = Reflect::get(tauri, &JsValue::from_str("invoke"))?.dyn_into()?;
    invoke.call2(tauri, &JsValue::from_str(command), arguments)?.dyn_into()
}

fn object(pairs: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (key, value) in pairs {
        let _ = Reflect::set(&object, &JsValue::from_str(key), value);
    }
    object
}

async fn carry_window(tauri: &JsValue, name: &str, body: &str) -> Result<Body, ApiError> {
    let arguments = object(&[("name", name.into()), ("body", body.into())]);
    let asked = invoke(tauri, "rpc", &arguments).map_err(|_| unreachable())?;
    let answer = JsFuture::from(asked).await.map_err(|e| match e.as_string() {
        Some(text) => failure(&text, 500),
        None => match js_sys::JSON::stringify(&e).ok().and_then(|s| s.as_string()) {
            Some(text) => failure(&text, 500),
            None => unreachable(),
        },
    })?;
    let bytes = if answer.is_instance_of::<ArrayBuffer>()
        || answer.is_instance_of::<Uint8Array>()
        || Array::is_array(&answer)
    {
        Uint8Array::new(&answer).to_vec()
    } else {
        return Err(garbled(name, "the reply is not bytes"));
    };
    match bytes.split_first() {
        Some((0, text)) => {
            String::from_utf8(text.to_vec()).map(Body::Json).map_err(|e| garbled(name, &e.to_string()))
        }
        Some((1, frame)) => Ok(Body::Frame(frame.to_vec())),
        _ => Err(garbled(name, "the reply is neither JSON nor a frame")),
    }
}

/// How long after a host that does not answer it is asked again.
const RETRY: Duration = Duration::from_secs(3);

/// Listens for as long as the window is open: events to `on_event`, whether they come to `on_link`.
pub fn listen(on_event: impl Fn(Event) + 'static, on_link: impl Fn(bool) + 'static) {
    let (on_event, on_link): (Rc<dyn Fn(Event)>, Rc<dyn Fn(bool)>) = (Rc::new(on_event), Rc::new(on_link));
    match internals() {
        Some(tauri) => listen_window(tauri, on_event, on_link),
        None => listen_http(on_event, on_link),
    }
}

fn heard(text: &str, on_event: &Rc<dyn Fn(Event)>) {
    match serde_json::from_str(text) {
        Ok(event) => on_event(event),
        Err(e) => leptos::logging::warn!("an event can't be read: {e}"),
    }
}

fn listen_http(on_event: Rc<dyn Fn(Event)>, on_link: Rc<dyn Fn(bool)>) {
    let Ok(source) = web_sys::EventSource::new("/events") else {
        on_link(false);
        return;
    };
    let up = on_link.clone();
    let message_events = on_event.clone();
    let message = Closure::<dyn Fn(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
        up(true);
        if let Some(text) = event.data().as_string() {
            heard(&text, &message_events);
        }
    });
    source.set_onmessage(Some(message.as_ref().unchecked_ref()));
    let up = on_link.clone();
    let open = Closure::<dyn Fn()>::new(move || up(true));
    source.set_onopen(Some(open.as_ref().unchecked_ref()));
    let held = source.clone();
    let error = Closure::<dyn Fn()>::new(move || {
        on_link(false);
        // The browser tries again by itself, unless the host refused: then we do.
        if held.ready_state() == web_sys::EventSource::CLOSED {
            let (on_event, on_link) = (on_event.clone(), on_link.clone());
            set_timeout(move || listen_http(on_event, on_link), RETRY);
        }
    });
    source.set_onerror(Some(error.as_ref().unchecked_ref()));
    // They live as long as the window: one subscription a window.
    message.forget();
    open.forget();
    error.forget();
}

fn listen_window(tauri: JsValue, on_event: Rc<dyn Fn(Event)>, on_link: Rc<dyn Fn(bool)>) {
    spawn_local(async move {
        let mut anew = true;
        loop {
            let came = events(&tauri, anew).await;
            anew = came.is_err();
            on_link(came.is_ok());
            match came {
                Ok(events) => events.into_iter().for_each(&*on_event),
                Err(_) => crate::browser::pause(RETRY).await,
            }
        }
    });
}

/// What came since it was asked last; waits for the first. `anew` begins with a snapshot.
async fn events(tauri: &JsValue, anew: bool) -> Result<Vec<Event>, JsValue> {
    let arguments = object(&[("anew", JsValue::from_bool(anew))]);
    let bytes = JsFuture::from(invoke(tauri, "events", &arguments)?).await?;
    serde_json::from_slice(&Uint8Array::new(&bytes).to_vec()).map_err(|e| {
        leptos::logging::warn!("what changed can't be read: {e}");
        JsValue::NULL
    })
}

/// Hands a file to the person: the window's host saves it and says where, a browser downloads it.
pub async fn save(file: FileReply) -> Result<Option<String>, ApiError> {
    if let Some(tauri) = internals() {
        let arguments = object(&[
            ("name", JsValue::from_str(&file.name)),
            ("media", JsValue::from_str(&file.media)),
            ("base64", JsValue::from_str(&file.base64)),
        ]);
        // A host without this command lets the webview download it.
        if let Ok(asked) = invoke(&tauri, "save", &arguments)
            && let Ok(path) = JsFuture::from(asked).await
        {
            return Ok(path.as_string());
        }
    }
    let bytes =
        crate::base64::decode(&file.base64).ok_or_else(|| garbled(&file.name, "the file is not base64"))?;
    crate::browser::download(&file.name, &file.media, &bytes).map_err(|e| garbled(&file.name, &e))?;
    Ok(None)
}
