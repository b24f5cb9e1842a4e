//! How the slaves of a Modbus device are asked: the usual way, and slaves that want to be asked otherwise.

use super::setup_fields::{Kind, SetupForm, setup_line};
use crate::i18n::W;
use crate::parts;
use crate::state::fmt;
use crate::testids as id;
use leptos::prelude::*;
use serde_json::Value;

/// Of a timing: its key, its word, its bounds, and what holds where it is left out.
const TIMING: [(&str, W, Kind, i64); 5] = [
    ("timeout_ms", W::TimeoutMs, Kind::Whole(10, 60_000), 1000),
    ("pause_ms", W::PauseMs, Kind::Whole(0, 10_000), 0),
    ("retries", W::RetriesWord, Kind::Whole(0, 10), 2),
    ("registers_max", W::RegistersAtOnce, Kind::Whole(1, 125), 125),
    ("gap", W::ReadAcross, Kind::Whole(0, 2000), 8),
];

/// The slaves that are asked otherwise, in order.
fn slaves(setup: &Value) -> Vec<u8> {
    let of = setup.get("modbus").and_then(|map| map.get("slaves")).and_then(Value::as_object);
    let mut all: Vec<u8> =
        of.into_iter().flat_map(|map| map.keys()).filter_map(|key| key.parse().ok()).collect();
    all.sort_unstable();
    all
}

/// A slave is asked otherwise from now on: at first as the device's others are.
fn add(setup: &mut Value, unit: u8) {
    if slaves(setup).contains(&unit) {
        return;
    }
    for (key, _, kind, usual) in TIMING {
        let now = super::setup_fields::got(setup, &format!("modbus.timing.{key}"));
        let value = kind.value(&now).unwrap_or_else(|| usual.into());
        super::setup_fields::put(setup, &format!("modbus.slaves.{unit}.{key}"), Some(value));
    }
}

/// The fields.
pub fn fields(setup: SetupForm) -> AnyView {
    let fmt = fmt();
    let usual = TIMING
        .iter()
        .map(|(key, word, kind, usual)| {
            let name: &'static str = key;
            setup_line(setup, *word, name, format!("modbus.timing.{key}"), *kind, usual.to_string())
        })
        .collect_view();
    let all = Memo::new(move |_| setup.value.with(slaves));
    // A field that tells it by itself is enough.
    let told = move || {
        TIMING
            .iter()
            .any(|(key, _, kind, _)| kind.wrong(&setup.got(&format!("modbus.timing.{key}"))).is_some())
    };
    let unit = RwSignal::new(String::new());
    let free = move || {
        unit.with(|unit| unit.trim().parse::<u8>().ok())
            .filter(|unit| *unit <= 247 && all.with(|all| !all.contains(unit)))
    };
    let put_in = move || {
        if let Some(slave) = free() {
            setup.value.update(|setup| add(setup, slave));
            unit.set(String::new());
        }
    };
    let row = move |slave: u8| {
        let cells = TIMING
            .iter()
            .map(|(key, word, kind, _)| {
                let (path, kind) = (StoredValue::new(format!("modbus.slaves.{slave}.{key}")), *kind);
                let now = move || path.with_value(|path| setup.got(path));
                let label = format!("{} {slave}: {}", fmt.t(W::ModbusUnit), fmt.t(*word));
                view! {
                    <td><input type="text" class="short" inputmode="numeric" autocomplete="off" aria-label=label
                        data-testid=id::FIELD data-field=format!("slave-{slave}-{key}")
                        aria-invalid=move || kind.wrong(&now()).map(|_| "true")
                        prop:value=now on:change=move |e| path.with_value(|path| setup.put(path, kind.value(&event_target_value(&e)))) />
                        {move || kind.wrong(&now()).map(|f| view! { <small class="fault" role="alert">{f}</small> })}</td>
                }
            })
            .collect_view();
        let gone = move || setup.put(&format!("modbus.slaves.{slave}"), None);
        view! {
            <tr data-testid="slave-row" data-id=slave.to_string()><td>{slave.to_string()}</td>{cells}
                <td>{parts::plain_button(move || fmt.t(W::Remove), "remove-slave", gone)}</td></tr>
        }
    };
    let heads =
        TIMING.iter().map(|(_, word, ..)| view! { <th scope="col">{fmt.t(*word)}</th> }).collect_view();
    view! {
        <details>
            <summary>{fmt.t(W::TimingWord)}</summary>
            <p class="muted">{fmt.t(W::TimingText)}</p>
            {usual}
            {move || setup.wrong("modbus", true).filter(|_| !told()).map(|f| view! { <p class="fault" role="alert">{f}</p> })}
            <h4>{fmt.t(W::SlavesOtherwise)}</h4>
            <div class="grid-box" class:hidden=move || all.with(Vec::is_empty)>
                <table class="grid filled" aria-label=fmt.t(W::SlavesOtherwise)>
                    <thead><tr><th scope="col">{fmt.t(W::ModbusUnit)}</th>{heads}<th></th></tr></thead>
                    <tbody><For each=move || all.get() key=|slave| *slave children=row /></tbody>
                </table>
            </div>
            <div class="act">
                <input type="text" inputmode="numeric" class="narrow" autocomplete="off" aria-label=fmt.t(W::ModbusUnit) placeholder=fmt.t(W::ModbusUnit)
                    data-testid=id::FIELD data-field="slave-unit" prop:value=move || unit.get() on:input=move |e| unit.set(event_target_value(&e)) />
                <button type="button" data-testid="add-slave" disabled=move || free().is_none() on:click=move |_| put_in()>{fmt.t(W::AskOtherwise)}</button>
            </div>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_slave_begins_as_the_others_are_asked() {
        let mut setup = json!({"modbus": {"timing": {"timeout_ms": 300}}});
        add(&mut setup, 9);
        add(&mut setup, 2);
        assert_eq!(slaves(&setup), [2, 9]);
        assert_eq!(
            setup["modbus"]["slaves"]["9"],
            json!({"timeout_ms": 300, "pause_ms": 0, "retries": 2, "registers_max": 125, "gap": 8})
        );
        setup["modbus"]["slaves"]["9"]["retries"] = json!(0);
        add(&mut setup, 9);
        assert_eq!(setup["modbus"]["slaves"]["9"]["retries"], json!(0), "what was said stays");
    }
}
