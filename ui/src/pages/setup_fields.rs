//! Fields of a device's setup: a value deep in its JSON, and beside it what is wrong with it.
//!
//! A place in the setup is written with dots: `pattern.check.sum`. What the console finds wrong names the same place, so each
//! field shows what is its own.

use crate::i18n::W;
use crate::state::fmt;
use crate::testids as id;
use crate::{bridge, format};
use contract::{SetupProblem, TryDecode};
use leptos::prelude::*;
use serde_json::{Map, Value};
use std::time::Duration;
use wasm_bindgen_futures::spawn_local;

/// How long after the last change a setup is looked at.
const SETTLED: Duration = Duration::from_millis(300);

/// A setup that is being filled in.
#[derive(Clone, Copy)]
pub struct SetupForm {
    /// What it says.
    pub value: RwSignal<Value>,
    /// What is wrong with it, as the console found last.
    pub problem: RwSignal<Option<SetupProblem>>,
}

impl SetupForm {
    /// One that says nothing yet.
    pub fn new() -> Self {
        Self { value: RwSignal::new(Value::Null), problem: RwSignal::new(None) }
    }

    /// The value of a place, as the text of a field; followed.
    pub fn got(self, path: &str) -> String {
        self.value.with(|setup| got(setup, path))
    }

    /// Sets it, or takes it out.
    pub fn put(self, path: &str, value: Option<Value>) {
        self.value.update(|setup| put(setup, path, value));
    }

    /// What is wrong at this place, or below it where `below` says so.
    pub fn wrong(self, path: &str, below: bool) -> Option<String> {
        self.problem.with(|problem| {
            let problem = problem.as_ref()?;
            let rest = problem.at.strip_prefix(path)?;
            (rest.is_empty() || (below && rest.starts_with('.'))).then(|| problem.message.clone())
        })
    }

    /// Has it looked at whenever it has changed.
    pub fn looked_at(self) {
        let asked = StoredValue::new(0_u64);
        Effect::new(move |_| {
            let setup = self.value.with(setup_text);
            let turn = asked.get_value() + 1;
            asked.set_value(turn);
            let ask = move || {
                if asked.try_get_value() != Some(turn) {
                    return;
                }
                spawn_local(async move {
                    // Without an answer nothing is said here: saving says it then.
                    let answer = bridge::send(TryDecode { setup, text: String::new() }).await;
                    if let (Ok(trial), Some(true)) = (answer, asked.try_with_value(|now| *now == turn)) {
                        self.problem.try_set(trial.problem);
                    }
                });
            };
            set_timeout(ask, SETTLED);
        });
    }
}

