//! The browser around the page: address, storage, clock, files handed over and saved.

use leptos::prelude::{document, window};
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

/// The browser's language.
pub fn language() -> Option<String> {
    window().navigator().language()
}

/// Whether the system asks for dark.
pub fn system_dark() -> bool {
    window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|m| m.matches())
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
