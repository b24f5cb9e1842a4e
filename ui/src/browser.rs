//! The browser around the page: address, storage, clock, files handed over and saved.

use leptos::html::ElementType;
use leptos::prelude::*;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Milliseconds since 1970 of this machine's clock.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Milliseconds since the page opened; does not jump.
pub fn steady_ms() -> f64 {
    window().performance().map_or_else(now_ms, |p| p.now())
}

/// The part of the address behind `#`.
pub fn hash() -> String {
    window().location().hash().unwrap_or_default()
}

/// A parameter of the address.
pub fn parameter(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    search
        .trim_start_matches('?')
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// A new entry of the history.
pub fn set_hash(hash: &str) {
    let _ = window().location().set_hash(hash);
}

/// The same entry, another address.
pub fn replace_hash(hash: &str) {
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(hash));
    }
}

/// What was remembered; nothing where storage is forbidden.
pub fn remembered(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(&format!("quartermaster.{key}")).ok()?
}

/// Remembers it, where storage is allowed.
pub fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(&format!("quartermaster.{key}"), value);
    }
}

/// Forgets it.
pub fn forget(key: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(&format!("quartermaster.{key}"));
    }
}

/// What this tab kept over a reload; another window does not see it.
pub fn kept(key: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(&format!("quartermaster.{key}")).ok()?
}

/// Keeps it over a reload of this tab, where storage is allowed.
pub fn keep(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(&format!("quartermaster.{key}"), value);
    }
}

/// Forgets what the tab keeps.
pub fn drop_kept(key: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.remove_item(&format!("quartermaster.{key}"));
    }
}

/// A name that nothing else has: for what may be asked twice and is to be done once.
pub fn new_key() -> String {
    let part = || (js_sys::Math::random() * 4_294_967_296.0) as u32;
    format!("{:x}-{:08x}{:08x}{:08x}", now_ms() as u64, part(), part(), part())
}

/// The browser's language.
pub fn language() -> Option<String> {
    window().navigator().language()
}

/// Whether the system asks for dark.
pub fn system_dark() -> bool {
    window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|m| m.matches())
}

/// Whether the system asks for less motion.
pub fn still() -> bool {
    window().match_media("(prefers-reduced-motion: reduce)").ok().flatten().is_some_and(|m| m.matches())
}

thread_local! {
    static TURNS: RefCell<VecDeque<Box<dyn FnOnce()>>> = const { RefCell::new(VecDeque::new()) };
}

/// Does long work in frames of their own, one piece a frame, in the order asked.
pub fn in_turn(work: impl FnOnce() + 'static) {
    let waiting = TURNS.with(|t| {
        let mut turns = t.borrow_mut();
        turns.push_back(Box::new(work));
        turns.len()
    });
    if waiting == 1 {
        request_animation_frame(next_turn);
    }
}

fn next_turn() {
    // The piece stays in the queue until it is done, so that what it asks for waits for the next frame.
    let work =
        TURNS.with(|t| t.borrow_mut().front_mut().map(|work| std::mem::replace(work, Box::new(|| {}))));
    if let Some(work) = work {
        work();
    }
    let left = TURNS.with(|t| {
        let mut turns = t.borrow_mut();
        turns.pop_front();
        !turns.is_empty()
    });
    if left {
        request_animation_frame(next_turn);
    }
}

/// Tells an element's size when it is first laid out and whenever it changes.
pub fn watch_size<E>(element: NodeRef<E>, told: impl Fn(f64, f64) + Clone + 'static)
where
    E: ElementType + 'static,
    E::Output: JsCast + Clone + AsRef<web_sys::Element> + 'static,
{
    let watcher = StoredValue::new_local(None::<(web_sys::ResizeObserver, Closure<dyn Fn(js_sys::Array)>)>);
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        let told = told.clone();
        let seen = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let entry: web_sys::ResizeObserverEntry =
                entries.get(entries.length().saturating_sub(1)).unchecked_into();
            let rect = entry.content_rect();
            told(rect.width(), rect.height());
        });
        if let Ok(observer) = web_sys::ResizeObserver::new(seen.as_ref().unchecked_ref()) {
            observer.observe(element.as_ref());
            watcher.set_value(Some((observer, seen)));
        }
    });
    on_cleanup(move || {
        watcher.try_update_value(|w| {
            if let Some((observer, _)) = w.take() {
                observer.disconnect();
            }
        });
    });
}