/// A value deep in a setup, as the text of a field; empty where it is left out.
pub fn got(setup: &Value, path: &str) -> String {
    let found = path.split('.').try_fold(setup, |at, key| at.get(key));
    match found {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

/// Sets it; nothing takes it out, and what is empty then around it.
pub fn put(setup: &mut Value, path: &str, value: Option<Value>) {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    if !setup.is_object() {
        *setup = Value::Object(Map::new());
    }
    let Value::Object(map) = setup else { return };
    let Some(rest) = rest else {
        match value {
            Some(value) => drop(map.insert(key.to_owned(), value)),
            None => drop(map.remove(key)),
        }
        return;
    };
    let inner = map.entry(key.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    put(inner, rest, value);
    if inner.as_object().is_some_and(Map::is_empty) {
        map.remove(key);
    }
}

/// A setup as it is sent; empty where it says nothing.
pub fn setup_text(setup: &Value) -> String {
    if setup.as_object().is_none_or(Map::is_empty) { String::new() } else { setup.to_string() }
}

/// A label, what is filled in, a hint, and what is wrong.
pub fn field(
    label: W,
    name: &'static str,
    input: AnyView,
    hint: impl Into<String>,
    fault: impl Fn() -> Option<String> + Send + 'static,
) -> AnyView {
    let hint: String = hint.into();
    view! {
        <label class="field" for=name><span>{fmt().t(label)}</span>{input}
            {(!hint.is_empty()).then(|| view! { <small class="muted">{hint}</small> })}
            {move || fault().map(|f| view! { <small class="fault" role="alert" data-testid=id::FIELD_FAULT data-field=name>{f}</small> })}
        </label>
    }
    .into_any()
}

/// Nothing can be wrong with it.
pub fn well() -> Option<String> {
    None
}

/// A line of a signal.
pub fn line(label: W, name: &'static str, of: RwSignal<String>, hint: impl Into<String>) -> AnyView {
    let input = view! {
        <input id=name type="text" autocomplete="off" spellcheck="false" data-testid=id::FIELD data-field=name
            prop:value=move || of.get() on:input=move |e| of.set(event_target_value(&e)) />
    };
    field(label, name, input.into_any(), hint, well)
}

/// The options of a select.
pub fn options(of: Vec<(String, String)>, chosen: impl Fn(&str) -> bool + Clone + Send + 'static) -> AnyView {
    of.into_iter()
        .map(|(stored, shown)| {
            let (key, chosen) = (stored.clone(), chosen.clone());
            view! { <option value=stored prop:selected=move || chosen(&key)>{shown}</option> }
        })
        .collect_view()
        .into_any()
}

/// A choice of a signal.
pub fn choice(label: W, name: &'static str, of: RwSignal<String>, all: Vec<(String, String)>) -> AnyView {
    let input = view! {
        <select id=name data-testid=id::FIELD data-field=name on:change=move |e| of.set(event_target_value(&e))>
            {options(all, move |key| of.with(|v| v == key))}</select>
    };
    field(label, name, input.into_any(), "", well)
}

/// How a field of a setup is written.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number, at least and at most.
    Whole(i64, i64),
}

impl Kind {
    /// What a person wrote, as it is kept. What is no number is kept as it was written, and told.
    pub fn value(self, text: &str) -> Option<Value> {
        let text = text.trim();
        match self {
            _ if text.is_empty() => None,
            Kind::Text => Some(Value::from(text)),
            Kind::Whole(..) => {
                let number = format::typed(text).parse::<i64>().map(Value::from);
                Some(number.unwrap_or_else(|_| Value::from(text)))
            }
        }
    }

    /// What is wrong with what is kept.
    pub fn wrong(self, text: &str) -> Option<String> {
        match self {
            Kind::Whole(least, most)
                if !text.is_empty() && !text.parse().is_ok_and(|n| (least..=most).contains(&n)) =>
            {
                Some(fmt().fill(W::WholeBetween, &[&least.to_string(), &most.to_string()]))
            }
            _ => None,
        }
    }
}

/// A line of the setup.
pub fn setup_line(
    setup: SetupForm,
    label: W,
    name: &'static str,
    path: impl Into<String>,
    kind: Kind,
    hint: impl Into<String>,
) -> AnyView {
    let path = StoredValue::new(path.into());
    let now = move || path.with_value(|path| setup.got(path));
    let fault = move || kind.wrong(&now()).or_else(|| path.with_value(|path| setup.wrong(path, false)));
    let mode = if kind == Kind::Text { "text" } else { "numeric" };
    let input = view! {
        <input id=name type="text" autocomplete="off" spellcheck="false" data-testid=id::FIELD data-field=name
            inputmode=mode
            aria-invalid=move || fault().map(|_| "true")
            prop:value=now on:change=move |e| path.with_value(|path| setup.put(path, kind.value(&event_target_value(&e)))) />
    };
    field(label, name, input.into_any(), hint, fault)
}

/// A choice of the setup; the first is left out of it.
pub fn setup_choice(
    setup: SetupForm,
    label: W,
    name: &'static str,
    path: &'static str,
    all: Vec<(String, String)>,
) -> AnyView {
    let first = all.first().map(|(stored, _)| stored.clone()).unwrap_or_default();
    let usual = StoredValue::new(first);
    let number = all.iter().all(|(stored, _)| stored.parse::<i64>().is_ok());
    let is = move |key: &str| {
        let now = setup.got(path);
        if now.is_empty() { usual.with_value(|usual| usual == key) } else { now == key }
    };
    let set = move |text: String| {
        let value = (!usual.with_value(|usual| *usual == text)).then(|| match text.parse::<i64>() {
            Ok(n) if number => Value::from(n),
            _ => Value::String(text),
        });
        setup.put(path, value);
    };
    let input = view! {
        <select id=name data-testid=id::FIELD data-field=name on:change=move |e| set(event_target_value(&e))>
            {options(all, is)}</select>
    };
    field(label, name, input.into_any(), "", move || setup.wrong(path, false))
}

/// Stored words with those a person reads.
pub fn worded(all: &[(&str, W)]) -> Vec<(String, String)> {
    all.iter().map(|(stored, word)| ((*stored).to_owned(), fmt().t(*word).to_owned())).collect()
}

/// Words that read the same in every language.
pub fn plain(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(stored, shown)| ((*stored).to_owned(), (*shown).to_owned())).collect()
}

/// The whole setup as it is stored: what has no field is written here.
pub fn whole(setup: SetupForm) -> AnyView {
    let fmt = fmt();
    let unread = RwSignal::new(None::<String>);
    let shown = move || {
        setup.value.with(|value| {
            let bare = value.as_object().is_none_or(Map::is_empty);
            if bare { String::new() } else { serde_json::to_string_pretty(value).unwrap_or_default() }
        })
    };
    let set = move |text: String| {
        let read = if text.trim().is_empty() { Ok(Value::Null) } else { serde_json::from_str(&text) };
        match read {
            Ok(value) => {
                unread.set(None);
                setup.value.set(value);
            }
            Err(e) => unread.set(Some(e.to_string())),
        }
    };
    // What is wrong where no field is shown is told here.
    let nowhere = move || {
        let spoken = setup.got("language");
        setup.problem.with(|problem| {
            let problem = problem.as_ref()?;
            let hidden = problem.at.starts_with("modbus") && !spoken.starts_with("modbus");
            (problem.at.is_empty() || hidden).then(|| problem.message.clone())
        })
    };
    view! {
        <details>
            <summary>{fmt.t(W::SetupWhole)}</summary>
            <p class="muted">{fmt.t(W::SetupWholeText)}</p>
            <textarea id="setup-json" rows="10" spellcheck="false" data-testid=id::FIELD data-field="setup-json" aria-label=fmt.t(W::SetupWhole)
                prop:value=shown on:change=move |e| set(event_target_value(&e))></textarea>
        </details>
        {move || unread.get().or_else(nowhere).map(|f| view! { <p class="fault" role="alert">{f}</p> })}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_setup_is_filled_in_and_left_as_small_as_it_was() {
        let mut setup = Value::Null;
        put(&mut setup, "modbus.unit", Some(json!(3)));
        put(&mut setup, "language", Some(json!("modbus_tcp")));
        assert_eq!(setup, json!({"language": "modbus_tcp", "modbus": {"unit": 3}}));
        assert_eq!((got(&setup, "modbus.unit"), got(&setup, "access.user")), ("3".into(), String::new()));
        put(&mut setup, "modbus.unit", None);
        put(&mut setup, "language", None);
        assert_eq!(setup_text(&setup), "");
    }

    #[test]
    fn what_is_no_number_is_kept_to_be_told() {
        let kind = Kind::Whole(10, 60_000);
        assert_eq!(kind.value(" 1,500 "), Some(json!(1500)));
        assert_eq!((kind.value(""), kind.value("soon")), (None, Some(json!("soon"))));
    }
}
