//! Many devices at once: clones of one, and lists in and out. Shown before it is done.

use super::actions::hand_over;
use crate::i18n::W;
use crate::parts::{self, cell, grid};
use crate::route::{Page, Route};
use crate::state::{ctx, fmt};
use crate::testids as id;
use crate::{bridge, browser, format};
use contract::*;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;

/// All devices as a file.
pub fn export() {
    spawn_local(async move {
        match bridge::send(ExportDevices {}).await {
            Ok(file) => hand_over(file).await,
            Err(e) => ctx().fail(&e),
        }
    });
}

/// Opens the page that takes a list in.
pub fn open_import() {
    ctx().go(Route { page: Page::Devices, row: String::new(), tab: "list".into() });
}

/// Opens the page that clones a device.
pub fn open_clone(r: &DeviceRow) {
    ctx().go(Route { page: Page::Devices, row: r.id.to_string(), tab: "clone".into() });
}

fn input(label: W, name: &'static str, of: RwSignal<String>, changed: impl Fn() + Copy + 'static) -> AnyView {
    view! {
        <label class="field" for=name><span>{fmt().t(label)}</span>
            <input id=name type="text" autocomplete="off" spellcheck="false" data-testid=id::FIELD data-field=name
                prop:value=move || of.get() on:input=move |e| { of.set(event_target_value(&e)); changed(); } /></label>
    }
    .into_any()
}

/// A pattern of an address: its last number becomes `{n}`.
fn pattern_of(text: &str) -> String {
    let digits_end = text.char_indices().rev().find(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at + 1);
    let Some(end) = digits_end else { return text.to_owned() };
    let start = text[..end]
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let width = end - start;
    let mark =
        if width > 1 && text[start..].starts_with('0') { format!("{{n:{width}}}") } else { "{n}".into() };
    format!("{}{mark}{}", &text[..start], &text[end..])
}

fn problem_word(problem: &str) -> W {
    match problem {
        "NameTaken" => W::ProblemNameTaken,
        "EndpointTaken" => W::ProblemEndpointTaken,
        "BadUnit" => W::ProblemBadUnit,
        _ => W::ProblemBadEndpoint,
    }
}

/// The page that clones a device.
pub fn cloner(r: DeviceRow) -> AnyView {
    let fmt = fmt();
    let modbus = r.speaks_modbus();
    let name = pattern_of(&r.name);
    let name = RwSignal::new(if name.contains("{n") { name } else { format!("{name} {{n}}") });
    let endpoint = RwSignal::new(if modbus { r.endpoint.clone() } else { pattern_of(&r.endpoint) });
    let unit = RwSignal::new(if modbus { "{n}".to_owned() } else { String::new() });
    let (from, to) = (RwSignal::new("2".to_owned()), RwSignal::new("5".to_owned()));
    let report = RwSignal::new(None::<CloneReport>);
    let failed = RwSignal::new(None::<ApiError>);
    let forget = move || report.set(None);
    let device = r.id;
    let send = move |dry_run: bool| {
        failed.set(None);
        let number = |text: RwSignal<String>| format::typed(&text.get_untracked()).parse().unwrap_or(0);
        let call = CloneDevice {
            id: device,
            name: name.get_untracked(),
            endpoint: endpoint.get_untracked(),
            unit: unit.get_untracked(),
            from: number(from),
            to: number(to),
            dry_run,
        };
        spawn_local(async move {
            match bridge::send(call).await {
                Ok(done) if done.made.is_empty() => drop(report.try_set(Some(done))),
                Ok(done) => {
                    let ctx = ctx();
                    ctx.say(crate::state::fmt().fill(W::CloneMade, &[&done.made.len().to_string()]));
                    ctx.go(Route::page(Page::Devices));
                }
                Err(e) => drop(failed.try_set(Some(e))),
            }
        });
    };
    let shown = move || {
        report.get().map(|report| {
            let good = report.rows.iter().all(|row| row.problem.is_none());
            let count = report.rows.len().to_string();
            let rows = report
                .rows
                .iter()
                .map(|row| {
                    let problem = row.problem.as_deref().map(|p| fmt.t(problem_word(p)));
                    let said = problem.map(|p| view! { <span class="mark h">"▲ "{p}</span> });
                    let cells = vec![
                        cell(row.name.clone()),
                        view! { <code>{row.endpoint.clone()}</code> }.into_any(),
                        cell(row.unit.map(|u| u.to_string()).unwrap_or_default()),
                        said.into_any(),
                    ];
                    (row.name.clone(), cells)
                })
                .collect();
            let heads =
                [(W::Name, false), (W::Address, false), (W::ModbusUnit, true), (W::ProblemWord, false)];
            view! {
                {grid(W::ClonePreview, &heads, rows, id::CLONE_ROW)}
                <div class="act">{good.then(|| parts::go_button(fmt.fill(W::CloneMake, &[&count]), "", id::CLONE_MAKE, move || send(false)))}</div>
            }
        })
    };
    let back = r.id;
    view! {
        {parts::heading(None, fmt.fill(W::CloneTitle, &[&r.name]), fmt.t(W::CloneText).to_owned(), String::new(), String::new())}
        <section class="card fields">
            {input(W::CloneNames, "clone-name", name, forget)}
            {input(W::CloneEndpoints, "clone-endpoint", endpoint, forget)}
            {modbus.then(|| input(W::ModbusUnit, "clone-unit", unit, forget))}
            {input(W::CloneFrom, "clone-from", from, forget)}
            {input(W::CloneTo, "clone-to", to, forget)}
            <div class="act">
                {parts::button(fmt.t(W::ClonePreview), "", id::CLONE_PREVIEW, move || send(true))}
                {parts::button(fmt.t(W::Cancel), "", "clone-cancel", move || ctx().go(Route::row(Page::Devices, back)))}
            </div>
        </section>
        {move || failed.get().map(|e| parts::error(&e))}
        {shown}
    }
    .into_any()
}