/// Waits.
pub async fn pause(time: Duration) {
    let ms = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    let promise = js_sys::Promise::new(&mut |done, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms);
    });
    let _ = JsFuture::from(promise).await;
}

/// Sets an attribute of the document.
pub fn mark_document(name: &str, value: &str) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute(name, value);
    }
}

/// Puts the focus on the element of an id, and marks its text.
pub fn focus(id: &str) {
    let Some(element) = document().get_element_by_id(id) else { return };
    if let Some(input) = element.dyn_ref::<web_sys::HtmlInputElement>() {
        input.select();
    }
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        let _ = element.focus();
    }
}

/// Takes the focus off whatever has it.
pub fn blur() {
    if let Some(element) = document().active_element().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = element.blur();
    }
}

/// Moves the focus `by` so many elements of a class; to the first or last where none of them has it.
pub fn step_focus(class: &str, by: i32) {
    let all = document().get_elements_by_class_name(class);
    let count = i64::from(all.length());
    let on = document().active_element();
    let at = (0..all.length()).find(|n| on.is_some() && all.item(*n) == on).map(i64::from);
    let next = match at {
        Some(at) => (at + i64::from(by)).clamp(0, (count - 1).max(0)),
        None if by < 0 => count - 1,
        None => 0,
    };
    let element = u32::try_from(next).ok().and_then(|n| all.item(n));
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// A canvas as PNG bytes; none where the browser could not.
pub fn png(canvas: &web_sys::HtmlCanvasElement, then: impl FnOnce(Option<Vec<u8>>) + 'static) {
    let then = std::rc::Rc::new(std::cell::Cell::new(Some(then)));
    let kept = then.clone();
    let told = Closure::once_into_js(move |blob: JsValue| {
        let Some(then) = kept.take() else { return };
        let Ok(blob) = blob.dyn_into::<web_sys::Blob>() else { return then(None) };
        wasm_bindgen_futures::spawn_local(async move {
            let bytes = JsFuture::from(blob.array_buffer()).await.ok();
            then(bytes.map(|buffer| js_sys::Uint8Array::new(&buffer).to_vec()));
        });
    });
    if canvas.to_blob(told.unchecked_ref()).is_err()
        && let Some(then) = then.take()
    {
        then(None);
    }
}

/// The id of what has the focus.
pub fn focused_id() -> String {
    document().active_element().map(|e| e.id()).unwrap_or_default()
}

/// What has the focus: its tag in capitals, and its kind where it is an input.
pub fn focused() -> (String, String) {
    document()
        .active_element()
        .map(|e| (e.tag_name(), e.get_attribute("type").unwrap_or_default()))
        .unwrap_or_default()
}

/// A piece of a file.
pub async fn read_piece(file: &web_sys::File, from: f64, to: f64) -> Result<Vec<u8>, String> {
    let fail = |e: JsValue| format!("{e:?}");
    let blob = file.slice_with_f64_and_f64(from, to).map_err(fail)?;
    let buffer = JsFuture::from(blob.array_buffer()).await.map_err(fail)?;
    Ok(js_sys::Uint8Array::new(&buffer).to_vec())
}

/// Offers bytes as a download.
pub fn download(name: &str, media: &str, bytes: &[u8]) -> Result<(), String> {
    let fail = |e: JsValue| format!("{e:?}");
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes).into());
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media);
    let blob = web_sys::Blob::new_with_u8_array_sequence_and_options(&parts, &options).map_err(fail)?;
    let url = web_sys::Url::create_object_url_with_blob(&blob).map_err(fail)?;
    let anchor: web_sys::HtmlAnchorElement =
        document().create_element("a").map_err(fail)?.dyn_into().map_err(|_| "no anchor".to_owned())?;
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The browser reads the bytes after the click: the address must outlive it.
    leptos::prelude::set_timeout(
        move || {
            let _ = web_sys::Url::revoke_object_url(&url);
        },
        std::time::Duration::from_secs(60),
    );
    Ok(())
}

/// Leaves a mark in the browser's timeline, where a trace finds it.
pub fn mark(name: &str) {
    if let Some(timeline) = web_sys::window().and_then(|window| window.performance()) {
        // A timeline that is full takes no more marks; nothing depends on them.
        let _ = timeline.mark(name);
    }
}
