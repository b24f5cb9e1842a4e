//! The one dialog: a few fields, a button that does it, a place for what went wrong.

use crate::i18n::W;
use crate::state::{ctx, fmt, fresh};
use crate::testids as id;
use crate::{browser, wording};
use contract::ApiError;
use leptos::prelude::*;
use std::sync::Arc;
use wasm_bindgen_futures::spawn_local;

/// How a field is filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A line.
    Text,
    /// A line that is not shown, nor kept by the browser.
    Secret,
    /// A decimal number.
    Number,
    /// One of: stored, shown.
    Choice(Vec<(String, String)>),
}

/// A field of a dialog.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// `data-field`.
    pub name: &'static str,
    /// Its label.
    pub label: String,
    /// Its kind.
    pub kind: Kind,
    /// What it starts with.
    pub value: String,
    /// What is behind it: a unit, a hint.
    pub hint: String,
    /// It may not be empty.
    pub needed: bool,
    /// Asked only while another field has one of these values.
    pub when: Option<(&'static str, &'static [&'static str])>,
}

impl Field {
    /// A line that may stay empty.
    pub fn text(name: &'static str, label: W, value: impl Into<String>) -> Self {
        Self {
            name,
            label: fmt().t(label).to_owned(),
            kind: Kind::Text,
            value: value.into(),
            hint: String::new(),
            needed: false,
            when: None,
        }
    }

    /// A line that is not shown.
    pub fn secret(name: &'static str, label: W) -> Self {
        Self { kind: Kind::Secret, ..Self::text(name, label, "") }
    }

    /// A number.
    pub fn number(name: &'static str, label: W, value: impl Into<String>) -> Self {
        Self { kind: Kind::Number, ..Self::text(name, label, value) }
    }

    /// A choice.
    pub fn choice(name: &'static str, label: W, value: impl Into<String>, of: Vec<(String, String)>) -> Self {
        Self { kind: Kind::Choice(of), ..Self::text(name, label, value) }
    }

    /// With a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// It must be filled in.
    pub fn needed(mut self) -> Self {
        self.needed = true;
        self
    }

    /// Asked only while the field of that name has one of these values.
    pub fn when(mut self, field: &'static str, values: &'static [&'static str]) -> Self {
        self.when = Some((field, values));
        self
    }

    fn fault(&self, value: &str) -> Option<W> {
        let value = value.trim();
        match self.kind {
            _ if self.needed && value.is_empty() => Some(W::FieldNeeded),
            Kind::Number
                if !value.is_empty() && units::Milli::parse(&crate::format::typed(value)).is_none() =>
            {
                Some(W::FieldNotANumber)
            }
            _ => None,
        }
    }
}

type Future = std::pin::Pin<Box<dyn std::future::Future<Output = Result<(), ApiError>>>>;

/// A dialog.
#[derive(Clone)]
pub struct Ask {
    id: u64,
    title: String,
    text: String,
    confirm: String,
    fields: Vec<Field>,
    then: Arc<dyn Fn(Vec<String>) -> Future + Send + Sync>,
}

/// Opens a dialog. `then` gets the values in the order of the fields; it closes when that went well.
pub fn ask<F>(
    title: impl Into<String>,
    text: impl Into<String>,
    confirm: W,
    fields: Vec<Field>,
    then: impl Fn(Vec<String>) -> F + Send + Sync + 'static,
) where
    F: std::future::Future<Output = Result<(), ApiError>> + 'static,
{
    ctx().ask.set(Some(Ask {
        id: fresh(),
        title: title.into(),
        text: text.into(),
        confirm: fmt().t(confirm).to_owned(),
        fields,
        then: Arc::new(move |values| Box::pin(then(values))),
    }));
}

/// The dialog that is open, if one is.
pub fn dialog() -> AnyView {
    let ctx = ctx();
    (move || ctx.ask.get().map(open)).into_any()
}

fn open(ask: Ask) -> AnyView {
    let ctx = ctx();
    let fmt = fmt();
    let values: Vec<RwSignal<String>> = ask.fields.iter().map(|f| RwSignal::new(f.value.clone())).collect();
    let failed = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let tried = RwSignal::new(false);
    let (my_id, then) = (ask.id, ask.then.clone());
    let checks: Vec<(Field, RwSignal<String>)> =
        ask.fields.iter().cloned().zip(values.iter().copied()).collect();
    // What a field depends on, if on any.
    let condition = |field: &Field| {
        let (name, wanted) = field.when?;
        let at = ask.fields.iter().position(|other| other.name == name)?;
        Some((values[at], wanted))
    };
    let conditions: Vec<_> = ask.fields.iter().map(condition).collect();
    let confirm = {
        let values = values.clone();
        let conditions = conditions.clone();
        move || {
            tried.set(true);
            let asked = |at: usize| {
                conditions[at].is_none_or(|(on, wanted)| on.with_untracked(|v| wanted.contains(&v.as_str())))
            };
            let faulty = checks
                .iter()
                .enumerate()
                .any(|(at, (f, v))| asked(at) && v.with_untracked(|v| f.fault(v).is_some()));
            if busy.get_untracked() || faulty {
                return;
            }
            busy.set(true);
            let work = then(values.iter().map(|v| v.get_untracked().trim().to_owned()).collect());
            spawn_local(async move {
                let ended = work.await;
                busy.try_set(false);
                match ended {
                    Ok(()) => ctx.ask.update(|open| {
                        if open.as_ref().is_some_and(|a| a.id == my_id) {
                            *open = None;
                        }
                    }),
                    Err(e) => {
                        if failed.try_set(Some(e.clone())).is_some() {
                            ctx.fail(&e);
                        }
                    }
                }
            });
        }
    };
    let confirm = Arc::new(confirm);
    let fields = ask
        .fields
        .iter()
        .zip(&values)
        .enumerate()
        .map(|(i, (field, value))| {
            let value = *value;
            let depends = conditions[i];
            let (checked, element) = (field.clone(), if i == 0 { "dialog-first".to_owned() } else { format!("dialog-{i}") });
            let fault = move || if tried.get() { value.with(|v| checked.fault(v)).map(|w| fmt.t(w)) } else { None };
            let input = match &field.kind {
                Kind::Choice(of) => {
                    let options = of
                        .iter()
                        .map(|(stored, shown)| {
                            let on = value.with_untracked(|v| v == stored);
                            view! { <option value=stored.clone() selected=on>{shown.clone()}</option> }
                        })
                        .collect_view();
                    view! {
                        <select id=element.clone() data-testid=id::FIELD data-field=field.name
                            on:change=move |e| value.set(event_target_value(&e))>{options}</select>
                    }
                    .into_any()
                }
                kind => {
                    let mode = if *kind == Kind::Number { "decimal" } else { "text" };
                    let (shown, filled) =
                        if *kind == Kind::Secret { ("password", "new-password") } else { ("text", "off") };
                    view! {
                        <input id=element.clone() type=shown inputmode=mode autocomplete=filled data-testid=id::FIELD
                            data-field=field.name prop:value=move || value.get()
                            on:input=move |e| value.set(event_target_value(&e)) />
                    }
                    .into_any()
                }
            };
            view! {
                <label class="field" for=element
                    class:hidden=move || depends.is_some_and(|(on, wanted)| on.with(|v| !wanted.contains(&v.as_str())))><span>{field.label.clone()}</span>{input}
                    {(!field.hint.is_empty()).then(|| view! { <small class="muted">{field.hint.clone()}</small> })}
                    {move || fault().map(|f| view! { <small class="fault" role="alert">{f}</small> })}
                </label>
            }
        })
        .collect_view();
    request_animation_frame(|| browser::focus("dialog-first"));
    let submit = confirm.clone();
    view! {
        <div class="veil" on:click=move |_| ctx.ask.set(None)>
            <form class="dialog" role="dialog" aria-modal="true" aria-labelledby="dialog-title" data-testid=id::DIALOG
                on:click=|e| e.stop_propagation()
                on:submit=move |e| { e.prevent_default(); submit(); }>
                <h2 id="dialog-title">{ask.title.clone()}</h2>
                {(!ask.text.is_empty()).then(|| view! { <p class="muted">{ask.text.clone()}</p> })}
                {fields}
                {move || failed.get().map(|e| view! {
                    <p class="fault" role="alert" data-testid=id::ERROR>{wording::error_text(&fmt, &e)}</p>
                })}
                <div class="act">
                    <button type="submit" class="go" data-testid=id::DIALOG_CONFIRM disabled=move || busy.get()>{ask.confirm.clone()}</button>
                    <button type="button" data-testid=id::DIALOG_CANCEL on:click=move |_| ctx.ask.set(None)>{fmt.t(W::Cancel)}</button>
                </div>
            </form>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_says_what_is_wrong_with_it() {
        let number = Field { needed: true, ..Field::number("quantity", W::Quantity, "") };
        assert_eq!(number.fault(" "), Some(W::FieldNeeded));
        assert_eq!(number.fault("12x"), Some(W::FieldNotANumber));
        assert_eq!(number.fault("1,240.5"), None);
        assert_eq!(Field::text("note", W::Note, "").fault(""), None);
    }
}