/// The page that takes a list in.
pub fn importer() -> AnyView {
    let fmt = fmt();
    let text = RwSignal::new(String::new());
    let report = RwSignal::new(None::<DeviceImport>);
    let failed = RwSignal::new(None::<ApiError>);
    let send = move |dry_run: bool| {
        failed.set(None);
        let call = ImportDevices { csv: text.get_untracked(), dry_run };
        spawn_local(async move {
            match bridge::send(call).await {
                Ok(done) if done.done => {
                    let ctx = ctx();
                    ctx.say(crate::state::fmt().t(W::ImportListDone));
                    ctx.go(Route::page(Page::Devices));
                }
                Ok(done) => drop(report.try_set(Some(done))),
                Err(e) => drop(failed.try_set(Some(e))),
            }
        });
    };
    let chosen = move |e: leptos::ev::Event| {
        let input: Option<web_sys::HtmlInputElement> = e.target().and_then(|t| t.dyn_into().ok());
        let Some(file) = input.and_then(|i| i.files()).and_then(|files| files.get(0)) else { return };
        report.set(None);
        spawn_local(async move {
            match browser::read_piece(&file, 0.0, file.size()).await {
                Ok(bytes) => {
                    text.set(String::from_utf8_lossy(&bytes).into_owned());
                    send(true);
                }
                Err(message) => {
                    let error = ApiError { code: Code::BadInput, message, trace_id: String::new() };
                    failed.set(Some(error));
                }
            }
        });
    };
    let shown = move || {
        report.get().map(|report| {
            let wrong = report.findings.iter().any(|f| f.severity == "Error");
            let moved = report.rows.iter().filter(|row| row.change != "Same").count();
            let rows = report
                .rows
                .iter()
                .map(|row| {
                    let word = match row.change.as_str() {
                        "New" => W::ChangeNew,
                        "Changed" => W::ChangeChanged,
                        _ => W::ChangeSame,
                    };
                    let more = if row.channels_new > 0 {
                        format!(" (+{})", row.channels_new)
                    } else {
                        String::new()
                    };
                    let cells = vec![
                        cell(row.name.clone()),
                        view! { <code>{row.endpoint.clone()}</code> }.into_any(),
                        cell(fmt.t(word)),
                        cell(format!("{}{more}", row.channels)),
                    ];
                    (row.name.clone(), cells)
                })
                .collect();
            let heads = [(W::Name, false), (W::Address, false), (W::StateWord, false), (W::Channels, true)];
            let go = (!wrong && moved > 0).then(|| {
                parts::go_button(
                    fmt.fill(W::ImportListGo, &[&moved.to_string()]),
                    "",
                    "import-devices-go",
                    move || send(false),
                )
            });
            view! {
                {parts::findings(&report.findings, 50)}
                {grid(W::DeviceList, &heads, rows, id::IMPORT_DEVICE_ROW)}
                <div class="act">{go}</div>
            }
        })
    };
    view! {
        {parts::heading(None, fmt.t(W::ImportListTitle).to_owned(), fmt.t(W::ImportListText).to_owned(), String::new(), String::new())}
        <section class="card">
            <input type="file" accept=".csv,text/csv" data-testid="import-devices-file" aria-label=fmt.t(W::ImportList) on:change=chosen />
            {parts::button(fmt.t(W::Cancel), "", "import-devices-cancel", || ctx().go(Route::page(Page::Devices)))}
        </section>
        {move || failed.get().map(|e| parts::error(&e))}
        {shown}
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::pattern_of;

    #[test]
    fn the_last_number_counts() {
        for (text, pattern) in [
            ("Freezer 1", "Freezer {n}"),
            ("mqtt://10.0.0.7:1883/room/01/#", "mqtt://10.0.0.7:1883/room/{n:2}/#"),
            ("tcp://10.0.0.7:502", "tcp://10.0.0.7:{n}"),
            ("冷库1号", "冷库{n}号"),
            ("Scale", "Scale"),
        ] {
            assert_eq!(pattern_of(text), pattern);
        }
    }
}
